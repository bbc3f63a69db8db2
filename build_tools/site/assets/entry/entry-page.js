/* The 案例填报 page: builds the form out of its data, checks while somebody types, makes the file to download.
   Nothing is stored, sent or put into the address. */
(function () {
  "use strict";
  const kit = window.RongcuoPractice, yaml = window.RongcuoYaml, checks = window.RongcuoCheck;
  const place = document.getElementById("rc-entry");
  if (!kit || !yaml || !checks || !place) return;
  const element = kit.element, button = kit.button;

  const SHORT = 60; // a text of up to this many characters takes one line
  const WAIT = 200; // milliseconds after the last key before the check
  const MARKS = /[、，,；;\n]+/;
  const SERIAL = "0000"; // stands for the number that `rongcuo import` gives

  let model = null, check = null, parts = [], kept = {}, tried = false, timer = 0, numbered = 0;
  const summary = element("div", "rc-entry__summary"), loaded = kit.message();

  kit.load("entry").then(function (data) {
    model = data;
    check = checks.checker(data);
    draw();
    document.documentElement.dataset.entry = "ready";
  }).catch(kit.failed(place));

  function today() {
    const now = new Date();
    return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(function (n) { return String(n).padStart(2, "0"); }).join("-");
  }

  function nodeAt(path) {
    return path.reduce(function (node, step) { return typeof step === "number" || step === "" ? node.item : node.keys[step]; }, model.tree);
  }

  // ---- drawing --------------------------------------------------------------------------------------------------

  function draw() {
    const sections = model.sections.map(function (section) {
      return element("section", "rc-entry__section", element("h2", "", section.title), section.parts.map(drawPart));
    });
    const form = element("form", "", controls(), lists(), sections, summary, buttons());
    form.noValidate = true;
    form.autocomplete = "off";
    form.addEventListener("submit", function (event) { event.preventDefault(); download(); });
    form.addEventListener("input", function (event) { touch(event.target); });
    form.addEventListener("focusout", function (event) { touch(event.target); });
    place.replaceChildren(form);
    update();
  }

  function controls() {
    const label = element("label", "rc-entry__load", "接着填以前下载的文件："), input = element("input", "");
    input.type = "file";
    input.accept = ".yaml,.yml";
    input.addEventListener("change", function () { if (input.files.length) load(input.files[0]); });
    label.append(input);
    return element("div", "", label, loaded);
  }

  function buttons() {
    return element("div", "rc-practice__buttons", button("rc-button rc-button--main", "检查并下载"),
      button("rc-button", "先下载草稿", function () { save(); }));
  }

  /* The words of each list, offered while somebody types. */
  function lists() {
    const out = Object.entries(model.vocabularies).map(function (pair) {
      return dataList("rc-list-" + pair[0], pair[1].terms.map(function (term) { return term[1]; }));
    });
    const rules = model.rules.flatMap(function (rule) {
      return [[rule[0], "《" + rule[1] + "》"]].concat(rule[2].map(function (a) { return [rule[0] + "#" + a[0], "《" + rule[1] + "》" + a[1]]; }));
    });
    out.push(dataList("rc-list-rules", rules.map(function (rule) { return rule[0]; }), rules.map(function (rule) { return rule[1]; })));
    return out;
  }

  function dataList(id, values, labels) {
    const list = element("datalist", "", values.map(function (value, i) {
      const option = element("option", "");
      option.value = value;
      if (labels) option.label = labels[i];
      return option;
    }));
    list.id = id;
    return list;
  }

  function drawPart(part) {
    const alone = part.most === undefined, own = { part, alone, rows: [], box: null };
    parts.push(own);
    if (alone) {
      const blank = drawBlank(part.blanks[0], nodeAt(part.path), part.label);
      own.rows.push([blank]);
      own.box = blank.box;
      return blank.box;
    }
    const about = element("p", "rc-small", part.about), said = message();
    own.list = element("div", "rc-entry__rows");
    own.said = said;
    own.add = button("rc-button", "添一行", function () { addRow(own).querySelector("input,select,textarea").focus(); update(); });
    own.box = element("fieldset", "rc-entry__table", element("legend", "", marked(part.label, part.required)), about, own.list, said, own.add);
    if (part.required) addRow(own);
    return own.box;
  }

  function addRow(own) {
    const node = nodeAt(own.part.path).item, single = !own.part.blanks[0].key;
    const blanks = own.part.blanks.map(function (blank) { return drawBlank(blank, single ? node : node.keys[blank.key], blank.title); });
    const row = element("div", "rc-entry__row" + (single ? " rc-entry__row--single" : ""), blanks.map(function (b) { return b.box; }));
    blanks.row = row;
    const drop = button("rc-link", "删去这一行", function () { dropRow(own, blanks); });
    row.append(drop);
    own.rows.push(blanks);
    own.list.append(row);
    return row;
  }

  function dropRow(own, blanks) {
    own.rows.splice(own.rows.indexOf(blanks), 1);
    blanks.row.remove();
    own.add.focus();
    update();
  }

  function marked(label, required) { return required ? label + " " + model.required : label; }

  function message() {
    const node = element("p", "rc-entry__said");
    node.setAttribute("aria-live", "polite");
    node.id = "rc-said-" + (numbered += 1);
    return node;
  }

  function drawBlank(blank, node, label) {
    const inner = blank.many ? node.item : node, input = control(blank, inner), said = message();
    const name = element("label", "rc-entry__label", marked(label, blank.required));
    input.id = "rc-blank-" + (numbered += 1);
    name.htmlFor = input.id;
    const about = blank.about ? element("p", "rc-entry__about", blank.about) : null;
    if (about) about.id = input.id + "-about";
    input.setAttribute("aria-describedby", (about ? about.id + " " : "") + said.id);
    const box = element("div", "rc-entry__blank", name, about, input, said);
    return { blank, node: inner, input, said, box, words: wordsOf(inner) };
  }

  function control(blank, node) {
    if (node.choices) return select(node.choices);
    const long = !node.vocabulary && !node.reference && !node.date && (blank.most > SHORT);
    const input = element(long ? "textarea" : "input", "");
    if (!long) input.type = "text";
    if (long) input.rows = Math.min(8, Math.max(2, Math.ceil(blank.most / 100)));
    if (node.vocabulary) input.setAttribute("list", "rc-list-" + node.vocabulary);
    if (node.reference === "rule") input.setAttribute("list", "rc-list-rules");
    input.autocomplete = "off";
    return input;
  }

  function select(choices) {
    const node = element("select", "");
    for (const [value, label] of [["", "请选择"]].concat(choices)) {
      const option = element("option", "", label);
      option.value = value;
      node.append(option);
    }
    return node;
  }

  /* Everything that stands for a word of a list without doubt: its label, its id. */
  function wordsOf(node) {
    const words = new Map();
    if (!node.vocabulary) return words;
    for (const [id, label] of model.vocabularies[node.vocabulary].terms) { words.set(label, id); words.set(id, id); }
    return words;
  }

  // ---- the record -----------------------------------------------------------------------------------------------

  function valueOf(one) {
    const text = checks.strip(one.input.value.replace(/\r\n?/g, "\n"));
    if (!text) return undefined;
    if (!one.blank.many) return one.words.get(text) || text;
    const all = text.split(MARKS).map(checks.strip).filter(Boolean);
    return all.length ? all : undefined;
  }

  function partValue(own) {
    own.written = [];
    if (own.alone) return valueOf(own.rows[0][0]);
    const out = [];
    for (const blanks of own.rows) {
      const row = {};
      for (const one of blanks) {
        const value = valueOf(one);
        if (value !== undefined) row[one.blank.key] = value;
      }
      if (!Object.keys(row).length) continue;
      own.written.push(blanks);
      out.push(Object.hasOwn(row, "") ? row[""] : row);
    }
    return out.length ? out : undefined;
  }

  /* The case as it stands, keys in the schema's order; what is empty is left out. */
  function record() {
    const data = { ...kept };
    for (const own of parts) {
      const value = partValue(own), path = own.part.path, node = model.tree.keys[path[0]];
      const open = path.length > 1 && model.tree.required.includes(path[0]) && !(node.required || []).length;
      if (open && !data[path[0]]) data[path[0]] = {};
      if (value === undefined) continue;
      let at = data;
      for (const key of path.slice(0, -1)) at = at[key] = at[key] || {};
      at[path[path.length - 1]] = value;
    }
    const day = today();
    data.id = data.id || "RC-" + day.slice(0, 4) + "-" + SERIAL;
    data.status = data.status || "draft";
    data.entered = data.entered || day;
    data.changes = data.changes || [{ ...model.change, date: day }];
    const order = Object.keys(model.tree.keys);
    return Object.fromEntries(Object.keys(data).sort(function (a, b) { return order.indexOf(a) - order.indexOf(b); })
      .map(function (key) { return [key, data[key]]; }));
  }

  // ---- checking -------------------------------------------------------------------------------------------------

  function touch(target) {
    if (!target.matches || !target.matches("input, select, textarea") || target.type === "file") return;
    target.dataset.touched = "yes";
    window.clearTimeout(timer);
    timer = window.setTimeout(update, WAIT);
  }

  /* Check the record and show each finding beside its blank; an untouched blank stays quiet until a download. */
  function update() {
    window.clearTimeout(timer);
    const findings = check(record(), today());
    for (const own of parts) clear(own);
    const shown = findings.filter(show);
    drawSummary(findings, shown.length);
    return findings;
  }

  function clear(own) {
    for (const blanks of own.rows) for (const one of blanks) mark(one.said, one.input, []);
    if (own.said) own.said.textContent = "";
    if (own.add) own.add.disabled = own.rows.length >= own.part.most;
  }

  function mark(said, input, texts) {
    said.textContent = texts.join("\n");
    if (input && texts.length) input.setAttribute("aria-invalid", "true");
    else if (input) input.removeAttribute("aria-invalid");
  }

  function words(finding) { return finding.code + " " + finding.message + " — " + finding.hint; }

  /* Show a finding at its place; true when it is seen. A missing mapping is shown at its first required blank. */
  function show(finding) {
    const target = find(finding.at);
    if (!target) return false;
    if (!tried && !target.inputs.some(function (input) { return input.dataset.touched; })) return false;
    target.said.textContent += (target.said.textContent ? "\n" : "") + words(finding);
    if (target.input) target.input.setAttribute("aria-invalid", "true");
    return true;
  }

  function find(at) {
    const below = parts.filter(function (own) { return starts(own.part.path, at) || starts(at, own.part.path); });
    const own = below.find(function (one) { return starts(one.part.path, at); }) ||
      below.find(function (one) { return one.alone ? one.part.blanks[0].required : one.part.required; }) || below[0];
    if (!own) return null;
    if (own.alone) return spot(own.rows[0][0]);
    const rest = at.slice(own.part.path.length), blanks = rest.length ? own.written[rest[0]] : null;
    const one = blanks && (blanks.find(function (b) { return b.blank.key === rest[1]; }) || (blanks.length === 1 ? blanks[0] : null));
    return one ? spot(one, blanks) : { said: own.said, inputs: Array.from(own.box.querySelectorAll("input,select,textarea")) };
  }

  function spot(one, blanks) {
    return { said: one.said, input: one.input, inputs: (blanks || [one]).map(function (b) { return b.input; }) };
  }

  function starts(short, long) { return short.every(function (step, i) { return long[i] === step; }); }

  function drawSummary(findings) {
    const text = findings.length ? "还有 " + findings.length + " 处要填或要改。" : "检查通过，可以下载。";
    summary.replaceChildren(element("p", "rc-entry__count", text));
    if (!tried || !findings.length) return;
    summary.append(element("ol", "", findings.map(function (finding) {
      const go = button("rc-link", words(finding), function () {
        const target = find(finding.at);
        const input = target && (target.input || target.inputs[0]);
        if (input) input.focus();
        else if (target) target.said.scrollIntoView();
      });
      return element("li", "", go);
    })));
  }

  // ---- files ----------------------------------------------------------------------------------------------------

  function download() {
    tried = true;
    const findings = update();
    if (!findings.length) return save();
    summary.tabIndex = -1;
    summary.focus();
    summary.scrollIntoView({ block: "center" });
  }

  function content() {
    return yaml.write(record(), ["由案例填报页写成；用 rongcuo import 导入，编号到时由系统给。"]);
  }

  function save() {
    const file = new Blob([content()], { type: "application/yaml" }), link = element("a", "");
    link.href = URL.createObjectURL(file);
    link.download = record().id + ".yaml";
    link.click();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  function load(file) {
    file.text().then(function (text) {
      const data = yaml.read(text), unknown = Object.keys(data).filter(function (key) { return !model.tree.keys[key]; });
      if (unknown.length) throw new Error("文件里有不认识的键：" + unknown.join("、") + "。没有读入。");
      const lost = fill(data);
      tried = false;
      update();
      loaded.textContent = "已读入 " + file.name + "。文件里的注释不会留下。" + (lost.length ? "下面的内容没有栏目可放，没有读入：" + lost.join("、") : "");
    }).catch(function (error) { loaded.textContent = error.message; });
  }

  /* Put a record into the form; gives the places that the form does not ask. */
  function fill(data) {
    kept = {};
    for (const key of model.kept) if (data[key] !== undefined && data[key] !== null) kept[key] = data[key];
    const seen = new Set();
    for (const own of parts) {
      const value = own.part.path.reduce(function (at, key) { return at && typeof at === "object" ? at[key] : undefined; }, data);
      fillPart(own, value);
      if (value !== undefined && value !== null) leaves(value, own.part.path, function (path) { seen.add(path); }, own);
    }
    const lost = [];
    leaves(data, [], function (path) { if (!seen.has(path) && !model.kept.includes(path.split(".")[0])) lost.push(path); });
    return lost;
  }

  function leaves(value, at, take, own) {
    if (value === null || value === undefined) return;
    if (typeof value !== "object") return take(at.join("."));
    for (const key of Object.keys(value)) {
      const known = !own || own.alone || at.length !== own.part.path.length + 1 || own.part.blanks.some(function (b) { return b.key === key; });
      if (known || Array.isArray(value)) leaves(value[key], at.concat(key), take, own);
    }
  }

  function fillPart(own, value) {
    if (own.alone) return put(own.rows[0][0], value);
    for (const blanks of own.rows) blanks.row.remove();
    own.rows = [];
    for (const item of Array.isArray(value) ? value : []) {
      addRow(own);
      for (const one of own.rows[own.rows.length - 1]) put(one, one.blank.key ? item && item[one.blank.key] : item);
    }
    if (!own.rows.length && own.part.required) addRow(own);
  }

  function put(one, value) {
    const text = Array.isArray(value) ? value.join("、") : typeof value === "string" ? value : "";
    const term = one.node.vocabulary && model.vocabularies[one.node.vocabulary].terms.find(function (t) { return t[0] === text; });
    one.input.value = term ? term[1] : text;
  }

  window.RongcuoEntry = { record, content, fill: function (data) { const lost = fill(data); update(); return lost; } };
})();
