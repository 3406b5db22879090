"""A Python function as a tool: what the model is told of it, and how it is called."""

from __future__ import annotations

import functools
import inspect
import json
import math
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from kimi_magic.content.expressions import in_short
from kimi_magic.errors import UsageError
from kimi_magic.messages import Tool
from kimi_magic.tools.describing import described
from kimi_magic.tools.keeping import Mask, line
from kimi_magic.tools.names import fitting
from kimi_magic.tools.ready_made import READY_MADE
from kimi_magic.tools.same import is_same
from kimi_magic.tools.signature import Signature, plain, signature_of

TIMEOUT = 60.0
"""Seconds that a call may take, where nobody says otherwise."""
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Function:
    """A function that Kimi may call, the user's or a ready-made one.

    A call may take ``timeout`` seconds; calls of a ``parallel`` one may run at the same time; one that ``is_always_asked``
    does not run without the user's consent to each call. What one that ``sees_state`` returns depends on what ran before
    it; one that ``repeats`` returns something else each time. A ``builtin`` one runs at the service, and gets back its own
    arguments. ``origin`` is where it came from: the expression that named it, "" for what is declared by the decorator or
    ready-made.
    """

    name: str
    description: str
    call: Callable[..., Any]
    signature: Signature | None = field(default=None, repr=False)
    parallel: bool = False
    timeout: float = TIMEOUT
    is_always_asked: bool = False
    sees_state: bool = False
    repeats: bool = False
    builtin: bool = False
    origin: str = ""
    is_ready_made: bool = False

    @property
    def parameters(self) -> dict[str, object]:
        """The JSON schema of its arguments, in the service's subset."""
        return self.signature.parameters if self.signature else {}

    @property
    def tool(self) -> Tool:
        """What a request says of it."""
        return Tool(self.name, self.description, self.parameters, builtin=self.builtin)

    @property
    def file(self) -> str:
        """The file, or cell, that its code stands in; "" where none is known."""
        code = getattr(plain(self.call), "__code__", None)
        return code.co_filename if code else ""

    def is_same(self, other: Function) -> bool:
        """Return whether ``other`` calls the very same thing."""
        if self.is_ready_made and other.is_ready_made:
            return self.name == other.name
        return is_same(self.call, other.call)

    def arguments(self, text: str, mask: Mask = str) -> dict[str, object]:
        """Return the arguments in ``text``, as the model wrote it, converted to the types of the hints.

        Raises ValueError that tells the model, after ``mask``, what was wrong, and which parameters there are.
        """
        values = parsed(text)
        if self.signature is None:
            return values
        try:
            return self.signature.read(values, mask)
        except Exception as error:  # noqa: BLE001 a validator of a model is the user's own code
            wrong = str(error) if type(error) is ValueError else f"{type(error).__name__}: {line(str(error), 300, mask)}"
            raise ValueError(f"the arguments do not fit. {wrong}. {self._usage()}") from None

    def check(self, text: str, mask: Mask = str) -> None:
        """Look at the arguments in ``text`` without running anybody's code: are they JSON, and are the names right?

        Raises ValueError that tells the model, after ``mask``, what was wrong.
        """
        values, signature = parsed(text), self.signature
        if signature is None:
            return
        missing, unknown = signature.needed - values.keys(), values.keys() - signature.fields.keys()
        if missing or unknown:
            wrong = [f"missing: {', '.join(sorted(missing))}"] if missing else []
            wrong += [f"unknown: {line(', '.join(sorted(unknown)), 300, mask)}"] if unknown else []
            raise ValueError(f"the arguments do not fit. {'; '.join(wrong)}. {self._usage()}")

    def _usage(self) -> str:
        signature = self.signature
        names = signature.fields if signature else ()
        named = [f"{name} (required)" if signature and name in signature.needed else name for name in names]
        return f"{self.name} takes: {', '.join(named)}." if named else f"{self.name} takes no arguments."


def parsed(text: str) -> dict[str, object]:
    """Return the JSON object in ``text``; raw control characters in strings pass, as streamed arguments have them.

    An empty text is an empty object. Raises ValueError that tells the model what was wrong.

    >>> parsed(""), parsed('{"code": "a\\nb"}')
    ({}, {'code': 'a\\nb'})
    """
    try:
        values = json.loads(text, strict=False) if text.strip() else {}
    except json.JSONDecodeError as error:
        raise ValueError(f"the arguments are not valid JSON: {error.msg} at character {error.pos}.") from None
    except (ValueError, RecursionError):
        raise ValueError("the arguments are not JSON that can be read: too deep, or a number too long.") from None
    if _is_deep(values, _DEEPEST):
        raise ValueError(f"the arguments are nested more than {_DEEPEST} deep.")
    if not isinstance(values, dict):
        raise ValueError("the arguments are not a JSON object with the parameters' names.")
    return values


def _is_deep(value: object, left: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_deep(one, left - 1) for one in inside if isinstance(one, dict | list))


def function_of(
    call: Callable[..., Any], name: str = "", *, parallel: bool = False, timeout: float = TIMEOUT, origin: str = ""
) -> Function:
    """Return ``call``, a function, method, partial or object that can be called, as a tool.

    Raises `UsageError` where the model could not call it, with the reason and the cure.
    """
    name = name or origin or name_of(call)
    _check(call, name, timeout)
    fit = fitting(name)
    about = described(_docstring(call))
    signature = signature_of(call, name, about.parameters)
    description = about.text or f"The function {fit}, which has no description."
    return Function(fit, description, call, signature, parallel, timeout, origin=origin)


def name_of(call: object) -> str:
    """Return the name that a function has of itself."""
    while isinstance(call, functools.partial):
        call = call.func
    return getattr(call, "__name__", type(call).__name__)


def check_name(function: Function) -> None:
    """Raise `UsageError` for one of the user's under the name of a ready-made tool: that name tells what it may do."""
    name = function.name.removeprefix("$")
    if name in READY_MADE and not function.is_ready_made:
        raise UsageError(f"{name} is the name of a ready-made tool: give your function another one.")


def whole(name: str, value: object) -> object:
    """Return ``value``, which the function called ``name`` returned. Raises `UsageError` where it is still to be made."""
    if isinstance(value, Generator | AsyncGenerator):
        raise UsageError(_yields(name))
    return value


def _yields(name: str) -> str:
    return f"{in_short(name)} yields its results one by one: return a list of them."


def _check(call: object, name: str, timeout: float) -> None:
    _check_owner(call, name)
    if not callable(call):
        raise UsageError(f"{in_short(name)} is no function, but of the class {type(call).__name__}: Kimi cannot call it.")
    if isinstance(call, type):
        raise UsageError(f"{in_short(name)} is a class: offer a function that makes one and returns what is to be known.")
    behind = plain(call)
    if inspect.isgeneratorfunction(behind) or inspect.isasyncgenfunction(behind):
        raise UsageError(_yields(name))
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < math.inf:
        raise UsageError(f"The timeout of {in_short(name)} must be a number of seconds above 0.")


def _check_owner(call: object, name: str) -> None:
    """Raise `UsageError` for a method without the object that it belongs to, or of a class that is still in the making."""
    owner = str(getattr(call, "__qualname__", "")).rpartition(".")[0].rpartition(".")[2]
    if isinstance(call, classmethod | staticmethod):
        cure = f"offer it when its class is there, with -t {owner}.{name_of(call)}."
        raise UsageError(f"{in_short(name)} is a {type(call).__name__} in the making: {cure}")
    code = getattr(plain(call), "__code__", None) if inspect.isfunction(call) and owner not in ("", "<locals>") else None
    first = code.co_varnames[0] if code and code.co_argcount else ""
    if first == "self":
        cure = f"make one, and offer that one's, such as -t obj.{name_of(call)}."
        raise UsageError(f"{in_short(name)} is a method without its object: {cure}")
    if first == "cls":
        cure = f"offer it when its class is there, with -t {owner}.{name_of(call)}."
        raise UsageError(f"{in_short(name)} is a method without its class: {cure}")


def _docstring(call: Callable[..., Any]) -> str:
    behind = plain(call)
    said = behind.__doc__ or ""
    is_object = not inspect.isroutine(call) and not isinstance(call, functools.partial)
    return (said or type(call).__doc__ or "") if is_object else said
