"""Does one specification, estimated alone by another road, give what the table of all says? Any row reruns by `fit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.causal.axes import Specification
from regional_econ.causal.cells import cell_sample
from regional_econ.causal.declaration import NEWEST, Multiverse
from regional_econ.causal.kernel import Solutions
from regional_econ.causal.multiverse import solve_alone
from regional_econ.causal.sample import Sample
from regional_econ.causal.scales import FloatArray, contrast, interval_pp, newest_level
from regional_econ.core.estimate import Estimate
from regional_econ.core.panel import Panel
from regional_econ.panel.fit import fit

TOLERANCE = 1e-8  # of the standard error: both roads solve one least-squares problem in double precision


@dataclass(frozen=True)
class DrillDown:
    """One specification by both roads, and its effect.

    ``estimate`` is by `panel.fit`, its first term the driver; ``kernel`` holds the coefficient and its error as the
    table of all specifications has them. ``pp`` is the effect of ``change`` in percentage points of
    the focal region at ``level_pct`` in ``level_year``, with the ends of its 95 % interval (middle, low, high).
    """

    specification: Specification
    n_specifications: int
    estimate: Estimate
    kernel: Solutions
    change: float
    pp: tuple[float, float, float]
    focal_region: str
    level_year: int
    level_pct: float

    @property
    def apart(self) -> float:
        """The larger difference of coefficient and error between the roads, in standard errors."""
        mine = np.array([self.estimate.params.iloc[0], self.estimate.std_errors.iloc[0]])
        theirs = np.array([self.kernel.coef[0], self.kernel.std_error[0]])
        return float(np.abs(mine - theirs).max() / theirs[1])

    def tidy(self) -> dict[str, float]:
        """Return estimate, std_error, statistic, p_value, conf_low, conf_high, df and n_obs of the driver."""
        numbers = self.estimate.tidy().drop(columns="term").iloc[0].to_dict()
        found = {str(key): float(value) for key, value in numbers.items()}
        return found | {"df": float(np.min(self.estimate.df)), "n_obs": int(self.estimate.diagnostics["n_obs"])}

    def __str__(self) -> str:
        one = self.specification
        return f"{one.driver}, specification {one.row} of {self.n_specifications}"


def drill_down(
    panels: Mapping[str, Panel], multiverse: Multiverse, specification: Specification, *, focal_region: str
) -> DrillDown:
    """Rerun one specification alone and hold it against the kernel.

    Parameters
    ----------
    panels : official figures by vintage: the newest, and the specification's own.
    multiverse : the declared specifications.
    specification : one of them, `Multiverse.specification`.
    focal_region : region whose newest official level the effect is expressed at.

    Raises
    ------
    UnknownNameError : a vintage that is needed is not among the panels.
    EstimationError : the roads differ by more than 1e-8 of the standard error.

    Source: none, the same regression by `panel.fit`. Held against the kernel's table to 1e-8 of the standard error
    (tests/causal/test_drill_down.py).
    """
    estimate = specification_fit(panels, multiverse, specification)
    solved = solve_alone(panels[specification.choices.vintage], multiverse, specification)
    driver = multiverse.drivers[specification.driver]
    newest = panels[NEWEST]
    change = contrast(
        newest, multiverse.terms[specification.terms[0]], multiverse.rule, direction=driver.direction
    ).change
    year, level = newest_level(newest, multiverse.outcome, focal_region)
    logs = np.array([specification.choices.scale == "ln"])
    df, changes = np.array([solved.n_regions - 1.0]), np.array([change])
    middle, low, high = (
        float(end[0]) for end in interval_pp(solved.coef, solved.std_error, df, changes, level, logs)
    )  # fmt: skip
    count = multiverse.n_specifications(driver.id)
    found = DrillDown(specification, count, estimate, solved, change, (middle, low, high), focal_region, year, level)
    if not found.apart <= TOLERANCE:
        what = f"fit and the kernel differ by {found.apart:.1e} standard errors"
        raise EstimationError(what, where=str(found), advice="Report this: one of them is wrong")
    return found


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


def asked_choices(multiverse: Multiverse, specification: Specification) -> list[tuple[str, str, Text]]:
    """Return what a specification chose as (axis, option, reason), its covariates one by one."""
    driver, options = multiverse.drivers[specification.driver], specification.options()
    chosen = [
        (axis, option, driver.measures[option] if axis == "measure" else multiverse.reasons[f"{axis}.{option}"])
        for axis, option in options.items()
        if axis != "covariates"
    ]
    return chosen + [("covariate", name, driver.covariates[name]) for name in specification.covariates]


def specification_fit(panels: Mapping[str, Panel], multiverse: Multiverse, specification: Specification) -> Estimate:
    """Rerun one specification alone; its driver is the first term.

    Parameters
    ----------
    panels : official figures by vintage.
    multiverse : the declared specifications.
    specification : one of them, `Multiverse.specification`.

    Returns
    -------
    the estimate, with errors clustered by region.

    Raises
    ------
    UnknownNameError : the specification's vintage is not among the panels.

    Source: none, the same regression by `panel.fit`. Held against the kernel's table to 1e-8 of the standard error
    (tests/causal/test_drill_down.py).
    """
    return _regression(panels, multiverse, specification).fit()


def _regression(panels: Mapping[str, Panel], multiverse: Multiverse, specification: Specification) -> Regression:
    """Return one specification's rows and formula (see :func:`specification_fit`)."""
    choices, terms = specification.choices, specification.terms
    if choices.vintage not in panels:
        raise UnknownNameError.of("vintage", choices.vintage, panels)
    sample = cell_sample(panels[choices.vintage], multiverse, choices)
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
