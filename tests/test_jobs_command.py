"""``/jobs``: what arrives in the background, and its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from kimi_magic.answer import Answer
from kimi_magic.commands.jobs import jobs
from kimi_magic.errors import Interrupted, UsageError
from kimi_magic.session import Session
from kimi_magic.settings import Settings


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session(Settings(store="none"))
    yield session
    session.jobs.stop()
    session.jobs.wait_all()


def begin(session: Session, question: str) -> None:
    """Begin an answer that comes when it is stopped."""
    stopped = threading.Event()

    def ask() -> Answer:
        stopped.wait(10)
        raise Interrupted("Stopped.")

    session.jobs.start(question, ask, stopped.set)


def states(session: Session) -> list[str]:
    return [row.split(" | ")[1] for row in jobs(session, "").splitlines()[2:]]


def test_nothing_in_the_background_is_a_sentence(session: Session) -> None:
    """It says how something gets there."""
    assert "%%kimi -b" in jobs(session, "")


def test_what_arrives_is_listed_and_stopped(session: Session) -> None:
    """Each has a number, a state, its seconds and its question, in which nothing is marked up; one or all are stopped."""
    for question in ("One | <b>two</b>\nthree", "Second?", "Third?"):
        begin(session, question)
    assert r"| 1 | arriving | 0.0 | One \| \<b\>two\</b\> three |" in jobs(session, "")
    assert jobs(session, "stop 2").startswith("Stopped: Second?.")
    session.jobs.known()[1].settle(10)
    assert states(session) == ["arriving", "stopped", "arriving"]
    assert jobs(session, "stop all").startswith("Stopped: 2 jobs.")
    session.jobs.wait_all()
    assert states(session) == ["stopped"] * 3
    assert jobs(session, "stop all") == "Nothing is running."


def test_seconds_count_from_when_it_is_sent(session: Session) -> None:
    """What waits has none yet, and the time that it waited is not counted."""
    sent_at, stopped = [0.0], threading.Event()

    def ask() -> Answer:
        stopped.wait(10)
        return Answer("Yes.")

    coming = session.jobs.start("Why?", ask, stopped.set, sent_at=lambda: sent_at[0])
    assert "| 1 | waiting | – | Why? |" in jobs(session, "")
    assert "waiting" in repr(coming)
    sent_at[0] = time.monotonic() - 5
    assert "| 1 | arriving | 5." in jobs(session, "")
    stopped.set()
    coming.wait(10)
    assert "| 1 | done | 5." in jobs(session, "")


@pytest.mark.parametrize("argument", ["stop", "1", "stop x", "stop 1 2", "stop -1", "all"])
def test_a_mistake_is_told(session: Session, argument: str) -> None:
    """The message shows the ways to write it."""
    with pytest.raises(UsageError, match="/jobs stop 2 stops one"):
        jobs(session, argument)


def test_a_job_that_is_not_there_is_told(session: Session) -> None:
    """A number that nobody has is a sentence."""
    with pytest.raises(UsageError, match="no job 7"):
        jobs(session, "stop 7")
