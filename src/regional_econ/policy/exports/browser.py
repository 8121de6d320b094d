"""The policy model as data for a page that computes without Python: draws, formulas, and answers to check against.

One JSON document tells years, levers, drivers, formulas and test vectors; one binary file holds the numbers that differ
between draws, little-endian doubles one array after the other. ``data/schemas/policy_browser.schema.json`` describes
the document. The linear part is what levers deliver and how R&D and investment follow: per draw a matrix from what
arrives to the relative change of the driver. All else, from other stocks to the logit, is written out as formulas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError
from regional_econ._base.files import sha256_bytes, write_bytes, write_json
from regional_econ._base.seeds import rng_for
from regional_econ.core.schemas import validate
from regional_econ.policy.exports.browser_formulas import FORMULAS
from regional_econ.policy.exports.browser_vectors import answered_settings
from regional_econ.policy.model import kernel
from regional_econ.policy.model import levers as lever_rules
from regional_econ.policy.model.direct import MINING, MINING_PRIOR
from regional_econ.policy.model.driver_part import DriverPart
from regional_econ.policy.model.parameters import SYNERGY, LeverPart
from regional_econ.policy.model.simulator import Simulator

Floats = NDArray[np.float64]
DOCUMENT, NUMBERS = "policy_browser.json", "policy_browser.f64"
DRAWS = 1000
_EQUATIONS = {kernel.FLOW: "flow", kernel.STOCK: "stock", kernel.POSTS: "posts", kernel.ASSETS: "assets"}
_RATES = {
    kernel.FLOW: (),
    kernel.STOCK: (),
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


def browser_files(simulator: Simulator, *, region: str, seed: int, draws: int = DRAWS) -> BrowserFiles:
    """Return what a page needs to recompute the outcome's draws under any setting of levers.

    Parameters
    ----------
    simulator : the model with all its draws, without a deficit.
    region : whose model it is.
    seed : chooses the draws, the test vectors and the draws of the synergy.
    draws : how many; evenly spaced along the order of the baseline in the last year, each draw as likely as any
        other, so that few stand well for all. All where there are fewer.

    Raises
    ------
    OptionError : a deficit cuts the levers' funds, which the formulas do not hold.
    """
    if np.any(simulator.arrays[0].kept != 1.0):
        raise OptionError("a page does not cut funds", advice="Build the simulator without a deficit")
    rows = _rows(simulator.baseline[:, -1], draws, seed)
    arrays = _arrays(simulator, rows, seed)
    places, offset = {}, 0
    for name, values in arrays.items():
        places[name] = {"offset": offset, "shape": list(values.shape)}
        offset += values.size
    numbers = b"".join(np.ascontiguousarray(values, dtype="<f8").tobytes() for values in arrays.values())
    model = simulator.model
    document = {
        "schema_version": "1",
        "region": region,
        "outcome": model.outcome,
        "unit": "%",
        "years": list(model.years),
        "seed": seed,
        "draws": {
            "count": len(rows),
            "of": simulator.n_draws,
            "file": NUMBERS,
            "sha256": sha256_bytes(numbers),
            "type": "float64 little-endian",
            "arrays": places,
        },
        "formulas": dict(FORMULAS),
        "levers": [_lever(simulator, link) for link in (*model.levers, *model.assumed)],
        "drivers": [_driver(simulator, v) for v in range(len(model.drivers))],
        "assumptions": {"synergy_sd": 0.0, "decreasing_returns": 0.0},
        "tests": {"tolerance": 1e-9, "vectors": answered_settings(simulator, rows, seed=seed)},
    }
    return BrowserFiles(document, numbers)


def linear_response(simulator: Simulator, v: int) -> Floats:
    """Return how a driver follows what arrives (draws, years, years): dx_t / x_t⁰ per push of year s, where linear.

    The R&D stock: push · R_s (1 − δ)^(t − s) / K_t⁰ for s ≤ t.

    Parameters
    ----------
    v : row of a driver that follows a stock.
    """
    world = simulator.arrays[1]
    flow, rate = world.flow[:, v], world.rate[:, v]
    years = flow.shape[1]
    found, plain = np.zeros((len(flow), years, years)), rate[:, 1]
    for t in range(years):
        plain = (1.0 - rate[:, 0]) * plain + flow[:, t]
        kept = (1.0 - rate[:, [0]]) ** (t - np.arange(t + 1))
        found[:, t, : t + 1] = world.push[v] * flow[:, : t + 1] * kept / plain[:, None]
    return found


def _rows(last: Floats, wanted: int, seed: int) -> NDArray[np.int64]:
    """Return rows evenly spaced along the order of the outcome in the last year (draws,), from a random start."""
    known, count = len(last), min(len(last), wanted)
    start = rng_for(seed, "policy", "browser", "rows").uniform()
    places = np.floor((np.arange(count) + start) * known / count).astype(np.int64)
    return np.sort(np.argsort(last, kind="stable")[places])


def _arrays(simulator: Simulator, rows: NDArray[np.int64], seed: int) -> dict[str, Floats]:
    world = simulator.arrays[1]
    found = {"outcome": simulator.baseline, "synergy": simulator.with_synergy(1.0, seed=seed).parameters[SYNERGY]}
    given = simulator.parameters
    for name in simulator.levers:
        found |= {f"{name}.lag": given[f"{name}.delivery_lag"], f"{name}.gain": 1.0 + given[f"{name}.additionality"]}
        if f"{name}.direct" in given:
            found[f"{name}.direct"] = given[f"{name}.direct"]
    if MINING_PRIOR in given:
        found["mining_slope"] = given[MINING_PRIOR]
    years = len(simulator.years)
    for v, part in enumerate(simulator.model.drivers):
        found |= {f"{part.driver}.base": world.base[:, v], f"{part.driver}.elasticity": world.epsilon[:, v]}
        if part.persistent:
            found[f"{part.driver}.persistence"] = world.phi[:, v]
        else:
            found[f"{part.driver}.weights"] = world.weights[:, v, : part.lags]
        if part.equation == kernel.STOCK:
            t, s = np.tril_indices(years)
            found[f"{part.driver}.response"] = linear_response(simulator, v)[:, t, s]
        for k, rate in enumerate(_RATES[part.equation]):
            found[f"{part.driver}.{rate}"] = world.rate[:, v, k]
    return {name: values[rows] for name, values in found.items()}


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


def _driver(simulator: Simulator, v: int) -> dict[str, Any]:
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
