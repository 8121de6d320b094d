"""A small made-up world for the policy model: eight regions, four elasticities, a forecast that wanders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from regional_econ._base.text import Text
from regional_econ.bayes.convergence import convergence
from regional_econ.core.elasticity import Domain, Elasticity, ElasticitySet, JointBlock, Lag
from regional_econ.core.forecast import Forecast
from regional_econ.core.panel import Panel
from regional_econ.core.region import Region
from regional_econ.core.variable import Break, Variable

REGION = "RU-AAA"
FORMS = {
    "rd_grp_pct": "logit_per_log",
    "researchers_per_10k_employed": "logit_per_log",
    "investment_grp_pct": "logit_per_log",
    "wear_pct": "logit_per_unit",
}
PRIOR_SHARES = dict(zip(FORMS, (0.2, 0.4, 0.6, 0.8), strict=True))
DRAWS = 4000


def made_up_panel() -> Panel:
    """Return the figures of eight regions."""
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
    frame["grp_mln_rub"], frame["employed_thousand"] = grp, 1200.0
    frame["researchers"] = frame["researchers_per_10k_employed"] * frame["employed_thousand"] / 10.0
    frame["budget_revenue_mln_rub"] = (0.16 + 0.01 * rng.normal(size=len(frame))) * grp
    frame = frame.join(_assets(rng, index))
    label = Text("показатель", "indicator")
    variables = {str(name): Variable(str(name), "%", label, label) for name in frame}
    note = Text("другой охват", "another coverage")
    variables["wear_pct"] = replace(variables["wear_pct"], breaks=(Break(2017, "coverage", note),))
    names = {region: Region(region, Text(region, region), "region") for region in regions}
    return Panel(frame, variables, names, "made up")


def _assets(rng: np.random.Generator, index: pd.MultiIndex) -> pd.DataFrame:
    """Gross and net assets that grow by what is commissioned (7 %) less what is scrapped (1 %) or written off (8 %)."""
    years = index.get_level_values("year").nunique()
    regions = len(index) // years
    new, scrapped, written = (m * np.exp(0.1 * rng.normal(size=(regions, years))) for m in (0.07, 0.01, 0.08))
    gross, net, added = (np.empty((regions, years)) for _ in range(3))
    g, n = np.full(regions, 4e5), np.full(regions, 2e5)
    for t in range(years):
        added[:, t] = new[:, t] * g
        n = (1.0 - written[:, t]) * n + added[:, t]
        g = (1.0 - scrapped[:, t]) * g + added[:, t]
        gross[:, t], net[:, t] = g, n
    columns = {
        "fixed_assets_mln_rub": gross, "fixed_assets_residual_mln_rub": net, "assets_commissioned_mln_rub": added,
    }  # fmt: skip
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)


def made_up_forecast(draws: int, years: range, *, wander: float = 1.0) -> Forecast:
    """Return joint draws of the outcome, of what the drivers consist of, and of the coal price, from 2022."""
    rng = np.random.default_rng(6)
    sds = {
        "innovation_activity_pct": 0.12, "rd_mln_rub": 0.1, "researchers": 0.05, "employed_thousand": 0.01,
        "grp_real_index": 0.03, "investment_real_index": 0.08, "wear_pct": 0.05, "coal_australian_usd_t": 0.2,
    }  # fmt: skip
    start = {
        "innovation_activity_pct": -2.5, "rd_mln_rub": np.log(5e3), "researchers": np.log(900.0),
        "employed_thousand": np.log(1200.0), "grp_real_index": np.log(100.0), "investment_real_index": np.log(100.0),
        "wear_pct": 0.0, "coal_australian_usd_t": np.log(150.0),
    }  # fmt: skip
    swing = rng.normal(size=(draws, 1, len(years)))
    arrays = {}
    for name, sd in sds.items():
        steps = wander * sd * (0.6 * swing + 0.8 * rng.normal(size=(draws, 1, len(years))))
        path = start[name] + steps.cumsum(axis=2)
        share = name in ("innovation_activity_pct", "wear_pct")
        arrays[name] = xr.DataArray(
            (100.0 / (1.0 + np.exp(-path)) if share else np.exp(path)).astype("float32"),
            dims=("draw", "region", "year"),
            coords={"draw": range(draws), "region": ["RU" if name.startswith("coal") else REGION], "year": list(years)},
            attrs={"scale": "logit" if share else "log", "offset": 0.0},
        )
    return Forecast(arrays, 2022, "baseline", 1, "0" * 64)


def made_up_elasticities() -> ElasticitySet:
    """Return four elasticities with joint draws, one of grade C."""
    rng = np.random.default_rng(7)
    means = np.array([0.15, 0.10, 0.05, -0.01])
    draws = pd.DataFrame(means + rng.normal(0.0, 1.0, (DRAWS, 4)) * np.abs(means), columns=list(FORMS))
    parameters = tuple(
        Elasticity(
            id=driver,
            source=driver,
            target="innovation_activity_pct",
            form=form,
            unit_from="%" if form == "logit_per_unit" else "ln(%)",
            unit_to="logit",
            scale="logit",
            point=float(draws[driver].mean()),
            q={f"p{share:02.0f}": float(draws[driver].quantile(share / 100)) for share in (5, 50, 95)},
            lag=Lag("point", (0.0,)),
            population="made up",
            domain=Domain(0.01, 200.0, 50.0 if driver == "wear_pct" else 3.0, 5.0),
            estimand="made up",
            identification="panel_fe",
            grade="C" if driver == "wear_pct" else "B",
            prior_share=PRIOR_SHARES[driver],
            provenance={"source": "s", "vintage": "v", "sha256": "0" * 64, "code_ref": "c"},
        )
        for driver, form in FORMS.items()
    )
    block = JointBlock(tuple(FORMS), "one_posterior")
    return measured(ElasticitySet(parameters, draws, (block,), 7, 4, 1.0, 4000.0))


def measured(given: ElasticitySet) -> ElasticitySet:
    """The same set, with R-hat and effective size of the draws it now has; a constant column has neither."""
    rhat, *sizes = convergence(given.draws.to_numpy().reshape(given.chains, -1, given.draws.shape[1]))
    n = float(len(given.draws))
    return replace(given, rhat_max=float(np.nanmax(rhat, initial=1.0)), ess_min=float(np.nanmin(sizes, initial=n)))
