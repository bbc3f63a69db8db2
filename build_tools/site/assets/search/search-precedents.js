/* Compares cases with a matter and sorts them into 类案, 不利案例 and 参考事实 as build_tools/export/{comparison,
   precedents}.py do. Draws nothing. Exposes window.RongcuoPrecedents. */
(function () {
  "use strict";
  const engine = window.RongcuoSearch, reading = window.RongcuoMatter;
  if (!engine || !reading) return;

  const FACTORS = reading.FACTORS, FIELDS = reading.FIELDS, GROUPS = ["on_point", "adverse", "facts_only"];
  const LIMIT = 10; // cases of a group in the order of precedence; further ones follow by likeness
  const chunks = new Map();

  // ---- comparison.py ------------------------------------------------------------------------------------------

  function related(known, here, there) {
    return here === there || (known.broader[there] || []).includes(here) || (known.broader[here] || []).includes(there);
  }

  /* Codes and table facts of one case, by its number in the index. */
  async function elements(number) {
    const known = await reading.data(), manifest = await engine.manifest();
    const at = number - manifest.types.find(function (type) { return type.type === "case"; }).first;
    const name = "case-elements-" + Math.floor(at / known.chunk), own = manifest.build + name;
    if (!chunks.has(own)) chunks.set(own, (await engine.part(name)).split("\f"));
    return JSON.parse(chunks.get(own)[at % known.chunk]);
  }

  function says(known, field, state) {
    const decisive = known.definition.decisive[field];
    return !state || !decisive || decisive.includes(state);
  }

  /* { shared: field → [{here, there, state}], onlyHere, onlyThere: field → [[term, state]], rules }. */
  function compare(known, matter, coded, rules) {
    const out = { shared: {}, onlyHere: {}, onlyThere: {}, rules: [] };
    for (const [field] of known.fields) {
      const here = reading.terms(matter, field), there = coded[field] || [], shared = [];
      for (const [term, state] of there) {
        const own = here.find(function (one) { return related(known, one, term); });
        if (own && says(known, field, state)) shared.push({ here: own, there: term, state: state });
      }
      if (shared.length) out.shared[field] = shared;
      if (field === FIELDS && shared.length) continue;
      const left = here.filter(function (term) { return !shared.some(function (s) { return s.here === term; }); });
      const right = there.filter(function (pair) {
        return !shared.some(function (s) { return s.there === pair[0]; }) && says(known, field, pair[1]);
      });
      if (left.length) out.onlyHere[field] = left.map(function (term) { return [term, ""]; });
      if (right.length) out.onlyThere[field] = right;
    }
    out.rules = rules.filter(function (rule) {
      return matter.rules.some(function (own) { return rule === own || own === rule.split("#")[0] || rule === own.split("#")[0]; });
    });
    return out;
  }

  // ---- likeness of all candidates, from the small index -------------------------------------------------------

  function has(known, key, number) { return known.index.has(key) && known.index.get(key).has(number); }

  function raised(known, factors) {
    const held = new Set(factors);
    for (const factor of factors) for (const term of known.broader[factor] || []) held.add(term);
    return new Set(known.definition.points.filter(function (point) {
      return point.terms.concat(point.follows).some(function (term) { return held.has(term); });
    }).map(function (point) { return point.id; }));
  }

  /* Reads the lists of cases that `judge` and `find` look into for this matter. */
  function prepare(known, matter) {
    const own = reading.terms(matter, FACTORS), fields = reading.terms(matter, FIELDS), also = raised(known, own);
    const points = known.definition.points.filter(function (point) { return matter.points.has(point.id) || also.has(point.id); });
    const near = known.terms[FIELDS].filter(function (term) { return fields.some(function (one) { return related(known, one, term); }); });
    const plain = known.keys.filter(function (key) { return /^(tombstone$|step-|status-)/.test(key); });
    return known.need(plain.concat(own.map(function (term) { return "factor-" + term; }),
      near.map(function (term) { return "field-" + term; }), points.map(function (point) { return "point-" + point.id; })));
  }

  function judge(known, matter, number) {
    const own = reading.terms(matter, FACTORS), fields = reading.terms(matter, FIELDS), idle = idleFactors(known, own);
    const factors = own.filter(function (term) {
      if (idle.includes(term) || !has(known, "factor-" + term, number)) return false;
      return own.find(function (one) { return related(known, one, term); }) === term;
    });
    const sameField = !fields.length || known.terms[FIELDS].some(function (term) {
      return has(known, "field-" + term, number) && fields.some(function (one) { return related(known, one, term); });
    });
    const also = raised(known, factors);
    const points = known.definition.points.filter(function (point) {
      return (matter.points.has(point.id) || also.has(point.id)) && has(known, "point-" + point.id, number);
    }).map(function (point) { return point.id; });
    const alike = factors.length > 0 && sameField;
    return {
      number: number, factors: factors, points: points, alike: alike, onPoint: alike && points.length > 0,
    };
  }

  /* Error factors that only state a conclusion count where the matter has no others. */
  function idleFactors(known, own) {
    const verdicts = known.definition.verdicts;
    return own.some(function (term) { return !verdicts.includes(term); }) ? verdicts : [];
  }

  /* One sentence that says why a case stands where it stands; `shared` is that of `compare`. */
  function reason(known, matter, judged, shared) {
    const words = known.definition.reasons, fill = window.RongcuoKit.fill, common = shared[FACTORS] || [];
    const names = function (items) { return items.map(function (item) { return engine.label(item.there); }).join("、"); };
    if (!reading.terms(matter, FACTORS).length) return words.nothing_read;
    const same = common.filter(function (item) { return judged.factors.includes(item.there); }), facts = { factors: names(same) };
    if (!same.length) return common.length ? fill(words.akin, { factors: names(common) }) : words.no_factor;
    const fieldRead = reading.terms(matter, FIELDS).length > 0;
    if (fieldRead && !shared[FIELDS]) return fill(words.other_field, facts);
    facts.points = judged.points.map(pointLabel.bind(null, known)).join("；");
    const said = fill(judged.points.length ? words.on_point : words.no_point, facts);
    return fieldRead ? said : said + "；" + words.field_unread;
  }

  function pointLabel(known, id) {
    return known.definition.points.find(function (point) { return point.id === id; }).label;
  }

  // ---- precedents.py ------------------------------------------------------------------------------------------

  /* { matter, groups: group → precedents in order, spread, steps, examined } of the cases that pass a filter; `pool`: their
     numbers before it, so that a filter only ever takes results away. */
  async function find(matter, passes) {
    const known = await reading.data(), since = earliest(known);
    await prepare(known, matter);
    const adverse = await adverseNumbers(known), dates = await engine.dates([since.slice(0, 4)]);
    const groups = { on_point: [], adverse: [], facts_only: [] };
    const taken = [0, 0], best = [0, 0], keep = (await engine.manifest()).settings.keep_percent;
    let examined = 0;
    for (const [number, score] of matter.found.ranked) {
      if (has(known, "tombstone", number)) continue;
      const bad = adverse.has(number), side = +bad;
      best[side] = best[side] || score;
      if (taken[side]++ >= known.numbers.candidates || score * 100 < best[side] * keep) continue;
      examined++;
      const judged = judge(known, matter, number), date = dates(number);
      judged.score = score;
      judged.step = stepOf(known, number);
      judged.recent = Boolean(date) && date >= since.slice(0, date.length);
      judged.group = bad ? "adverse" : judged.onPoint ? "on_point" : "facts_only";
      groups[judged.group].push(judged);
    }
    const spare = reading.terms(matter, FACTORS).length ? known.numbers.fallback : LIMIT;
    for (const name of ["adverse", "facts_only"]) groups[name] = worthShowing(groups[name], spare);
    const pool = Object.values(groups).flat().map(function (p) { return p.number; });
    if (passes) for (const name of GROUPS) groups[name] = groups[name].filter(function (p) { return passes(p.number); });
    const spread = await spreadOf(known, Object.values(groups).flat().filter(function (p) { return p.onPoint; }));
    const steps = countSteps(known, groups);
    for (const name of GROUPS) groups[name] = ordered(known, groups[name]);
    return { matter: matter, groups: groups, spread: spread, steps: steps, examined: examined, pool: pool };
  }

  async function adverseNumbers(known) {
    const manifest = await engine.manifest(), kinds = await engine.facet("kind");
    const numbers = new Set(known.index.get("status-overturned") || []);
    for (const choice of manifest.kinds) {
      if (choice.adverse !== "no") (kinds.get(choice.value) || []).forEach(function (n) { numbers.add(n); });
    }
    return numbers;
  }

  function earliest(known) {
    const now = new Date(), two = function (n) { return String(n).padStart(2, "0"); };
    const year = now.getFullYear() - known.definition.precedence.recent_years;
    return String(year).padStart(4, "0") + "-" + two(now.getMonth() + 1) + "-" + two(now.getDate());
  }

  function stepOf(known, number) {
    const steps = known.definition.precedence.steps, at = steps.findIndex(function (step) { return has(known, "step-" + step.id, number); });
    return at < 0 ? steps.length - 1 : at; // the last one goes without saying
  }

  function worthShowing(found, spare) {
    const same = found.filter(function (p) { return p.factors.length; });
    return same.concat(found.filter(function (p) { return !p.factors.length; }).slice(0, Math.max(0, spare - same.length)));
  }

  function byNearness(a, b) {
    return b.onPoint - a.onPoint || b.alike - a.alike || (b.factors.length > 0) - (a.factors.length > 0) || b.score - a.score;
  }

  function ordered(known, found) {
    const near = found.slice().sort(byNearness), first = near.slice(0, LIMIT);
    first.sort(function (a, b) {
      const step = function (p) { return p.onPoint ? p.step : 0; }, old = function (p) { return p.onPoint && !p.recent; };
      return b.onPoint - a.onPoint || step(a) - step(b) || old(a) - old(b) || byNearness(a, b);
    });
    return first.concat(near.slice(LIMIT));
  }

  function countSteps(known, groups) {
    return known.definition.precedence.steps.map(function (step, place) {
      const row = { step: step };
      for (const name of ["on_point", "adverse"]) {
        const held = groups[name].filter(function (p) { return p.step === place; });
        row[name] = [held.length, held.filter(function (p) { return p.recent; }).length];
      }
      return row;
    });
  }

  /* Kinds and outcomes of the on-point cases that still hold, in the schema's order of kinds. */
  async function spreadOf(known, found) {
    const manifest = await engine.manifest(), kinds = await engine.facet("kind"), outcomes = await engine.facet("outcome");
    const other = known.keys.filter(function (key) { return key.startsWith("status-"); });
    const holding = found.filter(function (p) { return !other.some(function (key) { return has(known, key, p.number); }); });
    return manifest.kinds.map(function (kind) {
      const cases = holding.filter(function (p) { return (kinds.get(kind.value) || new Set()).has(p.number); });
      const counts = Array.from(outcomes, function (pair) {
        return [pair[0], cases.filter(function (p) { return pair[1].has(p.number); }).length];
      }).filter(function (pair) { return pair[1]; }).sort(function (a, b) { return b[1] - a[1]; });
      return { kind: kind, count: cases.length, outcomes: counts };
    }).filter(function (share) { return share.count; });
  }

  // ---- shared words -------------------------------------------------------------------------------------------

  /* The longest stretches that stand in the query and in the case alike, most telling first. */
  async function sharedWords(matter, head) {
    const known = await reading.data(), set = known.numbers, held = matter.found.held;
    const there = engine.normalize(head.title + "\n" + (await engine.text(head.number))), found = new Map();
    const df = function (term) { return held.has(term) ? held.get(term).numbers.length : 0; };
    for (const stretch of stretches(matter.found.query.folded, there)) {
      for (const word of words(stretch, df, set.cohesion)) {
        let sum = 0;
        for (let i = 0; i + 1 < word.length; i++) {
          const entry = held.get(word[i] + word[i + 1]);
          if (entry && entry.idf >= set.rare) sum += entry.idf;
        }
        if (sum) found.set(word.join(""), sum);
      }
    }
    const best = Array.from(found.keys()).sort(function (a, b) { return found.get(b) - found.get(a) || (a < b ? -1 : 1); });
    return best.filter(function (word, n) {
      return !best.slice(0, n).some(function (longer) { return longer.includes(word); });
    }).slice(0, set.words);
  }

  function stretches(text, there) {
    const here = Array.from(text), out = [], letter = /[\p{L}\p{N}]/u;
    for (let at = 0; at < here.length;) {
      let end = at, held = "";
      while (end < here.length && letter.test(here[end]) && there.includes(held + here[end])) held += here[end++];
      if (end - at > 1) out.push(here.slice(at, end));
      at = Math.max(at + 1, end);
    }
    return out;
  }

  function words(stretch, df, cohesion) {
    const out = [];
    let start = 0;
    for (let i = 1; i < stretch.length; i++) {
      const rarer = Math.min(df(stretch[i - 1]), df(stretch[i])) || 1;
      if (df(stretch[i - 1] + stretch[i]) < cohesion * rarer) {
        out.push(stretch.slice(start, i));
        start = i;
      }
    }
    out.push(stretch.slice(start));
    return out;
  }

  window.RongcuoPrecedents = {
    GROUPS: GROUPS, LIMIT: LIMIT, elements: elements, compare: compare, find: find, sharedWords: sharedWords, pointLabel: pointLabel, reason: reason,
  };
})();
