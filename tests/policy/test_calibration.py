"""Rates of the stocks come back from figures that were made with them; equations count the same on both sides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from regional_econ._base.errors import DataError, SchemaError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ.data.load import load_panel
from regional_econ.policy.model.baselines import driver_baseline, regional_product
from regional_econ.policy.model.calibration import (
    LEAST_DONORS,
    chance,
    estimated_rates,
    mean_with_terms,
    wear_apart,
)
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.units import check_equations

POLICY = (data_dir() / "policy.yml").read_text(encoding="utf-8")


def test_rates_are_those_the_assets_were_made_with(world: Inputs) -> None:
    """7 % commissioned, 1 % scrapped, 8 % written off, each with noise of a tenth, over the years without breaks."""
    rates = {rate.id: rate for rate in estimated_rates(world.panel, world.region)}
    for name, truth in (("commissioning", 0.07), ("disposal", 0.01), ("renewal_decay", 0.08)):
        rate = rates[name]
        breaks = {2019} if name == "commissioning" else {2017, 2019}
        first = 2016 if name == "disposal" else 2014
        assert rate.years == tuple(year for year in range(first, 2024) if year not in breaks)
        # noise of 10 % a year over six to nine years: 4 %; nearly four standard errors
        assert rate.mean == pytest.approx(truth, rel=0.15)
        assert rate.prior.p05 < rate.mean < rate.prior.p95
        assert set(rate.terms) == breaks
        assert 0.001 < rate.tested[2022] <= 1.0, "nothing was planted in 2022"
        assert world.priors[name] == rate.prior
    reach = stats.t.ppf(0.95, 5) * rates["disposal"].std_error / (rates["disposal"].mean * (1 - rates["disposal"].mean))
    centre = np.log(rates["disposal"].mean / (1 - rates["disposal"].mean))
    assert rates["disposal"].prior.p05 == pytest.approx(1 / (1 + np.exp(reach - centre)), rel=1e-12)
    assert rates["price_growth"].mean == pytest.approx(np.log(1.06), rel=1e-12)
    assert rates["budget_share"].mean == pytest.approx(0.16, abs=0.015)


def test_a_share_that_revaluations_hide_is_borrowed() -> None:
    """Every region has a share then, by its own figures or by the others' spread; the study's region needs none."""
    panel = load_panel()
    assert not any(rate.donors for rate in estimated_rates(panel, "RU-KEM"))
    frame = panel.frame[["fixed_assets_mln_rub", "assets_commissioned_mln_rub"]].unstack("region")
    gross, new = frame["fixed_assets_mln_rub"], frame["assets_commissioned_mln_rub"]
    figures = (1.0 + (new - gross) / gross.shift()).loc[2016:].drop([2017, 2019])
    mean, error = figures.mean(), figures.std() / np.sqrt(figures.count())
    told = mean > stats.t.ppf(0.95, figures.count() - 1) * error
    assert told[["RU-KEM", "RU-TOM", "RU-TYU"]].tolist() == [True, False, False]
    assert mean["RU-TOM"] < 0.0 < mean["RU-TYU"]
    for region in ("RU-TOM", "RU-TYU", "RU-MOW"):
        disposal = next(rate for rate in estimated_rates(panel, region) if rate.id == "disposal")
        others = mean.drop(region)[lambda one: one > 0.0]
        assert disposal.donors == len(others) >= LEAST_DONORS
        assert disposal.mean == pytest.approx(mean[region]), "what the own figures say stays in sight"
        own = [disposal.prior.p05, disposal.prior.p50, disposal.prior.p95]
        assert own == pytest.approx(list(np.quantile(others, [0.05, 0.5, 0.95])), rel=1e-9)
        assert disposal.prior.source == f"official figures of other regions: {len(others)}"


def test_every_region_has_rates() -> None:
    panel = load_panel()
    for region in panel.region_ids:
        for rate in estimated_rates(panel, region):
            assert rate.prior.p05 < rate.prior.p50 < rate.prior.p95, (region, rate.id)
            assert rate.prior.scale != "logit" or 0.0 < rate.prior.p05 < rate.prior.p95 < 1.0, (region, rate.id)


def test_terms_are_those_of_least_squares_with_dummies() -> None:
    rng = np.random.default_rng(1)
    figures = pd.Series(rng.normal(size=9), index=range(2010, 2019))
    X = np.column_stack([np.ones(9), figures.index == 2013, figures.index == 2017]).astype(float)
    slopes, residual, _, _ = np.linalg.lstsq(X, figures.to_numpy(), rcond=None)
    error = np.sqrt(residual[0] / 6 * np.linalg.inv(X.T @ X)[0, 0])
    mean, std_error, terms = mean_with_terms(figures, (2013, 2017))
    # 1e-12: closed form of the same normal equations
    np.testing.assert_allclose([mean, *terms.values(), std_error], [*slopes, error], rtol=1e-12)


def test_the_chance_of_a_year_is_that_of_its_dummy() -> None:
    figures = pd.Series(np.random.default_rng(2).normal(size=10), index=range(2014, 2024))
    X = np.column_stack([np.ones(10), figures.index == 2017, figures.index == 2022]).astype(float)
    slopes, residual, _, _ = np.linalg.lstsq(X, figures.to_numpy(), rcond=None)
    t = slopes[2] / np.sqrt(residual[0] / 7 * np.linalg.inv(X.T @ X)[2, 2])
    assert chance(figures, (2017,), 2022) == pytest.approx(2 * stats.t.sf(abs(t), 7), rel=1e-12)


def test_the_figures_ask_for_no_term_in_2022() -> None:
    """What the page says in words of the study's region."""
    panel = load_panel()
    tested = {rate.id: rate.tested for rate in estimated_rates(panel, "RU-KEM") if rate.tested}
    assert set(tested) == {"commissioning", "disposal", "renewal_decay"}
    assert all(share > 0.1 for found in tested.values() for share in found.values())


def test_the_price_effect_is_the_one_that_the_record_holds(root: Path) -> None:
    """The prior and every number of its reason, held against the result they quote."""
    record = json.loads((root / "reports" / "record" / "kuzbass.full.json").read_text(encoding="utf-8"))
    values = record["results"]["causal.mining"]["values"]
    own = "investment_grp.to_2022.index.plain.0"
    estimate, error, chance_of_100 = (
        values[f"{own}.{key}"]["value"] * scale
        for key, scale in (("estimate", 1.0), ("region", 1.0), ("placebo.p_value", 100.0))
    )
    declared = yaml.safe_load(POLICY)["priors"]["mining_price_investment"]
    assert declared["source"] == "causal.mining"
    assert declared["p50"] == pytest.approx(estimate, abs=0.005)
    # A 90 % interval of the bootstrap error is 1.645 errors to either side; both ends are rounded to tenths.
    reach = stats.norm.ppf(0.95) * error
    assert [declared["p05"], declared["p95"]] == pytest.approx([estimate - reach, estimate + reach], abs=0.05)
    said = [float(number) for number in re.findall(r"-?\d+\.\d+|\d+(?= cases of 100)", declared["why"])]
    said += [float(number) for number in re.findall(r"in (\d+) cases of 100", declared["why"])]
    assert said[:2] == pytest.approx([estimate, error], abs=0.005)
    assert said[-1] == pytest.approx(chance_of_100, abs=0.5)


def test_shares_rest_on_figures_that_shares_can_be() -> None:
    """In the study's region: no year of a declared rate has a disposal or decay below zero, and the two years before
    the first one of disposal, which have, are the reason why it starts there."""
    panel = load_panel()
    gross, new = (
        panel.column(name).xs("RU-KEM", level="region")
        for name in ("fixed_assets_mln_rub", "assets_commissioned_mln_rub")
    )
    net = panel.column("fixed_assets_residual_mln_rub").xs("RU-KEM", level="region")
    figures = {
        "commissioning": new / gross.shift(),
        "disposal": 1.0 + (new - gross) / gross.shift(),
        "renewal_decay": 1.0 + (new - net) / net.shift(),
    }
    for rate in estimated_rates(panel, "RU-KEM"):
        if rate.id in figures:
            own = figures[rate.id].loc[list(rate.years)]
            assert rate.mean == pytest.approx(own.mean(), rel=1e-9)
            assert own.between(0.0, 1.0, inclusive="neither").all(), rate.id
    assert (figures["disposal"].loc[2014:2015] < 0.0).all()


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("  price_growth:\n", "  prices:\n", UnknownNameError, "unknown rate 'prices'.*line"),
        ("first_year: 2014, breaks: []", "first: 2014, breaks: []", UnknownNameError, "unknown key 'first'.*line"),
        ("first_year: 2014, breaks: []", "first_year: 2022, breaks: []", DataError, "has 2 years from 2022"),
        ("scale: identity, unit: \"log points", "scale: cube, unit: \"log points", Exception, "Choose one of"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_named(
    world: Inputs, tmp_path: Path, old: str, new: str, error: type[Exception], message: str
) -> None:
    assert old in POLICY
    path = tmp_path / "policy.yml"
    path.write_text(POLICY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(error, match=message):
        estimated_rates(world.panel, world.region, path=path)


def test_a_region_without_figures_is_refused(world: Inputs) -> None:
    with pytest.raises(UnknownNameError, match="unknown region 'RU-XXX'"):
        estimated_rates(world.panel, "RU-XXX")


def test_equations_count_the_same_on_both_sides(tmp_path: Path) -> None:
    panel = load_panel()
    assert str(check_equations(panel)["researchers_to_employed"]) == "0.0001"
    path = tmp_path / "policy.yml"
    for old, new, message in (
        ("[[10, researchers, /employed", "[[100, researchers, /employed", r"is 0.0001 on the left and 1e-05"),
        ("[rd_mln_rub]]", "[researchers]]", "adds 1 persons to 1000000 rub.*line"),
        ("[[share, grp_mln_rub]]", "[[share, grp_real_mln_rub]]", "1000000 rub on the left and 1000000 rub_2022"),
    ):
        assert old in POLICY
        path.write_text(POLICY.replace(old, new), encoding="utf-8")
        with pytest.raises(SchemaError, match=message):
            check_equations(panel, path=path)


def constants(equation: str) -> list[list[float]]:
    """Return the numbers of each term that ``data/policy.yml`` declares for an equation."""
    terms = yaml.safe_load(POLICY)["equations"][equation]["right"]
    return [[factor for factor in term if isinstance(factor, int | float)] for term in terms]


def test_the_code_counts_with_the_constants_that_are_declared(world: Inputs) -> None:
    """The units check sees the declaration only, so the arithmetic is held against the declared constants here."""
    years, draws = range(2023, 2036), 50
    found = {name: array.squeeze("region").to_numpy()[:draws] for name, array in world.baseline.variables.items()}
    growth = np.full(draws, 0.05)
    product = regional_product(world, list(years), draws=draws)
    ((percent,),) = constants("rd_to_grp")
    expected = percent * found["rd_mln_rub"] / (product * np.exp(0.05 * np.arange(1, 14)))
    kept = driver_baseline(world, "rd_grp_pct", years, draws=draws, price_growth=growth)
    # 1e-6: forecasts are kept in single precision
    np.testing.assert_allclose(kept, expected, rtol=1e-6)
    ((ten,),) = constants("researchers_to_employed")
    staff = driver_baseline(world, "researchers_per_10k_employed", years, draws=draws)
    np.testing.assert_allclose(staff, ten * found["researchers"] / found["employed_thousand"], rtol=1e-6)
    frame = world.panel.frame.xs(world.region, level="region")
    assert constants("investment_to_grp") == [[percent]], "volumes are indices, whose ratio needs no constant"
    _, (whole, *_) = constants("wear")
    net, gross = frame["fixed_assets_residual_mln_rub"][2022], frame["fixed_assets_mln_rub"][2022]
    apart = wear_apart(world.panel, world.region, 2022)
    assert apart == pytest.approx(whole * (1.0 - net / gross) - frame["wear_pct"][2022], rel=1e-12)
