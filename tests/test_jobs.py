"""Answers that arrive while other things happen: threads that really run."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from kimi_magic.answer import Answer
from kimi_magic.errors import Interrupted, KimiError, ServiceError, UsageError
from kimi_magic.jobs import MOST_FINISHED, Coming, Jobs

CODE = "Here:\n\n```python\nx = 1\n```\n"


class Kettle:
    """Something that takes its time: it answers when it is opened, and is interrupted when it is stopped."""

    def __init__(self, text: str = CODE) -> None:
        self.text = text
        self.opened, self.stops = threading.Event(), 0

    def ask(self) -> Answer:
        """Wait, then answer."""
        assert self.opened.wait(10)
        if self.stops:
            raise Interrupted("Stopped.")
        return Answer(self.text)

    def stop(self) -> None:
        """End it here."""
        self.stops += 1
        self.opened.set()


@pytest.fixture
def kettle() -> Iterator[Kettle]:
    kettle = Kettle()
    yield kettle
    kettle.opened.set()


def started(kettle: Kettle) -> Coming:
    return Jobs().start("Why?", kettle.ask, kettle.stop, "cell", "run")


def failed(error: BaseException) -> Coming:
    def ask() -> Answer:
        raise error

    coming = Jobs().start("Why?", ask, lambda: None)
    coming.settle(10)
    return coming


def test_an_answer_that_has_come_reads_like_one(kettle: Kettle) -> None:
    """Text, code, representations and bundle are the answer's own."""
    coming = started(kettle)
    kettle.opened.set()
    answer = coming.wait()
    assert coming.is_done
    assert (coming.text, coming.code, coming.state, str(coming)) == (CODE, answer.code, "complete", CODE)
    assert (repr(coming), coming._repr_mimebundle_()) == (repr(answer), answer._repr_mimebundle_())
    assert (coming.question, coming.cell, coming.run, coming.standing) == ("Why?", "cell", "run", "done")
    assert coming.elapsed is not None
    assert coming.elapsed < 10


def test_an_answer_that_arrives_says_so(kettle: Kettle) -> None:
    """Nothing of it can be read; the message names the two ways to wait, and a notebook shows how it stands."""
    coming = started(kettle)
    assert not coming.is_done
    for read in (lambda: coming.text, lambda: coming.code, lambda: str(coming), lambda: f"{coming}"):
        with pytest.raises(UsageError, match=r"still arriving: answer\.wait\(\) or `await answer`"):
            read()
    assert "arriving for 0 s" in repr(coming)
    assert coming._repr_mimebundle_() == {"text/plain": repr(coming)}
    assert "text" in dir(coming)


def test_what_an_answer_never_has_is_no_attribute(kettle: Kettle) -> None:
    """Libraries that look what an object can do find an AttributeError, while it arrives and after."""
    coming = started(kettle)
    assert not hasattr(coming, "shape")
    assert not hasattr(coming, "_repr_html_")
    kettle.opened.set()
    coming.wait()
    assert not hasattr(coming, "shape")


def test_waiting_ends_in_time(kettle: Kettle) -> None:
    """After the time-out a sentence says that the answer goes on; it can still be waited for."""
    coming = started(kettle)
    for timeout in (0.05, 0, -1):
        with pytest.raises(UsageError, match=f"did not come within {timeout} s, and goes on"):
            coming.wait(timeout)
    kettle.opened.set()
    assert coming.wait(10).text == CODE


@pytest.mark.parametrize("error", [ServiceError("Overloaded.", status=503), ValueError("a mistake"), TimeoutError("slow")])
def test_an_error_is_raised_to_who_asks(error: Exception) -> None:
    """Waiting, awaiting and reading raise the answer's own error, each time; the representation tells it."""
    coming = failed(error)
    for _ in range(2):
        with pytest.raises(type(error), match=str(error)):
            coming.wait(5)
    with pytest.raises(type(error)):
        _ = coming.text
    with pytest.raises(type(error)):
        asyncio.run(awaited(coming))
    assert repr(coming) == f"<answer 1, failed: {error}>"
    assert coming._repr_mimebundle_() == {"text/plain": repr(coming)}


def test_an_end_of_everything_ends_only_the_answer() -> None:
    """A SystemExit in the thread reaches who waits as an error, not as the end of the program; nothing odd is printed."""
    coming = failed(SystemExit(3))
    with pytest.raises(KimiError, match="broken off by SystemExit"):
        coming.wait()
    assert "\x1b" not in repr(failed(KimiError("red \x1b[31m")))


async def awaited(coming: Coming) -> Answer:
    return await coming


def test_awaiting_leaves_the_loop_free(kettle: Kettle) -> None:
    """Other tasks go on while an answer is awaited, by several at once."""

    async def main() -> list[Answer]:
        coming = started(kettle)
        waiting = [asyncio.create_task(awaited(coming)) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        kettle.opened.set()
        return [*await asyncio.gather(*waiting), await coming]

    assert [answer.text for answer in asyncio.run(main())] == [CODE] * 3


def test_who_awaits_no_more_does_not_stop_the_answer(kettle: Kettle) -> None:
    """A cancelled await, and a loop that is closed meanwhile, leave the answer arriving."""

    async def main() -> Coming:
        coming = started(kettle)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(awaited(coming), 0.05)
        task = asyncio.create_task(awaited(coming))
        await asyncio.sleep(0.01)
        task.cancel()
        return coming

    coming = asyncio.run(main())
    assert (coming.is_done, kettle.stops) == (False, 0)
    kettle.opened.set()
    assert coming.wait(10).text == CODE


def test_stopping_reaches_the_answer_once_it_runs(kettle: Kettle) -> None:
    """It stands as stopping, then as stopped; to stop it when it is over does nothing."""
    coming = started(kettle)
    coming.stop()
    with pytest.raises(Interrupted):
        coming.wait(10)
    assert coming.standing == "stopped"
    coming.stop()
    assert kettle.stops == 1


def test_the_thread_has_a_name_and_the_context() -> None:
    """It is a daemon called kimi-job-N that sees the context variables of who asked."""
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("set")
    seen: list[object] = []

    def ask() -> Answer:
        thread = threading.current_thread()
        seen.extend((thread.name, thread.daemon, variable.get()))
        return Answer("")

    Jobs().start("?", ask, lambda: None).wait(10)
    assert seen == ["kimi-job-1", True, "set"]


def test_jobs_are_known_by_cell_and_number() -> None:
    """Those of a cell's other runs are found; one or all are stopped by number; a wrong number is told."""
    jobs, kettles = Jobs(), [Kettle() for _ in range(4)]
    places = [("a", "1"), ("a", "2"), ("b", "1"), ("", "")]
    first, second, third, fourth = (
        jobs.start("?", kettle.ask, kettle.stop, *place) for kettle, place in zip(kettles, places, strict=True)
    )
    assert jobs.of_cell("a", "2") == [first]
    assert jobs.of_cell("", "1") == []
    assert jobs.stop(2) == [second]
    second.settle(10)
    assert jobs.running() == [first, third, fourth]
    for number, says in ((2, "over already"), (9, "no job 9")):
        with pytest.raises(UsageError, match=says):
            jobs.stop(number)
    assert jobs.stop() == [first, third, fourth]
    jobs.wait_all()
    assert [one.standing for one in jobs.known()] == ["stopped"] * 4
    assert jobs.stop() == []


def test_only_the_last_ones_are_remembered(kettle: Kettle) -> None:
    """Twenty finished answers are known, and all that run, however old."""
    jobs = Jobs()
    old = jobs.start("old", kettle.ask, kettle.stop)
    for number in range(MOST_FINISHED + 10):
        jobs.start(str(number), lambda: Answer(""), lambda: None).wait(10)
    assert old in jobs.known()
    assert len(jobs.known()) <= MOST_FINISHED + 2
    assert jobs.running() == [old]


def test_waiting_for_all_waits_for_later_ones_too(kettle: Kettle) -> None:
    """One that begins while another is waited for is waited for as well; a failure stays with its answer."""
    jobs, later = Jobs(), list[Coming]()

    def ask() -> Answer:
        later.append(jobs.start("later", kettle.ask, kettle.stop))
        threading.Timer(0.1, kettle.opened.set).start()
        raise ServiceError("No.")

    first = jobs.start("first", ask, lambda: None)
    assert set(jobs.wait_all()) <= {first, *later}
    assert [one.standing for one in jobs.known()] == ["failed", "done"]


def test_an_interrupt_of_waiting_for_all_stops_them(kettle: Kettle) -> None:
    """Ctrl-C goes on as such, and each answer is asked to end."""
    jobs = Jobs()
    coming = jobs.start("?", kettle.ask, kettle.stop)
    threading.Timer(0.1, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        jobs.wait_all()
    coming.settle(10)
    assert coming.standing == "stopped"


def test_an_interrupt_ends_a_wait_and_not_the_answer(kettle: Kettle) -> None:
    """Ctrl-C while waiting is heard soon."""
    coming = started(kettle)
    threading.Timer(0.1, signal.raise_signal, [signal.SIGINT]).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        coming.wait(10)
    assert time.monotonic() - began < 2
    assert not coming.is_done


def test_an_interpreter_that_ends_waits_for_nobody() -> None:
    """A program with an answer under way ends at once."""
    code = (
        "import time; from kimi_magic.jobs import Jobs;"
        "Jobs().start('?', lambda: time.sleep(60), lambda: None); print('ended')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True)
    assert (done.stdout, done.stderr) == ("ended\n", "")
