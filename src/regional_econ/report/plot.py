"""A picture of one noun, for a user at the keyboard: the same figures as in the report."""

from __future__ import annotations

import re
from collections.abc import Mapping

from matplotlib.figure import Figure

from regional_econ._base.errors import OptionError
from regional_econ._base.location import data_dir
from regional_econ._base.text import Catalogue, Lang, Text
from regional_econ.core.estimate import Estimate
from regional_econ.core.forecast import Forecast
from regional_econ.core.section import OptionValue
from regional_econ.report.figures.draw import draw_figure
from regional_econ.report.figures.fan import fan_frame
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


def _words(used: list[str], labels: Mapping[str, Text] | None, lang: Lang) -> Words:
    known = {name: Text(name, name) for name in used} | dict(labels or {})
    return Words(lang, Catalogue.load([data_dir() / "texts" / "report.yml"]), {}, known, {})
