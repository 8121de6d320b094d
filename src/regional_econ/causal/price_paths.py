"""Could another price path have done the same? Placebo paths from a price's own process, and the test that uses them.

Regions share one price, so errors that move with the same exposures make every clustered error too small. A placebo
path keeps the exposures and the outcomes and replaces only the price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import LEVELS, check_option
from regional_econ._base.seeds import rng_for
from regional_econ.causal.scales import FloatArray
from regional_econ.panel.demean import Codes, within

PathProcess = Literal["permutation", "block", "ar"]
Statistic = Literal["t", "fit"]
STATISTICS: tuple[Statistic, ...] = ("t", "fit")
PROCESSES: tuple[PathProcess, ...] = ("permutation", "block", "ar")
BLOCK_YEARS = 3
_BURN_IN = 50
_FEWEST_CHANGES = 10
_ROUNDING = 1e-9


@dataclass(frozen=True)
class AutoregressiveChanges:
    """AR(1) of yearly log-changes: Δp_t = constant + persistence · Δp_{t−1} + sd · N(0, 1)."""

    constant: float
    persistence: float
    sd: float


@dataclass(frozen=True)
class Placebos:
    """Placebo paths by price and length, drawn once: every outcome meets the same ones.

    ``paths`` by (price, years): one array (R, T) a process, in the order of ``PROCESSES``.
    """

    paths: Mapping[tuple[str, int], tuple[FloatArray, ...]]
    draws: int

    def test(self, design: ExposureDesign, price: str, path: FloatArray) -> PlaceboTest:
        """Hold the price's own path against its placebos.

        Parameters
        ----------
        design : the regression; it may end before the path does.
        price : whose placebos.
        path : (T,) the price's own path.
        """
        used = design.right.shape[1]
        drawn = [paths[:, :used] for paths in self.paths[price, len(path)]]
        by_t, by_fit = ([_statistics(design, path[:used], one, name) for one in drawn] for name in STATISTICS)
        permutation, block, ar = (_p(*one) for one in by_t)
        estimate, t = (float(one[0]) for one in design.statistics(path[None, :used]))
        reach = [max(_critical(one[1], level) for one in by_t) * abs(estimate / t) for level in LEVELS]
        interval95, interval80 = ((estimate - one, estimate + one) for one in reach)
        return PlaceboTest((permutation, block, ar), max(_p(*one) for one in by_fit), interval95, interval80)


@dataclass(frozen=True)
class PlaceboTest:
    """What the placebo paths say of one estimate.

    ``p`` by process, in the order of ``PROCESSES``, by |t|; ``fit_p`` the largest by fit. ``interval95`` and
    ``interval80``: the estimate ± its clustered error times the critical value of the placebo |t|, the largest of the
    processes: zero lies outside just where each p is at most .05 or .20.
    """

    p: tuple[float, float, float]
    fit_p: float
    interval95: tuple[float, float]
    interval80: tuple[float, float]

    @property
    def decides(self) -> float:
        """The largest p of the processes."""
        return max(self.p)


@dataclass(frozen=True)
class ExposureDesign:
    """A regression of y on exposure × price, ready for any price path.

    ``right`` (G, T) Σ of the region's rows of exposure-by-year dummies times y; ``gram`` (G, T, T) the same among
    dummies; all with effects and controls taken out. For a path p: β = Σ p'right_g / Σ p'gram_g p.
    """

    right: FloatArray
    gram: FloatArray

    def statistics(self, paths: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the estimate and its t with errors clustered by region (CR1) for each path.

        Parameters
        ----------
        paths : (R, T) log prices.

        Returns
        -------
        (R,) estimates and (R,) t statistics.
        """
        moments = paths @ self.right.T
        squares = ((paths @ self.gram) * paths).sum(axis=2).T
        total = squares.sum(axis=1)
        estimates = moments.sum(axis=1) / total
        scores = moments - estimates[:, None] * squares
        regions = int((np.abs(self.gram).sum(axis=(1, 2)) > 0).sum())
        errors = np.sqrt((scores**2).sum(axis=1) * regions / (regions - 1)) / total
        return estimates, estimates / errors

    def fit(self, paths: FloatArray) -> FloatArray:
        """Return (R,) roots of the sums of squares that each path explains.

        Parameters
        ----------
        paths : (R, T) log prices.
        """
        squares = ((paths @ self.gram.sum(axis=0)) * paths).sum(axis=1)
        return np.asarray(np.abs(paths @ self.right.sum(axis=0)) / np.sqrt(squares))


def draw_placebos(prices: pd.DataFrame, lengths: Iterable[int], *, draws: int, seed: int) -> Placebos:
    """Draw placebo paths of every price and length from each process.

    Parameters
    ----------
    prices : (year) × price, logarithms without gaps.
    lengths : numbers of years.
    draws : paths of each.
    seed : root seed; a price, process and length have their own.
    """
    found = {}
    for price in map(str, prices.columns):
        history = prices[price].to_numpy(dtype=float)
        for n_years in sorted(set(lengths)):
            found[price, n_years] = tuple(
                placebo_paths(
                    history, n_years, process=process, draws=draws,
                    rng=rng_for(seed, "mining_price", price, process, n_years),
                )
                for process in PROCESSES
            )  # fmt: skip
    return Placebos(found, draws)


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


def placebo_p(design: ExposureDesign, path: FloatArray, placebos: FloatArray, *, statistic: Statistic = "t") -> float:
    """Return (1 + number of placebo statistics at least as large) / (1 + number of placebo paths).

    Parameters
    ----------
    design : the regression.
    path : (T,) log price.
    placebos : (R, T) placebo log prices.
    statistic : ``t``, absolute with errors clustered by region, or ``fit``, the sum of squares that a path explains.
        A path that resembles the true one leaves few errors within regions, so its t is large too: where the effect
        is real ``fit`` finds it more often.

    Source: Borusyak, Hull (2023), Econometrica 91(6), section 3 (randomisation inference with a known shock process;
    here the process is estimated from one price, so the p-value is approximate). Held against a loop of regressions;
    its size is simulated in the tests.
    """
    check_option("statistic", statistic, Statistic)
    return _p(*_statistics(design, path, placebos, statistic))


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


def _statistics(
    design: ExposureDesign, path: FloatArray, placebos: FloatArray, statistic: Statistic
) -> tuple[float, FloatArray]:
    """The path's own statistic and those (R,) of the placebos."""
    paths = np.vstack([path, placebos])
    found = design.fit(paths) if statistic == "fit" else np.abs(design.statistics(paths)[1])
    return float(found[0]), found[1:]


def _p(own: float, drawn: FloatArray) -> float:
    """A permutation can return the path itself: equality up to rounding counts."""
    return float((1 + (drawn >= own * (1 - _ROUNDING)).sum()) / (1 + len(drawn)))


def _critical(drawn: FloatArray, level: float) -> float:
    """The |t| beyond which the p-value is at most 1 − level; infinite where there are too few paths."""
    allowed = int((1 - level) * (1 + len(drawn)) * (1 + _ROUNDING))
    return float(np.sort(drawn)[-allowed]) if allowed else float(np.inf)
