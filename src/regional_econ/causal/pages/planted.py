"""The page on planted effects: which designs find an effect that is known, and whose intervals hold it."""

from __future__ import annotations

from typing import Literal

from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
)

SECTION_ID = "causal_planted"
RESULT_ID = "causal.planted"
WORLDS = ("clean", "level", "factor", "trend", "reverse", "measurement", "persistence", "all")
DESIGNS = (
    "alone", "district_year", "trends", "cce", "first_difference", "long_difference", "dynamic", "within_newest",
    "lag0", "between", "pooled_ols", "iv", "double_ml", "multiverse",
)  # fmt: skip
KINDS = {"double_ml": "double_ml", "multiverse": "multiverse"}  # the others are quick
TOLERATED_BIAS_PCT = 10.0
TOLERATED_MISSES = 1.5  # times the nominal share, Bradley's (1978) liberal limit
Reading = Literal["finds", "narrow", "off", "misses"]


def results(recorded: Result | None) -> list[Result]:
    """The result ``causal.planted``: what the study recorded, the limits of the reading, and counts.

    Keys: those of `benchmarks/planted_study.py`; ``tolerated_bias_pct``, ``tolerated_misses``; ``<design>.n_finds`` of
    ``n_worlds``; ``<world>.n_finds`` of ``n_designs``; ``largest_error_pct.<kind>`` of a coverage by Monte Carlo.

    Parameters
    ----------
    recorded : the record of the study, None where it was not run: then there is no result.
    """
    if recorded is None:
        return []
    values = dict(recorded.values)
    values |= {
        "tolerated_bias_pct": Value(TOLERATED_BIAS_PCT, "%", 0),
        "tolerated_misses": Value(TOLERATED_MISSES, "", 1),
        "n_worlds": Value(len(WORLDS), digits=0),
        "n_designs": Value(len(DESIGNS), digits=0),
    }
    read = {(world, design): reading(recorded, world, design) for world in WORLDS for design in DESIGNS}
    for design in DESIGNS:
        values[f"{design}.n_finds"] = Value(sum(read[world, design] == "finds" for world in WORLDS), digits=0)
    for world in WORLDS:
        values[f"{world}.n_finds"] = Value(sum(read[world, design] == "finds" for design in DESIGNS), digits=0)
    for kind in ("quick", *KINDS.values()):
        errors = [
            recorded.values[f"{world}.{design}.coverage_pct"].mc_error or 0.0
            for world in WORLDS
            for design in DESIGNS
            if KINDS.get(design, "quick") == kind
        ]
        values[f"largest_error_pct.{kind}"] = Value(max(errors), "pp", 1)
    return [Result(RESULT_ID, values, recorded.inputs)]


def reading(recorded: Result, world: str, design: str) -> Reading:
    """Read one design in one world.

    Parameters
    ----------
    recorded : the record of the study.
    world, design : their ids.

    Returns
    -------
    ``finds``: the bias is tolerable and the interval keeps nearly what it promises; ``narrow``: the interval does not;
    ``off``: biased, but the interval still holds the truth; ``misses``: biased, and the interval does not hold it.
    """
    key = f"{world}.{design}"
    close = abs(_number(recorded, f"{key}.bias_pct")) <= TOLERATED_BIAS_PCT
    missed = 100 - _number(recorded, f"{key}.coverage_pct")
    held = missed <= TOLERATED_MISSES * (100 - _number(recorded, f"nominal_pct.{design}"))
    if close:
        return "finds" if held else "narrow"
    return "off" if held else "misses"


def section(recorded: Result | None) -> Section:
    """The worlds, bias and coverage of every design in each, errors and power, the placebo."""
    title = "causal_planted.title"
    if recorded is None:
        return Section(SECTION_ID, title, (Paragraph("causal_planted.absent"),))
    blocks: tuple[Block, ...] = (
        Paragraph("causal_planted.text"),
        _worlds(),
        Paragraph("causal_planted.how"),
        _matrix(recorded),
        Paragraph("causal_planted.alone"),
        Paragraph("causal_planted.others"),
        Paragraph("causal_planted.multiverse_text"),
        _errors(),
        Paragraph("causal_planted.placebo_text"),
        _placebo(),
        Paragraph("causal_planted.limits"),
    )
    return Section(SECTION_ID, title, blocks)


def _number(recorded: Result, key: str) -> float:
    return float(recorded.values[key].value or 0.0)


def _world(world: str) -> TextRef:
    return TextRef(f"causal_planted.world.{world}")


def _design(design: str) -> TextRef:
    return TextRef(f"causal_planted.design.{design}")


def _worlds() -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_world(world), TextRef(f"causal_planted.what.{world}")) for world in WORLDS
    )
    columns = (
        Column("world", "causal_planted.column.world", "left", 1.4),
        Column("what", "causal_planted.column.what", "left", 5.0),
    )
    return TableBlock(f"{RESULT_ID}.worlds", "causal_planted.worlds.caption", columns, rows)


def _matrix(recorded: Result) -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Stack((_design(design), NumberRef(f"{RESULT_ID}.nominal_pct.{design}"))),
            *(
                Stack(
                    (
                        TextRef(f"causal_planted.read.{reading(recorded, world, design)}"),
                        NumberRef(f"{RESULT_ID}.{world}.{design}.bias_pct"),
                        NumberRef(f"{RESULT_ID}.{world}.{design}.coverage_pct"),
                    )
                )
                for world in WORLDS
            ),
        )
        for design in DESIGNS
    )
    return TableBlock(f"{RESULT_ID}.matrix", "causal_planted.matrix.caption", _by_world(), rows)


def _errors() -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _design(design),
            *(
                Stack(tuple(NumberRef(f"{RESULT_ID}.{world}.{design}.{key}") for key in ("rmse", "rejection_pct")))
                for world in WORLDS
            ),
        )
        for design in DESIGNS
    )
    return TableBlock(f"{RESULT_ID}.errors", "causal_planted.errors.caption", _by_world(), rows)


def _by_world() -> tuple[Column, ...]:
    return (
        Column("design", "causal_planted.column.design", "left", 1.9),
        *(Column(world, f"causal_planted.short.{world}", "right") for world in WORLDS),
    )


def _placebo() -> TableBlock:
    keys = ("warns_pct", "inside_pct")
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (_world(world), *(NumberRef(f"{RESULT_ID}.{world}.placebo.{key}") for key in keys)) for world in WORLDS
    )
    columns = (
        Column("world", "causal_planted.column.world", "left", 2.4),
        *(Column(key, f"causal_planted.column.{key}", "right") for key in keys),
    )
    return TableBlock(f"{RESULT_ID}.placebo", "causal_planted.placebo.caption", columns, rows)
