"""What the findings are worth, each alone and all together, as a table."""

import pandas as pd

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.judgement import findings
from salesaudit.analyses.visit_frequency.worth import UNUSUAL, Worth
from salesaudit.figure import Col, Missing, Table
from salesaudit.finding import EFFECT_LEVEL, Findings
from salesaudit.format import Listed, Money, Share
from salesaudit.i18n import Message, message
from salesaudit.stats import JointWorth

TITLE = message("What the findings are worth, and all together")
ORDERS = ("orders.customer_id", "orders.order_date", "orders.amount", "visits.customer_id")
KINDS = {
    "VF-02": message("Cost, at most"),
    "VF-02b": message("Margin, realised in part"),
    "VF-06": message("Cost, at most"),
    "VF-08": message("Margin, realised in part"),
    "VF-10": message("Margin that goes with it"),
    "VF-12": message("Margin, realised in part"),
}


def table_worth(
    result: VisitFrequency, *, judged: Findings | None = None, contact_norm: float = 0.17, fdr: float = 0.10
) -> Table | Missing:
    """Return the amounts of the findings, their sum, and what they are worth together with each hour counted once.

    Parameters
    ----------
    judged : Findings, optional
        The findings whose amounts are shown; those of `findings` with its defaults where missing.
    contact_norm, fdr : float
        As given to `findings`.
    """
    if judged is None:
        judged = findings(result, contact_norm=contact_norm, fdr=fdr)
    shown = [f for f in judged if isinstance(f.effect, Money) and f.code in KINDS]
    if not shown or result.worth is None:
        return _nothing(result, judged)
    claims = result.worth.claims(contact_norm=contact_norm, odd_share=result.log.odd_share(fdr))
    together = result.worth.together([claims[f.code] for f in shown])
    loc, several = result.context.loc, len(shown) > 1
    rows = [(f.title.text(loc), KINDS[f.code].text(loc), f.effect.value, f.effect.low, f.effect.high) for f in shown]
    if several:
        whole = ((message("Plain sum"), together.added), (message("All together"), together.joint))
        rows += [(name.text(loc), "", p.p50, p.p10, p.p90) for name, p in whole]
    return Table(
        "worth",
        TITLE,
        pd.DataFrame(rows, columns=["finding", "kind", "amount", "low", "high"]),
        [
            Col("finding", message("Finding")),
            Col("kind", message("What the amount is")),
            Col("amount", message("{currency} a year", currency=result.context.currency), "money", "low", "high"),
        ],
        result.context,
        subtitle=_read_so(result.worth, together, several=several),
        total=several,
    )


def _read_so(worth: Worth, together: JointWorth, *, several: bool) -> Message:
    text = message(
        "Middle case, and the range of {level} of the cases; costs are upper limits, and what goes with something need "
        "not come from it",
        level=Share(EFFECT_LEVEL),
    )
    if several:
        text = message(
            "{text}; all together counts a working hour once where several findings speak of it, the plain sum each "
            "time; middle cases do not add up exactly",
            text=text,
        )
    if together.joint.p50 > UNUSUAL * worth.margin_amount:
        text = message(
            "{text}. All together is {share} of the margin of the customers visited: unusually large, check the inputs",
            text=text,
            share=Share(together.joint.p50 / worth.margin_amount),
        )
    return text


def _nothing(result: VisitFrequency, judged: Findings) -> Missing:
    """Say why there is no amount: the client has not given what it takes, or no finding claims one."""
    lacks = result.worth.lacks if result.worth else frozenset()
    settings = tuple(name for name in ("gross_margin", "hour_cost", "hours_per_visit") if name in lacks)
    unpriced = any(f.code in KINDS and f.effect is not None for f in judged)
    if not (unpriced and (settings or "orders" in lacks)):
        return Missing(TITLE, [], message("No finding claims an amount of money."), result.context)
    names = [message("{settings} in client.toml", settings=Listed(settings))] if settings else []
    if "orders" in lacks:
        names.append(message("orders with customer, day and amount"))
    columns = [name for name in ORDERS if name in result.absent] if "orders" in lacks else []
    return Missing(TITLE, columns, message("What a price takes: {names}.", names=Listed(tuple(names))), result.context)
