"""How far off is the within estimator of a model with the outcome's own past? Kiviet's approximation on arrays.

y = Dη + Wδ + ε, W = [y₋₁ : X] with X strictly exogenous, ε independent of one variance. On a panel with missing rows
(S selects those that are there, M = S(I − D(D'SD)⁻¹D')S) the bias of δ is approximated by up to three terms, of order
1/T, 1/(NT) and 1/(NT²) (Bruno 2005), at given γ and σ².
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from regional_econ.panel.demean import Codes, Floats

Order = Literal[1, 2, 3]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows laid out by region and year since the region's first: masks and places.

    Attributes
    ----------
    units, steps : (n,) region and years since its first row.
    demean : (N, T, T) M of each region.
    """

    units: Codes
    steps: Codes
    demean: Floats

    @classmethod
    def of(cls, units: Codes, years: NDArray[np.int64]) -> Grid:
        """Lay out rows sorted by region and year."""
        firsts = np.flatnonzero(np.r_[True, np.diff(units) != 0])
        steps = (years - years[firsts][units]).astype(np.intp)
        there = np.zeros((int(units[-1]) + 1, int(steps.max()) + 1))
        there[units, steps] = 1.0
        sizes = there.sum(axis=1)
        demean = (
            there[:, :, None] * np.eye(there.shape[1]) - there[:, :, None] * there[:, None, :] / sizes[:, None, None]
        )
        return cls(units, steps, demean)

    def laid(self, values: Floats) -> Floats:
        """Columns (n, k) as (N, T, k), zeros where there is no row."""
        found = np.zeros((*self.demean.shape[:2], values.shape[1]))
        found[self.units, self.steps] = values
        return found


def approximate_bias(grid: Grid, within: Floats, gamma: float, sigma2: float, order: Order) -> Floats:
    """Bias of the within estimator of (γ, β): (k,), the observed lags standing for their expectation.

    Parameters
    ----------
    grid : where the rows are.
    within : (n, k) the lagged outcome and the regressors, region means taken off.
    gamma, sigma2 : coefficient of the lagged outcome, variance of the errors.
    order : terms of the approximation.

    Source: Kiviet (1995, J. Econometrics 68); Bun & Kiviet (2003, Economics Letters 79); Bruno (2005, Economics Letters
    87). Held against simulated biases (tests/panel/test_lsdvc.py).
    """
    Q = np.linalg.inv(within.T @ within)
    return np.asarray(bias_terms(grid, within, Q, gamma, sigma2)[:order].sum(axis=0), dtype=np.float64)


def bias_terms(grid: Grid, within: Floats, Q: Floats, gamma: float, sigma2: float) -> Floats:
    """The three terms (3, k), with Π = M L(I − γL)⁻¹: expectations of W (n, k), and Q = (E W'MW)⁻¹, given.

    c₁ = σ² tr Π · q, with q the first column of Q;
    c₂ = −σ² [QW'ΠMW + tr(QW'ΠMW) I + 2σ² q₁₁ tr(Π'ΠΠ) I] q;
    c₃ = σ⁴ tr Π {2q₁₁ QW'ΠΠ'Wq + [q'W'ΠΠ'Wq + q₁₁ tr(QW'ΠΠ'W) + 2σ² q₁₁² tr(Π'ΠΠ'Π)] q}.

    Source: Kiviet (1995, J. Econometrics 68); Bun & Kiviet (2003, Economics Letters 79). Held against simulated biases
    and Nickell's formula in long panels (tests/panel/test_lsdvc.py).
    """
    T, q = grid.demean.shape[1], Q[:, 0]
    since = np.subtract.outer(np.arange(T), np.arange(T)) - 1
    C = np.where(since >= 0, float(gamma) ** np.maximum(since, 0), 0.0)
    P = grid.demean @ C
    PP = P.transpose(0, 2, 1) @ P
    W = grid.laid(within)
    carried = np.einsum("st,nsa->nta", C, W, optimize=True)
    trace = float(np.einsum("ntt->", P))
    turned = Q @ np.einsum("nta,ntb->ab", carried, W)
    squares = np.einsum("nta,ntb->ab", carried, carried)
    cubes = float(np.einsum("nij,nji->", PP, P))
    own = float(q @ squares @ q) + q[0] * float(np.trace(Q @ squares)) + 2 * sigma2 * float((PP**2).sum()) * q[0] ** 2
    return np.array(
        [
            sigma2 * trace * q,
            -sigma2 * (turned @ q + np.trace(turned) * q + 2 * sigma2 * q[0] * cubes * q),
            sigma2**2 * trace * (2 * q[0] * Q @ squares @ q + own * q),
        ]
    )
