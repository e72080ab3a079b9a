"""What a notebook can be told, read without running it."""

from datetime import date
from pathlib import Path

import pytest

from salesaudit.errors import UserError
from salesaudit.parameters import Parameter, checked, declared
from tiny import tiny_notebook

CELL = """\
# the client comes first
client: str = "nordverk"  # folder under data/, or a path
confidence_level: float = 0.95  # of every interval
min_visits: int = 30  # fewer are grey
sellers: list[str] | None = None  # only these; all when None
colour: str = "#336699"  # of the line: a = b # c
rule: str = "visits >= 3 = enough"
weights: dict[str, float] = {"a": 1, "b": 0.5}  # by category
since: "date | None" = None  # first day
strict: bool = False  # refuse what is doubtful
levels: list[float] = [
    0.5,
    0.9,
]  # from low to high
plain = 3
"""


@pytest.fixture
def takes(tmp_path: Path) -> dict:
    """A cell with everything that papermill's own inspection loses."""
    return declared(tiny_notebook(tmp_path / "01_x.ipynb", parameters=CELL))


def test_reads_every_line_in_order(takes: dict) -> None:
    """Types, defaults and comments survive unions, equal signs, hash signs and line breaks."""
    assert [(p.name, p.annotation, p.default, p.help) for p in takes.values()] == [
        ("client", "str", "nordverk", "folder under data/, or a path"),
        ("confidence_level", "float", 0.95, "of every interval"),
        ("min_visits", "int", 30, "fewer are grey"),
        ("sellers", "list[str] | None", None, "only these; all when None"),
        ("colour", "str", "#336699", "of the line: a = b # c"),
        ("rule", "str", "visits >= 3 = enough", ""),
        ("weights", "dict[str, float]", {"a": 1, "b": 0.5}, "by category"),
        ("since", "date | None", None, "first day"),
        ("strict", "bool", False, "refuse what is doubtful"),
        ("levels", "list[float]", [0.5, 0.9], "from low to high"),
        ("plain", "int", 3, ""),
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("confidence_level", "0.9", 0.9),
        ("confidence_level", ".5", 0.5),
        ("min_visits", "12", 12),
        ("sellers", "S1, S2", ["S1", "S2"]),
        ("sellers", "['S,1']", ["S,1"]),
        ("sellers", "none", None),
        ("colour", "a=b#c", "a=b#c"),
        ("rule", "12", "12"),
        ("since", "2025-03-01", "2025-03-01"),
        ("strict", "yes", True),
        ("strict", "False", False),
        ("levels", "0.1,1", [0.1, 1.0]),
        ("weights", "{'a': 2}", {"a": 2}),
    ],
)
def test_converts_text_by_the_declared_type(takes: dict, name: str, text: str, value: object) -> None:
    """What is typed on the command line arrives as the type that the notebook declares."""
    given = checked(takes, {name: text}, where="command line", as_text=True)
    assert given == {name: value}
    assert type(given[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confidence_level", "0.9"),
        ("confidence_level", True),
        ("confidence_level", float("nan")),
        ("min_visits", 2.5),
        ("min_visits", True),
        ("min_visits", None),
        ("sellers", "S1"),
        ("sellers", ["S1", 2]),
        ("strict", 1),
        ("since", "1 March"),
        ("weights", {"a": "much"}),
    ],
)
def test_refuses_a_wrong_type(takes: dict, name: str, value: object) -> None:
    """A value of another type stops the run, and the message shows the declaration."""
    with pytest.raises(UserError) as caught:
        checked(takes, {name: value}, where="client.toml")
    assert f"parameter {name} must be" in str(caught.value)
    assert str(takes[name]) in str(caught.value)
    assert str(caught.value).startswith("client.toml: ")


@pytest.mark.parametrize(("name", "text"), [("min_visits", "many"), ("strict", "perhaps"), ("levels", "low,high")])
def test_refuses_text_that_is_not_of_the_type(takes: dict, name: str, text: str) -> None:
    """Text that cannot be converted is not passed on as text."""
    with pytest.raises(UserError, match=f"parameter {name} must be"):
        checked(takes, {name: text}, where="command line", as_text=True)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("confidence_level", 1.5, "must lie between 0 and 1"),
        ("confidence_level", 1, "must lie between 0 and 1"),
        ("fdr", -0.1, "must lie between 0 and 1"),
        ("revenue_quantile", 80, "must lie between 0 and 1"),
        ("window_days", -3, "must not be below 0"),
        ("seller_minor", -0.1, "must not be below 0"),
    ],
)
def test_refuses_numbers_that_their_name_rules_out(name: str, value: float, problem: str) -> None:
    """A level of 1.5 is refused before anything runs, not by a solver inside the notebook."""
    takes = {name: Parameter(name, "float", 0.5)}
    with pytest.raises(UserError, match=f"parameter {name} {problem}: {value}"):
        checked(takes, {name: value}, where="command line")


def test_names_the_nearest_parameter_and_lists_all(takes: dict) -> None:
    """A misspelt name is refused with the right one and with everything the notebook takes."""
    with pytest.raises(UserError) as caught:
        checked(takes, {"confidence_levl": 0.9}, where="command line")
    text = str(caught.value)
    assert "unknown parameter: 'confidence_levl'" in text
    assert "did you mean 'confidence_level'?" in text
    assert all(str(parameter) in text for parameter in takes.values())


def test_dates_of_toml_become_iso_text(takes: dict) -> None:
    """papermill cannot pass on a date, client.toml has them."""
    assert checked(takes, {"since": date(2025, 3, 1)}, where="x") == {"since": "2025-03-01"}


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("x: int = len('abc')", "the default is not a literal"),
        ("import os", "does not declare a parameter"),
        ("x: int", "does not declare a parameter"),
        ("x: int = 'a'", "the default of x must be int, but this is str"),
        ("x: Path = 'a'", "the default of x must be Path"),
        ("%matplotlib inline", "not plain Python"),
    ],
)
def test_refuses_a_cell_that_is_not_annotated_literals(tmp_path: Path, cell: str, problem: str) -> None:
    """A parameters cell that computes or imports would mean something else in the batch than in the notebook."""
    with pytest.raises(UserError, match=problem):
        declared(tiny_notebook(tmp_path / "01_x.ipynb", parameters=cell))


def test_a_file_that_is_no_notebook(tmp_path: Path) -> None:
    """A broken file is named; it does not end in a traceback."""
    (tmp_path / "x.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="this is not a notebook"):
        declared(tmp_path / "x.ipynb")
