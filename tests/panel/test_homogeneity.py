"""Pesaran & Yamagata's tests of slope homogeneity against loops over regions, and their rejections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.panel.diagnostics.homogeneity import Dispersion, slope_homogeneity
from regional_econ.panel.fit import fit


def written_out(data: pd.DataFrame, statistic: Dispersion, lag: int = 0) -> float:
    """The statistic by dense matrices, one firm after another, as in the papers."""
    firms = [(own.inv.to_numpy(), own[["value", "capital"]].to_numpy()) for _, own in data.groupby(level=0)]
    size, k = len(firms), 2
    free = [np.eye(len(y)) - 1 / len(y) for y, _ in firms]
    pooled = np.linalg.solve(
        sum(X.T @ M @ X for (_, X), M in zip(firms, free, strict=True)),
        sum(X.T @ M @ y for (y, X), M in zip(firms, free, strict=True)),
    )
    weights, slopes = [], []
    for (y, X), M in zip(firms, free, strict=True):
        left, Z = M @ (y - X @ pooled), M @ X
        Q = Z.T @ Z
        slopes.append(np.linalg.solve(Q, Z.T @ y))
        if statistic == "HAC":
            scores = Z * left[:, None]
            V = scores.T @ scores
            for step in range(1, lag + 1):
                G = scores[step:].T @ scores[:-step]
                V += (1 - step / (lag + 1)) * (G + G.T)
            weights.append(Q @ np.linalg.inv(V) @ Q)
        else:
            weights.append(Q / (left @ left / (len(y) - 1)))
    centre = np.linalg.solve(sum(weights), sum(W @ b for W, b in zip(weights, slopes, strict=True)))
    d = [(b - centre) @ W @ (b - centre) for W, b in zip(weights, slopes, strict=True)]
    if statistic == "adjusted":
        spread = [2 * k * (len(y) - k - 1) / (len(y) + 1) for y, _ in firms]
        return float(sum((one - k) / v**0.5 for one, v in zip(d, spread, strict=True)) / size**0.5)
    return float(size**0.5 * (np.mean(d) - k) / (2 * k) ** 0.5)


@pytest.mark.parametrize("statistic", ["adjusted", "unadjusted", "HAC"])
@pytest.mark.parametrize("ragged", [False, True])
def test_written_out(
    grunfeld: pd.DataFrame, ragged_grunfeld: pd.DataFrame, statistic: Dispersion, ragged: bool
) -> None:
    data = ragged_grunfeld if ragged else grunfeld
    found = slope_homogeneity(fit("inv ~ value + capital", data, effects="region"), statistic)
    lag = int(found.details.get("bandwidth", 0))
    assert found.statistic == pytest.approx(written_out(data, statistic, lag), rel=1e-9)
    assert lag == (2 if statistic == "HAC" else 0)


def test_rejections() -> None:
    """85 × 24, two terms, 100 samples at 5 %: the size with and without year effects and a factor, and the power."""
    rng = np.random.default_rng(21)
    index = pd.MultiIndex.from_product([range(85), range(24)], names=["region", "year"])
    rejected = {"region": 0, "region+year": 0, "cce": 0, "differing": 0}
    for _ in range(100):
        a, b, u = rng.normal(size=(3, 85, 24))
        size, factor = rng.uniform(0.5, 2, size=(85, 1)), rng.normal(size=24)
        y = a + b + size * u
        shared = rng.normal(1, 0.5, size=(85, 1)) * factor
        frames = {
            "region": (a, y), "region+year": (a, y + factor), "cce": (a + shared, y + 2 * shared),
            "differing": (a, y + 0.25 * rng.normal(size=(85, 1)) * a),
        }  # fmt: skip
        for name, (x, outcome) in frames.items():
            frame = pd.DataFrame({"y": outcome.ravel(), "a": x.ravel(), "b": b.ravel()}, index=index)
            if name == "cce":
                estimate = fit("y ~ a + b", frame, estimator="cce")
            else:
                estimate = fit("y ~ a + b", frame, effects="region" if name == "differing" else name)
            rejected[name] += slope_homogeneity(estimate).p_value < 0.05
    # 5 % of 100 is 5 with a standard deviation of 2.2
    for name in ("region", "region+year", "cce"):
        assert rejected[name] <= 13, rejected
    assert rejected["differing"] >= 85, rejected


def test_persistent_errors_reject_too_often() -> None:
    """As the notes say: equal slopes, a term that follows its past by 0.8 and errors that do by 0.5; 30 samples."""
    rng = np.random.default_rng(2)
    index = pd.MultiIndex.from_product([range(85), range(24)], names=["region", "year"])
    rejected = {"adjusted": 0, "HAC": 0}
    for _ in range(30):
        x, e = np.zeros((2, 85, 54))
        for t in range(1, 54):
            x[:, t] = 0.8 * x[:, t - 1] + rng.normal(size=85)
            e[:, t] = 0.5 * e[:, t - 1] + rng.normal(size=85)
        frame = pd.DataFrame({"x": x[:, 30:].ravel(), "y": (x + e)[:, 30:].ravel()}, index=index)
        estimate = fit("y ~ x", frame, effects="region")
        for statistic in rejected:
            rejected[statistic] += slope_homogeneity(estimate, statistic).p_value < 0.05
    assert rejected["adjusted"] >= 27
    assert 4 <= rejected["HAC"] <= 22


def test_short_regions_are_left_out(grunfeld: pd.DataFrame) -> None:
    """The estimate keeps them, so its residuals stay; the dispersion is that of the others."""
    short = grunfeld.drop(index=[(3, year) for year in range(1938, 1955)])
    found = slope_homogeneity(fit("inv ~ value + capital", short, effects="region"))
    assert (found.details["left_out"], found.details["n_regions"]) == ("3", 9)
    without = slope_homogeneity(fit("inv ~ value + capital", grunfeld.drop(index=3), effects="region"))
    assert found.statistic == pytest.approx(without.statistic, rel=0.05)


def test_refusals(grunfeld: pd.DataFrame) -> None:
    with pytest.raises(OptionError, match="region effects"):
        slope_homogeneity(fit("inv ~ value", grunfeld, effects="year"))
    with pytest.raises(OptionError, match="not defined for estimator"):
        slope_homogeneity(fit("inv ~ value", grunfeld, estimator="mean-group"))
    with pytest.raises(EstimationError, match="0 regions have enough rows"):
        slope_homogeneity(fit("inv ~ value + capital", grunfeld, effects="region", years=(1950, 1952)))
    still = grunfeld.assign(value=np.where(grunfeld.index.get_level_values(0) == 4, 7.0, grunfeld.value))
    with pytest.raises(EstimationError, match="by itself"):
        slope_homogeneity(fit("inv ~ value", still, effects="region"))
