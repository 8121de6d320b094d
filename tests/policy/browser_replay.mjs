// The policy page's arithmetic in JavaScript, from the formulas in the document alone.
// node browser_replay.mjs DOCUMENT NUMBERS prints {differences by vector: largest relative difference, milliseconds}.
import { readFileSync } from "node:fs";

const page = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const file = readFileSync(process.argv[3]);
const numbers = new Float64Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
const T = page.years.length, years = [...Array(T).keys()], { log, exp, max, min, abs } = Math;
const row = (name, d) => {
  const { offset, shape } = page.draws.arrays[name], width = shape[1] ?? 1;
  return numbers.subarray(offset + d * width, offset + (d + 1) * width);
};
const sum = (list) => list.reduce((a, b) => a + b, 0);

function share(lever, arrived, t, rule) {
  if (rule === "additive" || arrived[lever.id][t] === 0) return 1;
  const covers = page.levers.filter((o) => o.group === lever.group).map((o) => min(arrived[o.id][t] / o.reach, 1));
  return (rule === "nested" ? max(...covers) : 1 - covers.reduce((a, c) => a * (1 - c), 1)) / sum(covers);
}

function levels(v, P, d) {
  const base = row(`${v.id}.base`, d), one = (key) => row(`${v.id}.${key}`, d)[0];
  if (v.equation === "flow") return years.map((t) => base[t] * (1 + v.push * P[t]));
  if (v.equation === "stock") {
    const packed = row(`${v.id}.response`, d);
    return years.map((t) => base[t] * (1 + sum(years.slice(0, t + 1).map((s) => packed[(t * (t + 1)) / 2 + s] * P[s]))));
  }
  if (v.equation === "posts") {
    let staff = 0;
    const q = one("attrition"), eta = one("filling");
    return years.map((t) => {
      const stay = (1 - q) * staff;
      staff = stay + eta * max(v.push * P[t] * base[t] - stay, 0);
      return base[t] + staff;
    });
  }
  let n = 0, m = 0;
  const c = one("commissioning"), gone = one("disposal"), kappa = one("decay"), r = one("replacement"), g = 1 + c - gone;
  return years.map((t) => {
    n = max(((1 - kappa) / g) * n, v.push * P[t]);
    m = max(((1 - gone) / g) * m, (1 - r) * v.push * P[t]);
    const own = min(1 - (base[t] + v.apart) / 100, 1);
    return n === 0 ? base[t] : max(base[t] - 100 * (min((own + n) / (1 + m), 1) - own), 0);
  });
}

function effect(v, P, d, theta) {
  const base = row(`${v.id}.base`, d), x = levels(v, P, d), own = row(`${v.id}.elasticity`, d)[0];
  const mean = v.elasticity.mean, at = v.domain, z = [], w = [];
  for (const t of years) {
    let change = x[t] === base[t] ? 0 : v.logs ? log(x[t] / base[t]) : x[t] - base[t];
    if (change && v.logs && v.knee !== null)
      change -= theta * (log(max(x[t], v.knee) / v.knee) - log(max(base[t], v.knee) / v.knee));
    const o = v.linear ? base[t] * (1 + v.push * P[t]) : x[t];
    z.push(v.logs ? log(o / base[t]) : o - base[t]);
    const s = z[t] - (t >= at.window ? z[t - at.window] : 0);
    const level = max(o - max(at.high, base[t]), min(at.low, base[t]) - o) / (at.high - at.low);
    const excess = change === 0 ? 0 : max((s < 0 ? -s / at.fall : s / at.rise) - 1, level, 0);
    w.push((mean + (own - mean) * (1 + excess)) * change);
  }
  if (v.persistent) {
    let u = 0;
    const phi = row(`${v.id}.persistence`, d)[0];
    return w.map((one) => (u = phi * u + (1 - phi) * one));
  }
  const weights = [...row(`${v.id}.weights`, d)];
  return years.map((t) => sum(weights.slice(0, t + 1).map((weight, k) => weight * w[t - k])));
}

function taken(arrived, funds, plain, d) {
  const shift = years.map(() => 0), gain = years.map(() => 0), treated = years.map(() => 0), logit = (p) => log(p / (1 - p));
  for (const j of page.levers.filter((one) => one.path !== "driver")) {
    const factor = row(`${j.id}.gain`, d)[0], lambda = 1 - 0.1 ** (1 / row(`${j.id}.lag`, d)[0]);
    let m = 0;
    for (const t of years)
      if (j.path === "mining") {
        m += lambda * (funds[j.id][t] - m);
        shift[t] -= row("mining_slope", d)[0] * factor * m;
      } else {
        treated[t] += arrived[j.id][t] * factor;
        gain[t] += (arrived[j.id][t] / 100) * factor * min(max(row(`${j.id}.direct`, d)[0], -plain[t]), 100 - plain[t]);
      }
  }
  return years.map((t) => {
    const s = plain[t] / 100, g = (gain[t] * 100) / max(treated[t], 100), r = min(max(s + g / 100, 1e-9), 1 - 1e-9);
    return shift[t] + (g === 0 || s === 0 || s === 1 ? 0 : logit(r) - logit(s));
  });
}

function outcome(vector, d) {
  const arrived = {}, funds = {}, off = years.map(() => 0);
  for (const j of page.levers) {
    const funded = funds[j.id] = (vector.amounts[j.id] ?? off).map((a) => (j.capacity === null ? a : min(a, j.capacity)));
    const late = row(`${j.id}.lag`, d)[0];
    arrived[j.id] = years.map((t) => (t >= late ? funded[t - late] : 0));
  }
  const effects = page.drivers.map((v) => {
    const own = page.levers.filter((j) => j.path === "driver" && j.driver === v.id);
    const add = (j, t) => row(`${j.id}.gain`, d)[0] * arrived[j.id][t] * share(j, arrived, t, vector.overlap ?? j.overlap);
    return effect(v, years.map((t) => sum(own.map((j) => add(j, t)))), d, vector.decreasing_returns);
  });
  const kappa = vector.synergy_sd * row("synergy", d)[0], plain = row("outcome", d);
  const assumed = taken(arrived, funds, plain, d);
  return years.map((t) => {
    const u = effects.map((one) => one[t]), size = sum(u.map(abs));
    const pairs = sum(u.map((a, v) => a * sum(u.slice(0, v))));
    const total = sum(u) + assumed[t] + (size ? (kappa * pairs) / size : 0);
    return total === 0 || plain[t] === 0 || plain[t] === 100 ? plain[t] : 100 / (1 + exp(-(log(plain[t] / (100 - plain[t])) + total)));
  });
}

const differences = {}, started = performance.now();
for (const vector of page.tests.vectors) {
  const paths = [...Array(page.draws.count).keys()].map((d) => outcome(vector, d));
  const apart = (found, expected) => (found === expected ? 0 : abs(found - expected) / abs(expected));
  let worst = 0;
  const see = (value) => { worst = value <= worst ? worst : Number.isNaN(value) ? 1e300 : value; };
  for (const [d, path] of Object.entries(vector.paths)) years.forEach((t) => see(apart(paths[d][t], path[t])));
  for (const t of years) {
    const sorted = Float64Array.from(paths, (path) => path[t]).sort();
    see(apart(sum([...sorted]) / sorted.length, vector.mean[t]));
    for (const [p, values] of Object.entries(vector.quantiles)) {
      const place = (sorted.length - 1) * p, low = Math.floor(place), high = min(low + 1, sorted.length - 1);
      see(apart(sorted[low] + (sorted[high] - sorted[low]) * (place - low), values[t]));
    }
  }
  differences[vector.name] = worst;
}
console.log(JSON.stringify({ differences, milliseconds: performance.now() - started }));
