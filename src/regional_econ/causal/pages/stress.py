"""The page of stress tests: what it takes to break the estimates of the drivers, and what no test can say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from regional_econ._base.files import sha256_file
from regional_econ._base.location import data_dir
from regional_econ.causal.distribution import SIZE, minimal_detectable
from regional_econ.causal.placebo_table import FILE, PlaceboOutcome
from regional_econ.causal.stress import StressTests
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Bilingual,
    Block,
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
)

SECTION_ID = "causal_stress"
RESULT_ID = "causal.stress"
TESTS = ("omitted", "oster", "form", "errors", "missing", "neighbours", "family", "exchanges", "placebos")
Key = str | tuple[str, str]  # a number, or one with another in parentheses below it
_OMITTED: tuple[Key, ...] = (
    ("estimate", "std_error"), "mde", ("robustness_pct", "robustness_clustered_pct"), "delta",
)  # fmt: skip
_BOUNDS = ("low", "high")
_OTHER: tuple[Key, ...] = (
    ("corrected", "corrected_error"), _BOUNDS, ("neighbours", "neighbours_error"), "neighbours_p_value",
)  # fmt: skip
_CHANCE: tuple[Key, ...] = (
    "own_p_value", ("stepdown_p_value", "holm_p_value"), "exchange_p_value", ("size_pct", "size_error_pct"),
)  # fmt: skip
_PLACEBO: tuple[Key, ...] = (("estimate", "std_error"), "p_value", "holm_p_value")
_LIKE_AN_OBSERVED = 1.0
_RULE = "1.3 R"


def result(found: StressTests) -> Result:
    """The result ``causal.stress``.

    Keys by driver: ``estimate``, ``std_error``, ``mde`` (found with 80 % power), ``robustness_pct``,
    ``robustness_clustered_pct``, ``delta``, ``<learner>.estimate|low|high``, ``corrected``, ``corrected_error``,
    ``low``, ``high`` (missing outcomes), ``neighbours``, ``neighbours_error``, ``neighbours_p_value``,
    ``own_p_value``, ``stepdown_p_value``, ``holm_p_value``, ``exchange_p_value``, ``size_pct``, ``size_error_pct``
    and ``placebo.<outcome>.estimate|std_error|p_value|holm_p_value``. Besides: how much was drawn, the sample, and
    counts of what the tables show.
    """
    values = _summary(found)
    tables = {name: table.set_index("driver") for name, table in found.tables().items()}
    for driver in found.robustness["driver"]:
        own = {name: table.loc[[driver]] for name, table in tables.items()}
        numbers = {**_omitted(own), **_form(own), **_other(own), **_chance(own), **_placebos(own)}
        values |= {f"{driver}.{key}": value for key, value in numbers.items()}
    inputs = {
        "panel": found.panel_checksum,
        "multiverse": found.declaration_sha256,
        FILE: sha256_file(data_dir() / FILE),
    }
    return Result(RESULT_ID, values, inputs)


def section(found: StressTests, placebos: Sequence[PlaceboOutcome]) -> Section:
    """Tables of omitted variables, form, measurement, chance and placebos, the contours, and the limits of each test.

    Parameters
    ----------
    found : the stress tests.
    placebos : the declared placebo outcomes, for their reasons.
    """
    drivers = list(found.robustness["driver"])
    blocks: list[Block] = [
        Paragraph("causal_stress.text"),
        Paragraph("causal_stress.drawn"),
        _table("omitted", drivers, _OMITTED),
        Paragraph("causal_stress.omitted"),
        _contours(found),
        Paragraph("causal_stress.form"),
        _learners(found),
        Paragraph("causal_stress.other"),
        _table("other", drivers, _OTHER),
        Paragraph("causal_stress.chance"),
        _table("chance", drivers, _CHANCE),
        Paragraph("causal_stress.placebos"),
        _placebo_table(drivers, placebos),
        _reasons(placebos),
        Paragraph("causal_stress.limits"),
        _limits(),
    ]
    return Section(SECTION_ID, "causal_stress.title", tuple(blocks))


def contour_frame(found: StressTests) -> pd.DataFrame:
    """What the contour picture draws: lines of equal estimates, and confounders as strong as an observed covariate."""
    lines, points = found.levels, _as_observed(found)
    columns = {"x": "r2_treatment", "y": "r2_outcome", "value": "estimate"}
    parts = [
        pd.DataFrame(
            {"panel": "name." + table["driver"], "part": part, "name": name}
            | {key: table[column] for key, column in columns.items()}
        )
        for table, part, name in ((lines, "line", ""), (points, "point", "point." + points["covariate"]))
    ]
    frame = pd.concat(parts, ignore_index=True)
    order = {f"name.{driver}": place for place, driver in enumerate(found.robustness["driver"])}
    return frame.sort_values("panel", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _as_observed(found: StressTests) -> pd.DataFrame:
    table = found.benchmarks
    return table[table["times"] == _LIKE_AN_OBSERVED].reset_index(drop=True)


def _summary(found: StressTests) -> dict[str, Value]:
    effort, placebos, points = found.effort, found.placebo_outcomes, _as_observed(found)
    sign = points["driver"].map(found.robustness.set_index("driver")["estimate"])
    counts = {
        "n_drivers": len(found.robustness),
        "n_regions": int(found.family["n_clusters"].iloc[0]),
        "n_obs": int(found.outcome_noise["n_obs"].iloc[0]),
        "n_clear": int((found.family["p_stepdown"] <= SIZE).sum()),
        "n_robust": int((found.robustness["robustness_value_clustered"] > 0).sum()),
        "n_points": len(points),
        "n_turned": int((points["estimate"] * sign < 0).sum()),
        "n_learned": len(found.double_ml),
        "n_learned_clear": int((found.double_ml["conf_low"] * found.double_ml["conf_high"] > 0).sum()),
        "n_selection_clear": int((found.selection["low"] * found.selection["high"] > 0).sum()),
        "n_missing": int(found.selection["missing_outcomes"].max()),
        "n_neighbours_clear": int((found.neighbours["p_value"] <= SIZE).sum()),
        "n_placebos": len(placebos),
        "n_placebos_alone": int((placebos["p_value"] <= SIZE).sum()),
        "n_placebos_clear": int((placebos["p_holm"] <= SIZE).sum()),
        **{name: int(getattr(effort, name)) for name in ("splits", "folds", "resamples", "exchanges", "simulations")},
    }
    return {
        **{key: Value(count, digits=0) for key, count in counts.items()},
        "n_placebos_expected": Value(SIZE * len(placebos), digits=1),
        "level": Value(SIZE, digits=2),
        "level_pct": Value(100 * SIZE, "%", 0),
        "noise_pct": Value(100 * float(found.outcome_noise["share"].max()), "%", 0),
        "learned_pct": Value(100 * float(found.double_ml["r2_outcome"].max()), "%", 1),
    }


def _omitted(own: dict[str, pd.DataFrame]) -> dict[str, Value]:
    row, oster = own["robustness"].iloc[0], own["oster"]
    mde = float(minimal_detectable(np.array(row["std_error"]), np.array(own["family"]["n_clusters"].iloc[0] - 1)))
    digits = _digits(row["std_error"])
    return {
        "estimate": _value(row["estimate"], digits),
        "std_error": _value(row["std_error"], digits),
        "mde": _value(mde, digits),
        "robustness_pct": _percent(row["robustness_value"]),
        "robustness_clustered_pct": _percent(row["robustness_value_clustered"]),
        "delta": _value(oster.loc[oster["rule"] == _RULE, "delta"].iloc[0], 1),
    }


def _form(own: dict[str, pd.DataFrame]) -> dict[str, Value]:
    columns = {"estimate": "estimate", "low": "conf_low", "high": "conf_high"}
    return {
        f"{row['learner']}.{key}": _value(row[column], _digits(row["linear_error"]))
        for row in own["double_ml"].to_dict("records")
        for key, column in columns.items()
    }


def _other(own: dict[str, pd.DataFrame]) -> dict[str, Value]:
    errors, selection, near = (own[name].iloc[0] for name in ("errors_in_variables", "selection", "neighbours"))
    digits = _digits(selection["std_error"])
    return {
        "corrected": _value(errors["corrected"], digits),
        "corrected_error": _value(errors["corrected_error"], digits),
        "low": _value(selection["low"], digits),
        "high": _value(selection["high"], digits),
        "neighbours": _value(near["neighbours"], digits),
        "neighbours_error": _value(near["neighbours_error"], digits),
        "neighbours_p_value": _value(near["p_value"], 2),
    }


def _chance(own: dict[str, pd.DataFrame]) -> dict[str, Value]:
    row, exchanges = own["family"].iloc[0], own["randomisation"]
    exchanged = exchanges[exchanges["within"] == "district"].iloc[0]
    return {
        "own_p_value": _drawn(row["p_value"], row["draws"]),
        "stepdown_p_value": _drawn(row["p_stepdown"], row["draws"]),
        "holm_p_value": _drawn(row["p_holm"], row["draws"], len(own["robustness"])),
        "exchange_p_value": _drawn(exchanged["p_value"], exchanged["draws"]),
        "size_pct": Value(100 * exchanged["size_05"], "%", 1, 100 * exchanged["size_05_error"]),
        "size_error_pct": Value(100 * exchanged["size_05_error"], "%", 1, 100 * exchanged["size_05_error"]),
    }


def _placebos(own: dict[str, pd.DataFrame]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for row in own["placebo_outcomes"].to_dict("records"):
        key, digits = f"placebo.{row['outcome']}", _digits(row["std_error"])
        values |= {f"{key}.{name}": _value(row[name], digits) for name in ("estimate", "std_error")}
        values |= {f"{key}.p_value": _value(row["p_value"], 2), f"{key}.holm_p_value": _value(row["p_holm"], 2)}
    return values


def _digits(error: float) -> int:
    """Decimals that show two digits of an error, and three at least.

    >>> _digits(0.121), _digits(0.0059)
    (3, 4)
    """
    return max(3, 1 - math.floor(math.log10(error)))


def _value(number: float, digits: int) -> Value:
    return Value(float(number) if math.isfinite(number) else None, digits=digits)


def _percent(share: float) -> Value:
    return Value(100 * float(share), "%", 1)


def _drawn(p: float, draws: float, times: float = 1.0) -> Value:
    """A resampled p-value with its Monte Carlo error, which a correction multiplies at most so many times."""
    return Value(float(p), digits=2, mc_error=times * math.sqrt(max(p * (1 - p), 1 / draws) / draws))


def _table(name: str, drivers: Sequence[str], keys: Sequence[Key]) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (_name(driver), *(_number(f"{RESULT_ID}.{driver}", key) for key in keys)) for driver in drivers
    ]
    columns = (Column("driver", "causal_stress.column.driver", width=2.0), *map(_column, map(_head, keys)))
    return TableBlock(f"{RESULT_ID}.{name}", f"causal_stress.{name}.caption", columns, tuple(rows))


def _number(base: str, key: Key) -> Cell:
    """A number, or one above another; both ends of bounds stand without parentheses."""
    if isinstance(key, str):
        return NumberRef(f"{base}.{key}")
    return Stack((NumberRef(f"{base}.{key[0]}"), NumberRef(f"{base}.{key[1]}", "{}" if key == _BOUNDS else "({})")))


def _head(key: Key) -> str:
    return key if isinstance(key, str) else key[0]


def _name(name: str) -> TextRef:
    return TextRef(f"causal_stress.name.{name}")


def _column(key: str) -> Column:
    return Column(key, f"causal_stress.column.{key}", "right")


def _contours(found: StressTests) -> FigureBlock:
    options = {"names": "causal_stress", "x": "causal_stress.contours.x", "y": "causal_stress.contours.y"}
    return FigureBlock(
        f"{RESULT_ID}.contours", "contour", contour_frame(found), "causal_stress.contours.caption",
        "causal_stress.contours.alt", options,
    )  # fmt: skip


def _learners(found: StressTests) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            _name(row["driver"]),
            TextRef(f"causal_stress.learner.{row['learner']}"),
            *(NumberRef(f"{RESULT_ID}.{row['driver']}.{row['learner']}.{key}") for key in ("estimate", "low", "high")),
        )
        for row in found.double_ml.to_dict("records")
    ]
    columns = (
        Column("driver", "causal_stress.column.driver", width=2.0),
        Column("learner", "causal_stress.column.learner", width=1.4),
        *map(_column, ("estimate", "conf_low", "conf_high")),
    )
    return TableBlock(f"{RESULT_ID}.form", "causal_stress.form.caption", columns, tuple(rows))


def _placebo_table(drivers: Sequence[str], placebos: Sequence[PlaceboOutcome]) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (
            TextRef(f"causal_stress.point.{driver}"),
            _name(one.variable),
            *(_number(f"{RESULT_ID}.{driver}.placebo.{one.variable}", key) for key in _PLACEBO),
        )
        for driver in drivers
        for one in placebos
    ]
    columns = (
        Column("driver", "causal_stress.column.driver", width=2.0),
        Column("outcome", "causal_stress.column.outcome", width=2.0),
        *map(_column, map(_head, _PLACEBO)),
    )
    return TableBlock(f"{RESULT_ID}.placebos", "causal_stress.placebos.caption", columns, tuple(rows))


def _reasons(placebos: Sequence[PlaceboOutcome]) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (LabelRef(one.variable), Bilingual(one.reason.ru, one.reason.en)) for one in placebos
    ]
    columns = (
        Column("outcome", "causal_stress.column.outcome", width=1.4),
        Column("reason", "causal_stress.column.reason", width=3.0),
    )
    return TableBlock(f"{RESULT_ID}.reasons", "causal_stress.reasons.caption", columns, tuple(rows))


def _limits() -> TableBlock:
    parts = ("test", "asks", "silent")
    rows: list[tuple[Cell, ...]] = [
        tuple(TextRef(f"causal_stress.limit.{test}.{part}") for part in parts) for test in TESTS
    ]
    columns = tuple(
        Column(part, f"causal_stress.column.{part}", width=width)
        for part, width in zip(parts, (1.2, 2.4, 3.0), strict=True)
    )
    return TableBlock(f"{RESULT_ID}.limits", "causal_stress.limits.caption", columns, tuple(rows))
