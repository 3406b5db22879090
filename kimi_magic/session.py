"""The whole line: a question goes out, the answer is shown while it comes, and the turn is kept."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace

from kimi_magic import request as requests
from kimi_magic import uploads
from kimi_magic.amounts import dollars
from kimi_magic.answer import Answer
from kimi_magic.api import wire
from kimi_magic.api.catalog import PRICES, Price
from kimi_magic.api.client import Client
from kimi_magic.asked import Asked, state_of
from kimi_magic.conversation import Conversation, Draft, Turn
from kimi_magic.errors import Interrupted, KimiError, NotKept, UsageError
from kimi_magic.messages import ChatRequest, Upload
from kimi_magic.options import Options
from kimi_magic.render.view import Silent, View
from kimi_magic.request import Question
from kimi_magic.settings import Secret, Settings, environment_key, find_key, mask_keys
from kimi_magic.store.sqlite import Store, default_path


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request would be: its JSON, about how many tokens it has, and what it may cost at the most in US dollars.

    ``counted`` tells whether the service counted the tokens, or they are a guess.
    """

    request: ChatRequest
    body: wire.Json
    tokens: int
    counted: bool
    cost: float | None


@dataclass(slots=True)
class Session:
    """The conversations of one notebook, and the way to Kimi. One for each kernel.

    ``asked`` has every turn since the kernel began, by its id, with its conversation's name: what `/usage` counts.
    ``endpoint`` and ``key`` are what ``/demo`` or ``/login`` chose for now; they go before settings and environment.
    """

    settings: Settings = field(default_factory=Settings)
    notebook: str = ""
    endpoint: str = ""
    key: Secret | None = None
    conversations: dict[str, Conversation] = field(default_factory=dict)
    asked: dict[str, tuple[str, Turn]] = field(default_factory=dict)
    last: Answer | None = None
    _client: Client | None = None
    _given: Secret | None = None
    _gone: frozenset[str] = frozenset()
    _store: Store | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: Question, view: View | None = None) -> Answer:
        """Ask, show the answer in ``view`` while it arrives, keep the turn, and return the answer.

        Raises `UsageError` before anything is sent; `ServiceError` where there is no answer; `AnswerIncomplete` and
        `Interrupted` where a part of it arrived, which is then shown, kept and in `last`.
        """
        question = requests.masked(question, self._mask)
        conversation = self.conversation(question.options)
        turn = requests.begun(question, self._checked(question, conversation))
        asked = Asked(question, conversation, turn, Draft(question.options.prefix), view or Silent())
        asked.view.begin(turn, conversation.name)
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
        known = self.conversations.get(options.conversation)
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
                self._client = Client(self.settings, find_key(self.settings.base_url, given))
                self._given = given
            return self._client

    def _mask(self, text: str) -> str:
        """Return ``text`` without a key: neither the one that is asked with, nor those of the environment."""
        return mask_keys(self.client.mask(text))

    def configure(self, settings: Settings, key: Secret | None = None) -> None:
        """Go on with other settings, and another key where one is given."""
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
    def store(self) -> Store | None:
        """Where turns are kept; None where the setting says that they are not."""
        if self.settings.store == "none":
            return None
        self._store = self._store or Store(default_path())
        return self._store

    def estimate(self, question: Question) -> Estimate:
        """Return what asking ``question`` would send; the service counts the tokens where it can. Sends no question."""
        question = requests.masked(question, self._mask)
        request = self._checked(question, self.conversation(question.options), limit=False)
        model = self.client.model(request.model)
        tokens, counted = self._count(request)
        cost = self._estimated(tokens, request)
        return Estimate(request, wire.encode_request(request, model), tokens, counted, cost)

    def price(self, model: str) -> Price | None:
        """Return the price of ``model``; None where it is unknown."""
        return PRICES.get(model)

    def keep(self, conversation: Conversation, turn: Turn) -> str:
        """Put ``turn`` into ``conversation`` and into the store; return what the user should know about that, or ""."""
        conversation.put(turn)
        self.asked[turn.id] = (conversation.name, replace(turn, said=(), attachments=()))
        if turn.state != "asked" and (turn.is_said or conversation.name not in self.conversations):
            self.conversations[conversation.name] = conversation
        if self.store is None:
            return ""
        try:
            return self.store.keep(conversation, turn, self.notebook)
        except NotKept as error:
            return str(error)

    def _checked(self, question: Question, conversation: Conversation, *, limit: bool = True) -> ChatRequest:
        """Return the request for ``question``, which is possible as far as is known, and below the limit of its cost."""
        if not question.text.strip():
            raise UsageError("There is no question: write one below %%kimi, or after %kimi.")
        request = requests.compose(question, conversation, self.settings)
        if requests.shows_media(request) and self.client.model(request.model).image_in is None:
            self._learn_models()
        try:
            requests.check(request, self.client.model(request.model), self.client.models)
        except UsageError:  # as far as the shipped table knows: the service may know better
            self._learn_models()
            requests.check(request, self.client.model(request.model), self.client.models)
        most = question.options.max_cost if question.options.max_cost is not None else self.settings.max_cost
        if limit and most is not None:
            self._check_cost(request, most)
        return request

    def _learn_models(self) -> None:
        """Ask the service once what its models can; a server that does not say stays unknown, and may be tried."""
        if not self.client.models_are_known:
            with suppress(KimiError):
                self.client.load_models()

    def _check_cost(self, request: ChatRequest, most: float) -> None:
        tokens, _ = self._count(request)
        cost = self._estimated(tokens, request)
        if cost is None:
            raise UsageError(f"The price of {request.model} is unknown, so --max-cost cannot hold. Nothing was asked.")
        if cost > most:
            raise UsageError(
                f"This may cost {dollars(cost)} ({tokens:,} tokens in), more than {dollars(most)}. Nothing was asked; "
                "--max-tokens caps the answer, --new or --once leaves the history out."
            )

    def _count(self, request: ChatRequest) -> tuple[int, bool]:
        try:
            return self.client.estimate(request.model, request.messages), True
        except KimiError:  # a server without this call, or none at all
            return requests.guess_tokens(request.messages), False

    def _estimated(self, tokens: int, request: ChatRequest) -> float | None:
        price = self.price(request.model)
        return requests.estimate_cost(tokens, request.max_tokens, price) if price else None

    def _exchange(self, asked: Asked) -> None:
        """Send the question and follow its answer; once more where the service has forgotten a file that it had."""
        for _ in range(2):
            request = None
            try:
                request = self._ready(asked)
                self._follow(request, asked)
            except KeyboardInterrupt:
                asked.error = Interrupted(_STOPPED)
            except KimiError as error:  # a file could not be uploaded
                asked.error = error
            gone = self._forgotten(asked.error, request) if asked.error and request else None
            if not gone:
                break
            self._gone |= gone

    def _forgotten(self, error: KimiError, request: ChatRequest) -> frozenset[str]:
        return uploads.forgotten(error, request.messages, self.store, self.client.files)

    def _ready(self, asked: Asked) -> ChatRequest:
        """Upload what is too large to be sent along, and return the request as it goes."""
        question = asked.question
        if any(isinstance(part, Upload) for attachment in question.attachments for part in attachment.parts):
            attachments = uploads.uploaded(question.attachments, self.client.files, self.store)
            question = requests.masked(replace(question, attachments=attachments), self._mask)
        asked.turn = replace(asked.turn, said=question.messages(), attachments=question.attachments)
        request = requests.compose(question, asked.conversation, self.settings)
        return replace(request, messages=uploads.without(request.messages, self._gone))

    def _follow(self, request: ChatRequest, asked: Asked) -> None:
        """Send ``request``, keep that it was asked, and redraw the view at its own pace until the answer is over."""
        body = wire.dump(wire.encode_request(request, self.client.model(request.model)))
        asked.turn = replace(asked.turn, request_sha256=hashlib.sha256(body).hexdigest())
        pause = 0.0
        with closing(self.client.stream(body, asked.draft.apply)) as stream:
            asked.notice = self.keep(asked.conversation, asked.turn)
            while stream.wait(pause):
                pause = asked.view.update(asked.draft)
        asked.error = stream.error

    def _end_surely(self, asked: Asked) -> None:
        """End the question, also where somebody presses stop once more meanwhile."""
        try:
            self._end(asked)
        except KeyboardInterrupt:
            asked.error = asked.error or Interrupted(_STOPPED)
            self._end(asked)

    def _end(self, asked: Asked) -> None:
        """Keep the turn as it ended, and show it; what the options chose for the following turns holds from now on."""
        turn = self._ended(asked)
        options, conversation = asked.question.options, asked.conversation
        if turn.is_said:
            conversation.model = options.model or conversation.model
            conversation.system = conversation.system if options.system is None else options.system
        notice = self.keep(conversation, turn) or asked.notice
        asked.view.finish(turn, [notice] if notice else [])
        asked.turn = turn

    def _ended(self, asked: Asked) -> Turn:
        """Return the turn with what came of it."""
        turn, draft = asked.turn, asked.draft
        price = self.price(draft.model) or self.price(turn.model)
        state = state_of(draft, asked.error)
        return replace(
            turn,
            said=(*turn.said, draft.message()),
            model=draft.model or turn.model,
            state="once" if asked.question.options.once and state != "failed" else state,
            usage=draft.usage,
            cost=price.of(draft.usage) if price and draft.usage else None,
            finish_reason=draft.finish_reason,
            seconds=time.time() - turn.asked_at,
        )


_STOPPED = "Stopped. What arrived is kept, and the connection is closed."
