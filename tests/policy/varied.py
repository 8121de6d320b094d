"""A world in which each kind of lag stands once and a lever has a capacity, and amounts that try everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from regional_econ.core.elasticity import Lag
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator


def varied(world: Inputs) -> Inputs:
    """Give the drivers a stock, persistence, a point, and weights that are drawn; cap a lever."""
    lags = {
        "rd_grp_pct": Lag("pim", ()),
        "researchers_per_10k_employed": Lag("point", (0.0,)),
        "investment_grp_pct": Lag("point", (2.0,)),
        "wear_pct": Lag("irf_draws", (0.0, 1.0, 2.0), ("w0", "w1", "w2")),
    }
    weights = np.random.default_rng(2).dirichlet([3.0, 2.0, 1.0], len(world.elasticities.draws))
    draws = world.elasticities.draws.assign(w0=weights[:, 0], w1=weights[:, 1], w2=weights[:, 2])
    parameters = tuple(replace(p, lag=lags[p.source]) for p in world.elasticities.parameters)
    capped = tuple(replace(lever, capacity=0.8) if lever.id == "L10" else lever for lever in world.levers)
    return replace(world, levers=capped, elasticities=replace(world.elasticities, parameters=parameters, draws=draws))


def random_amounts(sim: Simulator, seed: int) -> np.ndarray:
    """Levers that rise, fall and stop, up to their maxima."""
    rng = np.random.default_rng(seed)
    high = np.array([link.lever.max or 1.0 for link in (*sim.model.levers, *sim.model.assumed)])
    found = rng.uniform(0.0, 1.0, (len(sim.levers), len(sim.years))) * high[:, None]
    return found * (rng.uniform(size=found.shape) < 0.7)
