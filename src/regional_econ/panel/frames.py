"""What does a regression read? The frame behind the data given, and clusters by its columns."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, EstimationError, UnknownNameError
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Codes
from regional_econ.panel.estimators import Sample
from regional_econ.panel.inference import Clustered, Inference, WildBootstrap


def frame_of(data: Panel | pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], str]:
    """Return the frame, further variable names to offer in messages, and a SHA-256 of the content.

    Raises
    ------
    DataError : neither a Panel nor a frame.
    """
    if isinstance(data, Panel):
        return data.frame, tuple(data.variables), data.checksum
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data must be a Panel or a DataFrame, not {type(data).__name__}", advice="Use load_panel()")
    if not data.columns.is_unique:
        twice = data.columns[data.columns.duplicated()][0]
        raise DataError(f"the column {twice!r} stands twice", advice="Rename one of them")
    digest = hashlib.sha256("|".join(map(str, data.columns)).encode())
    for level, codes in zip(getattr(data.index, "levels", ()), getattr(data.index, "codes", ()), strict=True):
        digest.update("|".join(map(str, level.tolist())).encode())
        digest.update(np.asarray(codes, dtype=np.int64).tobytes())
    for _, column in data.items():
        values = column.to_numpy()
        digest.update(values.tobytes() if values.dtype.kind in "fiub" else "|".join(map(str, values)).encode())
    return data, (), digest.hexdigest()


def clusters_of(sample: Sample, frame: pd.DataFrame, rule: Inference) -> dict[str, Codes]:
    """Return the clusters that an inference asks for: codes (n,) by name."""
    if isinstance(rule, WildBootstrap):
        return {rule.by: cluster_codes(rule.by, sample, frame)}
    if not isinstance(rule, Clustered):
        return {}
    return {name: cluster_codes(name, sample, frame) for name in rule.dimensions}


def cluster_codes(name: str, sample: Sample, frame: pd.DataFrame) -> Codes:
    """Return codes (n,) of one cluster: "region", "year", the index levels' own names, or a column.

    Raises
    ------
    UnknownNameError : no such column.
    EstimationError : a row of the sample has no cluster.
    """
    if name in ("region", sample.index.names[0]):
        return sample.units
    if name in ("year", sample.index.names[1]):
        return sample.year_codes
    if name not in frame.columns:
        known = ["region", "year", *map(str, sample.index.names), *map(str, frame.columns)]
        raise UnknownNameError.of("cluster", name, known)
    values = frame.loc[sample.index, name]
    if values.isna().any():
        unit, year = values.index[int(values.isna().to_numpy().argmax())]
        raise EstimationError(f"cluster {name!r} is missing", where=f"{unit}, {year}", advice="Fill it or drop the row")
    return np.asarray(pd.factorize(values)[0], dtype=np.intp)
