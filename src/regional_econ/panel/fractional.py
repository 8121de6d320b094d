"""What moves a share? Fractional logit on panels by Bernoulli quasi-likelihood; its partial effects are in `margins`.

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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from regional_econ._base.errors import EstimationError, FormulaError, OptionError
from regional_econ._base.options import check_option
from regional_econ.core.design import design, regressors
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.formula import parse_formula
from regional_econ.core.hypothesis import Hypothesis, wald
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.core.terms import Call, Categorical, Formula
from regional_econ.panel.covariance import Covariance, covariance
from regional_econ.panel.demean import Floats
from regional_econ.panel.estimators import Sample
from regional_econ.panel.frames import clusters_of, frame_of
from regional_econ.panel.inference import Classical, Clustered, DriscollKraay, Inference, Robust
from regional_econ.panel.inference_text import parse_inference
from regional_econ.panel.least_squares import Solution, Transformed
from regional_econ.panel.margins import Outcome, SingleIndex, coding_of, logistic
from regional_econ.panel.methods import Effects, Estimator
from regional_econ.panel.mundlak_columns import Unbalanced, mundlak_columns
from regional_econ.panel.quasi_likelihood import bernoulli_variance, log_likelihood, maximised


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

    def freedom(self, contrasts: Floats) -> Floats:
        """Return degrees of freedom of the t distribution of contrasts (q, K): (q,), all the same."""
        return np.full(len(contrasts), float(self.covariance.df))

    def single_index(self, estimate: Estimate, outcome: Outcome) -> SingleIndex:
        """Return the model on the sample's rows; its outcome is always the share times scale."""
        X, beta, n = self.data.X, self.solution.beta, len(self.sample.y)
        columns = pd.DataFrame(self.sample.X, index=self.sample.index, columns=list(self.sample.names))
        return SingleIndex(
            coding_of(self.formula, self.frame, columns, self.levels),
            {name: 1 + place for place, name in enumerate(self.sample.names)},
            X,
            beta,
            X @ beta,
            X,
            logistic(self.scale),
            np.full(n, 1 / n),
        )

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

    Source: Papke & Wooldridge (1996, J. Applied Econometrics 11); Papke & Wooldridge (2008, J. Econometrics 145);
    Wooldridge (2019, J. Econometrics 211). Held against R's glm(quasibinomial) with sandwich 3.0.2, statsmodels' GLM
    and the leaf blotch of McCullagh & Nelder (tests/panel/test_fractional.py).

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
    full, n_shown, device = mundlak_columns(sample, effects.split("+"), unbalanced)
    regression, solution, steps = maximised(full)
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
            cases.levels,
            parsed,
            frame,
            np.unique(sample.years)[1:] if "year" in effects else np.zeros(0, dtype=np.int64),
            n_shown,
            float(scale),
        ),
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


def _describe(sample: Sample, beta: Floats) -> dict[str, float | int | str]:
    y, mu, n = sample.y, expit(sample.X @ beta), len(sample.y)
    reached, centre = log_likelihood(y, sample.X @ beta), y.mean()
    alone = log_likelihood(y, np.full(n, np.log(centre / (1 - centre))))
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
        "dispersion": float(((y - mu) ** 2 / bernoulli_variance(mu)).sum()) / df,
    }
