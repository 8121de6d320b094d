"""The page on dynamic estimators reads the record, says whose intervals are honest, or how the record is made."""

from __future__ import annotations

import math
import re
from pathlib import Path

import dynamic_study as study
import numpy as np
import pytest

from regional_econ._base.files import read_json
from regional_econ._base.location import data_dir
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.results import Result, Value
from regional_econ.core.section import FigureBlock, NumberRef, Paragraph, Section, Stack, TableBlock, TextRef
from regional_econ.panel.pages import dynamic_study as page
from regional_econ.report.document import document
from regional_econ.report.words import Words

MANY = dict.fromkeys(study.PANELS, 500)


@pytest.fixture(scope="module")
def record(root: Path) -> Result:
    return Result.from_dict(read_json(root / "reports" / "record" / "calibrate.dynamic.json"))


@pytest.fixture(scope="module")
def made() -> Result:
    """A record in which all is honest but three: one refused, one biased in ρ at .9, one unsure in β at .5."""
    values = dict(study.constants()) | {f"panels.{kind}": Value(n, digits=0) for kind, n in MANY.items()}
    for cell in study.CELLS:
        for name in study.TEXTS:
            key = f"{cell.key}.{name}"
            refused = name == "dynamic_cce"
            values[f"{key}.refused_pct"] = Value(100.0 * refused, "%", 0, 0.0)
            if refused:
                continue
            for quantity in ("whole",) if name == "static" else ("rho", "beta", "whole"):
                off = name == "hpj" and quantity == "rho" and cell.rho == 0.9
                near = name == "cce" and quantity == "beta" and cell.rho == 0.5
                truth = {"rho": cell.rho, "beta": 0.2 * (1 - cell.rho), "whole": 0.2}[quantity]
                coverage = 0.91 if near else 0.95
                one = study.Judged(
                    ((0.3 if off else 0.01) * truth, 1e-4), (0.1 * truth, 1e-4), (0.1, 0.001), (coverage, 0.006),
                    (0.5, 0.02), 1.0,
                )  # fmt: skip
                values |= study.shown(f"{key}.{quantity}", one, truth, 0.0)
    return Result("calibrate.dynamic", values, {"code": "c"})


def test_the_page_shows_all_that_the_study_judges() -> None:
    assert set(page.ESTIMATORS) == set(study.TEXTS)
    assert (page.WORLDS, page.LENGTHS) == (study.WORLDS, study.LENGTHS)
    assert tuple(f"r{round(10 * rho)}" for rho in study.PERSISTENCES) == page.PERSISTENCES


def test_masks_and_counts_follow_the_record(made: Result) -> None:
    assert page.mask(made, "plain", 11, "hpj", "rho") == "1110"
    assert page.mask(made, "plain", 11, "hpj", "beta") == "1111"
    assert page.mask(made, "factor", 4, "dynamic_cce", "beta") == page.REFUSED
    values = page.results(made)[0].values
    judged = len(study.TEXTS) - 1
    assert values["n_estimators"].value == judged, "static aims at another thing"
    assert values["n_whole"].value == judged + 1
    assert values["plain.T11.beta.n_honest"].value == judged - 1, "one is refused"
    assert values["plain.T11.both.n_honest"].value == judged - 2, "one is refused, one biased"
    assert values["plain.T11.whole.n_honest"].value == judged, "static is judged by the whole effect"
    cells, whole_cells = len(study.CELLS), len(study.CELLS) * len(page.WHOLE_LENGTHS) // len(page.LENGTHS)
    assert values["n_words"].value == cells * 2 * (judged - 1) + whole_cells * judged
    assert values["n_unsure"].value == cells / 4, "coverage of 91 with an error of .6 lies within two of 90"


def test_errors_are_shown_in_per_cent_of_the_truth(made: Result) -> None:
    values = page.results(made)[0].values
    shown = values["plain.T11.r5.hpj.beta.rmse_pct"]
    assert shown.value == pytest.approx(100.0), "a root mean square error of .1, an effect of .1"
    assert shown.mc_error == pytest.approx(1.0)
    assert values["plain.T11.r5.hpj.rho.rmse_pct"].value == pytest.approx(20.0)
    assert values["jackknife.rmse_pct.low"].value == pytest.approx(100 * 0.1 / 0.14)
    assert values["jackknife.rmse_pct.high"].value == pytest.approx(100 * 0.1 / 0.02)


def test_lsdvcs_shared_error_is_that_of_drawn_cells(made: Result, record: Result) -> None:
    """One standard error from n draws for all intervals: how the coverage of many intervals moves from cell to cell."""
    panels = int(float(record.values["panels.lsdvc"].value or 0))
    draws = np.random.default_rng(7).standard_normal((4000, panels))
    covered = [math.erf(1.96 * sd / math.sqrt(2)) for sd in draws.std(axis=1, ddof=1)]
    assert page.shared_error(record) == pytest.approx(100 * np.std(covered), rel=0.08)
    key = "plain.T16.r5.lsdvc.rho"
    values = dict(made.values) | {f"{key}.coverage_pct": Value(99.5, "%", 0, 0.5)}
    values["panels.lsdvc"] = Value(200, digits=0)
    near = Result(made.id, values, made.inputs)
    assert page.firm(near, "plain", 16, "r5", "lsdvc", "rho") is False
    assert page.unsure(near, "plain", 16, "lsdvc", "rho")
    others = Result(
        made.id, values | {f"{key.replace('lsdvc', 'hpj')}.coverage_pct": values[f"{key}.coverage_pct"]}, {}
    )
    assert page.firm(others, "plain", 16, "r5", "hpj", "rho") is True, "no error is shared"


def test_every_cell_has_its_word_and_figures_hold_every_cell(made: Result) -> None:
    blocks = page.section(made).blocks
    tables = [block for block in blocks if isinstance(block, TableBlock)]
    judged = len(study.TEXTS) - 1
    assert [len(table.rows) for table in tables] == [judged] * 4 + [judged + 1]
    row = tables[0].rows[page.JUDGED.index("hpj")]
    assert row[2] == Stack((TextRef(f"{page.TEXTS}.beta.1111"), TextRef(f"{page.TEXTS}.rho.1110")))
    assert tables[0].rows[page.JUDGED.index("dynamic_cce")][1] == TextRef(f"{page.TEXTS}.refused")
    marked = tables[0].rows[page.JUDGED.index("cce")][2]
    assert marked == Stack((TextRef(f"{page.TEXTS}.beta.1111.unsure"), TextRef(f"{page.TEXTS}.rho.1111")))
    exact = tables[2].rows[page.JUDGED.index("hpj")][2]
    keys = [f"{page.RESULT_ID}.{world}.T11.r5.hpj.beta.rmse_pct" for world in page.WORLDS]
    assert exact == Stack(tuple(NumberRef(key) for key in keys))
    assert tables[2].rows[page.JUDGED.index("dynamic_cce")][2] == TextRef(f"{page.TEXTS}.refused")
    whole = tables[4].rows[page.ESTIMATORS.index("static")]
    assert whole[1] == TextRef(f"{page.TEXTS}.whole.1111")
    assert len(whole) == 1 + len(page.WORLDS) * len(page.WHOLE_LENGTHS)
    figures = {block.id.rpartition("study.")[2]: block.data for block in blocks if isinstance(block, FigureBlock)}
    assert set(figures) == {"bias.plain", "bias.factor", "effect"}
    drawn = figures["bias.plain"].set_index(["panel", "series", "year"])["value"]
    assert drawn["hpj", "r9", 11] == pytest.approx(0.3 * 0.9)
    assert np.isnan(drawn["dynamic_cce", "r5", 24])
    assert len(figures["effect"]) == judged * 2 * 4


def test_without_a_record_the_page_says_how_to_make_it() -> None:
    assert page.results(None) == []
    assert page.section(None).blocks == (Paragraph("panel_dynamic_study.absent"),)


@pytest.mark.parametrize("which", ["made", "record", "absent"])
@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(lang: Lang, which: str, made: Result, record: Result, tmp_path: Path) -> None:
    found = {"made": made, "record": record, "absent": None}[which]
    names = ("panel_dynamic_study.yml", "report.yml", "charts.yml")
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in names])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    numbers = {f"{one.id}.{key}": value for one in page.results(found) for key, value in one.values.items()}
    words = Words(lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, {}, {})
    page.section(found).write(tmp_path / "page.json")
    rendered = document([Section.read(tmp_path / "page.json")], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == ["panel_dynamic_study"]
    if found is not None:
        shown = [words.text(key) for key in catalogue.texts if key.startswith("panel_dynamic_study.")]
        assert not [text for text in shown if "{" in text]
        assert bool(re.search("[А-я]", " ".join(shown))) == (lang == "ru")
    assert "make calibrate PART=dynamic" in words.text("panel_dynamic_study.absent")


def answering(record: Result) -> set[str]:
    """Estimators with a persistence and eleven years."""
    return {name for name in page.ESTIMATORS if f"factor.T11.r5.{name}.rho.bias_pct" in record.values}


def test_what_the_page_says_in_words_holds_in_the_record(record: Result) -> None:
    def number(key: str) -> float:
        return float(record.values[key].value or 0)

    def masks(name: str, world: str, years: int) -> tuple[str, str]:
        return page.mask(record, world, years, name, "beta"), page.mask(record, world, years, name, "rho")

    for name in ("gmm_diff", "gmm_system_x", "hpj"):
        assert masks(name, "plain", 11) == ("1111", "1111"), "honest with eleven years"
    assert masks("lsdvc", "plain", 11) == ("1111", "1110"), "where persistence is not near one"
    assert masks("within", "plain", 4)[0] == "1111"
    answered = {name for name in page.ESTIMATORS if page.mask(record, "plain", 4, name, "rho") != page.REFUSED}
    assert answered == {"static", "within", "interactive"}, "nearly all refuse with four years"
    for years in (11, 16):
        refused = page.mask(record, "factor", years, "dynamic_cce_jackknife", "beta")
        assert refused == page.REFUSED
    for name in page.ESTIMATORS:
        for years in page.LENGTHS:
            assert masks(name, "factor", years)[1] in ("0000", page.REFUSED), "persistence from no short series"
    low = {name: number(f"factor.T11.r5.{name}.rho.bias_pct") for name in page.ESTIMATORS if name in answering(record)}
    assert max(low["cce"], low["interactive"]) < min(low[name] for name in low if name not in ("cce", "interactive"))
    effect = {name: abs(number(f"factor.T11.r5.{name}.beta.bias_pct")) for name in low}
    assert min(effect, key=lambda name: effect[name]) == "cce", "nearer than others"
    assert 0 < page.mask(record, "factor", 11, "cce", "beta").count("1") < 4, "at some persistences only"
    assert abs(number("plain.T11.r5.gmm_system.beta.bias_pct")) > 30
    assert abs(number("plain.T24.r5.gmm_diff_all.rho.bias_pct")) > abs(number("plain.T11.r5.gmm_diff_all.rho.bias_pct"))
    assert 40 < -number("plain.T11.r5.gmm_system.beta.bias_pct") < 50, "nearly half, says the page of dynamics"
    assert number("plain.T11.r5.static.whole.bias_pct") < -20, "part of the effect comes later"
    assert number("factor.T11.r5.static.whole.bias_pct") > 10, "the common shock is credited to the driver"


def test_the_jackknife_of_dynamic_cce_passes_by_its_width_and_its_persistence_does_not(record: Result) -> None:
    def masks(quantity: str) -> str:
        return page.mask(record, "factor", 24, "dynamic_cce_jackknife", quantity)

    assert (masks("beta"), masks("rho")) == ("1111", "0000")
    shown = page.results(record)[0].values
    found = {
        key: float(shown[f"jackknife.{key}"].value or 0) for key in ("bias_pct.low", "rmse_pct.low", "power_pct.high")
    }
    assert found["bias_pct.low"] > float(record.values["rule.bias_pct"].value or 0)
    assert found["rmse_pct.low"] > 100, "an error above the truth"
    assert found["power_pct.high"] < 30, "says almost nothing"
    held = float(record.values["factor.T24.r5.dynamic_cce_jackknife.rho.coverage_pct"].value or 0)
    assert held < float(record.values["rule.coverage_low_pct"].value or 0)


def test_lsdvc_lacks_values_at_sixteen_years_by_coverage_just_above_the_limit(record: Result) -> None:
    lost = [rho for rho in ("r3", "r5", "r7") if record.values[f"plain.T16.{rho}.lsdvc.rho.usable"].value == 0]
    assert lost
    for rho in lost:
        held = float(record.values[f"plain.T16.{rho}.lsdvc.rho.coverage_pct"].value or 0)
        assert 98 < held < 100
        assert page.firm(record, "plain", 16, rho, "lsdvc", "rho") is False
    for years in (11, 24):
        assert page.mask(record, "plain", years, "lsdvc", "rho") == "1110"
