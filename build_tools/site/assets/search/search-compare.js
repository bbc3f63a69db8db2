/* Choosing two to four cases on the result cards and setting them side by side. Exposes window.RongcuoCompare. */
(function () {
  "use strict";
  const engine = window.RongcuoSearch, kit = window.RongcuoKit, reading = window.RongcuoMatter;
  const precedents = window.RongcuoPrecedents, explain = window.RongcuoExplain;
  if (!engine || !kit || !explain) return;
  const element = kit.element, button = kit.button;

  const LEAST = 2, MOST = 4;
  const chosen = new Map(); // document number → head
  let bar = null, said = null, go = null;

  // ---- choosing -----------------------------------------------------------------------------------------------

  /* The checkbox on a card. */
  function choice(head) {
    const label = element("label", "rc-compare__choice"), box = element("input", "");
    box.type = "checkbox";
    box.checked = chosen.has(head.number);
    box.dataset.number = head.number;
    box.setAttribute("aria-label", "选入比较：" + head.title);
    box.addEventListener("change", function () {
      if (!box.checked) chosen.delete(head.number);
      else if (chosen.size < MOST) chosen.set(head.number, head);
      else box.checked = false;
      drawBar(box.checked || chosen.size < MOST ? "" : "最多选 " + MOST + " 件。");
    });
    label.append(box, "选入比较");
    return label;
  }

  /* The bar that says how many are chosen; made once. */
  function makeBar() {
    bar = element("div", "rc-compare__bar");
    said = element("p", "rc-compare__said");
    said.setAttribute("role", "status");
    go = button("rc-search__go", "比较所选", open);
    bar.append(said, go, button("rc-search__clear", "取消选择", clear));
    bar.hidden = true;
    return bar;
  }

  function drawBar(extra) {
    bar.hidden = !chosen.size;
    go.disabled = chosen.size < LEAST;
    said.textContent = "已选 " + chosen.size + " 件" + (chosen.size < LEAST ? "，再选一件就可以比较。" : "。") + extra;
  }

  function clear() {
    chosen.clear();
    document.querySelectorAll(".rc-compare__choice input").forEach(function (box) { box.checked = false; });
    drawBar("");
  }

  // ---- the table ----------------------------------------------------------------------------------------------

  async function open() {
    const dialog = element("dialog", "rc-compare"), title = element("h2", "rc-search__heading", "案例比较");
    const close = button("rc-search__clear", "关闭", function () { dialog.close(); });
    title.id = "rc-compare-title";
    dialog.setAttribute("aria-labelledby", title.id);
    const top = element("div", "rc-compare__top"), body = element("div", "rc-compare__body");
    body.tabIndex = 0;
    body.setAttribute("role", "region");
    body.setAttribute("aria-labelledby", title.id);
    body.append(element("p", "rc-search__note", "正在比对…"));
    top.append(title, close);
    dialog.append(top, body);
    dialog.addEventListener("close", function () {
      dialog.remove();
      go.focus();
    });
    bar.after(dialog);
    dialog.showModal();
    close.focus();
    try {
      body.replaceChildren(element("p", "rc-search__note", "标底色的是并非各案都有的要素；“异同”一栏说明各案是否一样。"), table(await rows()));
    } catch (error) {
      body.replaceChildren(element("p", "rc-empty", error instanceof engine.LoadError ? error.message : "比较出错，请刷新页面再试。"));
    }
  }

  /* { heads, rows: [title, [[text, …] for each case]] }. */
  async function rows() {
    const known = await reading.data(), manifest = await engine.manifest(), heads = Array.from(chosen.values());
    const all = await Promise.all(heads.map(function (head) { return precedents.elements(head.number); }));
    const label = function (choices, value) { return (choices.find(function (c) { return c.value === value; }) || { title: value }).title; };
    const step = function (id) { return known.definition.precedence.steps.find(function (s) { return s.id === id; }).label; };
    const each = function (make) { return heads.map(function (head, i) { return make(head, all[i]).filter(Boolean); }); };
    const out = [
      [known.titles.kind, each(function (head) { return [label(manifest.kinds, head.kind)]; })],
      [known.titles.outcome, each(function (_, own) { return own.outcome.map(engine.label); })],
      [known.titles.level, each(function (_, own) { return [own.level && engine.label(own.level)]; })],
      ["决定机关", each(function (_, own) { return [own.body]; })],
      ["顺位", each(function (_, own) { return own.step ? [step(own.step)] : []; })],
    ];
    for (const [field, title] of known.fields) {
      out.push([title, each(function (_, own) {
        return (own.coded[field] || []).map(function (item) { return explain.said(known, field, item[0], item[1]); });
      })]);
    }
    out.push([known.definition.labels.rules, each(function (_, own) {
      return own.rules.map(function (ref) { return explain.ruleName(known, ref); });
    })]);
    out.push(["地区", each(function (head) { return [head.place]; })], ["日期", each(function (head) { return [head.date]; })]);
    return { heads: heads, rows: out.filter(function (row) { return row[1].some(function (cell) { return cell.length; }); }), absent: known.definition.absent };
  }

  function table(found) {
    const node = element("table", "rc-compare__table"), head = element("thead", ""), line = element("tr", ""), body = element("tbody", "");
    line.append(header("col", "要素"));
    for (const one of found.heads) {
      const cell = header("col", ""), link = element("a", "", one.title);
      link.href = one.url;
      cell.append(link, element("span", "rc-compare__id", one.id));
      line.append(cell);
    }
    line.append(header("col", "异同"));
    head.append(line);
    for (const [title, cells] of found.rows) body.append(row(title, cells, found.absent));
    node.append(element("caption", "rc-compare__caption", "所选 " + found.heads.length + " 件案例逐项比较"), head, body);
    return node;
  }

  function header(scope, text) {
    const cell = element("th", "", text);
    cell.scope = scope;
    return cell;
  }

  function row(title, cells, absent) {
    const line = element("tr", ""), keys = cells.map(function (cell) { return cell.slice().sort().join("\n"); });
    const same = keys.every(function (key) { return key === keys[0]; });
    line.className = same ? "" : "rc-compare__different";
    line.append(header("row", title));
    for (const cell of cells) {
      const node = element("td", ""), list = element("ul", "");
      for (const text of cell) {
        const item = element("li", ""), everywhere = cells.every(function (other) { return other.includes(text); });
        item.append(everywhere ? text : element("mark", "rc-mark", text));
        list.append(item);
      }
      node.append(cell.length ? list : element("span", "rc-compare__none", absent));
      line.append(node);
    }
    const shared = cells[0].filter(function (text) { return cells.every(function (other) { return other.includes(text); }); });
    line.append(element("td", "rc-compare__verdict", same ? "相同" : shared.length ? "部分相同" : "不同"));
    return line;
  }

  window.RongcuoCompare = { choice: choice, makeBar: makeBar, clear: clear };
})();
