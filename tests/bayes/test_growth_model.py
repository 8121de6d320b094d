"""Is the model's density the one written out by hand, and does sampling find what was put in and bear what is thin?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pymc
import pytensor
import pytensor.tensor as pt
import pytest
from growth_world import (
    Parameters,
    drawn_parameters,
    figures_density,
    filter_arguments,
    joint_normal,
    layout,
    national_density,
    parameters_of,
    with_figures,
    with_national,
)
from pytensor.compile.mode import Mode
from scipy import stats

from regional_econ.bayes.growth_model import FACTOR_DF, GrowthData, GrowthPrior, Structure, build_growth_model
from regional_econ.bayes.kalman import level_growth, level_growth_filter
from regional_econ.bayes.sampling import sample
from regional_econ.bayes.trace import SamplerSettings, Trace
from regional_econ.forecasting.choice import load_choice

EVERYTHING = Structure(drift=True, growth=True, factor=True, volatility=True, driver=True)
NOTHING = Structure(drift=False, growth=False, factor=False, volatility=False, driver=False)
STRUCTURES = {"chosen": load_choice().structure, "everything": EVERYTHING, "nothing": NOTHING}
N, S = 16, 25  # the panel of tests/forecasting, so that one compiled model serves both rooms
NO_FIGURE, THREE_FIGURES, CONSTANT = 13, 14, 15
SHIFTS = (1.5, -2.0)

PLAIN = Mode(linker="py", optimizer=None)
REWRITTEN = Mode(linker="py", optimizer="fast_run").excluding("fusion", "inplace")
Values = Mapping[str, np.ndarray]


def world(seed: int, structure: Structure, n: int, prior: GrowthPrior | None = None) -> tuple[Parameters, GrowthData]:
    """Simulate a panel with gaps, a late start, two breaks, and a driver where the model has one."""
    rng = np.random.default_rng(seed)
    data = replace(layout(n, S, prior), exposure=rng.uniform(0.0, 0.5, n), driver=rng.normal(0.0, 0.3, S))
    given = drawn_parameters(rng, data, structure)
    data = with_national(rng, given, data)
    return given, with_figures(rng, given, data)[0]


def evaluated(structure: Structure, data: GrowthData, mode: Mode) -> tuple[Values, Values, list[np.ndarray]]:
    """Values of all variables, of all factors of the density by name, and gradients, at one point."""
    model = build_growth_model(*data.shape, structure)
    with model:
        pymc.set_data(data.arrays(structure))
    rng = np.random.default_rng(1)
    point = [np.asarray(value + 0.3 * rng.normal(size=np.shape(value))) for value in model.initial_point().values()]
    factors = model.logp(jacobian=False, sum=False)
    variables = model.unobserved_value_vars
    inputs = model.value_vars
    gradient = pytensor.grad(pt.stack([one.sum() for one in factors]).sum(), inputs)
    found = pytensor.function(inputs, [*variables, *factors, *gradient], mode=mode)(*point)
    names = [one.name for one in (*model.free_RVs, *model.potentials)]
    sizes = [len(variables), len(variables) + len(factors)]
    values = dict(zip((one.name for one in variables), found[: sizes[0]], strict=True))
    return values, dict(zip(names, found[sizes[0] : sizes[1]], strict=True)), found[sizes[1] :]


def priors(values: Values, prior: GrowthPrior) -> dict[str, float]:
    """Log prior of every free variable, summed over its elements."""

    def gamma(mean: float) -> Any:
        return stats.gamma(2.0, scale=mean / 2.0)

    persistence = stats.truncnorm(
        (-0.5 - prior.persistence) / prior.persistence_sd, (0.98 - prior.persistence) / prior.persistence_sd,
        prior.persistence, prior.persistence_sd,
    )  # fmt: skip
    laws: dict[str, Any] = {
        "log_sd_sd_above": gamma(0.4), "log_sd_mean": stats.norm(-0.5, 1.0),
        "log_sd": stats.norm(values["log_sd_mean"], values["log_sd_sd"]),
        "common_drift": stats.norm(0.0, prior.common_sd), "drift_sd_above": gamma(0.1), "drift_z": stats.norm(),
        "persistence_01": stats.beta(2.0, 2.0), "loading_sd_above": gamma(0.2), "loading_z": stats.norm(),
        "factor_sd_above": gamma(0.4), "factor_persistence": persistence, "driver_effect": stats.norm(0.0, 0.5),
        "volatility_sd_above": gamma(0.3), "volatility_z": stats.norm(), "break_mean": stats.norm(0.0, 2.0),
        "break_sd_above": gamma(0.5),
    }  # fmt: skip
    found = {name: float(law.logpdf(values[name]).sum()) for name, law in laws.items() if name in values}
    shape = [2.0, 2.0, 1.0][: len(values["parts"])]
    return {**found, "parts": float(stats.dirichlet(shape).logpdf(values["parts"]))}


@pytest.mark.parametrize("name", STRUCTURES)
def test_every_factor_of_the_density_is_the_one_written_out_by_hand(name: str) -> None:
    """Prior, national growth and joint normal of the figures; written and rewritten graphs agree, gradients too."""
    prior = GrowthPrior(0.3, 0.4, 0.2)
    _, data = world(3, STRUCTURES[name], 3, prior)
    values, factors, gradient = evaluated(STRUCTURES[name], data, PLAIN)
    given = parameters_of(values, *data.shape)
    expected = {"likelihood": figures_density(given, data), **priors(values, prior)}
    if STRUCTURES[name].factor:
        # the model leaves out the constant of Student's t
        constant = stats.t.logpdf(0.0, FACTOR_DF) * data.known.sum()
        expected["national_growth"] = national_density(given, data) - constant
    assert set(factors) == set(expected)
    for factor, wanted in expected.items():
        # PyMC holds constants of its laws in single precision; covariances of condition number up to 1e6 in double
        tolerance = 1e-8 if factor in ("likelihood", "national_growth") else 1e-6
        assert float(np.sum(factors[factor])) == pytest.approx(wanted, rel=tolerance, abs=tolerance), factor
    # PyTensor 3.3 turned 2·Join(a, b)[−1] into 0 once: rewriting must not change what the model means
    _, again, rewritten = evaluated(STRUCTURES[name], data, REWRITTEN)
    for factor, value in factors.items():
        np.testing.assert_allclose(again[factor], value, rtol=1e-6, atol=1e-6, err_msg=factor)
    for one, two in zip(gradient, rewritten, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-6)


def test_figures_hidden_by_their_weight_move_nothing() -> None:
    _, data = world(4, EVERYTHING, 3)
    hidden = replace(data, observed=np.where(data.weight > 0, data.observed, 50.0))
    found, other = (evaluated(EVERYTHING, one, PLAIN) for one in (data, hidden))
    for one, two in zip((*found[0].values(), *found[1].values(), *found[2]),
                        (*other[0].values(), *other[1].values(), *other[2]), strict=True):  # fmt: skip
        np.testing.assert_array_equal(one, two)


def test_compiled_by_numba_the_filter_and_its_gradient_are_the_same() -> None:
    given, data = world(5, EVERYTHING, 3)
    arguments = filter_arguments(given, data)
    inputs = [pt.as_tensor_variable(one).type() for one in arguments]
    total, state, *_ = level_growth_filter(*inputs)
    wanted = [total, state, *pytensor.grad(2.0 * total, inputs[4:])]
    compiled = pytensor.function(inputs, wanted, mode="NUMBA")(*arguments)
    likelihood, last, *gradient = level_growth(*arguments)
    for one, two in zip(compiled, (likelihood, last, *(2.0 * part for part in gradient)), strict=True):
        # the same code, with and without the compiler's own order of sums
        np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-12)


def test_the_log_likelihood_is_kept_on_demand() -> None:
    kept = {one.name for one in build_growth_model(2, S, NOTHING, store_log_lik=True).deterministics}
    assert "log_lik" in kept
    assert "log_lik" not in {one.name for one in build_growth_model(2, S, NOTHING).deterministics}
    assert "likelihood" not in {one.name for one in build_growth_model(2, S, NOTHING, with_prior=True).potentials}


@pytest.fixture(scope="module")
def planted() -> GrowthData:
    return planted_world(12)


def planted_world(seed: int) -> GrowthData:
    """Simulate a panel with known breaks, and give three regions figures on which little can be built."""
    structure = STRUCTURES["chosen"]
    rng = np.random.default_rng(seed)
    data = layout(N, S)
    given = replace(drawn_parameters(rng, data, structure), break_mean=np.array(SHIFTS), break_sd=np.array([0.3, 0.3]))
    given = replace(given, log_sd=rng.normal(-0.5, 0.3, N), parts=np.array([0.3, 0.5, 0.2]), factor_sd=0.4)
    data = with_figures(rng, given, with_national(rng, given, data))[0]
    weight, observed = data.weight.copy(), data.observed.copy()
    weight[NO_FIGURE] = 0.0
    weight[THREE_FIGURES, : S - 3] = 0.0
    observed[CONSTANT] = np.cumsum(np.array(SHIFTS) @ data.breaks)  # constant under each method
    return replace(data, observed=observed * weight, weight=weight)


@pytest.fixture(scope="module")
def trace(planted: GrowthData) -> Trace:
    settings = SamplerSettings(draws=250, tune=300)
    return sample(planted, seed=5, settings=settings, structure=STRUCTURES["chosen"])


def test_injected_breaks_are_recovered(trace: Trace) -> None:
    draws = trace.draws("break_mean")
    for k, truth in enumerate(SHIFTS):
        low, high = np.quantile(draws[:, k], (0.025, 0.975))
        assert low < truth < high, k
    # the shifts of 14 regions differ by 0.3, and the bridged one is seen through two noises of √0.3 · 0.6 each:
    # √(0.3² + 2 · 0.33²)/√14 = 0.15; the other one is told from the growth of its year by the usual swings alone
    spread = draws.std(axis=0)
    assert spread[0] < 0.2
    assert spread[0] < spread[1] < 0.4


def test_thin_regions_are_sampled(trace: Trace) -> None:
    # a series that never moves narrows its loading and its volatility to a funnel: some draws in a thousand diverge
    assert trace.divergent.mean() < 0.01
    assert all(np.isfinite(values).all() for values in trace.posterior.values())
    log_sd, state = trace.draws("log_sd"), trace.draws("state")
    others = list(range(NO_FIGURE))
    # without a figure the level keeps at least its first variance, and the volatility that of the other regions
    assert (state[:, 2, NO_FIGURE] > 400.0).all()
    assert log_sd[:, NO_FIGURE].std() > 1.2 * log_sd[:, others].std(axis=0).max()
    assert log_sd[:, THREE_FIGURES].std() > log_sd[:, others].std(axis=0).mean()
    assert log_sd[:, CONSTANT].mean() < log_sd[:, others].mean(axis=0).min()


def test_sampled_states_are_those_of_the_conditional_normal(trace: Trace, planted: GrowthData) -> None:
    """The whole graph as nutpie runs it, move and variances included, against the density written out by hand."""
    for draw in (0, 499, 999):
        values = {name: trace.draws(name)[draw] for name in trace.posterior}
        given = parameters_of(values, N, S)
        for i in range(N):
            mean, covariance, noise = joint_normal(given, planted, i)
            seen = planted.weight[i] > 0
            gain = np.linalg.solve((covariance + np.diag(noise))[np.ix_(seen, seen)], covariance[seen, -1])
            level = mean[-1] + gain @ (planted.observed[i, seen] - mean[seen])
            variance = covariance[-1, -1] - gain @ covariance[seen, -1]
            # the first variance of 400 is 1e5 times the smallest that is left
            np.testing.assert_allclose(values["state"][[0, 2], i], [level, variance], rtol=1e-7, atol=1e-7)
