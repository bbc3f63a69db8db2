// Live preview: listens for news of builds, loads the page again when it changed, shows errors in a panel.
// Written into pages by the preview server only; no part of the site. All text is set as text, never as markup.
(() => {
  "use strict";

  const script = document.currentScript;
  const run = script.dataset.run;
  const good = Number(script.dataset.good);
  const SCROLL = "rongcuo-preview-scroll";
  const FOLDED = "rongcuo-preview-folded";
  const PATIENCE = 400; // ms before a quick build is worth a word
  const ASIDE = 10000; // ms after which a hidden page lets go of its connection: browsers have six for all pages

  let source = null;
  let timer = 0;
  let state = null;
  let touched = false; // the reader has written something into this page
  let leaving = false;

  // ---- the page itself -------------------------------------------------------------------------------------

  performance.setResourceTimingBufferSize(5000);

  const nameOf = (address) => {
    const url = new URL(address, location.href);
    if (url.origin !== location.origin) return "";
    const path = decodeURIComponent(url.pathname).slice(1);
    return path === "" || path.endsWith("/") ? `${path}index.html` : path;
  };

  const concerned = (changed) => {
    if (!changed) return true;
    const mine = new Set([nameOf(location.href)]);
    for (const entry of performance.getEntriesByType("resource")) mine.add(nameOf(entry.name));
    return changed.some((name) => mine.has(name));
  };

  const reload = () => {
    leaving = true;
    try {
      sessionStorage.setItem(SCROLL, JSON.stringify({ path: location.pathname, x: scrollX, y: scrollY }));
    } catch { /* without storage the browser's own memory of the place must do */ }
    if (source) source.close();
    location.reload();
  };

  const restoreScroll = () => {
    let kept = null;
    try {
      kept = JSON.parse(sessionStorage.getItem(SCROLL));
      sessionStorage.removeItem(SCROLL);
    } catch { /* nothing was kept */ }
    if (kept && kept.path === location.pathname) scrollTo({ left: kept.x, top: kept.y, behavior: "instant" });
  };

  // From before the page is there: what is written while it still loads is kept too.
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea, form :is(input, select):not([type=search])")) touched = true;
  });

  // ---- bar and panel ---------------------------------------------------------------------------------------

  const make = (tag, className = "", text = "") => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.textContent = text;
    return element;
  };

  const host = make("rongcuo-preview");
  const shadow = host.attachShadow({ mode: "open" });
  const style = make("link");
  style.rel = "stylesheet";
  style.href = "/__rongcuo/live.css";
  const dock = make("div", "dock");
  const panel = make("section", "panel");
  panel.tabIndex = 0; // it scrolls, also by keyboard
  panel.hidden = true;
  const unfold = make("button");
  unfold.type = "button";
  unfold.hidden = true;
  const bar = make("div", "bar");
  bar.setAttribute("role", "status");
  bar.hidden = true;
  dock.append(panel, unfold, bar);
  shadow.append(style, dock);

  const folded = () => sessionStorage.getItem(FOLDED);
  const stamp = () => `${state.run}-${state.verdict}`;
  const fold = (yes) => {
    if (yes) sessionStorage.setItem(FOLDED, stamp());
    else sessionStorage.setItem(FOLDED, `open-${stamp()}`);
    showProblems();
    (yes ? unfold : panel).focus();
  };
  unfold.addEventListener("click", () => fold(false));
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") fold(true); });

  const counted = () => [[state.errors, "个错误"], [state.warnings, "个警告"]]
    .filter(([number]) => number).map(([number, unit]) => `${number} ${unit}`).join("，");

  const codeOf = (problem) => {
    if (!state.stands) return make("code", "", problem.code);
    const link = make("a", "", problem.code);
    link.href = `/manual/${encodeURIComponent(problem.code)}.html`;
    link.title = "这个代码的说明，有错误写法和正确写法";
    return link;
  };

  const itemOf = (problem) => {
    const item = make("li");
    if (problem.where) item.append(make("span", "where", problem.where));
    if (problem.code) item.append(codeOf(problem), " ");
    item.append(problem.severity === "error" ? "" : "（警告）", make("span", "", problem.message));
    if (problem.hint) item.append(make("span", "hint", ` — ${problem.hint}`));
    return item;
  };

  const fillPanel = () => {
    const close = make("button", "", "收起");
    close.type = "button";
    close.addEventListener("click", () => fold(true));
    const head = make("div", "head");
    head.append(make("h2", "", counted()), close);
    const list = make("ol");
    list.append(...state.problems.map(itemOf));
    const rest = state.errors + state.warnings - state.problems.length;
    if (rest > 0) list.append(make("li", "hint", `另有 ${rest} 个，运行 rongcuo check 看全部。`));
    const kept = state.stands ? "页面还是上一次生成的，改好保存后自动更新。" : "改好保存后自动生成。";
    panel.replaceChildren(head, make("p", "", state.failed ? kept : "网站已经更新；下面是刚改的文件里的警告。"), list);
  };

  let shown = "";
  const showProblems = () => {
    const any = state.problems.length > 0;
    // Errors come up by themselves after every build that fails; warnings wait to be asked for.
    const open = any && (state.failed ? folded() !== stamp() : folded() === `open-${stamp()}`);
    const now = JSON.stringify([state.problems, state.failed, state.stands, state.errors, state.warnings]);
    if (any && now !== shown) fillPanel();
    shown = any ? now : "";
    panel.classList.toggle("calm", !state.failed);
    panel.setAttribute("aria-label", state.failed ? "预览：没有生成，有错误" : "预览：警告");
    if (state.failed) panel.setAttribute("role", "alert");
    else panel.removeAttribute("role");
    panel.hidden = !open;
    unfold.hidden = !any || open;
    unfold.textContent = counted();
  };

  const say = (text, patience = 0) => {
    clearTimeout(timer);
    const put = () => {
      bar.hidden = !text;
      bar.textContent = text;
    };
    if (patience && bar.hidden) timer = setTimeout(put, patience);
    else put();
  };

  const offerReload = () => {
    const button = make("button", "", "刷新");
    button.type = "button";
    button.addEventListener("click", reload);
    say("这一页有更新；你在页上填了内容，所以没有自动刷新。 ");
    bar.append(button);
  };

  const showSteps = () => {
    const list = document.getElementById("rongcuo-steps");
    if (list) list.replaceChildren(...state.steps.map((step) => make("li", "", step)));
    return Boolean(list);
  };

  // ---- news ------------------------------------------------------------------------------------------------

  const take = (event) => {
    if (leaving) return;
    state = JSON.parse(event.data);
    const news = state.run !== run || (state.good > good && concerned(state.changed));
    if (news && !touched) return reload();
    const waiting = showSteps();
    showProblems();
    if (news) offerReload();
    else if (state.building && !waiting) say(`正在更新：${state.steps.at(-1) || "开始"}…`, state.good ? PATIENCE : 0);
    else say("");
  };

  const listen = () => {
    if (source && source.readyState !== EventSource.CLOSED) return;
    source = new EventSource(`/__rongcuo/events?run=${encodeURIComponent(run)}&good=${good}`);
    source.onmessage = take;
    source.onerror = () => { if (!leaving) say("预览已经停止；在终端里重新运行 make serve，这一页自动接上。", PATIENCE); };
  };

  let aside = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(aside);
    if (document.hidden) aside = setTimeout(() => source && source.close(), ASIDE);
    else listen();
  });
  // A page that the browser kept whole while another was read is looked at anew.
  addEventListener("pageshow", (event) => { if (event.persisted) { if (source) source.close(); listen(); } });
  addEventListener("pagehide", () => { leaving = false; if (source) source.close(); });

  document.addEventListener("DOMContentLoaded", () => {
    document.body.append(host);
    if (!document.hidden) listen();
  });
  addEventListener("load", restoreScroll);
})();
