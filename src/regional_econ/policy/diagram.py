"""The policy model as a stock-and-flow diagram: one draw of the simulator as stocks, flows and auxiliaries.

Time steps are whole years. A stock at year t is what the year starts with; the simulator's figure of a year is what it
ends with, and stands here as the auxiliary ``…_end``. So ``stock(t + 1) = …_end(t)``, and Euler's rule with a step of
one year is the simulator's own arithmetic. Delivery lags, lag kernels and the window over which changes are judged are
chains of one-year delays; baselines, amounts of levers and the budget's share are graphical functions of the year.

The mean draw holds every uncertain input at its mean over the draws: effects, lag weights (whose sum stays one), rates,
additionality, and each year's baselines in their own units; delivery lags are rounded to the nearest whole year, halves
to the even one. It is not the mean of the paths: the model is not linear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy import kernel
from regional_econ.policy import levers as lever_rules
from regional_econ.policy.parameters import compiled
from regional_econ.policy.simulator import Simulator

Floats = NDArray[np.float64]
Kind = Literal["aux", "flow", "stock"]
YEAR = "one_year"
KEPT = "budget_kept"
_RATES: Mapping[int, tuple[tuple[str, str, str], ...]] = {
    kernel.FLOW: (),
    kernel.STOCK: (("depreciation", "1/year", "δ of the R&D stock."),),
    kernel.POSTS: (
        ("attrition", "1/year", "q: share of researchers who leave."),
        ("filling", "1/year", "η: share of vacant posts filled."),
    ),
    kernel.ASSETS: (
        ("commissioning", "1/year", "c: new assets to gross assets."),
        ("disposal", "1/year", "d: scrapped assets to gross assets."),
        ("decay", "1/year", "κ: what renewed assets lose of their net value."),
        ("replacement", "1", "r: share of renewal that replaces scrapped and written-off assets."),
    ),
}


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


def mean_draw(simulator: Simulator) -> Simulator:
    """Return the simulator with one draw: every uncertain input at its mean, delivery lags rounded to whole years."""
    late = set(simulator.groups["delivery_lags"])
    parameters = {
        name: np.array([np.rint(values.mean()) if name in late else values.mean()])
        for name, values in simulator.parameters.items()
    }
    model = simulator.model
    outcome = model.baseline(parameters, model.outcome)
    return Simulator(model, parameters, simulator.groups, outcome, compiled(model, parameters))


def diagram(simulator: Simulator, amounts: Floats, *, draw: int = 0) -> tuple[Element, ...]:
    """Return one draw of the model under given amounts of levers.

    Parameters
    ----------
    simulator : the model; :func:`mean_draw` makes the one that is exported.
    amounts : what is done (levers, years), in each lever's unit.
    draw : which of its draws.

    Returns
    -------
    Elements with the same names for every draw, so that another draw is the same diagram with other constants.

    Raises
    ------
    OptionError : amounts of another shape or outside a lever's range.
    """
    simulator.traces(amounts)
    found = [Element("aux", YEAR, "1", "year", "Length of a step.")]
    found.append(_graph(KEPT, simulator.arrays[0].kept[draw], "1", "Share of a year's funds that the budget leaves."))
    for j in range(len(simulator.levers)):
        found += _lever(simulator, j, amounts[j], draw)
    for j in range(len(simulator.levers)):
        found += _pushes(simulator, j, draw)
    for v in range(len(simulator.drivers)):
        found += _driver(simulator, v, draw)
    return tuple(found + _outcome(simulator, draw))


def _lever(simulator: Simulator, j: int, amounts: Floats, draw: int) -> list[Element]:
    lever, arrays = simulator.model.levers[j].lever, simulator.arrays[0]
    longest, unit = max(lever_rules.lag_bounds(lever)[1], int(arrays.lag[:, j].max())), f"{lever.unit}/year"
    capped = f"{lever.id}_amount"
    if lever.capacity is not None:
        capped = f"MIN({capped}, {lever.capacity!r})"
    found = [
        _graph(f"{lever.id}_amount", amounts, unit, f"What is done of {lever.id}: {lever.instrument}."),
        Element("flow", f"{lever.id}_funded", f"{capped} * {KEPT}", unit, "Funds of the year, capped and cut."),
        _constant(f"{lever.id}_delivery_lag", arrays.lag[draw, j], "year", "Whole years from funds to delivery."),
    ]
    chain, stages = _chain(f"{lever.id}_in_delivery", f"{lever.id}_funded", longest, lever.unit, "Funds not delivered")
    picked = stages[-1]
    for k in range(longest - 1, -1, -1):
        picked = f"(IF {lever.id}_delivery_lag = {k} THEN {stages[k]} ELSE {picked})"
    found += chain
    return [*found, Element("aux", f"{lever.id}_arrived", picked, unit, "What is delivered in the year.")]


def _pushes(simulator: Simulator, j: int, draw: int) -> list[Element]:
    link, arrays = simulator.model.levers[j], simulator.arrays[0]
    name, unit = link.lever.id, f"{link.lever.unit}/year"
    found = [_constant(f"{name}_added_per_unit", arrays.gain[draw, j], "1", "1 + ψ: what one funded unit adds.")]
    share = ""
    if arrays.rule[j] != kernel.ADDITIVE:
        covers = [
            f"MIN({simulator.levers[i]}_arrived / {float(arrays.reach[i])!r}, 1)"
            for i in range(len(simulator.levers))
            if arrays.group[i] == arrays.group[j]
        ]
        rest = " * ".join(f"(1 - {cover})" for cover in covers)
        union = f"1 - {rest}" if arrays.rule[j] == kernel.RANDOM else _largest(covers)
        total = " + ".join(covers)
        doc = f"Coverage of the group together over the sum of its levers' coverages: {link.rule} overlap."
        equation = f"IF {total} = 0 THEN 1 ELSE ({union}) / ({total})"
        found.append(Element("aux", f"{name}_share", equation, "1", doc))
        share = f" * {name}_share"
    doc = f"What {name} adds to the programme for {link.driver}."
    return [*found, Element("aux", f"{name}_pushes", f"{name}_arrived * {name}_added_per_unit{share}", unit, doc)]


def _driver(simulator: Simulator, v: int, draw: int) -> list[Element]:
    part, world = simulator.model.drivers[v], simulator.arrays[1]
    name, unit = part.driver, part.elasticity.unit_from
    links = [link for link in simulator.model.levers if link.driver == name]
    pushes = " + ".join(f"{link.lever.id}_pushes" for link in links)
    rates = zip(_RATES[part.equation], world.rate[draw, v], strict=False)
    return [
        Element("aux", f"{name}_programme", pushes, f"{links[0].lever.unit}/year", "What levers add, in pushes."),
        _constant(f"{name}_push_size", world.push[v], "year/push", "Relative change, or share of assets, of one push."),
        _graph(f"{name}_baseline", world.base[draw, v], unit, "The driver without measures."),
        *(_constant(f"{name}_{rate}", value, units, doc) for (rate, units, doc), value in rates),
        *_EQUATIONS[part.equation](simulator, v, draw),
        *_change(simulator, v, draw),
        *_effect(simulator, v, draw),
    ]


def _flow(simulator: Simulator, v: int, draw: int) -> list[Element]:
    part = simulator.model.drivers[v]
    name = part.driver
    equation = f"{name}_baseline * (1 + {name}_push_size * {name}_programme)"
    return [Element("aux", name, equation, part.elasticity.unit_from, "The driver under the programme.")]


def _stock(simulator: Simulator, v: int, draw: int) -> list[Element]:
    part, world = simulator.model.drivers[v], simulator.arrays[1]
    name, money = part.driver, f"mln RUB of {simulator.model.origin}"
    pushed = f"{name}_real_flow_baseline * (1 + {name}_push_size * {name}_programme)"
    found = [
        _constant(f"{name}_stock_initial", world.rate[draw, v, 1], money, "R&D stock before the first year."),
        _graph(f"{name}_real_flow_baseline", world.flow[draw, v], f"{money}/year", "Real R&D without measures."),
    ]
    for suffix, inflow in (("_baseline", f"{name}_real_flow_baseline"), ("", pushed)):
        stock, into, out = (f"{name}_{kind}{suffix}" for kind in ("stock", "spent", "worn_out"))
        found += [
            Element("flow", into, inflow, f"{money}/year", "R&D expenditure of the year."),
            Element("flow", out, f"{name}_depreciation * {stock}", f"{money}/year", "Knowledge that goes out of use."),
            Element("stock", stock, f"{name}_stock_initial", money, "R&D stock.", (), (into,), (out,)),
            Element("aux", f"{stock}_end", f"{stock} + ({into} - {out}) * {YEAR}", money, "At the year's end."),
        ]
    equation = f"{name}_baseline * ({name}_stock_end / {name}_stock_baseline_end)"
    return [*found, Element("aux", name, equation, part.elasticity.unit_from, "The driver as its stock moves.")]


def _posts(simulator: Simulator, v: int, draw: int) -> list[Element]:
    part = simulator.model.drivers[v]
    name, unit = part.driver, part.elasticity.unit_from
    staff, posts = f"{name}_staff", f"{name}_posts"
    vacant = f"MAX({posts} - (1 - {name}_attrition * {YEAR}) * {staff}, 0)"
    return [
        Element("aux", posts, f"{name}_push_size * {name}_programme * {name}_baseline", unit, "Posts funded."),
        Element("flow", f"{name}_hired", f"{name}_filling * {vacant}", f"{unit}/year", "Vacant posts that are filled."),
        Element("flow", f"{name}_left", f"{name}_attrition * {staff}", f"{unit}/year", "Researchers who leave."),
        Element("stock", staff, "0", unit, "Researchers in funded posts.", (), (f"{name}_hired",), (f"{name}_left",)),
        Element("aux", f"{staff}_end", f"{staff} + ({name}_hired - {name}_left) * {YEAR}", unit, "At the year's end."),
        Element("aux", name, f"{name}_baseline + {staff}_end", unit, "The driver under the programme."),
    ]


def _assets(simulator: Simulator, v: int, draw: int) -> list[Element]:
    part = simulator.model.drivers[v]
    name, unit = part.driver, "gross assets at the start"
    plain, gross, net, before = (f"{name}_{key}" for key in ("gross_baseline", "gross_added", "net_added", "before"))
    renewed = f"{name}_push_size * MAX({name}_programme - {before}, 0) * {plain}_end"
    rise = f"({name}_programme - {before}) / {YEAR}"
    push = "push/year"
    worn = f"{name}_baseline / 100"
    parts: tuple[tuple[str, str, str, str, str, str, str], ...] = (
        (plain, "1", f"{name}_commissioned", f"{name}_commissioning * {plain}",
         f"{name}_disposed", f"{name}_disposal * {plain}", "Gross assets without measures."),
        (gross, "0", f"{name}_enlarged", f"(1 - {name}_replacement) * {name}_renewed",
         f"{name}_added_disposed", f"{name}_disposal * {gross}", "Gross assets that the programme adds."),
        (net, "0", f"{name}_renewed", renewed, f"{name}_added_decayed", f"{name}_decay * {net}", "Net, added."),
    )  # fmt: skip
    found = [
        Element("flow", f"{name}_programme_rise", rise, f"{push}/year", "Keeps the memory up to date."),
        Element("stock", before, "0", push, "The programme of the year before.", (), (f"{name}_programme_rise",)),
    ]
    for stock, start, into, inflow, out, outflow, doc in parts:
        found += [
            Element("flow", into, inflow, f"{unit}/year", f"Into: {doc}"),
            Element("flow", out, outflow, f"{unit}/year", f"Out of: {doc}"),
            Element("stock", stock, start, unit, doc, (), (into,), (out,)),
            Element("aux", f"{stock}_end", f"{stock} + ({into} - {out}) * {YEAR}", unit, f"At the year's end. {doc}"),
        ]
    new = f"100 * ({net}_end - (1 - {worn}) * {gross}_end) / {name}_gross"
    return [
        *found,
        Element("aux", f"{name}_gross", f"{plain}_end + {gross}_end", unit, "Gross assets at the year's end."),
        Element("aux", f"{name}_net", f"{plain}_end * (1 - {worn}) + {net}_end", unit, "Net assets at the year's end."),
        Element("aux", f"{name}_renewal", new, part.elasticity.unit_from, "Wear that renewal takes away."),
        Element(
            "aux", name, f"MAX({name}_baseline - {name}_renewal, 0)", part.elasticity.unit_from,
            "Wear: 100 (1 − net/gross), written as baseline less what renewal takes away.",
        ),
    ]  # fmt: skip


def _change(simulator: Simulator, v: int, draw: int) -> list[Element]:
    part, world = simulator.model.drivers[v], simulator.arrays[1]
    name, logs, base = part.driver, bool(world.logs[v]), f"{part.driver}_baseline"
    unit = "1" if logs else part.elasticity.unit_from
    change = f"LN({name} / {base})" if logs else f"{name} - {base}"
    found = []
    if logs and np.isfinite(part.knee):
        knee = repr(float(part.knee))
        found.append(_constant(f"{name}_returns_lost", world.theta[draw, v], "1", "θ beyond the knee; 0: none."))
        change += f" - {name}_returns_lost * (LN(MAX({name}, {knee}) / {knee}) - LN(MAX({base}, {knee}) / {knee}))"
    observed = name if part.equation != kernel.STOCK else f"{base} * (1 + {name}_push_size * {name}_programme)"
    moved = f"LN(({observed}) / {base})" if logs else f"{observed} - {base}"
    low, high, fall, rise, window = (float(bound) for bound in world.domain[v])
    chain, stages = _chain(f"{name}_moved_before", f"{name}_moved", int(window), unit, "What moved, years ago")
    step = f"{name}_step"
    by_change = f"MAX(0 - {step} / {fall!r}, {step} / {rise!r}) - 1"
    above, below = f"({observed}) - MAX({high!r}, {base})", f"MIN({low!r}, {base}) - ({observed})"
    by_level = f"MAX({above}, {below}) / {high - low!r}"
    outside = f"IF {name}_change = 0 THEN 0 ELSE MAX(MAX({by_change}, {by_level}), 0)"
    return [
        *found,
        Element("aux", f"{name}_change", change, unit, "Δx, as the elasticity reads it."),
        Element("flow", f"{name}_moved", f"({moved}) / {YEAR}", f"{unit}/year", "Change of what was observed."),
        *chain,
        Element("aux", step, f"({name}_moved - {stages[-1]}) * {YEAR}", unit, f"Change within {window:.0f} years."),
        Element("aux", f"{name}_outside", outside, "1", "Excess over the domain of validity, as its share."),
    ]


def _effect(simulator: Simulator, v: int, draw: int) -> list[Element]:
    part, world = simulator.model.drivers[v], simulator.arrays[1]
    name, unit = part.driver, f"1/({'1' if world.logs[v] else part.elasticity.unit_from})"
    widened = f"{name}_mean_elasticity + ({name}_elasticity - {name}_mean_elasticity) * (1 + {name}_outside)"
    found = [
        _constant(f"{name}_elasticity", world.epsilon[draw, v], unit, "Effect on the logit of the outcome."),
        _constant(f"{name}_mean_elasticity", world.centre[v], unit, "Around which doubt widens outside the domain."),
        Element("flow", f"{name}_response", f"({widened}) * {name}_change / {YEAR}", "1/year", "The whole shift."),
    ]
    effect, doc = f"{name}_effect", "Shift of the outcome's logit that the driver brings."
    if part.persistent:
        arrives = f"(1 - {name}_persistence) * ({name}_response * {YEAR} - {effect}_held) / {YEAR}"
        return [
            *found,
            _constant(f"{name}_persistence", world.phi[draw, v], "1", "φ."),
            Element("flow", f"{effect}_arrives", arrives, "1/year", "u_t − u_{t−1}."),
            Element("stock", f"{effect}_held", "0", "1", "The shift of the year before.", (), (f"{effect}_arrives",)),
            Element("aux", effect, f"{effect}_held + {effect}_arrives * {YEAR}", "1", doc),
        ]
    lags = part.lags
    chain, stages = _chain(f"{name}_response_before", f"{name}_response", lags - 1, "1", "Response, years ago")
    weights = [
        _constant(f"{name}_weight_{k}", world.weights[draw, v, k], "year", f"Share of the effect after {k} years.")
        for k in range(lags)
    ]
    total = " + ".join(f"{weight.name} * {stage}" for weight, stage in zip(weights, stages, strict=True))
    return [*found, *chain, *weights, Element("aux", effect, total, "1", doc)]


def _outcome(simulator: Simulator, draw: int) -> list[Element]:
    name = simulator.model.outcome
    effects = [f"{driver}_effect" for driver in simulator.drivers] or ["0"]
    total, square = " + ".join(effects), " + ".join(f"{one} ^ 2" for one in effects)
    crossed = f"(shift_sum ^ 2 - ({square})) / (2 * shift_size)"
    joined = f"shift_sum + synergy * (IF shift_size = 0 THEN 0 ELSE {crossed})"
    logit = f"LN({name}_baseline / (100 - {name}_baseline)) + logit_shift"
    return [
        _constant("synergy", simulator.parameters["synergy"][draw], "1", "κ across directions: an assumption."),
        Element("aux", "shift_sum", total, "1", "Sum of the drivers' shifts."),
        Element("aux", "shift_size", " + ".join(f"ABS({one})" for one in effects), "1", "Sum of their sizes."),
        Element("aux", "logit_shift", joined, "1", "Shift of the outcome's logit."),
        _graph(f"{name}_baseline", simulator.baseline[draw], "%", "The outcome without measures."),
        Element("aux", f"{name}_logit", logit, "1", "The outcome on the logit scale."),
        Element("aux", name, f"100 / (1 + EXP(0 - {name}_logit))", "%", "The outcome."),
    ]


def _chain(name: str, flow: str, length: int, units: str, doc: str) -> tuple[list[Element], list[str]]:
    """Return one-year delays of a flow, and the names of the flow as it was 0, 1, … years ago."""
    found, stages = [], [flow]
    for k in range(1, length + 1):
        stock, out = f"{name}_{k}", f"{name}_out_{k}"
        found += [
            Element("stock", stock, "0", units, f"{doc}: stage {k}.", (), (stages[-1],), (out,)),
            Element("flow", out, f"{stock} / {YEAR}", f"{units}/year", f"{doc}: leaves stage {k}."),
        ]
        stages.append(out)
    return found, stages


def _largest(terms: Sequence[str]) -> str:
    found = terms[0]
    for term in terms[1:]:
        found = f"MAX({found}, {term})"
    return found


def _constant(name: str, value: float, units: str, doc: str) -> Element:
    return Element("aux", name, repr(float(value)), units, doc)


def _graph(name: str, values: Floats, units: str, doc: str) -> Element:
    return Element("aux", name, "TIME", units, doc, tuple(map(float, values)))


_EQUATIONS = {kernel.FLOW: _flow, kernel.STOCK: _stock, kernel.POSTS: _posts, kernel.ASSETS: _assets}
