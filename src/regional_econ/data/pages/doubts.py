"""What in the data deserves distrust? Files beside each other, parts beside wholes, figures beside neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from regional_econ.core.panel import Panel
from regional_econ.core.results import Result, Value
from regional_econ.core.section import Cell, Column, LabelRef, NumberRef, Stack, TableBlock, TextRef, Verbatim
from regional_econ.data.checks.aggregates import OUTCOMES
from regional_econ.data.checks.crosscheck import REASONS, CrossCheck
from regional_econ.data.checks.suspicions import RULES
from regional_econ.data.derive import imported_inputs
from regional_econ.data.snapshot import manifest

CROSSCHECK_ID, SUMS_ID = "data.crosscheck", "data.sums"
SUSPICIONS_ID, LISTED_ID = "data.suspicions", "data.suspicions_listed"
UNEXPLAINED_ID = "data.crosscheck_unexplained"
LONGEST_SUMS = LONGEST_UNEXPLAINED = 12
LONGEST_LIST = 20
_COUNTS = ("cells", "equal", *REASONS)


def crosscheck_result(check: CrossCheck, panel: Panel) -> Result:
    """Count equal and differing cells, in all and by pair of files.

    Keys: ``cells``, ``equal``, ``differing``, ``pairs``, one a reason, and the same counts as ``<pair>.<count>``,
    where a pair reads ``<file>.<file>``; ``listed`` and ``<number>.one|other`` for the unexplained that are listed.
    """
    values = {name: Value(int(check.counts[name].sum()), digits=0) for name in _COUNTS}
    differing = int(check.counts["cells"].sum() - check.counts["equal"].sum())
    values |= {"differing": Value(differing, digits=0), "pairs": Value(len(check.by_pair()), digits=0)}
    for row in check.by_pair().to_dict("records"):
        values |= {f"{_key(str(row['pair']))}.{name}": Value(int(row[name]), digits=0) for name in _COUNTS}
    listed = check.unexplained.head(LONGEST_UNEXPLAINED)
    values["listed"] = Value(len(listed), digits=0)
    for number, row in enumerate(listed.to_dict("records"), start=1):
        digits = panel.variable(str(row["variable"])).digits
        values |= {f"{number:02d}.{side}": Value(float(row[side]), digits=digits) for side in ("one", "other")}
    return Result(CROSSCHECK_ID, values, {"panel": panel.checksum, **manifest()["files"]})


def crosscheck_table(check: CrossCheck) -> TableBlock:
    """Return the table of pairs of files: cells in both, equal ones, and the others by reason; reasons never met are
    left out, except unexplained."""
    met = [name for name in REASONS if name == "unexplained" or check.counts[name].sum() > 0]
    rows: list[tuple[Cell, ...]] = []
    for row in check.by_pair().sort_values("cells", ascending=False, kind="stable").to_dict("records"):
        pair = str(row["pair"])
        files = Stack(tuple(TextRef(f"data.file.{name}") for name in pair.split(" × ")))
        numbers = tuple(NumberRef(f"{CROSSCHECK_ID}.{_key(pair)}.{name}") for name in ("cells", "equal", *met))
        rows.append((files, *numbers))
    heads = [Column(name, f"data.column.{name}", "right", 0.9) for name in ("cells", "equal", *met)]
    columns = (Column("pair", "data.column.pair", width=1.8), *heads)
    return TableBlock(CROSSCHECK_ID, "data.crosscheck.caption", columns, tuple(rows))


def unexplained_table(check: CrossCheck) -> TableBlock | None:
    """Return the differences that no reason explains, one by one; None where there is none."""
    rows: list[tuple[Cell, ...]] = []
    for number, row in enumerate(check.unexplained.head(LONGEST_UNEXPLAINED).to_dict("records"), start=1):
        files = Stack(tuple(TextRef(f"data.file.{name}") for name in str(row["pair"]).split(" × ")))
        numbers = Stack(tuple(NumberRef(f"{CROSSCHECK_ID}.{number:02d}.{side}") for side in ("one", "other")))
        year = Verbatim(str(row["year"]))
        rows.append((LabelRef(str(row["variable"])), LabelRef(str(row["region"])), year, files, numbers))
    columns = (
        Column("variable", "data.column.indicator", width=2.4),
        Column("region", "data.column.region", width=1.8),
        Column("year", "data.column.year", "right", 0.6),
        Column("pair", "data.column.pair", width=1.8),
        Column("values", "data.column.values", "right", 1.0),
    )
    return TableBlock(UNEXPLAINED_ID, "data.crosscheck_unexplained.caption", columns, tuple(rows)) if rows else None


def sums_result(sums: pd.DataFrame, panel: Panel) -> Result:
    """Count the sums of parts by outcome and say where they differ most.

    Keys: ``sums``, ``variables``, one an outcome, ``differing_variables``, and for the variables that differ most
    ``<number>.years`` (how many years of the aggregate differ) and ``<number>.largest`` (in %, published against sum).

    Parameters
    ----------
    sums : from :func:`regional_econ.data.checks.aggregates.sums_of_parts`.
    panel : newest figures.
    """
    tally = sums["outcome"].value_counts()
    worst = _worst_sums(sums)
    counts = {"sums": len(sums), "variables": sums["variable"].nunique(), "differing_variables": len(worst)}
    counts |= {outcome: int(tally.get(outcome, 0)) for outcome in OUTCOMES}
    values = {name: Value(int(count), digits=0) for name, count in counts.items()}
    for number, row in enumerate(worst.head(LONGEST_SUMS).to_dict("records"), start=1):
        values[f"{number:02d}.years"] = Value(int(row["years"]), digits=0)
        values[f"{number:02d}.largest"] = Value(float(row["difference_pct"]), "%", 2)
    return Result(SUMS_ID, values, {"panel": panel.checksum})


def sums_table(sums: pd.DataFrame) -> TableBlock | None:
    """Return the variables whose parts do not add up for no known reason, the largest difference first; None: all do.

    Parameters
    ----------
    sums : as in :func:`sums_result`.
    """
    rows: list[tuple[Cell, ...]] = []
    for number, row in enumerate(_worst_sums(sums).head(LONGEST_SUMS).to_dict("records"), start=1):
        year = Verbatim(str(row["year"]))
        numbers = (NumberRef(f"{SUMS_ID}.{number:02d}.{name}") for name in ("years", "largest"))
        rows.append((LabelRef(str(row["variable"])), LabelRef(str(row["unit"])), year, *numbers))
    columns = (
        Column("variable", "data.column.indicator", width=2.4),
        Column("aggregate", "data.column.aggregate", width=2.0),
        Column("year", "data.column.year", "right", 0.7),
        Column("years", "data.column.years", "right", 0.9),
        Column("largest", "data.column.largest", "right", 1.0),
    )
    return TableBlock(SUMS_ID, "data.sums.caption", columns, tuple(rows)) if rows else None


def suspicions_result(found: pd.DataFrame, panel: Panel, focal: str, key: Sequence[str]) -> Result:
    """Count suspicious figures by rule.

    Keys: ``figures``, ``focal``, ``listed``, ``of_interest``, ``rules``, ``<rule>.figures``, ``<rule>.focal`` and,
    for those listed, ``<number>.before|value|after``.

    Parameters
    ----------
    found : from :func:`regional_econ.data.checks.suspicions.suspicions`.
    panel : newest figures.
    focal : id of the region the report is about.
    key : ids of the variables the report is about, imported or derived.
    """
    here = found["region"] == focal
    interest = _of_interest(found, panel, focal, key)
    counts = {
        "figures": len(found), "focal": int(here.sum()), "rules": len(RULES), "of_interest": len(interest),
        "listed": min(len(interest), LONGEST_LIST),
    }  # fmt: skip
    for rule in RULES:
        own = found["rule"] == rule
        counts |= {f"{rule}.figures": int(own.sum()), f"{rule}.focal": int((own & here).sum())}
    values = {name: Value(count, digits=0) for name, count in counts.items()}
    for number, row in enumerate(interest.head(LONGEST_LIST).to_dict("records"), start=1):
        variable = panel.variables.get(str(row["variable"]))
        digits = 1 if variable is None else variable.digits
        for name in ("before", "value", "after"):
            figure = float(row[name])
            values[f"{number:02d}.{name}"] = Value(None if pd.isna(figure) else figure, digits=digits)
    return Result(SUSPICIONS_ID, values, {"panel": panel.checksum, **manifest()["files"]})


def suspicions_table() -> TableBlock:
    """Return the table of rules: what each looks for, how many figures it found, and how many of the focal region."""
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (TextRef(f"data.rule.{rule}"), *(NumberRef(f"{SUSPICIONS_ID}.{rule}.{name}") for name in ("figures", "focal")))
        for rule in RULES
    )
    columns = (
        Column("rule", "data.column.rule", width=3.6),
        Column("figures", "data.column.suspicious", "right", 1.0),
        Column("focal", "data.column.focal", "right", 1.0),
    )
    return TableBlock(SUSPICIONS_ID, "data.suspicions.caption", columns, rows)


def suspicions_listed(found: pd.DataFrame, panel: Panel, focal: str, key: Sequence[str]) -> TableBlock | None:
    """Return the list of suspicious figures of the focal region and of the key variables; None where there is none.

    Parameters
    ----------
    found, panel, focal, key : as in :func:`suspicions_result`.
    """
    rows: list[tuple[Cell, ...]] = []
    chosen = _of_interest(found, panel, focal, key).head(LONGEST_LIST)
    for number, row in enumerate(chosen.to_dict("records"), start=1):
        variable, region = str(row["variable"]), str(row["region"])
        rows.append(
            (
                _named(variable, str(row["rule"]), panel),
                LabelRef(region) if region in panel.regions else TextRef("data.every.region"),
                Verbatim(str(row["year"])),
                *(NumberRef(f"{SUSPICIONS_ID}.{number:02d}.{name}") for name in ("before", "value", "after")),
                TextRef(f"data.rule_short.{row['rule']}"),
            )
        )
    columns = (
        Column("variable", "data.column.indicator", width=2.0),
        Column("region", "data.column.region", width=1.6),
        Column("year", "data.column.year", "right", 0.6),
        Column("before", "data.column.before", "right", 0.9),
        Column("value", "data.column.value", "right", 0.9),
        Column("after", "data.column.after", "right", 0.9),
        Column("rule", "data.column.why", width=1.2),
    )
    return TableBlock(LISTED_ID, "data.suspicions_listed.caption", columns, tuple(rows)) if rows else None


def _named(variable: str, rule: str, panel: Panel) -> Cell:
    """What a finding is about: a variable, the whole that shares should make up, or many variables at once."""
    if rule == "shares_sum":
        return TextRef(f"data.whole.{variable}")
    return LabelRef(variable) if variable in panel.variables else TextRef("data.every.variable")


def _worst_sums(sums: pd.DataFrame) -> pd.DataFrame:
    """One row a variable: its aggregate and year of the largest unexplained difference, and how many years differ."""
    differing = sums[sums["outcome"] == "differs"].dropna(subset=["difference_pct"])
    if differing.empty:
        return differing.assign(years=[])
    years = differing.groupby(["variable", "unit"])["year"].nunique().rename("years").reset_index()
    largest = differing.loc[differing.groupby("variable")["difference_pct"].apply(lambda one: one.abs().idxmax())]
    largest = largest.merge(years, on=["variable", "unit"])
    return largest.sort_values("difference_pct", key=abs, ascending=False, kind="stable", ignore_index=True)


def _of_interest(found: pd.DataFrame, panel: Panel, focal: str, key: Sequence[str]) -> pd.DataFrame:
    """Rows of the focal region first, then those of the key variables, in the order of the key variables."""
    inputs = list(dict.fromkeys(part for name in key for part in (name, *imported_inputs(panel.variables, name))))
    here = found["region"] == focal
    place = found["variable"].map({name: number for number, name in enumerate(inputs)})
    chosen = found[here | place.notna()]
    order = pd.DataFrame({"elsewhere": ~here, "place": place, "year": found["year"]}).loc[chosen.index]
    order = order.sort_values(["elsewhere", "place", "year"], kind="stable")
    return chosen.loc[order.index]


def _key(pair: str) -> str:
    return pair.replace(" × ", ".")
