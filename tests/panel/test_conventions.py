"""What an estimate says of its errors: convention, degrees of freedom, factor, clusters, rank; and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from regional_econ._base.errors import EstimationError
from regional_econ.core.estimate import Estimate
from regional_econ.panel.covariance import Covariance
from regional_econ.panel.fit import fit
from regional_econ.panel.inference import DriscollKraay, KernelFactor

REGIONS, YEARS = 8, 6


def made(regions: int = REGIONS, years: int = YEARS) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    names = [f"R{number}" for number in range(regions)]
    index = pd.MultiIndex.from_product([names, range(2000, 2000 + years)], names=["region", "year"])
    frame = pd.DataFrame(rng.normal(size=(len(index), 3)), index=index, columns=["y", "x", "z"])
    return frame.assign(size=np.repeat(np.arange(regions) + 1.0, years))


def behind(estimate: Estimate) -> Covariance:
    found: Covariance = estimate.native.covariance  # type: ignore[attr-defined]
    return found


# N = 48, two slopes, 13 effects; K of CR1S counts the slopes, one for the nested regions and five years
CR1S = 8 / 7 * 47 / 40


@pytest.mark.parametrize(
    ("inference", "convention", "df", "factor", "clusters", "rank"),
    [
        ("iid", "iid: SSR/(N−K), N−K = 33; t(33)", 33, 1.0, (), None),
        ("hc0", "HC0: White; t(33)", 33, 1.0, (), None),
        ("hc1", "HC1: White, times N/(N−K); t(33)", 33, 48 / 33, (), None),
        ("hc2", "HC2: residuals over √(1−h); t(33)", 33, 1.0, (), None),
        ("hc3", "HC3: residuals over 1−h; t(33)", 33, 1.0, (), None),
        (
            "cluster:region", "CR1S: G/(G−1)·(N−1)/(N−K), nested effects not in K; 8 clusters of region; t(7)",
            7, CR1S, (8,), 2,
        ),
        ("cluster:region:CR1", "CR1: G/(G−1); 8 clusters of region; t(7)", 7, 8 / 7, (8,), 2),
        ("cluster:year:CR0", "CR0: no factor; 6 clusters of year; t(5)", 5, 1.0, (6,), 2),
        ("cluster:region:CR3", "CR3: leave one cluster out, no factor; 8 clusters of region; t(7)", 7, 1.0, (8,), 2),
        (
            "cluster:region:CV3", "CV3: leave one cluster out, times (G−1)/G; 8 clusters of region; t(7)",
            7, 7 / 8, (8,), 2,
        ),
        (
            "cluster:region+year:CR1", "CR1: G/(G−1); 8 clusters of region, 6 clusters of year; t(5)",
            5, None, (8, 6), 2,
        ),
    ],
)  # fmt: skip
def test_an_estimate_says_what_its_errors_are(
    inference: str, convention: str, df: int, factor: float | None, clusters: tuple[int, ...], rank: int | None
) -> None:
    found = behind(fit("y ~ x + z", made(), effects="region+year", inference=inference))
    assert found.convention == convention
    assert found.df == df
    assert factor is None or found.factor == pytest.approx(factor, rel=1e-12)
    assert (found.clusters, found.rank, found.fixed) == (clusters, rank, ())


@pytest.mark.parametrize(
    ("factor", "stated", "wanted"),
    # one slope and eight regions, which are nested in no year
    [("CR0", "no factor", 1.0), ("CR1S", "T/(T−1)·(N−1)/(N−K)", 6 / 5 * 47 / (48 - 9))],
)
@pytest.mark.parametrize("lag", [0, 2, 5])
def test_errors_over_years_say_their_lags(lag: int, factor: KernelFactor, stated: str, wanted: float) -> None:
    inference = DriscollKraay(bandwidth=lag, small_sample=factor)
    found = behind(fit("y ~ x", made(), effects="region", inference=inference))
    assert found.convention == f"Driscoll–Kraay: Bartlett, {lag} lags, {stated}; 6 years; t(5)"
    assert (found.df, found.clusters, found.rank) == (5, (6,), 1)
    assert found.factor == pytest.approx(wanted, rel=1e-12)


def test_dummies_that_the_clusters_determine_are_named_and_not_refused() -> None:
    """Residuals add up to zero in each year, and the slope of a column centred by year moves no year's level."""
    frame = made()
    centred = frame.assign(x=frame["x"] - frame["x"].groupby(level="year").transform("mean"))
    found = fit("y ~ x + C(year)", centred, effects="none", inference="cluster:year")
    assert behind(found).fixed == ("Intercept", *(f"C(year)[{year}]" for year in range(2001, 2006)))
    assert found.std_errors["x"] > 0.1


def test_leverage_adds_up_to_the_parameters_and_is_that_of_dummies() -> None:
    """HC3 with effects taken out is HC3 of the regression on all dummies."""
    frame = made()
    within = fit("y ~ x + z", frame, effects="region+year", inference="hc3")
    dummies = pd.get_dummies(
        frame.reset_index()[["region", "year"]].astype(str), drop_first=True, dtype=float
    ).to_numpy()
    X = np.column_stack([frame[["x", "z"]], np.ones(len(frame)), dummies])
    bread = np.linalg.inv(X.T @ X)
    own = np.einsum("ij,jk,ik->i", X, bread, X)
    residuals = frame["y"].to_numpy() - X @ (bread @ X.T @ frame["y"].to_numpy())
    scores = X * (residuals / (1 - own))[:, None]
    wanted = np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))[:2]
    # two routes to the same projection: rounding only
    np.testing.assert_allclose(within.std_errors, wanted, rtol=1e-9)
    assert own.sum() == pytest.approx(15)


def test_between_weighs_each_region_once() -> None:
    frame = made().iloc[:-3]
    found = fit("y ~ x", frame, estimator="between", inference="iid")
    means = frame.groupby(level="region")[["y", "x"]].mean()
    slope, level = np.polyfit(means["x"], means["y"], 1)
    np.testing.assert_allclose(found.params, [level, slope], rtol=1e-9)
    assert list(found.params.index) == ["Intercept", "x"]
    assert found.diagnostics["n_obs"] == REGIONS
    dates = found.native.sample.index.tolist()  # type: ignore[attr-defined]
    assert dates == [*((f"R{number}", 2005) for number in range(REGIONS - 1)), ("R7", 2002)]


@pytest.mark.parametrize(
    ("inference", "rank"), [("cluster:region", 2), ("cluster:region:CR3", 3), ("dk:1", 3), ("cluster:year", 3)]
)
@pytest.mark.parametrize("unit", [1.0, 1e9])
def test_the_rank_is_that_of_the_clusters_in_any_units(inference: str, rank: int, unit: float) -> None:
    """Scores of three clusters add up to zero, so that they span two dimensions; what leaving one out moves, three."""
    frame = made(3, 9).assign(w=lambda one: np.sin(7.0 * one["x"] * one["z"]))
    scaled = frame.assign(x=frame["x"] * unit)
    assert behind(fit("y ~ x + z + w", scaled, effects="region", inference=inference)).rank == rank


def test_a_slope_without_an_error_is_refused_whole() -> None:
    """Two years each: within a region the second change is the first with its sign, so scores cancel."""
    frame = made(8, 2)
    late = frame.index.get_level_values("year") == 2001
    with pytest.raises(EstimationError) as caught:
        fit("y ~ x + late", frame.assign(late=late.astype(float)), effects="region", inference="cluster:year")
    wanted = "2 clusters of year give x, late a standard error of zero: the scores cancel within each"
    assert str(caught.value) == f"{wanted}. Use more regions or years, fewer effects, or hc1."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"formula": "y ~ x + z", "years": (2000, 2000), "effects": "none", "rows": 2},
            "2 observations cannot give 3 coefficients. Use fewer terms or more years.",
        ),
        (
            {"formula": "y ~ x + z", "effects": "region+year", "rows": 2, "years": (2000, 2002)},
            "6 observations leave no degrees of freedom. Use fewer terms or effects.",
        ),
        (
            {"formula": "y ~ size", "effects": "region"},
            "size does not vary once the effects are taken out. Leave it out, or use fewer effects.",
        ),
        (
            {"formula": "y ~ x + nothing", "estimator": "mundlak", "effects": "region"},
            "nothing does not vary once the effects are taken out. Leave it out, or use fewer effects.",
        ),
        (
            {"formula": "size ~ x", "effects": "region"},
            "the outcome does not vary once the effects are taken out. Use fewer effects, or another outcome.",
        ),
        (
            {"formula": "y ~ x", "effects": "none", "years": (2000, 2000), "inference": "dk"},
            "Driscoll–Kraay errors need two years or more. Use cluster:region.",
        ),
        (
            {"formula": "y ~ x", "effects": "none", "inference": "dk:6"},
            "a bandwidth of 6 needs more than 6 years. Use a smaller bandwidth.",
        ),
        (
            {"formula": "y ~ x", "effects": "none", "years": (2000, 2000), "inference": "cluster:year"},
            "1 cluster of 'year' cannot give clustered errors. Use hc1.",
        ),
        (
            {"formula": "y ~ x + only", "effects": "region", "inference": "cluster:region:CR3"},
            "CR3 leaves each cluster out, and without one region only is not identified. Use CR2 or CR1S.",
        ),
        (
            {"formula": "y ~ x + once", "effects": "none", "inference": "hc3"},
            "HC3 has no value: 1 of the observations fitted perfectly. Use hc1, or fewer dummies.",
        ),
        (
            {"formula": "y ~ x + size", "effects": "none", "estimator": "fama-macbeth", "years": (2000, 2000)},
            "one cross-section has no spread between years. Use more years, or pooled.",
        ),
    ],
)
def test_what_data_cannot_give_is_refused_whole(options: dict[str, object], message: str) -> None:
    frame = made(int(options.pop("rows", REGIONS)))  # type: ignore[call-overload]
    first = frame.index.get_level_values("region") == "R0"
    frame = frame.assign(only=frame["z"].where(first, 0.0), once=np.arange(len(frame)) == 5, nothing=0.0).astype(float)
    formula = str(options.pop("formula"))
    if options.get("estimator") == "fama-macbeth":
        options.pop("effects")
    with pytest.raises(EstimationError) as caught:
        fit(formula, frame, **options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message) if not message.endswith(".") else str(caught.value) == message
