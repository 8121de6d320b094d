"""A picture of one noun or frame, for a user at the keyboard: the same figures as in the report."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from regional_econ._base.errors import OptionError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue, Lang, Text
from regional_econ.core.estimate import Estimate
from regional_econ.core.forecast import Forecast
from regional_econ.core.section import FigureKind, OptionValue
from regional_econ.report.figures.draw import draw_figure
from regional_econ.report.figures.fan import fan_frame
from regional_econ.report.figures.style import Size
from regional_econ.report.tables import etable as etable
from regional_econ.report.words import Words


def plot(
    obj: Estimate | Forecast,
    *,
    region: str | None = None,
    variable: str | None = None,
    labels: Mapping[str, Text] | None = None,
    lang: Lang = "en",
) -> Figure:
    """Draw an estimate (coefficients with intervals) or a forecast (fan of one region and variable).

    Parameters
    ----------
    obj : what to draw.
    region, variable : which fan; needed for a forecast.
    labels : label by variable id; ids stand for variables that have none.
    lang : "en" or "ru".

    Returns
    -------
    The figure, never shown: call `.savefig("name.svg")`.

    Raises
    ------
    OptionError : a forecast without region or variable.
    """
    if isinstance(obj, Estimate):
        data = obj.plot_data()
        used = re.findall(r"[A-Za-z_]\w*", " ".join([*data["term"], *data["model"]]))
        return draw_figure("coefficients", data, _words(used, labels, lang))
    if region is None or variable is None:
        raise OptionError("a fan needs region and variable", advice='Try plot(forecast, region="RU-KEM", variable=…)')
    frame = fan_frame(obj.fan(variable, region), {})
    options: dict[str, OptionValue] = {"variable": variable, "origin_year": obj.origin}
    return draw_figure("fan", frame, _words([variable], labels, lang), options=options)


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
) -> Figure:
    """Draw a frame as a figure of a kind: a map, what is available, or what was revised.

    Parameters
    ----------
    kind : such as "tile_map", "availability", "statuses" or "revisions".
    frame : with the columns of the kind, as `draw_figure` names them.
    options : what the kind knows beside its data.
    labels, regions : label by variable id and name by region id; ids stand for those that have none.
    focal : id of the region that is marked.
    lang : "en" or "ru".
    size : "wide" or "narrow".

    Raises
    ------
    OptionError : the frame is empty or lacks a column.
    """
    texts = Catalogue.load([data_dir() / "texts" / name for name in ("report.yml", "data.yml")])
    words = Words(lang, texts, {}, dict(labels or {}), dict(regions or {}), focal)
    return draw_figure(kind, frame, words, options=options, size=size)


def _words(used: list[str], labels: Mapping[str, Text] | None, lang: Lang) -> Words:
    known = {name: Text(name, name) for name in used} | dict(labels or {})
    return Words(lang, Catalogue.load([data_dir() / "texts" / "report.yml"]), {}, known, {})
