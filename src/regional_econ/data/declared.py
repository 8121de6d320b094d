"""Reading the declarative files of ``data/`` quickly and with one kind of error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from regional_econ._base.errors import DataError

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return a YAML mapping.

    Raises
    ------
    DataError : the file is missing, not YAML or no mapping.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError as error:
        raise DataError("a file of the compiled data is missing", where=str(path), advice=REINSTALL) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"not readable as YAML: {error}", where=str(path), advice=REINSTALL) from error
    if not isinstance(document, Mapping):
        raise DataError("expected a mapping", where=str(path), advice=REINSTALL)
    return document


REINSTALL = "Restore the file from version control or install the package again"
