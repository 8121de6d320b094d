"""How much does each specification count? Options of an axis alike, eras by what they know."""

from __future__ import annotations

import numpy as np
import pandas as pd

from regional_econ.causal.axes import AXES
from regional_econ.causal.scales import FloatArray


def axis_weights(rows: pd.DataFrame, level_pct: float) -> FloatArray:
    """Return the weights of some specifications of one driver.

    An option weighs as much as its siblings given the choices before it (`causal.axes.AXES`), so that combinations
    which are not admissible need no rule of their own. Eras weigh by information, the mean inverse variance of the
    effects of their specifications, themselves so weighted.

    Parameters
    ----------
    rows : the axes, std_error and change (the contrast, which brings measures to one unit).
    level_pct : level of the focal region, which brings errors on the logit scale to those of ln.

    Returns
    -------
    (m,), summing to one.
    """
    era = pd.factorize(rows["era"])[0]
    weight, parent = np.ones(len(rows)), era
    for axis in AXES[1:]:
        codes, options = pd.factorize(rows[axis])
        children, child = np.unique(parent * len(options) + codes, return_inverse=True)
        siblings = np.bincount(children // len(options))
        weight /= siblings[parent]
        parent = child
    per_logit = np.where(rows["scale"] == "ln", 1.0, 1 - level_pct / 100)
    precision = 1 / (rows["std_error"].to_numpy() * per_logit * rows["change"].to_numpy()) ** 2
    information = np.bincount(era, weight * precision)
    return np.asarray(weight * (information / information.sum())[era])
