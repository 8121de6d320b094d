"""How commands speak: text for people, one JSON envelope for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import typer

SCHEMA_VERSION = "1"


def emit(command: str, data: object, *, as_json: bool, text: str, messages: Sequence[str] = ()) -> None:
    """Print a command's answer.

    Parameters
    ----------
    command : the command's name, such as ``panel fit``.
    data : what the answer holds, of JSON types (numpy scalars and NaN are converted).
    as_json : print ``{schema_version, command, data, messages}``.
    text : the same for people.
    messages : remarks and the next step.
    """
    if as_json:
        envelope = {
            "schema_version": SCHEMA_VERSION,
            "command": command,
            "data": data,
            "messages": list(messages),
        }
        typer.echo(json.dumps(_plain(envelope), ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False))
        return
    typer.echo(text)
    for message in messages:
        typer.echo(message)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
