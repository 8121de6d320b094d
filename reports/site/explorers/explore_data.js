/* The data catalogue: choose a variable, a region and a year, and see what stands there, where, and since when. */
window.addEventListener("DOMContentLoaded", () => window.regionalEcon.explorer(async (page) => {
  "use strict";
  const { box, main, say, name, make, lang } = page, other = lang === "ru" ? "en" : "ru";
  const { variables, regions, load, node, status } = window.regionalEcon.catalogue(page);
  const [first, last] = main.years, years = Array.from({ length: last - first + 1 }, (_, place) => first + place);
  const disjoint = main.regions.filter((one) => one.kind === "region"), focalVariable = main.variables[0].id;
  const beginning = { variable: focalVariable, region: main.focal, year: "", colour: "status", words: "", chapter: "" };
  const chosen = { ...beginning, ...page.state.read() };
  const flat = (text) => text.toLowerCase().replace(/ё/g, "е");
  const exact = new Intl.NumberFormat(lang, { maximumSignificantDigits: 10, useGrouping: "min2" });
  const full = (value) => (value === null ? say("no_figure") : exact.format(value).replace("-", "−"));
  const unit = (one) => one.unit[lang];
  const edition = (text) => (text ? text.split(", ").map((one) => main.editions[one].label[lang]).join("; ") : "–");
  const COLOURS = ["status", "edition", "value"];
  let drawn = 0;

  /* What stands on the page. */
  const layout = make("div", "catalogue"), picker = make("section", "picker"), shown = make("section", "shown");
  const found = make("p", "found"), list = make("ul", "choices"), head = make("div", "about"), form = make("div", "controls");
  const origin = make("section", "origin"), editions = make("div"), coverage = make("section"), course = make("section");
  const notes = make("section"), plot = make("div"), title = make("h3"), tiles = make("div", "tiles"), key = make("ul", "key"), pointed = make("p", "pointed");
  const groups = [...new Set(main.variables.map((one) => one.chapter))].sort();
  const search = page.search(say("search"), chosen.words, (value) => { chosen.words = value; offer(); keep(); });
  const chapter = page.select(say("chapter"), [["", say("all")], ...groups.map((one) => [one, name(one)])], chosen.chapter, (value) => { chosen.chapter = value; offer(); keep(); });
  const region = page.select(say("region"), main.regions.map((one) => [one.id, name(one.id), "", name(one.kind === "country" ? one.id : one.district || one.id)]), chosen.region, (value) => choose({ region: value }));
  const year = page.select(say("year"), years.map((one) => [String(one), String(one)]), chosen.year, (value) => choose({ year: value }));
  const colour = page.select(say("colour"), COLOURS.map((one) => [one, say("colour_" + one)]), chosen.colour, (value) => choose({ colour: value }));
  picker.setAttribute("aria-label", say("choose"));
  shown.setAttribute("aria-live", "off");
  picker.append(search, chapter, found, list);
  form.append(region, year, page.button(say("csv"), save));
  coverage.append(make("h3", "", say("coverage")), colour, key, pointed, tiles);
  course.append(title, plot);
  shown.append(head, form, origin, editions, course, notes, coverage);
  layout.append(picker, shown);
  box.append(layout);
  page.state.follow((values) => choose({ ...beginning, ...values }));
  await choose({});

  function keep() {
    const told = Object.fromEntries(Object.entries(chosen).map(([one, value]) => [one, value === beginning[one] ? "" : value]));
    page.state.write({ ...told, variable: chosen.variable, region: chosen.region, year: chosen.year });
  }
  async function choose(values) {
    Object.assign(chosen, values);
    if (!Object.hasOwn(variables, chosen.variable)) { chosen.variable = beginning.variable; }
    if (!Object.hasOwn(regions, chosen.region)) { chosen.region = beginning.region; }
    if (!COLOURS.includes(chosen.colour)) { chosen.colour = beginning.colour; }
    if (!groups.includes(chosen.chapter)) { chosen.chapter = ""; }
    const turn = (drawn += 1), figures = await load(chosen.variable);
    if (turn !== drawn) { return; }
    if (!years.includes(Number(chosen.year))) { chosen.year = String(newest(figures)); }
    [[region, "region"], [year, "year"], [colour, "colour"], [chapter, "chapter"], [search, "words"]].forEach(([field, one]) => { if (field.control.value !== chosen[one]) { field.control.value = chosen[one]; } });
    keep();
    offer();
    describe();
    trace();
    older(figures);
    await draw(figures);
    if (turn !== drawn) { return; } // another choice is under way, whose figures may not be here yet
    cover();
    tell(figures);
  }
  /* The last year with a figure of the region, else of any. */
  function newest(figures) {
    const known = (places) => [...years].reverse().find((when) => places.some((place) => (figures.used(place, when) || { value: null }).value !== null));
    return known([regions[chosen.region]]) || known(main.regions.map((_, place) => place)) || last;
  }

  /* The list of variables, each with the share of regions that have a figure by year. */
  function offer() {
    const words = flat(chosen.words).split(/\s+/).filter(Boolean);
    const kept = main.variables.filter((one) => (!chosen.chapter || one.chapter === chosen.chapter) &&
      words.every((word) => flat([one.id, one.label.ru, one.label.en, one.unit[lang], name(one.chapter)].join(" ")).includes(word)));
    found.textContent = kept.length ? say("found", { count: kept.length, total: main.variables.length }) : say("nothing");
    page.announce(found.textContent);
    const held = list.contains(document.activeElement);
    list.replaceChildren(...kept.map((one) => {
      const item = make("li"), button = make("button", "", one.label[lang]);
      button.type = "button";
      button.append(make("span", "under", unit(one) + " · " + span(one)), strip(one));
      if (one.id === chosen.variable) { button.setAttribute("aria-current", "true"); }
      button.addEventListener("click", () => choose({ variable: one.id }));
      item.append(button);
      return item;
    }));
    const current = list.querySelector("[aria-current]");
    if (current) { list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 3; }
    if (held && current) { current.focus({ preventScroll: true }); }
  }
  function span(one) {
    const known = years.filter((_, place) => one.shares[place] > 0);
    return known.length ? known[0] + "–" + known[known.length - 1] : say("no_figure");
  }
  function strip(one) {
    const bars = one.shares.map((share, place) => (share ? "M" + (place * 4) + " 12v-" + (share * 0.12) + "h3v" + (share * 0.12) + "z" : "")).join("");
    return drawing([0, 0, years.length * 4, 12], [["strip", bars]], "");
  }
  function drawing(view, paths, told) {
    const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", view.join(" "));
    svg.setAttribute("preserveAspectRatio", "none");
    if (told) { svg.setAttribute("role", "img"); svg.setAttribute("aria-label", told); } else { svg.setAttribute("aria-hidden", "true"); }
    paths.forEach(([kind, shape, fill]) => {
      const path = document.createElementNS(space, "path");
      path.setAttribute("d", shape);
      path.setAttribute("class", kind);
      if (fill) { path.style.fill = fill; }
      svg.append(path);
    });
    return svg;
  }

  /* What the variable is. */
  function describe() {
    const one = variables[chosen.variable], facts = make("p", "under");
    const told = [unit(one)];
    if (one.prices === "current") { told.push(say("prices_current")); }
    told.push(page.plural("figures", one.figures), page.plural("regions", one.regions), span(one), one.id);
    facts.textContent = told.join(" · ");
    head.replaceChildren(make("h2", "", one.label[lang]), facts);
    if (one.formula) { head.append(make("p", "", say("derived") + " "), formula(one.formula)); }
  }
  /* A formula whose names lead to their variables. */
  function formula(text) {
    const shownAs = make("p", "formula");
    text.split(/([a-z_][a-z_0-9]*)/).forEach((part) => {
      if (!(part in variables)) { shownAs.append(part); return; }
      const link = make("a", "", part);
      link.href = address({ variable: part });
      link.title = variables[part].label[lang];
      shownAs.append(link);
    });
    return shownAs;
  }
  function address(values) {
    return "#" + new URLSearchParams({ variable: chosen.variable, region: chosen.region, year: chosen.year, ...values }).toString();
  }

  /* One figure with its place in a file, or with the formula and all figures that it reads. */
  function trace() {
    const here = node(chosen.variable, chosen.region, Number(chosen.year)), one = variables[chosen.variable];
    const number = make("p", "number"), value = here.value === null ? say("no_figure") : page.number(here.value, one.digits);
    number.append(make("b", "", value), " " + (here.value === null ? "" : unit(one)));
    const what = status(chosen.variable, chosen.region, Number(chosen.year));
    const parts = [make("h3", "", name(chosen.region) + ", " + chosen.year), number, make("p", "under", say("status_" + what))];
    if (here.formula) { parts.push(make("p", "", say("made_of")), branch(here, one.reads[chosen.year].length <= 3)); } else if (here.source) { parts.push(place(here)); }
    origin.replaceChildren(...parts);
    page.announce(name(chosen.region) + ", " + chosen.year + ": " + value);
  }
  function spoken(figure) {
    if (figure.prefix.endsWith("!")) { return say("place_cell", { sheet: figure.prefix.slice(0, -1), cell: figure.cell }); }
    return say("place_" + figure.prefix.trim(), { number: figure.cell });
  }
  function place(figure) {
    const source = main.sources[figure.source], facts = make("dl", "facts");
    const add = (label, ...content) => { const told = make("dd"); told.append(...content); facts.append(make("dt", "", say(label)), told); };
    const quoted = (text) => { const mark = make("span", "", text); mark.lang = "ru"; return mark; };
    add("place", make("b", "", spoken(figure)));
    add("file", make("code", "", source.file));
    add("file_title", quoted(source.title));
    add("edition", edition(figure.vintage));
    if (figure.raw !== null && (figure.scale !== 1 || figure.mend)) { add("raw", full(figure.raw) + (figure.scale === 1 ? "" : " × " + full(figure.scale))); }
    if (figure.value !== null) { add("exact", full(figure.value) + " " + unit(variables[figure.variable])); }
    if (figure.mend) { add("mended", figure.mend.reason[lang]); }
    add("citation", quoted(source.citation));
    if (source.sha256) { add("hash", make("code", "hash", source.sha256)); }
    return facts;
  }
  function branch(figure, open) {
    const list = make("ul", "tree");
    list.append(...figure.inputs().map((one) => {
      const item = make("li"), fold = make("details"), line = make("summary"), declared = variables[one.variable];
      fold.open = open;
      line.append(declared.label[lang] + ", " + one.year + ": ", make("b", "", full(one.value)), one.value === null ? "" : " " + unit(declared), make("span", "muted", " · " + say("status_" + status(one.variable, one.region, one.year))));
      fold.append(line);
      const fill = () => {
        if (fold.childElementCount > 1) { return; }
        const link = make("a", "", say("open_figure"));
        link.href = address({ variable: one.variable, year: one.year });
        if (one.formula) { fold.append(make("p", "formula", "= " + one.formula), branch(one, false)); } else if (one.source) { fold.append(place(one)); }
        fold.append(link);
      };
      if (open) { fill(); }
      fold.addEventListener("toggle", () => { if (fold.open) { fill(); } });
      item.append(fold);
      return item;
    }));
    return list;
  }

  /* The same figure in every edition. */
  function older(figures) {
    const rows = figures.all(regions[chosen.region], Number(chosen.year)).filter((one) => one.value !== null);
    const one = variables[chosen.variable];
    if (one.formula && rows.every((row) => !row.vintage)) { editions.replaceChildren(...(rows.length ? [make("p", "", say("no_editions"))] : [])); return; }
    const date = (row) => row.vintage.split(", ").map((each) => main.editions[each].published).sort().pop();
    rows.sort((a, b) => date(b).localeCompare(date(a)));
    const used = rows.find((row) => row.newest);
    const heads = [say("edition"), say("published"), [say("value"), "right"], [say("difference"), "right"], say("place")];
    const lines = rows.map((row) => [
      above(edition(row.vintage), row.newest ? say("in_use") : ""), date(row), full(row.value),
      row.newest || !used || !used.value ? "–" : page.number(100 * (row.value / used.value - 1), 2, true) + " %",
      row.place ? above(spoken(row), main.sources[row.source].file) : say("by_formula")
    ]);
    editions.replaceChildren(...(lines.length ? [page.table(say("editions"), heads, lines)] : []));
  }

  function above(text, below) {
    const cell = make("span", "", text);
    if (below) { cell.append(make("span", "under", below)); }
    return cell;
  }

  /* The region over the years, beside the country and the median region. */
  async function draw(figures) {
    const value = (id, when) => { const used = figures.used(regions[id], when); return used ? used.value : null; };
    const middle = (when) => {
      const known = disjoint.map((one) => value(one.id, when)).filter((one) => one !== null).sort((a, b) => a - b);
      return known.length ? (known[Math.floor((known.length - 1) / 2)] + known[Math.ceil((known.length - 1) / 2)]) / 2 : null;
    };
    const own = years.map((when) => value(chosen.region, when)), medians = years.map(middle), country = main.regions.find((one) => one.kind === "country").id;
    const whole = years.map((when) => value(country, when));
    const largest = (values) => Math.max(...values.filter((one) => one !== null).map(Math.abs), 0);
    const one = variables[chosen.variable], era = (when) => one.breaks.filter((step) => step.kind !== "vintage" && step.year <= when).length; // no line runs across a change of method
    const lines = [[name(chosen.region), own], [say("median"), medians]];
    if (chosen.region !== country && largest(whole) <= 3 * Math.max(largest(own), largest(medians))) { lines.push([name(country), whole]); }
    const rows = lines.flatMap(([who, values]) => values.map((one, place) => ({ who, year: years[place], value: one, era: era(years[place]) }))); // a year without a figure breaks the line
    const { colours } = page, breaks = one.breaks.map((step) => ({ year: step.year, note: step.note[lang] }));
    const across = { field: "year", type: "quantitative", title: null, scale: { domain: [first, last], zero: false }, axis: { format: "d", tickMinStep: 1 } };
    title.textContent = say("course", { unit: unit(one) });
    const told = say("course_told", { variable: one.label[lang], region: name(chosen.region) });
    const spec = {
      height: 240, datasets: { rows, breaks, year: [{ year: Number(chosen.year) }] },
      layer: [
        { data: { name: "breaks" }, mark: { type: "rule", color: colours.muted, strokeDash: [2, 3] }, encoding: { x: across, tooltip: [{ field: "year", title: say("break") }, { field: "note", title: " " }] } },
        { data: { name: "year" }, mark: { type: "rule", color: colours.rule, strokeWidth: 6, opacity: 0.6 }, encoding: { x: across } },
        {
          data: { name: "rows" }, mark: { type: "line", point: { size: 22 }, strokeWidth: 2 },
          encoding: {
            x: across,
            y: { field: "value", type: "quantitative", title: null, scale: { zero: false } },
            detail: { field: "era" },
            color: { field: "who", type: "nominal", title: null, scale: { domain: lines.map(([who]) => who), range: [colours.accent, colours.hue, colours.muted] }, legend: { orient: "top", columns: plot.clientWidth < 500 ? 1 : 3, labelLimit: 320, labelColor: colours.ink, labelFontSize: 12 } },
            tooltip: [{ field: "who", title: " " }, { field: "year", title: say("year") }, { field: "value", title: unit(one) }]
          }
        }
      ]
    };
    if (rows.some((row) => row.value !== null)) { await page.chart(plot, spec, told); } else { plot.replaceChildren(make("p", "", say("no_figure"))); }
  }

  /* Regions by years: one square a figure, coloured by status, edition or value. */
  function cover() {
    const { variable } = chosen, side = 10, tall = 6, wide = years.length * side, names = main.regions.filter((one) => one.kind !== "oblast"), groups = new Map();
    const low = [], put = (id, x, y) => groups.set(id, (groups.get(id) || "") + "M" + x + " " + y + "h" + (side - 1) + "v" + (tall - 1) + "h-" + (side - 1) + "z");
    const cells = names.flatMap((one, row) => years.map((when, column) => ({ one, when, figure: when < one.first ? null : node(chosen.variable, one.id, when), x: column * side, y: row * tall })));
    cells.forEach(({ figure }) => { if (figure && figure.value !== null) { low.push(figure.value); } });
    low.sort((a, b) => a - b);
    const limits = [1, 2, 3, 4].map((part) => low[Math.floor((part * low.length) / 5)]);
    cells.forEach(({ one, when, figure, x, y }) => {
      if (!figure) { return; }
      const said = status(chosen.variable, one.id, when), has = figure.value !== null;
      if (!has || chosen.colour === "status") { put(said, x, y); return; }
      put(chosen.colour === "edition" ? "edition " + figure.vintage : "value " + limits.filter((limit) => figure.value >= limit).length, x, y);
    });
    const { colours } = page, plain = { published: colours.series[0], reported: colours.series[4], derived: colours.series[0], absent: colours.shades[2], confidential: colours.accent, missing: colours.muted, not_published: colours.rule };
    const ids = [...groups.keys()].sort((a, b) => (a in plain) - (b in plain) || a.localeCompare(b)), names_of = ids.filter((id) => id.startsWith("edition"));
    const fill = (id) => plain[id] || (id.startsWith("value") ? colours.shades[1 + Number(id.slice(6))] : colours.series[names_of.indexOf(id) % colours.series.length]);
    const range = (part) => [low[0], ...limits, low[low.length - 1]].slice(part, part + 2).map((one) => page.number(one, variables[chosen.variable].digits)).join(" – ");
    const label = (id) => (id in plain ? say("status_" + id) : id.startsWith("value") ? range(Number(id.slice(6))) : edition(id.slice(8)));
    key.replaceChildren(...ids.map((id) => {
      const item = make("li"), mark = make("span", "mark");
      mark.style.background = fill(id);
      item.append(mark, label(id) + ": " + page.number((groups.get(id).match(/M/g) || []).length, 0));
      return item;
    }));
    if (cells.some(({ figure }) => !figure)) { key.append(make("li", "", say("before"))); }
    const svg = drawing([0, 0, wide, names.length * tall], ids.map((id) => ["cell", groups.get(id), fill(id)]), say("coverage_told", { variable: variables[chosen.variable].label[lang] }));
    const row = names.findIndex((one) => one.id === chosen.region), at = years.indexOf(Number(chosen.year));
    if (row >= 0) { svg.append(...drawing([0, 0, 1, 1], [["cursor", "M" + (at * side - 1) + " " + (row * tall - 1) + "h" + (side + 1) + "v" + (tall + 1) + "h-" + (side + 1) + "z"]], "").children); }
    const under = (event) => {
      const frame = svg.getBoundingClientRect();
      return { one: names[Math.floor((names.length * (event.clientY - frame.top)) / frame.height)], when: years[Math.floor((years.length * (event.clientX - frame.left)) / frame.width)] };
    };
    pointed.textContent = say("pointed");
    svg.addEventListener("pointermove", (event) => {
      const { one, when } = under(event);
      if (!one || !when || when < one.first) { return; }
      const figure = node(variable, one.id, when);
      pointed.textContent = name(one.id) + ", " + when + ": " + full(figure.value) + " · " + (figure.value === null ? say("status_" + status(variable, one.id, when)) : edition(figure.vintage));
    });
    svg.addEventListener("click", (event) => { const { one, when } = under(event); if (one && when) { choose({ region: one.id, year: String(when) }); } });
    const side_names = make("div", "sides"), above_all = make("span", "", name(names[0].id));
    [side_names, above_all].forEach((one) => one.setAttribute("aria-hidden", "true"));
    const district = [...new Set(names.map((one) => one.district || one.id))];
    district.forEach((id, place) => {
      const label = make("span", "", place ? name(id) : ""); // the row of the country is too low for a name beside it
      label.style.flexGrow = String(names.filter((one) => (one.district || one.id) === id).length);
      side_names.append(label);
    });
    const scale = make("div", "scale");
    scale.setAttribute("aria-hidden", "true");
    years.filter((one) => (one - first) % 5 === 2).forEach((one) => { const mark = make("span", "", String(one)); mark.style.left = (100 * (one - first + 0.5)) / years.length + "%"; scale.append(mark); });
    tiles.replaceChildren(above_all, scale, side_names, svg);
  }

  /* Breaks, warnings, corrections and files of the variable. */
  function tell(figures) {
    const one = variables[chosen.variable], parts = [];
    const block = (title, items) => { if (items.length) { const told = make("ul", "notes"); told.append(...items.map((content) => { const item = make("li"); item.append(...content); return item; })); parts.push(make("h3", "", say(title)), told); } };
    block("breaks", one.breaks.map((step) => [make("b", "", String(step.year)), " (" + say("break_" + step.kind) + "): " + step.note[lang]]));
    block("warnings", one.warnings.map((text) => [text[lang]]));
    block("mends", figures.mends.map((mend) => [make("b", "", name(mend.region) + ", " + mend.year), ": " + main.sources[mend.source].file + ". " + mend.reason[lang]]));
    block("files", one.sources.map((id) => {
      const source = main.sources[id], title = make("span", "", source.title);
      title.lang = "ru";
      return [title, ". ", make("code", "", source.file), make("span", "under hash", source.sha256 || "")];
    }));
    notes.replaceChildren(...parts);
  }

  function save() {
    load(chosen.variable).then((figures) => {
      const one = variables[chosen.variable];
      const heads = ["variable", "region", "name", "year", "value", "unit", "status", "in_use", "edition", "published", "file", "place", "sha256", "formula"];
      const rows = figures.every().map((row) => {
        const source = one.formula ? null : main.sources[row.source], published = row.vintage ? row.vintage.split(", ").map((each) => main.editions[each].published).sort().pop() : "";
        return [row.variable, row.region, name(row.region), row.year, row.value, unit(one), row.status, row.newest, row.vintage, published, source && source.file, row.place, source && source.sha256, one.formula];
      });
      page.download(chosen.variable + ".csv", page.csv([heads, ...rows]), "text/csv");
    });
  }
}));
