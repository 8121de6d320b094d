"""The page of tests of the series: unit roots, a common long run, breaks of slopes, and which goes first."""

from __future__ import annotations

from collections.abc import Iterator

from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    Stack,
    TableBlock,
    TextRef,
    Verbatim,
)
from regional_econ.panel.pages.parts import value
from regional_econ.panel.series_tests import ERAS, LAGS, NOMINAL, RHOS, SIZED, UNIT_ROOTS, SeriesTests

SECTION_ID, RESULT_ID = "panel_time_series", "panel.time_series"


def result(found: SeriesTests) -> Result:
    """The result ``panel.time_series``.

    Keys: ``<era>.first_year|last_year|n_years|lags|n_terms``; ``root.<era>.<term>.<test>.statistic|p_value|n_regions``,
    ``root.<era>.<test>.n_rejected|size`` (size of `SIZED` only); ``power.<era>.<rho>[.shifted]`` and ``rho.<rho>``;
    ``cointegration|break|granger.….statistic|p_value|n_regions``, ``break.….year|least_squares_year``; ``level``;
    ``focus.term``, ``outcome.term``.
    """
    values: dict[str, Value] = {
        "level": Value(NOMINAL, digits=2),
        "outcome.term": Value(found.terms[0]),
        "focus.term": Value(found.terms[1]),
    }
    for era, (first, last) in found.years.items():
        numbers = {"first_year": first, "last_year": last, "n_years": last - first + 1, "lags": LAGS[era],
                   "n_terms": len(found.terms)}  # fmt: skip
        values |= {f"{era}.{key}": Value(number, digits=0) for key, number in numbers.items()}
        for term, tests in found.unit_roots[era].items():
            for name, test in tests.items():
                values |= _test(f"root.{era}.{term}.{name}", test)
        for name in UNIT_ROOTS:
            count = sum(tests[name].p_value < NOMINAL for tests in found.unit_roots[era].values())
            values[f"root.{era}.{name}.n_rejected"] = Value(count, digits=0)
            size = found.sizes[era].get(name)
            error = None if size is None else (size * (1 - size) / found.n_panels) ** 0.5
            values[f"root.{era}.{name}.size"] = Value(size, unit="share", digits=2, mc_error=error)
    for row in found.power.to_dict("records"):
        key = f"power.{row['era']}.{row['rho']:g}{'.shifted' if row['shifted'] else ''}"
        values[key] = Value(float(row["share"]), unit="share", digits=2)
    values |= {f"rho.{rho:g}": Value(rho, digits=1) for rho in RHOS}
    for key, test in _others(found):
        values |= _test(key, test)
    for name, test in found.breaks.items():
        for key, detail in (("year", "break_year"), ("least_squares_year", "least_squares_year")):
            values[f"break.{name}.{key}"] = Value(int(test.details[detail]), digits=0)
        values[f"break.{name}.n_years"] = Value(int(test.details["n_candidates"]), digits=0)
    return Result(RESULT_ID, values, {"panel": found.panel_checksum})


def section(found: SeriesTests) -> Section:
    """Unit roots by span of years with what each test asks, the power of the last, then the other tests."""
    blocks: tuple[Block, ...] = (
        Paragraph("panel_time_series.intro"),
        _questions(),
        Paragraph("panel_time_series.roots"),
        *(_roots(found, era) for era in ERAS),
        Paragraph("panel_time_series.roots.reading"),
        Paragraph("panel_time_series.power"),
        _power(found),
        Paragraph("panel_time_series.others"),
        _other_tests(found),
        Paragraph("panel_time_series.reading"),
    )
    return Section(SECTION_ID, "panel_time_series.title", blocks)


def _test(key: str, test: HypothesisTest) -> dict[str, Value]:
    regions = test.details.get("n_regions", test.details.get("n_clusters"))
    return {
        f"{key}.statistic": value(test.statistic, 2),
        f"{key}.p_value": value(test.p_value, 3),
        f"{key}.n_regions": Value(None if regions is None else int(regions), digits=0),
    }


def _others(found: SeriesTests) -> Iterator[tuple[str, HypothesisTest]]:
    """The tests of the last table with their keys."""
    for span, tests in found.cointegration.items():
        for name, test in tests.items():
            yield f"cointegration.{span}.{name}", test
    for name, test in found.breaks.items():
        yield f"break.{name}", test
    for era, tests in found.granger.items():
        for name, test in tests.items():
            yield f"granger.{era}.{name}", test


def _questions() -> TableBlock:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        tuple(TextRef(f"panel_time_series.{part}.{name}") for part in ("test", "null", "caveat")) for name in UNIT_ROOTS
    )
    columns = (_column("test", "left", 1.4), _column("null", "left", 2.0), _column("caveat", "left", 3.4))
    return TableBlock(f"{RESULT_ID}.questions", "panel_time_series.questions.caption", columns, rows)


def _roots(found: SeriesTests, era: str) -> TableBlock:
    rows: list[tuple[Cell, ...]] = [
        (LabelRef(term), *(_statistic(f"{RESULT_ID}.root.{era}.{term}.{name}") for name in UNIT_ROOTS))
        for term in found.terms
    ]
    rows.append(
        (
            TextRef("panel_time_series.row.n_rejected"),
            *(NumberRef(f"{RESULT_ID}.root.{era}.{name}.n_rejected") for name in UNIT_ROOTS),
        )
    )
    rows.append(
        (
            TextRef("panel_time_series.row.size"),
            *(
                NumberRef(f"{RESULT_ID}.root.{era}.{name}.size") if name in SIZED else Verbatim("")
                for name in UNIT_ROOTS
            ),
        )
    )
    columns = (
        _column("term", "left", 2.4),
        *(Column(name, f"panel_time_series.test.{name}", "right") for name in UNIT_ROOTS),
    )
    return TableBlock(f"{RESULT_ID}.roots.{era}", f"panel_time_series.roots.{era}.caption", columns, tuple(rows))


def _statistic(key: str) -> Cell:
    return Stack((NumberRef(f"{key}.statistic"), NumberRef(f"{key}.p_value", "({})")))


def _power(found: SeriesTests) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    for era in ERAS:
        for shifted in sorted({bool(one) for one in found.power.loc[found.power["era"] == era, "shifted"]}):
            end = ".shifted" if shifted else ""
            rows.append(
                (
                    TextRef(f"panel_time_series.power.{era}{end}"),
                    *(NumberRef(f"{RESULT_ID}.power.{era}.{rho:g}{end}") for rho in RHOS),
                )
            )
    columns = (
        _column("panels", "left", 3.0),
        *(Column(f"rho_{rho:g}", f"panel_time_series.column.rho_{rho:g}", "right") for rho in RHOS),
    )
    return TableBlock(f"{RESULT_ID}.power", "panel_time_series.power.caption", columns, tuple(rows))


def _other_tests(found: SeriesTests) -> TableBlock:
    rows: list[tuple[Cell, ...]] = []
    for key, test in _others(found):
        kind, span, *rest = key.split(".")
        name = ".".join((kind, *(rest or [span])))
        outcome = "rejected" if test.p_value < NOMINAL else "not_rejected"
        years = "drivers" if kind == "cointegration" and span == "drivers" else "all" if kind == "break" else span
        rows.append(
            (
                TextRef(f"panel_time_series.other.{name}"),
                TextRef(f"panel_time_series.years.{years}"),
                TextRef(f"panel_time_series.other_null.{kind}"),
                *(NumberRef(f"{RESULT_ID}.{key}.{part}") for part in ("statistic", "p_value")),
                TextRef(f"panel_time_series.read.{kind}.{outcome}"),
            )
        )
    columns = (
        _column("test", "left", 2.4),
        _column("years", "left", 1.2),
        _column("null", "left", 2.0),
        _column("statistic"),
        _column("p_value"),
        _column("reading", "left", 2.0),
    )
    return TableBlock(f"{RESULT_ID}.others", "panel_time_series.others.caption", columns, tuple(rows))


def _column(key: str, align: str = "right", width: float = 1.0) -> Column:
    return Column(key, f"panel_time_series.column.{key}", "left" if align == "left" else "right", width)
