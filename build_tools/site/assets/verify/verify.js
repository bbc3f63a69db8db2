/* Checks pasted citations against what the site knows of each case: current, changed since, superseded, overturned,
   withdrawn, merged, unknown, or with a digest that does not fit. What is pasted stays in this page. */
(function () {
  "use strict";
  const kit = window.RongcuoPractice, form = document.getElementById("rc-verify");
  const place = document.getElementById("rc-verified"), box = document.getElementById("rc-cited");
  if (!kit || !form || !place) return;
  const element = kit.element, link = kit.link;
  const MOST = 300; // citations in one go
  const ID = /RC-\d{4}-\d{4,6}(?!\d)/g;

  kit.load("verify").then(function (index) {
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      check(index, box.value);
    });
  }).catch(kit.failed(place));

  // ---- reading ------------------------------------------------------------------------------------------------

  /* The citations in a text: each goes from its id to the next one. Full-width letters and dashes are forgiven. */
  function citations(text) {
    // One character for one, so that a place in `plain` is the same place in what was pasted.
    const folded = Array.from(text, function (c) { const n = c.normalize("NFKC"); return n.length === c.length ? n : c; }).join("");
    const plain = folded.replace(/[\u2010-\u2015\u2212]/g, "-").replace(/rc-(?=\d)/g, "RC-");
    const found = Array.from(plain.matchAll(ID));
    return found.map(function (match, i) {
      const end = i + 1 < found.length ? found[i + 1].index : plain.length;
      const rest = plain.slice(match.index, end);
      const version = rest.match(/第\s*(\d{1,4})\s*版/), digest = rest.match(/摘要\s*:?\s*([0-9a-fA-F]{6,64})/);
      return {
        id: match[0],
        version: version ? Number(version[1]) : 0,
        digest: digest ? digest[1].toLowerCase() : "",
        text: text.slice(match.index, end).split("\n")[0].slice(0, 200),
      };
    });
  }

  function check(index, text) {
    const cited = citations(text);
    if (!cited.length) {
      place.replaceChildren(element("p", "rc-empty", "没有找到案例编号。编号的样子是 RC-2026-0001；请把整条引用粘贴进来。"));
      return;
    }
    const some = cited.slice(0, MOST);
    const parts = kit.parts("verify/", index.parts);
    const places = new Set(some.map(function (c) { return parts.placeOf(c.id); }).filter(function (n) { return n >= 0; }));
    Promise.all(Array.from(places, parts.read))
      .then(function (lists) {
        const cases = new Map(lists.flat().map(function (pair) { return [pair[1].id, pair[1]]; }));
        const results = some.map(function (c) { return verdict(index, c, cases.get(c.id) || null); });
        place.replaceChildren.apply(place, [summary(results, cited.length)].concat(results.map(function (r) { return draw(index, r); })));
      })
      .catch(kit.failed(place));
  }

  // ---- judging ------------------------------------------------------------------------------------------------

  function same(digest, known) { return Boolean(digest) && known.startsWith(digest.slice(0, known.length)) && digest.length >= 6; }

  /* grade: good, changed or bad; lines: what to say, in order. */
  function verdict(index, cited, entry) {
    const result = { cited: cited, entry: entry, grade: "good", title: "", lines: [], steps: [] };
    if (!entry) {
      result.grade = "bad";
      result.title = "没有这个编号";
      result.lines.push("本库的这一版没有 " + cited.id + "。可能是编号抄错，可能只在内部版里，也可能本站的文件不是最新的。");
      return result;
    }
    words(index, result);
    if (entry.status !== "published") force(index, result);
    return result;
  }

  function worse(result, grade, title) {
    const order = ["good", "changed", "bad"];
    if (order.indexOf(grade) > order.indexOf(result.grade)) result.grade = grade;
    result.title = title;
  }

  /* What became of the case as a whole goes before what became of its words. */
  function force(index, result) {
    const entry = result.entry, status = index.status[entry.status], record = entry.record || {};
    const gone = entry.status === "withdrawn" || entry.status === "merged";
    const head = [status[0] + "：" + status[1]];
    if (record.date) head.push(record.date + "，" + record.authority + "：" + record.reason);
    if (record.before) head.push("原结论：" + record.before);
    if (record.after) head.push("现结论：" + record.after);
    result.successor = record.successor || "";
    result.lines = gone ? head : head.concat(result.lines);
    if (gone) result.steps = [];
    worse(result, "bad", entry.status === "merged" && record.successor ? "已并入 " + record.successor : status[0]);
  }

  /* Version and digest against those that the case had. */
  function words(index, result) {
    const cited = result.cited, entry = result.entry, known = entry.known || {};
    result.title = "现行有效";
    if (!cited.version) {
      worse(result, "changed", "引文不全");
      result.lines.push("引文没有写版次，只能说明现在的情况：第 " + entry.version + " 版。");
      if (cited.digest && same(cited.digest, entry.digest || "")) result.lines.push("摘要与现行的文字一致。");
      return;
    }
    if (cited.version > entry.version) {
      worse(result, "bad", "版次比本站的新");
      result.lines.push("引文写的是第 " + cited.version + " 版，本站只到第 " + entry.version + " 版。可能是版次抄错，也可能本站的文件不是最新的。");
      return;
    }
    if (cited.version < entry.version) changed(result);
    else result.lines.push("引的是现行的第 " + entry.version + " 版。");
    digest(index, result, known);
  }

  function changed(result) {
    const cited = result.cited, entry = result.entry;
    worse(result, "changed", "引用之后有变更");
    result.lines.push("引的是第 " + cited.version + " 版，现在是第 " + entry.version + " 版。");
    result.steps = entry.steps.slice(cited.version - 1);
  }

  function digest(index, result, known) {
    const cited = result.cited, entry = result.entry, of = known[cited.version] || [];
    if (!cited.digest) {
      worse(result, "changed", result.steps.length ? result.title : "引文不全");
      result.lines.push("引文没有写摘要，不能核对引的是不是这份文字。");
      return;
    }
    if (cited.version === entry.version && same(cited.digest, entry.digest || "")) {
      result.lines.push("摘要与现行的文字一致。");
    } else if (of.some(function (d) { return same(cited.digest, d); })) {
      if (result.steps.length) result.lines.push("摘要与当时的文字一致。");
      else {
        worse(result, "changed", "引用之后文字有修订");
        result.lines.push("摘要与较早的文字一致；版次没有增加，后来只修订过文字。");
      }
    } else unfit(index, result, known, of);
  }

  function unfit(index, result, known, of) {
    const cited = result.cited, entry = result.entry;
    const other = Object.keys(known).find(function (n) { return known[n].some(function (d) { return same(cited.digest, d); }); });
    if (other) {
      worse(result, "bad", "版次与摘要对不上");
      result.lines.push("摘要是第 " + other + " 版的，引文却写第 " + cited.version + " 版。请核对版次。");
    } else if (entry.withheld) {
      worse(result, "changed", result.steps.length ? result.title : "较早的文字不再展示");
      result.lines.push("更早的文字因隐去不应公开的内容等原因不再展示，摘要无法核对。");
    } else if (!of.length || !index.complete) {
      worse(result, "changed", result.steps.length ? result.title : "摘要无法核对");
      result.lines.push("本站没有保存那时全部文字的摘要，无法核对；现行的摘要是 " + entry.digest + "。");
    } else {
      worse(result, "bad", "摘要对不上");
      result.lines.push("引文的摘要与本站收录的各版都不一致：可能抄错，可能引自另一种版本（公开版、内部版的摘要不同），也可能引的文字被改动过。现行的摘要是 " + entry.digest + "。");
    }
  }

  // ---- showing ------------------------------------------------------------------------------------------------

  function summary(results, total) {
    const bad = results.filter(function (r) { return r.grade !== "good"; }).length;
    const more = total > results.length ? "一次最多核验 " + MOST + " 条，其余请分次粘贴。" : "";
    const said = bad ? "其中 " + bad + " 条要留意。" : "都是现行的。";
    return element("h2", "", "共 " + results.length + " 条引用，" + said + more);
  }

  function draw(index, result) {
    const cited = result.cited, entry = result.entry;
    const name = entry && entry.title !== cited.id ? cited.id + "《" + entry.title + "》" : cited.id;
    const node = element("section", "rc-verified rc-verified--" + result.grade, element("h3", "", result.title),
      element("p", "", entry ? link("cases/" + cited.id + ".html", name) : name));
    for (const line of result.lines) node.append(element("p", "", line));
    if (result.successor) node.append(element("p", "", "替代案例：", link("cases/" + result.successor + ".html", result.successor)));
    if (result.steps.length) node.append(element("p", "", element("strong", "", "之后的变更：")), steps(result.steps));
    if (entry && entry.page) node.append(element("p", "", link(entry.page, "看各版全文与改动")));
    node.append(element("p", "rc-verified__cited", "引文：" + cited.text));
    return node;
  }

  function steps(list) {
    const out = element("ol", "");
    for (const step of list) out.append(element("li", "", step[0] + "　" + step[1] + "：" + step[2]));
    return out;
  }
})();
