"""Drawings from notebooks are cleaned before they stand in a page."""

import re

import pandas as pd
import pytest
from lxml import etree

from salesaudit import charts
from salesaudit.figure import svg
from salesaudit.format import Loc
from salesaudit.report.svg import UnsafeDrawing, clean_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt" height="20pt">'


def clean(inner: str) -> str:
    return clean_svg(f"{HEAD}{inner}</svg>", prefix="f1-", title="Title", description="What it shows")


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<foreignObject><body onload='alert(1)'/></foreignObject>",
        "<a xlink:href='javascript:alert(1)'><text>x</text></a>",
        "<animate attributeName='href' values='javascript:alert(1)'/>",
        "<set attributeName='onmouseover' to='alert(1)'/>",
        "<style>@import url(https://example.org/x.css)</style>",
        "<image xlink:href='https://example.org/x.png'/>",
        "<image href='data:image/svg+xml;base64,PHN2Zz4='/>",
        "<image href='data:text/html;base64,PHN2Zz4='/>",
        "<use xlink:href='https://example.org/x.svg#a'/>",
        "<use href='data:image/svg+xml,x#a'/>",
        "<rect onclick='alert(1)' onload='alert(1)'/>",
        "<rect fill='url(https://example.org/#a)'/>",
        "<rect style='fill: url(https://example.org/#a); background: url(//example.org)'/>",
        "<rect style='fill:expression(alert(1))' fill='\\75 rl(x)'/>",
        "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>",
        "<iframe src='https://example.org'/>",
        "<metadata>made by</metadata>",
    ],
)
def test_nothing_that_acts_or_loads_survives(inner):
    """Keeps scripts, handlers, foreign elements and addresses out of the page, whatever a drawing holds."""
    text = clean(inner).lower()
    for word in (
        "script",
        "alert",
        "onl",
        "onclick",
        "example",
        "foreign",
        "html",
        "data:",
        "style",
        "made by",
        "rl(x",
    ):
        assert word not in text


def test_text_of_a_drawing_stays_text():
    """Keeps a seller called like a tag from becoming one."""
    text = clean("<text>&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co</text>")
    assert "<text>&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co</text>" in text


def test_entities_are_not_read():
    """Keeps a drawing from reading a file of this machine or growing without end."""
    bomb = f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]>{HEAD}<text>&a;</text></svg>'
    text = clean_svg(bomb, prefix="p-", title="t", description="d")
    assert "ENTITY" not in text
    assert "DOCTYPE" not in text
    assert etree.fromstring(text).findtext("text") in (None, "")


@pytest.mark.parametrize("broken", ["", "<svg", "<html><svg/></html>", "plain"])
def test_what_is_no_drawing_is_refused(broken):
    """Protects the report from a figure that would silently be empty."""
    with pytest.raises(UnsafeDrawing):
        clean_svg(broken, prefix="p-", title="t", description="d")


def test_ids_are_prefixed_where_they_are_used():
    """Keeps the clip paths of two drawings on one page apart."""
    text = clean(
        "<defs><clipPath id='c'><rect/></clipPath><path id='m' d='M 0 0'/></defs>"
        "<g id='axes_1' clip-path='url(#c)'><use xlink:href='#m' x='1'/></g>"
    )
    assert '<clipPath id="f1-1">' in text
    assert 'clip-path="url(#f1-1)"' in text
    assert 'id="f1-2"' in text
    assert 'href="#f1-2"' in text
    assert "axes_1" not in text


def test_neighbours_share_what_they_have_in_common():
    """Keeps a hundred labels from repeating their colour and size, and leaves single ones as they are."""
    labels = "".join(f"<text fill='#16202b' font-size='9' x='{n}'>{n}</text>" for n in range(4))
    text = clean(f"{labels}<text fill='#a32a22'>red</text>")
    assert '<g fill="#16202b" font-size="9"><text x="0">0</text>' in text
    assert text.count("#16202b") == 1
    assert '<text fill="#a32a22">red</text>' in text


@pytest.mark.parametrize("closed", [True, False])
def test_long_paths_are_packed_without_changing_their_points(closed):
    """Keeps an outline of a thousand points small; every point stays within a tenth of a point of its place."""
    points = [(n + 0.123, 1e-05 * n - 40 * (n % 3)) for n in range(80)]
    ring = "M " + " L ".join(f"{x} {y}" for x, y in points) + (" z" if closed else "")
    packed = re.search(r' d="([^"]*)"', clean(f"<path d='{ring} M 5 6 L 7 8'/>"))[1]
    assert len(packed) < len(ring) / 2
    assert [p for part in drawn_points(packed) for p in part] == pytest.approx(
        [v for p in (*points, (5, 6), (7, 8)) for v in p], abs=0.06
    )
    assert packed.count("z") == closed


def drawn_points(path):
    """Yield the points that a viewer draws from M, L and l, as the SVG standard reads them."""
    here = (0.0, 0.0)
    for letter, numbers in re.findall(r"([MLlz])([^MLlz]*)", path):
        values = [float(n) for n in re.findall(r"-?\d*\.?\d+", numbers)]
        for x, y in zip(values[::2], values[1::2], strict=True):
            here = (here[0] + x, here[1] + y) if letter == "l" else (x, y)
            yield here


def test_styles_become_attributes_and_numbers_short():
    """Lets the page forbid inline styles, and keeps the file small."""
    text = clean("<path d='M 1.23456 -0.00001 L 2.5 3.0' style='fill: none; stroke: #1f6f9f; stroke-width: 0.70001'/>")
    assert 'd="M1.23 0L2.5 3"' in text
    assert 'stroke="#1f6f9f"' in text
    assert 'stroke-width="0.7"' in text
    assert "style=" not in text


def test_a_drawing_says_what_it_shows():
    """Gives a reader who cannot see the figure its message and its extremes, once."""
    root = etree.fromstring(clean("<text>x</text>"))
    assert root.get("role") == "img"
    assert root.get("viewBox") == "0 0 10 20"
    assert root.get("width") is None
    assert root.get("aria-labelledby") == "f1-title f1-desc"
    assert [e.text for e in root[:2]] == ["Title", "What it shows"]


def test_pixels_inside_a_drawing_stay():
    """Keeps the marks of a dense scatter plot, which matplotlib writes as a PNG."""
    many = pd.DataFrame({"x": range(1, 700), "y": range(1, 700)})
    drawn = svg(charts.scatter(many, x="x", y="y", loc=Loc("en"))(False))
    text = clean_svg(drawn, prefix="p-", title="t", description="d")
    assert 'href="data:image/png;base64,' in text


def test_a_real_chart_keeps_its_words_and_loses_weight():
    """Protects real charts from a cleaner that is too strict, and the report from matplotlib's clutter."""
    frame = pd.DataFrame({"s": ["Åsa & Co", "Bo"], "v": [1.0, 2.0], "l": [0.5, 1.5], "h": [1.5, 2.5]})
    drawn = svg(charts.intervals(frame, label="s", value="v", low="l", high="h", loc=Loc("sv"))(True))
    text = clean_svg(drawn, prefix="p-", title="t", description="d")
    assert "Åsa &amp; Co" in text
    assert len(text) < 0.7 * len(drawn)
    assert text.count("<use") == 2
    assert "font-family" not in text
