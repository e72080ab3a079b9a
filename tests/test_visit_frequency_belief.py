"""What management believes about the visits: beside the log, beside what customers say, and about single sellers."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from salesaudit import example
from salesaudit.analyses import visit_frequency as vf
from salesaudit.analyses.visit_frequency.belief import _gap
from salesaudit.finding import Finding
from salesaudit.format import Loc, Money
from salesaudit.stats import Interval, pooled_rate
from salesaudit.verification import draw

START, END = date(2025, 1, 13), date(2025, 6, 29)
SELLERS = [f"S{n}" for n in range(1, 7)]
WEEKS = 24


def visits_table(rates: dict[str, int] | None = None) -> pd.DataFrame:
    """Ten visits a week of each of six sellers, spread over Monday to Friday, one more or less from week to week."""
    rows = [
        (seller, pd.Timestamp(START) + pd.Timedelta(days=7 * week + k % 5), f"{seller}C{k}")
        for seller, rate in (dict.fromkeys(SELLERS, 10) | (rates or {})).items()
        for week in range(WEEKS)
        for k in range(rate + week % 3 - 1)
    ]
    frame = pd.DataFrame(rows, columns=["seller_id", "date", "customer_id"])
    return frame.assign(visit_id=[f"V{n}" for n in range(len(frame))])


def beliefs_table(modes: list[float], **columns) -> pd.DataFrame:
    ids = [f"M{n:02d}" for n in range(len(modes))]
    return pd.DataFrame({"respondent_id": ids, "item": "visits_per_week", "mode": modes, **columns})


TARGET = pd.DataFrame({"scope": ["all"], "activity_type": ["visits"], "target": [20.0], "period": ["week"]})


@pytest.fixture
def team(make_data):
    """Six sellers who were never away; beliefs and anything else can be added."""

    def build(modes: list[float], *, rates: dict[str, int] | None = None, **tables: pd.DataFrame):
        day = pd.Timestamp("2025-01-01")
        absence = pd.DataFrame({"seller_id": ["nobody"], "date_from": [day], "date_to": [day]})
        base = {
            "sellers": pd.DataFrame({"seller_id": SELLERS, "start_date": pd.Timestamp("2020-01-01")}),
            "absence": absence,
            "visits": visits_table(rates),
            "beliefs": beliefs_table(modes),
        }
        return make_data(start=START, end=END, **(base | tables))

    return build


def asked(data, *, false_every: int, answers: int | None = None):
    """Return the data with a drawn sample: every so many-th visit did not take place, by what the customers say."""
    rows = draw(data, expected_contact_rate=1.0).rows
    happened = np.where(np.arange(len(rows)) % false_every == 0, "no", "yes")
    said = rows[["visit_id", "draw", "row_key"]].assign(
        outcome="reached",
        meeting_happened=happened,
        purpose_achieved=np.where(happened == "yes", "yes", None),
        attempts=1.0,
    )
    said = said.head(len(said) if answers is None else answers)
    return replace(data, tables=dict(data.tables) | {"verification_draws": rows, "verification": said})


def vf01(result) -> Finding:
    return next(f for f in vf.findings(result) if f.code == "VF-01")


def said(part) -> str:
    return part.text(Loc())


def test_the_belief_is_held_against_what_took_place(team) -> None:
    """Where customers were asked, a belief must not pass for right because visits are logged that nobody made."""
    modes = [11.0, 11.2, 10.8, 11.1, 10.9, 11.0]
    plain = team(modes)
    before = vf.analyse(plain)
    assert before.belief.verified is None
    assert vf01(before).severity == "green"
    result = vf.analyse(asked(plain, false_every=3))
    belief, sample = result.belief, result.verification.sample
    assert belief.logged == before.belief.logged
    assert belief.held is belief.verified
    made = sample.per_week(result.team, sample.took_place)
    assert belief.verified.rate == made
    assert belief.verified.ratio.estimate == pytest.approx(belief.logged.ratio.estimate / sample.took_place.estimate)
    finding = vf01(result)
    assert finding.severity == "red"
    assert "than really are" in said(finding.title)
    assert "than are logged" in said(vf01(vf.analyse(team([20.0, 21.0, 22.0]))).title)
    for number in (made.estimate, result.team.estimate):
        assert f"{number:.1f} (" in said(finding.condition)
    assert "13 January 2025 to 29 June 2025" in said(finding.condition)


def test_the_uncertainty_of_the_answers_is_in_the_interval(team) -> None:
    """Sixty of ninety answers pin the share of true visits to 0.667 +- 0.050, and the gap is no surer than that."""
    data = team([20.0] * 5)
    result = vf.analyse(asked(data, false_every=3))
    belief, sample = result.belief, result.verification.sample
    assert sample.said == 90
    more = np.sqrt(belief.verified.log_se**2 - belief.logged.log_se**2)
    assert more == pytest.approx(np.sqrt(1 / 3 * 2 / 3 / 90) / (2 / 3), rel=0.15)
    wide, narrow = (np.log(g.ratio.high / g.ratio.low) for g in (belief.verified, belief.logged))
    assert wide > 2 * narrow


def test_too_few_answers_leave_the_log(team) -> None:
    """Below thirty answers of customers the belief is held against the log, and nothing else is claimed."""
    result = vf.analyse(asked(team([20.0, 21.0, 22.0]), false_every=3, answers=29))
    assert result.verification.sample.said == 29
    assert result.belief.verified is None
    assert "took place" not in said(vf01(result).condition)


def test_one_manager_shows_no_spread(team) -> None:
    """With one respondent the interval is that of the measurement alone; the finding says so and gives no colour."""
    result = vf.analyse(team([20.0]))
    gap, rate = result.belief.logged, result.team
    assert gap.ratio.low == pytest.approx(20 / rate.high)
    assert gap.ratio.high == pytest.approx(20 / rate.low)
    half = stats.t.ppf(0.9, rate.df) * rate.se_log
    ends = (20 - rate.estimate * np.exp(half), 20 - rate.estimate * np.exp(-half))
    assert (gap.surplus.low, gap.surplus.high) == pytest.approx(ends)
    finding = vf01(result)
    assert finding.severity == "grey"
    assert "with one respondent its interval holds the uncertainty of the measurement only" in said(finding.condition)
    assert "1 of 1 answers lies above" in said(finding.condition)


def test_few_managers_are_counted_and_not_calculated(team) -> None:
    """A share and a p-value need six answers; with four the counts stand alone."""
    four = said(vf01(vf.analyse(team([19.0, 18.0, 21.0, 5.0], targets=TARGET))).condition)
    assert "3 of 4 answers lie above 10." in four
    assert "3 of 4 are nearer to the target of 20.0 than to 10." in four
    assert "p-value" not in four
    eight = vf.analyse(team([16.0, 17.0, 18.0, 19.0, 20.0, 21.0, 22.0, 23.0], targets=TARGET))
    # All of eight: Wilson's lower limit is 8 / (8 + 1.96^2), the sign test 2 / 2^8.
    assert eight.belief.over.low == pytest.approx(0.67559, abs=1e-5)
    assert eight.belief.over_pvalue == eight.belief.anchoring.pvalue == pytest.approx(0.0078125)
    condition = said(vf01(eight).condition)
    assert "100% (68–100%) (p-value 0.0078)" in condition
    assert "8 of 8 are nearer" in condition


def test_nearer_to_the_target_than_to_what_took_place(team) -> None:
    """Half-way is reckoned from the visits that were made, not from those that were logged."""
    # Of about ten logged visits two in three were made: on the log scale 12.5 lies nearer to 20 than to 6.9, but not
    # nearer to 20 than to 10.4.
    data = team([12.5, 12.5, 12.5], targets=TARGET)
    assert vf.analyse(data).belief.anchoring.nearer_target == 0
    assert vf.analyse(asked(data, false_every=3)).belief.anchoring.nearer_target == 3


def test_the_planning_error_is_in_visits(team) -> None:
    """Ten visits too many, believed by all, are 10 x 44 x 6 = 2,640 a year; no price is put on them."""
    data = team([20.0, 20.0, 20.0])
    rate = vf.analyse(data).team
    result = vf.analyse(team([rate.estimate + 10] * 3))
    surplus = result.belief.logged.surplus
    assert surplus.estimate == pytest.approx(10)
    # All respondents agree, so that the interval of 80 % is that of the measured rate.
    assert surplus.low == pytest.approx(10 - rate.estimate * np.expm1(stats.t.ppf(0.9, rate.df) * rate.se_log))
    finding = vf01(result)
    assert said(finding.effect).startswith("2,640 (")
    assert "times 44 normal weeks of 6 sellers, is 2,640 (" in said(finding.condition)
    assert not isinstance(finding.effect, Money)
    assert "SEK" not in said(finding.effect) + said(finding.condition)


def test_managers_who_know_their_sellers(team) -> None:
    """Beliefs about single sellers say whether management knows who visits more; five sellers are the fewest."""
    rates = dict(zip(SELLERS, (6, 8, 10, 12, 14, 16), strict=True))

    def about(order: list[str]) -> pd.DataFrame:
        single = pd.DataFrame(
            {
                "respondent_id": "M00",
                "item": "visits_per_week",
                "mode": np.arange(10.0, 10 + len(order)),
                "refers_to_seller_id": order,
            }
        )
        return pd.concat([beliefs_table([20.0, 21.0, 22.0]), single], ignore_index=True)

    right = vf.analyse(team([], rates=rates, beliefs=about(SELLERS)))
    wrong = vf.analyse(team([], rates=rates, beliefs=about(SELLERS[::-1])))
    assert right.belief.ranking.correlation == pytest.approx(1)
    assert wrong.belief.ranking.correlation == pytest.approx(-1)
    assert right.belief.ranking.pvalue < 0.02
    assert len(right.belief.respondents) == 3
    assert "agrees with the measured one by 1.00" in said(vf01(right).condition)
    assert vf.analyse(team([], rates=rates, beliefs=about(SELLERS[:4]))).belief.ranking is None


def test_the_planted_overestimation_is_found() -> None:
    """Beliefs were planted 57 % above the visits logged in all channels, and so further above those that were made."""
    data = example.sales_data()
    truth = example.make_client().truth
    everything = vf.analyse(data, channels=("physical", "video", "phone"))
    ratio = everything.belief.logged.ratio
    assert ratio.low < 1.568312 < ratio.high
    assert ratio.high - ratio.low < 0.6
    result = vf.analyse(data)
    happened = truth["visits"].set_index("visit_id")["took_place"]
    share = happened.reindex(result.counted.visits["visit_id"]).mean()
    expected = truth["belief_ratio"] / truth["physical_share"] / share
    found = result.belief.verified.ratio
    assert found.low < expected < found.high
    assert found.estimate > result.belief.logged.ratio.estimate


def test_no_overestimation_is_found_where_none_was_planted() -> None:
    """Managers who know the number of visits are not told that they do not."""
    result = vf.analyse(example.sales_data(scenario="null"))
    ratio = result.belief.held.ratio
    assert vf01(result).severity in ("green", "grey")
    assert ratio.low < 1.1


def test_the_figure_holds_all_that_is_compared(team) -> None:
    """Log, what took place, target and each answer stand in it with their ranges, at both widths."""
    modes = [float(n) for n in range(14, 28)]
    given = beliefs_table(modes, low=[m * 0.8 for m in modes], high=[m * 1.25 for m in modes], respondent_role="chef")
    data = asked(team([], beliefs=given, targets=TARGET), false_every=3)
    result = vf.analyse(data)
    shown = vf.plot_belief(result)
    rows = shown.data.set_index("kind")
    assert rows.index.tolist() == ["logged", "verified", "target"] + ["answer"] * 12
    assert rows.loc["verified", "visits"] == pytest.approx(result.belief.verified.rate.estimate)
    assert rows.loc["target", "visits"] == 20
    assert rows.loc["answer", "high"].tolist() == pytest.approx([m * 1.25 for m in modes[:12]])
    document = shown.as_json()
    assert "12 of 14 answers" in document["subtitle"]
    assert "took place" in document["alt"]
    for drawing in (document["svg"], document["svg_narrow"]):
        assert "Took place" in drawing
    plain = vf.plot_belief(vf.analyse(team([20.0, 21.0])))
    assert plain.data["kind"].tolist() == ["logged", "answer", "answer"]


def test_the_interval_of_the_gap_covers_the_truth() -> None:
    """Managers who agree, a rate and a share known from samples: without the share's part the interval is too short."""
    rng = np.random.default_rng(5)
    truth, level, runs = 20.0 / (10.0 * 0.85), 0.95, 400
    covered, short = 0, 0
    for _ in range(runs):
        counts = pd.DataFrame(rng.poisson(10.0, (6, 24)))
        rate = pooled_rate(counts, pd.DataFrame(np.ones((6, 24))), confidence_level=level)
        true = rng.binomial(80, 0.85) / 80
        share_se = np.log(rng.beta(80 * true + 0.5, 80 * (1 - true) + 0.5, 400)).std()
        made = Interval(rate.estimate * true, rate.low * true, rate.high * true, 80, level)
        modes = pd.Series(20.0 * np.exp(rng.normal(0, 0.02, 8)))
        whole = _gap(modes, made, float(np.hypot(rate.se_log, share_se)), rate.df).ratio
        part = _gap(modes, made, rate.se_log, rate.df).ratio
        covered += whole.low <= truth <= whole.high
        short += part.low <= truth <= part.high
    assert covered / runs >= 0.93
    assert short / runs < 0.85
