"""Logging, existing customers, bookings, hours and deals: each with a truth that was put in by hand."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses import visit_frequency as vf
from salesaudit.analyses.visit_frequency.capacity import year_visits
from salesaudit.figure import Missing

START, END = date(2025, 1, 6), date(2025, 12, 28)
"""51 complete weeks."""
WEEKS = 51
SELLERS = [f"S{n}" for n in range(1, 7)]
CODES = ("VF-06", "VF-10", "VF-11", "VF-12")


def every_day(start: date = START, weeks: int = WEEKS, per_day: int = 2) -> pd.DataFrame:
    """Return two visits per seller and weekday to ever new customers of the seller's own fifty, logged at noon."""
    days = [pd.Timestamp(start) + pd.Timedelta(days=7 * w + k) for w in range(weeks) for k in range(5)]
    rows = [
        (seller, day, f"{seller}C{(per_day * n + k) % 50}", k)
        for seller in SELLERS
        for n, day in enumerate(days)
        for k in range(per_day)
    ]
    frame = pd.DataFrame(rows, columns=["seller_id", "date", "customer_id", "k"])
    # By seller and number, so that no two entries of a seller lie within ten minutes on the same day.
    frame["logged_at"] = frame["date"] + pd.Timedelta(hours=12) + pd.to_timedelta(30 * frame.pop("k"), unit="m")
    return frame.assign(visit_id=[f"V{n}" for n in range(len(frame))])


def no_absence() -> pd.DataFrame:
    day = pd.Timestamp("2023-01-01")
    return pd.DataFrame({"seller_id": ["nobody"], "date_from": [day], "date_to": [day]})


@pytest.fixture
def client(make_data):
    """Six sellers with ten visits a week, and whatever else is given."""

    def build(*, settings: dict | None = None, **tables: pd.DataFrame):
        tables.setdefault("sellers", pd.DataFrame({"seller_id": SELLERS, "start_date": pd.Timestamp("2020-01-01")}))
        tables.setdefault("absence", no_absence())
        tables.setdefault("visits", every_day())
        return make_data(start=START, end=END, settings=settings, **tables)

    return build


def found(data, **thresholds) -> dict[str, list]:
    """Return the findings by code."""
    by_code: dict[str, list] = {}
    for finding in vf.findings(vf.analyse(data), **thresholds):
        by_code.setdefault(finding.code, []).append(finding)
    return by_code


def only(data, code: str):
    """Return the one finding of a code."""
    (finding,) = found(data)[code]
    return finding


# Logging


def test_visits_logged_on_the_day_are_in_order(client) -> None:
    """Nothing is claimed about a log that was kept day by day."""
    data = client()
    assert str(only(data, "VF-06").severity) == "green"
    assert vf.analyse(data).log.odd_share(0.10) == 0
    assert not any(f.code == "VF-06" and f.subject for f in vf.findings(vf.analyse(data)))


def test_few_times_of_logging_give_no_colour(client) -> None:
    """One visit in a hundred with a time of logging says nothing about the others."""
    visits = every_day()
    visits["logged_at"] = visits["logged_at"].where(visits.index % 100 == 0)
    assert str(only(client(visits=visits), "VF-06").severity) == "grey"


def test_visits_of_unknown_entry_are_not_in_time(client) -> None:
    """Of 40 % known, half late: at least a fifth of all were late, and half of those that are known."""
    visits = every_day()
    known, late = visits.index % 5 < 2, visits.index % 5 == 0
    visits["logged_at"] = (visits["logged_at"] + pd.to_timedelta(20 * late, unit="D")).where(known)
    data = client(visits=visits)
    log = vf.analyse(data).log
    assert (log.known, log.logged) == (2 * len(visits) // 5, len(visits))
    assert log.visits["late"].mean() == pytest.approx(0.5)
    team = next(f for f in found(data)["VF-06"] if not f.subject)
    assert team.title.values["share"].value == pytest.approx(0.2)
    assert str(team.severity) == "red"


def test_a_copy_of_the_start_is_no_time_of_logging(client) -> None:
    """A CRM that writes the start of the meeting into both columns does not say when it was entered."""
    visits = every_day().assign(start_time=lambda v: v["logged_at"])
    finding = only(client(visits=visits), "VF-06")
    assert str(finding.severity) == "grey"
    assert "does not say when" in finding.condition.template


def test_without_the_time_of_logging_nothing_is_known(client) -> None:
    """Grey, and the column that would settle it is named."""
    data = client(visits=every_day().drop(columns="logged_at"))
    finding = only(data, "VF-06")
    assert str(finding.severity) == "grey"
    assert "logged_at" in finding.needs.text(data.context.loc)
    assert isinstance(vf.table_log(vf.analyse(data)), Missing)


def test_a_seller_who_logs_a_month_in_one_go_is_found(client) -> None:
    """Entries about many days within minutes are counted, the seller is named with them, and nobody else is."""
    visits = every_day()
    own = visits["seller_id"] == "S3"
    month = visits["date"].dt.to_period("M")
    visits.loc[own, "logged_at"] = month[own].dt.end_time.dt.normalize() + pd.to_timedelta(
        540 * 60 + 20 * visits[own].groupby(month).cumcount(), unit="s"
    )
    data = client(visits=visits)
    log = vf.analyse(data).log
    assert log.visits.loc[log.visits["seller_id"] == "S3", "batch"].mean() > 0.95
    assert not log.visits.loc[log.visits["seller_id"] != "S3", "odd"].any()
    whole, *named = sorted(found(data)["VF-06"], key=lambda f: f.subject)
    assert str(whole.severity) == "red"  # a sixth of all visits
    assert [f.subject for f in named] == [data.context.seller("S3")]
    assert all(f.individual and str(f.severity) == "red" for f in named)
    assert named[0].evidence.total == log.visits["odd"].sum()


def test_a_long_sitting_is_looked_at_ten_minutes_by_ten(client) -> None:
    """Somebody who writes for an hour, a visit every eight minutes, logs nothing in one go."""
    visits = every_day()
    own = visits["seller_id"] == "S1"
    week = visits["date"].dt.to_period("W")
    slow = 8 * visits[own].groupby(week).cumcount()
    friday = week[own].dt.start_time + pd.Timedelta(days=4, hours=14)
    visits.loc[own, "logged_at"] = friday + pd.to_timedelta(slow, unit="m")
    assert not vf.analyse(client(visits=visits)).log.visits["batch"].any()
    visits.loc[own, "logged_at"] = friday + pd.to_timedelta(slow / 16, unit="m")
    assert vf.analyse(client(visits=visits)).log.visits["batch"].sum() == own.sum()


def test_a_transfer_between_systems_accuses_nobody(client) -> None:
    """Visits that all got their time of entry on one day of migration are late only on paper."""
    visits = every_day()
    early = visits["date"] < pd.Timestamp("2025-04-01")
    visits.loc[early, "logged_at"] = pd.Timestamp("2025-04-05 03:00")
    data = client(visits=visits)
    log = vf.analyse(data).log
    assert log.transferred == early.sum()
    assert not log.visits["odd"].any()
    assert "Logging" in [item["label"] for item in vf.method(vf.analyse(data)).as_json()["items"]]


def test_a_plan_is_not_late_and_dates_show_no_batches(client) -> None:
    """An entry before the visit counts as on time; where the hour is not recorded, batches are not claimed."""
    visits = every_day()
    visits["logged_at"] = visits["date"] - pd.Timedelta(days=30)
    log = vf.analyse(client(visits=visits)).log
    assert (log.delay, log.timed) == (0.0, False)
    assert not log.visits["odd"].any()


def test_visits_entered_twice(client) -> None:
    """The same meeting entered again is seen although it is not counted again; two meetings of a day are not it."""
    visits = every_day().assign(start_time=lambda f: f["date"] + pd.Timedelta(hours=9))
    again = visits[visits["seller_id"] == "S2"].head(40)
    copy = again.assign(visit_id="again" + again["visit_id"])
    later = again.assign(visit_id="later" + again["visit_id"], start_time=again["start_time"] + pd.Timedelta(hours=4))
    twice = vf.analyse(client(visits=pd.concat([visits, copy]))).log.visits
    assert set(twice.loc[twice["twice"], "visit_id"]) == set(again["visit_id"])
    assert not vf.analyse(client(visits=pd.concat([visits, later]))).log.visits["twice"].any()


def test_visits_that_pile_up_at_the_end_of_the_month(client) -> None:
    """Visits that are dated on the last two working days of every month are found as such, of that seller only."""
    visits = every_day()
    month = visits["date"].dt.to_period("M")
    last = visits.groupby(month)["date"].transform("max")
    moved = (visits["seller_id"] == "S4") & (np.arange(len(visits)) % 3 == 0)
    visits.loc[moved, "date"] = last[moved]
    visits["customer_id"] = visits["visit_id"]
    visits["logged_at"] = visits["date"] + pd.Timedelta(hours=12)
    data = client(visits=visits)
    log = vf.analyse(data).log.sellers
    assert log.loc["S4", "rush"] == pytest.approx(1 / 3 * (1 - 2 / 21), abs=0.04)
    assert (log["rush_qvalue"] <= 0.10).sum() == 1
    named = [f for f in found(data)["VF-06"] if f.subject]
    assert [f.subject for f in named] == [data.context.seller("S4")]


def test_weeks_moved_to_exactly_the_target(client) -> None:
    """A seller whose weeks one short of the target all became the target is found; the others are not."""
    rng = np.random.default_rng(3)
    rows = []
    for seller in SELLERS:
        for week in range(WEEKS):
            number = rng.poisson(10)
            number = 11 if seller == "S5" and number in (9, 10) else number
            monday = pd.Timestamp(START) + pd.Timedelta(weeks=week)
            rows += [(seller, monday + pd.Timedelta(days=k % 5), f"{seller}{week}-{k}") for k in range(number)]
    visits = pd.DataFrame(rows, columns=["seller_id", "date", "customer_id"])
    visits = visits.assign(visit_id=visits["customer_id"], logged_at=visits["date"] + pd.Timedelta(hours=12))
    targets = pd.DataFrame({"scope": ["all"], "activity_type": ["visits"], "target": [11.0], "period": ["week"]})
    log = vf.analyse(client(visits=visits, targets=targets)).log.sellers
    assert log.index[log["heaping_qvalue"] <= 0.10].tolist() == ["S5"]
    # A target per month says nothing about single weeks.
    monthly = targets.assign(period="month", target=11.0 * 44 / 12)
    assert vf.analyse(client(visits=visits, targets=monthly)).log.sellers["heaping_pvalue"].isna().all()


def test_lengths_of_whole_half_hours(client) -> None:
    """Lengths in steps of five minutes are a whole half-hour once in six; more than that shows in the index."""
    visits = every_day()
    even = visits.assign(duration_min=np.resize(np.arange(30, 90, 5), len(visits)))
    assert vf.analyse(client(visits=even)).log.round_index == pytest.approx(1, abs=0.01)
    half = even.assign(duration_min=np.resize([30, 60, 35], len(visits)))
    assert vf.analyse(client(visits=half)).log.round_index == pytest.approx(4, abs=0.01)


# Hours


def diary(share: float, sellers: list[str] = SELLERS) -> pd.DataFrame:
    """Return a week of each seller in which contact, travel and preparation take `share` of the time."""
    rows = []
    for n, seller in enumerate(sellers):
        own = share + 0.004 * (n - (len(sellers) - 1) / 2)
        parts = {"contact": own / 2, "travel": own / 4, "preparation": own / 4}
        parts |= {"admin": 0.7 * (1 - own), "internal": 0.3 * (1 - own)}
        for day in pd.date_range("2025-03-03", periods=5):
            rows += [(seller, day, name, 480 * part) for name, part in parts.items()]
    return pd.DataFrame(rows, columns=["seller_id", "date", "category", "minutes"])


HOURS = {"money": {"hours_per_visit": 2.0, "hour_cost": 750.0}}


def test_possible_visits_are_hours_over_hours(client) -> None:
    """Half of 40 hours at two hours a visit holds ten visits; made over possible is what the finding judges."""
    result = vf.analyse(client(time_use=diary(0.5), settings=HOURS))
    assert result.capacity.possible.p50 == pytest.approx(10, rel=0.02)
    assert result.capacity.available.estimate == pytest.approx(0.5)
    assert result.capacity.time.set_index("category").loc["travel", "hours"] == pytest.approx(5)
    more = vf.analyse(client(time_use=diary(0.5), settings=HOURS), contract_hours=37.5)
    assert more.capacity.possible.p50 == pytest.approx(9.4, rel=0.02)


@pytest.mark.parametrize(("share", "colour"), [(0.5, "green"), (0.75, "yellow"), (0.98, "red")])
def test_unused_hours(client, share: float, colour: str) -> None:
    """With ten visits a week, hours for fifteen are worth a look and hours for twenty are urgent."""
    data = client(time_use=diary(share), settings=HOURS)
    assert str(only(data, "VF-12").severity) == colour


@pytest.mark.parametrize(
    ("tables", "settings", "asked"),
    [
        ({}, HOURS, "time_use"),
        ({"time_use": diary(0.5)}, None, "hours_per_visit"),
        ({"time_use": diary(0.5, SELLERS[:2])}, HOURS, "time_use"),
    ],
)
def test_what_is_lacking_for_the_possible_visits_is_asked_for(client, tables, settings, asked: str) -> None:
    """Without diary, or without the hours of a visit, it is grey and says which of the two to collect."""
    data = client(settings=settings, **tables)
    finding = only(data, "VF-12")
    assert str(finding.severity) == "grey"
    assert asked in finding.needs.text(data.context.loc)


def test_what_missing_support_functions_cost(client) -> None:
    """Minutes times visits are hours and money; what is there costs nothing, what is half there costs half."""
    support = pd.DataFrame(
        {
            "function": ["List", "Template", "<b>Plan</b>", "Case"],
            "exists": ["yes", "part", "no", "no"],
            "minutes_saved_per_visit": [60.0, 12.0, 30.0, np.nan],
        }
    )
    data = client(support_functions=support, settings=HOURS)
    result = vf.analyse(data)
    frame = result.capacity.support.set_index("function")
    rate = result.team.estimate
    assert frame["minutes"].iloc[:3].tolist()[:2] == [30.0, 6.0]
    assert frame.loc["<b>Plan</b>", "hours"] == pytest.approx(rate / 2)
    visits_a_year = len(result.counted.visits) / result.counted.weeks * 365.25 / 7
    assert frame.loc["<b>Plan</b>", "cost_amount"] == pytest.approx(0.5 * visits_a_year * 750)
    assert np.isnan(frame.loc["Case", "gain"])
    # Half of half an hour of two: 2 / 1.75 - 1 more visits, roughly, since the part that is realised varies.
    assert frame.loc["<b>Plan</b>", "gain"] == pytest.approx(rate * (2 / 1.75 - 1), rel=0.1)
    assert frame.loc["", "minutes"] == 36
    table = vf.table_support(result).as_json()
    assert "3 of 4" in table["title"]
    assert table["body"][-1][0]["text"] == "All together"


def test_a_year_of_visits_knows_that_there_is_a_summer() -> None:
    """From half a year with 10 visits a normal week a seller makes 440 a year; one who was there half of it, half."""
    weeks = pd.date_range("2025-01-06", periods=26, freq="7D")
    worked = pd.DataFrame(1.0, index=["S1", "S2"], columns=weeks)
    worked.iloc[1, 13:] = 0.0
    counted = SimpleNamespace(weeks=26, exposure=worked, visits=range(390))
    assert year_visits(counted, SimpleNamespace(estimate=10.0)) == pytest.approx(440 * 1.5)
    whole = SimpleNamespace(weeks=52, exposure=worked, visits=range(390))
    assert year_visits(whole, SimpleNamespace(estimate=10.0)) == pytest.approx(390, rel=0.005), "counted, not assumed"


def test_support_never_takes_the_whole_visit(client) -> None:
    """However many minutes are said to be saved, half of the visit's hours remain."""
    support = pd.DataFrame({"function": ["A"], "exists": ["no"], "minutes_saved_per_visit": [10_000.0]})
    result = vf.analyse(client(support_functions=support, settings=HOURS))
    assert result.capacity.support["gain_high"].max() == pytest.approx(result.team.estimate)


# Existing customers


def orders(customers: list[str], days: list[str], amount: float = 100.0) -> pd.DataFrame:
    rows = [(c, pd.Timestamp(d)) for c in customers for d in days]
    frame = pd.DataFrame(rows, columns=["customer_id", "order_date"])
    return frame.assign(order_id=[f"O{n}" for n in range(len(frame))], amount=amount)


def calls(customers: list[str], days: tuple[str, ...] = ("2025-01-13", "2025-09-01", "2025-12-15")) -> pd.DataFrame:
    rows = [(c, pd.Timestamp(d)) for c in customers for d in days]
    frame = pd.DataFrame(rows, columns=["customer_id", "date"]).assign(type="call_out", seller_id="S1")
    return frame.assign(activity_id=[f"T{n}" for n in range(len(frame))])


VISITED = [f"{s}C{n}" for s in SELLERS for n in range(50)]
DAYS = ["2023-06-01", "2024-05-01", "2025-02-03"]


@pytest.mark.parametrize(("alone", "colour"), [(6, "green"), (60, "yellow"), (200, "red")])
def test_revenue_without_contact(client, alone: int, colour: str) -> None:
    """Customers who buy and whom nobody visits or calls are counted with what they buy."""
    left = [f"L{n}" for n in range(alone)]
    called = [f"K{n}" for n in range(20)]
    data = client(orders=orders([*VISITED, *called, *left], DAYS), activities=calls(called))
    result = vf.analyse(data)
    assert set(result.coverage.customers.index[~result.coverage.customers["contacted"]]) == set(left)
    assert result.coverage.left.estimate == pytest.approx(alone / (alone + 320))
    finding = only(data, "VF-10")
    assert str(finding.severity) == colour
    assert finding.evidence.total == alone


def test_visits_alone_are_not_all_contact(client) -> None:
    """Where calls are not recorded nobody is called left alone; the calls are asked for."""
    data = client(orders=orders([*VISITED, *(f"L{n}" for n in range(200))], DAYS))
    finding = only(data, "VF-10")
    assert str(finding.severity) == "grey"
    assert "calls" in finding.needs.text(data.context.loc)


def test_a_customer_of_this_year_is_not_left_alone_yet(client) -> None:
    """Who ordered for the first time a month ago, and who has not ordered for years, is no existing customer."""
    new, old = [f"N{n}" for n in range(50)], [f"G{n}" for n in range(50)]
    table = pd.concat([orders(VISITED, DAYS), orders(new, ["2025-11-20"]), orders(old, ["2022-01-03"])])
    table["order_id"] = [f"O{n}" for n in range(len(table))]
    result = vf.analyse(client(orders=table, activities=calls(["x"])))
    assert set(result.coverage.customers.index) == set(VISITED)


def test_contacts_of_half_a_year_do_not_tell_about_a_year(client) -> None:
    """Without a year of visits a customer without a visit may have had one before."""
    visits = every_day()
    late = visits[visits["date"] >= pd.Timestamp("2025-06-02")]
    assert vf.analyse(client(visits=late, orders=orders(VISITED, DAYS))).coverage is None


def test_visits_that_come_only_with_orders(client) -> None:
    """Visits that follow orders lie near them more often than their days explain; others do not."""
    rng = np.random.default_rng(5)
    days = pd.to_datetime(rng.integers(0, 51 * 7, 2 * len(VISITED)), unit="D", origin=pd.Timestamp(START))
    bought = orders(VISITED, ["2024-05-01", "2024-06-01"])
    bought = pd.concat([bought, bought.assign(order_date=days)], ignore_index=True)
    bought["order_id"] = [f"O{n}" for n in range(len(bought))]
    recent = bought[bought["order_date"] >= pd.Timestamp(START)]
    following = pd.DataFrame(
        {
            "visit_id": "V" + recent["order_id"],
            "seller_id": recent["customer_id"].str[:2],
            "customer_id": recent["customer_id"],
            "date": recent["order_date"],
        }
    )
    near = vf.analyse(client(visits=following, orders=bought)).coverage.near
    assert near.test.statistic == 1
    assert near.test.pvalue < 0.01
    assert near.test.null_mean < 0.7
    apart = following.assign(date=rng.permutation(following["date"].to_numpy()))
    assert vf.analyse(client(visits=apart, orders=bought)).coverage.near.test.pvalue > 0.01


def test_groups_of_customers(client) -> None:
    """The client's own classes where there are some, else the revenue: a fifth, three tenths, half."""
    data = client(orders=orders(VISITED, DAYS))
    assert vf.analyse(data).coverage.groups["customers"].tolist() == [60, 90, 150]
    customers = pd.DataFrame({"customer_id": VISITED, "client_category": np.resize(["A", "<i>B</i>"], len(VISITED))})
    own = vf.analyse(client(orders=orders(VISITED, DAYS), customers=customers)).coverage
    assert own.groups["group"].tolist() == ["<i>B</i>", "A"]
    assert own.groups["gap_days"].between(34, 36).all()  # fifty customers at ten visits a week: every five weeks


# Bookings


def bookings(rates: tuple[int, int], **columns) -> pd.DataFrame:
    """Return so many bookings per seller and day, in the year before and in the year of the audit."""
    rng = np.random.default_rng(8)
    days = pd.bdate_range("2024-01-01", END)
    rate = np.where(days < pd.Timestamp(START), *rates)
    seller, day = np.nonzero(np.ones((len(SELLERS), len(days))))
    number = rng.poisson(rate[day])
    frame = pd.DataFrame({"seller_id": np.array(SELLERS)[seller], "date": days[day]}).loc[np.repeat(day, 1).argsort()]
    frame = frame.loc[frame.index.repeat(number[frame.index])].reset_index(drop=True)
    return frame.assign(activity_id=[f"T{n}" for n in range(len(frame))], type="meeting_booked", **columns)


@pytest.mark.parametrize(
    ("rates", "colour"), [((4, 4), "green"), ((4, 5), "green"), ((5, 4), "yellow"), ((4, 2), "red")]
)
def test_bookings_against_the_year_before(client, rates: tuple[int, int], colour: str) -> None:
    """Half as many bookings is urgent, a fifth fewer is worth a look, as many or more is in order."""
    data = client(activities=bookings(rates))
    change = vf.analyse(data).bookings.change
    assert change.low < rates[1] / rates[0] < change.high
    assert str(only(data, "VF-11").severity) == colour


def test_without_a_year_before_there_is_no_trend(client) -> None:
    """One year of bookings has a usual range but nothing to be compared with: the season would look like a trend."""
    table = bookings((4, 4))
    data = client(activities=table[table["date"] >= pd.Timestamp(START)])
    assert vf.analyse(data).bookings.change is None
    assert str(only(data, "VF-11").severity) == "grey"
    assert not isinstance(vf.plot_bookings(vf.analyse(data)), Missing)


def test_the_best_weeks_are_the_latest_with_a_known_chance(client) -> None:
    """A rush of bookings in the last two weeks is a record, and a record among 51 weeks turns up now and then."""
    table = bookings((4, 4))
    late = table[table["date"] >= pd.Timestamp("2025-12-08")]
    more = pd.concat([table, late.assign(activity_id="x" + late["activity_id"])])
    calm, rush = vf.analyse(client(activities=table)).bookings, vf.analyse(client(activities=more)).bookings
    assert rush.best
    assert not calm.best
    assert 0.02 < rush.best_chance < 0.035  # 0.026 for 52 weeks, by simulation
    assert set(rush.outside["week"]) >= {pd.Timestamp("2025-12-15")}


def test_a_calendar_to_come_is_held_against_the_calendar_of_last_year(client) -> None:
    """What is booked ahead is compared with what was booked ahead on the same day last year, not with what came."""
    visits = every_day(date(2024, 1, 1), 2 * 52 + 8, per_day=1)
    visits["logged_at"] = visits["date"] - pd.Timedelta(days=21)
    ahead = vf.analyse(client(visits=visits)).bookings
    assert ahead is None  # no bookings by their day: forward visits alone make no series
    ahead = vf.analyse(client(visits=visits, activities=bookings((4, 4)))).bookings.ahead
    assert ahead.now == ahead.before == 15 * len(SELLERS)
    unknown = client(visits=visits.drop(columns="logged_at"), activities=bookings((4, 4)))
    assert vf.analyse(unknown).bookings.ahead is None


# Deals


def deals_world(effect: float, *, lag: int = 0, seed: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return visits and won deals of ten sellers over thirty months; deals go with visits to the power of `effect`."""
    rng = np.random.default_rng(seed)
    sellers, months = 10, pd.period_range("2023-07", "2025-12", freq="M")
    log_visits = np.log(40) + 0.5 * rng.standard_normal((sellers, len(months)))
    number = rng.poisson(np.exp(log_visits)) + 1
    shifted = np.roll(np.log(number), lag, axis=1)
    sold = rng.poisson(6 * np.exp(effect * (shifted - np.log(40)) + 0.4 * rng.standard_normal((sellers, 1))))

    def rows(counts: np.ndarray, name: str) -> pd.DataFrame:
        seller, month = (np.repeat(i, counts.ravel()) for i in np.indices(counts.shape).reshape(2, -1))
        day = months.start_time.to_numpy()[month] + (rng.random(len(month)) * 28).astype("timedelta64[D]")
        frame = pd.DataFrame({"seller_id": [f"P{n}" for n in seller], "date": pd.to_datetime(day)})
        return frame.assign(**{name: [f"{name}{n}" for n in range(len(frame))]})

    won = rows(sold, "opp_id").rename(columns={"date": "closed_date"})
    return rows(number, "visit_id"), won.assign(status="won", created_date=won["closed_date"])


@pytest.fixture
def dealing(make_data):
    def build(visits: pd.DataFrame, won: pd.DataFrame):
        sellers = pd.DataFrame({"seller_id": sorted(visits["seller_id"].unique())})
        return make_data(
            start=START, end=date(2025, 12, 31), sellers=sellers, visits=visits, opportunities=won, absence=no_absence()
        )

    return build


def test_a_planted_elasticity_is_found(dealing) -> None:
    """Deals that go with visits to the power of 0.6 give an elasticity near 0.6, and nothing for the next month."""
    dose = vf.analyse(dealing(*deals_world(0.6))).dose
    assert dose.elasticity.low < 0.6 < dose.elasticity.high
    assert dose.elasticity.low > 0.2
    assert not dose.visits_follow


def test_no_association_is_not_claimed(dealing) -> None:
    """Where deals have nothing to do with visits, zero lies in the interval in nearly all worlds."""
    inside = [
        d.elasticity.low < 0 < d.elasticity.high
        for d in (vf.analyse(dealing(*deals_world(0.0, seed=s))).dose for s in range(8))
    ]
    assert sum(inside) >= 6


def test_visits_that_follow_deals_are_told(dealing) -> None:
    """Deals that go with the visits of the month after turn the text: visits follow deals."""
    data = dealing(*deals_world(0.8, lag=-1))
    result = vf.analyse(data)
    assert result.dose.visits_follow
    assert "visits follow deals" in vf.table_deals(result).as_json()["subtitle"]


def test_deals_are_never_called_an_effect(dealing) -> None:
    """The sentence about association stands beside the numbers, whatever they are, and no finding has a colour."""
    for effect in (0.0, 0.8):
        result = vf.analyse(dealing(*deals_world(effect)))
        assert "this is not the effect of ordering more visits" in vf.table_deals(result).as_json()["subtitle"]
        assert not [f for f in vf.findings(result) if f.code == "VF-09"]


def test_deals_per_hundred_visits(dealing) -> None:
    """The quotient of the two counts, over the same weeks, with one in a hundred tested between sellers."""
    visits, won = deals_world(0.0)
    data = dealing(visits, won)
    dose, counted = vf.analyse(data).dose, vf.analyse(data).counted
    inside = won["closed_date"].between(pd.Timestamp(counted.start), pd.Timestamp(counted.end))
    assert dose.deals == inside.sum()
    assert dose.per_visit.estimate == pytest.approx(inside.sum() / len(counted.visits))
    assert dose.pvalue < 0.001


# All together


@pytest.mark.parametrize("scenario", ["base", "null"])
def test_what_was_not_planted_is_not_claimed(scenario: str) -> None:
    """The example clients log in time, meet their customers, book evenly and use their hours."""
    data = example.sales_data(scenario=scenario)
    colours = {(f.code, str(f.severity)) for f in vf.findings(vf.analyse(data)) if f.code in CODES}
    assert {code for code, _ in colours} == set(CODES)
    assert {"red", "yellow"}.isdisjoint(colour for _, colour in colours)


def test_the_example_says_which_support_is_missing() -> None:
    """The planted support functions come back, the costliest first."""
    support = vf.analyse(example.sales_data()).capacity.support
    assert support["function"].tolist()[:2] == ["Mötesbokning", "Ruttplanering"]
    assert len(support) == 6


def test_shuffled_exports_give_the_same_answers() -> None:
    """The order of the rows decides nothing, not even in what is drawn."""
    data = example.sales_data(weeks=104)
    shuffled = replace(data, tables={n: f.sample(frac=1, random_state=1) for n, f in data.tables.items()})
    one, two = (vf.analyse(d) for d in (data, shuffled))
    assert one.coverage.near.test.pvalue == two.coverage.near.test.pvalue
    assert one.bookings.change.low == pytest.approx(two.bookings.change.low)
    pd.testing.assert_frame_equal(one.capacity.support, two.capacity.support)
    pd.testing.assert_frame_equal(one.log.sellers.sort_index(), two.log.sellers.sort_index())
