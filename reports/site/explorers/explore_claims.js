/* The ledger of claims: filters, and a way to the page of each. */
window.addEventListener("DOMContentLoaded", () => window.regionalEcon.explorer((page) => {
  "use strict";
  const { box, main, say, name, make } = page, quote = (claim) => claim[page.lang];
  const flat = (text) => text.toLowerCase().replace(/ё/g, "е");
  const about = [...new Set(main.claims.flatMap((claim) => claim.about))].sort((a, b) => name(a).localeCompare(name(b), page.lang));
  const offers = { label: main.label, type: main.type, certainty: main.certainty, about };
  const beginning = { label: "", type: "", certainty: "", about: "", words: "", order: "text" }, chosen = valid(page.state.read());

  const form = make("div", "controls"), count = make("p", "found"), list = make("div", "results");
  const fields = {};
  Object.entries(offers).forEach(([key, ids]) => {
    const options = [["", say("all")], ...ids.map((id) => [id, name(id)])];
    form.append(fields[key] = page.select(say(key), options, chosen[key], (value) => choose(key, value)));
  });
  const orders = [["text", say("by_text")], ["id", say("by_id")]];
  form.append(fields.order = page.select(say("order"), orders, chosen.order, (value) => choose("order", value)));
  form.append(fields.words = page.search(say("words"), chosen.words, (value) => choose("words", value)));
  const tools = make("p", "tools"), letter = make("a", "", say("letter"));
  letter.href = main.letter;
  tools.append(page.button(say("reset"), reset), page.button(say("csv"), save), letter);
  box.append(form, tools, count, list);
  page.state.follow((values) => { Object.assign(chosen, valid(values)); put(); show(); });
  show();

  /* A link that names something unknown asks for all. */
  function valid(values) {
    const known = (key) => key === "words" || (key === "order" ? ["text", "id"] : offers[key]).includes(values[key]);
    return { ...beginning, ...Object.fromEntries(Object.keys(beginning).filter((key) => key in values && known(key)).map((key) => [key, values[key]])) };
  }
  function choose(key, value) { chosen[key] = value; show(); }
  function reset() {
    Object.assign(chosen, beginning);
    put();
    show();
  }
  function put() { Object.entries(fields).forEach(([key, field]) => { field.control.value = chosen[key]; }); }

  function kept() {
    const words = flat(chosen.words).split(/\s+/).filter(Boolean);
    const found = main.claims.filter((claim) =>
      ["label", "type", "certainty"].every((key) => !chosen[key] || claim[key] === chosen[key]) &&
      (!chosen.about || claim.about.includes(chosen.about)) &&
      words.every((word) => flat(claim.id + " " + claim.ru + " " + claim.en + " " + (claim.gap ? name(claim.gap) : "")).includes(word)));
    const by = { text: (a, b) => a.start - b.start, id: (a, b) => a.id.localeCompare(b.id, "en", { numeric: true }) };
    return [...found].sort(by[chosen.order] || by.text);
  }
  function show() {
    const found = kept();
    page.state.write({ ...chosen, order: chosen.order === "text" ? "" : chosen.order });
    count.textContent = found.length ? say("found", { count: found.length, total: main.claims.length }) : say("nothing");
    page.announce(count.textContent);
    const heads = [say("id"), say("label"), say("quote"), say("type"), say("gap")];
    const rows = found.map((claim) => [link(claim), verdict(claim), quote(claim), name(claim.type), claim.gap ? name(claim.gap) : "–"]);
    list.replaceChildren(...(found.length ? [page.table("", heads, rows)] : []));
  }
  function link(claim) {
    const to = make("a", "", claim.id);
    to.href = claim.page;
    to.title = say("change");
    return to;
  }
  function verdict(claim) {
    const cell = make("span", "", name(claim.label));
    if (claim.certainty) { cell.append(make("span", "under", name(claim.certainty))); }
    return cell;
  }
  function save() {
    const heads = ["id", "type", "label", "certainty", "quote", "gap"];
    const rows = kept().map((claim) => [claim.id, ...["type", "label", "certainty"].map((key) => claim[key].split(".").pop()), quote(claim), claim.gap.split(".").pop()]);
    page.download("claims_" + page.lang + ".csv", page.csv([heads, ...rows]), "text/csv");
  }
}));
