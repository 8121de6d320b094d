"""Which years and rows can a table of estimates use? Runs of one method, unbroken and whole series, yearly means."""

from __future__ import annotations

import numpy as np
import pandas as pd

from regional_econ.core.estimate import Estimate
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study
from regional_econ.panel.estimators import Sample
from regional_econ.panel.model import Fitted
from regional_econ.panel.tables import method_starts


def study_eras(panel: Panel, study: Study) -> dict[str, tuple[int, int]]:
    """First and last year of "one_method", the longest run under one method of the outcome, and of "all" years."""
    years = (study.first_year, study.last_year)
    longest = max(method_runs(method_starts(panel, study), years), key=lambda run: run[1] - run[0])
    return {"one_method": longest, "all": years}


def method_runs(starts: tuple[int, ...], years: tuple[int, int]) -> list[tuple[int, int]]:
    """First and last year of each run of years under one method.

    >>> method_runs((2006, 2017, 2019), (2006, 2022))
    [(2006, 2016), (2017, 2018), (2019, 2022)]
    """
    return list(zip(starts, (*(start - 1 for start in starts[1:]), years[1]), strict=True))


def inside(breaks: tuple[int, ...], years: tuple[int, int]) -> tuple[int, ...]:
    """The breaks that part these years.

    >>> inside((2006, 2017, 2024), (2006, 2022))
    (2017,)
    """
    return tuple(year for year in breaks if years[0] < year <= years[1])


def sample_of(estimate: Estimate) -> Sample:
    """The rows of a regression that keeps its arrays.

    Raises
    ------
    TypeError : the estimate does not keep them.
    """
    if not isinstance(estimate.native, Fitted):
        raise TypeError(f"{estimate.spec.estimator} does not keep the rows of its sample")
    return estimate.native.sample


def whole(sample: Sample) -> tuple[str, ...]:
    """Units with as many rows as the sample has years."""
    return tuple(np.array(_units(sample))[np.bincount(sample.units) == len(np.unique(sample.years))].tolist())


def broken(sample: Sample) -> tuple[str, ...]:
    """Units whose rows are not consecutive years."""
    gaps = (np.diff(sample.units) == 0) & (np.diff(sample.years) != 1)
    units = _units(sample)
    return tuple(units[code] for code in np.unique(sample.units[1:][gaps]))


def unbroken(sample: Sample) -> tuple[str, ...]:
    """Units whose rows are consecutive years."""
    gaps = set(broken(sample))
    return tuple(unit for unit in _units(sample) if unit not in gaps)


def columns_of(sample: Sample) -> pd.DataFrame:
    """Columns y, x0 …, by unit and year."""
    names = ["y", *(f"x{place}" for place in range(sample.X.shape[1]))]
    return pd.DataFrame(np.column_stack([sample.y, sample.X]), sample.index.remove_unused_levels(), names)


def less_yearly_means(frame: pd.DataFrame) -> pd.DataFrame:
    """Each column less its mean over the units of the year.

    >>> index = pd.MultiIndex.from_product([["a", "b"], [2000, 2001]])
    >>> less_yearly_means(pd.DataFrame({"y": [1.0, 2.0, 3.0, 6.0]}, index))["y"].tolist()
    [-1.0, -2.0, 1.0, 2.0]
    """
    return frame - frame.groupby(level=1).transform("mean")


def _units(sample: Sample) -> list[str]:
    """Labels by code."""
    return [str(one) for one in sample.index[np.unique(sample.units, return_index=True)[1]].get_level_values(0)]
