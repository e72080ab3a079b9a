"""Open entries, closed outcomes, stated probabilities and scores."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from salesaudit import SalesData, example
from salesaudit.analyses import pipeline_revision
from salesaudit.analyses.pipeline_revision.calibration import calibrate, forecasts
from salesaudit.analyses.pipeline_revision.closings import win_rate
from salesaudit.analyses.pipeline_revision.openings import open_pipeline
from salesaudit.analyses.pipeline_revision.scorecard import scores
from salesaudit.analyses.pipeline_revision.tables import action
from salesaudit.analyses.pipeline_revision.value import logistic_fits
from salesaudit.figure import Figure, Missing
from salesaudit.finding import Severity
from salesaudit.stats import recalibration

END = date(2025, 12, 31)


@pytest.fixture(scope="module")
def base() -> SalesData:
    return example.sales_data()


@pytest.fixture(scope="module")
def truth() -> dict:
    return example.make_client().truth


@pytest.fixture(scope="module")
def result(base):
    return pipeline_revision.analyse(base, n_resamples=500)


def show_all(data: SalesData, *, draw: bool = False) -> dict:
    """Call everything a notebook may call, and return the findings by code; figures are drawn only where asked."""
    outcome = pipeline_revision.analyse(data, n_resamples=200)
    for name in pipeline_revision.__all__:
        if name.startswith(("plot_", "table_")) or name in ("key_figures", "statements", "method"):
            shown = getattr(pipeline_revision, name)(outcome)
            if draw or not isinstance(shown, Figure):
                shown.as_json()
    return {f.code: f for f in pipeline_revision.findings(outcome)}


def deals(n: int, **columns) -> pd.DataFrame:
    """Return n opportunities of two sellers with the columns given; lists or single values."""
    frame = pd.DataFrame({"opp_id": [f"A{i:04d}" for i in range(n)], "seller_id": [f"S{i % 2}" for i in range(n)]})
    return frame.assign(**{"status": "open", **columns})


def closed_deals(n: int, *, slope: float, seed: int = 1, **columns) -> pd.DataFrame:
    """Return closed opportunities whose outcome follows logit P = slope x logit p."""
    rng = np.random.default_rng(seed)
    p = rng.choice([0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9], n)
    won = rng.random(n) < special.expit(slope * special.logit(p))
    columns = {"probability": p, "status": np.where(won, "won", "lost"), "amount": 1000.0, **columns}
    return deals(n, **columns)


def days(*ago: float) -> pd.DatetimeIndex:
    """Return dates so many days before the day of the audit."""
    return pd.Timestamp(END) - pd.to_timedelta(list(ago), unit="D")


def test_planted_counts_are_found_exactly(result, truth):
    """Stale, overdue and without a next step: the audit must count what is there, to the last one."""
    count = result.pipeline.rules.set_index("rule")["count"]
    planted = truth["pipeline"]
    assert result.pipeline.n == planted["open"]
    assert (count["H1"], count["H2"], count["H3"]) == (
        planted["stale"],
        planted["past_close_date"],
        planted["no_next_step"],
    )
    assert result.pipeline.untested == []


def test_planted_optimism_is_found(result, truth):
    """The interval of the optimism index contains the planted one, and calibrated probabilities are lower."""
    index = result.calibration.by_count
    assert index.low < truth["optimism_index"] < index.high
    assert result.value.calibrated.high < result.value.weighted
    findings = {f.code: f for f in pipeline_revision.findings(result)}
    assert findings["PR-03"].severity in (Severity.RED, Severity.YELLOW)
    assert not result.calibration.uninformative


def test_calibrated_client_raises_no_alarm():
    """With honest probabilities and a tidy pipeline nothing is red or yellow, and no seller is named."""
    outcome = pipeline_revision.analyse(example.sales_data(scenario="null"), n_resamples=500)
    colours = {f.code: f.severity for f in pipeline_revision.findings(outcome)}
    for code in ("PR-01", "PR-02", "PR-03", "PR-04"):
        assert colours[code] in (Severity.GREEN, Severity.GREY), code
    index = outcome.calibration.by_count
    assert index.low < 1 < index.high
    assert (outcome.win.sellers["qvalue"] > 0.10).all()


def test_rules_on_entries_made_for_them(make_data):
    """Each rule finds the entry that breaks it and leaves the tidy one alone."""
    tidy = {"last_activity_date": days(5), "close_date_planned": days(-30), "next_step_date": days(-3)}
    cases = {
        "tidy": {},
        "H1": {"last_activity_date": days(31)},
        "H2": {"close_date_planned": days(1)},
        "H3": {"next_step_date": days(2)},
        "H5": {"created_date": days(200)},
        "H6": {"amount": [0.0]},
    }
    parts = []
    for case in cases.values():
        columns = {"created_date": days(40), "amount": [100.0], **tidy, **case}
        parts.append(deals(1, **columns))
    won = deals(20, status="won", created_date=days(*[200] * 20), closed_date=days(*range(100, 120)), amount=10.0)
    every = pd.concat([*parts, won], ignore_index=True)
    every["opp_id"] = [*cases, *(f"W{i}" for i in range(20))]
    pipeline = open_pipeline(make_data(opportunities=every))
    found = pipeline.opportunities.set_index("opp_id")
    for case in cases:
        broken = [r for r in ("H1", "H2", "H3", "H4", "H5", "H6") if found.loc[case, r]]
        assert broken == ([] if case == "tidy" else [case])
    assert pipeline.untested == ["H4"]


def test_activity_in_other_tables_counts_as_activity(make_data):
    """A visit to the opportunity last week keeps it alive, whatever the opportunity's own field says."""
    visits = pd.DataFrame(
        {
            "visit_id": ["V1"],
            "seller_id": ["S0"],
            "customer_id": ["K1"],
            "date": days(7),
            "opportunity_id": ["A0000"],
        }
    )
    opportunities = deals(2, created_date=days(90, 90), last_activity_date=days(80, 80))
    found = open_pipeline(make_data(opportunities=opportunities, visits=visits)).opportunities
    assert found["H1"].tolist() == [False, True]


def test_pushed_close_dates_come_from_snapshots(make_data):
    """Three moves to a later date, or 180 days in all, is pushed; two small moves are not."""
    plan = {"A0000": [0, 10, 20, 30], "A0001": [0, 10, 20, 20], "A0002": [0, 200, 200, 200], "A0003": [30, 20, 10, 0]}
    shots = pd.DataFrame(
        [
            {
                "opp_id": opp,
                "snapshot_date": pd.Timestamp("2025-01-01") + pd.DateOffset(months=m),
                "status": "open",
                "close_date_planned": pd.Timestamp("2025-06-01") + pd.Timedelta(days=shift),
            }
            for opp, moves in plan.items()
            for m, shift in enumerate(moves)
        ]
    )
    found = open_pipeline(make_data(opportunities=deals(4), opp_snapshots=shots)).opportunities
    assert found["H4"].tolist() == [True, False, True, False]


def test_untested_rules_are_named_not_passed(make_data):
    """A column that was not exported must never read as a rule that is kept."""
    findings = show_all(make_data(opportunities=deals(30)))
    assert findings["PR-02"].severity is Severity.GREY
    assert "opportunities.next_step_date" in findings["PR-02"].needs.values["columns"].value
    assert findings["PR-01"].severity is Severity.GREY
    assert {f.severity for f in findings.values()} == {Severity.GREY}


def test_what_the_forecast_omits_needs_no_forecast(make_data):
    """An opportunity outside the client's own forecast is no gap in it, and takes no part in the win rate."""
    opportunities = deals(
        40,
        status=["open"] * 20 + ["won"] * 5 + ["lost"] * 15,
        probability=[0.5] * 10 + [None] * 30,
        forecast_category=["commit"] * 10 + ["Omitted"] * 10 + ["commit"] * 10 + ["omitted"] * 10,
        amount=100.0,
    )
    data = make_data(opportunities=opportunities)
    pipeline = open_pipeline(data)
    assert pipeline.opportunities["incomplete"].sum() == 0
    wins = win_rate(data, rng=np.random.default_rng(1))
    assert (wins.won, wins.lost, wins.omitted) == (5, 5, 20)


def test_a_win_rate_of_the_forecast_is_not_called_one_of_all(result):
    """Where the forecast omits opportunities, every number of closed ones says that they are those of the forecast."""
    assert result.win.omitted > 0
    labels = [item["label"] for item in pipeline_revision.key_figures(result).as_json()["items"]]
    assert "Won of the closed in the forecast" in labels
    assert "the forecast includes" in pipeline_revision.plot_win_rate(result).subtitle.text(result.context.loc)
    every = result.win.every_closed
    assert every.n > result.win.closed.n
    said = " ".join(pipeline_revision.statements(result).as_json()["paragraphs"])
    assert f"Of all {every.n:,} that closed" in said
    notes = [item["text"] for item in pipeline_revision.method(result).as_json()["items"]]
    assert any(f"{result.win.omitted:,} that the forecast omits" in text for text in notes)


def test_one_seller_is_not_compared_with_others(make_data):
    """A lone seller has nobody to differ from."""
    opportunities = deals(20, status=["won"] * 5 + ["lost"] * 15).assign(seller_id="S0")
    title = pipeline_revision.plot_win_rate(pipeline_revision.analyse(make_data(opportunities=opportunities))).title
    assert title.template == "One seller, {share} won of the closed"
    assert title.values["share"].value == pytest.approx(0.25)


def test_without_amounts_nothing_is_promised_by_value(make_data):
    """An index by number must not be printed as one by value."""
    finding = show_all(make_data(opportunities=closed_deals(200, slope=1.0, amount=None)))["PR-03"]
    assert "value" not in finding.condition.values
    assert "by value" not in finding.condition.template


def test_nothing_won_is_no_match_of_promise_and_outcome(make_data):
    """Where no forecast came true there is no index, and no sentence that says that promises are kept."""
    opportunities = deals(60, status="lost", probability=[0.2, 0.4, 0.6] * 20, amount=100.0)
    data = make_data(opportunities=opportunities)
    assert show_all(data)["PR-03"].severity is Severity.GREY
    title = pipeline_revision.plot_calibration(pipeline_revision.analyse(data, n_resamples=200)).title
    assert title.template.startswith("Nothing came of what was promised")


def test_the_order_of_rows_moves_no_interval(base, result):
    """Resampling draws customers, and which these are must not hang on the order of the export."""
    tables = {name: frame.sample(frac=1, random_state=1) for name, frame in base.tables.items()}
    shuffled = pipeline_revision.analyse(replace(base, tables=tables), n_resamples=500)
    assert shuffled.calibration.by_value == result.calibration.by_value
    assert shuffled.value.calibrated.low == pytest.approx(result.value.calibrated.low, rel=1e-9)
    assert shuffled.value.calibrated.high == pytest.approx(result.value.calibrated.high, rel=1e-9)


def test_an_entry_without_amount_still_weighs(make_data):
    """Lacking an amount must not make the lack weightless."""
    data = make_data(opportunities=deals(20, amount=[None] * 5 + [100.0] * 15, stage="x"))
    assert open_pipeline(data).weighted_share("incomplete") == pytest.approx(0.25)


def test_probabilities_overwritten_at_closing_are_not_judged(make_data):
    """100 % on every won and 0 % on every lost one is the CRM talking, not the seller."""
    status = np.where(np.arange(100) < 40, "won", "lost")
    data = make_data(opportunities=deals(100, status=status, probability=(status == "won").astype(float)))
    found = forecasts(data)
    assert found.overwritten
    assert found.frame.empty
    assert show_all(data)["PR-03"].severity is Severity.GREY


def test_the_early_forecast_counts_not_the_last(make_data):
    """One forecast per opportunity, 60 to 90 days before the planned close, also where later ones look better."""
    closed = closed_deals(60, slope=1, closed_date=days(*[60] * 60), created_date=days(*[300] * 60))
    rows = []
    for opp, status in zip(closed["opp_id"], closed["status"], strict=True):
        for lead, p in ((120, 0.1), (85, 0.6), (65, 0.7), (5, 0.95 if status == "won" else 0.05)):
            rows.append(
                {
                    "opp_id": opp,
                    "snapshot_date": pd.Timestamp(END) - pd.Timedelta(days=60 + lead),
                    "status": "open",
                    "close_date_planned": pd.Timestamp(END) - pd.Timedelta(days=60),
                    "probability": p,
                }
            )
    found = forecasts(make_data(opportunities=closed, opp_snapshots=pd.DataFrame(rows)))
    assert found.source == "snapshot"
    assert len(found.frame) == 60
    assert (found.frame["probability"] == 0.6).all()


def test_stored_probabilities_that_never_change_are_used(base):
    """Where snapshots prove the stored probability to be the early one, all closed opportunities are judged."""
    found = forecasts(base)
    assert found.source == "stored"
    assert found.unchanged_share == 1
    without = {n: t for n, t in base.tables.items() if n != "opp_snapshots"}
    blind = forecasts(SalesData(base.client, without, base.as_of, base.start, base.end))
    assert np.isnan(blind.unchanged_share)
    assert len(blind.frame) == len(found.frame)


def test_probabilities_unrelated_to_the_outcome_are_called_so(make_data):
    """Noise must not be recalibrated: the report says that the probability carries no information."""
    closed = closed_deals(800, slope=0)
    still = deals(30, amount=100.0, probability=0.9, created_date=pd.Timestamp("2025-10-01"))
    still["opp_id"] = [f"B{i}" for i in range(30)]
    data = make_data(opportunities=pd.concat([closed, still], ignore_index=True))
    outcome = pipeline_revision.analyse(data, n_resamples=200)
    assert outcome.calibration.uninformative
    assert outcome.value.how == "base"
    assert outcome.value.calibrated.estimate == pytest.approx(3000 * outcome.win.closed.estimate)
    texts = pipeline_revision.statements(outcome).as_json()["paragraphs"]
    assert "carries no information" in texts[0]
    judged = next(f for f in pipeline_revision.findings(outcome) if f.code == "PR-03")
    assert judged.severity in (Severity.RED, Severity.YELLOW)
    assert judged.title.template == "The stated probability carries no information about the outcome"
    alike = closed.head(100).assign(probability=np.where(np.arange(100) % 2, 0.45, 0.55))
    short = calibrate(forecasts(make_data(opportunities=alike)), rng=np.random.default_rng(1))
    assert not short.uninformative, "a hundred forecasts that hardly differ cannot show that they say nothing"
    informed = calibrate(forecasts(make_data(opportunities=closed_deals(800, slope=1))), rng=np.random.default_rng(1))
    assert not informed.uninformative


def test_bands_tell_what_was_counted(make_data):
    """Every forecast is in one band, 0.3 in the band from 0.3, and 100 % in the last one."""
    p = np.round(np.linspace(0, 1, 101), 2)
    data = make_data(opportunities=deals(101, probability=p, status=np.where(np.arange(101) % 3, "lost", "won")))
    bands = calibrate(forecasts(data), rng=np.random.default_rng(1), n_resamples=50).bands
    assert bands["n"].tolist() == [10] * 9 + [11]
    assert bands["low_edge"].tolist() == pytest.approx(np.arange(10) / 10)


def test_many_fits_at_once_agree_with_the_single_one():
    """The bootstrap's own Newton steps give the regression that the statistics module gives."""
    closed = closed_deals(400, slope=0.8)
    p, y = closed["probability"].to_numpy(), (closed["status"] == "won").to_numpy(float)
    single = recalibration(p, y)
    fit = logistic_fits(special.logit(p), y, np.ones((2, 400)))
    np.testing.assert_allclose(fit, [[single.intercept, single.slope]] * 2, atol=1e-3)


def test_closed_only_win_rate_is_corrected_for_what_is_still_open(make_data):
    """Half of all opened are won within ten days and the rest never decided: of the closed that would be everything."""
    created = pd.Timestamp("2025-01-01")
    opportunities = deals(
        100,
        status=["won"] * 40 + ["lost"] * 5 + ["open"] * 55,
        created_date=created,
        closed_date=[created + pd.Timedelta(days=10)] * 40 + [created + pd.Timedelta(days=20)] * 5 + [pd.NaT] * 55,
    )
    wins = win_rate(make_data(opportunities=opportunities), rng=np.random.default_rng(1))
    assert wins.closed.estimate == pytest.approx(40 / 45)
    assert wins.opened.estimate == pytest.approx(0.40)
    assert wins.still_open == pytest.approx(0.55)


def test_colours_of_the_scorecard(make_data):
    """A red decisive area makes the whole red, an unanswered area keeps it grey, and two weak areas count as red."""
    points = {
        "green": {"A1": 4, "A2": 3, "A3": 4, "A4": 3, "A5": 3},
        "yellow": {"A1": 2, "A2": 2, "A3": 3, "A4": 2, "A5": 1},
        "stakeholders": {"A1": 1, "A2": 4, "A3": 4, "A4": 4, "A5": 4},
        "two": {"A1": 4, "A2": 1, "A3": 4, "A4": 4, "A5": 1},
        "unknown": {"A1": 4, "A2": 4, "A3": 4, "A4": 4, "A5": None},
    }
    card = pd.DataFrame(
        [
            {
                "entity_type": "opportunity",
                "entity_id": opp,
                "area": area,
                "item": f"{area}.{item}",
                "score": score if item < 3 or opp != "unknown" else None,
                "scorer_role": role,
            }
            for opp, areas in points.items()
            for area, score in areas.items()
            for item in range(4)
            for role in ("self", "auditor")
        ]
    )
    card.loc[card["scorer_role"] == "auditor", "score"] = 0
    opportunities = deals(5, amount=100.0)
    opportunities["opp_id"] = list(points)
    data = make_data(opportunities=opportunities, scorecard=card)
    scored = scores(data, open_pipeline(data))
    colours = scored.frame.set_index("entity_id")["colour"]
    assert colours.to_dict() == {
        "green": "green",
        "yellow": "yellow",
        "stakeholders": "red",
        "two": "red",
        "unknown": "grey",
    }
    assert scored.scorer == "self"
    assert scored.red_share.estimate == pytest.approx(2 / 4)


def test_actions_are_sorted_by_amount_and_left_to_be_assigned(result):
    """Management reads the list from the top: largest first, with owner and due date empty, nothing green."""
    table = pipeline_revision.table_actions(result)
    assert table.data["amount"].is_monotonic_decreasing
    assert set(table.data["colour"]) <= {"red", "yellow"}
    assert set(table.data["owner"]) == set(table.data["due"]) == {""}
    two = result.actions["rules"].map(len) >= 2
    assert (result.actions.loc[two, "colour"] == "red").all()
    assert result.pipeline.opportunities["broken"].sum() <= len(table.data)


def test_every_rule_has_an_action():
    """No broken rule may leave management without a proposal."""
    proposals = {action((rule,)).template for rule in ("H1", "H2", "H3", "H4", "H5", "H6")}
    assert len(proposals) == 6
    assert action(()).template.startswith("Go through the red and yellow areas")


def test_sellers_appear_in_the_order_of_their_labels(result):
    """Sellers are people and never ranked."""
    labels = pipeline_revision.plot_win_rate(result).data["label"].tolist()
    assert labels == sorted(labels)
    assert pipeline_revision.table_sellers(result).data["label"].tolist() == labels


@pytest.mark.parametrize(
    "opportunities",
    [
        deals(3),
        deals(5, status="won", closed_date=pd.Timestamp("2025-05-01")),
        deals(30, amount=100.0, probability=0.5, seller_id="S1", stage="<script>", customer_id="K1"),
        deals(30, amount=None, probability=None, created_date=pd.NaT, stage=None, seller_id=None),
        closed_deals(120, slope=1, seller_id="S1", created_date=pd.Timestamp("2026-05-01")),
        closed_deals(60, slope=1, status="lost"),
    ],
    ids=["few", "only won", "one seller", "all missing", "dated ahead", "only lost"],
)
def test_odd_pipelines_finish(make_data, opportunities):
    """Whatever the export looks like, every figure, table and finding comes out."""
    opportunities.loc[0, "seller_id"] = "S1"
    findings = show_all(make_data(opportunities=opportunities))
    assert len(findings) == 5


@pytest.mark.parametrize("scenario", ["small", "minimal"])
def test_thin_data_finish_in_grey(scenario):
    """Too few closed opportunities give grey, with what to collect, and the drawings still come out."""
    findings = show_all(example.sales_data(scenario=scenario), draw=True)
    assert findings["PR-03"].severity is Severity.GREY
    assert findings["PR-03"].needs is not None


def test_calibration_is_missing_where_it_cannot_be_drawn():
    """In the place of the figure stands what to ask for."""
    outcome = pipeline_revision.analyse(example.sales_data(scenario="minimal"))
    assert isinstance(pipeline_revision.plot_calibration(outcome), Missing)
    assert isinstance(pipeline_revision.plot_value(outcome), Missing)


@pytest.mark.real
def test_public_pipelines_give_their_known_answers(make_data):
    """Zoho's sample states probabilities that have nothing to do with the outcome; Maven's has none at all."""
    folder = Path(os.environ.get("SALESAUDIT_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not (folder / "zoho_sample").is_dir():
        pytest.skip("the real data sets are not here; set SALESAUDIT_REAL_DATA")
    zoho = pd.read_csv(folder / "zoho_sample" / "Potentials.csv")
    status = zoho["Stage"].map({"Closed Won": "won", "Closed Lost": "lost"}).fillna("open")
    frame = deals(len(zoho), status=status, probability=zoho["Probability"] / 100, seller_id=zoho["Potential Owner"])
    outcome = pipeline_revision.analyse(make_data(opportunities=frame), n_resamples=200)
    assert outcome.calibration.uninformative
    assert len(outcome.calibration.forecasts.frame) + outcome.win.open >= 3600

    maven = pd.read_csv(folder / "maven_crm" / "sales_pipeline.csv")
    status = maven["deal_stage"].map({"Won": "won", "Lost": "lost"}).fillna("open")
    frame = deals(len(maven), status=status, seller_id=maven["sales_agent"], stage=maven["deal_stage"])
    outcome = pipeline_revision.analyse(make_data(opportunities=frame), n_resamples=200)
    assert (outcome.win.won, outcome.win.lost, outcome.win.open) == (4238, 2473, 2089)
    assert isinstance(pipeline_revision.plot_calibration(outcome), Missing)
