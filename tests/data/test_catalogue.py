"""The catalogue: every variable is complete, every figure plausible, every identity of the sources holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, OptionError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Text
from regional_econ.core.panel import Panel
from regional_econ.data.catalogue import Series, SourceFile, load_catalogue, load_sources, load_units
from regional_econ.data.corrections import Correction, load_corrections
from regional_econ.data.describe import describe, overview
from regional_econ.data.files.readers import Figure, Reading, read_series
from regional_econ.data.files.workbooks import Status
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.regions import load_region_names, load_regions

CATALOGUE = load_catalogue()
SOURCES = load_sources()
UNITS = load_units()
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load_panel()


@pytest.fixture(scope="module")
def reading(sources: Path) -> Reading:
    return Reading.of(sources, load_region_names())


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_variable_is_complete(name: str) -> None:
    variable, series = CATALOGUE[name].variable, CATALOGUE[name].series
    notes = [*variable.warnings, *(one.note for one in variable.breaks)]
    for text in (variable.label, *notes):
        assert CYRILLIC.search(text.ru), text
        assert text.en, text
        assert not CYRILLIC.search(text.en), text
    assert variable.unit_label == UNITS[variable.unit].label
    dimensions = UNITS[variable.unit].dimensions
    basis = {"rub_2022": "constant 2022", "rub": "current", "usd": "current"}
    expected = next((basis[one] for one in basis if one in dimensions), None)
    assert variable.price_basis == expected
    assert bool(series) != bool(variable.formula)
    low, high = variable.bounds
    assert low is None or high is None or low < high
    if variable.transform == "ln":
        assert low is not None
        assert low >= 0
    if variable.transform == "logit":
        assert variable.bounds == (0, 100)
    assert [one.year for one in variable.breaks] == sorted(one.year for one in variable.breaks)
    if series:
        assert series[0].role == "main"
        assert any(one.role == "main" for one in series)
        assert {one.source for one in series} <= set(SOURCES)


def test_sixty_variables_for_83_regions(panel: Panel) -> None:
    table = overview(panel)
    wide = table[table["regions"] >= 83]
    assert len(wide) >= 60
    assert len(wide[~wide["derived"]]) >= 60  # imported ones alone
    assert (wide["last_year"] >= 2022).sum() >= 60
    assert set(table["id"]) == set(CATALOGUE)
    row = table.set_index("id").loc["rd_mln_rub"]
    assert row["figures"] == describe(panel, "rd_mln_rub").figures
    with pytest.raises(UnknownNameError, match="wear_pct"):
        describe(panel, "wear_pc")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_stored_and_derived_figure_lies_inside_its_bounds(panel: Panel, name: str) -> None:
    low, high = CATALOGUE[name].variable.bounds
    for frame in (panel.frame, panel.aggregates):
        values = frame[name].dropna()
        assert values.between(-np.inf if low is None else low, np.inf if high is None else high).all()


def test_every_declared_series_reads_inside_its_bounds(reading: Reading) -> None:
    """Also what is compared and never stored: the checking series, and older editions."""
    read = 0
    for name, entry in CATALOGUE.items():
        low, high = entry.variable.bounds
        for series in entry.series:
            figures = read_series(series, SOURCES[series.source], reading)
            values = [one.value for one in figures if one.value is not None]
            assert values, (name, series)
            assert low is None or min(values) >= low, (name, series)
            assert high is None or max(values) <= high, (name, series)
            read += 1
    assert read >= 200


@pytest.mark.parametrize(
    "name", ["grp_mln_rub", "investment_mln_rub", "employed_thousand", "wear_pct", "rd_personnel", "rd_mln_rub"]
)
def test_two_editions_at_least(name: str) -> None:
    editions = load_vintages(name)
    in_85 = editions[editions["region"].isin(_disjoint())].groupby("vintage")["region"].nunique()
    assert (in_85 >= 83).sum() >= 2


# --- traps of the tochno.st collection --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def collection(sources: Path) -> SourceFile:
    """The collection with a vintage for each book it was taken from, not only for the yearbook."""
    books = pd.read_parquet(sources / SOURCES["tochno"].file, columns=["source"])["source"].astype(str).unique()
    return replace(SOURCES["tochno"], editions=dict.fromkeys(books, "tochno-2026"))


def _tochno(code: str, **fields: object) -> Series:
    main = next(one for one in CATALOGUE["population_thousand"].series if one.reader == "tochno")
    return replace(main, code=code, unit_line="", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (_tochno("Y477110109"), r"Y477110109 must not be used: .*per-capita"),
        (_tochno("Y477110143"), r"Y477110143 must not be used: .*stops in 2016"),
        (_tochno("Y477110295"), r"Y477110295 carry 2 units: .*км дорог.*км путей.*Choose one"),
        (_tochno("Y477180030", unit="Миллионов рублей"), None),
        (_tochno("Y477150038"), r"stands twice for 20\d\d"),
        (_tochno("Y477110071"), r"млрд руб.* scaled by 1\).*country_scale|млрд руб.* scaled by 1 .*country_scale"),
        (_tochno("Y477110461", country_scale=1000.0), r"scaled by 1000 .*country_scale"),
        (_tochno("Y477000000"), r"holds no indicator Y477000000"),
    ],
)
def test_a_code_whose_rows_do_not_agree_is_chosen_or_refused(
    reading: Reading, collection: SourceFile, series: Series, message: str | None
) -> None:
    if message is None:
        assert read_series(series, collection, reading)
        return
    with pytest.raises(DataError, match=message):
        read_series(series, collection, reading)


def test_a_book_without_a_vintage_name_is_refused(reading: Reading) -> None:
    with pytest.raises(DataError, match=r"the edition 'Финансы в России 20\d\d' has no vintage name"):
        read_series(_tochno("Y477180030", unit="Миллионов рублей"), SOURCES["tochno"], reading)


def test_rows_of_the_chosen_unit_equal_the_yearbook(reading: Reading) -> None:
    road, sheet = CATALOGUE["road_density_km_per_1000_km2"].series
    one, other = (_by_place(read_series(series, SOURCES[series.source], reading)) for series in (road, sheet))
    both = set(one) & set(other)
    differing = [key for key in both if one[key] != pytest.approx(other[key], rel=1e-9)]
    assert len(both) > 1900
    assert differing == [("RU-BA", 2022)]  # revised by the 2024 edition


def test_the_unit_of_personnel_is_thousands(reading: Reading) -> None:
    """The yearbook has persons: the same figures only with the declared factor of 1,000."""
    for name in ("rd_personnel", "researchers", "rd_technicians", "researchers_with_degree", "postgraduates"):
        series = {one.reader: one for one in CATALOGUE[name].series}
        one = _by_place(read_series(series["tochno"], SOURCES["tochno"], reading))
        other = _by_place(read_series(series["table"], SOURCES[series["table"].source], reading))
        both = set(one) & set(other)
        assert len(both) > 1700
        assert all(one[key] == other[key] for key in both), name
    wrong = replace(series["tochno"], scale=1.0, unit_line="Человек")
    with pytest.raises(DataError, match="the unit of Y477110436 is 'Тыс чел', expected 'Человек'"):
        read_series(wrong, SOURCES["tochno"], reading)


@pytest.mark.parametrize(
    ("name", "since"),
    [
        ("retail_mln_rub", 2016),  # before, the country is without Crimea or the okrugs are missing
        ("budget_revenue_mln_rub", 2006),  # before, the source lacks 1 to 3 % of the country
        ("budget_spending_mln_rub", 2006),
    ],
)
def test_the_country_in_billions_is_brought_to_millions(panel: Panel, name: str, since: int) -> None:
    """Neither a thousand times too much nor without two oblasts (2 % of the budgets)."""
    regions = panel.frame[name].groupby("year").sum()
    country = panel.aggregates[name].xs("RU", level="region").dropna()
    country = country[country.index >= since]
    assert len(country) >= 6
    # billions have one decimal; Baikonur and the territory of Sirius are in no region
    assert (regions.reindex(country.index) / country).between(0.99, 1.01).all()


@pytest.mark.parametrize(
    ("name", "tyumen"), [("budget_revenue_mln_rub", 267981.9), ("budget_spending_mln_rub", 320970.3)]
)
def test_budgets_are_those_of_disjoint_regions(reading: Reading, name: str, tyumen: float) -> None:
    """The rows Tyumen Oblast and Arkhangelsk Oblast exclude the okrugs here: all rows add up to the country."""
    collection, sheet = CATALOGUE[name].series
    assert not collection.units  # the collection has no such rows
    figures = _by_place(read_series(sheet, SOURCES[sheet.source], reading))
    assert not {region for region, _ in figures if region.startswith("OB-")}
    assert figures["RU-TYU", 2022] == pytest.approx(tyumen, abs=0.05)
    for year in range(2006, 2023):
        parts = sum(figures.get((region, year), 0.0) for region in _disjoint())
        assert parts == pytest.approx(figures["RU", year], rel=1e-3), year


@pytest.mark.parametrize(
    ("units", "error", "message"),
    [
        ({"OB-TYU": "RU-TUY"}, UnknownNameError, "unknown region 'RU-TUY'.*RU-TYU"),
        ({"RU-TYU": "OB-TYU"}, DataError, "no row of .* is RU-TYU"),  # the table has no such spelling
        ({"OB-TYU": "RU-KHM"}, DataError, "RU-KHM stands twice for 2000"),
    ],
)
def test_a_row_that_stands_for_another_unit_is_declared_well(
    reading: Reading, units: dict[str, str], error: type[Exception], message: str
) -> None:
    sheet = replace(CATALOGUE["budget_revenue_mln_rub"].series[1], units=units)
    with pytest.raises(error, match=message):
        read_series(sheet, SOURCES[sheet.source], reading)


# --- what the sources print wrongly -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "region", "year", "value"),
    [
        ("patent_applications", "RU-MOS", 2003, 2232.0),
        ("innovative_goods_mln_rub", "RU-ARK", 2006, 284.0),
        ("innovative_goods_mln_rub", "RU-ARK", 2007, 116.8973),
        ("researchers", "RU-TYU", 2006, 2242.0),
        ("rd_support_staff", "RU-NEN", 2020, 1.0),
        ("rd_applied_mln_rub", "RU-ARK", 2004, 106.5),
    ],
)
def test_a_mended_figure_is_its_district_less_the_others(
    reading: Reading, name: str, region: str, year: int, value: float
) -> None:
    district = load_regions()[region].district
    others = [one.id for one in load_regions().values() if one.kind == "region" and one.district == district]
    sheets = [_mended(series, name, reading) for series in CATALOGUE[name].series]
    found = [figures[region, year].value for figures in sheets if (region, year) in figures]
    assert found
    assert set(found) == {value}  # in every file that holds the figure
    sheet = sheets[-1]
    parts = [sheet[one, year].value or 0.0 for one in others]
    # the figures of the district are rounded to 0.1 at most: a sum of eleven is off by 0.2
    assert sum(parts) == pytest.approx(sheet[str(district), year].value, abs=0.25)


def test_a_whole_printed_as_a_dash_is_confidential(reading: Reading) -> None:
    whole, part = CATALOGUE["rd_current_mln_rub"].series[1], CATALOGUE["rd_applied_mln_rub"].series[1]
    figure = _mended(whole, "rd_current_mln_rub", reading)["RU-CHU", 2022]
    assert (figure.value, figure.status) == (None, "confidential")
    assert _mended(part, "rd_applied_mln_rub", reading)["RU-CHU", 2022].value == 32.2063


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("rd_current_mln_rub", ("rd_basic_mln_rub", "rd_applied_mln_rub", "rd_development_mln_rub")),
        ("rd_current_mln_rub", ("rd_labour_mln_rub",)),
        ("rd_mln_rub", ("rd_current_mln_rub", "rd_capital_mln_rub")),
        ("rd_personnel", ("researchers", "rd_technicians", "rd_support_staff", "rd_other_staff")),
        ("researchers_with_degree", ("researchers_candidates", "researchers_doctors")),
        ("researchers", ("researchers_with_degree",)),
    ],
)
def test_no_part_exceeds_its_whole(panel: Panel, whole: str, parts: tuple[str, ...]) -> None:
    for part in parts:
        frame = panel.frame[[whole, part]].dropna()
        assert len(frame) > 1700
        # millions are rounded to 0.1, persons are whole numbers
        assert frame.index[frame[part] > frame[whole] + 0.11].tolist() == [], part


@pytest.mark.parametrize(
    ("status", "value", "error", "message"),
    [
        ("confidential", 1.0, DataError, "a figure of 1.0 cannot be confidential"),
        ("published", float("nan"), DataError, "a figure of nan cannot be published"),
        ("secret", float("nan"), OptionError, "status cannot be .secret"),
    ],
)
def test_a_correction_with_another_status_is_declared_well(
    status: Status, value: float, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Correction("x", "s", "RU-CHU", 2022, expect=0.0, value=value, reason=Text("прочерк", "a dash"), status=status)


# --- identities that the sources state and nobody types in ------------------------------------------------------------


# No second sum says which part is wrong, or the sum is off by a few units of the last digit; all others are mended in
# corrections.yml.
KNOWN_MISFITS: dict[str, list[tuple[str, int]]] = {
    "rd_personnel": [],
    "researchers_with_degree": [],
    "rd_current_mln_rub": [
        ("RU-AMU", 2017), ("RU-KHA", 2016), ("RU-MUR", 2006), ("RU-TYU", 2000), ("RU-YAR", 2014),
    ],
    "rd_mln_rub": [
        ("RU-AST", 2020), ("RU-KHM", 2000), ("RU-KHM", 2001), ("RU-TYU", 2000), ("RU-TYU", 2001), ("RU-YAN", 2000),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("whole", "parts", "slack"),
    [
        # persons are whole numbers; a withheld part makes the sum unknown, not wrong
        ("rd_personnel", ("researchers", "rd_technicians", "rd_support_staff", "rd_other_staff"), 0.5),
        ("researchers_with_degree", ("researchers_candidates", "researchers_doctors"), 0.5),
        # four figures, each rounded to 0.1 million
        ("rd_current_mln_rub", ("rd_basic_mln_rub", "rd_applied_mln_rub", "rd_development_mln_rub"), 0.21),
        ("rd_mln_rub", ("rd_current_mln_rub", "rd_capital_mln_rub"), 0.16),
    ],
)
def test_parts_add_up(panel: Panel, whole: str, parts: tuple[str, ...], slack: float) -> None:
    frame = panel.frame[[whole, *parts]].dropna()
    off = (frame[list(parts)].sum(axis=1) - frame[whole]).abs() > slack
    assert len(frame) > 1800
    assert sorted(frame.index[off]) == KNOWN_MISFITS[whole]


def test_survey_employment_equals_the_published_series(panel: Panel, reading: Reading, collection: SourceFile) -> None:
    published = _by_place(read_series(_tochno("Y477100016"), collection, reading))
    derived = panel.frame["employed_survey_thousand"]
    pairs = pd.DataFrame(
        [(key[1], value, derived[key]) for key, value in published.items() if key in derived.index],
        columns=["year", "published", "derived"],
    )
    gap = (pairs["published"] - pairs["derived"]).abs()
    # labour force and unemployed are rounded to 0.1, to 1 in one of the two editions: their difference to 1.1
    near = (gap <= 1.1).groupby(pairs["year"]).mean()
    assert len(pairs) > 1300
    assert near.index.tolist() == list(range(2008, 2024))
    assert (near.loc[:2012] >= 0.99).all()
    assert near.loc[2023] >= 0.99
    # the published series recomputes 2013–2022 with the census of 2020, ours does not: ever more, up to 1.6 % in 2022
    assert near.loc[2013:2022].max() < 0.7
    off = (gap / pairs["derived"]).groupby(pairs["year"]).median()
    assert off.drop(range(2013, 2023)).max() < 0.0006
    assert off.loc[2013:2022].max() < 0.02


@pytest.mark.parametrize(
    "name", ["labour_force_thousand", "unemployed_thousand", "unemployment_pct", "employment_rate_pct"]
)
def test_the_labour_force_is_without_the_census_until_2022(reading: Reading, name: str) -> None:
    """Every figure until 2022 is that of the 2023 yearbook, which disregards it; 2023 is of the next edition."""
    one, other = (_by_place(read_series(s, SOURCES[s.source], reading)) for s in CATALOGUE[name].series[:2])
    assert {key: one[key] for key in one if key[1] <= 2022} == {key: other[key] for key in one if key[1] <= 2022}
    assert {year for _, year in set(one) - set(other)} == {2023}
    for declared in (CATALOGUE[name].variable, CATALOGUE["employed_survey_thousand"].variable):
        assert any("2013–2022 disregard the census of 2020" in text.en for text in declared.warnings)
        assert ("vintage", True) in [(x.kind, "census of 2020" in x.note.en) for x in declared.breaks if x.year == 2023]


def test_grp_per_head_equals_the_national_accounts(panel: Panel, reading: Reading) -> None:
    series = replace(
        CATALOGUE["grp_real_index_pct"].series[0],
        title="^валовой региональный продукт на душу населения по субъектам",
    )
    official = pd.Series(_by_place(read_series(series, SOURCES["national_accounts"], reading)))
    ours = panel.frame["grp_per_head_rub"]
    ratio = (ours / official.reindex(ours.index)).dropna()
    assert len(ratio) > 1900
    # the accounts divide by the population known then: censuses moved single regions by a few percent
    assert (ratio - 1).abs().median() < 0.002
    assert (ratio - 1).abs().quantile(0.99) < 0.08


def test_the_innovative_share_is_the_published_one_at_full_precision(panel: Panel) -> None:
    gap = (panel.frame["innovative_goods_surveyed_pct"] - panel.frame["innovative_goods_share_pct"]).abs().dropna()
    assert len(gap) > 1000
    assert gap.max() <= 0.05 + 1e-9  # the published share is rounded to 0.1


def test_real_levels_meet_the_nominal_ones_in_the_base_year(panel: Panel) -> None:
    now = panel.frame.xs(2022, level="year")
    np.testing.assert_allclose(now["grp_real_mln_rub"], now["grp_mln_rub"], rtol=1e-12)
    np.testing.assert_allclose(now["wage_real_rub_month"], now["wage_rub"], rtol=1e-12)
    growth = panel.frame["grp_real_mln_rub"] / panel.frame["grp_real_mln_rub"].groupby("region").shift(1)
    index = panel.frame["grp_real_index_pct"] / 100
    gap = (growth / index - 1).abs().dropna()
    assert len(gap) > 1900
    assert gap.max() < 1e-9  # the deflator is nominal growth over the index: its chain returns the index


# --- bad declarations -------------------------------------------------------------------------------------------------


def _folder(tmp_path: Path, change: tuple[str, str], file: str = "variables.yml") -> Path:
    for name in ("variables.yml", "units.yml", "sources.yml"):
        text = (data_dir() / name).read_text(encoding="utf-8")
        if name == file:
            assert change[0] in text
            text = text.replace(*change, 1)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "file", "error", "message"),
    [
        (("  unit: mln_rub\n", "  unit: mln_roubles\n"), "variables.yml", UnknownNameError, "mln_roubles.*mln_rub"),
        (("  unit: mln_rub\n", ""), "variables.yml", DataError, "is not declared well: KeyError..unit"),
        (("  digits: 2\n", "  digit: 2\n"), "variables.yml", UnknownNameError, "unknown field 'digit'.*digits"),
        (("role: main", "rolle: main"), "variables.yml", UnknownNameError, "unknown series field 'rolle'.*role"),
        (("dash: missing", "dash: nought"), "variables.yml", OptionError, "dash cannot be .nought"),
        (('"100 * rd_mln_rub / grp_mln_rub"', '"rd_mln_rub / grp_mln_rub"'), "variables.yml", DataError, "of 100"),
        (("{scale: 1.0e+6, dimensions: {rub: 1}", "{dimensions: {rub: 1}"), "units.yml", DataError, "mln_rub is not"),
        (("e+6, dimensions: {rub: 1}", "e+6, dimensions: {usd: 1}"), "units.yml", DataError, "usd"),
    ],
)  # fmt: skip
def test_a_bad_declaration_is_refused(
    tmp_path: Path, change: tuple[str, str], file: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        load_catalogue(_folder(tmp_path, change, file))


def _by_place(figures: list[Figure]) -> dict[tuple[str, int], float]:
    return {(one.region, one.year): one.value for one in _known(figures) if one.value is not None}


def _mended(series: Series, name: str, reading: Reading) -> dict[tuple[str, int], Figure]:
    figures = read_series(series, SOURCES[series.source], reading)
    return {(one.region, one.year): one for one in load_corrections().apply(name, series.source, figures)}


def _known(figures: list[Figure]) -> Iterator[Figure]:
    return (one for one in figures if one.value is not None)


def _disjoint() -> set[str]:
    return {one.id for one in load_regions().values() if one.kind == "region"}
