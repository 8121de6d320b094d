"""How large are the effects of all drivers once they are shrunk together? A hierarchy beside the q-values.

Estimate k is normal around its effect with its own error, the effects are normal around zero with a common spread, and
the spread has a half-normal prior whose scale stands in the rules. The spread is integrated out on a grid. Estimates on
one panel are correlated; their covariance is not known and counts as zero, so the shrinkage is only shown.

Source: Gelman (2006), Bayesian Analysis 1:515; Gelman, Hill and Yajima (2012), J. Res. Educ. Effectiveness 5:189.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from regional_econ.causal.evidence import INTERVAL, CausalEvidence
from regional_econ.core.claim import Check, CheckResult
from regional_econ.referee.rules import Rules

_NODES = 2001
_REACH = 6.0


@dataclass(frozen=True)
class Shrunk:
    """One effect: as estimated, and shrunk with its standard deviation; probabilities beyond ± the smallest effect.

    All in percentage points in the claimed direction, except the probabilities.
    """

    estimate: float
    error: float
    mean: float
    sd: float
    right_sign: float
    beyond: float
    wrong_beyond: float


def shrink(
    estimates: Mapping[str, tuple[float, float]], *, delta: float, prior_scale: float
) -> tuple[dict[str, Shrunk], float]:
    """Shrink effects towards zero together.

    Parameters
    ----------
    estimates : estimate and standard error by driver, in percentage points in the claimed direction.
    delta : smallest effect of interest.
    prior_scale : of the half-normal prior on the spread of effects.

    Returns
    -------
    the effects by driver, and the posterior mean of the spread.

    >>> shrunk, spread = shrink({"x": (0.0, 1.0)}, delta=0.5, prior_scale=0.5)
    >>> shrunk["x"].mean, round(shrunk["x"].right_sign, 6)
    (0.0, 0.5)
    """
    # the errors set the scale where they are larger than the prior's; beyond six scales the prior has no mass
    spread = np.linspace(0.0, _REACH * prior_scale, _NODES)
    value = np.array([one for one, _ in estimates.values()])[:, None]
    variance = np.array([error for _, error in estimates.values()])[:, None] ** 2
    likelihood = np.asarray(norm.logpdf(value, scale=np.sqrt(variance + spread**2)))
    log_weight = norm.logpdf(spread, scale=prior_scale) + likelihood.sum(axis=0)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    kept = spread**2 / (variance + spread**2)
    centre, sd = kept * value, np.sqrt(kept * variance)
    mean = centre @ weight
    total = np.sqrt((sd**2 + centre**2) @ weight - mean**2)

    def above(cut: float) -> np.ndarray:
        return np.asarray(_upper(cut, centre, sd) @ weight)

    right, beyond, wrong = above(0.0), above(delta), 1.0 - above(-delta)
    shrunk = {
        name: Shrunk(*estimates[name], *(float(one[place]) for one in (mean, total, right, beyond, wrong)))
        for place, name in enumerate(estimates)
    }
    return shrunk, float(spread @ weight)


def together(evidence: Mapping[str, CausalEvidence], rules: Rules) -> dict[str, Shrunk]:
    """Shrink the effects of all drivers with evidence, the distribution over deciding specifications taken as normal.

    Parameters
    ----------
    evidence : by driver; its 90 % interval gives the error.
    rules : the smallest effect of interest and the prior's scale.
    """
    width = float(norm.ppf(INTERVAL[-1]) - norm.ppf(INTERVAL[0]))
    estimates = {
        driver: (found.claimed_sign * found.lagged_pp[1], (found.lagged_pp[2] - found.lagged_pp[0]) / width)
        for driver, found in evidence.items()
    }
    return shrink(estimates, delta=rules.causal.delta, prior_scale=rules.text.prior_scale)[0]


def check_of(shrunk: Shrunk, rules: Rules, provenance: Mapping[str, str], *, sign: int) -> Check:
    """Return a shrunk effect as a check of the claim schema, in percentage points of a rise like the other effects.

    Parameters
    ----------
    shrunk : in the claimed direction, as its ``stats`` stay.
    rules, provenance : of the check.
    sign : of the claimed effect, 1 or -1.
    """
    half, mean = float(norm.ppf(INTERVAL[-1])) * shrunk.sd, sign * shrunk.mean
    met = shrunk.beyond >= rules.causal.supported_probability
    result: CheckResult = "pass" if met else "fail"
    return Check(
        "shrinkage", "estimate", result, None, mean, (mean - half, mean + half),
        stats=vars(shrunk), provenance=provenance,
    )  # fmt: skip


def _upper(cut: float, centre: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Probability of more than the cut; half of a point mass at the cut counts as more."""
    distance = np.divide(centre - cut, sd, out=np.zeros(sd.shape), where=sd > 0.0)
    point = np.where(centre > cut, 1.0, np.where(centre < cut, 0.0, 0.5))
    return np.where(sd > 0.0, norm.cdf(distance), point)
