"""Forms for people: what managers believe, what is wanted, and where the hours go."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from salesaudit.client import Client
from salesaudit.format import Loc
from salesaudit.forms.writing import put
from salesaudit.i18n import Message, message
from salesaudit.report.form_sheets import Field, write_form, write_text
from salesaudit.report.sheets import Book
from salesaudit.words import ANSWERS

FOLDER = "forms"
DIARY_ROWS, TARGET_ROWS = 120, 12


def write_forms(client: Client, *, day: date | None = None) -> tuple[Path, ...]:
    """Write the blank forms of a client to forms/, in the client's language; return their paths.

    Parameters
    ----------
    client : Client
    day : date, optional
        Stands as the date of their making; where it is missing, that is the day they are made.

    Raises
    ------
    UserError
        A form is there already.
    """
    makers: dict[str, Callable[[Book, Loc], None]] = {
        "beliefs.xlsx": _beliefs,
        "targets.xlsx": _targets,
        "time_use.xlsx": _time_use,
    }
    loc = Loc(client.settings.language)
    files = {}
    for name, fill in makers.items():
        book = _book(client, loc, day)
        fill(book, loc)
        files[name] = book.content()
    return put(client.folder / FOLDER, files)


def _book(client: Client, loc: Loc, day: date | None) -> Book:
    name = client.settings.name
    return Book(
        title=name,
        author=client.settings.branding.consultant,
        day=day,
        footer=(name, message("Page {page} of {pages}", page="&P", pages="&N").text(loc)),
        back=message("Back to the form").text(loc),
    )


def _words(loc: Loc, topic: str) -> tuple[str, ...]:
    return tuple(said.text(loc) for said in ANSWERS[topic].values())


def _sheets(
    book: Book,
    loc: Loc,
    title: Message,
    about: Message,
    fields: list[Field],
    rows: list,
    empty: int,
    how: list[Message],
) -> None:
    """Write the form and, on a sheet of its own, how to fill it in."""
    sheet = book.sheet(message("Form").text(loc), title=title.text(loc), subtitle=about.text(loc))
    write_form(sheet, fields, rows, empty_rows=empty)
    script = book.sheet(message("How to fill it in").text(loc), title=message("How to fill it in").text(loc))
    write_text(script, [said.text(loc) for said in how])


def _beliefs(book: Book, loc: Loc) -> None:
    def label(said: Message) -> str:
        return said.text(loc)

    fields = [
        Field("respondent_id", label(message("Your initials")), 16, fill=True),
        Field("respondent_role", label(message("Your role")), 24, fill=True),
        Field("item", label(message("What is asked")), 44),
        Field("low", label(message("Low guess: one week in ten is lower")), 16, "number", fill=True),
        Field("mode", label(message("Best guess")), 16, "number", fill=True),
        Field("high", label(message("High guess: one week in ten is higher")), 16, "number", fill=True),
        Field("date", label(message("Day of the answer")), 14, "date", fill=True),
    ]
    rows = [[None, None, word, None, None, None, None] for word in _words(loc, "belief")]
    how = [
        message("Fill this in before you see any result of the audit, and without asking or looking anything up."),
        message(
            "A normal week is five working days without holidays and absence. Count visits on site by one average "
            "seller: what is made, not what ought to be made, and not a good week."
        ),
        message("First the best guess; then a low and a high one that are each wrong in about one case in ten."),
        message(
            "Give the filled form back to whoever sent it. Every person has a copy of one's own; they belong in the "
            "folder inputs/, each under a name that begins with that of the form, such as beliefs_1.xlsx."
        ),
    ]
    title = message("What do you believe is made?")
    _sheets(book, loc, title, message("One row for each question"), fields, rows, 0, how)


def _targets(book: Book, loc: Loc) -> None:
    def label(said: Message) -> str:
        return said.text(loc)

    fields = [
        Field("scope", label(message("For whom it holds")), 18, choices=_words(loc, "scope"), fill=True),
        Field("scope_id", label(message("Which team or seller (name or id)")), 20, fill=True),
        Field("activity_type", label(message("What is counted")), 24, choices=_words(loc, "counted"), fill=True),
        Field("target", label(message("Target")), 12, "number", fill=True),
        Field("period", label(message("For each")), 14, choices=_words(loc, "period"), fill=True),
        Field("source", label(message("Who set it")), 24, fill=True),
    ]
    how = [
        message("Every target for the number of visits, calls or demonstrations, with the period it is set for."),
        message("Where nothing is written about a team or seller, the target for all holds."),
        message("Give the filled form back to whoever sent it; it belongs in the folder inputs/."),
    ]
    title = message("What is wanted?")
    _sheets(book, loc, title, message("One row for each target"), fields, [], TARGET_ROWS, how)


def _time_use(book: Book, loc: Loc) -> None:
    def label(said: Message) -> str:
        return said.text(loc)

    fields = [
        Field("seller_id", label(message("Seller (name or id)")), 18, fill=True),
        Field("date", label(message("Day")), 14, "date", fill=True),
        Field("category", label(message("What the time went to")), 30, choices=_words(loc, "time"), fill=True),
        Field("minutes", label(message("Minutes")), 12, "count", fill=True),
        Field("source", label(message("How it is known")), 24, fill=True),
    ]
    how = [
        message("Two ordinary weeks of each seller; every day one row for each kind of work, in minutes."),
        message("Contact with customers is time in conversation: visits, calls and video. The drive is travel."),
        message(
            "Write it on the day itself. Give the filled form back to whoever sent it; the copies belong in the folder "
            "inputs/, each under a name that begins with that of the form, such as time_use_1.xlsx."
        ),
    ]
    title = message("Where do the hours go?")
    _sheets(book, loc, title, message("One row for each kind of work on each day"), fields, [], DIARY_ROWS, how)
