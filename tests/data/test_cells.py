"""Fifty cells of the official files, drawn by chance and read with other programs, against the compiled figures.

``cells.csv`` was drawn once, seeded, a stratum a table, without any code of this package: workbooks with openpyxl
(``data_only``, rich text), the collection and the text files with pandas. ``raw`` is the content of the cell as it
stands there, ``value`` the figure in the variable's unit (a dash is 0, an ellipsis empty), ``place`` its address.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from regional_econ.data.catalogue import load_sources
from regional_econ.data.snapshot import VALUES, VINTAGES, read_rows

with (Path(__file__).parent / "cells.csv").open(encoding="utf-8", newline="") as _handle:
    CELLS = list(csv.DictReader(_handle))
STATUSES = {"number": {"published"}, "dash": {"absent"}, "ellipsis": {"missing", "confidential"}}


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    """Every stored figure, newest and older, by source and place."""
    words = dict.fromkeys(("variable", "region", "vintage", "status", "source"), "str")
    rows = pd.concat([read_rows(name).astype(words) for name in (VALUES, VINTAGES)], ignore_index=True)
    return rows.set_index(["source", "cell", "variable"]).sort_index()


def test_the_draw_covers_every_kind_of_file_and_of_cell() -> None:
    assert len(CELLS) == 50
    families = {one["source"].rstrip("0123456789").rstrip("_") for one in CELLS}
    assert families >= {"yearbook_2023", "national_accounts", "consumer_prices", "population_emiss", "tochno"}
    assert {one["kind"] for one in CELLS} == set(STATUSES)
    assert len({one["variable"] for one in CELLS}) >= 35
    files = {name: source.file for name, source in load_sources().items()}
    assert all(files[one["source"]] == one["file"] for one in CELLS)


@pytest.mark.parametrize("cell", CELLS, ids=[f"{one['source']}:{one['place']}" for one in CELLS])
def test_a_drawn_cell_is_stored_as_it_stands(stored: pd.DataFrame, cell: dict[str, str]) -> None:
    row = stored.loc[[(cell["source"], cell["place"], cell["variable"])]]
    assert len(row) == 1
    found = row.iloc[0]
    assert (found["region"], found["year"]) == (cell["region"], int(cell["year"]))
    assert found["status"] in STATUSES[cell["kind"]]
    if cell["kind"] == "ellipsis":
        assert pd.isna(found["value"])
    else:
        # both come from the same digits; scaling may blur the last of a float
        assert found["value"] == pytest.approx(float(cell["value"]), rel=1e-12, abs=1e-12)
