"""What the report shows of the causal evidence: effects, checks, pictures of the multiverse, its reasons and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regional_econ.causal.axes import AXES
from regional_econ.causal.curve import curve_frame, density_frame, explained_frame
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.evidence import CausalEvidence
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.causal.pages import declared
from regional_econ.causal.pages.records import Recorded
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

EFFECTS = (
    "lagged_pp.p05", "lagged_pp.p50", "lagged_pp.p95", "lagged.beyond", "lagged.right_sign", "lagged.negligible",
    "effect_pp.p50", "alone.beyond", "alone.right_sign",
)  # fmt: skip
CHECKS = (
    "mde_pp", "sign_share", "q_value", "robustness_value", "strongest_bound", "strongest_covariate", "placebo_low_pp",
    "placebo_high_pp", "placebo_inside",
)  # fmt: skip


def results(
    evidence: Mapping[str, CausalEvidence], result: MultiverseResult, multiverse: Multiverse, recorded: Recorded
) -> tuple[Result, ...]:
    """Return ``causal.<driver>`` for each driver, ``causal.multiverse`` for the whole, and what is recorded of it.

    Parameters
    ----------
    evidence : by driver.
    result : all specifications.
    multiverse : their declaration.
    recorded : the records of long runs.
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
    whole = Result(declared.RESULT_ID, values | declared.values(multiverse), inputs)
    return (*(found.result() for found in evidence.values()), whole, *recorded.results())


def section(
    evidence: Mapping[str, CausalEvidence],
    result: MultiverseResult,
    multiverse: Multiverse,
    recorded: Recorded,
    beside: Sequence[Block] = (),
) -> Section:
    """Return the section ``causal``.

    Parameters
    ----------
    evidence : by driver; its numbers are referred to by result id.
    result : all specifications, for the pictures.
    multiverse : their declaration, for the reasons.
    recorded : the records of long runs.
    beside : what is shown of drivers with a declaration of their own, after the curves.
    """
    blocks: list[Block] = [
        Paragraph("causal.intro"),
        table("causal.effects", EFFECTS, evidence),
        Paragraph("causal.reading"),
        table("causal.checks", CHECKS, evidence),
        Paragraph("causal.limits"),
        _spread(evidence, result),
        Paragraph("causal.explained.text"),
        _explained(evidence, result),
        Paragraph("causal.curve.text"),
    ]
    blocks += [curve(driver, result) for driver in evidence]
    blocks += [*beside, *recorded.blocks(tuple(evidence)), *declared.blocks(multiverse)]
    return Section("causal", "causal.title", tuple(blocks))


def table(table_id: str, keys: tuple[str, ...], evidence: Mapping[str, CausalEvidence]) -> TableBlock:
    """Return a table of some numbers of ``causal.<driver>``, a row a driver.

    Parameters
    ----------
    table_id : its id, and that of its caption with ``.caption``.
    keys : of the numbers, such as ``EFFECTS`` or ``CHECKS``.
    evidence : by driver.
    """
    columns = (
        Column("driver", "causal.column.driver", width=2.2),
        *(_column(key) for key in keys),
    )
    rows: list[tuple[Cell, ...]] = [
        (LabelRef(driver), *(NumberRef(f"causal.{driver}.{key}") for key in keys)) for driver in evidence
    ]
    return TableBlock(table_id, f"{table_id}.caption", columns, tuple(rows))


def _spread(evidence: Mapping[str, CausalEvidence], result: MultiverseResult) -> FigureBlock:
    """Where the effects of all specifications lie, against the effect of interest."""
    delta = next(iter(evidence.values())).delta_pp
    return FigureBlock(
        "causal.spread",
        "density",
        density_frame(evidence, result),
        "causal.spread.caption",
        "causal.spread.alt",
        {"thresholds": (-delta, delta)},
    )


def _explained(evidence: Mapping[str, CausalEvidence], result: MultiverseResult) -> FigureBlock:
    """The share of the effects' variance that each choice explains alone."""
    return FigureBlock(
        "causal.explained",
        "bars",
        explained_frame(evidence, result),
        "causal.explained.caption",
        "causal.explained.alt",
        {"names": "causal.choice", "share": 1},
    )


def _column(key: str) -> Column:
    if key == "strongest_covariate":
        return Column(key, f"causal.column.{key}", "left", 2.2)
    return Column(key, f"causal.column.{key}", "right")


def curve(driver: str, result: MultiverseResult) -> FigureBlock:
    """Return the specification curve of a driver, from all specifications of its declaration."""
    return FigureBlock(
        f"causal.curve.{driver}",
        "specification_curve",
        curve_frame(driver, result),
        f"causal.curve.{driver}.caption",
        f"causal.curve.{driver}.alt",
        {"names": "causal"},
    )
