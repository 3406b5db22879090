"""`kimi_magic.store.sqlite`: a damaged file is set aside, never thrown away, and the conversation goes on."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kimi_magic.conversation import conversation_of
from kimi_magic.errors import NotKept
from kimi_magic.messages import Message, ToolCall
from kimi_magic.store.sqlite import Store
from tests.store.programs import said_by, started
from tests.store.samples import integrity, keep, make_conversation, make_turn, told


def cut_short(path: Path) -> None:
    """Leave half of the file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten(path: Path) -> None:
    """Put noise over everything."""
    path.write_bytes(bytes(range(256)) * 200)


def overwritten_behind_the_header(path: Path) -> None:
    """Leave the first page's header, and nothing else that makes sense."""
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * (path.stat().st_size - 100))


def a_text_file(path: Path) -> None:
    """Put a text in its place."""
    path.write_text("These are my notes, and no database at all.\n" * 10)


DAMAGES = [cut_short, overwritten, overwritten_behind_the_header, a_text_file]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_is_set_aside_and_the_turn_kept(path: Path, damage: Callable[[Path], None]) -> None:
    """The damaged bytes stay as they are under another name, the user is told once, and the conversation goes on."""
    keep(path)
    damage(path)
    damaged = path.read_bytes()
    conversation = make_conversation(3)
    with closing(Store(path)) as store:
        notice = store.keep(conversation, make_turn(2))
        assert store.keep(conversation, make_turn(2)) == ""
        assert told(*store.load("")) == told(conversation)
    [aside] = path.parent.glob("*.damaged-*")
    assert notice == f"The store was damaged: it is set aside as {aside}, and a new one is begun."
    assert aside.read_bytes() == damaged
    assert integrity(path) == "ok"


@pytest.mark.parametrize("damage", DAMAGES)
def test_loading_from_a_damaged_file_says_so_once(path: Path, damage: Callable[[Path], None]) -> None:
    """Reading a damaged file sets it aside too; after that there is nothing to read, and turns are kept again."""
    keep(path)
    damage(path)
    with closing(Store(path)) as store:
        with pytest.raises(NotKept, match=r"could not be read: the store was damaged and is set aside as .*damaged-"):
            store.load("")
        assert store.load("") == []
        assert store.keep(make_conversation(0), make_turn(1)) == ""


def test_damage_while_it_is_open_leaves_a_log_with_its_file(store: Store, path: Path) -> None:
    """A file that is damaged under an open store goes aside with its log, which may still hold good turns."""
    store.keep(make_conversation(0), make_turn(1))
    with closing(Store(path)) as other:
        path.write_bytes(b"\xff" * 8192)
        notice = other.keep(make_conversation(0, "other"), make_turn(1))
    assert "damaged" in notice
    assert len(list(path.parent.glob("*.damaged-*-wal"))) == 1
    assert store.keep(make_conversation(0), make_turn(2)) == ""
    assert {each.name for each in store.load("")} == {"main", "other"}


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_are_a_sentence_at_worst(path: Path, seed: int) -> None:
    """Whatever bytes are wrong, everything that is asked of the store either works or is NotKept."""
    conversation = conversation_of([make_turn(number, f"{number} " * 600) for number in range(40)], id="one")
    with closing(Store(path)) as store:
        store.keep_conversation(conversation)
    chance = random.Random(seed)
    damaged = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 20, 400])):
        damaged[chance.randrange(100, len(damaged))] = chance.randrange(256)
    path.write_bytes(damaged)
    asked: list[Callable[[Store], object]] = [
        lambda store: store.usage(),
        lambda store: store.kin(["turn-1"], [], "x"),
        lambda store: store.arrange(replace(conversation, entries=conversation.entries[::-1])),
        lambda store: store.read("one", [entry.id for entry in conversation.entries]),
        lambda store: store.load(""),
        lambda store: store.keep(conversation, make_turn(40)),
    ]
    with closing(Store(path)) as store:
        for ask in asked:
            with suppress(NotKept):
                ask(store)
    aside = [file for file in path.parent.glob("*.damaged-*") if file.name[-4:] not in ("-wal", "-shm")]
    assert len(aside) <= 1
    assert sum(file.stat().st_size for file in (path, *aside)) >= len(damaged)


def test_damaged_turn_that_is_read_later_sets_the_file_aside(path: Path) -> None:
    """Damage that loading has not met is found when the turn is wanted: the file goes aside, and a new one is begun."""
    with closing(Store(path)) as store:
        store.keep_conversation(conversation_of([make_turn(1, "x" * 50_000), make_turn(2)], id="one"))
    with closing(sqlite3.connect(path)) as db:
        [(page, size)] = db.execute(
            "SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = 'payloads'"
        )
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with closing(Store(path)) as store:
        [loaded] = store.load("")
        assert loaded.history() == (), "a question can go on without it"
        loaded.put(make_turn(3))
        assert "The store was damaged: it is set aside as" in store.keep(loaded, make_turn(3))
        assert store.load("")[0].turns[-1] == make_turn(3)


def test_two_damages_in_a_second_have_two_names(path: Path) -> None:
    """What was set aside is never overwritten by what is set aside next."""
    for _ in range(3):
        keep(path)
        overwritten(path)
    keep(path)
    assert len(list(path.parent.glob("*.damaged-*"))) == 3


def test_damaged_store_that_cannot_be_set_aside_is_named(open_folder: Path) -> None:
    """Where a damaged file cannot be renamed it stays, and both writing and reading say so."""
    path = open_folder / "store.sqlite"
    overwritten(path)
    open_folder.chmod(0o555)
    with started("write-as-nobody", path) as program:
        sentences = said_by(program)
    assert [sentence.partition(": ")[2] for sentence in sentences] == [
        f"the store is damaged, and cannot be set aside: Permission denied ({path})."
    ] * 2
    assert [file.name for file in open_folder.iterdir()] == ["store.sqlite"]


def test_turn_that_does_not_decode_is_a_sentence(store: Store, path: Path) -> None:
    """A turn whose words somebody changed into something else is reported, not raised as a foreign error."""
    store.keep(make_conversation(0), make_turn(1))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE documents SET document = '{\"id\": 7}'")
    [conversation] = store.load("")
    with pytest.raises(NotKept, match="could not be read: a stored turn is not in its form"):
        conversation.history()


WRONG: dict[str, Callable[[Any], object]] = {
    "a number for words": lambda d: d["said"][-1].update(content=5),
    "an object for arguments": lambda d: d["said"][1]["tool_calls"][0].update(arguments={"a": 1}),
    "a list for a name": lambda d: d["said"][1]["tool_calls"][0].update(name=["x"]),
    "a role of nobody": lambda d: d["said"][0].update(role="evil"),
    "words for a count": lambda d: d.update(usage={"prompt_tokens": "x", "completion_tokens": None}),
    "a number for the reason": lambda d: d.update(finish_reason=7),
    "a list for thinking": lambda d: d["said"][-1].update(reasoning=["a"]),
    "an object for an address": lambda d: d["said"][-1].update(content=[{"type": "image", "url": {"a": 1}}]),
    "words for a price": lambda d: d.update(cost="x"),
    "words for seconds": lambda d: d.update(seconds="z"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_turn_with_a_value_of_another_kind_is_a_sentence(store: Store, path: Path, change: Callable[[Any], object]) -> None:
    """Somebody else may have written the file beside a notebook: what a turn promises is held against each that is read."""
    call = Message("assistant", "", tool_calls=(ToolCall("1", "f", "{}"),))
    said = (Message("user", "Hi"), call, Message("tool", "1", tool_call_id="1"), Message("assistant", "Yes."))
    store.keep(make_conversation(0), replace(make_turn(1), said=said, attachments=()))
    with closing(sqlite3.connect(path)) as db, db:
        document = json.loads(db.execute("SELECT document FROM documents").fetchone()[0])
        change(document)
        db.execute("UPDATE documents SET document = ?", (json.dumps(document),))
    [conversation] = store.load("")
    with pytest.raises(NotKept, match="could not be read: a stored turn is not in its form"):
        conversation.history()


def test_turn_that_is_nested_too_deep_is_a_sentence(store: Store, path: Path) -> None:
    """A document of brackets alone ends in the same sentence."""
    store.keep(make_conversation(0), make_turn(1))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE documents SET document = ?", ("[" * 100_000,))
    [conversation] = store.load("")
    with pytest.raises(NotKept, match="could not be read: a stored turn is not in its form: it is nested too deep"):
        conversation.history()
