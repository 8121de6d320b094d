"""What the rule for causal claims says when the truth is known: what the report shows of the recorded study."""

from __future__ import annotations

import pandas as pd

from regional_econ.core.claim import Label
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    OptionValue,
    Paragraph,
    TableBlock,
    TextRef,
)
from regional_econ.referee.monte_carlo import GOALS
from regional_econ.referee.rules import Estimated

RESULT_ID = "referee.characteristics"
WORLDS = ("apart", "together")
# True effects in smallest effects of interest, in the claimed direction: −2, −1, −½, 0, ½, 1, 2, 4.
EFFECT_IDS = ("minus_2", "minus_1", "minus_half", "zero", "half", "one", "two", "four")
LABELS: tuple[Label, ...] = ("supported", "leans_for", "inconclusive", "negligible", "leans_against", "opposite")
_FALSE: tuple[Estimated, ...] = ("supported", "leans_for", "leans_against", "opposite")
_RARE_PCT = 5.0  # a label that is earned less often than this where it is true is said to be out of reach


def result(recorded: Result | None) -> Result | None:
    """Return ``referee.characteristics``: what the study recorded, and what the page says of it.

    Keys: those of `benchmarks/verdict_study.py`; ``largest_error_pct`` of a share in the deciding world and
    ``largest_error_by_driver_pct``; ``n_met`` of ``n_goals``; ``negligible.drivers`` (for how many of ``n_drivers``
    the label is within reach where there is no effect), ``found_pct`` (of effects of four smallest ones).

    Parameters
    ----------
    recorded : the record of `make calibrate PART=verdicts`, None where it was not run.
    """
    if recorded is None:
        return None
    values = dict(recorded.values)
    drivers = drivers_of(recorded)
    states = [values[f"goal.{name}.state"].value for name in GOALS]
    reached = [_number(recorded, f"{WORLDS[0]}.{driver}.zero.negligible_pct") >= _RARE_PCT for driver in drivers]
    found = sum(_number(recorded, f"{WORLDS[0]}.four.{label}_pct") for label in ("supported", "leans_for"))
    values |= {
        "largest_error_pct": Value(_largest_error(recorded, [f"{WORLDS[0]}.{one}" for one in EFFECT_IDS]), "pp", 1),
        "largest_error_by_driver_pct": Value(
            _largest_error(recorded, [f"{WORLDS[0]}.{driver}.{one}" for driver in drivers for one in EFFECT_IDS]),
            "pp", 1,
        ),
        "n_goals": Value(len(states), digits=0),
        "n_met": Value(states.count("below"), digits=0),
        "n_drivers": Value(len(drivers), digits=0),
        "negligible.drivers": Value(sum(reached), digits=0),
        "negligible.rare_pct": Value(_RARE_PCT, "%", 0),
        "found_pct": Value(found, "%", 0),
    }  # fmt: skip
    return Result(RESULT_ID, values, recorded.inputs)


def drivers_of(recorded: Result) -> tuple[str, ...]:
    """Return the drivers of the study in its order."""
    return tuple(key.split(".")[1] for key in recorded.values if key.startswith("official.") and key.endswith(".label"))


def blocks(found: Result | None) -> tuple[Block, ...]:
    """Return paragraphs, tables and the picture of the study, or how its record is made."""
    if found is None:
        return (Paragraph(f"{RESULT_ID}.absent"),)
    return (
        Paragraph(f"{RESULT_ID}.text"),
        _goals(found),
        _by_effect(WORLDS[0]),
        _picture(found),
        Paragraph(f"{RESULT_ID}.reading"),
        _by_driver(found),
        Paragraph(f"{RESULT_ID}.harder"),
        _by_effect(WORLDS[1]),
        Paragraph(f"{RESULT_ID}.placebos"),
        _placebos(),
        Paragraph(f"{RESULT_ID}.limits"),
    )


def _number(found: Result, key: str) -> float:
    return float(found.values[key].value or 0.0)


def _largest_error(found: Result, keys: list[str]) -> float:
    return max(found.values[f"{key}.{label}_pct"].mc_error or 0.0 for key in keys for label in LABELS)


def _label(label: str) -> TextRef:
    return TextRef(f"report.label.{label}")


def _goals(found: Result) -> TableBlock:
    columns = (
        Column("goal", f"{RESULT_ID}.column.goal", width=3.0),
        Column("found", f"{RESULT_ID}.column.found", "right"),
        Column("most", f"{RESULT_ID}.column.most", "right"),
        Column("state", f"{RESULT_ID}.column.state", width=1.4),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"{RESULT_ID}.goal.{name}"),
            NumberRef(f"{RESULT_ID}.goal.{name}_pct"),
            NumberRef(f"{RESULT_ID}.goal.{name}.most_pct"),
            TextRef(f"{RESULT_ID}.state.{found.values[f'goal.{name}.state'].value}"),
        )
        for name in GOALS
    )
    return TableBlock(f"{RESULT_ID}.goals", f"{RESULT_ID}.goals.caption", columns, rows)


def _by_effect(world: str) -> TableBlock:
    columns = (
        Column("effect", f"{RESULT_ID}.column.effect", width=1.6),
        *(Column(label, f"report.label.{label}", "right") for label in LABELS),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"{RESULT_ID}.effect.{effect}"),
            *(NumberRef(f"{RESULT_ID}.{world}.{effect}.{label}_pct") for label in LABELS),
        )
        for effect in EFFECT_IDS
    )
    return TableBlock(f"{RESULT_ID}.{world}", f"{RESULT_ID}.{world}.caption", columns, rows)


def _picture(found: Result) -> FigureBlock:
    rows = [
        (f"report.label.{label}", effect, _number(found, f"{WORLDS[0]}.{effect}.{label}_pct") / 100)
        for label in LABELS
        for effect in EFFECT_IDS
    ]
    frame = pd.DataFrame(rows, columns=["panel", "label", "value"])
    options: dict[str, OptionValue] = {"names": f"{RESULT_ID}.effect", "share": 1}
    return FigureBlock(
        f"{RESULT_ID}.picture", "bars", frame, f"{RESULT_ID}.picture.caption", f"{RESULT_ID}.picture.alt", options
    )


def _by_driver(found: Result) -> TableBlock:
    cells = (
        *(("zero", label) for label in _FALSE), ("zero", "negligible"), ("one", "supported"), ("four", "supported"),
        ("four", "leans_for"),
    )  # fmt: skip
    columns = (
        Column("driver", "referee.column.driver", width=2.0),
        *(Column(f"{effect}.{label}", f"{RESULT_ID}.column.{effect}.{label}", "right") for effect, label in cells),
        Column("mde", f"{RESULT_ID}.column.mde", "right"),
        Column("official_mde", f"{RESULT_ID}.column.official_mde", "right"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            LabelRef(driver),
            *(NumberRef(f"{RESULT_ID}.{WORLDS[0]}.{driver}.{effect}.{label}_pct") for effect, label in cells),
            NumberRef(f"{RESULT_ID}.{driver}.mde_pp"),
            NumberRef(f"{RESULT_ID}.official.{driver}.mde_pp"),
        )
        for driver in drivers_of(found)
    )
    return TableBlock(f"{RESULT_ID}.drivers", f"{RESULT_ID}.drivers.caption", columns, rows)


def _placebos() -> TableBlock:
    columns = (
        Column("label", "referee.column.label", width=2.0),
        *(Column(kind, f"{RESULT_ID}.column.{kind}", "right") for kind in ("permuted", "leads", "unrelated")),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            _label(label),
            NumberRef(f"{RESULT_ID}.permuted.{label}_pct"),
            *(NumberRef(f"{RESULT_ID}.{kind}.{label}") for kind in ("leads", "unrelated")),
        )
        for label in LABELS
    )
    total: tuple[Cell, ...] = (
        TextRef(f"{RESULT_ID}.claims"),
        *(NumberRef(f"{RESULT_ID}.{kind}.claims") for kind in ("permuted", "leads", "unrelated")),
    )
    return TableBlock(f"{RESULT_ID}.placebos", f"{RESULT_ID}.placebos.caption", columns, (*rows, total))
