"""Visits per normal week: what is counted, over what, and how it is judged."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from salesaudit import DataMissing, example
from salesaudit.analyses import visit_frequency as vf
from salesaudit.analyses.visit_frequency.counting import complete_weeks, dates_are_months
from salesaudit.figure import Missing
from salesaudit.stats import pooled_rate, weekly_rates

START, END = date(2025, 1, 13), date(2025, 6, 29)
"""24 complete weeks; Sweden has six days off on weekdays of them, Midsummer Eve among them."""
SELLERS = [f"S{n}" for n in range(1, 7)]


def visits_of(rates: dict[str, int], *, start: date = START, weeks: int = 24, wobble: int = 1) -> pd.DataFrame:
    """Return so many visits per seller and week, spread over Monday to Friday, a little more or less each week."""
    rows = []
    for seller, rate in rates.items():
        for week in range(weeks):
            for k in range(max(0, rate + (week % 3 - 1) * wobble)):
                rows.append((seller, pd.Timestamp(start) + pd.Timedelta(days=7 * week + k % 5), f"C{k}"))
    frame = pd.DataFrame(rows, columns=["seller_id", "date", "customer_id"])
    frame["visit_id"] = [f"V{n}" for n in range(len(frame))]
    return frame


def sellers_table(**columns) -> pd.DataFrame:
    return pd.DataFrame({"seller_id": SELLERS, "start_date": pd.Timestamp("2020-01-01"), **columns})


def no_absence() -> pd.DataFrame:
    """An absence table that holds nobody who matters: absence is known, and there was none."""
    day = pd.Timestamp("2025-01-01")
    return pd.DataFrame({"seller_id": ["nobody"], "date_from": [day], "date_to": [day]})


@pytest.fixture
def team(make_data):
    """Six sellers with ten visits a week, one of whom may differ; anything else can be added."""

    def build(*, rates: dict[str, int] | None = None, settings: dict | None = None, **tables):
        tables.setdefault("sellers", sellers_table())
        tables.setdefault("absence", no_absence())
        tables.setdefault("visits", visits_of(dict.fromkeys(SELLERS, 10) | (rates or {})))
        wanted = {name: frame for name, frame in tables.items() if frame is not None}
        return make_data(start=START, end=END, settings=settings, **wanted)

    return build


def by_code(findings) -> dict[str, object]:
    return {f.code + f.subject: f for f in findings}


def codes(result, **thresholds) -> dict[str, str]:
    return {f.code: str(f.severity) for f in vf.findings(result, **thresholds)}


def test_the_rate_is_visits_over_normal_weeks(team) -> None:
    """The team's rate is the plain quotient, with holidays taken off the weeks."""
    data = team()
    result = vf.analyse(data)
    days = 24 * 5 - 6  # 18 and 21 April, 1 and 29 May, 6 and 20 June
    assert result.team.estimate == pytest.approx(len(data.visits) / (6 * days / 5))
    assert result.team.low < result.team.estimate < result.team.high


def test_visits_are_days_out_times_visits_per_day(team) -> None:
    """Visits per week = 5 x share of days out x visits per day out, exactly, for every seller."""
    sellers = vf.analyse(team(rates={"S1": 4})).sellers
    product = 5 * sellers["days_out_share"] * sellers["per_day_out"]
    np.testing.assert_allclose(product, sellers["estimate"])


def test_the_same_customer_on_the_same_day_counts_once(team) -> None:
    """A visit entered twice does not make a seller look diligent; visits without a customer are never merged."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    twice = pd.concat([visits, visits.assign(visit_id="again" + visits["visit_id"])])
    assert vf.analyse(team(visits=twice)).team.count == len(visits)
    assert vf.analyse(team(visits=twice), one_per_day=False).team.count == 2 * len(visits)
    assert vf.analyse(team(visits=twice.assign(customer_id=None))).team.count == 2 * len(visits)


def test_only_the_chosen_channels_count(team) -> None:
    """Video meetings are left out and named; a visit whose channel is not known counts; no column means all."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    channel = np.resize(["physical", "physical", "video", None], len(visits))
    result = vf.analyse(team(visits=visits.assign(channel=channel)))
    assert result.team.count == (channel != "video").sum()
    assert any("channels that do not count" in m.plural for m in result.counted.exclusions if m.plural)
    both = vf.analyse(team(visits=visits.assign(channel=channel)), channels=("physical", "video"))
    assert both.team.count == vf.analyse(team(visits=visits)).team.count == len(visits)


@pytest.mark.parametrize(
    ("start", "end", "weeks"),
    [
        (date(2025, 1, 6), date(2025, 1, 12), (date(2025, 1, 6), date(2025, 1, 12))),
        (date(2025, 1, 7), date(2025, 1, 19), (date(2025, 1, 13), date(2025, 1, 19))),
        (date(2025, 1, 7), date(2025, 1, 18), (None, None)),
    ],
)
def test_only_complete_weeks_count(start: date, end: date, weeks: tuple) -> None:
    """A week cut by the edge of the period would look like a week with few visits."""
    assert complete_weeks(start, end) == weeks


def test_a_seller_without_visits_lowers_the_rate_of_the_team(team) -> None:
    """Whoever is in the seller table had working days, visits or not; an inside seller is no field seller."""
    idle = visits_of(dict.fromkeys(SELLERS[:5], 10))
    full = vf.analyse(team(visits=idle))
    without = vf.analyse(team(visits=idle, sellers=sellers_table(role=["field"] * 5 + ["Inside"])))
    assert without.team.estimate == pytest.approx(full.team.estimate * 6 / 5)
    assert len(without.sellers) == 5


def test_absence_takes_days_off_and_visits_of_such_weeks_out(team) -> None:
    """A week away is no exposure, and a visit logged in it has no denominator."""
    away = pd.DataFrame(
        {"seller_id": ["S1"], "date_from": [pd.Timestamp(START)], "date_to": [pd.Timestamp("2025-01-19")]}
    )
    result = vf.analyse(team(absence=away))
    assert result.counted.exposure.loc["S1"].iloc[0] == 0
    assert result.sellers.loc["S1", "count"] == result.sellers.loc["S2", "count"] - 9
    assert result.sellers.loc["S1", "weeks"] == 23


def test_without_absence_leave_is_assumed_and_intervals_widen(team) -> None:
    """An assumed exposure is flagged, and its five per cent either way stands in every interval."""
    known, assumed = vf.analyse(team()), vf.analyse(team(absence=None))
    assert not known.counted.assumed_leave
    assert assumed.counted.assumed_leave
    plain = weekly_rates(assumed.counted.counts, assumed.counted.exposure).frame
    sellers = assumed.sellers.loc[plain.index]
    np.testing.assert_allclose(sellers["se_log"] ** 2 - plain["se_log"] ** 2, 0.05**2 / 3)
    assert (sellers["low"] < plain["low"]).all()
    assert (sellers["high"] > plain["high"]).all()
    whole = pooled_rate(assumed.counted.counts, assumed.counted.exposure)
    assert assumed.team.low < whole.low
    assert "absence.seller_id" in assumed.lacks
    assert len(assumed.counted.assumptions) == 1


def test_a_new_seller_without_a_start_date_is_not_accused(team) -> None:
    """Without employment dates a late first visit begins the exposure; a known start date holds whatever the visits."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    late = visits[(visits["seller_id"] != "S1") | (visits["date"] >= pd.Timestamp("2025-04-07"))]
    unknown = vf.analyse(team(visits=late, sellers=pd.DataFrame({"seller_id": SELLERS})))
    known = vf.analyse(team(visits=late))
    assert unknown.sellers.loc["S1", "estimate"] == pytest.approx(unknown.sellers.loc["S2", "estimate"], rel=0.15)
    assert known.sellers.loc["S1", "estimate"] < 0.6 * known.sellers.loc["S2", "estimate"]
    assert len(unknown.counted.assumptions) == 1


def test_time_without_any_recording_is_not_counted(team) -> None:
    """A visit table that begins months into the period says nothing about the months before."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    result = vf.analyse(team(visits=visits[visits["date"] >= pd.Timestamp("2025-03-03")]))
    assert result.counted.start == date(2025, 3, 3)
    assert result.team.estimate == pytest.approx(vf.analyse(team()).team.estimate, rel=0.05)


def test_mostly_months_are_months() -> None:
    """A few exact days among dates of months do not make a weekly rate; days by chance are days."""
    day = pd.Series(pd.date_range("2025-01-01", periods=400, freq="D"))
    month = day.dt.to_period("M").dt.start_time
    assert dates_are_months(month.where(day.index % 20 > 0, day))
    assert not dates_are_months(day)
    assert not dates_are_months(month.where(day.index % 3 == 0, day))


def test_dates_that_are_only_months_give_no_weekly_rate(team) -> None:
    """Where all visits lie on the first of a month, a number per week would be made up."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    visits["date"] = visits["date"].dt.to_period("M").dt.to_timestamp()
    result = vf.analyse(team(visits=visits))
    assert result.team is None
    assert result.months_only
    assert set(codes(result).values()) == {"grey"}
    for show in (vf.plot_belief, vf.plot_weekly, vf.plot_sellers, vf.table_sellers):
        assert isinstance(show(result), Missing)


def test_seven_weeks_give_no_rate(team) -> None:
    """Below eight complete weeks no number is given, and the finding says what to collect."""
    result = vf.analyse(team(visits=visits_of(dict.fromkeys(SELLERS, 10), weeks=7)))
    assert result.team is None
    assert by_code(vf.findings(result))["VF-03"].needs is not None


def test_a_low_seller_is_named_with_evidence(team) -> None:
    """A seller far below equals is red under the pseudonym, with the visits that show it."""
    data = team(rates={"S3": 4})
    result = vf.analyse(data)
    named = [f for f in vf.findings(result) if f.code == "VF-04"]
    assert [f.subject for f in named] == [data.context.seller("S3")]
    assert named[0].severity == "red"
    assert named[0].n == named[0].evidence.total == (data.visits["seller_id"] == "S3").sum()
    assert "S3" not in json.dumps(named[0].as_json(data.context.loc) | {"evidence": None})
    assert all(f.subject == "" for f in vf.findings(result, fdr=0.0))


def test_a_seller_without_any_visit_is_named() -> None:
    """The logarithm of nothing must not hide the seller who never visits, however much the weeks vary."""
    data = example.sales_data(scenario="null", weeks=13, blocks=("sellers", "visits"))
    visits = data.visits[data.visits["seller_id"] != "S05"]
    result = vf.analyse(replace(data, tables=dict(data.tables) | {"visits": visits}))
    named = {f.subject: str(f.severity) for f in vf.findings(result) if f.code == "VF-04"}
    assert named == {data.context.seller("S05"): "red"}


def test_hardly_any_visits_have_limits_that_can_be_read(team) -> None:
    """A handful of visits gets exact limits; the wider the weeks vary, the higher the upper one."""
    visits = pd.concat([visits_of({"S1": 1}, wobble=0).head(2), visits_of(dict.fromkeys(SELLERS[1:], 10))])
    visits["visit_id"] = [f"V{n}" for n in range(len(visits))]
    calm = vf.analyse(team(visits=visits)).sellers.loc["S1"]
    assert calm["few"]
    # Exact Poisson limits of two events are 0.24 and 7.22 (Garwood 1936); these weeks vary no more than that.
    assert (calm["low"] * calm["exposure"], calm["high"] * calm["exposure"]) == pytest.approx(
        (0.2422, 7.2247), rel=1e-3
    )
    burst = visits[visits["date"].between("2025-02-03", "2025-02-16") & (visits["seller_id"] != "S1")]
    more = [burst.assign(visit_id=f"{k}-" + burst["visit_id"], customer_id=f"B{k}" + burst["visit_id"]) for k in "abc"]
    wild = vf.analyse(team(visits=pd.concat([visits, *more]))).sellers.loc["S1"]
    assert wild["low"] < wild["estimate"] < calm["high"] < wild["high"]


def test_equal_sellers_are_not_named(team) -> None:
    """One finding for the team, with the power of the comparison, and no seller in it."""
    result = vf.analyse(team())
    found = [f for f in vf.findings(result) if f.code == "VF-04"]
    assert len(found) == 1
    assert found[0].subject == ""
    assert str(found[0].severity) == "green"
    assert 0 < result.compared.detectable_share < 0.6


def test_four_sellers_are_not_compared(team) -> None:
    """Fewer than five sellers, or fewer than thirteen weeks, is too little to compare people."""
    few = sellers_table().head(4)
    result = vf.analyse(team(sellers=few, visits=visits_of({"S1": 3} | dict.fromkeys(SELLERS[1:4], 10))))
    assert codes(result)["VF-04"] == "grey"
    short = vf.analyse(team(visits=visits_of({"S1": 3} | dict.fromkeys(SELLERS[1:], 10), weeks=10)))
    assert short.team is not None
    assert codes(short)["VF-04"] == "grey"


def test_sellers_stand_in_the_order_of_their_labels(team) -> None:
    """A table sorted by the number of visits would be a ranking."""
    result = vf.analyse(team(rates={"S1": 3, "S2": 20}))
    assert result.sellers["label"].is_monotonic_increasing
    assert list(vf.table_sellers(result).data["label"]) == sorted(result.sellers["label"])


def beliefs_table(modes: list[float], **columns) -> pd.DataFrame:
    number = len(modes)
    return pd.DataFrame(
        {
            "respondent_id": [f"M{n}" for n in range(number)],
            "item": "visits_per_week",
            "mode": modes,
            "low": np.array(modes) * 0.8,
            "high": np.array(modes) * 1.2,
            **columns,
        }
    )


def test_belief_over_measured(team) -> None:
    """The gap is the geometric mean of believed over measured, with t quantiles over the respondents."""
    modes = [18.0, 20.0, 22.0, 19.0]
    result = vf.analyse(team(beliefs=beliefs_table(modes)))
    ratio = np.array(modes) / result.team.estimate
    found = result.belief.logged.ratio
    assert found.estimate == pytest.approx(np.exp(np.log(ratio).mean()))
    se = np.sqrt(np.log(ratio).var(ddof=1) / 4 + result.team.se_log**2)
    assert np.log(found.high / found.estimate) == pytest.approx(3.1824463 * se)
    assert result.belief.over.estimate == 1
    assert codes(result)["VF-01"] == "red"


def test_belief_anchored_at_the_target(team) -> None:
    """Beliefs nearer to what is wanted than to what is are counted, with an exact sign test."""
    targets = pd.DataFrame({"scope": ["all"], "activity_type": ["visits"], "target": [20.0], "period": ["week"]})
    result = vf.analyse(team(beliefs=beliefs_table([19.0, 18.0, 21.0, 11.0]), targets=targets))
    found = result.belief.anchoring
    assert (found.nearer_target, found.nearer_measured) == (3, 1)
    assert found.pvalue == pytest.approx(10 / 16)  # two-sided sign test of 3 in 4: (1 + 4) / 16 twice


def test_two_managers_are_shown_and_not_judged(team) -> None:
    """The numbers are shown, but two answers give no colour."""
    finding = by_code(vf.findings(vf.analyse(team(beliefs=beliefs_table([20.0, 22.0])))))["VF-01"]
    assert finding.severity == "grey"
    assert finding.n == 2


def test_beliefs_about_one_seller_are_no_belief_about_the_average(team) -> None:
    """An answer about a named seller must not enter the average of the answers."""
    beliefs = beliefs_table([20.0, 21.0, 19.0, 50.0], refers_to_seller_id=[None, None, None, "S1"])
    assert len(vf.analyse(team(beliefs=beliefs)).belief.respondents) == 3


def test_targets_of_sellers_go_before_those_of_all(team) -> None:
    """The nearest target holds, a monthly one is spread over normal weeks, and parts of a whole are left out."""
    targets = pd.DataFrame(
        {
            "scope": ["all", "seller", "team", "all"],
            "scope_id": [None, "S1", "North", None],
            "activity_type": ["visits", "visits", "Visits", "visits"],
            "target": [44.0, 8.0, 9.0, 3.0],
            "period": ["month", "week", None, "week"],
            "purpose": [None, None, None, "QUO"],
        }
    )
    sellers = sellers_table(team=["South", "North", "South", "South", "South", "South"])
    by_seller = vf.analyse(team(targets=targets, sellers=sellers)).target.by_seller
    assert by_seller.to_dict() == pytest.approx({"S1": 8, "S2": 9, "S3": 12, "S4": 12, "S5": 12, "S6": 12})


def test_a_target_of_zero_is_no_target(team) -> None:
    """Whoever has a target of nothing is counted as without one, in the mean and in the sentence."""
    targets = pd.DataFrame(
        {"scope": ["seller"] * 2, "scope_id": ["S1", "S2"], "activity_type": "visits", "target": [0.0, 5.0]}
    )
    result = vf.analyse(team(targets=targets))
    assert result.target.by_seller.notna().sum() == 1
    assert by_code(vf.findings(result))["VF-05"].condition.values["reached"].values["with_target"].value == 1


def test_sellers_away_all_the_time_are_told_from_no_visits(team) -> None:
    """Visits without a single working day are a fault of the data, and the finding says so."""
    away = pd.DataFrame({"seller_id": SELLERS, "date_from": pd.Timestamp(START), "date_to": pd.Timestamp(END)})
    data = team(absence=away)
    result = vf.analyse(data)
    condition = by_code(vf.findings(result))["VF-03"].condition.text(data.context.loc)
    assert condition.startswith("1,440 visits were logged in 24 complete weeks")
    assert "no working time remains" in condition
    assert len(everything(result)) == 3 + len(EXHIBITS)


def test_only_what_is_absent_is_called_missing(team) -> None:
    """A box that asks for a column that was sent would send the client on a search."""
    box = vf.plot_customer_kinds(vf.analyse(team()))
    assert isinstance(box, Missing)
    assert list(box.needs) == ["orders.order_date", "orders.customer_id"]


def test_activities_are_named_in_words(team) -> None:
    """Known codes become words; a client's own word stays as it is."""
    calls = visits_of(dict.fromkeys(SELLERS, 5), wobble=0).rename(columns={"visit_id": "activity_id"})
    activities = calls.assign(type=np.resize(["call_out", "call_out", "Messe"], len(calls)))
    table = vf.table_activities(vf.analyse(team(activities=activities))).as_json()
    assert [row[0]["text"] for row in table["body"]] == ["Outgoing calls", "Messe"]


def test_sellers_without_a_target_say_nothing_about_it(team) -> None:
    """What is held against the targets are the visits of those who have one."""
    targets = pd.DataFrame(
        {"scope": ["seller"] * 2, "scope_id": ["S1", "S2"], "activity_type": "visits", "target": 5.0, "period": "week"}
    )
    result = vf.analyse(team(targets=targets, rates={"S1": 5, "S2": 5}))
    own = result.counted.counts.loc[["S1", "S2"]].to_numpy().sum()
    weeks = result.counted.exposure.loc[["S1", "S2"]].to_numpy().sum()
    assert result.target.rate.estimate == pytest.approx(own / weeks)
    assert result.team.estimate > 1.5 * result.target.rate.estimate
    attainment = by_code(vf.findings(result))["VF-05"].condition.values["reached"].values["attainment"]
    assert attainment.value == pytest.approx(own / weeks / 5)


@pytest.mark.parametrize(("target", "colour"), [(10.0, "green"), (13.0, "yellow"), (20.0, "red")])
def test_attainment_of_the_target(team, target: float, colour: str) -> None:
    """The further the measured rate lies below the target, the graver the finding."""
    targets = pd.DataFrame({"scope": ["all"], "activity_type": ["visits"], "target": [target], "period": ["week"]})
    assert codes(vf.analyse(team(targets=targets)))["VF-05"] == colour


@pytest.mark.parametrize(("complexity", "low", "high"), [(0.0, 17.5, 32.5), (1.0, 3.5, 6.5), (0.5, 7.826, 14.534)])
def test_the_benchmark_lies_between_two_anchors(team, complexity: float, low: float, high: float) -> None:
    """25 visits for the simplest offer, 5 for the most complex one, log-linear between them, 30 % either way."""
    band = vf.analyse(team(settings={"offer_complexity": complexity})).benchmark
    assert (band.low, band.high) == pytest.approx((low, high), abs=0.001)
    assert band.weak


def test_an_interpolated_benchmark_never_gives_red(team) -> None:
    """Two anchors are too weak a ground for more than yellow; the client's own benchmark is not."""
    assert codes(vf.analyse(team(settings={"offer_complexity": 0.0})))["VF-03"] == "yellow"
    own = pd.DataFrame({"industry": ["grocery", "other"], "low": [18.0, 1.0], "high": [30.0, 2.0]})
    settings = {"offer_complexity": 0.0, "industry": "Grocery"}
    assert codes(vf.analyse(team(settings=settings, benchmarks=own)))["VF-03"] == "red"
    assert codes(vf.analyse(team()))["VF-03"] == "grey"


def test_new_customers_and_orders_that_begin_too_late(team) -> None:
    """No order seen means new only where the orders go back far enough; otherwise nobody can tell."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))

    def kinds(first_order: str) -> pd.Series:
        orders = pd.DataFrame(
            {
                "order_id": ["O1", "O2", "O3"],
                "customer_id": ["far away", "C1", "C2"],
                "order_date": pd.to_datetime([first_order, "2024-06-01", "2022-06-01"]),
                "amount": 1.0,
            }
        )
        return vf.analyse(team(visits=visits, orders=orders)).kinds

    shares = visits["customer_id"].value_counts(normalize=True)
    assert kinds("2020-01-01").to_dict() == pytest.approx({"existing": shares["C1"], "new": 1 - shares["C1"]})
    # The order of C2 lies more than two years back, which is known whatever the start of the orders.
    late = kinds("2022-06-01")
    assert late["existing"] == pytest.approx(shares["C1"])
    assert "unknown" not in late
    assert vf.analyse(team(visits=visits)).kinds is None


def test_an_order_on_the_day_of_the_visit_makes_no_existing_customer(team) -> None:
    """The first order, taken at the visit itself, is what makes a visit to a new customer a success."""
    visits = visits_of(dict.fromkeys(SELLERS, 10)).drop_duplicates("customer_id")
    orders = pd.DataFrame(
        {"order_id": "O" + visits["visit_id"], "customer_id": visits["customer_id"], "order_date": visits["date"]}
    )
    early = pd.DataFrame({"order_id": ["x"], "customer_id": ["x"], "order_date": [pd.Timestamp("2020-01-01")]})
    both = pd.concat([orders, early]).assign(amount=1.0)
    assert vf.analyse(team(visits=visits, orders=both)).kinds.to_dict() == {"new": 1.0}


def test_orders_of_the_period_only_leave_new_customers_unknown(team) -> None:
    """With orders from the period alone a visit without an earlier order is not known, never new."""
    orders = pd.DataFrame(
        {"order_id": ["O"], "customer_id": ["C1"], "order_date": [pd.Timestamp("2025-03-03")], "amount": 1.0}
    )
    kinds = vf.analyse(team(orders=orders)).kinds
    assert "new" not in kinds
    assert kinds["unknown"] > kinds["existing"] > 0


def test_the_clients_own_mark_is_held_against_the_orders(team) -> None:
    """Where the client marks new customers itself, the agreement is counted."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    visits["is_new_customer"] = visits["customer_id"] != "C1"
    orders = pd.DataFrame(
        {
            "order_id": ["O1", "O2"],
            "customer_id": ["x", "C1"],
            "order_date": pd.to_datetime(["2020-01-01", "2024-06-01"]),
            "amount": 1.0,
        }
    )
    assert vf.analyse(team(visits=visits, orders=orders)).agreement == (len(visits), len(visits))


@pytest.mark.parametrize(("contact", "colour"), [(17.0, "green"), (14.0, "yellow"), (6.0, "red")])
def test_contact_time_against_the_norm(team, contact: float, colour: str) -> None:
    """Contact time far below 17 of 100 hours is red; near it is green."""
    rows = [
        (seller, pd.Timestamp("2025-02-03"), category, minutes + n * 0.1)
        for n, seller in enumerate(SELLERS)
        for category, minutes in (("Contact", contact), ("admin", 100 - contact))
    ]
    diary = pd.DataFrame(rows, columns=["seller_id", "date", "category", "minutes"])
    assert codes(vf.analyse(team(time_use=diary)))["VF-08"] == colour


def test_diaries_of_people_who_do_not_visit_do_not_count(team) -> None:
    """The share of time with customers, and where the hours go, are those of the sellers whose visits are counted."""
    rows = [
        (seller, pd.Timestamp("2025-02-03"), category, minutes)
        for n, seller in enumerate(SELLERS)
        for category, minutes in (("contact", 20.0 + n if n < 4 else 0.0), ("admin", 80.0))
    ]
    diary = pd.DataFrame(rows, columns=["seller_id", "date", "category", "minutes"])
    sellers = sellers_table(role=["field"] * 4 + ["inside", "service"])
    result = vf.analyse(team(sellers=sellers, time_use=diary, visits=visits_of(dict.fromkeys(SELLERS[:4], 10))))
    assert result.contact.sellers == result.capacity.sellers == len(result.hours.sellers) == 4
    assert result.contact.share.estimate == pytest.approx((20 + 21 + 22 + 23) / (20 + 21 + 22 + 23 + 4 * 80))
    assert "The diaries of 2 people who are not field sellers are left out." in texts(vf.method(result))


def texts(note) -> list[str]:
    return [text.text(note.context.loc) for _, text in note.items]


def hardly_any(number: int) -> pd.DataFrame:
    """Return ten visits a week of some sellers, and two in half a year of the others."""
    busy = visits_of(dict.fromkeys(SELLERS[number:], 10))
    idle = pd.concat([visits_of({s: 1}, wobble=0).iloc[[3, 20]] for s in SELLERS[:number]])
    return pd.concat([busy, idle]).assign(visit_id=lambda frame: [f"V{n}" for n in range(len(frame))])


def test_people_who_log_next_to_no_visits_are_asked_about(team) -> None:
    """Nobody of unknown role is accused of two visits in half a year: one question, and the rate of the others."""
    result = vf.analyse(team(visits=hardly_any(2)))
    found = by_code(vf.findings(result))
    asked = found["VF-04b"]
    loc = result.context.loc
    assert str(asked.severity) == "grey"
    assert asked.title.text(loc) == "2 people log next to no visits: are they field sellers?"
    assert "sellers.role" in asked.needs.text(loc)
    assert asked.evidence.total == 4
    weeks = 6 * (24 * 5 - 6) / 5
    others = (len(result.counted.visits) - 4) / (weeks * 4 / 6)
    assert result.caveats.hardly_any.others.estimate == pytest.approx(others)
    assert not [code for code in found if code.startswith("VF-04") and len(code) > len("VF-04b")]
    said = f"2 of 6 sellers log next to no visits; the others make {others:.1f} per normal week."
    assert said in vf.key_figures(result).items[0].note.text(loc)
    assert said in vf.table_answers(result).items[0][1].text(loc)
    assert result.compared.units == 0, "four are left, and five are needed"


def test_of_known_field_sellers_next_to_no_visits_are_a_finding(team) -> None:
    """Whoever is expected to visit and hardly does is named, as before."""
    known = vf.analyse(team(sellers=sellers_table(role="field"), visits=hardly_any(1)))
    found = vf.findings(known)
    assert [(f.subject, str(f.severity)) for f in found if f.code == "VF-04"] == [(known.context.seller("S1"), "red")]
    assert not [f for f in found if f.code == "VF-04b"]
    unknown = vf.analyse(team(visits=hardly_any(1)))
    left = by_code(vf.findings(unknown))
    assert left["VF-04b"].title.text(unknown.context.loc) == "1 person logs next to no visits: is that a field seller?"
    assert left["VF-04"].title.text(unknown.context.loc) == "None of the sellers compared lies far below the others"
    assert unknown.compared.units == 5


def test_few_visits_in_a_few_days_are_no_next_to_none(team) -> None:
    """Somebody of whom few visits are expected may have none, and a third of the others' is not next to none."""
    sellers = sellers_table()
    sellers.loc[0, "start_date"] = pd.Timestamp("2025-06-16")
    late = vf.analyse(team(sellers=sellers, visits=visits_of(dict.fromkeys(SELLERS[1:], 10))))
    assert late.caveats.hardly_any is None
    assert vf.analyse(team(rates={"S1": 3})).caveats.hardly_any is None


def test_a_day_of_import_stands_beside_the_rate(team) -> None:
    """A day to which a fifth of all visits is dated is said, with the rate without it."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    day = pd.Timestamp("2025-03-05")
    bulk = pd.DataFrame({"seller_id": np.resize(SELLERS, 360), "date": day})
    bulk = bulk.assign(visit_id=[f"B{n}" for n in range(360)], customer_id=[f"B{n}" for n in range(360)])
    result = vf.analyse(team(visits=pd.concat([visits, bulk])))
    there = len(visits[visits["date"] == day])
    days = 6 * (24 * 5 - 6)
    assert (str(result.caveats.bulk_day.day), result.caveats.bulk_day.visits) == ("2025-03-05", 360 + there)
    without = (len(visits) - there) / ((days - 6) / 5)
    assert result.caveats.bulk_day.rate.estimate == pytest.approx(without)
    said = f"Without 5 March 2025, to which {360 + there} of the visits are dated, the rate is {without:.1f}."
    loc = result.context.loc
    assert said in vf.key_figures(result).items[0].note.text(loc)
    assert said in vf.plot_weekly(result).subtitle.text(loc)
    assert vf.analyse(team()).caveats.bulk_day is None


def test_visits_on_days_off_are_said(team) -> None:
    """Where a tenth of the visits lies on weekends, the days with a visit are not those of the working days."""
    visits = visits_of(dict.fromkeys(SELLERS, 10), wobble=0)
    moved = visits["customer_id"].eq("C0")  # the first of each week's ten, on a Monday
    saturdays = visits.assign(date=visits["date"] + pd.to_timedelta(np.where(moved, 5, 0), unit="D"))
    result = vf.analyse(team(visits=saturdays))
    off = result.caveats.days_off
    assert off.visits >= moved.sum()
    assert off.share == pytest.approx(off.visits / len(visits))
    # Every other working day has two visits, but for the holidays; Mondays have one left.
    assert off.out_share == pytest.approx(1.0)
    note = vf.key_figures(result).items[-1].note.text(result.context.loc)
    assert f"{off.share:.0%} of the visits lie on weekends and holidays; of the working days 100% have a visit" in note
    assert any("check the country of the sellers" in text for text in texts(vf.method(result)))
    calm = vf.analyse(team())
    assert not any("check the country of the sellers" in text for text in texts(vf.method(calm)))


def test_nothing_to_hold_the_visits_against_is_said(team) -> None:
    """Visits that no other record could bear out are not called unsupported, nor free of contradiction."""
    bare = vf.analyse(team(absence=None))
    condition = by_code(vf.findings(bare))["VF-02"].condition.text(bare.context.loc)
    assert "no other record names the customer" in condition
    assert "supported" not in condition
    assert "contradict" not in condition
    assert isinstance(vf.table_evidence(bare), Missing)
    calls = visits_of(dict.fromkeys(SELLERS, 1)).rename(columns={"visit_id": "activity_id"}).assign(type="call_out")
    held = vf.analyse(team(absence=None, activities=calls))
    condition = by_code(vf.findings(held))["VF-02"].condition.text(held.context.loc)
    assert "are supported by another record" in condition
    assert "contradict" not in condition
    loc = held.context.loc
    assert [row[0] for row in vf.table_evidence(held).data[["rung"]].to_numpy()] == ["Supported", "Claimed"], loc


def test_one_is_not_written_as_many(team) -> None:
    """One seller and one diary are singular, and an interval that says nothing is left out."""
    rows = [("S1", pd.Timestamp("2025-02-03"), c, m) for c, m in (("contact", 17.0), ("admin", 83.0))]
    diary = pd.DataFrame(rows, columns=["seller_id", "date", "category", "minutes"])
    data = team(sellers=sellers_table().head(1), visits=visits_of({"S1": 10}), time_use=diary)
    result = vf.analyse(data)
    found = by_code(vf.findings(result))
    loc = result.context.loc
    said = [*texts(vf.method(result)), *(f.condition.text(loc) for f in vf.findings(result))]
    said += [text.text(loc) for _, text in vf.table_answers(result).items]
    assert not [text for text in said if "1 sellers" in text or "1 diaries" in text]
    assert "17% of 2 recorded hours of 1 seller were" in found["VF-08"].condition.text(loc)
    assert found["VF-08"].unit.text(loc) == "seller"
    assert "1 seller over 24 weeks is too little" in found["VF-04"].condition.text(loc)


def test_without_a_rate_no_rate_is_written(team) -> None:
    """Where nothing could be measured the possible visits do not speak of "–" visits."""
    short = team(visits=visits_of(dict.fromkeys(SELLERS, 10), weeks=5), settings={"money": {"hours_per_visit": 2.0}})
    found = by_code(vf.findings(vf.analyse(short)))["VF-12"]
    assert found.condition.text(short.context.loc).startswith("At 2.0 hours a visit")
    bare = team(visits=visits_of(dict.fromkeys(SELLERS, 10), weeks=5))
    assert "–" not in by_code(vf.findings(vf.analyse(bare)))["VF-12"].condition.text(bare.context.loc)


def test_other_activities_per_normal_week(team) -> None:
    """Calls are counted over the same weeks as visits, for the sellers that are counted."""
    calls = visits_of(dict.fromkeys(SELLERS, 5), wobble=0).rename(columns={"visit_id": "activity_id"})
    stranger = calls.head(3).assign(seller_id="nobody", activity_id=["x", "y", "z"])
    activities = pd.concat([calls, stranger]).assign(type="call_out")
    found = vf.analyse(team(activities=activities)).activities
    assert found["count"].tolist() == [len(calls)]
    assert found["rate"].iloc[0] == pytest.approx(len(calls) / vf.analyse(team()).counted.exposure.to_numpy().sum())


def test_the_order_of_rows_does_not_matter(team) -> None:
    """Shuffled exports give the same numbers."""
    data = team(rates={"S2": 5})
    shuffled = replace(data, tables={n: f.sample(frac=1, random_state=1) for n, f in data.tables.items()})
    pd.testing.assert_frame_equal(vf.analyse(data).sellers, vf.analyse(shuffled).sellers)


def test_which_of_two_visits_on_a_day_counts_does_not_hang_on_the_order_of_rows(team) -> None:
    """Two visits to a customer on a day may have two purposes; shuffled exports keep the same one."""
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    again = visits.assign(visit_id="W" + visits["visit_id"], purpose_planned="QUO")
    data = team(visits=pd.concat([visits.assign(purpose_planned="PRE"), again], ignore_index=True))
    shuffled = replace(data, tables={n: f.sample(frac=1, random_state=1) for n, f in data.tables.items()})
    for one in (data, shuffled):
        assert vf.analyse(one).counted.visits["purpose_planned"].eq("PRE").all()


def test_figures_name_the_weeks_that_were_counted(team) -> None:
    """Visits that begin late in the period are counted over fewer weeks, and every subtitle says which."""
    late = visits_of(dict.fromkeys(SELLERS, 10), start=date(2025, 3, 31), weeks=13)
    data = team(visits=late, beliefs=beliefs_table([18.0, 20.0, 22.0]))
    result = vf.analyse(data)
    assert result.counted.start == date(2025, 3, 31)
    for shown in (vf.plot_sellers(result), vf.plot_belief(result), vf.table_sellers(result)):
        assert "31 March 2025 to 29 June 2025" in shown.as_json()["subtitle"]


def test_a_closed_week_changes_no_rate(team) -> None:
    """A week in which everybody is off adds neither visits nor weeks."""
    monday = pd.Timestamp("2025-02-10")
    visits = visits_of(dict.fromkeys(SELLERS, 10))
    visits = visits[~visits["date"].between(monday, monday + pd.Timedelta(days=6))]
    closed = [(monday + pd.Timedelta(days=k)).date() for k in range(7)]
    result = vf.analyse(team(visits=visits, settings={"calendar": {"extra_holidays": closed}}))
    assert result.team.weeks == result.counted.weeks - 1
    assert result.team.estimate == pytest.approx(len(visits) / (6 * (24 * 5 - 6 - 5) / 5))


def test_without_visits_the_client_is_told_what_is_missing(make_data) -> None:
    """Without a seller on the visits there is nothing to count, and the error names the column."""
    visits = visits_of({"S1": 3}).assign(seller_id=None)
    with pytest.raises(DataMissing, match=r"visits\.seller_id"):
        vf.analyse(make_data(visits=visits))


EXHIBITS = [name for name in vf.__all__ if name.startswith(("plot_", "table_"))]


def everything(result) -> list[dict]:
    """Return the JSON of all that the notebook shows."""
    shown = [vf.key_figures(result), vf.findings(result), vf.method(result)]
    shown += [getattr(vf, name)(result) for name in EXHIBITS]
    return [json.loads(json.dumps(item.as_json(), allow_nan=False)) for item in shown]


SITUATIONS = {
    "visits alone": {"visits": visits_of(dict.fromkeys(SELLERS, 10)).drop(columns="customer_id")},
    "one seller": {"visits": visits_of({"S1": 9})},
    "one visit": {"visits": visits_of({"S1": 9}).head(1)},
    "nothing in the period": {"visits": visits_of({"S1": 9}, start=date(2019, 1, 7))},
    "empty columns": {
        "visits": visits_of(dict.fromkeys(SELLERS, 10)).assign(
            channel=None, purpose_planned=None, duration_min=np.nan, is_new_customer=None, customer_id=None
        ),
        "sellers": pd.DataFrame({"seller_id": SELLERS, "country": None, "start_date": pd.NaT, "fte": np.nan}),
        "targets": pd.DataFrame({"scope": ["all"], "activity_type": ["visits"], "target": [np.nan]}),
        "time_use": pd.DataFrame({"seller_id": ["S1"], "date": [pd.NaT], "category": ["x"], "minutes": [1.0]}),
    },
    "sellers who are not in the table": {
        "visits": visits_of(dict.fromkeys(SELLERS, 10)),
        "sellers": pd.DataFrame({"seller_id": ["A", "B"]}),
    },
    "hostile names": {
        "visits": visits_of(dict.fromkeys(["<script>alert(1)</script>", "{x}"], 10)).assign(customer_id="<script>"),
        "activities": pd.DataFrame(
            {"activity_id": ["1"], "seller_id": ["{x}"], "date": [pd.Timestamp(START)], "type": ["<b>{call}</b>"]}
        ),
    },
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_everything_can_be_shown(make_data, situation: str) -> None:
    """Little, odd or hostile data give a page with grey places, never a fault and never a number that is not one."""
    result = vf.analyse(make_data(start=START, end=END, **SITUATIONS[situation]))
    assert len(everything(result)) == 3 + len(EXHIBITS)


@pytest.mark.parametrize("scenario", ["base", "null", "small", "minimal"])
def test_the_example_clients(scenario: str) -> None:
    """The whole page comes out of the example clients, and says of them what was planted."""
    data = example.sales_data(scenario=scenario)
    result = vf.analyse(data)
    assert len(everything(result)) == 3 + len(EXHIBITS)
    found = codes(result)
    if scenario == "base":
        truth = example.make_client().truth
        low = data.context.seller(truth["low_seller"])
        assert low in [f.subject for f in vf.findings(result) if f.severity in ("red", "yellow")]
        assert found["VF-01"] == "red"
        expected = truth["belief_ratio"] / truth["physical_share"]
        assert result.belief.logged.ratio.low < expected < result.belief.logged.ratio.high
        assert result.belief.anchoring.nearer_target == len(result.belief.respondents)
    if scenario == "null":
        assert {"red", "yellow"}.isdisjoint(found.values())
    if scenario in ("small", "minimal"):
        assert found["VF-08"] == "grey"


@pytest.mark.parametrize(("seed", "found"), [(1, True), (3, False)])
def test_a_season_taken_out_of_the_intervals_is_said(seed: int, found: bool) -> None:
    """The method note says when a slow change is not counted as chance; half a year is never called a cycle."""
    result = vf.analyse(example.sales_data(seed, weeks=26, blocks=("sellers", "visits")))
    notes = {item["label"]: item["text"] for item in vf.method(result).as_json()["items"]}
    assert result.team.seasonal == found
    assert ("Season" in notes) == found
    assert "yearly cycle" not in notes.get("Season", "")
    assert not found or "26 weeks do not show" in notes["Season"]


def test_two_years_show_a_season() -> None:
    """What comes back in a second year is called a yearly cycle."""
    data = example.sales_data(2, weeks=104, blocks=("sellers", "visits"))
    result = vf.analyse(replace(data, start=data.start - timedelta(weeks=52)))
    assert result.counted.weeks == 104
    notes = {item["label"]: item["text"] for item in vf.method(result).as_json()["items"]}
    assert "yearly cycle shows" in notes["Season"]
