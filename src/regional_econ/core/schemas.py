"""Documents are held against the schemas that the project ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from regional_econ._base.errors import SchemaError
from regional_econ._base.files import read_json
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

SchemaName = Literal["claim", "elasticities", "levers", "policy_browser", "scenario", "verdicts"]


def validate(
    document: object,
    name: SchemaName,
    *,
    where: str,
    locate: Callable[[Sequence[str | int]], str] | None = None,
) -> None:
    """Raise unless a document is valid.

    Parameters
    ----------
    document : parsed JSON or YAML.
    name : which schema.
    where : file name for the message.
    locate : says where the entry of a path of keys stands, such as its line; by default the JSON path is shown.

    Raises
    ------
    SchemaError : the first violation with its JSON path.
    """
    check_option("schema", name, SchemaName)
    validator = _validator(data_dir() / "schemas", name)
    first = min(validator.iter_errors(document), key=lambda error: error.json_path, default=None)
    if first is not None:
        raise SchemaError(
            first.message,
            where=f"{where} at {first.json_path}" if locate is None else locate(list(first.absolute_path)),
            advice=f"See the schema {name!r} in data/schemas",
        )


@cache
def _validator(folder: Path, name: SchemaName) -> Draft202012Validator:
    """A schema of a folder; one may name another by its file."""
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    schemas = {path.name: read_json(path) for path in sorted(folder.glob("*.schema.json"))}
    resources = [(file, DRAFT202012.create_resource(schema)) for file, schema in schemas.items()]
    return Draft202012Validator(schemas[f"{name}.schema.json"], registry=Registry().with_resources(resources))
