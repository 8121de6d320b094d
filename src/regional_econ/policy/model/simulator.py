"""The policy model built once and asked often: amounts of levers in, paths of the outcome out, draw by draw.

Everything uncertain is drawn when the simulator is built; a question then costs one pass of compiled arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from regional_econ._base.errors import OptionError, UnknownNameError
from regional_econ._base.options import check_option
from regional_econ._base.seeds import rng_for
from regional_econ.core.elasticity import Grade
from regional_econ.core.scenario import Deficit
from regional_econ.policy.model import kernel
from regional_econ.policy.model.assumed import assumed_levers, assumed_parameters, assumed_paths, assumed_shifts
from regional_econ.policy.model.baselines import budget_kept
from regional_econ.policy.model.inputs import Inputs, baseline_draws
from regional_econ.policy.model.last_year import last_shifts, themselves
from regional_econ.policy.model.parameters import (
    RETURNS,
    SYNERGY,
    Model,
    Rule,
    compiled,
    draw_parameters,
    kept_name,
    model_of,
)
from regional_econ.policy.model.response import shift_percent
from regional_econ.policy.model.traces import Summary, Traces

Floats = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_STEP, _BLOCK = 1e-4, 64


@dataclass(frozen=True)
class Simulator:
    """The model with all its draws.

    Parameters
    ----------
    model : years, drivers and levers, in order.
    parameters : every uncertain input by name (draws,).
    groups : names of parameters by group: ``elasticity.<driver>`` with its lag weights, ``rates`` (stocks and
        persistence), ``delivery_lags``, ``additionality`` and ``baseline``; with assumed levers also ``direct``, their
        effects on the firms they treat, and ``elasticity.mining_share_pct``.
    baseline : outcome without measures (draws, years), %.
    arrays : what the compiled arithmetic reads, of levers and of drivers.
    """

    model: Model
    parameters: Mapping[str, Floats]
    groups: Mapping[str, tuple[str, ...]]
    baseline: Floats
    arrays: tuple[kernel.LeverArrays, kernel.DriverArrays]

    @classmethod
    def of(
        cls,
        inputs: Inputs,
        *,
        start: int,
        end: int,
        seed: int,
        grades: Sequence[Grade],
        deficit: Deficit | None = None,
        assumed: bool = False,
        drivers: Sequence[str] = (),
    ) -> Simulator:
        """Draw everything once.

        Parameters
        ----------
        inputs : elasticities, baseline draws, panel, levers and priors.
        start, end : first and last year.
        seed : of the declared priors and delivery lags.
        grades : which grades of a lever's chain may act; levers of others cannot be pulled.
        deficit : how levers are cut when the budget falls short; None leaves them alone.
        assumed : also take levers without an elasticity, whose effect is an assumption outright (grade C): on the
            firms that they treat, or through the share of mining; they come after the others.
        drivers : which are there even where no lever moves them, such as for :meth:`pushed`.

        Raises
        ------
        UnknownNameError : a region or year that the forecast does not hold.
        OptionError : a stock of a driver that has none.
        SchemaError : a lag kernel whose columns are not among the draws.
        """
        baseline_draws(inputs, (start, end), where="simulator")
        years = tuple(range(start, end + 1))
        outcome = baseline_draws(inputs, years, where="simulator")
        outcome = outcome[: min(len(outcome), len(inputs.elasticities.draws))]
        model = model_of(inputs, years, grades, drivers=drivers)
        parameters, groups = draw_parameters(inputs, model, outcome, seed=seed)
        if assumed and "C" in grades:
            model = replace(model, assumed=assumed_levers(inputs))
            more, names = assumed_parameters(inputs, model.assumed, draws=len(outcome), seed=seed)
            parameters |= more
            groups |= {group: (*groups.get(group, ()), *own) for group, own in names.items()}
        if deficit is not None:
            kept = budget_kept(inputs, years, deficit, draws=len(outcome))
            cut = {kept_name(year): kept[:, t] for t, year in enumerate(years)}
            parameters, groups = parameters | cut, groups | {"baseline": (*groups["baseline"], *cut)}
        return cls(model, parameters, groups, outcome, compiled(model, parameters))

    @property
    def years(self) -> tuple[int, ...]:
        """The years simulated."""
        return self.model.years

    @property
    def levers(self) -> tuple[str, ...]:
        """Ids of the levers it can pull, in the order of the rows of amounts."""
        return tuple(link.lever.id for link in self.model.links)

    @property
    def drivers(self) -> tuple[str, ...]:
        """What these levers move, in order: drivers with an elasticity, then what assumed levers act on."""
        others = dict.fromkeys(link.driver for link in self.model.assumed)
        return (*(part.driver for part in self.model.drivers), *others)

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.baseline)

    def with_parameters(self, changes: Mapping[str, Floats]) -> Simulator:
        """Return the same model with some parameters replaced, each by (draws,) values.

        Raises
        ------
        UnknownNameError : no such parameter.
        OptionError : another number of draws.
        """
        for name, values in changes.items():
            if name not in self.parameters:
                raise UnknownNameError.of("parameter", name, self.parameters)
            if np.shape(values) != (self.n_draws,):
                raise OptionError(f"{name} needs {self.n_draws} draws, not {np.shape(values)}")
        parameters = {**self.parameters, **changes}
        outcome = self.model.baseline(parameters, self.model.outcome)
        return Simulator(self.model, parameters, self.groups, outcome, compiled(self.model, parameters))

    def with_overlap(self, rule: Rule) -> Simulator:
        """Return the same model with one rule of overlap for all levers of a group.

        Parameters
        ----------
        rule : additive, random (each lever reaches its share by chance) or nested (the largest holds the others).
        """
        check_option("rule", rule, Rule)
        links = tuple(replace(link, rule=rule) for link in self.model.levers)
        model = replace(self.model, levers=links)
        return replace(self, model=model, arrays=compiled(model, self.parameters))

    def with_synergy(self, sd: float, *, seed: int) -> Simulator:
        """Return the same model with a synergy across drivers, κ ~ N(0, sd): an assumption, not identified."""
        draws = sd * rng_for(seed, "policy", SYNERGY).standard_normal(self.n_draws)
        return self.with_parameters({SYNERGY: np.asarray(draws, dtype=np.float64)})

    def with_decreasing_returns(self, theta: float) -> Simulator:
        """Return the same model where researchers beyond about 900 count only 1 − θ: a sensitivity.

        Source: Perret (2017), Journal of the Knowledge Economy (K05): efficiency falls from about 900 researchers on.
        """
        return self.with_parameters({RETURNS: np.full(self.n_draws, theta)})

    def traces(self, amounts: Floats) -> Traces:
        """Return every driver's path and what it brings.

        Parameters
        ----------
        amounts : what is done (levers, years), in each lever's unit; zero is off.

        Raises
        ------
        OptionError : another shape, an amount below zero or beyond a lever's range, or a driver that leaves the domain
            of an elasticity that refuses to extrapolate.
        """
        found = self._traces(self._funded(amounts))
        for v, part in enumerate(self.model.drivers):
            share = float((found.outside[v] > 0.0).any(axis=1).mean())
            if share and part.elasticity.domain.outside == "refuse":
                raise OptionError(
                    f"{part.driver} leaves the domain of {part.elasticity.id} in {100 * share:.0f} % of draws",
                    advice="Choose a smaller push; this elasticity refuses to extrapolate",
                )
        return found

    def shift(self, amounts: Floats) -> Floats:
        """Return the shift of the outcome's logit (draws, years); parameters and errors are those of :meth:`traces`."""
        return self.together(self.traces(amounts).effect)

    def outcome(self, amounts: Floats) -> Floats:
        """Return the outcome (draws, years), %; parameters and errors are those of :meth:`traces`."""
        return shift_percent(self.baseline, self.shift(amounts))

    def together(self, effects: Floats) -> Floats:
        """Return the joint shift (draws, years) of the drivers' shifts (drivers, draws, years): their sum, and the
        synergy across drivers κ Σ_{v<w} u_v u_w / Σ|u_v|, which is zero unless it is assumed."""
        own = effects[: len(self.model.drivers)]
        size = np.abs(own).sum(axis=0)
        crossed = (own.sum(axis=0) ** 2 - (own**2).sum(axis=0)) / 2.0
        ratio = np.divide(crossed, size, out=np.zeros_like(crossed), where=size > 0.0)
        return np.asarray(effects.sum(axis=0) + self.parameters[SYNERGY][:, None] * ratio)

    def contributions(self, amounts: Floats) -> Floats:
        """Return what each lever brings (levers, draws, years), percentage points that sum to outcome − baseline.

        Aumann–Shapley along the straight path from nothing to the amounts: each lever's slope is integrated by
        six-point Gauss–Legendre quadrature of central differences; what quadrature leaves over at kinks is shared in
        proportion to the levers' absolute contributions.

        Parameters and errors are those of :meth:`traces`.

        Source: Billera and Heath (1982), "Allocation of shared costs", Mathematics of Operations Research 7.
        """
        whole = self.outcome(amounts) - self.baseline
        active = [j for j in range(len(self.levers)) if np.any(amounts[j])]
        parts = np.zeros((len(self.levers), *self.baseline.shape))
        if len(active) == 1:
            parts[active[0]] = whole
            return parts
        funded = self._funded(amounts)
        for j in active:
            own = np.zeros_like(funded)
            own[j] = funded[j]
            for node, weight in zip(_NODES, _WEIGHTS, strict=True):
                at = (node + 1.0) / 2.0 * funded
                above, below = (self._percent(at + step * own) for step in (_STEP, -_STEP))
                parts[j] += weight / 2.0 * (above - below) / (2.0 * _STEP)
        left = whole - parts.sum(axis=0)
        size = np.abs(parts).sum(axis=0)
        share = np.divide(np.abs(parts), size, out=np.zeros_like(parts), where=size > 0.0)
        return np.asarray(parts + left * share)

    def at(self, amounts: Floats, year: int) -> Floats:
        """Return the outcome of many scenarios in one year (scenarios, draws), %.

        Parameters
        ----------
        amounts : (scenarios, levers, years), in each lever's unit.
        year : one of the years simulated.

        Raises
        ------
        UnknownNameError : a year outside the simulation.
        OptionError : as :meth:`traces`.
        """
        last = self._index(year)
        if any(part.elasticity.domain.outside == "refuse" for part in self.model.drivers):
            return np.stack([self.outcome(one)[:, last] for one in amounts])
        funded = np.stack([self._funded(one) for one in amounts])[:, :, : last + 1]
        own, others = funded[:, : len(self.model.levers)], funded[:, len(self.model.levers) :]
        shifts = last_shifts(own, *self.arrays, self.parameters[SYNERGY])
        if others.any():
            for found in assumed_shifts(self.model, self.parameters, others, self.baseline[:, last], last).values():
                shifts += found.shift
        return shift_percent(self.baseline[:, last], shifts)

    def pushed(self, pushes: Floats, year: int) -> Floats:
        """Return the outcome in one year of many lasting pushes of the drivers themselves (scenarios, draws), %: they
        are there whole from the first year on, whatever moved the drivers; only a stock takes its time.

        Parameters
        ----------
        pushes : (scenarios, drivers), in historical pushes.
        year : one of the years simulated.

        Raises
        ------
        UnknownNameError : a year outside the simulation.
        """
        last = self._index(year)
        held = np.repeat(pushes[:, :, None], last + 1, axis=2)
        shifts = last_shifts(held, *themselves(self.arrays[1]), self.parameters[SYNERGY])
        return shift_percent(self.baseline[:, last], shifts)

    def stream(self, amounts: Floats, year: int, *, value: float | None = None) -> Summary:
        """Return the outcome of many scenarios in one year in a few figures each, block by block.

        Parameters
        ----------
        amounts : (scenarios, levers, years), in each lever's unit.
        year : one of the years simulated.
        value : a level of the outcome, %: with it comes the share of draws that reach it.

        Raises
        ------
        UnknownNameError, OptionError : as :meth:`at`.
        """
        rows = np.empty((len(amounts), 6))
        for first in range(0, len(amounts), _BLOCK):
            block = self.at(amounts[first : first + _BLOCK], year)
            quantiles = np.quantile(block, [0.05, 0.5, 0.95], axis=1)
            reached = np.full(len(block), np.nan) if value is None else (block >= value).mean(axis=1)
            rows[first : first + len(block)] = np.column_stack(
                [block.mean(axis=1), block.std(axis=1), *quantiles, reached]
            )
        return Summary(*np.ascontiguousarray(rows.T))

    def _index(self, year: int) -> int:
        if year not in self.years:
            raise UnknownNameError.of("year", str(year), map(str, self.years), where="simulator")
        return self.years.index(year)

    def _funded(self, amounts: Floats) -> Floats:
        shape = (len(self.levers), len(self.years))
        if np.shape(amounts) != shape:
            raise OptionError(f"amounts have the shape {np.shape(amounts)}", advice=f"Give levers × years: {shape}")
        funded = np.array(amounts, dtype=np.float64)
        for j, link in enumerate(self.model.links):
            lever = link.lever
            low, high = lever.min or 0.0, np.inf if lever.max is None else lever.max
            wrong = ~((funded[j] >= low) & (funded[j] <= high)) & (funded[j] != 0.0)
            if wrong.any():
                at = int(np.argmax(wrong))
                raise OptionError(
                    f"lever {lever.id} is set to {funded[j, at]:g} in {self.years[at]}, outside {low:g} to {high:g} "
                    f"{lever.unit}",
                    advice="Choose a value inside the lever's range",
                )
            if lever.capacity is not None:
                np.minimum(funded[j], lever.capacity, out=funded[j])
        return funded

    def _traces(self, funded: Floats) -> Traces:
        shape = (self.n_draws, len(self.drivers), len(self.years))
        arrays, count = [np.zeros(shape) for _ in range(5)], len(self.model.drivers)
        if count:
            own = [np.zeros((self.n_draws, count, len(self.years))) for _ in arrays]
            kernel.paths(np.ascontiguousarray(funded[: len(self.model.levers)]), *self.arrays, *own)
            for array, part in zip(arrays, own, strict=True):
                array[:, :count] = part
        others = assumed_paths(self.model, self.parameters, funded[len(self.model.levers) :], self.baseline)
        for name, found in others.items():
            row = self.drivers.index(name)
            for array, values in zip(arrays, (found.moved, found.moved, found.moved, None, found.shift), strict=True):
                array[:, row] = 0.0 if values is None else values
        return Traces(*(np.moveaxis(array, 1, 0) for array in arrays))

    def _percent(self, funded: Floats) -> Floats:
        return shift_percent(self.baseline, self.together(self._traces(funded).effect))
