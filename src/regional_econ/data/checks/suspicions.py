"""Which figures look mistyped or copied?

Rules look at a figure beside its neighbours in time, while the same movement of all regions is taken out: a year that
moved everybody is no slip. What they find is listed with its reason, never mended: a correction needs a source. Figures
outside the declared bounds of their variable are not among them: the build refuses those.

=================  =================================================================================================
digit_slip         a figure is about 10 or 100 times, or a tenth or hundredth of, both its neighbours
unit_slip          the same with 1,000 or 1,000,000
sign_slip          a figure has the size of its neighbours and the opposite sign
transposed_digits  a figure is far from both neighbours, and changing places of two adjacent digits brings it back
copied_year        a variable repeats the year before, to the last digit, in more regions than chance allows
copied_region      a region repeats the year before, to the last digit, in more variables than chance allows
shares_sum         shares of one whole do not sum to 100: the industries' of a region's gross value added
level_jump         a growth far outside the region's own, once the year's and the region's usual growth are taken out
=================  =================================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import load_variables
from regional_econ.data.checks.reasons import printed_digits
from regional_econ.data.regions import load_regions
from regional_econ.data.snapshot import VALUES, read_rows
from regional_econ.data.tables import load_industries

Rule = Literal[
    "digit_slip", "unit_slip", "sign_slip", "transposed_digits", "copied_year", "copied_region", "shares_sum",
    "level_jump",
]  # fmt: skip
RULES: tuple[Rule, ...] = get_args(Rule)
COLUMNS = ("rule", "variable", "region", "year", "why", "value", "before", "after", "excused")
EVERY_REGION = EVERY_VARIABLE = "*"
LEAST_GROWTHS = 8
"""Growths a region must show before its usual unrest can be told: a median of fewer is a matter of luck."""


@dataclass(frozen=True)
class Limits:
    """How far a figure must stand out; all deviations are in robust standard deviations of the region's own growth.

    Attributes
    ----------
    factor : a slip is 10 or 100 times the neighbours up to this factor; 1.5 leaves room for real growth.
    unit_factor : the same for 1,000; three orders of magnitude are told from two or four up to 3.
    slip_z : deviation from both neighbours below which a slip cannot be told from the region's usual movement.
    edge_z : the same where only one neighbour exists (first and last years): one witness must be surer than two.
    mended_z : a swap of digits counts when it brings the figure this close to both neighbours.
    jump_z : deviation of a growth; growth has heavy tails, so 10 rather than the 4 of a normal distribution.
    jump_least : smallest jump in natural logarithms that is listed: 0.3 is 35 %.
    jump_units : smallest jump in units of the last printed digit: from 2 to 3 organisations is no jump.
    chance : probability below which repeated figures are no coincidence.
    copied_share : smallest share of regions a copied year repeats: coarse rates repeat half of theirs in quiet years.
    copied_variables : smallest share of variables a copied region repeats; a section of a yearbook is enough.
    share_error : largest deviation of a sum of shares from 100, per root of the number of shares; each is rounded to
        0.1, so the sum of n has a standard deviation of 0.029 √n, and 0.12 is four of them.
    """

    factor: float = 1.5
    unit_factor: float = 3.0
    slip_z: float = 5.0
    edge_z: float = 10.0
    mended_z: float = 1.5
    jump_z: float = 10.0
    jump_least: float = 0.3
    jump_units: float = 5.0
    chance: float = 1e-9
    copied_share: float = 0.6
    copied_variables: float = 0.3
    share_error: float = 0.12


def suspicions(
    figures: pd.DataFrame | None = None,
    *,
    shares: pd.DataFrame | None = None,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """List the figures that look mistyped or copied.

    Parameters
    ----------
    figures : variable, region, year, value; by default the stored newest figures of the disjoint regions.
    shares : whole, region, year, value: shares of one whole, in percent, a row a share; by default those that the
        industries have in gross value added (the whole ``gva_share``), as stored, or none where figures are given.
    limits : how far a figure must stand out.

    Returns
    -------
    Frame with the columns rule, variable, region, year, why, value, before, after (the neighbours in time), and
    excused (the note of a declared break of the variable in that year; empty otherwise), sorted by rule.

    Raises
    ------
    DataError : the snapshot is missing or was changed.

    Examples
    --------
    >>> years = range(2001, 2013)
    >>> rows = [("x_mln_rub", region, year, 100.0 + 7 * i + year - 2001 + (year * i) % 5)
    ...         for i, region in enumerate(("RU-KEM", "RU-TOM", "RU-NVS", "RU-OMS", "RU-ALT")) for year in years]
    >>> table = pd.DataFrame(rows, columns=["variable", "region", "year", "value"])
    >>> table.loc[5, "value"] *= 10
    >>> suspicions(table)[["rule", "region", "year"]].values.tolist()
    [['digit_slip', 'RU-KEM', 2006]]
    """
    rows = _stored() if figures is None else figures
    parts = _industries() if figures is None and shares is None else shares
    limits = limits or Limits()
    variables = load_variables()
    found: list[_Finding] = []
    tables: dict[str, _Table] = {}
    for name, own in rows.dropna(subset=["value"]).groupby("variable", observed=True):
        table = tables[str(name)] = _Table.of(str(name), own)
        slips = _slips(table, limits) + _sign_slips(table, limits)
        found += slips + _jumps(table, limits, {(one.region, one.year) for one in slips})
    copied = _copied_years(tables.values(), limits)
    found += copied + _copied_regions(tables.values(), limits, {(one.variable, one.year) for one in copied})
    if parts is not None:
        found += _shares(parts, limits)
    return _frame(found, variables)


@dataclass(frozen=True)
class _Finding:
    rule: Rule
    variable: str
    region: str
    year: int
    why: str
    value: float = math.nan
    before: float = math.nan
    after: float = math.nan


@dataclass(frozen=True)
class _Table:
    """One variable as regions × years, with its growth freed of what all regions share.

    ``growth``: change on the year before, natural logarithm where the figures are positive, less the year's median;
    ``scale``: robust standard deviation of it, one a region, never below half of the median region's.
    """

    name: str
    regions: tuple[str, ...]
    years: tuple[int, ...]
    values: np.ndarray
    growth: np.ndarray
    scale: np.ndarray
    logarithmic: bool

    @classmethod
    def of(cls, name: str, rows: pd.DataFrame) -> _Table:
        plain = rows.astype({"region": "str"})
        wide = plain.pivot_table(index="region", columns="year", values="value", aggfunc="first")
        years = range(int(wide.columns.min()), int(wide.columns.max()) + 1)
        wide = wide.reindex(columns=list(years))
        values = wide.to_numpy(dtype="float64")
        known = values[np.isfinite(values)]
        logarithmic = bool((known >= 0).mean() > 0.98)
        with np.errstate(invalid="ignore", divide="ignore"):
            level = np.where(values > 0, np.log(values), np.nan) if logarithmic else values
        growth = np.full_like(level, np.nan)
        growth[:, 1:] = np.diff(level, axis=1)
        growth -= _median(growth, axis=0)
        spread = 1.4826 * _median(np.abs(growth - _median(growth, axis=1)), axis=1)[:, 0]
        spread[np.isfinite(growth).sum(axis=1) < LEAST_GROWTHS] = np.nan
        floor = 0.5 * float(np.nanmedian(spread)) if np.isfinite(spread).any() else math.nan
        scale = np.where(np.isnan(spread), np.nan, np.fmax(np.fmax(spread, floor), 1e-9))
        return cls(name, tuple(map(str, wide.index)), tuple(years), values, growth, scale, logarithmic)

    def finding(self, rule: Rule, i: int, t: int, why: str) -> _Finding:
        around = [self.values[i, s] if 0 <= s < len(self.years) else math.nan for s in (t - 1, t, t + 1)]
        before, value, after = map(float, around)
        return _Finding(rule, self.name, self.regions[i], self.years[t], why, value, before, after)


def _slips(table: _Table, limits: Limits) -> list[_Finding]:
    if not table.logarithmic:
        return []
    found: list[_Finding] = []
    rise, fall = table.growth, np.full_like(table.growth, np.nan)
    fall[:, :-1] = -table.growth[:, 1:]
    z = np.stack([rise, fall]) / table.scale[:, None]
    least = np.where(np.isfinite(z).all(axis=0), limits.slip_z, limits.edge_z)
    far = (np.nanmin(np.where(np.isnan(z), np.inf, np.abs(z)), axis=0) >= least) & np.isfinite(z).any(axis=0)
    for i, t in np.argwhere(far):
        moves = np.array([one for one in (rise[i, t], fall[i, t]) if math.isfinite(one)])
        if len({one > 0 for one in moves}) > 1:
            continue
        power = round(float(np.mean(moves)) / math.log(10))
        rule: Rule = "digit_slip" if power % 3 else "unit_slip"
        room = limits.factor if power % 3 else limits.unit_factor
        if abs(power) in (1, 2, 3, 6) and np.all(np.abs(moves - power * math.log(10)) <= math.log(room)):
            found.append(table.finding(rule, i, t, f"about 10^{power} times its neighbours"))
        elif len(moves) == 2 and (mended := _swapped(table.values[i, t], moves, limits.mended_z * table.scale[i])):
            found.append(table.finding("transposed_digits", i, t, f"{mended:g} would fit its neighbours"))
    return found


def _swapped(value: float, moves: np.ndarray, close: float) -> float | None:
    """The figure with two adjacent digits changed, if that brings it close to both neighbours."""
    digits = f"{value:.10g}"
    if len(digits.replace(".", "")) > 8 or "e" in digits:
        return None
    for place in range(len(digits) - 1):
        one, other = digits[place], digits[place + 1]
        if "." in (one, other) or one == other:
            continue
        candidate = float(digits[:place] + other + one + digits[place + 2 :])
        if candidate > 0 and np.all(np.abs(moves + math.log(candidate / value)) <= close):
            return candidate
    return None


def _sign_slips(table: _Table, limits: Limits) -> list[_Finding]:
    values = table.values
    if not (values < 0).any():
        return []
    found: list[_Finding] = []
    for i, t in np.argwhere(np.isfinite(values[:, 1:-1])) + np.array([0, 1]):
        before, value, after = values[i, t - 1 : t + 2]
        if not (value * before < 0 and value * after < 0):
            continue
        usual = math.sqrt(before * after)
        others = np.delete(values[i], t)
        others = others[np.isfinite(others)]
        alike = max(abs(value), usual) <= limits.factor * min(abs(value), usual)
        if alike and np.mean(np.sign(others) == np.sign(before)) > 0.95:
            found.append(table.finding("sign_slip", i, t, "the size of its neighbours, the opposite sign"))
    return found


def _jumps(table: _Table, limits: Limits, slips: set[tuple[str, int]]) -> list[_Finding]:
    """Growth beyond the region's own; the way into a slip and the way out of it are no news."""
    residual = table.growth - _median(table.growth, axis=1)
    z = residual / table.scale[:, None]
    large = np.abs(np.diff(table.values, axis=1, prepend=np.nan)) > limits.jump_units / 10.0 ** printed_digits(
        table.values
    )
    large &= (np.abs(residual) >= limits.jump_least) | (not table.logarithmic)
    found: list[_Finding] = []
    for i, t in np.argwhere((np.abs(z) >= limits.jump_z) & large):
        if not {(table.regions[i], table.years[t]), (table.regions[i], table.years[t] - 1)} & slips:
            size = f"{math.exp(residual[i, t]):.2f} times" if table.logarithmic else f"{residual[i, t]:+.3g} against"
            found.append(table.finding("level_jump", i, t, f"{size} its usual growth, {abs(z[i, t]):.0f} deviations"))
    return found


def _repeats(table: _Table) -> tuple[np.ndarray, np.ndarray]:
    """Which figures repeat the year before, and which could: zeros say nothing."""
    now, before = table.values[:, 1:], table.values[:, :-1]
    could = np.isfinite(now) & np.isfinite(before) & (now != 0)
    return (now == before) & could, could


def _copied_years(tables: Iterable[_Table], limits: Limits) -> list[_Finding]:
    from scipy.stats import binom

    found: list[_Finding] = []
    for table in tables:
        same, could = _repeats(table)
        for t in range(same.shape[1]):
            hits, cells = int(same[:, t].sum()), int(could[:, t].sum())
            others = np.delete(np.arange(same.shape[1]), t)
            rate = (same[:, others].sum() + 0.5) / (could[:, others].sum() + 1.0)
            if cells < 10 or hits < limits.copied_share * cells or binom.sf(hits - 1, cells, rate) > limits.chance:
                continue
            why = f"{hits} of {cells} regions repeat {table.years[t]} to the last digit, {cells * rate:.1f} expected"
            year = table.years[t + 1]
            found.append(_Finding("copied_year", table.name, EVERY_REGION, year, why))
    return found


def _copied_regions(tables: Iterable[_Table], limits: Limits, known: set[tuple[str, int]]) -> list[_Finding]:
    from scipy.stats import poisson

    hits: dict[tuple[str, int], list[float]] = {}
    for table in tables:
        same, could = _repeats(table)
        rate = (same.sum() + 0.5) / (could.sum() + 1.0)
        for i, t in np.argwhere(could):
            if (table.name, table.years[t + 1]) not in known:
                tally = hits.setdefault((table.regions[i], table.years[t + 1]), [0.0, 0.0, 0.0])
                tally[0] += float(same[i, t])
                tally[1] += 1.0
                tally[2] += rate
    found: list[_Finding] = []
    for (region, year), (count, variables, expected) in hits.items():
        enough = count >= 5 and count >= limits.copied_variables * variables
        if enough and poisson.sf(count - 1, expected) <= limits.chance:
            why = f"{count:.0f} of {variables:.0f} variables repeat {year - 1} to the last digit, {expected:.1f} due"
            found.append(_Finding("copied_region", EVERY_VARIABLE, region, year, why))
    return found


def _shares(shares: pd.DataFrame, limits: Limits) -> list[_Finding]:
    cells = shares.dropna(subset=["value"])
    sums = cells.groupby(["whole", "region", "year"])["value"].agg(["sum", "size"])
    off = sums[(sums["sum"] - 100).abs() > limits.share_error * np.sqrt(sums["size"])]
    return [
        _Finding("shares_sum", str(whole), str(region), int(year), f"{size} shares", float(total))
        for (whole, region, year), total, size in zip(off.index, off["sum"], off["size"], strict=True)
    ]


def _frame(found: list[_Finding], variables: Mapping[str, Variable]) -> pd.DataFrame:
    rows = []
    for one in found:
        breaks = variables[one.variable].breaks if one.variable in variables else ()
        excused = "; ".join(known.note.en for known in breaks if known.year == one.year)
        rows.append((*vars(one).values(), excused))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["rule"] = pd.Categorical(frame["rule"], categories=RULES)
    frame = frame.sort_values(["rule", "variable", "region", "year"], ignore_index=True)
    return frame.astype({"rule": "str"})


def _industries() -> pd.DataFrame:
    """Shares of the industries in gross value added; a region and year has them in one classification."""
    rows = load_industries("gva_share")
    return rows[rows["industry"] != "total"].rename(columns={"measure": "whole"})[["whole", "region", "year", "value"]]


def _stored() -> pd.DataFrame:
    rows = read_rows(VALUES).astype({"variable": "str", "region": "str"})
    disjoint = {one.id for one in load_regions().values() if one.kind == "region"}
    return rows[rows["region"].isin(disjoint)][["variable", "region", "year", "value"]]


def _median(values: np.ndarray, axis: int) -> np.ndarray:
    """Median without warnings where a row or column is empty; keeps the axis."""
    empty = np.isnan(values).all(axis=axis, keepdims=True)
    return np.where(empty, np.nan, np.nanmedian(np.where(empty, 0.0, values), axis=axis, keepdims=True))
