"""The PDF: tagged and described for those who cannot see it, set in its own fonts, inside its page, the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import report_sample as sample
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from regional_econ._base.errors import TextError
from regional_econ._base.text import LANGS, Lang
from regional_econ.report.document import Card, Chapter, Document, Head, Prose, Table, document
from regional_econ.report.pdf import render_pdf
from regional_econ.report.runs import Line, plain_line
from regional_econ.report.verdicts import VerdictCard

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 300" width="720" height="300"><rect width="720" '
    'height="300" fill="#fff"/><text x="9" y="40" font-family="Regional Sans, sans-serif">Рисунок</text></svg>'
)


def read(lang: Lang) -> Document:
    return document(sample.sections(), sample.words(lang), front="sample")


def rendered(of: Document) -> bytes:
    return render_pdf(of, {picture.id: SVG for picture in of.pictures()}, sample.SOURCES / "pdf")


def with_table(of: Document, rows: list[list[str]], heads: list[str]) -> Document:
    """A report whose only chapter is one table."""
    cells = tuple(tuple((plain_line(text),) for text in row) for row in rows)
    table = Table("t", "Table 1", Line(()), tuple(Head(plain_line(head), "left", 1.0) for head in heads), cells)
    return replace(of, chapters=(Chapter("c", "1", "Chapter", (table,)),))


@pytest.fixture(scope="module")
def pdfs() -> dict[Lang, bytes]:
    return {lang: rendered(read(lang)) for lang in LANGS}


def reader(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def texts(content: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in reader(content).pages]


def tags(node: Any) -> Iterator[Any]:
    """Every element of the structure tree below a node."""
    node = node.get_object() if isinstance(node, IndirectObject) else node
    if isinstance(node, list):
        for part in node:
            yield from tags(part)
    elif isinstance(node, dict):
        if "/S" in node:
            yield node
        yield from tags(node.get("/K"))


def fonts(content: bytes) -> dict[str, bool]:
    """Every font by its name, and whether its file is in the PDF."""
    found = {}
    for page in reader(content).pages:
        for resources in [page["/Resources"], *_forms(page["/Resources"])]:
            for font in resources.get("/Font", {}).values():
                inner = font.get_object()["/DescendantFonts"][0].get_object()
                name = str(inner["/BaseFont"]).partition("+")[2]
                found[name] = bool({"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object()))
    return found


def _forms(resources: Any) -> Iterator[Any]:
    for form in resources.get_object().get("/XObject", {}).values():
        inner = form.get_object().get("/Resources")
        if inner is not None:
            yield inner.get_object()
            yield from _forms(inner)


@pytest.mark.parametrize("lang", LANGS)
def test_it_is_tagged_for_pdf_ua_says_its_language_and_no_time(pdfs: dict[Lang, bytes], lang: Lang) -> None:
    opened = reader(pdfs[lang])
    catalog = opened.trailer["/Root"]
    assert str(catalog["/Lang"]).startswith(lang)
    assert catalog["/MarkInfo"]["/Marked"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in catalog["/Metadata"].get_data()
    assert opened.metadata is not None
    assert opened.metadata.title == read(lang).title
    assert "/CreationDate" not in opened.metadata
    assert "CreateDate" not in catalog["/Metadata"].get_data().decode("utf-8")


@pytest.mark.parametrize("lang", LANGS)
def test_every_figure_has_its_alternative_and_every_table_its_head_cells(pdfs: dict[Lang, bytes], lang: Lang) -> None:
    found = list(tags(reader(pdfs[lang]).trailer["/Root"]["/StructTreeRoot"]))
    kinds = [str(tag["/S"]) for tag in found]
    alternatives = [str(tag["/Alt"]) for tag in found if tag["/S"] == "/Figure" and "/Alt" in tag]
    pictures = read(lang).pictures()
    assert alternatives == [picture.alt for picture in pictures]
    assert kinds.count("/Table") == 1
    assert kinds.count("/TH") == 4
    assert kinds.count("/H1") == 5, "the summary, the contents and three parts"
    assert kinds.count("/H2") == 3
    cards = [item for chapter in read(lang).chapters for item in chapter.items if isinstance(item, Card | VerdictCard)]
    assert kinds.count("/H3") == len(cards) == 4


def test_only_the_bundled_fonts_are_used_and_all_are_inside(pdfs: dict[Lang, bytes]) -> None:
    found = fonts(pdfs["ru"])
    assert set(found) <= {
        "RegionalSans-Regular",
        "RegionalSans-SemiBold",
        "RegionalSerif-Regular",
        "RegionalSerif-Italic",
    }
    assert len(found) == 4
    assert all(found.values())


def test_texts_are_read_as_texts_and_numbers_leave_no_marks(pdfs: dict[Lang, bytes]) -> None:
    for lang in LANGS:
        whole = " ".join(texts(pdfs[lang])).replace("\u00a0", " ").replace("\u202f", " ")
        assert "#strong[Область]" in whole
        assert "<script>alert(1)</script>" in whole
        assert sample.words(lang).num("demo.grp", unit=False).replace("\u202f", " ") in whole
        assert not any("\ue000" <= sign <= "\uf8ff" for sign in whole)


def test_the_same_report_gives_the_same_bytes(pdfs: dict[Lang, bytes]) -> None:
    assert rendered(read("en")) == pdfs["en"]


def test_a_long_table_goes_on_with_its_head() -> None:
    long = with_table(read("en"), [[f"row {number}", "x"] for number in range(120)], ["Name of it", "Other head"])
    pages = [page for page in texts(rendered(long)) if "row " in page]
    assert len(pages) > 2
    assert all("Name of it" in page for page in pages)


@pytest.mark.parametrize(
    ("rows", "heads", "said"),
    [
        ([["W" * 40] * 8], list("abcdefgh"), "too wide for the page: Table 1"),
        ([["漢"]], ["a"], "漢|glyph|font"),
    ],
    ids=["too wide", "a sign that no font holds"],
)
def test_what_cannot_be_set_well_is_refused(rows: list[list[str]], heads: list[str], said: str) -> None:
    with pytest.raises(TextError, match=said):
        rendered(with_table(read("en"), rows, heads))


def test_the_cover_needs_no_fan() -> None:
    bare = with_table(read("ru"), [["a"]], ["b"])
    assert bare.title.split()[0] in texts(rendered(bare))[0]


def test_a_table_without_rows_is_set() -> None:
    page = " ".join(texts(rendered(with_table(read("en"), [], ["Indicator", "Value"]))))
    assert "Indicator Value" in page


def test_a_figure_that_the_first_page_cannot_hold_still_stands_before_the_next() -> None:
    whole = read("en")
    prose = next(item for item in whole.chapters[0].items if isinstance(item, Prose))
    tall, low, *_ = whole.pictures()
    chapter = Chapter("c", "1", "Chapter", (*[prose] * 6, tall, prose, low, *[prose] * 9))
    drawn = {tall.id: SVG.replace("300", "600"), low.id: SVG}
    content = render_pdf(replace(whole, chapters=(chapter,)), drawn, sample.SOURCES / "pdf")
    found: list[tuple[int, float, str]] = []
    for number, page in enumerate(reader(content).pages):
        page.extract_text(visitor_text=lambda text, cm, *_, at=number: found.append((at, -cm[5], text.strip())))
    heads = [text for _page, _down, text in sorted(found) if text in ("Figure 1", "Figure 2")]
    assert heads == ["Figure 1", "Figure 2"]
