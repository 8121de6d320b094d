"""What the check of an elasticities file lets through, the policy model can be run on."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from regional_econ._base.errors import OptionError, RegionalEconError
from regional_econ.core.elasticity import Domain, Elasticity, ElasticitySet, Lag
from regional_econ.elasticities.export import check
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator

ALL = ("A", "B", "C")
ENDS = (float("nan"), float("inf"), -1e12, -3, 0.0, 1e-300, 1e-9, 0.5, 1, 40, 101, 1e12, 1e300)
COLUMNS = ("w0", "w1", "w2")
KERNELS = ("point", "almon", "gamma", "pim", "irf_draws")
YEARS = ([], [3], [-2], [0, 1, 2], [2, 1, 0], [1, 1, 2], [0, 0.5, 1], [0, 50, 100], [0, 1, 1e9])


def changes() -> Iterator[tuple[str, Any]]:
    """Values at the ends of every number of one elasticity, and lags of every kind."""
    for name, value in itertools.product(("x_min", "x_max", "max_abs_change", "change_window_years"), ENDS):
        yield "domain", {name: value}
    for form in ("elasticity", "semi_elasticity", "logit_per_log", "logit_per_unit"):
        yield "form", form
    for kernel, years, columns in itertools.product(KERNELS, YEARS, ([], list(COLUMNS))):
        yield "lag", {"kernel": kernel, "years": years, "columns": columns}
    for name, value in itertools.product(("prior_share", "point"), ENDS):
        yield name, value


@pytest.fixture(scope="module")
def few(world: Inputs) -> Inputs:
    """Forty of the forecast's draws, so that many files are quick; the elasticities keep theirs."""
    short = {name: array.isel(draw=slice(40)) for name, array in world.baseline.variables.items()}
    draws = world.elasticities.draws
    weights = np.random.default_rng(3).dirichlet([3.0, 2.0, 1.0], len(draws))
    draws = draws.assign(**dict(zip(COLUMNS, weights.T, strict=True)))
    elasticities = replace(world.elasticities, draws=draws)
    return replace(world, baseline=replace(world.baseline, variables=short), elasticities=elasticities)


def finite(inputs: Inputs) -> bool:
    sim = Simulator.of(inputs, start=2023, end=2035, seed=3, grades=ALL)
    plan = np.zeros((len(sim.levers), 13))
    plan[:, 2:] = np.array([[link.lever.max or 1.0] for link in sim.model.levers])
    found = sim.traces(plan)
    return all(np.isfinite(values).all() for values in (*vars(found).values(), sim.outcome(plan)))


@pytest.mark.parametrize("driver", ["investment_grp_pct", "wear_pct"])
def test_what_passes_the_check_can_be_simulated(few: Inputs, tmp_path: Path, driver: str) -> None:
    path = few.elasticities.write(tmp_path)
    good = json.loads(path.read_text(encoding="utf-8"))
    at = next(k for k, one in enumerate(good["parameters"]) if one["from"] == driver)
    passed = refused = 0
    for name, value in changes():
        document = json.loads(json.dumps(good))
        one = document["parameters"][at]
        one[name] = one[name] | value if isinstance(value, dict) else value
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            check(path)
        except RegionalEconError:
            refused += 1
            continue
        passed += 1
        given = replace(few, elasticities=ElasticitySet.read(path))
        if one["lag"]["kernel"] == "pim":  # a right file about a stock that this model does not have
            with pytest.raises(OptionError, match="has no stock"):
                finite(given)
        else:
            assert finite(given), (name, value)
    assert min(passed, refused) > 20


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e6, 1e12, 1e13, 1e300])
def test_effects_of_any_size_are_refused_or_simulated(few: Inputs, tmp_path: Path, size: float) -> None:
    draws = few.elasticities.draws.copy()
    draws["rd_grp_pct"] = size * np.sign(draws["rd_grp_pct"])
    narrow = Domain(0.1, 0.1 + 2e-9, 1e-9, 1.0)
    parameters = tuple(_about(one, draws, narrow) for one in few.elasticities.parameters)
    path = replace(few.elasticities, draws=draws, parameters=parameters).write(tmp_path)
    try:
        check(path)
    except RegionalEconError:
        assert size > 1e12
    else:
        assert finite(replace(few, elasticities=ElasticitySet.read(path)))


def _about(one: Elasticity, draws: Any, domain: Domain) -> Elasticity:
    q = {f"p{share:02.0f}": float(draws[one.id].quantile(share / 100)) for share in (5, 50, 95)}
    return replace(one, q=q, point=q["p50"], domain=domain, lag=Lag("point", (0.0,)))
