"""How sure is a mean over forecasts whose spans of years overlap?

Two forecasts that run through the same year share its shock, whatever their origins and target years. The standard
error sums what each year brings to the mean; the critical values are simulated on the same layout of regions, origins
and target years, because a dozen overlapping years are too few for a table of Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import DataError
from regional_econ._base.seeds import rng_for
from regional_econ.policy.record.scoring import BlockMean, Critical
from regional_econ.policy.scenarios.result import quantile_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHARED = (0.0, 0.1, 0.25, 0.5, 0.9)
DRAWS = 1999
_NOTHING = 1e-9


@dataclass(frozen=True)
class Layout:
    """Which region each forecast is of, and the years that its errors add up over: those after ``begin`` to ``end``.

    All (n,); ``region`` holds codes from zero.
    """

    region: Ints
    begin: Ints
    end: Ints

    def by_year(self) -> Floats:
        """Return the weight 1/√length of each year of a forecast's span (n, years), zero outside it.

        >>> Layout(np.zeros(2, int), np.array([2010, 2012]), np.array([2014, 2013])).by_year().tolist()
        [[0.5, 0.5, 0.5, 0.5], [0.0, 0.0, 1.0, 0.0]]
        """
        years = np.arange(int(self.begin.min()) + 1, int(self.end.max()) + 1)
        inside = (self.begin[:, None] < years) & (years <= self.end[:, None])
        return np.asarray(inside / np.sqrt(self.end - self.begin)[:, None], dtype=np.float64)


def year_error(scores: Floats, layout: Layout) -> Floats:
    """Return the standard error (m,) of the means of scores (m, n), by the years that forecasts share.

    With u the scores less their mean, the error squared is Σ K_ij u_i u_j / n², where K_ij is the number of years that
    the spans of i and j share over the root of the product of their lengths. It is never negative.

    Source: Conley (1999), Journal of Econometrics 92, with spans of years for places.
    """
    centred = scores - scores.mean(axis=1, keepdims=True)
    return np.asarray(np.sqrt(((centred @ layout.by_year()) ** 2).sum(axis=1)) / scores.shape[1], dtype=np.float64)


def critical_values(layout: Layout, loadings: Floats, *, seed: int, draws: int = DRAWS) -> Critical:
    """Simulate a mean over its standard error where the true mean is zero.

    A forecast's score is its loading times the sum of the shocks of its span; of a year's shock a share of the variance
    is common to all regions. Of several shares from none to nine tenths, that with the widest interval counts. Where no
    two spans have loadings that differ from zero, all loadings are taken to be equal.

    Parameters
    ----------
    layout : of the forecasts.
    loadings : (n,), to first order the shift of each forecast.
    seed, draws : root seed and number of simulated means in each setting.

    Raises
    ------
    DataError : all forecasts have the same span.
    """
    spans = np.column_stack([layout.begin, layout.end])
    if len(np.unique(spans, axis=0)) < 2:
        raise DataError("one span of years has no error by years", advice="Give forecasts of other years")
    moving = np.abs(loadings) > _NOTHING
    loadings = loadings if len(np.unique(spans[moving], axis=0)) > 1 else np.ones(len(loadings))
    rng = rng_for(seed, "policy", "history", "critical")
    first, last = int(layout.begin.min()), int(layout.end.max())
    common = rng.standard_normal((draws, 1, last - first))
    own = rng.standard_normal((draws, int(layout.region.max()) + 1, last - first))
    settings = []
    for share in SHARED:
        path = np.cumsum(np.sqrt(share) * common + np.sqrt(1.0 - share) * own, axis=2)
        path = np.concatenate([np.zeros((*path.shape[:2], 1)), path], axis=2)
        moved = path[:, layout.region, layout.end - first] - path[:, layout.region, layout.begin - first]
        scores = loadings * moved
        settings.append((scores.mean(axis=1), year_error(scores, layout)))
    ratios = [np.abs(mean / error) for mean, error in settings]
    reaches = [quantile_value(ratio, 0.95, unit="") for ratio in ratios]
    t975, mc_error = max((float(reach.value or 0.0), reach.mc_error or 0.0) for reach in reaches)
    t90 = max(float(np.quantile(ratio, 0.8)) for ratio in ratios)
    power = max(float(np.quantile(t975 * error - mean, 0.8) / np.median(error)) for mean, error in settings)
    return Critical(t90, t975, power, mc_error)


def overlap_mean(values: Floats, layout: Layout, critical: Critical) -> BlockMean:
    """Return the mean of forecasts' values (n,) with its error by shared years."""
    return BlockMean(float(values.mean()), float(year_error(values[None], layout)[0]), len(values), critical)
