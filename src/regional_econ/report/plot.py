"""A picture of one noun or frame, for a user at the keyboard: the same charts as in the report."""

from __future__ import annotations

import re
from collections.abc import Mapping

import altair as alt
import pandas as pd

from regional_econ._base.errors import OptionError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue, Lang, Text
from regional_econ.core.estimate import Estimate
from regional_econ.core.forecast import Forecast
from regional_econ.core.section import FigureKind, OptionValue
from regional_econ.report.charts.draw import chart
from regional_econ.report.charts.fan_data import fan_frame
from regional_econ.report.charts.style import Size
from regional_econ.report.tables import etable as etable
from regional_econ.report.words import Words

VALIDATED = 5
_TEXTS = ("report.yml", "charts.yml", "data.yml")


def plot(
    obj: Estimate | Forecast,
    *,
    region: str | None = None,
    variable: str | None = None,
    history: pd.Series | None = None,
    scenarios: Mapping[str, Forecast] | None = None,
    labels: Mapping[str, Text] | None = None,
    lang: Lang = "en",
) -> alt.TopLevelMixin:
    """Draw an estimate (coefficients with intervals) or a forecast (fan of one region and variable).

    Parameters
    ----------
    obj : what to draw.
    region, variable : which fan; needed for a forecast ("RU" for a world price).
    history : of a fan: the figures before it, by year.
    scenarios : of a fan: by name, the forecast under a path, drawn below, such as ``forecast.condition(path)``.
    labels : label by variable id; ids stand for variables that have none.
    lang : "en" or "ru".

    Returns
    -------
    The Altair chart: a notebook shows it, `.save("name.svg")` writes it (svg, png, pdf, html).

    Raises
    ------
    OptionError : a forecast without region or variable.
    UnknownNameError, DataError : the forecast does not hold that variable or region, or no figures of it.
    """
    if isinstance(obj, Estimate):
        data = obj.plot_data()
        used = [*data["model"], *re.findall(r"[A-Za-z_]\w*", " ".join([*data["term"], *data["model"]]))]
        return chart("coefficients", data, _words(used, labels, lang))
    if region is None or variable is None:
        raise OptionError("a fan needs region and variable", advice='Try plot(forecast, region="RU-KEM", variable=…)')
    quantiles = obj.fan(region, variable)
    last = int(quantiles["year"].min()) - 1
    options: dict[str, OptionValue] = {
        "variable": variable, "origin_year": last, "validated_to": last + VALIDATED, **_bounds(variable, quantiles),
        **{name: tuple(scenarios or ()) for name in ("scenarios", "scenarios_ru", "scenarios_en")},
    }  # fmt: skip
    for name, under in (scenarios or {}).items():
        own = under.fan(region, variable).set_index("year")[["p50", "lo80", "hi80"]]
        quantiles = quantiles.merge(own.add_prefix(f"scenario:{name}:").reset_index(), on="year")
    frame = fan_frame(quantiles, {} if history is None else {"": history})
    return chart("fan", frame, _words([variable], labels, lang), options)


def plot_frame(
    kind: FigureKind,
    frame: pd.DataFrame,
    *,
    options: Mapping[str, OptionValue] | None = None,
    labels: Mapping[str, Text] | None = None,
    regions: Mapping[str, Text] | None = None,
    focal: str = "",
    lang: Lang = "en",
    size: Size = "wide",
) -> alt.TopLevelMixin:
    """Draw a frame as a chart of a kind: a map, what is available, what was revised, contributions, a density.

    Parameters
    ----------
    kind : such as "tile_map", "availability", "statuses", "revisions", "waterfall" or "density".
    frame : with the columns of the kind, as the module of its name in `report.charts` names them.
    options : what the kind knows beside its data.
    labels, regions : label by variable id and name by region id; ids stand for those that have none.
    focal : id of the region that is marked.
    lang : "en" or "ru".
    size : "wide" or "narrow".

    Raises
    ------
    OptionError : the frame is empty or lacks a column.
    """
    words = Words(lang, _texts(), {}, dict(labels or {}), dict(regions or {}), focal)
    return chart(kind, frame, words, options, size)


def _bounds(variable: str, quantiles: pd.DataFrame) -> dict[str, OptionValue]:
    """Return the natural bounds of an axis: nothing below zero where no quantile is, no share above 100 per cent."""
    values = quantiles.drop(columns="year")
    if float(values.min().min()) < 0.0:
        return {}
    is_share = variable.endswith("_pct") and float(values.max().max()) <= 100.0
    return {"lower": 0.0, **({"upper": 100.0} if is_share else {})}


def _words(used: list[str], labels: Mapping[str, Text] | None, lang: Lang) -> Words:
    known = {name: Text(name, name) for name in used} | dict(labels or {})
    return Words(lang, _texts(), {}, known, {})


def _texts() -> Catalogue:
    return Catalogue.load([data_dir() / "texts" / name for name in _TEXTS])
