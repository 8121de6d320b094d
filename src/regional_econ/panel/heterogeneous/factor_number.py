"""How many common factors move the regions? Information criteria and ratios of eigenvalues."""

from __future__ import annotations

from typing import Literal

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ._base.options import check_option, check_whole
from regional_econ.panel.demean import Floats

Criterion = Literal["ic1", "ic2", "ic3", "pc1", "pc2", "pc3", "bic3", "er", "gr"]


def factor_number(values: Floats, criterion: Criterion = "ic2", *, most: int | None = None) -> int:
    """Number of factors of a matrix without gaps.

    With μ_j the j-th eigenvalue of WW'/(NT) and V(r) the sum of those after the r-th: ic minimises ln V(r) + r g, pc
    V(r) + r V(most) g, with g = (N+T)/(NT) ln(NT/(N+T)) (1), (N+T)/(NT) ln m (2) or ln m / m (3), m = min(N, T); bic3
    V(r) + r V(most) (N+T−r) ln(NT)/(NT). er maximises μ_r/μ_(r+1), gr ln(1+μ_r/V(r))/ln(1+μ_(r+1)/V(r+1)), with
    μ_0 = V(0)/ln m so that none may be found.

    Source: Bai & Ng (2002, Econometrica 70); Ahn & Horenstein (2013, Econometrica 81). Held against simulated panels
    of known numbers and the criteria written out (tests/panel/test_interactive.py).

    Parameters
    ----------
    values : (N, T); take means out first where effects are meant to be beside the factors.
    criterion : see above.
    most : the largest number considered; None for the smaller of 8 and a third of min(N, T).

    Raises
    ------
    OptionError : an unknown criterion.
    EstimationError : a number of factors that the matrix cannot have.

    Notes
    -----
    pc1 to pc3 choose too many in panels with fewer than about 40 years, pc1 and pc3 even where there is none.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> common = rng.normal(size=(60, 2)) @ rng.normal(size=(2, 30))
    >>> factor_number(common + rng.normal(size=(60, 30)) / 2), factor_number(rng.normal(size=(60, 30)), "er")
    (2, 0)
    """
    check_option("criterion", criterion, Criterion)
    if values.ndim != 2 or not np.isfinite(values).all() or not np.any(values):
        raise EstimationError(
            "factors are those of a matrix, regions × years, of numbers that are not all zero", advice="Fill the gaps"
        )
    if most is not None:
        check_whole("most", most)
    n, t = values.shape
    smaller = min(n, t)
    reach = largest(n, t) if most is None else most
    if not 0 < reach < smaller - 1:
        raise EstimationError(
            f"{n} regions in {t} years cannot have up to {reach} factors", advice="Consider fewer, or a longer sample"
        )
    roots = np.linalg.svd(values, compute_uv=False) ** 2 / (n * t)
    left = np.append(np.cumsum(roots[::-1])[::-1], 0.0)
    numbers = np.arange(reach + 1)
    if criterion in ("er", "gr"):
        first = left[0] / np.log(smaller)
        eigen = np.concatenate([[first], roots])[: reach + 2]
        if criterion == "gr":
            eigen = np.log1p(eigen / np.concatenate([[left[0]], left[1:]])[: reach + 2])
        return int(np.argmax(eigen[:-1] / eigen[1:]))
    penalty = {
        "1": (n + t) / (n * t) * np.log(n * t / (n + t)), "2": (n + t) / (n * t) * np.log(smaller),
        "3": np.log(smaller) / smaller,
    }  # fmt: skip
    kept = left[: reach + 1]
    if criterion == "bic3":
        return int(np.argmin(kept + numbers * kept[-1] * (n + t - numbers) * np.log(n * t) / (n * t)))
    price = numbers * penalty[criterion[-1]]
    return int(np.argmin(np.log(kept) + price if criterion.startswith("ic") else kept + kept[-1] * price))


def largest(n: int, t: int) -> int:
    """The number of factors that is considered at most: the smaller of 8 and a third of the shorter side."""
    return min(8, max(1, min(n, t) // 3))
