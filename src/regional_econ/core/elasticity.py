"""Calibrated elasticities with joint draws, lags, domains and grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from regional_econ._base.errors import StoreError, UnknownNameError
from regional_econ._base.files import atomic_path, read_json, sha256_file, write_bytes, write_json
from regional_econ.core.schemas import validate

Form = Literal["elasticity", "semi_elasticity", "logit_per_log", "logit_per_unit", "level"]
Identification = Literal[
    "experiment", "quasi_experiment", "panel_fe", "panel_fe_iv", "structural", "literature", "expert", "none"
]
Grade = Literal["A", "B", "C"]
SCHEMA_VERSION = "1"
LOG_FORMS: tuple[Form, ...] = ("elasticity", "logit_per_log")  # a driver's changes count in logs, else in its unit
DRAWS_FILE, COPY_FILE = "elasticities_draws.parquet", "elasticities_draws.nc"


@dataclass(frozen=True)
class Domain:
    """Where an elasticity may be used: levels seen, largest change seen, and what happens outside."""

    x_min: float
    x_max: float
    max_abs_change: float
    change_window_years: float
    outside: Literal["refuse", "flag_and_inflate"] = "flag_and_inflate"


@dataclass(frozen=True)
class Lag:
    """Which years after a change carry how much of the effect; ``columns`` name the weights' draw columns."""

    kernel: Literal["point", "almon", "gamma", "pim", "irf_draws"]
    years: tuple[float, ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Elasticity:
    """One effect of a driver (``source``) on an outcome (``target``), as the schema describes it."""

    id: str
    source: str
    target: str
    form: Form
    unit_from: str
    unit_to: str
    scale: str
    point: float
    q: Mapping[str, float]
    lag: Lag
    population: str
    domain: Domain
    estimand: str
    identification: Identification
    grade: Grade
    prior_share: float
    provenance: Mapping[str, str]
    horizon: Literal["impact", "cumulative", "long_run"] = "impact"
    transport: Mapping[str, str | float] = field(default_factory=dict)
    rv: float | None = None
    mde80: float | None = None
    claims: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the schema's form."""
        document = asdict(self)
        document["from"], document["to"] = document.pop("source"), document.pop("target")
        document["q"], document["provenance"] = dict(self.q), dict(self.provenance)
        document["lag"] = {
            "kernel": self.lag.kernel,
            "years": list(self.lag.years),
            "columns": list(self.lag.columns),
        }
        document["claims"] = list(self.claims)
        if not self.transport:
            del document["transport"]
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Elasticity:
        """Read the schema's form; what others wrote beside it is left out."""
        known = _known(cls, document)
        lag = known["lag"]
        known["lag"] = Lag(lag["kernel"], tuple(lag["years"]), tuple(lag.get("columns", ())))
        known["domain"] = Domain(**_known(Domain, known["domain"]))
        known["claims"] = tuple(known.get("claims", ()))
        return cls(**{**known, "source": document["from"], "target": document["to"]})

    def __str__(self) -> str:
        low, high = self.q["p05"], self.q["p95"]
        return f"{self.source} → {self.target}: {self.point:.3f} [{low:.3f}; {high:.3f}], grade {self.grade}."


def _known(kind: type, document: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {key: value for key, value in document.items() if key in names}


@dataclass(frozen=True)
class JointBlock:
    """Draw columns that share one joint distribution, and where it comes from."""

    columns: tuple[str, ...]
    source: Literal["one_posterior", "assumed_independent", "assumed_copula"]
    note: str = ""


@dataclass(frozen=True)
class ElasticitySet:
    """Elasticities with their joint draws.

    ``draws`` is n × columns, float64; rows belong together across columns.
    """

    parameters: tuple[Elasticity, ...]
    draws: pd.DataFrame
    joint_blocks: tuple[JointBlock, ...]
    seed: int
    chains: int
    rhat_max: float
    ess_min: float

    def get(self, elasticity_id: str) -> Elasticity:
        """Return one elasticity by id."""
        for parameter in self.parameters:
            if parameter.id == elasticity_id:
                return parameter
        raise UnknownNameError.of("elasticity", elasticity_id, [parameter.id for parameter in self.parameters])

    def write(self, folder: Path) -> Path:
        """Write ``elasticities.json`` and its draws beside it, as parquet and as netCDF; return the JSON file."""
        draws_path, copy_path = folder / DRAWS_FILE, folder / COPY_FILE
        with atomic_path(draws_path) as temporary:
            self.draws.to_parquet(temporary, index=False, engine="pyarrow", compression="zstd")
        self._write_netcdf(copy_path)
        document = {
            "schema_version": SCHEMA_VERSION,
            "draws": {
                "file": draws_path.name,
                "sha256": sha256_file(draws_path),
                "n": len(self.draws),
                "chains": self.chains,
                "columns": [str(column) for column in self.draws.columns],
                "seed": self.seed,
                "netcdf": {"file": copy_path.name, "sha256": sha256_file(copy_path)},
                "rhat_max": self.rhat_max,
                "ess_min": self.ess_min,
            },
            "parameters": [parameter.to_dict() for parameter in self.parameters],
            "joint_blocks": [
                {"columns": list(block.columns), "source": block.source, "note": block.note}
                for block in self.joint_blocks
            ],
        }
        path = folder / "elasticities.json"
        validate(document, "elasticities", where=str(path))
        write_json(path, document)
        return path

    @classmethod
    def read(cls, path: Path) -> ElasticitySet:
        """Read ``elasticities.json`` with its draws.

        Raises
        ------
        SchemaError : the document breaks the schema.
        StoreError : the draws are missing, damaged, reordered or not those that the document names.
        """
        document = read_json(path)
        validate(document, "elasticities", where=str(path))
        spec = document["draws"]
        draws_path = Path(path).parent / Path(spec["file"]).name
        advice = "Run: regional-econ elasticities build"
        if not draws_path.is_file():
            raise StoreError("the draws are missing", where=str(draws_path), advice=advice)
        if sha256_file(draws_path) != spec["sha256"]:
            raise StoreError("the draws are not those the document names", where=str(draws_path), advice=advice)
        try:
            draws = pd.read_parquet(draws_path)
        except (OSError, ValueError) as error:
            raise StoreError("the draws are no parquet file", where=str(draws_path), advice=advice) from error
        if [str(column) for column in draws.columns] != spec["columns"] or len(draws) != spec["n"]:
            raise StoreError("columns or rows of the draws differ", where=str(draws_path), advice=advice)
        blocks = tuple(
            JointBlock(tuple(block["columns"]), block["source"], block.get("note", ""))
            for block in document["joint_blocks"]
        )
        parameters = tuple(Elasticity.from_dict(parameter) for parameter in document["parameters"])
        return cls(
            parameters, draws, blocks, int(spec["seed"]), int(spec["chains"]),
            float(spec.get("rhat_max", 1.0)), float(spec.get("ess_min", spec["n"])),
        )  # fmt: skip

    def _write_netcdf(self, path: Path) -> None:
        """Write ``draws`` (draw, column) with the columns' names, without times."""
        import xarray as xr

        names = [str(column) for column in self.draws.columns]
        values = xr.DataArray(self.draws.to_numpy(dtype="float64"), dims=("draw", "column"), coords={"column": names})
        attributes = {"schema_version": SCHEMA_VERSION, "chains": self.chains, "seed": self.seed}
        named = values.to_dataset(name="draws").assign_attrs(attributes)
        write_bytes(path, bytes(named.to_netcdf(engine="h5netcdf")))  # on a full disk the library itself crashes

    def tidy(self) -> pd.DataFrame:
        """Return one row an elasticity."""
        return pd.DataFrame(
            [
                {
                    "id": p.id, "source": p.source, "target": p.target, "point": p.point, **p.q,
                    "identification": p.identification, "grade": p.grade, "prior_share": p.prior_share,
                }
                for p in self.parameters
            ]
        )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`tidy`."""
        return self.tidy()

    def __str__(self) -> str:
        return f"{len(self.parameters)} elasticities with {len(self.draws)} joint draws."


def load_elasticities(path: str | Path) -> ElasticitySet:
    """Read an elasticities file and its draws."""
    return ElasticitySet.read(Path(path))
