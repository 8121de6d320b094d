"""Conditioning is Gaussian conditioning on each variable's scale, whatever the route; a wrong path is named."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError, RegionalEconError
from regional_econ.core import conditioning
from regional_econ.core.conditioning import condition, conditioning_rule, implausibility
from regional_econ.core.conditions import Cell, Path
from regional_econ.core.forecast import Forecast
from regional_econ.core.scales import Scale, scale_of

Floats = NDArray[np.float64]
YEARS = tuple(range(2024, 2029))
N = 2_000
# a VAR(1) in two variables with known parameters, from zero
TRANSITION = np.array([[0.8, 0.1], [0.3, 0.6]])
IMPACT = np.linalg.cholesky(np.array([[1.0, 0.4], [0.4, 0.5]]))
DRIFT = np.array([0.5, -0.2])
HARD = ((0, 1, 4.0), (0, 4, 2.0), (1, 2, -1.5))
IDENTITY = {"x": "identity", "driver": "identity"}
# draws are float32: six digits
SINGLE = 2e-5


def responses() -> Floats:
    """The response of (variable, year) to the shock (variable, year), stacked (10, 10)."""
    h = len(YEARS)
    stacked = np.zeros((h, 2, h, 2))
    for year in range(h):
        for shock in range(year + 1):
            stacked[year, :, shock, :] = np.linalg.matrix_power(TRANSITION, year - shock) @ IMPACT
    return stacked.transpose(1, 0, 3, 2).reshape(2 * h, 2 * h)


def means() -> Floats:
    path = [np.zeros(2)]
    for _ in YEARS:
        path.append(DRIFT + TRANSITION @ path[-1])
    return np.array(path[1:]).T.ravel()


def exact_normal(n: int, mean: Floats, covariance: Floats, seed: int) -> Floats:
    """Draws whose own mean and covariance (divisor n − 1) are exactly those given."""
    z = np.random.default_rng(seed).normal(size=(n, len(mean)))
    z -= z.mean(axis=0)
    white = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T))).T
    return mean + white @ np.linalg.cholesky(covariance).T


def forecast_of(values: Mapping[str, tuple[list[str], Floats]], years: tuple[int, ...] = YEARS) -> Forecast:
    arrays = {
        name: xr.DataArray(
            draws.astype("float32"), dims=("draw", "region", "year"), coords={"region": regions, "year": list(years)}
        )
        for name, (regions, draws) in values.items()
    }
    return Forecast(arrays, years[0] - 1, "baseline", 7, "0" * 64, {"rhat_max": 1.0})


@pytest.fixture(scope="module")
def var() -> Forecast:
    draws = exact_normal(N, means(), responses() @ responses().T, 1).reshape(N, 2, len(YEARS))
    return forecast_of({"x": (["RU-A"], draws[:, :1]), "driver": (["RU"], draws[:, 1:])})


def var_path(*, sd: float = 0.0) -> Path:
    names = (("x", "RU-A"), ("driver", "RU"))
    return Path("hard", tuple(Cell(*names[v], YEARS[h], value, sd) for v, h, value in HARD))


def stacked(forecast: Forecast) -> Floats:
    parts = [forecast.draws("x", "RU-A"), forecast.draws("driver", "RU")]
    return np.concatenate([part.to_numpy().astype(float) for part in parts], axis=1)


def test_hard_conditions_are_those_of_waggoner_and_zha(var: Forecast) -> None:
    # their route (1999, eq. 10–12): the distribution of the shocks given R·shocks = r, then the path from the shocks
    rows = [v * len(YEARS) + h for v, h, _ in HARD]
    restriction = responses()[rows]
    gap = np.array([value for *_, value in HARD]) - means()[rows]
    gram = np.linalg.inv(restriction @ restriction.T)
    shock_mean = restriction.T @ gram @ gap
    shock_covariance = np.eye(2 * len(YEARS)) - restriction.T @ gram @ restriction
    found = stacked(condition(var, var_path(), scales=IDENTITY))
    assert found.mean(axis=0) == pytest.approx(means() + responses() @ shock_mean, abs=SINGLE)
    expected = responses() @ shock_covariance @ responses().T
    assert np.cov(found.T) == pytest.approx(expected, abs=SINGLE)
    distance = implausibility(var, var_path(), scales=IDENTITY)
    assert distance.distance == pytest.approx(np.sqrt(gap @ gram @ gap), rel=SINGLE)
    assert distance.tail_probability == pytest.approx(stats.chi2.sf(gap @ gram @ gap, 3), rel=1e-4)


def test_the_rule_that_other_programs_apply_is_the_same() -> None:
    rng = np.random.default_rng(3)
    swing = rng.normal(size=(300, 1, len(YEARS))).cumsum(axis=2)
    share = 100.0 / (1.0 + np.exp(-(swing + rng.normal(size=swing.shape))))
    known = forecast_of({"share_pct": (["RU-A"], share), "driver": (["RU"], np.exp(0.2 * swing))})
    path = Path("dear", (Cell("driver", "RU", YEARS[1], 1.4), Cell("driver", "RU", YEARS[2], 1.7)))
    rule = conditioning_rule(
        known, replace(path, cells=tuple(replace(c, value=1.0) for c in path.cells)), ["share_pct"], region="RU-A"
    )
    wanted = (rule.scales["driver"].to_scale(np.array([1.4, 1.7])) - rule.mean) / rule.spread
    own, draws = rule.scales["share_pct"], known.draws("share_pct", "RU-A").to_numpy().astype(float)
    found = own.from_scale(own.to_scale(draws) + (wanted - rule.apart) @ rule.inverse @ rule.slopes["share_pct"])
    np.testing.assert_allclose(found, condition(known, path).draws("share_pct", "RU-A").to_numpy(), rtol=1e-6)
    assert np.abs(found / draws - 1.0).max() > 0.05


def test_each_draw_stays_the_nearest_to_what_it_was(var: Forecast) -> None:
    # Matheron's rule moves all draws by one linear map: differences outside the path are kept as residuals
    before, after = stacked(var), stacked(condition(var, var_path(), scales=IDENTITY))
    rows = [v * len(YEARS) + h for v, h, _ in HARD]
    assert (after[:, rows] == np.array([value for *_, value in HARD], dtype="float32")).all()
    slope = np.linalg.lstsq(before[:, rows] - before[:, rows].mean(0), before - before.mean(0), rcond=None)[0]
    wanted = np.array([value for *_, value in HARD])
    assert after == pytest.approx(before + (wanted - before[:, rows]) @ slope, abs=SINGLE)


@pytest.mark.parametrize(("sd", "weight"), [(1e6, 0.0), (1e-6, 1.0)])
def test_a_soft_condition_lies_between_none_and_a_hard_one(var: Forecast, sd: float, weight: float) -> None:
    free, hard = stacked(var), stacked(condition(var, var_path(), scales=IDENTITY))
    soft = stacked(condition(var, var_path(sd=sd), scales=IDENTITY))
    # at sd 1e6 a draw moves by about 1e-6 of its sd, at sd 1e-6 the path is held to 1e-6
    assert soft == pytest.approx(weight * hard + (1 - weight) * free, abs=1e-4)


def test_a_soft_condition_has_the_posterior_of_an_observation_with_noise(var: Forecast) -> None:
    covariance = responses() @ responses().T
    rows = [v * len(YEARS) + h for v, h, _ in HARD]
    inside = np.linalg.inv(covariance[np.ix_(rows, rows)] + 0.7**2 * np.eye(3))
    gap = np.array([value for *_, value in HARD]) - means()[rows]
    found = stacked(condition(var, var_path(sd=0.7), scales=IDENTITY))
    # the noise is drawn: its mean has a standard error of 0.7/√2000 = 0.016; four of them
    assert found.mean(axis=0) == pytest.approx(means() + covariance[:, rows] @ inside @ gap, abs=0.065)
    expected = covariance - covariance[:, rows] @ inside @ covariance[rows]
    # a variance of 2,000 draws has a relative standard error of √(2/2000) = 3 %; four of them
    assert np.diag(np.cov(found.T)) == pytest.approx(np.diag(expected), rel=0.13)


def test_two_steps_are_one(var: Forecast) -> None:
    cells = var_path().cells
    once = condition(var, Path("both", cells), scales=IDENTITY)
    first = condition(var, Path("a", cells[:1]), scales=IDENTITY)
    twice = condition(first, Path("b", cells[1:]), scales=IDENTITY)
    assert stacked(twice) == pytest.approx(stacked(once), abs=10 * SINGLE)
    assert (once.scenario, twice.scenario) == ("both", "a+b")
    assert twice.diagnostics["condition_cells"] == 2
    assert "condition_z.x.RU-A.2025" not in twice.diagnostics
    with pytest.raises(EstimationError, match="do not vary"):
        condition(twice, Path("c", cells[:1]), scales=IDENTITY)


@pytest.mark.parametrize(
    ("scale", "offset", "forward", "back"),
    [
        ("log", 0.0, np.log, np.exp),
        ("log", 1.0, np.log1p, np.expm1),
        ("logit", 0.0, lambda p: np.log(p / (100 - p)), lambda y: 100 / (1 + np.exp(-y))),
    ],
)
def test_the_scale_of_a_variable_is_where_it_is_gaussian(scale: str, offset: float, forward, back) -> None:  # type: ignore[no-untyped-def]
    scaled = exact_normal(N, np.array([1.0, 1.2]), np.array([[0.09, 0.05], [0.05, 0.16]]), 3)
    own = forecast_of({"v_pct": (["RU-A"], back(scaled)[:, None, :])}, (2024, 2025))
    value = float(back(np.array(1.6)))
    path = Path("p", (Cell("v_pct", "RU-A", 2024, value),))
    found = condition(own, path, scales={"v_pct": scale}, offsets={"v_pct": offset}).draws("v_pct", "RU-A").to_numpy()
    assert found[:, 0] == pytest.approx(value, rel=1e-6)
    after = forward(found[:, 1].astype(float))
    assert after.mean() == pytest.approx(1.2 + 0.05 / 0.09 * 0.6, abs=SINGLE)
    assert after.var(ddof=1) == pytest.approx(0.16 - 0.05**2 / 0.09, abs=SINGLE)


def test_a_forecast_s_own_draws_are_as_plausible_as_chi2_says() -> None:
    covariance = 0.5 ** np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    draws = np.random.default_rng(5).multivariate_normal(np.zeros(5), covariance, size=4_000)
    own = forecast_of({"x": (["RU-A"], draws[:, None, :])})
    paths = [
        Path("own", tuple(Cell("x", "RU-A", y, v) for y, v in zip(YEARS, row, strict=True))) for row in draws[:300]
    ]
    found = [implausibility(own, path, scales={"x": "identity"}) for path in paths]
    assert stats.kstest([one.tail_probability for one in found], "uniform").pvalue > 0.01  # seeded
    assert np.mean([one.share_farther for one in found]) == pytest.approx(
        0.5, abs=0.1
    )  # four sds of the mean of 150 uniforms
    assert found[0].z == pytest.approx((draws[0] - draws.mean(0)) / draws.std(0, ddof=1), abs=1e-4)


def test_a_path_far_outside_is_answered_with_its_implausibility(var: Forecast) -> None:
    far = Path("far", (Cell("driver", "RU", 2024, 40.0),))
    after = condition(var, far, scales=IDENTITY)
    found = implausibility(var, far, scales=IDENTITY)
    assert found.distance > 30
    assert found.share_farther == 0
    assert "far outside" in str(found)
    assert "no draw" in str(found)
    assert after.diagnostics["condition_implausibility"] == found.distance
    assert after.diagnostics["condition_finding"] == str(found)
    assert after.diagnostics["condition_z.driver.RU.2024"] == found.z[0]
    assert after.diagnostics["rhat_max"] == 1.0
    near = implausibility(var, Path("near", (Cell("driver", "RU", 2024, 0.0),)), scales=IDENTITY)
    assert "far outside" not in str(near)


def wide(n: int = 400) -> Forecast:
    """Two variables in three regions, one region without figures, and a driver that starts a year earlier."""
    rng = np.random.default_rng(11)
    common = rng.normal(size=(n, 1, len(YEARS)))
    jobs = np.exp(2 + 0.1 * common + 0.1 * rng.normal(size=(n, 3, len(YEARS))))
    share = 100 / (1 + np.exp(2 - 0.3 * common - 0.2 * rng.normal(size=(n, 2, len(YEARS)))))
    jobs[:, 2] = np.nan
    made = forecast_of({"jobs": (["RU-A", "RU-B", "RU-C"], jobs), "share_pct": (["RU-A", "RU-B"], share)})
    driver = forecast_of({"coal": (["RU"], np.exp(4 + 0.2 * rng.normal(size=(n, 1, 6)) + 0.1))}, (2023, *YEARS))
    return Forecast({**made.variables, **driver.variables}, 2023, "baseline", 7, "0" * 64, {})


COAL = Path("coal", tuple(Cell("coal", "RU", year, 100.0) for year in (2023, 2024)))


def test_only_what_was_adjusted_is_returned() -> None:
    after = condition(wide(), COAL, regions=["RU-B"])
    held = {name: [str(r) for r in array["region"].to_numpy()] for name, array in after.variables.items()}
    assert held == {"jobs": ["RU-B"], "share_pct": ["RU-B"], "coal": ["RU"]}
    everything = condition(wide(), COAL)
    np.testing.assert_array_equal(after.draws("jobs", "RU-B"), everything.draws("jobs", "RU-B"))
    assert everything.draws("jobs").shape == (400, 3, 5)
    assert everything.draws("jobs").dtype == np.float32
    assert np.isnan(everything.draws("jobs", "RU-C")).all()
    assert everything.diagnostics["condition_cells_without_figures"] == 5
    assert [int(y) for y in everything.draws("coal")["year"]] == [2023, *YEARS]
    other = condition(wide(), Path("jobs", (Cell("jobs", "RU-A", 2024, 7.0),)), regions=["RU-B"])
    assert [str(r) for r in other.draws("jobs")["region"].to_numpy()] == ["RU-A", "RU-B"]
    assert [str(r) for r in other.draws("share_pct")["region"].to_numpy()] == ["RU-B"]


def test_a_cell_without_a_figure_in_every_draw_is_left_out_whole() -> None:
    own = wide()
    holed = own.draws("jobs").copy()
    holed[0, 0, 1] = np.nan
    freight = own.draws("coal") * 2.0
    after = condition(
        replace(own, variables={**own.variables, "jobs": holed, "freight": freight}), COAL, regions=["RU-A"]
    )
    jobs = after.draws("jobs", "RU-A")
    assert np.isnan(jobs[:, 1]).all()
    assert np.isfinite(jobs[:, [0, 2, 3, 4]]).all()
    assert after.diagnostics["condition_cells_without_figures"] == 1
    # a national driver outside the path goes with it: here it is the path's price, doubled
    assert after.draws("freight", "RU").sel(year=2024).to_numpy() == pytest.approx(200.0, rel=1e-5)


def test_blocks_of_regions_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = condition(wide(), COAL)
    monkeypatch.setattr(conditioning, "_BLOCK", 1)
    xr.testing.assert_allclose(condition(wide(), COAL).draws("jobs"), at_once.draws("jobs"), rtol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 1000))
def test_the_order_of_draws_and_the_unit_change_nothing(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(60)
    draws = rng.normal(size=(60, 1, 3)).cumsum(axis=2)
    years = (2024, 2025, 2026)
    plain = forecast_of({"x": (["RU-A"], draws)}, years)
    other = forecast_of({"x": (["RU-A"], unit * draws[order])}, years)
    paths = [Path("p", (Cell("x", "RU-A", 2025, scale * 1.5),)) for scale in (1.0, unit)]
    one = condition(plain, paths[0], scales={"x": "identity"}).draws("x").to_numpy()
    two = condition(other, paths[1], scales={"x": "identity"}).draws("x").to_numpy()
    assert two == pytest.approx(unit * one[order], abs=unit * SINGLE)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (Cell("cola", "RU", 2024, 90.0), "Did you mean coal"),
        (Cell("share_pct", "RU-C", 2024, 9.0), "Did you mean RU-"),
        (Cell("coal", "RU-A", 2024, 90.0), "RU"),
        (Cell("coal", "RU", 2022, 90.0), "2023–2028"),
        (Cell("coal", "RU", 2050, 90.0), "2023–2028"),
        (Cell("coal", "RU", 2024, -1.0), "above 0"),
        (Cell("share_pct", "RU-A", 2024, 100.0), "between 0 and 100"),
        (Cell("jobs", "RU-C", 2024, 9.0), "no figures"),
        (Cell("coal", "RU", 2024, 90.0, where="p.yml, line 3"), "p.yml, line 3"),
    ],
)
def test_a_wrong_cell_is_named(cell: Cell, message: str) -> None:
    cells = (cell, Cell("coal", "RU", 2026, 90.0)) if "line 3" not in message else (cell, cell)
    with pytest.raises(RegionalEconError, match=message):
        condition(wide(), Path("p", cells))


def test_cells_that_fix_one_another_are_named() -> None:
    rng = np.random.default_rng(4)
    parts = 5_000 + rng.normal(size=(300, 2, 2))
    values = np.concatenate([parts, parts.sum(axis=1, keepdims=True)], axis=1)
    own = forecast_of({"x": (["RU-A", "RU-B", "RU-S"], values)}, (2024, 2025))
    cells = tuple(Cell("x", region, 2024, v) for region, v in (("RU-A", 5e3), ("RU-B", 5e3), ("RU-S", 1e4)))
    with pytest.raises(EstimationError, match="follows from the others"):
        condition(own, Path("p", cells), scales={"x": "identity"})
    assert condition(own, Path("p", cells[:2]), scales={"x": "identity"}).draws("x").shape == (300, 3, 2)
    few = forecast_of({"x": (["RU-A"], rng.normal(size=(4, 1, 5)))})
    whole = Path("p", tuple(Cell("x", "RU-A", year, 0.0) for year in YEARS))
    with pytest.raises(EstimationError, match="4 draws"):
        condition(few, whole, scales={"x": "identity"})


def test_cells_that_nearly_move_together_are_told_apart() -> None:
    alike = 0.9995
    draws = exact_normal(300, np.full(2, 5_000.0), np.array([[1.0, alike], [alike, 1.0]]), 4)
    own = forecast_of({"x": (["RU-A"], draws[:, None, :])}, (2024, 2025))
    path = Path("p", (Cell("x", "RU-A", 2024, 5_001.0), Cell("x", "RU-A", 2025, 5_001.0)))
    # float32 keeps 5,000 to 5e-4, so each of 300 draws has an error of 1e-4 sds
    assert implausibility(own, path, scales={"x": "identity"}).distance == pytest.approx(
        np.sqrt(2 / (1 + alike)), rel=1e-4
    )


def test_a_draw_next_to_a_bound_varies_too() -> None:
    # one float32 up from it is 100, which has no place on a logit scale; one down from the other is 0
    last, least = np.nextafter(np.float32([100, 0]), np.float32(50))
    draws = np.random.default_rng(2).uniform(20, 80, size=(300, 1, 2))
    draws[:2, 0, 0] = last, least
    own = forecast_of({"share_pct": (["RU-A"], draws)}, (2024, 2025))
    after = condition(own, Path("p", (Cell("share_pct", "RU-A", 2024, 60.0),))).draws("share_pct", "RU-A")
    assert (after.sel(year=2024) == 60.0).all()
    assert np.isfinite(after).all()


def test_a_whole_number_beyond_64_bits_is_a_value_as_its_float_is() -> None:
    large = 90 * 10**18
    draws = large * np.random.default_rng(6).normal(1, 0.1, size=(300, 1, 2))
    own = forecast_of({"x": (["RU-A"], draws)}, (2024, 2025))
    for soft in (0, 1):
        whole, real = (
            condition(own, Path("p", (Cell("x", "RU-A", 2024, v, soft * v),)), scales={"x": "identity"}).draws("x")
            for v in (large, float(large))
        )
        xr.testing.assert_identical(whole, real)


def test_a_zero_among_draws_needs_an_offset() -> None:
    draws = np.maximum(np.random.default_rng(1).normal(3, 2, size=(200, 1, 2)), 0)
    own = forecast_of({"patents": (["RU-A"], draws)}, (2024, 2025))
    path = Path("p", (Cell("patents", "RU-A", 2024, 0.0),))
    with pytest.raises(OptionError, match="offset"):
        condition(own, Path("p", (Cell("patents", "RU-A", 2024, 2.0),)))
    after = condition(own, path, offsets={"patents": 1.0})
    assert float(after.draws("patents").min()) == 0.0
    marked = own.variables["patents"].assign_attrs(scale="log", offset=1.0)
    told = condition(Forecast({"patents": marked}, 2023, "baseline", 7, "", {}), path)
    xr.testing.assert_equal(told.draws("patents"), after.draws("patents"))
    assert told.draws("patents").attrs == {"scale": "log", "offset": 1.0}


@pytest.mark.parametrize(
    ("scale", "bounds"),
    [(Scale("logit", 0.25), (0.0, 100.0)), (Scale("log", 1.0), (0.0,)), (Scale("identity"), (-3.0,))],
)
def test_a_scale_leads_there_and_back(scale: Scale, bounds: tuple[float, ...]) -> None:
    values = np.array([*bounds, 0.5, 12.5, 99.0])
    assert scale.from_scale(scale.to_scale(values)) == pytest.approx(values, abs=1e-12)
    assert all(scale.holds(value) for value in values)
    assert scale.holds(-3.0) == (scale.name == "identity")
    assert scale.holds(101.0) == (scale.name != "logit")
    if scale.name != "identity":
        assert scale.from_scale(np.array([-50.0])).tolist() == [0.0]
    if scale.name == "logit":
        assert scale.from_scale(np.array([50.0])).tolist() == [100.0]
        assert scale.to_scale(np.array(100.0)) == pytest.approx(-scale.to_scale(np.array(0.0)), rel=1e-12)


def test_a_scale_is_given_or_follows_from_bounds() -> None:
    arrays = wide().variables
    assert scale_of("share_pct", arrays["share_pct"]) == Scale("logit")
    assert scale_of("jobs", arrays["jobs"]) == Scale("log")
    assert scale_of("growth_pct", arrays["jobs"] + 100) == Scale("log")
    assert scale_of("growth_pct", arrays["jobs"] - 100) == Scale("identity")
    assert scale_of("jobs", arrays["jobs"].assign_attrs(scale="identity", offset=0.0)) == Scale("identity")
    assert scale_of("jobs", arrays["jobs"], {"jobs": "logit"}, {"jobs": 0.25}) == Scale("logit", 0.25)
    with pytest.raises(OptionError, match="log, logit, identity"):
        scale_of("jobs", arrays["jobs"], {"jobs": "ln"})
    with pytest.raises(OptionError, match="offset"):
        scale_of("jobs", arrays["jobs"], {}, {"jobs": -1.0})
    with pytest.raises(RegionalEconError, match="Did you mean jobs"):
        condition(wide(), COAL, scales={"job": "log"})
    with pytest.raises(RegionalEconError, match="Did you mean RU-"):
        condition(wide(), COAL, regions=["RU-X"])
    with pytest.raises(OptionError, match="baseline"):
        condition(wide(), Path("baseline", COAL.cells))


@pytest.mark.parametrize("value", [np.exp(20), 1e39])
def test_a_number_beyond_float32_is_refused(value: float) -> None:
    calm = 0.01 * np.random.default_rng(1).normal(size=(200, 1, 1))
    own = forecast_of({"calm": (["RU-A"], np.exp(calm)), "wild": (["RU-A"], np.exp(10 * calm))}, (2024,))
    with pytest.raises(EstimationError, match="beyond"):
        condition(own, Path("p", (Cell("calm", "RU-A", 2024, value),)))


def test_a_conditioned_forecast_survives_its_file(tmp_path: pathlib.Path) -> None:
    after = condition(wide(), COAL)
    after.to_netcdf(tmp_path / "c.nc")
    again = Forecast.read(tmp_path / "c.nc")
    assert dict(again.diagnostics) == dict(after.diagnostics)
    assert again.scenario == "coal"
    xr.testing.assert_equal(again.draws("coal"), after.draws("coal"))
    assert after.condition(Path("more", (Cell("jobs", "RU-A", 2024, 7.0),))).scenario == "coal+more"


def test_thirteen_years_of_twelve_variables_take_less_than_a_third_of_a_second() -> None:
    years = tuple(range(2023, 2036))
    rng = np.random.default_rng(0)
    walks = {f"v{k}": (["RU-KEM"], 100 * np.exp(0.02 * rng.normal(size=(4_000, 1, 13)).cumsum(2))) for k in range(12)}
    own = forecast_of({**walks, "coal": (["RU"], 90 * np.exp(0.2 * rng.normal(size=(4_000, 1, 13)).cumsum(2)))}, years)
    path = Path("coal", tuple(Cell("coal", "RU", year, 120.0) for year in years))
    took = []
    for _ in range(3):
        began = time.process_time()
        condition(own, path)
        took.append(time.process_time() - began)
    assert min(took) < 0.3
