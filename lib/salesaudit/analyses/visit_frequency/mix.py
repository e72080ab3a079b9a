"""Who is visited, as a figure."""

from salesaudit import charts
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.figure import Figure, Missing
from salesaudit.format import Count, Share
from salesaudit.i18n import message

MOST_SELLERS = 30


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
