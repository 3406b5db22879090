"""A notebook's conversation comes back, follows its cells, and goes where the notebook goes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kimi_magic.commands.table import run
from kimi_magic.errors import KimiError
from kimi_magic.messages import Attachment, Image, Text
from tests.books import Book
from tests.conftest import KEY
from tests.scripted import ScriptedKimi
from tests.scripts import error, pieces

Open = Callable[..., Book]
PICTURE = "data:image/png;base64,iVBORw0KGgo="


def asked(kimi: ScriptedKimi, chat: int = -1) -> list[str]:
    """Return the questions that a request carried, the new one last."""
    return [one["content"] for one in kimi.chats[chat].json["messages"] if one["role"] == "user"]


def questions(book: Book, name: str = "main") -> list[str]:
    """Return the questions that stand in a conversation."""
    return [turn.prompt for turn in book.session.conversations.get(name).turns]


def marks(book: Book) -> list[str]:
    """Return the last column of /history."""
    return [row.split("|")[-2].strip() for row in run(book.session, "/history").splitlines()[2:]]


def test_a_restarted_kernel_knows_what_was_said(books: Open, kimi: ScriptedKimi) -> None:
    """After a restart one line says what came back, and the next question carries it as it was sent, pictures too."""
    one = books()
    one.ask("c1", "first", attachments=(Attachment("p", "figure", (Text("a figure"), Image(PICTURE))),))
    one.ask("c2", "second")
    before = kimi.chats[-1].json["messages"]
    one.save()
    one.restart()
    assert one.told == "Kimi: 2 turns came back (main 2). %kimi /history shows them, %kimi /new begins anew."
    one.ask("c3", "third")
    sent = kimi.chats[-1].json
    assert sent["messages"][: len(before)] == before
    assert sent["prompt_cache_key"] == kimi.chats[0].json["prompt_cache_key"]
    assert PICTURE in json.dumps(sent)


def test_a_notebook_that_was_never_saved_is_known(books: Open, kimi: ScriptedKimi) -> None:
    """What was asked since the file was saved, or without one, comes back too."""
    one = books()
    one.ask("c1")
    one.restart()
    one.ask("c2")
    assert asked(kimi) == ["c1", "c2"]
    one.arrange("other")
    one.save()
    os.utime(one.path, (1.0, 1.0))  # it was saved before anything was asked
    one.restart()
    one.ask("c3")
    assert asked(kimi) == ["c1", "c2", "c3"]


def test_a_cell_run_again_replaces_its_turn_and_sees_what_stands_above(books: Open, kimi: ScriptedKimi) -> None:
    """The turn takes the old one's place, later ones stay and are marked, and the next question sees all."""
    one = books()
    for cell in ("c1", "c2", "c3"):
        one.ask(cell)
    one.ask("c2", "c2 again")
    assert asked(kimi) == ["c1", "c2 again"]
    assert questions(one) == ["c1", "c2 again", "c3"]
    assert marks(one) == ["", "", "asked before a change above"]
    one.ask("c4")
    assert asked(kimi) == ["c1", "c2 again", "c3", "c4"]


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("saved", [False, True])
def test_run_all_twice_is_as_good_as_once(books: Open, kimi: ScriptedKimi, restarts: bool, saved: bool) -> None:
    """Each cell sends the same again, byte for byte, and the conversation has each question once."""
    one = books()
    for cell in ("c1", "c2", "c3"):
        one.ask(cell, f"{cell} one", f"{cell} two")
    if saved:
        one.save()
    if restarts:
        one.restart()
    for cell in ("c1", "c2", "c3"):
        one.ask(cell, f"{cell} one", f"{cell} two")
    first, second = [chat.json for chat in kimi.chats[:6]], [chat.json for chat in kimi.chats[6:]]
    assert first == second
    assert questions(one) == [f"c{n} {word}" for n in (1, 2, 3) for word in ("one", "two")]
    one.restart()
    assert questions(one) == [f"c{n} {word}" for n in (1, 2, 3) for word in ("one", "two")]
    assert marks(one) == [""] * 6


def test_a_shorter_run_takes_the_rest_away(books: Open) -> None:
    """A cell that asks less when it is run again leaves nothing of its earlier run."""
    one = books()
    one.ask("c1", "one", "two", "three")
    one.ask("c2")
    one.ask("c1", "one", "two")
    assert questions(one) == ["one", "two", "c2"]


def test_a_run_that_fails_leaves_what_stood_there(books: Open, kimi: ScriptedKimi) -> None:
    """Where the second run gets no answer, the first one still counts."""
    one = books()
    one.ask("c1")
    kimi.queue(error(400, "invalid_request_error", "bad"))
    with pytest.raises(KimiError):
        one.ask("c1", "c1 again")
    one.save()
    one.ask("c2")
    assert asked(kimi) == ["c1", "c2"]
    one.restart()
    one.ask("c3")
    assert asked(kimi) == ["c1", "c2", "c3"]


@pytest.mark.parametrize("line", ["-c other", "--once"])
def test_a_cell_that_asks_elsewhere_now(books: Open, kimi: ScriptedKimi, line: str) -> None:
    """A cell whose question goes to another conversation, or to none, takes its old turn along."""
    one = books()
    one.ask("c1")
    one.ask("c2")
    one.ask("c1", line=line)
    one.ask("c3")
    assert asked(kimi) == ["c2", "c3"]


def test_the_order_is_the_saved_notebooks(books: Open, kimi: ScriptedKimi) -> None:
    """Cells that were moved, or put between others, are sent in the order in which the notebook was saved."""
    one = books()
    for cell in ("c1", "c2", "c3"):
        one.ask(cell)
    one.arrange("c3", "c1", "new", "c2")
    one.save()
    one.ask("new")
    assert asked(kimi) == ["c3", "c1", "c2", "new"], "a new question sees the whole conversation"
    one.ask("c4")
    assert asked(kimi) == ["c3", "c1", "new", "c2", "c4"]
    one.ask("c2")
    assert asked(kimi) == ["c3", "c1", "new", "c2"]
    one.restart()
    assert questions(one) == ["c3", "c1", "new", "c2", "c4"]


def test_a_renamed_notebook_takes_its_conversation_along(books: Open, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """Between two kernels a notebook got another name: all comes back, and nothing stays behind under the old one."""
    one = books("old.ipynb")
    one.ask("c1", attachments=(Attachment("x", "value", (Text("x is 1"),)),))
    one.save().rename(tmp_path / "new.ipynb")
    two = books("new.ipynb")
    two.ask("c2")
    assert asked(kimi) == ["x is 1\n\nc1", "c2"]
    assert books("old.ipynb").told == ""


def test_a_copy_goes_its_own_way(books: Open, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """Original and copy both know what was said before, and neither sees what the other says afterwards."""
    one = books("a.ipynb")
    one.ask("c1", attachments=(Attachment("x", "value", (Text("x is 1"),)),))
    one.save()
    one.save(tmp_path / "b.ipynb")
    one.ask("c2", "only in a")
    two = books("b.ipynb")
    two.cells, two.outputs = {"c1": one.cells["c1"]}, {"c1": one.outputs["c1"]}
    two.ask("c2", "only in b")
    assert asked(kimi) == ["x is 1\n\nc1", "only in b"]
    two.ask("c1", "changed in b")
    one.ask("c3")
    assert asked(kimi) == ["x is 1\n\nc1", "only in a", "c3"]
    assert two.session.conversations.get("main").id != one.session.conversations.get("main").id


def test_a_copy_shows_what_it_shows(books: Open, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """Where the original has asked again since it was copied, the copy goes on with the answer that stands in it."""
    one = books("a.ipynb")
    one.ask("c1", "as it was")
    one.save()
    one.save(tmp_path / "b.ipynb")
    one.ask("c1", "as it is")
    one.save()
    two = books("b.ipynb")
    two.ask("c2")
    assert asked(kimi) == ["as it was", "c2"]


def test_another_machine_has_the_notebook_alone(
    books: Open, kimi: ScriptedKimi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions and answers come back from the outputs; what was attached is named as absent, to the user and to Kimi."""
    one = books()
    kimi.queue(pieces("It is 1."))
    one.ask("c1", attachments=(Attachment("x", "value", (Text("x is 1"),)),))
    one.ask("c2", line="-c plan")
    one.save()
    monkeypatch.setenv("KIMI_MAGIC_STORE", str(tmp_path / "another.sqlite"))
    two = books()
    assert two.told.startswith("Kimi: 2 turns came back (main 1, plan 1).")
    two.ask("c3", "and y?")
    first, second = asked(kimi)
    assert "x is 1" not in first
    assert '<attachment name="x" kind="value">' in first
    assert "not on this machine" in first
    assert second == "and y?"
    assert [one["content"] for one in kimi.chats[-1].json["messages"] if one["role"] == "assistant"] == ["It is 1."]
    assert "x (value, absent)" in run(two.session, "/history 1")
    two.restart()
    assert questions(two) == ["c1", "and y?"], "and it comes back once"


def test_cleared_outputs_change_nothing(books: Open, kimi: ScriptedKimi) -> None:
    """A notebook that was saved without outputs is known by its cells."""
    one = books()
    one.ask("c1")
    one.save(outputs=False)
    one.restart()
    one.ask("c2")
    assert asked(kimi) == ["c1", "c2"]


def test_an_older_version_of_the_file(books: Open, kimi: ScriptedKimi) -> None:
    """Turns that a checked out version does not have are kept, marked and not sent; /history brings one back."""
    one = books()
    one.ask("c1", "as it was")
    old = one.save().read_text()
    one.ask("c1", "as it is")
    one.ask("c2")
    new = one.save().read_text()
    one.path.write_text(old)
    one.restart()
    one.ask("c3")
    assert asked(kimi) == ["as it was", "c3"]
    assert sorted(zip(questions(one), marks(one), strict=True)) == [
        ("as it is", "not in the notebook's file, not sent"),
        ("as it was", ""),
        ("c2", "not in the notebook's file, not sent"),
        ("c3", ""),
    ]
    number = questions(one).index("c2") + 1
    assert "Brought back" in run(one.session, f"/history {number} back")
    one.ask("c4")
    assert sorted(asked(kimi)) == ["as it was", "c2", "c3", "c4"]
    one.path.write_text(new)
    one.restart()
    one.ask("c5")
    assert "as it is" in asked(kimi)
    assert "as it was" not in asked(kimi)


@pytest.mark.parametrize("restarts", [False, True])
def test_a_notebook_whose_cells_have_no_ids(books: Open, kimi: ScriptedKimi, restarts: bool) -> None:
    """Opened anew, cells have other ids: one that asks the same replaces its turn, and once more when it was changed."""
    one = books()
    one.ask("x1", "first")
    one.ask("x2", "second")
    one.save(ids=False)
    if restarts:
        one.restart()
    one.ask("y1", "first")
    one.ask("y2", "second")
    assert asked(kimi) == ["first", "second"]
    one.ask("y1", "first, changed")
    one.ask("y3", "second")
    assert asked(kimi) == ["first, changed", "second", "second"], "another cell can ask the same"


def test_two_kernels_on_one_notebook(books: Open, kimi: ScriptedKimi) -> None:
    """What one has asked the other knows with its next question, and nothing stands twice."""
    one, two = books(), books()
    one.ask("c1")
    two.ask("c2")
    one.ask("c3")
    assert asked(kimi) == ["c1", "c2", "c3"]
    two.ask("c1", "c1 again")
    one.ask("c4")
    assert asked(kimi) == ["c1 again", "c2", "c3", "c4"]
    run(two.session, "/new")
    one.ask("c5")
    assert asked(kimi) == ["c5"]
    assert run(two.session, "/conversations").count("\n") == 3


def test_two_notebooks_do_not_meet(books: Open, kimi: ScriptedKimi) -> None:
    """Each has its own conversation, whatever its cells are called."""
    one, two = books("a.ipynb"), books("b.ipynb")
    one.ask("c1", "in a")
    two.ask("c1", "in b")
    one.ask("c2", "more")
    assert asked(kimi) == ["in a", "more"]


def test_what_was_forgotten_does_not_come_back_from_the_outputs(books: Open, kimi: ScriptedKimi) -> None:
    """The notebook still shows the answer, and the next kernel does not take it from there."""
    one = books()
    one.ask("c1")
    one.ask("c2")
    one.save()
    run(one.session, "/forget 1")
    one.restart()
    one.ask("c3")
    assert asked(kimi) == ["c2", "c3"]
    one.save()
    run(one.session, "/forget all")
    one.restart()
    assert one.told == ""


def test_a_store_beside_the_notebook(books: Open, kimi: ScriptedKimi, tmp_path: Path, store: Path) -> None:
    """With that setting the turns lie in the notebook's folder, and go along when the folder is moved."""
    (tmp_path / "folder").mkdir()
    one = books("folder/a.ipynb", store="notebook")
    one.save()
    one.restart()
    one.ask("c1")
    one.save()
    assert (tmp_path / "folder" / ".kimi_magic.sqlite").stat().st_mode & 0o777 == 0o600
    assert not store.exists()
    one.close()
    (tmp_path / "folder").rename(tmp_path / "moved")
    two = books("moved/a.ipynb", store="notebook")
    two.ask("c2")
    assert asked(kimi) == ["c1", "c2"]


def test_no_store_at_all(books: Open, kimi: ScriptedKimi, store: Path) -> None:
    """With store "none" nothing is written; within the kernel all is the same, and the outputs are enough for the next."""
    one = books(store="none")
    one.ask("c1")
    one.ask("c2")
    assert asked(kimi) == ["c1", "c2"]
    one.save()
    one.restart()
    one.ask("c3")
    assert asked(kimi) == ["c1", "c2", "c3"]
    assert not store.exists()


def test_old_turns_go(books: Open) -> None:
    """With keep_days a notebook that nobody asked for so long is forgotten when the next one is opened."""
    one = books("a.ipynb")
    one.ask("c1")
    assert books("b.ipynb", keep_days=1).told == ""
    assert books("a.ipynb").told
    one.close()
    assert "0 turns older than 3 days" in run(books("b.ipynb").session, "/forget older 3")


@pytest.mark.parametrize("ids", [True, False])
def test_a_received_notebook_brings_back_what_it_shows_and_no_more(books: Open, kimi: ScriptedKimi, ids: bool) -> None:
    """A file that knows one turn's id gets that turn; what else was said in its notebook stays there, and so does it."""
    one = books("mine.ipynb")
    one.ask("c1", "shared question")
    one.ask("", "a private question of the panel")
    one.ask("c2", "private", line="-c secret")
    one.save()
    two = books("theirs.ipynb")
    two.cells, two.outputs = {"c1": one.cells["c1"]}, {"c1": one.outputs["c1"]}
    two.save(ids=ids)
    two.restart()
    two.ask("x9", "theirs")
    assert asked(kimi) == ["shared question", "theirs"]
    assert two.session.conversations.names == ["main"]
    one.restart()
    assert sorted(one.session.conversations.names) == ["main", "secret"]


def test_an_id_alone_proves_nothing(books: Open, kimi: ScriptedKimi) -> None:
    """Where the file tells another question or answer under an id, its own words count, without what went along."""
    one = books("mine.ipynb")
    one.ask("c1", "real", attachments=(Attachment("x", "value", (Text("PRIVATE"),)),))
    two = books("theirs.ipynb")
    two.cells, two.outputs = {"z1": "%kimi forged"}, {"z1": one.outputs["c1"]}
    two.save()
    two.restart()
    two.ask("z2", "more")
    assert "PRIVATE" not in json.dumps(kimi.chats[-1].json)
    assert "forged" in asked(kimi)[0]


def test_a_store_that_was_planted_is_refused(books: Open, tmp_path: Path) -> None:
    """Beside a notebook a link is not followed, and what it points at stays; the answer is shown, with a sentence."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / ".kimi_magic.sqlite").symlink_to(precious)
    one = books("a.ipynb", store="notebook")
    assert one.ask("c1") == [
        f"Nothing is kept: {tmp_path / '.kimi_magic.sqlite'} is a link, which somebody else may have made."
    ]
    assert precious.read_text() == "mine"


def test_a_key_that_the_service_repeats_stays_out(books: Open, kimi: ScriptedKimi, store: Path, tmp_path: Path) -> None:
    """In answer, thinking, an attachment's name or anywhere else the key gets into no output, file or store."""
    one = books()
    half = len(KEY) // 2
    kimi.queue(pieces("It is ", KEY[:half], KEY[half:], thinking=[KEY], finish=KEY))
    one.ask("c1", "my key?", attachments=(Attachment(KEY, "value", (Text(KEY),), note=KEY),))
    one.save()
    run(one.session, f"/export {tmp_path / 'talk.jsonl'}")
    one.close()
    for path in (store, one.path, tmp_path / "talk.jsonl"):
        assert KEY.encode() not in path.read_bytes()
    assert one.session.conversations.get("main").turns[0].answer.text == "It is ***"
