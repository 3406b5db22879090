"""Jobs wait for their turn."""

from __future__ import annotations

import threading

from kimi_magic.panel.asking import Job, Line


def test_a_job_waits_for_the_one_before_and_until_it_is_ready() -> None:
    """One after another, in their order; one that is not ready holds up those behind it."""
    done: list[str] = []
    gate, is_ready = threading.Event(), threading.Event()
    line = Line("test")
    line.put(Job(lambda: gate.wait(5)))
    line.put(Job(lambda: done.append("first")))
    line.put(Job(lambda: done.append("second"), is_ready=is_ready.is_set))
    line.put(Job(lambda: done.append("third")))
    gate.set()
    assert not line.rest(0.1)
    assert done == ["first"]
    is_ready.set()
    line.wake()
    assert line.rest(5)
    assert done == ["first", "second", "third"]


def test_what_waits_can_be_taken_back() -> None:
    """A job that has not begun can be removed, which is told; what has begun cannot."""
    told: list[list[str]] = []
    gate, began = threading.Event(), threading.Event()
    line = Line("test", lambda: told.append([job.text for job in line.waiting]))

    def take_long() -> None:
        began.set()
        gate.wait(5)

    first = line.put(Job(take_long, "first"))
    assert began.wait(5)
    second = line.put(Job(lambda: None, "second"))
    assert (line.remove(second.id), line.remove(first.id), line.remove("nobody's")) == (True, False, False)
    gate.set()
    assert line.rest(5)
    assert told[-2:] == [["second"], []]


def test_a_closed_line_begins_nothing_more() -> None:
    """What waits is forgotten."""
    done: list[int] = []
    line = Line("test")
    line.put(Job(lambda: done.append(1), is_ready=lambda: False))
    line.close()
    assert line.rest(1)
    assert done == []
