"""Interactive effects and numbers of factors, against a general minimiser, formulas written out and simulations."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.panel.fit import fit
from regional_econ.panel.heterogeneous.factor_number import Criterion, factor_number
from regional_econ.panel.heterogeneous.interactive import bias

Floats = NDArray[np.float64]
OUTPUT = "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"


def drawn(rng: np.random.Generator, n: int, t: int, *, factors: int = 2, uneven: bool = False) -> pd.DataFrame:
    """y = x + factors + errors, x correlated with factors and loadings."""
    F, loads = rng.normal(size=(t, factors)), rng.normal(size=(n, factors)) + 1
    x = rng.normal(size=(n, t)) + loads @ F.T + loads.sum(axis=1)[:, None] + F.sum(axis=1)
    sizes = np.sqrt(np.exp(loads[:, 0]) / 2) if uneven else np.ones(n)
    y = x + loads @ F.T + sizes[:, None] * rng.normal(size=(n, t))
    index = pd.MultiIndex.from_product([range(n), range(2000, 2000 + t)], names=["region", "year"])
    return pd.DataFrame({"y": y.ravel(), "x": x.ravel()}, index=index)


@pytest.mark.parametrize(("effects", "number"), [("none", 2), ("region", 1), ("region+year", 2)])
def test_the_minimum_is_that_of_a_general_minimiser(produc: pd.DataFrame, effects: str, number: int) -> None:
    estimate = fit("ln(gsp) ~ ln(emp) + unemp", produc, estimator=f"interactive:{number}", effects=effects)
    cube = np.stack([np.log(produc.gsp), np.log(produc.emp), produc.unemp]).reshape(3, 48, 17)
    if "region" in effects:
        cube = cube - cube.mean(axis=2, keepdims=True)
    if "year" in effects:
        cube = cube - cube.mean(axis=1, keepdims=True)

    def squares(beta: Floats) -> float:
        left = cube[0] - beta[0] * cube[1] - beta[1] * cube[2]
        return float(np.sum(np.linalg.svd(left, compute_uv=False)[number:] ** 2))

    search = minimize(
        squares, estimate.params.to_numpy() * 1.02, method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 4000},
    )  # fmt: skip
    # the simplex resolves a minimum to about the root of the precision of the sum of squares
    np.testing.assert_allclose(estimate.params, search.x, rtol=1e-4, atol=1e-6)
    assert squares(estimate.params.to_numpy()) <= search.fun * (1 + 1e-9)


def test_statspai(produc: pd.DataFrame) -> None:
    """StatsPAI 1.40.2, interactive_fe(n_factors=2), six decimals as printed; it takes no additive effects."""
    estimate = fit(OUTPUT, produc, estimator="interactive:2", effects="none")
    np.testing.assert_allclose(estimate.params, [-0.031466, 0.157961, 0.989154, 0.000425], atol=1e-6)


def test_errors_are_bais(produc: pd.DataFrame) -> None:
    """Z_i = M_F X_i − (1/N) Σ_k a_ik M_F X_k with a_ik = λ_i'(Λ'Λ/N)⁻¹λ_k (Bai 2009), region by region."""
    estimate = fit("ln(gsp) ~ ln(emp) + unemp", produc, estimator="interactive:2", effects="none", inference="hc0")
    y, x1, x2 = np.stack([np.log(produc.gsp), np.log(produc.emp), produc.unemp]).reshape(3, 48, 17)
    left = y - estimate.params.iloc[0] * x1 - estimate.params.iloc[1] * x2
    F = np.sqrt(17) * np.linalg.eigh(left.T @ left)[1][:, -2:]
    loads = left @ F / 17
    errors = left - loads @ F.T
    free = np.eye(17) - F @ F.T / 17
    share = loads @ np.linalg.inv(loads.T @ loads / 48) @ loads.T
    Z = [
        np.column_stack([free @ x[i] - sum(share[i, k] * (free @ x[k]) for k in range(48)) / 48 for x in (x1, x2)])
        for i in range(48)
    ]
    bread = np.linalg.inv(sum(one.T @ one for one in Z))
    meat = sum(one.T @ (one * errors[i][:, None] ** 2) for i, one in enumerate(Z))
    np.testing.assert_allclose(estimate.covariance, bread @ meat @ bread, rtol=1e-6)


def test_bias_written_out() -> None:
    """B/N and C/T of Bai (2009) as sums over regions and years."""
    rng = np.random.default_rng(2)
    n, t, r = 12, 9, 2
    X, left = rng.normal(size=(2, n, t)), rng.normal(size=(n, t)) + rng.normal(size=(n, 1)) @ rng.normal(size=(1, t))
    U, sizes, V = np.linalg.svd(left)
    F, loads = np.sqrt(t) * V[:r].T, U[:, :r] * sizes[:r] / np.sqrt(t)
    errors = left - loads @ F.T
    free = np.eye(t) - F @ F.T / t
    turn = np.linalg.inv(loads.T @ loads / n)
    share = loads @ turn @ loads.T
    Z = np.stack([[free @ (x[i] - share[i] @ x / n) for i in range(n)] for x in X])
    D = np.einsum("knt,lnt->kl", Z, Z) / (n * t)
    own, yearly = (errors**2).mean(axis=1), np.diag((errors**2).mean(axis=0))
    B = sum(
        np.stack([(x[i] - share[i] @ x / n) @ F / t @ turn @ loads[i] * own[i] for x in X]) for i in range(n)
    ) / n  # fmt: skip
    C = sum(np.stack([x[i] @ free @ yearly @ F @ turn @ loads[i] for x in X]) for i in range(n)) / (n * t)
    expected = -np.linalg.solve(D, B) / n - np.linalg.solve(D, C) / t
    bread = np.linalg.inv(np.einsum("knt,lnt->kl", Z, Z))
    found = bias(V[:r], U[:, :r] * sizes[:r], errors, X, bread)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_known_slopes_are_found_where_within_is_biased() -> None:
    rng = np.random.default_rng(4)
    found = {"fe": [], "interactive:2": []}
    for _ in range(40):
        frame = drawn(rng, 40, 20)
        for estimator, slopes in found.items():
            slopes.append(fit("y ~ x", frame, estimator=estimator).params["x"])
    assert np.mean(found["fe"]) > 1.2
    assert np.mean(found["interactive:2"]) == pytest.approx(1, abs=0.01)


def test_the_correction_takes_bias_out() -> None:
    """Variances that grow with the loadings, and x that loads on the factor by their squares; 20 regions, 30 years."""
    rng = np.random.default_rng(6)
    index = pd.MultiIndex.from_product([range(20), range(30)], names=["region", "year"])
    gaps = {"interactive:1": [], "interactive:1:corrected": []}
    for _ in range(80):
        factor, loads = rng.normal(size=30), rng.normal(size=20)
        x = np.outer(loads**2 + loads, factor) + rng.normal(size=(20, 30))
        y = x + 3 * np.outer(loads, factor) + np.exp(0.5 * loads)[:, None] * rng.normal(size=(20, 30))
        frame = pd.DataFrame({"y": y.ravel(), "x": x.ravel()}, index=index)
        for text, found in gaps.items():
            found.append(fit("y ~ x", frame, estimator=text, effects="none").params["x"] - 1)
    plain, corrected = (np.array(found) for found in gaps.values())
    assert abs(plain.mean()) > 4 * plain.std() / 80**0.5
    assert abs(corrected.mean()) < 0.6 * abs(plain.mean())


@pytest.mark.parametrize("criterion", get_args(Criterion))
def test_numbers_of_factors(criterion: Criterion) -> None:
    """Factors as strong as the errors in 60 × 40: the right number in eight samples of ten.

    pc1 to pc3 take their scale from the residuals of the largest number and choose too many in panels as small as this,
    so they are asked not to choose too few.
    """
    rng = np.random.default_rng(9)
    for number in range(4):
        found = []
        for _ in range(20):
            common = rng.normal(size=(60, number)) @ rng.normal(size=(number, 40))
            found.append(factor_number(common + rng.normal(size=(60, 40)), criterion))
        if criterion.startswith("pc"):
            assert min(found) >= number
        else:
            assert found.count(number) >= 16, (criterion, number, found)


def test_criteria_written_out() -> None:
    rng = np.random.default_rng(0)
    n, t, most = 25, 15, 5
    values = rng.normal(size=(n, 3)) @ rng.normal(size=(3, t)) + 2 * rng.normal(size=(n, t))
    roots = np.sort(np.linalg.eigvalsh(values.T @ values / (n * t)))[::-1]
    rest = [roots[r:].sum() for r in range(t + 1)]
    scores = {
        "ic2": [np.log(rest[r]) + r * (n + t) / (n * t) * np.log(t) for r in range(most + 1)],
        "pc1": [rest[r] + r * rest[most] * (n + t) / (n * t) * np.log(n * t / (n + t)) for r in range(most + 1)],
        "bic3": [rest[r] + r * rest[most] * (n + t - r) * np.log(n * t) / (n * t) for r in range(most + 1)],
    }
    scores["pc2"] = [rest[r] + r * rest[most] * (n + t) / (n * t) * np.log(t) for r in range(most + 1)]
    scores["pc3"] = [rest[r] + r * rest[most] * np.log(t) / t for r in range(most + 1)]
    scores["ic1"] = [np.log(rest[r]) + r * (n + t) / (n * t) * np.log(n * t / (n + t)) for r in range(most + 1)]
    scores["ic3"] = [np.log(rest[r]) + r * np.log(t) / t for r in range(most + 1)]
    for criterion in get_args(Criterion)[:7]:
        assert factor_number(values, criterion, most=most) == int(np.argmin(scores[criterion]))
    mock = [rest[0] / np.log(t), *roots]
    assert factor_number(values, "er", most=most) == int(np.argmax([mock[r] / mock[r + 1] for r in range(most + 1)]))
    star = [mock[r] / rest[r] for r in range(most + 2)]
    growth = [np.log1p(star[r]) / np.log1p(star[r + 1]) for r in range(most + 1)]
    assert factor_number(values, "gr", most=most) == int(np.argmax(growth))


def test_the_criterion_chooses_for_the_estimate() -> None:
    estimate = fit("y ~ x", drawn(np.random.default_rng(3), 60, 40), estimator="interactive", effects="none")
    assert (estimate.diagnostics["n_factors"], estimate.diagnostics["criterion"]) == (2, "ic2")
    given = fit("y ~ x", drawn(np.random.default_rng(3), 60, 40), estimator="interactive:2", effects="none")
    pd.testing.assert_series_equal(given.params, estimate.params)
    assert given.diagnostics["factor_gap"] > 2


def test_no_factor_is_the_within_estimator(produc: pd.DataFrame) -> None:
    found = fit(OUTPUT, produc, estimator="interactive:0")
    expected = fit(OUTPUT, produc, inference="cluster:region:CR1")
    pd.testing.assert_series_equal(found.params, expected.params, rtol=1e-8)
    pd.testing.assert_frame_equal(found.covariance, expected.covariance, rtol=1e-6)
    assert found.diagnostics["df_resid"] == expected.diagnostics["df_resid"]


def test_what_is_not_identified_is_named(produc: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    frame = drawn(rng, 12, 10)
    exact = frame.assign(y=frame.x * 2 + np.repeat(rng.normal(size=12), 10) * np.tile(rng.normal(size=10), 12))
    with pytest.raises(EstimationError, match="factors 2 to 3 are not identified"):
        fit("y ~ x", exact, estimator="interactive:3", effects="none")
    trend = produc.assign(trend=produc.index.get_level_values(1) * 1.0)
    with pytest.raises(EstimationError, match="trend does not vary"):
        fit("ln(gsp) ~ ln(emp) + trend", trend, estimator="interactive:1")
    with pytest.raises(EstimationError, match="every region in every year"):
        fit(OUTPUT, produc.iloc[1:], estimator="interactive:1")
    with pytest.raises(EstimationError, match="degrees of freedom"):
        fit(OUTPUT, produc, estimator="interactive:16")
    for text in ("interactive:x", "interactive:2:", "interactive:2:jackknife"):
        with pytest.raises(OptionError, match="interactive:2:corrected"):
            fit(OUTPUT, produc, estimator=text)
    for inference in ("iid", "hc1", "cluster:region:CR2", "wild:region"):
        with pytest.raises(OptionError, match="interactive"):
            fit(OUTPUT, produc, estimator="interactive:1", inference=inference)
