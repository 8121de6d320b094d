"""Which slope has each region by itself, and how surely is it known?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import LEVELS
from regional_econ.core.estimate import Estimate
from regional_econ.panel.heterogeneous.own import own_slopes
from regional_econ.panel.model import Fitted

AVERAGES = ("mean-group", "cce-mean-group", "swamy")


def region_slopes(estimate: Estimate, *, level: float = LEVELS[0]) -> pd.DataFrame:
    """The regions' own coefficients behind their average, each with the classical error of its own regression.

    A region's degrees of freedom are its rows less its coefficients, and less the loadings taken out before (the mean
    number of them). The errors take those of a region as independent over its years, which makes intervals too short
    where they are not.

    Source: Pesaran & Smith (1995, J. Econometrics 68). Held against regressions region by region in statsmodels
    (tests/panel/test_heterogeneity_page.py).

    Parameters
    ----------
    estimate : mean-group, cce-mean-group or swamy.
    level : of the intervals.

    Returns
    -------
    region, term, n_obs, estimate, std_error, p_value, conf_low, conf_high; intercepts are left out

    Raises
    ------
    OptionError : another estimator.
    EstimationError : a region without degrees of freedom beside its loadings.
    """
    kind, native = estimate.spec.estimator.partition(":")[0], estimate.native
    if kind not in AVERAGES or not isinstance(native, Fitted):
        raise OptionError(
            f"{estimate.spec.estimator} has no slopes of the regions' own to show", advice=f"Use {', '.join(AVERAGES)}"
        )
    sample, data = native.sample, native.data
    own = own_slopes(sample, data.y, data.X, data.names, data.X)
    size, k = own.slopes.shape
    loadings = float(estimate.diagnostics.get("n_loadings", 0)) / size
    df = own.lengths - k - loadings
    if df.min() <= 0:
        short = str(sample.index.get_level_values(0)[int(np.searchsorted(sample.units, int(df.argmin())))])
        raise EstimationError("no degrees of freedom are left for an error", where=short, advice="Use fewer terms")
    variance = np.bincount(sample.units, own.residuals**2) / df
    errors = np.sqrt(variance[:, None] * np.einsum("nii->ni", own.bread))
    labels = sample.index.get_level_values(0)[np.unique(sample.units, return_index=True)[1]]
    frames = [
        pd.DataFrame(
            {
                "region": labels, "term": name, "n_obs": own.lengths, "estimate": own.slopes[:, place],
                "std_error": errors[:, place],
                "p_value": 2 * stats.t.sf(np.abs(own.slopes[:, place] / errors[:, place]), df),
                "conf_low": own.slopes[:, place] - stats.t.ppf(0.5 + level / 2, df) * errors[:, place],
                "conf_high": own.slopes[:, place] + stats.t.ppf(0.5 + level / 2, df) * errors[:, place],
            }
        )
        for place, name in enumerate(data.names) if name != "Intercept"
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)
