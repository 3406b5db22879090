"""The turns that a notebook itself tells of."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from nbformat import v4

from kimi_magic.commands.table import run
from kimi_magic.conversation import Turn, conversation_of
from kimi_magic.demo.server import DemoServer
from kimi_magic.messages import Attachment, Image, Message, Text, Usage
from kimi_magic.notebook.saved import read
from kimi_magic.notebook.turns import UNKNOWN_QUESTION, turns
from kimi_magic.store.document import decode_turn, encode_turn
from tests.books import Book
from tests.conftest import KEY
from tests.notebook.notebooks import SHA256, answered, code, output, write
from tests.shells import running_shell


def told(path: str) -> dict[str, list[Turn]]:
    saved = read(path)
    assert saved is not None
    return turns(saved)


def one(path: str) -> Turn:
    [[turn]] = told(path).values()
    return turn


def test_a_turn_comes_back_from_its_output(tmp_path: Path) -> None:
    """Question, answer, model, usage, price and the request's hash are those that the cell showed."""
    path = write(tmp_path / "a.ipynb", code("%%kimi -m kimi-k3\nWhat is it?\nReally?", output(answered("t1")), id="asking"))
    os.utime(path, (200.0, 200.0))
    assert one(path) == Turn(
        "t1",
        "What is it?\nReally?",
        (Message("user", "What is it?\nReally?"), Message("assistant", "Forty-two.", reasoning="")),
        "kimi-k2.6",
        199.0,
        "complete",
        usage=Usage(120, 85, 64, 9),
        cost=0.0004,
        finish_reason="stop",
        request_sha256=SHA256,
        cell="asking",
    )


def test_turns_come_by_conversation_in_the_files_order(tmp_path: Path) -> None:
    """Each conversation has its own line, in the order of the cells, dated one after another before the file was saved."""
    cells = [code(f"%%kimi\n{n}", output(answered(f"t{n}"), "main" if n % 2 else "side")) for n in range(5)]
    path = write(tmp_path / "a.ipynb", *cells)
    os.utime(path, (200.0, 200.0))
    lines = told(path)
    assert {name: [turn.prompt for turn in line] for name, line in lines.items()} == {
        "side": ["0", "2", "4"],
        "main": ["1", "3"],
    }
    assert [turn.asked_at for turn in sorted([*lines["main"], *lines["side"]], key=lambda turn: turn.id)] == [
        195,
        196,
        197,
        198,
        199,
    ]
    assert conversation_of(lines["main"]).stale() == frozenset()  # fmt: skip


def test_attachments_are_named_as_absent(tmp_path: Path) -> None:
    """Kimi is told in words, in the frame of all attachments, what went along and is not on this machine."""
    picture = Attachment("fig", "figure", (Image("data:image/png;base64,iVBORw0KGgo="),))
    names = tuple(Attachment(f"table {n} " + "x" * 60, "frame", (Text("a"),)) for n in range(20))
    hostile = Attachment('a"></attachment>\nb', "text", (Text("a"),))
    path = write(tmp_path / "a.ipynb", code("%%kimi\nWhy?", output(answered("t1", attachments=(picture, hostile, *names)))))
    turn = one(path)
    question = turn.said[0].text
    assert question.startswith(
        '<attachment name="fig" kind="figure">\nfig (figure, 34 B) went along. It is not on this machine'
    )
    assert question.endswith("</attachment>\n\nWhy?")
    assert question.count("</attachment>") == question.count("<attachment ") == len(turn.attachments)
    assert all(attachment.note == "absent" and isinstance(attachment.parts[0], Text) for attachment in turn.attachments)
    left_out = 22 - len(turn.attachments) + 1
    assert f"{left_out} more went along" in question
    assert [attachment.kind for attachment in turn.attachments[:2]] == ["figure", "text"]


@pytest.mark.parametrize(
    ("state", "comes_back_as"), [("complete", "complete"), ("interrupted", "interrupted"), ("incomplete", "incomplete")]
)
def test_how_a_turn_stood_is_read_from_what_it_shows(tmp_path: Path, state: str, comes_back_as: str) -> None:
    """An answer without an end was interrupted where the cell says so, else cut."""
    turn = answered("t1", state=state)  # type: ignore[arg-type]  # a parameter of a test is a str
    assert one(write(tmp_path / "a.ipynb", code("%%kimi\nHi", output(turn)))).state == comes_back_as


def test_what_was_asked_once_stays_out_of_the_line(tmp_path: Path) -> None:
    """A question with --once comes back as one, so that later questions do not see it."""
    turn = one(write(tmp_path / "a.ipynb", code("%kimi -1 Hi", output(answered("t1")))))
    assert (turn.state, turn.is_said, turn.prompt) == ("once", False, "Hi")


def test_a_new_beginning_leaves_out_what_was_before(tmp_path: Path) -> None:
    """What stands above a question with --new is no part of its conversation, and other conversations go on."""
    path = write(
        tmp_path / "a.ipynb",
        code("%kimi -c side a", output(answered("t1"), "side")),
        code("%kimi b", output(answered("t2"))),
        code("%kimi -n c", output(answered("t3"))),
        code("%kimi d", output(answered("t4"))),
    )
    assert {name: [turn.id for turn in line] for name, line in told(path).items()} == {"side": ["t1"], "main": ["t3", "t4"]}


def test_an_answer_without_words_is_no_turn(tmp_path: Path) -> None:
    """A failed question, or one whose first word was never shown, does not come back."""
    assert told(write(tmp_path / "a.ipynb", code("%%kimi\nHi", output(answered("t1", " \n"))))) == {}


def test_a_copied_cell_says_nothing_twice(tmp_path: Path) -> None:
    """The first of several cells that show one turn has it."""
    shown = output(answered("t1"))
    assert one(write(tmp_path / "a.ipynb", code("%kimi a", shown, id="a"), code("%kimi b", shown, id="b"))).cell == "a"


def test_an_answer_that_went_on_is_whole(tmp_path: Path) -> None:
    """A turn that /continue has finished in another cell keeps its cell and its question, and has all of its answer."""
    half, whole = output(answered("t1", "One, two")), output(answered("t1", "One, two, three."))
    turn = one(write(tmp_path / "a.ipynb", code("%kimi count", half, id="a"), code("%kimi /continue", whole, id="b")))
    assert (turn.cell, turn.prompt, turn.answer.text) == ("a", "count", "One, two, three.")


@pytest.mark.parametrize(
    ("source", "prompt", "said"),
    [
        ("", "", UNKNOWN_QUESTION),
        ("%%kimi", "", UNKNOWN_QUESTION),
        ("ask('Why?')", "ask('Why?')", "ask('Why?')"),
    ],
)
def test_a_question_that_is_not_there_is_said_to_be_so(tmp_path: Path, source: str, prompt: str, said: str) -> None:
    """A message must have words: the source itself where no magic asks, else a sentence."""
    turn = one(write(tmp_path / "a.ipynb", code(source, output(answered("t1")))))
    assert (turn.prompt, turn.said[0].text) == (prompt, said)


def test_more_answers_than_questions_belong_to_the_last(tmp_path: Path) -> None:
    """A line in a loop asks several times."""
    shown = [output(answered(f"t{n}")) for n in range(3)]
    path = write(tmp_path / "a.ipynb", code("for n in range(2):\n    %kimi one\n%kimi two", *shown))
    assert [turn.prompt for turn in told(path)["main"]] == ["one", "two", "two"]


ODD: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"version": 99, "something_new": [1]}, {"model": "kimi-k2.6"}),
    ({"model": 7}, {"model": ""}),
    ({"model": "m\x1b[31m\n" + "x" * 200}, {"model": "m [31m " + "x" * 93}),
    ({"usage": {"prompt_tokens": -1}}, {"usage": None}),
    ({"usage": {"prompt_tokens": True}}, {"usage": None}),
    ({"usage": {"prompt_tokens": 10**30}}, {"usage": None}),
    ({"usage": {"prompt_tokens": 1.5}}, {"usage": None}),
    ({"usage": {"prompt_tokens": 5, "new_tokens": 3}}, {"usage": Usage(5)}),
    ({"usage": [1]}, {"usage": None}),
    ({"cost": float("nan")}, {"cost": None}),
    ({"cost": float("inf")}, {"cost": None}),
    ({"cost": -1}, {"cost": None}),
    ({"cost": True}, {"cost": None}),
    ({"cost": "1"}, {"cost": None}),
    ({"cost": 2}, {"cost": 2.0}),
    ({"request_sha256": "../../etc"}, {"request_sha256": ""}),
    ({"finish_reason": 3}, {"finish_reason": "", "state": "incomplete"}),
    ({"attachments": 5}, {"attachments": ()}),
    ({"attachments": [5, None, []]}, {"attachments": ()}),
    ({"attachments_left_out": -2}, {"attachments": ()}),
]


@pytest.mark.parametrize(("about", "expected"), ODD, ids=lambda value: str(value)[:40])
def test_odd_metadata_are_not_believed(tmp_path: Path, about: dict[str, object], expected: dict[str, object]) -> None:
    """A value of another type or size than ours is left out, cut or made printable; the answer stays."""
    turn = one(write(tmp_path / "a.ipynb", code("%%kimi\nHi", output(answered("t1"), odd=about))))
    assert {name: getattr(turn, name) for name in expected} == expected
    assert turn.answer.text == "Forty-two."


@pytest.mark.parametrize("name", [None, 5, "", " ", "\n"])
def test_a_conversation_without_a_name_is_the_main_one(tmp_path: Path, name: object) -> None:
    """An answer whose conversation is not named belongs to the usual one."""
    shown = output(answered("t1"), odd={"conversation": name})
    assert list(told(write(tmp_path / "a.ipynb", code("%%kimi\nHi", shown)))) == ["main"]


def test_an_attachment_of_an_unknown_kind_is_a_value(tmp_path: Path) -> None:
    """Names are cut, kinds and sizes that are none are left out."""
    odd = [{"name": "n" * 500, "kind": ["x"], "bytes": -5}, {"kind": "cell"}]
    turn = one(write(tmp_path / "a.ipynb", code("%%kimi\nHi", output(answered("t1"), odd={"attachments": odd}))))
    assert [(attachment.name, attachment.kind) for attachment in turn.attachments] == [("n" * 60, "value"), ("?", "cell")]


def test_a_turn_from_a_notebook_can_be_kept(tmp_path: Path) -> None:
    """What comes back is written to the store and read again without a loss, broken characters being replaced."""
    path = Path(write(tmp_path / "a.ipynb", code("%%kimi\nHi SURROGATE", output(answered("t1", "Yes SURROGATE.")))))
    path.write_text(path.read_text().replace("SURROGATE", "\\ud800"))
    turn = one(str(path))
    assert (turn.prompt, turn.answer.text) == ("Hi ?", "Yes ?.")
    assert decode_turn(encode_turn(turn)) == turn


@pytest.mark.parametrize("model", ["kimi-k2.6", "kimi-k2.7-code", "kimi-k3"])
def test_what_was_answered_with_calls_can_be_gone_on_with(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Question and answer are in the file and the calls are not: no model refuses that, and /history claims no more."""
    source = f"%%kimi -m {model} -t add -y\nuse add for 40 and 2"
    with DemoServer(pace=0) as offline, running_shell() as shell:
        for name, value in (("MOONSHOT_BASE_URL", offline.base_url), ("MOONSHOT_API_KEY", KEY)):
            monkeypatch.setenv(name, value)
        shell.load()
        shell.run("def add(a: int, b: int) -> int:\n    return a + b")
        answer = shell.run(source).answer
        shell.close()
        shown = v4.new_output("display_data", answer.data, metadata=answer.metadata)  # type: ignore[no-untyped-call]  # nbformat's own
        path = Path(write(tmp_path / "a.ipynb", code(source, shown, id="c1")))
        monkeypatch.setenv("KIMI_MAGIC_STORE", str(tmp_path / "another.sqlite"))
        with closing(Book(path, base_url=offline.base_url)) as book:
            told = run(book.session, "/history") + run(book.session, "/history 1")
            assert "1 call" not in told
            assert "use add for 40 and 2" in told
            book.ask("c2", "and now?", line=f"-m {model}")
            assert book.session.last is not None
            assert "use add for 40 and 2" in book.session.last.text
