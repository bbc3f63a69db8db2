"""Sets up Jinja2 and the small functions that templates call; makes no pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.filters import do_urlencode
from markupsafe import Markup, escape

from build_tools.load import Schemas, choices_of
from build_tools.load.coded_fields import state_key
from build_tools.load.lookback import item_label, sound_policy
from build_tools.lookback.uneven import outcome_of
from build_tools.memory import digest_of
from build_tools.model import Case, Library
from build_tools.relate.coding import Coded
from build_tools.site.lean import LeanEnvironment
from build_tools.site.remembered import Remembered

TEMPLATES = Path(__file__).parent / "templates"
RULE_ID = re.compile(r"[NL]-\d{2}[a-z]?")
PAGER_ALL, PAGER_NEAR = 12, 4  # pages that are all offered; pages offered on each side of the present one
DIGEST = 12  # characters of a digest that a citation gives
OFTEN = 4096  # days and keywords whose form is remembered, for the same ones stand on page after page


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
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    policy = sound_policy(library.lookback)
    env.filters["groupby_in_order"] = groupby_in_order
    env.filters["urlencode"] = lru_cache(OFTEN)(do_urlencode)
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
        alike=_Alike(library, schemas).said,
        differs=_Different(library, schemas).said,
        outcome_on_scale=lambda case: outcome_of(case, library),
        state_word=lambda field, state: (
            schemas.case.choice((field, 0, state_key(schemas.case, field)), state).label
        ),
        item_label=lambda item: item_label(policy, item),
        term_path=lambda value: f"terms/{value}.html",
        pager_numbers=pager_numbers,
        **Remembered(env).names(),
    )
    return env


def templates_digest() -> str:
    """Digest of all templates as they stand on disk."""
    paths = sorted(path for path in TEMPLATES.rglob("*.j2"))
    return digest_of([(path.relative_to(TEMPLATES).as_posix(), path.read_bytes()) for path in paths])


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
    return _spoken(str(value))


@lru_cache(OFTEN)
def _spoken(text: str) -> str:
    parts = text.split("-")
    if not all(p.isdigit() for p in parts) or len(parts) > 3:
        return text
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
    return _Different(library, schemas).said(case, other)


class _Alike:
    """Says which codes two cases share; each code is put into words once."""

    def __init__(self, library: Library, schemas: Schemas) -> None:
        self._library, self._schema = library, schemas.case
        self._known: dict[tuple[str, str, str], str] = {}

    def said(self, shared: Sequence[Coded]) -> str:
        """The labels of the codes with their verdict or state."""
        return "、".join([self._one(coded) for coded in shared])

    def _one(self, coded: Coded) -> str:
        key = (coded.field, coded.term, coded.state)
        if key not in self._known:
            place = (coded.field, 0, state_key(self._schema, coded.field))
            state = f"（{self._schema.choice(place, coded.state).label}）" if coded.state else ""
            self._known[key] = self._library.label(coded.term) + state
        return self._known[key]


class _Different:
    """Says what sets cases apart: kind, error factors, level, year; reads each case once."""

    def __init__(self, library: Library, schemas: Schemas) -> None:
        self._library, self._schema = library, schemas.case
        self._known: dict[Case, tuple[str, str, tuple[str, ...], str, str]] = {}

    def said(self, case: Case, other: Case) -> str:
        """What sets `other` apart from `case`."""
        kind, short, own, level, year = self._facts(case)
        its_kind, its_short, others, its_level, its_year = self._facts(other)
        said = []
        if kind != its_kind:
            said.append(f"本案{short}，对方{its_short}")
        if only := [self._library.label(t) for t in others if t not in own]:
            said.append("对方另有" + "、".join(only))
        if level and its_level and level != its_level:
            said.append(f"对方在{self._library.label(its_level)}一级")
        if year != its_year:
            said.append(f"对方是{its_year}年")
        return "；".join(said) or "编码没有差别，请比对原文"

    def _facts(self, case: Case) -> tuple[str, str, tuple[str, ...], str, str]:
        """Kind, its short label, error factors, level, year."""
        if case not in self._known:
            factors = tuple(e["term"] for e in case.data.get("error_factors") or ())
            short = self._schema.choice(("kind",), case.kind).fact("short")
            self._known[case] = (
                case.kind,
                short,
                factors,
                str(case.get("subject", "level") or ""),
                case.year,
            )
        return self._known[case]


def pager_numbers(count: int, number: int) -> list[int]:
    """Numbers of pages to offer on page `number` of `count`: all of a dozen, else the ends and those near; 0 is a gap."""
    if count <= PAGER_ALL:
        return list(range(1, count + 1))
    near = range(max(2, number - PAGER_NEAR), min(count, number + PAGER_NEAR + 1))
    before = [0] if near[0] > 2 else []
    after = [0] if near[-1] < count - 1 else []
    return [1, *before, *near, *after, count]


def groupby_in_order(items: Sequence[Any], name: str) -> list[dict[str, Any]]:
    """Runs of items that share an attribute, in the order given, each as {"key", "items"}."""
    runs = groupby(items, key=lambda item: getattr(item, name))
    return [{"key": key, "items": list(run)} for key, run in runs]
