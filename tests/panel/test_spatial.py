"""Spatial models on Munnell's data against spatialreg, spdep and spreg, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, EstimationError, OptionError, UnknownNameError
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.fit import fit
from regional_econ.panel.spatial.dependence import Method, spatial_dependence
from regional_econ.panel.spatial.effects import spatial_effects

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
OUTPUT = "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"
TERMS = {"x1": "ln(pcap)", "x2": "ln(pc)", "x3": "ln(emp)", "x4": "unemp"}
NAMES = TERMS | {f"lag.{short}": f"W({term})" for short, term in TERMS.items()}
CASES = ["region", "region+year", "year", "region+year, spectral", "region, lee-yu", "region+year, lee-yu"]


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ORACLES / "panel_spatial.json").read_text(encoding="utf-8"))
    return found


def of_case(case: str, queen: SpatialWeights, binary: SpatialWeights) -> tuple[str, SpatialWeights, str]:
    effects, _, variant = case.partition(", ")
    return effects, binary if variant == "spectral" else queen, ":lee-yu" if variant == "lee-yu" else ""


@pytest.mark.parametrize("kind", ["sar", "sem", "sdm"])
@pytest.mark.parametrize("case", CASES)
def test_spatialreg(
    stored: dict[str, Any], produc: pd.DataFrame, queen: SpatialWeights, binary: SpatialWeights, case: str, kind: str
) -> None:
    effects, weights, suffix = of_case(case, queen, binary)
    reference = stored[case][kind]
    coefficient = "lambda" if kind == "sem" else "rho"
    found = fit(OUTPUT, produc, estimator=kind + suffix, effects=effects, weights=weights)  # type: ignore[arg-type]
    params = {NAMES[name]: value for name, value in reference["coef"].items()} | {coefficient: reference[coefficient]}
    errors = {NAMES[name]: value for name, value in reference["se"].items()}
    errors[coefficient] = reference[f"{coefficient}_se"]
    # spatialreg stops at 1e-8 in ρ, which moves small coefficients by some 1e-7 of themselves
    np.testing.assert_allclose(found.params[list(params)], list(params.values()), rtol=3e-6)
    np.testing.assert_allclose(found.std_errors[list(errors)], list(errors.values()), rtol=1e-5)
    assert found.diagnostics["sigma2"] == pytest.approx(reference["s2"], rel=1e-6)
    assert found.diagnostics["log_likelihood"] == pytest.approx(reference["LL"], abs=1e-7)
    assert list(found.params.index) == [*params]


@pytest.mark.parametrize("case", CASES[:4])
def test_slx_is_least_squares_with_the_neighbours_means(
    stored: dict[str, Any], produc: pd.DataFrame, queen: SpatialWeights, binary: SpatialWeights, case: str
) -> None:
    effects, weights, _ = of_case(case, queen, binary)
    found = fit(OUTPUT, produc, estimator="slx", effects=effects, weights=weights)  # type: ignore[arg-type]
    reference = stored[case]["slx"]["coef"]
    np.testing.assert_allclose(found.params[[NAMES[name] for name in reference]], list(reference.values()), rtol=1e-8)
    assert found.spec.inference == "cluster:region:CR1S"
    with pytest.raises(EstimationError, match="slx predicts by the neighbours"):
        found.predict(produc)


@pytest.mark.parametrize("kind", ["sar", "sem", "sdm"])
def test_munnell(oracle: dict[str, dict[str, Any]], produc: pd.DataFrame, queen: SpatialWeights, kind: str) -> None:
    entry = oracle["munnell_spatial_oneway"]
    reference, tolerance = entry["reproduced_values"]["spatialreg 1.2-6"][kind], entry["tolerance"]
    found = fit(OUTPUT, produc, estimator=kind, effects="region", weights=queen)
    for name, value in reference["beta"].items():
        assert found.params[NAMES[name]] == pytest.approx(value, rel=tolerance)
    coefficient = "lambda" if kind == "sem" else "rho"
    assert found.params[coefficient] == pytest.approx(reference[coefficient], rel=tolerance)
    assert found.diagnostics["log_likelihood"] == pytest.approx(reference["LL"], rel=tolerance)
    if kind != "sdm":
        title = {"sar": "spreg 1.9.0 Panel_FE_Lag", "sem": "spreg 1.9.0 Panel_FE_Error"}[kind]
        peer = entry["reproduced_values"][title]
        assert found.params[coefficient] == pytest.approx(peer[coefficient], rel=tolerance)


@pytest.mark.parametrize("method", get_args(Method))
@pytest.mark.parametrize("effects", ["region", "region+year"])
def test_lagrange_multiplier_tests(
    stored: dict[str, Any], produc: pd.DataFrame, queen: SpatialWeights, effects: str, method: Method
) -> None:
    fe = fit(OUTPUT, produc, effects=effects)  # type: ignore[arg-type]
    name = {"LM lag": "LMlag", "LM error": "LMerr", "robust LM lag": "RLMlag", "robust LM error": "RLMerr"}[method]
    found = spatial_dependence(fe, queen, method)
    assert found.statistic == pytest.approx(stored[effects]["lm_tests"][name], rel=1e-9)
    assert found.df == (1.0,)
    assert found.details["moran_i"] == pytest.approx(stored[effects]["moran_i"], rel=1e-9)
    with pytest.raises(EstimationError, match="unweighted fe estimate"):
        spatial_dependence(fit(OUTPUT, produc, estimator="fd"), queen, method)


@pytest.mark.parametrize("kind", ["sar", "sem", "sdm"])
def test_with_region_effects_alone_contrasts_change_the_variance_only(
    produc: pd.DataFrame, queen: SpatialWeights, kind: str
) -> None:
    direct, turned = (fit(OUTPUT, produc, estimator=kind + s, effects="region", weights=queen) for s in ("", ":lee-yu"))
    np.testing.assert_allclose(direct.params, turned.params, rtol=1e-8)
    assert turned.diagnostics["sigma2"] == pytest.approx(17 / 16 * float(direct.diagnostics["sigma2"]), rel=1e-8)
    np.testing.assert_allclose(turned.std_errors, direct.std_errors * np.sqrt(17 / 16), rtol=1e-8)


def test_contrasts_mend_the_bias_of_demeaning() -> None:
    """A ring of 12 units over 4 years, ρ = .5: demeaning is biased downwards by more than five Monte Carlo errors."""
    n, periods, rho, rng = 12, 4, 0.5, np.random.default_rng(3)
    ring = np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1)
    weights = SpatialWeights.of(range(n), ring, "ring")
    spread = np.linalg.inv(np.eye(n) - rho * weights.matrix)
    index = pd.MultiIndex.from_product([range(n), range(periods)], names=["unit", "year"])
    found: dict[str, list[float]] = {"sar": [], "sar:lee-yu": []}
    for _ in range(120):
        x, noise = rng.normal(size=(2, n, periods))
        y = spread @ (x + rng.normal(size=(n, 1)) + rng.normal(size=periods) + noise)
        frame = pd.DataFrame({"x": x.ravel(), "y": y.ravel()}, index=index)
        for estimator, values in found.items():
            values.append(float(fit("y ~ x", frame, estimator=estimator, weights=weights).params["rho"]))
    errors = {name: (np.mean(v) - rho) / (np.std(v) / np.sqrt(len(v))) for name, v in found.items()}
    assert errors["sar"] < -5
    assert abs(errors["sar:lee-yu"]) < 3


def test_order_units_and_labels_do_not_matter(produc: pd.DataFrame, queen: SpatialWeights) -> None:
    found = fit(OUTPUT, produc, estimator="sdm", weights=queen)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(queen.units))
    shuffled = queen.among([queen.units[place] for place in order])
    again = fit(OUTPUT, produc.sample(frac=1, random_state=1), estimator="sdm", weights=shuffled)
    np.testing.assert_allclose(again.params, found.params, rtol=1e-9)
    np.testing.assert_allclose(again.covariance, found.covariance, rtol=1e-7, atol=1e-15)
    scaled = fit(OUTPUT, produc.assign(unemp=produc["unemp"] / 100), estimator="sdm", weights=queen)
    assert scaled.params["unemp"] == pytest.approx(100 * found.params["unemp"], rel=1e-8)
    assert scaled.params["rho"] == pytest.approx(found.params["rho"], rel=1e-10)


@pytest.mark.parametrize("kind", ["sar", "sem", "sdm"])
def test_no_other_point_is_more_likely(produc: pd.DataFrame, binary: SpatialWeights, kind: str) -> None:
    """The log likelihood written out with dummies and a determinant, at the estimate and beside it."""
    found = fit(OUTPUT, produc, estimator=kind, weights=binary)
    years, units = 17, 48
    rows = produc.swaplevel().sort_index()
    y = np.log(rows["gsp"].to_numpy())
    X = np.column_stack([np.log(rows["pcap"]), np.log(rows["pc"]), np.log(rows["emp"]), rows["unemp"]])
    W = np.kron(np.eye(years), binary.matrix)
    dummies = np.column_stack(
        [np.kron(np.ones((years, 1)), np.eye(units)), np.kron(np.eye(years), np.ones((units, 1)))]
    )
    if kind == "sdm":
        X = np.column_stack([X, W @ X])

    def likelihood(params: np.ndarray, sigma2: float) -> float:
        beta, rho = params[:-1], params[-1]
        A = np.eye(units) - rho * binary.matrix
        filtered = y - rho * W @ y
        right, D = (X - rho * W @ X, dummies - rho * W @ dummies) if kind == "sem" else (X, dummies)
        errors = filtered - right @ beta
        errors = errors - D @ np.linalg.lstsq(D, errors, rcond=None)[0]
        n = years * units
        return float(
            -n / 2 * np.log(2 * np.pi * sigma2) - errors @ errors / (2 * sigma2) + years * np.linalg.slogdet(A)[1]
        )

    best, sigma2 = found.params.to_numpy(), float(found.diagnostics["sigma2"])
    top = likelihood(best, sigma2)
    assert found.diagnostics["log_likelihood"] == pytest.approx(top, abs=1e-6)
    for place, error in enumerate(found.std_errors):
        for step in (-0.02, 0.02):
            moved = best.copy()
            moved[place] += step * error
            assert likelihood(moved, sigma2) < top
    assert max(likelihood(best, sigma2 * factor) for factor in (0.99, 1.01)) < top


def test_fitted_values_tests_and_other_errors(produc: pd.DataFrame, queen: SpatialWeights) -> None:
    found = fit(OUTPUT, produc, estimator="sar", weights=queen)
    left = np.log(produc["gsp"]) - found.predict()
    assert (left**2).sum() == pytest.approx(816 * float(found.diagnostics["sigma2"]), rel=1e-9)
    for level in (0, 1):
        np.testing.assert_allclose(left.groupby(level=level).mean(), 0, atol=1e-9)
    test = found.test("rho = 0")
    assert (test.distribution, test.statistic) == (
        "normal",
        pytest.approx(found.params["rho"] / found.std_errors["rho"]),
    )
    pd.testing.assert_frame_equal(found.vcov("iid").covariance, found.covariance)
    with pytest.raises(OptionError, match="information matrix"):
        found.vcov("cluster:region")
    with pytest.raises(EstimationError, match="for the sample only"):
        found.predict(produc)


def test_units_that_cannot_be_in_the_network_are_named(produc: pd.DataFrame, queen: SpatialWeights) -> None:
    holes = produc.drop(("TEXAS", 1975)).drop(("MAINE", 1980))
    inner = queen.among([unit for unit in queen.units if unit != "OHIO"])
    found = fit(OUTPUT, holes, estimator="sar", weights=inner)
    assert found.diagnostics["left_out"] == "not in the weights: OHIO; gaps: MAINE, TEXAS"
    assert (found.diagnostics["n_left_out"], found.diagnostics["n_regions"]) == (3, 45)
    rest = produc.drop(["OHIO", "MAINE", "TEXAS"])
    same = fit(OUTPUT, rest, estimator="sar", weights=queen.among(sorted(rest.index.unique("state"))))
    np.testing.assert_allclose(found.params, same.params, rtol=1e-10)
    assert "left_out" not in same.diagnostics


def test_islands_are_named_and_keep_their_own_regression(produc: pd.DataFrame, queen: SpatialWeights) -> None:
    matrix = queen.matrix.copy()
    place = queen.units.index("IOWA")
    matrix[place] = matrix[:, place] = 0
    alone = SpatialWeights.of(queen.units, matrix, "queen")
    found = fit(OUTPUT, produc, estimator="sdm", weights=alone)
    assert (found.diagnostics["islands"], found.diagnostics["n_islands"]) == ("IOWA", 1)
    with pytest.raises(OptionError, match=r"rows of weights that add up to one.*islands IOWA"):
        fit(OUTPUT, produc, estimator="sdm:lee-yu", weights=alone)
    assert fit(OUTPUT, produc, estimator="sdm:lee-yu", effects="region", weights=alone).diagnostics["n_islands"] == 1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"estimator": "sdm"}, OptionError, "needs spatial weights, not None. Give weights=load_weights"),
        ({"estimator": "sdm", "weights": "pc"}, OptionError, "needs spatial weights, not 'pc'"),
        ({"estimator": "fe", "weights": "queen"}, OptionError, "spatial weights do not go with estimator 'fe'"),
        ({"estimator": "sdm:lee", "weights": "queen"}, OptionError, "elhorst, lee-yu"),
        ({"estimator": "slx:lee-yu", "weights": "queen"}, OptionError, "estimator cannot be"),
        ({"estimator": "sar", "weights": "queen", "effects": "none"}, OptionError, "region\\+year, region, year"),
        ({"estimator": "sar", "weights": "queen", "inference": "dk"}, OptionError, "information matrix"),
        ({"estimator": "sar", "weights": "misspelled"}, UnknownNameError, "'TENNESSEE'.*Did you mean TENNESSE"),
    ],
)
def test_what_does_not_go_together(
    produc: pd.DataFrame, queen: SpatialWeights, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    names = tuple("TENNESSEE" if unit == "TENNESSE" else unit for unit in queen.units)
    known = {"queen": queen, "misspelled": SpatialWeights(names, queen.matrix, "queen")}
    given = options.get("weights")
    with pytest.raises(error, match=message):
        fit(OUTPUT, produc, **{**options, "weights": known.get(str(given), given)})  # type: ignore[arg-type]


def test_what_the_data_cannot_give(produc: pd.DataFrame, queen: SpatialWeights) -> None:
    years = produc.index.get_level_values("year")
    keep = np.asarray((years != 1970) | (produc.index.get_level_values("state") == "TEXAS"))
    trend = produc.assign(trend=years.astype(float))
    noise = 1e-9 * np.random.default_rng(0).normal(size=len(produc))
    common = trend.assign(common=trend["trend"] + noise)
    with pytest.raises(EstimationError, match=r"balanced panel.*gaps: ALABAMA"):
        fit(OUTPUT, produc[keep], estimator="sar", weights=queen)
    with pytest.raises(EstimationError, match="trend does not vary once the effects"):
        fit("ln(gsp) ~ trend", trend, estimator="sem", weights=queen)
    with pytest.raises(EstimationError, match="outcome does not vary"):
        fit("trend ~ unemp", trend, estimator="sar", weights=queen)
    with pytest.raises(EstimationError, match=r"no maximum for ρ inside \(-1\.\d+, 1\.000\)"):
        fit("common ~ unemp", common, estimator="sar", effects="region", weights=queen)


KINDS = ["slx", "sar", "sem", "sdm", "sdm:lee-yu"]


@pytest.fixture(scope="module")
def square() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([list("abcd"), range(2000, 2010)], names=["unit", "year"])
    return pd.DataFrame(rng.normal(size=(40, 2)), columns=["x", "y"], index=index)


def of_four(matrix: np.ndarray) -> SpatialWeights:
    return SpatialWeights.of("abcd", matrix, "four")


RING = np.roll(np.eye(4), 1, axis=1) + np.roll(np.eye(4), -1, axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_panels_too_small(square: pd.DataFrame, kind: str) -> None:
    with pytest.raises(UnknownNameError, match="unit of the weights 'b'"):
        fit("y ~ x", square.loc[["a"]], estimator=kind, weights=of_four(RING))
    pair = SpatialWeights.of("ab", np.eye(2)[::-1], "pair")
    with pytest.raises(EstimationError, match=r"2 of the regions.*3 regions or more\. Take more regions"):
        fit("y ~ x", square.loc[["a", "b"]], estimator=kind, weights=pair)
    with pytest.raises(EstimationError, match="does not vary once the effects are taken out"):
        fit("y ~ x", square, estimator=kind, weights=of_four(RING), years=(2003, 2003))


@pytest.mark.parametrize("kind", KINDS)
def test_a_year_without_rows_leaves_a_balanced_panel(square: pd.DataFrame, kind: str) -> None:
    found = fit("y ~ x", square.drop(2003, level="year"), estimator=kind, weights=of_four(RING))
    assert (found.diagnostics["n_years"], found.diagnostics["n_regions"]) == (9, 4)
    assert np.isfinite(found.std_errors).all()


@pytest.mark.parametrize("kind", ["sar", "sem", "sdm"])
def test_weights_that_say_nothing_of_rho(square: pd.DataFrame, kind: str) -> None:
    with pytest.raises(DataError, match=r"lead round no circle.*Use slx"):
        fit("y ~ x", square, estimator=kind, weights=of_four(np.triu(np.ones((4, 4)), 1)))
    everyone = of_four(1 - np.eye(4))  # the neighbours' mean is the year's, less the region's own
    with pytest.raises(EstimationError, match=r"no maximum for ρ|linear combination"):
        fit("y ~ x", square, estimator=kind, weights=everyone)


@pytest.mark.parametrize("kind", KINDS)
def test_a_matrix_that_is_not_symmetric(square: pd.DataFrame, kind: str) -> None:
    """A circle of one-way streets, whose eigenvalues are complex: turned round with the units it is the same."""
    circle = of_four(np.roll(np.eye(4), 1, axis=1))
    found = fit("y ~ x", square, estimator=kind, weights=circle)
    back = SpatialWeights.of("dcba", np.roll(np.eye(4), -1, axis=1), "four")
    again = fit("y ~ x", square, estimator=kind, weights=back)
    np.testing.assert_allclose(again.params, found.params, rtol=1e-8)
    assert np.isfinite(found.std_errors).all()


def test_rho_near_its_bound() -> None:
    """ρ = .9999 on a ring of 30: found to its error, its effects large and skewed."""
    rng, n = np.random.default_rng(0), 30
    weights = SpatialWeights.of(range(n), np.roll(np.eye(n), 1, axis=1) + np.roll(np.eye(n), -1, axis=1), "ring")
    x, noise = rng.normal(size=(2, n, 8))
    y = np.linalg.inv(np.eye(n) - 0.9999 * weights.matrix) @ (x + noise)
    index = pd.MultiIndex.from_product([range(n), range(8)], names=["unit", "year"])
    frame = pd.DataFrame({"x": x.ravel(), "y": y.ravel()}, index=index)
    found = fit("y ~ x", frame, estimator="sar", effects="region", weights=weights)
    assert abs(found.params["rho"] - 0.9999) < 3 * found.std_errors["rho"]
    assert found.params["rho"] < found.diagnostics["stable_high"]  # type: ignore[operator]
    table = spatial_effects(found, method="simulation").set_index("effect")
    assert (table["conf_high"] - table["estimate"] > table["estimate"] - table["conf_low"]).all()
    with pytest.raises(EstimationError, match="no maximum for ρ inside"):
        fit("y ~ x", frame, estimator="sar:lee-yu", weights=weights)


def test_a_test_needs_weights_not_their_name(produc: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match=r"weights cannot be 'contiguity'\. Give load_weights"):
        spatial_dependence(fit(OUTPUT, produc), "contiguity")  # type: ignore[arg-type]
