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
from regional_econ.policy import kernel
from regional_econ.policy import levers as lever_rules
from regional_econ.policy.browser_vectors import answered_settings
from regional_econ.policy.parameters import SYNERGY, DriverPart
from regional_econ.policy.simulator import Simulator

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
FORMULAS: Mapping[str, str] = {
    "indices": "j lever, v driver, t year counted from 0, one draw at a time; numbers of a draw come from the arrays.",
    "funded": "a[j,t] = min(amount[j,t], capacity[j]); no capacity: a = amount.",
    "arrived": "b[j,t] = a[j,t - lag[j]] for t >= lag[j], else 0.",
    "coverage": "c[j,t] = min(b[j,t] / reach[j], 1).",
    "share": "additive: 1; over the levers i of j's group: random (1 - prod(1 - c[i,t])) / sum c[i,t], nested "
    "max c[i,t] / sum c[i,t]; 1 where b[j,t] = 0.",
    "programme": "P[v,t] = sum over levers j of v: gain[j] * b[j,t] * share[j,t].",
    "level_flow": "x[t] = base[t] * (1 + push * P[t]).",
    "level_stock": "x[t] = base[t] * (1 + sum over s <= t of response[t,s] * P[s]); response is packed by rows: "
    "(0,0), (1,0), (1,1), (2,0), ...",
    "level_posts": "r = (1 - attrition) * S[t-1]; S[t] = r + filling * max(push * P[t] * base[t] - r, 0), S[-1] = 0; "
    "x[t] = base[t] + S[t].",
    "level_assets": "g = 1 + commissioning - disposal; e[t] = push * max(P[t] - P[t-1], 0), P[-1] = 0; "
    "n[t] = (1 - decay) / g * n[t-1] + e[t]; m[t] = (1 - disposal) / g * m[t-1] + (1 - replacement) * e[t]; "
    "x[t] = 100 * (1 - min((1 - base[t] / 100 + n[t]) / (1 + m[t]), 1)), base[t] where n[t] = m[t] = 0.",
    "change": "d[t] = ln(x[t] / base[t]) if logs, else x[t] - base[t]; with decreasing returns theta and logs also "
    "- theta * (ln(max(x[t], knee) / knee) - ln(max(base[t], knee) / knee)); no knee: nothing. 0 where x = base.",
    "observed": "o[t] = base[t] * (1 + push * P[t]) for flow and stock, else x[t]; z[t] = ln(o[t] / base[t]) if logs, "
    "else o[t] - base[t].",
    "outside": "s = z[t] - z[t - window] (0 before year 0); h = (-s / fall if s < 0 else s / rise) - 1; "
    "l = max(o[t] - max(high, base[t]), min(low, base[t]) - o[t]) / (high - low); q[t] = max(h, l, 0); 0 if d[t] = 0.",
    "response": "w[t] = (mean_elasticity + (elasticity - mean_elasticity) * (1 + q[t])) * d[t].",
    "effect": "lag weights: u[t] = sum over k <= t of weights[k] * w[t - k]; persistent: "
    "u[t] = persistence * u[t-1] + (1 - persistence) * w[t], u[-1] = 0.",
    "together": "U[t] = sum of u over drivers + synergy_sd * synergy * (sum over pairs v < w of u[v,t] * u[w,t]) / "
    "(sum of |u| over drivers), the second term 0 where the sum of |u| is 0.",
    "outcome": "y[t] = 100 / (1 + exp(-(ln(y0[t] / (100 - y0[t])) + U[t]))), y0 = outcome; y0[t] where U[t] = 0.",
    "quantile": "linear between order statistics: at p of n sorted draws, position (n - 1) * p.",
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
    draws : how many, chosen at random without return; all where there are fewer.

    Raises
    ------
    OptionError : a deficit cuts the levers' funds, which the formulas do not hold.
    """
    if np.any(simulator.arrays[0].kept != 1.0):
        raise OptionError("a page does not cut funds", advice="Build the simulator without a deficit")
    rows = _rows(simulator.n_draws, draws, seed)
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
        "levers": [_lever(simulator, j) for j in range(len(simulator.levers))],
        "drivers": [_driver(simulator, v) for v in range(len(simulator.drivers))],
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


def _rows(known: int, wanted: int, seed: int) -> NDArray[np.int64]:
    rng = rng_for(seed, "policy", "browser", "rows")
    return np.sort(rng.choice(known, size=min(known, wanted), replace=False)).astype(np.int64)


def _arrays(simulator: Simulator, rows: NDArray[np.int64], seed: int) -> dict[str, Floats]:
    lever, world = simulator.arrays
    found = {"outcome": simulator.baseline, "synergy": simulator.with_synergy(1.0, seed=seed).parameters[SYNERGY]}
    for j, name in enumerate(simulator.levers):
        found |= {f"{name}.lag": lever.lag[:, j].astype(np.float64), f"{name}.gain": lever.gain[:, j]}
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


def _lever(simulator: Simulator, j: int) -> dict[str, Any]:
    link, arrays = simulator.model.levers[j], simulator.arrays[0]
    lever = link.lever
    return {
        "id": lever.id,
        "instrument": lever.instrument,
        "paper_quote": lever.paper_quote,
        "driver": link.driver,
        "grade": link.grade,
        "link_grade": lever_rules.link_grade(lever),
        "unit": lever.unit,
        "min": lever.min or 0.0,
        "max": lever.max,
        "step": lever.step,
        "capacity": lever.capacity,
        "reach": float(arrays.reach[j]),
        "group": simulator.levers[int(arrays.group[j])],
        "overlap": link.rule,
        "delivery_lag": list(lever_rules.lag_bounds(lever)),
    }


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
