"""Where jobs run, and what time limits and stops do to them there."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from kimi_magic.tools.interrupts import TimeUp
from kimi_magic.tools.running import Job, Runner, run_together, runner
from kimi_magic.tools.workers import GivenUp


def busy() -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        pass


async def doze() -> str:
    await asyncio.sleep(20)
    return "awake"


async def greet() -> str:
    await asyncio.sleep(0.01)
    return f"hello from {threading.current_thread().name}"


def job(work: Callable[[], Any], seconds: float = 5.0) -> Job:
    return Job(work, lambda value: value, seconds)


def elsewhere(work: Callable[[], None]) -> None:
    """Run ``work`` as the panel would: not on the main thread. What it raises is raised here."""
    errors: list[BaseException] = []

    def caught() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 it is raised again where the test sees it
            errors.append(error)

    thread = threading.Thread(target=caught)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def here(work: Callable[[], None]) -> None:
    work()


@pytest.mark.parametrize("where", [here, elsewhere])
@pytest.mark.parametrize("work", [busy, doze, lambda: time.sleep(0.6)], ids=["busy", "async", "asleep"])
def test_a_job_that_takes_too_long_is_ended(where: Callable[[Callable[[], None]], None], work: Callable[[], Any]) -> None:
    """Busy, sleeping and awaiting functions end after their time, on the main thread and off it."""

    def check() -> None:
        begun = time.monotonic()
        with runner() as on, pytest.raises((TimeUp, GivenUp)):
            on.run(job(work, 0.2))
        assert time.monotonic() - begun < 1.5

    where(check)


def test_jobs_of_the_main_thread_run_there() -> None:
    """Connections, figures and ``input()`` are at home on it; what is awaited runs on a thread with a loop of its own."""
    with runner() as on:
        assert on.run(job(threading.current_thread)) is threading.main_thread()
        assert on.run(job(greet)) == "hello from kimi-tool"


def test_jobs_off_the_main_thread_have_threads_of_their_own() -> None:
    """There a worker runs them, async ones too."""

    def check() -> None:
        with runner() as on:
            assert on.run(job(lambda: threading.current_thread().name)) == "kimi-tool"
            assert on.run(job(greet)) == "hello from kimi-tool"

    elsewhere(check)


@pytest.mark.parametrize("where", [here, elsewhere])
@pytest.mark.parametrize("work", [busy, doze], ids=["busy", "async"])
def test_a_stop_ends_the_job(where: Callable[[Callable[[], None]], None], work: Callable[[], Any]) -> None:
    """A stop from another thread is a KeyboardInterrupt for the one that runs the job, soon."""

    def check() -> None:
        begun = time.monotonic()
        with runner() as on:
            threading.Timer(0.1, on.interrupt).start()
            with pytest.raises(KeyboardInterrupt) as stopped:
                on.run(job(work))
        assert stopped.type is KeyboardInterrupt
        assert time.monotonic() - begun < 1.5

    where(check)


def test_jobs_run_at_the_same_time() -> None:
    """Three that wait for each other all end; each is told on the calling thread."""
    meeting, told = threading.Barrier(3), list[tuple[int, Any, threading.Thread]]()
    with runner() as on:
        run_together(
            on, [job(lambda: meeting.wait(5))] * 3, lambda at, get: told.append((at, get(), threading.current_thread()))
        )
    assert sorted(place for place, _, _ in told) == [0, 1, 2]
    assert {thread for _, _, thread in told} == {threading.main_thread()}


def test_one_of_several_that_takes_too_long_is_ended_alone() -> None:
    """The others give what they give."""
    ends: dict[int, str] = {}

    def tell(place: int, result: Callable[[], Any]) -> None:
        try:
            ends[place] = result()
        except TimeUp:
            ends[place] = "late"

    with runner() as on:
        run_together(on, [job(lambda: "one"), job(busy, 0.2), job(greet)], tell)
    assert ends == {0: "one", 1: "late", 2: "hello from kimi-tool"}


def test_a_stop_ends_all_that_run_together() -> None:
    """None of them goes on, and those that had not ended are not told."""
    told, before = list[int](), set(threading.enumerate())

    def work(on: Runner) -> None:
        run_together(on, [job(lambda: "one"), job(doze), job(doze)], lambda place, _: told.append(place))

    with runner() as on:
        threading.Timer(0.2, on.interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            work(on)
    assert told == [0]
    assert [thread.name for thread in threading.enumerate() if thread not in before and thread.name == "kimi-tool"] == []
