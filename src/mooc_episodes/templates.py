"""The project's SQL templates, rendered as dbt would, but without dbt: on DuckDB.

What the build reads is then read by its own macros, wherever there is a DuckDB.
"""

import datetime
import re
from collections.abc import Callable, Sequence
from functools import cache
from types import CodeType
from typing import Any, NoReturn

import jinja2

from mooc_episodes.base.paths import PROJECT

MACRO = re.compile(r"(\{%-?\s*macro\s+)(\w+)")
MARK = "defined_"


class Returned(Exception):  # noqa: N818, it is how a macro ends, as in dbt
    """What a macro hands back with return()."""

    def __init__(self, value: Any) -> None:
        """Keep the value."""
        super().__init__()
        self.value = value


class Adapter:
    """What the macros know as `adapter`: DuckDB."""

    def __init__(self, macros: dict[str, Callable[..., Any]]) -> None:
        """Choose among these macros."""
        self.macros = macros

    def dispatch(self, name: str) -> Callable[..., Any]:
        """DuckDB's own form of a macro."""
        return self.macros[f"duckdb__{name}"]

    @staticmethod
    def quote(name: str) -> str:
        """A name in DuckDB's quotes."""
        return f'"{name}"'


class Templates:
    """The macros of some folders, and a context to render templates in."""

    def __init__(
        self,
        folders: Sequence[str],
        context: dict[str, Any],
        undefined: type[jinja2.Undefined] = jinja2.StrictUndefined,
    ) -> None:
        """Load the macros.

        Args:
            folders: Those of macros/ to take them from.
            context: What else the templates know; it comes before a macro of the same
                name.
            undefined: What a name that is not known becomes; dbt's is jinja2.Undefined.
        """
        files = (
            path
            for folder in folders
            for path in sorted((PROJECT / "macros" / folder).glob("**/*.sql"))
        )
        text = "\n".join(path.read_text(encoding="utf-8") for path in files)
        self.defined: dict[str, Callable[..., str]] = {}
        self.macros = {
            name: self.returning(name) for _, name in MACRO.findall(text)
        } | context
        self.environment = jinja2.Environment(
            extensions=["jinja2.ext.do"], undefined=undefined
        )
        self.environment.globals |= {
            "adapter": Adapter(self.macros),
            "modules": {"datetime": datetime, "re": re},
            "return": leave,
            **self.macros,
        }
        # under another name, so that a macro calls the others as any template does
        template = self.template(MACRO.sub(rf"\1{MARK}\2", text))
        self.defined |= vars(template.module)

    def template(self, text: str) -> jinja2.Template:
        """A template that knows the macros and the context."""
        return jinja2.Template.from_code(
            self.environment, compiled(text), self.environment.make_globals(None)
        )

    def returning(self, name: str) -> Callable[..., Any]:
        """A macro whose return() works: a call gives that value, else the text."""

        def call(*values: Any, **named: Any) -> Any:
            try:
                return self.defined[MARK + name](*values, **named)
            except Returned as done:
                return done.value

        return call

    def render(self, template: str) -> str:
        """Render a template."""
        return self.template(template).render()


@cache
def compiled(text: str) -> CodeType:
    """A template's code: compiling all macros takes as long as checking a folder."""
    return jinja2.Environment(extensions=["jinja2.ext.do"]).compile(text)


def leave(value: Any = None) -> NoReturn:
    """End the macro with a value.

    Raises:
        Returned: Always; the macro's caller gets the value.
    """
    raise Returned(value)
