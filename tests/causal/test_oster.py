"""δ and β* against populations whose selection is known, and against the moment equations solved by bisection."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.causal.kernel import GramBlocks
from regional_econ.causal.oster import Movements, adjusted_estimate, delta_for, movements, oster

# Sums of the same products in another order, through a cubic: double precision leaves ten digits.
TOLERANCE = 1e-8


def population(effect: float, delta: float, seed: int) -> tuple[GramBlocks, float]:
    """Covariances of driver, three covariates and outcome in which selection is exactly δ, and the true R²."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(3, 3))
    covariates = root @ root.T + np.eye(3)
    psi = rng.uniform(0.2, 0.6, 3)  # index W1 = psi'w
    loads = rng.uniform(0.1, 0.4, 3)  # cov(d, w)
    var_1, cov_1 = psi @ covariates @ psi, psi @ loads
    var_2 = 0.7 * var_1
    cov_2 = delta * cov_1 / var_1 * var_2
    var_driver = loads @ np.linalg.solve(covariates, loads) + cov_2**2 / var_2 + 1.0
    cov_y_w = effect * loads + covariates @ psi
    cov_y_d = effect * var_driver + cov_1 + cov_2
    explained = effect**2 * var_driver + var_1 + var_2 + 2 * effect * (cov_1 + cov_2)
    gram = np.block([[np.array([[var_driver]]), loads[None]], [loads[:, None], covariates]])
    right = np.array([cov_y_d, *cov_y_w])
    var_y = explained + 0.8
    n = 50
    return GramBlocks(n * gram[..., None], n * right[:, None], n * var_y, n, 1, 0), explained / var_y


@pytest.mark.parametrize("delta", [-0.5, 0.4, 1.0, 1.7])
@pytest.mark.parametrize("effect", [-0.4, 0.0, 0.5])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_known_selection_comes_back(effect: float, delta: float, seed: int) -> None:
    blocks, r2 = population(effect, delta, seed)
    found = movements(blocks, 0, [1, 2, 3])
    assert delta_for(found, r2, effect=effect) == pytest.approx(delta, rel=TOLERANCE)
    back = adjusted_estimate(found, r2, delta=delta)
    assert min(abs(root - effect) for root in back.roots) < TOLERANCE


def proportion(found: Movements, r2_max: float, effect: float) -> float:
    """δ straight from the moments: what the effect leaves to W1 by projection, and to W2 by the two sums."""
    projected = found.short * found.var_driver - found.controlled * found.var_residual  # cov(d, P y)
    cov_1 = projected - effect * (found.var_driver - found.var_residual)
    explained = found.r2_controlled * found.var_outcome - found.controlled**2 * found.var_residual  # var(P y)
    var_1 = explained - 2 * effect * projected + effect**2 * (found.var_driver - found.var_residual)
    cov_2 = found.short * found.var_driver - effect * found.var_driver - cov_1
    total = r2_max * found.var_outcome
    var_2 = total - effect**2 * found.var_driver - var_1 - 2 * effect * (cov_1 + cov_2)
    return cov_2 / var_2 * var_1 / cov_1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("delta", [0.5, 1.0, 1.3])
def test_the_moment_equations_solved_by_bisection(seed: int, delta: float) -> None:
    blocks, r2 = population(0.3, 0.8, seed)
    found = movements(blocks, 0, [1, 2, 3])
    assert delta_for(found, r2) == pytest.approx(proportion(found, r2, 0.0), rel=TOLERANCE)
    grid = np.linspace(-20, 20, 200_001)
    with np.errstate(divide="ignore"):
        gap = proportion(found, r2, grid) - delta  # type: ignore[arg-type]
    crossings = np.flatnonzero((np.sign(gap[1:]) != np.sign(gap[:-1])) & (np.abs(np.diff(gap)) < 10))
    solved = [
        optimize.brentq(lambda at: proportion(found, r2, at) - delta, grid[k], grid[k + 1], xtol=1e-13)
        for k in crossings
    ]
    inside = [root for root in adjusted_estimate(found, r2, delta=delta).roots if abs(root) < 20]
    np.testing.assert_allclose(inside, sorted(solved), rtol=1e-7, atol=1e-9)


def test_the_chosen_root_keeps_the_direction_and_is_the_nearest() -> None:
    blocks, r2 = population(0.3, 1.0, 2)
    found = movements(blocks, 0, [1, 2, 3])
    assert adjusted_estimate(found, r2).chosen == pytest.approx(0.3, rel=TOLERANCE)
    assert len(adjusted_estimate(found, r2).roots) == 2  # a quadratic at δ = 1
    assert adjusted_estimate(found, r2, delta=0.0).chosen == pytest.approx(found.controlled, rel=TOLERANCE)
    several = none = 0
    for seed, delta in [(seed, delta) for seed in range(12) for delta in (-2.0, 0.5, 1.0, 1.5, 3.0)]:
        blocks, r2 = population(0.3, 0.6, seed)
        found = movements(blocks, 0, [1, 2, 3])
        result = adjusted_estimate(found, r2, delta=delta)
        projected = found.short * found.var_driver - found.controlled * found.var_residual
        index = projected - np.array([found.controlled, *result.roots]) * (found.var_driver - found.var_residual)
        kept = [root for root, one in zip(result.roots, index[1:], strict=True) if one * index[0] > 0]
        several += len(kept) > 1
        none += not kept
        nearest = kept[int(np.argmin(np.abs(np.array(kept) - found.controlled)))] if kept else np.nan
        np.testing.assert_equal(result.chosen, nearest)
    assert several > 0
    assert none > 0


def test_movements_are_those_of_two_regressions() -> None:
    rng = np.random.default_rng(6)
    X, e = rng.normal(size=(200, 3)), rng.normal(size=200)
    X[:, 0] += X[:, 1]
    y = X @ np.array([0.5, 1.0, -0.4]) + e
    blocks = GramBlocks((X.T @ X)[..., None], (X.T @ y)[:, None], float(y @ y), 200, 1, 0)
    found = movements(blocks, 0, [1, 2])
    for columns, value, r2 in (([0], found.short, found.r2_short), ([0, 1, 2], found.controlled, found.r2_controlled)):
        b, rss, *_ = np.linalg.lstsq(X[:, columns], y, rcond=None)
        assert value == pytest.approx(b[0], rel=TOLERANCE)
        assert r2 == pytest.approx(1 - rss[0] / (y @ y), rel=TOLERANCE)
    result = oster(blocks, 0, [1, 2])
    assert result.r2_max == pytest.approx(min(1.0, 1.3 * found.r2_controlled))
    assert oster(blocks, 0, [1, 2], rule="one").r2_max == 1.0


def test_refusals() -> None:
    blocks, r2 = population(0.3, 1.0, 1)
    with pytest.raises(EstimationError, match="no covariates"):
        oster(blocks, 0, [])
    with pytest.raises(EstimationError, match="below"):
        delta_for(movements(blocks, 0, [1, 2, 3]), r2 / 10)
    with pytest.raises(OptionError, match="rule"):
        oster(blocks, 0, [1], rule="two")  # type: ignore[arg-type]
