"""The answer of the policy model: paths of all draws, what each driver brings, and what stayed off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.errors import UnknownNameError
from regional_econ._base.options import FAN_LEVELS
from regional_econ.core.elasticity import Grade
from regional_econ.core.results import Value
from regional_econ.core.scenario import Scenario
from regional_econ.policy.model.budget import BudgetUse
from regional_econ.policy.model.priors import Prior
from regional_econ.policy.model.response import share_percent, shift_percent
from regional_econ.policy.model.shocks import ShockUse

Floats = NDArray[np.float64]
Z95 = 1.959963984540054  # the standard normal's .975


@dataclass(frozen=True)
class LeverUse:
    """A lever in a scenario: the grade of its own link, of the elasticity, of the chain, and whether it is on."""

    lever: str
    driver: str | None
    link_grade: Grade
    elasticity_grade: Grade | None
    grade: Grade
    on: bool
    prior_share: float | None


@dataclass(frozen=True)
class LinkPriors:
    """What was assumed of an acting lever: ψ, and the bounds of its delivery lag in whole years (uniform)."""

    additionality: Prior
    delivery_lag: tuple[int, int]


@dataclass(frozen=True)
class DomainFlag:
    """A driver that leaves the levels its elasticity was estimated on, or moves further than the ``threshold``.

    The threshold is the five-year change that one window in a hundred exceeded, or the largest change of the
    elasticity's domain where that is smaller; the spread is widened from there on.

    Parameters
    ----------
    share_of_draws, largest_excess : in which share of draws it does so, and by how much at most, as a share.
    change : the largest five-year change that the programme brings, median over draws, in logs or points.
    seen, windows, frequency : how many of the panel's five-year windows moved as far in the same direction, of how
        many, and the share.
    spread : by what the effect's standard deviation is multiplied where the driver is farthest out, median over the
        draws that are outside.
    change_error, spread_error : Monte Carlo errors of both medians.
    threshold, threshold_share : the threshold in the direction of the change, and which share of windows moved as far.
    regions, comparable, comparable_windows : how many regions hold the windows that moved as far, and how many of the
        windows from a comparable base did (see `elasticities.domain.COMPARABLE`).
    """

    driver: str
    elasticity: str
    share_of_draws: float
    largest_excess: float
    change: float
    seen: int
    windows: int
    frequency: float
    spread: float
    change_error: float = 0.0
    spread_error: float = 0.0
    threshold: float = 0.0
    threshold_share: float = 0.0
    regions: int = 0
    comparable: int = 0
    comparable_windows: int = 0

    def __str__(self) -> str:
        seen = (
            f"{self.seen} of {self.windows} windows moved so far ({100.0 * self.frequency:.1f} %; in"
            f" {self.regions} regions; from a comparable base {self.comparable} of {self.comparable_windows})"
        )
        bound = f"{self.threshold:+.2f}, as {100.0 * self.threshold_share:.1f} % of windows do"
        moved, spread = Z95 * self.change_error, Z95 * self.spread_error
        return (
            f"{self.driver} moves by {self.change:+.2f} ± {moved:.2g} in five years (median); {seen}; in "
            f"{100.0 * self.share_of_draws:.3g} % of draws it moves further than {bound}, or leaves the levels behind "
            f"its elasticity, and there the effect's spread is widened {self.spread:.2f} ± {spread:.2g} times (median)."
        )


@dataclass(frozen=True)
class PolicyResult:
    """Paths of one scenario.

    Parameters
    ----------
    baseline : outcome without the scenario (draws, years), %.
    effects : shift of the outcome's logit by driver (draws, years).
    changes : Δx by driver (draws, years), on the scale of its elasticity.
    uses : the scenario's levers, on and off.
    inputs : hashes of what went in.
    acting : the declared rates that entered this scenario's paths, by id.
    links : what was assumed of each lever that is on.
    shocks : what else was assumed to happen; the baseline is the one that the shocks leave.
    held : drivers that stay at their newest official level, because the study does not forecast what they consist of.
    spent : what the scenario's budget paid for; None without a budget.
    """

    scenario: Scenario
    region: str
    outcome: str
    years: tuple[int, ...]
    baseline: Floats
    effects: Mapping[str, Floats]
    changes: Mapping[str, Floats]
    uses: tuple[LeverUse, ...]
    flags: tuple[DomainFlag, ...]
    inputs: Mapping[str, str]
    acting: Mapping[str, Prior]
    links: Mapping[str, LinkPriors]
    shocks: tuple[ShockUse, ...] = ()
    held: tuple[str, ...] = ()
    spent: BudgetUse | None = None

    @property
    def id(self) -> str:
        """The scenario's id; ``_assumed`` is added where links of grade C act that the scenario itself leaves off."""
        own = "C" in self.scenario.include_grades or not self.assumption
        return self.scenario.id if own else f"{self.scenario.id}_assumed"

    @property
    def assumption(self) -> bool:
        """Whether a lever or a shock acts whose grade is C: nothing in the data or in publications carries it."""
        grades = (*(use.grade for use in self.uses if use.on), *(shock.grade for shock in self.shocks if shock.on))
        return "C" in grades

    @property
    def shift(self) -> Floats:
        """Sum of the drivers' shifts of the logit (draws, years)."""
        return sum(self.effects.values(), np.zeros_like(self.baseline))

    @property
    def paths(self) -> Floats:
        """The outcome under the scenario (draws, years), %."""
        return shift_percent(self.baseline, self.shift)

    @property
    def grade(self) -> Grade | None:
        """The lowest grade among the levers that are on; None where none is."""
        return max((use.grade for use in self.uses if use.on), default=None)

    @property
    def prior_share(self) -> float | None:
        """The largest prior share of the effects (elasticities) that are on; additionality and lags are priors too."""
        return max((use.prior_share for use in self.uses if use.on and use.prior_share is not None), default=None)

    @property
    def off(self) -> tuple[LeverUse, ...]:
        """Levers that the scenario names and that stayed off."""
        return tuple(use for use in self.uses if not use.on)

    def fan(self) -> pd.DataFrame:
        """Return year, p50, its Monte Carlo error and the equal-tailed 50, 80 and 95 % bands."""
        return _fan(self.years, self.paths)

    def gain(self) -> pd.DataFrame:
        """Return the same for the difference to the baseline, in percentage points."""
        return _fan(self.years, self.paths - self.baseline)

    def contributions(self) -> pd.DataFrame:
        """Return driver, year, p50, mc_error, lo80, hi80 of the percentage points that each driver brings, with the
        lowest grade of the levers that move it and the share of priors in its elasticity."""
        columns = ["driver", "year", "p50", "mc_error", "lo80", "hi80", "grade", "prior_share"]
        parts = []
        for driver, part in self.effects.items():
            points = share_percent(self.baseline, self.shift, part)
            grade, share = self.standing(driver)
            parts.append(_fan(self.years, points).assign(driver=driver, grade=grade, prior_share=share))
        if not parts:
            return pd.DataFrame(columns=columns)
        return pd.concat(parts, ignore_index=True)[columns]

    def standing(self, driver: str) -> tuple[Grade | None, float | None]:
        """Return the lowest grade of the levers that move a driver and the share of priors in its elasticity."""
        own = [use for use in self.uses if use.on and use.driver == driver]
        shares = (1.0 if use.prior_share is None else use.prior_share for use in own)
        return max((use.grade for use in own), default=None), max(shares, default=None)

    def probability(self, value: float, year: int) -> Value:
        """Return the probability that the outcome reaches a value, with its Monte Carlo error."""
        share = float((self.at(year) >= value).mean())
        return Value(share, "share", 3, float(np.sqrt(share * (1.0 - share) / len(self.baseline))))

    def quantile(self, probability: float, year: int) -> Value:
        """Return a quantile of the outcome, with the Monte Carlo error that order statistics give."""
        return quantile_value(self.at(year), probability)

    def at(self, year: int) -> Floats:
        """Return the outcome of one year (draws,), %.

        Raises
        ------
        UnknownNameError : a year outside the scenario.
        """
        if year not in self.years:
            raise UnknownNameError.of("scenario year", str(year), map(str, self.years), where=self.id)
        return np.asarray(self.paths[:, self.years.index(year)], dtype=np.float64)

    def tidy(self) -> pd.DataFrame:
        """Return the fan with the scenario's id, its lowest grade and its largest prior share."""
        return self.fan().assign(scenario=self.id, grade=self.grade, prior_share=self.prior_share)

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`tidy`."""
        return self.tidy()

    def __str__(self) -> str:
        last = self.years[-1]
        median = self.quantile(0.5, last).value
        draws = len(self.baseline)
        return f"{self.id}: {self.outcome} of {self.region} is {median:.2f} % in {last} (median of {draws} draws)."


def quantile_value(sample: Floats, probability: float, *, unit: str = "%") -> Value:
    """Return a sample quantile; its Monte Carlo error is half the distance between the order statistics one
    standard error of the rank apart on either side.

    >>> quantile_value(np.arange(101.0), 0.5).value
    50.0
    """
    reach = float(np.sqrt(probability * (1.0 - probability) / len(sample)))
    ranks = np.clip([probability - reach, probability, probability + reach], 0.0, 1.0)
    low, middle, high = (float(q) for q in np.quantile(sample, ranks))
    return Value(middle, unit, 2, (high - low) / 2.0)


def median_value(sample: Floats) -> tuple[float, float]:
    """Return a sample's median and its Monte Carlo error.

    >>> median_value(np.arange(101.0))[0]
    50.0
    """
    found = quantile_value(sample, 0.5)
    return float(found.value or 0.0), float(found.mc_error or 0.0)


def _fan(years: tuple[int, ...], paths: Floats) -> pd.DataFrame:
    columns: dict[str, object] = {
        "year": list(years),
        "p50": np.median(paths, axis=0),
        "mc_error": [median_value(path)[1] for path in paths.T],
    }
    for level in FAN_LEVELS:
        tail = (1.0 - level) / 2.0
        low, high = np.quantile(paths, [tail, 1.0 - tail], axis=0)
        columns |= {f"lo{round(100 * level)}": low, f"hi{round(100 * level)}": high}
    return pd.DataFrame(columns)
