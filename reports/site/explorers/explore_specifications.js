/* All computed specifications: how they spread, by any choice, and which of them lie where. */
window.addEventListener("DOMContentLoaded", () => window.regionalEcon.explorer(async (page) => {
  "use strict";
  const { box, main, say, make, number } = page, model = window.regionalEcon.specifications, named = model.names(page);
  const HOW = ["deciding", "all", "alike"], drivers = model.drivers(main), SHARES = [0.05, 0.5, 0.95], MOST = 20, START = { driver: "", split: "none", how: "deciding", low: "", high: "", first: "0" };
  const chosen = {}, pp = (value) => number(value, 2, true), percent = (share) => say("percent", { share: number(100 * share, 0) });
  let latest = 0;
  const plans = Object.fromEntries(drivers.map((id) => [id, model.layout(model.declaration(main, id), id)]));

  const form = make("div", "controls"), filters = make("details", "filters"), axes = make("div", "controls"), tools = make("p", "tools");
  const count = make("p", "found"), stage = make("div"), told = make("p", "note"), groups = make("div"), list = make("div", "listed");
  const bounds = make("div", "controls"), within = make("p", "found"), rows = make("ol", "regressions"), turns = make("p", "tools"), summary = make("summary");
  const fields = {
    driver: page.select(say("driver"), [["", say("all_drivers")], ...drivers.map((id) => [id, named.term(id)])], "", (value) => { leaveDriver(); choose("driver", value); }),
    split: page.select(say("split"), [["none", say("split_none")]], "none", (value) => choose("split", value)),
    how: page.select(say("how"), HOW.map((how) => [how, say("how_" + how)]), "deciding", (value) => choose("how", value)),
    low: page.amount(say("low"), { step: 0.1 }, "", (value) => choose("low", value === null ? "" : value)),
    high: page.amount(say("high"), { step: 0.1 }, "", (value) => choose("high", value === null ? "" : value))
  };
  const earlier = page.button(say("earlier"), () => turn(-MOST)), later = page.button(say("later"), () => turn(MOST)), where = make("span");
  form.append(fields.driver, fields.split, fields.how);
  filters.append(summary, axes);
  tools.append(page.button(say("reset"), () => { take({}); show(); }));
  bounds.append(fields.low, fields.high);
  turns.append(earlier, where, later, page.button(say("csv"), save));
  list.append(make("h2", "", say("list")), make("p", "note", say("list_told")), bounds, within, rows, turns);
  const drawn_told = make("p", "note", say("chart_told", { region: page.name(main.region), level: number(main.level, 2), year: String(main.year) }));
  box.append(form, filters, tools, count, stage, drawn_told, groups, told, list);
  const chart = await model.density(page, stage, say("chart"));
  pointer();
  take(page.state.read());
  page.state.follow((values) => { take(values); show(); });
  await show();

  /* The state: what the address says, as far as it is known. */
  function take(values) {
    Object.keys(chosen).forEach((key) => delete chosen[key]);
    Object.assign(chosen, START, values);
    if (!drivers.includes(chosen.driver)) { chosen.driver = ""; }
    if (!HOW.includes(chosen.how)) { chosen.how = START.how; }
    ["low", "high"].forEach((key) => { if (!Number.isFinite(Number(chosen[key]))) { chosen[key] = ""; } });
    chosen.first = String(Math.max(0, Math.floor(Number(chosen.first)) || 0));
    const { options } = plans[chosen.driver || drivers[0]];
    model.CELL.forEach((axis) => { if (!options[axis].includes(chosen[axis])) { delete chosen[axis]; } });
    filters.open = filters.open || asked(true).length > 0;
  }
  function choose(key, value) {
    chosen[key] = value;
    if (key !== "first") { chosen.first = "0"; }
    show();
  }
  function leaveDriver() {
    ["measure", "split", ...Object.keys(chosen).filter((key) => key.startsWith("with."))].forEach((key) => { delete chosen[key]; });
    chosen.split = "none";
  }
  function turn(step) { choose("first", String(Math.max(0, Number(chosen.first) + step))); }
  function asked(only) {
    const options = Object.fromEntries(model.CELL.filter((axis) => chosen[axis] && (chosen.driver || axis !== "measure")).map((axis) => [axis, chosen[axis]]));
    const own = chosen.driver ? plans[chosen.driver].driver.covariates : [];
    const covariates = Object.fromEntries(own.filter((name) => chosen["with." + name]).map((name) => [name, chosen["with." + name]]));
    return only ? [...Object.keys(options), ...Object.keys(covariates)] : { options, covariates };
  }

  /* Every control offers what goes with the others. */
  function offer() {
    const plan = plans[chosen.driver || drivers[0]], { options } = asked();
    const splits = chosen.driver
      ? ["none", ...model.CELL.filter((axis) => plan.options[axis].length > 1), "count"].map((id) => [id, splitName(id)]).concat(plan.driver.covariates.map((id) => [id, say("split_covariate", { name: named.term(id) })]))
      : [["none", say("split_driver")]];
    if (!splits.some(([id]) => id === chosen.split)) { chosen.split = "none"; }
    fields.split.offer(splits, chosen.split);
    fields.split.control.disabled = !chosen.driver;
    fields.driver.control.value = chosen.driver;
    fields.how.control.value = chosen.how;
    ["low", "high"].forEach((key) => { if (document.activeElement !== fields[key].control) { fields[key].control.value = chosen[key]; } });
    const focus = document.activeElement && document.activeElement.name, shown = model.CELL.filter((axis) => chosen.driver || axis !== "measure");
    axes.replaceChildren(...shown.map((axis) => {
      const others = { ...options };
      delete others[axis];
      const free = plan.options[axis].map((id) => [id, named.option(axis, id), model.possible(plan, { ...others, [axis]: id }) ? "" : say("no_such")]);
      return labelled(axis, page.select(named.axis(axis), [["", say("any")], ...free], chosen[axis] || "", (value) => choose(axis, value)));
    }), ...(chosen.driver ? plan.driver.covariates : []).map((id) => {
      const key = "with." + id, ways = [["", say("any")], ["with", say("with")], ["without", say("without")]];
      return labelled(key, page.select(say("covariate", { name: named.term(id) }), ways, chosen[key] || "", (value) => choose(key, value)));
    }));
    if (focus && axes.querySelector('[name="' + focus + '"]')) { axes.querySelector('[name="' + focus + '"]').focus(); }
    const set = asked(true).length;
    summary.textContent = set ? say("filters_set", { count: set }) : say("filters");
  }
  function labelled(name, field) { field.control.name = name; return field; }
  function splitName(id) { return id === "none" ? say("split_none") : id === "count" ? say("split_count") : named.axis(id); }
  function groupName(id, name) {
    if (!chosen.driver) { return named.term(id); }
    if (chosen.split === "none") { return named.term(id); }
    if (chosen.split === "count") { return name; }
    if (chosen.split in plans[id].codes) { return named.option(chosen.split, name); }
    return say(name);
  }

  /* One answer to a change: bins, sums, quantiles and a page of the list. */
  async function show() {
    const turnOf = ++latest;
    box.setAttribute("aria-busy", "true");
    offer();
    write();
    const found = await Promise.all((chosen.driver ? [chosen.driver] : drivers).map((id) => model.driver(page, id)));
    if (turnOf !== latest) { return; }
    const start = performance.now(), question = asked(), grid = model.gridOf(found), split = chosen.driver ? chosen.split : "none";
    const parts = found.map((one) => {
      const sums = model.binned(one, question, chosen.how, split, grid, main.delta);
      return { one, sums, quantiles: model.quantiles(one, question, chosen.how, split, SHARES, sums.all) };
    });
    const lines = parts.flatMap(({ one, sums, quantiles }) => sums.names.map((name, place) => ({
      id: one.id, name, rows: sums.rows[place], quantiles: quantiles[place],
      above: sums.above[place] / sums.all[place], beyond: sums.beyond[place] / sums.all[place], beneath: sums.beneath[place] / sums.all[place]
    }))).filter((line) => line.quantiles.every(Number.isFinite));
    const total = lines.reduce((sum, line) => sum + line.rows, 0), of = found.reduce((sum, one) => sum + one.rows, 0);
    count.textContent = total ? say("found", { count: number(total, 0), total: number(of, 0) }) : say("nothing");
    page.announce(count.textContent);
    const drawn = chart.show(model.areas(parts, grid), lines.map((line) => groupName(line.id, line.name) + " · " + number(line.rows, 0)), lines.map((line) => line.quantiles[1]), band(grid));
    groups.replaceChildren(table(lines));
    evidence(chosen.driver);
    enumerate(found, question, parts.reduce((sum, { sums }) => sums.all.reduce((one, other) => one + other, sum), 0));
    await drawn;
    if (turnOf === latest) { box.removeAttribute("aria-busy"); }
    performance.measure("specifications", { start });
  }
  function band(grid) {
    const [low, high] = limits(), ends = [grid.low, grid.low + grid.bins * grid.width];
    return Number.isFinite(low) || Number.isFinite(high) ? [Math.max(low, ends[0]), Math.min(high, ends[1])] : null;
  }
  function limits() { return [chosen.low === "" ? -Infinity : Number(chosen.low), chosen.high === "" ? Infinity : Number(chosen.high)]; }
  function write() {
    const kept = Object.fromEntries(Object.entries(chosen).filter(([key, value]) => value !== START[key]));
    page.state.write(kept);
  }

  function table(lines) {
    const right = (text) => [text, "right"], head = chosen.driver ? (chosen.split === "none" ? say("driver") : chosen.split in plans[chosen.driver].codes || chosen.split === "count" ? splitName(chosen.split) : named.term(chosen.split)) : say("driver");
    const delta = number(main.delta, 1), heads = [head, right(say("count")), right(say("median")), right(say("range")), right(say("above")), right(say("beyond", { delta })), right(say("beneath", { delta }))];
    const grid = page.table(say("groups"), heads, lines.map((line) => [
      pick(line), number(line.rows, 0), pp(line.quantiles[1]), say("interval", { low: pp(line.quantiles[0]), high: pp(line.quantiles[2]) }),
      percent(line.above), percent(line.beyond), percent(line.beneath)
    ]));
    grid.style.setProperty("--parts", "15");
    return grid;
  }
  /* A group is chosen by a click on its name: it becomes the condition, and no split remains. */
  function pick(line) {
    const text = groupName(line.id, line.name), split = chosen.split;
    if (chosen.driver && (split === "none" || split === "count")) { return text; }
    const button = make("button", "pick", text);
    button.type = "button";
    button.title = say("only");
    button.addEventListener("click", () => {
      if (!chosen.driver) { leaveDriver(); choose("driver", line.id); return; }
      chosen[split in plans[line.id].codes ? split : "with." + split] = line.name;
      filters.open = true;
      choose("split", "none");
    });
    return button;
  }
  function evidence(id) {
    const known = id && main.drivers[id].evidence;
    if (!known) { told.textContent = say("evidence_all", { delta: number(main.delta, 1) }); return; }
    const [low, middle, high] = known.interval, { sign } = model.about(main, id);
    told.textContent = say(sign > 0 ? "evidence_up" : "evidence_down", {
      low: pp(low), middle: pp(middle), high: pp(high), delta: number(main.delta, 1),
      beyond: percent(known.beyond), sign: percent(known.right_sign), negligible: percent(known.negligible)
    });
  }

  /* The specifications within the bounds, by driver and by effect, a page at a time. */
  function enumerate(found, question, weight) {
    const first = Number(chosen.first) || 0;
    let before = 0, mass = 0;
    const lines = [];
    found.forEach((one) => {
      const part = model.listed(one, question, chosen.how, limits(), Math.max(0, first - before), MOST - lines.length);
      part.rows.forEach((row) => lines.push([one, model.specification(one, row)]));
      before += part.count;
      mass += part.mass;
    });
    within.textContent = say("within", { count: number(before, 0), share: percent(weight ? mass / weight : 0) });
    const open = model.CELL.filter((axis) => !question.options[axis] && (chosen.driver || axis !== "measure"));
    rows.replaceChildren(...lines.map(([one, line]) => {
      const item = make("li"), numbers = make("p"), choices = [...open.map((axis) => named.option(axis, line[axis])), say("held", { names: named.covariates(line.covariates) })];
      if (!chosen.driver) { choices.unshift(named.term(one.id)); }
      numbers.append(link(one, line), make("b", "", say("pp", { effect: pp(line.pp) })), say("ends", { low: pp(line.pp_low), high: pp(line.pp_high) }), make("span", "", page.plural("observations", line.observations)));
      item.append(numbers, make("p", "", choices.join(" · ")));
      return item;
    }));
    where.textContent = before ? say("turn", { first: number(first + 1, 0), last: number(first + lines.length, 0), count: number(before, 0) }) : "";
    earlier.disabled = first <= 0;
    later.disabled = first + MOST >= before;
  }
  function link(one, line) {
    const to = make("a", "", say("row", { row: number(line.row, 0) }));
    to.href = model.address(one.id, line);
    to.title = say("to_workbench");
    return to;
  }
  async function save() {
    const found = await Promise.all((chosen.driver ? [chosen.driver] : drivers).map((id) => model.driver(page, id)));
    const columns = ["row", "estimate", "error", "pp", "pp_low", "pp_high", "observations", "regions", ...model.CELL];
    const lines = found.flatMap((one) => model.listed(one, asked(), chosen.how, limits(), 0, Infinity).rows.map((row) => {
      const line = model.specification(one, row);
      return [one.id, ...columns.map((name) => (typeof line[name] === "number" && !Number.isInteger(line[name]) ? Number(line[name].toPrecision(6)) : line[name])), line.covariates.join("+") || "none"];
    }));
    page.download("specifications.csv", page.csv([["driver", ...columns, "covariates"], ...lines]), "text/csv");
  }

  /* The mouse marks an interval of the density; a click takes it back. */
  function pointer() {
    let from = null;
    const at = (event) => {
      const svg = stage.querySelector("svg"), frame = svg.getBoundingClientRect(), shrunk = frame.width / svg.viewBox.baseVal.width || 1;
      return chart.view.scale("x").invert((event.clientX - frame.left) / shrunk - chart.view.origin()[0]);
    };
    stage.classList.add("brush");
    stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch" || event.button) { return; }
      event.preventDefault();
      from = at(event);
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => { if (from !== null) { mark(from, at(event)); } });
    stage.addEventListener("pointerup", (event) => {
      if (from === null) { return; }
      if (Math.abs(at(event) - from) < 0.01) { Object.assign(chosen, { low: "", high: "" }); choose("first", "0"); }
      from = null;
    });
  }
  function mark(one, other) {
    const [low, high] = [Math.min(one, other), Math.max(one, other)].map((value) => String(Math.round(100 * value) / 100));
    Object.assign(chosen, { low, high });
    choose("first", "0");
  }
}));
