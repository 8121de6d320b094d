"""What the ``policy`` commands say, in lines for people and in data for programs, and what they refuse."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regional_econ._base.errors import OptionError, UnknownNameError

if TYPE_CHECKING:
    from regional_econ.core.lever import Lever
    from regional_econ.policy.answers.backcast import Backcast
    from regional_econ.policy.answers.figures import Spread
    from regional_econ.policy.answers.money import Priced
    from regional_econ.policy.answers.portfolio import Portfolio, Portfolios
    from regional_econ.policy.answers.question import Question
    from regional_econ.policy.answers.ranking import Ranking
    from regional_econ.policy.target import Need


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
        if amount is not None and not amount > 0.0:
            raise OptionError(f"{name} is {amount:g}", advice=f"Give roubles above zero, such as {name} 5e9")
    if budget is not None and costs is None:
        advice = "Give --costs FILE, a file of costs with their sources, or leave --budget out"
        raise OptionError("a budget buys nothing without costs", advice=advice)


def span(years: str) -> tuple[int, int]:
    """Return the first and the last year of a text such as 2027-2031.

    Raises
    ------
    OptionError : another text.

    >>> span("2027-2031")
    (2027, 2031)
    """
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
        "grade": _grade(found, question),
        "prior_share": _prior_share(found, question),
        "probability": found.reached.value,
        "probability_mc_error": found.reached.mc_error,
        "probability_without": found.before.value,
        "gain_pp": found.gain.to_dict(),
        "frontier": [
            {"allowance": allowance, "size_pushes": mix.taken, "probability": mix.score}
            for allowance, mix in zip(found.allowances, found.frontier, strict=True)
        ],
    }


def mix_lines(found: Backcast | None, question: Question) -> list[str]:
    """Return a backcast in lines."""
    if found is None:
        return ["No measure of grade A or B moves a driver, so no mix of measures can be named."]
    shown, pushes = found.shown, _mix(found, question)
    goal = f"{found.target:g} % by {found.year} with probability {found.probability:g}"
    if found.mix is None:
        head = f"None within the domain reaches {goal}: the best mix, {pushes}, reaches it with"
    else:
        head = f"The smallest mix that reaches {goal}, {pushes} ({shown.taken:.2f} pushes in all), does so with"
    return [
        f"{head} probability {found.reached.value:.3f} ± {found.reached.mc_error:.3f}"
        f" (without measures {found.before.value:.3f}).",
        f"Its gain in {found.year}: {_gain(found.gain)}; grade {_grade(found, question) or '–'},"
        f" prior share {_number(_prior_share(found, question))}.",
    ]


def need_lines(needs: Sequence[Need], probability: float) -> list[str]:
    """Return what drivers would have to do, in lines."""
    lines = ["If drivers themselves changed from the first year on and for good, whatever moved them:"]
    for need in needs:
        mark = f"grade {need.grade}, prior share {need.prior_share:.2f}"
        if need.change is None:
            verb = (
                f"never: only {need.unbounded:.2f} of draws have the sign that could help"
                if need.unbounded < probability
                else "not within what regions have seen"
            )
            lines.append(f"  {need.driver}: {verb} (probability at most {need.best:.2f}; {mark})")
            continue
        level = "" if need.level is None else f", from {need.level_now:.3g} to {need.level:.3g}"
        lines.append(f"  {need.driver}: {need.change:+.3g} {need.unit}{level}; {need.pushes:.1f} pushes ({mark})")
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


def rank_data(
    ranking: Ranking, levers: Sequence[Lever], priced: tuple[Priced, ...] | None, bought: Portfolios | None,
    worth: float | None,
) -> dict[str, Any]:  # fmt: skip
    """Return a ranking as data."""
    ranked = {row.chain.lever for row in ranking.rows}
    learning = ranking.learning
    rows = []
    for row in ranking.rows:
        paid = None if worth is None else worth * row.breakeven
        rows.append({**row.to_dict(), "breakeven_rub": paid})
    return {
        "year": ranking.year,
        "target": ranking.target,
        "probability_without": ranking.before.value,
        "levers": rows,
        "not_ranked": [lever.id for lever in levers if lever.id not in ranked],
        "learning": {
            "unit": "pp",
            "best": learning.best,
            "everything": learning.everything,
            "everything_mc_error": learning.everything_error,
            "groups": learning.tidy(),
        },
        "by_money": None if priced is None else [one.to_dict() for one in priced],
        "portfolios": None if bought is None else {
            "budget": bought.budget,
            "surest": _portfolio_data(bought.surest),
            "least_regret": _portfolio_data(bought.least_regret),
        },
    }  # fmt: skip


def rank_lines(ranking: Ranking, worth: float | None) -> list[str]:
    """Return a ranking in lines."""
    lines = [
        f"One standard push of each measure alone, gain in {ranking.year} (without measures"
        f" P(≥ {ranking.target:g} %) = {ranking.before.value:.3f} ± {ranking.before.mc_error:.3f}):"
    ]
    for row in ranking.rows:
        chain = row.chain
        assumed = ", an assumption" if chain.assumption else ""
        pays = "no cost pays" if row.breakeven == 0.0 else _pays(row.breakeven, worth)
        lines.append(
            f"  {chain.lever} ({chain.driver}): {_gain(row.gain)}, P(> 0) = {row.gain.positive.value:.2f};"
            f" grade {chain.grade}{assumed}, prior share {_number(chain.prior_share)}; {pays}"
        )
    learning = ranking.learning
    lines += [
        "",
        f"Worth of learning before one measure is chosen (now {learning.best}), in points of average gain;"
        f" everything at once {learning.everything:.3f} ± {learning.everything_error:.3f}:",
    ]
    lines += [
        f"  {row['group']} {row['value']:.3f} ± {row['mc_error']:.3f}, another choice in {row['switches']:.2f} of draws"
        for row in learning.tidy()
    ]
    return lines


def money_lines(priced: tuple[Priced, ...] | None, bought: Portfolios | None, question: Question) -> list[str]:
    """Return a ranking by money and the portfolios in lines."""
    if priced is None:
        return []
    lines = ["", "By money, the cheapest point of average gain first:"]
    for one in priced:
        chain = one.ranked.chain
        point = "no money buys a point" if one.per_point is None else f"{one.per_point:.3g} roubles a point"
        lines.append(
            f"  {chain.lever}: {point}; {one.whole:.3g} roubles to the year, {one.yearly:.3g} a year after the build-up"
            f" (prices of {one.cost.price_year}, {one.cost.source}); {_gain(one.ranked.gain)}, grade {chain.grade},"
            f" prior share {_number(chain.prior_share)}"
        )
    if bought is not None:
        lines += ["", f"For {bought.budget:.3g} roubles over the build-up:"]
        for name, own in (("surest", bought.surest), ("least regret", bought.least_regret)):
            mix = _sizes(own, question) or "nothing"
            lines.append(
                f"  {name}: {mix}; {own.mix.taken:.3g} roubles; {_gain(own.gain)}; P = {own.reached.value:.3f} ±"
                f" {own.reached.mc_error:.3f} (without {bought.before.value:.3f}); regret at most {own.regret:.2f} pp"
            )
    return lines


def rank_messages(ranking: Ranking, levers: Sequence[Lever], costs: Path | None, budget: float | None) -> list[str]:
    """Return remarks and the next step after a ranking."""
    ranked = {row.chain.lever for row in ranking.rows}
    left = [lever.id for lever in levers if lever.id not in ranked]
    messages = []
    if left:
        messages.append(f"Not ranked, because they move nothing in the model or are off: {', '.join(left)}")
    if costs is None:
        messages.append("Next: give --costs FILE, with a source for each cost, to rank by money")
    elif budget is None:
        messages.append("Next: give --budget, in roubles of the costs' price year, for portfolios")
    else:
        messages.append("Next: write the portfolio as a scenario file and run it with: regional-econ policy run FILE")
    return messages


def _portfolio_data(one: Portfolio) -> dict[str, Any]:
    return {
        "sizes_pushes": [float(size) for size in one.mix.sizes],
        "rub": one.mix.taken,
        "probability": one.reached.value,
        "probability_mc_error": one.reached.mc_error,
        "gain_pp": one.gain.to_dict(),
        "regrets_pp": dict(one.regrets),
    }


def _sizes(one: Portfolio, question: Question) -> str:
    pairs = zip(question.chains, one.mix.sizes, strict=True)
    return ", ".join(f"{chain.lever} × {size:.2f} (grade {chain.grade})" for chain, size in pairs if size > 0.0)


def _mix(found: Backcast, question: Question) -> str:
    pairs = zip(question.chains, found.shown.sizes, strict=True)
    named = [f"{chain.lever} × {size:.2f}" for chain, size in pairs if size > 0.0]
    return ", ".join(named) if named else "no measure at all"


def _grade(found: Backcast, question: Question) -> str | None:
    pairs = zip(question.chains, found.shown.sizes, strict=True)
    return max((chain.grade for chain, size in pairs if size > 0.0), default=None)


def _prior_share(found: Backcast, question: Question) -> float | None:
    pairs = zip(question.chains, found.shown.sizes, strict=True)
    return max((chain.prior_share or 0.0 for chain, size in pairs if size > 0.0), default=None)


def _gain(gain: Spread) -> str:
    return f"{gain.p50.value:+.2f} pp (80 % between {gain.p10.value:+.2f} and {gain.p90.value:+.2f})"


def _number(share: float | None) -> str:
    return "–" if share is None else f"{share:.2f}"


def _pays(breakeven: float, worth: float | None) -> str:
    if worth is None:
        return f"pays below {breakeven:.3f} times the worth of a point"
    return f"pays below {breakeven * worth:.3g} roubles"
