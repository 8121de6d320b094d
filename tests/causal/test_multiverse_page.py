"""The page says what the records and the declaration hold, and how a record is made where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from regional_econ._base.errors import StoreError
from regional_econ._base.files import read_json
from regional_econ.causal.declaration import Multiverse
from regional_econ.causal.pages import declared as page
from regional_econ.causal.pages.records import (
    Recorded,
    cost_blocks,
    cost_result,
    permutation_blocks,
    permutation_result,
)
from regional_econ.core.results import Result, Value
from regional_econ.core.section import Bilingual, LabelRef, NumberRef, Paragraph, Stack, TableBlock, TextRef

N_SPECS = 310_528


@pytest.fixture(scope="module")
def bench(root: Path) -> Result:
    return Result.from_dict(read_json(root / "reports" / "record" / "bench.json"))


def test_costs_are_those_of_the_record(bench: Result) -> None:
    found = cost_result(bench, N_SPECS)
    assert found is not None
    assert found.inputs == bench.inputs
    one = {power: float(bench.values[f"multiverse.of_1e{power}.ours.median_ms"].value or 0) for power in (4, 5, 6, 7)}
    for power, ms in one.items():
        assert found.values[f"of_1e{power}.us"] == Value(1000 * ms, "µs", 2)
        assert found.values[f"of_1e{power}.seconds"].value == pytest.approx(10**power * ms / 1000)
        assert found.values[f"of_1e{power}.specifications"].value == 10**power
    assert found.values["growth_pct"].value == pytest.approx(100 * (one[7] - one[4]) / one[4])
    peer = bench.values["multiverse.specification.pyfixest.median_ms"].value
    assert found.values["pyfixest.hours"].value == pytest.approx(N_SPECS * float(peer or 0) / 3_600_000)
    table = cost_blocks(found)[1]
    assert isinstance(table, TableBlock)
    shown = {cell.id for row in table.rows for cell in row if isinstance(cell, NumberRef)}
    assert shown <= {f"causal.cost.{key}" for key in found.values}
    assert len(shown) == 12


def test_a_bench_without_the_multiverse_counts_as_none(bench: Result) -> None:
    poorer = {key: value for key, value in bench.values.items() if key != "multiverse.of_1e7.ours.median_ms"}
    assert cost_result(Result("bench", poorer), N_SPECS) is None
    assert cost_blocks(None) == (Paragraph("causal.cost.absent"),)


def test_the_smallest_p_value_is_named_and_corrected(permutation: Result, declared: Multiverse) -> None:
    found = permutation_result(permutation)
    assert found is not None
    assert found.inputs == permutation.inputs
    assert found.values["tests"].value == 12
    assert found.values["least.p"].value == 0.004
    assert found.values["least.driver"].value == "researchers_per_10k_employed"
    assert found.values["least.bonferroni"].value == pytest.approx(0.048)
    errors = [found.values[f"size.{name}_error_pct"].value for name in ("median", "clear", "largest")]
    assert errors == pytest.approx([1.4, 1.5, 1.6])
    drivers = tuple(declared.drivers)
    blocks = permutation_blocks(found, drivers)
    assert Paragraph("causal.permutation.some") in blocks
    main, size = (block for block in blocks if isinstance(block, TableBlock))
    assert [row[0] for row in main.rows] == [LabelRef(driver) for driver in drivers]
    assert len(size.rows) == 3
    shown = {cell.id for row in (*main.rows, *size.rows) for cell in row if isinstance(cell, NumberRef)}
    assert shown <= {f"{found.id}.{key}" for key in found.values}
    assert len(shown) == 4 * 9 + 3 * 2


def test_a_null_is_written_as_a_null(permutation: Result, declared: Multiverse) -> None:
    dull = {**permutation.values, "researchers_per_10k_employed.p_largest": Value(0.005, "", 3)}
    found = permutation_result(Result(permutation.id, dull))
    assert Paragraph("causal.permutation.none") in permutation_blocks(found, tuple(declared.drivers))


def test_a_study_that_was_not_run_is_said(tmp_path: Path, permutation: Result) -> None:
    recorded = Recorded.read(tmp_path, N_SPECS)
    assert recorded.results() == ()
    assert recorded.blocks(("wear_pct",)) == (Paragraph("causal.permutation.absent"), Paragraph("causal.cost.absent"))
    older = {key: value for key, value in permutation.values.items() if key != "critical"}
    assert permutation_result(Result(permutation.id, older)) is None


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text('{"id": "bench"}', encoding="utf-8")
    with pytest.raises(StoreError, match=r"damaged record \(.*bench.json\)"):
        Recorded.read(tmp_path, N_SPECS)


def test_every_reason_of_the_declaration_is_listed(declared: Multiverse) -> None:
    options, terms, limits, exclusions = (block for block in page.blocks(declared) if isinstance(block, TableBlock))
    said = {(cell.ru, cell.en) for row in options.rows for cell in row if isinstance(cell, Bilingual)}
    assert said == {(reason.ru, reason.en) for reason in declared.reasons.values()}
    assert len(options.rows) == len(declared.reasons) == 24
    assert len(terms.rows) == sum(len(one.measures) + len(one.covariates) for one in declared.drivers.values())
    assert len(exclusions.rows) == len(declared.exclusions)
    cce = next(row for row in limits.rows if row[0] == TextRef("causal.effects.cce"))
    assert cce[1] == Stack((TextRef("causal.era.oslo3"), TextRef("causal.weight.none")))
    assert cce[2] == NumberRef("causal.multiverse.max_covariates.cce")
    assert page.values(declared) == {"max_covariates.cce": Value(3, digits=0)}
