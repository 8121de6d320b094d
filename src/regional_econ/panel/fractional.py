"""What moves a share? Fractional logit on panels by Bernoulli quasi-likelihood, and its average partial effects.

E(y | x) = Λ(xβ) for y in [0, 1], zeros and ones included; nothing else about the distribution of y is assumed
(Papke & Wooldridge 1996). Region effects are correlated random effects: region means of everything that varies
within regions stand beside it (Mundlak's device; Papke & Wooldridge 2008), since dummies for regions would be
inconsistent with few years. Year effects are dummies.

The last Newton step is a weighted least-squares problem with weights μ(1 − μ), whose scores are x(y − μ); the errors
of `covariance` therefore apply as they stand. "iid" is the quasi-binomial one, Var(y) = σ²μ(1 − μ) with σ² from
Pearson's statistic over N − K.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import null_space
from scipy.optimize import linprog
from scipy.special import expit

from regional_econ._base.errors import EstimationError, FormulaError, OptionError, UnknownNameError
from regional_econ._base.options import LEVELS, check_option
from regional_econ.core.columns import Columns, elementary_factors
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.formula import design, parse_formula, regressors
from regional_econ.core.hypothesis import Hypothesis, wald
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.core.terms import Call, Categorical, Factor, Formula, Interaction, Name
from regional_econ.panel.covariance import Covariance, covariance
from regional_econ.panel.demean import Codes, Floats, group_means
from regional_econ.panel.estimators import Sample, with_intercept
from regional_econ.panel.frames import clusters_of, frame_of
from regional_econ.panel.inference import Classical, Clustered, DriscollKraay, Inference, Robust, parse_inference
from regional_econ.panel.least_squares import COLLINEAR, Solution, Transformed, solve
from regional_econ.panel.methods import Effects, Estimator

Unbalanced = Literal["means", "counts"]
With = Literal["term", "variable"]
MAX_STEPS = 100
MAX_NAMES = 6
SEPARATED = 1e-6  # above the solver's tolerance of 1e-7; columns are at most one in size
CONVERGED = 1e-24  # Newton's decrement a row: half of it is what one more step would add to the mean log-likelihood


@dataclass(frozen=True, slots=True)
class Fractional:
    """What stands behind a fractional logit (`Estimate.native`), a `core.estimate.Model`.

    Attributes
    ----------
    sample : outcome as a share (n,) and the formula's p columns, rows sorted by region and year.
    data : the last weighted least-squares problem, weights μ(1 − μ). Its K columns are the intercept, the formula's,
        the region means shown, the dummies of `years`, and what the panel's being unbalanced adds.
    solution : all K coefficients, (X'WX)⁻¹ and the scores x(y − μ).
    covariance : of all K coefficients.
    numeric, labels : values (n,) of the formula's factors on the sample's rows.
    levels : of each categorical factor, the base first.
    formula, frame : as given.
    years : those with a dummy.
    n_shown : number of columns before the dummies.
    scale : what the outcome was divided by.
    """

    sample: Sample
    data: Transformed
    solution: Solution
    covariance: Covariance
    numeric: Mapping[Name | Call, Floats]
    labels: Mapping[Categorical, NDArray[np.object_]]
    levels: Mapping[Categorical, Sequence[object]]
    formula: Formula
    frame: pd.DataFrame
    years: NDArray[np.int64]
    n_shown: int
    scale: float

    @property
    def fitted(self) -> Floats:
        """μ = Λ(xβ), (n,), between 0 and 1."""
        return np.asarray(expit(self.data.X @ self.solution.beta), dtype=np.float64)

    def vcov(self, estimate: Estimate, inference: str) -> Estimate:
        """Return the estimate with other errors."""
        rule = _inference(inference)
        spread = covariance(self.data, self.solution, rule, clusters_of(self.sample, self.frame, rule))
        kept = {key: value for key, value in estimate.diagnostics.items() if key not in _conventions(self.covariance)}
        return replace(
            estimate,
            covariance=_shown(spread, self.data.names[: self.n_shown]),
            spec=replace(estimate.spec, inference=str(rule)),
            diagnostics={**kept, **_conventions(spread)},
            df=float(spread.df),
            native=replace(self, covariance=spread),
        )

    def predict(self, estimate: Estimate, data: pd.DataFrame | None) -> pd.Series:
        """Return scale · μ, of the sample or of other rows of its regions and years."""
        name = str(self.formula.lhs)
        if data is None:
            return pd.Series(self.scale * self.fitted, index=self.sample.index, name=name)
        columns = regressors(self.formula, data, self.levels)
        X = np.column_stack([np.ones(len(columns)), columns.to_numpy(dtype=np.float64), self._effects(columns.index)])
        return pd.Series(self.scale * expit(X @ self.solution.beta), index=columns.index, name=name)

    def test(self, estimate: Estimate, hypothesis: Hypothesis) -> HypothesisTest:
        """Wald test with the estimate's covariance."""
        found = wald(hypothesis, estimate.params.to_numpy(), estimate.covariance.to_numpy(), float(self.covariance.df))
        return replace(found, note=f"Errors: {self.covariance.convention}.")

    def _effects(self, index: pd.Index) -> Floats:
        """The columns after the formula's on other rows: those of the region in the sample, dummies by year."""
        own = 1 + len(self.sample.names)
        regions, years = index.get_level_values(0), index.get_level_values(1)
        known = [pd.Index(self.sample.index.get_level_values(level)).unique() for level in (0, 1)]
        places = known[0].get_indexer(regions)
        regional = len(self.data.names) > own + len(self.years)
        strange = (regional & (places < 0)) | ((len(self.years) > 0) & ~years.isin(known[1]))
        if strange.any():
            region, year = index[int(strange.argmax())]
            raise EstimationError(
                "no effect of this region or year was estimated",
                where=f"{region}, {year}",
                advice="Predict for the regions and years of the sample, or use fewer effects",
            )
        firsts = np.unique(self.sample.units, return_index=True)[1]
        columns = self.data.X[firsts[places], own:]
        columns[:, self.n_shown - own : self.n_shown - own + len(self.years)] = (
            years.to_numpy()[:, None] == self.years[None, :]
        )
        return columns


def fractional_logit(
    formula: str,
    data: Panel | pd.DataFrame,
    *,
    scale: float = 1.0,
    effects: Effects = "region+year",
    unbalanced: Unbalanced = "means",
    inference: Inference | str = "cluster:region",
    years: tuple[int, int] | None = None,
) -> Estimate:
    """Fit a fractional logit to a share.

    Region means are taken over the rows of the sample and left out where they are combinations of what is there.
    With year effects and an unbalanced panel the means of the year dummies differ between regions and enter too:
    in the linear model exactly these means give the two-way within estimator, hence the default "means". "counts"
    adds, for each number of years T_i but the commonest, a dummy and its products with the regressors' means
    (Wooldridge 2019, whose E(c_i | x̄_i, T_i) differs freely by T_i); it needs several regions for each T_i.

    Parameters
    ----------
    formula : as in `fit`; the left-hand side is the share itself, never its logarithm. An intercept is never written.
    data : a Panel, or a frame indexed (unit, year).
    scale : the outcome's value at a share of one: 100 for per cent.
    effects : "region" correlated random effects, "year" dummies, both, or "none".
    unbalanced : what the region effects know of the years observed, see above.
    inference : as in `fit`: iid, hc0, hc1, clusters with CR0, CR1 or CR1S, dk. CR1 is what Stata's fracreg reports,
        CR1S what statsmodels' GLM does; K counts all columns. Two-way clusters rarely go with year dummies: a dummy's
        variance becomes negative and the estimate is refused.
    years : first and last year of the sample.

    Returns
    -------
    Estimate
        params hold the intercept, the formula's terms and their region means, `mean(x)`; the dummies of years and
        what the panel's being unbalanced adds are in `native`. The intercept is that of the first year.
        Diagnostics: n_obs, n_regions, n_years, first_year, last_year, df_resid (N − K), n_coefficients (K), n_zeros,
        n_ones, r2 (1 − SSR/SST of the share, Papke & Wooldridge 1996), pseudo_r2_mcfadden (1 − l/l₀, as Stata),
        log_quasi_likelihood, dispersion (Pearson/(N − K)), iterations, scale, device (what stands for the region
        effects), n_incomplete, n_undefined_logs, small_sample_factor, convention and, where it is below K,
        covariance_rank. The t distribution has G − 1 degrees of freedom under clusters.

    Raises
    ------
    FormulaError, UnknownNameError : the formula is wrong, or its left-hand side is a logarithm or a change.
    OptionError : an option that does not exist, or an inference that does not apply.
    DataError : the data are not a panel.
    EstimationError : an outcome outside [0, scale], collinear columns, separation, no convergence.

    References
    ----------
    Papke & Wooldridge 1996 (J. Applied Econometrics 11: 619–632), 2008 (J. Econometrics 145: 121–133),
    Wooldridge 2019 (J. Econometrics 211: 137–150). Held against R's glm(quasibinomial) with sandwich and
    statsmodels' GLM in tests/panel/test_fractional.py.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(40), range(2000, 2006)], names=["region", "year"])
    >>> x = np.random.default_rng(1).normal(size=240)
    >>> frame = pd.DataFrame({"x": x, "pct": 100 / (1 + np.exp(1 - 0.5 * x))}, index=index)
    >>> estimate = fractional_logit("pct ~ x", frame, scale=100, effects="none", inference="hc1")
    >>> estimate.params.round(8).to_dict()
    {'Intercept': -1.0, 'x': 0.5}
    """
    check_option("effects", effects, Effects)
    check_option("unbalanced", unbalanced, Unbalanced)
    rule = _inference(inference)
    frame, known, checksum = frame_of(data)
    parsed = _refuse_transformed(parse_formula(formula))
    cases = design(parsed, frame, known, years=years)
    sample = _as_share(Sample.of(cases), str(parsed.lhs), scale)
    full, n_shown, device = _columns(sample, effects.split("+"), unbalanced)
    regression, solution, steps = _maximise(full)
    spread = covariance(regression, solution, rule, clusters_of(sample, frame, rule))
    labels = full.names[:n_shown]
    return Estimate(
        params=pd.Series(solution.beta[:n_shown], index=list(labels), name="estimate"),
        covariance=_shown(spread, labels),
        spec=Spec(
            str(parsed),
            str(Estimator("fractional-logit", scale=scale)),
            effects,
            str(rule),
            "all years" if years is None else f"{years[0]}–{years[1]}",
        ),
        panel_checksum=checksum,
        diagnostics={
            **_describe(full, solution.beta),
            "iterations": steps,
            "scale": scale,
            "device": device,
            "n_incomplete": cases.incomplete,
            "n_undefined_logs": sum(cases.undefined.values()),
            **_conventions(spread),
        },
        df=float(spread.df),
        native=Fractional(
            sample,
            regression,
            solution,
            spread,
            *_factors(parsed, frame, sample),
            cases.levels,
            parsed,
            frame,
            np.unique(sample.years)[1:] if "year" in effects else np.zeros(0, dtype=np.int64),
            n_shown,
            float(scale),
        ),
    )


def marginal_effects(
    estimate: Estimate,
    *,
    with_respect_to: With = "term",
    names: Sequence[str] | None = None,
    level: float = LEVELS[0],
) -> pd.DataFrame:
    """Average partial effects on the outcome, in its own units (percentage points with scale 100).

    The effect of v is the mean over the sample's rows of scale · μ(1 − μ) · ∂(xβ)/∂v, interactions included and
    region means held (Papke & Wooldridge 2008). Dummies C(…) have the mean change from the level left out. Errors are
    by the delta method from the estimate's covariance, the rows taken as given, as in Stata's margins; intervals use
    its t distribution.

    Parameters
    ----------
    estimate : from `fractional_logit`.
    with_respect_to : "term" takes variables as the formula writes them, ln(x) for ln x; "variable" takes the
        derivative by x itself for ln(x) and logit(x), lagged or not, and sums over the terms that hold x.
    names : effects wanted, as the first column would name them; None gives all.
    level : of the intervals.

    Returns
    -------
    one row an effect: term, estimate, std_error, conf_low, conf_high

    Raises
    ------
    EstimationError : an estimate of another estimator, or a negative variance from two-way clusters.
    UnknownNameError : a name that has no effect here.
    OptionError : an option that does not exist.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([range(40), range(2000, 2006)], names=["region", "year"])
    >>> x = np.random.default_rng(1).normal(size=240)
    >>> frame = pd.DataFrame({"x": np.exp(x), "pct": 100 / (1 + np.exp(1 - 0.5 * x))}, index=index)
    >>> estimate = fractional_logit("pct ~ ln(x)", frame, scale=100, effects="none", inference="hc1")
    >>> effects = marginal_effects(estimate)
    >>> effects["term"].item(), round(effects["estimate"].item(), 2)
    ('ln(x)', 9.44)
    """
    check_option("with_respect_to", with_respect_to, With)
    if not 0 < level < 1:
        raise OptionError(f"level cannot be {level}", advice="Give a number between 0 and 1, such as 0.95")
    native = estimate.native
    if not isinstance(native, Fractional):
        raise EstimationError(
            f"partial effects are those of a fractional logit, not of {estimate.spec.estimator!r}",
            advice="In a linear model the coefficients are the partial effects",
        )
    effects = dict(_partial_effects(native, with_respect_to))
    chosen = list(effects) if names is None else list(names)
    for name in chosen:
        if name not in effects:
            raise UnknownNameError.of("effect", name, effects)
    jacobian = np.array([effects[name][1] for name in chosen]).reshape(len(chosen), len(native.data.names))
    values = np.array([effects[name][0] for name in chosen])
    variances = np.einsum("ij,jk,ik->i", jacobian, native.covariance.matrix, jacobian)
    if (variances < 0).any():
        raise EstimationError(
            f"two-way clustering gives the effect of {chosen[int(variances.argmin())]} a negative variance",
            advice="Cluster by one dimension",
        )
    errors = np.sqrt(variances)
    reach = float(stats.t.ppf(0.5 + level / 2, float(np.min(estimate.df)))) * errors
    return pd.DataFrame(
        {
            "term": chosen,
            "estimate": values,
            "std_error": errors,
            "conf_low": values - reach,
            "conf_high": values + reach,
        }
    )


def _inference(inference: Inference | str) -> Inference:
    rule = parse_inference(inference) if isinstance(inference, str) else inference
    match rule:
        case Classical() | DriscollKraay() | Robust("HC0" | "HC1") | Clustered(small_sample="CR0" | "CR1" | "CR1S"):
            return rule
    raise OptionError(
        f"inference {rule} does not apply to a fractional logit",
        advice="Use cluster:region, cluster:region:CR0, cluster:region:CR1, hc0, hc1, iid or dk",
    )


def _shown(spread: Covariance, names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(spread.matrix[: len(names), : len(names)], index=list(names), columns=list(names))


def _conventions(spread: Covariance) -> dict[str, float | int | str]:
    """What the errors add to the diagnostics."""
    rank = {} if spread.rank is None or spread.rank == len(spread.matrix) else {"covariance_rank": spread.rank}
    return {"small_sample_factor": spread.factor, "convention": spread.convention, **rank}


def _refuse_transformed(formula: Formula) -> Formula:
    if isinstance(formula.lhs, Call) and formula.lhs.function not in ("lag", "lead"):
        raise FormulaError(
            f"the outcome of a fractional logit is a share, not {formula.lhs}",
            advice=f"Write {formula.lhs.argument} ~ …, with scale=100 for per cent",
        )
    return formula


def _as_share(sample: Sample, name: str, scale: float) -> Sample:
    if not (math.isfinite(scale) and scale > 0):
        raise OptionError(f"scale cannot be {scale}", advice="Give 1 for shares, 100 for per cent")
    outside = (sample.y < 0) | (sample.y > scale)
    if outside.any():
        first = int(outside.argmax())
        region, year = sample.index[first]
        raise EstimationError(
            f"{name} is {sample.y[first]:g}, outside [0, {scale:g}], in {int(outside.sum())} rows, the first",
            where=f"{region}, {year}",
            advice="Mend those values, or give scale=100 for per cent",
        )
    for end in (0.0, scale):
        if (sample.y == end).all():
            raise EstimationError(f"{name} is {end:g} in every row", advice="Take other regions or years")
    return replace(sample, y=sample.y / scale)


def _columns(sample: Sample, effects: Sequence[str], unbalanced: Unbalanced) -> tuple[Sample, int, str]:
    """All columns, those to be shown first, with the number of these and words on the region effects."""
    plain = with_intercept(sample)
    dummies = _year_dummies(sample) if "year" in effects else {}
    dated = _joined(plain, dummies)
    solve(_problem(dated, dated.y, np.ones(len(dated.y))))  # refuses collinear columns by name
    if "region" not in effects:
        return dated, len(plain.names), "none"
    means, basis = _new(_means(dict(zip(sample.names, sample.X.T, strict=True)), sample.units), _basis(dated.X))
    extra = _means(dummies, sample.units)
    if unbalanced == "counts":
        extra |= _counts(sample, means)
    extra, _ = _new(extra, basis)
    shown = _joined(plain, means)
    device = f"{len(means)} region means, {len(extra)} further columns ({unbalanced})"
    return _joined(shown, dummies | extra), len(shown.names), device


def _year_dummies(sample: Sample) -> dict[str, Floats]:
    name = sample.index.names[1] or "year"
    return {f"C({name})[{year}]": (sample.years == year).astype(np.float64) for year in np.unique(sample.years)[1:]}


def _means(columns: Mapping[str, Floats], units: Codes) -> dict[str, Floats]:
    ones = np.ones(len(units))
    return {f"mean({name})": group_means(column[:, None], units, ones)[units, 0] for name, column in columns.items()}


def _counts(sample: Sample, means: Mapping[str, Floats]) -> dict[str, Floats]:
    """Dummies of each number of years but the one most regions have, and their products with the means."""
    sizes = np.bincount(sample.units)
    numbers, regions = np.unique(sizes, return_counts=True)
    columns: dict[str, Floats] = {}
    for number in numbers[numbers != numbers[::-1][regions[::-1].argmax()]]:
        dummy = (sizes[sample.units] == number).astype(np.float64)
        columns[f"C(n_years)[{number}]"] = dummy
        columns |= {f"C(n_years)[{number}]:{name}": dummy * mean for name, mean in means.items()}
    return columns


def _joined(sample: Sample, columns: Mapping[str, Floats]) -> Sample:
    return replace(sample, X=np.column_stack([sample.X, *columns.values()]), names=(*sample.names, *columns))


def _basis(columns: Floats) -> Floats:
    return np.linalg.qr(columns / np.linalg.norm(columns, axis=0))[0]


def _new(columns: Mapping[str, Floats], basis: Floats) -> tuple[dict[str, Floats], Floats]:
    """Those columns that are no combination of the basis and those before them, and the basis with them."""
    kept: dict[str, Floats] = {}
    for name, column in columns.items():
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        if np.linalg.norm(left) > COLLINEAR * np.linalg.norm(column):
            kept[name] = column
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
    return kept, basis


def _problem(sample: Sample, y: Floats, weights: Floats) -> Transformed:
    norms = np.linalg.norm(sample.X, axis=0)
    return Transformed(y, sample.X, sample.names, sample.units, sample.years, weights, (), np.zeros_like(norms))


def _maximise(sample: Sample) -> tuple[Transformed, Solution, int]:
    """Newton's method with halved steps; each step is a weighted least-squares problem."""
    y, X = sample.y, sample.X
    _refuse_separation(sample)
    beta = np.zeros(len(sample.names))
    beta[0] = np.log(y.mean() / (1 - y.mean()))
    reached = _log_likelihood(y, X @ beta)
    for step in range(1, MAX_STEPS + 1):
        mu = expit(X @ beta)
        weights = _variance(mu)
        regression = _problem(sample, (y - mu) / weights, weights)
        solution = solve(regression)
        change = solution.beta
        if float(weights @ (X @ change) ** 2) <= CONVERGED * len(y):
            return replace(regression, y=regression.y + X @ beta), replace(solution, beta=beta), step - 1
        value = _log_likelihood(y, X @ (beta + change))
        while not value >= reached - 1e-13 * abs(reached) and np.abs(change).max() > 0:
            change = change / 2
            value = _log_likelihood(y, X @ (beta + change))
        beta, reached = beta + change, value
    raise EstimationError(
        f"the quasi-likelihood has no maximum after {MAX_STEPS} steps",
        advice="Look for regressors of extreme values, or use fewer terms",
    )


def _variance(mu: Floats) -> Floats:
    """μ(1 − μ), never zero, so that rows far out keep a finite working residual."""
    return np.maximum(mu * (1 - mu), 1e-300)


def _log_likelihood(y: Floats, index: Floats) -> float:
    return float(y @ index - np.logaddexp(0, index).sum())


def _refuse_separation(sample: Sample) -> None:
    """Refuse a direction along which the likelihood rises for ever, found by linear programming (Konis 2007).

    Rows with 0 < y < 1 hold every direction in which they vary, so only the null space of theirs is searched.
    """
    inner = (sample.y > 0) & (sample.y < 1)
    X = sample.X / np.abs(sample.X).max(axis=0)
    space = null_space(np.linalg.qr(X[inner], mode="r"), rcond=COLLINEAR) if inner.any() else np.eye(X.shape[1])
    if not space.shape[1]:
        return
    outer = np.where(sample.y[~inner] == 1, 1.0, -1.0)[:, None] * X[~inner] @ space
    found = linprog(-outer.sum(axis=0), A_ub=-outer, b_ub=np.zeros(len(outer)), bounds=(-1, 1))
    way = np.asarray(found.x, dtype=np.float64)
    gains = outer @ way
    if gains.max() <= SEPARATED:
        return
    rows = np.flatnonzero(~inner)[gains > SEPARATED]
    direction = np.abs(space @ way)
    names = [name for name, part in zip(sample.names, direction, strict=True) if part > 1e-6 * direction.max()]
    shown = ", ".join(names[:MAX_NAMES]) + (f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else "")
    region, year = sample.index[rows[0]]
    raise EstimationError(
        f"separation by {shown}: {len(rows)} outcomes of 0 or 1 are told for certain, the first",
        where=f"{region}, {year}",
        advice="Leave out those terms, rows or effects",
    )


def _describe(sample: Sample, beta: Floats) -> dict[str, float | int | str]:
    y, mu, n = sample.y, expit(sample.X @ beta), len(sample.y)
    reached, centre = _log_likelihood(y, sample.X @ beta), y.mean()
    alone = _log_likelihood(y, np.full(n, np.log(centre / (1 - centre))))
    total = float(((y - centre) ** 2).sum())
    df = n - len(beta)
    return {
        "n_obs": n,
        "n_regions": len(np.unique(sample.units)),
        "n_years": len(np.unique(sample.years)),
        "first_year": int(sample.years.min()),
        "last_year": int(sample.years.max()),
        "df_resid": df,
        "n_coefficients": len(beta),
        "n_zeros": int((y == 0).sum()),
        "n_ones": int((y == 1).sum()),
        "r2": 1 - float(((y - mu) ** 2).sum()) / total if total > 0 else float("nan"),
        "pseudo_r2_mcfadden": 1 - reached / alone,
        "log_quasi_likelihood": reached,
        "dispersion": float(((y - mu) ** 2 / _variance(mu)).sum()) / df,
    }


def _factors(
    formula: Formula, frame: pd.DataFrame, sample: Sample
) -> tuple[dict[Name | Call, Floats], dict[Categorical, NDArray[np.object_]]]:
    """Values (n,) of the numeric and of the categorical factors on the sample's rows."""
    columns = Columns(frame)
    numeric: dict[Name | Call, Floats] = {}
    labels: dict[Categorical, NDArray[np.object_]] = {}
    for factor in elementary_factors(formula.expanded):
        if isinstance(factor, Categorical):
            labels[factor] = columns.labels(factor).loc[sample.index].to_numpy(dtype=object)
        else:
            numeric[factor] = columns.series(factor).loc[sample.index].to_numpy(dtype=np.float64)
    return numeric, labels


Effect = tuple[float, Floats]


def _partial_effects(native: Fractional, with_respect_to: With) -> Iterator[tuple[str, Effect]]:
    """Names, effects and their derivatives by the coefficients (K,)."""
    slopes: dict[str, Floats] = {}
    for factor, values in native.numeric.items():
        slope = _slope(native, factor)
        target: Name | Call = factor
        if with_respect_to == "variable":
            target, chain = _inner(factor, values)
            slope = slope * chain[:, None]
        slopes[str(target)] = slopes.get(str(target), np.zeros_like(slope)) + slope
    for name, slope in slopes.items():
        yield name, _average_slope(native, slope)
    for categorical in native.labels:
        yield from _changes(native, categorical)


def _slope(native: Fractional, factor: Name | Call) -> Floats:
    """∂X/∂factor, (n, K)."""
    slope, places = np.zeros_like(native.data.X), _places(native)
    if str(factor) in places:
        slope[:, places[str(factor)]] = 1.0
    for term in native.formula.expanded:
        if isinstance(term, Interaction):
            for name, left, right in _products(native, term, native.labels):
                slope[:, places[name]] = (term.left == factor) * right + (term.right == factor) * left
    return slope


def _places(native: Fractional) -> dict[str, int]:
    """Places of the formula's columns."""
    return {name: 1 + place for place, name in enumerate(native.sample.names)}


def _parts(native: Fractional, factor: Factor, labels: Mapping[Categorical, NDArray[np.object_]]) -> dict[str, Floats]:
    """A numeric factor, or the dummies of all levels of a categorical one, by name."""
    if not isinstance(factor, Categorical):
        return {str(factor): native.numeric[factor]}
    values = labels[factor]
    return {f"{factor}[{level}]": (values == level).astype(np.float64) for level in native.levels[factor]}


def _products(
    native: Fractional, term: Interaction, labels: Mapping[Categorical, NDArray[np.object_]]
) -> Iterator[tuple[str, Floats, Floats]]:
    """Names and the two factors (n,) of those columns of an interaction that the formula has."""
    left, right = _parts(native, term.left, labels), _parts(native, term.right, labels)
    names = set(native.sample.names)
    return ((f"{a}:{b}", left[a], right[b]) for a in left for b in right if f"{a}:{b}" in names)


def _inner(factor: Name | Call, values: Floats) -> tuple[Name | Call, Floats]:
    """The variable under logarithms and lags, and ∂factor/∂variable (n,); changes are left as they are."""
    if isinstance(factor, Name) or factor.function in ("d", "diff_log"):
        return factor, np.ones_like(values)
    if factor.function in ("lag", "lead"):
        inner, chain = _inner(factor.argument, values)
        return Call(factor.function, inner, factor.first, factor.last), chain
    level = np.exp(values) if factor.function == "ln" else 100 * expit(values)
    inner, chain = _inner(factor.argument, level)
    return inner, chain * (1 / level if factor.function == "ln" else 100 / (level * (100 - level)))


def _average_slope(native: Fractional, slope: Floats) -> Effect:
    mu, along = native.fitted, slope @ native.solution.beta
    density = native.scale * mu * (1 - mu)
    curvature = density * (1 - 2 * mu) * along
    return float((density * along).mean()), (density[:, None] * slope + curvature[:, None] * native.data.X).mean(axis=0)


def _changes(native: Fractional, categorical: Categorical) -> Iterator[tuple[str, Effect]]:
    base, *levels = native.levels[categorical]
    before, at_base = _mean_outcome(native, categorical, base)
    for level in levels:
        after, at_level = _mean_outcome(native, categorical, level)
        yield f"{categorical}[{level}]", (after - before, at_level - at_base)


def _mean_outcome(native: Fractional, categorical: Categorical, level: object) -> Effect:
    """Mean outcome if every row had one level, and its derivatives by the coefficients."""
    labels = {**native.labels, categorical: np.full(len(native.sample.y), level, dtype=object)}
    X, places = native.data.X.copy(), _places(native)
    for name, dummy in _parts(native, categorical, labels).items():
        if name in places:
            X[:, places[name]] = dummy
    for term in native.formula.expanded:
        if isinstance(term, Interaction):
            for name, left, right in _products(native, term, labels):
                X[:, places[name]] = left * right
    mu = expit(X @ native.solution.beta)
    return float(native.scale * mu.mean()), native.scale * ((mu * (1 - mu))[:, None] * X).mean(axis=0)
