"""Key figures and tables."""

from salesaudit.analyses.visit_frequency.analysis import FEWEST_WEEKS, VisitFrequency
from salesaudit.analyses.visit_frequency.gaps import team_rate
from salesaudit.calendar import WORKING_DAYS
from salesaudit.figure import Col, Kpi, Kpis, Missing, Table
from salesaudit.format import Count, Rate, Share
from salesaudit.i18n import Message, message

NOT_MEASURED = message("At least {n} complete weeks of visits, each with its seller and day.", n=Count(FEWEST_WEEKS))


def key_figures(result: VisitFrequency) -> Kpis:
    """Return the measured rate, the believed one, the target, and the share of days out."""
    belief, target = result.belief, result.target
    items = [
        Kpi(
            message("Visits per normal week"),
            team_rate(result),
            message(
                "one seller; {visits} visits over {weeks} complete weeks",
                visits=Count(len(result.counted.visits)),
                weeks=Count(result.counted.weeks),
            ),
        )
    ]
    sample = result.verification.sample
    if result.team is not None and sample is not None and sample.enough:
        made = sample.per_week(result.team, sample.took_place)
        items.append(
            Kpi(
                message("Took place"),
                Rate(made.estimate, made.low, made.high),
                message("visits per normal week, by what customers say"),
            )
        )
    if belief is not None:
        believed = belief.ratio.estimate * result.team.estimate
        items.append(Kpi(message("Believed by management"), Rate(believed), message("geometric mean of the answers")))
    if target is not None:
        items.append(Kpi(message("Target"), Rate(target.team), message("visits per normal week")))
    out, days = result.sellers.get("days_out"), result.counted.exposure.to_numpy().sum() * WORKING_DAYS
    if result.team is not None and out is not None and out.sum():
        items.append(
            Kpi(
                message("Days with a visit"),
                Share(float(out.sum() / days)),
                _day_note(float(out.sum()) > days, len(result.counted.visits) / out.sum()),
            )
        )
    return Kpis(items[:4], result.context)


def _day_note(off_days: bool, per_day: float) -> Message:
    if off_days:
        return message("{visits} visits per such day; days off with a visit count too", visits=Rate(per_day))
    return message("{visits} visits per such day", visits=Rate(per_day))


def table_sellers(result: VisitFrequency) -> Table | Missing:
    """Return the numbers of each seller, in the order of the labels."""
    if result.team is None:
        return Missing(message("The sellers' visits"), [], NOT_MEASURED, result.context)
    columns = [
        Col("label", message("Seller"), "seller"),
        Col("count", message("Visits"), "count"),
        Col("exposure", message("Normal weeks"), "number"),
        Col("estimate", message("Visits per week"), "rate", low="low", high="high"),
        Col("fair", message("Adjusted for chance"), "rate"),
        Col("days_out_share", message("Days with a visit"), "share"),
        Col("per_day_out", message("Visits per such day"), "rate"),
    ]
    if result.kinds is not None:
        columns.append(Col("new", message("New customers"), "share"))
    return Table(
        "sellers_table",
        message("The sellers' visits"),
        result.sellers[[n for c in columns for n in (c.name, c.low, c.high) if n]].reset_index(drop=True),
        columns,
        result.context,
        subtitle=message(
            "A normal week is {days} working days without holidays and absence; visits on days off bring the days "
            "with a visit above 100 per cent of the working days; {period}",
            days=Count(WORKING_DAYS),
            period=result.counted.window,
        )
        if result.sellers["days_out_share"].gt(1).any()
        else message(
            "A normal week is {days} working days without holidays and absence; {period}",
            days=Count(WORKING_DAYS),
            period=result.counted.window,
        ),
        rows_shown=30,
        individual=True,
    )


def table_activities(result: VisitFrequency) -> Table | Missing:
    """Return the activities other than visits, per normal week."""
    if result.activities is None:
        return Missing(
            message("What else do the sellers do?"),
            [n for n in ("activities.type", "activities.date", "activities.seller_id") if n in result.absent],
            message("The activity log of the CRM: calls, demonstrations, seminars, with seller and day."),
            result.context,
        )
    words, loc = _activity_names(), result.context.loc
    return Table(
        "activities",
        message("Other activities per normal week of one seller"),
        result.activities.assign(
            activity=[words[t].text(loc) if (t := str(code)) in words else t for code in result.activities["type"]]
        ),
        [
            Col("activity", message("Activity")),
            Col("count", message("Number"), "count", sellers="sellers"),
            Col("sellers", message("Sellers"), "count", sellers="sellers"),
            Col("rate", message("Per normal week"), "rate", low="low", high="high", sellers="sellers"),
        ],
        result.context,
        subtitle=message("Complete weeks only; {period}", period=result.counted.window),
        rows_shown=12,
    )


def _activity_names() -> dict[str, Message]:
    """Return the words of the known codes; a client's own words stay as they are."""
    return {
        "call_out": message("Outgoing calls"),
        "call_in": message("Incoming calls"),
        "email_out": message("E-mails sent"),
        "email_in": message("E-mails received"),
        "demo": message("Demonstrations"),
        "seminar": message("Seminars"),
        "networking": message("Networking"),
        "admin": message("Administration"),
        "prospecting": message("Prospecting"),
        "meeting_booked": message("Meetings booked"),
        "quote_created": message("Quotes made"),
        "newsletter": message("Newsletters"),
    }
