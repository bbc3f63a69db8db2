/* The search page: words or pasted facts, facets, results. Draws into <div id="rc-search">; ranks nothing itself.
   The state of a search in words is in the address; pasted facts are never put there, stored or sent. */
(function () {
  "use strict";
  const engine = window.RongcuoSearch, kit = window.RongcuoKit, place = document.getElementById("rc-search");
  const reading = window.RongcuoMatter, precedents = window.RongcuoPrecedents, explain = window.RongcuoExplain;
  const compare = window.RongcuoCompare, report = window.RongcuoReport, syntax = window.RongcuoQuery, sections = window.RongcuoSections;
  if (!engine || !place || !kit || !compare || !report || !syntax || !sections) return;
  const element = kit.element, button = kit.button, marked = kit.marked, badge = kit.badge;

  const FIRST = 10, MORE = 20; // results shown at first, and added by the button
  const OPEN = 3; // explanations that stand open with pasted facts
  const MOST_FACTS = 20000; // characters; longer facts are refused
  const OPEN_FACETS = ["kind"]; // open at first on a wide screen; the lists of all others are read when opened
  const LONG_FACET = 12; // values of a facet shown before "more"
  const EXAMPLES = ["没等批复就先开工了", "集体研究过能免责吗", "漏接电话被处分", "停车", "专项资金挪去修路", "事前报备"];
  const PAUSE = 250;

  const wide = window.matchMedia("(min-width: 60em)");
  let manifest = null;
  let state = { q: "", facts: "", mode: "words", type: "case", sort: "score", from: "", to: "", part: "", filters: {} };
  let partNames = new Map(); // field of a case → title
  let parsed = null, inYears = null; // how the words were read; a test for the years asked for
  let turn = 0, counting = 0, found = null, matter = null, timer = 0;
  const opened = new Set(), unfolded = new Set();

  // ---- small helpers ------------------------------------------------------------------------------------------

  function failed(error) {
    return error instanceof engine.LoadError ? error.message : "检索出错，请刷新页面再试。";
  }

  // ---- the state in the address -------------------------------------------------------------------------------

  function readAddress() {
    const fragment = new URLSearchParams(location.hash.slice(1)), query = new URLSearchParams(location.search);
    const types = manifest.types.map(function (t) { return t.type; });
    const next = { q: fragment.get("q") || (location.hash ? "" : query.get("q")) || "", filters: {} };
    next.mode = fragment.get("mode") === "facts" ? "facts" : "words";
    next.type = types.includes(fragment.get("type")) ? fragment.get("type") : "case";
    next.sort = fragment.get("sort") === "date" ? "date" : "score";
    next.from = year(fragment.get("from"));
    next.to = year(fragment.get("to"));
    next.part = partNames.has(fragment.get("part")) ? fragment.get("part") : "";
    for (const facet of manifest.facets) {
      const known = new Set(facet.values.map(function (v) { return v[0]; }));
      const values = (fragment.get(facet.name) || "").split(",").filter(function (v) { return known.has(v); });
      if (values.length) next.filters[facet.name] = values;
    }
    return next;
  }

  function year(text) { return /^[12][0-9]{3}$/.test(text || "") ? text : ""; }

  function writeAddress(push) {
    const fragment = new URLSearchParams();
    if (state.mode === "facts") fragment.set("mode", "facts");
    else if (state.q) fragment.set("q", state.q);
    if (state.type !== "case") fragment.set("type", state.type);
    if (state.sort !== "score") fragment.set("sort", state.sort);
    if (state.from) fragment.set("from", state.from);
    if (state.to) fragment.set("to", state.to);
    if (state.part) fragment.set("part", state.part);
    for (const name of Object.keys(state.filters)) fragment.set(name, state.filters[name].join(","));
    const text = fragment.toString().replace(/%2C/g, ","), address = text ? "#" + text : location.pathname;
    if ((text ? "#" + text : "") === location.hash && !location.search) return;
    if (push) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  // ---- the fixed parts of the page ----------------------------------------------------------------------------

  const parts = {}, typeCounts = []; // elements; those of the numbers by the place of the type

  function build() {
    parts.words = button("rc-search__mode", "关键词", function () { setMode("words"); });
    parts.factsMode = button("rc-search__mode", "粘贴案情", function () { setMode("facts"); });
    const modes = element("div", "rc-search__modes");
    modes.setAttribute("role", "group");
    modes.setAttribute("aria-label", "检索方式");
    modes.append(parts.words, parts.factsMode);

    parts.form = wordsForm();
    parts.factsForm = factsForm();
    parts.read = element("p", "rc-search__read");
    parts.types = element("div", "rc-search__types");
    parts.types.setAttribute("role", "group");
    parts.types.setAttribute("aria-label", "查找范围");
    makeTypes();
    parts.chips = element("div", "rc-search__chips");
    parts.status = element("p", "rc-search__status");
    parts.status.setAttribute("role", "status");
    parts.status.setAttribute("aria-live", "polite");
    parts.sort = sortChoice();
    parts.results = element("div", "rc-search__results");

    parts.facets = element("details", "rc-facets");
    parts.facetsTitle = element("summary", "rc-facets__title", "筛选");
    parts.facetList = element("div", "rc-facets__list");
    parts.facets.append(parts.facetsTitle, parts.facetList);
    parts.facets.open = wide.matches;
    parts.facets.addEventListener("toggle", drawFacets);

    const bar = element("div", "rc-search__bar"), main = element("div", "rc-search__main");
    const body = element("div", "rc-search__body");
    bar.append(parts.status, partChoice(), years(), parts.sort);
    parts.help = syntax.help(parts.input, manifest);
    main.append(bar, parts.chips, parts.results, compare.makeBar());
    body.append(parts.facets, main);
    place.classList.add("rc-search");
    place.replaceChildren(modes, parts.form, parts.help, parts.factsForm, parts.read, parts.types, body);
    place.addEventListener("keydown", moveAmongResults);
    document.addEventListener("keydown", focusOnSlash);
  }

  function wordsForm() {
    const form = element("form", "rc-search__form"), input = element("input", "rc-search__input");
    const go = element("button", "rc-search__go", "检索");
    form.setAttribute("role", "search");
    form.setAttribute("aria-label", "检索案例库");
    input.type = "search";
    input.autocomplete = "off";
    input.placeholder = "用自己的话说，例如：没等批复就先开工了";
    input.setAttribute("aria-label", "检索词");
    go.type = "submit";
    form.append(input, go);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      clearTimeout(timer);
      state.q = input.value.trim();
      syntax.remember(state.q);
      writeAddress(true);
      run();
    });
    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(function () {
        state.q = input.value.trim();
        writeAddress(false);
        run();
      }, PAUSE);
    });
    parts.input = input;
    return form;
  }

  function factsForm() {
    const form = element("form", "rc-search__facts"), area = element("textarea", "rc-search__area");
    const note = element("p", "rc-search__note", "内容不会离开本机、不进网址、不保存。粘贴几句到几段都行，时间、金额、姓名不影响比对。");
    const row = element("div", "rc-search__buttons"), go = element("button", "rc-search__go", "找类案");
    note.id = "rc-search-note";
    area.rows = 7;
    area.autocomplete = "off";
    area.spellcheck = false;
    area.placeholder = "写清：谁、在什么情况下、做了什么、差在哪里、有什么后果。";
    area.setAttribute("aria-label", "案情");
    area.setAttribute("aria-describedby", note.id);
    go.type = "submit";
    row.append(go, button("rc-search__clear", "清空", function () {
      area.value = "";
      state.facts = "";
      area.focus();
      run();
    }));
    form.append(area, note, row);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (area.value.trim().length > MOST_FACTS) {
        parts.status.textContent = "案情超过 " + MOST_FACTS + " 字，请删减到主要事实再检索。";
        return;
      }
      state.facts = area.value.trim();
      run();
    });
    parts.area = area;
    return form;
  }

  function sortChoice() {
    const label = element("label", "rc-search__sort", "排序："), select = element("select", "");
    for (const [value, text] of [["score", "相关程度"], ["date", "日期从新到旧"]]) {
      const option = element("option", "", text);
      option.value = value;
      select.append(option);
    }
    select.addEventListener("change", function () {
      state.sort = select.value;
      writeAddress(true);
      show();
    });
    parts.sortSelect = select;
    label.append(select);
    return label;
  }

  /* The field of the cases that is searched. */
  function partChoice() {
    const label = element("label", "rc-search__sort", "只在："), select = element("select", "");
    for (const [name, title] of [["", "全文"]].concat(Array.from(partNames))) {
      const option = element("option", "", title);
      option.value = name;
      select.append(option);
    }
    select.addEventListener("change", function () {
      state.part = select.value;
      writeAddress(true);
      run();
    });
    parts.partSelect = select;
    parts.partLabel = label;
    label.append(select);
    return label;
  }

  /* Two boxes for the first and the last year. */
  function years() {
    const box = element("div", "rc-search__years");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "日期范围");
    for (const [name, label] of [["from", "从哪一年"], ["to", "到哪一年"]]) {
      const input = element("input", "");
      input.inputMode = "numeric";
      input.maxLength = 4;
      input.placeholder = name === "from" ? "起始年" : "截止年";
      input.setAttribute("aria-label", label);
      input.addEventListener("change", function () {
        state[name] = year(input.value.trim());
        input.value = state[name];
        writeAddress(true);
        run();
      });
      parts[name] = input;
      box.append(input, name === "from" ? "至" : "年");
    }
    parts.years = box;
    return box;
  }

  async function yearTest() {
    const from = state.from, to = state.to;
    if (!from && !to) return function () { return true; };
    const dates = await engine.dates([]);
    return function (number) {
      const date = dates(number);
      return Boolean(date) && (!from || date >= from) && (!to || date <= to);
    };
  }

  function setMode(mode) {
    state.mode = mode;
    state.filters = {}; // a filter left over would hide one side of the comparison
    if (mode === "facts") state.type = "case";
    writeAddress(true);
    reflect();
    run();
    (mode === "facts" ? parts.area : parts.input).focus();
  }

  /* Makes the controls show the state. */
  function reflect() {
    const facts = state.mode === "facts";
    parts.words.setAttribute("aria-pressed", String(!facts));
    parts.factsMode.setAttribute("aria-pressed", String(facts));
    parts.form.hidden = facts;
    parts.factsForm.hidden = !facts;
    parts.types.hidden = facts;
    parts.help.hidden = facts;
    parts.partSelect.value = state.part;
    parts.from.value = state.from;
    parts.to.value = state.to;
    if (parts.input.value.trim() !== state.q) parts.input.value = state.q;
    parts.sortSelect.value = state.sort;
    document.querySelectorAll("form.rc-box input").forEach(function (input) {
      if (!facts && document.activeElement !== input) input.value = "";
    });
  }

  // ---- searching ----------------------------------------------------------------------------------------------

  function asked() { return state.mode === "facts" ? state.facts : state.q; }

  async function run() {
    const mine = ++turn, count = ++counting, text = asked();
    if (text) parts.status.textContent = "正在查找…";
    try {
      const facts = state.mode === "facts";
      const read = facts ? null : syntax.parse(text, manifest), test = await yearTest();
      const own = facts ? await reading.fromFacts(text) : null;
      const results = own ? own.found : await searchIn(state.type, read, text);
      if (mine !== turn) return;
      matter = own;
      parsed = read;
      inYears = test;
      found = results;
      if (!text) found.ranked = everything(state.type);
      drawTypes();
      drawReading();
    } catch (error) {
      return complain(mine, error);
    }
    await show();
    if (text && state.mode === "words" && count === counting) await countTypes(text, count);
  }

  /* Numbers on the buttons of the types; read last, because the results do not wait for them. */
  async function countTypes(text, count) {
    const own = found, read = parsed;
    try {
      const all = await Promise.all(manifest.types.map(function (type) {
        return type.type === own.type ? own : searchIn(type.type, read, text);
      }));
      if (count === counting) all.forEach(function (one, i) { typeCounts[i].textContent = String(one.ranked.length); });
    } catch (error) {
      if (!(error instanceof engine.LoadError)) throw error; // the results stand without the numbers
    }
  }

  /* Results of one type for words; limits alone (-排除, 领域:停车) are applied to everything. */
  async function searchIn(type, read, text) {
    let found = await engine.search(read.text, { type: type });
    if (type === "case" && state.part && read.text) found = await sections.narrow(found, state.part);
    if (read.text === text) return found;
    const passes = await syntax.limits(read, type);
    if (!read.text) found.ranked = everything(type);
    found.ranked = found.ranked.filter(function (pair) { return passes(pair[0]); });
    return found;
  }

  function complain(mine, error) {
    if (mine !== turn) return;
    parts.results.replaceChildren(element("p", "rc-empty", failed(error)));
    parts.status.textContent = "";
  }

  function everything(typeName) {
    const type = manifest.types.find(function (t) { return t.type === typeName; }), all = [];
    for (let n = type.first; n < type.first + type.count; n++) all.push([n, 0]);
    return all;
  }

  /* Filters, sorts and draws what was found. */
  async function show() {
    if (!found) return;
    const mine = ++turn;
    try {
      await draw(mine);
    } catch (error) {
      complain(mine, error);
    }
  }

  async function draw(mine) {
    const isCase = state.type === "case", filters = isCase ? state.filters : {};
    const chosen = await engine.filter(filters);
    const passes = function (number) { return chosen(number) && (!isCase || inYears(number)); };
    let ranked = found.ranked.filter(function (pair) { return passes(pair[0]); });
    if (state.sort === "date" && isCase) ranked = await byDate(ranked);
    if (mine !== turn) return;
    parts.facets.hidden = !isCase;
    parts.sort.hidden = !isCase || state.mode === "facts";
    parts.years.hidden = !isCase;
    parts.partLabel.hidden = !isCase || state.mode === "facts";
    drawChips();
    drawFacets();
    if (!asked() && !Object.keys(filters).length && !state.from && !state.to) return drawStart();
    if (!ranked.length) return drawNothing();
    if (state.mode === "facts") await drawParts(passes);
    else await drawList(ranked);
  }

  async function byDate(ranked) {
    const years = await engine.dates([]), found = new Set(ranked.map(function (pair) { return years(pair[0]); }));
    const dates = await engine.dates(Array.from(found));
    return ranked.slice().sort(function (a, b) {
      const left = dates(a[0]), right = dates(b[0]);
      return left < right ? 1 : left > right ? -1 : a[0] - b[0];
    });
  }

  async function adverseNumbers() {
    const kinds = await engine.facet("kind"), numbers = new Set();
    for (const choice of manifest.kinds) {
      if (choice.adverse !== "no") (kinds.get(choice.value) || []).forEach(function (n) { numbers.add(n); });
    }
    return numbers;
  }

  // ---- drawing ------------------------------------------------------------------------------------------------

  function drawReading() {
    const terms = asked() ? engine.reasons(found).slice(0, 8) : [];
    const limits = parsed ? syntax.said(parsed) : "";
    parts.read.textContent = [terms.length ? "按词表理解为：" + terms.join("、") : "", limits].filter(Boolean).join("；");
  }

  function makeTypes() {
    manifest.types.forEach(function (type) {
      const count = element("span", "rc-count"), choice = button("rc-search__type", type.label, function () {
        state.type = type.type;
        writeAddress(true);
        run();
      });
      choice.append(count);
      typeCounts.push(count);
      parts.types.append(choice);
    });
  }

  /* Which type is shown; how many there are of each is filled in later. */
  function drawTypes() {
    manifest.types.forEach(function (type, i) {
      typeCounts[i].textContent = "";
      typeCounts[i].parentElement.setAttribute("aria-pressed", String(type.type === state.type));
    });
  }

  function drawChips() {
    parts.chips.replaceChildren();
    if (state.type !== "case") return;
    for (const facet of manifest.facets) {
      for (const value of state.filters[facet.name] || []) {
        const label = facet.values.find(function (v) { return v[0] === value; })[1];
        const chip = button("rc-chip", facet.title + "：" + label, function () { toggle(facet.name, value, false); });
        chip.setAttribute("aria-label", "去掉筛选 " + facet.title + "：" + label);
        parts.chips.append(chip);
      }
    }
    if (parts.chips.childElementCount > 1) {
      parts.chips.append(button("rc-chip rc-chip--all", "清除全部筛选", clearFilters));
    }
  }

  function clearFilters() {
    state.filters = {};
    writeAddress(true);
    show();
  }

  function toggle(name, value, on) {
    const values = (state.filters[name] || []).filter(function (v) { return v !== value; });
    if (on) values.push(value);
    state.filters = Object.assign({}, state.filters);
    if (values.length) state.filters[name] = values;
    else delete state.filters[name];
    writeAddress(true);
    show();
  }

  function drawFacets() {
    const count = Object.values(state.filters).reduce(function (sum, values) { return sum + values.length; }, 0);
    parts.facetsTitle.textContent = count ? "筛选（已选 " + count + " 项）" : "筛选";
    if (!parts.facets.open || parts.facets.hidden || !found) return;
    if (!parts.facetList.childElementCount) manifest.facets.forEach(addFacet);
    manifest.facets.forEach(function (facet) { if (opened.has(facet.name)) fillFacet(facet); });
  }

  function addFacet(facet) {
    if (facet.values.length < 2) return;
    const box = element("details", "rc-facet"), list = element("ul", "rc-facet__values");
    box.dataset.facet = facet.name;
    box.append(element("summary", "rc-facet__title", facet.title), list);
    box.addEventListener("toggle", function () {
      if (!box.open) return opened.delete(facet.name);
      opened.add(facet.name);
      fillFacet(facet);
    });
    parts.facetList.append(box);
    box.open = Boolean(state.filters[facet.name]) || (wide.matches && OPEN_FACETS.includes(facet.name));
  }

  /* Values of a facet with the number of results each would give: alternatives inside it, all others applied. */
  async function fillFacet(facet) {
    const mine = turn, others = Object.assign({}, state.filters);
    delete others[facet.name];
    const [values, passes] = await Promise.all([engine.facet(facet.name), engine.filter(others)]);
    if (mine !== turn) return;
    const all = found.pool || found.ranked.map(function (pair) { return pair[0]; });
    const pool = all.filter(function (number) { return passes(number) && inYears(number); });
    const chosen = new Set(state.filters[facet.name] || []);
    const rows = facet.values.map(function (v) {
      const numbers = values.get(v[0]) || new Set();
      return { value: v[0], label: v[1], count: pool.filter(function (n) { return numbers.has(n); }).length };
    }).filter(function (row) { return row.count || chosen.has(row.value); });
    if (facet.values.length > LONG_FACET && facet.name !== "year") {
      rows.sort(function (a, b) { return b.count - a.count; });
    }
    drawFacetRows(facet, rows, chosen);
  }

  function drawFacetRows(facet, rows, chosen) {
    const box = parts.facetList.querySelector('[data-facet="' + facet.name + '"]'), list = box.lastElementChild;
    const focused = list.contains(document.activeElement) ? document.activeElement.value : null;
    const all = unfolded.has(facet.name) || rows.length <= LONG_FACET + 2;
    list.replaceChildren();
    rows.forEach(function (row, i) {
      if (!all && i >= LONG_FACET && !chosen.has(row.value)) return;
      const item = element("li", ""), label = element("label", "rc-facet__value"), check = element("input", "");
      check.type = "checkbox";
      check.value = row.value;
      check.checked = chosen.has(row.value);
      check.addEventListener("change", function () { toggle(facet.name, row.value, check.checked); });
      label.append(check, element("span", "rc-facet__label", row.label), element("span", "rc-count", String(row.count)));
      item.append(label);
      list.append(item);
      if (row.value === focused) check.focus();
    });
    if (!all) {
      const item = element("li", "");
      item.append(button("rc-facet__more", "另有 " + (rows.length - LONG_FACET) + " 项", function () {
        unfolded.add(facet.name);
        fillFacet(facet);
      }));
      list.append(item);
    }
    if (!rows.length) list.append(element("li", "rc-facet__none", "当前结果里没有"));
  }

  function drawStart() {
    const box = element("div", "rc-empty"), line = element("p", "rc-search__examples", "试试：");
    const facts = state.mode === "facts";
    parts.status.textContent = facts ? "" : "共收 " + found.ranked.length + " 条" + typeLabel() + "。";
    box.append(element("p", "", facts
      ? "把案情粘贴到上面的框里，找出类案，反面对照另列一栏。"
      : "输入词语或一句话就会边打边找；也可以直接用筛选浏览。"));
    for (const example of facts ? [] : EXAMPLES) {
      line.append(button("rc-chip", example, function () {
        state.q = example;
        writeAddress(true);
        reflect();
        run();
      }));
    }
    if (!facts) box.append(line);
    parts.results.replaceChildren(box);
  }

  function drawNothing() {
    const box = element("div", "rc-empty"), list = element("ul", "");
    parts.status.textContent = "没有找到。";
    if (Object.keys(state.filters).length && state.type === "case") {
      const item = element("li", "", "筛选可能太窄：");
      item.append(button("rc-chip", "清除全部筛选", clearFilters));
      list.append(item);
    }
    list.append(element("li", "", "换一个更常见的说法，或少写几个字，例如用“停车”代替“停车位收费管理办法”。"));
    if (state.mode === "words") {
      const item = element("li", "", "把事情经过整段写出来：");
      item.append(button("rc-chip", "粘贴案情", function () { setMode("facts"); }));
      list.append(item);
    }
    box.append(element("p", "", "没有找到合适的" + typeLabel() + "。可以这样试："), list);
    parts.results.replaceChildren(box);
  }

  function typeLabel() {
    return manifest.types.find(function (t) { return t.type === state.type; }).label;
  }

  async function drawList(ranked) {
    const mine = turn, box = element("div", "");
    parts.results.replaceChildren(box);
    const cards = addCards(box, ranked, FIRST); // does not wait for the list of adverse cases
    let extra = "";
    if (state.type === "case") {
      const adverse = await adverseNumbers();
      const count = ranked.filter(function (pair) { return adverse.has(pair[0]); }).length;
      if (count) extra = "，其中追责对照和纠正 " + count + " 条";
    }
    if (mine !== turn) return;
    const order = state.sort === "date" && state.type === "case" ? "按日期从新到旧" : asked() ? "按相关程度" : "";
    parts.status.textContent = "找到 " + ranked.length + " 条" + typeLabel() + extra + (order ? "，" + order + "排列。" : "。");
    await cards;
  }

  /* Pasted facts: 类案, adverse cases always apart and always there, cases alike in fact only, and the spread. */
  async function drawParts(passes) {
    const mine = turn, known = await reading.data(), findings = await precedents.find(matter, passes);
    const read = await explain.readBox(matter);
    if (mine !== turn) return;
    const groups = findings.groups, count = { open: OPEN };
    found.pool = findings.pool;
    drawFacets();
    parts.status.textContent = "找到 " + precedents.GROUPS.map(function (name) {
      return groups[name].length + " 件" + known.definition.groups[name].label;
    }).join("、") + "。";
    const reporting = element("div", "rc-search__buttons");
    reporting.append(button("rc-search__clear", known.definition.title + "：生成、打印、下载", function () {
      report.show(parts.results, findings, show).catch(function (error) { complain(turn, error); });
    }));
    parts.results.replaceChildren(reporting, read);
    for (const name of precedents.GROUPS) {
      const words = known.definition.groups[name], box = element("section", "rc-search__part");
      const heading = element("h2", "rc-search__heading", words.label);
      box.dataset.group = name;
      heading.append(element("span", "rc-count", String(groups[name].length)));
      box.append(heading, element("p", "rc-search__note", words.note));
      if (!groups[name].length) box.append(element("p", "rc-empty", words.empty));
      parts.results.append(box);
      if (groups[name].length) {
        const pairs = groups[name].map(function (judged) { return [judged.number, judged.score, judged]; });
        await addCards(box, pairs, precedents.LIMIT, count);
        if (mine !== turn) return;
      }
      if (name === "on_point") parts.results.append(explain.spread(known, findings.spread));
    }
  }

  async function addCards(box, pairs, count, left) {
    const mine = turn, source = found, list = element("ol", "rc-cards");
    box.append(list);
    let shown = 0;
    const more = button("rc-search__more", "", function () { add(MORE, true); });

    async function add(number, focus) {
      try {
        const wanted = pairs.slice(shown, shown + number);
        const heads = await engine.heads(wanted.map(function (pair) { return pair[0]; }));
        const cards = await Promise.all(heads.map(function (head, i) {
          return card(source, head, wanted[i][2], Boolean(left && left.open-- > 0));
        }));
        if (mine !== turn) return;
        list.append.apply(list, cards);
        shown += heads.length;
        const rest = pairs.length - shown;
        more.textContent = "再显示 " + Math.min(MORE, rest) + " 条（还有 " + rest + " 条）";
        if (rest) box.append(more);
        else more.remove();
        if (focus && cards.length) cards[0].querySelector("a").focus();
      } catch (error) {
        if (mine === turn) list.append(element("li", "rc-empty", failed(error)));
      }
    }
    await add(count, false);
  }

  async function card(source, head, judged, open) {
    const said = await engine.describe(source, head);
    const item = element("li", "rc-card"), title = element("h3", "rc-card__title"), link = element("a", "rc-card__link");
    const badges = element("p", "rc-card__badges"), meta = element("p", "rc-card__meta");
    link.href = head.url;
    marked(link, head.title, said.titleMarks);
    title.append(link);
    if (head.kind) badges.append(badge("kind", manifest.kinds, head.kind));
    if (head.status && head.status !== "published") badges.append(badge("status", manifest.statuses, head.status));
    const facts = [head.type === "guide" ? "" : head.id, head.place, head.date ? head.date.slice(0, 4) + "年" : ""];
    meta.textContent = facts.filter(Boolean).join("　");
    if (badges.childElementCount) item.append(badges);
    item.append(title, meta, marked(element("p", "rc-card__text"), said.text, said.marks));
    const why = engine.reasons(source, head.number);
    if (why.length && head.type === "case") item.append(element("p", "rc-card__why", "命中要素：" + why.join("、")));
    if (head.type === "case") item.append(compare.choice(head));
    if (head.type === "case" && asked()) item.append(explain.box(matterOf(source), head, judged, open));
    return item;
  }

  /* What the results of `source` are compared with: the pasted facts, or what the words were read as. */
  function matterOf(source) {
    const own = matter;
    return function () { return own && own.found === source ? Promise.resolve(own) : reading.fromWords(source); };
  }

  // ---- keys ---------------------------------------------------------------------------------------------------

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function focusOnSlash(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    event.preventDefault();
    (state.mode === "facts" ? parts.area : parts.input).focus();
  }

  function moveAmongResults(event) {
    if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || event.isComposing) return;
    const links = Array.from(parts.results.querySelectorAll(".rc-card__link"));
    const at = links.indexOf(document.activeElement);
    if (at < 0 && document.activeElement !== parts.input) return;
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    if (next < 0) parts.input.focus();
    else if (links[next]) links[next].focus();
  }

  // ---- start --------------------------------------------------------------------------------------------------

  function follow() {
    const next = readAddress();
    next.facts = state.facts; // stays in the box while the visitor goes back and forth
    state = next;
    reflect();
    run();
  }

  place.replaceChildren(element("p", "rc-search__status", "正在打开检索…"));
  engine.manifest().then(async function (value) {
    manifest = value;
    partNames = new Map((await sections.fields()).map(function (field) { return [field[1], field[2]]; }));
    build();
    window.addEventListener("hashchange", follow);
    window.addEventListener("popstate", follow);
    follow();
    if (!location.hash && !location.search) parts.input.focus({ preventScroll: true });
  }).catch(function (error) {
    place.replaceChildren(element("p", "rc-empty", failed(error)));
  });
})();
