"""Existing customers, bookings and deals where the data are worse than they look: nobody is blamed for the export."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses import visit_frequency as vf
from salesaudit.analyses.visit_frequency import near_orders as near_module
from salesaudit.analyses.visit_frequency.analysis import CONTACTS
from salesaudit.analyses.visit_frequency.counting import count_visits, recorded_weeks
from salesaudit.analyses.visit_frequency.coverage import Coverage, coverage
from salesaudit.analyses.visit_frequency.near_orders import near_orders
from salesaudit.calendar import working_days
from salesaudit.dataset import SalesData
from salesaudit.figure import Missing
from salesaudit.stats import PermutationTest

START, END = date(2025, 1, 6), date(2025, 12, 28)
"""51 complete weeks."""
SELLERS = [f"S{n}" for n in range(1, 7)]


@pytest.fixture(scope="module")
def base() -> SalesData:
    """The example client."""
    return example.sales_data()


def finding(data: SalesData, code: str):
    """Return the finding of a code about all sellers."""
    (one,) = (f for f in vf.findings(vf.analyse(data)) if f.code == code and not f.subject)
    return one


def met(data: SalesData) -> Coverage:
    """Return the contact with existing customers alone."""
    found = coverage(data, None, contacts=CONTACTS, rng=np.random.default_rng(1), confidence_level=0.95)
    assert found is not None
    return found


def dates(days: np.ndarray) -> pd.Series:
    return pd.Series(pd.Timestamp(START) + pd.to_timedelta(days, unit="D")).astype("datetime64[us]")


def bought(customers: list[str], at: np.ndarray | None = None) -> pd.DataFrame:
    """Return two orders of each customer, before and in the year, or orders on given days."""
    frame = (
        pd.DataFrame(
            {"customer_id": np.repeat(customers, 2), "order_date": dates(np.tile([-500, 100], len(customers)))}
        )
        if at is None
        else pd.DataFrame({"customer_id": customers, "order_date": dates(at)})
    )
    return frame.assign(order_id=[f"O{n}" for n in range(len(frame))], amount=100.0)


def visited(customers: list[str], at: np.ndarray, **columns) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": customers, "date": dates(at), "seller_id": "S1"})
    return frame.assign(visit_id=[f"V{n:05d}" for n in range(len(frame))], **columns)


# Contacts


def test_contacts_without_customer_do_not_neglect_anybody(base) -> None:
    """Where 60 % of the contacts name no customer nobody can be called neglected, in finding and table."""
    rng = np.random.default_rng(1)
    named = {
        name: base.tables[name].assign(
            customer_id=base.tables[name]["customer_id"].where(rng.random(len(base.tables[name])) > 0.6)
        )
        for name in ("visits", "activities")
    }
    data = replace(base, tables={**base.tables, **named})
    result = vf.analyse(data)
    (one,) = (f for f in vf.findings(result) if f.code == "VF-10")
    assert result.coverage.named == pytest.approx(0.4, abs=0.01)
    assert str(one.severity) == "grey"
    assert "customer of each visit and call" in one.needs.text(data.context.loc)
    assert isinstance(vf.table_existing(result), Missing)


@pytest.mark.parametrize(("days", "colour"), [((7, 200, 350), "red"), ((200, 350), "grey"), ((7, 200), "grey")])
def test_calls_of_a_part_of_the_year_are_no_year_of_calls(make_data, days, colour: str) -> None:
    """Who was not called in the months in which calls were recorded may have been called in the others."""
    alone = [f"L{n}" for n in range(60)]
    seen = [f"C{n}" for n in range(60)]
    calls = pd.DataFrame({"date": dates(np.array(days)), "customer_id": "C0", "type": "call_out", "seller_id": "S1"})
    data = make_data(
        start=START,
        end=END,
        visits=visited(seen * 2, np.repeat([5, 350], 60)),
        orders=bought([*seen, *alone]),
        activities=calls.assign(activity_id=[f"T{n}" for n in range(len(calls))]),
    )
    assert str(finding(data, "VF-10").severity) == colour


def test_visits_that_end_in_summer_do_not_tell_about_the_year(make_data) -> None:
    """An export that stops half a year before the end shows customers without visits, not neglect."""
    seen = [f"C{n}" for n in range(60)]
    early = visited(seen * 2, np.repeat([5, 150], 60))
    tables = {"orders": bought(seen), "start": START, "end": END}
    assert vf.analyse(make_data(visits=early, **tables)).coverage is None


def test_customers_without_owner_are_no_hundred_owners(make_data) -> None:
    """Twelve owners and a hundred customers without one have the freedom of a dozen clusters."""
    seen = [f"C{n:03d}" for n in range(580)]
    rng = np.random.default_rng(3)
    visits = visited(seen * 2, np.repeat([5, 350], 580))
    visits = visits[~visits["customer_id"].isin(rng.choice(seen, 60, replace=False))]
    owner = [f"S{n % 12}" if n < 480 else None for n in range(580)]
    customers = pd.DataFrame({"customer_id": seen, "owner_seller_id": owner})
    found = met(make_data(start=START, end=END, visits=visits, orders=bought(seen), customers=customers))
    assert found.clusters == 112
    # (12 x 40^2 + 100)^2 / (12 x 40^4 + 100) - 1
    assert found.df == pytest.approx(11.13, abs=0.01)
    alone = met(make_data(start=START, end=END, visits=visits, orders=bought(seen)))
    assert (alone.clusters, alone.df) == (580, pytest.approx(579))


def test_each_customer_counts_once_in_the_days_between_contacts(make_data) -> None:
    """Who is met every week does not stand for those who are met every four months; who was never met counts."""
    often, seldom = [f"A{n}" for n in range(20)], [f"B{n}" for n in range(31)]
    never = [f"N{n}" for n in range(9)]
    at = [np.arange(0, 357, 7)] * 20 + [np.arange(5, 357, 45 + n) for n in range(31)]
    who = np.repeat([*often, *seldom], [len(days) for days in at])
    customers = [*often, *seldom, *never]
    classes = pd.DataFrame({"customer_id": customers, "client_category": "A"})
    data = make_data(
        start=START, end=END, visits=visited(who, np.concatenate(at)), orders=bought(customers), customers=classes
    )
    (row,) = met(data).groups.to_dict("records")
    # The thirtieth of sixty customers is the tenth of those who are met every 45 to 75 days.
    assert 54 <= row["gap_days"] <= 55
    assert 45 <= row["gap_low"] < 54 < row["gap_high"] < 65


def test_the_interval_of_days_between_contacts_covers(make_data) -> None:
    """With customers of very different pace the interval holds the median over customers in nearly all worlds."""
    rng = np.random.default_rng(5)
    pace = 40 * np.exp(0.8 * rng.standard_normal(200_000))
    truth = np.median(rng.exponential(pace))
    inside = []
    for _ in range(24):
        own = 40 * np.exp(0.8 * rng.standard_normal(120))
        at = [days[days < 730] for days in np.cumsum(rng.exponential(own[:, None], (120, 400)), axis=1)]
        names = [f"C{n}" for n in range(120)]
        who = np.repeat(names, [len(days) for days in at])
        classes = pd.DataFrame({"customer_id": names, "client_category": "A"})
        visits = visited(who, np.concatenate(at) - 730 + 357)
        data = make_data(start=START, end=END, visits=visits, orders=bought(names), customers=classes)
        (row,) = met(data).groups.to_dict("records")
        inside.append(row["gap_low"] <= truth <= row["gap_high"])
    assert sum(inside) >= 20


# Visits near orders


def near(
    make_data: Callable[..., SalesData], rng: np.random.Generator, *, span: int, follows: bool = False, **tables
) -> PermutationTest:
    """Return the test of 120 customers, each active for `span` days with six visits and four orders."""
    names = np.array([f"C{n}" for n in range(120)])
    begin = rng.random(120)[:, None] * (357 - span)
    orders = begin + rng.random((120, 4)) * span
    visits = begin + rng.random((120, 6)) * span
    if follows:
        near_one = np.take_along_axis(orders, rng.integers(0, 4, (120, 6)), 1) + rng.uniform(-20, 20, (120, 6))
        visits = near_one.clip(begin, begin + span)
    table = visited(np.repeat(names, 6), visits.ravel().astype(int))
    table["seller_id"] = "S" + (table.index // 6 % 6).astype(str)
    data = make_data(
        start=START,
        end=END,
        visits=table.assign(**tables.pop("columns", {})),
        orders=bought(np.repeat(names, 4), orders.ravel().astype(int)),
        **tables,
    )
    return near_orders(data, pd.Index(names), rng).test


@pytest.mark.parametrize("span", [350, 180, 90])
def test_customers_of_a_part_of_the_year_are_not_met_only_when_they_buy(make_data, monkeypatch, span: int) -> None:
    """Visits and orders of the same months lie near each other without one having to do with the other."""
    monkeypatch.setattr(near_module, "DRAWS", 99)
    rng = np.random.default_rng(1)
    tests = [near(make_data, rng, span=span) for _ in range(20)]
    assert sum(test.pvalue < 0.05 for test in tests) <= 3
    assert np.mean([test.null_mean - test.statistic for test in tests]) < 0.06


@pytest.mark.parametrize("span", [350, 180])
def test_visits_around_orders_are_found_in_a_part_of_the_year_too(make_data, monkeypatch, span: int) -> None:
    """Visits within three weeks of an order are more than chance, however long the customer was active."""
    monkeypatch.setattr(near_module, "DRAWS", 99)
    assert near(make_data, np.random.default_rng(1), span=span, follows=True).pvalue == 0.01


def test_quotes_and_purposes_count_as_buying(make_data, monkeypatch) -> None:
    """A visit near a quote, or made to present or negotiate one, is a visit to somebody who buys."""
    monkeypatch.setattr(near_module, "DRAWS", 99)
    seen = [f"C{n}" for n in range(40)]
    purposes = np.resize(["QUO", "NEG", "REL", "NEED"], 40)
    far = np.where(np.arange(40) % 8 < 4, 120, 200)
    quotes = pd.DataFrame({"customer_id": seen[:4], "created_date": dates(np.full(4, 300)), "quote_id": list("abcd")})
    tables = {"visits": visited(seen, far, purpose_planned=purposes), "orders": bought(seen)}
    data = make_data(start=START, end=END, **tables)

    def share(given: SalesData) -> tuple[float, bool, bool]:
        found = near_orders(given, pd.Index(seen), np.random.default_rng(1))
        return found.test.statistic, found.quotes, found.purposes

    # Half of the visits 20 days after the order, half 100 days; every second one to sell.
    assert share(data) == (0.75, False, True)
    plain = make_data(
        start=START, end=END, visits=tables["visits"].drop(columns="purpose_planned"), orders=bought(seen)
    )
    assert share(plain) == (0.5, False, False)
    late = tables["visits"].drop(columns="purpose_planned").assign(date=dates(np.full(40, 310)))
    quoted = make_data(start=START, end=END, visits=late, orders=bought(seen), quotes=quotes)
    assert share(quoted) == (0.1, True, False)
    # The finding wants contacts over the whole year, of whomever.
    more = visited(["Z", "Z"], np.array([3, 350])).assign(visit_id=["Z1", "Z2"])
    texts = []
    for given in (data, plain, quoted):
        whole = replace(given, tables={**given.tables, "visits": pd.concat([given.visits, more], ignore_index=True)})
        texts.append(finding(whole, "VF-10").condition.text(whole.context.loc))
    assert "present or negotiate a quote or lie within 30 days of an order;" in texts[0]
    assert "lie within 30 days of an order;" in texts[1]
    assert "present" not in texts[1]
    assert "lie within 30 days of an order or a quote;" in texts[2]


# Bookings


def booked(rate: Callable[[np.ndarray], np.ndarray], *, begin: str = "2024-01-01", seed: int = 8) -> pd.DataFrame:
    """Return bookings of six sellers, so many a day as `rate` of the days since 2024 says."""
    rng = np.random.default_rng(seed)
    worth = working_days("SE", date(2024, 1, 1), END)
    days = pd.DatetimeIndex(worth.index[worth > 0])
    number = rng.poisson(rate(np.asarray((days - pd.Timestamp("2024-01-01")).days)), (len(SELLERS), len(days)))
    seller, day = np.nonzero(number)
    seller, day = (np.repeat(part, number[seller, day]) for part in (seller, day))
    frame = pd.DataFrame({"seller_id": np.array(SELLERS)[seller], "date": days[day]})
    frame = frame[frame["date"] >= pd.Timestamp(begin)]
    return frame.assign(activity_id=[f"T{n}" for n in range(len(frame))], type="meeting_booked")


def calendar(weeks: int = 51, start: date = START) -> pd.DataFrame:
    """Return one visit of each seller on each weekday."""
    days = np.array([7 * w + k for w in range(weeks) for k in range(5)])
    frame = pd.DataFrame({"seller_id": np.repeat(SELLERS, len(days)), "date": np.tile(dates(days), len(SELLERS))})
    frame["date"] += pd.Timestamp(start) - pd.Timestamp(START)
    return frame.assign(visit_id=[f"V{n:05d}" for n in range(len(frame))], customer_id=[f"C{n}" for n in frame.index])


def nobody_away() -> pd.DataFrame:
    day = pd.Timestamp("2023-01-01")
    return pd.DataFrame({"seller_id": ["nobody"], "date_from": [day], "date_to": [day]})


@pytest.fixture
def booking(make_data):
    """Return the bookings of six sellers without known days of employment."""

    def build(activities: pd.DataFrame, visits: pd.DataFrame | None = None, **tables):
        tables.setdefault("sellers", pd.DataFrame({"seller_id": SELLERS}))
        tables.setdefault("absence", nobody_away())
        visits = calendar() if visits is None else visits
        return vf.analyse(make_data(start=START, end=END, visits=visits, activities=activities, **tables)).bookings

    return build


def test_new_sellers_are_no_rise_of_bookings(base) -> None:
    """Sellers whose start is not known and who are first seen half a year ago were not there the year before."""
    activities, visits = base.activities, base.visits
    settings = {"channels": ("physical",), "one_per_day": True, "roles_left_out": ("inside", "service")}
    exposure = count_visits(base, **settings).exposure
    first, ids = exposure.columns[-26] - pd.Timedelta(weeks=4), list(exposure.index[:4])
    tables = {
        **base.tables,
        "sellers": base.sellers.drop(columns=["start_date"]),
        "visits": visits[~(visits["seller_id"].isin(ids) & (visits["date"] < first))],
        "activities": activities[~(activities["seller_id"].isin(ids) & (activities["date"] < first))],
    }
    found = vf.analyse(replace(base, tables=tables)).bookings
    assert found.change.low < 1 < found.change.high
    # Eight of twelve are left, over all of both half years.
    sellers_weeks = 8 * 26
    assert all(0.7 * sellers_weeks < rate.exposure <= sellers_weeks for rate in found.compared)


def test_a_late_beginning_is_no_low_rate(booking) -> None:
    """Bookings that are recorded from April on say nothing about January: the weeks before are not empty weeks."""
    late = booking(booked(lambda day: np.full(len(day), 2.0), begin="2025-04-07"))
    whole = booking(booked(lambda day: np.full(len(day), 2.0)))
    assert late.weekly["week"].iloc[0] == pd.Timestamp("2025-04-07")
    assert late.rate.estimate == pytest.approx(whole.rate.estimate, rel=0.1)
    assert late.change is None


def test_recorded_weeks_know_what_lies_beyond_them() -> None:
    """A silence at an edge is no recording, unless there are records beyond that edge."""
    weeks = pd.date_range("2025-01-06", periods=20, freq="7D")
    late = pd.Series(pd.to_datetime(["2025-03-12", "2025-05-20"]))
    assert recorded_weeks(late, weeks).sum() == 10  # 17 March to 25 May
    early = pd.Series(pd.to_datetime(["2025-01-08", "2025-03-12"]))
    assert recorded_weeks(early, weeks).sum() == 9  # up to 9 March
    around = pd.Series(pd.to_datetime(["2024-03-12", "2026-05-20"]))
    assert recorded_weeks(around, weeks).all()


def test_the_top_of_the_season_is_no_record(booking) -> None:
    """Where bookings peak at the end of every year, the latest weeks are not called the best because of that."""

    def peak(day: np.ndarray) -> np.ndarray:
        return 6 * np.exp(0.5 * np.cos(2 * np.pi * (day - 720) / 365.25))

    bests = [booking(booked(peak, seed=seed)) for seed in range(6)]
    assert all(found.season_removed for found in bests)
    assert sum(found.best for found in bests) <= 1
    rush = booked(peak)
    last = rush[rush["date"] >= pd.Timestamp("2025-12-15")]
    rush = pd.concat([rush, last.assign(activity_id="x" + last["activity_id"])])
    assert booking(rush).best


def test_a_calendar_to_come_knows_how_far_away_it_is(booking) -> None:
    """The decline over the weeks of lead is no noise: 200 and 200 visits are about as many, not 0.001 to 800 times."""
    rng = np.random.default_rng(1)
    parts = []
    for n, at in enumerate((END, END - pd.Timedelta(weeks=52))):
        lead = 1 + np.minimum(rng.geometric(0.08, 200) - 1, 58)
        made = pd.Timestamp(at) - pd.to_timedelta(rng.integers(1, 20, 200), unit="D")
        parts.append(
            pd.DataFrame(
                {
                    "visit_id": [f"F{n}-{k}" for k in range(200)],
                    "seller_id": rng.choice(SELLERS, 200),
                    "customer_id": [f"F{n}-{k}" for k in range(200)],
                    "date": pd.Timestamp(at) + pd.to_timedelta(lead, unit="D"),
                    "logged_at": made,
                }
            )
        )
    visits = pd.concat([calendar(103, date(2024, 1, 8)), *parts], ignore_index=True)
    activities = booked(lambda day: np.full(len(day), 2.0))
    ahead = booking(activities, visits).ahead
    assert (ahead.now, ahead.before) == (200, 200)
    assert 0.6 < ahead.ratio.low < 1 < ahead.ratio.high < 1.6
    # Twice the sellers with as many visits are half as many each.
    started = pd.DataFrame({"seller_id": SELLERS, "start_date": pd.Timestamp("2020-01-01")})
    started.loc[:2, "start_date"] = pd.Timestamp("2025-06-02")
    half = booking(activities, visits, sellers=started).ahead.ratio
    assert half.estimate == pytest.approx(ahead.ratio.estimate / 2)


# Deals


def won(seller: list[str], closed: list[str], **columns) -> pd.DataFrame:
    frame = pd.DataFrame({"seller_id": seller, "closed_date": pd.to_datetime(closed)})
    return frame.assign(opp_id=[f"D{n}" for n in range(len(frame))], status="won", **columns)


def test_deals_of_weeks_without_the_seller_do_not_count(make_data) -> None:
    """What was won before the seller came is not of the seller's visits; what comes in during leave is."""
    sellers = pd.DataFrame({"seller_id": SELLERS, "start_date": pd.Timestamp("2025-03-03")})
    away = pd.DataFrame({"seller_id": ["S1"], "date_from": ["2025-08-04"], "date_to": ["2025-08-24"]})
    away = away.assign(**{c: pd.to_datetime(away[c]) for c in ("date_from", "date_to")})
    deals = won(["S1", "S1", "S1", "S2"], ["2025-02-05", "2025-04-02", "2025-08-13", "2025-05-07"])
    tables = {"visits": calendar(), "sellers": sellers, "absence": away, "opportunities": deals}
    result = vf.analyse(make_data(start=START, end=END, **tables))
    assert result.dose.deals == 3
    assert "won and" in vf.table_deals(result).title.text(result.context.loc)
    assert "by these sellers" in vf.table_deals(result).title.text(result.context.loc)


def test_one_in_a_hundred_is_held_against_the_spread_between_sellers(make_data) -> None:
    """Sellers who differ much show one in a hundred less clearly than as many coin tosses would."""
    rng = np.random.default_rng(2)
    doses = []
    for _ in range(12):
        number = rng.poisson(0.01 * 255 * np.exp(0.9 * rng.standard_normal(6) - 0.4))
        seller = np.repeat(SELLERS, number)
        day = pd.Timestamp(START) + pd.to_timedelta(rng.integers(0, 355, len(seller)), unit="D")
        data = make_data(
            start=START,
            end=END,
            visits=calendar(),
            sellers=pd.DataFrame({"seller_id": SELLERS}),
            opportunities=won(seller, day),
        )
        doses.append(vf.analyse(data).dose)
    assert sum(dose.pvalue < 0.05 for dose in doses) <= 2
    # The test and the interval agree, since they are one.
    assert all((d.pvalue < 0.05) == (not d.per_visit.low <= 0.01 <= d.per_visit.high) for d in doses)


def test_other_ratios_beside_deals_per_visit(make_data) -> None:
    """Deals per 100 calls, orders per visit, and both kinds of customers are plain quotients of what was counted."""
    seen = [f"C{n}" for n in range(len(calendar()))]
    old = bought(seen[: len(seen) // 2]).assign(seller_id="S1")
    calls = pd.DataFrame({"seller_id": np.resize(SELLERS, 600), "date": np.resize(dates(np.arange(0, 350, 7)), 600)})
    calls = calls.assign(activity_id=[f"T{n}" for n in range(600)], type="call_out")
    calls = calls[calls["date"].dt.date != date(2025, 1, 6)]  # a holiday, and only that week's day
    deals = won(np.resize(SELLERS, 60), dates(np.resize(np.arange(100, 350, 7), 60)))
    deals["created_date"] = pd.Timestamp("2024-12-02")
    deals["customer_id"] = np.where(np.arange(60) % 3 == 0, seen[0], seen[-1])
    others = bought(["X", "X"], np.array([-1200, 352])).assign(order_id=["X1", "X2"], seller_id="S1")
    tables = {"visits": calendar(), "sellers": pd.DataFrame({"seller_id": SELLERS}), "opportunities": deals}
    tables |= {"orders": pd.concat([old, others]), "activities": calls}
    result = vf.analyse(make_data(start=START, end=END, **tables))
    ratios = result.dose.ratios.set_index("of")
    visits = len(result.counted.visits)
    assert ratios.loc["new", "count"] + ratios.loc["existing", "count"] == 60
    assert ratios.loc["existing", "count"] == 20
    assert ratios.loc["new", "base"] + ratios.loc["existing", "base"] == visits
    assert ratios.loc["calls", ["count", "base"]].tolist() == [60, len(calls)]
    assert ratios.loc["orders", "estimate"] == pytest.approx((len(old) / 2 + 1) / visits)
    shown = [row[0]["text"] for row in vf.table_deals(result).as_json()["body"]]
    assert "Deals won per 100 outgoing calls" in shown
    assert "Orders credited to these sellers per 100 visits" in shown


def test_nothing_is_said_about_a_regression_that_was_not_made(make_data) -> None:
    """Too few months for the association: the note does not speak of zero months of zero sellers."""
    deals = won(["S1", "S2"], ["2025-04-02", "2025-05-07"])
    result = vf.analyse(make_data(start=START, end=END, visits=calendar(), opportunities=deals))
    (note,) = (item["text"] for item in vf.method(result).as_json()["items"] if item["label"] == "Deals and visits")
    assert "regression" not in note
    assert "0 sellers" not in note


def test_the_panel_holds_the_visits_that_count(make_data) -> None:
    """Telephone calls in the visit table, and a visit entered twice, are no visits of a month either."""
    from salesaudit.analyses.visit_frequency.dose import _made

    visits = calendar().assign(channel="physical", start_time=pd.NaT)
    phone = visits.head(50).assign(channel="phone", visit_id=[f"P{n}" for n in range(50)])
    twice = visits.head(30).assign(visit_id=[f"W{n}" for n in range(30)])
    late = visits.tail(1).assign(visit_id="Z", customer_id="Z", date=pd.Timestamp(END) + pd.Timedelta(hours=15))
    data = make_data(start=START, end=END, visits=pd.concat([visits, phone, twice, late]))
    counted = vf.analyse(data).counted
    assert len(_made(data, counted, ("physical",), one_per_day=True)) == len(visits) + 1
    assert len(_made(data, counted, ("physical",), one_per_day=False)) == len(visits) + 31
