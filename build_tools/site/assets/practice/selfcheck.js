/* The self-check of a plan: one question at a time, then a conclusion by the rules in the data, its reasons, the
   rules and time limits of the person, and the closest precedents. Answers live in this page only. */
(function () {
  "use strict";
  const kit = window.RongcuoPractice, place = document.getElementById("rc-selfcheck");
  if (!kit || !place) return;
  const element = kit.element, button = kit.button;

  const UNKNOWN = "?"; // the answer every question has besides its own
  const SHOWN = 5; // precedents in each part

  let check = null, questions = [], answers = new Map(), at = 0;

  kit.load("selfcheck").then(function (data) {
    check = data;
    for (const step of check.steps) for (const question of step.questions) questions.push({ step, question });
    drawQuestion(true);
  }).catch(kit.failed(place));

  // ---- what was answered --------------------------------------------------------------------------------------

  /* The chosen answers of a question as data; an open question counts as not known. */
  function given(question) {
    const ids = answers.get(question.id) || [UNKNOWN];
    if (ids.includes(UNKNOWN)) {
      const text = answers.has(question.id) ? check.unknown.text : "没有答";
      return [{ id: UNKNOWN, text, effect: "unknown", why: check.unknown.why }];
    }
    return question.answers.filter(function (answer) { return ids.includes(answer.id); });
  }

  function allGiven() {
    return questions.flatMap(function (item) {
      return given(item.question).map(function (answer) { return { question: item.question, answer }; });
    });
  }

  /* The first conclusion of which an effect occurs; the last one has no condition. */
  function conclude(all) {
    return check.verdicts.find(function (verdict) {
      return !verdict.when.length || all.some(function (item) { return verdict.when.includes(item.answer.effect); });
    });
  }

  function effect(id) { return check.effects.find(function (item) { return item.id === id; }); }

  // ---- a question ---------------------------------------------------------------------------------------------

  function drawQuestion(first) {
    const step = questions[at].step, question = questions[at].question;
    const heading = element("h2", "rc-question__text", question.text);
    const field = element("fieldset", "rc-question", element("legend", "", heading));
    if (question.help) {
      const help = element("p", "rc-question__help", question.help);
      help.id = "rc-question-help";
      field.setAttribute("aria-describedby", help.id);
      field.append(help);
    }
    field.append(options(question));
    const said = kit.message(), form = element("form", "", field, said, controls());
    form.noValidate = true;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const done = event.submitter && event.submitter.value === "done";
      take(question, kit.chosen(form, question.id), said, done);
    });
    kit.show(place, [progress(step), form], heading, first);
  }

  function options(question) {
    const before = answers.get(question.id) || [], type = question.many ? "checkbox" : "radio";
    const own = question.answers.map(function (answer) {
      return kit.choice(type, question.id, answer.id, answer.text, "", before.includes(answer.id));
    });
    const open = kit.choice(type, question.id, UNKNOWN, check.unknown.text, "", before.includes(UNKNOWN));
    const list = element("div", "rc-question__options", own, open);
    if (question.many) list.addEventListener("change", function (event) { loneUnknown(list, event.target); });
    return list;
  }

  /* "Not known" excludes the other boxes, and they exclude it. */
  function loneUnknown(list, changed) {
    if (!changed.checked) return;
    for (const box of list.querySelectorAll("input")) {
      if (box !== changed && (box.value === UNKNOWN || changed.value === UNKNOWN)) box.checked = false;
    }
  }

  function controls() {
    const row = element("div", "rc-practice__buttons");
    const last = at === questions.length - 1;
    row.append(button("rc-button rc-button--main", last ? "看结论" : "下一题"));
    if (!last && answers.size === questions.length) row.append(doneButton());
    if (at) row.append(button("rc-button", "上一题", function () { go(at - 1); }));
    if (stopped() && !last) row.append(button("rc-button", "有红线，现在就看结论", drawResult));
    if (answers.size) row.append(button("rc-button", "重来", restart));
    return row;
  }

  /* Leads back to the conclusion after one answer has been changed. */
  function doneButton() {
    const node = button("rc-button", "看结论");
    node.value = "done";
    return node;
  }

  function stopped() {
    return questions.some(function (item) {
      return answers.has(item.question.id) && given(item.question).some(function (a) { return a.effect === "stop"; });
    });
  }

  function take(question, ids, said, done) {
    if (!ids.length) {
      said.textContent = "先选一项；拿不准就选“" + check.unknown.text + "”。";
      return;
    }
    answers.set(question.id, ids);
    go(done ? questions.length : at + 1);
  }

  function go(next) {
    if (next >= questions.length) return drawResult();
    at = next;
    drawQuestion(false);
  }

  function restart() {
    answers = new Map();
    go(0);
  }

  function progress(current) {
    const steps = element("ol", "rc-steps", check.steps.map(function (step) {
      const item = element("li", "", step.title);
      if (step === current) item.setAttribute("aria-current", "step");
      return item;
    }));
    const bar = element("progress", "rc-steps__bar");
    bar.max = questions.length;
    bar.value = at;
    bar.setAttribute("aria-hidden", "true");
    const text = "第 " + (at + 1) + " 题，共 " + questions.length + " 题　" + current.title + "：" + current.lead;
    return element("div", "rc-practice__progress", steps, bar, element("p", "rc-small", text));
  }

  // ---- the conclusion -----------------------------------------------------------------------------------------

  function drawResult() {
    const all = allGiven(), verdict = conclude(all);
    const heading = element("h2", "rc-verdict__title", "结论：" + verdict.title);
    const box = element("section", "rc-verdict rc-verdict--" + verdict.id, heading, element("p", "", verdict.text),
      element("ul", "", verdict.next.map(function (text) { return element("li", "", text); })));
    const precedents = element("section", "", element("h2", "", "最接近的案例"), element("p", "rc-small", "正在比对……"));
    const parts = [box, resultButtons(), reasons(all, "stop"), reasons(all, "prefile"), reasons(all, "unknown"),
      reasons(all, "record"), identity(all), precedents, givenTable(), closing()];
    kit.show(place, parts.filter(Boolean), heading, false);
    drawPrecedents(precedents, all).catch(kit.failed(precedents));
  }

  function resultButtons() {
    const print = button("rc-button rc-button--main", "打印", function () { window.print(); });
    return element("div", "rc-practice__buttons", print,
      button("rc-button", "回去改答案", function () { go(Math.min(at, questions.length - 1)); }),
      button("rc-button", "重来", restart));
  }

  function reasons(all, id) {
    const list = all.filter(function (item) { return item.answer.effect === id; }), about = effect(id);
    if (!list.length) return null;
    return element("section", "rc-reasons rc-reasons--" + id,
      element("h2", "", about.heading + "（" + list.length + " 条）"),
      element("ol", "", list.map(reason)));
  }

  function reason(item) {
    const answer = item.answer, node = element("li", "");
    node.append(element("p", "", element("strong", "", item.question.text), " 你答：" + answer.text + "。"));
    if (answer.why) node.append(element("p", "", answer.why));
    if (answer.todo) node.append(element("p", "rc-reasons__todo", "要做的：" + answer.todo));
    if (answer.rules) node.append(element("p", "rc-small", "依据：", kit.rules(answer.rules)));
    if (answer.terms && answer.effect !== "record") node.append(element("p", "rc-small", "词条：", answer.terms.map(kit.term)));
    return node;
  }

  // ---- the person's rules and time limits ---------------------------------------------------------------------

  function identity(all) {
    const mine = all.filter(function (item) { return item.answer.applies || item.answer.limits; });
    const node = element("section", "rc-identity", element("h2", "", "按你的身份，看这些规则和期限"));
    if (!mine.length) {
      node.append(element("p", "", "没有选身份，列不出规则和期限。先弄清自己是哪种身份，见", kit.link("guide/who-are-you.html", "先认身份"), "。"));
      return node;
    }
    for (const item of mine) {
      node.append(element("p", "", element("strong", "", item.answer.text), item.answer.why ? "：" + item.answer.why : ""));
      if (item.answer.applies) node.append(element("p", "", "看：", kit.rules(item.answer.applies)));
    }
    node.append(limits(mine));
    return node;
  }

  function limits(mine) {
    const rows = new Map();
    for (const item of mine) for (const limit of item.answer.limits || []) rows.set(limit.scene, limit);
    if (!rows.size) return element("p", "rc-small", "这种身份的申诉期限本库没有核到，先问用人单位和当地人社部门。");
    const lines = Array.from(rows.values()).map(function (limit) {
      const period = [limit.verified ? "" : element("span", "rc-unverified", "未核实"), limit.period];
      return [limit.scene, limit.applicant, period, limit.effect, kit.rules([limit.rule])];
    });
    return element("div", "", element("h3", "", "日后不服处理，几天内向谁提"),
      kit.table("rc-limits", ["场景", "谁向谁提出", "期限", "效力", "依据"], lines),
      element("p", "rc-small", "标“未核实”的没有见到条文，不能当作依据；各地办法另有规定的，以当地现行办法为准。"));
  }

  // ---- precedents ---------------------------------------------------------------------------------------------

  /* Cosine over weighted codes, as relate.likeness does it; cases that share no more than a field are left out. */
  async function closest(data, all) {
    const mine = Array.from(new Set(all.flatMap(function (item) { return item.answer.keys || []; }))).sort(function (a, b) { return a - b; });
    const shared = new Map(), matter = new Set(), lists = await Promise.all(mine.map(function (key) { return holders(data, key); }));
    let square = 0;
    mine.forEach(function (key, n) {
      square += data.keys[key][1] * data.keys[key][1];
      for (const number of lists[n]) {
        if (data.keys[key][2]) matter.add(number);
        if (shared.has(number)) shared.get(number).push(key);
        else shared.set(number, [key]);
      }
    });
    const known = await norms(data, matter), found = [];
    for (const number of matter) {
      let sum = 0;
      for (const key of shared.get(number)) sum += data.keys[key][1] * data.keys[key][1];
      const score = sum * data.norm / (known.get(number)[0] * Math.sqrt(square));
      if (score >= data.least) found.push({ number, kind: data.kinds[known.get(number)[1]], score, shared: shared.get(number) });
    }
    return found.sort(function (a, b) { return b.score - a.score || a.number - b.number; });
  }

  /* Numbers of the cases with a code. */
  function holders(data, key) {
    const mark = data.keys[key][3];
    return mark ? kit.load("precedents/code-" + key + "-" + mark).then(kit.places) : Promise.resolve([]);
  }

  /* Number → norm and place of the kind, of at least these cases. */
  async function norms(data, numbers) {
    const wanted = new Set(Array.from(numbers, function (number) { return Math.floor(number / data.together); })), out = new Map();
    await Promise.all(Array.from(wanted, async function (n) {
      const row = kit.numbers(await kit.load("precedents/norms-" + n + "-" + data.norms[n]));
      let number = n * data.together;
      for (let i = 0; i < row.length; i += 3) out.set(number += row[i], [row[i + 1], row[i + 2]]);
    }));
    return out;
  }

  async function drawPrecedents(node, all) {
    const data = await kit.load("precedents"), found = await closest(data, all);
    if (!found.length) {
      node.replaceChildren(element("h2", "", "最接近的案例"),
        element("p", "", "按你的答案没有找到相近的案例。换个说法到", kit.link("search.html#mode=facts", "检索页粘贴案情"), "再找。"));
      return;
    }
    const heads = kit.parts("precedents/heads-", data.heads);
    const lists = [found.filter(function (item) { return item.kind.adverse; }), found.filter(function (item) { return !item.kind.adverse; })];
    await Promise.all(lists.flatMap(function (list) {
      return list.slice(0, SHOWN).map(async function (item) { [item.id, item.title] = await heads.entry(item.number); });
    }));
    node.replaceChildren(element("h2", "", "最接近的案例"),
      element("p", "rc-small", "比的是你的答案和案例编码里相同的词，只有领域相同的不列。相近不等于同样处理，点进去核对不同在哪里。"),
      precedentList("不利的先例：被追责或者后来被纠正的", lists[0], data),
      precedentList("其他先例：容错、从宽、澄清、报备", lists[1], data));
  }

  function precedentList(title, list, data) {
    const items = list.slice(0, SHOWN).map(function (item) {
      const words = item.shared.map(function (key) { return data.keys[key][0]; }).join("、");
      return element("li", "", kit.badge(item.kind), " ", kit.link("cases/" + item.id + ".html", item.title),
        element("span", "rc-note", item.id + "　相同：" + words));
    });
    const count = list.length > SHOWN ? "（" + list.length + " 件，列最近的 " + SHOWN + " 件）" : "（" + list.length + " 件）";
    return element("div", "rc-precedents", element("h3", "", title + count),
      items.length ? element("ol", "", items) : element("p", "rc-small", "没有相近的。"));
  }

  // ---- the record of the answers --------------------------------------------------------------------------------

  function givenTable() {
    const rows = questions.map(function (item, number) {
      const all = given(item.question), mark = effect(all[0].effect);
      const change = button("rc-link", "改", function () { go(number); });
      change.setAttribute("aria-label", "改这一题：" + item.question.text);
      return [item.question.text, all.map(function (a) { return a.text; }).join("；"), mark.mark + " " + mark.label, change];
    });
    return element("section", "rc-given", element("h2", "", "全部答案"),
      kit.table("rc-given__table", ["题目", "你的答案", "效果", "修改"], rows));
  }

  function closing() {
    const now = new Date(), day = now.getFullYear() + "年" + (now.getMonth() + 1) + "月" + now.getDate() + "日";
    return element("p", "rc-small", check.disclaimer + "　自查日期：" + day + "。");
  }
})();
