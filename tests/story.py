"""A session of some twenty cells, some of them run again: which questions are asked, and what has to be kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from kimi_magic.conversation import State
from tests.scripts import Stream, pieces

CELLS = 20
_PICTURE = "Image.effect_noise((600,480),60)"
"""Another one each time, of 250 KB, so that SQLite's log fills up and is written back within the session."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question, or ``/undo`` where ``prompt`` is empty, of the ``run``-th cell that was run."""

    number: int
    cell: int
    run: int
    prompt: str = ""
    line: str = ""

    @property
    def conversation(self) -> str:
        """Where it is asked."""
        return "aside" if "-c aside" in self.line else "main"

    @property
    def has_picture(self) -> bool:
        """Whether a picture goes along."""
        return _PICTURE in self.line

    @property
    def answer(self) -> str:
        """What Kimi says to it, and to no other one: between 1 and 20 KB."""
        return f"Step {self.number} answers {self.prompt} " * (40 + 97 * self.number % 800)

    @property
    def stream(self) -> Stream:
        """The answer as it arrives: in eight pieces."""
        each = len(self.answer) // 8 + 1
        return pieces(*[self.answer[at : at + each] for at in range(0, len(self.answer), each)], pause=0.005)

    @property
    def source(self) -> str:
        """The code that asks, and then calls ``kept``."""
        if not self.prompt:
            return f"%kimi /undo\nkept({self.number})\n"
        return f"get_ipython().run_cell_magic('kimi', {self.line!r}, {self.prompt!r})\nkept({self.number})\n"

    @property
    def in_words(self) -> str:
        """What it does, in few words."""
        again = ["again"] if any(one.cell == self.cell and one.run < self.run for one in STEPS) else []
        picture = ["with a picture"] if self.has_picture else []
        aside = ["aside"] if self.conversation == "aside" else []
        return " ".join([self.prompt, *picture, *aside, *again]) if self.prompt else "/undo"


def _cells() -> Iterator[int]:
    """Yield the cells as they are run, 0 for one that takes the last turn back: some are run again."""
    for cell in range(1, CELLS + 1):
        yield cell
        yield from [cell - 2] if cell % 4 == 0 else []
        yield from {7: [0], 9: [7], 15: [0], 17: [13]}.get(cell, [])


def _steps() -> Iterator[Step]:
    number = 0
    for run, cell in enumerate(_cells(), start=1):
        line = " ".join([_PICTURE] * (cell % 5 == 0) + ["-c aside"] * (cell % 6 == 0)) if cell else ""
        prompts = [f"Question {cell}?", f"And {cell} again?"] if cell == 13 else [f"Question {cell}?" if cell else ""]
        for prompt in prompts:
            yield Step(number, cell, run, prompt, line)
            number += 1


STEPS = tuple(_steps())


def sources() -> Iterator[tuple[str, str]]:
    """Yield the id ("": it has none) and the source of each cell that is run, in the order in which they are run."""
    for _, group in groupby(STEPS, key=lambda step: step.run):
        steps = [*group]
        yield f"cell-{steps[0].cell}" if steps[0].cell else "", "".join(step.source for step in steps)


def saved() -> dict[str, object]:
    """Return the notebook as it was saved before anything was run."""
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": name, "metadata": {}, "execution_count": None, "source": source, "outputs": []}
        for name, source in dict(sources()).items()
        if name
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def said_after(steps: Iterable[Step]) -> list[Step]:
    """Return the questions that stand after ``steps``, in the notebook's order."""
    return [step for step, state in _turns_after(steps) if state == "complete"]


def states_after(steps: Iterable[Step]) -> dict[str, State]:
    """Return how each turn stands in the store after ``steps``, by its answer."""
    return {step.answer: state for step, state in _turns_after(steps)}


def _turns_after(steps: Iterable[Step]) -> list[tuple[Step, State]]:
    turns: list[tuple[Step, State]] = []
    for step in steps:
        if step.prompt:
            turns = [(one, "replaced" if _is_earlier(one, step) else state) for one, state in turns]
            turns = sorted([*turns, (step, "complete")], key=lambda turn: turn[0].cell)
        else:
            last = [one for one, state in turns if state == "complete" and one.conversation == "main"][-1]
            turns = [(one, "undone" if one is last else state) for one, state in turns]
    return turns


def _is_earlier(one: Step, step: Step) -> bool:
    return one.cell == step.cell and one.run < step.run
