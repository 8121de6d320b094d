"""Which estimator does a text name, and which effects go with it?

| text | estimator | effects |
|---|---|---|
| `pooled` | least squares on all rows | none |
| `between` | least squares on the regions' means | none |
| `fe` | within: effects taken out exactly | region+year, region, year, none |
| `re`, `re:amemiya` | random effects (swamy-arora, wallace-hussain, amemiya, nerlove) | region, year, both |
| `mundlak` | the regions' means as regressors beside (correlated random effects) | none, region, region+year |
| `fd`, `fd:5` | differences over one year or more | year, none |
| `cce` | pooled, free of the yearly averages with loadings of each region's own (common correlated effects) | region |
| `gmm-diff`, `gmm-diff:lags=2-4` | differences, instruments from the past (Arellano–Bond) | region+year, region |
| `gmm-system:steps=1` | levels beside them, instrumented by changes (Blundell–Bond) | region+year, region |
| `lsdvc`, `lsdvc:ah,order=2` | within with `lag(y, 1)`, its bias taken off (Kiviet, Bruno) | region+year, region |
| `hpj` | within, its bias taken off by two halves of the years (Dhaene–Jochmans) | region+year, region |
| `mean-group` | the mean of the regions' own slopes (region+year: demeaned mean group) | region, region+year |
| `cce-mean-group` | the same with the yearly averages beside (CCE mean group) | region |
| `dynamic-cce`, `dynamic-cce:2:jackknife` | the same with a lagged outcome, and lags of the averages | region |
| `swamy` | the regions' own slopes weighted by their precision (random coefficients) | region |
| `pmg` | long-run slopes in common, adjustment and short run each region's own (pooled mean group) | region |
| `interactive`, `interactive:2:corrected` | factors and loadings estimated beside the slopes | as fe |
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

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option
from regional_econ.panel.dynamic.options import (
    GMM_FORMS,
    LSDVC_FORMS,
    GmmOptions,
    LsdvcOptions,
    parse_gmm,
    parse_lsdvc,
)
from regional_econ.panel.heterogeneous.factor_number import Criterion
from regional_econ.panel.variance_components import Method as Components

Kind = Literal[
    "pooled", "between", "fe", "re", "mundlak", "fd", "fama-macbeth", "hausman-taylor", "amemiya-macurdy",
    "fractional-logit", "cce", "mean-group", "cce-mean-group", "dynamic-cce", "swamy", "pmg", "interactive",
    "gmm-diff", "gmm-system", "lsdvc", "hpj", "slx", "sar", "sem", "sdm",
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
    "gmm-diff": ("region+year", "region"),
    "gmm-system": ("region+year", "region"),
    "lsdvc": ("region+year", "region"),
    "hpj": ("region+year", "region"),
    "mean-group": ("region", "region+year"),
    "cce-mean-group": ("region",),
    "dynamic-cce": ("region",),
    "swamy": ("region",),
    "pmg": ("region",),
    "interactive": ("region+year", "region", "year", "none"),
    "slx": ("region+year", "region", "year"),
    "sar": ("region+year", "region", "year"),
    "sem": ("region+year", "region", "year"),
    "sdm": ("region+year", "region", "year"),
}
OF_REGIONS: tuple[Kind, ...] = ("mean-group", "cce-mean-group", "dynamic-cce", "swamy", "pmg")
SPATIAL: tuple[Kind, ...] = ("slx", "sar", "sem", "sdm")
Transformation = Literal["elhorst", "lee-yu"]
FORMS = (
    "pooled, between, fe, re, re:wallace-hussain (amemiya, nerlove, swamy-arora), mundlak, fd, fd:5, fama-macbeth, "
    "hausman-taylor:a+b, amemiya-macurdy:a+b (a, b the endogenous terms), fractional-logit:100, cce, "
    "mean-group, cce-mean-group, dynamic-cce, dynamic-cce:2, dynamic-cce:2:jackknife, swamy, pmg, interactive, "
    "interactive:2 (or a criterion: ic1, ic2, ic3, pc1, pc2, pc3, bic3, er, gr), interactive:2:corrected, "
    f"{GMM_FORMS}, {LSDVC_FORMS}, hpj, slx, sar, sem, sdm, sdm:lee-yu"
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
    dynamic : instruments and steps, or where a correction starts.
    lags : of the yearly averages, None for floor(T^(1/3)).
    factors : their number, or the criterion that chooses it.
    corrected : half-panel jackknife of dynamic-cce; Bai's bias correction of interactive.
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
    dynamic: GmmOptions | LsdvcOptions | None = None
    lags: int | None = None
    factors: str = "ic2"
    corrected: bool = False
    transformation: Transformation = "elhorst"

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
        if self.transformation != "elhorst":
            options[self.kind] = self.transformation
        option = options.get(self.kind, str(self.dynamic or ""))
        return f"{self.kind}:{option}" if option else self.kind


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
        case "gmm-diff" | "gmm-system":
            return Estimator(cast("Kind", kind), dynamic=parse_gmm(kind, option))
        case "lsdvc":
            return Estimator("lsdvc", dynamic=parse_lsdvc(option))
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
            number = str(int(factors)) if factors.isdigit() else factors
            return Estimator("interactive", factors=number, corrected=bool(parted))
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


def _unknown(text: str) -> OptionError:
    return OptionError(f"estimator cannot be {text!r}", advice=f"Choose one of: {FORMS}")
