"""What does a regression read? The frame behind the data given, and clusters by its columns."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from regional_econ._base.errors import DataError, EstimationError, UnknownNameError
from regional_econ.core.distances import distances_km
from regional_econ.core.panel import Panel
from regional_econ.panel.demean import Codes, Floats
from regional_econ.panel.estimators import Sample
from regional_econ.panel.inference import Clustered, Conley, Inference, WildBootstrap

Places = Mapping[object, tuple[float, float]]
_DEGREES = ("latitude", "longitude")


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


def places_of(data: Panel | pd.DataFrame) -> Places | None:
    """Return latitude and longitude by region of a Panel; None for a frame, whose columns may hold them."""
    if not isinstance(data, Panel):
        return None
    return {name: one.place for name, one in data.regions.items() if one.place is not None}


def distances_of(sample: Sample, frame: pd.DataFrame, places: Places | None, rule: Inference) -> Floats | None:
    """Return the distances (G, G) in km between the units of a sample, for an inference that needs them.

    Raises
    ------
    DataError : no places, a unit without one, or a unit in two.
    """
    if not isinstance(rule, Conley):
        return None
    units = sample.index.get_level_values(0)
    labels = units[np.unique(sample.units, return_index=True)[1]]
    known = places if places is not None else _columns_of_places(frame)
    if missing := [str(unit) for unit in labels if unit not in known]:
        raise DataError(f"no place is known of {', '.join(missing)}", where=str(rule), advice="Give it one, or drop it")
    return distances_km([known[unit] for unit in labels])


def _columns_of_places(frame: pd.DataFrame) -> Places:
    if not set(_DEGREES) <= set(frame.columns):
        raise DataError(
            "the frame has no columns latitude and longitude", advice="Add them in degrees, or use cluster:region"
        )
    for name in _DEGREES:
        if not pd.api.types.is_numeric_dtype(frame[name].dtype):
            raise DataError(f"the column {name} holds no numbers", advice="Give degrees")
    found = frame[list(_DEGREES)].dropna()
    spread = found.groupby(level=0).agg(["min", "max"])
    for name in _DEGREES:
        if (moved := spread[name, "min"] != spread[name, "max"]).any():
            raise DataError(f"{moved.idxmax()} has more than one {name}", advice="Give each unit one place")
        if (found[name].abs() > {"latitude": 90, "longitude": 180}[name]).any():
            raise DataError(f"{name} outside its range", advice="Give degrees")
    firsts = found.groupby(level=0).first()
    return {unit: (float(one), float(other)) for unit, one, other in firsts.itertuples()}
