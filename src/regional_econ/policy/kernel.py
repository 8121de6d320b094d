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

from typing import Any

import numpy as np
from numba import njit

FLOW, STOCK, POSTS, ASSETS = 0, 1, 2, 3
ADDITIVE, RANDOM, NESTED = 0, 1, 2


def _programmes(funded: Any, lever: Any, d: Any, arrived: Any, programme: Any) -> None:
    """Fill what arrives in each driver (drivers, years), in pushes, of what levers fund (levers, years)."""
    driver, group, reach, rule, lag, gain = lever
    levers, years = funded.shape
    plain = True
    for j in range(levers):
        late = lag[d, j]
        plain = plain and rule[j] == 0
        for t in range(years):
            arrived[j, t] = funded[j, t - late] if t >= late else 0.0
    programme[:] = 0.0
    for j in range(levers):
        for t in range(years):
            amount = arrived[j, t]
            if amount == 0.0:
                continue
            share = 1.0
            if not plain and rule[j] > 0:
                total, rest, largest = 0.0, 1.0, 0.0
                for i in range(levers):
                    if group[i] == group[j]:
                        cover = min(arrived[i, t] / reach[i], 1.0)
                        total += cover
                        rest *= 1.0 - cover
                        largest = max(largest, cover)
                share = (1.0 - rest if rule[j] == 1 else largest) / total
            programme[driver[j], t] += gain[d, j] * amount * share


def _levels(kind: int, push: float, programme: Any, base: Any, flow: Any, rate: Any, level: Any) -> None:
    """Fill a driver's level (years,) under a programme (years,) in pushes."""
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


def _respond(
    level: Any, base: Any, logs: bool, domain: Any, epsilon: float, centre: float, weights: Any, phi: float,
    change: Any, outside: Any, effect: Any,
) -> None:  # fmt: skip
    """Fill Δx, the excess over the domain and the shift of the outcome's logit (years,); φ below 0: lag weights."""
    years, window = level.shape[0], int(domain[3])
    for t in range(years):
        if level[t] == base[t]:
            change[t] = 0.0
        else:
            change[t] = np.log(level[t] / base[t]) if logs else level[t] - base[t]
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


def _paths(funded: Any, lever: Any, world: Any, level: Any, change: Any, outside: Any, effect: Any) -> None:
    """Fill everything about every driver (draws, drivers, years)."""
    kind, push, logs, domain, centre, epsilon, weights, phi, base, flow, rate = world
    draws, drivers, years = base.shape
    arrived, programme = np.zeros(funded.shape), np.zeros((drivers, years))
    for d in range(draws):
        programmes(funded, lever, d, arrived, programme)
        for v in range(drivers):
            levels(kind[v], push[v], programme[v], base[d, v], flow[d, v], rate[d, v], level[d, v])
            respond(
                level[d, v], base[d, v], logs[v], domain[v], epsilon[d, v], centre[v], weights[d, v], phi[d, v],
                change[d, v], outside[d, v], effect[d, v],
            )  # fmt: skip


def _shifts(funded: Any, lever: Any, world: Any, synergy: Any, shift: Any) -> None:
    """Fill the shift of the logit in the last year for scenarios (scenarios, draws)."""
    kind, push, logs, domain, centre, epsilon, weights, phi, base, flow, rate = world
    draws, drivers, years = base.shape
    scenarios = funded.shape[0]
    arrived, programme = np.zeros(funded.shape[1:]), np.zeros((drivers, years))
    level, change, outside, effect = np.zeros(years), np.zeros(years), np.zeros(years), np.zeros(years)
    last = np.zeros(drivers)
    for d in range(draws):
        for s in range(scenarios):
            programmes(funded[s], lever, d, arrived, programme)
            for v in range(drivers):
                last[v] = 0.0
                idle = True
                for t in range(years):
                    idle = idle and programme[v, t] == 0.0
                if idle:
                    continue
                levels(kind[v], push[v], programme[v], base[d, v], flow[d, v], rate[d, v], level)
                respond(
                    level, base[d, v], logs[v], domain[v], epsilon[d, v], centre[v], weights[d, v], phi[d, v],
                    change, outside, effect,
                )  # fmt: skip
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
