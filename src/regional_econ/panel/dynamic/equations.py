"""Which rows does a dynamic model speak of? Differences by the calendar, and levels beside them in a system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError
from regional_econ.core.formula import parse_formula
from regional_econ.core.terms import Call, Name
from regional_econ.panel.demean import Codes, Floats
from regional_econ.panel.estimators import INTERCEPT, Sample, consecutive
from regional_econ.panel.least_squares import COLLINEAR

SHORTEST = 5
_REDUNDANT = 1e-11  # of a column's squared length: a combination of the others


@dataclass(frozen=True, slots=True)
class Equations:
    """Differences, and in a system levels below them, of the rows of a sample.

    Attributes
    ----------
    sample : the m rows in levels.
    later, earlier : (d,) rows of the sample whose difference each differenced row is.
    levels : rows of the sample in the equation in levels: all m in a system, none otherwise.
    y : (n,), X : (n, k), names : k terms, the intercept and the dummies of years behind the `n_shown` of the formula.
    units, years : (n,) of each row, differences dated by the later year.
    """

    sample: Sample
    later: Codes
    earlier: Codes
    levels: Codes
    y: Floats
    X: Floats
    names: tuple[str, ...]
    n_shown: int
    units: Codes
    years: NDArray[np.int64]

    @property
    def system(self) -> bool:
        """Whether there is an equation in levels."""
        return len(self.levels) > 0

    @property
    def differenced(self) -> slice:
        """The rows of the differenced equation."""
        return slice(0, len(self.later))

    def stacked(self, values: Floats) -> Floats:
        """Columns (m, p) of the sample as those of the equations: (n, p)."""
        return np.concatenate([values[self.later] - values[self.earlier], values[self.levels]])

    def spread(self, values: Floats) -> Floats:
        """The transpose of `stacked`: columns (n, p) summed over the errors in levels that they meet, (m, p)."""
        found = np.zeros((len(self.sample.y), values.shape[1]))
        cut = len(self.later)
        found[self.later] += values[:cut]
        found[self.earlier] -= values[:cut]
        found[self.levels] += values[cut:]
        return found


def equations(sample: Sample, *, system: bool, year_effects: bool, breaks: tuple[int, ...] = ()) -> Equations:
    """Differences of consecutive years, none across a gap or into a break, and for a system the levels.

    Parameters
    ----------
    sample : complete cases.
    system : whether the levels stand below.
    year_effects : whether each year has a dummy: of the differences' years, or in a system of all but the first,
        differenced where the rows are.
    breaks : first years of new methods.

    Raises
    ------
    EstimationError : one region, fewer than `SHORTEST` years, no two consecutive ones, or a term or an outcome of which
        the effects leave nothing.
    """
    refuse_short(sample)
    later, earlier = consecutive(sample)
    kept = ~np.isin(sample.years[later], breaks)
    later, earlier = later[kept], earlier[kept]
    if not len(later):
        raise EstimationError(
            "no region has two consecutive years", advice="Fill the gaps in the years, or use estimator fe"
        )
    levels = np.arange(len(sample.y)) if system else np.empty(0, dtype=np.intp)
    names: tuple[str, ...] = sample.names
    dummies = _dummies(sample, later, system=system, year_effects=year_effects)
    columns = np.column_stack([sample.X, *dummies.values()])
    found = Equations(
        sample, later, earlier, levels, np.empty(0), np.empty((0, 0)), names, len(names),
        np.concatenate([sample.units[later], sample.units[levels]]),
        np.concatenate([sample.years[later], sample.years[levels]]),
    )  # fmt: skip
    y, X = found.stacked(sample.y[:, None])[:, 0], found.stacked(columns)
    shown = len(names) + system
    refuse_determined(X[:, : len(names)], X[:, len(names) :], names)
    refuse_fixed_outcome(y[: len(later)], X[: len(later), len(names) :])
    kept_columns = sorted({*range(shown), *independent_columns(X)})
    labels = [*names, *dummies]
    return Equations(
        sample, later, earlier, levels, y, X[:, kept_columns], tuple(labels[place] for place in kept_columns), shown,
        found.units, found.years,
    )  # fmt: skip


def refuse_short(sample: Sample) -> None:
    """Refuse a sample with fewer years or regions than a dynamic model needs.

    Raises
    ------
    EstimationError : fewer than `SHORTEST` years, or one region.
    """
    if sample.units[-1] == 0:
        raise EstimationError(
            "a dynamic panel model compares regions, and one region has complete rows",
            where=str(sample.index.get_level_values(0)[0]),
            advice="Use two regions or more",
        )
    years = np.unique(sample.years)
    if len(years) < SHORTEST:
        raise EstimationError(
            f"{len(years)} years are too few for a dynamic model: the bias of the within estimator is a third of the "
            "coefficient or more there, and what corrects it has too few instruments or years",
            where=f"{years[0]}–{years[-1]}",
            advice=f"Use {SHORTEST} years or more; lags reach back beyond the first year by themselves",
        )


def refuse_determined(terms: Floats, dummies: Floats, names: Sequence[str]) -> None:
    """Refuse a term (n,) of (n, k) that is a combination of dummies (n, q), by name.

    Raises
    ------
    EstimationError : such as a trend beside year effects.
    """
    if not dummies.shape[1]:
        return
    left = terms - dummies @ np.linalg.lstsq(dummies, terms, rcond=None)[0]
    nothing = np.linalg.norm(left, axis=0) <= COLLINEAR * np.linalg.norm(terms, axis=0)
    moving = np.linalg.norm(terms, axis=0) > 0
    for name, fixed in zip(names, nothing & moving, strict=True):
        if fixed:
            raise EstimationError(
                f"{name} is the same in all regions of a year, which the year effects take out",
                advice="Leave it out, or use effects region",
            )


def refuse_fixed_outcome(y: Floats, dummies: Floats) -> None:
    """Refuse an outcome (n,) whose changes are zero or those of dummies (n, q) alone.

    Raises
    ------
    EstimationError : there is nothing to explain.
    """
    left = y - dummies @ np.linalg.lstsq(dummies, y, rcond=None)[0] if dummies.shape[1] else y
    if np.linalg.norm(left) <= COLLINEAR * np.linalg.norm(y):
        raise EstimationError(
            "the outcome does not vary once the effects are taken out", advice="Use another outcome, or fewer effects"
        )


def independent_columns(columns: Floats) -> list[int]:
    """The columns that are no combination of those before them, by sweeping their products.

    >>> independent_columns(np.array([[1.0, 2.0, 0.0], [1.0, 2.0, 1.0]]))
    [0, 2]
    """
    lengths = np.linalg.norm(columns, axis=0)
    moving = np.flatnonzero(lengths > 0)
    scaled = columns[:, moving] / lengths[moving]
    left, kept = scaled.T @ scaled, []
    try:
        pivots = np.diag(np.linalg.cholesky(left)) ** 2
        if len(pivots) and pivots.min() > _REDUNDANT:
            return [int(place) for place in moving]
    except np.linalg.LinAlgError:
        pass
    for place in range(len(moving)):
        pivot = left[place, place]
        if pivot > _REDUNDANT:
            left -= np.outer(left[:, place], left[place] / pivot)
            kept.append(int(moving[place]))
    return kept


def lags_of_outcome(lhs: Name | Call, names: Sequence[str]) -> dict[str, int]:
    """The terms that are the outcome's own past, and how many years back.

    >>> from regional_econ.core.formula import parse_formula
    >>> lags_of_outcome(parse_formula("ln(y) ~ x").lhs, ["lag(ln(y), 1)", "x", "ln(lag(y, 2))"])
    {'lag(ln(y), 1)': 1, 'ln(lag(y, 2))': 2}
    """
    base = without_lags(lhs)[0]
    found = {name: without_lags(factor)[1] for name in names if (factor := _factor(name)) and _is(base, factor)}
    return {name: lag for name, lag in found.items() if lag > 0}


def of_variable(variable: Name | Call, names: Sequence[str]) -> tuple[str, ...]:
    """The terms that are a variable, in any year."""
    base = without_lags(variable)[0]
    return tuple(name for name in names if (factor := _factor(name)) and _is(base, factor))


def without_lags(factor: Name | Call) -> tuple[str, int]:
    """A factor's text without its lags, and their number of years."""
    if isinstance(factor, Name):
        return str(factor), 0
    inner, years = without_lags(factor.argument)
    if factor.function in ("lag", "lead"):
        return inner, years + (1 if factor.function == "lag" else -1) * (factor.first or 0)
    step = f", {factor.first}" if factor.first not in (None, 1) else ""
    return f"{factor.function}({inner}{step})", years


def _is(base: str, factor: Name | Call) -> bool:
    return without_lags(factor)[0] == base


def _factor(name: str) -> Name | Call | None:
    """The factor behind a term's name; None for dummies, products and the intercept."""
    if name == INTERCEPT or ":" in name or "[" in name:
        return None
    return parse_formula(f"{name} ~ {name}").lhs


def _dummies(sample: Sample, later: Codes, *, system: bool, year_effects: bool) -> dict[str, Floats]:
    """The intercept of a system and dummies of years in levels, (m,) each; all years' but the first."""
    found = {INTERCEPT: np.ones(len(sample.y))} if system else {}
    if year_effects:
        own = sample.years if system else sample.years[later]
        years = np.unique(own)[1:] if system else np.unique(own)
        found |= {f"C(year)[{year}]": (sample.years == year).astype(np.float64) for year in years}
    return found
