"""Results and tables that the pages share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from regional_econ._base.options import LEVELS
from regional_econ.core.estimate import Estimate
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Bilingual,
    Cell,
    Column,
    NumberRef,
    Stack,
    TableBlock,
    Verbatim,
)
from regional_econ.panel.diagnostics.power import minimum_detectable_effects
from regional_econ.panel.references import Reference

COUNTS = ("n_obs", "n_regions", "n_years", "first_year", "last_year")


def value(number: float, digits: int) -> Value:
    """A value; one that is no number has none."""
    return Value(number if math.isfinite(number) else None, digits=digits)


def estimate_values(model: str, estimate: Estimate) -> dict[str, Value]:
    """Numbers of an estimate, dummies left out.

    Keys: ``<model>.<term>.estimate|std_error|p_value|conf_low|conf_high|conf_low80|conf_high80|mde``, the counts, r2.
    """
    wide, narrow = estimate.tidy(LEVELS[0]), estimate.tidy(LEVELS[1])
    detectable = minimum_detectable_effects(estimate).set_index("term")["mde"]
    values: dict[str, Value] = {}
    for row, inner in zip(wide.to_dict("records"), narrow.to_dict("records"), strict=True):
        if "C(" in str(row["term"]):
            continue
        numbers = {key: row[key] for key in ("estimate", "std_error", "p_value", "conf_low", "conf_high")}
        numbers |= {f"{key}80": inner[key] for key in ("conf_low", "conf_high")}
        numbers["mde"] = float(detectable[row["term"]])
        values |= {f"{model}.{row['term']}.{key}": value(number, 3) for key, number in numbers.items()}
    values |= {f"{model}.{key}": Value(int(estimate.diagnostics[key]), digits=0) for key in COUNTS}
    return values | {f"{model}.r2": value(float(estimate.diagnostics["r2"]), 3)}


def driver_values(
    model: str, estimate: Estimate, terms: Sequence[str], lag: str, counts: Sequence[str] = COUNTS
) -> dict[str, Value]:
    """Numbers of the drivers, the first also as ``focus``, and of the lagged outcome as ``lag``.

    Keys: ``<model>.<term>.estimate|std_error|p_value|conf_low|conf_high|mde``, the counts.
    """
    detectable = minimum_detectable_effects(estimate).set_index("term")["mde"]
    values: dict[str, Value] = {}
    for row in estimate.tidy().to_dict("records"):
        term = str(row["term"])
        if term not in (lag, *terms):
            continue
        numbers = {key: float(row[key]) for key in ("estimate", "std_error", "p_value", "conf_low", "conf_high")}
        numbers["mde"] = float(detectable[term])
        keys = ("lag",) if term == lag else (term, "focus") if term == terms[0] else (term,)
        values |= {f"{model}.{key}.{part}": value(number, 3) for key in keys for part, number in numbers.items()}
    return values | {f"{model}.{key}": Value(int(estimate.diagnostics[key]), digits=0) for key in counts}


def estimates_result(result: str, estimates: Mapping[str, Estimate]) -> Result:
    """All coefficients of several estimates under one id, see :func:`estimate_values`."""
    values: dict[str, Value] = {}
    for model, estimate in estimates.items():
        values |= estimate_values(model, estimate)
    return Result(result, values, {"panel": next(iter(estimates.values())).panel_checksum})


def references_table(part: str, references: Sequence[Reference]) -> TableBlock:
    """Methods, where each comes from, and what it is held against; citations stay in their own language.

    Parameters
    ----------
    part : estimators, inferences or tests, the end of the ids of table and caption.
    """
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (Verbatim(one.method), Verbatim(one.source), Verbatim(one.held_against)) for one in references
    )
    columns = tuple(
        Column(key, f"panel.column.{key}", "left", width)
        for key, width in (("method", 2.0), ("source", 3.0), ("held_against", 3.0))
    )
    return TableBlock(f"panel.references.{part}", f"panel.references.{part}.caption", columns, rows)


def with_error(key: str) -> Stack:
    """An estimate above its standard error."""
    return Stack((NumberRef(f"{key}.estimate"), NumberRef(f"{key}.std_error", "({})")))


def plain(text: str) -> Bilingual:
    """The same words in both languages, such as years."""
    return Bilingual(text, text)
