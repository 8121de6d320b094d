"""The batched kernel gives what the panel room and plain dummy regressions give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.causal.axes import Effects, Scale
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import gram_blocks, mask_of, solve
from regional_econ.causal.sample import Regressor, Sample, build_sample
from regional_econ.core.panel import Panel
from regional_econ.panel.fit import fit

# Both sides solve the same normal equations in double precision: 1e-8 leaves four digits for their conditioning.
TOLERANCE = 1e-8


def masks(*subsets: tuple[int, ...]) -> np.ndarray:
    return np.array([mask_of(subset) for subset in subsets], dtype=np.uint64)


def regressors(declared: Multiverse, lag: int) -> list[Regressor]:
    return [Regressor(declared.terms[name], lag) for name in declared.first_terms()]


def sample_of(panel: Panel, declared: Multiverse, scale: Scale, era: str, lag: int, effects: Effects) -> Sample:
    chosen = declared.era(era)
    return build_sample(
        panel, declared, scale=scale, weights="none" if scale == "ln" else "precision",
        years=chosen.years, units=chosen.units, effects=effects,
        regressors=regressors(declared, lag),
    )  # fmt: skip


@pytest.mark.parametrize(("era", "lag"), [("oslo3", 0), ("oslo3", 2), ("oslo4_wide", 1)])
def test_subsets_agree_with_the_panel_room(official: Panel, declared: Multiverse, era: str, lag: int) -> None:
    sample = sample_of(official, declared, "ln", era, lag, "region+year")
    index = pd.MultiIndex.from_arrays([np.array(sample.regions)[sample.region], sample.year], names=["region", "year"])
    frame = pd.DataFrame(sample.X, index=index, columns=[f"x{k}" for k in range(sample.X.shape[1])])
    subsets = [(1, 2), (), (0, 3, 4, 5), (5,)]
    blocks = gram_blocks(sample)
    for driver in (0, 2, 5):
        found = solve(blocks, driver, masks(*subsets))
        for row, subset in enumerate(subsets):
            formula = "y ~ " + " + ".join(f"x{k}" for k in {driver, *subset})
            for kind, errors in (("cluster:region", found.std_error), ("iid", found.std_error_iid)):
                reference = fit(formula, frame.assign(y=sample.y), effects="region+year", inference=kind)
                name = f"x{driver}"
                np.testing.assert_allclose(found.coef[row], reference.params[name], rtol=TOLERANCE)
                np.testing.assert_allclose(errors[row], reference.std_errors[name], rtol=TOLERANCE)
            assert found.df_resid[row] == reference.diagnostics["df_resid"]


def test_the_reference_specification(official: Panel, declared: Multiverse) -> None:
    terms = [replace(declared.terms[name], cut=()) for name in declared.drivers]
    sample = build_sample(
        official, declared, scale="ln", weights="none", years=(2006, 2022), units="region", effects="region+year",
        regressors=[Regressor(term, 0) for term in terms],
    )  # fmt: skip
    found = solve(gram_blocks(sample), 0, masks((1, 2, 3)))
    assert (found.n_obs, found.n_regions) == (1368, 85)
    assert round(float(found.std_error[0]), 6) == 0.065010  # printed with six digits in the definition


@pytest.mark.parametrize("effects", ["region+year", "region+district_year"])
def test_weighted_region_by_method_effects_agree_with_dummies(
    official: Panel, declared: Multiverse, effects: Effects
) -> None:
    sample = sample_of(official, declared, "logit", "pooled", 1, effects)
    found = solve(gram_blocks(sample), 0, masks((2, 4)))
    X = np.column_stack([sample.X[:, [0, 2, 4]], np.eye(sample.unit.max() + 1)[sample.unit]])
    X = np.column_stack([X, np.eye(sample.cell.max() + 1)[sample.cell]])
    root = np.sqrt(sample.weights)
    inverse = np.linalg.pinv(X * root[:, None], rcond=1e-10)
    bread = inverse @ inverse.T
    coef = inverse @ (sample.y * root)
    residual = sample.y - X @ coef
    scores = np.stack([(X[own] * (sample.weights * residual)[own, None]).sum(axis=0) for own in _by_region(sample)])
    nested = np.linalg.matrix_rank(X) - len(np.unique(sample.unit))
    g, n, k = len(scores), len(sample.y), nested + 1
    covariance = g / (g - 1) * (n - 1) / (n - k) * bread @ scores.T @ scores @ bread
    np.testing.assert_allclose(found.coef[0], coef[0], rtol=TOLERANCE)
    np.testing.assert_allclose(found.std_error[0], np.sqrt(covariance[0, 0]), rtol=TOLERANCE)


@pytest.mark.parametrize("lag", [0, 1, 2])
@pytest.mark.parametrize("era", ["oslo3", "oslo4_wide", "pooled"])
def test_no_unit_crosses_a_break(official: Panel, declared: Multiverse, era: str, lag: int) -> None:
    sample = sample_of(official, declared, "logit", era, lag, "region+year")
    outcome = [(start, sample.year) for start in (2017, 2019)] if era == "pooled" else []
    for start, years in (*outcome, (2017, sample.year - lag), (2022, sample.year - lag)):
        assert (pd.Series(years >= start).groupby(sample.unit).nunique() == 1).all()


def test_zeros_stay_where_the_scale_keeps_them(official: Panel, declared: Multiverse) -> None:
    drops = sample_of(official, declared, "ln", "oslo3", 0, "region+year")
    keeps = sample_of(official, declared, "logit", "oslo3", 0, "region+year")
    outcome = official.column("innovation_activity_pct")
    zeros = {(region, year) for region, year in outcome.index[outcome == 0] if year <= 2016}
    kept, dropped = (
        {(sample.regions[code], int(year)) for code, year in zip(sample.region, sample.year, strict=True)}
        for sample in (keeps, drops)
    )
    assert len(zeros & kept) > 10
    assert not zeros & dropped
    assert np.isfinite(keeps.y).all()


def test_collinear_columns_are_refused(official: Panel, declared: Multiverse) -> None:
    sample = sample_of(official, declared, "ln", "oslo3", 0, "region+year")
    doubled = replace(sample, X=np.column_stack([sample.X, 2 * sample.X[:, 0]]), columns=(*sample.columns, "twice"))
    with pytest.raises(EstimationError, match="collinear"):
        solve(gram_blocks(doubled), 0, masks((doubled.X.shape[1] - 1,)))
    still = replace(sample, X=np.column_stack([sample.X, np.ones(len(sample.y))]), columns=(*sample.columns, "one"))
    with pytest.raises(EstimationError, match="does not vary"):
        solve(gram_blocks(still), 0, masks((still.X.shape[1] - 1,)))


def _by_region(sample: Sample) -> list[np.ndarray]:
    return [np.flatnonzero(sample.region == region) for region in np.unique(sample.region)]
