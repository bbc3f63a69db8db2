/* Writes a case as YAML in the layout that `rongcuo fmt` gives, and reads files of that layout back.
   Exposes window.RongcuoYaml. Tests hold it to the program's own layout, byte for byte. */
(function () {
  "use strict";

  // ---- one text -----------------------------------------------------------------------------------------------

  const NULLS = new Set(["", "~", "null", "Null", "NULL"]);
  // What YAML 1.1 takes for a truth value or a number to base sixty, as build_tools/edit/layout.py has it.
  const TRAPS = /^(?:(?:y|n|yes|no|on|off)|[-+]?\p{Nd}[\p{Nd}_]*(?::[0-5]?\p{Nd})+(?:\.\p{Nd}*)?)$/iu;
  // What readers of YAML 1.2 take for something else than text.
  const OTHERS = [
    /^(?:true|True|TRUE|false|False|FALSE)$/, /^(?:<<|=|!|&|\*)$/,
    /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?(?:[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
    /^(?:[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+)$/,
  ];
  const STARTERS = /^[-+0-9.tTfF<=!&*]/; // a text is looked at as something else only when it begins like this
  const PRINTABLE = /^[\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;
  const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Zs}]/u;
  const ESCAPES = { "\0": "0", "\x07": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e", "\"": "\"", "\\": "\\", "\x85": "N", "\u2028": "L", "\u2029": "P" };

  function looksLikeOther(value) {
    return NULLS.has(value) || TRAPS.test(value) || (STARTERS.test(value) && OTHERS.some(function (p) { return p.test(value); }));
  }

  /* True where YAML lets the text stand behind a key without quotation marks. */
  function plain(value) {
    if (!PRINTABLE.test(value) || /[\n\x85\u2028\u2029]/.test(value) || /^ | $/.test(value)) return false;
    if (/^(?:---|\.\.\.)/.test(value) || /^[#,[\]{}&*!|>'"%@`]/.test(value)) return false;
    if (/^[-?:](?:[\s\0]|$)/.test(value)) return false;
    return !/:(?:[ \0\t]|$)/.test(value) && !/[ \0\t]#/.test(value);
  }

  function fitsLiteral(value) {
    if (/^[ \n]/.test(value)) return false;
    for (const c of value) if (c !== " " && c !== "\n" && c !== "\u3000" && HIDDEN.test(c)) return false;
    return value.split("\n").every(function (line) { return !/[\s\x1c-\x1f\x85]$/.test(line); });
  }

  function doubled(value) {
    let out = "";
    for (const c of value) {
      const code = c.codePointAt(0), special = "\"\\\x85\u2028\u2029\ufeff".includes(c);
      const seen = (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
      if (seen && !special) out += c;
      else if (c in ESCAPES) out += "\\" + ESCAPES[c];
      else out += code <= 0xff ? "\\x" + hex(code, 2) : code <= 0xffff ? "\\u" + hex(code, 4) : "\\U" + hex(code, 8);
    }
    return "\"" + out + "\"";
  }

  function hex(code, width) { return code.toString(16).toUpperCase().padStart(width, "0"); }

  /* The lines of a text: the first stands behind its key, the others are a block two blanks further in. */
  function text(value) {
    if (value.includes("\n") && fitsLiteral(value)) {
      const chomp = !value.endsWith("\n") ? "-" : value.endsWith("\n\n") ? "+" : "";
      const lines = (chomp === "-" ? value : value.slice(0, -1)).split("\n");
      return ["|" + chomp].concat(lines.map(function (line) { return line && "  " + line; }));
    }
    return [!value.includes("\n") && plain(value) && !looksLikeOther(value) ? value : doubled(value)];
  }

  // ---- a record -----------------------------------------------------------------------------------------------

  function isText(value) { return typeof value === "string"; }

  function entry(key, value, indent) {
    const before = indent + key + ":";
    if (isText(value)) return behind(before, value, indent);
    if (Array.isArray(value)) return value.length ? [before].concat(items(value, indent + "  ")) : [before + " []"];
    return Object.keys(value).length ? [before].concat(mapping(value, indent + "  ")) : [before + " {}"];
  }

  function mapping(value, indent) {
    return Object.keys(value).flatMap(function (key) { return entry(key, value[key], indent); });
  }

  function items(value, indent) {
    return value.flatMap(function (item) {
      if (isText(item)) return behind(indent + "-", item, indent);
      const lines = mapping(item, indent + "  ");
      return [indent + "- " + lines[0].trimStart()].concat(lines.slice(1));
    });
  }

  function behind(before, value, indent) {
    const lines = text(value);
    return [before + " " + lines[0]].concat(lines.slice(1).map(function (line) { return line && indent + line; }));
  }

  function write(record, comments) {
    const heads = (comments || []).map(function (line) { return "# " + line; });
    return heads.concat(mapping(record, "")).join("\n") + "\n";
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  const BACK = { "0": "\0", a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r", e: "\x1b", N: "\x85", _: "\xa0", L: "\u2028", P: "\u2029", "\"": "\"", "\\": "\\", "/": "/", " ": " " };

  function refuse(number) {
    return new Error("第 " + (number + 1) + " 行读不了。这里只读本页下载的、或者用 rongcuo fmt 排过版的文件。");
  }

  /* The record in a file of the library's layout; throws an Error that names the line of anything else. */
  function read(source) {
    const lines = source.replace(/^\ufeff/, "").replace(/\r\n/g, "\n").split("\n");
    let at = 0;

    function skip() { while (at < lines.length && /^\s*(?:#.*)?$/.test(lines[at])) at += 1; }
    function depth() { skip(); return at < lines.length ? lines[at].length - lines[at].trimStart().length : -1; }

    function block(indent) {
      return lines[at].trimStart().startsWith("- ") || lines[at].trim() === "-" ? list(indent) : map(indent);
    }

    function list(indent) {
      const out = [];
      while (depth() === indent && /^-(?: |$)/.test(lines[at].trimStart())) {
        const rest = lines[at].slice(indent + 2);
        if (/^[A-Za-z_][\w-]*:(?: |$)/.test(rest)) {
          lines[at] = " ".repeat(indent + 2) + rest;
          out.push(map(indent + 2));
        } else out.push(value(rest, indent));
      }
      return out;
    }

    function map(indent) {
      const out = {};
      while (depth() === indent) {
        const match = /^([A-Za-z_][\w-]*):(?: (.*))?$/.exec(lines[at].slice(indent));
        if (!match || Object.hasOwn(out, match[1]) || match[1] === "__proto__") throw refuse(at);
        if ((match[2] || "").replace(/^#.*/, "").trim()) {
          out[match[1]] = value(match[2], indent);
        } else {
          at += 1;
          const inner = depth();
          out[match[1]] = inner > indent ? block(inner) : null;
        }
      }
      if (depth() > indent) throw refuse(at);
      return out;
    }

    function value(rest, indent) {
      const here = at;
      at += 1;
      const literal = /^\|([-+]?)$/.exec(rest.trim());
      if (literal) return folded(literal[1], indent);
      if (rest === "{}") return {};
      if (rest === "[]") return [];
      const quoted = /^"((?:[^"\\]|\\.)*)"(?:\s+#.*)?$/.exec(rest);
      if (quoted) return unescape(quoted[1], here);
      if (/^[#,[\]{}&*!|>'"%@`]/.test(rest)) throw refuse(here);
      const bare = rest.replace(/\s+#.*$/, "").trimEnd();
      return NULLS.has(bare) ? null : bare;
    }

    function folded(chomp, indent) {
      const out = [];
      while (at < lines.length && (!lines[at].trim() || lines[at].startsWith(" ".repeat(indent + 2)))) {
        out.push(lines[at].slice(indent + 2));
        at += 1;
      }
      const whole = out.join("\n").replace(/\n*$/, "");
      return chomp === "-" ? whole : whole + "\n" + (chomp === "+" ? out.join("\n").slice(whole.length + 1) : "");
    }

    function unescape(inside, here) {
      return inside.replace(/\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gs, function (_all, x, u, long, one) {
        if (one !== undefined && !(one in BACK)) throw refuse(here);
        return one !== undefined ? BACK[one] : String.fromCodePoint(parseInt(x || u || long, 16));
      });
    }

    if (depth() !== 0) throw refuse(at);
    const record = map(0);
    skip();
    if (at < lines.length) throw refuse(at);
    return record;
  }

  window.RongcuoYaml = { write, read };
})();
