"""The translatable texts of a notebook, for Babel: its Markdown, block by block as the report looks them up."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from salesaudit.report.document import LEFT_OUT
from salesaudit.report.markdown import blocks


def extract_notebook(
    file: BinaryIO, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield (cell number, function, text, comments) for every block of Markdown that a report shows.

    The signature is that of Babel's extraction methods; pyproject.toml names this one for ``notebooks/*.ipynb``.
    """
    for number, cell in enumerate(json.load(file)["cells"], start=1):
        if cell["cell_type"] == "markdown" and not LEFT_OUT & set(cell.get("metadata", {}).get("tags", ())):
            for block in blocks("".join(cell["source"])):
                if block.text.strip():
                    yield number, "gettext", block.text, []
