"""Levers whose effect is an assumption outright, in the diagram: on firms they treat, on the mining share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy.exports.diagram_parts import KEPT, YEAR, Element, constant, funds, graph
from regional_econ.policy.model.direct import MINING, MINING_PRIOR
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
_LEAST = "0.000000001"


def assumed_elements(simulator: Simulator, amounts: Floats, draw: int) -> tuple[list[Element], list[str]]:
    """Return the elements of one draw, and the names of the shifts of the outcome's logit that they end in.

    Parameters
    ----------
    amounts : of the assumed levers (assumed levers, years), in each lever's unit.
    """
    found, gains, treated, points = list[Element](), list[str](), list[str](), list[str]()
    for j, part in enumerate(simulator.model.assumed):
        name = part.lever.id
        late, added = (simulator.parameters[f"{name}.{key}"] for key in ("delivery_lag", "additionality"))
        factor = constant(f"{name}_added_per_unit", 1.0 + added[draw], "1", "1 + ψ: what one unit adds.")
        if part.driver == MINING:
            found += [*_transition(simulator, j, amounts[j], late[draw]), factor]
            points.append(f"{name}_added_per_unit * {name}_moved_end")
        else:
            found += funds(part.lever, amounts[j], int(late[draw]), longest=int(late.max()))
            found += [factor, *_treated(simulator, j, draw)]
            gains.append(f"{name}_gain")
            treated.append(f"{name}_arrived * {YEAR} * {name}_added_per_unit")
    shifts = list[str]()
    if points:
        slope = simulator.parameters[MINING_PRIOR][draw]
        found += [
            Element("aux", MINING, f"0 - ({' + '.join(points)})", "percentage points", "Change of the mining share."),
            constant("mining_slope", slope, "1/percentage point", "Logit of the outcome for one point more of mining."),
            Element("aux", "mining_effect", f"mining_slope * {MINING}", "1", "Shift by a smaller mining share."),
        ]
        shifts.append("mining_effect")
    if gains:
        before, most = f"{simulator.model.outcome}_baseline / 100", f"1 - {_LEAST}"
        after = f"MIN(MAX({before} + treated_gain / 100, {_LEAST}), {most})"
        gain = f"({' + '.join(gains)}) * 100 / MAX(treated_share, 100)"
        effect = f"LN(treated_after / (1 - treated_after)) - LN({before} / (1 - {before}))"
        found += [
            Element("aux", "treated_share", " + ".join(treated), "percent of organisations", "Treated by all levers."),
            Element("aux", "treated_gain", gain, "percentage points", "What firms treated bring, at most all firms."),
            Element("aux", "treated_after", after, "1", "The outcome with that gain alone, as a share."),
            Element("aux", "treated_effect", f"IF treated_gain = 0 THEN 0 ELSE {effect}", "1", "Shift by firms."),
        ]
        shifts.append("treated_effect")
    return found, shifts


def _transition(simulator: Simulator, j: int, amounts: Floats, years: float) -> list[Element]:
    lever = simulator.model.assumed[j].lever
    name, moves, stock = lever.id, f"{lever.id}_moves", f"{lever.id}_moved"
    capped = f"{name}_amount" if lever.capacity is None else f"MIN({name}_amount, {lever.capacity!r})"
    return [
        graph(f"{name}_amount", amounts, lever.unit, f"What is aimed at by {name}: {lever.instrument}."),
        constant(f"{name}_delivery_lag", years, "year", "Years after which nine tenths of a lasting change are made."),
        Element("aux", f"{name}_speed", f"(1 - 0.1 ^ (1 / {name}_delivery_lag)) / {YEAR}", "1/year", "λ."),
        Element(
            "flow", moves, f"{name}_speed * ({capped} * {KEPT} - {stock})", f"{lever.unit}/year", "λ (s* − s)."
        ),
        Element("stock", stock, "0", lever.unit, "Points by which mining has shrunk.", (), (moves,)),
        Element("aux", f"{stock}_end", f"{stock} + {moves} * {YEAR}", lever.unit, "At the year's end."),
    ]  # fmt: skip


def _treated(simulator: Simulator, j: int, draw: int) -> list[Element]:
    name, base = simulator.model.assumed[j].lever.id, f"{simulator.model.outcome}_baseline"
    effect = f"MIN(MAX({name}_direct, 0 - {base}), 100 - {base})"
    gain = f"{name}_arrived * {YEAR} / 100 * {name}_added_per_unit * {effect}"
    doc = "Effect on the organisations treated."
    return [
        constant(f"{name}_direct", simulator.parameters[f"{name}.direct"][draw], "percentage points", doc),
        Element("aux", f"{name}_gain", gain, "percentage points", f"What {name} would add to the outcome alone."),
    ]
