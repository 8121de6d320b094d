"""A spatial panel model by maximum likelihood, as an Estimate: lag (SAR), error (SEM), Durbin (SDM)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.core.design import Design
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.hypothesis import Hypothesis, wald
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.demean import effect_rank
from regional_econ.panel.estimators import Sample, fixed_effects
from regional_econ.panel.inference_rules import check_inference
from regional_econ.panel.inference_text import inference_of
from regional_econ.panel.least_squares import refuse_constant, solve
from regional_econ.panel.methods import parse_estimator
from regional_econ.panel.spatial.lattice import Lattice, without_effects
from regional_econ.panel.spatial.likelihood import Maximum, Problem, maximised
from regional_econ.panel.variance_components import refuse_exact_fit

SpatialKind = Literal["sar", "sem", "sdm"]
COEFFICIENT = {"sar": "rho", "sdm": "rho", "sem": "lambda"}


@dataclass(frozen=True)
class SpatialModel:
    """What stands behind a spatial estimate (`Estimate.native`).

    Attributes
    ----------
    lattice : the balanced panel, spatial lags included.
    maximum : of the likelihood.
    outcome : the left-hand side.
    """

    lattice: Lattice
    maximum: Maximum
    outcome: str

    @property
    def neighbours(self) -> SpatialWeights:
        """The weights among the units used."""
        return self.lattice.weights

    @property
    def sample(self) -> Sample:
        """The rows used."""
        return self.lattice.sample

    def vcov(self, estimate: Estimate, inference: object) -> Estimate:
        """Return the estimate, whose only errors are those of the information matrix."""
        check_inference(parse_estimator(estimate.spec.estimator), inference_of(inference))
        return estimate

    def predict(self, estimate: Estimate, data: pd.DataFrame | None) -> pd.Series:
        """Return fitted values of the sample, given the neighbours' outcomes (of sem: their errors)."""
        if data is not None:
            raise EstimationError(
                f"{estimate.spec.estimator} predicts for the sample only: other rows lack their neighbours",
                advice="Use spatial_effects or spillovers for what a change does",
            )
        fitted = self.sample.y - self.lattice.rows(self.maximum.residuals)
        return pd.Series(fitted, index=self.sample.index, name=self.outcome)

    def test(self, estimate: Estimate, hypothesis: Hypothesis) -> HypothesisTest:
        """Test linear equations by the information matrix."""
        return wald(hypothesis, estimate.params.to_numpy(), estimate.covariance.to_numpy(), np.inf)


def spatial_regression(
    cases: Design,
    lattice: Lattice,
    spec: Spec,
    checksum: str,
    *,
    kind: SpatialKind,
    effects: tuple[str, ...],
    transformed: bool,
) -> Estimate:
    """Estimate a spatial panel model with fixed effects.

    sar: y = ρWy + Xβ + effects + ε; sem: y = Xβ + effects + u, u = λWu + ε; sdm: sar with WX beside. Coefficients are
    no effects where there is ρ: see `spatial.effects`. Demeaning (Elhorst) treats the effects as parameters; with
    region and year effects its ρ is biased by about 1/T and 1/n, which Lee and Yu's contrasts mend. With region effects
    alone both give one ρ and β, and differ by T/(T − 1) in σ². The bias grows with the density of W: with flows between
    all regions it is large. The direct estimate with a bias correction (Lee & Yu's other answer) is not offered: it
    needs rows that add up to one too, and equals the contrasts but for what is of smaller order. Standard errors assume
    ε independent with one variance; where errors last within a region
    they are too small, and slx with clustered or Conley errors shows by how much.

    Source: Elhorst (2014, Spatial Econometrics, 3.3); Lee & Yu (2010, J. Econometrics 154). Held against spatialreg
    1.2-6 with dummies and on Lee and Yu's contrasts of Munnell's data, and spreg 1.9 (tests/panel/test_spatial.py).

    Parameters
    ----------
    cases, lattice : the formula's complete cases, and the balanced panel that is used of them.
    spec, checksum : what the estimate says of itself.
    transformed : True for Lee and Yu's contrasts.

    Raises
    ------
    OptionError : contrasts over units of weights whose rows do not add up to one.
    EstimationError : collinear terms, a perfect fit, no maximum in the stable range.
    """
    if transformed and "year" in effects and not lattice.weights.is_mean:
        raise OptionError(
            f"Lee and Yu's contrasts need rows of weights that add up to one, which {lattice.weights} lack",
            advice="Use nearest or distance weights in row form, or the estimator without lee-yu",
        )
    used = lattice.with_lags() if kind == "sdm" else lattice
    regression = fixed_effects(used.sample, effects)
    refuse_constant(used.sample.y, regression)
    rest = solve(regression).residuals
    refuse_exact_fit(regression.y, float(rest @ rest))
    problem = Problem(used.cube(used.sample.y), used.cube(used.sample.X), used.weights, effects, transformed)
    found = maximised(problem, "error" if kind == "sem" else "lag")
    labels = [*used.sample.names, COEFFICIENT[kind]]
    low, high = used.weights.stable_range
    total = float((without_effects(problem.y, effects) ** 2).sum())
    n, k = used.sample.X.shape
    diagnostics: dict[str, float | int | str] = {
        "n_obs": n,
        "n_regions": len(used.weights.units),
        "n_years": used.n_years,
        "first_year": int(used.sample.years.min()),
        "last_year": int(used.sample.years.max()),
        "df_resid": n - k - 1 - effect_rank(regression.absorbed),
        "r2": 1 - float((found.residuals**2).sum()) / total,
        "sigma2": found.sigma2,
        "log_likelihood": found.log_likelihood,
        "stable_low": low,
        "stable_high": high,
        **lattice.described(),
        "n_incomplete": cases.incomplete,
        "n_undefined_logs": sum(cases.undefined.values()),
        "convention": f"information matrix of {problem.size} {'contrasts' if transformed else 'rows'}; normal",
    }
    return Estimate(
        params=pd.Series([*found.beta, found.rho], index=labels, name="estimate"),
        covariance=pd.DataFrame(found.covariance, index=labels, columns=labels),
        spec=spec,
        panel_checksum=checksum,
        diagnostics=diagnostics,
        native=SpatialModel(used, found, str(cases.outcome)),
    )


def native_weights(native: object) -> SpatialWeights | None:
    """The weights behind an estimate, where it has some."""
    found = getattr(native, "neighbours", None)
    return found if isinstance(found, SpatialWeights) else None
