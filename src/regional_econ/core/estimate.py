"""What was estimated and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import LEVELS
from regional_econ.core.hypothesis import Hypothesis, parse_hypothesis, wald
from regional_econ.core.hypothesis_test import HypothesisTest


@dataclass(frozen=True)
class Spec:
    """A regression to the letter: formula, estimator, effects, inference, sample."""

    formula: str
    estimator: str
    effects: str
    inference: str
    sample: str = "all years"
    weights: str | None = None
    instruments: str | None = None

    def __str__(self) -> str:
        return f"{self.formula}; {self.estimator}, effects: {self.effects}, errors: {self.inference}, {self.sample}."


@runtime_checkable
class Model(Protocol):
    """What stands behind an estimate, where the estimator keeps it (`Estimate.native`)."""

    def vcov(self, estimate: Estimate, inference: object) -> Estimate:
        """Return the estimate with other errors."""
        ...

    def predict(self, estimate: Estimate, data: pd.DataFrame | None) -> pd.Series:
        """Return fitted values, of the sample or of other rows."""
        ...

    def test(self, estimate: Estimate, hypothesis: Hypothesis) -> HypothesisTest:
        """Test linear equations as the estimate's inference does."""
        ...


@dataclass(frozen=True)
class Estimate:
    """Coefficients with their covariance.

    Parameters
    ----------
    params : coefficients by term (k,).
    covariance : k × k, same labels.
    spec : what was estimated.
    panel_checksum : SHA-256 of the data.
    diagnostics : n_obs, n_regions, n_years, df_resid, r2 and whatever else the estimator reports.
    df : degrees of freedom of the t distribution, one for all coefficients or a series by term; infinity gives the
        normal one.
    resampled : by term, p_value and conf_low and conf_high at each level (`conf_low95` …), where inference resamples
        instead of trusting t.
    native : what stands behind it: a `Model` where it can be predicted from and tested.
    """

    params: pd.Series
    covariance: pd.DataFrame
    spec: Spec
    panel_checksum: str
    diagnostics: Mapping[str, float | int | str] = field(default_factory=dict)
    df: float | pd.Series = np.inf
    resampled: pd.DataFrame | None = None
    native: object = field(default=None, repr=False, compare=False)

    @property
    def std_errors(self) -> pd.Series:
        """Square roots of the covariance's diagonal."""
        return pd.Series(np.sqrt(np.diag(self.covariance.to_numpy())), index=self.params.index)

    def tidy(self, level: float = LEVELS[0]) -> pd.DataFrame:
        """Return term, estimate, std_error, statistic, p_value, conf_low, conf_high.

        Raises
        ------
        OptionError : a level for which nothing was resampled.
        """
        if not 0 < level < 1:
            raise OptionError(f"level cannot be {level}", advice="Give a number between 0 and 1, such as 0.95")
        errors = self.std_errors.to_numpy()
        params = self.params.to_numpy()
        statistic = np.divide(params, errors, out=np.full(len(params), np.nan), where=errors > 0)
        df = self.df.to_numpy() if isinstance(self.df, pd.Series) else self.df
        reach = stats.t.ppf(0.5 + level / 2, df) * errors
        table = pd.DataFrame(
            {
                "term": [str(term) for term in self.params.index],
                "estimate": params,
                "std_error": errors,
                "statistic": statistic,
                "p_value": 2 * stats.t.sf(np.abs(statistic), df),
                "conf_low": params - reach,
                "conf_high": params + reach,
            }
        )
        if self.resampled is not None:
            ends = [f"conf_low{100 * level:g}", f"conf_high{100 * level:g}"]
            if ends[0] not in self.resampled:
                raise OptionError(f"no intervals of {100 * level:g} % were resampled", advice="Use 0.95 or 0.80")
            table[["p_value", "conf_low", "conf_high"]] = self.resampled[["p_value", *ends]].to_numpy()
        return table

    def glance(self) -> dict[str, float | int | str]:
        """Return one row about the whole estimate; df is the smallest where the coefficients differ."""
        df = float(np.min(self.df))
        return {**self.diagnostics, "df": df if np.isfinite(df) else "inf"}

    def vcov(self, inference: object) -> Estimate:
        """Return the same coefficients with other errors, without estimating again.

        Parameters
        ----------
        inference : an object or text of `panel.inference`, such as "dk" or "cluster:region:CR2".

        Raises
        ------
        OptionError : an inference that does not exist, or does not go with the estimator.
        EstimationError : nothing but the numbers was kept.
        """
        return self._model("other errors").vcov(self, inference)

    def predict(self, data: pd.DataFrame | None = None) -> pd.Series:
        """Return fitted values on the scale of the formula's left-hand side, fixed effects included, random ones not.

        Parameters
        ----------
        data : rows indexed (unit, year) with the formula's variables; the sample itself where none are given.

        Returns
        -------
        series indexed (unit, year), of the complete rows

        Raises
        ------
        EstimationError : a unit or year whose effect was not estimated, or nothing but the numbers was kept.
        """
        return self._model("predictions").predict(self, data)

    def test(self, hypothesis: str) -> HypothesisTest:
        """Test linear equations about the coefficients, with the estimate's own errors.

        Parameters
        ----------
        hypothesis : such as "ln(x) = 0", "a = b" or "a = 0, b - 2*c = 1".

        Raises
        ------
        FormulaError : it cannot be read or names unknown coefficients.
        EstimationError : the covariance is too poor for so many equations.
        """
        parsed = parse_hypothesis(hypothesis, [str(term) for term in self.params.index])
        if isinstance(self.native, Model):
            return self.native.test(self, parsed)
        return wald(parsed, self.params.to_numpy(), self.covariance.to_numpy(), float(np.min(self.df)))

    def _model(self, wanted: str) -> Model:
        if not isinstance(self.native, Model):
            raise EstimationError(
                f"this {self.spec.estimator} estimate keeps too little for {wanted}", advice="Fit it again with that"
            )
        return self.native

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`tidy`."""
        return self.tidy()

    def plot_data(self) -> pd.DataFrame:
        """Return terms with their 80 % and 95 % intervals, as the coefficient figure reads them."""
        wide, narrow = self.tidy(LEVELS[0]), self.tidy(LEVELS[1])
        return pd.DataFrame(
            {
                "term": wide["term"],
                "model": self.spec.estimator,
                "estimate": wide["estimate"],
                "conf_low80": narrow["conf_low"],
                "conf_high80": narrow["conf_high"],
                "conf_low95": wide["conf_low"],
                "conf_high95": wide["conf_high"],
            }
        )

    def summary(self) -> str:
        """Return a table for people."""
        head = [str(self.spec), *(f"{key}: {_short(value)}" for key, value in self.glance().items())]
        body = self.tidy().to_string(index=False, float_format=lambda x: f"{x: .6f}")
        return "\n".join([head[0], " · ".join(head[1:]), "", body])

    def __str__(self) -> str:
        n_obs = self.diagnostics.get("n_obs", "?")
        return f"{len(self.params)} coefficients from {n_obs} observations: {self.spec}"


def _short(value: float | int | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
