"""The stocks against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regional_econ.policy.model.stocks import funded_posts, rd_initial_stock, rd_stock

RATE = st.floats(0.02, 0.5)


@given(delta=RATE, flow=st.floats(0.1, 1e4))
@settings(max_examples=30, deadline=None)
def test_rd_stock_stays_in_its_steady_state(delta: float, flow: float) -> None:
    flows = np.full((1, 40), flow)
    stock = rd_stock(np.array([flow / delta]), flows, np.array([delta]))
    # 1e-9 relative: forty additions of doubles
    np.testing.assert_allclose(stock, flow / delta, rtol=1e-9)
    np.testing.assert_allclose(rd_initial_stock(flows[0], np.array([delta])), flow / max(delta, 0.02), rtol=1e-9)


@given(delta=RATE, growth=st.floats(-0.01, 0.2), years=st.integers(2, 30))
@settings(max_examples=30, deadline=None)
def test_a_stock_that_grew_steadily_keeps_its_growth(delta: float, growth: float, years: int) -> None:
    assume(delta + growth >= 0.02)
    history = 7.0 * (1.0 + growth) ** np.arange(years)
    stock = rd_initial_stock(history, np.array([delta]))
    # closed form of K = (1 − δ)K/(1 + g) + R; 1e-9 relative: thirty steps of doubles
    np.testing.assert_allclose(stock, history[-1] * (1 + growth) / (delta + growth), rtol=1e-9)


def test_the_stock_of_a_shrinking_history_is_floored() -> None:
    """δ + g < 0 gives no stock at all; from the floored first year on the inventory goes on as always."""
    growth = np.sqrt(6.0 / 7.0) - 1.0
    stock = rd_initial_stock(np.array([7.0, 9.0, 6.0]), np.array([0.02]))
    np.testing.assert_allclose(stock, 0.98 * (0.98 * 7.0 * (1.0 + growth) / 0.02 + 9.0) + 6.0, rtol=1e-12)


def test_of_one_year_the_stock_is_that_of_a_steady_flow() -> None:
    stock = rd_initial_stock(np.array([7.0]), np.array([0.1, 0.01]))
    np.testing.assert_allclose(stock, [7.0 / 0.1, 7.0 / 0.02], rtol=1e-12)
    two = rd_initial_stock(np.array([100.0, 110.0]), np.array([0.1]))  # 100 · 1.1 / .2 = 550, then .9 · 550 + 110
    np.testing.assert_allclose(two, 605.0, rtol=1e-12)


def test_rd_stock_equals_its_sum() -> None:
    rng = np.random.default_rng(1)
    flow, delta, start = rng.uniform(1, 9, (50, 13)), rng.uniform(0.05, 0.3, 50), rng.uniform(10, 90, 50)
    ages = np.arange(12, -1, -1)
    closed = start * (1 - delta) ** 13 + (flow * (1 - delta)[:, None] ** ages).sum(axis=1)
    np.testing.assert_allclose(rd_stock(start, flow, delta)[:, -1], closed, rtol=1e-9)


@given(attrition=RATE, filling=st.floats(0.1, 1.0), posts=st.floats(0.0, 500.0))
@settings(max_examples=30, deadline=None)
def test_posts_fill_up_to_the_fixed_point(attrition: float, filling: float, posts: float) -> None:
    staff = funded_posts(np.full((1, 400), posts), np.array([attrition]), np.array([filling]))[0]
    stay = (1.0 - attrition) * (1.0 - filling)
    # fixed point of S = (1-q)S + h(P - (1-q)S)
    assert staff[-1] == pytest.approx(filling * posts / (1.0 - stay), rel=1e-9, abs=1e-9)
    assert (np.diff(staff) >= -1e-9).all()
