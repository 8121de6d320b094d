"""Does the neighbours' driver move the outcome, and does the driver "move" what it cannot?

A region's own effect is read as if its neighbours did not matter. The exposure test adds the mean of the driver over
the regions that share a border, at the same lag. A placebo outcome takes the place of the outcome on the same rows,
weights and effects; it is declared with the reason why the driver cannot move it within the lag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ.causal.axes import Term
from regional_econ.causal.coefficient import Coefficient, coefficient_of
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.kernel import gram_blocks
from regional_econ.causal.placebo_table import PlaceboOutcome, placebo_term
from regional_econ.causal.sample import Regressor, Sample, alone_columns, alone_sample, with_outcome
from regional_econ.causal.scales import term_matrix
from regional_econ.core.panel import Panel
from regional_econ.core.variable import Variable


@dataclass(frozen=True)
class Exposure:
    """Neighbour exposure of one driver.

    ``own`` and ``neighbours`` from the regression with both, ``own_alone`` from the one without the neighbours on the
    same rows; ``change`` is own − own_alone. Neighbouring means overlap, so that errors clustered by region are rather
    too small than too large.
    """

    own: Coefficient
    neighbours: Coefficient
    own_alone: Coefficient

    @property
    def change(self) -> float:
        """How far the own coefficient moves once the neighbours are in."""
        return self.own.estimate - self.own_alone.estimate

    def __str__(self) -> str:
        return f"own {self.own.estimate:+.3f} ({self.change:+.3f}), neighbours {self.neighbours.estimate:+.3f}."


def neighbour_exposure(sample: Sample, exposure: int, driver: int, covariates: Sequence[int]) -> Exposure:
    """Estimate the effect of the neighbours' mean driver beside the region's own.

    Parameters
    ----------
    sample : complete cases with the mean over the neighbours, see :func:`with_neighbours`.
    exposure, driver, covariates : columns.

    Returns
    -------
    both coefficients, and the own one without the neighbours.

    Source: Halloran, Hudgens (2016), Current Epidemiology Reports 3(4); the spatial lag of X of Halleck Vega, Elhorst
    (2015), Journal of Regional Science 55(3). Held against a regression with all dummies and the means taken by hand.
    """
    blocks = gram_blocks(sample)
    return Exposure(
        coefficient_of(blocks, (driver, *covariates, exposure)),
        coefficient_of(blocks, (exposure, driver, *covariates)),
        coefficient_of(blocks, (driver, *covariates)),
    )


def alone_exposure(panel: Panel, multiverse: Multiverse, driver: str, pairs: pd.DataFrame) -> Exposure:
    """Return the neighbour exposure of a driver in the specification shown alone.

    Parameters
    ----------
    panel : official figures.
    multiverse : the declared specifications.
    driver : its id.
    pairs : regions with a common border, columns region and neighbour, in both directions.

    Raises
    ------
    EstimationError : no complete cases with neighbours.
    """
    exposed, term = with_neighbours(panel, multiverse.terms[driver], pairs)
    sample = alone_sample(exposed, multiverse, [Regressor(term, multiverse.alone.lag)])
    own, *covariates = alone_columns(sample, multiverse, driver)
    return neighbour_exposure(sample, len(sample.columns) - 1, own, covariates)


def without_neighbours(panel: Panel, pairs: pd.DataFrame) -> tuple[str, ...]:
    """Return the regions that have no neighbour on the map and are left out."""
    return tuple(sorted(set(panel.region_ids) - set(pairs["region"])))


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


def alone_placebo(panel: Panel, multiverse: Multiverse, driver: str, outcome: PlaceboOutcome) -> Coefficient:
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

    Source: Eggers, Tuñón, Dafoe (2024), AJPS 68(3), placebo outcomes. Held against a regression with all dummies.
    """
    sample = with_outcome(alone_sample(panel, multiverse, [Regressor(placebo_term(panel, outcome), 0)]))
    return coefficient_of(gram_blocks(sample), alone_columns(sample, multiverse, driver))
