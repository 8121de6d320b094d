"""Would the driver look like this if regions of a district had drawn each other's histories? And is the test honest?

The exchange, its statistic and its draws are those of `panel.permutation`: the driver's residual on its covariates and
on all effects is exchanged between regions as whole histories, and t is taken again. Three things are added. Histories
move within federal districts only. Rows carry weights, so the residuals are exchanged at the scale at which rows have
one variance, and the year effects, which an exchange of unequal weights brings back in, are taken out again like the
covariates. And the rejection rate under the null is simulated on the driver's own histories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.special import gammaln

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ._base.seeds import rng_for, seed_for
from regional_econ.causal.kernel import sweep
from regional_econ.causal.sample import IntArray, Sample
from regional_econ.causal.scales import FloatArray
from regional_econ.panel.least_squares import Transformed
from regional_econ.panel.permutation import Paths, exchanges, statistics

Within = Literal["district", "country"]
LEVELS = (0.05, 0.10)
_TIE = 1e-9
_RANK = 1e-9


@dataclass(frozen=True)
class Randomisation:
    """Result of one test.

    ``t`` has no small-sample factor, which no exchange changes; ``n_exchanging`` regions have another region of the
    same years to exchange with, the others keep their history; ``log10_exchanges`` says how many exchanges there are.
    """

    t: float
    p_value: float
    draws: int
    within: Within
    n_regions: int
    n_exchanging: int
    log10_exchanges: float

    def __str__(self) -> str:
        return f"p = {self.p_value:.3f}: {self.n_exchanging} of {self.n_regions} regions exchanged ({self.within})."


@dataclass(frozen=True)
class Size:
    """Rejection rates under a true null at each of the levels, and their Monte Carlo errors."""

    levels: tuple[float, ...]
    rejected: tuple[float, ...]
    mc_errors: tuple[float, ...]
    simulations: int


def randomisation_test(
    sample: Sample,
    driver: int,
    covariates: Sequence[int],
    districts: IntArray,
    *,
    within: Within = "district",
    draws: int = 1999,
    seed: int = 20221231,
) -> Randomisation:
    """Test that a driver's coefficient is zero by exchanging its residual histories.

    Parameters
    ----------
    sample : complete cases; weights must not change within a region.
    driver, covariates : columns.
    districts : (regions of the panel,) codes of the federal districts.
    within : where histories move.
    draws : random exchanges.
    seed : of the draws.

    Returns
    -------
    p-value (1 + larger)/(1 + draws), two-sided.

    Raises
    ------
    OptionError : another place to move in.
    EstimationError : weights that change within a region, or no two regions that could exchange.

    Source: Freedman, Lane (1983), JBES 1(4); Winkler, Ridgway, Webster, Smith, Nichols (2014), NeuroImage 92 (the
    variant that exchanges the regressor's residual, Smith's); DiCiccio, Romano (2017), JASA 112. Held against refits
    with exchanged histories and all dummies written out, and against `panel.permutation` without weights.
    """
    check_option("within", within, Within)
    paths = driver_paths(sample, driver, covariates, districts, within)
    observed = float(statistics(paths, np.arange(paths.n_regions)[None])[0])
    moving = [group for group in paths.groups if len(group) > 1]
    return Randomisation(
        observed,
        _p_value(paths, abs(observed), draws, seed),
        draws,
        within,
        paths.n_regions,
        sum(map(len, moving)),
        float(sum(gammaln(len(group) + 1) for group in moving) / np.log(10)),
    )


def size_under_null(
    sample: Sample,
    driver: int,
    covariates: Sequence[int],
    districts: IntArray,
    *,
    within: Within = "district",
    persistence: float = 0.5,
    common: float = 0.5,
    simulations: int = 200,
    draws: int = 199,
    seed: int = 20221231,
) -> Size:
    """Return how often the test rejects at 5 and 10 % when the driver moves nothing.

    The driver, covariates, years and weights are those of the sample. The outcome is made anew: within a region it
    wanders (AR(1)), and one common shock a year hits regions unequally, so that they are neither independent nor alike.

    Parameters
    ----------
    sample, driver, covariates, districts, within : as in the test.
    persistence : of the outcome within a region.
    common : sd of the regions' loadings on the year's shock; the shock and the region's own innovation have sd one.
    simulations : outcomes made.
    draws : exchanges for each.
    seed : of outcomes and exchanges.

    Returns
    -------
    rejection rates with Monte Carlo errors.
    """
    rejected = np.zeros(len(LEVELS))
    for number in range(simulations):
        rng = rng_for(seed, "size", number)
        made = replace(sample, y=_outcome(sample, persistence, common, rng))
        paths = driver_paths(made, driver, covariates, districts, within)
        observed = abs(float(statistics(paths, np.arange(paths.n_regions)[None])[0]))
        p = _p_value(paths, observed, draws, seed_for(seed, "size", number))
        rejected += np.array([p <= level for level in LEVELS])
    share = rejected / simulations
    errors = np.sqrt(share * (1 - share) / simulations)
    return Size(LEVELS, tuple(map(float, share)), tuple(map(float, errors)), simulations)


def driver_paths(sample: Sample, driver: int, covariates: Sequence[int], districts: IntArray, within: Within) -> Paths:
    """Return the cross products of the driver's histories, in groups that exchange.

    Raises
    ------
    EstimationError : weights that change within a region, or no two regions that could exchange.
    """
    names, codes = np.unique(sample.region, return_inverse=True)
    if (np.abs(sample.weights - sample.weights[np.unique(codes, return_index=True)[1]][codes]) > _RANK).any():
        raise EstimationError("weights change within a region", advice="Use weights by region")
    root = np.sqrt(sample.weights)[:, None]
    columns = [driver, *covariates]
    swept = sweep(np.column_stack([sample.X[:, columns], sample.y]), sample)
    dummies = _year_columns(sample, root)
    X = np.column_stack([swept[:, :-1], dummies])
    labels = tuple(f"x{k}" for k in range(X.shape[1]))
    data = Transformed(
        swept[:, -1], X, labels, codes, sample.year, np.ones(len(codes)), (), np.linalg.norm(X, axis=0)
    )  # fmt: skip
    paths = Paths.of(data, 0)
    if within == "country":
        return paths
    where = districts[names]
    groups = tuple(group[where[group] == place] for group in paths.groups for place in np.unique(where[group]))
    if all(len(group) == 1 for group in groups):
        raise EstimationError("no two regions of a district have the same years", advice="Exchange in the country")
    return replace(paths, groups=groups)


def _p_value(paths: Paths, observed: float, draws: int, seed: int) -> float:
    larger = 0
    for orders in exchanges(paths, draws, seed):
        larger += int((~(np.abs(statistics(paths, orders)) < observed * (1 - _TIE))).sum())
    return (1 + larger) / (1 + draws)


def _year_columns(sample: Sample, root: FloatArray) -> FloatArray:
    """Orthonormal columns that span what the year effects add to the unit effects, at the scale of the rows."""
    dummies = np.eye(int(sample.cell.max()) + 1)[sample.cell]
    mass = np.bincount(sample.unit, sample.weights)
    sums = np.zeros((len(mass), dummies.shape[1]))
    np.add.at(sums, sample.unit, dummies * sample.weights[:, None])
    vectors, values, _ = np.linalg.svd(root * (dummies - (sums / mass[:, None])[sample.unit]), full_matrices=False)
    return np.asarray(vectors[:, values > _RANK * values[0]])


def _outcome(sample: Sample, persistence: float, common: float, rng: np.random.Generator) -> FloatArray:
    first = int(sample.year.min())
    years = int(sample.year.max()) - first + 1
    n_regions = int(sample.region.max()) + 1
    innovations = rng.normal(size=(n_regions, years))
    own = innovations / np.sqrt(1 - persistence**2)
    for t in range(1, years):
        own[:, t] = persistence * own[:, t - 1] + innovations[:, t]
    shocks = rng.normal(size=years)
    grid = own + common * rng.normal(size=(n_regions, 1)) * shocks
    return np.asarray(grid[sample.region, sample.year - first] / np.sqrt(sample.weights))
