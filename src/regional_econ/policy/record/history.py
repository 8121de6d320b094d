"""Would the model have been right? Its equations from a start on, fed with what the drivers did, for every stock.

Rates and effects are taken anew at each starting year from figures up to it, so that the errors from earlier starts,
which set the width of the bands, are as blind to the future as those of the replay; the researchers' rates are declared
ones. The equations are those of
the policy model: perpetual inventory for assets, filled posts for researchers, ε·Δx with its delays for the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import DataError
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import Assumptions
from regional_econ.policy.model import stocks
from regional_econ.policy.record.moves import Effects, arrived, chained, driver_levels, to_logit, without_gaps
from regional_econ.policy.record.replay import Quantity, QuantityScale

Floats = NDArray[np.float64]
OUTCOME_OLDER: Mapping[str, str] = {"innovation_activity_pct": "innovation_activity_oslo3_pct"}
FIRST_START = 2003
_GROSS, _NET, _NEW = "fixed_assets_mln_rub", "fixed_assets_residual_mln_rub", "assets_commissioned_mln_rub"


def assets(panel: Panel, *, start: int) -> tuple[Quantity, ...]:
    """Return gross and net fixed assets, their wear, and the wear of organisations, fed with commissioned assets.

    Gross value G_t = (1 − d)G_{t−1} + C_t, net value N_t = (1 − a)N_{t−1} + C_t, wear 100(1 − N/G); d and a are the
    medians of a region's own rates up to each starting year, revaluations in them. The wear of organisations follows
    the same identity per rouble of gross value, with an a of its own, and new assets per rouble of the gross value that
    the model itself has reached: after a start nothing but what was newly commissioned is told.

    Parameters
    ----------
    start : the last of the starting years.
    """
    years = panel.years
    gross, net, new = (_matrix(panel, name) for name in (_GROSS, _NET, _NEW))
    wear = _matrix(panel, "wear_pct")
    gone, decayed = (1.0 - (stock[:, 1:] - new[:, 1:]) / stock[:, :-1] for stock in (gross, net))
    renewal, left = new[:, 1:] / gross[:, :-1], 1.0 - wear / 100.0
    paths: dict[str, dict[int, Floats]] = {"gross": {}, "net": {}, "all": {}, "own": {}}
    for begin in _starts(start):
        at = years.index(begin)
        flow = new[:, at + 1 :]
        disposal, decay = (_median_rate(rates, years, begin) for rates in (gone, decayed))
        grown = left[:, 1:] * (1.0 - disposal[:, None] + renewal)
        ageing = _median_rate((left[:, :-1] + renewal - grown) / left[:, :-1], years, begin)
        big, small = (stocks.rd_stock(stock[:, at], flow, rate) for stock, rate in ((gross, disposal), (net, decay)))
        ratio = _ratio_path(left[:, at], flow / np.column_stack([gross[:, at], big[:, :-1]]), ageing, disposal)
        wear_now = 100.0 * (1.0 - net[:, [at]] / gross[:, [at]])
        for key, moved in (
            ("gross", np.log(big / gross[:, [at]])),
            ("net", np.log(small / net[:, [at]])),
            ("all", 100.0 * (1.0 - small / big) - wear_now),
            ("own", 100.0 * (left[:, [at]] - ratio)),
        ):
            paths[key][begin] = _padded(moved, at)
    figures: tuple[tuple[str, str, QuantityScale, Floats], ...] = (
        (_GROSS, "gross", "log", np.log(gross)),
        (_NET, "net", "log", np.log(net)),
        ("wear_all_pct", "all", "points", _matrix(panel, "wear_all_pct")),
        ("wear_pct", "own", "points", wear),
    )
    return tuple(_quantity(panel, name, scale, levels, paths[key]) for name, key, scale, levels in figures)


def researchers(panel: Panel, *, start: int, attrition: float, filling: float) -> Quantity:
    """Return researchers, fed with R&D expenditure in units of the region's average wage.

    Posts follow the money; leavers go at the rate q and the share η of vacant posts is filled in a year. At the start
    posts are as many as leave the staff where it is when the money stays: N_s·(1 − (1 − q)(1 − η))/η.

    Parameters
    ----------
    start : the last of the starting years.
    attrition, filling : q and η.
    """
    staff, spent, wage = (_matrix(panel, name) for name in ("researchers", "rd_mln_rub", "wage_rub"))
    staff, spent = (np.where(values > 0.0, values, np.nan) for values in (staff, spent))
    money, years = spent / wage, panel.years
    q, eta = (np.full(len(staff), rate) for rate in (attrition, filling))
    posts_a_head = (1.0 - (1.0 - attrition) * (1.0 - filling)) / filling
    paths = {}
    for begin in _starts(start):
        at = years.index(begin)
        posts = posts_a_head * staff[:, [at]] * money[:, at + 1 :] / money[:, [at]]
        primed = np.column_stack([staff[:, at] / filling, posts])  # one year earlier, so that it begins with N_s
        paths[begin] = _padded(np.log(stocks.funded_posts(primed, q, eta)[:, 1:] / staff[:, [at]]), at)
    return _quantity(panel, "researchers", "log", np.log(staff), paths)


def outcome(
    panel: Panel, assumptions: Assumptions, known: Mapping[int, Effects], *, name: str, start: int, depreciation: float
) -> Quantity:
    """Return the outcome, fed with the drivers: the start's level plus Σ ε_d of what has arrived of their moves.

    Parameters
    ----------
    known : effects by the year in which they were known; each starting year takes the latest up to it, and the spread
        of the last start's effects is the model's doubt.
    name : id of the outcome, in %.
    start : the last of the starting years.
    depreciation : of the R&D stock, a year.

    Raises
    ------
    DataError : no effects were known at the first starting year.
    """
    years, levels = panel.years, to_logit(_matrix(panel, name))
    drivers = _latest(known, start).drivers
    figures = [driver_levels(panel, assumptions.drivers[driver]) for driver in drivers]
    methods = [panel.variable(driver).new_methods() for driver in drivers]
    paths, doubt = {}, np.zeros_like(levels)
    for begin in _starts(start):
        at, effects = years.index(begin), _latest(known, begin)
        came = []
        for driver, wide, breaks in zip(drivers, figures, methods, strict=True):
            values = wide.to_numpy(dtype=np.float64)
            last = years.index(int(np.array(years)[np.isfinite(values).any(axis=0)].max()))
            moves = chained(values[:, at : last + 1], years[at : last + 1], breaks)[:, 1:]
            usable = np.isfinite(moves).all(axis=1) & without_gaps(values[:, : at + 1])
            found = np.full((len(values), len(years) - at - 1), np.nan)
            prior = assumptions.drivers[driver]
            found[usable, : last - at] = arrived(
                moves[usable], prior, history=values[usable, : at + 1], depreciation=depreciation
            )
            came.append(found)
        tensor = np.stack(came, axis=-1)
        paths[begin] = _padded(tensor @ effects.mean, at)
        doubt = _padded(np.einsum("rtk,kl,rtl->rt", tensor, effects.covariance, tensor), at)
    older = OUTCOME_OLDER.get(name)
    return Quantity(
        name, "logit", panel.region_ids, years, levels, panel.variable(name).new_methods(), paths, doubt,
        None if older is None else _broken(to_logit(_matrix(panel, older)), panel, name),
    )  # fmt: skip


def _latest(known: Mapping[int, Effects], begin: int) -> Effects:
    """Return the latest effects that were known in a year."""
    years = [year for year in known if year <= begin]
    if not years:
        raise DataError(f"no effects were known in {begin}", advice="Give those of the priors alone for early years")
    return known[max(years)]


def _broken(levels: Floats, panel: Panel, name: str) -> Floats:
    """Keep the older method's figures in the years in which a newer method begins."""
    begin = np.isin(np.array(panel.years), panel.variable(name).new_methods())
    return np.where(begin, levels, np.nan)


def _starts(start: int) -> range:
    return range(FIRST_START, start + 1)


def _matrix(panel: Panel, name: str) -> Floats:
    return panel.matrix(name).to_numpy(dtype=np.float64)


def _median_rate(rates: Floats, years: tuple[int, ...], start: int) -> Floats:
    """Return each region's median rate (R,) of the years up to the start; rates (R, Y − 1) begin a year later."""
    known = pd.DataFrame(rates[:, : years.index(start)])
    return known.median(axis=1).to_numpy(dtype=np.float64)


def _ratio_path(ratio: Floats, renewal: Floats, ageing: Floats, disposal: Floats) -> Floats:
    """Return net over gross value (R, T) when e of the gross value is renewed each year."""
    path = np.empty_like(renewal)
    for t in range(renewal.shape[1]):
        ratio = (ratio * (1.0 - ageing) + renewal[:, t]) / (1.0 - disposal + renewal[:, t])
        path[:, t] = ratio
    return path


def _padded(moved: Floats, at: int) -> Floats:
    """Put changes since year ``at`` beside NaN for the years before it and zero for itself."""
    before = np.full((len(moved), at), np.nan)
    return np.concatenate([before, np.zeros((len(moved), 1)), moved], axis=1)


def _quantity(panel: Panel, name: str, scale: QuantityScale, levels: Floats, paths: Mapping[int, Floats]) -> Quantity:
    methods = panel.variable(name).new_methods()
    return Quantity(name, scale, panel.region_ids, panel.years, levels, methods, paths, np.zeros_like(levels))
