"""`kimi_magic.store`: threads, kernels and forked children share one file, and nothing is lost or doubled."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from kimi_magic.store.sqlite import Store
from tests.store.programs import said_by, started
from tests.store.samples import integrity, make_conversation, make_turn


def select(path: Path, query: str) -> list[tuple[object, ...]]:
    """Return what another program finds in the file."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def test_two_kernels_add_to_one_conversation(store: Store, path: Path) -> None:
    """Turns that two stores add by turns are all there, in the order in which they were kept."""
    with closing(Store(path)) as other:
        for number in range(6):
            chosen = (store, other)[number % 2]
            chosen.keep(make_conversation(0), make_turn(number))
        assert [turn.id for turn in store.load("")[0].turns] == [f"turn-{number}" for number in range(6)]


def test_many_threads_share_a_store(store: Store) -> None:
    """Turns that eight threads keep at once are all there."""

    def keep(number: int) -> str:
        return store.keep(make_conversation(0, name=str(number % 8)), make_turn(number))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(keep, range(200))) == {""}
    assert sum(len(conversation.turns) for conversation in store.load("")) == 200


def test_two_processes_replace_and_arrange_at_once(store: Store, path: Path) -> None:
    """Two kernels that run the same cells again lose no turn, double none, and agree about the order."""
    store.keep_conversation(make_conversation(2), "a.ipynb")
    with ExitStack() as stack:
        programs = [stack.enter_context(started("rerun", path, str(number))) for number in range(2)]
        assert all(program.stdout and program.stdout.readline() == "ready\n" for program in programs)
        for program in programs:
            assert program.stdin
            program.stdin.write("go\n")
            program.stdin.flush()
        assert [said_by(program) for program in programs] == [["done"]] * 2
    [loaded] = store.load("a.ipynb")
    everything = {f"{number}-{run}" for number in range(2) for run in range(40)} | {"turn-0", "turn-1"}
    assert {turn.id for turn in store.read(loaded.id, [*everything])} == everything
    standing = [entry.id for entry in loaded.entries]
    assert len(standing) == len(set(standing))
    replaced = {turn.id for turn in store.read(loaded.id, [*everything]) if turn.state == "replaced"}
    assert replaced == everything - set(standing)
    assert {"turn-0", "turn-1"} <= set(standing)
    assert all(state == "complete" for state in (entry.state for entry in loaded.entries))
    places = select(path, "SELECT count(*), count(DISTINCT position) FROM turns")
    assert places == [(82, 82)]


def test_two_threads_replace_and_arrange_at_once(store: Store) -> None:
    """Two threads that share a store and put their turns at the same places lose none."""
    conversation = make_conversation(2)
    store.keep_conversation(conversation)

    def work(name: str) -> None:
        [own] = store.load("")
        for number in range(50):
            new = replace(make_turn(number), id=f"{name}-{number}")
            own.entries.insert(1, new.entry)
            store.keep(own, new)
            store.arrange(own)
            own.read_turns(own.entries[:1])

    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(work, ("one", "two"))] == [None, None]
    standing = [entry.id for entry in store.load("")[0].entries]
    assert len(standing) == len(set(standing)) == 102
    for name in ("one", "two"):
        assert [id for id in standing if id.startswith(name)] == [f"{name}-{number}" for number in reversed(range(50))]  # noqa: A001 the field's name


def test_many_processes_begin_a_store_at_once(store: Store, path: Path) -> None:
    """Eight processes that make the same new file at the same moment all keep their turn."""
    with ExitStack() as stack:
        programs = [stack.enter_context(started("race", path, str(number))) for number in range(8)]
        assert all(program.stdout and program.stdout.readline() == "ready\n" for program in programs)
        assert [said_by(program, "go\n") for program in programs] == [["kept"]] * 8
        assert len(store.load("")) == 8


def test_forked_child_opens_its_own(store: Store, path: Path) -> None:
    """After a fork parent and child both keep turns at once with what was one store, and none is lost."""
    with started("fork", path) as program:
        assert sorted(said_by(program)) == ["child", "parent"]
    kept = {conversation.name: len(conversation.turns) for conversation in store.load("")}
    assert kept == {"before": 1, "child": 300, "parent": 300}
    assert integrity(path) == "ok"


def test_child_does_not_wait_for_its_parents_threads(path: Path) -> None:
    """A child that is forked while a thread is keeping a turn is not stopped for ever by that thread's lock."""
    with started("fork-while-waiting", path) as program:
        assert sorted(line[:6] for line in said_by(program)) == ["child:", "parent"]
