/* The syntax of queries in words: “短语”, -排除, 领域:停车; and recent queries, kept only where the visitor wants it.
   Ranks nothing. Exposes window.RongcuoQuery. */
(function () {
  "use strict";
  const engine = window.RongcuoSearch, kit = window.RongcuoKit;
  if (!engine || !kit) return;
  const element = kit.element, button = kit.button;

  const PIECE = /(^|\s)([-－−]?)(?:"([^"]{1,80})"|“([^”]{1,80})”|([^\s"“”]+))(?=\s|$)/gu;
  const KEY = "rongcuo-recent", KEPT = 10, LONGEST = 40; // longer texts may be facts and are never kept

  // ---- syntax -------------------------------------------------------------------------------------------------

  /* { text, phrases, excluded, fields: [{ facet, title, values, word }] }; long texts are taken as they are. */
  function parse(text, manifest) {
    const out = { text: text, phrases: [], excluded: [], fields: [] };
    if (text.length > manifest.settings.facts_from) return out;
    let rest = text.replace(PIECE, function (whole, space, minus, straight, curly, word) {
      const phrase = straight || curly;
      if (minus && (phrase || word)) out.excluded.push(phrase || word);
      else if (phrase) out.phrases.push(phrase);
      else {
        const field = fieldOf(word, manifest);
        if (!field) return whole;
        out.fields.push(field);
      }
      return space;
    });
    rest = out.phrases.concat(rest.trim()).join(" ").trim();
    out.text = rest;
    return out;
  }

  /* 领域:停车 → the values of the facet whose labels hold the word; null where the label is no facet's. */
  function fieldOf(word, manifest) {
    const at = word.search(/[:：]/u), facet = at > 0 && manifest.facets.find(function (f) { return f.title === word.slice(0, at); });
    const wanted = facet ? engine.normalize(word.slice(at + 1)) : "";
    if (!wanted) return null;
    const named = new Set(engine.places(wanted).flatMap(function (place) { return place.ids; }));
    const values = facet.values.filter(function (v) {
      return engine.normalize(v[1]).includes(wanted) || named.has(v[0]);
    }).map(function (v) { return v[0]; });
    return { facet: facet.name, title: facet.title, values: values, word: word.slice(at + 1) };
  }

  /* A test for document numbers of a type. */
  async function limits(parsed, type) {
    const sets = await Promise.all(parsed.phrases.map(holding.bind(null, type)));
    const not = await Promise.all(parsed.excluded.map(holding.bind(null, type)));
    const fields = await Promise.all(parsed.fields.map(async function (field) {
      const values = await engine.facet(field.facet);
      return field.values.map(function (value) { return values.get(value) || new Set(); });
    }));
    return function (number) {
      return sets.every(function (set) { return set.has(number); }) && !not.some(function (set) { return set.has(number); }) &&
        fields.every(function (any) { return any.some(function (set) { return set.has(number); }); });
    };
  }

  /* Numbers of the documents in which all neighbouring characters of a phrase stand together. */
  async function holding(type, phrase) {
    const terms = engine.split(engine.normalize(phrase)), long = terms.filter(function (term) { return Array.from(term).length > 1; });
    const wanted = Array.from(new Set(long.length ? long : terms)), held = await engine.postings(type, wanted);
    if (!wanted.length || wanted.some(function (term) { return !held.has(term); })) return new Set();
    const lists = wanted.map(function (term) { return held.get(term).numbers; }).sort(function (a, b) { return a.length - b.length; });
    const others = lists.slice(1).map(function (list) { return new Set(list); });
    return new Set(lists[0].filter(function (n) { return others.every(function (set) { return set.has(n); }); }));
  }

  /* How the limits are said to the visitor. */
  function said(parsed) {
    const quoted = function (words) { return words.map(function (word) { return "“" + word + "”"; }).join("、"); };
    const out = [];
    if (parsed.phrases.length) out.push("必须有" + quoted(parsed.phrases));
    if (parsed.excluded.length) out.push("不要" + quoted(parsed.excluded));
    for (const field of parsed.fields) {
      out.push(field.values.length ? field.title + "限于“" + field.word + "”" : field.title + "里没有“" + field.word + "”");
    }
    return out.join("；");
  }

  // ---- recent queries -----------------------------------------------------------------------------------------

  /* The kept queries, or null where the visitor has not asked for keeping them. */
  function recent() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY));
      return Array.isArray(kept) ? kept.filter(function (one) { return typeof one === "string"; }).slice(0, KEPT) : null;
    } catch (error) {
      return null; // storage is switched off or holds something else
    }
  }

  function keep(list) {
    try {
      if (list) localStorage.setItem(KEY, JSON.stringify(list.slice(0, KEPT)));
      else localStorage.removeItem(KEY);
    } catch (error) { /* storage is switched off: nothing is kept */ }
  }

  function remember(text) {
    const kept = recent();
    if (!kept || !text || text.length > LONGEST) return;
    keep([text].concat(kept.filter(function (one) { return one !== text; })));
    drawRecent();
  }

  const choices = element("datalist", "");
  choices.id = "rc-recent";

  function drawRecent() {
    choices.replaceChildren();
    for (const text of recent() || []) {
      const option = element("option", "");
      option.value = text;
      choices.append(option);
    }
  }

  // ---- the help card ------------------------------------------------------------------------------------------

  function help(input, manifest) {
    const box = element("details", "rc-why rc-help"), list = element("dl", "rc-why__list"), body = element("div", "rc-why__body");
    for (const [example, what] of [
      ["“集体研究”", "加引号：这几个字要连在一起。"],
      ["停车 -收费", "减号前留空格：不要含这个词的。"],
      ["领域:停车", "限定一项，可用：" + manifest.facets.map(function (f) { return f.title; }).join("、") + "。"],
      ["/、↑ ↓", "斜杠回到检索框，上下键在结果间移动。"],
    ]) list.append(element("dt", "", example), element("dd", "", what));
    const label = element("label", "rc-help__choice"), check = element("input", "");
    check.type = "checkbox";
    check.checked = recent() !== null;
    check.addEventListener("change", function () {
      keep(check.checked ? [] : null);
      drawRecent();
    });
    label.append(check, "记住最近 " + KEPT + " 个检索词（只存在这台电脑的浏览器里，不记案情）");
    body.append(list, label, button("rc-search__clear", "清除记下的检索词", function () {
      if (recent()) keep([]);
      drawRecent();
    }));
    box.append(element("summary", "rc-why__title", "检索写法和记录"), body);
    input.setAttribute("list", choices.id);
    drawRecent();
    box.append(choices);
    return box;
  }

  window.RongcuoQuery = { parse: parse, limits: limits, said: said, remember: remember, help: help };
})();
