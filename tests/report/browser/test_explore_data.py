"""The catalogue on the compiled figures: what the page shows of a cell is what `regional-econ data trace` says."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import report_sample as sample
from browser.looks import OVERFLOW, barriers, nameless

from regional_econ._base.text import LANGS, Lang, format_number
from regional_econ.core.explorer import Explorer
from regional_econ.core.section import Paragraph, Section
from regional_econ.data.catalogue import load_variables
from regional_econ.data.editions import load_editions
from regional_econ.data.load import load_panel, load_vintages_of
from regional_econ.data.pages.explorer import explorer
from regional_econ.data.regions import load_regions
from regional_econ.data.trace import TraceNode, trace
from regional_econ.report.build import write_report
from regional_econ.report.words import Words

if TYPE_CHECKING:
    from browser.conftest import Visit
    from playwright.sync_api import Locator, Page

Opened = Callable[..., "Visit"]
VARIABLES, REGIONS = load_variables(), load_regions()


@pytest.fixture(scope="module")
def made() -> Explorer:
    return explorer(load_panel(), "RU-KEM")


@pytest.fixture(scope="module")
def site(made: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of the catalogue alone, of all compiled figures."""
    labels = {**{name: one.label for name, one in VARIABLES.items()}, **sample.LABELS}
    regions = {name: one.name for name, one in REGIONS.items()}
    texts = [Words(lang, sample.catalogue(), sample.NUMBERS, labels, regions, "RU-KEM") for lang in LANGS]
    sections = [Section("data", "data.title", (Paragraph("data.chapter.09"),))]
    out = tmp_path_factory.mktemp("catalogue")
    write_report(sections, texts, sample.ledger(), sample.SOURCES, out, front="sample", only="site", explorers=[made])
    return out


def shown(visit: Visit, region: str, variable: str, year: int, lang: str = "en") -> Page:
    page = visit.go(f"{lang}/explore_data.html#variable={variable}&region={region}&year={year}")
    page.locator("#explorer[data-ready]").wait_for()
    return page


def spoken(place: str) -> str:
    sheet, mark, cell = place.rpartition("!")
    if mark:
        return f"sheet {sheet}, cell {cell}"
    kind, number = place.split(" ")
    return f"row {number} (counted from zero)" if kind == "row" else f"line {number}"


def plain(text: str) -> str:
    return text.replace(",", "").replace("−", "-")


def number(value: float) -> str:
    """As a trace prints it, without an exponent, which a page has no use for."""
    short = f"{value:.10g}"
    return f"{float(short):f}".rstrip("0").rstrip(".") if "e" in short else short


def facts(place: Locator) -> dict[str, str]:
    names, told = (place.locator(f"> {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(names, told, strict=True))


def holds(home: Locator, node: TraceNode) -> None:
    """Hold what stands below a figure of the page against its trace, at any depth."""
    if node.formula is None:
        if node.file is None:
            assert home.locator("> dl").count() == 0
            return
        told = facts(home.locator("> dl"))
        assert (told["Place"], told["File"]) == (spoken(str(node.place)), node.file)
        assert (told["SHA-256 of the file"], told["Citation"]) == (node.sha256, node.citation)
        assert told["Edition"] == load_editions()[str(node.vintage)].label.en
        assert told.get("Mended") == node.correction
        if node.value is not None:
            assert plain(told["Not rounded"]) == plain(f"{number(node.value)} {node.unit}")
        if node.raw is not None and (node.scale != 1 or node.correction):
            scale = "" if node.scale == 1 else f" × {number(float(node.scale or 1))}"
            assert plain(told["The file says"]) == f"{number(node.raw)}{scale}"
        return
    items = home.locator("> ul.tree > li > details")
    assert items.count() == len(node.inputs)
    for item, below in zip(items.all(), node.inputs, strict=True):
        value = "no figure" if below.value is None else f"{number(below.value)} {below.unit}"
        said = plain(item.locator("> summary").inner_text())
        assert said.startswith(plain(f"{VARIABLES[below.variable].label.en}, {below.year}: {value} ·"))
        if not item.evaluate("fold => fold.open"):
            item.locator("> summary").click()
        item.locator("> a").wait_for()
        holds(item, below)


def test_a_new_reader_finds_the_cell_behind_the_wear_of_kuzbass_in_2020(visit: Opened) -> None:
    for lang, link, field, words, year in (
        ("en", "Data catalogue", "Find a variable", "wear", "Year"),
        ("ru", "Каталог данных", "Найти показатель", "износ", "Год"),
    ):
        page = visit().go(f"{lang}/index.html")
        page.locator("main").get_by_role("link", name=link).click()
        page.get_by_label(field).fill(words)
        page.get_by_role("button", name=VARIABLES["wear_pct"].label.get("en" if lang == "en" else "ru")).click()
        page.get_by_label(year, exact=True).select_option("2020")
        told, node = page.locator(".origin").inner_text(), trace("RU-KEM", "wear_pct", 2020)
        row = str(node.place).removeprefix("row ")
        for part in (REGIONS["RU-KEM"].name.get("en" if lang == "en" else "ru"), str(node.file), row, str(node.sha256)):
            assert part in told
        assert format_number(float(node.value or 0), 1, "en" if lang == "en" else "ru") in told


@pytest.mark.parametrize(
    ("region", "variable", "year"),
    [
        ("RU-ARK", "innovative_goods_mln_rub", 2007),  # mended
        ("RU-KEM", "researchers", 2022),  # scaled
        ("RU-CHU", "rd_grp_pct", 2020),  # an input is withheld
        ("RU-KEM", "grp_real_mln_rub", 2020),  # formulas below a formula, over other years
        ("RU-KEM", "innovation_activity_pct", 2023),  # not published
    ],
)
def test_chosen_figures_are_told_as_they_are_traced(visit: Opened, region: str, variable: str, year: int) -> None:
    page, node = shown(visit(), region, variable, year), trace(region, variable, year)
    if node.value is not None:
        assert page.locator(".number b").inner_text() == format_number(node.value, VARIABLES[variable].digits, "en")
    holds(page.locator(".origin"), node)


def test_random_figures_are_told_as_they_are_traced(visit: Opened) -> None:
    draw, derived = np.random.default_rng(11), [name for name, one in VARIABLES.items() if one.formula is not None]
    for place in range(10):
        names = derived if place % 2 else list(VARIABLES)
        cell = str(draw.choice(list(REGIONS))), str(draw.choice(names)), int(draw.integers(2015, 2024))
        holds(shown(visit(), *cell).locator(".origin"), trace(*cell))


def test_a_derived_figure_without_one_says_why(visit: Opened) -> None:
    page = shown(visit(), "RU-CHU", "rd_grp_pct", 2020)
    assert page.locator(".number").inner_text().strip() == "no figure"
    assert page.locator(".origin > .under").inner_text() == "confidential"
    assert "confidential: 20" in page.locator(".key").inner_text()


@pytest.mark.parametrize("variable", ["grp_mln_rub", "rd_grp_pct"])
def test_every_edition_of_a_figure_is_listed(visit: Opened, variable: str) -> None:
    rows = shown(visit(), "RU-KEM", variable, 2022).locator(".shown table tbody tr")
    frame = load_vintages_of([variable])[variable]
    stated = frame[(frame["region"] == "RU-KEM") & (frame["year"] == 2022)]
    assert len(stated) > 2
    found = [plain(text) for text in rows.locator("td:nth-child(3)").all_inner_texts()]
    assert sorted(found) == sorted(map(number, stated["value"]))
    used = rows.filter(has_text="in use").locator("td:nth-child(3)")
    assert plain(used.inner_text()) == number(stated[stated["newest"]]["value"].iloc[0])


def test_a_chained_figure_has_no_editions(visit: Opened) -> None:
    page = shown(visit(), "RU-KEM", "grp_real_mln_rub", 2022)
    assert page.locator(".shown table").count() == 0
    assert "no edition holds all of them" in page.locator(".shown").inner_text()


def test_a_variable_is_downloaded_with_the_source_of_every_figure(visit: Opened) -> None:
    page = shown(visit(), "RU-KEM", "wear_pct", 2020)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the variable").click()
    with waiting.value.path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    frame = load_vintages_of(["wear_pct"])["wear_pct"]
    found = {(one["region"], int(one["year"]), one["edition"], float(one["value"])) for one in rows if one["value"]}
    assert found == set(frame[["region", "year", "vintage", "value"]].itertuples(index=False, name=None))
    node = trace("RU-KEM", "wear_pct", 2020)
    own = next(one for one in rows if (one["region"], one["year"], one["in_use"]) == ("RU-KEM", "2020", "true"))
    assert (own["file"], own["place"], own["sha256"]) == (node.file, node.place, node.sha256)


@pytest.mark.parametrize(("lang", "theme", "width"), [("ru", "dark", 390), ("en", "light", 1280)])
@pytest.mark.parametrize("variable", ["rd_real_per_employed_grp", "rd_other_staff"])
def test_long_names_deep_formulas_and_corrections_fit_the_page(
    visit: Opened, variable: str, lang: Lang, theme: str, width: int
) -> None:
    page = shown(visit(theme, width), "RU-ARK", variable, 2014, lang)
    page.locator(".plot svg").wait_for()
    for fold in page.locator(".tree > li > details > summary").all()[:4]:
        fold.click()
    assert page.evaluate(OVERFLOW) == ""
    assert nameless(page) == []
    assert barriers(page) == []


@pytest.mark.parametrize("lang", LANGS)
def test_variables_are_found_in_both_languages_and_by_chapter(visit: Opened, lang: Lang) -> None:
    page = shown(visit(), "RU-KEM", "wear_pct", 2020, lang)
    search, choices = page.get_by_role("searchbox"), page.locator(".choices button")
    assert choices.count() == len(VARIABLES)
    counts = []
    for words in ("износ основных фондов", "wear of fixed assets", "WEAR_pct"):
        search.fill(words)
        counts.append(choices.count())
    assert counts[0] == counts[1] >= counts[2] == 1
    search.fill("")
    page.locator(".picker select").select_option("data.chapter.18")
    assert 10 < choices.count() < len(VARIABLES)
    search.fill("nothing of that kind")
    assert choices.count() == 0


def test_a_link_a_square_and_a_formula_lead_to_a_figure(visit: Opened) -> None:
    page = shown(visit(), "RU-XX", "no_such_variable", 1066)  # an address that somebody mistyped
    assert page.locator(".shown h2").inner_text() == next(iter(VARIABLES.values())).label.en
    page = shown(visit(), "RU-TOM", "rd_grp_pct", 2019)
    assert page.locator(".origin h3").inner_text() == f"{REGIONS['RU-TOM'].name.en}, 2019"
    page.locator(".tiles svg").click(position={"x": 3, "y": 3})  # the country in the first year
    assert page.locator(".origin h3").inner_text() == f"{REGIONS['RU'].name.en}, 1998"
    page.locator(".formula a", has_text="grp_mln_rub").click()
    page.get_by_role("heading", name=VARIABLES["grp_mln_rub"].label.en, exact=True).wait_for()
    assert "variable=grp_mln_rub&region=RU&year=1998" in page.url
    page.get_by_label("Colour shows").select_option("edition")
    assert "Rosstat, national accounts" in page.locator(".key").inner_text()
