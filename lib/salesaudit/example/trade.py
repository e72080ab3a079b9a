"""Orders, and all activities that are not visits."""

from math import erf, sqrt

import numpy as np
import pandas as pd

from salesaudit.example.frames import canonical, empty, numbered, stamps
from salesaudit.example.pipeline import Pipeline
from salesaudit.example.visits import Visits
from salesaudit.example.world import World, categories

ORDER_WITHIN_DAYS = 30
OTHER_CHANNELS = (("web", 0.6), ("phone", 0.4))
MAILINGS = 4
MAILING_GAP = 42
CALLS_PER_DAY = 6.0
BOOKED_AHEAD = 12
"""Working days before a visit on which it is booked at the earliest."""
WEEKLY = (("demo", 0.6), ("seminar", 0.1), ("networking", 0.2), ("prospecting", 0.5))
"""Other activities per normal week."""
MINUTES = {"call_out": 6, "demo": 60, "seminar": 180, "networking": 120, "prospecting": 45, "meeting_booked": 4}
NEVER_PRESENTED = 0.25
"""Quotes that were written and never presented, per quote that was."""


def newsletter_days(world: World) -> np.ndarray:
    """Return the days of the mailings, the last of them three weeks before as_of."""
    days = world.n_days - 22 - MAILING_GAP * np.arange(MAILINGS)[::-1]
    return days[days >= 0]


def newsletter_receivers(world: World, rng: np.random.Generator) -> np.ndarray:
    """Return the random half of category 3 that got the newsletter."""
    low = np.flatnonzero(world.customers.category == "3")
    return np.sort(rng.permutation(low)[: len(low) // 2])


def orders_table(
    world: World, visits: Visits, pipeline: Pipeline | None, receivers: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the orders, and what the customers have in fact bought in the last twelve months.

    A visit brings an order within 30 days with probability `hit_rate`; mailings bring a few; a contract brings its
    first call-off within five days; web and telephone orders fill up each customer's yearly revenue.
    """
    s, c = world.scenario, world.customers
    first_day = np.where(c.prospect, np.inf, world.n_days - 1 - c.first_order_day)
    parts = []

    hit = rng.random(len(visits.seller)) < s.hit_rate
    delay = rng.integers(0, ORDER_WITHIN_DAYS + 1, len(hit))
    parts.append(_part(visits.customer[hit], visits.day[hit] + delay[hit], "visit"))
    if pipeline is not None:
        won = pipeline.latent[pipeline.latent["status"] == "won"]
        parts.append(_part(won["customer"], won["closed"] + rng.integers(0, 6, len(won)), "visit", won["opp_id"]))
    for day in newsletter_days(world):
        buys = receivers[rng.random(len(receivers)) < s.newsletter_rate]
        parts.append(_part(buys, day + rng.integers(0, 15, len(buys)), "newsletter"))
    known = pd.concat(parts, ignore_index=True)

    mean = pd.Series(s.order_value)[c.category].to_numpy()
    since = np.clip(first_day, 0, world.n_days)
    expected = c.revenue * (world.n_days - since) / 365.25 / mean
    planned = np.bincount(known["customer"], minlength=len(c.ids))
    fill = (np.maximum(expected - planned, 0) + rng.random(len(planned))).astype(int)
    who = np.repeat(np.arange(len(fill)), fill)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(fill) - fill, fill)
    day = np.floor(since[who] + (nth + rng.random(len(who))) / fill[who] * (world.n_days - since[who]))
    channel = rng.choice([n for n, _ in OTHER_CHANNELS], size=len(who), p=[p for _, p in OTHER_CHANNELS])
    orders = pd.concat([known, _part(who, day, channel)], ignore_index=True)
    orders["day"] -= np.maximum(orders["day"] % 7 - 4, 0)
    inside = (orders["day"] >= 0) & (orders["day"] < world.n_days) & (orders["day"] >= first_day[orders["customer"]])
    orders = orders[inside].sort_values(["day", "customer"], kind="stable", ignore_index=True)
    return _finish(world, orders, mean, rng)


def _part(customer: object, day: object, channel: object, opp_id: object = None) -> pd.DataFrame:
    customer = np.asarray(customer)
    opp = np.full(len(customer), None, dtype=object) if opp_id is None else np.asarray(opp_id, dtype=object)
    channel = np.broadcast_to(np.asarray(channel, dtype=object), len(customer))
    return pd.DataFrame({"customer": customer, "day": np.asarray(day, dtype=float), "channel": channel, "opp": opp})


def _even_normals(group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return standard normal draws that are spread evenly within each group.

    A customer's orders thus vary as planted while the yearly sum stays near what the customer buys.
    """
    order = np.lexsort((rng.random(len(group)), group))
    _, first, size = np.unique(group[order], return_index=True, return_counts=True)
    rank = np.arange(len(group)) - np.repeat(first, size)
    share = np.empty(len(group))
    share[order] = (rank + rng.random(len(group))) / np.repeat(size, size)
    grid = np.linspace(-4.5, 4.5, 1801)
    return np.interp(share, [0.5 * (1 + erf(x / sqrt(2))) for x in grid.tolist()], grid)


def _finish(
    world: World, orders: pd.DataFrame, mean: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    s, c = world.scenario, world.customers
    n = len(orders)
    customer = orders["customer"].to_numpy(dtype=int)
    year = (world.n_days - 1 - orders["day"].to_numpy(dtype=int)) // 365
    draw = _even_normals(customer * (year.max(initial=0) + 1) + year, rng)
    amount = np.round(mean[customer] * np.exp(s.order_sigma * draw - s.order_sigma**2 / 2), 2)
    margin = np.round(amount * np.clip(rng.normal(s.gross_margin, 0.04, n), 0.05, 0.9), 2)
    product = np.array(["Förbrukning", "Reservdelar", "Service", "Tillbehör"], dtype=object)
    table = canonical(
        "orders",
        {
            "order_id": numbered("O", n, 6),
            "order_date": stamps(world.start, orders["day"]),
            "amount": amount,
            "customer_id": c.ids[customer],
            "seller_id": world.seller_ids[c.owner[customer]],
            "margin": margin,
            "opportunity_id": orders["opp"].to_numpy(dtype=object),
            "channel": orders["channel"].to_numpy(dtype=object),
            "product": product[rng.integers(0, len(product), n)],
        },
    )
    recent = (orders["day"] >= world.n_days - 365).to_numpy()
    revenue = np.bincount(customer[recent], weights=amount[recent], minlength=len(c.ids))
    bought = pd.DataFrame(
        {
            "customer_id": c.ids,
            "revenue_12m": revenue,
            "category_12m": categories(revenue, np.maximum(np.round(c.wallet, -2) - revenue, 0)),
        }
    )
    return table, bought


def activities_table(
    world: World, visits: Visits, pipeline: Pipeline | None, receivers: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Return calls of the audit period, and bookings, quotes, mailings and other activities of the whole history."""
    c = world.customers
    owned = np.argsort(c.owner, kind="stable")
    edges = np.searchsorted(c.owner[owned], np.arange(len(world.seller_ids) + 1))

    def somebody(seller: np.ndarray) -> np.ndarray:
        return owned[edges[seller] + (rng.random(len(seller)) * np.diff(edges)[seller]).astype(int)]

    in_period = np.arange(world.n_days) >= world.period_weeks.start * 7
    calls = rng.poisson(CALLS_PER_DAY * world.days * in_period)
    parts = [_events("call_out", calls, somebody)]
    parts += [_events(kind, rng.poisson(rate / 5 * world.days), somebody) for kind, rate in WEEKLY]

    parts.append(_booked(world, visits, rng))
    for day in newsletter_days(world):
        parts.append(_frame("newsletter", c.owner[receivers], np.full(len(receivers), day), receivers))
    if pipeline is not None:
        parts.append(_quotes_created(world, visits, pipeline, somebody, rng))

    all_ = pd.concat(parts, ignore_index=True)
    all_ = all_[all_["day"] >= 0].sort_values(["day", "seller", "type"], kind="stable", ignore_index=True)
    n = len(all_)
    typical = all_["type"].map(MINUTES).to_numpy(dtype=float)
    outcome = np.array(["Nådd", "Ej svar", "Återkommer"], dtype=object)[rng.choice(3, size=n, p=(0.4, 0.45, 0.15))]
    return canonical(
        "activities",
        {
            "activity_id": numbered("T", n, 6),
            "seller_id": world.seller_ids[all_["seller"]],
            "date": stamps(world.start, all_["day"]),
            "type": all_["type"].to_numpy(dtype=object),
            "customer_id": c.ids[all_["customer"]],
            "opportunity_id": all_["opp"].to_numpy(dtype=object),
            "duration_min": np.round(typical * rng.lognormal(0, 0.3, n)),
            "outcome": empty(outcome, all_["type"].to_numpy() != "call_out"),
        },
    )


def _booked(world: World, visits: Visits, rng: np.random.Generator) -> pd.DataFrame:
    """Return the booking of every visit some working days before it; visits to come are booked like those before."""
    parts = []
    lead = rng.integers(2, BOOKED_AHEAD + 1, len(visits.seller))
    later = rng.spawn(1)[0].integers(2, BOOKED_AHEAD + 1, len(visits.seller))
    for seller in range(len(world.seller_ids)):
        own = np.flatnonzero(visits.seller == seller)
        work = np.flatnonzero(world.days[seller] > 0)
        place = np.searchsorted(work, visits.day[own])
        # As many visits as in the last weeks are still to come; of these only the bookings are known.
        to_come = np.where(place >= len(work) - BOOKED_AHEAD, place + BOOKED_AHEAD - later[own], -1)
        for at in (place - lead[own], to_come):
            inside = (at >= 0) & (at < len(work))
            parts.append((np.full(inside.sum(), seller), work[at[inside]], visits.customer[own][inside]))
    return _frame("meeting_booked", *(np.concatenate(column) for column in zip(*parts, strict=True)))


def _frame(kind: str, seller: np.ndarray, day: np.ndarray, customer: np.ndarray, opp: object = None) -> pd.DataFrame:
    frame = pd.DataFrame({"type": kind, "seller": seller, "day": day, "customer": customer})
    return frame.assign(opp=np.full(len(frame), None, dtype=object) if opp is None else opp)


def _events(kind: str, counts: np.ndarray, somebody: object) -> pd.DataFrame:
    seller, day = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), counts.shape[1])
    return _frame(kind, seller, day, somebody(seller))


def _quotes_created(
    world: World, visits: Visits, pipeline: Pipeline, somebody: object, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the writing of quotes: those that were presented some days later, and those that never were."""
    number = visits.episodes.set_index("number")
    own = pipeline.latent[pipeline.latent["episode"].notna() & (pipeline.latent["stage"] >= 2)]
    shown = number.loc[own["episode"].astype(int), "quo_day"].to_numpy()
    day = np.maximum(shown - rng.integers(1, 12, len(own)), own["created"].to_numpy())
    parts = [
        _frame(
            "quote_created",
            own["seller"].to_numpy(),
            day,
            own["customer"].to_numpy(),
            own["opp_id"].to_numpy(dtype=object),
        )
    ]
    extra = int(NEVER_PRESENTED * len(own))
    picks = rng.integers(0, max(len(own), 1), extra)
    seller = own["seller"].to_numpy()[picks]
    parts.append(_frame("quote_created", seller, rng.integers(0, world.n_days, extra), somebody(seller)))
    return pd.concat(parts, ignore_index=True)
