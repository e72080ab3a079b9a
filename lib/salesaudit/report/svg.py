"""Figures from a notebook as SVG that may stand inside a page.

Everything comes from an allow-list: a drawing can show, but it cannot run, load, link or style anything outside
itself. What matplotlib writes in `style` becomes presentation attributes, so that the page's policy need not allow
inline styles.
"""

import re

from lxml import etree
from markupsafe import Markup

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


def _names(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


ELEMENTS = _names(
    "svg g defs path rect circle ellipse line polyline polygon text tspan use clipPath pattern image",
    "linearGradient radialGradient stop",
)
GEOMETRY = _names("d x y x1 y1 x2 y2 cx cy r rx ry dx dy width height points stroke-width font-size")
ATTRIBUTES = GEOMETRY | _names(
    "id href transform viewBox preserveAspectRatio offset clip-path clip-rule clipPathUnits",
    "patternUnits patternTransform patternContentUnits gradientUnits gradientTransform",
    "fill fill-opacity fill-rule stroke stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray",
    "stroke-dashoffset stroke-miterlimit opacity font-weight font-style text-anchor dominant-baseline",
    "stop-color stop-opacity",
)

_NUMBER = re.compile(r"-?\d*\.\d+(?:[eE][-+]?\d+)?")
_REFERENCE = re.compile(r"^url\(\s*['\"]?#([\w.:-]+)['\"]?\s*\)$")
_PLAIN = re.compile(r"^[\w\s#.,%+-]*$")
_TRANSFORM = re.compile(r"^(\s*(matrix|translate|scale|rotate|skewX|skewY)\([\d\s.,eE+-]*\)[\s,]*)*$")
_COLOUR = re.compile(r"^rgba?\([\d\s.,%]*\)$")
_PIXELS = re.compile(r"^data:image/png;base64,[A-Za-z0-9+/=\s]+$")
_NO_TURN = re.compile(r"^rotate\(-?0(\.0+)?[ ,][^)]*\)$")


class UnsafeDrawing(ValueError):
    """The text is not an SVG drawing that can be read safely."""


def clean_svg(svg: str, *, prefix: str, title: str, description: str) -> Markup:
    """Return a drawing that is safe and tidy inside a page.

    Parameters
    ----------
    svg : str
        One SVG document, such as matplotlib writes.
    prefix : str
        Put before every id, so that the ids of two drawings on one page cannot meet.
    title, description : str
        What a screen reader says: the message of the figure, and what it shows.

    Raises
    ------
    UnsafeDrawing
        The text is not well-formed, or its root is not `svg`.
    """
    root = _parse(svg)
    wanted = _referenced(root)
    for element in list(root.iter()):
        if element is not root and not _allowed(element):
            _remove(element)
    for element in root.iter():
        _clean_attributes(element, prefix, wanted)
        element.tag = _name(element)  # inside HTML the namespace is implied
    _tidy(root)
    _label(root, prefix, title, description)
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode", with_tail=False))


def _parse(svg: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(svg.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise UnsafeDrawing(f"the drawing is not well-formed: {error.msg}") from None
    if root.tag not in (f"{{{SVG}}}svg", "svg"):
        raise UnsafeDrawing("the drawing does not begin with <svg>")
    return root


def _name(element: etree._Element) -> str:
    """Return the local name; entities, comments and foreign namespaces have none."""
    if not isinstance(element.tag, str):
        return ""
    qualified = etree.QName(element)
    return qualified.localname if qualified.namespace in (SVG, None) else ""


def _allowed(element: etree._Element) -> bool:
    if _name(element) != "image":
        return _name(element) in ELEMENTS
    return bool(_PIXELS.match(element.get(f"{{{XLINK}}}href") or element.get("href") or ""))


def _remove(element: etree._Element) -> None:
    """Remove an element with all that is in it, and keep the text after it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _referenced(root: etree._Element) -> set[str]:
    """Return the ids that something in the drawing points at; all others are clutter."""
    found: set[str] = set()
    for element in root.iter():
        for value in element.attrib.values():
            if value.startswith("#"):
                found.add(value[1:])
            found |= set(re.findall(r"url\(\s*['\"]?#([\w.:-]+)", value))
    return found


def _clean_attributes(element: etree._Element, prefix: str, wanted: set[str]) -> None:
    given = dict(element.attrib)
    style = given.pop("style", "")
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        given[name.strip()] = value.strip()
    if f"{{{XLINK}}}href" in given:
        given["href"] = given.pop(f"{{{XLINK}}}href")
    element.attrib.clear()
    for name in sorted(given):
        value = _safe(_name(element), name, given[name], prefix, wanted)
        if value is not None:
            element.set(name, value)


def _safe(element: str, name: str, value: str, prefix: str, wanted: set[str]) -> str | None:
    """Return the value as it may stand in the page, or None to leave the attribute out."""
    if name not in ATTRIBUTES:
        return None
    if name == "id":
        return prefix + value if value in wanted else None
    if name == "href":
        if element == "image":
            return re.sub(r"\s", "", value) if _PIXELS.match(value) else None
        return f"#{prefix}{value[1:]}" if element == "use" and re.fullmatch(r"#[\w.:-]+", value) else None
    if reference := _REFERENCE.match(value):
        return f"url(#{prefix}{reference[1]})"
    if name.lower().endswith("transform"):
        return " ".join(value.split()) if _TRANSFORM.match(value) and not _NO_TURN.match(value) else None
    if not (_PLAIN.match(value) or _COLOUR.match(value)):
        return None
    if name in GEOMETRY:
        value = _NUMBER.sub(lambda m: _short(m[0]), value)
    return " ".join(value.split())


def _short(number: str) -> str:
    text = f"{float(number):.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _tidy(root: etree._Element) -> None:
    """Remove what paints nothing, and groups that say nothing."""
    for element in list(root.iter("path")):
        hidden = element.get("fill") == "none" and element.get("stroke", "none") == "none"
        if hidden and element.get("id") is None and element.getparent() is not root:
            _remove(element)
    for group in reversed(list(root.iter("g", "defs"))):
        parent = group.getparent()
        if group.attrib or (group.tag == "defs" and len(group)):
            continue
        at = parent.index(group)
        for child in reversed(list(group)):
            child.tail = None
            parent.insert(at, child)
        parent.remove(group)
    for element in root.iter():
        if element.tag not in ("text", "tspan"):
            element.text = None
        parent = element.getparent()
        if parent is None or parent.tag not in ("text", "tspan"):
            element.tail = None


def _label(root: etree._Element, prefix: str, title: str, description: str) -> None:
    width, height = root.get("width"), root.get("height")
    if not root.get("viewBox") and width and height:
        root.set("viewBox", f"0 0 {re.sub('[a-z]', '', width)} {re.sub('[a-z]', '', height)}")
    for name in ("width", "height", "x", "y"):
        root.attrib.pop(name, None)
    for name, text in (("desc", description), ("title", title)):
        child = etree.Element(name, id=f"{prefix}{name}")
        child.text = "".join(c for c in text if c >= " " or c in "\t\n")
        root.insert(0, child)
    root.set("role", "img")
    root.set("aria-labelledby", f"{prefix}title {prefix}desc")
    root.set("focusable", "false")
    # matplotlib says these two in a <style> that would leak into the page.
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
