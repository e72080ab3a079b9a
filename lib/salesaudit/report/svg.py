"""Figures from a notebook as SVG that may stand inside a page.

Everything comes from an allow-list: a drawing can show, but it cannot run, load, link or style anything outside
itself. What matplotlib writes in `style` becomes presentation attributes, so that the page's policy need not allow
inline styles.
"""

import re
from functools import lru_cache

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

_NUMBER = re.compile(r"-?(?:\d*\.\d+|\d+(?=[eE][-+]?\d))(?:[eE][-+]?\d+)?")
_REFERENCE = re.compile(r"^url\(\s*['\"]?#([\w.:-]+)['\"]?\s*\)$")
_PLAIN = re.compile(r"^[\w\s#.,%+-]*$")
_TRANSFORM = re.compile(r"^(\s*(matrix|translate|scale|rotate|skewX|skewY)\([\d\s.,eE+-]*\)[\s,]*)*$")
_COLOUR = re.compile(r"^rgba?\([\d\s.,%]*\)$")
_PIXELS = re.compile(r"^data:image/png;base64,[A-Za-z0-9+/=\s]+$")
_COMMAND = re.compile(r"\s*([A-DF-Za-df-z])\s*([^A-DF-Za-df-z]*)")  # an e belongs to a number
_HREF = f"{{{XLINK}}}href"
_LOOKS = ATTRIBUTES - _names("id href d x y x1 y1 x2 y2 cx cy r rx ry dx dy width height points transform viewBox")
_POINTERS = etree.XPath("//@id | //@href | //@*[starts-with(., 'url(')]")
_SCALARS = GEOMETRY - _names("d points")
_SCALAR = re.compile(r"^-?\d*\.\d+$")
_LETTER = re.compile(r"[A-DF-Za-df-z]")
_TOKEN = re.compile(r"[A-DF-Za-df-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
LONG_PATH = 300
"""Characters from which a path gets one decimal: a tenth of a point is less than a pixel."""
INHERITED = _names(
    "fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin",
    "stroke-dasharray stroke-miterlimit font-size font-weight font-style text-anchor",
)
"""Attributes that a group can carry for all that is in it."""
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
    # Ids that nothing points at are clutter; that a colour looks like a name does no harm.
    wanted = set(re.findall(r"#([\w.:-]+)", svg))
    for element in list(root.iter()):
        if element is not root and not _allowed(element):
            _remove(element)
    for element in root.iter():
        name = _name(element)
        _clean_attributes(element, name, prefix, wanted)
        element.tag = name  # inside HTML the namespace is implied
    _tidy(root)
    _shorten_ids(root, prefix)
    _share_attributes(root)
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
    return _local(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(maxsize=256)
def _local(tag: str) -> str:
    namespace, _, name = tag.rpartition("}")
    return name if namespace in ("", "{" + SVG) else ""


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


def _clean_attributes(element: etree._Element, kind: str, prefix: str, wanted: set[str]) -> None:
    given = dict(element.items())
    if not given:
        return
    if style := given.pop("style", ""):
        given.update(_declarations(style))
    if _HREF in given:
        given["href"] = given.pop(_HREF)
    element.attrib.clear()
    for name in sorted(n for n in given if n in ATTRIBUTES):
        # The looks of a drawing are a few dozen values, said thousands of times; its numbers are not.
        plain = name in _LOOKS and "url(" not in given[name]
        value = _look(name, given[name]) if plain else _safe(kind, name, given[name], prefix, wanted)
        if value is not None:
            element.set(name, value)


@lru_cache(maxsize=1024)
def _declarations(style: str) -> tuple[tuple[str, str], ...]:
    """Return the names and values of a `style` attribute."""
    pairs = (declaration.partition(":") for declaration in style.split(";"))
    return tuple((name.strip(), value.strip()) for name, _, value in pairs if name.strip())


@lru_cache(maxsize=4096)
def _look(name: str, value: str) -> str | None:
    return _safe("", name, value, "", set())


def _safe(element: str, name: str, value: str, prefix: str, wanted: set[str]) -> str | None:
    """Return the value as it may stand in the page, or None to leave the attribute out."""
    if name == "id":
        return prefix + value if value in wanted else None
    if name == "href":
        if element == "image":
            return re.sub(r"\s", "", value) if _PIXELS.match(value) else None
        return f"#{prefix}{value[1:]}" if element == "use" and re.fullmatch(r"#[\w.:-]+", value) else None
    if name == "d":
        return _path(value) if _PLAIN.match(value) else None
    if name in _SCALARS and _SCALAR.match(value):
        return _short(f"{float(value):.2f}")
    if reference := _REFERENCE.match(value):
        return f"url(#{prefix}{reference[1]})"
    if name.lower().endswith("transform"):
        return " ".join(value.split()) if _TRANSFORM.match(value) and not _NO_TURN.match(value) else None
    if not (_PLAIN.match(value) or _COLOUR.match(value)):
        return None
    return " ".join((_NUMBER.sub(_hundredths, value) if name in GEOMETRY else value).split())


def _hundredths(number: re.Match[str]) -> str:
    return _short(f"{float(number[0]):.2f}")


def _short(number: str) -> str:
    text = number.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _path(path: str) -> str:
    """Return path data with short numbers, and without the blanks and repeated letters that it does not need."""
    long = len(path) > LONG_PATH
    if long and set(_LETTER.findall(path)) <= {"M", "L", "z", "Z"}:
        return _steps(path)
    written, last, blank = [], "", ""
    for token in _TOKEN.findall(path):
        if token.isalpha():
            # After a moveto further pairs are read as lineto, so that letter is never left out.
            if token != last or token in "MmZz":
                written.append(token)
                blank = ""
            last = token
            continue
        value = float(token)
        number = _short(f"{value:.1f}" if long else f"{value:.2f}")
        written.append(number if number[0] == "-" else blank + number)
        blank = " "
    return "".join(written)


def _steps(path: str) -> str:
    """Return straight lines as steps from the point before: an outline of a coast gets a third shorter.

    Steps are between points rounded to a tenth, so that the rounding does not add up.
    """
    written, last, here, start = [], "", (0, 0), (0, 0)
    for letter, numbers in _COMMAND.findall(path):
        if letter in "Zz":
            written.append("z")
            last, here = "z", start
            continue
        x, y = (round(10 * float(n)) for n in numbers.split()[:2])
        step = (x, y) if letter == "M" else (x - here[0], y - here[1])
        pair = " ".join(_short(str(n / 10)) for n in step).replace(" -", "-")
        if letter == "L" == last:
            written.append(pair if pair.startswith("-") else " " + pair)
        else:
            written.append(("M" if letter == "M" else "l") + pair)
        last, here = letter, (x, y)
        start = here if letter == "M" else start
    return "".join(written)


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
        if element.text is not None and element.tag not in ("text", "tspan"):
            element.text = None
        if element.tail is not None and (
            (parent := element.getparent()) is None or parent.tag not in ("text", "tspan")
        ):
            element.tail = None


def _shorten_ids(root: etree._Element, prefix: str) -> None:
    """Number the ids: a mark that is used five hundred times repeats its name as often."""
    names = {element.get("id"): f"{prefix}{n}" for n, element in enumerate(root.iterfind(".//*[@id]"), start=1)}
    for value in _POINTERS(root):
        element, attribute = value.getparent(), value.attrname
        if attribute == "id":
            element.set("id", names[value])
        elif attribute == "href" and value.startswith("#"):
            element.set("href", f"#{names.get(value[1:], value[1:])}")
        elif reference := _REFERENCE.match(value):
            element.set(attribute, f"url(#{names.get(reference[1], reference[1])})")


def _share_attributes(root: etree._Element) -> None:
    """Let a group carry what three or more neighbours have in common, such as the colour and size of labels."""
    for parent in [e for e in root.iter() if e.tag in ("svg", "g")]:
        runs: list[list[etree._Element]] = []
        before: dict[str, str] = {}
        for child in parent:
            look = {n: v for n, v in child.attrib.items() if n in INHERITED}
            if look and look == before and child.tag != "defs":
                runs[-1].append(child)
            else:
                runs.append([child])
            before = look
        for run in (r for r in runs if len(r) > 2):
            group = etree.Element("g", {n: v for n, v in run[0].attrib.items() if n in INHERITED})
            parent.insert(parent.index(run[0]), group)
            for child in run:
                group.append(child)
                for name in group.attrib:
                    del child.attrib[name]


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
