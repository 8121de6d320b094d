"""The section on the data: its frames say what the sources say, its tables list what matters first, all texts fill."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.text import LANGS, Text
from regional_econ.core.panel import Panel
from regional_econ.core.section import FigureBlock, TableBlock
from regional_econ.data.checks.aggregates import COLUMNS as SUMS
from regional_econ.data.checks.crosscheck import compare
from regional_econ.data.checks.suspicions import RULES
from regional_econ.data.load import load_panel
from regional_econ.data.pages import coverage, doubts, pictures, sections
from regional_econ.data.snapshot import VALUES, read_rows
from regional_econ.report.build import load_catalogue
from regional_econ.report.charts.draw import chart_svg
from regional_econ.report.document import document
from regional_econ.report.plot import plot_frame
from regional_econ.report.words import Words

FOCAL, KEY = "RU-KEM", ("innovation_activity_pct", "rd_grp_pct", "wear_pct")
SUSPICIOUS = ("rule", "variable", "region", "year", "why", "value", "before", "after", "excused")


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load_panel()


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return read_rows(VALUES)


def suspicious(*places: tuple[str, str]) -> pd.DataFrame:
    found = [("level_jump", variable, region, 2010, "", 3.0, 1.0, np.nan, "") for variable, region in places]
    return pd.DataFrame(found, columns=list(SUSPICIOUS))


def sums(*cells: tuple[str, str, int, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=["variable", "unit", "year", "difference_pct", "outcome"])
    return frame.reindex(columns=list(SUMS))


def test_every_region_has_its_own_tile_and_its_status(panel: Panel, rows: pd.DataFrame) -> None:
    frame = pictures.map_frame(panel, rows, "rd_grp_pct", 2022)
    assert len(frame) == len(panel.region_ids)
    assert not frame.duplicated(["row", "column"]).any()
    assert not frame["code"].duplicated().any()
    assert (frame[["row", "column"]].min() == 0).all()
    hidden = frame[frame["value"].isna()]
    assert set(zip(hidden["region"], hidden["status"], strict=True)) == {
        ("RU-CHU", "confidential"), ("RU-YEV", "confidential"),
    }  # fmt: skip
    assert frame.set_index("region").loc[FOCAL, "value"] == panel.value(FOCAL, "rd_grp_pct", 2022)


def test_statuses_tell_zero_hidden_and_not_yet_there_apart(panel: Panel, rows: pd.DataFrame) -> None:
    frame = pictures.statuses(panel, rows, "rd_mln_rub").set_index(["region", "year"])["status"]
    assert frame["RU-SEV", 2010] == "before"
    assert frame["RU-CHU", 2020] == "confidential"
    assert frame["RU-CE", 2001] == "absent"
    assert frame[FOCAL, 2022] == "published"


def test_availability_is_a_share_of_the_regions_of_the_year(panel: Panel) -> None:
    frame = pictures.availability_frame(panel).set_index(["variable", "year"])
    assert frame.loc[("rd_mln_rub", 2022), "share"] == pytest.approx(83 / 85)  # two regions are confidential
    assert frame.loc[("population_thousand", 2005), "share"] == 1.0  # of 83: Crimea and Sevastopol came in 2014
    assert frame.loc[("wear_pct", 2017), "break"]
    assert not frame.loc[("wear_pct", 2016), "break"]
    assert pictures.chapter_of(panel.variables, "innovation_activity_pct") == "18"
    assert pictures.chapter_of(panel.variables, "rd_grp_pct") == "18"


def test_a_page_takes_a_part_of_the_variables_and_none_is_lost(panel: Panel) -> None:
    blocks = coverage.availability_blocks(panel)
    shown = [name for block in blocks for name in dict.fromkeys(block.data["variable"])]
    assert sorted(shown) == sorted(panel.variables)
    for block in blocks:
        names = block.data.drop_duplicates("variable")
        assert len(names) + names["group"].nunique() <= coverage.LINES_ON_A_PAGE


def test_suspicions_of_the_focal_region_come_first(panel: Panel) -> None:
    found = suspicious(("wear_pct", "RU-TA"), ("cpi_pct", "RU-TA"), ("rd_mln_rub", "RU-TA"), ("cpi_pct", FOCAL))
    values = doubts.suspicions_result(found, panel, FOCAL, KEY).values
    assert [values[name].value for name in ("figures", "focal", "of_interest", "listed")] == [4, 1, 3, 3]
    assert values["level_jump.figures"].value == 4
    assert (values["01.before"].value, values["01.after"].value) == (1.0, None)
    table = doubts.suspicions_listed(found, panel, FOCAL, KEY)
    assert table is not None
    assert [row[0].id for row in table.rows] == ["cpi_pct", "rd_mln_rub", "wear_pct"]  # type: ignore[union-attr]
    assert doubts.suspicions_listed(suspicious(("cpi_pct", "RU-TA")), panel, FOCAL, KEY) is None


def test_shares_that_do_not_add_up_are_named_as_such(panel: Panel) -> None:
    found = suspicious(("gva_share", FOCAL), ("*", FOCAL)).assign(rule=["shares_sum", "copied_region"])
    table = doubts.suspicions_listed(found, panel, FOCAL, KEY)
    assert table is not None
    texts = load_catalogue().texts
    names = [row[0].id for row in table.rows]  # type: ignore[union-attr]
    assert names == ["data.whole.gva_share", "data.every.variable"]
    assert {*names, *(f"data.rule.{one}" for one in RULES), *(f"data.rule_short.{one}" for one in RULES)} <= set(texts)


def test_differences_without_a_reason_are_listed_one_by_one(panel: Panel) -> None:
    rows = pd.DataFrame(
        [("wear_pct", FOCAL, 2022, "yearbook-2023", value, source, "A1")
         for value, source in ((10.0, "tochno"), (90.0, "yearbook_2023_09"))],
        columns=["variable", "region", "year", "vintage", "value", "source", "cell"],
    )  # fmt: skip
    check = compare(rows)
    values = doubts.crosscheck_result(check, panel).values
    assert [values[key].value for key in ("cells", "equal", "differing", "unexplained", "listed")] == [1, 0, 1, 1, 1]
    assert (values["01.one"].value, values["01.other"].value) == (10.0, 90.0)
    assert values["tochno.yearbook_2023.unexplained"].value == 1
    table = doubts.unexplained_table(check)
    assert table is not None
    assert len(table.rows) == 1
    assert doubts.unexplained_table(compare(rows.assign(value=10.0))) is None


def test_a_long_list_of_suspicions_is_cut_and_says_so(panel: Panel) -> None:
    found = suspicious(*[("wear_pct", "RU-TA")] * (doubts.LONGEST_LIST + 5))
    values = doubts.suspicions_result(found, panel, FOCAL, KEY).values
    assert (values["listed"].value, values["of_interest"].value) == (doubts.LONGEST_LIST, doubts.LONGEST_LIST + 5)
    table = doubts.suspicions_listed(found, panel, FOCAL, KEY)
    assert table is not None
    assert len(table.rows) == doubts.LONGEST_LIST


def test_sums_show_the_largest_unexplained_difference_of_each_variable(panel: Panel) -> None:
    frame = sums(
        ("rd_mln_rub", "FD-C", 2010, -1.0, "differs"), ("rd_mln_rub", "FD-C", 2011, -4.0, "differs"),
        ("rd_mln_rub", "RU", 2011, 9.0, "remainder"), ("researchers", "RU", 2005, 6.0, "differs"),
    )  # fmt: skip
    values = doubts.sums_result(frame, panel).values
    assert (values["differs"].value, values["remainder"].value, values["differing_variables"].value) == (3, 1, 2)
    assert (values["01.largest"].value, values["02.largest"].value, values["02.years"].value) == (6.0, -4.0, 2)
    table = doubts.sums_table(frame)
    assert table is not None
    assert [row[0].id for row in table.rows] == ["researchers", "rd_mln_rub"]  # type: ignore[union-attr]
    assert doubts.sums_table(frame[frame["outcome"] == "remainder"]) is None


def test_revisions_name_the_largest_and_the_focal_one() -> None:
    cells = [("a", "RU-TA", 2020, 2.0), ("a", FOCAL, 2020, -1.0), ("b", "RU-TA", 2021, 0.0), ("b", FOCAL, 2021, 0.0)]
    frame = pd.DataFrame(cells, columns=["vintage", "region", "year", "change_pct"])
    values = coverage.revisions_result({"x": frame}, FOCAL).values
    assert [values[f"x.{key}"].value for key in ("editions", "compared", "revised", "mean_pct")] == [2, 4, 2, 0.5]
    assert (values["x.largest_region"].value, values["x.largest_pct"].value) == ("RU-TA", 2.0)
    assert (values["x.focal_pct"].value, values["x.focal_year"].value) == (-1.0, 2020)
    drawn = coverage.revision_blocks({"x": frame, "y": frame[frame["vintage"] == "b"]})
    assert [(block.id, set(block.data["year"])) for block in drawn] == [("data.revisions.x", {2020})]


def test_the_section_reads_in_both_languages(panel: Panel) -> None:
    printed, found = sections.printed_numbers(), sections.findings(panel)
    results = [
        sections.table_one_result(panel, printed), sections.files_result(panel),
        *sections.findings_results(panel, found, FOCAL, KEY),
    ]  # fmt: skip
    assert [result.id for result in results if not result.inputs] == []
    section = sections.section(panel, printed, found, FOCAL, KEY)
    numbers = {f"{result.id}.{key}": value for result in results for key, value in result.values.items()}
    labels = {name: one.label for name, one in panel.variables.items()}
    regions = {name: one.name for name, one in panel.regions.items()}
    blocks = [block for block in section.blocks if isinstance(block, FigureBlock | TableBlock)]
    assert len({block.id for block in blocks}) == len(blocks)
    catalogue = load_catalogue()
    front = {f"front.{part}": Text("Данные", "Data") for part in ("title", "subtitle", "answer")}
    catalogue = replace(catalogue, texts=catalogue.texts | front)
    for lang in LANGS:
        words = Words(lang, catalogue, numbers, labels, regions, FOCAL, KEY[0])
        read = document([section, sections.provenance_section()], words, front="front")
        assert len(read.pictures()) >= 6
        assert all(picture.alt and picture.caption for picture in read.pictures())


def test_a_user_draws_a_map_without_a_report(panel: Panel, rows: pd.DataFrame) -> None:
    frame = pictures.map_frame(panel, rows, "wear_pct", 2022)
    names = {name: one.name for name, one in panel.regions.items()}
    figure = plot_frame("tile_map", frame, regions=names, focal=FOCAL, lang="ru")
    assert "Кемеровская область — Кузбасс" in chart_svg(figure)
