"""What was estimated and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.options import LEVELS


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
    df : degrees of freedom of the t distribution; infinity gives the normal one.
    """

    params: pd.Series
    covariance: pd.DataFrame
    spec: Spec
    panel_checksum: str
    diagnostics: Mapping[str, float | int | str] = field(default_factory=dict)
    df: float = np.inf
    native: object = field(default=None, repr=False, compare=False)

    @property
    def std_errors(self) -> pd.Series:
        """Square roots of the covariance's diagonal."""
        return pd.Series(np.sqrt(np.diag(self.covariance.to_numpy())), index=self.params.index)

    def tidy(self, level: float = LEVELS[0]) -> pd.DataFrame:
        """Return term, estimate, std_error, statistic, p_value, conf_low, conf_high."""
        errors = self.std_errors
        statistic = self.params / errors
        reach = float(stats.t.ppf(0.5 + level / 2, self.df)) * errors
        return pd.DataFrame(
            {
                "term": [str(term) for term in self.params.index],
                "estimate": self.params.to_numpy(),
                "std_error": errors.to_numpy(),
                "statistic": statistic.to_numpy(),
                "p_value": 2 * stats.t.sf(np.abs(statistic.to_numpy()), self.df),
                "conf_low": (self.params - reach).to_numpy(),
                "conf_high": (self.params + reach).to_numpy(),
            }
        )

    def glance(self) -> dict[str, float | int | str]:
        """Return one row about the whole estimate."""
        return {**self.diagnostics, "df": float(self.df) if np.isfinite(self.df) else "inf"}

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
