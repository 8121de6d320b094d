"""Which estimator of a model with the outcome's own past can be used with how many years?

Bias, error, coverage, size and power on drawn panels of 85 regions, T years of the outcome, persistence ρ, with and
without a common factor. All estimators judge the same panels, through the functions behind `panel.fit`.

The process, in logarithms:

    y_it = ρ y_i,t−1 + (1 − ρ)(θ x_it + a_i + d_t) + u_it        x_it = m_i + s w_it

θ is the whole effect of x, β = (1 − ρ)θ that of the same year. w is autoregressive, u independent over regions and
years, a_i correlated with m_i; x does not react to u, so it is strictly exogenous. Each panel starts at its long-run
level `BURN_IN` years or more before its first (.9 to the power 40 leaves .015 of the start). In the world
"factor" a share of the variance of u and of w is λ_i f_t and γ_i f_t, with loadings of mean 1 and variance 1 that are
correlated between the two, and f autoregressive. T counts the years that the user has: a lag costs the first.

Measured on the official panel: the error's sd (.254 within with a lag, 2006–2016; .275, 2006–2022), the sd of ln R&D
of GRP within regions and years (.325, 2000–2022) and its memory (.73, .81 once the bias of short panels is added
back), between regions (1.2); the yearly means' sd (.09); the sd of the regions' means of the outcome (.46) and their
correlation with those of the driver (.28), which at this θ leave a an sd of .46 and a correlation of −.25 with m. In
2006–2016 the first principal component holds .45 of what region and year effects leave of the outcome and .43 of the
driver; drawn panels of eleven years hold .41 and .46 in the world "factor" at ρ = .5 and .49 and .46 at .7, without a
factor .28 to .38 and .44. Chosen: θ (near the smallest that these data can find), the factor's memory, and how far the
loadings go together.

System GMM is shown twice: with x as its own instrument in levels, which asks that x has nothing to do with a_i and so
is wrong here, and with x instrumented by its past and its changes (gmm_system_x). The second was added when a first
part of the study had been seen; nothing else was changed then.

Errors of the corrected within estimator (lsdvc) come from panels drawn anew, 100 a fit in the report. Here one is drawn
a panel, and the spread of all of them about their own estimates is the error in every interval of the cell (Giacomini,
Politis & White 2013, Econometric Theory 29): a hundred times cheaper; what an error of its own in each panel adds to
the noise of an interval is left out. Fifty draws a panel agree (tests/panel/test_dynamic_study.py).

"Usable" was fixed before the study was run. A quantity is usable in a cell when its estimator is refused or fails in at
most 5 % of panels, its mean bias is at most the larger of 10 % of the truth and a quarter of the estimate's sd (which
by itself costs a 95 % interval less than one point of coverage), and the interval holds the truth in 90 to 98 % of
panels (it misses at most twice as often as promised, and is not needlessly wide). The whole effect is a ratio whose
mean need not exist; its bias is that of the median, and its spread half the width of the middle 68 %.
The size of a true null at 5 % is what coverage leaves of 100 %, so it is not recorded apart. The regression without the
past ("static") is judged by the whole effect, which its reader takes it for.

Panels a cell and processor seconds a panel on one core, of T = 4, 11, 16, 24:

| kind | estimators | panels | seconds |
|---|---|---|---|
| quick | those not named below | 500 | .004, .016, .025, .038 |
| slow | gmm_diff_all, interactive | 200 | .018, .016, .026, .065 |
| lsdvc | lsdvc, estimated twice | 200 | .001 (refused), .009, .025, .103 |

All 32 cells take 13 minutes of one core. The Monte Carlo error of a coverage of 95 % is 1.0 points with 500 panels and
1.5 with 200.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from regional_econ._base.errors import EstimationError
from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for
from regional_econ.core.results import Value
from regional_econ.panel.covariance import covariance
from regional_econ.panel.dynamic.equations import equations
from regional_econ.panel.dynamic.instruments import instruments
from regional_econ.panel.dynamic.lsdvc import lsdvc_model
from regional_econ.panel.dynamic.options import GmmOptions, LsdvcOptions
from regional_econ.panel.dynamic.two_step import two_step_gmm
from regional_econ.panel.estimation import estimated
from regional_econ.panel.estimators import Sample
from regional_econ.panel.inference_rules import default_inference
from regional_econ.panel.inference_text import parse_inference
from regional_econ.panel.methods import chosen_effects, parse_estimator

Floats = NDArray[np.float64]
World = Literal["plain", "factor"]
Kind = Literal["quick", "slow", "lsdvc"]
Row = list[float | None]

SEED = 20221231
WORLDS: tuple[World, ...] = ("plain", "factor")
LENGTHS = (4, 11, 16, 24)
PERSISTENCES = (0.3, 0.5, 0.7, 0.9)
N_REGIONS, FIRST_YEAR, BURN_IN = 85, 2000, 40
WHOLE_EFFECT = 0.20
ERROR, MOVE, MEMORY, LEVEL, YEAR = 0.25, 0.33, 0.80, 1.2, 0.10
OUTCOME_LEVEL, CORRELATION = 0.46, -0.25
SHARE, FACTOR_MEMORY, LOADINGS = 0.20, 0.5, 0.5
# Panels a cell, and panels a batch.
PANELS: dict[Kind, tuple[int, int]] = {"quick": (500, 125), "slow": (200, 50), "lsdvc": (200, 25)}
TEXTS = {
    "static": "fe",
    "within": "fe",
    "hpj": "hpj",
    "lsdvc": "lsdvc",
    "gmm_diff": "gmm-diff:lags=2-4,collapse",
    "gmm_diff_all": "gmm-diff",
    "gmm_system": "gmm-system:lags=2-4,collapse",
    "gmm_system_x": "gmm-system:lags=2-4,gmm(x)=1-3,collapse",
    "cce": "cce",
    "dynamic_cce": "dynamic-cce",
    "dynamic_cce_jackknife": "dynamic-cce:jackknife",
    "mean_group": "mean-group",
    "interactive": "interactive:1",
}
EFFECTS = {"mean_group": "region+year"}  # others take their first choice
KINDS: dict[str, Kind] = {"gmm_diff_all": "slow", "interactive": "slow", "lsdvc": "lsdvc"}  # others are quick
LAG, X = "lag(y, 1)", "x"
LEVEL_OF_INTERVALS = 0.95
MOST_REFUSED = 0.05
BIAS_OF_TRUTH, BIAS_OF_SD = 0.10, 0.25
COVERAGE = (0.90, 0.98)


@dataclass(frozen=True)
class Cell:
    """One world, a number of years, a persistence."""

    world: World
    years: int
    rho: float

    @property
    def key(self) -> str:
        """As in the record: ``plain.T11.r5``."""
        return f"{self.world}.T{self.years}.r{round(10 * self.rho)}"


@dataclass(frozen=True)
class Batch:
    """Some panels of one cell, estimated by the estimators of one kind."""

    cell: Cell
    kind: Kind
    number: int

    @property
    def panels(self) -> range:
        """Numbers of the panels."""
        size = PANELS[self.kind][1]
        return range(self.number * size, (self.number + 1) * size)


CELLS = tuple(Cell(*one) for one in product(WORLDS, LENGTHS, PERSISTENCES))


def batches() -> dict[str, Batch]:
    """All batches of the study by key; kinds and cells take turns, so that a stopped study has some of each."""
    turns = [
        (number * size / panels, kind, number)
        for kind, (panels, size) in PANELS.items()
        for number in range(panels // size)
    ]
    return {
        f"{kind}-{cell.key}-{number}": Batch(cell, kind, number)
        for _, kind, number in sorted(turns, key=lambda turn: turn[0])
        for cell in CELLS
    }


def run(todo: Mapping[str, Batch], jobs: int, label: str) -> dict[str, dict[str, list[Row]]]:
    """Estimates by batch and estimator: a row a panel, empty where it is refused."""
    return map_cases(one_batch, todo, seed=SEED, jobs=jobs, label=label)


def one_batch(batch: Batch, seed: int) -> dict[str, list[Row]]:
    """Estimate a batch; panels have seeds by their number, so all estimators, cells and worlds share their draws."""
    names = [name for name in TEXTS if KINDS.get(name, "quick") == batch.kind]
    rows: dict[str, list[Row]] = {name: [] for name in names}
    for number in batch.panels:
        y, x = drawn(batch.cell, number)
        for name in names:
            rows[name].append(judged_row(name, y, x, number))
    return rows


def judged_row(name: str, y: Floats, x: Floats, number: int) -> Row:
    """One estimator on one panel, None for what is not finite; an empty row where it is refused."""
    try:
        found = ESTIMATORS.get(name, by_regression)(name, y, x, number)
    except EstimationError:
        return []
    return [float(value) if np.isfinite(value) else None for value in found]


def drawn(cell: Cell, number: int) -> tuple[Floats, Floats]:
    """Outcome and driver (N, T) of a panel by its number: the last T years of one long history."""
    rng = rng_for(SEED, "dynamic", number)
    length = BURN_IN + max(LENGTHS)
    base, own, loads, other = rng.standard_normal((4, N_REGIONS, 1))
    moves = autoregressive(rng, (N_REGIONS, length), MEMORY)
    errors = rng.standard_normal((N_REGIONS, length))
    common = autoregressive(rng, (1, length), FACTOR_MEMORY)
    year = YEAR * rng.standard_normal(length)
    if cell.world == "factor":
        of_x, of_y = 1 + LOADINGS * loads + np.sqrt(1 - LOADINGS**2) * other, 1 + loads
        moves = np.sqrt(1 - SHARE) * moves + np.sqrt(SHARE) * of_x * common
        errors = np.sqrt(1 - SHARE) * errors + np.sqrt(SHARE) * of_y * common
    x = LEVEL * base + MOVE * moves
    level = OUTCOME_LEVEL * (CORRELATION * base + np.sqrt(1 - CORRELATION**2) * own)
    pushes = (1 - cell.rho) * (WHOLE_EFFECT * x + level + year) + ERROR * errors
    y = np.empty_like(x)
    y[:, 0] = (WHOLE_EFFECT * LEVEL * base + level)[:, 0]
    for t in range(1, length):
        y[:, t] = cell.rho * y[:, t - 1] + pushes[:, t]
    return y[:, -cell.years :], x[:, -cell.years :]


def autoregressive(rng: np.random.Generator, shape: tuple[int, int], memory: float) -> Floats:
    """Stationary series of variance one, the years last."""
    series = rng.standard_normal(shape)
    for t in range(1, shape[1]):
        series[:, t] = memory * series[:, t - 1] + np.sqrt(1 - memory**2) * series[:, t]
    return series


def by_regression(name: str, y: Floats, x: Floats, number: int) -> Sequence[float]:
    """ρ, β, their variances and covariance, and degrees of freedom, by an estimator that ends in least squares."""
    method = parse_estimator(TEXTS[name])
    effects = chosen_effects(method, EFFECTS.get(name))
    sample = static_sample(y, x) if name == "static" else dynamic_sample(y, x)
    found = estimated(sample, method, tuple(effects.split("+")), (), "y")
    rule = parse_inference(default_inference(method))
    spread = covariance(found.data, found.solution, rule, {"region": found.data.units})
    df, names = float(np.min(spread.df)), found.data.names
    if name == "static":
        return np.nan, found.solution.beta[0], np.nan, spread.matrix[0, 0], np.nan, df
    first, second = names.index(LAG), names.index(X)
    beta, V = found.solution.beta, spread.matrix
    return beta[first], beta[second], V[first, first], V[second, second], V[first, second], df


def by_gmm(name: str, y: Floats, x: Floats, number: int) -> Sequence[float]:
    """As `by_regression`, by two steps with Windmeijer's correction."""
    method = parse_estimator(TEXTS[name])
    options = cast("GmmOptions", method.dynamic)
    rows = equations(dynamic_sample(y, x), system=method.kind == "gmm-system", year_effects=True)
    sets = [
        (one.term or "y", one, history(x if one.term else y, y.shape[1] - 1 if one.last is None else one.last))
        for one in options.sets
    ]
    endogenous = (LAG, *(one.term for one in options.sets if one.term))
    built = instruments(rows, sets, endogenous, {}, collapse=options.collapse)
    found = two_step_gmm(rows, built)
    V = found.covariance("windmeijer")
    return found.second.beta[0], found.second.beta[1], V[0, 0], V[1, 1], V[0, 1], np.inf


def by_correction(name: str, y: Floats, x: Floats, number: int) -> Sequence[float]:
    """ρ and β by lsdvc, and both on one panel drawn from the estimate (see the module)."""
    options = cast("LsdvcOptions", parse_estimator(TEXTS[name]).dynamic)
    model = lsdvc_model(dynamic_sample(y, x), 0, history(y, y.shape[1] - 1), options, year_effects=True)
    again = model.drawn_anew(rng_for(SEED, "lsdvc", number))
    rho, beta = model.found.beta[list(model.shown)]
    return rho, beta, *again, np.nan, np.inf


ESTIMATORS: dict[str, Callable[[str, Floats, Floats, int], Sequence[float]]] = {
    "lsdvc": by_correction, "gmm_diff": by_gmm, "gmm_diff_all": by_gmm, "gmm_system": by_gmm,
    "gmm_system_x": by_gmm,
}  # fmt: skip


def static_sample(y: Floats, x: Floats) -> Sample:
    """Complete cases of y ~ x."""
    return Sample(y.ravel(), x.reshape(-1, 1), (X,), index(y.shape[1], 0), np.ones(y.size))


def dynamic_sample(y: Floats, x: Floats) -> Sample:
    """Complete cases of y ~ lag(y, 1) + x.

    Raises
    ------
    EstimationError : fewer years than `panel.fit` takes for a dynamic model, by the estimators themselves.
    """
    columns = np.column_stack([y[:, :-1].ravel(), x[:, 1:].ravel()])
    return Sample(y[:, 1:].ravel(), columns, (LAG, X), index(y.shape[1], 1), np.ones(len(columns)))


def history(y: Floats, reach: int) -> Floats:
    """A series 0 … reach years before each row of `dynamic_sample`, NaN before the first year."""
    padded = np.column_stack([np.full((len(y), reach), np.nan), y])
    return np.column_stack([padded[:, reach + 1 - lag : reach + y.shape[1] - lag].ravel() for lag in range(reach + 1)])


@cache
def index(years: int, first: int) -> pd.MultiIndex:
    """Regions and years, without the `first` ones."""
    return pd.MultiIndex.from_product(
        [range(N_REGIONS), range(FIRST_YEAR + first, FIRST_YEAR + years)], names=["region", "year"]
    )


@dataclass(frozen=True)
class Judged:
    """What an estimator does to one quantity in a cell: numbers with their Monte Carlo errors.

    Attributes
    ----------
    bias, sd, rmse : in units of the quantity; of the whole effect by the median and the middle 68 %.
    coverage, power : shares of intervals that hold the truth, and that exclude zero.
    se_ratio : the root mean square of the errors over sd; of the whole effect, their median.
    """

    bias: tuple[float, float]
    sd: tuple[float, float]
    rmse: tuple[float, float]
    coverage: tuple[float, float]
    power: tuple[float, float]
    se_ratio: float

    def usable(self, truth: float, refused: float) -> bool:
        """By the rule of the module."""
        limit = max(BIAS_OF_TRUTH * truth, BIAS_OF_SD * self.sd[0])
        return refused <= MOST_REFUSED and abs(self.bias[0]) <= limit and COVERAGE[0] <= self.coverage[0] <= COVERAGE[1]


def judged(estimates: Floats, errors: Floats, df: Floats, truth: float, *, ratio: bool = False) -> Judged:
    """Judge estimates (n,) with their errors (n,) and degrees of freedom (n,).

    Parameters
    ----------
    ratio : whether the estimate is a ratio: medians and quantiles in place of means.
    """
    n, misses = len(estimates), estimates - truth
    reach = stdtrit(df, 0.5 + LEVEL_OF_INTERVALS / 2) * errors
    covered, found = share(np.abs(misses) <= reach), share(np.abs(estimates) > reach)
    if ratio:
        low, middle, high = np.quantile(misses, (0.16, 0.5, 0.84))
        sd = float((high - low) / 2)
        unsure = sd / np.sqrt(n)  # a normal sample's half width has .97 of this error, its median 1.25
        bias, rmse = (float(middle), 1.25 * unsure), (float(np.hypot(middle, sd)), unsure)
        return Judged(bias, (sd, unsure), rmse, covered, found, float(np.median(errors)) / sd)
    sd, root = float(misses.std(ddof=1)), float(np.sqrt(np.mean(misses**2)))
    bias = float(misses.mean()), sd / np.sqrt(n)
    rmse = root, float((misses**2).std(ddof=1) / np.sqrt(n) / (2 * root))
    return Judged(bias, (sd, sd / np.sqrt(2 * n)), rmse, covered, found, float(np.sqrt(np.mean(errors**2))) / sd)


def share(happened: NDArray[np.bool_]) -> tuple[float, float]:
    """A share with its binomial error."""
    part = float(np.mean(happened))
    return part, float(np.sqrt(part * (1 - part) / len(happened)))


def judge(name: str, rho: float, rows: Floats) -> dict[str, tuple[Judged, float]]:
    """What an estimator does in a cell, by quantity, beside the truth; rows as `by_regression` or `by_correction`."""
    beta, df = (1 - rho) * WHOLE_EFFECT, np.where(np.isnan(rows[:, 5]), np.inf, rows[:, 5])
    if name == "static":
        return {"whole": (judged(rows[:, 1], np.sqrt(rows[:, 3]), df, WHOLE_EFFECT), WHOLE_EFFECT)}
    estimates = rows[:, :2]
    if name == "lsdvc":
        again = rows[:, 2:4] - estimates
        V = np.broadcast_to(np.cov(again[np.isfinite(again).all(axis=1)].T), (len(rows), 2, 2))
    else:
        V = np.stack([rows[:, [2, 4]], rows[:, [4, 3]]], axis=1)
    found = {
        quantity: (judged(estimates[:, place], np.sqrt(V[:, place, place]), df, truth), truth)
        for place, (quantity, truth) in enumerate((("rho", rho), ("beta", beta)))
    }
    left = 1 - estimates[:, 0]
    whole = estimates[:, 1] / left
    slopes = np.column_stack([whole / left, 1 / left])
    errors = np.sqrt(np.maximum(np.einsum("ni,nij,nj->n", slopes, V, slopes), 0))
    return found | {"whole": (judged(whole, errors, df, WHOLE_EFFECT, ratio=True), WHOLE_EFFECT)}


def summary(found: Mapping[str, Mapping[str, list[Row]]]) -> dict[str, Value]:
    """What each estimator does in each cell.

    ``<world>.T<years>.r<10ρ>.<estimator>.refused_pct``, and where fewer than half are refused
    ``….<estimator>.<quantity>.bias_pct|sd|rmse|coverage_pct|power_pct|se_ratio|usable`` for rho, beta and whole
    (static: whole alone); ``panels.<kind>`` that each cell has at least; and the numbers of process and rule.
    """
    kept: dict[tuple[Cell, str], list[Row]] = {}
    for key, batch in batches().items():
        for name, rows in found.get(key, {}).items():
            kept.setdefault((batch.cell, name), []).extend(rows)
    values: dict[str, Value] = dict(constants())
    for kind in PANELS:
        counts = [len(rows) for (_, name), rows in kept.items() if KINDS.get(name, "quick") == kind]
        values[f"panels.{kind}"] = Value(min(counts), digits=0)
    for cell, name in product(CELLS, TEXTS):
        rows = kept[cell, name]
        answered = np.array([row for row in rows if row], dtype=float)
        refused, error = share(np.array([not row for row in rows]))
        key = f"{cell.key}.{name}"
        values[f"{key}.refused_pct"] = Value(100 * refused, "%", 0, 100 * error)
        if len(answered) > len(rows) / 2:
            for quantity, (one, truth) in judge(name, cell.rho, answered).items():
                values |= shown(f"{key}.{quantity}", one, truth, refused)
    return values


def shown(key: str, one: Judged, truth: float, refused: float) -> dict[str, Value]:
    """The values of one quantity."""
    bias = (100 * one.bias[0] / truth, 100 * one.bias[1] / truth)
    measured = {
        "bias_pct": ("%", 0, bias), "sd": ("", 3, one.sd), "rmse": ("", 3, one.rmse),
        "coverage_pct": ("%", 0, (100 * one.coverage[0], 100 * one.coverage[1])),
        "power_pct": ("%", 0, (100 * one.power[0], 100 * one.power[1])),
    }  # fmt: skip
    values = {
        f"{key}.{name}": Value(round(pair[0], 5), unit, digits, round(pair[1], 5))
        for name, (unit, digits, pair) in measured.items()
    }
    values[f"{key}.se_ratio"] = Value(round(one.se_ratio, 3), "", 2)
    return values | {f"{key}.usable": Value(int(one.usable(truth, refused)), digits=0)}


def constants() -> dict[str, Value]:
    """The numbers of process and rule that the page names."""
    return {
        "regions": Value(N_REGIONS, digits=0),
        "whole_effect": Value(WHOLE_EFFECT, digits=2),
        "share_pct": Value(100 * SHARE, "%", 0),
        "memory": Value(MEMORY, digits=2),
        "burn_in": Value(BURN_IN, digits=0),
        "nominal_pct": Value(100 * LEVEL_OF_INTERVALS, "%", 0),
        "rule.refused_pct": Value(100 * MOST_REFUSED, "%", 0),
        "rule.bias_pct": Value(100 * BIAS_OF_TRUTH, "%", 0),
        "rule.bias_of_sd": Value(BIAS_OF_SD, digits=2),
        "rule.coverage_low_pct": Value(100 * COVERAGE[0], "%", 0),
        "rule.coverage_high_pct": Value(100 * COVERAGE[1], "%", 0),
        **{f"years.T{years}": Value(years, digits=0) for years in LENGTHS},
        **{f"rho.r{round(10 * rho)}": Value(rho, digits=1) for rho in PERSISTENCES},
    }
