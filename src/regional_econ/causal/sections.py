"""What the report shows of the causal evidence: three tables and a specification curve a driver."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from regional_econ.causal.axes import AXES
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    TableBlock,
)

STEPS = 1000
_EFFECTS = (
    "lagged_pp.p05", "lagged_pp.p50", "lagged_pp.p95", "lagged.beyond", "lagged.right_sign", "lagged.negligible",
    "effect_pp.p50", "alone.beyond", "alone.right_sign",
)  # fmt: skip
_CHECKS = (
    "mde_pp", "sign_share", "q_value", "robustness_value", "strongest_bound", "strongest_covariate", "placebo_low_pp",
    "placebo_high_pp", "placebo_inside",
)  # fmt: skip


def results(
    evidence: Mapping[str, CausalEvidence], result: MultiverseResult, multiverse: Multiverse
) -> tuple[Result, ...]:
    """Return ``causal.<driver>`` for each driver and ``causal.multiverse`` for the whole.

    Parameters
    ----------
    evidence : by driver.
    result : all specifications.
    multiverse : their declaration.
    """
    rule = multiverse.rule
    values = {
        "n_specs": Value(int(sum(found.n_specs for found in evidence.values())), digits=0),
        "n_lagged": Value(int(sum(found.n_lagged for found in evidence.values())), digits=0),
        "deciding_lag": Value(rule.deciding_lag, "", 0),
        "change_percentile": Value(round(100 * rule.change_quantile, 6), digits=0),
        "delta_pp": Value(rule.smallest_effect_pp, "pp", 1),
        "window_years": Value(rule.change_window_years, digits=0),
        "level_year": Value(result.level_year, digits=0),
        "level_pct": Value(result.level_pct, "%", 2),
    }
    for driver in evidence:
        shares = result.explained(driver)
        values |= {f"explained.{driver}.{axis}": Value(float(shares[axis]), "", 2) for axis in AXES}
    inputs = {"panel": result.panel_checksum, "multiverse": result.declaration_sha256}
    return (*(found.result() for found in evidence.values()), Result("causal.multiverse", values, inputs))


def section(evidence: Mapping[str, CausalEvidence], result: MultiverseResult) -> Section:
    """Return the section ``causal``.

    Parameters
    ----------
    evidence : by driver; its numbers are referred to by result id.
    result : all specifications, for the curves.
    """
    blocks: list[Block] = [
        Paragraph("causal.intro"),
        _table("causal.effects", _EFFECTS, evidence),
        Paragraph("causal.reading"),
        _table("causal.checks", _CHECKS, evidence),
        Paragraph("causal.limits"),
        _explained(evidence),
    ]
    blocks += [_figure(driver, result) for driver in evidence]
    return Section("causal", "causal.title", tuple(blocks))


def curve_frame(driver: str, result: MultiverseResult) -> pd.DataFrame:
    """Return what the specification curve draws: a thousand steps of equal axis weight, in order of the effect.

    Each step shows the specification at the middle of its weight, so the curve is that of the weighted quantiles of all
    specifications, and the share of the steps that made a choice is the choice's weight there. ``controls`` are for the
    reader of the CSV.
    """
    curve = result.curve(driver)
    steps = min(STEPS, len(curve))
    middle = (np.arange(steps) + 0.5) / steps
    shown = np.searchsorted(np.cumsum(curve["weight"].to_numpy()), middle * curve["weight"].sum())
    chosen = curve.iloc[np.minimum(shown, len(curve) - 1)]
    columns = {"pp": "estimate", "pp_low": "conf_low", "pp_high": "conf_high", "weights": "weight"}
    kept = ["driver", *(axis for axis in AXES if axis not in ("covariates", "weights"))]
    return pd.DataFrame(
        {
            "rank": np.arange(1, steps + 1),
            **{name: chosen[column].to_numpy() for column, name in columns.items()},
            **{axis: chosen[axis].to_numpy() for axis in kept},
            "controls": chosen["covariates"].to_numpy(),
        }
    )


def _table(table_id: str, keys: tuple[str, ...], evidence: Mapping[str, CausalEvidence]) -> TableBlock:
    columns = (
        Column("driver", "causal.column.driver", width=2.2),
        *(_column(key) for key in keys),
    )
    rows: list[tuple[Cell, ...]] = [
        (LabelRef(driver), *(NumberRef(f"causal.{driver}.{key}") for key in keys)) for driver in evidence
    ]
    return TableBlock(table_id, f"{table_id}.caption", columns, tuple(rows))


def _explained(evidence: Mapping[str, CausalEvidence]) -> TableBlock:
    """The share of the effects' variance that each choice explains alone."""
    columns = (
        Column("driver", "causal.column.driver", width=2.2),
        *(Column(axis, f"causal.choice.{axis}", "right") for axis in AXES),
    )
    rows: list[tuple[Cell, ...]] = [
        (LabelRef(driver), *(NumberRef(f"causal.multiverse.explained.{driver}.{axis}") for axis in AXES))
        for driver in evidence
    ]
    return TableBlock("causal.explained", "causal.explained.caption", columns, tuple(rows))


def _column(key: str) -> Column:
    if key == "strongest_covariate":
        return Column(key, f"causal.column.{key}", "left", 2.2)
    return Column(key, f"causal.column.{key}", "right")


def _figure(driver: str, result: MultiverseResult) -> FigureBlock:
    return FigureBlock(
        f"causal.curve.{driver}",
        "specification_curve",
        curve_frame(driver, result),
        f"causal.curve.{driver}.caption",
        f"causal.curve.{driver}.alt",
        {"names": "causal"},
    )
