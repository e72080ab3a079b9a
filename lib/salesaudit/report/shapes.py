"""What a notebook may hand over: the documents of our MIME type, checked before anything is shown.

A document that does not fit is refused, not repaired: a report with a hole in it must not look like a report.
Fields that are not named here are ignored.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

VERSION = 1


class MalformedOutput(ValueError):
    """A notebook handed over something that is not one of our documents. A fault of the code, not of the user."""


class Shape(BaseModel):
    """Base of all documents and their parts."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


Said = dict[str, dict[str, dict[str, Any]]]
"""Sentence -> placeholder -> what stands there: kind, raw number, text."""


class SourceRow(Shape):
    file: str
    sheet: str | None = None
    table: str | None = None
    sha256: str
    rows_in: int
    used: int
    merged: int = 0
    rejected: int


class Cover(Shape):
    type: Literal["cover"]
    client: str
    language: Literal["en", "sv", "da", "nb"]
    currency: str
    period: str
    as_of: str
    as_of_text: str
    consultant: str = ""
    confidentiality: str = ""
    recipient: str = ""
    logo: Annotated[str, Field(pattern=r"^(data:image/(png|jpeg|svg\+xml);base64,[A-Za-z0-9+/]+=*)?$")] = ""
    accent: Annotated[str, Field(pattern=r"^(#[0-9a-f]{6})?$")] = ""
    edition: Literal["pseudonymised", "team", "named"]
    edition_reason: str = ""
    sources: list[SourceRow] = Field(default_factory=list)


class ShownValue(Shape):
    text: str
    kind: str = ""
    value: float | int | str | None = None
    low: float | None = None
    high: float | None = None


class KpiItem(Shape):
    label: str
    value: ShownValue
    note: str | None = None
    values: Said = Field(default_factory=dict)


class KpiList(Shape):
    type: Literal["kpis"]
    items: list[KpiItem]


class MoneyValue(Shape):
    kind: str
    text: str
    value: float | str | None = None
    currency: str = ""
    low: float | None = None
    high: float | None = None


class EvidenceRows(Shape):
    table: str
    ids: list[str]
    total: int


class FindingItem(Shape):
    code: str
    severity: Literal["red", "yellow", "green", "grey"]
    word: str
    anchor: str
    title: str
    condition: str
    criterion: str
    recommendation: str | None = None
    unit: str
    n: int
    needs: str | None = None
    effect: str | None = None
    effect_of: str | None = None
    effect_value: MoneyValue | None = None
    subject: str = ""
    individual: bool = False
    see: str = ""
    values: Said = Field(default_factory=dict)
    evidence: EvidenceRows | None = None


class FindingList(Shape):
    """Findings, and a sentence on those that the edition leaves out."""

    type: Literal["findings"]
    items: list[FindingItem]
    note: str | None = None


Cell = float | int | bool | str | None


class FigureShape(Shape):
    type: Literal["figure"]
    key: str
    individual: bool = False
    title: str
    subtitle: str
    alt: str
    source: str | None = None
    svg: str
    svg_narrow: str
    columns: list[str]
    rows: list[list[Cell]]
    values: Said = Field(default_factory=dict)


class HeadCell(Shape):
    """A column as it is headed, and the raw columns behind it: the estimate, and the ends of its interval."""

    label: str
    kind: str
    numeric: bool
    name: str = ""
    low: str | None = None
    high: str | None = None


class BodyCell(Shape):
    text: str
    severity: str | None = None
    bar: Annotated[float, Field(ge=0, le=1)] | None = None


class TableShape(Shape):
    """A table; an individual one has one row per seller, whose label is in the column of kind "seller"."""

    type: Literal["table"]
    key: str
    individual: bool = False
    title: str
    subtitle: str | None = None
    source: str | None = None
    head: list[HeadCell]
    body: list[list[BodyCell]]
    total: bool
    left_out: int
    columns: list[str]
    rows: list[list[Cell]]
    values: Said = Field(default_factory=dict)


class TextShape(Shape):
    type: Literal["text"]
    paragraphs: list[str]
    values: Said = Field(default_factory=dict)


class NoteItem(Shape):
    label: str
    text: str
    values: Said = Field(default_factory=dict)


class MissingItem(Shape):
    name: str
    text: str
    values: Said = Field(default_factory=dict)


class NoteShape(Shape):
    type: Literal["note"]
    items: list[NoteItem]
    missing: list[MissingItem] = Field(default_factory=list)


class MissingShape(Shape):
    type: Literal["missing"]
    title: str
    needs: list[str]
    collect: str
    values: Said = Field(default_factory=dict)


class WithheldShape(Shape):
    """Stands in the team edition where the others show sellers one by one; its key is still known to findings."""

    type: Literal["withheld"]
    key: str
    title: str
    text: str


class CommentaryShape(Shape):
    type: Literal["commentary"]
    markdown: str


Output = (
    Cover
    | KpiList
    | FindingList
    | FigureShape
    | TableShape
    | TextShape
    | NoteShape
    | MissingShape
    | WithheldShape
    | CommentaryShape
)
_OUTPUT: TypeAdapter[Output] = TypeAdapter(Annotated[Output, Field(discriminator="type")])


def parse(document: Any) -> Output:
    """Return the checked document.

    Raises
    ------
    MalformedOutput
        Unknown version or type, a missing field, a wrong type. The message names fields, never their contents.
    """
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise MalformedOutput(f"not a document of version {VERSION}")
    try:
        return _OUTPUT.validate_python(document)
    except ValidationError as error:
        places = sorted({".".join(map(str, e["loc"])) or e["type"] for e in error.errors()})
        raise MalformedOutput(f"malformed document: {', '.join(places[:5])}") from None
