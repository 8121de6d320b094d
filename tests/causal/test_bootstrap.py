"""One bootstrap for all designs: deterministic, and its errors are those of the clustered formula."""

from __future__ import annotations

import json

import numpy as np
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.causal.bootstrap import DesignEstimates, region_bootstrap
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.designs import CONTROLS, LAG
from regional_econ.causal.kernel import gram_blocks, mask_of, solve
from regional_econ.causal.sample import Regressor, build_sample
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
