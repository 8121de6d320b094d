"""The backtest's scores as tables that others read: by origin, and every mean by model, indicator, horizon, origin."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import StoreError
from regional_econ._base.files import write_text
from regional_econ.bayes.trace import Array
from regional_econ.forecasting.backtest import MODEL
from regional_econ.forecasting.summary import Losses, Window, windowed

SCORES_FILE = "backtest_scores.parquet"
By = Literal["model", "variable", "horizon", "origin"]
_KEYS = ["model", "variable", "horizon", "origin"]
_COVERED = ("covered80", "covered95")
_MEANS = ["crps", "log_score", "interval80", "interval95", "covered80", "covered95"]


def read_scores(path: Path) -> pd.DataFrame:
    """Read the scores that a backtest left.

    Raises
    ------
    StoreError : there are none, or the file is damaged.
    """
    if not path.is_file():
        raise StoreError("no backtest was run", where=str(path), advice="Run: regional-econ reproduce")
    try:
        return pd.read_parquet(path, columns=[*_KEYS, "target_year", "region", *_MEANS])
    except (OSError, ValueError, KeyError) as error:
        advice = "Delete it and run: regional-econ reproduce"
        raise StoreError("damaged scores", where=str(path), advice=advice) from error


def grouped_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return mean scores over regions: model, variable, horizon, origin, n (regions), crps … covered95.

    Parameters
    ----------
    scores : of a backtest; shares are scored in percentage points, other indicators in hundredths of a log.
    """
    grouped = scores.groupby(_KEYS, observed=True)
    return grouped[_MEANS].mean().assign(n=grouped.size()).reset_index()[[*_KEYS, "n", *_MEANS]]


def write_scores(scores: pd.DataFrame, path: Path) -> None:
    """Write :func:`grouped_scores` as CSV, seven digits.

    Raises
    ------
    StoreError : the file cannot be written.
    """
    text = grouped_scores(scores).to_csv(index=False, float_format="%.7g", lineterminator="\n")
    write_text(path, str(text))


def scores_by_origin(scores: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Return how the model fared from each origin of a window.

    Parameters
    ----------
    scores : of a backtest.
    window : which.

    Returns
    -------
    One row an origin: origin, n (forecasts), indicators; skill_best and skill_ets, one minus the geometric mean over
    indicators of the ratio of CRPS sums to the window's best simple benchmark and to ETS; covered80, covered95. In per
    cent, without errors: an origin is one piece.
    """
    chosen = windowed(scores, window)
    losses = Losses.of(chosen)
    best = losses.best()
    own = chosen[chosen["model"] == MODEL]
    rows = []
    for k, origin in enumerate(losses.origins):
        known = losses.n[:, k] > 0
        crps = {name: losses.sums["crps", name][known, k] for name in (MODEL, best, "ets")}
        rows.append(
            {
                "origin": origin, "n": int(losses.n[:, k].sum()), "indicators": int(known.sum()),
                "skill_best": _skill(crps[MODEL], crps[best]), "skill_ets": _skill(crps[MODEL], crps["ets"]),
                **{name: 100.0 * float(own.loc[own["origin"] == origin, name].mean()) for name in _COVERED},
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _skill(own: Array, other: Array) -> float:
    return 100.0 * (1.0 - float(np.exp(np.mean(np.log(own / other)))))
