/* What test_specifications.py asks of the model of the declared specifications, in the page. */
({
  /* The choices of rows by driver, and the row that the choices lead back to. */
  decode([declared, asked]) {
    const model = regionalEcon.specifications;
    return Object.entries(asked).map(([driver, rows]) => {
      const plan = model.layout(declared, driver);
      return [plan.rows, rows.map((row) => {
        const made = model.choices(plan, row);
        return [made, model.rowOf(plan, made)];
      })];
    });
  },

  /* Rows of a driver with their numbers and places, and its sums by era. */
  numbers([main, driver, part, rows]) {
    const model = regionalEcon.specifications, { declared, drivers, level, t } = main, facts = { changes: drivers[driver].changes, level, t };
    const kinds = { float64: Float64Array, uint16: Uint16Array, uint8: Uint8Array };
    const unpacked = ({ type, data }) => new kinds[type](Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0)).buffer);
    const found = model.numbers(model.layout(declared, driver), part, unpacked, facts), asked = { options: {}, covariates: {} };
    const grid = model.gridOf([found]), sums = (how, split) => model.binned(found, asked, how, split, grid, main.delta);
    function bySpan(how) {
      const { rows, above, beyond, beneath, all, mass } = sums(how, "era"), medians = model.quantiles(found, asked, how, "era", [0.5], all);
      const whole = mass.reduce((sum, one) => sum + one, 0);
      return { rows: [...rows], above: [...above], beyond: [...beyond], beneath: [...beneath], all: [...all], mass: whole, medians: medians.flat() };
    }
    return {
      rows: rows.map((row) => ({ ...model.specification(found, row), ...model.standing(found, row, "all") })),
      sums: Object.fromEntries(["all", "deciding", "alike"].map((how) => [how, bySpan(how)])),
      held: [...sums("alike", "grp_per_head").rows]
    };
  },

  /* How many milliseconds an answer takes with more than a million invented rows, for three questions: the least of some
     tries, since other work on the machine is no part of it. */
  million(enough) {
    const model = regionalEcon.specifications, axis = (name, count) => [...Array(count).keys()].map((place) => name + place);
    const declared = {
      era: axis("era", 3).map((id) => ({ id, lags: [0, 1, 2] })), scale: ["ln", "logit"], weights: axis("w", 3), effects: axis("e", 2),
      sample: axis("s", 3), vintage: ["newest"], limits: [], drivers: [{ id: "x", measures: ["x"], covariates: [..."abcdefghijkl"] }]
    };
    const plan = model.layout(declared, "x"), planes = new Uint8Array(4 * plan.rows), ones = new Float64Array(plan.cells).fill(1);
    const bytes = new Uint8Array(Float32Array.from({ length: plan.rows }, (none, row) => 0.3 * Math.sin(row * 12.9898)).buffer);
    bytes.forEach((byte, place) => { planes[(place % 4) * plan.rows + (place >> 2)] = byte; });
    const names = ["estimate", "std_error", "n_obs", "n_regions", "weight", "deciding_weight"], part = Object.fromEntries(names.map((name) => [name, name]));
    const found = model.numbers(plan, part, (name) => (names.indexOf(name) < 2 ? planes : ones), { changes: [0.5], level: 7, t: { 0: 2 } });
    const grid = model.gridOf([found]), free = { options: {}, covariates: {} }, narrow = { options: { era: "era1" }, covariates: { c: "with" } };
    function once([asked, split]) {
      const start = performance.now(), sums = model.binned(found, asked, "all", split, grid, 0.5);
      model.quantiles(found, asked, "all", split, [0.05, 0.5, 0.95], sums.all);
      model.listed(found, asked, "all", [0.1, 0.2], 40, 20);
      return performance.now() - start;
    }
    function least(question) {
      let taken = Infinity;
      for (let tries = 0; tries < 20 && taken > enough; tries++) { taken = Math.min(taken, once(question)); }
      return taken;
    }
    return [plan.rows, [[free, "none"], [free, "count"], [narrow, "effects"]].map(least)];
  }
})
