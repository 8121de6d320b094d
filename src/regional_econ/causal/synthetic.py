"""What path would one treated unit have taken? Synthetic control, synthetic difference-in-differences, plain DID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.options import check_option
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.simplex import Solver, weights_by

Method = Literal["sdid", "sc", "did"]

# Arkhangelsky et al. (2021): the tiny ridge, in noise units, of the time weights and of SC in their program.
_TINY = 1e-6


@dataclass(frozen=True, eq=False)
class SyntheticFit:
    """One treated unit beside its synthetic twin.

    ``years`` (T,), ``observed`` and ``synthetic`` (T,); ``donors`` (N,) names with ``unit_weights`` (N,), which sum to
    one; ``time_weights`` (T₀,) of the years before ``start``, all zero for sc. For sdid and did the synthetic path is
    shifted so that its time-weighted mean before ``start`` is the treated one: the mean gap from ``start`` on is the
    estimate for each method.
    """

    method: Method
    solver: Solver
    unit: str
    start: int
    years: tuple[int, ...]
    observed: FloatArray
    synthetic: FloatArray
    donors: tuple[str, ...]
    unit_weights: FloatArray
    time_weights: FloatArray

    @property
    def gaps(self) -> FloatArray:
        """Observed less synthetic, (T,)."""
        return np.asarray(self.observed - self.synthetic)

    @property
    def n_pre(self) -> int:
        """Number of years before the start."""
        return len(self.time_weights)

    @property
    def effect(self) -> float:
        """Mean gap from the start on."""
        return float(self.gaps[self.n_pre :].mean())

    @property
    def pre_rmspe(self) -> float:
        """Root mean squared gap before the start; for sdid and did of the path moved to its simple mean there."""
        gaps = self.gaps[: self.n_pre]
        centre = 0.0 if self.method == "sc" else gaps.mean()
        return float(np.sqrt(((gaps - centre) ** 2).mean()))

    @property
    def post_rmspe(self) -> float:
        """Root mean squared gap from the start on."""
        return float(np.sqrt((self.gaps[self.n_pre :] ** 2).mean()))

    @property
    def rmspe_ratio(self) -> float:
        """Post over pre root mean squared gap; infinite for a perfect fit before the start."""
        return self.post_rmspe / self.pre_rmspe if self.pre_rmspe > 0 else float("inf")

    def to_frame(self) -> pd.DataFrame:
        """Return the paths: year, event_time, observed, synthetic, gap, time_weight (NaN from the start on)."""
        weight = np.full(len(self.years), np.nan)
        weight[: self.n_pre] = self.time_weights
        year = np.array(self.years)
        columns = {"observed": self.observed, "synthetic": self.synthetic, "gap": self.gaps, "time_weight": weight}
        return pd.DataFrame({"year": year, "event_time": year - self.start, **columns})

    def weights_frame(self) -> pd.DataFrame:
        """Return the donors by falling weight: donor, weight."""
        frame = pd.DataFrame({"donor": list(self.donors), "weight": self.unit_weights})
        return frame.sort_values(["weight", "donor"], ascending=[False, True], ignore_index=True)

    def __str__(self) -> str:
        return f"{self.method} of {self.unit} from {self.start}: {self.effect:+.4g} with {len(self.donors)} donors."


@dataclass(frozen=True, eq=False)
class SpacePlacebo:
    """Each donor in the place of the treated unit, the other donors being its donors.

    ``effects`` and ``ratios`` (N,) are mean gaps and RMSPE ratios of the ``donors``.
    """

    fit: SyntheticFit
    effects: FloatArray
    ratios: FloatArray

    @property
    def p_ratio(self) -> float:
        """Share of the N + 1 units whose RMSPE ratio is at least the treated one's; at best 1/(N + 1)."""
        return float((1 + (self.ratios >= self.fit.rmspe_ratio).sum()) / (1 + len(self.ratios)))

    @property
    def p_effect(self) -> float:
        """Share of the N + 1 units whose effect is at least as far from zero as the treated one's."""
        return float((1 + (np.abs(self.effects) >= abs(self.fit.effect)).sum()) / (1 + len(self.effects)))

    def standard_error(self, *, draws: int | None = None, rng: np.random.Generator | None = None) -> float:
        """Return the placebo standard error, sd of the effects of donors put in the treated unit's place.

        Parameters
        ----------
        draws : replications, each of a donor drawn at random; None: their limit, each donor once.
        rng : generator, see ``_base.seeds.rng_for``; needed with ``draws``.

        Raises
        ------
        EstimationError : draws without a generator, or fewer than two.

        Source: Arkhangelsky et al. (2021), algorithm 4. Held against: the one of synthdid-py 0.1.0 on Proposition 99.
        """
        if draws is None:
            return float(self.effects.std())
        if rng is None or draws < 2:
            raise EstimationError("draws need a generator and at least two", advice="Give rng, or leave draws out")
        return float(rng.choice(self.effects, size=draws).std())

    def to_frame(self) -> pd.DataFrame:
        """Return the treated unit and the donors: unit, treated, effect, rmspe_ratio."""
        rows = {
            "unit": [self.fit.unit, *self.fit.donors],
            "treated": [True, *[False] * len(self.fit.donors)],
            "effect": np.r_[self.fit.effect, self.effects],
            "rmspe_ratio": np.r_[self.fit.rmspe_ratio, self.ratios],
        }
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        return (
            f"Placebos of {len(self.effects)} donors: p {self.p_ratio:.3f} by RMSPE ratio, {self.p_effect:.3f} by size."
        )


def synthetic_fit(
    outcome: pd.DataFrame,
    unit: str,
    start: int,
    *,
    method: Method,
    donors: Sequence[str] | None = None,
    solver: Solver = "exact",
) -> SyntheticFit:
    """Compare one treated unit with a weighted mean of donors.

    Parameters
    ----------
    outcome : units × consecutive years, no cell missing.
    unit : the treated unit.
    start : its first treated year.
    method : "sc" synthetic control on outcomes alone (simplex weights of the donors); "sdid" synthetic
        difference-in-differences (unit weights with the paper's ζ = (N₁T₁)^¼ σ̂, time weights, both with an
        intercept); "did" the same with equal weights.
    donors : by default all other units.
    solver : "exact" solves the weights' quadratic programmes to rounding error; "frank-wolfe" takes the two passes of
        the authors' program, which stop short of the optimum (SC of Proposition 99: −19.62 against −19.51 exactly).

    Returns
    -------
    paths and weights.

    Raises
    ------
    OptionError : unknown method or solver.
    UnknownNameError : the unit or a donor is no row.
    EstimationError : a missing cell, a year left out, a unit twice, a start without two years before it, fewer than
        two donors, or donors that do not vary before the start.

    Source: Abadie, Diamond, Hainmueller (2010), JASA 105; Arkhangelsky, Athey, Hirshberg, Imbens, Wager (2021), AER
    111(12), eq. 1-6 and algorithm 1. Held against: Proposition 99, −15.6038, −19.6197 and −27.3491 of synthdid.

    >>> years = range(2000, 2006)
    >>> paths = pd.DataFrame([[1, 2, 4, 3, 5, 6], [2, 2, 3, 5, 4, 7], [1, 2, 4, 3, 6, 7.0]], list("abt"), years)
    >>> round(synthetic_fit(paths, "t", 2004, method="sc").effect, 6)
    1.0
    """
    check_option("method", method, Method)
    check_option("solver", solver, Solver)
    chosen = _donors(outcome, unit, donors)
    n_pre = _checked(outcome.loc[[unit, *chosen]], start)
    treated = outcome.loc[unit].to_numpy(dtype=float)
    control = outcome.loc[chosen].to_numpy(dtype=float)
    unit_weights, time_weights = _weights(treated, control, n_pre, method, solver)
    synthetic = unit_weights @ control
    if method != "sc":
        synthetic = synthetic + time_weights @ (treated - synthetic)[:n_pre]
    years = tuple(int(year) for year in outcome.columns)
    return SyntheticFit(
        method, solver, unit, start, years, treated, synthetic, tuple(chosen), unit_weights, time_weights
    )


def space_placebo(outcome: pd.DataFrame, fit: SyntheticFit) -> SpacePlacebo:
    """Put each donor in the treated unit's place; the treated unit is never a donor.

    Parameters
    ----------
    outcome : the units × years that the fit was made from.
    fit : result of :func:`synthetic_fit`.

    Returns
    -------
    effects and RMSPE ratios; the p-values are exact ranks over the donors.

    Raises
    ------
    EstimationError : fewer than three donors.

    Source: Abadie, Diamond, Hainmueller (2010), section 3.4. Held against: the size under exchangeable units.
    """
    if len(fit.donors) < 3:
        raise EstimationError("too few donors for placebos", where=fit.unit, advice="Give three donors or more")
    found = [
        synthetic_fit(
            outcome, donor, fit.start, method=fit.method, solver=fit.solver,
            donors=[other for other in fit.donors if other != donor],
        )
        for donor in fit.donors
    ]  # fmt: skip
    return SpacePlacebo(fit, np.array([one.effect for one in found]), np.array([one.rmspe_ratio for one in found]))


def leave_one_out(outcome: pd.DataFrame, fit: SyntheticFit) -> pd.Series:
    """Return the effect without each donor in turn, by donor.

    Parameters
    ----------
    outcome : the units × years that the fit was made from.
    fit : result of :func:`synthetic_fit`; three donors or more.

    Raises
    ------
    EstimationError : fewer than two donors would be left.
    """
    effects = {
        donor: synthetic_fit(
            outcome, fit.unit, fit.start, method=fit.method, solver=fit.solver,
            donors=[other for other in fit.donors if other != donor],
        ).effect
        for donor in fit.donors
    }  # fmt: skip
    return pd.Series(effects, name="effect")


def _donors(outcome: pd.DataFrame, unit: str, donors: Sequence[str] | None) -> list[str]:
    if not outcome.index.is_unique:
        twice = outcome.index[outcome.index.duplicated()][0]
        raise EstimationError("a unit stands twice", where=str(twice), advice="Keep one row a unit")
    names = [str(name) for name in outcome.index]
    chosen = [name for name in names if name != unit] if donors is None else list(donors)
    for name in (unit, *chosen):
        if name not in names:
            raise UnknownNameError.of("unit", name, names)
    if unit in chosen or len(set(chosen)) < len(chosen):
        raise EstimationError("a donor stands twice or is the treated unit", where=unit, advice="Name others, once")
    if len(chosen) < 2:
        raise EstimationError("fewer than two donors", where=unit, advice="Give more donors")
    return chosen


def _checked(cells: pd.DataFrame, start: int) -> int:
    values = cells.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        where = f"{cells.index[row]}, {cells.columns[column]}"
        raise EstimationError("a cell is missing", where=where, advice="Leave the unit or the year out")
    years = [int(year) for year in cells.columns]
    if years != list(range(years[0], years[0] + len(years))):
        raise EstimationError("the years do not follow each other", advice="Give consecutive years, ascending")
    n_pre = start - years[0]
    if n_pre < 2 or start > years[-1]:
        where = f"{start} in {years[0]}–{years[-1]}"
        raise EstimationError("two years before the start and one from it on are needed", where=where)
    if not np.diff(values[1:, :n_pre], axis=1).any():
        raise EstimationError("the donors do not change before the start", advice="Choose another outcome or years")
    return n_pre


def _weights(
    treated: FloatArray, control: FloatArray, n_pre: int, method: Method, solver: Solver
) -> tuple[FloatArray, FloatArray]:
    """Unit weights (N,) and time weights (T₀,)."""
    n_donors, n_post = len(control), control.shape[1] - n_pre
    if method == "did":
        return np.full(n_donors, 1 / n_donors), np.full(n_pre, 1 / n_pre)
    before = control[:, :n_pre]
    noise = float(np.diff(before, axis=1).std(ddof=1))
    if method == "sc":
        return weights_by(solver, before.T, treated[:n_pre], _TINY * noise, noise), np.zeros(n_pre)
    A, b = before.T - before.mean(axis=1), treated[:n_pre] - treated[:n_pre].mean()
    after = control[:, n_pre:].mean(axis=1)
    return (
        weights_by(solver, A, b, n_post**0.25 * noise, noise),
        weights_by(solver, before - before.mean(axis=0), after - after.mean(), _TINY * noise, noise),
    )
