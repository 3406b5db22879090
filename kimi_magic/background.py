"""An answer in the background: it streams into its own cell's output while other cells run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kimi_magic import front
from kimi_magic.conversation import Turn, new_id
from kimi_magic.later import Later
from kimi_magic.next_cell import show_code
from kimi_magic.render.cell import CellView
from kimi_magic.render.view import Silent
from kimi_magic.request import Question
from kimi_magic.session import Session

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kimi_magic.answer import Answer
    from kimi_magic.jobs import Coming
    from kimi_magic.tools.toolbox import Toolbox


def start(
    shell: InteractiveShell, session: Session, question: Question, toolbox: Toolbox | None, mask: Callable[[str], str]
) -> Coming:
    """Ask ``question`` on a thread, and return what becomes its answer. ``mask`` takes keys out of what went wrong.

    Its display is made here, on the cell's thread: another one can only update it. Its place in the conversation
    is taken here, too: the order of questions is that of their cells. A terminal shows the answer when the next input has
    run; a batch run waits for it: see `end_in_batch`.
    """
    is_terminal, chosen = front.is_terminal(shell), question.options
    later = Later(Silent() if chosen.quiet or is_terminal else CellView(), session.interrupt)
    later.open(_waiting(session, question), chosen.conversation)
    code = show_code() if chosen.code and not is_terminal else None
    place = session.lines.place(chosen)

    def ask() -> Answer[Any]:
        try:
            answer = session.ask(question, later, toolbox, lambda: later.is_wanted, place)
        except BaseException as error:  # raised again to whoever waits; who only looks is told, too
            place.has_left = True  # also where it was never reached
            later.fail(error, mask)
            raise
        if code is not None:
            code(answer.text, answer.is_cut)
        return answer

    try:
        place.take()
        coming = session.jobs.start(
            question.prompt, ask, later.stop, question.cell, question.run, sent_at=lambda: later.sent_at
        )
    except BaseException:  # such as a stop of the cell: what has not come to its place by now never will
        place.has_left = place.has_left or not place.thread
        later.stop()
        raise
    if is_terminal and not chosen.quiet:
        _tell_when_done(shell, coming, later)
    return coming


def end_in_batch(shell: InteractiveShell, session: Session, coming: Coming) -> None:
    """Wait for the answer where nobody watches: its error fails the cell, as nothing could once that has ended.

    Stopping the cell stops the answer.
    """
    if front.is_batch(shell):
        session.jobs.wait_all()
        coming.wait()


def _waiting(session: Session, question: Question) -> Turn:
    """Return a turn that stands for the question until it is asked."""
    conversation = session.conversations.find(question.options.conversation)
    model = question.options.model or (conversation.model if conversation else "") or session.settings.model
    return Turn(new_id(), question.prompt, (), model, time.time(), cell=question.cell, run=question.run)


def _tell_when_done(shell: InteractiveShell, coming: Coming, later: Later) -> None:
    """Show the answer in the terminal after the first input that ends when it is there."""

    def tell(*_: object) -> None:
        if coming.is_done:
            shell.events.unregister("post_run_cell", tell)
            later.tell(front.view(shell))

    shell.events.register("post_run_cell", tell)
