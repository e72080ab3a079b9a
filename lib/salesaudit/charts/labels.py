"""Words inside a drawing: references, legends and direct labels, placed by their measured size.

Other languages are up to 40 per cent longer than English, so nothing here counts letters: it draws, measures and moves.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.legend import Legend
from matplotlib.text import Annotation

from salesaudit.charts.theme import INK, SMALL, wrapped

GAP = 6.0
"""Fewest pixels between two labels."""


def note(ax: Axes, words: str, at: tuple[float, float], **more: object) -> Annotation:
    """Write a few small words at a place, moved by `xytext` points."""
    style = {"textcoords": "offset points", "fontsize": SMALL, "color": INK} | more
    return ax.annotate(words, at, **style)


def references_on(
    ax: Axes, references: Sequence[tuple[float, str]], *, vertical: bool, inside: bool = False, zorder: float = 1
) -> list[Annotation]:
    """Draw labelled reference lines and return the labels.

    They sit outside the plot so that no mark hides them; with `inside` those of horizontal lines stand on their line.
    """
    line = {"color": INK, "linewidth": 1, "linestyle": (0, (4, 3)), "zorder": zorder}
    labels = []
    for value, words in references:
        if vertical:
            ax.axvline(value, **line)
            place = {"xycoords": ("data", "axes fraction"), "xytext": (0, 3), "ha": "center", "va": "bottom"}
            label = note(ax, words, (value, 1), **place)
        else:
            ax.axhline(value, **line)
            place = {"xycoords": ("axes fraction", "data"), "ha": "left"}
            place |= {"xytext": (3, 2), "va": "bottom"} if inside else {"xytext": (4, 0), "va": "center"}
            label = note(ax, words, (0 if inside else 1, value), **place)
        labels.append(label)
    return labels


def keep_apart(figure: Canvas, labels: Sequence[Annotation]) -> None:
    """Move labels above a drawing away from each other: neighbours turn their backs, then every second one climbs."""
    labels = sorted((label for label in labels if label.get_text()), key=lambda label: label.xy[0])

    def meeting() -> list[int]:
        figure.draw_without_rendering()
        ends = [(b.x0, b.x1) for b in (label.get_window_extent() for label in labels)]
        return [i for i in range(1, len(ends)) if ends[i][0] < ends[i - 1][1] + GAP]

    for i in meeting():
        for label, side, step in ((labels[i - 1], "right", 3), (labels[i], "left", -3)):
            label.set_ha(side)
            label.xyann = (step, label.xyann[1])
    for i in meeting()[::2]:
        labels[i].xyann = (labels[i].xyann[0], labels[i].xyann[1] + 1.4 * SMALL)


def legend_on(figure: Canvas, ax: Axes, narrow: bool, **more: object) -> None:
    """Put the legend above the drawing, read row by row, in as many columns as fit; the drawing grows by its height."""
    handles, words = ax.get_legend_handles_labels()
    words = [wrapped(w, 50 if narrow else 90) for w in words]

    def written(columns: int) -> Legend:
        # matplotlib fills column by column; readers read row by row.
        order = [i for start in range(columns) for i in range(start, len(handles), columns)]
        return figure.legend(
            [handles[i] for i in order],
            [words[i] for i in order],
            loc="outside upper left",
            ncols=columns,
            fontsize=SMALL,
            labelcolor=INK,
            handlelength=1.4,
            columnspacing=1.6,
            borderaxespad=0.2,
            **more,
        )

    for columns in range(len(handles), 0, -1):
        legend = written(columns)
        fits = columns == 1 or legend.get_window_extent().width <= figure.bbox.width - 2 * GAP
        even = int(np.ceil(len(handles) / np.ceil(len(handles) / columns)))
        if (
            fits and even < columns
        ):  # the same number of lines, but evenly filled: not five and one, but three and three
            legend.remove()
            legend = written(even)
        if fits:
            figure.set_figheight(figure.get_figheight() + (legend.get_window_extent().height + GAP) / figure.dpi)
            return
        legend.remove()


def room_for(figure: Canvas, ax: Axes, notes: Sequence[Annotation], ends: Sequence[float]) -> None:
    """Lengthen the x axis until the words behind the bars, which begin at `ends`, stay inside."""
    if not notes:
        return
    for words in notes:
        words.set_in_layout(False)  # else the axes would shrink to make room, and then be lengthened too
    figure.draw_without_rendering()
    width = ax.get_window_extent().width
    start, stop = ax.get_xlim()
    for words, end in zip(notes, ends, strict=True):
        taken = words.get_window_extent().width + 2 * GAP + 4
        stop = max(stop, start + (end - start) * width / max(width - taken, 0.2 * width))
    ax.set_xlim(start, stop)


def name_segments(
    figure: Canvas, ax: Axes, edges: np.ndarray, words: Sequence[str], colours: Sequence[str], y: float
) -> bool:
    """Write the names of the segments of one bar above it; return False, and write nothing, where they do not fit."""
    figure.draw_without_rendering()
    left, right = ax.get_window_extent().intervalx
    notes, reached = [], left - GAP
    for n, (name, colour) in enumerate(zip(words, colours, strict=True)):
        last = n == len(words) - 1
        at, side = (edges[-1], "right") if last and n else (edges[n], "left")
        label = note(ax, name, (at, y), xytext=(0, 1), ha=side, va="bottom", color=colour, fontweight="bold")
        notes.append(label)
        box = label.get_window_extent()
        ends = ax.transData.transform([(edges[n], 0), (edges[n + 1], 0)])[:, 0]
        outside = box.x0 < reached + GAP or box.x1 > right + GAP
        # A name that begins behind its segment, or ends before it, would be read as that of another one.
        if outside or box.x0 > ends[1] or box.x1 < ends[0]:
            for written in notes:
                written.remove()
            return False
        reached = box.x1
    return True
