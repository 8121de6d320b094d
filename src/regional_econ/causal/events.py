"""Did an event move a region away from its synthetic twin? Gaps, their fragility, and ranks where they are valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.text import Text
from regional_econ.causal.event_table import Event, EventOutcome
from regional_econ.causal.honest import relative_set
from regional_econ.causal.synthetic import Method, SyntheticFit, leave_one_out, space_placebo, synthetic_fit
from regional_econ.core.panel import Panel

METHODS: tuple[Method, ...] = ("sc", "sdid", "did")
MIN_PRE_YEARS = 4
_ONE_TREATED = (
    "Callaway and Sant'Anna's estimator equals the simple difference-in-differences with one treated region, and its "
    "standard error contains nothing of that region's own variation: did is shown instead"
)


@dataclass(frozen=True)
class EventInference:
    """Placebo ranks over the donors, or the reason why they are withheld; values are NaN then.

    ``p_ratio`` ranks post over pre root mean squared gaps, ``p_effect`` the size of the mean gap; ``std_error`` is the
    placebo standard error, each donor once.
    """

    status: Literal["given", "withheld"]
    reason: Text | None
    p_ratio: float = float("nan")
    p_effect: float = float("nan")
    std_error: float = float("nan")


@dataclass(frozen=True, eq=False)
class EventEstimate:
    """One outcome by one method.

    ``without_each`` is the effect without each donor in turn; ``backdated`` maps a pretended year to the mean gap from
    it to the last year before the event, which should be near zero. ``breakdown`` is the smallest multiple of the
    largest yearly step of the gap before the event which, allowed after it, puts zero into the identified set of the
    mean effect (sampling error left out; NaN for sc and sdid, whose gaps before the event are fitted away).
    """

    outcome: EventOutcome
    fit: SyntheticFit
    without_each: pd.Series
    backdated: Mapping[int, float]
    breakdown: float
    inference: EventInference

    def row(self) -> dict[str, object]:
        """Return the numbers as one tidy row."""
        fit = self.fit
        return {
            "outcome": self.outcome.id,
            "transform": self.outcome.transform,
            "method": fit.method,
            "effect": fit.effect,
            "pre_rmspe": fit.pre_rmspe,
            "post_rmspe": fit.post_rmspe,
            "n_donors": len(fit.donors),
            "effective_donors": float(1 / (fit.unit_weights**2).sum()),
            "without_low": float(self.without_each.min()),
            "without_high": float(self.without_each.max()),
            **{f"backdated_{year}": gap for year, gap in self.backdated.items()},
            "breakdown": self.breakdown,
            "inference": self.inference.status,
            "p_ratio": self.inference.p_ratio,
            "p_effect": self.inference.p_effect,
            "std_error": self.inference.std_error,
            "reason": self.inference.reason.en if self.inference.reason else "",
        }


@dataclass(frozen=True)
class NotEstimated:
    """What is not estimated, and why."""

    outcome: str
    method: str
    reason: str


@dataclass(frozen=True, eq=False)
class EventStudy:
    """All estimates of one event.

    ``excluded`` maps an outcome to the regions left out for a missing or zero figure; ``never_donors`` are the regions
    with an event of the same kind.
    """

    event: Event
    estimates: tuple[EventEstimate, ...]
    not_estimated: tuple[NotEstimated, ...]
    excluded: Mapping[str, tuple[str, ...]]
    never_donors: tuple[str, ...]
    panel_checksum: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row an outcome and method."""
        return pd.DataFrame([estimate.row() for estimate in self.estimates])

    def gaps_frame(self) -> pd.DataFrame:
        """Return the paths: outcome, method, year, event_time, observed, synthetic, gap, time_weight."""
        return self._stacked([estimate.fit.to_frame() for estimate in self.estimates])

    def weights_frame(self) -> pd.DataFrame:
        """Return the donors' weights: outcome, method, donor, weight, effect_without."""
        frames = []
        for one in self.estimates:
            frame = one.fit.weights_frame()
            frames.append(frame.assign(effect_without=frame["donor"].map(one.without_each)))
        return self._stacked(frames)

    def notes_frame(self) -> pd.DataFrame:
        """Return what is not estimated: outcome, method, reason."""
        return pd.DataFrame([vars(note) for note in self.not_estimated], columns=["outcome", "method", "reason"])

    def excluded_frame(self) -> pd.DataFrame:
        """Return the regions left out: outcome, region."""
        rows = [(outcome, region) for outcome, regions in self.excluded.items() for region in regions]
        return pd.DataFrame(rows, columns=["outcome", "region"])

    def _stacked(self, frames: list[pd.DataFrame]) -> pd.DataFrame:
        for estimate, frame in zip(self.estimates, frames, strict=True):
            frame.insert(0, "outcome", estimate.outcome.id)
            frame.insert(1, "method", estimate.fit.method)
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def __str__(self) -> str:
        return f"{self.event} {len(self.estimates)} estimates, {len(self.not_estimated)} not estimated."


def study_event(panel: Panel, event: Event) -> EventStudy:
    """Estimate an event's effect on each declared outcome by synthetic control, synthetic DID and DID.

    Parameters
    ----------
    panel : official figures.
    event : from :func:`event_table.load_events`.

    Returns
    -------
    estimates with their fragility; inference only where the event has a sourced table of the other treated regions.

    Raises
    ------
    UnknownNameError : a region or variable that the panel lacks.
    EstimationError : fewer than two donors are left, or three where placebos are due.

    Source: Abadie (2021), Using synthetic controls, J. Econ. Literature 59(2): placebos in space, backdating, leaving
    donors out; Rambachan, Roth (2023) for the breakdown. Held against: planted effects in simulated panels.
    """
    others = tuple(sorted(set(event.others or ()) - {event.region}))
    for region in (event.region, *others):
        if region not in panel.region_ids:
            raise UnknownNameError.of("region", region, panel.region_ids, where=event.id)
    estimates: list[EventEstimate] = []
    notes = [NotEstimated("all", "callaway-santanna", _ONE_TREATED)]
    excluded: dict[str, tuple[str, ...]] = {}
    for outcome in event.outcomes:
        wide, reason = _usable(panel, event, outcome)
        if wide is None:
            notes.append(NotEstimated(outcome.id, "all", reason))
            continue
        complete = np.isfinite(wide.to_numpy()).all(axis=1)
        excluded[outcome.id] = tuple(wide.index[~complete & ~wide.index.isin(others)])
        kept = wide[complete & ~wide.index.isin(others)]
        estimates += [_estimate(kept, event, outcome, method) for method in METHODS]
    return EventStudy(event, tuple(estimates), tuple(notes), excluded, others, panel.checksum)


def _usable(panel: Panel, event: Event, outcome: EventOutcome) -> tuple[pd.DataFrame | None, str]:
    """The outcome, regions × years of one method, or the reason why there is none."""
    first, last = event.years
    variables = [outcome.variable] + ([outcome.per] if outcome.per else [])
    found = [year for name in variables for year in panel.variable(name).new_methods()]
    inside = sorted(year for year in found if first < year <= last)
    late = [year for year in inside if year > event.year - MIN_PRE_YEARS]
    if late:
        newest = max([year for year in late if year <= event.year], default=late[0])
        before = max(event.year - newest, 0)
        return None, f"its method starts or changes in {newest}: {before} years before the event are comparable"
    years = list(range(max([first, *inside]), last + 1))
    wide = outcome.times * panel.matrix(outcome.variable, years=years)
    if outcome.per:
        wide = wide / panel.matrix(outcome.per, years=years)
    if outcome.transform == "ln":
        wide = pd.DataFrame(np.log(wide.where(wide > 0)), wide.index, wide.columns)
    if not np.isfinite(wide.loc[event.region]).all():
        missing = wide.columns[~np.isfinite(wide.loc[event.region])]
        return None, f"{event.region} has no usable figure in {', '.join(map(str, missing))}"
    return wide, ""


def _estimate(wide: pd.DataFrame, event: Event, outcome: EventOutcome, method: Method) -> EventEstimate:
    fit = synthetic_fit(wide, event.region, event.year, method=method)
    before = wide.iloc[:, : fit.n_pre]
    backdated = {
        year: synthetic_fit(before, event.region, year, method=method).effect
        for year in event.backdated
        if fit.years[0] + 2 <= year < event.year
    }
    breakdown = _breakdown(fit) if method == "did" else float("nan")
    return EventEstimate(outcome, fit, leave_one_out(wide, fit), backdated, breakdown, _inference(wide, event, fit))


def _inference(wide: pd.DataFrame, event: Event, fit: SyntheticFit) -> EventInference:
    if event.withheld:
        return EventInference("withheld", event.reason)
    placebo = space_placebo(wide, fit)
    return EventInference("given", None, placebo.p_ratio, placebo.p_effect, placebo.standard_error())


def _breakdown(fit: SyntheticFit) -> float:
    """The multiple at which the identified set of the mean effect, against the last year before, reaches zero."""
    path = fit.gaps - fit.gaps[fit.n_pre - 1]
    beta = np.delete(path, fit.n_pre - 1)
    weights = np.full(len(path) - fit.n_pre, 1 / (len(path) - fit.n_pre))
    low, high = relative_set(beta, fit.n_pre - 1, weights, 1.0)
    return abs(low + high) / (high - low) if high > low else float("inf")
