/* The report of similar cases from pasted facts: fills the definition of schema/report.yaml as
   build_tools/export/report.py does, shows it for printing and gives it as a Word file. The facts stand in nothing
   but these two. Exposes window.RongcuoReport. */
(function () {
  "use strict";
  const engine = window.RongcuoSearch, kit = window.RongcuoKit, reading = window.RongcuoMatter;
  const precedents = window.RongcuoPrecedents, explain = window.RongcuoExplain, docx = window.RongcuoDocx;
  if (!engine || !kit || !explain || !docx) return;
  const element = kit.element, button = kit.button, fill = kit.fill;
  const BAR = 18; // characters of the longest bar

  function today() {
    const now = new Date(), two = function (n) { return String(n).padStart(2, "0"); };
    return now.getFullYear() + "-" + two(now.getMonth() + 1) + "-" + two(now.getDate());
  }

  // ---- content ------------------------------------------------------------------------------------------------

  /* { title, author, header, footer, blank, blocks } for search-docx.js and for the page. */
  async function build(findings, given) {
    const known = await reading.data(), manifest = await engine.manifest(), words = known.definition;
    const source = { known: known, manifest: manifest, words: words, findings: findings, matter: findings.matter, date: today() };
    source.long = source.matter.text.length > words.attachment_from;
    source.groups = {};
    for (const name of precedents.GROUPS) {
      const shown = findings.groups[name].slice(0, precedents.LIMIT);
      const heads = await engine.heads(shown.map(function (p) { return p.number; }));
      source.groups[name] = await Promise.all(shown.map(async function (judged, i) {
        return { head: heads[i], judged: judged, rows: await explain.rows(source.matter, heads[i], judged) };
      }));
    }
    const edition = known.edition, entries = Object.assign(entriesOf(source), given), tables = tablesOf(source), blocks = [{ title: words.title }];
    for (const part of words.parts) {
      blocks.push({ heading: part.heading });
      for (const item of part.content) blocks.push.apply(blocks, blocksOf(item, entries, tables, words));
    }
    blocks.push({ note: words.notice });
    if (source.long) blocks.push({ heading: words.texts.attachment, breakBefore: true }, { text: source.matter.text });
    const header = fill(words.header, { platform: words.platform, version: edition.version, date: source.date, cases: edition.cases, digest: edition.digest.slice(0, 12) });
    return { title: words.title, author: given.by || words.platform, header: header, footer: words.footer, blank: words.blank, blocks: blocks };
  }

  function blocksOf(item, entries, tables, words) {
    if (item.note) return [{ note: item.note }];
    if (item.blank) return [{ label: item.label, value: "" }];
    if (item.entry) return entries[item.entry] === null ? [] : [{ label: item.label, value: entries[item.entry] }];
    const rows = tables[item.table];
    return [{ subheading: item.title }].concat(rows.length ? [{ columns: words.columns[item.columns], rows: rows }] : [{ text: item.empty }]);
  }

  function entriesOf(source) {
    const words = source.words, texts = words.texts, matter = source.matter, known = source.known, edition = known.edition;
    const none = texts.nothing_cited, read = source.manifest.settings.max_facts;
    const points = words.points.filter(function (p) { return matter.points.has(p.id); }).map(function (p) { return p.label; }).join("；");
    const named = function (field) { return reading.terms(matter, field).map(engine.label).join("、") || none; };
    const cited = matter.rules.map(function (ref) { return explain.ruleName(known, ref); })
      .concat(matter.unknown.map(function (name) { return fill(texts.unknown_rule, { name: name }); }));
    let method = fill(texts.method, { examined: source.findings.examined });
    if (matter.text.length > read) method += fill(texts.truncated, { read: read });
    return {
      date: source.date,
      platform: fill(texts.platform, { platform: words.platform, version: edition.version, cases: edition.cases }),
      method: method, digest: edition.digest,
      facts: source.long ? texts.attached : matter.text,
      fields: signLine(source, reading.FIELDS) || none, factors: signLine(source, reading.FACTORS) || none,
      points: points || none, others: others(source) || null, cited: cited.join("、") || none,
      recommended: matter.recommended.length ? fill(texts.recommended, { terms: matter.recommended.map(engine.label).join("、") }) : null,
      query: fill(texts.query, { fields: named(reading.FIELDS), factors: named(reading.FACTORS), points: points || none }),
    };
  }

  function signLine(source, field) {
    return source.matter.signs[field].filter(function (sign) { return !sign.denied; })
      .map(function (sign) { return explain.signText(source.known, sign); }).join("；");
  }

  function others(source) {
    const out = [];
    for (const [field, title] of source.known.fields) {
      const text = field === reading.FIELDS || field === reading.FACTORS ? "" : signLine(source, field);
      if (text) out.push(fill(source.words.texts.element, { field: title, terms: text }));
    }
    return out.join("\n");
  }

  function tablesOf(source) {
    const texts = source.words.texts, groups = source.groups;
    const onPoint = groups.on_point.concat(groups.adverse).filter(function (p) { return p.judged.onPoint; });
    return {
      steps: steps(source),
      on_point: groups.on_point.map(caseRow.bind(null, source)),
      adverse: groups.adverse.map(caseRow.bind(null, source)),
      facts_only: groups.facts_only.map(function (p) {
        return { case: caseText(source, p), reason: p.rows.reason, outcome: outcome(p) };
      }),
      spread: spread(source),
      opinions: onPoint.map(function (p) { return { case: caseText(source, p), choice: texts.choice, reason: "" }; }),
      rules: rules(source, groups.on_point.concat(groups.adverse)),
      precedents: [{ precedent: "", adopted: texts.reply, reply: "" }],
    };
  }

  function steps(source) {
    return source.findings.steps.map(function (row) {
      const count = function (name) { return fill(source.words.texts.step_count, { total: row[name][0], recent: row[name][1] }); };
      return { step: row.step.label, scope: row.step.scope, on_point: count("on_point"), adverse: count("adverse") };
    });
  }

  function choiceTitle(choices, value) {
    const found = choices.find(function (choice) { return choice.value === value; });
    return found ? found.title : value;
  }

  function caseText(source, p) {
    const words = source.words;
    return fill(words.texts.case, {
      id: p.head.id, title: p.head.title, place: p.head.place, year: p.head.date.slice(0, 4) || words.absent,
      grade: p.rows.own.grade, version: fill(words.labels.version, { version: p.rows.own.version }),
    });
  }

  function caseRow(source, p) {
    const words = source.words, absent = words.absent, texts = words.texts, own = p.rows.own;
    const step = words.precedence.steps[p.judged.step];
    return {
      case: caseText(source, p),
      handling: fill(texts.handling, {
        kind: choiceTitle(source.manifest.kinds, p.head.kind), body: own.body || absent, level: step ? step.label : absent,
        date: p.head.date || absent, basis: own.basis,
      }),
      shared: sharedLines(source, p).join("\n") || words.labels.nothing,
      different: differentLines(words, p.rows).join("\n") || words.labels.nothing,
      outcome: outcome(p),
      force: p.head.status === "published" ? words.force.published : fill(words.force.lost, { status: choiceTitle(source.manifest.statuses, p.head.status) }),
    };
  }

  function sharedLines(source, p) {
    const words = source.words, first = !p.judged.onPoint ? [p.rows.reason] : p.judged.group === "adverse" ? [words.groups.on_point.label] : [];
    return first.concat(p.rows.shared.map(function (pair) { return fill(words.texts.element, { field: pair[0], terms: pair[1] }); }));
  }

  function differentLines(words, found) {
    return [["only_here", found.here], ["only_there", found.there]].filter(function (side) { return side[1].length; }).map(function (side) {
      const terms = side[1].map(function (pair) { return pair[1]; }).join("、");
      return fill(words.texts.element, { field: words.labels[side[0]], terms: terms });
    });
  }

  function outcome(p) {
    return [p.rows.own.outcome.map(engine.label).join("、"), p.rows.own.measures].filter(Boolean).join("\n");
  }

  function spread(source) {
    const texts = source.words.texts, shares = source.findings.spread;
    const most = Math.max.apply(null, [BAR].concat(shares.map(function (share) { return share.count; })));
    return shares.map(function (share) {
      return {
        kind: share.kind.title, count: String(share.count), bar: texts.bar.repeat(Math.max(1, Math.round(BAR * share.count / most))),
        outcomes: share.outcomes.map(function (pair) { return fill(texts.spread_item, { label: engine.label(pair[0]), count: pair[1] }); }).join("、"),
      };
    });
  }

  function rules(source, shown) {
    const cases = new Map(source.matter.rules.map(function (ref) { return [ref, []]; }));
    for (const p of shown) for (const ref of p.rows.own.rules) cases.set(ref, (cases.get(ref) || []).concat(p.head.id));
    return Array.from(cases.keys()).sort().map(function (ref) { return ruleRow(source, ref, cases.get(ref)); });
  }

  function ruleRow(source, ref, ids) {
    const id = ref.split("#")[0], rule = source.known.rules[id], article = rule && rule.articles[ref.slice(id.length + 1)];
    const grade = !rule || rule.grade === "unverified" ? "unverified" : (article && article[1]) || rule.grade || "unverified";
    const force = forceOf(source, rule);
    const basis = grade === "unverified" ? "unverified" : force.expired ? "expired" : grade === "C" ? "second_hand" : "usable";
    return {
      rule: explain.ruleName(source.known, ref), force: force.text, grade: source.known.grades[grade] || grade,
      use: source.words.basis[basis], cases: ids.join("\n"),
    };
  }

  function forceOf(source, rule) {
    const words = source.words.force, from = rule ? rule.from : "", to = rule ? rule.to : "", day = source.date;
    if (!from && !to) return { text: source.words.absent, expired: false };
    const expired = Boolean(to) && to < day.slice(0, to.length), coming = Boolean(from) && from > day.slice(0, from.length);
    const period = fill(from && to ? words.until : from ? words.since : words.ended, { from: from, to: to });
    return { text: period + "\n" + (expired ? words.expired : coming ? words.not_yet : words.in_force), expired: expired };
  }

  // ---- on the page --------------------------------------------------------------------------------------------

  function download(report) {
    const link = element("a", ""), address = URL.createObjectURL(docx.make(report));
    link.href = address;
    link.download = report.title + "-" + today() + ".docx";
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
  }

  /* Shows the report in `place` instead of the results; `back` brings these back. */
  async function show(place, findings, back) {
    const box = element("section", "rc-report"), row = element("div", "rc-search__buttons"), paper = element("article", "rc-report__paper");
    const name = field("案件或事项名称"), by = field("检索人（机关或岗位）");
    const current = function () { return build(findings, { case_name: name.input.value.trim(), by: by.input.value.trim() }); };
    const redraw = async function () { draw(paper, await current()); };
    const returning = button("rc-search__clear", "返回结果", back);
    box.setAttribute("aria-label", "类案检索报告");
    name.input.addEventListener("change", redraw);
    by.input.addEventListener("change", redraw);
    row.append(button("rc-search__go", "下载 Word 文件", async function () { download(await current()); }), button("rc-search__clear", "打印", async function () {
      await redraw();
      window.print();
    }), returning);
    box.append(row, name.label, by.label, element("p", "rc-search__note", "报告含案情原文，只在您下载或打印时写出，网页不保存。"), paper);
    await redraw();
    place.replaceChildren(box);
    returning.focus();
  }

  function field(text) {
    const label = element("label", "rc-report__field", text), input = element("input", "rc-search__input");
    input.type = "text";
    input.autocomplete = "off";
    input.maxLength = 100;
    label.append(input);
    return { label: label, input: input };
  }

  function draw(paper, report) {
    paper.replaceChildren(element("p", "rc-report__header", report.header));
    for (const one of report.blocks) paper.append(drawn(one, report.blank));
  }

  function drawn(one, blank) {
    if (one.title) return element("h2", "rc-report__title", one.title);
    if (one.heading) return element("h3", "rc-report__heading", one.heading);
    if (one.subheading) return element("h4", "rc-report__subheading", one.subheading);
    if (one.note) return element("p", "rc-search__note", one.note);
    if (one.columns) return drawnTable(one);
    const line = element("p", "rc-report__line");
    if (one.label) line.append(element("strong", "", one.label + "："), one.value || blank);
    else line.textContent = one.text || "";
    return line;
  }

  function drawnTable(one) {
    const wrap = element("div", "rc-report__scroll"), table = element("table", "rc-report__table"), head = element("tr", ""), top = element("thead", ""), body = element("tbody", "");
    for (const column of one.columns) {
      const cell = element("th", "", column.label);
      cell.scope = "col";
      head.append(cell);
    }
    for (const row of one.rows) {
      const line = element("tr", "");
      for (const column of one.columns) line.append(element("td", "", row[column.id] || ""));
      body.append(line);
    }
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "group");
    wrap.setAttribute("aria-label", "表格，可左右滚动");
    top.append(head);
    table.append(top, body);
    wrap.append(table);
    return wrap;
  }

  window.RongcuoReport = { show: show, build: build };
})();
