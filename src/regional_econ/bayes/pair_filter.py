"""How likely are the figures of share and volume under the state-space model? The filter and its exact gradient.

The states, their moves and the three measurements of a year are those of :mod:`regional_econ.bayes.state_space`. One
pass forward over the years and one back, region by region, give the log likelihood and its derivatives; a sampler then
has no recursion to compile or to differentiate.

Source: Durbin & Koopman (2012, Time Series Analysis by State Space Methods, 4.3 and 6.4); the way back is the chain
rule applied to each line of the way forward. Held against the multivariate normal density
(tests/bayes/test_state_space.py) and central differences (tests/bayes/test_pair_filter.py).
"""

from __future__ import annotations

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

FIRST_MEAN, FIRST_VARIANCE = (-2.5, 0.0), (4.0, 100.0)
_LOG_2PI = float(np.log(2.0 * np.pi))
_N_DATA, _N_FREE, _N_KEPT = 5, 5, 3


def pair_filter(
    weight: Array, moves: Array, bridged: Array, unbridged: Array, origin: Array, observed: Array, drift: Array,
    innovation: Array, noise: Array, shifts: Array,
) -> tuple[Array, ...]:  # fmt: skip
    """Filter N regions over T years.

    Parameters
    ----------
    weight : (3, N, T), 1 where a figure enters; moves : (T,), 0 in the first year, then 1.
    bridged, unbridged, origin : (T,), as in `StateSpaceData`.
    observed : (3, N, T), the figures less the common path.
    drift : (2, N); innovation : (3, N), variance of the share, covariance, variance of the volume; noise : (2, N).
    shifts : (4,), mean and variance of the bridged, mean and variance of the unbridged shift.

    Returns
    -------
    the log likelihood (), its parts (T, 3, N), mean (2, N) and covariance (3, N) of the states at the origin; then the
    derivatives of the likelihood by the last five arguments.
    """
    n, t_end = observed.shape[1], observed.shape[2]
    parts, mean, covariance = np.zeros((t_end, 3, n)), np.zeros((2, n)), np.zeros((3, n))
    d_observed, d_drift, d_innovation = np.zeros((3, n, t_end)), np.zeros((2, n)), np.zeros((3, n))
    d_noise, d_shifts = np.zeros((2, n)), np.zeros(4)
    before = np.empty((t_end, 3, 5))
    total = 0.0
    for i in range(n):
        a0, a1 = FIRST_MEAN
        P0, Pc, P1 = FIRST_VARIANCE[0], 0.0, FIRST_VARIANCE[1]
        for t in range(t_end):
            a0 += moves[t] * drift[0, i] + unbridged[t] * shifts[2]
            a1 += moves[t] * drift[1, i]
            P0 += moves[t] * innovation[0, i] + unbridged[t] * shifts[3]
            Pc += moves[t] * innovation[1, i]
            P1 += moves[t] * innovation[2, i]
            for j in range(3):
                k = j // 2
                if j == 1:
                    a0 += bridged[t] * shifts[0]
                    P0 += bridged[t] * shifts[1]
                before[t, j, 0], before[t, j, 1] = a0, a1
                before[t, j, 2], before[t, j, 3], before[t, j, 4] = P0, Pc, P1
                if weight[j, i, t] > 0:
                    g0, g1 = (P0, Pc) if k == 0 else (Pc, P1)
                    F = (P0 if k == 0 else P1) + noise[k, i]
                    v = observed[j, i, t] - (a0 if k == 0 else a1)
                    parts[t, j, i] = -0.5 * (_LOG_2PI + np.log(F) + v * v / F)
                    total += parts[t, j, i]
                    a0 += g0 * v / F
                    a1 += g1 * v / F
                    P0 -= g0 * g0 / F
                    Pc -= g0 * g1 / F
                    P1 -= g1 * g1 / F
            if origin[t] > 0:
                mean[0, i], mean[1, i] = a0, a1
                covariance[0, i], covariance[1, i], covariance[2, i] = P0, Pc, P1
        b_a0, b_a1, b_P0, b_Pc, b_P1 = 0.0, 0.0, 0.0, 0.0, 0.0
        for t in range(t_end - 1, -1, -1):
            for j in range(2, -1, -1):
                k = j // 2
                if weight[j, i, t] > 0:
                    P0, Pc, P1 = before[t, j, 2], before[t, j, 3], before[t, j, 4]
                    g0, g1 = (P0, Pc) if k == 0 else (Pc, P1)
                    F = (P0 if k == 0 else P1) + noise[k, i]
                    v = observed[j, i, t] - before[t, j, k]
                    u = v / F
                    moved = (b_a0 * g0 + b_a1 * g1) / F
                    b_g0 = b_a0 * u - (2.0 * b_P0 * g0 + b_Pc * g1) / F
                    b_g1 = b_a1 * u - (2.0 * b_P1 * g1 + b_Pc * g0) / F
                    shrunk = (b_P0 * g0 * g0 + b_Pc * g0 * g1 + b_P1 * g1 * g1) / (F * F)
                    b_F = shrunk - moved * u + 0.5 * (u * u - 1.0 / F)
                    b_v = moved - u
                    d_observed[j, i, t] = b_v
                    d_noise[k, i] += b_F
                    if k == 0:
                        b_a0 -= b_v
                        b_P0 += b_g0 + b_F
                        b_Pc += b_g1
                    else:
                        b_a1 -= b_v
                        b_Pc += b_g0
                        b_P1 += b_g1 + b_F
                if j == 1:
                    d_shifts[0] += bridged[t] * b_a0
                    d_shifts[1] += bridged[t] * b_P0
            d_drift[0, i] += moves[t] * b_a0
            d_drift[1, i] += moves[t] * b_a1
            d_innovation[0, i] += moves[t] * b_P0
            d_innovation[1, i] += moves[t] * b_Pc
            d_innovation[2, i] += moves[t] * b_P1
            d_shifts[2] += unbridged[t] * b_a0
            d_shifts[3] += unbridged[t] * b_P0
    return (
        np.asarray(total), parts, mean, covariance, d_observed, d_drift, d_innovation, d_noise, d_shifts
    )  # fmt: skip


class PairFilter(Op):
    """:func:`pair_filter` as an operation of a model, with its arguments and results in the same order.

    The likelihood alone has a gradient, and only by the last five arguments.
    """

    __props__ = ()

    def make_node(self, *inputs: Any) -> Any:
        """Declare the results."""
        given = [pt.as_tensor_variable(one) for one in inputs]
        kept = [pt.dscalar(), pt.dtensor3(), pt.dmatrix(), pt.dmatrix()]
        return Apply(self, given, [*kept, *(one.type() for one in given[_N_DATA:])])

    def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
        """Compute outside compiled code."""
        for cell, value in zip(output_storage, pair_filter(*inputs), strict=True):
            cell[0] = value

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Return the gradient of the likelihood, computed with it."""
        free = [cotangents[0] * one for one in outputs[-_N_FREE:]]
        return [*(disconnected() for _ in range(_N_DATA)), *free]

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        """Say which result depends on which argument as far as gradients go."""
        none = [False] * (1 + _N_KEPT + _N_FREE)
        return [none] * _N_DATA + [[True, *none[1:]]] * _N_FREE


@dispatch.register_funcify_default_op_cache_key(PairFilter)  # type: ignore[untyped-decorator]
def _compiled(op: PairFilter, **_: Any) -> tuple[Any, int]:
    return dispatch.numba_njit(pair_filter), 1


filter_pairs: Any = PairFilter()
