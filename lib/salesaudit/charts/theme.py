"""One theme: colours, fonts, sizes, axes and labels that every drawing shares."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from salesaudit.figure import NARROW, WIDE
from salesaudit.format import NBSP, Loc
from salesaudit.i18n import message

Draw = Callable[[bool], Canvas]

INK, MUTED, RULE, CONTEXT = "#16202b", "#56616d", "#d9dde1", "#8a949e"
ACCENT, SECOND, THIRD = "#1f6f9f", "#b3541e", "#4f7f52"
SEVERITY = {"red": "#a32a22", "yellow": "#9a6a00", "green": "#2e6b4f", "grey": "#6b7580"}
SEVERITY_BACK = {"red": "#fbe1de", "yellow": "#fbecc6", "green": "#dcefe4", "grey": "#eef0f2"}
SEVERITY_SHAPE = {"red": "■", "yellow": "▲", "green": "●", "grey": "○"}
"""A shape beside each colour, for readers who do not see the colours apart."""
SERIES = (ACCENT, SECOND, THIRD, "#6a4c93", "#8a949e", "#c2a83e", "#3b3f8f")
"""Colour-blind safe, in order of use; more than seven series are too many."""
HEAT = LinearSegmentedColormap.from_list("salesaudit", ["#f3f6f8", "#9cc3da", "#1f6f9f", "#123f5e"])
QUIET = "#cfd5da"
"""What is not known or not given, in every figure: it is there, but it is not a series of its own."""
FONT = "Inter"
SMALL = 8.5
"""Points of the smallest text: 11 pixels on a phone of 390."""
DENSE = 500
"""More marks than this are drawn as pixels inside the SVG."""
LABEL_LINES = 3
"""A label that needs more lines is cut off with an ellipsis."""

for _font in (
    sorted(files("salesaudit").joinpath("fonts").iterdir(), key=str)
    if files("salesaudit").joinpath("fonts").is_dir()
    else ()
):
    if _font.name.endswith(".ttf"):
        font_manager.fontManager.addfont(str(_font))

THEME: dict[str, Any] = {
    **sns.axes_style("white"),
    "font.family": [FONT, "DejaVu Sans"],
    "font.size": 9.5,
    "text.parse_math": False,  # a customer called "$ave$" is not a formula
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": CONTEXT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.bottom": False,
    "ytick.left": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "legend.frameon": False,
}


def themed(paint: Callable[[bool], Canvas]) -> Draw:
    """Draw inside the theme, whatever the caller's own settings are."""

    def draw(narrow: bool = False) -> Canvas:
        # The family list must be exactly ours: rc_context restores what was there before.
        with mpl.rc_context(THEME):
            figure = paint(narrow)
            figure.draw_without_rendering()  # fixes the layout while the theme holds
            for ax in figure.axes:
                _fold_title(figure, ax)
            return figure

    return draw


def _fold_title(figure: Canvas, ax: Axes) -> None:
    """Break the title of an x axis into more lines until it stays inside the drawing."""
    title = ax.xaxis.label
    words = " ".join(title.get_text().split("\n"))
    for width in range(44, 14, -6):
        box = title.get_window_extent()
        if not words or (box.x0 >= 0 and box.x1 <= figure.bbox.width):
            return
        title.set_text(wrapped(words, width))
        figure.draw_without_rendering()


def canvas(narrow: bool, height: float) -> tuple[Canvas, Axes]:
    """Return a bare figure of the right width with one axes; `height` in inches."""
    figure = Canvas(figsize=(NARROW if narrow else WIDE, height), layout="constrained")
    return figure, figure.add_subplot()


def tick_decimals(gap: float) -> int:
    """Return how many decimals tell ticks apart that lie `gap` from each other: one for 2.5, none for 20."""
    return next((d for d in range(9) if abs(round(gap, d) - gap) < 1e-6 * gap), 9)


def ticks(loc: Loc, kind: str = "number", currency: str = "", *, scale: float = 1.0) -> FuncFormatter:
    """Return the tick formatter of a kind of number; decimals follow the distance between the ticks.

    `scale` is what one unit of the axis stands for: 1e6 where its title says millions.
    """

    def write(value: float, _position: int | None = None) -> str:
        step = formatter.axis.get_majorticklocs() if formatter.axis is not None else np.array([value])
        gap = float(np.min(np.diff(step))) if len(step) > 1 else abs(value) or 1.0
        if kind == "share":
            return loc.share(value, decimals=tick_decimals(gap * 100))
        return loc.number(value / scale, decimals=tick_decimals(gap / scale))

    formatter = FuncFormatter(write)
    return formatter


def powers(loc: Loc, kind: str, currency: str) -> FuncFormatter:
    """Return the tick formatter of a logarithmic axis: every tick is a power of ten and names its own size."""

    def write(value: float, _position: int | None = None) -> str:
        if kind == "money":
            return loc.money(value, currency, digits=1).removesuffix(f"{NBSP}{currency}")
        return loc.number(value, digits=1)

    return FuncFormatter(write)


def value_axis(ax: Axes, loc: Loc, kind: str, currency: str, narrow: bool, *, axis: str = "x", title: str = "") -> None:
    """Give an axis its ticks and its title; call it last, when the limits stand.

    A title of amounts ends in their unit, such as "million SEK", so that the ticks can be short.
    """
    target = ax.xaxis if axis == "x" else ax.yaxis
    scale = 1.0
    if kind == "money":
        scale, unit = loc.money_unit(max(map(abs, target.get_view_interval())), currency)
        title = message("{measure}, {unit}", measure=title, unit=unit).text(loc) if title else unit
    # Numbers lie side by side below a drawing: fewer of them fit on a phone.
    most = (3 if narrow else 6) if kind == "money" and axis == "x" else (4 if narrow else 7)
    target.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    target.set_major_formatter(ticks(loc, kind, currency, scale=scale))
    axis_title(ax, title, narrow, axis=axis)


def axis_title(ax: Axes, title: str, narrow: bool, *, axis: str = "x", above: bool = False) -> None:
    """Name what an axis shows. Above the y axis, because a turned title has to be deciphered.

    With `above` the title of the y axis leaves a line for the labels of vertical references.
    """
    text = wrapped(title, 50 if narrow else 90)
    if axis == "x":
        # On a phone the axis is short: its title may reach back under the labels of the rows.
        ax.set_xlabel(text, fontsize=SMALL, loc="right" if narrow else "center")
    else:
        ax.set_title(text, loc="left", fontsize=SMALL, color=MUTED, pad=20 if above else 6)


def wrapped(text: str, width: int, lines_at_most: int = LABEL_LINES) -> str:
    """Return a label on at most three lines: one that is wider than the drawing would leave no room for the marks."""
    words = re.split(r"[ \t\r\n]+", str(text).strip())  # not at a no-break space: a number stays with its unit
    pieces = [p for word in words for p in (wrap(word, width) if len(word) > 2 * width else [word])]
    lines = [""]
    for word in pieces:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > lines_at_most:
        lines[lines_at_most - 1 :] = [f"{lines[lines_at_most - 1]}…"]
    return "\n".join(lines)


@dataclass(frozen=True)
class Rows:
    """Labelled rows from top to bottom, higher where a label needs more lines.

    Attributes
    ----------
    labels : list of str
    places : ndarray
        Where each row has its middle; whole numbers while every label has one line.
    size : float
        Height of all rows together, in rows of one line.
    """

    labels: list[str]
    places: np.ndarray
    size: float


def rows_of(labels: Sequence[str], narrow: bool, *, height: float = 0.3) -> Rows:
    """Return the rows for labels; `height` is that of a row of one line, in inches."""
    texts = [wrapped(t, 16 if narrow else 30) for t in labels]
    heights = np.array([max(1.0, (0.17 * (t.count("\n") + 1) + 0.06) / height) for t in texts], dtype=float)
    return Rows(texts, np.cumsum(heights) - heights / 2 - 0.5, max(float(heights.sum()), 1.0))


def row_axis(ax: Axes, rows: Rows, *, foot: float = 0.0) -> np.ndarray:
    """Put the rows on the y axis, the first on top, and return their places; `foot` is room below the last, in rows."""
    ax.set_yticks(rows.places, rows.labels, color=INK)
    ax.set_ylim(rows.size - 0.4 + foot, -0.6)
    ax.grid(axis="y", visible=False)
    return rows.places


def boxes(ax: Axes, corners: Sequence[tuple[float, float, float, float]], colour: str, **more: Any) -> None:
    """Fill rectangles (x0, y0, x1, y1) with one colour as one path: a hundred of them would weigh 20 kB."""
    if not corners:
        return
    x0, y0, x1, y1 = np.array(corners, dtype=float).T
    points = np.stack([x0, y0, x1, y0, x1, y1, x0, y1, x0, y0], axis=1).reshape(-1, 2)
    codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(corners))
    style = {"edgecolor": "white", "linewidth": 1, "clip_on": False} | more
    ax.add_patch(PathPatch(Path(points, codes), facecolor=colour, **style))
