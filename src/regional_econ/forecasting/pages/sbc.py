"""Is the model's posterior the one it claims to be? Simulation-based calibration as recorded, by kind of quantity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from regional_econ.core.results import Result, Value
from regional_econ.core.section import Block, Cell, Column, NumberRef, Paragraph, TableBlock, TextRef

SBC_ID = "backtest.sbc"
TEXTS = "forecast_scores"
SIGNIFICANT = 0.05
Group = Literal["common", "regional", "state", "figures", "likelihood"]
GROUPS: tuple[Group, ...] = ("common", "regional", "state", "figures", "likelihood")
_OWN = ("log_sd", "drift", "loading")
_WHOLE = (
    "simulations", "regions", "steps", "ranked_draws", "quantities", "tests", "covered80", "covered95", "ess_min",
    "rhat_max", "divergent_simulations", "second_attempts", "failed_gates",
)  # fmt: skip
_LEAST = ("least_p", "least_p_holm", "least_p_quantity")


def results(recorded: Result | None) -> tuple[Result, ...]:
    """Return the result ``backtest.sbc``, or none where no record holds all that is shown.

    Keys: those of ``benchmarks/sbc_study.py`` on the whole study, ``least_holm.p_value`` and ``least.p_value`` (after
    and before Holm's correction for all tests), ``least_group``; by group of quantities ``<group>.n``,
    ``<group>.p_value`` (the least of its tests, uncorrected), ``<group>.covered80|95`` (mean).

    Parameters
    ----------
    recorded : the record of ``make calibrate PART=sbc``, None where it was not made.
    """
    if recorded is None or not {*_WHOLE, *_LEAST} <= set(recorded.values):
        return ()
    given = recorded.values
    values = {key: given[key] for key in _WHOLE}
    values |= {"least_holm.p_value": given["least_p_holm"], "least.p_value": given["least_p"]}
    values["least_group"] = Value(f"sbc_{group_of(str(given['least_p_quantity'].value))}")
    for group, names in _members(given).items():
        values[f"{group}.n"] = Value(len(names), digits=0)
        least = min(_float(given[f"{name}.{test}_p"]) for name in names for test in ("chi2", "ecdf"))
        values[f"{group}.p_value"] = Value(least, "", 3)
        for level in (80, 95):
            shares = [_float(given[f"{name}.covered{level}"]) for name in names]
            values[f"{group}.covered{level}"] = Value(sum(shares) / len(shares), "%", 1)
    return (Result(SBC_ID, values, recorded.inputs),)


def group_of(quantity: str) -> Group:
    """Say what kind of quantity a name of the study stands for.

    >>> [group_of(name) for name in ("log_sd_mean", "log_sd.gap", "level.late", "figure.whole.h5", "log_likelihood")]
    ['common', 'regional', 'state', 'figures', 'likelihood']
    """
    head, _, rest = quantity.partition(".")
    if head == "log_likelihood":
        return "likelihood"
    if head == "figure":
        return "figures"
    if head in ("level", "own_growth"):
        return "state"
    return "regional" if rest and head in _OWN else "common"


def blocks(found: Result | None) -> tuple[Block, ...]:
    """Return what the study found and a table by group, or how the record is made.

    Parameters
    ----------
    found : the result ``backtest.sbc``, None where there is none.
    """
    if found is None:
        return (Paragraph(f"{TEXTS}.sbc.absent"),)
    finding = "uneven" if _float(found.values["least_holm.p_value"]) <= SIGNIFICANT else "uniform"
    sampler = "failed" if _float(found.values["failed_gates"]) > 0.0 else "passed"
    names = ("text", finding, f"sampler.{sampler}")
    return (*(Paragraph(f"{TEXTS}.sbc.{name}") for name in names), _table(found.values))


def _table(values: Mapping[str, Value]) -> TableBlock:
    names = ("n", "p_value", "covered80", "covered95")
    columns = (
        Column("group", f"{TEXTS}.sbc.column.group", "left", 3.0),
        *(Column(name, f"{TEXTS}.sbc.column.{name}", "right", 1.2) for name in names),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"{TEXTS}.sbc.group.{group}"), *(NumberRef(f"{SBC_ID}.{group}.{name}") for name in names))
        for group in GROUPS
        if f"{group}.n" in values
    )
    return TableBlock(f"{TEXTS}.sbc", f"{TEXTS}.sbc.caption", columns, rows)


def _members(given: Mapping[str, Value]) -> dict[Group, list[str]]:
    names = [key.removesuffix(".chi2_p") for key in given if key.endswith(".chi2_p")]
    members: dict[Group, list[str]] = {group: [] for group in GROUPS}
    for name in names:
        members[group_of(name)].append(name)
    return {group: found for group, found in members.items() if found}


def _float(value: Value) -> float:
    return float(value.value or 0.0)
