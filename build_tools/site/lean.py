"""Jinja2 without what these templates have no use for and would pay for at every call; knows no template.

Templates get no globals of their own, every one escapes, and none is changed while the process lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from functools import cache
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType
from typing import Any

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro
from jinja2.utils import missing
from markupsafe import Markup, escape

_METHODS = frozenset(dir(MappingProxyType))
# What is called as it is, where it asks for nothing; methods of built-in types among them.
_PLAIN = frozenset((FunctionType, MethodType, BuiltinFunctionType, type(cache(len))))
_ASKS = "jinja_pass_arg"  # the attribute of a function that wants the context
# What loops and blocks hand on to such functions.
_HANDED = ("_loop_vars", "_block_vars")


def escaped(value: Any) -> str:
    """As `escape`, for what is only joined to other text: plain text instead of Markup where something is escaped."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]
    if kind is str:
        # The ampersand first, and the same forms as `escape` has.
        text: str = value
        if "&" in text:
            text = text.replace("&", "&amp;")
        if "<" in text:
            text = text.replace("<", "&lt;")
        if ">" in text:
            text = text.replace(">", "&gt;")
        if "'" in text:
            text = text.replace("'", "&#39;")
        if '"' in text:
            text = text.replace('"', "&#34;")
        return text
    return escape(value)


class LeanContext(Context):
    """Calls functions without asking each time twice what they want."""

    def __init__(
        self,
        environment: Environment,
        parent: dict[str, Any],
        name: str | None,
        blocks: Mapping[str, Callable[..., Any]],
        globals: MutableMapping[str, Any] | None = None,
    ) -> None:
        self.parent = parent
        self.vars: dict[str, Any] = {}
        self.environment = environment
        self.eval_ctx = EvalContext(environment, name)
        self.exported_vars: set[str] = set()
        self.name = name
        self.globals_keys: set[str] = set()  # asked for by nobody: see LeanTemplate
        self.blocks = {block: [made] for block, made in blocks.items()}

    def resolve_or_missing(self, key: str) -> Any:
        """The value of a name, or Jinja's mark that there is none."""
        if self.vars and key in self.vars:
            return self.vars[key]
        return self.parent.get(key, missing)

    def call(__self, __obj: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What a function or macro gives; raises what it raises."""
        kind = type(__obj)
        if kind is Macro:
            args = (__self.eval_ctx, *args)
        elif kind not in _PLAIN or hasattr(__obj, _ASKS):
            return super().call(__obj, *args, **kwargs)
        if kwargs:
            for name in _HANDED:
                kwargs.pop(name, None)
        return __obj(*args, **kwargs)


class LeanTemplate(Template):
    """Imports one and the same module of a template everywhere, because none has globals of its own."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if self._module is None:
            self._module = self.make_module()
        return self._module


class _LeanGenerator(CodeGenerator):
    """Writes what joins text without making Markup of it."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if finalize.src is not None or frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escaped(")


class LeanEnvironment(Environment):
    """Reads keys of records without trying attributes first, which takes an exception each time."""

    code_generator_class = _LeanGenerator
    context_class = LeanContext
    template_class = LeanTemplate
    escaped = staticmethod(escaped)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._loaded: dict[str, Template] = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is MappingProxyType:
            if attribute in obj:
                return obj[attribute]
            if attribute not in _METHODS:
                return self.undefined(obj=obj, name=attribute)
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """The template of this name, loaded once; raises TemplateNotFound and TemplateSyntaxError as Jinja does."""
        assert isinstance(name, str) and not globals
        found = self._loaded.get(name)
        if found is None:
            found = self._loaded[name] = super().get_template(name, parent)
        return found
