"""What does the rule for causal claims say when the truth is known, and when the real panel is asked what cannot be?

Verdicts on drawn panels by true effect (`verdict_world.py`, `verdict_machine.py`), and on placebo claims of the
official panel, which go through the evidence of the referee itself: leads as drivers, permuted regions, unrelated
outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

import numpy as np
from planted_world import FOCAL
from record import ROOT
from scipy.special import expit, logit
from verdict_machine import axes_of, detectable_pp, distribution, estimates, labels
from verdict_world import EFFECTS, SEED, WORLDS, Drawn, Floats, Frame, as_panel, draw, frame, moves_of

from regional_econ._base.parallel import map_cases
from regional_econ._base.seeds import rng_for
from regional_econ.causal.declaration import Multiverse, load_multiverse
from regional_econ.causal.distribution import confidence_distribution
from regional_econ.causal.evidence import causal_evidence, lagged_rows
from regional_econ.causal.multiverse import run as estimate_all
from regional_econ.causal.placebo_table import load_placebos, placebo_term
from regional_econ.causal.scales import term_matrix
from regional_econ.core.claim import Estimand, Label
from regional_econ.core.panel import Panel
from regional_econ.core.results import Value
from regional_econ.core.study import load_study
from regional_econ.referee.characteristics import EFFECT_IDS, LABELS
from regional_econ.referee.checks.estimate import finding_of
from regional_econ.referee.judge import judge_effect
from regional_econ.referee.monte_carlo import GOALS, Side, share_of, side
from regional_econ.referee.rules import load_rules

Kind = Literal["drawn", "official", "leads", "permuted", "unrelated", "whole"]
Rows = list[list[float]]
PER_BATCH = 40
PERMUTATIONS, PER_PERMUTED = 128, 4
COMPARED = 32  # panels on which the specifications taken are held against those of all samples
LEAD_YEARS = 4  # a driver of so many years later lies after the outcome at every lag that decides
DECIDING_WORLD = WORLDS[0]


@dataclass(frozen=True)
class Batch:
    """Some drawn panels, some permutations, or one other claim on the official panel with the same name in all."""

    kind: Kind
    number: int
    name: str = ""


def batches(panels: int) -> dict[str, Batch]:
    """All batches by key, the drawn panels last."""
    placebo = [Batch("official", 0), *(Batch("whole", number) for number in range(COMPARED))]
    placebo += [Batch("leads", 0, driver) for driver in frame().drivers]
    placebo += [Batch("unrelated", 0, outcome) for outcome in load_placebos()]
    placebo += [Batch("permuted", number) for number in range(PERMUTATIONS // PER_PERMUTED)]
    drawn = [Batch("drawn", number) for number in range(-(-panels // PER_BATCH))]
    return {f"{one.kind}-{one.name or one.number}": one for one in (*placebo, *drawn)}


def run(todo: Mapping[str, Batch], jobs: int, label: str) -> dict[str, Rows]:
    """Verdicts by batch, each row a panel: its driver, what it can detect, then labels by world and effect, as numbers.

    Of claims on the official panel a row is a run: labels by driver; of those as they are, also what is detectable.
    """
    return map_cases(one_batch, todo, seed=SEED, jobs=jobs, label=label)


def one_batch(batch: Batch, seed: int) -> Rows:
    """Judge a batch; panels have seeds by their number."""
    shared = frame()
    if batch.kind == "drawn":
        return [drawn_row(draw(number, shared), shared) for number in _numbers(batch, PER_BATCH)]
    if batch.kind == "permuted":
        return [official(permuted(number, shared), shared) for number in _numbers(batch, PER_PERMUTED)]
    if batch.kind == "leads":
        found = official(lead(batch.name, shared), shared)
        return [[found[shared.drivers.index(batch.name)]]]
    if batch.kind == "whole":
        return [apart(batch.number, shared)]
    if batch.kind == "unrelated":
        return [official(unrelated(batch.name, shared), shared)]
    evidence = causal_evidence(shared.panel, load_study(ROOT / "analyses" / "study.toml"), shared.declared)
    return [[*official(shared.panel, shared), *(one.alone_mde_pp for one in evidence.values())]]


def drawn_row(drawn: Drawn, shared: Frame) -> list[float]:
    """Judge a drawn panel under all worlds and effects."""
    neutral = drawn.percent[WORLDS.index(DECIDING_WORLD), EFFECTS.index(0.0)]
    codes = [code_of(label) for row in labels(drawn, shared) for label in row]
    return [shared.drivers.index(drawn.driver), detectable_pp(drawn, neutral, shared), *codes]


def apart(number: int, shared: Frame) -> list[float]:
    """Return how far the probabilities of a panel move when all samples and covariates of pooled CCE are taken."""
    drawn = draw(number, shared)
    effect = number // len(shared.drivers) % len(EFFECTS)
    declared = whole(drawn.driver)
    estimated = estimate_all(as_panel(drawn, 0, effect, shared), declared, focal_region=FOCAL)
    rows = lagged_rows(estimated, declared, drawn.driver)
    sign = declared.drivers[drawn.driver].claimed_sign
    wide = confidence_distribution(rows, change=drawn.change, level_pct=shared.level_pct, claimed_sign=sign)
    numbers = estimates(drawn, drawn.percent[:1, effect], [drawn.driver], shared)[drawn.driver][0]
    few = distribution(numbers, drawn.driver, drawn.change, shared)
    delta = declared.rule.smallest_effect_pp
    pairs = zip(asdict(wide.probabilities(delta)).values(), asdict(few.probabilities(delta)).values(), strict=True)
    return [abs(one - other) for one, other in pairs]


def whole(driver: str) -> Multiverse:
    """Return the declaration over one driver as thin as a drawn panel allows: one measure, one edition."""
    full, thin = load_multiverse(ROOT / "analyses" / "multiverse.yml"), frame().declared
    return replace(thin, samples=full.samples, admissible=full.admissible, drivers={driver: thin.drivers[driver]})


def official(panel: Panel, shared: Frame) -> list[float]:
    """Judge all drivers on a panel by the referee's own evidence, over the same specifications as drawn panels."""
    study, rules = load_study(ROOT / "analyses" / "study.toml"), load_rules()
    evidence = causal_evidence(panel, study, shared.declared)
    found: list[float] = []
    for driver, one in evidence.items():
        sign = "+" if one.claimed_sign > 0 else "-"
        claim = Estimand(driver, one.outcome, "", "", "", "", sign)
        found.append(code_of(judge_effect(finding_of(one, claim, rules.causal), rules).label))
    return found


def permuted(number: int, shared: Frame) -> Panel:
    """Return the panel with the outcome's histories dealt out anew among all regions but the focal one."""
    outcome, rng = shared.declared.outcome, rng_for(SEED, "permuted", number)
    table = shared.panel.frame[outcome].unstack("year")
    others = np.flatnonzero(table.index != FOCAL)
    order = np.arange(len(table))
    order[others] = rng.permutation(others)
    dealt = table.iloc[order].set_axis(table.index)
    return _with(shared.panel, outcome, dealt.to_numpy(dtype=float))


def lead(driver: str, shared: Frame) -> Panel:
    """Return the panel with a driver of years later in its place."""
    variable = shared.declared.terms[driver].variable
    table = shared.panel.frame[variable].unstack("year")
    return _with(shared.panel, variable, table.shift(-LEAD_YEARS, axis=1).to_numpy(dtype=float))


def unrelated(name: str, shared: Frame) -> Panel:
    """Return the panel with an outcome that no driver can move, as wide within regions as the official one.

    Its level is that of the focal region, so that an effect in percentage points means the same.
    """
    years, outcome = list(shared.years), shared.declared.outcome
    term = placebo_term(shared.panel, load_placebos()[name])
    values = term_matrix(shared.panel, term, years).to_numpy(dtype=float)
    percent = shared.panel.matrix(outcome, years=years).to_numpy(dtype=float)
    own = logit(np.where(shared.percent_known, percent, np.nan) / 100)
    breaks = tuple(change.year for change in shared.panel.variable(outcome).breaks)
    wide = [float(np.nanstd(moves_of(one, cut, years))) for one, cut in ((own, breaks), (values, term.cut))]
    moved = wide[0] / wide[1] * (values - np.nanmean(values, axis=1, keepdims=True))
    focal = shared.panel.region_ids.index(FOCAL)
    newest = int(np.flatnonzero(shared.percent_known[focal])[-1])
    level = logit(shared.level_pct / 100) - moved[focal, newest]
    return _with(shared.panel, outcome, np.where(shared.percent_known, 100 * expit(level + moved), np.nan))


def _with(panel: Panel, variable: str, values: Floats) -> Panel:
    """Return a panel with one variable (R, Y) exchanged."""
    table = panel.frame[variable].unstack("year")
    table[:] = values
    exchanged = table.stack(future_stack=True)
    return replace(panel, frame=panel.frame.reindex(exchanged.index).assign(**{variable: exchanged}))


def settled(found: Mapping[str, Rows]) -> bool:
    """Whether every goal is met or missed by more than the Monte Carlo errors that the rules ask for."""
    return all(state != "borderline" for *_, state in judged_goals(found).values())


def judged_goals(found: Mapping[str, Rows]) -> dict[str, tuple[float, float, float, Side]]:
    """Share, its error, the most that is allowed, and on which side of that it lies, by goal, in the deciding world."""
    rules = load_rules().causal
    verdicts = drawn_verdicts(found)[2]
    own = verdicts[:, WORLDS.index(DECIDING_WORLD)]
    results = {}
    for name, goal in GOALS.items():
        hits = own[:, EFFECTS.index(goal.effect)] == code_of(goal.label)
        share, error = share_of(int(hits.sum()), len(hits))
        most = rules.goals[name]
        results[name] = share, error, most, side(share, error, most, rules.monte_carlo_errors)
    return results


def drawn_verdicts(found: Mapping[str, Rows]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return driver and detectable effect (n,) and the labels (n, worlds, effects) of all drawn panels, as numbers."""
    rows = np.array([row for key, batch in found.items() if key.startswith("drawn-") for row in batch])
    return rows[:, 0], rows[:, 1], rows[:, 2:].reshape(len(rows), len(WORLDS), len(EFFECTS))


def summary(found: Mapping[str, Rows]) -> dict[str, Value]:
    """Shares of every label in percent with their Monte Carlo errors.

    ``whole.mean_apart`` and ``.most_apart`` (of a probability, over all samples);
    ``<world>.<effect>.<label>_pct`` and ``<world>.<driver>.<effect>.<label>_pct`` over drawn panels;
    ``goal.<name>_pct``, ``.most_pct`` and ``.state``; ``permuted.<label>_pct`` (errors by permutation),
    ``leads.<label>`` and ``unrelated.<label>`` (counts); ``<driver>.mde_pp`` of drawn panels, of the specification
    shown alone, and ``official.<driver>.mde_pp`` and ``.label`` over the same specifications.
    """
    drivers, detectable, verdicts = drawn_verdicts(found)
    names = frame().drivers
    values = {
        "panels": Value(len(drivers), digits=0),
        "specifications": Value(sum(len(axes_of(driver)) for driver in names), digits=0),
        "whole.specifications": Value(sum(whole(driver).n_specifications(driver) for driver in names), digits=0),
        "whole.panels": Value(COMPARED, digits=0),
    }
    moved = np.array([row for key, batch in found.items() if key.startswith("whole-") for row in batch])
    values |= {
        "whole.mean_apart": Value(float(moved.mean()), digits=3),
        "whole.most_apart": Value(float(moved.max()), digits=3),
    }
    for at, world in enumerate(WORLDS):
        for place, effect in enumerate(EFFECT_IDS):
            column = verdicts[:, at, place]
            values |= _shares(f"{world}.{effect}", column)
            for number, driver in enumerate(names):
                values |= _shares(f"{world}.{driver}.{effect}", column[drivers == number])
    for number, driver in enumerate(names):
        own = detectable[drivers == number]
        values[f"{driver}.mde_pp"] = Value(float(own.mean()), "pp", 2, float(own.std() / np.sqrt(len(own))))
    for name, (share, error, most, state) in judged_goals(found).items():
        values |= {
            f"goal.{name}_pct": Value(100 * share, "%", 2, 100 * error),
            f"goal.{name}.most_pct": Value(100 * most, "%", 0),
            f"goal.{name}.state": Value(state),
        }
    return values | _placebos(found)


def _placebos(found: Mapping[str, Rows]) -> dict[str, Value]:
    rows = {
        kind: [row for key, batch in found.items() if key.startswith(f"{kind}-") for row in batch]
        for kind in get_args(Kind)
    }
    permuted_rows = np.array(rows["permuted"])
    values = {"permuted.claims": Value(permuted_rows.size, digits=0)}
    for label in LABELS:
        by_run = (permuted_rows == code_of(label)).mean(axis=1)
        error = float(by_run.std(ddof=1) / np.sqrt(len(by_run)))
        values[f"permuted.{label}_pct"] = Value(100 * float(by_run.mean()), "%", 1, 100 * error)
    for kind in ("leads", "unrelated"):
        flat = [code for row in rows[kind] for code in row]
        values[f"{kind}.claims"] = Value(len(flat), digits=0)
        values |= {f"{kind}.{label}": Value(flat.count(code_of(label)), digits=0) for label in LABELS}
    names = frame().drivers
    (own,) = rows["official"]
    for driver, code, mde in zip(names, own[: len(names)], own[len(names) :], strict=True):
        values[f"official.{driver}.label"] = Value(LABELS[int(code)])
        values[f"official.{driver}.mde_pp"] = Value(mde, "pp", 2)
    return values


def _shares(key: str, codes: np.ndarray) -> dict[str, Value]:
    found = {}
    for label in LABELS:
        share, error = share_of(int((codes == code_of(label)).sum()), len(codes))
        found[f"{key}.{label}_pct"] = Value(100 * share, "%", 1, 100 * error)
    return found


def _numbers(batch: Batch, size: int) -> range:
    return range(batch.number * size, (batch.number + 1) * size)


def code_of(label: Label) -> int:
    """Return the number of a label."""
    return LABELS.index(label)
