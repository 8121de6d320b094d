// The policy model's arithmetic in a browser: pure functions of the exported document and its numbers, by the formulas
// that the document writes out. The page and the test of the document's vectors (node) both read this file.
(() => {
  "use strict";
  const { log, exp, max, min, abs, sqrt, floor, fround } = Math;
  const NODES = [0.2386191860831969, 0.6612093864662645, 0.932469514203152];
  const WEIGHTS = [0.467913934572691, 0.3607615730481386, 0.1713244923791704];
  const QUADRATURE = NODES.flatMap((x, i) => [[-x, WEIGHTS[i]], [x, WEIGHTS[i]]]);
  const STEP = 1e-4, Z95 = 1.959963984540054;
  const zeros = (n) => new Float64Array(n);
  const logit = (share) => log(share / (1 - share));

  /** A model with all its draws. numbers: Float64Array that document.draws.arrays points into. */
  function policyModel(document, numbers) {
    const T = document.years.length, D = document.draws.count, outcomeId = document.outcome;
    const arrays = document.draws.arrays;
    const stored = (name) => {
      const { offset, shape } = arrays[name];
      return numbers.subarray(offset, offset + shape.reduce((a, b) => a * b, 1));
    };
    const levers = document.levers.map((lever) => ({
      ...lever,
      lagOf: stored(`${lever.id}.lag`),
      gainOf: stored(`${lever.id}.gain`),
      directOf: lever.path === "treated" ? stored(`${lever.id}.direct`) : null,
    }));
    const RATES = {
      flow: [], stock: ["depreciation", "stock"], posts: ["attrition", "filling"],
      assets: ["commissioning", "disposal", "decay", "replacement"],
    };
    const drivers = document.drivers.map((driver) => ({
      ...driver,
      epsilon: stored(`${driver.id}.elasticity`),
      phi: driver.persistent ? stored(`${driver.id}.persistence`) : null,
      weights: driver.persistent ? null : stored(`${driver.id}.weights`),
      lags: driver.persistent ? 0 : (arrays[`${driver.id}.weights`].shape[1] ?? 1),
      rates: RATES[driver.equation].map((name) => stored(`${driver.id}.${name}`)),
      levers: levers.filter((lever) => lever.path === "driver" && lever.driver === driver.id),
    }));
    const assumed = levers.filter((lever) => lever.path !== "driver");
    const slope = arrays.mining_slope ? stored("mining_slope") : null;
    const synergy = stored("synergy");

    /** What stands without measures, under a path of the price (values by year of the path) or as forecast (null). */
    function world(path) {
      const moved = path ? conditioned(path) : {};
      const outcome = moved[outcomeId] ?? stored("outcome");
      return { path, outcome, logits: outcome.map((y) => log(y / (100 - y))), drivers: drivers.map((driver) => {
        let base = stored(`${driver.id}.base`), flow = driver.equation === "stock" ? stored(`${driver.id}.flow`) : null;
        for (const [name, power] of path ? Object.entries(driver.components) : []) {
          const old = stored(`component.${name}`), now = moved[name];
          base = base.map((one, i) => one * (power === 1 ? now[i] / old[i] : (now[i] / old[i]) ** power));
          if (flow && power === 1) flow = flow.map((one, i) => one * (now[i] / old[i]));
        }
        return { base, flow };
      }) };
    }

    function conditioned(path) {
      const price = document.price, own = price.scales[price.variable], K = path.length, apart = stored("price.apart");
      const wanted = path.map((p, k) => (toScale(p, own) - price.mean[k]) / price.spread[k]);
      const step = zeros(D * K);
      for (let d = 0; d < D; d++)
        for (let k = 0; k < K; k++)
          for (let i = 0; i < K; i++) step[d * K + k] += price.inverse[k][i] * (wanted[i] - apart[d * K + i]);
      const found = {};
      for (const [name, slopes] of Object.entries(price.slopes)) {
        const scale = price.scales[name], old = stored(name === outcomeId ? "outcome" : `component.${name}`);
        found[name] = old.map((value, i) => {
          const d = floor(i / T), t = i - d * T;
          let s = toScale(value, scale);
          for (let k = 0; k < K; k++) s += step[d * K + k] * slopes[k][t];
          return fround(fromScale(s, scale));
        });
      }
      return found;
    }

    /** How far a path lies from the forecast's mean, in predictive sds, and the share of draws that lie as far. */
    function distance(path) {
      const price = document.price, own = price.scales[price.variable], K = path.length, apart = stored("price.apart");
      const square = (at) => {
        let total = 0;
        for (let k = 0; k < K; k++) for (let i = 0; i < K; i++) total += at(k) * price.inverse[k][i] * at(i);
        return total;
      };
      const far = square((k) => (toScale(path[k], own) - price.mean[k]) / price.spread[k]);
      let farther = 0;
      for (let d = 0; d < D; d++) farther += square((k) => apart[d * K + k]) >= far;
      return { sds: sqrt(far), farther: farther / D };
    }

    /** Amounts by lever (years each) as funded: no more than the capacity; levers that are off are left out. */
    function funded(amounts) {
      const found = {};
      for (const lever of levers)
        if (amounts[lever.id]?.some((amount) => amount !== 0))
          found[lever.id] = Float64Array.from(amounts[lever.id], (a) => (lever.capacity === null ? a : min(a, lever.capacity)));
      return found;
    }

    const scaled = (funds, by) => Object.fromEntries(Object.entries(funds).map(([id, a]) => [id, a.map((x) => x * by)]));

    /** What arrives in one driver of one draw, in pushes, into programme (years). */
    function arrive(driver, d, funds, rule, programme) {
      programme.fill(0);
      for (const lever of driver.levers) {
        const funding = funds[lever.id];
        if (!funding) continue;
        const late = lever.lagOf[d], gain = lever.gainOf[d], own = rule ?? lever.overlap;
        for (let t = late; t < T; t++) {
          const amount = funding[t - late];
          if (amount !== 0) programme[t] += gain * amount * (own === "additive" ? 1 : share(lever, d, t, funds, own));
        }
      }
    }

    function share(lever, d, t, funds, rule) {
      let total = 0, rest = 1, largest = 0;
      for (const other of levers) {
        if (other.group !== lever.group || !funds[other.id] || t < other.lagOf[d]) continue;
        const cover = min(funds[other.id][t - other.lagOf[d]] / other.reach, 1);
        total += cover;
        rest *= 1 - cover;
        largest = max(largest, cover);
      }
      return (rule === "random" ? 1 - rest : largest) / total;
    }

    function levels(driver, d, first, base, flow, programme, x) {
      const { equation, push, rates } = driver;
      if (equation === "flow") {
        for (let t = 0; t < T; t++) x[t] = base[first + t] * (1 + push * programme[t]);
      } else if (equation === "stock") {
        const keep = 1 - rates[0][d];
        let plain = rates[1][d], added = 0;
        for (let t = 0; t < T; t++) {
          plain = keep * plain + flow[first + t];
          added = keep * added + push * programme[t] * flow[first + t];
          x[t] = base[first + t] * (1 + added / plain);
        }
      } else if (equation === "posts") {
        let staff = 0;
        for (let t = 0; t < T; t++) {
          const stay = (1 - rates[0][d]) * staff;
          staff = stay + rates[1][d] * max(push * programme[t] * base[first + t] - stay, 0);
          x[t] = base[first + t] + staff;
        }
      } else {
        const [commissioning, disposal, decay, replacement] = rates.map((rate) => rate[d]);
        const growth = 1 + commissioning - disposal;
        let n = 0, m = 0;
        for (let t = 0; t < T; t++) {
          n = max(((1 - decay) / growth) * n, push * programme[t]);
          m = max(((1 - disposal) / growth) * m, (1 - replacement) * push * programme[t]);
          const own = min(1 - (base[first + t] + driver.apart) / 100, 1);
          x[t] = n === 0 ? base[first + t] : max(base[first + t] - 100 * (min((own + n) / (1 + m), 1) - own), 0);
        }
      }
    }

    const programme = zeros(T), x = zeros(T), z = zeros(T), w = zeros(T);

    /** Shift of the logit by one driver of all draws into u (draws × years), of years from..T-1 only; outside (draws),
     * where wanted, takes each draw's largest excess over the domain. */
    function driverShift(v, funds, plain, setting, from, u, outside) {
      const driver = drivers[v], { base, flow } = plain.drivers[v], { logs, knee, push, domain } = driver;
      const theta = setting.decreasing_returns ?? 0, mean = driver.elasticity.mean, width = domain.high - domain.low;
      u.fill(0);
      outside?.fill(0);
      if (!driver.levers.some((lever) => funds[lever.id])) return;
      const early = driver.persistent ? 0 : max(0, from - driver.lags + 1);
      for (let d = 0, first = 0; d < D; d++, first += T) {
        arrive(driver, d, funds, setting.overlap, programme);
        levels(driver, d, first, base, flow, programme, x);
        let largest = 0;
        for (let t = max(0, early - domain.window); t < T; t++) {
          const b = base[first + t], o = driver.linear ? b * (1 + push * programme[t]) : x[t];
          z[t] = logs ? log(o / b) : o - b;
          if (t < early) continue;
          let change = x[t] === b ? 0 : logs ? (driver.equation === "flow" ? z[t] : log(x[t] / b)) : x[t] - b;
          if (change !== 0 && theta !== 0 && logs && knee !== null)
            change -= theta * (log(max(x[t], knee) / knee) - log(max(b, knee) / knee));
          const s = z[t] - (t >= domain.window ? z[t - domain.window] : 0);
          const level = max(o - max(domain.high, b), min(domain.low, b) - o) / width;
          const q = change === 0 ? 0 : max((s < 0 ? -s / domain.fall : s / domain.rise) - 1, level, 0);
          if (q > largest) largest = q;
          w[t] = (mean + (driver.epsilon[d] - mean) * (1 + q)) * change;
        }
        if (outside) outside[d] = largest;
        if (driver.persistent) {
          let state = 0;
          for (let t = 0; t < T; t++) u[first + t] = state = driver.phi[d] * state + (1 - driver.phi[d]) * w[t];
        } else
          for (let t = from; t < T; t++) {
            let total = 0;
            for (let k = 0; k < driver.lags && k <= t; k++) total += driver.weights[d * driver.lags + k] * w[t - k];
            u[first + t] = total;
          }
      }
    }

    /** Shift of the logit by levers whose effect is assumed outright, into u (draws × years). */
    function assumedShift(funds, plain, u) {
      u.fill(0);
      const own = assumed.filter((lever) => funds[lever.id]);
      if (!own.length) return;
      const gain = zeros(T), treated = zeros(T);
      for (let d = 0, first = 0; d < D; d++, first += T) {
        gain.fill(0);
        treated.fill(0);
        for (const lever of own) {
          const funding = funds[lever.id], factor = lever.gainOf[d], late = lever.lagOf[d];
          if (lever.path === "mining") {
            const pace = 1 - 0.1 ** (1 / late);
            for (let t = 0, moved = 0; t < T; t++) {
              moved += pace * (funding[t] - moved);
              u[first + t] -= slope[d] * factor * moved;
            }
          } else
            for (let t = late; t < T; t++) {
              const y = plain.outcome[first + t], arrived = funding[t - late];
              treated[t] += arrived * factor;
              gain[t] += (arrived / 100) * factor * min(max(lever.directOf[d], -y), 100 - y);
            }
        }
        for (let t = 0; t < T; t++) {
          const g = (gain[t] * 100) / max(treated[t], 100), s = plain.outcome[first + t] / 100;
          if (g !== 0 && s !== 0 && s !== 1) u[first + t] += logit(min(max(s + g / 100, 1e-9), 1 - 1e-9)) - logit(s);
        }
      }
    }

    /** The outcome of one draw and year from the drivers' and the assumed shifts. */
    function together(i, d, shifts, other, plain, sd) {
      let total = 0, square = 0, size = 0;
      for (const u of shifts) {
        total += u[i];
        square += u[i] * u[i];
        size += abs(u[i]);
      }
      if (sd && size !== 0) total += (sd * synergy[d] * (total * total - square)) / (2 * size);
      total += other[i];
      const y = plain.outcome[i];
      return total === 0 || y === 0 || y === 100 ? y : 100 / (1 + exp(-(plain.logits[i] + total)));
    }

    /** A driver's shift and excess as last computed, if nothing that they depend on has changed: a slider moves one. */
    const known = drivers.map(() => ({ plain: null, key: "" }));
    function remembered(v, funds, plain, setting) {
      const own = drivers[v].levers.map((lever) => lever.group), acting = levers.filter((one) => own.includes(one.group) && funds[one.id]);
      const key = JSON.stringify([setting.overlap ?? null, setting.decreasing_returns ?? 0, acting.map((one) => [one.id, [...funds[one.id]]])]);
      if (known[v].plain !== plain || known[v].key !== key) {
        const shift = zeros(D * T), outside = zeros(D);
        driverShift(v, funds, plain, setting, 0, shift, outside);
        known[v] = { plain, key, shift, outside };
      }
      return known[v];
    }

    /** Paths of the outcome (draws × years), and each driver's excess over its domain (draws), under a setting: amounts
     * by lever, and if wanted overlap, synergy_sd, decreasing_returns. */
    function run(setting, plain) {
      const funds = funded(setting.amounts), other = zeros(D * T), paths = zeros(D * T);
      const parts = drivers.map((_, v) => remembered(v, funds, plain, setting));
      const shifts = parts.map((one) => one.shift), outside = parts.map((one) => one.outside);
      assumedShift(funds, plain, other);
      for (let d = 0, i = 0; d < D; d++)
        for (let t = 0; t < T; t++, i++) paths[i] = together(i, d, shifts, other, plain, setting.synergy_sd ?? 0);
      return { paths, outside, setting, world: plain };
    }

    /** What each lever brings in one year (draws each), percentage points that sum to the gain: Aumann–Shapley along the
     * straight path from nothing, by quadrature. A generator, so that a page stays answerable: it yields after each
     * lever of each node, and returns the parts by lever. */
    function* contributions(ran, at) {
      const { setting, world: plain, paths } = ran, funds = funded(setting.amounts), active = Object.keys(funds);
      const whole = zeros(D);
      for (let d = 0; d < D; d++) whole[d] = paths[d * T + at] - plain.outcome[d * T + at];
      if (active.length < 2) return Object.fromEntries(active.map((id) => [id, whole]));
      const parts = Object.fromEntries(active.map((id) => [id, zeros(D)])), sd = setting.synergy_sd ?? 0;
      const shifts = drivers.map(() => zeros(D * T)), moved = drivers.map(() => zeros(D * T));
      const others = zeros(D * T), other = zeros(D * T);
      for (const [node, weight] of QUADRATURE) {
        const here = scaled(funds, (node + 1) / 2);
        drivers.forEach((_, v) => driverShift(v, here, plain, setting, at, shifts[v], null));
        assumedShift(here, plain, others);
        for (const id of active) {
          const lever = levers.find((one) => one.id === id);
          const touched = drivers.map((driver) => driver.levers.some((one) => one.group === lever.group));
          for (const sign of [1, -1]) {
            const near = { ...here, [id]: here[id].map((amount, t) => amount + sign * STEP * funds[id][t]) };
            drivers.forEach((_, v) => touched[v] && driverShift(v, near, plain, setting, at, moved[v], null));
            if (lever.path !== "driver") assumedShift(near, plain, other);
            const used = drivers.map((_, v) => (touched[v] ? moved[v] : shifts[v]));
            for (let d = 0; d < D; d++) {
              const y = together(d * T + at, d, used, lever.path === "driver" ? others : other, plain, sd);
              parts[id][d] += ((weight / 2) * sign * y) / (2 * STEP);
            }
          }
          yield;
        }
      }
      for (let d = 0; d < D; d++) {
        let sum = 0, size = 0;
        for (const id of active) {
          sum += parts[id][d];
          size += abs(parts[id][d]);
        }
        for (const id of active) if (size > 0) parts[id][d] += ((whole[d] - sum) * abs(parts[id][d])) / size;
      }
      return parts;
    }

    /** One year of paths (draws). */
    const column = (paths, t) => Float64Array.from({ length: D }, (_, d) => paths[d * T + t]);

    return { document, years: document.years, draws: D, levers, drivers, world, distance, run, contributions, column };
  }

  function toScale(value, { name, offset }) {
    if (name === "log") return log(value + offset);
    return name === "logit" ? log((value + offset) / (100 - value + offset)) : value;
  }

  function fromScale(scaled, { name, offset }) {
    if (name === "log") return max(exp(scaled) - offset, 0);
    return name === "logit" ? min(max((100 + 2 * offset) / (1 + exp(-scaled)) - offset, 0), 100) : scaled;
  }

  /** Quantile of sorted values, linear between order statistics. */
  function quantile(sorted, p) {
    const place = (sorted.length - 1) * p, low = floor(place), high = min(low + 1, sorted.length - 1);
    return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
  }

  /** Median, its Monte Carlo error and quantiles of a sample. */
  function spread(sample) {
    const sorted = Float64Array.from(sample).sort(), reach = sqrt(0.25 / sorted.length);
    const error = (quantile(sorted, min(0.5 + reach, 1)) - quantile(sorted, max(0.5 - reach, 0))) / 2;
    return { p50: quantile(sorted, 0.5), error, at: (p) => quantile(sorted, p) };
  }

  const mean = (sample) => sample.reduce((a, b) => a + b, 0) / sample.length;

  /** Share of a sample at or above a value, with its Monte Carlo error. */
  function probability(sample, value) {
    let count = 0;
    for (const one of sample) count += one >= value;
    const share = count / sample.length;
    return { share, error: sqrt((share * (1 - share)) / sample.length) };
  }

  /** Amounts (years) of a lever that builds up to a size in equal steps from one year to another and is then held. */
  const builtUp = (years, size, first, last) =>
    years.map((year) => size * min(max((year - first + 1) / (last - first + 1), 0), 1));

  /** A scenario file that `regional-econ policy run` answers on the page's own draws. settings: [lever, size] pairs. */
  function scenarioFile(model, { id, settings, first, last, price, target }) {
    const { document } = model, pulled = settings.filter(([, size]) => size > 0), years = [];
    for (let year = first; year <= last; year++) years.push(year);
    const assumption = pulled.some(([lever]) => model.levers.find((one) => one.id === lever).grade === "C");
    const pairs = (keys, values) => `[${keys.map((key, k) => `[${key}, ${values[k]}]`).join(", ")}]`;
    const shock = (name) =>
      typeof name === "string" ? `    - {regime: ${name}}` : `    - {variable: ${document.price.variable}, path: ${pairs(document.price.years, name)}}`;
    return [
      "# Run it on the draws of the page: regional-econ policy run FILE",
      'schema_version: "1"',
      "scenario:",
      `  id: ${id}`,
      "  baseline_ref: forecast.nc",
      "  draws_ref: policy_browser.json",
      `  start: ${document.years[0]}`,
      `  end: ${document.years[document.years.length - 1]}`,
      `  seed: ${document.seed}`,
      `  include_grades: [A, B${assumption ? ", C" : ""}]`,
      price ? `  shocks:\n${shock(price)}` : "  shocks: []",
      `  target: {outcome: ${document.outcome}, op: ">=", value: ${target.value}, year: ${target.year}, prob: ${target.prob}}`,
      pulled.length ? "  settings:" : "  settings: []",
      ...pulled.map(([lever, size]) => `    - {lever: ${lever}, path: ${pairs(years, builtUp(years, size, first, last))}}`),
      "",
    ].join("\n");
  }

  globalThis.regionalEconPolicy = { policyModel, quantile, spread, mean, probability, builtUp, scenarioFile, Z95 };
})();
