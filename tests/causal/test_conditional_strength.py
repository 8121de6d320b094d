"""Strength of instruments for several endogenous variables: the published statistic written out, and special cases."""

from __future__ import annotations

import numpy as np
import pytest

from regional_econ.causal.conditional_strength import conditional_f
from regional_econ.causal.instruments import Errors, first_stage, instrumented


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    Z = rng.normal(size=(200, 3))
    X = Z @ np.array([[0.6, 0.2], [0.1, 0.5], [0.3, 0.4]]) + rng.normal(size=(200, 2)) * (1 + 0.5 * np.abs(Z[:, :1]))
    return X @ [1.0, -1.0] + rng.normal(size=200), X, Z


def test_equal_variances_give_the_published_statistic(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """F of all instruments in the first stage of the 2SLS residual, q over q − m + 1 times (their equation 15)."""
    y, X, Z = drawn
    data = instrumented(y, X, Z, controls=np.ones((200, 1)))
    M = np.eye(200) - np.ones((200, 200)) / 200
    x, z = M @ X, M @ Z
    P = z @ np.linalg.inv(z.T @ z) @ z.T
    for j in (0, 1):
        other = x[:, 1 - j]
        left = x[:, j] - other * (other @ P @ x[:, j]) / (other @ P @ other)
        variance = left @ (np.eye(200) - P) @ left / (200 - 1 - 3)
        assert conditional_f(data, errors="iid")[j] == pytest.approx(left @ P @ left / variance / 2, rel=1e-9)


@pytest.mark.parametrize("errors", ["iid", "HC1", "CR1"])
def test_one_variable_has_the_effective_f(drawn: tuple[np.ndarray, np.ndarray, np.ndarray], errors: Errors) -> None:
    y, X, Z = drawn
    cluster = np.repeat(np.arange(40), 5)
    data = instrumented(y, X[:, :1], Z[:, :1], controls=np.ones((200, 1)), cluster=cluster)
    effective = first_stage(data, errors=errors).effective_f
    assert conditional_f(data, errors=errors)[0] == pytest.approx(effective, rel=1e-9)
    # A second variable that is its own instrument is a control.
    both = np.column_stack([X[:, 0], Z[:, 1]])
    joint = instrumented(y, both, Z[:, :2], controls=np.ones((200, 1)), cluster=cluster)
    alone = instrumented(
        y, X[:, :1], Z[:, :1], controls=np.column_stack([np.ones(200), Z[:, 1]]), cluster=cluster
    )  # fmt: skip
    expected = first_stage(alone, errors=errors).effective_f
    assert conditional_f(joint, errors=errors)[0] == pytest.approx(expected, rel=1e-9)


def test_one_instrument_for_two_variables_is_seen(drawn: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """Both variables follow one instrument: each first stage is strong, neither conditional one is."""
    _, _, Z = drawn
    rng = np.random.default_rng(4)
    X = Z[:, [0, 0]] + 0.3 * rng.normal(size=(200, 2))
    data = instrumented(X[:, 0], X, Z[:, :2], controls=np.ones((200, 1)))
    assert first_stage(data, errors="HC1").f.min() > 100
    assert conditional_f(data, errors="HC1").max() < 10
