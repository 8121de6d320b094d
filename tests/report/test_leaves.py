"""Leaves: pages of their own below a section, linked both ways on the site, left out of the PDF."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
import report_sample as sample

from regional_econ._base.errors import OptionError, StoreError, UnknownNameError
from regional_econ._base.text import LANGS, Lang
from regional_econ.core.section import (
    CardBlock,
    FigureRef,
    Leaf,
    PageRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    Verbatim,
    VerdictBlock,
)
from regional_econ.report.build import write_report
from regional_econ.report.document import document, read_leaf
from regional_econ.report.search import search_entries

IDS = tuple(leaf.id for leaf in sample.leaves())
KILOBYTE = 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("leaves")
    texts = [sample.words(lang) for lang in LANGS]
    write_report(sample.sections(), texts, sample.ledger(), sample.SOURCES, folder, front="sample", only="site")
    return folder


def page(site: Path, lang: str, name: str) -> str:
    return (site / lang / f"{name}.html").read_text(encoding="utf-8")


def hrefs(text: str) -> list[str]:
    return re.findall(r'href="([^"#?]+\.html)"', text)


@pytest.mark.parametrize("lang", LANGS)
def test_each_leaf_is_a_page_between_its_neighbours_and_below_its_chapter(site: Path, lang: Lang) -> None:
    for number, name in enumerate(IDS):
        text = page(site, lang, name)
        ways = text[text.index('<nav class="ways"') :]
        before = [f"{IDS[number - 1]}.html"] if number else []
        after = [f"{IDS[number + 1]}.html"] if number + 1 < len(IDS) else []
        assert hrefs(ways) == before + after
        assert '<p class="kicker"><a href="referee.html">' in text
        assert re.search(r'<a href="referee\.html" aria-current="true">', text)
        other = "en" if lang == "ru" else "ru"
        assert f'href="../{other}/{name}.html"' in text
        assert len(text.encode("utf-8")) < 60 * KILOBYTE


@pytest.mark.parametrize("lang", LANGS)
def test_ids_lead_to_leaves_from_cells_and_cards(site: Path, lang: Lang) -> None:
    assert '<a href="claim_C12.html">C12</a>' in page(site, lang, "referee")  # the card
    assert page(site, lang, "claim_C06").count('<a href="claim_C12.html">C12</a>') == 3  # cells of two tables
    assert '<span class="claim">C12</span>' in page(site, lang, "claim_C12")  # no link to itself


def test_a_leaf_has_headings_facts_and_no_numbers_of_the_report(site: Path) -> None:
    text = page(site, "en", "claim_C06")
    assert text.count('<h2 id="leaf.C06') == 2
    assert text.count('<dl class="facts">') == 1
    assert "Table 2" not in text
    assert "Figure" in text  # the figure of the chapter keeps its number
    assert not (site / "data" / "leaf.C06.turns_en.csv").exists()


def test_a_figure_shown_again_shares_its_files_and_an_own_one_has_no_script(site: Path) -> None:
    again, own = page(site, "ru", "claim_C06"), page(site, "ru", "claim_C12")
    assert 'data-chart="sample-fan"' in again
    assert "../figures/sample-fan_ru.svg" in again
    assert '<figure class="still" id="leaf.C12.bars">' in own
    assert "data-chart" not in own
    names = {path.name for path in site.rglob("leaf.C12.bars*")}
    assert names == {"leaf.C12.bars.csv", *(f"leaf.C12.bars_{lang}.svg" for lang in LANGS)}
    drawings = re.findall(r'<div class="(wide|narrow)"><svg .*?</svg></div>', own)
    assert drawings == ["wide", "narrow"], "inside the page, where they follow its theme and need no font"
    ids = re.findall(r' id="([^"]*)"', own)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("lang", LANGS)
def test_the_search_finds_each_leaf_once(lang: Lang) -> None:
    found = search_entries(document(sample.sections(), sample.words(lang), front="sample"))
    urls = [entry.url for entry in found if entry.kind == "claim"]
    assert [url for url in urls if url.startswith("claim_")] == [f"{name}.html" for name in IDS]
    assert "referee.html#claim-C12" not in urls  # its card leads to a leaf
    assert "referee.html#claim-C06" in urls  # a card without a page is found where it stands


def test_the_pdf_leaves_them_out(tmp_path: Path) -> None:
    pages = {}
    for name, sections in (
        ("with", sample.sections()), ("without", [replace(one, leaves=()) for one in sample.sections()]),
    ):  # fmt: skip
        bare = [
            replace(one, blocks=tuple(replace(b, page="") if isinstance(b, VerdictBlock) else b for b in one.blocks))
            for one in sections
        ]
        out = tmp_path / name
        write_report(bare, [sample.words("en")], sample.ledger(), sample.SOURCES, out, front="sample", only="pdf")
        content = (out / "report_en.pdf").read_bytes()
        pages[name] = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages]
    assert pages["with"] == pages["without"]


def test_leaves_survive_the_store(tmp_path: Path) -> None:
    made = sample.sections()[-1]
    made.write(tmp_path / "referee.json")
    again = Section.read(tmp_path / "referee.json")
    assert [leaf.id for leaf in again.leaves] == list(IDS)
    for leaf, other in zip(made.leaves, again.leaves, strict=True):
        assert leaf.title == other.title
        for block, same in zip(leaf.blocks, other.blocks, strict=True):
            assert type(block) is type(same)
            if isinstance(block, TableBlock | Paragraph | VerdictBlock | FigureRef):
                assert block == same
    again.write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "referee.json").read_bytes()
    assert str(made).endswith("and 3 leaves.")


LOST = Stack((Verbatim("…"), PageRef("claim_C99", "C99")))


@pytest.mark.parametrize(
    "block",
    [
        VerdictBlock("v", sample.claim("C41"), "claim_C99"),
        replace(sample.leaves()[0].blocks[1], id="t", rows=((LOST, LOST, LOST),)),  # type: ignore[type-var]
        CardBlock("L02", Verbatim("x"), "sample.agrees", "open", Verbatim("x"), (("sample.indicator", LOST),)),
    ],
    ids=["verdict", "table", "card"],
)
@pytest.mark.parametrize("place", ["section", "leaf"])
def test_a_link_to_no_leaf_stops_the_build(block: VerdictBlock, place: str) -> None:
    *others, last = sample.sections()
    if place == "section":
        last = replace(last, blocks=(*last.blocks, block))
    else:
        last = replace(last, leaves=(*last.leaves, Leaf("more", Verbatim("x"), (block,))))
    with pytest.raises(UnknownNameError, match="claim_C99"):
        document([*others, last], sample.words("en"), front="sample")


def test_a_leaf_that_shows_a_lost_figure_or_takes_a_name_stops_the_build(tmp_path: Path) -> None:
    *others, last = sample.sections()

    def built(leaf: Leaf) -> None:
        sections = [*others, replace(last, leaves=(*last.leaves, leaf))]
        texts, ledger = [sample.words("en")], sample.ledger()
        write_report(sections, texts, ledger, sample.SOURCES, tmp_path, front="sample", only="site")

    with pytest.raises(UnknownNameError, match="sample-lost"):
        built(Leaf("more", Verbatim("x"), (FigureRef("sample-lost"),)))
    with pytest.raises(StoreError, match="claim_C06"):
        built(Leaf("claim_C06", Verbatim("x"), ()))
    with pytest.raises(StoreError, match="panel"):
        built(Leaf("panel", Verbatim("x"), ()))
    with pytest.raises(OptionError, match="design"):
        built(Leaf("design", Verbatim("x"), ()))
    assert not list(tmp_path.iterdir())


def test_a_leaf_alone_is_read_without_its_figures() -> None:
    read = read_leaf(sample.leaves()[0], sample.words("ru"))
    assert [type(item).__name__ for item in read.items] == ["VerdictCard", "Table", "Table"]
