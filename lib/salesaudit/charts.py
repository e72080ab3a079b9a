"""The few drawings that the reports are made of, in one theme.

Each function takes tidy data and returns ``draw(narrow) -> matplotlib.figure.Figure``, which `figure.Figure` calls
once for a desk and once for a phone. Bare figures only: no pyplot, no state. Intervals are always given by the
caller; seaborn never bootstraps its own.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
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


def _places(gap: float) -> int:
    """Return how many decimals tell ticks apart that lie `gap` from each other: one for 2.5, none for 20."""
    return next((d for d in range(9) if abs(round(gap, d) - gap) < 1e-6 * gap), 9)


def ticks(loc: Loc, kind: str = "number", currency: str = "") -> FuncFormatter:
    """Return the tick formatter of a kind of number; decimals follow the distance between the ticks."""

    def write(value: float, _position: int | None = None) -> str:
        step = formatter.axis.get_majorticklocs() if formatter.axis is not None else np.array([value])
        gap = float(np.min(np.diff(step))) if len(step) > 1 else abs(value) or 1.0
        if kind == "share":
            return loc.share(value, decimals=_places(gap * 100))
        if kind == "money":
            return loc.money(value, currency).replace(f"\u00a0{currency}", "") if value else "0"
        return loc.number(value, decimals=_places(gap))

    formatter = FuncFormatter(write)
    return formatter


def _value_axis(ax: Axes, loc: Loc, kind: str, currency: str, narrow: bool, *, axis: str = "x") -> None:
    target = ax.xaxis if axis == "x" else ax.yaxis
    # Amounts are long words: fewer of them fit side by side.
    most = (2 if narrow else 5) if kind == "money" and axis == "x" else (4 if narrow else 7)
    target.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    target.set_major_formatter(ticks(loc, kind, currency))


def _wrap(text: str, width: int) -> str:
    words, lines = str(text).split(), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _references(ax: Axes, references: Sequence[tuple[float, str]], *, vertical: bool) -> None:
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
        figure, ax = canvas(narrow, 0.9 + 0.3 * max(len(frame), 1))
        rows = np.arange(len(frame))
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
        ax.set_yticks(rows, [_wrap(t, 16 if narrow else 30) for t in frame[label]], color=INK)
        ax.set_ylim(len(frame) - (0.4 if band is None else 0), -0.6)  # the band's label needs a line of its own
        ax.grid(axis="y", visible=False)
        _references(ax, references, vertical=True)
        if zero:
            ax.set_xlim(left=0)  # after the references: setting one end freezes the other
        _value_axis(ax, loc, kind, currency, narrow)
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
        rows = np.arange(len(frame))
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
        ax.set_yticks(rows, [_wrap(t, 16 if narrow else 30) for t in frame[label]], color=INK)
        ax.set_ylim(len(frame) - 0.4, -0.6)
        ax.grid(axis="y", visible=False)
        ax.axvline(0, color=CONTEXT, linewidth=1)
        _references(ax, references, vertical=True)
        _value_axis(ax, loc, kind, currency, narrow)
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
        rows, height = np.arange(len(frame)), 0.8 / len(values)
        for n, (column, legend) in enumerate(values.items()):
            offset = (n - (len(values) - 1) / 2) * height
            ax.barh(rows + offset, frame[column], height=height * 0.9, color=SERIES[n], label=legend, zorder=2)
        ax.set_yticks(rows, [_wrap(t, 16 if narrow else 30) for t in frame[label]], color=INK)
        ax.set_ylim(len(frame) - 0.45, -0.55)
        ax.grid(axis="y", visible=False)
        figure.legend(loc="outside upper left", ncols=1 if narrow else 4, fontsize=8.5, labelcolor=INK)
        _value_axis(ax, loc, kind, currency, narrow)
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
        rows, left = np.arange(len(frame)), np.zeros(len(frame))
        for n, (column, legend) in enumerate(values.items()):
            width = frame[column].fillna(0).to_numpy(dtype=float)
            ax.barh(rows, width, left=left, height=0.7, color=SERIES[n % len(SERIES)], label=legend, zorder=2)
            left = left + width
        ax.set_yticks(rows, [_wrap(t, 16 if narrow else 30) for t in frame[label]], color=INK)
        ax.set_ylim(len(frame) - 0.4, -0.6)
        ax.grid(axis="y", visible=False)
        figure.legend(loc="outside upper left", ncols=2 if narrow else 4, fontsize=8.5, labelcolor=INK)
        _value_axis(ax, loc, kind, "", narrow)
        ax.set_xlabel(xlabel)
        return figure

    return draw


def lines(
    frame: pd.DataFrame,
    *,
    x: str,
    values: Mapping[str, str],
    low: str | None = None,
    high: str | None = None,
    loc: Loc,
    kind: str = "number",
    currency: str = "",
    ylabel: str = "",
    xlabel: str = "",
    references: Sequence[tuple[float, str]] = (),
    step: bool = False,
) -> Draw:
    """Lines over time (or any x), labelled at their right end; `low`/`high` band belongs to the first line."""

    @themed
    def draw(narrow: bool) -> Canvas:
        figure, ax = canvas(narrow, 2.6 if narrow else 3.0)
        for n, (column, legend) in enumerate(values.items()):
            colour = SERIES[n % len(SERIES)]
            ax.plot(
                frame[x],
                frame[column],
                color=colour,
                linewidth=2,
                zorder=3,
                drawstyle="steps-post" if step else "default",
            )
            known = frame[[x, column]].dropna()
            if legend and len(known):
                ax.annotate(
                    legend,
                    (known[x].iloc[-1], known[column].iloc[-1]),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8.5,
                    color=colour,
                )
        if low and high:
            ax.fill_between(
                frame[x],
                frame[low].astype(float),
                frame[high].astype(float),
                color=ACCENT,
                alpha=0.15,
                linewidth=0,
                step="post" if step else None,
            )
        ax.grid(axis="x", visible=False)
        if pd.api.types.is_datetime64_any_dtype(frame[x]):
            ax.xaxis.set_major_locator(mpl.dates.AutoDateLocator(maxticks=3 if narrow else 6))
            ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _p: loc.month(mpl.dates.num2date(v).date())))
        else:
            _value_axis(ax, loc, "number", "", narrow)
        _references(ax, references, vertical=False)
        _value_axis(ax, loc, kind, currency, narrow, axis="y")
        ax.set_xlabel(xlabel)
        # A label on top reads horizontally; a rotated one has to be deciphered.
        ax.set_title(ylabel, loc="left", fontsize=8.5, color=MUTED)
        return figure

    return draw


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

    @themed
    def draw(narrow: bool) -> Canvas:
        figure, ax = canvas(narrow, 0.9 + 0.32 * max(len(table), 1))
        if notes is not None:
            texts = notes.to_numpy()
        else:
            write = loc.share if kind == "share" else loc.number
            texts = np.array([[write(v) if pd.notna(v) else "" for v in row] for row in table.to_numpy(dtype=float)])
        values = table.astype(float)
        if hatched is not None:
            values = values.mask(hatched)
            texts = np.where(hatched.to_numpy(), "", texts)
        sns.heatmap(
            values,
            ax=ax,
            cmap=HEAT,
            cbar=False,
            annot=texts,
            fmt="",
            annot_kws={"size": 6.5 if narrow else 8},
            linewidths=1,
            linecolor="white",
            vmin=0,
            vmax=vmax,
            rasterized=table.size > DENSE,
        )
        if hatched is not None:
            for row, column in zip(*np.nonzero(hatched.to_numpy()), strict=True):
                ax.add_patch(
                    mpl.patches.Rectangle(
                        (column, row), 1, 1, fill=False, hatch="////", edgecolor=RULE, linewidth=0, zorder=1
                    )
                )
        ax.grid(visible=False)
        ax.set_ylabel("")
        ax.set_xlabel(xlabel)
        ax.tick_params(axis="both", labelsize=8 if narrow else 9)
        ax.set_yticks(np.arange(len(table)) + 0.5, [_wrap(t, 14 if narrow else 30) for t in table.index], rotation=0)
        widest = max((len(line) for c in table.columns for line in str(c).splitlines()), default=1) + 2
        every = max(1, int(np.ceil(table.shape[1] * widest / (44 if narrow else 92))))  # characters that fit in a row
        places = np.arange(0, table.shape[1], every)
        ax.set_xticks(places + 0.5, [str(table.columns[i]) for i in places], rotation=0)
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
        figure, ax = canvas(narrow, 0.9 + 0.32 * max(len(points), 1))
        for row, (values, names) in enumerate(zip(points.to_numpy(float), colours.to_numpy(), strict=True)):
            for column, (value, colour) in enumerate(zip(values, names, strict=True)):
                cell = mpl.patches.Rectangle(
                    (column, row), 1, 1, facecolor=SEVERITY_BACK[colour], edgecolor="white", linewidth=2
                )
                ax.add_patch(cell)
                number = loc.number(value, decimals=0)
                ax.annotate(
                    SEVERITY_SHAPE[colour] if narrow else f"{SEVERITY_SHAPE[colour]} {number}",
                    (column + 0.5, row + 0.5),
                    ha="center",
                    va="center",
                    fontsize=8.5,
                    color=SEVERITY[colour],
                )
        ax.set_xlim(0, max(points.shape[1], 1))
        ax.set_ylim(max(len(points), 1), 0)
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
        places = np.arange(points.shape[1]) + 0.5
        ax.set_xticks(places, [_wrap(c, 18) for c in points.columns], rotation=90 if narrow else 0)
        ax.tick_params(axis="x", labelsize=8 if narrow else 9)
        ax.set_yticks(np.arange(len(points)) + 0.5, [_wrap(t, 14 if narrow else 30) for t in points.index])
        ax.tick_params(axis="y", labelsize=8 if narrow else 9)
        return figure

    return draw


def scatter(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    loc: Loc,
    kinds: tuple[str, str] = ("number", "number"),
    currency: str = "",
    xlabel: str = "",
    ylabel: str = "",
    colour: str | None = None,
    colours: Mapping[str, tuple[str, str]] | None = None,
    log: bool = False,
    x_references: Sequence[tuple[float, str]] = (),
    y_references: Sequence[tuple[float, str]] = (),
    diagonal: bool = False,
) -> Draw:
    """Points; `colours` maps the values of the column `colour` to (colour, legend text)."""

    @themed
    def draw(narrow: bool) -> Canvas:
        figure, ax = canvas(narrow, 3.2 if narrow else 3.8)
        groups = colours or {"": (ACCENT, "")}
        for value, (shade, legend) in groups.items():
            part = frame[frame[colour] == value] if colour else frame
            ax.scatter(
                part[x],
                part[y],
                s=12 if len(frame) > DENSE else 30,
                color=shade,
                alpha=0.7,
                linewidths=0,
                label=legend,
                rasterized=len(frame) > DENSE,
                zorder=3,
            )
        if log:
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.xaxis.set_major_formatter(ticks(loc, kinds[0], currency))
            ax.yaxis.set_major_formatter(ticks(loc, kinds[1], currency))
            ax.minorticks_off()
        else:
            _value_axis(ax, loc, kinds[0], currency, narrow)
            _value_axis(ax, loc, kinds[1], currency, narrow, axis="y")
        if diagonal:
            ax.axline((0, 0), slope=1, color=CONTEXT, linewidth=1, zorder=1)
        _references(ax, x_references, vertical=True)
        _references(ax, y_references, vertical=False)
        if any(legend for _, legend in groups.values()):
            figure.legend(loc="outside upper left", ncols=2 if narrow else 4, fontsize=8.5, labelcolor=INK)
        ax.set_xlabel(xlabel)
        ax.set_title(ylabel, loc="left", fontsize=8.5, color=MUTED)
        return figure

    return draw
