"""The whole line: a question goes out, the answer is shown while it comes, and the turn is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from kimi_magic import request as requests
from kimi_magic import rounds
from kimi_magic.answer import Answer
from kimi_magic.api.catalog import Price
from kimi_magic.asked import Asked
from kimi_magic.belonging import Notebook
from kimi_magic.connected import Connected
from kimi_magic.conversation import Conversation, Turn
from kimi_magic.conversations import Conversations
from kimi_magic.errors import Interrupted
from kimi_magic.exchange import STOPPED, Exchange, Learned
from kimi_magic.jobs import Jobs
from kimi_magic.lines import Lines, Place
from kimi_magic.options import Options
from kimi_magic.preparing import Estimate, price_of
from kimi_magic.render.view import Several, Silent, View
from kimi_magic.request import Question
from kimi_magic.settings import Secret, Settings
from kimi_magic.store.sqlite import Store
from kimi_magic.tools.consent import Allowed

if TYPE_CHECKING:
    from kimi_magic.tools.toolbox import Toolbox

Watch = Callable[[Turn, str], View | None]
"""Is called with a turn and its conversation's name when a question begins, and may return a view that shows it, too."""


@dataclass(slots=True)
class Session(Connected):
    """A notebook with its conversations, and the way to Kimi. One for each kernel.

    ``asked`` has every turn since the kernel began, by its id, with its conversation's name: what `/usage` counts.
    ``wanted`` has what those wanted whose answers were cut, without their words: what ``/continue`` goes on to want.
    ``where`` tells the cell that runs now, and which execution of it this is; ``changed`` are called after a conversation
    has changed otherwise than by a question. ``door`` is where the user is, if there is one; ``jobs`` are what is asked in
    the background, ``allowed`` the functions that Kimi may call without asking; in ``lines`` questions wait for each other.
    """

    notebook: Notebook = field(default_factory=Notebook)
    asked: dict[str, tuple[str, Turn]] = field(default_factory=dict)
    last: Answer[Any] | None = None
    last_question: Question | None = None
    wanted: dict[str, Question] = field(default_factory=dict)
    jobs: Jobs = field(default_factory=Jobs)
    allowed: Allowed = field(default_factory=Allowed)
    lines: Lines = field(default_factory=Lines)
    where: Callable[[], tuple[str, str]] = lambda: ("", "")
    changed: list[Callable[[], None]] = field(default_factory=list)
    door: Door | None = None
    _learned: Learned = field(default_factory=Learned)
    _watchers: list[Watch] = field(default_factory=list)
    _running: dict[str, Asked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.notebook.keep_in(self.settings.store)

    def ask(
        self,
        question: Question,
        view: View | None = None,
        toolbox: Toolbox | None = None,
        is_wanted: Callable[[], bool] = lambda: True,
        place: Place | None = None,
    ) -> Answer[Any]:
        """Ask, show the answer in ``view`` while it arrives, keep the turn, and return the answer.

        What Kimi calls is carried out by ``toolbox``. A question waits for those before it in its conversation, in ``place``
        or behind them all, and is given up when it is not wanted any more. Raises `UsageError` before anything is sent,
        `ServiceError` where there is no answer; `AnswerIncomplete` and `Interrupted` where a part of it arrived, and
        `ResultInvalid` where it is no value of what was asked for: it is then shown, kept and in `last`.
        """
        question, view = requests.masked(question, self.mask), view or Silent()
        place = place or self.lines.place(question.options)
        try:
            place.reach(view, is_wanted)
            asked = self._begun(question, view, toolbox)
            try:
                rounds.follow(self._exchange(), asked)
            except KeyboardInterrupt:
                asked.error = Interrupted(STOPPED)
            finally:  # also where a view fails: what arrived is kept and shown as far as it goes
                self._end_surely(asked)
        finally:
            place.has_left = True
        answer = Answer.of(asked.turn, asked.parsed, asked.question.target)
        if asked.turn.state != "failed":
            self.last = answer
        if asked.error is not None:
            asked.error.answer = answer if asked.turn.state != "failed" else None
            raise asked.error
        return answer

    def _begun(self, question: Question, view: View, toolbox: Toolbox | None) -> Asked:
        """Return the question as it sets out, shown by ``view`` and by all who watch."""
        conversation = self.conversation(question.options)
        question = replace(question, cell=self.notebook.cell_of(question.cell, question.prompt, conversation))
        asked = self._exchange().begin(question, conversation, view, toolbox)
        self.last_question = question
        watching = [watched for watch in [*self._watchers] if (watched := watch(asked.turn, conversation.name))]
        asked.view = Several(view, *watching) if watching else view
        self._running[asked.turn.id] = asked
        asked.view.begin(asked.turn, conversation.name)
        return asked

    def _end_surely(self, asked: Asked) -> None:
        """End the question, also where somebody presses stop once more meanwhile."""
        try:
            self._end(asked)
        except KeyboardInterrupt:
            asked.error = asked.error or Interrupted(STOPPED)
            self._end(asked)
        finally:
            self._running.pop(asked.turn.id, None)

    def _end(self, asked: Asked) -> None:
        """Keep the turn as it ended, and show it; what the options chose for the following turns holds from now on."""
        turn = self._exchange().ended(asked)
        if asked.conversation.is_outrun(turn):  # its cell has asked again meanwhile
            turn = replace(turn, state="replaced")
        options, conversation = asked.question.options, asked.conversation
        if turn.is_said:
            conversation.model = options.model or conversation.model
            conversation.system = conversation.system if options.system is None else options.system
        was_sent = turn.state != "failed" or asked.stream is not None or not isinstance(asked.error, Interrupted)
        if turn.is_cut and not options.once:
            self.wanted[turn.id] = replace(asked.question, prompt="", text="", attachments=(), goes_on=None)
        notice = (self.keep(conversation, turn) if was_sent else "") or asked.notice
        asked.view.finish(turn, [*asked.told, notice] if notice else asked.told)
        asked.turn = turn

    def keep(self, conversation: Conversation, turn: Turn) -> str:
        """Put ``turn`` into ``conversation`` and into the store; return what the user should know about that, or ""."""
        if self.conversations.is_forgotten(conversation, turn):
            return "Forgotten: nothing of this is kept."
        self.asked[turn.id] = (conversation.name, replace(turn, said=(), attachments=()))
        return self.conversations.keep(conversation, turn)

    def _exchange(self) -> Exchange:
        settings = replace(self.settings, system=self.mask(self.settings.system))
        return Exchange(self.client, settings, self.store, self._learned, self.keep, self.mask)

    def watch(self, watcher: Watch) -> Callable[[], None]:
        """Let ``watcher`` see each question that begins from now on; return what ends that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def interrupt(self, turn: str) -> bool:
        """End the answer to the turn with that id, from whatever thread; return whether it was still arriving."""
        asked = self._running.get(turn)
        if asked is not None:
            asked.stop()
        return asked is not None

    def notify(self) -> None:
        """Tell those who show conversations that one has changed."""
        for tell in [*self.changed]:
            tell()

    def conversation(self, options: Options) -> Conversation:
        """Return the conversation that ``options`` name: the one that goes on, or one that begins anew."""
        self.notebook.refresh()
        known = self.conversations.find(options.conversation)
        if known is None:
            return Conversation(options.conversation)
        if options.new:
            return Conversation(known.name, model=known.model, system=known.system)
        return known

    def configure(self, settings: Settings, key: Secret | None = None) -> None:
        """Go on with other settings, and another key where one is given."""
        self.notebook.keep_in(settings.store)
        self._learned.slots.set(settings.concurrency)
        self.change(settings, key)

    @property
    def folder(self) -> Path:
        """The folder of the notebook; of a terminal the one in which it was started."""
        path = Path(self.notebook.path)
        return path if path.is_dir() else path.parent

    @property
    def conversations(self) -> Conversations:
        """The notebook's conversations."""
        return self.notebook.conversations

    @property
    def store(self) -> Store | None:
        """Where turns are kept; None where the setting says that they are not."""
        return self.conversations.store

    def estimate(self, question: Question) -> Estimate:
        """Return what asking ``question`` would send; the service counts the tokens where it can. Sends no question."""
        question = requests.masked(question, self.mask)
        conversation = self.conversation(question.options)
        return self._exchange().preparation.estimate(question, conversation, self._learned.scale(conversation))

    def price(self, model: str) -> Price | None:
        """Return the price of ``model``: the setting's, else the shipped one; None where it is unknown."""
        return price_of(model, self.settings)

    def stop_forgotten(self) -> None:
        """End the answers whose turns were removed for good."""
        for asked in [*self._running.values()]:
            if self.conversations.is_forgotten(asked.conversation, asked.turn):
                asked.stop()


class Door(Protocol):
    """Where the user is: what commands do there that ask, or show more than a report."""

    show_panel: Callable[[str, bool], object] | None
    """Shows the panel of the conversation with that name, in a side area where the second argument is true."""

    def ask_prompt(self, name: str, argument: str) -> None:
        """Ask the prompt template called ``name``."""

    def go_on(self, line: str) -> None:
        """Go on with an answer that was cut; ``line`` holds options."""
