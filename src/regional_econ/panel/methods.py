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
| `fama-macbeth` | the mean of yearly cross-sections | none |
| `hausman-taylor:a+b` | instrumental random effects, a and b correlated with the region effect | region |
| `amemiya-macurdy:a+b` | the same, each year's exogenous terms as instruments, balanced panels | region |
| `slx` | within, with the neighbours' mean of each term, W(x), beside | region+year, region, year |
| `sar`, `sem`, `sdm` | maximum likelihood: spatial lag of the outcome, of the error, of outcome and terms | as slx |
| `sdm:lee-yu` and so on | the same by Lee and Yu's contrasts instead of demeaning | as slx |
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
from regional_econ.panel.inference import (
    Classical,
    Clustered,
    DriscollKraay,
    Heterogeneous,
    Inference,
    Robust,
    WildBootstrap,
)
from regional_econ.panel.least_squares import Solution, Transformed, solve
from regional_econ.panel.random_effects import random_effects
from regional_econ.panel.variance_components import Method as Components

Kind = Literal[
    "pooled", "between", "fe", "re", "mundlak", "fd", "fama-macbeth", "hausman-taylor", "amemiya-macurdy",
    "fractional-logit", "cce", "slx", "sar", "sem", "sdm",
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
    "slx": ("region+year", "region", "year"),
    "sar": ("region+year", "region", "year"),
    "sem": ("region+year", "region", "year"),
    "sdm": ("region+year", "region", "year"),
}
SPATIAL: tuple[Kind, ...] = ("slx", "sar", "sem", "sdm")
Transformation = Literal["elhorst", "lee-yu"]
FORMS = (
    "pooled, between, fe, re, re:wallace-hussain (amemiya, nerlove, swamy-arora), mundlak, fd, fd:5, fama-macbeth, "
    "hausman-taylor:a+b, amemiya-macurdy:a+b (a, b the endogenous terms), fractional-logit:100, cce, slx, sar, sem, "
    "sdm, sdm:lee-yu"
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
    transformation : how sar, sem and sdm take effects out, by demeaning (Elhorst) or by Lee and Yu's contrasts.

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
    transformation: Transformation = "elhorst"

    def __str__(self) -> str:
        options = {
            "re": self.components if self.components != "swamy-arora" else "",
            "fd": str(self.step) if self.step != 1 else "",
            "hausman-taylor": "+".join(self.endogenous),
            "amemiya-macurdy": "+".join(self.endogenous),
            "fractional-logit": f"{self.scale:g}" if self.scale != 1 else "",
        }
        if self.transformation != "elhorst":
            options[self.kind] = self.transformation
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
        case "sar" | "sem" | "sdm" if option:
            check_option("transformation", option, Transformation)
            return Estimator(cast("Kind", kind), transformation=cast("Transformation", option))
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
    if isinstance(rule, Heterogeneous) and estimator.kind != "cce":
        raise OptionError(f"inference {rule} is for cce, not for {estimator.kind}", advice="Use cluster:region")
    if estimator.kind in ("sar", "sem", "sdm") and not isinstance(rule, Classical):
        raise OptionError(
            f"inference {rule} does not go with {estimator.kind}, whose errors are those of the information matrix",
            advice="Use iid, or slx with cluster:region or conley:500km",
        )
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


def estimated(sample: Sample, estimator: Estimator, effects: tuple[str, ...], breaks: tuple[int, ...]) -> Fit:
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
