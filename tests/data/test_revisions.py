"""Revisions between editions: the facts noted with the sources, the frame of the picture, and the seams."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ.cli.data import app
from regional_econ.data.editions import load_editions
from regional_econ.data.load import load_panel, load_vintages
from regional_econ.data.revisions import PLOT_COLUMNS, revision_plot_data, revisions, seams

# The notes that come with the source files: means over the regions of logarithms, one decimal printed.
MEANS = [("investment_mln_rub", 2022, 2.6), ("grp_mln_rub", 2021, 1.6)]
# Single regions, with the digits printed there.
REGIONS = [("RU-SEV", 45, 0.5), ("RU-KEM", 2.7, 0.05)]


@pytest.mark.parametrize(("variable", "year", "expected"), MEANS)
def test_mean_revisions_meet_the_notes(variable: str, year: int, expected: float) -> None:
    by_year = revisions(variable).by_year.set_index(["vintage", "year"])
    assert by_year.loc[("yearbook-2023", year), "mean_log_pct"] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(("region", "expected", "tolerance"), REGIONS)
def test_revised_investment_of_a_region_meets_the_notes(region: str, expected: float, tolerance: float) -> None:
    frame = revision_plot_data("investment_mln_rub", vintage="yearbook-2023").set_index(["region", "year"])
    assert frame.loc[(region, 2022), "change_pct"] == pytest.approx(expected, abs=tolerance)


def test_employment_meets_the_notes() -> None:
    # half a unit of the printed decimal; the step at 2012/13 is "up to 4.8 %", the largest either way
    changes = revisions("employed_thousand").figures.query("vintage == 'yearbook-2023'")["change_pct"]
    assert (changes.max(), changes.min()) == pytest.approx((17.7, -11.3), abs=0.05)
    step = seams("employed_thousand").query("year == 2013 and before == 'yearbook-2023' and after == 'yearbook-2025'")
    assert step["jump_pct"].abs().max() == pytest.approx(4.8, abs=0.05)
    assert len(step) >= 78  # nearly every region changes its edition in that year


def test_frames_agree_with_a_plain_search() -> None:
    editions = load_vintages("wear_pct")
    used = editions[editions["newest"]].set_index(["region", "year"])["value"]
    frame = revision_plot_data("wear_pct")
    assert tuple(frame.columns) == PLOT_COLUMNS
    assert set(frame["region"]) <= set(load_panel().region_ids)
    stated = editions[~editions["newest"]].set_index(["region", "year", "vintage"])["value"]
    assert not frame.duplicated(["region", "year", "vintage"]).any()
    for row in frame.itertuples():
        assert row.older == stated[row.region, row.year, row.vintage]
        assert row.newest == used[row.region, row.year]
        # one decimal is printed: half a unit of it is rounding
        revised = abs(row.newest - row.older) > 0.05 * (1 + 1e-6)
        assert row.change_pct == (pytest.approx(100 * (row.newest / row.older - 1)) if revised else 0.0)
    by_year = revisions("wear_pct").by_year
    for (vintage, year), group in frame.groupby(["vintage", "year"]):
        row = by_year[(by_year["vintage"] == vintage) & (by_year["year"] == year)].iloc[0]
        assert (row["figures"], row["revised"]) == (len(group), (group["change_pct"] != 0).sum())
        assert abs(row["largest_pct"]) == group["change_pct"].abs().max()


# A decimal of a percent, thousands of square metres and thousands of persons are printed in the older editions.
@pytest.mark.parametrize(
    ("variable", "vintage", "most"),
    [("cpi_pct", "yearbook-2023", 0), ("housing_thousand_m2", "yearbook-2023", 3), ("wear_pct", "yearbook-2021", 0),
     ("population_avg", "yearbook-2023", 2)],
)  # fmt: skip
def test_rounding_is_no_revision(variable: str, vintage: str, most: int) -> None:
    row = revisions(variable).summary.set_index("vintage").loc[vintage]
    assert row["figures"] > 900
    assert row["revised"] <= most
    assert row["equal"] == row["figures"] - row["revised"]


@pytest.mark.parametrize("variable", ["cpi_pct", "grp_mln_rub", "rd_grp_pct", "grp_deflator_pct"])
def test_only_editions_published_before_the_one_in_use_are_older(variable: str) -> None:
    found, dates = revisions(variable), {name: one.published for name, one in load_editions().items()}
    assert len(found.figures)
    for older, used in found.figures[["vintage", "newest_vintage"]].drop_duplicates().itertuples(index=False):
        assert dates[older] < max(dates[one] for one in used.split(", "))
    assert "yearbook-2025" not in set(found.figures["vintage"])
    later = "tochno-2026" if variable == "cpi_pct" else "yearbook-2025"
    assert found.others["vintage"].tolist() == [later]
    stored = load_vintages(variable)
    assert found.others["figures"].sum() + len(found.figures) == (~stored["newest"]).sum()
    assert f"Not compared, of the same or a later date: {later}" in str(found)


def test_a_derived_figure_is_revised_where_one_that_it_reads_is() -> None:
    keys = ["region", "year", "vintage"]
    parts = [revisions(name).figures for name in ("rd_mln_rub", "grp_mln_rub")]
    moved = {tuple(row) for part in parts for row in part.loc[part["change"] != 0, keys].itertuples(index=False)}
    figures = revisions("rd_grp_pct").figures
    changed = {tuple(row) for row in figures.loc[figures["change"] != 0, keys].itertuples(index=False)}
    assert changed
    assert changed <= moved


def test_growth_is_compared_within_an_edition_and_chained_figures_are_refused() -> None:
    """The 2021 edition starts in 2000: its growth of that year would be a step from another edition."""
    deflator, grp = load_vintages("grp_deflator_pct"), load_vintages("grp_mln_rub")
    own = {name: set(part[["region", "year"]].itertuples(index=False, name=None))
           for name, part in grp.groupby("vintage")}  # fmt: skip
    index = load_vintages("grp_real_index_pct").query("vintage == 'yearbook-2023'").set_index(["region", "year"])
    used = load_panel().frame["grp_real_index_pct"]
    rows = deflator[~deflator["newest"] & deflator["region"].isin(load_panel().region_ids)]
    figures = grp.set_index(["region", "year", "vintage"])["value"]
    newest = grp[grp["newest"]].set_index(["region", "year"])["value"]
    assert len(rows) > 2000
    for row in rows.itertuples():
        held = [(row.region, year) in own.get(row.vintage, set()) for year in (row.year, row.year - 1)]
        assert held[0] == held[1]
        here, before = (
            figures[(row.region, year, row.vintage)] if held[0] else newest[(row.region, year)]
            for year in (row.year, row.year - 1)
        )  # fmt: skip
        place = (row.region, row.year)
        growth = index["value"][place] if row.vintage == "yearbook-2023" and place in index.index else used[place]
        assert row.value == pytest.approx(10_000 * here / before / growth, rel=1e-12)  # three operations on floats
    for name in ("grp_real_mln_rub", "rd_real_per_employed_cpi", "rd_real_per_employed_grp"):
        with pytest.raises(DataError, match=rf"{name} has no figures by edition.*Ask for .* or"):
            revisions(name)


def test_a_seam_needs_adjacent_years_and_another_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        ("RU-KEM", 2010, "a", 10.0, True), ("RU-KEM", 2011, "b", 12.0, True), ("RU-KEM", 2011, "a", 8.0, False),
        ("RU-KEM", 2012, "b", 9.0, True), ("RU-KEM", 2014, "c", 9.0, True),
        ("RU-TOM", 2010, "a", 10.0, True), ("RU-TOM", 2011, "b", 12.0, True),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["region", "year", "vintage", "value", "newest"]).assign(source="s", cell="c")
    monkeypatch.setattr("regional_econ.data.revisions.load_vintages", lambda variable: frame)
    found = seams("x").set_index("region")
    assert found["year"].to_dict() == {"RU-KEM": 2011, "RU-TOM": 2011}
    assert found.loc["RU-KEM", "jump_pct"] == pytest.approx(50)
    assert np.isnan(found.loc["RU-TOM", "jump_pct"])  # edition a has no figure for 2011


def test_derived_variables_name_the_editions_they_rest_on() -> None:
    frame = revision_plot_data("rd_grp_pct")
    assert {"yearbook-2021", "yearbook-2023"} <= set(frame["vintage"])
    assert frame["edition_en"].str.len().min() > 10
    assert not frame["edition_ru"].str.contains("yearbook").any()


def test_the_command_speaks_to_people_and_programs() -> None:
    runner = CliRunner()
    plain = runner.invoke(app, ["revisions", "grp_mln_rub", "--region", "RU-KEM"])
    assert plain.exit_code == 0
    assert "yearbook-2023" in plain.output
    answer = json.loads(runner.invoke(app, ["revisions", "grp_mln_rub", "--json"]).output)
    assert {one["vintage"] for one in answer["data"]["summary"]} >= {"yearbook-2021", "yearbook-2023"}
    with pytest.raises(UnknownNameError, match="grp_"):
        revisions("grp")
    with pytest.raises(UnknownNameError, match="yearbook-2023"):
        revision_plot_data("grp_mln_rub", vintage="yearbook-2032")
