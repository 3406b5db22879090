"""The notebook: valid, readable, harmless, and the whole conversation again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest

from kimi_magic.conversation import Conversation, conversation_of
from kimi_magic.errors import UsageError
from kimi_magic.export.formats import exported, imported
from tests.export.samples import DOCUMENT, LARGE, PNG, TURNS, asked, bare, everything, hostile
from tests.export.test_inert import harm


def written(conversation: Conversation) -> Any:
    """Return the notebook as nbformat reads it."""
    return nbformat.reads(exported(conversation, ".ipynb").decode(), as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]  # nbformat has no types


def of_role(notebook: Any, role: str) -> list[Any]:
    return [cell for cell in notebook.cells if cell.metadata.kimi_magic.role == role]


@pytest.mark.parametrize("conversation", [everything(), hostile()], ids=["everything", "hostile"])
def test_the_notebook_is_valid(conversation: Conversation) -> None:
    """nbformat finds nothing wrong with it, in the version that has ids of cells; no code has run."""
    notebook = written(conversation)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_a_turn_comes_back_whole() -> None:
    """Prompt, messages, model, usage, cost, attachments, reasoning, state and time are the same; ids alone are new.

    It answers no question of this user's: ``--cache`` does not find it.
    """
    back = imported(exported(everything(), ".ipynb"), ".ipynb")
    assert [bare(turn) for turn in back.turns] == [bare(turn) for turn in TURNS]
    assert {turn.exchange for turn in back.turns} == {""} != {turn.exchange for turn in TURNS}
    assert (back.name, back.system, back.model) == ("sales", "Be brief.", "kimi-k3")


def test_hostile_texts_come_back_whole() -> None:
    """What is made harmless for the reader is untouched in what is read back."""
    before, back = hostile(), imported(exported(hostile(), ".ipynb"), ".ipynb")
    assert [bare(turn) for turn in back.turns] == [bare(turn) for turn in before.turns]
    assert back.name == before.name


def test_python_is_a_code_cell_and_all_else_is_markdown() -> None:
    """Closed Python blocks are cells of their own between the words; other languages and cut blocks stay fenced."""
    conversation = conversation_of([TURNS[4], TURNS[3]])
    parts = [(cell.cell_type, cell.source) for cell in of_role(written(conversation), "answer")]
    status = "*kimi-k2.6 · 3.2 s"
    assert parts == [
        ("markdown", "So:"),
        ("code", "x = 1 if a<b else 2"),
        ("markdown", f"or\n\n````md\n```\ninner\n```\n````\n\n```html\n<b>hi</b>\n```\n\n{status}*"),
        (
            "markdown",
            f"First:\n\n```python\nprint('half\n```\n\n**Interrupted: the answer stops here.**\n\n{status} · interrupted*",
        ),
    ]


def test_pictures_are_attachments_and_stand_there_once() -> None:
    """A question's safe pictures are attached and shown in its cell, and nothing long is stored twice."""
    question = of_role(written(everything()), "question")[0]
    assert "![fig](attachment:picture-1.png)\n\n![fig](attachment:picture-2.jpeg)" in question.source
    assert {name: list(bundle) for name, bundle in question.attachments.items()} == {
        "picture-1.png": ["image/png"],
        "picture-2.jpeg": ["image/jpeg"],
    }
    text = exported(everything(), ".ipynb").decode()
    assert text.count(PNG) == text.count(LARGE.url.partition(",")[2]) == text.count(DOCUMENT) == 1


def test_markdown_cells_are_harmless() -> None:
    """A notebook that is trusted runs nothing of the hostile texts and loads nothing but its own attachments."""
    sources = [cell.source for cell in written(hostile()).cells if cell.cell_type == "markdown"]
    assert len(sources) > 100
    assert [found for source in sources for found in harm(source)] == []


def test_no_half_character_is_in_the_file() -> None:
    """JupyterLab could not save such a notebook again: half characters are only in escaped form."""
    text = json.dumps(json.loads(exported(everything(), ".ipynb")), ensure_ascii=False)
    assert text.encode().decode() == text


def test_a_notebook_that_was_edited_gives_what_is_left() -> None:
    """Cells that were deleted, doubled, moved or added by hand make no trouble: questions count, in their order."""
    notebook = written(conversation_of([asked(n, f"q{n}", f"a{n}") for n in range(3)]))
    questions = of_role(notebook, "question")
    cells = [questions[2], nbformat.v4.new_markdown_cell("mine"), questions[0], questions[2]]  # type: ignore[no-untyped-call]  # nbformat has no types
    notebook.cells = cells
    back = imported(json.dumps(notebook).encode(), ".ipynb")
    assert [turn.prompt for turn in back.turns] == ["q2", "q0"]


def test_saving_it_elsewhere_changes_nothing() -> None:
    """Lists of lines, which other programs make of long texts, and whole numbers for round ones are read the same."""
    notebook = json.loads(exported(everything(), ".ipynb"))
    bundle = notebook["cells"][1]["attachments"]["picture-2.jpeg"]
    bundle["image/jpeg"] = [bundle["image/jpeg"][:76], bundle["image/jpeg"][76:]]
    assert bare(imported(json.dumps(notebook).encode(), ".ipynb").turns[0]) == bare(TURNS[0])


def _edited(change: Callable[[Any], object]) -> bytes:
    notebook = json.loads(exported(everything(), ".ipynb"))
    change(notebook)
    return json.dumps(notebook).encode()


def _question(notebook: Any) -> Any:
    return notebook["cells"][1]["metadata"]["kimi_magic"]


DAMAGED: dict[str, tuple[Callable[[Any], object], str]] = {
    "a picture is gone": (lambda n: n["cells"][1].pop("attachments"), "the picture picture-1.png is not attached any more"),
    "no document": (lambda n: _question(n).pop("document"), "damaged"),
    "no messages": (lambda n: _question(n)["document"].pop("said"), "a stored turn is not in its form"),
    "words for messages": (lambda n: _question(n)["document"].update(said="Hi"), "damaged"),
    "a time that is none": (lambda n: _question(n)["document"].update(asked_at="now"), "its asked_at is 'now'"),
    "a time that no calendar has": (lambda n: _question(n)["document"].update(asked_at=1e300), "out of bounds"),
    "a price of hundreds of digits": (lambda n: _question(n)["document"].update(cost=10**400), "out of bounds"),
    "an unknown state": (lambda n: _question(n)["document"].update(state="odd"), "its state or a role is unknown"),
    "tokens that are none": (
        lambda n: _question(n)["document"]["usage"].update(prompt_tokens="many"),
        "prompt_tokens is 'many'",
    ),
    "a text that is none": (lambda n: _question(n)["document"]["said"][0]["content"][0].update(url=7), "its url is '7'"),
    "JSON in a string, cut": (lambda n: _question(n).update(document='{"a": '), "damaged"),
    "texts that are none": (lambda n: n["cells"][3]["metadata"]["kimi_magic"].update(texts={}), "which is absent"),
}


@pytest.mark.parametrize(("change", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_turn_is_one_sentence(change: Callable[[Any], object], reason: str) -> None:
    """What cannot be read is told in a sentence with its reason, and nothing is imported."""
    with pytest.raises(UsageError, match=r"^a\.ipynb is damaged, a turn in it cannot be read: .*\.$") as caught:
        imported(_edited(change), ".ipynb", "a.ipynb")
    assert reason in str(caught.value)


def test_a_notebook_of_somebody_else_is_told_apart() -> None:
    """A notebook without an exported conversation, and JSON that is no notebook, are two different sentences."""
    with pytest.raises(UsageError, match=r"^a\.ipynb is a notebook, but neither one that /export wrote nor"):
        imported(
            b'{"cells": [{"cell_type": "code", "metadata": {"kimi_magic": {"role": "answer"}}}, 7]}', ".ipynb", "a.ipynb"
        )
    with pytest.raises(UsageError, match=r"^The file is no notebook: JSON with a list of cells is expected\.$"):
        imported(b'{"cells": 7}', ".ipynb")
