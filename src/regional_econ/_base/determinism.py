"""Switches that make the same data, code and seed give the same bytes."""

from __future__ import annotations

import os
import sys

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def single_thread() -> None:
    """Ask BLAS, OpenMP and numba for one thread, whether they are loaded already or not yet.

    A numba that is loaded already is left alone: it refuses another number once its threads run.
    """
    for variable in _THREAD_VARIABLES:
        if not (variable.startswith("NUMBA") and "numba" in sys.modules):
            os.environ[variable] = "1"
    if "numpy" in sys.modules:
        import threadpoolctl

        threadpoolctl.threadpool_limits(1)
