"""What the page shows of the question asked backwards: how far each driver must move, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

from regional_econ.core.results import Value
from regional_econ.core.section import Cell, Column, LabelRef, NumberRef, Stack, TableBlock, TextRef, Verbatim
from regional_econ.policy.answers.cells import MARKS, error_cell, interval_cell, marks_cell
from regional_econ.policy.answers.figures import share_error
from regional_econ.policy.answers.target import ALL, Need

_DASH = Verbatim("–")


def need_values(need: Need) -> dict[str, Value]:
    """Return the numbers of one need by driver."""
    levels = ("change", "level_now", "level", "level_low", "level_high", "edge_level", "prior_share")
    shown = {
        **{key: Value(getattr(need, key), digits=2) for key in levels},
        **{key: Value(getattr(need, key), digits=1) for key in ("pushes", "pushes_low", "pushes_high")},
        "edge_pushes": Value(need.edge_pushes, digits=1),
        "inside": Value(need.inside),
        "grade": Value(need.grade),
    }
    for key in ("best", "unbounded", "at_edge"):
        share = getattr(need, key)
        shown[f"{key}_pct"] = Value(100.0 * share, "%", 0, 100.0 * share_error(share, need.n_draws))
    return {f"{need.driver}.{key}": value for key, value in shown.items()}


def need_table(needs: Sequence[Need], probability: float) -> TableBlock:
    """Return the table of needs.

    Parameters
    ----------
    probability : that is asked for.
    """
    columns = (
        Column("driver", "policy.column.driver", width=2.4),
        Column("now", "policy.column.level_now", "right"),
        Column("level", "policy.column.level_needed", "right", 1.4),
        Column("pushes", "policy.column.pushes", "right", 1.2),
        Column("edge", "policy.column.edge", "right", 1.2),
        Column("at_edge", "policy.column.at_edge", "right", 1.2),
        MARKS,
    )
    rows = []
    for need in needs:
        own = f"policy.target.{need.driver}"
        rows.append(
            (
                TextRef("policy.all_drivers") if need.driver == ALL else LabelRef(need.driver),
                _DASH if need.level_now is None else NumberRef(f"{own}.level_now"),
                _needed_level(need, probability),
                _bounded(f"{own}.pushes", above=need.pushes_high) if need.inside else _DASH,
                _edge(need),
                error_cell(f"{own}.at_edge_pct"),
                marks_cell(need.grade, f"{own}.prior_share"),
            )
        )
    return TableBlock("policy.needs", "policy.needs.caption", columns, tuple(rows))


def _needed_level(need: Need, probability: float) -> Cell:
    if not need.inside:
        return TextRef("policy.never" if need.unbounded < probability else "policy.beyond")
    if need.level is None:
        return _DASH
    return _bounded(f"policy.target.{need.driver}.level", above=need.level_high)


def _bounded(own: str, *, above: float | None) -> Cell:
    """Return what is needed over its bounds by the error of the draws; the upper may lie beyond what was seen."""
    if above is not None:
        return interval_cell(own, f"{own}_low", f"{own}_high")
    return Stack((NumberRef(own), NumberRef(f"{own}_low", "{} –"), TextRef("policy.beyond")))


def _edge(need: Need) -> Cell:
    """Return the edge of what was seen, the level over the number of pushes."""
    pushes = NumberRef(f"policy.target.{need.driver}.edge_pushes", "× {}")
    return pushes if need.edge_level is None else Stack((NumberRef(f"policy.target.{need.driver}.edge_level"), pushes))
