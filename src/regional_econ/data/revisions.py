"""Which figures were revised between editions, whose, when, and by how much?

An edition is older where it was published before the one whose figure is in use. Two figures that are equal at the
digits which the coarser file prints of that year differ by rounding, which is no revision; a derived figure was revised
where one of those that it reads was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regional_econ._base.errors import UnknownNameError
from regional_econ.core.variable import Variable
from regional_econ.data.catalogue import load_variables
from regional_econ.data.checks.reasons import printed_digits
from regional_econ.data.derive import Derivation
from regional_econ.data.editions import load_editions
from regional_econ.data.load import load_vintages, load_vintages_of
from regional_econ.data.regions import load_regions

COLUMNS = ("region", "year", "vintage", "older", "newest_vintage", "newest", "change", "change_pct")
PLOT_COLUMNS = ("region", "year", "vintage", "edition_ru", "edition_en", "older", "newest", "change_pct")
OTHER_COLUMNS = ("vintage", "published", "figures")
SEAM_COLUMNS = ("region", "year", "before", "after", "jump_pct")


@dataclass(frozen=True)
class Revisions:
    """Older editions of a variable beside the figures in use.

    ``figures``: region, year, vintage, older, newest_vintage, newest, change, change_pct; the change is zero where the
    figures are equal or differ by rounding.
    ``summary``: one row an older edition: vintage, published, figures, equal, revised, mean_pct, largest_pct, and the
    region and year of the largest.
    ``by_year``: one row an older edition and year, disjoint regions only: vintage, year, figures, revised, mean_pct,
    mean_log_pct (100 × mean of the logarithms), largest_pct and its region.
    ``others``: vintage, published and figures of editions that are not older than the figures in use, such as a
    collection of the same or a later date; they are compared with nothing.
    """

    variable: str
    figures: pd.DataFrame
    summary: pd.DataFrame
    by_year: pd.DataFrame
    others: pd.DataFrame

    def __str__(self) -> str:
        left = [f"{row.vintage} ({row.published}): {row.figures}" for row in self.others.itertuples()]
        said = f" Not compared, of the same or a later date: {', '.join(left)}." if left else ""
        if self.summary.empty:
            return f"{self.variable}: no older edition, nothing to compare.{said}"
        revised = int(self.summary["revised"].sum())
        figures = int(self.summary["figures"].sum())
        return f"{self.variable}: {revised} of {figures} older figures were revised.{said}"


def revisions(variable: str) -> Revisions:
    """Compare every older edition of a variable with the figures in use.

    Parameters
    ----------
    variable : id, imported or derived.

    Raises
    ------
    UnknownNameError : no such variable; the nearest names are given.
    DataError : a variable at constant prices: no edition has all figures that it reads.

    Examples
    --------
    >>> grp = revisions("grp_mln_rub").figures
    >>> kuzbass = grp[(grp.region == "RU-KEM") & (grp.year == 2022) & (grp.vintage == "yearbook-2024")]
    >>> float(kuzbass["older"].iloc[0]), float(kuzbass["newest"].iloc[0])
    (2188800.0, 2170130.3)
    """
    variables = load_variables()
    if variable not in variables:
        raise UnknownNameError.of("variable", variable, variables)
    read = load_vintages_of(_read_by(variable, variables))
    editions, keys = read[variable], ["region", "year"]
    older, others = _older(editions, _judged(variable, variables, read))
    current = editions[editions["newest"]].rename(columns={"value": "used", "vintage": "newest_vintage"})
    older = older.drop(columns="newest").rename(columns={"value": "older"})
    joined = older.merge(current[[*keys, "newest_vintage", "used"]], on=keys).rename(columns={"used": "newest"})
    joined["change"] = (joined["newest"] - joined["older"]).where(joined["revised"], 0.0)
    joined["change_pct"] = 100 * joined["change"] / joined["older"].where(joined["older"] != 0)
    figures = joined[list(COLUMNS)].sort_values([*keys, "vintage"], ignore_index=True)
    return Revisions(variable, figures, _summary(figures), _by_year(figures), others)


def revision_plot_data(variable: str, *, vintage: str | None = None) -> pd.DataFrame:
    """Return what became of the figures of older editions, for the picture: disjoint regions only.

    Parameters
    ----------
    variable : id, imported or derived.
    vintage : one older edition; all of them by default.

    Returns
    -------
    Frame with the columns region, year, vintage, edition_ru, edition_en, older, newest, change_pct (in % of the older
    figure, NaN where that is zero), sorted by edition, year and region.

    Raises
    ------
    UnknownNameError : no such variable, or no such older edition of it.
    DataError : a variable at constant prices: no edition has all figures that it reads.

    Examples
    --------
    >>> frame = revision_plot_data("investment_mln_rub", vintage="yearbook-2023")
    >>> float(frame[(frame.region == "RU-SEV") & (frame.year == 2022)].change_pct.iloc[0].round())
    45.0
    """
    figures = _disjoint(revisions(variable).figures)
    known = sorted(figures["vintage"].unique())
    if vintage is not None:
        if vintage not in known:
            raise UnknownNameError.of("older edition", vintage, known, where=variable)
        figures = figures[figures["vintage"] == vintage]
    labels = {name: one.label for name, one in load_editions().items()}
    figures = figures.assign(
        edition_ru=[_label(name, {key: one.ru for key, one in labels.items()}) for name in figures["vintage"]],
        edition_en=[_label(name, {key: one.en for key, one in labels.items()}) for name in figures["vintage"]],
    )
    return figures.sort_values(["vintage", "year", "region"], ignore_index=True)[list(PLOT_COLUMNS)]


def seams(variable: str) -> pd.DataFrame:
    """Return where the figures in use pass from one edition to another, and how large the step between them is.

    Parameters
    ----------
    variable : id, imported or derived.

    Returns
    -------
    Frame with the columns region, year (the first of the later edition), before, after (editions), jump_pct: how far
    the edition used after stands above the one used before in that year, NaN where the latter has no figure for it.

    Raises
    ------
    UnknownNameError : no such variable.

    Examples
    --------
    >>> step = seams("employed_thousand")
    >>> float(step[step.year == 2013].jump_pct.abs().max().round(1))
    4.8
    """
    editions = load_vintages(variable)
    used = editions[editions["newest"]].sort_values(["region", "year"])
    former = used.groupby("region")[["vintage", "year"]].shift()
    switched = used.assign(before=former["vintage"])[
        (former["vintage"] != used["vintage"]) & (former["year"] == used["year"] - 1)
    ]
    stated = editions.rename(columns={"vintage": "before", "value": "stated"})[["region", "year", "before", "stated"]]
    found = switched.rename(columns={"vintage": "after"}).merge(stated, on=["region", "year", "before"], how="left")
    found["jump_pct"] = 100 * (found["value"] / found["stated"].where(found["stated"] != 0) - 1)
    return found[list(SEAM_COLUMNS)]


def _read_by(variable: str, variables: Mapping[str, Variable]) -> list[str]:
    """The variable and all that its formula reads, and theirs, each once."""
    formula = variables[variable].formula
    inputs = () if formula is None else Derivation(variable, formula).inputs
    return list(dict.fromkeys([variable, *(name for one in inputs for name in _read_by(one, variables))]))


def _older(editions: pd.DataFrame, judged: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of older editions, with ``revised``, and how many figures the other editions have."""
    judged = editions[~editions["newest"]].merge(judged, on=["region", "year", "vintage"])
    others = judged[~judged["older"]].groupby("vintage").size()
    months = _months()
    rows = [(str(name), months[str(name)], int(count)) for name, count in others.items()]
    return judged[judged["older"]].drop(columns="older"), pd.DataFrame(rows, columns=list(OTHER_COLUMNS))


def _judged(variable: str, variables: Mapping[str, Variable], read: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return region, year, vintage of every figure not in use, whether it is older, and whether it was revised."""
    formula = variables[variable].formula
    if formula is None:
        return _judged_as_printed(read[variable])
    keys, derivation = ["region", "year", "vintage"], Derivation(variable, formula)
    parts = {name: _judged(name, variables, read) for name in derivation.inputs}
    before = [parts[name].assign(year=parts[name]["year"] + 1) for name in derivation.read_by("lag")]
    return pd.concat([*parts.values(), *before]).groupby(keys, as_index=False).agg({"older": "all", "revised": "any"})


def _judged_as_printed(editions: pd.DataFrame) -> pd.DataFrame:
    """Compare the figures of an imported variable with those in use: dates of publication, and digits by file."""
    printed = editions.groupby(["source", "year"])["value"].transform(lambda one: printed_digits(one.to_numpy()))
    months = _months()
    rows = editions.assign(digits=printed, month=editions["vintage"].map(months))
    columns = ["region", "year", "value", "digits", "month"]
    both = rows[~rows["newest"]].merge(rows.loc[rows["newest"], columns], on=["region", "year"], suffixes=("", "_used"))
    gap = (both["value"] - both["value_used"]).abs()
    coarse = both[["digits", "digits_used"]].min(axis=1)
    # the rule of data.checks.reasons: half a unit of the coarser file's last digit; a whole one if rounded twice
    twice = np.where(both["digits"] == both["digits_used"], 1.0, 2.0)
    rounding = twice * 0.5 * 10.0**-coarse * (1 + 1e-6) + 1e-9
    judged = both[["region", "year", "vintage"]]
    return judged.assign(older=both["month"] < both["month_used"], revised=gap > rounding)


def _months() -> dict[str, str]:
    return {name: f"{one.published[0]}-{one.published[1]:02d}" for name, one in load_editions().items()}


def _disjoint(figures: pd.DataFrame) -> pd.DataFrame:
    return figures[figures["region"].isin([one.id for one in load_regions().values() if one.kind == "region"])]


def _label(vintage: str, labels: dict[str, str]) -> str:
    """Return the label of an edition; a derived figure may rest on several."""
    return ", ".join(labels.get(name, name) for name in vintage.split(", "))


def _summary(figures: pd.DataFrame) -> pd.DataFrame:
    published = _months()
    rows: list[dict[str, object]] = []
    for vintage, group in figures.groupby("vintage"):
        row: dict[str, object] = {"vintage": str(vintage), "published": published.get(str(vintage)), **_counts(group)}
        top = _largest(group)
        row |= {"mean_pct": None, "largest_pct": None, "region": None, "year": None}
        if top is not None:
            row |= {"mean_pct": float(group["change_pct"].mean()), "largest_pct": float(top["change_pct"])}
            row |= {"region": str(top["region"]), "year": int(top["year"])}
        rows.append(row)
    return pd.DataFrame(rows)


def _by_year(figures: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for (vintage, _), group in _disjoint(figures).groupby(["vintage", "year"]):
        top = _largest(group)
        if top is None:
            continue
        ratio = 1 + group["change_pct"].dropna() / 100
        row: dict[str, object] = {"vintage": str(vintage), "year": int(group["year"].iloc[0]), **_counts(group)}
        row |= {"mean_pct": float(group["change_pct"].mean())}
        row |= {"mean_log_pct": float(100 * np.log(ratio).mean()) if (ratio > 0).all() else None}
        row |= {"largest_pct": float(top["change_pct"]), "region": str(top["region"])}
        rows.append(row)
    return pd.DataFrame(rows)


def _counts(group: pd.DataFrame) -> dict[str, object]:
    equal = int((group["change"] == 0.0).sum())
    return {"figures": len(group), "equal": equal, "revised": len(group) - equal}


def _largest(group: pd.DataFrame) -> pd.Series | None:
    changes = group["change_pct"].abs().to_numpy()
    return None if np.isnan(changes).all() else group.iloc[int(np.nanargmax(changes))]
