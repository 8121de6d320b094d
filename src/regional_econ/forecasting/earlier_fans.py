"""What did earlier fans promise, and what came? One region's forecasts from past origins with their outcomes.

The quantiles are those that a backtest keeps of the model's own forecasts, in published units; an index counts the
origin's level as 100. An outcome under another method than the origin's is none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.forecasting.indicators import indicator

EARLIER_ID = "forecast.earlier"
COLUMNS = {
    "p50": "q0.5", "lo50": "q0.25", "hi50": "q0.75", "lo80": "q0.1", "hi80": "q0.9", "lo95": "q0.025",
    "hi95": "q0.975",
}  # fmt: skip
_NEEDED = ("origin", "target_year", "variable", "region", "observed", *COLUMNS.values())


def earlier_fans(scores: pd.DataFrame, panel: Panel, variable: str, region: str) -> pd.DataFrame:
    """Return one region's earlier fans of an indicator.

    Parameters
    ----------
    scores : of a backtest; rows without quantiles are those of other forecasters and left out.
    panel : the figures at the origins.
    variable, region : whose fans.

    Returns
    -------
    origin, year, p50, lo50, hi50, lo80, hi80, lo95, hi95, observed, held80 (1 or 0); each fan opens at its origin, in a
    row of which all quantiles are the figure known then and held80 is NaN. No row where nothing was scored.

    Raises
    ------
    DataError : the scores lack a column.
    """
    if missing := [name for name in _NEEDED if name not in scores.columns]:
        raise DataError(f"the scores lack {', '.join(missing)}", advice="Run: regional-econ reproduce")
    own = scores[(scores["variable"] == variable) & (scores["region"] == region)].dropna(subset=["q0.5"])
    fans = own.rename(columns={"target_year": "year", **{old: new for new, old in COLUMNS.items()}})
    fans = fans[["origin", "year", *COLUMNS, "observed"]].astype({"origin": int, "year": int})
    inside = (fans["observed"] >= fans["lo80"]) & (fans["observed"] <= fans["hi80"])
    fans = fans.assign(held80=inside.astype(float))
    one = indicator(variable)
    starts = []
    for origin in sorted(fans["origin"].unique()):
        known = 100.0 if one.scale == "index" else panel.value(region, one.source, int(origin))
        starts.append({"origin": origin, "year": origin, **dict.fromkeys((*COLUMNS, "observed"), known)})
    opened = pd.concat([pd.DataFrame(starts, columns=list(fans.columns)), fans], ignore_index=True) if starts else fans
    return opened.sort_values(["origin", "year"], ignore_index=True)


def earlier_result(scores: pd.DataFrame, panel: Panel, variables: Sequence[str], region: str) -> Result:
    """Count how often the 80 % bands of a region's earlier fans held what came.

    Returns
    -------
    ``<variable>.held80``, ``.n``, ``.origins``, ``.first_origin``, ``.last_origin`` for each indicator with a scored
    forecast, and ``held80``, ``n`` over all of them.
    """
    values: dict[str, Value] = {}
    total, counted = {"held80": 0, "n": 0}, 0
    for variable in variables:
        fans = earlier_fans(scores, panel, variable, region)
        scored = fans.dropna(subset=["held80"])
        if scored.empty:
            continue
        count = {"held80": int(scored["held80"].sum()), "n": len(scored)}
        total, counted = {key: total[key] + count[key] for key in total}, counted + 1
        # an outcome at the edge of a band may fall to either side in another run
        values[f"{variable}.held80"] = Value(count["held80"], digits=0, mc_error=1.0)
        values[f"{variable}.n"] = Value(count["n"], digits=0)
        origins = sorted(int(origin) for origin in scored["origin"].unique())
        values[f"{variable}.origins"] = Value(len(origins), digits=0)
        values[f"{variable}.first_origin"] = Value(origins[0], digits=0)
        values[f"{variable}.last_origin"] = Value(origins[-1], digits=0)
    values["held80"] = Value(total["held80"], digits=0, mc_error=float(np.sqrt(max(counted, 1))))
    values["n"] = Value(total["n"], digits=0)
    return Result(EARLIER_ID, values, {"panel": panel.checksum})
