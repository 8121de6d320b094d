"""What does it take to break the estimates? Every stress test of the drivers in the specification shown alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError
from regional_econ._base.seeds import seed_for
from regional_econ.causal.cells import Cell, alone_cell
from regional_econ.causal.contours import Target, benchmark_frame, contour_frame, extreme_frame, level_frame, target_of
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.double_ml import Learner, double_ml
from regional_econ.causal.effort import Effort
from regional_econ.causal.evidence import check_study
from regional_econ.causal.family import Hypothesis, family, holm
from regional_econ.causal.measurement import (
    attenuated,
    corrected_for_errors,
    organisations_of,
    outcome_noise,
    reverse_bounds,
    revision_errors,
)
from regional_econ.causal.neighbours import alone_exposure, alone_placebo, without_neighbours
from regional_econ.causal.oster import RMaxRule, oster
from regional_econ.causal.placebo_table import PlaceboOutcome
from regional_econ.causal.randomisation import Within, randomisation_test, size_under_null
from regional_econ.causal.sample import IntArray, district_codes
from regional_econ.causal.selection_bounds import coefficient_bounds
from regional_econ.causal.sensitivity import partial_r2, robustness_value
from regional_econ.core.panel import Panel
from regional_econ.core.study import Study

RELIABILITIES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5)
CONTOUR_POINTS = 31
_LARGEST = 0.05


@dataclass(frozen=True)
class StressTests:
    """One frame a test, a ``driver`` column in each; what the columns mean is said where each test is defined.

    ``double_ml`` (a row a driver and learner, the linear estimate beside), ``robustness`` (partial R² and robustness
    values), ``contours``, ``levels``, ``benchmarks``, ``extremes`` (`contours`), ``oster`` (a row a rule of the largest
    R²), ``outcome_noise``, ``errors_in_variables``, ``attenuation`` (`measurement`), ``family``, ``selection``,
    ``randomisation`` (with the size of the test), ``neighbours`` and ``placebo_outcomes`` (``p_holm`` over all).
    """

    double_ml: pd.DataFrame
    robustness: pd.DataFrame
    contours: pd.DataFrame
    levels: pd.DataFrame
    benchmarks: pd.DataFrame
    extremes: pd.DataFrame
    oster: pd.DataFrame
    outcome_noise: pd.DataFrame
    errors_in_variables: pd.DataFrame
    attenuation: pd.DataFrame
    family: pd.DataFrame
    selection: pd.DataFrame
    randomisation: pd.DataFrame
    neighbours: pd.DataFrame
    placebo_outcomes: pd.DataFrame
    panel_checksum: str
    declaration_sha256: str
    seed: int
    effort: Effort

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the frames by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, pd.DataFrame)}

    def __str__(self) -> str:
        drivers = ", ".join(self.robustness["driver"])
        return f"{len(self.tables())} tables of stress tests of {drivers}."


def stress_tests(
    panel: Panel,
    multiverse: Multiverse,
    study: Study,
    *,
    editions: Mapping[str, Panel],
    pairs: pd.DataFrame,
    placebos: Sequence[PlaceboOutcome],
    effort: Effort,
) -> StressTests:
    """Run every stress test of the study's drivers in the specification shown alone.

    Parameters
    ----------
    panel : official figures.
    multiverse : the declared specifications.
    study : outcome, drivers and the seed of all that is drawn.
    editions : older editions of the panel, by name; this room reads no files, so the caller loads them.
    pairs : regions with a common border, columns region and neighbour.
    placebos : outcomes that the drivers cannot move, with reasons.
    effort : how much is drawn; in full it takes about forty seconds.

    Returns
    -------
    the frames; the same seed gives the same bytes.

    Raises
    ------
    StudyError : the specifications are about another outcome or lack a driver.
    EstimationError : a test that these data cannot bear.
    """
    check_study(study, multiverse)
    cell = alone_cell(panel, multiverse)
    columns = {
        driver: (cell.columns((driver,))[0], cell.columns(tuple(multiverse.drivers[driver].covariates)))
        for driver in study.drivers
    }
    work = _Work(cell, columns)
    districts = district_codes(panel)
    return StressTests(
        double_ml=_double_ml(work, effort, study.seed),
        robustness=work.rows(lambda driver, own, others: _robustness(target_of(cell.blocks, own, others))),
        contours=work.frames(lambda driver, own, others: _contours(cell, own, others)),
        levels=work.frames(lambda driver, own, others: level_frame(target_of(cell.blocks, own, others))),
        benchmarks=work.frames(lambda driver, own, others: _benchmarks(cell, multiverse, driver, own, others)),
        extremes=work.frames(lambda driver, own, others: _extremes(cell, own, others)),
        oster=work.frames(lambda driver, own, others: _oster(cell, own, others)),
        outcome_noise=_noise(work, panel, multiverse),
        errors_in_variables=_errors(work, panel, multiverse, editions),
        attenuation=work.frames(lambda driver, own, others: attenuated(cell.blocks, [own, *others], RELIABILITIES)),
        family=_family(work, effort, study.seed),
        selection=_selection(panel, multiverse, study.drivers),
        randomisation=work.frames(
            lambda driver, own, others: _randomisation(
                cell, own, others, districts, effort, seed_for(study.seed, "randomisation", driver)
            )
        ),
        neighbours=_neighbours(panel, multiverse, study.drivers, pairs),
        placebo_outcomes=_placebo_outcomes(panel, multiverse, study.drivers, placebos),
        panel_checksum=panel.checksum,
        declaration_sha256=multiverse.sha256,
        seed=study.seed,
        effort=effort,
    )


@dataclass(frozen=True)
class _Work:
    """The swept sample, and by driver its column and those of its covariates."""

    cell: Cell
    columns: Mapping[str, tuple[int, tuple[int, ...]]]

    def rows(self, test: Callable[[str, int, tuple[int, ...]], Mapping[str, Any]]) -> pd.DataFrame:
        """One row a driver."""
        return pd.DataFrame([{"driver": driver, **test(driver, *own)} for driver, own in self.columns.items()])

    def frames(self, test: Callable[[str, int, tuple[int, ...]], pd.DataFrame]) -> pd.DataFrame:
        """Several rows a driver."""
        parts = []
        for driver, own in self.columns.items():
            frame = test(driver, *own)
            frame.insert(0, "driver", driver)
            parts.append(frame)
        return pd.concat(parts, ignore_index=True)


def _double_ml(work: _Work, effort: Effort, seed: int) -> pd.DataFrame:
    rows = []
    for driver, (own, others) in work.columns.items():
        linear = target_of(work.cell.blocks, own, others)
        for learner in get_args(Learner):
            found = double_ml(
                work.cell.sample, own, others, learner=learner, folds=effort.folds,
                repeats=effort.splits, seed=seed_for(seed, "double_ml", driver),
            )  # fmt: skip
            low, high = found.interval
            rows.append(
                {
                    "driver": driver, "learner": learner, "linear": linear.estimate, "linear_error": linear.std_error,
                    "estimate": found.estimate, "std_error": found.std_error, "conf_low": low, "conf_high": high,
                    "p_value": found.p_value, "r2_outcome": found.splits["r2_outcome"].median(),
                    "r2_driver": found.splits["r2_driver"].median(), "splits": len(found.splits),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _robustness(target: Target) -> dict[str, float]:
    t, ratio = target.estimate / target.std_error_iid, target.std_error / target.std_error_iid
    return {
        "estimate": target.estimate,
        "std_error": target.std_error,
        "partial_r2": partial_r2(t, target.df),
        "robustness_value": robustness_value(t, target.df),
        "robustness_value_half": robustness_value(t, target.df, q=0.5),
        "robustness_value_clustered": robustness_value(
            t, target.df, alpha=0.05, error_ratio=ratio, t_df=target.t_df
        ),
    }  # fmt: skip


def _largest(target: Target) -> float:
    """A side of the picture that holds twice the robustness value."""
    return min(0.5, max(_LARGEST, 2 * robustness_value(target.estimate / target.std_error_iid, target.df)))


def _contours(cell: Cell, own: int, others: tuple[int, ...]) -> pd.DataFrame:
    target = target_of(cell.blocks, own, others)
    side = _largest(target)
    return contour_frame(target, largest=(side, side), points=CONTOUR_POINTS)


def _benchmarks(cell: Cell, multiverse: Multiverse, driver: str, own: int, others: tuple[int, ...]) -> pd.DataFrame:
    names = multiverse.drivers[driver].covariates
    return benchmark_frame(cell.blocks, own, dict(zip(names, others, strict=True)))


def _extremes(cell: Cell, own: int, others: tuple[int, ...]) -> pd.DataFrame:
    target = target_of(cell.blocks, own, others)
    return extreme_frame(target, largest=_largest(target), points=CONTOUR_POINTS)


def _oster(cell: Cell, own: int, others: tuple[int, ...]) -> pd.DataFrame:
    rows = []
    for rule in get_args(RMaxRule):
        found = oster(cell.blocks, own, others, rule=rule)
        moved = found.movements
        rows.append(
            {
                "rule": rule, "r2_max": found.r2_max, "short": moved.short, "r2_short": moved.r2_short,
                "controlled": moved.controlled, "r2_controlled": moved.r2_controlled, "delta": found.delta,
                "adjusted": found.adjusted.chosen,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _noise(work: _Work, panel: Panel, multiverse: Multiverse) -> pd.DataFrame:
    sample = work.cell.sample
    if work.cell.choices.scale != "logit":
        raise EstimationError("sampling noise is known on the logit scale", advice="Declare alone: logit")
    organisations = organisations_of(panel, multiverse, sample)
    return work.rows(lambda driver, own, others: asdict(outcome_noise(sample, [own, *others], organisations)))


def _errors(work: _Work, panel: Panel, multiverse: Multiverse, editions: Mapping[str, Panel]) -> pd.DataFrame:
    terms, choices = [multiverse.terms[name] for name in multiverse.first_terms()], work.cell.choices
    first, last = (year - choices.lag for year in multiverse.era(choices.era).years)
    found = revision_errors(panel, editions, terms, (first, last))

    def row(driver: str, own: int, others: tuple[int, ...]) -> dict[str, float]:
        chosen = [own, *others]
        errors = found.covariance[np.ix_(chosen, chosen)]
        return {
            "revised_cells": found.cells[own],
            "error_sd": float(np.sqrt(errors[0, 0])),
            **asdict(corrected_for_errors(work.cell.sample, chosen, errors)),
            **asdict(reverse_bounds(work.cell.blocks, chosen)),
        }

    return work.rows(row)


def _family(work: _Work, effort: Effort, seed: int) -> pd.DataFrame:
    hypotheses = [Hypothesis(driver, own, others) for driver, (own, others) in work.columns.items()]
    found = family(work.cell.sample, hypotheses, draws=effort.resamples, seed=seed)
    return found.to_frame().rename(columns={"id": "driver"}).assign(draws=found.draws, n_clusters=found.n_clusters)


def _selection(panel: Panel, multiverse: Multiverse, drivers: Sequence[str]) -> pd.DataFrame:
    rows = []
    for driver in drivers:
        found = coefficient_bounds(panel, multiverse, driver)
        rows.append(
            {
                "driver": driver, "estimate": found.complete, "std_error": found.std_error, "low": found.outcome.low,
                "high": found.outcome.high, "missing_outcomes": found.outcome.n_missing,
                "outcome_low_pct": found.outcome_range[0], "outcome_high_pct": found.outcome_range[1],
                "driver_low": found.driver_low, "driver_high": found.driver_high,
                "missing_drivers": found.n_driver_missing,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _randomisation(
    cell: Cell, own: int, others: tuple[int, ...], districts: IntArray, effort: Effort, seed: int
) -> pd.DataFrame:
    rows = []
    for within in get_args(Within):
        found = randomisation_test(
            cell.sample, own, others, districts, within=within, draws=effort.exchanges, seed=seed
        )
        rows.append(asdict(found))
    size = size_under_null(cell.sample, own, others, districts, simulations=effort.simulations, draws=99, seed=seed)
    frame = pd.DataFrame(rows)
    for level, share, error in zip(size.levels, size.rejected, size.mc_errors, strict=True):
        known = frame["within"] == "district"
        frame[f"size_{round(100 * level):02d}"] = np.where(known, share, np.nan)
        frame[f"size_{round(100 * level):02d}_error"] = np.where(known, error, np.nan)
    return frame


def _neighbours(panel: Panel, multiverse: Multiverse, drivers: Sequence[str], pairs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for driver in drivers:
        found = alone_exposure(panel, multiverse, driver, pairs)
        own, near = found.own, found.neighbours
        rows.append(
            {
                "driver": driver, "own": own.estimate, "own_error": own.std_error,
                "own_alone": found.own_alone.estimate, "neighbours": near.estimate, "neighbours_error": near.std_error,
                "p_value": near.p_value, "n_obs": near.n_obs, "n_regions": near.df + 1,
                "without": ", ".join(without_neighbours(panel, pairs)), "change": found.change,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _placebo_outcomes(
    panel: Panel, multiverse: Multiverse, drivers: Sequence[str], placebos: Sequence[PlaceboOutcome]
) -> pd.DataFrame:
    rows = []
    for driver, outcome in itertools.product(drivers, placebos):
        found = alone_placebo(panel, multiverse, driver, outcome)
        rows.append(
            {
                "driver": driver, "outcome": outcome.variable, "estimate": found.estimate,
                "std_error": found.std_error, "p_value": found.p_value, "n_obs": found.n_obs,
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.assign(p_holm=holm(frame["p_value"].to_numpy()))
