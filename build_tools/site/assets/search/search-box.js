/* The search boxes in the page header and on the home page: suggestions as you type, in groups by type.
   Without this script the form still leads to the search page. Uses window.RongcuoSearch only, which it fetches when
   a visitor goes into a box: most pages are read without searching. */
(function () {
  "use strict";
  const own = document.currentScript.src;
  let coming = null; // promise of the engine

  const SHOWN = { case: 5 }; // suggestions of a type; others:
  const OTHERS = 3;
  const PAUSE = 150; // milliseconds after the last key
  let boxes = 0;

  function element(name, className, text) {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function resultsPage(form, text) {
    return form.getAttribute("action") + (text ? "#q=" + encodeURIComponent(text) : "");
  }

  function engine() {
    if (!coming) coming = window.RongcuoSearch ? Promise.resolve(window.RongcuoSearch) : fetchEngine();
    return coming;
  }

  function fetchEngine() {
    return new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = own.replace(/search-box\.js/, "search-core.js");
      script.onload = function () { resolve(window.RongcuoSearch); };
      script.onerror = function () {
        script.remove();
        coming = null;
        reject(new Error("search-core.js"));
      };
      document.head.append(script);
    });
  }

  async function suggest(text) {
    const search = await engine(), manifest = await search.manifest();
    const groups = await Promise.all(manifest.types.map(async function (type) {
      const found = await search.search(text, { type: type.type });
      const numbers = found.ranked.slice(0, SHOWN[type.type] || OTHERS).map(function (pair) { return pair[0]; });
      return { label: type.label, total: found.ranked.length, heads: await search.heads(numbers) };
    }));
    return groups.filter(function (group) { return group.heads.length; });
  }

  function enhance(form) {
    const input = form.querySelector('input[type="search"]');
    if (!input || !form.getAttribute("action")) return;
    const panel = element("div", "rc-box__panel"), message = element("p", "rc-box__message");
    const list = element("div", "rc-box__list");
    const id = "rc-box-" + ++boxes;
    let options = [], active = -1, asked = 0, timer = 0;

    list.id = id;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "检索建议");
    message.setAttribute("role", "status");
    panel.hidden = true;
    panel.append(list, message);
    form.classList.add("rc-box--ready");
    form.append(panel);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", id);
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("autocomplete", "off");

    function show(open) {
      panel.hidden = !open;
      input.setAttribute("aria-expanded", String(open && options.length > 0));
      if (!open) activate(-1);
    }

    function activate(index) {
      if (options[active]) options[active].setAttribute("aria-selected", "false");
      active = index;
      if (options[active]) {
        options[active].setAttribute("aria-selected", "true");
        options[active].scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", options[active].id);
      } else {
        input.removeAttribute("aria-activedescendant");
      }
    }

    function option(url, className) {
      const link = element("a", className);
      link.href = url;
      link.id = id + "-" + options.length;
      link.tabIndex = -1;
      link.setAttribute("role", "option");
      link.setAttribute("aria-selected", "false");
      options.push(link);
      return link;
    }

    function draw(text, groups) {
      options = [];
      active = -1;
      list.replaceChildren();
      for (const group of groups) {
        const box = element("div", "rc-box__group"), name = element("div", "rc-box__type", group.label);
        name.setAttribute("aria-hidden", "true");
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", group.label);
        box.append(name);
        for (const head of group.heads) {
          const link = option(head.url, "rc-box__option");
          link.append(element("span", "rc-box__title", head.title));
          const extra = head.type === "case" ? head.id : head.type === "guide" ? "" : head.place || head.id;
          if (extra) link.append(element("span", "rc-box__extra", extra));
          box.append(link);
        }
        list.append(box);
      }
      if (groups.length) {
        const all = option(resultsPage(form, text), "rc-box__option rc-box__all");
        all.textContent = "到检索页看全部结果";
        list.append(all);
      }
      message.textContent = groups.length ? "" : "没有找到。换个说法试试，或按回车到检索页粘贴案情。";
      show(true);
    }

    async function update() {
      const text = input.value.trim(), turn = ++asked;
      if (!text) {
        options = [];
        list.replaceChildren();
        message.textContent = "";
        return show(false);
      }
      try {
        const groups = await suggest(text);
        if (turn === asked && document.activeElement === input) draw(text, groups);
      } catch (error) {
        if (turn !== asked) return;
        options = [];
        list.replaceChildren();
        message.textContent = error.name === "LoadError" ? error.message : "检索出错，请刷新页面再试。";
        show(true);
      }
    }

    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(update, PAUSE);
    });
    input.addEventListener("focus", function () {
      engine().catch(function () {}); // said when something is typed
      if (input.value.trim() && panel.hidden) update();
    });
    input.addEventListener("keydown", function (event) {
      if (event.isComposing) return;
      if (event.key === "Escape" && !panel.hidden) {
        event.preventDefault();
        show(false);
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length && !panel.hidden) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1, places = options.length + 1;
        activate(((active + 1 + step + places) % places) - 1);
      } else if (event.key === "Enter" && options[active] && !panel.hidden) {
        event.preventDefault();
        location.href = options[active].href;
        show(false);
      }
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      asked++;
      clearTimeout(timer);
      show(false);
      location.href = resultsPage(form, input.value.trim());
    });
    form.addEventListener("focusout", function (event) {
      if (!form.contains(event.relatedTarget)) show(false);
    });
    panel.addEventListener("mousedown", function (event) { event.preventDefault(); });
  }

  document.querySelectorAll('form[role="search"][action]').forEach(enhance);
})();
