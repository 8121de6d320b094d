"""What ``policy run`` and ``policy target`` say, in lines and in data, and what the ``policy`` commands refuse."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ.cli.policy_numbers import error_text, gain_text, limit_text, number_text, share_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from regional_econ.core.study import Study
    from regional_econ.policy.answers.backcast import Backcast
    from regional_econ.policy.answers.question import Question
    from regional_econ.policy.answers.ranking import Chain
    from regional_econ.policy.answers.target import Need
    from regional_econ.policy.model.budget import BudgetUse
    from regional_econ.policy.model.shocks import ShockUse
    from regional_econ.policy.scenarios.result import LeverUse, PolicyResult

ERROR_NOTE = "± is the 95 % Monte Carlo error; mc_error in --json is the standard error"
LIMITS = {
    "range": "its declared range binds",
    "capacity": "its physical capacity binds",
    "domain": "the domain of the elasticity binds",
}


COST_NOTE = (
    "A push costs the same in every year and draw (official costs: at the R&D and staff of the newest year); what it"
    " moves grows and shrinks with the R&D and staff that each draw forecasts"
)


def check_indicator(indicator: str | None, outcome: str) -> None:
    """Raise unless the indicator is the study's outcome.

    Raises
    ------
    UnknownNameError : another one.
    """
    if indicator is not None and indicator != outcome:
        raise UnknownNameError.of("indicator of the policy model", indicator, [outcome])


def check_money(costs: Path | None, budget: float | None, worth: float | None) -> None:
    """Raise where money is asked for that cannot be counted.

    Raises
    ------
    OptionError : a budget without costs, or an amount that is not positive.
    """
    for name, amount in (("--budget", budget), ("--worth", worth)):
        if amount is not None and not 0.0 < amount < math.inf:
            raise OptionError(f"{name} is {amount:g}", advice=f"Give roubles above zero, such as {name} 5e9")
    if budget is not None and costs is None:
        advice = "Give --costs FILE, a file of costs with their sources, or leave --budget out"
        raise OptionError("a budget buys nothing without costs", advice=advice)


def span(years: str | None, study: Study) -> tuple[int, int]:
    """Return the first and the last year of a text such as 2027-2031; the study's programme where there is none.

    Raises
    ------
    OptionError : another text.
    """
    if years is None:
        return study.programme_first_year, study.programme_last_year
    found = re.fullmatch(r"(\d{4})-(\d{4})", years.strip())
    if found is None or found[1] > found[2]:
        raise OptionError(f"--years cannot be {years!r}", advice="Give the first and the last year, such as 2027-2031")
    return int(found[1]), int(found[2])


def mix_data(found: Backcast, question: Question) -> dict[str, Any]:
    """Return a backcast as data."""
    shown = found.shown
    return {
        "reached": found.mix is not None,
        "size_pushes": shown.taken,
        "levers": [
            {**vars(chain), "size_pushes": float(size)}
            for chain, size in zip(question.chains, shown.sizes, strict=True)
            if size > 0.0
        ],
        **marks(question.pulled(shown.sizes)),
        "probability": found.reached.value,
        "probability_mc_error": found.reached.mc_error,
        "probability_without": found.before.value,
        "probability_without_mc_error": found.before.mc_error,
        "probability_change": found.change.value,
        "probability_change_mc_error": found.change.mc_error,
        "gain_pp": found.gain.to_dict(),
        "frontier": [
            {
                "allowance": allowance,
                "size_pushes": mix.taken,
                "probability": reached.value,
                "probability_mc_error": reached.mc_error,
                **marks(question.pulled(mix.sizes)),
            }
            for allowance, mix, reached in zip(found.allowances, found.frontier, found.frontier_reached, strict=True)
        ],
    }


def mix_lines(found: Backcast | None, question: Question) -> list[str]:
    """Return a backcast in lines."""
    if found is None:
        return ["No measure of grade A or B moves a driver, so no mix of measures can be named."]
    shown, pushes = found.shown, _mix(found, question)
    goal = f"{found.target:g} % by {found.year} with probability {found.probability:g}"
    if found.mix is None:
        head = f"No mix found within the levers' limits reaches {goal}: the best, {pushes}, reaches it with"
    else:
        head = f"The smallest mix found that reaches {goal}, {pushes} ({shown.taken:.2f} pushes in all), does so with"
    return [
        f"{head} probability {error_text(found.reached)}"
        f" (without measures {error_text(found.before)}, change {error_text(found.change, sign='+')}), on the draws"
        " that the search left aside.",
        f"Its gain in {found.year}: {gain_text(found.gain)}; {marked(question.pulled(shown.sizes))}.",
        "The search ends where each measure does, in pushes:",
        *(
            f"  {limit.lever}: {limit.size:.2f}, {LIMITS[limit.binds]} (range {limit_text(limit.range)},"
            f" capacity {limit_text(limit.capacity)}, domain of the elasticity {limit_text(limit.domain)})"
            for limit in question.limits()
        ),
    ]


def limit_data(question: Question) -> list[dict[str, Any]]:
    """Return how far each lever can go and what stops it, as data, with the marks of what it moves."""
    pairs = zip(question.limits(), question.chains, strict=True)
    return [{**vars(one), "size": one.size, "binds": one.binds, **marks([chain])} for one, chain in pairs]


def need_lines(needs: Sequence[Need], probability: float) -> list[str]:
    """Return what drivers would have to do, in lines."""
    lines = ["If drivers themselves changed from the first year on and for good, whatever moved them:"]
    for need in needs:
        mark = f"grade {need.grade}, prior share of the effect {need.prior_share:.2f}"
        if need.change is None:
            verb = (
                f"never: only {share_text(need.unbounded, need.n_draws)} of draws have the sign that could help"
                if need.unbounded < probability
                else "not within what regions have seen"
            )
            lines.append(
                f"  {need.driver}: {verb} (probability at most {share_text(need.best, need.n_draws)}; at the edge,"
                f" {need.edge_pushes:.1f} pushes, {gain_text(need.gain)}; {mark})"
            )
            continue
        level = ""
        if need.level is not None:
            bounds = f"{limit_text(need.level_low)} to {limit_text(need.level_high)}"
            level = f", from {need.level_now:.3g} to {need.level:.3g} ({bounds})"
        lines.append(
            f"  {need.driver}: {need.change:+.3g} {need.unit}"
            f" (95 % by Monte Carlo {limit_text(need.change_low)} to {limit_text(need.change_high)}){level};"
            f" {need.pushes:.1f} pushes ({limit_text(need.pushes_low)} to {limit_text(need.pushes_high)}),"
            f" {gain_text(need.gain)} ({mark})"
        )
    return lines


def target_messages(found: Backcast | None, all_grades: bool) -> list[str]:
    """Return the next steps after a backcast."""
    messages = []
    if not all_grades:
        messages.append("Off: measures of grade C; --all-grades switches them on, as an assumption")
    elif found is not None:
        messages.append("Assumption: measures of grade C are on; nothing in the data or in publications carries them")
    messages.append("Next: regional-econ policy rank shows what each measure brings and what to learn first")
    return messages


def condition_lines(result: PolicyResult) -> list[str]:
    """Return under what a scenario was run: levers that are off, each shock, and what its budget paid for."""
    return [
        *(off_line(use) for use in result.off),
        *(shock_line(use) for use in result.shocks),
        *([] if result.spent is None else [_budget_line(result.spent)]),
    ]


def shock_line(use: ShockUse) -> str:
    """Return how a shock acts and how probable the forecast holds a path as far away, or why it is off."""
    through = f", through {use.channel}" if use.channel == "investment" else ""
    if not use.on:
        return f"Off: {use.name}{through} (grade {use.grade}); {_switch(use.grade)}"
    how = ", as the joint forecast has it" if use.grade is None else f"{through} (grade {use.grade})"
    assumed = ", an assumption" if use.grade == "C" else ""
    far = "" if use.tail_probability is None else (
        f"; the forecast gives a path as far away or farther probability {use.tail_probability:.2g}"
    )  # fmt: skip
    return f"With: {use.name}{how}{assumed}{far}; gains are held against the forecast under it"


def flag_lines(result: PolicyResult) -> list[str]:
    """Return where draws leave what is known of an effect, each with the marks of the driver that does."""
    draws = len(result.baseline)
    return [
        f"{flag} Share of draws {share_text(flag.share_of_draws, draws)}. {_standing(*result.standing(flag.driver))}"
        for flag in result.flags
    ]


def flag_data(result: PolicyResult) -> list[dict[str, Any]]:
    """Return the same as data."""
    from regional_econ.policy.answers.figures import share_error

    rows = []
    for flag in result.flags:
        grade, prior_share = result.standing(flag.driver)
        error = share_error(flag.share_of_draws, len(result.baseline))
        rows.append({**vars(flag), "share_of_draws_mc_error": error, "grade": grade, "prior_share": prior_share})
    return rows


def shock_data(result: PolicyResult) -> list[dict[str, Any]]:
    """Return the shocks as data; a probability of a path with its error."""
    from regional_econ.policy.answers.figures import share_error

    far = [use.tail_probability for use in result.shocks]
    errors = [None if one is None else share_error(one, len(result.baseline)) for one in far]
    pairs = zip(result.shocks, errors, strict=True)
    return [{**vars(use), "tail_probability_mc_error": error} for use, error in pairs]


def held_lines(held: Sequence[str]) -> list[str]:
    """Return which drivers the study does not forecast, if any."""
    return [f"Held at the newest official level, not forecast: {', '.join(held)}"] if held else []


def budget_data(result: PolicyResult) -> dict[str, Any] | None:
    """Return what a scenario asked of its budget, what was planned and, over draws, what was paid, as data."""
    use = result.spent
    if use is None:
        return None
    rows = [
        {"year": year, "asked": float(asked), "planned": float(planned)} | _paid(spent)
        for year, asked, planned, spent in zip(result.years, use.asked, use.planned, use.spent.T, strict=True)
    ]
    return {
        "unit": "mln_rub", "price_year": use.price_year, "asked": float(use.asked.sum()),
        "planned": float(use.planned.sum()), **_paid(use.spent.sum(axis=1)), "years": rows,
    }  # fmt: skip


def _budget_line(use: BudgetUse) -> str:
    asked, planned, paid = float(use.asked.sum()), float(use.planned.sum()), _paid(use.spent.sum(axis=1))
    cut = "levers were cut to what it pays" if planned < asked * (1.0 - 1e-9) else "nothing was cut"
    if paid["spent"] < planned * (1.0 - 1e-9):
        cut += (
            f"; deficits cut that to {paid['spent']:,.1f} ±{paid['spent_mc_error']:,.1f} on average (80 % of draws from"
            f" {paid['spent_p10']:,.1f} to {paid['spent_p90']:,.1f}), and only what is left is delivered and paid"
        )
    return (
        f"Budget: {planned:,.1f} of {asked:,.1f} mln roubles asked for are paid; {cut} (a push at the R&D and the"
        f" prices of {use.price_year}, although what it adds grows and shrinks with the R&D that each draw forecasts)"
    )


def _paid(spent: NDArray[np.float64]) -> dict[str, float]:
    from regional_econ.policy.answers.figures import Spread

    found = Spread.of(spent, unit="mln_rub")
    mean = {"spent": float(found.mean.value or 0.0), "spent_mc_error": float(found.mean.mc_error or 0.0)}
    return mean | {"spent_p10": float(found.p10.value or 0.0), "spent_p90": float(found.p90.value or 0.0)}


def asked_text(asked: float | None, reached: float) -> str:
    """Return whether the probability that a scenario asks for is reached; nothing where it asks for none.

    >>> asked_text(0.5, 0.2)
    '; asked 0.50: not reached'
    """
    if asked is None:
        return ""
    return f"; asked {asked:.2f}: {'reached' if reached >= asked else 'not reached'}"


def off_line(use: LeverUse) -> str:
    """Return why a lever of a scenario is off, and whether ``--all-grades`` would switch it on."""
    if use.driver is None:
        return f"Off: {use.lever}; it moves nothing in the model, so that no switch turns it on"
    if use.prior_share is None:
        return (
            f"Off: {use.lever} (grade {use.grade}); no effect of {use.driver} is known, so that no switch turns it on"
        )
    return f"Off: {use.lever} (grade {use.grade}); {_switch(use.grade)}"


def _switch(grade: str | None) -> str:
    if grade == "C":
        return "it is switched on by --all-grades, as an assumption"
    return "the scenario's include_grades leave it out; --all-grades switches it on"


def marks(chains: Sequence[Chain]) -> dict[str, Any]:
    """Return the lowest grade, the largest prior share and whether any chain is an assumption."""
    from regional_econ.policy.answers.ranking import weakest

    return {**weakest(chains), "assumption": any(chain.assumption for chain in chains)}


def marked(chains: Sequence[Chain]) -> str:
    """Return the marks of chains in words."""
    own = marks(chains)
    assumed = ", an assumption" if own["assumption"] else ""
    return f"grade {own['grade'] or '–'}{assumed}, prior share of the effect {number_text(own['prior_share'])}"


def _mix(found: Backcast, question: Question) -> str:
    pairs = zip(question.chains, found.shown.sizes, strict=True)
    named = [f"{chain.lever} × {size:.2f}" for chain, size in pairs if size > 0.0]
    return ", ".join(named) if named else "no measure at all"


def _standing(grade: str | None, prior_share: float | None) -> str:
    return f"Grade {grade or '–'}, prior share of the effect {number_text(prior_share)}."
