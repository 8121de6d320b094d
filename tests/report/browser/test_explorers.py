"""What holds of every explorer: readable, reachable, silent, and a link brings its state back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import report_sample as sample
from browser.looks import OVERFLOW, barriers, nameless, unreached

from regional_econ._base.text import LANGS, Lang

if TYPE_CHECKING:
    from browser.conftest import Visit

EXPLORERS = tuple(explorer.id for explorer in sample.explorers())
SIGHTS = (("ru", "light", 1280), ("ru", "dark", 390), ("en", "light", 390), ("en", "dark", 1280))


@pytest.mark.parametrize(("lang", "theme", "width"), SIGHTS)
@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_is_whole(visit: Callable[..., Visit], name: str, lang: Lang, theme: str, width: int) -> None:
    page = visit(theme, width).go(f"{lang}/{name}.html")
    assert page.locator("#explorer").inner_text().strip()
    assert page.evaluate(OVERFLOW) == ""
    assert nameless(page) == []
    assert barriers(page) == []


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_control_of_an_explorer_is_reached_by_keyboard(visit: Callable[..., Visit], name: str) -> None:
    assert unreached(visit(width=390).go(f"en/{name}.html")) == []


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_link_of_an_explorer_leads_somewhere(visit: Callable[..., Visit], site: Path, name: str) -> None:
    page = visit().go(f"ru/{name}.html")
    links = page.locator("main a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert links
    for href in links:
        assert (site / "ru" / href.partition("#")[0].partition("?")[0]).resolve().is_file(), href


@pytest.mark.parametrize("lang", LANGS)
def test_without_a_script_a_page_says_where_to_read(visit: Callable[..., Visit], lang: Lang) -> None:
    page = visit(script=False).go(f"{lang}/index.html")
    for name in EXPLORERS:
        page.goto((visit(script=False).site / lang / f"{name}.html").as_uri())
        assert page.locator("noscript a").is_visible()


def test_start_page_and_chapter_lead_to_the_explorers(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/index.html")
    for explorer in sample.explorers():
        assert page.locator(f"main a[href='{explorer.id}.html']").is_visible()
    page.goto(page.url.replace("index", sample.explorers()[0].section))
    assert page.locator(f"main a[href='{sample.explorers()[0].id}.html']").is_visible()


def test_the_search_leads_to_an_explorer(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/index.html")
    page.keyboard.press("/")
    page.keyboard.type("all claims")
    page.locator("#find li").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/explore_claims.html")


def test_claims_are_chosen_by_label_words_and_kind_and_a_link_brings_it_back(visit: Callable[..., Visit]) -> None:
    reader = visit()
    page = reader.go("en/explore_claims.html")
    rows = page.locator("#explorer tbody tr")
    assert rows.count() == 12
    assert rows.first.locator("th").inner_text() == "C12"  # as in the paper: the last has the first place
    page.get_by_label("Verdict").select_option(label="Contradicted")
    assert rows.count() == 6
    page.get_by_label("Order").select_option(label="by id")
    page.get_by_label("Indicator").select_option(label=sample.LABELS["wear_pct"].en)
    assert rows.locator("th").all_inner_texts() == ["C01", "C05", "C07", "C11"]
    page.get_by_label("Words or id").fill("c1")
    assert rows.locator("th").all_inner_texts() == ["C11"]
    address = page.url
    page.locator("[data-do=language]").click()
    page.locator("#explorer[data-ready]").wait_for()
    assert page.locator("#explorer tbody th").all_inner_texts() == ["C11"]
    reader.go("en/index.html").goto(address)
    page.locator("#explorer[data-ready]").wait_for()
    assert page.get_by_label("Words or id").input_value() == "c1"
    page.get_by_label("Words or id").fill("nothing of that kind")
    assert "drop one of the conditions" in page.locator(".found").inner_text()
    page.get_by_role("button", name="Reset").click()
    assert rows.count() == 12


def test_chosen_claims_are_downloaded(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_claims.html")
    page.get_by_label("Certainty").select_option(label="high certainty")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    lines = waiting.value.path().read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id,type,label,certainty,quote,gap"
    assert len(lines) == 7
