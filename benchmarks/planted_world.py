"""Panels with a known effect: which driver moves the outcome, by how much, and what stands in the way.

The regions, years, breaks of method, missing cells and numbers of employed are those of the official panel; the driver,
its covariates and the outcome are drawn. Each number below is a moment of the official panel, measured once on the
samples of `analyses/multiverse.yml` (region × method and year effects taken out) and rounded, or is said to be chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from record import ROOT
from scipy.special import expit

from regional_econ._base.seeds import rng_for
from regional_econ.causal.axes import Era, Units
from regional_econ.causal.declaration import NEWEST, Multiverse, load_multiverse
from regional_econ.causal.designs import CONTROLS
from regional_econ.causal.sample import Layers, Regressor, build_layers
from regional_econ.causal.scales import term_matrix
from regional_econ.core.panel import Panel
from regional_econ.data.load import load_panel

Floats = NDArray[np.float64]
DRIVER, FOCAL = "rd_grp_pct", "RU-KEM"
BURN_IN = 20
BASE_YEARS = (2006, 2022)


@dataclass(frozen=True)
class World:
    """What stands in the way of the effect.

    ``level`` is what a driver's level adds to the level of the outcome by way of a confounder (per unit of ln).
    ``factor``, ``trend`` and ``reverse`` are shares of the variance of the driver's moves that come from a common
    factor with loadings of each region, from a linear trend of each region, and from the outcome of last year (the
    driver's effect and the outcome's own error); the first two move the outcome too, by the same share of its error's
    variance. ``reliability`` is the true share of the
    variance of the driver's moves as observed. With ``persistence`` ρ the effect comes in over years: a share 1 − ρ of
    what is still missing each year.
    """

    level: float = 0.0
    factor: float = 0.0
    trend: float = 0.0
    reverse: float = 0.0
    reliability: float = 1.0
    persistence: float = 0.0


# A tenth: in the driver as much as its strongest covariate by partial R² beside researchers (GRP per head, .12), in the
# outcome several times what any observed covariate takes (.02). The bias of a design is proportional to it.
SHARE = 0.10
# The slope of the regions' means of the outcome on those of the driver is .20; here all of it is confounding.
LEVEL = 0.20
# Revisions alone give .995; what else is wrong in the reports is not known. The middle of the values that the page of
# stress tests shows.
RELIABILITY = 0.80
# The outcome's own autocorrelation within regions is .41, about .5 once the bias of short panels is added back.
PERSISTENCE = 0.50
WORLDS = {
    "clean": World(),
    "level": World(level=LEVEL),
    "factor": World(factor=SHARE),
    "trend": World(trend=SHARE),
    "reverse": World(reverse=SHARE),
    "measurement": World(reliability=RELIABILITY),
    "persistence": World(persistence=PERSISTENCE),
    "all": World(LEVEL, SHARE, SHARE, SHARE, RELIABILITY, PERSISTENCE),
}


@dataclass(frozen=True)
class Moments:
    """Size and memory of everything that is drawn.

    ``effect`` is the whole effect of the driver's logarithm on the outcome's logit, at a lag of one year: chosen, near
    the smallest that the official panel can find with 80 % power (.18 to .33). ``driver_level`` and ``driver_move`` are
    standard deviations between and within regions; ``outcome_level`` that of the outcome's level; ``outcome_mean`` its
    mean (9 %). ``error`` is the root mean square over regions of the outcome's error, which falls with the logarithm of
    employment by ``error_by_size`` and differs by ``error_spread`` beside it. Autocorrelations are those within regions
    plus what short panels take from them. ``links`` are correlations of the covariates with the driver, which explain
    .42 of its moves; covariates do not move the outcome, so that leaving one out is no threat. ``instrument`` is the
    share of the driver's moves that a common price times a fixed exposure makes: chosen, a strong instrument.
    """

    effect: float = 0.20
    driver_level: float = 1.17
    driver_move: float = 0.33
    driver_memory: float = 0.65
    outcome_mean: float = -2.3
    outcome_level: float = 0.55
    year: float = 0.20
    method: float = 0.29
    error: float = 0.40
    error_memory: float = 0.50
    error_by_size: float = -0.33
    error_spread: float = 0.40
    instrument: float = 0.10
    links: dict[str, float] = field(default_factory=lambda: {"researchers_per_10k_employed": 0.6, "grp_per_head": -0.3})


MOMENTS = Moments()


@dataclass(frozen=True)
class Drawn:
    """One panel: ``percent`` (R, Y), terms on the scale they enter regressions on (R, Y), the ``instrument`` (R, Y)."""

    percent: Floats
    terms: dict[str, Floats]
    instrument: Floats


@dataclass(frozen=True)
class Setting:
    """What all panels share.

    ``panel`` holds the official figures, ``declared`` the specifications over one driver; ``known`` (R, Y) by term and
    ``percent_known`` (R, Y) say which cells there are; ``employed`` (R,) is the mean, in thousands; ``method`` (Y,)
    counts the breaks of the outcome's method so far.
    """

    panel: Panel
    declared: Multiverse
    known: dict[str, NDArray[np.bool_]]
    percent_known: NDArray[np.bool_]
    employed: Floats
    method: NDArray[np.int64]

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years, consecutive."""
        return self.panel.years


@cache
def setting() -> Setting:
    """Return the official panel's shape and the declaration over one driver (see `one_driver`)."""
    panel = load_panel()
    declared = one_driver(load_multiverse(ROOT / "analyses" / "multiverse.yml"))
    years = list(panel.years)
    known = {
        name: np.isfinite(term_matrix(panel, declared.terms[name], years).to_numpy(dtype=float))
        for name in declared.first_terms()
    }
    percent = panel.matrix(declared.outcome, years=years).to_numpy(dtype=float)
    employed = panel.matrix("employed_thousand", years=years).mean(axis=1)
    breaks = [change.year for change in panel.variable(declared.outcome).breaks]
    method = np.sum([np.array(years) >= year for year in breaks], axis=0)
    filled = employed.fillna(employed.median()).to_numpy(dtype=float)
    return Setting(panel, declared, known, percent > 0, filled, method)


def one_driver(declared: Multiverse) -> Multiverse:
    """Return the declaration over one driver in its first measure, as far as a thousand panels can bear it.

    Lags that decide; no weights or precision; the whole sample; the newest vintage; pooled CCE with one covariate.
    """
    own = declared.drivers[DRIVER]
    eras = tuple(
        replace(era, lags=tuple(lag for lag in era.lags if lag >= declared.rule.deciding_lag)) for era in declared.eras
    )
    admissible = tuple(replace(one, max_covariates=1) if one.option == "cce" else one for one in declared.admissible)
    return replace(
        declared, drivers={DRIVER: replace(own, measures={DRIVER: own.measures[DRIVER]})}, eras=eras,
        weights=("none", "precision"), samples=declared.samples[:1], vintages=(NEWEST,), admissible=admissible,
    )  # fmt: skip


def draw(world: World, frame: Setting, rng: np.random.Generator, moments: Moments = MOMENTS) -> Drawn:
    """Draw one panel; every world uses the same random numbers, so worlds differ by what stands in the way alone."""
    n_regions, n_years = frame.percent_known.shape
    T = n_years + BURN_IN
    focal = frame.panel.region_ids.index(FOCAL)
    place, base = rng.standard_normal((2, n_regions, 1))
    place[focal] = base[focal] = 0.0  # effects in points are read at the focal region, so it is an average one
    level = moments.driver_level * place
    own = autoregressive(rng, (n_regions, T), moments.driver_memory)
    factor = rng.normal(1, 1, (n_regions, 1)) * autoregressive(rng, (1, T), moments.driver_memory)
    time = np.arange(frame.years[-1] - T + 1, frame.years[-1] + 1)
    base_years = np.arange(BASE_YEARS[0], BASE_YEARS[1] + 1)
    trend = rng.standard_normal((n_regions, 1)) * (time - base_years.mean()) / base_years.std()
    instrument = rng.standard_normal((n_regions, 1)) * autoregressive(rng, (1, T), moments.driver_memory)
    size = np.log(frame.employed)
    spread = np.exp(
        moments.error_by_size * (size - size.mean()) + moments.error_spread * rng.standard_normal(n_regions)
    )
    own_error = autoregressive(rng, (n_regions, T), moments.error_memory)
    error = moments.error * (spread / np.sqrt(np.mean(spread**2)))[:, None] * own_error
    year = moments.year * rng.standard_normal(T)
    shift = moments.method * rng.standard_normal((n_regions, 1 + int(frame.method.max())))
    noise = rng.standard_normal((n_regions, T))

    left = 1 - world.factor - world.trend - world.reverse - moments.instrument
    common = np.sqrt(world.factor) * factor + np.sqrt(world.trend) * trend
    exogenous = moments.driver_move * (np.sqrt(left) * own + common + np.sqrt(moments.instrument) * instrument)
    back = np.sqrt(world.reverse) * moments.driver_move / moments.error if world.reverse else 0.0
    moves, signal = exogenous.copy(), np.zeros((n_regions, T))
    for t in range(1, T):
        gained = moments.effect * moves[:, t - 1]
        signal[:, t] = world.persistence * signal[:, t - 1] + (1 - world.persistence) * gained
        moves[:, t] += back * (signal + error)[:, t - 1]
    logit = moments.outcome_mean + moments.outcome_level * base + (moments.effect + world.level) * level
    logit = logit + signal + error + moments.error * common + year
    observed = level + moves + moments.driver_move * np.sqrt(1 / world.reliability - 1) * noise
    kept = slice(BURN_IN, T)
    terms = {DRIVER: observed[:, kept]}
    for name in frame.declared.drivers[DRIVER].covariates:
        link = moments.links.get(name, 0.0)
        free = rng.standard_normal((n_regions, 1)) + autoregressive(rng, (n_regions, T), moments.driver_memory)
        tied = place + moves / moments.driver_move
        terms[name] = (link * tied + np.sqrt(1 - link**2) * free)[:, kept]
    percent = 100 * expit(logit[:, kept] + shift[:, frame.method])
    return Drawn(
        np.where(frame.percent_known, percent, np.nan),
        {name: np.where(frame.known[name], values, np.nan) for name, values in terms.items()},
        instrument[:, kept],
    )


def autoregressive(rng: np.random.Generator, shape: tuple[int, int], memory: float) -> Floats:
    """Stationary series of variance one, the years last."""
    series = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        series[:, t] = memory * series[:, t - 1] + np.sqrt(1 - memory**2) * series[:, t]
    return series


def panel_number(world: str, number: int, seed: int, frame: Setting) -> Drawn:
    """Draw the panel of a world with its own number."""
    return draw(WORLDS[world], frame, rng_for(seed, "panel", number))


def as_panel(drawn: Drawn, frame: Setting) -> Panel:
    """Return a drawn panel as the package's own, for what needs all of it."""
    shape, declared = drawn.percent.shape, frame.declared
    index = pd.MultiIndex.from_product([frame.panel.region_ids, frame.years], names=["region", "year"])
    columns: dict[str, Floats] = {declared.outcome: drawn.percent.ravel()}
    for name, values in drawn.terms.items():
        term = declared.terms[name]
        columns[term.variable] = (np.exp(values) if term.transform == "ln" else values).ravel()
        columns |= {divisor: np.ones(values.size) for divisor in term.per}
    columns["employed_thousand"] = np.broadcast_to(frame.employed[:, None], shape).ravel()
    return replace(frame.panel, frame=pd.DataFrame(columns, index=index))


@dataclass(frozen=True)
class Reading:
    """Which columns a design reads: years and unit effects of an era, terms with their lags."""

    era: str
    units: Units
    regressors: tuple[tuple[str, int], ...]


def reading(kind: str, frame: Setting) -> Reading:
    """Return the reading of a kind: alone, lag0, trends, lead, or a sample of `causal.designs`."""
    terms, own = frame.declared.first_terms(), frame.declared.drivers[DRIVER]
    few = (DRIVER, *CONTROLS)
    lagged, controlled = tuple((name, 1) for name in terms), tuple((name, 1) for name in few)
    leads = ((DRIVER, -1), (DRIVER, 0), (DRIVER, 1), *((name, 0) for name in own.covariates))
    readings = {
        "alone": Reading("pooled", "region_method", lagged),
        "lag0": Reading("pooled", "region_method", tuple((name, 0) for name in terms)),
        "trends": Reading("oslo3", "region", lagged),
        "lead": Reading("pooled", "region_method", leads),
        "pooled": Reading("pooled", "region_method", controlled),
        "newest": Reading("oslo4_wide", "region", controlled),
        "first": Reading("oslo3", "region", controlled),
    }
    return readings[kind]


@cache
def template(kind: str) -> Layers:
    """Return the layers of a reading on the official panel, whose figures drawn ones replace."""
    frame = setting()
    own = reading(kind, frame)
    era: Era = frame.declared.era(own.era)
    terms = {name: frame.declared.terms[name] for name, _ in own.regressors}
    matrices = {name: term_matrix(frame.panel, term, frame.years) for name, term in terms.items()}
    regressors = [Regressor(terms[name], lag) for name, lag in own.regressors]
    return build_layers(
        frame.panel, frame.declared, years=era.years, units=own.units, regressors=regressors, matrices=matrices
    )


def layers(kind: str, drawn: Drawn, frame: Setting, extra: Sequence[tuple[Floats, int]] = ()) -> Layers:
    """Return the layers of a reading on a drawn panel; ``extra`` series with their lags stand last."""
    empty = template(kind)
    places = empty.years - frame.years[0]
    columns = [drawn.terms[name][:, places - lag] for name, lag in reading(kind, frame).regressors]
    columns += [values[:, places - lag] for values, lag in extra]
    names = (*empty.columns, *(f"extra{number}" for number in range(len(extra))))
    employed = np.broadcast_to(frame.employed[:, None], empty.percent.shape)
    return replace(empty, percent=drawn.percent[:, places], employed=employed, X=np.stack(columns, -1), columns=names)
