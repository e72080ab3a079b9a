"""Key figures and tables."""

from salesaudit.analyses.visit_frequency.activity_targets import CallDays
from salesaudit.analyses.visit_frequency.analysis import FEWEST_WEEKS, VisitFrequency
from salesaudit.analyses.visit_frequency.gaps import TARGETS_WANTED, team_rate
from salesaudit.analyses.visit_frequency.judgement_caveats import (
    MANY,
    beside_the_rate,
    on_working_days,
    repeats_message,
    with_beside,
)
from salesaudit.calendar import WORKING_DAYS
from salesaudit.figure import Col, Kpi, Kpis, Missing, Table
from salesaudit.format import Count, Listed, Number, Rate, Share
from salesaudit.i18n import Message, message
from salesaudit.privacy import FEWEST
from salesaudit.stats import Interval

NOT_MEASURED = message("At least {n} complete weeks of visits, each with its seller and day.", n=Count(FEWEST_WEEKS))


def key_figures(result: VisitFrequency) -> Kpis:
    """Return the measured rate, the believed one, the target, and the share of days out."""
    belief, target = result.belief, result.target
    items = [
        Kpi(
            message("Visits per normal week"),
            team_rate(result),
            _rate_note(result),
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
        believed = Rate(belief.believed.estimate)
        items.append(Kpi(message("Believed by management"), believed, message("geometric mean of the answers")))
    if target is not None:
        items.append(Kpi(message("Target"), Rate(target.team), message("visits per normal week")))
    out, days = result.sellers.get("days_out"), result.counted.exposure.to_numpy().sum() * WORKING_DAYS
    if result.team is not None and out is not None and out.sum():
        items.append(
            Kpi(
                message("Days with a visit"),
                Share(float(out.sum() / days)),
                _day_note(result, float(out.sum()) > days, len(result.counted.visits) / out.sum()),
            )
        )
    return Kpis(items[:4], result.context)


def _rate_note(result: VisitFrequency) -> Message:
    text = message(
        "one seller; {visits} visits over {weeks} complete weeks",
        visits=Count(len(result.counted.visits)),
        weeks=Count(result.counted.weeks),
    )
    return with_beside(result, message("{text}.", text=text)) if beside_the_rate(result) else text


def _day_note(result: VisitFrequency, off_days: bool, per_day: float) -> Message:
    said = on_working_days(result)
    if said is not None:
        return message("{visits} visits per such day; {off}", visits=Rate(per_day), off=said)
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
            "A normal week is {days} working days without holidays and absence; days off with a visit count as days "
            "with a visit; {period}",
            days=Count(WORKING_DAYS),
            period=result.counted.window,
        )
        if result.caveats.days_off.share >= MANY
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
    words, loc = activity_names(), result.context.loc
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
        subtitle=_activities_subtitle(result),
        rows_shown=12,
    )


def _activities_subtitle(result: VisitFrequency) -> Message:
    text = message("Complete weeks only; {period}", period=result.counted.window)
    repeated = repeats_message(result)
    if repeated is not None:
        text = message("{text}. {calls}", text=text, calls=repeated)
    calls = _calls(result)
    if calls is None or result.activity_targets.set:  # calls by the day stand with the targets
        return text
    return message("{text}. {calls}", text=text, calls=calls_message(calls))


def _calls(result: VisitFrequency) -> CallDays | None:
    """Return the calls by the day, where the edition may show them."""
    calls = None if result.activity_targets is None else result.activity_targets.calls
    return calls if calls and (result.context.individual or calls.sellers >= FEWEST) else None


def table_parts(result: VisitFrequency) -> Table | Missing:
    """Return the visits per normal week by customer, channel, class of the customer and team."""
    title = message("Visits per normal week by customer, channel and team")
    if result.parts is None:
        return Missing(title, [], NOT_MEASURED, result.context)
    if result.parts.empty:
        collect = message("The customer and the channel of each visit, the class of each customer, the orders.")
        needs = ("visits.customer_id", "visits.channel", "orders.order_date", "customers.client_category")
        return Missing(title, [n for n in needs if n in result.absent], collect, result.context)
    words, loc = part_words(), result.context.loc
    names = [part_name(row.by, row.part).text(loc) for row in result.parts.itertuples()]
    return Table(
        "parts",
        title,
        result.parts.assign(name=[name[:1].upper() + name[1:] for name in names]),
        [
            Col("name", message("Visits")),
            Col("rate", message("Per normal week"), "rate", low="low", high="high", sellers="sellers"),
            Col("visits", message("Number"), "count", sellers="sellers"),
            Col("sellers", message("Sellers"), "count", sellers="sellers"),
        ],
        result.context,
        subtitle=message(
            "Of one seller; a team over its own weeks; new: no order in the {days} days before the visit; channels "
            "other than {channels} do not count as a visit; {period}",
            days=Count(result.new_after_days),
            channels=Listed(tuple(words["channel", c] for c in result.channels if ("channel", c) in words)),
            period=result.counted.window,
        )
        if result.parts["by"].eq("channel").any()
        else message(
            "Of one seller; a team over its own weeks; new: no order in the {days} days before the visit; {period}",
            days=Count(result.new_after_days),
            period=result.counted.window,
        ),
        rows_shown=30,
    )


def part_words() -> dict[tuple[str, str], Message]:
    """Return the words of the parts by customer and channel."""
    return {
        ("customer", "existing"): message("existing customers"),
        ("customer", "new"): message("new customers"),
        ("customer", "unknown"): message("customers not known"),
        ("channel", "physical"): message("on site"),
        ("channel", "video"): message("video"),
        ("channel", "phone"): message("telephone"),
        ("channel", "unknown"): message("channel not known"),
        ("class", "unknown"): message("class not known"),
    }


def part_name(by: str, part: str) -> Message:
    """Return the name of one part; the client's own classes and teams stay as they are."""
    words = part_words()
    if (by, part) in words:
        return words[by, part]
    if by == "class":
        return message("class {name}", name=part)
    return message("team {name}", name=part)


def table_targets(result: VisitFrequency) -> Table | Missing:
    """Return every kind of activity beside its target, those without one last."""
    found = result.activity_targets
    title = message("Targets on activities, and what is reached of them")
    if found is None:
        return Missing(title, [], NOT_MEASURED, result.context)
    if not found.set:
        return Missing(title, [n for n in ("targets.target",) if n in result.absent], TARGETS_WANTED, result.context)
    words, loc = activity_names(), result.context.loc
    frame = found.kinds.assign(
        activity=[words[k].text(loc) if k in words else k for k in found.kinds["kind"]],
        # Sellers without a target say nothing about one; what nobody has a target on is counted over all.
        counted=found.kinds["sellers"].where(found.kinds["sellers"] > 0, len(result.sellers)),
    )
    reached = {"sellers": "counted"}
    return Table(
        "targets",
        title,
        frame,
        [
            Col("activity", message("Activity")),
            Col("target", message("Target per normal week"), "rate", **reached),
            Col("rate", message("Per normal week"), "rate", low="low", high="high", **reached),
            Col("attainment", message("Of target"), "share", low="attainment_low", high="attainment_high", **reached),
            Col("weeks_share", message("Weeks reached"), "share", low="weeks_low", high="weeks_high", **reached),
            Col("sellers", message("Sellers with a target"), "count"),
        ],
        result.context,
        subtitle=_targets_subtitle(result),
        rows_shown=12,
    )


def _targets_subtitle(result: VisitFrequency) -> Message:
    calls = _calls(result)
    text = message(
        "Of one seller; sellers without a target are left out where others have one; {period}",
        period=result.counted.window,
    )
    return text if calls is None else message("{text}. {calls}", text=text, calls=calls_message(calls))


def calls_message(calls: CallDays) -> Message:
    """Say how many calls a working day holds, and how often the target and the anchor are reached."""
    values = {"median": _plain(calls.median), "days": Count(calls.days), "anchor": _plain(calls.anchor)}
    if not calls.target > 0 and not calls.median > 0:
        return message(
            "Outgoing calls of the sellers who call: on half or more of {days} working days there is none.",
            days=Count(calls.days),
        )
    if not calls.target > 0:
        return message(
            "Outgoing calls of the sellers who call: half of {days} working days hold at most {median}; {anchor} or "
            "more are made on {share} of them.",
            share=told_share(calls.at_anchor),
            **values,
        )
    if calls.target == calls.anchor:
        return message(
            "Outgoing calls: half of {days} working days hold at most {median}; the target of {target} is reached on "
            "{share} of them.",
            target=_plain(calls.target),
            share=told_share(calls.reached),
            **values,
        )
    return message(
        "Outgoing calls: half of {days} working days hold at most {median}; the target of {target} is reached on "
        "{share} of them, and {anchor} or more are made on {others}.",
        target=_plain(calls.target),
        share=told_share(calls.reached),
        others=told_share(calls.at_anchor),
        **values,
    )


def _plain(number: float) -> Number:
    """Return a number with a decimal only where there is one."""
    return Number(number, decimals=0 if float(number).is_integer() else 1)


def told_share(interval: Interval) -> Share:
    """Return a share with its interval, where that says anything."""
    told = interval.low > 0 or interval.high < 1
    return Share(interval.estimate, interval.low, interval.high) if told else Share(interval.estimate)


def activity_names() -> dict[str, Message]:
    """Return the words of the known codes; a client's own words stay as they are."""
    return {
        "visits": message("Visits"),
        "new_visits": message("Visits to new customers"),
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
