"""Where the hours of the sellers go, as a figure."""

import pandas as pd

from salesaudit import charts
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.capacity import FEWEST_DIARIES
from salesaudit.analyses.visit_frequency.judgement_capacity import category_names
from salesaudit.analyses.visit_frequency.time_use import Hours
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Day, Share
from salesaudit.i18n import Message, message

MOST_SELLERS = 30
FIGURE_KEY = "hours"


def plot_time(result: VisitFrequency, *, contact_norm: float = 0.17) -> Figure | Missing:
    """Show how each seller's time and that of all divides, with the usual share of contact with customers as a line.

    Parameters
    ----------
    contact_norm : float
        Share of the time that is contact with customers elsewhere, 0-1.
    """
    context, hours = result.context, result.hours
    if hours is None or len(hours.sellers) < FEWEST_DIARIES:
        return Missing(
            message("Where do the hours go?"),
            [n for n in ("time_use.minutes",) if n in result.absent],
            message(
                "A time diary of at least {n} sellers over one or two weeks (table time_use).", n=Count(FEWEST_DIARIES)
            ),
            context,
        )
    loc, own = context.loc, hours.sellers
    names = category_names()
    known = list(hours.team.index)
    everybody = pd.DataFrame([{"label": message("All sellers").text(loc), **hours.team}])
    frame = pd.concat([everybody, own.head(MOST_SELLERS)[["label", *known]]], ignore_index=True)
    contact, norm = hours.team["contact"], Share(contact_norm)
    return Figure(
        FIGURE_KEY,
        charts.stacked_bars(
            frame,
            label="label",
            values={name: names[name].text(loc) for name in known},
            loc=loc,
            xlabel=message("share of the working time").text(loc),
            quiet=("other",),
            references=[(contact_norm, message("usual contact {norm}", norm=norm).text(loc))],
        ),
        message(
            "{contact} of the working time is contact with customers; {norm} is usual",
            contact=Share(contact),
            norm=norm,
        ),
        _subtitle(hours),
        message(
            "Contact with customers: {contact} of all sellers' time; the largest other part: {largest}, {share}. "
            "Contact is lowest for {lowest}, {low}, and highest for {highest}, {high}.",
            contact=Share(contact),
            largest=names[hours.team.drop("contact").idxmax()],
            share=Share(hours.team.drop("contact").max()),
            lowest=own.loc[own["contact"].idxmin(), "label"],
            low=Share(own["contact"].min()),
            highest=own.loc[own["contact"].idxmax(), "label"],
            high=Share(own["contact"].max()),
        ),
        frame,
        context,
        individual=True,
    )


def _subtitle(hours: Hours) -> Message:
    values = {"hours": Count(round(hours.sellers["minutes"].sum() / 60)), "n": Count(len(hours.sellers))}
    if hours.start is None:
        return message("Share of the recorded time; {hours} hours in the diaries of {n} sellers", **values)
    return message(
        "Share of the recorded time; {hours} hours in the diaries of {n} sellers, {start} to {end}",
        start=Day(hours.start),
        end=Day(hours.end),
        **values,
    )
