"""Neighbours' means and placebo outcomes against regressions with all dummies, and against planted spillovers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.text import Text
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.neighbours import alone_exposure, alone_placebo, with_neighbours, without_neighbours
from regional_econ.causal.placebo_table import PlaceboOutcome
from regional_econ.core.panel import Panel
from regional_econ.data.tables import load_neighbours

OLD = PlaceboOutcome("old_share_pct", "identity", Text("доля пожилых", "the share of the old"))
BIRTHS = PlaceboOutcome("birth_rate", "ln", Text("роды решены раньше", "births are decided on earlier"))


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    """Common borders."""
    return load_neighbours()


def ring(panel: Panel) -> pd.DataFrame:
    names = list(panel.region_ids)
    both = [(a, names[(k + step) % len(names)]) for k, a in enumerate(names[:-1]) for step in (-1, 1)]
    frame = pd.DataFrame(both, columns=["region", "neighbour"])
    return frame[frame["neighbour"] != names[-1]]


def dummies(
    panel: Panel, declared: Multiverse, y: pd.Series, X: pd.DataFrame, breaks: tuple[int, ...] = ()
) -> tuple[np.ndarray, int]:
    """Weighted least squares with region × regime and year dummies: coefficients, and how many rows."""
    era = declared.era("pooled")
    rows = X.dropna().index.intersection(y.dropna().index)
    rows = rows[(rows.get_level_values("year") >= era.years[0]) & (rows.get_level_values("year") <= era.years[1])]
    regions, years = rows.get_level_values("region"), rows.get_level_values("year").to_numpy()
    cuts = sorted({2017, 2019, *breaks, *(year + 1 for year in declared.terms["wear_pct"].cut)})
    regime = sum((years >= cut).astype(int) for cut in cuts)
    unit = pd.factorize(pd.Series(regions) + pd.Series(regime).astype(str))[0]
    keep = np.bincount(unit)[unit] > 1
    unit, years, rows = unit[keep], years[keep], rows[keep]
    percent = panel.matrix("innovation_activity_pct", years=range(2006, 2023)) / 100
    n = declared.organisations_per_thousand_employed * panel.matrix("employed_thousand", years=range(2006, 2023)).mean(
        axis=1
    )
    share = (percent.mean(axis=1) * n + 0.5) / (n + 1)
    w = (1 / (declared.logit_sd_beyond_sampling**2 + 1 / (n * share * (1 - share))))[rows.get_level_values("region")]
    codes = pd.factorize(unit)[0], pd.factorize(years)[0]
    columns = np.column_stack([X.loc[rows], *(np.eye(code.max() + 1)[code] for code in codes)])
    root = np.sqrt(w.to_numpy())
    return np.linalg.lstsq(columns * root[:, None], y.loc[rows] * root, rcond=None)[0], len(rows)


def lagged(panel: Panel, declared: Multiverse, *, extra: pd.Series | None = None) -> pd.DataFrame:
    """All terms, and one more, of the year before; the driver first."""
    frame = panel.frame
    columns = {}
    for term in (declared.terms[name] for name in declared.first_terms()):
        value = frame[term.variable].div(frame[list(term.per)].prod(axis=1, skipna=False))
        columns[term.id] = np.log(value.where(value > 0)) if term.transform == "ln" else value
    if extra is not None:
        columns["extra"] = extra
    return pd.DataFrame(columns).groupby("region").shift(1)


def test_official_exposure_with_dummies(official: Panel, declared: Multiverse, pairs: pd.DataFrame) -> None:
    logs = np.log(official.frame["rd_grp_pct"].where(official.frame["rd_grp_pct"] > 0))
    joined = pairs.assign(key=1).merge(logs.rename("value").reset_index(), left_on="neighbour", right_on="region")
    means = joined.groupby(["region_x", "year"])["value"].mean()
    means.index.names = ["region", "year"]
    percent = official.frame["innovation_activity_pct"] / 100
    n = declared.organisations_per_thousand_employed * official.matrix(
        "employed_thousand", years=range(2006, 2023)
    ).mean(axis=1)
    n = percent.index.get_level_values("region").map(n).to_numpy()
    y = np.log((percent * n + 0.5) / ((1 - percent) * n + 0.5))
    X = lagged(official, declared, extra=means.reindex(official.frame.index))
    b, n_obs = dummies(official, declared, y, X)
    found = alone_exposure(official, declared, "rd_grp_pct", pairs)
    assert found.own.n_obs == found.neighbours.n_obs == n_obs
    # normal equations here, orthogonal ones there
    assert found.own.estimate == pytest.approx(b[0], rel=1e-6)
    assert found.neighbours.estimate == pytest.approx(b[6], rel=1e-6)
    assert without_neighbours(official, pairs) == ("RU-CR", "RU-KGD", "RU-SAK", "RU-SEV")
    assert found.neighbours.df == 80


@pytest.mark.parametrize(("placebo", "breaks"), [(BIRTHS, ()), (OLD, (2019, 2021))])
def test_placebo_outcome_with_dummies(
    official: Panel, declared: Multiverse, placebo: PlaceboOutcome, breaks: tuple[int, ...]
) -> None:
    """On the rows of the specification shown alone, which the outcome decides too; cut at the placebo's own breaks."""
    values = official.frame[placebo.variable].where(official.frame["innovation_activity_pct"].notna())
    logs = np.log(values) if placebo.transform == "ln" else values
    b, n_obs = dummies(official, declared, logs, lagged(official, declared), breaks)
    found = alone_placebo(official, declared, "rd_grp_pct", placebo)
    assert found.n_obs == n_obs
    assert found.estimate == pytest.approx(b[0], rel=1e-6)
    assert 0 < found.p_value < 1


def test_means_over_neighbours(planted: object, declared: Multiverse) -> None:
    panel = planted(0.0, lag=1, seed=1, regions=5)  # type: ignore[operator]
    pairs = pd.DataFrame({"region": ["R00", "R00", "R01", "R02"], "neighbour": ["R01", "R02", "R00", "R00"]})
    frame = panel.frame.copy()
    frame.loc[("R02", 2010), "rd_grp_pct"] = np.nan
    exposed, term = with_neighbours(replace(panel, frame=frame), declared.terms["rd_grp_pct"], pairs)
    means = exposed.matrix(term.variable)
    logs = np.log(frame["rd_grp_pct"].unstack("year"))
    np.testing.assert_allclose(means.loc["R00", 2009], logs.loc[["R01", "R02"], 2009].mean())
    np.testing.assert_allclose(means.loc["R00", 2010], logs.loc["R01", 2010])
    np.testing.assert_allclose(means.loc["R01"], logs.loc["R00"])
    assert means.loc[["R03", "R04"]].isna().all().all()


def test_a_planted_spillover(planted: object, declared: Multiverse) -> None:
    """The outcome follows the neighbours' mean of the year before by .3: it is found, and the own effect stays."""
    panel = planted(0.3, lag=1, seed=8, noise=0.1)  # type: ignore[operator]
    pairs = ring(panel)
    exposed, term = with_neighbours(panel, declared.terms["rd_grp_pct"], pairs)
    means = exposed.matrix(term.variable).shift(1, axis=1)
    share = panel.matrix("innovation_activity_pct") / 100
    moved = 100 / (1 + np.exp(-(np.log(share / (1 - share)) + 0.3 * means.fillna(0.0))))
    frame = panel.frame.assign(innovation_activity_pct=moved.stack())
    found = alone_exposure(replace(panel, frame=frame), declared, "rd_grp_pct", pairs)
    # sd of noise .1, of the means .35, 700 rows: an error near .012
    assert found.neighbours.estimate == pytest.approx(0.3, abs=0.05)
    assert found.own.estimate == pytest.approx(0.3, abs=0.05)
    assert found.neighbours.p_value < 1e-6
    assert without_neighbours(panel, pairs) == ("R59",)
    quiet = alone_exposure(panel, declared, "rd_grp_pct", pairs)
    assert abs(quiet.neighbours.estimate) < 4 * quiet.neighbours.std_error
    assert abs(quiet.change) < 0.02
