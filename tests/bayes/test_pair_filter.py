"""The filter's gradient is that of central differences, alone and inside the model."""

from __future__ import annotations

import numpy as np
import pymc
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from regional_econ.bayes.pair_filter import pair_filter
from regional_econ.bayes.state_space import build_model

N, T = 2, 8
FREE = ("observed", "drift", "innovation", "noise", "shifts")
Given = dict[str, np.ndarray]


@pytest.fixture
def given() -> Given:
    rng = np.random.default_rng(20221231)
    flags = np.eye(T)
    spread = 0.2 + rng.random((2, N))
    return {
        "weight": (rng.random((3, N, T)) < 0.7).astype(float), "moves": 1.0 - flags[0], "bridged": flags[4],
        "unbridged": flags[6], "origin": flags[T - 1], "observed": rng.normal(size=(3, N, T)).cumsum(axis=2),
        "drift": rng.normal(size=(2, N)),
        "innovation": np.stack([spread[0], 0.3 * np.sqrt(spread[0] * spread[1]), spread[1]]),
        "noise": 0.1 + rng.random((2, N)), "shifts": np.array([0.5, 0.2, -0.3, 0.4]),
    }  # fmt: skip


@pytest.mark.parametrize("name", FREE)
def test_the_gradient_is_that_of_central_differences(given: Given, name: str) -> None:
    found = pair_filter(**given)[4 + FREE.index(name)]
    assert found.shape == given[name].shape
    for place in np.ndindex(found.shape):
        ends = []
        for sign in (1.0, -1.0):
            moved = given[name].copy()
            moved[place] += sign * 1e-5
            ends.append(float(pair_filter(**{**given, name: moved})[0]))
        assert found[place] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6, abs=1e-7), place


def test_the_model_means_what_it_says_once_rewritten(given: Given) -> None:
    """PyTensor 3.3 turns 2·Join(a, b)[−1] into 0; the model as written and as rewritten must agree, gradients too."""
    model = build_model(N, T)
    data = {name: given[name] for name in ("observed", "weight", "bridged", "unbridged", "origin")}
    with model:
        pymc.set_data(data)
    rng = np.random.default_rng(1)
    point = {
        name: np.asarray(value + 0.3 * rng.normal(size=np.shape(value)))
        for name, value in model.initial_point().items()
    }
    plain = Mode(linker="py", optimizer=None)
    inputs, factors = model.value_vars, [factor.sum() for factor in model.logp(sum=False)]
    wanted = [*factors, *pytensor.grad(pt.stack(factors).sum(), inputs)]
    values = [point[one.name] for one in inputs]
    written = pytensor.function(inputs, wanted, mode=plain)(*values)
    mode = Mode(linker="py", optimizer="fast_run").excluding("fusion", "inplace")
    rewritten = pytensor.function(inputs, wanted, mode=mode)(*values)
    for one, two in zip(written, rewritten, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-6)
