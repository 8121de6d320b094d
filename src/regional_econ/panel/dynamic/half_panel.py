"""What is left of the bias of within once two halves of the years are set against the whole? Half-panel jackknife.

The within estimator's bias is of order 1/T; it is twice as large in halves of the panel, so 2β − (β₁ + β₂)/2 is free of
it (Dhaene & Jochmans 2015). Each region's own years are cut, first and second half, so an unbalanced panel has halves
too (Chudik, Pesaran & Yang 2018); with an odd number of years the estimate is the mean of the two ways to cut. It asks
for a process that is the same in both halves, and takes no stand on how many lags it has or whether regressors react
to past outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Floats
from regional_econ.panel.dynamic.equations import refuse_short
from regional_econ.panel.estimators import Sample, fixed_effects, without_singletons
from regional_econ.panel.least_squares import Solution, Transformed, solve

_SHORTEST_REGION = 4


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the rows (n,), how much it counts, its regression."""

    rows: NDArray[np.bool_]
    weight: float
    data: Transformed
    solution: Solution


def half_panel_jackknife(
    sample: Sample, effects: tuple[str, ...]
) -> tuple[Sample, Transformed, Solution, dict[str, float | int | str]]:
    """The half-panel jackknife of the within estimator.

    The scores of the solution hold each row's influence on the whole and on its halves, so errors clustered by region
    are those of the jackknife and not of the within estimator, which are too small for it.

    Source: Dhaene & Jochmans (2015, Review of Economic Studies 82); Chudik, Pesaran & Yang (2018, J. Applied
    Econometrics 33). Held against within regressions of halves cut by hand and simulated panels
    (tests/panel/test_half_panel.py).

    Parameters
    ----------
    sample : complete cases.
    effects : taken out, in each half anew.

    Returns
    -------
    the rows used, the within regression, the jackknife with its scores, and what it reports: n_short (rows of regions
    with fewer than four years, left out), n_cuts (1, or 2 with odd numbers of years), largest_correction (the
    largest difference of a coefficient from within)

    Raises
    ------
    EstimationError : too few years, a gap in a region's years, or a term that does not vary in a half.
    """
    refuse_short(sample)
    counts = np.bincount(sample.units)
    long = (counts >= _SHORTEST_REGION)[sample.units]
    if not long.any():
        raise EstimationError(
            f"no region has {_SHORTEST_REGION} years, two in each half", advice="Use more years, or gmm-diff"
        )
    rows, n_alone = without_singletons(sample.rows(long), effects)
    _refuse_gaps(rows)
    whole = _part(rows, np.ones(len(rows.y), dtype=bool), effects, "all years")
    cuts = _cuts(rows)
    halves = [
        _part(rows, side, effects, f"the {name} half of the years")
        for first in cuts
        for side, name in ((first, "first"), (~first, "second"))
    ]
    beta = 2 * whole.solution.beta - sum(
        (half.weight / len(cuts) * half.solution.beta for half in halves), np.zeros(rows.X.shape[1])
    )
    influence = 2 * _influence(whole)
    for half in halves:
        influence[half.rows] -= half.weight / len(cuts) * _influence(half)
    residuals = whole.data.y - whole.data.X @ beta
    products = whole.data.X.T @ whole.data.X
    solution = Solution(beta, residuals, whole.solution.bread, influence @ products)
    return rows, whole.data, solution, {
        "n_short": int((~long).sum()),
        "n_singletons": n_alone,
        "n_cuts": len(cuts),
        "largest_correction": float(np.abs(beta - whole.solution.beta).max()),
    }  # fmt: skip


def _part(rows: Sample, side: NDArray[np.bool_], effects: tuple[str, ...], where: str) -> _Part:
    try:
        data = fixed_effects(rows.rows(side), effects)
        return _Part(side, float(side.mean()), data, solve(data))
    except EstimationError as error:
        raise EstimationError(
            error.message, where=where, advice="Leave the term out, or use gmm-diff or lsdvc"
        ) from error


def _influence(part: _Part) -> Floats:
    """What each row adds to the error of a part's coefficients about what they estimate: (rows, k)."""
    return np.asarray(part.solution.scores @ part.solution.bread)


def _cuts(rows: Sample) -> list[NDArray[np.bool_]]:
    """The first halves (n,): one where all regions have an even number of years, else one short and one long."""
    counts = np.bincount(rows.units)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.arange(len(rows.y)) - starts[rows.units]
    short, long = counts // 2, (counts + 1) // 2
    ends = [short] if (short == long).all() else [short, long]
    return [place < end[rows.units] for end in ends]


def _refuse_gaps(rows: Sample) -> None:
    broken = np.flatnonzero((np.diff(rows.units) == 0) & (np.diff(rows.years) != 1))
    if len(broken):
        unit, year = rows.index[broken[0] + 1]
        raise EstimationError(
            f"the years of a region must follow each other to be cut in halves, {len(broken)} gaps do not let them",
            where=f"{unit}, before {year}",
            advice="Leave such regions out, or use gmm-diff",
        )
