"""What is the covariance of the coefficients? Sandwich kernels on arrays, one a convention of `inference`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from regional_econ._base.errors import EstimationError
from regional_econ.panel.blocks import Blocks, alone, bias_reduced, dummy_basis, is_nested, jackknifed, orthonormal
from regional_econ.panel.cce import spread_of_slopes
from regional_econ.panel.demean import Codes, Floats, effect_rank, group_sums
from regional_econ.panel.inference import (
    Classical,
    Clustered,
    ClusterFactor,
    Conley,
    DriscollKraay,
    Heterogeneous,
    Inference,
    Own,
    Robust,
    WildBootstrap,
)
from regional_econ.panel.least_squares import Solution, Transformed
from regional_econ.panel.spatial.conley import conley_meat

VANISHING = 1e-16
RANK_FLOOR = 1e-13


@dataclass(frozen=True, slots=True)
class Covariance:
    """A covariance with its convention.

    Attributes
    ----------
    matrix : (k, k).
    df : degrees of freedom of the t distribution, one for all coefficients or (k,) one for each.
    factor : the small-sample factor applied (of the first dimension in two-way clustering), 1 for those that work
        on the residuals.
    convention : the same in words.
    clusters : number of clusters of each dimension, or of years for Driscoll–Kraay; empty otherwise.
    rank : of the meat, for clustered and Driscoll–Kraay errors; below k, not all coefficients can be tested jointly.
    fixed : terms of dummies or the intercept whose variance is zero by construction.
    """

    matrix: Floats
    df: float | Floats
    factor: float
    convention: str
    clusters: tuple[int, ...] = ()
    rank: int | None = None
    fixed: tuple[str, ...] = ()


def covariance(
    data: Transformed,
    fit: Solution,
    inference: Inference,
    clusters: Mapping[str, Codes],
    distances: Floats | None = None,
) -> Covariance:
    """Covariance of the coefficients under an inference.

    Parameters
    ----------
    data, fit : the regression and its solution.
    inference : which convention.
    clusters : codes (n,) by cluster name, for clustered errors.
    distances : (G, G) km between the units, for Conley errors.

    Raises
    ------
    EstimationError : no degrees of freedom, fewer than two clusters, a negative two-way variance, or one that is
        numerically zero because too few clusters carry information.
    """
    n, k = data.X.shape
    df = n - k - effect_rank(data.absorbed)
    if df <= 0:
        raise EstimationError(f"{n} observations leave no degrees of freedom", advice="Use fewer terms or effects")
    match inference:
        case Classical():
            variance = float(data.weights @ fit.residuals**2) / df
            return Covariance(variance * fit.bread, df, 1.0, f"iid: SSR/(N−K), N−K = {df}; t({df})")
        case Robust(small_sample):
            return _robust(data, fit, small_sample, df)
        case Clustered(small_sample=("CR2" | "CR3" | "CV3") as kind):
            return _leave_out(data, fit, kind, inference.by, clusters[inference.by])
        case Clustered():
            return _clustered(data, fit, inference, clusters)
        case WildBootstrap():
            return _clustered(data, fit, Clustered(inference.by), clusters)
        case DriscollKraay():
            return _driscoll_kraay(data, fit, inference)
        case Own():
            if fit.own is None:
                raise EstimationError("this estimator has no covariance of its own", advice="Use cluster:region")
            return Covariance(fit.own.matrix, fit.own.df, 1.0, fit.own.convention)
        case Conley():
            if distances is None:
                raise EstimationError("Conley errors need distances between the units", advice="Use cluster:region")
            return _conley(data, fit, inference, distances)
        case Heterogeneous():
            matrix, size = spread_of_slopes(data, fit)
            text = f"spread of the slopes of {size} units about their mean, N/(N−1); t({size - 1})"
            return Covariance(matrix, size - 1, size / (size - 1), text)
        case _:
            raise EstimationError(f"inference {inference} needs an estimator of its own", advice="Use cluster:region")


def counted_parameters(data: Transformed, clusters: Sequence[Codes]) -> int:
    """K of CR1S: regressors plus absorbed effects, effects nested in the cluster counting as one.

    This is fixest's rule ("nonnested"): with region and year effects and clusters by region,
    K = k + 1 + (years − 1).
    """
    k = len(data.names)
    if not data.absorbed:
        return k
    nested = [codes for codes in data.absorbed if any(is_nested(codes, cluster) for cluster in clusters)]
    levels = sum(int(codes.max()) + 1 for codes in nested)
    return int(k + effect_rank(data.absorbed) - levels + len(nested))


def _sandwich(fit: Solution, meat: Floats) -> Floats:
    return fit.bread @ meat @ fit.bread


def _robust(data: Transformed, fit: Solution, small_sample: str, df: int) -> Covariance:
    n = len(data.y)
    factor = n / df if small_sample == "HC1" else 1.0
    text = {"HC0": "White", "HC1": "White, times N/(N−K)", "HC2": "residuals over √(1−h)", "HC3": "residuals over 1−h"}
    scores = fit.scores
    if small_sample in ("HC2", "HC3"):
        free = 1 - leverage(data)
        if (free <= RANK_FLOOR).any():
            raise EstimationError(
                f"{small_sample} has no value: {int((free <= RANK_FLOOR).sum())} of the observations fitted perfectly",
                advice="Use hc1, or fewer dummies",
            )
        scores = scores / (np.sqrt(free) if small_sample == "HC2" else free)[:, None]
    meat = scores.T @ scores * factor
    return Covariance(_sandwich(fit, meat), df, factor, f"{small_sample}: {text[small_sample]}; t({df})")


def leverage(data: Transformed) -> Floats:
    """Share of each observation in its own fitted value, effects included: (n,), adding up to K."""
    effects = sorted(data.absorbed, key=lambda codes: -int(codes.max()))
    dummies = dummy_basis(tuple(effects[1:]), tuple(effects[:1]), data.weights)
    own = sum((np.einsum("ij,ij->i", basis, basis) for basis in (orthonormal(data)[0], dummies)), np.zeros(len(data.y)))
    if effects:
        own += data.weights / np.bincount(effects[0], data.weights)[effects[0]]
    return np.asarray(own)


def _leave_out(data: Transformed, fit: Solution, kind: ClusterFactor, name: str, codes: Codes) -> Covariance:
    n_groups = _counted(name, codes)
    blocks = Blocks.of(data, codes)
    factor = 1.0
    df: float | Floats = n_groups - 1
    if kind == "CR2":
        scores, df = bias_reduced(blocks)
        text = "CR2: residuals times (I − H_gg)^(−1/2)"
        spread = f"Satterthwaite t, {df.min():.1f} to {df.max():.1f} degrees of freedom"
    else:
        _refuse_alone(data, blocks, kind, name)
        scores = jackknifed(blocks)
        factor = (n_groups - 1) / n_groups if kind == "CV3" else 1.0
        text = f"{kind}: leave one cluster out{', times (G−1)/G' if kind == 'CV3' else ', no factor'}"
        spread = f"t({df})"
    changes = scores @ blocks.loads.T
    matrix = factor * changes.T @ changes
    groups = f"{n_groups} clusters of {name}"
    fixed = _degenerate(data, fit, matrix, groups)
    rank = int(np.linalg.matrix_rank(changes / np.linalg.norm(changes, axis=0).clip(min=VANISHING)))
    return Covariance(matrix, df, factor, f"{text}; {groups}; {spread}", (n_groups,), rank, fixed)


def _refuse_alone(data: Transformed, blocks: Blocks, kind: str, name: str) -> None:
    _, terms = alone(blocks)
    slopes = sorted({data.names[term] for term in terms if not data.names[term].startswith(("C(", "Intercept"))})
    if slopes:
        raise EstimationError(
            f"{kind} leaves each cluster out, and without one {name} {', '.join(slopes)} is not identified",
            advice="Use CR2 or CR1S",
        )


def _counted(name: str, codes: Codes) -> int:
    size = len(np.unique(codes))
    if size < 2:
        raise EstimationError(f"{size} cluster of {name!r} cannot give clustered errors", advice="Use hc1")
    return size


def _clustered(data: Transformed, fit: Solution, inference: Clustered, clusters: Mapping[str, Codes]) -> Covariance:
    names = inference.dimensions
    parts = [clusters[name] for name in names]
    sizes = tuple(_counted(name, codes) for name, codes in zip(names, parts, strict=True))
    terms = [(codes, 1.0) for codes in parts]
    if len(parts) == 2:
        terms.append((np.unique(np.column_stack(parts), axis=0, return_inverse=True)[1].ravel(), -1.0))
    meat = np.zeros_like(fit.bread)
    factors = []
    smaller = parts[int(np.argmin(sizes))]
    for codes, sign in terms:
        if inference.two_way == "min":
            factor = _cluster_factor(data, smaller, inference.small_sample, parts)
        else:
            factor = _cluster_factor(data, codes, inference.small_sample, [codes])
        sums = group_sums(fit.scores, codes)
        meat += sign * factor * (sums.T @ sums)
        factors.append(factor)
    groups = ", ".join(f"{size} clusters of {name}" for name, size in zip(names, sizes, strict=True))
    matrix = _sandwich(fit, meat)
    fixed = _degenerate(data, fit, matrix, groups)
    _refuse_negative(data, matrix, fixed, "two-way clustering", "Cluster by one dimension, or use dk")
    stated = {"CR0": "no factor", "CR1": "G/(G−1)", "CR1S": "G/(G−1)·(N−1)/(N−K), nested effects not in K"}
    df = min(sizes) - 1
    text = f"{inference.small_sample}: {stated[inference.small_sample]}; {groups}; t({df})"
    return Covariance(matrix, df, factors[0], text, sizes, _rank(fit, meat), fixed)


def _degenerate(data: Transformed, fit: Solution, matrix: Floats, groups: str) -> tuple[str, ...]:
    """Refuse slopes whose errors vanish: their scores add up to zero in every cluster, which is no certainty.

    Dummies and the intercept that the clusters determine completely are returned instead of refused.
    """
    n, k = data.X.shape
    df = n - k - effect_rank(data.absorbed)
    iid = float(data.weights @ fit.residuals**2) / df * np.diag(fit.bread)
    zero = [data.names[i] for i in np.flatnonzero(np.abs(np.diag(matrix)) < VANISHING * iid)]
    if slopes := [name for name in zero if not name.startswith(("C(", "Intercept"))]:
        raise EstimationError(
            f"{groups} give {', '.join(slopes)} a standard error of zero: the scores cancel within each",
            advice="Use more regions or years, fewer effects, or hc1",
        )
    return tuple(zero)


def _rank(fit: Solution, meat: Floats) -> int:
    """Rank of the meat with the scores brought to length one, so that units do not matter."""
    lengths = np.sqrt(np.einsum("ij,ij->j", fit.scores, fit.scores))
    lengths[lengths == 0] = 1.0
    values = np.abs(np.linalg.eigvalsh(meat / np.outer(lengths, lengths)))
    return int((values > RANK_FLOOR * max(1.0, float(values.max()))).sum())


def _cluster_factor(data: Transformed, codes: Codes, small_sample: str, nesting: Sequence[Codes]) -> float:
    groups = len(np.unique(codes))
    if small_sample == "CR0":
        return 1.0
    factor = groups / (groups - 1)
    if small_sample == "CR1":
        return factor
    n = len(data.y)
    return factor * (n - 1) / (n - counted_parameters(data, nesting))


def _driscoll_kraay(data: Transformed, fit: Solution, inference: DriscollKraay) -> Covariance:
    n_years = len(np.unique(data.years))
    if n_years < 2:
        raise EstimationError("Driscoll–Kraay errors need two years or more", advice="Use cluster:region")
    lag = inference.lag(n_years)
    if lag >= n_years:
        raise EstimationError(f"a bandwidth of {lag} needs more than {n_years} years", advice="Use a smaller bandwidth")
    calendar = (data.years - data.years.min()).astype(np.intp)
    moments = group_sums(fit.scores, calendar)
    meat = moments.T @ moments
    for step in range(1, lag + 1):
        product = moments[step:].T @ moments[:-step]
        meat += (1 - step / (lag + 1)) * (product + product.T)
    factor = _cluster_factor(data, calendar, "CR1S", [calendar]) if inference.small_sample == "CR1S" else 1.0
    stated = "T/(T−1)·(N−1)/(N−K)" if inference.small_sample == "CR1S" else "no factor"
    text = f"Driscoll–Kraay: Bartlett, {lag} lags, {stated}; {n_years} years; t({n_years - 1})"
    matrix = _sandwich(fit, meat * factor)
    fixed = _degenerate(data, fit, matrix, f"{n_years} years")
    return Covariance(matrix, n_years - 1, factor, text, (n_years,), _rank(fit, meat), fixed)


def _conley(data: Transformed, fit: Solution, inference: Conley, distances: Floats) -> Covariance:
    groups = len(distances)
    if groups < 2:
        raise EstimationError("Conley errors need two units or more", advice="Use hc1")
    meat = conley_meat(fit.scores, data.units, data.years, distances, inference)
    matrix = _sandwich(fit, meat)
    fixed = _degenerate(data, fit, matrix, f"pairs within {inference.radius_km:g} km")
    _refuse_negative(data, matrix, fixed, f"{inference}", "Use another radius, or its bartlett kernel")
    over = {0: "of one year", "all": "of any two years"}.get(inference.lag)
    over = over or f"of one year, own years by Bartlett, {inference.lag} lags"
    text = f"Conley: pairs within {inference.radius_km:g} km, {inference.kernel}, {over}; no factor; t({groups - 1})"
    return Covariance(matrix, groups - 1, 1.0, text, (groups,), _rank(fit, meat), fixed)


def _refuse_negative(data: Transformed, matrix: Floats, fixed: tuple[str, ...], what: str, advice: str) -> None:
    values = zip(data.names, np.diag(matrix), strict=True)
    if negative := [name for name, value in values if value < 0 and name not in fixed]:
        raise EstimationError(f"{what} gives {', '.join(negative)} a negative variance", advice=advice)
