"""The only parallel call: independent cases, a seed for each, results in the order of the cases."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping

from joblib import Parallel, delayed
from tqdm import tqdm

from regional_econ._base.seeds import seed_for

_QUIET_SECONDS = 2.0


def map_cases[Case, R](
    func: Callable[[Case, int], R],
    cases: Mapping[str, Case],
    *,
    seed: int,
    jobs: int = 1,
    label: str = "",
) -> dict[str, R]:
    """Apply a function to each case with a seed derived from the case's key.

    Parameters
    ----------
    func : module-level function of (case, seed of the case).
    cases : cases by key; the key decides the seed, so neither order nor worker count changes a result.
    seed : root seed.
    jobs : worker processes.
    label : shown beside the progress bar, which appears after two seconds.

    Returns
    -------
    results by key, in the order of the cases.

    >>> map_cases(lambda case, seed: case * 2, {"a": 1, "b": 2}, seed=0)
    {'a': 2, 'b': 4}
    """
    seeds = [seed_for(seed, key) for key in cases]
    if jobs <= 1 or len(cases) <= 1:
        outcomes = (func(case, s) for case, s in zip(cases.values(), seeds, strict=True))
    else:
        runner = Parallel(n_jobs=jobs, return_as="generator")
        outcomes = runner(delayed(func)(case, s) for case, s in zip(cases.values(), seeds, strict=True))
    bar = tqdm(outcomes, total=len(cases), desc=label, delay=_QUIET_SECONDS, file=sys.stderr, leave=False)
    started = time.monotonic()
    results = list(bar)
    if label and time.monotonic() - started > _QUIET_SECONDS:
        print(f"{label}: {len(results)} cases", file=sys.stderr)
    return dict(zip(cases, results, strict=True))
