"""Method and limits of this run."""

import numpy as np

from salesaudit.analyses.visit_frequency.activity_targets import FOLLOW_UP_DAYS
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.capacity import DRAWS, MARGIN, REALISED
from salesaudit.analyses.visit_frequency.figures_verified import verified_notes
from salesaudit.analyses.visit_frequency.judgement import power_message
from salesaudit.analyses.visit_frequency.judgement_belief import belief_note
from salesaudit.analyses.visit_frequency.judgement_caveats import beside_the_rate, days_off_message
from salesaudit.analyses.visit_frequency.judgement_dose import dose_method
from salesaudit.analyses.visit_frequency.worth import ELASTICITY, PUBLISHED, Worth
from salesaudit.calendar import WORKING_DAYS
from salesaudit.figure import Note
from salesaudit.format import Count, Day, Number, PValue, Share
from salesaudit.i18n import Message, message, nmessage
from salesaudit.stats import percentiles
from salesaudit.stats.rates import SHORTEST_LEVEL_WAVE
from salesaudit.verification.entries import BATCH_MINUTES, BATCH_VISITS, IMPORT_SHARE
from salesaudit.verification.signs import LAST_DAYS, LATE_DAYS

WEEKS_OF_A_SEASON = 100
"""Complete weeks, about two years, from which a cycle is seen to come back."""


def method(result: VisitFrequency) -> Note:
    """Return n, window, formulas, exclusions and references as used in this run, and what the data lack."""
    counted = result.counted
    items = [(message("Window"), _window(result)), *_formulas(result)]
    items += _of_parts(result)
    items += verified_notes(result)
    items += [(message("Money"), text) for text in _money(result)]
    items += [(message("Left out"), text) for text in counted.exclusions]
    beside = (*counted.assumptions, days_off_message(result), *beside_the_rate(result))
    items += [(message("Assumptions"), text) for text in beside if text is not None]
    if result.agreement:
        agree, of = result.agreement
        items.append(
            (
                message("New customers"),
                message(
                    "The client's own mark for a new customer agrees with the orders in {agree} of {n} visits.",
                    agree=Count(agree),
                    n=Count(of),
                ),
            )
        )
    items.append((message("Limits"), _limits(result.verification.sample is not None)))
    items.append((message("References"), _references()))
    unlocks = _unlocks()
    return Note(items, result.context, missing=[(name, unlocks[name]) for name in result.lacks])


def _limits(asked: bool) -> Message:
    if asked:
        return message(
            "The rates are those of logged visits; what customers say about a sample of them stands beside them. "
            "Customers forget, and who cannot be reached may differ. Differences between sellers are no judgement of "
            "persons: distances and customer mix are not taken out. Sellers visit where they expect orders, so more "
            "visits do not by themselves mean more orders."
        )
    return message(
        "Logged visits are counted; whether they took place is not tested here. Differences between sellers "
        "are no judgement of persons: distances and customer mix are not taken out. Sellers visit where they "
        "expect orders, so more visits do not by themselves mean more orders."
    )


def _window(result: VisitFrequency) -> Message:
    counted = result.counted
    if counted.start is None:
        return message("The period {period} holds no complete week.", period=result.context.period)
    return nmessage(
        "{visits} visits of {sellers} seller in {weeks} complete weeks (Monday to Sunday) from {start} to {end}; "
        "{exposure} normal weeks of {days} seller-days.",
        "{visits} visits of {sellers} sellers in {weeks} complete weeks (Monday to Sunday) from {start} to {end}; "
        "{exposure} normal weeks of {days} seller-days.",
        len(counted.exposure),
        days=Count(WORKING_DAYS),
        visits=Count(len(counted.visits)),
        sellers=Count(len(counted.exposure)),
        weeks=Count(counted.weeks),
        start=Day(counted.start),
        end=Day(counted.end),
        exposure=Number(float(counted.exposure.to_numpy().sum()), decimals=0),
    )


def _formulas(result: VisitFrequency) -> list[tuple[Message, Message]]:
    exposure = message(
        "A working day of the seller's country counts by the share that the seller was employed, not absent and "
        "working full time. Visits per normal week are visits over days, times {days}.",
        days=Count(WORKING_DAYS),
    )
    items = [(message("Exposure"), exposure)]
    if result.team is not None:
        items.append(
            (
                message("Interval"),
                message(
                    "{level} intervals on the log scale from weekly counts: variation {phi} times that of pure chance, "
                    "weeks correlated by {rho}; t quantiles with {df} degrees of freedom for all sellers together.",
                    level=Share(result.confidence_level),
                    phi=Number(result.team.phi),
                    rho=Number(result.team.autocorrelation, decimals=2),
                    df=Number(result.team.df, decimals=0),
                ),
            )
        )
        items.append(
            (
                message("Slow changes"),
                message(
                    "What changes for all sellers alike in waves of {weeks} weeks or longer is the level of the "
                    "period, not chance.",
                    weeks=Count(SHORTEST_LEVEL_WAVE),
                ),
            )
        )
        if result.team.seasonal:
            items.append((message("Season"), _season(result.counted.weeks)))
    if result.compared is not None and result.compared.units:
        items.append(
            (
                message("Comparison"),
                message(
                    "Each seller against all the others, with the false discovery rate controlled over all of them. "
                    "Values are pulled towards the team by the share of chance in them, at most one standard error. "
                    "{power}",
                    power=power_message(result),
                ),
            )
        )
    return [*items, *belief_note(result)]


def _season(weeks: int) -> Message:
    """Say what was taken out of the intervals; less than two years cannot show what comes back."""
    if weeks >= WEEKS_OF_A_SEASON:
        return message(
            "A yearly cycle shows beyond noise. It is not counted as chance in the intervals; the rates themselves are "
            "not adjusted for it."
        )
    return message(
        "The level of all sellers together changes slowly, beyond noise. Whether that comes back every year, {weeks} "
        "weeks do not show. It is not counted as chance in the intervals; the rates themselves are not adjusted for "
        "it.",
        weeks=Count(weeks),
    )


def _of_parts(result: VisitFrequency) -> list[tuple[Message, Message]]:
    """Return how logging, existing customers, bookings, hours and deals were looked at, where they were."""
    items = [(message("Logging"), text) for text in _logging(result)]
    if result.coverage is not None:
        items.append((message("Existing customers"), _existing(result)))
    if result.bookings is not None:
        items.append(
            (
                message("Bookings"),
                message(
                    "The usual range of single weeks is the mean plus and minus {factor} times the mean difference of "
                    "neighbouring weeks. Half a year is compared with the same weeks of the year before, so that the "
                    "season falls out, over the sellers who were there all through both.",
                    factor=Number(2.66, decimals=2),
                ),
            )
        )
    if result.capacity.possible.p50 > 0:
        items.append(
            (
                message("Possible visits"),
                message(
                    "The working hours of a week times the share of the diary that is contact, travel and preparation, "
                    "over the hours of one visit (up to {margin} more or less than the client says), by {draws} draws; "
                    "limits hold eight cases of ten.",
                    margin=Share(MARGIN),
                    draws=Count(DRAWS),
                ),
            )
        )
        items.append(
            (
                message("Possible visits"),
                message(
                    "The diaries show the time that visits take now, so the visits that the hours hold are mostly that "
                    "time over the hours of one visit. Where they lie far from the visits made, check the hours of a "
                    "visit first."
                ),
            )
        )
    if result.capacity.left_out:
        items.append((message("Left out"), _diaries_left_out(result.capacity.left_out)))
    if result.activity_targets is not None and result.activity_targets.set:
        items.append((message("Targets"), _targets()))
    if result.dose is not None:
        items.append((message("Deals and visits"), dose_method(result.dose)))
    return items


def _diaries_left_out(number: int) -> Message:
    return nmessage(
        "The diary of {n} person who is not a field seller is left out.",
        "The diaries of {n} people who are not field sellers are left out.",
        number,
        n=Count(number),
    )


def _targets() -> Message:
    return message(
        "Every kind of activity that is recorded or has a target counts, but what comes in or goes out by itself. The "
        "target of a seller goes before that of the team, and that before one for all; targets on a purpose are parts "
        "of the visits. A week or day of which at least half was worked owes the target in proportion. Shares of weeks "
        "and days are clustered by seller. As a follow-up counts a recorded talk with the seller within {days} days "
        "after a month.",
        days=Count(FOLLOW_UP_DAYS),
    )


def _logging(result: VisitFrequency) -> list[Message]:
    log = result.log
    if not len(log.visits):
        return []
    texts = [
        message(
            "Late: entered more than {days} days after the visit. In one go: among the entries of {minutes} minutes "
            "about {least} or more days. Each seller's share is tested against that of the others, the last {last} "
            "working days of months against their share of the working days, and whole weeks at exactly the target "
            "against weeks with one visit less; the false discovery rate is controlled over all of these tests.",
            days=Count(LATE_DAYS),
            minutes=Count(BATCH_MINUTES),
            least=Count(BATCH_VISITS),
            last=Count(LAST_DAYS),
        )
    ]
    if log.transferred:
        texts.append(
            nmessage(
                "{n} visit was entered on a day on which {share} or more of all visits were: taken as a transfer "
                "between systems, its time of entry is not used.",
                "{n} visits were entered on a day on which {share} or more of all visits were: taken as a transfer "
                "between systems, their time of entry is not used.",
                log.transferred,
                n=Count(log.transferred),
                share=Share(IMPORT_SHARE),
            )
        )
    if np.isfinite(log.round_index):
        texts.append(
            message(
                "Lengths of whole half-hours are {times} times as frequent as the steps in which lengths are recorded "
                "make likely. Calendars favour them, so nothing is concluded from it.",
                times=Number(log.round_index, decimals=1),
            )
        )
    return texts


def _existing(result: VisitFrequency) -> Message:
    found = result.coverage
    text = message(
        "The share of the revenue without contact is a ratio over customers, clustered by the seller who owns them, "
        "where owners count by the revenue they hold; {named} of the contacts of the year name the customer. Days "
        "between contacts are medians over customers, from the first contact of two years to the next, longer than "
        "what is seen where none followed (Kaplan-Meier); medians above a quarter of the time recorded are left open.",
        named=Share(found.named),
    )
    if found.near is not None:
        text = message(
            "{text} Visits near an order are held against the same visits on other days: those of each customer are "
            "moved together among the days of the seller's visits, within the time in which the customer was active, "
            "{draws} times, on {n} visits.",
            text=text,
            draws=Count(len(found.near.test.null)),
            n=Count(found.near.visits),
        )
    if found.pressure is None:
        return text
    return message(
        "{text} Over sellers the share of visits to new customers and the contact with the own existing ones have a "
        "rank correlation of {rho} (p-value {pvalue}).",
        text=text,
        rho=Number(found.pressure[0], decimals=2),
        pvalue=PValue(found.pressure[1]),
    )


def _money(result: VisitFrequency) -> list[Message]:
    """Say how the amounts of money came about, as far as there are any."""
    worth = result.worth
    if worth is None:
        return []
    texts = []
    if np.isfinite(worth.hour_cost) and worth.visit_hours.size:
        texts.append(
            message(
                "The cost of visits is their number times the hours of a visit (up to {margin} more or less than the "
                "client says) times what an hour costs. It is an upper limit, since the hours may have gone to other "
                "work.",
                margin=Share(MARGIN),
            )
        )
    if worth.per_visit.size:
        texts.append(_one_more_visit(result, worth))
    if worth.lapse is not None and worth.lapsed.size:
        texts.append(
            message(
                "{with_contact} customers with and {without} without contact in the year before last are compared by "
                "the share of their revenue that was lost, each with those of its size; lost is who ordered nothing "
                "in the year after. The error is at least that between the sellers who own them.",
                with_contact=Count(worth.lapse.with_contact),
                without=Count(worth.lapse.without),
            )
        )
    if texts:
        texts.append(
            message(
                "Amounts are of a year, with limits that hold eight cases of ten by {draws} draws. Where findings "
                "speak of parts of the {hours} working hours of a year, these are taken to fall together as chance "
                "has it.",
                draws=Count(DRAWS),
                hours=Count(round(worth.hours)),
            )
            if np.isfinite(worth.hours)
            else message(
                "Amounts are of a year, with limits that hold eight cases of ten by {draws} draws.", draws=Count(DRAWS)
            )
        )
    return texts


def _one_more_visit(result: VisitFrequency, worth: Worth) -> Message:
    found = percentiles(worth.per_visit)
    low, mode, high = (Number(value, decimals=2) for value in ELASTICITY)
    return message(
        "One more visit is taken to bring a margin of {amount}: with one per cent more visits, sales grow by {low} to "
        "{high} per cent, most likely {mode} (means of published studies: {general}, in pharmaceuticals {drugs}), of "
        "what the customers visited ordered, times the gross margin, over the visits that took place, as far as that "
        "is known. The client's own relation of deals and visits is not used: it is no effect. Of a change of habits "
        "{least} to {most} is realised, most likely {part}.",
        amount=result.context.money(found.p50, found.p10, found.p90),
        low=low,
        mode=mode,
        high=high,
        general=Number(PUBLISHED[0]),
        drugs=Number(PUBLISHED[1]),
        least=Share(REALISED[0]),
        part=Share(REALISED[1]),
        most=Share(REALISED[2]),
    )


def _references() -> Message:
    return message(
        "McCullagh and Nelder (1989), Generalized Linear Models; Smyth (2004), Stat. Appl. Genet. Mol. Biol. 3; Paule "
        "and Mandel (1982), J. Res. NBS 87; Efron and Morris (1971), JASA 66; Benjamini and Hochberg (1995), JRSS B "
        "57; Wheeler (1993), Understanding Variation; Phipson and Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9; "
        "Albers, Mantrala and Sridhar (2010), J. Mark. Res. 47."
    )


def _unlocks() -> dict[str, Message]:
    return {
        "sellers.country": message("each seller's own holidays; the client's country is used for all"),
        "absence.seller_id": message("real leave and sickness in the exposure, and narrower intervals"),
        "beliefs.mode": message("how far management's belief is from what is measured"),
        "targets.target": message("whether the visit target is reached"),
        "verification.meeting_happened": message("whether the logged visits took place and reached their purpose"),
        "visits.channel": message("visits on site apart from video and telephone; all visits are counted"),
        "visits.customer_id": message("repeated visits on a day, and visits to new customers"),
        "orders.order_date": message("visits to new and existing customers"),
        "activities.type": message("calls, demonstrations and other activities per week"),
        "visits.is_new_customer": message("whether the client's own mark for new customers can be trusted"),
        "visits.duration_min": message("a lower bound of the time spent with customers"),
        "time_use.minutes": message("the share of working time that is contact with customers"),
        "visits.logged_at": message("whether visits are logged in time"),
        "support_functions.exists": message("what missing support functions cost"),
        "opportunities.status": message("whether more visits go with more deals"),
    }
