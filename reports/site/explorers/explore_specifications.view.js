/* What the pages about the declared specifications share: names of choices, a driver's numbers, links, and the density. */
(function () {
  "use strict";
  const model = window.regionalEcon.specifications, BAND = 78, PEAK = 0.62;

  function names(page) {
    const of = { weights: "weight" }, { declared } = page.main, term = (id) => page.name("causal.term." + id);
    const both = (text) => (text ? text[page.lang] : "");
    return {
      term,
      axis: (axis) => page.name("causal.choice." + axis),
      option: (axis, id) => page.name("causal." + (of[axis] || axis) + "." + id),
      covariates: (ids) => (ids.length ? ids.map(term).join(", ") : page.say("none")),
      reason(axis, id, driver) {
        if (axis === "measure" || axis === "covariates") { return both(declared.drivers.find((one) => one.id === driver).reasons[id]); }
        return both(declared.reasons[axis + "." + id]);
      }
    };
  }

  /* A driver's rows with their numbers, read once. */
  const known = {};
  function driver(page, id) {
    const { declared, drivers, level, t } = page.main;
    known[id] = known[id] || page.part(id).then((part) => model.numbers(model.layout(declared, id), part, page.array, { changes: drivers[id].changes, level, t }));
    return known[id];
  }

  /* The address of one specification on the workbench, and its state there. */
  const state = (id, chosen) => ({ driver: id, ...Object.fromEntries(model.CELL.map((axis) => [axis, chosen[axis]])), covariates: chosen.covariates.join(" ") || "none" });
  const address = (id, chosen) => "explore_workbench.html#" + new URLSearchParams(state(id, chosen));
  const command = (id, row) => "regional-econ causal multiverse --driver " + id + " --row " + row;

  /* Rows of a chart from histograms: an area a group, all on one scale of density, the first group on top. */
  function areas(parts, grid) {
    const groups = parts.flatMap(({ sums }) => sums.names.map((name, place) => ({ sums, place }))).filter(({ sums, place }) => sums.all[place] > 0);
    const density = ({ sums, place }, bin) => sums.mass[place * grid.bins + bin] / sums.all[place];
    let top = 0;
    groups.forEach((group) => { for (let bin = 0; bin < grid.bins; bin++) { top = Math.max(top, density(group, bin)); } });
    const found = { areas: [], count: groups.length, from: grid.low, to: grid.low + grid.bins * grid.width };
    groups.forEach((group, place) => {
      const base = groups.length - 1 - place;
      for (let bin = 0; bin <= grid.bins; bin++) {
        const height = bin < grid.bins ? PEAK * density(group, bin) / top : 0;
        found.areas.push({ pp: grid.low + bin * grid.width, base, top: base + height, group: place });
      }
    });
    return found;
  }

  /* The density chart: `show` draws groups with names and medians, a chosen band, and one specification with its interval. */
  async function density(page, element, told) {
    const { ink, muted, rule, hue, accent, shades } = page.colours, { delta } = page.main;
    const x = { field: "pp", type: "quantitative", axis: { title: null, grid: false, tickCount: 7, ticks: true, domain: true, domainColor: rule }, scale: { domain: [0, 1], domainRaw: { expr: "[from, to]" }, nice: false, zero: false } };
    const y = (field) => ({ field, type: "quantitative", axis: null, scale: { domain: [0, 1], domainRaw: { expr: "[0, groups]" }, nice: false, zero: false } });
    const lines = [{ pp: 0, dash: 0 }, { pp: delta, dash: 1 }, { pp: -delta, dash: 1 }];
    const chart = await page.chart(element, {
      data: { name: "areas", values: [] },
      height: BAND,
      params: [{ name: "groups", value: 1 }, { name: "from", value: -1 }, { name: "to", value: 1 }],
      layer: [
        { data: { name: "band", values: [] }, mark: { type: "rect", color: shades[0] }, encoding: { x: { ...x, field: "low" }, x2: { field: "high" } } },
        { mark: { type: "area", interpolate: "step-after", color: shades[2], line: { color: hue, strokeWidth: 1, interpolate: "step-after" } },
          encoding: { x, y: y("top"), y2: { field: "base" }, detail: { field: "group" } } },
        { data: { values: lines }, mark: { type: "rule", color: muted }, encoding: { x, strokeDash: { field: "dash", type: "ordinal", scale: { domain: [0, 1], range: [[1, 0], [4, 3]] }, legend: null } } },
        { data: { name: "medians", values: [] }, mark: { type: "rule", color: ink, strokeWidth: 2 }, encoding: { x, y: y("base"), y2: { field: "top" } } },
        { data: { name: "names", values: [] }, mark: { type: "text", align: "left", baseline: "top", fontSize: 12, color: ink, limit: 700, stroke: page.colours.paper, strokeWidth: 3, strokeOpacity: 0.9 }, encoding: { x: { value: 0 }, y: y("at"), text: { field: "name" } } },
        { data: { name: "names", values: [] }, mark: { type: "text", align: "left", baseline: "top", fontSize: 12, color: ink, limit: 700 }, encoding: { x: { value: 0 }, y: y("at"), text: { field: "name" } } },
        { data: { name: "own", values: [] }, mark: { type: "rule", color: accent, strokeWidth: 3 }, encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y: y("at") } },
        { data: { name: "own", values: [] }, mark: { type: "rule", color: accent, strokeWidth: 1.5 }, encoding: { x, y: { value: "height" }, y2: { value: 0 } } },
        { data: { name: "own", values: [] }, mark: { type: "point", filled: true, size: 90, opacity: 1, color: accent }, encoding: { x, y: y("at") } }
      ]
    }, told);
    const { view } = chart;
    return {
      tell: chart.tell,
      view,
      show(drawn, labels, medians, band, own) {
        const at = (place) => drawn.count - 1 - place, count = Math.max(drawn.count, 1);
        view.signal("groups", count).signal("from", drawn.from).signal("to", drawn.to).height(BAND * count + 26)
          .data("areas", drawn.areas)
          .data("names", labels.map((name, place) => ({ name, at: at(place) + 0.94 })))
          .data("medians", medians.map((pp, place) => ({ pp, base: at(place), top: at(place) + 0.14 })))
          .data("band", band ? [{ low: band[0], high: band[1] }] : [])
          .data("own", own ? [{ ...own, at: 0.74 }] : []);
        return view.runAsync();
      }
    };
  }

  Object.assign(model, { names, driver, state, address, command, areas, density });
})();
