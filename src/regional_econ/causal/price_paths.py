"""Could another price path have done the same? Paths from a price's own process, and regressions ready for any path.

Regions share one price, so errors that move with the same exposures make every clustered error too small. A placebo
path keeps the exposures and the outcomes and replaces only the price; `path_inference` tests with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option
from regional_econ._base.seeds import rng_for
from regional_econ.causal.scales import FloatArray
from regional_econ.panel.demean import Codes, within

PathProcess = Literal["permutation", "block", "ar"]
PROCESSES: tuple[PathProcess, ...] = ("permutation", "block", "ar")
POSSIBLE = 33  # paths of each process that could have come
BLOCK_YEARS = 3
_BURN_IN = 50
_FEWEST_CHANGES = 10


@dataclass(frozen=True)
class AutoregressiveChanges:
    """AR(1) of yearly log-changes: Δp_t = constant + persistence · Δp_{t−1} + sd · N(0, 1)."""

    constant: float
    persistence: float
    sd: float


@dataclass(frozen=True)
class PricePaths:
    """Prices and the paths that could have come in their place: all regressions of a price and length meet the same.

    ``prices`` (year) × price, logarithms without gaps; ``draws`` placebo paths of each process; ``seed`` the root seed.
    """

    prices: pd.DataFrame
    draws: int
    seed: int

    def own(self, price: str, years: tuple[int, int], lag: int) -> FloatArray:
        """Return (T,) the log price of the years from the first to the last, less the lag, centred."""
        span = [year - lag for year in range(years[0], years[1] + 1)]
        values = self.prices.loc[span, price].to_numpy(dtype=float)
        return np.asarray(values - values.mean())

    def placebos(self, price: str, n_years: int) -> tuple[FloatArray, ...]:
        """Return (draws, n_years) placebo paths of each of ``PROCESSES``."""
        return self._drawn("placebo", price, n_years, self.draws)

    def possible(self, price: str, n_years: int) -> FloatArray:
        """Return other paths (S, n_years) along which the price could have run, of all processes."""
        return np.vstack(self._drawn("possible", price, n_years, POSSIBLE))

    def _drawn(self, purpose: str, price: str, n_years: int, draws: int) -> tuple[FloatArray, ...]:
        history = self.prices[price].to_numpy(dtype=float)
        return tuple(
            placebo_paths(
                history, n_years, process=process, draws=draws,
                rng=rng_for(self.seed, "price_paths", purpose, price, process, n_years),
            )
            for process in PROCESSES
        )  # fmt: skip


@dataclass(frozen=True)
class ExposureDesign:
    """A regression of y on exposure × price, ready for any price path.

    ``right`` (G, T) Σ of the region's rows of exposure-by-year dummies times y; ``gram`` (G, T, T) the same among
    dummies; all with effects and controls taken out. For a path p: β = Σ p'right_g / Σ p'gram_g p.
    """

    right: FloatArray
    gram: FloatArray

    @property
    def n_regions(self) -> int:
        """Regions in which effects and controls leave the exposure something."""
        return int((np.abs(self.gram).sum(axis=(1, 2)) > 0).sum())


def exposure_design(
    y: FloatArray,
    exposure: FloatArray,
    time: Codes,
    region: Codes,
    *,
    effects: tuple[Codes, ...],
    controls: FloatArray | None = None,
) -> ExposureDesign:
    """Take effects and controls out of the outcome and of exposure × year dummies.

    Parameters
    ----------
    y, exposure : (n,) outcome and exposure of the row's region.
    time : (n,) codes 0 … T−1 of the price's years.
    region : (n,) codes of clusters.
    effects : one or two arrays (n,) of codes.
    controls : (n, p).
    """
    dummies = exposure_by_year(exposure, time)
    columns = [y, dummies] if controls is None else [y, dummies, controls]
    left = within(np.column_stack(columns), effects, np.ones(len(y)))
    width = 1 + dummies.shape[1]
    data = left[:, :width]
    if controls is not None:
        data = data - left[:, width:] @ np.linalg.lstsq(left[:, width:], data, rcond=None)[0]
    D, outcome = data[:, 1:], data[:, 0]
    groups = int(region.max()) + 1
    right, gram = np.zeros((groups, D.shape[1])), np.zeros((groups, D.shape[1], D.shape[1]))
    np.add.at(right, region, D * outcome[:, None])
    np.add.at(gram, region, D[:, :, None] * D[:, None, :])
    return ExposureDesign(right, gram)


def exposure_by_year(exposure: FloatArray, time: Codes) -> FloatArray:
    """Return (n, T) with the row's exposure in the column of its year.

    >>> exposure_by_year(np.array([0.5, 0.2]), np.array([1, 0])).tolist()
    [[0.0, 0.5], [0.2, 0.0]]
    """
    found = np.zeros((len(exposure), int(time.max()) + 1))
    found[np.arange(len(exposure)), time] = exposure
    return found


def fit_changes(history: FloatArray) -> AutoregressiveChanges:
    """Fit the AR(1) of yearly log-changes by least squares.

    Parameters
    ----------
    history : (H,) log price, one a year without gaps.

    Raises
    ------
    EstimationError : fewer than ten changes, or changes that do not return to their mean.

    Source: least squares, Hamilton (1994), Time Series Analysis, section 8.2. Held against statsmodels.
    """
    change = np.diff(history)
    if len(change) < _FEWEST_CHANGES or not np.isfinite(change).all():
        raise EstimationError(
            f"a price needs {_FEWEST_CHANGES} yearly changes without a gap", advice="Use a longer series"
        )
    X = np.column_stack([np.ones(len(change) - 1), change[:-1]])
    coef = np.linalg.lstsq(X, change[1:], rcond=None)[0]
    if abs(coef[1]) >= 1:
        raise EstimationError("the price's changes do not return to their mean", advice="Use permutation or block")
    left = change[1:] - X @ coef
    return AutoregressiveChanges(float(coef[0]), float(coef[1]), float(np.sqrt(left @ left / (len(left) - 2))))


def placebo_paths(
    history: FloatArray, n_years: int, *, process: PathProcess, draws: int, rng: np.random.Generator
) -> FloatArray:
    """Draw log-price paths from a price's own history.

    Parameters
    ----------
    history : (H,) log price, one a year without gaps.
    n_years : length of a path; the first year is zero, since effects absorb the level.
    process : ``permutation`` orders the observed yearly changes anew; ``block`` joins circular blocks of three
        successive changes; ``ar`` simulates the fitted AR(1) of changes with normal shocks, from its stationary state.
    draws : number of paths.
    rng : generator.

    Returns
    -------
    (draws, n_years).

    Raises
    ------
    EstimationError : a history that is too short, or for ``permutation`` shorter than the path.

    Source: Politis, Romano (1992) for circular blocks. Held against the history's moments and its set of changes.
    """
    check_option("process", process, PathProcess)
    fitted, change, steps = fit_changes(history), np.diff(history), n_years - 1
    if process == "permutation":
        if steps > len(change):
            raise EstimationError(f"{len(change)} changes cannot fill {n_years} years", advice="Use block or ar")
        drawn = rng.permuted(np.tile(change, (draws, 1)), axis=1)[:, :steps]
    elif process == "block":
        starts = rng.integers(len(change), size=(draws, -(-steps // BLOCK_YEARS)))
        places = (starts[:, :, None] + np.arange(BLOCK_YEARS)) % len(change)
        drawn = change[places.reshape(draws, -1)[:, :steps]]
    else:
        shocks = fitted.sd * rng.standard_normal((draws, _BURN_IN + steps))
        drawn = np.empty((draws, _BURN_IN + steps))
        before = np.full(draws, fitted.constant / (1 - fitted.persistence))
        for t in range(_BURN_IN + steps):
            before = fitted.constant + fitted.persistence * before + shocks[:, t]
            drawn[:, t] = before
        drawn = drawn[:, _BURN_IN:]
    return np.column_stack([np.zeros(draws), np.cumsum(drawn, axis=1)])
