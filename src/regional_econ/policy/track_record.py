"""The model's record: replays of every stock and of the outcome, and whether knowing the drivers helped a forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import Assumptions
from regional_econ.policy.history import assets, outcome, researchers
from regional_econ.policy.moves import Effects, effects_known_at
from regional_econ.policy.paired import Cells, Expectation, Timing, paired_cells
from regional_econ.policy.predictive import Comparison, Placebo, compare, gain, placebo
from regional_econ.policy.priors import Prior
from regional_econ.policy.replay import Replay, replay
from regional_econ.policy.scoring import BlockMean

Designs = tuple[pd.DataFrame, pd.DataFrame]
ALL, BESIDE, AT_ONCE, HELD = "all", "beside_others", "at_once", "held"


@dataclass(frozen=True)
class Variant:
    """One way to condition on the drivers: which of them, which part of their moves, which delay.

    ``mc_error`` of the gain comes from designs whose covariances were resampled anew.
    """

    id: str
    comparison: Comparison
    placebo: Placebo
    mc_error: float


@dataclass(frozen=True)
class TrackRecord:
    """Everything that the page shows.

    ``replays`` from ``start`` on; ``effects`` by origin; ``variants``, all drivers first; ``focal_gain`` is that of all
    drivers in the focal region alone; ``cells`` the forecasts that are compared.
    """

    start: int
    focal: str
    replays: tuple[Replay, ...]
    effects: Mapping[int, Effects]
    variants: tuple[Variant, ...]
    focal_gain: BlockMean
    cells: Cells


def origins_of(kept: pd.DataFrame, outcome: str) -> tuple[int, ...]:
    """Return the origins whose forecasts of the outcome were kept, ascending."""
    return tuple(sorted(int(origin) for origin in kept.loc[kept["variable"] == outcome, "origin"].unique()))


def track_record(
    panel: Panel,
    kept: pd.DataFrame,
    designs: Sequence[Mapping[int, Designs]],
    assumptions: Assumptions,
    priors: Mapping[str, Prior],
    *,
    drivers: tuple[str, ...],
    outcome_id: str,
    focal: str,
    start: int,
    end: int,
    seed: int,
) -> TrackRecord:
    """Replay the model and compare conditional with unconditional forecasts.

    Parameters
    ----------
    panel : official figures.
    kept : the backtest's own forecasts, as in :func:`regional_econ.policy.paired.paired_cells`.
    designs : by origin and for the start: estimates and covariance of the designs known then; those that follow the
        first have other resamples of regions and say how much these matter.
    assumptions, priors : declared biases, literature and delays; rates of the stocks, of which the medians are used.
    drivers, outcome_id, focal : of the study.
    start, end : of the replay.
    seed : root seed of the placebos.

    Raises
    ------
    DataError : figures or kept forecasts are missing.
    """
    levels = {origin: float(panel.matrix(outcome_id)[origin].median()) for origin in designs[0]}
    effects, *resampled = (
        {
            origin: effects_known_at(origin, *found, assumptions, drivers=drivers, level_pct=levels[origin])
            for origin, found in one.items()
        }
        for one in designs
    )
    delta = priors["rd_depreciation"].p50
    quantities = (
        outcome(panel, assumptions, effects[start], name=outcome_id, start=start, depreciation=delta),
        *reversed(assets(panel, start=start)),
        researchers(
            panel, start=start, attrition=priors["researcher_attrition"].p50, filling=priors["post_filling"].p50
        ),
    )

    replays = tuple(replay(one, start=start, end=end) for one in quantities)
    for one in replays:
        if focal not in one.regions:
            raise DataError(f"{one.id} has no figures in {start}", where=focal, advice="Choose another focal region")
    settings: tuple[tuple[Expectation, Timing], ...] = (("kept", "delayed"), ("kept", "at_once"), ("held", "delayed"))
    main, at_once, held = (
        paired_cells(
            panel, kept, assumptions, drivers=drivers, outcome=outcome_id, depreciation=delta, expectation=expectation,
            timing=timing,
        )
        for expectation, timing in settings
    )  # fmt: skip
    plan: list[tuple[str, Cells, str | None]] = [
        (ALL, main, None),
        (BESIDE, main.beside_others(), None),
        *((driver, main, driver) for driver in drivers),
        (AT_ONCE, at_once, None),
        (HELD, held, None),
    ]
    variants = tuple(_variant(name, own, effects, resampled, driver, seed) for name, own, driver in plan)
    return TrackRecord(
        start, focal, replays, effects, variants,
        gain(main.of_region(focal), effects), main,
    )  # fmt: skip


def _variant(
    name: str,
    cells: Cells,
    effects: Mapping[int, Effects],
    resampled: Sequence[Mapping[int, Effects]],
    driver: str | None,
    seed: int,
) -> Variant:
    """Compare with all effects, or with those of one driver alone."""

    def chosen(known: Mapping[int, Effects]) -> Mapping[int, Effects]:
        return known if driver is None else {origin: one.only(driver) for origin, one in known.items()}

    found = compare(cells, chosen(effects))
    again = [found.gain.value, *(gain(cells, chosen(known)).value for known in resampled)]
    error = float(np.std(again, ddof=1)) if len(again) > 1 else 0.0
    return Variant(name, found, placebo(cells, chosen(effects), seed=seed), error)
