"""Python values as bounded text."""

from __future__ import annotations

import array
import collections
import json
import time
from collections.abc import Callable

import pytest

from kimi_magic.content.values import MOST_CHARACTERS, bounded_repr, cut, from_text, from_value
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Text

ROOM = MOST_CHARACTERS + 500
"""Characters of an attachment with its frame."""


class Loud:
    """A value whose repr raises."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


class Huge:
    """A value with a repr of 50 MB."""

    def __repr__(self) -> str:
        return "<" + "h" * 50_000_000 + ">"


class Wrong:
    """A value whose repr is no text."""

    def __repr__(self) -> str:
        return 5  # type: ignore[return-value]  # the very mistake


def text(attachment: Attachment) -> str:
    (part,) = attachment.parts
    assert isinstance(part, Text)
    return part.text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (42, "42"),
        (None, "None"),
        ([1, "a", 2.5], "[1, 'a', 2.5]"),
        ({"b": 1, "a": {"c": ()}}, "{'b': 1, 'a': {'c': ()}}"),
        ({}, "{}"),
        ({1: "x", "1": "y"}, "{1: 'x', '1': 'y'}"),
        ({3}, "{3}"),
        (b"\x00", "b'\\x00'"),
        (array.array("i", [1]), "array('i', [1])"),
        (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})"),
        (list(range(300)), str(list(range(200)))[:-1] + ", ...]"),
        ({n: n for n in range(300)}, str({n: n for n in range(200)})[:-1] + ", ...}"),
        ([[[[[[[1]]]]]]], "[[[[[[[...]]]]]]]"),
    ],
)
def test_a_value_is_its_repr(value: object, written: str) -> None:
    """Short values are written whole and in their own order, long and deep ones with dots."""
    assert bounded_repr("x", value) == written


def test_an_attachment_says_its_name_and_kind() -> None:
    """A value is framed as its repr, a string as the text that it is."""
    assert text(from_value("n", 41)) == '<attachment name="n" kind="value">\n41\n</attachment>'
    assert text(from_value("s", "a\n'b'")) == '<attachment name="s" kind="text">\na\n\'b\'\n</attachment>'
    assert from_value("n", 41).name == "n"


@pytest.mark.parametrize(
    "name", ['df["a"]', "a<b", "a&b", "a\nb", '"><attachment name="other', "x" * 300, "--model", "日本 🎉"]
)
def test_no_name_breaks_the_frame(name: str) -> None:
    """The first line is one line with exactly two pairs of quotes, whatever the name is."""
    first = text(from_value(name, 1)).splitlines()[0]
    assert first.count('"') == 4
    assert first.count("<") == first.count(">") - name.count(">") == 1
    assert first.endswith('kind="value">')


def recursive() -> list[object]:
    many: list[object] = []
    many.extend([many] * 200)
    return many


LARGE: dict[str, Callable[[], object]] = {
    "repr": Huge,
    "in a list": lambda: [Huge()],
    "text": lambda: "x" * 50_000_000,
    "bytes": lambda: b"x" * 5_000_000,
    "list": lambda: list(range(5_000_000)),
    "texts": lambda: ["y" * 100_000] * 1_000,
    "cube": lambda: [[[0.5] * 200] * 200] * 200,
    "dicts": lambda: [{str(n): {m: m for m in range(200)} for n in range(200)}] * 200,
    "recursive": recursive,
    "set": lambda: set(range(100_000)),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_nothing_is_too_large(make: Callable[[], object]) -> None:
    """However large a value is, a bounded text is made of it in a moment."""
    value = make()
    began = time.process_time()
    assert len(text(from_value("x", value))) < ROOM
    assert time.process_time() - began < 2


@pytest.mark.parametrize("value", [Loud(), [1, Loud()], {"a": Loud()}, {Loud(): 1}, Wrong(), 10**5000], ids=range(6))
def test_a_repr_that_fails_is_told(value: object) -> None:
    """The message names the attachment and what its repr raised."""
    with pytest.raises(UsageError, match=r"^sales cannot be written: its repr raised \w+Error\. Attach"):
        from_value("sales", value)


@pytest.mark.parametrize("words", ["\ud800", "a\udce9b", "\udfff\ud800"])
def test_what_no_json_can_carry_is_replaced(words: str) -> None:
    """Lone surrogates, which file names and texts can have, do not reach the wire."""
    attachment = from_text(words, words, "text")
    assert json.loads(json.dumps(text(attachment)).encode()) == text(attachment)
    assert attachment.name.isascii()
    assert attachment.bytes == len(text(attachment).encode())
    assert len(attachment.sha256) == 64


@pytest.mark.parametrize(("most", "length"), [(4, 4), (5, 5), (5, 4), (1, 0)])
def test_what_fits_is_not_cut(most: int, length: int) -> None:
    """A text as long as its room stays whole."""
    assert cut("x" * length, most) == "x" * length


def test_a_cut_tells_how_much_is_missing() -> None:
    """Beginning and end stay, and the number between is exact."""
    begin, note, end = cut("a" * 600 + "b" * 600, 1_001).split("\n")
    assert (begin, end) == ("a" * 500, "b" * 500)
    assert note == "[… 200 characters left out …]"
