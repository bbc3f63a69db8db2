/* The case drill: facts first, the learner's judgement, then the decision beside it and a score that explains.
   Answers lie in files of their own and are read only after the judgement. Progress lives in this page only. */
(function () {
  "use strict";
  const kit = window.RongcuoPractice, place = document.getElementById("rc-drill");
  if (!kit || !place) return;
  const element = kit.element, button = kit.button;
  const SEEDS = 1000000; // seeds are whole numbers below this

  let drill = null, files = null, order = [], at = 0, results = [], chosenSet = null, seed = 0;

  kit.load("drill").then(function (data) {
    drill = data;
    files = { facts: kit.parts("drill/facts-", data.facts), answers: kit.parts("drill/answers-", data.answers) };
    drawStart(true);
  }).catch(kit.failed(place));

  // ---- sets and order -----------------------------------------------------------------------------------------

  function sets() {
    const every = Object.assign({}, drill.every, { label: "全部案例", text: "够研习的案例都在内。" });
    return [
      { title: "全部", sets: [every] },
      { title: "按课程模块", sets: drill.modules },
      { title: "按领域", sets: drill.fields },
    ];
  }

  /* Mulberry32: the same seed gives the same order in every browser. */
  function random(start) {
    let state = start >>> 0;
    return function () {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  function shuffled(cases, start) {
    const out = cases.slice(), next = random(start);
    for (let i = out.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1)), kept = out[i];
      out[i] = out[j];
      out[j] = kept;
    }
    return out;
  }

  function drawStart(first) {
    const heading = element("h2", "", "选一组，开始"), form = element("form", "", heading), said = kit.message();
    for (const group of sets()) form.append(setGroup(group));
    form.append(seedField(), said, element("div", "rc-practice__buttons", button("rc-button rc-button--main", "开始")));
    form.noValidate = true;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      start(form, said);
    });
    kit.show(place, [form], heading, first);
  }

  function setGroup(group) {
    const filled = group.sets.filter(function (set) { return set.count; });
    if (!filled.length) return "";
    const options = filled.map(function (set) {
      const mine = chosenSet ? chosenSet.id === set.id : set.id === "all";
      return kit.choice("radio", "set", set.id, set.label + "（" + set.count + " 件）", set.text, mine);
    });
    return element("fieldset", "rc-question", element("legend", "", group.title), element("div", "rc-question__options rc-question__options--two", options));
  }

  function seedField() {
    const input = element("input", "rc-seed__input"), label = element("label", "rc-seed", "顺序号", input);
    input.name = "seed";
    input.inputMode = "numeric";
    input.autocomplete = "off";
    input.maxLength = 6;
    input.value = String(Math.floor(Math.random() * SEEDS));
    return element("div", "", label, element("p", "rc-small", "同一组、同一个顺序号，出题顺序相同；几个人一起练，填同一个数。题库版本 " + drill.build + "。"));
  }

  function start(form, said) {
    const text = form.elements.seed.value.trim();
    if (!/^\d{1,6}$/.test(text)) {
      said.textContent = "顺序号写一到六位数字。";
      form.elements.seed.focus();
      return;
    }
    const id = kit.chosen(form, "set")[0];
    chosenSet = sets().flatMap(function (group) { return group.sets; }).find(function (set) { return set.id === id; });
    if (!chosenSet || !chosenSet.count) {
      said.textContent = "这里还没有够研习的案例。";
      return;
    }
    seed = Number(text);
    kit.load("drill/set-" + chosenSet.id + "-" + chosenSet.mark).then(function (cases) {
      order = shuffled(kit.places(cases), seed);
      results = [];
      go(0);
    }).catch(kit.failed(place));
  }

  // ---- one case -----------------------------------------------------------------------------------------------

  function go(next) {
    at = next;
    if (at >= order.length) return drawEnd();
    files.facts.entry(order[at]).then(drawCase).catch(kit.failed(place));
  }

  function drawCase(exercise) {
    const heading = element("h2", "", "第 " + (at + 1) + " 题，共 " + order.length + " 题"), said = kit.message();
    const form = element("form", "", boundaryFields(), kindField(), factorField(exercise), said, caseButtons());
    form.noValidate = true;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      judge(form, exercise, said);
    });
    const where = chosenSet.label + "　顺序号 " + seed + (results.length ? "　已做 " + results.length + " 题，平均 " + average() : "");
    const hint = element("p", "rc-small", "“……”处是透露结果的句子，判断以后再看。");
    kit.show(place, [heading, element("p", "rc-small", where), facts("案情", exercise.facts), hint, form], heading, false);
  }

  function facts(title, list) {
    const rows = list.map(function (fact) {
      return element("div", "", element("dt", "", fact[0]), element("dd", "", fact[1]));
    });
    return element("section", "", element("h3", "", title), element("dl", "rc-facts", rows));
  }

  function boundaryFields() {
    const node = element("section", "", element("h3", "", "一、三条边界，碰到没有"));
    for (const boundary of drill.boundaries) {
      const options = drill.verdicts.map(function (v) { return kit.choice("radio", boundary.id, v.id, v.label, "", false); });
      node.append(element("fieldset", "rc-question rc-question--row", element("legend", "", boundary.label),
        element("p", "rc-question__help", boundary.check), element("div", "rc-question__options", options)));
    }
    return node;
  }

  function kindField() {
    const options = drill.kinds.map(function (k) { return kit.choice("radio", "kind", k.id, k.label, k.text, false); });
    return element("fieldset", "rc-question", element("legend", "", element("h3", "", "二、当年是哪一类处理")),
      element("div", "rc-question__options rc-question__options--two", options));
  }

  function factorField(exercise) {
    const options = exercise.options.map(function (o) { return kit.choice("checkbox", "factor", o[0], o[1], o[2], false); });
    return element("fieldset", "rc-question", element("legend", "", element("h3", "", "三、错误要素是哪几个（可多选）")),
      element("div", "rc-question__options rc-question__options--two", options));
  }

  function caseButtons() {
    const row = element("div", "rc-practice__buttons", button("rc-button rc-button--main", "判断好了，看当年怎么处理"));
    row.append(button("rc-button", "跳过这一题", function () { go(at + 1); }), button("rc-button", "结束，看小结", drawEnd));
    return row;
  }

  function judge(form, exercise, said) {
    const mine = { boundaries: {}, kind: kit.chosen(form, "kind")[0], factors: kit.chosen(form, "factor") };
    for (const boundary of drill.boundaries) mine.boundaries[boundary.id] = kit.chosen(form, boundary.id)[0];
    const open = drill.boundaries.filter(function (b) { return !mine.boundaries[b.id]; }).map(function (b) { return "“" + b.label + "”"; });
    if (!mine.kind) open.push("处理类型");
    if (!mine.factors.length) open.push("错误要素");
    if (open.length) {
      said.textContent = "还没有选：" + open.join("、") + "。";
      return;
    }
    files.answers.entry(order[at]).then(function (answer) { drawAnswer(exercise, answer, mine); }).catch(kit.failed(place));
  }

  // ---- the score ----------------------------------------------------------------------------------------------

  function label(list, id) {
    const found = list.find(function (item) { return item.id === id; });
    return found ? found.label : id;
  }

  function tenth(number) { return Math.round(number * 10) / 10; }

  /* Parts of the score: [what, yours, the library's, points, highest, why]. */
  function score(exercise, answer, mine) {
    const parts = drill.boundaries.map(function (boundary) {
      const coded = answer.judged.boundaries[boundary.id], own = mine.boundaries[boundary.id];
      const points = own === coded.state ? drill.points.boundary : 0;
      return [boundary.label, label(drill.verdicts, own), coded.words, points, drill.points.boundary, noted(coded)];
    });
    parts.push(kindScore(answer, mine), factorScore(exercise, answer, mine));
    return parts;
  }

  function kindScore(answer, mine) {
    const own = drill.kinds.find(function (k) { return k.id === mine.kind; });
    const real = drill.kinds.find(function (k) { return k.id === answer.kind; });
    let points = 0, why = "类型不同，也不在有利、不利的同一侧。";
    if (own === real) { points = drill.points.kind; why = "类型相同。"; }
    else if (own.side === real.side) { points = drill.points.kind_side; why = "类型不同，但同在一侧，得一部分分。"; }
    return ["处理类型", own.label, real.label, points, drill.points.kind, [why + real.label + "：" + real.text]];
  }

  /* Each right one is worth the same share; each wrong one takes as much away, never below nothing. */
  function factorScore(exercise, answer, mine) {
    const real = Object.keys(answer.factors);
    const hits = mine.factors.filter(function (id) { return real.includes(id); }).length;
    const wrong = mine.factors.length - hits, share = drill.points.factors / real.length;
    const names = function (ids) {
      return exercise.options.filter(function (o) { return ids.includes(o[0]); }).map(function (o) { return o[1]; }).join("、");
    };
    const why = ["本案 " + real.length + " 个，选对 " + hits + " 个，多选 " + wrong + " 个；选对一个得 " + tenth(share) + " 分，多选一个扣同样的分。"];
    for (const id of real) why.push(...noted(answer.factors[id], names([id]) + "："));
    return ["错误要素", names(mine.factors), names(real), tenth(Math.max(0, (hits - wrong) * share)), drill.points.factors, why];
  }

  /* A note with the mark of where it comes from, as pieces of one line. */
  function noted(item, lead) {
    if (!item.note) return [];
    const mark = item.origin ? element("span", "rc-origin", item.origin) : "";
    return [element("span", "rc-practice__noted", lead || "", item.note, " ", mark)];
  }

  function average() {
    const sum = results.reduce(function (all, r) { return all + r.points; }, 0);
    return tenth(sum / results.length) + " 分（满分 " + results[0].highest + " 分）";
  }

  // ---- the answer ---------------------------------------------------------------------------------------------

  function drawAnswer(exercise, answer, mine) {
    const parts = score(exercise, answer, mine);
    const points = tenth(parts.reduce(function (sum, p) { return sum + p[3]; }, 0));
    const highest = parts.reduce(function (sum, p) { return sum + p[4]; }, 0);
    results.push({ id: answer.id, title: answer.title, points, highest, parts });
    const heading = element("h2", "", "得 " + points + " 分（满分 " + highest + " 分）");
    const rows = parts.map(function (p) {
      return [p[0], p[1], [p[3] === p[4] ? "✓ " : "", p[2]], p[3] + " / " + p[4], p[5].length ? p[5] : "来源和编者都没有另写理由。"];
    });
    const last = at === order.length - 1;
    const buttons = element("div", "rc-practice__buttons",
      button("rc-button rc-button--main", last ? "看小结" : "下一题", function () { go(at + 1); }));
    if (!last) buttons.append(button("rc-button", "结束，看小结", drawEnd));
    kit.show(place, [heading, kit.table("rc-score", ["判断什么", "你的判断", "本案", "得分", "理由"], rows),
      decision(answer), judged(answer), buttons, facts("案情全文", answer.facts), element("p", "rc-small", drill.disclaimer)], heading, false);
  }

  function decision(answer) {
    const out = answer.outcome, kind = drill.kinds.find(function (k) { return k.id === answer.kind; });
    const node = element("section", "rc-decision", element("h3", "", "当年的处理和理由"),
      element("p", "", kit.badge(kind), " ", kit.link("cases/" + answer.id + ".html", answer.title + "（" + answer.id + "）")),
      element("p", "", out.terms.map(kit.term)));
    if (out.measures) node.append(element("p", "", "处理：" + out.measures));
    if (out.decided) node.append(element("p", "", "决定：" + out.decided));
    node.append(element("p", "", "理由：" + out.reasons));
    if (out.rules.length) node.append(element("p", "", "依据：", kit.rules(out.rules)));
    node.append(element("p", "", "能不能参照：" + answer.follow));
    if (answer.caveat) node.append(element("p", "rc-small", "可信度说明：" + answer.caveat));
    return node;
  }

  /* What else the library has coded: which side of the distinctions, which conditions, which exclusions. */
  function judged(answer) {
    const rows = [];
    for (const field of Object.keys(answer.judged)) {
      if (field === "boundaries") continue;
      for (const id of Object.keys(answer.judged[field])) {
        const item = answer.judged[field][id];
        rows.push([kit.term([id, item.label]), answer.titles[field], item.words, noted(item)]);
      }
    }
    if (!rows.length) return "";
    return element("section", "", element("h3", "", "区分和条件"), kit.table("rc-coded", ["词", "属于", "本案", "理由"], rows));
  }

  // ---- the end ------------------------------------------------------------------------------------------------

  function drawEnd() {
    const heading = element("h2", "", "小结"), again = button("rc-button rc-button--main", "再选一组", function () { drawStart(false); });
    const print = button("rc-button", "打印", function () { window.print(); });
    const buttons = element("div", "rc-practice__buttons", again, results.length ? print : "");
    if (!results.length) {
      kit.show(place, [heading, element("p", "", "这一组还没有做题。"), buttons], heading, false);
      return;
    }
    const summary = element("p", "", chosenSet.label + "，顺序号 " + seed + "：做了 " + results.length + " 题，平均 " + average() + "。");
    const rows = results.map(function (r) {
      return [kit.link("cases/" + r.id + ".html", r.title), r.points + " / " + r.highest, lost(r)];
    });
    kit.show(place, [heading, summary, byPart(), kit.table("rc-score", ["案例", "得分", "和本库不一致的"], rows), buttons], heading, false);
  }

  function lost(result) {
    const names = result.parts.filter(function (p) { return p[3] < p[4]; }).map(function (p) { return p[0]; });
    return names.join("、") || "没有";
  }

  function byPart() {
    const rows = results[0].parts.map(function (p, n) {
      const mean = results.reduce(function (sum, r) { return sum + r.parts[n][3]; }, 0) / results.length;
      return [p[0], tenth(mean) + " / " + p[4]];
    });
    return kit.table("rc-score rc-score--narrow", ["部分", "平均得分"], rows);
  }
})();
