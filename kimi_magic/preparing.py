"""A question is made ready: fitted into the context, composed, and held against the model and the limit of its cost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

from kimi_magic import request as requests
from kimi_magic.amounts import dollars
from kimi_magic.api import wire
from kimi_magic.api.catalog import PRICES, Model, Price
from kimi_magic.api.client import Client
from kimi_magic.context import Scale, fit, together, weigh, weigh_tools
from kimi_magic.conversation import Conversation, Entry
from kimi_magic.errors import KimiError, UsageError
from kimi_magic.messages import ChatRequest, Message
from kimi_magic.options import Options
from kimi_magic.request import Question
from kimi_magic.settings import Settings

MOST_RESERVED = 32_768
"""Tokens of the context that are kept free for the answer, unless --max-tokens says how long it may be."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question as it goes: the request, and how many turns it leaves out.

    ``before`` is how many tokens stand before the question, ``tokens`` how many there are together, as far as is known.
    """

    request: ChatRequest
    left_out: int
    before: int
    tokens: int


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
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Preparation:
    """Makes questions ready, as the settings and the service want them."""

    client: Client
    settings: Settings

    def ready(
        self, question: Question, conversation: Conversation, scale: Scale, replies: tuple[Message, ...] = ()
    ) -> Prepared:
        """Return ``question`` as it goes: with as much of what stands above as the model can read.

        ``replies`` is what was said since it was asked.
        """
        options = question.options
        model = self.client.model(options.model or conversation.model or self.settings.model)
        system = requests.system_message(question, conversation, self.settings)
        first = scale.of(together(weigh(system), weigh_tools(question.offered)))
        above = [] if options.once else _above(question, conversation)
        sizes = _sizes(conversation, above, scale)
        asked = scale.of(weigh((*question.messages(), *replies)))
        kept = [*range(len(above))]
        context = context_of(model, self.settings)
        if context is not None:
            room = room_in(context, options.max_tokens)
            pins = [*(entry.is_pinned for entry in above), True]
            kept = fit([*sizes, asked], pins, max(room - first, 0))[:-1]
        history = conversation.history(above[place] for place in kept)
        request = requests.compose(question, conversation, self.settings, history, replies)
        before = first + sum(sizes[place] for place in kept)
        return Prepared(request, len(above) - len(kept), before, before + asked)

    def checked(self, question: Question, conversation: Conversation, scale: Scale, *, limit: bool = True) -> Prepared:
        """Return ``question`` as it goes, which is possible as far as is known, and below the limit of its cost.

        Raises `UsageError`.
        """
        if not question.text.strip():
            raise UsageError("There is no question: write one below %%kimi, or after %kimi.")
        prepared = self.ready(question, conversation, scale, requests.earlier(question))
        self._check(prepared.request)
        if limit:
            self.check_cost(prepared, question.options)
        return prepared

    def check_cost(self, prepared: Prepared, options: Options) -> None:
        """Raise `UsageError` where the request may cost more than the limit, if there is one."""
        most = options.max_cost if options.max_cost is not None else self.settings.max_cost
        if most is not None:
            self._check_cost(prepared, most)

    def estimate(self, question: Question, conversation: Conversation, scale: Scale) -> Estimate:
        """Return what asking ``question`` would send; the service counts the tokens where it can. Sends no question."""
        prepared = self.checked(question, conversation, scale, limit=False)
        request = prepared.request
        body = wire.encode_request(request, self.client.model(request.model))
        tokens, counted = self._count(prepared)
        return Estimate(request, body, tokens, counted, self._cost(tokens, request), prepared.left_out)

    def reads_reasoning(self, model: str) -> bool:
        """Whether the thinking that is sent back counts as tokens: models that always think read it again."""
        return self.client.model(model).thinking == "only"

    def _check(self, request: ChatRequest) -> None:
        if requests.shows_media(request) and self.client.model(request.model).image_in is None:
            self._learn_models()
        try:
            requests.check(request, self.client.model(request.model), self.client.models)
        except UsageError:  # as far as the shipped table knows: the service may know better
            self._learn_models()
            requests.check(request, self.client.model(request.model), self.client.models)

    def _learn_models(self) -> None:
        """Ask the service once what its models can; a server that does not say stays unknown, and may be tried."""
        if not (self.client.models_are_known or self.settings.offline):
            with suppress(KimiError):
                self.client.load_models()

    def _check_cost(self, prepared: Prepared, most: float) -> None:
        tokens, _ = self._count(prepared)
        cost = self._cost(tokens, prepared.request)
        refused = "No more was asked" if prepared.request.messages[-1].role == "tool" else "Nothing was asked"
        if cost is None:
            raise UsageError(f"The price of {prepared.request.model} is unknown, so --max-cost cannot hold. {refused}.")
        if cost > most:
            raise UsageError(
                f"This may cost {dollars(cost)} ({tokens:,} tokens in), more than {dollars(most)}. {refused}; "
                "--max-tokens caps the answer, --new or --once leaves the history out."
            )

    def _count(self, prepared: Prepared) -> tuple[int, bool]:
        request = prepared.request
        if not self.settings.offline:
            with suppress(KimiError):  # a server without this call, or none at all; it does not count tools
                tools = Scale().of(weigh_tools(request.tools))
                return self.client.estimate(request.model, request.messages) + tools, True
        return prepared.tokens, False

    def _cost(self, tokens: int, request: ChatRequest) -> float | None:
        price = price_of(request.model, self.settings)
        return requests.estimate_cost(tokens, request.max_tokens, price) if price else None


def context_of(model: Model, settings: Settings) -> int | None:
    """Return how many tokens a request may have with its answer: the model's context, or less by the setting."""
    return min([size for size in (model.context_length, settings.context) if size], default=None)


def room_in(context: int, max_tokens: int | None = None) -> int:
    """Return how many tokens of ``context`` system message, history and question may take; the rest is the answer's."""
    return context - min(max_tokens or MOST_RESERVED, context // 4)


def price_of(model: str, settings: Settings) -> Price | None:
    """Return the price of ``model``: the setting's, else the shipped one; None where it is unknown."""
    own = settings.prices.get(model)
    return Price(own["cached"], own["input"], own["output"]) if own else PRICES.get(model)


def _above(question: Question, conversation: Conversation) -> list[Entry]:
    """Return what the question sees; one that goes on with a turn sees what stands above that."""
    turn = question.goes_on
    if turn is None:
        return conversation.above(question.cell, question.run)
    before = {entry.id for entry in takewhile(lambda entry: entry.id != turn.id, conversation.entries)}
    return [entry for entry in conversation.above() if entry.id in before]


def _sizes(conversation: Conversation, entries: list[Entry], scale: Scale) -> list[int]:
    """Return how many tokens each turn takes; what was never measured is read, all of it together, and weighed."""
    unknown = [entry for entry in entries if not entry.tokens]
    weighed = {turn.id: scale.of(weigh(turn.said)) for turn in conversation.read_turns(unknown)}
    return [entry.tokens or weighed.get(entry.id, 0) for entry in entries]
