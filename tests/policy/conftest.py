"""A small made-up world for the policy model: eight regions, four elasticities, a flat forecast."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from regional_econ._base.text import Text
from regional_econ.core.elasticity import Domain, Elasticity, ElasticitySet, JointBlock, Lag
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Break, Variable
from regional_econ.policy.levers import load_levers
from regional_econ.policy.priors import load_priors
from regional_econ.policy.run import Inputs

REGION = "RU-AAA"
FORMS = {
    "rd_grp_pct": "logit_per_log",
    "researchers_per_10k_employed": "logit_per_log",
    "investment_grp_pct": "logit_per_log",
    "wear_pct": "logit_per_unit",
}
DRAWS = 4000


@pytest.fixture(scope="session")
def world_panel() -> Panel:
    rng = np.random.default_rng(5)
    regions = [REGION, *(f"RU-{letter * 3}" for letter in "BCDEFGH")]
    years = range(2000, 2024)
    index = pd.MultiIndex.from_product([regions, years], names=["region", "year"])
    walk = {name: rng.normal(0.0, 0.1, (len(regions), len(years))).cumsum(axis=1).ravel() for name in FORMS}
    grp = 8e5 * np.exp(np.tile(np.linspace(0.0, 1.2, len(years)), len(regions)))
    frame = pd.DataFrame(
        {
            "rd_grp_pct": 0.2 * np.exp(walk["rd_grp_pct"]),
            "researchers_per_10k_employed": 8.0 * np.exp(walk["researchers_per_10k_employed"]),
            "investment_grp_pct": 20.0 * np.exp(walk["investment_grp_pct"]),
            "wear_pct": 50.0 + 10.0 * walk["wear_pct"],
            "cpi_pct": 106.0,
        },
        index=index,
    )
    frame["rd_mln_rub"] = frame["rd_grp_pct"] * grp / 100.0
    label = Text("показатель", "indicator")
    variables = {str(name): Variable(str(name), "%", label, label) for name in frame}
    note = Text("другой охват", "another coverage")
    variables["wear_pct"] = replace(variables["wear_pct"], breaks=(Break(2017, "coverage", note),))
    names = {region: Region(region, Text(region, region), "region") for region in regions}
    return Panel(frame, variables, names, "made up")


@pytest.fixture(scope="session")
def world_forecast() -> Forecast:
    rng = np.random.default_rng(6)
    years = list(range(2023, 2036))
    logits = -2.5 + rng.normal(0.0, 0.12, (DRAWS, 1, len(years))).cumsum(axis=2)
    values = (100.0 / (1.0 + np.exp(-logits))).astype("float32")
    array = xr.DataArray(
        values, dims=("draw", "region", "year"), coords={"draw": range(DRAWS), "region": [REGION], "year": years}
    )
    return Forecast({"innovation_activity_pct": array}, 2022, "baseline", 1, "0" * 64)


@pytest.fixture(scope="session")
def world_elasticities() -> ElasticitySet:
    rng = np.random.default_rng(7)
    means = np.array([0.15, 0.10, 0.05, -0.01])
    draws = pd.DataFrame(means + rng.normal(0.0, 1.0, (DRAWS, 4)) * np.abs(means), columns=list(FORMS))
    parameters = tuple(
        Elasticity(
            id=driver,
            source=driver,
            target="innovation_activity_pct",
            form=form,
            unit_from="%",
            unit_to="logit",
            scale="logit",
            point=float(draws[driver].mean()),
            q={"p05": 0.0, "p50": 0.1, "p95": 0.2},
            lag=Lag("point", (0.0,)),
            population="made up",
            domain=Domain(0.01, 200.0, 50.0 if driver == "wear_pct" else 3.0, 5.0),
            estimand="made up",
            identification="panel_fe",
            grade="B",
            prior_share=0.4,
            provenance={"source": "s", "vintage": "v", "sha256": "0" * 64, "code_ref": "c"},
        )
        for driver, form in FORMS.items()
    )
    block = JointBlock(tuple(FORMS), "one_posterior")
    return ElasticitySet(parameters, draws, (block,), 7, 4, 1.0, 4000.0)


@pytest.fixture(scope="session")
def world(world_panel: Panel, world_forecast: Forecast, world_elasticities: ElasticitySet) -> Inputs:
    return Inputs(world_elasticities, world_forecast, world_panel, load_levers(), load_priors(), REGION)


@pytest.fixture(scope="session")
def paper(sources: Path) -> bytes:
    """The paper's text, where it lies beside the official files."""
    path = sources.parent / "paper" / "000_7f25b10ac1d04e47.txt"
    if not path.is_file():
        pytest.skip("the paper is not here")
    return path.read_bytes()
