"""Random effects: plm's numbers for four methods and three effects, dense algebra, unbiasedness, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.core.design import design
from regional_econ.core.formula import parse_formula
from regional_econ.panel.estimators import Sample, effect_codes
from regional_econ.panel.least_squares import Solution, solve
from regional_econ.panel.random_effects import random_effects, whitened
from regional_econ.panel.variance_components import Components, Method, variance_components

pytestmark = pytest.mark.filterwarnings("error")

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
PLM = json.loads((ORACLES / "panel_plm_random.json").read_text(encoding="utf-8"))
FORMULAS = {"grunfeld": "inv ~ value + capital", "produc": "ln(gsp) ~ ln(pcap) + ln(pc) + ln(emp) + unemp"}
EFFECTS = {"individual": ("region",), "time": ("year",), "twoways": ("region", "year")}
METHODS: dict[str, Method] = {
    "swar": "swamy-arora",
    "walhus": "wallace-hussain",
    "amemiya": "amemiya",
    "nerlove": "nerlove",
}
TOLERANCE = 1e-8  # the contract of the project; what is left between the two programs is rounding


def sample_of(formula: str, frame: pd.DataFrame) -> Sample:
    return Sample.of(design(parse_formula(formula), frame))


def errors_of(solution: Solution) -> np.ndarray:
    n, k = solution.scores.shape
    return np.sqrt(np.diag(solution.bread) * (solution.residuals @ solution.residuals) / (n - k))


def case_id(entry: dict[str, Any]) -> str:
    return "-".join([entry["data"], "full" if entry["balanced"] else "holes", entry["effect"], entry["method"]])


def without_rows(frame: pd.DataFrame, data: str) -> pd.DataFrame:
    keep = np.ones(len(frame), dtype=bool)
    keep[PLM["dropped"][data]] = False
    return frame[keep]


@pytest.fixture
def gappy() -> pd.DataFrame:
    """30 regions, 8 years, a third of the cells missing; z is constant within regions, w within years."""
    rng = np.random.default_rng(11)
    index = pd.MultiIndex.from_product([range(30), range(2000, 2008)], names=["region", "year"])
    z, w = np.repeat(rng.normal(size=30), 8), np.tile(rng.normal(size=8), 30)
    level = np.repeat(rng.normal(size=30), 8)
    frame = pd.DataFrame({"x": rng.normal(size=240) + level, "z": z, "w": w}, index=index)
    frame["y"] = 1 + frame["x"] - frame["z"] + np.repeat(rng.normal(size=30), 8) + rng.normal(size=240)
    return frame.sample(160, random_state=3)


@pytest.mark.parametrize("entry", PLM["random"], ids=case_id)
def test_plm(entry: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """Components, coefficients, standard errors and thetas; the two deviations are those of the module's docstring."""
    frame = request.getfixturevalue(entry["data"])
    frame = frame if entry["balanced"] else without_rows(frame, entry["data"])
    sample = sample_of(FORMULAS[entry["data"]], frame)
    regression, found = random_effects(sample, EFFECTS[entry["effect"]], METHODS[entry["method"]])
    solution = solve(regression)
    two_way_holes = entry["effect"] == "twoways" and not entry["balanced"]
    reference = entry["dummies"] if two_way_holes and entry["method"] == "nerlove" else entry
    sigma2 = list(reference["sigma2"].values())
    np.testing.assert_allclose([found.sigma2_e, *found.sigma2], sigma2, rtol=TOLERANCE, atol=0)
    np.testing.assert_allclose(solution.beta, list(reference["coef"].values()), rtol=TOLERANCE)
    dense = reference if reference is not entry else entry["dense"]
    np.testing.assert_allclose(errors_of(solution), list(dense["se"].values()), rtol=TOLERANCE)
    if not two_way_holes:
        np.testing.assert_allclose(errors_of(solution), list(entry["se"].values()), rtol=TOLERANCE)
    elif reference is entry:  # plm leaves s² out of the covariance there
        unscaled = np.sqrt(np.diag(solution.bread))
        np.testing.assert_allclose(unscaled, list(entry["se"].values()), rtol=TOLERANCE)
    if reference is entry:
        ranges = [[theta.min(), theta.max()] for theta in found.thetas]
        np.testing.assert_allclose(ranges, entry["theta"], rtol=TOLERANCE, atol=1e-15)  # rounding of a theta of zero
    assert found.truncated == (0 in sigma2)


@pytest.mark.parametrize("effects", [("region",), ("year",), ("region", "year")])
def test_the_root_is_symmetric_and_takes_the_effects_out(gappy: pd.DataFrame, effects: tuple[str, ...]) -> None:
    sample = sample_of("y ~ x", gappy)
    codes = effect_codes(sample, effects)
    n, sigma2_e, sigma2 = len(sample.y), 0.7, (1.3, 0.4)[: len(codes)]
    omega = sigma2_e * np.eye(n)
    for group, variance in zip(codes, sigma2, strict=True):
        omega += variance * (group[:, None] == group)
    root = whitened(np.eye(n), codes, sigma2_e, sigma2)
    np.testing.assert_allclose(root, root.T, atol=1e-12)  # rounding of numbers up to one
    np.testing.assert_allclose(root @ omega @ root.T, sigma2_e * np.eye(n), atol=1e-12)


def test_the_balanced_two_way_root_is_fuller_and_battese(grunfeld: pd.DataFrame) -> None:
    sample = sample_of(FORMULAS["grunfeld"], grunfeld)
    regression, found = random_effects(sample, ("region", "year"), "amemiya")
    firm, year = (theta[0] for theta in found.thetas)
    T, N = 20, 10
    both = 1 + T * found.sigma2[0] / found.sigma2_e + N * found.sigma2[1] / found.sigma2_e
    y = sample.y.reshape(N, T)
    by_hand = y - firm * y.mean(1, keepdims=True) - year * y.mean(0) + (firm + year - 1 + both**-0.5) * y.mean()
    np.testing.assert_allclose(regression.y, by_hand.ravel(), rtol=1e-10, atol=1e-9)  # rounding of sums of 200


@pytest.mark.parametrize(
    ("method", "formula", "effects", "truth"),
    [
        ("swamy-arora", "y ~ x", ("region",), (1.0, 0.8)),
        ("swamy-arora", "y ~ x", ("year",), (1.0, 0.5)),
        ("swamy-arora", "y ~ x + z", ("region", "year"), (1.0, 0.8, 0.5)),
        ("wallace-hussain", "y ~ x", ("year",), (1.0, 0.5)),
        ("wallace-hussain", "y ~ x + z", ("region", "year"), (1.0, 0.8, 0.5)),
        ("amemiya", "y ~ x", ("region",), (1.0, 0.8)),
        ("amemiya", "y ~ x", ("region", "year"), (1.0, 0.8, 0.5)),
    ],
)
def test_components_are_unbiased_on_a_gappy_panel(
    gappy: pd.DataFrame, method: Method, formula: str, effects: tuple[str, ...], truth: tuple[float, ...]
) -> None:
    """Before truncation all three solve exact expectations: the mean of 400 panels lies within 4 of its errors."""
    base = sample_of(formula, gappy)
    codes, rng = effect_codes(base, effects), np.random.default_rng(5)
    found = np.empty((400, len(truth)))
    for draw in found:
        y = 2 + base.X.sum(axis=1) + rng.normal(size=len(base.y)) * np.sqrt(truth[0])
        for group, variance in zip(codes, truth[1:], strict=True):
            y = y + np.sqrt(variance) * rng.normal(size=int(group.max()) + 1)[group]
        parts = variance_components(Sample(y, base.X, base.names, base.index, base.weights), codes, method)
        draw[:] = [parts.sigma2_e, *parts.estimated]
    gap = (found.mean(axis=0) - truth) / (found.std(axis=0) / np.sqrt(len(found)))
    assert np.abs(gap).max() < 4


@pytest.mark.parametrize("method", METHODS.values())
@pytest.mark.parametrize("effects", [("region",), ("year",), ("region", "year")])
def test_units_order_and_labels_change_nothing(gappy: pd.DataFrame, method: Method, effects: tuple[str, ...]) -> None:
    base, parts = random_effects(sample_of("y ~ x", gappy), effects, method)
    mixed = gappy.sample(frac=1, random_state=8).rename(index=lambda region: f"r{region * 7 % 30:02}", level="region")
    mixed = mixed.assign(y=1000 * mixed["y"], x=0.01 * mixed["x"])
    other, scaled = random_effects(sample_of("y ~ x", mixed), effects, method)
    # 1e-9: sums in another order
    np.testing.assert_allclose(
        [scaled.sigma2_e, *scaled.estimated], 1e6 * np.array([parts.sigma2_e, *parts.estimated]), rtol=1e-9
    )
    np.testing.assert_allclose(solve(other).beta, solve(base).beta * [1e3, 1e5], rtol=1e-9)
    assert scaled.truncated == parts.truncated


def test_the_order_of_the_effects_is_only_that_of_the_components(gappy: pd.DataFrame) -> None:
    sample = sample_of("y ~ x + z", gappy)
    first, ours = random_effects(sample, ("region", "year"))
    second, theirs = random_effects(sample, ("year", "region"))
    np.testing.assert_allclose(theirs.estimated[::-1], ours.estimated, rtol=1e-10)
    np.testing.assert_allclose(second.X, first.X, atol=1e-12)


def test_any_grouping_may_be_the_effect(grunfeld: pd.DataFrame) -> None:
    sample = sample_of(FORMULAS["grunfeld"], grunfeld)
    by_name, by_code = random_effects(sample, ("region",)), random_effects(sample, sample.units)
    np.testing.assert_array_equal(by_name[0].X, by_code[0].X)
    pairs = random_effects(sample, sample.units // 2)[1]
    assert len(pairs.theta) == 5


def test_what_is_reported(grunfeld: pd.DataFrame) -> None:
    sample = sample_of(FORMULAS["grunfeld"], grunfeld)
    both: Components = random_effects(sample, ("region", "year"))[1]
    told = both.diagnostics()
    assert (told["sigma2_u_truncated"], told["sigma2_v_truncated"], told["sigma2_v"]) == (0, 1, 0.0)
    assert both.estimated[1] < 0
    assert told["theta_max_v"] == 0
    one = random_effects(sample, ("region",), "amemiya")[1]
    assert set(one.diagnostics()) == {
        "sigma2_e", "sigma2_u", "sigma2_u_truncated", "theta_min", "theta_max", "components"
    }  # fmt: skip
    assert "divisors" in one.convention
    assert "divisors" not in random_effects(sample.rows(np.arange(200) != 7), ("region",), "amemiya")[1].convention


def panel_of(columns: dict[str, list[float]], cells: list[tuple[str, int]]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.MultiIndex.from_tuples(cells, names=["region", "year"]))


def test_refusals_name_the_reason(gappy: pd.DataFrame) -> None:
    sample = sample_of("y ~ x", gappy)
    with pytest.raises(OptionError, match="swamy-arora, wallace-hussain, amemiya, nerlove"):
        random_effects(sample, ("region",), "swar")  # type: ignore[arg-type]
    for method in ("amemiya", "nerlove"):
        with pytest.raises(EstimationError, match="z does not vary within, so the residuals"):
            random_effects(sample_of("y ~ x + z", gappy), ("region",), method)
        with pytest.raises(EstimationError, match=r"^C\(year\) does not vary within.*Use swamy-arora"):
            random_effects(sample_of("y ~ x + C(year)", gappy), ("year",), method)
    with pytest.raises(EstimationError, match=r"8 groups cannot give a between regression with 8 coefficients"):
        random_effects(sample_of("y ~ x + C(year)", gappy), ("region", "year"))
    with pytest.raises(EstimationError, match="one group"):
        random_effects(sample_of("y ~ x", gappy.xs(2003, level="year", drop_level=False)), ("year",))
    with pytest.raises(EstimationError, match="30 rows leave no variation within 30 groups beside 1 regressors"):
        random_effects(sample_of("y ~ x", gappy.groupby(level="region").head(1)), ("region",))
    with pytest.raises(EstimationError, match="fit the outcome exactly"):
        random_effects(sample_of("y ~ x", gappy.assign(y=2 * gappy["x"] + gappy["z"])), ("region",))
    with pytest.raises(EstimationError, match="twice is a linear combination of x"):
        solve(random_effects(sample_of("y ~ x + twice", gappy.assign(twice=2 * gappy["x"])), ("region",))[0])
    with pytest.raises(EstimationError, match="zero does not vary"):
        solve(random_effects(sample_of("y ~ x + zero", gappy.assign(zero=0.0)), ("region",))[0])


def test_parts_without_a_common_cell_have_no_comparable_dummies() -> None:
    rng = np.random.default_rng(2)
    cells = [(r, t) for r in "ab" for t in range(2000, 2004)] + [(r, t) for r in "cd" for t in range(2010, 2014)]
    frame = panel_of({"x": list(rng.normal(size=16)), "y": list(rng.normal(size=16))}, cells)
    sample = sample_of("y ~ x", frame)
    with pytest.raises(EstimationError, match="falls into parts"):
        random_effects(sample, ("region", "year"), "nerlove")
    assert np.isfinite(solve(random_effects(sample, ("region", "year"), "wallace-hussain")[0]).beta).all()
