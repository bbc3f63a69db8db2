"""Sets up Jinja2 and the small functions that templates call; makes no pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from build_tools.load import Schemas, choices_of
from build_tools.load.lookback import item_label, sound_policy
from build_tools.model import Case, Library
from build_tools.relate.coding import Coded, state_key
from build_tools.site.remembered import LeanEnvironment, Remembered

TEMPLATES = Path(__file__).parent / "templates"
RULE_ID = re.compile(r"[NL]-\d{2}[a-z]?")
DIGEST = 12  # characters of a digest that a citation gives


@dataclass(frozen=True, slots=True)
class RuleRef:
    """A rule reference ready to be shown."""

    short: str
    article: str
    url: str
    verified: bool


def environment(library: Library, schemas: Schemas) -> Environment:
    """A Jinja2 environment that escapes everything and knows the library's words."""

    env: Environment = LeanEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=_Absent,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    policy = sound_policy(library.lookback)
    env.filters["groupby_in_order"] = groupby_in_order
    env.filters["safe_svg"] = Markup  # only our own charts, drawn from counts and escaped labels
    env.globals.update(
        choice=schemas.case.choice,
        title=cache(lambda *keys: _title(schemas, keys)),
        term=library.term_by_id.get,
        rchoice=schemas.rule.choice,
        rtitle=lambda *keys: schemas.rule.title(keys),
        choices_of=choices_of,
        absent_text=schemas.case.document["x-absent-text"],
        date=spoken_date,
        place=place,
        rule_ref=lambda ref: rule_ref(ref, library),
        basis=lambda text, root: basis_links(text, library, root),
        follow=lambda case: follow(case, schemas),
        citation=lambda case: citation(case, library, schemas),
        state_label=lambda coded: state_label(coded, schemas),
        differs=lambda case, other: differs(case, other, library, schemas),
        item_label=lambda item: item_label(policy, item),
        term_path=lambda value: f"terms/{value}.html",
        **Remembered(env).names(),
    )
    return env


class _Absent(StrictUndefined):
    """A key that a record does not carry is simply absent; a name the template misspells is an error."""

    def __str__(self) -> str:  # type: ignore[override]
        if isinstance(self._undefined_obj, Mapping):
            return ""
        return super().__str__()

    def __bool__(self) -> bool:  # type: ignore[override]
        if isinstance(self._undefined_obj, Mapping):
            return False
        return super().__bool__()


def _title(schemas: Schemas, keys: tuple[str | int, ...]) -> str:
    return schemas.case.title(keys)


def spoken_date(value: Any) -> str:
    """`2016-05-14` as 2016年5月14日, with the precision it is written in; other text unchanged."""
    parts = str(value).split("-")
    if not all(p.isdigit() for p in parts) or len(parts) > 3:
        return str(value)
    return "".join(f"{int(p)}{unit}" for p, unit in zip(parts, "年月日", strict=False))


def place(case: Case) -> str:
    """Province, city and county of a case in one run, without repeating a municipality."""
    names = [str(case.get("region", key) or "") for key in ("province", "city", "county")]
    return "".join(dict.fromkeys(n for n in names if n))


def rule_ref(reference: str, library: Library) -> RuleRef:
    """What to show for `N-03#17`; an unknown rule or article shows its own id."""
    rule_id, _, article_id = reference.partition("#")
    rule = library.rule_by_id.get(rule_id)
    if rule is None:
        return RuleRef(rule_id, f"#{article_id}" if article_id else "", "rules/index.html", False)
    article = rule.article(article_id) if article_id else None
    grade = (article or {}).get("grade") or rule.data.get("grade")
    anchor = f"#a-{article_id}" if article else ""
    return RuleRef(
        rule.short,
        str(article["label"]) if article else "",
        f"rules/{rule.id}.html{anchor}",
        grade != "unverified",
    )


def basis_links(text: str, library: Library, root: str) -> Markup:
    """A term's basis with the rule ids in it as links."""

    def link(match: re.Match[str]) -> str:
        rule = library.rule_by_id.get(match[0])
        return f'<a href="{root}rules/{rule.id}.html">《{escape(rule.short)}》</a>' if rule else match[0]

    return Markup(RULE_ID.sub(link, str(escape(text))))


def follow(case: Case, schemas: Schemas) -> str:
    """May this case be followed: from its status first, then its kind, then how sure we are of it."""
    status = schemas.case.choice(("status",), case.status)
    if case.status != "published":
        return f"{status.label}：{status.definition}"
    advice = schemas.case.choice(("kind",), case.kind).fact("follow")
    if case.get("confidence", "grade") == "low":
        advice += "本条可信度低，只作线索，不宜单独援引。"
    return advice


def citation(case: Case, library: Library, schemas: Schemas) -> str:
    """The citation of a case: id, title, version, entry date, place, deciding body, status and digest."""
    body = case.get("outcome", "decided_by", "body")
    decided = f"{library.label(body)}决定" if body else "决定机关未载"
    status = schemas.case.choice(("status",), case.status).label
    parts = (
        place(case) or "地区未载",
        decided,
        f"{case.data.get('entered', '')}入库",
        f"第{case.version}版",
        status,
    )
    return f"容错案例库 {case.id}《{case.title}》（{'；'.join(parts)}；摘要 {case.digest[:DIGEST]}）"


def state_label(coded: Coded, schemas: Schemas) -> str:
    """The verdict or state of a coded term in words."""
    key = state_key(schemas.case, coded.field)
    return schemas.case.choice((coded.field, 0, key), coded.state).label


def differs(case: Case, other: Case, library: Library, schemas: Schemas) -> str:
    """What sets `other` apart from `case`: kind, error factors of its own, level, year."""
    said = []
    if case.kind != other.kind:
        kinds = [schemas.case.choice(("kind",), c.kind).fact("short") for c in (case, other)]
        said.append(f"本案{kinds[0]}，对方{kinds[1]}")
    own = [e["term"] for e in case.data.get("error_factors") or ()]
    only = [e["term"] for e in other.data.get("error_factors") or () if e["term"] not in own]
    if only:
        said.append("对方另有" + "、".join(library.label(t) for t in only))
    levels = [str(c.get("subject", "level") or "") for c in (case, other)]
    if all(levels) and levels[0] != levels[1]:
        said.append(f"对方在{library.label(levels[1])}一级")
    if case.year != other.year:
        said.append(f"对方是{other.year}年")
    return "；".join(said) or "编码没有差别，请比对原文"


def groupby_in_order(items: Sequence[Any], name: str) -> list[dict[str, Any]]:
    """Runs of items that share an attribute, in the order given, each as {"key", "items"}."""
    runs = groupby(items, key=lambda item: getattr(item, name))
    return [{"key": key, "items": list(run)} for key, run in runs]
