"""How likely are a region's figures under a level that wanders and a growth that persists? The filter and its gradient.

For unit i and step t,

    observed[i, t] = level[i, t] + noise,                                    noise ~ N(0, R[i, t])
    growth[i, t]   = ρ[i] growth[i, t−1] + shock,                            shock ~ N(0, Z[i, t])
    level[i, t]    = level[i, t−1] + move[i, t] + growth[i, t] + innovation, innovation ~ N(0, Q[i, t])

A step whose `steps` is 0 is a second measurement of the same year: growth stands still, and move and Q are those of a
change of method alone. Before a unit's first figure the level is 0 with variance P0, and growth follows the stationary
law of that step's Z.
One pass forward and one back give the log likelihood and its exact gradient, so the graph that a sampler compiles does
not grow with the number of years.

Source: Durbin & Koopman (2012, Time Series Analysis by State Space Methods, 4.3); the way back is the chain rule
applied to each line of the way forward. Held against the multivariate normal density and central differences
(tests/bayes/test_kalman.py).
"""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import numpy as np
import pytensor.tensor
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply as Node
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch import basic

from regional_econ.bayes.trace import Array

# the annotations of PyTensor are partial, so its parts are Any here
pt: Any = pytensor.tensor
dispatch: Any = basic
disconnected: Any = disconnected_type
Apply: Any = Node

_LOG_2PI = float(np.log(2.0 * np.pi))
_HUGE, _TINY = 1e100, 1e-100  # a product of variances is as good as the sum of their logs, as long as it is a number
_BLOCK = 8  # units filtered side by side: a step waits for the step before it, other units' arithmetic fills the wait
_N_DATA, _N_FREE = 3, 6


def level_growth(
    weight: Array, steps: Array, first_variance: Array, observed: Array, move: Array, noise: Array, innovation: Array,
    shock: Array, persistence: Array,
) -> tuple[Array, ...]:  # fmt: skip
    """Filter N units over T steps.

    Parameters
    ----------
    weight : (N, T), 1 where a figure enters, 0 where it is missing or hidden.
    steps : (T,), 0 for a second measurement of the year before it in the arrays, else 1.
    first_variance : (N,), P0.
    observed, move, noise, innovation, shock : (N, T); persistence : (N,), |ρ| < 1.

    Returns
    -------
    the log likelihood (); the last state (5, N): level, growth, variance of the level, covariance, variance of the
    growth; then the gradients by observed, move, noise, innovation, shock (N, T) and persistence (N,).
    """
    n, t_end = observed.shape
    last = np.empty((5, n))
    d_observed, d_move = np.zeros((n, t_end)), np.zeros((n, t_end))
    d_noise, d_innovation = np.zeros((n, t_end)), np.zeros((n, t_end))
    d_shock, d_persistence = np.zeros((n, t_end)), np.zeros(n)
    kept = np.empty((t_end, _BLOCK, 7))
    now, back = np.empty((_BLOCK, 5)), np.empty((_BLOCK, 5))
    product, terms = np.empty(_BLOCK), np.empty(_BLOCK)
    first = np.zeros(n, dtype=np.int64)
    total = 0.0
    for start in range(0, n, _BLOCK):
        end = min(start + _BLOCK, n)
        for i in range(start, end):
            while first[i] < t_end and weight[i, first[i]] == 0:
                first[i] += 1
            if first[i] == t_end:
                first[i] = 0
            stationary = 1.0 / (1.0 - persistence[i] * persistence[i])
            j = i - start
            now[j, 0], now[j, 1], now[j, 2], now[j, 3] = 0.0, 0.0, first_variance[i], 0.0
            now[j, 4] = shock[i, first[i]] * stationary
            product[j], terms[j] = 1.0, 0.0
        for t in range(t_end):
            for i in range(start, end):
                if t < first[i]:
                    continue
                j, rho = i - start, persistence[i]
                a, g, A, B, C = now[j, 0], now[j, 1], now[j, 2], now[j, 3], now[j, 4]
                kept[t, j, 4], kept[t, j, 5], kept[t, j, 6] = g, B, C
                if steps[t] > 0:
                    carried = rho * B
                    C = rho * rho * C + shock[i, t]
                    g = rho * g
                    a += move[i, t] + g
                    A += 2.0 * carried + C + innovation[i, t]
                    B = carried + C
                else:
                    a += move[i, t]
                    A += innovation[i, t]
                if weight[i, t] > 0:
                    F = A + noise[i, t]
                    v = observed[i, t] - a
                    inverse = 1.0 / F
                    kept[t, j, 0], kept[t, j, 1], kept[t, j, 2], kept[t, j, 3] = v, A, B, inverse
                    terms[j] += _LOG_2PI + v * v * inverse
                    product[j] *= F
                    if product[j] > _HUGE or product[j] < _TINY:
                        terms[j] += np.log(product[j])
                        product[j] = 1.0
                    K, L = A * inverse, B * inverse
                    a += K * v
                    g += L * v
                    C -= L * B
                    B -= K * B
                    A -= K * A
                now[j, 0], now[j, 1], now[j, 2], now[j, 3], now[j, 4] = a, g, A, B, C
        for i in range(start, end):
            j = i - start
            total -= 0.5 * (terms[j] + np.log(product[j]))
            for k in range(5):
                last[k, i], back[j, k] = now[j, k], 0.0
        for t in range(t_end - 1, -1, -1):
            for i in range(start, end):
                if t < first[i]:
                    continue
                j, rho = i - start, persistence[i]
                b_a, b_g, b_A, b_B, b_C = back[j, 0], back[j, 1], back[j, 2], back[j, 3], back[j, 4]
                if weight[i, t] > 0:
                    v, A, B, inverse = kept[t, j, 0], kept[t, j, 1], kept[t, j, 2], kept[t, j, 3]
                    K, L = A * inverse, B * inverse
                    b_K = b_a * v - b_A * A - b_B * B
                    b_L = b_g * v - b_C * B
                    scaled = v * inverse
                    b_v = b_a * K + b_g * L - scaled
                    b_F = 0.5 * (scaled * scaled - inverse) - (b_K * K + b_L * L) * inverse
                    b_B = b_B * (1.0 - K) - b_C * L + b_L * inverse
                    b_A = b_A * (1.0 - K) + b_K * inverse + b_F
                    b_a -= b_v
                    d_observed[i, t], d_noise[i, t] = b_v, b_F
                d_move[i, t], d_innovation[i, t] = b_a, b_A
                if steps[t] > 0:
                    g, B, C = kept[t, j, 4], kept[t, j, 5], kept[t, j, 6]
                    moved = b_g + b_a
                    all_three = b_A + b_B + b_C
                    d_persistence[i] += moved * g + (2.0 * b_A + b_B) * B + 2.0 * rho * C * all_three
                    d_shock[i, t] = all_three
                    b_g = rho * moved
                    b_B = rho * (2.0 * b_A + b_B)
                    b_C = rho * rho * all_three
                back[j, 0], back[j, 1], back[j, 2], back[j, 3], back[j, 4] = b_a, b_g, b_A, b_B, b_C
        for i in range(start, end):
            b_C, rho = back[i - start, 4], persistence[i]
            stationary = 1.0 / (1.0 - rho * rho)
            d_shock[i, first[i]] += b_C * stationary
            d_persistence[i] += b_C * 2.0 * rho * shock[i, first[i]] * stationary * stationary
    return (
        np.asarray(total), last, d_observed, d_move, d_noise, d_innovation, d_shock, d_persistence
    )  # fmt: skip


class LevelGrowthFilter(Op):
    """:func:`level_growth` as an operation of a model, with its arguments and results in the same order.

    The likelihood alone has a gradient, and none by weight, steps and first_variance.
    """

    __props__ = ()

    def make_node(self, *inputs: Any) -> Any:
        """Declare the results."""
        given = [pt.as_tensor_variable(one) for one in inputs]
        return Apply(self, given, [pt.dscalar(), pt.dmatrix(), *(one.type() for one in given[_N_DATA:])])

    def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
        """Compute outside compiled code."""
        for cell, value in zip(output_storage, level_growth(*inputs), strict=True):
            cell[0] = value

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Return the gradient of the likelihood, computed with it."""
        return [*(disconnected() for _ in range(_N_DATA)), *(cotangents[0] * one for one in outputs[-_N_FREE:])]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        """Say which result depends on which argument as far as gradients go."""
        none = [False] * (2 + _N_FREE)
        return [none] * _N_DATA + [[True, *none[1:]]] * _N_FREE


# PyTensor keeps compiled operations by their name: another source must be another key, or a warm cache runs the old one
_SOURCE = int.from_bytes(hashlib.sha256(inspect.getsource(level_growth).encode()).digest()[:6], "little")


@dispatch.register_funcify_default_op_cache_key(LevelGrowthFilter)  # type: ignore[untyped-decorator]
def _compiled(op: LevelGrowthFilter, **_: Any) -> tuple[Any, int]:
    return dispatch.numba_njit(level_growth), _SOURCE


level_growth_filter: Any = LevelGrowthFilter()


def one_step_errors(
    weight: Array, steps: Array, observed: Array, move: Array, noise: Array, innovation: Array, shock: Array,
    persistence: Array, *, first_variance: float = 400.0,
) -> Array:  # fmt: skip
    """Return the standardised one-step errors (N, T) of the same filter, NaN where no figure enters.

    Parameters
    ----------
    As those of :func:`level_growth`, with one variance of the first level for all units.
    """
    n, t_end = observed.shape
    errors = np.full((n, t_end), np.nan)
    first = (weight > 0).argmax(axis=1)
    units = np.arange(n)
    a, g, A, B = np.zeros(n), np.zeros(n), np.full(n, first_variance), np.zeros(n)
    C = shock[units, first] / (1.0 - persistence**2)
    for t in range(t_end):
        on, grows = t >= first, (t >= first) & (steps[t] > 0)
        carried, grown = persistence * B, persistence**2 * C + shock[:, t]
        g = np.where(grows, persistence * g, g)
        a = a + np.where(on, move[:, t], 0.0) + np.where(grows, g, 0.0)
        A = A + np.where(grows, 2.0 * carried + grown, 0.0) + np.where(on, innovation[:, t], 0.0)
        B, C = np.where(grows, carried + grown, B), np.where(grows, grown, C)
        seen = weight[:, t] > 0
        F, v = A + noise[:, t], observed[:, t] - a
        errors[seen, t] = (v / np.sqrt(F))[seen]
        K, L = np.where(seen, A / F, 0.0), np.where(seen, B / F, 0.0)
        a, g = a + K * v, g + L * v
        A, B, C = A - K * A, B - K * B, C - L * B
    return errors
