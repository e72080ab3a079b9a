"""A finding: what is, what should be, what it costs, what to do, and how sure we are.

Never the cause: data do not establish it. The consultant writes it in the commentary.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from salesaudit.format import Count, Loc, Money, Value
from salesaudit.i18n import Message, message
from salesaudit.privacy import FEWEST, is_seller_column
from salesaudit.schema import TABLES

MIME = "application/vnd.salesaudit.v1+json"
"""The one JSON MIME type that carries everything out of an executed notebook."""

EFFECT_LEVEL = 0.8
"""Level of the interval of every amount of money: a range to plan with, not a proof."""


class Severity(StrEnum):
    """How bad, and how sure; the order is that of the summary."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    GREY = "grey"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)

    @property
    def word(self) -> Message:
        return {
            Severity.RED: message("Act now"),
            Severity.YELLOW: message("Plan"),
            Severity.GREEN: message("In order"),
            Severity.GREY: message("Not enough data"),
        }[self]


@dataclass(frozen=True)
class Evidence:
    """The rows behind a finding: canonical table and key values, at most `LIMIT` of them, and how many in all."""

    table: str
    ids: tuple[str, ...]
    total: int

    LIMIT = 200

    @classmethod
    def of(cls, table: str, ids: Sequence[Any]) -> "Evidence":
        """Take the first `LIMIT` of the ids."""
        ids = [str(i) for i in ids]
        return cls(table, tuple(ids[: cls.LIMIT]), len(ids))


@dataclass(frozen=True)
class Finding:
    """One judgement, with everything that management needs to act on it.

    Attributes
    ----------
    code : str
        Code of the catalogue, e.g. "VF-04".
    severity : Severity
    title, condition, criterion : Message
        One line; what is; what should be.
    recommendation : Message or None
        What to do; None where nothing has to be done.
    effect : Money, Message or None
        Money with its 80 % interval, or the risk in words, or None where no price can be put on it.
    effect_of : Message or None
        What the money is: "margin a year", "weighted value of the entries that break a rule".
    n : int
        How many units the estimate rests on, `unit` says which.
    subject : str
        Whom it concerns, where several findings share a code: a seller's label.
    see : str
        Key of the figure or table that shows it.
    needs : Message or None
        For grey: what would settle it.
    individual : bool
        Whether it is about one seller, or rests on fewer than five: left out of the team edition.
    """

    code: str
    severity: Severity
    title: Message
    condition: Message
    criterion: Message
    recommendation: Message | None
    n: int
    unit: Message
    effect: Money | Message | None = None
    effect_of: Message | None = None
    subject: str = ""
    see: str = ""
    needs: Message | None = None
    evidence: Evidence | None = None
    individual: bool = False

    @property
    def anchor(self) -> str:
        """Return the id of the finding on its page."""
        return "-".join(filter(None, ("finding", self.code, self.subject))).lower().replace(" ", "-")

    def as_json(self, loc: Loc) -> dict[str, Any]:
        """Return texts in the report's language, and every typed value that stands in them."""
        texts = {
            name: getattr(self, name).text(loc) if getattr(self, name) is not None else None
            for name in ("title", "condition", "criterion", "recommendation", "unit", "needs", "effect_of")
        }
        effect = None if self.effect is None else self.effect.text(loc)
        return {
            "code": self.code,
            "severity": self.severity.value,
            "word": self.severity.word.text(loc),
            "anchor": self.anchor,
            **texts,
            "effect": effect,
            "effect_value": self.effect.as_json(loc) if isinstance(self.effect, Value) else None,
            "n": int(self.n),
            "subject": self.subject,
            "individual": self.individual,
            "see": self.see,
            "values": said(
                loc,
                title=self.title,
                condition=self.condition,
                criterion=self.criterion,
                recommendation=self.recommendation,
                needs=self.needs,
                effect=self.effect,
                effect_of=self.effect_of,
            ),
            "evidence": None
            if self.evidence is None
            else {"table": self.evidence.table, "ids": list(self.evidence.ids), "total": self.evidence.total},
        }


def said(loc: Loc, **parts: Message | Value | None) -> dict[str, dict[str, Any]]:
    """Return for each sentence the values that stand in it, so that prose can be checked and read by machines.

    Returns
    -------
    dict
        Name of the sentence -> placeholder -> kind, raw number and text; sentences without values are left out.
    """
    found = {name: values_in(part, loc) for name, part in parts.items() if isinstance(part, Message)}
    return {name: values for name, values in found.items() if values}


def values_in(part: Message, loc: Loc) -> dict[str, Any]:
    """Return the values of a message and of the messages inside it, by placeholder name."""
    found: dict[str, Any] = {}
    for name, value in part.values.items():
        if isinstance(value, Value):
            found[name] = value.as_json(loc)
        elif isinstance(value, Message):
            found |= {f"{name}.{inner}": v for inner, v in values_in(value, loc).items()}
        else:
            found[name] = {"kind": "text", "text": str(value)}
    return found


def effect_size(finding: Finding) -> float:
    """Return the money of a finding for sorting; nothing counts as zero."""
    return abs(finding.effect.value) if isinstance(finding.effect, Money) else 0.0


class Surroundings(Protocol):
    """What findings need to know of a report: `dataset.Context` has it."""

    @property
    def loc(self) -> Loc: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def individual(self) -> bool: ...
    def masked(self, document: Any) -> Any: ...
    def file(self, name: Any) -> Any: ...


@dataclass(frozen=True)
class Findings:
    """The findings of one notebook, worst first, then by money; in the team edition without those on single sellers."""

    items: tuple[Finding, ...]
    context: Surroundings
    left_out: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if not hasattr(self.context, "individual"):
            raise TypeError("Findings needs the context of the data (data.context): it knows the edition")
        shown = [f for f in self.items if self.context.individual or not f.individual]
        ordered = sorted(shown, key=lambda f: (f.severity.rank, -effect_size(f), f.code, f.subject))
        object.__setattr__(self, "left_out", len(self.items) - len(shown))
        object.__setattr__(self, "items", tuple(ordered))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def note(self) -> Message | None:
        """What the reader is told about the findings that are left out; a small number would point at a person."""
        if not self.left_out:
            return None
        if self.left_out < FEWEST:
            return message(
                "Fewer than {least} findings about single sellers or very few of them are left out of this edition.",
                least=Count(FEWEST),
            )
        return message(
            "{n} findings about single sellers or very few of them are left out of this edition.",
            n=Count(self.left_out),
        )

    def as_json(self) -> Mapping[str, Any]:
        """Return the carrier of the MIME type."""
        items = [self._item(f) for f in self.items]
        note = self.note.text(self.context.loc) if self.note else None
        return {"version": 1, "type": "findings", "items": self.context.masked(items), "note": note}

    def _item(self, finding: Finding) -> dict[str, Any]:
        """Return one finding; ids of sellers in its evidence give way to labels, in the team edition all to none."""
        item = finding.as_json(self.context.loc)
        evidence = finding.evidence
        if evidence is None or evidence.table not in TABLES:
            return item
        if not self.context.individual:  # the rows of one visit lead to one seller
            return item | {"evidence": item["evidence"] | {"ids": []}}
        if not is_seller_column(evidence.table, TABLES[evidence.table].key[0]):
            # Where rows have no id it is made of file and line, and a file may be called after a seller.
            ids = [self.context.file(i) if re.search(r":\d+$", i) else i for i in evidence.ids]
            return item | {"evidence": item["evidence"] | {"ids": ids}}
        known = [self.context.labels[i] for i in evidence.ids if i in self.context.labels]
        return item | {"evidence": item["evidence"] | {"ids": known}}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        loc = self.context.loc
        lines = "\n".join(f"{f.severity.word.text(loc).upper()}  {f.title.text(loc)}" for f in self.items)
        return {MIME: self.as_json(), "text/plain": self.context.masked(lines) or "–"}
