"""Questions of the panel: asked one after another, asked in another way, asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from kimi_magic.around import Around
from kimi_magic.conversation import Conversation, Entry, Turn
from kimi_magic.errors import KimiError, UsageError
from kimi_magic.messages import Attachment
from kimi_magic.options import parse
from kimi_magic.panel.again import asked_again
from kimi_magic.panel.asking import Job, Line
from kimi_magic.panel.board import Board
from kimi_magic.panel.consent import PanelConsent
from kimi_magic.panel.filling import LEFT, filled
from kimi_magic.panel.reports import of_code, paragraph, refusal, told
from kimi_magic.prompts.library import load
from kimi_magic.render.view import Silent
from kimi_magic.report import Report
from kimi_magic.request import Question


@dataclass(slots=True)
class _Noted(Silent):
    """A view that shows nothing (the panel watches all questions) and notes the turn."""

    began: Callable[[Turn], None]
    turn: Turn | None = field(default=None)

    def begin(self, turn: Turn, conversation: str) -> None:  # noqa: ARG002 the same form as all views
        """Note the turn."""
        self.turn = turn
        self.began(turn)

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:  # noqa: ARG002 the same form as all views
        """Note the turn as it stays."""
        self.turn = turn


class Asker:
    """Asks on the thread of ``line``, each question when the one before has its answer."""

    def __init__(self, around: Around, board: Board, line: Line, consent: PanelConsent) -> None:
        self._around, self._board, self._line, self._consent = around, board, line, consent

    def ask(self, prompt: str, text: str, attachments: tuple[Attachment, ...]) -> None:
        """Ask in the conversation that is shown; ``text`` is what the ``prompt`` became."""
        options = self._board.choice.options(self._board.name)
        question = Question(prompt, text, attachments, options)
        self._put(question, lambda: self._ask(question))

    def ask_prompt(self, name: str, argument: str, source: str = "") -> None:
        """Ask the prompt template called ``name``, with what its first line attaches. Raises `UsageError`.

        ``source`` is the question whose words were typed again for it, "" where they are new.
        Of the code that it asks for, a report stands behind the answer: no cell can be made of it here.
        """
        template = load(name)
        line, body = template.filled(argument)
        chosen, options = parse(line), self._board.choice.options(self._board.name)
        options = replace(options, model=chosen.model or options.model, max_tokens=chosen.max_tokens)
        sent, is_left = filled(self._around, body, source)
        question = Question(body, sent, self._around.looked(chosen), options, line=line)
        if template.instead:
            self._board.report("notice", paragraph(f"prompt: {template.instead}"))
        if is_left:
            self._board.report("notice", LEFT)
        command = self._around.masked(f"/{name} {argument}".strip())
        failure = self._around.watcher.failure() if chosen.error else None

        def ask() -> None:
            turn = self._ask(question, command)
            if turn is not None and turn.state == "complete" and not turn.is_cut and chosen.code:
                self._report_code(turn, failure.source if failure else "")

        self._put(question, ask)

    def go_on(self, line: str) -> None:
        """Go on with the answer that was cut; ``line`` holds options. Raises `UsageError` where there is none."""
        said, name = parse(line), self._board.name
        chosen = self._board.choice.options(name)
        think = chosen.think if said.think is None else said.think
        model, effort = said.model or chosen.model, said.effort or chosen.effort
        question = self._around.going_on(replace(said, conversation=name, model=model, think=think, effort=effort))
        self._put(question, lambda: self._ask(question))

    def edit(self, id: str, prompt: str, text: str) -> None:  # noqa: A002 the field's name
        """Ask the question of a turn in other words, with what went along then; what follows stays as another version."""
        self._ask_instead(self._turn(id), (prompt, text))

    def regenerate(self, id: str) -> None:  # noqa: A002 the field's name
        """Ask a question once more; the answer that it has stays as another version."""
        self._ask_instead(self._turn(id))

    def _turn(self, id: str) -> Turn:  # noqa: A002 the field's name
        conversation = self._conversation(self._board.name)
        turns = conversation.read_turns([_entry(conversation, id)])
        if not turns:
            raise UsageError("This turn is there no more.")
        return turns[0]

    def _ask_instead(self, turn: Turn, instead: tuple[str, str] | None = None) -> None:
        name = self._board.name
        question = asked_again(turn, self._board.choice.options(name), instead=instead)
        self._put(question, lambda: self._go_back_and_ask(name, turn.id, question))

    def _put(self, question: Question, do: Callable[[], object]) -> None:
        name = question.options.conversation
        text = self._around.masked(question.prompt)
        self._line.put(Job(do, text, is_ready=lambda: not self._board.is_busy(name)))

    def _go_back_and_ask(self, name: str, id: str, question: Question) -> None:  # noqa: A002 the field's name
        """Go back to before the turn with that id and ask; where the question is refused, all is as it was."""
        conversations = self._around.session().conversations
        try:
            conversation = self._conversation(name)
            entry = _entry(conversation, id)
            if not entry.is_said and entry is conversation.entries[-1]:  # no answer came: there is nothing to be kept
                conversations.forget_turn(conversation, entry)
                self._ask(question)
                return
            before = conversation.entries[: conversation.entries.index(entry)]
            conversations.begin(name, before, conversation)
            aside = conversation.name
            if self._ask(question) is None:
                conversations.swap(name, aside)
                conversations.forget(aside)
                self._board.show()
        except KimiError as error:
            self._refuse(error, question)

    def _report_code(self, turn: Turn, before: str) -> None:
        report = of_code(turn.answer.text, before)
        self._board.report("report", told(Report(self._around.masked(report))), turn)

    def _ask(self, question: Question, command: str = "") -> Turn | None:
        """Ask, and show what went wrong; return the turn as it ended, None where the question was not sent.

        ``command`` is what was typed where that is not the question itself.
        """
        session, noted = self._around.session(), _Noted(lambda turn: self._board.head(turn, command) if command else None)
        before = session.last
        try:
            toolbox = self._around.toolbox(question.options, self._consent, self._consent.stop)
            session.ask(replace(question, offered=toolbox.tools if toolbox else ()), noted, toolbox)
        except KimiError as error:
            if noted.turn is None or not self._board.fail(noted.turn, self._around.masked(str(error))):
                self._refuse(error, question)
        finally:
            if session.last is not before:
                self._around.namespace["_kimi"] = session.last
        return noted.turn

    def _refuse(self, error: KimiError, question: Question) -> None:
        mask = self._around.masked
        self._board.report("error", refusal(mask(str(error)), mask(question.prompt)))

    def _conversation(self, name: str) -> Conversation:
        return self._around.session().conversations.get(name)


def _entry(conversation: Conversation, id: str) -> Entry:  # noqa: A002 the field's name
    for entry in conversation.entries:
        if entry.id == id:
            return entry
    raise UsageError("This turn is there no more.")
