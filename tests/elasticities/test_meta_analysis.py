"""The meta-model against metafor, its special cases, and the declared findings."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from regional_econ._base.location import data_dir
from regional_econ.elasticities.declared import Assumptions, load_findings
from regional_econ.elasticities.meta_analysis import meta_posterior, silent_nulls
from regional_econ.elasticities.published import Finding, PublishedBias, Relation, Selection, elasticity_of

NO_BIAS = PublishedBias("none", 0.0, 0.0, "none")
ALL_PRINTED = Selection(0.0, 1.0, "all printed")


@pytest.fixture(scope="module")
def oracle(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "tests" / "oracles" / "elasticities_meta.json").read_text())
    return found


def relation(
    values: list[float], sds: list[float], groups: list[str] | None = None, *, scale: float = 0.5, flat: float = 100.0
) -> Relation:
    groups = groups or [str(number) for number in range(len(values))]
    findings = tuple(
        Finding(f"R{at}", ("x",), "study", value, sd, NO_BIAS, group)
        for at, (value, sd, group) in enumerate(zip(values, sds, groups, strict=True))
    )
    return Relation("demo", ("x",), 0.0, False, flat, scale, findings, (), 0.3, ALL_PRINTED, "demo")


def trials(oracle: dict[str, Any], *, grouped: bool) -> Relation:
    rows = oracle["trials"]
    groups = [str(row["group"]) for row in rows] if grouped else None
    sds = [float(np.sqrt(row["variance"])) for row in rows]
    return relation([row["value"] for row in rows], sds, groups, scale=oracle["scale"])


def test_a_known_heterogeneity_gives_the_published_fit(oracle: dict[str, Any]) -> None:
    """DerSimonian and Laird's τ² of the BCG trials: mean −.714, standard error .179."""
    given = oracle["dersimonian_laird"]
    # One point stands at the median of the half-normal prior.
    scale = np.sqrt(given["tau2"]) / stats.norm.ppf(0.75)
    found = meta_posterior(replace(trials(oracle, grouped=False), heterogeneity_sd=scale), tau_points=1)
    assert found.tau[0] ** 2 == pytest.approx(given["tau2"], rel=1e-12)
    # The prior of the mean has sd 100, not infinity: relative (.18/100)².
    assert found.mean[0] == pytest.approx(given["mean"], rel=1e-5)
    assert found.location_sd[0] == pytest.approx(given["sd"], rel=1e-5)


@pytest.mark.parametrize("grouped", [False, True])
def test_the_mixture_over_heterogeneity_is_metafors(oracle: dict[str, Any], grouped: bool) -> None:
    given = oracle["grouped" if grouped else "independent"]
    made = trials(oracle, grouped=grouped)
    fine = meta_posterior(made, tau_points=60)
    # Simpson's rule over metafor's restricted likelihood; the prior of the mean has sd 100.
    assert fine.mean[0] == pytest.approx(given["mean"], rel=2e-4)
    assert fine.location_sd[0] == pytest.approx(given["sd"], rel=2e-4)
    assert fine.weight @ fine.tau == pytest.approx(given["tau"], rel=2e-4)
    assert fine.predictive_sd[0] == pytest.approx(given["predictive_sd"], rel=2e-4)
    # The eight points of the synthesis do for thirteen trials.
    rough = meta_posterior(made)
    assert rough.mean[0] == pytest.approx(given["mean"], rel=0.01)
    assert rough.predictive_sd[0] == pytest.approx(given["predictive_sd"], rel=0.01)


def test_points_of_the_synthesis_are_enough(assumptions: Assumptions) -> None:
    for one in assumptions.relations:
        rough, fine = meta_posterior(one), meta_posterior(one, tau_points=40)
        np.testing.assert_allclose(rough.mean, fine.mean, atol=2e-4)
        np.testing.assert_allclose(rough.predictive_sd, fine.predictive_sd, rtol=0.005)


def test_two_rows_of_one_study_are_not_two_studies() -> None:
    """Copies of a row halve its own error, not the study's deviation, and not its bias."""
    once = meta_posterior(relation([0.4], [0.1], scale=10.0, flat=1.0), tau_points=1)
    twice = meta_posterior(relation([0.4, 0.4], [0.1, 0.1], ["A", "A"], scale=10.0, flat=1.0), tau_points=1)
    apart = meta_posterior(relation([0.4, 0.4], [0.1, 0.1], ["A", "B"], scale=10.0, flat=1.0), tau_points=1)
    tau2 = once.tau[0] ** 2
    for found, variance in ((once, tau2 + 0.01), (twice, tau2 + 0.005), (apart, (tau2 + 0.01) / 2)):
        assert found.location_sd[0] ** 2 == pytest.approx(1 / (1 + 1 / variance), rel=1e-12)
    bias = PublishedBias("either way", 0.0, 0.4, "demo")
    doubtful = relation([0.4, 0.4], [0.1, 0.1], ["A", "A"], scale=1e-9, flat=1.0)
    doubtful = replace(doubtful, findings=tuple(replace(finding, bias=bias) for finding in doubtful.findings))
    expected = 1 / (1 + 1 / (0.16 + 0.005))
    assert meta_posterior(doubtful, tau_points=1).location_sd[0] ** 2 == pytest.approx(expected, rel=1e-9)


def test_a_meta_analysis_prints_the_mean_itself() -> None:
    """It is not moved by the heterogeneity, however large."""
    study = relation([0.4], [0.1], scale=10.0, flat=1.0)
    mean = replace(study, findings=(replace(study.findings[0], about="mean"),))
    assert meta_posterior(mean, tau_points=1).mean[0] == pytest.approx(0.4 / 1.01, rel=1e-12)
    assert meta_posterior(study, tau_points=1).mean[0] < 0.01


def test_a_finding_of_two_drivers_is_about_their_average() -> None:
    finding = Finding("R", ("x", "z"), "mean", 0.6, 0.0001, NO_BIAS, "R")
    made = Relation("demo", ("x", "z"), 0.0, True, 1.0, 0.3, (finding,), (), 0.3, ALL_PRINTED, "demo")
    found = meta_posterior(made)
    np.testing.assert_allclose(found.mean, [0.6, 0.6], rtol=1e-6)
    covariance = found.weight @ found.location_covariance.reshape(len(found.weight), -1)
    np.testing.assert_allclose(covariance, [0.5, -0.5, -0.5, 0.5], atol=1e-6)  # the difference is as unknown as before


def test_a_bias_is_taken_off_and_adds_its_spread() -> None:
    plain = relation([0.9], [0.2], flat=1.0, scale=1e-9)
    biased = replace(plain, findings=(replace(plain.findings[0], bias=PublishedBias("up", 0.3, 0.3, "up")),))
    found = meta_posterior(biased)
    assert found.mean[0] == pytest.approx(0.6 / (1 + 0.04 + 0.09), rel=1e-9)


def test_unprinted_nulls_pull_towards_zero_by_their_number() -> None:
    """Without heterogeneity m zeros and n rows of one spread have the mean Σy/(n + m + s²)."""
    selection = Selection(0.4, 0.25, "demo")
    made = replace(relation([0.5, 0.7], [0.3, 0.3], flat=1.0, scale=1e-9), selection=selection)
    found = meta_posterior(made)
    counts, shares = silent_nulls(2, 0, selection)
    expected = sum(share * 1.2 / (2 + count + 0.09) for count, share in zip(counts, shares, strict=True))
    assert found.mean[0] == pytest.approx(expected, rel=1e-9)
    assert found.mean[0] < meta_posterior(replace(made, selection=ALL_PRINTED)).mean[0]


@pytest.mark.parametrize(("null_share", "prints"), [(0.4, 0.2), (0.6, 0.0), (0.2, 0.9)])
def test_silent_nulls_follow_the_declared_process(null_share: float, prints: float) -> None:
    """Findings arrive one by one until three have printed a number."""
    selection = Selection(null_share, prints, "demo")
    counts, shares = silent_nulls(3, 0, selection)
    rng = np.random.default_rng(1)
    silent = []
    for _ in range(20_000):
        printed = unprinted = 0
        while printed < 3:
            is_silent = rng.random() < null_share and rng.random() >= prints
            unprinted, printed = unprinted + is_silent, printed + (not is_silent)
        silent.append(unprinted)
    mean = 3 * selection.silent / (1 - selection.silent)
    assert shares.sum() == pytest.approx(1)
    assert counts @ shares == pytest.approx(mean, rel=0.02)  # a thousandth of the tail is cut
    assert np.mean(silent) == pytest.approx(mean, abs=5 * np.std(silent) / np.sqrt(20_000))
    seen, conditional = silent_nulls(3, 2, selection)
    assert seen[0] == 2
    np.testing.assert_allclose(
        conditional, stats.nbinom.pmf(seen, 3, 1 - selection.silent) / shares[2:].sum(), rtol=5e-3
    )


def test_findings_are_the_printed_elasticities(assumptions: Assumptions) -> None:
    rows = load_findings()
    values = {finding.id: finding for one in assumptions.relations for finding in one.findings}
    assert {key: values[key].value for key in ("K01", "K03", "K04", "K08")} == {
        key: float(rows[key]["estimate"]) for key in ("K01", "K03", "K04", "K08")
    }
    assert [finding.sd for finding in values.values()] == pytest.approx([(1.0 - 0.2) / 4] * 4)
    assert values["K01"].group == values["K03"].group  # two papers of the same authors on the same regions
    assert assumptions.relations[0].n_studies == 2
    assert assumptions.relation_of("wear_pct") is assumptions.relation_of("investment_grp_pct") is None
    with pytest.raises(ValueError, match="semi_elasticity"):
        elasticity_of(rows["K15"])


def test_the_table_holds_every_finding_of_the_survey() -> None:
    rows = load_findings()
    kinds = [row["kind"] for row in rows.values()]
    assert (kinds.count("effect"), kinds.count("null")) == (85, 12)
    assert all(row["finding"] and not row["estimate"] for row in rows.values() if row["kind"] == "null")
    assert all(float(row["estimate"]) is not None for row in rows.values() if row["kind"] == "effect")
    assert len((data_dir() / "literature.csv").read_text(encoding="utf-8").splitlines()) == 98


def test_the_data_file_is_the_survey(sources: Path) -> None:
    """Held against the survey's two files, beside the official ones."""
    folder = sources.parent / "priors"
    rows = load_findings()
    for name in ("literature_effects.csv", "literature_nulls.csv"):
        with (folder / name).open(encoding="utf-8") as file:
            for given in csv.DictReader(file):
                own = rows[given["id"]]
                assert {key: own[key] for key in given if key != "study_group"} == {
                    key: value for key, value in given.items() if key != "study_group"
                }
