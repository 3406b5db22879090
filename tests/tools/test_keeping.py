"""Texts lose their secrets before they are cut: no piece of one is left at any cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kimi_magic.content.how import How
from kimi_magic.messages import text_of
from kimi_magic.tools.failures import failure_of
from kimi_magic.tools.functions import function_of
from kimi_magic.tools.keeping import MARGIN, beginning, ends, line
from kimi_magic.tools.results import MOST_CHARACTERS, bounded, content_of

KEY = "sk-not-a-real-key-0123456789abcdef"


def masked(text: str) -> str:
    return text.replace(KEY, "***")


def pieces_of_key(text: str) -> Iterator[str]:
    return (piece for size in (4, len(KEY)) for piece in (KEY[:size], KEY[-size:]) if piece in text)


def failed(text: str) -> str:
    return failure_of(ValueError(text), function_of(lambda: "", "work"), masked).text


def in_json(value: object) -> str:
    return text_of(content_of("work", value, How(), masked))


@pytest.mark.parametrize(
    ("cut", "places"),
    [
        (lambda text: ends(text, 100, masked), (50, 100, 50 + MARGIN, 100 + MARGIN)),
        (lambda text: beginning(text, 100, masked), (100, 100 + MARGIN)),
        (lambda text: line(text, 100, masked), (100, 100 + MARGIN)),
        (lambda text: bounded(text, masked), (MOST_CHARACTERS // 2, MOST_CHARACTERS // 2 + MARGIN)),
        (failed, (1_000, 1_000 + MARGIN)),
        (lambda text: in_json({"a": text}), (8_000, 8_000 + MARGIN)),
        (lambda text: in_json([text, text]), (8_000, 8_000 + MARGIN)),
        (lambda text: in_json({text: 1}), (100, 100 + MARGIN)),
        (lambda text: in_json(text.encode()), (100, 100 + MARGIN)),
    ],
    ids=["ends", "beginning", "line", "bounded", "failure", "dict", "list", "name", "bytes"],
)
def test_no_piece_of_a_key_is_left(cut: Callable[[str], str], places: tuple[int, ...]) -> None:
    """Wherever the key stands: before, across and behind what is kept of the beginning, and of the end."""
    for place in places:
        for before in range(place - 2 * len(KEY), place + 10, 3):
            text = "x" * before + KEY + "y" * 30_000
            assert not [*pieces_of_key(cut(text))], before
            assert not [*pieces_of_key(cut(text[::-1].replace(KEY[::-1], KEY)))], before


@pytest.mark.parametrize("most", [99, 100, 2_000])
def test_a_text_that_is_all_keys_leaves_none(most: int) -> None:
    """Where much is taken out, what is left moves: the piece at the end of what was looked at is not kept either."""
    for shift in range(0, len(KEY), 3):
        text = "z" * shift + KEY * 2_000
        assert not [*pieces_of_key(ends(text, most, masked) + beginning(text, most, masked) + line(text, most, masked))]


@pytest.mark.parametrize("length", [100, 101, 100 + 2 * MARGIN, 101 + 2 * MARGIN, 50_000])
def test_as_much_is_kept_as_was_asked_for(length: int) -> None:
    """The beginning and the end, with how much is missing, and nothing of that when all fits."""
    text = "".join(chr(97 + number % 26) for number in range(length))
    kept = ends(text, 100, str)
    if length == 100:
        assert kept == text
    else:
        assert kept == f"{text[:50]}\n[… {length - 100:,} characters left out …]\n{text[-50:]}"
    assert beginning(text, 100, str) == text[:100]
    assert line(text, 100, str) == text[:100] + "…" * (length > 100)
