"""Documents are held against the schemas that the project ships."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from regional_econ._base.errors import SchemaError
from regional_econ._base.files import read_json
from regional_econ._base.location import data_dir
from regional_econ._base.options import check_option

SchemaName = Literal["claim", "elasticities", "levers", "policy_browser", "scenario"]


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
    from jsonschema import Draft202012Validator

    check_option("schema", name, SchemaName)
    validator = Draft202012Validator(read_json(data_dir() / "schemas" / f"{name}.schema.json"))
    first = min(validator.iter_errors(document), key=lambda error: error.json_path, default=None)
    if first is not None:
        raise SchemaError(
            first.message,
            where=f"{where} at {first.json_path}" if locate is None else locate(list(first.absolute_path)),
            advice=f"See the schema {name!r} in data/schemas",
        )
