"""Values against values: lines over time, and points."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter

from salesaudit.charts.labels import keep_apart, legend_on, note, references_on
from salesaudit.charts.theme import (
    ACCENT,
    DENSE,
    SERIES,
    Draw,
    axis_title,
    canvas,
    powers,
    themed,
    value_axis,
)
from salesaudit.format import Loc

FEW_WEEKS_DAYS = 45
"""Below this a date axis counts days."""
DAYS_A_MONTH = 30.4
STEPS = (1, 2, 3, 6, 12)
"""Months between two ticks, always those of the calendar: quarters begin in January."""


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
    zero: bool = False,
) -> Draw:
    """Lines over time (or any x), labelled at their right end; `low`/`high` band belongs to the first line.

    With `zero` the y axis begins at zero.
    """

    @themed
    def draw(narrow: bool) -> Canvas:
        figure, ax = canvas(narrow, 2.6 if narrow else 3.0)
        for n, (column, legend) in enumerate(values.items()):
            colour = SERIES[n % len(SERIES)]
            ax.plot(frame[x], frame[column], color=colour, linewidth=2, zorder=3)
            known = frame[[x, column]].dropna()
            if legend and len(known):
                end = (known[x].iloc[-1], known[column].iloc[-1])
                note(ax, legend, end, xytext=(4, 0), va="center", color=colour)
        if low and high:
            ends = frame[low].astype(float), frame[high].astype(float)
            ax.fill_between(frame[x], *ends, color=ACCENT, alpha=0.15, linewidth=0)
        ax.grid(axis="x", visible=False)
        ax.margins(x=0.01)
        references_on(ax, references, vertical=False)
        if zero:
            ax.set_ylim(0, ax.get_ylim()[1])
        if pd.api.types.is_datetime64_any_dtype(frame[x]):
            _date_axis(ax, frame[x], loc, 3 if narrow else 6)
            axis_title(ax, xlabel, narrow)
        else:
            value_axis(ax, loc, "number", "", narrow, title=xlabel)
        value_axis(ax, loc, kind, currency, narrow, axis="y", title=ylabel)
        return figure

    return draw


def _date_axis(ax: Axes, dates: pd.Series, loc: Loc, most: int) -> None:
    """Label the axis with months, none of them twice; with days where the whole lasts a few weeks."""
    span = (dates.max() - dates.min()).days
    if span < FEW_WEEKS_DAYS:
        locator, write = mpl.dates.AutoDateLocator(maxticks=most), lambda day: loc.day(day, "d MMM")
    else:
        months = span / DAYS_A_MONTH
        step = next((step for step in STEPS if months / step < most), 0)
        years = mpl.dates.YearLocator(int(np.ceil(months / 12 / most)))
        locator = mpl.dates.MonthLocator(bymonth=range(1, 13, step)) if step else years
        write = loc.month
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _p: write(mpl.dates.num2date(v).date())))


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
    """Points; `colours` maps the values of the column `colour` to (colour, legend text).

    Groups that lie in four different corners carry their names there instead of in a legend. With `log` the axes
    count in powers of ten, and their titles carry the unit.
    """
    groups = dict(colours or {"": (ACCENT, "")})
    corners = _corners(frame, x, y, colour, log=log) if colour else {}

    @themed
    def draw(narrow: bool) -> Canvas:
        figure, ax = canvas(narrow, 3.2 if narrow else 3.8)
        for value, (shade, legend) in groups.items():
            part = frame[frame[colour] == value] if colour else frame
            dense = {"s": 6 if narrow else 9, "rasterized": True} if len(frame) > DENSE else {"s": 30}
            ax.scatter(part[x], part[y], color=shade, alpha=0.7, linewidths=0, label=legend, zorder=3, **dense)
        ax.margins(0.06)
        if log:
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.xaxis.set_major_formatter(powers(loc, kinds[0], currency))
            ax.yaxis.set_major_formatter(powers(loc, kinds[1], currency))
            ax.minorticks_off()
            axis_title(ax, xlabel, narrow)
            axis_title(ax, ylabel, narrow, axis="y", above=bool(x_references))
        else:
            value_axis(ax, loc, kinds[0], currency, narrow, title=xlabel)
            value_axis(ax, loc, kinds[1], currency, narrow, axis="y", title=ylabel)
        labels = references_on(ax, x_references, vertical=True)
        references_on(ax, y_references, vertical=False, inside=True)
        apart = set(groups) <= set(corners) and len({corners[g] for g in groups}) == len(groups) > 1
        if not apart or not _name_corners(figure, ax, {groups[g]: corners[g] for g in groups}):
            legend_on(figure, ax, narrow, markerscale=1 if len(frame) <= DENSE else 2.5)
        keep_apart(figure, labels)
        return figure

    return draw


def _corners(frame: pd.DataFrame, x: str, y: str, colour: str, *, log: bool) -> dict[str, tuple[int, int]]:
    """Return the corner, (0 or 1, 0 or 1), in which each group has its middle as seen from that of all groups."""
    places = frame[[x, y]].astype(float)
    middles = (np.log10(places.where(places > 0)) if log else places).groupby(frame[colour]).median()
    side = middles > middles.mean()
    return {str(group): (int(row[x]), int(row[y])) for group, row in side.iterrows()}


def _name_corners(figure: Canvas, ax: Axes, names: Mapping[tuple[str, str], tuple[int, int]]) -> bool:
    """Write the names of groups into the corners; return False, and write nothing, where they would touch."""
    figure.draw_without_rendering()
    notes = [
        note(
            ax,
            words,
            (right, top),
            xycoords="axes fraction",
            xytext=(-4 if right else 4, -4 if top else 4),
            ha="right" if right else "left",
            va="top" if top else "bottom",
            color=shade,
            fontweight="bold",
            # Not an outline: matplotlib would draw the letters as paths.
            bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1},
            zorder=5,
        )
        for (shade, words), (right, top) in names.items()
    ]
    boxes = [label.get_window_extent() for label in notes]
    if any(a.overlaps(b) for a, b in combinations(boxes, 2)):
        for label in notes:
            label.remove()
        return False
    return True
