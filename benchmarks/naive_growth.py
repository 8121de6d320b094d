"""The growth model as one would write it at first: every level and every growth of every region is a parameter.

Drawn by PyMC's own NUTS, by nutpie, or by numpyro in another Python (``numpyro_growth.py``), from arrays alone, so that
nothing of the project is needed. It knows no breaks and no second steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc
import pytensor.tensor

pm: Any = pymc
pt: Any = pytensor.tensor


def naive_model(data: Mapping[str, np.ndarray]) -> Any:
    """Build the model.

    Parameters
    ----------
    data : observed and weight (N, T); national, known, before, known_before (T,); prior (3,), as in the growth model.
    """
    n, years = data["observed"].shape
    with pm.Model() as model:
        log_sd_mean = pm.Normal("log_sd_mean", -0.5, 1.0)
        log_sd_sd = _spread("log_sd_sd", 0.15, 0.4)
        log_sd = pm.Normal("log_sd", log_sd_mean, log_sd_sd, shape=n)
        sd = pt.sqrt(0.05**2 + pt.exp(2.0 * log_sd))[:, None]
        common = pm.Normal("common_drift", 0.0, data["prior"][0])
        parts = pt.sqrt(pm.Dirichlet("parts", np.array([2.0, 2.0, 1.0])))
        persistence = pm.Deterministic("persistence", 0.98 * pm.Beta("persistence_01", 2.0, 2.0))
        loading = pm.Normal("loading", 1.0, _spread("loading_sd", 0.1, 0.2), shape=n)
        factor_sd = _spread("factor_sd", 0.05, 0.4)
        factor_persistence = pm.TruncatedNormal(
            "factor_persistence", data["prior"][1], data["prior"][2], lower=-0.5, upper=0.98
        )
        swing = (data["national"] - common) * data["known"]
        expected = common + factor_persistence * (data["before"] - common) * data["known_before"]
        national = pm.logp(pm.StudentT.dist(nu=5.0, mu=expected, sigma=factor_sd), data["national"])
        pm.Potential("national", (national * data["known"]).sum())
        own = pm.Flat("own", shape=(n, years + 1))
        first = sd[:, 0] * parts[2] / pt.sqrt(1.0 - persistence**2)
        pm.Potential("first_own", pm.logp(pm.Normal.dist(0.0, first), own[:, 0]).sum())
        pm.Potential("own_law", pm.logp(pm.Normal.dist(persistence * own[:, :-1], sd * parts[2]), own[:, 1:]).sum())
        level = pm.Flat("level", shape=(n, years + 1))
        pm.Potential("first_level", pm.logp(pm.Normal.dist(0.0, 20.0), level[:, 0]).sum())
        mean = level[:, :-1] + common + loading[:, None] * swing + own[:, 1:]
        pm.Potential("level_law", pm.logp(pm.Normal.dist(mean, sd * parts[1]), level[:, 1:]).sum())
        figures = pm.logp(pm.Normal.dist(level[:, 1:], sd * parts[0]), data["observed"])
        pm.Potential("figures", (figures * data["weight"]).sum())
    return model


def _spread(name: str, floor: float, mean: float) -> Any:
    return pm.Deterministic(name, floor + pm.Gamma(f"{name}_above", alpha=2.0, beta=2.0 / mean))
