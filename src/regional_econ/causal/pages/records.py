"""What the page reads from the records of long runs: the cost of a specification, and the joint permutation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from regional_econ.core.record import read_result
from regional_econ.core.results import Result, Value
from regional_econ.core.section import Block, Cell, Column, LabelRef, NumberRef, Paragraph, TableBlock, TextRef

COST_ID, PERMUTATION_ID = "causal.cost", "causal.permutation"
RECORDS = ("bench.json", "calibrate.permutation.json")
STATISTICS = ("median", "clear", "largest")
_POWERS = (4, 5, 6, 7)
_ONE = "multiverse.specification.pyfixest"
_BESIDE = {"median": "median_pp", "clear": "clear_pct", "largest": "largest_t"}


@dataclass(frozen=True)
class Recorded:
    """What long runs have left for the page; None where one has not been made."""

    cost: Result | None
    permutation: Result | None

    @classmethod
    def read(cls, folder: Path, n_specs: int) -> Recorded:
        """Read the records of a folder, such as ``reports/record``.

        Parameters
        ----------
        folder : holds ``bench.json`` and ``calibrate.permutation.json``, each where it has been made.
        n_specs : the number of declared specifications.

        Raises
        ------
        StoreError : a record is damaged.
        """
        bench, permutation = (read_result(folder / name) for name in RECORDS)
        return cls(cost_result(bench, n_specs), permutation_result(permutation))

    def results(self) -> tuple[Result, ...]:
        """Return the results ``causal.cost`` and ``causal.permutation``, those that there are."""
        return tuple(one for one in (self.cost, self.permutation) if one is not None)

    def blocks(self, drivers: Sequence[str]) -> tuple[Block, ...]:
        """Return what the page shows of both for drivers in an order, or how a record is made."""
        return (*permutation_blocks(self.permutation, drivers), *cost_blocks(self.cost))


def cost_result(bench: Result | None, n_specs: int) -> Result | None:
    """Return ``causal.cost``, or None where the comparison with peers has no multiverse in it.

    Keys: ``of_1e4`` to ``of_1e7`` with ``.specifications``, ``.us`` (one specification) and ``.seconds`` (all of them);
    ``growth_pct`` (of one specification from the first to the last); ``pyfixest.ms``, ``pyfixest.times_slower`` and
    ``pyfixest.hours`` (of the declared specifications, one after the other).

    Parameters
    ----------
    bench : the record of `make bench`.
    n_specs : the number of declared specifications.
    """
    wanted = [f"{_of(power)}.ours.median_ms" for power in _POWERS]
    wanted += [f"{_ONE}.median_ms", f"{_ONE}.times_slower"]
    if bench is None or not set(wanted) <= set(bench.values):
        return None
    *curve, one, times = (float(bench.values[key].value or 0) for key in wanted)
    values: dict[str, Value] = {}
    for power, cost in zip(_POWERS, curve, strict=True):
        values |= {
            f"of_1e{power}.specifications": Value(10**power, digits=0),
            f"of_1e{power}.us": Value(1000 * cost, "µs", 2),
            f"of_1e{power}.seconds": Value(10**power * cost / 1000, "s", 2),
        }
    values |= {
        "growth_pct": Value(100 * (curve[-1] / curve[0] - 1), "%", 0),
        "pyfixest.ms": Value(one, "ms", 1),
        "pyfixest.times_slower": Value(times, digits=0),
        "pyfixest.hours": Value(n_specs * one / 3.6e6, "h", 1),
    }
    return Result(COST_ID, values, bench.inputs)


def cost_blocks(cost: Result | None) -> tuple[Block, ...]:
    """Return the paragraph and the table of costs, or how the record is made."""
    if cost is None:
        return (Paragraph("causal.cost.absent"),)
    keys = ("specifications", "us", "seconds")
    columns = tuple(Column(key, f"causal.column.cost.{key}", "right") for key in keys)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        tuple(NumberRef(f"{COST_ID}.of_1e{power}.{key}") for key in keys) for power in _POWERS
    )
    return Paragraph("causal.cost.text"), TableBlock(COST_ID, "causal.cost.caption", columns, rows)


def permutation_result(recorded: Result | None) -> Result | None:
    """Return ``causal.permutation``, or None where the study has not been run.

    Keys are those of the record (`benchmarks/permutation_study.py`) with ``size.<statistic>_error_pct`` (the Monte
    Carlo error of a rejection rate), ``tests`` (number of p-values), ``least.p``, ``least.driver`` and
    ``least.bonferroni`` (the smallest p-value, whose it is, and what it is among so many).

    Parameters
    ----------
    recorded : the record of `make calibrate PART=permutation`.
    """
    sizes = [f"size.{statistic}_pct" for statistic in STATISTICS]
    if recorded is None or not {"level_pct", "critical", *sizes} <= set(recorded.values):
        return None
    values = dict(recorded.values)
    for statistic in STATISTICS:
        values[f"size.{statistic}_error_pct"] = Value(recorded.values[f"size.{statistic}_pct"].mc_error, "%", 1)
    p = {key: float(value.value or 0) for key, value in values.items() if key.partition(".")[2].startswith("p_")}
    least = min(p, key=lambda key: p[key])
    values |= {
        "tests": Value(len(p), digits=0),
        "least.p": Value(p[least], "", 3),
        "least.driver": Value(least.partition(".")[0]),
        "least.bonferroni": Value(min(1.0, len(p) * p[least]), "", 3),
    }
    return Result(PERMUTATION_ID, values, recorded.inputs)


def permutation_blocks(found: Result | None, drivers: Sequence[str]) -> tuple[Block, ...]:
    """Return the paragraphs and tables of the joint permutation of drivers, or how the record is made."""
    if found is None:
        return (Paragraph("causal.permutation.absent"),)
    keys = ["n_specs", "n_moved", "n_kept", *(key for one in STATISTICS for key in (_BESIDE[one], f"p_{one}"))]
    columns = (
        Column("driver", "causal.column.driver", width=2.2),
        *(Column(key, f"causal.column.permutation.{key}", "right") for key in keys),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (LabelRef(driver), *(NumberRef(f"{PERMUTATION_ID}.{driver}.{key}") for key in keys))
        for driver in drivers
        if f"{driver}.n_moved" in found.values
    )
    bonferroni, level = (float(found.values[key].value or 0) for key in ("least.bonferroni", "level_pct"))
    return (
        Paragraph("causal.permutation.text"),
        TableBlock(PERMUTATION_ID, "causal.permutation.caption", columns, rows),
        Paragraph(f"causal.permutation.{'some' if 100 * bonferroni <= level else 'none'}"),
        _size(),
    )


def _size() -> TableBlock:
    columns = (
        Column("statistic", "causal.column.statistic", width=2.2),
        Column("size", "causal.column.size", "right"),
        Column("error", "causal.column.size_error", "right"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            TextRef(f"causal.statistic.{one}"),
            NumberRef(f"{PERMUTATION_ID}.size.{one}_pct"),
            NumberRef(f"{PERMUTATION_ID}.size.{one}_error_pct"),
        )
        for one in STATISTICS
    )
    return TableBlock(f"{PERMUTATION_ID}.size", "causal.permutation.size_caption", columns, rows)


def _of(power: int) -> str:
    return f"multiverse.of_1e{power}"
