"""Cases for the tests of a cluster: its workers import this file."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from regional_econ._base.errors import EstimationError


def pause(case: tuple[Path, float], seed: int) -> tuple[int, float]:
    """Leave a file that names the process, wait, and draw."""
    folder, seconds = case
    (folder / f"{seed}_{os.getpid()}").touch()
    time.sleep(seconds)
    return seed, float(np.random.default_rng(seed).normal())


def process(case: float, _seed: int) -> int:
    """Name the process that this runs in."""
    time.sleep(case)
    return os.getpid()


def fatal(case: int, _seed: int) -> int:
    """End the worker, as a lack of memory would."""
    if case == 0:
        os._exit(1)
    return case


def refuse(case: int, _seed: int) -> int:
    """Raise a mistake of the user."""
    raise EstimationError("no such estimate", where=str(case), advice="Give other figures")
