"""The claims file: complete, located to the letter, and refused with its line where it is wrong."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from regional_econ._base.errors import RegionalEconError, SchemaError, UnknownNameError
from regional_econ._base.files import sha256_bytes
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue
from regional_econ.data.catalogue import load_variables
from regional_econ.referee.ledger import Entry, Printed, check_quotes, load_claims

ROWS = {
    "population_thousand": "Население",
    "grp_mln_rub": "ВРП",
    "investment_mln_rub": "Инвестиции",
    "employed_thousand": "Занятые",
    "unemployment_pct": "Уровень безработицы",
}
YEARS = {2015: 1, 2020: 2, 2022: 3}


def test_all_132_claims_are_there(entries: tuple[Entry, ...]) -> None:
    assert Counter(entry.id[0] for entry in entries) == {"Q": 41, "D": 35, "C": 56}
    examined = {entry.id for entry in entries if entry.needs is None}
    tables = {f"Q{n:02d}" for n in (*range(6, 21), *range(30, 35))}
    assert examined == tables | {"Q24", "Q25", "Q27", "C06", "C12", "C31"}


def test_missing_evidence_is_named_in_both_languages(entries: tuple[Entry, ...]) -> None:
    texts = Catalogue.load([data_dir() / "texts" / "referee.yml"]).texts
    assert [e.id for e in entries if e.needs is not None and f"referee.gap.{e.needs}" not in texts] == []


def test_quotes_stand_at_their_offsets(entries: tuple[Entry, ...], paper: bytes) -> None:
    assert check_quotes(entries, paper) == 132


def test_numbers_of_table_1_are_the_right_cells(entries: tuple[Entry, ...], paper: bytes) -> None:
    text = paper.decode("utf-8")
    for entry in entries:
        number = entry.number
        if number is None or not "Q06" <= entry.id <= "Q20":
            continue
        line_start = text.rindex("\n", 0, entry.quote.start) + 1
        line = text[line_start : text.index("\n", line_start)]
        assert line.startswith(ROWS[number.variable])
        assert line[: entry.quote.start - line_start].count("\t") == YEARS[number.year or 0]
        assert line.split("\t")[YEARS[number.year or 0]] == entry.quote.text == number.printed


def test_another_document_and_a_moved_quote_are_refused(entries: tuple[Entry, ...]) -> None:
    text = "до " + entries[0].quote.text
    with pytest.raises(SchemaError, match=r"another document \(claims\.yml, line \d+\)"):
        check_quotes(entries[:1], text.encode())
    here = sha256_bytes(text.encode())
    moved = replace(entries[0], quote=replace(entries[0].quote, doc_sha256=here, start=0, end=5))
    with pytest.raises(SchemaError, match=r"does not stand at 0.*It stands at 3"):
        check_quotes([moved], text.encode())
    absent = replace(moved, quote=replace(moved.quote, text="нет такого"))
    with pytest.raises(SchemaError, match="letter by letter"):
        check_quotes([absent], text.encode())


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("    hedge: tentative", "    hegde: tentative", SchemaError, r"unknown key 'hegde'.*line 11.*hedge"),
        ("    type: quantitative", "    type: number", SchemaError, r"type cannot be 'number'.*line 11"),
        ("variable: population_thousand", "variable: population_thousnd", UnknownNameError, "population_thousand"),
        ("      start: 3263\n", "", SchemaError, r"key 'start' is missing.*line 11"),
        ("    needs: territory\n", "", SchemaError, r"exactly one of number, estimand and needs.*line 11"),
        ("  - id: Q02", "  - id: Q01", SchemaError, "stands twice, first in line 11"),
        ("claims:\n", "claims: [\n", SchemaError, r"not valid YAML \(claims\.yml, line"),
        ('expected_sign: "+"', 'expected_sign: "plus"', SchemaError, r"expected_sign of C06 is neither.*line"),
        ('printed: "2 711,9"', 'printed: "около"', SchemaError, r"not a printed number.*line"),
    ],
)
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, old: str, new: str, error: type[RegionalEconError], message: str
) -> None:
    text = (data_dir() / "claims.yml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "claims.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error) as raised:
        load_claims(path, variables=load_variables())
    assert re.search(message, str(raised.value))


@pytest.mark.parametrize(
    ("printed", "scale", "value", "halfwidth"),
    [("2 711,9", 1.0, 2711.9, 0.05), ("2 188,8", 1000.0, 2_188_800.0, 50.0), ("48", 1.0, 48.0, 0.5)],
)
def test_printed_numbers_carry_their_rounding(printed: str, scale: float, value: float, halfwidth: float) -> None:
    number = Printed("x", "RU-KEM", 2022, printed, scale, "equals")
    assert number.value == pytest.approx(value, rel=1e-12)
    assert number.halfwidth == pytest.approx(halfwidth, rel=1e-12)
