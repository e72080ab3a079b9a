"""The ten questions of the analysis, each with its answer, what that rests on, and what is lacking where it is open."""

from salesaudit.analyses.visit_frequency import answers_visits, answers_work
from salesaudit.analyses.visit_frequency.analysis import VisitFrequency
from salesaudit.analyses.visit_frequency.judgement import findings
from salesaudit.figure import Note
from salesaudit.i18n import message


def table_answers(result: VisitFrequency, *, fdr: float = 0.10, contact_norm: float = 0.17) -> Note:
    """Return the ten questions with their answers.

    A list and no table: whole sentences side by side cannot be read on a phone.

    Parameters
    ----------
    fdr : float
        Share of the named sellers that may be chance.
    contact_norm : float
        Share of the time that is contact with customers elsewhere, 0-1.
    """
    judged = findings(result, fdr=fdr, contact_norm=contact_norm)
    found = {f.code: f for f in judged if not f.subject}
    items = [
        (message("How many visits are made in a normal week?"), answers_visits.made(result, found)),
        (
            message("What does management believe about the number of visits?"),
            answers_visits.believed(result, found),
        ),
        (
            message("How many of the logged visits took place and reached their purpose?"),
            answers_visits.true(result, found),
        ),
        (message("How many visits are reasonable, how many possible?"), answers_visits.reasonable(result, found)),
        (message("Which sellers differ beyond chance?"), answers_visits.different(result, list(judged), fdr=fdr)),
        (message("Do more visits go with more deals?"), answers_work.deals(result)),
        (
            message("Are targets set, followed up, reached, or gamed?"),
            answers_work.targets(result, fdr=fdr),
        ),
        (message("Are existing customers left alone?"), answers_work.neglected(result, found)),
        (message("Is booking rising?"), answers_work.booked(result, found)),
        (message("Where do the hours go?"), answers_work.hours(result, found, contact_norm=contact_norm)),
    ]
    return Note(items, result.context)
