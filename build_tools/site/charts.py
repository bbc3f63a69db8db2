"""Draws counts as static SVG with Altair (Vega-Lite through vl-convert); decides nothing about content.

The SVG is inlined, so text inherits system fonts, it prints, and it needs no script; a table stands beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markupsafe import escape

from build_tools.load import Choice
from build_tools.relate import Count

# Told apart by lightness as well as hue, so the plots survive grey printing; order is the schema's.
COLOURS = ("#2f6f5e", "#7fae8f", "#3f6ea5", "#8a6fb0", "#b3452c", "#c79a3b", "#777777")
FONT = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
LIMIT = 15
EDGE = ' stroke="#fff" stroke-width="0.5"'  # of a bar
# Attributes that say what holds anyway, or what the whole picture says once.
_IDLE = re.compile(
    r'\s(?:opacity="1"|stroke-width="1"|pointer-events="none"|class="[^"]*"|xmlns:xlink="[^"]*"|font-family="[^"]*"'
    r'|font-size="13px"|text-anchor="start"|transform="translate\(0,0\)")'
)


def stacked_bars(counts: Sequence[Count], kinds: Sequence[Choice], title: str) -> str:
    """Horizontal bars, one a count (the first 15), split by kind, as an SVG element; empty text for nothing."""
    shown = [c for c in counts if c.total][:LIMIT]
    rows = [
        {"item": c.label, "rank": rank, "kind": k.fact("short"), "n": c.by_kind.get(k.value, 0), "order": i}
        for rank, c in enumerate(shown)
        for i, k in enumerate(kinds)
        if c.by_kind.get(k.value)
    ]
    if not rows:
        return ""
    spec = _specification(rows, kinds)
    return _accessible(_render(json.dumps(spec, ensure_ascii=False, sort_keys=True)), title)


def _specification(rows: list[dict[str, Any]], kinds: Sequence[Choice]) -> dict[str, Any]:
    import altair as alt  # a fifth of a second, which builds that draw nothing need not wait

    # Not sorted by a list of the labels: Vega-Lite writes such a list into a program, in which a label could act.
    order = alt.EncodingSortField(field="rank", op="min", order="ascending")
    scale = alt.Scale(domain=[k.fact("short") for k in kinds], range=list(COLOURS[: len(kinds)]))
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(height=20, stroke="#fff", strokeWidth=0.5)
        .encode(
            x=alt.X("n:Q", title="件", stack=True, axis=alt.Axis(format="d", tickMinStep=1, grid=True)),
            y=alt.Y(
                "item:N", sort=order, title=None, axis=alt.Axis(labelLimit=220, domain=False, ticks=False)
            ),
            color=alt.Color("kind:N", scale=scale, title=None, legend=alt.Legend(orient="top", columns=6)),
            order=alt.Order("order:O"),
        )
        .properties(width=520, height=alt.Step(30))
    )
    specification: dict[str, Any] = (
        chart.configure(font=FONT, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=13, titleFontSize=13)
        .configure_legend(labelFontSize=13)
        .to_dict()
    )
    return specification


@cache
def _render(spec: str) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec))


def _accessible(svg: str, title: str) -> str:
    """The SVG with one spoken name, in the page's ink colour; the table beside it carries the figures.

    What says nothing (empty paths, values that hold anyway, the font on every word) is left out: half of the file.
    """
    svg = re.sub(r"<\?xml[^>]*\?>|<!DOCTYPE[^>]*>", "", svg).strip()
    svg = re.sub(r'\s(?:role|aria-[a-z]+)="[^"]*"', "", svg)
    svg = re.sub(r'fill="(?:#000|#000000|black)"', 'fill="currentColor"', svg)
    svg = re.sub(r'<path class="(?:fore|back)ground"[^>]*/>', "", svg)
    svg = _IDLE.sub("", svg)
    svg = re.sub(r'(?<= d=")[^"]*', lambda path: re.sub(r"(\.\d)\d+", r"\1", path[0]), svg)
    svg = re.sub(f"<g>(?=<path [^>]*{EDGE}/>)", f"<g{EDGE}>", svg).replace(f"{EDGE}/>", "/>")
    while svg != (svg := re.sub(r"<g></g>", "", svg)):
        pass
    return svg.replace(
        "<svg", f'<svg role="img" aria-label="{escape(title)}" font-family="{FONT}" font-size="13px"', 1
    )
