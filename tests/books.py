"""A notebook's file as a front end keeps it: cells that are asked in a session, and saved with their outputs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kimi_magic.belonging import Notebook
from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.messages import Attachment
from kimi_magic.options import parse
from kimi_magic.render.view import POLL, turn_metadata
from kimi_magic.request import Question
from kimi_magic.session import Session
from kimi_magic.settings import Settings


class Cell:
    """A view that keeps what a front end would save of an answer."""

    def __init__(self) -> None:
        self.output: dict[str, Any] = {}

    def wait(self, why: str) -> None:
        """Show nothing."""

    def begin(self, turn: Turn, conversation: str) -> None:
        """Note the conversation, and what is shown at once."""
        self._conversation = conversation
        self.finish(turn)

    def update(self, draft: Draft) -> float:  # noqa: ARG002 the form of all views
        """Show nothing in between."""
        return POLL

    def show(self, draft: Draft) -> None:
        """Show nothing in between."""

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Keep the output as it stays."""
        data = {"text/plain": turn.answer.text, "text/html": f"<p>{turn.answer.text}</p>"}
        metadata = turn_metadata(turn, self._conversation)
        self.notes = list(notes)
        self.output = {"output_type": "display_data", "data": data, "metadata": metadata}


class Book:
    """A notebook at ``path`` whose cells, by their ids, are run in one kernel after another."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.path, self._settings = path, settings
        self.cells: dict[str, str] = {}
        self.outputs: dict[str, list[dict[str, Any]]] = {}
        self.told = ""
        self._runs = 0
        self._begin()

    def restart(self) -> None:
        """Begin with a new kernel, which loads the extension."""
        self.close()
        self._begin()

    def _begin(self) -> None:
        settings = Settings(**self._settings)
        notebook = Notebook(str(self.path))
        self.told = notebook.bring_back(settings.store, settings.keep_days)
        self.session = Session(settings, notebook)

    def ask(self, cell: str, *prompts: str, line: str = "", attachments: tuple[Attachment, ...] = ()) -> list[str]:
        """Run a cell with these questions (by default the one that it has had), and return the notes under the last."""
        self._runs += 1
        if prompts or cell not in self.cells:
            self.cells[cell] = "\n".join(f"%kimi {line} {prompt}" for prompt in prompts or (cell,))
        self.outputs[cell] = []
        view = Cell()
        for prompt in prompts or (cell,):
            view = Cell()
            try:
                self.session.ask(self.question(cell, prompt, line=line, attachments=attachments), view)
            finally:
                self.outputs[cell].append(view.output)
        return view.notes

    def question(self, cell: str, prompt: str, *, line: str = "", attachments: tuple[Attachment, ...] = ()) -> Question:
        """Return the question that a cell asks when it is run now."""
        return Question(prompt, prompt, attachments, parse(line), cell, f"run-{id(self)}-{self._runs}")

    def save(self, path: Path | None = None, *, outputs: bool = True, ids: bool = True) -> Path:
        """Write the notebook as a front end does; without ``outputs`` they were cleared before.

        Without ``ids`` it has the format 4.4, in which cells have none.
        """
        path = path or self.path
        cells: list[dict[str, Any]] = [
            {
                "cell_type": "code",
                "id": name,
                "metadata": {},
                "execution_count": None,
                "source": source,
                "outputs": self.outputs.get(name, []) if outputs else [],
            }
            for name, source in self.cells.items()
        ]
        if not ids:
            cells = [{name: value for name, value in cell.items() if name != "id"} for cell in cells]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5 if ids else 4}
        path.write_text(json.dumps(notebook))
        now = time.time()  # a file's own clock ticks more slowly
        os.utime(path, (now, now))
        return path

    def arrange(self, *cells: str) -> None:
        """Bring the cells into another order; a new one gets its name as its question."""
        self.cells = {name: self.cells.get(name, f"%kimi {name}") for name in cells}

    def close(self) -> None:
        """End the kernel."""
        self.session.forget_key()  # which closes connections, too
        if self.session.store:
            self.session.store.close()
