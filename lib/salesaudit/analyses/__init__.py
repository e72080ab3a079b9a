"""The analyses; one module each, found by their notebooks."""

import importlib
import pkgutil
from typing import NamedTuple

from salesaudit.i18n import Message


class Needs(NamedTuple):
    """What an analysis asks, what it cannot do without, what unlocks more, and ways of which one is enough."""

    question: Message
    requires: tuple[str, ...]
    uses: tuple[str, ...]
    ways: tuple[tuple[str, ...], ...] = ()


def needs() -> dict[str, Needs]:
    """Return the needs of every analysis by its name, in alphabetical order."""
    # Modules are imported here and not above: to import one analysis must not import all of them.
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            analysis = importlib.import_module(f"{__name__}.{module.name}")
            ways = tuple(getattr(analysis, "WAYS", ()))
            found[module.name] = Needs(analysis.QUESTION, tuple(analysis.REQUIRES), tuple(analysis.USES), ways)
    return found
