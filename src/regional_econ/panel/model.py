"""What stands behind an estimate: arrays that give other errors, predictions and tests without a new fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from regional_econ._base.errors import EstimationError, OptionError
from regional_econ._base.options import LEVELS
from regional_econ.core.design import Design, regressors
from regional_econ.core.estimate import Estimate, Spec
from regional_econ.core.formula import parse_formula
from regional_econ.core.hypothesis import Hypothesis, wald
from regional_econ.core.hypothesis_test import HypothesisTest
from regional_econ.core.spatial_weights import SpatialWeights
from regional_econ.panel.blocks import Blocks, satterthwaite
from regional_econ.panel.covariance import Covariance, covariance
from regional_econ.panel.demean import Floats, effect_rank, effect_values
from regional_econ.panel.estimators import INTERCEPT, Sample, is_dummy
from regional_econ.panel.frames import Places, cluster_codes, clusters_of, distances_of
from regional_econ.panel.inference import Clustered, Inference, WildBootstrap
from regional_econ.panel.inference_rules import check_inference
from regional_econ.panel.inference_text import inference_of
from regional_econ.panel.least_squares import Solution, Transformed
from regional_econ.panel.margins import Outcome, SingleIndex, coding_of, curve_of, identity
from regional_econ.panel.methods import OF_REGIONS, parse_estimator
from regional_econ.panel.wild import Resampled

_OF_ERRORS = ("small_sample_factor", "convention", "covariance_rank", "terms_without_variance")


@dataclass(frozen=True, slots=True)
class Fitted:
    """The arrays behind an Estimate (`Estimate.native`): other errors, predictions and tests without a new fit.

    Attributes
    ----------
    cases : the formula's complete cases.
    sample : the rows used; data : transformed; solution, covariance : what came out.
    frame : the data given, for clusters by its columns.
    inference : behind the covariance.
    places : latitude and longitude by unit, of a Panel; neighbours : the weights of spatial lags, if there are some.
    """

    cases: Design
    sample: Sample
    data: Transformed
    solution: Solution
    covariance: Covariance
    frame: pd.DataFrame
    inference: Inference
    places: Places | None = None
    neighbours: SpatialWeights | None = None

    @classmethod
    def of(
        cls,
        cases: Design,
        sample: Sample,
        data: Transformed,
        solution: Solution,
        frame: pd.DataFrame,
        inference: Inference,
        places: Places | None = None,
        neighbours: SpatialWeights | None = None,
    ) -> Fitted:
        """Take the covariance of a solution."""
        clusters, km = clusters_of(sample, frame, inference), distances_of(sample, frame, places, inference)
        spread = covariance(data, solution, inference, clusters, km)
        return cls(cases, sample, data, solution, spread, frame, inference, places, neighbours)

    def vcov(self, estimate: Estimate, inference: object) -> Estimate:
        """Return the estimate with other errors."""
        rule = inference_of(inference)
        check_inference(parse_estimator(estimate.spec.estimator), rule)
        clusters, km = (
            clusters_of(self.sample, self.frame, rule),
            distances_of(self.sample, self.frame, self.places, rule),
        )
        spread = covariance(self.data, self.solution, rule, clusters, km)
        kept = {key: value for key, value in estimate.diagnostics.items() if key not in _OF_ERRORS}
        return estimate_of(
            replace(self, covariance=spread, inference=rule), estimate.spec, estimate.panel_checksum, kept
        )

    def predict(self, estimate: Estimate, data: pd.DataFrame | None) -> pd.Series:
        """Return fitted values, of the sample or of other rows."""
        name, kind = str(self.cases.y.name), parse_estimator(estimate.spec.estimator).kind
        if data is None:
            return pd.Series(self._fitted(), index=self.sample.index, name=name)
        of_sample = {
            "fd": "changes", "mundlak": "by the regions' means in the sample", "cce": "by the averages of the sample",
            "interactive": "by the factors of the sample", "pmg": "changes",
            **dict.fromkeys(OF_REGIONS[:-1], "by slopes of each region's own"),
            "slx": "by the neighbours in the sample",
        }  # fmt: skip
        if kind in of_sample:
            what = of_sample[kind]
            raise EstimationError(f"{kind} predicts {what}, for the sample only", advice="Use fe to predict")
        rows = regressors(estimate.spec.formula, data, self.cases.levels)
        X = rows.to_numpy()
        if self.data.names[0] == INTERCEPT:
            X = np.column_stack([np.ones(len(X)), X])
        effects = np.zeros(len(X))
        for level, known in self._effects():
            found = known.reindex(rows.index.get_level_values(level))
            if found.isna().any():
                unit, year = rows.index[int(found.isna().to_numpy().argmax())]
                raise EstimationError(
                    f"no effect of this {self.sample.index.names[level]} was estimated",
                    where=f"{unit}, {year}",
                    advice="Predict for the units and years of the sample, or use effects that reach further",
                )
            effects += found.to_numpy()
        return pd.Series(X @ self.solution.beta + effects, index=rows.index, name=name)

    def test(self, estimate: Estimate, hypothesis: Hypothesis) -> HypothesisTest:
        """Test linear equations as the estimate's inference does."""
        match self.inference:
            case WildBootstrap():
                return self._resampled(hypothesis)
            case Clustered(small_sample="CR2") if len(hypothesis.values) > 1:
                raise OptionError(
                    "CR2 tests one equation at a time", advice="Use .vcov('cluster:region') for a joint test"
                )
        df = float(self.freedom(hypothesis.matrix)[0])
        found = wald(hypothesis, self.solution.beta, self.covariance.matrix, df)
        return replace(found, note=f"Errors: {self.covariance.convention}.")

    def freedom(self, contrasts: Floats) -> Floats:
        """Return degrees of freedom of the t distribution of contrasts (q, k): (q,), Satterthwaite's own for CR2."""
        found = np.full(len(contrasts), float(np.min(self.covariance.df)))
        match self.inference:
            case Clustered(small_sample="CR2", by=by):
                blocks = Blocks.of(self.data, cluster_codes(by, self.sample, self.frame))
                some = contrasts.any(axis=1)
                found[some] = satterthwaite(blocks, contrasts[some] @ blocks.loads)
        return found

    def single_index(self, estimate: Estimate, outcome: Outcome) -> SingleIndex:
        """Return the model on its rows (for between those behind the means), at the observed left side."""
        formula = parse_formula(estimate.spec.formula)
        index, weights = self.sample.index, self.sample.weights
        if parse_estimator(estimate.spec.estimator).kind == "between":
            index = self.cases.index
            weights = 1 / np.bincount(index.codes[0])[index.codes[0]]
        columns, curve = self.cases.X.loc[index], curve_of(formula.lhs, outcome)
        places = {name: self.data.names.index(name) for name in self.cases.names}
        X = np.zeros((len(index), len(self.data.names)))
        X[:, list(places.values())] = columns.to_numpy()
        observed = np.zeros(len(index)) if curve is identity else self.cases.y.loc[index].to_numpy()
        coding = coding_of(formula, self.frame, columns, self.cases.levels)
        return SingleIndex(
            coding, places, X, self.solution.beta, observed, np.zeros_like(X), curve, weights / weights.sum()
        )

    def resample(self, contrast: Floats, rule: WildBootstrap) -> Resampled:
        """Resample the t statistic of one contrast (k,)."""
        blocks = Blocks.of(self.data, cluster_codes(rule.by, self.sample, self.frame))
        return Resampled.of(blocks, contrast @ blocks.loads, rule)

    def _resampled(self, hypothesis: Hypothesis) -> HypothesisTest:
        rule = self.inference
        if len(hypothesis.values) > 1 or not isinstance(rule, WildBootstrap):
            raise OptionError("the bootstrap tests one equation at a time", advice="Use .vcov('cluster:region')")
        row, null = hypothesis.matrix[0], float(hypothesis.values[0])
        found = self.resample(row, rule)
        error = float(np.sqrt(row @ self.covariance.matrix @ row))
        low, high = found.interval(LEVELS[0])
        details = {"estimate": found.value, "std_error": error, "conf_low": low, "conf_high": high}
        return HypothesisTest(
            "Wild cluster bootstrap, restricted", hypothesis.text, (found.value - null) / error, "resampled", (),
            found.p_value(null), "Roodman, MacKinnon, Nielsen & Webb (2019)", _how(found, rule), details,
        )  # fmt: skip

    def _fitted(self) -> Floats:
        """Fitted values of the sample; what the effects explain is what neither the terms nor the residuals are."""
        if self.data.absorbed:
            return np.asarray(self.sample.y - self.solution.residuals)
        X = self.sample.X
        if self.data.names[0] == INTERCEPT:
            X = np.column_stack([np.ones(len(X)), X])
        return np.asarray(X @ self.solution.beta)

    def _effects(self) -> list[tuple[int, pd.Series]]:
        """Each estimated effect: its index level, and its values by that level's labels."""
        if not self.data.absorbed:
            return []
        levels = sum(int(codes.max()) + 1 for codes in self.data.absorbed)
        if len(self.data.absorbed) == 2 and effect_rank(self.data.absorbed) < levels - 1:
            raise EstimationError(
                "some regions share no year with the others, not even through third ones: "
                "how far their effects lie apart is not identified",
                advice="Predict for the sample, or fit a sample that hangs together",
            )
        explained = self._fitted() - self.sample.X @ self.solution.beta
        found = effect_values(explained, self.data.absorbed, self.data.weights)
        series = []
        for codes, values in zip(self.data.absorbed, found, strict=True):
            which = 0 if codes is self.data.absorbed[0] and np.array_equal(codes, self.data.units) else 1
            first = np.unique(codes, return_index=True)[1]
            labels = self.sample.index.get_level_values(which)[first]
            series.append((which, pd.Series(values, index=labels)))
        return series


def estimate_of(fitted: Fitted, spec: Spec, checksum: str, described: Mapping[str, float | int | str]) -> Estimate:
    spread, labels = fitted.covariance, list(fitted.data.names)
    return Estimate(
        params=pd.Series(fitted.solution.beta, index=labels, name="estimate"),
        covariance=pd.DataFrame(spread.matrix, index=labels, columns=labels),
        spec=replace(spec, inference=str(fitted.inference)),
        panel_checksum=checksum,
        diagnostics={
            **described,
            "small_sample_factor": spread.factor,
            "convention": spread.convention,
            **_shortfall(spread, len(labels)),
        },
        df=float(spread.df) if np.isscalar(spread.df) else pd.Series(spread.df, index=labels),
        resampled=_resampled_table(fitted),
        native=fitted,
    )


def _resampled_table(fitted: Fitted) -> pd.DataFrame | None:
    """Bootstrapped p-values and intervals of the terms; neither the intercept nor, beside slopes, pure dummies."""
    rule, labels = fitted.inference, list(fitted.data.names)
    if not isinstance(rule, WildBootstrap):
        return None
    rows: dict[str, dict[str, float]] = {}
    slopes = [label for label in labels if label != INTERCEPT and not is_dummy(label)]
    for place, label in enumerate(labels):
        if label == INTERCEPT or (slopes and is_dummy(label)):
            continue
        found = fitted.resample(np.eye(len(labels))[place], rule)
        ends = {level: found.interval(level) for level in LEVELS}
        rows[label] = {"p_value": found.p_value(0.0)} | {
            f"conf_{side}{100 * level:g}": end
            for level, pair in ends.items()
            for side, end in zip(("low", "high"), pair, strict=True)
        }
    return pd.DataFrame.from_dict(rows, orient="index").reindex(labels)


def _how(found: Resampled, rule: WildBootstrap) -> str:
    kind = {"rademacher": "Rademacher", "webb": "Webb"}[rule.weights]
    drawn = f"all {found.draws} sign patterns" if found.enumerated else f"{found.draws} draws, {kind} weights"
    ties = {"half": "ties count half", "all": "ties count as larger", "none": "ties do not count"}[rule.ties]
    return f"{drawn} over clusters of {rule.by}; {ties}."


def _shortfall(spread: Covariance, k: int) -> dict[str, float | int | str]:
    notes: dict[str, float | int | str] = {}
    if spread.rank is not None and spread.rank < k:
        notes["covariance_rank"] = spread.rank
    if spread.fixed:
        notes["terms_without_variance"] = ", ".join(spread.fixed)
    return notes
