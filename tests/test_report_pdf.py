"""The printed document: tagged, complete, closed to the outside, and the same bytes for the same notebooks."""

import io
import re
import time
from copy import deepcopy
from functools import cache

import pytest

from report_sample import code, document_output, notebook, sample
from salesaudit.errors import UserError
from salesaudit.finding import MIME
from salesaudit.i18n import catalogue
from salesaudit.report import Page, pdf, read
from salesaudit.report.chapters import chapters, findings

weasyprint = pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed")
pikepdf = pytest.importorskip("pikepdf", reason="the extra 'pdf' is not installed")
pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")

CLIENT = "Möbelhuset Åkerlund AB"
EVIL = '</style><script>alert(1)</script><img src=x onerror=alert(2)> & "quoted"'
WORKBOOK = pdf.Attachment("audit.xlsx", b"PK not really a workbook", "All numbers")
PASSWORD = "sex ord på väg nu då"


def pages(language: str = "en") -> list[Page]:
    """Two reports that are alike in every id, and one that could not be made."""
    document = read(sample(language))
    return [
        Page("01_a", "done", document),
        Page("02_b", "done", document),
        Page("03_c", "skipped", None, "orders.date"),
    ]


def hostile(nb):
    """Return a notebook in which every text of ours that a client can write is an attack."""
    nb = deepcopy(nb)
    for cell in nb.cells:
        for output in cell.get("outputs", ()):
            document = output["data"].get(MIME, {})
            for field in ("title", "subtitle", "source", "alt", "collect"):
                if document.get(field):
                    document[field] = EVIL
            for item in document.get("items", ()):
                item |= {"title": EVIL, "condition": EVIL} if "title" in item else {}
            for row in document.get("body", ()):
                row[0]["text"] = EVIL
    return nb


@pytest.fixture(scope="module")
def plain() -> bytes:
    return pdf.render_pdf(pages(), client=CLIENT, language="en")


@pytest.fixture(scope="module")
def full() -> bytes:
    return pdf.render_pdf(pages(), client=CLIENT, language="en", attachments=[WORKBOOK])


def opened(content: bytes, password: str | None = None) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(content), password=password)


def structure(content: bytes) -> list[pikepdf.Object]:
    """Return all elements of the structure tree."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return [
            {str(k): str(v) if k in ("/S", "/Alt") else None for k, v in o.items()}
            for o in document.objects
            if isinstance(o, pikepdf.Dictionary) and "/S" in o and "/K" in o
        ]


def bookmarks(reader: pypdf.PdfReader, outline=None) -> list[tuple[str, int]]:
    found = []
    for entry in reader.outline if outline is None else outline:
        if isinstance(entry, list):
            found += bookmarks(reader, entry)
        else:
            found.append((entry.title, reader.get_destination_page_number(entry)))
    return found


@cache
def texts(content: bytes, password: str | None = None) -> tuple[str, ...]:
    """Return the words of every page, without the places where lines break."""
    return tuple(" ".join(p.extract_text().split()) for p in opened(content, password).pages)


def test_it_is_tagged_and_says_what_it_is(plain):
    """A screen reader knows the language and the title, and finds headings, tables and their heads."""
    root = opened(plain).trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert opened(plain).metadata["/Title"] == f"{CLIENT} · Sales audit"
    kinds = {element["/S"] for element in structure(plain)}
    assert {"/H1", "/H2", "/P", "/Table", "/THead", "/TH", "/TD", "/L", "/LI", "/Figure"} <= kinds


def test_every_figure_says_what_it_shows(plain):
    """The words of a figure are its message and its extremes; icons and bars are no figures."""
    said = [element.get("/Alt") for element in structure(plain) if element["/S"] == "/Figure"]
    drawn = [e.shape for c in chapters(pages()) for e in c.exhibits if e.type == "figure"]
    assert sorted(said) == sorted(f"{shape.title}. {shape.alt}" for shape in drawn)
    assert len(said) == 6


def test_the_outline_leads_to_the_chapters(plain):
    """The bookmarks name contents, summary, chapters, sections and sources, and lead to where they begin."""
    marks = bookmarks(opened(plain))
    words = texts(plain)
    document = pages()[0].document
    assert [title for title, _ in marks[:2]] == ["Contents", "Summary"]
    assert marks[-1][0] == "Data sources"
    assert [title for title, _ in marks].count(document.heading) == 2
    for title, page in marks:
        assert " ".join(title.split()) in words[page], f"{title} does not stand on page {page + 1}"


def test_the_contents_name_the_right_pages(plain):
    """The page numbers of the contents are those of the chapters."""
    reader = opened(plain)
    where = [page + 1 for title, page in bookmarks(reader) if title == pages()[0].document.heading]
    assert len(where) == 2
    contents = texts(plain)[1]
    for number, page in enumerate(where, start=1):
        assert re.search(rf"{number} ?{re.escape(pages()[0].document.heading)} ?{page}\b", contents)


def test_every_page_but_the_cover_is_numbered(plain):
    """The foot of every page says client, page and pages; the cover has none."""
    words = texts(plain)
    for number, page in enumerate(words[1:], start=2):
        assert f"Page {number} of {len(words)}" in page
        assert f"{CLIENT} · Sales audit" in page
    assert "Page 1" not in words[0]


def test_the_foot_speaks_the_language_of_the_report():
    """A Swedish report is Swedish to its last line."""
    if catalogue("sv").gettext("Page {page} of {pages}") == "Page {page} of {pages}":
        pytest.skip("the Swedish catalogue does not have the foot yet")
    html = pdf.print_html(pages("sv")[:1], client=CLIENT, language="sv")
    assert '<html lang="sv">' in html
    assert "Sida <span" in html


def test_no_page_is_empty(plain):
    """Every page carries something beside its foot."""
    for number, page in enumerate(opened(plain).pages[1:], start=2):
        assert len(page.extract_text()) > 120, f"page {number}"


def test_no_id_is_there_twice():
    """Two chapters never share an id, every link leads somewhere, and figures have the number of their chapter."""
    html = pdf.print_html(pages(), client=CLIENT, language="en")
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 40
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    assert "Figure 1.1" in html
    assert "Table 2.1" in html
    assert 'href="#c2-fig-rates"' in html, "a link of the consultant's text leads into its own chapter"


def test_the_findings_stand_in_the_order_of_the_summary():
    """The printed summary has all findings, worst first, each with the way to its page."""
    found = findings(chapters(pages()))
    assert [j.item.severity for _, j in found] == ["red"] * 2 + ["yellow"] * 2 + ["green"] * 2 + ["grey"] * 2
    html = pdf.print_html(pages(), client=CLIENT, language="en")
    assert re.findall(r'class="page-of" data-href="#([^"]+)"', html) == [j.anchor for _, j in found]


def test_what_could_not_be_answered_is_said(plain):
    """A report that was skipped is named in the summary, with what is missing."""
    summary = " ".join(texts(plain)[2:6])
    assert "Questions without an answer" in summary
    assert "orders.date" in summary


def test_rows_that_are_not_printed_are_counted(plain, full):
    """The reader learns how many rows are left out, and that the workbook has them where it goes along."""
    assert "2 more rows are not shown here." in " ".join(texts(plain))
    assert "2 more rows in the workbook." in " ".join(texts(full))
    assert "CSV" not in " ".join(texts(full))


def test_colours_reach_the_drawings():
    """Icons and bars have the colour of their words: no style sheet reaches into a drawing on paper."""
    html = pdf.print_html(pages(), client=CLIENT, language="en")
    icons = re.findall(r"<svg [^>]*class=\"icon\"", html)
    assert len(icons) > 10
    assert all('color="#' in icon for icon in icons)
    assert html.count('<svg class="bar"') == 0 < html.count(' class="bar"')


def test_nothing_is_fetched(monkeypatch):
    """Making a PDF opens no connection and no file of the machine, whatever an address in it says."""
    fetched = []
    original = weasyprint.urls.URLFetcher.open
    monkeypatch.setattr(
        weasyprint.urls.URLFetcher, "open", lambda self, url, *a, **k: fetched.append(str(url)) or original(self, url)
    )
    monkeypatch.setattr(
        pdf, "print_html", lambda *a, **k: '<html lang="en"><title>x</title><img src="file:///etc/passwd" alt="x">'
    )
    content = pdf.render_pdf(pages(), client=CLIENT, language="en")
    assert b"root:" not in content
    with pytest.raises(ValueError, match="disallowed"):
        weasyprint.urls.URLFetcher(allowed_protocols=("data",)).fetch("file:///etc/passwd")


def test_hostile_texts_are_words():
    """Whatever a client writes stands on the page as text: no element, no link out, no style."""
    evil = [Page("01_a", "done", read(hostile(sample())))]
    html = pdf.print_html(evil, client=EVIL, language="en")
    assert "<script" not in html
    assert "onerror" not in re.sub(r"&lt;.*?&gt;", "", html)
    assert html.count("<style>") == 1
    content = pdf.render_pdf(evil, client=EVIL, language="en")
    assert "<script>alert(1)</script>" in " ".join(texts(content))
    with pikepdf.open(io.BytesIO(content)) as document:
        for found in document.objects:
            if isinstance(found, pikepdf.Dictionary):
                assert "/URI" not in found
                assert "/JS" not in found
                assert "/Launch" not in [str(v) for k, v in found.items() if k == "/S"]


def test_two_runs_give_the_same_bytes(plain, full):
    """The same notebooks give the same PDF, whenever it is made."""
    time.sleep(1.1)  # the clock of a PDF counts seconds
    assert pdf.render_pdf(pages(), client=CLIENT, language="en") == plain
    assert pdf.render_pdf(pages(), client=CLIENT, language="en", attachments=[WORKBOOK]) == full


def test_the_workbook_lies_inside(full):
    """The attachment comes out as it went in, under its name."""
    assert opened(full).attachments == {WORKBOOK.name: [WORKBOOK.content]}
    assert b"PK not really" not in opened(full).pages[0].extract_text().encode()


def test_the_password_opens_it_and_nothing_else_does(full):
    """The PDF is encrypted with AES-256, attachment included; screen readers may read it."""
    content = pdf.locked(full, PASSWORD)
    assert WORKBOOK.content not in content
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(content))
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(content), password="sex ord på väg nu de")
    with pikepdf.open(io.BytesIO(content), password=PASSWORD) as document:
        how = document.encryption
        assert (how.R, how.bits) == (6, 256)
        assert "aes" in str(how.stream_method).lower()
        assert "aes" in str(how.file_method).lower()
        assert document.allow.accessibility
        assert document.Root.MarkInfo.Marked
        assert document.attachments[WORKBOOK.name].get_file().read_bytes() == WORKBOOK.content


def test_a_password_is_one_however_its_letters_are_made(full):
    """å typed as one sign or as two is the same password."""
    content = pdf.locked(full, PASSWORD.replace("å", "a\u030a"))
    with pikepdf.open(io.BytesIO(content), password=PASSWORD) as document:
        assert len(document.pages) > 5


def test_a_short_password_is_refused():
    """A password that protects nothing is refused, and never repeated in the message."""
    with pytest.raises(UserError, match="shorter than 12") as error:
        pdf.checked_password("hemligt")
    assert "hemligt" not in str(error.value)


@pytest.mark.parametrize(
    ("module", "error", "cure"),
    [
        ("weasyprint", ImportError, "salesaudit[pdf]"),
        ("weasyprint", OSError("cannot load library 'pango'"), "libpango"),
        ("pikepdf", ImportError, "salesaudit[pdf]"),
    ],
)
def test_a_missing_library_is_said_with_its_cure(monkeypatch, module, error, cure):
    """Without the extra, or without Pango, the user is told what to install."""
    import builtins

    original = builtins.__import__

    def refusing(name, *rest, **more):
        if name == module:
            raise error
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(UserError) as refused:
        pdf.requirements(password=True)
    assert cure in str(refused.value)


def test_a_withheld_exhibit_and_an_empty_report_are_printed():
    """What an edition withholds is said in its place, and a report without a finding is still a chapter."""
    document = {
        "version": 1,
        "type": "withheld",
        "key": "rates",
        "title": "Sellers one by one are shown elsewhere",
        "text": "Nobody can be recognised here.",
    }
    cover = next(
        c for c in sample().cells if any(o["data"].get(MIME, {}).get("type") == "cover" for o in c.get("outputs", ()))
    )
    title = next(c for c in sample().cells if c.cell_type == "markdown")
    nb = notebook(title, cover, code(document_output(document)))
    html = pdf.print_html([Page("01_a", "done", read(nb))], client=CLIENT, language="en")
    assert "Nobody can be recognised here." in html
    assert "No findings." in html
