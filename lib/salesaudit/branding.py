"""The consultant's colour and logo: checked before a report wears them.

A logo stands inside the page as a `data:` address and is shown by <img>, where browsers run no script and load nothing.
What could do either is refused all the same, so that the file is harmless wherever it is opened next.
"""

import base64
import re
from pathlib import Path
from xml.parsers import expat

from salesaudit.errors import UserError

CONTRAST = 4.5
"""Ratio that WCAG 2.2 AA asks of text."""

LOGO_BYTES = 200_000
LOGO_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
ALLOWED = f"a PNG, JPEG or SVG file of at most {LOGO_BYTES // 1000} kB inside the client's folder"
_MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_ACTING = frozenset({"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener"})
_INSIDE = re.compile(r"\s*(#|data:image/(png|jpe?g|gif);|$)", re.IGNORECASE)
_URL = re.compile(r"url\(\s*['\"]?([^)]*)", re.IGNORECASE)
_WILD = re.compile(r"@import|image-set|javascript:|expression\(|\\", re.IGNORECASE)
"""What loads or acts in a style sheet, and the backslash, with which both can be written so that nobody sees it."""


def luminance(colour: str) -> float:
    """Return the relative luminance of "#rrggbb" (0 black, 1 white), as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (p / 255 for p in _parts(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, towards: str, share: float) -> str:
    """Return a colour moved by `share` (0-1) towards another."""
    pairs = zip(_parts(colour), _parts(towards), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def readable(colour: str, on: str, towards: str) -> str:
    """Return the colour nearest to `colour`, on its way `towards` black or white, that can be read as text `on` it."""
    steps = (mixed(colour, towards, n / 256) for n in range(257))
    return next((c for c in steps if contrast(c, on) >= CONTRAST), towards)


def check_accent(value: str) -> str:
    """Return the colour in small letters; ValueError where it is none, or white text on it could not be read."""
    if not value:
        return value
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError('this is not a colour; write it as "#12385c"')
    colour = value.lower()
    if (ratio := contrast(colour, "#ffffff")) < CONTRAST:
        # Rounded down: a colour must not be said to have the contrast that it is refused for lacking.
        raise ValueError(
            f"white text on this colour cannot be read (contrast {int(ratio * 100) / 100:.2f}, at least {CONTRAST} is "
            f'needed); the nearest darker colour is "{readable(colour, "#ffffff", "#000000")}"'
        )
    return colour


def load_logo(folder: Path, name: str) -> str:
    """Return a logo as a `data:` address.

    Parameters
    ----------
    folder : Path
        The client's folder; the logo must lie in it.
    name : str
        Path of the file, relative to the folder.

    Raises
    ------
    UserError
        No such file, outside the folder, too large, not the kind its ending says, or an SVG that acts or loads.
    """
    path = folder / name
    where = f"{folder / 'client.toml'}, branding.logo"
    try:
        inside = not Path(name).is_absolute() and path.resolve().is_relative_to(folder.resolve())
        there = inside and path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        inside, there = True, False
    if not there:
        what = "there is no such file" if inside else "the logo lies outside the client's folder"
        raise _refused(what, name, where, "copy the logo into the client's folder and give its path from there")
    kind = LOGO_TYPES.get(path.suffix.lower())
    if kind is None:
        raise _refused("this is not a kind of picture that a report can hold", name, where, "save it as PNG or SVG")
    data = path.read_bytes()
    if len(data) > LOGO_BYTES:
        raise _refused(f"the logo is too large ({len(data) // 1000} kB)", name, where, "save it smaller, or as SVG")
    if kind in _MAGIC:
        if not data.startswith(_MAGIC[kind]):
            raise _refused("the file is not what its ending says", name, where, "save the picture again as PNG")
    elif fault := svg_fault(data):
        raise _refused(f"this SVG cannot be used: {fault}", name, where, "save it as plain SVG, or as PNG")
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def svg_fault(data: bytes) -> str:
    """Return what is wrong with an SVG file as a sentence, or nothing where it only draws."""
    faults: list[str] = []
    names: list[str] = []
    texts: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def element(tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        names.append(name)
        if name.lower() in _ACTING:
            faults.append(f"it holds <{name}>")
        faults.extend(
            f"<{name}> acts or loads something from outside ({attribute})"
            for attribute, value in ((key.rpartition(" ")[2].lower(), value) for key, value in attributes.items())
            if _reaches_out(attribute, value)
        )

    parser.StartElementHandler = element
    parser.CharacterDataHandler = texts.append
    parser.EntityDeclHandler = lambda *_: faults.append("it declares entities")
    parser.ProcessingInstructionHandler = lambda target, _: faults.append(f"it holds <?{target}>")
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = f"it is not well-formed ({expat.errors.messages[error.code]}, line {error.lineno})"
        return faults[0] if faults else reason  # entities are seen before whatever they break
    if names[:1] != ["svg"]:
        return "it does not begin with <svg>"
    if _loads("".join(texts)):
        faults.append("its style sheet loads something from outside")
    return faults[0] if faults else ""


def _reaches_out(attribute: str, value: str) -> bool:
    if attribute.startswith("on") or attribute == "base":
        return True
    if attribute in ("href", "src"):
        return not _INSIDE.match(value)
    if attribute == "attributename":  # an animation may set what the drawing itself may not have
        return value.lower().rpartition(":")[2].startswith(("on", "href"))
    return _loads(value)


def _loads(css: str) -> bool:
    return bool(_WILD.search(css)) or not all(_INSIDE.match(address) for address in _URL.findall(css))


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _refused(what: str, name: str, where: str, fix: str) -> UserError:
    return UserError(what, value=name, allowed=ALLOWED, where=where, fix=fix)
