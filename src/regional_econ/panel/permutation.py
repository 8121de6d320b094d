"""Would a coefficient look like this if regions had drawn each other's paths? Randomisation inference by region.

The regressor's residual on the effects and the other regressors (Frisch–Waugh) is exchanged between regions as whole
paths, and the regression is taken again with the exchanged residual beside the other regressors. Kennedy (1995)
exchanges this residual without taking the other regressors out again; taking them out is what Winkler et al. (2014)
call Smith's scheme. A path keeps its own mean, and regions that exchange have the same years, so the effects stay taken
out and a refit needs the cross products of paths alone: with r_h the path of region h, ỹ_g and U_g the outcome and an
orthonormal basis of the other regressors in region g, and region g holding the path of h = π(g),

    d = Σ_g U_g'r_h,   b = Σ_g r_h'ỹ_g / (Σ_h r_h'r_h − d'd),   s_g = (r_h − U_g d)'ỹ_g − b |r_h − U_g d|²,

and t = Σ_g r_h'ỹ_g / √Σ_g s_g², times a factor that no exchange changes. Under the null the test is exact where paths
are exchangeable and there are no other regressors; t, unlike b, keeps the level in large samples where errors differ
between regions too, which makes the paths unequal (DiCiccio & Romano 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from regional_econ._base.errors import EstimationError, OptionError, UnknownNameError
from regional_econ._base.seeds import rng_for
from regional_econ.core.estimate import Estimate
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.panel.covariance import covariance
from regional_econ.panel.demean import Codes, Floats
from regional_econ.panel.diagnostics.rows import fitted
from regional_econ.panel.inference import Clustered
from regional_econ.panel.least_squares import Transformed

MAX_CELLS = 10**8
_CHUNK = 2**17  # regions times draws taken together
_TIE = 1e-9
_NOTHING = 1e-12


def permutation_test(
    estimate: Estimate, term: str, *, draws: int = 9999, seed: int = 20221231, by: str = "region"
) -> HypothesisTest:
    """Test that one coefficient is zero by exchanging paths of its regressor between regions.

    Regions exchange with those that are observed in exactly the same years; a region whose years are its own keeps its
    path. The p-value is (1 + larger)/(1 + draws), two-sided, ties counted as larger, and nothing is enumerated.

    Source: Kennedy (1995, JBES 13); Winkler, Ridgway, Webster, Smith & Nichols (2014, NeuroImage 92); DiCiccio & Romano
    (2017, JASA 112); Phipson & Smyth (2010, Statistical Applications in Genetics and Molecular Biology 9). Held against
    a refit for each exchange, and its size on 300 panels (tests/panel/test_permutation.py).

    Parameters
    ----------
    estimate : from `panel.fit`, by fe with effects, unweighted; its own errors do not matter.
    term : whose coefficient.
    draws : random exchanges.
    seed : of the draws.
    by : what exchanges paths: "region", or the first index level's own name.

    Returns
    -------
    HypothesisTest
        The statistic is t with CR1S errors by region. Details: estimate, std_error, n_regions, n_exchanging, n_fixed
        (regions that never move), n_groups (of exchanging regions with the same years), log10_exchanges (how many
        there are), draws, n_larger, seed, scheme.

    Raises
    ------
    OptionError : another estimator, a weighted estimate, fewer than 99 draws, or paths of anything but regions.
    UnknownNameError : no such term.
    EstimationError : no two regions share their years, or there are too many regions for their cross products.

    Examples
    --------
    >>> import pandas as pd
    >>> from regional_econ.panel.fit import fit
    >>> index = pd.MultiIndex.from_product([range(20), range(2000, 2006)], names=["region", "year"])
    >>> x, e = np.random.default_rng(1).normal(size=(2, 120))
    >>> test = permutation_test(fit("y ~ x", pd.DataFrame({"x": x, "y": x + e}, index=index)), "x", draws=199)
    >>> test.p_value, test.details["n_exchanging"], test.details["n_fixed"]
    (0.005, 20, 0)
    """
    native = fitted(estimate, "the permutation test", ("fe",))
    if by not in ("region", native.sample.index.names[0]):
        raise OptionError(f"paths cannot be exchanged by {by!r}", advice="Use region")
    if draws < 99:
        raise OptionError(f"{draws} draws are too few", advice="Draw 99 or more; 9999 is usual")
    if term not in native.data.names:
        raise UnknownNameError.of("term", term, native.data.names)
    place = native.data.names.index(term)
    spread = covariance(native.data, native.solution, Clustered("region"), {"region": native.data.units})
    value, error = float(native.solution.beta[place]), float(np.sqrt(spread.matrix[place, place]))

    paths = Paths.of(native.data, place)
    observed = abs(float(statistics(paths, np.arange(paths.n_regions)[None])[0]))
    larger = 0
    for orders in exchanges(paths, draws, seed):
        larger += int((~(np.abs(statistics(paths, orders)) < observed * (1 - _TIE))).sum())

    moving = [group for group in paths.groups if len(group) > 1]
    exchanging = sum(map(len, moving))
    fixed = paths.n_regions - exchanging
    stays = f"; {fixed} share their years with no other region and keep their path" if fixed else ""
    return HypothesisTest(
        "Permutation of a regressor's residual between regions (Smith's scheme), studentised by CR1S",
        f"{term} = 0",
        value / error,
        "resampled",
        (),
        (1 + larger) / (1 + draws),
        "Kennedy (1995); Winkler, Ridgway, Webster, Smith & Nichols (2014); DiCiccio & Romano (2017)",
        f"{draws} exchanges of whole paths among {exchanging} of {paths.n_regions} regions{stays}.",
        {
            "estimate": value,
            "std_error": error,
            "n_regions": paths.n_regions,
            "n_exchanging": exchanging,
            "n_fixed": fixed,
            "n_groups": len(moving),
            "log10_exchanges": float(sum(gammaln(len(group) + 1) for group in moving) / np.log(10)),
            "draws": draws,
            "n_larger": larger,
            "seed": seed,
            "scheme": "Smith",
        },
    )


@dataclass(frozen=True, slots=True)
class Paths:
    """Cross products of the paths of G regions; of regions with different years they are zero and never asked for.

    Attributes
    ----------
    own : (G, G) r_h'ỹ_g.
    others : (q, G, G) U_g'r_h for each of the q other regressors.
    lengths : (G,) r_h'r_h, adding up to one.
    moments : (G, q) U_g'ỹ_g.
    grams : (G, q, q) U_g'U_g.
    groups : codes of regions observed in the same years, each region in one group.
    """

    own: Floats
    others: Floats
    lengths: Floats
    moments: Floats
    grams: Floats
    groups: tuple[Codes, ...]

    @classmethod
    def of(cls, data: Transformed, place: int) -> Paths:
        """Cross products for one regressor of a within regression, rows sorted by region and year.

        Raises
        ------
        EstimationError : no two regions share their years, or there are too many regions.
        """
        groups = _groups(data)
        n_regions, n_others = int(data.units.max()) + 1, len(data.names) - 1
        if all(len(group) == 1 for group in groups):
            raise EstimationError(
                "no two regions are observed in the same years, so no paths can be exchanged",
                advice="Use years that more regions share",
            )
        if n_regions**2 * (1 + n_others) > MAX_CELLS:
            raise EstimationError(f"{n_regions} regions are too many for the cross products of all their paths")
        columns = np.column_stack([np.delete(data.X, place, axis=1), data.X[:, place]])
        basis, R = np.linalg.qr(columns / np.linalg.norm(columns, axis=0))
        U, r = basis[:, :-1], basis[:, -1] * np.sign(R[-1, -1])
        y = data.y - U @ (U.T @ data.y)
        own, others = np.zeros((n_regions, n_regions)), np.zeros((n_others, n_regions, n_regions))
        starts = np.searchsorted(data.units, np.arange(n_regions + 1))
        for group in groups:
            rows = starts[group][:, None] + np.arange(starts[group[0] + 1] - starts[group[0]])
            cells = np.ix_(group, group)
            own[cells] = r[rows] @ y[rows].T
            for number in range(n_others):
                others[number][cells] = r[rows] @ U[rows, number].T
        cuts = starts[:-1]
        return cls(
            own,
            others,
            np.add.reduceat(r**2, cuts),
            np.add.reduceat(U * y[:, None], cuts, axis=0),
            np.add.reduceat(U[:, :, None] * U[:, None, :], cuts, axis=0),
            groups,
        )

    @property
    def n_regions(self) -> int:
        """G."""
        return len(self.own)


def statistics(paths: Paths, orders: Codes) -> Floats:
    """t statistics (B,) without small-sample factor of exchanges (B, G): the region whose path each region holds.

    NaN where the exchanged regressor is a combination of the others.
    """
    n_regions, n_others = paths.n_regions, len(paths.others)
    cells = orders * n_regions + np.arange(n_regions)
    own, shares = paths.own.ravel()[cells], paths.others.reshape(n_others, n_regions**2)[:, cells]
    d = shares.sum(axis=2).T
    slope, free = own.sum(axis=1), 1 - (d**2).sum(axis=1)
    b = np.divide(slope, free, out=np.full(len(slope), np.nan), where=free > _NOTHING)
    pairs = (d[:, :, None] * d[:, None, :]).reshape(len(d), n_others**2)
    squares = pairs @ paths.grams.reshape(n_regions, n_others**2).T
    lengths = paths.lengths[orders] - 2 * np.einsum("bq,qbg->bg", d, shares) + squares
    scores = own - d @ paths.moments.T - b[:, None] * lengths
    spread = np.einsum("bg,bg->b", scores, scores)
    return np.asarray(np.divide(slope, np.sqrt(spread), out=np.full(len(slope), np.nan), where=spread > 0))


def exchanges(paths: Paths, draws: int, seed: int) -> Iterator[Codes]:
    """Random exchanges in parts (B, G), which add up to the draws."""
    rng = rng_for(seed, "permutation", paths.n_regions)
    size = max(1, _CHUNK // paths.n_regions)
    for start in range(0, draws, size):
        orders = np.tile(np.arange(paths.n_regions), (min(size, draws - start), 1))
        for group in paths.groups:
            if len(group) > 1:
                orders[:, group] = rng.permuted(orders[:, group], axis=1)
        yield orders


def _groups(data: Transformed) -> tuple[Codes, ...]:
    """Codes of the regions observed in exactly the same years, group by group."""
    calendar, years = np.unique(data.years, return_inverse=True)
    seen = np.zeros((int(data.units.max()) + 1, len(calendar)), dtype=bool)
    seen[data.units, years] = True
    members = np.unique(seen, axis=0, return_inverse=True)[1].ravel()
    return tuple(np.flatnonzero(members == number) for number in range(int(members.max()) + 1))
