"""One question and its answer: what goes over the wire, or comes from the store, and what is learned from it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kimi_magic import request as requests
from kimi_magic import uploads
from kimi_magic.amounts import counted
from kimi_magic.api import wire
from kimi_magic.api.catalog import WEB_SEARCH
from kimi_magic.api.client import Client
from kimi_magic.asked import Asked, Reply, events_of, state_of
from kimi_magic.context import Scale, together, weigh, weigh_tools
from kimi_magic.conversation import Conversation, Turn
from kimi_magic.draft import Draft
from kimi_magic.errors import ContextExceeded, Interrupted, KimiError, NotKept, RequestRefused, UsageError
from kimi_magic.messages import Message, Part, Text, ToolCall, Upload
from kimi_magic.preparing import Preparation, price_of
from kimi_magic.render.view import View
from kimi_magic.request import Question
from kimi_magic.schema.misfit import Misfit
from kimi_magic.settings import Settings
from kimi_magic.slots import Slots
from kimi_magic.store.sqlite import Store

if TYPE_CHECKING:
    from kimi_magic.tools.toolbox import Toolbox

STOPPED = "Stopped. What arrived is kept, and the connection is closed."


@dataclass(slots=True)
class Learned:
    """What questions teach those that follow: how the service counts, its lost files, how many answers it allows."""

    scales: dict[str, Scale] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    slots: Slots = field(default_factory=Slots)

    def scale(self, conversation: Conversation) -> Scale:
        """Return the scale of ``conversation``."""
        return self.scales.get(conversation.id, Scale())


@dataclass(frozen=True, slots=True)
class Exchange:
    """The way of one question: made ready, sent, followed to its end, measured.

    ``keep`` is called with the turn when the question is sent; ``mask`` takes keys out of a text.
    """

    client: Client
    settings: Settings
    store: Store | None
    learned: Learned
    keep: Callable[[Conversation, Turn], str]
    mask: Callable[[str], str]

    @property
    def preparation(self) -> Preparation:
        """What makes questions ready."""
        return Preparation(self.client, self.settings)

    def begin(self, question: Question, conversation: Conversation, view: View, toolbox: Toolbox | None = None) -> Asked:
        """Return ``question`` as it sets out. Raises `UsageError` where it cannot be asked: nothing is sent then."""
        prepared = self.preparation.checked(question, conversation, self.learned.scale(conversation))
        turn = requests.begun(question, prepared.request, conversation.earlier(question.cell, question.run))
        before = requests.earlier(question)
        draft = _draft(question, before, before, is_json=turn.is_json)
        said = tuple(map(Reply, before))
        return Asked(question, conversation, prepared, turn, draft, view, toolbox, said, spent=turn.usage)

    def await_another(self, asked: Asked) -> None:
        """Let the next reply arrive in a draft of its own."""
        asked.spent = asked.usage
        asked.draft = _draft(asked.question, asked.replies, asked.before, is_json=asked.turn.is_json)

    def run(self, asked: Asked) -> None:
        """Send the question and follow its answer; once more where the service has another idea of what it has or reads."""
        for _ in range(2):
            try:
                self._make_ready(asked)
                self._follow(asked)
            except KeyboardInterrupt:
                asked.error = Interrupted(STOPPED)
            except KimiError as error:  # a file could not be uploaded, or nobody may be asked
                asked.error = error
            if not (asked.error and self._adapt(asked, asked.error)):
                break

    def ended(self, asked: Asked) -> Turn:
        """Return the turn with what came of it, and learn from what the service has counted."""
        turn, draft = asked.turn, asked.draft
        is_as_before = not draft.has_answer and asked.before == requests.earlier(asked.question)
        if asked.question.goes_on and asked.error and is_as_before:
            return asked.question.goes_on  # nothing was added but, perhaps, thinking: it stays as it was
        price = price_of(draft.model, self.settings) or price_of(turn.model, self.settings)
        usage = asked.usage
        cost = price.of(usage) + WEB_SEARCH * asked.searches if price and usage else None
        state = state_of(draft, asked.error)
        turn = replace(
            turn,
            said=(*turn.question, *map(self.masked, _replies(asked))),  # uploaded by now
            model=self.mask(draft.model) or turn.model,
            state="once" if asked.question.options.once and state != "failed" else state,
            usage=usage,
            cost=0.0 if turn.is_cached else cost,
            finish_reason=self.mask(draft.finish_reason),
            seconds=turn.seconds + time.time() - asked.began_at,
        )
        return self._measured(asked, turn)

    def masked(self, message: Message) -> Message:
        """Return a reply without a key: a service, or a function, that repeats it does not get it into the notebook."""
        said = message.content
        content = self.mask(said) if isinstance(said, str) else tuple(map(self._masked_part, said))
        reasoning = message.reasoning and self.mask(message.reasoning)
        calls = tuple(map(self.masked_call, message.tool_calls))
        answers = message.tool_call_id and self.mask(message.tool_call_id)
        return replace(message, content=content, reasoning=reasoning, tool_calls=calls, tool_call_id=answers)

    def masked_call(self, call: ToolCall) -> ToolCall:
        """Return a call without a key; the one that is carried out has it."""
        return ToolCall(self.mask(call.id), self.mask(call.name), self.mask(call.arguments))

    def _masked_part(self, part: Part) -> Part:
        return Text(self.mask(part.text)) if isinstance(part, Text) else part

    def _adapt(self, asked: Asked, error: KimiError) -> bool:
        """Leave out what the service has not, or cannot take; return whether the question may go once more."""
        return self._drop_gone(asked, error) or self._learn_size(asked, error) or self._drop_tools(asked, error)

    def _drop_tools(self, asked: Asked, error: KimiError) -> bool:
        """Offer nothing any more where the refusal can be about `tool_choice`, which not every server knows."""
        is_about_it = isinstance(error, RequestRefused) and asked.prepared.request.tool_choice is not None
        asked.is_offered = asked.is_offered and not is_about_it
        return is_about_it

    def _drop_gone(self, asked: Asked, error: KimiError) -> bool:
        """Note which files the service has forgotten; return whether there are any."""
        gone = uploads.forgotten(error, asked.prepared.request.messages, self.store, self.client.files)
        self.learned.gone |= gone
        return bool(gone)

    def _learn_size(self, asked: Asked, error: KimiError) -> bool:
        """Learn from a refusal how large the request was; return whether leaving turns out can help."""
        if not (isinstance(error, ContextExceeded) and error.requested):
            return False
        conversation, weight = asked.conversation, weigh(asked.prepared.request.messages)
        scale = self.learned.scale(conversation)
        self.learned.scales[conversation.id] = scale.learned(weight, error.requested)
        conversation.resize(error.requested / max(scale.of(weight), 1))
        ready = self.preparation.ready(asked.question, conversation, self.learned.scale(conversation), asked.replies)
        return ready.left_out > asked.prepared.left_out

    def _make_ready(self, asked: Asked) -> None:
        """Upload what is too large to be sent along, and compose the request as it goes."""
        question = asked.question
        if any(isinstance(part, Upload) for attachment in question.attachments for part in attachment.parts):
            if self.settings.offline:
                raise UsageError("A file would have to be uploaded, and KimiMagic.offline is set: nothing was asked.")
            attachments = uploads.uploaded(question.attachments, self.client.files, self.store)
            question = requests.masked(replace(question, attachments=attachments), self.mask)
        if question.goes_on is None:
            asked.turn = replace(asked.turn, said=(*question.messages(), *asked.before), attachments=question.attachments)
        scale = self.learned.scale(asked.conversation)
        prepared = self.preparation.ready(question, asked.conversation, scale, asked.replies)
        if asked.replies:  # each request is held against the limit, and those of a turn grow
            self.preparation.check_cost(prepared, question.options)
        messages = uploads.without(prepared.request.messages, self.learned.gone)
        tools = prepared.request.tools if asked.is_offered else ()
        choice = "none" if tools and not asked.may_call else None
        request = replace(prepared.request, messages=messages, tools=tools, tool_choice=choice)
        asked.prepared = replace(prepared, request=request)

    def _follow(self, asked: Asked) -> None:
        """Send the request, keep that it was asked, and redraw the view at its own pace until the answer is over."""
        body = wire.encode_request(asked.prepared.request, self.client.model(asked.prepared.request.model))
        sent = wire.dump(body)
        if asked.replies or asked.question.goes_on:  # what follows in the same turn is found with its first request
            self._check_online()
        else:
            sha256, exchange = hashlib.sha256(sent).hexdigest(), wire.exchange_of(body)
            asked.turn = replace(asked.turn, request_sha256=sha256, exchange=exchange)
            if self._answer_from_store(asked, exchange):
                return
        with self.learned.slots.one(lambda: self._waits(asked)) as has_room:
            asked.error = self._stream(asked, sent) if has_room else Interrupted("Stopped before it was sent.")

    def _waits(self, asked: Asked) -> bool:
        """Return whether the question still waits for room, and say so."""
        if self.learned.slots.is_full:
            asked.view.wait(f"Waiting: {counted(self.learned.slots.most, 'answer')} may arrive at once (/jobs lists them).")
        return not asked.is_stopped

    def _stream(self, asked: Asked, sent: bytes) -> KimiError | None:
        """Send the request and show what comes; return why the answer is not whole."""
        pause = 0.0
        with closing(self.client.stream(sent, asked.draft.apply)) as stream:
            asked.stream = stream
            if asked.is_stopped:  # before there was anything to stop
                stream.close()
            asked.notice = self.keep(asked.conversation, asked.turn)
            while stream.wait(pause):
                pause = asked.view.update(asked.draft)
        self.learned.slots.learn(stream.concurrency)
        return Interrupted(STOPPED) if asked.is_stopped and not asked.draft.is_complete else stream.error

    def _answer_from_store(self, asked: Asked, exchange: str) -> bool:
        """Take the answer from the store where that is allowed and it is there. Raises `UsageError` when offline."""
        if not (asked.question.options.cache or self.settings.offline):
            return False
        found = None
        with suppress(NotKept):  # a store that cannot be read has no answer
            found = self.store.answered(exchange) if self.store else None
        if found is not None and not self.settings.offline and not _has_value(found, asked.question):
            return False  # it would fail for ever
        if found is not None:
            asked.add(*requests.earlier_of(found))
            asked.draft.before = asked.before
            asked.draft.apply(events_of(found))
            asked.turn, asked.error = replace(asked.turn, is_cached=True), None
        else:
            self._check_online()
        return found is not None

    def _check_online(self) -> None:
        """Raise `UsageError` where nobody may be asked."""
        if self.settings.offline:
            raise UsageError(
                "The store has no answer to this very request, and KimiMagic.offline is set: nothing was asked. Ask once "
                "with %config KimiMagic.offline = False."
            )

    def _measured(self, asked: Asked, turn: Turn) -> Turn:
        """Return ``turn`` with the tokens that it takes from now on; the counts of the service make the scale better."""
        conversation, reads = asked.conversation, self.preparation.reads_reasoning(turn.model)
        question, answer = weigh(asked.question.messages()), weigh(turn.said[-1:], reasoning=reads)
        scale, usage = self.learned.scale(conversation), asked.draft.usage
        if usage is None or usage.prompt_tokens <= 0 or turn.is_cached or asked.question.goes_on:
            return replace(turn, tokens=scale.of(weigh(turn.said, reasoning=reads)))
        request = asked.prepared.request
        weight = together(weigh(request.messages, reasoning=reads), weigh_tools(request.tools))
        scale = scale.learned(weight, usage.prompt_tokens, has_new_pictures=question.pictures > 0)
        self.learned.scales[conversation.id] = scale
        more = asked.prepared.before + scale.of(weigh(asked.refused))
        return replace(turn, tokens=max(usage.prompt_tokens - more, 1) + scale.of(answer))


def _has_value(turn: Turn, question: Question) -> bool:
    """Whether the answer of ``turn`` is what ``question`` wants a value of, if it wants one."""
    if question.target is None:
        return True
    with suppress(Misfit):
        question.target.read(turn.answer.text)
        return turn.finish_reason != "length"  # a part of a list can be a list
    return False


def _draft(question: Question, replies: tuple[Message, ...], before: tuple[Message, ...], *, is_json: bool) -> Draft:
    """Return the draft of the reply to ``replies``, which are part of the request; the turn keeps those ``before``."""
    start = requests.beginning(question, replies)
    prefix, thought = (start.text, start.reasoning) if start else ("", None)
    return Draft(prefix, thought=thought, before=before, is_json=is_json)


def _replies(asked: Asked) -> tuple[Message, ...]:
    """Return what the model said in the turn, with what its calls returned; an empty end is left out behind calls."""
    last = asked.draft.message()
    if asked.before and not (last.content or last.tool_calls):
        return asked.before
    return (*asked.before, last)
