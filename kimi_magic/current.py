"""The session of this process, and ``ask`` for scripts and functions, which uses the same one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from kimi_magic import wanting
from kimi_magic.answer import Answer
from kimi_magic.content.attach import attach
from kimi_magic.content.files import from_file
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.flags import FLAGS, MOST_STOPS
from kimi_magic.messages import Attachment
from kimi_magic.options import Options
from kimi_magic.provider import provided
from kimi_magic.request import Question
from kimi_magic.session import Session
from kimi_magic.settings import Settings, address
from kimi_magic.tools.surroundings import Surroundings

if TYPE_CHECKING:
    from kimi_magic.schema.target import Target
    from kimi_magic.tools.toolbox import Toolbox

T = TypeVar("T")
Tools = Iterable[Callable[..., object] | str]
"""Functions, and the names of ready-made tools."""

_OF_CELLS = {"out", "dry_run", "quiet", "raw", "plot", "above", "error", "code", "tool", "background"}
_KEYWORDS = sorted({flag.field for flag in FLAGS} - _OF_CELLS - {"json", "schema"})

_session = Session()  # for scripts; in a notebook the magic has one


def session() -> Session:
    """Return the session of this process: the magic's, else one with the environment's settings."""
    if found := provided():
        return found
    _session.configure(Settings(base_url=address(Settings().base_url)))
    return _session


@overload
def ask(
    prompt: str, *attachments: object, schema: None = None, json: Literal[True], tools: Tools = (), **options: object
) -> Answer[dict[str, Any]]: ...
@overload
def ask(
    prompt: str, *attachments: object, schema: type[T], json: Literal[False] = False, tools: Tools = (), **options: object
) -> Answer[T]: ...
@overload
def ask(
    prompt: str,
    *attachments: object,
    schema: None = None,
    json: Literal[False] = False,
    tools: Tools = (),
    **options: object,
) -> Answer[None]: ...
@overload
def ask(
    prompt: str, *attachments: object, schema: object = None, json: bool = False, tools: Tools = (), **options: object
) -> Answer[Any]: ...
def ask(
    prompt: str, *attachments: object, schema: object = None, json: bool = False, tools: Tools = (), **options: object
) -> Answer[Any]:
    """Ask Kimi and return the answer; nothing is shown while it arrives.

    ``attachments`` are values, sent as a cell's would be; a `pathlib.Path` sends the file. ``options`` are the long names of
    ``%%kimi``'s options, such as ``model="kimi-k3"``, ``once=True``, ``max_tokens=500``, ``stop=["END"]``.
    ``schema`` is a type that JSON can carry (a pydantic model, a dataclass, ``list[Model]``, a ``Literal``, …) or a JSON
    schema as a dict: the answer's ``parsed`` is then a value of it; with ``json`` it is a dict. ``tools`` are functions that
    Kimi may call, and names of ready-made ones; each call is asked for, unless ``yes=True``.
    Raises `KimiError`; see `kimi_magic.errors`.
    """
    if not isinstance(prompt, str):
        raise UsageError(f"ask() expects the question as text, not {type(prompt).__name__}.")
    tools = (tools,) if isinstance(tools, str) else [*tools]
    chosen = replace(_options(options), tool=tuple(one for one in tools if isinstance(one, str)))
    target = _target(schema, json)
    asking = session()
    how = How(chosen.share, chosen.rows, chosen.form, mask=asking.mask)
    given = tuple(_attached(attachments, how))
    box = _toolbox(asking, chosen, how, [one for one in tools if not isinstance(one, str)])
    offered = box.tools if box else ()
    return asking.ask(Question(prompt, prompt, given, chosen, *asking.where(), offered, target), toolbox=box)


def _toolbox(asking: Session, chosen: Options, how: How, functions: list[Callable[..., object]]) -> Toolbox | None:
    consent = wanting.consent_by(input, is_shown=False) if threading.current_thread() is threading.main_thread() else None
    around = Surroundings({}, how, asking.folder)
    return wanting.toolbox(chosen, around, consent, asking.allowed, asking.mask, functions)


def _target(schema: object, json: object) -> Target | None:
    """Return what the answer is to be a value of; None for any words."""
    if not isinstance(json, bool):
        raise UsageError(f"ask() expects json to be bool, not {type(json).__name__}.")
    if schema is None and not json:
        return None
    from kimi_magic.schema.target import json_object, target_of  # late: see `kimi_magic.request`

    if schema is None:
        return json_object()
    if json:
        raise UsageError("ask() takes schema or json, not both: with a schema the answer is JSON anyway.")
    names = vars(sys.modules["__main__"])  # the notebook's, for a quoted name as in list["Model"]
    return target_of(schema, schema.__name__ if isinstance(schema, type) else "result", names)


def _attached(values: tuple[object, ...], how: How) -> Iterator[Attachment]:
    for number, value in enumerate(values, 1):
        name = f"{type(value).__name__}_{number}"
        yield from_file(value, how) if isinstance(value, Path) else attach(name, value, how)


def _options(given: dict[str, object]) -> Options:
    unknown = [name for name in given if name not in _KEYWORDS]
    if unknown:
        there = ", ".join(sorted([*_KEYWORDS, "json", "schema", "tools"]))
        raise UsageError(f"ask() has no option {unknown[0]!r}; there are: {there}.")
    stop = given.get("stop", ())
    given["stop"] = (stop,) if isinstance(stop, str) else tuple(stop) if isinstance(stop, (list, tuple)) else stop
    kinds = {field.name: field.type for field in fields(Options)}
    for name, value in given.items():
        _check_kind(name, value, str(kinds[name]))
        _check_value(name, value)
    return Options(**given)  # type: ignore[arg-type]  # checked one by one above


def _check_kind(name: str, value: object, kind: str) -> None:
    """Raise `UsageError` unless ``value`` is of the ``kind`` that the field's annotation names."""
    allowed: dict[str, tuple[type, ...]] = {
        "str": (str,),
        "Share": (str,),
        "Form": (str,),
        "bool": (bool,),
        "int": (int,),
        "float": (int, float),
        "tuple[str, ...]": (tuple,),
        "None": (type(None),),
    }
    kinds = tuple(t for part in kind.split(" | ") for t in allowed[part])
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise UsageError(f"ask() expects {name} to be {kind}, not {type(value).__name__}.")


def _check_value(name: str, value: object) -> None:
    """Raise `UsageError` unless the cell's option of that ``name`` would take ``value``."""
    flag = next(flag for flag in FLAGS if flag.field == name)
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) and not all(isinstance(one, str) for one in values):
        raise UsageError(f"ask() expects {name} to be texts.")
    if len(values) > MOST_STOPS:
        raise UsageError(f"ask() takes {MOST_STOPS} texts of {name} at the most, not {len(values)}.")
    for one in values:
        try:
            if flag.read and one is not None:
                flag.read(one if isinstance(one, str) else str(one))
        except ValueError as error:
            raise UsageError(f"ask() expects {name} to be {error}, not {one!r}.") from None
