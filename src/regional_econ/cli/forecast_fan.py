"""One fan for people: what it is called, and its picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from regional_econ._base.text import Lang
    from regional_econ.core.conditions import Path as Conditions
    from regional_econ.core.forecast import Forecast
    from regional_econ.core.study import Study
    from regional_econ.report.words import Words

_PICTURES: tuple[Literal["svg", "png", "pdf"], ...] = ("svg", "png", "pdf")


def picture_form(path: Path) -> Literal["svg", "png", "pdf"]:
    """Return the form that a picture's name asks for.

    Raises
    ------
    OptionError : another one.
    StoreError : the file cannot be written.
    """
    from regional_econ._base.errors import OptionError
    from regional_econ._base.files import check_writable

    for form in _PICTURES:
        if path.suffix.lower() == f".{form}":
            check_writable(path)
            return form
    raise OptionError(f"no picture can be written to {path.name}", advice=f"End it in {', '.join(_PICTURES)}")


def label_of(variable: str, lang: Lang) -> str:
    """Return what a reader calls a forecast variable or a world price, with its unit."""
    from regional_econ.data.tables import load_national, national_labels

    words = _words(lang)
    if f"forecasting.name.{variable}" in words.catalogue.texts:
        return words.text(f"forecasting.name.{variable}")
    labels = national_labels()
    if variable not in labels:
        return variable
    national = load_national()
    unit = str(national.loc[national["series"] == variable, "unit"].iloc[0])
    return f"{labels[variable].get(lang)}, {words.text(f'report.unit.{unit}')}"


def region_name(region: str, lang: Lang) -> str:
    """Return the name of a region; a world price has none."""
    from regional_econ.core.conditions import NATIONAL
    from regional_econ.data.regions import load_regions

    regions = load_regions()
    return regions[region].name.get(lang) if region in regions and region != NATIONAL else ""


def title_of(forecast: Forecast, region: str, variable: str, lang: Lang) -> str:
    """Return what stands over a fan: region, scenario unless it is the baseline, variable, unit."""
    scenario = _words(lang).text("forecasting.column.scenario")
    under = "" if forecast.scenario == "baseline" else f"{scenario}: {forecast.scenario}"
    return ". ".join(part for part in (region_name(region, lang), under, label_of(variable, lang)) if part)


def _words(lang: Lang) -> Words:
    from regional_econ._base.location import data_dir
    from regional_econ._base.text import Catalogue
    from regional_econ.report.words import Words

    catalogue = Catalogue.load([data_dir() / "texts" / name for name in ("forecasting.yml", "report.yml")])
    return Words(lang, catalogue, {}, {}, {})


def draw(
    forecast: Forecast, study: Study, region: str, variable: str, path: Path, lang: Lang, under: Conditions | None
) -> str:
    """Draw a fan with its history and the scenarios of data/forecast.yml, and say so.

    Raises
    ------
    OptionError, StoreError : the file cannot be written so.
    UnknownNameError, DataError : the forecast does not hold it, or no price that a scenario needs.
    """
    from regional_econ._base.files import atomic_path
    from regional_econ._base.text import Text
    from regional_econ.data.load import load_panel
    from regional_econ.data.tables import load_national
    from regional_econ.forecasting.choice import read_choice
    from regional_econ.forecasting.pages.asked_fan import asked_fan
    from regional_econ.report.plot import plot_frame

    form = picture_form(path)
    asked = asked_fan(
        forecast, load_panel(), load_national(), region, variable, first=study.first_year,
        scenarios=read_choice().scenarios, path=under,
    )  # fmt: skip
    title = Text(*(title_of(forecast, region, variable, one) for one in ("ru", "en")))
    figure = plot_frame("fan", asked.frame, options=asked.options, labels={variable: title}, focal=region, lang=lang)
    with atomic_path(path) as temporary:
        figure.save(str(temporary), format=form)
    return f"Wrote {path}"
