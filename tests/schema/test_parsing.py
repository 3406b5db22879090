"""The JSON value in a reply."""

from __future__ import annotations

import time

import pytest

from kimi_magic.schema.misfit import Misfit
from kimi_magic.schema.parsing import value_of, words_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('  {"a": 1}\n', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ("```\n[1]\n```\n", [1]),
        ('Here:\n\n```json\n{"a": 1}\n```\n\nDone.', {"a": 1}),
        ('{"a": 1} Done.', {"a": 1}),
        ('As [1] says: {"a": [1, 2]}', {"a": [1, 2]}),
        ('{"code": "```python\\nx\\n```"}', {"code": "```python\nx\n```"}),
        ('```json\n{"code": "```python\\nx\\n```"}\n```', {"code": "```python\nx\n```"}),
        ('{"a": "one\ntwo\tthree"}', {"a": "one\ntwo\tthree"}),
        ("```\n5\n```", 5),
        ("null", None),
    ],
    ids=range(12),
)
def test_the_value_is_found(text: str, value: object) -> None:
    """Alone, in a fence or among words, with raw line ends in its texts."""
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("I cannot do that.", "no JSON value"),
        ('{"a": 1', "no valid JSON: .*line 1, column 8"),
        ("{'a': 1}", "no valid JSON"),
        ("[" * 100_000, "nested too deep|no valid JSON"),
        ("1" * 5_000, "A number of 5,000 digits is too large"),
        ('{"n": ' + "1" * 5_000 + ', "more": {}}', "A number of 5,000 digits is too large"),
        ('{"n": NaN, "more": {}}', "NaN is no JSON"),
        ("[-Infinity]", "-Infinity is no JSON"),
        ('{"n": 1e999}', "The number 1e999 is too large"),
        ("It is: [1e" + "9" * 100 + "]", "The number 1e9+… is too large"),
    ],
    ids=range(12),
)
def test_a_reply_without_a_value(text: str, says: str) -> None:
    """What is missing is said in one line."""
    with pytest.raises(Misfit, match=says) as caught:
        value_of(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("end", ["", "x", "```", "\n``", " ```\n` ```"])
@pytest.mark.parametrize("blank", ["\n", " ", "\n "])
def test_a_fence_with_thousands_of_blanks_is_read_at_once(blank: str, end: str) -> None:
    """A reply of 64,000 blanks in a fence takes some milliseconds, whatever follows."""
    reply, began = f"```json\n{blank * 64_000}{end}", time.perf_counter()
    words_of(reply)
    with pytest.raises(Misfit):
        value_of(reply)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" yes\n", "yes"),
        ("```\nyes\n```", "yes"),
        ("```text\nyes```\n", "yes"),
        ("```\n\n```", ""),
        ("```", "```"),
        ("``````", "``````"),
        ("```yes```", "```yes```"),
        ("````\nyes\n````", "````\nyes\n````"),
        ("```\nyes\n```\nDone.", "```\nyes\n```\nDone."),
    ],
)
def test_words_come_out_of_their_fence(text: str, words: str) -> None:
    """A fence around the whole reply goes; anything else stays as it is."""
    assert words_of(text) == words
