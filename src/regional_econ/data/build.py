"""From the official files to the compiled figures, byte for byte the same every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from regional_econ._base.errors import DataError
from regional_econ._base.files import canonical_json, sha256_bytes, sha256_file
from regional_econ._base.location import data_dir
from regional_econ.core.region import Region
from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import Entry, Series, SourceFile, load_catalogue, load_sources
from regional_econ.data.corrections import Corrections, load_corrections, same
from regional_econ.data.datapackage import DATAPACKAGE, describe_package
from regional_econ.data.editions import check_editions
from regional_econ.data.files.readers import Figure, Reading, read_series
from regional_econ.data.files.sheets import survey
from regional_econ.data.files.workbooks import Shelf
from regional_econ.data.readme import README, readme_text
from regional_econ.data.regions import load_region_names, load_regions
from regional_econ.data.snapshot import MANIFEST, SHEETS, VALUES, VINTAGES, Content, Row, pack_table
from regional_econ.data.staging import put_in_place, staging_folder
from regional_econ.data.tables import TABLE_SOURCES, compile_tables

YEARBOOK = "yearbook_2023"


@dataclass(frozen=True)
class Compiled:
    """Figures read from the official files: the newest, the older editions, and what was noticed."""

    values: tuple[Row, ...]
    vintages: tuple[Row, ...]
    tables: Mapping[str, Sequence[Sequence[Content]]]
    source_hashes: Mapping[str, str]
    warnings: tuple[str, ...]

    def by_table(self) -> dict[str, Sequence[Sequence[Content]]]:
        """Return the rows of every stored table by its file name."""
        return {VALUES: self.values, VINTAGES: self.vintages, **self.tables}


@dataclass(frozen=True)
class BuildReport:
    """What a build wrote, and what it noticed."""

    folder: str
    rows: int
    figures: int
    vintage_rows: int
    variables: int
    regions: int
    first_year: int
    last_year: int
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.rows} rows of the newest figures, {self.rows - self.figures} of them withheld or missing, and "
            f"{self.vintage_rows} of older editions: "
            f"{self.variables} imported variables, "
            f"{self.regions} regions and aggregates, {self.first_year}–{self.last_year}, {len(self.warnings)} warnings."
        )


def build(sources: Path, out: Path | None = None) -> BuildReport:
    """Compile the official files and write the snapshot.

    Parameters
    ----------
    sources : folder of the official files.
    out : where the snapshot goes; the compiled data by default. It changes only when everything was read.

    Raises
    ------
    DataError : a file is missing, damaged, another one, or holds what no figure can be.
    UnknownNameError : a region spelled as nowhere before.
    StoreError : the folder cannot be written.
    """
    folder = out or data_dir()
    with staging_folder(folder) as staging:
        compiled = compile_sources(sources)
        contents = {name: pack_table(name, rows) for name, rows in compiled.by_table().items()}
        hashes = {name: sha256_bytes(content) for name, content in contents.items()}
        contents[README] = readme_text(contents).encode("utf-8")
        contents[DATAPACKAGE] = canonical_json(describe_package(contents)).encode("utf-8")
        manifest = {"schema_version": "1", "files": hashes, "sources": dict(compiled.source_hashes)}
        contents[MANIFEST] = canonical_json(manifest).encode("utf-8")
        put_in_place(contents, staging, folder)
    years = [row.year for row in compiled.values]
    return BuildReport(
        folder=str(folder),
        rows=len(compiled.values),
        figures=sum(row.value is not None for row in compiled.values),
        vintage_rows=len(compiled.vintages),
        variables=len({row.variable for row in compiled.values}),
        regions=len({row.region for row in compiled.values}),
        first_year=min(years),
        last_year=max(years),
        warnings=compiled.warnings,
    )


def compile_sources(sources: Path) -> Compiled:
    """Read every declared series without writing anything.

    Raises
    ------
    DataError : see :func:`build`.
    """
    if not sources.is_dir():
        raise DataError("the folder of source files is missing", where=str(sources), advice="Give --sources DIR")
    catalogue, files, regions = load_catalogue(), load_sources(), load_regions()
    corrections = load_corrections()
    reading = Reading.of(sources, load_region_names())
    warnings: list[str] = []
    values: list[Row] = []
    vintages: list[Row] = []
    for name, entry in catalogue.items():
        newest, older = _variable_rows(name, entry, files, reading, regions, corrections, warnings)
        values += newest
        vintages += older
    check_editions({row.vintage for row in (*values, *vintages)})
    tables = {**compile_tables(sources, reading.shelf), SHEETS: _sheets(sources / YEARBOOK, reading.shelf)}
    used = _used(catalogue) | {name for name, one in files.items() if one.file.startswith(f"{YEARBOOK}/")}
    hashes = {one: sha256_file(sources / files[one].file) for one in sorted(used)}
    warnings += [*reading.shelf.remarks, *_changed_files(files, hashes)]
    return Compiled(tuple(values), tuple(vintages), tables, hashes, tuple(warnings))


def _variable_rows(
    name: str,
    entry: Entry,
    files: Mapping[str, SourceFile],
    reading: Reading,
    regions: Mapping[str, Region],
    corrections: Corrections,
    warnings: list[str],
) -> tuple[list[Row], list[Row]]:
    newest: dict[tuple[str, int], Row] = {}
    older: list[Row] = []
    checks: list[tuple[Series, list[Figure]]] = []
    promised: list[Series] = []
    for series in entry.series:
        figures = corrections.apply(name, series.source, read_series(series, files[series.source], reading))
        if series.role == "check":
            checks.append((series, figures))
            continue
        rows = [
            _row(name, figure, series.source)
            for figure in figures
            if _inside(figure, regions[figure.region], f"{name}, {series.source}", warnings)
        ]
        for row in rows:
            _check_bounds(row, entry.variable)
        if series.role == "vintage":
            older += rows
        else:
            for whole in promised:
                _check_whole(rows, whole, newest, files[whole.source].file)
            _merge(rows, newest, older)
            if series.role == "main" and series.years is not None:
                promised.append(series)
    for series, figures in checks:
        _check_nothing_lacks(series, figures, newest, files[series.source].file)
        _check_against(name, series.source, figures, newest, corrections, warnings)
    _compare_editions(name, [*newest.values(), *older], warnings)
    return list(newest.values()), older


def _row(variable: str, figure: Figure, source: str) -> Row:
    return Row(variable, figure.region, figure.year, figure.vintage, figure.value, figure.status, source, figure.place)


def _inside(figure: Figure, region: Region, where: str, warnings: list[str]) -> bool:
    if figure.year >= region.first_year:
        return True
    if figure.value:
        warnings.append(f"{where}: a figure of {region.id} for {figure.year}, before its first year, is left out")
    return False


def _check_bounds(row: Row, variable: Variable) -> None:
    low, high = variable.bounds
    if row.value is None or ((low is None or row.value >= low) and (high is None or row.value <= high)):
        return
    raise DataError(
        f"{row.variable} of {row.region} in {row.year} is {row.value}, outside [{low}, {high}]",
        where=f"{row.source}, {row.cell}",
        advice="Compare it with the published edition; mend it in corrections.yml if the source errs",
    )


def _merge(rows: list[Row], newest: dict[tuple[str, int], Row], older: list[Row]) -> None:
    """Earlier series win; a later one fills what they lack, and says why a figure is withheld."""
    for row in rows:
        key = (row.region, row.year)
        present = newest.get(key)
        says_more = row.value is not None or row.status == "confidential"
        if present is None or (present.value is None and says_more):
            newest[key] = row
        elif row.value is not None:
            older.append(row)


def _check_whole(rows: list[Row], series: Series, newest: Mapping[tuple[str, int], Row], file: str) -> None:
    """A main series declared for certain years gives all of them: nothing may quietly stand in for a lost line."""
    for row in rows:
        if not _covers(series, row.region, row.year):
            continue
        present = newest.get((row.region, row.year))
        if present is None or (present.value is None and row.value is not None):
            raise _incomplete(row, file)


def _check_nothing_lacks(
    series: Series, figures: list[Figure], newest: Mapping[tuple[str, int], Row], file: str
) -> None:
    checked = {(figure.region, figure.year) for figure in figures}
    for key, row in newest.items():
        if _covers(series, *key) and key not in checked:
            raise _incomplete(row, file)


def _covers(series: Series, region: str, year: int) -> bool:
    in_time = series.years is None or series.years[0] <= year <= series.years[1]
    return in_time and (not series.regions or region in series.regions)


def _incomplete(row: Row, file: str) -> DataError:
    return DataError(
        f"the file lacks {row.variable} of {row.region} in {row.year}",
        where=f"{file}; {row.source}, {row.cell} has {row.value}",
        advice="The file is incomplete: fetch it again and compare its SHA-256 with sources.yml",
    )


def _check_against(
    name: str,
    source: str,
    figures: list[Figure],
    newest: Mapping[tuple[str, int], Row],
    corrections: Corrections,
    warnings: list[str],
) -> None:
    accepted = {(one.region, one.year): one for one in corrections.accepted if one.variable == name}
    met: set[tuple[str, int]] = set()
    for figure in figures:
        key = (figure.region, figure.year)
        row = newest.get(key)
        imported = row.value if row is not None else None
        if same(imported, figure.value):
            continue
        known = accepted.get(key)
        if known is None or not (same(imported, known.imported) and same(figure.value, known.checked)):
            raise DataError(
                f"{name} of {figure.region} in {figure.year} is {imported}, the checking file has {figure.value}",
                where=f"{row.source if row else 'no row'}, {row.cell if row else ''}; {source}, {figure.place}",
                advice="Compare both with the published edition; list the difference in corrections.yml if it is known",
            )
        met.add(key)
        warnings.append(f"{name}: accepted difference for {figure.region} in {figure.year}: {known.reason}")
    if gone := sorted(set(accepted) - met):
        raise DataError(
            f"the accepted difference of {name} for {gone[0]} no longer exists",
            where="corrections.yml",
            advice="Take the entry out",
        )


def _compare_editions(name: str, rows: list[Row], warnings: list[str]) -> None:
    """The same edition through two files must say the same; differences are counted."""
    first: dict[tuple[str, int, str], Row] = {}
    differing: Counter[tuple[str, str, str]] = Counter()
    example: dict[tuple[str, str, str], str] = {}
    for row in rows:
        other = first.setdefault((row.region, row.year, row.vintage), row)
        if other.value is None or row.value is None or same(other.value, row.value):
            continue
        pair = (row.vintage, other.source, row.source)
        differing[pair] += 1
        example.setdefault(pair, f"{row.region} {row.year}: {other.value} and {row.value}")
    for pair, count in sorted(differing.items()):
        vintage, one, two = pair
        warnings.append(f"{name}: {count} figures of {vintage} differ between {one} and {two}, first {example[pair]}")


def _sheets(yearbook: Path, shelf: Shelf) -> list[tuple[Content, ...]]:
    return [
        (
            one.workbook, one.sheet, one.title, one.unit, one.first_year, one.last_year, one.years, one.regions,
            one.figures, one.outcome, one.reason, " ".join(one.variables),
        )
        for one in survey(yearbook, shelf=shelf)
        if one.outcome != "no data"
    ]  # fmt: skip


def _used(catalogue: Mapping[str, Entry]) -> set[str]:
    return {series.source for entry in catalogue.values() for series in entry.series} | set(TABLE_SOURCES)


def _changed_files(files: Mapping[str, SourceFile], hashes: Mapping[str, str]) -> list[str]:
    return [
        f"{files[name].file}: the SHA-256 is not the declared one; figures may have changed (see `data check`)"
        for name, digest in hashes.items()
        if digest != files[name].origin.sha256
    ]
