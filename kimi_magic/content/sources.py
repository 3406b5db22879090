"""Functions, classes and modules as attachments: their source, where it can be found, else signature and docstring."""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import textwrap
import warnings
from collections.abc import Iterator
from types import FunctionType, ModuleType

from kimi_magic.amounts import counted
from kimi_magic.content.values import cut, wrapped
from kimi_magic.content.withheld import masked
from kimi_magic.messages import Attachment

MOST_SOURCE = 20_000
"""Characters that go of one source; the middle is left out, and the text says so."""
_MOST_DOCSTRING = 4_000
_MOST_NAMES = 400
_PLAIN = (type(None), bool, int, float, str)


def is_source(value: object) -> bool:
    """Return whether ``value`` is a piece of a program: a function, method, class or module. None of the user's code runs.

    >>> is_source(len), is_source(ast), is_source(3)
    (True, True, False)
    """
    if inspect.isroutine(value) or inspect.isclass(value) or inspect.ismodule(value):
        return True
    return isinstance(value, functools.partial) or inspect.getattr_static(value, "__wrapped__", None) is not None


def from_source(name: str, value: object) -> Attachment:
    """Return ``value``, a piece of a program, as its source: of a module, what it says of itself and offers.

    Where no source is to be had (a function written in C), signature and docstring go. Long texts under a secret's name are
    starred, as they are in a cell's source.
    """
    if isinstance(value, ModuleType):
        text, note = _module(value), f"module, {counted(len(_public(value)), 'public name')}"
    elif source := _source(value):
        text, note = masked(source), f"{_kind(value)}, {counted(len(source.splitlines()), 'line')}"
    else:
        text, note = masked(_outline(value)), f"{_kind(value)}, no source: signature and docstring"
    return Attachment(name, "value", (wrapped(name, "value", cut(text, MOST_SOURCE)),), note=note)


def _kind(value: object) -> str:
    inner = _inner(value)
    if inspect.isclass(inner):
        return "class"
    is_in_class = "." in _word(inner, "__qualname__").rpartition("<locals>.")[2]
    return "method" if inspect.ismethod(inner) or is_in_class else "function"


def _word(value: object, name: str) -> str:
    """Return the text that the attribute ``name`` is, "" where it is none."""
    try:
        found = getattr(value, name, "")
    except Exception:  # noqa: BLE001 an attribute can be the user's own code
        return ""
    return found if isinstance(found, str) else ""


def _inner(value: object) -> object:
    """Return what a ``partial`` fills in, however many lie in each other."""
    while isinstance(value, functools.partial):
        value = value.func
    return value


def _source(value: object) -> str:
    """Return the source of a function or class, "" where there is none; a ``partial`` says above what it fills in."""
    inner = _inner(value)
    try:
        source = inspect.getsource(inner)  # type: ignore[arg-type]  # it raises TypeError where it has no answer
    except Exception:  # noqa: BLE001 inspect follows __wrapped__, __module__ and the like, which can be the user's own code
        source = _class_in_a_cell(inner) if isinstance(inner, type) and _word(inner, "__module__") == "__main__" else ""
    source = textwrap.dedent(source).rstrip()
    head = (
        f"# functools.partial: some arguments of {_word(inner, '__qualname__')} are given\n"
        if value is not inner and source
        else ""
    )
    return head + source


def _class_in_a_cell(cls: type) -> str:
    """Return the source of a class that a cell defined: its module has no file for `inspect` to look into.

    Where a method tells the cell, that one is searched; else all, the last one first, for a class with the same names.
    """
    files = {one.__code__.co_filename for one in vars(cls).values() if isinstance(one, FunctionType)}
    cells = [file for file, entry in [*linecache.cache.items()][::-1] if len(entry) == 4 and entry[1] is None]
    chosen = [file for file in cells if file in files] or cells
    return next((found for file in chosen for found in _classes(file, cls)), "")


def _classes(file: str, cls: type) -> Iterator[str]:
    source = "".join(linecache.getlines(file))
    if f"class {cls.__name__}" not in source:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the user has seen what there is to be said of the cell
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in [*ast.walk(tree)][::-1]:
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__ and _bound(node) <= _own_names(cls):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            yield "\n".join(source.splitlines()[first - 1 : node.end_lineno])


def _bound(node: ast.ClassDef) -> set[str]:
    """Return names that the body of a class binds, without those that the class knows under other ones."""
    functions = [one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    targets = [one.target for one in node.body if isinstance(one, ast.AnnAssign)]
    names = [*functions, *(one.id for one in targets if isinstance(one, ast.Name))]
    return {name for name in names if not name.startswith("__")}


def _own_names(cls: type) -> set[str]:
    annotations = vars(cls).get("__annotations__") or getattr(cls, "__annotations__", {})  # Python 3.14 makes them late
    return {*vars(cls), *annotations}


def _outline(value: object) -> str:
    """Return signature and docstring."""
    said = cut(inspect.cleandoc(_word(value, "__doc__")), _MOST_DOCSTRING)
    return f"{_word(_inner(value), '__qualname__') or type(value).__name__}{_signature(value)}\n\n{said}".rstrip()


def _signature(value: object) -> str:
    """Return the signature; defaults that are more than a number or a word stay here, for they can hold data."""
    try:
        signature = inspect.signature(value)  # type: ignore[arg-type]  # as in _source
        given = [p.replace(default=_shown(p.default), annotation=p.empty) for p in signature.parameters.values()]
        return str(signature.replace(parameters=given, return_annotation=signature.empty))
    except Exception:  # noqa: BLE001 a signature can be the user's own code; many things in C have none
        return "(…)"


def _shown(default: object) -> object:
    if default is inspect.Parameter.empty or (type(default) in _PLAIN and len(repr(default)) < 100):
        return default
    return ...


def _module(module: ModuleType) -> str:
    names = _public(module)
    more = f"\n[… {len(names) - _MOST_NAMES:,} more …]" if len(names) > _MOST_NAMES else ""
    said = cut(inspect.cleandoc(_word(module, "__doc__")), _MOST_DOCSTRING)
    listed = "\n".join(_listed(module, name) for name in names[:_MOST_NAMES])
    return f"module {module.__name__}\n\n{said}\n\nPublic names:\n{listed}{more}"


def _public(module: ModuleType) -> list[str]:
    """Return what the module offers: what ``__all__`` says, else the names without an underscore, no modules among them."""
    told = vars(module).get("__all__")
    if isinstance(told, list | tuple):
        return [name for name in told if isinstance(name, str)]
    return [name for name, one in [*vars(module).items()] if not name.startswith("_") and not inspect.ismodule(one)]


def _listed(module: ModuleType, name: str) -> str:
    one = vars(module).get(name)
    if inspect.isclass(one):
        return f"class {name}"
    return f"def {name}" if inspect.isroutine(one) else name
