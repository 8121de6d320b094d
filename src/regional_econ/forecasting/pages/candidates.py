"""Which model forecasts, and what was tried beside it? The recorded scores of all candidates, and the rule on them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Literal

from regional_econ.core.results import Result, Value
from regional_econ.core.section import Block, Cell, Column, NumberRef, Paragraph, Stack, TableBlock, TextRef, Verbatim
from regional_econ.forecasting.choice import ChoiceFile
from regional_econ.forecasting.indicators import IDS

CANDIDATES_ID = "backtest.candidates"
TEXTS = "forecast_scores"
TIE_PCT = 0.5  # the rule of data/forecast.yml: within half a per cent the simpler model
LEVELS = (80, 95)
Verdict = Literal["holds", "other"]


def results(recorded: Result | None, file: ChoiceFile) -> tuple[Result, ...]:
    """Return the result ``backtest.candidates``, or none where no record holds the chosen model.

    Keys: by candidate of the file that is recorded ``<name>.crps`` (geometric mean over indicators of the mean CRPS)
    with ``.crps_mc`` (its Monte Carlo error), ``.difference`` to the chosen in per cent, ``.covered80|95`` of all
    forecasts, ``.parts``; ``n`` (in the file), ``n_recorded``, ``n_unrecorded``; ``chosen``; ``winner`` by the rule
    among all recorded, with ``winner.difference`` and its Monte Carlo error ``winner.difference_mc``; ``verdict``.

    Parameters
    ----------
    recorded : the record of ``make calibrate PART=candidates``, None where it was not made.
    file : candidates and choice.
    """
    chosen = file.chosen.name
    known = [name for name in file.candidates if recorded is not None and f"{name}.crps" in recorded.values]
    if recorded is None or chosen not in known:
        return ()
    crps = {name: recorded.values[f"{name}.crps"] for name in known}
    parts = {name: sum(astuple(file.candidates[name].structure)) for name in known}
    winner = by_rule({name: _float(value) for name, value in crps.items()}, parts)
    values: dict[str, Value] = {}
    for name in known:
        error = crps[name].mc_error
        values[f"{name}.crps"] = crps[name]
        values[f"{name}.crps_mc"] = Value(error, "", 3, error)
        values[f"{name}.difference"] = _difference(crps[name], crps[chosen])
        values[f"{name}.parts"] = Value(parts[name], digits=0)
        for level in LEVELS:
            values[f"{name}.covered{level}"] = _coverage(recorded.values, name, level)
    apart = values[f"{winner}.difference"]
    values |= {
        "n": Value(len(file.candidates), digits=0),
        "n_recorded": Value(len(known), digits=0),
        "n_unrecorded": Value(len(file.candidates) - len(known), digits=0),
        "chosen": Value(f"candidate_{chosen}"),
        "winner": Value(f"candidate_{winner}"),
        "winner.difference": apart,
        "winner.difference_mc": Value(apart.mc_error, "pp", 1, apart.mc_error),
        "verdict": Value(_verdict(winner, chosen)),
    }
    return (Result(CANDIDATES_ID, values, recorded.inputs),)


def by_rule(crps: Mapping[str, float], parts: Mapping[str, int]) -> str:
    """Choose by the rule: the least CRPS, or the simplest of those within half a per cent of it.

    Parameters
    ----------
    crps, parts : score and number of parts by candidate; of equally simple ones the better is taken.

    Examples
    --------
    >>> by_rule({"a": 5.00, "b": 5.01, "c": 5.02}, {"a": 3, "b": 2, "c": 2})
    'b'
    """
    limit = min(crps.values()) * (1.0 + TIE_PCT / 100.0)
    return min((name for name in crps if crps[name] <= limit), key=lambda name: (parts[name], crps[name]))


def blocks(found: Result | None) -> tuple[Block, ...]:
    """Return rule, verdict and table, or how the record is made.

    Parameters
    ----------
    found : the result ``backtest.candidates``, None where there is none.
    """
    if found is None:
        return (Paragraph(f"{TEXTS}.choice.rule"), Paragraph(f"{TEXTS}.choice.absent"))
    values = found.values
    told = [f"choice.{values['verdict'].value}"]
    if values["n_unrecorded"].value:
        told.append("choice.unrecorded")
    return (
        Paragraph(f"{TEXTS}.choice.rule"),
        *(Paragraph(f"{TEXTS}.{name}") for name in told),
        _table(values),
        Paragraph(f"{TEXTS}.choice.reading"),
    )


def _table(values: Mapping[str, Value]) -> TableBlock:
    chosen = str(values["chosen"].value).removeprefix("candidate_")
    columns = (
        Column("candidate", f"{TEXTS}.candidates.column.candidate", "left", 3.0),
        *(
            Column(name, f"{TEXTS}.candidates.column.{name}", "right", 1.2)
            for name in ("crps", "difference", "covered80", "covered95")
        ),
        Column("chosen", f"{TEXTS}.candidates.column.chosen", "left"),
    )
    rows: list[tuple[Cell, ...]] = []
    for name in _names(values):
        own = f"{CANDIDATES_ID}.{name}"
        score = Stack((NumberRef(f"{own}.crps"), NumberRef(f"{own}.crps_mc", "({})")))
        apart: Cell = Verbatim("–") if name == chosen else NumberRef(f"{own}.difference")
        held = (_number(values, name, f"covered{level}") for level in LEVELS)
        mark = TextRef(f"{TEXTS}.candidates.chosen") if name == chosen else Verbatim("")
        rows.append((TextRef(f"{TEXTS}.candidate.{name}"), score, apart, *held, mark))
    return TableBlock(f"{TEXTS}.candidates", f"{TEXTS}.candidates.caption", columns, tuple(rows))


def _names(values: Mapping[str, Value]) -> Sequence[str]:
    return [key.removesuffix(".parts") for key in values if key.endswith(".parts")]


def _number(values: Mapping[str, Value], name: str, key: str) -> Cell:
    return Verbatim("–") if values[f"{name}.{key}"].value is None else NumberRef(f"{CANDIDATES_ID}.{name}.{key}")


def _verdict(winner: str, chosen: str) -> Verdict:
    return "holds" if winner == chosen else "other"


def _difference(one: Value, chosen: Value) -> Value:
    ratio = _float(one) / _float(chosen)
    error = 100.0 * ratio * math.hypot(*((x.mc_error or 0.0) / _float(x) for x in (one, chosen)))
    return Value(100.0 * (ratio - 1.0), "%", 1, 0.0 if one == chosen else error)


def _coverage(values: Mapping[str, Value], name: str, level: int) -> Value:
    """Return the share of all forecasts whose outcome the band held, None where the record has no coverage."""
    keys = [f"{name}.{one}" for one in IDS if f"{name}.{one}.covered{level}" in values]
    if not keys:
        return Value(None, "%", 1)
    cells = [_float(values[f"{key}.cells"]) for key in keys]
    shares = [values[f"{key}.covered{level}"] for key in keys]
    mean = sum(n * _float(share) for n, share in zip(cells, shares, strict=True)) / sum(cells)
    error = math.hypot(*(n * (share.mc_error or 0.0) for n, share in zip(cells, shares, strict=True))) / sum(cells)
    return Value(mean, "%", 1, error)


def _float(value: Value) -> float:
    return float(value.value or 0.0)
