"""One row per item: dots with intervals, and bars."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from salesaudit.charts.theme import (
    ACCENT,
    CONTEXT,
    INK,
    MUTED,
    SERIES,
    Draw,
    canvas,
    references_on,
    row_axis,
    themed,
    value_axis,
)
from salesaudit.format import Loc


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
    second : (column, label), optional
        A second, hollow mark per row, such as the raw value beside the shrunken one.
    colours : sequence of str, optional
        One colour per row.
    zero : bool
        Start the axis at zero.
    """

    @themed
    def draw(narrow: bool) -> Canvas:
        figure, ax = canvas(narrow, 0.9 + 0.3 * (max(len(frame), 1) + bool(band)))
        rows = row_axis(ax, frame[label], narrow, foot=0.4 if band else 0)  # a line of its own for the band's label
        shades = list(colours) if colours is not None else [ACCENT] * len(frame)
        if band:
            ax.axvspan(band[0], band[1], color="#dbe7ee", zorder=0, linewidth=0)
            ax.annotate(
                band[2],
                (sum(band[:2]) / 2, 0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8.5,
                color=MUTED,
            )
        if low and high:
            ax.hlines(rows, frame[low], frame[high], color=shades, linewidth=2, alpha=0.55, zorder=2)
        if second:
            ax.plot(frame[second[0]], rows, "o", mfc="white", mec=CONTEXT, ms=5, zorder=3, label=second[1])
            figure.legend(loc="outside lower left", fontsize=8.5, labelcolor=MUTED)
        ax.scatter(frame[value], rows, color=shades, s=34, zorder=4)
        references_on(ax, references, vertical=True)
        if zero:
            ax.set_xlim(left=0)  # after the references: setting one end freezes the other
        value_axis(ax, loc, kind, currency, narrow)
        ax.set_xlabel(xlabel)
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
        figure, ax = canvas(narrow, 0.8 + 0.34 * max(len(frame), 1))
        rows = row_axis(ax, frame[label], narrow)
        ax.barh(rows, frame[value], color=list(colours) if colours is not None else ACCENT, height=0.66, zorder=2)
        ends = frame[value].astype(float)
        if low and high:
            ax.hlines(rows, frame[low], frame[high], color=INK, linewidth=1.2, zorder=3)
            ends = np.fmax(ends, frame[high].astype(float))
        if text:
            for row, end, words in zip(rows, ends.fillna(0), frame[text], strict=True):
                ax.annotate(
                    str(words),
                    (max(end, 0), row),
                    xytext=(5, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8.5,
                    color=INK,
                )
            widest = max((len(str(t)) for t in frame[text]), default=0)
            room = min(0.75, widest * (0.020 if narrow else 0.0095))
            top = float(ends.max()) if len(ends) and np.isfinite(ends.max()) else 1.0
            ax.set_xlim(right=max(top, 1e-9) / (1 - room))
        ax.axvline(0, color=CONTEXT, linewidth=1)
        references_on(ax, references, vertical=True)
        value_axis(ax, loc, kind, currency, narrow)
        ax.set_xlabel(xlabel)
        return figure

    return draw


def grouped_bars(
    frame: pd.DataFrame,
    *,
    label: str,
    values: Mapping[str, str],
    loc: Loc,
    kind: str = "share",
    currency: str = "",
    xlabel: str = "",
) -> Draw:
    """Several bars per row, one per column of `values` (column -> legend text)."""

    @themed
    def draw(narrow: bool) -> Canvas:
        figure, ax = canvas(narrow, 0.9 + 0.24 * max(len(frame), 1) * len(values))
        rows, height = row_axis(ax, frame[label], narrow), 0.8 / len(values)
        for n, (column, legend) in enumerate(values.items()):
            offset = (n - (len(values) - 1) / 2) * height
            ax.barh(rows + offset, frame[column], height=height * 0.9, color=SERIES[n], label=legend, zorder=2)
        figure.legend(loc="outside upper left", ncols=1 if narrow else 4, fontsize=8.5, labelcolor=INK)
        value_axis(ax, loc, kind, currency, narrow)
        ax.set_xlabel(xlabel)
        return figure

    return draw


def stacked_bars(
    frame: pd.DataFrame, *, label: str, values: Mapping[str, str], loc: Loc, kind: str = "share", xlabel: str = ""
) -> Draw:
    """One bar per row, cut into the columns of `values` (column -> legend text)."""

    @themed
    def draw(narrow: bool) -> Canvas:
        figure, ax = canvas(narrow, 1.1 + 0.3 * max(len(frame), 1) + (0.15 * len(values) if narrow else 0))
        rows, left = row_axis(ax, frame[label], narrow), np.zeros(len(frame))
        for n, (column, legend) in enumerate(values.items()):
            width = frame[column].fillna(0).to_numpy(dtype=float)
            ax.barh(rows, width, left=left, height=0.7, color=SERIES[n % len(SERIES)], label=legend, zorder=2)
            left = left + width
        figure.legend(loc="outside upper left", ncols=2 if narrow else 4, fontsize=8.5, labelcolor=INK)
        value_axis(ax, loc, kind, "", narrow)
        ax.set_xlabel(xlabel)
        return figure

    return draw
