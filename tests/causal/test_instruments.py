"""Instruments against Card's published estimate, linearmodels, ivmodels, pyfixest and formulas written out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ivmodels.tests as reference
import numpy as np
import pandas as pd
import pyfixest
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linearmodels.datasets import card
from linearmodels.iv import IV2SLS
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.causal.instruments import Errors, Instrumented, effective_f_critical, first_stage, instrumented
from regional_econ.causal.instruments import two_stage as fit
from regional_econ.causal.weak_instruments import (
    anderson_rubin,
    anderson_rubin_projection,
    anderson_rubin_set,
    tf_critical,
    tf_std_error,
)

CONTROLS = ["exper", "expersq", "black", "smsa", "south", "smsa66", *(f"reg{k}" for k in range(662, 670))]


@pytest.fixture(scope="module")
def oracle(root: Path) -> dict[str, Any]:
    entries = json.loads((root / "tests" / "oracles" / "causal.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(entry for entry in entries if entry["id"] == "card_iv")["reproduced_values"]
    return found


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    frame = card.load()
    columns = ["lwage", "educ", "nearc2", "nearc4", "age", *CONTROLS]
    return frame[columns].astype(float).dropna(subset=["lwage", "educ", "nearc4", *CONTROLS])


def _card(survey: pd.DataFrame, instruments: list[str], cluster: bool = False) -> Instrumented:
    return instrumented(
        survey["lwage"].to_numpy(), survey[["educ"]].to_numpy(), survey[instruments].to_numpy(),
        controls=np.column_stack([np.ones(len(survey)), survey[CONTROLS]]),
        cluster=survey["age"].to_numpy(dtype=np.intp) if cluster else None,
    )  # fmt: skip


def _simulated(
    seed: int, *, n: int = 150, m: int = 1, q: int = 2, strength: float = 0.4, spread: float = 0.0
) -> Instrumented:
    """Errors correlated .7 with the endogenous variables; their spread follows the first instrument by ``spread``."""
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, q))
    U = rng.normal(size=(n, m + 1)) * np.exp(spread * Z[:, :1])
    X = Z @ (strength * rng.normal(size=(q, m))) + 0.7 * U[:, :1] + 0.71 * U[:, 1:]
    codes = np.repeat(np.arange(n // 5), 5)
    return instrumented(X.sum(axis=1) + U[:, 0], X, Z, controls=np.ones((n, 1)), cluster=codes)


def test_card(survey: pd.DataFrame, oracle: dict[str, Any]) -> None:
    data = _card(survey, ["nearc4"])
    found, expected = fit(data, errors="iid"), oracle["linearmodels 7.1"]
    # The oracle's own tolerance; its first-stage F has eight digits.
    assert [found.beta[0], found.std_error[0]] == pytest.approx(expected["educ_iv"], abs=1e-6)
    strength = first_stage(data, errors="iid")
    assert strength.f[0] == pytest.approx(expected["first_stage_F"], abs=1e-6)
    assert strength.effective_f == pytest.approx(strength.f[0], rel=1e-10)
    peer = oracle["ivmodels 0.10.0"]
    test = anderson_rubin(data, np.zeros(1), errors="iid", reference="chi2")
    assert [test.statistic, test.p_value] == pytest.approx([peer["AR F(beta=0)"], peer["p"]], abs=1e-6)
    region = anderson_rubin_set(data, errors="iid", reference="chi2")
    assert region.shape == "interval"
    assert region.pieces[0] == pytest.approx(peer["AR 95% CI"], abs=1e-6)


@pytest.mark.parametrize(
    ("errors", "options"),
    [
        ("HC0", {"cov_type": "robust", "debiased": False}),
        ("HC1", {"cov_type": "robust", "debiased": True}),
        ("CR0", {"cov_type": "clustered", "debiased": False}),
        ("CR1S", {"cov_type": "clustered", "debiased": True}),
    ],
)
@pytest.mark.parametrize("instruments", [["nearc4"], ["nearc2", "nearc4"]])
def test_errors_agree_with_linearmodels(
    survey: pd.DataFrame, errors: Errors, options: dict[str, Any], instruments: list[str]
) -> None:
    found = fit(_card(survey, instruments, cluster=True), errors=errors)
    exogenous = survey[CONTROLS].assign(const=1.0)
    if errors.startswith("CR"):
        options = {**options, "clusters": survey["age"].astype(int)}
    peer = IV2SLS(survey["lwage"], exogenous, survey[["educ"]], survey[instruments]).fit(**options)
    assert found.beta[0] == pytest.approx(peer.params["educ"], rel=1e-8)
    assert found.std_error[0] == pytest.approx(peer.std_errors["educ"], rel=1e-8)


@pytest.mark.parametrize("errors", ["HC1", "CR1S"])
def test_effective_f_agrees_with_pyfixest(errors: Errors) -> None:
    rng = np.random.default_rng(3)
    codes = np.repeat(np.arange(30), 8)
    frame = pd.DataFrame(rng.normal(size=(240, 3)), columns=["z1", "z2", "u"]).assign(region=codes)
    frame["x"] = 0.3 * frame.z1 + 0.1 * frame.z2 + frame.u * np.exp(0.3 * frame.z1)
    frame["y"] = frame.x + frame.u + rng.normal(size=240)
    vcov: Any = "HC1" if errors == "HC1" else {"CRV1": "region"}
    peer = pyfixest.feols("y ~ 1 | region | x ~ z1 + z2", frame, vcov=vcov)
    peer.IV_Diag()
    data = instrumented(
        frame.y.to_numpy(), frame[["x"]].to_numpy(), frame[["z1", "z2"]].to_numpy(), effects=(codes,), cluster=codes
    )
    found = first_stage(data, errors=errors)
    assert found.effective_f == pytest.approx(peer._eff_F, rel=1e-8)
    if errors == "CR1S":
        assert fit(data, errors=errors).std_error[0] == pytest.approx(peer.se().iloc[0], rel=1e-8)


def test_effective_f_is_the_definition_written_out() -> None:
    data = _simulated(5, q=3, spread=0.4)
    found = first_stage(data, errors="CR0")
    x, n = data.X[:, 0], data.n_obs
    projection = data.Z @ np.linalg.inv(data.Z.T @ data.Z) @ data.Z.T
    left = x - projection @ x
    meat = np.zeros((3, 3))
    for group in range(data.n_clusters or 0):
        score = sum(data.Z[i] * left[i] for i in range(n) if data.cluster[i] == group)  # type: ignore[index]
        meat += np.outer(score, score)
    # Montiel Olea & Pflueger: x'P_Z x over the trace of the moments' covariance in the metric of the instruments.
    assert found.effective_f == pytest.approx(
        x @ projection @ x / np.trace(np.linalg.inv(data.Z.T @ data.Z) @ meat), rel=1e-10
    )


@pytest.mark.parametrize(("bias", "printed"), [(0.05, 37.418), (0.10, 23.109), (0.20, 15.062), (1 / 3.33, 12.039)])
def test_critical_values_of_the_effective_f(bias: float, printed: float) -> None:
    # Three printed digits; the printed value for 30 % has 1/τ rounded to 3.33. One strong direction among four counts
    # as one instrument.
    assert effective_f_critical(np.eye(1), bias=bias) == pytest.approx(printed, abs=5e-4)
    assert effective_f_critical(np.diag([1.0, 0, 0, 0]), bias=bias) == pytest.approx(printed, abs=5e-4)
    assert effective_f_critical(7 * np.eye(4), bias=bias) < printed


def test_the_simplified_critical_value_holds_the_size() -> None:
    # Meaning: with a concentration at the largest admissible bias, it exceeds the limit in 5 % of samples.
    rng = np.random.default_rng(2)
    w2 = np.diag([1.0, 0.5, 0.2])
    limit = effective_f_critical(w2, bias=0.1)
    direction = np.array([1.0, 0, 0]) * np.sqrt(np.trace(w2) * 10)
    draws = direction + rng.multivariate_normal(np.zeros(3), w2, size=200_000)
    share = ((draws**2).sum(axis=1) / np.trace(w2) > limit).mean()
    # Patnaik's two-moment approximation is not exact; sampling error .0005.
    assert 0.04 < share < 0.055


def test_kleibergen_paap() -> None:
    data = _simulated(7, m=2, q=4, spread=0.3)
    plain = first_stage(data, errors="iid")
    statistic, _ = reference.rank_test(data.Z, data.X)
    assert plain.kleibergen_paap == pytest.approx(statistic / 4, rel=1e-8)
    robust = first_stage(data, errors="HC0")
    assert robust.kleibergen_paap == pytest.approx(_kleibergen_paap_by_chi_square(data), rel=1e-6)
    one = _simulated(7, m=1, q=3, spread=0.3)
    for errors in ("HC1", "CR1"):
        single = first_stage(one, errors=errors)  # type: ignore[arg-type]
        assert single.kleibergen_paap == pytest.approx(single.f[0], rel=1e-9)


def _kleibergen_paap_by_chi_square(data: Instrumented) -> float:
    """Cholesky normalisation and the published orthogonal complements of Kleibergen and Paap, rank m − 1 tested."""
    Z, X = data.Z, data.X
    q, m = Z.shape[1], X.shape[1]
    coef = np.linalg.solve(Z.T @ Z, Z.T @ X)
    left = X - Z @ coef
    rows = np.linalg.cholesky(Z.T @ Z).T
    columns = np.linalg.inv(np.linalg.cholesky(left.T @ left))
    theta = rows @ coef @ columns.T
    U, _, Vt = np.linalg.svd(theta)
    V = Vt.T
    U12, U22, V12, V22 = U[: m - 1, m - 1 :], U[m - 1 :, m - 1 :], V[: m - 1, m - 1 :], V[m - 1 :, m - 1 :]
    a = np.vstack([U12, U22]) @ np.linalg.inv(U22) @ _root(U22 @ U22.T)
    b = _root(V22 @ V22.T) @ np.linalg.inv(V22.T) @ np.vstack([V12, V22]).T
    scores = np.stack([np.kron(left[i], Z[i]) for i in range(len(Z))])
    bread = np.kron(columns, rows @ np.linalg.inv(Z.T @ Z))
    moment = np.kron(b, a.T) @ theta.T.ravel()
    W = np.kron(b, a.T) @ bread @ scores.T @ scores @ bread.T @ np.kron(b, a.T).T
    return float(moment @ np.linalg.solve(W, moment) / q)


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors @ np.diag(np.sqrt(values)) @ vectors.T)


@pytest.mark.parametrize("reference_name", ["chi2", "F"])
@pytest.mark.parametrize(("m", "q"), [(1, 1), (1, 3), (2, 3)])
def test_anderson_rubin_agrees_with_ivmodels(reference_name: str, m: int, q: int) -> None:
    data = _simulated(11, m=m, q=q)
    beta = np.full(m, 0.4)
    found = anderson_rubin(data, beta, errors="iid", reference=reference_name)  # type: ignore[arg-type]
    peer = reference.anderson_rubin_test(data.Z, data.X, data.y, beta, critical_values=reference_name.lower())
    assert [found.statistic, found.p_value] == pytest.approx(peer, rel=1e-9)


@pytest.mark.parametrize("errors", ["iid", "HC0", "CR1"])
@pytest.mark.parametrize("strength", [0.0, 0.05, 0.4])
@pytest.mark.parametrize("seed", range(6))
def test_the_set_is_where_the_test_does_not_reject(errors: Errors, strength: float, seed: int) -> None:
    data = _simulated(seed, q=3, strength=strength, spread=0.2)
    region = anderson_rubin_set(data, errors=errors)
    grid = np.concatenate([np.linspace(-8, 8, 401), [-1e6, 1e6]])
    accepted = [anderson_rubin(data, np.array([b]), errors=errors).p_value >= 0.05 for b in grid]
    assert [region.contains(float(b)) for b in grid] == accepted
    for end in np.ravel(region.pieces):
        if np.isfinite(end):
            assert anderson_rubin(data, np.array([end]), errors=errors).p_value == pytest.approx(0.05, abs=1e-6)


def test_sets_of_every_shape() -> None:
    shapes = {
        anderson_rubin_set(_simulated(seed, n=40, q=q, strength=strength), errors="HC0").shape
        for seed in range(60)
        for q, strength in ((1, 0.0), (1, 1.5), (3, 0.1))
    }
    assert {"interval", "two half lines", "everything"} <= shapes
    # An instrument that belongs into the equation: no value makes all moments vanish.
    rng = np.random.default_rng(1)
    Z = rng.normal(size=(500, 3))
    x = Z[:, 0] + 0.3 * rng.normal(size=500)
    invalid = instrumented(5 * Z[:, 2] + rng.normal(size=500), x[:, None], Z, controls=np.ones((500, 1)))
    empty = anderson_rubin_set(invalid, errors="iid")
    assert empty.shape == "empty"
    assert str(empty) == "∅"
    assert empty.bounded


@pytest.mark.parametrize("strength", [0.05, 0.8])
def test_projection(strength: float) -> None:
    data = _simulated(13, m=2, q=4, strength=strength)
    found = anderson_rubin_projection(data, 0)
    quadric = reference.inverse_anderson_rubin_test(data.Z, data.X, data.y, alpha=0.05, critical_values="f")
    grid = np.linspace(-1, 3, 41)
    joint = np.array(
        [
            [anderson_rubin(data, np.array([b, c]), errors="iid").p_value for c in np.linspace(-10, 10, 401)]
            for b in grid
        ]
    ).max(axis=1)
    inside = np.array([found.contains(float(b)) for b in grid])
    assert (inside >= (joint >= 0.05)).all()
    if strength > 0.5:
        ends = quadric.project([0])
        centre, reach = ends.center[0], np.sqrt(ends.center[0] ** 2 - ends.c / ends.A[0, 0])
        assert found.pieces[0] == pytest.approx([centre - reach, centre + reach], rel=1e-8)
        assert ((joint >= 0.05) == inside).mean() > 0.97
    else:
        assert found.shape == "everything"


def test_anderson_rubin_keeps_its_size_where_the_instrument_says_nothing() -> None:
    rejected = np.mean(
        [anderson_rubin(_simulated(s, q=2, strength=0.0), np.ones(1), errors="iid").p_value < 0.05 for s in range(600)]
    )
    # Binomial error .009 at 600 samples.
    assert rejected == pytest.approx(0.05, abs=0.027)
    wald = []
    for seed in range(300):
        found = fit(_simulated(seed, q=2, strength=0.0), errors="iid")
        wald.append(abs(found.beta[0] - 1) / found.std_error[0] > 1.96)
    assert np.mean(wald) > 0.15


@pytest.mark.parametrize(
    ("f", "published", "digits"), [(3.84, np.inf, 2), (10.0, 3.43, 2), (104.67, 1.96, 2), (500.0, 1.96, 2)]
)
def test_tf_critical_values(f: float, published: float, digits: int) -> None:
    assert round(tf_critical(f), digits) == published
    assert round(tf_std_error(2.0, 10.0) / 2, 2) == 1.75


@given(st.floats(3.9, 120), st.floats(1.0001, 2))
def test_tf_falls_with_the_first_stage(f: float, ratio: float) -> None:
    assert tf_critical(f * ratio) <= tf_critical(f)


@pytest.fixture(scope="module")
def tf_limits() -> tuple[np.ndarray, np.ndarray]:
    """Absolute f and the critical value of |t|, infinity as a number that no t reaches."""
    grid = np.linspace(1.9, 11, 10_001)
    values = np.array([tf_critical(f * f) for f in grid])
    return grid, np.where(np.isinf(values), 1e9, values)


@pytest.mark.parametrize("f0", [0.1, 0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 11.0, 20.0])
def test_tf_has_the_size_that_defines_it(tf_limits: tuple[np.ndarray, np.ndarray], f0: float) -> None:
    f = f0 + np.linspace(-8, 8, 400_001)
    rejected = np.abs(f * (f - f0) / f0) > np.interp(np.abs(f), *tf_limits)
    size = float((stats.norm.pdf(f - f0) * rejected).sum() * (f[1] - f[0]))
    # Equality holds up to f₀ = 8.59, where 1.96 takes over and the test is conservative; the grid's error is 1e-4.
    assert size <= 0.0502
    assert f0 > 8.59 or size == pytest.approx(0.05, abs=2e-4)


@pytest.mark.parametrize("f0", [0.0, 0.5, 1.0, 2.0, 4.0, 8.0])
@pytest.mark.parametrize("correlation", [0.95, 0.5, 0.0])
def test_tf_keeps_its_size(tf_limits: tuple[np.ndarray, np.ndarray], f0: float, correlation: float) -> None:
    rng = np.random.default_rng(1)
    ar = rng.normal(size=400_000)
    f = f0 + correlation * ar + np.sqrt(1 - correlation**2) * rng.normal(size=ar.size)
    t2 = ar**2 / (1 - 2 * correlation * ar / f + (ar / f) ** 2)
    rejected = np.mean(t2 > np.interp(np.abs(f), *tf_limits) ** 2)
    assert rejected <= 0.0511  # three sampling errors of .00034


def test_rescaling_and_row_order_change_nothing() -> None:
    data = _simulated(3, q=2)
    rng = np.random.default_rng(0)
    order = rng.permutation(data.n_obs)
    assert data.cluster is not None
    moved = instrumented(
        data.y[order], 1000 * data.X[order], data.Z[order] @ np.array([[2.0, 1.0], [0.0, 3.0]]),
        controls=np.ones((data.n_obs, 1)), cluster=data.cluster[order],
    )  # fmt: skip
    assert fit(moved, errors="CR1").beta[0] * 1000 == pytest.approx(fit(data, errors="CR1").beta[0], rel=1e-9)
    assert first_stage(moved, errors="CR1").f[0] == pytest.approx(first_stage(data, errors="CR1").f[0], rel=1e-9)
    ends = np.ravel(anderson_rubin_set(data, errors="CR1").pieces)
    assert 1000 * np.ravel(anderson_rubin_set(moved, errors="CR1").pieces) == pytest.approx(ends, rel=1e-7)


def test_weights_and_effects_are_those_of_dummies() -> None:
    rng = np.random.default_rng(4)
    unit, year = np.repeat(np.arange(12), 6), np.tile(np.arange(6), 12)
    Z = rng.normal(size=(72, 1))
    X = Z + rng.normal(size=(72, 1)) + unit[:, None]
    y, w = X[:, 0] + year + rng.normal(size=72), rng.uniform(0.5, 2, 72)
    swept = instrumented(y, X, Z, effects=(unit, year), weights=w, cluster=unit)
    dummies = np.column_stack([np.eye(12)[unit], np.eye(6)[year][:, 1:]])
    written = instrumented(y, X, Z, controls=dummies, weights=w, cluster=unit)
    assert (swept.n_absorbed, written.n_absorbed, swept.n_crossing) == (17, 17, 6)
    for errors in ("iid", "HC1", "CR1"):
        one, two = fit(swept, errors=errors), fit(written, errors=errors)  # type: ignore[arg-type]
        assert [*one.beta, *one.std_error] == pytest.approx([*two.beta, *two.std_error], rel=1e-10)


def test_refusals() -> None:
    data = _simulated(1, m=2, q=3)
    with pytest.raises(EstimationError, match="cannot identify"):
        instrumented(data.y, data.X, data.Z[:, :1])
    with pytest.raises(EstimationError, match="does not vary"):
        instrumented(data.y, data.X, data.Z, controls=np.column_stack([np.ones(150), data.X[:, :1]]))
    with pytest.raises(EstimationError, match="one endogenous variable"):
        anderson_rubin_set(data, errors="iid")
    with pytest.raises(EstimationError, match="two clusters"):
        fit(instrumented(data.y, data.X, data.Z), errors="CR1")
    with pytest.raises(OptionError, match="Choose one of"):
        fit(data, errors="robust")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="impossible"):
        tf_critical(-1.0)
