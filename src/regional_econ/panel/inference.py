"""How are standard errors computed? Small frozen objects, each named as published, with the factor stated.

| object, text | covariance | degrees of freedom of t |
|---|---|---|
| `Classical()`, `iid` | s²(X'X)⁻¹, s² = SSR/(N−K) | N−K |
| `Robust("HC1")`, `hc1` | White, times N/(N−K) for HC1 | N−K |
| `Clustered("region")`, `cluster:region` | Liang–Zeger, CR1S: times G/(G−1) · (N−1)/(N−K) | G−1 |
| `Clustered("region", "CR1")` | times G/(G−1) | G−1 |
| `Clustered("region", "CR0")` | no factor | G−1 |
| `DriscollKraay()`, `dk` | Bartlett kernel over years, no factor (Hoechle 2007) | T−1 |

K counts regressors, the intercept and the absorbed effects. Under CR1S, effects nested in the clusters count
as one together (fixest's "nonnested" rule), so region effects are almost free when errors are clustered by
region; this is the default of pyfixest and the rule of Stata's xtreg.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from regional_econ._base.errors import OptionError
from regional_econ._base.options import check_option

ClusterFactor = Literal["CR0", "CR1", "CR1S"]
KernelFactor = Literal["CR0", "CR1S"]
RobustFactor = Literal["HC0", "HC1"]
FORMS = "iid, hc0, hc1, cluster:region, cluster:region:CR1, cluster:region+year, dk, dk:3, dk:3:CR1S"


@dataclass(frozen=True, slots=True)
class Classical:
    """Independent errors of one variance."""

    def __str__(self) -> str:
        return "iid"


@dataclass(frozen=True, slots=True)
class Robust:
    """Independent errors of different variances (White 1980); HC1 multiplies by N/(N−K)."""

    small_sample: RobustFactor = "HC1"

    def __post_init__(self) -> None:
        check_option("small_sample", self.small_sample, RobustFactor)

    def __str__(self) -> str:
        return self.small_sample.lower()


@dataclass(frozen=True, slots=True)
class Clustered:
    """Errors correlated within clusters in any way.

    Parameters
    ----------
    by : "region" and "year" for the index levels, the level's own name, or a column of the data; two names
        joined by "+" cluster both ways (Cameron, Gelbach & Miller 2011: V_a + V_b − V_ab, each with its own
        factor, as R's sandwich; degrees of freedom from the smaller G).
    small_sample : "CR1S" G/(G−1)·(N−1)/(N−K), "CR1" G/(G−1), "CR0" none.

    Examples
    --------
    >>> str(Clustered("region"))
    'cluster:region:CR1S'
    """

    by: str = "region"
    small_sample: ClusterFactor = "CR1S"

    def __post_init__(self) -> None:
        check_option("small_sample", self.small_sample, ClusterFactor)
        if not 1 <= len(self.dimensions) <= 2 or not all(self.dimensions):
            raise OptionError(
                f"cannot cluster by {self.by!r}",
                advice="Give one name, or two joined by '+', such as region+year",
            )

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The one or two cluster names."""
        return tuple(part.strip() for part in self.by.split("+"))

    def __str__(self) -> str:
        return f"cluster:{'+'.join(self.dimensions)}:{self.small_sample}"


@dataclass(frozen=True, slots=True)
class DriscollKraay:
    """Errors correlated across regions and over time (Driscoll & Kraay 1998; Hoechle 2007).

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


Inference = Classical | Robust | Clustered | DriscollKraay


def parse_inference(text: str) -> Inference:
    """Read an inference from its text, such as "cluster:region" or "dk:3".

    Raises
    ------
    OptionError : listing the right forms.

    Examples
    --------
    >>> parse_inference("cluster:region:CR1")
    Clustered(by='region', small_sample='CR1')
    >>> parse_inference("dk:3")
    DriscollKraay(bandwidth=3, small_sample='CR0')
    """
    kind, *rest = text.strip().split(":")
    if kind == "iid" and not rest:
        return Classical()
    if kind in ("hc0", "hc1") and not rest:
        return Robust("HC0" if kind == "hc0" else "HC1")
    if kind == "cluster" and 1 <= len(rest) <= 2:
        return Clustered(rest[0], _factor(rest[1]) if len(rest) == 2 else "CR1S")
    if kind == "dk" and len(rest) <= 2:
        lag = None if not rest or rest[0] == "auto" else _whole(rest[0], text)
        factor = _factor(rest[1]) if len(rest) == 2 else "CR0"
        if factor != "CR1":
            return DriscollKraay(lag, factor)
    raise OptionError(f"inference cannot be {text!r}", advice=f"Choose one of: {FORMS}")


def _factor(text: str) -> ClusterFactor:
    for known in get_args(ClusterFactor):
        if text == known:
            factor: ClusterFactor = known
            return factor
    check_option("small_sample", text, ClusterFactor)
    raise AssertionError("check_option accepts the options only")


def _whole(text: str, whole: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise OptionError(f"inference cannot be {whole!r}", advice=f"Choose one of: {FORMS}")
    return int(text)
