"""What the log says about itself, in words and as a table."""

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.comparison import SURE
from salesaudit.analyses.visit_frequency.effects import about, priced, wants_a_price
from salesaudit.figure import Col, Missing, Table
from salesaudit.finding import Evidence, Finding, Severity
from salesaudit.format import Count, Money, Number, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.stats import classify_normal
from salesaudit.verification.entries import BATCH_MINUTES, BATCH_VISITS
from salesaudit.verification.signs import LAST_DAYS, LATE_DAYS


def log_findings(result: VisitFrequency, *, fdr: float, minor: float, major: float) -> list[Finding]:
    """Judge how the visits were logged: all together, and each seller whose log is beyond chance."""
    if not len(result.log.visits):
        return []
    return [_team(result, fdr=fdr, minor=minor, major=major), *_sellers(result, fdr=fdr, minor=minor, major=major)]


def _team(result: VisitFrequency, *, fdr: float, minor: float, major: float) -> Finding:
    log = result.log
    share = log.odd_share(fdr)
    # A deviation that can be counted on every visit has no sampling error.
    colour = Severity(classify_normal(share, 0.0, minor=minor, major=major).colour)
    if not log.mostly_known and colour is Severity.GREEN:
        colour = Severity.GREY
    odd = log.visits.loc[log.visits["odd"], "visit_id"]
    effect = _cost(result, share) if colour in (Severity.RED, Severity.YELLOW) else None
    return Finding(
        "VF-06",
        colour,
        {
            Severity.GREY: message("Whether visits are logged in time is not known"),
            Severity.GREEN: message("The visits are logged in time, with few exceptions"),
        }.get(
            colour,
            message("{share} of the visits were logged in a way that casts doubt on them", share=Share(share))
            if log.mostly_known or not log.known
            else message(
                "At least {share} of the visits were logged in a way that casts doubt on them", share=Share(share)
            ),
        ),
        _what_was_seen(result),
        message(
            "At most {minor} of the visits logged late, in one go, twice or piled up at the end of a month; above "
            "{major} is urgent.",
            minor=Share(minor),
            major=Share(major),
        ),
        message(
            "Log visits on the day they are made; check a sample of these visits with the customers; do not reward the "
            "number of visits alone."
        ),
        n=len(log.visits),
        unit=message("visits"),
        effect=effect,
        effect_of=message(
            "cost of the hours behind these visits in a year, at most: a visit logged oddly may have been made"
        )
        if isinstance(effect, Money)
        else None,
        see="log",
        needs=message("When each visit was entered in the CRM (visits.logged_at).")
        if colour is Severity.GREY
        else None,
        evidence=Evidence.of("visits", odd) if len(odd) else None,
    )


def _cost(result: VisitFrequency, share: float) -> Money | Message | None:
    """Return what the hours behind oddly logged visits cost in a year, or the number of visits."""
    if (money := priced(result, "VF-06", odd_share=share)) is not None:
        return money
    if result.worth is None or not result.worth.visits > 0:
        return None
    number = about(share * result.worth.visits)
    return wants_a_price(result, "VF-06", message("About {visits} visits a year logged in such a way", visits=number))


def _what_was_seen(result: VisitFrequency) -> Message:
    log = result.log
    flags = log.visits[["late", "batch", "twice"]].mean()
    if not log.known:
        return message(
            "The export does not say when the visits were entered. {twice} of {n} visits were entered more than once.",
            twice=Share(flags["twice"]),
            n=Count(len(log.visits)),
        )
    values = {"late": Share(flags["late"]), "days": Count(LATE_DAYS), "twice": Share(flags["twice"])}
    seen = message("{late} were entered more than {days} days late, {twice} more than once.", **values)
    if log.timed:
        seen = message(
            "{late} were entered more than {days} days late, {batch} in one go (visits of {least} or more days within "
            "{minutes} minutes), {twice} more than once.",
            **values,
            batch=Share(flags["batch"]),
            least=Count(BATCH_VISITS),
            minutes=Count(BATCH_MINUTES),
        )
    middle = (
        message("Half of {n} visits were entered on the day of the visit.", n=Count(log.known))
        if log.delay < 1
        else nmessage(
            "Half of {n} visits were entered within {delay} day.",
            "Half of {n} visits were entered within {delay} days.",
            int(log.delay),
            n=Count(log.known),
            delay=Number(log.delay, decimals=0),
        )
    )
    if log.timed:
        return message("{middle} {seen}", middle=middle, seen=seen)
    return message(
        "{middle} {seen} The hour of entry is not recorded, so visits entered in one go cannot be seen.",
        middle=middle,
        seen=seen,
    )


def _sellers(result: VisitFrequency, *, fdr: float, minor: float, major: float) -> list[Finding]:
    """Return one finding per seller whose log is beyond chance in what is large enough to matter: the surest trait."""
    frame = result.log.sellers.assign(label=result.sellers["label"])
    excess = pd.DataFrame(
        {"visits": frame["odd"] - frame["others"], "rush": frame["rush"], "heaping": frame["heaping"]}
    )
    found = []
    for row in frame.sort_values("label").itertuples():
        coloured = []
        for test, size in excess.loc[row.Index].items():
            qvalue, se, df = (getattr(row, f"{test}_{part}") for part in ("qvalue", "se", "df"))
            colour = classify_normal(size, se, minor=minor, major=major, df=df).colour
            if qvalue <= fdr and colour in ("red", "yellow"):
                coloured.append((qvalue, test, float(size), Severity(colour)))
        if coloured:
            _, test, size, colour = min(coloured, key=lambda one: one[0])
            found.append(_one_seller(result, row, test, size, colour, fdr=fdr, minor=minor))
    return found


def _one_seller(
    result: VisitFrequency, row, test: str, size: float, colour: Severity, *, fdr: float, minor: float
) -> Finding:
    visits = result.log.visits
    odd = visits.loc[(visits["seller_id"] == row.Index) & visits["odd"], "visit_id"]
    titles = {
        "visits": message(
            "{seller}: {share} of the visits are logged late, in one go or twice",
            seller=row.label,
            share=Share(row.odd),
        ),
        "rush": message(
            "{seller}: {share} of the visits pile up on the last days of months", seller=row.label, share=Share(size)
        ),
        "heaping": message(
            "{seller}: {share} of the weeks are moved to exactly the target", seller=row.label, share=Share(size)
        ),
    }
    seen = {
        "visits": message(
            "{own} of this seller's visits, {others} of those of the others.",
            own=Share(row.odd),
            others=Share(row.others),
        ),
        "rush": message(
            "More visits than expected lie on the last {days} working days of the months: {share} of all of them.",
            days=Count(LAST_DAYS),
            share=Share(size),
        ),
        "heaping": message(
            "More weeks than a smooth distribution gives hold exactly the target, and fewer one visit less: {share} of "
            "the whole weeks.",
            share=Share(size),
        ),
    }
    return Finding(
        "VF-06",
        colour,
        titles[test],
        seen[test],
        message(
            "A seller is named when at most {fdr} of such names are chance, and more than {minor} is concerned with a "
            "certainty of {sure}.",
            fdr=Share(fdr),
            minor=Share(minor),
            sure=Share(SURE),
        ),
        message("Ask how the visits are logged before drawing conclusions; check a sample of them with the customers."),
        n=int(row.visits),
        unit=nmessage("visit", "visits", int(row.visits)),
        subject=row.label,
        individual=True,
        see="log",
        evidence=Evidence.of("visits", odd) if test == "visits" else None,
    )


def table_log(result: VisitFrequency) -> Table | Missing:
    """Return how each seller's visits were logged, in the order of the labels."""
    title = message("When and how were the visits logged?")
    if not result.log.known:
        return Missing(
            title,
            [n for n in ("visits.logged_at",) if n in result.absent],
            message("When each visit was entered in the CRM, with the hour."),
            result.context,
        )
    frame = result.log.sellers.assign(label=result.sellers["label"])
    columns = [
        Col("label", message("Seller"), "seller"),
        Col("visits", message("Visits"), "count"),
        Col("delay", message("Days until logged"), "number"),
        Col("late", message("Late"), "share"),
        *([Col("batch", message("In one go"), "share")] if result.log.timed else []),
        Col("twice", message("Twice"), "share"),
    ]
    if np.isfinite(frame["rush"]).any():
        columns.append(Col("rush", message("Too many on last days"), "share"))
    return Table(
        "log",
        title,
        frame[[c.name for c in columns]].reset_index(drop=True),
        columns,
        result.context,
        subtitle=message(
            "Median days from visit to entry; late is more than {days} days; shares of the visits; {period}",
            days=Count(LATE_DAYS),
            period=result.counted.window,
        ),
        rows_shown=30,
        individual=True,
    )
