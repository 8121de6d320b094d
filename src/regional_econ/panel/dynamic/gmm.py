"""From a formula to an Estimate by GMM, and what stands behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.formula import parse_formula
from regional_econ.core.hypothesis import Hypothesis, wald
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.panel import Panel
from regional_econ.panel.dynamic.equations import Equations
from regional_econ.panel.dynamic.moment_tests import arellano_bond_of, hansen_of, sargan_of
from regional_econ.panel.dynamic.moments import moments_of
from regional_econ.panel.dynamic.options import GmmOptions
from regional_econ.panel.dynamic.two_step import Errors, GmmFit, two_step_gmm
from regional_econ.panel.frames import frame_of
from regional_econ.panel.inference import Classical, Efficient, Inference, Windmeijer
from regional_econ.panel.inference_rules import check_inference
from regional_econ.panel.inference_text import inference_of
from regional_econ.panel.methods import Effects, Estimator, parse_estimator

_CONVENTIONS: dict[Errors, str] = {
    "iid": "one step, errors of one variance; normal",
    "robust": "one step, clustered by region, no factor; normal",
    "efficient": "two-step, without correction: too small in samples; normal",
    "windmeijer": "two-step, corrected by Windmeijer (2005); normal",
}
_OF_ERRORS = ("ar1", "ar1_p", "ar2", "ar2_p", "convention")


@dataclass(frozen=True, slots=True)
class GmmModel:
    """What stands behind a GMM estimate (`Estimate.native`), a `core.estimate.Model`.

    Attributes
    ----------
    fit : both steps, with rows and instruments.
    outcome : the formula's left-hand side.
    steps : of the estimate.
    errors : of its covariance.
    """

    fit: GmmFit
    outcome: str
    steps: int
    errors: Errors

    def vcov(self, estimate: Estimate, inference: object) -> Estimate:
        """Return the estimate with other errors."""
        rule = inference_of(inference)
        check_inference(parse_estimator(estimate.spec.estimator), rule)
        found = replace(self, errors=_errors(rule, self.fit))
        kept = {key: value for key, value in estimate.diagnostics.items() if key not in _OF_ERRORS}
        return replace(
            estimate,
            covariance=found.shown_covariance(),
            spec=replace(estimate.spec, inference=str(rule)),
            diagnostics={**kept, **found.of_errors()},
            native=found,
        )

    def predict(self, estimate: Estimate, data: pd.DataFrame | None) -> pd.Series:
        """Return Xβ of the sample: of its changes (gmm-diff), or of its levels without region effects (gmm-system)."""
        if data is not None:
            raise EstimationError("GMM predicts for the sample only", advice="Use fe to predict")
        rows = self.fit.rows
        fitted = rows.X @ self.fit.step(self.steps).beta
        if rows.system:
            return pd.Series(fitted[len(rows.later) :], index=rows.sample.index, name=self.outcome)
        return pd.Series(fitted, index=rows.sample.index[rows.later], name=self.outcome)

    def test(self, estimate: Estimate, hypothesis: Hypothesis) -> HypothesisTest:
        """Wald test with the estimate's covariance."""
        found = wald(hypothesis, estimate.params.to_numpy(), estimate.covariance.to_numpy(), float("inf"))
        return replace(found, note=f"Errors: {_CONVENTIONS[self.errors]}.")

    def shown_covariance(self) -> pd.DataFrame:
        """Covariance of the formula's terms, and of a system's intercept."""
        shown = _shown(self.fit.rows)
        labels = [self.fit.rows.names[place] for place in shown]
        return pd.DataFrame(self.fit.covariance(self.errors)[np.ix_(shown, shown)], index=labels, columns=labels)

    def of_errors(self) -> dict[str, float | int | str]:
        """Diagnostics that change with the errors."""
        found: dict[str, float | int | str] = {}
        for order in (1, 2):
            test = arellano_bond_of(self.fit, self.steps, self.errors, order)
            if np.isfinite(test.p_value):
                found |= {f"ar{order}": test.statistic, f"ar{order}_p": test.p_value}
        return found | {"convention": _CONVENTIONS[self.errors]}


def gmm_estimate(
    formula: str,
    data: Panel | pd.DataFrame,
    *,
    estimator: Estimator,
    effects: Effects,
    inference: Inference,
    years: tuple[int, int] | None,
    breaks: tuple[int, ...] = (),
) -> Estimate:
    """Difference or system GMM of a formula with the outcome's past among its terms.

    That past is instrumented by the outcome two years back and more; other terms instrument themselves unless a
    `gmm(…)` set of the estimator's options names their variable. Effects of regions go with the differences (in a
    system they are part of the error, uncorrelated with the instruments in levels: changes that do not depend on the
    region effect, Blundell & Bond 1998); year effects are dummies, exact in both. A missing instrument is zero, as
    elsewhere, so the unit of a logged outcome matters on an unbalanced panel and in a system.

    Source: Arellano & Bond (1991, Review of Economic Studies 58); Blundell & Bond (1998, J. Econometrics 87);
    Windmeijer (2005, J. Econometrics 126); Roodman (2009, Stata Journal 9). Held against Arellano & Bond's Table 4,
    Windmeijer's Table 2, plm 2.6-2 in 13 cases and pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py).

    Parameters
    ----------
    formula, data, effects, years : as in `fit`.
    estimator : gmm-diff or gmm-system with its options.
    inference : windmeijer or efficient for two steps; cluster:region:CR0 for one, or iid in
        differences (errors in levels hold the region effect and are never iid).
    breaks : first years of new methods: no difference into them, and no row whose lagged outcome is of another method.

    Returns
    -------
    Estimate
        Diagnostics: n_obs (differences, or a system's rows in levels), n_differences, n_regions, n_years, first_year,
        last_year, df_resid, n_instruments, n_redundant, overidentified, sargan with sargan_p (Arellano & Bond's
        convention), hansen with hansen_p, or hansen_refused where instruments exceed regions, ar1, ar2 with their p,
        n_gaps (pairs of neighbouring rows of a region that are not consecutive years, as across a break), convention.

    Raises
    ------
    EstimationError, FormulaError, OptionError, UnknownNameError, DataError : as `fit`.
    """
    options = estimator.dynamic
    if not isinstance(options, GmmOptions):
        raise OptionError(f"{estimator} has no instruments", advice="Use gmm-diff or gmm-system")
    check_inference(estimator, inference)
    frame, known, checksum = frame_of(data)
    parsed = parse_formula(formula)
    cases, rows, columns = moments_of(
        parsed, frame, known, options,
        system=estimator.kind == "gmm-system", year_effects="year" in effects, years=years, breaks=breaks,
    )  # fmt: skip
    found = two_step_gmm(rows, columns)
    model = GmmModel(found, str(parsed.lhs), options.steps, _errors(inference, found))
    shown = _shown(rows)
    span = "all years" if years is None else f"{years[0]}–{years[1]}"
    if breaks:
        span += f", no difference into {', '.join(map(str, breaks))}"
    return Estimate(
        params=pd.Series(
            found.step(options.steps).beta[shown], index=[rows.names[place] for place in shown], name="estimate"
        ),
        covariance=model.shown_covariance(),
        spec=Spec(str(parsed), str(estimator), effects, str(inference), span, None, _counted(columns.groups)),
        panel_checksum=checksum,
        diagnostics={
            **_described(found, options.steps),
            "n_incomplete": cases.incomplete,
            "n_undefined_logs": sum(cases.undefined.values()),
            **model.of_errors(),
        },
        native=model,
    )


def _described(found: GmmFit, steps: int) -> dict[str, float | int | str]:
    rows = found.rows
    n = len(rows.levels) if rows.system else len(rows.later)
    apart = (np.diff(rows.sample.units) == 0) & (np.diff(rows.sample.years) > 1)
    hansen, sargan = hansen_of(found), sargan_of(found, steps, "arellano-bond")
    about: dict[str, float | int | str] = {
        "n_obs": n,
        "n_differences": len(rows.later),
        "n_regions": found.n_regions,
        "n_years": len(np.unique(rows.years)),
        "first_year": int(rows.years.min()),
        "last_year": int(rows.years.max()),
        "df_resid": n - len(rows.names),
        "n_instruments": found.n_instruments,
        "n_redundant": found.columns.redundant,
        "overidentified": found.overidentified,
        "n_gaps": int(apart.sum()),
    }
    if found.overidentified:
        about |= {"sargan": sargan.statistic, "sargan_p": sargan.p_value, "hansen": hansen.statistic}
        about |= {"hansen_refused": hansen.note} if np.isnan(hansen.p_value) else {"hansen_p": hansen.p_value}
    return about


def _shown(rows: Equations) -> list[int]:
    """Places of the intercept of a system and of the formula's terms."""
    terms = range(rows.n_shown - rows.system)
    return [rows.n_shown - 1, *terms] if rows.system else [*terms]


def _errors(rule: Inference, found: GmmFit) -> Errors:
    """The covariance that a rule names; clusters are the regions.

    Raises
    ------
    OptionError : other clusters.
    """
    match rule:
        case Classical():
            return "iid"
        case Efficient():
            return "efficient"
        case Windmeijer():
            return "windmeijer"
    by = getattr(rule, "by", "")
    if by not in ("region", found.rows.sample.index.names[0]):
        raise OptionError(f"GMM sums moments by region, not by {by!r}", advice="Use cluster:region:CR0")
    return "robust"


def _counted(groups: Sequence[str]) -> str:
    return "; ".join(f"{group}: {count}" for group, count in Counter(groups).items())
