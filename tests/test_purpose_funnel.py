"""Purposes, progress and standstill: exact on small cases, true on simulated ones."""

import dataclasses
import warnings
from datetime import date

import numpy as np
import pandas as pd
import pytest

from salesaudit import example
from salesaudit.analyses import purpose_funnel
from salesaudit.analyses.purpose_funnel.cohorts import cohorts
from salesaudit.analyses.purpose_funnel.episodes import FORWARD, LOST, histories
from salesaudit.analyses.purpose_funnel.progress import compare_sellers, horizon_days, transitions
from salesaudit.analyses.purpose_funnel.purposes import PER_WEEK, purpose_targets
from salesaudit.analyses.purpose_funnel.stuck import advise, fit_prior, presentations, stuck_customers
from salesaudit.analyses.visit_frequency.yardsticks import NORMAL_WEEKS
from salesaudit.dataset import SalesData
from salesaudit.errors import DataMissing
from salesaudit.figure import Figure, Missing

AS_OF = date(2025, 12, 31)


def visits_of(rows: list[tuple]) -> pd.DataFrame:
    """Return visits from (customer, seller, day, purpose, opportunity)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "seller_id", "date", "purpose_planned", "opportunity_id"])
    frame.insert(0, "visit_id", [f"V{n}" for n in range(len(frame))])
    text = ["visit_id", "customer_id", "seller_id", "purpose_planned", "opportunity_id"]
    return frame.astype(dict.fromkeys(text, "str") | {"date": "datetime64[us]"})


def opportunities_of(rows: list[tuple]) -> pd.DataFrame:
    """Return opportunities from (id, customer, seller, status, created, closed)."""
    columns = ["opp_id", "customer_id", "seller_id", "status", "created_date", "closed_date"]
    frame = pd.DataFrame(rows, columns=columns)
    days = dict.fromkeys(("created_date", "closed_date"), "datetime64[us]")
    return frame.astype(dict.fromkeys(columns[:4], "str") | days)


def funnel(visits: list[tuple], opportunities: list[tuple]):
    return histories(visits_of(visits), opportunities_of(opportunities), as_of=AS_OF, gap_days=180)


def frames(result: purpose_funnel.PurposeFunnel) -> list:
    """Return everything that a notebook shows of a result, as JSON."""
    names = [n for n in purpose_funnel.__all__ if n.startswith(("plot_", "table_"))]
    shown = [getattr(purpose_funnel, n)(result) for n in (*names, "key_figures", "findings", "method")]
    return [s.as_json() for s in shown]


@pytest.fixture(scope="module")
def truth() -> dict:
    return dict(example.make_client(seed=1).truth)


@pytest.fixture(scope="module")
def base() -> purpose_funnel.PurposeFunnel:
    return purpose_funnel.analyse(example.sales_data(seed=1))


def test_visits_find_their_opportunity() -> None:
    """Number first, then the one open, then several shared, then one entered later, else an episode of the customer."""
    history = funnel(
        [
            ("a", "s", "2025-03-01", "PRE", "o1"),
            ("b", "s", "2025-03-01", "PRE", None),
            ("c", "s", "2025-03-01", "PRE", None),
            ("d", "s", "2025-03-01", "PRE", None),
            ("e", "s", "2025-03-01", "PRE", None),
            ("b", "other", "2025-03-01", "PRE", None),
            ("b", "s", "2025-03-02", "REL", None),
        ],
        [
            ("o1", "a", "s", "open", "2025-02-01", None),
            ("o2", "b", "s", "open", "2025-02-01", None),
            ("o3", "b", "s", "lost", "2024-02-01", "2024-12-01"),
            ("o4", "c", "s", "open", "2025-02-01", None),
            ("o5", "c", "s", "open", "2025-03-01", None),
            ("o6", "d", "s", "open", "2025-06-01", None),
            ("o7", "e", "s", "open", "2025-12-01", None),
        ],
    )
    assert history.attribution.to_dict() == {"id": 1, "one": 1, "later": 1, "shared": 1, "none": 2}
    found = history.visits.groupby("customer_id")["episode"].apply(set).to_dict()
    assert found["a"] == {"o:o1"}
    assert "o:o2" in found["b"]
    assert found["c"] == {"o:o4", "o:o5"}
    assert found["d"] == {"o:o6"}
    assert found["e"] == {"c:e:0"}
    assert "REL" not in set(history.visits["purpose"])


def test_a_long_pause_starts_a_new_episode_of_a_customer() -> None:
    """Without an opportunity 179 days of silence keep an episode together and 180 part it."""
    rows = [("a", "s", "2024-01-01", "PRE", None), ("a", "s", "2024-06-28", "QUO", None)]
    assert funnel(rows, []).episodes.shape[0] == 1
    rows[1] = ("a", "s", "2024-06-29", "QUO", None)
    assert funnel(rows, []).episodes.shape[0] == 2


def test_repeats_and_steps_back_are_not_progress() -> None:
    """Steps may be skipped; a second quote or a later presentation changes nothing; the contract ends the last step."""
    history = funnel(
        [
            ("a", "s", "2025-01-01", "PRE", "o"),
            ("a", "s", "2025-02-01", "QUO", "o"),
            ("a", "t", "2025-02-20", "QUO", "o"),
            ("a", "s", "2025-03-01", "PRE", "o"),
            ("a", "s", "2025-03-10", "NEG", "o"),
            ("a", "s", "2025-05-01", "NEG", "o"),
        ],
        [("o", "a", "s", "won", "2025-01-01", "2025-04-09")],
    )
    entries = history.entries.set_index("state")
    assert entries["days"].to_dict() == {"PRE": 31.0, "QUO": 37.0, "NEG": 30.0}
    assert entries["next_state"].to_dict() == {"PRE": "QUO", "QUO": "NEG", "NEG": "WON"}
    assert set(entries["cause"]) == {FORWARD}
    assert history.after_close == 1


def test_endings() -> None:
    """Recorded losses, silence longer than the limit, and episodes under way end a step in their own way."""
    history = funnel(
        [
            ("a", "s", "2025-01-01", "QUO", "o1"),
            ("b", "s", "2024-01-01", "QUO", "o2"),
            ("c", "s", "2025-12-01", "QUO", "o3"),
            ("d", "s", "2025-12-01", "QUO", "o4"),
        ],
        [
            ("o1", "a", "s", "lost", "2025-01-01", "2025-03-02"),
            ("o2", "b", "s", "open", "2024-01-01", None),
            ("o3", "c", "s", "open", "2025-01-01", None),
            ("o4", "d", "s", "won", "2025-01-01", "2026-02-01"),
        ],
    )
    entries = history.entries.assign(customer=["a", "b", "c", "d"]).set_index("customer")
    assert history.dead_after_days == 365
    assert entries["end"].to_dict() == {"a": "lost", "b": "inactive", "c": "open", "d": "open"}
    assert entries["cause"].to_dict() == {"a": LOST, "b": LOST, "c": 0, "d": 0}
    assert entries["days"].to_dict() == {"a": 60.0, "b": 365.0, "c": 30.0, "d": 30.0}


def simulated_entries(n: int, rng: np.random.Generator, *, sellers: int = 1, low: float | None = None) -> pd.DataFrame:
    """Return entries into one step with probability .45 forward, losses slower, 30 % of them never recorded."""
    seller = rng.integers(0, sellers, n)
    chance = np.where((seller == 0) & (low is not None), low or 0.45, 0.45)
    forward = rng.random(n) < chance
    days = np.where(forward, 45, 120) * np.exp(0.7 * rng.standard_normal(n))
    days[~forward & (rng.random(n) < 0.3)] = np.inf
    age = rng.uniform(0, 540, n)
    seen = days <= age
    return pd.DataFrame(
        {
            "episode": np.arange(n).astype(str),
            "seller_id": seller.astype(str),
            "state": "QUO",
            "date": pd.Timestamp(AS_OF) - pd.to_timedelta(np.floor(age), unit="D"),
            "days": np.floor(np.minimum(days, age)),
            "cause": np.where(seen, np.where(forward, FORWARD, LOST), 0),
            "end": np.where(seen & ~forward, "lost", "open"),
        }
    )


def test_progress_is_right_where_the_share_of_the_ended_is_wrong() -> None:
    """The estimate stays at the truth and its interval covers it; wins over closed is far too high."""
    rng = np.random.default_rng(3)
    runs = [transitions(simulated_entries(150, rng), confidence_level=0.95).loc["QUO"] for _ in range(60)]
    within = np.mean([r["estimate"] for r in runs])
    forward = np.exp(np.log(45) + 0.7 * np.random.default_rng(1).standard_normal(100_000))
    truths = np.array([0.45 * (np.floor(forward) <= r["horizon_days"]).mean() for r in runs])
    covered = np.mean([r["low"] <= t <= r["high"] for r, t in zip(runs, truths, strict=True)])
    assert abs(within - truths.mean()) < 0.02
    assert covered >= 0.87  # 60 runs: three standard errors below .95
    assert np.mean([r["closed_only"] for r in runs]) > 0.50


def test_few_entries_are_only_counted() -> None:
    """Below fifteen entries or five successes no probability is printed."""
    entries = simulated_entries(400, np.random.default_rng(1))
    few = transitions(entries.head(14), confidence_level=0.95).loc["QUO"]
    assert few["entered"] == 14
    assert np.isnan(few["estimate"])
    none = transitions(entries[entries["cause"] != FORWARD], confidence_level=0.95).loc["QUO"]
    assert none["entered"] > 100
    assert np.isnan(none["estimate"])


def test_sellers_who_do_not_differ_are_left_alone_and_one_who_does_is_found() -> None:
    """False alarms stay below what the false discovery rate allows; a drop from .45 to .20 is usually found."""
    rng = np.random.default_rng(8)
    false, found = 0, 0
    for _ in range(15):
        for low in (None, 0.20):
            entries = simulated_entries(1200, rng, sellers=12, low=low)
            old = entries[entries["date"] < pd.Timestamp(AS_OF) - pd.Timedelta(90, unit="D")]
            old = old.assign(reached=(old["cause"] == FORWARD) & (old["days"] <= 90))
            frame = compare_sellers(old, rng=rng, draws=200, confidence_level=0.95).frame
            flagged = set(frame.loc[frame["qvalue"] <= 0.10, "seller_id"])
            false += bool(flagged) if low is None else 0
            found += "0" in flagged if low else 0
    assert false <= 4
    assert found >= 9


def test_horizon_is_rounded_up() -> None:
    """The horizon is the 80th percentile of the completed times in steps of thirty days."""
    assert horizon_days(pd.Series([10.0, 20, 30, 40, 61])) == 60
    assert horizon_days(pd.Series([61.0])) == 90
    assert np.isnan(horizon_days(pd.Series(dtype=float)))


def quotes(days: list[str], opp: str = "o", customer: str = "a") -> list[tuple]:
    return [(customer, "s", day, "QUO", opp) for day in days]


def test_presentations_close_together_are_one() -> None:
    """Fourteen days after the first is still the same presentation; a chain of visits every ten days is several."""
    opp = [("o", "a", "s", "open", "2025-01-01", None)]
    assert len(presentations(funnel(quotes(["2025-01-01", "2025-01-15"]), opp))) == 1
    assert len(presentations(funnel(quotes(["2025-01-01", "2025-01-16"]), opp))) == 2
    chain = ["2025-01-01", "2025-01-11", "2025-01-21", "2025-01-31"]
    assert len(presentations(funnel(quotes(chain), opp))) == 2


def test_a_contract_starts_the_count_anew() -> None:
    """Only presentations since the last contract count; the last one of an open opportunity is undecided."""
    history = funnel(
        quotes(["2024-01-01", "2024-03-01"], "won") + quotes(["2025-08-01", "2025-10-01", "2025-12-01"], "o"),
        [("won", "a", "s", "won", "2024-01-01", "2024-05-01"), ("o", "a", "s", "open", "2025-07-01", None)],
    )
    shown = presentations(history)
    row = stuck_customers(shown, history, opportunities_of([]), None, as_of=AS_OF).iloc[0]
    assert shown["won"].tolist() == [False, True, False, False, False]
    assert row[["presented", "failed", "undecided", "last_year"]].tolist() == [3, 2, 1, 3]
    assert row["upper"] == pytest.approx(1 - 0.05**0.5)


def simulated_presentations(customers: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return attempts until the first win, p ~ Beta(1.2, 3.6), at most fourteen of them, all long ago."""
    chance = rng.beta(1.2, 3.6, customers)
    attempts = np.minimum(rng.geometric(chance), 40)
    shown = np.minimum(attempts, rng.integers(1, 15, customers))
    row = np.repeat(np.arange(customers), shown)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(shown) - shown, shown) + 1
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(nth, unit="D")
    won = nth == attempts[row]
    return pd.DataFrame(
        {"customer_id": row.astype(str), "last_date": day, "end_date": day + pd.Timedelta("10D"), "won": won}
    )


def test_the_chance_after_ten_failures_is_recovered() -> None:
    """With 400 customers P(win at the next | 10 failures) comes back near its true .081."""
    rng = np.random.default_rng(5)
    estimates, covered = [], []
    for _ in range(20):
        prior = fit_prior(simulated_presentations(400, rng), as_of=AS_OF, rng=rng, draws=400)
        estimates.append(float(prior.next_win(np.array([10.0]))[0]))
        low, high = np.quantile(prior.next_win_draws(np.array([10.0])), [0.025, 0.975])
        covered.append(low <= 0.0811 <= high)
    assert abs(np.mean(estimates) - 0.0811) < 0.012
    assert np.mean(covered) >= 0.8


def test_too_few_customers_give_no_model() -> None:
    """Below a hundred customers or twenty contracts there is no prior, and no advice."""
    rng = np.random.default_rng(1)
    few = simulated_presentations(60, rng)
    assert fit_prior(few, as_of=AS_OF, rng=rng) is None
    rows = pd.DataFrame({"failed": [12], "ever_failed": [12], "ever_won": [0], "amount": [1e5], "next_win": [np.nan]})
    advised = advise(rows, None, gross_margin=0.3, cost=500.0, probability=0.9)
    assert advised["advice"].isna().all()


def test_advice_follows_value_and_cost() -> None:
    """The same ten failures are a reason to stop for a small contract and to go on for a very large one."""
    rng = np.random.default_rng(2)
    prior = fit_prior(simulated_presentations(600, rng), as_of=AS_OF, rng=rng)
    rows = pd.DataFrame(
        {
            "failed": [10, 10, 1],
            "ever_failed": [10, 10, 1],
            "ever_won": [0, 0, 0],
            "amount": [20_000.0, 5_000_000.0, 5_000.0],
        }
    )
    rows["next_win"] = prior.next_win(rows["ever_failed"].to_numpy(float))
    advised = advise(rows, prior, gross_margin=0.35, cost=4500.0, probability=0.9)
    assert advised["advice"].tolist() == ["drop", "continue", "continue"]
    assert advised["expected_value"].iloc[0] == pytest.approx(rows["next_win"].iloc[0] * 7000)


def test_young_quarters_are_not_shown() -> None:
    """A quarter counts only when its last day is old enough, and with at least five episodes."""
    visits, opps = [], []
    for quarter, day in (("old", "2025-01-10"), ("young", "2025-07-10")):
        for n in range(6):
            name = f"{quarter}{n}"
            visits.append((name, "s", day, "PRE", name))
            opps.append((name, name, "s", "won" if n < 3 else "open", day, f"{day[:5]}12-01" if n < 3 else None))
    frame = cohorts(funnel(visits, opps), as_of=AS_OF, age_days=180).set_index("quarter")
    assert frame["shown"].tolist() == [True, False]
    assert frame["reached"].tolist() == [0, 3]  # the old ones won after 325 days


def test_targets_by_purpose(make_data) -> None:
    """A seller's own target goes before everybody's, months become normal weeks, visits in general are no purpose."""
    data = make_data(
        sellers=pd.DataFrame({"seller_id": ["s1", "s2"]}),
        targets=pd.DataFrame(
            {
                "scope": ["all", "seller", "all"],
                "scope_id": [None, "s2", None],
                "activity_type": ["QUO", "visits", "visits"],
                "purpose": [None, "quo", None],
                "target": [3.0, 15.0, 20.0],
                "period": ["week", "month", "week"],
            }
        ),
    )
    targets = purpose_targets(data).set_index("seller_id")["per_week"]
    assert targets.to_dict() == {"s1": 3.0, "s2": 15.0 * 12 / 44}


def test_two_targets_for_the_same_are_averaged_whatever_their_order(make_data) -> None:
    """Head office and manager may both set a target; which row comes first must not decide."""
    rows = pd.DataFrame({"scope": "all", "activity_type": "QUO", "target": [2.0, 4.0], "period": "week"})
    for targets in (rows, rows[::-1]):
        data = make_data(sellers=pd.DataFrame({"seller_id": ["s1"]}), targets=targets)
        assert purpose_targets(data)["per_week"].tolist() == [3.0]


def test_a_yearly_target_is_the_same_in_both_reports_on_visits() -> None:
    """A normal week is one thing: the year has as many of them for purposes as for visits."""
    for period, weeks in NORMAL_WEEKS.items():
        assert PER_WEEK[period] * weeks == pytest.approx(1), period


def test_no_purpose_is_called_the_most_frequent_where_two_are(make_data) -> None:
    """With a tie the title names both."""
    visits = visits_of([(f"c{n}", "s1", "2025-05-05", "QUO" if n % 2 else "PRE", None) for n in range(10)])
    data = make_data(visits=visits, opportunities=opportunities_of([("o", "c", "s1", "open", "2025-05-01", None)]))
    title = purpose_funnel.plot_purposes(purpose_funnel.analyse(data)).as_json()["title"]
    assert title == (
        "The most frequent purposes are company presentation and quote presentation, each 50% of all visits"
    )


def small(make_data, **settings) -> SalesData:
    """Return ten quote presentations to a customer with a hostile name, and one to another."""
    days = pd.date_range("2025-01-01", periods=10, freq="35D")
    visits = visits_of([("c1", "s1", d, "QUO", "o1") for d in days] + [("c2", "s2", "2025-05-05", None, None)])
    return make_data(
        settings=settings,
        visits=visits,
        opportunities=opportunities_of([("o1", "c1", "s1", "open", "2024-12-01", None)]),
        customers=pd.DataFrame({"customer_id": ["c1", "c2"], "name": ["<script>alert(1)</script>", "Plain AB"]}),
    )


def test_the_customer_with_ten_presentations_is_listed_by_name(make_data) -> None:
    """The stuck customer stands in the finding and the table under its own name, whatever that is."""
    data = small(make_data, money={"hours_per_visit": 6, "hour_cost": 500})
    result = purpose_funnel.analyse(data)
    finding = next(f for f in purpose_funnel.findings(result) if f.code == "PF-06")
    assert finding.severity == "yellow"
    assert "<script>alert(1)</script>" in finding.as_json(result.context.loc)["condition"]
    assert 10 * 6 * 500 * 0.2 <= finding.effect.low < finding.effect.value < finding.effect.high <= 10 * 6 * 500 * 0.8
    assert "3,000" in finding.criterion.text(result.context.loc)
    row = purpose_funnel.table_stuck(result).as_json()["body"][0]
    assert [cell["text"] for cell in row[:3]] == ["<script>alert(1)</script>", "10", "1"]


@pytest.mark.parametrize("gone", ["period", "one_seller", "no_closed", "nothing_optional", "all_null"])
def test_thin_data_are_shown_in_grey_and_never_fail(make_data, gone: str) -> None:
    """No visits in the period, one seller, missing and empty columns: everything still shows, nothing is alarming."""
    data = small(make_data)
    visits, opps = data.visits.copy(), data.opportunities.copy()
    if gone == "period":
        data = dataclasses.replace(data, start=date(2023, 1, 1), end=date(2023, 12, 31))
    if gone == "one_seller":
        visits = visits[visits["seller_id"] == "s1"]
    if gone in ("no_closed", "nothing_optional"):
        opps = opps.drop(columns="closed_date")
    if gone == "nothing_optional":
        visits, opps = visits.drop(columns="opportunity_id"), opps[["opp_id", "seller_id", "status"]]
    if gone == "all_null":
        opps = opps.assign(customer_id=pd.Series(np.nan, opps.index, dtype="str"), created_date=pd.NaT)
        opps = opps.astype({"created_date": "datetime64[us]"})
        visits["opportunity_id"] = pd.Series(np.nan, visits.index, dtype="str")
    tables = {**data.tables, "visits": visits, "opportunities": opps}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = purpose_funnel.analyse(dataclasses.replace(data, tables=tables))
        shown = frames(result)
    assert len(shown) == 12
    colours = {f.code: f.severity for f in purpose_funnel.findings(result)}
    assert "red" not in colours.values()
    assert colours["PF-05"] == "grey"


def test_what_is_required_is_asked_for(make_data) -> None:
    """Without purposes the analysis is skipped and says which column to ask for."""
    data = small(make_data)
    tables = {**data.tables, "visits": data.visits.drop(columns="purpose_planned")}
    with pytest.raises(DataMissing, match=r"visits\.purpose_planned"):
        purpose_funnel.analyse(dataclasses.replace(data, tables=tables))


def test_the_planted_probabilities_are_found(base, truth) -> None:
    """On the example the way to the contract comes out as planted: .60, .45, .60 in the end."""
    truth = truth["progress"]
    for state, name in (("PRE", "PRE>QUO"), ("QUO", "QUO>NEG"), ("NEG", "NEG>WON")):
        assert base.steps.loc[state, "ultimate"] == pytest.approx(truth[name], abs=0.05), name
        assert base.steps.loc[state, "closed_only"] > truth[name]


def test_customers_to_drop_come_first_and_are_red_only_where_the_hours_matter(base) -> None:
    """Those named are the first rows of the table, and four of a thousand customers are no reason to act now."""
    finding = next(f for f in purpose_funnel.findings(base) if f.code == "PF-06")
    drop = base.stuck[(base.stuck["advice"] == "drop") & (base.stuck["last_year"] > 0)]
    assert 0 < len(drop) < 10
    assert finding.severity == "yellow"
    table = purpose_funnel.table_stuck(base).data
    assert table["customer"].head(len(drop)).tolist() == drop["customer"].tolist()
    often = base.stuck.assign(last_year=base.stuck["last_year"] * 50)
    busy = purpose_funnel.findings(dataclasses.replace(base, stuck=often))
    assert next(f for f in busy if f.code == "PF-06").severity == "red"


def test_the_quarters_show_the_team_first_and_one_that_is_too_young(base) -> None:
    """The first rows are those of all sellers together, and only one quarter stands for those that are too young."""
    shown = purpose_funnel.plot_cohorts(base).data
    team = shown[shown["seller"] == "Team"]
    assert shown["seller"].iloc[0] == "Team"
    sums = shown[shown["seller"] != "Team"].groupby("quarter")["episodes"].sum()
    assert team.set_index("quarter")["episodes"].to_dict() == sums.to_dict()
    assert (~shown.groupby("quarter")["shown"].any()).sum() <= 1


def test_the_planted_people_and_customers_are_found(base, truth) -> None:
    """The seller who leaves purposes out is named, nobody else; the customer with exactly ten quotes is on the list."""
    named = [f.subject for f in purpose_funnel.findings(base) if f.code == "PF-01" and f.subject]
    assert named == [base.context.seller(truth["missing_purpose_seller"])]
    stuck = base.stuck.set_index("customer_id")["presented"]
    assert stuck[truth["seed_customer"]] == 10


def test_a_weak_negotiator_is_found_and_nobody_where_all_are_alike() -> None:
    """PF-05 names the planted seller with the planted step, and stays silent on the null client."""
    client = example.make_client(seed=1, scenario="bottleneck")
    result = purpose_funnel.analyse(example.sales_data(seed=1, scenario="bottleneck"))
    found = [f for f in purpose_funnel.findings(result) if f.code == "PF-05"]
    assert [f.subject for f in found] == [result.context.seller(client.truth["weak_negotiator"])]
    assert found[0].severity in ("red", "yellow")
    null = purpose_funnel.findings(purpose_funnel.analyse(example.sales_data(seed=1, scenario="null")))
    assert not [f for f in null if f.subject]


def test_same_seed_same_numbers_and_nothing_is_changed() -> None:
    """The caller's tables stay as they were, and a second run gives the same findings."""
    data = example.sales_data(seed=2, scenario="small")
    before = {name: frame.copy() for name, frame in data.tables.items()}
    first, second = purpose_funnel.analyse(data), purpose_funnel.analyse(data)
    assert frames(first) == frames(second)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, data.tables[name])


def test_every_figure_of_the_example_is_drawn(base) -> None:
    """With full data nothing is missing: five figures, each at two widths."""
    names = [n for n in purpose_funnel.__all__ if n.startswith("plot_")]
    figures = [getattr(purpose_funnel, n)(base) for n in names]
    assert len(figures) == 5
    assert not [f for f in figures if isinstance(f, Missing)]
    assert all(isinstance(f, Figure) and f.draw(narrow) for f in figures for narrow in (False, True))
