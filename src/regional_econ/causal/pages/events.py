"""The page of events: gaps between a region and its synthetic twin, how fragile they are, and what is withheld."""

from __future__ import annotations

import math
from typing import cast

import pandas as pd

from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ.causal.events import EventStudy
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Bilingual,
    Block,
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    OptionValue,
    Paragraph,
    Section,
    TableBlock,
    TextRef,
)

SECTION_ID = "causal_events"
SHOWN = "sdid"  # the method whose donors and paths are drawn beside the synthetic control's
DONORS = 4
_NUMBERS = ("effect", "pre_rmspe", "without_low", "without_high", "breakdown")


def result(found: EventStudy) -> Result:
    """The result ``causal.event.<id>``.

    Keys: ``<outcome>.<method>.effect|pre_rmspe|without_low|without_high|breakdown|n_donors|backdated_<year>``,
    ``<outcome>.weight.<region>`` of the largest donors, ``<outcome>.n_excluded``, ``year``, ``first_year``,
    ``last_year``, ``n_estimates``, ``n_not_estimated``, ``n_sign_stable`` (estimates whose sign no donor decides) and
    ``n_beyond_backdated`` (estimates larger than each gap of a pretended year).
    """
    event = found.event
    values: dict[str, Value] = {
        "year": Value(event.year, digits=0),
        "first_year": Value(event.years[0], digits=0),
        "last_year": Value(event.years[1], digits=0),
        "n_estimates": Value(len(found.estimates), digits=0),
        "n_not_estimated": Value(len(_without_method(found)), digits=0),
    }
    stable = beyond = 0
    for one in found.estimates:
        row, key = one.row(), f"{one.outcome.id}.{one.fit.method}"
        values |= {f"{key}.{name}": _value(cast("float", row[name])) for name in _NUMBERS}
        values |= {f"{key}.backdated_{year}": _value(gap) for year, gap in one.backdated.items()}
        values[f"{key}.n_donors"] = Value(len(one.fit.donors), digits=0)
        stable += float(one.without_each.min()) * float(one.without_each.max()) > 0
        beyond += all(abs(one.fit.effect) > abs(gap) for gap in one.backdated.values())
    values |= {"n_sign_stable": Value(stable, digits=0), "n_beyond_backdated": Value(beyond, digits=0)}
    for donor in largest_donors(found).itertuples(index=False):
        values[f"{donor.outcome}.weight.{donor.donor}"] = _value(float(str(donor.weight)), 2)
    values |= {f"{outcome}.n_excluded": Value(len(regions), digits=0) for outcome, regions in found.excluded.items()}
    inputs = {"panel": found.panel_checksum, "events.yml": sha256_file(data_dir() / "events.yml")}
    return Result(f"causal.event.{event.id}", values, inputs)


def section(found: EventStudy) -> Section:
    """Estimates by outcome and method, the gaps year by year, the donors, and what is not estimated."""
    base = f"causal.event.{found.event.id}"
    blocks: list[Block] = [
        Paragraph("causal_events.text"),
        Paragraph("causal_events.withheld" if found.event.withheld else "causal_events.given"),
        _estimates(found, base),
        Paragraph("causal_events.reading"),
        _gaps(found, base),
        _donors(found, base),
        Paragraph("causal_events.not_estimated"),
        _not_estimated(found, base),
    ]
    return Section(SECTION_ID, "causal_events.title", tuple(blocks))


def largest_donors(found: EventStudy) -> pd.DataFrame:
    """Donors with the largest weights in each outcome's synthetic twin: outcome, donor, weight."""
    weights = found.weights_frame()
    weights = weights[(weights["method"] == SHOWN) & (weights["weight"] > 0)]
    ordered = weights.sort_values(["weight", "donor"], ascending=[False, True])
    largest = ordered.groupby("outcome", sort=False).head(DONORS)
    places = {outcome.id: place for place, outcome in enumerate(found.event.outcomes)}
    return largest.sort_values("outcome", key=lambda names: names.map(places), kind="stable")[
        ["outcome", "donor", "weight"]
    ]


def _value(number: float, digits: int = 3) -> Value:
    return Value(number if math.isfinite(number) else None, digits=digits)


def _without_method(found: EventStudy) -> list[str]:
    return [note.outcome for note in found.not_estimated if note.method == "all"]


def _outcome(name: str) -> TextRef:
    return TextRef(f"causal_events.outcome.{name}")


def _estimates(found: EventStudy, base: str) -> TableBlock:
    years = sorted({year for one in found.estimates for year in one.backdated})
    keys = (*_NUMBERS[:4], *(f"backdated_{year}" for year in years), "breakdown")
    rows: list[tuple[Cell, ...]] = [
        (
            _outcome(one.outcome.id),
            TextRef(f"causal_events.method.{one.fit.method}"),
            *(NumberRef(f"{base}.{one.outcome.id}.{one.fit.method}.{key}") for key in keys),
        )
        for one in found.estimates
    ]
    columns = (
        Column("outcome", "causal_events.column.outcome", "left", 2.2),
        Column("method", "causal_events.column.method", "left", 1.6),
        *(Column(key, f"causal_events.column.{key}", "right") for key in keys),
    )
    return TableBlock(base, "causal_events.caption", columns, tuple(rows))


def _gaps(found: EventStudy, base: str) -> FigureBlock:
    gaps = found.gaps_frame()
    frame = pd.DataFrame(
        {"panel": gaps["outcome"], "series": gaps["method"], "year": gaps["year"], "value": gaps["gap"]}
    )
    options: dict[str, OptionValue] = {"names": "causal_events", "origin_year": found.event.year - 1}
    return FigureBlock(
        f"{base}.gaps", "small_multiples", frame[frame["series"] != "did"].reset_index(drop=True),
        "causal_events.gaps.caption", "causal_events.gaps.alt", options,
    )  # fmt: skip


def _donors(found: EventStudy, base: str) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            _outcome(row["outcome"]),
            LabelRef(row["donor"]),
            NumberRef(f"{base}.{row['outcome']}.weight.{row['donor']}"),
        )
        for row in largest_donors(found).to_dict("records")
    ]
    columns = (
        Column("outcome", "causal_events.column.outcome", "left", 2.2),
        Column("donor", "causal_events.column.donor", "left", 2.2),
        Column("weight", "causal_events.column.weight", "right"),
    )
    return TableBlock(f"{base}.donors", "causal_events.donors.caption", columns, tuple(rows))


def _not_estimated(found: EventStudy, base: str) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (LabelRef(outcome), TextRef("causal_events.all"), TextRef("causal_events.reason.method"))
        for outcome in _without_method(found)
    ]
    rows.append(
        (
            TextRef("causal_events.every"),
            Bilingual("Каллауэй — Сантанна", "Callaway–Sant'Anna"),
            TextRef("causal_events.reason.one_treated"),
        )
    )
    columns = (
        Column("outcome", "causal_events.column.outcome", "left", 1.6),
        Column("method", "causal_events.column.method", "left", 1.4),
        Column("reason", "causal_events.column.reason", "left", 4.0),
    )
    return TableBlock(f"{base}.not_estimated", "causal_events.not_estimated.caption", columns, tuple(rows))
