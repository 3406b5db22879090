"""Redraws come soon, and cost a small multiple of the answer however long it is."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kimi_magic.render.pace import LONGEST, SHORTEST, Pace


def redraws(pieces: int, per_second: float, weight: int = 15, frame: int = 1_000) -> tuple[list[float], int, int]:
    """Return the times of the redraws, the bytes sent with the last one, and the last one's size.

    A piece adds ``weight`` bytes to a page of ``frame`` bytes.
    """
    pace, times, sent, size = Pace(), [], 0, frame
    for piece in range(pieces):
        now, size = piece / per_second, size + weight
        if pace.due(now, size, size):
            pace.sent(now, size)
            times.append(now)
            sent += size
    return times, sent + size, size


@pytest.mark.parametrize("pieces", [2_000, 20_000])
@pytest.mark.parametrize("per_second", [1_000.0, 20_000.0, 200_000.0])
def test_a_fast_answer_costs_less_than_twelve_times_itself(pieces: int, per_second: float) -> None:
    """All redraws together stay below twelve times the last one, at any length."""
    _, sent, size = redraws(pieces, per_second)
    assert sent <= 12 * size


@pytest.mark.parametrize("per_second", [1.0, 30.0, 200.0, 20_000.0])
def test_the_first_redraw_is_at_once_and_the_next_ones_keep_their_distance(per_second: float) -> None:
    """The first piece is shown when it comes; afterwards a tenth of a second passes, but never much more than two."""
    times, _, _ = redraws(2_000, per_second)
    gaps = [after - before for before, after in pairwise(times)]
    assert times[0] == 0
    assert all(SHORTEST - 1e-9 <= gap <= LONGEST + 1 / per_second + 1e-9 for gap in gaps)


def test_a_slow_long_answer_is_redrawn_every_two_seconds() -> None:
    """Thirty pieces a second for ten minutes never look dead, and cost no more than a redraw each two seconds does."""
    times, _, _ = redraws(18_000, 30)
    assert times[-1] > 595
    assert max(after - before for before, after in pairwise(times)) < 2.1


@pytest.mark.parametrize(("pieces", "per_second", "longest"), [(400, 50, 0.2), (1_000, 100, 0.4), (3_000, 60, 1.1)])
def test_a_slow_answer_flows(pieces: int, per_second: float, longest: float) -> None:
    """At the speed of a model words are seen a fraction of a second after they came, for some 50 KB a second."""
    times, sent, _ = redraws(pieces, per_second)
    assert max(after - before for before, after in pairwise(times)) < longest
    assert sent < 60_000 * pieces / per_second


def test_without_seconds_only_the_size_counts() -> None:
    """Where a slow answer may cost no more than a fast one, a redraw that costs too much waits for two seconds."""
    pace = Pace(per_second=0)
    pace.sent(10.0, 50_000)
    assert pace.wait(10.5, 900, 900) == pytest.approx(LONGEST - 0.5)


def test_waiting_for_so_long_is_enough() -> None:
    """What `wait` returns is when `due` becomes true."""
    pace = Pace(per_second=50_000)
    pace.sent(10.0, 60_000)
    wait = pace.wait(10.5, 900, 900)
    assert wait == pytest.approx((60_000 + 900 - 8 * 1_024 - 8 * 900) / 50_000 - 0.5)
    assert not pace.due(10.5 + wait - 0.01, 900, 900)
    assert pace.due(10.5 + wait + 0.01, 900, 900)
