"""What is left of the instruments for each of several endogenous variables, once they have served the others?"""

from __future__ import annotations

import numpy as np
from scipy.linalg import null_space

from regional_econ.causal.instruments import Errors, Instrumented, score_covariance
from regional_econ.causal.scales import FloatArray


def conditional_f(data: Instrumented, *, errors: Errors) -> FloatArray:
    """Return the conditional first-stage F of each endogenous variable.

    Combinations of the instruments that say nothing about the other endogenous variables are all that identifies this
    one: F is the Wald statistic of their moments with it over their number, q − m + 1. The errors are those of the
    first stage of what two-stage least squares on the others leaves of the variable. With one endogenous variable and
    one instrument F is the effective F; with errors of equal variance it is Sanderson and Windmeijer's.

    Parameters
    ----------
    data : regression with controls and effects taken out.
    errors : as in `causal.instruments.two_stage`.

    Returns
    -------
    (m,) F statistics.

    Raises
    ------
    EstimationError : clustered errors without clusters, or no degrees of freedom.

    Source: Sanderson, Windmeijer (2016), J. Econometrics 190(2), section 3. Held against their statistic written out,
    and against the effective F where the other variables are their own instruments.
    """
    Z, q = data.Z, data.Z.shape[1]
    found = []
    for j in range(data.X.shape[1]):
        others = np.delete(data.X, j, axis=1)
        fitted = Z @ np.linalg.lstsq(Z, others, rcond=None)[0]
        left = data.X[:, j] - others @ np.linalg.lstsq(fitted, data.X[:, j], rcond=None)[0]
        residual = left - Z @ np.linalg.lstsq(Z, left, rcond=None)[0]
        meat = score_covariance(data, Z, residual[:, None], errors=errors, n_regressors=q)
        own = null_space(others.T @ Z) if others.shape[1] else np.eye(q)
        moment = own.T @ Z.T @ data.X[:, j]
        found.append(float(moment @ np.linalg.solve(own.T @ meat @ own, moment)) / own.shape[1])
    return np.array(found)
