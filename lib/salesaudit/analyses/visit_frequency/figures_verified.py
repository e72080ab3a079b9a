"""From logged to effective visits as a figure; the sellers' answers and the ladder of evidence as tables."""

import pandas as pd

from salesaudit import charts
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.judgement_verified import ASK
from salesaudit.analyses.visit_frequency.tables import NOT_MEASURED
from salesaudit.analyses.visit_frequency.verified import Verified
from salesaudit.figure import Col, Figure, Missing, Table
from salesaudit.finding import EFFECT_LEVEL
from salesaudit.format import Count, Listed, Rate, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.stats import Interval
from salesaudit.verification.signs import SIGNS


def plot_verified(result: VisitFrequency) -> Figure | Missing:
    """Show how many of the logged visits of a week took place, and how many reached their purpose."""
    title = message("How many of the logged visits took place and reached their purpose?")
    if result.team is None:
        return Missing(title, [], NOT_MEASURED, result.context)
    found = result.verification.sample
    if found is None or not found.enough:
        lacking = [n for n in ("verification.visit_id", "verification_draws.visit_id") if n in result.absent]
        return Missing(title, lacking, ASK, result.context)
    context, loc, team = result.context, result.context.loc, result.team
    logged = Interval(team.estimate, team.low, team.high, team.count, found.confidence_level)
    true, effective = found.per_week(team, found.took_place), found.per_week(team, found.effective)
    steps: list[tuple[Message, Interval]] = [
        (message("Logged"), logged),
        (message("Took place"), true),
        (message("Took place and reached its purpose"), effective),
    ]
    frame = pd.DataFrame(
        [(label.text(loc), i.estimate, i.low, i.high) for label, i in steps], columns=["step", "visits", "low", "high"]
    )
    rates = [Rate(i.estimate, i.low, i.high) for _, i in steps]
    return Figure(
        "verified",
        charts.bars(
            frame.assign(text=[Rate(i.estimate).text(loc) for _, i in steps]),
            label="step",
            value="visits",
            low="low",
            high="high",
            text="text",
            loc=loc,
            xlabel=message("visits per normal week").text(loc),
            colours=[charts.QUIET, charts.SECOND, charts.ACCENT],
        ),
        message(
            "Of {logged} logged visits in a week, {effective} took place and reached their purpose",
            logged=Rate(logged.estimate),
            effective=Rate(effective.estimate),
        ),
        message(
            "Visits per normal week of one seller; {said} answers of customers about {drawn} visits drawn by chance, "
            "{period}",
            said=Count(found.said),
            drawn=Count(found.drawn),
            period=result.counted.window,
        ),
        message(
            "Logged {logged}; took place {true}; took place and reached their purpose {effective}.",
            logged=rates[0],
            true=rates[1],
            effective=rates[2],
        ),
        frame,
        context,
    )


def table_verified(result: VisitFrequency) -> Table | Missing:
    """Return what was drawn, asked and answered about the visits of each seller."""
    title = message("The sellers' visits by what the customers say")
    found = result.verification.sample
    if found is None:
        lacking = [n for n in ("verification.visit_id", "verification_draws.visit_id") if n in result.absent]
        return Missing(title, lacking, ASK, result.context)
    columns = [
        Col("label", message("Seller"), "seller"),
        Col("drawn", message("Visits drawn"), "count"),
        Col("reached", message("Customers reached"), "count"),
        Col("said", message("Could say"), "count"),
        Col("false", message("Did not take place"), "count"),
        Col("raw", message("Took place"), "share"),
        Col("estimate", message("Adjusted for chance"), "share", low="low", high="high"),
    ]
    return Table(
        "verified_table",
        title,
        found.sellers[[name for c in columns for name in c.behind]],
        columns,
        result.context,
        subtitle=message(
            "Shares of all logged visits of the seller: visits with a sign against them were drawn more often, and "
            "each counts for less; {period}",
            period=result.counted.window,
        ),
        rows_shown=30,
        individual=True,
    )


def table_evidence(result: VisitFrequency) -> Table | Missing:
    """Return how well the logged visits are borne out, from confirmed to contradicted, as far as it can be told."""
    ladder, loc = result.verification.ladder, result.context.loc
    title = message("How well are the logged visits borne out?")
    if ladder.possible == ["claimed"]:
        names = ("verification.visit_id", "activities.customer_id", "orders.customer_id", "absence.seller_id")
        return Missing(
            title,
            [n for n in names if n in result.absent],
            message(
                "Another record of the customers visited: calls, bookings, quotes or orders that name the customer; "
                "the absences of the sellers; or the answers of customers to a sample of the visits."
            ),
            result.context,
        )
    words = {
        "confirmed": (message("Confirmed"), message("the customer says that it took place")),
        "supported": (
            message("Supported"),
            message("another record of the customer lies near: a booking, a call, a quote or an order"),
        ),
        "claimed": (message("Claimed"), message("nothing but the entry itself")),
        "contradicted": (
            message("Contradicted"),
            message("the customer denies it, or the seller was away or could not have got there"),
        ),
    }
    total = int(ladder.visits.sum())
    shown = ladder.visits[ladder.possible]
    frame = pd.DataFrame(
        {
            "rung": [words[r][0].text(loc) for r in shown.index],
            "meaning": [words[r][1].text(loc) for r in shown.index],
            "visits": shown.to_numpy(),
            "share": shown.to_numpy() / max(total, 1),
        }
    )
    return Table(
        "evidence",
        title,
        frame,
        [
            Col("rung", message("Evidence")),
            Col("meaning", message("What it is")),
            Col("visits", message("Visits"), "count"),
            Col("share", message("Share"), "share"),
        ],
        result.context,
        subtitle=message(
            "{n} counted visits. A trace does not settle it: had the visits been on other days, one would lie near "
            "{accident} of them by accident.",
            n=Count(total),
            accident=Share(ladder.by_accident),
        )
        if "supported" in ladder.possible
        else message("{n} counted visits", n=Count(total)),
        rows_shown=4,
    )


def verified_notes(result: VisitFrequency) -> list[tuple[Message, Message]]:
    """Return how the sample was drawn, what came back, and how the answers were weighed."""
    found, items = result.verification.sample, []
    bears = {name: int(n) for name, n in result.verification.ladder.signs.items() if n}
    if bears:
        listed = Listed(message("{sign} ({n})", sign=SIGNS[name], n=Count(n)) for name, n in bears.items())
        items.append(
            (
                message("Signs in the log"),
                message(
                    "Visits with a sign against them are asked about more often; a sign is no finding. Found: {signs}.",
                    signs=listed,
                ),
            )
        )
    if found is None:
        return items
    return [*items, *_sample_notes(found), *_trouble(found)]


def _sample_notes(found: Verified) -> list[tuple[Message, Message]]:
    draws, low_high = found.answers.draws, found.corrected
    design = nmessage(
        "{drawn} visits in {draws} draw, by chance within each seller and risk class; visits with a sign against them "
        "three times as often, those that contradict other records all. Seed {seed}; fingerprint of the visits drawn "
        "from: {frame}.",
        "{drawn} visits in {draws} draws, by chance within each seller and risk class; visits with a sign against them "
        "three times as often, those that contradict other records all. Seed {seed}; fingerprint of the visits drawn "
        "from: {frame}.",
        len(draws),
        drawn=Count(found.drawn),
        draws=Count(len(draws)),
        seed=str(draws["seed"].iloc[-1]),
        frame=str(draws["frame_hash"].iloc[-1])[:16],
    )
    weighing = message(
        "Each answer counts with the visits it stands for. {level} interval of Korn and Graubard; of {drawn} customers "
        "{reached} were reached, and who was not reached is left out. Were all of them true {best} of the visits took "
        "place, were none {worst}. Were customers to err in one case in thirty, and at most in one in ten, it is "
        "{corrected} ({range} range).",
        level=Share(found.confidence_level),
        drawn=Count(found.drawn),
        reached=Count(found.reached),
        best=Share(found.best.estimate),
        worst=Share(found.worst.estimate),
        corrected=Share(low_high[1], low_high[0], low_high[2]),
        range=Share(EFFECT_LEVEL),
    )
    return [(message("Sample of visits"), design), (message("Answers of the customers"), weighing)]


def _trouble(found: Verified) -> list[tuple[Message, Message]]:
    """Return what does not fit in what came back."""
    answers = found.answers
    told = [
        (
            answers.missing_rows,
            message(
                "Drawn visits without a row in the list that came back, counted as not reached: {n}.",
                n=Count(len(answers.missing_rows)),
            ),
        ),
        (
            answers.contradicting,
            message(
                "Visits about which the answers contradict each other, counted as not known: {n}.",
                n=Count(len(answers.contradicting)),
            ),
        ),
        (
            answers.not_drawn,
            message(
                "Answers about visits that were not drawn, not counted: {n}.",
                n=Count(len(answers.not_drawn)),
            ),
        ),
        (
            answers.changed_rows,
            message(
                "Visits whose row, in the list or in the export, is not the one that was drawn: {n}.",
                n=Count(len(answers.changed_rows)),
            ),
        ),
        (
            answers.changed_lists,
            message(
                "Draws whose record has rows too few or too many: {n}.",
                n=Count(len(answers.changed_lists)),
            ),
        ),
        (
            answers.changed_frames,
            message(
                "Draws from visits that are not those of the exports any more: {n}.",
                n=Count(len(answers.changed_frames)),
            ),
        ),
    ]
    return [(message("What does not fit"), said) for found_, said in told if found_]
