"""`kimi_magic.store.spending`: what was used and paid is summed up from columns."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from kimi_magic.conversation import Turn, conversation_of
from kimi_magic.messages import Usage
from kimi_magic.store.spending import Spent
from kimi_magic.store.sqlite import Store
from tests.store.samples import make_turn

NOON = datetime(2026, 11, 30, 12).timestamp()
"""Where this computer stands."""
DAY = 86_400


def paid(number: int, cost: float | None = 0.25, day: int = 0, model: str = "kimi-k3") -> Turn:
    """Return a turn that was asked at noon of that day, with some usage."""
    usage = Usage(100, 10, 50, 5)
    return replace(make_turn(number), model=model, asked_at=NOON + day * DAY, usage=usage, cost=cost)


def test_turns_are_summed_up_by_day_and_model(store: Store) -> None:
    """Each notebook, conversation, day and model has a line; unknown prices and cached answers are counted apart."""
    turns = [paid(1), paid(2), paid(3, None), replace(paid(4, 0.0), usage=None, is_cached=True), paid(5, day=1)]
    store.keep_conversation(conversation_of([*turns, paid(6, model="kimi-k2.6", day=1)]), "a.ipynb")
    store.keep_conversation(conversation_of([paid(7)], "side"), "b.ipynb")
    first, other, *second = store.usage()
    assert first == Spent("a.ipynb", "main", "2026-11-30", "kimi-k3", 4, Usage(300, 30, 150, 15), 0.5, 1, 1)
    assert (other.notebook, other.conversation, other.turns) == ("b.ipynb", "side", 1)
    assert [(one.day, one.model) for one in second] == [("2026-12-01", "kimi-k2.6"), ("2026-12-01", "kimi-k3")]
    assert store.usage("b.ipynb") == [other]
    assert store.usage("a.ipynb", since=NOON + DAY) == second
    assert store.usage("nobody's") == []


def test_what_became_of_a_turn_changes_no_bill(store: Store) -> None:
    """Replaced, undone and failed turns count like others; a refused question is not taken for one of unknown price."""
    line = conversation_of([paid(1), paid(2)])
    failed = replace(make_turn(9, state="failed"), model="kimi-k3", asked_at=NOON)
    for turn in (paid(1), replace(paid(2), state="undone"), replace(paid(3), replaces=("turn-1",)), failed):
        line.put(turn)
        store.keep(line, turn)
    [spent] = store.usage()
    assert (spent.turns, spent.cost, spent.unpriced) == (4, 0.75, 0)


def test_copied_turns_count_once(store: Store) -> None:
    """A copied notebook has not paid for the turns that it took over, only for those that it asked."""
    store.keep_conversation(conversation_of([paid(1), paid(2)]), "a.ipynb")
    copy = conversation_of([paid(1), paid(2)])
    store.keep_conversation(copy, "b.ipynb")
    store.keep(copy, paid(3), "b.ipynb")
    assert [(one.notebook, one.turns) for one in store.usage()] == [("a.ipynb", 2), ("b.ipynb", 1)]


def test_absurd_counts_are_no_obstacle(store: Store) -> None:
    """A service that counts more tokens than fit into the file's numbers keeps no turn from being kept and summed up."""
    for number in range(3):
        turn = replace(paid(number), usage=Usage(10**30, 1), tokens=10**30)
        store.keep(conversation_of([turn], id="one"), turn)
    assert store.usage()[0].turns == 3
    assert store.load("")[0].turns[0].usage == Usage(10**30, 1)


def test_unused_store_has_spent_nothing(store: Store, path: Path) -> None:
    """Where no file is, there is no line, and none is made."""
    assert store.usage(since=time.time()) == []
    assert not path.exists()
