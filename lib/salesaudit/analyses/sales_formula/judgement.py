"""From numbers to findings: what moved sales (SF-01), and which lever is longest (SF-03)."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from salesaudit.analyses.sales_formula.sellers import FEWEST_HITS, FEWEST_SELLERS
from salesaudit.analyses.sales_formula.words import MAIN, MOMENTS, MOVED, PHRASE, STRONGEST
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Money, Share
from salesaudit.i18n import Message, message, nmessage

if TYPE_CHECKING:
    from salesaudit.analyses.sales_formula.analysis import SalesFormula

LEVEL = 0.80
"""Coverage of the intervals of money and of the parts of a change."""
SURE = 0.99
"""A probability above this is not written as a number: rounded, it would read as certainty."""


def findings(result: "SalesFormula", *, probability_largest: float = 0.60) -> Findings:
    """Judge the result.

    Parameters
    ----------
    probability_largest : float
        How probable it must be that a factor is the largest for it to be named.
    """
    return Findings((_moved(result, probability_largest), _lever(result, probability_largest)), result.context)


def moved_most(result: "SalesFormula", probability: float) -> str | None:
    """Return the factor that moved sales most, or None where chance could have chosen it.

    Its 95 % interval must not hold zero (the 80 % one shown would let chance through too often), and it must be the
    largest with the probability asked for.
    """
    if result.change is None or result.change.factors.empty:
        return None
    factors = result.change.factors
    top = factors["contribution"].abs().idxmax()
    row = factors.loc[top]
    sure = bool(row["sure"]) and row["p_largest"] >= probability
    return str(top) if sure else None


def _sums(result: "SalesFormula") -> tuple[Money, Money, Money]:
    sales, money = result.change.sales, result.context.money
    change = money(sales["change"], sales["change_low"], sales["change_high"])
    return money(sales["before"]), money(sales["now"]), change


def _moved(result: "SalesFormula", probability: float) -> Finding:
    """SF-01."""
    common = {
        "code": "SF-01",
        "criterion": message(
            "The factor that moved sales is known: its share of the change is not zero by chance, and it is the "
            "largest with a probability of at least {probability}.",
            probability=Share(probability),
        ),
        "unit": MOMENTS[result.moments.kind],
        "see": "change",
    }
    hits = _hits(result)
    if result.change is None or min(hits) < FEWEST_HITS:
        return Finding(
            severity=Severity.GREY,
            title=message("What moved sales cannot be said: the data are too few or too short"),
            condition=message(
                "Two periods with at least {n} sales each are needed; there are {before} and {now}.",
                n=Count(FEWEST_HITS),
                before=Count(hits[0]),
                now=Count(hits[1]),
            ),
            recommendation=message("Repeat the analysis when two comparable periods are in the data."),
            n=len(result.moments.frame),
            needs=message("The same data for the year before."),
            **common,
        )
    top = moved_most(result, probability)
    before, now, change = _sums(result)
    known = top is not None and result.windows.season_removed
    row = result.change.factors.loc[top] if top else None
    return Finding(
        severity=Severity.GREEN if known else Severity.GREY,
        title=MOVED[result.moments.kind][top][0 if row["contribution"] >= 0 else 1]
        if known
        else message("What moved sales most is open"),
        condition=message(
            "Sales went from {before} to {now}, a change of {change}, {level} interval. {detail} {followed} {season}",
            before=before,
            now=now,
            change=change,
            level=Share(LEVEL),
            detail=_detail(result, top),
            followed=_followed(result),
            season=_season(result),
        ),
        recommendation=message(
            "Look first at what changed in this factor between the two periods, before acting on the others."
        )
        if known
        else message("Do not act on a single factor on these numbers."),
        n=int(result.change.channels.loc[result.change.channels["part"] == "moments", "activities"].sum()),
        effect=result.context.money(row["contribution"], row["low"], row["high"]) if known else None,
        effect_of=message("this factor's part of the change in sales") if known else None,
        needs=None if known else _needs(result, top),
        evidence=Evidence.of("visits" if result.moments.kind == "visits" else "opportunities", _keys(result)),
        **common,
    )


def _hits(result: "SalesFormula") -> tuple[int, int]:
    if result.change is None or result.change.channels.empty:
        return (0, 0)
    hits = result.change.channels.groupby("period")["hits"].sum()
    return int(hits.get("before", 0)), int(hits.get("now", 0))


def _keys(result: "SalesFormula") -> list[str]:
    """Return the ids of the moments of the later period that led to sales."""
    frame = result.moments.main
    inside = frame["date"].between(pd.Timestamp(result.windows.now[0]), pd.Timestamp(result.windows.now[1]))
    return list(frame.loc[inside & frame["hit"], "key"])


def _detail(result: "SalesFormula", top: str | None) -> Message:
    factors = result.change.factors
    name = top or factors["contribution"].abs().idxmax()
    row = factors.loc[name]
    values = {
        "factor": PHRASE[result.moments.kind][name],
        "part": result.context.money(row["contribution"], row["low"], row["high"]),
        "probability": _probability(row["p_largest"]),
    }
    if top:
        return message(
            "{part} of it comes through {factor}; that it is the largest part has a probability of {probability}.",
            **values,
        )
    return message(
        "The largest part, through {factor} with {part}, cannot be told from the others or from zero (probability of "
        "being the largest: {probability}).",
        **values,
    )


def _followed(result: "SalesFormula") -> Message:
    """Return which share of the later period's sales the formula of visits, or of opportunities, speaks of."""
    channels = result.change.channels
    now = channels[channels["period"] == "now"]
    part, whole = float(now.loc[now["part"] == "moments", "sales"].sum()), float(now["sales"].sum())
    values = {
        "part": result.context.money(part),
        "whole": result.context.money(whole),
        "share": Share(part / whole if whole > 0 else 0.0),
    }
    if result.moments.kind == "opportunities":
        return message("{part} of the {whole} ({share}) come from opportunities.", **values)
    return message(
        "{part} of the {whole} ({share}) followed a visit or contact within {days} days.",
        days=Count(result.moments.age_days),
        **values,
    )


def _season(result: "SalesFormula") -> Message:
    match result.windows.how:
        case "year":
            return message("Compared with the same weeks a year earlier.")
        case "adjacent" if result.windows.season_removed:
            return message("Compared with the equally long period before.")
        case "adjacent":
            return message("Compared with the equally long period before; the season is not removed.")
        case _:
            return message("One half of the period compared with the other; the season is not removed.")


def _needs(result: "SalesFormula", top: str | None) -> Message:
    if top is None:
        return message("A longer period: with more sales the intervals of the parts become narrower.")
    return message("The same weeks of the year before: the difference between two seasons looks like a change.")


def _lever(result: "SalesFormula", probability: float) -> Finding:
    """SF-03: where sellers lie furthest below their own best quarter."""
    common = {
        "code": "SF-03",
        "criterion": message(
            "Sellers differ in the factor by more than chance, and closing the gap to the best quarter is worth more "
            "there than elsewhere with a probability of at least {probability}.",
            probability=Share(probability),
        ),
        "unit": MAIN[result.moments.kind],
        "n": int(result.sellers.frame["moments"].sum()) if len(result.sellers.frame) else 0,
        "see": "seller_formula",
    }
    levers = result.sellers.levers
    if levers.empty:
        return Finding(
            severity=Severity.GREY,
            title=message("The strongest lever cannot be named: too few sellers with sales"),
            condition=nmessage(
                "{n} seller has at least {hits} sales in the period.",
                "{n} sellers have at least {hits} sales in the period.",
                int(result.sellers.frame["enough"].sum()),
                n=Count(int(result.sellers.frame["enough"].sum())),
                hits=Count(FEWEST_HITS),
            ),
            recommendation=message("Do not prefer one factor on these numbers."),
            needs=message("At least {n} sellers with that many sales.", n=Count(FEWEST_SELLERS)),
            **common,
        )
    if _none_pays(levers):
        return _no_lever(result, levers.loc["rate"], common)
    best = levers["p_best"].idxmax()
    row = levers.loc[best]
    named = bool(row["distinct"]) and row["p_best"] >= probability
    factor = PHRASE[result.moments.kind][best]
    money = result.context.money(row["gain"], row["low"], row["high"])
    return Finding(
        severity=Severity.GREEN if named else Severity.GREY,
        title=STRONGEST[result.moments.kind][best] if named else message("The levers cannot be told apart"),
        condition=_lever_condition(
            margin=bool(result.money.gross_margin),
            factor=factor,
            gain=money,
            probability=_probability(row["p_best"]),
            cost=_cost(result, best, row["cost"]),
        ),
        recommendation=message("Try it with half of the sellers first, and compare with the other half.")
        if named
        else message("Do not prefer one factor on these numbers; choose the one that is cheapest to change."),
        effect=_gain(money, margin=bool(result.money.gross_margin)) if named else None,
        effect_of=message("margin a year") if named and result.money.gross_margin else None,
        needs=None if named else message("A longer period, or the cost of changing each factor."),
        **common,
    )


def _lever_condition(*, margin: bool, **values: Any) -> Message:
    if margin:
        return message(
            "Through {factor}: {gain} of margin a year if sellers below the best quarter close part of the gap and the "
            "other factors hold; probability of being the strongest lever: {probability}. {cost}",
            **values,
        )
    return message(
        "Through {factor}: {gain} of revenue a year (the margin is not known) if sellers below the best quarter close "
        "part of the gap and the other factors hold; probability of being the strongest lever: {probability}. {cost}",
        **values,
    )


def _none_pays(levers: pd.DataFrame) -> bool:
    """Return whether more visits cost more than they bring, and sellers differ in nothing else beyond chance."""
    rest = levers.drop(index="rate")
    known = bool(levers.loc["rate", "distinct"]) and pd.notna(levers.loc["rate", "cost"])
    return known and levers.loc["rate", "gain"] <= 0 and not (rest["distinct"].astype(bool) & (rest["gain"] > 0)).any()


def _no_lever(result: "SalesFormula", row: pd.Series, common: dict) -> Finding:
    """SF-03 where more visits cost more than they bring and sellers do not differ in anything else."""
    money = result.context.money
    return Finding(
        severity=Severity.GREEN,
        title=message("Raising no factor pays: more visits cost more than they bring"),
        condition=message(
            "If sellers below the best quarter close part of the gap in visits per week, that comes to {gain} a year: "
            "the margin of the extra sales less {cost} for the extra visits. Only orders within {days} days of a "
            "visit count. In hit rate and value per sale sellers do not differ by more than chance.",
            days=Count(result.moments.age_days),
            gain=money(row["gain"], row["low"], row["high"]),
            cost=money(row["cost"]),
        ),
        recommendation=message("Do not ask for more visits of the same kind on these numbers."),
        **common,
    )


def _cost(result: "SalesFormula", factor: str, cost: float) -> Message:
    """Return what is known of the cost of pulling a lever."""
    if factor == "rate" and pd.notna(cost):
        return message("The cost of the extra visits, {cost}, is taken off.", cost=result.context.money(cost))
    return message("What it costs to get there is not known and not taken off.")


def _gain(money: Money, *, margin: bool) -> Money | Message:
    """Return the gain as money where it is margin, else in words: revenue is not to be added to margins."""
    return money if margin else message("{amount} of revenue a year (the margin is not known).", amount=money)


def _probability(value: float) -> Share | Message:
    """Return a probability counted in draws; all of some thousands is much, but not certainty."""
    return message("more than {sure}", sure=Share(SURE)) if value > SURE else Share(value)
