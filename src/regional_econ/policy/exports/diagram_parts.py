"""What a stock-and-flow diagram consists of, and the two things that it needs often: constants and delays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ.core.lever import Lever
from regional_econ.policy.model.levers import lag_bounds

Floats = NDArray[np.float64]
Kind = Literal["aux", "flow", "stock"]
YEAR = "one_year"
KEPT = "budget_kept"


@dataclass(frozen=True)
class Element:
    """A stock, flow or auxiliary.

    ``equation`` is the initial value of a stock; ``graph`` (years,) makes the element a graphical function of the year;
    ``inflows`` and ``outflows`` are names of a stock's flows.
    """

    kind: Kind
    name: str
    equation: str
    units: str
    doc: str
    graph: tuple[float, ...] = ()
    inflows: tuple[str, ...] = ()
    outflows: tuple[str, ...] = ()


def constant(name: str, value: float, units: str, doc: str) -> Element:
    """Return a number by its name."""
    return Element("aux", name, repr(float(value)), units, doc)


def graph(name: str, values: Floats, units: str, doc: str) -> Element:
    """Return a graphical function of the year; values (years,)."""
    return Element("aux", name, "TIME", units, doc, tuple(map(float, values)))


def chain(name: str, flow: str, length: int, units: str, doc: str) -> tuple[list[Element], list[str]]:
    """Return one-year delays of a flow, and the names of the flow as it was 0, 1, … years ago."""
    found, stages = list[Element](), [flow]
    for k in range(1, length + 1):
        stock, out = f"{name}_{k}", f"{name}_out_{k}"
        found += [
            Element("stock", stock, "0", units, f"{doc}: stage {k}.", (), (stages[-1],), (out,)),
            Element("flow", out, f"{stock} / {YEAR}", f"{units}/year", f"{doc}: leaves stage {k}."),
        ]
        stages.append(out)
    return found, stages


def funds(lever: Lever, amounts: Floats, late: int, *, longest: int) -> list[Element]:
    """Return a lever from what is done to what is delivered: the auxiliary ``<lever>_arrived``.

    Parameters
    ----------
    amounts : what is done by year (years,), in the lever's unit.
    late : years until delivery, a constant of the diagram.
    longest : of all draws; the delay is as long, so that any of them may be set.
    """
    unit, length, capped = f"{lever.unit}/year", max(lag_bounds(lever)[1], longest), f"{lever.id}_amount"
    if lever.capacity is not None:
        capped = f"MIN({capped}, {lever.capacity!r})"
    delays, stages = chain(f"{lever.id}_in_delivery", f"{lever.id}_funded", length, lever.unit, "Funds not delivered")
    picked = stages[-1]
    for k in range(length - 1, -1, -1):
        picked = f"(IF {lever.id}_delivery_lag = {k} THEN {stages[k]} ELSE {picked})"
    return [
        graph(f"{lever.id}_amount", amounts, unit, f"What is done of {lever.id}: {lever.instrument}."),
        Element("flow", f"{lever.id}_funded", f"{capped} * {KEPT}", unit, "Funds of the year, capped and cut."),
        constant(f"{lever.id}_delivery_lag", late, "year", "Whole years from funds to delivery."),
        *delays,
        Element("aux", f"{lever.id}_arrived", picked, unit, "What is delivered in the year."),
    ]
