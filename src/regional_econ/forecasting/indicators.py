"""Which indicators are forecast, and on which scale does each of them move?

A log or logit scale is divided by a fixed *unit*, about the size of a usual yearly change, so that one set of priors
serves all indicators. Scales and units are declared, not computed from figures: no later figure can reach an earlier
forecast through them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from regional_econ._base.errors import UnknownNameError
from regional_econ.bayes.trace import Array

Scale = Literal["log", "logit", "index"]


@dataclass(frozen=True)
class Indicator:
    """One forecast variable.

    Parameters
    ----------
    id : name of the forecast variable.
    source : the panel's variable behind it.
    scale : "log" of the figure, "logit" of a share in per cent, "index": the log of an index of the previous year,
        chained; its level is forecast with the last published year = 100.
    unit : the scale's unit.
    shown : unit and digits of a printed figure.
    offset : added before the log (and to both sides of the logit), so that a published zero stays a figure.
    older : the panel's variable that carries the break year under the method before the break, if any.
    additive : the country is the sum of its regions.
    recounts : years from which figures follow another method or count, beyond the breaks that the catalogue declares.
    """

    id: str
    source: str
    scale: Scale
    unit: float
    shown: tuple[str, int]
    offset: float = 0.0
    older: str | None = None
    additive: bool = False
    recounts: tuple[int, ...] = ()

    def to_scale(self, figures: Array) -> Array:
        """Carry figures to the scale, NaN where they have no place on it.

        >>> share = indicator("innovation_activity_pct")
        >>> round(float(share.from_scale(share.to_scale(np.array(12.5)))), 9)
        12.5
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.scale == "logit":
                scaled = np.log((figures + self.offset) / (100.0 - figures + self.offset))
            else:
                scaled = np.log((figures / 100.0 if self.scale == "index" else figures) + self.offset)
        return np.where(np.isfinite(scaled), scaled / self.unit, np.nan)

    def from_scale(self, scaled: Array, base: Array | float = 0.0) -> Array:
        """Carry values back to published units, cut to what can be published.

        Parameters
        ----------
        scaled : values on the scale.
        base : of an index: the level, on the scale, of the year that counts as 100.
        """
        if self.scale == "index":
            return np.asarray(100.0 * np.exp(self.unit * (scaled - base)))
        y = self.unit * scaled
        if self.scale == "log":
            return np.asarray(np.maximum(np.exp(y) - self.offset, 0.0))
        percent = (100.0 + 2.0 * self.offset) / (1.0 + np.exp(-y)) - self.offset
        return np.clip(percent, 0.0, 100.0)


INDICATORS = (
    Indicator("population_thousand", "population_thousand", "log", 0.01, ("thousand_persons", 1), additive=True),
    Indicator(
        "employed_thousand", "employed_thousand", "log", 0.02, ("thousand_persons", 1), additive=True,
        recounts=(2010,),
    ),
    Indicator("unemployment_pct", "unemployment_pct", "logit", 0.2, ("%", 1)),
    Indicator("grp_real_index", "grp_real_index_pct", "index", 0.05, ("", 1)),
    Indicator("investment_real_index", "investment_index_pct", "index", 0.2, ("", 1)),
    Indicator("wage_real_rub_month", "wage_real_rub_month", "log", 0.05, ("rub_month", 0)),
    Indicator("industrial_production_index", "industrial_production_index_pct", "index", 0.08, ("", 1)),
    Indicator("wear_pct", "wear_pct", "logit", 0.1, ("%", 1)),
    Indicator("rd_mln_rub", "rd_mln_rub", "log", 0.2, ("mln_rub", 0), offset=1.0, additive=True),
    Indicator("researchers", "researchers", "log", 0.1, ("persons", 0), offset=1.0, additive=True),
    Indicator("patent_applications", "patent_applications", "log", 0.3, ("count", 0), offset=1.0, additive=True),
    Indicator(
        "innovation_activity_pct", "innovation_activity_pct", "logit", 0.3, ("%", 1), offset=0.25,
        older="innovation_activity_oslo3_pct",
    ),
)  # fmt: skip
IDS = tuple(one.id for one in INDICATORS)


def indicator(name: str) -> Indicator:
    """Return an indicator by its id.

    Raises
    ------
    UnknownNameError : no such indicator.
    """
    for one in INDICATORS:
        if one.id == name:
            return one
    raise UnknownNameError.of("forecast variable", name, IDS)
