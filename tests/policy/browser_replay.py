"""The policy page's arithmetic in plain Python, from the formulas in the document alone: the standard library only."""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Callable
from typing import Any


class Page:
    """A document with its numbers."""

    def __init__(self, document: dict[str, Any], numbers: bytes) -> None:
        self.document, self.numbers = document, array("d", numbers)
        self.years, self.path = len(document["years"]), None

    def row(self, name: str, draw: int) -> list[float]:
        """Return one draw's numbers of an array, under the path of the price if one is set."""
        driver, _, kind = name.rpartition(".")
        if self.path is None or not (name == "outcome" or kind in ("base", "flow")):
            return self.stored(name, draw)
        if name == "outcome":
            return self.under(name, draw)
        found, components = self.stored(name, draw), self.driver(driver)["components"]
        for variable, power in components.items():
            if kind == "base" or power == 1:
                old, new = self.stored(f"component.{variable}", draw), self.under(f"component.{variable}", draw)
                found = [one * (b / a) ** power for one, a, b in zip(found, old, new, strict=True)]
        return found

    def under(self, name: str, draw: int) -> list[float]:
        """Return a forecast variable of one draw under the path of the price."""
        price = self.document["price"]
        variable = self.document["outcome"] if name == "outcome" else name.removeprefix("component.")
        at = price["scales"][price["variable"]]
        wanted = [
            (to_scale(p, at) - mean) / spread
            for p, mean, spread in zip(self.path, price["mean"], price["spread"], strict=True)
        ]
        gap = [w - own for w, own in zip(wanted, self.stored("price.apart", draw), strict=True)]
        step = [math.fsum(a * b for a, b in zip(row, gap, strict=True)) for row in price["inverse"]]
        scale, slopes = price["scales"][variable], price["slopes"][variable]
        found = []
        for t, value in enumerate(self.stored(name, draw)):
            moved = to_scale(value, scale) + math.fsum(s * slope[t] for s, slope in zip(step, slopes, strict=True))
            found.append(struct.unpack("f", struct.pack("f", from_scale(moved, scale)))[0])
        return found

    def driver(self, name: str) -> dict[str, Any]:
        return next(driver for driver in self.document["drivers"] if driver["id"] == name)

    def stored(self, name: str, draw: int) -> list[float]:
        place = self.document["draws"]["arrays"][name]
        width = place["shape"][1] if len(place["shape"]) > 1 else 1
        first = place["offset"] + draw * width
        return list(self.numbers[first : first + width])

    def outcome(self, vector: dict[str, Any], draw: int) -> list[float]:
        """Return the outcome of one draw by year."""
        self.path = vector["price"]
        found = self.under_path(vector, draw)
        self.path = None
        return found

    def under_path(self, vector: dict[str, Any], draw: int) -> list[float]:
        theta, arrived = vector["decreasing_returns"], self.arrived(vector, draw)
        effects = []
        for driver in self.document["drivers"]:
            programme = [0.0] * self.years
            for lever in self.document["levers"]:
                if lever["path"] != "driver" or lever["driver"] != driver["id"]:
                    continue
                gain = self.row(f"{lever['id']}.gain", draw)[0]
                for t in range(self.years):
                    share = self.share(lever, arrived, t, vector["overlap"] or lever["overlap"])
                    programme[t] += gain * arrived[lever["id"]][t] * share
            effects.append(self.effect(driver, programme, draw, theta))
        synergy = vector["synergy_sd"] * self.row("synergy", draw)[0]
        plain, found = self.row("outcome", draw), []
        assumed = self.assumed(arrived, self.funded(vector), plain, draw)
        for t in range(self.years):
            moved = [effect[t] for effect in effects]
            pairs = sum(moved[v] * moved[w] for v in range(len(moved)) for w in range(v))
            size = sum(map(abs, moved))
            total = sum(moved) + assumed[t] + (synergy * pairs / size if size else 0.0)
            if total == 0.0 or plain[t] in (0.0, 100.0):
                found.append(plain[t])
                continue
            logit = math.log(plain[t] / (100.0 - plain[t])) + total
            found.append(100.0 / (1.0 + math.exp(-logit)))
        return found

    def funded(self, vector: dict[str, Any]) -> dict[str, list[float]]:
        found = {}
        for lever in self.document["levers"]:
            amounts = vector["amounts"].get(lever["id"], [0.0] * self.years)
            cap = math.inf if lever["capacity"] is None else lever["capacity"]
            found[lever["id"]] = [min(amount, cap) for amount in amounts]
        return found

    def arrived(self, vector: dict[str, Any], draw: int) -> dict[str, list[float]]:
        found = {}
        for name, amounts in self.funded(vector).items():
            late = int(self.row(f"{name}.lag", draw)[0])
            found[name] = ([0.0] * late + amounts)[: self.years]
        return found

    def assumed(
        self, arrived: dict[str, list[float]], funded: dict[str, list[float]], plain: list[float], draw: int
    ) -> list[float]:
        """Return the shift by levers whose effect is an assumption outright."""
        shift, gain, treated = ([0.0] * self.years for _ in range(3))
        for lever in self.document["levers"]:
            name, factor = lever["id"], self.row(f"{lever['id']}.gain", draw)[0]
            if lever["path"] == "mining":
                moved, speed = 0.0, 1.0 - 0.1 ** (1.0 / self.row(f"{name}.lag", draw)[0])
                for t in range(self.years):
                    moved += speed * (funded[name][t] - moved)
                    shift[t] -= self.row("mining_slope", draw)[0] * factor * moved
            elif lever["path"] == "treated":
                own = self.row(f"{name}.direct", draw)[0]
                for t in range(self.years):
                    treated[t] += arrived[name][t] * factor
                    gain[t] += arrived[name][t] / 100.0 * factor * min(max(own, -plain[t]), 100.0 - plain[t])
        for t in range(self.years):
            gain[t] *= 100.0 / max(treated[t], 100.0)
            if gain[t] and 0.0 < plain[t] < 100.0:
                before = plain[t] / 100.0
                after = min(max(before + gain[t] / 100.0, 1e-9), 1.0 - 1e-9)
                shift[t] += math.log(after / (1.0 - after)) - math.log(before / (1.0 - before))
        return shift

    def share(self, lever: dict[str, Any], arrived: dict[str, list[float]], t: int, rule: str) -> float:
        if rule == "additive" or arrived[lever["id"]][t] == 0.0:
            return 1.0
        group = [other for other in self.document["levers"] if other["group"] == lever["group"]]
        covers = [min(arrived[other["id"]][t] / other["reach"], 1.0) for other in group]
        union = max(covers) if rule == "nested" else 1.0 - math.prod(1.0 - cover for cover in covers)
        return union / sum(covers)

    def levels(self, driver: dict[str, Any], programme: list[float], draw: int) -> list[float]:
        name, push, base = driver["id"], driver["push"], self.row(f"{driver['id']}.base", draw)
        number: Callable[[str], float] = lambda key: self.row(f"{name}.{key}", draw)[0]  # noqa: E731
        if driver["equation"] == "flow":
            return [base[t] * (1.0 + push * programme[t]) for t in range(self.years)]
        if driver["equation"] == "stock":
            plain, added, kept, found = number("stock"), 0.0, 1.0 - number("depreciation"), []
            for t, flow in enumerate(self.row(f"{name}.flow", draw)):
                plain, added = kept * plain + flow, kept * added + push * programme[t] * flow
                found.append(base[t] * (1.0 + added / plain))
            return found
        found = []
        if driver["equation"] == "posts":
            staff, attrition, filling = 0.0, number("attrition"), number("filling")
            for t in range(self.years):
                stay = (1.0 - attrition) * staff
                staff = stay + filling * max(push * programme[t] * base[t] - stay, 0.0)
                found.append(base[t] + staff)
            return found
        net = gross = 0.0
        disposal, decay, replacement = number("disposal"), number("decay"), number("replacement")
        growth = 1.0 + number("commissioning") - disposal
        for t in range(self.years):
            net = max((1.0 - decay) / growth * net, push * programme[t])
            gross = max((1.0 - disposal) / growth * gross, (1.0 - replacement) * push * programme[t])
            own = min(1.0 - (base[t] + driver["apart"]) / 100.0, 1.0)
            worn = max(base[t] - 100.0 * (min((own + net) / (1.0 + gross), 1.0) - own), 0.0)
            found.append(worn if net else base[t])
        return found

    def effect(self, driver: dict[str, Any], programme: list[float], draw: int, theta: float) -> list[float]:
        name, logs, knee, domain = driver["id"], driver["logs"], driver["knee"], driver["domain"]
        base, levels = self.row(f"{name}.base", draw), self.levels(driver, programme, draw)
        own, mean = self.row(f"{name}.elasticity", draw)[0], driver["elasticity"]["mean"]
        moved, response = [], []
        for t in range(self.years):
            change = 0.0
            if levels[t] != base[t]:
                change = math.log(levels[t] / base[t]) if logs else levels[t] - base[t]
                if logs and knee is not None:
                    change -= theta * (math.log(max(levels[t], knee) / knee) - math.log(max(base[t], knee) / knee))
            observed = base[t] * (1.0 + driver["push"] * programme[t]) if driver["linear"] else levels[t]
            moved.append(math.log(observed / base[t]) if logs else observed - base[t])
            step = moved[t] - (moved[t - domain["window"]] if t >= domain["window"] else 0.0)
            by_change = (-step / domain["fall"] if step < 0.0 else step / domain["rise"]) - 1.0
            beyond = max(observed - max(domain["high"], base[t]), min(domain["low"], base[t]) - observed)
            excess = max(by_change, beyond / (domain["high"] - domain["low"]), 0.0) if change else 0.0
            response.append((mean + (own - mean) * (1.0 + excess)) * change)
        if driver["persistent"]:
            phi, state, found = self.row(f"{name}.persistence", draw)[0], 0.0, []
            for one in response:
                state = phi * state + (1.0 - phi) * one
                found.append(state)
            return found
        weights = self.row(f"{name}.weights", draw)
        return [sum(weights[k] * response[t - k] for k in range(min(len(weights), t + 1))) for t in range(self.years)]


def to_scale(value: float, scale: dict[str, Any]) -> float:
    offset = scale["offset"]
    if scale["name"] == "identity":
        return value
    return math.log(value + offset) - (math.log(100.0 - value + offset) if scale["name"] == "logit" else 0.0)


def from_scale(scaled: float, scale: dict[str, Any]) -> float:
    offset = scale["offset"]
    if scale["name"] == "identity":
        return scaled
    if scale["name"] == "log":
        return max(math.exp(scaled) - offset, 0.0)
    return min(max((100.0 + 2.0 * offset) / (1.0 + math.exp(-scaled)) - offset, 0.0), 100.0)


def quantile(values: list[float], p: float) -> float:
    ordered = sorted(values)
    place = (len(ordered) - 1) * p
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
