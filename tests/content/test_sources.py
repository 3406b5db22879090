"""Functions, classes and modules go as their source."""

from __future__ import annotations

import argparse
import contextlib
import functools
import inspect
import math
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType

import pandas as pd  # type: ignore[import-untyped]  # pandas comes without types
import pytest

from kimi_magic.content import gather as gathering
from kimi_magic.content.attach import attach
from kimi_magic.content.how import How
from kimi_magic.content.sources import MOST_SOURCE, is_source
from kimi_magic.messages import Attachment, Share, Text
from tests.shells import Shell

FRAME = pd.DataFrame({"maker": ["PLANTED"]})


def text_of(attachment: Attachment) -> str:
    """Return what is sent, without the marks around it."""
    (part,) = attachment.parts
    assert isinstance(part, Text)
    return "\n".join(part.text.split("\n")[1:-1])


def sent(value: object, share: Share = "sample") -> tuple[str, str]:
    attachment = attach("it", value, How(share=share))
    return text_of(attachment), attachment.note


def area(width: float, height: float = 1.0) -> float:
    """Return the area."""
    return width * height


@functools.lru_cache
def cached(x: int) -> int:
    return x


@contextlib.contextmanager
def managed() -> Iterator[None]:
    yield


class Shape:
    """A shape."""

    def area(self) -> float:
        """Return its area."""
        return 1.0

    @classmethod
    def unit(cls) -> Shape:
        """Return one."""
        return cls()


SOURCES: dict[str, tuple[object, str]] = {
    "a function": (area, "function, 3 lines"),
    "a decorated one": (managed, "function, 3 lines"),
    "a cached one": (cached, "function, 3 lines"),
    "a class": (Shape, "class, 11 lines"),
    "a method of a class": (Shape.area, "method, 3 lines"),
    "a method of an object": (Shape().area, "method, 3 lines"),
    "a class method": (Shape.unit, "method, 4 lines"),
    "a function of a library": (textwrap.dedent, f"function, {len(inspect.getsource(textwrap.dedent).splitlines())} lines"),
}


@pytest.mark.parametrize("share", ["schema", "sample"])
@pytest.mark.parametrize(("value", "note"), SOURCES.values(), ids=SOURCES)
def test_the_source_goes(value: Callable[..., object], note: str, share: Share) -> None:
    """It goes whole and without its indentation, with decorators, whatever --share says of data; a note has its length."""
    assert sent(value, share) == (textwrap.dedent(inspect.getsource(value)).rstrip(), note)


def test_a_lambda_goes_with_its_line() -> None:
    """There is no name to find it by, but a line."""
    twice = lambda x: 2 * x  # noqa: E731 a lambda is what this is about
    assert sent(twice) == ("twice = lambda x: 2 * x  # noqa: E731 a lambda is what this is about", "function, 1 line")


def test_a_partial_goes_with_its_function_and_without_what_it_was_given() -> None:
    """Arguments that are filled in may be data."""
    text, note = sent(functools.partial(functools.partial(area, 3), FRAME))
    assert text.startswith("# functools.partial: some arguments of area are given\ndef area(")
    assert "PLANTED" not in text
    assert note == "function, 4 lines"


@pytest.mark.parametrize(
    ("value", "begins", "holds", "note"),
    [
        (len, "len(obj, /)", "number of items", "function, no source: signature and docstring"),
        (math.hypot, "hypot", "Euclidean", "function, no source: signature and docstring"),
        ("".join, "str.join(iterable, /)", "Concatenate", "function, no source: signature and docstring"),
        (str.join, "str.join(self, iterable, /)", "Concatenate", "method, no source: signature and docstring"),
        (dict, "dict", "new empty dictionary", "class, no source: signature and docstring"),
    ],
)
def test_what_is_written_in_c_goes_as_signature_and_docstring(value: object, begins: str, holds: str, note: str) -> None:
    """There is no source to send, and the note says so."""
    text, said = sent(value)
    assert text.startswith(begins)
    assert holds in text
    assert said.removeprefix("function").removeprefix("method") == note.removeprefix("function").removeprefix("method")


def test_a_default_that_can_hold_data_stays_here() -> None:
    """Of a function without a source the signature goes, with numbers and words as defaults and nothing larger."""
    names: dict[str, Callable[..., object]] = {}
    exec("def made(a, frame=frame, n=3, *, s='x', t='y' * 500): 'It is made.'", {"frame": FRAME}, names)  # noqa: S102 that is how a function has no source
    assert sent(names["made"], "schema")[0] == "made(a, frame=Ellipsis, n=3, *, s='x', t=Ellipsis)\n\nIt is made."


def test_a_module_goes_as_what_it_offers() -> None:
    """Its docstring and its public names, functions and classes as such; not its source, and no value."""
    module = ModuleType("own_tools", "Tools of one's own.\n\n    Indented.")
    vars(module).update(area=area, Shape=Shape, frame=FRAME, _hidden=1, math=math)
    text, note = sent(module)
    assert text == "module own_tools\n\nTools of one's own.\n\nIndented.\n\nPublic names:\ndef area\nclass Shape\nframe"
    assert note == "module, 3 public names"
    vars(module).update(__all__=["area", "late", 3], __doc__=None)
    assert sent(module) == ("module own_tools\n\n\n\nPublic names:\ndef area\nlate", "module, 2 public names")
    vars(module).update(__all__=[f"name_{n}" for n in range(5_000)])
    assert "[… 4,600 more …]" in sent(module)[0]


def test_a_long_source_is_cut_and_a_secret_is_starred() -> None:
    """The middle of a class of thousands of lines is left out; a key written into a function is not sent."""
    text, note = sent(argparse.ArgumentParser)
    assert "characters left out …]" in text
    assert len(text) < MOST_SOURCE + 100
    assert note.startswith("class, ")

    def ask(api_key: str = "none") -> str:
        return api_key or dict(api_key="abcdef0123456789")["api_key"]  # noqa: C408 the way that one is written

    assert 'dict(api_key="***")' in sent(ask)[0]


class Odd(type):
    """A class of classes that answers nothing."""

    def __getattribute__(cls, name: str) -> object:
        if name in ("__class__", "__mro__"):
            return super().__getattribute__(name)
        raise RuntimeError(name)


class Strange:
    """An object that calls itself a wrapper of itself, and says no more."""

    def __init__(self) -> None:
        self.__wrapped__ = self

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


@pytest.mark.parametrize("make", [lambda: Odd("Own", (), {}), Strange], ids=["class", "wrapper"])
def test_what_fails_to_tell_is_still_attached(make: Callable[[], object]) -> None:
    """Code of the user's own that raises while it is looked at is no reason to fail."""
    assert attach("it", make(), How()).parts


@pytest.mark.parametrize("value", [3, "def f(): pass", FRAME, [area], Shape(), None])
def test_values_are_no_sources(value: object) -> None:
    """Text that looks like a program, a list of functions and an object of a class go as before."""
    assert not is_source(value)


CELL = '''
import functools
from dataclasses import dataclass

def around(f):
    @functools.wraps(f)
    def wrapper(*args): return f(*args)
    return wrapper

@around
def twice(x):
    """Double it."""
    return 2 * x

@dataclass
class Point:
    """A point."""
    x: int
    y: int = 0

class Box:
    """A box."""
    class Lid:
        def open(self): ...
    def __hidden(self): ...
    def size(self): return 3
'''


def test_what_a_cell_defines_is_found(shell: Shell) -> None:
    """Functions, classes with and without methods, and inner classes go as they stand in their cells, in the newest form."""
    assert shell.run("class Box:\n    def size(self): return 'an older one'\nclass Point:\n    z: int").ok
    assert shell.run(CELL).ok
    names = shell.ip.user_ns
    found = {name: text_of(gathering.gather([name], names)[0]) for name in ("twice", "Point", "Box", "Box.Lid", "Box.size")}
    assert found["twice"] == CELL[CELL.index("@around") : CELL.index("@dataclass")].strip()
    assert found["Point"] == CELL[CELL.index("@dataclass") : CELL.index("class Box")].strip()
    assert found["Box"] == CELL[CELL.index("class Box") :].strip()
    assert found["Box.Lid"] == "    class Lid:\n        def open(self): ...".replace("\n    ", "\n").strip()
    assert found["Box.size"] == "def size(self): return 3"


def test_a_class_of_nowhere_is_not_mistaken(shell: Shell) -> None:
    """A class that no cell shows goes as signature and docstring, also where a cell has another one of its name."""
    assert shell.run("class Point:\n    z: int").ok
    assert shell.run("Other = type('Point', (), {'__doc__': 'Made by hand.', '__module__': '__main__'})").ok
    assert text_of(gathering.gather(["Other"], shell.ip.user_ns)[0]) == "Point()\n\nMade by hand."
    assert "Point" not in vars(sys.modules[__name__])
