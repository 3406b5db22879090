"""The ready-made tools, which are offered when a user names them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from inspect import getattr_static
from types import GenericAlias, ModuleType, UnionType
from typing import Annotated, Any

from kimi_magic.content.attach import attach
from kimi_magic.content.variables import described
from kimi_magic.content.withheld import is_secret, masked_data
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Text
from kimi_magic.tools.failures import Refused
from kimi_magic.tools.folder import read_from
from kimi_magic.tools.functions import Function, function_of
from kimi_magic.tools.surroundings import Surroundings

MOST_NAMES = 300
CELL_TIMEOUT = 600.0
"""Seconds that a cell may run."""
_NO_VALUES = frozenset({"In", "Out", "exit", "quit", "open", "get_ipython", "TYPE_CHECKING"})
_CODE = (ModuleType, type, GenericAlias, UnionType)
_OF_TYPES = frozenset({"typing", "typing_extensions", "__future__"})
"""Modules whose objects say what something is, and are nothing to look at."""


def _looking(around: Surroundings) -> Function:
    def look_at(name: str) -> Attachment:
        """Look at one of the variables of the user's Python session: a table, a figure, a number, any value.

        Args:
            name: The variable's name alone, such as sales; no expression.
        """
        shown = _names(around.namespace)
        if name not in shown:
            near = difflib.get_close_matches(name, shown, n=3)
            hint = f" There are: {', '.join(near)}." if near else " list_variables tells the names, where it is offered."
            raise Refused(f"{name[:100]!r} is not the name of a variable that can be shown.{hint}")
        return _without_secrets(attach(name, around.namespace[name], replace(around.how, wary=True)))

    return _of_state(look_at)


def _listing(around: Surroundings) -> Function:
    def list_variables() -> str:
        """List the variables of the user's Python session, with their types and shapes; no values."""
        names = _names(around.namespace)
        lines = [described(name, around.namespace, {}, is_open=False) for name in names[:MOST_NAMES]]
        left = len(names) - len(lines)
        return "\n".join(lines + [f"… and {left:,} more"] * (left > 0)) or "There are no variables."

    return _of_state(list_variables)


def _reading(around: Surroundings) -> Function:
    def read_file(path: str) -> Attachment:
        """Read a file in the notebook's folder or below it: text, a picture, a notebook. A folder's path lists its files.

        Args:
            path: The path, relative to the notebook's folder; "." is the folder itself.
        """
        return _without_secrets(read_from(around.folder, path, around.how))

    return _of_state(read_file)


def _running(around: Surroundings) -> Function:
    if around.shell is None:
        raise UsageError("run_python needs a notebook or IPython, whose cells it runs.")
    from kimi_magic.tools.cells import run_cell  # late: it brings IPython's parts, which few questions need

    def run_python(code: Annotated[str, "Python source"]) -> Any:
        """Run Python code as a cell in the user's session, and see what it prints and shows, and the value of its last line.

        The user is asked before. Variables stay; there is no top-level await.

        Args:
            code: The source of the cell.
        """
        return run_cell(around.shell, code, around.how, around.mask)

    return replace(function_of(run_python, timeout=CELL_TIMEOUT), is_always_asked=True, is_ready_made=True)


def _searching(_: Surroundings) -> Function:
    def web_search() -> None:
        """Search the web, at the service."""

    return Function("$web_search", "Search the web.", web_search, builtin=True, is_ready_made=True)


READY: Mapping[str, Callable[[Surroundings], Function]] = {
    "look_at": _looking,
    "list_variables": _listing,
    "run_python": _running,
    "read_file": _reading,
    "web_search": _searching,
}
"""What makes each ready-made tool."""


def _without_secrets(attachment: Attachment) -> Attachment:
    """Return ``attachment`` without what stands under a secret's name: a variable of such a name is not shown either."""
    parts = (Text(masked_data(part.text)) if isinstance(part, Text) else part for part in attachment.parts)
    return replace(attachment, parts=tuple(parts))


def _of_state(call: Callable[..., Any]) -> Function:
    return replace(function_of(call), sees_state=True, is_ready_made=True)


def _names(namespace: Mapping[str, Any]) -> list[str]:
    """Return the names of the user's variables that may be shown: no code, nothing private, no secrets."""
    return list(_shown(dict(namespace)))


def _shown(namespace: Mapping[str, Any]) -> Iterator[str]:
    for name, value in namespace.items():
        if not (name.startswith("_") or name in _NO_VALUES or _is_code(value) or is_secret(name)):
            yield name


def _is_code(value: object) -> bool:
    """Whether ``value`` is a module, a type or whatever has a function's name, as numpy's have; none of its code runs."""
    if issubclass(type(value), _CODE) or type(value).__module__ in _OF_TYPES:
        return True
    return callable(value) and getattr_static(value, "__name__", None) is not None
