"""Which rows and columns does each combination of choices stand on?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ.causal.axes import Choices
from regional_econ.causal.declaration import NEWEST, Multiverse
from regional_econ.causal.kernel import GramBlocks, gram_blocks
from regional_econ.causal.sample import Layers, Regressor, Sample, alone_sample, build_layers, sift
from regional_econ.causal.scales import term_matrix
from regional_econ.core.panel import Panel


@dataclass(frozen=True)
class Cell:
    """One sample with its effects swept out: all regressors of its specifications."""

    choices: Choices
    sample: Sample
    blocks: GramBlocks

    def columns(self, terms: tuple[str, ...]) -> tuple[int, ...]:
        """Columns of some terms, in their order."""
        return self.sample.columns_of(terms, self.choices.lag)


@dataclass(frozen=True)
class Batch:
    """All cells that share their layers."""

    layers: Layers
    cells: tuple[Choices, ...]
    multiverse: Multiverse


def alone_cell(panel: Panel, multiverse: Multiverse) -> Cell:
    """Return the swept sample of the specification that is shown alone."""
    sample = alone_sample(panel, multiverse)
    return Cell(multiverse.alone, sample, gram_blocks(sample))


def cell_sample(panel: Panel, multiverse: Multiverse, choices: Choices) -> Sample:
    """Return the sample of one cell, with all regressors of its specifications.

    Parameters
    ----------
    panel : official figures of the cell's vintage.
    multiverse, choices : the declared specifications, and the cell's choices.
    """
    return sift_cell(_layers(panel, multiverse, choices, {}), multiverse, choices)


def sift_cell(layers: Layers, multiverse: Multiverse, choices: Choices) -> Sample:
    """Return the sample of one cell from the layers that it shares with others."""
    drivers = multiverse.drivers_of(choices.measure)
    most = max(len(multiverse.subsets(driver, choices.effects)[-1]) for driver in drivers)
    return sift(
        layers, multiverse, scale=choices.scale, weights=choices.weights, effects=choices.effects,
        without=multiverse.sample(choices.sample), max_covariates=most,
    )  # fmt: skip


def batches(panel: Panel, multiverse: Multiverse, vintages: Mapping[str, Panel]) -> Iterator[Batch]:
    """Yield all cells with what they read, those that share it together.

    Parameters
    ----------
    panel, vintages : official figures, the newest and the other declared ones by vintage.
    multiverse : the declared specifications.

    Raises
    ------
    EstimationError : a declared vintage is not given.
    """
    panels = {NEWEST: panel, **vintages}
    known: dict[str, dict[str, pd.DataFrame]] = {}
    for (vintage, *_), cells in groupby(
        multiverse.cells(), key=lambda cell: (cell.vintage, cell.era, cell.lag, cell.measure)
    ):
        if vintage not in panels:
            advice = "Give run() its figures, load_panel(vintage)"
            raise EstimationError("the figures of a declared vintage are not given", where=vintage, advice=advice)
        own = tuple(cells)
        yield Batch(_layers(panels[vintage], multiverse, own[0], known.setdefault(vintage, {})), own, multiverse)


def _layers(panel: Panel, multiverse: Multiverse, choices: Choices, known: dict[str, pd.DataFrame]) -> Layers:
    names = multiverse.first_terms()
    if choices.measure:
        driver = multiverse.drivers_of(choices.measure)[0]
        names = (choices.measure, *driver.covariates)
    for name in names:
        if name not in known:
            known[name] = term_matrix(panel, multiverse.terms[name], panel.years)
    era = multiverse.era(choices.era)
    regressors = [Regressor(multiverse.terms[name], choices.lag) for name in names]
    return build_layers(panel, multiverse, years=era.years, units=era.units, regressors=regressors, matrices=known)
