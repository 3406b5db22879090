"""How much of a conversation is sent: it fits, the service's cache holds, and the counts become the service's own."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from kimi_magic.commands.table import run
from kimi_magic.context import Scale, Weight, fit, weigh
from kimi_magic.errors import ContextExceeded
from kimi_magic.messages import Attachment, Image, Message, Text
from tests.books import Book
from tests.scripted import ScriptedKimi
from tests.scripts import Stream, error, pieces

WORDS = "data frame column mean slope curve bend because value of the and a in figure shows that".split()  # noqa: SIM905 a list of words reads best so


@pytest.fixture
def book(books: Callable[..., Book]) -> Book:
    """A notebook whose model reads 4,000 tokens."""
    return books(context=4_000)


def said(body: Any) -> list[str]:
    """Return the questions that a request carries."""
    return [one["content"].split()[0] for one in body["messages"] if one["role"] == "user"]


def test_all_stay_while_there_is_room() -> None:
    """Nothing is left out of a line that fits, nor of an empty one."""
    assert fit([10, 20, 30], [False] * 3, room=60) == [0, 1, 2]
    assert fit([10], [False], room=5) == [0]
    assert fit([], [], room=5) == []


@pytest.mark.parametrize("seed", range(20))
def test_what_is_sent_fits_and_changes_in_large_steps(seed: int) -> None:
    """Growing turn by turn, the line fits into the room, begins with the same turn for long, and goes only forward."""
    chance = random.Random(seed)
    sizes = [chance.randint(1, 100) for _ in range(300)]
    firsts = []
    for count in range(1, 301):
        kept = fit(sizes[:count], [False] * count, room=1_000)
        assert kept == list(range(kept[0], count))
        assert sum(sizes[kept[0] : count]) <= 1_000
        firsts.append(kept[0])
    assert firsts == sorted(firsts)
    steps = len(set(firsts)) - 1
    assert steps <= sum(sizes) / 400, "each step frees half the room, less at most one turn"


def test_pinned_turns_stay() -> None:
    """A pinned turn is sent whatever else goes, and its tokens count."""
    sizes, pinned = [30] * 10, [place == 2 for place in range(10)]
    kept = fit(sizes, pinned, room=100)
    assert 2 in kept
    assert kept[-1] == 9
    assert sum(sizes[place] for place in kept) <= 100


def test_old_turns_are_left_out_and_the_prefix_stays(book: Book, kimi: ScriptedKimi) -> None:
    """Beyond the context the oldest turns go in large steps, the status says how many, and they are not lost."""
    kimi.default = counted
    text = " ".join(["word"] * 100)
    counts = []
    for number in range(24):
        notes = book.ask(f"c{number}", f"q{number} {text}")
        counts.append(int(notes[0].split()[0]) if notes else 0)
        assert len(said(kimi.chats[-1].json)) == number + 1 - counts[-1]
    assert counts[-1] > 0
    assert len(set(counts)) <= 6, counts
    assert counts == sorted(counts)
    for before, after in zip(kimi.chats, kimi.chats[1:], strict=False):
        first, second = before.json["messages"], after.json["messages"]
        if said(before.json)[0] == said(after.json)[0]:
            assert second[: len(first)] == first
    run(book.session, "/pin 1")
    book.ask("c99", "q99")
    assert said(kimi.chats[-1].json)[0] == "q0"
    assert "pinned" in run(book.session, "/history 1")
    run(book.session, "/pin 1 off")
    book.restart()
    book.ask("c100", "q100")
    assert said(kimi.chats[-1].json)[0] != "q0"


def tokens_of(body: Any) -> int:
    """Count as a service might: words and signs at its own rate, something for each message, and for a picture."""
    pictures = json.dumps(body).count("data:image")
    words = sum(len(json.dumps(message["content"]).split()) for message in body["messages"])
    return 7 * len(body["messages"]) + round(1.7 * words) + 1_340 * pictures


def counted(body: Any) -> Stream:
    answer = " ".join(random.Random(len(body["messages"])).choices(WORDS, k=80))
    usage = {"prompt_tokens": tokens_of(body), "completion_tokens": 136, "total_tokens": tokens_of(body) + 136}
    return pieces(answer, tokens=usage)


@pytest.mark.parametrize("with_picture", [False, True])
def test_counts_become_the_services_own(book: Book, kimi: ScriptedKimi, with_picture: bool) -> None:
    """From the fourth question on what is expected is within 5 % of what the service then counts."""
    kimi.default = counted
    kimi.routes.pop("/tokenizers/estimate-token-count")
    picture = Attachment("p", "figure", (Text("a figure"), Image("data:image/png;base64,iVBORw0KGgo=")))
    chance = random.Random(1)
    for number in range(8):
        prompt = " ".join(chance.choices(WORDS, k=60))
        attachments = (picture,) if with_picture and number in (0, 2, 5) else ()
        question = book.question(f"c{number}", prompt, attachments=attachments)
        expected = book.session.estimate(question).tokens
        book.ask(f"c{number}", prompt, attachments=attachments)
        actual = tokens_of(kimi.chats[-1].json)
        if number >= 3:
            assert expected == pytest.approx(actual, rel=0.05), number


def test_a_refusal_teaches_the_size(book: Book, kimi: ScriptedKimi) -> None:
    """Where the service says that a request is too long, turns are left out and it is asked once more."""
    kimi.default = counted
    text = " ".join(["word"] * 300)
    for number in range(4):
        book.ask(f"c{number}", f"q{number} {text}")
    message = "Your request exceeded model token limit: 4000 (requested: 9000)"
    kimi.queue(error(400, "invalid_request_error", message))
    notes = book.ask("c5", "q5")
    assert notes[0].endswith("left out")
    assert len(said(kimi.chats[-1].json)) < len(said(kimi.chats[-2].json))
    kimi.queue(*[error(400, "invalid_request_error", message)] * 2)
    with pytest.raises(ContextExceeded):
        book.ask("c6", "q6 " + text * 8)


def test_a_scale_learns_from_text_and_from_pictures() -> None:
    """What is new explains the difference: a picture its own tokens, words without one the rate of words."""
    text = Scale().learned(Weight(100.0, 0), 150)
    assert text.of(Weight(200.0, 0)) == 300
    picture = text.learned(Weight(100.0, 2), 150 + 2 * 700, has_new_pictures=True)
    assert (picture.text, picture.picture) == (1.5, 700.0)
    assert Scale().learned(Weight(0.0, 0), 10**9).text <= 10


def test_reasoning_counts_where_it_is_read_again() -> None:
    """Thinking is weighed for a model that reads it, and not for one that does not."""
    message = Message("assistant", "x" * 35, reasoning="y" * 35)
    assert weigh([message]).text - weigh([message], reasoning=False).text == pytest.approx(10.0)
