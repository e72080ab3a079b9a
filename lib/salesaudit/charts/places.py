"""Values at places: bubbles over the outlines of the Nordic countries, or over nothing where those do not reach."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from salesaudit.charts.labels import legend_on, note
from salesaudit.charts.theme import DENSE, MUTED, SMALL, Draw, canvas, themed
from salesaudit.figure import NARROW, WIDE
from salesaudit.format import Loc
from salesaudit.i18n import message

EARTH_KM = 6371.0088
CENTRE = (63.0, 16.0)
"""Latitude and longitude where the map's north points straight up."""
LAND, NEIGHBOUR, BORDER = "#e4e9ed", "#f3f5f6", "#ffffff"
MARGIN = 0.07
"""Room around the outermost bubble, as a share of the width."""
TALLEST, FLATTEST = 1.25, 0.45
"""Largest and smallest height of the drawing for its width."""
LARGEST = 10.0
"""Radius of the largest bubble in points."""
SIZES = 24
"""Different sizes of bubbles; those of one size are one path."""


def plane(latitude: Any, longitude: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return km east and north of the centre, on the equal-area plane of Lambert.

    References
    ----------
    Snyder (1987), Map Projections: A Working Manual, USGS Professional Paper 1395, equations 24-2 to 24-4.
    """
    phi, lam = np.radians(np.asarray(latitude, dtype=float)), np.radians(np.asarray(longitude, dtype=float))
    phi0, lam0 = np.radians(CENTRE)
    cosine = np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(lam - lam0)
    k = EARTH_KM * np.sqrt(2 / np.maximum(1 + cosine, 1e-9))
    x = k * np.cos(phi) * np.sin(lam - lam0)
    return x, k * (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam - lam0))


@dataclass(frozen=True)
class Outlines:
    """Countries as rings of points in km, and how far they reach."""

    edge: float
    home: tuple[str, ...]
    lands: Mapping[str, tuple[np.ndarray, ...]]


@cache
def outlines() -> Outlines:
    """Return the outlines that tools/make_map.py built."""
    raw = json.loads(files("salesaudit.charts").joinpath("nordic.json").read_text(encoding="utf-8"))
    lands = {
        code: tuple(np.cumsum(np.array(ring, dtype=float).reshape(-1, 2), axis=0) / 10 for ring in rings)
        for code, rings in raw["lands"].items()
    }
    return Outlines(float(raw["edge"]), tuple(raw["home"]), lands)


def outlined(latitude: Any, longitude: Any) -> bool:
    """Return whether all these places lie where there are outlines; a half map would be a wrong one."""
    x, y = plane(latitude, longitude)
    return bool(len(x)) and bool((np.maximum(np.abs(x), np.abs(y)) < outlines().edge).all())


def bubble_map(
    frame: pd.DataFrame,
    *,
    lat: str,
    lon: str,
    values: Mapping[str, tuple[str, str]],
    loc: Loc,
    unit: str = "",
) -> Draw:
    """Bubbles at places, their area by value; the first of `values` is the whole, the others are parts of it.

    Parameters
    ----------
    frame : DataFrame
        One row per place, in degrees.
    values : mapping
        Column -> (colour, legend text). All bubbles of a place share their centre, the parts on top of the whole.
    unit : str
        What the values count, for the legend of sizes.
    """
    x, y = plane(frame[lat], frame[lon])
    whole = next(iter(values))
    top = float(frame[whole].max()) if len(frame) else 1.0
    land = outlined(frame[lat], frame[lon])

    @themed
    def draw(narrow: bool) -> Canvas:
        width = NARROW if narrow else WIDE
        largest = LARGEST * (0.6 if narrow else 1.0)
        view = _view(x, y, narrow)
        figure, ax = canvas(narrow, width * (view[3] - view[2]) / (view[1] - view[0]) + 0.1)
        ax.set_axis_off()
        ax.set_xlim(view[0], view[1])
        ax.set_ylim(view[2], view[3])
        ax.set_aspect("equal")
        if land:
            _draw_lands(ax, view, km_per_point=(view[1] - view[0]) / (72 * width))
        for column, (colour, words) in values.items():
            radius = largest * np.sqrt(np.clip(frame[column].to_numpy(dtype=float) / top, 0, 1))
            sizes = np.rint(radius * SIZES / largest) * largest / SIZES
            alpha = 0.45 if column == whole else 0.85
            for size in sorted(set(sizes[sizes > 0]), reverse=True):
                _dots(ax, x[sizes == size], y[sizes == size], size, color=colour, alpha=alpha)
            ax.scatter([], [], s=60, color=colour, linewidths=0, label=words, alpha=alpha)
        size = _round(top / 2)
        largest_words = message(
            "{number} {unit}", number=loc.number(size, decimals=0 if size >= 1 else None), unit=unit
        ).text(loc)
        area = (2 * largest) ** 2 * size / top
        ax.scatter([], [], s=area, facecolor="none", edgecolor=MUTED, linewidths=1, label=largest_words)
        legend_on(figure, ax, narrow, handletextpad=0.6)
        _scale(ax, view, loc)
        return figure

    return draw


def _dots(ax: Axes, x: np.ndarray, y: np.ndarray, radius: float, **look: Any) -> None:
    """Draw circles of one size as one path: lines of no length with round ends, a fifth of the bytes of circles."""
    path = Path(np.repeat(np.column_stack([x, y]), 2, axis=0), [Path.MOVETO, Path.LINETO] * len(x))
    path.should_simplify = False  # lines of no length are all there is
    more = {"fill": False, "capstyle": "round", "joinstyle": "round", "clip_on": False, "zorder": 3}
    ax.add_patch(PathPatch(path, linewidth=2 * radius, rasterized=len(x) > DENSE, **more, **look))


def _view(x: np.ndarray, y: np.ndarray, narrow: bool) -> tuple[float, float, float, float]:
    """Return the part of the plane to show: the bubbles with a margin, no taller and no flatter than a page bears."""
    if not len(x):
        return -1.0, 1.0, -1.0, 1.0
    half = np.array([np.ptp(x), np.ptp(y)]) / 2
    half = half + np.maximum(half.max() * 2 * MARGIN, 15.0)
    tallest = TALLEST if narrow else 0.7 * TALLEST
    half[0] = max(half[0], half[1] / tallest)
    half[1] = max(half[1], half[0] * FLATTEST)
    middle = np.array([x.min() + x.max(), y.min() + y.max()]) / 2
    return middle[0] - half[0], middle[0] + half[0], middle[1] - half[1], middle[1] + half[1]


def _draw_lands(ax: Axes, view: tuple[float, float, float, float], *, km_per_point: float) -> None:
    """Fill the countries in view, the neighbours first; lines are as fine as the eye sees at this size."""
    found = outlines()
    room = 0.05 * (view[1] - view[0])  # so that the edge of the cut land stays out of sight
    frame = (view[0] - room, view[1] + room, view[2] - room, view[3] + room)
    for home in (False, True):
        points, codes = [], []
        for code, rings in found.lands.items():
            for ring in rings if (code in found.home) == home else ():
                part = thinned(cut(ring, frame), 1.1 * km_per_point)
                if len(part) > 3 and np.ptp(part, axis=0).max() > 3 * km_per_point:
                    points += [part, part[:1]]
                    codes += [Path.MOVETO, *[Path.LINETO] * (len(part) - 1), Path.CLOSEPOLY]
        if points:
            path = Path(np.concatenate(points), codes)
            ax.add_patch(PathPatch(path, facecolor=LAND if home else NEIGHBOUR, edgecolor=BORDER, linewidth=0.8))


def cut(ring: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Return the part of a ring inside a box (x0, x1, y0, y1) (Sutherland and Hodgman, 1974)."""
    for axis, limit, sign in ((0, box[0], -1), (0, box[1], 1), (1, box[2], -1), (1, box[3], 1)):
        if len(ring) < 3:
            return ring[:0]
        before = np.roll(ring, 1, axis=0)
        inside, was = sign * ring[:, axis] <= sign * limit, sign * before[:, axis] <= sign * limit
        crosses = inside != was
        if not crosses.any():
            ring = ring if inside.all() else ring[:0]
            continue
        share = np.zeros(len(ring))
        share[crosses] = (limit - before[crosses, axis]) / (ring[crosses, axis] - before[crosses, axis])
        between = before + share[:, None] * (ring - before)
        # Each point may bring two: where its line enters or leaves the box, and itself.
        ring = np.stack([between, ring], axis=1)[np.stack([crosses, inside], axis=1)]
    return ring


def thinned(ring: np.ndarray, tolerance: float) -> np.ndarray:
    """Return a ring without the points that move its line by less than the tolerance (Douglas and Peucker, 1973)."""
    if len(ring) < 4:
        return ring
    keep = np.zeros(len(ring), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(ring) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        away, along = ring[first + 1 : last] - ring[first], ring[last] - ring[first]
        length = float(np.hypot(*along))
        cross = np.abs(away[:, 0] * along[1] - away[:, 1] * along[0])
        distance = cross / length if length > 0 else np.hypot(*away.T)
        farthest = int(distance.argmax())
        if distance[farthest] > tolerance:
            middle = first + 1 + farthest
            keep[middle] = True
            stack += [(first, middle), (middle, last)]
    return ring[keep]


def _round(value: float) -> float:
    """Return the nearest of 1, 2, 5, 10 ... below a value."""
    if value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(step * power for step in (1, 2, 5) if step * power <= value * (1 + 1e-9)))


def _scale(ax: Axes, view: tuple[float, float, float, float], loc: Loc) -> None:
    """Draw a bar of round length in the corner that shows how long kilometres are."""
    width = view[1] - view[0]
    km = _round(width / 5)
    right, low = view[1] - 0.02 * width, view[2] + 0.02 * width
    ax.plot([right - km, right], [low, low], color=MUTED, linewidth=1.2, zorder=4)
    words = message("{number} km", number=loc.number(km)).text(loc)
    note(ax, words, (right - km / 2, low), xytext=(0, 2), ha="center", va="bottom", fontsize=SMALL, color=MUTED)
