/* The library as of a day: which cases were in it, in which status and version, and which rules were in force.
   Reads data/as-of.js for the counts and files of cases as far as they are shown; the chosen day stays in this page. */
(function () {
  "use strict";
  const kit = window.RongcuoPractice, form = document.getElementById("rc-as-of");
  const place = document.getElementById("rc-as-of-found"), day = document.getElementById("rc-day");
  if (!kit || !form || !place) return;
  const element = kit.element, link = kit.link;
  const SHOWN = 200; // rows before the reader asks for more
  let turn = 0, files = null;

  kit.load("as-of").then(function (data) {
    files = kit.parts("as-of/", data.parts);
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      draw(data, day.value);
    });
    draw(data, day.value);
  }).catch(kit.failed(place));

  /* The last span that had begun by then, or nothing where the case was not in the library yet. */
  function spanAt(spans, date) {
    let found = null;
    for (const span of spans) if (span[0] <= date) found = span;
    return found;
  }

  function inForce(rule, date) { return rule[2] && rule[2] <= date && (!rule[3] || date < rule[3]); }

  function badge(kind, facts, value) {
    const node = element("span", "rc-badge rc-badge--" + kind + "-" + value, facts[value] ? facts[value][0] : value);
    node.dataset.shape = facts[value] ? facts[value][1] : "";
    return node;
  }

  async function draw(data, date) {
    const mine = ++turn;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) {
      place.replaceChildren(element("p", "rc-banner", "请选一个完整的日期（年、月、日）。"));
      return;
    }
    try {
      const counts = countsOf(data, date), total = counts.reduce(function (sum, pair) { return sum + pair[1]; }, 0);
      const table = total ? await caseTable(data, rowsOf(data, date), total) : [];
      if (mine === turn) place.replaceChildren.apply(place, heading(data, date, counts, total).concat(table, ruleList(data, date)));
    } catch (error) {
      if (mine === turn) kit.failed(place)(error);
    }
  }

  /* How many cases had each status on a day, in the order of statuses. */
  function countsOf(data, date) {
    return Object.keys(data.status).map(function (status) {
      const until = data.days.filter(function (row) { return row[1] === status && row[0] <= date; });
      return [status, until.reduce(function (sum, row) { return sum + row[2]; }, 0)];
    }).filter(function (pair) { return pair[1]; });
  }

  /* Gives at each call the next rows of that day, at least `number` as long as there are so many. */
  function rowsOf(data, date) {
    let next = 0, held = [];
    return async function (number) {
      while (held.length < number && next < files.count) {
        const at = next++;
        if (!data.from[at] || data.from[at] > date) continue;
        for (const pair of await files.read(at)) {
          const span = spanAt(pair[1][4], date);
          if (span) held.push({ item: pair[1], span: span });
        }
      }
      return held.splice(0, number);
    };
  }

  function heading(data, date, found, total) {
    const counts = element("p", "rc-counts");
    for (const [status, number] of found) {
      counts.append(element("span", "", badge("status", data.status, status), " " + number + " 件"));
    }
    const parts = date.split("-").map(Number);
    const title = parts[0] + "年" + parts[1] + "月" + parts[2] + "日：库里有 " + total + " 件案例";
    return [element("h2", "", title), total ? counts : empty(data)];
  }

  function empty(data) {
    const first = data.days.length ? data.days[0][0] : "";
    return element("p", "rc-empty", first ? "那一天还没有案例入库。最早的入库日期是 " + first + "，试试那一天以后。" : "库里没有案例。");
  }

  async function caseTable(data, next, total) {
    const body = element("tbody", ""), head = element("tr", "");
    async function more() {
      for (const row of await next(SHOWN)) body.append(caseRow(data, row));
    }
    await more();
    for (const text of ["编号", "案例", "那天的状态", "那天的版次"]) {
      const cell = element("th", "", text);
      cell.scope = "col";
      head.append(cell);
    }
    const table = element("table", "rc-table rc-rows", element("thead", "", head), body);
    const scroll = element("div", "rc-scroll", table);
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "案例表");
    const out = [element("p", "rc-small", "按编号排列。标题和链接是现在的；当时的文字见“各版”。"), scroll];
    if (total > SHOWN) out.push(moreButton(more, body, total));
    return out;
  }

  function moreButton(more, body, total) {
    const button = kit.button("rc-button", "再显示 " + SHOWN + " 件", function () {
      button.disabled = true;
      more().then(function () {
        button.disabled = false;
        if (body.children.length >= total) button.remove();
      }).catch(function (error) { button.replaceWith(element("p", "rc-banner", error.message)); });
    });
    return button;
  }

  function caseRow(data, row) {
    const id = row.item[0], name = element("th", "rc-day", id);
    name.scope = "row";
    const versions = row.item[3] ? link("versions/" + id + ".html", "各版") : "";
    const version = element("td", "", "第 " + row.span[2] + " 版", versions ? "　" : "", versions);
    return element("tr", "", name,
      element("td", "", badge("kind", data.kind, row.item[2]), " ", link("cases/" + id + ".html", row.item[1])),
      element("td", "", badge("status", data.status, row.span[1])), version);
  }

  function ruleList(data, date) {
    const valid = data.rules.filter(function (rule) { return inForce(rule, date); });
    const unknown = data.rules.filter(function (rule) { return !rule[2]; });
    const out = [element("h2", "", "那一天施行中的规则：" + valid.length + " 部")];
    out.push(valid.length ? rules(valid) : element("p", "rc-empty", "没有已知在那一天施行的规则。"));
    if (unknown.length) {
      const box = element("details", "rc-details", element("summary", "", "施行日期未载的规则：" + unknown.length + " 部"), rules(unknown));
      out.push(box);
    }
    return out;
  }

  function rules(list) {
    const out = element("ul", "");
    for (const rule of list) {
      const until = rule[3] ? "，到 " + rule[3] : "";
      out.append(element("li", "", link("rules/" + rule[0] + ".html", "《" + rule[1] + "》"), rule[2] ? "（" + rule[2] + " 起" + until + "）" : ""));
    }
    return out;
  }
})();
