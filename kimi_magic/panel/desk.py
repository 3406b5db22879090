"""What each message of the front end does: one small method for each, in a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from keyword import iskeyword
from typing import Any

from kimi_magic.answer import Answer
from kimi_magic.api.catalog import find_model
from kimi_magic.around import Around
from kimi_magic.commands import table
from kimi_magic.content.files.by_kind import from_bytes
from kimi_magic.conversation import Conversation, Entry, Turn
from kimi_magic.errors import KimiError, UsageError
from kimi_magic.messages import Attachment, Share
from kimi_magic.options import Options
from kimi_magic.panel.asker import Asker
from kimi_magic.panel.asking import Job, Line
from kimi_magic.panel.board import Board, Surface
from kimi_magic.panel.chips import Chips
from kimi_magic.panel.choices import OFFERED, Choice, models
from kimi_magic.panel.commanding import ELSEWHERE, meant
from kimi_magic.panel.completing import Row, complete
from kimi_magic.panel.consent import PanelConsent
from kimi_magic.panel.filling import LEFT, filled
from kimi_magic.panel.received import Pieces
from kimi_magic.panel.reports import paragraph, refusal, told
from kimi_magic.render.printable import printable

Message = Mapping[str, Any]
_LONGEST_NAME = 100


_TAKEN = frozenset({"In", "Out", "_", "_oh", "_ih", "_dh", "get_ipython", "exit", "quit"})
"""Names that IPython lives by."""


class Desk:
    """Takes messages, and does what they say.

    What reads the user's variables is done at once, in the thread that brings the message, which is the kernel's own where
    that is possible; all else one after another by ``errands``.
    """

    def __init__(self, around: Around, board: Board, surface: Surface, errands: Line, questions: Line) -> None:
        self._around, self._board, self._surface = around, board, surface
        self._errands, self._questions = errands, questions
        self._consent = PanelConsent(lambda consent: surface.write(consent=consent), around.masked)
        self._asker = Asker(around, board, questions, self._consent)
        self._chips = Chips(self._gather, lambda chips: surface.write(chips=chips))
        self._pieces = Pieces()

    def take(self, message: Any, buffers: Sequence[Any]) -> None:
        """Say that the message has come, and do what it says. What is no message of ours is left alone."""
        if not isinstance(message, dict):
            return
        self._surface.write(ack={"view": message.get("view"), "n": message.get("n")})
        name = str(message.get("do"))
        if do := _AT_ONCE.get(name):
            self._surely(lambda: do(self, message, buffers))
        elif do_later := _ONE_BY_ONE.get(name):
            self._later(lambda: do_later(self, message))

    def _later(self, do: Callable[[], None]) -> None:
        self._errands.put(Job(lambda: self._surely(do)))

    def _surely(self, do: Callable[[], None], question: str = "") -> None:
        """Do something, and report where it cannot be done."""
        try:
            do()
        except KimiError as error:
            mask = self._around.masked
            self._board.report("error", refusal(mask(str(error)), mask(question)))

    def _ask(self, message: Message, _: Sequence[Any]) -> None:
        text = _text(message, "text").strip("\n")
        if text.lstrip().startswith("/"):
            return self._later(lambda: self._command(text.strip(), _text(message, "of")))
        return self._surely(lambda: self._send(message, text), text)

    def _send(self, message: Message, text: str) -> None:
        """Ask with all that is attached, as it is now; the chips stay where something of it cannot be sent."""
        sent, is_left = filled(self._around, text, _text(message, "of"))
        attachments = self._chips.gathered()
        self._chips.clear()
        if is_left:
            self._board.report("notice", LEFT)
        if "think" in message or "effort" in message:
            self._later(lambda: self._thinking(message))
        self._later(lambda: self._asker.ask(text, sent, attachments))

    def _command(self, line: str, source: str) -> None:
        name = line.split(maxsplit=1)[0]
        if name in ELSEWHERE:
            return self._board.report("notice", paragraph(ELSEWHERE[name]))
        argument = line.removeprefix(name).strip()
        if table.asks(name):
            return self._asker.ask_prompt(name.removeprefix("/"), argument, source)
        if name == "/continue":
            return self._asker.go_on(argument)
        session = self._around.session()
        report = table.run(session, meant(line, self._board.name, session.conversations.names))
        return self._board.report("report", told(report))

    def _stop(self, _: Message, __: Sequence[Any]) -> None:
        session = self._around.session()
        for turn in self._board.arriving():
            session.interrupt(turn)

        self._consent.stop()

    def _decide(self, message: Message, _: Sequence[Any]) -> None:
        self._consent.answer(_text(message, "id"), _text(message, "decision"), _text(message, "text"))

    def close(self) -> None:
        """Let nothing be carried out any more that waits for the user."""
        self._consent.close()

    def _unqueue(self, message: Message, _: Sequence[Any]) -> None:
        self._questions.remove(_text(message, "id"))

    def _attach(self, message: Message, _: Sequence[Any]) -> None:
        self._chips.attach(_text(message, "name").strip())

    def _gather(self, word: str, share: Share) -> tuple[Attachment, ...]:
        """Return what ``word`` names: a name, an expression, files. Raises `UsageError`."""
        return self._around.looked(Options(attachments=(word,), share=share))

    def _attach_plot(self, _: Message, __: Sequence[Any]) -> None:
        self._chips.add(*self._around.looked(Options(plot="last")))

    def _attach_file(self, message: Message, buffers: Sequence[Any]) -> None:
        if file := self._pieces.take(message, buffers):
            self._chips.add(from_bytes(*file, self._around.how(Options())))

    def _detach(self, message: Message, _: Sequence[Any]) -> None:
        self._chips.detach(_text(message, "id"))

    def _share(self, message: Message, _: Sequence[Any]) -> None:
        self._chips.share(_text(message, "id"), _text(message, "level"))

    def _complete(self, message: Message, _: Sequence[Any]) -> None:
        text = _text(message, "text")
        cursor = message.get("cursor")
        rows = (Row(one.name, one.argument, one.help) for one in OFFERED)
        names = map(printable, self._around.session().conversations.names)
        place = cursor if isinstance(cursor, int) else len(text)
        items, start = complete(text, place, self._around.namespace, rows, names)
        found = {"n": message.get("n"), "items": [item._asdict() for item in items], "from": start}
        self._surface.write(completions={"view": message.get("view"), **found})

    def _choose(self, message: Message) -> None:
        """Show the conversation that is named, or a new one where none is."""
        known = self._around.session().conversations.names
        unused = next(name for number in count(2) if (name := f"chat-{number}") not in known)
        name = _text(message, "conversation").strip()[:_LONGEST_NAME] or unused
        self._board.choose(next((one for one in known if printable(one) == name), name))

    def _model(self, message: Message) -> None:
        known, chosen = models(self._around.session()), _text(message, "id")
        name = next((one.id for one in known if printable(one.id) == chosen), chosen)
        self._board.prefer(replace(self._board.choice, model=name).fitting(find_model(name, known)))

    def _thinking(self, message: Message) -> None:
        think, effort = message.get("think"), message.get("effort")
        choice: Choice = self._board.choice
        chosen = replace(choice, think=think if isinstance(think, bool) else None)
        self._board.prefer(replace(chosen, effort=effort if isinstance(effort, str) and effort else None))

    def _earlier(self, _: Message) -> None:
        self._board.widen()

    def _edit(self, message: Message, _: Sequence[Any]) -> None:
        text = _text(message, "text").strip("\n")
        sent, is_left = filled(self._around, text, self._turn(message).prompt)
        if is_left:
            self._board.report("notice", LEFT, before=_text(message, "id"))
        self._later(lambda: self._asker.edit(_text(message, "id"), text, sent))

    def _regenerate(self, message: Message) -> None:
        self._asker.regenerate(_text(message, "id"))

    def _branch(self, message: Message) -> None:
        versions, to = self._board.versions().get(_text(message, "id")), message.get("to")
        if versions is None or not isinstance(to, int) or not 1 <= to <= len(versions.names):
            raise UsageError("There is no other version of this question.")
        if (name := versions.names[to - 1]) != self._board.name:
            session = self._around.session()
            session.conversations.swap(self._board.name, name)
            session.notify()

    def _delete(self, message: Message) -> None:
        conversation, entry = self._found(message)
        session = self._around.session()
        session.conversations.forget_turn(conversation, entry)
        session.notify()

    def _pin(self, message: Message) -> None:
        conversation, entry = self._found(message)
        session = self._around.session()
        session.conversations.change(conversation, entry._replace(is_pinned=bool(message.get("on"))))
        session.notify()

    def _back(self, message: Message) -> None:
        conversation, entry = self._found(message)
        number = conversation.entries.index(entry) + 1
        table.run(self._around.session(), f"/history {conversation.name} {number} back")

    def _save(self, message: Message) -> None:
        name = _text(message, "name").strip()
        if not name.isidentifier() or iskeyword(name) or name.startswith("__") or name in _TAKEN:
            raise UsageError(f"{name!r} cannot be the name of a variable.")
        self._around.namespace[name] = Answer.of(self._turn(message))
        self._board.report("notice", paragraph(f"The answer is in the variable {name}."))

    def _turn(self, message: Message) -> Turn:
        conversation, entry = self._found(message)
        return conversation.read_turn(entry)

    def _found(self, message: Message) -> tuple[Conversation, Entry]:
        """Return the turn that a message means. Raises `UsageError`."""
        conversation, id = self._board.conversation, _text(message, "id")  # noqa: A001 the field's name
        for entry in conversation.entries if conversation else ():
            if conversation and entry.id == id:
                return conversation, entry
        raise UsageError("This turn is there no more.")


def _text(message: Message, name: str) -> str:
    value = message.get(name)
    return value if isinstance(value, str) else ""


_AT_ONCE: Mapping[str, Callable[[Desk, Message, Sequence[Any]], None]] = {
    "ask": Desk._ask,
    "stop": Desk._stop,
    "decide": Desk._decide,
    "unqueue": Desk._unqueue,
    "attach": Desk._attach,
    "attach_plot": Desk._attach_plot,
    "attach_file": Desk._attach_file,
    "detach": Desk._detach,
    "share": Desk._share,
    "complete": Desk._complete,
    "edit": Desk._edit,
}

_ONE_BY_ONE: Mapping[str, Callable[[Desk, Message], None]] = {
    "choose": Desk._choose,
    "model": Desk._model,
    "thinking": Desk._thinking,
    "earlier": Desk._earlier,
    "regenerate": Desk._regenerate,
    "retry": Desk._regenerate,
    "branch": Desk._branch,
    "delete": Desk._delete,
    "pin": Desk._pin,
    "back": Desk._back,
    "save": Desk._save,
}
