"""Compiled arithmetic of the policy model: one draw at a time, from what levers fund to the shift of the outcome.

Draws come first in every array, so that one draw lies together in memory. A driver follows one of four equations:

* ``FLOW``: x = x⁰ (1 + f P), f the relative size of a push and P what arrives, in pushes;
* ``STOCK``: the same flow R = R⁰ (1 + f P) through K_t = (1 − δ) K_{t−1} + R_t, read as x = x⁰ K / K⁰;
* ``POSTS``: S_t = (1 − q) S_{t−1} + η (f P_t x⁰_t − (1 − q) S_{t−1})⁺ on top of the baseline, x = x⁰ + S;
* ``ASSETS``: a programme renews until renewed assets make up f P of the gross stock, and renews again what is written
  off of them, so that one that is held holds. Per unit of the baseline's gross stock, which grows by γ = c − d a year,
  net a_t = max((1 − κ)/(1 + γ) a_{t−1}, f P_t) and gross b_t = max((1 − d)/(1 + γ) b_{t−1}, (1 − r) f P_t) are added,
  and x = x⁰ − 100 (min(1, (n⁰ + a)/(1 + b)) − n⁰). n⁰ = 1 − (x⁰ + g)/100 is the net share of all organisations: rates
  and stocks are theirs, the change in points is carried over to the organisations that x counts, g points apart.
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
    logs, where returns start to decrease, and the mean elasticity; ``domain`` (drivers, 5): lowest and highest level,
    largest fall and rise, and their years; ``fall`` and ``rise`` (drivers,): these two as ratios; ``epsilon``, ``phi``
    (below 0: lag weights) and ``theta`` (draws, drivers); ``weights`` (draws, drivers, lags), ``rate`` (draws, drivers,
    5); ``base`` and ``flow`` (draws, drivers, years).
    """

    kind: Whole
    push: Floats
    logs: NDArray[np.bool_]
    knee: Floats
    centre: Floats
    domain: Floats
    fall: Floats
    rise: Floats
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
    programme[:] = 0.0
    plain = True
    for j in range(levers):
        plain = plain and lever.rule[j] == 0
    if plain:
        for j in range(levers):
            late, v, gain = lever.lag[d, j], lever.driver[j], lever.gain[d, j]
            for t in range(late, years):
                programme[v, t] += gain * (funded[j, t - late] * lever.kept[d, t - late])
        return
    for j in range(levers):
        late = lever.lag[d, j]
        for t in range(years):
            arrived[j, t] = funded[j, t - late] * lever.kept[d, t - late] if t >= late else 0.0
    for j in range(levers):
        for t in range(years):
            amount = arrived[j, t]
            if amount == 0.0:
                continue
            share = 1.0
            if lever.rule[j] > 0:
                total, rest, largest = 0.0, 1.0, 0.0
                for i in range(levers):
                    if lever.group[i] == lever.group[j]:
                        cover = min(arrived[i, t] / lever.reach[i], 1.0)
                        total += cover
                        rest *= 1.0 - cover
                        largest = max(largest, cover)
                share = (1.0 - rest if lever.rule[j] == 1 else largest) / total
            programme[lever.driver[j], t] += lever.gain[d, j] * amount * share


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
        keep_net, keep_gross = (1.0 - rate[2]) / growth, (1.0 - rate[1]) / growth
        net = gross = 0.0
        for t in range(years):
            net = max(keep_net * net, push * programme[t])
            gross = max(keep_gross * gross, (1.0 - rate[3]) * push * programme[t])
            level[t] = base[t]
            if net != 0.0:
                own = min(1.0 - (base[t] + rate[4]) / 100.0, 1.0)
                level[t] = max(base[t] - 100.0 * (min((own + net) / (1.0 + gross), 1.0) - own), 0.0)


def _respond(
    world: DriverArrays, d: int, v: int, programme: Any, level: Any, moved: Any, change: Any, outside: Any, effect: Any
) -> None:
    """Fill what moved, Δx, the excess over the domain and the shift of the outcome's logit (years,) of one driver.

    The domain bounds what was observed: of a stock the flow that feeds it, which therefore ``moved`` holds. A baseline
    that lies outside by itself is the forecast's doubt: only what a programme adds beyond it counts as excess. Above
    the knee a log counts only 1 − θ: returns decrease there.
    """
    base, domain, knee, theta = world.base[d, v], world.domain[v], world.knee[v], world.theta[d, v]
    epsilon, centre, phi, weights = world.epsilon[d, v], world.centre[v], world.phi[d, v], world.weights[d, v]
    logs = world.logs[v]
    years, window = level.shape[0], int(domain[4])
    for t in range(years):
        change[t] = moved[t] = 0.0
        observed = level[t]
        if level[t] != base[t]:
            change[t] = np.log(level[t] / base[t]) if logs else level[t] - base[t]
            moved[t] = change[t]
            if theta != 0.0 and logs:
                change[t] -= theta * (np.log(max(level[t], knee) / knee) - np.log(max(base[t], knee) / knee))
        if world.kind[v] == 1:
            observed = base[t] * (1.0 + world.push[v] * programme[t])
            moved[t] = np.log(observed / base[t]) if logs else observed - base[t]
        earlier = moved[t - window] if t >= window else 0.0
        step = moved[t] - earlier
        by_change = (-step / domain[2] if step < 0.0 else step / domain[3]) - 1.0
        by_level = max(observed - max(domain[1], base[t]), min(domain[0], base[t]) - observed) / (domain[1] - domain[0])
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


def _response(
    t: int, kind: int, push: float, logs: bool, domain: Any, fall: float, rise: float, knee: float, theta: float,
    epsilon: float, centre: float, programme: Any, level: Any, base: Any,
) -> float:  # fmt: skip
    """Return what a driver's change of one year brings in the end: the same as in ``_respond``, for one year.

    Whether a driver is outside the domain is asked first, without logs and divisions; how far, only where it is.
    """
    if level[t] == base[t]:
        return 0.0
    flow, before = kind <= 1, t - int(domain[4])
    observed = base[t] * (1.0 + push * programme[t]) if flow else level[t]
    change, excess = np.log(level[t] / base[t]) if logs else level[t] - base[t], 0.0
    if theta != 0.0 and logs:
        change -= theta * (np.log(max(level[t], knee) / knee) - np.log(max(base[t], knee) / knee))
    highest, lowest = max(domain[1], base[t]), min(domain[0], base[t])
    if observed > highest or observed < lowest:
        excess = max(observed - highest, lowest - observed) / (domain[1] - domain[0])
    earlier = 1.0 if logs else 0.0
    if before >= 0:
        factor = 1.0 + push * programme[before] if flow else level[before] / base[before]
        earlier = factor if logs else base[before] * (factor - 1.0)
    step = 0.0
    if not logs:
        step = observed - base[t] - earlier
    elif observed > rise * earlier * base[t] or observed < fall * earlier * base[t]:
        step = np.log(observed / (earlier * base[t]))
    if step > domain[3]:
        excess = max(excess, step / domain[3] - 1.0)
    elif step < -domain[2]:
        excess = max(excess, -step / domain[2] - 1.0)
    arrives: float = (centre + (epsilon - centre) * (1.0 + excess)) * change
    return arrives


programmes = njit(cache=True)(_programmes)
levels = njit(cache=True, inline="always")(_levels)
respond = njit(cache=True)(_respond)
response = njit(cache=True, inline="always")(_response)


def _plainly(funded: Any, driver: Any, lag: Any, gain: Any, kept: Any, programme: Any) -> None:
    """Fill what arrives of many scenarios (drivers, years, scenarios) in one draw, where levers simply add up.

    ``funded`` is (levers, years, scenarios): scenarios lie together, so that the machine adds several at once.
    """
    count, years, scenarios = funded.shape
    programme[:] = 0.0
    for j in range(count):
        late, v = lag[j], driver[j]
        for t in range(late, years):
            factor, given, taken = gain[j] * kept[t - late], funded[j, t - late], programme[v, t]
            for s in range(scenarios):
                taken[s] += factor * given[s]


def _lasts(
    v: int, kind: int, push: float, logs: bool, domain: Any, fall: float, rise: float, knee: float, theta: float,
    epsilon: float, centre: float, phi: float, weights: Any, programme: Any, moved: Any, base: Any, flow: Any,
    rate: Any, own: Any, level: Any, effects: Any,
) -> None:  # fmt: skip
    """Fill the shift of the logit in the last year that a driver brings in one draw (scenarios, drivers)."""
    years, lags, total = level.shape[0], weights.shape[0], 0.0
    for s in range(programme.shape[2]):
        effects[s, v] = total = 0.0
        if not moved[s, v]:
            continue
        for t in range(years):
            own[t] = programme[v, t, s]
        levels(kind, push, own, base, flow, rate, level)
        if phi >= 0.0:
            for t in range(years):
                total = phi * total + (1.0 - phi) * response(
                    t, kind, push, logs, domain, fall, rise, knee, theta, epsilon, centre, own, level, base
                )
        else:
            for k in range(min(lags, years)):
                t = years - 1 - k
                if weights[k] != 0.0:
                    total += weights[k] * response(
                        t, kind, push, logs, domain, fall, rise, knee, theta, epsilon, centre, own, level, base
                    )
        effects[s, v] = total


plainly = njit(cache=True)(_plainly)
lasts = njit(cache=True)(_lasts)


def _paths(
    funded: Any, lever: LeverArrays, world: DriverArrays,
    level: Any, moved: Any, change: Any, outside: Any, effect: Any,
) -> None:  # fmt: skip
    """Fill everything about every driver (draws, drivers, years)."""
    draws, drivers, years = world.base.shape
    arrived, programme = np.zeros(funded.shape), np.zeros((drivers, years))
    for d in range(draws):
        programmes(funded, lever, d, arrived, programme)
        for v in range(drivers):
            levels(
                world.kind[v], world.push[v], programme[v], world.base[d, v], world.flow[d, v], world.rate[d, v],
                level[d, v],
            )  # fmt: skip
            respond(
                world, d, v, programme[v], level[d, v], moved[d, v], change[d, v], outside[d, v], effect[d, v]
            )  # fmt: skip


def _shifts(funded: Any, lever: LeverArrays, world: DriverArrays, synergy: Any, shift: Any) -> None:
    """Fill the shift of the logit in the last year for scenarios (scenarios, draws)."""
    draws, drivers, years = world.base.shape
    scenarios, count = funded.shape[0], funded.shape[1]
    arrived, one, programme = (
        np.zeros((count, years)),
        np.zeros((drivers, years)),
        np.zeros((drivers, years, scenarios)),
    )
    level, effects, moved = np.zeros(years), np.zeros((scenarios, drivers)), np.zeros((scenarios, drivers), np.bool_)
    own, turned = np.zeros(years), np.zeros((count, years, scenarios))
    plain = True
    for j in range(count):
        plain = plain and lever.rule[j] == 0
    for s in range(scenarios):
        for j in range(count):
            for t in range(years):
                turned[j, t, s] = funded[s, j, t]
                if funded[s, j, t] != 0.0:
                    moved[s, lever.driver[j]] = True
    for d in range(draws):
        if plain:
            plainly(turned, lever.driver, lever.lag[d], lever.gain[d], lever.kept[d], programme)
        else:
            for s in range(scenarios):
                programmes(funded[s], lever, d, arrived, one)
                programme[:, :, s] = one
        for v in range(drivers):
            lasts(
                v, world.kind[v], world.push[v], world.logs[v], world.domain[v], world.fall[v], world.rise[v],
                world.knee[v], world.theta[d, v], world.epsilon[d, v], world.centre[v], world.phi[d, v],
                world.weights[d, v], programme, moved, world.base[d, v], world.flow[d, v], world.rate[d, v], own, level,
                effects,
            )  # fmt: skip
        for s in range(scenarios):
            shift[s, d] = together(effects[s], synergy[d])


def _together(effects: Any, synergy: float) -> float:
    """Return the sum of the drivers' shifts (drivers,), plus κ Σ_{v<w} u_v u_w / Σ|u_v| across drivers."""
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
