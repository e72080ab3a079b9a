"""What the contact with existing customers means, in words and as a table."""

import numpy as np
from scipy import stats

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.coverage import (
    ACTIVE_DAYS,
    CONTACT_DAYS,
    FEWEST_CUSTOMERS,
    NAMED,
    Coverage,
)
from salesaudit.analyses.visit_frequency.effects import priced, wants_a_price
from salesaudit.analyses.visit_frequency.near_orders import NEAR_DAYS
from salesaudit.dataset import Context
from salesaudit.figure import Col, Missing, Table
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Day, Money, PValue, Share
from salesaudit.i18n import Message, message
from salesaudit.stats import classify_normal

SURELY = 1.28
"""Standard errors from zero beyond which a gap is a gap, with a certainty of 0.9."""
NEARLY_ALL = 0.98
"""Share of the contacts that name the customer above which the others are not worth a sentence."""
NEEDED = ("orders.customer_id", "orders.order_date", "visits.customer_id")


def coverage_finding(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    """Judge the revenue of existing customers with whom there was no contact in a year."""
    found = result.coverage
    common = {
        "code": "VF-10",
        "criterion": message(
            "At most {minor} of the revenue of existing customers without any contact in {days} days; above {major} is "
            "urgent.",
            minor=Share(minor),
            major=Share(major),
            days=Count(CONTACT_DAYS),
        ),
        "recommendation": message("Agree how often each class of customers is contacted, and by whom."),
        "unit": message("existing customers"),
        "see": "existing",
    }
    if found is None:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("Whether existing customers are left alone cannot be said"),
            condition=message(
                "It takes orders and visits that both name the customer, and contacts recorded over a whole year."
            ),
            n=0,
            needs=_collect(),
        )
    if not found.tells:
        return Finding(
            **common,
            severity=Severity.GREY,
            title=message("Whether existing customers are left alone cannot be said"),
            condition=_unnamed(found),
            n=len(found.customers),
            needs=_names_wanted(found),
        )
    left = found.left
    colour = Severity(_colour(found, minor=minor, major=major))
    if not found.calls_all_year and colour in (Severity.RED, Severity.YELLOW):
        colour = Severity.GREY
    titles = {
        Severity.GREEN: message("The existing customers are in contact with the sellers"),
        Severity.GREY: message("Too few data to say whether existing customers are left alone"),
    }
    alone = found.customers.loc[~found.customers["contacted"]].sort_values("revenue_amount", ascending=False)
    effect = _lost(result) if colour in (Severity.RED, Severity.YELLOW) else None
    return Finding(
        **common,
        severity=colour,
        title=titles.get(
            colour,
            message("{left} of the revenue of existing customers got no contact in a year", left=Share(left.estimate)),
        ),
        condition=_condition(result),
        n=len(found.customers),
        effect=effect,
        effect_of=message(
            "margin a year; of the revenue of a year ago {gap} more was lost since where there was no contact, which "
            "does not show that contact keeps customers",
            gap=Share(result.worth.lapse.gap),
        )
        if isinstance(effect, Money)
        else None,
        needs=None
        if colour is not Severity.GREY
        else message("More customers with an owner, or another year of orders and contacts.")
        if found.calls_all_year
        else message("The calls of the sellers with day and customer (table activities): visits are not all contact."),
        evidence=Evidence.of("customers", alone.index) if len(alone) else None,
    )


def _lost(result: VisitFrequency) -> Money | Message:
    """Return the margin that was lost more often without contact, or why it is not known."""
    lost = None if result.worth is None else result.worth.lapse
    if lost is None:
        return message(
            "Not known: whether customers without contact are lost more often takes visits, calls and orders with "
            "amounts over two years."
        )
    if lost.lost_amount < SURELY * lost.se:
        return message(
            "Of the customers of a year ago, those without contact then were not lost more often since, beyond chance"
        )
    return priced(result, "VF-10") or wants_a_price(
        result,
        "VF-10",
        message(
            "Of the revenue of a year ago, {gap} more was lost since where there was no contact",
            gap=Share(lost.gap),
        ),
    )


def _colour(found, *, minor: float, major: float) -> str:
    """Return the colour on the logit scale, or from the share itself where all or none have had contact."""
    left = found.left
    if left.estimate in (0.0, 1.0):
        return classify_normal(left.estimate, 0.0, minor=minor, major=major).colour
    if not (left.low > 0 and left.high < 1 and found.clusters > 1):
        return "grey"
    half = stats.t.ppf((1 + left.confidence_level) / 2, found.df)
    se = (_logit(left.high) - _logit(left.low)) / (2 * half)
    return classify_normal(
        _logit(left.estimate), float(se), minor=_logit(minor), major=_logit(major), df=found.df
    ).colour


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _condition(result: VisitFrequency) -> Message:
    found, context = result.coverage, result.context
    alone = ~found.customers["contacted"]
    values = {
        "alone": Count(int(alone.sum())),
        "n": Count(len(found.customers)),
        "days": Count(CONTACT_DAYS),
        "left": Share(found.left.estimate, found.left.low, found.left.high),
    }
    if not found.calls:
        text = message(
            "{alone} of {n} existing customers, {left} of the revenue, had no visit in the last {days} days; calls are "
            "not recorded.",
            **values,
        )
    else:
        text = _alone(found, values, context)
    if found.calls and not found.calls_all_year:
        text = message("{coverage} Calls are not recorded over all of these days.", coverage=text)
    if found.named < NEARLY_ALL:
        text = message(
            "{coverage} {named} of the visits and calls name the customer: whoever was met in the others may be among "
            "them.",
            coverage=text,
            named=Share(found.named),
        )
    if found.near is None:
        return text
    return message("{coverage} {near}", coverage=text, near=near_message(result))


def _unnamed(found: Coverage) -> Message:
    """Say why nobody can be called left alone: who was met in the other contacts may be anybody."""
    return message(
        "{named} of the visits and calls of the last {days} days name the customer; it takes {least}, since whoever "
        "was met in the others would pass for left alone.",
        named=Share(found.named),
        days=Count(CONTACT_DAYS),
        least=Share(NAMED),
    )


def _names_wanted(found: Coverage) -> Message:
    return message(
        "The customer of each visit and call (visits.customer_id, activities.customer_id); {named} name it now.",
        named=Share(found.named),
    )


def _alone(found: Coverage, values: dict, context: Context) -> Message:
    alone = ~found.customers["contacted"]
    return (
        message(
            "{alone} of {n} existing customers had neither visit nor call in the last {days} days. They bought for "
            "{amount} in two years, {left} of the revenue of existing customers.",
            **values,
            amount=context.money(float(found.customers.loc[alone, "revenue_amount"].sum())),
        )
        if found.amounts
        else message(
            "{alone} of {n} existing customers, {left}, had neither visit nor call in the last {days} days.", **values
        )
    )


def near_message(result: VisitFrequency) -> Message:
    """Say how many visits lie near an order, and how many would by chance."""
    near = result.coverage.near
    values = {
        "share": Share(near.test.statistic),
        "days": Count(NEAR_DAYS),
        "chance": Share(near.test.null_mean),
        "pvalue": PValue(near.test.pvalue),
    }
    if near.purposes and near.quotes:
        text = message(
            "{share} of the visits to them present or negotiate a quote or lie within {days} days of an order or a "
            "quote; {chance} would if their days meant nothing (p-value {pvalue}).",
            **values,
        )
    elif near.purposes:
        text = message(
            "{share} of the visits to them present or negotiate a quote or lie within {days} days of an order; "
            "{chance} would if their days meant nothing (p-value {pvalue}).",
            **values,
        )
    elif near.quotes:
        text = message(
            "{share} of the visits to them lie within {days} days of an order or a quote; {chance} would if their days "
            "meant nothing (p-value {pvalue}).",
            **values,
        )
    else:
        text = message(
            "{share} of the visits to them lie within {days} days of an order; {chance} would if their days meant "
            "nothing (p-value {pvalue}).",
            **values,
        )
    return message(
        "{near} Visits may bring orders, so this alone does not show that customers are met only when they buy.",
        near=text,
    )


def _collect() -> Message:
    return message(
        "Orders of two years and visits of one year, both with the customer, of at least {n} customers.",
        n=Count(FEWEST_CUSTOMERS),
    )


def table_existing(result: VisitFrequency) -> Table | Missing:
    """Return the contact with existing customers by class."""
    found = result.coverage
    if found is None:
        return Missing(
            message("Are existing customers left alone?"),
            [n for n in NEEDED if n in result.absent],
            _collect(),
            result.context,
        )
    if not found.tells:
        return Missing(
            message("Are existing customers left alone?"),
            ["visits.customer_id", "activities.customer_id"],
            _names_wanted(found),
            result.context,
        )
    words = {
        "largest": message("The fifth with the largest revenue"),
        "middle": message("The next three tenths"),
        "smallest": message("The smaller half"),
    }
    loc = result.context.loc
    names = found.groups["group"] if found.own_classes else [words[g].text(loc) for g in found.groups["group"]]
    columns = [
        Col("class", message("Customers")),
        Col("customers", message("Number"), "count"),
        Col("share", message("With a contact in the year"), "share", low="low", high="high"),
        Col("gap_days", message("Median days between contacts"), "days", low="gap_low", high="gap_high"),
    ]
    if found.amounts:
        columns.append(
            Col(
                "left_amount", message("Revenue without contact, {currency}", currency=result.context.currency), "money"
            )
        )
    return Table(
        "existing",
        message("Contact with existing customers"),
        found.groups.assign(**{"class": list(names)}),
        columns,
        result.context,
        subtitle=message(
            "Existing: an order in the last {active} days, the first of them more than {year} days ago; contact: a "
            "visit in any channel or a call, also one that was not answered where the CRM does not tell; until {end}",
            active=Count(ACTIVE_DAYS),
            year=Count(CONTACT_DAYS),
            end=Day(result.context.end),
        ),
    )
