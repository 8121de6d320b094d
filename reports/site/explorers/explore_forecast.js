/* The forecast explorer: a fan of any indicator and region, its scenarios, and what earlier forecasts promised. */
window.addEventListener("DOMContentLoaded", () => window.regionalEcon.explorer((page) => {
  "use strict";
  const { box, main, say, name, make, number, colours } = page;
  const LEVELS = [50, 80, 95], SHADE = { 95: 0.16, 80: 0.2, 50: 0.3 }, FADE = 0.45, ENDS = LEVELS.flatMap((level) => ["lo" + level, "hi" + level]);
  const about = Object.fromEntries(main.variables.map((one) => [one.id, one]));
  const mine = page.lang === "ru" ? 0 : 1, percent = (value) => say("percent", { value });
  const bare = (text) => text.replace(/\.$/, ""), big = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const beginning = { variable: main.first.variable, region: main.first.region, year: String(main.first.year), path: "", from: "" };
  let chosen = valid(page.state.read()), turn = 0, drawn = null, shown = null;

  const form = make("div", "controls"), told = make("p", "told"), figure = make("figure", "chart"), plot = make("div"), key = make("figcaption", "key");
  const notes = make("section"), table = make("div"), earlier = make("section"), made = make("section"), tools = make("p", "tools");
  const indicators = main.variables.map((one) => [one.id, named(one), "", say(one.national ? "group.prices" : "group.indicators")]);
  const regions = main.regions.map((id) => [id, name(id)]).sort((a, b) => a[1].localeCompare(b[1], page.lang));
  const fields = {
    variable: page.select(say("indicator"), indicators, chosen.variable, (value) => choose({ variable: value, from: "" })),
    region: page.select(say("region"), regions, chosen.region, (value) => choose({ region: value })),
    year: page.select(say("year"), [], "", (value) => choose({ year: value })),
    path: page.select(say("path"), [], "", (value) => choose({ path: value })),
    from: page.select(say("from"), [], "", (value) => choose({ from: value }))
  };
  form.append(...Object.values(fields));
  const link = page.button(say("link"), copy);
  tools.append(page.button(say("csv"), save), link, page.button(say("reset"), () => choose(beginning)));
  box.classList.add("forecast");
  told.tabIndex = -1;
  figure.append(key, plot);
  box.append(form, told, figure, tools, notes, table, earlier, made);
  page.state.follow((values) => { chosen = valid(values); show(); });
  return show();

  /* What is chosen; a link that names something unknown falls back to the beginning. */
  function valid(values) {
    const asked = { ...beginning, ...values };
    if (!Object.hasOwn(about, asked.variable)) { asked.variable = beginning.variable; }
    if (!main.regions.includes(asked.region)) { asked.region = beginning.region; }
    if (!main.scenarios.some((one) => one.name === asked.path)) { asked.path = ""; }
    return asked;
  }
  function choose(values) {
    Object.assign(chosen, values);
    page.state.write(Object.fromEntries(Object.entries(chosen).map(([id, value]) => [id, value === beginning[id] ? "" : value])));
    return show();
  }
  async function show() {
    const own = ++turn, part = await page.part(chosen.variable);
    if (own !== turn) { return; }
    shown = read(part, about[chosen.variable]);
    offer(shown);
    const said = sentence(shown);
    told.textContent = said;
    page.announce(said);
    key.replaceChildren(...keys(shown));
    figure.hidden = shown.figures.length + shown.rows.length === 0;
    table.replaceChildren(...(shown.rows.length ? [years(shown)] : []));
    notes.replaceChildren(...listed(say("notes"), warnings(shown)));
    earlier.replaceChildren(...history(shown));
    made.replaceChildren(...origin(shown));
    if (!figure.hidden) { await draw(shown, said); }
  }

  /* One region's numbers in published units; rows are the years of a fan, seen from today or from an earlier year. */
  function read(part, one) {
    const home = one.national ? 0 : main.regions.indexOf(chosen.region), digits = part.digits[home], scale = 10 ** digits;
    const value = (whole) => (whole === null || whole === undefined ? null : whole / scale);
    const series = Object.entries(part.history).flatMap(([id, rows]) => (rows[home] || []).map((whole, k) => ({ series: id, year: part.past[k], value: value(whole) }))).filter((row) => row.value !== null);
    const past = part.earlier, told = past && past.band[home] ? past.cells.map(([from, year], k) => ({
      from, year, band: past.band[home][k], observed: value(past.observed[home][k]),
      ...Object.fromEntries(["p50", ...ENDS].map((id) => [id, value(past[id][home][k])]))
    })).filter((row) => row.band !== null) : [];
    const origins = [...new Set(told.map((row) => row.from))], found = { part, one, digits, series, told, origins };
    const from = origins.includes(Number(chosen.from)) ? Number(chosen.from) : null;
    chosen.from = from === null ? "" : String(from);
    if (from !== null) {
      const known = value(past.known[home][past.origins.indexOf(from)]), last = series.find((row) => row.year === from);
      const by = one.index && last ? known / last.value : 1;
      found.figures = series.filter((row) => row.year <= from).map((row) => ({ ...row, value: row.value * by, rebased: by !== 1 }));
      return { ...found, from, last: from, opened: known, rows: told.filter((row) => row.from === from), under: null };
    }
    const fan = part.fan.p50[home], under = chosen.path && part.scenarios[chosen.path];
    const rows = fan ? part.years.map((year, k) => ({
      year, above: part.above[home][k], ...Object.fromEntries(["p50", ...ENDS].map((id) => [id, value(part.fan[id][home][k])])),
      ...(under ? { under: value(under.p50[home][k]), under_lo: value(under.lo80[home][k]), under_hi: value(under.hi80[home][k]) } : {})
    })) : [];
    const opened = series.filter((row) => row.year === one.last && !row.series.startsWith("later_")).pop();
    return { ...found, from, figures: series, last: one.last, opened: opened ? opened.value : null, rows, under: under ? scenario() : null };
  }
  function scenario() { return main.scenarios.find((one) => one.name === chosen.path); }
  function named(one) { return one.national ? big(name("forecasting.market." + one.id)) : name("forecasting.name." + one.id); }
  function title(found) { return found.from !== null && found.one.index ? name("forecasting.earlier_name." + found.one.id) : named(found.one); }
  function where(found) { return found.one.national ? say("world") : name(chosen.region); }
  function place(found) { return found.one.national ? found.part.provenance.region : chosen.region; }
  function at(found) { return found.rows.find((row) => String(row.year) === chosen.year); }

  function offer(found) {
    const offered = found.rows.map((row) => [String(row.year), String(row.year)]);
    if (offered.length && !at(found)) { chosen.year = (offered.find(([year]) => year === beginning.year) || offered[offered.length - 1])[0]; }
    fields.variable.control.value = chosen.variable;
    fields.region.control.value = chosen.region;
    fields.region.control.disabled = found.one.national;
    fields.year.offer(offered, chosen.year);
    fields.year.control.disabled = offered.length === 0;
    fields.path.offer([["", say("path.none")], ...main.scenarios.map((one) => [one.name, one.label[mine], found.from === null ? "" : say("path.refused")])], found.from === null ? chosen.path : "");
    fields.from.offer([["", say("from.now", { year: found.one.last })], ...found.origins.map((year) => [String(year), say("from.past", { year })]).reverse()], chosen.from);
    fields.from.control.disabled = found.origins.length === 0;
  }

  /* Words. */
  function values(found, row) {
    const put = (value) => number(value, found.digits);
    return { name: bare(title(found)), region: where(found), year: row.year, from: found.from, median: put(row.p50), low: put(row.lo80), high: put(row.hi80), lowest: put(row.lo95), highest: put(row.hi95), observed: put(row.observed) };
  }
  function share(whole) {
    if (whole < 1) { return say("below_percent", { value: 1 }); }
    return whole > 99 ? say("beyond_percent", { value: 99 }) : percent(whole);
  }
  function sentence(found) {
    const row = at(found);
    if (!row) { return say("absent", { name: bare(named(found.one)), region: where(found) }); }
    if (found.from !== null) { return say("said.earlier", values(found, row)) + " " + say("came." + row.band, values(found, row)); }
    const parts = [say("said", values(found, row))];
    if (found.under) { parts.push(say("said.under", { path: found.under.label[mine], median: number(row.under, found.digits), low: number(row.under_lo, found.digits), high: number(row.under_hi, found.digits) })); }
    if (found.opened !== null) { parts.push(say("said.last", { last: number(found.opened, found.digits), year: found.last, above: share(row.above) })); }
    return parts.join(" ");
  }
  function warnings(found) {
    const one = found.one, told = [], row = at(found), before = new Set(found.series.filter((figure) => figure.year <= found.last).map((figure) => figure.year));
    const spoken = [...before];
    if (found.rows.length && spoken.length < main.short) { told.push(say("note.short", { years: page.plural("years", spoken.length) })); }
    if (one.index) { told.push(say(found.from === null ? "note.index" : "note.index_earlier")); }
    one.breaks.filter((change) => change.year > Math.min(...spoken) && change.year <= found.last).forEach((change) => {
      told.push(say("note.break", { year: change.year, note: change.note ? bare(change.note[mine]) : say("note.recount") }));
    });
    if (found.from !== null) { told.push(say("note.pseudo", { year: found.from })); }
    if (found.from === null && one.last < main.origin) { told.push(say("note.behind", { last: one.last })); }
    if (row && row.year > found.last + main.horizons) { told.push(say("note.untested", { year: row.year, horizon: page.plural("years", main.horizons) })); }
    if (one.national) { told.push(say("note.price")); } else { told.push(one.scored ? covered(one.scored) : say("note.unscored")); }
    if (found.under) { told.push(along(found.under)); }
    return told;
  }
  function covered(scored) {
    const judged = scored.inside80 === null ? "open" : scored.inside80 ? "holds" : scored.covered80 > 80 ? "wide" : "narrow";
    const shares = { inner: percent(number(scored.covered80, 1)), outer: percent(number(scored.covered95, 1)) };
    return say("note.covered", { first: scored.first_origin, last: scored.last_origin, n: number(scored.n, 0), ...shares, judged: say("judged." + judged) });
  }
  function along(path) {
    const prices = path.path.map(([year, value]) => say("price", { year, value: number(value, 0) })).join(", ");
    return say("note.scenario", { path: path.label[mine], market: name("forecasting.market." + path.price), prices, distance: number(path.distance, 1), farther: percent(number(100 * path.farther, 1)) });
  }
  function listed(heading, items) {
    const list = make("ul");
    items.forEach((item) => list.append(make("li", "", item)));
    return [make("h2", "", heading), list];
  }

  /* Tables. */
  function span(found, low, high) { return say("span", { low: number(low, found.digits), high: number(high, found.digits) }); }
  function years(found) {
    const right = (text) => [text, "right"], heads = [say("year"), right(say("median")), ...LEVELS.map((level) => right(percent(level)))];
    const back = found.from !== null, more = back ? [say("table.observed"), say("table.band")] : [...(found.under ? [say("table.under"), say("table.under80")] : []), ...(found.opened === null ? [] : [say("table.above")])];
    const rows = found.rows.map((row) => [
      String(row.year), number(row.p50, found.digits), ...LEVELS.map((level) => span(found, row["lo" + level], row["hi" + level])),
      ...(back ? [number(row.observed, found.digits), held(row.band)] : [...(found.under ? [number(row.under, found.digits), span(found, row.under_lo, row.under_hi)] : []), ...(found.opened === null ? [] : [share(row.above)])])
    ]);
    const made = page.table(say(back ? "table.caption.earlier" : "table.caption", { name: bare(title(found)), region: where(found), from: found.from }), [...heads, ...more.map(right)], rows);
    made.querySelectorAll("tbody tr").forEach((line, k) => { if (String(found.rows[k].year) === chosen.year) { line.classList.add("chosen"); line.setAttribute("aria-current", "true"); } });
    return made;
  }
  function held(band) { return band ? percent(band) : say("outside"); }
  function history(found) {
    if (found.one.national) { return []; }
    const all = found.told, heading = make("h2", "", say("earlier"));
    if (!all.length) { return [heading, make("p", "", say("earlier.none"))]; }
    const within = (level) => all.filter((row) => row.band && row.band <= level).length, ahead = [...Array(main.horizons).keys()].map((k) => k + 1);
    const rows = found.origins.map((from) => {
      const start = page.button(String(from), () => { choose({ from: String(from) }).then(() => { told.scrollIntoView({ block: "center" }); told.focus({ preventScroll: true }); }); });
      start.className = "how";
      start.setAttribute("aria-label", say("earlier.show", { year: from }));
      return [start, ...ahead.map((h) => { const row = all.find((cell) => cell.from === from && cell.year === from + h); return row ? mark(row.band) : null; })];
    });
    return [heading, make("p", "", say("earlier.counted", { inner: within(80), outer: within(95), n: all.length })),
      page.table(say("earlier.caption"), [say("earlier.origin"), ...ahead.map((h) => page.plural("ahead", h))], rows)];
  }
  function mark(band) {
    const cell = make("span", "hit", held(band));
    cell.dataset.band = band;
    return cell;
  }

  /* Where the numbers come from. */
  function origin(found) {
    const given = found.part.provenance, gates = given.diagnostics, facts = make("dl", "facts"), one = found.one;
    const put = (label, ...contents) => { const cell = make("dd"); cell.append(...contents); facts.append(make("dt", "", label), cell); };
    const link = (to, text) => { const made = make("a", "", text); made.href = to; return made; };
    const region = place(found), path = found.under;
    if (found.from === null) {
      put(say("made.file"), say("made.file.text", { draws: number(given.draws, 0), origin: given.vintage.figures_to, seed: given.seed, version: given.version }));
      if (gates.rhat !== undefined && !one.national) { put(say("made.gates"), say("made.gates.text", { rhat: number(gates.rhat, 3), ess: number(Math.min(gates.ess_bulk, gates.ess_tail), 0), divergences: number(gates.divergences, 0) })); }
      put(say("made.fan"), make("code", "", "regional-econ forecast fan " + region + " " + one.id + (path ? " --condition " + path.name + ".yml" : "")));
      if (path) { facts.lastChild.append(" ", page.button(say("path.file"), () => page.download(path.name + ".yml", path.file, "text/yaml"))); }
    } else { put(say("made.earlier"), make("code", "", "backtest_scores.parquet"), " ", say("made.earlier.text", { year: found.from })); }
    put(say("made.panel"), make("code", "", given.vintage.panel_sha256));
    if (!one.national && found.opened !== null) { put(say("made.trace"), make("code", "", "regional-econ data trace " + region + " " + one.source + " " + found.last)); }
    if (one.warnings.length) { put(say("made.warnings"), one.warnings.map((text) => text[mine]).join(". ") + "."); }
    put(say("made.chapters"), link(main.pages.method, say("made.method")), ", ", link(main.pages.scores, say("made.scores")));
    return [make("h2", "", say("made")), facts];
  }

  /* The picture: one specification, whose named rows change. */
  function keys(found) {
    const series = [...new Set(found.figures.map((row) => row.series))], methods = series.filter((id) => /^[a-z]/.test(id) && !id.startsWith("later_"));
    const items = methods.length ? methods.map((id) => [glyph(id), name("report.method." + id)]) : [["●", say("key.figure")]];
    if (found.one.breaks.some((change) => change.year <= found.last)) { items.push(["┊", say("key.break")]); }
    const clear = (level) => 1 - LEVELS.filter((other) => other >= level).reduce((left, other) => left * (1 - SHADE[other]), 1);
    if (found.rows.length) { items.push(["━", say("key.median"), colours.hue], ...LEVELS.map((level) => ["■", percent(level), colours.hue, clear(level)])); }
    if (found.under) { items.push(["━", say("key.under"), colours.accent]); }
    if (found.from !== null) { items.push(["○", say("key.inside")], ["●", say("key.outside"), colours.accent]); }
    if (aim(found) !== null) { items.push(["╌", say("key.target"), colours.accent]); }
    const lead = make("b", "", bare(title(found)) + ". " + where(found));
    return [lead, ...items.map(([sign, text, colour, opacity]) => {
      const item = make("span"), glyphs = make("i", "", sign);
      Object.assign(glyphs.style, { color: colour || colours.ink, opacity: opacity || 1 });
      glyphs.setAttribute("aria-hidden", "true");
      item.append(glyphs, text);
      return item;
    })];
  }
  function shape(series) { return { oslo4_narrow: "square", oslo4_wide: "triangle-up" }[series.replace("later_", "")] || "circle"; }
  function glyph(series) { return { square: "■", "triangle-up": "▲", circle: "●" }[shape(series)]; }
  function aim(found) {
    const target = main.target;
    return found.from === null && target.variable === chosen.variable && target.region === chosen.region ? target.value : null;
  }
  function pictured(found) {
    const put = (value) => number(value, found.digits), tested = found.last + main.horizons, rows = found.rows;
    const start = found.opened === null ? [] : [{ year: found.last, p50: found.opened, ...Object.fromEntries(ENDS.map((id) => [id, found.opened])), under: found.opened, under_lo: found.opened, under_hi: found.opened }];
    const line = [...start, ...rows], halves = [["near", line.filter((row) => row.year <= tested)], ["far", line.filter((row) => row.year >= tested)]].filter(([, part]) => part.length > 1);
    const column = (row, tip) => ({ x: row.year - 0.5, x2: row.year + 0.5, tip: { [say("year")]: String(row.year), ...tip } });
    const bands = halves.flatMap(([half, part]) => LEVELS.flatMap((level) => part.map((row) => ({ x: row.year, y: row["lo" + level], y2: row["hi" + level], of: half + level, opacity: SHADE[level] * (half === "far" ? FADE : 1) }))));
    const rules = !rows.length ? [] : [...found.one.breaks.map((change) => ({ x: change.year - 0.5, kind: "break" })).filter((rule) => found.figures.some((row) => row.year < rule.x) && rule.x < found.last), { x: found.last, kind: "start" }];
    if (rows.some((row) => row.year > tested)) { rules.push({ x: tested, kind: "tested" }); }
    if (at(found)) { rules.push({ x: at(found).year, kind: "chosen" }); }
    const words = rows.length ? [{ x: found.last, text: say("chart.forecast") }] : [];
    if (rows.some((row) => row.year > tested + 1) && plot.clientWidth > 560) { words.push({ x: tested, text: say("chart.untested") }); }
    const later = (row) => row.series.startsWith("later_"), target = aim(found);
    return {
      bands, rules, words, median: halves.flatMap(([half, part]) => part.map((row) => ({ x: row.year, y: row.p50, of: half }))),
      past: found.figures.filter((row) => !later(row)).map((row) => ({ x: row.year, y: row.value, of: row.series, shape: shape(row.series) })),
      later: found.figures.filter(later).map((row) => ({ x: row.year, y: row.value, shape: shape(row.series) })),
      under: found.under ? line.map((row) => ({ x: row.year, y: row.under, lo: row.under_lo, hi: row.under_hi })) : [],
      came: found.from === null ? [] : rows.map((row) => ({ x: row.year, y: row.observed, inside: row.band > 0 && row.band <= 80 })),
      target: target === null ? [] : [{ y: target }],
      hits: [
        ...[...new Map(found.figures.map((row) => [row.year, row])).values()].filter((row) => !rows.some((other) => other.year === row.year)).map((row) => column(row, { [say("known")]: number(row.value, Math.max(0, found.digits - (row.rebased ? 1 : 0))) })),
        ...rows.map((row) => column(row, {
          [say("median")]: put(row.p50), ...Object.fromEntries(LEVELS.map((level) => [percent(level), span(found, row["lo" + level], row["hi" + level])])),
          ...(found.under ? { [say("table.under")]: put(row.under) } : {}), ...(found.from === null ? {} : { [say("table.observed")]: put(row.observed) })
        }))
      ]
    };
  }
  async function draw(found, said) {
    const words = say("chart.alt", { said }), data = pictured(found);
    drawn = drawn || page.chart(plot, specification(data), words);
    const chart = await drawn;
    if (found !== shown) { return; }
    chart.tell(words);
    Object.entries(limits(data)).forEach(([axis, ends]) => chart.view.signal(axis, ends));
    Object.entries(data).forEach(([id, rows]) => chart.view.data(id, rows));
    await chart.view.runAsync();
  }
  function limits(data) {
    const { hits, rules, words, ...lines } = data, rows = Object.values(lines).flat();
    const ends = (values) => [Math.min(...values), Math.max(...values)], years = ends(hits.flatMap((row) => [row.x, row.x2]));
    const [low, high] = ends(rows.flatMap((row) => [row.y, row.y2, row.lo, row.hi]).filter(Number.isFinite));
    return { years, heights: low < high ? [low, high] : [low - 1, high + 1] };
  }
  function specification(data) {
    const x = { field: "x", type: "quantitative" }, y = { field: "y", type: "quantitative" }, y2 = { field: "y2" }, off = null;
    const layer = (id, mark, encoding) => ({ data: { name: id }, mark, encoding });
    const rule = (kind, mark) => ({ data: { name: "rules" }, transform: [{ filter: "datum.kind === '" + kind + "'" }], mark: { type: "rule", ...mark }, encoding: { x } });
    const median = (half, mark) => ({ data: { name: "median" }, transform: [{ filter: "datum.of === '" + half + "'" }], mark: { type: "line", color: colours.hue, strokeWidth: 2.4, ...mark }, encoding: { x, y } });
    const point = (mark) => ({ type: "point", opacity: 1, ...mark }), shapes = { shape: { field: "shape", type: "nominal", scale: off, legend: off } };
    const dashed = (field) => layer("under", { type: "line", color: colours.accent, strokeWidth: 1.2, strokeDash: [4, 3] }, { x, y: { ...y, field } });
    return {
      datasets: data, height: 340, padding: { left: 0, top: 0, bottom: 0, right: 14 }, params: Object.entries(limits(data)).map(([id, value]) => ({ name: id, value })),
      encoding: {
        x: { scale: { domain: { expr: "years" }, zero: false, nice: false }, axis: { format: "d", tickMinStep: 1, tickCount: { signal: "max(3, floor(width / 70))" }, grid: false, title: off, ticks: true } },
        y: { scale: { domain: { expr: "heights" }, zero: false, nice: true }, axis: { title: off, tickCount: 6 } }
      },
      layer: [
        rule("break", { color: colours.muted, strokeDash: [3, 3], strokeWidth: 0.9 }), rule("start", { color: colours.muted, strokeWidth: 1 }),
        rule("tested", { color: colours.rule, strokeWidth: 1.2 }), rule("chosen", { color: colours.hue, strokeWidth: 1, strokeDash: [1, 3] }),
        layer("bands", { type: "area", color: colours.hue, line: false }, { x, y, y2, detail: { field: "of", type: "nominal" }, fillOpacity: { field: "opacity", type: "quantitative", scale: off } }),
        median("near", {}), median("far", { strokeDash: [5, 3] }),
        layer("target", { type: "rule", color: colours.accent, strokeDash: [6, 3], strokeWidth: 1.4 }, { y }),
        layer("past", { type: "line", color: colours.ink, strokeWidth: 1.7 }, { x, y, detail: { field: "of", type: "nominal" } }),
        layer("past", point({ filled: true, fill: colours.ink, stroke: off, size: 26 }), { x, y, ...shapes }),
        layer("later", point({ fill: colours.paper, stroke: colours.ink, size: 46 }), { x, y, ...shapes }),
        dashed("lo"), dashed("hi"), layer("under", { type: "line", color: colours.accent, strokeWidth: 2.2 }, { x, y }),
        { data: { name: "came" }, transform: [{ filter: "datum.inside" }], mark: point({ shape: "circle", fill: colours.paper, stroke: colours.ink, strokeWidth: 1.5, size: 50 }), encoding: { x, y } },
        { data: { name: "came" }, transform: [{ filter: "!datum.inside" }], mark: point({ shape: "circle", fill: colours.accent, stroke: colours.accent, size: 50 }), encoding: { x, y } },
        layer("words", { type: "text", align: "left", baseline: "bottom", dx: 4, fontSize: 11, color: colours.muted }, { x, y: { value: -3 }, text: { field: "text", type: "nominal" } }),
        layer("hits", { type: "rect", opacity: 0 }, { x, x2: { field: "x2" }, y: { value: 0 }, y2: { value: { expr: "height" } }, tooltip: { field: "tip", type: "nominal" } })
      ]
    };
  }

  /* What leaves the page: a table with a line that says where it comes from, and an address. */
  function save() {
    const found = shown, fixed = (value) => (value === null || value === undefined ? "" : value.toFixed(found.digits)), region = place(found);
    const header = { ...found.part.provenance, region, scenario: found.under ? found.under.name : "baseline", ...(found.from === null ? {} : { what: "backtest", origin: found.from }) };
    const ends = ["p50", ...ENDS], rows = [["part", "year", "figure", ...ends, "narrowest_band"]];
    found.figures.filter((row) => !row.rebased).forEach((row) => rows.push(["figure" + (row.series ? ":" + row.series : ""), row.year, fixed(row.value)]));
    found.rows.forEach((row) => rows.push([found.from === null ? "forecast" : "forecast from " + found.from, row.year, fixed(row.observed), ...ends.map((id) => fixed(row[id])), found.from === null ? "" : row.band]));
    if (found.under) { found.rows.forEach((row) => rows.push(["scenario:" + found.under.name, row.year, "", ...ends.map((id) => fixed({ p50: row.under, lo80: row.under_lo, hi80: row.under_hi }[id]))])); }
    const wide = rows[0].length;
    page.download(["forecast", chosen.variable, region, chosen.path || chosen.from].filter(Boolean).join("_") + ".csv", page.csv(rows.map((row) => [...row, ...Array(wide - row.length).fill("")]), JSON.stringify(header)), "text/csv");
  }
  function copy() {
    const field = make("input");
    field.value = location.href;
    field.setAttribute("aria-label", say("link"));
    box.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    link.focus();
    link.textContent = say("copied");
    page.announce(say("copied"));
    setTimeout(() => { link.textContent = say("link"); }, 2000);
  }
}));
