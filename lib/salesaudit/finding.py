"""A finding: what is, what should be, what it costs, what to do, and how sure we are.

Never the cause: data do not establish it. The consultant writes it in the commentary.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from salesaudit.format import Loc, Money, Value
from salesaudit.i18n import Message, message

MIME = "application/vnd.salesaudit.v1+json"
"""The one JSON MIME type that carries everything out of an executed notebook."""


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
            "see": self.see,
            "values": {
                name: value
                for part in (self.title, self.condition, self.criterion, self.recommendation, self.needs, self.effect)
                if isinstance(part, Message)
                for name, value in typed_values(part, loc).items()
            },
            "evidence": None
            if self.evidence is None
            else {"table": self.evidence.table, "ids": list(self.evidence.ids), "total": self.evidence.total},
        }


def typed_values(part: Message, loc: Loc) -> dict[str, Any]:
    """Return the typed values of a message and of the messages inside it, by placeholder name."""
    found: dict[str, Any] = {}
    for name, value in part.values.items():
        if isinstance(value, Value):
            found[name] = value.as_json(loc)
        elif isinstance(value, Message):
            found |= {f"{name}.{inner}": v for inner, v in typed_values(value, loc).items()}
    return found


def effect_size(finding: Finding) -> float:
    """Return the money of a finding for sorting; nothing counts as zero."""
    return abs(finding.effect.value) if isinstance(finding.effect, Money) else 0.0


@dataclass(frozen=True)
class Findings:
    """The findings of one notebook, worst first, then by money."""

    items: tuple[Finding, ...]
    loc: Loc = field(default_factory=Loc)

    def __post_init__(self) -> None:
        ordered = sorted(self.items, key=lambda f: (f.severity.rank, -effect_size(f), f.code, f.subject))
        object.__setattr__(self, "items", tuple(ordered))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def as_json(self) -> Mapping[str, Any]:
        """Return the carrier of the MIME type."""
        return {"version": 1, "type": "findings", "items": [f.as_json(self.loc) for f in self.items]}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        lines = "\n".join(f"{f.severity.word.text(self.loc).upper()}  {f.title.text(self.loc)}" for f in self.items)
        return {MIME: self.as_json(), "text/plain": lines or "–"}
