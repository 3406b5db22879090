"""What functions return, as the model reads it."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import pytest
from matplotlib.figure import Figure
from PIL import Image as Pillow
from pydantic import BaseModel

from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Image, Text, text_of
from kimi_magic.tools.results import MOST_CHARACTERS, content_of

HOW = How()


@dataclass
class Size:
    """A dataclass."""

    wide: int


class Pair(NamedTuple):
    """A named tuple."""

    a: int


class Person(BaseModel):
    """A model."""

    name: str


class Colour(Enum):
    """Some colours."""

    RED = "red"


class Own:
    """Says itself what Kimi sees of it."""

    def _repr_kimi_(self) -> str:
        return "my own words"


class Broken:
    """Cannot be written."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is\n", "as it is\n"),
        ("", "(an empty text)"),
        (None, "None"),
        (True, "true"),
        (3, "3"),
        ([1, "a", None], '[1, "a", null]'),
        ({"a": {"b": (1, 2)}, 3: {4}}, '{"a": {"b": [1, 2]}, "3": [4]}'),
        (Size(3), '{"wide": 3}'),
        (Pair(1), '{"a": 1}'),
        (Person(name="Ann"), '{"name": "Ann"}'),
        (OrderedDict(a=Colour.RED), '{"a": "red"}'),
        ([date(2026, 1, 2), Decimal("1.50"), Path("a")], '["2026-01-02", "1.50", "a"]'),
        (np.float64(0.5), "0.5"),
        (np.arange(3), "array([0, 1, 2])"),
        (b"abc", "3 bytes that begin with b'abc'"),
        (10**5_000, "a whole number of about 5,000 digits"),
        ({"a": 1j}, '{"a": "1j"}'),
        ("half \ud800 pair", "half ? pair"),
        (["half \ud800 pair"], '["half ? pair"]'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_become_text(value: object, text: str) -> None:
    """A string stays, what JSON carries is JSON, everything else its repr; nothing is empty."""
    assert content_of("tool", value, HOW) == text


def test_a_frame_is_described() -> None:
    """A frame goes as an attachment does: its columns and some rows, within a budget."""
    text = content_of("sales", pd.DataFrame({"region": ["N", "S"], "total": [1, 2]}), HOW)
    assert isinstance(text, str)
    assert "region" in text
    assert 'kind="frame"' in text


def test_own_words_are_taken() -> None:
    """A type with ``_repr_kimi_`` says itself what is sent of it."""
    assert "my own words" in text_of(content_of("tool", Own(), HOW))


def test_pictures_become_parts() -> None:
    """A figure, or a picture among other things, is words and a picture; the words come first."""
    figure = Figure()
    figure.subplots().plot([1, 2])
    for value in (figure, (pd.DataFrame({"a": [1]}), Pillow.new("RGB", (8, 8)))):
        content = content_of("draw", value, HOW)
        assert [type(part) for part in content] == [Text, Image]


FRAME = pd.DataFrame({"region": ["PLANTED"] * 3, "total": [8_151, 2, 3]})


class Holder:
    """Prints the frame that it has."""

    def __repr__(self) -> str:
        return f"Holder\n{FRAME}"


@pytest.mark.parametrize(
    "value",
    [
        FRAME,
        {"df": FRAME},
        [{"a": {"b": [FRAME]}}, 1],
        [FRAME] * 9,
        {Holder(): 1},
        Holder(),
        FRAME.to_numpy(),
        FRAME["region"],
        (b"PLANTED 8151", memoryview(b"PLANTED")),
    ],
    ids=["frame", "dict", "nested", "many", "key", "object", "array", "column", "bytes"],
)
@pytest.mark.parametrize("share", ["schema", "stats"])
def test_rows_stay_where_rows_stay(value: object, share: Any) -> None:
    """Where the user lets no row leave, none does: neither in a frame, wherever in a result it is, nor in a repr."""
    text = text_of(content_of("tool", value, How(share)))
    assert "PLANTED" not in text
    assert "8151" not in text


def test_plain_data_of_a_tool_goes() -> None:
    """Texts, numbers and plain lists and dicts of them are what the tool's author chose to tell, whatever --share says."""
    value = {"rows": [{"region": "North", "when": date(2026, 1, 2)}], "total": np.int64(3)}
    text = content_of("tool", value, How("schema"))
    assert text == '{"rows": [{"region": "North", "when": "2026-01-02"}], "total": 3}'


def test_frames_and_figures_in_a_value_follow_its_words() -> None:
    """Wherever they are in it, a frame is described and a figure is a picture; its place tells under which name."""
    figure = Figure()
    figure.subplots().plot([1, 2])
    content = content_of("tool", {"df": FRAME, "deep": [Size(1), {"fig": figure}], "n": 3}, HOW)
    assert [type(part) for part in content] == [Text, Image]
    words = text_of(content).splitlines()
    assert words[0] == (
        '{"df": "(DataFrame, follows as tool 1)", "deep": [{"wide": 1}, {"fig": "(Figure, follows as tool 2)"}], "n": 3}'
    )
    assert words[1].startswith('<attachment name="tool 1" kind="frame">')
    assert any(line.startswith('<attachment name="tool 2" kind="figure">') for line in words)


def test_few_frames_go_at_once() -> None:
    """Of ten frames eight are described, and each of the others is told to be left out."""
    text = text_of(content_of("tool", [pd.DataFrame({"a": [1]})] * 10, HOW))
    assert text.count("<attachment ") == 8
    assert text.count("left out: more than 8") == 2


def circle() -> list[Any]:
    items: list[Any] = []
    items += [items, items]
    return items


@pytest.mark.parametrize(
    "make",
    [
        lambda: "x" * 50_000_000,
        lambda: b"x" * 50_000_000,
        lambda: list(range(1_500_000)),
        lambda: dict.fromkeys(range(500000), "y"),
        lambda: ["x" * 25_000_000] * 2,
        lambda: np.zeros((2_500, 2_500)),
        lambda: [list(range(1_000))] * 1_000,
        circle,
    ],
    ids=["text", "bytes", "list", "dict", "texts", "array", "matrix", "circle"],
)
def test_a_huge_result_costs_a_moment_and_little_memory(make: Any) -> None:
    """Of 50 MB the model reads a bounded part, which is made without a second copy of the whole."""
    value = make()
    tracemalloc.start()
    begun = time.perf_counter()
    text = text_of(content_of("tool", value, HOW))
    seconds, (_, peak) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0 < len(text) <= MOST_CHARACTERS + 100
    assert seconds < 1
    assert peak < 5_000_000


def test_keys_of_a_huge_text_are_looked_for_near_its_ends_alone() -> None:
    """What takes keys out costs by the character: it reads little more than what is kept."""
    read: list[int] = []

    def mask(text: str) -> str:
        read.append(len(text))
        return text

    content_of("tool", "x" * 50_000_000, HOW, mask)
    content_of("tool", ["x" * 50_000_000, b"x" * 50_000_000], HOW, mask)
    assert sum(read) < 100_000


def test_what_does_not_fit_is_counted() -> None:
    """A long list ends with how many more there are, and stays JSON."""
    last = json.loads(text_of(content_of("tool", list(range(100_000)), HOW)))[-1]
    assert last.startswith("… 9")
    assert last.endswith(" more")


def test_a_value_that_cannot_be_written_is_told() -> None:
    """A repr that raises is a `UsageError`, which becomes the call's failure."""
    with pytest.raises(UsageError, match="repr raised RuntimeError"):
        content_of("tool", Broken(), HOW)


def test_keys_are_masked() -> None:
    """What takes keys out of texts is asked about results, too."""
    assert content_of("tool", ["sk-1"], HOW, lambda text: text.replace("sk-1", "***")) == '["***"]'
