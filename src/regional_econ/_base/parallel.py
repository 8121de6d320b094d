"""The only parallel call: independent cases, a seed for each, results in the order of the cases."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing

from joblib import Parallel, delayed
from tqdm import tqdm

from regional_econ._base.cluster import cluster_in_use, on_workers
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
    jobs : worker processes; inside `_base.cluster.on_cluster` the cluster's workers take their place.
    label : shown beside the progress bar, which appears after two seconds.

    Returns
    -------
    results by key, in the order of the cases.

    Raises
    ------
    ClusterError : the cluster in use was lost, or a case ends every worker that it is given to.

    >>> map_cases(lambda case, seed: case * 2, {"a": 1, "b": 2}, seed=0)
    {'a': 2, 'b': 4}
    """
    seeded = {key: (case, seed_for(seed, key)) for key, case in cases.items()}
    started = time.monotonic()
    with closing(_outcomes(func, seeded, jobs)) as outcomes:
        bar = tqdm(outcomes, total=len(cases), desc=label, delay=_QUIET_SECONDS, file=sys.stderr, leave=False)
        found = dict(bar)
    if label and time.monotonic() - started > _QUIET_SECONDS:
        print(f"{label}: {len(found)} cases", file=sys.stderr)
    return {key: found[key] for key in cases}


def _outcomes[Case, R](
    func: Callable[[Case, int], R], seeded: Mapping[str, tuple[Case, int]], jobs: int
) -> Generator[tuple[str, R]]:
    """Yield key and result, in whatever order they are ready."""
    if len(seeded) > 1 and cluster_in_use():
        yield from on_workers(func, seeded)
    elif len(seeded) > 1 and jobs > 1:
        runner = Parallel(n_jobs=jobs, return_as="generator")
        yield from zip(seeded, runner(delayed(func)(*one) for one in seeded.values()), strict=True)
    else:
        yield from ((key, func(*one)) for key, one in seeded.items())
