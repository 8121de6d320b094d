"""The numbers of the model's record: errors, scores, Theil's parts and terms of method by quantity, and the gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from regional_econ._base.options import QUANTILES_21
from regional_econ.core.results import Result, Value
from regional_econ.policy.answers.cells import error_values
from regional_econ.policy.record.predictive import Comparison
from regional_econ.policy.record.replay import FORECASTERS, Forecaster, Replay, in_units
from regional_econ.policy.record.scoring import BlockMean, block_mean, block_skill, skill, theil
from regional_econ.policy.record.track_record import TrackRecord, Variant
from regional_econ.policy.scenarios.result import quantile_value

Floats = NDArray[np.float64]
BLOCK_STARTS = (2017, 2019, 2022)
SCOPES = ("regions", "focal")
RIVALS: tuple[Forecaster, ...] = ("naive", "drift")
_THEIL = ("bias", "variance", "covariance")


def results(record: TrackRecord, *, inputs: Mapping[str, str]) -> tuple[Result, ...]:
    """Return ``policy.history.<quantity>`` for each replay, ``.power``, ``.effects`` by origin, ``.starts``."""
    replays = [Result(f"policy.history.{one.id}", _replay_values(one, record.focal), inputs) for one in record.replays]
    return (
        *replays,
        Result("policy.history.power", _power_values(record), inputs),
        Result("policy.history.effects", _effect_values(record), inputs),
        Result("policy.history.starts", _start_values(record), inputs),
    )


def blocks_of(years: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the first and last years of the blocks that the breaks of 2017, 2019 and 2022 cut.

    >>> blocks_of(range(2013, 2023))
    ((2013, 2016), (2017, 2018), (2019, 2021), (2022, 2022))
    """
    groups: dict[int, list[int]] = {}
    for year in years:
        groups.setdefault(sum(year >= start for start in BLOCK_STARTS), []).append(year)
    return tuple((min(group), max(group)) for group in groups.values())


def reading(comparison: Comparison) -> str:
    """Return "better" or "worse" where the gain's 95 % interval lies on one side of zero, else "none" or "unseen".

    "unseen": the gain that right conditional forecasts bring is smaller than one found in four cases of five.
    """
    found = comparison.gain
    if found.low > 0.0:
        return "better"
    if found.high < 0.0:
        return "worse"
    return "unseen" if comparison.promised < found.detectable else "none"


def skill_over(replay: Replay, rival: str) -> BlockMean:
    """Return the model's skill against a rival over all regions and years, with its interval by region.

    The interval says how far regions differ in this one course of history, and nothing of another course: errors add up
    from year to year, so that the years of one path give no test.
    """
    table = replay.errors().pivot(index=["region", "year"], columns="forecaster", values="wis")
    regions = np.unique(table.index.get_level_values("region"), return_inverse=True)[1].astype(np.int64)
    model, other = (table[name].to_numpy(dtype=np.float64) for name in ("model", rival))
    return block_skill(model, other, regions)


def _replay_values(replay: Replay, focal: str) -> dict[str, Value]:
    errors = replay.errors()
    own = errors[errors["region"] == focal]
    values = {
        "start": Value(replay.start, digits=0),
        "end": Value(replay.years[-1], digits=0),
        "n_regions": Value(len(replay.regions), digits=0),
    }
    for scope, part in zip(SCOPES, (errors, own), strict=True):
        values |= _score_values(part, scope)
        values |= _theil_values(replay, scope, focal)
    values |= _all_regions(replay, errors) | _block_values(replay, errors) | _term_values(replay, focal)
    return values | _path_values(replay, focal)


def _score_values(errors: pd.DataFrame, scope: str) -> dict[str, Value]:
    values, score = {}, {}
    for name in FORECASTERS:
        part = errors[errors["forecaster"] == name]
        score[name] = float(part["wis"].mean())
        values[f"{scope}.mae.{name}"] = Value(float(part["error"].abs().mean()), digits=2)
        values[f"{scope}.rmse.{name}"] = Value(float(np.sqrt((part["error"] ** 2).mean())), digits=2)
        values[f"{scope}.wis.{name}"] = Value(score[name], digits=2)
    for rival in RIVALS:
        values[f"{scope}.skill_{rival}"] = Value(skill(score["model"], score[rival]), digits=2)
    return values


def _theil_values(replay: Replay, scope: str, focal: str) -> dict[str, Value]:
    """Theil's parts with the root of the very mean squared error that they add up to, on the quantity's scale."""
    predicted, observed, known = replay.changes("model")
    rows = np.ones(len(replay.regions), dtype=bool) if scope == "regions" else np.array(replay.regions) == focal
    mask = known & rows[:, None]
    parts = theil(predicted[mask], observed[mask])
    root = _factor(replay) * float(np.sqrt(parts.mse))
    values = {f"{scope}.theil.{key}": Value(getattr(parts, key), digits=2) for key in _THEIL}
    return values | {f"{scope}.theil.root": Value(root, digits=1)}


def _all_regions(replay: Replay, errors: pd.DataFrame) -> dict[str, Value]:
    """Interval of the skills, errors of the means and coverage of the model's bands, by region."""
    values = {**_skill_ends(replay, "regions"), **_mean_errors(errors, "regions")}
    own = errors[errors["forecaster"] == "model"]
    regions = np.unique(own["region"], return_inverse=True)[1].astype(np.int64)
    for level in (80, 95):
        found = block_mean(own[f"covered{level}"].to_numpy(), regions)
        values[f"regions.covered{level}"] = Value(100.0 * found.value, "%", 0)
        values[f"regions.covered{level}.std_error"] = Value(100.0 * found.std_error, "%", 0)
    return values


def _skill_ends(replay: Replay, scope: str) -> dict[str, Value]:
    values = {}
    for rival in RIVALS:
        gained = skill_over(replay, rival)
        for key in ("low", "high"):
            values[f"{scope}.skill_{rival}.{key}"] = Value(getattr(gained, key), digits=2)
    return values


def _mean_errors(errors: pd.DataFrame, scope: str) -> dict[str, Value]:
    """Standard errors, by region, of the mean absolute error and of the mean score of each forecaster."""
    values = {}
    for name in FORECASTERS:
        part = errors[errors["forecaster"] == name]
        regions = np.unique(part["region"], return_inverse=True)[1].astype(np.int64)
        for key, cells in (("mae", part["error"].abs()), ("wis", part["wis"])):
            found = block_mean(cells.to_numpy(dtype=np.float64), regions)
            values[f"{scope}.{key}.{name}.std_error"] = Value(found.std_error, digits=2)
    return values


def _block_values(replay: Replay, errors: pd.DataFrame) -> dict[str, Value]:
    """Means over regions and a block's years, with the larger of the errors that its years and its regions give."""
    values = {}
    for first, last in blocks_of(replay.years):
        for name in FORECASTERS:
            part = errors[(errors["forecaster"] == name) & errors["year"].between(first, last)]
            cells = [np.unique(part[key], return_inverse=True)[1].astype(np.int64) for key in ("region", "year")]
            for key in ("wis", "error"):
                means = [block_mean(part[key].to_numpy(dtype=np.float64), codes) for codes in cells if codes.max() > 0]
                own = f"block.{first}.{key}.{name}"
                values[own] = Value(float(part[key].mean()), digits=2)
                values[f"{own}.std_error"] = Value(max(one.std_error for one in means), digits=2)
    return values


def _term_values(replay: Replay, focal: str) -> dict[str, Value]:
    """What each change of method added, on the scale of the quantity in hundredths but for points."""
    values = {}
    at, factor = replay.regions.index(focal), _factor(replay)
    for year in replay.breaks:
        t = replay.years.index(year)
        for name in FORECASTERS:
            terms = replay.tracks[name].terms[at]
            step = terms[t] - (terms[t - 1] if t else 0.0)
            values[f"term.{year}.{name}"] = Value(factor * float(step), digits=1)
    return values


def _path_values(replay: Replay, focal: str) -> dict[str, Value]:
    """The focal region's path in published units."""
    at = replay.regions.index(focal)
    observed = published(in_units(replay.observed[at], replay.scale), replay)
    bands = {"p50": 10, "lo80": 2, "hi80": 18}
    values = {}
    for t, year in enumerate(replay.years):
        values[f"{year}.observed"] = Value(float(observed[t]), digits=1)
        for key, level in bands.items():
            path = published(replay.quantiles("model")[level, at], replay)
            values[f"{year}.{key}"] = Value(float(path[t]), digits=1)
    return values


def published(values: Floats, replay: Replay) -> Floats:
    """Carry values from the unit of errors to the published one."""
    return np.asarray(np.exp(values / 100.0) if replay.scale == "log" else values, dtype=np.float64)


def _power_values(record: TrackRecord) -> dict[str, Value]:
    values = {
        "n_cells": Value(len(record.cells.origin), digits=0),
        "n_origins": Value(len(record.cells.origins), digits=0),
        "first_origin": Value(record.cells.origins[0], digits=0),
        "last_origin": Value(record.cells.origins[-1], digits=0),
        "last_year": Value(record.cells.years[-1], digits=0),
        "n_levels": Value(len(QUANTILES_21), digits=0),
        "n_placebos": Value(len(record.variants[0].placebo.gains), digits=0),
    }
    for variant in record.variants:
        values |= _variant_values(variant)
    for ahead, found in record.horizons.items():
        values |= {f"horizon.{ahead}.{key}": Value(getattr(found.gain, part), digits=3) for key, part in _ENDS.items()}
        values[f"horizon.{ahead}.n"] = Value(found.gain.n, digits=0)
        values[f"horizon.{ahead}.detectable"] = Value(found.gain.detectable, digits=3)
        for key in ("unconditional", "conditional", "promised"):
            values[f"horizon.{ahead}.{key}"] = Value(getattr(found, key), digits=3)
    own = record.focal_gain
    values |= {f"focal.{key}": Value(getattr(own, part), digits=3) for key, part in _ENDS.items()}
    values["focal.n"] = Value(own.n, digits=0)
    main = record.variants[0].comparison
    values["shift_sd"] = Value(main.shift_sd, digits=3)
    return values


_ENDS = {"gain": "value", "gain_low": "low", "gain_high": "high"}


def _variant_values(variant: Variant) -> dict[str, Value]:
    found, own = variant.comparison, variant.id
    share = variant.placebo.share_as_good(found.gain.value)
    gains = variant.placebo.gains
    low, high = (quantile_value(gains, level, unit="") for level in (0.025, 0.975))
    values = {
        f"{own}.unconditional": Value(found.unconditional, digits=3),
        f"{own}.conditional": Value(found.conditional, digits=3),
        f"{own}.promised": Value(found.promised, digits=3),
        f"{own}.detectable": Value(found.gain.detectable, digits=3),
        f"{own}.n_regions": Value(found.n_regions, digits=0),
        f"{own}.placebo_low": Value(low.value, digits=3, mc_error=low.mc_error),
        f"{own}.placebo_high": Value(high.value, digits=3, mc_error=high.mc_error),
        f"{own}.placebo_share": Value(share, digits=2, mc_error=float(np.sqrt(share * (1 - share) / len(gains)))),
    }
    if found.slope is not None:
        slope = {"slope": found.slope.value, "slope_low": found.slope.low, "slope_high": found.slope.high}
        values |= {f"{own}.{key}": Value(value, digits=1) for key, value in slope.items()}
    values |= error_values(values)
    far = float(np.hypot(variant.mc_error, found.gain.critical.mc_error * found.gain.std_error))
    errors = {"value": variant.mc_error, "low": far, "high": far}
    return values | {
        f"{own}.{key}": Value(getattr(found.gain, part), "", 3, errors[part]) for key, part in _ENDS.items()
    }


def _start_values(record: TrackRecord) -> dict[str, Value]:
    """Scores over all regions from each start."""
    values: dict[str, Value] = {}
    for start, replays in record.starts.items():
        for one in replays:
            own = f"{start}.{one.id}"
            errors = one.errors()
            scores = _score_values(errors, own) | _mean_errors(errors, own)
            values |= {key: value for key, value in scores.items() if ".wis." in key or ".skill_" in key}
            values |= _skill_ends(one, own)
    return values


def _effect_values(record: TrackRecord) -> dict[str, Value]:
    values = {}
    for origin, known in record.effects.items():
        spread = np.sqrt(np.diag(known.covariance))
        for driver, mean, sd, share in zip(known.drivers, known.mean, spread, known.prior_share, strict=True):
            values[f"{origin}.{driver}.prior_share"] = Value(float(share), digits=2)
            values[f"{origin}.{driver}.mean"] = Value(float(mean), digits=3)
            values[f"{origin}.{driver}.sd"] = Value(float(sd), digits=3)
    for at, driver in enumerate(record.cells.drivers):
        above = sum(bool(known.mean[at] > 0.0) for known in record.effects.values())
        values[f"{driver}.n_positive"] = Value(above, digits=0)
    shares = [float(share) for known in record.effects.values() for share in known.prior_share]
    values |= {"prior_share_low": Value(min(shares), digits=2), "prior_share_high": Value(max(shares), digits=2)}
    return values | {"n": Value(len(record.effects), digits=0)}


def _factor(replay: Replay) -> float:
    """Hundredths of logs and logits, points as they are."""
    return 1.0 if replay.scale == "points" else 100.0
