"""Which columns stand for region and year effects in a regression that cannot take them out? Means and dummies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from regional_econ.panel.demean import Codes, Floats, group_means
from regional_econ.panel.estimators import Sample, with_intercept
from regional_econ.panel.least_squares import COLLINEAR, solve
from regional_econ.panel.quasi_likelihood import weighted_problem

Unbalanced = Literal["means", "counts"]


def mundlak_columns(sample: Sample, effects: Sequence[str], unbalanced: Unbalanced) -> tuple[Sample, int, str]:
    """All columns, those to be shown first, with the number of these and words on the region effects.

    Source: Mundlak (1978, Econometrica 46); Wooldridge (2019, J. Econometrics 211). Held against the same columns made
    in R and the two-way within coefficients (tests/panel/test_fractional.py).
    """
    plain = with_intercept(sample)
    dummies = _year_dummies(sample) if "year" in effects else {}
    dated = _joined(plain, dummies)
    solve(weighted_problem(dated, dated.y, np.ones(len(dated.y))))  # refuses collinear columns by name
    if "region" not in effects:
        return dated, len(plain.names), "none"
    means, basis = _new(_means(dict(zip(sample.names, sample.X.T, strict=True)), sample.units), _basis(dated.X))
    extra = _means(dummies, sample.units)
    if unbalanced == "counts":
        extra |= _counts(sample, means)
    extra, _ = _new(extra, basis)
    shown = _joined(plain, means)
    device = f"{len(means)} region means, {len(extra)} further columns ({unbalanced})"
    return _joined(shown, dummies | extra), len(shown.names), device


def _year_dummies(sample: Sample) -> dict[str, Floats]:
    name = sample.index.names[1] or "year"
    return {f"C({name})[{year}]": (sample.years == year).astype(np.float64) for year in np.unique(sample.years)[1:]}


def _means(columns: Mapping[str, Floats], units: Codes) -> dict[str, Floats]:
    ones = np.ones(len(units))
    return {f"mean({name})": group_means(column[:, None], units, ones)[units, 0] for name, column in columns.items()}


def _counts(sample: Sample, means: Mapping[str, Floats]) -> dict[str, Floats]:
    """Dummies of each number of years but the one most regions have, and their products with the means."""
    sizes = np.bincount(sample.units)
    numbers, regions = np.unique(sizes, return_counts=True)
    columns: dict[str, Floats] = {}
    for number in numbers[numbers != numbers[::-1][regions[::-1].argmax()]]:
        dummy = (sizes[sample.units] == number).astype(np.float64)
        columns[f"C(n_years)[{number}]"] = dummy
        columns |= {f"C(n_years)[{number}]:{name}": dummy * mean for name, mean in means.items()}
    return columns


def _joined(sample: Sample, columns: Mapping[str, Floats]) -> Sample:
    return replace(sample, X=np.column_stack([sample.X, *columns.values()]), names=(*sample.names, *columns))


def _basis(columns: Floats) -> Floats:
    return np.linalg.qr(columns / np.linalg.norm(columns, axis=0))[0]


def _new(columns: Mapping[str, Floats], basis: Floats) -> tuple[dict[str, Floats], Floats]:
    """Those columns that are no combination of the basis and those before them, and the basis with them."""
    kept: dict[str, Floats] = {}
    for name, column in columns.items():
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        if np.linalg.norm(left) > COLLINEAR * np.linalg.norm(column):
            kept[name] = column
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
    return kept, basis
