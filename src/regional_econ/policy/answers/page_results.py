"""The answers as results: every number that the page prints, each with its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from regional_econ.core.results import Result, Value
from regional_econ.policy.answers.backcast import Backcast
from regional_econ.policy.answers.cells import error_values
from regional_econ.policy.answers.discovery import Box
from regional_econ.policy.answers.figures import Spread, share_error
from regional_econ.policy.answers.question import Question
from regional_econ.policy.answers.ranking import weakest
from regional_econ.policy.answers.study import Answers
from regional_econ.policy.scenarios.result import Z95

_IN_SENTENCES = {
    "target": ("before", "programme"),
    "backcast": ("assumed.before", "assumed.reached"),
    "needs": ("largest", "largest_sign"),
    "ranking": ("surest_known", "surest_outright"),
    "synergy": ("best",),
}


def results(answers: Answers, *, inputs: Mapping[str, str]) -> tuple[Result, ...]:
    """Return ``answers.<part>`` for each part of the page.

    Parameters
    ----------
    inputs : hashes of what went in.
    """
    parts = {
        "target": _target(answers),
        "backcast": _backcasts(answers),
        "needs": _needs(answers),
        "ranking": _ranking(answers),
        "parts": _parts(answers),
        "doubt": _doubt(answers),
        "learning": _learning(answers),
        "boxes": _boxes(answers),
        "synergy": _synergy(answers),
        "regimes": _regimes(answers),
        "limits": _limits(answers),
        "rules": _rules(answers),
    }
    parts["target"]["text_error"] = _largest_error(parts)
    return tuple(Result(f"answers.{name}", values | error_values(values), inputs) for name, values in parts.items())


def backcasts(answers: Answers) -> list[tuple[str, Backcast, Question]]:
    """Return each backcast with its name and its question: levers of grades A and B, where there are any, and all."""
    found = [("assumed", answers.assumed, answers.question)]
    if answers.declared is not None:
        found.insert(0, ("declared", answers.declared, answers.declared_question))
    return found


def mixed(found: Backcast, question: Question) -> list[tuple[str, float]]:
    """Return the levers of a mix with their sizes, the largest first."""
    pairs = zip(question.model.levers, found.shown.sizes, strict=True)
    return sorted(((lever, float(size)) for lever, size in pairs if size > 0.0), key=lambda pair: -pair[1])


def _largest_error(parts: Mapping[str, Mapping[str, Value]]) -> Value:
    """Return the largest 95 % Monte Carlo error of the probabilities that the page's sentences name without it."""
    named = (parts[part][key].mc_error for part, keys in _IN_SENTENCES.items() for key in keys)
    largest = Z95 * max(error for error in named if error is not None)
    return Value(largest, "share", 3, largest / 10.0)


def _target(answers: Answers) -> dict[str, Value]:
    aim, after = answers.aim, answers.reached
    before = answers.ranking.before
    return {
        "value": Value(aim.value, "%", 1),
        "year": Value(aim.year, digits=0),
        "probability": Value(aim.probability, "share", 2),
        "first_year": Value(aim.first, digits=0),
        "last_year": Value(aim.last, digits=0),
        "before": before,
        "programme": after,
        "programme_grade": Value(answers.grade),
        "programme_prior_share": Value(answers.prior_share, digits=2),
        "n_levers": Value(len(answers.question.chains), digits=0),
        "n_outright": Value(len(answers.question.model.model.assumed), digits=0),
        "n_without_path": Value(len(answers.question.without_path), digits=0),
        "n_declared": Value(sum(not chain.assumption for chain in answers.question.chains), digits=0),
        "n_draws": Value(answers.question.model.n_draws, digits=0),
    } | _spread("gain", answers.decomposition.whole)


def _backcasts(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, found, question in backcasts(answers):
        sizes, own = mixed(found, question), weakest(question.pulled(found.shown.sizes))
        values |= {f"{name}.{lever}.size": Value(size, digits=2) for lever, size in sizes}
        values |= {
            f"{name}.before": found.before,
            f"{name}.reached": found.reached,
            f"{name}.change": found.change,
            f"{name}.enough": Value(found.mix is not None),
            f"{name}.size": Value(found.shown.taken, digits=1),
            f"{name}.grade": Value(own["grade"]),
            f"{name}.prior_share": Value(own["prior_share"], digits=2),
        } | _spread(f"{name}.gain", found.gain)
    return values


def _needs(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    draws = answers.question.model.n_draws
    for need in answers.needs:
        values |= {
            f"{need.driver}.best": _share(need.best, draws),
            f"{need.driver}.unbounded": _share(need.unbounded, draws),
            f"{need.driver}.edge_pushes": Value(need.edge_pushes, digits=1),
            f"{need.driver}.prior_share": Value(need.prior_share, digits=2),
        } | _spread(f"{need.driver}.gain", need.gain)
    values["largest"] = _share(max(need.best for need in answers.needs), draws)
    values["largest_sign"] = _share(max(need.unbounded for need in answers.needs), draws)
    return values


def _ranking(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for row in answers.ranking.rows:
        lever = row.chain.lever
        values |= _spread(f"{lever}.gain", row.gain) | {
            f"{lever}.size": Value(row.size, digits=0),
            f"{lever}.reached": row.reached,
            f"{lever}.breakeven": Value(row.breakeven, "pp", 2, row.gain.mean.mc_error),
            f"{lever}.prior_share": Value(row.chain.prior_share, digits=2),
        }
    outright = {part.lever.id for part in answers.question.model.model.assumed}
    for name, given in (("known", False), ("outright", True)):
        shares = [row.gain.positive for row in answers.ranking.rows if (row.chain.lever in outright) == given]
        values[f"surest_{name}"] = max(
            shares, key=lambda share: float(share.value or 0.0), default=Value(None, "share")
        )
    return values


def _parts(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for part in answers.decomposition.parts:
        values |= _spread(part.lever, part.gain) | {f"{part.lever}.size": Value(part.size, digits=2)}
    return values | _spread("whole", answers.decomposition.whole)


def _doubt(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, shares in (("gain", answers.gain_shares), ("level", answers.level_shares)):
        for group, share, error in zip(shares.groups, shares.shares, shares.errors, strict=True):
            values[f"{name}.{group}"] = Value(float(share), "share", 3, float(error))
        values[f"{name}.explained"] = Value(shares.explained, "share", 3, shares.explained_error)
    for swing in answers.swings:
        values[f"swing.{swing.group}.low"] = Value(swing.low, "pp", 2, swing.low_error)
        values[f"swing.{swing.group}.high"] = Value(swing.high, "pp", 2, swing.high_error)
        values[f"swing.{swing.group}"] = Value(swing.width, "pp", 2, max(swing.low_error, swing.high_error))
    widest = max(max(swing.low_error, swing.high_error) for swing in answers.swings)
    return values | {"swing.error": Value(Z95 * widest, "pp", 2, Z95 * widest / 10.0)}


def _learning(answers: Answers) -> dict[str, Value]:
    learning, draws = answers.ranking.learning, answers.question.model.n_draws
    own = weakest(answers.question.chains)
    values = {
        "everything": Value(learning.everything, "pp", 3, learning.everything_error),
        "grade": Value(own["grade"]),
        "prior_share": Value(own["prior_share"], digits=2),
    }
    first = learning.tidy()[0]
    values["first"] = Value(float(first["value"]), "pp", 3, float(first["mc_error"]))
    values["first_group"] = Value(f"policy_answers.group.{first['group']}")
    for row in learning.tidy():
        group = str(row["group"])
        values[group] = Value(float(row["value"]), "pp", 3, float(row["mc_error"]))
        values[f"{group}.switches"] = _share(float(row["switches"]), draws)
    return values | _declared_learning(answers)


def _declared_learning(answers: Answers) -> dict[str, Value]:
    """Return the worth of learning where only levers of grades A and B are to be chosen from."""
    ranking = answers.declared_ranking
    if ranking is None:
        return {}
    learning, first = ranking.learning, ranking.learning.tidy()[0]
    chains = [row.chain for row in ranking.rows]
    own = weakest(chains)
    return {
        "declared.levers": Value(", ".join(chain.lever for chain in chains)),
        "declared.grade": Value(own["grade"]),
        "declared.prior_share": Value(own["prior_share"], digits=2),
        "declared.everything": Value(learning.everything, "pp", 3, learning.everything_error),
        "declared.first": Value(float(first["value"]), "pp", 3, float(first["mc_error"])),
        "declared.first_group": Value(f"policy_answers.group.{first['group']}"),
    }


def _boxes(answers: Answers) -> dict[str, Value]:
    judges, reached = answers.question.model.n_draws // 2, float(answers.reached.value or 0.0)
    found = _box("anywhere", answers.anywhere, judges, reached)
    return found | _box("measures", answers.measures, judges, reached)


def _box(name: str, box: Box, judges: int, reached: float) -> dict[str, Value]:
    """Return a box's figures; each is a share of the draws that judged it, of those inside, or of the successes."""
    values = {
        f"{name}.density": _share(box.density, max(round(judges * box.mass), 1)),
        f"{name}.coverage": _share(box.coverage, max(round(judges * reached), 1)),
        f"{name}.mass": _share(box.mass, judges),
    }
    for bounded in box.bounded:
        low, high = (float(bound) for bound in box.limits[box.names.index(bounded)])
        values[f"{name}.{bounded}.low"] = Value(low if np.isfinite(low) else None, digits=2)
        values[f"{name}.{bounded}.high"] = Value(high if np.isfinite(high) else None, digits=2)
    return values


def _synergy(answers: Answers) -> dict[str, Value]:
    found = answers.synergy
    values = {
        "needed": Value(found.needed, digits=2),
        "best": _share(found.best, answers.question.model.n_draws),
        "directions": Value(len(found.directions), digits=0),
    }
    for number, row in enumerate(found.rows):
        values |= _spread(f"{number}.gain", row.gain)
        values |= {f"{number}.sigma": Value(row.sigma, digits=1), f"{number}.reached": row.reached}
    return values


def _regimes(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for regime in answers.regimes:
        values |= _spread(f"{regime.name}.gain", regime.gain) | {
            **{f"{regime.name}.level.{key}": getattr(regime.level, key) for key in ("p10", "p50", "p90")},
            f"{regime.name}.before": regime.before,
            f"{regime.name}.reached": regime.reached,
            f"{regime.name}.tail": _tail(regime.tail_probability, answers.question.model.n_draws),
        }
    return values


def _limits(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for limit in answers.question.limits():
        values |= {
            f"{limit.lever}.{key}": Value(getattr(limit, key), digits=2 if key == "capacity" else 1)
            for key in ("range", "capacity", "domain")
        }
        values[f"{limit.lever}.binds"] = Value(f"policy_answers.binds.{limit.binds}")
    return values


def _rules(answers: Answers) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for rule in answers.rules:
        values |= _spread(f"{rule.name}.gain", rule.gain)
        values[f"{rule.name}.prior_share"] = Value(rule.prior_share, digits=2)
    return values


def _tail(probability: float | None, draws: int) -> Value:
    return Value(None, "share", 3) if probability is None else _share(probability, draws)


def _spread(name: str, spread: Spread) -> dict[str, Value]:
    return {f"{name}.{key}": getattr(spread, key) for key in ("p10", "p50", "p90", "mean", "positive")}


def _share(share: float, draws: int) -> Value:
    return Value(share, "share", 3, share_error(share, draws))
