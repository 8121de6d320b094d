"""What a fan chart draws: the frame by year, its bands from the origin, its methods, the ends of its axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ.report.charts.scales import bounded
from regional_econ.report.charts.style import HUE, MARKERS, MUTED
from regional_econ.report.options import Options
from regional_econ.report.words import Words

BANDS: Mapping[int, float] = {95: 0.16, 80: 0.20, 50: 0.30}
_SCENARIO = "scenario:"


def fan_frame(quantiles: pd.DataFrame, actual: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the long frame that the fan chart reads.

    Parameters
    ----------
    quantiles : one row a year, columns year, p50, lo50, hi50, lo80, hi80, lo95, hi95.
    actual : observed series by method, indexed by year; the empty method name is the only method.

    Returns
    -------
    Columns year, series, value.
    """
    parts = [quantiles.melt(id_vars="year", var_name="series", value_name="value")]
    for method, series in actual.items():
        values = series.to_numpy(float)
        parts.append(pd.DataFrame({"year": series.index, "series": f"actual_{method}", "value": values}))
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"])


@dataclass(frozen=True)
class FanData:
    """The frame by year, with what the options say of it; scenarios by id: columns p50, lo80, hi80."""

    wide: pd.DataFrame
    bands: pd.DataFrame
    methods: tuple[str, ...]
    title: str | None
    origin: float | None
    validated: float | None
    target: float | None
    breaks: tuple[float, ...]
    floor: float | None
    ceiling: float | None
    scenarios: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, frame: pd.DataFrame, options: Options, words: Words) -> FanData:
        whole = frame.pivot(index="year", columns="series", values="value").sort_index().astype(float)
        wide = whole[[name for name in whole.columns if not name.startswith(_SCENARIO)]]
        origin, variable = options.number("origin_year"), options.text("variable")
        methods = [name.removeprefix("actual_") for name in wide.columns if name.startswith("actual_")]
        methods = [name for name in methods if not name.startswith("later_")]
        methods.sort(key=lambda name: float(wide.index[wide[f"actual_{name}"].notna()].min()))
        return cls(
            wide, _opened(wide, origin), tuple(methods), words.axis(variable) if variable else None, origin,
            options.number("validated_to"), options.number("target"), options.numbers("break_years"),
            options.number("lower"), options.number("upper"), _scenarios(whole),
        )  # fmt: skip

    @property
    def first(self) -> int:
        """First year."""
        return int(self.wide.index.min())

    @property
    def last(self) -> int:
        """Last year."""
        return int(self.wide.index.max())

    def limits(self) -> tuple[float, float]:
        """Return the ends of the vertical axis."""
        values = self.wide.to_numpy(float)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if self.target is not None:
            low, high = min(low, self.target), max(high, self.target)
        return bounded(low, high, self.floor, self.ceiling)

    def actual(self, method: str) -> pd.Series:
        """Return the observed values of a method."""
        return self.wide[f"actual_{method}"].dropna()

    def later(self) -> pd.DataFrame:
        """Return the values observed after the forecast: columns year, method, value."""
        columns = [name for name in self.wide.columns if name.startswith("actual_later_")]
        rows = [
            (year, name.removeprefix("actual_later_"), value)
            for name in columns
            for year, value in zip(*_known(self.wide[name]), strict=True)
        ]
        return pd.DataFrame(rows, columns=["year", "method", "value"])

    def marker(self, method: str) -> str:
        """Return the marker of a method; parts of a series without names of their own look alike."""
        named = method in self.methods and not method.isdigit()
        return MARKERS[self.methods.index(method) % len(MARKERS)] if named else MARKERS[0]

    def name(self, method: str, words: Words) -> str:
        """Return what the reader calls a method; parts of a series may be numbered instead of named."""
        named = bool(method) and not method.isdigit()
        return words.text(f"report.method.{method}") if named else words.text("report.figure.actual")

    def ends(self, words: Words) -> list[tuple[float, str, str, bool]]:
        """Return value, words, colour and weight of the labels at the right end of the fan, from the top down."""
        last = self.bands.iloc[-1]
        found = [
            (float(last[f"hi{level}"]), words.percent(level / 100), MUTED, False)
            for level in BANDS
            if f"hi{level}" in self.bands.columns
        ]
        return [*found, (float(last["p50"]), words.text("report.figure.median"), HUE, True)]


def _opened(wide: pd.DataFrame, origin: float | None) -> pd.DataFrame:
    """Return the fan's columns, opened from the last actual value when that lies at the origin."""
    columns = [name for name in wide.columns if name == "p50" or name[:2] in ("lo", "hi")]
    bands = wide[columns].dropna(how="all")
    actual = wide[[name for name in wide.columns if name.startswith("actual_") and "later_" not in name]]
    if origin is None or origin in bands.index or origin not in actual.index:
        return bands
    at_origin = actual.loc[[int(origin)]].to_numpy(float).ravel()
    at_origin = at_origin[~np.isnan(at_origin)]
    if not at_origin.size:
        return bands
    return pd.concat([pd.DataFrame(at_origin[-1], index=[int(origin)], columns=bands.columns), bands])


def _scenarios(whole: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the columns p50, lo80 and hi80 of each scenario by its id."""
    names = [str(name) for name in whole.columns if str(name).startswith(f"{_SCENARIO}") and str(name).endswith(":p50")]
    found = {}
    for name in names:
        stem = name.removesuffix("p50")
        part = whole[[f"{stem}{end}" for end in ("p50", "lo80", "hi80")]].set_axis(["p50", "lo80", "hi80"], axis=1)
        found[stem.removeprefix(_SCENARIO).removesuffix(":")] = part.dropna()
    return found


def _known(series: pd.Series) -> tuple[list[int], list[float]]:
    """Return the years and values that are there."""
    known = series.dropna()
    return [int(year) for year in known.index.to_numpy(int)], [float(value) for value in known.to_numpy(float)]
