"""Every page can be used by somebody who does not see it: axe-core finds nothing to object to."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

import report_sample as given
from salesaudit.report import Page, read, render, render_clients, render_index
from salesaudit.report.clients import Audit

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "sv", "da", "nb")
WINDOWS = [(1280, True), (1280, False), (390, True), (390, False)]
"""Width, and whether scripts may run; the page has none, so nothing may depend on it."""

OPTIONS = {"resultTypes": ["violations"], "preload": False}
TIMERS = """() => {
    const soon = (f, ms, ...rest) => { if (!(ms >= 1000)) Promise.resolve().then(() => f(...rest)); return 0; };
    window.setTimeout = soon;
    window.requestAnimationFrame = (f) => soon(f, 0, 0);
}"""
"""Where scripts are off no timer ever fires, and axe-core would wait for its own; promises still work."""


@cache
def pages(language: str) -> dict[str, str]:
    """Return a report, the index of its client and the list of clients in one language."""
    document = read(given.sample(language))
    done, skipped = Page("01_visits", "done", document), Page("02_route", "skipped", message="orders.date, absence")
    failed = Page("03_pipeline", "failed", question="Can we believe our pipeline?")
    counts = {"done": 4, "skipped": 1, "failed": 1, "red": 3, "yellow": 0, "green": 2, "grey": 1}
    audits = [Audit(s, f"{s} AB", language, date(y, 6, 30), counts) for s, y in (("a", 2025), ("a", 2024), ("b", 2025))]
    return {
        "report": render(given.sample(language)),
        "index": render_index([done, skipped, failed], client="Möbelhuset Åkerlund AB", language=language),
        "clients": render_clients(audits, today=date(2025, 8, 1)),
    }


@pytest.fixture(scope="module")
def examine(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Open HTML in one of a few windows that stay open, and return it with what axe-core says."""
    axe, windows = Axe(), {}
    path = tmp_path_factory.mktemp("axe") / "page.html"

    def run(html: str, width: int, scripts: bool) -> tuple[Any, str]:
        if (width, scripts) not in windows:
            context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
            windows[width, scripts] = context.new_page()
        page = windows[width, scripts]
        path.write_text(html, encoding="utf-8")
        page.goto(path.as_uri(), wait_until="load")
        if not scripts:
            page.evaluate(TIMERS)
        results = axe.run(page, options=OPTIONS)
        return page, results.generate_report() if results.violations_count else ""

    yield run
    for page in windows.values():
        page.context.close()


@pytest.mark.parametrize(("width", "scripts"), WINDOWS)
@pytest.mark.parametrize("kind", ["report", "index"])
def test_axe_finds_nothing(examine, kind: str, width: int, scripts: bool) -> None:
    """Keeps contrast, names, headings, landmarks and tables right in every language, on a desk and on a phone."""
    for language in LANGUAGES:
        page, said = examine(pages(language)[kind], width, scripts)
        assert said == "", f"{kind} in {language}"
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("width", [1280, 390])
def test_the_list_of_clients(examine, width: int) -> None:
    """Keeps the consultant's own page in order as well."""
    page, said = examine(pages("sv")["clients"], width, False)
    assert said == ""
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_axe_finds_what_is_wrong(examine) -> None:
    """Shows that silence means order: a picture without words and a pale text are both seen, with scripts off too."""
    spoilt = pages("en")["report"].replace("</main>", '<img src="data:image/png;base64,AAAA"></main>')
    for scripts in (True, False):
        assert "image-alt" in examine(spoilt, 1280, scripts)[1]


def test_a_coloured_cover_with_a_logo(examine, tmp_path: Path) -> None:
    """Keeps the page in order in the consultant's own colour, at the very edge of what is allowed."""
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"/>', encoding="utf-8")
    branding = {"consultant": "Nordisk Revision", "logo": "logo.svg", "accent": "#767676"}
    nb = given.sample("en", folder=tmp_path, branding=branding, privacy={"edition": "named", "reason": "agreed"})
    assert examine(render(nb), 1280, True)[1] == ""


@pytest.mark.slow
def test_the_real_reports(examine) -> None:
    """Looks at every report that lies in reports/, as management gets it."""
    folder = Path(__file__).parents[1] / "reports"
    found = sorted(folder.glob("*/*/*.html")) + sorted(folder.glob("index.html"))
    if not found:
        pytest.skip("there are no reports; make them with `make demo`")
    for path in found:
        for width in (1280, 390):
            assert examine(path.read_text(encoding="utf-8"), width, True)[1] == "", f"{path.name} at {width}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notebook_is_in_the_language(language: str) -> None:
    """Keeps the samples themselves in four languages, so that the tests above look at four different pages."""
    assert nbformat.validate(given.sample(language)) is None
    assert f'<html lang="{language}">' in pages(language)["report"]
