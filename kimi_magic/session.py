"""The whole line: a question goes out, the answer is shown while it comes, and the turn is kept."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace

from kimi_magic import request as requests
from kimi_magic import uploads
from kimi_magic.answer import Answer
from kimi_magic.api import wire
from kimi_magic.api.catalog import Price
from kimi_magic.api.client import Client
from kimi_magic.asked import Asked, events_of, state_of
from kimi_magic.belonging import Notebook
from kimi_magic.context import Scale, weigh
from kimi_magic.conversation import Conversation, Turn
from kimi_magic.conversations import Conversations
from kimi_magic.draft import Draft
from kimi_magic.errors import ContextExceeded, Interrupted, KimiError, NotKept, UsageError
from kimi_magic.messages import Upload
from kimi_magic.options import Options
from kimi_magic.preparing import Estimate, Preparation, price_of
from kimi_magic.render.view import Silent, View
from kimi_magic.request import Question
from kimi_magic.settings import Secret, Settings, environment_key, find_key, mask_keys
from kimi_magic.store.sqlite import Store


@dataclass(slots=True)
class Session:
    """A notebook with its conversations, and the way to Kimi. One for each kernel.

    ``asked`` has every turn since the kernel began, by its id, with its conversation's name: what `/usage` counts.
    ``endpoint`` and ``key`` are what ``/demo`` or ``/login`` chose for now; they go before settings and environment.
    ``where`` tells the cell that runs now, and which execution of it this is.
    """

    settings: Settings = field(default_factory=Settings)
    notebook: Notebook = field(default_factory=Notebook)
    endpoint: str = ""
    key: Secret | None = None
    asked: dict[str, tuple[str, Turn]] = field(default_factory=dict)
    last: Answer | None = None
    where: Callable[[], tuple[str, str]] = lambda: ("", "")
    _client: Client | None = None
    _given: Secret | None = None
    _gone: frozenset[str] = frozenset()
    _scales: dict[str, Scale] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.notebook.keep_in(self.settings.store)

    def ask(self, question: Question, view: View | None = None) -> Answer:
        """Ask, show the answer in ``view`` while it arrives, keep the turn, and return the answer.

        Raises `UsageError` before anything is sent; `ServiceError` where there is no answer; `AnswerIncomplete` and
        `Interrupted` where a part of it arrived, which is then shown, kept and in `last`.
        """
        question = requests.masked(question, self._mask)
        asked = self._begun(question, self.conversation(question.options), view or Silent())
        asked.view.begin(asked.turn, asked.conversation.name)
        try:
            self._exchange(asked)
        except KeyboardInterrupt:
            asked.error = Interrupted(_STOPPED)
        finally:  # also where a view fails: what arrived is kept and shown as far as it goes
            self._end_surely(asked)
        if asked.turn.state != "failed":
            self.last = Answer.of(asked.turn)
        if asked.error is not None:
            raise asked.error
        return Answer.of(asked.turn)

    def conversation(self, options: Options) -> Conversation:
        """Return the conversation that ``options`` name: the one that goes on, or one that begins anew."""
        self.notebook.refresh()
        known = self.conversations.find(options.conversation)
        if known is None:
            return Conversation(options.conversation)
        if options.new:
            return Conversation(known.name, model=known.model, system=known.system)
        return known

    @property
    def client(self) -> Client:
        """The way to the service, with the key as it is given now. Raises `KeyMissing`."""
        given = self.key or environment_key()
        with self._lock:
            if self._client is not None and given != self._given:
                self._client.close()
                self._client = None
            if self._client is None:
                nobody = given or (Secret("offline") if self.settings.offline else None)  # nothing is sent there
                self._client = Client(self.settings, find_key(self.settings.base_url, nobody))
                self._given = given
            return self._client

    def _mask(self, text: str) -> str:
        """Return ``text`` without a key: neither the one that is asked with, nor those of the environment."""
        return mask_keys(self.client.mask(text))

    def configure(self, settings: Settings, key: Secret | None = None) -> None:
        """Go on with other settings, and another key where one is given."""
        self.notebook.keep_in(settings.store)
        if settings != self.settings or key is not None:
            if settings.base_url != self.settings.base_url:
                self.key = None  # it was given for another address
            self.settings, self.key = settings, key or self.key
            self._disconnect()

    def forget_key(self, instead: Secret | None = None) -> None:
        """Forget the key that was chosen in this session; go on with ``instead``, or with what the environment has."""
        self.key = instead
        self._disconnect()

    def _disconnect(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

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
        question = requests.masked(question, self._mask)
        conversation = self.conversation(question.options)
        return self._preparation.estimate(question, conversation, self._scale(conversation))

    def price(self, model: str) -> Price | None:
        """Return the price of ``model``: the setting's, else the shipped one; None where it is unknown."""
        return price_of(model, self.settings)

    def keep(self, conversation: Conversation, turn: Turn) -> str:
        """Put ``turn`` into ``conversation`` and into the store; return what the user should know about that, or ""."""
        self.asked[turn.id] = (conversation.name, replace(turn, said=(), attachments=()))
        return self.conversations.keep(conversation, turn)

    @property
    def _preparation(self) -> Preparation:
        return Preparation(self.client, self.settings)

    def _scale(self, conversation: Conversation) -> Scale:
        return self._scales.get(conversation.id, Scale())

    def _begun(self, question: Question, conversation: Conversation, view: View) -> Asked:
        prepared = self._preparation.checked(question, conversation, self._scale(conversation))
        turn = requests.begun(question, prepared.request, conversation.earlier(question.cell, question.run))
        return Asked(question, conversation, prepared, turn, Draft(question.options.prefix), view)

    def _exchange(self, asked: Asked) -> None:
        """Send the question and follow its answer; once more where the service has another idea of what it has or reads."""
        for _ in range(2):
            try:
                self._make_ready(asked)
                self._follow(asked)
            except KeyboardInterrupt:
                asked.error = Interrupted(_STOPPED)
            except KimiError as error:  # a file could not be uploaded, or nobody may be asked
                asked.error = error
            if not (asked.error and (self._drop_gone(asked, asked.error) or self._learn_size(asked, asked.error))):
                break

    def _drop_gone(self, asked: Asked, error: KimiError) -> bool:
        """Note which files the service has forgotten; return whether there are any."""
        gone = uploads.forgotten(error, asked.prepared.request.messages, self.store, self.client.files)
        self._gone |= gone
        return bool(gone)

    def _learn_size(self, asked: Asked, error: KimiError) -> bool:
        """Learn from a refusal how large the request was; return whether leaving turns out can help."""
        if not (isinstance(error, ContextExceeded) and error.requested):
            return False
        scale, weight = self._scale(asked.conversation), weigh(asked.prepared.request.messages)
        self._scales[asked.conversation.id] = scale.learned(weight, error.requested)
        asked.conversation.resize(error.requested / max(scale.of(weight), 1))
        ready = self._preparation.ready(asked.question, asked.conversation, self._scale(asked.conversation))
        return ready.left_out > asked.prepared.left_out

    def _make_ready(self, asked: Asked) -> None:
        """Upload what is too large to be sent along, and compose the request as it goes."""
        question = asked.question
        if any(isinstance(part, Upload) for attachment in question.attachments for part in attachment.parts):
            if self.settings.offline:
                raise UsageError("A file would have to be uploaded, and KimiMagic.offline is set: nothing was asked.")
            attachments = uploads.uploaded(question.attachments, self.client.files, self.store)
            question = requests.masked(replace(question, attachments=attachments), self._mask)
        asked.turn = replace(asked.turn, said=question.messages(), attachments=question.attachments)
        prepared = self._preparation.ready(question, asked.conversation, self._scale(asked.conversation))
        messages = uploads.without(prepared.request.messages, self._gone)
        asked.prepared = replace(prepared, request=replace(prepared.request, messages=messages))

    def _follow(self, asked: Asked) -> None:
        """Send the request, keep that it was asked, and redraw the view at its own pace until the answer is over."""
        body = wire.encode_request(asked.prepared.request, self.client.model(asked.prepared.request.model))
        sent = wire.dump(body)
        sha256, exchange = hashlib.sha256(sent).hexdigest(), wire.exchange_of(body)
        asked.turn = replace(asked.turn, request_sha256=sha256, exchange=exchange)
        if self._is_answered(asked, exchange):
            return
        pause = 0.0
        with closing(self.client.stream(sent, asked.draft.apply)) as stream:
            asked.notice = self.keep(asked.conversation, asked.turn)
            while stream.wait(pause):
                pause = asked.view.update(asked.draft)
        asked.error = stream.error

    def _is_answered(self, asked: Asked, exchange: str) -> bool:
        """Take the answer from the store where that is allowed and it is there. Raises `UsageError` when offline."""
        if not (asked.question.options.cache or self.settings.offline):
            return False
        found = None
        with suppress(NotKept):  # a store that cannot be read has no answer
            found = self.store.answered(exchange) if self.store else None
        if found is not None:
            asked.draft.apply(events_of(found))
            asked.turn, asked.error = replace(asked.turn, is_cached=True), None
        elif self.settings.offline:
            raise UsageError(
                "The store has no answer to this very request, and KimiMagic.offline is set: nothing was asked. Ask once "
                "with %config KimiMagic.offline = False."
            )
        return found is not None

    def _end_surely(self, asked: Asked) -> None:
        """End the question, also where somebody presses stop once more meanwhile."""
        try:
            self._end(asked)
        except KeyboardInterrupt:
            asked.error = asked.error or Interrupted(_STOPPED)
            self._end(asked)

    def _end(self, asked: Asked) -> None:
        """Keep the turn as it ended, and show it; what the options chose for the following turns holds from now on."""
        turn = self._measured(asked, self._ended(asked))
        options, conversation = asked.question.options, asked.conversation
        if turn.is_said:
            conversation.model = options.model or conversation.model
            conversation.system = conversation.system if options.system is None else options.system
        notice = self.keep(conversation, turn) or asked.notice
        asked.view.finish(turn, [note for note in (_left_out(asked.prepared.left_out), notice) if note])
        asked.turn = turn

    def _ended(self, asked: Asked) -> Turn:
        """Return the turn with what came of it."""
        turn, draft = asked.turn, asked.draft
        price = self.price(draft.model) or self.price(turn.model)
        cost = price.of(draft.usage) if price and draft.usage else None
        state = state_of(draft, asked.error)
        return replace(
            turn,
            said=(*turn.said, draft.message()),
            model=draft.model or turn.model,
            state="once" if asked.question.options.once and state != "failed" else state,
            usage=draft.usage,
            cost=0.0 if turn.is_cached else cost,
            finish_reason=draft.finish_reason,
            seconds=time.time() - turn.asked_at,
        )

    def _measured(self, asked: Asked, turn: Turn) -> Turn:
        """Return ``turn`` with the tokens that it takes from now on, and learn from what the service has counted."""
        id, reads = asked.conversation.id, self._preparation.reads_reasoning(turn.model)  # noqa: A001 the field's name
        question, answer = weigh(asked.question.messages()), weigh(turn.said[-1:], reasoning=reads)
        scale = self._scales.get(id, Scale())
        if turn.usage is None or turn.usage.prompt_tokens <= 0 or turn.is_cached:
            return replace(turn, tokens=scale.of(question) + scale.of(answer))
        weight = weigh(asked.prepared.request.messages, reasoning=reads)
        scale = scale.learned(weight, turn.usage.prompt_tokens, has_new_pictures=question.pictures > 0)
        self._scales[id] = scale
        return replace(turn, tokens=max(turn.usage.prompt_tokens - asked.prepared.before, 1) + scale.of(answer))


def _left_out(count: int) -> str:
    return f"{count:,} older {'turn' if count == 1 else 'turns'} left out" if count else ""


_STOPPED = "Stopped. What arrived is kept, and the connection is closed."
