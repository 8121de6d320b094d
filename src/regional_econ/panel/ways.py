"""In which ways can the elasticity be estimated? Every estimator of this room once, declared before it is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regional_econ.panel.methods import Effects, parse_estimator

Family = Literal["levels", "random", "within", "changes", "slopes", "factors", "dynamic", "spatial"]
Form = Literal["plain", "dated", "demeaned", "lagged", "share"]
Rows = Literal["all", "balanced", "unbroken"]
Reading = Literal["coefficient", "share", "dynamic", "spatial"]
FOCAL = "{focal}"  # the focal term in the text of an estimator


@dataclass(frozen=True)
class Way:
    """One way to estimate the coefficient of the focal driver.

    Attributes
    ----------
    key : its id.
    family : where the variation comes from.
    estimator : text of `panel.methods`, "{focal}" in the place of the focal term.
    effects : None for the estimator's first choice.
    form : of the regression: the reference formula as it is ("plain"), with dummies for years ("dated"), on logarithms
        less their yearly means ("demeaned"), with the outcome of the year before ("lagged"), or with the outcome's
        share itself on the left ("share").
    rows : all, those of regions with every year ("balanced"), or those of regions without a gap ("unbroken").
    reading : "coefficient" as it stands; "share" turns a marginal effect into an elasticity; "dynamic" gives the first
        year and the long run, "spatial" the direct and the total effect.
    differenced : no difference is taken across a break of method.
    """

    key: str
    family: Family
    estimator: str
    effects: Effects | None = None
    form: Form = "plain"
    rows: Rows = "all"
    reading: Reading = "coefficient"
    differenced: bool = False

    @property
    def kind(self) -> str:
        """The estimator without its options."""
        return self.estimator.partition(":")[0]

    def text(self, focal: str, scale: float) -> str:
        """The text of the estimator for a focal term and the outcome's value at a share of one."""
        filled = self.estimator.replace(FOCAL, focal).replace("{scale}", f"{scale:g}")
        return str(parse_estimator(filled))

    def __str__(self) -> str:
        return f"{self.key}: {self.estimator}"


_OWN_PAST = "lags=2-4,gmm({focal})=2-4,collapse"
WAYS = (
    Way("pooled", "levels", "fe", "year"),
    Way("between", "levels", "between"),
    Way("fama_macbeth", "levels", "fama-macbeth"),
    Way("re", "random", "re", form="dated"),
    Way("re_wallace_hussain", "random", "re:wallace-hussain", form="dated"),
    Way("re_amemiya", "random", "re:amemiya", form="dated"),
    Way("re_nerlove", "random", "re:nerlove", form="dated"),
    Way("hausman_taylor", "random", "hausman-taylor:{focal}", form="dated"),
    Way("amemiya_macurdy", "random", "amemiya-macurdy:{focal}", form="demeaned", rows="balanced"),
    Way("fe_region", "within", "fe", "region"),
    Way("fe_twoway", "within", "fe", "region+year"),
    Way("mundlak", "within", "mundlak", form="dated"),
    Way("fractional", "within", "fractional-logit:{scale}", "region+year", form="share", reading="share"),
    Way("fd", "changes", "fd", "year", differenced=True),
    Way("fd5", "changes", "fd:5", "year", differenced=True),
    Way("mean_group", "slopes", "mean-group", "region+year"),
    Way("swamy", "slopes", "swamy", form="demeaned"),
    Way("pmg", "slopes", "pmg", form="demeaned"),
    Way("cce", "factors", "cce"),
    Way("cce_mean_group", "factors", "cce-mean-group"),
    Way("interactive", "factors", "interactive", rows="balanced"),
    Way("dynamic_cce", "factors", "dynamic-cce", form="lagged", reading="dynamic"),
    Way("dynamic_cce_0", "factors", "dynamic-cce:0", form="lagged", reading="dynamic"),
    Way("fe_lagged", "dynamic", "fe", form="lagged", reading="dynamic"),
    Way("lsdvc", "dynamic", "lsdvc", form="lagged", reading="dynamic"),
    Way("hpj", "dynamic", "hpj", form="lagged", rows="unbroken", reading="dynamic"),
    Way("gmm_diff", "dynamic", "gmm-diff:lags=2-4,collapse", form="lagged", reading="dynamic", differenced=True),
    Way("gmm_diff_own", "dynamic", f"gmm-diff:{_OWN_PAST}", form="lagged", reading="dynamic", differenced=True),
    Way("gmm_system", "dynamic", "gmm-system:lags=2-4,collapse", form="lagged", reading="dynamic"),
    Way("gmm_system_own", "dynamic", f"gmm-system:{_OWN_PAST}", form="lagged", reading="dynamic"),
    Way("slx", "spatial", "slx", reading="spatial"),
    Way("sar", "spatial", "sar", reading="spatial"),
    Way("sem", "spatial", "sem"),
    Way("sdm", "spatial", "sdm", reading="spatial"),
)
