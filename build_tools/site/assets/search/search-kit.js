/* Small makers of page elements for the scripts of the search page. Holds no state. Exposes window.RongcuoKit. */
(function () {
  "use strict";

  function element(name, className, text) {
    const node = document.createElement(name);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function button(className, text, action) {
    const node = element("button", className, text);
    node.type = "button";
    node.addEventListener("click", action);
    return node;
  }

  function marked(parent, text, marks) {
    let at = 0;
    for (const [start, end] of marks) {
      parent.append(text.slice(at, start), element("mark", "rc-mark", text.slice(start, end)));
      at = end;
    }
    parent.append(text.slice(at));
    return parent;
  }

  function badge(group, choices, value) {
    const choice = choices.find(function (c) { return c.value === value; });
    const node = element("span", "rc-badge rc-badge--" + group + "-" + value, choice ? choice.label : value);
    if (choice && choice.shape) node.dataset.shape = choice.shape;
    return node;
  }

  /* `text` with its {places} filled from `facts`. */
  function fill(text, facts) {
    return text.replace(/\{(\w+)\}/g, function (whole, name) { return name in facts ? String(facts[name]) : whole; });
  }

  window.RongcuoKit = { element: element, button: button, marked: marked, badge: badge, fill: fill };
})();
