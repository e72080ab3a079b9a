"""The list of visits to ask about: the workbook that the caller fills in, and the record that proves it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from salesaudit.client import Client
from salesaudit.dataset import SalesData
from salesaudit.errors import UserError
from salesaudit.format import Count, Day, Loc, Share
from salesaudit.forms.writing import put
from salesaudit.i18n import Message, message
from salesaudit.ingest import load
from salesaudit.ingest.sheets import OURS
from salesaudit.report.form_sheets import Field, hide, write_form, write_text
from salesaudit.report.sheets import Book
from salesaudit.schema import TABLES
from salesaudit.verification import Draw, draw
from salesaudit.words import ANSWERS, PURPOSE_WORDS

LIST, RECORD = "verification_{n}.xlsx", "verification_draws_{n}.csv"


@dataclass(frozen=True)
class Listed:
    """A draw and the files it was written to."""

    draw: Draw
    files: tuple[Path, ...]


def sample(client: Client, **plan: Any) -> Listed:
    """Draw visits to ask about and write the list and its record to inputs/.

    Parameters
    ----------
    client : Client
    **plan
        As in `verification.draw`.

    Raises
    ------
    UserError
        The exports have open questions; there is nothing to draw from; or what was drawn is enough.
    """
    data = load(client)
    # What counts as a visit in the client's report is what is drawn from.
    own = client.settings.parameters.get("visit_frequency", {})
    made = draw(data, **{name: own[name] for name in ("channels", "roles_left_out") if name in own} | plan)
    number = max(made.number, 1 + _highest(client.inputs))
    if number != made.number:
        raise UserError(
            "there is a list in inputs/ whose record was not read: a further draw could draw its visits again",
            value=LIST.format(n=number - 1),
            where=str(client.inputs),
            fix=f"put {RECORD.format(n=number - 1)} back beside it, or take the list out of the folder",
        )
    record = made.rows[[c for c in TABLES["verification_draws"].names if c in made.rows]]
    files = {
        RECORD.format(n=number): record.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d").encode(),
        LIST.format(n=number): render_list(made, data),
    }
    return Listed(made, put(client.inputs, files))


def _highest(folder: Path) -> int:
    """Return the highest number of a list or record in a folder; 0 where there is none."""
    found = [re.fullmatch(r"verification(?:_draws)?_(\d+)\.(?:xlsx|csv)", p.name) for p in folder.glob("verification*")]
    return max((int(match[1]) for match in found if match), default=0)


def render_list(made: Draw, data: SalesData) -> bytes:
    """Return the workbook for the caller: the list, the words to say, and (hidden) how it was drawn."""
    loc = data.context.loc

    def words(said: Message) -> str:
        return said.text(loc)

    title = words(
        message("{client} · Visits to ask about, list {n}", client=data.client.settings.name, n=Count(made.number))
    )
    book = Book(
        title=title,
        author=data.client.settings.branding.consultant,
        day=data.as_of,
        footer=(title, words(message("Page {page} of {pages}", page="&P", pages="&N"))),
        back=words(message("Back to the list")),
    )
    sheet = book.sheet(
        words(message("List")),
        title=title,
        subtitle=words(
            message(
                "{n} visits, drawn by chance. Ask in this order, try each customer twice, and delete no row: a row "
                "that is missing counts as not reached. How to ask stands on the next sheet.",
                n=Count(len(made.rows)),
            )
        ),
    )
    write_form(sheet, _fields(loc), _rows(made, data))
    script = book.sheet(words(message("How to ask")), title=words(message("How to ask")))
    write_text(script, [words(said) for said in _script(data)])
    hidden = book.sheet(OURS, title=words(message("How this list was drawn")))
    _write_origin(hidden, made, loc)
    hide(hidden)
    return book.content()


def _fields(loc: Loc) -> list[Field]:
    def of(topic: str, *codes: str) -> tuple[str, ...]:
        return tuple(ANSWERS[topic][code].text(loc) for code in codes)

    def label(said: Message) -> str:
        return said.text(loc)

    return [
        Field("number", label(message("No.")), 6, "count"),
        Field("customer", label(message("Customer")), 32),
        Field("contact", label(message("Who was met")), 20),
        Field("day", label(message("Day of the visit")), 13, "date"),
        Field("planned", label(message("Planned purpose")), 20),
        Field(
            "outcome",
            label(message("Was the customer reached?")),
            18,
            choices=of("reached", "reached", "not_reached", "refused"),
            fill=True,
        ),
        Field(
            "meeting_happened",
            label(message("Did the meeting take place?")),
            18,
            choices=of("yesno", "yes", "no", "unknown"),
            fill=True,
        ),
        Field(
            "purpose_achieved",
            label(message("Was its purpose reached?")),
            18,
            choices=of("yesno", "yes", "part", "no", "unknown"),
            fill=True,
        ),
        Field("attempts", label(message("Attempts")), 10, "count", fill=True),
        Field("asked_at", label(message("Day of the answer")), 13, "date", fill=True),
        Field("verifier", label(message("Who asked")), 16, fill=True),
        Field("comment", label(message("Remarks")), 36, fill=True),
        Field("visit_id", label(message("Visit")), 14),
        Field("draw", label(message("List")), 6, "count"),
        Field("row_key", label(message("Fingerprint of the row")), 16),
    ]


def _rows(made: Draw, data: SalesData) -> list[list[Any]]:
    """Return what the caller is told of each visit: never who the seller was, nor what was noticed."""
    loc = data.context.loc
    visits = data.visits.drop_duplicates("visit_id").set_index("visit_id").reindex(made.rows["visit_id"])
    names = {}
    if data.has("customers.name"):
        known = data.customers.dropna(subset=["customer_id", "name"])
        names = dict(zip(known["customer_id"], known["name"], strict=True))
    # A customer's name may hold a seller's; the mask knows.
    masked = data.context.mask.text
    out = []
    columns = zip(
        made.rows["visit_id"],
        made.rows["customer_id"],
        made.rows["date"],
        made.rows["row_key"],
        _texts(visits, "contact_role"),
        _texts(visits, "purpose_planned"),
        strict=True,
    )
    for number, (visit, customer, day, key, contact, purpose) in enumerate(columns, start=1):
        who = "" if pd.isna(customer) else masked(str(names.get(customer, customer)))
        planned = PURPOSE_WORDS[purpose].text(loc) if purpose in PURPOSE_WORDS else ""
        told = [number, who, masked(contact), f"{day:%Y-%m-%d}", planned]
        out.append([*told, *[None] * 7, visit, made.number, key])
    return out


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    return frame[column].fillna("").tolist() if column in frame else [""] * len(frame)


def _script(data: SalesData) -> list[Message]:
    name = data.client.settings.name
    return [
        message("Whoever asks is neither the seller nor the seller's manager, and is not told who logged the visit."),
        message("Ask the person who was met, or whoever at the customer would know. No answer is better than another."),
        message(
            "“I am calling on behalf of {client}. We ask some customers, chosen by chance, about meetings with "
            "{client}. It takes two minutes, and your answers are used in summary only. May I ask you?”",
            client=name,
        ),
        message(
            "“Did you, or somebody with you, have a meeting with {client} on [the day in the list], or within two days "
            "of it? In what form?” A meeting by video or telephone is none on site: choose “{no}”, and say so under "
            "the remarks.",
            client=name,
            no=ANSWERS["yesno"]["no"],
        ),
        message("“What was it about? Did it lead to what you had agreed to talk about?”"),
        message("“I do not remember” is an answer too: choose “{cannot}”.", cannot=ANSWERS["yesno"]["unknown"]),
        message(
            "Try twice, on two days and at different hours; then choose “{not_reached}”.",
            not_reached=ANSWERS["reached"]["not_reached"],
        ),
        message("Do not tell sellers which visits are on the list, and take no visit off it or onto it."),
        message(
            "Fill in the yellow cells only. Save the file under its own name, and give it back to whoever sent it; it "
            "belongs in the folder it came from."
        ),
    ]


def _write_origin(sheet: Any, made: Draw, loc: Loc) -> None:
    """Write frame, plan, seed and the fingerprints of all rows."""
    frame = made.frame
    facts: list[tuple[Message, str]] = [
        (message("List"), loc.number(made.number, decimals=0)),
        (message("Visits it was drawn from"), loc.number(len(frame.visits), decimals=0)),
        (message("Period"), message("{start} to {end}", start=Day(frame.start), end=Day(frame.end)).text(loc)),
        (message("Fingerprint of these visits (SHA-256)"), frame.hash),
        (message("Seed of the random numbers"), str(made.seed)),
        (message("Answers wanted"), loc.number(made.answers, decimals=0)),
        (message("Customers expected to answer"), Share(made.contact_rate).text(loc)),
    ]
    for row, (label, text) in enumerate(facts, start=4):
        sheet.text(row, 0, label.text(loc))
        sheet.text(row, 1, text)
    top = 4 + len(facts) + 1
    for column, said in enumerate((message("Visit"), message("Fingerprint of the row"))):
        sheet.text(top, column, said.text(loc), bold=True)
    for row, (visit, key) in enumerate(zip(made.rows["visit_id"], made.rows["row_key"], strict=True), start=top + 1):
        sheet.text(row, 0, visit)
        sheet.text(row, 1, key)
    sheet.widths(40, 70)
