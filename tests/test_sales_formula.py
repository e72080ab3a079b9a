"""The sales formula: exact sums, right hits, honest intervals."""

import dataclasses
import warnings
from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses import sales_formula
from salesaudit.analyses.sales_formula.change import decompose
from salesaudit.analyses.sales_formula.moments import Moments, Windows, choose_windows
from salesaudit.dataset import SalesData
from salesaudit.errors import DataMissing
from salesaudit.format import Money

NOW, BEFORE = (date(2025, 1, 1), date(2025, 6, 30)), (date(2024, 1, 3), date(2024, 7, 1))
WINDOWS = Windows(NOW, BEFORE, "year")


def simulated(rng: np.random.Generator, *, hit: tuple = (0.3, 0.3), value: tuple = (1000.0, 1000.0), n: int = 600):
    """Return moments of two periods with known hit rates and mean values, and orders on their own."""
    parts, orders = [], []
    for (start, _), p, mean in zip((BEFORE, NOW), hit, value, strict=True):
        hits = rng.random(n) < p
        amounts = mean * np.exp(0.9 * rng.standard_normal(n) - 0.9**2 / 2)
        day = pd.Timestamp(start) + pd.to_timedelta(rng.integers(0, 180, n), unit="D")
        seller = rng.integers(0, 6, n).astype(str)
        parts.append(
            pd.DataFrame(
                {
                    "channel": "visit",
                    "seller_id": seller,
                    "date": day,
                    "hit": hits,
                    "value": np.where(hits, amounts, np.nan),
                    "key": "k",
                }
            )
        )
        alone = rng.poisson(40)
        day = pd.Timestamp(start) + pd.to_timedelta(rng.integers(0, 180, alone), unit="D")
        orders.append(pd.DataFrame({"channel": "web", "date": day, "value": 500.0, "moment": np.nan}))
    frame = pd.concat(parts, ignore_index=True)
    return Moments("visits", frame, pd.concat(orders, ignore_index=True), 30, {})


def everything(result: sales_formula.SalesFormula) -> list:
    """Return everything that a notebook shows of a result, as JSON."""
    names = [n for n in sales_formula.__all__ if n.startswith(("plot_", "table_"))]
    return [getattr(sales_formula, n)(result).as_json() for n in (*names, "key_figures", "findings", "method")]


@pytest.fixture(scope="module")
def data() -> SalesData:
    return example.sales_data(seed=1)


@pytest.fixture(scope="module")
def base(data) -> sales_formula.SalesFormula:
    return sales_formula.analyse(data)


def tiny(make_data, orders: list[tuple]):
    """Return two visits to one customer (1 and 20 March) and orders of (day, amount, channel)."""
    visits = pd.DataFrame(
        {
            "visit_id": ["v1", "v2", "v3"],
            "seller_id": ["s1", "s2", "s2"],
            "customer_id": ["a", "a", "b"],
            "date": ["2025-03-01", "2025-03-20", "2025-03-20"],
        }
    )
    frame = pd.DataFrame(orders, columns=["order_date", "amount", "channel"])
    frame = frame.assign(order_id=[f"o{n}" for n in range(len(frame))], customer_id="a")
    return make_data(visits=visits, orders=frame)


def hits_of(data) -> tuple[list, int]:
    result = sales_formula.analyse(data)
    return result.moments.frame["value"].fillna(0).tolist(), len(result.moments.other)


def test_an_order_belongs_to_the_last_visit_before_it(make_data) -> None:
    """The day itself and the thirtieth day after count; earlier, later and other customers do not."""
    orders = [
        ("2025-03-01", 1.0, None),
        ("2025-03-19", 2.0, None),
        ("2025-03-20", 4.0, None),
        ("2025-04-19", 8.0, None),
    ]
    assert hits_of(tiny(make_data, orders)) == ([3.0, 12.0, 0.0], 0)
    assert hits_of(tiny(make_data, [("2025-02-28", 1.0, None), ("2025-04-20", 2.0, None)])) == ([0.0, 0.0, 0.0], 2)


def test_an_order_of_another_channel_is_no_hit_of_a_visit(make_data) -> None:
    """Where orders say how they came in, a web order after a visit stays a web order; credit notes are left out."""
    orders = [("2025-03-02", 1.0, "web"), ("2025-03-03", 2.0, "visit"), ("2025-03-04", -5.0, "visit")]
    data = tiny(make_data, orders)
    assert hits_of(data) == ([2.0, 0.0, 0.0], 1)
    assert sales_formula.analyse(data).moments.left_out["credits"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_add_up_to_the_change(seed: int) -> None:
    """Contributions sum to the change to nine digits, also when a channel appears or has no hit."""
    rng = np.random.default_rng(seed)
    moments = simulated(rng, hit=(0.3, 0.2), value=(900.0, 1200.0))
    late = moments.frame[moments.frame["date"] >= pd.Timestamp(NOW[0])].assign(channel="phone")
    early = moments.frame[moments.frame["date"] < pd.Timestamp(NOW[0])].assign(channel="mail", hit=False, value=np.nan)
    frame = pd.concat([moments.frame, late.head(50), early.head(20)], ignore_index=True)
    change = decompose(dataclasses.replace(moments, frame=frame), WINDOWS, rng=rng, draws=50)
    sales = change.channels.groupby("period")["sales"].sum()
    assert change.sales["change"] == pytest.approx(sales["now"] - sales["before"], rel=1e-9)
    assert change.parts["contribution"].sum() == pytest.approx(change.sales["change"], rel=1e-9)
    assert change.factors["contribution"].sum() == pytest.approx(change.sales["change"], rel=1e-9)
    booked = moments.frame.loc[moments.frame["date"] >= pd.Timestamp(NOW[0]), "value"].sum()
    assert sales["now"] >= booked


def test_one_factor_alone_gets_the_whole_change() -> None:
    """When only the values double, the value explains everything and the others nothing."""
    rng = np.random.default_rng(1)
    one = simulated(rng).frame.query("date < '2025-01-01'")
    shift = pd.Timestamp(NOW[0]) - pd.Timestamp(BEFORE[0])
    frame = pd.concat([one, one.assign(date=one["date"] + shift, value=one["value"] * 2)], ignore_index=True)
    orders = pd.DataFrame({"channel": pd.Series(dtype=str), "date": one["date"].iloc[:0], "value": [], "moment": []})
    factors = decompose(Moments("visits", frame, orders, 30, {}), WINDOWS, rng=rng, draws=50).factors["contribution"]
    assert factors["value"] == pytest.approx(one["value"].sum())
    assert factors[["activities", "hit_rate"]].abs().max() < 1e-6


def test_intervals_of_the_parts_cover() -> None:
    """The 80 % interval of the hit rate's part holds the true part in about four runs of five."""
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(80):
        moments = simulated(rng, hit=(0.30, 0.24))
        row = decompose(moments, WINDOWS, rng=rng, draws=200).factors.loc["hit_rate"]
        v0, v1 = 600 * 0.30 * 1000, 600 * 0.24 * 1000
        true = (v1 - v0) / np.log(v1 / v0) * np.log(0.24 / 0.30)
        covered.append(row["low"] <= true <= row["high"])
    assert 0.66 <= np.mean(covered) <= 0.93


def test_no_factor_is_named_where_nothing_moved() -> None:
    """Without a change a factor is rarely called sure; a true fall of the hit rate by a third is."""
    rng = np.random.default_rng(12)
    named = {"null": 0, "fall": 0}
    for _ in range(40):
        for name, hit in (("null", (0.3, 0.3)), ("fall", (0.3, 0.2))):
            factors = decompose(simulated(rng, hit=hit), WINDOWS, rng=rng, draws=200).factors
            top = factors["contribution"].abs().idxmax()
            named[name] += bool(factors.loc[top, "sure"]) and factors.loc[top, "p_largest"] >= 0.6
    assert named["null"] <= 10  # three factors at 5 % each, 40 runs
    assert named["fall"] >= 20


def test_periods_of_comparison() -> None:
    """The same weeks a year earlier where the data reach back, else the halves of the period; immature days are cut."""
    start, end = date(2025, 1, 1), date(2025, 12, 31)
    two_years = pd.Series(pd.date_range("2023-06-01", end, freq="D"))
    year = choose_windows(two_years, start=start, end=end, as_of=end, age_days=30)
    assert (year.how, year.season_removed) == ("year", True)
    assert year.now == (start, date(2025, 12, 1))
    assert year.before[1] == date(2024, 12, 2)
    assert year.now[1] - year.now[0] == year.before[1] - year.before[0]
    one_year = pd.Series(pd.date_range(start, end, freq="D"))
    halves = choose_windows(one_year, start=start, end=end, as_of=end, age_days=30)
    assert (halves.how, halves.season_removed) == ("halves", False)
    assert halves.before[1] < halves.now[0]
    assert halves.now[1] - halves.now[0] == halves.before[1] - halves.before[0]
    assert choose_windows(one_year, start=start, end=date(2025, 1, 20), as_of=end, age_days=30).how == "halves"
    assert choose_windows(one_year, start=date(2025, 12, 1), end=end, as_of=end, age_days=30).how == "none"


def test_contacts_recorded_in_one_period_only_are_no_burst_of_activity(data) -> None:
    """Calls that are in the export for the later year only stay out of the moments; their orders stand apart."""
    calls = data.activities[data.activities["type"].isin(["call_out", "call_in"])]
    assert calls["date"].min() > pd.Timestamp("2025-01-01")
    result = sales_formula.analyse(data)
    assert "phone" in result.partial
    assert set(result.moments.frame["channel"]) == {"visit"}
    assert (result.moments.other["channel"] == "phone").any()


def test_the_example_comes_out_as_planted(base, data) -> None:
    """Hit rate near the planted .30; order values near the planted 3,500 and 6,500 by category."""
    truth = example.make_client(seed=1).truth
    team = base.sellers.team
    assert team["hit_rate"] == pytest.approx(truth["hit_rate"], abs=0.03)
    category = truth["customers"].set_index("customer_id")["category"]
    orders = data.orders.assign(category=data.orders["customer_id"].map(category))
    means = orders[orders["channel"] == "visit"].groupby("category")["amount"].mean()
    mix = orders[orders["channel"] == "visit"]["category"].value_counts(normalize=True)
    planted = pd.Series(dict(truth["order_value_means"]))
    assert means["3"] == pytest.approx(planted["3"], rel=0.12)
    assert team["value"] == pytest.approx((mix * planted).sum(), rel=0.15)


def test_the_formula_and_its_gaps_multiply_and_add_up(base) -> None:
    """Per seller rate x hit rate x value is sales; the gap to the team is the sum of its parts."""
    frame = base.sellers.frame
    product = frame["rate"] * frame["hit_rate"] * frame["value"]
    pd.testing.assert_series_equal(product, frame["sales"], check_names=False, rtol=1e-9)
    parts = frame[["gap_rate", "gap_hit_rate", "gap_value"]].sum(axis=1)
    pd.testing.assert_series_equal(parts, frame["gap"], check_names=False, rtol=1e-9)
    pd.testing.assert_series_equal(frame["sales"] - base.sellers.team["sales"], frame["gap"], check_names=False)
    assert base.sellers.spread.sum() == pytest.approx(1)
    assert (frame["sales_low"] < frame["sales"]).all()
    assert (frame["sales"] < frame["sales_high"]).all()


def test_opportunities_stand_in_for_visits(data) -> None:
    """Without orders the formula is opportunities x win rate x value, at an age that all have reached."""
    tables = {name: frame for name, frame in data.tables.items() if name not in ("orders", "visits")}
    result = sales_formula.analyse(dataclasses.replace(data, tables=tables))
    assert result.moments.kind == "opportunities"
    assert result.moments.age_days % 30 == 0
    newest = pd.Timestamp(data.as_of) - pd.Timedelta(result.moments.age_days, unit="D")
    assert pd.Timestamp(result.windows.now[1]) <= newest
    opps = data.opportunities
    first, last = (pd.Timestamp(d) for d in result.windows.now)
    cohort = opps[opps["created_date"].between(first, last)]
    took = (cohort["closed_date"] - cohort["created_date"]).dt.days
    won = ((cohort["status"] == "won") & (took <= result.moments.age_days)).sum()
    now = result.change.channels.query("period == 'now'")
    assert (now["activities"].sum(), now["hits"].sum()) == (len(cohort), won)
    assert len(everything(result)) == 10


def test_both_ways_are_named_where_neither_can_be_gone(make_data) -> None:
    """The message of a skipped run lists what visits and what opportunities lack, and says that one is enough."""
    data = make_data(visits=pd.DataFrame({"visit_id": ["v"], "seller_id": ["s"], "date": ["2025-01-01"]}))
    with pytest.raises(DataMissing, match=r"orders.amount.*opportunities.amount[\s\S]*one of two"):
        sales_formula.analyse(data)


def test_amounts_of_zero_are_no_amounts(make_data) -> None:
    """Without a single amount above zero there are no sales whose change could be split."""
    data = tiny(make_data, [("2025-03-02", 0.0, None), ("2025-03-21", -50.0, None)])
    with pytest.raises(DataMissing, match=r"orders\.amount"):
        sales_formula.analyse(data)


@pytest.mark.parametrize("case", ["one_seller", "period_without_visits", "no_hits", "orders_without_customer"])
def test_thin_data_are_grey_and_never_fail(make_data, case: str) -> None:
    """One seller, no visits in the period, no hit at all: shown in grey, without a warning."""
    orders = [("2025-03-02", 100.0, None), ("2025-03-21", 50.0, None)]
    data = tiny(make_data, orders if case != "no_hits" else [("2025-01-01", 1.0, None)])
    tables = dict(data.tables)
    if case == "one_seller":
        tables["visits"] = data.visits[data.visits["seller_id"] == "s1"]
    if case == "orders_without_customer":
        tables["orders"] = data.orders.assign(customer_id=["a", np.nan]).astype({"customer_id": "str"})
    data = dataclasses.replace(data, tables=tables)
    if case == "period_without_visits":
        data = dataclasses.replace(data, start=date(2023, 1, 1), end=date(2023, 12, 31))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = sales_formula.analyse(data)
        assert len(everything(result)) == 10
    assert {f.severity.value for f in sales_formula.findings(result)} == {"grey"}


def test_doubled_amounts_double_money_and_leave_shares(base, data) -> None:
    """Money scales with the amounts; hit rates, spreads and probabilities stay."""
    orders = data.orders.assign(amount=data.orders["amount"] * 2)
    double = sales_formula.analyse(dataclasses.replace(data, tables={**data.tables, "orders": orders}))
    assert double.change.sales["change"] == pytest.approx(2 * base.change.sales["change"])
    np.testing.assert_allclose(double.change.factors["contribution"], 2 * base.change.factors["contribution"])
    pd.testing.assert_series_equal(double.sellers.frame["hit_rate"], base.sellers.frame["hit_rate"])
    pd.testing.assert_series_equal(double.sellers.spread, base.sellers.spread)


def test_the_order_of_rows_does_not_matter(base, data) -> None:
    """Shuffled exports give the same parts, intervals and levers."""
    tables = {name: frame.sample(frac=1, random_state=1) for name, frame in data.tables.items()}
    shuffled = sales_formula.analyse(dataclasses.replace(data, tables=tables))
    pd.testing.assert_frame_equal(shuffled.change.factors, base.change.factors)
    pd.testing.assert_frame_equal(shuffled.sellers.levers, base.sellers.levers)


def with_money(data: SalesData, **money) -> sales_formula.SalesFormula:
    """Return the result of the same data with other settings of money."""
    settings = data.client.settings
    settings = settings.model_copy(update={"money": settings.money.model_copy(update=money)})
    client = data.client.model_copy(update={"settings": settings})
    return sales_formula.analyse(dataclasses.replace(data, client=client))


def lever(result: sales_formula.SalesFormula):
    """Return the finding on the strongest lever."""
    return next(f for f in sales_formula.findings(result, probability_largest=0.01) if f.code == "SF-03")


def test_a_gain_in_revenue_is_not_shown_as_one_in_margin(data) -> None:
    """Without a margin the gain of a lever says that it is revenue, and adds to no other money."""
    free, bare = with_money(data, hour_cost=None), with_money(data, gross_margin=None)
    assert isinstance(lever(free).effect, Money)
    assert "not taken off" in lever(free).condition.text(free.context.loc)
    assert "revenue" in lever(bare).effect.template


def test_more_visits_are_no_lever_where_they_cost_more_than_they_bring(data, base) -> None:
    """The cost of the extra visits is taken off their gain; where nothing is left the finding names no lever."""
    free = with_money(data, hour_cost=None).sellers.levers
    costly = base.sellers.levers
    assert costly.loc["rate", "gain"] < 0 < free.loc["rate", "gain"]
    assert costly.loc["rate", "cost"] > free.loc["rate", "gain"]
    assert costly.loc["hit_rate", "gain"] == pytest.approx(free.loc["hit_rate", "gain"])
    assert lever(base).title.template.startswith("Raising no factor pays")
    assert lever(base).effect is None


def test_no_probability_reads_as_certainty(base) -> None:
    """All of two thousand draws is more than 99 %, not 100 %."""
    assert base.change.factors["p_largest"].max() > 0.995
    texts = [f.condition.text(base.context.loc) for f in sales_formula.findings(base)]
    assert "more than 99%" in texts[0] + texts[1]
    assert "100%" not in texts[0] + texts[1]


def test_same_seed_same_numbers_and_nothing_is_changed() -> None:
    """The caller's tables stay as they were, and a second run shows the same."""
    data = example.sales_data(seed=2, scenario="small")
    before = {name: frame.copy() for name, frame in data.tables.items()}
    assert everything(sales_formula.analyse(data)) == everything(sales_formula.analyse(data))
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, data.tables[name])
