/* Search without a server: reads the shards under search/ and ranks exactly as build_tools/search does.
   text.py, concepts.py, query.py, engine.py and snippets.py are mirrored here; settings and words come from the
   manifest. Builds no page elements. Exposes window.RongcuoSearch. */
(function () {
  "use strict";
  if (window.RongcuoSearch) return; // the box in the header may have fetched it already

  const PARALLEL = 48; // files asked for at once
  const ATTEMPTS = 3; // for each file
  const WIDTH = 90, LEAD = 15; // characters of a snippet, and before its first mark

  // ---- where the site's root is -------------------------------------------------------------------------------

  function siteRoot() {
    const stated = document.documentElement.dataset.root;
    if (stated !== undefined) return stated;
    const own = document.currentScript && document.currentScript.getAttribute("src");
    const at = own ? own.lastIndexOf("assets/search/") : -1;
    return at >= 0 ? own.slice(0, at) : "";
  }
  const root = siteRoot();

  // ---- loading ------------------------------------------------------------------------------------------------

  class LoadError extends Error {
    constructor(name) {
      super("检索数据没有读到（" + name + "）。请刷新页面再试；离线使用时，核对网站文件夹是否完整。");
      this.name = "LoadError";
    }
  }

  const arrived = new Map(); // name → text of files that registered themselves and are sound
  const loading = new Map(); // name → promise of the text
  const queue = [];
  const stats = { files: 0, characters: 0 };
  let running = 0;

  const CRC = Uint32Array.from({ length: 256 }, function (_, byte) {
    for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
    return byte;
  });

  function checksum(text) {
    let value = 0xffffffff;
    for (const byte of new TextEncoder().encode(text)) value = (value >>> 8) ^ CRC[(value ^ byte) & 0xff];
    return ~value >>> 0;
  }

  /* A file says its own name but not the folder of its build: that is told by the script element that asked for it. */
  window.rongcuoShard = function (name, sum, text) {
    const asked = document.currentScript && document.currentScript.dataset.shard;
    if (asked === undefined || asked === null || asked.slice(asked.lastIndexOf("/") + 1) !== name) return;
    if (typeof text === "string" && checksum(text) === sum) arrived.set(asked, text);
  };

  function inject(name, suffix, done) {
    const script = document.createElement("script");
    script.charset = "utf-8";
    script.async = true;
    script.dataset.shard = name;
    script.src = root + "search/" + name + ".js" + suffix;
    script.onload = script.onerror = function () {
      script.remove();
      done();
    };
    document.head.appendChild(script);
  }

  function pump() {
    while (running < PARALLEL && queue.length) {
      running++;
      const job = queue.shift();
      inject(job.name, job.suffix, function () {
        running--;
        job.done();
        pump();
      });
    }
  }

  function load(name, fresh) {
    if (!fresh && loading.has(name)) return loading.get(name);
    const promise = new Promise(function (resolve, reject) {
      function attempt(count) {
        const suffix = fresh || count ? "?" + Date.now() + "." + count : "";
        queue.push({ name: name, suffix: suffix, done: function () {
          const text = arrived.get(name);
          arrived.delete(name);
          if (text !== undefined) {
            stats.files++;
            stats.characters += text.length;
            resolve(text);
          } else if (count + 1 < ATTEMPTS) {
            attempt(count + 1);
          } else {
            loading.delete(name);
            reject(new LoadError(name));
          }
        } });
        pump();
      }
      attempt(0);
    });
    loading.set(name, promise);
    return promise;
  }

  // ---- the index as it is read so far -------------------------------------------------------------------------

  let state = null; // { manifest, types, simplified, lexicon, shards, terms, chunks, facets }
  let preparing = null;

  function prepare() {
    if (!preparing) {
      preparing = open(false).catch(function (error) {
        preparing = null;
        throw error;
      });
    }
    return preparing;
  }

  async function open(fresh) {
    const manifest = JSON.parse(await load("manifest", fresh));
    const [pairs, words] = await Promise.all(
      [load(manifest.build + "/simplified"), load(manifest.build + "/lexicon")]);
    const lexicon = readLexicon(words);
    readFacets(manifest.facets, lexicon.labels);
    state = {
      manifest: manifest, settings: manifest.settings,
      noise: manifest.noise.map(function (pattern) { return new RegExp(pattern, "gu"); }),
      types: new Map(manifest.types.map(function (t) { return [t.type, t]; })),
      matter: new Set(manifest.matter), bridge: bridgeOf(manifest),
      common: new Map(manifest.types.map(function (t) { return [t.type, new Set(t.common)]; })),
      simplified: readPairs(pairs), lexicon: lexicon,
      shards: new Map(), terms: new Map(), chunks: new Map(), facets: new Map(),
    };
    return state;
  }

  /* Runs `work`; when a file is missing because the site was rebuilt meanwhile, once more with the new index. */
  async function withIndex(work) {
    await prepare();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      const old = state.manifest.build;
      try {
        await open(true);
      } catch (again) {
        throw error;
      }
      if (state.manifest.build === old) throw error;
      return work();
    }
  }

  function part(name) { return load(state.manifest.build + "/" + name); }

  /* Document number → id of the vocabulary terms that may widen a query. */
  function bridgeOf(manifest) {
    const map = new Map();
    for (const [first, last] of manifest.bridge) {
      for (let number = first; number <= last; number++) map.set(number, manifest.matter[map.size]);
    }
    return map;
  }

  /* Traditional → simplified; a traditional character is told by its distance from the one before. */
  function readPairs(text) {
    const map = new Map(), characters = Array.from(text);
    for (let i = 0, code = 0; i + 1 < characters.length; i += 2) {
      code += characters[i].codePointAt(0) - 0x20;
      map.set(String.fromCodePoint(code), characters[i + 1]);
    }
    return map;
  }

  /* Values of facets with their labels: of most the lexicon has them, others are their own. */
  function readFacets(facets, labels) {
    for (const facet of facets) {
      facet.values = facet.values.map(function (v) { return typeof v === "string" ? [v, labels.get(v) || v] : v; });
    }
  }

  function readLexicon(text) {
    const [first, second] = text.split("\n");
    const ids = [], labels = new Map(), surfaces = new Map(), lengths = new Map();
    for (const entry of first ? first.split("\t") : []) {
      const at = entry.indexOf("=");
      ids.push(entry.slice(0, at));
      labels.set(entry.slice(0, at), entry.slice(at + 1));
    }
    for (const entry of second ? second.split("\t") : []) {
      const at = entry.lastIndexOf("="), form = entry.slice(0, at), start = form.slice(0, 2);
      surfaces.set(form, entry.slice(at + 1).split(",").map(function (i) { return ids[+i]; }));
      if (!lengths.has(start)) lengths.set(start, new Set());
      lengths.get(start).add(form.length);
    }
    lengths.forEach(function (set, start) {
      lengths.set(start, Array.from(set).sort(function (a, b) { return b - a; }));
    });
    return { labels: labels, surfaces: surfaces, lengths: lengths };
  }

  // ---- text.py ------------------------------------------------------------------------------------------------

  const HAN = "\\u3007\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{323af}";
  const WORD = "0-9a-zß-öø-ÿĀ-ɏͰ-ϿЀ-ӿḀ-ỿ";
  const MAX_WORD = 40;
  const DROPPED = new RegExp("[\\u00ad\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\ufe00-\\ufe0f\\ufeff" +
    "\\u{e0100}-\\u{e01ef}]", "gu");
  const FOREIGN = new RegExp("[^\\u0020-\\u007e\\u00a0-\\u024f\\u0300-\\u04ff\\u1e00-\\u1eff\\u2000-\\u2027" +
    "\\u202f-\\u2bff\\u2e80-\\u9fff\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff00-\\uffef\\u{1d400}-\\u{1d7ff}" +
    "\\u{20000}-\\u{323af}]", "gu");

  function normalize(text) {
    const folded = text.replace(DROPPED, "").replace(FOREIGN, " ")
      .normalize("NFKC").toLowerCase().replace(/ς/g, "σ");
    let out = "";
    for (const character of folded) out += state.simplified.get(character) || character;
    return out;
  }

  function foldedTokens(folded) {
    const out = [];
    const runs = new RegExp("([" + HAN + "]+)|([" + WORD + "]+(?:-[" + WORD + "]+)*)", "gu");
    for (const match of folded.matchAll(runs)) {
      if (match[1]) {
        const characters = Array.from(match[1]);
        for (const character of characters) out.push(character);
        for (let i = 0; i + 1 < characters.length; i++) out.push(characters[i] + characters[i + 1]);
      } else {
        out.push(match[2].slice(0, MAX_WORD));
        if (match[2].includes("-")) for (const piece of match[2].split("-")) out.push(piece.slice(0, MAX_WORD));
      }
    }
    return out;
  }

  function cut(text, length) {
    return text.length <= length ? text : Array.from(text).slice(0, length).join("");
  }

  function size(text) { return text.length < 2 ? text.length : Array.from(text).length; }

  // ---- concepts.py --------------------------------------------------------------------------------------------

  function findConcepts(folded) {
    const found = new Set();
    for (const place of places(folded)) for (const id of place.ids) found.add(id);
    return Array.from(found);
  }

  /* Every form of a vocabulary term in folded text: { start, end, ids }. */
  function places(folded) {
    const found = [], lexicon = state.lexicon;
    let reached = 0;
    for (let start = 0; start + 1 < folded.length; start++) {
      for (const length of lexicon.lengths.get(folded.slice(start, start + 2)) || []) {
        const end = start + length;
        if (end <= reached || end > folded.length) continue;
        const ids = lexicon.surfaces.get(folded.slice(start, end));
        if (ids) {
          found.push({ start: start, end: end, ids: ids });
          reached = end;
          break;
        }
      }
    }
    return found;
  }

  // ---- shards.py ----------------------------------------------------------------------------------------------

  const LAST = 64, MORE = 27;
  function digit(code) { return code > 0x5c ? code - 0x24 : code - 0x23; }

  function decodePostings(text, first) {
    const numbers = [], impacts = [];
    let before = first, i = 0;
    while (i < text.length) {
      let value = 0, d = digit(text.charCodeAt(i++));
      while (d >= LAST) {
        value = value * MORE + (d - LAST) + 1;
        d = digit(text.charCodeAt(i++));
      }
      before += value * LAST + d;
      numbers.push(before);
      impacts.push(digit(text.charCodeAt(i++)));
    }
    return { numbers: numbers, impacts: impacts };
  }

  function decodeGaps(text) {
    const gaps = [];
    let i = 0;
    while (i < text.length) {
      let value = 0, d = digit(text.charCodeAt(i++));
      while (d >= LAST) {
        value = value * MORE + (d - LAST) + 1;
        d = digit(text.charCodeAt(i++));
      }
      gaps.push(value * LAST + d);
    }
    return gaps;
  }

  function decodeNumbers(text) {
    let before = 0;
    return decodeGaps(text).map(function (gap) { return before += gap; });
  }

  function shardOf(type, term) {
    const group = size(term) === 1 ? "u" : "b";
    let value = 0x811c9dc5;
    for (let i = 0; i < term.length; i++) value = Math.imul(value ^ term.charCodeAt(i), 0x01000193);
    return type.type + "-" + group + "-" + ((value >>> 0) % type[group]);
  }

  async function readShard(name) {
    if (!state.shards.has(name)) {
      const fields = (await part(name)).split("\t"), entries = new Map();
      for (let i = 0; i + 2 < fields.length; i += 3) entries.set(fields[i], [+fields[i + 1], fields[i + 2]]);
      state.shards.set(name, entries);
    }
    return state.shards.get(name);
  }

  /* Term → { idf, numbers, impacts } for those of `terms` that stand in documents of this type. */
  async function readTerms(type, terms) {
    const wanted = new Map(), out = new Map();
    for (const term of terms) wanted.set(term, shardOf(type, term));
    await Promise.all(Array.from(new Set(wanted.values()), readShard));
    for (const [term, name] of wanted) {
      const entry = state.shards.get(name).get(term);
      if (!entry) continue;
      const key = type.type + "\t" + term;
      if (!state.terms.has(key)) {
        if (state.terms.size > 4000) state.terms.clear();
        state.terms.set(key, decodePostings(entry[1], type.first));
      }
      const postings = state.terms.get(key);
      out.set(term, { idf: entry[0], numbers: postings.numbers, impacts: postings.impacts });
    }
    return out;
  }

  // ---- query.py and engine.py ---------------------------------------------------------------------------------

  /* Σ weight · idf · (impact + bonus, for words) for every document of a type that holds any of the words, best first. */
  function addUp(type, weights, held, bonus) {
    const sums = new Float64Array(type.count);
    for (const [term, weight] of weights) {
      const entry = held.get(term);
      if (!entry) continue;
      const factor = weight * entry.idf, more = term[0] === "@" ? 0 : bonus;
      for (let i = 0; i < entry.numbers.length; i++) {
        sums[entry.numbers[i] - type.first] += factor * (entry.impacts[i] + more);
      }
    }
    const ranked = [];
    for (let i = 0; i < sums.length; i++) if (sums[i] > 0) ranked.push([type.first + i, sums[i]]);
    return ranked.sort(function (a, b) { return b[1] - a[1] || a[0] - b[0]; });
  }

  async function analyse(text, facts) {
    const set = state.settings;
    let folded = normalize(cut(text, 2 * set.max_facts)).trim();
    facts = Boolean(facts) || size(folded) > set.facts_from;
    folded = cut(folded, facts ? set.max_facts : set.max_words);
    if (facts) for (const pattern of state.noise) folded = folded.replace(pattern, " ");
    const words = new Map();
    for (const token of foldedTokens(folded)) {
      words.set(token, Math.min((words.get(token) || 0) + set.word, set.word * set.max_repeats));
    }
    const concepts = findConcepts(folded), weights = new Map();
    for (const concept of concepts) weights.set(concept, facts ? set.concept_facts : set.concept);
    const bridged = facts ? new Map() : await bridge(words);
    bridged.forEach(function (weight, concept) {
      weights.set(concept, Math.max(weight, weights.get(concept) || 0));
    });
    const terms = new Map(words);
    weights.forEach(function (weight, concept) { terms.set("@" + concept, weight); });
    const named = new Set(concepts);
    return {
      text: text, folded: folded, facts: facts, terms: terms, concepts: concepts,
      bridged: Array.from(bridged.keys()).filter(function (concept) { return !named.has(concept); }),
    };
  }

  async function bridge(words) {
    const type = state.types.get("term"), out = new Map(), set = state.settings;
    if (!type || !words.size) return out;
    const held = await readTerms(type, words.keys());
    const ranked = addUp(type, words, held, 0).filter(function (pair) { return state.bridge.has(pair[0]); });
    if (!ranked.length) return out;
    let most = 0;
    held.forEach(function (entry, word) { most += set.levels * words.get(word) * entry.idf; });
    const best = ranked[0][1];
    for (const [number, score] of ranked.slice(0, set.bridge_terms)) {
      if (score * 100 < best * set.bridge_percent || set.bridge * score < most) continue;
      out.set(state.bridge.get(number), Math.floor(set.bridge * score / most));
    }
    return out;
  }

  function bonusOf(query, type) {
    return type.count > state.settings.common_from && !query.facts ? state.settings.cover : 0;
  }

  /* Ranked matches of one type: { query, type, held, ranked: [[document number, score], …] }, before filters. */
  /* `all`: every match with its plain score, as build_tools/export compares them. */
  async function rank(query, typeName, all) {
    const type = state.types.get(typeName);
    if (!type) return { query: query, type: typeName, held: new Map(), ranked: [] };
    let common = state.common.get(typeName);
    if (query.facts) common = new Set((await part(typeName + "-common")).split("\t"));
    const weights = new Map(Array.from(query.terms).filter(function (entry) { return !common.has(entry[0]); }));
    const held = await readTerms(type, weights.keys());
    const summed = addUp(type, weights, held, all ? 0 : bonusOf(query, type));
    let ranked = summed;
    if (ranked.length && !all) {
      const best = ranked[0][1];
      ranked = ranked.filter(function (pair) { return pair[1] * 100 >= best * state.settings.keep_percent; });
    }
    if (!all) ranked = await smooth(type, ranked, new Map(summed), query.facts ? "facts" : "words");
    return { query: query, type: typeName, held: held, ranked: ranked };
  }

  /* neighbours.py: the first results gain from the scores of the documents most like them. */
  async function smooth(type, ranked, scores, manner) {
    const own = state.settings["own_" + manner], head = state.settings["near_" + manner];
    const out = ranked.map(function (pair) { return [pair[0], own * pair[1]]; });
    if (type.near) {
      await Promise.all(out.slice(0, head).map(async function (pair) {
        const gaps = decodeGaps(await chunk(pair[0], "near"));
        let other = type.first;
        for (let i = 0; i + 1 < gaps.length; i += 2) {
          other += gaps[i];
          pair[1] += gaps[i + 1] * (scores.get(other) || 0);
        }
      }));
    }
    return out.sort(function (a, b) { return b[1] - a[1] || a[0] - b[0]; });
  }

  function search(text, options) {
    const wanted = options || {};
    return withIndex(async function () {
      const query = await analyse(text, wanted.facts);
      for (const concept of Object.keys(wanted.add || {})) query.terms.set("@" + concept, wanted.add[concept]);
      const found = await rank(query, wanted.type || "case", wanted.all);
      if (!wanted.filters || !Object.keys(wanted.filters).length) return found;
      const passes = await filter(wanted.filters);
      if (!text.trim()) {
        const type = state.types.get(found.type);
        for (let n = type.first; n < type.first + type.count; n++) found.ranked.push([n, 0]);
      }
      found.ranked = found.ranked.filter(function (pair) { return passes(pair[0]); });
      return found;
    });
  }

  // ---- facets -------------------------------------------------------------------------------------------------

  async function facet(name) {
    if (!state.facets.has(name)) {
      const fields = (await part("facet-" + name)).split("\t"), values = new Map();
      for (let i = 0; i + 1 < fields.length; i += 2) values.set(fields[i], new Set(decodeNumbers(fields[i + 1])));
      state.facets.set(name, values);
    }
    return state.facets.get(name);
  }

  /* A test for document numbers: any value of each facet, and every facet. */
  async function filter(filters) {
    const sets = await Promise.all(Object.keys(filters).map(async function (name) {
      const values = await facet(name);
      return filters[name].map(function (value) { return values.get(value) || new Set(); });
    }));
    return function (number) {
      return sets.every(function (any) { return any.some(function (set) { return set.has(number); }); });
    };
  }

  /* The date of a case by its number, as text: as exactly as it is known for these years, of all others the year. */
  async function dates(years) {
    const all = await facet("year"), year = new Map(), days = new Map();
    all.forEach(function (numbers, value) { for (const number of numbers) year.set(number, value); });
    await Promise.all(years.filter(function (one) { return all.has(one); }).map(async function (one) {
      const row = decodeGaps(await part("days-" + one));
      let number = 0;
      for (let i = 0; i < row.length; i += 3) days.set(number += row[i], row.slice(i + 1, i + 3));
    }));
    return function (number) {
      const known = (days.get(number) || []).filter(Boolean).map(function (n) { return String(n).padStart(2, "0"); });
      return [year.get(number) || ""].concat(known).join("-");
    };
  }

  // ---- what is shown of a document ----------------------------------------------------------------------------

  function typeOf(number) {
    for (const type of state.types.values()) {
      if (type.first <= number && number < type.first + type.count) return type;
    }
    throw new RangeError("no document " + number);
  }

  async function chunk(number, kind) {
    const type = typeOf(number), at = number - type.first;
    const name = type.type + "-" + kind + "-" + Math.floor(at / type[kind]);
    if (!state.chunks.has(name)) state.chunks.set(name, (await part(name)).split("\f"));
    return state.chunks.get(name)[at % type[kind]];
  }

  function heads(numbers) {
    return Promise.all(Array.from(numbers, async function (number) {
      const [id, title, url, kind, status, place, date, summary] = JSON.parse(await chunk(number, "docs"));
      return {
        number: number, type: typeOf(number).type, id: id, title: title, url: root + encodeURI(url),
        kind: kind, status: status, place: place, date: date, summary: summary,
      };
    }));
  }

  function needlesOf(found) {
    const words = new Map(), long = new Map(), least = found.query.facts ? state.settings.mark_facts_from : 0;
    for (const term of found.query.terms.keys()) {
      const entry = found.held.get(term);
      if (!entry || term[0] === "@") continue;
      words.set(term, entry.idf);
      if (size(term) > 1 && entry.idf >= least) long.set(term, entry.idf);
    }
    return long.size ? long : words;
  }

  const folds = new Map(); // character → folded; a page shows a few thousand different ones at most

  function positions(text, needles) {
    let folded = "";
    const origin = [];
    let at = 0;
    for (const character of text) {
      let plain = folds.get(character);
      if (plain === undefined) folds.set(character, plain = normalize(character));
      for (let i = 0; i < plain.length; i++) origin.push([at, at + character.length]);
      folded += plain;
      at += character.length;
    }
    const found = [];
    for (const needle of needles.keys()) {
      for (let i = folded.indexOf(needle); i >= 0; i = folded.indexOf(needle, i + 1)) {
        found.push([origin[i][0], origin[i + needle.length - 1][1], needle]);
      }
    }
    return found.sort(function (a, b) { return a[0] - b[0] || a[1] - b[1]; });
  }

  function marks(text, needles) {
    const merged = [];
    for (const [start, end] of positions(text, needles)) {
      const last = merged[merged.length - 1];
      if (last && start <= last[1]) last[1] = Math.max(end, last[1]);
      else merged.push([start, end]);
    }
    return merged;
  }

  function weightOf(spans, needles, from, to) {
    const held = new Set();
    for (const [start, end, needle] of spans) if (from <= start && end <= to) held.add(needle);
    let sum = 0;
    for (const needle of held) sum += needles.get(needle);
    return sum;
  }

  function bestWindow(line, needles) {
    const spans = positions(line, needles);
    if (line.length <= WIDTH || !spans.length) return [line.slice(0, WIDTH), weightOf(spans, needles, 0, line.length)];
    let best = 0, most = -1;
    for (const span of spans) {
      const weight = weightOf(spans, needles, span[0], span[0] + WIDTH - LEAD);
      if (weight > most) {
        best = span[0];
        most = weight;
      }
    }
    const begin = Math.max(0, Math.min(best - LEAD, line.length - WIDTH));
    return [(begin ? "…" : "") + line.slice(begin, begin + WIDTH) + (begin + WIDTH < line.length ? "…" : ""), most];
  }

  /* The passage of a document that holds most of the query, with the spans to mark in it and in the title. */
  function describe(found, head) {
    return withIndex(async function () {
      const needles = needlesOf(found);
      const lines = needles.size ? (await chunk(head.number, "text")).split("\n") : [];
      let text = head.summary, most = -1;
      for (const line of [head.summary].concat(lines)) {
        const [passage, weight] = bestWindow(line, needles);
        if (weight > most) {
          text = passage;
          most = weight;
        }
      }
      return { text: text, marks: marks(text, needles), titleMarks: marks(head.title, needles) };
    });
  }

  /* Labels of the terms that say what the query's matter is; of those coded on one document, if it is given. */
  function reasons(found, number) {
    const labels = found.query.concepts.concat(found.query.bridged).filter(function (concept) {
      if (!state.matter.has(concept)) return false;
      const entry = found.held.get("@" + concept);
      return number === undefined || (entry && entry.numbers.includes(number));
    }).map(label);
    return Array.from(new Set(labels));
  }

  function label(id) { return state.lexicon.labels.get(id) || id; }

  window.RongcuoSearch = {
    root: root,
    LoadError: LoadError,
    stats: stats,
    manifest: function () { return prepare().then(function () { return state.manifest; }); },
    tokens: function (text) { return prepare().then(function () { return foldedTokens(normalize(text)); }); },
    search: search,
    facet: function (name) { return withIndex(function () { return facet(name); }); },
    filter: function (filters) { return withIndex(function () { return filter(filters); }); },
    dates: function (years) { return withIndex(function () { return dates(years); }); },
    heads: function (numbers) { return withIndex(function () { return heads(numbers); }); },
    describe: describe,
    text: function (number) { return withIndex(function () { return chunk(number, "text"); }); },
    part: function (name) { return withIndex(function () { return part(name); }); },
    normalize: normalize,
    split: foldedTokens,
    places: places,
    numbers: decodeNumbers,
    postings: function (type, terms) { return withIndex(function () { return readTerms(state.types.get(type), terms); }); },
    reasons: reasons,
    label: label,
  };
})();
