"""The few drawings that the reports are made of, in one theme.

Each function takes tidy data and returns ``draw(narrow) -> matplotlib.figure.Figure``, which `figure.Figure` calls
once for a desk and once for a phone. Bare figures only: no pyplot, no state. Intervals are always given by the
caller; seaborn never bootstraps its own.
"""

from salesaudit.charts.cells import heatmap, severity_matrix
from salesaudit.charts.curves import lines, scatter
from salesaudit.charts.places import bubble_map, outlined, plane
from salesaudit.charts.rows import bars, grouped_bars, intervals, stacked_bars
from salesaudit.charts.theme import ACCENT, CONTEXT, INK, QUIET, SECOND, SERIES, Draw, ticks

__all__ = [
    "ACCENT",
    "CONTEXT",
    "INK",
    "QUIET",
    "SECOND",
    "SERIES",
    "Draw",
    "bars",
    "bubble_map",
    "grouped_bars",
    "heatmap",
    "intervals",
    "lines",
    "outlined",
    "plane",
    "scatter",
    "severity_matrix",
    "stacked_bars",
    "ticks",
]
