"""Rows x columns: heat maps, and red, yellow and green."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure as Canvas

from salesaudit.charts.theme import (
    DENSE,
    HEAT,
    RULE,
    SEVERITY,
    SEVERITY_BACK,
    SEVERITY_SHAPE,
    Draw,
    canvas,
    themed,
    wrapped,
)
from salesaudit.format import Loc


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
        ax.set_yticks(np.arange(len(table)) + 0.5, [wrapped(t, 14 if narrow else 30) for t in table.index], rotation=0)
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
        ax.set_xticks(places, [wrapped(c, 18) for c in points.columns], rotation=90 if narrow else 0)
        ax.tick_params(axis="x", labelsize=8 if narrow else 9)
        ax.set_yticks(np.arange(len(points)) + 0.5, [wrapped(t, 14 if narrow else 30) for t in points.index])
        ax.tick_params(axis="y", labelsize=8 if narrow else 9)
        return figure

    return draw
