"""The tests of a question on the mining price: exposure × price, and placebo price paths in the place of errors.

All regions share one price a year, so an error clustered by region does not know how the estimate varies. An interval
holds the effects that placebo paths do not reject (`path_inference`), and an effect is detectable if they would reject
zero eight times in ten, had the price run along one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from regional_econ._base.errors import StudyError
from regional_econ._base.seeds import rng_for
from regional_econ.causal.axes import TermTransform
from regional_econ.causal.identification import Design
from regional_econ.causal.mining_sample import (
    ExposureId,
    Outcome,
    Rows,
    Window,
    mining_exposure,
    rouble_prices,
    rows_of,
)
from regional_econ.causal.path_inference import PathInference
from regional_econ.causal.price_paths import PROCESSES, exposure_design, placebo_paths
from regional_econ.causal.question_plan import Falsification
from regional_econ.causal.question_sample import Yardstick
from regional_econ.causal.questions import Question
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.verdicts import Found
from regional_econ.core.panel import Panel

SIZE = 0.05
SIMULATED = 33  # price paths of each process that could have come
EXPOSURE: ExposureId = "gva_2009"


@dataclass(frozen=True)
class PathEffect:
    """The coefficient of exposure × price.

    ``std_error`` is clustered by region (CR1); ``p_value`` the largest over the placebo processes, ``low`` and ``high``
    the ends of what they do not reject.
    """

    estimate: float
    std_error: float
    low: float
    high: float
    p_value: float
    n_obs: int
    n_regions: int


@dataclass(frozen=True)
class PriceTests:
    """A price question with all that its tests need; ``draws`` are placebo paths of each process."""

    panel: Panel
    question: Question
    prices: pd.DataFrame
    exposure: pd.Series
    pairs: pd.DataFrame
    focal_region: str
    draws: int
    seed: int

    @cached_property
    def own(self) -> PathEffect:
        """The question's own estimate."""
        return self.effect(self.rows(self.years), self.lag)

    @property
    def lag(self) -> int:
        """Years from price to outcome."""
        return self._plan[0]

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of the outcome."""
        return self._plan[1]

    @cached_property
    def yardstick(self) -> Yardstick:
        """Per cent of the outcome at the declared rise of the price and the focal region's exposure."""
        change = float(np.log1p(self._plan[2] / 100)) * float(self.exposure[self.focal_region])
        return Yardstick(change, self.scale)

    @property
    def scale(self) -> TermTransform:
        """The outcome's transform.

        Raises
        ------
        StudyError : neither ln nor identity.
        """
        transform = self.question.outcome.transform
        if transform is None or transform == "logit":
            message = f"{self.question.outcome.id} is read as {transform}"
            raise StudyError(message, where=f"question {self.question.id}", advice="Declare ln or identity in its node")
        return transform

    @property
    def _plan(self) -> tuple[int, tuple[int, int], float]:
        plan = self.question.regression
        if plan is None or plan.rise_pct is None:
            advice = "Add regression: {lag: 1, years: [2010, 2022], rise_pct: 100}"
            raise StudyError("no rise of the price is declared", where=f"question {self.question.id}", advice=advice)
        return plan.lag, plan.years, plan.rise_pct

    def rows(self, years: tuple[int, int], exposure: pd.Series | None = None) -> Rows:
        """Return the complete cases of some years, with another exposure if one is given."""
        outcome = Outcome(self.question.outcome.id, self.question.outcome.id, self.scale)
        shares = self.exposure if exposure is None else exposure
        return rows_of(self.panel, (outcome,), shares, Window(self.question.id, EXPOSURE, years))

    def path(self, years: tuple[int, int], lag: int) -> FloatArray:
        """Return the (T,) log price index of some years less the lag, centred."""
        values = self.prices.loc[[year - lag for year in range(years[0], years[1] + 1)], "index"].to_numpy(dtype=float)
        return np.asarray(values - values.mean())

    def effect(
        self,
        rows: Rows,
        lag: int,
        *,
        years: tuple[int, int] | None = None,
        exposure: FloatArray | None = None,
        controls: FloatArray | None = None,
        size: float = SIZE,
    ) -> PathEffect:
        """Return the effect of the price at a lag, with inference by placebo paths.

        Parameters
        ----------
        rows : complete cases.
        lag : years from price to outcome; a negative one is a lead.
        years : of the rows; the question's if None.
        exposure : (n,) in the place of the rows' own.
        controls : (n, p) held fixed.
        size : of the test that the interval inverts.

        Source: Borusyak, Hull (2023), Econometrica 91(6), section 3. Held against dummy regressions, and its p-values
        against `price_paths.placebo_p`.
        """
        inference = self._inference(rows, lag, years or self.years, exposure, controls)
        estimate, error = _estimate(inference)
        low, high = inference.interval(estimate, error, size)
        p_value = float(inference.p_values(np.zeros(1))[0])
        return PathEffect(estimate, error, low, high, p_value, len(rows.exposure), rows.n_regions)

    def detectable(self) -> float:
        """Return the coefficient that the question's own test finds with 80 % power; infinite where it finds none."""
        inference = self._inference(self.rows(self.years), self.lag, self.years, None, None)
        estimate, error = _estimate(inference)
        n_years = inference.own.paths.shape[1]
        paths = np.vstack(self._drawn("power", n_years, SIMULATED))
        return inference.detectable(estimate, error, SIZE, paths)

    def _inference(
        self,
        rows: Rows,
        lag: int,
        years: tuple[int, int],
        exposure: FloatArray | None,
        controls: FloatArray | None,
    ) -> PathInference:
        shares = rows.exposure if exposure is None else exposure
        design = exposure_design(
            rows.values[:, 0], shares, rows.time, rows.region, effects=rows.effects, controls=controls
        )
        path = self.path(years, lag)[: design.right.shape[1]]
        return PathInference.of(design, path, self._drawn("placebo", len(path), self.draws))

    def found(self, effect: PathEffect) -> Found:
        """Return a coefficient read as an effect."""
        low, high = self.yardstick.effect(effect.low), self.yardstick.effect(effect.high)
        return Found(
            estimate=self.yardstick.effect(effect.estimate),
            std_error=self.yardstick.error(effect.estimate, effect.std_error),
            p_value=effect.p_value, low=low, high=high, n_obs=effect.n_obs,
        )  # fmt: skip

    def _drawn(self, purpose: str, n_years: int, draws: int) -> list[FloatArray]:
        """Paths (draws, n_years) of each process."""
        history = self.prices["index"].to_numpy(dtype=float)
        return [
            placebo_paths(
                history, n_years, process=process, draws=draws,
                rng=rng_for(self.seed, "falsify", purpose, process, n_years),
            )
            for process in PROCESSES
        ]  # fmt: skip


def _estimate(inference: PathInference) -> tuple[float, float]:
    (estimate,), (t,) = inference.design.statistics(inference.own.paths)
    return float(estimate), abs(float(estimate / t))


def price_tests(
    panel: Panel,
    question: Question,
    national: pd.DataFrame,
    industries: pd.DataFrame,
    pairs: pd.DataFrame,
    *,
    focal_region: str,
    draws: int,
    seed: int,
) -> PriceTests:
    """Return a price question ready for its tests.

    Parameters
    ----------
    panel : official figures.
    question : one whose driver is the mining price.
    national, industries : as ``load_national()`` and ``load_industries()`` give them.
    pairs : regions with a common border.
    focal_region : at whose exposure effects are read.
    draws : placebo paths of each process.
    seed : of the paths.
    """
    exposure = mining_exposure(panel, industries, EXPOSURE)
    return PriceTests(panel, question, rouble_prices(national), exposure, pairs, focal_region, draws, seed)


def leads(work: PriceTests, test: Falsification | None) -> list[Found]:
    """The price of the next year given those of this year and of the question's lag."""
    last = min(work.years[1], int(work.prices.index[-1]) - 1)
    years = (work.years[0], last)
    rows = work.rows(years)
    fixed = [rows.exposure * work.path(years, lag)[rows.time] for lag in dict.fromkeys((0, work.lag))]
    size = SIZE if test is None else 1 - test.number
    return [work.found(work.effect(rows, -1, years=years, controls=np.column_stack(fixed), size=size))]


def randomisation(work: PriceTests, test: Falsification | None) -> list[Found]:
    """The question's estimate with its place among placebo paths."""
    bound = float("nan") if test is None else 1 - test.number
    return [replace(work.found(work.own), std_error=float("nan"), bound=bound)]


def without_year(work: PriceTests, test: Falsification | None) -> list[Found]:
    """The estimate without the rule's year, beside the one with it.

    Raises
    ------
    StudyError : the year is not the last one.
    """
    if test is None:
        return [work.found(work.own)]
    year = int(test.number)
    if year != work.years[1]:
        raise StudyError(f"{year} is not the last year", where=test.where, advice=f"Write number: {work.years[1]}")
    years = (work.years[0], year - 1)
    found = work.found(work.effect(work.rows(years), work.lag, years=years))
    return [replace(found, bound=work.found(work.own).estimate)]


def neighbours(work: PriceTests, test: Falsification | None) -> list[Found]:
    """The neighbours' mean exposure × price beside the own one; without a rule the own one beside it too."""
    regions = list(work.panel.region_ids)
    known = work.pairs[work.pairs["neighbour"].isin(regions)]
    own_share = work.exposure.reindex(regions)
    means = own_share.reindex(known["neighbour"]).groupby(known["region"].to_numpy()).mean().reindex(regions)
    rows = work.rows(work.years, own_share.where(means.notna()))
    near = work.rows(work.years, means.where(own_share.notna())).exposure
    path = work.path(work.years, work.lag)[rows.time]
    size = SIZE if test is None else 1 - test.number
    beside = work.effect(rows, work.lag, exposure=near, controls=(rows.exposure * path)[:, None], size=size)
    found = work.found(beside)
    if test is not None:
        return [found]
    own = work.effect(rows, work.lag, controls=(near * path)[:, None])
    return [replace(found, detail="neighbours"), replace(work.found(own), detail="own")]


PRICE_TESTS: Mapping[Design, Callable[[PriceTests, Falsification | None], Sequence[Found]]] = {
    "leads": leads,
    "randomisation": randomisation,
    "shift-share": without_year,
    "neighbour-exposure": neighbours,
}
