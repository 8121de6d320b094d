"""The policy model as data for a page that computes without Python: draws, formulas, and answers to check against.

One JSON document tells years, levers, drivers, formulas and test vectors; one binary file holds the numbers that differ
between draws, little-endian doubles one array after the other. ``data/schemas/policy_browser.schema.json`` describes
the document. What is done with the numbers, from a price's path to the logit, is written out as formulas. A scenario
file that names the document as its ``draws_ref`` runs on the very same draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.files import sha256_bytes, write_bytes, write_json
from regional_econ._base.seeds import rng_for
from regional_econ.core.schemas import validate
from regional_econ.policy.exports.browser_formulas import FORMULAS
from regional_econ.policy.exports.browser_price import Price, driver_components, price_part
from regional_econ.policy.exports.browser_vectors import GRADES, answered_settings
from regional_econ.policy.exports.page_draws import made_of
from regional_econ.policy.model import kernel
from regional_econ.policy.model import levers as lever_rules
from regional_econ.policy.model.direct import MINING, MINING_PRIOR
from regional_econ.policy.model.driver_part import DriverPart
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.parameters import SYNERGY, LeverPart
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
NUMBERS = "policy_browser.f64"
DRAWS = 1000
_EQUATIONS = {kernel.FLOW: "flow", kernel.STOCK: "stock", kernel.POSTS: "posts", kernel.ASSETS: "assets"}
_RATES = {
    kernel.FLOW: (),
    kernel.STOCK: ("depreciation", "stock"),
    kernel.POSTS: ("attrition", "filling"),
    kernel.ASSETS: ("commissioning", "disposal", "decay", "replacement"),
}


@dataclass(frozen=True)
class BrowserFiles:
    """The document and the numbers it points into."""

    document: Mapping[str, Any]
    numbers: bytes

    def write(self, document: Path, numbers: Path) -> None:
        """Write both files; the document must be valid under its schema.

        Raises
        ------
        SchemaError : the document breaks the schema.
        StoreError : a figure that JSON cannot hold.
        """
        validate(self.document, "policy_browser", where=document.name)
        write_bytes(numbers, self.numbers)
        write_json(document, self.document)


def browser_files(
    inputs: Inputs, *, start: int, end: int, seed: int, price: Price | None = None, draws: int = DRAWS
) -> BrowserFiles:
    """Return what a page needs to recompute the outcome's draws under any setting of levers and path of a price.

    Parameters
    ----------
    inputs : what the model stands on.
    start, end : first and last year.
    seed : of the declared priors and delivery lags; chooses also the draws, the test vectors and those of the synergy.
    price : whose path may be set; None: none.
    draws : how many; evenly spaced along the order of the baseline in the last year, each draw as likely as any
        other, so that few stand well for all. All where there are fewer.

    Raises
    ------
    UnknownNameError, OptionError, SchemaError : as :meth:`Simulator.of`.
    """
    simulator = Simulator.of(inputs, start=start, end=end, seed=seed, grades=GRADES, assumed=True)
    rows = _rows(simulator.baseline[:, -1], draws, seed)
    drivers = tuple(part.driver for part in simulator.model.drivers)
    priced = None if price is None else price_part(inputs, price, years=simulator.years, drivers=drivers)
    arrays = _arrays(simulator, seed) | ({} if priced is None else dict(priced.arrays))
    places, numbers, offset = {}, [], 0
    for name, values in arrays.items():
        kept = np.ascontiguousarray(values[rows], dtype="<f8")
        places[name] = {"offset": offset, "shape": list(kept.shape)}
        numbers.append(kept.tobytes())
        offset += kept.size
    document = {
        "schema_version": "1",
        "region": inputs.region,
        "outcome": inputs.outcome,
        "unit": "%",
        "years": list(simulator.years),
        "seed": seed,
        "draws": {
            "count": len(rows),
            "of": simulator.n_draws,
            "rows": rows.tolist(),
            "made_of": made_of(inputs, simulator.years),
            "file": NUMBERS,
            "sha256": sha256_bytes(b"".join(numbers)),
            "type": "float64 little-endian",
            "arrays": places,
        },
        "formulas": dict(FORMULAS),
        "levers": [_lever(simulator, link) for link in (*simulator.model.levers, *simulator.model.assumed)],
        "drivers": [_driver(simulator, v, inputs) for v in range(len(drivers))],
        "price": None if priced is None else priced.document,
        "assumptions": {"synergy_sd": 0.0, "decreasing_returns": 0.0},
        "tests": {"vectors": answered_settings(simulator, inputs, rows, price if priced else None, seed=seed)},
    }
    return BrowserFiles(document, b"".join(numbers))


def _rows(last: Floats, wanted: int, seed: int) -> NDArray[np.int64]:
    """Return rows evenly spaced along the order of the outcome in the last year (draws,), from a random start."""
    known, count = len(last), min(len(last), wanted)
    start = rng_for(seed, "policy", "browser", "rows").uniform()
    places = np.floor((np.arange(count) + start) * known / count).astype(np.int64)
    return np.sort(np.argsort(last, kind="stable")[places])


def _arrays(simulator: Simulator, seed: int) -> dict[str, Floats]:
    world = simulator.arrays[1]
    found = {"outcome": simulator.baseline, "synergy": simulator.with_synergy(1.0, seed=seed).parameters[SYNERGY]}
    given = simulator.parameters
    for name in simulator.levers:
        found |= {f"{name}.lag": given[f"{name}.delivery_lag"], f"{name}.gain": 1.0 + given[f"{name}.additionality"]}
        if f"{name}.direct" in given:
            found[f"{name}.direct"] = given[f"{name}.direct"]
    if MINING_PRIOR in given:
        found["mining_slope"] = given[MINING_PRIOR]
    for v, part in enumerate(simulator.model.drivers):
        found |= {f"{part.driver}.base": world.base[:, v], f"{part.driver}.elasticity": world.epsilon[:, v]}
        if part.persistent:
            found[f"{part.driver}.persistence"] = world.phi[:, v]
        else:
            found[f"{part.driver}.weights"] = world.weights[:, v, : part.lags]
        if part.equation == kernel.STOCK:
            found[f"{part.driver}.flow"] = world.flow[:, v]
        for k, rate in enumerate(_RATES[part.equation]):
            found[f"{part.driver}.{rate}"] = world.rate[:, v, k]
    return found


def _lever(simulator: Simulator, link: LeverPart) -> dict[str, Any]:
    assumed = link in simulator.model.assumed
    groups = [_group(other) for other in simulator.model.levers]
    path = "driver" if not assumed else "mining" if link.driver == MINING else "treated"
    lever = link.lever
    return {
        "id": lever.id,
        "instrument": lever.instrument,
        "paper_quote": lever.paper_quote,
        "path": path,
        "driver": link.driver,
        "grade": link.grade,
        "link_grade": lever_rules.link_grade(lever),
        "unit": lever.unit,
        "min": lever.min or 0.0,
        "max": lever.max,
        "step": lever.step,
        "capacity": lever.capacity,
        "reach": lever.max or 1.0,
        "group": lever.id if assumed else simulator.levers[groups.index(_group(link))],
        "overlap": link.rule,
        "delivery_lag": list(lever_rules.lag_bounds(lever)),
    }


def _group(link: LeverPart) -> str:
    return link.lever.overlap.get("group", link.driver)


def _driver(simulator: Simulator, v: int, inputs: Inputs) -> dict[str, Any]:
    part, world = simulator.model.drivers[v], simulator.arrays[1]
    low, high, fall, rise, window = (float(bound) for bound in world.domain[v])
    return {
        "id": part.driver,
        "unit": part.elasticity.unit_from,
        "equation": _EQUATIONS[part.equation],
        "linear": part.equation in (kernel.FLOW, kernel.STOCK),
        "push": float(world.push[v]),
        "push_change": {"size": part.push.size, "unit": part.push.unit},
        "logs": bool(world.logs[v]),
        "knee": float(part.knee) if np.isfinite(part.knee) else None,
        "apart": part.apart,
        "components": driver_components(inputs, part.driver),
        "persistent": part.persistent,
        "elasticity": _elasticity(part, float(world.centre[v])),
        "domain": {
            "low": low, "high": high, "fall": fall, "rise": rise, "window": int(window),
            "outside": part.elasticity.domain.outside,
        },
    }  # fmt: skip


def _elasticity(part: DriverPart, centre: float) -> dict[str, Any]:
    one = part.elasticity
    return {"id": one.id, "grade": one.grade, "prior_share": one.prior_share, "form": one.form, "mean": centre}
