"""Method and limits of the sales formula, with the numbers of this run."""

from typing import TYPE_CHECKING

from salesaudit.analyses.sales_formula.analysis import REALISATION
from salesaudit.analyses.sales_formula.sellers import CLOSED, FACTORS, PEERS_QUANTILE
from salesaudit.analyses.sales_formula.words import CONTACTS
from salesaudit.figure import Note
from salesaudit.format import Count, Day, Listed, Share
from salesaudit.i18n import Message, message

if TYPE_CHECKING:
    from salesaudit.analyses.sales_formula.analysis import SalesFormula

STEP = 0.10
"""The change of a factor that the example in the note speaks of."""
UNLOCKS: dict[str, Message] = {
    "visits.seller_id": message("The formula from visits, by seller."),
    "visits.customer_id": message("Which visits an order followed."),
    "visits.date": message("Visits as the start of the formula."),
    "orders.customer_id": message("Which visits an order followed."),
    "orders.order_date": message("Orders as the result of visits."),
    "orders.amount": message("The value of an order."),
    "orders.channel": message("Orders by web, phone and visit apart."),
    "activities.customer_id": message("Calls and mailings beside visits."),
    "opportunities.source": message("The formula by source: inbound, outbound, referral, existing."),
    "absence.seller_id": message("Normal weeks net of leave; a yearly leave is assumed."),
}


def method(result: "SalesFormula") -> Note:
    """Return n, windows, formulas, exclusions and references as used in this run."""
    items = [
        (message("Formula"), _formula(result)),
        (message("Periods"), _periods(result)),
        (message("Left out"), _left_out(result)),
        (
            message("Split of the change"),
            message(
                "Additive and exact over channels and factors (logarithmic mean Divisia index): each part is the "
                "logarithmic mean of the two sales times the logarithm of the factor's change. Intervals from {draws} "
                "repetitions: sales by chance at the rate seen, orders without a contact as Poisson counts, values "
                "drawn again from those seen; visits are counted, not estimated.",
                draws=Count(len(result.change.draws) if result.change else 0),
            ),
        ),
        (
            message("{step} more", step=Share(STEP)),
            message(
                "In a product {ten} more of any factor gives the same {ten} more sales, all three together {three}. "
                "Levers differ only in how far they can be moved, at what cost and with what side effects: more "
                "visits may lower the hit rate.",
                ten=Share(STEP),
                three=Share((1 + STEP) ** len(FACTORS) - 1),
            ),
        ),
        (
            message("Sellers"),
            message(
                "Visits per normal week from weekly counts that vary more than chance alone; hit rate by Wilson's "
                "score; value and sales on the logarithmic scale with t for the number of sales. Levers: each factor "
                "adjusted for chance, gap to the level that the best {best} of the sellers reach, {middle} of it "
                "closed on average, {low} to {high} of the gain realised. {cost}",
                best=Share(1 - PEERS_QUANTILE),
                middle=Share(CLOSED[1]),
                low=Share(REALISATION[0]),
                high=Share(REALISATION[-1]),
                cost=_visit_cost(result),
            ),
        ),
        (
            message("Limits"),
            message(
                "An order soon after a visit is tied to it by time only: visits also go where orders are expected. "
                "Nothing here says that a further visit would have brought another order."
            ),
        ),
        (
            message("References"),
            message(
                "Ang (2005), Energy Policy 33; Efron and Tibshirani (1993), An Introduction to the Bootstrap; Newcombe "
                "(1998), Statistics in Medicine 17; Paule and Mandel (1982), J. Res. NBS 87."
            ),
        ),
    ]
    return Note(items, result.context, [(name, UNLOCKS[name]) for name in result.missing])


def _visit_cost(result: "SalesFormula") -> Message:
    levers = result.sellers.levers
    if "rate" in levers.index and levers["cost"].notna().loc["rate"]:
        return message(
            "More visits: hours per visit times the cost of an hour are taken off for each visit that is added."
        )
    return message("The cost of pulling a lever is not taken off.")


def _formula(result: "SalesFormula") -> Message:
    if result.moments.kind == "opportunities":
        return message(
            "Sales = opportunities × share won within {days} days of creation × mean amount of those won. {n} "
            "opportunities.",
            days=Count(result.moments.age_days),
            n=Count(len(result.moments.frame)),
        )
    return message(
        "Sales = visits × share followed by an order of the same customer within {days} days × amount per visit so "
        "followed. An order belongs to the last visit before it; {other} of {orders} orders followed none and stand "
        "apart.",
        days=Count(result.moments.age_days),
        other=Count(len(result.moments.other)),
        orders=Count(len(result.moments.orders)),
    )


def _periods(result: "SalesFormula") -> Message:
    windows = result.windows
    if windows.now is None:
        return message("The period is too short, or too young, to be compared with anything.")
    season = (
        message("Both cover the same time of the year.")
        if windows.season_removed
        else message("The season is not removed: they cover different times of the year.")
    )
    return message(
        "{a} to {b} against {c} to {d}, {days} days each. The last {age} days before the day of the audit are left "
        "out, so that every visit or opportunity has had the same time. {season}",
        a=Day(windows.now[0]),
        b=Day(windows.now[1]),
        c=Day(windows.before[0]),
        d=Day(windows.before[1]),
        days=Count(windows.days),
        age=Count(result.moments.age_days),
        season=season,
    )


def _left_out(result: "SalesFormula") -> Message:
    out = result.moments.left_out
    if not any(out.values()) and not result.partial:
        return message("Nothing.")
    if result.moments.kind == "opportunities":
        return message(
            "Opportunities without the dates needed: {undated}; closed before they were created: {backwards}.",
            undated=Count(out["opportunities_without_dates"]),
            backwards=Count(out["closed_before_created"]),
        )
    partial = message("No channel of contacts.")
    if result.partial:
        partial = message(
            "Contacts not recorded from the start of both periods, so that their orders stand apart: {names}.",
            names=Listed(tuple(CONTACTS.get(c, c) for c in result.partial)),
        )
    if not any(out.values()):
        return partial
    return message(
        "Orders without date or amount: {undated}; credit notes or zero amounts: {credits}; visits or contacts "
        "without date or customer: {moments}. {partial}",
        undated=Count(out["orders_without_date_or_amount"]),
        credits=Count(out["credits"]),
        moments=Count(out["moments_without_date_or_customer"]),
        partial=partial,
    )
