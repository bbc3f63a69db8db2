/* What the self-check and the drill share: building elements from text, and reading the site's data files.
   Nothing is stored, sent or put into the address. Exposes window.RongcuoPractice. */
(function () {
  "use strict";

  function siteRoot() {
    const stated = document.documentElement.dataset.root;
    if (stated !== undefined) return stated;
    const own = document.currentScript && document.currentScript.getAttribute("src");
    const at = own ? own.lastIndexOf("assets/practice/") : -1;
    return at >= 0 ? own.slice(0, at) : "";
  }
  const root = siteRoot();

  // ---- building ---------------------------------------------------------------------------------------------

  /* An element with a class and children: text becomes text, never markup; empty children are left out. */
  function element(name, className) {
    const node = document.createElement(name);
    if (className) node.className = className;
    for (const child of Array.prototype.slice.call(arguments, 2).flat()) {
      if (child !== null && child !== undefined && child !== "") node.append(child);
    }
    return node;
  }

  function button(className, text, action) {
    const node = element("button", className, text);
    node.type = action ? "button" : "submit";
    if (action) node.addEventListener("click", action);
    return node;
  }

  function link(address, text) {
    const node = element("a", "", text);
    node.href = root + address;
    return node;
  }

  function term(pair) {
    const node = link("terms/" + pair[0] + ".html", pair[1]);
    node.className = "rc-term";
    return node;
  }

  function badge(kind) {
    const node = element("span", "rc-badge rc-badge--kind-" + kind.id, kind.short || kind.label);
    node.dataset.shape = kind.shape;
    return node;
  }

  /* Links to rules [address, words, seen]; what was not verified says so. */
  function rules(list) {
    const out = [];
    for (const rule of list) {
      if (out.length) out.push("、");
      out.push(link(rule[0], rule[1]));
      if (!rule[2]) out.push(element("span", "rc-unverified", "未核实"));
    }
    return out;
  }

  /* A radio button or tick box with its label; `note` is a smaller second line. */
  function choice(type, name, value, text, note, checked) {
    const label = element("label", "rc-choice"), input = element("input", "");
    input.type = type;
    input.name = name;
    input.value = value;
    input.checked = checked;
    input.autocomplete = "off";
    label.append(input, element("span", "rc-choice__text", text, note && element("small", "", note)));
    return label;
  }

  function chosen(form, name) {
    return Array.from(form.querySelectorAll("input"))
      .filter(function (input) { return input.name === name && input.checked; })
      .map(function (input) { return input.value; });
  }

  /* A message that is read out when it changes. */
  function message() {
    const node = element("p", "rc-practice__message");
    node.setAttribute("role", "alert");
    return node;
  }

  function table(className, heads, rows) {
    const head = element("tr", ""), body = element("tbody", "");
    for (const text of heads) {
      const cell = element("th", "", text);
      cell.scope = "col";
      head.append(cell);
    }
    for (const row of rows) {
      const line = element("tr", "");
      row.forEach(function (content, place) {
        const cell = element(place ? "td" : "th", "", content);
        if (!place) cell.scope = "row";
        cell.dataset.head = heads[place];
        line.append(cell);
      });
      body.append(line);
    }
    return element("table", "rc-practice__table " + className, element("thead", "", head), body);
  }

  /* Show a view and put the reader at its heading; at the first look the focus stays where it is. */
  function show(place, nodes, heading, first) {
    place.replaceChildren.apply(place, nodes);
    if (first) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    if (place.getBoundingClientRect().top < 0) place.scrollIntoView({ block: "start" });
  }

  // ---- reading ----------------------------------------------------------------------------------------------

  const arrived = new Map(), waiting = new Map();
  window.rongcuoPractice = function (name, data) { arrived.set(name, data); };

  /* The data of a file under data/, each asked for once; rejects with an Error that says what to do. */
  function load(name) {
    if (!waiting.has(name)) {
      waiting.set(name, new Promise(function (resolve, reject) {
        const script = document.createElement("script");
        script.charset = "utf-8";
        script.src = root + "data/" + name + ".js";
        script.onload = script.onerror = function () {
          script.remove();
          if (arrived.has(name)) return resolve(arrived.get(name));
          waiting.delete(name);
          reject(new Error("数据没有读到（" + name + "）。请刷新页面再试；离线使用时，核对网站文件夹是否完整。"));
        };
        document.head.append(script);
      }));
    }
    return waiting.get(name);
  }

  /* The parts of a group of files, in order, as `about` (parts.py) tells of them: each a list of [place, entry]. */
  function parts(group, about) {
    const files = [], first = new Map();
    for (const year of Object.keys(about.marks).sort()) {
      first.set(year, files.length);
      about.marks[year].split(",").forEach(function (mark, n) {
        files.push(mark && group + year + "-" + n + "-" + mark);
      });
    }
    function read(place) { return files[place] ? load(files[place]) : Promise.resolve([]); }
    return {
      count: files.length,
      read: read,
      /* Place of the part in which a case would be; -1 where there is none. */
      placeOf: function (id) {
        const pieces = id.split("-"), start = first.get(pieces[1]), n = Math.floor(Number(pieces[2]) / about.size);
        return start !== undefined && n < about.marks[pieces[1]].split(",").length ? start + n : -1;
      },
      /* The entry with a number; null where there is none. */
      entry: function (number) {
        return read(Math.floor(number / about.room)).then(function (list) {
          const found = list.find(function (pair) { return pair[0] === number % about.room; });
          return found ? found[1] : null;
        });
      },
    };
  }

  /* Whole numbers written one after the other (digits.py). */
  function numbers(text) {
    const out = [];
    for (let i = 0; i < text.length;) {
      let value = 0, d = digit(text.charCodeAt(i++));
      while (d >= 64) {
        value = value * 27 + d - 63;
        d = digit(text.charCodeAt(i++));
      }
      out.push(value * 64 + d);
    }
    return out;
  }

  function digit(code) { return code > 0x5c ? code - 0x24 : code - 0x23; }

  /* Ascending numbers, written as gaps. */
  function places(text) {
    let at = 0;
    return numbers(text).map(function (gap) { return at += gap; });
  }

  function failed(place) {
    return function (error) { place.replaceChildren(element("p", "rc-banner", error.message)); };
  }

  window.RongcuoPractice = { element, button, link, term, badge, rules, choice, chosen, message, table, show, load, parts, numbers, places, failed };
})();
