"""What the check of an elasticities file lets through, the policy model can be run on."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from regional_econ._base.errors import RegionalEconError
from regional_econ.core.elasticity import Domain, Elasticity, ElasticitySet, Form, Lag
from regional_econ.core.scenario import Scenario, Setting
from regional_econ.elasticities.domain import domain_of
from regional_econ.elasticities.export import check
from regional_econ.policy.model.drivers import historical_push, rare_changes
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.simulator import Simulator
from regional_econ.policy.scenarios.run import run

Measured = Callable[[ElasticitySet], ElasticitySet]
ALL = ("A", "B", "C")
ENDS = (float("nan"), float("inf"), -1e12, -3, 0.0, 1e-300, 1e-9, 0.5, 1, 40, 101, 1e12, 1e300)
COLUMNS = ("w0", "w1", "w2")
KERNELS = ("point", "almon", "gamma", "pim", "irf_draws")
YEARS = ([], [3], [-2], [0, 1, 2], [2, 1, 0], [1, 1, 2], [0, 0.5, 1], [0, 50, 100], [0, 1, 1e9])


def changes() -> Iterator[tuple[str, Any]]:
    """Values at the ends of every number of one elasticity, and lags of every kind."""
    for name, value in itertools.product(("x_min", "x_max", "max_abs_change", "change_window_years"), ENDS):
        yield "domain", {name: value}
    for form, unit in itertools.product(get_args(Form), ("%", "ln(%)", "bananas", "")):
        yield "form", {"form": form, "unit_from": unit}
    for kernel, years, columns in itertools.product(KERNELS, YEARS, ([], list(COLUMNS))):
        yield "lag", {"kernel": kernel, "years": years, "columns": columns}
    for name, value in itertools.product(("prior_share", "point"), ENDS):
        yield name, value


@pytest.fixture(scope="module")
def few(world: Inputs, measure: Measured) -> Inputs:
    """Forty of the forecast's draws, so that many files are quick; the elasticities keep theirs."""
    short = {name: array.isel(draw=slice(40)) for name, array in world.baseline.variables.items()}
    draws = world.elasticities.draws
    weights = np.random.default_rng(3).dirichlet([3.0, 2.0, 1.0], len(draws))
    draws = draws.assign(**dict(zip(COLUMNS, weights.T, strict=True)))
    elasticities = measure(replace(world.elasticities, draws=draws))
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
        if name == "form":
            one |= value
        else:
            one[name] = one[name] | value if isinstance(value, dict) else value
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            check(path)
        except RegionalEconError:
            refused += 1
            continue
        passed += 1
        given = replace(few, elasticities=ElasticitySet.read(path))
        assert finite(given), (name, value)
    assert min(passed, refused) > 20


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e6, 1e12, 1e13, 1e300])
def test_effects_of_any_size_are_refused_or_simulated(
    few: Inputs, tmp_path: Path, measure: Measured, size: float
) -> None:
    draws = few.elasticities.draws.copy()
    draws["rd_grp_pct"] = size * np.sign(draws["rd_grp_pct"])
    narrow = Domain(0.1, 0.1 + 2e-9, 1e-9, 1.0)
    parameters = tuple(_about(one, draws, narrow) for one in few.elasticities.parameters)
    path = measure(replace(few.elasticities, draws=draws, parameters=parameters)).write(tmp_path)
    try:
        check(path)
    except RegionalEconError:
        assert size > 1e12
    else:
        assert finite(replace(few, elasticities=ElasticitySet.read(path)))


def in_form(given: Inputs, driver: str, form: Form, change: float) -> Inputs:
    """The same file with one driver's effect in another form, and a domain of its own scale."""
    parameters = tuple(
        replace(one, form=form, lag=Lag("point", (1.0,)), domain=replace(one.domain, max_abs_change=change))
        if one.source == driver
        else one
        for one in given.elasticities.parameters
    )
    return replace(given, elasticities=replace(given.elasticities, parameters=parameters))


@pytest.mark.parametrize("form", ["logit_per_log", "logit_per_unit"])
@pytest.mark.parametrize(("driver", "lever"), [("rd_grp_pct", "L10"), ("wear_pct", "L11")])
def test_windows_and_flags_count_as_the_form_does(few: Inputs, driver: str, lever: str, form: Form) -> None:
    """By hand: in logs or in the driver's unit, never one held against the other, while the push stays the same."""
    given, logs = in_form(few, driver, form, 1e6), form == "logit_per_log"
    levels = given.panel.matrix(driver)
    scaled = np.log(levels) if logs else levels
    breaks = [at.year for at in given.panel.variable(driver).breaks]
    kept = [y for y in scaled if y - 5 in scaled and not any(y - 5 < at <= y for at in breaks)]
    moves = np.array([scaled[y] - scaled[y - 5] for y in kept])
    bases = np.array([levels[y - 5] for y in kept])
    low, high = np.quantile(levels.to_numpy(), [0.05, 0.95])
    alike = moves[(bases >= low) & (bases <= high)]
    assert rare_changes(given.panel, driver, form) == pytest.approx(tuple(np.quantile(moves, [0.01, 0.99]) * [-1, 1]))
    assert domain_of(given.panel, driver, form).max_abs_change == pytest.approx(np.abs(alike).max())
    plan = Scenario("t", "f", 2023, 2035, (Setting(lever, ((2023, 5.0),)),), (), "e", 3, include_grades=ALL)
    result = run(plan, replace(given, levers=tuple(replace(one, max=1e6) for one in given.levers)))
    (flag,) = (one for one in result.flags if one.driver == driver)
    side = moves >= flag.change if flag.change > 0 else moves <= flag.change
    near = alike >= flag.change if flag.change > 0 else alike <= flag.change
    assert (flag.seen, flag.windows, flag.regions) == (side.sum(), moves.size, side.any(axis=0).sum())
    assert (flag.comparable, flag.comparable_windows) == (near.sum(), len(alike))
    # Where the largest change of the file does not bind, one window of a hundred goes further than the threshold.
    assert flag.threshold_share == pytest.approx(0.01, abs=1 / moves.size)
    part = next(
        one
        for one in Simulator.of(given, start=2023, end=2035, seed=3, grades=ALL).model.drivers
        if one.driver == driver
    )
    assert part.push == historical_push(given.panel, driver)
    end = part.elasticity.domain.x_max if driver == "rd_grp_pct" else part.elasticity.domain.x_min
    assert part.moved(part.edge) == pytest.approx(end), "only the levels bind here"


def test_a_narrow_domain_binds_in_its_own_unit(few: Inputs) -> None:
    """.05 points of wear, .05 in logs: the edge lies there, in levels and in pushes."""
    for form in ("logit_per_log", "logit_per_unit"):
        model = Simulator.of(
            in_form(few, "wear_pct", form, 0.05), start=2023, end=2035, seed=3, grades=ALL, drivers=("wear_pct",)
        )
        part = next(one for one in model.model.drivers if one.driver == "wear_pct")
        level = part.newest * np.exp(-0.05) if form == "logit_per_log" else part.newest - 0.05
        assert part.moved(part.edge) == pytest.approx(level)
        assert part.pushes(part.edge) == pytest.approx((level - part.newest) / part.push.size)


def _about(one: Elasticity, draws: Any, domain: Domain) -> Elasticity:
    q = {f"p{share:02.0f}": float(draws[one.id].quantile(share / 100)) for share in (5, 50, 95)}
    return replace(one, q=q, point=q["p50"], domain=domain, lag=Lag("point", (0.0,)))
