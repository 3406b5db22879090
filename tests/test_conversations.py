"""Conversations in which several threads keep turns."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.books import Book
from tests.scripted import ScriptedKimi
from tests.scripts import pieces

QUESTIONS, AT_ONCE = 96, 8


def test_answers_that_arrive_at_once_are_all_kept(books: Callable[..., Book], kimi: ScriptedKimi) -> None:
    """Of questions that are asked at once, outside the history of one conversation, each is answered and in the store."""
    book = books(concurrency=AT_ONCE)
    kimi.queue(*[pieces(f"Answer {number}.") for number in range(QUESTIONS)])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = [*pool.map(lambda number: book.ask(f"cell-{number}", line="--once"), range(QUESTIONS))]
    assert told == [[]] * QUESTIONS
    store = book.session.store
    assert store is not None
    kept = store.turns_by_id([*book.session.asked])
    assert sorted(turn.answer.text for turn in kept) == sorted(f"Answer {number}." for number in range(QUESTIONS))
