"""The tests of a question on the mining price: exposure × price, and placebo price paths in the place of errors.

All regions share one price a year, so an error clustered by region does not know how the estimate varies: p-values,
intervals and what is detectable are those of `path_inference`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from regional_econ._base.errors import StudyError
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
from regional_econ.causal.path_inference import LEVEL, PathInference, path_inference
from regional_econ.causal.price_paths import PricePaths, exposure_design
from regional_econ.causal.question_plan import Falsification, RegressionPlan
from regional_econ.causal.question_sample import Yardstick
from regional_econ.causal.questions import Question
from regional_econ.causal.scales import FloatArray
from regional_econ.causal.verdicts import Found
from regional_econ.causal.weak_instruments import ConfidenceSet
from regional_econ.core.panel import Panel

PRICE = "index"
EXPOSURE: ExposureId = "gva_2009"


@dataclass(frozen=True)
class PathEffect:
    """The coefficient of exposure × price.

    ``std_error`` is clustered by region (CR1); ``p_value`` the largest over the placebo processes, ``kept`` the effects
    that they do not reject.
    """

    estimate: float
    std_error: float
    kept: ConfidenceSet
    p_value: float
    n_obs: int
    n_regions: int


@dataclass(frozen=True)
class PriceTests:
    """A price question with all that its tests need."""

    panel: Panel
    question: Question
    paths: PricePaths
    exposure: pd.Series
    pairs: pd.DataFrame
    focal_region: str

    @cached_property
    def own(self) -> PathEffect:
        """The question's own estimate."""
        return self.effect(self.rows(self.years), self.lag)

    @property
    def lag(self) -> int:
        """Years from price to outcome."""
        return self._plan.lag

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of the outcome."""
        return self._plan.years

    @cached_property
    def yardstick(self) -> Yardstick:
        """Per cent of the outcome at the declared rise of the price and the focal region's exposure."""
        change = float(np.log1p((self._plan.rise_pct or 0.0) / 100)) * float(self.exposure[self.focal_region])
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
            raise StudyError(message, where=_where(self.question), advice="Declare ln or identity in its node")
        return transform

    @property
    def _plan(self) -> RegressionPlan:
        plan = self.question.regression
        if plan is None or plan.rise_pct is None:
            advice = "Add regression: {lag: 1, years: [2010, 2022], rise_pct: 100}"
            raise StudyError("no rise of the price is declared", where=_where(self.question), advice=advice)
        return plan

    def rows(self, years: tuple[int, int], exposure: pd.Series | None = None) -> Rows:
        """Return the complete cases of some years, with another exposure if one is given."""
        outcome = Outcome(self.question.outcome.id, self.question.outcome.id, self.scale)
        shares = self.exposure if exposure is None else exposure
        return rows_of(self.panel, (outcome,), shares, Window(self.question.id, EXPOSURE, years))

    def path(self, years: tuple[int, int], lag: int) -> FloatArray:
        """Return the (T,) log price index of some years less the lag, centred."""
        return self.paths.own(PRICE, years, lag)

    def effect(
        self,
        rows: Rows,
        lag: int,
        *,
        years: tuple[int, int] | None = None,
        exposure: FloatArray | None = None,
        controls: FloatArray | None = None,
        level: float = LEVEL,
    ) -> PathEffect:
        """Return the effect of the price at a lag, with inference by placebo paths.

        Parameters
        ----------
        rows : complete cases.
        lag : years from price to outcome; a negative one is a lead.
        years : of the rows; the question's if None.
        exposure : (n,) in the place of the rows' own.
        controls : (n, p) held fixed.
        level : of the effects that are kept.

        Source: Borusyak, Hull (2023), Econometrica 91(6), section 3. Held against dummy regressions.
        """
        inference = self.inference(rows, lag, years=years, exposure=exposure, controls=controls)
        return PathEffect(
            inference.estimate, inference.std_error, inference.confidence_set(level), inference.p_value,
            len(rows.exposure), rows.n_regions,
        )  # fmt: skip

    def detectable(self) -> float:
        """Return the coefficient that the question's own test finds with 80 % power; infinite where it finds none."""
        return self.inference(self.rows(self.years), self.lag).detectable()

    def inference(
        self,
        rows: Rows,
        lag: int,
        *,
        years: tuple[int, int] | None = None,
        exposure: FloatArray | None = None,
        controls: FloatArray | None = None,
    ) -> PathInference:
        """Return the inference on the price at a lag; parameters as in :meth:`effect`."""
        shares = rows.exposure if exposure is None else exposure
        design = exposure_design(
            rows.values[:, 0], shares, rows.time, rows.region, effects=rows.effects, controls=controls
        )
        return path_inference(design, self.paths, PRICE, years or self.years, lag)

    def found(self, effect: PathEffect) -> Found:
        """Return a coefficient read as an effect."""
        pieces = tuple(self.yardstick.interval(*piece) for piece in effect.kept.pieces)
        return Found(
            estimate=self.yardstick.effect(effect.estimate),
            std_error=self.yardstick.error(effect.estimate, effect.std_error),
            p_value=effect.p_value, low=pieces[0][0], high=pieces[-1][1], pieces=pieces, n_obs=effect.n_obs,
        )  # fmt: skip


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

    Raises
    ------
    StudyError : no plan, or one that needs prices or figures of years which have none.
    """
    exposure = mining_exposure(panel, industries, EXPOSURE)
    paths = PricePaths(rouble_prices(national), draws, seed)
    work = PriceTests(panel, question, paths, exposure, pairs, focal_region)
    first, last = paths.prices.index[0] + work.lag, min(paths.prices.index[-1] + work.lag, panel.years[-1])
    if work.years[0] < first or work.years[1] > last:
        message = f"at a lag of {work.lag} prices and figures allow the years {first} to {last}, not {work.years}"
        raise StudyError(message, where=_where(question), advice="Change lag or years of its regression")
    return work


def leads(work: PriceTests, test: Falsification | None) -> list[Found]:
    """The price of the next year given those of this year and of the question's lag."""
    last = min(work.years[1], int(work.paths.prices.index[-1]) - 1)
    years = (work.years[0], last)
    rows = work.rows(years)
    fixed = [rows.exposure * work.path(years, lag)[rows.time] for lag in dict.fromkeys((0, work.lag))]
    level = LEVEL if test is None else test.number
    return [work.found(work.effect(rows, -1, years=years, controls=np.column_stack(fixed), level=level))]


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
    level = LEVEL if test is None else test.number
    beside = work.effect(rows, work.lag, exposure=near, controls=(rows.exposure * path)[:, None], level=level)
    found = work.found(beside)
    if test is not None:
        return [found]
    own = work.effect(rows, work.lag, controls=(near * path)[:, None])
    return [replace(found, detail="neighbours"), replace(work.found(own), detail="own")]


def _where(question: Question) -> str:
    return f"question {question.id}, line {question.line}"


PRICE_TESTS: Mapping[Design, Callable[[PriceTests, Falsification | None], Sequence[Found]]] = {
    "leads": leads,
    "randomisation": randomisation,
    "shift-share": without_year,
    "neighbour-exposure": neighbours,
}
