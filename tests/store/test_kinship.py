"""`kimi_magic.store.kinship`: a renamed notebook is recognised, and a copy goes on by itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from kimi_magic.conversation import conversation_of
from kimi_magic.store.sqlite import Store
from tests.store.samples import FULL, make_conversation, make_picture_turn, make_turn, told


def keep_turns(store: Store, notebook: str, *numbers: int) -> None:
    """Keep turns of those numbers in that notebook, each asked by a cell of its number."""
    turns = [replace(make_turn(number), cell=f"cell-{number}") for number in numbers]
    store.keep_conversation(conversation_of(turns), notebook)


def test_kin_are_found_by_turns(store: Store) -> None:
    """The notebook that has the most of the turns is the first; one that has none, and the asking one, are not named."""
    for notebook, numbers in {"one": (4,), "": (1, 2, 3), "two": (2, 3, 4), "none": (9,), "me": (1, 2, 3, 4)}.items():
        keep_turns(store, notebook, *numbers)
    assert store.kin([f"turn-{number}" for number in (1, 2, 3, 4)], [], "me") == ["two", "", "one"]
    assert store.kin(["turn-4", "turn-3"], ["cell-9"], "me") == ["two", "one", ""]


def test_cells_count_where_no_turn_is_known(store: Store) -> None:
    """A notebook whose outputs were cleared is recognised by its cells; a cell without a name is nobody's."""
    keep_turns(store, "one", 1, 2)
    keep_turns(store, "two", 2, 3, 4)
    store.keep(make_conversation(0), make_turn(7), "without cells")
    assert store.kin([], ["cell-2", "cell-3", ""], "me") == ["two", "one"]
    assert store.kin([], [], "me") == []


def test_renamed_notebook_takes_its_conversations_along(store: Store) -> None:
    """What was said under the old name is there under the new one, and under the old one nothing."""
    store.keep_conversation(make_conversation(2), "old.ipynb")
    store.keep_conversation(make_conversation(1, "side"), "old.ipynb")
    store.adopt("old.ipynb", "new.ipynb")
    assert told(*store.load("new.ipynb")) == told(make_conversation(2), make_conversation(1, "side"))
    assert store.load("old.ipynb") == []


def test_copy_has_everything_and_goes_on_by_itself(store: Store, path: Path) -> None:
    """A copied notebook has the same turns; what changes in one of the two is not seen in the other; payloads are shared."""
    full = replace(FULL, exchange="")  # by that an answer is found where it was asked, and not in a copy
    original = conversation_of([make_turn(1), make_picture_turn(2), full, make_turn(3, "long " * 999)], id="one")
    store.keep_conversation(original, "a.ipynb")
    store.keep_conversation(conversation_of(original.turns, id="two"), "b.ipynb")
    [copy] = store.load("b.ipynb")
    assert copy.id != original.id
    assert (copy.entries, copy.turns) == (original.entries, original.turns)
    store.keep(copy, make_turn(1, "Changed in the copy"), "b.ipynb")
    store.forget_turn(copy.id, "turn-2")
    assert told(*store.load("a.ipynb")) == told(original)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM payloads").fetchone() == (2,)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    store.forget(original.id)
    assert [turn.answer.text for turn in store.load("b.ipynb")[0].turns][2] == "long " * 999


def test_without_a_file_there_are_no_kin(store: Store, path: Path) -> None:
    """Nothing is found, or adopted where nothing was kept, and no file is made for it."""
    assert store.kin(["turn-1"], ["cell-1"], "me") == []
    store.adopt("a", "b")
    assert not path.exists()
