"""What do linear moments say? One- and two-step GMM on arrays, with robust and corrected covariances.

Errors in levels of one variance give the first step its weights: Z'HZ with H the covariance of the stacked errors,
differences and levels together (xtabond2's h(3), plm's fsm = "full").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.demean import Floats, group_sums
from regional_econ.panel.dynamic.equations import Equations
from regional_econ.panel.dynamic.instruments import Instruments
from regional_econ.panel.least_squares import COLLINEAR
from regional_econ.panel.variance_components import refuse_exact_fit

Errors = Literal["iid", "robust", "efficient", "windmeijer"]
_FLAT = 1e-12  # of the largest eigenvalue of moments scaled to length one


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes
    ----------
    beta : (k,); residuals : (n,).
    weights : (j, j) W, and its rank.
    bread : (k, k) (X'ZWZ'X)⁻¹.
    moments : (N, j) Z_i'e_i.
    """

    beta: Floats
    residuals: Floats
    weights: Floats
    rank: int
    bread: Floats
    moments: Floats

    @property
    def criterion(self) -> float:
        """e'Z W Z'e."""
        total = self.moments.sum(axis=0)
        return float(total @ self.weights @ total)


@dataclass(frozen=True, slots=True)
class GmmFit:
    """Both steps of a GMM regression.

    Attributes
    ----------
    rows, columns : equations and instruments.
    XZ : (k, j) X'Z.
    sigma2 : of the errors in levels: half the mean square of the first step's differences, divided by rows less
        coefficients.
    first, second : the steps.
    """

    rows: Equations
    columns: Instruments
    XZ: Floats
    sigma2: float
    first: Step
    second: Step

    def step(self, steps: int) -> Step:
        """The first or the second."""
        return self.first if steps == 1 else self.second

    @property
    def n_instruments(self) -> int:
        """Independent columns."""
        return int(self.columns.Z.shape[1])

    @property
    def overidentified(self) -> int:
        """Instruments beyond coefficients."""
        return self.n_instruments - len(self.rows.names)

    @property
    def n_regions(self) -> int:
        """Regions with a row."""
        return len(np.unique(self.rows.units))

    def covariance(self, errors: Errors) -> Floats:
        """Covariance (k, k) of the first step's coefficients (iid, robust) or the second's (efficient, windmeijer).

        Raises
        ------
        EstimationError : Windmeijer's correction leaves a term a variance that is not positive.
        """
        match errors:
            case "iid":
                return self.sigma2 * self.first.bread
            case "robust":
                return self.influence(self.first)
            case "efficient":
                return self.second.bread
            case "windmeijer":
                return self._corrected()

    def influence(self, step: Step) -> Floats:
        """The sandwich of one step: bread X'ZW Σ Z_i'e_ie_i'Z_i WZ'X bread."""
        half = step.moments @ step.weights @ self.XZ.T @ step.bread
        return half.T @ half

    def _corrected(self) -> Floats:
        """Windmeijer (2005, J. Econometrics 126, eq. 3.2): the second step's weights vary with the first's estimate."""
        rows, Z, one, two = self.rows, self.columns.Z, self.first, self.second
        pull = two.weights @ two.moments.sum(axis=0)
        fitted = Z @ pull
        own = group_sums((fitted * one.residuals)[:, None], rows.units)[:, 0]
        slopes = group_sums(rows.X * fitted[:, None], rows.units)
        change = Z.T @ (rows.X * own[rows.units][:, None]) + one.moments.T @ slopes
        D = two.bread @ self.XZ @ two.weights @ change
        cross = D @ two.bread
        found = two.bread + cross + cross.T + D @ self.influence(one) @ D.T
        negative = np.flatnonzero(np.diag(found)[: rows.n_shown] <= 0)
        if len(negative):
            raise EstimationError(
                f"Windmeijer's correction gives {rows.names[negative[0]]} a negative variance: "
                f"{self.n_instruments} instruments in {self.n_regions} regions",
                advice="Use fewer instruments (lags=2-4,collapse), or steps=1",
            )
        return found


def two_step_gmm(rows: Equations, columns: Instruments) -> GmmFit:
    """Both steps.

    The covariance of the moments is singular where instruments exceed regions; its pseudo-inverse, of the moments
    scaled to length one, then weights the second step.

    Source: Arellano & Bond (1991, Review of Economic Studies 58); Blundell & Bond (1998, J. Econometrics 87);
    Windmeijer (2005, J. Econometrics 126). Held against Arellano & Bond's Table 4, plm 2.6-2 in 13 cases and
    pyxtabond2 0.0.4 on the UK firms (tests/panel/test_gmm.py).

    Raises
    ------
    EstimationError : fewer instruments than coefficients, or coefficients that they do not identify, named.
    """
    XZ = rows.X.T @ columns.Z
    first = first_step(rows, columns)
    n, k = len(rows.later), rows.X.shape[1]
    if n <= k:
        raise EstimationError(f"{n} differences cannot give {k} coefficients", advice="Use fewer terms or more years")
    changes = first.residuals[rows.differenced]
    refuse_exact_fit(rows.y, float(first.residuals @ first.residuals))
    second = _step(rows, columns, XZ, first.moments.T @ first.moments)
    return GmmFit(rows, columns, XZ, float(changes @ changes) / 2 / (n - k), first, second)


def first_step(rows: Equations, columns: Instruments) -> Step:
    """The first step alone.

    Source: Arellano & Bond (1991, Review of Economic Studies 58). Held against their Table 4 and plm 2.6-2
    (tests/panel/test_gmm.py).

    Raises
    ------
    EstimationError : as `two_step_gmm`.
    """
    if columns.Z.shape[1] < rows.X.shape[1]:
        raise EstimationError(
            f"{columns.Z.shape[1]} instruments cannot give {rows.X.shape[1]} coefficients",
            advice="Allow more lags of instruments, or use fewer terms",
        )
    XZ, spread = rows.X.T @ columns.Z, rows.spread(columns.Z)
    found = _step(rows, columns, XZ, spread.T @ spread)
    _refuse_unidentified(rows, XZ, found)
    return found


def inverse(matrix: Floats) -> tuple[Floats, int]:
    """Inverse of a symmetric matrix, pseudo-inverse once it is scaled to a diagonal of ones, and its rank."""
    lengths = np.sqrt(np.diag(matrix))
    lengths[lengths == 0] = 1.0
    values, vectors = np.linalg.eigh(matrix / np.outer(lengths, lengths))
    kept = values > _FLAT * values[-1]
    half = vectors[:, kept] / np.sqrt(values[kept]) / lengths[:, None]
    return half @ half.T, int(kept.sum())


def solved(XZ: Floats, Zy: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Coefficients (k,) and bread (k, k) of moments under weights."""
    curve = XZ @ weights @ XZ.T
    bread = inverse(curve)[0]
    return bread @ XZ @ weights @ Zy, bread


def _step(rows: Equations, columns: Instruments, XZ: Floats, spread: Floats) -> Step:
    weights, rank = inverse(spread)
    beta, bread = solved(XZ, columns.Z.T @ rows.y, weights)
    residuals = rows.y - rows.X @ beta
    return Step(beta, residuals, weights, rank, bread, group_sums(columns.Z * residuals[:, None], rows.units))


def _refuse_unidentified(rows: Equations, XZ: Floats, step: Step) -> None:
    """Refuse where the projected regressors are combinations of each other."""
    curve = XZ @ step.weights @ XZ.T
    lengths = np.sqrt(np.maximum(np.diag(curve), 0))
    scale = np.linalg.norm(rows.X, axis=0)
    for name, length, size in zip(rows.names, lengths, scale, strict=True):
        if length <= COLLINEAR * max(size, 1e-300):
            raise EstimationError(
                f"{name} does not vary in differences, or no instrument moves it",
                advice="Leave it out, or use other instruments",
            )
    values, vectors = np.linalg.eigh(curve / np.outer(lengths, lengths))
    if values[0] <= COLLINEAR:
        parts = np.abs(vectors[:, 0])
        names = ", ".join(name for name, part in zip(rows.names, parts, strict=True) if part > 1e-3 * parts.max())
        raise EstimationError(
            f"the instruments do not tell apart: {names}", advice="Leave one of them out, or add instruments"
        )
