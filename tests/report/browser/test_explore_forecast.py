"""The forecast explorer in a browser: every number is the forecast file's, and earlier forecasts meet what came."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import explorer_sample
import numpy as np
import pandas as pd
import pytest
from browser.looks import OVERFLOW, barriers, nameless, unreached

from regional_econ.core.conditioning import condition
from regional_econ.core.forecast_csv import provenance

if TYPE_CHECKING:
    from browser.conftest import Visit
    from playwright.sync_api import Page

NAMES = {
    "grp_real_index": "Real GRP, last year set to one hundred", "researchers": "Researchers, persons",
    "innovation_activity_pct": "Level of innovation activity, %", "coal_australian_usd_t": "Coal, USD a tonne",
}  # fmt: skip
REGIONS = {"RU-CR": "RU-CR", "RU-KEM": "Kemerovo oblast – Kuzbass", "RU-TA": "RU-TA", "RU-YEV": "RU-YEV"}
CELLS = [
    (variable, region, int(year), path)
    for variable, region, path in (
        ("innovation_activity_pct", "RU-KEM", ""), ("innovation_activity_pct", "RU-TA", "coal_low"),
        ("researchers", "RU-CR", "coal_high"), ("grp_real_index", "RU-YEV", ""), ("researchers", "RU-TA", ""),
        ("coal_australian_usd_t", "RU", "coal_high"),
    )
    for year in np.random.default_rng(5).integers(2024, 2036, 2)
]  # fmt: skip
PATHS = {"coal_low": "Coal falls by half", "coal_high": "Coal rises by half"}


def plain(text: str) -> str:
    """A number as Python writes it."""
    return text.replace(",", "").replace("−", "-").strip()


def choose(page: Page, variable: str, region: str) -> None:
    page.get_by_label("Indicator", exact=True).select_option(label=NAMES[variable])
    if region != "RU":
        page.get_by_label("Region", exact=True).select_option(label=REGIONS[region])
    place = "World market" if region == "RU" else REGIONS[region]
    page.locator(".told").filter(has_text=f"{NAMES[variable]}. {place}").wait_for()


def row_of(page: Page, year: int) -> list[str]:
    """The cells of a year of the table."""
    line = page.locator("#explorer tbody tr").filter(has=page.get_by_role("rowheader", name=str(year), exact=True))
    return [plain(text) for text in line.first.locator("th, td").all_inner_texts()]


def written(values: pd.Series, names: tuple[str, ...], digits: int) -> list[str]:
    return [f"{values[name]:.{digits}f}" for name in names]


@pytest.mark.parametrize(("variable", "region", "year", "path"), CELLS)
def test_a_cell_of_the_page_is_that_of_the_forecast_file(
    visit: Callable[..., Visit], variable: str, region: str, year: int, path: str
) -> None:
    given = explorer_sample.explored()
    page = visit().go("en/explore_forecast.html")
    choose(page, variable, region)
    page.get_by_label("Year", exact=True).select_option(label=str(year))
    if path:
        page.get_by_label("Scenario").select_option(label=PATHS[path])
    fan = given.forecast.fan(region, variable).set_index("year").loc[year]
    cells = row_of(page, year)
    digits = explorer_sample.sample().parts[variable]["digits"][0 if region == "RU" else list(REGIONS).index(region)]
    assert cells[1] == f"{fan['p50']:.{digits}f}"
    for place, level in enumerate((50, 80, 95), start=2):
        assert cells[place].split(" … ") == written(fan, (f"lo{level}", f"hi{level}"), digits)
    said = page.locator(".told").inner_text()
    numbers = [plain(number) for number in re.findall(r"\d[\d,.]*\d|\d", said.partition(f"{year}:")[2])]
    assert numbers[:6] == [*written(fan, ("p50",), digits), "80", *written(fan, ("lo80", "hi80"), digits), "95",
                           *written(fan, ("lo95",), digits)]  # fmt: skip
    if path:
        given_path = next(one for one in given.paths() if one.name == path)
        under = condition(given.forecast, given_path).fan(region, variable).set_index("year").loc[year]
        assert cells[5] == f"{under['p50']:.{digits}f}"
        assert cells[6].split(" … ") == written(under, ("lo80", "hi80"), digits)
        assert f"“{PATHS[path]}” the median is" in said


def test_a_new_reader_finds_researchers_in_2030(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/index.html")
    page.get_by_role("main").get_by_role("link", name=re.compile("Forecast of any region")).click()
    page.locator("#explorer[data-ready]").wait_for()
    page.get_by_label("Indicator", exact=True).select_option(label="Researchers, persons")
    median = explorer_sample.explored().forecast.fan("RU-KEM", "researchers").set_index("year").loc[2030, "p50"]
    told = page.locator(".told")
    told.filter(has_text="Researchers, persons").wait_for()
    assert f"Kemerovo oblast – Kuzbass, 2030: the median of the forecast is {median:.0f}." in told.inner_text()


def test_a_link_brings_region_year_and_scenario_back_in_either_language(visit: Callable[..., Visit]) -> None:
    reader = visit()
    page = reader.go("en/explore_forecast.html")
    choose(page, "researchers", "RU-TA")
    page.get_by_label("Year", exact=True).select_option(label="2027")
    page.get_by_label("Scenario").select_option(label=PATHS["coal_low"])
    address, cells, said = page.url, row_of(page, 2027), page.locator(".told").inner_text()
    page.goto("about:blank")
    page.goto(address)
    page.locator("#explorer[data-ready]").wait_for()
    assert (row_of(page, 2027), page.locator(".told").inner_text()) == (cells, said)
    page.locator("[data-do=language]").click()
    page.locator("#explorer[data-ready]").wait_for()
    assert page.get_by_label("Сценарий").input_value() == "coal_low"
    assert page.get_by_label("Год", exact=True).input_value() == "2027"
    assert page.get_by_role("row", name=re.compile("^2027 ")).get_attribute("aria-current") == "true"
    page.get_by_role("button", name="Вернуть к началу").click()
    page.locator(".told").filter(has_text="инновационной активности").wait_for()
    assert "#" not in page.url


@pytest.mark.parametrize("mark", ["variable=waer_pct&region=RU-KME&year=1999&path=none&from=1", "region=RU-YEV&x=1"])
def test_a_link_to_what_is_not_there_shows_something_all_the_same(visit: Callable[..., Visit], mark: str) -> None:
    page = visit().go(f"en/explore_forecast.html#{mark}")
    assert "Level of innovation activity" in page.locator(".told").inner_text()
    assert page.get_by_label("Year", exact=True).input_value() == "2030"


@pytest.mark.parametrize("variable", ["researchers", "grp_real_index"])
def test_an_earlier_forecast_stands_beside_what_came(visit: Callable[..., Visit], variable: str) -> None:
    scores = explorer_sample.explored().scores
    own = scores[(scores["variable"] == variable) & (scores["region"] == "RU-KEM") & scores["q0.5"].notna()]
    page = visit().go("en/explore_forecast.html")
    choose(page, variable, "RU-KEM")
    page.get_by_role("button", name="Show the forecast from 2014").click()
    page.locator(".told").filter(has_text="to 2014 only").wait_for()
    assert page.get_by_label("Seen from").input_value() == "2014"
    digits = len(row_of(page, 2015)[1].partition(".")[2])
    for _, one in own[own["origin"] == 2014].iterrows():
        cells = row_of(page, one["target_year"])
        assert cells[1] == f"{one['q0.5']:.{digits}f}"
        assert cells[3].split(" … ") == written(one, ("q0.1", "q0.9"), digits)
        assert cells[5] == f"{one['observed']:.{digits}f}"
        within = one["q0.1"] <= one["observed"] <= one["q0.9"]
        assert (cells[6] in ("50%", "80%")) == within
    held = int(((own["observed"] >= own["q0.1"]) & (own["observed"] <= own["q0.9"])).sum())
    assert f"The 80% band held {held} of {len(own)} outcomes" in page.locator("#explorer").inner_text()
    assert page.locator(".hit").count() == len(own)


def test_what_is_shown_can_be_downloaded_with_where_it_comes_from(visit: Callable[..., Visit]) -> None:
    given = explorer_sample.explored()
    page = visit().go("en/explore_forecast.html#variable=researchers&path=coal_low")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    assert waiting.value.suggested_filename == "forecast_researchers_RU-KEM_coal_low.csv"
    path = waiting.value.path()
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    told = json.loads(first.removeprefix("# "))
    assert told == {**json.loads(provenance(given.forecast, "RU-KEM", "researchers")), "scenario": "coal_low"}
    table = pd.read_csv(path, comment="#")
    fan = given.forecast.fan("RU-KEM", "researchers")
    shown = table[table["part"] == "forecast"].reset_index(drop=True)
    pd.testing.assert_frame_equal(shown[fan.columns], fan.round(0), check_dtype=False)
    figures = table[table["part"] == "figure"].set_index("year")["figure"]
    assert figures.to_dict() == given.panel.column("researchers").loc["RU-KEM"].dropna().to_dict()
    assert len(table[table["part"] == "scenario:coal_low"]) == len(fan)


def test_a_scenario_leaves_as_a_file_for_the_command_line(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_forecast.html#path=coal_high")
    assert page.get_by_text("--condition coal_high.yml").is_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the scenario").click()
    assert waiting.value.suggested_filename == "coal_high.yml"
    assert waiting.value.path().read_text(encoding="utf-8").startswith("name: coal_high\ncells:\n")


def test_a_region_without_figures_is_called_so_and_a_short_series_too(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_forecast.html#variable=researchers&region=RU-YEV")
    assert "there is no forecast" in page.locator(".told").inner_text()
    assert page.get_by_label("Year", exact=True).is_disabled()
    page.get_by_label("Region", exact=True).select_option(label="RU-CR")
    page.get_by_text("A short series: ").wait_for()
    assert "there is no forecast" not in page.locator(".told").inner_text()


def test_warnings_name_breaks_untested_years_and_measured_coverage(visit: Callable[..., Visit]) -> None:
    page = visit().go("en/explore_forecast.html")
    notes = page.locator("#explorer section").first
    given = explorer_sample.explored().judged.values
    for said in ("The series breaks in 2017.", "The series breaks in 2019.", "Figures of this indicator end in 2022",
                 "2030 lies more than 5 years after the last figure",
                 f"The 80% band held {given['innovation_activity_pct.state_space.covered80'].value:.1f}%"):  # fmt: skip
        assert said in notes.inner_text()
    page.get_by_label("Year", exact=True).select_option(label="2025")
    page.get_by_text("2030 lies more than").wait_for(state="detached")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_picture_draws_bands_history_and_scenario_and_is_named(
    visit: Callable[..., Visit], theme: str, width: int
) -> None:
    page = visit(theme, width).go("en/explore_forecast.html#path=coal_low")
    plot = page.locator("#explorer .plot")
    assert page.locator(".told").inner_text() in str(plot.get_attribute("aria-label"))
    marks = {
        name: plot.locator(f".mark-{kind} path").count() for name, kind in (("bands", "area"), ("points", "symbol"))
    }
    assert marks == {"bands": 6, "points": 18}, "three bands, tested and untested; 17 years and both methods in one"
    box = plot.bounding_box()
    assert box is not None
    assert box["width"] <= width
    texts = plot.locator("svg text").all_text_contents()
    assert "forecast →" in texts
    assert ("untested" in texts) == (width > 500)
    plot.locator(".mark-rect path").last.hover()
    assert "Scenario: median" in page.locator(".tip").inner_text()


def test_only_what_is_shown_is_loaded_and_quick_choices_end_at_the_last(visit: Callable[..., Visit]) -> None:
    reader = visit()
    page = reader.go("en/explore_forecast.html")
    parts = {re.sub(r".*/|\.js.*", "", address) for address in reader.requests if "/explorers/" in address}
    assert parts == {"main", "innovation_activity_pct"}
    page.get_by_label("Indicator", exact=True).evaluate(
        "(select, ids) => ids.forEach(id => { select.value = id; select.dispatchEvent(new Event('change')); })",
        [*NAMES, "researchers"],
    )
    page.locator(".told").filter(has_text="Researchers").wait_for()
    page.wait_for_timeout(300)
    assert page.locator(".told").inner_text().startswith("Researchers, persons.")
    assert page.locator("#explorer figcaption").first.inner_text().startswith("Researchers, persons.")


@pytest.mark.parametrize(
    ("mark", "lang", "theme", "width"),
    [
        ("variable=grp_real_index&from=2014", "ru", "dark", 390),
        ("variable=coal_australian_usd_t&path=coal_high", "ru", "light", 390),
        ("variable=researchers&region=RU-YEV", "en", "dark", 1280),
    ],
)
def test_other_states_have_no_barrier_either(
    visit: Callable[..., Visit], mark: str, lang: str, theme: str, width: int
) -> None:
    page = visit(theme, width).go(f"{lang}/explore_forecast.html#{mark}")
    assert page.evaluate(OVERFLOW) == ""
    assert nameless(page) == []
    assert barriers(page) == []
    assert unreached(page) == []
