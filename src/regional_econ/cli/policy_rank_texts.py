"""What ``policy rank`` says, in lines for people and in data for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from regional_econ.cli.policy_numbers import error_text, gain_text, number_text
from regional_econ.cli.policy_texts import marked, marks
from regional_econ.core.results import Value

if TYPE_CHECKING:
    from regional_econ.policy.answers.cost_file import CostTable
    from regional_econ.policy.answers.money import Priced
    from regional_econ.policy.answers.portfolio import Portfolio, Portfolios
    from regional_econ.policy.answers.question import Question
    from regional_econ.policy.answers.ranking import Ranking
    from regional_econ.policy.model.inputs import Inputs


def rank_data(
    ranking: Ranking, off: Sequence[str], priced: tuple[Priced, ...] | None, bought: Portfolios | None,
    worth: float | None, question: Question,
) -> dict[str, Any]:  # fmt: skip
    """Return a ranking as data, with the levers that are off and those that nothing known connects to the outcome."""
    learning, own = ranking.learning, marks([row.chain for row in ranking.rows])
    rows = []
    for row in ranking.rows:
        paid = None if worth is None else worth * row.breakeven
        error = None if worth is None else worth * float(row.gain.mean.mc_error or 0.0)
        rows.append({**row.to_dict(), "breakeven_rub": paid, "breakeven_rub_mc_error": error})
    return {
        "year": ranking.year,
        "target": ranking.target,
        "probability_without": ranking.before.value,
        "probability_without_mc_error": ranking.before.mc_error,
        "levers": rows,
        "off": list(off),
        "no_path": [
            {"lever": one.id, "name": vars(one.name), "reason": vars(one.note)} for one in question.without_path
        ],
        "learning": {
            "unit": "pp",
            "best": learning.best,
            "everything": learning.everything,
            "everything_mc_error": learning.everything_error,
            "groups": [{**row, **own} for row in learning.tidy()],
            **own,
        },
        "by_money": None if priced is None else [one.to_dict() for one in priced],
        "portfolios": None if bought is None else {
            "budget": bought.budget,
            "probability_without": bought.before.value,
            "probability_without_mc_error": bought.before.mc_error,
            "surest": _portfolio_data(bought.surest, question),
            "least_regret": _portfolio_data(bought.least_regret, question),
        },
    }  # fmt: skip


def rank_lines(ranking: Ranking, worth: float | None, question: Question) -> list[str]:
    """Return a ranking in lines."""
    lines = [
        f"One standard push of each measure alone, grades A and B first, gain in {ranking.year} (without measures"
        f" P(≥ {ranking.target:g} %) = {error_text(ranking.before)}):"
    ]
    for row in ranking.rows:
        chain = row.chain
        assumed = ", an assumption" if chain.assumption else ""
        pays = "no cost pays" if row.breakeven == 0.0 else _pays(row.gain.mean, worth, ranking.year)
        lines.append(
            f"  {chain.lever} ({chain.driver}, {row.size:g} {chain.unit}): {gain_text(row.gain)},"
            f" P(> 0) = {error_text(row.gain.positive)}, P(≥ {ranking.target:g} %) = {error_text(row.reached)};"
            f" grade {chain.grade}{assumed}, prior share of the effect {number_text(chain.prior_share)}; {pays}"
        )
    learning, chains = ranking.learning, [row.chain for row in ranking.rows]
    if question.model.model.assumed:
        lines.append(
            "  A push of a measure without an elasticity is its whole declared range and its effect is assumed outright"
            " (prior share 1): its place among the others says what was supposed, no more."
        )
    if len(chains) == 1:
        lines.append("  It is the only measure of grade A or B that moves a driver: nothing stands beside it.")
    best = next((chain for chain in chains if chain.lever == learning.best), None)
    now = learning.best if best is None or not best.assumption else f"{learning.best}, an assumption"
    lines += [
        "",
        f"Worth of learning before one measure is chosen (now {now}), in points of average gain; {marked(chains)};"
        f" everything at once {error_text(Value(learning.everything, mc_error=learning.everything_error))}:",
    ]
    lines += [
        f"  {row['group']} {error_text(Value(row['value'], mc_error=float(row['mc_error'])))}, another choice in"
        f" {error_text(Value(row['switches'], mc_error=float(row['switches_mc_error'])))} of draws"
        for row in learning.tidy()
    ]
    if question.without_path:
        lines += ["", "No path: nothing known connects these measures to the outcome:"]
        lines += [f"  {lever.id} ({lever.name.en}): {lever.note.en}" for lever in question.without_path]
    return lines


def money_lines(priced: tuple[Priced, ...] | None, bought: Portfolios | None, question: Question) -> list[str]:
    """Return a ranking by money and the portfolios in lines."""
    if not priced:
        return []
    lines = ["", "By money, the cheapest point of average gain first:"]
    for one in priced:
        chain = one.ranked.chain
        point = (
            "no money buys a point"
            if one.per_point is None
            else f"{_between(one.per_point_low, one.per_point)} roubles a point, the upper end"
            f" {error_text(Value(one.per_point, mc_error=one.error_of(one.per_point)), form='.3g')} by the draws"
        )
        lines.append(
            f"  {chain.lever}: {point}; {_between(one.whole_low, one.whole)} roubles to the year,"
            f" {_between(one.cost.low, one.cost.cost)} a year after the build-up"
            f" (prices of {one.cost.price_year}, {one.cost.source}); {gain_text(one.ranked.gain)}, {marked([chain])}"
        )
    if bought is not None:
        lines += ["", f"For {bought.budget:.3g} roubles over the build-up, each cost at the upper end of its range:"]
        for name, own in (("surest", bought.surest), ("least regret", bought.least_regret)):
            mix = _sizes(own, question) or "nothing"
            lines.append(
                f"  {name}: {mix}; {own.mix.taken:.3g} roubles; {gain_text(own.gain)}; P = {error_text(own.reached)}"
                f" (without {error_text(bought.before)}, change {error_text(own.change, sign='+')}); regret at most"
                f" {error_text(own.regret)} pp; {marked(question.pulled(own.mix.sizes))}"
            )
    return lines


def switched_off(question: Question, inputs: Inputs) -> list[str]:
    """Return the levers that have a path and are not ranked: a weak link, which ``--all-grades`` switches on."""
    seen = {*question.model.levers, *(lever.id for lever in question.without_path)}
    return [lever.id for lever in inputs.levers if lever.id not in seen]


def rank_messages(ranking: Ranking, off: Sequence[str], costs: CostTable | None, budget: float | None) -> list[str]:
    """Return remarks, among them which costs are of levers that cannot be pulled, and the next step after a ranking."""
    messages, ranked = [], {row.chain.lever for row in ranking.rows}
    priced = () if costs is None else tuple(lever for lever in costs.levers if lever in ranked)
    unused = () if costs is None else tuple(lever for lever in costs.levers if lever not in ranked)
    if unused:
        reasons = {lever: "off; --all-grades" if lever in off else "no path to the outcome" for lever in unused}
        messages.append(f"Costs not used: {', '.join(f'{lever} ({why})' for lever, why in reasons.items())}")
    if off:
        messages.append(f"Off, grade C; --all-grades switches them on, as an assumption: {', '.join(off)}")
    if any(row.chain.assumption for row in ranking.rows):
        messages.append("Assumption: measures of grade C are on; nothing in the data or in publications carries them")
    if not priced:
        messages.append("Next: give --costs FILE, with a source for each cost of a ranked measure, to rank by money")
    elif budget is None:
        messages.append("Next: give --budget, in roubles of the costs' price year, for portfolios")
    else:
        messages.append("Next: write the portfolio as a scenario file and run it with: regional-econ policy run FILE")
    return messages


def _portfolio_data(one: Portfolio, question: Question) -> dict[str, Any]:
    return {
        "levers": [
            {**vars(chain), "size_pushes": float(size)}
            for chain, size in zip(question.chains, one.mix.sizes, strict=True)
            if size > 0.0
        ],
        **marks(question.pulled(one.mix.sizes)),
        "rub": one.mix.taken,
        "probability": one.reached.value,
        "probability_mc_error": one.reached.mc_error,
        "probability_change": one.change.value,
        "probability_change_mc_error": one.change.mc_error,
        "gain_pp": one.gain.to_dict(),
        "regrets_pp": {name: regret.value for name, regret in one.regrets.items()},
        "regrets_pp_mc_error": {name: regret.mc_error for name, regret in one.regrets.items()},
    }


def _sizes(one: Portfolio, question: Question) -> str:
    pairs = zip(question.chains, one.mix.sizes, strict=True)
    return ", ".join(f"{chain.lever} × {size:.2f}" for chain, size in pairs if size > 0.0)


def _pays(gain: Value, worth: float | None, year: int) -> str:
    whole = f"in all to {year}, not discounted"
    if worth is None:
        return f"pays below {error_text(gain)} times the worth of a point {whole}"
    paid = Value(worth * float(gain.value or 0.0), mc_error=worth * float(gain.mc_error or 0.0))
    return f"pays below {error_text(paid, form='.3g')} roubles {whole}"


def _between(low: float | None, high: float) -> str:
    ends = dict.fromkeys(f"{end:.3g}" for end in (low, high) if end is not None)
    return " to ".join(ends)
