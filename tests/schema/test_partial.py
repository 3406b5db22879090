"""JSON that is still arriving."""

from __future__ import annotations

import json
import time

import pytest

from kimi_magic.schema.partial import part_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("Sure, here", None),
        ("```json\n", None),
        ("{", {}),
        ('{"a', {}),
        ('{"a": "x', {"a": "x"}),
        ('{"a": [1, 2', {"a": [1, 2]}),
        ('```json\n{"a": "x"}\n```', {"a": "x"}),
        ('```\n[{"a": 1}, {"a"', [{"a": 1}, {}]),
        ('Here it is: {"a": 1} Anything else?', {"a": 1}),
        ('See [the list]: {"a": 1', {"a": 1}),
        ('{"a": "one\ntwo', {"a": "one two"}),
        ('"yes"', "yes"),
        ("42", 42),
        ("{'a': 1}", None),
        ('{"a": "\\ud800"}', {"a": "\ud800"}),
        ("[" * 5_000, None),
        ('{"a": \ud800', None),
    ],
    ids=range(18),
)
def test_what_is_there_is_read(text: str, value: object) -> None:
    """Unfinished texts, lists and objects end where the text does; fences and words are passed over."""
    assert part_of(text) == value


def test_every_beginning_can_be_read() -> None:
    """From the first bracket on there is always a value, and the last one is the whole."""
    whole = {"rows": [{"name": 'Ada \\ " é', "age": -36.5e1, "ok": True, "no": None}, {"name": "", "tags": []}]}
    text = json.dumps(whole)
    assert all(isinstance(part_of(text[:end]), dict) for end in range(1, len(text)))
    assert part_of(text) == whole


@pytest.mark.parametrize("end", [-1, None])
def test_a_long_answer_is_read_ten_times_a_second(end: int | None) -> None:
    """200 kB take a few milliseconds, fenced and with raw line ends in them, too."""
    rows = [{"name": f"N{n}", "note": "word " * 10} for n in range(2_600)]
    text = "```json\n" + json.dumps({"result": rows}).replace("word ", "word\n", 1)[:end]
    assert len(text) > 200_000
    part_of(text)
    start = time.perf_counter()
    for _ in range(5):
        part_of(text)
    assert (time.perf_counter() - start) / 5 < 0.05
