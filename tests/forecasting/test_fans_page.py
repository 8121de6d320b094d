"""Is the page of the forecasts whole? Frames, every text and number in both languages, tasks and the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import forecast_sample as sample
import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import DataError, UnknownNameError
from regional_econ._base.text import LANGS, Catalogue, Lang, Text
from regional_econ.cli.main import main
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.section import FigureBlock, Paragraph, Section, TableBlock, TextRef
from regional_econ.core.study import Study, load_study
from regional_econ.data.catalogue import load_variables
from regional_econ.data.load import load_panel
from regional_econ.data.regions import load_regions
from regional_econ.data.tables import load_national
from regional_econ.forecasting.choice import read_choice
from regional_econ.forecasting.drivers import DRIVERS
from regional_econ.forecasting.indicators import IDS, indicator
from regional_econ.forecasting.pages import fans
from regional_econ.forecasting.pages.fan_frames import actuals, breaks, fan_data, region_data
from regional_econ.forecasting.results import diagnostics_result, forecast_result
from regional_econ.report.build import load_catalogue
from regional_econ.report.document import Document, document
from regional_econ.report.drawings import Drawn
from regional_econ.report.words import Words

KUZBASS, OUTCOME = "RU-KEM", "innovation_activity_pct"
ORIGINS = (2010, 2014, 2019)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return load_panel()


@pytest.fixture(scope="module")
def study(root: Path) -> Study:
    return load_study(root / "analyses" / "study.toml")


@pytest.fixture(scope="module")
def forecast(panel: Panel) -> Forecast:
    return sample.made_up_forecast(panel, load_national(), n_draws=200)


@pytest.fixture(scope="module")
def shown(forecast: Forecast, panel: Panel, study: Study) -> fans.Shown:
    scores = sample.made_up_scores(panel, (KUZBASS,), origins=ORIGINS)
    return fans.gather(forecast, panel, load_national(), scores, study, read_choice())


@pytest.fixture(scope="module")
def read(shown: fans.Shown, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Lang], tuple[Document, Words]]:
    """The page in a language, after its section was written and read again."""
    path = tmp_path_factory.mktemp("section") / "forecast.json"
    fans.section(shown).write(path)
    made = [*fans.results(shown), diagnostics_result(shown.forecast)]
    made += [forecast_result(shown.forecast, shown.panel, shown.study, region) for region in shown.regions]
    numbers = {f"{result.id}.{key}": value for result in made for key, value in result.values.items()}
    known = load_catalogue()
    front = {f"front.{name}": Text("–", "–") for name in ("title", "subtitle", "answer")}
    labels = {name: variable.label for name, variable in load_variables().items()}
    regions = {name: region.name for name, region in load_regions().items()}

    def in_language(lang: Lang) -> tuple[Document, Words]:
        catalogue = Catalogue({**known.texts, **front}, known.plurals)
        words = Words(lang, catalogue, numbers, labels, regions, shown.study.focal_region, shown.study.outcome)
        return document([Section.read(path)], words, front="front"), words

    return in_language


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_and_number_of_the_page_is_there(read: Callable[[Lang], tuple[Document, Words]], lang: Lang) -> None:
    found, words = read(lang)
    kinds = [picture.kind for picture in found.pictures()]
    assert (kinds.count("fan"), kinds.count("earlier_fans")) == (12, 12)
    assert found.pictures()[0].id == f"forecast.fan_{OUTCOME}", "the cover and the start page show the first fan"
    gates = next(table for table in found.tables() if table.id == "forecast.gates")
    assert len(gates.rows) == 12
    effects = next(table for table in found.tables() if table.id == "forecast.effects")
    assert len(effects.rows) == 12 * (1 + 2)
    said = {words.text(f"forecasting.name.{name}") for name in IDS}
    assert len(said) == 12


@pytest.mark.parametrize(("name", "size"), [("fan_wear_pct", "narrow"), ("earlier_grp_real_index", "wide"),
                                            ("paper", "narrow"), ("comparison", "narrow")])  # fmt: skip
def test_pictures_can_be_drawn(read: Callable[[Lang], tuple[Document, Words]], name: str, size: str) -> None:
    found, words = read("ru")
    picture = next(one for one in found.pictures() if one.id == f"forecast.{name}")
    drawing = Drawn(picture, words).narrow if size == "narrow" else Drawn(picture, words).wide
    assert drawing.svg.count("<path") > 10
    if name.startswith("fan"):
        assert {"Уголь дешевеет вдвое", "Уголь дорожает наполовину"} <= set(_written(drawing.svg))


def test_a_figures_csv_says_where_it_comes_from(
    read: Callable[[Lang], tuple[Document, Words]], shown: fans.Shown
) -> None:
    found, words = read("en")
    picture = next(one for one in found.pictures() if one.id == f"forecast.fan_{OUTCOME}")
    first, rest = Drawn(picture, words).csv.split("\n", 1)
    told = json.loads(first.removeprefix("# "))
    assert told["vintage"] == {"origin": 2023, "figures_to": 2022, "panel_sha256": shown.panel.checksum}
    assert (told["seed"], told["region"], told["scenario"]) == (shown.forecast.seed, KUZBASS, "baseline")
    assert told["diagnostics"]["rhat"] == 1.0012
    assert "persistence_mean" in told["diagnostics"]
    assert not [key for key in told["diagnostics"] if "." in key]
    assert rest.startswith("year,series,value\n")
    picture = next(one for one in found.pictures() if one.id == f"forecast.earlier_{OUTCOME}")
    told = json.loads(Drawn(picture, words).csv.split("\n", 1)[0].removeprefix("# "))
    assert told["origins"] == list(ORIGINS)
    assert not {"vintage", "draws", "diagnostics", "seed"} & set(told)


def test_a_fan_frame_holds_what_the_chart_shows(shown: fans.Shown) -> None:
    data = fan_data(shown.forecast, shown.panel, shown.study, KUZBASS, OUTCOME, scenarios=shown.scenarios)
    assert not data.duplicated(["year", "series"]).any()
    wide = data.pivot(index="year", columns="series", values="value")
    assert wide.loc[2017, "actual_oslo3"] == shown.panel.value(KUZBASS, "innovation_activity_oslo3_pct", 2017)
    assert wide.loc[2017, "actual_oslo4_narrow"] == shown.panel.value(KUZBASS, OUTCOME, 2017)
    assert wide["actual_oslo4_wide"].dropna().index.tolist() == [2019, 2020, 2021, 2022]
    assert wide["p50"].dropna().index.tolist() == list(range(2023, 2036))
    low = shown.scenarios[0].forecast.draws(OUTCOME, KUZBASS).sel(year=2030).to_numpy().astype(float)
    assert wide.loc[2030, "scenario:coal_low:p50"] == pytest.approx(np.median(low), rel=1e-12)
    with pytest.raises(UnknownNameError, match="RU-KEM"):
        fan_data(shown.forecast, shown.panel, shown.study, "RU-KME", "wear_pct")


@pytest.mark.parametrize(
    ("variable", "expected"),
    [("wear_pct", (2017, 2022)), ("employed_thousand", (2010, 2013)), ("researchers", ()),
     ("industrial_production_index", ()), (OUTCOME, (2017, 2019))],
)  # fmt: skip
def test_a_series_is_broken_where_the_model_lets_it_shift(
    panel: Panel, variable: str, expected: tuple[int, ...]
) -> None:
    one = indicator(variable)
    assert breaks(panel, one) == expected
    series = actuals(panel, one, KUZBASS, last=2023)
    assert series["series"].nunique() == len(expected) + 1


def test_an_index_is_a_level_and_what_came_later_is_hollow(panel: Panel) -> None:
    one = indicator("grp_real_index")
    level = actuals(panel, one, KUZBASS, last=2020).set_index("year")
    growth = panel.value(KUZBASS, "grp_real_index_pct", 2021)
    assert level.loc[2020, "value"] == 100.0
    assert level.loc[2021, "value"] == pytest.approx(growth, rel=1e-12)
    assert level.loc[2019, "value"] == pytest.approx(1e4 / panel.value(KUZBASS, "grp_real_index_pct", 2020), rel=1e-12)
    assert level["series"].to_dict() == {year: "actual_later_" if year > 2020 else "actual_" for year in level.index}
    frame = panel.to_frame()
    frame.loc[(KUZBASS, 2015), "grp_real_index_pct"] = np.nan
    cut = actuals(replace(panel, frame=frame), one, KUZBASS, last=2020)
    assert cut["year"].min() == 2016, "a level is chained over its unbroken run only"


def test_regions_stand_in_order_and_those_without_figures_are_left_out(forecast: Forecast) -> None:
    data = region_data(forecast, "rd_mln_rub", year=2030, focal=KUZBASS)
    assert len(data) == 83
    assert data["estimate"].is_monotonic_increasing
    assert data.loc[data["highlight"], "label"].tolist() == [KUZBASS]


def test_a_region_without_figures_loses_its_fan_and_nothing_else(shown: fans.Shown) -> None:
    arrays = dict(shown.forecast.variables)
    arrays["wear_pct"] = arrays["wear_pct"].where(arrays["wear_pct"]["region"] != KUZBASS)
    made = fans.section(replace(shown, forecast=replace(shown.forecast, variables=arrays)))
    ids = {block.id for block in made.blocks if isinstance(block, FigureBlock)}
    assert f"forecast.fan_{OUTCOME}" in ids
    assert "forecast.fan_wear_pct" not in ids
    gates = next(block for block in made.blocks if isinstance(block, TableBlock) and block.id == "forecast.gates")
    assert len(gates.rows) == 11


def test_without_scenarios_or_earlier_fans_the_page_stands(shown: fans.Shown) -> None:
    bare = replace(shown, scenarios=(), scores=shown.scores.iloc[:0])
    kinds = {block.kind for block in fans.section(bare).blocks if isinstance(block, FigureBlock)}
    assert kinds == {"fan", "coefficients", "intervals"}


@pytest.mark.parametrize(("exposed", "said"), [(False, "national"), (True, "exposed")])
def test_how_a_price_acts_follows_the_model(shown: fans.Shown, exposed: bool, said: str) -> None:
    assert shown.exposed is read_choice().chosen.structure.driver
    texts = [
        block.text for block in fans.section(replace(shown, exposed=exposed)).blocks if isinstance(block, Paragraph)
    ]
    assert [text for text in texts if text.startswith("forecasting.effects.")] == [f"forecasting.effects.{said}"]


def test_a_price_path_says_of_what_and_in_what(shown: fans.Shown) -> None:
    oil = replace(shown.scenarios[1].scenario, price="brent_usd_bbl")
    both = (shown.scenarios[0], replace(shown.scenarios[1], scenario=oil))
    made = fans.section(replace(shown, scenarios=both))
    paths = next(block for block in made.blocks if isinstance(block, TableBlock) and block.id == "forecast.paths")
    named = [row[1].id for row in paths.rows if isinstance(row[1], TextRef)]
    assert named == [f"forecasting.market.{price}" for price in DRIVERS]
    known = load_catalogue()
    assert [known.get(key, "en").split()[-1] for key in named] == ["tonne", "barrel"]


def _written(svg: str) -> list[str]:
    return [part.split("<")[0] for part in svg.split(">")]


@pytest.fixture(scope="module")
def stored(forecast: Forecast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("forecast") / "stored.nc"
    regions = [KUZBASS, "RU-YEV"]
    small = {
        name: array if "RU" in array["region"] else array.sel(region=regions)
        for name, array in forecast.variables.items()
    }
    replace(forecast, variables=small).to_netcdf(path)
    return path


@pytest.mark.parametrize(
    ("region", "variable"), [*((KUZBASS, name) for name in (IDS[0], IDS[3], IDS[-1])), ("RU", "brent_usd_bbl")]
)
def test_the_command_prints_any_fan(
    stored: Path, root: Path, region: str, variable: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    code, out, _ = _run(
        ["forecast", "fan", region, variable, "--file", str(stored), "--json"], root, monkeypatch, capsys
    )
    assert code == 0
    answer = json.loads(out)["data"]
    expected = Forecast.read(stored).fan(region, variable)
    pd.testing.assert_frame_equal(pd.DataFrame(answer["fan"]), expected, check_dtype=False, check_like=True)


@pytest.mark.parametrize(
    ("region", "variable", "message"),
    [
        (KUZBASS, "waer_pct", "Did you mean wear_pct"), ("RU-KME", "wear_pct", "Did you mean RU-KEM"),
        (KUZBASS, "brent_usd_bbl", "RU"), ("RU-YEV", "rd_mln_rub", "no forecast of rd_mln_rub in RU-YEV"),
    ],
)  # fmt: skip
def test_a_fan_that_is_not_there_gets_one_message(
    stored: Path, root: Path, region: str, variable: str, message: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    code, _, err = _run(["forecast", "fan", region, variable, "--file", str(stored)], root, monkeypatch, capsys)
    assert code == 2
    assert message in err
    assert "Traceback" not in err


def _run(
    arguments: list[str], root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "argv", ["regional-econ", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


def test_a_region_without_figures_has_no_fan_frame(forecast: Forecast, panel: Panel, study: Study) -> None:
    with pytest.raises(DataError, match="RU-YEV"):
        fan_data(forecast, panel, study, "RU-YEV", "rd_mln_rub")
