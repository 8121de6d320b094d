"""Do results say what the draws say? Quantiles and odds, scenarios, the paper's figures, earlier fans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import forecast_sample as sample
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.stats import norm
from scipy.stats import t as student_t

from regional_econ._base.errors import DataError, EstimationError, OptionError, SchemaError, UnknownNameError
from regional_econ._base.text import Text
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study, load_study
from regional_econ.data.load import load_panel
from regional_econ.data.tables import load_national
from regional_econ.forecasting import paper_values as paper
from regional_econ.forecasting.choice import PriceScenario
from regional_econ.forecasting.earlier_fans import earlier_fans, earlier_result
from regional_econ.forecasting.indicators import IDS
from regional_econ.forecasting.results import QUANTILES, diagnostics_result, forecast_result, held
from regional_econ.forecasting.scenarios import scenarios_result, under_scenarios

KUZBASS, OUTCOME = "RU-KEM", "innovation_activity_pct"


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load_panel()


@pytest.fixture(scope="module")
def study(root: Path) -> Study:
    return load_study(root / "analyses" / "study.toml")


@pytest.fixture(scope="module")
def forecast(panel: Panel) -> Forecast:
    return sample.made_up_forecast(panel, load_national(), n_draws=200)


def test_a_regions_numbers_are_those_of_its_draws(forecast: Forecast, panel: Panel, study: Study) -> None:
    values = forecast_result(forecast, panel, study, KUZBASS).values
    for variable in IDS:
        draws = forecast.draws(variable, KUZBASS).sel(year=2030).to_numpy().astype(float)
        for key, level in QUANTILES.items():
            found = values[f"{variable}.2030.{key}"]
            assert found.value == pytest.approx(float(np.quantile(draws, level)), rel=1e-12)
            assert found == values[f"{variable}.end.{key}"]
            assert found.mc_error is not None
        last = 2022 if variable == OUTCOME else 2023
        assert values[f"{variable}.last.year"].value == last
        assert f"{variable}.{last + 1}.p50" in values
        assert f"{variable}.{last}.p50" not in values
        known = values[f"{variable}.last.value"].value
        expected = 100.0 if variable.endswith("_index") else panel.value(KUZBASS, variable, last)
        assert known == expected
        assert values[f"odds.{variable}.above_last"].value == np.mean(draws > expected)
    share = forecast.draws(OUTCOME, KUZBASS)
    assert values["odds.end"].value == np.mean(share.sel(year=2030).to_numpy() >= 12.5)
    assert values["odds.target"].value == np.mean(share.sel(year=2035).to_numpy() >= 12.5)
    assert values["odds.above_last"] == values[f"odds.{OUTCOME}.above_last"]
    level = forecast.draws("grp_real_index", KUZBASS).sel(year=2030).to_numpy().astype(float)
    growth = np.median(100 * ((level / 100) ** (1 / 7) - 1))
    assert values["grp_real_index.growth.p50"].value == pytest.approx(growth, rel=1e-12)


def test_the_error_of_a_quantile_is_that_of_its_parts(forecast: Forecast, panel: Panel, study: Study) -> None:
    draws = forecast.draws("wear_pct", KUZBASS).sel(year=2030).to_numpy().astype(float)
    parts = [np.median(part) for part in np.split(draws, 20)]
    found = forecast_result(forecast, panel, study, KUZBASS).values["wear_pct.2030.p50"].mc_error
    assert found == pytest.approx(np.std(parts, ddof=1) / np.sqrt(20), rel=1e-12)


def test_a_region_without_figures_has_no_numbers_of_them(forecast: Forecast, panel: Panel, study: Study) -> None:
    without = [name for name in IDS if np.isnan(forecast.draws(name, "RU-YEV").to_numpy()).any()]
    assert "rd_mln_rub" in without
    assert set(held(forecast, "RU-YEV")) == set(IDS) - set(without)
    values = forecast_result(forecast, panel, study, "RU-YEV").values
    assert not [key for key in values if key.startswith(tuple(f"{name}." for name in without))]
    assert not [key for key, value in values.items() if value.value != value.value]
    with pytest.raises(UnknownNameError, match="RU-KEM"):
        forecast_result(forecast, panel, study, "RU-KME")


def test_gates_and_hyperparameters_stand_by_indicator(forecast: Forecast) -> None:
    values = diagnostics_result(forecast).values
    assert values["rhat"].value == forecast.diagnostics["rhat"]
    for name in IDS:
        assert values[f"{name}.ess_tail"].value == forecast.diagnostics[f"{name}.ess_tail"]
        assert values[f"{name}.persistence.sd"].value == 0.05
        size = min(float(forecast.diagnostics[f"{name}.{key}"]) for key in ("ess_bulk", "ess_tail"))
        assert values[f"{name}.persistence.mean"].mc_error == pytest.approx(0.05 / size**0.5, rel=1e-12)
    assert "wear_pct.drift_sd.mean" not in values


SD_PRICE, SD_OWN, CORRELATION, N = 0.2, 0.1, 0.6, 4000


def gaussian() -> tuple[Forecast, pd.DataFrame]:
    """Researchers and the coal price of 2024, jointly normal on their log scales (researchers + 1)."""
    rng = np.random.default_rng(11)
    z = rng.standard_normal((2, N))
    price = 100.0 * np.exp(SD_PRICE * z[0])
    own = 800.0 * np.exp(SD_OWN * (CORRELATION * z[0] + (1 - CORRELATION**2) ** 0.5 * z[1])) - 1.0
    arrays = {
        name: xr.DataArray(
            values[:, None, None], dims=("draw", "region", "year"), coords={"region": [region], "year": [2024]}
        )
        for name, region, values in (("researchers", KUZBASS, own), ("coal_australian_usd_t", "RU", price))
    }
    rows = [
        (name, year, 100.0 + year % 3) for name in ("coal_australian_usd_t", "brent_usd_bbl") for year in (2021, 2022)
    ]
    rows += [(name, 2023, 100.0) for name in ("coal_australian_usd_t", "brent_usd_bbl")]
    return Forecast(arrays, 2023, "baseline", 3, "0" * 64), pd.DataFrame(rows, columns=["series", "year", "value"])


def test_a_scenario_moves_the_median_as_the_normal_distribution_says() -> None:
    forecast, national = gaussian()
    dear = PriceScenario("dear", Text("дорого", "dear"), "coal_australian_usd_t", (1.5,))
    (found,) = under_scenarios(forecast, national, [dear], region=KUZBASS)
    values = scenarios_result([found], year=2024).values
    z = np.log(1.5) / SD_PRICE
    assert values["dear.price.2024"].value == 150.0
    # the mean and sd of 4,000 draws have errors of 1.6 and 1.1 % of an sd: four of them at z = 2
    assert values["dear.implausibility"].value == pytest.approx(z, abs=0.15)
    assert values["dear.tail_probability"].value == pytest.approx(2 * norm.sf(z), abs=0.016)
    expected = 800.0 * np.exp(CORRELATION * SD_OWN * z) - 1.0
    after, apart = values["dear.researchers.p50"], values["dear.researchers.difference.p50"]
    error = values["dear.researchers.difference.error"].value
    assert isinstance(error, float)
    assert error == apart.mc_error
    # slope's error z·sd·√(1−r²)/√n on the log scale is 0.2 %, 2.1 persons; batches of 200 tell it to a third or so
    slope_error = 850.0 * z * SD_OWN * (1 - CORRELATION**2) ** 0.5 / N**0.5
    assert 0.5 * slope_error < error < 3.0 * slope_error
    assert isinstance(after.value, float)
    assert isinstance(apart.value, float)
    assert abs(after.value - expected) < 4 * slope_error
    assert abs(apart.value - (expected - 799.0)) < 4 * slope_error
    width = values["dear.researchers.p90"].value - values["dear.researchers.p10"].value  # type: ignore[operator]
    spread = 2 * 1.2816 * SD_OWN * (1 - CORRELATION**2) ** 0.5
    assert width == pytest.approx((expected + 1) * 2 * np.sinh(spread / 2), rel=0.06)  # an sd of 4,000 draws: 1.1 %


def test_a_price_path_nobody_forecasts_is_refused() -> None:
    forecast, national = gaussian()
    long = PriceScenario("long", Text("долго", "long"), "coal_australian_usd_t", (1.0, 1.0))
    with pytest.raises(OptionError, match="forecast for 2024–2024, not for 2025"):
        under_scenarios(forecast, national, [long], region=KUZBASS)
    with pytest.raises(DataError, match="brent"):
        under_scenarios(forecast, national[national["series"] != "brent_usd_bbl"], [long], region=KUZBASS)


def test_the_papers_figures_are_read_from_its_claims() -> None:
    found = {one.claim: (one.region, one.value) for one in paper.paper_values(OUTCOME)}
    assert found == {
        "Q30": ("RU-KEM", 8.4), "Q31": ("RU", 12.5), "Q32": ("RU-NVS", 13.3), "Q33": ("RU-TOM", 16.4),
        "Q34": ("RU-TA", 34.1),
    }  # fmt: skip
    assert paper.paper_values(OUTCOME, year=2031) == ()


def test_a_figure_that_is_no_number_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "claims.yml"
    number = "{kind: number, variable: innovation_activity_pct, region: RU-KEM, year: 2024, printed: x, scale: 1}"
    path.write_text(f"claims:\n  - id: Q1\n    checks: [{number}]\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="'x' is no number") as refused:
        paper.paper_values(OUTCOME, path=path)
    assert "claims.yml, line 3" in str(refused.value)


def planted(panel: Panel, shifts: tuple[float, float, float], residual: float) -> Panel:
    """A panel whose national figure is the mean by employment, moved by a shift a method and a residual of known sd."""
    rng = np.random.default_rng(5)
    aggregates = panel.aggregates.copy()
    for year in range(2010, 2023):
        shares, weights = (panel.matrix(name, years=[year])[year] for name in (OUTCOME, "employed_thousand"))
        both = shares.notna() & weights.notna()
        mean = (shares * weights)[both].sum() / weights[both].sum()
        odds = np.log(mean / (100 - mean)) + shifts[sum(b <= year for b in (2017, 2019))]
        odds += residual * rng.standard_normal()
        aggregates.loc[("RU", year), OUTCOME] = 100 / (1 + np.exp(-odds))
    return replace(panel, aggregates=aggregates)


def test_the_gap_to_the_national_figure_is_found_method_by_method(panel: Panel) -> None:
    shifts = (-0.1, -0.3, 0.2)
    exact = paper.national_gap(planted(panel, shifts, 0.0), OUTCOME)
    assert exact.weight == "employed_thousand"
    assert [exact.shifts[k] for k in range(3)] == pytest.approx(shifts, abs=1e-10)
    assert exact.sd == pytest.approx(0.0, abs=1e-10)
    assert (exact.df, exact.n_newest) == (10, 4)
    noisy = paper.national_gap(planted(panel, shifts, 0.05), OUTCOME, weights=["employed_thousand"])
    # a sd of ten degrees of freedom has a relative error of 22 %; three of them
    assert noisy.sd == pytest.approx(0.05, rel=0.67)
    assert noisy.predictive_sd == pytest.approx(noisy.sd * np.sqrt(1 + 1 / 4), rel=1e-12)


def test_the_national_draws_are_students_t_around_the_moved_mean(forecast: Forecast, panel: Panel) -> None:
    array = forecast.variables[OUTCOME].isel(draw=np.zeros(4000, dtype=int))
    fixed = replace(forecast, variables={OUTCOME: xr.full_like(array, 10.0)})
    gap = paper.NationalGap("employed_thousand", {}, {2021: 2, 2022: 2}, {2: -0.1}, 0.05, 10)
    gap = replace(gap, gaps={2021: -0.1, 2022: -0.1})
    draws = paper.national_draws(fixed, panel, OUTCOME, gap, year=2024)
    odds = np.log(draws / (100 - draws))
    expected = np.log(10 / 90) - 0.1 + 0.05 * np.sqrt(1.5) * student_t.ppf([0.1, 0.5, 0.9], 10)
    # the error of a decile of 4,000 draws is 0.03 sds of 0.06; four of them
    assert np.quantile(odds, [0.1, 0.5, 0.9]) == pytest.approx(expected, abs=0.008)


def test_percentiles_and_bands_of_the_papers_figures(forecast: Forecast, panel: Panel, study: Study) -> None:
    values = paper.paper_result(forecast, panel, study).values
    draws = forecast.draws(OUTCOME, KUZBASS).sel(year=2024).to_numpy().astype(float)
    assert values["RU-KEM.percentile"].value == pytest.approx(np.mean(draws < 8.4), abs=1e-12)
    for level, low, high in ((80, "p10", "p90"), (95, "p025", "p975")):
        for region in ("RU", "RU-KEM", "RU-NVS", "RU-TOM", "RU-TA"):
            ends = [values[f"{region}.{key}"].value for key in (low, high)]
            assert values[f"{region}.in{level}"].value == (ends[0] <= values[f"{region}.value"].value <= ends[1])
        inside = [values[f"{one}.in{level}"].value for one in ("RU", "RU-KEM", "RU-NVS", "RU-TOM", "RU-TA")]
        assert values[f"in{level}"].value == sum(inside)
    assert values["last_year"].value == 2022
    assert values["n"].value == 5
    judged, _ = paper.judge(forecast, panel, study)
    frame = paper.paper_data(judged, OUTCOME).set_index("model")
    assert frame.loc[KUZBASS, "conf_high80"] == values["RU-KEM.p90"].value
    assert frame.loc["RU", "mark"] == 12.5


def test_what_cannot_be_judged_is_refused(forecast: Forecast, panel: Panel, study: Study) -> None:
    late = replace(forecast, variables={OUTCOME: forecast.variables[OUTCOME].sel(year=slice(2025, None))})
    with pytest.raises(DataError, match="2025–2035"):
        paper.judge(late, panel, study)
    with pytest.raises(EstimationError, match="no residual"):
        paper.national_gap(panel.select(years=(2018, 2020)), OUTCOME)
    with pytest.raises(DataError, match="country"):
        paper.national_gap(replace(panel, aggregates=panel.aggregates.drop(index="RU")), OUTCOME)


def test_earlier_fans_open_at_their_origin_and_count_what_the_band_held(panel: Panel) -> None:
    scores = sample.made_up_scores(panel, (KUZBASS, "RU-TOM"), origins=(2010, 2014))
    fans = earlier_fans(scores, panel, "wear_pct", KUZBASS)
    assert fans.groupby("origin")["year"].agg(list).to_dict() == {
        origin: list(range(origin, origin + 6)) for origin in (2010, 2014)
    }
    opened = fans[fans["year"] == fans["origin"]]
    assert opened["lo95"].tolist() == [panel.value(KUZBASS, "wear_pct", year) for year in (2010, 2014)]
    assert opened["held80"].isna().all()
    own = scores[(scores["variable"] == "wear_pct") & (scores["region"] == KUZBASS)].dropna(subset=["q0.1"])
    inside = own["observed"].between(own["q0.1"], own["q0.9"])
    assert 0 < inside.sum() < len(own), "a count that could not differ would test nothing"
    values = earlier_result(scores, panel, ("wear_pct", "grp_real_index"), KUZBASS).values
    assert (values["wear_pct.held80"].value, values["wear_pct.n"].value) == (inside.sum(), 10)
    assert values["held80"].value == inside.sum() + values["grp_real_index.held80"].value
    assert (values["wear_pct.first_origin"].value, values["wear_pct.last_origin"].value) == (2010, 2014)
    assert values["held80"].mc_error == pytest.approx(2**0.5), "one outcome an indicator may lie at an edge"
    index = earlier_fans(scores, panel, "grp_real_index", KUZBASS)
    assert (index.loc[index["year"] == index["origin"], "observed"] == 100.0).all()


def test_where_nothing_was_scored_there_is_no_fan(panel: Panel) -> None:
    scores = sample.made_up_scores(panel, (KUZBASS,), origins=(2014,))
    assert earlier_fans(scores, panel, "wear_pct", "RU-TOM").empty
    assert "wear_pct.n" not in earlier_result(scores, panel, ("wear_pct",), "RU-TOM").values
    with pytest.raises(DataError, match=r"q0\.9"):
        earlier_fans(scores.drop(columns="q0.9"), panel, "wear_pct", KUZBASS)
