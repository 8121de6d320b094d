"""What does every estimator of this room make of one elasticity, on the same figures?

A sensitivity, not a vote: the estimates share one panel, so their number says nothing, and the estimate that is stood
on is chosen by the declared specifications, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, OptionError, RegionalEconError
from regional_econ._base.options import LEVELS
from regional_econ.core.estimate import Estimate
from regional_econ.core.panel import Panel
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.core.study import Study
from regional_econ.panel.demean import Floats
from regional_econ.panel.dynamic.long_run import long_run
from regional_econ.panel.eras import columns_of, inside, less_yearly_means, sample_of, study_eras, unbroken, whole
from regional_econ.panel.estimators import Sample, mean_of
from regional_econ.panel.fit import fit
from regional_econ.panel.margins import marginal_effects
from regional_econ.panel.spatial.effects import spatial_effects
from regional_econ.panel.tables import method_breaks, reference_formula, within_shares
from regional_econ.panel.ways import WAYS, Way

TWO_WAY = "cluster:region+year"
WITHIN = "fe_twoway"
ENDS = ("conf_low95", "conf_high95", "conf_low80", "conf_high80")
PARTS: Mapping[str, tuple[str, ...]] = {
    "coefficient": ("",),
    "share": ("",),
    "dynamic": ("short", "long"),
    "spatial": ("direct", "total"),
}


@dataclass(frozen=True)
class Contrast:
    """How far the coefficient between regions lies from that within them, by Mundlak's regression.

    Attributes
    ----------
    estimate, std_error, p_value, conf_low, conf_high : of the difference, between less within.
    """

    estimate: float
    std_error: float
    p_value: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True)
class SideBySide:
    """One elasticity in every way.

    Attributes
    ----------
    focal : the term whose coefficient it is.
    eras : first and last year by id: "all", and "one_method", the longest run of years under one method of the outcome.
    breaks : years into which no difference is taken.
    rows : era, key, family, part ("", "short", "long", "direct", "total"), estimate, std_error, conf_low95,
        conf_high95, conf_low80, conf_high80 under the estimator's own errors, the same with two_way_ in front (NaN
        where they are refused), n_obs, n_regions, n_years, first_year, last_year, within (two-way within on the rows
        that the estimator uses, see `_within`).
    refused : why there is no estimate, by era and key.
    two_way_refused : "undefined" where the estimator has no such errors, "negative" where they give a negative
        variance, by era and key.
    estimates : by era and key.
    texts : of the estimators, by key.
    within_share : share of the focal term's variance that region and year effects leave, by era.
    contrasts : by era.
    """

    focal: str
    eras: Mapping[str, tuple[int, int]]
    breaks: tuple[int, ...]
    rows: pd.DataFrame
    refused: Mapping[tuple[str, str], str]
    two_way_refused: Mapping[tuple[str, str], str]
    estimates: Mapping[tuple[str, str], Estimate]
    texts: Mapping[str, str]
    within_share: Mapping[str, float]
    contrasts: Mapping[str, Contrast]

    def of(self, era: str) -> pd.DataFrame:
        """The rows of an era."""
        return self.rows[self.rows["era"] == era].reset_index(drop=True)

    def apart(self, era: str) -> pd.DataFrame:
        """The rows whose 95 % interval does not hold the within estimate of their own rows. A description, no test:
        both come from the same figures."""
        rows = self.of(era)
        return rows[(rows["within"] < rows["conf_low95"]) | (rows["within"] > rows["conf_high95"])]

    def __str__(self) -> str:
        return f"{self.focal}: {len(self.rows)} estimates, {len(self.refused)} refused."


@dataclass(frozen=True)
class _Era:
    """What all ways of an era share."""

    panel: Panel
    formula: str
    outcome: str
    focal: str
    years: tuple[int, int]
    breaks: tuple[int, ...]
    scale: float
    weights: SpatialWeights
    sample: Sample

    def regions(self, way: Way) -> tuple[str, ...]:
        """Regions that a way can use: all, those with every year, or those whose lagged rows have no gap."""
        match way.rows:
            case "balanced":
                return whole(self.sample)
            case "unbroken":
                return unbroken(sample_of(fit(self.lagged, self.panel, estimator="pooled", years=self.years)))
        return tuple(str(one) for one in self.sample.index.get_level_values(0).unique())

    @property
    def lagged(self) -> str:
        """The formula with the outcome of the year before."""
        left, _, right = self.formula.partition(" ~ ")
        return f"{left} ~ {right} + lag({left}, 1)"

    def demeaned(self, regions: tuple[str, ...]) -> pd.DataFrame:
        """Columns y, x0 … less their yearly means over the rows of the regions."""
        return less_yearly_means(columns_of(self.sample.rows(self.sample.index.get_level_values(0).isin(regions))))

    def fitted(self, way: Way) -> tuple[Estimate, str]:
        """The estimate, and the name of the focal term in it."""
        regions = self.regions(way)
        data: Panel | pd.DataFrame = self.panel.select(regions=regions) if way.rows != "all" else self.panel
        formula, focal = self.formula, self.focal
        match way.form:
            case "dated":
                formula = f"{formula} + C(year)"
            case "lagged":
                formula = self.lagged
            case "share":
                formula = f"{self.outcome} ~ {formula.partition(' ~ ')[2]}"
            case "demeaned":
                data, focal = self.demeaned(regions), "x0"
                formula = f"y ~ {' + '.join(str(name) for name in data.columns[1:])}"
        estimate = fit(
            formula,
            data,
            estimator=way.text(focal, self.scale),
            effects=way.effects,
            years=self.years,
            weights=self.weights if way.family == "spatial" else None,
            breaks=self.breaks if way.differenced else (),
        )
        return estimate, focal


def side_by_side(panel: Panel, study: Study, weights: SpatialWeights, *, ways: tuple[Way, ...] = WAYS) -> SideBySide:
    """Estimate the coefficient of the reference formula's first driver in every way.

    Source: of each estimator, see `panel.references`. Held against direct calls of `fit`, and long-run effects against
    numerical derivatives (tests/panel/test_estimators_page.py).

    Parameters
    ----------
    panel : newest figures.
    study : outcome, drivers and years; the first driver is the focal one.
    weights : neighbours, for the spatial estimators.
    ways : those wanted, the two-way within one among them.

    Raises
    ------
    UnknownNameError : the study names a variable that the panel does not have.
    EstimationError : the two-way within estimate itself is not identified.
    """
    formula, breaks = reference_formula(panel, study), method_breaks(panel, study)
    known = study_eras(panel, study)
    eras = {name: known[name] for name in ("all", "one_method")}
    rows: list[dict[str, object]] = []
    refused: dict[tuple[str, str], str] = {}
    two_way_refused: dict[tuple[str, str], str] = {}
    estimates: dict[tuple[str, str], Estimate] = {}
    shares, contrasts = {}, {}
    focal = formula.partition(" ~ ")[2].split(" + ")[0]
    scale = panel.variable(study.outcome).bounds[1] or 1.0
    for name, years in eras.items():
        sample = sample_of(fit(formula, panel, estimator="pooled", years=years))
        era = _Era(panel, formula, study.outcome, focal, years, inside(breaks, years), scale, weights, sample)
        shares[name] = within_shares(formula, panel, years=years)[focal]
        contrasts[name] = _contrast(fit(f"{formula} + C(year)", panel, estimator="mundlak", years=years), focal)
        for way in ways:
            try:
                estimate, term = era.fitted(way)
            except RegionalEconError as error:
                if way.key == WITHIN:
                    raise
                refused[name, way.key] = str(error)
                continue
            estimates[name, way.key] = estimate
            own = _numbers(estimate, way, term)
            try:
                both, reason = _numbers(estimate.vcov(TWO_WAY), way, term), ""
            except (OptionError, EstimationError) as error:
                both, reason = own * np.nan, "undefined" if isinstance(error, OptionError) else "negative"
                two_way_refused[name, way.key] = reason
            counts = {
                key: estimate.diagnostics[key] for key in ("n_obs", "n_regions", "n_years", "first_year", "last_year")
            }
            within = _within(era, estimate)
            for part, numbers, wider in zip(PARTS[way.reading], own, both, strict=True):
                values = dict(zip(("estimate", "std_error", *ENDS), numbers, strict=True))
                wide = dict(zip((f"two_way_{end}" for end in ENDS), wider[2:], strict=True))
                head = {"era": name, "key": way.key, "family": way.family, "part": part}
                rows.append({**head, **values, **wide, **counts, "within": within})
    table = pd.DataFrame(rows)
    texts = {way.key: way.text(focal, scale) for way in ways}
    return SideBySide(focal, eras, breaks, table, refused, two_way_refused, estimates, texts, shares, contrasts)


def _numbers(estimate: Estimate, way: Way, term: str) -> Floats:
    """(parts, 6): estimate, standard error and the ends of both intervals."""
    match way.reading:
        case "share":
            return _elasticity(estimate, term)
        case "spatial":
            return _spatial(estimate, term)
        case "dynamic":
            past = f"lag({estimate.spec.formula.partition(' ~ ')[0]}, 1)"
            wide, narrow = (long_run(estimate, term, (past,), level=level) for level in LEVELS[:2])
            ends = [end for settled in (wide, narrow) for end in (settled.conf_low, settled.conf_high)]
            return np.array([_row(estimate, term), [wide.estimate, wide.std_error, *ends]])
    return np.array([_row(estimate, term)])


def _row(estimate: Estimate, term: str) -> list[float]:
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    wide, narrow = (estimate.tidy(level).set_index("term").loc[[term], columns].to_numpy()[0] for level in LEVELS[:2])
    return [float(one) for one in (*wide, *narrow[2:])]


def _elasticity(estimate: Estimate, term: str) -> Floats:
    """The average marginal effect by ln x in units of the outcome, over the outcome's mean: d ln E(y) / d ln x.

    The mean is taken as given: a logit with an intercept fits it exactly.
    """
    mean = float(estimate.predict().to_numpy().mean())
    tables = [marginal_effects(estimate, names=term, level=level).iloc[0] for level in LEVELS[:2]]
    ends = [table[end] for table in tables for end in ("conf_low", "conf_high")]
    return np.array([[tables[0]["estimate"], tables[0]["std_error"], *ends]], dtype=np.float64) / mean


def _spatial(estimate: Estimate, term: str) -> Floats:
    rows = []
    tables = [spatial_effects(estimate, level=level) for level in LEVELS[:2]]
    for effect in PARTS["spatial"]:
        wide, narrow = (table[(table["term"] == term) & (table["effect"] == effect)].iloc[0] for table in tables)
        first = [wide["estimate"], wide["std_error"], wide["conf_low"], wide["conf_high"]]
        rows.append([*first, narrow["conf_low"], narrow["conf_high"]])
    return np.array(rows, dtype=np.float64)


def _within(era: _Era, estimate: Estimate) -> float:
    """The two-way within coefficient on the rows that an estimate uses.

    A difference is dated by its later year. Means of regions use every row of theirs. Rows with an outcome of zero
    have no logarithm and are left out.
    """
    used, index = estimate.predict().index, era.sample.index
    if estimate.spec.estimator == "between":
        keep = index.get_level_values(0).isin(used.get_level_values(0))
    else:
        keep = index.isin(used)
    frame = columns_of(era.sample.rows(keep))
    return float(fit(f"y ~ {' + '.join(frame.columns[1:])}", frame).params["x0"])


def _contrast(mundlak: Estimate, focal: str) -> Contrast:
    rows = mundlak.tidy().set_index("term")[["estimate", "std_error", "p_value", "conf_low", "conf_high"]]
    return Contrast(*(float(one) for one in rows.loc[[mean_of(focal)]].to_numpy()[0]))
