"""Build lib/salesaudit/charts/nordic.json: outlines of the Nordic countries and their neighbours.

Run by hand, once: the report itself never needs the network. Only the standard library and numpy::

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/make_map.py package/countries-10m.json

Source: Natural Earth 1:10m countries (https://www.naturalearthdata.com), public domain, as TopoJSON from the npm
package world-atlas 2.0.2 (https://github.com/topojson/world-atlas, ISC licence, Michael Bostock).

The file holds, in tenths of a kilometre on the plane of `salesaudit.charts.places.plane`: `edge`, the largest
distance east or north of the centre that is covered, and `lands`, ISO number -> rings, each a flat list
x0, y0, dx1, dy1, dx2, dy2 ... of a first point and steps from it.
"""

import json
import sys
from pathlib import Path

import numpy as np

from salesaudit.charts.places import cut, plane, thinned

TARGET = Path(__file__).parents[1] / "lib" / "salesaudit" / "charts" / "nordic.json"
HOME = ("752", "578", "208", "246")
"""Sweden, Norway, Denmark, Finland."""
EDGE = 1_150.0
"""Half the side of the covered square in km; Svalbard and Iceland lie outside."""
TOLERANCE, SMALLEST = {True: 0.9, False: 2.0}, {True: 12.0, False: 60.0}
"""Km by which a line may move, and km2 below which an island is left out; for home countries and for others."""


def arcs_of(topology: dict) -> list[np.ndarray]:
    """Return the shared lines of a TopoJSON file in degrees."""
    scale, move = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc), axis=0) * scale + move for arc in topology["arcs"]]


def area(ring: np.ndarray) -> float:
    """Return the area of a ring."""
    x, y = ring.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def lands(topology: dict) -> dict[str, list[list[int]]]:
    """Return the rings of every country in the square."""
    degrees = arcs_of(topology)
    planes = [np.column_stack(plane(arc[:, 1], arc[:, 0])) for arc in degrees]
    countries = {str(c["id"]): c for c in topology["objects"]["countries"]["geometries"] if "id" in c}
    at_home = {abs_arc(a) for code in HOME for ring in rings(countries[code]) for a in ring}
    # A border is simplified once, with the finer tolerance, so that two neighbours keep one and the same line.
    lines = [thinned(line, TOLERANCE[i in at_home]) for i, line in enumerate(planes)]
    found = {}
    for code, country in countries.items():
        home, kept = code in HOME, []
        for ring in rings(country):
            points = np.concatenate([lines[a] if a >= 0 else lines[~a][::-1] for a in ring])
            if np.abs(points).max() > 6_000:  # the far side of the earth
                continue
            points = cut(points, (-EDGE, EDGE, -EDGE, EDGE))
            if len(points) > 3 and area(points) >= SMALLEST[home]:
                tenths = np.rint(points * 10).astype(int)
                steps = np.diff(tenths, axis=0)
                steps = steps[np.any(steps != 0, axis=1)]
                kept.append([*tenths[0].tolist(), *steps.ravel().tolist()])
        if kept:
            found[code] = kept
    return found


def rings(country: dict) -> list[list[int]]:
    """Return the outer rings as lists of arcs."""
    polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
    return [polygon[0] for polygon in polygons]


def abs_arc(arc: int) -> int:
    """Return the number of an arc, whichever way it is read."""
    return arc if arc >= 0 else ~arc


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    outlines = {
        "source": "Natural Earth 1:10m, public domain",
        "edge": EDGE,
        "home": HOME,
        "lands": lands(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))),
    }
    TARGET.write_text(json.dumps(outlines, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB, {len(outlines['lands'])} countries")
