"""What asks from a cell: the question is made of what the cell names, and the answer does there what was asked of it."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.interactiveshell import InteractiveShell

from kimi_magic import front, wanting
from kimi_magic.content.template import expand
from kimi_magic.errors import UsageError
from kimi_magic.looking import look
from kimi_magic.options import Options, parse
from kimi_magic.request import Question
from kimi_magic.tools.surroundings import Surroundings

if TYPE_CHECKING:
    from kimi_magic.answer import Answer
    from kimi_magic.content.how import How
    from kimi_magic.content.shown import Watcher
    from kimi_magic.jobs import Coming
    from kimi_magic.session import Session
    from kimi_magic.tools.toolbox import Toolbox

_REPLACE = re.compile(r"(?:^|\s)--replace(?=\s|$)")
PATIENCE = 5.0
"""Seconds to wait for the end of an answer that was stopped."""


@dataclass(slots=True)
class CellDoor:
    """The way from the cells of ``shell`` to Kimi.

    ``session`` returns the session with its settings as they are now, ``how`` how much of values goes along with a question;
    ``show_panel`` shows the chat panel, where there can be one.
    """

    shell: InteractiveShell
    session: Callable[[], Session]
    namespace: MutableMapping[str, Any]
    watcher: Watcher
    how: Callable[[Options], How]
    show_panel: Callable[[str, bool], object] | None = None

    def ask(self, chosen: Options, prompt: str, line: str = "", *, in_place: bool = False) -> None:
        """Ask ``prompt`` as ``chosen`` says, show the answer, and put it into the user's variables.

        ``line`` is the first line as typed. With ``in_place`` the answer's code takes the place of the cell that asks.
        """
        toolbox = self._toolbox(chosen)
        text = prompt if chosen.raw else expand(prompt, self.namespace)
        attachments = look(chosen, self.namespace, self.watcher, self.how(chosen))
        question = Question(
            prompt,
            text,
            attachments,
            chosen,
            *self.session().where(),
            offered=toolbox.tools if toolbox else (),
            target=wanting.target(chosen, self.namespace),
            line=line,
        )
        self._ask(question, toolbox, in_place=in_place)

    def ask_prompt(self, name: str, argument: str) -> None:
        """Ask the prompt template called ``name``; ``--replace`` in ``argument`` puts its code in the place of this cell."""
        from kimi_magic.prompts.library import find  # late: seldom wanted

        template = find(name)
        if template is None:
            raise UsageError(f"There is no prompt {name}.")
        rest, count = _REPLACE.subn(" ", argument)
        line, body = template.filled(rest)
        self.ask(parse(line), body, line, in_place=count > 0)

    def go_on(self, line: str) -> None:
        """Go on with an answer that was cut, in the conversation that ``line`` names; other options hold, too."""
        chosen = parse(line)
        if chosen.attachments:
            raise UsageError("/continue takes options, such as --max-tokens 500 or -c NAME, and no words.")
        turn = self.session().to_continue(chosen.conversation)
        self._ask(Question(turn.prompt, turn.prompt, turn.attachments, chosen, turn.cell, turn.run, goes_on=turn), None)

    def _ask(self, question: Question, toolbox: Toolbox | None, *, in_place: bool = False) -> None:
        session, chosen = self.session(), question.options
        if chosen.dry_run:
            from kimi_magic.dry_run import report  # late: seldom wanted

            return front.show(self.shell, report(session.estimate(question)))
        self._stop_earlier(session, question)
        if chosen.background:
            return self._ask_later(session, question, toolbox)
        before, view = session.last, front.view(self.shell, quiet=chosen.quiet)
        try:
            answer = session.ask(question, view, toolbox)
        finally:
            if session.last is not before:
                self._keep(chosen, session.last)
        return self._offer_code(answer, chosen, in_place=in_place)

    def _toolbox(self, chosen: Options) -> Toolbox | None:
        """Return what Kimi may call; the user is asked below the cell, and nobody is where it has ended before."""
        session = self.session()
        around = Surroundings(self.namespace, self.how(chosen), session.folder, self.shell)
        consent = None if chosen.background else wanting.by_input(input, is_shown=not chosen.quiet)
        return wanting.toolbox(chosen, around, consent, session.allowed, session.mask)

    def _keep(self, chosen: Options, value: Answer[Any] | Coming | None) -> None:
        self.namespace.update(dict.fromkeys(("_kimi", chosen.out or "_kimi"), value))

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

        failure = self.watcher.failure() if chosen.error and not chosen.quiet else None
        offer(self.shell, answer.text, failure.source if failure else "", in_place=in_place)

    def _ask_later(self, session: Session, question: Question, toolbox: Toolbox | None) -> None:
        """Ask on a thread, and show the answer in a display that is made now: only the cell's own thread can make one."""
        from kimi_magic.background import start  # late: seldom wanted

        coming = start(self.shell, session, question, toolbox)
        self._keep(question.options, coming)
