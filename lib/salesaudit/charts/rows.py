"""One row per item: dots with intervals, and bars."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from salesaudit.charts.labels import keep_apart, legend_on, name_segments, note, references_on, room_for
from salesaudit.charts.theme import (
    ACCENT,
    CONTEXT,
    INK,
    MUTED,
    QUIET,
    SERIES,
    Draw,
    boxes,
    canvas,
    row_axis,
    rows_of,
    themed,
    value_axis,
    wrapped,
)
from salesaudit.format import Loc

BAND = "#dbe7ee"
DIRECT = 4
"""Up to this many series carry their names themselves, where they fit."""


def intervals(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str,
    low: str | None = None,
    high: str | None = None,
    loc: Loc,
    kind: str = "number",
    currency: str = "",
    xlabel: str = "",
    references: Sequence[tuple[float, str]] = (),
    band: tuple[float, float, str] | None = None,
    first: str = "",
    second: tuple[str, str] | None = None,
    colours: Sequence[str] | None = None,
    zero: bool = False,
) -> Draw:
    """One dot with its interval per row, top to bottom in the order of the frame.

    Parameters
    ----------
    references : sequence of (value, label)
        Labelled vertical lines, such as a target.
    band : (low, high, label), optional
        Shaded range, such as a benchmark.
    first : str
        What the filled dots are, where a second mark stands beside them.
    second : (column, label), optional
        A second, hollow mark per row, such as the raw value beside the shrunken one.
    colours : sequence of str, optional
        One colour per row.
    zero : bool
        Start the axis at zero.
    """

    @themed
    def draw(narrow: bool) -> Canvas:
        rows = rows_of(frame[label], narrow)
        figure, ax = canvas(narrow, 0.75 + 0.3 * (rows.size + bool(band)))
        places = row_axis(ax, rows, foot=0.4 if band else 0)  # a line of its own for the band's label
        shades = list(colours) if colours is not None else [ACCENT] * len(frame)
        if band:
            ax.axvspan(band[0], band[1], color=BAND, zorder=0, linewidth=0)
            middle = (sum(band[:2]) / 2, 0)
            place = {"xycoords": ("data", "axes fraction"), "xytext": (0, 3), "ha": "center"}
            note(ax, band[2], middle, color=MUTED, bbox={"facecolor": BAND, "linewidth": 0, "pad": 1}, **place)
        if low and high:
            ax.hlines(places, frame[low], frame[high], color=shades, linewidth=2, alpha=0.55, zorder=2)
        ax.scatter(frame[value], places, color=shades, s=34, zorder=4, label=first)
        if second:
            ax.plot(frame[second[0]], places, "o", mfc="white", mec=CONTEXT, ms=5, zorder=3, label=second[1])
            legend_on(figure, ax, narrow, handletextpad=0.3)
        labels = references_on(ax, references, vertical=True)
        if zero:
            ax.set_xlim(0, ax.get_xlim()[1] + 0.02 * max(ax.get_xlim()[1], 0))
        value_axis(ax, loc, kind, currency, narrow, title=xlabel)
        keep_apart(figure, labels)
        return figure

    return draw


def bars(
    frame: pd.DataFrame,
    *,
    label: str,
    value: str,
    low: str | None = None,
    high: str | None = None,
    text: str | None = None,
    loc: Loc,
    kind: str = "number",
    currency: str = "",
    xlabel: str = "",
    references: Sequence[tuple[float, str]] = (),
    colours: Sequence[str] | None = None,
) -> Draw:
    """Horizontal bars in the order of the frame; `text` names a column with the label after each bar."""

    @themed
    def draw(narrow: bool) -> Canvas:
        rows = rows_of(frame[label], narrow, height=0.34)
        figure, ax = canvas(narrow, 0.7 + 0.34 * rows.size)
        places = row_axis(ax, rows)
        ax.barh(places, frame[value], color=list(colours) if colours is not None else ACCENT, height=0.66, zorder=2)
        ends = frame[value].astype(float)
        if low and high:
            ax.hlines(places, frame[low], frame[high], color=INK, linewidth=1.2, zorder=3)
            ends = np.fmax(ends, frame[high].astype(float))
        ends = ends.fillna(0).clip(lower=0)
        if text:
            notes = [
                note(ax, wrapped(words, 20, 2) if narrow else str(words), (end, place), xytext=(5, 0), va="center")
                for place, end, words in zip(places, ends, frame[text], strict=True)
            ]
            room_for(figure, ax, notes, list(ends))
        ax.axvline(0, color=CONTEXT, linewidth=1)
        labels = references_on(ax, references, vertical=True)
        value_axis(ax, loc, kind, currency, narrow, title=xlabel)
        keep_apart(figure, labels)
        return figure

    return draw


def grouped_bars(
    frame: pd.DataFrame,
    *,
    label: str,
    values: Mapping[str, str],
    loc: Loc,
    kind: str = "number",
    currency: str = "",
    xlabel: str = "",
) -> Draw:
    """Several bars per row, one per column of `values` (column -> legend text)."""

    @themed
    def draw(narrow: bool) -> Canvas:
        unit = 0.17 * len(values) + 0.1
        rows = rows_of(frame[label], narrow, height=unit)
        figure, ax = canvas(narrow, 0.7 + unit * rows.size)
        places, height = row_axis(ax, rows), 0.82 / len(values)
        for n, (column, legend) in enumerate(values.items()):
            offset = (n - (len(values) - 1) / 2) * height
            ax.barh(places + offset, frame[column], height=height * 0.9, color=SERIES[n], label=legend, zorder=2)
        legend_on(figure, ax, narrow)
        value_axis(ax, loc, kind, currency, narrow, title=xlabel)
        return figure

    return draw


def stacked_bars(
    frame: pd.DataFrame,
    *,
    label: str,
    values: Mapping[str, str],
    loc: Loc,
    kind: str = "share",
    xlabel: str = "",
    quiet: Sequence[str] = (),
    references: Sequence[tuple[float, str]] = (),
) -> Draw:
    """One bar per row, cut into the columns of `values` (column -> legend text).

    Columns in `quiet`, such as "not given", are grey; `references` are labelled lines across the bars.
    """
    shades = iter(SERIES)
    colours = {column: QUIET if column in quiet else next(shades, CONTEXT) for column in values}

    @themed
    def draw(narrow: bool) -> Canvas:
        rows = rows_of(frame[label], narrow)
        figure, ax = canvas(narrow, 0.75 + 0.3 * rows.size)
        places = row_axis(ax, rows)
        widths = frame[list(values)].fillna(0).to_numpy(dtype=float)
        edges = np.column_stack([np.zeros(len(frame)), np.cumsum(widths, axis=1)])
        for n, (column, colour) in enumerate(colours.items()):
            corners = [
                (edges[i, n], y - 0.35, edges[i, n + 1], y + 0.35) for i, y in enumerate(places) if widths[i, n] > 0
            ]
            boxes(ax, corners, colour, zorder=2)
            # The legend's own mark: a path of many boxes has no one shape to show.
            ax.add_patch(Rectangle((0, 0), 0, 0, facecolor=colour, linewidth=0, label=values[column]))
        ax.set_xlim(0, max(float(edges[:, -1].max()), 1e-9) if len(frame) else 1)
        labels = references_on(ax, references, vertical=True, zorder=3)
        value_axis(ax, loc, kind, "", narrow, title=xlabel)
        keep_apart(figure, labels)
        if references or not _named(figure, ax, edges, values, colours):
            legend_on(figure, ax, narrow)
        return figure

    return draw


def _named(figure: Canvas, ax: Axes, edges: np.ndarray, values: Mapping[str, str], colours: Mapping[str, str]) -> bool:
    """Name few segments above the first bar; False where there are many, or no room."""
    if len(values) > DIRECT or not len(edges):
        return False
    inks = [MUTED if to_hex(c) == QUIET else c for c in colours.values()]
    return name_segments(figure, ax, edges[0], list(values.values()), inks, -0.4)
