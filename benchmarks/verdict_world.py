"""Panels whose effects are known, for the rule that labels a causal claim: all regressors are drawn, then the outcome.

Regions, years, missing cells, breaks of method and numbers of employed are those of the official panel. Spread between
and within regions, memory and correlations of the regressors are measured on it here; those of the outcome are the
moments of `planted_world.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from planted_world import BURN_IN, FOCAL, MOMENTS, SHARE, autoregressive
from record import ROOT
from scipy.special import expit, logit

from regional_econ._base.seeds import rng_for
from regional_econ.causal.declaration import NEWEST, Multiverse, load_multiverse
from regional_econ.causal.scales import coefficient_for, newest_level, term_matrix
from regional_econ.core.panel import Panel
from regional_econ.data.load import load_panel
from regional_econ.panel.changes import window_changes
from regional_econ.panel.demean import within

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SEED = 20221231
EFFECTS = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0)  # in smallest effects of interest, in the claimed direction
# A common factor makes a tenth of the variance of the moves of each regressor and of the outcome's error (the reason
# stands in `planted_world.py`). In one world the regions' loadings of the outcome have nothing to do with those of the
# driver; in the other they are the same, so that the factor is a confounder that no covariate shows.
WORLDS = ("apart", "together")
LAG = 1  # years from the driver to its effect


@dataclass(frozen=True)
class TermMoments:
    """Moments of one regressor.

    ``years`` (Y,) are its yearly means, which a contrast over five years holds and year effects take out; ``level`` and
    ``move`` standard deviations between and within regions; ``by_size`` the slope of the logarithm of a region's own
    standard deviation on that of its employment, ``spread`` what is left of it; ``memory`` the autocorrelation.
    """

    years: Floats
    level: float
    move: float
    by_size: float
    spread: float
    memory: float


@dataclass(frozen=True)
class Frame:
    """What all panels share.

    ``terms`` and ``known`` (R, Y) by term in the order of ``declared.first_terms()``; ``root`` (K, K) is a root of the
    correlation of their moves; ``percent_known`` (R, Y); ``employed`` (R,) mean, in thousands; ``method`` (Y,) counts
    the breaks of the outcome's method so far; ``level_pct`` is the newest official one of the focal region.
    """

    panel: Panel
    declared: Multiverse
    terms: dict[str, TermMoments]
    known: dict[str, Flags]
    root: Floats
    percent_known: Flags
    employed: Floats
    method: NDArray[np.int64]
    level_pct: float

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years, consecutive."""
        return self.panel.years

    @property
    def drivers(self) -> tuple[str, ...]:
        """Drivers of the claims."""
        return tuple(self.declared.drivers)


@dataclass(frozen=True)
class Drawn:
    """One panel with all its outcomes.

    ``terms`` (R, Y) on the scale they enter regressions on; ``percent`` (W, B, R, Y) by world and true effect;
    ``change`` is the contrast of the driver under test.
    """

    number: int
    driver: str
    terms: dict[str, Floats]
    percent: Floats
    change: float


def thinned(declared: Multiverse) -> Multiverse:
    """Return the declaration as far as thousands of panels can bear it.

    Lags that decide; each driver in its first measure; the whole sample; the newest vintage; pooled CCE without
    covariates. Scales, weights, eras, effects and all other sets of covariates stay.
    """
    eras = tuple(
        replace(era, lags=tuple(lag for lag in era.lags if lag >= declared.rule.deciding_lag)) for era in declared.eras
    )
    admissible = tuple(replace(one, max_covariates=0) if one.option == "cce" else one for one in declared.admissible)
    drivers = {name: replace(own, measures={name: own.measures[name]}) for name, own in declared.drivers.items()}
    return replace(
        declared, drivers=drivers, eras=eras, samples=declared.samples[:1], vintages=(NEWEST,), admissible=admissible
    )


@cache
def frame() -> Frame:
    """Return the official panel's shape and its moments."""
    panel = load_panel()
    declared = thinned(load_multiverse(ROOT / "analyses" / "multiverse.yml"))
    years = list(panel.years)
    names = declared.first_terms()
    tables = {name: term_matrix(panel, declared.terms[name], years).to_numpy(dtype=float) for name in names}
    breaks = tuple(change.year for change in panel.variable(declared.outcome).breaks)
    cuts = tuple(sorted({*breaks, *(year for name in names for year in declared.terms[name].cut)}))
    employed = panel.matrix("employed_thousand", years=years).mean(axis=1)
    size = np.log(employed.fillna(employed.median()).to_numpy(dtype=float))
    # The factor moves each term on its own account, so that their other parts are the more alike.
    correlation = pd.DataFrame({name: moves_of(tables[name], cuts, years).ravel() for name in names}).corr().to_numpy()
    correlation = np.where(np.eye(len(names), dtype=bool), 1.0, correlation / (1 - SHARE))
    sizes, turns = np.linalg.eigh(correlation)
    return Frame(
        panel,
        declared,
        {name: moments_of(tables[name], declared.terms[name].cut, cuts, years, size) for name in names},
        {name: np.isfinite(values) for name, values in tables.items()},
        turns * np.sqrt(np.maximum(sizes, 0.0)),
        panel.matrix(declared.outcome, years=years).to_numpy(dtype=float) > 0,
        np.exp(size),
        regimes(breaks, years),
        newest_level(panel, declared.outcome, FOCAL)[1],
    )


def moves_of(values: Floats, cut: tuple[int, ...], years: list[int]) -> Floats:
    """Return a series (R, Y) without the means of region × method and of years, scaled up for what they take."""
    regime = regimes(cut, years)
    rows, columns = np.nonzero(np.isfinite(values))
    unit = np.unique(rows * 64 + regime[columns], return_inverse=True)[1]
    year = np.unique(columns, return_inverse=True)[1]
    left = within(values[rows, columns][:, None], (unit, year), np.ones(len(rows)))[:, 0]
    spent = len(np.unique(unit)) + len(np.unique(year)) - 1 - len(cut)
    found = np.full(values.shape, np.nan)
    found[rows, columns] = left * np.sqrt(len(rows) / (len(rows) - spent))
    return found


def regimes(cut: tuple[int, ...], years: list[int]) -> NDArray[np.int64]:
    """Return for each year how many of some years of a break have come."""
    return np.searchsorted(np.sort(cut), years, side="right").astype(np.int64)


def moments_of(
    values: Floats, own: tuple[int, ...], cuts: tuple[int, ...], years: list[int], size: Floats
) -> TermMoments:
    """Return the moments of a term from its values (R, Y).

    Memory is measured over the spans of the term's own methods, which are long; variances over the spans that the
    samples of the outcome have. What the means of T years take is put back: (1 + ρ)/(T − 1) of the autocorrelation, and
    of a variance what a persistent series loses beyond one without memory.

    Parameters
    ----------
    own, cuts : breaks of the term's method, and those of all methods.
    size : (R,) logarithm of employment.

    Source: Nickell (1981), the leading term; the variance of a mean, and of the logarithm of a standard deviation, of
    an autoregression (Bartlett 1946).
    """
    seen = np.isfinite(values)
    means = np.zeros(len(years))
    means[seen.any(axis=0)] = np.nanmean(values[:, seen.any(axis=0)], axis=0)
    level = np.nanmean((values - means)[seen.any(axis=1)], axis=1)
    long = moves_of(values, own, years)
    spans = _spans(seen, own, years)
    both = np.isfinite(long[:, 1:]) & np.isfinite(long[:, :-1]) & (np.diff(regimes(own, years)) == 0)
    raw = float(np.corrcoef(long[:, 1:][both], long[:, :-1][both])[0, 1])
    taken = 1 / (float((spans**2).sum() / spans.sum()) - 1)
    memory = min(0.95, (raw + taken) / (1 - taken))
    moves, short = moves_of(values, cuts, years), _spans(seen, cuts, years)
    kept = sum(T * (1 - _mean_correlation(int(T), memory)) for T in short) / float((short - 1).sum())
    full = np.isfinite(moves).sum(axis=1) > len(years) / 2
    apart = np.log(np.nanstd(moves[full], axis=1))
    slope = float(np.polyfit(size[full], apart, 1)[0])
    rest = float(np.var(apart - slope * size[full]))
    by_chance = (1 + memory**2) / (1 - memory**2) / (2 * float(seen[full].sum(axis=1).mean()))
    spread = float(np.sqrt(max(rest - by_chance, 0.0)))
    move = float(np.nanstd(moves)) / np.sqrt(kept)
    steady = float(np.std(level)) ** 2 - move**2 * _mean_correlation(len(years), memory)
    return TermMoments(means, float(np.sqrt(max(steady, 0.0))), move, slope, spread, memory)


def _spans(seen: Flags, cuts: tuple[int, ...], years: list[int]) -> NDArray[np.int64]:
    """Numbers of years (≥ 2) that a region is seen in one regime."""
    regime = regimes(cuts, years)
    found = np.concatenate([seen[:, regime == one].sum(axis=1) for one in range(1 + len(cuts))])
    return found[found > 1]


def _mean_correlation(T: int, memory: float) -> float:
    return float(np.mean(memory ** np.abs(np.subtract.outer(np.arange(T), np.arange(T)))))


def draw(number: int, shared: Frame) -> Drawn:
    """Draw one panel; drivers take turns. All worlds and effects of a panel have the same random numbers."""
    rng = rng_for(SEED, "verdicts", number)
    driver = shared.drivers[number % len(shared.drivers)]
    n_regions, n_years = shared.percent_known.shape
    T, kept = n_years + BURN_IN, slice(BURN_IN, None)
    names = list(shared.terms)
    free = rng.standard_normal((n_regions, T, len(names))) @ shared.root.T
    size = np.log(shared.employed)
    common = autoregressive(rng, (1, T), MOMENTS.driver_memory)
    loadings = rng.normal(1, 1, (n_regions, len(names)))
    own_loading = rng.normal(1, 1, n_regions)
    moves: dict[str, Floats] = {}
    terms: dict[str, Floats] = {}
    for place, (name, own) in enumerate(shared.terms.items()):
        wide = np.exp(own.by_size * size + own.spread * rng.standard_normal(n_regions))
        wide /= np.sqrt(np.mean(wide**2))
        shape = np.sqrt(1 - SHARE) * wide[:, None] * remembered(free[:, :, place], own.memory)
        moves[name] = own.move * (shape + np.sqrt(SHARE) * loadings[:, [place]] * common)
        cut = shared.declared.terms[name].cut
        # A break of the term's method shifts a region by as much as it moves: chosen, for unit effects take it out.
        shift = own.move * rng.standard_normal((n_regions, 1 + len(cut)))[:, regimes(cut, list(shared.years))]
        level = own.level * rng.standard_normal((n_regions, 1)) + (shift if cut else 0.0)
        terms[name] = np.where(shared.known[name], own.years + level + moves[name][:, kept], np.nan)
    base = _outcome_without(shared, rng, n_regions, T)
    factor = MOMENTS.error * np.sqrt(SHARE) * common[:, kept]
    by_world = np.stack([own_loading, loadings[:, names.index(driver)]])
    change = _contrast(terms[driver], driver, shared)
    cause = moves[driver][:, BURN_IN - LAG : T - LAG]
    slopes = np.array([slope(times, driver, change, shared) for times in EFFECTS])
    predictor = base + by_world[:, None, :, None] * factor + slopes[None, :, None, None] * cause  # (W, B, R, Y)
    focal = shared.panel.region_ids.index(FOCAL)
    newest = int(np.flatnonzero(shared.percent_known[focal])[-1])
    predictor[:, :, focal] += logit(shared.level_pct / 100) - predictor[:, :, focal, newest, None]
    percent = np.where(shared.percent_known, 100 * expit(predictor), np.nan)
    return Drawn(number, driver, terms, percent, change)


def slope(times: float, driver: str, change: float, shared: Frame) -> float:
    """Return the logit's slope that moves the focal region by so many smallest effects in the claimed direction."""
    pp = times * shared.declared.rule.smallest_effect_pp * shared.declared.drivers[driver].claimed_sign
    return coefficient_for(pp, change, shared.level_pct, "logit")


def remembered(shocks: Floats, memory: float) -> Floats:
    """Return stationary series of variance one from shocks (R, T)."""
    series = shocks.copy()
    for t in range(1, shocks.shape[1]):
        series[:, t] = memory * series[:, t - 1] + np.sqrt(1 - memory**2) * shocks[:, t]
    return series


def _outcome_without(shared: Frame, rng: np.random.Generator, n_regions: int, T: int) -> Floats:
    """Return the outcome's logit (R, Y) without driver and factor: levels, years, methods and its own error."""
    size = np.log(shared.employed)
    spread = np.exp(
        MOMENTS.error_by_size * (size - size.mean()) + MOMENTS.error_spread * rng.standard_normal(n_regions)
    )
    error = autoregressive(rng, (n_regions, T), MOMENTS.error_memory)
    error *= MOMENTS.error * np.sqrt(1 - SHARE) * (spread / np.sqrt(np.mean(spread**2)))[:, None]
    level = MOMENTS.outcome_mean + MOMENTS.outcome_level * rng.standard_normal((n_regions, 1))
    year = MOMENTS.year * rng.standard_normal(T)
    shift = MOMENTS.method * rng.standard_normal((n_regions, 1 + int(shared.method.max())))
    return (level + error + year)[:, BURN_IN:] + shift[:, shared.method]


def _contrast(values: Floats, driver: str, shared: Frame) -> float:
    rule, own = shared.declared.rule, shared.declared.drivers[driver]
    table = pd.DataFrame(values, columns=list(shared.years))
    changes = window_changes(table, rule.change_window_years, shared.declared.terms[driver].cut)
    return float(np.quantile(own.direction * changes, rule.change_quantile))


def as_panel(drawn: Drawn, world: int, effect: int, shared: Frame) -> Panel:
    """Return one outcome of a drawn panel as the package's own panel."""
    percent, declared = drawn.percent[world, effect], shared.declared
    index = pd.MultiIndex.from_product([shared.panel.region_ids, shared.years], names=["region", "year"])
    columns: dict[str, Floats] = {declared.outcome: percent.ravel()}
    for name, values in drawn.terms.items():
        term = declared.terms[name]
        columns[term.variable] = (np.exp(values) if term.transform == "ln" else values).ravel()
        columns |= {divisor: np.ones(values.size) for divisor in term.per}
    columns["employed_thousand"] = np.broadcast_to(shared.employed[:, None], percent.shape).ravel()
    return replace(shared.panel, frame=pd.DataFrame(columns, index=index))
