"""Skills, coverage and their errors: planted values, explicit loops, closed forms and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import scores_sample as sample
import statsmodels.formula.api as smf
from scipy.stats import t as student_t

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ.forecasting.backtest import MODEL
from regional_econ.forecasting.benchmarks import BENCHMARKS
from regional_econ.forecasting.choice import Windows
from regional_econ.forecasting.indicators import IDS
from regional_econ.forecasting.summary import (
    MODELS,
    POOLED,
    Losses,
    Window,
    by_horizon,
    joint_gains,
    monte_carlo_errors,
    pit_histograms,
    summarise,
    windowed,
)

THREE = ("rd_mln_rub", "researchers", "innovation_activity_pct")


@pytest.fixture(scope="module")
def late() -> pd.DataFrame:
    scores = sample.full().scores
    return windowed(scores[scores["variable"].isin(THREE)], "late").reset_index(drop=True)


@pytest.fixture(scope="module")
def table(late: pd.DataFrame) -> pd.DataFrame:
    return summarise(late).set_index(["variable", "model"])


def planted(scores: pd.DataFrame, measure: str, model: str, other: str, factor: float) -> pd.DataFrame:
    """Give a model another's scores times a factor in every cell."""
    found = scores.copy()
    found.loc[found["model"] == model, measure] = factor * found.loc[found["model"] == other, measure].to_numpy()
    return found


def test_windows_part_choice_and_judgement() -> None:
    scores = sample.full().scores
    early, late = windowed(scores, "early"), windowed(scores, "late")
    assert (early["origin"].max(), early["target_year"].max()) == (2015, 2016)
    assert (early["origin"].min(), late["origin"].min(), late["target_year"].max()) == (2008, 2016, sample.LAST_YEAR)
    other = windowed(scores, "early", Windows(2010, 2011, 2012))
    assert (other["origin"].max(), other["target_year"].max()) == (2010, 2011)
    assert set(windowed(sample.full().batches, "early")["origin"]) == set(range(2008, 2016))
    with pytest.raises(OptionError, match="early, late"):
        windowed(scores, "middle")  # type: ignore[arg-type]


def test_a_planted_ratio_is_found_without_an_error(late: pd.DataFrame) -> None:
    scores = planted(planted(late, "crps", MODEL, "theta", 0.9), "interval95", MODEL, "ets", 0.7)
    found = summarise(scores, benchmark="theta").set_index(["variable", "model"])
    for variable in (*THREE, POOLED):
        row = found.loc[variable, MODEL]
        assert row["skill_best"] == pytest.approx(0.1, abs=1e-12)
        assert row["skill_interval95"] == pytest.approx(0.3, abs=1e-12)
        assert row["skill_best_se"] == pytest.approx(0.0, abs=1e-12)
    assert found.loc[(POOLED, MODEL), "n_positive"] == len(THREE)
    assert found.loc[(POOLED, "theta"), "skill_best"] == 0.0


def jackknife_by_loops(scores: pd.DataFrame, measure: str, model: str, other: str) -> tuple[float, float]:
    """The mean log ratio over indicators and its jackknife error, cell by cell."""

    def log_ratio(kept: list[int]) -> float:
        logs = []
        for variable in THREE:
            sums = dict.fromkeys((model, other), 0.0)
            for name in sums:
                for row in scores[(scores["variable"] == variable) & (scores["model"] == name)].itertuples():
                    sums[name] += float(getattr(row, measure)) if row.origin in kept else 0.0
            if sums[model] > 0:
                logs.append(math.log(sums[model] / sums[other]))
        return sum(logs) / len(logs)

    origins = sorted(set(scores["origin"]))
    left = [log_ratio([origin for origin in origins if origin != out]) for out in origins]
    centre = sum(left) / len(left)
    return log_ratio(origins), math.sqrt((len(left) - 1) / len(left) * sum((one - centre) ** 2 for one in left))


@pytest.mark.parametrize(
    ("measure", "name", "origins"),
    [
        ("crps", "skill_ets", tuple(range(2016, 2023))),
        ("interval95", "skill_interval95", tuple(range(2016, 2023))),
        ("crps", "skill_ets", (2016, 2017, 2018)),
    ],
)
def test_the_jackknife_is_that_of_explicit_loops(
    late: pd.DataFrame, measure: str, name: str, origins: tuple[int, ...]
) -> None:
    """Innovation activity lacks origins, or has one only and is lost without it: a loop over cells knows no matrix."""
    scores = late[late["origin"].isin(origins)]
    log_ratio, error = jackknife_by_loops(scores, measure, MODEL, "ets")
    row = summarise(scores, models=(MODEL,)).set_index("variable").loc[POOLED]
    assert row[name] == pytest.approx(1 - math.exp(log_ratio), rel=1e-10)
    assert row[f"{name}_se"] == pytest.approx(math.exp(log_ratio) * error, rel=1e-10)
    half = float(student_t.ppf(0.975, len(origins) - 1)) * error
    assert row[f"{name}_low"] == pytest.approx(1 - math.exp(log_ratio + half), rel=1e-10)
    assert row[f"{name}_high"] == pytest.approx(1 - math.exp(log_ratio - half), rel=1e-10)


def test_the_jackknife_of_a_mean_is_its_standard_error(late: pd.DataFrame) -> None:
    """Of equal blocks the jackknife error of a mean is s / √n (Miller 1974, Biometrika 61, section 2)."""
    part = late[(late["variable"] == "researchers") & (late["horizon"] == 1)]
    row = summarise(part, benchmark="drift").set_index(["variable", "model"]).loc["researchers", MODEL]
    wide = part.pivot_table(index="origin", columns="model", values="log_score", aggfunc="mean")
    gains = wide["drift"] - wide[MODEL]
    assert row["log_gain"] == pytest.approx(gains.mean(), rel=1e-12)
    assert row["log_gain_se"] == pytest.approx(gains.std(ddof=1) / math.sqrt(len(gains)), rel=1e-10)


@pytest.mark.parametrize("variable", ["researchers", POOLED])
def test_coverage_has_clustered_errors(late: pd.DataFrame, table: pd.DataFrame, variable: str) -> None:
    part = late[late["model"] == MODEL]
    part = part if variable == POOLED else part[part["variable"] == variable]
    fitted = smf.ols("covered80 ~ 1", part).fit(cov_type="cluster", cov_kwds={"groups": part["origin"]})
    row = table.loc[variable, MODEL]
    assert row["covered80"] == pytest.approx(float(fitted.params.iloc[0]), rel=1e-12)
    assert row["covered80_se"] == pytest.approx(float(fitted.bse.iloc[0]), rel=1e-9)


def test_coverage_is_honest_within_two_errors(table: pd.DataFrame) -> None:
    for level in (80, 95):
        errors = (table[f"covered{level}"] - level / 100).abs() / table[f"covered{level}_se"]
        assert table[f"inside{level}"].tolist() == (errors <= 2.0).tolist()
        assert ((errors > 2.0) & (errors < 4.0)).any(), "some are just outside"


def test_the_benchmark_is_the_best_of_all_and_each_indicator_has_its_own(late: pd.DataFrame) -> None:
    scores = late.copy()
    for name, factor in (("naive", 0.5), ("drift", 0.6)):
        scores = planted(scores, "crps", name, "climatology", factor)
    better = (scores["variable"] == "researchers") & (scores["model"] == "drift")
    scores.loc[better, "crps"] *= 0.5
    scores.loc[(scores["variable"] != "researchers") & (scores["model"] == "drift"), "crps"] *= 4
    table = summarise(scores).set_index(["variable", "model"])
    assert set(table["benchmark"]) == {"naive"}
    own = table["own_benchmark"].xs(MODEL, level="model")
    assert own["researchers"] == "drift"
    assert own["rd_mln_rub"] == "naive"
    pooled = table.loc[POOLED, MODEL]
    ratio = (1 - pooled["skill_own"]) / (1 - pooled["skill_best"])
    assert ratio == pytest.approx((0.5 / 0.3) ** (1 / 3), rel=1e-10), (
        "a third of the indicators has a rival .3/.5 as bad"
    )
    pairs = {name: Losses.of(scores).skill("crps", MODEL, name).value for name in BENCHMARKS}
    assert pooled["skill_best"] == min(pairs.values())


def test_units_and_order_do_not_matter(late: pd.DataFrame, table: pd.DataFrame) -> None:
    other = late.sample(frac=1.0, random_state=3).reset_index(drop=True)
    rescaled = other["variable"] == "rd_mln_rub"
    other.loc[rescaled, ["crps", "interval95"]] *= 1000.0
    again = summarise(other).set_index(["variable", "model"])
    names = [column for column in table.columns if column.startswith(("skill", "covered", "log_gain", "n_"))]
    pd.testing.assert_frame_equal(table[names], again[names], rtol=1e-9, atol=1e-12)


def test_models_must_share_their_cells(late: pd.DataFrame) -> None:
    first = late.index[late["model"] == "theta"][0]
    with pytest.raises(EstimationError, match="theta is scored on other cells"):
        summarise(late.drop(index=first))


@pytest.mark.parametrize("window", ["early", "late"])
def test_one_origin_gives_values_without_errors(window: Window) -> None:
    scores = sample.quick().scores
    table = summarise(windowed(scores, window)).set_index(["variable", "model"])
    row = table.loc[POOLED, MODEL]
    assert math.isfinite(row["skill_best"])
    assert all(math.isnan(row[name]) for name in ("skill_best_se", "skill_best_low", "covered80_se", "log_gain_se"))
    assert row["inside80"] is None
    assert row["n_indicators"] == len(IDS)


def test_horizons_share_the_benchmark_and_the_cells(late: pd.DataFrame, table: pd.DataFrame) -> None:
    scores = planted(late, "crps", MODEL, "theta", 0.9)
    far = scores["horizon"] > 2
    scores.loc[far & (scores["model"] == MODEL), "crps"] *= 1.2
    found = by_horizon(scores, models=(MODEL, "theta"))
    own = found[(found["model"] == MODEL) & (found["variable"] == POOLED)].set_index("horizon")
    assert set(found["benchmark"]) == {Losses.of(scores).best()} == {"theta"}
    assert own["skill_best"].tolist() == pytest.approx([0.1, 0.1, -0.08, -0.08, -0.08])
    assert own["n"].sum() == table.loc[(POOLED, MODEL), "n"]
    assert set(found["model"]) == {MODEL, "theta"}
    assert set(MODELS) == set(by_horizon(late)["model"])


def test_a_joint_gain_is_the_mean_of_ratios() -> None:
    joint = windowed(sample.full().joint, "late")
    found = joint_gains(joint).set_index("variable")
    assert list(found.index) == [*IDS, POOLED]
    assert found.loc["population_thousand", "gain"] == pytest.approx(1 - 1 / 1.03)
    ratios = [1.03 + 0.005 * (number % 4) for number in range(len(IDS))]
    assert found.loc[POOLED, "gain"] == pytest.approx(1 - math.exp(-np.mean(np.log(ratios))))
    assert found.loc[POOLED, "gain_low"] <= found.loc[POOLED, "gain"] <= found.loc[POOLED, "gain_high"]


def test_histograms_count_every_outcome(late: pd.DataFrame) -> None:
    own = late[late["model"] == MODEL]
    found = pit_histograms(late, bins=5)
    assert found.groupby("variable")["share"].sum().to_numpy() == pytest.approx(np.ones(len(THREE) + 1))
    counts, _ = np.histogram(own["pit"], bins=5, range=(0.0, 1.0))
    pooled = found[found["variable"] == POOLED]
    assert pooled["share"].to_numpy() == pytest.approx(counts / len(own))
    assert (pooled["error"] > 0).all()
    assert found["variable"].drop_duplicates().tolist() == [*THREE, POOLED]


def test_monte_carlo_errors_come_from_batches() -> None:
    """The geometric mean over V indicators of independent draws has the error √(Σ r²) / V of their relative ones."""
    rows = [
        {"origin": 2019, "variable": name, "batch": batch, "n": 10, "crps": size + step * (-1) ** batch,
         "covered80": 0.8, "covered95": 0.95 + 0.01 * (-1) ** batch}
        for name, size, step in (("rd_mln_rub", 2.0, 0.1), ("researchers", 4.0, 0.1)) for batch in range(8)
    ]  # fmt: skip
    found = monte_carlo_errors(pd.DataFrame(rows)).set_index("variable")
    spread = math.sqrt(8 / 7) / math.sqrt(8)  # sd of ±1 over eight batches, of their mean
    assert found.loc["rd_mln_rub", "crps"] == pytest.approx(0.05 * spread)
    assert found.loc[POOLED, "crps"] == pytest.approx(math.hypot(0.05, 0.025) * spread / 2)
    assert found.loc["researchers", "covered80"] == pytest.approx(0.0)
    assert found.loc[POOLED, "covered95"] == pytest.approx(0.01 * spread)
