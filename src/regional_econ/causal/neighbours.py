"""Does the neighbours' driver move the outcome, and does the driver "move" what it cannot?

A region's own effect is read as if its neighbours did not matter. The exposure test adds the mean of the driver over
the regions that share a border, at the same lag. A placebo outcome takes the place of the outcome on the same rows,
weights and effects; it is declared with the reason why the driver cannot move it within the lag.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import EstimationError
from regional_econ.causal.axes import Term
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import gram_blocks, solve_one
from regional_econ.causal.placebo_table import PlaceboOutcome
from regional_econ.causal.sample import Regressor, Sample, alone_sample
from regional_econ.causal.scales import term_matrix
from regional_econ.core.panel import Panel
from regional_econ.core.variable import Variable


@dataclass(frozen=True)
class Exposure:
    """Neighbour exposure of one driver.

    ``own`` and ``neighbours`` from the regression with both, ``own_alone`` from the one without the neighbours on the
    same rows; ``change`` is own − own_alone. ``p_value`` of the neighbours is from t(G − 1) with errors clustered by
    region; neighbouring means overlap, so that these errors are rather too small than too large. ``without`` names the
    regions that have no neighbour on the map and are left out.
    """

    driver: str
    own: float
    own_error: float
    own_alone: float
    neighbours: float
    neighbours_error: float
    p_value: float
    n_obs: int
    n_regions: int
    without: tuple[str, ...]

    @property
    def change(self) -> float:
        """How far the own coefficient moves once the neighbours are in."""
        return self.own - self.own_alone

    def __str__(self) -> str:
        return f"{self.driver}: own {self.own:+.3f} ({self.change:+.3f}), neighbours {self.neighbours:+.3f}."


@dataclass(frozen=True)
class PlaceboEffect:
    """The driver's coefficient on a placebo outcome, with its clustered error and p-value from t(G − 1)."""

    driver: str
    outcome: str
    estimate: float
    std_error: float
    p_value: float
    n_obs: int


def neighbour_exposure(panel: Panel, multiverse: Multiverse, driver: str, pairs: pd.DataFrame) -> Exposure:
    """Estimate the effect of the neighbours' mean driver beside the region's own, in the specification shown alone.

    Parameters
    ----------
    panel : official figures.
    multiverse : the declared specifications.
    driver : its id.
    pairs : regions with a common border, columns region and neighbour, in both directions.

    Returns
    -------
    both coefficients with their errors.

    Raises
    ------
    EstimationError : no complete cases with neighbours.

    Source: Halloran, Hudgens (2016), Current Epidemiology Reports 3(4); the spatial lag of X of Halleck Vega, Elhorst
    (2015), Journal of Regional Science 55(3). Held against a regression with all dummies and the means taken by hand.
    """
    lag = multiverse.alone.lag
    exposed, term = with_neighbours(panel, multiverse.terms[driver], pairs)
    sample = alone_sample(exposed, multiverse, [Regressor(term, lag)])
    names = [f"{one}@{lag}" for one in (driver, *multiverse.drivers[driver].covariates)]
    columns = [sample.columns.index(name) for name in names]
    blocks = gram_blocks(sample)
    exposure = len(sample.columns) - 1
    both, beside = solve_one(blocks, (exposure, *columns)), solve_one(blocks, (*columns, exposure))
    single = solve_one(blocks, columns)
    effect, error = float(both.coef[0]), float(both.std_error[0])
    return Exposure(
        driver,
        float(beside.coef[0]),
        float(beside.std_error[0]),
        float(single.coef[0]),
        effect,
        error,
        _p_value(effect, error, both.n_regions),
        both.n_obs,
        both.n_regions,
        tuple(sorted(set(panel.region_ids) - set(pairs["region"]))),
    )


def with_neighbours(panel: Panel, term: Term, pairs: pd.DataFrame) -> tuple[Panel, Term]:
    """Return the panel with the mean of a term over each region's neighbours, and the term that reads it.

    The mean is over the neighbours with a figure in that year, in the term's own transform.

    Parameters
    ----------
    panel : official figures.
    term : what is averaged.
    pairs : columns region and neighbour.
    """
    values = term_matrix(panel, term, panel.years)
    regions = list(panel.region_ids)
    place = {region: k for k, region in enumerate(regions)}
    contiguous = np.zeros((len(regions), len(regions)))
    known = pairs[pairs["region"].isin(place) & pairs["neighbour"].isin(place)]
    contiguous[known["region"].map(place), known["neighbour"].map(place)] = 1.0
    grid = values.to_numpy(dtype=float)
    seen = np.isfinite(grid)
    counts = contiguous @ seen
    sums = contiguous @ np.where(seen, grid, 0.0)
    means = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    name = f"neighbours.{term.id}"
    places = pd.MultiIndex.from_product([values.index, values.columns], names=["region", "year"])
    column = pd.Series(means.ravel(), index=places, name=name)
    own = panel.variable(term.variable)
    variable = Variable(name, own.unit, own.label, own.unit_label)
    added = panel.with_columns(column.reindex(panel.frame.index).to_frame(), {name: variable})
    return added, Term(name, name, "identity", cut=term.cut)


def placebo_effect(panel: Panel, multiverse: Multiverse, driver: str, outcome: PlaceboOutcome) -> PlaceboEffect:
    """Estimate the driver's effect on a placebo outcome on the rows of the specification shown alone.

    Parameters
    ----------
    panel : official figures.
    multiverse : the declared specifications.
    driver : its id.
    outcome : what the driver cannot move.

    Returns
    -------
    the coefficient, per unit of the driver's transform, on the placebo's own scale.

    Raises
    ------
    EstimationError : no reason is given.

    Source: Eggers, Tuñón, Dafoe (2024), AJPS 68(3), placebo outcomes. Held against a regression with all dummies.
    """
    if not outcome.reason.en.strip():
        raise EstimationError(f"no reason why {outcome.variable} is a placebo", advice="Say why it cannot be moved")
    alone = multiverse.alone
    sample = _placebo_sample(panel, multiverse, outcome)
    names = [f"{one}@{alone.lag}" for one in (driver, *multiverse.drivers[driver].covariates)]
    found = solve_one(gram_blocks(sample), [sample.columns.index(name) for name in names])
    estimate, error = float(found.coef[0]), float(found.std_error[0])
    p_value = _p_value(estimate, error, found.n_regions)
    return PlaceboEffect(driver, outcome.variable, estimate, error, p_value, found.n_obs)


def _placebo_sample(panel: Panel, multiverse: Multiverse, outcome: PlaceboOutcome) -> Sample:
    placebo = Term("placebo", outcome.variable, outcome.transform)
    sample = alone_sample(panel, multiverse, [Regressor(placebo, 0)])
    return replace(sample, y=sample.X[:, -1], X=sample.X[:, :-1], columns=sample.columns[:-1])


def _p_value(estimate: float, error: float, n_regions: int) -> float:
    return float(2 * stats.t.sf(abs(estimate / error), n_regions - 1))
