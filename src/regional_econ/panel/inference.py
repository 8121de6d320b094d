"""How are standard errors computed? Small frozen objects, each named as published, with the factor stated.

| object, text | covariance | degrees of freedom of t |
|---|---|---|
| `Classical()`, `iid` | s²(X'X)⁻¹, s² = SSR/(N−K) | N−K |
| `Robust("HC1")`, `hc1` | White (HC0), times N/(N−K) (HC1), residuals over √(1−h) (HC2) or 1−h (HC3) | N−K |
| `Clustered("region")`, `cluster:region` | Liang–Zeger, CR1S: times G/(G−1) · (N−1)/(N−K) | G−1 |
| `Clustered("region", "CR1")` | times G/(G−1) | G−1 |
| `Clustered("region", "CR0")` | no factor | G−1 |
| `Clustered("region", "CR2")` | residuals times (I − H_gg)^(−1/2), no factor | Satterthwaite's, by coefficient |
| `Clustered("region", "CR3")` | residuals times (I − H_gg)⁻¹: Σ(β₍g₎ − β)(β₍g₎ − β)', no factor | G−1 |
| `Clustered("region", "CV3")` | the same times (G−1)/G: the jackknife | G−1 |
| `Clustered("region+year")` | V_region + V_year − V_both, each with its own factor | min G − 1 |
| `Clustered("region+year", two_way="min")` | the same with the factor of the smaller G for all | min G − 1 |
| `WildBootstrap("region")`, `wild:region` | CR1S; p-values and intervals by restricted resampling | none |
| `Heterogeneous()`, `heterogeneous` | spread of the units' own slopes about their mean, for cce (Pesaran 2006) | N−1 |
| `Windmeijer()`, `windmeijer` | two-step GMM's, corrected (Windmeijer 2005) | none |
| `Efficient()`, `efficient` | the same without correction | none |
| `Bootstrap()`, `bootstrap:200:normal` | spread of refits on panels drawn from the model, for lsdvc | none |
| `Own()`, `own` | that of the estimator's own model, for swamy and pmg | the estimator's |
| `DriscollKraay()`, `dk` | Bartlett kernel over years, no factor (Hoechle 2007) | T−1 |
| `Conley(500)`, `conley:500km` | pairs of one year within 500 km, no factor (Conley 1999) | G−1 |
| `Conley(500, 3)`, `conley:500km:3` | spatial HAC: own pairs of years too, Bartlett, 3 lags (Hsiang 2010) | G−1 |
| `Conley(500, "all")`, `conley:500km:all` | pairs within 500 km of any two years | G−1 |

K counts regressors, the intercept and the absorbed effects. Under CR1S, effects nested in the clusters count
as one together (fixest's "nonnested" rule), so region effects are almost free when errors are clustered by
region; this is the default of pyfixest and the rule of Stata's xtreg. Under CR2 and CR3, H_gg is that of the regressors
and of all effects that cross the clusters; with weights, of the rows times their roots, so that the working model is a
variance proportional to 1/w (clubSandwich's root of the same matrix differs a little).
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option

ClusterFactor = Literal["CR0", "CR1", "CR1S", "CR2", "CR3", "CV3"]
TwoWayFactor = Literal["own", "min"]
DrawnWeights = Literal["rademacher", "webb"]
DrawnErrors = Literal["wild", "normal"]
TieRule = Literal["half", "all", "none"]
KernelFactor = Literal["CR0", "CR1S"]
SpatialKernel = Literal["uniform", "bartlett"]
RobustFactor = Literal["HC0", "HC1", "HC2", "HC3"]


@dataclass(frozen=True, slots=True)
class Classical:
    """Independent errors of one variance.

    Source: Wooldridge (2010, Econometric Analysis, 4.2). Held against R's lm on Petersen's data and plm on Grunfeld's
    (tests/panel/test_published.py).
    """

    def __str__(self) -> str:
        return "iid"


@dataclass(frozen=True, slots=True)
class Robust:
    """Independent errors of different variances.

    HC1 multiplies by N/(N−K); HC2 and HC3 divide each residual by √(1−h) or 1−h, h the leverage of all columns,
    effects included.

    Source: White (1980, Econometrica 48); MacKinnon & White (1985, J. Econometrics 29). Held against R's sandwich (HC0,
    HC1) and statsmodels on regressions with dummies (tests/panel/test_published.py, test_inference.py).
    """

    small_sample: RobustFactor = "HC1"

    def __post_init__(self) -> None:
        check_option("small_sample", self.small_sample, RobustFactor)

    def __str__(self) -> str:
        return self.small_sample.lower()


@dataclass(frozen=True, slots=True)
class Clustered:
    """Errors correlated within clusters in any way.

    Source: Liang & Zeger (1986, Biometrika 73); Arellano (1987, Oxford Bulletin of Economics and Statistics 49);
    Cameron & Miller (2015, J. Human Resources 50); Cameron, Gelbach & Miller (2011, JBES 29) for two dimensions; Bell &
    McCaffrey (2002, Survey Methodology 28) for CR2 and CR3; Pustejovsky & Tipton (2018, JBES 36) for CR2; MacKinnon,
    Nielsen & Webb (2023, J. Applied Econometrics 38) for CV3. Held against R's clubSandwich 0.5 and sandwich, pyfixest
    0.60, and refits with each cluster left out (tests/panel/test_published.py, test_inference.py).

    Parameters
    ----------
    by : "region" and "year" for the index levels, the level's own name, or a column of the data; two names joined by
        "+" cluster both ways (V_a + V_b − V_ab; degrees of freedom from the smaller G).
    small_sample : "CR1S" G/(G−1)·(N−1)/(N−K), "CR1" G/(G−1), "CR0" none; "CR2" bias-reduced, "CR3" and "CV3" leave one
        cluster out; the last three for one dimension.
    two_way : "own" gives each of the three parts its own factor, as R's sandwich; "min" that of the smaller G, with
        effects nested in either dimension counted as one, as fixest.

    Examples
    --------
    >>> str(Clustered("region"))
    'cluster:region:CR1S'
    """

    by: str = "region"
    small_sample: ClusterFactor = "CR1S"
    two_way: TwoWayFactor = "own"

    def __post_init__(self) -> None:
        check_option("small_sample", self.small_sample, ClusterFactor)
        check_option("two_way", self.two_way, TwoWayFactor)
        if not 1 <= len(self.dimensions) <= 2 or not all(self.dimensions):
            raise OptionError(
                f"cannot cluster by {self.by!r}",
                advice="Give one name, or two joined by '+', such as region+year",
            )
        if len(self.dimensions) == 2 and self.small_sample in ("CR2", "CR3", "CV3"):
            raise OptionError(
                f"{self.small_sample} is not defined for two dimensions", advice="Use CR1S, or one dimension"
            )

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The one or two cluster names."""
        return tuple(part.strip() for part in self.by.split("+"))

    def __str__(self) -> str:
        smaller = ":min" if self.two_way == "min" else ""
        return f"cluster:{'+'.join(self.dimensions)}:{self.small_sample}{smaller}"


@dataclass(frozen=True, slots=True)
class DriscollKraay:
    """Errors correlated across regions and over time.

    Source: Driscoll & Kraay (1998, Review of Economics and Statistics 80); Hoechle (2007, Stata Journal 7). Held
    against plm's vcovSCC and pyfixest 0.60 on Grunfeld's data (tests/panel/test_published.py).

    Parameters
    ----------
    bandwidth : largest lag L in years, Bartlett weights 1 − l/(L+1); None takes floor(4 (T/100)^(2/9)).
    small_sample : "CR0" no factor (plm's vcovSCC, Hoechle's formula), "CR1S" T/(T−1)·(N−1)/(N−K) (pyfixest).

    Examples
    --------
    >>> DriscollKraay().lag(n_years=20), str(DriscollKraay(3))
    (2, 'dk:3:CR0')
    """

    bandwidth: int | None = None
    small_sample: KernelFactor = "CR0"

    def __post_init__(self) -> None:
        check_option("small_sample", self.small_sample, KernelFactor)
        if self.bandwidth is not None and self.bandwidth < 0:
            raise OptionError(f"bandwidth cannot be {self.bandwidth}", advice="Give a number of years, 0 or more")

    def lag(self, n_years: int) -> int:
        """The lag used in a sample of `n_years` years."""
        return int(4 * (n_years / 100) ** (2 / 9)) if self.bandwidth is None else self.bandwidth

    def __str__(self) -> str:
        lag = "auto" if self.bandwidth is None else str(self.bandwidth)
        return f"dk:{lag}:{self.small_sample}"


@dataclass(frozen=True, slots=True)
class Conley:
    """Errors correlated between places near each other, and over time within a unit: spatial HAC.

    Places are the regions' centres of a Panel, or columns latitude and longitude (degrees) of a frame; distances are
    great circles. A uniform kernel can give a negative variance, which is refused.

    Source: Conley (1999, J. Econometrics 92); Hsiang (2010, PNAS 107). Held against sums over all pairs of rows and the
    covariances it becomes at a radius of nothing and of everything (tests/panel/test_conley.py).

    Parameters
    ----------
    radius_km : two units further apart count as independent.
    lag : 0 takes pairs of one year alone; L adds a unit's own pairs of years, weighted 1 − l/(L+1); "all" takes pairs
        of any two years, as clusters by region that reach as far as the radius.
    kernel : over distance, "uniform" 1 or "bartlett" 1 − d/radius.

    Examples
    --------
    >>> str(Conley(500)), str(Conley(1000, 3, "bartlett"))
    ('conley:500km:0', 'conley:1000km:3:bartlett')
    """

    radius_km: float
    lag: int | Literal["all"] = 0
    kernel: SpatialKernel = "uniform"

    def __post_init__(self) -> None:
        check_option("kernel", self.kernel, SpatialKernel)
        if not (isinstance(self.radius_km, Real) and 0 < self.radius_km < float("inf")):
            raise OptionError(f"radius_km cannot be {self.radius_km!r}", advice="Give kilometres, such as 500")
        if self.lag != "all" and not (isinstance(self.lag, Integral) and self.lag >= 0):
            raise OptionError(f"lag cannot be {self.lag!r}", advice="Give a number of years, 0 or more, or all")

    def __str__(self) -> str:
        kernel = "" if self.kernel == "uniform" else f":{self.kernel}"
        return f"conley:{self.radius_km:g}km:{self.lag}{kernel}"


@dataclass(frozen=True, slots=True)
class WildBootstrap:
    """Restricted wild cluster bootstrap.

    Residuals of the regression under the null change sign (or size) cluster by cluster; the t statistic with CR1S
    errors is compared with its resampled values. Intervals hold the nulls that are not rejected.

    Source: Cameron, Gelbach & Miller (2008, Review of Economics and Statistics 90); Roodman, MacKinnon, Nielsen & Webb
    (2019, Stata Journal 19); Webb (2023, Canadian J. Economics 56). Held against the log of Stata's boottest and
    regressions of resampled outcomes (tests/panel/test_published.py, test_inference.py).

    Parameters
    ----------
    by : the cluster, as in `Clustered`, one dimension.
    weights : "rademacher" ±1; "webb" six points, for fewer than about 12 clusters.
    draws : resamples. Rademacher signs are enumerated instead, all 2^G, where that is no more.
    ties : a resample whose |t| equals the observed one (to 1e-9 of it) counts "half" (Stata's boottest), "all" or
        "none".
    seed : of the draws; the same for every coefficient.

    Examples
    --------
    >>> str(WildBootstrap("region", "webb", 999))
    'wild:region:webb:999'
    """

    by: str = "region"
    weights: DrawnWeights = "rademacher"
    draws: int = 9999
    ties: TieRule = "half"
    seed: int = 20221231

    def __post_init__(self) -> None:
        check_option("weights", self.weights, DrawnWeights)
        check_option("ties", self.ties, TieRule)
        if "+" in self.by or not self.by:
            raise OptionError(f"cannot resample clusters of {self.by!r}", advice="Give one name, such as region")
        if not 99 <= self.draws <= 10**6:
            raise OptionError(
                f"draws cannot be {self.draws}", advice="Draw 99 or more, at most a million; 9999 is usual"
            )

    def __str__(self) -> str:
        return f"wild:{self.by}:{self.weights}:{self.draws}"


@dataclass(frozen=True, slots=True)
class Heterogeneous:
    """The pooled coefficient's spread from that of the units' own slopes about their mean, for cce.

    Source: Pesaran (2006, Econometrica 74, eq. 67 to 69). Held against plm's pcce on Munnell's data
    (tests/panel/test_published.py).
    """

    def __str__(self) -> str:
        return "heterogeneous"


@dataclass(frozen=True, slots=True)
class Windmeijer:
    """Two-step GMM's covariance, corrected for weights that come from a first step.

    Source: Windmeijer (2005, J. Econometrics 126). Held against his Table 2 and plm 2.6-2 on the UK firms
    (tests/panel/test_gmm.py).
    """

    def __str__(self) -> str:
        return "windmeijer"


@dataclass(frozen=True, slots=True)
class Efficient:
    """Two-step GMM's covariance without that correction: far too small where instruments are many.

    Source: Arellano & Bond (1991, Review of Economic Studies 58). Held against their Table 4 and plm 2.6-2 on the UK
    firms (tests/panel/test_gmm.py).
    """

    def __str__(self) -> str:
        return "efficient"


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The spread of an estimate refitted on panels drawn from its own model, for lsdvc.

    "wild" errors are the residuals, each with a sign of its own, so they may differ in variance between regions and
    years; "normal" ones are of one variance (Bruno's, xtlsdvc's). Both are uncorrelated over time, as the model says.

    Source: Gonçalves & Kilian (2004, J. Econometrics 123); Bruno (2005, Economics Letters 87); Kiviet & Bun (2001,
    J. Econometrics 102). Held against the spread of
    estimates over simulated panels (tests/panel/test_lsdvc.py).

    Parameters
    ----------
    draws : panels, 50 or more; the error's own Monte Carlo error is 1/√(2·draws) of it.
    errors : "wild" or "normal".
    seed : of the draws.
    """

    draws: int = 100
    errors: DrawnErrors = "wild"
    seed: int = 20221231

    def __post_init__(self) -> None:
        check_option("errors", self.errors, DrawnErrors)
        if not 50 <= self.draws <= 10**5:
            raise OptionError(f"draws cannot be {self.draws}", advice="Draw 50 or more, at most 100000; 100 is usual")

    def __str__(self) -> str:
        return f"bootstrap:{self.draws}:{self.errors}"


@dataclass(frozen=True, slots=True)
class Own:
    """The covariance that the estimator's own model gives, for swamy and pmg, which have one.

    Source: Swamy (1970, Econometrica 38); Pesaran, Shin & Smith (1999, JASA 94). Held against plm 2.6-2's pvcm and
    the information matrix written out (tests/panel/test_heterogeneous.py, test_pooled_mean_group.py).
    """

    def __str__(self) -> str:
        return "own"


Inference = (
    Classical | Robust | Clustered | DriscollKraay | WildBootstrap | Heterogeneous | Own | Windmeijer | Efficient
    | Bootstrap | Conley
)  # fmt: skip
