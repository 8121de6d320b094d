"""How is a part of a claim shown in a table? Its page, its verdict, what it lacks, where a figure comes from."""

from __future__ import annotations

from regional_econ.core.claim import Check, Claim
from regional_econ.core.provenance import spoken_place
from regional_econ.core.section import Bilingual, Cell, LabelRef, PageRef, Stack, TextRef, Verbatim
from regional_econ.data.pages.sections import source_title
from regional_econ.referee.listed_checks import ANY_REGION, Printed

DASH = Verbatim("–")


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


def printed_cell(number: Printed) -> Cell:
    """Return what a printed number counts, in which unit, where and when."""
    dated = Verbatim(str(number.year)) if number.year is not None else TextRef("referee.undated")
    unit = TextRef(f"referee.unit.{number.unit or number.variable}")
    region = TextRef("referee.any_region") if number.region == ANY_REGION else LabelRef(number.region)
    return Stack((LabelRef(number.variable), unit, region, dated))


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
