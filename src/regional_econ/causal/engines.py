"""Staggered difference-in-differences by diff-diff, as one frozen result whatever the estimator."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, UnknownNameError
from regional_econ._base.options import check_option
from regional_econ.causal.scales import FloatArray

StaggeredEstimator = Literal["callaway-santanna", "imputation", "sun-abraham", "stacked"]
BasePeriod = Literal["universal", "varying"]

_NORMAL_95 = 1.959963984540054
_INFERENCE = {
    "callaway-santanna": "influence functions, one a unit, sum of squares over n²; normal 95 % intervals",
    "imputation": "clustered by unit, conservative (Theorem 3, auxiliary means by cohort and horizon); normal 95 % "
    "intervals",
    "sun-abraham": "CR1 clustered by unit of the saturated regression, cohort shares held fixed; normal 95 % intervals",
    "stacked": "CR1 clustered by unit over all stacks; normal 95 % intervals",
}
_WITHHELD = "withheld: one treated unit, whose own variation no standard error here contains"


@dataclass(frozen=True, eq=False)
class StaggeredResult:
    """Effects of a treatment that units take up at different times.

    ``event_time``: event_time, estimate, std_error, reference (the period that is zero by construction, without a
    standard error); ``covariance`` (E, E) of its other rows in order, None where the estimator gives none.
    ``group_time``: cohort, time, estimate, std_error (NaN for imputation, whose cells are means of imputed effects);
    empty for stacked. ``overall`` weighs each treated unit and year equally; for stacked it is the mean over event
    times. ``left_out`` are cohorts without the whole window. ``inference`` says how the errors are made.
    """

    estimator: StaggeredEstimator
    overall: float
    overall_std_error: float
    event_time: pd.DataFrame
    group_time: pd.DataFrame
    covariance: FloatArray | None
    n_units: int
    n_treated: int
    n_years: int
    left_out: tuple[int, ...]
    inference: str

    def to_frame(self) -> pd.DataFrame:
        """Return all estimates: kind, cohort, time, event_time, estimate, std_error, conf_low, conf_high."""
        overall = pd.DataFrame({"estimate": [self.overall], "std_error": [self.overall_std_error]})
        group_time = self.group_time.assign(event_time=self.group_time["time"] - self.group_time["cohort"])
        parts = {"overall": overall, "event_time": self.event_time, "group_time": group_time}
        rows = pd.concat([part.assign(kind=kind) for kind, part in parts.items() if len(part)], ignore_index=True)
        reach = _NORMAL_95 * rows["std_error"]
        rows = rows.assign(conf_low=rows["estimate"] - reach, conf_high=rows["estimate"] + reach)
        columns = ["kind", "cohort", "time", "event_time", "estimate", "std_error", "conf_low", "conf_high"]
        return rows.reindex(columns=columns).astype({name: "Int64" for name in ("cohort", "time", "event_time")})

    def __str__(self) -> str:
        error = f"({self.overall_std_error:.4g})"
        return f"{self.estimator}: {self.overall:+.4g} {error}, {self.n_treated} of {self.n_units} units treated."


def staggered(
    frame: pd.DataFrame,
    outcome: str,
    cohort: str,
    *,
    estimator: StaggeredEstimator,
    base: BasePeriod = "universal",
    window: tuple[int, int] | None = None,
) -> StaggeredResult:
    """Estimate effects under staggered adoption, never-treated units being the comparison.

    Parameters
    ----------
    frame : indexed (unit, year), balanced, years consecutive.
    outcome : column of the outcome.
    cohort : column of the first treated year of the unit; 0 for a unit never treated.
    estimator : "callaway-santanna" (no covariates), "imputation" (Borusyak, Jaravel and Spiess; units not yet treated
        also enter), "sun-abraham", or "stacked" (Wing, Freedman and Hollingsworth's weights).
    base : for callaway-santanna, against which year the years before treatment are held: always the last one before
        it, as an event study and honest bounds need, or "varying", each against its predecessor.
    window : for stacked, years before and after; cohorts that lack one of them are left out. Needed there.

    Returns
    -------
    overall, event-time and group-time effects. With one treated unit the errors are NaN and the reason is given.

    Raises
    ------
    OptionError : unknown estimator or base.
    UnknownNameError : no such column.
    EstimationError : a pair (unit, year) twice, a missing cell, an unbalanced panel, a cohort that changes within a
        unit, lies after the last year or is the first year; no treated or no never-treated unit; no window.

    Source: Callaway, Sant'Anna (2021), J. Econometrics 225(2); Borusyak, Jaravel, Spiess (2024), REStud 91(6); Sun,
    Abraham (2021), J. Econometrics 225(2); Wing, Freedman, Hollingsworth (2024), NBER 32054. Held against: the
    minimum-wage example of did (county teen employment); regressions on dummies written out; means by hand.
    """
    check_option("estimator", estimator, StaggeredEstimator)
    check_option("base", base, BasePeriod)
    data = _checked(frame, outcome, cohort)
    found = _FITTERS[estimator](data, base, window)
    cohorts = data.groupby("unit")["cohort"].first()
    return _result(estimator, found, cohorts, int(data["time"].nunique()))


@dataclass(frozen=True)
class _Found:
    overall: tuple[float, float]
    event_time: pd.DataFrame
    group_time: pd.DataFrame
    covariance: Any
    left_out: tuple[int, ...] = ()


def _result(estimator: StaggeredEstimator, found: _Found, cohorts: pd.Series, n_years: int) -> StaggeredResult:
    alone = int((cohorts > 0).sum()) == 1
    event_time, group_time = found.event_time.reset_index(drop=True), found.group_time.reset_index(drop=True)
    covariance = None if found.covariance is None or alone else np.asarray(found.covariance, dtype=float)
    error = found.overall[1]
    if alone:
        error = float("nan")
        event_time, group_time = event_time.assign(std_error=error), group_time.assign(std_error=error)
    return StaggeredResult(
        estimator, found.overall[0], error, event_time, group_time, covariance, len(cohorts), int((cohorts > 0).sum()),
        n_years, found.left_out, _WITHHELD if alone else _INFERENCE[estimator],
    )  # fmt: skip


def _callaway_santanna(data: pd.DataFrame, base: BasePeriod, window: tuple[int, int] | None) -> _Found:
    from diff_diff import CallawaySantAnna

    fitted = CallawaySantAnna(base_period=base).fit(data, "outcome", "unit", "time", "cohort")
    cells = [(g, t, cell["effect"], cell["se"]) for (g, t), cell in fitted.group_time_effects.items()]
    events = fitted.aggregate("event_study")
    return _Found((fitted.overall_att, fitted.overall_se), _events(events), _cells(cells), events.vcov)


def _imputation(data: pd.DataFrame, base: BasePeriod, window: tuple[int, int] | None) -> _Found:
    from diff_diff import ImputationDiD

    fitted = ImputationDiD(pretrends=True).fit(data, "outcome", "unit", "time", "cohort")
    with warnings.catch_warnings():
        # diff-diff 3.13 drops its own columns in place, which pandas 3.1 deprecates; nothing else is silenced.
        warnings.filterwarnings("ignore", message="The inplace keyword in DataFrame.drop")
        events = fitted.aggregate("event_study")
    effects = fitted.treatment_effects.merge(data[["unit", "time", "cohort"]], on=["unit", "time"])
    means = effects.groupby(["cohort", "time"])["tau_hat"].mean()
    cells = [(g, t, mean, np.nan) for (g, t), mean in means.items()]
    return _Found((fitted.overall_att, fitted.overall_se), _events(events), _cells(cells), None)


def _sun_abraham(data: pd.DataFrame, base: BasePeriod, window: tuple[int, int] | None) -> _Found:
    from diff_diff import SunAbraham

    fitted = SunAbraham().fit(data, "outcome", "unit", "time", "cohort")
    cells = [(g, g + e, cell["effect"], cell["se"]) for (g, e), cell in fitted.cohort_effects.items()]
    rows = [(int(e), float(row["effect"]), float(row["se"]), False) for e, row in fitted.event_study_effects.items()]
    rows.append((-1, 0.0, np.nan, True))
    events = pd.DataFrame(sorted(rows), columns=["event_time", "estimate", "std_error", "reference"])
    return _Found((fitted.overall_att, fitted.overall_se), events, _cells(cells), fitted.event_study_vcov)


def _stacked(data: pd.DataFrame, base: BasePeriod, window: tuple[int, int] | None) -> _Found:
    from diff_diff import StackedDiD

    if window is None or window[0] < 1 or window[1] < 0:
        raise EstimationError("stacking needs a window", advice="Give window=(years before, at least 1; years after)")
    first, last = data["time"].min(), data["time"].max()
    cohorts = sorted({int(cohort) for cohort in data["cohort"]} - {0})
    whole = [cohort for cohort in cohorts if first <= cohort - window[0] and cohort + window[1] <= last]
    if not whole:
        raise EstimationError(f"no cohort has the window {window}", where=f"{first}–{last}", advice="Make it shorter")
    kept = data[data["cohort"].isin([0, *whole])]
    fitted = StackedDiD(kappa_pre=window[0], kappa_post=window[1], control_group="never_treated").fit(
        kept, "outcome", "unit", "time", "cohort"
    )
    events = fitted.aggregate("event_study")
    left_out = tuple(cohort for cohort in cohorts if cohort not in whole)
    return _Found((fitted.overall_att, fitted.overall_se), _events(events), _cells([]), events.vcov, left_out)


_FITTERS = {
    "callaway-santanna": _callaway_santanna,
    "imputation": _imputation,
    "sun-abraham": _sun_abraham,
    "stacked": _stacked,
}


def _events(found: Any) -> pd.DataFrame:
    columns = {"event_time": found.event_time, "estimate": found.att, "std_error": found.se}
    frame = pd.DataFrame({**columns, "reference": found.is_reference})
    return frame.astype({"event_time": int, "estimate": float, "std_error": float, "reference": bool})


def _cells(rows: list[tuple[Any, Any, Any, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["cohort", "time", "estimate", "std_error"])
    return frame.astype({"cohort": int, "time": int, "estimate": float, "std_error": float})


def _checked(frame: pd.DataFrame, outcome: str, cohort: str) -> pd.DataFrame:
    """Columns unit, time, cohort, outcome of a panel that can be used."""
    for name in (outcome, cohort):
        if name not in frame.columns:
            raise UnknownNameError.of("column", name, map(str, frame.columns))
    if frame.index.nlevels != 2:
        raise EstimationError("the index is not (unit, year)", advice="Use set_index([unit, year])")
    if not frame.index.is_unique:
        unit, year = frame.index[frame.index.duplicated()][0]
        raise EstimationError("a unit and year stand twice", where=f"{unit}, {year}", advice="Keep one row")
    values = frame[[outcome, cohort]].astype(float)
    finite = np.isfinite(values.to_numpy()).all(axis=1)
    if not finite.all():
        unit, year = frame.index[int(np.argmin(finite))]
        raise EstimationError("a cell is missing", where=f"{unit}, {year}", advice="Leave the unit out; 0 is never")
    units, years = frame.index.get_level_values(0), frame.index.get_level_values(1).astype(int)
    span = years.max() - years.min() + 1
    if len(frame) != span * units.nunique():
        counts = pd.Series(1, index=units).groupby(level=0).sum()
        short = counts[counts < span]
        raise EstimationError(
            f"{len(short)} units lack a year of {years.min()}–{years.max()}", where=str(short.index[0]),
            advice="Leave them out",
        )  # fmt: skip
    data = pd.DataFrame({"unit": units, "time": years, "cohort": values[cohort].to_numpy().astype(int)})
    data["outcome"] = values[outcome].to_numpy()
    _check_cohorts(data)
    return data


def _check_cohorts(data: pd.DataFrame) -> None:
    by_unit = data.groupby("unit")["cohort"]
    changing = by_unit.nunique()
    if (changing > 1).any():
        raise EstimationError("the cohort changes within a unit", where=str(changing.idxmax()), advice="Give one year")
    cohorts = by_unit.first()
    first, last = data["time"].min(), data["time"].max()
    early, late = cohorts[(cohorts > 0) & (cohorts <= first)], cohorts[cohorts > last]
    if len(early):
        where = f"{early.index[0]}, {early.iloc[0]}"
        raise EstimationError(f"{len(early)} units are treated in the first year", where=where, advice="Drop them")
    if len(late):
        where = f"{late.index[0]}, {late.iloc[0]}"
        raise EstimationError(f"{len(late)} units are treated after the last year", where=where, advice="Give them 0")
    if not (cohorts > 0).any():
        raise EstimationError("no unit is treated", advice="Give the first treated year of the treated units")
    if not (cohorts == 0).any():
        raise EstimationError("no unit is never treated", advice="Give never-treated units the cohort 0")
