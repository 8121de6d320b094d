"""Where would an omitted variable bring the estimate? Every strength, once or thrice a covariate, and the extremes.

A confounder of partial R² R²_D with the driver and R²_Y with the outcome moves the estimate by
|bias| = se √df √(R²_Y R²_D / (1 − R²_D)), se the classical error: that is algebra of least squares and knows no
clusters. The error of the adjusted estimate is the clustered one times √((1 − R²_Y)/(1 − R²_D)) √(df/(df − 1)): the
design effect of clustering is taken to stay as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import EstimationError
from regional_econ.causal.kernel import GramBlocks, solve_one
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.sensitivity import sensitivity

TIMES = (1.0, 2.0, 3.0)
KEPT = (0.5, 0.0, -1.0)
EXTREMES = (0.5, 0.75, 1.0)
_LEVEL = 0.95


@dataclass(frozen=True)
class Target:
    """An estimate that a confounder may explain away.

    ``std_error`` is clustered and ``std_error_iid`` classical, with ``df`` residual degrees of freedom; intervals use
    ``t_df`` (clusters − 1).
    """

    estimate: float
    std_error: float
    std_error_iid: float
    df: float
    t_df: float


@dataclass(frozen=True)
class Adjusted:
    """Estimates (m,) and clustered errors (m,) once the confounder is taken out."""

    estimate: FloatArray
    std_error: FloatArray

    @property
    def t(self) -> FloatArray:
        """Estimate over error (m,); infinite where the confounder leaves no residual."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.estimate / self.std_error)


def target_of(blocks: GramBlocks, driver: int, covariates: Sequence[int]) -> Target:
    """Return the estimate of a driver given its covariates.

    Parameters
    ----------
    blocks : swept sample.
    driver, covariates : columns.
    """
    found = solve_one(blocks, (driver, *covariates))
    return Target(
        float(found.coef[0]), float(found.std_error[0]), float(found.std_error_iid[0]),
        int(found.df_resid[0]), found.n_regions - 1,
    )  # fmt: skip


def adjusted(target: Target, r2_treatment: FloatArray, r2_outcome: FloatArray) -> Adjusted:
    """Return the estimate without confounders that pull it away from zero.

    Parameters
    ----------
    target : the estimate.
    r2_treatment : (m,) partial R² of the confounder with the driver, below one.
    r2_outcome : (m,) its partial R² with the outcome.

    Returns
    -------
    adjusted estimates and errors.

    Raises
    ------
    EstimationError : a partial R² outside its range.

    Source: Cinelli, Hazlett (2020), Making sense of sensitivity, JRSS B 82(1), eq. 12-15. Held against pysensemakr
    0.0.8 on the Darfur survey.

    >>> darfur = Target(0.09731581928495531, 0.023256537809811125, 0.023256537809811125, 783, 782)
    >>> found = adjusted(darfur, np.array([0.009164287]), np.array([0.1246409]))
    >>> round(float(found.estimate[0]), 6), round(float(found.t[0]), 4)
    (0.07522, 3.4389)
    """
    if (r2_treatment < 0).any() or (r2_treatment >= 1).any() or (r2_outcome < 0).any() or (r2_outcome > 1).any():
        raise EstimationError("a partial R² lies outside [0, 1)", advice="Give shares of variance")
    bias = target.std_error_iid * np.sqrt(target.df * r2_outcome * r2_treatment / (1 - r2_treatment))
    sign = 1.0 if target.estimate >= 0 else -1.0
    widened = np.sqrt((1 - r2_outcome) / (1 - r2_treatment) * target.df / (target.df - 1))
    return Adjusted(target.estimate - sign * bias, target.std_error * widened)


def contour_frame(target: Target, *, largest: tuple[float, float], points: int = 41) -> pd.DataFrame:
    """Return adjusted estimates over a grid of strengths, for a contour picture.

    Parameters
    ----------
    target : the estimate.
    largest : largest partial R² with the driver and with the outcome.
    points : grid points a side.

    Returns
    -------
    Frame with a row a pair: r2_treatment, r2_outcome, estimate, std_error, t.
    """
    x, y = (np.linspace(0, top, points) for top in largest)
    pairs = np.array([(first, second) for first in x for second in y])
    return _frame(target, pairs[:, 0], pairs[:, 1])


def level_frame(
    target: Target, *, kept: Sequence[float] = KEPT, within: tuple[float, float] = (1e-4, 0.1), points: int = 61
) -> pd.DataFrame:
    """Return the lines along which a confounder brings the estimate to the same value.

    Parameters
    ----------
    target : the estimate.
    kept : shares of the estimate that are left, one line each; 0 is the line of zero.
    within : smallest and largest partial R² with the outcome, the ends of every line.
    points : of a line, evenly spaced in the logarithm.

    Returns
    -------
    Frame with a row a line and point: kept, estimate (what is left), r2_treatment, r2_outcome.

    Source: Cinelli, Hazlett (2020), eq. 12, solved for the partial R² with the driver. Held against `adjusted`.

    >>> level_frame(Target(0.1, 0.02, 0.02, 100, 99), kept=[0.0], points=2)["r2_treatment"].round(4).tolist()
    [0.9996, 0.7143]
    """
    f2 = (target.estimate / target.std_error_iid) ** 2 / target.df
    r2_outcome = np.geomspace(*within, points)
    parts = []
    for share in kept:
        odds = (1 - share) ** 2 * f2 / r2_outcome
        line = {"estimate": share * target.estimate, "r2_treatment": odds / (1 + odds), "r2_outcome": r2_outcome}
        parts.append(pd.DataFrame({"kept": share, **line}))
    return pd.concat(parts, ignore_index=True)


def benchmark_frame(
    blocks: GramBlocks, driver: int, covariates: Mapping[str, int], *, times: Sequence[float] = TIMES
) -> pd.DataFrame:
    """Return where confounders as strong as an observed covariate, or several times as strong, bring the estimate.

    Parameters
    ----------
    blocks : swept sample.
    driver : its column.
    covariates : columns by name; each is a benchmark.
    times : multiples.

    Returns
    -------
    Frame with a row a covariate and multiple: covariate, times, r2_treatment, r2_outcome, estimate, std_error, t,
    conf_low, conf_high (clustered, 95 %). A multiple that no confounder can have (a bound of one with the driver) has
    no estimate.
    """
    target = target_of(blocks, driver, list(covariates.values()))
    columns = {name: (column,) for name, column in covariates.items()}
    rows = [
        (bound.covariate, multiple, bound.r2_treatment, bound.r2_outcome)
        for multiple in times
        for bound in sensitivity(blocks, driver, columns, times=multiple).bounds
    ]
    frame = pd.DataFrame(rows, columns=["covariate", "times", "r2_treatment", "r2_outcome"])
    possible = frame["r2_treatment"] < 1
    reached = frame[possible].reset_index(drop=True)
    at = _frame(target, reached["r2_treatment"].to_numpy(), reached["r2_outcome"].to_numpy())
    reach = float(stats.t.ppf(0.5 + _LEVEL / 2, target.t_df)) * at["std_error"]
    values = at.assign(conf_low=at["estimate"] - reach, conf_high=at["estimate"] + reach)
    values = values.drop(columns=["r2_treatment", "r2_outcome"]).set_index(frame.index[possible])
    return frame.join(values)


def extreme_frame(
    target: Target, *, largest: float, outcome: Sequence[float] = EXTREMES, points: int = 41
) -> pd.DataFrame:
    """Return adjusted estimates if a confounder explained most or all of what is left of the outcome.

    Parameters
    ----------
    target : the estimate.
    largest : largest partial R² with the driver.
    outcome : partial R² with the outcome, one scenario each.
    points : grid points of the driver's axis.

    Returns
    -------
    Frame with a row a scenario and point: r2_outcome, r2_treatment, estimate, and ``breakdown``, the partial R² with
    the driver that brings the estimate of the scenario to zero.

    Source: Cinelli, Hazlett (2020), section 5.3.
    """
    grid = np.linspace(0, largest, points)
    parts = []
    for share in outcome:
        found = adjusted(target, grid, np.full(points, share))
        f2 = (target.estimate / target.std_error_iid) ** 2 / (target.df * share)
        parts.append(
            pd.DataFrame(
                {"r2_outcome": share, "r2_treatment": grid, "estimate": found.estimate, "breakdown": f2 / (1 + f2)}
            )
        )
    return pd.concat(parts, ignore_index=True)


def _frame(target: Target, r2_treatment: FloatArray, r2_outcome: FloatArray) -> pd.DataFrame:
    found = adjusted(target, r2_treatment, r2_outcome)
    return pd.DataFrame(
        {
            "r2_treatment": r2_treatment,
            "r2_outcome": r2_outcome,
            "estimate": found.estimate,
            "std_error": found.std_error,
            "t": found.t,
        }
    )
