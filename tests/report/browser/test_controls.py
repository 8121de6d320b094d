"""What a reader does with the site: every control by the keyboard, search, theme, language, the origin of numbers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import report_sample as sample
import vl_convert
from browser.looks import nameless, unreached

from regional_econ._base.text import LANGS, Lang
from regional_econ.core.code import Code
from regional_econ.report.charts.style import use_fonts
from regional_econ.report.numbers import deflated

if TYPE_CHECKING:
    from browser.conftest import Visit
    from playwright.sync_api import Page

PAGES = ("index", *(section.id for section in sample.sections()), "design")


@pytest.mark.parametrize(("lang", "width"), [("ru", 1280), ("en", 390)])
@pytest.mark.parametrize("name", PAGES)
def test_tab_reaches_every_control_and_shows_where_it_is(
    visit: Callable[..., Visit], name: str, lang: Lang, width: int
) -> None:
    page = visit(width=width).go(f"{lang}/{name}.html")
    assert unreached(page) == []
    assert nameless(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_the_language_switch_leads_to_the_same_page_and_back(visit: Callable[..., Visit], name: str) -> None:
    page = visit().go(f"ru/{name}.html")
    page.locator("[data-do=language]").click()
    page.wait_for_url(f"**/en/{name}.html")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.locator("[data-do=language]").click()
    page.wait_for_url(f"**/ru/{name}.html")
    assert page.evaluate("document.documentElement.lang") == "ru"


def test_the_language_switch_keeps_the_place(visit: Callable[..., Visit]) -> None:
    page = visit().go("ru/referee.html#claim-C31")
    page.locator("[data-do=language]").click()
    page.wait_for_url("**/en/referee.html#claim-C31")


def paper(page: Page) -> str:
    """The page's background."""
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_switch_is_remembered_on_the_next_page(visit: Callable[..., Visit], system: str) -> None:
    reader = visit(system)
    page = reader.go("en/index.html")
    reader.draw_charts()
    before, pressed = paper(page), page.locator("[data-do=theme]").get_attribute("aria-pressed")
    letters = "getComputedStyle(document.querySelector('figure.chart svg text')).fill"
    ink = page.evaluate(letters)
    page.locator("[data-do=theme]").focus()
    page.keyboard.press("Enter")
    after = paper(page)
    assert after != before
    assert page.evaluate(letters) != ink
    assert page.locator("[data-do=theme]").get_attribute("aria-pressed") != pressed
    page.locator("nav.chapters a[href='panel.html']").click()
    page.wait_for_url("**/en/panel.html")
    assert paper(page) == after
    page.locator("[data-do=language]").click()
    page.wait_for_url("**/ru/panel.html")
    assert paper(page) == after
    page.locator("[data-do=theme]").click()
    page.reload()
    assert paper(page) == before


@pytest.mark.parametrize(
    ("lang", "query", "target"),
    [
        ("en", "C12", "claim_C12.html"),
        ("ru", "c12", "claim_C12.html"),
        ("en", "c 12", "claim_C12.html"),
        ("ru", "C-12", "claim_C12.html"),
        ("en", "models", "panel.html"),
        ("ru", "модели", "panel.html"),
        ("ru", "утверждениях", "referee.html"),  # another form of the word in the chapter's title
    ],
)
def test_search_by_keyboard_alone_leads_to_a_claim_or_a_chapter(
    visit: Callable[..., Visit], lang: Lang, query: str, target: str
) -> None:
    page = visit().go(f"{lang}/index.html")
    page.keyboard.press("/")
    page.keyboard.type(query)
    page.locator(f"#find a[href='{target}']").wait_for()
    links = page.locator("#find li a").evaluate_all("links => links.map(a => a.getAttribute('href'))")
    for _ in range(links.index(target) + 1):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('href')") == target
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{lang}/{target}")


def test_search_says_when_it_shows_only_the_first_hits(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/index.html")
    page.keyboard.press("/")
    page.keyboard.type("C31")
    page.wait_for_function("/^Found: \\d$/.test(document.querySelector('#find .count').textContent)")
    rows = deflated(json.dumps([["text", "many", "", f"index.html#{at}"] for at in range(75)]))
    page.evaluate("rows => regionalEcon.search(rows)", rows)
    page.keyboard.press("Control+A")
    page.keyboard.type("many")
    assert page.locator("#find .count").inner_text() == "Found: 75; the first of them below"
    assert page.locator("#find li").count() == 40


def test_search_opens_by_tab_says_what_it_found_and_gives_the_focus_back(visit: Callable[..., Visit]) -> None:
    page = visit(width=390).go("en/referee.html")
    while not page.evaluate("document.activeElement.dataset.do === 'search'"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('dialog').id") == "find"
    page.keyboard.type("zzz")
    page.wait_for_function("/0$/.test(document.querySelector('#find [role=status]').textContent)")
    page.keyboard.press("Control+A")
    page.keyboard.type("C31")
    page.locator("#find a[href$='claim-C31']").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    page.keyboard.press("Escape")
    assert not page.locator("#find").is_visible()
    assert page.evaluate("document.activeElement.dataset.do") == "search"
    page.keyboard.press("/")
    page.keyboard.press("Enter")  # the first hit; it stands on this very page
    page.wait_for_url("**/en/referee.html#claim-C31")
    assert not page.locator("#find").is_visible()


def assert_origin(page: Page, code: Code, lang: Lang) -> None:
    """The drawer tells the whole story of the median forecast: id, full value, inputs, code."""
    text = page.locator("#drawer").inner_text()
    for part in ("demo.p50", str(sample.NUMBERS["demo.p50"].value), "panel", "0" * 64, code.version, code.sha256):
        assert part in text
    assert sample.words(lang).text("report.site.changed") in text


@pytest.mark.parametrize("lang", LANGS)
def test_the_origin_of_a_number_opens_by_mouse(visit: Callable[..., Visit], code: Code, lang: Lang) -> None:
    page = visit().go(f"{lang}/index.html")
    page.locator(".answer .num[data-id='demo.p50']").click()
    page.locator("#drawer[open]").wait_for()
    assert_origin(page, code, lang)
    page.keyboard.press("Escape")
    assert not page.locator("#drawer").is_visible()


@pytest.mark.parametrize(("lang", "name", "width"), [("en", "index", 1280), ("ru", "index", 390), ("en", "data", 390)])
def test_the_origin_of_numbers_opens_by_keyboard(
    visit: Callable[..., Visit], code: Code, lang: Lang, name: str, width: int
) -> None:
    page = visit(width=width).go(f"{lang}/{name}.html")
    block = page.locator(".answer li, main figure.table").filter(has=page.locator("[data-id='demo.p50']")).first
    button = block.locator("button.how")
    button.focus()
    page.keyboard.press("Enter")
    page.locator("#drawer[open]").wait_for()
    while "demo.p50" not in page.evaluate("document.activeElement.textContent") or page.evaluate(
        "document.activeElement.tagName !== 'SUMMARY'"
    ):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert_origin(page, code, lang)
    page.keyboard.press("Escape")
    assert not page.locator("#drawer").is_visible()
    assert button.evaluate("button => button === document.activeElement")


@pytest.mark.parametrize("lang", LANGS)
def test_chapters_on_a_phone_open_and_close_by_keyboard(visit: Callable[..., Visit], lang: Lang) -> None:
    page = visit(width=390).go(f"{lang}/data.html")
    menu = page.locator(".menu")
    menu.focus()
    assert not page.locator("nav.chapters").is_visible()
    page.keyboard.press("Enter")
    assert page.locator("nav.chapters").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("nav.chapters").is_visible()
    assert menu.evaluate("button => button === document.activeElement")
    page.keyboard.press("Enter")
    while page.evaluate("document.activeElement.getAttribute('href')") != "panel.html":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{lang}/panel.html")


def test_the_skip_link_leads_past_the_navigation(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/panel.html")
    page.keyboard.press("Tab")
    assert page.locator(".skip").evaluate("link => link === document.activeElement")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize(("theme", "width", "lang"), [("dark", 1280, "ru"), ("light", 390, "en")])
@pytest.mark.parametrize("name", ["index", "panel"])
def test_a_figure_is_saved_as_a_png_on_white_paper(
    visit: Callable[..., Visit], site: Path, name: str, theme: str, width: int, lang: Lang
) -> None:
    """The picture of the wide SVG file, twice its size, whatever theme and width the reader has."""
    image = pytest.importorskip("PIL.Image", reason="pictures are compared by Pillow")
    page = visit(theme, width).go(f"{lang}/{name}.html")
    figure = page.locator("figure.chart").first
    button = figure.get_by_role("button", name="PNG")
    button.focus()
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    id = figure.locator("[data-chart]").get_attribute("data-chart")
    assert waiting.value.suggested_filename == f"{id}_{lang}.png"
    saved = np.asarray(image.open(waiting.value.path()).convert("RGB"), dtype=float)
    use_fonts()
    drawn = vl_convert.svg_to_png((site / "figures" / f"{id}_{lang}.svg").read_text(encoding="utf-8"), scale=2)
    expected = np.asarray(image.open(io.BytesIO(drawn)).convert("RGB"), dtype=float)
    assert saved.shape == expected.shape
    assert saved[0, 0].tolist() == [255, 255, 255]
    apart = np.abs(saved - expected).max(axis=2)
    assert (apart > 128).mean() < 0.02, "share of points that look otherwise; the letters of two renderers differ a bit"


def test_a_table_leaves_for_a_paper_as_latex(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/data.html")
    table = page.locator("figure.table").first
    with page.expect_download() as waiting:
        table.get_by_role("button", name="LaTeX").click()
    assert waiting.value.suggested_filename == "sample-table.tex"
    text = waiting.value.path().read_text(encoding="utf-8")
    lines = text.splitlines()
    assert r"\begin{tabular}{lrrl}" in lines
    rows = table.locator("tbody tr")
    under = sum(rows.nth(row).locator(".under").count() > 0 for row in range(rows.count()))
    body = lines[lines.index(r"\midrule") + 1 : lines.index(r"\bottomrule")]
    assert len(body) == rows.count() + under
    assert all(line.endswith(r" \\") and line.count(" & ") == 3 for line in body)
    assert r"$<$script$>$alert(1)$<$/script$>$ \& \#strong[Область]" in text
    assert "(0.0650)" in text
    assert not set(text) & {"−", "\u00a0", "\u202f"}
