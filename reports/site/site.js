/* What the pages can do beyond being read: theme, search, the origin of numbers, live charts. No page needs it to be read. */
(function () {
  "use strict";
  var root = document.documentElement, loaded = {}, charts = {}, origins = null, index = null, filled = null;
  var dark = window.matchMedia("(prefers-color-scheme: dark)"), small = window.matchMedia("(max-width: 40rem)");
  root.classList.add("js");

  window.regionalEcon = {
    numbers: function (page, content) { origins = inflated(content); },
    search: function (content) {
      filled = inflated(content).then(function (rows) {
        index = rows.map(function (row) {
          return { kind: row[0], title: row[1], text: row[2], url: row[3], head: flat(row[1]), body: flat(row[2]) };
        });
      });
      return filled;
    },
    chart: function (id, content) { charts[id] = inflated(content); }
  };

  /* Data come as deflated JSON in classic scripts, since a page on a disk may load nothing else. */
  function bytesOf(text) { // of base64: a loop, since a call a byte takes a second for some megabytes
    var signs = atob(text), bytes = new Uint8Array(signs.length);
    for (var place = 0; place < signs.length; place += 1) { bytes[place] = signs.charCodeAt(place); }
    return bytes;
  }
  function wide85(text) { // five signs are four bytes: numbers.py packs them
    var signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%:()*+-;,=.?@^_`{|}~", worth = new Uint8Array(128);
    for (var sign = 0; sign < 85; sign += 1) { worth[signs.charCodeAt(sign)] = sign; }
    var length = Math.floor(text.length * 4 / 5), whole = text + "~~~~", bytes = new DataView(new ArrayBuffer(length + 4));
    for (var from = 0, to = 0; to < length; from += 5, to += 4) {
      for (var place = 0, number = 0; place < 5; place += 1) { number = number * 85 + worth[whole.charCodeAt(from + place)]; }
      bytes.setUint32(to, number);
    }
    return new Uint8Array(bytes.buffer, 0, length);
  }
  function inflated(text) {
    return new Response(new Blob([wide85(text)]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  }

  function load(source) {
    loaded[source] = loaded[source] || new Promise(function (done, fail) {
      var script = document.createElement("script");
      script.src = root.dataset.path + source;
      script.onload = done;
      script.onerror = function () { delete loaded[source]; fail(new Error(source)); };
      document.head.appendChild(script);
    });
    return loaded[source];
  }

  function make(tag, name, text) {
    var element = document.createElement(tag);
    if (name) { element.className = name; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  }

  function each(selector, action, within) { Array.prototype.forEach.call((within || document).querySelectorAll(selector), action); }

  /* Theme: the system's choice until the reader makes one. */
  function remembered() { try { return localStorage.getItem("theme"); } catch (error) { return null; } }
  function remember(theme) {
    try { if (theme) { localStorage.setItem("theme", theme); } else { localStorage.removeItem("theme"); } } catch (error) { return; }
  }
  function isDark() { return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches; }
  function setTheme(theme) {
    if (theme) { root.dataset.theme = theme; } else { delete root.dataset.theme; }
    each("[data-do=theme]", function (button) { button.setAttribute("aria-pressed", String(isDark())); });
  }
  setTheme(remembered());
  dark.addEventListener("change", function () { setTheme(remembered()); });
  function switchTheme() {
    var wanted = isDark() ? "light" : "dark", own = (wanted === "dark") === dark.matches;
    remember(own ? null : wanted);
    setTheme(own ? null : wanted);
  }

  /* Charts: an image becomes a live chart, which follows the theme, when it comes into view; a drawing inside the page,
     which follows the theme by itself, only when the reader points at it. */
  function chartOf(plot, size) {
    var id = plot.dataset.chart, wanted = "charts/" + id + "_" + root.lang + ".js?v=" + plot.dataset.version;
    var typefaces = ["12px", "600 12px"].map(function (style) { return document.fonts.load(style + ' "Regional Sans"'); });
    return Promise.all([load(root.dataset.vega), load(wanted), Promise.allSettled(typefaces)])
      .then(function () { return charts[id]; })
      .then(function (both) { // a copy, since a chart writes into its data; both sizes name theirs by place
        var spec = JSON.parse(JSON.stringify(both[size]));
        spec.data.forEach(function (part) {
          if ("values" in part) { part.values = JSON.parse(JSON.stringify(both.values[part.values])); }
        });
        return spec;
      });
  }
  function draw(plot, size) {
    plot.dataset.size = size;
    chartOf(plot, size).then(function (spec) {
      var stage = make("div", "stage"), options = { mode: "vega", renderer: "svg", actions: false, defaultStyle: false, tooltip: showTip, hover: true };
      return window.vegaEmbed(stage, spec, options).then(function () {
        if (plot.dataset.size !== size) { return; }
        var image = plot.querySelector("img"), drawing = stage.querySelector("svg");
        if (image) { plot.setAttribute("aria-label", image.alt); plot.setAttribute("role", "img"); }
        drawing.setAttribute("aria-hidden", "true");
        drawing.removeAttribute("role");
        plot.replaceChildren(stage);
        plot.dataset.live = "yes";
      });
    });
  }
  /* A PNG for a letter or a slide, on white paper whatever the theme: each colour's name is its value there. */
  function savePicture(plot) {
    chartOf(plot, "wide").then(function (spec) {
      var white = JSON.parse(JSON.stringify(spec).replace(/var\(--c([0-9a-f]{6})\)/g, "#$1"));
      return window.vegaEmbed(make("div"), white, { mode: "vega", actions: false, defaultStyle: false });
    }).then(function (made) {
      return made.view.toImageURL("png", 2).then(function (address) {
        var link = make("a");
        link.href = address;
        link.download = plot.dataset.chart + "_" + root.lang + ".png";
        link.click();
        made.finalize();
      });
    });
  }
  function start(plot) { if (!plot.dataset.size) { draw(plot, small.matches ? "narrow" : "wide"); } }
  function watchCharts() {
    var seen = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) { seen.unobserve(entry.target); start(entry.target); }
      });
    }, { rootMargin: "400px 0px" });
    each("[data-chart]", function (plot) {
      if (plot.querySelector("img")) { seen.observe(plot); } else { plot.addEventListener("pointerenter", function () { start(plot); }); }
    });
    small.addEventListener("change", function () {
      each("[data-chart][data-size]", function (plot) { draw(plot, small.matches ? "narrow" : "wide"); });
    });
  }

  /* Tooltips of charts. */
  var tip = null;
  function showTip(handler, event, item, value) {
    tip = tip || document.body.appendChild(make("div", "tip"));
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) { return; }
    if (typeof value === "object") {
      var table = make("table");
      Object.keys(value).forEach(function (key) {
        var row = table.insertRow();
        row.appendChild(make("th", "", key)).scope = "row";
        row.appendChild(make("td", "", String(value[key])));
      });
      tip.replaceChildren(table);
    } else { tip.textContent = String(value); }
    var box = tip.getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(event.clientX + 14, window.innerWidth - box.width - 8)) + "px";
    tip.style.top = (event.clientY + 18 + box.height > window.innerHeight ? event.clientY - box.height - 12 : event.clientY + 18) + "px";
  }

  /* Numbers: a click on one, or the button of its block, opens the drawer. */
  function addButtons(words) {
    each("main p, main .answer li, main .table, main .verdict, main .chart", function (block) {
      var numbers = block.querySelectorAll(".num"), owner = block.parentElement.closest("p, li, .table, .verdict, .chart");
      if (!numbers.length || owner) { return; }
      var place = block.querySelector(".data"), button = make("button", place ? "how" : "how mark", place ? words.how : undefined);
      button.type = "button";
      button.setAttribute("aria-haspopup", "dialog");
      if (!place) { button.setAttribute("aria-label", words.how); button.title = words.how; }
      button.addEventListener("click", function () { showOrigins(numbers, words); });
      (place || block.querySelector("h2, h3") || block.querySelector("p") || block).appendChild(button);
    });
    document.querySelector("main").addEventListener("click", function (event) {
      var number = event.target.closest(".num");
      if (number && !String(window.getSelection())) { showOrigins([number], words); }
    });
  }
  function showOrigins(numbers, words) {
    var drawer = document.getElementById("drawer");
    load(root.dataset.numbers).then(function () { return origins; }).then(function (told) {
      var list = drawer.querySelector(".list"), seen = {};
      list.replaceChildren();
      Array.prototype.forEach.call(numbers, function (number) {
        var id = number.dataset.id, origin = told.numbers[id], key = id + " " + number.textContent;
        if (!origin || seen[key]) { return; }
        seen[key] = true;
        list.appendChild(describe(id, number.textContent, origin, told.results[origin.result], words, numbers.length === 1));
      });
      drawer.showModal();
      drawer.scrollTop = 0;
    });
  }
  function describe(id, shown, origin, result, words, open) {
    var box = make("details"), summary = box.appendChild(make("summary")), list = box.appendChild(make("dl"));
    var inputs = make("ul");
    box.open = open;
    summary.appendChild(make("b", "", shown.trim()));
    summary.appendChild(make("span", "", id));
    result.inputs.forEach(function (input) {
      inputs.appendChild(make("li", "", input[0])).appendChild(make("span", "hash", input[1]));
    });
    var file = make("span", "", origin.result + ".json");
    file.appendChild(make("span", "hash", result.sha256));
    var code = make("span", "", result.code.version);
    code.appendChild(make("span", "hash", result.code.sha256));
    if (!result.code.current) { code.appendChild(make("b", "", words.changed)); }
    [[words.value, origin.value], [words.unit, origin.unit], [words.error, origin.error], [words.result, file], [words.inputs, inputs], [words.code, code]]
      .forEach(function (pair) {
        if (!pair[1]) { return; }
        list.appendChild(make("dt", "", pair[0]));
        var cell = list.appendChild(make("dd"));
        cell.append(pair[1]);
      });
    return box;
  }

  /* Search. */
  function flat(text) { return " " + text.toLowerCase().replace(/ё/g, "е").replace(/[^\p{L}\p{N}]+/gu, " ") + " "; }
  function stem(word) { return word.length > 6 ? word.slice(0, -2) : word.length > 4 ? word.slice(0, -1) : word; }
  function partsOf(query) { return flat(query).trim().split(" ").filter(Boolean).map(stem); }
  function find(parts) {
    var weights = { chapter: 6, claim: 4, card: 4, figure: 3, table: 3, text: 1, row: 0 };
    if (!parts.length) { return []; }
    return index.map(function (entry, place) {
      var score = weights[entry.kind];
      var all = parts.every(function (part) {
        var head = entry.head.indexOf(" " + part) >= 0;
        score += head ? 5 : 0;
        return head || entry.body.indexOf(" " + part) >= 0;
      });
      return all ? { entry: entry, score: score, place: place } : null;
    }).filter(Boolean).sort(function (a, b) { return b.score - a.score || a.place - b.place; });
  }
  function snippet(text, parts) {
    var element = make("span"), words = text.split(/(\s+)/), hit = words.findIndex(function (word) {
      return parts.some(function (part) { return flat(word).indexOf(" " + part) >= 0; });
    });
    words.slice(Math.max(0, hit - 12), Math.max(0, hit - 12) + 60).forEach(function (word) {
      var marked = parts.some(function (part) { return flat(word).indexOf(" " + part) >= 0; });
      element.append(marked ? make("mark", "", word) : word);
    });
    if (hit > 12) { element.prepend("… "); }
    return element;
  }
  function setUpSearch(words) {
    var box = document.getElementById("find"), field = box.querySelector("input"), list = box.querySelector("ol"), count = box.querySelector(".count");
    function show() {
      var parts = partsOf(field.value.replace(/(^|\s)(\p{L})[\s-]+(?=\p{N})/gu, "$1$2")), hits = index ? find(parts) : [], most = 40;
      if (index && !hits.length) { // "q 25" meant no claim
        parts = partsOf(field.value);
        hits = find(parts);
      }
      list.replaceChildren();
      hits.slice(0, most).forEach(function (hit) {
        var link = make("a"), title = make("b", "", hit.entry.title);
        link.href = hit.entry.url;
        link.append(make("small", "", words.kinds[hit.entry.kind]), title);
        if (hit.entry.text) { link.appendChild(snippet(hit.entry.text, parts)); }
        list.appendChild(make("li")).appendChild(link);
      });
      count.textContent = field.value.trim() ? (hits.length > most ? words.found_more : words.found).replace("{}", String(hits.length)) : words.hint;
    }
    function open() { box.showModal(); field.select(); load(root.dataset.search).then(function () { return filled; }).then(show); }
    each("[data-do=search]", function (button) { button.addEventListener("click", open); });
    field.addEventListener("input", show);
    box.addEventListener("keydown", function (event) {
      var links = Array.prototype.slice.call(list.querySelectorAll("a")), place = links.indexOf(document.activeElement);
      if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(place + 1, links.length - 1)].focus(); }
      if (event.key === "ArrowUp" && place >= 0) { event.preventDefault(); (links[place - 1] || field).focus(); }
      if (event.key === "Enter" && document.activeElement === field && links.length) { event.preventDefault(); links[0].click(); }
    });
    list.addEventListener("click", function (event) { if (event.target.closest("a")) { box.close(); } });
    document.addEventListener("keydown", function (event) {
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]") && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
        event.preventDefault();
        open();
      }
    });
  }

  /* Tables for a paper: LaTeX with booktabs, what stands under a number in a line of its own. */
  var TEX = { "\\": "\\textbackslash{}", "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_", "{": "\\{", "}": "\\}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
    "−": "$-$", "–": "--", "—": "---", "×": "$\\times$", "≥": "$\\ge$", "≤": "$\\le$", "<": "$<$", ">": "$>$", "±": "$\\pm$", "²": "\\textsuperscript{2}", "\u00a0": "~", "\u202f": "\\,", "\u2009": "\\," };
  function tex(text) { return text.trim().replace(/\s*\n\s*/g, " ").replace(/[\\&%$#_{}~^−–—×≥≤<>±²\u00a0\u202f\u2009]/g, function (sign) { return TEX[sign]; }); }
  function texLines(row) {
    var cells = Array.prototype.map.call(row.cells, function (cell) {
      var parts = Array.prototype.map.call(cell.querySelectorAll(".under"), function (part) { return tex(part.textContent); });
      var first = cell.cloneNode(true);
      each(".under", function (part) { part.remove(); }, first);
      return [tex(first.textContent)].concat(parts);
    });
    var lines = Math.max.apply(null, cells.map(function (cell) { return cell.length; })), found = [];
    for (var k = 0; k < lines; k += 1) { found.push(cells.map(function (cell) { return cell[k] || ""; }).join(" & ") + " \\\\"); }
    return found;
  }
  function latex(figure) {
    var table = figure.querySelector("table"), heads = table.tHead.rows[0], caption = figure.querySelector("figcaption").cloneNode(true);
    each("b", function (number) { number.remove(); }, caption);
    var sides = Array.prototype.map.call(heads.cells, function (cell) { return cell.className === "right" ? "r" : cell.className === "center" ? "c" : "l"; });
    var body = Array.prototype.concat.apply([], Array.prototype.map.call(table.tBodies[0].rows, texLines));
    return ["% " + location.pathname.split("/").pop() + "#" + figure.id, "% \\usepackage{booktabs}", "\\begin{table}", "\\caption{" + tex(caption.textContent) + "}",
      "\\label{tab:" + figure.id + "}", "\\begin{tabular}{" + sides.join("") + "}", "\\toprule"].concat(texLines(heads), ["\\midrule"], body, ["\\bottomrule", "\\end{tabular}", "\\end{table}", ""]).join("\n");
  }
  function save(name, text, type) {
    var link = make("a");
    link.href = URL.createObjectURL(new Blob([text], { type: (type || "text/plain") + ";charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }
  function addLatex() {
    each("main figure.table[id]", function (figure) {
      var place = figure.querySelector(".data"), button = make("button", "save", "LaTeX");
      if (!place) { return; }
      button.type = "button";
      button.addEventListener("click", function () { save(figure.id + ".tex", latex(figure)); });
      place.insertBefore(button, place.querySelector(".how"));
    });
  }

  window.regionalEcon.bytesOf = bytesOf;
  window.regionalEcon.inflated = inflated;
  window.regionalEcon.load = load;
  window.regionalEcon.save = save;
  window.regionalEcon.make = make;
  window.regionalEcon.tip = showTip;

  document.addEventListener("DOMContentLoaded", function () {
    var words = window.regionalEcon.words;
    setTheme(remembered());
    each("[data-do=theme]", function (button) { button.addEventListener("click", switchTheme); });
    each("[data-do=close]", function (button) { button.addEventListener("click", function () { button.closest("dialog").close(); }); });
    each("dialog", function (box) { box.addEventListener("click", function (event) { if (event.target === box) { box.close(); } }); });
    each("a[data-do=language]", function (link) { link.addEventListener("click", function () { link.hash = location.hash; }); });
    each("[data-do=png]", function (button) {
      button.addEventListener("click", function () { savePicture(button.closest("figure").querySelector("[data-chart]")); });
    });
    addButtons(words);
    addLatex();
    setUpSearch(words);
    watchCharts();
  });
})();
