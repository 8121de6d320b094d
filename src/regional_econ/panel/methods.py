"""Which estimator does a text name, what goes with it, and what does it turn the sample into?

| text | estimator | effects |
|---|---|---|
| `pooled` | least squares on all rows | none |
| `between` | least squares on the regions' means | none |
| `fe` | within: effects taken out exactly | region+year, region, year, none |
| `re`, `re:amemiya` | random effects (swamy-arora, wallace-hussain, amemiya, nerlove) | region, year, both |
| `mundlak` | the regions' means as regressors beside (correlated random effects) | none, region, region+year |
| `fd`, `fd:5` | differences over one year or more | year, none |
| `cce` | pooled, free of the yearly averages with loadings of each region's own (common correlated effects) | region |
| `mean-group` | the mean of the regions' own slopes (region+year: demeaned mean group) | region, region+year |
| `cce-mean-group` | the same with the yearly averages beside (CCE mean group) | region |
| `dynamic-cce`, `dynamic-cce:2:jackknife` | the same with a lagged outcome, and lags of the averages | region |
| `swamy` | the regions' own slopes weighted by their precision (random coefficients) | region |
| `pmg` | long-run slopes in common, adjustment and short run each region's own (pooled mean group) | region |
| `interactive`, `interactive:2:corrected` | factors and loadings estimated beside the slopes | as fe |
| `fama-macbeth` | the mean of yearly cross-sections | none |
| `hausman-taylor:a+b` | instrumental random effects, a and b correlated with the region effect | region |
| `amemiya-macurdy:a+b` | the same, each year's exogenous terms as instruments, balanced panels | region |
| `fractional-logit:100` | quasi-likelihood for a share of 100, correlated random effects | as fe |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option
from regional_econ.panel.cce import common_effects
from regional_econ.panel.estimators import (
    Sample,
    between,
    fama_macbeth,
    first_differences,
    fixed_effects,
    pooled,
    with_region_means,
)
from regional_econ.panel.hausman_taylor import hausman_taylor
from regional_econ.panel.heterogeneous.dynamic_cce import dynamic_cce
from regional_econ.panel.heterogeneous.factor_number import Criterion
from regional_econ.panel.heterogeneous.interactive import interactive_effects
from regional_econ.panel.heterogeneous.mean_group import cce_mean_group, mean_group, swamy
from regional_econ.panel.heterogeneous.pmg import pooled_mean_group
from regional_econ.panel.inference import (
    Clustered,
    DriscollKraay,
    Heterogeneous,
    Inference,
    Own,
    Robust,
    WildBootstrap,
)
from regional_econ.panel.least_squares import Solution, Transformed, solve
from regional_econ.panel.random_effects import random_effects
from regional_econ.panel.variance_components import Method as Components

Kind = Literal[
    "pooled", "between", "fe", "re", "mundlak", "fd", "fama-macbeth", "hausman-taylor", "amemiya-macurdy",
    "fractional-logit", "cce", "mean-group", "cce-mean-group", "dynamic-cce", "swamy", "pmg", "interactive",
]  # fmt: skip
Effects = Literal["none", "region", "year", "region+year"]
EFFECTS: dict[Kind, tuple[Effects, ...]] = {
    "pooled": ("none",),
    "between": ("none",),
    "fe": ("region+year", "region", "year", "none"),
    "re": ("region", "year", "region+year"),
    "mundlak": ("none", "region", "region+year"),
    "fd": ("none", "year"),
    "fama-macbeth": ("none",),
    "hausman-taylor": ("region",),
    "amemiya-macurdy": ("region",),
    "fractional-logit": ("region+year", "region", "year", "none"),
    "cce": ("region",),
    "mean-group": ("region", "region+year"),
    "cce-mean-group": ("region",),
    "dynamic-cce": ("region",),
    "swamy": ("region",),
    "pmg": ("region",),
    "interactive": ("region+year", "region", "year", "none"),
}
OF_REGIONS: tuple[Kind, ...] = ("mean-group", "cce-mean-group", "dynamic-cce", "swamy", "pmg")
FORMS = (
    "pooled, between, fe, re, re:wallace-hussain (amemiya, nerlove, swamy-arora), mundlak, fd, fd:5, fama-macbeth, "
    "hausman-taylor:a+b, amemiya-macurdy:a+b (a, b the endogenous terms), fractional-logit:100, cce, "
    "mean-group, cce-mean-group, dynamic-cce, dynamic-cce:2, dynamic-cce:2:jackknife, swamy, pmg, interactive, "
    "interactive:2 (or a criterion: ic1, ic2, ic3, pc1, pc2, pc3, bic3, er, gr), interactive:2:corrected"
)


@dataclass(frozen=True, slots=True)
class Estimator:
    """An estimator with its options.

    Attributes
    ----------
    kind : which.
    components : of the variances of random effects.
    step : years of a difference.
    endogenous : terms correlated with the region effect.
    scale : the outcome's value at a share of one.
    lags : of the yearly averages, None for floor(T^(1/3)).
    factors : their number, or the criterion that chooses it.
    corrected : half-panel jackknife of dynamic-cce; Bai's bias correction of interactive.

    Examples
    --------
    >>> str(parse_estimator("re:amemiya")), str(parse_estimator("fd:1"))
    ('re:amemiya', 'fd')
    """

    kind: Kind
    components: Components = "swamy-arora"
    step: int = 1
    endogenous: tuple[str, ...] = ()
    scale: float = 1.0
    lags: int | None = None
    factors: str = "ic2"
    corrected: bool = False

    def __str__(self) -> str:
        options = {
            "re": self.components if self.components != "swamy-arora" else "",
            "fd": str(self.step) if self.step != 1 else "",
            "hausman-taylor": "+".join(self.endogenous),
            "amemiya-macurdy": "+".join(self.endogenous),
            "fractional-logit": f"{self.scale:g}" if self.scale != 1 else "",
            "dynamic-cce": ":".join(
                filter(None, ["" if self.lags is None else str(self.lags), "jackknife" if self.corrected else ""])
            ),
            "interactive": f"{self.factors}{':corrected' if self.corrected else ''}",
        }
        option = options.get(self.kind, "")
        return f"{self.kind}:{option}" if option else self.kind


@dataclass(frozen=True, slots=True)
class Fit:
    """A sample, transformed and solved.

    Attributes
    ----------
    sample : the rows used, with whatever the estimator adds to them; data, solution : see `least_squares`.
    extras : what the estimator reports.
    instruments : of instrumental estimators.
    """

    sample: Sample
    data: Transformed
    solution: Solution
    extras: dict[str, float | int | str]
    instruments: str | None = None


def parse_estimator(text: str) -> Estimator:
    """Read an estimator from its text.

    Raises
    ------
    OptionError : listing the right forms.
    """
    kind, colon, option = text.strip().partition(":")
    if kind not in get_args(Kind) or (colon and not option):
        raise _unknown(text)
    match kind:
        case "re" if option:
            check_option("components", option, Components)
            return Estimator("re", components=cast("Components", option))
        case "fd" if option:
            if not option.isascii() or not option.isdigit() or int(option) < 1:
                raise _unknown(text)
            return Estimator("fd", step=int(option))
        case "hausman-taylor" | "amemiya-macurdy":
            terms = tuple(term.strip() for term in option.split("+"))
            if not all(terms):
                raise OptionError(
                    f"{kind} needs the terms that are correlated with the region effect",
                    advice=f'Name them, such as "{kind}:ln(x)+z"',
                )
            return Estimator(cast("Kind", kind), endogenous=terms)
        case "fractional-logit" if option:
            try:
                return Estimator("fractional-logit", scale=float(option))
            except ValueError:
                raise _unknown(text) from None
        case "dynamic-cce" if option:
            first, _, second = option.partition(":")
            lags, last = (first, second) if first.isascii() and first.isdigit() else ("", option)
            if last not in ("", "jackknife") or option.endswith(":"):
                raise _unknown(text)
            return Estimator("dynamic-cce", lags=int(lags) if lags else None, corrected=bool(last))
        case "interactive" if option:
            factors, parted, last = option.partition(":")
            named = factors in get_args(Criterion) or (factors.isascii() and factors.isdigit())
            if not named or (parted and last != "corrected"):
                raise _unknown(text)
            return Estimator("interactive", factors=factors, corrected=bool(parted))
    if option:
        raise _unknown(text)
    return Estimator(cast("Kind", kind))


def chosen_effects(estimator: Estimator, effects: str | None) -> Effects:
    """The effects asked for, or the estimator's first choice.

    Raises
    ------
    OptionError : effects that do not go with the estimator.
    """
    allowed = EFFECTS[estimator.kind]
    if effects is None:
        return allowed[0]
    check_option("effects", effects, Effects)
    if effects not in allowed:
        raise OptionError(
            f"effects {effects!r} do not go with estimator {str(estimator)!r}",
            advice=f"Choose one of: {', '.join(allowed)}; dummies are written in the formula, such as C(year)",
        )
    return effects


def check_inference(estimator: Estimator, rule: Inference) -> None:
    """Refuse errors that an estimator cannot have.

    Raises
    ------
    OptionError : naming some that it can.
    """
    by_year = (
        isinstance(rule, DriscollKraay)
        or (isinstance(rule, Clustered) and "year" in rule.dimensions)
        or (isinstance(rule, WildBootstrap) and rule.by == "year")
    )
    plain = isinstance(rule, Clustered) and rule.small_sample in ("CR0", "CR1") and not by_year
    if estimator.kind in OF_REGIONS and not (plain and estimator.kind != "pmg") and not isinstance(rule, Own):
        raise OptionError(
            f"inference {rule} does not go with {estimator.kind}, whose slopes are each region's own",
            advice="Use own" if estimator.kind == "pmg" else "Use cluster:region:CR1",
        )
    if isinstance(rule, Own) and estimator.kind not in ("swamy", "pmg"):
        raise OptionError(f"inference own is for swamy and pmg, not for {estimator.kind}", advice="Use cluster:region")
    if estimator.kind == "interactive" and not (plain or str(rule) == "hc0" or isinstance(rule, DriscollKraay)):
        raise OptionError(
            f"inference {rule} does not go with interactive, which estimates loadings and factors",
            advice="Use cluster:region:CR1, hc0 or dk",
        )
    if isinstance(rule, Heterogeneous) and estimator.kind != "cce":
        raise OptionError(f"inference {rule} is for cce, not for {estimator.kind}", advice="Use cluster:region")
    plain = isinstance(rule, Clustered) and rule.small_sample in ("CR0", "CR1", "CR1S") and not by_year
    if estimator.kind == "cce" and not plain and not isinstance(rule, Heterogeneous):
        raise OptionError(
            f"inference {rule} does not go with cce, whose loadings are each region's own",
            advice="Use cluster:region or heterogeneous",
        )
    if estimator.kind == "between" and by_year:
        raise OptionError(f"inference {rule} needs years, which between averages out", advice="Use hc1 or iid")
    leaves_out = (
        isinstance(rule, WildBootstrap)
        or (isinstance(rule, Clustered) and rule.small_sample in ("CR2", "CR3", "CV3"))
        or (isinstance(rule, Robust) and rule.small_sample in ("HC2", "HC3"))
    )
    if estimator.kind in ("hausman-taylor", "amemiya-macurdy", "fama-macbeth") and leaves_out:
        raise OptionError(
            f"inference {rule} is for least squares, not for {estimator.kind}", advice="Use cluster:region or hc1"
        )


def estimated(
    sample: Sample, estimator: Estimator, effects: tuple[str, ...], breaks: tuple[int, ...], outcome: str
) -> Fit:
    """Transform a sample as the estimator does, and solve.

    Raises
    ------
    EstimationError : the data cannot give the estimate.
    """
    extras: dict[str, float | int | str] = {}
    match estimator.kind:
        case "between":
            means, regression = between(sample)
            extras = {"n_years": len(np.unique(sample.years)), "first_year": int(sample.years.min())}
            return Fit(means, regression, solve(regression), extras)
        case "fd":
            changes, regression = first_differences(sample, effects, breaks, step=estimator.step)
            return Fit(changes, regression, solve(regression), extras)
        case "cce":
            rows, regression, extras = common_effects(sample)
            solution = solve(regression)
            extras["rmse"] = float(np.sqrt(solution.residuals @ solution.residuals / int(extras["df_resid"])))
            return Fit(rows, regression, solution, extras)
        case "mean-group":
            return Fit(*mean_group(sample, effects))
        case "cce-mean-group":
            return Fit(*cce_mean_group(sample))
        case "swamy":
            return Fit(*swamy(sample))
        case "dynamic-cce":
            return Fit(*dynamic_cce(sample, outcome, estimator.lags, jackknife=estimator.corrected))
        case "pmg":
            return Fit(*pooled_mean_group(sample))
        case "interactive":
            return Fit(*interactive_effects(sample, effects, estimator.factors, corrected=estimator.corrected))
        case "fama-macbeth":
            regression, solution, _ = fama_macbeth(sample)
            return Fit(sample, regression, solution, extras)
        case "hausman-taylor" | "amemiya-macurdy":
            found = hausman_taylor(sample, estimator.endogenous, estimator.kind)
            parts = found.components.diagnostics()
            return Fit(sample, found.data, found.solution, parts, "; ".join(found.instruments))
        case "re" | "mundlak":
            rows = with_region_means(sample)[0] if estimator.kind == "mundlak" else sample
            if effects:
                regression, components = random_effects(rows, effects, estimator.components)
                extras = components.diagnostics()
            else:
                regression = pooled(rows)
            return Fit(rows, regression, solve(regression), extras)
        case _:
            regression = fixed_effects(sample, effects) if effects else pooled(sample)
            return Fit(sample, regression, solve(regression), extras)


def _unknown(text: str) -> OptionError:
    return OptionError(f"estimator cannot be {text!r}", advice=f"Choose one of: {FORMS}")
