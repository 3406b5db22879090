"""How many answers arrive at once."""

from __future__ import annotations

import threading
import time

from kimi_magic.slots import Slots


def test_no_more_than_there_is_room_for() -> None:
    """With two slots the third waits, and comes when one is given back."""
    slots, inside, most = Slots(2), [0], [0]
    lock, go = threading.Lock(), threading.Event()

    def work() -> None:
        with slots.one() as got:
            assert got
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            go.wait(5)
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(5)
    assert inside == [0]
    assert 1 <= most[0] <= 2


def test_who_is_not_wanted_any_more_does_not_wait() -> None:
    """A question that was stopped while it waited for room gets none, and gives none back."""
    slots = Slots(1)
    with slots.one() as first:
        assert first
        with slots.one(lambda: False) as second:
            assert not second
    with slots.one() as third:
        assert third


def test_the_service_can_allow_fewer() -> None:
    """What the service said holds until it says something else, or the user does; silence changes nothing."""
    slots = Slots(5)
    slots.learn(2)
    slots.learn(0)
    slots.set(5)
    assert slots.most == 2
    slots.set(4)
    assert slots.most == 4
    slots.learn(2)
    slots.set(1)
    assert slots.most == 1


def test_who_waits_longest_comes_first() -> None:
    """Those who wait come in the order in which they began to; who is wanted no more is in nobody's way."""
    slots, came, wanted = Slots(1), list[int](), [True] * 4

    def work(number: int) -> None:
        with slots.one(lambda: wanted[number]) as got:
            if got:
                came.append(number)

    with slots.one():
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(slots._line) < number:
                time.sleep(0.001)
        wanted[1] = False
    for thread in threads:
        thread.join(5)
    assert came == [0, 2, 3]
