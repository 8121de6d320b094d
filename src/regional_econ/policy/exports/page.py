"""The policy page's data: the exported document and draws, the measures, and what would be worth learning first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.text import Text
from regional_econ.core.explorer import MAIN, Explorer, packed
from regional_econ.core.lever import Lever
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.policy.exports.browser import BrowserFiles
from regional_econ.policy.model.costs import unit_cost
from regional_econ.policy.model.inputs import Inputs
from regional_econ.policy.model.levers import standard_push

Floats = NDArray[np.float64]
ID, SECTION, TESTS = "explore_policy", "policy", "tests"


@dataclass(frozen=True)
class Start:
    """What the page shows before its reader changes anything: the target, %, its year and probability, and over which
    years measures build up."""

    value: float
    year: int
    probability: float
    first: int
    last: int


def policy_explorer(
    files: BrowserFiles, inputs: Inputs, learning: Result, start: Start, *, paths: Mapping[str, Text]
) -> Explorer:
    """Return the explorer ``explore_policy``.

    Parameters
    ----------
    files : the exported document and numbers.
    inputs : what they were made of; all levers are shown, those without a path with the reason.
    learning : ``answers.learning``.
    start : where the page begins.
    paths : what the price's declared paths are called.
    """
    document = {key: value for key, value in files.document.items() if key != "tests"}
    levers = [_measure(lever, inputs) for lever in inputs.levers]
    known, worth = [driver["id"] for driver in document["drivers"]], _learning(learning)
    directions = sorted({measure["direction"] for measure in levers})
    main = {
        "document": document,
        "numbers": _numbers(files),
        "measures": levers,
        "directions": [f"levers.direction.{direction}" for direction in directions],
        "learning": worth,
        "start": vars(start),
        "paths": {name: {"ru": text.ru, "en": text.en} for name, text in paths.items()},
        "history": _history(inputs.panel, inputs.outcome, inputs.region),
    }
    labels = {inputs.outcome, *known, *main["directions"], *(row["group"] for row in worth["rows"])}
    labels |= {f"policy.lever.{lever.id}" for lever in inputs.levers} | {worth["declared"].get("group", inputs.outcome)}
    return Explorer(ID, SECTION, {MAIN: main, TESTS: files.document["tests"]}, tuple(sorted(labels)))


def _measure(lever: Lever, inputs: Inputs) -> dict[str, Any]:
    cost = unit_cost(lever, inputs.panel, inputs.region)
    return {
        "id": lever.id,
        "direction": lever.direction,
        "standard": standard_push(lever),
        "quote": {"ru": lever.quote.ru, "en": lever.quote.en},
        "note": {"ru": lever.note.ru, "en": lever.note.en},
        "cost": None if cost is None else {"low": cost.low, "high": cost.high, "year": cost.year},
    }


def _numbers(files: BrowserFiles) -> dict[str, Any]:
    """Return the exported arrays, each in the smallest type that holds it exactly."""
    flat = np.frombuffer(files.numbers, dtype="<f8")
    found = {}
    for name, place in files.document["draws"]["arrays"].items():
        values = flat[place["offset"] : place["offset"] + int(np.prod(place["shape"]))]
        found[name] = packed(values, next(kind for kind in ("uint8", "float32", "float64") if _holds(kind, values)))
    return found


def _holds(kind: str, values: Floats) -> bool:
    if kind == "uint8" and not (values.min() >= 0.0 and values.max() <= 255.0):
        return False
    return bool(np.array_equal(values.astype(kind).astype(np.float64), values))


def _learning(result: Result) -> dict[str, Any]:
    """Return the worth of learning by group, and where only measures of grades A and B are to be chosen from."""
    values = result.values
    groups = [key.removesuffix(".switches") for key in values if key.endswith(".switches")]
    rows = [
        {
            "group": f"policy_answers.group.{group}",
            "value": values[group].value, "error": values[group].mc_error,
            "switches": values[f"{group}.switches"].value,
        }
        for group in groups
    ]  # fmt: skip
    whole, declared = values["everything"], {}
    if "declared.first_group" in values:
        declared = {
            "levers": values["declared.levers"].value, "group": values["declared.first_group"].value,
            "value": values["declared.first"].value, "error": values["declared.first"].mc_error,
        }  # fmt: skip
    return {
        "rows": sorted(rows, key=lambda row: -float(row["value"] or 0.0)),
        "everything": {"value": whole.value, "error": whole.mc_error},
        "prior_share": values["prior_share"].value,
        "declared": declared,
    }


def _history(panel: Panel, outcome: str, region: str) -> Sequence[tuple[int, float]]:
    """Return the region's official figures since the last change of method."""
    since = max((one.year for one in panel.variables[outcome].breaks), default=0)
    known = panel.column(outcome).xs(region, level="region").dropna()
    years = [int(year) for year in known.index.to_numpy()]
    return [(year, float(value)) for year, value in zip(years, known.to_numpy(), strict=True) if year >= since]
