"""One theme: colours, fonts, sizes, axes and labels that every drawing shares."""

from collections.abc import Callable, Sequence
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
from matplotlib.ticker import FuncFormatter, MaxNLocator

from salesaudit.figure import NARROW, WIDE
from salesaudit.format import Loc

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
FONT = "Inter"
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
            return figure

    return draw


def canvas(narrow: bool, height: float) -> tuple[Canvas, Axes]:
    """Return a bare figure of the right width with one axes; `height` in inches."""
    figure = Canvas(figsize=(NARROW if narrow else WIDE, height), layout="constrained")
    return figure, figure.add_subplot()


def tick_decimals(gap: float) -> int:
    """Return how many decimals tell ticks apart that lie `gap` from each other: one for 2.5, none for 20."""
    return next((d for d in range(9) if abs(round(gap, d) - gap) < 1e-6 * gap), 9)


def ticks(loc: Loc, kind: str = "number", currency: str = "") -> FuncFormatter:
    """Return the tick formatter of a kind of number; decimals follow the distance between the ticks."""

    def write(value: float, _position: int | None = None) -> str:
        step = formatter.axis.get_majorticklocs() if formatter.axis is not None else np.array([value])
        gap = float(np.min(np.diff(step))) if len(step) > 1 else abs(value) or 1.0
        if kind == "share":
            return loc.share(value, decimals=tick_decimals(gap * 100))
        if kind == "money":
            return loc.money(value, currency).replace(f"\u00a0{currency}", "") if value else "0"
        return loc.number(value, decimals=tick_decimals(gap))

    formatter = FuncFormatter(write)
    return formatter


def value_axis(ax: Axes, loc: Loc, kind: str, currency: str, narrow: bool, *, axis: str = "x") -> None:
    target = ax.xaxis if axis == "x" else ax.yaxis
    # Amounts are long words: fewer of them fit side by side.
    most = (2 if narrow else 5) if kind == "money" and axis == "x" else (4 if narrow else 7)
    target.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    target.set_major_formatter(ticks(loc, kind, currency))


def wrapped(text: str, width: int) -> str:
    """Return a label on at most three lines: one that is wider than the drawing would leave no room for the marks."""
    words = str(text).split()
    pieces = [p for word in words for p in (wrap(word, width) if len(word) > 2 * width else [word])]
    lines = [""]
    for word in pieces:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > LABEL_LINES:
        lines[LABEL_LINES - 1 :] = [f"{lines[LABEL_LINES - 1]}…"]
    return "\n".join(lines)


def references_on(ax: Axes, references: Sequence[tuple[float, str]], *, vertical: bool) -> None:
    """Draw labelled reference lines; labels sit outside the plot so that no mark hides them."""
    for value, label in references:
        if vertical:
            ax.axvline(value, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            ax.annotate(
                label,
                (value, 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8.5,
                color=INK,
            )
        else:
            ax.axhline(value, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
            ax.annotate(
                label,
                (1, value),
                xycoords=("axes fraction", "data"),
                xytext=(4, 0),
                textcoords="offset points",
                ha="left",
                va="center",
                fontsize=8.5,
                color=INK,
            )


def row_axis(ax: Axes, labels: Sequence[str], narrow: bool, *, foot: float = 0.0) -> np.ndarray:
    """Put one labelled row per item on the y axis, the first on top, and return their places.

    `foot` is room below the last row, in rows.
    """
    rows = np.arange(len(labels))
    ax.set_yticks(rows, [wrapped(t, 16 if narrow else 30) for t in labels], color=INK)
    ax.set_ylim(len(labels) - 0.4 + foot, -0.6)
    ax.grid(axis="y", visible=False)
    return rows
