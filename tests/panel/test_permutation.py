"""Exchanges of paths against explicit refits, size and power by simulation, invariances, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ.panel.fit import fit
from regional_econ.panel.methods import Effects
from regional_econ.panel.permutation import Paths, exchanges, permutation_test, statistics

TERMS = {"many": "y ~ z1 + x + z2", "one": "y ~ x"}


def made(seed: int, *, n_regions: int = 12, n_years: int = 6, slope: float = 0.0) -> pd.DataFrame:
    """Regressors and errors that wander within a region; x follows z1, and regions and years have effects."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(n_regions), range(2000, 2000 + n_years)], names=["region", "year"])
    x, z1, z2, e = rng.normal(size=(4, n_regions, n_years)).cumsum(axis=2)
    x = x + z1
    y = slope * x + z1 + e + rng.normal(size=(n_regions, 1)) + rng.normal(size=n_years)
    return pd.DataFrame({"x": x.ravel(), "y": y.ravel(), "z1": z1.ravel(), "z2": z2.ravel()}, index=index)


def with_holes(frame: pd.DataFrame) -> pd.DataFrame:
    """Three regions without the first year, two without two in the middle, and one with years of its own."""
    gone = [(0, 2000), (3, 2000), (7, 2000), (1, 2002), (1, 2003), (5, 2002), (5, 2003), (9, 2004)]
    return frame.drop(index=gone).sample(frac=1, random_state=3)


def residual(frame: pd.DataFrame, terms: list[str], effects: Effects) -> np.ndarray:
    """x on the other terms and on all dummies, by least squares."""
    levels = [frame.index.get_level_values(one) for one in effects.split("+")]
    dummies = [(level.to_numpy()[:, None] == level.unique().to_numpy()).astype(float) for level in levels]
    D = np.column_stack([frame[terms].to_numpy(), *dummies])
    x = frame["x"].to_numpy()
    return np.asarray(x - D @ np.linalg.lstsq(D, x, rcond=None)[0])


@pytest.mark.parametrize("effects", ["region+year", "region", "year"])
@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("formula", TERMS)
def test_each_draw_is_a_refit_with_paths_exchanged(formula: str, holes: bool, effects: Effects) -> None:
    frame = made(1, slope=0.1)
    frame = with_holes(frame) if holes else frame
    estimate = fit(TERMS[formula], frame, effects=effects, inference="iid")
    terms = [name for name in estimate.params.index if name != "x"]
    left = residual(frame, terms, effects)
    draws, seed = 99, 5
    test = permutation_test(estimate, "x", draws=draws, seed=seed)
    clustered = estimate.vcov("cluster:region").tidy().set_index("term")
    assert test.statistic == pytest.approx(clustered.loc["x", "statistic"], rel=1e-9)  # two ways to the same sums

    paths = Paths.of(estimate.native.data, list(estimate.params.index).index("x"))
    factor = estimate.vcov("cluster:region").diagnostics["small_sample_factor"]
    orders = np.concatenate(list(exchanges(paths, draws, seed)))
    assert len(orders) == draws
    regions, years = (frame.index.get_level_values(level).to_numpy() for level in (0, 1))
    rows = [np.flatnonzero(regions == region)[np.argsort(years[regions == region])] for region in range(12)]
    refitted = []
    for order in orders:
        x = np.full(len(frame), np.nan)
        for region, source in enumerate(order):
            np.testing.assert_array_equal(years[rows[region]], years[rows[source]])
            x[rows[region]] = left[rows[source]]
        again = fit(TERMS[formula], frame.assign(x=x), effects=effects)
        refitted.append(again.params["x"] / again.std_errors["x"])
    np.testing.assert_allclose(statistics(paths, orders) / np.sqrt(factor), refitted, rtol=1e-8)
    larger = int((np.abs(refitted) >= abs(test.statistic) * (1 - 1e-9)).sum())
    assert test.details["n_larger"] == larger
    assert test.p_value == (1 + larger) / (1 + draws)


def test_draws_exchange_uniformly_among_regions_with_the_same_years() -> None:
    estimate = fit("y ~ x", with_holes(made(1)))
    paths = Paths.of(estimate.native.data, 0)
    orders = np.concatenate(list(exchanges(paths, 60_000, 1)))  # more than one part
    assert (np.sort(orders, axis=1) == np.arange(12)).all()
    for group in ([0, 3, 7], [1, 5], [9], [2, 4, 6, 8, 10, 11]):
        for region in group:
            shares = np.bincount(orders[:, region], minlength=12) / len(orders)
            # four standard errors of a share of 60,000 draws
            np.testing.assert_allclose(shares[group], 1 / len(group), atol=4 * 0.5 / np.sqrt(len(orders)))
    test = permutation_test(estimate, "x", draws=99)
    details = {key: test.details[key] for key in ("n_regions", "n_exchanging", "n_fixed", "n_groups")}
    assert details == {"n_regions": 12, "n_exchanging": 11, "n_fixed": 1, "n_groups": 3}
    assert test.details["log10_exchanges"] == pytest.approx(np.log10(6 * 2 * 720))
    assert "among 11 of 12 regions; 1 share" in test.note


def test_size_and_power() -> None:
    """300 panels of 20 regions: rejections of a true null within three binomial errors of their level."""
    p_values = {0.0: [], 0.8: []}
    for seed in range(300):
        for slope, found in p_values.items():
            if slope == 0.0 or seed < 60:
                estimate = fit("y ~ x + z1", made(seed, n_regions=20, slope=slope), inference="iid")
                found.append(permutation_test(estimate, "x", draws=199, seed=seed).p_value)
    for level in (0.05, 0.1, 0.5):
        error = np.sqrt(level * (1 - level) / 300)
        assert abs(np.mean(np.array(p_values[0.0]) <= level) - level) < 3 * error
    assert np.mean(np.array(p_values[0.8]) <= 0.05) > 0.9


def test_units_effects_and_the_order_of_rows_change_nothing() -> None:
    frame = with_holes(made(2, slope=0.05))
    expected = permutation_test(fit("y ~ x + z1", frame), "x", draws=499)
    regions, years = (frame.index.get_level_values(level) for level in (0, 1))
    moved = frame.assign(
        x=-1e6 * (frame["x"] + 3 * frame["z1"] + 5 * years),  # a combination of what is taken out anyway
        y=1e-3 * (frame["y"] + 2 * regions + years**2 + 4 * frame["z1"]),
        z1=frame["z1"] / 7,
    )
    for other, formula, rule in (
        (frame.sample(frac=1, random_state=8), "y ~ x + z1", "dk"),
        (frame.rename(index=lambda region: f"R{region:02d}", level=0), "y ~ z1 + x", "hc1"),
        (moved, "y ~ x + z1", "cluster:region:CR2"),
    ):
        found = permutation_test(fit(formula, other, inference=rule), "x", draws=499)
        assert found.p_value == expected.p_value
        assert abs(found.statistic) == pytest.approx(abs(expected.statistic), rel=1e-8)  # a million times larger
    assert permutation_test(fit("y ~ x + z1", frame), "x", draws=499, by="region").p_value == expected.p_value


def test_the_seed_decides() -> None:
    estimate = fit("y ~ x", made(3, slope=0.3))
    one, same, other = (permutation_test(estimate, "x", draws=1999, seed=seed) for seed in (1, 1, 2))
    assert one.details["n_larger"] == same.details["n_larger"] != other.details["n_larger"]
    spread = np.sqrt(2 * one.p_value * (1 - one.p_value) / 1999)
    assert abs(one.p_value - other.p_value) < 4 * spread


def test_ties_count_as_larger() -> None:
    """Where two regions exchange, half of the exchanges leave all as it is, and tie with what was observed."""
    frame = made(4, n_regions=2)
    frame = pd.concat([frame, frame.loc[[0]].rename(index={0: 2}, level=0).iloc[1:]])
    estimate = fit("y ~ x", frame, effects="region")
    test = permutation_test(estimate, "x", draws=99)
    assert (test.details["n_exchanging"], test.details["n_fixed"]) == (2, 1)
    paths = Paths.of(estimate.native.data, 0)
    same, other = np.abs(statistics(paths, np.array([[0, 1, 2], [1, 0, 2]])))
    drawn = np.concatenate(list(exchanges(paths, 99, int(test.details["seed"]))))
    ties = int((drawn == np.arange(3)).all(axis=1).sum())
    assert 30 < ties < 70  # of 99 with probability one half
    assert other < same
    assert test.details["n_larger"] == ties


def test_refusals() -> None:
    frame = made(5)
    fixed = fit("y ~ x", frame)
    for estimate, arguments, kind, message in (
        (fit("y ~ x", frame.assign(w=2.0), weights="w"), {}, OptionError, "weighted"),
        (fit("y ~ x", frame, effects="none"), {}, OptionError, "not defined for estimator 'pooled'"),
        (fit("y ~ x", frame, estimator="fd"), {}, OptionError, "not defined for estimator 'fd'"),
        (fixed, {"draws": 98}, OptionError, "98 draws are too few"),
        (fixed, {"by": "year"}, OptionError, "cannot be exchanged by 'year'"),
    ):
        with pytest.raises(kind, match=message):
            permutation_test(estimate, "x", **arguments)
    with pytest.raises(UnknownNameError, match=r"unknown term 'z1'"):
        permutation_test(fixed, "z1")
    alone = frame[[year - 2000 != region for region, year in frame.index]].loc[:5]
    with pytest.raises(EstimationError, match="no two regions are observed in the same years"):
        permutation_test(fit("y ~ x", alone), "x")
