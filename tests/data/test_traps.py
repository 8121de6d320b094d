"""Every trap of the official files: what the files really hold, and that the compiled figures do not fall into it.

Each test is named after its trap. The files are read here without the package's table readers wherever the trap lies
in the files themselves.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from regional_econ.core.panel import Panel
from regional_econ.data.catalogue import Series, SourceFile, load_catalogue, load_sources
from regional_econ.data.files.readers import Reading, read_series
from regional_econ.data.load import load_vintages
from regional_econ.data.regions import load_region_names, load_regions
from regional_econ.data.snapshot import VALUES, VINTAGES, read_rows

STORED = (VALUES, VINTAGES)
FILES = {name: source.file for name, source in load_sources().items()}
MIXED = re.compile(r"[А-Яа-яё][A-Za-z]|[A-Za-z][А-Яа-яё]")


@pytest.fixture(scope="module")
def collection(sources: Path) -> pd.DataFrame:
    """The parquet with the id of each unit (None for what is left out)."""
    frame = pd.read_parquet(sources / FILES["tochno"])
    names = load_region_names()
    ids = {name: names.ids.get(name) for name in frame["object_name"].astype(str).unique()}
    return frame.assign(region=frame["object_name"].astype(str).map(ids))


@cache
def _book(path: Path) -> CalamineWorkbook:
    return CalamineWorkbook.from_path(path)


def _sheet(path: Path, name: str) -> list[list[Any]]:
    return _book(path).get_sheet_by_name(name).to_python(skip_empty_area=False)


def _disjoint() -> set[str]:
    return {one.id for one in load_regions().values() if one.kind == "region"}


def _one(frame: pd.DataFrame, code: str) -> pd.Series:
    chosen = frame[(frame["indicator_code"] == code) & (frame["subsection"] == "CD")].dropna(subset=["region"])
    return chosen.set_index(["region", "year"])["indicator_value"].dropna()


# --- the yearbook workbooks -------------------------------------------------------------------------------------------


def test_482_data_sheets_in_21_workbooks(sources: Path) -> None:
    books = sorted((sources / "yearbook_2023").glob("Раздел*.xlsx"))
    sheets = {path: CalamineWorkbook.from_path(path).sheet_names for path in books}
    assert len(books) == 21
    assert all(names[0].startswith("Раздел") for names in sheets.values())
    assert sum(len(names) - 1 for names in sheets.values()) == 482


def test_the_yearbook_ends_in_2022_and_its_grp_in_2021(sources: Path) -> None:
    grp, people = (
        _sheet(sources / FILES["yearbook_2023_08"], "8.1."),
        _sheet(sources / FILES["yearbook_2023_01"], "1.1."),
    )
    for rows, last in ((grp, 2021), (people, 2022)):
        header = next(row for row in rows if row[1:3] == [2000.0, 2001.0])
        assert max(x for x in header if isinstance(x, float)) == last


def test_rows_of_parts_carry_no_figures_of_their_own(sources: Path) -> None:
    rows = _sheet(sources / FILES["yearbook_2023_18"], "18.2.")
    parts = [row for row in rows if str(row[0]).strip().rstrip(":") in ("в том числе", "в том  числе")]
    assert parts
    assert all(str(x).strip() == "" for row in parts for x in row[1:])
    assert load_region_names().resolve("в том числе:") is None


def test_two_header_rows_carry_2017_twice(sources: Path, panel: Panel) -> None:
    rows = _sheet(sources / FILES["yearbook_2023_18"], "18.12.1.")
    assert (rows[6][12], rows[6][13]) == (2017.0, "")
    assert "3-й" in rows[7][12]
    assert "4-й" in rows[7][13]
    # Kuzbass: 6.2 under the third edition of the Oslo Manual, 11.74 under the fourth
    assert panel.value("RU-KEM", "innovation_activity_oslo3_pct", 2017) == 6.2
    assert round(panel.value("RU-KEM", "innovation_activity_pct", 2017), 2) == 11.74


def test_footnote_digits_are_glued_to_years_and_names(sources: Path, panel: Panel) -> None:
    header = [str(x) for x in _sheet(sources / FILES["national_accounts"], "4")[2]]
    assert "20222)" in header
    assert "20232)" in header
    title = [str(row[0]) for row in _sheet(sources / FILES["yearbook_2023_02"], "2.3.")[:6]]
    assert any(re.search(r"\d\);\d\)", line) for line in title)
    assert set(panel.years) == set(range(1998, 2024))
    assert load_region_names().resolve("Кемеровская область2)") == "RU-KEM"


def test_dash_is_zero_and_ellipsis_is_missing(sources: Path, panel: Panel) -> None:
    rows = _sheet(sources / FILES["yearbook_2023_18"], "18.12.1.")
    by_name = {str(row[0]).strip(): row for row in rows}
    assert by_name["Чукотский автономный округ"][1] == "-"
    assert str(by_name["Чеченская Республика"][1]).startswith(("…", "..."))
    assert panel.value("RU-CHU", "innovation_activity_pct", 2006) == 0.0
    assert np.isnan(panel.value("RU-CE", "innovation_activity_pct", 2006))


def test_districts_and_the_country_stand_among_the_regions(panel: Panel) -> None:
    assert len(panel.region_ids) == 85
    assert not any(region == "RU" or region.startswith("FD-") for region in panel.region_ids)
    assert {"RU", "FD-SIB"} <= set(panel.aggregates.index.unique("region"))


@pytest.mark.parametrize(
    ("variable", "year", "tolerance"),
    [
        ("population_thousand", 2022, 1e-4),
        ("employed_thousand", 2022, 1e-4),
        ("grp_mln_rub", 2022, 1e-6),
        ("grp_mln_rub", 2014, 1e-6),
        ("researchers", 2012, 1e-3),
    ],
)
def test_okrugs_are_not_counted_twice(panel: Panel, variable: str, year: int, tolerance: float) -> None:
    # counting the okrugs of Tyumen twice adds 2 % of the population and 9 % of GRP; rounding explains the tolerance
    parts = panel.column(variable).xs(year, level="year").sum()
    assert parts == pytest.approx(panel.value("RU", variable, year), rel=tolerance)


def test_83_units_before_2014_and_85_after(panel: Panel) -> None:
    by_year = panel.column("grp_mln_rub").dropna().groupby(level="year").size()
    assert by_year[2013] <= 83
    assert by_year[2015] == 85


# --- the collection (parquet) -----------------------------------------------------------------------------------------


def test_773_indicators_2001_to_2023(collection: pd.DataFrame) -> None:
    assert collection["indicator_code"].nunique() == 773
    assert (collection["year"].min(), collection["year"].max()) == (2001, 2023)


def test_10083_duplicate_keys_and_2979_with_the_unit(collection: pd.DataFrame) -> None:
    key = ["indicator_code", "subsection", "object_name", "year"]
    assert int(collection.duplicated(key).sum()) == 10_083
    assert int(collection.duplicated([*key, "indicator_unit"]).sum()) == 2_979


def test_one_imported_code_has_rows_in_two_units(collection: pd.DataFrame, panel: Panel) -> None:
    codes = {s.code for entry in load_catalogue().values() for s in entry.series if s.reader == "tochno"}
    main = collection[collection["indicator_code"].isin(codes) & (collection["subsection"] == "CD")]
    twice = main[main.duplicated(["indicator_code", "object_name", "year"])]
    assert not main.duplicated(["indicator_code", "object_name", "year", "indicator_unit"]).any()
    # density of roads: the same rows stand again under the unit of railways
    assert set(twice["indicator_code"].astype(str)) <= {"Y477110295"}


def test_sentinel_values_mean_missing(collection: pd.DataFrame, tmp_path: Path) -> None:
    assert not collection["indicator_value"].isin([-99999999.0, -77777777.0]).any()  # this copy has none
    part = collection[(collection["indicator_code"] == "Y477110461") & (collection["subsection"] == "CD")]
    part = part[part["object_name"] == "Кемеровская область"].head(3).drop(columns="region")
    part = part.assign(indicator_value=[-99999999.0, -77777777.0, 2700.0])
    part.to_parquet(tmp_path / "c.parquet")
    source = SourceFile("c.parquet", load_sources()["tochno"].origin, load_sources()["tochno"].editions)
    series = Series("tochno", "tochno", "vintage", "tochno-2026", code="Y477110461", unit_line="Тыс чел")
    figures = read_series(series, source, Reading.of(tmp_path, load_region_names()))
    assert [(one.value, one.status) for one in figures] == [(None, "missing")] * 2 + [(2700.0, "published")]


def test_two_aggregates_with_okrugs_beside_85_units(collection: pd.DataFrame, panel: Panel) -> None:
    main = collection[(collection["subsection"] == "CD") & (collection["object_level"] == "Регион")]
    names = {str(name) for name in main["object_name"].unique()}
    assert len(names) == 87
    whole = {name for name in names if "(с автономн" in name}
    assert whole == {"Архангельская область (с автономным округом)", "Тюменская область (с автономными округами)"}
    assert not {load_region_names().resolve(name) for name in whole} & set(panel.region_ids)


def test_codes_outside_the_sections_have_region_rows_only(collection: pd.DataFrame) -> None:
    other = collection[collection["section"] == "Регионы России (прочие разделы)"]
    assert set(other["object_level"].astype(str)) == {"Регион"}
    assert other["indicator_code"].nunique() == 329


def test_y477110109_is_the_per_head_index_from_2005(sources: Path, collection: pd.DataFrame, panel: Panel) -> None:
    used = {s.code for entry in load_catalogue().values() for s in entry.series}
    assert "Y477110109" not in used
    code = _one(collection, "Y477110109")
    total = load_vintages("grp_real_index_pct").set_index(["region", "year"])
    total = total[total["newest"]]["value"]
    both = pd.concat([code.rename("code"), total.rename("total")], axis=1, join="inner")
    equal = np.isclose(both["code"], both["total"], atol=0.05).astype(float)
    share = pd.Series(equal, index=both.index).groupby(level="year").mean()
    assert (share.loc[2001:2004] == 1.0).all()
    # population changes by less than 0.05 % in few regions a year
    assert (share.loc[2005:] < 0.25).all()
    assert round(code["RU-KEM", 2020], 2) == 96.99
    assert panel.value("RU-KEM", "grp_real_index_pct", 2020) == 96.2


def test_innovation_activity_of_the_collection_stops_in_2016(collection: pd.DataFrame, panel: Panel) -> None:
    for code in ("Y477110143", "Y477110144"):
        assert collection[collection["indicator_code"] == code]["year"].max() == 2016
    assert panel.column("innovation_activity_pct").dropna().index.unique("year").max() == 2022


@pytest.mark.parametrize("code", [454, 471, 472, 473, 474, 475])
def test_rd_personnel_of_the_collection_is_in_thousands(collection: pd.DataFrame, panel: Panel, code: int) -> None:
    chosen = collection[collection["indicator_code"] == f"Y477110{code}"]
    assert set(chosen["indicator_unit"].astype(str)) == {"Тыс чел"}
    if code in (471, 473):
        variable = {471: "rd_personnel", 473: "researchers"}[code]
        assert _one(collection, f"Y477110{code}")["RU-KEM", 2022] * 1000 == panel.value("RU-KEM", variable, 2022)


def test_researchers_and_rd_personnel_are_two_series(panel: Panel) -> None:
    assert panel.value("RU-KEM", "researchers", 2022) == 897
    assert panel.value("RU-KEM", "rd_personnel", 2022) == 1280
    both = panel.frame[["researchers", "rd_personnel"]].dropna()
    assert (both["researchers"] <= both["rd_personnel"]).all()


def test_employment_mixes_vintages_with_a_seam_at_2013(collection: pd.DataFrame, panel: Panel) -> None:
    rows = collection[(collection["indicator_code"] == "Y477110372") & (collection["subsection"] == "CD")]
    rows = rows[rows["region"].isin(_disjoint())]
    edition = rows["source"].astype(str).str.extract(r"(\d{4})$")[0]
    assert set(edition[rows["year"] <= 2012]) == {"2023"}
    # 28 rows of 2013–2020 that the 2025 edition leaves as they were are named after the 2023 edition
    assert edition[rows["year"].between(2013, 2022)].value_counts(normalize=True)["2025"] > 0.95
    assert set(edition[rows["year"] == 2023]) == {"2024"}
    older = load_vintages("employed_thousand").query("vintage == 'yearbook-2023'")
    older = older.drop_duplicates(["region", "year"]).set_index(["region", "year"])["value"]
    change = 100 * (panel.column("employed_thousand") / older - 1).dropna()
    change = change[change.index.get_level_values("region").isin(_disjoint())]
    seam = change.xs(2013, level="year").abs()
    assert round(seam.max(), 1) == 4.8
    assert (change.xs(2012, level="year").abs() < 1e-9).all()
    assert (round(change.max(), 1), round(change.min(), 1)) == (17.7, -11.3)
    assert (change.idxmax(), change.idxmin()) == (("RU-SEV", 2021), ("RU-KR", 2022))


def _revised(collection: pd.DataFrame, code: str, variable: str, year: int) -> pd.Series:
    """Change in percent of all 96 rows of the collection against the 2023 edition."""
    rows = pd.concat([read_rows(name).astype({"variable": "str", "region": "str", "source": "str"}) for name in STORED])
    sheet = rows[(rows["variable"] == variable) & rows["source"].str.startswith("yearbook_2023")]
    older = sheet.set_index(["region", "year"])["value"]
    return 100 * (_one(collection, code) / older - 1).dropna().xs(year, level="year")


def test_investment_of_2022_was_revised_by_2_6_percent(collection: pd.DataFrame) -> None:
    change = _revised(collection, "Y477110107", "investment_mln_rub", 2022)
    # 2.7 over the 85 disjoint units, 2.6 with districts and the country
    assert round(change[change.index.isin(_disjoint())].mean(), 1) == 2.7
    assert round(change.mean(), 1) in (2.6, 2.7)
    assert round(change["RU-SEV"], 0) == 45
    assert round(change["RU-KEM"], 1) == 2.7


def test_grp_of_2021_was_revised_by_1_6_percent(collection: pd.DataFrame) -> None:
    change = _revised(collection, "Y477110005", "grp_mln_rub", 2021)
    # 1.7 over the 85 disjoint units, 1.6 with districts and the country
    assert round(change[change.index.isin(_disjoint())].mean(), 1) == 1.7
    assert round(change.mean(), 1) in (1.6, 1.7)


def test_kuzbass_grp_of_2022_was_revised_from_2188_8_to_2170_1() -> None:
    editions = load_vintages("grp_bln_rub").query("region == 'RU-KEM' and year == 2022").set_index("vintage")["value"]
    assert round(editions["yearbook-2024"], 1) == 2188.8
    assert round(editions["rosstat-2025-03"], 1) == 2170.1


def test_rd_of_the_jewish_oblast_and_chukotka_is_confidential() -> None:
    rows = read_rows(VALUES).astype({"variable": "str", "region": "str", "status": "str"})
    for variable in ("rd_mln_rub", "researchers", "rd_personnel"):
        own = rows[(rows["variable"] == variable) & rows["region"].isin(["RU-YEV", "RU-CHU"])]
        withheld = own[own["status"] == "confidential"]
        assert set(withheld["year"]) >= set(range(2014, 2023))
        assert withheld["value"].isna().all()
        assert not (own["year"] >= 2013)[own["value"].notna()].any()  # no figure in 2023 either
        # nobody else is withheld
        assert set(rows[(rows["variable"] == variable) & (rows["status"] == "confidential")]["region"]) == {
            "RU-YEV",
            "RU-CHU",
        }


# --- national accounts, prices, value added ---------------------------------------------------------------------------


def test_header_rows_0_and_2_and_rows_of_parts_in_the_accounts(sources: Path, panel: Panel) -> None:
    path = sources / FILES["national_accounts"]
    for number in range(1, 11):
        rows = _sheet(path, str(number))
        head = 0 if number <= 2 else 2
        assert sum(str(x)[:2] in ("19", "20") for x in rows[head][1:]) >= 7, number
    names = [str(row[0]).strip() for row in _sheet(path, "2")]
    assert "в т.ч. Ненецкий авт. округ" in names
    # the okrug is one of the 85 and not in Arkhangelsk as well
    grp = {region: panel.value(region, "grp_mln_rub", 2022) for region in ("RU-NEN", "RU-ARK")}
    whole = next(row for row in _sheet(path, "2") if str(row[0]).strip() == "Архангельская область")
    assert grp["RU-NEN"] + grp["RU-ARK"] == pytest.approx(float(whole[7]), abs=0.2)  # three figures rounded to 0.1


def test_consumer_prices_lack_crimea_and_sevastopol(sources: Path) -> None:
    rows = _sheet(sources / FILES["consumer_prices"], "Лист1")
    names = [str(row[0]) for row in rows[1:] if str(row[0]).strip()]
    assert len(names) == 85
    assert not any("рым" in name or "еваст" in name for name in names)
    assert (rows[0][1], rows[0][33]) == (1992.0, 2024.0)


def test_latin_letters_hide_in_cyrillic_names(sources: Path) -> None:
    names = [str(row[0]) for row in _sheet(sources / FILES["consumer_prices"], "Лист1")]
    assert [name for name in names if MIXED.search(name)] == ["Ямало-Hенецкий авт.округ"]
    assert load_region_names().resolve("Ямало-Hенецкий авт.округ") == "RU-YAN"
    path = sources / FILES["yearbook_2023_18"]
    science = {str(row[0]) for sheet in _book(path).sheet_names for row in _sheet(path, sheet) if row}
    mixed = {name for name in science if len(name) < 60 and MIXED.search(name)}
    assert any("Калинингpадская" in name for name in mixed)
    assert all(load_region_names().resolve(name) for name in mixed)


def test_value_added_of_2023_and_2024_copies_2022(sources: Path, panel: Panel) -> None:
    path = sources / FILES["value_added_structure"]
    assert _sheet(path, "2023") == _sheet(path, "2024") == _sheet(path, "2022")
    assert _sheet(path, "2021") != _sheet(path, "2022")
    years = panel.column("mining_share_pct").dropna().index.unique("year")
    assert (years.min(), years.max()) == (2009, 2022)


def test_value_added_has_two_classifications(sources: Path, panel: Panel) -> None:
    path = sources / FILES["value_added_structure"]
    heads = {year: [str(x) for row in _sheet(path, year)[:6] for x in row] for year in ("2015", "2016")}
    for year, letter in (("2015", "C"), ("2016", "B")):
        place = next(i for i, x in enumerate(heads[year]) if x.strip().startswith("Добыча полезных ископаемых"))
        width = len(_sheet(path, year)[4])
        column = place % width
        assert any(str(row[column]).strip() == f"Раздел {letter}" for row in _sheet(path, year)[:5])
    # the Khanty-Mansi okrug lives on oil under both
    assert panel.value("RU-KHM", "mining_share_pct", 2015) > 50
    assert panel.value("RU-KHM", "mining_share_pct", 2016) > 50
    assert {one.year for one in panel.variables["mining_share_pct"].breaks} == {2016}


def test_spans_of_the_accounts_and_of_population(sources: Path, panel: Panel) -> None:
    grp = panel.column("grp_mln_rub").dropna().index.unique("year")
    assert (grp.min(), grp.max()) == (1998, 2023)
    dates = [str(x)[:4] for x in _sheet(sources / FILES["population_emiss"], "Отчет")[0][2:]]
    assert (dates[0], dates[-1]) == ("2000", "2023")


# --- fixed assets and wear --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def assets(sources: Path) -> pd.DataFrame:
    """Totals of fixed assets by unit, year and coverage, with the wear they imply."""
    late = pd.read_csv(sources / "fixed_assets_by_okved2_2017_2023.csv.gz")
    late = late[late["okved2_section"].str.startswith("Всего")].drop(columns="okved2_section")
    early = pd.read_csv(sources / "fixed_assets_totals_2000_2016.csv")
    frame = pd.concat([early, late], ignore_index=True)
    names = load_region_names()
    frame["id"] = [names.ids.get(name) for name in frame["region"]]
    return frame.assign(wear=100 * (1 - frame["residual_value"] / frame["full_book_value"])).dropna(subset=["id"])


@pytest.mark.parametrize(
    ("coverage", "least", "most"),
    [("commercial without small business", 0.97, 1.0), ("all organisations", 0.0, 0.03), ("non-commercial", 0.0, 0.03)],
)
def test_published_wear_covers_commercial_organisations_only(
    assets: pd.DataFrame, panel: Panel, coverage: str, least: float, most: float
) -> None:
    own = assets[(assets["coverage"] == coverage) & (assets["year"] >= 2017) & assets["id"].isin(_disjoint())]
    published = panel.column("wear_pct").rename("published")
    both = own.set_index(["id", "year"])["wear"].rename_axis(["region", "year"]).to_frame().join(published).dropna()
    # published to 0.1: equal within 0.05
    share = float(((both["wear"] - both["published"]).abs() <= 0.0501).mean())
    assert len(both) == 85 * 7
    assert least <= share <= most


def test_wear_breaks_in_2017_and_falls_in_2022(panel: Panel) -> None:
    wear = panel.matrix("wear_pct")
    fall = wear[2022] - wear[2021]
    assert (panel.value("RU", "wear_pct", 2021), panel.value("RU", "wear_pct", 2022)) == (53.0, 48.0)
    assert round(100 * (fall < 0).mean()) == 92
    assert round(fall.mean()) == -4
    assert {one.year for one in panel.variables["wear_pct"].breaks} == {2017, 2022}


def test_book_values_of_all_organisations_jump_in_2019(assets: pd.DataFrame) -> None:
    whole = assets[assets["coverage"] == "all organisations"].pivot_table(
        index="id", columns="year", values="full_book_value"
    )
    jump = 100 * (whole[2019] / whole[2018] - 1)
    assert round(jump["RU-KEM"]) == 50
    # not in some regions only: half of them by 64 % and more
    assert round(jump.loc[sorted(_disjoint())].median()) == 64
    part = assets[assets["coverage"] == "commercial without small business"].pivot_table(
        index="id", columns="year", values="full_book_value"
    )
    assert 100 * (part[2019] / part[2018] - 1)["RU-KEM"] < 15  # the published coverage does not jump


# --- innovation, patents, the older extract ---------------------------------------------------------------------------


def test_three_methods_of_innovation_activity_with_one_overlap(panel: Panel) -> None:
    assert [(one.year, one.kind) for one in panel.variables["innovation_activity_pct"].breaks] == [
        (2017, "method"),
        (2019, "universe"),
    ]
    newer, older = (
        panel.matrix(name, years=[2017])[2017] for name in ("innovation_activity_pct", "innovation_activity_oslo3_pct")
    )
    shift = np.log(newer[newer > 0]) - np.log(older[older > 0])
    assert (round(shift.mean(), 2), round(shift.std(), 2)) == (0.58, 0.29)
    levels = panel.matrix("innovation_activity_pct")
    assert (levels[2019] < levels[2018]).mean() > 0.8  # the wider universe of 2019: four regions of five fall


def test_innovation_activity_of_2020_comes_from_the_assembled_file(sources: Path, panel: Panel) -> None:
    frame = pd.read_csv(sources / FILES["innovation_assembled"])
    names, disjoint = load_region_names(), _disjoint()
    assembled = {
        (names.ids.get(r), y): v for r, y, v in zip(frame["region"], frame["year"], frame["value"], strict=True)
    }
    sheet = {
        names.ids.get(re.sub(r"\s+", " ", str(row[0])).strip()): row
        for row in _sheet(sources / FILES["yearbook_2023_18"], "18.12.1.")
    }
    columns = {2016: 11, 2018: 14, 2019: 15, 2020: 16, 2021: 17, 2022: 18}
    differing = dict.fromkeys(columns, 0)
    for region in sorted(disjoint):
        for year, column in columns.items():
            cell, exact = sheet[region][column], assembled[region, year]
            if isinstance(cell, float) and not np.isnan(exact) and abs(cell - exact) > 1e-9:
                differing[year] += 1
                assert abs(cell - exact) <= 0.05  # rounding to 0.1, nothing else
    assert differing == {2016: 0, 2018: 0, 2019: 0, 2020: 84, 2021: 0, 2022: 0}
    assert panel.value("RU-KEM", "innovation_activity_pct", 2020) == assembled["RU-KEM", 2020]


def test_extract_holds_patents_granted_not_applied_for(sources: Path, panel: Panel) -> None:
    for column, granted, applied in (
        ("pat_inv", "patents_granted", "patent_applications"),
        ("pat_mod", "utility_models_granted", "utility_model_applications"),
    ):
        own = _extract(sources, column)
        assert _equal(own, panel.column(granted)) == 1.0
        assert _equal(own, panel.column(applied)) < 0.1


def test_extract_population_is_the_average_of_an_older_vintage(sources: Path, panel: Panel) -> None:
    own = _extract(sources, "pop")
    average = (panel.column("population_avg") / 1000).round(1)
    early = own[own.index.get_level_values("year") <= 2010]
    late = own[own.index.get_level_values("year") >= 2012]
    assert _equal(early, average, within=0.11) > 0.9  # one unit of the last digit: rounded twice
    assert _equal(late, average, within=0.11) < 0.1  # recounted after the census of 2021
    assert _equal(early, panel.column("population_thousand"), within=0.11) < 0.1  # not the end of the year


def test_vig_is_researchers_with_degrees(sources: Path) -> None:
    rows = _sheet(sources / FILES["yearbook_2023_18"], "18.4.1.")
    head = next(i for i, row in enumerate(rows) if row[1:3] == [2000.0, 2001.0])
    names = load_region_names()
    published = {
        (names.ids.get(re.sub(r"\s+", " ", str(row[0])).strip()), 2000 + t): float(x)
        for row in rows[head + 1 :]
        for t, x in enumerate(row[1:22])
        if isinstance(x, float)
    }
    own = _extract(sources, "vig")
    both = [(value, published[key]) for key, value in own.items() if key in published]
    assert len(both) > 1600
    assert all(one == other for one, other in both)
    used = {s.column for entry in load_catalogue().values() for s in entry.series if s.reader == "extract"}
    assert "vig" not in used or "degree" in load_catalogue()[_of_column("vig")].variable.label.en.lower()


def test_extract_reaches_back_to_2000(sources: Path) -> None:
    assert set(_extract(sources, "grp").index.unique("year")) == set(range(2000, 2020))
    assert pd.read_csv(sources / FILES["yearbook_2021"]).shape[1] == 18  # name, year and 16 indicators


def _extract(sources: Path, column: str) -> pd.Series:
    frame = pd.read_csv(sources / FILES["yearbook_2021"])
    names = load_region_names()
    frame["region"] = [names.ids.get(name) for name in frame["region_rus"]]
    return frame[frame["region"].isin(_disjoint())].set_index(["region", "year"])[column].dropna()


def _equal(one: pd.Series, other: pd.Series, within: float = 1e-6) -> float:
    both = pd.concat([one.rename("one"), other.rename("other")], axis=1, join="inner").dropna()
    assert len(both) > 300
    return float(((both["one"] - both["other"]).abs() <= within).mean())


def _of_column(column: str) -> str:
    return next(name for name, entry in load_catalogue().items() if any(s.column == column for s in entry.series))


def test_shipments_of_form_4_are_the_denominator_of_innovative_goods(sources: Path, panel: Panel) -> None:
    frame = pd.read_csv(sources / "shipments_form_4_innovation_2010_2022.csv")
    names = load_region_names()
    frame["region"] = [names.ids.get(name) for name in frame["region"]]
    shipments = frame[frame["region"].isin(_disjoint())].set_index(["region", "year"])["shipments_form4_mln_rub"]
    goods, share = panel.column("innovative_goods_mln_rub"), panel.column("innovative_goods_share_pct")
    off = (100 * goods / shipments - share).dropna().abs()
    print(f"{len(off)} shares, {float((off <= 0.051).mean()):.3f} equal within rounding")
    assert float((off <= 0.051).mean()) > 0.9


# --- outlines, flows, national series ---------------------------------------------------------------------------------


def test_outlines_lack_crimea_and_two_regions_have_no_neighbour(sources: Path) -> None:
    outlines = json.loads((sources / "ru_regions.geojson").read_text(encoding="utf-8"))["features"]
    names = [str(one["properties"]["name"]) for one in outlines]
    assert len(names) == 83
    assert not any("рым" in name or "еваст" in name for name in names)
    edges = pd.read_csv(sources / "contiguity_edges_83.csv")
    assert set(names) - set(edges["a"]) - set(edges["b"]) == {"Калининградская область", "Сахалинская область"}


def test_goods_flows_are_87_by_87_and_two_are_not_disjoint(sources: Path) -> None:
    rows = _sheet(sources / "W.xls", "1. cleaned_w_zeros")
    columns = [str(x).strip() for x in rows[4][3:] if str(x).strip()]
    lines = [str(row[0]).strip() for row in rows[6:] if str(row[0]).strip()]
    extra = {"Всего", "Российская Федерация", "Экспорт - всего", "Не распределено"}
    assert len(columns) == 87
    assert set(lines) - extra == set(columns)
    disjoint = {load_region_names().ids.get(name) for name in columns} & _disjoint()
    assert len(disjoint) == 85


@pytest.mark.parametrize(
    ("file", "first", "last"),
    [
        ("macro_external.csv", 2001, 2024),
        ("world_commodity_prices_annual.csv", 1995, 2023),
        ("shipments_form_4_innovation_2010_2022.csv", 2010, 2022),
        ("fixed_assets_totals_2000_2016.csv", 2000, 2016),
        ("fixed_assets_by_okved2_2017_2023.csv.gz", 2017, 2023),
        ("innovation_activity_2006_2022.csv", 2006, 2022),
    ],
)
def test_spans_of_the_text_files(sources: Path, file: str, first: int, last: int) -> None:
    years = pd.read_csv(sources / file)["year"]
    assert (years.min(), years.max()) == (first, last)


# --- definitions that bite --------------------------------------------------------------------------------------------


def test_rd_to_grp_falls_while_rd_rises(panel: Panel) -> None:
    grp, rd, ratio = (panel.matrix(name).loc["RU-KEM"] for name in ("grp_mln_rub", "rd_mln_rub", "rd_grp_pct"))
    assert grp[2022] / grp[2020] > 2  # coal prices
    assert rd[2022] > rd[2020]
    assert ratio[2022] < ratio[2020]


def test_employment_has_two_series(collection: pd.DataFrame, panel: Panel) -> None:
    survey = (_one(collection, "Y477110478") - _one(collection, "Y477110438"))["RU-KEM", 2022]
    balance = panel.value("RU-KEM", "employed_thousand", 2022)
    assert (
        0.01 < abs(survey / balance - 1) < 0.2
    )  # labour force survey against labour balance: the same people, not equal


def test_what_is_not_in_the_files_is_not_in_the_catalogue(collection: pd.DataFrame, panel: Panel) -> None:
    labels = {name: one.label.en.lower() for name, one in panel.variables.items()}
    assert not [name for name, label in labels.items() if "coal" in label and "output" in label]
    assert not [name for name, label in labels.items() if "source of fund" in label]
    indicators = collection[["indicator_name", "subsection"]].drop_duplicates().astype(str)
    told = indicators["indicator_name"] + " / " + indicators["subsection"]
    rd = told[told.str.contains("исследования и разработки|исследованиями и разработками", case=False)]
    assert not rd.str.contains("источник|сектор", case=False).any()
    # of coal there are the shipments of one year, 2022, and sales of traders: no output, no series over time
    coal = collection[collection["subsection"].astype(str).str.contains("Добыча угля")]
    assert set(coal["year"]) == {2022}


# --- Kuzbass and Russia: printed check values -------------------------------------------------------------------------

CHECKS = {
    ("population_thousand", 1): {2015: 2711.9, 2020: 2622.3, 2022: 2568.2},
    ("grp_bln_rub", 1): {2015: 843.3, 2020: 1045.1, 2022: 2170.1, 2023: 1883.8},
    ("investment_bln_rub", 1): {2015: 170.5, 2020: 275.0, 2022: 375.4, 2023: 414.4},
    ("unemployment_pct", 1): {2015: 7.7, 2020: 6.7, 2022: 4.1},
    ("wear_pct", 1): {2015: 46.8, 2020: 52.2, 2022: 47.5, 2023: 48.8},
    ("rd_mln_rub", 1): {2015: 1438.9, 2020: 1768.2, 2022: 2135.9, 2023: 2718.9},
    ("researchers", 0): {2015: 1028, 2020: 858, 2022: 897},
    ("innovation_activity_pct", 1): {2015: 3.9, 2016: 3.2, 2019: 4.4},
    ("innovation_activity_pct", 2): {2017: 11.74, 2018: 6.25, 2020: 6.30, 2021: 7.80, 2022: 7.07},
    ("innovation_activity_oslo3_pct", 1): {2017: 6.2},
}


@pytest.mark.parametrize(("variable", "digits"), CHECKS)
def test_kuzbass_check_values(panel: Panel, variable: str, digits: int) -> None:
    for year, printed in CHECKS[variable, digits].items():
        # half a unit of the last printed digit
        assert abs(panel.value("RU-KEM", variable, year) - printed) <= 0.5 * 10**-digits + 1e-9, year


def test_innovation_activity_of_russia_in_2022(panel: Panel) -> None:
    assert round(panel.value("RU", "innovation_activity_pct", 2022), 2) == 10.96
