"""What the report shows of the sources: designs with instruments, published findings, and what each assumption does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import batched

import pandas as pd

from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Block,
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    Paragraph,
    TableBlock,
    TextRef,
)
from regional_econ.elasticities.declared import Assumptions
from regional_econ.elasticities.grades import B_PRIOR_SHARE
from regional_econ.elasticities.meta_analysis import meta_posterior
from regional_econ.elasticities.own_slopes import OwnSlopes
from regional_econ.elasticities.published import Relation
from regional_econ.elasticities.sensitivity import QUANTILES, SELECTIONS, SHARES

_FINE = "logit_per_unit"
_IV = ("iv", "iv_error", "within", "first_stage_f", "inflation")
_FINDING = ("value", "sd", "bias_mean", "bias_sd")
_OWN = ("spread", "exchanged", "share", "unnoticed")


@dataclass(frozen=True)
class Sources:
    """What goes into the synthesis, as the page shows it.

    ``designs``: design, driver, estimate, std_error; ``first_stage`` and ``inflation`` by driver, of the design with
    instruments; ``pull`` design × driver and ``sensitivity`` as `elasticities.sensitivity` returns them; ``own``
    how far single regions' slopes lie apart.
    """

    designs: pd.DataFrame
    first_stage: Mapping[str, float]
    inflation: Mapping[str, float]
    assumptions: Assumptions
    pull: pd.DataFrame
    sensitivity: pd.DataFrame
    own: OwnSlopes

    def literature_share(self) -> Mapping[str, float]:
        """Return the weight of the published effects by driver, as declared."""
        base = self.sensitivity[self.sensitivity["variant"] == "base"]
        return dict(zip(base["driver"].astype(str), base["literature"].astype(float), strict=True))


def source_results(sources: Sources, *, input_hashes: Mapping[str, str]) -> tuple[Result, ...]:
    """Return ``elasticities.designs``, ``.literature``, ``.own_slopes`` and ``elasticities.sensitivity.<driver>``.

    Parameters
    ----------
    sources : what went in.
    input_hashes : hashes of it.
    """
    designs: dict[str, Value] = {}
    for design, driver, estimate, error in sources.designs.itertuples(index=False):
        digits = _digits(sources, driver)
        designs[f"{design}.{driver}.estimate"] = Value(float(estimate), "", digits)
        designs[f"{design}.{driver}.std_error"] = Value(float(error), "", digits)
    for driver, f in sources.first_stage.items():
        designs[f"{driver}.first_stage_f"] = Value(float(f), "", 0)
        designs[f"{driver}.inflation"] = Value(float(sources.inflation[driver]), "", 2)
    for design in sources.pull.index:
        for driver in sources.pull.columns:
            designs[f"{design}.{driver}.pull"] = Value(float(sources.pull.loc[design, driver]), "", 2)
    designs["first_stage_least"] = Value(min(sources.first_stage.values()), "", 0)
    half_width = sources.assumptions.attenuation_half_width
    ends = {"attenuation_least": 1 - half_width, "attenuation_most": 1 + half_width}
    assumed = ends | {"bias_correlation": sources.assumptions.bias_correlation}
    designs |= {name: Value(value, "", 1) for name, value in assumed.items()}
    each = []
    for driver in dict.fromkeys(sources.sensitivity["driver"].astype(str)):
        rows = sources.sensitivity[sources.sensitivity["driver"] == driver]
        digits = _digits(sources, driver)
        values: dict[str, Value] = {}
        for row in rows.to_dict(orient="records"):
            values |= {f"{row['variant']}.{key}": Value(float(row[key]), "", digits) for key in QUANTILES}
            values |= {f"{row['variant']}.{key}": Value(float(row[key]), "", 2) for key in SHARES}
        medians = rows.set_index("variant")["p50"]
        farthest = str((medians - medians["base"]).abs().idxmax())
        values["median_least"] = Value(float(medians.min()), "", digits)
        values["median_largest"] = Value(float(medians.max()), "", digits)
        values["median_farthest"] = Value(float(medians[farthest]), "", digits)
        values["prior_share_largest"] = Value(float((rows["bias"] + rows["literature"]).max()), "", 2)
        values["farthest"] = Value(f"elasticities.variant.{farthest}")
        each.append(Result(f"elasticities.sensitivity.{driver}", values, dict(input_hashes)))
    whole = Result("elasticities.sensitivity", _whole(sources), dict(input_hashes))
    return (
        Result("elasticities.designs", designs, dict(input_hashes)),
        Result("elasticities.literature", _literature(sources.assumptions), dict(input_hashes)),
        Result("elasticities.own_slopes", _own(sources), dict(input_hashes)),
        whole,
        *each,
    )


def source_blocks(sources: Sources) -> tuple[Block, ...]:
    """Return the blocks on instruments, literature and sensitivity.

    Parameters
    ----------
    sources : what went in.
    """
    return (
        _pull_table(sources.pull),
        Paragraph("elasticities.iv"),
        _iv_table(sources),
        Paragraph("elasticities.literature"),
        _findings_table(sources.assumptions),
        Paragraph("elasticities.selection"),
        _selection_table(sources.assumptions),
        Paragraph(f"elasticities.transport.{'apart' if sources.own.stands_out else 'alike'}"),
        _own_table(sources.own),
        Paragraph("elasticities.sensitivity"),
        _reach_table(sources.sensitivity),
        *_sensitivity_figures(sources.sensitivity),
        _sensitivity_table(sources.sensitivity),
    )


def shares_figure(sensitivity: pd.DataFrame) -> FigureBlock:
    """Return how much of each posterior comes from data, declared biases and literature."""
    base = sensitivity[sensitivity["variant"] == "base"]
    data = base.melt("driver", list(SHARES), "label", "value").rename(columns={"driver": "panel"})
    return FigureBlock(
        "elasticities.shares", "bars", data, "elasticities.shares.caption", "elasticities.shares.alt",
        {"names": "elasticities.share", "share": 1},
    )  # fmt: skip


def _digits(sources: Sources, driver: str) -> int:
    return 3 if sources.assumptions.drivers[driver].form == _FINE else 2


def _whole(sources: Sources) -> dict[str, Value]:
    frame = sources.sensitivity
    clear = frame[(frame["p025"] > 0) | (frame["p975"] < 0)]
    doubt = frame.loc[frame["variant"] == "base", "prior_doubt"]
    return {
        "prior_doubt_least": Value(float(doubt.min()), "share", 2),
        "prior_doubt_largest": Value(float(doubt.max()), "share", 2),
        "n_variants": Value(int(frame["variant"].nunique()), "", 0),
        "n_clear": Value(len(clear), "", 0),
        "n_cases": Value(len(frame), "", 0),
        "grade_limit": Value(B_PRIOR_SHARE, "", 1),
        "n_above": Value(int((frame["bias"] + frame["literature"] > B_PRIOR_SHARE).sum()), "", 0),
    }


def _literature(assumptions: Assumptions) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for relation in assumptions.relations:
        for finding in relation.findings:
            values |= {
                f"{finding.id}.value": Value(finding.value, "", 2),
                f"{finding.id}.sd": Value(finding.sd, "", 2),
                f"{finding.id}.bias_mean": Value(finding.bias.mean, "", 2),
                f"{finding.id}.bias_sd": Value(finding.bias.sd, "", 2),
            }
        for null in relation.nulls:
            values |= {f"{null}.value": Value(0.0, "", 0), f"{null}.sd": Value(relation.null_sd, "", 2)}
            values |= {f"{null}.bias_mean": Value(0.0, "", 0), f"{null}.bias_sd": Value(0.0, "", 0)}
        meta = meta_posterior(relation)
        values[f"{relation.id}.silent"] = Value(float(meta.weight @ meta.silent), "", 1)
        values[f"{relation.id}.tau"] = Value(float(meta.weight @ meta.tau), "", 2)
        values[f"{relation.id}.n_studies"] = Value(relation.n_studies, "", 0)
        for at, driver in enumerate(relation.drivers):
            values[f"{driver}.mean"] = Value(float(meta.mean[at]), "", 2)
            values[f"{driver}.mean_sd"] = Value(float(meta.location_sd[at]), "", 2)
            values[f"{driver}.predictive_sd"] = Value(float(meta.predictive_sd[at]), "", 2)
        values["null_share"] = Value(relation.selection.null_share, "", 1)
        values["null_prints"] = Value(relation.selection.null_prints, "", 1)
    for name, relation in _selections(assumptions):
        meta = meta_posterior(relation)
        values[f"{name}.null_share"] = Value(relation.selection.null_share, "", 1)
        values[f"{name}.null_prints"] = Value(relation.selection.null_prints, "", 1)
        values[f"{name}.silent"] = Value(float(meta.weight @ meta.silent), "", 1)
        for at, driver in enumerate(relation.drivers):
            values[f"{name}.{driver}.mean"] = Value(float(meta.mean[at]), "", 2)
    values["n_findings"] = Value(sum(len(one.findings) + len(one.nulls) for one in assumptions.relations), "", 0)
    return values


def _own(sources: Sources) -> dict[str, Value]:
    own = sources.own
    values = {"regions": Value(own.regions, "", 0), "years": Value(own.years, "", 0)}
    for driver, row in own.table.iterrows():
        digits = _digits(sources, str(driver))
        values |= {f"{driver}.{key}": Value(float(row[key]), "", 2 if key == "share" else digits) for key in _OWN}
        values[f"{driver}.declared"] = Value(sources.assumptions.drivers[str(driver)].transport_sd, "", digits)
    return values


def _own_table(own: OwnSlopes) -> TableBlock:
    keys = (*_OWN, "declared")
    columns = (
        Column("driver", "elasticities.column.driver", width=2.4),
        *(Column(key, f"elasticities.column.own_{key}", "right") for key in keys),
    )
    rows: list[tuple[Cell, ...]] = [
        (LabelRef(driver), *(NumberRef(f"elasticities.own_slopes.{driver}.{key}") for key in keys))
        for driver in map(str, own.table.index)
    ]
    return TableBlock("elasticities.own_slopes", "elasticities.own_slopes.caption", columns, tuple(rows))


def _pull_table(pull: pd.DataFrame) -> TableBlock:
    drivers = [str(driver) for driver in pull.columns]
    columns = (
        Column("design", "elasticities.column.identification", width=2.6),
        *(Column(driver, f"elasticities.short.{driver}", "right") for driver in drivers),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            TextRef(f"elasticities.model.{design}"),
            *(NumberRef(f"elasticities.designs.{design}.{driver}.pull") for driver in drivers),
        )
        for design in pull.index
    ]
    return TableBlock("elasticities.pull", "elasticities.pull.caption", columns, tuple(rows))


def _iv_table(sources: Sources) -> TableBlock:
    columns = (
        Column("driver", "elasticities.column.driver", width=2.4),
        *(Column(key, f"elasticities.column.{key}", "right") for key in _IV),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            LabelRef(driver),
            NumberRef(f"elasticities.designs.iv.{driver}.estimate"),
            NumberRef(f"elasticities.designs.iv.{driver}.std_error"),
            NumberRef(f"elasticities.designs.within.{driver}.estimate"),
            NumberRef(f"elasticities.designs.{driver}.first_stage_f"),
            NumberRef(f"elasticities.designs.{driver}.inflation"),
        )
        for driver in dict.fromkeys(sources.designs["driver"].astype(str))
    ]
    return TableBlock("elasticities.iv", "elasticities.iv.caption", columns, tuple(rows))


def _findings_table(assumptions: Assumptions) -> TableBlock:
    columns = (
        Column("finding", "elasticities.column.finding", width=3.2),
        Column("about", "elasticities.column.about", width=1.4),
        *(Column(key, f"elasticities.column.{key}", "right") for key in _FINDING),
    )
    rows: list[tuple[Cell, ...]] = []
    for relation in assumptions.relations:
        kinds: list[tuple[str, str]] = [(finding.id, finding.about) for finding in relation.findings]
        kinds += [(null, "null") for null in relation.nulls]
        rows += [
            (
                TextRef(f"elasticities.finding.{row}"),
                TextRef(f"elasticities.about.{about}"),
                *(NumberRef(f"elasticities.literature.{row}.{key}") for key in _FINDING),
            )
            for row, about in kinds
        ]
    return TableBlock("elasticities.findings", "elasticities.findings.caption", columns, tuple(rows))


def _selections(assumptions: Assumptions) -> list[tuple[str, Relation]]:
    """The relation with most printed studies under the declared selection and under the others."""
    most = max(assumptions.relations, key=lambda relation: relation.n_studies)
    others = [(name, replace(most, selection=selection)) for name, selection in SELECTIONS.items()]
    return [others[0], ("base", most), *others[1:]]


def _selection_table(assumptions: Assumptions) -> TableBlock:
    found = _selections(assumptions)
    keys = ("null_share", "null_prints", "silent", *(f"{driver}.mean" for driver in found[0][1].drivers))
    columns = (
        Column("variant", "elasticities.column.variant", width=2.4),
        *(Column(key, f"elasticities.column.{key}", "right") for key in keys[:3]),
        *(Column(driver, f"elasticities.short.{driver}", "right") for driver in found[0][1].drivers),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            TextRef(f"elasticities.variant.{name}"),
            *(NumberRef(f"elasticities.literature.{name}.{key}") for key in keys),
        )
        for name, _ in found
    ]
    return TableBlock("elasticities.selections", "elasticities.selections.caption", columns, tuple(rows))


def _reach_table(frame: pd.DataFrame) -> TableBlock:
    keys = ("base.p50", "median_least", "median_largest")
    columns = (
        Column("driver", "elasticities.column.driver", width=2.4),
        *(Column(key, f"elasticities.column.{key.partition('.')[0]}", "right") for key in keys),
        Column("farthest", "elasticities.column.farthest", width=2.4),
        Column("prior_share_largest", "elasticities.column.prior_share_largest", "right"),
    )
    told, home = (*keys, "farthest", "prior_share_largest"), "elasticities.sensitivity"
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (LabelRef(driver), *(NumberRef(f"{home}.{driver}.{key}") for key in told))
        for driver in dict.fromkeys(frame["driver"].astype(str))
    )
    return TableBlock("elasticities.reach", "elasticities.reach.caption", columns, rows)


def _sensitivity_figures(frame: pd.DataFrame) -> tuple[FigureBlock, ...]:
    """Two drivers a figure, so that a printed page holds it in readable type."""
    pairs = zip(("sensitivity", "sensitivity_others"), batched(dict.fromkeys(frame["driver"]), 2), strict=False)
    return tuple(_sensitivity_figure(frame[frame["driver"].isin(pair)], name) for name, pair in pairs)


def _sensitivity_figure(frame: pd.DataFrame, name: str) -> FigureBlock:
    data = pd.DataFrame({
        "term": frame["driver"], "model": frame["variant"], "group": frame["group"], "estimate": frame["p50"],
        "conf_low80": frame["p10"], "conf_high80": frame["p90"],
        "conf_low95": frame["p025"], "conf_high95": frame["p975"],
    })  # fmt: skip
    return FigureBlock(
        f"elasticities.{name}", "coefficients", data, f"elasticities.{name}.caption", "elasticities.sensitivity.alt",
        {"names": "elasticities.variant", "groups": "elasticities.group", "highlight": "base",
         "estimate_name": "elasticities.column.point"},
    )  # fmt: skip


def _sensitivity_table(frame: pd.DataFrame) -> TableBlock:
    drivers = list(dict.fromkeys(frame["driver"]))
    columns = (
        Column("variant", "elasticities.column.variant", width=2.6),
        *(Column(driver, f"elasticities.short.{driver}", "right") for driver in drivers),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            TextRef(f"elasticities.variant.{variant}"),
            *(NumberRef(f"elasticities.sensitivity.{driver}.{variant}.p50") for driver in drivers),
        )
        for variant in dict.fromkeys(frame["variant"])
    ]
    return TableBlock("elasticities.variants", "elasticities.variants.caption", columns, tuple(rows))
