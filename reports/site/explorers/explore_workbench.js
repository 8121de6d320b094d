/* The regression workbench: one computed specification, every choice of which can be changed, and its place among all. */
window.addEventListener("DOMContentLoaded", () => window.regionalEcon.explorer(async (page) => {
  "use strict";
  const { box, main, say, make, number } = page, model = window.regionalEcon.specifications, named = model.names(page);
  const drivers = model.drivers(main), declared = () => model.declaration(main, driver);
  const ORDER = ["measure", "era", "lag", "scale", "weights", "effects", "sample", "vintage"]; // later choices give way to earlier ones
  const plans = Object.fromEntries(drivers.map((id) => [id, model.layout(model.declaration(main, id), id)])), chosen = {};
  let driver = drivers[0], latest = 0;

  const bench = make("div", "bench"), form = make("div", "choices"), answer = make("div", "answer-box"), told = make("p", "moved"), stage = make("div"), fields = {};
  const big = make("p", "big"), under = make("p", "kind"), facts = make("dl", "facts"), line = make("code"), verdict = make("div", "verdict-line");
  told.hidden = true;
  const pinned = make("p", "pinned"), chart_told = make("p", "why", say("chart_told"));
  [["outcome", [[main.outcome, page.name(main.outcome)]]], ["driver", drivers.map((id) => [id, named.term(id)])]].forEach(([key, options]) => {
    form.append(fields[key] = choice(page.select(say(key), options, options[0][0], (value) => { driver = value; settle(model.CELL); show(); })));
  });
  fields.outcome.told.textContent = say("outcome_told");
  ORDER.forEach((axis) => {
    form.append(fields[axis] = choice(page.select(named.axis(axis), [], "", (value) => { chosen[axis] = value; settle([axis]); show(); })));
  });
  form.append(fields.errors = choice(page.select(say("errors"), [["cluster", say("errors_cluster")]], "cluster", () => undefined)));
  fields.errors.told.textContent = say("errors_told");
  const covariates = make("fieldset", "choice covariates"), never = make("details"), list = make("ul");
  never.append(make("summary", "", say("never")), list);
  form.append(covariates, never);
  const rerun = make("div", "rerun"), tools = make("p", "tools"), among = make("a", "", say("among"));
  rerun.append(make("p", "", say("rerun")), line);
  tools.append(page.button(say("copy"), copy), page.button(say("reset"), () => { take({}); show(); }), among);
  pinned.setAttribute("aria-hidden", "true"); // it repeats the answer where the choices push it out of sight
  answer.append(under, big, told, stage, chart_told, facts, verdict);
  bench.append(form, answer);
  box.append(pinned, bench, rerun, tools);
  const chart = await model.density(page, stage, say("chart"));
  take(page.state.read());
  page.state.follow((values) => { take(values); show(); });
  await show();

  /* A control with what is to say of the chosen option, and why others cannot be chosen. */
  function choice(field) {
    const whole = make("div", "choice"), words = make("p", "why");
    whole.append(field, words);
    return Object.assign(whole, { field, told: words });
  }
  function driverOf() { return plans[driver].driver; }

  /* The state: from the address, else the specification that is shown alone. */
  function take(values) {
    driver = drivers.includes(values.driver) ? values.driver : drivers[0];
    const alone = { ...declared().alone, measure: driver };
    model.CELL.forEach((axis) => { chosen[axis] = plans[driver].options[axis].includes(values[axis]) ? values[axis] : alone[axis]; });
    const wanted = values.covariates === undefined ? driverOf().covariates : values.covariates.split(/[ +]/);
    chosen.covariates = driverOf().covariates.filter((id) => wanted.includes(id));
    settle(model.CELL, true);
  }

  /* Choices that no longer go with the others move to the first that does; what was just chosen stays. */
  function settle(changed, silent) {
    const plan = plans[driver], moved = [];
    if (!plan.options.measure.includes(chosen.measure)) { chosen.measure = driver; }
    chosen.covariates = driverOf().covariates.filter((id) => chosen.covariates.includes(id));
    const fixed = {};
    ORDER.forEach((axis) => {
      const wanted = plan.options[axis].includes(chosen[axis]) ? [chosen[axis], ...plan.options[axis]] : plan.options[axis];
      const found = wanted.find((id) => model.possible(plan, { ...fixed, [axis]: id }));
      if (found !== chosen[axis]) { moved.push(say("moved", { axis: named.axis(axis), option: named.option(axis, found) })); }
      fixed[axis] = chosen[axis] = found;
    });
    const most = plan.most[chosen.effects];
    if (chosen.covariates.length > most) {
      moved.push(say("moved_covariates", { left: chosen.covariates.slice(most).map(named.term).join(", ") }));
      chosen.covariates = chosen.covariates.slice(0, most);
    }
    told.textContent = silent ? "" : moved.join(" ");
    told.hidden = !told.textContent;
  }

  /* Why an option does not go with the choices before it: the declared reason of the limit that it breaks. */
  function refusal(axis, id, before) {
    if (model.possible(plans[driver], { ...before, [axis]: id })) { return ""; }
    const asked = { ...before, [axis]: id }, broken = declared().limits.find((limit) => !model.admits(limit, asked));
    if (broken) { return broken.reason[page.lang]; }
    return named.reason("era", before.era, driver);
  }
  function offer() {
    const plan = plans[driver], before = {};
    fields.driver.field.control.value = driver;
    list.replaceChildren(...declared().exclusions.map((one) => {
      const item = make("li");
      item.append(make("b", "", one.what[page.lang]), ". " + one.reason[page.lang]);
      return item;
    }));
    ORDER.forEach((axis) => {
      const refused = plan.options[axis].map((id) => [id, refusal(axis, id, before)]);
      fields[axis].field.offer(refused.map(([id, why]) => [id, named.option(axis, id), why]), chosen[axis]);
      fields[axis].told.replaceChildren(named.reason(axis, chosen[axis], driver));
      refused.filter(([, why]) => why).forEach(([id, why]) => fields[axis].told.append(make("span", "no", say("not_here", { option: named.option(axis, id), why }))));
      before[axis] = chosen[axis];
    });
    const most = plan.most[chosen.effects], full = chosen.covariates.length >= most, why = declared().limits.find((limit) => limit.axis === "effects" && limit.option === chosen.effects && limit.max_covariates === most);
    const focus = document.activeElement && document.activeElement.name;
    covariates.replaceChildren(make("legend", "", named.axis("covariates")), ...driverOf().covariates.map((id) => {
      const held = chosen.covariates.includes(id), field = page.check(named.term(id), held, (value) => {
        chosen.covariates = driverOf().covariates.filter((name) => (name === id ? value : chosen.covariates.includes(name)));
        settle(["covariates"]);
        show();
      });
      field.control.name = "with." + id;
      field.control.disabled = !held && full;
      const whole = make("div", "choice");
      whole.append(field, make("p", "why", named.reason("covariates", id, driver)));
      return whole;
    }));
    if (full && most < driverOf().covariates.length) { covariates.append(make("p", "why no", say("most", { count: number(most, 0), why: why.reason[page.lang] }))); }
    const again = focus && covariates.querySelector('[name="' + focus + '"]');
    if (again) { again.focus(); }
  }

  async function show() {
    const turn = ++latest;
    box.setAttribute("aria-busy", "true");
    offer();
    page.state.write(model.state(driver, chosen));
    const found = await model.driver(page, driver);
    if (turn !== latest) { return; }
    const row = model.rowOf(found, chosen), one = model.specification(found, row), all = model.standing(found, row, "all"), pp = (value) => number(value, 2, true);
    const digits = digitsOf(one), coefficient = (value) => number(value, digits, true);
    under.textContent = say("association");
    big.replaceChildren(say("effect", { pp: pp(one.pp) }), " ", make("span", "", say("effect_range", { low: pp(one.pp_low), high: pp(one.pp_high) })));
    pinned.textContent = big.textContent;
    facts.replaceChildren();
    [
      ["fact_effect", say("fact_effect_told", { region: page.name(main.region), level: number(main.level, 2), year: String(main.year), change: changeText(one) })],
      ["fact_coefficient", say("fact_coefficient_told", { estimate: coefficient(one.estimate), low: coefficient(one.low), high: coefficient(one.high) })],
      ["fact_error", say("fact_error_told", { error: number(one.error, digits), t: number(one.estimate / one.error, 2, true), plain: number(one.plain, found.digits) })],
      ["fact_sample", say("fact_sample_told", { observations: page.plural("observations", one.observations), regions: number(one.regions, 0) })],
      ["fact_place", say("fact_place_told", { rank: number(all.rank, 0), count: number(found.rows, 0), share: number(100 * all.share, 0) })]
    ].forEach(([key, text]) => facts.append(make("dt", "", say(key)), make("dd", "", text)));
    judge();
    line.textContent = model.command(main, driver, row);
    among.href = "explore_specifications.html#" + new URLSearchParams({ driver });
    const question = { options: {}, covariates: {} }, grid = model.gridOf([found]), sums = model.binned(found, question, "all", "none", grid, main.delta);
    page.announce(big.textContent + " " + told.textContent);
    await chart.show(model.areas([{ sums }], grid), [], [model.quantiles(found, question, "all", "none", [0.5], sums.all)[0][0]], null, { pp: one.pp, low: Math.max(one.pp_low, grid.low), high: Math.min(one.pp_high, grid.low + grid.bins * grid.width) });
    if (turn === latest) { box.removeAttribute("aria-busy"); }
    chart.tell(say("chart_alt", { name: named.term(driver), pp: pp(one.pp), rank: number(all.rank, 0), count: number(found.rows, 0) }));
  }
  /* Four digits that mean something, whatever the unit of the driver. */
  function digitsOf(one) { return Math.max(2, Math.min(6, 3 - Math.floor(Math.log10(one.error)) - 1)); }
  function changeText(one) {
    const logs = declared().logs.includes(one.measure), measure = named.option("measure", one.measure);
    return logs ? say("change_logs", { times: number(Math.exp(one.change), 2), measure }) : say("change_units", { change: number(one.change, 1), measure });
  }
  function judge() {
    const { grade, verdicts, evidence } = main.drivers[driver];
    verdict.replaceChildren();
    const add = (...parts) => { const item = make("p", "why"); item.append(...parts); verdict.append(item); };
    if (evidence) { add(say("judged", { beyond: number(100 * evidence.beyond, 0), sign: number(100 * evidence.right_sign, 0), delta: number(main.delta, 1) })); }
    if (grade) { add(link("elasticities.html", say("grade", { grade }))); }
    verdicts.forEach(([claim, label, address]) => add(link(address, say("claim", { claim, label: page.name(label) }))));
  }
  function link(address, text) { const to = make("a", "", text); to.href = address; return to; }
  async function copy() {
    const text = line.textContent;
    try { await navigator.clipboard.writeText(text); page.announce(say("copied_line")); } catch (error) { window.getSelection().selectAllChildren(line); }
  }
}));
