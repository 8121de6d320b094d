/* What all explorers share: their data, words, controls, charts, and an address that brings a state back. */
(function () {
  "use strict";
  const site = window.regionalEcon, packed = {}, unpacked = {};
  const TYPES = { float64: Float64Array, float32: Float32Array, uint32: Uint32Array, int32: Int32Array, uint16: Uint16Array, int16: Int16Array, uint8: Uint8Array };

  site.part = (id, name, content) => { packed[id + "/" + name] = content; };

  /* Data: each part once, and not both packed and unpacked. */
  function part(id, name, address) {
    const key = id + "/" + name;
    unpacked[key] = unpacked[key] || site.load(address).then(() => site.inflated(packed[key])).then((found) => { delete packed[key]; return found; });
    return unpacked[key];
  }
  function array(found) {
    const bytes = site.bytesOf(found.data);
    return new TYPES[found.type](bytes.buffer, 0, bytes.byteLength / TYPES[found.type].BYTES_PER_ELEMENT);
  }

  /* Words and numbers of the reader's language. */
  function speech(words, lang) {
    const plural = new Intl.PluralRules(lang), forms = {};
    const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, key) => (values && key in values ? String(values[key]) : all));
    function number(value, digits, signed) {
      if (value === null || value === undefined || !Number.isFinite(value)) { return "–"; }
      const grouped = digits > 0 || Math.abs(value) >= 9999.5, key = [digits, signed, grouped].join(); // as in the report
      forms[key] = forms[key] || new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: grouped, signDisplay: signed ? "exceptZero" : "negative" });
      return forms[key].format(value).replace("-", "−").replace(/\u00a0/g, "\u202f");
    }
    return {
      number,
      say(key, values) {
        if (!(key in words.texts)) { throw new Error("no text " + key); }
        return fill(words.texts[key], values);
      },
      knows: (key) => key in words.texts,
      plural: (key, count, digits = 0) => number(count, digits) + " " + (words.plurals[key][plural.select(count)] || words.plurals[key].other || words.plurals[key].many),
      name: (id) => words.names[id] || id
    };
  }

  /* Controls: each is a label with its field, so that it has a name and can be reached by keyboard. */
  let ids = 0;
  const make = site.make;
  function field(label, control, kind) {
    const box = make("div", "field " + kind), name = make("label", "", label);
    control.id = control.id || "control-" + (++ids);
    name.htmlFor = control.id;
    box.append(name, control);
    box.control = control;
    return box;
  }
  const controls = {
    /* options: [value, text, why it cannot be chosen (optional), group (optional)] */
    select(label, options, value, change) {
      const control = make("select"), box = field(label, control, "select");
      box.offer = (wanted, chosen) => {
        control.replaceChildren();
        let group = null, home = control;
        wanted.forEach(([id, text, refused, of]) => {
          if (of && of !== group) { home = make("optgroup"); home.label = group = of; control.append(home); }
          const option = make("option", "", text);
          option.value = id;
          if (refused) { option.disabled = true; option.title = refused; }
          home.append(option);
        });
        control.value = chosen;
      };
      box.offer(options, value);
      control.addEventListener("change", () => change(control.value));
      return box;
    },
    check(label, value, change) {
      const control = make("input");
      control.type = "checkbox";
      control.checked = value;
      control.addEventListener("change", () => change(control.checked));
      return field(label, control, "check");
    },
    /* range: { min, max, step, show(value) → text } */
    slider(label, range, value, change) {
      const control = make("input"), shown = make("output");
      control.type = "range";
      Object.assign(control, { min: range.min, max: range.max, step: range.step, value });
      const box = field(label, control, "slider"), show = range.show || String;
      const tell = () => { shown.textContent = show(control.valueAsNumber); control.setAttribute("aria-valuetext", shown.textContent); };
      shown.htmlFor = control.id;
      box.append(shown);
      box.put = (wanted) => { control.value = wanted; tell(); };
      control.addEventListener("input", () => { tell(); change(control.valueAsNumber); });
      tell();
      return box;
    },
    search(label, value, change) {
      const control = make("input");
      Object.assign(control, { type: "search", autocomplete: "off", spellcheck: false, value });
      control.addEventListener("input", () => change(control.value));
      return field(label, control, "search");
    },
    /* range: { min, max, step } or empty */
    amount(label, range, value, change) {
      const control = make("input");
      Object.assign(control, { type: "number", inputMode: "decimal", ...range, value });
      control.addEventListener("input", () => change(control.value === "" ? null : control.valueAsNumber));
      return field(label, control, "amount");
    },
    button(label, press) {
      const control = make("button", "press", label);
      control.type = "button";
      control.addEventListener("click", press);
      return control;
    }
  };

  /* The address after # holds what differs from the beginning, so that a link brings it back. */
  const state = {
    read: () => Object.fromEntries(new URLSearchParams(location.hash.slice(1))),
    write(values) {
      const kept = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
      const mark = "#" + new URLSearchParams(kept.map(([key, value]) => [key, String(value)])).toString();
      history.replaceState(null, "", mark === "#" ? location.pathname + location.search : mark);
    },
    follow: (action) => window.addEventListener("hashchange", () => action(state.read()))
  };

  const computed = /^(?:[=@\t\n]|[+-](?![\s\d.,]*%?$))/; // what a spreadsheet program would compute
  const csvCell = (value) => { const given = value === null || value === undefined ? "" : String(value), text = typeof value === "string" && computed.test(given) ? "'" + given : given; return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text; };
  const csv = (rows, told) => (told ? "# " + told + "\n" : "") + rows.map((row) => row.map(csvCell).join(",") + "\n").join("");

  /* A chart in the house style, from a Vega-Lite specification with named data; `update` gives a name other rows. */
  async function chart(element, spec, told, words) {
    element.classList.add("plot");
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", told);
    const faces = ["12px", "600 12px"].map((style) => document.fonts.load(style + ' "Regional Sans"'));
    await Promise.all([site.load(document.documentElement.dataset.vega), Promise.allSettled(faces)]);
    const stage = make("div", "stage"), options = { mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false, tooltip: site.tip, hover: true };
    element.replaceChildren(stage);
    const whole = { width: "container", autosize: { type: "fit", contains: "padding", resize: true }, ...spec, config: { ...words.style, ...spec.config } };
    const { view } = await window.vegaEmbed(stage, whole, options), drawing = stage.querySelector("svg");
    drawing.setAttribute("aria-hidden", "true");
    drawing.removeAttribute("role");
    return {
      view,
      update(name, rows) { view.data(name, rows); return view.runAsync(); },
      tell(text) { element.setAttribute("aria-label", text); }
    };
  }

  /* heads: text, or [text, "right"]; cells: text or an element. */
  function table(caption, heads, rows) {
    const figure = make("figure", "table"), scroll = make("div", "scroll"), grid = make("table");
    const aligned = heads.map((head) => (Array.isArray(head) ? head : [head, ""]));
    if (caption) { figure.append(make("figcaption", "", caption)); }
    Object.assign(scroll, { tabIndex: 0 });
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", caption || aligned[0][0]);
    const top = grid.createTHead().insertRow();
    aligned.forEach(([text, side]) => { const cell = make("th", side, text); cell.scope = "col"; top.append(cell); });
    const body = grid.createTBody();
    rows.forEach((row) => {
      const line = body.insertRow();
      row.forEach((content, place) => {
        const cell = make(place ? "td" : "th", aligned[place][1]);
        if (!place) { cell.scope = "row"; }
        cell.append(content === null || content === undefined ? "–" : content);
        line.append(cell);
      });
    });
    scroll.append(grid);
    figure.append(scroll);
    return figure;
  }

  /* An explorer's own script gives the function that fills its page. */
  site.explorer = async (fill) => {
    const box = document.getElementById("explorer"), words = JSON.parse(box.dataset.words);
    const lang = document.documentElement.lang, status = make("p", "status");
    status.setAttribute("role", "status");
    const page = {
      box, lang, state, download: site.save, csv, table, array, make, words,
      ...controls,
      ...speech(words, lang),
      colours: words.colours,
      part: (name) => part(words.id, name, words.parts[name]),
      chart: (element, spec, told) => chart(element, spec, told, words),
      announce: (text) => { if (status.textContent !== text) { status.textContent = text; } }
    };
    page.main = await page.part("main");
    await fill(page);
    box.append(status);
    box.dataset.ready = "yes";
  };
})();
