"""What must a stranger know before using the figures? The README of ``data/``, after the AEA data editor's template.

Generated from the declarations and the stored tables by every build, so that it cannot be out of date.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Mapping, Sequence

from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import SourceFile, load_sources, load_variables
from regional_econ.data.corrections import load_corrections
from regional_econ.data.editions import Edition, load_editions, load_lags
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import FLOWS, NEIGHBOURS, TABLES, VALUES, VINTAGES

README = "README.md"


def readme_text(contents: Mapping[str, bytes]) -> str:
    """Return the README of the compiled data, in Markdown and English.

    Parameters
    ----------
    contents : the stored tables by file name, as :func:`regional_econ.data.datapackage.stored_contents` returns them.

    Raises
    ------
    DataError : a declaration that is missing or not declared well.
    """
    variables, sources = load_variables(), load_sources()
    chapters = [
        *_overview(variables, sources),
        *_availability(variables, sources, _tables_by_source(contents)),
        *_tables(contents),
        *_editions(load_editions().values(), variables),
        *_statuses(),
        *_issues(variables),
        *_rebuilding(),
        *_variables(variables),
        *_references(sources),
    ]
    return "\n".join(chapters) + "\n"


def _overview(variables: Mapping[str, Variable], sources: Mapping[str, SourceFile]) -> list[str]:
    regions = load_regions().values()
    disjoint = [one for one in regions if one.kind == "region"]
    derived = sum(one.formula is not None for one in variables.values())
    return [
        "# Data README: official figures of the regions of Russia",
        "",
        "This file is written by `regional-econ data build` from the declarations beside it; edit those, not this.",
        "",
        "## Overview",
        "",
        f"This folder holds {len(variables)} variables ({derived} of them derived by declared formulas) for "
        f"{len(disjoint)} disjoint regions ({sum(one.first_year < 2014 for one in disjoint)} before 2014) and for "
        f"{len(regions) - len(disjoint)} aggregates, compiled from {len(sources)} files. Each figure carries its "
        "edition, its status, and the file and cell it was read from; "
        "`regional-econ data trace REGION VARIABLE YEAR` shows them.",
        "",
        "The source files themselves are not part of this folder. Region ids are ISO 3166-2:RU; Crimea (RU-CR) and "
        "Sevastopol (RU-SEV), which Rosstat publishes from 2014, have ids of the project's own.",
        "",
    ]


def _availability(
    variables: Mapping[str, Variable], sources: Mapping[str, SourceFile], tables: Mapping[str, Sequence[str]]
) -> list[str]:
    uses = {name: sorted(one.id for one in variables.values() if name in one.origins) for name in sources}
    lines = [
        "## Data availability and provenance statements",
        "",
        "### Statement about rights",
        "",
        "The figures are facts published by public bodies. Terms are stated source by source below; where a file "
        "states none, that is said. Only figures are carried here, never a whole source file.",
        "",
        "### Summary of availability",
        "",
        "All figures needed to run the package are in this folder. The source files are public documents, obtained as "
        "public repositories carried them; the day is given where it was recorded. They are needed only to build the "
        "figures again.",
        "",
        _row("Source", "File", "Edition", "Variables", "Other tables"),
        _row("---", "---", "---", "---:", "---"),
    ]
    for name, one in sources.items():
        other = ", ".join(f"`{table}`" for table in tables.get(name, ()))
        lines.append(_row(f"`{name}`", f"`{one.file}`", one.origin.edition, str(len(uses[name])), other))
    lines += ["", "### Details on each source", ""]
    for name, one in sources.items():
        lines += [f"#### {name}", "", *_details(one, uses[name], tables.get(name, ())), ""]
    return lines


def _details(source: SourceFile, used: Sequence[str], tables: Sequence[str]) -> list[str]:
    origin = source.origin
    facts = [
        ("Producer", origin.producer),
        ("Title", origin.title),
        ("Edition", origin.edition),
        ("Accessed", origin.accessed),
        ("Rights", origin.licence),
        ("Citation", origin.citation),
        ("File", f"`{source.file}`"),
        ("SHA-256", f"`{origin.sha256}`"),
        ("Editions it mixes", ", ".join(source.editions.values())),
        ("Variables", ", ".join(f"`{name}`" for name in used)),
        ("Other tables", ", ".join(f"`{name}`" for name in tables)),
    ]
    return [f"* {what}: {text}" for what, text in facts if text]


def _tables_by_source(contents: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return which tables beside those of figures a source feeds; two of them have one source and no column for it."""
    found: dict[str, list[str]] = {"goods_flows": [FLOWS], "contiguity": [NEIGHBOURS]}
    for file, table in TABLES.items():
        if file in (VALUES, VINTAGES) or "source" not in [one.name for one in table.columns]:
            continue
        lines = csv.DictReader(io.StringIO(_text(file, contents[file]).decode("utf-8"), newline=""))
        for name in sorted({line["source"] for line in lines}):
            found.setdefault(name, []).append(file)
    return found


def _tables(contents: Mapping[str, bytes]) -> list[str]:
    lines = [
        "## Dataset list",
        "",
        "Text tables in UTF-8: comma, LF, a header line, sorted by key, blank where there is no value; those that end "
        "in `.gz` are gzipped without time and name. `datapackage.json` describes them to programs (Frictionless), "
        "`manifest.json` holds their SHA-256 and those of the source files.",
        "",
        _row("File", "A line is", "Lines", "Key"),
        _row("---", "---", "---:", "---"),
    ]
    for file, table in TABLES.items():
        lines.append(_row(f"`{file}`", table.title, str(_lines(file, contents[file])), ", ".join(table.key)))
    for file, table in TABLES.items():
        lines += ["", f"### {file}", "", _row("Column", "Type", "Meaning"), _row("---", "---", "---")]
        lines += [_row(f"`{one.name}`", _TYPES[one.type], one.description) for one in table.columns]
    declared = (
        "`regions.yml` (ids, spellings, codes, dates), `variables.yml` and `units.yml` (what is imported and derived), "
        "`sources.yml` (files), `vintages.yml` (editions), `corrections.yml` (mended figures)"
    )
    return [*lines, "", f"Declarations, edited by hand: {declared}.", ""]


def _editions(editions: Iterable[Edition], variables: Mapping[str, Variable]) -> list[str]:
    lags = load_lags()
    late: dict[int, list[str]] = {}
    for one in variables.values():
        if one.formula is None and lags.of(one) != lags.default:
            late.setdefault(lags.of(one), []).append(f"`{one.id}`")
    lines = [
        "## Editions",
        "",
        "Official figures are revised. `values` holds the figure in use, `vintages` those of other editions; "
        "`regional-econ data revisions VARIABLE` compares them and `load_panel(vintage=…)` loads an older one.",
        "",
        _row("Edition", "Published", "What it is", "Note"),
        _row("---", "---", "---", "---"),
    ]
    for edition in editions:
        published = f"{edition.published[0]}-{edition.published[1]:02d}"
        lines.append(
            _row(
                f"`{edition.id}`", f"about {published}" if edition.about else published, edition.label.en, edition.note
            )
        )
    lines += [
        "",
        "Where only a bound is known, the later month is given: no edition counts as known before it was.",
        "",
        "`load_panel(known_in=T)` gives the panel as known at the end of year T: a cell takes the newest edition "
        "published by then that has the variable and year for half of its regions (real-time); where there is none, "
        "but the publication lag is over, the figure published first (pseudo-real-time). "
        f"The lag is {_years(lags.default)}; "
        + "; ".join(f"{_years(years)} for {', '.join(names)}" for years, names in sorted(late.items()))
        + ".",
        "",
    ]
    return lines


def _statuses() -> list[str]:
    statuses = [
        ("published", "the source prints a figure"),
        ("reported", "a figure taken from a text about the source"),
        ("absent", "the source prints a dash: the phenomenon is absent and the figure is zero"),
        ("missing", "the source prints an ellipsis or nothing: there is no figure"),
        ("confidential", "the source withholds the figure to protect the respondents"),
    ]
    return [
        "## Statuses",
        "",
        _row("Status", "Meaning"),
        _row("---", "---"),
        *(_row(name, meaning) for name, meaning in statuses),
        "",
    ]


def _issues(variables: Mapping[str, Variable]) -> list[str]:
    lines = [
        "## Known issues",
        "",
        "Not in the sources, and therefore not here: R&D by source of funds or by sector, "
        "output of coal by region, the structure of gross value added after 2022.",
        "",
        "Breaks: the first year that is no longer comparable with the years before.",
        "",
    ]
    for one in variables.values():
        lines += [f"* `{one.id}`, {step.year} ({step.kind}): {_closed(step.note.en)}" for step in one.breaks]
    lines += ["", "Warnings:", ""]
    for one in variables.values():
        lines += [f"* `{one.id}`: {_closed(text.en)}" for text in one.warnings]
    declared = load_corrections()
    lines += ["", "Mended figures and accepted differences between files (`corrections.yml`):", ""]
    lines += [
        f"* `{one.variable}`, {one.region}, {one.year}: {one.value:.10g} instead of {one.expect:.10g} in "
        f"`{one.source}`: {_closed(one.reason.en)}"
        for one in declared.corrections
    ]
    lines += [f"* `{one.variable}`, {one.region}, {one.year}: {_closed(one.reason)}" for one in declared.accepted]
    if not declared.corrections and not declared.accepted:
        lines.append("* none.")
    return [*lines, ""]


def _rebuilding() -> list[str]:
    return [
        "## Computational requirements and instructions to replicators",
        "",
        "Python 3.12 and the packages of `requirements.lock`; a build takes about a minute.",
        "",
        "1. Put the source files into one folder, under the names given above.",
        "2. `regional-econ data build --sources DIR` reads them and writes this folder; the same files give the same "
        "bytes. A file whose SHA-256 is another one is read too, and the build says so.",
        "3. `regional-econ data check --sources DIR` compares every stored figure with the files and names each that "
        "differs.",
        "4. `regional-econ data export --format csv --out FILE` (or `xlsx`, `dta`, `parquet`) writes the panel for "
        "other programs.",
        "",
    ]


def _variables(variables: Mapping[str, Variable]) -> list[str]:
    lines = ["## List of variables", "", _row("Variable", "Label", "Unit", "From"), _row("---", "---", "---", "---")]
    for one in variables.values():
        origin = f"= {one.formula}" if one.formula else ", ".join(one.origins)
        lines.append(_row(f"`{one.id}`", one.label.en, one.unit_label.en, origin))
    return [*lines, ""]


def _references(sources: Mapping[str, SourceFile]) -> list[str]:
    return [
        "## References",
        "",
        *(f"* {text}" for text in dict.fromkeys(one.origin.citation for one in sources.values())),
    ]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _lines(file: str, content: bytes) -> int:
    """Return the number of lines below the header; no text in a table has several."""
    return _text(file, content).count(b"\n") - 1


def _text(file: str, content: bytes) -> bytes:
    return gzip.decompress(content) if file.endswith(".gz") else content


def _closed(sentence: str) -> str:
    return f"{sentence.rstrip('.')}."


def _years(count: int) -> str:
    return "one year" if count == 1 else f"{count} years"


_TYPES = {"string": "text", "word": "text", "integer": "whole number", "number": "number"}
