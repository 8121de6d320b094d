"""What the shown scenarios assume: every declared quantity that acts in them, where it acts, and what stays unused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from regional_econ.core.results import Value
from regional_econ.core.section import Cell, Column, LabelRef, NumberRef, Stack, TableBlock, TextRef, Verbatim
from regional_econ.policy.model.calibration import BORROWED, OFFICIAL
from regional_econ.policy.model.priors import Prior
from regional_econ.policy.scenarios.result import LinkPriors, PolicyResult

_QUANTILES = ("p05", "p50", "p95")
_DESCRIBED, _ANSWERED = ("output_elasticity", "budget_share"), ("researcher_attrition", "post_filling")


def assumption_values(outcomes: Sequence[PolicyResult], priors: Mapping[str, Prior]) -> dict[str, Value]:
    """Return the quantiles of all declared rates and of ψ, and the bounds of the delivery lags, of acting levers."""
    links = _links(outcomes)
    values = {
        f"{prior.id}.{key}": Value(float(getattr(prior, key)), digits=3)
        for prior in (*priors.values(), *(link.additionality for link in links.values()))
        for key in _QUANTILES
    }
    for lever, link in links.items():
        for key, bound in zip(("low", "high"), link.delivery_lag, strict=True):
            values[f"{lever}.delivery_lag.{key}"] = Value(bound, digits=0)
    return values


def assumption_table(outcomes: Sequence[PolicyResult], priors: Mapping[str, Prior], *, described: bool) -> TableBlock:
    """Return the table of what acts in the shown scenarios; a declared rate that acts in none is marked unused.

    Parameters
    ----------
    described : whether the page also describes regional product.
    """
    elsewhere = dict.fromkeys(_DESCRIBED if described else (), "policy.acts.product")
    elsewhere |= dict.fromkeys(_ANSWERED, "policy.acts.answers")
    columns = (
        Column("prior", "policy.column.prior", width=2.6),
        *(Column(key, f"policy.column.{key}", "right") for key in _QUANTILES),
        Column("acts", "policy.column.acts", width=1.8),
        Column("source", "policy.column.source", width=2.2),
    )
    rows: list[tuple[Cell, ...]] = []
    for lever, link in _links(outcomes).items():
        acts = _where(outcome for outcome in outcomes if lever in outcome.links)
        name, lag = TextRef(f"policy.lever.{lever}"), f"policy.priors.{lever}.delivery_lag"
        psi, delay = (Stack((TextRef(f"policy.prior.{key}"), name)) for key in ("additionality", "delivery_lag"))
        bounds: tuple[Cell, ...] = (NumberRef(f"{lag}.low"), Verbatim("–"), NumberRef(f"{lag}.high"))
        rows.append((psi, *_numbers(link.additionality), acts, _source(link.additionality)))
        rows.append((delay, *bounds, acts, TextRef("policy.expert")))
    for key, prior in priors.items():
        acting = [outcome for outcome in outcomes if key in outcome.acting]
        acts = TextRef(elsewhere[key]) if key in elsewhere and not acting else _where(acting)
        rows.append((TextRef(f"policy.prior.{key}"), *_numbers(prior), acts, _source(prior)))
    return TableBlock("policy.priors.table", "policy.priors.caption", columns, tuple(rows))


def _links(outcomes: Sequence[PolicyResult]) -> dict[str, LinkPriors]:
    return {lever: link for outcome in outcomes for lever, link in outcome.links.items()}


def _numbers(prior: Prior) -> tuple[Cell, ...]:
    return tuple(NumberRef(f"policy.priors.{prior.id}.{key}") for key in _QUANTILES)


def _source(prior: Prior) -> Cell:
    if prior.source.startswith(OFFICIAL):
        region, _, years = prior.source.removeprefix(OFFICIAL).partition(", ")
        return Stack((TextRef("policy.estimated"), LabelRef(region), Verbatim(years)))
    if prior.source.startswith(BORROWED):
        return TextRef("policy.borrowed_source")
    named = {"expert": "policy.expert", "causal.mining": "policy.mining_chapter"}.get(prior.source)
    return TextRef(named) if named else Verbatim(prior.source)


def _where(outcomes: Iterable[PolicyResult]) -> Cell:
    names = tuple(TextRef(f"policy.scenario.{outcome.id}") for outcome in outcomes)
    return Stack(names) if names else TextRef("policy.unused")
