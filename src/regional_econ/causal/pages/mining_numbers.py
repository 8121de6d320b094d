"""The numbers of the page on mining prices, and the ids by which it finds them."""

from __future__ import annotations

import math

from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ.causal.mining_price import MiningPrice
from regional_econ.causal.mining_sample import WINDOWS
from regional_econ.causal.price_effects import PriceEffect, PriceInstrument
from regional_econ.causal.weak_instruments import ConfidenceSet
from regional_econ.core.results import Result, Value

RESULT_ID = "causal.mining"
LEVEL = 0.05
LONGEST = WINDOWS[0].id


def result(found: MiningPrice) -> Result:
    """The result ``causal.mining``.

    Keys: ``<outcome>.<window>.<price>.<specification>.<lag>.estimate|region|placebo.p_value``, for the index without a
    trend also ``ehw|akm|doubling|mde|fit.p_value|akm0.<piece>.low|high``, in the longest window ``power|fit_power``;
    ``iv.<endogenous>.<window>.<lag>.…``; ``balance.<outcome>.<exposure>.estimate|std_error|p_value``,
    ``balance.n_outcomes`` and ``balance.n_failed.<exposure>``; ``weights.<outcome>.<year>.weight|estimate``;
    ``power_low|high``, ``fit_power_low|high`` over the outcomes;
    ``exposure_pct.<exposure>``; ``draws``, ``level_pct``, ``critical_f``; ``n_main``, ``n_found``, ``n_chance``, and
    ``n_variants``, ``n_variants_found`` with a trend or by another price; ``levels_low|high``, ``changes_low|high`` of
    the prices' correlations. ``doubling`` and ``mde`` are per cent (points for a share) in the focal region.
    """
    main = main_effects(found)
    pairs = found.correlations_frame()
    values: dict[str, Value] = {
        "draws": Value(found.draws, digits=0),
        "level_pct": Value(100 * LEVEL, digits=0),
        "n_main": Value(len(main), digits=0),
        "n_found": Value(sum(one.placebo_p < LEVEL for one in main), digits=0),
        "n_chance": Value(LEVEL * len(main), digits=0),
        "n_variants": Value(len(found.effects) - len(main), digits=0),
        "n_variants_found": Value(
            sum(one.placebo_p < LEVEL for one in found.effects) - sum(one.placebo_p < LEVEL for one in main), digits=0
        ),
        **_ends("power", [one.placebo_power for one in main]),
        **_ends("fit_power", [one.placebo_fit_power for one in main]),
        "critical_f": Value(found.instruments[0].f_bias_10, digits=1),
        **{f"exposure_pct.{name}": Value(100 * share, digits=1) for name, share in found.focal_exposure.items()},
        **{f"{name}_low": Value(float(pairs[name].min()), digits=2) for name in ("levels", "changes")},
        **{f"{name}_high": Value(float(pairs[name].max()), digits=2) for name in ("levels", "changes")},
    }
    for one in found.effects:
        values |= _effect_values(one, found.draws)
    for iv in found.instruments:
        values |= _instrument_values(iv, found.draws)
    for test in found.balance:
        key = f"balance.{test.outcome}.{test.exposure}"
        values |= {
            f"{key}.{name}": Value(getattr(test, name), digits=3) for name in ("estimate", "std_error", "p_value")
        }
    values["balance.n_outcomes"] = Value(len({test.outcome for test in found.balance}), digits=0)
    for exposure in found.focal_exposure:
        failed = sum(test.p_value < LEVEL for test in found.balance if test.exposure == exposure)
        values[f"balance.n_failed.{exposure}"] = Value(failed, digits=0)
    for year in found.weights:
        key = f"weights.{year.outcome}.{year.year}"
        values |= {f"{key}.weight": _value(year.weight, 3), f"{key}.estimate": _value(year.estimate, 2)}
    inputs = {name: sha256_file(data_dir() / name) for name in ("national.csv", "industries.csv.gz")}
    return Result(RESULT_ID, values, {"panel": found.panel_checksum, **inputs})


def main_effects(found: MiningPrice) -> list[PriceEffect]:
    """Return the reduced forms of the index without a trend."""
    return [one for one in found.effects if _is_main(one)]


def effect_id(
    outcome: str, window: str = LONGEST, price: str = "index", specification: str = "plain", lag: int = 0
) -> str:
    """Return the key of a reduced form, by default of the index of the same year in the longest window."""
    return f"{outcome}.{window}.{price}.{specification}.{lag}"


def key_of(one: PriceEffect) -> str:
    """Return the key of a given reduced form."""
    return effect_id(one.outcome, one.window, one.price, one.specification, one.lag)


def iv_id(one: PriceInstrument) -> str:
    """Return the key of an instrumental estimate."""
    return f"iv.{one.endogenous}.{one.window}.{one.lag}"


def tf_interval(one: PriceInstrument) -> ConfidenceSet:
    """Return the tF interval as a set."""
    return ConfidenceSet(((one.tf_low, one.tf_high),), 0.95)


def _value(number: float | None, digits: int) -> Value:
    return Value(number if number is not None and math.isfinite(number) else None, digits=digits)


def _ends(name: str, chances: list[float | None]) -> dict[str, Value]:
    known = [chance for chance in chances if chance is not None]
    return {f"{name}_low": Value(min(known), digits=2), f"{name}_high": Value(max(known), digits=2)}


def _p_value(p: float, draws: int) -> Value:
    return Value(p, digits=3, mc_error=math.sqrt(p * (1 - p) / draws))


def _effect_values(one: PriceEffect, draws: int) -> dict[str, Value]:
    values = {name: _value(getattr(one, name), 3) for name in ("estimate", "region")}
    values["placebo.p_value"] = _p_value(one.placebo_p, draws)
    if _is_main(one):
        values |= {name: _value(getattr(one, name), 3) for name in ("ehw", "akm")}
        values |= {
            "doubling": _value(_in_per_cent(one.doubling_focal, one.scale), 1),
            "mde": _value(_in_per_cent(one.mde_focal, one.scale), 1),
            "fit.p_value": _p_value(one.placebo_fit_p, draws),
        }
        values |= _set_values("akm0", one.akm0_set)
    chances = {"power": one.placebo_power, "fit_power": one.placebo_fit_power}
    values |= {name: _value(chance, 2) for name, chance in chances.items() if chance is not None}
    return {f"{key_of(one)}.{name}": value for name, value in values.items()}


def _is_main(one: PriceEffect) -> bool:
    return one.price == "index" and one.specification == "plain"


def _in_per_cent(change: float, scale: str) -> float:
    """A share stays in points."""
    return {"ln": 100 * math.expm1(change), "over_base_grp": 100 * change, "identity": change}[scale]


def _instrument_values(one: PriceInstrument, draws: int) -> dict[str, Value]:
    values = {name: _value(getattr(one, name), 2) for name in ("estimate", "region")}
    values |= {
        "first_stage": _value(one.first_stage, 3),
        "first_stage_f": _value(one.first_stage_f, 1),
        "first_stage.p_value": _p_value(one.first_stage_placebo_p, draws),
        "reduced_form.p_value": _p_value(one.reduced_form_placebo_p, draws),
    }
    values |= _set_values("tf", tf_interval(one)) | _set_values("ar", one.ar_set)
    return {f"{iv_id(one)}.{name}": value for name, value in values.items()}


def _set_values(name: str, found: ConfidenceSet) -> dict[str, Value]:
    """The finite ends of a set."""
    ends = {
        f"{name}.{number}.{side}": end
        for number, piece in enumerate(found.pieces, start=1)
        for side, end in zip(("low", "high"), piece, strict=True)
    }
    return {key: Value(end, digits=2) for key, end in ends.items() if math.isfinite(end)}
