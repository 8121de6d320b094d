"""Two panels for the causal tests: the official one, and one with planted effects."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from regional_econ._base.text import LANGS, Catalogue, Text
from regional_econ.causal.declaration import NEWEST, Multiverse, load_multiverse
from regional_econ.causal.kernel import GramBlocks, blocks_of
from regional_econ.causal.multiverse import MultiverseResult, run
from regional_econ.causal.scales import FloatArray
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.results import Result, Value
from regional_econ.core.section import Block, FigureBlock, NumberRef, Paragraph, Stack, TableBlock, TextRef
from regional_econ.core.study import Study, load_study
from regional_econ.core.variable import Break, Variable
from regional_econ.data.load import load_panel

NAME = Text("имя", "name")
YEARS = range(2000, 2024)
Planted = Callable[..., Panel]

_ASKED = re.compile(r"(?:num|year|share)\('([^']+)'\)")


@pytest.fixture(scope="session")
def official() -> Panel:
    """The compiled figures."""
    return load_panel()


@pytest.fixture(scope="session")
def study(root: Path) -> Study:
    """The project's own study."""
    return load_study(root / "analyses" / "study.toml")


@pytest.fixture(scope="session")
def declared(root: Path) -> Multiverse:
    """The declared specifications."""
    return load_multiverse(root / "analyses" / "multiverse.yml")


@pytest.fixture(scope="session")
def darfur(root: Path) -> GramBlocks:
    """The Darfur survey without its village effects, one block a village: the driver, its covariates, the outcome."""
    frame = pd.read_csv(root / "tests" / "oracles" / "data" / "darfur.csv")
    village = frame.pop("village")
    names = ["directlyharmed", "age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur", "female", "peacefactor"]
    columns = frame[names].astype(float)
    swept = (columns - columns.groupby(village).transform("mean")).to_numpy()
    order = np.argsort(village, kind="stable")
    starts = np.unique(village.to_numpy()[order], return_index=True)[1]
    return blocks_of(swept[order], starts, village.nunique(), 0)


@pytest.fixture(scope="session")
def vintages(declared: Multiverse) -> dict[str, Panel]:
    """The figures of the other declared vintages."""
    return {name: load_panel(name) for name in declared.vintages if name != NEWEST}


@pytest.fixture(scope="session")
def estimated(official: Panel, declared: Multiverse, vintages: dict[str, Panel]) -> MultiverseResult:
    """Every declared specification."""
    return run(official, declared, focal_region="RU-KEM", vintages=vintages)


@pytest.fixture(scope="session")
def permutation(declared: Multiverse) -> Result:
    """A record of the joint permutation with invented numbers: researchers have the smallest p-value, .004."""
    counts = {"permutations": 500, "simulated": 200, "simulated_permutations": 99}
    values = {name: Value(count, digits=0) for name, count in counts.items()}
    values |= {"level_pct": Value(5.0, "%", 0), "critical": Value(1.96)}
    for place, statistic in enumerate(("median", "clear", "largest")):
        values[f"size.{statistic}_pct"] = Value(4.0 + place, "%", 1, 1.4 + place / 10)
    for place, driver in enumerate(declared.drivers):
        values |= {f"{driver}.{name}": Value(70 + place, digits=0) for name in ("n_specs", "n_moved", "n_kept")}
        values |= {f"{driver}.{name}": Value(1.5) for name in ("median_pp", "clear_pct", "largest_t")}
        values |= {f"{driver}.p_{name}": Value(0.3 + place / 10, "", 3) for name in ("median", "clear", "largest")}
    values["researchers_per_10k_employed.p_largest"] = Value(0.004, "", 3)
    return Result("calibrate.permutation", values, {"code": "0" * 64})


@pytest.fixture(scope="session")
def alone_of(declared: Multiverse) -> Callable[[str], Multiverse]:
    """A maker of declarations with one driver in its first measure and the newest vintage, for planted panels."""

    def alone(driver: str) -> Multiverse:
        own = declared.drivers[driver]
        first = replace(own, measures={driver: own.measures[driver]})
        return replace(declared, drivers={driver: first}, vintages=(NEWEST,))

    return alone


@pytest.fixture(scope="session")
def named(root: Path) -> Callable[..., list[str]]:
    """Hold blocks, and texts named besides, against the texts and numbers there are; give the ids of all the texts."""
    texts = Catalogue.load([root / "data" / "texts" / "causal.yml"]).texts

    def found(blocks: Iterable[Block], besides: Collection[str], numbers: Collection[str]) -> list[str]:
        wanted, shown = list(besides), set[str]()
        for block in blocks:
            match block:
                case Paragraph(text):
                    wanted.append(text)
                case TableBlock():
                    wanted += [block.caption, *(column.header for column in block.columns)]
                    cells = [cell for row in block.rows for cell in row]
                    cells += [part for cell in cells if isinstance(cell, Stack) for part in cell.cells]
                    shown |= {cell.id for cell in cells if isinstance(cell, NumberRef)}
                    wanted += [cell.id for cell in cells if isinstance(cell, TextRef)]
                case FigureBlock():
                    wanted += [block.caption, block.alt]
                    assert len(block.data) <= 2000
                    options = [column.partition(".") for column in block.data.columns if "." in column]
                    wanted += [f"causal.{'term' if axis == 'controls' else axis}.{value}" for axis, _, value in options]
        assert set(wanted) <= set(texts)
        shown |= {one for key in wanted for lang in LANGS for one in _ASKED.findall(texts[key].get(lang))}
        assert shown <= set(numbers)
        return wanted

    return found


@pytest.fixture(scope="session")
def planted() -> Planted:
    """A maker of panels in which R&D of year t - ``lag`` moves the outcome's logit by ``effect``."""
    return _planted


def _planted(
    effect: float,
    *,
    lag: int,
    seed: int,
    regions: int = 60,
    noise: float = 0.2,
    persistence: float = 0.0,
    driver_persistence: float = 0.0,
) -> Panel:
    rng = np.random.default_rng(seed)
    shape = (regions, len(YEARS))
    level = rng.normal(0, 1, (regions, 1))
    year = rng.normal(0, 0.2, (1, len(YEARS)))
    columns = {
        name: np.exp(level + rng.normal(0, 0.5, shape))
        for name in ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct", "grp_mln_rub")
    }
    columns["wear_pct"] = 50 + 5 * level + rng.normal(0, 3, shape)
    columns["unemployment_pct"] = 6 + level + rng.normal(0, 1, shape)
    if driver_persistence:
        for name in ("rd_grp_pct", "researchers_per_10k_employed", "investment_grp_pct"):
            columns[name] = np.exp(level + _autoregression(rng, driver_persistence, 0.5, shape))
        columns["wear_pct"] = 50 + 5 * level + _autoregression(rng, driver_persistence, 3.0, shape)
    cause = np.roll(np.log(columns["rd_grp_pct"]), lag, axis=1)
    logit = -2.2 + 0.3 * level + year + effect * cause + rng.normal(0, noise, shape)
    for t in range(1, len(YEARS)):
        logit[:, t] += persistence * logit[:, t - 1]
    columns["innovation_activity_pct"] = 100 * expit(logit)
    columns["employed_thousand"] = np.full(shape, 1e6)
    columns["population_avg"] = np.full(shape, 1e6)
    index = pd.MultiIndex.from_product([[f"R{k:02d}" for k in range(regions)], YEARS], names=["region", "year"])
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)
    breaks = tuple(Break(start, "method", NAME) for start in (2017, 2019))
    variables = {
        name: Variable(name, "percent", NAME, NAME, breaks=breaks if name == "innovation_activity_pct" else ())
        for name in columns
    }
    places = {region: Region(region, NAME, "region", f"D{k % 8}") for k, region in enumerate(frame.index.levels[0])}
    return Panel(frame, variables, places, "planted")


def _autoregression(rng: np.random.Generator, rho: float, sd: float, shape: tuple[int, int]) -> FloatArray:
    values = rng.normal(0, sd, shape)
    for t in range(1, shape[1]):
        values[:, t] = rho * values[:, t - 1] + np.sqrt(1 - rho**2) * values[:, t]
    return values
