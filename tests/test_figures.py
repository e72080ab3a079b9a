"""Every figure of the example's reports, looked at by a machine: words inside, apart, large enough, and true."""

import importlib
import re
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.text import Text

from salesaudit import example
from salesaudit import i18n as words
from salesaudit.figure import Figure, svg
from salesaudit.format import Loc
from salesaudit.report.svg import clean_svg

ANALYSES = (
    "data_quality",
    "visit_frequency",
    "purpose_funnel",
    "route_to_category",
    "pipeline_revision",
    "sales_formula",
)
NAMES = tuple(
    (analysis, name)
    for analysis in ANALYSES
    for name in importlib.import_module(f"salesaudit.analyses.{analysis}").__all__
    if name.startswith("plot_")
)
HEAVIEST = 60_000
"""Bytes of one drawing in a page."""


@pytest.fixture(scope="module")
def results() -> dict:
    data = example.sales_data()
    return {a: importlib.import_module(f"salesaudit.analyses.{a}").analyse(data) for a in ANALYSES}


def figure_of(results: dict, analysis: str, name: str, language: str = "en") -> Figure:
    result = results[analysis]
    context = replace(result.context, loc=Loc(language))
    return getattr(importlib.import_module(f"salesaudit.analyses.{analysis}"), name)(replace(result, context=context))


def longer(template: str) -> str:
    """Return a text with words 40 per cent longer, placeholders untouched, as another language may have them."""

    def stretched(match: re.Match[str]) -> str:
        word = match[0]
        return word if len(word) < 3 else word[:-1] + ("mnåö" * 9)[: round(0.4 * len(word))] + word[-1]

    pieces = re.split(r"(\{[^}]*\})", template)
    return "".join(p if p.startswith("{") else re.sub(r"[^\W\d_]+", stretched, p) for p in pieces)


def seen(drawing) -> list[Text]:
    """Return the texts that are drawn; matplotlib also keeps labels for ticks beyond the ends of an axis."""
    drawing.draw_without_rendering()
    axes = [axis for ax in drawing.axes if ax.axison for axis in (ax.xaxis, ax.yaxis)]
    drawn = {label for axis in axes for tick in axis._update_ticks() for label in (tick.label1, tick.label2)}
    ticks = {t for ax in drawing.axes for axis in (ax.xaxis, ax.yaxis) for t in axis.findobj(Text)}
    titles = {axis.label for axis in axes}
    shown = [t for t in drawing.findobj(Text) if t not in ticks or t in drawn or t in titles]
    return [t for t in shown if t.get_visible() and t.get_text().strip()]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize(("analysis", "name"), NAMES)
def test_words_of_any_language_fit(results, monkeypatch, analysis, name, narrow) -> None:
    """Nothing is cut off, lies on another word or is smaller than 11 pixels, also where words are 40 % longer."""

    def text(self, loc):
        template = self.template if self.plural is None or self.count == 1 else self.plural
        values = {key: words.as_text(value, loc) for key, value in self.values.items()}
        return longer(template).format_map(values)

    monkeypatch.setattr(words.Message, "text", text)
    drawing = figure_of(results, analysis, name, "sv").draw(narrow)
    boxes = [(t.get_text(), t.get_window_extent()) for t in seen(drawing)]
    width, height = drawing.bbox.width, drawing.bbox.height
    assert [w for w, b in boxes if b.x0 < -1 or b.y0 < -1 or b.x1 > width + 1 or b.y1 > height + 1] == []
    touching = [
        (one, two)
        for n, (one, a) in enumerate(boxes)
        for two, b in boxes[n + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 3
    ]
    assert touching == []
    assert not narrow or min(t.get_fontsize() for t in seen(drawing)) >= 8.4


@pytest.mark.parametrize(("analysis", "name"), NAMES)
def test_the_alternative_text_names_an_extreme(results, analysis, name) -> None:
    """A reader who cannot see the figure hears which item is lowest or highest, and its value."""
    figure = figure_of(results, analysis, name)
    told = figure.alt.text(figure.context.loc)
    assert any(char.isdigit() for char in told)
    items = {str(v).casefold() for column in figure.data for v in figure.data[column] if isinstance(v, str)}
    named = [item for item in items if len(item) > 4 and item in told.casefold()]
    # Where the data have no names, the item is a place on an axis.
    assert named or re.search(r"most |lowest|largest|falling", told, re.IGNORECASE)


@pytest.mark.parametrize(("analysis", "name"), NAMES)
def test_a_drawing_is_light_and_its_axes_are_named(results, analysis, name) -> None:
    """No drawing weighs down the page; every axis of numbers says what it counts."""
    figure = figure_of(results, analysis, name)
    for narrow in (False, True):
        drawing = figure.draw(narrow)
        page = clean_svg(svg(drawing), prefix="f-", title="t", description="d")
        assert len(page) < HEAVIEST
        assert "<pattern" not in page
        (ax,) = drawing.axes
        numbers = ax.axison and any(re.search(r"\d", t.get_text()) for t in ax.get_xticklabels())
        categories = {t.get_text() for t in ax.get_xticklabels()} & {str(c) for c in figure.data.columns}
        dates = any(re.search(r"(19|20)\d\d", t.get_text()) for t in ax.get_xticklabels())
        if numbers and not categories and not dates:
            assert ax.get_xlabel()


@pytest.mark.parametrize(("analysis", "name"), NAMES)
def test_numbers_drawn_are_in_the_data(results, analysis, name) -> None:
    """The download holds what is drawn: no empty figure, no column without a value, no endless digits of names."""
    data = figure_of(results, analysis, name).data
    assert len(data)
    assert not data.columns.duplicated().any()
    assert not data.isna().all().all()
    assert isinstance(data, pd.DataFrame)
