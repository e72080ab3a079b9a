"""Every drawing works at both widths, with hostile and missing input, and twice with the same bytes."""

import re
from datetime import date

import pandas as pd
import pytest

from salesaudit import charts
from salesaudit.dataset import Context
from salesaudit.figure import Figure, svg
from salesaudit.format import Loc
from salesaudit.i18n import message

LOC = Loc("sv")
ROWS = pd.DataFrame(
    {
        "name": ["Seller 01", "<script>alert(1)</script>", "a $x^2$ & b"],
        "value": [0.3, 0.5, float("nan")],
        "low": [0.2, 0.4, float("nan")],
        "high": [0.4, 0.6, float("nan")],
        "raw": [0.25, 0.55, 0.1],
        "text": ["12 of 40", "20 of 40", "–"],
    }
)
WEEKS = pd.DataFrame(
    {"week": pd.date_range("2025-01-06", periods=30, freq="7D"), "a": range(30), "b": range(30, 0, -1)}
)
TABLE = pd.DataFrame([[0.1, 0.2], [0.3, None]], index=["Seller 01", "Seller 02"], columns=["Q1", "Q2"])

DRAWINGS = {
    "intervals": charts.intervals(
        ROWS,
        label="name",
        value="value",
        low="low",
        high="high",
        loc=LOC,
        kind="share",
        references=[(0.4, "target")],
        band=(0.1, 0.2, "band"),
        second=("raw", "raw"),
        zero=True,
    ),
    "bars": charts.bars(ROWS, label="name", value="value", low="low", high="high", text="text", loc=LOC, kind="share"),
    "grouped_bars": charts.grouped_bars(ROWS, label="name", values={"value": "now", "raw": "raw"}, loc=LOC),
    "stacked_bars": charts.stacked_bars(ROWS, label="name", values={"low": "low", "raw": "raw"}, loc=LOC),
    "lines": charts.lines(
        WEEKS, x="week", values={"a": "up", "b": "down"}, low="a", high="b", loc=LOC, ylabel="visits"
    ),
    "heatmap": charts.heatmap(TABLE, loc=LOC, hatched=TABLE.isna()),
    "severity_matrix": charts.severity_matrix(100 * TABLE, TABLE.isna().replace({True: "grey", False: "red"}), loc=LOC),
    "scatter": charts.scatter(ROWS, x="raw", y="value", loc=LOC, xlabel="x", ylabel="y"),
    "empty": charts.bars(ROWS.head(0), label="name", value="value", text="text", loc=LOC),
}


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("narrow", [False, True])
def test_drawings_are_the_same_twice(name: str, narrow: bool) -> None:
    """Same data, same bytes; names become text that cannot run, with dollar signs left alone."""
    first, second = (svg(DRAWINGS[name](narrow)) for _ in range(2))
    assert first == second
    assert "<script>" not in first


def test_text_stays_text() -> None:
    """Labels are real text that can be selected and searched, also with dollar signs in a customer's name."""
    drawn = re.sub("<!--.*?-->", "", svg(DRAWINGS["bars"](False)), flags=re.DOTALL)
    assert "a $x^2$" in drawn


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", ["A" * 5000, "word " * 400])
def test_a_name_without_end_leaves_room_for_the_marks(name: str, narrow: bool) -> None:
    """A name of 5,000 letters is cut off instead of pushing the marks, or the other names, off the page."""
    rows = pd.DataFrame({"name": [name, "Volvo Trucks"], "value": [1.0, 2.0]})
    drawing = charts.intervals(rows, label="name", value="value", loc=LOC)(narrow)
    (axes,) = drawing.axes
    assert all(label.get_window_extent().x0 >= 0 for label in axes.get_yticklabels())
    assert axes.get_window_extent().width > 0.4 * drawing.bbox.width
    assert axes.get_yticklabels()[0].get_text().endswith("…")


def test_figure_carries_words_and_data() -> None:
    """A figure leaves the notebook with both drawings, its words, and raw numbers."""
    context = Context(LOC, "SEK", "Acme", date(2025, 1, 1), date(2025, 12, 31), date(2025, 12, 31))
    figure = Figure("k", DRAWINGS["bars"], message("T"), message("S"), message("A"), ROWS, context)
    document = figure.as_json()
    assert document["svg"] != document["svg_narrow"]
    assert document["rows"][2][:2] == ["a $x^2$ & b", None]
