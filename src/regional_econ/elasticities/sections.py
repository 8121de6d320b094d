"""What the report shows of the elasticities: a table, and designs, literature and synthesis side by side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from regional_econ._base.options import LEVELS
from regional_econ.core.elasticity import Elasticity, ElasticitySet
from regional_econ.core.results import Result, Value
from regional_econ.core.section import (
    Cell,
    Column,
    FigureBlock,
    LabelRef,
    NumberRef,
    Paragraph,
    Section,
    TableBlock,
    TextRef,
)
from regional_econ.elasticities.domain import COMPARABLE
from regional_econ.elasticities.sources_page import Sources, shares_figure, source_blocks

_EFFECT = ("p05", "point", "p95", "mde80", "literature_share", "prior_share")
_DOMAIN = ("x_min", "x_max", "max_abs_change")
_QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}


def results(
    elasticities: ElasticitySet, prior: ElasticitySet, sources: Sources, *, input_hashes: dict[str, str]
) -> tuple[Result, ...]:
    """Return ``elasticities.<driver>`` for each driver and ``elasticities.set`` for the whole.

    Parameters
    ----------
    elasticities : the synthesis.
    prior : the same without any design.
    sources : what went in; the weight of the published effects is read from it.
    input_hashes : hashes of what went in.
    """
    whole = {
        "n_draws": Value(len(elasticities.draws), digits=0),
        "chains": Value(elasticities.chains, digits=0),
        "rhat_max": Value(elasticities.rhat_max, digits=3),
        "ess_min": Value(elasticities.ess_min, digits=0),
        "n_grade_a": Value(sum(parameter.grade == "A" for parameter in elasticities.parameters), digits=0),
        "n_parameters": Value(len(elasticities.parameters), digits=0),
        "base_low": Value(100 * COMPARABLE[0], digits=0),
        "base_high": Value(100 * COMPARABLE[1], digits=0),
    }
    whole |= _together(elasticities)
    literature = sources.literature_share()
    each = [
        _result(parameter, elasticities, prior, literature[parameter.source], input_hashes)
        for parameter in elasticities.parameters
    ]
    return (*each, Result("elasticities.set", whole, input_hashes))


def section(elasticities: ElasticitySet, prior: ElasticitySet, sources: Sources) -> Section:
    """Return the section ``elasticities``.

    Parameters
    ----------
    elasticities : the synthesis.
    prior : the same without any design: what literature alone says.
    sources : designs, published findings and what each assumption does.
    """
    figure = FigureBlock(
        "elasticities.designs",
        "coefficients",
        coefficients_frame(elasticities, prior, sources.designs),
        "elasticities.designs.caption",
        "elasticities.designs.alt",
        {"names": "elasticities.model", "highlight": "synthesis"},
    )
    blocks = (
        Paragraph("elasticities.intro"),
        _effects_table(elasticities),
        Paragraph("elasticities.grades"),
        shares_figure(sources.sensitivity),
        Paragraph("elasticities.biases"),
        figure,
        Paragraph("elasticities.together"),
        *source_blocks(sources),
        _domains_table(elasticities),
        Paragraph("elasticities.limits"),
        Paragraph("elasticities.files"),
    )
    return Section("elasticities", "elasticities.title", blocks)


def coefficients_frame(elasticities: ElasticitySet, prior: ElasticitySet, designs: pd.DataFrame) -> pd.DataFrame:
    """Return what the figure draws: term, model, estimate and its 80 % and 95 % intervals."""
    rows: list[tuple[object, ...]] = []
    for parameter in elasticities.parameters:
        driver = parameter.source
        own = designs[designs["driver"] == driver]
        for design, estimate, error in zip(own["design"], own["estimate"], own["std_error"], strict=True):
            wide, narrow = (float(stats.norm.ppf(0.5 + level / 2)) * float(error) for level in LEVELS)
            centre = float(estimate)
            ends = (centre - narrow, centre + narrow, centre - wide, centre + wide)
            rows.append((driver, str(design), centre, *ends))
        for model, source in (("literature", prior), ("synthesis", elasticities)):
            draws = source.draws[parameter.id].to_numpy(dtype=float)
            rows.append((driver, model, float(np.median(draws)), *_ends(draws)))
    names = ["term", "model", "estimate", "conf_low80", "conf_high80", "conf_low95", "conf_high95"]
    return pd.DataFrame(rows, columns=names)


def _ends(draws: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Iterator[float]:
    for level in reversed(LEVELS):
        yield from (float(value) for value in np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2]))


def _effects_table(elasticities: ElasticitySet) -> TableBlock:
    columns = (
        Column("driver", "elasticities.column.driver", width=2.4),
        Column("form", "elasticities.column.form", width=1.6),
        *(Column(key, f"elasticities.column.{key}", "right") for key in _EFFECT),
        Column("grade", "elasticities.column.grade", "center"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            LabelRef(parameter.source),
            TextRef(f"elasticities.form.{parameter.form}"),
            *_numbers(parameter, _EFFECT),
            TextRef(f"elasticities.grade.{parameter.grade}"),
        )
        for parameter in elasticities.parameters
    ]
    return TableBlock("elasticities.table", "elasticities.table.caption", columns, tuple(rows))


def _domains_table(elasticities: ElasticitySet) -> TableBlock:
    columns = (
        Column("driver", "elasticities.column.driver", width=2.4),
        Column("identification", "elasticities.column.identification", width=2.0),
        *(Column(key, f"elasticities.column.{key}", "right", 1.2) for key in _DOMAIN),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            LabelRef(parameter.source),
            TextRef(f"elasticities.identification.{parameter.identification}"),
            *_numbers(parameter, _DOMAIN),
        )
        for parameter in elasticities.parameters
    ]
    return TableBlock("elasticities.domains", "elasticities.domains.caption", columns, tuple(rows))


def _numbers(parameter: Elasticity, keys: tuple[str, ...]) -> tuple[NumberRef, ...]:
    return tuple(NumberRef(f"elasticities.{parameter.source}.{key}") for key in keys)


def _result(
    parameter: Elasticity, elasticities: ElasticitySet, prior: ElasticitySet, literature: float, hashes: dict[str, str]
) -> Result:
    draws = elasticities.draws[parameter.id].to_numpy(dtype=float)
    digits = 3 if parameter.form == "logit_per_unit" else 2
    error = {key: _quantile_error(draws, level) for key, level in _QUANTILES.items()}
    values = {key: Value(parameter.q[key], "", digits, error[key]) for key in _QUANTILES}
    values |= {
        "point": Value(parameter.point, "", digits, error["p50"]),
        "prior_share": Value(parameter.prior_share, "", 2),
        "literature_share": Value(literature, "", 2),
        "rv": Value(parameter.rv, "", 3),
        "mde80": Value(parameter.mde80, "", digits),
        "x_min": Value(parameter.domain.x_min, "", 2),
        "x_max": Value(parameter.domain.x_max, "", 2),
        "max_abs_change": Value(parameter.domain.max_abs_change, "", 2),
        "grade": Value(f"elasticities.grade.{parameter.grade}"),
        "identification": Value(f"elasticities.identification.{parameter.identification}"),
        "probability_positive": Value(float((draws > 0).mean()), "", 2, _share_error(draws)),
    }
    alone = prior.draws[parameter.id].to_numpy(dtype=float)
    values |= {
        f"literature.{key}": Value(float(np.quantile(alone, level)), "", digits, _quantile_error(alone, level))
        for key, level in _QUANTILES.items()
    }
    return Result(f"elasticities.{parameter.source}", values, hashes)


def _together(elasticities: ElasticitySet) -> dict[str, Value]:
    """How the first two effects err together: correlation, and how far independence would misstate their sum."""
    pair = elasticities.draws[[parameter.id for parameter in elasticities.parameters[:2]]].to_numpy(dtype=float)
    correlation = float(np.corrcoef(pair.T)[0, 1])
    ratio = float(np.sqrt(pair.var(axis=0).sum() / pair.sum(axis=1).var()))
    error = (1 - correlation**2) / np.sqrt(len(pair))
    return {
        "pair_correlation": Value(correlation, "", 2, error),
        "pair_independent_ratio": Value(ratio, "", 2, error * ratio / (2 * (1 + correlation))),
    }


def _quantile_error(draws: np.ndarray[tuple[int, ...], np.dtype[np.float64]], level: float) -> float:
    """Monte Carlo error of a quantile, from the binomial spread of its rank."""
    reach = np.sqrt(level * (1 - level) / len(draws))
    low, high = np.quantile(draws, [max(level - reach, 0.0), min(level + reach, 1.0)])
    return float(high - low) / 2


def _share_error(draws: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    share = float((draws > 0).mean())
    return float(np.sqrt(max(share * (1 - share), 1 / len(draws)) / len(draws)))
