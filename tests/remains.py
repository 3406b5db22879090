"""What a killed kernel has left, held against what it had acknowledged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kimi_magic.belonging import Notebook
from kimi_magic.conversation import Turn
from kimi_magic.options import parse
from kimi_magic.request import Question
from kimi_magic.session import Session
from kimi_magic.settings import Settings
from tests.kills import Place
from tests.scripts import pieces
from tests.story import STEPS, Step, said_after, states_after

_SOUND = {
    "PRAGMA integrity_check": [("ok",)],
    "PRAGMA foreign_key_check": [],
    "SELECT conversation, position FROM turns GROUP BY conversation, position HAVING count(*) > 1": [],
    "SELECT sha256 FROM payloads WHERE sha256 NOT IN (SELECT sha256 FROM uses)": [],
    "SELECT key FROM turns LEFT JOIN documents ON documents.turn = turns.key WHERE documents.turn IS NULL": [],
    "SELECT notebook, name FROM conversations GROUP BY notebook, name HAVING count(*) > 1": [],
}
"""What SQLite is asked, and what it has to say: whole, no reference to nothing, no place or name twice, no leftovers."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What was found: how many steps were acknowledged, how far the next one had come, and what is wrong, ``faults``.

    ``is_half_written`` tells whether the kernel was killed within a write: a transaction in the log lacks its end.
    """

    acknowledged: int
    in_flight: str
    is_half_written: bool
    faults: list[str]


def examine(place: Place) -> Remains:
    """Open the killed kernel's notebook in a new session, as the next kernel does, and ask the next question there.

    The environment has to name the place's store, its service and a key.
    """
    is_half_written = half_written(place.log)
    acknowledged = place.acknowledged
    notebook = Notebook(str(place.notebook))
    notebook.bring_back("local")
    session = Session(Settings(base_url=place.kimi.base_url), notebook)
    try:
        turns = _turns(session, place.store)
        steps, faults = _steps_kept(turns, acknowledged)
        faults += [*_misplaced(session, steps), *_unsound(place.store)]
        faults += [*_missent(place, session, steps), *_unsound(place.store)]
    finally:
        session.client.close()
        if session.store:
            session.store.close()
    return Remains(acknowledged, _in_flight(turns, steps, acknowledged), is_half_written, faults)


def half_written(log: Path) -> bool:
    """Whether a transaction in SQLite's log lacks its commit, which is a number of pages in its last frame's header."""
    written = log.read_bytes() if log.exists() else b""
    frame, salt = int.from_bytes(written[8:12]) + 24, written[16:24]
    starts = [at for at in range(32, len(written), frame) if written[at + 8 : at + 16] == salt]
    if not starts:
        return False
    last = starts[-1]
    return len(written) < last + frame or written[last + 4 : last + 8] == bytes(4)


def _turns(session: Session, path: Path) -> list[Turn]:
    """Return all turns that the store has, also those that stand in no conversation any more."""
    if session.store is None or not path.exists():
        return []
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT conversation, id FROM turns ORDER BY key").fetchall()
    return [turn for conversation, id_ in rows for turn in session.store.read(conversation, [id_])]


def _steps_kept(turns: list[Turn], acknowledged: int) -> tuple[tuple[Step, ...], list[str]]:
    """Return the steps that are kept, those that were acknowledged and perhaps the next one; and what else is wrong."""
    answered = [(turn.answer.text, turn.state) for turn in turns if turn.state != "asked"]
    waiting = [turn.prompt for turn in turns if turn.state == "asked"]
    next_ = [step.prompt for step in STEPS[acknowledged : acknowledged + 1]]
    faults = [f"these wait for an answer: {waiting}"] if waiting and waiting != next_ else []
    for count in (acknowledged, acknowledged + 1):
        expected = states_after(STEPS[:count])
        if len(answered) == len(expected) and dict(answered) == expected:
            return STEPS[:count], faults
    states = [(text[:40], state) for text, state in answered]
    return STEPS[:acknowledged], [*faults, f"after {acknowledged} steps the store has {states}"]


def _misplaced(session: Session, steps: tuple[Step, ...]) -> Iterator[str]:
    """Yield what the conversations, as they came back, do not have or have in another order."""
    for name in ("main", "aside"):
        conversation = session.conversations.find(name)
        turns = conversation.read_turns(conversation.above()) if conversation else []
        said = [step for step in said_after(steps) if step.conversation == name]
        if [(turn.prompt, turn.answer.text) for turn in turns] != [(step.prompt, step.answer) for step in said]:
            yield f"{name} came back as {[turn.prompt for turn in turns]}"
    if unknown := {*session.conversations.names} - {"main", "aside"}:
        yield f"there are conversations called {unknown}"


def _missent(place: Place, session: Session, steps: tuple[Step, ...]) -> Iterator[str]:
    """Ask what a new cell asks, and yield what the request should not have or lacks."""
    place.kimi.forget()
    place.kimi.queue(pieces("It goes on."))
    answer = session.ask(Question("And now?", "And now?", (), parse(""), "cell-new", "run-new"))
    messages = place.kimi.chats[-1].json["messages"][1:]
    said = [step for step in said_after(steps) if step.conversation == "main"]
    expected = [pair for step in said for pair in ((step.prompt, step.has_picture), (step.answer, False))]
    if [_sent(message) for message in messages] != [*expected, ("And now?", False)]:
        yield f"the next question carried {[_sent(message)[0][:40] for message in messages]}"
    if answer.text != "It goes on.":
        yield f"the next question was answered {answer.text!r}"


def _sent(message: dict[str, Any]) -> tuple[str, bool]:
    """Return the words of a message, without what was attached, and whether there is a picture."""
    content = message["content"]
    if isinstance(content, str):
        return content, False
    texts = [part["text"] for part in content if part["type"] == "text"]
    return texts[-1].rsplit("\n", 1)[-1], any(part["type"] == "image_url" for part in content)


def _unsound(path: Path) -> Iterator[str]:
    """Yield what SQLite finds wrong with the file."""
    if path.exists():
        with closing(sqlite3.connect(path)) as db:
            for query, expected in _SOUND.items():
                if (found := db.execute(query).fetchall()) != expected:
                    yield f"{query} finds {found}"


def _in_flight(turns: list[Turn], steps: tuple[Step, ...], acknowledged: int) -> str:
    """Return how far the step had come that was next."""
    if acknowledged == len(STEPS):
        return "all was done"
    step = STEPS[acknowledged].in_words
    if len(steps) > acknowledged:
        return f"{step}: kept, not acknowledged"
    return f"{step}: asked" if any(turn.state == "asked" for turn in turns) else f"before {step}"
