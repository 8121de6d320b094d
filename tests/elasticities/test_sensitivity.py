"""Other assumptions and missing sources move the posterior as the algebra says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ.elasticities.declared import Assumptions
from regional_econ.elasticities.posterior import posterior
from regional_econ.elasticities.sensitivity import QUANTILES, SHARES, design_pull, study, variants

DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct")
Maker = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]


@pytest.fixture(scope="module")
def given(invented: Maker) -> tuple[pd.DataFrame, pd.DataFrame]:
    return invented(seed=3, designs=("within", "between", "iv"))


@pytest.fixture(scope="module")
def frame(given: tuple[pd.DataFrame, pd.DataFrame], assumptions: Assumptions) -> pd.DataFrame:
    return study(*given, assumptions, drivers=DRIVERS, level_pct=7.0, specification_sd={"rd_grp_pct": 0.05})


def cell(frame: pd.DataFrame, driver: str, variant: str) -> pd.Series:
    return frame[(frame["driver"] == driver) & (frame["variant"] == variant)].iloc[0]


def test_every_variant_is_there_once_a_driver(frame: pd.DataFrame, assumptions: Assumptions) -> None:
    names = [variant.id for variant in variants(assumptions, ("within", "between", "iv"))]
    assert len(names) == len(set(names))
    assert list(dict.fromkeys(frame["driver"])) == list(DRIVERS)
    for driver in DRIVERS:
        assert list(frame.loc[frame["driver"] == driver, "variant"]) == names
    assert {f"without_{row}" for row in ("K01", "K03", "K04", "K08", "within", "between", "iv")} <= set(names)
    assert (np.diff(frame[list(QUANTILES)], axis=1) > 0).all()
    np.testing.assert_allclose(frame[list(SHARES)].sum(axis=1), 1.0, rtol=1e-12)


def test_base_is_the_posterior_with_its_transport(
    frame: pd.DataFrame, given: tuple[pd.DataFrame, pd.DataFrame], assumptions: Assumptions
) -> None:
    found = posterior(
        *given, assumptions, drivers=DRIVERS, level_pct=7.0, specification_sd={"rd_grp_pct": 0.05}
    )  # fmt: skip
    for driver in DRIVERS:
        extra = assumptions.drivers[driver].transport_sd
        expected = found.quantiles(driver, tuple(QUANTILES.values()), extra_sd=extra)
        assert list(cell(frame, driver, "base")[list(QUANTILES)]) == pytest.approx(expected, rel=1e-12)


def test_a_designs_pull_is_the_slope_of_the_posterior(
    given: tuple[pd.DataFrame, pd.DataFrame], assumptions: Assumptions
) -> None:
    """With the conversion fixed and no silent nulls or heterogeneity in doubt the posterior is linear in estimates."""
    estimates, S = given
    fixed = replace(
        assumptions, conversion=replace(assumptions.conversion, low=0.5, high=0.5), relations=(),
        attenuation_half_width=0.0,
    )  # fmt: skip
    whole = {"drivers": DRIVERS, "level_pct": 7.0, "specification_sd": {"rd_grp_pct": 0.05}}
    pull = design_pull(estimates, S, fixed, **whole)
    base = posterior(estimates, S, fixed, **whole).mean
    for design in estimates.index:
        for driver in DRIVERS:
            moved = estimates.copy()
            moved.loc[design, driver] += 1.0
            slope = posterior(moved, S, fixed, **whole).mean[driver] - base[driver]
            assert pull.loc[design, driver] == pytest.approx(slope, abs=1e-9)


def test_independent_errors_keep_the_covariance_within_a_design(
    frame: pd.DataFrame, given: tuple[pd.DataFrame, pd.DataFrame], assumptions: Assumptions
) -> None:
    estimates, S = given
    blocks = S * np.kron(np.eye(3), np.ones((4, 4)))
    assert not np.allclose(blocks, S)
    found = posterior(
        estimates, blocks, assumptions, drivers=DRIVERS, level_pct=7.0, specification_sd={"rd_grp_pct": 0.05}
    )  # fmt: skip
    for driver in DRIVERS:
        (median,) = found.quantiles(driver, (0.5,), extra_sd=assumptions.drivers[driver].transport_sd)
        assert cell(frame, driver, "independent_errors")["p50"] == pytest.approx(median, abs=1e-9)
        assert cell(frame, driver, "base")["p50"] != pytest.approx(median, abs=1e-6)


def test_without_literature_the_designs_alone_speak(
    given: tuple[pd.DataFrame, pd.DataFrame], assumptions: Assumptions
) -> None:
    """With certain reliabilities the mean is generalised least squares with S + B; literature has no share."""
    estimates, S = given
    frame = study(
        estimates, S, replace(assumptions, attenuation_half_width=0.0), drivers=DRIVERS, level_pct=7.0,
        specification_sd={"rd_grp_pct": 0.05},
    )  # fmt: skip
    k, designs = len(DRIVERS), [assumptions.designs[str(design)] for design in estimates.index]
    unit = np.array([assumptions.drivers[driver].unit for driver in DRIVERS])
    up = np.array([assumptions.drivers[driver].upwards for driver in DRIVERS])
    B = np.zeros_like(S.to_numpy())
    for i, one in enumerate(designs):
        for j, other in enumerate(designs):
            rho = 1.0 if i == j else assumptions.bias_correlation * (one.family == other.family)
            B[i * k : (i + 1) * k, j * k : (j + 1) * k] = np.diag(rho * one.sd * other.sd * unit**2)
    B[0, 0] += 0.05**2
    H = np.vstack([one.reliability * np.eye(k) for one in designs])
    W = np.linalg.inv(S.to_numpy() + B)
    e = estimates.to_numpy().ravel() - np.concatenate([up * unit * one.mean for one in designs])
    V = np.linalg.inv(H.T @ W @ H)
    mean = V @ H.T @ W @ e
    for at, driver in enumerate(DRIVERS):
        found = cell(frame, driver, "no_literature")
        sd = np.hypot(np.sqrt(V[at, at]), assumptions.drivers[driver].transport_sd)
        assert found["p50"] == pytest.approx(mean[at], abs=1e-3 * sd)  # the flat prior has a hundred units
        assert (found["p975"] - found["p025"]) / (2 * 1.959964) == pytest.approx(sd, rel=1e-3)
        assert found["literature"] < 1e-3


def test_sources_pull_where_they_stand(frame: pd.DataFrame) -> None:
    """Nulls and zero conversion pull the literature down, an upper row up; half the spread gives it more say."""
    base = cell(frame, "rd_grp_pct", "base")
    assert cell(frame, "rd_grp_pct", "nulls_uncorrected")["p50"] > base["p50"]
    assert cell(frame, "rd_grp_pct", "nulls_heavier")["p50"] < base["p50"]
    # K01 less its bias lies above the mean of the other rows, so without it the elasticity falls.
    assert cell(frame, "rd_grp_pct", "without_K01")["p50"] < base["p50"]
    for driver in DRIVERS:
        own = cell(frame, driver, "base")
        assert cell(frame, driver, "literature_half")["literature"] > own["literature"]
        assert cell(frame, driver, "literature_double")["literature"] < own["literature"]
        assert cell(frame, driver, "bias_half")["designs"] > own["designs"]
        assert cell(frame, driver, "bias_double")["designs"] < own["designs"]
        reach = {
            name: cell(frame, driver, name)["p975"] - cell(frame, driver, name)["p025"]
            for name in ("base", "bias_double")
        }
        assert reach["bias_double"] > reach["base"]
        certain, exact = (cell(frame, driver, name)["designs"] for name in ("reliability_certain", "reliability_one"))
        assert own["designs"] < certain < exact


def test_a_certain_conversion_scales_the_literature(
    assumptions: Assumptions, given: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Without data the mean is conversion × mean effect / (1 − y)."""
    estimates, S = given
    medians = {}
    for value in (0.0, 0.5, 1.0):
        fixed = replace(assumptions, conversion=replace(assumptions.conversion, centre=value, low=value, high=value))
        medians[value] = posterior(estimates.iloc[:0], S, fixed, drivers=DRIVERS, level_pct=7.0).mean["rd_grp_pct"]
    assert medians[0.0] == 0
    assert medians[1.0] == pytest.approx(2 * medians[0.5], rel=1e-9)
