"""What the CRM has kept about opportunities: monthly snapshots, stays in stages, quotes."""

import numpy as np
import pandas as pd

from salesaudit.example.frames import canonical, numbered, stamps
from salesaudit.example.pipeline import STAGES, Pipeline
from salesaudit.example.visits import Visits
from salesaudit.example.world import World


def snapshots_table(world: World, pipeline: Pipeline) -> pd.DataFrame:
    """Return the forecast as it stood on the first of each month of the last four quarters, and on as_of."""
    d = pipeline.latent[pipeline.latent["episode"].isna()]
    firsts = pd.date_range(end=pd.Timestamp(world.as_of), periods=12, freq="MS")
    looked = [int((t - pd.Timestamp(world.start)).days) for t in firsts] + [world.n_days - 1]
    looked = [day for day in looked if day >= 0]
    parts = []
    for before, day in zip([looked[0] - 31, *looked[:-1]], looked, strict=True):
        closed = d["closed"].to_numpy()
        seen = (d["created"].to_numpy() <= day) & ~(closed <= before)
        part = d[seen]
        parts.append(part.assign(day=day, now=np.where(part["closed"] <= day, part["status"], "open")))
    all_ = pd.concat(parts, ignore_index=True).sort_values(["day", "opp_id"], ignore_index=True)
    span = np.maximum(all_["until"] - all_["created"], 1)
    done = np.clip((all_["day"] - all_["created"]) / span, 0, 1).to_numpy()
    pushes = all_["pushes"].to_numpy()
    # The pushes lie evenly over the life, so that each falls between two looks or before the first.
    made = np.minimum(pushes, np.floor(done * (pushes + 1)))
    planned = all_["planned"] - (pushes - made) * all_["push_days"]
    amount = np.where(done >= all_["shrink_at"], all_["amount"], all_["amount"] / all_["shrink"])
    return canonical(
        "opp_snapshots",
        {
            "opp_id": all_["opp_id"],
            "snapshot_date": stamps(world.start, all_["day"]),
            "status": all_["now"],
            "stage": np.array(STAGES, dtype=object)[all_["stage"]],
            "amount": np.round(amount, -2),
            "close_date_planned": stamps(world.start, planned),
            "probability": all_["probability"].to_numpy(),
            "forecast_category": all_["forecast"].to_numpy(dtype=object),
            "seller_id": world.seller_ids[all_["seller"]],
        },
    )


def history_table(world: World, visits: Visits, pipeline: Pipeline) -> pd.DataFrame:
    """Return the stays in stages: episodes move with their visits, forecast opportunities keep one stage."""
    d = pipeline.latent
    e = visits.episodes.set_index("number")
    own = d[d["episode"].notna()]
    days = e.loc[own["episode"].astype(int)]
    parts = []
    for stage, column in ((0, "pre_day"), (2, "quo_day"), (3, "neg_day")):
        parts.append(own.assign(entered=days[column].to_numpy(), at=stage))
    other = d[d["episode"].isna()]
    parts.append(other.assign(entered=other["created"], at=other["stage"]))
    stays = pd.concat(parts, ignore_index=True).dropna(subset=["entered"])
    stays = stays.sort_values(["opp_id", "entered"], ignore_index=True)
    later = stays.groupby("opp_id")["entered"].shift(-1)
    return canonical(
        "stage_history",
        {
            "opp_id": stays["opp_id"],
            "stage": np.array(STAGES, dtype=object)[stays["at"]],
            "entered_at": stamps(world.start, stays["entered"], 16 * 60),
            "left_at": stamps(world.start, later.fillna(stays["closed"]), 16 * 60),
            "changed_by": world.seller_ids[stays["seller"]],
        },
    )


def quotes_table(world: World, visits: Visits, pipeline: Pipeline, rng: np.random.Generator) -> pd.DataFrame:
    """Return one quote per episode that reached the quote, written some days before it was presented."""
    e = visits.episodes.set_index("number")
    d = pipeline.latent[pipeline.latent["episode"].notna() & (pipeline.latent["stage"] >= 2)]
    shown = e.loc[d["episode"].astype(int), "quo_day"].to_numpy()
    n = len(d)
    created = np.maximum(shown - rng.integers(1, 12, n), d["created"].to_numpy())
    words = {"won": "Accepterad", "lost": "Avböjd", "open": "Skickad"}
    frame = d.assign(written=created).sort_values(["written", "opp_id"], ignore_index=True)
    return canonical(
        "quotes",
        {
            "quote_id": numbered("Q", n, 5),
            "created_date": stamps(world.start, frame["written"]),
            "seller_id": world.seller_ids[frame["seller"]],
            "customer_id": world.customers.ids[frame["customer"]],
            "opportunity_id": frame["opp_id"],
            "amount": frame["amount"].to_numpy(),
            "status": frame["status"].map(words).to_numpy(dtype=object),
            "closed_date": stamps(world.start, frame["closed"]),
            "valid_until": stamps(world.start, frame["written"] + 60),
        },
    )
