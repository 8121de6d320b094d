"""Rates of the stocks come back from figures that were made with them; equations count the same on both sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from regional_econ._base.errors import DataError, SchemaError, UnknownNameError
from regional_econ._base.location import data_dir
from regional_econ.data.load import load_panel
from regional_econ.policy.model.calibration import estimated_rates, mean_with_terms
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.units import check_equations

POLICY = (data_dir() / "policy.yml").read_text(encoding="utf-8")


def test_rates_are_those_the_assets_were_made_with(world: Inputs) -> None:
    """7 % commissioned, 1 % scrapped, 8 % written off, each with noise of a tenth, over the years without breaks."""
    rates = {rate.id: rate for rate in estimated_rates(world.panel, world.region)}
    for name, truth in (("commissioning", 0.07), ("disposal", 0.01), ("renewal_decay", 0.08)):
        rate = rates[name]
        breaks = {2019} if name == "commissioning" else {2017, 2019}
        assert rate.years == tuple(year for year in range(2014, 2024) if year not in breaks)
        # noise of 10 % a year over eight years: 3.5 %; four standard errors
        assert rate.mean == pytest.approx(truth, rel=0.15)
        assert rate.prior.p05 < rate.mean < rate.prior.p95
        assert set(rate.terms) == breaks
        assert world.priors[name] == rate.prior
    reach = stats.t.ppf(0.95, 7) * rates["disposal"].std_error / (rates["disposal"].mean * (1 - rates["disposal"].mean))
    centre = np.log(rates["disposal"].mean / (1 - rates["disposal"].mean))
    assert rates["disposal"].prior.p05 == pytest.approx(1 / (1 + np.exp(reach - centre)), rel=1e-12)
    assert rates["price_growth"].mean == pytest.approx(np.log(1.06), rel=1e-12)
    assert rates["budget_share"].mean == pytest.approx(0.16, abs=0.015)


def test_terms_are_those_of_least_squares_with_dummies() -> None:
    rng = np.random.default_rng(1)
    figures = pd.Series(rng.normal(size=9), index=range(2010, 2019))
    X = np.column_stack([np.ones(9), figures.index == 2013, figures.index == 2017]).astype(float)
    slopes, residual, _, _ = np.linalg.lstsq(X, figures.to_numpy(), rcond=None)
    error = np.sqrt(residual[0] / 6 * np.linalg.inv(X.T @ X)[0, 0])
    mean, std_error, terms = mean_with_terms(figures, (2013, 2017))
    # 1e-12: closed form of the same normal equations
    np.testing.assert_allclose([mean, *terms.values(), std_error], [*slopes, error], rtol=1e-12)


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
