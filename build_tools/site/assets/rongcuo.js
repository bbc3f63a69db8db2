/* Small conveniences of the pages: copy a citation, print, open folded tables for print. No data is read or sent. */
(function () {
  "use strict";

  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    // file:// is not a secure context everywhere, so fall back to a selection.
    var area = document.createElement("textarea");
    area.value = text;
    area.className = "rc-sr";
    document.body.appendChild(area);
    area.select();
    var done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copy refused"));
  }

  function say(button, words) {
    var before = button.dataset.label || button.textContent;
    button.dataset.label = before;
    button.textContent = words;
    setTimeout(function () { button.textContent = before; }, 2000);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy], [data-print]");
    if (!button) return;
    if ("print" in button.dataset) return window.print();
    var source = document.getElementById(button.dataset.copy);
    copy(source.textContent).then(
      function () { say(button, "已复制"); },
      function () { say(button, "请手工选中复制"); }
    );
  });

  // The theme wraps tables so that wide ones scroll; one that does must be reached by keyboard too.
  function reach() {
    document.querySelectorAll(".md-typeset__scrollwrap").forEach(function (wrap) {
      var wide = wrap.scrollWidth > wrap.clientWidth;
      if (wide) { wrap.tabIndex = 0; wrap.setAttribute("role", "region"); wrap.setAttribute("aria-label", "表格，可左右滚动"); }
      else { ["tabindex", "role", "aria-label"].forEach(function (name) { wrap.removeAttribute(name); }); }
    });
  }
  window.addEventListener("load", reach);
  window.addEventListener("resize", reach);

  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (item) { item.open = true; });
  });
})();
