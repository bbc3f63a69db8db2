/* Draws why a case resembles a matter and where it differs, and the spread of outcomes; judges nothing itself.
   Exposes window.RongcuoExplain. */
(function () {
  "use strict";
  const engine = window.RongcuoSearch, kit = window.RongcuoKit, reading = window.RongcuoMatter, precedents = window.RongcuoPrecedents;
  if (!engine || !kit || !reading || !precedents) return;
  const element = kit.element;

  function said(known, field, term, state) {
    const states = known.states[field];
    if (!state || !states) return engine.label(term);
    return kit.fill(known.definition.texts.state, { term: engine.label(term), state: states[state] || state });
  }

  /* Rows of likeness and difference as [title, text]; also used by the report. */
  async function rows(matter, head, judged) {
    const known = await reading.data(), own = await precedents.elements(head.number), labels = known.definition.labels;
    const compared = precedents.compare(known, matter, own.coded, own.rules);
    const words = await precedents.sharedWords(matter, head);
    return {
      own: own, reason: judged ? precedents.reason(known, matter, judged, compared.shared) : "",
      shared: sharedRows(known, compared, judged, words),
      here: sideRows(known, compared.onlyHere), there: sideRows(known, compared.onlyThere),
      labels: labels,
    };
  }

  function sharedRows(known, compared, judged, words) {
    const labels = known.definition.labels, out = [];
    for (const [field, title] of known.fields) {
      const items = (compared.shared[field] || []).map(function (item) {
        const there = said(known, field, item.there, item.state);
        return item.here === item.there ? there : kit.fill(labels.broader, { there: there, here: engine.label(item.here) });
      });
      if (items.length) out.push([title, items.join("、")]);
      if (field === reading.FACTORS && judged && judged.factors.length && judged.points.length) {
        out.push([labels.points, judged.points.map(function (id) { return precedents.pointLabel(known, id); }).join("；")]);
      }
    }
    if (compared.rules.length) out.push([labels.rules, compared.rules.map(function (ref) { return ruleName(known, ref); }).join("、")]);
    if (words.length) out.push([labels.words, words.map(function (word) { return "“" + word + "”"; }).join("、")]);
    return out;
  }

  function sideRows(known, side) {
    return known.fields.filter(function (pair) { return side[pair[0]]; }).map(function (pair) {
      return [pair[1], side[pair[0]].map(function (item) { return said(known, pair[0], item[0], item[1]); }).join("、")];
    });
  }

  /* 《short name》第几条（N-03#17）; a rule the library lacks keeps its id. */
  function ruleName(known, ref) {
    const id = ref.split("#")[0], rule = known.rules[id], article = rule && rule.articles[ref.slice(id.length + 1)];
    return kit.fill(known.definition.texts.rule, { rule: rule ? rule.short : id, article: article ? article[0] : "", ref: ref });
  }

  // ---- the box on a card --------------------------------------------------------------------------------------

  /* <details> on a card; its content is read when it is first opened. */
  function box(getMatter, head, judged, open) {
    const node = element("details", "rc-why");
    node.append(element("summary", "rc-why__title", "为什么相似、哪里不同"));
    let filled = false;
    async function fillIn() {
      if (filled) return;
      filled = true;
      const wait = element("p", "rc-search__note", "正在比对…");
      node.append(wait);
      try {
        wait.replaceWith(await content(await getMatter(), head, judged));
      } catch (error) {
        filled = false;
        wait.textContent = error instanceof engine.LoadError ? error.message : "比对出错，请刷新页面再试。";
      }
    }
    node.addEventListener("toggle", function () { if (node.open) fillIn(); });
    node.open = open;
    return node;
  }

  async function content(matter, head, judged) {
    const known = await reading.data(), found = await rows(matter, head, judged), labels = known.definition.labels;
    const node = element("div", "rc-why__body");
    if (judged) node.append(element("p", "rc-why__reason", found.reason + "。"));
    node.append(list(labels.shared, found.shared, "没有共同的要素，只是字面相近。"));
    node.append(list(labels.only_here, found.here, labels.nothing), list(labels.only_there, found.there, labels.nothing));
    const facts = [[known.titles.outcome, found.own.outcome.map(engine.label).join("、") || known.definition.absent]];
    if (found.own.level) facts.push([known.titles.level, engine.label(found.own.level)]);
    const step = known.definition.precedence.steps.find(function (one) { return one.id === found.own.step; });
    if (step) facts.push(["决定", [found.own.body, step.label].filter(Boolean).join("，")]);
    node.append(list("处理", facts, ""));
    return node;
  }

  function list(title, pairs, none) {
    const node = element("div", "rc-why__part"), dl = element("dl", "rc-why__list");
    node.append(element("p", "rc-why__heading", title));
    for (const [name, text] of pairs) dl.append(element("dt", "", name), element("dd", "", text));
    node.append(pairs.length ? dl : element("p", "rc-why__none", none));
    return node;
  }

  // ---- how the matter was read --------------------------------------------------------------------------------

  function signText(known, sign) {
    const how = kit.fill(known.definition.evidence[sign.how], { words: sign.words });
    return kit.fill(known.definition.texts.state, { term: engine.label(sign.term), state: how });
  }

  /* The elements recognised in the facts, with the words that show them. */
  async function readBox(matter) {
    const known = await reading.data(), labels = known.definition.labels, pairs = [];
    for (const [field, title] of known.fields) {
      const signs = matter.signs[field].filter(function (sign) { return !sign.denied; });
      const text = signs.map(function (sign) {
        return signText(known, sign);
      });
      if (text.length) pairs.push([title, text.join("；")]);
    }
    const points = Array.from(matter.points, function (id) { return precedents.pointLabel(known, id); });
    if (points.length) pairs.push([labels.points, points.join("；")]);
    const node = element("details", "rc-why rc-why--read");
    node.append(element("summary", "rc-why__title", "从案情里认出的要素（请核对）"), list("", pairs, "没有认出要素，只按字面比对。"));
    return node;
  }

  // ---- the spread ---------------------------------------------------------------------------------------------

  /* Bars of the kinds of on-point cases, with numbers and outcomes. */
  function spread(known, shares) {
    const node = element("section", "rc-outcomes"), items = element("ul", "rc-outcomes__list");
    const table = known.definition.parts.flatMap(function (part) { return part.content; }).find(function (c) { return c.table === "spread"; });
    node.append(element("h2", "rc-search__heading", table.title));
    if (!shares.length) {
      node.append(element("p", "rc-empty", table.empty));
      return node;
    }
    const total = shares.reduce(function (sum, share) { return sum + share.count; }, 0);
    for (const share of shares) {
      const item = element("li", "rc-outcomes__row"), bar = document.createElement("meter");
      const outcomes = share.outcomes.map(function (pair) { return engine.label(pair[0]) + " " + pair[1]; }).join("、");
      bar.className = "rc-outcomes__bar";
      bar.max = total;
      bar.value = share.count;
      bar.setAttribute("aria-hidden", "true");
      item.append(element("span", "rc-outcomes__label", share.kind.label), bar,
        element("span", "rc-outcomes__count", share.count + " 件"), element("span", "rc-outcomes__outcomes", outcomes));
      items.append(item);
    }
    node.append(items, element("p", "rc-search__note", "分布只反映本库收录的公开案例，不代表实际比例。"));
    return node;
  }

  window.RongcuoExplain = { box: box, spread: spread, readBox: readBox, rows: rows, ruleName: ruleName, said: said, signText: signText };
})();
