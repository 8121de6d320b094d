"""The within estimator with its bias taken off: corrected least squares with dummies (LSDVC).

γ and σ² of the approximation come from a consistent first estimate (Anderson–Hsiao, Arellano–Bond or Blundell–Bond, the
latter two in one step with all lags); errors from panels drawn from the corrected model, each estimated anew (Bruno
2005). The analytic correction is taken rather than the iterated bootstrap of Everaert & Pozzi
(2007) because it has a closed form on unbalanced panels, to be held against simulated biases, and costs one regression;
it asks for strictly exogenous regressors, one lag, and errors of one variance that are independent across regions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.seeds import rng_for
from regional_econ.core.columns import Columns
from regional_econ.core.design import design
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.formula import parse_formula
from regional_econ.core.hypothesis import Hypothesis, wald
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Codes, Floats, group_means
from regional_econ.panel.dynamic.equations import equations, independent_columns, refuse_determined, refuse_short
from regional_econ.panel.dynamic.instruments import instruments
from regional_econ.panel.dynamic.kiviet import Grid, approximate_bias
from regional_econ.panel.dynamic.moments import own_lags, past
from regional_econ.panel.dynamic.options import Initial, InstrumentSet, LsdvcOptions
from regional_econ.panel.dynamic.two_step import first_step
from regional_econ.panel.estimators import Sample, without_singletons
from regional_econ.panel.frames import frame_of
from regional_econ.panel.inference import Bootstrap, DrawnErrors, Inference
from regional_econ.panel.inference_rules import check_inference
from regional_econ.panel.inference_text import inference_of
from regional_econ.panel.least_squares import Transformed, solve
from regional_econ.panel.methods import Effects, Estimator, parse_estimator


@dataclass(frozen=True, slots=True)
class Corrected:
    """One corrected estimate.

    Attributes
    ----------
    beta : (k,) corrected; within, initial : (k,) before, and where the correction started.
    sigma2 : variance of the errors at the corrected coefficients.
    effects : (N,) of regions.
    """

    beta: Floats
    within: Floats
    initial: Floats
    sigma2: float
    effects: Floats


@dataclass(frozen=True, slots=True)
class LsdvcModel:
    """What stands behind an LSDVC estimate (`Estimate.native`), a `core.estimate.Model`.

    Attributes
    ----------
    sample : rows; its columns are the lagged outcome, the formula's other terms, and dummies of years.
    grid : the rows by region and year.
    history : (m, L + 1) the outcome 0 … L years before each row, NaN where not there.
    rows_before : (m, L + 1) which row of the sample that is, −1 where none.
    options : of the estimator.
    found : the estimate.
    shown : columns of the formula's terms, in its order.
    """

    sample: Sample
    grid: Grid
    history: Floats
    rows_before: Codes
    options: LsdvcOptions
    found: Corrected
    shown: tuple[int, ...]

    def vcov(self, estimate: Estimate, inference: object) -> Estimate:
        """Return the estimate with errors from other draws."""
        rule = inference_of(inference)
        check_inference(parse_estimator(estimate.spec.estimator), rule)
        return replace(
            estimate,
            covariance=self.covariance(rule),
            spec=replace(estimate.spec, inference=str(rule)),
            diagnostics={**estimate.diagnostics, "convention": _convention(rule)},
        )

    def predict(self, estimate: Estimate, data: pd.DataFrame | None) -> pd.Series:
        """Return fitted values of the sample, effects included."""
        if data is not None:
            raise EstimationError("lsdvc predicts for the sample only", advice="Use fe to predict other rows")
        fitted = self.sample.X @ self.found.beta + self.found.effects[self.sample.units]
        return pd.Series(fitted, index=self.sample.index, name=estimate.spec.formula.partition(" ~")[0])

    def test(self, estimate: Estimate, hypothesis: Hypothesis) -> HypothesisTest:
        """Wald test with the bootstrapped covariance."""
        found = wald(hypothesis, estimate.params.to_numpy(), estimate.covariance.to_numpy(), float("inf"))
        return replace(found, note=f"Errors: {estimate.diagnostics['convention']}.")

    def covariance(self, rule: Inference) -> pd.DataFrame:
        """The spread of estimates on panels drawn from the corrected model."""
        if not isinstance(rule, Bootstrap):
            raise OptionError(f"inference {rule} is not for lsdvc", advice="Use bootstrap or bootstrap:200")
        rng, shown = rng_for(rule.seed, "lsdvc", rule.draws), list(self.shown)
        drawn = np.array([self.drawn_anew(rng, rule.errors) for _ in range(rule.draws)])
        drawn = drawn[np.isfinite(drawn).all(axis=1)]
        if len(drawn) < rule.draws / 2:
            raise EstimationError(
                f"the first estimate is explosive in {rule.draws - len(drawn)} of {rule.draws} panels drawn",
                advice="Use lsdvc:ab or lsdvc:bb, or hpj",
            )
        labels = [self.sample.names[place] for place in shown]
        return pd.DataFrame(np.cov(drawn.T).reshape(len(shown), len(shown)), index=labels, columns=labels)

    def drawn_anew(self, rng: np.random.Generator, errors: DrawnErrors = "wild") -> Floats:
        """The formula's coefficients (k,) on one panel drawn from the corrected model, NaN if it starts explosive."""
        units = self.sample.units
        n, sd = len(units), float(np.sqrt(self.found.sigma2))
        fixed = self.sample.X[:, 1:] @ self.found.beta[1:] + self.found.effects[units]
        if errors == "wild":
            residuals = self.sample.y - fixed - self.sample.X[:, 0] * self.found.beta[0]
            residuals *= sd / np.sqrt(np.mean(residuals**2))
            pushes = residuals * rng.choice([-1.0, 1.0], size=n)
        else:
            pushes = sd * rng.standard_normal(n)
        y = self._path(fixed + pushes)
        known = np.where(self.rows_before >= 0, y[self.rows_before], self.history)
        redrawn = replace(self.sample, y=y, X=np.column_stack([known[:, 1], self.sample.X[:, 1:]]))
        found = corrected(redrawn, self.grid, known, self.options)
        return found.beta[list(self.shown)] if abs(found.initial[0]) < 1 else np.full(len(self.shown), np.nan)

    def _path(self, pushes: Floats) -> Floats:
        """y_t = γy_{t−1} + push_t from each spell's first lag on; a spell after a gap starts from its own."""
        y, gamma, before = pushes.copy(), self.found.beta[0], self.rows_before[:, 1]
        starts = before < 0
        y[starts] += gamma * self.history[starts, 1]
        waiting = np.flatnonzero(~starts)
        for step in np.unique(self.grid.steps[waiting]):
            now = waiting[self.grid.steps[waiting] == step]
            y[now] += gamma * y[before[now]]
        return y


def lsdvc(
    formula: str,
    data: Panel | pd.DataFrame,
    *,
    estimator: Estimator,
    effects: Effects,
    inference: Inference,
    years: tuple[int, int] | None,
) -> Estimate:
    """Bias-corrected least squares with dummies of a formula with `lag(y, 1)` among its terms.

    Source: Kiviet (1995, J. Econometrics 68); Bun & Kiviet (2003, Economics Letters 79); Bruno (2005, Economics Letters
    87). Held against simulated biases and panels (tests/panel/test_lsdvc.py).

    Parameters
    ----------
    formula, data, effects, years : as in `fit`; the other terms are taken as strictly exogenous.
    estimator : lsdvc with its options.
    inference : bootstrap.

    Returns
    -------
    Estimate
        Diagnostics: n_obs, n_regions, n_years, first_year, last_year, df_resid, rmse, n_gaps, within_lag, initial_lag
        (the lagged outcome's coefficient before correction, and where that started), bias (corrected off it),
        n_singletons, n_incomplete, n_undefined_logs, convention.

    Raises
    ------
    EstimationError : no or another lag of the outcome, too few years, or data that cannot give the estimate.
    OptionError, FormulaError, UnknownNameError, DataError : as `fit`.
    """
    options = estimator.dynamic
    if not isinstance(options, LsdvcOptions):
        raise OptionError(f"{estimator} corrects no bias", advice="Use lsdvc")
    check_inference(estimator, inference)
    frame, known, checksum = frame_of(data)
    parsed = parse_formula(formula)
    cases = design(parsed, frame, known, years=years)
    plain, alone = without_singletons(Sample.of(cases), ("region",))
    refuse_short(plain)
    lags = own_lags(parsed, plain.names)
    if set(lags.values()) != {1} or len(lags) > 1:
        raise EstimationError(
            f"the bias is known for one lag of the outcome, not for {', '.join(lags)}",
            advice="Use gmm-diff or hpj for more lags",
        )
    lag = plain.names.index(next(iter(lags)))
    first_year = int(frame.index.get_level_values(1).min())
    reach = max(int(plain.years.max()) - first_year, 2)
    history = past(Columns(frame, known), parsed.lhs, frame.index.get_indexer(plain.index), reach)
    model = lsdvc_model(plain, lag, history, options, year_effects="year" in effects)
    sample, grid, found = model.sample, model.grid, model.found
    df = len(sample.y) - len(grid.demean) - len(sample.names)
    return Estimate(
        params=pd.Series(found.beta[list(model.shown)], index=list(plain.names), name="estimate"),
        covariance=model.covariance(inference),
        spec=Spec(str(parsed), str(estimator), effects, str(inference), _span(years)),
        panel_checksum=checksum,
        diagnostics={
            "n_obs": len(sample.y),
            "n_regions": len(grid.demean),
            "n_years": len(np.unique(sample.years)),
            "first_year": int(sample.years.min()),
            "last_year": int(sample.years.max()),
            "df_resid": df,
            "rmse": float(np.sqrt(found.sigma2)),
            "n_gaps": int((np.diff(grid.steps) > 1).sum()),
            "within_lag": float(found.within[0]),
            "initial_lag": float(found.initial[0]),
            "bias": float(found.within[0] - found.beta[0]),
            "n_singletons": alone,
            "n_incomplete": cases.incomplete,
            "n_undefined_logs": sum(cases.undefined.values()),
            "convention": _convention(inference),
        },
        native=model,
    )


def lsdvc_model(plain: Sample, lag: int, history: Floats, options: LsdvcOptions, *, year_effects: bool) -> LsdvcModel:
    """The corrected estimate of complete cases, with what its errors need.

    Parameters
    ----------
    plain : complete cases, k terms.
    lag : which term is the outcome of the year before.
    history : (m, L + 1) the outcome 0 … L years before each row, NaN where not there.
    options : of the estimator.
    year_effects : whether each year but the first has a dummy.

    Raises
    ------
    EstimationError : data that cannot give the estimate, or an explosive first one.
    """
    sample = _ordered(plain, lag, year_effects=year_effects)
    grid = Grid.of(sample.units, sample.years)
    found = corrected(sample, grid, history, options)
    if abs(found.initial[0]) >= 1:
        raise EstimationError(
            f"the first estimate ({options.initial}) of {plain.names[lag]} is {found.initial[0]:.3f}: no bias is known "
            "for an explosive process",
            advice="Start from another (lsdvc:ab, lsdvc:bb, lsdvc:ah), or use hpj",
        )
    k = len(plain.names)
    shown = tuple([0 if place == lag else place + (place < lag) for place in range(k)])
    return LsdvcModel(sample, grid, history, _rows_before(sample, history.shape[1] - 1), options, found, shown)


def corrected(sample: Sample, grid: Grid, history: Floats, options: LsdvcOptions) -> Corrected:
    """Correct the within estimator of a sample whose first column is the lagged outcome.

    Raises
    ------
    EstimationError : the data cannot give the first estimate or the within one.
    """
    ones = np.ones(len(sample.y))
    columns = np.column_stack([sample.y, sample.X])
    left = columns - group_means(columns, sample.units, ones)[sample.units]
    y, W = left[:, 0], left[:, 1:]
    data = Transformed(
        y, W, sample.names, sample.units, sample.years, ones, (sample.units,), np.linalg.norm(sample.X, axis=0)
    )
    within = solve(data).beta
    df = len(y) - len(grid.demean) - W.shape[1]
    if df <= 0:
        raise EstimationError(f"{len(y)} observations leave no degrees of freedom", advice="Use fewer terms")
    try:
        first = _initial(sample, history, options.initial)
    except EstimationError as error:
        raise EstimationError(
            f"the correction has nothing to start from: {error.message}",
            where=f"first estimate {options.initial}",
            advice="Start from another (lsdvc:bb, lsdvc:ah), or use years without a gap common to all regions",
        ) from error
    errors = y - W @ first
    bias = approximate_bias(grid, W, float(first[0]), float(errors @ errors) / df, options.order)
    beta = within - bias
    rest = y - W @ beta
    effects = group_means((sample.y - sample.X @ beta)[:, None], sample.units, ones)[:, 0]
    return Corrected(beta, within, first, float(rest @ rest) / df, effects)


def _initial(sample: Sample, history: Floats, initial: Initial) -> Floats:
    """The first estimate (k,): all lags in one step for ab and bb, the second lag alone for ah."""
    system = initial == "bb"
    rows = equations(sample, system=system, year_effects=False)
    reach = InstrumentSet(None, 2, 2 if initial == "ah" else None)
    built = instruments(rows, [("outcome", reach, history)], (sample.names[0],), {}, collapse=initial == "ah")
    return first_step(rows, built).beta[: len(sample.names)]


def _ordered(sample: Sample, lag: int, *, year_effects: bool) -> Sample:
    """The lagged outcome in front, dummies of all years but the first behind."""
    order = [lag, *(place for place in range(len(sample.names)) if place != lag)]
    years = np.unique(sample.years)[1:] if year_effects else np.empty(0, dtype=np.int64)
    dummies = (sample.years[:, None] == years[None, :]).astype(np.float64)
    X = np.column_stack([sample.X[:, order], dummies])
    ones = np.ones(len(X))
    left = X - group_means(X, sample.units, ones)[sample.units]
    named = [sample.names[place] for place in order]
    refuse_determined(left[:, : len(order)], left[:, len(order) :], named)
    kept = {*range(len(order)), *independent_columns(left)}
    names = [*named, *(f"C(year)[{year}]" for year in years)]
    places = sorted(kept)
    return replace(sample, X=X[:, places], names=tuple(names[place] for place in places))


def _rows_before(sample: Sample, reach: int) -> Codes:
    """The row of the sample 0 … reach years before each row, −1 where there is none: (m, reach + 1)."""
    since = sample.years - sample.years.min()
    keys = sample.units * (int(since.max()) + reach + 1) + since
    sought = keys[:, None] - np.arange(reach + 1)
    place = np.searchsorted(keys, sought).clip(max=len(keys) - 1)
    there: NDArray[np.bool_] = (keys[place] == sought) & (sample.units[place] == sample.units[:, None])
    return np.where(there, place, -1)


def _convention(rule: Inference) -> str:
    errors = "residuals of random signs" if getattr(rule, "errors", "") == "wild" else "normal errors"
    return f"{rule}: panels drawn with {errors}, each corrected anew, explosive ones left out; normal"


def _span(years: tuple[int, int] | None) -> str:
    return "all years" if years is None else f"{years[0]}–{years[1]}"
