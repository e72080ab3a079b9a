"""A client that gives its sellers away wherever it can, and its report without a kernel: for tests of all we deliver.

`write_client` makes the folder, `notebooks` executes our notebooks on it in this process, `published` renders what the
batch would publish, and `traces` finds a seller's name in a text in any of the forms in which people write it.
"""

import ast
import base64
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
import pandas as pd
from nbformat import NotebookNode
from nbformat.v4 import new_output

from salesaudit import load
from salesaudit.example import make_client
from salesaudit.report import Page, findings_json, read, render, render_index
from salesaudit.schema import TABLES

SOURCES = Path(__file__).parents[1] / "notebooks"
NAMES = (
    "Åsa Öberg",
    "Søren Kjær",
    "Anna Maria Svensson",
    "Jörg Müller",
    "Bo Ekwall",
    "Zlatan O'Brien",
    "Ragnhild Thorsen",
    "Kåre Ångström",
    "Linnéa Wikander",
    "Torbjørn Vågen",
    "Gunvor Lindqvist",
    "Mette Rosenkilde",
)
"""The ids of the sellers are these names; that of the last but one is her address, and that of the last a code."""
ADDRESS, CODE = "gunvor.lindqvist@nordverk.example", "mrosen7"
UNKNOWN = "Kalle Ovidsson"
"""Has made visits, but is not in the seller table."""
FILES = {
    NAMES[0]: "Öberg, Åsa.csv",
    NAMES[1]: "soren.kjaer 2026.csv",
    NAMES[4]: "Bo Ekwall.csv",
    NAMES[6]: "Thorsen.csv",
}
"""These sellers' visits come in a file of their own."""


def seller_id(number: int) -> str:
    """Return the id of a seller of `NAMES`."""
    return {10: ADDRESS, 11: CODE}.get(number, NAMES[number])


@cache
def tables() -> Mapping[str, pd.DataFrame]:
    """Return the example's tables, fewer rows, with names where its seller ids were."""
    made = make_client(seed=3, weeks=60).tables
    ids = {old: seller_id(n) for n, old in enumerate(made["sellers"]["seller_id"])}
    kept = set(made["visits"]["customer_id"]) | set(made["customers"]["customer_id"].head(200))
    result = {}
    for name, frame in made.items():
        if "customer_id" in frame and name != "visits":
            frame = frame[frame["customer_id"].isin(kept) | frame["customer_id"].isna()]
        of_sellers = [c for c in frame if c.endswith("seller_id") or c == "scope_id"]
        frame = frame.assign(**{c: frame[c].map(ids).fillna(frame[c]) for c in of_sellers})
        result[name] = frame[[c for c in TABLES[name].names if c in frame]]
    return _with_traps(result)


def _with_traps(made: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Put the sellers' names into places where nobody looks for them."""
    made["sellers"] = made["sellers"].assign(name=NAMES)
    names = made["customers"]["name"].astype("object").copy()
    names.iloc[:3] = ["Anna Svensson Bygg AB", "c/o Öberg, Åsa", "Hos Jorg Mueller"]
    made["customers"] = made["customers"].assign(name=names)
    visits = made["visits"].copy()
    visits.loc[visits.index[:40], "seller_id"] = UNKNOWN
    again = visits[visits["seller_id"] == NAMES[2]].head(1).assign(duration_min=7)
    made["visits"] = pd.concat([visits, again], ignore_index=True)
    absence = made["absence"].astype("object")
    made["absence"] = pd.concat([absence, absence.head(1).assign(type="sick")], ignore_index=True)
    return made


def write_client(folder: Path, edition: str, more: str = "") -> Path:
    """Write the client's folder: ids, file names, customers, errors and the comment hold names of sellers."""
    exports, inputs = folder / "exports", folder / "inputs"
    for part in (exports, inputs, folder / "commentary"):
        part.mkdir(parents=True)
    for name, frame in tables().items():
        if name == "visits":
            for seller, file in FILES.items():
                _csv(frame[frame["seller_id"] == seller], exports / file)
            frame = frame[~frame["seller_id"].isin(FILES)]
        home = inputs if name in ("beliefs", "targets", "scorecard", "time_use", "support_functions") else exports
        _csv(frame, home / f"{name}.csv")
    (folder / "commentary" / "01_visit_frequency.md").write_text(
        f"We have spoken with {NAMES[0]}, with {NAMES[7].upper()} and with {ADDRESS}.", encoding="utf-8"
    )
    (folder / "client.toml").write_text(
        'name = "Nordverk AB"\ncountry = "SE"\ncurrency = "SEK"\nas_of = 2026-06-28\noffer_complexity = 0.4\n'
        "[money]\ngross_margin = 0.35\nhour_cost = 650\nhours_per_visit = 2.5\n"
        f'[privacy]\nedition = "{edition}"\nreason = "agreed, says Kåre Ångström"\n{more}',
        encoding="utf-8",
    )
    return folder


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, sep=";", date_format="%Y-%m-%d")


def notebooks(client: Path) -> dict[str, NotebookNode]:
    """Execute every notebook for a client in this process, and return them as a kernel would have left them."""
    data = load(str(client))
    with patch("salesaudit.load", lambda _: data):  # read once, not once per notebook
        return {path.stem: executed(path, client) for path in sorted(SOURCES.glob("*.ipynb"))}


def executed(path: Path, client: Path) -> NotebookNode:
    """Execute one notebook; what a cell shows becomes its outputs."""
    nb = nbformat.read(path, as_version=4)
    shown: list[Any] = []
    space: dict[str, Any] = {"display": lambda *objects: shown.extend(objects)}
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        shown.clear()
        tree = ast.parse(cell.source)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, path.name, "exec"), space)
        if "parameters" in cell.metadata.get("tags", ()):
            space["client"] = str(client)
        value = eval(compile(ast.Expression(last.value), path.name, "eval"), space) if last else None
        shown.extend([] if value is None else [value])
        cell.outputs = [new_output("display_data", data=dict(s._repr_mimebundle_())) for s in shown]
    return nb


def published(done: Mapping[str, NotebookNode], client: str = "Nordverk AB", language: str = "en") -> dict[str, str]:
    """Return every published file that is text, by its name; the CSV files inside a page are files of their own."""
    pages = [Page(stem, "done", read(nb)) for stem, nb in done.items()]
    files = {f"{stem}.html": render(nb) for stem, nb in done.items()}
    files["index.html"] = render_index(pages, client=client, language=language)
    files["findings.json"] = as_text(findings_json(pages, client=client, language=language))
    files["run.json"] = as_text({"cover": pages[0].document.cover.model_dump()})
    files |= {f"notebooks/{stem}.ipynb": as_text([c.get("outputs") for c in nb.cells]) for stem, nb in done.items()}
    for name, text in list(files.items()):
        for n, found in enumerate(re.findall(r'data:text/csv;charset=utf-8;base64,([\w+/=]+)"', text)):
            files[f"{name}#{n}.csv"] = base64.b64decode(found).decode("utf-8")
    return files


def as_text(content: Any) -> str:
    """Return JSON with letters as they are."""
    return json.dumps(content, ensure_ascii=False, default=str)


def forms(name: str) -> Iterator[str]:
    """Yield the ways in which a name is written in files, lists and addresses, in small letters without accents."""
    first, *_, last = words = name.split()
    written = [" ".join(words), f"{first} {last}", f"{last}, {first}", f"{last} {first}", f"{first}.{last}"]
    written += [f"{first}_{last}", f"{last}_{first}", f"{first}{last}", f"{first[0]}. {last}", f"{first[0]}.{last}@"]
    yield from (folded(form) for form in written)


def folded(text: str) -> str:
    """Return text in small letters without accents."""
    text = text.lower().translate(str.maketrans({"ø": "o", "æ": "ae"}))
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def traces(text: str) -> list[str]:
    """Return what is left of the sellers in a text: names in any form, addresses, codes, and single last names."""
    small = folded(text)
    sought = {form for name in (*NAMES, UNKNOWN) for form in forms(name)} | {ADDRESS, CODE, "jorg mueller", "o'brien"}
    sought |= {"thorsen.csv", "soren.kjaer", "ekwall", "rosenkilde", "ovidsson"}
    return sorted(form for form in sought if form in small or form.replace("'", "&#39;") in small)
