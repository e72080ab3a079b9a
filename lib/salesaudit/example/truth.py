"""What is true of the synthetic client, in the words in which an analysis would state it."""

from typing import Any

import numpy as np
import pandas as pd

from salesaudit.example import forms, trade
from salesaudit.example.episodes import ATTEMPT, SEED_QUOTES
from salesaudit.example.frames import stamps
from salesaudit.example.pipeline import Pipeline
from salesaudit.example.visit_log import ACHIEVED
from salesaudit.example.visits import MIX, Visits
from salesaudit.example.world import LEAVE_DAYS, World


def exposure_truth(world: World) -> dict[str, Any]:
    """Return normal weeks of every seller in the period and what they are made of."""
    weeks = world.weeks[:, world.period_weeks].sum(axis=1)
    return {
        "weeks": pd.Series(weeks, index=world.seller_ids, name="weeks"),
        "leave_days": LEAVE_DAYS,
        "part_time": [world.seller_ids[i] for i in world.roles.part_time],
        "starter": world.seller_ids[world.roles.starter],
    }


def visits_truth(world: World, visits: Visits) -> dict[str, Any]:
    """Return the true rates, the planted low seller and the rules of the weekly counts."""
    s = world.scenario
    rates, team = visits.expected_rate(world)
    others = np.delete(rates, world.roles.low)
    return {
        "rates": pd.Series(rates, index=world.seller_ids, name="rate"),
        "team_rate": float(team),
        "physical_share": 1 - s.video_share,
        "low_seller": world.seller_ids[world.roles.low] if s.low_seller_gap is not None else None,
        "low_seller_gap": float(rates[world.roles.low] / np.nanmean(others) - 1) if s.low_seller_gap else 0.0,
        "weekly_cv": s.weekly_cv,
        "autocorrelation": s.autocorrelation,
        "season": s.season,
        "purpose_mix": dict(MIX),
        "missing_purpose": s.missing_purpose,
        "missing_purpose_seller": world.seller_ids[world.roles.missing_purpose] if s.missing_purpose else None,
        "missing_purpose_seller_share": s.missing_purpose_worst,
        "false_visits_seller": world.seller_ids[world.roles.false_visits] if s.false_visits else None,
        "achieved_given_true": ACHIEVED,
        "category_3_visit_share": _expected_category_share(world),
        "overestimation": float(np.expm1(s.belief_log)),
        "belief_ratio": float(np.exp(s.belief_log)),
        "visit_target": s.visit_target,
    }


def _expected_category_share(world: World) -> float:
    """Return the share of visits that go to category 3, weighing each seller's customers by their pull."""
    c = world.customers
    weight = world.weeks[:, world.period_weeks].sum(axis=1)
    total = np.bincount(c.owner, weights=c.pull, minlength=len(weight))
    low = np.bincount(c.owner, weights=c.pull * (c.category == "3"), minlength=len(weight))
    return float((weight * low / total).sum() / weight.sum())


def progress_truth(world: World, visits: Visits) -> dict[str, Any]:
    """Return the step probabilities, and the stuck customers with their failed quotes."""
    s = world.scenario
    steps = {"PRE>QUO": s.pre_quo, "QUO>NEG": s.quo_neg, "NEG>WON": s.neg_won}
    stuck = visits.episodes[visits.episodes["stuck"]]
    quotes = dict(zip(world.customers.ids[stuck["customer"]], stuck["quotes"].tolist(), strict=True))
    return {
        "progress": {name: step.probability for name, step in steps.items()},
        "progress_median_days": {name: step.median_days for name, step in steps.items()},
        "progress_sigma": s.step_sigma,
        "losses_never_recorded": s.losses_never_recorded,
        "weak_negotiator": None if s.weak_negotiator is None else world.seller_ids[world.roles.weak_negotiator],
        "attempt_beta": ATTEMPT,
        "stuck_customers": quotes,
        "seed_customer": next((c for c, k in quotes.items() if k == SEED_QUOTES), None),
    }


def pipeline_truth(world: World, pipeline: Pipeline, snapshots: pd.DataFrame) -> dict[str, Any]:
    """Return optimism, and the exact counts of what was planted in the open pipeline."""
    s = world.scenario
    d = pipeline.latent
    is_open = d["status"] == "open"
    forecast = d["episode"].isna()
    closed = d[forecast & ~is_open]
    moved = snapshots.sort_values(["opp_id", "snapshot_date"])
    later = moved.groupby("opp_id")["close_date_planned"].diff() > pd.Timedelta(0)

    def counts(rows: pd.Series) -> dict[str, int]:
        part = d[rows & is_open]
        return {
            "open": len(part),
            "no_next_step": int(part["without_step"].sum()),
            "past_close_date": int(part["past"].sum()),
            "stale": int(part["stale"].sum()),
        }

    wins = float((closed["status"] == "won").sum())
    return {
        "optimism_index": float(closed["probability"].sum() / closed["true_probability"].sum()),
        "optimism_index_realised": float(closed["probability"].sum() / wins) if wins else np.nan,
        "seller_optimism": pd.Series(pipeline.seller_effect, index=world.seller_ids, name="logit_shift"),
        "pipeline": counts(pd.Series(True, index=d.index)),
        "pipeline_forecast": counts(forecast),
        "closed_forecast": len(closed),
        "pushes_seen": int(later.sum()),
        "push_hazard": s.push_hazard,
        "erosion": s.erosion,
        "quarter_end_factor": s.quarter_end_factor,
        "opportunities": pd.DataFrame(
            {
                "opp_id": d["opp_id"],
                "kind": np.where(forecast, "forecast", "episode"),
                "true_probability": d["true_probability"],
                "dead": d["dead"],
                "stale": d["stale"],
                "past_close_date": d["past"],
                "no_next_step": d["without_step"],
            }
        ),
    }


def customers_truth(world: World) -> dict[str, Any]:
    """Return the latent wallet, revenue and category of every customer, and the shares of the categories."""
    c = world.customers
    frame = pd.DataFrame(
        {
            "customer_id": c.ids,
            "wallet": c.wallet,
            "revenue": c.revenue,
            "category": c.category,
            "tenure_years": c.tenure,
            "seller_id": world.seller_ids[c.owner],
        }
    )
    by = frame.groupby("category")
    return {
        "customers": frame,
        "category_shares": (by.size() / len(frame)).to_dict(),
        "category_revenue_shares": (by["revenue"].sum() / frame["revenue"].sum()).to_dict(),
        "tenure_pull": world.scenario.tenure_pull,
    }


def orders_truth(world: World, bought: pd.DataFrame) -> dict[str, Any]:
    """Return the order values by category, the hit rate of a visit and what was really bought."""
    s = world.scenario
    return {
        "order_value_means": s.order_value,
        "order_sigma": s.order_sigma,
        "hit_rate": s.hit_rate,
        "gross_margin": s.gross_margin,
        "bought": bought,
        "newsletter_rate": s.newsletter_rate,
        "mailings": len(trade.newsletter_days(world)),
    }


def inputs_truth() -> dict[str, Any]:
    """Return what the forms were drawn from."""
    return {"time_shares": dict(forms.TIME_SHARES), "managers": forms.MANAGERS}


def episodes_truth(world: World, visits: Visits, opp_ids: np.ndarray | None) -> pd.DataFrame:
    """Return the episodes with the days on which they reached each state; what has not happened is missing."""
    e = visits.episodes.sort_values("number", ignore_index=True)
    number = e["number"].to_numpy()
    dates = {
        column.removesuffix("_day") + "_date": stamps(world.start, e[column])
        for column in ("pre_day", "quo_day", "neg_day", "won_day", "lost_day")
    }
    return pd.DataFrame(
        {
            "opp_id": None if opp_ids is None else opp_ids[number],
            "seller_id": world.seller_ids[e["seller"]],
            "customer_id": world.customers.ids[e["customer"]],
            **dates,
            "status": e["status"],
            "dead": e["dead"],
            "stuck": e["stuck"],
        }
    )
