"""The model's record: replays of every stock and of the outcome, and whether knowing the drivers helped a forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError
from regional_econ.core.panel import Panel
from regional_econ.elasticities.declared import Assumptions
from regional_econ.policy.model.priors import Prior
from regional_econ.policy.record.history import FIRST_START, assets, outcome, researchers
from regional_econ.policy.record.moves import Effects, effects_known_at
from regional_econ.policy.record.paired import Cells, Expectation, Timing, paired_cells
from regional_econ.policy.record.predictive import PLACEBOS, Comparison, Placebo, compare, gain, mean_gain, placebo
from regional_econ.policy.record.replay import Replay, replay
from regional_econ.policy.record.scoring import BlockMean

Designs = tuple[pd.DataFrame, pd.DataFrame]
ALL, BESIDE, CERTAIN, AT_ONCE, HELD = "all", "beside_others", "certain", "at_once", "held"


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

    ``starts`` holds the replays by starting year, the main one first; ``effects`` by origin; ``variants``, all drivers
    first; ``horizons`` the comparison of all drivers by years ahead; ``focal_gain`` theirs in the focal region alone;
    ``cells`` the forecasts that are compared.
    """

    focal: str
    starts: Mapping[int, tuple[Replay, ...]]
    effects: Mapping[int, Effects]
    variants: tuple[Variant, ...]
    horizons: Mapping[int, Comparison]
    focal_gain: BlockMean
    cells: Cells

    @property
    def start(self) -> int:
        """The main starting year."""
        return next(iter(self.starts))

    @property
    def replays(self) -> tuple[Replay, ...]:
        """The replays from the main start."""
        return self.starts[self.start]


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
    starts: tuple[int, ...],
    end: int,
    seed: int,
    placebos: int = PLACEBOS,
) -> TrackRecord:
    """Replay the model and compare conditional with unconditional forecasts.

    Parameters
    ----------
    panel : official figures.
    kept : the backtest's own forecasts, as in :func:`regional_econ.policy.record.paired.paired_cells`.
    designs : by origin and for each start: estimates and covariance of the designs known then; those that follow the
        first have other resamples of regions and say how much these matter.
    assumptions, priors : declared biases, literature and delays; rates of the stocks, of which the medians are used.
    drivers, outcome_id, focal : of the study.
    starts : of the replays, the main one first.
    end : last year of the replays.
    seed, placebos : root seed and number of the placebos.

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
    blank = pd.DataFrame(columns=list(drivers), dtype=float)
    declared = effects_known_at(
        FIRST_START, blank, pd.DataFrame(), assumptions, drivers=drivers, level_pct=levels[min(levels)]
    )
    known = {FIRST_START: declared, **effects}
    replays = {
        start: _replays(panel, assumptions, priors, known, outcome_id=outcome_id, start=start, end=end)
        for start in starts
    }
    for one in replays[starts[0]]:
        if focal not in one.regions:
            where = f"{one.id} in {one.start}"
            raise DataError(f"no figures of {focal}", where=where, advice="Choose another focal region")
    settings: tuple[tuple[Expectation, Timing], ...] = (("kept", "delayed"), ("kept", "at_once"), ("held", "delayed"))
    main, at_once, held = (
        paired_cells(
            panel, kept, assumptions, drivers=drivers, outcome=outcome_id, depreciation=delta, expectation=expectation,
            timing=timing,
        )
        for expectation, timing in settings
    )  # fmt: skip
    plan: list[tuple[str, Cells, Callable[[Effects], Effects]]] = [
        (ALL, main, _as_they_are),
        (BESIDE, main.beside_others(), _as_they_are),
        *((driver, main, partial(Effects.only, driver=driver)) for driver in drivers),
        (CERTAIN, main, Effects.certain),
        (AT_ONCE, at_once, _as_they_are),
        (HELD, held, _as_they_are),
    ]
    variants = tuple(_variant(name, own, effects, resampled, chosen, (seed, placebos)) for name, own, chosen in plan)
    horizons = {int(h): compare(main.only(main.horizon == h), effects, seed=seed) for h in np.unique(main.horizon)}
    return TrackRecord(
        focal, replays, effects, variants, horizons,
        gain(main.of_region(focal), effects, seed=seed), main,
    )  # fmt: skip


def _replays(
    panel: Panel,
    assumptions: Assumptions,
    priors: Mapping[str, Prior],
    known: Mapping[int, Effects],
    *,
    outcome_id: str,
    start: int,
    end: int,
) -> tuple[Replay, ...]:
    """Replay the outcome and every stock; before the first designs the declared priors alone give the effects."""
    delta = priors["rd_depreciation"].p50
    quantities = (
        outcome(panel, assumptions, known, name=outcome_id, start=start, depreciation=delta),
        *reversed(assets(panel, start=start)),
        researchers(
            panel, start=start, attrition=priors["researcher_attrition"].p50, filling=priors["post_filling"].p50
        ),
    )
    return tuple(replay(one, start=start, end=end) for one in quantities)


def _as_they_are(effects: Effects) -> Effects:
    return effects


def _variant(
    name: str,
    cells: Cells,
    effects: Mapping[int, Effects],
    resampled: Sequence[Mapping[int, Effects]],
    chosen: Callable[[Effects], Effects],
    draws: tuple[int, int],
) -> Variant:
    own, *others = ({origin: chosen(one) for origin, one in known.items()} for known in (effects, *resampled))
    found = compare(cells, own, seed=draws[0])
    again = [found.gain.value, *(mean_gain(cells, known) for known in others)]
    error = float(np.std(again, ddof=1)) if len(again) > 1 else 0.0
    return Variant(name, found, placebo(cells, own, seed=draws[0], n=draws[1]), error)
