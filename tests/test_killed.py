"""A kernel that is killed in the middle of a conversation loses at most the words in flight."""

from __future__ import annotations

import random
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.books import Book
from tests.conftest import surroundings
from tests.kills import Place, Point, reach, run_and_kill
from tests.remains import examine
from tests.scripted import ScriptedKimi
from tests.story import STEPS, said_after


@pytest.fixture
def place(kimi: ScriptedKimi, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name, value in surroundings(kimi, store).items():
        monkeypatch.setenv(name, value)
    return Place(tmp_path / "killed", store, kimi)


@pytest.mark.parametrize("after", [3, 10, 16])
def test_a_killed_kernel_loses_nothing_that_was_kept(place: Place, after: int) -> None:
    """Whatever was acknowledged is there once and in order, the file is sound, and the next question carries just that."""
    seconds = random.Random(after).uniform(0, 0.1)
    run_and_kill(place, Point(after=after, seconds=seconds))
    remains = examine(place)
    assert remains.faults == []
    assert after <= remains.acknowledged < after + 5


def test_a_write_that_is_cut_short_is_undone(place: Place) -> None:
    """Of a kernel that is killed while it writes a picture, everything before that is left."""
    run_and_kill(place, Point(after=4, written=700_000))
    remains = examine(place)
    assert remains.faults == []
    assert remains.acknowledged >= 4


def test_a_second_kernel_goes_on_when_the_first_is_killed(place: Place) -> None:
    """Of two kernels on one notebook one is killed while it writes: the other one knows what it had kept, and goes on."""
    with ScriptedKimi() as kimi, ExitStack() as opened:
        others: list[Book] = []

        def ask_beside() -> None:
            reach(place, 1)  # two that begin at once have two conversations, and both are kept
            others.append(opened.enter_context(closing(Book(place.notebook, base_url=kimi.base_url))))
            others[0].ask("beside", "from the other one")

        run_and_kill(place, Point(after=4, written=700_000), ask_beside)
        [other] = others
        said = [step.prompt for step in said_after(STEPS[: place.acknowledged]) if step.conversation == "main"]
        assert other.ask("beside again", "and now?") == []
        sent = kimi.chats[-1].body.decode()
        assert [prompt for prompt in (*said, "from the other one", "and now?") if prompt not in sent] == []


def test_the_examination_finds_what_is_wrong(place: Place) -> None:
    """A turn that is gone is missed in the store, in the conversation and in the request."""
    run_and_kill(place, Point(after=6))
    with closing(sqlite3.connect(place.store)) as db, db:
        db.execute("DELETE FROM turns WHERE key = 3")
    faults = "\n".join(examine(place).faults)
    assert "the store has" in faults
    assert "main came back as" in faults
    assert "the next question carried" in faults
    assert "foreign_key_check" in faults
