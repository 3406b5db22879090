"""A conversation as a notebook, and back without a loss.

A question is a Markdown cell with its pictures as attachments, an answer one or more Markdown cells, and its Python code
cells, which nobody has run. The metadata of a question's cell holds the whole turn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from kimi_magic.conversation import Conversation, Turn, conversation_of, new_id
from kimi_magic.errors import UsageError
from kimi_magic.export.called import returned
from kimi_magic.export.inert import Block
from kimi_magic.export.markdown import absent, answer, head, question
from kimi_magic.export.packing import Attachments, pack, unpack, writable
from kimi_magic.export.transcript import media_of, turns_of
from kimi_magic.export.writer import plain
from kimi_magic.notebook.saved import decode as decode_saved
from kimi_magic.notebook.turns import turns as turns_in

VERSION = 1
"""The version of the metadata's form."""
_PYTHON = frozenset({"python", "python3", "py", "py3", "ipython", "ipython3"})
_WITH_QUESTION = "Shown with the question: {}"
"""Only there: a cell cannot show what is attached to another, and nothing long is stored twice."""
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True, slots=True)
class _Cell:
    source: str
    about: dict[str, Any]
    attachments: Attachments = field(default_factory=dict)
    is_code: bool = False


def encode(conversation: Conversation) -> bytes:
    """Return ``conversation`` as a notebook of the format 4.5. Raises `UsageError` where nbformat is missing."""
    try:
        from nbformat import v4  # late: it takes a second to import
    except ImportError:
        raise UsageError("A notebook is written with nbformat: pip install nbformat.") from None
    about = {"version": VERSION, "name": conversation.name, "system": conversation.system, "model": conversation.model}
    cells = [_made(v4, cell) for cell in _cells(conversation)]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": _KERNEL, "kimi_magic": writable(about)})  # type: ignore[no-untyped-call]  # nbformat has no types
    text: str = v4.writes(notebook)  # type: ignore[no-untyped-call]  # the same
    return (text + "\n").encode()


def decode(data: bytes, filename: str = "") -> Conversation:
    """Return the conversation that `encode` made ``data`` of, as far as its cells are still there; ids are new.

    Another notebook gives what the outputs of its cells tell. Raises `UsageError` for what is no notebook, one without
    answers of Kimi's, or damaged.
    """
    where = filename or "The file"
    notebook = _read(data, where)
    questions = [cell for cell in _objects(notebook["cells"]) if _about(cell).get("role") == "question"]
    if not questions:
        return _told(data, where)
    turns = {str(_about(cell).get("turn")): _turn(cell, where) for cell in questions}
    known = _about(notebook)
    name, system, model = known.get("name"), known.get("system"), known.get("model")
    return conversation_of(
        turns.values(),
        name if isinstance(name, str) and name else "main",
        system=system if isinstance(system, str) else None,
        model=model if isinstance(model, str) else "",
    )


def _cells(conversation: Conversation) -> Iterator[_Cell]:
    turns = turns_of(conversation)
    yield _Cell(head(conversation, turns), {"role": "title"})
    for number, turn in enumerate(turns, 1):
        yield _question(turn, number)
        yield from _answer(answer(turn, _WITH_QUESTION), {"role": "answer", "turn": turn.id})


def _question(turn: Turn, number: int) -> _Cell:
    about, attachments = pack(turn)
    media = [*(medium for one in turn.rounds for called in one.called for medium in returned(called)), *media_of(turn)]
    names = {medium.picture.data: medium.name for medium in media if medium.picture}
    shown = [
        f"![{plain(names.get(data, 'picture'))}](attachment:{filename})"
        for filename, bundle in attachments.items()
        for data in bundle.values()
    ]
    return _Cell("\n\n".join([question(turn, number), *shown, *absent(turn)]), {"role": "question", **about}, attachments)


def _answer(blocks: Iterable[Block], about: dict[str, Any]) -> Iterator[_Cell]:
    """Yield an answer's cells: closed blocks of Python are code, what stands between them is Markdown."""
    waiting: list[str] = []
    for block in blocks:
        if block.language in _PYTHON and block.code and block.code.strip():
            if waiting:
                yield _Cell("\n\n".join(waiting), about)
            waiting = []
            yield _Cell(block.code.rstrip("\n"), about, is_code=True)
        else:
            waiting.append(block.markdown)
    if waiting:
        yield _Cell("\n\n".join(waiting), about)


def _made(v4: Any, cell: _Cell) -> Any:
    """Return ``cell`` as nbformat's module for version 4 makes it."""
    made = (v4.new_code_cell if cell.is_code else v4.new_markdown_cell)(cell.source, metadata={"kimi_magic": cell.about})
    if cell.attachments:
        made.attachments = cell.attachments
    return made


def _told(data: bytes, where: str) -> Conversation:
    """Return what the outputs of a notebook tell in which somebody asked: main, or the conversation with most turns."""
    saved = decode_saved(where, time.time(), data.decode("utf-8-sig"))
    told = turns_in(saved) if saved else {}
    if not told:
        raise UsageError(f"{where} is a notebook, but neither one that /export wrote nor one with answers of Kimi's in it.")
    name = "main" if "main" in told else max(told, key=lambda one: len(told[one]))
    return conversation_of([replace(turn, id=new_id(), cell="") for turn in told[name]], name)


def _turn(cell: dict[str, Any], where: str) -> Turn:
    attachments = cell.get("attachments")
    try:
        return unpack(_about(cell), attachments if isinstance(attachments, dict) else {})
    except ValueError as error:
        reason = " ".join(str(error).split())[:160]
        raise UsageError(f"{where} is damaged, a turn in it cannot be read: {reason}.") from None


def _read(data: bytes, where: str) -> dict[str, Any]:
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        notebook = None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise UsageError(f"{where} is no notebook: JSON with a list of cells is expected.")
    return notebook


def _objects(value: list[Any]) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)]


def _about(value: dict[str, Any]) -> dict[str, Any]:
    """Return our own metadata of a notebook or of a cell; empty where there is none."""
    metadata = value.get("metadata")
    about = metadata.get("kimi_magic") if isinstance(metadata, dict) else None
    try:
        about = json.loads(about) if isinstance(about, str) else about  # see `writable`
    except (ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}
