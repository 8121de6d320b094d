"""How likely are a region's figures under a level that wanders and a growth that persists? The filter and its gradient.

For unit i and step t,

    observed[i, t] = level[i, t] + noise,                                    noise ~ N(0, R[i] y[t])
    growth[i, t]   = ρ[i] growth[i, t−1] + shock,                            shock ~ N(0, Z[i] y[t])
    level[i, t]    = level[i, t−1] + move[i, t] + growth[i, t] + innovation, innovation ~ N(0, Q[i] y[t] + extra[t])
    move[i, t]     = Σ_k loadings[k, i] factors[k, t]

A step whose `steps` is 0 is a second measurement of the same year: growth stands still, and the level moves by its
factors, with variance extra[t]. Before a unit's first figure the level is 0 with variance P0, and growth
follows the stationary law of that step's variance.
One pass forward and one back give the log likelihood and its exact gradient, so the graph that a sampler compiles does
not grow with the number of years; and what goes in and out are vectors of units and of steps, never tables of both.
Units are filtered 32 at a time, each line of the arithmetic over all of them: compilers turn that into instructions
that hold several numbers, without changing the order of any sum.

Source: Durbin & Koopman (2012, Time Series Analysis by State Space Methods, 4.3); the way back is the chain rule
applied to each line of the way forward. Held against the multivariate normal density and central differences
(tests/bayes/test_kalman.py).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
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
_LANES = 8  # the gradients by steps are sums of eight sums over units, whatever the machine's instructions hold
_WIDE = 4 * _LANES
# One array holds what belongs to the units in hand, a row of _WIDE numbers each: compilers see that rows of one array
# do not overlap, and cannot see it of twenty arrays. First the state (level, growth and their variances), on the way
# back the gradients by it; then what is given; then what is counted together on both ways.
(
    _LEVEL, _GROWTH, _VAR, _COV, _GROWTH_VAR, _RHO, _FIRST, _NOISE, _INNOVATION, _SHOCK, _OWN, _MOVE, _PRODUCT, _TERMS,
    _D_RHO, _D_NOISE, _D_INNOVATION, _D_SHOCK, _D_OWN, _SUM, _ROWS,
) = range(21)  # fmt: skip
_STATE_ROWS = _RHO
# what is kept of a step: its error, the inverse of its variance, the state behind the move and before it; then the
# gradients by its move and by its three variances
_V, _INVERSE, _A1, _B1, _G0, _B0, _C0, _BY_MOVE, _BY_NOISE, _BY_INNOVATION, _BY_SHOCK, _KEPT = range(12)
_N_DATA, _N_FREE = 4, 8


def level_growth(
    weight: Array, observed: Array, steps: Array, first_variance: Array, loadings: Array, factors: Array, noise: Array,
    innovation: Array, shock: Array, yearly: Array, extra: Array, persistence: Array,
) -> tuple[Array, ...]:  # fmt: skip
    """Filter N units over T steps, K factors moving them.

    Parameters
    ----------
    weight : (T, N), 1 where a figure enters, 0 where it is missing or hidden.
    observed : (T, N), the figures.
    steps : (T,), 0 for a second measurement of the year before it in the arrays, else 1.
    first_variance : (N,), P0.
    loadings, factors : (K, N) and (K, T).
    noise, innovation, shock : (N,), R, Q and Z.
    yearly : (T,), y, what multiplies a step's variances.
    extra : (T,), the variance of a change of method at that step.
    persistence : (N,), |ρ| < 1.

    Returns
    -------
    the log likelihood (); the last state (5, N): level, growth, variance of the level, covariance, variance of the
    growth; then the gradients by loadings, factors, noise, innovation, shock, yearly, extra and persistence.
    """
    t_end, n = observed.shape
    n_factors = loadings.shape[0]
    last, d_loadings, d_factors = np.empty((5, n)), np.empty((n_factors, n)), np.empty((n_factors, t_end))
    d_noise, d_innovation, d_shock, d_persistence = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    d_yearly, d_extra = np.zeros(t_end), np.empty(t_end)
    x, own = np.empty((_ROWS, _WIDE)), np.empty((n_factors, _WIDE))
    figures, counts, kept = np.zeros((t_end, _WIDE)), np.empty((t_end, _WIDE)), np.empty((t_end, _KEPT, _WIDE))
    by_year, by_break = n_factors, n_factors + 1
    sums = np.zeros((n_factors + 2, t_end, _LANES))
    total = 0.0
    for start in range(0, n, _WIDE):
        width = min(_WIDE, n - start)
        for r in range(_ROWS):
            for j in range(_WIDE):
                x[r, j] = 0.0
        for j in range(_WIDE):
            x[_PRODUCT, j] = 1.0
        for t in range(t_end):
            for j in range(width):
                counts[t, j], figures[t, j] = weight[t, start + j], observed[t, start + j]
            for j in range(width, _WIDE):
                counts[t, j] = 0.0
        for k in range(n_factors):
            for j in range(width):
                own[k, j] = loadings[k, start + j]
            for j in range(width, _WIDE):
                own[k, j] = 0.0
        begin = t_end
        for j in range(width):
            i, first, rho = start + j, 0, persistence[start + j]
            while first < t_end and weight[first, i] == 0:
                first += 1
            if first == t_end:
                first = 0
            begin = min(begin, first)
            x[_FIRST, j], x[_RHO, j], x[_VAR, j] = first, rho, first_variance[i]
            x[_NOISE, j], x[_INNOVATION, j], x[_SHOCK, j] = noise[i], innovation[i], shock[i]
            x[_GROWTH_VAR, j] = shock[i] * yearly[first] / (1.0 - rho * rho)
        for t in range(begin, t_end):
            y, y_level, more, grows = yearly[t], yearly[t] * steps[t], extra[t], steps[t] > 0
            for j in range(_WIDE):
                x[_MOVE, j] = 0.0
            for k in range(n_factors):
                factor = factors[k, t]
                for j in range(_WIDE):
                    x[_MOVE, j] += own[k, j] * factor
            for j in range(_WIDE):
                on, seen, rho = t >= x[_FIRST, j], counts[t, j] > 0, x[_RHO, j]
                a0, g0, A0, B0, C0 = x[_LEVEL, j], x[_GROWTH, j], x[_VAR, j], x[_COV, j], x[_GROWTH_VAR, j]
                kept[t, _G0, j], kept[t, _B0, j], kept[t, _C0, j] = g0, B0, C0
                a, A, g, B, C = a0 + x[_MOVE, j], A0 + (x[_INNOVATION, j] * y_level + more), g0, B0, C0
                if grows:
                    carried = rho * B0
                    C = rho * rho * C0 + x[_SHOCK, j] * y
                    g = rho * g0
                    a += g
                    A += 2.0 * carried + C
                    B = carried + C
                F = A + x[_NOISE, j] * y
                v = figures[t, j] - a if seen else 0.0
                inverse = 1.0 / F if seen else 0.0
                kept[t, _V, j], kept[t, _INVERSE, j], kept[t, _A1, j], kept[t, _B1, j] = v, inverse, A, B
                x[_TERMS, j] += v * v * inverse + (_LOG_2PI if seen else 0.0)
                x[_PRODUCT, j] *= F if seen else 1.0
                K, L = A * inverse, B * inverse
                x[_LEVEL, j] = a + K * v if on else a0
                x[_GROWTH, j] = g + L * v if on else g0
                x[_VAR, j] = A - K * A if on else A0
                x[_COV, j] = B - K * B if on else B0
                x[_GROWTH_VAR, j] = C - L * B if on else C0
            far = 0
            for j in range(_WIDE):
                far |= (x[_PRODUCT, j] > _HUGE) | (x[_PRODUCT, j] < _TINY)
            if far:
                for j in range(_WIDE):
                    x[_TERMS, j] += np.log(x[_PRODUCT, j])
                    x[_PRODUCT, j] = 1.0
        for j in range(width):
            total -= 0.5 * (x[_TERMS, j] + np.log(x[_PRODUCT, j]))
            for k in range(5):
                last[k, start + j] = x[k, j]
        for r in range(_STATE_ROWS):
            for j in range(_WIDE):
                x[r, j] = 0.0
        for t in range(t_end - 1, begin - 1, -1):
            grows = steps[t] > 0
            for j in range(_WIDE):
                # gradients by the state after the step (d) become those by the state before it (e)
                on, rho = t >= x[_FIRST, j], x[_RHO, j]
                d_a, d_g, d_A, d_B, d_C = x[_LEVEL, j], x[_GROWTH, j], x[_VAR, j], x[_COV, j], x[_GROWTH_VAR, j]
                v, inverse, A, B = kept[t, _V, j], kept[t, _INVERSE, j], kept[t, _A1, j], kept[t, _B1, j]
                K, L, scaled = A * inverse, B * inverse, v * inverse
                b_K = d_a * v - d_A * A - d_B * B
                b_L = d_g * v - d_C * B
                b_F = 0.5 * (scaled * scaled - inverse) - (b_K * K + b_L * L) * inverse
                e_B = d_B * (1.0 - K) - d_C * L + b_L * inverse
                e_A = d_A * (1.0 - K) + b_K * inverse + b_F
                e_a = d_a - (d_a * K + d_g * L - scaled)
                e_g, e_C, b_shock, b_rho, by_var = d_g, d_C, 0.0, 0.0, e_A
                if grows:
                    moved, twice = e_g + e_a, 2.0 * e_A + e_B
                    b_shock = e_A + e_B + e_C
                    b_rho = moved * kept[t, _G0, j] + twice * kept[t, _B0, j] + 2.0 * rho * kept[t, _C0, j] * b_shock
                    e_g, e_B, e_C = rho * moved, rho * twice, rho * rho * b_shock
                kept[t, _BY_MOVE, j], kept[t, _BY_NOISE, j] = e_a if on else 0.0, b_F if on else 0.0
                kept[t, _BY_INNOVATION, j], kept[t, _BY_SHOCK, j] = by_var if on else 0.0, b_shock if on else 0.0
                x[_D_RHO, j] += b_rho if on else 0.0
                x[_LEVEL, j], x[_GROWTH, j] = e_a if on else d_a, e_g if on else d_g
                x[_VAR, j], x[_COV, j], x[_GROWTH_VAR, j] = (
                    e_A if on else d_A, e_B if on else d_B, e_C if on else d_C,
                )  # fmt: skip
        for t in range(begin, t_end):
            y, y_level, step = yearly[t], yearly[t] * steps[t], steps[t]
            for j in range(_WIDE):
                by_noise, by_innovation, by_shock = (
                    kept[t, _BY_NOISE, j], kept[t, _BY_INNOVATION, j], kept[t, _BY_SHOCK, j],
                )  # fmt: skip
                x[_D_NOISE, j] += by_noise * y
                x[_D_INNOVATION, j] += by_innovation * y_level
                x[_D_SHOCK, j] += by_shock * y
                x[_SUM, j] = by_noise * x[_NOISE, j] + by_innovation * x[_INNOVATION, j] * step
                x[_SUM, j] += by_shock * x[_SHOCK, j]
            for j in range(_LANES):
                sums[by_year, t, j] += (x[_SUM, j] + x[_SUM, _LANES + j]) + (
                    x[_SUM, 2 * _LANES + j] + x[_SUM, 3 * _LANES + j]
                )
                sums[by_break, t, j] += (kept[t, _BY_INNOVATION, j] + kept[t, _BY_INNOVATION, _LANES + j]) + (
                    kept[t, _BY_INNOVATION, 2 * _LANES + j] + kept[t, _BY_INNOVATION, 3 * _LANES + j]
                )
        for k in range(n_factors):
            for j in range(_WIDE):
                x[_OWN, j], x[_D_OWN, j] = own[k, j], 0.0
            for t in range(begin, t_end):
                factor = factors[k, t]
                for j in range(_WIDE):
                    x[_D_OWN, j] += kept[t, _BY_MOVE, j] * factor
                    x[_SUM, j] = kept[t, _BY_MOVE, j] * x[_OWN, j]
                for j in range(_LANES):
                    sums[k, t, j] += (x[_SUM, j] + x[_SUM, _LANES + j]) + (
                        x[_SUM, 2 * _LANES + j] + x[_SUM, 3 * _LANES + j]
                    )
            for j in range(width):
                d_loadings[k, start + j] = x[_D_OWN, j]
        for j in range(width):
            i, rho, first = start + j, x[_RHO, j], int(x[_FIRST, j])
            stationary = 1.0 / (1.0 - rho * rho)
            by_first = x[_GROWTH_VAR, j] * stationary
            d_noise[i], d_innovation[i] = x[_D_NOISE, j], x[_D_INNOVATION, j]
            d_shock[i] = x[_D_SHOCK, j] + by_first * yearly[first]
            d_yearly[first] += by_first * shock[i]
            d_persistence[i] = x[_D_RHO, j] + by_first * 2.0 * rho * shock[i] * yearly[first] * stationary
    for t in range(t_end):
        for k in range(n_factors + 2):
            for half in (4, 2, 1):
                for j in range(half):
                    sums[k, t, j] += sums[k, t, j + half]
        for k in range(n_factors):
            d_factors[k, t] = sums[k, t, 0]
        d_yearly[t] += sums[by_year, t, 0]
        d_extra[t] = sums[by_break, t, 0]
    return (
        np.asarray(total), last, d_loadings, d_factors, d_noise, d_innovation, d_shock, d_yearly, d_extra,
        d_persistence,
    )  # fmt: skip


class LevelGrowthFilter(Op):
    """:func:`level_growth` as an operation of a model, with its arguments and results in the same order.

    The likelihood alone has a gradient, and none by weight, observed, steps and first_variance.
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


# PyTensor keeps compiled operations by their name: another source must be another key, or a warm cache runs the old
# one. The places of the rows are part of it, so it is this whole file.
_SOURCE = int.from_bytes(hashlib.sha256(Path(__file__).read_bytes()).digest()[:6], "little")


@dispatch.register_funcify_default_op_cache_key(LevelGrowthFilter)  # type: ignore[untyped-decorator]
def _compiled(op: LevelGrowthFilter, **_: Any) -> tuple[Any, int]:
    return dispatch.numba_njit(level_growth, error_model="numpy"), _SOURCE


level_growth_filter: Any = LevelGrowthFilter()


def one_step_errors(
    weight: Array, steps: Array, observed: Array, move: Array, noise: Array, innovation: Array, shock: Array,
    persistence: Array, *, first_variance: float = 400.0,
) -> Array:  # fmt: skip
    """Return the standardised one-step errors (N, T) of the same filter, NaN where no figure enters.

    Parameters
    ----------
    weight, observed, move, noise, innovation, shock : (N, T), moves and variances of every step.
    steps, persistence : (T,) and (N,).
    first_variance : P0 of all units.
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
