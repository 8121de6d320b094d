/* The figures of the catalogue: unpacked by region and year, and traced to a cell or through a formula. */
(function () {
  "use strict";
  const SPAN = 100;

  /* Steps to numbers: each entry stands how far it is from the one before. */
  function summed(text) {
    const found = Int32Array.from(text.split(" "), Number);
    for (let place = 1; place < found.length; place += 1) { found[place] += found[place - 1]; }
    return found;
  }
  function letters(column) {
    let text = "";
    for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) { text = String.fromCharCode(65 + ((rest - 1) % 26)) + text; }
    return text;
  }

  /* The figures of one variable: `used(region, year)` is the one in use, `all(region, year)` those of every edition. */
  function unpacked(part, variable, regions, first) {
    const kind = summed(part.kind), region = summed(part.region), year = summed(part.year), row = summed(part.row), column = summed(part.column);
    const values = part.value.split(" "), at = new Map();
    kind.forEach((_, index) => {
      const key = region[index] * SPAN + year[index] - first;
      if (at.has(key)) { at.get(key).push(index); } else { at.set(key, [index]); }
    });
    function figure(index) {
      const [newest, vintage, source, prefix, status, scale] = part.kinds[kind[index]];
      return {
        variable, region: regions[region[index]].id, year: year[index], value: values[index] === "" ? null : Number(values[index]),
        newest: newest === 1, vintage, source, status, scale, place: prefix ? prefix + letters(column[index]) + row[index] : "",
        prefix, cell: letters(column[index]) + row[index]
      };
    }
    const all = (place, when) => (at.get(place * SPAN + when - first) || []).map(figure);
    const used = (place, when) => { const index = (at.get(place * SPAN + when - first) || [])[0]; return index !== undefined && part.kinds[kind[index]][0] === 1 ? figure(index) : null; };
    const every = () => Array.from(kind, (_, index) => figure(index));
    return { all, used, every, mends: part.mends };
  }

  /* What `regional-econ data trace` says: the figure with its place, or the formula with all that it reads. */
  window.regionalEcon.catalogue = (page) => {
    const { main } = page, first = main.years[0];
    const variables = Object.fromEntries(main.variables.map((one) => [one.id, one]));
    const regions = Object.fromEntries(main.regions.map((one, place) => [one.id, place]));
    const ready = {}, stated = new Map();

    async function load(name) {
      const needed = [name], wanted = new Set();
      while (needed.length) {
        const next = needed.pop();
        if (!wanted.has(next)) { wanted.add(next); needed.push(...(variables[next].inputs || [])); }
      }
      await Promise.all([...wanted].map(async (one) => { ready[one] = ready[one] || unpacked(await page.part(one), one, main.regions, first); }));
      return ready[name];
    }
    function node(variable, region, year) {
      const declared = variables[variable], found = ready[variable].used(regions[region], year);
      const told = found || { variable, region, year, value: null, vintage: "", source: "", place: "" };
      if (declared.formula) { return { ...told, status: "derived", formula: declared.formula, inputs: () => declared.reads[year].map(([name, when]) => node(name, region, when)) }; }
      if (!found) { return { ...told, status: "not_published" }; }
      const mend = ready[variable].mends.find((one) => one.source === found.source && one.region === region && one.year === year);
      const says = mend ? mend.expect : found.value;
      return { ...found, mend, raw: says === null ? null : Number((says / found.scale).toPrecision(15)) };
    }
    /* Why there is a figure or none: of a derived one without a figure, what is worst among those that it reads. */
    function status(variable, region, year) {
      const key = variable + " " + region + " " + year;
      if (!stated.has(key)) {
        const found = node(variable, region, year);
        let said = found.status;
        if (found.formula && found.value === null) {
          const below = variables[variable].reads[year].map(([name, when]) => status(name, region, when));
          said = ["confidential", "missing"].find((one) => below.includes(one)) || "not_published";
        }
        stated.set(key, said);
      }
      return stated.get(key);
    }
    return { variables, regions, load, node, status };
  };
})();
