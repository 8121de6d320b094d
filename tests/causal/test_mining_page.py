"""The page of mining prices: each number is the frame's, both languages render, a claim on coal stays untested."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.causal.mining_price import MiningPrice, mining_price
from regional_econ.causal.pages import mining, mining_numbers
from regional_econ.core.panel import Panel
from regional_econ.core.results import Result
from regional_econ.core.section import Cell, FigureBlock, NumberRef, Paragraph, Section, Stack, TableBlock
from regional_econ.data.regions import load_regions
from regional_econ.data.tables import load_industries, load_national
from regional_econ.report.document import document
from regional_econ.report.words import Words

DRAWS = 49
SAME_IN_BOTH = ("column.ehw", "column.akm", "column.tf", "_p", "column.first_stage_f")


@pytest.fixture(scope="module")
def found(official: Panel) -> MiningPrice:
    return mining_price(official, load_national(), load_industries(), draws=DRAWS)


@pytest.fixture(scope="module")
def result(found: MiningPrice) -> Result:
    return mining_numbers.result(found)


@pytest.fixture(scope="module")
def section(found: MiningPrice) -> Section:
    return mining.section(found)


def _refs(cell: Cell) -> list[str]:
    if isinstance(cell, Stack):
        return [name for part in cell.cells for name in _refs(part)]
    return [cell.id] if isinstance(cell, NumberRef) else []


def _table(section: Section, name: str) -> TableBlock:
    return next(b for b in section.blocks if isinstance(b, TableBlock) and b.id == f"causal.mining.{name}")


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(lang: Lang, result: Result, section: Section, tmp_path: Path) -> None:
    names = ("causal_mining.yml", "report.yml", "charts.yml")
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in names])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    numbers = {f"{result.id}.{key}": value for key, value in result.values.items()}
    regions = {name: region.name for name, region in load_regions().items()}
    texts = Catalogue({**catalogue.texts, **front}, catalogue.plurals)
    words = Words(lang, texts, numbers, {}, regions, "RU-KEM")
    section.write(tmp_path / "section.json")
    rendered = document([Section.read(tmp_path / "section.json")], words, front="front")
    assert len(rendered.tables()) == 13
    assert all(len(table.heads) <= 5 for table in rendered.tables()), "a phone holds five columns"
    not_given = words.text("report.not_available")
    assert not any(not_given in line.text for t in rendered.tables() for row in t.rows for cell in row for line in cell)
    for key in catalogue.texts:
        if key.startswith("causal_mining."):
            shown = words.text(key)
            assert "{" not in shown
            assert bool(re.search("[А-я]", shown)) == (lang == "ru") or key.endswith(SAME_IN_BOTH), key
            assert not re.search("coal[- ](price )?effect|эффект[а-я]* (цены )?угля|угольн", shown.lower()), key


def test_numbers_are_those_of_the_frames(found: MiningPrice, result: Result) -> None:
    values = result.values
    for row in found.to_frame().to_dict("records"):
        key = f"{row['outcome']}.{row['window']}.{row['price']}.{row['specification']}.{row['lag']}"
        assert values[f"{key}.estimate"].value == row["estimate"]
        assert values[f"{key}.region"].value == row["region"]
        assert values[f"{key}.placebo.p_value"].value == row["placebo_p"]
        if ".index.plain." in key:
            assert values[f"{key}.fit.p_value"].value == row["placebo_fit_p"]
            assert [values[f"{key}.{name}"].value for name in ("ehw", "akm")] == [row["ehw"], row["akm"]]
    for row in found.balance_frame().to_dict("records"):
        assert values[f"balance.{row['outcome']}.{row['exposure']}.p_value"].value == row["p_value"]
    for row in found.instruments_frame().to_dict("records"):
        key = f"iv.{row['endogenous']}.{row['window']}.{row['lag']}"
        assert values[f"{key}.first_stage_f"].value == row["first_stage_f"]
        assert values[f"{key}.reduced_form.p_value"].value == row["reduced_form_placebo_p"]
    failed = found.balance_frame().query("p_value < 0.05")["exposure"].value_counts()
    assert {name: values[f"balance.n_failed.{name}"].value for name in failed.index} == failed.to_dict()
    assert values["draws"].value == DRAWS
    assert {"panel", "national.csv", "industries.csv.gz"} == set(result.inputs)


def test_cells_stand_in_the_row_and_column_of_what_they_are(section: Section) -> None:
    for block in section.blocks:
        if isinstance(block, TableBlock) and block.columns[0].key == "outcome":
            for row in block.rows:
                outcome = row[0].id.removeprefix("causal_mining.outcome.")  # type: ignore[union-attr]
                assert all(f".{outcome}." in name for cell in row[1:] for name in _refs(cell))
    errors = _table(section, "errors")
    keys = [column.key for column in errors.columns[1:4]]
    assert [_refs(cell)[0].rsplit(".", 1)[1] for cell in errors.rows[0][1:4]] == keys == ["ehw", "region", "akm"]
    windows = _table(section, "windows_1")
    for row in windows.rows:
        assert all(".index." in _refs(cell)[0] and ".1.estimate" in _refs(cell)[0] for cell in row[1:])
    assert [".to_2021." in _refs(cell)[0] for cell in windows.rows[0][1:]] == [False, True, False, True]
    assert [column.key.startswith("to_2021") for column in windows.columns[1:]] == [False, True, False, True]


def test_doubling_is_told_in_per_cent_of_the_focal_region(found: MiningPrice, result: Result) -> None:
    frame = found.to_frame().query("window == 'to_2022' and price == 'index' and lag == 0 and specification == 'plain'")
    frame = frame.set_index("outcome")
    shown = {y: result.values[f"{y}.to_2022.index.plain.0.doubling"].value for y in frame.index}
    factor = 2 ** (0.252 * frame.loc["grp_per_head", "estimate"])
    assert shown["grp_per_head"] == pytest.approx(100 * (factor - 1))
    points = 0.252 * math.log(2) * frame["estimate"]
    assert shown["innovation_activity_pct"] == pytest.approx(points["innovation_activity_pct"])
    assert shown["mining_revenue"] == pytest.approx(100 * points["mining_revenue"])


def test_counts_and_sentences_follow_the_estimates(found: MiningPrice, result: Result, section: Section) -> None:
    main = found.to_frame().query("price == 'index' and specification == 'plain'")
    assert result.values["n_main"].value == len(main) == 80
    assert result.values["n_found"].value == (main["placebo_p"] < 0.05).sum()
    variants = found.to_frame().drop(main.index)
    assert result.values["n_variants"].value == len(variants) == 120
    assert result.values["n_variants_found"].value == (variants["placebo_p"] < 0.05).sum()
    assert result.values["n_chance"].value == pytest.approx(4)
    powers = main[["placebo_power", "placebo_fit_power"]].dropna()
    for name, column in (("power", "placebo_power"), ("fit_power", "placebo_fit_power")):
        assert result.values[f"{name}_low"].value == powers[column].min()
        assert result.values[f"{name}_high"].value == powers[column].max()
    assert Paragraph("causal_mining.nulls") in section.blocks
    assert Paragraph("causal_mining.unbalanced") in section.blocks
    seen = tuple(replace(one, placebo_p=0.01) if one.outcome == "researchers" else one for one in found.effects)
    even = tuple(replace(one, p_value=0.5) for one in found.balance)
    other = mining.section(replace(found, effects=seen, balance=even)).blocks
    assert Paragraph("causal_mining.nulls") not in other
    assert Paragraph("causal_mining.balanced") in other
    assert Paragraph("causal_mining.unbalanced") not in other
    assert Paragraph("causal_mining.invested") not in other


@pytest.mark.parametrize(("estimate", "p", "told"), [(0.1, 0.01, True), (-0.1, 0.01, False), (0.1, 0.3, False)])
def test_earlier_investment_is_told_only_where_it_grew(
    found: MiningPrice, estimate: float, p: float, told: bool
) -> None:
    balance = tuple(
        replace(one, estimate=estimate, p_value=p) if one.outcome == "investment" else replace(one, p_value=0.01)
        for one in found.balance
    )
    blocks = mining.section(replace(found, balance=balance)).blocks
    assert Paragraph("causal_mining.unbalanced") in blocks
    assert (Paragraph("causal_mining.invested") in blocks) == told


def test_the_ratio_is_explained_by_its_denominator_only_where_it_stands_alone(found: MiningPrice) -> None:
    def with_p(ratio: float, spending: float, sign: float = -1.0) -> bool:
        p = {"rd_grp": ratio, "rd": spending}
        effects = tuple(
            replace(one, placebo_p=p.get(one.outcome, one.placebo_p), estimate=sign * abs(one.estimate))
            for one in found.effects
        )
        return Paragraph("causal_mining.denominator") in mining.section(replace(found, effects=effects)).blocks

    assert [with_p(0.01, 0.3), with_p(0.01, 0.01), with_p(0.3, 0.3)] == [True, False, False]
    assert not with_p(0.01, 0.3, sign=1.0), "a ratio that rises does not fall"


def test_figures_draw_prices_and_intervals(found: MiningPrice, section: Section) -> None:
    prices, coefficients = (block.data for block in section.blocks if isinstance(block, FigureBlock))
    wide = prices.pivot(index="year", columns="panel", values="value")
    assert (wide.loc[2009] == 1).all()
    assert np.log(wide.loc[2022, "coal"]) == pytest.approx(found.prices["coal"].diff().loc[2010:2022].sum())
    frame = found.to_frame().query("price == 'index' and specification == 'plain' and exposure == 'gva_2009'")
    assert len(coefficients) == len(frame) == 40
    p = frame.assign(
        term="causal_mining.outcome." + frame["outcome"], model=frame["window"] + "_" + frame["lag"].astype(str)
    )
    joined = pd.merge(coefficients, p, on=["term", "model"])
    outside = joined["conf_low95"] * joined["conf_high95"] > 0
    assert (joined.loc[outside, "placebo_p"] <= 0.05).all()
    assert 0 < outside.sum() < 40
    kept = {f"{one.outcome}.{one.window}_{one.lag}": one for one in mining_numbers.main_effects(found)}
    for row in coefficients.itertuples():
        one = kept[f"{row.term.removeprefix('causal_mining.outcome.')}.{row.model}"]
        for kept_effects, drawn in (
            (one.placebo_set, (row.conf_low95, row.conf_high95)),
            (one.placebo_set80, (row.conf_low80, row.conf_high80)),
        ):
            (low, high), far = kept_effects.hull, 10 * one.region
            assert drawn == (max(low, one.estimate - far), min(high, one.estimate + far))
    assert np.isfinite(coefficients[["conf_low80", "conf_high80", "conf_low95", "conf_high95"]]).all(axis=None)
    assert any(one.placebo_set.hull[0] < one.estimate - 10 * one.region for one in kept.values())


def test_claims_on_coal_are_named_as_not_tested(section: Section) -> None:
    assert [row[0].text for row in _table(section, "not_tested").rows] == ["C03", "C21"]  # type: ignore[union-attr]
