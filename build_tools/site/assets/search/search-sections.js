/* Search limited to one field of the cases (sections.py). Draws nothing. Exposes window.RongcuoSections. */
(function () {
  "use strict";
  const engine = window.RongcuoSearch;
  if (!engine) return;
  const DIGITS = 4;

  function fields() {
    return engine.part("sections").then(function (text) { return JSON.parse(text).fields; });
  }

  function spread(term) {
    let value = 0x811c9dc5;
    for (let i = 0; i < term.length; i++) value = Math.imul(value ^ term.charCodeAt(i), 0x01000193);
    return value >>> 0;
  }

  function stands(masks, place, bit) {
    const code = masks.charCodeAt(place * DIGITS + Math.floor(bit / 6)), digit = code > 0x5c ? code - 0x24 : code - 0x23;
    return digit >> bit % 6 & 1;
  }

  /* What was found, only where words of the query stand in the field `name`, ranked by these words alone. */
  async function narrow(found, name) {
    const set = JSON.parse(await engine.part("sections")), field = set.fields.find(function (one) { return one[1] === name; });
    const all = Array.from(found.held.keys()).filter(function (term) { return term[0] !== "@"; });
    const long = all.filter(function (term) { return term.length > 1; }), terms = long.length ? long : all, sums = new Map();
    await Promise.all(terms.map(async function (term) {
      const rows = (await engine.part("case-at-" + spread(term) % set.count)).split("\t"), at = rows.indexOf(term), held = found.held.get(term);
      if (at < 0 || !field) return;
      const factor = found.query.terms.get(term) * held.idf;
      held.numbers.forEach(function (number, place) {
        if (stands(rows[at + 1], place, field[0])) sums.set(number, (sums.get(number) || 0) + factor * held.impacts[place]);
      });
    }));
    const ranked = Array.from(sums).sort(function (a, b) { return b[1] - a[1] || a[0] - b[0]; });
    return Object.assign({}, found, { ranked: ranked });
  }

  window.RongcuoSections = { fields: fields, narrow: narrow };
})();
