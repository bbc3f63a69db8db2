/* Checks a case in the browser as `rongcuo check` does, for what can be known from the schema, the word lists and the
   rules: its words come from the program's own table. Exposes window.RongcuoCheck. */
(function () {
  "use strict";

  // What Python's str.strip takes for a blank.
  const EDGES = /^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g;

  function strip(value) {
    return value.replace(EDGES, function (found) { return found.includes("\ufeff") ? found.replace(/[^\ufeff]/g, "") : ""; });
  }

  function points(value) { return Array.from(value); }
  function isAscii(value) { return /^[\x00-\x7f]*$/.test(value); }

  // ---- did you mean: build_tools/check/suggest.py ---------------------------------------------------------------

  /* The number of characters in the matching blocks of two texts, as Python's difflib.SequenceMatcher finds them. */
  function matched(a, b) {
    const places = new Map();
    b.forEach(function (c, j) { if (!places.has(c)) places.set(c, []); places.get(c).push(j); });
    if (b.length >= 200) {
      const limit = Math.floor(b.length / 100) + 1;
      for (const [c, list] of Array.from(places)) if (list.length > limit) places.delete(c);
    }

    function longest(alo, ahi, blo, bhi) {
      let besti = alo, bestj = blo, size = 0, before = new Map();
      for (let i = alo; i < ahi; i += 1) {
        const now = new Map();
        for (const j of places.get(a[i]) || []) {
          if (j < blo) continue;
          if (j >= bhi) break;
          const k = (before.get(j - 1) || 0) + 1;
          now.set(j, k);
          if (k > size) { besti = i - k + 1; bestj = j - k + 1; size = k; }
        }
        before = now;
      }
      while (besti > alo && bestj > blo && a[besti - 1] === b[bestj - 1]) { besti -= 1; bestj -= 1; size += 1; }
      while (besti + size < ahi && bestj + size < bhi && a[besti + size] === b[bestj + size]) size += 1;
      return [besti, bestj, size];
    }

    let total = 0;
    const queue = [[0, a.length, 0, b.length]];
    while (queue.length) {
      const [alo, ahi, blo, bhi] = queue.pop(), [i, j, size] = longest(alo, ahi, blo, bhi);
      if (!size) continue;
      total += size;
      if (alo < i && blo < j) queue.push([alo, i, blo, j]);
      if (i + size < ahi && j + size < bhi) queue.push([i + size, ahi, j + size, bhi]);
    }
    return total;
  }

  /* The closest of several texts, or undefined; of equally close ones the last in the order of code points. */
  function closest(word, texts, cutoff) {
    const b = points(word);
    let best, bestScore = -1;
    for (const candidate of texts) {
      const a = points(candidate), length = a.length + b.length;
      const score = length ? 2 * matched(a, b) / length : 1;
      if (score < cutoff || score < bestScore) continue;
      if (score > bestScore || later(a, points(best))) { best = candidate; bestScore = score; }
    }
    return best;
  }

  function later(a, b) {
    for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
      if (a[i] !== b[i]) return a[i].codePointAt(0) > b[i].codePointAt(0);
    }
    return a.length > b.length;
  }

  /* The id somebody probably meant; `known` is a list of [id, names]. */
  function nearest(given, known) {
    const word = strip(given), small = word.toLowerCase();
    if (!word) return undefined;
    const same = known.find(function (one) { return one[0].toLowerCase() === small || one[1].includes(word); });
    if (same) return same[0];
    const byName = named(word, known);
    if (byName) return byName;
    const close = closest(small, known.map(function (one) { return one[0].toLowerCase(); }), 0.7);
    if (close !== undefined) return known.find(function (one) { return one[0].toLowerCase() === close; })[0];
    if (isAscii(word)) return undefined;
    const names = new Map();
    for (const one of known.slice().reverse()) for (const name of one[1]) names.set(name, one[0]);
    return names.get(closest(word, names.keys(), 0.6));
  }

  function named(word, known) {
    if (points(word).length < 2 || isAscii(word)) return undefined;
    let best, length = -1;
    for (const [id, names] of known) for (const name of names) {
      const own = points(name).length;
      if (own < 2 || !(word.includes(name) || name.includes(word))) continue;
      const score = word.includes(name) ? own : points(word).length;
      if (score > length) { best = id; length = score; }
    }
    return best;
  }

  // ---- dates and addresses --------------------------------------------------------------------------------------

  function possible(value, first) {
    const [year, month, day] = value.split("-").map(Number).concat([1, 1]);
    if (year < first || month < 1 || month > 12 || day < 1) return false;
    return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  }

  function after(later_, earlier) {
    const known = Math.min(later_.length, earlier.length);
    return known > 0 && later_.slice(0, known) > earlier.slice(0, known);
  }

  /* What is wrong with a web address, as build_tools/check/rules/sources.py says it; empty where nothing is. */
  function urlProblem(value) {
    if (/[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff<>"\\^`{|}]/.test(value)) return "里面有空格或不许出现的符号";
    const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(value);
    const rest = scheme ? scheme[2] : value;
    const place = rest.startsWith("//") ? /^[^/?#]*/.exec(rest.slice(2))[0] : "";
    const host = place.slice(place.lastIndexOf("@") + 1), bad = "主机名或端口写错了";
    if (place.includes("[") !== place.includes("]")) return bad;
    const port = /:(.*)$/s.exec(host.replace(/^\[.*\]/s, "")); // an address in brackets has colons of its own
    if (port && port[1] && !(/^[0-9]+$/.test(port[1]) && Number(port[1]) <= 65535)) return bad;
    const name = scheme ? scheme[1].toLowerCase() : "";
    if (name !== "http" && name !== "https") return name ? "以“" + name + ":”开头" : "没有以 http:// 或 https:// 开头";
    if (place.includes("@")) return "里面有用户名或口令";
    const bare = host.replace(/:.*$/s, "").toLowerCase(), length = points(bare).length;
    const whole = /^(?:[\p{L}\p{N}_-]{1,63}\.)+[\p{L}\p{N}_-]{2,63}$/u.test(bare);
    return whole && length >= 4 && length <= 253 ? "" : "主机名不完整";
  }

  // ---- the check ------------------------------------------------------------------------------------------------

  /* A function that gives the findings in a record: [{at, code, message, hint}]; `today` is 2026-11-22. */
  function checker(model) {
    const terms = new Map();
    for (const [list, vocabulary] of Object.entries(model.vocabularies)) {
      for (const [id, label] of vocabulary.terms) terms.set(id, { list, label });
    }
    const rules = new Map(model.rules.map(function (rule) { return [rule[0], rule]; }));
    const regexes = new Map();
    let found = [], today = "";

    function fill(template, facts) { return template.replace(/\{(\w+)\}/g, function (_all, name) { return facts[name]; }); }
    function phrase(key, facts) { return fill(model.texts[key][0], facts); }
    function report(at, code, key, facts) {
      found.push({ at, code, message: phrase(key, facts), hint: fill(model.texts[key][1], facts) });
    }
    function meant(what) { return what === undefined ? "" : phrase("meant", { meant: what }); }
    function term(id) { return terms.has(id) && terms.get(id).label !== id ? id + "（" + terms.get(id).label + "）" : id; }
    function cut(value, length, tail) {
      const all = points(value);
      return all.length <= length ? value : all.slice(0, length).join("") + tail;
    }
    function fits(pattern, value) {
      if (!regexes.has(pattern)) regexes.set(pattern, new RegExp(pattern, "u"));
      return regexes.get(pattern).test(value);
    }

    /* A place as people say it: check/plan.py place_name. */
    function name(at, node) {
      const words = [];
      for (const step of at) {
        if (typeof step === "number") words.push(" 第 " + (step + 1) + " 项");
        else words.push((words.length ? (words[words.length - 1].endsWith("项") ? "的 " : " 的 ") : "") + step);
      }
      const last = at[at.length - 1], title = (node.title || last || "").split("（")[0];
      if (!at.length || typeof last === "number") return words.join("");
      return words.join("") + (title !== last ? "（" + title + "）" : " ");
    }

    function visit(value, node, at, required) {
      if (value === null || (typeof value === "string" && !strip(value))) return empty(node, at, required);
      if (Array.isArray(value)) return list(value, node, at);
      if (typeof value === "object") return mapping(value, node, at);
      if (node.choices) choice(value, node, at);
      else if (node.vocabulary) vocabulary(value, node, at);
      else text(value, node, at);
    }

    function empty(node, at, required) {
      const key = typeof at[at.length - 1] === "number" ? "empty_item" : required ? "empty_required" : "empty";
      report(at, "RC209", key, { name: name(at, node) });
    }

    function mapping(value, node, at) {
      const needed = node.required || [];
      for (const key of needed) {
        if (Object.hasOwn(value, key)) continue;
        const where = at.length ? phrase("inside", { name: name(at, node) }) : "", child = node.keys[key];
        report(at.concat(key), "RC202", "missing", { where, key, title: child.title || key, about: child.about || "" });
      }
      for (const key of Object.keys(value)) {
        if (node.keys[key]) visit(value[key], node.keys[key], at.concat(key), needed.includes(key));
      }
    }

    function list(value, node, at) {
      const facts = { name: name(at, node), count: value.length };
      if (value.length < (node.minItems || 0)) report(at, "RC208", "few_items", { ...facts, limit: node.minItems });
      if (value.length > node.maxItems) {
        report(at, "RC208", "many_items", { ...facts, limit: node.maxItems, extra: value.length - node.maxItems });
      }
      value.forEach(function (item, i) {
        const first = value.indexOf(item);
        if (node.unique && typeof item === "string" && first < i) {
          report(at.concat(i), "RC210", "same_items", { name: facts.name, number: i + 1, first: first + 1, value: item });
        }
        visit(item, node.item, at.concat(i), true);
      });
      twice(value, node, at);
    }

    function twice(value, node, at) {
      const seen = new Map(), inner = node.item.keys && node.item.keys.term;
      if (!inner || !inner.vocabulary) return;
      value.forEach(function (item, i) {
        const own = item && item.term;
        if (typeof own !== "string" || !strip(own)) return;
        if (seen.has(own)) {
          report(at.concat(i, "term"), "RC308", "term_twice", { name: name(at, node), term: term(own), first: seen.get(own), number: i + 1 });
        } else seen.set(own, i + 1);
      });
    }

    function choice(value, node, at) {
      if (node.choices.some(function (one) { return one[0] === value; })) return;
      const shown = new Map(node.choices.map(function (one) { return [one[0], one[1] === one[0] ? one[0] : one[0] + "（" + one[1] + "）"]; }));
      const guess = nearest(value, node.choices.map(function (one) { return [one[0], [one[1], one[2]]]; }));
      report(at, "RC204", "not_in_list", {
        name: name(at, node), value: cut(value, model.lengths.value, "…"), guess: guess === undefined ? "" : meant(shown.get(guess)),
        allowed: Array.from(shown.values()).join("、"),
      });
    }

    function vocabulary(value, node, at) {
      const own = model.vocabularies[node.vocabulary], known = terms.get(value);
      if (!own || (known && known.list === node.vocabulary)) return;
      const guess = nearest(value, own.terms.map(function (one) { return [one[0], [one[1]].concat(one[3])]; }));
      report(at, "RC303", "unknown_term", {
        value: cut(value, model.lengths.term, ""), title: own.title, list: node.vocabulary,
        elsewhere: known ? phrase("elsewhere", { title: model.vocabularies[known.list].title }) : "",
        guess: guess === undefined ? "" : meant(term(guess)), see: known ? "" : phrase("see", { path: own.path }),
      });
    }

    function text(value, node, at) {
      const facts = { name: name(at, node), count: points(value).length };
      if (facts.count > node.maxLength) report(at, "RC206", "too_long", { ...facts, limit: node.maxLength, extra: facts.count - node.maxLength });
      if (facts.count < node.minLength) report(at, "RC207", "too_short", { ...facts, limit: node.minLength });
      if (node.pattern && !fits(node.pattern, value)) {
        report(at, "RC205", "pattern", { ...facts, value: cut(value, model.lengths.value, "…"), hint: node.hint || node.about || "" });
      } else if (node.date) dated(value, node, at);
      else if (node.reference === "rule") rule(value, at);
      if (node.url) {
        const problem = urlProblem(value);
        if (problem) report(at, "RC405", "bad_url", { ...facts, problem });
      }
    }

    function dated(value, node, at) {
      const facts = { name: name(at, node), value, today };
      if (!possible(value, model.dates.first)) report(at, "RC401", "no_such_date", facts);
      else if (!model.dates.ahead.includes(at[at.length - 1]) && after(value, today)) report(at, "RC403", "future_date", facts);
    }

    function rule(value, at) {
      const [id, article] = value.split("#"), known = rules.get(id);
      if (!known) {
        const guess = nearest(id, Array.from(rules.keys()).sort().map(function (one) { return [one, []]; }));
        const shown = guess === undefined ? "" : meant(guess + "（" + rules.get(guess)[1] + "）");
        return report(at, "RC305", "no_such_rule", { rule: id, guess: shown });
      }
      const articles = known[2].map(function (one) { return one[0]; });
      if (!article || articles.includes(article)) return;
      const hint = articles.length ? phrase("articles", { articles: articles.join("、") }) : phrase("no_articles", { rule: id });
      report(at, "RC306", "no_such_article", { rule: id, title: known[1], article, hint });
    }

    return function (record, day) {
      found = [];
      today = day;
      mapping(record, model.tree, []);
      return found;
    };
  }

  window.RongcuoCheck = { checker, nearest, strip };
})();
