"""The mining-price effect: rows against pyfixest, placebo paths against their definition, size, and plain limits."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.api as sm

from regional_econ._base.errors import DataError, EstimationError, OptionError, UnknownNameError
from regional_econ.causal import mining_price as module
from regional_econ.causal.mining_price import MiningPrice, mining_price
from regional_econ.causal.mining_sample import (
    OUTCOMES,
    WINDOWS,
    Window,
    mining_exposure,
    rouble_prices,
    rows_of,
)
from regional_econ.causal.path_inference import PathInference, Statistic
from regional_econ.causal.price_paths import (
    PROCESSES,
    ExposureDesign,
    PathProcess,
    exposure_design,
    fit_changes,
    placebo_paths,
)
from regional_econ.core.panel import Panel
from regional_econ.data.tables import load_industries, load_national

DRAWS = 99
STATISTICS = get_args(Statistic)


def inference(design: ExposureDesign, path: np.ndarray, placebos: np.ndarray) -> PathInference:
    """One process, and no path that could have come."""
    return PathInference.of(design, path, [placebos], placebos[:0])


@pytest.fixture(scope="module")
def national() -> pd.DataFrame:
    return load_national()


@pytest.fixture(scope="module")
def industries() -> pd.DataFrame:
    return load_industries()


@pytest.fixture(scope="module")
def found(official: Panel, national: pd.DataFrame, industries: pd.DataFrame) -> MiningPrice:
    return mining_price(official, national, industries, draws=DRAWS)


def _frame(official: Panel, national: pd.DataFrame, names: list[str], years: range, lag: int) -> pd.DataFrame:
    """The same regression's data put together another way, from the long table."""
    wide = national.pivot(index="year", columns="series", values="value")
    dollars = wide[["coal_australian_usd_t", "brent_usd_bbl", "iron_ore_usd_dmt"]]
    index = (np.log(dollars).mean(axis=1) + np.log(wide["usd_rub"])).rename("price")
    share = official.column("mining_share_pct").xs(2009, level="year").dropna() / 100
    frame = official.to_frame()[names].reset_index()
    frame = frame[frame["year"].isin(years) & frame["region"].isin(share.index)].dropna(subset=names)
    frame["x"] = frame["region"].map(share) * (frame["year"] - lag).map(index)
    return frame


@pytest.mark.parametrize("lag", [0, 1])
@pytest.mark.parametrize(
    ("outcome", "variable"), [("grp_per_head", "grp_per_head_rub"), ("researchers", "researchers")]
)
def test_rows_agree_with_pyfixest(
    official: Panel, national: pd.DataFrame, found: MiningPrice, outcome: str, variable: str, lag: int
) -> None:
    frame = _frame(official, national, [variable], range(2010, 2023), lag)
    frame["y"] = np.log(frame[variable])
    peer = pyfixest.feols("y ~ x | region + year", frame, vcov={"CRV1": "region"})
    row = _row(found, outcome=outcome, window="to_2022", lag=lag, price="index", specification="plain")
    assert row["estimate"] == pytest.approx(peer.coef()["x"], rel=1e-8)
    assert row["region"] == pytest.approx(peer.se()["x"], rel=1e-8)
    assert row["n_obs"] == peer._N


def test_innovation_activity_stays_within_a_method(official: Panel, national: pd.DataFrame, found: MiningPrice) -> None:
    frame = _frame(official, national, ["innovation_activity_pct"], range(2010, 2023), 0)
    frame["unit"] = frame["region"] + (frame["year"] >= 2017).astype(str) + (frame["year"] >= 2019).astype(str)
    peer = pyfixest.feols("innovation_activity_pct ~ x | unit + year", frame, vcov={"CRV1": "region"})
    factor = _exact_count(peer._N)
    row = _row(found, outcome="innovation_activity_pct", window="to_2022", lag=0, price="index", specification="plain")
    assert row["estimate"] == pytest.approx(peer.coef()["x"], rel=1e-8)
    assert row["region"] == pytest.approx(factor * peer.se()["x"], rel=1e-8)


def _exact_count(n_obs: int, years: int = 13) -> float:
    """Years of three methods never meet in a unit, so two year dummies fewer are independent than pyfixest counts."""
    return float(np.sqrt((n_obs - 1 - years) / (n_obs - 1 - (years - 2))))


def test_the_instrumental_rows_agree_with_pyfixest(official: Panel, national: pd.DataFrame, found: MiningPrice) -> None:
    names = ["innovation_activity_pct", "grp_per_head_rub"]
    frame = _frame(official, national, names, range(2010, 2022), 0)
    frame = frame[frame["innovation_activity_pct"] > 0]
    frame["y"], frame["d"] = np.log(frame[names[0]]), np.log(frame[names[1]])
    frame["unit"] = frame["region"] + (frame["year"] >= 2017).astype(str) + (frame["year"] >= 2019).astype(str)
    peer = pyfixest.feols("y ~ 1 | unit + year | d ~ x", frame, vcov={"CRV1": "region"})
    peer.IV_Diag()
    frame = found.instruments_frame()
    row = frame.query("window == 'to_2021' and lag == 0 and endogenous == 'grp_per_head'").iloc[0]
    assert row["estimate"] == pytest.approx(peer.coef()["d"], rel=1e-7)
    factor = _exact_count(peer._N, years=12)
    assert row["region"] == pytest.approx(factor * peer.se()["d"], rel=1e-7)
    assert row["first_stage_f"] == pytest.approx(peer._eff_F / factor**2, rel=1e-7)
    assert row["n_obs"] == peer._N
    assert row["tf_low"] < row["estimate"] < row["tf_high"]


def _row(found: MiningPrice, **where: object) -> pd.Series:
    frame = found.to_frame()
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_balance_agrees_with_statsmodels(official: Panel, found: MiningPrice) -> None:
    values = np.log(official.matrix("rd_mln_rub", years=[2005, 2009]))
    share = official.matrix("mining_share_pct", years=[2009])[2009] / 100
    data = pd.DataFrame({"y": (values[2009] - values[2005]) / 4, "x": share}).dropna()
    peer = sm.OLS(data["y"], sm.add_constant(data["x"])).fit(cov_type="HC1", use_t=True)
    row = found.balance_frame().query("outcome == 'rd' and exposure == 'gva_2009'").iloc[0]
    assert (row["first_year"], row["last_year"], row["n_regions"]) == (2005, 2009, len(data))
    expected = [peer.params["x"], peer.bse["x"], peer.pvalues["x"]]
    assert [row["estimate"], row["std_error"], row["p_value"]] == pytest.approx(expected, rel=1e-9)


def test_no_difference_crosses_a_method(found: MiningPrice) -> None:
    row = found.balance_frame().query("outcome == 'innovation_activity' and exposure == 'capital_2017'").iloc[0]
    assert (row["first_year"], row["last_year"]) == (2013, 2016)


def test_prices_and_exposures(official: Panel, national: pd.DataFrame, industries: pd.DataFrame) -> None:
    prices = rouble_prices(national)
    # World Bank 344.9 dollars a tonne times 68.49 roubles.
    assert np.exp(prices.loc[2022, "coal"]) == pytest.approx(344.9 * 68.49, rel=1e-3)
    gap = (prices["index"] - prices["index_real"]).diff()
    assert gap.loc[2015] == pytest.approx(
        np.log1p(national.query("series == 'inflation_pct' and year == 2015")["value"].iloc[0] / 100), rel=1e-12
    )
    assert mining_exposure(official, industries, "gva_2009")["RU-KEM"] == pytest.approx(0.252)
    assert mining_exposure(official, industries, "capital_2017")["RU-KEM"] == pytest.approx(647425 / 2545178)


def test_exposures_are_pre_determined(official: Panel, industries: pd.DataFrame) -> None:
    dates = {"gva_2009": 2009, "capital_2017": 2017}
    assert all(window.years[0] > dates[window.exposure] for window in WINDOWS)
    share = mining_exposure(official, industries, "capital_2017")
    with pytest.raises(EstimationError, match="not pre-determined"):
        rows_of(official, (OUTCOMES[1],), share, Window("early", "capital_2017", (2017, 2022)))


def test_the_kernel_is_a_loop_of_regressions() -> None:
    rng = np.random.default_rng(2)
    region, time = (one.ravel() for one in np.indices((25, 8)))
    keep = rng.random(200) > 0.1
    region, time = region[keep], time[keep]
    exposure = rng.uniform(0, 0.6, 25)[region]
    y, trend = rng.normal(size=len(region)), (exposure * time)[:, None]
    paths = rng.normal(size=(5, 8)).cumsum(axis=1)
    design = exposure_design(y, exposure, time, region, effects=(region, time), controls=trend)
    frame = pd.DataFrame({"y": y, "trend": trend[:, 0], "region": region, "year": time})
    for path in paths:
        found = inference(design, path, paths)
        peer = pyfixest.feols(
            "y ~ x + trend | region + year", frame.assign(x=exposure * path[time]), vcov={"CRV1": "region"},
            ssc=pyfixest.ssc(k_adj=False),
        )  # fmt: skip
        assert [found.estimate, found.std_error] == pytest.approx([peer.coef()["x"], peer.se()["x"]], rel=1e-7)
        t = found.own.size(design.right, "t")[0] * np.sqrt(24 / 25)
        assert t == pytest.approx(abs(peer.tstat()["x"]), rel=1e-7)
        without = pyfixest.feols("y ~ trend | region + year", frame)
        explained = float((without.resid() ** 2).sum() - (peer.resid() ** 2).sum())
        assert found.own.size(design.right, "fit")[0] ** 2 == pytest.approx(explained, rel=1e-6)
    placebos = rng.normal(size=(40, 8)).cumsum(axis=1)
    for name in STATISTICS:
        real, *drawn = (inference(design, one, placebos).own.size(design.right, name)[0] for one in (path, *placebos))
        assert inference(design, path, placebos).tested(name) == ((1 + sum(one >= real for one in drawn)) / 41,)


@pytest.mark.parametrize("outcome", ["grp_per_head", "innovation_activity"])
def test_year_weights_are_one_instrument_a_year(
    official: Panel, national: pd.DataFrame, found: MiningPrice, outcome: str
) -> None:
    variable = {"grp_per_head": "grp_per_head_rub", "innovation_activity": "innovation_activity_pct"}[outcome]
    frame = _frame(official, national, [variable], range(2010, 2023), 0)
    frame = frame[frame[variable] > 0]
    share = official.column("mining_share_pct").xs(2009, level="year").dropna() / 100
    frame["y"], frame["w"] = np.log(frame[variable]), frame["region"].map(share)
    cuts = (2017, 2019) if outcome == "innovation_activity" else ()
    frame["unit"] = (
        frame["region"] + sum((frame["year"] >= cut).astype(int) for cut in cuts).astype(str)
        if cuts
        else frame["region"]
    )
    weights = found.weights_frame().query("outcome == @outcome").set_index("year")
    estimate = _row(found, outcome=outcome, window="to_2022", lag=0, price="index", specification="plain")["estimate"]
    assert weights["weight"].sum() == pytest.approx(1, abs=1e-9)
    assert weights["weight"] @ weights["estimate"] == pytest.approx(estimate, rel=1e-6)
    for year in (2012, 2015, 2022):
        own = frame.assign(z=frame["w"] * (frame["year"] == year))
        peer = pyfixest.feols("y ~ 1 | unit + year | x ~ z", own)
        assert weights.loc[year, "estimate"] == pytest.approx(peer.coef()["x"], rel=1e-6)


@pytest.fixture(scope="module")
def history() -> np.ndarray:
    rng = np.random.default_rng(8)
    change = np.zeros(23)
    for t in range(1, 23):
        change[t] = 0.05 + 0.4 * change[t - 1] + 0.2 * rng.normal()
    return np.asarray(np.cumsum(change))


def test_paths_come_from_the_prices_own_process(history: np.ndarray) -> None:
    change = np.diff(history)
    fitted = fit_changes(history)
    peer = sm.OLS(change[1:], sm.add_constant(change[:-1])).fit()
    assert [fitted.constant, fitted.persistence, fitted.sd] == pytest.approx(
        [*peer.params, np.sqrt(peer.scale)], rel=1e-9
    )
    drawn = {
        process: placebo_paths(history, 23, process=process, draws=4000, rng=np.random.default_rng(1))
        for process in PROCESSES
    }
    assert all(paths.shape == (4000, 23) and (paths[:, 0] == 0).all() for paths in drawn.values())
    steps = np.diff(drawn["permutation"], axis=1)
    assert np.allclose(np.sort(steps, axis=1), np.sort(change), atol=1e-12)
    blocks = np.diff(drawn["block"], axis=1)[:, :21].reshape(4000, 7, 3)
    circle = {tuple(np.round(np.take(change, range(k, k + 3), mode="wrap"), 9)) for k in range(len(change))}
    assert {tuple(np.round(one, 9)) for one in blocks.reshape(-1, 3)} == circle
    simulated = np.diff(drawn["ar"], axis=1)
    # Sampling error of these moments at 88,000 changes is below .003.
    assert simulated.mean() == pytest.approx(fitted.constant / (1 - fitted.persistence), abs=0.01)
    lagged = np.corrcoef(simulated[:, :-1].ravel(), simulated[:, 1:].ravel())[0, 1]
    assert lagged == pytest.approx(fitted.persistence, abs=0.02)


@pytest.mark.parametrize("process", PROCESSES)
def test_paths_are_the_same_for_a_seed(history: np.ndarray, process: PathProcess) -> None:
    one, two = (placebo_paths(history, 9, process=process, draws=5, rng=np.random.default_rng(3)) for _ in range(2))
    assert (one == two).all()


def _world(seed: int, effect: float) -> tuple[ExposureDesign, np.ndarray, np.ndarray]:
    """Regions whose errors share an autocorrelated factor loaded by the exposure: no cluster sees it."""
    rng = np.random.default_rng(seed)

    def walk(years: int) -> np.ndarray:
        change = np.zeros(years)
        for t in range(1, years):
            change[t] = 0.3 * change[t - 1] + 0.25 * rng.normal()
        return np.asarray(np.cumsum(change))

    history, factor = walk(24), walk(13)
    path = history[9:22]
    region, time = (one.ravel() for one in np.indices((60, 13)))
    exposure = rng.beta(0.5, 2, 60)[region]
    y = exposure * (effect * path[time] + factor[time]) + 0.05 * rng.normal(size=780)
    return exposure_design(y, exposure, time, region, effects=(region, time)), path, history


def test_the_placebo_test_keeps_its_size_where_clusters_do_not() -> None:
    cases = [(process, statistic) for process in PROCESSES for statistic in STATISTICS]
    clustered, placebo = [], {case: [] for case in cases}
    for seed in range(150):
        design, path, history = _world(seed, effect=0.0)
        plain = inference(design, path, path[None, :])
        clustered.append(abs(plain.estimate / plain.std_error) > 2.0)
        for process in PROCESSES:
            drawn = placebo_paths(history, 13, process=process, draws=199, rng=np.random.default_rng(seed))
            for statistic in STATISTICS:
                placebo[process, statistic].append(inference(design, path, drawn).tested(statistic)[0] <= 0.05)
    assert np.mean(clustered) > 0.6
    for case in cases:
        # Binomial error .018 at 150 worlds; the process is estimated from 23 changes, so the size is not exact.
        assert np.mean(placebo[case]) < 0.05 + 3 * 0.018, case


def test_the_placebo_test_finds_a_large_effect() -> None:
    p = []
    for seed in range(30):
        design, path, history = _world(seed, effect=20.0)
        drawn = placebo_paths(history, 13, process="ar", draws=199, rng=np.random.default_rng(seed))
        p.append(inference(design, path, drawn).p_value)
    # An effect twenty times the disturbing factor's; where the path hardly moves nothing is found: four worlds of five.
    assert np.mean(np.array(p) < 0.05) > 0.7


def test_the_result(found: MiningPrice, national: pd.DataFrame) -> None:
    frame = found.to_frame()
    assert len(frame) == 200
    assert not frame.duplicated(["outcome", "window", "price", "lag", "specification"]).any()
    three = frame[["placebo_permutation_p", "placebo_block_p", "placebo_ar_p"]]
    assert (three >= 1 / (1 + DRAWS)).all(axis=None)
    assert (frame["placebo_p"] == three.max(axis=1)).all()
    for one in found.effects:
        for kept, size in ((one.placebo_set, 0.05), (one.placebo_set80, 0.20)):
            assert kept.contains(0.0) == (one.placebo_p > size)
            assert kept.contains(one.estimate)
    powerful = frame.dropna(subset=["placebo_power", "placebo_fit_power"])
    assert set(powerful["window"] + powerful["price"]) == {"to_2022index"}
    assert len(powerful) == len(OUTCOMES)
    # Bloom's multiple: a t table has 1.990 and 0.846 at 80 degrees of freedom, and two more change the third decimal.
    grp = powerful.set_index("outcome").loc["grp_per_head"]
    assert grp["mde_focal"] == pytest.approx((1.990 + 0.846) * grp["region"] * np.log(2) * 0.252, rel=1e-3)
    assert np.allclose(frame["doubling_focal"][0], np.log(2) * frame["estimate"][0] * 0.252)
    assert (frame[["iid", "ehw", "region", "akm"]] > 0).all(axis=None)
    assert set(found.not_tested) == {"C03", "C21"}
    pairs = found.correlations_frame().set_index(["one", "other"])
    prices = rouble_prices(national)
    assert pairs.loc[("coal", "oil"), "levels"] == pytest.approx(prices["coal"].corr(prices["oil"]), rel=1e-9)
    assert pairs.loc[("coal", "oil"), "changes"] == pytest.approx(
        prices["coal"].diff().corr(prices["oil"].diff()), rel=1e-9
    )
    assert str(found).startswith("Mining-price effect: ")


def test_it_is_never_called_a_coal_effect() -> None:
    for name in ("mining_price", "mining_sample", "price_effects", "price_paths", "path_inference", "pages/mining"):
        text = (Path(str(module.__file__)).parent / f"{name}.py").read_text(encoding="utf-8").lower()
        assert "coal effect" not in text
        assert "coal-price effect" not in text


def test_refusals(official: Panel, national: pd.DataFrame, industries: pd.DataFrame, history: np.ndarray) -> None:
    with pytest.raises(UnknownNameError, match="unknown region"):
        mining_price(official, national, industries, focal_region="RU-XXX")
    with pytest.raises(DataError, match="coal_australian_usd_t"):
        rouble_prices(national[national["series"] != "coal_australian_usd_t"])
    with pytest.raises(DataError, match="gap"):
        rouble_prices(national[national["year"] != 2010])
    with pytest.raises(DataError, match="section B"):
        mining_exposure(official, industries[industries["industry"] != "B"], "capital_2017")
    with pytest.raises(EstimationError, match="cannot fill"):
        placebo_paths(history, 40, process="permutation", draws=2, rng=np.random.default_rng(1))
    with pytest.raises(EstimationError, match="yearly changes"):
        fit_changes(history[:6])
    design = exposure_design(np.arange(4.0), np.ones(4), np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), effects=())
    with pytest.raises(OptionError, match="statistic cannot be"):
        inference(design, np.arange(2.0), np.ones((5, 2))).tested("F")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="process cannot be"):
        placebo_paths(history, 5, process="bootstrap", draws=2, rng=np.random.default_rng(1))  # type: ignore[arg-type]
