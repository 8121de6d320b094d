"""Exchanges within districts against refits with dummies, against the panel room, and their size by simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.causal.randomisation import driver_paths, randomisation_test, size_under_null
from regional_econ.causal.sample import Sample
from regional_econ.panel.fit import fit
from regional_econ.panel.permutation import exchanges, permutation_test, statistics

DISTRICTS = np.repeat([0, 1, 2], 6)


def made(seed: int, *, slope: float = 0.0, weighted: bool = True, units: int = 2) -> Sample:
    """Eighteen regions in three districts; each region has two units that a break in the fifth year parts."""
    rng = np.random.default_rng(seed)
    shape = (18, 9)
    x, z, e = rng.normal(size=(3, *shape)).cumsum(axis=2)
    y = slope * x + 0.5 * z + e + rng.normal(size=(18, 1))
    codes, year = np.repeat(np.arange(18), 9), np.tile(np.arange(9), 18)
    unit = codes * units + (year >= 5) * (units - 1)
    weights = np.repeat(rng.uniform(0.5, 2.0, 18), 9) if weighted else np.ones(162)
    keep = ~((codes == 2) & (year == 3))
    X = np.stack([x, z], axis=-1).reshape(-1, 2)
    unit = np.unique(unit[keep], return_inverse=True)[1]
    return Sample(
        y.ravel()[keep], X[keep], ("x", "z"), codes[keep], unit, year[keep], 2000 + year[keep], weights[keep],
        tuple(f"R{k:02d}" for k in range(18)), "region+year",
    )  # fmt: skip


def test_each_draw_is_a_refit_with_histories_exchanged() -> None:
    sample = made(1, slope=0.1)
    root = np.sqrt(sample.weights)[:, None]
    dummies = np.column_stack([np.eye(sample.unit.max() + 1)[sample.unit], np.eye(9)[sample.cell]])
    others = np.column_stack([sample.X[:, 1], dummies]) * root
    project = others @ np.linalg.pinv(others, rcond=1e-10)
    x, y = sample.X[:, 0] * root[:, 0], sample.y * root[:, 0]
    left = x - project @ x
    rows = [np.flatnonzero(sample.region == region) for region in range(18)]

    paths = driver_paths(sample, 0, [1], DISTRICTS, "district")
    orders = np.concatenate(list(exchanges(paths, 60, 3)))
    assert (DISTRICTS[orders] == DISTRICTS).all()
    assert (orders[:, 2] == 2).all()  # its years are its own
    expected = []
    for order in orders:
        moved = np.concatenate([left[rows[source]] for source in order])
        r = moved - project @ moved
        b = r @ y / (r @ r)
        e = (y - project @ y) - b * r
        expected.append(r @ y / np.sqrt(sum((r[own] @ e[own]) ** 2 for own in rows)))
    np.testing.assert_allclose(statistics(paths, orders), expected, rtol=1e-8)  # two algebras of the same sums
    result = randomisation_test(sample, 0, [1], DISTRICTS, draws=60, seed=3)
    larger = int((np.abs(expected) >= abs(result.t) * (1 - 1e-9)).sum())
    assert result.p_value == (1 + larger) / 61
    assert (result.n_regions, result.n_exchanging) == (18, 17)
    assert result.log10_exchanges == pytest.approx(np.log10(120 * 720 * 720))


def test_the_country_without_weights_is_the_panel_room() -> None:
    sample = made(2, slope=0.2, weighted=False, units=1)
    index = pd.MultiIndex.from_arrays([sample.region, sample.year], names=["region", "year"])
    frame = pd.DataFrame(sample.X, index=index, columns=["x", "z"]).assign(y=sample.y)
    reference = permutation_test(fit("y ~ x + z", frame), "x", draws=999, seed=8)
    result = randomisation_test(sample, 0, [1], DISTRICTS, within="country", draws=999, seed=8)
    assert result.p_value == reference.p_value
    assert result.log10_exchanges == pytest.approx(reference.details["log10_exchanges"])


def test_an_effect_is_seen() -> None:
    assert randomisation_test(made(3, slope=1.0), 0, [1], DISTRICTS, draws=199).p_value == 0.005


def test_refusals() -> None:
    sample = made(4)
    with pytest.raises(OptionError, match="within"):
        randomisation_test(sample, 0, [1], DISTRICTS, within="okrug")  # type: ignore[arg-type]
    with pytest.raises(EstimationError, match="no two regions of a district"):
        randomisation_test(sample, 0, [1], np.arange(18))
    drifting = replace(sample, weights=np.linspace(0.5, 1.5, len(sample.y)))
    with pytest.raises(EstimationError, match="weights change"):
        randomisation_test(drifting, 0, [1], DISTRICTS)


def test_size_is_deterministic_and_moves_with_the_seed() -> None:
    first, again, other = (
        size_under_null(made(5), 0, [1], DISTRICTS, simulations=30, draws=99, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert first.rejected[0] <= first.rejected[1] < 0.5


@pytest.mark.calibrate
@pytest.mark.parametrize("within", ["district", "country"])
def test_size(within: str) -> None:
    """1,000 outcomes: rejections of a true null within three binomial errors of their level."""
    found = size_under_null(made(6), 0, [1], DISTRICTS, within=within, simulations=1000, draws=199)  # type: ignore[arg-type]
    for level, share in zip(found.levels, found.rejected, strict=True):
        assert abs(share - level) < 3 * np.sqrt(level * (1 - level) / 1000)
