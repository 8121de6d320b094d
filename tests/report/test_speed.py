"""The chapter on speed says what `make bench` measured: every group, every peer, the right ratio."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from regional_econ._base.files import read_json
from regional_econ.core.record import read_record
from regional_econ.core.results import Result, Value
from regional_econ.core.section import NumberRef, TableBlock, TextRef
from regional_econ.report.speed import GROUPS, NAMES, result, section


def bench(**medians: float) -> Result:
    values = {f"{key.replace('__', '.')}.median_ms": Value(ms, "ms") for key, ms in medians.items()}
    return Result("bench", {**values, "version.pyfixest": Value("0.60.0")})


def rows(found: Result) -> list[tuple[object, ...]]:
    (table,) = (block for block in section(found).blocks if isinstance(block, TableBlock))
    return list(table.rows)


def test_times_and_ratios_are_those_of_the_record() -> None:
    found = result(bench(panel__reference__ours=2.0, panel__reference__pyfixest=25.0, policy__rank__ours=6200.0))
    assert found is not None
    shown = {key: (value.value, value.unit) for key, value in found.values.items()}
    assert shown == {
        "panel.reference.pyfixest.time": (25.0, "ms"),
        "panel.reference.pyfixest.ours": (2.0, "ms"),
        "panel.reference.pyfixest.times": (12.5, ""),
        "panel.reference.pyfixest.version": ("0.60.0", "verbatim"),
        "policy.rank.ours.time": (6200.0, "ms"),
    }
    first, second = rows(found)
    assert first[0] == TextRef("speed.work.panel.reference")
    assert first[1] == NumberRef("speed.panel.reference.pyfixest.version", "pyfixest {}")
    assert second[3] == NumberRef("speed.policy.rank.ours.time")


@pytest.mark.parametrize(("ms", "digits"), [(0.0021, 4), (0.9, 4), (1.0, 2), (12.3, 1), (2112.0, 0)])
def test_a_time_is_told_in_milliseconds(ms: float, digits: int) -> None:
    found = result(bench(policy__build__ours=ms))
    assert found is not None
    assert found.values["policy.build.ours.time"] == Value(ms, "ms", digits)


def test_without_a_record_the_page_says_how_one_is_made() -> None:
    assert result(None) is None
    assert [block.text for block in section(None).blocks] == ["speed.absent"]


def test_the_record_of_results_tells_the_times_of_the_record_of_benchmarks(root: Path) -> None:
    folder = root / "reports" / "record"
    told = result(Result.from_dict(read_json(folder / "bench.json")))
    assert told is not None
    recorded = read_record(folder / "kuzbass.full.json")["speed"].values
    assert dict(recorded) == dict(told.values)


def test_the_committed_record_has_every_group_that_it_holds_on_the_page(root: Path) -> None:
    record = Result.from_dict(read_json(root / "reports" / "record" / "bench.json"))
    found = result(record)
    assert found is not None
    held = {key.removesuffix(".ours.median_ms") for key in record.values if key.endswith(".ours.median_ms")}
    on_page = {key.rsplit(".", 2)[0] for key in found.values if key.endswith(".time")}
    assert on_page == {group for group in held if not group.startswith("multiverse.of_")}, "the cost curve has a page"
    peers = sum(key.endswith(".median_ms") and ".ours." not in key for key in record.values)
    assert len(rows(found)) == peers + sum(f"{group}.ours.time" in found.values for group in on_page)


def test_every_benchmark_and_every_peer_has_a_name(root: Path) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / "benchmarks").glob("bench_*.py")))
    groups = set(re.findall(r'benchmark\(group="([a-z_.]+)"', code))
    assert groups <= set(GROUPS), "a benchmark without its line on the page"
    listed = (ast.literal_eval(found) for found in re.findall(r'parametrize\("peer", (\[[^]]+\])\)', code))
    assert {peer for peers in listed for peer in peers} - {"ours"} <= set(NAMES)
