"""Does the forecast explorer hold what the forecast file, the panel and the backtest hold, to the digits it shows?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import explorer_sample
import numpy as np
import pytest

from regional_econ._base.text import LANGS
from regional_econ.core.conditioning import condition
from regional_econ.core.conditions import Path as Conditions
from regional_econ.core.forecast_csv import provenance
from regional_econ.forecasting.drivers import COAL, DRIVERS
from regional_econ.forecasting.indicators import indicator
from regional_econ.forecasting.pages.explorer import BANDS, UNDER, Explored, variable_part
from regional_econ.forecasting.results import forecast_result, last_value
from regional_econ.forecasting.scenarios import scenarios_result, under_scenarios
from regional_econ.report.build import load_catalogue
from regional_econ.report.words import Words

KUZBASS, OUTCOME = "RU-KEM", "innovation_activity_pct"
INDICATORS = tuple(name for name in explorer_sample.VARIABLES if name not in DRIVERS)


@pytest.fixture(scope="module")
def given() -> Explored:
    return explorer_sample.explored()


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    """The parts as the page reads them."""
    return dict(json.loads(json.dumps(explorer_sample.sample().parts)))


def shown(whole: int, digits: int) -> str:
    """A number as the page writes it, without the marks of a language."""
    return f"{whole / 10**digits:.{digits}f}"


def place(variable: str, region: str) -> int:
    return 0 if variable in DRIVERS else explorer_sample.REGIONS.index(region)


def random_cells(given: Explored, variable: str, n: int) -> Sequence[tuple[str, int]]:
    rng = np.random.default_rng(11)
    regions = ["RU"] if variable in DRIVERS else [r for r in explorer_sample.REGIONS if (variable, r) != absent()]
    years = given.forecast.draws(variable)["year"].to_numpy()
    return [(str(rng.choice(regions)), int(rng.choice(years))) for _ in range(n)]


def absent() -> tuple[str, str]:
    return "researchers", "RU-YEV"


@pytest.mark.parametrize("variable", explorer_sample.VARIABLES)
def test_random_cells_of_fans_and_scenarios_are_those_of_the_forecast(
    given: Explored, parts: dict[str, Any], variable: str
) -> None:
    part = parts[variable]
    under = {path.name: condition(given.forecast, path) for path in given.paths()}
    assert set(part["scenarios"]) == set(under) == {"coal_low", "coal_high"}
    for region, year in random_cells(given, variable, 12):
        row, column = place(variable, region), part["years"].index(year)
        digits = part["digits"][row]
        whole = given.forecast.fan(region, variable).set_index("year").loc[year]
        for band in BANDS:
            assert shown(part["fan"][band][row][column], digits) == f"{whole[band]:.{digits}f}"
        for name, forecast in under.items():
            whole = forecast.fan(region, variable).set_index("year").loc[year]
            for band in UNDER:
                assert shown(part["scenarios"][name][band][row][column], digits) == f"{whole[band]:.{digits}f}"


@pytest.mark.parametrize("variable", INDICATORS)
def test_numbers_are_those_of_the_report(given: Explored, parts: dict[str, Any], variable: str) -> None:
    """The same quantiles stand in the results store, which the chapter prints from."""
    part, printed = parts[variable], forecast_result(given.forecast, given.panel, given.study, KUZBASS).values
    row, names = place(variable, KUZBASS), {"p50": "p50", "lo80": "p10", "hi80": "p90", "lo95": "p025", "hi95": "p975"}
    assert part["digits"][row] == indicator(variable).shown[1]
    for column, year in enumerate(part["years"]):
        for band, key in names.items():
            value = printed[f"{variable}.{year}.{key}"]
            assert shown(part["fan"][band][row][column], part["digits"][row]) == f"{value.value:.{value.digits}f}"
    last = last_value(given.forecast, given.panel, variable, KUZBASS)
    for column, year in enumerate(part["years"]):
        share, _ = given.forecast.probability(f"{variable} > {last!r}", region=KUZBASS, year=year)
        assert part["above"][row][column] == round(100 * share)


@pytest.mark.parametrize("variable", INDICATORS)
def test_history_is_the_panel(given: Explored, parts: dict[str, Any], variable: str) -> None:
    part, one = parts[variable], indicator(variable)
    row = place(variable, KUZBASS)
    newest = sorted(part["history"])[-1]
    known = {year: whole for year, whole in zip(part["past"], part["history"][newest][row], strict=True) if whole}
    for year, whole in known.items():
        figure = given.panel.value(KUZBASS, one.source, year)
        if one.scale == "index":
            figure = 100.0 if year == max(known) else None
        if figure is not None:
            assert shown(whole, part["digits"][row]) == f"{figure:.{part['digits'][row]}f}"
    assert max(known) == part["years"][0] - 1


def test_methods_keep_their_names_and_the_break_year_has_both(parts: dict[str, Any]) -> None:
    part, row = parts[OUTCOME], place(OUTCOME, KUZBASS)
    assert set(part["history"]) == {"oslo3", "oslo4_narrow", "oslo4_wide"}
    both = [part["history"][name][row][part["past"].index(2017)] for name in ("oslo3", "oslo4_narrow")]
    assert None not in both
    about = next(one for one in parts["main"]["variables"] if one["id"] == OUTCOME)
    assert [change["year"] for change in about["breaks"]] == [2017, 2019]
    assert all(change["note"] for change in about["breaks"])


@pytest.mark.parametrize("variable", INDICATORS)
def test_earlier_fans_say_which_band_held_what_came(given: Explored, parts: dict[str, Any], variable: str) -> None:
    earlier = parts[variable]["earlier"]
    own = given.scores[(given.scores["variable"] == variable) & given.scores["q0.5"].notna()]
    assert earlier["origins"] == sorted(own["origin"].unique())
    seen = set()
    for _, one in own.iterrows():
        row, cell = place(variable, one["region"]), earlier["cells"].index([one["origin"], one["target_year"]])
        bands = ((50, 0.25, 0.75), (80, 0.1, 0.9), (95, 0.025, 0.975))
        held = [level for level, low, high in bands if one[f"q{low:g}"] <= one["observed"] <= one[f"q{high:g}"]]
        assert earlier["band"][row][cell] == (held[0] if held else 0)
        digits = parts[variable]["digits"][row]
        assert shown(earlier["observed"][row][cell], digits) == f"{one['observed']:.{digits}f}"
        assert shown(earlier["lo95"][row][cell], digits) == f"{one['q0.025']:.{digits}f}"
        seen.add(earlier["band"][row][cell])
    assert len(seen) > 2


def test_a_region_without_figures_has_no_fan_and_a_short_series_is_short(parts: dict[str, Any]) -> None:
    variable, region = absent()
    part, row = parts[variable], place(variable, region)
    assert {part["fan"][band][row] for band in BANDS} == {None}
    assert part["above"][row] is None
    assert part["scenarios"]["coal_low"]["p50"][row] is None
    crimea = [whole for whole in part["history"][""][place(variable, "RU-CR")] if whole is not None]
    assert 0 < len(crimea) < parts["main"]["short"]


def test_a_small_number_is_shown_with_a_digit_more(given: Explored) -> None:
    arrays = dict(given.forecast.variables)
    arrays["researchers"] = arrays["researchers"].copy(data=arrays["researchers"].to_numpy() / 100.0)
    frame = given.panel.to_frame()
    frame["researchers"] /= 100.0
    small = replace(given, forecast=replace(given.forecast, variables=arrays), panel=replace(given.panel, frame=frame))
    assert variable_part(small, "researchers")["digits"][place("researchers", KUZBASS)] == 1


def test_scenarios_are_those_of_the_chapter_and_the_command_line_reads_them(
    given: Explored, parts: dict[str, Any], tmp_path: Path
) -> None:
    found = under_scenarios(given.forecast, given.national, given.scenarios, region=KUZBASS)
    printed = scenarios_result(found, year=2030).values
    for one, path in zip(parts["main"]["scenarios"], given.paths(), strict=True):
        assert one["distance"] == round(float(printed[f"{one['name']}.implausibility"].value or 0), 1)
        assert one["farther"] == round(float(printed[f"{one['name']}.share_farther"].value or 0), 3)
        file = tmp_path / f"{one['name']}.yml"
        file.write_text(one["file"], encoding="utf-8")
        assert Conditions.read(file) == path.__class__(path.name, path.cells, file.name)


def test_coverage_is_that_of_the_judgement(given: Explored, parts: dict[str, Any]) -> None:
    for one in parts["main"]["variables"]:
        if one["national"]:
            assert one["scored"] is None
            continue
        printed = given.judged.values
        key = f"{one['id']}.state_space"
        assert one["scored"]["covered80"] == round(float(printed[f"{key}.covered80"].value or 0), 1)
        assert one["scored"]["inside80"] == printed[f"{key}.inside80"].value
        assert one["scored"]["n"] == printed[f"{key}.n"].value
    bare = replace(given, judged=replace(given.judged, values={}))
    assert explorer_sample.explorer(bare).parts["main"]["variables"][0]["scored"] is None


def test_where_numbers_come_from_is_said_as_in_the_files_of_the_command_line(
    given: Explored, parts: dict[str, Any]
) -> None:
    for variable, region in ((OUTCOME, explorer_sample.REGIONS[0]), (COAL, "RU")):
        assert parts[variable]["provenance"] == json.loads(provenance(given.forecast, region, variable))


@pytest.mark.parametrize("lang", LANGS)
def test_everything_that_the_page_names_has_a_name(given: Explored, lang: str) -> None:
    regions = {name: region.name for name, region in given.panel.regions.items()}
    words = Words("ru" if lang == "ru" else "en", load_catalogue(), {}, {}, regions)
    named = {label: words.name(label) for label in explorer_sample.sample().labels}
    assert not [label for label, name in named.items() if name == label]
