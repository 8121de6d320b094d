"""Do the effects of single regions differ from the average region's, as far as their own slopes can tell?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.seeds import rng_for
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import DriverPrior
from regional_econ.elasticities.posterior import FloatArray

EXCHANGES = 999
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class OwnSlopes:
    """How far regions' own slopes lie apart, beside slopes that cannot hold an effect.

    ``table`` by driver: ``spread``, the standard deviation of the regions' slopes; ``exchanged``, the same (root of the
    mean variance) when each region gets another one's outcome; ``share`` of exchanges that spread at least as far; and
    ``unnoticed``, the standard deviation of true slopes below which the spread would not stand out at 5 %. ``regions``
    and ``years`` count those used.
    """

    table: pd.DataFrame
    regions: int
    years: int

    @property
    def stands_out(self) -> bool:
        """Whether for some driver the slopes lie further apart than slopes without an effect do, at 5 %."""
        return bool((self.table["share"] <= SIGNIFICANT).any())


def own_slopes(panel: Panel, priors: Sequence[DriverPrior], outcome: str, *, seed: int) -> OwnSlopes:
    """Return the spread of the slopes of each region's own regression on all drivers.

    Sampling variances of short series with errors that last are too small, so that slopes would seem to differ anyway.
    An outcome path of another region has the same length and memory but no effect of this region's drivers: the
    slopes on it show what sampling alone does.

    Parameters
    ----------
    panel : official figures; regions that have every year in which all columns are there.
    priors : the drivers and their forms.
    outcome : variable id, in percent; its logit is explained, means of each year and of region × method out.
    seed : root seed of the exchanges.

    Raises
    ------
    EstimationError : fewer than three regions, or fewer years than coefficients.
    """
    names = [outcome, *(prior.driver for prior in priors)]
    frame = panel.frame[names].astype(float)
    share = frame[outcome].where(frame[outcome].between(0, 100, inclusive="neither")) / 100
    frame[outcome] = np.log(share / (1 - share))
    for prior in priors:
        if prior.form == "logit_per_log":
            frame[prior.driver] = np.log(frame[prior.driver].where(frame[prior.driver] > 0))
    cube = frame.dropna().unstack("year").dropna()
    years = sorted(cube.columns.get_level_values("year").unique())
    values = np.stack([cube[name][years].to_numpy() for name in names], axis=2)
    method = np.searchsorted([change.year for change in panel.variable(outcome).breaks], years, side="right")
    kinds = np.unique(method, return_inverse=True)[1]
    if len(values) < 3 or len(years) < len(names) + kinds.max() + 1:
        where = f"{len(values)} regions, {len(years)} years"
        raise EstimationError("too few figures for regressions of each region", where=where, advice="Use fewer drivers")
    dummies = np.eye(kinds.max() + 1)[kinds]
    values = values - values.mean(axis=0)
    values = values - np.einsum("ts,nsk->ntk", dummies @ np.linalg.pinv(dummies), values)
    left, inverse = values[:, :, 0], np.linalg.pinv(values[:, :, 1:])
    spread = _variance(inverse, left)
    rng = rng_for(seed, "elasticities", "own slopes")
    exchanged = np.stack([_variance(inverse, left[rng.permutation(len(left))]) for _ in range(EXCHANGES)])
    excess = np.quantile(exchanged, 1 - SIGNIFICANT, axis=0) - exchanged.mean(axis=0)
    table = pd.DataFrame(
        {
            "spread": np.sqrt(spread),
            "exchanged": np.sqrt(exchanged.mean(axis=0)),
            "share": (exchanged >= spread).mean(axis=0),
            "unnoticed": np.sqrt(np.maximum(excess, 0.0)),
        },
        index=pd.Index(names[1:], name="driver"),
    )
    return OwnSlopes(table, len(values), len(years))


def _variance(inverse: FloatArray, outcome: FloatArray) -> FloatArray:
    """Return the variance over regions of the slopes, from (regions, k, years) and (regions, years)."""
    return np.asarray(np.einsum("nkt,nt->nk", inverse, outcome).var(axis=0, ddof=1))
