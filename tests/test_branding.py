"""The consultant's colour and logo: checked with a cure, and shown without opening a hole in the page."""

import base64
import re
import struct
import zlib
from pathlib import Path

import pytest

import report_sample as given
from salesaudit.branding import LOGO_BYTES, contrast, load_logo, readable, svg_fault
from salesaudit.client import open_client
from salesaudit.errors import UserError
from salesaudit.report import Page, read, render, render_index
from salesaudit.report.page import policy, style

SVG = b"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 120 40">
<style>.a { fill: url(#g) }</style><defs><linearGradient id="g"/></defs>
<rect class="a" width="40" height="40"/><use xlink:href="#g"/><text x="50" y="28">Revision</text></svg>"""


def png(width: int = 2, height: int = 2) -> bytes:
    """Return a small red PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = (b"\0" + b"\xaa\x20\x20" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def client(root: Path, **branding: str) -> Path:
    """Write data/acme/client.toml with a [branding] table."""
    folder = root / "data" / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'{name} = "{value}"' for name, value in branding.items()]
    text = 'name = "Acme"\ncountry = "SE"\ncurrency = "SEK"\n[branding]\n' + "\n".join(lines)
    (folder / "client.toml").write_text(text, encoding="utf-8")
    return folder


def branded(folder: Path, **branding: str):
    """Return the sample report of a client whose folder holds a logo."""
    settings = {"branding": {"consultant": "Nordisk & Revision", "recipient": "Group <management>", **branding}}
    return given.sample("en", folder=folder, **settings)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.png", None, "there is no such file"),
        ("../outside.png", png(), "outside the client's folder"),
        ("logo.gif", b"GIF89a", "not a kind of picture"),
        ("logo.png", b"\xff\xd8\xff\xe0", "not what its ending says"),
        ("logo.jpg", png(), "not what its ending says"),
        ("logo.png", png() + bytes(LOGO_BYTES), "too large (200 kB)"),
        ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><g></svg>", "not well-formed (mismatched tag, line 1)"),
        ("logo.svg", b"<html/>", "does not begin with <svg>"),
        ("logo.svg", b"", "not well-formed"),
    ],
)
def test_a_wrong_logo_is_refused_with_a_cure(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    """Says what is wrong with a logo, where it is named, what is allowed and what to do, before anything runs."""
    folder = client(tmp_path, consultant="Revision", logo=name)
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(UserError) as error:
        open_client("acme", tmp_path)
    text = str(error.value)
    assert said in text
    assert repr(name) in text
    assert "client.toml, branding.logo" in text
    assert "allowed: a PNG, JPEG or SVG file of at most 200 kB" in text
    assert "to fix:" in text


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        "<g onload='alert(1)'/>",
        "<rect onclick='alert(1)'/>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
        "<image href='https://example.org/x.png'/>",
        "<image xlink:href='//example.org/x.png'/>",
        "<image href='data:image/svg+xml;base64,PHN2Zz4='/>",
        "<use href='other.svg#a'/>",
        "<a href='javascript:alert(1)'><text>x</text></a>",
        "<a href='https://example.org'><text>x</text></a>",
        "<rect fill='url(https://example.org/#a)'/>",
        "<rect style='fill: url( \"https://example.org/#a\")'/>",
        "<style>@import 'https://example.org/x.css';</style>",
        "<style>@im<!-- -->port 'x';</style>",
        "<style><![CDATA[@imp]]>ort 'x';</style>",
        "<style>@\\69mport 'x';</style>",
        "<style>a { background: url(https://example.org/x.png) }</style>",
        "<style>a { background: image-set('https://example.org/x.png' 1x) }</style>",
        "<animate attributeName='href' to='https://example.org'/>",
        "<set attributeName='xlink:href' to='https://example.org'/>",
        "<g xml:base='https://example.org/'/>",
        "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>",
    ],
)
def test_an_svg_that_acts_or_loads_is_refused(inner: str) -> None:
    """Keeps a logo with a script, a handler or an address out of every report."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    assert svg_fault(f"{head}{inner}</svg>".encode())


@pytest.mark.parametrize(
    "text",
    [
        "<?xml-stylesheet href='https://example.org/x.css'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        "<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
        "<!DOCTYPE svg [<!ENTITY a 'aaaa'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
    ],
)
def test_an_svg_with_a_style_sheet_or_entities_is_refused(text: str) -> None:
    """Keeps a logo from reading files of this machine, whatever its encoding."""
    assert svg_fault(text.encode())
    assert svg_fault(text.encode("utf-16"))


def test_an_ordinary_svg_is_taken() -> None:
    """Does not refuse what drawing programs write: a document type, gradients, a style sheet, metadata."""
    assert svg_fault(SVG) == ""


def test_a_logo_needs_a_name(tmp_path: Path) -> None:
    """Gives a reader who cannot see the logo the consultant's name."""
    folder = client(tmp_path, logo="logo.svg")
    (folder / "logo.svg").write_bytes(SVG)
    with pytest.raises(UserError, match="logo needs consultant"):
        open_client("acme", tmp_path)


@pytest.mark.parametrize("colour", ["navy", "#12385", "#12385c; background: url(x)", "12385c"])
def test_what_is_no_colour_is_refused(tmp_path: Path, colour: str) -> None:
    """Keeps anything but a colour out of the style sheet, and shows how one is written."""
    client(tmp_path, accent=colour)
    with pytest.raises(UserError, match=r'branding\.accent: this is not a colour; write it as "#12385c"'):
        open_client("acme", tmp_path)


@pytest.mark.parametrize("colour", ["#ffcc00", "#8899ff", "#777777", "#ffffff"])
def test_a_pale_accent_is_refused_with_a_darker_one_that_passes(tmp_path: Path, colour: str) -> None:
    """Keeps white text on the cover readable, and proposes the nearest colour on which it is."""
    client(tmp_path, accent=colour)
    with pytest.raises(UserError, match=r"cannot be read \(contrast \d\.\d\d, at least 4\.5") as error:
        open_client("acme", tmp_path)
    proposed = re.search(r'darker colour is "(#[0-9a-f]{6})"', str(error.value))[1]
    assert 4.5 <= contrast(proposed, "#ffffff") < 4.7
    client(tmp_path, accent=proposed)
    assert open_client("acme", tmp_path).settings.branding.accent == proposed


def test_contrast_is_that_of_wcag() -> None:
    """Agrees with the published examples: black on white 21, #777777 4.48 (refused), #767676 4.54 (taken)."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("accent", ["#767676", "#5b2a86", "#000000", "#c0392b", "#0a7d3c"])
def test_all_text_on_a_coloured_cover_can_be_read(accent: str) -> None:
    """Keeps the soft tones of the cover above the contrast, whatever the accent."""
    rule = re.search(r":root \{ (--cover-quiet[^}]*)\}$", str(style(accent)))[1]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", rule))
    assert colours["navy"] == accent
    assert all(contrast(colours[name], accent) >= 4.5 for name in ("peach", "cover-soft", "cover-quiet"))
    assert readable("#ffffff", accent, "#ffffff") == "#ffffff"
    assert policy(accent) != policy()


def test_logo_recipient_and_colour_are_on_the_cover(tmp_path: Path) -> None:
    """Shows the logo with the consultant's name as its text, the recipient, and both on the index as well."""
    (tmp_path / "logo.png").write_bytes(png())
    nb = branded(tmp_path, logo="logo.png", accent="#5B2A86")
    for html in (render(nb), render_index([Page("x", "done", read(nb))], client="A", language="en")):
        address, alt = re.search(r'<img class="logo" src="([^"]+)" alt="([^"]+)">', html).groups()
        assert base64.b64decode(address.removeprefix("data:image/png;base64,")) == png()
        assert alt == "Nordisk &amp; Revision"
        assert "<dt>Recipient</dt><dd>Group &lt;management&gt;</dd>" in html
        assert "--navy: #5b2a86" in html


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_policy_lets_logo_and_colour_through(tmp_path: Path, open_page, kind: str) -> None:
    """Proves in a browser that the picture is drawn, the cover wears the colour, and the console stays silent."""
    (tmp_path / f"logo.{kind}").write_bytes(SVG if kind == "svg" else png(20, 10))
    for width in (1280, 390):
        opened = open_page(render(branded(tmp_path, logo=f"logo.{kind}", accent="#5b2a86")), width)
        assert (opened.console, opened.dialogs) == ([], [])
        assert opened.overflow() <= 0
        drawn = "(({naturalWidth: w, clientHeight: h}) => w > 0 && h > 20)(document.querySelector('.logo'))"
        assert opened.page.evaluate(drawn)
        colour = opened.page.evaluate("getComputedStyle(document.querySelector('.cover')).backgroundColor")
        assert colour == "rgb(91, 42, 134)"


def test_a_logo_is_read_from_its_folder(tmp_path: Path) -> None:
    """Takes a path with folders in it, relative to the client's folder."""
    (tmp_path / "art").mkdir()
    (tmp_path / "art" / "logo.SVG").write_bytes(SVG)
    assert load_logo(tmp_path, "art/logo.SVG").startswith("data:image/svg+xml;base64,")
