"""The answers in the outputs of a saved cell. Nothing in a file is believed: somebody else may have written it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kimi_magic.notebook.questions import SavedQuestion, read_questions

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What the id of a cell is by nbformat; ids of turns are of the same form. VS Code's ids of cells are not."""

INTERRUPTED = "Interrupted: the answer stops here."
"""What stands under an answer that the user stopped; `kimi_magic.render.view.MARKS` has it too."""


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """An answer in an output: its turn's id, what the output's metadata say ``about`` it, its text, its question.

    ``about`` is as it stands in the file: only ``turn`` is checked.
    """

    turn: str
    about: Mapping[str, object]
    text: str
    question: SavedQuestion
    is_interrupted: bool = False


def read_answers(outputs: object, source: str) -> tuple[SavedAnswer, ...]:
    """Return the answers in a cell's ``outputs``, in order, each with the question of ``source`` that it belongs to.

    Where there are more answers than questions, as after a loop, the last question has asked the rest; where there is
    none, the source itself is the question, which may be a call in Python.
    """
    found = [*_found(outputs)]
    if not found:
        return ()
    questions = read_questions(source) or [SavedQuestion(source.strip())]
    return tuple(
        SavedAnswer(
            str(about["turn"]),
            about,
            words(data.get("text/plain")),
            questions[min(number, len(questions) - 1)],
            f">{INTERRUPTED}<" in words(data.get("text/html")),
        )
        for number, (about, data) in enumerate(found)
    )


def words(text: object) -> str:
    r"""Return a text as nbformat keeps it, whole or as lines; "" for anything else. What no file can hold is replaced.

    >>> words("one"), words(["one\n", "two"]), words(["one", 2])
    ('one', 'one\ntwo', '')
    """
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    return text.encode("utf-8", "replace").decode() if isinstance(text, str) else ""


def _found(outputs: object) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """Yield the metadata and the data of each output that shows an answer of ours."""
    for output in outputs if isinstance(outputs, list) else ():
        match output:
            case {"metadata": {"kimi_magic": {"turn": str(turn)} as about}, "data": dict(data)} if ID.fullmatch(turn):
                yield about, data
