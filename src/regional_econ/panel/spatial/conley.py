"""Which covariance do scores have whose correlation fades with distance, and over years?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regional_econ.panel.demean import Codes, Floats
from regional_econ.panel.inference import Conley


def conley_meat(scores: Floats, units: Codes, years: NDArray[np.int64], km: Floats, rule: Conley) -> Floats:
    """Sum of the products of all pairs of scores, weighted by how near they are.

    Two rows of one year count K(d); two rows of one unit, l years apart, 1 − l/(L+1). With the lag "all" the pairs of
    any two years count K(d).

    Source: Conley (1999, J. Econometrics 92); Hsiang (2010, PNAS 107). Held against sums over all pairs of rows
    (tests/panel/test_conley.py).

    Parameters
    ----------
    scores : (n, k); units : (n,) codes; years : (n,).
    km : (G, G) distances between the units.
    rule : radius, kernel and lag.
    """
    near = (km <= rule.radius_km).astype(np.float64)
    kernel = near if rule.kernel == "uniform" else near * (1 - km / rule.radius_km)
    np.fill_diagonal(kernel, 1.0)
    dates = years - years.min()
    moments = np.zeros((int(dates.max()) + 1, len(km), scores.shape[1]))
    np.add.at(moments, (dates, units), scores)
    if rule.lag == "all":
        sums = moments.sum(axis=0)
        return np.asarray(sums.T @ kernel @ sums)
    meat = np.einsum("tgi,gh,thj->ij", moments, kernel, moments, optimize=True)
    for step in range(1, min(rule.lag, len(moments) - 1) + 1):
        product = np.einsum("tgi,tgj->ij", moments[step:], moments[:-step])
        meat += (1 - step / (rule.lag + 1)) * (product + product.T)
    return np.asarray(meat)
