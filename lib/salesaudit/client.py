"""One client's folder and its settings: `client.toml`, read and checked.

Unknown keys are refused with the nearest right name, so that a misspelt threshold cannot silently do nothing.
"""

import os
import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from salesaudit.branding import check_accent, load_logo
from salesaudit.calendar import is_country
from salesaudit.errors import UserError, nearest, unknown_name
from salesaudit.schema import CATEGORIES, PURPOSES, STATUSES, TABLES

SETTINGS = "client.toml"


class Section(BaseModel):
    """Base of every table of client.toml: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Period(Section):
    """The days the audit speaks about, both included."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.start > self.end:
            raise ValueError(f"start {self.start} is after end {self.end}")
        return self


def _table_name(value: str) -> str:
    if value not in TABLES:
        guess = nearest(value, TABLES)
        raise ValueError(f"unknown table {value!r}" + (f", did you mean {guess!r}?" if guess else ""))
    return value


class SourceRule(Section):
    """How the files that match one pattern become one canonical table.

    What is left out is found automatically and shown by `salesaudit check`.
    """

    file: str = Field(description="file name or pattern inside the exports folder")
    table: Annotated[str, BeforeValidator(_table_name)]
    sheet: str | None = None
    header_row: int | None = Field(None, ge=1, description="line of the headers, 1 is the first")
    encoding: str | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="one character; a tab is \\t")
    decimal: Literal[",", "."] | None = None
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    columns: dict[str, str] = Field(default_factory=dict, description="canonical column -> header in the file")
    constants: dict[str, str | int | float | bool] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="canonical column -> {the client's word: canonical code}"
    )

    @model_validator(mode="after")
    def _columns_exist(self) -> "SourceRule":
        known = TABLES[self.table].names
        for part in (self.columns, self.constants, self.values):
            for name in part:
                if name not in known:
                    guess = nearest(name, known)
                    hint = f", did you mean {guess!r}?" if guess else f"; it has {', '.join(known)}"
                    raise ValueError(f"table {self.table} has no column {name!r}{hint}")
        return self

    @model_validator(mode="after")
    def _codes_exist(self) -> "SourceRule":
        for part, given in (("constants", {c: [v] for c, v in self.constants.items()}), ("values", self.values)):
            for name, words in given.items():
                codes = words.values() if isinstance(words, dict) else words
                allowed = TABLES[self.table].column(name).allowed
                for code in codes if allowed else ():
                    if code not in allowed:
                        raise ValueError(f"{part}.{name}: {code!r} is not one of {', '.join(allowed)}")
        return self


class MoneySettings(Section):
    """What the client says about money; without it the report speaks of revenue and hours."""

    gross_margin: float | None = Field(None, gt=0, le=1)
    hour_cost: float | None = Field(None, gt=0, description="loaded cost of one seller hour")
    hours_per_visit: float | None = Field(None, gt=0, description="travel and preparation included")


class CalendarSettings(Section):
    """The working calendar beside the public holidays of the seller's country."""

    extra_holidays: tuple[date, ...] = ()
    closed: tuple[Period, ...] = Field((), description="weeks in which nobody works, both days included")
    leave_days: float = Field(25, ge=0, le=60, description="yearly leave assumed where absence is not exported")
    day_before_holiday: float = Field(1, ge=0, le=1, description="what the working day before a holiday counts")
    bridge_day: float = Field(1, ge=0, le=1, description="what a single working day between days off counts")

    @property
    def rules(self) -> dict[str, Any]:
        """What `calendar.exposure` takes."""
        closed = (p.start + timedelta(days=n) for p in self.closed for n in range((p.end - p.start).days + 1))
        return {
            "leave_days": self.leave_days,
            "extra_holidays": (*self.extra_holidays, *closed),
            "day_before_holiday": self.day_before_holiday,
            "bridge_day": self.bridge_day,
        }


class Thresholds(Section):
    """Revenue and potential above which a customer counts as large; quantiles where no amounts are given."""

    revenue_amount: float | None = Field(None, gt=0)
    potential_amount: float | None = Field(None, gt=0)


class Privacy(Section):
    """Sellers are people: pseudonyms, or teams only; names where the client asks for them and says why."""

    edition: Literal["pseudonymised", "team", "named"] = "pseudonymised"
    reason: str = ""
    key: str = Field("", description="secret of the consultant that gives sellers their numbers; without it, guessable")

    @model_validator(mode="after")
    def _reason_given(self) -> "Privacy":
        if self.edition == "named" and not self.reason.strip():
            raise ValueError('edition = "named" needs a reason; it is printed in the report')
        return self


class Branding(Section):
    """Who delivers the report to whom, and how it looks."""

    consultant: str = ""
    confidentiality: str = ""
    recipient: str = Field("", description="a line on the cover: for whom the report is")
    logo: str = Field("", description="PNG, JPEG or SVG in the client's folder; shown on white")
    accent: Annotated[str, AfterValidator(check_accent)] = Field("", description="#rrggbb of the cover and the marks")

    @model_validator(mode="after")
    def _logo_has_a_name(self) -> "Branding":
        if self.logo and not self.consultant.strip():
            raise ValueError("logo needs consultant: the name is read out to whoever cannot see the picture")
        return self


def _country(value: str) -> str:
    if not is_country(value):
        raise ValueError("no public holidays are known for this country; give the two letters of ISO 3166, such as SE")
    return value


def _code(allowed: tuple[str, ...]) -> BeforeValidator:
    def check(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"{value!r} is not one of {', '.join(allowed)}")
        return value

    return BeforeValidator(check)


class Settings(Section):
    """The whole of client.toml."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$"), AfterValidator(_country)]
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    language: Literal["en", "sv", "da", "nb"] = "en"
    as_of: date | None = None
    period: Period | None = None
    exports: str = "exports"
    ignore: tuple[str, ...] = ()
    industry: str = ""
    offer_complexity: float | None = Field(None, ge=0, le=1)
    sources: tuple[SourceRule, ...] = ()
    purposes: dict[str, Annotated[str, _code(PURPOSES)]] = Field(default_factory=dict)
    purpose_keywords: dict[Annotated[str, _code(PURPOSES)], tuple[str, ...]] = Field(default_factory=dict)
    stages: dict[str, Annotated[str, _code(STATUSES)]] = Field(default_factory=dict)
    categories: dict[str, Annotated[str, _code(CATEGORIES)]] = Field(default_factory=dict)
    money: MoneySettings = MoneySettings()
    calendar: CalendarSettings = CalendarSettings()
    thresholds: Thresholds = Thresholds()
    privacy: Privacy = Privacy()
    branding: Branding = Branding()
    parameters: dict[str, dict[str, Any]] = Field(default_factory=dict, description="notebook -> parameter -> value")

    @model_validator(mode="after")
    def _period_is_over(self) -> "Settings":
        if self.as_of and self.period and self.period.end > self.as_of:
            raise ValueError(f"period.end {self.period.end} is after as_of {self.as_of}, the day the audit looks from")
        return self


class Client(BaseModel):
    """A client: its folder and its settings."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    settings: Settings

    @property
    def slug(self) -> str:
        """Name of the folder; used in paths of reports."""
        return self.folder.name

    @property
    def exports(self) -> Path:
        """Folder of what the client sent; environment variables in it are expanded."""
        return self.folder / os.path.expandvars(self.settings.exports)

    @property
    def logo(self) -> str:
        """The consultant's logo as a `data:` address, or nothing."""
        return load_logo(self.folder, self.settings.branding.logo) if self.settings.branding.logo else ""

    @property
    def inputs(self) -> Path:
        """Folder of the forms that somebody filled in."""
        return self.folder / "inputs"


def project_root(start: Path | None = None) -> Path:
    """Return the folder that holds data/ and notebooks/: the nearest one above, or $SALESAUDIT_HOME."""
    if home := os.environ.get("SALESAUDIT_HOME"):
        return Path(home)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "data").is_dir() and (folder / "notebooks").is_dir():
            return folder
    return here


def client_names(root: Path | None = None) -> list[str]:
    """Return the names of all client folders under data/."""
    data = (root or project_root()) / "data"
    return sorted(p.parent.name for p in data.glob(f"*/{SETTINGS}"))


def client_folder(name: str, root: Path | None = None) -> Path:
    """Return the folder of a client given by name or by path.

    Raises
    ------
    UserError
        No such client; with the nearest right name.
    """
    as_path = Path(name).expanduser()
    if (as_path / SETTINGS).is_file():
        return as_path.resolve()
    base = root or project_root()
    folder = base / "data" / name
    if (folder / SETTINGS).is_file():
        return folder.resolve()
    if not name or as_path.name != name:  # a path, not a name
        raise UserError(
            f"there is no {SETTINGS} in this folder" if as_path.is_dir() else "there is no such folder",
            value=name,
            fix=f"give the folder that holds {SETTINGS}, or the name of a folder under data/",
        )
    names = client_names(base)
    if not names:
        raise UserError(
            "unknown client", value=name, where=str(base / "data"), fix=f"make it with: salesaudit new {name}"
        )
    raise unknown_name("client", name, names, where=str(base / "data"))


def open_client(name: str, root: Path | None = None) -> Client:
    """Read and check a client's client.toml.

    Raises
    ------
    UserError
        The folder or a setting is wrong; every wrong setting is listed.
    """
    folder = client_folder(name, root)
    path = folder / SETTINGS
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Notepad puts a mark in front
    except tomllib.TOMLDecodeError as error:
        raise UserError("this is not valid TOML", value=str(error), where=str(path)) from None
    except UnicodeDecodeError:
        raise UserError("the file is not UTF-8", where=str(path), fix="save it as UTF-8") from None
    try:
        client = Client(folder=folder, settings=Settings.model_validate(raw))
    except ValidationError as error:
        raise UserError(
            "\n".join(["these settings are wrong:", *(f"  - {_explain(e)}" for e in error.errors())]), where=str(path)
        ) from None
    _ = client.logo  # a picture that cannot be used is said now, not after the notebooks have run
    return client


def _explain(error: Any) -> str:
    """Return one pydantic error as a sentence, with the nearest right key for an unknown one."""
    place = ".".join(str(p) for p in error["loc"])
    if error["type"] == "extra_forbidden":
        known = _known_keys(error["loc"][:-1])
        guess = nearest(str(error["loc"][-1]), known)
        hint = f"did you mean {guess!r}?" if guess else f"known here: {', '.join(sorted(known))}"
        return f"{place}: unknown key; {hint}"
    if error["type"] == "missing":
        return f"{place}: missing; add it"
    text = re.sub(r"^Value error, ", "", error["msg"])
    if error["type"].startswith("date_"):
        text = "this is not a date; write it as 2025-12-31"
    if error["type"] == "string_pattern_mismatch":
        text = "write the capital letters of the ISO code, such as SE for a country and SEK for a currency"
    value = error["input"]
    return ": ".join(filter(None, (place, text))) + (
        f" (it is {value!r})" if isinstance(value, str | int | float) else ""
    )


def _known_keys(place: tuple[Any, ...]) -> set[str]:
    model: type[BaseModel] = Settings
    for part in place:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        inner = [t for t in (annotation, *getattr(annotation, "__args__", ())) if isinstance(t, type)]
        model = next((t for t in inner if issubclass(t, BaseModel)), model)
    return set(model.model_fields)
