"""Every drawing works at both widths, with hostile and missing input, and twice with the same bytes."""

import re
from datetime import date
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from matplotlib.path import Path
from matplotlib.text import Text

from salesaudit import charts
from salesaudit.charts import cells, places
from salesaudit.dataset import Context
from salesaudit.figure import Figure, svg
from salesaudit.format import Loc
from salesaudit.i18n import message

LOC = Loc("sv")
ROWS = pd.DataFrame(
    {
        "name": ["Seller 01", "<script>alert(1)</script>", "a $x^2$ & b"],
        "value": [0.3, 0.5, float("nan")],
        "low": [0.2, 0.4, float("nan")],
        "high": [0.4, 0.6, float("nan")],
        "raw": [0.25, 0.55, 0.1],
        "text": ["12 of 40", "20 of 40", "–"],
    }
)
WEEKS = pd.DataFrame(
    {"week": pd.date_range("2025-01-06", periods=30, freq="7D"), "a": range(30), "b": range(30, 0, -1)}
)
TABLE = pd.DataFrame([[0.1, 0.2], [0.3, None]], index=["Seller 01", "Seller 02"], columns=["Q1", "Q2"])

PLACES = pd.DataFrame(
    {"lat": [59.3, 57.7, 60.4], "lon": [18.1, 12.0, 5.3], "all": [100.0, 40.0, 10.0], "part": [60.0, 0.0, 10.0]}
)

DRAWINGS = {
    "intervals": charts.intervals(
        ROWS,
        label="name",
        value="value",
        low="low",
        high="high",
        loc=LOC,
        kind="share",
        references=[(0.4, "target")],
        band=(0.1, 0.2, "band"),
        second=("raw", "raw"),
        zero=True,
    ),
    "bars": charts.bars(ROWS, label="name", value="value", low="low", high="high", text="text", loc=LOC, kind="share"),
    "grouped_bars": charts.grouped_bars(ROWS, label="name", values={"value": "now", "raw": "raw"}, loc=LOC),
    "stacked_bars": charts.stacked_bars(ROWS, label="name", values={"low": "low", "raw": "raw"}, loc=LOC),
    "lines": charts.lines(
        WEEKS, x="week", values={"a": "up", "b": "down"}, low="a", high="b", loc=LOC, ylabel="visits"
    ),
    "heatmap": charts.heatmap(TABLE, loc=LOC, hatched=TABLE.isna()),
    "severity_matrix": charts.severity_matrix(100 * TABLE, TABLE.isna().replace({True: "grey", False: "red"}), loc=LOC),
    "scatter": charts.scatter(ROWS, x="raw", y="value", loc=LOC, xlabel="x", ylabel="y"),
    "bubble_map": charts.bubble_map(
        PLACES, lat="lat", lon="lon", values={"all": (charts.CONTEXT, "all"), "part": (charts.ACCENT, "part")}, loc=LOC
    ),
    "empty_map": charts.bubble_map(PLACES.head(0), lat="lat", lon="lon", values={"all": ("#000000", "all")}, loc=LOC),
    "empty": charts.bars(ROWS.head(0), label="name", value="value", text="text", loc=LOC),
}


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("narrow", [False, True])
def test_drawings_are_the_same_twice(name: str, narrow: bool) -> None:
    """Same data, same bytes; names become text that cannot run, with dollar signs left alone."""
    first, second = (svg(DRAWINGS[name](narrow)) for _ in range(2))
    assert first == second
    assert "<script>" not in first


def test_text_stays_text() -> None:
    """Labels are real text that can be selected and searched, also with dollar signs in a customer's name."""
    drawn = re.sub("<!--.*?-->", "", svg(DRAWINGS["bars"](False)), flags=re.DOTALL)
    assert "a $x^2$" in drawn


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", ["A" * 5000, "word " * 400])
def test_a_name_without_end_leaves_room_for_the_marks(name: str, narrow: bool) -> None:
    """A name of 5,000 letters is cut off instead of pushing the marks, or the other names, off the page."""
    rows = pd.DataFrame({"name": [name, "Volvo Trucks"], "value": [1.0, 2.0]})
    drawing = charts.intervals(rows, label="name", value="value", loc=LOC)(narrow)
    (axes,) = drawing.axes
    assert all(label.get_window_extent().x0 >= 0 for label in axes.get_yticklabels())
    assert axes.get_window_extent().width > 0.4 * drawing.bbox.width
    assert axes.get_yticklabels()[0].get_text().endswith("…")


def test_figure_carries_words_and_data() -> None:
    """A figure leaves the notebook with both drawings, its words, and raw numbers."""
    context = Context(LOC, "SEK", "Acme", date(2025, 1, 1), date(2025, 12, 31), date(2025, 12, 31))
    figure = Figure("k", DRAWINGS["bars"], message("T"), message("S"), message("A"), ROWS, context)
    document = figure.as_json()
    assert document["svg"] != document["svg_narrow"]
    assert document["rows"][2][:2] == ["a $x^2$ & b", None]


LONG = [
    "Säljare 03",
    "Ett mycket långt ord: försäljningsmöjlighetsbedömningarna",
    "Ingenting har hänt på länge med den här kunden, och ingen vet varför",
    "Kort",
]
WORDY = pd.DataFrame(
    {
        "name": LONG,
        "value": [0.25, 0.5, 0.81, 0.02],
        "low": [0.2, 0.4, 0.7, 0.01],
        "high": [0.3, 0.6, 0.95, 0.05],
        "raw": [0.25, 0.1, 0.1, 0.4],
        "text": ["23 %, 252 försäljningsmöjligheter"] * 4,
    }
)
SERIES = {
    "value": "Företagspresentationer och annat",
    "low": "Avtalsförhandlingar",
    "raw": "Rapportering och övrigt",
    "high": "Uppgift saknas",
}
CROWDED = {
    "intervals": charts.intervals(
        WORDY,
        label="name",
        value="value",
        low="low",
        high="high",
        loc=LOC,
        kind="share",
        xlabel="andel av de avslutade försäljningsmöjligheterna som vanns",
        references=[(0.30, "alla säljare tillsammans"), (0.33, "målet för året")],
        first="justerat för slumpen",
        second=("raw", "om samma besök hade fallit slumpmässigt på kunderna"),
    ),
    "bars": charts.bars(
        WORDY, label="name", value="value", text="text", loc=LOC, kind="share", xlabel="andel av värdet"
    ),
    "grouped_bars": charts.grouped_bars(WORDY, label="name", values=SERIES, loc=LOC, kind="share"),
    "stacked_bars": charts.stacked_bars(WORDY, label="name", values=SERIES, loc=LOC, kind="share", quiet=("high",)),
    "heatmap": charts.heatmap(WORDY.set_index("name")[["value", "low", "raw"]].set_axis(LONG[:3], axis=1), loc=LOC),
}


def texts_of(drawing) -> list[Text]:
    """Return the texts that are seen; matplotlib also keeps labels for ticks beyond the ends of an axis."""
    drawing.draw_without_rendering()
    axes = [axis for ax in drawing.axes for axis in (ax.xaxis, ax.yaxis)]
    beyond = {
        label
        for axis in axes
        for tick in {*axis.get_major_ticks()} - {*axis._update_ticks()}
        for label in (tick.label1, tick.label2)
    }
    return [t for t in drawing.findobj(Text) if t not in beyond and t.get_visible() and t.get_text().strip()]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("name", CROWDED)
def test_long_words_stay_inside_and_apart(name: str, narrow: bool) -> None:
    """Nordic words are long: no label leaves the drawing or lies on another one, and the marks keep their room."""
    drawing = CROWDED[name](narrow)
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts_of(drawing)]
    width, height = drawing.bbox.width, drawing.bbox.height
    outside = [w for w, b in boxes if b.x0 < -1 or b.y0 < -1 or b.x1 > width + 1 or b.y1 > height + 1]
    assert outside == []
    over = [
        (one, two)
        for n, (one, a) in enumerate(boxes)
        for two, b in boxes[n + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 3
    ]
    assert over == []
    assert drawing.axes[0].get_window_extent().width > 0.35 * width


@pytest.mark.parametrize("name", [*DRAWINGS, *CROWDED])
def test_no_text_is_too_small_for_a_phone(name: str) -> None:
    """A phone of 390 pixels shows the narrow drawing 350 wide: 11 pixels are 8.4 points there."""
    drawing = (DRAWINGS | CROWDED)[name](True)
    assert min(t.get_fontsize() for t in texts_of(drawing)) >= 8.4


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize(
    ("kind", "top"), [("share", 0.043), ("share", 0.9), ("number", 7.3), ("money", 41_800_000), ("money", 2_345)]
)
def test_ticks_say_where_they_stand(kind: str, top: float, narrow: bool) -> None:
    """2.5 per cent is not "2 %" and 12.5 million not "12": every tick label, read back, is its own place."""
    rows = pd.DataFrame({"name": ["a", "b"], "value": [top, top / 3]})
    draw = charts.bars(rows, label="name", value="value", loc=Loc("en"), kind=kind, currency="SEK", xlabel="worth")
    (axes,) = draw(narrow).axes
    scale = {"share": 0.01, "number": 1.0, "money": 1e6 if top > 1e6 else 1.0}[kind]
    shown = {t.get_text(): x for x, t in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)}
    read = {x: float(text.replace(",", "").replace("%", "")) * scale for text, x in shown.items()}
    assert len(read) >= 2
    assert all(abs(value - x) < 1e-6 * top for x, value in read.items())
    if kind == "money":
        assert axes.get_xlabel() == ("worth, million\u00a0SEK" if top > 1e6 else "worth, SEK")


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("weeks", [3, 8, 12, 20, 26, 52, 104, 400])
def test_no_month_stands_twice_on_an_axis(weeks: int, narrow: bool) -> None:
    """Twelve weeks are labelled March, April, May, and not each of them twice."""
    frame = pd.DataFrame({"week": pd.date_range("2026-02-23", periods=weeks, freq="7D"), "rate": 1.0})
    drawing = charts.lines(frame, x="week", values={"rate": ""}, loc=LOC)(narrow)
    drawing.draw_without_rendering()
    (axes,) = drawing.axes
    low, high = axes.get_xlim()
    shown = [t.get_text() for x, t in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True) if low <= x <= high]
    assert 1 <= len(shown) == len(set(shown)) <= 7


def test_a_heat_map_is_a_few_paths() -> None:
    """Cells of one shade are one path and the hatching is lines: 104 cells weighed 25 kB, and megabytes in a PDF."""
    table = pd.DataFrame(np.linspace(0, 1, 104).reshape(8, 13))
    empty = table > 0.9
    notes = pd.DataFrame("", index=table.index, columns=table.columns)
    drawn = svg(charts.heatmap(table, loc=LOC, notes=notes, hatched=empty)(False))
    assert "<pattern" not in drawn
    assert drawn.count("<path") < 40


def test_hatched_cells_become_as_few_areas_as_possible() -> None:
    """The hatched cells, and only those, are covered once."""
    empty = np.array([[True, True, False], [True, True, False], [False, False, True]])
    assert sorted(cells._areas(empty, np.arange(4.0))) == [(0, 0.0, 2, 2.0), (2, 2.0, 3, 3.0)]


def test_many_points_are_few_pixels() -> None:
    """5,000 points are one small picture with few colours; axes and words stay vectors and text."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.lognormal(10, 1, (5000, 2)), columns=["x", "y"])
    draw = charts.scatter(
        frame, x="x", y="y", loc=LOC, kinds=("money", "money"), currency="SEK", xlabel="Potential", log=True
    )
    for narrow, most in ((False, 40_000), (True, 25_000)):
        drawn = svg(draw(narrow))
        assert drawn.count("<image") == 1
        assert len(drawn) < most
        assert ">Potential<" in drawn


def test_groups_in_four_corners_need_no_legend() -> None:
    """Quadrants carry their names themselves; groups that lie in the same corner keep a legend."""
    frame = pd.DataFrame({"x": [1, 1, 9, 9], "y": [1, 9, 1, 9], "c": list("abcd")})
    colours = {c: ("#1f6f9f", f"group {c}") for c in "abcd"}
    apart = charts.scatter(frame, x="x", y="y", loc=LOC, colour="c", colours=colours)(False)
    together = charts.scatter(frame.assign(y=1), x="x", y="y", loc=LOC, colour="c", colours=colours)(False)
    assert apart.legends == []
    assert {f"group {c}" for c in "abcd"} <= {t.get_text() for t in texts_of(apart)}
    assert len(together.legends) == 1


def test_few_segments_are_named_where_the_names_fit() -> None:
    """A reader need not match colours where there is room for words; where there is none, a legend names them all."""
    wide = pd.DataFrame({"s": ["A"], "p": [0.4], "q": [0.35], "r": [0.25]})
    names = {"p": "new", "q": "existing", "r": "not known"}
    direct = charts.stacked_bars(wide, label="s", values=names, loc=LOC)(False)
    tight = charts.stacked_bars(wide.assign(p=0.02, q=0.02, r=0.96), label="s", values=names, loc=LOC)(False)
    assert direct.legends == []
    assert len(tight.legends) == 1
    for drawing in (direct, tight):
        assert set(names.values()) <= {t.get_text() for t in texts_of(drawing)}


def test_a_legend_is_read_row_by_row() -> None:
    """Readers read a legend like a page; matplotlib fills it column by column."""
    drawing = charts.grouped_bars(WORDY, label="name", values=SERIES, loc=LOC)(False)
    placed = {t.get_text(): t.get_window_extent() for t in drawing.legends[0].get_texts()}
    assert sorted(placed, key=lambda w: (-round(placed[w].y0), placed[w].x0)) == list(SERIES.values())


def test_equal_sizes_look_equal_in_a_map() -> None:
    """The area of a bubble follows its value: four times the hours are twice the radius."""
    frame = PLACES.assign(all=[100.0, 25.0, 100.0])
    drawing = charts.bubble_map(frame, lat="lat", lon="lon", values={"all": ("#000000", "all")}, loc=LOC)(False)
    widths = [p.get_linewidth() for p in drawing.axes[0].patches if p.get_capstyle() == "round"]
    assert widths == [2 * places.LARGEST, places.LARGEST]


def test_the_plane_keeps_distances_and_areas() -> None:
    """A map that is off by a degree shows trips into the sea: distances and areas are those of an atlas."""
    x, y = places.plane([59.33, 55.68], [18.07, 12.57])
    assert np.hypot(np.diff(x), np.diff(y))[0] == pytest.approx(522, rel=0.01)  # Stockholm to Copenhagen
    ring_area = {
        code: sum(abs(np.dot(r[:, 0], np.roll(r[:, 1], 1)) - np.dot(r[:, 1], np.roll(r[:, 0], 1))) / 2 for r in rings)
        for code, rings in places.outlines().lands.items()
    }
    # Land and lakes in km2 (Statistics Sweden 447,000; Statistics Denmark 42,900; Statistics Finland 338,000).
    for code, area in (("752", 447_000), ("208", 42_900), ("246", 338_000)):
        assert ring_area[code] == pytest.approx(area, rel=0.03)


@pytest.mark.parametrize(
    ("country", "lat", "lon"),
    [("752", 59.6, 16.5), ("578", 60.8, 10.5), ("208", 56.1, 9.5), ("246", 62.2, 25.7), ("276", 53.5, 10.0)],
)
def test_towns_lie_in_their_countries(country: str, lat: float, lon: float) -> None:
    """Västerås lies in Sweden, Lillehammer's lake in Norway, Silkeborg in Denmark, Jyväskylä in Finland."""
    x, y = places.plane(lat, lon)
    inside = [c for c, rings in places.outlines().lands.items() if any(Path(r).contains_point((x, y)) for r in rings)]
    assert inside == [country]


def test_outlines_are_small_and_only_where_they_reach() -> None:
    """A client in Milan gets points without outlines instead of points beside Denmark; the file stays small."""
    assert files("salesaudit.charts").joinpath("nordic.json").stat().st_size < 80_000
    assert charts.outlined([59.3, 55.7], [18.1, 12.6])
    assert not charts.outlined([59.3, 45.5], [18.1, 9.2])
    assert not charts.outlined([], [])
    south = PLACES.assign(lat=PLACES["lat"] - 15)
    values = {"all": ("#000000", "all")}
    lands = [
        len(charts.bubble_map(f, lat="lat", lon="lon", values=values, loc=LOC)(False).axes[0].patches)
        for f in (PLACES, south)
    ]
    assert lands[0] == lands[1] + 2


def test_a_ring_is_cut_at_the_frame() -> None:
    """What is cut away is what lies outside, corners included."""
    ring = np.array([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)], dtype=float)
    part = places.cut(ring, (5, 20, -5, 4))
    assert part.min(axis=0).tolist() == [5, 0]
    assert part.max(axis=0).tolist() == [10, 4]
    assert len(places.cut(ring, (11, 20, 0, 4))) == 0


def test_labels_of_near_references_do_not_touch() -> None:
    """Three references within a twentieth of the axis keep three readable labels."""
    rows = pd.DataFrame({"name": ["a"], "value": [1.0]})
    marks = [(0.50, "all sellers"), (0.52, "the target"), (0.54, "the benchmark")]
    drawing = charts.bars(rows, label="name", value="value", loc=LOC, references=marks)(True)
    boxes = [t.get_window_extent() for t in texts_of(drawing) if t.get_text() in [words for _, words in marks]]
    pairs = [(a, b) for n, a in enumerate(boxes) for b in boxes[n + 1 :]]
    assert len(boxes) == 3
    assert not any(a.overlaps(b) for a, b in pairs)
