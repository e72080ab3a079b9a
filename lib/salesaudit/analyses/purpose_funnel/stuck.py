"""Customers who get quote after quote and sign nothing: how often, and what the next presentation is worth."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy import optimize, special

from salesaudit.analyses.purpose_funnel.episodes import Histories

MERGE_DAYS = 14
FEWEST_CUSTOMERS, FEWEST_WINS = 100, 20
"""Below these the chance of the next presentation is not modelled."""
FEWEST_FAILED = 3
"""Nobody is dropped after fewer failed presentations."""
CEILING_RISK = 0.05
"""Risk that the chance of the next presentation lies above the limit given without a model."""
LAST_ATTEMPT = 0.60
"""From this probability of costing more than it brings, the next presentation should be the last of its kind."""


@dataclass(frozen=True)
class Prior:
    """The chance per presentation over customers, Beta(alpha, beta), with draws of both for its uncertainty."""

    alpha: float
    beta: float
    draws: np.ndarray
    customers: int
    wins: int

    def next_win(self, failed: np.ndarray, won: np.ndarray | float = 0.0) -> np.ndarray:
        """Return P(win at the next presentation) after `failed` and `won` ones."""
        return (self.alpha + won) / (self.alpha + self.beta + won + failed)

    def next_win_draws(self, failed: np.ndarray, won: np.ndarray | float = 0.0) -> np.ndarray:
        """Return the same for every draw of alpha and beta: presentations x draws."""
        failed, won = np.asarray(failed, float)[..., None], np.asarray(won, float)[..., None]
        return (self.draws[:, 0] + won) / (self.draws.sum(axis=1) + won + failed)


def presentations(history: Histories) -> pd.DataFrame:
    """Return one row per quote presentation, visits of one episode within 14 days of the first being one.

    Returns
    -------
    DataFrame
        customer_id, episode, date (first day of it), last_date, won (the last one of a won episode), pending (the last
        one of an open episode), end_date (of the episode).
    """
    quotes = history.visits[history.visits["purpose"] == "QUO"].dropna(subset=["customer_id"])
    # A visit shared by several open opportunities is one presentation to the customer.
    quotes = quotes[~((quotes["attribution"] == "shared") & quotes["visit_id"].duplicated())]
    quotes = quotes.sort_values(["episode", "date"], kind="stable")
    merged = (
        quotes.groupby(["episode", _first_days(quotes).rename("start")])
        .agg(customer_id=("customer_id", "first"), date=("date", "min"), last_date=("date", "max"))
        .reset_index()
    )
    merged = merged.merge(history.episodes[["end", "end_date"]], left_on="episode", right_index=True)
    final = ~merged.duplicated("episode", keep="last")
    merged["won"] = final & (merged["end"] == "won")
    merged["pending"] = final & (merged["end"] == "open")
    columns = ["customer_id", "episode", "date", "last_date", "won", "pending", "end_date"]
    return merged[columns].sort_values(["customer_id", "date"], kind="stable", ignore_index=True)


def _first_days(quotes: pd.DataFrame) -> pd.Series:
    """Return for each quote visit the first day of the presentation it belongs to.

    A presentation takes in what follows within 14 days of its first day; a chain of visits every ten days is several.
    """
    nth = quotes.groupby("episode").cumcount()
    first = quotes["date"].copy()
    for rank in range(1, int(nth.max() + 1) if len(nth) else 0):
        here = nth == rank
        before = first.shift()[here]
        first = first.mask(here & ((quotes["date"] - first.shift()).dt.days <= MERGE_DAYS), before)
    return first


def fit_prior(shown: pd.DataFrame, *, as_of: date, rng: np.random.Generator, draws: int = 2000) -> Prior | None:
    """Fit how the chance per presentation varies over customers; None where the data are too few.

    A customer with k wins in n presentations has likelihood B(alpha + k, beta + n - k) / B(alpha, beta), the
    beta-geometric where everything stops at the first win. Only presentations old enough for 19 of 20 wins to have come
    are used, won or not, so that quick wins are not preferred.

    References
    ----------
    Weinberg & Gladen (1986), Biometrics 42, 547-560 (beta-geometric).
    """
    wins = shown[shown["won"]]
    if len(wins) < FEWEST_WINS:
        return None
    wait = float((wins["end_date"] - wins["last_date"]).dt.days.quantile(0.95))
    old = shown[(pd.Timestamp(as_of) - shown["last_date"]).dt.days >= wait]
    counts = old.groupby("customer_id")["won"].agg(["sum", "size"])
    if len(counts) < FEWEST_CUSTOMERS or counts["sum"].sum() < FEWEST_WINS:
        return None
    pairs, times = np.unique(counts.to_numpy(), axis=0, return_counts=True)
    won, failed = pairs[:, 0].astype(float), (pairs[:, 1] - pairs[:, 0]).astype(float)

    def loss(theta: np.ndarray) -> float:
        a, b = _shape(theta)
        likelihood = times * (special.betaln(a + won, b + failed) - special.betaln(a, b))
        # Weak prior on log(alpha + beta): keeps it finite where customers do not differ.
        return -float(likelihood.sum()) + 0.5 * ((theta[1] - np.log(5)) / 1.5) ** 2

    start = np.array([special.logit(won @ times / (pairs[:, 1] @ times)), np.log(5.0)])
    best = optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8})
    covariance = np.linalg.pinv(_hessian(loss, best.x), hermitian=True)
    theta = rng.multivariate_normal(best.x, covariance, size=draws, method="eigh")
    alpha, beta = _shape(best.x)
    sampled = np.column_stack(_shape(theta.T))
    return Prior(float(alpha), float(beta), sampled, len(counts), int(counts["sum"].sum()))


def _shape(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, total = special.expit(theta[0]), np.exp(np.clip(theta[1], -5, 12))
    return mean * total, (1 - mean) * total


def _hessian(function, x: np.ndarray, step: float = 1e-3) -> np.ndarray:
    size = len(x)
    matrix = np.empty((size, size))
    unit = np.eye(size) * step
    for i in range(size):
        for j in range(size):
            corners = [function(x + a * unit[i] + b * unit[j]) * a * b for a in (1, -1) for b in (1, -1)]
            matrix[i, j] = sum(corners) / (4 * step**2)
    return matrix


def stuck_customers(
    shown: pd.DataFrame, history: Histories, opportunities: pd.DataFrame, prior: Prior | None, *, as_of: date
) -> pd.DataFrame:
    """Return one row per customer with a presentation since its last contract.

    Returns
    -------
    DataFrame
        customer_id, presented (since the last contract), failed (without those still undecided), undecided, last_date,
        last_year (presentations in the last 365 days), ever_won, ever_failed (presentations of all time), next_win,
        next_low, next_high (from all of them; NaN without a prior), upper (1 - 0.05^(1/failed), needs no prior), amount
        (of the newest open opportunity, else the median won one).
    """
    wins = history.episodes[history.episodes["end"] == "won"].groupby("customer_id")["end_date"].max()
    last_win = pd.Series(wins.reindex(shown["customer_id"]).to_numpy(), shown.index, dtype="datetime64[us]")
    since = shown[last_win.isna() | (shown["date"] > last_win)]
    recent = (pd.Timestamp(as_of) - since["last_date"]).dt.days < 365
    since = since.assign(recent=recent, failed=~since["pending"] & ~since["won"])
    rows = since.groupby("customer_id", as_index=False).agg(
        presented=("date", "size"),
        failed=("failed", "sum"),
        undecided=("pending", "sum"),
        last_date=("last_date", "max"),
        last_year=("recent", "sum"),
    )
    ever = shown.assign(failed=~shown["pending"] & ~shown["won"]).groupby("customer_id")[["won", "failed"]].sum()
    rows["ever_won"] = rows["customer_id"].map(ever["won"]).astype("int64")
    rows["ever_failed"] = rows["customer_id"].map(ever["failed"]).astype("int64")
    failed = rows["failed"].to_numpy(float)
    rows["upper"] = np.where(failed > 0, 1 - CEILING_RISK ** (1 / np.maximum(failed, 1)), 1.0)
    for name in ("next_win", "next_low", "next_high"):
        rows[name] = np.nan
    if prior is not None and len(rows):
        won, lost = rows["ever_won"].to_numpy(float), rows["ever_failed"].to_numpy(float)
        rows["next_win"] = prior.next_win(lost, won)
        rows["next_low"], rows["next_high"] = np.quantile(prior.next_win_draws(lost, won), [0.025, 0.975], axis=1)
    rows["amount"] = _amounts(rows["customer_id"], opportunities)
    return rows.sort_values(["presented", "customer_id"], ascending=[False, True], ignore_index=True)


def _amounts(customers: pd.Series, opportunities: pd.DataFrame) -> np.ndarray:
    """Return the value of the newest open opportunity of each customer, else the median of the won ones."""
    if "amount" not in opportunities or "customer_id" not in opportunities:
        return np.full(len(customers), np.nan)
    open_ones = opportunities[(opportunities["status"] == "open") & opportunities["amount"].notna()]
    if "created_date" in open_ones:
        open_ones = open_ones.sort_values("created_date", na_position="first", kind="stable")
    newest = open_ones.dropna(subset=["customer_id"]).drop_duplicates("customer_id", keep="last")
    median = opportunities.loc[opportunities["status"] == "won", "amount"].median()
    return customers.map(newest.set_index("customer_id")["amount"]).fillna(median).to_numpy(float)


def advise(
    rows: pd.DataFrame, prior: Prior | None, *, gross_margin: float | None, cost: float | None, probability: float
) -> pd.DataFrame:
    """Add what the next presentation is expected to bring, and the advice: drop, last attempt, continue.

    Continue while P(win) x amount x margin exceeds the cost of a presentation: as P falls with every failure, looking
    one step ahead is optimal. The advice follows the probability that the value lies below the cost.

    Returns
    -------
    DataFrame
        `rows` with expected_value, p_below_cost, advice (drop, last, continue; missing where costs or a model lack).
    """
    rows = rows.assign(expected_value=np.nan, p_below_cost=np.nan, advice=pd.Series(np.nan, rows.index, dtype="str"))
    if prior is None or gross_margin is None or cost is None or rows.empty:
        return rows
    stake = rows["amount"].to_numpy(float) * gross_margin
    rows["expected_value"] = rows["next_win"] * stake
    draws = prior.next_win_draws(rows["ever_failed"].to_numpy(float), rows["ever_won"].to_numpy(float))
    below = (draws * stake[:, None] < cost).mean(axis=1)
    known = np.isfinite(stake)
    rows["p_below_cost"] = np.where(known, below, np.nan)
    below, tried = rows["p_below_cost"], rows["failed"] >= FEWEST_FAILED
    advice = np.select([tried & (below >= probability), tried & (below >= LAST_ATTEMPT)], ["drop", "last"], "continue")
    rows["advice"] = pd.Series(advice, rows.index, dtype="str").where(known)
    return rows
