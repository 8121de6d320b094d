"""How is a part of a claim shown in a table? Its page, its verdict, what it lacks, where a figure comes from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from regional_econ._base.text import Text
from regional_econ.core.claim import Check, Claim
from regional_econ.core.provenance import spoken_place
from regional_econ.core.section import Bilingual, Cell, LabelRef, NumberRef, PageRef, Stack, TextRef, Verbatim
from regional_econ.data.catalogue import load_variables
from regional_econ.data.pages.sections import source_title
from regional_econ.referee.listed_checks import ANY_REGION, Printed, Relation
from regional_econ.referee.values import official

DASH = Verbatim("–")
# Variables whose printed numbers usually bear another unit than the panel's, or a shorter name of it: texts
# ``referee.unit.<id>``.
USUAL = frozenset((
    "population_thousand", "urban_share_pct", "grp_mln_rub", "investment_mln_rub", "employed_thousand",
    "unemployment_pct", "industrial_production_index_pct", "wear_pct", "researchers", "rd_grp_pct",
    "innovation_activity_pct", "patents_granted",
))  # fmt: skip
_SHOWN: Mapping[Relation, str] = {"equals": "{}", "less": "<{}", "reached": "≥{}"}


def page_of(claim_id: str) -> str:
    """Return the id of the leaf of a claim."""
    return f"claim_{claim_id}"


def claim_cell(claim_id: str) -> Cell:
    """Return the id of a claim as a link to its page."""
    return PageRef(page_of(claim_id), claim_id)


def label_cell(claim: Claim) -> Cell:
    """Return the label of a claim and, under it, the certainty."""
    label = TextRef(f"report.label.{claim.verdict.label}")
    if claim.verdict.certainty is None:
        return label
    return Stack((label, TextRef(f"report.certainty.{claim.verdict.certainty}")))


def gap_cell(claim: Claim) -> Cell:
    """Return what differs or is missing."""
    return TextRef(f"referee.gap.{claim.verdict.gap}") if claim.verdict.gap else DASH


def printed_cell(number: Printed, home: str | None = None) -> Stack:
    """Return what a printed number counts, in which unit, where and when; the region ``home`` is not named."""
    dated = Verbatim(str(number.year)) if number.year is not None else TextRef("referee.undated")
    region = TextRef("referee.any_region") if number.region == ANY_REGION else LabelRef(number.region)
    place = () if number.region == home else (region,)
    return Stack((LabelRef(number.variable), _unit(number), *place, dated))


def figure_cell(claim_id: str, number: Printed) -> Cell:
    """Return a printed number with the sign of its relation."""
    return NumberRef(f"referee.{claim_id}.printed", _SHOWN[number.relation])


def official_cell(claim: Claim) -> Cell:
    """Return the official figure that a printed number was held against, and its year under it."""
    known, year = official(claim)
    return DASH if known is None else Stack((NumberRef(f"referee.{claim.id}.official"), Verbatim(str(year))))


def source_cell(check: Check) -> Cell:
    """Return the files of a figure and under them its place or formula; the paper itself or the estimates else."""
    if check.provenance is None:
        return DASH
    source = check.provenance["source"]
    if source.startswith("characters "):
        return TextRef("referee.source.paper")
    if source.startswith("specifications "):
        return Stack((TextRef("referee.source.specifications"), Verbatim(source.removeprefix("specifications "))))
    names, _, place = source.partition(": ")
    files = tuple(source_title(name) for name in names.split(", "))
    if not place:
        return Stack(files)
    spoken = spoken_place(place)
    return Stack((*files, Bilingual(spoken.ru, spoken.en) if spoken.ru != place else LabelRef(place)))


def _unit(number: Printed) -> Cell:
    """The unit in which a number is printed: that of the claim, the usual one of the variable, or the panel's own."""
    if number.unit is not None or number.variable in USUAL:
        return TextRef(f"referee.unit.{number.unit or number.variable}")
    own = _units()[number.variable]
    times = "" if number.scale == 1.0 else f"{number.scale:g} × "
    return Bilingual(times + own.ru, times + own.en)


@cache
def _units() -> dict[str, Text]:
    return {name: variable.unit_label for name, variable in load_variables().items()}
