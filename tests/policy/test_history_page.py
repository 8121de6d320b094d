"""The page of the model's record names only what exists, in both languages, and its answers follow the numbers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from marked import leaves
from scipy import stats

from regional_econ._base.errors import DataError
from regional_econ._base.location import data_dir
from regional_econ._base.options import QUANTILES_21
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.section import NumberRef, Section, TableBlock
from regional_econ.core.variable import Break, Variable
from regional_econ.elasticities.declared import load_assumptions
from regional_econ.policy.model.priors import load_priors
from regional_econ.policy.record import history_numbers, history_page
from regional_econ.policy.record.moves import from_logit, to_logit
from regional_econ.policy.record.paired import QUANTILE_COLUMNS
from regional_econ.policy.record.scoring import BlockMean, Critical
from regional_econ.policy.record.track_record import TrackRecord, origins_of, track_record
from regional_econ.report.document import document
from regional_econ.report.words import Words

YEARS, REGIONS = tuple(range(2000, 2023)), tuple(f"RU-R{i:02d}" for i in range(14))
DRIVERS = ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "wear_pct")
OUTCOME, ORIGINS = "innovation_activity_pct", (2012, 2014, 2019)
BREAKS = {"innovation_activity_pct": (2017, 2019), "wear_pct": (2017, 2022), "wear_all_pct": (2019,),
          "fixed_assets_mln_rub": (2019,), "fixed_assets_residual_mln_rub": (2019,)}  # fmt: skip


def world() -> Panel:
    rng = np.random.default_rng(1)
    shape = (len(REGIONS), len(YEARS))

    def walk(sd: float) -> np.ndarray:
        return rng.normal(0.0, sd, shape).cumsum(axis=1)

    outcome = 8.0 * np.exp(walk(0.1))
    columns = {
        OUTCOME: outcome, "innovation_activity_oslo3_pct": 0.7 * outcome,
        "rd_grp_pct": 0.3 * np.exp(walk(0.1)), "researchers_per_10k_employed": 8.0 * np.exp(walk(0.1)),
        "investment_grp_pct": 20.0 * np.exp(walk(0.1)), "wear_pct": 50.0 + walk(1.0), "wear_all_pct": 45.0 + walk(1.0),
        "fixed_assets_mln_rub": 1e6 * np.exp(walk(0.05)), "fixed_assets_residual_mln_rub": 6e5 * np.exp(walk(0.05)),
        "assets_commissioned_mln_rub": 1e5 * np.exp(walk(0.05)), "researchers": 900.0 * np.exp(walk(0.1)),
        "rd_mln_rub": 1500.0 * np.exp(walk(0.1)), "wage_rub": 3e4 * np.exp(walk(0.01)),
    }  # fmt: skip
    index = pd.MultiIndex.from_product([REGIONS, YEARS], names=["region", "year"])
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)
    label, note = Text("показатель", "indicator"), Text("метод", "method")
    variables = {
        name: Variable(name, "%", label, label, breaks=tuple(Break(y, "method", note) for y in BREAKS.get(name, ())))
        for name in frame
    }
    return Panel(frame, variables, {r: Region(r, Text("область", "region"), "region") for r in REGIONS}, "made up")


def kept(panel: Panel) -> pd.DataFrame:
    rows = [(r, o, o + h) for o in ORIGINS for h in (1, 2) for r in REGIONS]
    table = pd.DataFrame(rows, columns=["region", "origin", "target_year"]).assign(variable=OUTCOME)
    table["observed"] = [panel.value(r, OUTCOME, year) for r, _, year in rows]
    start = to_logit(np.array([panel.value(r, OUTCOME, origin) for r, origin, _ in rows]))
    for name, level in zip(QUANTILE_COLUMNS, QUANTILES_21, strict=True):
        table[name] = from_logit(start + 0.15 * stats.norm.ppf(level))
    return table


def of_world(focal: str = REGIONS[0]) -> TrackRecord:
    """The record with what is declared alone: no design has a say."""
    panel = world()
    nothing = (pd.DataFrame(columns=list(DRIVERS), dtype=float), pd.DataFrame())
    return track_record(
        panel, kept(panel), [dict.fromkeys(ORIGINS, nothing)] * 2, load_assumptions(), load_priors(), drivers=DRIVERS,
        outcome_id=OUTCOME, focal=focal, starts=(2012, 2014), end=2022, seed=1, placebos=49,
    )  # fmt: skip


@pytest.fixture(scope="module")
def record() -> TrackRecord:
    return of_world()


def test_every_stock_and_the_outcome_are_replayed(record: TrackRecord) -> None:
    assert [one.id for one in record.replays] == [
        OUTCOME, "wear_pct", "wear_all_pct", "fixed_assets_residual_mln_rub", "fixed_assets_mln_rub", "researchers",
    ]  # fmt: skip
    assert {one.id: one.breaks for one in record.replays} == {**BREAKS, "researchers": ()}
    assert all(one.years == tuple(range(2013, 2023)) for one in record.replays)
    assert origins_of(kept(world()), OUTCOME) == ORIGINS


def test_numbers_are_those_of_the_replays_and_doubt_stands_beside_them(record: TrackRecord) -> None:
    written = {result.id: result.values for result in history_numbers.results(record, inputs={"panel": "0"})}
    own, table = written["policy.history.researchers"], record.replays[-1].errors()
    model = table[table["forecaster"] == "model"]
    assert own["regions.mae.model"].value == pytest.approx(model["error"].abs().mean())
    parts = [own[f"focal.theil.{part}"].value for part in ("bias", "variance", "covariance")]
    assert sum(float(str(part)) for part in parts) == pytest.approx(1.0, abs=1e-9)
    assert own["block.2017.wis.naive"].value == pytest.approx(
        table[(table["forecaster"] == "naive") & table["year"].isin([2017, 2018])]["wis"].mean()
    )
    for first, years in ((2017, [2017, 2018]), (2022, [2022])):
        for key in ("wis", "error"):
            cells = model[model["year"].isin(years)].pivot(index="region", columns="year", values=key)
            by = [cells.mean(axis=axis) for axis in (0, 1)]  # complete, so that means of means are the mean
            errors = [float(one.std(ddof=1) / np.sqrt(len(one))) for one in by if len(one) > 1]
            assert own[f"block.{first}.{key}.model.std_error"].value == pytest.approx(max(errors), rel=1e-9)
    power = written["policy.history.power"]
    assert power["all.placebo_share"].mc_error is not None
    assert power["all.gain"].mc_error == 0.0, "two equal sets of designs"
    assert power["n_cells"].value == len(REGIONS) * len(ORIGINS) * 2
    assert written["policy.history.effects"]["n"].value == len(ORIGINS)
    assert list(record.horizons) == [1, 2]
    whole = sum(float(str(power[f"horizon.{h}.gain"].value)) for h in (1, 2)) / 2.0
    assert power["all.gain"].value == pytest.approx(whole), "as many cells one year ahead as two"
    later = record.starts[2014][-1].errors()
    score = later[later["forecaster"] == "model"]["wis"].mean()
    assert written["policy.history.starts"]["2014.researchers.wis.model"].value == pytest.approx(score)
    assert record.starts[2014][-1].years == tuple(range(2015, 2023))
    assert json.dumps(
        {key: value.value for values in written.values() for key, value in values.items()}, allow_nan=False
    )


def test_the_figures_hold_paths_from_the_start_and_all_gains(record: TrackRecord) -> None:
    paths, gains = history_page.paths_data(record), history_page.gains_data(record)
    one = paths[paths["panel"] == "policy_history.name.researchers"]
    assert set(one["series"]) == {"model", "observed", "naive"}
    first = one[one["year"] == 2012]
    assert first["value"].nunique() == 1
    assert first["value"].iloc[0] == pytest.approx(world().value(REGIONS[0], "researchers", 2012))
    seen = one[(one["series"] == "observed") & (one["year"] == 2020)]["value"].iloc[0]
    assert seen == pytest.approx(world().value(REGIONS[0], "researchers", 2020))
    assets = paths[paths["panel"] == "policy_history.name.fixed_assets_mln_rub"]
    assert assets["value"].between(0.1, 10.0).all(), "trillion roubles"
    assert list(gains["model"]) == ["all", "beside_others", *DRIVERS, "certain", "at_once", "held"]
    assert (gains["conf_low95"] <= gains["conf_low80"]).all()


def test_the_answer_follows_the_numbers_and_knows_what_it_could_have_found(record: TrackRecord) -> None:
    main = record.variants[0].comparison
    # Half of the interval is .1 and what is found in four cases of five .14: .12 lies between and is not called seen.
    critical = Critical(1.2, 2.0, 2.8)
    for value, promised, word in (
        (0.2, 0.2, "better"), (-0.2, 0.2, "worse"), (0.0, 0.2, "none"), (0.0, 0.12, "unseen"), (0.0, 0.05, "unseen"),
    ):  # fmt: skip
        found = replace(main, gain=BlockMean(value, 0.05, 100, critical), promised=promised)
        assert history_numbers.reading(found) == word
        variants = (replace(record.variants[0], comparison=found), *record.variants[1:])
        texts = {getattr(b, "text", "") for b in history_page.section(replace(record, variants=variants)).blocks}
        assert f"policy_history.told.{word}" in texts


# A description, a difference of which the gain beside it has the interval, a count, or a mean of one region's course.
DESCRIBED = re.compile(
    r"policy\.history\."
    r"(\w+\.(theil|focal|regions\.theil|term)\..*|power\..*\.(n|unconditional|conditional|promised|detectable))"
)


def test_every_number_of_the_tables_has_its_doubt(record: TrackRecord) -> None:
    numbers = {f"{r.id}.{key}" for r in history_numbers.results(record, inputs={"panel": "0"}) for key in r.values}
    seen = 0
    for block in history_page.section(record).blocks:
        for row in block.rows if isinstance(block, TableBlock) else ():
            for cell in row:
                own = {leaf.id for leaf in leaves([cell]) if isinstance(leaf, NumberRef)}
                assert own <= numbers
                for one in own:
                    ends = any({f"{one}{mark}low", f"{one}{mark}high"} <= own for mark in "._")
                    stem, _, kind = one.rpartition(".")
                    doubted = ends or f"{one}.std_error" in own or f"{one}.error" in own or f"{stem}.sd" in own
                    part = kind in ("std_error", "error", "sd") or kind.rpartition("_")[2] in ("low", "high")
                    assert doubted or part or DESCRIBED.fullmatch(one), f"{block.id}: {one} stands alone"
                    if f"{stem}.sd" in own:
                        assert f"{stem}.prior_share" in own
                    seen += doubted
    assert seen > 80
    assert "policy_history.marks" in {getattr(block, "text", "") for block in history_page.section(record).blocks}


def test_no_table_is_wider_than_the_text(record: TrackRecord) -> None:
    for block in history_page.section(record).blocks:
        assert not isinstance(block, TableBlock) or len(block.columns) <= 8, block.id


def test_one_course_of_history_brings_no_verdict(record: TrackRecord) -> None:
    texts = [getattr(b, "text", "") for b in history_page.section(record).blocks]
    assert [text for text in texts if "replayed" in text] == ["policy_history.replayed"]
    told = Catalogue.load([data_dir() / "texts" / "policy_history.yml"]).texts["policy_history.replayed"]
    assert ".low" not in told.en
    assert "described, not tested" in told.en


def test_theils_parts_stand_beside_the_error_that_they_add_up_to(record: TrackRecord) -> None:
    own = {result.id: result.values for result in history_numbers.results(record, inputs={"panel": "0"})}
    values, replay = own[f"policy.history.{OUTCOME}"], record.replays[0]
    predicted, observed, known = replay.changes("model")
    error = float(np.mean((predicted - observed)[known] ** 2))
    assert float(str(values["regions.theil.root"].value)) == pytest.approx(100.0 * np.sqrt(error))
    bias = float((predicted[known].mean() - observed[known].mean()) ** 2) / error
    assert values["regions.theil.bias"].value == pytest.approx(bias)


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_renders_from_its_file(lang: Lang, record: TrackRecord, tmp_path: Path) -> None:
    names = ("policy_history.yml", "report.yml", "charts.yml", "data.yml")
    catalogue = Catalogue.load([data_dir() / "texts" / name for name in names])
    front = {f"front.{part}": Text("часть", "part") for part in ("title", "subtitle", "answer")}
    found = history_numbers.results(record, inputs={"panel": "0"})
    numbers = {f"{one.id}.{key}": value for one in found for key, value in one.values.items()}
    labels = {name: variable.label for name, variable in world().variables.items()}
    regions = {region: Text("область", "region") for region in REGIONS}
    words = Words(
        lang, Catalogue({**catalogue.texts, **front}, catalogue.plurals), numbers, labels, regions, REGIONS[0]
    )
    history_page.section(record).write(tmp_path / "page.json")
    rendered = document([Section.read(tmp_path / "page.json")], words, front="front")
    assert [chapter.id for chapter in rendered.chapters] == [history_page.SECTION_ID]
    for key in catalogue.texts:
        if key.startswith(("policy_history", "report.card.policy_history")):
            shown = words.text(key)
            assert "{" not in shown
            if not key.startswith("policy_history.column.wis"):
                assert bool(re.search("[А-я]", shown)) == (lang == "ru"), key


def test_a_focal_region_without_figures_is_refused() -> None:
    with pytest.raises(DataError, match="no figures of RU-ZZZ"):
        of_world(focal="RU-ZZZ")
