"""Revisions between editions: the facts noted with the sources, the frame of the picture, and the seams."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import UnknownNameError
from regional_econ.cli.data import app
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
        # the change is set to zero where only the last digits of a float differ
        assert row.change_pct == pytest.approx(100 * (row.newest / row.older - 1), abs=1e-6)
    by_year = revisions("wear_pct").by_year
    for (vintage, year), group in frame.groupby(["vintage", "year"]):
        row = by_year[(by_year["vintage"] == vintage) & (by_year["year"] == year)].iloc[0]
        assert (row["figures"], row["revised"]) == (len(group), (group["change_pct"] != 0).sum())
        assert abs(row["largest_pct"]) == group["change_pct"].abs().max()


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
