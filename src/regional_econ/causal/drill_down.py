"""Does one specification, estimated alone by another road, give what the table of all says? Any row reruns by `fit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ.causal.axes import Choices
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.multiverse import cell_sample
from regional_econ.causal.sample import Sample
from regional_econ.causal.scales import FloatArray
from regional_econ.core.estimate import Estimate
from regional_econ.core.panel import Panel
from regional_econ.panel.fit import fit


@dataclass(frozen=True)
class Regression:
    """One specification as `panel.fit` takes it.

    ``frame`` is indexed (unit, cell): region with its regime, and year or district-year; its columns are y, the terms,
    place (the clusters), weight and
    trends.
    """

    frame: pd.DataFrame
    formula: str
    estimator: str
    weights: str | None

    def fit(self) -> Estimate:
        """Estimate it with errors clustered by region."""
        return fit(
            self.formula, self.frame, estimator=self.estimator, inference="cluster:place",
            weights=self.weights,
        )  # fmt: skip


def specification_fit(panels: Mapping[str, Panel], multiverse: Multiverse, row: pd.Series) -> Estimate:
    """Rerun one specification alone; its driver is the first term.

    Parameters
    ----------
    panels : official figures by vintage.
    multiverse : the declared specifications.
    row : a row of `MultiverseResult.table`, of which the driver and the axes are read.

    Returns
    -------
    the estimate, with errors clustered by region.

    Raises
    ------
    UnknownNameError : the row's vintage is not among the panels.

    Source: none, the same regression by `panel.fit`. Held against the kernel's table to 1e-8 of the standard error
    (tests/causal/test_drill_down.py).
    """
    return _regression(panels, multiverse, row).fit()


def _regression(panels: Mapping[str, Panel], multiverse: Multiverse, row: pd.Series) -> Regression:
    """Return one specification's rows and formula (see :func:`specification_fit`)."""
    if row["vintage"] not in panels:
        raise UnknownNameError.of("vintage", str(row["vintage"]), panels)
    measure = "" if row["measure"] == row["driver"] else row["measure"]
    choices = Choices(
        row["era"],
        row["scale"],
        row["weights"],
        int(row["lag"]),
        row["effects"],
        measure,
        row["sample"],
        row["vintage"],
    )
    sample = cell_sample(panels[row["vintage"]], multiverse, choices)
    covariates = () if row["covariates"] == "none" else tuple(row["covariates"].split("+"))
    terms = (str(row["measure"]), *covariates)
    frame = _frame(sample, terms, sample.columns_of(terms, choices.lag))
    if choices.effects == "region_trend+year":
        trends = _trends(sample)
        frame[list(trends)] = np.column_stack(list(trends.values()))
        terms = (*terms, *trends)
    weights = None if choices.weights == "none" else "weight"
    return Regression(frame, "y ~ " + " + ".join(terms), "cce" if choices.effects == "cce" else "fe", weights)


def _trends(sample: Sample) -> dict[str, FloatArray]:
    """A linear trend of each unit but the first, which the years stand for."""
    since = (sample.year - sample.year.mean()) / np.ptp(sample.year)
    return {f"trend_{unit}": since * (sample.unit == unit) for unit in range(1, int(sample.unit.max()) + 1)}


def _frame(sample: Sample, terms: tuple[str, ...], columns: tuple[int, ...]) -> pd.DataFrame:
    places = np.array(sample.regions)[sample.region]
    units = [f"{place} {unit}" for place, unit in zip(places, sample.unit, strict=True)]
    return pd.DataFrame(
        {
            "y": sample.y,
            **{term: sample.X[:, column] for term, column in zip(terms, columns, strict=True)},
            "place": places,
            "weight": sample.weights,
        },
        index=pd.MultiIndex.from_arrays([units, sample.cell], names=["unit", "cell"]),
    )
