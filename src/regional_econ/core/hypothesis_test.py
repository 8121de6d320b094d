"""A test of a hypothesis: what was asked, the statistic, its distribution under the null, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

Distribution = Literal["normal", "chi2", "t", "F", "resampled"]


@dataclass(frozen=True)
class HypothesisTest:
    """One test.

    Parameters
    ----------
    method : its published name, with the variant, such as "Pesaran CD".
    null : the hypothesis, such as "errors are independent across regions".
    statistic : as computed; NaN never, a negative χ² stays negative.
    distribution : under the null; "resampled" where draws stand for it.
    df : degrees of freedom: () for the normal, (df,) for χ² and t, (numerator, denominator) for F.
    p_value : NaN where the statistic has no distribution in this sample, with the reason in the note.
    source : the publication.
    note : one sentence on what it says, or why it says nothing; may be empty.
    details : further numbers by name.
    """

    method: str
    null: str
    statistic: float
    distribution: Distribution
    df: tuple[float, ...]
    p_value: float
    source: str
    note: str = ""
    details: Mapping[str, float | int | str] = field(default_factory=dict)

    def tidy(self) -> pd.DataFrame:
        """Return one row: method, null, statistic, distribution, df, df_denominator, p_value, note, and the details."""
        df, denominator = (*self.df, float("nan"), float("nan"))[:2]
        row = {
            "method": self.method,
            "null": self.null,
            "statistic": self.statistic,
            "distribution": self.distribution,
            "df": df,
            "df_denominator": denominator,
            "p_value": self.p_value,
            "note": self.note,
            **self.details,
        }
        return pd.DataFrame([row])

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`tidy`."""
        return self.tidy()

    def __str__(self) -> str:
        shape = {"normal": "N(0, 1)", "resampled": "resampled"}.get(self.distribution)
        shape = shape or f"{self.distribution}({', '.join(f'{df:g}' for df in self.df)})"
        p = "none" if np.isnan(self.p_value) else f"{self.p_value:.4f}"
        return " ".join(
            [f"{self.method}: {self.statistic:.4f}, {shape}, p {p}. Null: {self.null}.", *filter(None, [self.note])]
        )


def tail(statistic: float, distribution: Distribution, df: tuple[float, ...] = ()) -> float:
    """Return the p-value: two-sided for the normal and t, the upper tail for χ² and F.

    >>> round(tail(1.959964, "normal"), 6), round(tail(3.841459, "chi2", (1,)), 6)
    (0.05, 0.05)
    """
    match distribution:
        case "normal":
            return float(2 * stats.norm.sf(abs(statistic)))
        case "t":
            return float(2 * stats.t.sf(abs(statistic), *df))
        case "chi2":
            return float(stats.chi2.sf(statistic, *df))
        case "F":
            return float(stats.f.sf(statistic, *df))
        case "resampled":
            raise ValueError("a resampled p-value comes from its draws")
