"""One bootstrap for all designs: deterministic, and its errors are those of the clustered formula."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ.causal.bootstrap import DesignEstimates, region_bootstrap
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.designs import CONTROLS, INSTRUMENT_LAG, LAG, build_designs, instrumented_design
from regional_econ.causal.instruments import instrumented, two_stage
from regional_econ.causal.kernel import gram_blocks, mask_of, solve
from regional_econ.causal.sample import Regressor, Sample, build_sample
from regional_econ.causal.weak_instruments import tf_std_error
from regional_econ.core.panel import Panel


@pytest.fixture(scope="module")
def found(official: Panel, declared: Multiverse) -> DesignEstimates:
    return region_bootstrap(official, declared, reps=999, seed=1)


def test_workers_change_nothing(official: Panel, declared: Multiverse) -> None:
    alone = region_bootstrap(official, declared, reps=120, seed=3, jobs=1)
    shared = region_bootstrap(official, declared, reps=120, seed=3, jobs=2)
    assert alone.covariance.equals(shared.covariance)
    other = region_bootstrap(official, declared, reps=120, seed=4)
    assert not alone.covariance.equals(other.covariance)
    assert alone.estimates.equals(other.estimates)


@pytest.mark.parametrize(("design", "era"), [("within", "pooled"), ("within_newest", "oslo4_wide")])
def test_within_designs_agree_with_the_kernel(
    official: Panel, declared: Multiverse, found: DesignEstimates, design: str, era: str
) -> None:
    chosen = declared.era(era)
    sample = build_sample(
        official, declared, scale="logit", weights="precision", years=chosen.years, units=chosen.units,
        effects="region+year",
        regressors=[Regressor(declared.terms[name], LAG) for name in (*declared.drivers, *CONTROLS)],
    )  # fmt: skip
    blocks, every = gram_blocks(sample), np.array([mask_of(tuple(range(6)))], dtype=np.uint64)
    solutions = [solve(blocks, driver, every) for driver in range(4)]
    coef = [float(solution.coef[0]) for solution in solutions]
    errors = [float(solution.std_error[0]) for solution in solutions]
    np.testing.assert_allclose(found.estimates.loc[design], coef, rtol=1e-7, atol=1e-9)  # two algebras
    # Pairs bootstrap and CR1S differ by sampling of 999 resamples (2 %) and by leverage (up to a fifth at 85 regions).
    np.testing.assert_allclose(found.std_errors.loc[design], errors, rtol=0.25)


@pytest.fixture(scope="module")
def earlier(official: Panel, declared: Multiverse) -> Sample:
    """Drivers and controls of the year before, and the drivers of two years before."""
    terms = [
        *((name, LAG) for name in (*declared.drivers, *CONTROLS)),
        *((d, INSTRUMENT_LAG) for d in declared.drivers),
    ]
    return build_sample(
        official, declared, scale="logit", weights="precision", years=declared.era("pooled").years,
        units="region_method", effects="region+year",
        regressors=[Regressor(declared.terms[name], lag) for name, lag in terms],
    )  # fmt: skip


def test_the_instrumented_design_is_two_stage_least_squares(earlier: Sample, found: DesignEstimates) -> None:
    """Against the engine that is itself held against linearmodels, effects taken out another way."""
    rows = np.bincount(earlier.unit)[earlier.unit]
    same = (earlier.unit[1:] == earlier.unit[:-1]) & (np.diff(earlier.year) == 1)
    pairs = np.bincount(earlier.unit[1:][same], minlength=earlier.unit.max() + 1)[earlier.unit]
    Z = earlier.X[:, 6:] + (pairs / rows / (rows - 1))[:, None] * earlier.X[:, :4]
    data = instrumented(
        earlier.y, earlier.X[:, :4], Z, controls=earlier.X[:, 4:6],
        effects=(earlier.unit, earlier.cell), weights=earlier.weights, cluster=earlier.region,
    )  # fmt: skip
    reference = two_stage(data, errors="CR1S")
    np.testing.assert_allclose(found.estimates.loc["iv"], reference.beta, rtol=1e-7, atol=1e-9)  # two algebras
    # Pairs bootstrap and CR1S differ as in the within designs.
    np.testing.assert_allclose(found.std_errors.loc["iv"], reference.std_error, rtol=0.25)
    assert found.n_obs["iv"] == len(earlier.y)
    assert all(f > 100 for f in found.first_stage.values())
    assert set(found.inflation.values()) == {1.0}


def test_an_earlier_value_cures_errors_in_variables(declared: Multiverse, planted: object) -> None:
    panel = planted(0.3, lag=1, seed=23, regions=80, noise=0.1, driver_persistence=0.8)  # type: ignore[operator]
    rng = np.random.default_rng(5)
    # Half of the measured ratio's variance within a region is error.
    noisy = panel.frame["rd_grp_pct"] * np.exp(rng.normal(0, 0.5, len(panel.frame)))
    estimates = region_bootstrap(
        replace(panel, frame=panel.frame.assign(rd_grp_pct=noisy)), declared, reps=20, seed=1
    ).estimates["rd_grp_pct"]
    assert estimates["within"] < 0.24
    assert estimates["iv"] == pytest.approx(0.3, abs=0.08)
    assert estimates["iv"] > estimates["within"] + 0.05


def test_errors_of_measurement_leave_the_instruments_moment() -> None:
    """Of a driver that is nothing but passing error the moment with its instrument is zero on average, gaps or not."""
    rng = np.random.default_rng(8)
    n, years = 4000, np.array([2001, 2002, 2003, 2005, 2006, 2007])
    error = rng.normal(size=(n, 8))
    before, earlier = error[:, years - 2001 + 1], error[:, years - 2001]
    region = np.repeat(np.arange(n), len(years))
    sample = Sample(
        y=rng.normal(size=region.size), X=np.column_stack([before.ravel(), earlier.ravel()]), columns=("x@1", "x@2"),
        region=region, unit=region, cell=np.tile(np.arange(len(years)), n), year=np.tile(years, n),
        weights=np.ones(region.size), regions=tuple(map(str, range(n))), effects="region+year",
    )  # fmt: skip
    moments = instrumented_design(sample, 1).gram[:, 0, 0]
    noise = moments.std() / np.sqrt(n)
    assert abs(moments.mean()) < 4 * noise
    naive = ((earlier - earlier.mean(1, keepdims=True)) * (before - before.mean(1, keepdims=True))).sum(axis=1)
    assert naive.mean() == pytest.approx(-4 / 6, abs=4 * noise)  # four pairs of neighbours among six years
    assert naive.mean() < -10 * noise


def test_a_weak_instrument_widens_every_covariance_it_has(declared: Multiverse, planted: object) -> None:
    """The planted drivers have no memory beyond the region's level: yesterday's value says nothing of today's."""
    panel = planted(0.3, lag=1, seed=21, regions=80, noise=0.1)  # type: ignore[operator]
    weak = region_bootstrap(panel, declared, reps=50, seed=1)
    rng = rng_for(seed_for(1, "0"), "regions")
    drawn = rng.multinomial(80, np.full(80, 1 / 80), size=50).astype(float)
    plain = np.cov(np.hstack([one.estimate(drawn) for one in build_designs(panel, declared)]), rowvar=False)
    widened = np.ones(len(plain))
    for at, (driver, f) in enumerate(weak.first_stage.items()):
        widened[at - 4] = min(tf_std_error(1.0, f), 1000.0)
        assert widened[at - 4] == weak.inflation[driver] > 1.2
    np.testing.assert_allclose(weak.covariance, plain * np.outer(widened, widened), rtol=1e-9)
    assert (weak.std_errors.loc["iv"] > 3 * weak.std_errors.loc["within"]).all()


def test_designs_share_one_panel(found: DesignEstimates, declared: Multiverse) -> None:
    designs, drivers = found.estimates.shape
    assert found.covariance.shape == (designs * drivers, designs * drivers)
    assert list(found.estimates.columns) == list(declared.drivers)
    errors = np.sqrt(np.diag(found.covariance))
    correlation = found.covariance / np.outer(errors, errors)
    assert np.linalg.eigvalsh(correlation).min() > 0
    # The dynamic design uses the first method's years of the within design: far from independent.
    assert correlation.loc[("within", "rd_grp_pct"), ("dynamic", "rd_grp_pct")] > 0.3


def test_json_round_trip(found: DesignEstimates) -> None:
    again = DesignEstimates.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.estimates.equals(found.estimates)
    assert again.covariance.equals(found.covariance)
    assert list(again.to_frame().columns) == ["design", "driver", "estimate", "std_error"]


def test_a_planted_effect_comes_out_of_every_design(declared: Multiverse, planted: object) -> None:
    panel = planted(0.3, lag=1, seed=21, regions=80, noise=0.1)  # type: ignore[operator]
    estimates = region_bootstrap(panel, declared, reps=20, seed=1).estimates["rd_grp_pct"]
    # Between regions the planted level moves both sides, so that design is left out; the others see noise only.
    for design in ("within", "within_newest", "long_difference", "first_difference", "dynamic"):
        assert estimates[design] == pytest.approx(0.3, abs=0.08), design


def test_the_dynamic_design_reports_the_long_run(declared: Multiverse, planted: object) -> None:
    panel = planted(0.1, lag=1, seed=22, regions=80, noise=0.01, persistence=0.5)  # type: ignore[operator]
    estimates = region_bootstrap(panel, declared, reps=2, seed=1).estimates["rd_grp_pct"]
    # Long run .1/(1 − .5); with noise a fifth of the driver's part Nickell's bias is below a tenth.
    assert estimates["dynamic"] == pytest.approx(0.2, rel=0.1)
    assert estimates["within"] == pytest.approx(0.1, rel=0.3)


def test_one_resample_is_refused(official: Panel, declared: Multiverse) -> None:
    with pytest.raises(EstimationError, match="at least two"):
        region_bootstrap(official, declared, reps=1, seed=1)
