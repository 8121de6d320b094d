"""What must a paper correct, claim by claim: what is printed, what is right, what differs, and where that stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import floor, log10
from typing import Any

from regional_econ.core.claim import Check, Claim
from regional_econ.core.provenance import spoken_place
from regional_econ.core.results import Value
from regional_econ.core.section import Bilingual, Cell, LabelRef, Stack, TextRef, Verbatim
from regional_econ.data.editions import load_editions
from regional_econ.data.pages.sections import source_title
from regional_econ.referee.cells import DASH, figure_cell, official_cell, printed_cell, source_cell
from regional_econ.referee.ledger import Entry
from regional_econ.referee.listed_checks import GROUPS

LETTER = "referee.letter"
# Gaps that name the element of a printed number that differs.
ELEMENTS = (
    "error_vintage", "error_vintage_reported", "error_year", "error_year_reported", "error_definition",
    "error_definition_reported", "error_unit", "error_unit_reported", "no_single_error",
    "two_errors",
)  # fmt: skip
_IN_PER_CENT = ("growth", "share", "index")


@dataclass(frozen=True)
class Correction:
    """A row of the table of corrections, and the numbers that its texts read, by key of ``referee.letter``."""

    row: tuple[Cell, ...]
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class _Part:
    """What one failed check says: the right figure or state, which element differs, and the source."""

    right: tuple[Cell, ...]
    differs: tuple[Cell, ...]
    source: tuple[Cell, ...]
    values: Mapping[str, Value] = field(default_factory=dict)


def correction(claim: Claim, entry: Entry, home: str | None = None) -> Correction:
    """Return what a claim that is contradicted, or confirmed with an error, must correct.

    Parameters
    ----------
    claim : with its verdict.
    entry : the same claim as listed.
    home : the region that need not be named.
    """
    parts = [_READERS[kind](check, claim) for check in claim.checks if (kind := _kind(check)) is not None]
    values = {key: value for part in parts for key, value in part.values.items()}
    printed: Cell = Bilingual(claim.quote.text, claim.quote.translation)
    if entry.number is not None:
        printed = Stack((figure_cell(claim.id, entry.number), *printed_cell(entry.number, home).cells))
    beyond: tuple[Cell, ...] = () if entry.proxy is None else (TextRef(f"referee.proxy.{entry.proxy}"),)
    row = (
        Verbatim(claim.id),
        printed,
        _stacked(cell for part in parts for cell in part.right),
        _stacked((*(cell for part in parts for cell in part.differs), *beyond)),
        _stacked(cell for part in parts for cell in part.source),
    )
    return Correction(row, values)


def _stacked(cells: Iterable[Cell]) -> Cell:
    """Return cells above each other, each once; a dash where there are none."""
    once = tuple(dict.fromkeys(part for cell in cells for part in (cell.cells if isinstance(cell, Stack) else (cell,))))
    return Stack(once) if once else DASH


def _kind(check: Check) -> str | None:
    """Return what a check that failed held the claim against; None for rows that only stand beside it."""
    name = check.id.partition(".")[0]
    kind = name.partition("_")[0] if name.startswith(("internal_", "citation_")) else name
    return kind if check.result == "fail" and kind in _READERS else None


def _number(check: Check, claim: Claim) -> _Part:
    return _Part((official_cell(claim),), _element(claim.verdict.gap or "", check.stats), (_files(check),))


def _files(check: Check) -> Cell:
    """The files of a figure and, in a workbook, the cell; the row of a long table stands on the page of the claim."""
    found = source_cell(check)
    place = str((check.provenance or {}).get("source", "")).partition(": ")[2]
    return Stack(found.cells[:-1]) if isinstance(found, Stack) and place.startswith("row ") else found


def _trend(check: Check, claim: Claim) -> _Part:
    stats = check.stats
    longest = max(stats["windows"], key=lambda window: (window["last"] - window["first"], window["last"]))
    values = {
        "first": Value(longest["first"], digits=0),
        "last": Value(longest["last"], digits=0),
        "false": Value(stats["false_windows"], digits=0),
        "cells": Value(len(stats["windows"]), digits=0),
    }
    if stats["direction"] == "volatile":
        values |= {
            "deviation": Value(longest["value"], "pp", 1),
            "bound": Value(longest["other"], "pp", 1),
            "rank": Value(stats["rank"], digits=0),
            "ranked": Value(stats["ranked"], digits=0),
        }
        return _described(check, claim, "steady", values)
    values["change"] = Value(100.0 * abs(longest["value"]), "%", 1)
    return _described(check, claim, "falls" if longest["value"] < 0.0 else "rises", values)


def _rank(check: Check, claim: Claim) -> _Part:
    stats, (best, worst) = check.stats, check.interval or (0.0, 0.0)
    values = {
        "year": Value(stats["year"], digits=0),
        "place": Value(check.computed, digits=_places(check.computed or 0.0)),
        "best": Value(best, digits=_places(best)),
        "worst": Value(worst, digits=_places(worst)),
        "regions": Value(stats["regions"], digits=0),
        "false": Value(stats["false_years"], digits=0),
        "cells": Value(len(stats["places"]), digits=0),
    }
    return _described(check, claim, f"place_{stats['direction']}", values)


def _benchmark(check: Check, claim: Claim) -> _Part:
    stats = check.stats
    wrong = [cell for cell in stats["cells"] if not cell["true"]]
    against = wrong[0]["benchmark"]
    newest = max((cell for cell in wrong if cell["benchmark"] == against), key=lambda cell: int(cell["year"]))
    values = {
        "own": Value(newest["own"], digits=_significant(newest["other"])),
        "other": Value(newest["other"], digits=_significant(newest["other"])),
        "against": Value(f"{LETTER}.against.{against}" if against in GROUPS else against),
        "year": Value(newest["year"], digits=0),
        "false": Value(stats["false_cells"], digits=0),
        "cells": Value(len(stats["cells"]), digits=0),
    }
    return _described(check, claim, "below" if stats["direction"] == "above" else "above", values)


def _described(check: Check, claim: Claim, text: str, values: Mapping[str, Value]) -> _Part:
    own = f"{claim.id}.{check.id}"
    right = (LabelRef(str(check.stats["variable"])), TextRef(f"{LETTER}.right.{text}", f"{LETTER}.{own}"))
    names = check.provenance["source"].partition(": ")[0].split(", ") if check.provenance else []
    more = (TextRef(f"{LETTER}.source.more"),) if len(names) > 1 else ()
    source = (*map(source_title, names[:1]), *more)
    return _Part(right, _differs(str(check.kind)), source, {f"{own}.{key}": value for key, value in values.items()})


def _internal(check: Check, claim: Claim) -> _Part:
    stats, printed, own = check.stats, str((check.reported or {})["string"]), f"{claim.id}.{check.id}"
    paper = (TextRef(f"{LETTER}.source.paper"),)
    if stats["what"] == "unit":
        known = [str(unit) for unit in stats["wanted"]]
        fitting = Bilingual(known[0], next((unit for unit in known if unit.isascii() or unit[0].isascii()), known[0]))
        return _Part((TextRef(f"{LETTER}.right.unit"), fitting), _differs("unit"), paper)
    if stats["what"] == "caption":
        return _Part((TextRef(f"{LETTER}.right.caption"), Verbatim(printed)), _differs("caption"), paper)
    if check.interval is None:
        return _Part((TextRef(f"{LETTER}.right.arithmetic_open"),), _differs("arithmetic"), paper)
    unit = "%" if stats["what"] in _IN_PER_CENT else ""
    digits = 1 if unit else _significant(check.computed or 0.0)
    text = "growth" if stats["what"] == "growth" else "arithmetic"
    value = Value(check.computed, unit, digits)
    right = (TextRef(f"{LETTER}.right.{text}", f"{LETTER}.{own}"),)
    return _Part(right, _differs("arithmetic"), paper, {f"{own}.computed": value})


def _citation(check: Check, claim: Claim) -> _Part:
    reference = str(check.stats["reference"]).strip()
    listed: tuple[Cell, ...] = (TextRef(f"{LETTER}.right.unlisted"),)
    if reference:
        listed = (TextRef(f"{LETTER}.right.listed"), Verbatim(reference))
    what = {"kind": "citation_kind", "exists": "citation_exists"}.get(check.stats["what"], "citation_year")
    return _Part(listed, _differs(what), (TextRef(f"{LETTER}.source.references"),))


_READERS: Mapping[str, Callable[[Check, Claim], _Part]] = {
    "recompute": _number, "trend": _trend, "rank": _rank, "benchmark": _benchmark, "internal": _internal,
    "citation": _citation,
}  # fmt: skip


def _differs(element: str) -> tuple[Cell, ...]:
    return (TextRef(f"{LETTER}.differs.{element}"),)


def _element(gap: str, stats: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Which element of a printed number is another one, and what it is; the gap where none can be named."""
    if gap not in ELEMENTS:
        return (TextRef(f"referee.gap.{gap}"),) if gap else ()
    if gap == "no_single_error":
        return _differs(gap)
    if gap == "two_errors":
        pair = stats["two_elements"][0]
        return (*_differs(gap), LabelRef(pair["definition"]), Verbatim(str(pair["year"])))
    found = stats["matches"][0]
    changed, place = str(found["changed_to"]), spoken_place(str(found["place"]).rpartition(": ")[2])
    what: dict[str, tuple[Cell, ...]] = {
        "vintage": (_edition(changed), Bilingual(place.ru, place.en)),
        "year": (Verbatim(changed),),
        "definition": (LabelRef(changed),),
        "unit": (Bilingual("× " + changed.replace(".", ","), f"× {changed}"),),
    }
    return (*_differs(gap), *what[found["element"]])


def _edition(vintage: str) -> Cell:
    edition = load_editions().get(vintage)
    return Verbatim(vintage) if edition is None else Bilingual(edition.label.ru, edition.label.en)


def _places(place: float) -> int:
    return 0 if float(place).is_integer() else 1


def _significant(value: float) -> int:
    """Return the decimals that show three significant digits."""
    return 0 if value == 0.0 else max(0, 2 - floor(log10(abs(value))))
