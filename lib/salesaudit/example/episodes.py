"""Episodes: how a customer moves from the company presentation to a contract, or does not.

A presentation leads to a quote, a quote to a negotiation, a negotiation to a contract, each with a planted probability
and a log-normal waiting time. Every visit of an episode takes a free slot of its seller, the first on or after the
day on which it is due, so that the number of visits stays what the calendar and the rate made it.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from salesaudit.example.scenario import Scenario
from salesaudit.example.world import World

ATTEMPT = (1.2, 3.6)
"""Beta parameters of a customer's chance to sign, per quote presentation."""
SECOND_ATTEMPT = 0.129
"""Share of episodes in which a failed quote is presented again; with `ATTEMPT` it makes 27 % of quotes contracts."""
REPRESENTED = 0.57
"""Share of episodes in which the same quote is shown once more within two weeks."""
SECOND_NEGOTIATION = 0.35
SHORTEST_DAYS = 7
"""Shortest time between two steps, so that they never fall into one week."""
AUTO_CLOSED_AFTER = 365
"""Days without activity after which the CRM closes an opportunity as lost."""
STUCK_QUOTES = (8, 14)
SEED_QUOTES = 10
NEVER = np.iinfo(np.int32).max


@dataclass
class Planner:
    """The slots of all sellers in order of seller and day, and what they are taken for.

    Attributes
    ----------
    bounds : ndarray
        Where each seller's slots begin and end.
    first : ndarray of bool
        Whether the visit brings its episode a step further.
    """

    seller: np.ndarray
    day: np.ndarray
    bounds: np.ndarray
    purpose: np.ndarray = field(init=False)
    episode: np.ndarray = field(init=False)
    customer: np.ndarray = field(init=False)
    first: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.seller)
        self.purpose = np.full(n, "", dtype="<U3")
        self.episode, self.customer = np.full((2, n), -1)
        self.first = np.zeros(n, dtype=bool)

    def free(self) -> np.ndarray:
        """Return which slots have no purpose yet."""
        return self.purpose == ""

    def take(
        self,
        purpose: str,
        seller: np.ndarray,
        day: np.ndarray,
        episode: np.ndarray,
        customer: np.ndarray,
        *,
        first: bool = False,
    ) -> np.ndarray:
        """Give each event the first free slot of its seller on or after its day; -1 where none is left."""
        found = np.full(len(seller), -1)
        free = self.free()
        for s in range(len(self.bounds) - 1):
            wanted = np.flatnonzero(seller == s)
            wanted = wanted[np.argsort(day[wanted], kind="stable")]
            pool = self.bounds[s] + np.flatnonzero(free[self.bounds[s] : self.bounds[s + 1]])
            rank = np.arange(len(wanted))
            place = np.maximum.accumulate(np.searchsorted(self.day[pool], day[wanted]) - rank) + rank
            fits = place < len(pool)
            found[wanted[fits]] = pool[place[fits]]
        taken = found >= 0
        slots = found[taken]
        self.purpose[slots] = purpose
        self.episode[slots] = episode[taken]
        self.customer[slots] = customer[taken]
        self.first[slots] = first
        return found


def plant_stuck(world: World, planner: Planner, rng: np.random.Generator) -> pd.DataFrame:
    """Plant customers with many failed quotes and no contract; the first has exactly ten.

    Returns
    -------
    DataFrame
        One row per episode like `run_episodes`, and the number of quotes.
    """
    chosen = world.customers.stuck
    low, high = STUCK_QUOTES
    quotes = rng.integers(low, high + 1, len(chosen))
    quotes[quotes == SEED_QUOTES] += 1
    quotes[:1] = SEED_QUOTES
    gap = rng.uniform(28, 36, len(chosen))
    begin = (world.n_days - 20 - gap * (quotes + 1)).astype(int)
    owner = world.customers.owner[chosen]
    number = np.arange(len(chosen))
    pre = planner.take("PRE", owner, begin, number, chosen, first=True)
    row = np.repeat(number, quotes)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(quotes) - quotes, quotes)
    shown = planner.take(
        "QUO", owner[row], (begin[row] + gap[row] * (nth + 1)).astype(int), row, chosen[row], first=True
    )
    frame = _steps(number, owner, chosen, pre, to_quote=True, talks=False, won=False, stuck=True)
    return frame.assign(quo=shown[nth == 0], shown=shown[np.cumsum(quotes) - 1], quotes=quotes)


def _steps(
    number: np.ndarray, seller: np.ndarray, customer: np.ndarray, pre: np.ndarray, **known: object
) -> pd.DataFrame:
    """Return episodes of which nothing but the first visit has happened; slots, -1 where there is none."""
    frame = pd.DataFrame({"number": number, "seller": seller, "customer": customer, "pre": pre})
    return frame.assign(quo=-1, shown=-1, retry=-1, neg=-1, more=-1, close_days=0.0, quotes=0).assign(**known)


def run_episodes(world: World, planner: Planner, starts: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Let every episode take its further visits.

    Parameters
    ----------
    starts : ndarray of int
        The slots of the company presentations.

    Returns
    -------
    DataFrame
        One row per episode: slots of its steps (-1 has not happened), and what was drawn for it.
    """
    s = world.scenario
    planner.first[starts] = True
    n = len(starts)
    frame = _steps(
        planner.episode[starts],
        planner.seller[starts],
        planner.customer[starts],
        starts,
        **_outcomes(world, planner.seller[starts], planner.customer[starts], rng),
        stuck=False,
    )
    number, seller, customer = (frame[c].to_numpy() for c in ("number", "seller", "customer"))
    to_quote, again, talks = (frame[c].to_numpy() for c in ("to_quote", "again", "talks"))
    days = np.append(planner.day, NEVER)  # slot -1 lies beyond the end

    def visit(purpose: str, wish: np.ndarray, who: np.ndarray, *, first: bool = False) -> np.ndarray:
        slot = np.full(n, -1)
        who = np.flatnonzero(who & (wish < world.n_days))
        slot[who] = planner.take(purpose, seller[who], wish[who], number[who], customer[who], first=first)
        return slot

    wait = _lognormal(s.pre_quo.median_days, s.step_sigma, n, rng)
    quote = visit("QUO", planner.day[starts] + wait, to_quote, first=True)
    wait = _lognormal(s.quo_neg.median_days, s.step_sigma, n, rng)
    shown = visit("QUO", days[quote] + rng.integers(7, 14, n), (quote >= 0) & (rng.random(n) < REPRESENTED))
    retry = visit("QUO", days[quote] + np.maximum(20, 0.6 * wait), (quote >= 0) & again)
    last = np.maximum(np.where(shown >= 0, days[shown], 0), np.where(retry >= 0, days[retry], 0)) + SHORTEST_DAYS
    reached = (quote >= 0) & talks & ~(again & (retry < 0))
    negotiation = visit("NEG", np.maximum(days[quote] + wait, last), reached, first=True)
    close = _lognormal(s.neg_won.median_days, s.step_sigma, n, rng)
    longer = (negotiation >= 0) & (rng.random(n) < SECOND_NEGOTIATION)
    more = visit("NEG", days[negotiation] + np.maximum(SHORTEST_DAYS, 0.5 * close), longer)
    return frame.assign(quo=quote, shown=shown, retry=retry, neg=negotiation, more=more, close_days=close)


def _outcomes(
    world: World, seller: np.ndarray, customer: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw how far each episode will come if it is given the time."""
    s = world.scenario
    n = len(seller)
    signs = rng.beta(*ATTEMPT, len(world.customers.ids))[customer]
    to_quote = rng.random(n) < s.pre_quo.probability
    first_try, second_try = rng.random((2, n)) < signs
    again = (rng.random(n) < SECOND_ATTEMPT) & ~first_try
    won = first_try | (again & second_try)
    talks = won | (rng.random(n) < _talks_without_contract(s))
    if s.weak_negotiator is not None:
        kept = rng.random(n) < s.weak_negotiator / s.quo_neg.probability
        talks &= kept | (seller != world.roles.weak_negotiator)
    return {"to_quote": to_quote, "again": again, "talks": talks, "won": won & talks}


def _talks_without_contract(s: Scenario) -> float:
    """Return the chance to negotiate without a contract, so that both planted step probabilities hold."""
    a, b = ATTEMPT
    one = a / (a + b)
    contract = one + SECOND_ATTEMPT * (1 - one) * a / (a + b + 1)
    return (s.quo_neg.probability - contract) / (1 - contract)


def _lognormal(median: float, sigma: float, size: int, rng: np.random.Generator) -> np.ndarray:
    return np.maximum(np.round(median * np.exp(sigma * rng.standard_normal(size))), SHORTEST_DAYS)


def close_episodes(world: World, events: pd.DataFrame, day: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return the episodes with days instead of slots, and how and when each ended.

    Parameters
    ----------
    day : ndarray
        The day of every slot, in days after the start of the history.
    """
    s = world.scenario
    n = len(events)

    def when(column: str) -> np.ndarray:
        slot = events[column].to_numpy()
        return np.where(slot >= 0, day[slot], np.nan)

    pre, quo, neg = when("pre"), when("quo"), when("neg")
    last = np.fmax.reduce([pre, quo, neg, when("shown"), when("retry"), when("more")])
    won = events["won"].to_numpy() & np.isfinite(neg)
    won_day = np.where(won, np.maximum(neg + events["close_days"].to_numpy(), last + 1), np.nan)

    entered = np.fmax.reduce([pre, quo, neg])
    forward = np.select(
        [np.isfinite(neg), np.isfinite(quo)],
        [events["won"].to_numpy(), events["talks"].to_numpy()],
        events["to_quote"].to_numpy(),
    )
    loss_day = np.maximum(entered + _lognormal(s.loss_median_days, s.step_sigma, n, rng), last + 1)
    recorded = rng.random(n) >= s.losses_never_recorded
    stuck = events["stuck"].to_numpy()
    lost = ~forward & ~stuck & (loss_day < world.n_days)
    swept = last + AUTO_CLOSED_AFTER
    lost_day = np.where(lost & recorded, loss_day, np.where(lost & (swept < world.n_days), swept, np.nan))
    is_won = won & (won_day < world.n_days)
    is_lost = np.isfinite(lost_day)
    return pd.DataFrame(
        {
            "number": events["number"],
            "seller": events["seller"],
            "customer": events["customer"],
            "pre_day": pre,
            "quo_day": quo,
            "neg_day": neg,
            "last_visit_day": last,
            "won_day": np.where(is_won, won_day, np.nan),
            "lost_day": lost_day,
            "dead": lost & ~is_lost,
            "swept": is_lost & ~recorded,
            "status": np.select([is_won, is_lost], ["won", "lost"], "open"),
            "stuck": stuck,
            "quotes": events["quotes"],
        }
    )
