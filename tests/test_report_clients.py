"""The page above all clients: built from what the reports left behind, for the consultant alone."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from salesaudit import publish
from salesaudit.batch import run
from salesaudit.report import audits, render_clients
from test_report_page import PAYLOADS, Elements
from tiny import tiny_client, tiny_project

TODAY = date(2026, 11, 21)


def published(
    reports: Path, slug: str, as_of: str, *, client: str = "", language: str = "en", statuses=("done",), severities=()
) -> None:
    """Leave behind what one run leaves behind, as far as the page reads it."""
    folder = reports / slug / as_of
    folder.mkdir(parents=True)
    run_json = {"notebooks": [{"stem": f"0{n}_x", "status": status} for n, status in enumerate(statuses)]}
    found = {"client": client or slug, "language": language, "findings": [{"severity": s} for s in severities]}
    (folder / "run.json").write_text(json.dumps(run_json), encoding="utf-8")
    (folder / "findings.json").write_text(json.dumps(found), encoding="utf-8")


def rows(html: str) -> list[str]:
    """Return the rows of the table as text."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(Elements(row).text.split()) for row in body.split("<tr>")[1:]]


def test_one_row_per_client_with_its_newest_audit(tmp_path: Path) -> None:
    """Shows by name whose audit is how old, what is waiting in it, and where the older ones are."""
    published(tmp_path, "beta", "2026-11-20", severities=["green"], statuses=["done", "done", "skipped", "failed"])
    published(tmp_path, "acme", "2025-12-31", client="åkerlund")
    published(tmp_path, "acme", "2026-06-30", client="Åkerlund AB", severities=["red", "red", "yellow", "grey"])
    html = render_clients(audits(tmp_path), today=TODAY)
    assert rows(html) == [
        "beta 20 November 2026 1 day old 0 0 done: 2 · skipped: 1 · failed: 1 –",
        "Åkerlund AB acme 30 June 2026 144 days old 2 1 done: 1 31 December 2025",
    ]
    links = re.findall(r'<a href="([^#"]+)">', html)
    assert links == ["beta/2026-11-20/index.html", "acme/2026-06-30/index.html", "acme/2025-12-31/index.html"]


def test_what_is_no_report_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged folder costs its own row and nothing else; logs, builds and other folders are no audits."""
    published(tmp_path, "acme", "2026-06-30")
    for name in ("acme/failed", "acme/.build-7", "acme/2026-99-99", "gone/2026-01-01", "other"):
        (tmp_path / name).mkdir(parents=True)
    published(tmp_path, "torn", "2026-01-01")
    (tmp_path / "torn" / "2026-01-01" / "findings.json").write_text('{"client": ')
    published(tmp_path, "odd", "2026-01-01")
    (tmp_path / "odd" / "2026-01-01" / "run.json").write_text("[]")
    assert [audit.slug for audit in audits(tmp_path)] == ["acme"]
    assert caplog.text.count("left out of the list of clients") == 4


@pytest.mark.parametrize(("languages", "expected"), [(["sv", "sv"], "sv"), (["sv", "nb"], "en"), (["xx"], "en")])
def test_the_language_is_that_of_all_or_english(tmp_path: Path, languages: list[str], expected: str) -> None:
    """Speaks the clients' language where they share one."""
    for n, language in enumerate(languages):
        published(tmp_path, f"c{n}", "2026-06-30", language=language)
    assert f'<html lang="{expected}">' in render_clients(audits(tmp_path), today=TODAY)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_names_stay_names(tmp_path: Path, payload: str) -> None:
    """A client or a folder that is called like code is text, and its link leads into the folder of reports."""
    published(tmp_path, payload.replace("/", "-"), "2026-06-30", client=payload)
    page = Elements(html := render_clients(audits(tmp_path), today=TODAY))
    assert not {tag for tag, _ in page.found} & {"script", "img", "iframe"}
    assert not [name for _, attributes in page.found for name in attributes if name.startswith("on")]
    assert payload in page.text
    (link,) = [h for h in page.values("href") if not h.startswith("#")]
    assert re.fullmatch(r"[\w.%~-]+/2026-06-30/index\.html", link)
    assert "script-src &#39;none&#39;" in html


def test_no_reports_are_still_a_page() -> None:
    """Says that there is nothing yet."""
    assert "There are no reports yet." in render_clients([], today=TODAY)


def test_a_list_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch, caplog) -> None:
    """The page is a convenience: whatever happens to it, the run goes on, and no half of it is left behind."""
    publish.list_clients(tmp_path / "nowhere", today=TODAY)
    published(tmp_path, "acme", "2026-06-30")
    monkeypatch.setattr(publish, "render_clients", lambda *_, **__: 1 / 0)
    publish.list_clients(tmp_path, today=TODAY)
    assert "ZeroDivisionError" in caplog.text
    assert [p.name for p in tmp_path.iterdir()] == ["acme"]


def test_every_run_renews_the_list(tmp_path: Path) -> None:
    """After a run the page lists the client just run beside those run earlier, each link leading to a report."""
    root = tiny_project(tmp_path, n01_fine="")
    tiny_client(root / "data" / "beta", name="Beta ApS")
    for name in ("acme", "beta"):
        assert [r.status for r in run([name], root=root)] == ["done"]
        links = re.findall(r'<a href="([^#"]+)">', (root / "reports" / "index.html").read_text(encoding="utf-8"))
        assert f"{name}/2025-12-31/index.html" in links
        assert all((root / "reports" / link).is_file() for link in links)
    assert len(links) == 2
    assert {p.name for p in (root / "reports").iterdir()} == {"acme", "beta", "index.html"}
