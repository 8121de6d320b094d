"""Any specification reruns alone through `panel.fit` and agrees with the kernel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import UnknownNameError
from regional_econ.causal.axes import AXES
from regional_econ.causal.declaration import NEWEST, Multiverse
from regional_econ.causal.drill_down import specification_fit
from regional_econ.causal.multiverse import MultiverseResult
from regional_econ.core.panel import Panel

# Both roads solve the same least squares in double precision; the kernel by normal equations.
TOLERANCE = 1e-8


@pytest.fixture(scope="module")
def panels(official: Panel, vintages: dict[str, Panel]) -> dict[str, Panel]:
    return {NEWEST: official, **vintages}


@pytest.fixture(scope="module")
def drawn(estimated: MultiverseResult) -> pd.DataFrame:
    """Three rows of every option of every axis, and more with the effects that have roads of their own."""
    rng = np.random.default_rng(20221231)
    table, chosen = estimated.table, set[int]()
    for axis in ("driver", *AXES[:-1]):
        for option in table[axis].unique():
            chosen |= set(rng.choice(np.flatnonzero(table[axis] == option), 3, replace=False).tolist())
    for effects in ("region_trend+year", "cce"):
        chosen |= set(rng.choice(np.flatnonzero(table["effects"] == effects), 12, replace=False).tolist())
    return table.iloc[sorted(chosen)]


def test_rows_rerun_alone(panels: dict[str, Panel], declared: Multiverse, drawn: pd.DataFrame) -> None:
    assert len(drawn) >= 100
    for _, row in drawn.iterrows():
        alone = specification_fit(panels, declared, row)
        apart = np.array([alone.params.iloc[0] - row["estimate"], alone.std_errors.iloc[0] - row["std_error"]])
        assert (np.abs(apart) < TOLERANCE * row["std_error"]).all(), (row[["driver", *AXES]].to_dict(), apart)
        assert (alone.diagnostics["n_obs"], alone.diagnostics["df_resid"]) == (row["n_obs"], row["df_resid"])
        assert alone.df == row["df"]


def test_a_vintage_that_is_not_given_is_named(
    official: Panel, declared: Multiverse, estimated: MultiverseResult
) -> None:
    other = estimated.table[estimated.table["vintage"] != NEWEST].iloc[0]
    with pytest.raises(UnknownNameError, match="yearbook-2023"):
        specification_fit({NEWEST: official}, declared, other)
