"""Accounting identities of the drivers, draw by draw: the R&D stock and researchers.

Arrays are (draws, years); rates are (draws,). Each identity takes the flows of a policy and returns the deviation
of the driver from the same draw's baseline, on the scale on which the elasticities read it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def rd_stock(initial: Floats, flow: Floats, depreciation: Floats) -> Floats:
    """Return the R&D stock by perpetual inventory, K_t = (1 − δ)K_{t−1} + R_t.

    Parameters
    ----------
    initial : K of the year before the first (draws,), constant roubles.
    flow : R&D expenditure (draws, years), the same roubles.
    depreciation : δ a year (draws,).

    Source: Hall, Mairesse and Mohnen 2010, Handbook of the Economics of Innovation, section 3.

    >>> rd_stock(np.array([100.0]), np.array([[15.0, 30.0]]), np.array([0.15])).tolist()
    [[100.0, 115.0]]
    """
    stock = np.empty_like(flow)
    level = initial
    for t in range(flow.shape[1]):
        level = (1.0 - depreciation) * level + flow[:, t]
        stock[:, t] = level
    return stock


def rd_initial_stock(history: Floats, depreciation: Floats) -> Floats:
    """Return the stock at the end of a history of real R&D expenditure.

    The stock at the end of the first year is K_1 = R_1(1 + g)/(δ + g), g the history's mean growth: it follows from
    K_1 = (1 − δ)K_0 + R_1 with a stock that grew at g before, K_1 = (1 + g)K_0. δ + g is floored at 0.02.

    Parameters
    ----------
    history : real R&D expenditure by year (years,), ascending, positive.
    depreciation : δ a year (draws,).

    >>> rd_initial_stock(np.array([100.0, 110.0]), np.array([0.1])).round(6).tolist()
    [605.0]
    """
    growth = float(np.expm1(np.mean(np.diff(np.log(history))))) if len(history) > 1 else 0.0
    first = history[0] * (1.0 + growth) / np.maximum(depreciation + growth, 0.02)
    flow = np.broadcast_to(history[1:], (len(depreciation), len(history) - 1))
    return first if len(history) == 1 else rd_stock(first, np.ascontiguousarray(flow), depreciation)[:, -1]


def funded_posts(posts: Floats, attrition: Floats, filling: Floats) -> Floats:
    """Return the researchers in posts that a programme funds.

    Leavers go at rate q; each year the share η of the vacant funded posts is filled:
    S_t = (1 − q)S_{t−1} + η(P_t − (1 − q)S_{t−1})⁺. Against a baseline of N researchers whose leavers are replaced,
    N_t = (1 − q)N_{t−1} + qN + the programme's hires.

    Parameters
    ----------
    posts : funded posts P (draws, years), persons.
    attrition, filling : q and η (draws,).

    >>> funded_posts(np.array([[10.0, 10.0]]), np.array([0.0]), np.array([1.0])).tolist()
    [[10.0, 10.0]]
    """
    staff = np.empty_like(posts)
    level = np.zeros(posts.shape[0])
    for t in range(posts.shape[1]):
        stayers = (1.0 - attrition) * level
        level = stayers + filling * np.maximum(posts[:, t] - stayers, 0.0)
        staff[:, t] = level
    return staff
