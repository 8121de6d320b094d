"""A pipeline task that also runs alone: it says what it read and wrote."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path

from regional_econ._base.errors import RegionalEconError, StoreError

_UNSAID = "code"


def run_alone(task: Callable[..., None]) -> None:
    """Run a task with its default paths, outside the pipeline.

    Parameters
    ----------
    task : a function whose parameters all have defaults: paths to read, and paths to write (annotated as products);
        the parameter ``code`` holds the source files that it depends on.

    A missing input prints one message that names the file and what makes it, and exits 2.
    """
    inputs, products = _paths(task)
    try:
        for path in inputs:
            if not path.is_file():
                raise StoreError(
                    "an input is missing",
                    where=str(path),
                    advice="Run first: regional-econ reproduce, or its task",
                )
        task()
        for path in products:
            if not path.is_file():
                raise StoreError("a product was not written", where=str(path), advice="Report this: the task is wrong")
    except RegionalEconError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("Stopped. Run it again to go on.", file=sys.stderr)
        sys.exit(130)
    for verb, paths in (("read", inputs), ("wrote", products)):
        for path in paths:
            print(f"{verb} {_short(path)}")


def _paths(task: Callable[..., None]) -> tuple[list[Path], list[Path]]:
    inputs: list[Path] = []
    products: list[Path] = []
    for name, parameter in inspect.signature(task, eval_str=True).parameters.items():
        default = parameter.default
        found = [default] if isinstance(default, Path) else default if isinstance(default, list) else []
        is_product = bool(getattr(parameter.annotation, "__metadata__", ()))
        if name != _UNSAID:
            (products if is_product else inputs).extend(found)
    return inputs, products


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
