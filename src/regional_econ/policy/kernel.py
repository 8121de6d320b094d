"""Compiled arithmetic of the policy model: one draw at a time, from what levers fund to the shift of the outcome.

Draws come first in every array, so that one draw lies together in memory. A driver follows one of four equations:

* ``FLOW``: x = x⁰ (1 + f P), f the relative size of a push and P what arrives, in pushes;
* ``STOCK``: the same flow R = R⁰ (1 + f P) through K_t = (1 − δ) K_{t−1} + R_t, read as x = x⁰ K / K⁰;
* ``POSTS``: S_t = (1 − q) S_{t−1} + η (f P_t x⁰_t − (1 − q) S_{t−1})⁺ on top of the baseline, x = x⁰ + S;
* ``ASSETS``: per unit of the baseline's gross stock, which grows by γ = c − d a year, net a and gross b are added,
  a_t = (1 − κ)/(1 + γ) a_{t−1} + e_t and b_t = (1 − d)/(1 + γ) b_{t−1} + (1 − r) e_t, e_t what a rise of the
  programme renews, and x = 100 (1 − min(1, (n⁰ + a)/(1 + b))), n⁰ = 1 − x⁰/100.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
FLOW, STOCK, POSTS, ASSETS = 0, 1, 2, 3
ADDITIVE, RANDOM, NESTED = 0, 1, 2


class LeverArrays(NamedTuple):
    """What the arithmetic reads of levers.

    ``driver``, ``group``, ``rule`` and ``reach`` (levers,): what each moves, with whom and how it overlaps, and the
    amount that covers everybody; ``lag`` and ``gain`` (draws, levers): years of delivery, and 1 + ψ; ``kept``
    (draws, years): the share of a year's funds that the budget leaves.
    """

    driver: Whole
    group: Whole
    rule: Whole
    reach: Floats
    lag: Whole
    gain: Floats
    kept: Floats


class DriverArrays(NamedTuple):
    """What the arithmetic reads of drivers.

    ``kind``, ``push``, ``logs``, ``knee`` and ``centre`` (drivers,): equation, size of a push, whether changes count in
    logs, where returns start to decrease, and the mean elasticity; ``domain`` (drivers, 4): lowest and highest level,
    largest change and its years; ``epsilon``, ``phi`` (below 0: lag weights) and ``theta`` (draws, drivers);
    ``weights`` (draws, drivers, lags), ``rate`` (draws, drivers, 4); ``base`` and ``flow`` (draws, drivers, years).
    """

    kind: Whole
    push: Floats
    logs: NDArray[np.bool_]
    knee: Floats
    centre: Floats
    domain: Floats
    epsilon: Floats
    phi: Floats
    theta: Floats
    weights: Floats
    rate: Floats
    base: Floats
    flow: Floats


def _programmes(funded: Any, lever: LeverArrays, d: int, arrived: Any, programme: Any) -> None:
    """Fill what arrives in each driver (drivers, years), in pushes, of what levers fund (levers, years)."""
    levers, years = funded.shape
    plain = True
    for j in range(levers):
        late = lever.lag[d, j]
        plain = plain and lever.rule[j] == 0
        for t in range(years):
            arrived[j, t] = funded[j, t - late] * lever.kept[d, t - late] if t >= late else 0.0
    programme[:] = 0.0
    for j in range(levers):
        for t in range(years):
            amount = arrived[j, t]
            if amount == 0.0:
                continue
            share = 1.0
            if not plain and lever.rule[j] > 0:
                total, rest, largest = 0.0, 1.0, 0.0
                for i in range(levers):
                    if lever.group[i] == lever.group[j]:
                        cover = min(arrived[i, t] / lever.reach[i], 1.0)
                        total += cover
                        rest *= 1.0 - cover
                        largest = max(largest, cover)
                share = (1.0 - rest if lever.rule[j] == 1 else largest) / total
            programme[lever.driver[j], t] += lever.gain[d, j] * amount * share


def _levels(world: DriverArrays, d: int, v: int, programme: Any, level: Any) -> None:
    """Fill a driver's level (years,) under a programme (years,) in pushes."""
    kind, push = world.kind[v], world.push[v]
    base, flow, rate = world.base[d, v], world.flow[d, v], world.rate[d, v]
    years = level.shape[0]
    if kind == 0:
        for t in range(years):
            level[t] = base[t] * (1.0 + push * programme[t])
    elif kind == 1:
        plain = pushed = rate[1]
        for t in range(years):
            plain = (1.0 - rate[0]) * plain + flow[t]
            pushed = (1.0 - rate[0]) * pushed + flow[t] * (1.0 + push * programme[t])
            level[t] = base[t] * (pushed / plain)
    elif kind == 2:
        staff = 0.0
        for t in range(years):
            stayers = (1.0 - rate[0]) * staff
            staff = stayers + rate[1] * max(push * programme[t] * base[t] - stayers, 0.0)
            level[t] = base[t] + staff
    else:
        growth = 1.0 + rate[0] - rate[1]
        net = gross = before = 0.0
        for t in range(years):
            renewed = max(programme[t] - before, 0.0) * push
            before = programme[t]
            net = (1.0 - rate[2]) / growth * net + renewed
            gross = (1.0 - rate[1]) / growth * gross + (1.0 - rate[3]) * renewed
            if net == 0.0 and gross == 0.0:
                level[t] = base[t]
            else:
                level[t] = 100.0 * (1.0 - min((1.0 - base[t] / 100.0 + net) / (1.0 + gross), 1.0))


def _respond(world: DriverArrays, d: int, v: int, level: Any, change: Any, outside: Any, effect: Any) -> None:
    """Fill Δx, the excess over the domain and the shift of the outcome's logit (years,) that one driver brings.

    Above the knee a log counts only 1 − θ: returns decrease there.
    """
    base, domain, knee, theta = world.base[d, v], world.domain[v], world.knee[v], world.theta[d, v]
    epsilon, centre, phi, weights = world.epsilon[d, v], world.centre[v], world.phi[d, v], world.weights[d, v]
    logs = world.logs[v]
    years, window = level.shape[0], int(domain[3])
    for t in range(years):
        if level[t] == base[t]:
            change[t] = 0.0
        else:
            change[t] = np.log(level[t] / base[t]) if logs else level[t] - base[t]
            if theta != 0.0 and logs:
                change[t] -= theta * (np.log(max(level[t], knee) / knee) - np.log(max(base[t], knee) / knee))
        earlier = change[t - window] if t >= window else 0.0
        by_change = abs(change[t] - earlier) / domain[2] - 1.0
        by_level = max(level[t] - domain[1], domain[0] - level[t]) / (domain[1] - domain[0])
        outside[t] = max(by_change, by_level, 0.0) if change[t] != 0.0 else 0.0
    state = 0.0
    for t in range(years):
        if phi >= 0.0:
            response = (centre + (epsilon - centre) * (1.0 + outside[t])) * change[t]
            state = phi * state + (1.0 - phi) * response
            effect[t] = state
        else:
            total = 0.0
            for k in range(min(weights.shape[0], t + 1)):
                late = t - k
                total += weights[k] * (centre + (epsilon - centre) * (1.0 + outside[late])) * change[late]
            effect[t] = total


programmes = njit(cache=True)(_programmes)
levels = njit(cache=True)(_levels)
respond = njit(cache=True)(_respond)


def _paths(
    funded: Any, lever: LeverArrays, world: DriverArrays, level: Any, change: Any, outside: Any, effect: Any
) -> None:
    """Fill everything about every driver (draws, drivers, years)."""
    draws, drivers, years = world.base.shape
    arrived, programme = np.zeros(funded.shape), np.zeros((drivers, years))
    for d in range(draws):
        programmes(funded, lever, d, arrived, programme)
        for v in range(drivers):
            levels(world, d, v, programme[v], level[d, v])
            respond(world, d, v, level[d, v], change[d, v], outside[d, v], effect[d, v])


def _shifts(funded: Any, lever: LeverArrays, world: DriverArrays, synergy: Any, shift: Any) -> None:
    """Fill the shift of the logit in the last year for scenarios (scenarios, draws)."""
    draws, drivers, years = world.base.shape
    arrived, programme = np.zeros(funded.shape[1:]), np.zeros((drivers, years))
    level, change, outside, effect = np.zeros(years), np.zeros(years), np.zeros(years), np.zeros(years)
    last = np.zeros(drivers)
    for d in range(draws):
        for s in range(funded.shape[0]):
            programmes(funded[s], lever, d, arrived, programme)
            for v in range(drivers):
                last[v] = 0.0
                if np.any(programme[v] != 0.0):
                    levels(world, d, v, programme[v], level)
                    respond(world, d, v, level, change, outside, effect)
                    last[v] = effect[years - 1]
            shift[s, d] = together(last, synergy[d])


def _together(effects: Any, synergy: float) -> float:
    """Return the sum of the drivers' shifts (drivers,), plus κ Σ_{v<w} u_v u_w / Σ|u_v| across directions."""
    total, square, size = 0.0, 0.0, 0.0
    for v in range(effects.shape[0]):
        total += effects[v]
        square += effects[v] * effects[v]
        size += abs(effects[v])
    if synergy == 0.0 or size == 0.0:
        return total
    return total + synergy * (total * total - square) / (2.0 * size)


together = njit(cache=True)(_together)
paths = njit(cache=True)(_paths)
shifts = njit(cache=True)(_shifts)
