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

import numpy as np
from numpy.typing import NDArray

from regional_econ.policy.exports.diagram_assumed import assumed_elements
from regional_econ.policy.exports.diagram_parts import KEPT, YEAR, Element, chain, constant, funds, graph
from regional_econ.policy.model import kernel
from regional_econ.policy.model.parameters import compiled
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
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
        ("apart", "percentage points", "g: wear of all organisations less that of those counted, newest year."),
    ),
}


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
    found.append(graph(KEPT, simulator.arrays[0].kept[draw], "1", "Share of a year's funds that the budget leaves."))
    late = simulator.arrays[0].lag
    for j, link in enumerate(simulator.model.levers):
        found += funds(link.lever, amounts[j], int(late[draw, j]), longest=int(late[:, j].max()))
    for j in range(len(simulator.model.levers)):
        found += _pushes(simulator, j, draw)
    for v in range(len(simulator.model.drivers)):
        found += _driver(simulator, v, draw)
    others, effects = assumed_elements(simulator, amounts[len(simulator.model.levers) :], draw)
    return tuple(found + others + _outcome(simulator, effects, draw))


def _pushes(simulator: Simulator, j: int, draw: int) -> list[Element]:
    link, arrays = simulator.model.levers[j], simulator.arrays[0]
    name, unit = link.lever.id, f"{link.lever.unit}/year"
    found = [constant(f"{name}_added_per_unit", arrays.gain[draw, j], "1", "1 + ψ: what one funded unit adds.")]
    share = ""
    if arrays.rule[j] != kernel.ADDITIVE:
        covers = [
            f"MIN({simulator.levers[i]}_arrived / {float(arrays.reach[i])!r}, 1)"
            for i in range(len(simulator.model.levers))
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
        constant(f"{name}_push_size", world.push[v], "year/push", "Relative change, or share of assets, of one push."),
        graph(f"{name}_baseline", world.base[draw, v], unit, "The driver without measures."),
        *(constant(f"{name}_{rate}", value, units, doc) for (rate, units, doc), value in rates),
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
        constant(f"{name}_stock_initial", world.rate[draw, v, 1], money, "R&D stock before the first year."),
        graph(f"{name}_real_flow_baseline", world.flow[draw, v], f"{money}/year", "Real R&D without measures."),
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
    plain, gross, net = (f"{name}_{key}" for key in ("gross_baseline", "gross_added", "net_added"))
    own, wanted, points = f"{name}_net_share", f"{name}_renewal_wanted", part.elasticity.unit_from
    renewed = f"MAX({wanted} - (1 - {name}_decay * {YEAR}) * {net}, 0) / {YEAR}"
    enlarged = f"MAX((1 - {name}_replacement) * {wanted} - (1 - {name}_disposal * {YEAR}) * {gross}, 0) / {YEAR}"
    parts: tuple[tuple[str, str, str, str, str, str, str], ...] = (
        (plain, "1", f"{name}_commissioned", f"{name}_commissioning * {plain}",
         f"{name}_disposed", f"{name}_disposal * {plain}", "Gross assets without measures."),
        (gross, "0", f"{name}_enlarged", enlarged,
         f"{name}_added_disposed", f"{name}_disposal * {gross}", "Gross assets that the programme adds."),
        (net, "0", f"{name}_renewed", renewed, f"{name}_added_decayed", f"{name}_decay * {net}", "Net, added."),
    )  # fmt: skip
    found = []
    for stock, start, into, inflow, out, outflow, doc in parts:
        found += [
            Element("flow", into, inflow, f"{unit}/year", f"Into: {doc}"),
            Element("flow", out, outflow, f"{unit}/year", f"Out of: {doc}"),
            Element("stock", stock, start, unit, doc, (), (into,), (out,)),
            Element("aux", f"{stock}_end", f"{stock} + ({into} - {out}) * {YEAR}", unit, f"At the year's end. {doc}"),
        ]
    share = f"MIN(1 - ({name}_baseline + {name}_apart) / 100, 1)"
    target = f"{name}_push_size * {name}_programme * {plain}_end"
    new = f"100 * MIN(({net}_end - {own} * {gross}_end) / {name}_gross, 1 - {own})"
    return [
        *found,
        Element("aux", wanted, target, unit, "Renewed assets that the programme holds in place."),
        Element("aux", own, share, "1", "Net to gross assets of all organisations without measures."),
        Element("aux", f"{name}_gross", f"{plain}_end + {gross}_end", unit, "Gross assets at the year's end."),
        Element("aux", f"{name}_net", f"{plain}_end * {own} + {net}_end", unit, "Net assets at the year's end."),
        Element("aux", f"{name}_renewal", new, points, "Wear of all organisations that renewal takes away."),
        Element(
            "aux", name, f"MAX({name}_baseline - {name}_renewal, 0)", points,
            "Wear: the baseline less the points of 100 (1 − net/gross) that renewal takes away.",
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
        found.append(constant(f"{name}_returns_lost", world.theta[draw, v], "1", "θ beyond the knee; 0: none."))
        change += f" - {name}_returns_lost * (LN(MAX({name}, {knee}) / {knee}) - LN(MAX({base}, {knee}) / {knee}))"
    observed = name if part.equation != kernel.STOCK else f"{base} * (1 + {name}_push_size * {name}_programme)"
    moved = f"LN(({observed}) / {base})" if logs else f"{observed} - {base}"
    low, high, fall, rise, window = (float(bound) for bound in world.domain[v])
    delays, stages = chain(f"{name}_moved_before", f"{name}_moved", int(window), unit, "What moved, years ago")
    step = f"{name}_step"
    by_change = f"MAX(0 - {step} / {fall!r}, {step} / {rise!r}) - 1"
    above, below = f"({observed}) - MAX({high!r}, {base})", f"MIN({low!r}, {base}) - ({observed})"
    by_level = f"MAX({above}, {below}) / {high - low!r}"
    outside = f"IF {name}_change = 0 THEN 0 ELSE MAX(MAX({by_change}, {by_level}), 0)"
    return [
        *found,
        Element("aux", f"{name}_change", change, unit, "Δx, as the elasticity reads it."),
        Element("flow", f"{name}_moved", f"({moved}) / {YEAR}", f"{unit}/year", "Change of what was observed."),
        *delays,
        Element("aux", step, f"({name}_moved - {stages[-1]}) * {YEAR}", unit, f"Change within {window:.0f} years."),
        Element("aux", f"{name}_outside", outside, "1", "Excess over the domain of validity, as its share."),
    ]


def _effect(simulator: Simulator, v: int, draw: int) -> list[Element]:
    part, world = simulator.model.drivers[v], simulator.arrays[1]
    name, unit = part.driver, f"1/({'1' if world.logs[v] else part.elasticity.unit_from})"
    widened = f"{name}_mean_elasticity + ({name}_elasticity - {name}_mean_elasticity) * (1 + {name}_outside)"
    found = [
        constant(f"{name}_elasticity", world.epsilon[draw, v], unit, "Effect on the logit of the outcome."),
        constant(f"{name}_mean_elasticity", world.centre[v], unit, "Around which doubt widens outside the domain."),
        Element("flow", f"{name}_response", f"({widened}) * {name}_change / {YEAR}", "1/year", "The whole shift."),
    ]
    effect, doc = f"{name}_effect", "Shift of the outcome's logit that the driver brings."
    if part.persistent:
        arrives = f"(1 - {name}_persistence) * ({name}_response * {YEAR} - {effect}_held) / {YEAR}"
        return [
            *found,
            constant(f"{name}_persistence", world.phi[draw, v], "1", "φ."),
            Element("flow", f"{effect}_arrives", arrives, "1/year", "u_t − u_{t−1}."),
            Element("stock", f"{effect}_held", "0", "1", "The shift of the year before.", (), (f"{effect}_arrives",)),
            Element("aux", effect, f"{effect}_held + {effect}_arrives * {YEAR}", "1", doc),
        ]
    lags = part.lags
    delays, stages = chain(f"{name}_response_before", f"{name}_response", lags - 1, "1", "Response, years ago")
    weights = [
        constant(f"{name}_weight_{k}", world.weights[draw, v, k], "year", f"Share of the effect after {k} years.")
        for k in range(lags)
    ]
    total = " + ".join(f"{weight.name} * {stage}" for weight, stage in zip(weights, stages, strict=True))
    return [*found, *delays, *weights, Element("aux", effect, total, "1", doc)]


def _outcome(simulator: Simulator, assumed: Sequence[str], draw: int) -> list[Element]:
    name = simulator.model.outcome
    effects = [f"{part.driver}_effect" for part in simulator.model.drivers] or ["0"]
    total, square = " + ".join(effects), " + ".join(f"{one} ^ 2" for one in effects)
    crossed = f"(shift_sum ^ 2 - ({square})) / (2 * shift_size)"
    joined = f"shift_sum + synergy * (IF shift_size = 0 THEN 0 ELSE {crossed})"
    joined = " + ".join([joined, *assumed])
    logit = f"LN({name}_baseline / (100 - {name}_baseline)) + logit_shift"
    return [
        constant("synergy", simulator.parameters["synergy"][draw], "1", "κ across drivers: an assumption."),
        Element("aux", "shift_sum", total, "1", "Sum of the drivers' shifts."),
        Element("aux", "shift_size", " + ".join(f"ABS({one})" for one in effects), "1", "Sum of their sizes."),
        Element("aux", "logit_shift", joined, "1", "Shift of the outcome's logit."),
        graph(f"{name}_baseline", simulator.baseline[draw], "%", "The outcome without measures."),
        Element("aux", f"{name}_logit", logit, "1", "The outcome on the logit scale."),
        Element("aux", name, f"100 / (1 + EXP(0 - {name}_logit))", "%", "The outcome."),
    ]


def _largest(terms: Sequence[str]) -> str:
    found = terms[0]
    for term in terms[1:]:
        found = f"MAX({found}, {term})"
    return found


_EQUATIONS = {kernel.FLOW: _flow, kernel.STOCK: _stock, kernel.POSTS: _posts, kernel.ASSETS: _assets}
