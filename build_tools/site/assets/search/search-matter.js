/* Reads a pending matter as build_tools/export/{recognise,matter}.py do: terms in prose, points at issue, cited rules.
   Compares nothing and draws nothing. Patterns, weights and forms come from the data. Exposes window.RongcuoMatter. */
(function () {
  "use strict";
  const engine = window.RongcuoSearch;
  if (!engine) return;

  const FACTORS = "error_factors", FIELDS = "fields";
  let opening = null, build = "";

  // ---- data ---------------------------------------------------------------------------------------------------

  /* Words, numbers, forms and rules; read once for each build of the site. Lists of cases follow by `need`. */
  function data() {
    return engine.manifest().then(function (manifest) {
      if (!opening || build !== manifest.build) {
        build = manifest.build;
        opening = read().catch(function (error) {
          opening = null;
          throw error;
        });
      }
      return opening;
    });
  }

  async function read() {
    const names = ["precedents", "precedents-rules", "precedents-edition"];
    const [found, rules, edition] = await Promise.all(names.map(async function (name) { return JSON.parse(await engine.part(name)); }));
    found.rules = rules;
    found.edition = edition;
    found.index = new Map();
    found.need = need.bind(null, found, new Set(found.keys));
    found.fieldOf = new Map();
    for (const [field] of found.fields) for (const term of found.terms[field]) found.fieldOf.set(term, field);
    found.recognise = prepare(found.recognise);
    return found;
  }

  /* Reads which cases have each of these keys ("factor-…", "point-…"), so that `index` knows it. */
  function need(found, known, keys) {
    return Promise.all(keys.filter(function (key) { return known.has(key) && !found.index.has(key); }).map(async function (key) {
      found.index.set(key, new Set(engine.numbers(await engine.part("key-" + key))));
    }));
  }

  function prepare(raw) {
    const set = Object.assign({}, raw);
    set.clause = new RegExp(raw.clause, "gu");
    set.not = new RegExp(raw.not, "gu");
    set.particles = new RegExp(raw.particles, "gu");
    set.denied = new RegExp(raw.denied, "u");
    set.postings = new Map();
    set.forms = raw.forms.map(function (pair, number) {
      const negated = "没不".includes(pair[1][0]), weights = new Map();
      for (const token of engine.split(negated ? pair[1].slice(1) : pair[1])) weights.set(token, raw.weights[token]);
      let total = 0;
      weights.forEach(function (weight, token) {
        total += weight;
        if (!set.postings.has(token)) set.postings.set(token, []);
        set.postings.get(token).push(number);
      });
      return { term: pair[0], text: pair[1], negated: negated, weights: weights, total: total };
    });
    return set;
  }

  // ---- recognise.py -------------------------------------------------------------------------------------------

  function canonical(set, text) { return text.replace(set.not, "没").replace(set.particles, "").trim(); }

  function recognise(known, text) {
    const set = known.recognise, folded = engine.normalize(text), found = new Map();
    for (const sign of named(set, folded).concat(resembling(set, folded))) {
      const before = found.get(sign.term);
      if (!known.fieldOf.has(sign.term)) continue;
      if (!before || (before.denied && sign.how === "named" && !sign.denied)) found.set(sign.term, sign);
    }
    return Array.from(found.values());
  }

  function named(set, folded) {
    const out = [];
    for (const place of engine.places(folded)) {
      const words = folded.slice(place.start, place.end);
      if (set.idle.includes(words)) continue;
      const denied = !"没未不无".includes(words[0]) && set.denied.test(folded.slice(Math.max(0, place.start - 8), place.start));
      for (const term of place.ids) out.push({ term: term, words: words, how: "named", denied: denied, state: "" });
    }
    return out;
  }

  function resembling(set, folded) {
    const best = new Map();
    for (const match of folded.matchAll(set.clause)) {
      const clause = canonical(set, match[0]);
      for (const [number, share] of shares(set, clause)) {
        const form = set.forms[number], how = clause.includes(form.text) ? "named" : "resembles";
        if (how === "resembles" && form.text.length < set.shortest) continue;
        if (best.has(form.term) && share <= best.get(form.term)[0]) continue;
        const words = Array.from(match[0].trim()).slice(0, set.quote).join("");
        best.set(form.term, [share, { term: form.term, words: words, how: how, denied: denies(set, clause, form), state: "" }]);
      }
    }
    return Array.from(best.values(), function (pair) { return pair[1]; });
  }

  function shares(set, clause) {
    const sums = new Map(), out = [];
    for (const token of new Set(engine.split(clause))) {
      for (const number of set.postings.get(token) || []) {
        sums.set(number, (sums.get(number) || 0) + set.forms[number].weights.get(token));
      }
    }
    sums.forEach(function (sum, number) {
      const form = set.forms[number];
      let held = sum;
      if (held < set.enough * form.total) return;
      if (form.negated) {
        const at = clause.indexOf(form.text[0]), after = new Set(at >= 0 ? engine.split(clause.slice(at + 1)) : []);
        held = 0;
        form.weights.forEach(function (weight, token) { if (after.has(token)) held += weight; });
      }
      if (held >= set.enough * form.total) out.push([number, held / form.total]);
    });
    return out;
  }

  function denies(set, clause, form) {
    if (form.negated) return false;
    let first = Infinity;
    form.weights.forEach(function (_, token) {
      const at = token.length > 1 ? clause.indexOf(token) : -1;
      if (at >= 0 && at < first) first = at;
    });
    return first < Infinity && set.denied.test(clause.slice(0, first));
  }

  // ---- matter.py ----------------------------------------------------------------------------------------------

  function pointsOf(known, terms) {
    const held = new Set(terms);
    return new Set(known.definition.points.filter(function (point) {
      return point.terms.some(function (term) { return held.has(term); });
    }).map(function (point) { return point.id; }));
  }

  function sorted(known, signs) {
    const out = {};
    for (const [field] of known.fields) out[field] = signs.filter(function (s) { return known.fieldOf.get(s.term) === field; });
    return out;
  }

  /* Pasted facts as a matter: { text, signs, points, rules, unknown, found, recommended }. */
  async function fromFacts(text) {
    const known = await data(), signs = recognise(known, text), add = {};
    for (const sign of signs) if (!sign.denied) add[sign.term] = 2;
    const found = await engine.search(text, { facts: true, all: true, add: add });
    const matter = { text: text, signs: sorted(known, signs), found: found };
    const inferred = await common(known, found, FIELDS, known.numbers.half, matter.signs[FIELDS]);
    matter.signs[FIELDS] = matter.signs[FIELDS].concat(inferred.map(function (term) {
      return { term: term, words: "", how: "inferred", denied: false, state: "" };
    }));
    matter.recommended = (await common(known, found, FACTORS, known.numbers.quarter, matter.signs[FACTORS])).slice(0, known.numbers.most);
    matter.points = pointsOf(known, signs.map(function (sign) { return sign.term; }));
    return Object.assign(matter, cited(known, text));
  }

  /* A query in words as a matter, only to explain results: what it names and what it was read as. */
  async function fromWords(found) {
    const known = await data(), signs = recognise(known, found.query.text.slice(0, 400));
    for (const term of found.query.bridged) {
      if (known.fieldOf.has(term) && !signs.some(function (sign) { return sign.term === term; })) {
        signs.push({ term: term, words: "", how: "resembles", denied: false, state: "" });
      }
    }
    return { text: found.query.text, signs: sorted(known, signs), found: found, points: new Set(), rules: [], unknown: [] };
  }

  async function common(known, found, facet, least, signs) {
    const nearest = found.ranked.slice(0, known.numbers.nearest), values = await engine.facet(facet), votes = new Map();
    let all = 0;
    for (const [number, score] of nearest) {
      all += score;
      values.forEach(function (numbers, term) { if (numbers.has(number)) votes.set(term, (votes.get(term) || 0) + score); });
    }
    return Array.from(votes).filter(function (pair) {
      return pair[1] >= least * all && signs.every(function (sign) { return sign.term !== pair[0]; });
    }).sort(function (a, b) { return b[1] - a[1] || (a[0] < b[0] ? -1 : 1); }).map(function (pair) { return pair[0]; });
  }

  function cited(known, text) {
    const names = new Map(), rules = new Set(), unknown = new Set();
    for (const id of Object.keys(known.rules)) for (const name of known.rules[id].folded) names.set(name, id);
    for (const match of text.matchAll(new RegExp(known.recognise.titled, "gu"))) {
      const folded = engine.normalize(match[1]);
      let id = names.get(folded);
      for (const [name, one] of names) if (!id && sameRule(folded, name)) id = one;
      if (id) rules.add(id);
      else unknown.add(match[1]);
    }
    for (const match of text.matchAll(new RegExp(known.recognise.rule, "gu"))) {
      if (known.rules[match[0].split("#")[0]]) rules.add(match[0]);
    }
    return { rules: Array.from(rules), unknown: Array.from(unknown) };
  }

  function sameRule(cited, name) {
    return cited.length >= 4 && (cited.endsWith(name) || name.endsWith(cited) || name.startsWith(cited + "("));
  }

  /* Terms of a field that the matter has; denied ones are left out. */
  function terms(matter, field) {
    return (matter.signs[field] || []).filter(function (sign) { return !sign.denied; }).map(function (sign) { return sign.term; });
  }

  window.RongcuoMatter = {
    FACTORS: FACTORS, FIELDS: FIELDS, data: data, fromFacts: fromFacts, fromWords: fromWords, pointsOf: pointsOf, terms: terms,
  };
})();
