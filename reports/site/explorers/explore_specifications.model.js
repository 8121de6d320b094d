/* The declared specifications: which row makes which choices, in the order of causal.declaration.Multiverse, and what all rows
   together say. Rows count from 1 within a driver; nothing of their choices is stored, all is decoded from the number. */
(function () {
  "use strict";
  const CELL = ["era", "scale", "weights", "lag", "effects", "measure", "sample", "vintage"];
  const BINS = 200;

  const admits = (limit, chosen) => chosen[limit.axis] !== limit.option ||
    Object.entries(limit.only).every(([axis, options]) => !(axis in chosen) || options.includes(chosen[axis]));

  /* Every admissible combination of choices but the covariates; a measure is "" where all terms stand in their first one. */
  function cells(declared) {
    const found = [], others = declared.drivers.flatMap((driver) => driver.measures.slice(1)), measures = ["", ...new Set(others)];
    for (const vintage of declared.vintage) for (const { id: era, lags } of declared.era) for (const lag of lags) for (const measure of measures)
      for (const scale of declared.scale) for (const weights of declared.weights) for (const effects of declared.effects) for (const sample of declared.sample) {
        const cell = { era, scale, weights, lag: String(lag), effects, measure, sample, vintage };
        if (declared.limits.every((limit) => admits(limit, cell))) { found.push(cell); }
      }
    return found;
  }

  /* Subsets of covariates as bits, the smaller first and each size in the order of the declaration. */
  function subsets(count) {
    const found = [];
    function grow(bits, next, missing) {
      if (!missing) { found.push(bits); return; }
      for (let place = next; place <= count - missing; place++) { grow(bits | (1 << place), place + 1, missing - 1); }
    }
    for (let size = 0; size <= count; size++) { grow(0, 0, size); }
    return found;
  }
  const bitsIn = (bits) => { let count = 0; for (let rest = bits; rest; rest &= rest - 1) { count++; } return count; };

  /* A driver's rows: `starts` of its cells, the code of each option of each axis by cell, and its subsets. */
  function layout(declared, id) {
    const driver = declared.drivers.find((one) => one.id === id);
    const options = {
      era: declared.era.map((era) => era.id), scale: declared.scale, weights: declared.weights,
      lag: [...new Set(declared.era.flatMap((era) => era.lags))].sort((a, b) => a - b).map(String),
      effects: declared.effects, measure: driver.measures, sample: declared.sample, vintage: declared.vintage
    };
    const own = cells(declared).filter((cell) => !cell.measure || driver.measures.includes(cell.measure));
    const sets = subsets(driver.covariates.length), sizes = sets.map(bitsIn), most = {};
    declared.effects.forEach((effects) => {
      const limits = declared.limits.filter((limit) => limit.axis === "effects" && limit.option === effects && limit.max_covariates !== null);
      most[effects] = Math.min(driver.covariates.length, ...limits.map((limit) => limit.max_covariates));
    });
    const counts = Object.fromEntries(declared.effects.map((effects) => [effects, sizes.filter((size) => size <= most[effects]).length]));
    const starts = new Int32Array(own.length + 1), codes = Object.fromEntries(CELL.map((axis) => [axis, new Uint8Array(own.length)])), places = new Map();
    own.forEach((cell, place) => {
      const chosen = { ...cell, measure: cell.measure || id };
      starts[place + 1] = starts[place] + counts[cell.effects];
      CELL.forEach((axis) => { codes[axis][place] = options[axis].indexOf(chosen[axis]); });
      places.set(CELL.map((axis) => chosen[axis]).join(" "), place);
    });
    const plan = { id, driver, options, codes, starts, sets, sizes, most, places, cells: own.length, rows: starts[own.length] };
    plan.cellOf = new Uint16Array(plan.rows);
    for (let cell = 0; cell < plan.cells; cell++) { plan.cellOf.fill(cell, starts[cell], starts[cell + 1]); }
    return plan;
  }

  /* The choices of a row, and the row of choices (0 where they are not admissible). */
  function choices(plan, row) {
    const cell = plan.cellOf[row - 1], bits = plan.sets[row - 1 - plan.starts[cell]];
    const chosen = Object.fromEntries(CELL.map((axis) => [axis, plan.options[axis][plan.codes[axis][cell]]]));
    return { ...chosen, covariates: plan.driver.covariates.filter((name, place) => bits >> place & 1) };
  }
  function rowOf(plan, chosen) {
    const cell = plan.places.get(CELL.map((axis) => chosen[axis]).join(" "));
    if (cell === undefined) { return 0; }
    const bits = plan.driver.covariates.reduce((all, name, place) => all | (chosen.covariates.includes(name) ? 1 << place : 0), 0);
    const set = plan.sets.indexOf(bits);
    return set < plan.starts[cell + 1] - plan.starts[cell] ? plan.starts[cell] + set + 1 : 0;
  }

  /* Whether some admissible cell makes these choices. */
  function possible(plan, chosen) {
    const asked = Object.entries(chosen).map(([axis, option]) => [plan.codes[axis], plan.options[axis].indexOf(option)]);
    for (let cell = 0; cell < plan.cells; cell++) {
      if (asked.every(([codes, code]) => codes[cell] === code)) { return true; }
    }
    return false;
  }

  /* From a coefficient to percentage points of the focal region, for a change of the driver (causal.scales.effect_pp). */
  function effect(coefficient, change, level, logs) {
    const shift = coefficient * change;
    return logs ? level * Math.expm1(shift) : 100 / (1 + (100 / level - 1) * Math.exp(-shift)) - level;
  }

  /* float32 numbers from their four planes of bytes, which pack better than the numbers. */
  function joined(planes, count) {
    const bytes = new Uint8Array(4 * count);
    for (let plane = 0; plane < 4; plane++) {
      for (let place = 0, from = plane * count; place < count; place++) { bytes[4 * place + plane] = planes[from + place]; }
    }
    return new Float32Array(bytes.buffer);
  }

  /* A driver's rows with their numbers. `changes` are by measure; `order` are the rows by their effect in
     percentage points, `sorted` what is read in that order, side by side, since a walk through memory is slow. */
  function numbers(plan, part, array, facts) {
    const read = (name) => array(part[name]);
    const found = {
      ...plan, changes: facts.changes, level: facts.level, t: facts.t,
      estimate: joined(read("estimate"), plan.rows), error: joined(read("std_error"), plan.rows),
      plain: read("std_error_iid"), digits: part.iid_digits,
      observations: read("n_obs"), regions: read("n_regions"), weight: read("weight"), deciding: read("deciding_weight")
    };
    const pp = new Float64Array(plan.rows), { starts, codes } = plan, ln = plan.options.scale.indexOf("ln");
    for (let cell = 0; cell < plan.cells; cell++) {
      const change = facts.changes[codes.measure[cell]], logs = codes.scale[cell] === ln;
      for (let row = starts[cell]; row < starts[cell + 1]; row++) { pp[row] = effect(found.estimate[row], change, facts.level, logs); }
    }
    const order = ordered(pp), cells = new Uint16Array(plan.rows), sets = new Uint16Array(plan.rows), effects = new Float64Array(plan.rows);
    for (let place = 0; place < plan.rows; place++) {
      const row = order[place], cell = plan.cellOf[row];
      cells[place] = cell;
      sets[place] = row - starts[cell];
      effects[place] = pp[row];
    }
    return Object.assign(found, { pp, order, sorted: { cells, sets, effects } });
  }

  /* Places of values in ascending order: by the bits of their float32, sixteen at a time. */
  function ordered(values) {
    const count = values.length, bits = new Uint32Array(Float32Array.from(values).buffer);
    for (let place = 0; place < count; place++) { bits[place] ^= bits[place] >>> 31 ? 0xffffffff : 0x80000000; }
    let from = Uint32Array.from(bits.keys()), to = new Uint32Array(count);
    for (const shift of [0, 16]) {
      const ends = new Uint32Array(65537);
      for (let place = 0; place < count; place++) { ends[(bits[place] >>> shift & 65535) + 1]++; }
      for (let key = 0; key < 65536; key++) { ends[key + 1] += ends[key]; }
      for (let place = 0; place < count; place++) { to[ends[bits[from[place]] >>> shift & 65535]++] = from[place]; }
      [from, to] = [to, from];
    }
    return from;
  }

  /* One specification: coefficient, error, 95 % interval, effect in percentage points, and its place among all. */
  function specification(found, row) {
    const cell = found.cellOf[row - 1], chosen = choices(found, row), t = found.t[found.regions[cell] - 1];
    const estimate = found.estimate[row - 1], error = found.error[row - 1], ends = [estimate - t * error, estimate + t * error];
    const change = found.changes[found.codes.measure[cell]], pp = (value) => effect(value, change, found.level, chosen.scale === "ln");
    return {
      row, ...chosen, estimate, error, plain: found.plain[row - 1] / 10 ** found.digits, low: ends[0], high: ends[1], change, pp: pp(estimate), pp_low: pp(ends[0]), pp_high: pp(ends[1]),
      observations: found.observations[cell], regions: found.regions[cell]
    };
  }
  function standing(found, row, how) {
    const own = found.pp[row - 1], weight = weights(found, how);
    let rank = 1, below = 0, all = 0;
    for (let cell = 0; cell < found.cells; cell++) {
      for (let place = found.starts[cell]; place < found.starts[cell + 1]; place++) {
        all += weight[cell];
        if (found.pp[place] < own) { rank++; below += weight[cell]; }
      }
    }
    return { rank, share: below / all };
  }

  /* What each row of a cell weighs: as in the evidence over all lags or over those that decide, or every row alike. */
  function weights(found, how) {
    const given = how === "deciding" ? found.deciding : found.weight;
    return Float64Array.from(given, (weight, cell) => (how === "alike" ? 1 : weight / (found.starts[cell + 1] - found.starts[cell])));
  }

  /* Which rows are asked for: `options` by axis and `covariates` by name ("with", "without"); what is not named is free.
     Returned: what a row of each cell weighs (0: left out), and which subsets are kept. */
  function kept(found, asked, how) {
    const weight = weights(found, how), axes = Object.entries(asked.options).map(([axis, option]) => [found.codes[axis], found.options[axis].indexOf(option)]);
    for (const [codes, code] of axes) {
      for (let cell = 0; cell < found.cells; cell++) { if (codes[cell] !== code) { weight[cell] = 0; } }
    }
    let held = 0, free = 0;
    found.driver.covariates.forEach((name, place) => {
      if (asked.covariates[name] === "with") { held |= 1 << place; }
      if (asked.covariates[name] === "without") { free |= 1 << place; }
    });
    return { weight, sets: Uint8Array.from(found.sets, (bits) => Number((bits & held) === held && !(bits & free))) };
  }

  /* The groups of a split: an axis, the number of covariates, or one covariate (its name). */
  function groups(found, split) {
    if (split === "none") { return { names: ["all"], cell: new Uint8Array(found.cells), set: null }; }
    if (split in found.codes) { return { names: found.options[split], cell: found.codes[split], set: null }; }
    if (split === "count") { return { names: [...new Set(found.sizes)].map(String), cell: null, set: Uint8Array.from(found.sizes) }; }
    const place = found.driver.covariates.indexOf(split);
    return { names: ["without", "with"], cell: null, set: Uint8Array.from(found.sets, (bits) => bits >> place & 1) };
  }

  /* One pass over the rows: histograms on a grid and sums by group; the ends of the grid take what lies beyond them. */
  function binned(found, asked, how, split, grid, delta) {
    const { weight, sets } = kept(found, asked, how), of = groups(found, split), count = of.names.length, { low, width, bins } = grid, scale = 1 / width;
    const mass = new Float64Array(count * bins), all = new Float64Array(count), rows = new Int32Array(count);
    const above = new Float64Array(count), beyond = new Float64Array(count), beneath = new Float64Array(count), { pp, starts } = found;
    for (let cell = 0; cell < found.cells; cell++) {
      const own = weight[cell], fixed = of.cell ? of.cell[cell] : -1;
      if (!own) { continue; }
      for (let row = starts[cell], set = 0; row < starts[cell + 1]; row++, set++) {
        if (!sets[set]) { continue; }
        const group = fixed < 0 ? of.set[set] : fixed, value = pp[row];
        let bin = (value - low) * scale | 0;
        bin = value < low || bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
        mass[group * bins + bin] += own;
        all[group] += own;
        rows[group]++;
        if (value > 0) { above[group] += own; }
        if (value > delta) { beyond[group] += own; } else if (value < -delta) { beneath[group] += own; }
      }
    }
    return { names: of.names, mass, all, rows, above, beyond, beneath };
  }

  /* Weighted quantiles by group: the least effect at or below which the share of the weight lies. */
  function quantiles(found, asked, how, split, shares, all) {
    const { weight, sets } = kept(found, asked, how), of = groups(found, split), count = of.names.length;
    const passed = new Float64Array(count), next = new Uint8Array(count), answer = of.names.map(() => shares.map(() => NaN));
    const { cells, sets: subset, effects } = found.sorted;
    for (let place = 0; place < found.rows; place++) {
      const cell = cells[place], own = weight[cell], set = subset[place];
      if (!own || !sets[set]) { continue; }
      const group = of.cell ? of.cell[cell] : of.set[set];
      passed[group] += own;
      while (next[group] < shares.length && passed[group] >= shares[next[group]] * all[group] * (1 - 1e-12)) { answer[group][next[group]++] = effects[place]; }
    }
    return answer;
  }

  /* Rows whose effect lies within bounds, in its order: their number and weight, and those from `first` on. */
  function listed(found, asked, how, bounds, first, most) {
    const { weight, sets } = kept(found, asked, how), { cells, sets: subset, effects } = found.sorted, rows = [];
    let count = 0, mass = 0;
    for (let place = placeOf(effects, bounds[0]); place < found.rows && effects[place] <= bounds[1]; place++) {
      const own = weight[cells[place]];
      if (!own || !sets[subset[place]]) { continue; }
      if (count >= first && rows.length < most) { rows.push(found.order[place] + 1); }
      mass += own;
      count++;
    }
    return { count, mass, rows };
  }
  /* The first place whose value reaches a bound. */
  function placeOf(values, bound) {
    let low = 0, high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] < bound) { low = middle + 1; } else { high = middle; }
    }
    return low;
  }

  /* A grid over the effects of some drivers whose zero is an edge: from the smallest to the largest of them. */
  function gridOf(many, bins = BINS) {
    const low = Math.min(...many.map((one) => one.sorted.effects[0])), high = Math.max(...many.map((one) => one.sorted.effects[one.rows - 1]));
    const steps = [1, 2, 2.5, 5].flatMap((step) => [-4, -3, -2, -1, 0, 1, 2].map((power) => step * 10 ** power)).sort((a, b) => a - b);
    const width = steps.find((step) => (high - low) / step <= bins - 2) || (high - low) / (bins - 2) || 1;
    const from = Math.floor(low / width);
    return { low: from * width, width, bins: Math.floor(high / width) - from + 1 };
  }

  window.regionalEcon.specifications = { CELL, admits, cells, layout, choices, rowOf, possible, effect, numbers, specification, standing, binned, quantiles, listed, gridOf };
})();
