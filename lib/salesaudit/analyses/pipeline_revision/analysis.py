"""The whole of the analysis: open entries, closed outcomes, stated probabilities and scores put together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesaudit.analyses.pipeline_revision.calibration import Calibration, calibrate, forecasts
from salesaudit.analyses.pipeline_revision.closings import WinRate, win_rate
from salesaudit.analyses.pipeline_revision.openings import CLEAN_RULES, OpenPipeline, open_pipeline
from salesaudit.analyses.pipeline_revision.scorecard import Scores, scores
from salesaudit.analyses.pipeline_revision.value import Value, value
from salesaudit.dataset import Context, SalesData
from salesaudit.i18n import message
from salesaudit.stats import fisher_versus_others, hierarchical_beta_binomial

REQUIRES = ("opportunities.opp_id", "opportunities.seller_id", "opportunities.status")
USES = (
    "opportunities.customer_id",
    "opportunities.product",
    "opportunities.amount",
    "opportunities.probability",
    "opportunities.stage",
    "opportunities.created_date",
    "opportunities.closed_date",
    "opportunities.close_date_planned",
    "opportunities.next_step_date",
    "opportunities.next_step_text",
    "opportunities.last_activity_date",
    "opp_snapshots.snapshot_date",
    "scorecard.score",
    "customers.name",
)
QUESTION = message("Can we believe our pipeline?")
RED_FROM = 2
"""From so many broken rules on an opportunity is red; with fewer it is yellow."""


@dataclass(frozen=True)
class PipelineRevision:
    """Everything that this analysis found out.

    Attributes
    ----------
    context : Context
    pipeline : OpenPipeline
    calibration : Calibration
    win : WinRate
    value : Value
    scores : Scores or None
    sellers : DataFrame
        One row per seller with open or closed opportunities: seller_id, open, broken, broken_raw, broken_estimate,
        broken_low, broken_high, broken_qvalue, closed, won, win_raw, win_estimate, win_low, win_high, win_qvalue, and
        optimism, optimism_low, optimism_high where enough closed with a forecast.
    stages : DataFrame
        One row per stage of the open opportunities, in the order in which opportunities pass them where the history
        shows it: stage, n, amount, weighted, broken_share.
    actions : DataFrame
        One row per opportunity that needs something: opp_id, customer, seller_id, stage, amount, colour, rules (tuple).
    lacks : tuple of str
        Names of `USES` that the client's data do not have.
    confidence_level : float
    """

    context: Context
    pipeline: OpenPipeline
    calibration: Calibration
    win: WinRate
    value: Value
    scores: Scores | None
    sellers: pd.DataFrame
    stages: pd.DataFrame
    actions: pd.DataFrame
    lacks: tuple[str, ...]
    confidence_level: float


def analyse(
    data: SalesData, *, confidence_level: float = 0.95, seed: int = 1, n_resamples: int = 2000
) -> PipelineRevision:
    """Revise the pipeline as it stands on the day of the audit.

    Parameters
    ----------
    confidence_level : float
        In (0, 1).
    seed : int
        Seed of every draw.
    n_resamples : int
        Bootstrap replicates of the optimism index.

    Raises
    ------
    DataMissing
        A table or column of `REQUIRES` is not there.
    """
    data.require(REQUIRES)
    for_calibration, for_value, for_wins, for_sellers = np.random.default_rng(seed).spawn(4)
    pipeline = open_pipeline(data)
    calibration = calibrate(
        forecasts(data), rng=for_calibration, n_resamples=n_resamples, confidence_level=confidence_level
    )
    win = win_rate(data, rng=for_wins, confidence_level=confidence_level)
    scored = scores(data, pipeline, confidence_level=confidence_level)
    return PipelineRevision(
        context=data.context,
        pipeline=pipeline,
        calibration=calibration,
        win=win,
        value=value(pipeline, calibration, win, rng=for_value),
        scores=scored,
        sellers=_sellers(pipeline, win, calibration, for_sellers, confidence_level),
        stages=_stages(pipeline, _stage_order(data)),
        actions=_actions(pipeline, scored),
        lacks=tuple(data.lacks(USES)),
        confidence_level=confidence_level,
    )


def _sellers(
    pipeline: OpenPipeline,
    win: WinRate,
    calibration: Calibration,
    rng: np.random.Generator,
    confidence_level: float,
) -> pd.DataFrame:
    """Return open, broken, closed, won and optimism by seller; estimates are pulled towards the team's."""
    tally = pipeline.opportunities.groupby("seller_id")["broken"].agg(open="size", broken="sum")
    frame = pd.DataFrame(index=tally.index.union(pd.Index(win.sellers["seller_id"], dtype="str"), sort=True))
    frame.index.name = "seller_id"
    frame = frame.join(tally).fillna({"open": 0, "broken": 0})
    fitted = hierarchical_beta_binomial(frame["broken"], frame["open"], rng=rng, confidence_level=confidence_level)
    frame = frame.join(fitted.frame[["raw", "estimate", "low", "high"]].where(frame["open"] > 0).add_prefix("broken_"))
    frame["broken_qvalue"] = fisher_versus_others(frame["broken"], frame["open"])["qvalue"]
    names = {"raw": "win_raw", "estimate": "win_estimate", "low": "win_low", "high": "win_high", "qvalue": "win_qvalue"}
    frame = frame.join(win.sellers.set_index("seller_id").rename(columns=names)).fillna({"closed": 0, "won": 0})
    names = {"estimate": "optimism", "low": "optimism_low", "high": "optimism_high"}
    own = calibration.sellers.set_index("seller_id")[list(names)].rename(columns=names)
    return frame.join(own).astype(float).reset_index()


def _stage_order(data: SalesData) -> pd.Series:
    """Return how late each stage comes among those that an opportunity passes: 0 always first, 1 always last."""
    if not data.has("stage_history.opp_id", "stage_history.stage", "stage_history.entered_at"):
        return pd.Series(dtype=float)
    entered = data.stage_history.dropna(subset=["opp_id", "stage", "entered_at"]).sort_values(
        ["entered_at", "opp_id"], kind="stable"
    )
    passed = entered.drop_duplicates(["opp_id", "stage"])
    one = passed.groupby("opp_id")
    sums = pd.DataFrame(
        {"stage": passed["stage"], "before": one.cumcount(), "others": one["stage"].transform("size") - 1}
    )
    totals = sums.groupby("stage").sum()
    return totals["before"] / totals["others"].where(totals["others"] > 0)


def _stages(pipeline: OpenPipeline, order: pd.Series) -> pd.DataFrame:
    """Return the open pipeline by the client's own stages, as opportunities pass them, else largest amount first."""
    rows = pipeline.opportunities
    frame = rows.assign(
        stage=rows["stage"].astype("str").fillna("–"),
        weighted=rows["amount"] * rows["probability"],
        broken=rows["broken"].astype(float),
    )
    table = frame.groupby("stage").agg(
        n=("opp_id", "size"),
        amount=("amount", lambda v: v.sum(min_count=1)),
        weighted=("weighted", lambda v: v.sum(min_count=1)),
        broken_share=("broken", "mean"),
    )
    table = table.reset_index()
    table["order"] = table["stage"].map(order).astype(float)
    by = {"order": True, "amount": False, "n": False, "stage": True}
    table = table.sort_values(list(by), ascending=list(by.values()), ignore_index=True)
    return table.drop(columns="order")


def _actions(pipeline: OpenPipeline, scored: Scores | None) -> pd.DataFrame:
    """Return the open opportunities that are red or yellow, by broken rules or by score, largest amount first.

    Two broken rules make an opportunity red, one makes it yellow; the worse of rules and score counts.
    """
    rules = [*CLEAN_RULES, "H6"]
    rows = pipeline.opportunities.copy()
    rows["rules"] = [tuple(r for r, hit in zip(rules, flags, strict=True) if hit) for flags in rows[rules].to_numpy()]
    by_rules = rows["rules"].map(len).clip(upper=RED_FROM)
    by_rules = by_rules.map(lambda n: "green" if n == 0 else "red" if n == RED_FROM else "yellow")
    by_score = pd.Series(np.nan, rows.index, dtype="str")
    if scored is not None and scored.kind == "opportunity":
        by_score = rows["opp_id"].map(scored.frame.set_index("entity_id")["colour"])
    red = (by_rules == "red") | (by_score == "red")
    yellow = (by_rules == "yellow") | (by_score == "yellow")
    rows["colour"] = np.select([red, yellow], ["red", "yellow"], "green")
    rows["score_colour"] = by_score
    kept = rows[rows["colour"] != "green"].sort_values(
        ["amount", "opp_id"], ascending=[False, True], na_position="last", ignore_index=True
    )
    columns = ["opp_id", "customer", "seller_id", "stage", "amount", "colour", "score_colour", "rules"]
    return kept[columns]
