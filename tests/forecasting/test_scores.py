"""Do the scores equal their closed forms, another implementation and published numbers?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import scoringrules
from scipy import stats

from regional_econ._base.errors import OptionError
from regional_econ.forecasting.scores import covered, crps_normal, crps_sample, interval_score

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "bayes.json"
CLOSED = next(e for e in json.loads(ORACLE.read_text(encoding="utf-8")) if e["id"] == "crps_closed_forms")["values"]
SAMPLED = {
    "student_t(y=1,df=5,loc=0,scale=1)": (stats.t(5), 1.0),
    "lognormal(y=1.5,mulog=0,sdlog=.5)": (stats.lognorm(0.5), 1.5),
    "beta(y=.3,a=2,b=5)": (stats.beta(2, 5), 0.3),
    "gamma(y=1,shape=2,rate=1)": (stats.gamma(2), 1.0),
    "logistic(y=1,0,1)": (stats.logistic(), 1.0),
    "laplace(y=1,0,1)": (stats.laplace(), 1.0),
}


@pytest.mark.parametrize("name", [name for name in CLOSED if name.startswith("normal")])
def test_normal_crps_equals_the_oracle(name: str) -> None:
    y, mean, sd = (float(x) for x in re.findall(r"=(-?[\d.]+)", name))
    score = float(crps_normal(np.array(mean), np.array(sd), np.array(y)))
    assert score == pytest.approx(CLOSED[name]["value"], abs=1e-9)  # the oracle prints ten digits


@pytest.mark.parametrize("name", SAMPLED)
def test_sample_crps_of_even_quantiles_comes_near_the_closed_form(name: str) -> None:
    law, y = SAMPLED[name]
    draws = law.ppf((np.arange(20_000) + 0.5) / 20_000)
    # the heaviest tail (t₅) loses what lies beyond 1/40,000: about 1e-4
    assert float(crps_sample(draws, np.array(y))) == pytest.approx(CLOSED[name]["value"], abs=2e-4)


def test_scores_equal_scoringrules() -> None:
    rng = np.random.default_rng(0)
    draws, y = rng.normal(size=(301, 4, 5)), rng.normal(size=(4, 5))
    other = scoringrules.crps_ensemble(y, np.moveaxis(draws, 0, -1), estimator="nrg")
    # two orders of summation of 301² terms
    np.testing.assert_allclose(crps_sample(draws, y), other, rtol=0, atol=1e-12)
    low, high = np.quantile(draws, (0.1, 0.9), axis=0)
    np.testing.assert_allclose(
        interval_score(low, high, y, level=0.8), scoringrules.interval_score(y, low, high, 0.2), rtol=0, atol=1e-12
    )


def test_scores_scale_and_a_point_forecast_costs_its_error() -> None:
    rng = np.random.default_rng(1)
    draws, y = rng.normal(size=(200, 3)), rng.normal(size=3)
    np.testing.assert_allclose(crps_sample(7 * draws, 7 * y), 7 * crps_sample(draws, y), rtol=1e-12)
    assert float(crps_sample(np.full((50, 1), 2.0), np.array([5.0]))[0]) == 3.0


def test_coverage_counts_the_ends_and_levels_are_checked() -> None:
    low, high, y = np.zeros(4), np.ones(4), np.array([-0.1, 0.0, 1.0, 1.1])
    assert covered(low, high, y).tolist() == [0.0, 1.0, 1.0, 0.0]
    with pytest.raises(OptionError, match=r"level cannot be 80"):
        interval_score(low, high, y, level=80)
