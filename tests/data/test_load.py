"""The compiled panel: check values, vintages, shape, speed, and a snapshot that was tampered with."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, OptionError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ.core.panel import Panel
from regional_econ.data.catalogue import load_sources, load_variables
from regional_econ.data.derive import BASE_YEAR, Derivation
from regional_econ.data.editions import check_editions, load_editions, load_lags
from regional_econ.data.load import load_panel, load_vintages, load_vintages_of, real_time
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import MANIFEST, SHEETS, TABLES, VALUES, VINTAGES, read_rows
from regional_econ.data.tables import load_sheets

# Kuzbass check values of the notes that come with the source files, with the digits printed there.
CHECKS = [
    ("population_thousand", 1, {2015: 2711.9, 2020: 2622.3, 2022: 2568.2}),
    ("grp_bln_rub", 1, {2015: 843.3, 2020: 1045.1, 2022: 2170.1, 2023: 1883.8}),
    ("investment_bln_rub", 1, {2015: 170.5, 2020: 275.0, 2022: 375.4, 2023: 414.4}),
    ("unemployment_pct", 1, {2015: 7.7, 2020: 6.7, 2022: 4.1}),
    ("wear_pct", 1, {2015: 46.8, 2020: 52.2, 2022: 47.5, 2023: 48.8}),
    ("rd_mln_rub", 1, {2015: 1438.9, 2020: 1768.2, 2022: 2135.9, 2023: 2718.9}),
    ("researchers", 0, {2015: 1028, 2020: 858, 2022: 897}),
    ("rd_personnel", 0, {2022: 1280}),
    ("innovation_activity_pct", 2, {2017: 11.74, 2018: 6.25, 2020: 6.30, 2021: 7.80, 2022: 7.07}),
    ("innovation_activity_pct", 1, {2015: 3.9, 2016: 3.2, 2019: 4.4}),
    ("innovation_activity_oslo3_pct", 1, {2015: 3.9, 2016: 3.2, 2017: 6.2}),
]


@pytest.mark.parametrize(("variable", "digits", "expected"), CHECKS)
def test_kuzbass_check_values(panel: Panel, variable: str, digits: int, expected: dict[int, float]) -> None:
    # half a unit of the last printed digit: the notes are rounded
    for year, value in expected.items():
        assert abs(panel.value("RU-KEM", variable, year) - value) <= 0.5 * 10**-digits + 1e-9, year


def test_reference_sample(panel: Panel) -> None:
    frame = panel.select(years=(2006, 2022)).frame
    logs = ["innovation_activity_pct", "rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct"]
    complete = frame[logs].where(frame[logs] > 0).assign(wear=frame["wear_pct"]).dropna()
    assert (len(complete), complete.index.unique("region").size) == (1368, 85)


def test_shape_and_aggregates(panel: Panel) -> None:
    assert len(panel.region_ids) == 85
    assert (panel.years[0], panel.years[-1]) == (1998, 2023)
    assert {"RU", "FD-SIB"} <= set(panel.aggregates.index.unique("region"))
    assert round(panel.value("RU", "innovation_activity_pct", 2022), 2) == 10.96
    assert ("RU-CR", 2013) not in panel.frame.index
    assert set(panel.frame.columns) == set(panel.variables)
    parts = panel.matrix("grp_mln_rub", years=[2022]).sum().iloc[0]
    # the country row is the sum of the regions; the withheld digits of 85 rounded figures differ by less than 1e-6
    assert parts == pytest.approx(panel.value("RU", "grp_mln_rub", 2022), rel=1e-6)


def test_ratios_are_their_formulas(panel: Panel) -> None:
    row = panel.frame.loc[("RU-TA", 2019)]
    assert row["rd_grp_pct"] == pytest.approx(100 * row["rd_mln_rub"] / row["grp_mln_rub"], rel=1e-12)
    assert row["researchers_per_10k_employed"] == pytest.approx(
        1e4 * row["researchers"] / (1e3 * row["employed_thousand"]), rel=1e-12
    )


def test_dash_is_zero_and_ellipsis_is_missing(panel: Panel) -> None:
    assert panel.value("RU-KL", "innovation_activity_pct", 2006) == 0.0
    assert panel.value("RU-SEV", "innovation_activity_pct", 2015) == 0.0
    assert np.isnan(panel.value("RU-CE", "innovation_activity_pct", 2006))
    withheld = read_rows(VALUES).query("variable == 'rd_mln_rub' and status == 'confidential'")
    assert set(withheld["region"]) == {"RU-CHU", "RU-YEV"}


def test_researchers_are_persons_and_real_index_is_total(panel: Panel) -> None:
    assert panel.value("RU-MOW", "researchers", 2022) > 50_000
    # the per-capita index of the collection says 96.985… for 2020; the total index of the national accounts 96.2
    assert panel.value("RU-KEM", "grp_real_index_pct", 2020) == 96.2


def test_structure_of_value_added_stops_before_the_copied_sheets(panel: Panel) -> None:
    mining = panel.column("mining_share_pct").dropna()
    assert mining.index.unique("year").max() == 2022
    assert mining.index.unique("year").min() == 2009


def test_vintages_tell_the_editions_apart() -> None:
    grp = load_vintages("grp_bln_rub").query("region == 'RU-KEM' and year == 2022").set_index("vintage")
    assert grp["value"].round(1).to_dict() == {
        "rosstat-2025-03": 2170.1,
        "yearbook-2024": 2188.8,
        "yearbook-2025": 2170.1,
    }
    assert grp.index[grp["newest"]].tolist() == ["rosstat-2025-03"]
    employed = load_vintages("employed_thousand").query("region == 'RU-KEM' and vintage == 'yearbook-2023'")
    assert employed.set_index("year")["value"].reindex([2015, 2020, 2022]).tolist() == [1229.1, 1146.5, 1157.8]
    assert not load_vintages("rd_grp_pct").duplicated(["region", "year", "vintage"]).any()


def test_panel_of_an_older_edition(panel: Panel) -> None:
    older = load_panel("yearbook-2023")
    assert older.vintage == "yearbook-2023"
    assert older.value("RU-KEM", "employed_thousand", 2022) == 1157.8
    assert np.isnan(older.value("RU-KEM", "grp_mln_rub", 2022))  # that edition ends in 2021
    assert older.value("RU-KEM", "mining_share_pct", 2022) == panel.value("RU-KEM", "mining_share_pct", 2022)
    assert older.checksum != panel.checksum
    with pytest.raises(UnknownNameError, match=r"unknown vintage 'yearbook-2032'.*yearbook-202"):
        load_panel("yearbook-2032")
    with pytest.raises(UnknownNameError, match="wear_pct"):
        load_vintages("waer_pct")
    with pytest.raises(UnknownNameError, match="wear_pct"):
        load_vintages_of(["cpi_pct", "waer_pct"])


def test_a_changed_snapshot_is_refused(tmp_path: Path) -> None:
    for name in (VALUES, MANIFEST):
        shutil.copy(data_dir() / name, tmp_path / name)
    content = bytearray((tmp_path / VALUES).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / VALUES).write_bytes(content)
    with pytest.raises(DataError, match=r"changed or damaged .*values.csv.gz\).*data build"):
        read_rows(VALUES, tmp_path)
    (tmp_path / VALUES).unlink()
    with pytest.raises(DataError, match="is missing"):
        read_rows(VALUES, tmp_path)
    (tmp_path / VALUES).write_bytes(content)
    (tmp_path / MANIFEST).write_text(json.dumps({"files": {}}))
    with pytest.raises(DataError, match="manifest is damaged"):
        read_rows(VALUES, tmp_path)


@pytest.fixture(scope="module")
def stored() -> dict[str, pd.DataFrame]:
    """Every stored figure by variable, with the month of publication; ``rank`` 0 is the figure in use."""
    tables = [read_rows(VALUES).assign(rank=0), read_rows(VINTAGES).assign(rank=1)]
    words = ["variable", "region", "vintage"]
    rows = pd.concat([table.astype(dict.fromkeys(words, "str")) for table in tables]).dropna(subset=["value"])
    months = {name: 100 * one.published[0] + one.published[1] for name, one in load_editions().items()}
    return {str(name): part.assign(published=part["vintage"].map(months)) for name, part in rows.groupby("variable")}


@pytest.mark.parametrize("year", [2010, 2021, 2022, 2024, 2026])
def test_nothing_published_later_is_known(stored: dict[str, pd.DataFrame], year: int) -> None:
    """Cell by cell against a plain search through the stored editions."""
    then, variables, lags = load_panel(known_in=year), load_variables(), load_lags()
    place = ["region", "year"]
    disjoint = {name for name, one in load_regions().items() if one.kind == "region"}
    for name, rows in stored.items():
        own = rows[rows["region"].isin(disjoint)]
        blocks = own.groupby(["vintage", "year"])["region"].nunique()
        whole = set(blocks.index[2 * blocks >= own["region"].nunique()])
        usable = pd.Series([cell in whole for cell in zip(rows["vintage"], rows["year"], strict=True)], rows.index)
        in_time = rows["published"] <= 100 * year + 12
        due = rows["year"] <= year - lags.of(variables[name])
        kinds = [
            rows[chosen].sort_values(["published", "vintage", "rank"], ascending=up, kind="stable")
            for chosen, up in (
                (in_time & usable, [False, False, True]), (in_time & due, [False, False, True]),
                (~in_time & due, [True, True, True]),
            )
        ]  # fmt: skip
        expected = pd.concat(kinds).drop_duplicates(place).set_index(place)
        both = pd.concat([then.frame[name], then.aggregates[name]])
        expected = expected[expected.index.isin(both.index)]
        assert both.dropna().to_dict() == expected["value"].to_dict(), name
        published = expected["published"] <= 100 * year + 12
        kind = "real-time" if published.all() else "mixed" if published.any() else "pseudo-real-time"
        if len(expected):
            assert then.knowledge[name].kind == kind, name
            named = then.knowledge[name].edition.split(", ")
            assert len(named) == (2 if kind == "mixed" else 1), name
            if published.any():
                assert named[0] == expected[published].sort_values(["published", "vintage"])["vintage"].iloc[-1], name
            if not published.all():
                assert expected.loc[~published, "vintage"].value_counts()[named[-1]] == (
                    expected.loc[~published, "vintage"].value_counts().max()
                ), name


def test_no_year_knows_less_than_the_year_before(panel: Panel) -> None:
    before = 0 * panel.frame.notna().sum()
    for year in range(2010, 2027):
        counts = load_panel(known_in=year).frame.notna().sum()
        assert counts.index[counts < before].tolist() == [], year
        before = counts
    assert before.to_dict() == panel.frame.notna().sum().to_dict()


def test_a_part_of_a_table_is_no_edition() -> None:
    # the 2021 extract has the shipments to 2016 only, the 2024 edition one figure of GRP, quoted in a text
    for name in ("mining_shipments_mln_rub", "manufacturing_shipments_mln_rub"):
        known = {year: load_panel(known_in=year) for year in (2020, 2021, 2022)}
        assert [one.knowledge[name].last_year for one in known.values()] == [2019, 2020, 2021]
        assert [one.knowledge[name].kind for one in known.values()] == ["pseudo-real-time", "mixed", "mixed"]
    grp = load_panel(known_in=2024).knowledge["grp_mln_rub"]
    assert (grp.kind, grp.last_year, grp.regions) == ("mixed", 2022, 85)


REAL = ["rd_real_per_employed_cpi", "rd_real_per_employed_grp", "grp_real_mln_rub", "wage_real_rub_month"]


@pytest.mark.parametrize("year", [2010, 2018, 2021, 2022, 2023, 2026, None])
@pytest.mark.parametrize("name", REAL)
def test_real_figures_stand_at_prices_that_were_known(name: str, year: int | None) -> None:
    then = load_panel() if year is None else load_panel(known_in=year)
    variable, column = then.variables[name], then.column(name).dropna()
    assert column.groupby("year").size().iloc[-1] >= 80
    formula = Derivation(name, str(variable.formula))
    (index,), nominal = formula.read_by("chain"), formula.inputs[0]
    counts = then.frame[index].notna().groupby("year").mean()
    base = int(min(counts.index[counts >= 0.5].max(), BASE_YEAR))
    assert variable.price_basis == f"constant {base}"
    assert str(base) in variable.label.en
    assert str(base) in variable.label.ru
    assert str(base) in variable.unit_label.en
    assert any(f"At prices of {base}, not of 2022" in one.en for one in variable.warnings) == (base != BASE_YEAR)
    # at the prices of its own year a figure is the nominal one
    plain = Derivation(name, f"100 * {nominal} / 100" + (" / employed_thousand" if "employed" in name else ""))
    expected = plain.evaluate(then.frame).xs(base, level="year").dropna()
    got = column.xs(base, level="year")
    pd.testing.assert_series_equal(got, expected.reindex(got.index), check_names=False, rtol=1e-12)


def test_real_figures_of_an_edition_are_there() -> None:
    older = load_panel("yearbook-2023")
    assert older.column("grp_real_mln_rub").notna().sum() > 1900
    assert older.variables["grp_real_mln_rub"].price_basis == "constant 2021"  # that edition's GRP ends in 2021
    assert older.variables["wage_real_rub_month"] == load_variables()["wage_real_rub_month"]


def test_derived_variables_follow_from_what_was_known() -> None:
    then = load_panel(known_in=2022)
    for name, variable in load_variables().items():
        if variable.formula is None:
            continue
        formula = Derivation(name, variable.formula)
        pd.testing.assert_series_equal(then.frame[name], formula.evaluate(then.frame), check_names=False, obj=name)
        kinds = {then.knowledge[one].kind for one in formula.inputs}
        assert then.knowledge[name].kind == (kinds.pop() if len(kinds) == 1 else "mixed"), name
    assert then.knowledge["rd_grp_pct"].kind == "mixed"
    assert then.knowledge["rd_real_per_employed_cpi"].kind == "mixed"


def test_what_a_year_knew(panel: Panel) -> None:
    assert load_panel(known_in=2018).vintage == "known-2018"
    # GRP is two years late, everything else one; the 2021 edition is the oldest that is stored
    known = real_time(2018).set_index("variable")
    assert known.loc["grp_mln_rub", ["edition", "last_year", "kind"]].tolist() == [
        "yearbook-2021",
        2016,
        "pseudo-real-time",
    ]
    assert known.loc["wear_pct", "last_year"] == 2017
    known = real_time(2021).set_index("variable")
    # that edition starts in 2000 and lacks most districts: those cells are of later ones
    assert known.loc["grp_mln_rub", ["edition", "last_year", "kind"]].tolist() == [
        "yearbook-2021, yearbook-2023",
        2019,
        "mixed",
    ]
    # the exact ratios of 2020 appeared in August 2025; the table of December 2023 rounds them
    assert load_panel(known_in=2024).value("RU-KEM", "innovation_activity_pct", 2020) == 6.3
    assert load_panel(known_in=2025).value("RU-KEM", "innovation_activity_pct", 2020) == panel.value(
        "RU-KEM", "innovation_activity_pct", 2020
    )
    # Kuzbass GRP of 2022 as the 2024 edition had it
    assert load_panel(known_in=2024).value("RU-KEM", "grp_bln_rub", 2022) == pytest.approx(2188.8)
    with pytest.raises(OptionError, match="Give vintage or known_in"):
        load_panel("yearbook-2023", known_in=2020)
    with pytest.raises(DataError, match="known_in"):
        panel.real_time()


@pytest.mark.parametrize("year", [-1, 1990, 1998])
def test_a_year_before_the_first_figure_is_refused(year: int) -> None:
    with pytest.raises(DataError, match=rf"nothing was known at the end of {year} .*first figures are known in 1999"):
        load_panel(known_in=year)
    with pytest.raises(DataError, match="nothing was known"):
        real_time(year)


def test_a_year_after_the_newest_edition_is_refused() -> None:
    newest = max(one.year for one in load_editions().values())
    assert len(load_panel(known_in=newest).frame)
    for year in (newest + 1, 99_999):
        with pytest.raises(OptionError, match=rf"end of {year} is not known: the newest edition is of {newest}"):
            load_panel(known_in=year)


def test_every_sheet_is_imported_or_refused_with_a_reason() -> None:
    sheets = load_sheets()
    assert sheets.columns.tolist() == [column.name for column in TABLES[SHEETS].columns]
    assert len(sheets) > 400
    assert set(sheets["outcome"]) == {"imported", "refused"}
    assert not sheets.duplicated(["workbook", "sheet"]).any()
    refused = sheets[sheets["outcome"] == "refused"]
    assert (refused["reason"].str.len() > 0).all()
    assert (sheets[sheets["outcome"] == "imported"]["figures"] > 0).all()


def test_no_edition_has_figures_of_its_own_future(stored: dict[str, pd.DataFrame]) -> None:
    for name, rows in stored.items():
        assert (rows["year"] < rows["published"] // 100).all(), name


def test_publication_lags_are_those_of_the_dated_editions(stored: dict[str, pd.DataFrame]) -> None:
    """A December yearbook that ends two years back would make pseudo-real-time panels know too much at lag one."""
    variables, lags = load_variables(), load_lags()
    late = []
    for name, rows in stored.items():
        dated = rows[rows["vintage"].isin(["yearbook-2021", "yearbook-2023"])]
        ends = (
            dated["published"].groupby(dated["vintage"]).first() // 100 - dated["year"].groupby(dated["vintage"]).max()
        )
        # three years or more: the series stopped; a lag that is declared for the variable was thought about
        if len(ends) and ends.min() == 2 and lags.of(variables[name]) < 2 and name not in lags.variables:
            late.append(name)
    assert not late, "declare their publication lags in vintages.yml"
    assert set(lags.variables) <= set(variables)
    assert set(lags.sources) <= set(load_sources())


def test_an_edition_ends_with_the_last_year_known_by_then() -> None:
    """The collection labels rows by edition; one of a few old rows must not cut a series that went on."""
    older = load_panel("yearbook-2025")
    for name in ("employed_thousand", "wear_pct", "grp_mln_rub"):
        assert older.column(name).dropna().index.get_level_values("year").max() == 2023, name


def test_every_edition_in_use_is_declared_and_an_unknown_one_stops() -> None:
    in_use = {str(one) for file in (VALUES, VINTAGES) for one in read_rows(file)["vintage"].unique()}
    assert "yearbook-2021" in in_use
    check_editions(in_use)
    with pytest.raises(UnknownNameError, match=r"unknown vintage 'yearbook-2032' \(vintages.yml.*yearbook-202"):
        check_editions(["yearbook-2023", "yearbook-2032"])
    assert list(load_editions()) == sorted(load_editions(), key=lambda name: (*load_editions()[name].published, name))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("editions: {a: {published: 2021, label: {ru: а, en: a}}}", "not year-month"),
        ("editions: {a: {published: 2021-13, label: {ru: а, en: a}}}", "not year-month"),
        ("editions: {a: {published: 2021-12, label: {ru: а}}}", "'en'"),
        ("editions: {a: {label: {ru: а, en: a}}}", "'published'"),
        ("editions: []", "editions is missing or no mapping"),
    ],
)
def test_a_badly_declared_edition_is_named(tmp_path: Path, written: str, message: str) -> None:
    (tmp_path / "vintages.yml").write_text(written, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_editions(tmp_path)


def test_a_badly_declared_lag_is_named(tmp_path: Path) -> None:
    (tmp_path / "vintages.yml").write_text("publication_lags: {default: 1, sources: {a: soon}, variables: {}}")
    with pytest.raises(DataError, match="no whole number of years"):
        load_lags(tmp_path)


def test_loading_takes_no_longer_than_importing_pandas() -> None:
    """Processor time in one process, the best of five: a ratio, so that neither the machine nor its load decides."""
    program = (
        "from time import process_time as now; a = now(); import pandas; b = now();"
        "from regional_econ.data.load import load_panel; load_panel(); print((now() - b) / (b - a))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True) for _ in range(5)
    ]
    assert min(float(run.stdout) for run in runs) <= 1
