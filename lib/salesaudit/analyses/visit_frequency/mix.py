"""Who is visited and what for, as figures."""

import pandas as pd

from salesaudit import charts
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Listed, Share
from salesaudit.i18n import Message, message

MOST_SELLERS = 30
TOWARDS = ("PRE", "NEED", "QUO", "NEG")
"""Purposes that lead towards a contract."""


def plot_customer_kinds(result: VisitFrequency) -> Figure | Missing:
    """Show the share of visits to new and existing customers by seller."""
    if result.kinds is None:
        return Missing(
            message("How many visits go to new customers?"),
            [n for n in ("visits.customer_id", "orders.order_date", "orders.customer_id") if n in result.absent],
            message(
                "The customer of each visit, and the orders from {days} days before the period.",
                days=Count(result.new_after_days),
            ),
            result.context,
        )
    context, loc = result.context, result.context.loc
    frame = result.sellers.loc[result.sellers["count"] > 0, ["label", "new", "existing", "unknown"]]
    words = {"new": message("new"), "existing": message("existing"), "unknown": message("not known")}
    new, unknown = result.kinds.get("new", 0.0), result.kinds.get("unknown", 0.0)
    title = (
        message("{new} of the visits go to new customers", new=Share(new))
        if unknown < 0.005
        else message(
            "{new} of the visits go to new customers, at most {high} if those not known are new",
            new=Share(new),
            high=Share(new + unknown),
        )
    )
    return Figure(
        "customer_kinds",
        charts.stacked_bars(
            frame.head(MOST_SELLERS),
            label="label",
            values={kind: word.text(loc) for kind, word in words.items() if result.kinds.get(kind, 0.0) > 0},
            loc=loc,
            xlabel=message("share of visits").text(loc),
            quiet=("unknown",),
        ),
        title,
        message(
            "Share of visits; new: no order in the {days} days before the visit; not known: the orders begin too late "
            "to tell; {n} visits",
            days=Count(result.new_after_days),
            n=Count(len(result.counted.visits)),
        ),
        message(
            "New {new}, existing {existing}, not known {unknown}. The share of new is lowest for {lowest}, {low}, and "
            "highest for {highest}, {high}.",
            lowest=frame.loc[frame["new"].idxmin(), "label"],
            low=Share(frame["new"].min()),
            highest=frame.loc[frame["new"].idxmax(), "label"],
            high=Share(frame["new"].max()),
            new=Share(new),
            existing=Share(result.kinds.get("existing", 0.0)),
            unknown=Share(unknown),
        ),
        frame,
        context,
        individual=True,
    )


def plot_purposes(result: VisitFrequency) -> Figure | Missing:
    """Show the share of each planned purpose by seller."""
    if result.purposes is None or result.purposes.empty:
        return Missing(
            message("What are the visits for?"),
            [n for n in ("visits.purpose_planned",) if n in result.absent],
            message("The purpose of each visit, planned before it; or the words in the calendar that tell it."),
            result.context,
        )
    context, loc = result.context, result.context.loc
    names = _purpose_names()
    known = [code for code in names if code in result.purposes]
    visits = result.counted.visits["purpose_planned"]
    frame = result.sellers[["label"]].join(result.purposes[known])
    frame = frame[result.sellers["count"] > 0]
    towards = frame[[code for code in known if code in TOWARDS]].sum(axis=1)
    share = float(visits.isin(TOWARDS).mean())
    return Figure(
        "purposes",
        charts.stacked_bars(
            frame.head(MOST_SELLERS),
            label="label",
            values={code: names[code].text(loc) for code in known},
            loc=loc,
            xlabel=message("share of visits").text(loc),
            quiet=("missing",),
        ),
        message("{share} of the visits are meant to lead towards a contract", share=Share(share)),
        message(
            "Share of visits by planned purpose; {n} visits, {missing} without a purpose",
            n=Count(len(visits)),
            missing=Count(int(visits.isna().sum())),
        )
        if visits.isna().any()
        else message("Share of visits by planned purpose; {n} visits", n=Count(len(visits))),
        message(
            "Most frequent purpose: {purpose}. Towards a contract go from {low} ({lowest}) to {high} "
            "({highest}) of a seller's visits.",
            low=Share(towards.min()),
            lowest=frame.loc[towards.idxmin(), "label"],
            high=Share(towards.max()),
            highest=frame.loc[towards.idxmax(), "label"],
            purpose=Listed(tuple(names[code] for code in _most_frequent(visits))),
        ),
        frame,
        context,
        individual=True,
    )


def _most_frequent(purpose: pd.Series) -> list[str]:
    """Return the most frequent purpose, or all that share the first place."""
    counts = purpose.value_counts()
    return sorted(counts.index[counts == counts.max()].astype(str))


def _purpose_names() -> dict[str, Message]:
    return {
        "REL": message("relation"),
        "PRE": message("presentation"),
        "NEED": message("needs analysis"),
        "QUO": message("quote"),
        "NEG": message("negotiation"),
        "REP": message("reporting"),
        "OTH": message("other"),
        "missing": message("not given"),
    }
