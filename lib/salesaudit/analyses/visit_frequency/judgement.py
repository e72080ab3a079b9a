"""What the numbers mean for management: the findings, and who differs from the others."""

from dataclasses import replace

import numpy as np
import pandas as pd

from salesaudit.analyses.visit_frequency.analysis import FEWEST_WEEKS as FEWEST_WEEKS_FOR_A_RATE
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.comparison import FEWEST_SELLERS, FEWEST_VISITS, FEWEST_WEEKS, POWER, SURE
from salesaudit.analyses.visit_frequency.gaps import (
    benchmark_finding,
    contact_finding,
    shortfall,
    target_finding,
)
from salesaudit.analyses.visit_frequency.judgement_belief import belief_finding
from salesaudit.analyses.visit_frequency.judgement_bookings import bookings_finding
from salesaudit.analyses.visit_frequency.judgement_capacity import capacity_finding
from salesaudit.analyses.visit_frequency.judgement_caveats import few_finding, with_beside
from salesaudit.analyses.visit_frequency.judgement_coverage import coverage_finding
from salesaudit.analyses.visit_frequency.judgement_log import log_findings
from salesaudit.analyses.visit_frequency.judgement_verified import verified_findings
from salesaudit.finding import Evidence, Finding, Findings, Severity
from salesaudit.format import Count, Number, Rate, Share
from salesaudit.i18n import Message, message, nmessage

WORTH_FINDING = 0.25
"""The share below the others that a longer period should be able to find."""
HOPELESS = 0.9
"""A gap above this is next to no visits at all."""


def findings(
    result: VisitFrequency,
    *,
    fdr: float = 0.10,
    seller_minor: float = 0.10,
    seller_major: float = 0.20,
    belief_minor: float = 0.10,
    belief_major: float = 0.25,
    benchmark_minor: float = 0.10,
    benchmark_major: float = 0.25,
    target_minor: float = 0.10,
    target_major: float = 0.30,
    contact_norm: float = 0.17,
    contact_minor: float = 0.10,
    contact_major: float = 0.30,
    log_minor: float = 0.05,
    log_major: float = 0.15,
    existing_minor: float = 0.10,
    existing_major: float = 0.25,
    bookings_minor: float = 0.10,
    bookings_major: float = 0.25,
    capacity_minor: float = 0.15,
    capacity_major: float = 0.35,
    false_minor: float = 0.05,
    false_major: float = 0.15,
    achieved_norm: float = 0.70,
    achieved_major: float = 0.20,
) -> Findings:
    """Judge the visit frequency.

    Parameters
    ----------
    fdr : float
        Share of named sellers that may be chance (Benjamini-Hochberg).
    seller_minor, seller_major : float
        Share below the other sellers that is worth acting on, and that is urgent.
    belief_minor, belief_major : float
        Believed over measured, minus one.
    benchmark_minor, benchmark_major : float
        Share below the lower end of the benchmark.
    target_minor, target_major : float
        Share of the target that is missed.
    contact_norm : float
        Share of the time that is customer contact elsewhere.
    contact_minor, contact_major : float
        Share of that norm that is missing.
    log_minor, log_major : float
        Share of the visits logged late, in one go, twice or piled up at the end of a month.
    existing_minor, existing_major : float
        Share of the revenue of existing customers without contact in a year.
    bookings_minor, bookings_major : float
        Share of the bookings that is missing against the year before.
    capacity_minor, capacity_major : float
        Share of the visits that the hours hold and that are not made.
    false_minor, false_major : float
        Share of the logged visits that did not take place.
    achieved_norm, achieved_major : float
        Share of the visits that took place that should reach their purpose, and how far below it is urgent.
    """
    contact = contact_finding(result, norm=contact_norm, minor=contact_minor, major=contact_major)
    log = () if result.months_only else log_findings(result, fdr=fdr, minor=log_minor, major=log_major)
    others = (
        *verified_findings(
            result,
            minor=false_minor,
            major=false_major,
            achieved_norm=achieved_norm,
            achieved_major=achieved_major,
            fdr=fdr,
        ),
        coverage_finding(result, minor=existing_minor, major=existing_major),
        bookings_finding(result, minor=bookings_minor, major=bookings_major),
        capacity_finding(result, minor=capacity_minor, major=capacity_major),
    )
    if result.team is None:
        made = (_no_rate(result), contact, *log, *others)
        shown = (replace(f, recommendation=None) if f.severity is Severity.GREEN else f for f in made)
        return Findings(tuple(shown), result.context)
    few = few_finding(result)
    of_the_rate = (
        belief_finding(result, minor=belief_minor, major=belief_major),
        benchmark_finding(result, minor=benchmark_minor, major=benchmark_major),
        target_finding(result, minor=target_minor, major=target_major),
    )
    made = (
        *(
            f if f.severity is Severity.GREY else replace(f, condition=with_beside(result, f.condition))
            for f in of_the_rate
        ),
        *_sellers(result, fdr=fdr, minor=seller_minor, major=seller_major),
        *([] if few is None else [few]),
        contact,
        *log,
        *others,
    )
    # Where all is in order there is nothing to recommend.
    shown = (replace(f, recommendation=None) if f.severity is Severity.GREEN else f for f in made)
    return Findings(tuple(shown), result.context)


def _no_rate(result: VisitFrequency) -> Finding:
    months, counted = result.months_only, result.counted
    nobody_there = not months and counted.logged > 0 and not counted.exposure.to_numpy().sum() > 0
    return Finding(
        "VF-03",
        Severity.GREY,
        message("Visits per week cannot be measured from these data"),
        message(
            "{share} of the visits are dated on the first day of a month, so of most visits only the month is known.",
            share=Share(float((counted.visits["date"].dt.day == 1).mean())),
        )
        if months
        else nmessage(
            "{visits} visits were logged in {weeks} complete week, but by the calendar, the employment and the "
            "absences of the sellers no working time remains in it.",
            "{visits} visits were logged in {weeks} complete weeks, but by the calendar, the employment and the "
            "absences of the sellers no working time remains in them.",
            counted.weeks,
            visits=Count(counted.logged),
            weeks=Count(counted.weeks),
        )
        if nobody_there
        else nmessage(
            "There are {visits} visits in {weeks} complete week in the period.",
            "There are {visits} visits in {weeks} complete weeks in the period.",
            counted.weeks,
            visits=Count(len(counted.visits)),
            weeks=Count(counted.weeks),
        ),
        message(
            "A weekly rate needs the day of each visit, over at least {n} weeks.", n=Count(FEWEST_WEEKS_FOR_A_RATE)
        ),
        message("Do not compare these visits with a weekly target or a belief about a week."),
        n=len(result.counted.visits),
        unit=message("visits"),
        needs=message("The day of each visit (not only its month) from the CRM or the calendars.")
        if months
        else message("The days of employment and of absence of the sellers, checked against the visits.")
        if nobody_there
        else message("Visits with seller and day over at least {n} complete weeks.", n=Count(FEWEST_WEEKS_FOR_A_RATE)),
    )


def _sellers(result: VisitFrequency, *, fdr: float, minor: float, major: float) -> list[Finding]:
    frame = result.sellers
    colours = seller_colours(frame, fdr=fdr, minor=minor, major=major)
    named = frame[colours.isin(["red", "yellow"])]
    if named.empty:
        return [_no_seller(result, minor=minor, major=major)]
    visits = result.counted.visits
    return [
        _one_seller(
            row,
            Severity(colours[row.Index]),
            Evidence.of("visits", visits.loc[visits["seller_id"] == row.Index, "visit_id"]),
            fdr=fdr,
            minor=minor,
        )
        for row in named.itertuples()
    ]


def seller_colours(frame: pd.DataFrame, *, fdr: float, minor: float, major: float) -> pd.Series:
    """Return the colour of each seller: red or yellow only where the gap is beyond chance and large enough."""
    colours = pd.Series("grey", index=frame.index, dtype="str")
    for row in frame[frame["comparable"]].itertuples():
        colour = shortfall(row.gap, row.gap_se, minor=minor, major=major).colour
        beyond_chance = row.qvalue <= fdr
        colours[row.Index] = colour if beyond_chance or colour == "green" else "grey"
    return colours


def _one_seller(row, severity: Severity, evidence: Evidence, *, fdr: float, minor: float) -> Finding:
    values = {
        "rate": Rate(row.estimate, row.low, row.high),
        "weeks": Number(row.exposure, decimals=0),
        "peers": Rate(row.peers),
    }
    return Finding(
        "VF-04",
        severity,
        message(
            "{seller}: {gap} fewer visits per normal week than the other sellers",
            seller=row.label,
            gap=Share(1 - row.fair / row.peers),
        ),
        message("{rate} visits per normal week over {weeks} normal weeks; the other sellers make {peers}.", **values)
        if row.few
        else message(
            "{rate} visits per normal week over {weeks} normal weeks; the other sellers make {peers}. Adjusted for "
            "chance, the rate is {fair}.",
            **values,
            fair=Rate(row.fair, row.fair_low, row.fair_high),
        ),
        message(
            "A seller is named when at most {fdr} of such names are chance, and the gap is more than {minor} with a "
            "certainty of {sure}.",
            fdr=Share(fdr),
            minor=Share(minor),
            sure=Share(SURE),
        ),
        message("Look at the territory first (distances, mix of customers), then coach the planning of the week."),
        n=int(row.count),
        unit=nmessage("visit", "visits", int(row.count)),
        subject=row.label,
        individual=True,
        see="sellers",
        evidence=evidence,
    )


def _no_seller(result: VisitFrequency, *, minor: float, major: float) -> Finding:
    compared = result.compared
    common = {
        "code": "VF-04",
        "n": compared.units,
        "unit": message("sellers"),
        "see": "sellers",
        "recommendation": message("Do not single out sellers by their number of visits."),
        "criterion": message("No seller should make {major} fewer visits than the others.", major=Share(major)),
    }
    if not compared.units:
        sellers = len(result.sellers) - len(result.caveats.not_compared)
        return Finding(
            **(common | {"n": sellers, "unit": nmessage("seller", "sellers", sellers)}),
            severity=Severity.GREY,
            title=message("The sellers cannot be compared with each other"),
            condition=nmessage(
                "{sellers} seller over {weeks} weeks is too little for a comparison.",
                "{sellers} sellers over {weeks} weeks are too few for a comparison.",
                sellers,
                sellers=Count(sellers),
                weeks=Count(result.counted.weeks),
            ),
            needs=message(
                "At least {sellers} sellers with {weeks} weeks and {visits} expected visits each.",
                sellers=Count(FEWEST_SELLERS),
                weeks=Count(FEWEST_WEEKS),
                visits=Count(FEWEST_VISITS),
            ),
        )
    rows = result.sellers[result.sellers["comparable"]]
    fine = [
        shortfall(g, s, minor=minor, major=major).colour == "green"
        for g, s in zip(rows["gap"], rows["gap_se"], strict=True)
    ]
    power = compared.detectable_share
    weeks = result.counted.weeks * (np.log1p(-power) / np.log1p(-WORTH_FINDING)) ** 2
    return Finding(
        **common,
        severity=Severity.GREEN if all(fine) else Severity.GREY,
        title=_nobody(all(fine), rest=bool(result.caveats.not_compared)),
        condition=power_message(result),
        needs=None
        if all(fine)
        else message(
            "To find a seller {gap} below the others with a probability of {power}, about {weeks} weeks of visits.",
            gap=Share(WORTH_FINDING),
            power=Share(POWER),
            weeks=Count(int(np.ceil(weeks))),
        ),
    )


def _nobody(fine: bool, *, rest: bool) -> Message:
    """Return the title where nobody is named; `rest`: whether others are left out of the comparison."""
    if rest:
        return (
            message("None of the sellers compared lies far below the others")
            if fine
            else message("None of the sellers compared differs from the others by more than chance")
        )
    return (
        message("No seller lies far below the others")
        if fine
        else message("No seller differs from the others by more than chance")
    )


def power_message(result: VisitFrequency) -> Message:
    """Say which gap the comparison of sellers would have found."""
    compared = result.compared
    values = {"sellers": Count(compared.units), "weeks": Count(result.counted.weeks)}
    if compared.detectable_share > HOPELESS:
        return message(
            "{sellers} sellers were compared over {weeks} weeks. The weeks vary so much that only a seller with "
            "next to no visits would have been found.",
            **values,
        )
    return message(
        "{sellers} sellers were compared over {weeks} weeks. A seller {gap} below the others would have been found "
        "with a probability of about {power}.",
        **values,
        gap=Share(compared.detectable_share),
        power=Share(POWER),
    )
