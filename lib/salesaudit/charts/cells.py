"""Rows x columns: heat maps, and red, yellow and green."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from salesaudit.charts.theme import (
    CONTEXT,
    DENSE,
    HEAT,
    INK,
    SEVERITY,
    SEVERITY_BACK,
    SEVERITY_SHAPE,
    SMALL,
    Draw,
    Rows,
    axis_title,
    boxes,
    canvas,
    rows_of,
    themed,
    wrapped,
)
from salesaudit.format import Loc

LEVELS = 24
"""Shades of a heat map; more cannot be told apart, and each is one path."""
SHORTEST = 7
"""Fewest letters in a line of a broken head; shorter pieces cannot be read."""
HATCH = 9.0
"""Points between two lines of the hatching."""


def heatmap(
    table: pd.DataFrame,
    *,
    loc: Loc,
    kind: str = "share",
    notes: pd.DataFrame | None = None,
    xlabel: str = "",
    hatched: pd.DataFrame | None = None,
    vmax: float | None = None,
) -> Draw:
    """Rows x columns as colours with the number in each cell.

    Parameters
    ----------
    notes : DataFrame of str, optional
        Texts in the cells instead of the numbers.
    hatched : DataFrame of bool, optional
        Cells that are not complete or rest on too few; hatched instead of coloured.
    """
    values = table.to_numpy(dtype=float)
    empty = np.zeros(values.shape, dtype=bool) if hatched is None else hatched.to_numpy(dtype=bool)
    write = loc.share if kind == "share" else loc.number
    if notes is None:
        texts = np.array([[write(v) if pd.notna(v) else "" for v in row] for row in values], dtype=object)
    else:
        texts = notes.to_numpy(dtype=object)

    @themed
    def draw(narrow: bool) -> Canvas:
        rows = rows_of(table.index, narrow, height=0.32)
        figure, ax = canvas(narrow, 0.7 + 0.32 * rows.size)
        edges = _cell_edges(ax, rows, table.shape[1])
        shown = ~empty & np.isfinite(values)
        level = _levels(np.where(shown, values, np.nan), vmax)
        for shade in np.unique(level[shown]):
            corners = [
                (column, edges[row], column + 1, edges[row + 1])
                for row, column in np.argwhere((level == shade) & shown)
            ]
            boxes(ax, corners, _shade(shade), rasterized=table.size > DENSE)
        for row, column in np.argwhere(shown & (texts != "")):
            _write(ax, (column + 0.5, rows.places[row]), texts[row, column], _contrast(_shade(level[row, column])))
        _heads(figure, ax, [str(c) for c in table.columns])
        axis_title(ax, xlabel, narrow)
        _hatch(figure, ax, empty, edges)
        return figure

    return draw


def severity_matrix(points: pd.DataFrame, colours: pd.DataFrame, *, loc: Loc) -> Draw:
    """Rows x columns in red, yellow, green and grey, each cell with a shape and its points.

    Parameters
    ----------
    points : DataFrame of float
    colours : DataFrame of {"red", "yellow", "green", "grey"}
        Same shape as `points`.
    """

    @themed
    def draw(narrow: bool) -> Canvas:
        rows = rows_of(points.index, narrow, height=0.32)
        figure, ax = canvas(narrow, 0.7 + 0.32 * rows.size)
        edges = _cell_edges(ax, rows, points.shape[1])
        names, values = colours.to_numpy(), points.to_numpy(dtype=float)
        for colour in SEVERITY:
            places = np.argwhere(names == colour)
            corners = [(column, edges[row], column + 1, edges[row + 1]) for row, column in places]
            boxes(ax, corners, SEVERITY_BACK[colour], linewidth=2)
            for row, column in places:
                words = f"{SEVERITY_SHAPE[colour]} {loc.number(values[row, column], decimals=0)}"
                _write(ax, (column + 0.5, rows.places[row]), words, SEVERITY[colour])
        ax.xaxis.tick_top()  # the head of a table is read before its cells
        ax.tick_params(axis="x", length=0)
        if narrow:
            heads = [wrapped(c, 18) for c in points.columns]
            ax.set_xticks(np.arange(len(heads)) + 0.5, heads, rotation=90, fontsize=SMALL)
        else:
            _heads(figure, ax, [str(c) for c in points.columns])
        return figure

    return draw


def _cell_edges(ax: Axes, rows: Rows, columns: int) -> np.ndarray:
    """Prepare the axes for cells and return where each row begins and the last one ends."""
    middles = np.concatenate([[-0.5], (rows.places[1:] + rows.places[:-1]) / 2, [rows.size - 0.5]])
    ax.set_xlim(0, max(columns, 1))
    ax.set_ylim(rows.size - 0.5, -0.5)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_yticks(rows.places, rows.labels, fontsize=SMALL, color=INK)
    return middles


def _write(ax: Axes, at: tuple[float, float], words: str, colour: str) -> None:
    ax.annotate(words, at, ha="center", va="center_baseline", fontsize=SMALL, color=colour)


def _levels(values: np.ndarray, vmax: float | None) -> np.ndarray:
    top = vmax or (np.nanmax(values) if np.isfinite(values).any() else 1.0) or 1.0
    return np.rint(np.clip(np.nan_to_num(values) / top, 0, 1) * LEVELS)


def _shade(level: float) -> str:
    return to_hex(HEAT(level / LEVELS))


def _contrast(background: str) -> str:
    """Return ink or white, whichever is easier to read (relative luminance as in WCAG 2)."""

    def luminance(colour: str) -> float:
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))

    back = luminance(background) + 0.05
    return INK if back / (luminance(INK) + 0.05) > 1.05 / back else "#ffffff"


def _heads(figure: Canvas, ax: Axes, heads: Sequence[str]) -> None:
    """Write the heads of the columns: broken into lines where they would touch, else only every second or third."""

    def fit(texts: Sequence[str], every: int = 1) -> bool:
        places = np.arange(0, len(texts), every)
        ax.set_xticks(places + 0.5, [texts[i] for i in places], fontsize=SMALL)
        figure.draw_without_rendering()
        ends = [label.get_window_extent().intervalx for label in ax.get_xticklabels()]
        return all(after[0] > before[1] + 3 for before, after in pairwise(ends))

    ax.set_xticks([])
    figure.draw_without_rendering()
    room = int(ax.get_window_extent().width / max(len(heads), 1) / figure.dpi * 72 / (0.6 * SMALL))
    longest = max((len(line) for head in heads for line in head.splitlines()), default=0)
    # Words much longer than their column would leave no room for the cells, not even to measure them.
    if longest < 3 * room and fit(heads):
        return
    if room >= SHORTEST and fit([_broken(head, room) for head in heads]):
        return
    next((every for every in range(2, len(heads) + 1) if fit([wrapped(h, 12) for h in heads], every)), None)


def _broken(head: str, width: int) -> str:
    """Return a head in lines of so many letters, with a hyphen where a word had to be cut."""
    lines: list[str] = []
    for word in head.split():
        pieces = [word]
        while len(pieces[-1]) > width:
            pieces[-1:] = [f"{pieces[-1][: width - 1]}-", pieces[-1][width - 1 :]]
        if lines and not lines[-1].endswith("-") and len(lines[-1]) + 1 + len(pieces[0]) <= width:
            lines[-1] += f" {pieces.pop(0)}"
        lines += pieces
    return "\n".join(lines)


def _hatch(figure: Canvas, ax: Axes, empty: np.ndarray, edges: np.ndarray) -> None:
    """Hatch cells with a few real lines: Chromium writes a hatch pattern into a PDF as megabytes."""
    figure.draw_without_rendering()
    step = HATCH * figure.dpi / 72
    points: list[tuple[float, float]] = []
    for x0, y0, x1, y1 in _areas(empty, edges):
        (left, top), (right, bottom) = ax.transData.transform([(x0, y0), (x1, y1)])
        # Lines x - y = c in pixels; c is a multiple of the step, so that the lines of neighbours meet.
        for c in np.arange(np.ceil((left - top) / step), np.floor((right - bottom) / step) + 1) * step:
            start, stop = max(left, bottom + c), min(right, top + c)
            if stop - start > 1:
                points += [(start, start - c), (stop, stop - c)]
    if points:
        codes = [Path.MOVETO, Path.LINETO] * (len(points) // 2)
        lines = Path(ax.transData.inverted().transform(points), codes)
        ax.add_patch(PathPatch(lines, fill=False, edgecolor=CONTEXT, linewidth=0.5, alpha=0.6, clip_on=False, zorder=1))


def _areas(empty: np.ndarray, edges: np.ndarray) -> Iterator[tuple[float, float, float, float]]:
    """Yield the hatched cells as rectangles: runs within a row, with equal runs below them."""
    open_runs: dict[tuple[int, int], int] = {}
    for row in range(empty.shape[0] + 1):
        cells = empty[row] if row < empty.shape[0] else np.zeros(empty.shape[1], dtype=bool)
        turns = np.flatnonzero(np.diff(np.concatenate([[False], cells, [False]]).astype(int)))
        runs = {(int(a), int(b)) for a, b in zip(turns[::2], turns[1::2], strict=True)}
        for run in sorted(set(open_runs) - runs):
            yield (run[0], edges[open_runs.pop(run)], run[1], edges[row])
        for run in sorted(runs - set(open_runs)):
            open_runs[run] = row
