"""Values against values: lines over time, and points."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter

from salesaudit.charts.theme import (
    ACCENT,
    DENSE,
    INK,
    MUTED,
    SERIES,
    Draw,
    canvas,
    references_on,
    themed,
    ticks,
    value_axis,
)
from salesaudit.format import Loc


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
            )
        ax.grid(axis="x", visible=False)
        if pd.api.types.is_datetime64_any_dtype(frame[x]):
            ax.xaxis.set_major_locator(mpl.dates.AutoDateLocator(maxticks=3 if narrow else 6))
            ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _p: loc.month(mpl.dates.num2date(v).date())))
        else:
            value_axis(ax, loc, "number", "", narrow)
        references_on(ax, references, vertical=False)
        value_axis(ax, loc, kind, currency, narrow, axis="y")
        ax.set_xlabel(xlabel)
        # A label on top reads horizontally; a rotated one has to be deciphered.
        ax.set_title(ylabel, loc="left", fontsize=8.5, color=MUTED)
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
            value_axis(ax, loc, kinds[0], currency, narrow)
            value_axis(ax, loc, kinds[1], currency, narrow, axis="y")
        references_on(ax, x_references, vertical=True)
        references_on(ax, y_references, vertical=False)
        if any(legend for _, legend in groups.values()):
            figure.legend(loc="outside upper left", ncols=2 if narrow else 4, fontsize=8.5, labelcolor=INK)
        ax.set_xlabel(xlabel)
        ax.set_title(ylabel, loc="left", fontsize=8.5, color=MUTED)
        return figure

    return draw
