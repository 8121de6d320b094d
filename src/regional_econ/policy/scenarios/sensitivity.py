"""What if returns decrease, or measures of one direction reach the same people? The same amounts under other rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.elasticity import Grade
from regional_econ.core.results import Value
from regional_econ.core.section import Column, NumberRef, Stack, TableBlock, TextRef, Verbatim
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.scenarios.result import quantile_value

Floats = NDArray[np.float64]
POSTS = "L06"
MONEY = ("L02", "L04", "L10")
_BANDS = {"p50": 0.5, "lo80": 0.1, "hi80": 0.9}
_ID = "policy.sensitivity"


@dataclass(frozen=True)
class Sensitivity:
    """The gain of the last year (draws,), percentage points, under one rule; the lowest grade of its levers' chains and
    the largest prior share of their elasticities."""

    id: str
    gain: Floats
    grade: Grade
    prior_share: float


def sensitivities(inputs: Inputs, *, start: int, end: int, first_year: int, seed: int) -> tuple[Sensitivity, ...]:
    """Return the gain of one push of grants to young scientists with and without decreasing returns, and of one push of
    each of three measures for research under three rules of overlap; all links on, an assumption.

    Parameters
    ----------
    start, end : first and last year.
    first_year : from when the measures are on.
    seed : of the priors' draws.
    """
    plain = Simulator.of(inputs, start=start, end=end, seed=seed, grades=("A", "B", "C"))
    found = []
    for name, theta in (("constant", 0.0), ("decreasing", 1.0)):
        found.append(_gain(f"returns_{name}", plain.with_decreasing_returns(theta), (POSTS,), first_year))
    found.append(_gain("overlap_additive", plain.with_overlap("additive"), MONEY, first_year))
    found.append(_gain("overlap_random", plain.with_overlap("random"), MONEY, first_year))
    found.append(_gain("overlap_nested", plain.with_overlap("nested"), MONEY, first_year))
    return tuple(found)


def sensitivity_values(found: tuple[Sensitivity, ...]) -> dict[str, Value]:
    """Return median and 80 % interval of each gain, its grade and its prior share."""
    values: dict[str, Value] = {}
    for one in found:
        for key, level in _BANDS.items():
            values[f"{one.id}.{key}"] = quantile_value(one.gain, level, unit="pp")
        values[f"{one.id}.grade"] = Value(one.grade)
        values[f"{one.id}.prior_share"] = Value(one.prior_share, digits=2)
    return values


def sensitivity_table(found: tuple[Sensitivity, ...]) -> TableBlock:
    """Return the table of gains under each rule."""
    columns = (
        Column("rule", "policy.column.rule", width=3.0),
        Column("p50", "policy.column.gain", "right"),
        Column("band80", "policy.column.band80", "right", 1.4),
        Column("grade", "policy.column.grade", "center", 0.8),
        Column("prior", "policy.column.prior_share", "right"),
    )
    rows = []
    for one in found:
        own = f"{_ID}.{one.id}"
        ends = Stack((NumberRef(f"{own}.lo80", "{} –"), NumberRef(f"{own}.hi80")))
        standing = (Verbatim(one.grade), NumberRef(f"{own}.prior_share"))
        rows.append((TextRef(f"{_ID}.{one.id}"), NumberRef(f"{own}.p50"), ends, *standing))
    return TableBlock("policy.sensitivity.table", "policy.sensitivity.caption", columns, tuple(rows))


def _gain(name: str, simulator: Simulator, levers: tuple[str, ...], first_year: int) -> Sensitivity:
    amounts = np.zeros((len(simulator.levers), len(simulator.years)))
    for lever in levers:
        amounts[simulator.levers.index(lever), simulator.years.index(first_year) :] = 1.0
    last = simulator.years[-1]
    links = [link for link in simulator.model.levers if link.lever.id in levers]
    shares = {part.driver: part.elasticity.prior_share for part in simulator.model.drivers}
    return Sensitivity(
        name,
        simulator.at(amounts[None], last)[0] - simulator.baseline[:, -1],
        max(link.grade for link in links),
        max(shares[link.driver] for link in links),
    )
