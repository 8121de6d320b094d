"""Which figures were revised between editions, and by how much?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ.data.corrections import same
from regional_econ.data.load import load_vintages

COLUMNS = ("region", "year", "vintage", "older", "newest_vintage", "newest", "change", "change_pct")


@dataclass(frozen=True)
class Revisions:
    """Older editions of a variable beside the figures in use.

    ``figures``: region, year, vintage, older, newest_vintage, newest, change, change_pct.
    ``summary``: one row an older edition: figures, equal, revised, mean_pct, largest_pct, its region and year.
    """

    variable: str
    figures: pd.DataFrame
    summary: pd.DataFrame

    def __str__(self) -> str:
        if self.summary.empty:
            return f"{self.variable}: one edition only, nothing to compare."
        revised = int(self.summary["revised"].sum())
        return f"{self.variable}: {revised} of {int(self.summary['figures'].sum())} older figures were revised."


def revisions(variable: str) -> Revisions:
    """Compare every older edition of a variable with the figures in use.

    Parameters
    ----------
    variable : id, imported or derived.

    Raises
    ------
    UnknownNameError : no such variable; the nearest names are given.

    Examples
    --------
    >>> grp = revisions("grp_mln_rub").figures
    >>> kuzbass = grp[(grp.region == "RU-KEM") & (grp.year == 2022) & (grp.vintage == "yearbook-2024")]
    >>> float(kuzbass["older"].iloc[0]), float(kuzbass["newest"].iloc[0])
    (2188800.0, 2170130.3)
    """
    editions = load_vintages(variable)
    keys = ["region", "year"]
    current = editions[editions["newest"]].rename(columns={"value": "used", "vintage": "newest_vintage"})
    older = editions[~editions["newest"]].drop(columns="newest").rename(columns={"value": "older"})
    joined = older.merge(current[[*keys, "newest_vintage", "used"]], on=keys).rename(columns={"used": "newest"})
    equal = [same(old, new) for old, new in zip(joined["older"], joined["newest"], strict=True)]
    joined["change"] = (joined["newest"] - joined["older"]).where(~np.array(equal), 0.0)
    joined["change_pct"] = 100 * joined["change"] / joined["older"].where(joined["older"] != 0)
    figures = joined[list(COLUMNS)].sort_values(["region", "year", "vintage"], ignore_index=True)
    return Revisions(variable, figures, _summary(figures))


def _summary(figures: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for vintage, group in figures.groupby("vintage"):
        equal = int((group["change"] == 0.0).sum())
        changes = group["change_pct"].dropna()
        row: dict[str, object] = {"vintage": str(vintage), "figures": len(group), "equal": equal}
        row |= {"revised": len(group) - equal, "mean_pct": None, "largest_pct": None, "region": None, "year": None}
        if len(changes):
            top = group.iloc[int(group["change_pct"].abs().fillna(0.0).to_numpy().argmax())]
            row |= {"mean_pct": float(changes.mean()), "largest_pct": float(top["change_pct"])}
            row |= {"region": str(top["region"]), "year": int(top["year"])}
        rows.append(row)
    return pd.DataFrame(rows)
