"""What asks from a cell: the question is made of what the cell names, and the answer does there what was asked of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kimi_magic import front, wanting
from kimi_magic.around import Around
from kimi_magic.options import Options, parse
from kimi_magic.report import Report, code
from kimi_magic.request import Question

if TYPE_CHECKING:
    from kimi_magic.answer import Answer
    from kimi_magic.jobs import Coming
    from kimi_magic.session import Session
    from kimi_magic.tools.toolbox import Toolbox

_REPLACE = re.compile(r"(?:^|\s)--replace(?=\s|$)")
PATIENCE = 5.0
"""Seconds to wait for the end of an answer that was stopped."""


@dataclass(slots=True)
class CellDoor:
    """The way from the cells of a kernel to Kimi; ``show_panel`` shows the chat panel, where there can be one."""

    around: Around
    show_panel: Callable[[str, bool], object] | None = None

    def ask(self, chosen: Options, prompt: str, line: str = "", *, in_place: bool = False) -> None:
        """Ask ``prompt`` as ``chosen`` says, show the answer, and put it into the user's variables.

        ``line`` is the first line as typed. With ``in_place`` the answer's code takes the place of the cell that asks.
        """
        toolbox = self._toolbox(chosen)
        question = Question(
            prompt,
            prompt if chosen.raw else self.around.expanded(prompt),
            self.around.looked(chosen),
            chosen,
            *self.around.session().where(),
            offered=toolbox.tools if toolbox else (),
            target=wanting.target(chosen, self.around.namespace),
            line=line,
        )
        self._ask(question, toolbox, in_place=in_place)

    def ask_prompt(self, name: str, argument: str) -> None:
        """Ask the prompt template called ``name``; ``--replace`` in ``argument`` puts its code in the place of this cell."""
        from kimi_magic.prompts.library import load  # late: seldom wanted

        rest, count = _REPLACE.subn(" ", argument)
        template = load(name)
        line, body = template.filled(rest)
        chosen = parse(line)
        if template.instead and not chosen.quiet:
            front.show(self.around.shell, Report(f"prompt: {code(template.instead)}"))
        self.ask(chosen, body, line, in_place=count > 0)

    def go_on(self, line: str) -> None:
        """Go on with an answer that was cut: in the conversation, and with the other options, that ``line`` has."""
        question = self.around.going_on(parse(line))
        toolbox = self._toolbox(question.options)
        self._ask(replace(question, offered=toolbox.tools if toolbox else ()), toolbox)

    def _ask(self, question: Question, toolbox: Toolbox | None, *, in_place: bool = False) -> None:
        session, shell, chosen = self.around.session(), self.around.shell, question.options
        if chosen.dry_run:
            from kimi_magic.dry_run import report  # late: seldom wanted

            return front.show(shell, report(session.estimate(question)))
        self._stop_earlier(session, question)
        if chosen.background:
            return self._ask_later(session, question, toolbox)
        before, view = session.last, front.view(shell, quiet=chosen.quiet)
        try:
            answer = session.ask(question, view, toolbox)
        finally:
            if session.last is not before:
                self._keep(chosen, session.last)
        return self._offer_code(answer, chosen, in_place=in_place)

    def _toolbox(self, chosen: Options) -> Toolbox | None:
        """Return what Kimi may call; the user is asked below the cell, and nobody is where it has ended before."""
        consent = None if chosen.background else wanting.consent_by(input, is_shown=not chosen.quiet)
        return self.around.toolbox(chosen, consent)

    def _keep(self, chosen: Options, value: Answer[Any] | Coming | None) -> None:
        self.around.namespace.update(dict.fromkeys(("_kimi", chosen.out or "_kimi"), value))

    def _stop_earlier(self, session: Session, question: Question) -> None:
        """Stop what an earlier execution of the cell has asked in the background: this one takes its place."""
        for job in session.jobs.of_cell(question.cell, question.run) if question.cell else ():
            job.stop()
            job.settle(PATIENCE)

    def _offer_code(self, answer: Answer[Any], chosen: Options, *, in_place: bool) -> None:
        """Put the answer's Python where the next cell is, and show what is different from the one that failed."""
        if not chosen.code:
            return
        from kimi_magic.next_cell import offer  # late: seldom wanted

        failure = self.around.watcher.failure() if chosen.error and not chosen.quiet else None
        before = failure.source if failure else ""
        offer(self.around.shell, answer.text, before, in_place=in_place, is_cut=answer.is_cut)

    def _ask_later(self, session: Session, question: Question, toolbox: Toolbox | None) -> None:
        """Ask on a thread, and show the answer in a display that is made now: only the cell's own thread can make one."""
        from kimi_magic.background import end_in_batch, start  # late: seldom wanted

        coming = start(self.around.shell, session, question, toolbox, self.around.masked)
        self._keep(question.options, coming)
        end_in_batch(self.around.shell, session, coming)
