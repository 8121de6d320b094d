"""How fast is it beside its peers? The table of ratios that ``make bench`` left, with what each of them times."""

from __future__ import annotations

from collections.abc import Iterable

from regional_econ._base.errors import UnknownNameError
from regional_econ.core.results import VERBATIM, Result, Value
from regional_econ.core.section import Cell, Column, NumberRef, Paragraph, Section, TableBlock, TextRef, Verbatim

RESULT_ID, RECORD, OURS = "speed", "bench.json", "ours"
GROUPS = (
    "panel.reference", "panel.square", "panel.1000x1000", "panel.50000x20", "panel.gmm", "panel.cce", "panel.sdm",
    "panel.bootstrap", "panel.permutation", "multiverse.specification", "multiverse.million",
    "forecast.effective_draw", "policy.scenario", "policy.one_draw", "policy.stream", "policy.rank", "policy.build",
)  # fmt: skip
NAMES = {
    "linearmodels": "linearmodels", "linearmodels_formula": "linearmodels (formula)", "pyfixest": "pyfixest",
    "pyfixest_one_thread": "pyfixest (1 thread)", "plm": "plm (R)", "spatialreg": "spatialreg (R)", "spreg": "spreg",
    "pymc": "PyMC NUTS", "nutpie": "nutpie", "numpyro": "numpyro NUTS", "pysd": "PySD",
    "ours_one_draw": "regional_econ",
}  # fmt: skip


def result(bench: Result | None) -> Result | None:
    """Return the times and ratios of a record by group and peer, None where there is no record.

    Keys: ``<group>.<peer>.time`` (its median, ms), ``.ours`` (ours beside it), ``.times`` (their ratio) and
    ``.version`` of the peer; ``<group>.ours.time`` where no peer stood beside us.

    Parameters
    ----------
    bench : the record of ``make bench``, medians in ms.

    Raises
    ------
    UnknownNameError : a peer that the page has no name for.
    """
    if bench is None:
        return None
    values: dict[str, Value] = {}
    unknown = next((peer for peers in _groups(bench).values() for peer in peers if peer not in NAMES), None)
    if unknown:
        raise UnknownNameError.of("peer", unknown, NAMES, where=RECORD)
    for group, peers in _groups(bench).items():
        ours = _number(bench, f"{group}.{OURS}.median_ms")
        if not peers:
            values[f"{group}.{OURS}.time"] = _time(ours)
        for peer in peers:
            theirs = _number(bench, f"{group}.{peer}.median_ms")
            values[f"{group}.{peer}.time"], values[f"{group}.{peer}.ours"] = _time(theirs), _time(ours)
            values[f"{group}.{peer}.times"] = Value(theirs / ours, digits=1 if theirs < 100 * ours else 0)
            version = bench.values.get(f"version.{peer}")
            if version is not None:
                values[f"{group}.{peer}.version"] = Value(version.value, VERBATIM)
    return Result(RESULT_ID, values, bench.inputs)


def section(found: Result | None) -> Section:
    """Return the chapter: the table of ratios, or how the record is made."""
    if found is None:
        return Section(RESULT_ID, f"{RESULT_ID}.title", (Paragraph(f"{RESULT_ID}.absent"),))
    columns = (
        Column("work", f"{RESULT_ID}.column.work", width=3.2),
        Column("peer", f"{RESULT_ID}.column.peer", width=1.4),
        *(Column(name, f"{RESULT_ID}.column.{name}", "right") for name in ("time", "ours", "times")),
    )
    rows = tuple(_row(found, key) for key in _keys(found))
    table = TableBlock(f"{RESULT_ID}.table", f"{RESULT_ID}.caption", columns, rows)
    texts = (Paragraph(f"{RESULT_ID}.text"), table, Paragraph(f"{RESULT_ID}.reading"))
    return Section(RESULT_ID, f"{RESULT_ID}.title", texts)


def _row(found: Result, key: str) -> tuple[Cell, ...]:
    group, _, peer = key.rpartition(".")
    own, none = f"{RESULT_ID}.{key}", Verbatim("–")
    work = TextRef(f"{RESULT_ID}.work.{group}")
    if peer == OURS:
        return (work, none, none, NumberRef(f"{own}.time"), none)
    version = f"{key}.version" in found.values
    name: Cell = NumberRef(f"{own}.version", f"{NAMES[peer]} {{}}") if version else Verbatim(NAMES[peer])
    return (work, name, NumberRef(f"{own}.time"), NumberRef(f"{own}.ours"), NumberRef(f"{own}.times"))


def _keys(found: Result) -> Iterable[str]:
    keys = [key.removesuffix(".time") for key in found.values if key.endswith(".time")]
    return sorted(keys, key=lambda key: (GROUPS.index(key.rpartition(".")[0]), tuple(NAMES).index(_name(key))))


def _name(key: str) -> str:
    peer = key.rpartition(".")[2]
    return "ours_one_draw" if peer == OURS else peer


def _groups(bench: Result) -> dict[str, list[str]]:
    pairs = [key.removesuffix(".median_ms").rpartition(".") for key in bench.values if key.endswith(".median_ms")]
    return {group: [peer for of, _, peer in pairs if of == group and peer != OURS] for group in GROUPS if any(
        of == group and peer == OURS for of, _, peer in pairs
    )}  # fmt: skip


def _number(bench: Result, key: str) -> float:
    return float(bench.values[key].value or 0.0)


def _time(ms: float) -> Value:
    return Value(ms, "ms", 0 if ms >= 100 else 1 if ms >= 10 else 2 if ms >= 1 else 4)
