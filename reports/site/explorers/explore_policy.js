/* The policy page: measures, a coal price and a target in; fans, probabilities and shares out. explore_policy.model.js counts. */
window.addEventListener("DOMContentLoaded", () => window.regionalEcon.explorer(async (page) => {
  "use strict";
  const { box, main, say, name, make, number, lang } = page, { document: told, start, measures } = main;
  const { policyModel, quantile, spread, mean, probability, builtUp, scenarioFile, Z95 } = window.regionalEconPolicy;
  const model = policyModel(told, unpacked()), years = told.years, T = years.length, price = told.price;
  const known = Object.fromEntries(model.levers.map((lever) => [lever.id, lever]));
  const driverOf = Object.fromEntries(model.drivers.map((driver) => [driver.id, driver]));
  const LEVELS = { lo95: 0.025, lo80: 0.1, lo50: 0.25, p50: 0.5, hi50: 0.75, hi80: 0.9, hi95: 0.975 };
  const BEGIN = { year: start.year, value: start.value, prob: start.probability, first: start.first, last: start.last, coal: "", source: "" };
  const LATEST = years[T - 1], EARLIEST = years[0] + 1;
  const PRICES = (measures.find((one) => one.cost) || { cost: { year: years[0] - 1 } }).cost.year;
  const sizes = {}, costs = {}, chosen = { ...BEGIN };
  const digitsOf = (step) => (String(step).split(".")[1] || "").length;
  const percent = (share, digits = 1) => number(100 * share, digits);
  const between = (from, to) => Array.from({ length: to - from + 1 }, (_, k) => [String(from + k), String(from + k)]);
  let world = model.world(null), worldKey = "", turn = 0, ran = null, plot = null;

  /* The skeleton: what is asked on top, measures beside what comes out, and below what takes longer to read. */
  const asked = make("div", "asked"), work = make("div", "workplace"), hand = make("div", "hand"), below = make("div", "below");
  const fields = {}, sliders = {}, badges = {};
  asked.append(aims(), coal());
  hand.append(pulls());
  const result = part("result"), figures = make("dl", "figures"), stand = make("p", "standing"), warnings = make("ul", "warnings");
  const picture = make("figure", "fan"), key = make("p", "key"), shares = make("div", "shares"), tools = make("div", "tools");
  const checked = make("p", "checked"), learned = part("learning");
  Object.assign(result, { tabIndex: 0 });
  result.setAttribute("role", "region");
  result.setAttribute("aria-label", say("result"));
  result.append(figures, stand, make("p", "axis", `${name(told.outcome)}, %`), picture, key, warnings);
  tools.append(page.button(say("save"), save), copyButton(), page.button(say("save_numbers"), saveNumbers), page.button(say("reset"), reset), page.button(say("check"), check));
  const command = make("code", "", "regional-econ policy run scenario.yml"), [before, after] = say("run", { command: "\u0000" }).split("\u0000");
  const how = make("p", "small");
  how.append(before, command, after);
  const about = make("p", "small", say("intervals", { draws: number(model.draws, 0), of: number(told.draws.of, 0), seed: told.seed }));
  const line = make("p", "answer-line");
  work.append(hand, result, line);
  below.append(tools, checked, how, about, shares, money(), learning());
  box.append(asked, work, below);

  take(page.state.read());
  page.state.follow((values) => { take(values); answer(); });
  await draw(answer());

  function unpacked() {
    const arrays = told.draws.arrays, numbers = new Float64Array(Object.values(arrays).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0));
    Object.entries(main.numbers).forEach(([id, values]) => numbers.set(page.array(values), arrays[id].offset));
    return numbers;
  }
  function part(title) {
    const section = make("section", "block");
    section.append(make("h2", "", say(title)));
    return section;
  }

  /* Controls. */
  function aims() {
    const section = part("aim"), grid = make("div", "controls");
    const put = (id, value) => { chosen[id] = value; answer(); };
    fields.value = page.slider(say("value"), { min: 1, max: 40, step: 0.5, show: (v) => number(v, 1) }, chosen.value, (v) => put("value", v));
    fields.prob = page.slider(say("prob"), { min: 0.05, max: 0.95, step: 0.05, show: (v) => `${percent(v, 0)} %` }, chosen.prob, (v) => put("prob", v));
    fields.year = page.select(say("year"), between(EARLIEST, LATEST), String(chosen.year), (v) => put("year", Number(v)));
    fields.first = page.select(say("first"), between(years[0], LATEST), String(chosen.first), (v) => { chosen.first = Number(v); chosen.last = Math.max(chosen.last, chosen.first); fields.last.control.value = chosen.last; answer(); });
    fields.last = page.select(say("last"), between(years[0], LATEST), String(chosen.last), (v) => { chosen.last = Number(v); chosen.first = Math.min(chosen.first, chosen.last); fields.first.control.value = chosen.first; answer(); });
    grid.append(...Object.values(fields));
    section.append(grid);
    return section;
  }
  function coal() {
    const section = part("coal"), grid = make("div", "controls"), about = make("p", "small");
    if (!price) {
      section.append(make("p", "small", say("coal_missing")));
      return section;
    }
    const last = price.years[price.years.length - 1], origin = price.years[0] - 1, named = Object.keys(price.declared).map((id) => [id, main.paths[id] ? main.paths[id][lang] : id]);
    fields.coal = page.select(say("coal_path"), [["", say("as_forecast")], ...named, ["own", say("own_path")]], "", (v) => { chosen.coal = v === "own" ? fields.level.control.value : v; answer(); });
    fields.level = page.slider(say("level", { year: last }), { min: 25, max: 150, step: 5, show: (v) => say("level_shown", { percent: number(v, 0), origin, price: number((price.last * v) / 100, 0) }) }, 100, (v) => { chosen.coal = String(v); answer(); });
    fields.about = about;
    grid.append(fields.coal, fields.level);
    section.append(grid, about);
    return section;
  }
  function pricePath() {
    if (!price || chosen.coal === "") { return null; }
    if (price.declared[chosen.coal]) { return price.declared[chosen.coal]; }
    const level = Number(chosen.coal) / 100, n = price.years.length;
    return price.years.map((_, k) => price.last * (1 + ((level - 1) * (k + 1)) / n));
  }
  function unitOf(lever, amount) {
    const kind = lever.path === "driver" ? "push" : lever.path === "treated" ? "percent" : "points";
    return say(kind, { amount: number(amount, digitsOf(lever.step || 1)) });
  }
  function priorOf(lever) { return lever.path === "driver" ? driverOf[lever.driver].elasticity.prior_share : 1; }
  function gradeOf(lever) { return lever.path === "driver" ? say("grade", { grade: lever.grade }) : say("assumed"); }
  function pulls() {
    const section = part("measures");
    section.append(make("p", "small", say("measures_about")));
    main.directions.forEach((direction) => {
      const group = make("details", "direction"), title = make("summary"), own = measures.filter((one) => `levers.direction.${one.direction}` === direction);
      badges[direction] = make("span", "count");
      title.append(make("span", "", name(direction)), badges[direction], make("small", "", say("counted", { on: own.filter((one) => known[one.id]).length, all: own.length })));
      group.open = own.some((one) => known[one.id] && known[one.id].grade !== "C") || direction === main.directions[0];
      group.append(title, ...own.map(pull));
      section.append(group);
    });
    return section;
  }
  function pull(measure) {
    const lever = known[measure.id], row = make("div", "pull"), label = `${measure.id} ${name(`policy.lever.${measure.id}`)}`;
    const range = lever ? { min: lever.min, max: lever.max, step: lever.step, show: (v) => (v ? unitOf(lever, v) : say("off")) } : { min: 0, max: 1, step: 1, show: () => say("no_path") };
    const field = page.slider(label, range, 0, (v) => { sizes[measure.id] = v; answer(); });
    field.title = measure.quote[lang];
    const about = make("p", "small");
    about.id = `about-${measure.id}`;
    field.control.setAttribute("aria-describedby", about.id);
    if (lever) {
      sliders[measure.id] = field;
      about.append(make("b", `grade ${lever.grade}`, gradeOf(lever)), "; ", [
        lever.path === "driver" ? say("moves", { driver: name(lever.driver) }) : say(lever.path === "treated" ? "treats" : "mining"),
        lever.path === "driver" ? say("prior", { share: number(priorOf(lever), 2) }) : null,
        lever.capacity !== null && lever.capacity < lever.max ? say("capped", { amount: unitOf(lever, lever.capacity) }) : null
      ].filter(Boolean).join("; "));
    } else {
      field.control.disabled = true;
      about.append(make("b", "grade", say("no_path")), ": ", measure.note[lang]);
    }
    row.append(field, about);
    return row;
  }

  /* Costs: only what the reader gives, with a source. */
  function money() {
    const section = part("costs");
    fields.costsAbout = make("p", "small");
    fields.costs = make("div", "controls");
    fields.source = page.search(say("source"), "", (v) => { chosen.source = v; answer(); });
    fields.source.control.type = "text";
    fields.total = make("p", "total");
    const row = make("div", "tools");
    row.append(page.button(say("official_costs"), officialCosts), page.button(say("save_costs"), saveCosts));
    section.append(fields.costsAbout, fields.costs, fields.source, row, fields.total);
    return section;
  }
  function pulled() { return Object.entries(sizes).filter(([, size]) => size > 0).sort(([a], [b]) => a.localeCompare(b)); }
  function costFields() {
    const ids = pulled().map(([id]) => id), shown = [...fields.costs.querySelectorAll("[data-lever]")].map((one) => one.dataset.lever);
    if (ids.join() === shown.join() && (ids.length || fields.costs.children.length)) { return; }
    fields.costs.replaceChildren(...(ids.length ? ids.map((id) => {
      const field = page.amount(say("cost", { measure: `${id} ${name(`policy.lever.${id}`)}` }), { min: 0, step: "any" }, costs[id] ?? "", (v) => { costs[id] = v; answer(); });
      field.dataset.lever = id;
      return field;
    }) : [make("p", "small", say("no_measures"))]));
  }
  function officialCosts() {
    const given = measures.filter((one) => one.cost);
    given.forEach((one) => { costs[one.id] = Math.round(one.cost.high); });
    chosen.source = chosen.source || (given.length ? say("official_source", { year: given[0].cost.year }) : "");
    fields.source.control.value = chosen.source;
    fields.costs.replaceChildren();
    answer();
  }
  function spent() {
    const until = years.indexOf(chosen.year), missing = [];
    let total = 0, some = false;
    pulled().forEach(([id, size]) => {
      const cost = costs[id];
      if (cost === null || cost === undefined || !(cost >= 0)) { missing.push(id); return; }
      some = true;
      const standard = measures.find((one) => one.id === id).standard;
      total += (cost * builtUp(years, size, chosen.first, chosen.last).slice(0, until + 1).reduce((a, b) => a + b, 0)) / standard;
    });
    return { total, some, missing };
  }

  /* State: what differs from the beginning stands in the address. */
  function take(values) {
    Object.assign(chosen, BEGIN);
    const within = (id, low, high) => { const v = Number(values[id]); if (values[id] !== undefined && v >= low && v <= high) { chosen[id] = v; } };
    within("value", 1, 40);
    within("prob", 0.05, 0.95);
    [["year", EARLIEST], ["first", years[0]], ["last", years[0]]].forEach(([id, low]) => { within(id, low, LATEST); chosen[id] = Math.round(chosen[id]); });
    chosen.last = Math.max(chosen.first, chosen.last);
    if (price && (price.declared[values.coal] || (Number(values.coal) >= 25 && Number(values.coal) <= 150))) { chosen.coal = values.coal; }
    chosen.source = values.source || "";
    Object.keys(sliders).forEach((id) => {
      const size = Number(values[id] || 0), cost = values[`cost.${id}`];
      sizes[id] = size > 0 && size <= known[id].max ? size : 0;
      costs[id] = cost === undefined || !(Number(cost) >= 0) ? null : Number(cost);
      sliders[id].put(sizes[id]);
      if (sizes[id]) { sliders[id].closest("details").open = true; }
    });
    ["value", "prob"].forEach((id) => fields[id].put(chosen[id]));
    ["year", "first", "last", "source"].forEach((id) => { fields[id].control.value = String(chosen[id]); });
    if (price) {
      const own = chosen.coal !== "" && !price.declared[chosen.coal];
      fields.coal.control.value = own ? "own" : chosen.coal;
      if (own) { fields.level.put(Number(chosen.coal)); }
    }
    fields.costs.replaceChildren();
  }
  function keep() {
    const changed = Object.fromEntries(Object.entries(chosen).map(([id, value]) => [id, value === BEGIN[id] ? "" : value]));
    const pulls = Object.fromEntries(pulled()), given = Object.fromEntries(pulled().filter(([id]) => costs[id] >= 0 && costs[id] !== null).map(([id]) => [`cost.${id}`, costs[id]]));
    page.state.write({ ...pulls, ...changed, ...given });
  }
  function reset() { take({}); answer(); }

  /* Answers. */
  function settings() { return { amounts: Object.fromEntries(pulled().map(([id, size]) => [id, builtUp(years, size, chosen.first, chosen.last)])) }; }
  function fan(paths) {
    return years.map((year, t) => {
      const sorted = model.column(paths, t).sort();
      return { year, ...Object.fromEntries(Object.entries(LEVELS).map(([id, p]) => [id, quantile(sorted, p)])) };
    });
  }
  function answer() {
    const began = performance.now(), path = pricePath(), at = years.indexOf(chosen.year), now = ++turn;
    if (worldKey !== String(chosen.coal)) { world = model.world(path); worldKey = String(chosen.coal); world.fan = null; }
    ran = model.run(settings(), world);
    world.fan = world.fan || fan(world.outcome);
    const after = pulled().length ? fan(ran.paths) : world.fan;
    const there = model.column(ran.paths, at), plain = model.column(world.outcome, at), gain = there.map((y, d) => y - plain[d]);
    const found = { after, before: world.fan, at, there, plain, gain, reached: probability(there, chosen.value), without: probability(plain, chosen.value), spreadGain: spread(gain), meanGain: mean(gain), path };
    show(found);
    const drawn = plot ? paint(found) : Promise.resolve();
    keep();
    drawn.then(() => { if (now === turn) { box.dataset.milliseconds = (performance.now() - began).toFixed(1); box.dataset.turn = now; } });
    clearTimeout(answer.waiting);
    answer.waiting = setTimeout(() => share(found, now), 120);
    return found;
  }
  function show(found) {
    const { reached, without, after, before, at, spreadGain, gain } = found, end = after[at], plain = before[at], on = pulled();
    const error = (one) => number(100 * Z95 * one.error, 1), two = (x) => number(x, 2), asked = percent(chosen.prob, 0);
    const near = Math.abs(reached.share - chosen.prob) <= Z95 * reached.error;
    const rows = [
      [say("reach", { value: number(chosen.value, 1), year: chosen.year }), say("chance", { share: percent(reached.share), error: error(reached) }),
        [on.length ? say("chance_without", { share: percent(without.share), error: error(without) }) : "", say(near ? "near" : reached.share > chosen.prob ? "enough" : "not_enough", { asked })]],
      [say("median", { year: chosen.year }), say("median_value", { mid: two(end.p50) }), [say("within", { low: two(end.lo80), high: two(end.hi80) }), on.length ? say("without", { mid: two(plain.p50), low: two(plain.lo80), high: two(plain.hi80) }) : ""]]
    ];
    if (on.length) {
      const worse = gain.reduce((count, one) => count + (one < 0), 0) / gain.length;
      rows.push([say("gain"), say("gain_value", { mid: number(spreadGain.p50, 2, true), error: two(Z95 * spreadGain.error) }), [say("within", { low: number(spreadGain.at(0.1), 2, true), high: number(spreadGain.at(0.9), 2, true) }), say("worse", { share: percent(worse) })]]);
    }
    figures.replaceChildren(...rows.map(([term, value, more]) => {
      const group = make("div"), detail = make("dd");
      detail.append(make("b", "", value), ...more.filter(Boolean).map((text) => make("span", "", text)));
      group.append(make("dt", "", term), detail);
      return group;
    }));
    const grades = on.map(([id]) => known[id].grade).sort(), weakest = grades[grades.length - 1];
    stand.textContent = on.length ? say("standing", { grade: weakest, share: number(Math.max(...on.map(([id]) => priorOf(known[id]))), 2) }) : say("nothing_on");
    const told = weakest === "C" ? [say("assumption")] : [];
    ran.outside.forEach((excess, v) => {
      const beyond = excess.filter((one) => one > 0);
      if (beyond.length) { told.push(say("outside", { driver: name(model.drivers[v].id), share: percent(beyond.length / model.draws), spread: two(1 + spread(beyond).p50) })); }
    });
    if (price) { coalShown(found.path, told); }
    warnings.replaceChildren(...told.map((text) => make("li", "", text)));
    measures.forEach(({ direction }) => { badges[`levers.direction.${direction}`].textContent = ""; });
    on.forEach(([id]) => { const badge = badges[`levers.direction.${measures.find((one) => one.id === id).direction}`]; badge.textContent = String(Number(badge.textContent || 0) + 1); });
    line.textContent = say("answer", { share: percent(reached.share), mid: two(end.p50) });
    page.announce(line.textContent);
    moneyShown(found);
  }
  function coalShown(path, told) {
    fields.level.control.disabled = fields.coal.control.value !== "own";
    if (!path) { fields.about.textContent = say("coal_forecast"); return; }
    const { sds, farther } = model.distance(path);
    fields.about.textContent = say("coal_about", { first: price.years[0], last: price.years[price.years.length - 1], path: path.map((one) => number(one, 0)).join(", "), sds: number(sds, 1), farther: percent(farther) });
    if (farther < 0.01) { told.push(say("far_path")); }
  }
  function moneyShown({ meanGain }) {
    costFields();
    fields.costsAbout.textContent = say("costs_about", { year: chosen.year, prices: PRICES });
    const { total, some, missing } = spent(), texts = [];
    if (some && !chosen.source.trim()) { texts.push(say("no_source")); }
    else if (some) { texts.push(meanGain > 0 ? say("total", { total: number(total, 0), point: number(total / meanGain, 0) }) : say("total_no_gain", { total: number(total, 0) })); }
    if (some && missing.length) { texts.push(say("total_missing", { measures: missing.join(", ") })); }
    fields.total.textContent = texts.join(" ");
  }

  /* Shares take longer than an answer: in small steps after it, given up when another one comes. */
  function share(found, now) {
    const on = pulled();
    if (!on.length) { shares.replaceChildren(); return; }
    const steps = model.contributions(ran, found.at);
    if (!shares.children.length) { shares.append(make("p", "small", say("computing"))); }
    (function go() {
      if (now !== turn) { return; }
      const until = performance.now() + 12;
      let step;
      do { step = steps.next(); } while (!step.done && performance.now() < until);
      if (step.done) { sharesShown(found, step.value, on); } else { setTimeout(go); }
    })();
  }
  function sharesShown({ gain, meanGain }, parts, on) {
    const row = (label, size, sample, marks) => {
      const { at } = spread(sample), own = mean(sample);
      return { own, cells: [label, size, number(own, 3, true), `${number(at(0.1), 2, true)}…${number(at(0.9), 2, true)}`, Math.abs(meanGain) > 1e-9 ? `${percent(own / meanGain, 0)} %` : "–", marks] };
    };
    const rows = on.map(([id, size]) => row(`${id} ${name(`policy.lever.${id}`)}`, unitOf(known[id], size), parts[id], `${known[id].grade}, ${number(priorOf(known[id]), 2)}`)).sort((a, b) => b.own - a.own);
    const whole = row(say("whole"), "", gain, "");
    const heads = [say("measure"), say("size"), [say("brings"), "right"], [say("interval"), "right"], [say("share"), "right"], [say("marks"), "right"]];
    shares.replaceChildren(page.table(say("parts", { year: chosen.year }), heads, [...rows, whole].map((one) => one.cells)), make("p", "small", say("parts_about")));
    box.dataset.shares = turn;
  }
  function learning() {
    const { rows, everything, declared, prior_share: prior } = main.learning, error = (one) => number(Z95 * one, 3);
    learned.append(make("p", "small", say("learning_about", { everything: number(everything.value, 3), error: error(everything.error), share: number(prior, 2) })));
    if (declared.group) { learned.append(make("p", "small", say("learning_declared", { levers: declared.levers, group: name(declared.group), value: number(declared.value, 3), error: error(declared.error) }))); }
    const lines = rows.filter((one) => one.value >= 0.0005).map((one) => [name(one.group), `${number(one.value, 3)} ± ${error(one.error)}`, `${percent(one.switches, 0)} %`]);
    learned.append(page.table("", [say("group"), [say("worth"), "right"], [say("switches"), "right"]], lines));
    return learned;
  }

  /* The chart: both fans in one frame. */
  async function draw(found) {
    const { before, after } = found;
    const { hue, muted, ink, accent } = page.colours, x = { field: "year", type: "quantitative", axis: { format: "d", title: null, grid: false, tickCount: 8, labelFlush: true }, scale: { nice: false, zero: false } };
    const y = (field, more) => ({ field, type: "quantitative", scale: { zero: true }, axis: { title: null }, ...more });
    const band = (data, level, colour, opacity) => ({ data: { name: data }, mark: { type: "area", color: colour, opacity, clip: true }, encoding: { x, y: y(`lo${level}`), y2: { field: `hi${level}` } } });
    const median = (data, colour, dash) => ({ data: { name: data }, mark: { type: "line", color: colour, strokeWidth: 2, strokeDash: dash, clip: true }, encoding: { x, y: y("p50") } });
    plot = await page.chart(picture, {
      height: 300,
      datasets: { before, after: copied(after), aim: aim(), history: main.history.map(([year, value]) => ({ year, value })) },
      layer: [
        band("before", 80, muted, 0.22), band("after", 95, hue, 0.14), band("after", 80, hue, 0.18), band("after", 50, hue, 0.26),
        median("before", muted, [4, 3]), median("after", hue, [1, 0]),
        { data: { name: "history" }, mark: { type: "line", color: ink, strokeWidth: 1.5, point: { color: ink, size: 22 } }, encoding: { x, y: y("value") } },
        { data: { name: "aim" }, mark: { type: "rule", color: accent, strokeDash: [2, 3], strokeWidth: 1.5 }, encoding: { y: y("value") } },
        { data: { name: "aim" }, mark: { type: "point", color: accent, filled: true, size: 70, opacity: 1 }, encoding: { x, y: y("value") } }
      ]
    }, inWords(found));
    key.replaceChildren(...[["with_measures", "solid"], ["without_measures", "dashed"], ["official", "plain"], ["target", "dotted"]].map(([id, kind]) => {
      const entry = make("span", kind);
      entry.append(make("i"), say(id));
      return entry;
    }));
  }
  function copied(rows) { return rows.map((row) => ({ ...row })); } // a row belongs to one set of data
  function aim() { return [{ year: chosen.year, value: chosen.value }]; }
  function inWords({ after, before, at }) {
    const end = after[at], plain = before[at], one = (x) => number(x, 1);
    return say("chart", { year: chosen.year, mid: one(end.p50), low: one(end.lo80), high: one(end.hi80), mid_without: one(plain.p50), low_without: one(plain.lo80), high_without: one(plain.hi80) });
  }
  function paint(found) {
    const { before, after } = found;
    plot.tell(inWords(found));
    plot.view.data("before", before).data("after", copied(after)).data("aim", aim());
    return plot.view.runAsync();
  }

  /* What leaves the page. */
  function save() {
    const coalPath = pricePath(), given = chosen.coal !== "" && price && price.declared[chosen.coal] ? chosen.coal : coalPath;
    page.download("scenario.yml", scenarioFile(model, { id: "page", settings: pulled(), first: chosen.first, last: chosen.last, price: given, target: chosen }), "text/yaml");
  }
  function saveNumbers() {
    const heads = ["path", "year", ...Object.keys(LEVELS)];
    const rows = [["without_measures", world.fan], ["with_measures", fan(ran.paths)]].flatMap(([id, fans]) => fans.map((row) => [id, row.year, ...Object.keys(LEVELS).map((level) => row[level])]));
    page.download("policy_" + lang + ".csv", page.csv([heads, ...rows], location.href.split("#")[1] || ""), "text/csv");
  }
  function saveCosts() {
    const given = pulled().filter(([id]) => costs[id] !== null && costs[id] !== undefined);
    if (!given.length || !chosen.source.trim()) { page.announce(say("no_source")); fields.total.textContent = say("no_source"); return; }
    const lines = given.map(([id]) => `  - {lever: ${id}, cost: ${costs[id] * 1e6}, unit: rub a standard push a year, price_year: ${PRICES}, source: ${JSON.stringify(chosen.source)}}`);
    page.download("costs.yml", ["costs:", ...lines, ""].join("\n"), "text/yaml");
  }
  function copyButton() {
    return page.button(say("link"), async () => { await navigator.clipboard.writeText(location.href); page.announce(say("copied")); checked.textContent = say("copied"); });
  }
  async function check() {
    const { vectors } = await page.part("tests");
    let failed = 0, worst = 0;
    for (let k = 0; k < vectors.length; k++) {
      const vector = vectors[k], tried = model.run(vector, model.world(vector.price));
      let apart = 0;
      years.forEach((_, t) => {
        const expected = vector.mean[t];
        apart = Math.max(apart, Math.abs(mean(model.column(tried.paths, t)) - expected) / expected / vector.tolerance);
      });
      failed += !(apart <= 1);
      worst = Math.max(worst, apart);
      checked.textContent = say("checking", { done: k + 1, all: vectors.length });
      await new Promise((go) => setTimeout(go));
    }
    checked.textContent = failed ? say("failed", { failed, all: vectors.length }) : say("checked", { all: vectors.length, worst: number(Number(worst.toPrecision(1)), Math.min(9, Math.max(0, -Math.floor(Math.log10(worst || 1))))) });
    page.announce(checked.textContent);
  }
}));
