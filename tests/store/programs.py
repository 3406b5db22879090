"""Programs that use a store in a process of their own: ``python -m tests.store.programs NAME PATH [NUMBER]``.

Each prints a line for each thing that it has done; `started` runs one.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from kimi_magic.conversation import Conversation
from kimi_magic.errors import NotKept
from kimi_magic.store.sqlite import Store
from tests.store.samples import PICTURE, make_conversation, make_turn

Program = subprocess.Popen[str]
NOBODY = 65534


@contextmanager
def started(name: str, path: Path, *arguments: str) -> Iterator[Program]:
    """Run the program until the end of the block, and kill it then if it still runs."""
    command = [sys.executable, "-m", "tests.store.programs", name, str(path), *arguments]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as program:
        try:
            yield program
        finally:
            program.kill()


def said_by(program: Program, told: str = "") -> list[str]:
    """Tell the program ``told``, and return the lines that it prints until it ends by itself."""
    output, _ = program.communicate(told, timeout=30)
    assert program.returncode == 0
    return output.splitlines()


def _lock(path: str) -> None:
    """Hold the write lock until standard input ends."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        print("locked", flush=True)
        sys.stdin.read()


def _keep(path: str) -> None:
    """Keep turn after turn, each asked and then answered; print the number of each once it is kept."""
    store, conversation = Store(Path(path)), make_conversation(0)
    for number in count():
        answer = f"{number} " * 1000  # a payload of its own
        for turn in (make_turn(number, state="asked"), make_turn(number, answer)):
            conversation.put(turn)
            store.keep(conversation, turn, "a.ipynb")
        print(number, flush=True)


def _fill(path: str) -> None:
    """Keep turns in a file that may not grow beyond 256 KiB until that fails, then let it grow and keep one more."""
    import resource

    store, conversation = Store(Path(path)), make_conversation(0)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, most))
    for number in range(1000):
        try:
            _keep_next(store, conversation, number)
        except NotKept as error:
            print(error)
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    _keep_next(store, conversation, len(conversation.turns))
    print(len(conversation.turns))


def _keep_next(store: Store, conversation: Conversation, number: int) -> None:
    conversation.put(make_turn(number, f"{number} {PICTURE}"))
    store.keep(conversation, conversation.turns[-1])


def _write_as_nobody(path: str) -> None:
    """Try to keep a turn as a user who may only read, then read. Root may do everything, so it steps down first."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    store = Store(Path(path))
    try:
        store.keep(make_conversation(0), make_turn(1))
    except NotKept as error:
        print(error)
    try:
        print(sum(len(each.turns) for each in store.load("")))
    except NotKept as error:
        print(error)


def _wait_and_keep(path: str, number: str) -> None:
    """Say that all is imported, wait for a line, then keep a turn in a conversation of its own."""
    print("ready", flush=True)
    sys.stdin.readline()
    Store(Path(path)).keep(make_conversation(0, name=number), make_turn(int(number)))
    print("kept", flush=True)


def _fork(path: str) -> None:
    """Keep a turn, fork, and keep 300 more in the parent and in the child at once; print who is done."""
    store = Store(Path(path))
    store.keep(make_conversation(0, "before"), make_turn(0))
    child = os.fork()
    name = "parent" if child else "child"
    for number in range(300):
        store.keep(make_conversation(0, name), make_turn(number))
    print(name, flush=True)
    if child:
        assert os.waitpid(child, 0)[1] == 0


def _fork_while_waiting(path: str) -> None:
    """Fork while a thread waits in a keep for the file's lock; print what the child's own keep says."""
    store = Store(Path(path))
    store.keep(make_conversation(0), make_turn(0))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        threading.Thread(target=_keep_or_say, args=(store, "parent")).start()
        time.sleep(0.3)
        child = os.fork()
        if not child:
            _keep_or_say(store, "child")
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0


def _keep_or_say(store: Store, name: str) -> None:
    try:
        store.keep(make_conversation(0, name), make_turn(1))
    except NotKept as error:
        print(f"{name}: {error}", flush=True)


def _rerun(path: str, number: str) -> None:
    """Run the same five cells again and again in the conversation that another process works on too, and arrange it.

    Looks before each question for what the other one has done, as a kernel does.
    """
    print("ready", flush=True)
    sys.stdin.readline()
    store = Store(Path(path))
    [conversation] = store.load("a.ipynb")
    chance = random.Random(int(number))
    for run in range(40):
        if store.has_news():
            [now] = store.load("a.ipynb")
            conversation.take(now)
        cell = f"cell-{chance.randrange(5)}"
        turn = replace(make_turn(run), id=f"{number}-{run}", cell=cell, run=f"{number}-{run}", replaces=())
        turn = replace(turn, replaces=conversation.earlier(cell, turn.run))
        for each in (replace(turn, state="asked"), turn):
            conversation.put(each)
            _patiently(partial(store.keep, conversation, each, "a.ipynb"))
        chance.shuffle(conversation.entries)
        _patiently(partial(store.arrange, conversation))
    print("done", flush=True)


def _patiently(do: Callable[[], object]) -> None:
    """Try until the other process lets it: that can take longer than a store waits on a busy machine."""
    for _ in range(20):
        with suppress(NotKept):
            do()
            return


PROGRAMS: dict[str, Callable[..., None]] = {
    "lock": _lock,
    "keep": _keep,
    "fill": _fill,
    "write-as-nobody": _write_as_nobody,
    "race": _wait_and_keep,
    "rerun": _rerun,
    "fork": _fork,
    "fork-while-waiting": _fork_while_waiting,
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
