"""The paper prints figures for a year that the data do not reach: would a forecast have expected them?

A region's figure is held against its own predictive distribution. The country's is no forecast variable: it is modelled
as the mean of the regions' draws with weights of the last year with figures, moved by the mean gap (in log-odds) that
such a mean has had to the published national figure under the same method, and by a residual of the size that was
left, the same under all methods. The weight is the one whose residual was smaller.

Source: the prediction of one new observation around a mean of few with an unknown variance is Student's t (any text,
e.g. Gelman et al., "Bayesian Data Analysis", 3.2); held against that closed form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, EstimationError, SchemaError
from regional_econ._base.location import data_dir
from regional_econ._base.seeds import rng_for
from regional_econ._base.yaml_lines import read_yaml_lines
from regional_econ.bayes.trace import Array
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.study import Study
from regional_econ.forecasting.indicators import indicator
from regional_econ.forecasting.results import first_year, odds, quantile_values

YEAR = 2024
PAPER_ID = f"forecast.paper_{YEAR}"
COUNTRY = "RU"
WEIGHTS = ("organisations", "employed_thousand")
CALIBRATED_FROM = 2010
_LEVELS = (80, 95)
_ENDS = {80: ("p10", "p90"), 95: ("p025", "p975")}


@dataclass(frozen=True)
class PaperValue:
    """A figure that the paper prints: the claim's id, whose figure, and the figure in the variable's unit."""

    claim: str
    region: str
    value: float


@dataclass(frozen=True)
class NationalGap:
    """How a weighted mean of the regions has met the published national figure, in log-odds.

    Parameters
    ----------
    weight : the panel's variable that weighs.
    gaps : gap by year, national less mean.
    method : number of the method by year.
    shifts : mean gap by method.
    sd : residual sd, the same under all methods.
    df : years less methods.
    """

    weight: str
    gaps: Mapping[int, float]
    method: Mapping[int, int]
    shifts: Mapping[int, float]
    sd: float
    df: int

    @property
    def newest(self) -> int:
        """The newest method."""
        return max(self.shifts)

    @property
    def of_newest(self) -> tuple[float, ...]:
        """Gaps under the newest method, by year."""
        return tuple(gap for year, gap in sorted(self.gaps.items()) if self.method[year] == self.newest)

    @property
    def n_newest(self) -> int:
        """How many years know the newest method."""
        return len(self.of_newest)

    @property
    def predictive_sd(self) -> float:
        """Scale of Student's t of a new year's gap: the residual, and the error of the newest method's mean gap."""
        return self.sd * float(np.sqrt(1.0 + 1.0 / self.n_newest))


@dataclass(frozen=True)
class Judged:
    """A figure of the paper with the predictive draws (D,) it is held against."""

    paper: PaperValue
    draws: Array


def paper_values(variable: str, *, year: int = YEAR, path: Path | None = None) -> tuple[PaperValue, ...]:
    """Read the figures of a variable and a year that the paper prints.

    Parameters
    ----------
    variable, year : which.
    path : the claims file; ``data/claims.yml`` by default.

    Raises
    ------
    SchemaError : a figure that is no number; file and line are named.
    """
    found = []
    for place in read_yaml_lines(path or data_dir() / "claims.yml", SchemaError)["claims"].items():
        entry = place.entries()
        for check in entry["checks"].items() if "checks" in entry else ():
            number = check.entries()
            if check["kind"].value != "number" or (number["variable"].value, number["year"].value) != (variable, year):
                continue
            printed = number["printed"]
            try:
                value = float(printed.text().replace(" ", "").replace(",", ".")) * number["scale"].number()
            except ValueError as error:
                raise printed.refuse(f"{printed.value!r} is no number", "Write it as the paper prints it") from error
            found.append(PaperValue(entry["id"].text(), number["region"].text(), value))
    return tuple(found)


def national_gap(panel: Panel, variable: str, *, weights: Sequence[str] = WEIGHTS) -> NationalGap:
    """Calibrate a weighted mean of the regions on the published national figures.

    Parameters
    ----------
    panel : regions, and the country among its aggregates.
    variable : a share in per cent.
    weights : candidate weights; the one with the smallest residual is taken.

    Raises
    ------
    DataError : the panel has no figures of the country.
    EstimationError : too few years for a residual.
    """
    return min((_gap(panel, variable, weight) for weight in weights), key=lambda one: one.sd)


def national_draws(forecast: Forecast, panel: Panel, variable: str, gap: NationalGap, *, year: int) -> Array:
    """Draw the national figure of a year (D,), in per cent.

    Parameters
    ----------
    forecast : draws of the regions.
    panel : the weights, of the year before the first forecast one.
    variable, gap, year : what is drawn, how a mean meets it, and when.
    """
    regions = [str(name) for name in forecast.draws(variable)["region"].to_numpy()]
    shares = forecast.draws(variable).sel(year=year).transpose("draw", "region").to_numpy().astype(np.float64)
    last = first_year(forecast, variable) - 1
    weight = panel.matrix(gap.weight, regions=regions, years=[last])[last].to_numpy()
    known = np.isfinite(shares).all(axis=0) & np.isfinite(weight)
    mean = shares[:, known] @ (weight[known] / weight[known].sum())
    residual = rng_for(forecast.seed, "national gap", variable, year).standard_t(gap.df, size=len(mean))
    return _per_cent(_log_odds(mean) + gap.shifts[gap.newest] + gap.predictive_sd * residual)


def judge(forecast: Forecast, panel: Panel, study: Study) -> tuple[tuple[Judged, ...], NationalGap]:
    """Hold the paper's figures of the outcome against what was to be expected.

    Raises
    ------
    UnknownNameError : the paper names a region that the forecast does not hold.
    DataError : the forecast does not hold the paper's year.
    """
    first, last = (int(forecast.draws(study.outcome)["year"].to_numpy()[k]) for k in (0, -1))
    if not first <= YEAR <= last:
        raise DataError(
            f"no forecast of {study.outcome} in {YEAR}, only of {first}–{last}", advice="Forecast from 2022"
        )
    gap = national_gap(panel, study.outcome)
    judged = []
    for paper in sorted(paper_values(study.outcome), key=lambda one: one.region == COUNTRY):
        if paper.region == COUNTRY:
            draws = national_draws(forecast, panel, study.outcome, gap, year=YEAR)
        else:
            draws = forecast.draws(study.outcome, paper.region).sel(year=YEAR).to_numpy().astype(np.float64)
        judged.append(Judged(paper, draws))
    return tuple(judged), gap


def paper_result(forecast: Forecast, panel: Panel, study: Study) -> Result:
    """Put the paper's figures and their predictive distributions into numbers.

    Returns
    -------
    ``year``, ``last_year`` (of the figures behind the forecast); by region (``RU`` for the country) ``value``, the nine
    quantiles, ``percentile`` (share of draws below, half of ties), ``in80``, ``in95``; ``in80``, ``in95`` and ``n``,
    how many lie in the band and how many there are; for the country's model ``national.weight``, ``national.shift``,
    ``national.sd``, ``national.years``, ``national.n_newest`` and by candidate ``national.sd.<weight>``.
    """
    judged, gap = judge(forecast, panel, study)
    unit, digits = indicator(study.outcome).shown
    values: dict[str, Value] = {
        "year": Value(YEAR, digits=0),
        "last_year": Value(first_year(forecast, study.outcome) - 1, digits=0),
        "n": Value(len(judged), digits=0),
    }
    inside = dict.fromkeys(_LEVELS, 0)
    for one in judged:
        own = {"value": Value(one.paper.value, unit, digits), **quantile_values(one.draws, unit, digits)}
        below = (one.draws < one.paper.value) + 0.5 * (one.draws == one.paper.value)
        own["percentile"] = Value(float(below.mean()), "share", 3, odds(below > 0.5).mc_error)
        for level, ends in _ENDS.items():
            low, high = (float(own[end].value or 0.0) for end in ends)
            own[f"in{level}"] = Value(low <= one.paper.value <= high)
            inside[level] += low <= one.paper.value <= high
        values |= {f"{one.paper.region}.{key}": value for key, value in own.items()}
    values |= {f"in{level}": Value(count, digits=0) for level, count in inside.items()}
    values |= {
        "national.weight": Value(gap.weight),
        "national.shift": Value(gap.shifts[gap.newest], digits=3),
        "national.sd": Value(gap.sd, digits=3),
        "national.years": Value(len(gap.gaps), digits=0),
        "national.first_year": Value(min(gap.gaps), digits=0),
        "national.n_newest": Value(gap.n_newest, digits=0),
        "national.newest_first": Value(gap.of_newest[0], digits=3),
        "national.newest_last": Value(gap.of_newest[-1], digits=3),
        **{f"national.sd.{name}": Value(_gap(panel, study.outcome, name).sd, digits=3) for name in WEIGHTS},
    }
    return Result(PAPER_ID, values, {"panel": forecast.panel_checksum})


def paper_data(judged: Sequence[Judged], variable: str) -> pd.DataFrame:
    """Return what the chart shows: a row a region with its median, 80 and 95 % interval and the paper's figure."""
    rows = []
    for one in judged:
        median, low80, high80, low95, high95 = np.quantile(one.draws, [0.5, 0.1, 0.9, 0.025, 0.975])
        rows.append(
            {
                "term": variable, "model": one.paper.region, "estimate": median, "conf_low80": low80,
                "conf_high80": high80, "conf_low95": low95, "conf_high95": high95, "mark": one.paper.value,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _gap(panel: Panel, variable: str, weight: str) -> NationalGap:
    if COUNTRY not in panel.aggregates.index.get_level_values(0):
        raise DataError("the panel has no figures of the country", advice="Use load_panel()")
    breaks = panel.variable(indicator(variable).source).new_methods()
    gaps: dict[int, float] = {}
    for year in (one for one in panel.years if one >= CALIBRATED_FROM):
        shares, weights = (panel.matrix(name, years=[year])[year] for name in (variable, weight))
        both = shares.notna() & weights.notna()
        published = panel.value(COUNTRY, variable, year)
        if both.any() and np.isfinite(published):
            mean = float((shares * weights)[both].sum() / weights[both].sum())
            gaps[year] = float(_log_odds(np.array(published)) - _log_odds(np.array(mean)))
    method = {year: sum(change <= year for change in breaks) for year in gaps}
    shifts = {one: float(np.mean([gaps[y] for y in gaps if method[y] == one])) for one in set(method.values())}
    df = len(gaps) - len(shifts)
    if df < 2:
        raise EstimationError(
            f"{len(gaps)} national figures under {len(shifts)} methods leave no residual",
            advice="Use a panel with more years",
        )
    square = sum((gap - shifts[method[year]]) ** 2 for year, gap in gaps.items())
    return NationalGap(weight, gaps, method, shifts, float(np.sqrt(square / df)), df)


def _log_odds(per_cent: Array) -> Array:
    return np.asarray(np.log(per_cent / (100.0 - per_cent)))


def _per_cent(log_odds: Array) -> Array:
    return np.asarray(100.0 / (1.0 + np.exp(-log_odds)))
