"""The averaged confidence distribution is exact, and percentage points go back and forth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from regional_econ.causal.distribution import benjamini_hochberg, confidence_distribution
from regional_econ.causal.scales import coefficient_for, effect_pp

ROWS = pd.DataFrame(
    {
        "estimate": [0.3, -0.1, 0.2],
        "std_error": [0.1, 0.2, 0.05],
        "df": [84, 82, 84],
        "weight": [0.5, 0.3, 0.2],
        "scale": ["ln", "logit", "logit"],
    }
)


def test_probabilities_against_simulation() -> None:
    found = confidence_distribution(ROWS, change=0.6, level_pct=7.0, claimed_sign=1)
    rng = np.random.default_rng(1)
    n = 400_000
    row = rng.choice(3, size=n, p=ROWS["weight"])
    beta = ROWS["estimate"].to_numpy()[row] + ROWS["std_error"].to_numpy()[row] * rng.standard_t(
        ROWS["df"].to_numpy()[row]
    )
    pp = np.where(row == 0, effect_pp(beta, 0.6, 7.0, "ln"), effect_pp(beta, 0.6, 7.0, "logit"))
    probabilities = found.probabilities(0.5)
    # Five Monte Carlo errors of a share from 400,000 draws: 5 · √(.25/400000) = .004.
    assert probabilities.beyond == pytest.approx((pp > 0.5).mean(), abs=0.004)
    assert probabilities.right_sign == pytest.approx((pp > 0).mean(), abs=0.004)
    assert probabilities.negligible == pytest.approx((np.abs(pp) < 0.5).mean(), abs=0.004)
    assert probabilities.wrong_beyond == pytest.approx((pp < -0.5).mean(), abs=0.004)
    assert found.cdf(found.quantile(0.05)) == pytest.approx(0.05, abs=1e-8)  # root finding to 1e-10 pp
    assert found.sign_share() == pytest.approx(0.7)


def test_each_row_may_have_its_own_contrast() -> None:
    change = np.array([0.6, 1.2, 0.3])
    found = confidence_distribution(ROWS, change=change, level_pct=7.0, claimed_sign=1)
    # A coefficient per smaller unit, for a change of as many more of them, is the same effect.
    scaled = ROWS.assign(estimate=ROWS["estimate"] * change / 0.6, std_error=ROWS["std_error"] * change / 0.6)
    same = confidence_distribution(scaled, change=0.6, level_pct=7.0, claimed_sign=1)
    assert found.cdf(0.4) == pytest.approx(same.cdf(0.4), rel=1e-12)  # the same arithmetic in another order
    assert found.minimal_detectable_pp() == pytest.approx(same.minimal_detectable_pp(), rel=1e-12)


def test_the_claimed_sign_mirrors_everything() -> None:
    up = confidence_distribution(ROWS, change=0.6, level_pct=7.0, claimed_sign=1).probabilities(0.4)
    down = confidence_distribution(ROWS, change=0.6, level_pct=7.0, claimed_sign=-1).probabilities(0.4)
    assert (up.beyond, up.right_sign) == pytest.approx((down.wrong_beyond, down.wrong_sign))
    assert up.negligible == pytest.approx(down.negligible)
    assert up.beyond + up.negligible + up.wrong_beyond == pytest.approx(1)


def test_minimal_detectable_effect_is_found_with_the_promised_power() -> None:
    one = ROWS.iloc[[0]].assign(weight=1.0)
    pp = confidence_distribution(one, change=0.6, level_pct=7.0, claimed_sign=1).minimal_detectable_pp()
    t = coefficient_for(pp, 0.6, 7.0, "ln") / 0.1
    power = stats.nct.sf(stats.t.ppf(0.975, 84), 84, t)
    # The usual sum of two t quantiles approximates the noncentral t to about half a percent.
    assert power == pytest.approx(0.80, abs=0.006)


def test_the_minimal_detectable_effect_lies_in_the_claimed_direction() -> None:
    one = ROWS.iloc[[1]].assign(weight=1.0)
    up, down = (
        confidence_distribution(one, change=2.0, level_pct=7.0, claimed_sign=sign).minimal_detectable_pp()
        for sign in (1, -1)
    )
    # From 7 % a logit shift upwards moves more points than the same shift downwards, which cannot pass 7.
    assert 0 < down < up
    assert down < 7.0
    reach = coefficient_for(up, 2.0, 7.0, "logit")
    assert down == pytest.approx(-float(effect_pp(np.array(-reach), 2.0, 7.0, "logit")))


@given(
    st.floats(-2, 2), st.floats(0.05, 3), st.floats(0.5, 60), st.sampled_from(["ln", "logit"])
)  # fmt: skip
def test_percentage_points_go_back_and_forth(beta: float, change: float, level: float, scale: str) -> None:
    chosen = "ln" if scale == "ln" else "logit"
    pp = float(effect_pp(np.array(beta), change, level, chosen))
    # Percentage points near a bound lose digits to cancellation.
    assert coefficient_for(pp, change, level, chosen) == pytest.approx(beta, rel=1e-6, abs=1e-6)


def test_benjamini_hochberg_on_the_published_example() -> None:
    # Benjamini & Hochberg (1995), section 3.2: fifteen p-values, four rejections at .05.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    q = benjamini_hochberg(np.array(p))
    assert int((q <= 0.05).sum()) == 4
    assert (np.diff(q) >= 0).all()
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
