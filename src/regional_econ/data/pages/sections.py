"""What does the reader see of the data? Table 1 beside the official figures, what is there and what to distrust."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ._base.location import data_dir
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Bilingual,
    Block,
    Cell,
    Column,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.data.catalogue import load_sources
from regional_econ.data.checks.aggregates import sums_of_parts
from regional_econ.data.checks.crosscheck import CrossCheck, crosscheck
from regional_econ.data.checks.suspicions import suspicions
from regional_econ.data.declared import read_yaml
from regional_econ.data.editions import Edition, load_editions
from regional_econ.data.load import load_vintages
from regional_econ.data.pages import coverage, doubts
from regional_econ.data.revisions import revision_plot_data
from regional_econ.data.snapshot import VALUES, VINTAGES, manifest, read_rows

TABLE_ID, FILES_ID = "data.table_one", "data.files"
SECTION_ID, PROVENANCE_ID = "data", "provenance"
TABLE_ONE = tuple(f"Q{number:02d}" for number in range(6, 21))
SHORT_HASH = 12
_YEARBOOK = re.compile(r"(yearbook_\d{4})_(\d\d)")
_IN_BILLIONS = {"grp_mln_rub": "grp_bln_rub", "investment_mln_rub": "investment_bln_rub"}


@dataclass(frozen=True)
class PrintedNumber:
    """A number as the paper prints it: claim id, variable, region, year, value and its printed decimals."""

    claim: str
    variable: str
    region: str
    year: int
    value: float
    digits: int

    def shown_by(self, figure: float) -> bool:
        """Return whether a figure rounds to the printed number: it lies within half a unit of the last digit."""
        return abs(figure - self.value) <= 0.5 * 10.0**-self.digits * (1 + 1e-9)


def printed_numbers(folder: Path | None = None) -> tuple[PrintedNumber, ...]:
    """Return the numbers of the paper's Table 1 from the ledger of claims.

    Parameters
    ----------
    folder : where ``claims.yml`` lies; the compiled data by default.

    Raises
    ------
    DataError : one of them is missing from the ledger or has no number.
    """
    ledger = {entry["id"]: entry for entry in read_yaml((folder or data_dir()) / "claims.yml")["claims"]}
    return tuple(_printed(claim, _number(ledger.get(claim, {}))) for claim in TABLE_ONE)


def table_one_result(panel: Panel, printed: Sequence[PrintedNumber]) -> Result:
    """Hold the paper's Table 1 against the newest official figures and every older edition.

    Keys: ``<claim>.printed|official|difference``, ``numbers``, ``same_newest`` (how many newest figures round to the
    printed number), ``same_older`` (how many others an older edition confirms) and ``same_nowhere``.

    Parameters
    ----------
    panel : newest figures.
    printed : from :func:`printed_numbers`.

    Raises
    ------
    DataError : the panel has no figure for one of the numbers.
    """
    values: dict[str, Value] = {}
    newest = older = 0
    editions = editions_with(printed)
    for one in printed:
        official = panel.value(one.region, one.variable, one.year)
        if pd.isna(official):
            raise DataError(
                "no official figure",
                where=f"{one.region}, {one.variable}, {one.year}",
                advice="Build the data again",
            )
        for key, number in (("printed", one.value), ("official", official), ("difference", official - one.value)):
            values[f"{one.claim}.{key}"] = Value(number, digits=one.digits)
        if one.shown_by(official):
            newest += 1
        elif editions[one.claim]:
            older += 1
    values["numbers"] = Value(len(printed), digits=0)
    values["same_newest"] = Value(newest, digits=0)
    values["same_older"] = Value(older, digits=0)
    values["same_nowhere"] = Value(len(printed) - newest - older, digits=0)
    return Result(TABLE_ID, values, {"panel": panel.checksum, **manifest()["files"]})


def files_result(panel: Panel) -> Result:
    """Count what the panel holds and how many of its newest figures each source file supplies.

    Keys: ``figures``, ``withheld`` (confidential or missing), ``older_figures``, ``regions``, ``variables``,
    ``derived``, ``first_year``, ``last_year``, ``files``, ``<source>.figures``.

    Parameters
    ----------
    panel : newest figures.
    """
    stored, older = read_rows(VALUES), read_rows(VINTAGES)
    rows = stored.dropna(subset=["value"])
    counts = rows["source"].astype("str").value_counts()
    derived = sum(one.formula is not None for one in panel.variables.values())
    sources = load_sources()
    numbers: Mapping[str, int] = {
        "figures": len(rows),
        "withheld": len(stored) - len(rows),
        "older_figures": int(older["value"].notna().sum()),
        "regions": len(panel.region_ids),
        "variables": len(panel.variables),
        "derived": derived,
        "first_year": panel.years[0],
        "last_year": panel.years[-1],
        "files": len(sources),
        **{f"{name}.figures": int(counts.get(name, 0)) for name in sources},
    }
    values = {key: Value(number, digits=0) for key, number in numbers.items()}
    return Result(FILES_ID, values, {"panel": panel.checksum, **manifest()["files"]})


@dataclass(frozen=True)
class Findings:
    """What the checks of the stored figures found.

    ``rows`` are the stored newest figures with their statuses, ``revised`` the changes against older editions by
    variable, ``check`` the files held against each other, ``sums`` the regions added up beside districts and country,
    ``suspicious`` the figures that look mistyped or copied.
    """

    rows: pd.DataFrame
    revised: Mapping[str, pd.DataFrame]
    check: CrossCheck
    sums: pd.DataFrame
    suspicious: pd.DataFrame


def findings(panel: Panel) -> Findings:
    """Run every check of the stored figures that the report shows.

    Parameters
    ----------
    panel : newest figures.

    Raises
    ------
    DataError : the snapshot is missing or was changed.
    """
    revised = {name: revision_plot_data(name) for name in coverage.REVISED}
    return Findings(read_rows(VALUES), revised, crosscheck(), sums_of_parts(panel), suspicions())


def findings_results(panel: Panel, found: Findings, focal: str, key: Sequence[str]) -> list[Result]:
    """Return the numbers of the checks as results.

    Parameters
    ----------
    panel : newest figures.
    found : from :func:`findings`.
    focal : id of the region the report is about.
    key : ids of the variables the report is about.
    """
    return [
        coverage.coverage_result(panel, found.rows, focal),
        coverage.revisions_result(found.revised, focal),
        doubts.crosscheck_result(found.check, panel),
        doubts.sums_result(found.sums, panel),
        doubts.suspicions_result(found.suspicious, panel, focal, key),
    ]


def section(panel: Panel, printed: Sequence[PrintedNumber], found: Findings, focal: str, key: Sequence[str]) -> Section:
    """Return the section on the data: Table 1 of the paper, what is there, what was revised, what to distrust.

    Parameters
    ----------
    panel : newest figures.
    printed : from :func:`printed_numbers`.
    found, focal, key : as in :func:`findings_results`.
    """
    unexplained = doubts.unexplained_table(found.check)
    sums = doubts.sums_table(found.sums)
    listed = doubts.suspicions_listed(found.suspicious, panel, focal, key)
    blocks: tuple[Block, ...] = (
        Paragraph("data.what"),
        Paragraph("data.minute"),
        Paragraph("data.table_one.reading"),
        _table_one(panel, printed),
        Paragraph("data.map.reading"),
        *coverage.map_blocks(panel, found.rows),
        Paragraph("data.availability.reading"),
        *coverage.availability_blocks(panel),
        Paragraph("data.statuses.reading"),
        coverage.statuses_block(panel, found.rows),
        Paragraph("data.revisions.reading"),
        *coverage.revision_blocks(found.revised),
        Paragraph("data.crosscheck.reading"),
        doubts.crosscheck_table(found.check),
        *((unexplained,) if unexplained else ()),
        Paragraph("data.sums.reading"),
        *((sums,) if sums else ()),
        Paragraph("data.suspicions.reading"),
        doubts.suspicions_table(),
        *((listed,) if listed else ()),
        Paragraph("data.cautions"),
    )
    return Section(SECTION_ID, "data.title", blocks)


def provenance_section() -> Section:
    """Return the section that closes the report: the files behind every figure, with edition and hash."""
    return Section(PROVENANCE_ID, "data.provenance.title", (Paragraph("data.files.reading"), _files()))


def editions_with(printed: Sequence[PrintedNumber]) -> dict[str, tuple[str, ...]]:
    """Return by claim the editions whose figure rounds to its printed number, sorted.

    Parameters
    ----------
    printed : from :func:`printed_numbers`.
    """
    editions = {name: load_vintages(name).set_index(["region", "year"]) for name in {one.variable for one in printed}}
    found: dict[str, tuple[str, ...]] = {}
    for one in printed:
        here = editions[one.variable].loc[[(one.region, one.year)]]
        fitting = [name for name, figure in zip(here["vintage"], here["value"], strict=True) if one.shown_by(figure)]
        found[one.claim] = tuple(sorted(map(str, fitting)))
    return found


def _number(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The printed number among the checks of a claim."""
    return next((check for check in entry.get("checks", ()) if check["kind"] == "number"), None)


def _printed(claim: str, number: Mapping[str, Any] | None) -> PrintedNumber:
    if number is None:
        raise DataError(f"claim {claim} has no number", where="claims.yml", advice="Restore the entry")
    text = str(number["printed"]).replace(" ", "").replace("\u00a0", "")
    variable = str(number["variable"])
    if float(number["scale"]) == 1000:
        variable = _IN_BILLIONS[variable]
    return PrintedNumber(
        claim=claim,
        variable=variable,
        region=str(number["region"]),
        year=int(number["year"]),
        value=float(text.replace(",", ".")),
        digits=len(text.partition(",")[2]),
    )


def _table_one(panel: Panel, printed: Sequence[PrintedNumber]) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    editions, labels = editions_with(printed), load_editions()
    older = read_rows(VINTAGES)
    quoted = set(older.loc[older["status"] == "reported", "vintage"])
    for one in printed:
        unit = panel.variable(one.variable).unit_label
        fitting = [edition for name, edition in labels.items() if name in editions[one.claim]]
        row: tuple[Cell, ...] = (
            LabelRef(one.variable),
            Bilingual(unit.ru, unit.en),
            Verbatim(str(one.year)),
            *(NumberRef(f"{TABLE_ID}.{one.claim}.{key}") for key in ("printed", "official", "difference")),
            _confirming(fitting[-1], quoted) if fitting else TextRef("data.vintage.none"),
        )
        rows.append(row)
    columns = (
        Column("indicator", "data.column.indicator", width=2.4),
        Column("unit", "data.column.unit", width=1.1),
        Column("year", "data.column.year", "right", 0.6),
        Column("printed", "data.column.printed", "right", 0.9),
        Column("official", "data.column.official", "right", 1.0),
        Column("difference", "data.column.difference", "right", 0.9),
        Column("edition", "data.column.confirming", width=2.2),
    )
    return TableBlock(TABLE_ID, "data.table_one.caption", columns, tuple(rows))


def _confirming(edition: Edition, quoted: Collection[str]) -> Cell:
    """The edition; one that is known only from a text about the sources says so."""
    name = Bilingual(edition.label.ru, edition.label.en)
    return Stack((name, TextRef("data.vintage.quoted"))) if edition.id in quoted else name


def source_title(name: str) -> Cell:
    """Return what a reader calls a source file: its title, that of a yearbook under the chapter's."""
    title = TextRef(f"{_source_words(name)}.title")
    chapter = _YEARBOOK.fullmatch(name)
    return Stack((TextRef(f"data.chapter.{chapter[2]}"), title)) if chapter else title


def _source_words(name: str) -> str:
    chapter = _YEARBOOK.fullmatch(name)
    return f"data.source.{chapter[1] if chapter else name}"


def _files() -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    for name, source in load_sources().items():
        words = _source_words(name)
        row: tuple[Cell, ...] = (
            source_title(name),
            TextRef(f"{words}.edition"),
            TextRef(f"{words}.producer"),
            NumberRef(f"{FILES_ID}.{name}.figures"),
            Verbatim(source.origin.sha256[:SHORT_HASH]),
        )
        rows.append(row)
    columns = (
        Column("title", "data.column.title", width=3.0),
        Column("edition", "data.column.edition", width=1.5),
        Column("producer", "data.column.producer", width=1.2),
        Column("figures", "data.column.figures", "right", 0.8),
        Column("sha256", "data.column.sha256", width=1.2),
    )
    return TableBlock(FILES_ID, "data.files.caption", columns, tuple(rows))
