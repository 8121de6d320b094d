"""The forecast explorer of four variables in a few regions: real figures, a forecast that nothing was estimated for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import forecast_sample
import scores_sample

from regional_econ.core.explorer import Explorer
from regional_econ.core.study import load_study
from regional_econ.data.load import load_panel
from regional_econ.data.tables import load_national
from regional_econ.forecasting.choice import read_choice
from regional_econ.forecasting.drivers import COAL
from regional_econ.forecasting.pages.explorer import Explored, explorer
from regional_econ.forecasting.score_results import window_id

REGIONS = ("RU-CR", "RU-KEM", "RU-TA", "RU-YEV")  # a short series, the focal one, and one without R&D
VARIABLES = ("grp_real_index", "researchers", "innovation_activity_pct", COAL)
ORIGINS = (2014, 2019)


@cache
def explored() -> Explored:
    """All that the explorer is made of."""
    panel, national = load_panel().select(regions=REGIONS), load_national()
    forecast = forecast_sample.made_up_forecast(panel, national, n_draws=200)
    variables = {name: forecast.variables[name] for name in VARIABLES}
    scores = forecast_sample.made_up_scores(panel, REGIONS, origins=ORIGINS)
    judged = next(one for one in scores_sample.full_results() if one.id == window_id("late"))
    study = load_study(Path(__file__).parents[2] / "analyses" / "study.toml")
    return Explored(
        replace(forecast, variables=variables), panel, national, scores, judged, study, read_choice().scenarios
    )


@cache
def sample() -> Explorer:
    """The explorer made of it."""
    return explorer(explored())
