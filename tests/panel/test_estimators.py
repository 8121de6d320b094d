"""Differences by calendar year, region means, yearly cross-sections: outside numbers, identities, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import FamaMacBeth

from regional_econ._base.errors import EstimationError
from regional_econ.core.design import design
from regional_econ.core.formula import parse_formula
from regional_econ.panel.covariance import covariance
from regional_econ.panel.estimators import (
    Sample,
    effect_codes,
    fama_macbeth,
    first_differences,
    fixed_effects,
    pooled,
    with_region_means,
)
from regional_econ.panel.inference import Classical, Clustered, DriscollKraay, Inference
from regional_econ.panel.least_squares import solve
from regional_econ.panel.random_effects import random_effects

pytestmark = [
    pytest.mark.filterwarnings("error"),
    pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning"),  # linearmodels on pandas 3
]

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
FORMULA = "inv ~ value + capital"
OUTPUT = "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"


def sample_of(formula: str, frame: pd.DataFrame) -> Sample:
    return Sample.of(design(parse_formula(formula), frame))


@pytest.mark.parametrize("step", [1, 2, 5])
@pytest.mark.parametrize("breaks", [(), (1940, 1947)])
def test_differences_are_those_of_the_calendar(holes: pd.DataFrame, step: int, breaks: tuple[int, ...]) -> None:
    """By hand: each pair of rows of one firm `step` years apart, none with a break after the first date."""
    rows = {(firm, year): row for (firm, year), row in zip(holes.index, holes.to_numpy(), strict=True)}
    columns = [holes.columns.get_loc(name) for name in ("inv", "value", "capital")]
    expected = {
        (firm, year): (row - rows[firm, year - step])[columns]
        for (firm, year), row in rows.items()
        if (firm, year - step) in rows and not any(year - step < late <= year for late in breaks)
    }
    changes, regression = first_differences(sample_of(FORMULA, holes), (), breaks, step=step)
    found = dict(zip(changes.index, np.column_stack([changes.y, changes.X]), strict=True))
    assert set(found) == set(expected)
    for key, values in expected.items():
        np.testing.assert_array_equal(found[key], values)
    np.testing.assert_array_equal(regression.X, changes.X)


def test_long_differences_recover_exact_slopes_with_year_effects(holes: pd.DataFrame) -> None:
    years = holes.index.get_level_values("year")
    exact = holes.assign(inv=3 * holes["value"] - 2 * holes["capital"] + 7.0 * (years % 5))
    _, regression = first_differences(sample_of(FORMULA, exact), ("year",), step=4)
    np.testing.assert_allclose(solve(regression).beta, [3, -2], rtol=1e-10)  # rounding


def test_two_years_give_the_within_estimate(holes: pd.DataFrame) -> None:
    """Two periods k years apart: long differences with year effects are two-way fixed effects."""
    ends = holes[holes.index.get_level_values("year").isin([1940, 1946])]
    both = ends[ends.groupby(level="firm")["inv"].transform("size") == 2]
    sample = sample_of(FORMULA, both)
    _, regression = first_differences(sample, ("year",), step=6)
    inside = solve(fixed_effects(sample, ("region", "year")))
    np.testing.assert_allclose(solve(regression).beta, inside.beta, rtol=1e-9)  # two routes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": 20}, "no region has two years 20 apart of one method"),
        ({"step": 0}, "cannot reach 0 years back"),
        ({"step": 19, "breaks": (1950,)}, "two years 19 apart"),
        ({"breaks": tuple(range(1936, 1955))}, "two consecutive years of one method"),
    ],
)
def test_differences_refused(grunfeld: pd.DataFrame, options: dict[str, object], message: str) -> None:
    with pytest.raises(EstimationError, match=message):
        first_differences(sample_of(FORMULA, grunfeld), (), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", ["grunfeld", "holes"])
@pytest.mark.parametrize("effects", [(), ("region",)])
def test_mundlak_s_identity(data: str, effects: tuple[str, ...], request: pytest.FixtureRequest) -> None:
    """With the means in, pooled and random-effects slopes are the within ones, on unbalanced panels too."""
    frame = request.getfixturevalue(data)
    frame = frame.assign(size=frame["value"].groupby(level="firm").transform("max"))
    augmented, own = with_region_means(sample_of(f"{FORMULA} + size", frame))
    assert own == ("value", "capital")
    regression = random_effects(augmented, effects)[0] if effects else pooled(augmented)
    assert regression.names == ("Intercept", "value", "capital", "size", "mean(value)", "mean(capital)")
    inside = solve(fixed_effects(sample_of(FORMULA, frame), ("region",)))
    np.testing.assert_allclose(solve(regression).beta[1:3], inside.beta, rtol=1e-9)  # two routes


def test_mundlak_s_identity_with_year_dummies_is_the_two_way_one(produc: pd.DataFrame) -> None:
    """Wooldridge (2021): the means of the year's dummies enter too where the panel is unbalanced."""
    frame = produc.sample(600, random_state=3)
    augmented, own = with_region_means(sample_of(f"{OUTPUT} + C(year)", frame))
    assert "C(year)[1971]" in own
    inside = solve(fixed_effects(sample_of(OUTPUT, frame), ("region", "year")))
    np.testing.assert_allclose(solve(pooled(augmented)).beta[1:5], inside.beta, rtol=1e-8)  # 40 columns
    balanced, terms = with_region_means(sample_of(f"{OUTPUT} + C(year)", produc))
    assert terms == ("ln(pcap)", "ln(pc)", "ln(emp)", "unemp")
    inside = solve(fixed_effects(sample_of(OUTPUT, produc), ("region", "year")))
    np.testing.assert_allclose(solve(pooled(balanced)).beta[1:5], inside.beta, rtol=1e-8)


def test_units_do_not_decide_which_means_enter(holes: pd.DataFrame) -> None:
    base = with_region_means(sample_of(FORMULA, holes))[1]
    tiny = holes.assign(value=1e12 * holes["value"], capital=1e-9 * holes["capital"])
    assert with_region_means(sample_of(FORMULA, tiny))[1] == base
    moved = holes.assign(value=holes["value"] - holes["value"].groupby(level="firm").transform("mean"))
    assert with_region_means(sample_of(FORMULA, moved))[1] == ("capital",)


def test_fama_macbeth_petersen(petersen: pd.DataFrame) -> None:
    """Petersen's page prints four digits; linearmodels gives all."""
    entries = json.loads((ORACLES / "panel.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in entries if entry["id"] == "petersen")
    sample = sample_of("y ~ x", petersen)
    data, solution, yearly = fama_macbeth(sample)
    spread = covariance(data, solution, Clustered("year", "CR1"), {"year": sample.year_codes})
    stored = entry["reproduced_values"]["linearmodels FamaMacBeth"]
    errors = np.sqrt(np.diag(spread.matrix))
    np.testing.assert_allclose(
        solution.beta, [stored["coef"][name] for name in ("const", "x")], rtol=entry["tolerance"]
    )
    np.testing.assert_allclose(errors, [stored["se"][name] for name in ("const", "x")], rtol=entry["tolerance"])
    printed = entry["published_values"]["FamaMacBeth"]
    table = np.column_stack([solution.beta, errors]).round(4).tolist()
    assert table == [printed["const"], printed["x"]]
    assert spread.df == 9
    np.testing.assert_allclose(yearly.beta.mean(axis=0), solution.beta, rtol=1e-12)
    np.testing.assert_allclose(np.cov(yearly.beta.T) / 10, spread.matrix, rtol=1e-10)


def test_fama_macbeth_on_unbalanced_years_and_correlated_ones(produc: pd.DataFrame) -> None:
    frame = produc.sample(600, random_state=3)
    sample = sample_of(OUTPUT, frame)
    logs = np.log(frame[["pcap", "pc", "emp"]]).assign(unemp=frame["unemp"])
    X = logs.assign(one=1.0)[["one", "pcap", "pc", "emp", "unemp"]]
    theirs = FamaMacBeth(np.log(frame["gsp"]), X)
    data, solution, _ = fama_macbeth(sample)
    rules: list[tuple[Inference, dict[str, object]]] = [
        (Clustered("year", "CR1"), {}),
        (DriscollKraay(2), {"cov_type": "kernel", "kernel": "bartlett", "bandwidth": 2, "debiased": False}),
    ]
    for rule, options in rules:
        fitted = theirs.fit(**options)
        spread = covariance(data, solution, rule, {"year": sample.year_codes})
        np.testing.assert_allclose(solution.beta, fitted.params, rtol=1e-8)  # the contract of the project
        np.testing.assert_allclose(np.sqrt(np.diag(spread.matrix)), fitted.std_errors, rtol=1e-8)


def test_fama_macbeth_errors_of_independent_noise_are_those_of_its_weights(produc: pd.DataFrame) -> None:
    """b̄ is linear in y: with "iid" its variance is σ² Σ (X_t'X_t)⁻¹ / T²."""
    sample = sample_of(OUTPUT, produc)
    data, solution, _ = fama_macbeth(sample)
    years = [data.X[sample.year_codes == t] for t in range(17)]
    expected = sum(np.linalg.inv(X.T @ X) for X in years) / 17**2
    n, k = data.X.shape
    expected = expected * (solution.residuals @ solution.residuals) / (n - k)
    np.testing.assert_allclose(
        covariance(data, solution, Classical(), {}).matrix, expected, rtol=1e-6
    )  # inverses of logs


def test_fama_macbeth_does_not_hang_on_units_or_order(produc: pd.DataFrame) -> None:
    base = fama_macbeth(sample_of("gsp ~ emp + unemp", produc))
    mixed = produc.sample(frac=1, random_state=5).assign(gsp=1e6 * produc["gsp"], emp=1e-3 * produc["emp"])
    other = fama_macbeth(sample_of("gsp ~ emp + unemp", mixed))
    scale = np.array([1e6, 1e9, 1e6])
    np.testing.assert_allclose(other[1].beta, scale * base[1].beta, rtol=1e-9)  # sums in another order
    spreads = []
    for data, solution, _ in (base, other):
        codes = np.unique(data.years, return_inverse=True)[1].astype(np.intp)
        spreads.append(covariance(data, solution, Clustered("year", "CR1"), {"year": codes}).matrix)
    np.testing.assert_allclose(spreads[1], spreads[0] * np.outer(scale, scale), rtol=1e-8)


def test_fama_macbeth_refused(grunfeld: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="one cross-section has no spread"):
        fama_macbeth(sample_of(FORMULA, grunfeld.xs(1940, level="year", drop_level=False)))
    thin = grunfeld.drop(index=[(firm, 1941) for firm in range(1, 9)])
    with pytest.raises(
        EstimationError, match=r"2 observations cannot give 3 coefficients \(the cross-section of 1941\)"
    ):
        fama_macbeth(sample_of(FORMULA, thin))
    trend = grunfeld.assign(trend=grunfeld.index.get_level_values("year").astype(float))
    with pytest.raises(
        EstimationError, match=r"trend is a linear combination of Intercept \(the cross-section of 1935\)"
    ):
        fama_macbeth(sample_of("inv ~ value + trend", trend))


def test_effect_codes_follow_the_names(holes: pd.DataFrame) -> None:
    sample = sample_of(FORMULA, holes)
    region, year = effect_codes(sample, ("region", "year"))
    assert (region.max() + 1, year.max() + 1) == (10, 20)
