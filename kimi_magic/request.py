"""A question becomes a request, and is held against what the model can do. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from kimi_magic.api.catalog import Model, Price
from kimi_magic.conversation import Conversation, Turn, new_id
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, ChatRequest, Image, Message, Part, Text, Tool, Upload, Video
from kimi_magic.options import Options
from kimi_magic.settings import Settings

if TYPE_CHECKING:
    from kimi_magic.schema.target import Target

# Types and tools are seldom wanted, and 40 ms to import: a first question without them must not wait for them.

ASSUMED_ANSWER = 2_000
"""Tokens that an estimate of the price takes an answer to have when no --max-tokens says more exactly."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a user asks: the prompt as typed, the text that it became, what goes along, and the cell that it stands in.

    ``run`` is the execution of that cell; see `kimi_magic.conversation.Turn`. ``offered`` are the tools that Kimi may call,
    ``target`` is what the answer is to be a value of, ``line`` the first line as typed. Where the question ``goes_on``
    with a turn whose answer was cut, it is that turn's, word for word.
    """

    prompt: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    options: Options = field(default_factory=Options)
    cell: str = ""
    run: str = ""
    offered: tuple[Tool, ...] = ()
    target: Target | None = None
    line: str = ""
    goes_on: Turn | None = None

    def messages(self) -> tuple[Message, ...]:
        """Return the question as it is sent: a system message for each document, as the service wants it, then `message`."""
        if self.goes_on is not None:
            return self.goes_on.question
        documents = [part for a in self.attachments if a.kind == "document" for part in a.sent if isinstance(part, Text)]
        return (*(Message("system", part.text) for part in documents), self.message())

    def message(self) -> Message:
        """Return the user's own message: attachments first, the text last; plain words where there is no picture."""
        parts: list[Part] = [part for a in self.attachments if a.kind != "document" for part in a.sent]
        parts.append(Text(self.text))
        if all(isinstance(part, Text) for part in parts):
            return Message("user", "\n\n".join(part.text for part in parts if isinstance(part, Text)))
        return Message("user", tuple(parts))


def masked(question: Question, mask: Callable[[str], str]) -> Question:
    """Return ``question`` with ``mask`` over all its words: an attached os.environ must not carry the key along.

    A tool's schema tells its function's defaults, and a type's schema its values.
    """
    attachments = tuple(
        replace(
            a,
            name=mask(a.name),
            note=mask(a.note),
            warning=mask(a.warning),
            parts=tuple(_masked_part(part, mask) for part in a.parts),
        )
        for a in question.attachments
    )
    options = question.options
    options = replace(
        options,
        system=None if options.system is None else mask(options.system),
        prefix=mask(options.prefix),
        stop=tuple(map(mask, options.stop)),
    )
    target = question.target
    return replace(
        question,
        prompt=mask(question.prompt),
        text=mask(question.text),
        attachments=attachments,
        options=options,
        offered=tuple(
            replace(tool, description=mask(tool.description), parameters=_masked_json(tool.parameters, mask))
            for tool in question.offered
        ),
        target=target and replace(target, schema=_masked_json(target.schema, mask)),
    )


def _masked_part(part: Part | Upload, mask: Callable[[str], str]) -> Part | Upload:
    """Return a part without a key in its words; what a picture or a document shows stays as it is."""
    match part:
        case Text(text):
            return Text(mask(text))
        case Upload():
            return replace(part, filename=mask(part.filename).replace("*", "_"))  # no file is called with stars
    return part


def _masked_json(value: Any, mask: Callable[[str], str]) -> Any:
    """Return a JSON value with ``mask`` over its texts, the names in its objects too."""
    match value:
        case str():
            return mask(value)
        case list():
            return [_masked_json(one, mask) for one in value]
        case dict():
            return {mask(name): _masked_json(one, mask) for name, one in value.items()}
    return value


def compose(
    question: Question,
    conversation: Conversation,
    settings: Settings,
    history: Iterable[Message] = (),
    replies: tuple[Message, ...] = (),
) -> ChatRequest:
    """Return the request that asks ``question``: system message, history, question, and the beginning of the answer.

    ``replies`` is what was said since: calls with their results, an answer that was refused and why.
    """
    options = question.options
    messages = [*system_message(question, conversation, settings), *history, *question.messages(), *replies]
    start = beginning(question, replies)
    if start:
        messages.append(start)
    return ChatRequest(
        model=options.model or conversation.model or settings.model,
        messages=tuple(messages),
        think=options.think,
        effort=options.effort,
        max_tokens=options.max_tokens,
        stop=options.stop,
        tools=question.offered,
        response_format=_response_format(question, start),
        cache_key=conversation.id,
        safety_identifier=settings.safety_identifier or None,
    )


def beginning(question: Question, replies: tuple[Message, ...] = ()) -> Message | None:
    """Return the beginning of the reply to ``replies`` that the model is to go on with (Partial Mode), if there is one.

    It is what an answer has that was cut. ``--prefix`` begins each reply, else the one behind calls would be without it, but
    a correction, which is to be a whole value.
    """
    if question.goes_on is not None and len(replies) == len(earlier(question)):
        cut = question.goes_on.answer
        if cut.content or cut.reasoning:
            return replace(cut, partial=True)
    is_corrected = bool(replies) and replies[-1].role == "user"
    prefix = question.options.prefix
    return Message("assistant", prefix, partial=True) if prefix and not is_corrected else None


def _response_format(question: Question, start: Message | None) -> dict[str, object] | None:
    """Return how the service is told of the value that is wanted.

    Of the rest of a cut answer it is not: JSON mode is refused together with `partial`, and a schema would bind the rest as
    if it were the whole. What becomes of both together is read and checked all the same.
    """
    is_rest = question.goes_on is not None and start is not None
    return question.target.response_format if question.target and not is_rest else None


def earlier(question: Question) -> tuple[Message, ...]:
    """Return the replies before the one that ``question`` goes on with: calls and their results."""
    return earlier_of(question.goes_on) if question.goes_on is not None else ()


def earlier_of(turn: Turn) -> tuple[Message, ...]:
    """Return the replies of ``turn`` before its answer."""
    return turn.replies[:-1] if turn.replies and turn.replies[-1] == turn.answer else turn.replies


def system_message(question: Question, conversation: Conversation, settings: Settings) -> tuple[Message, ...]:
    """Return what Kimi is told first: the question's own word, else the conversation's, else the setting's."""
    chosen = (question.options.system, conversation.system, settings.system)
    system = next((text for text in chosen if text is not None), "")
    return (Message("system", system),) if system else ()


def begun(question: Question, request: ChatRequest, replaces: tuple[str, ...] = ()) -> Turn:
    """Return the turn that ``question`` begins, or goes on with, as it stands before it is sent."""
    if question.goes_on is not None:
        return question.goes_on
    return Turn(
        id=new_id(),
        prompt=question.prompt,
        said=question.messages(),
        model=request.model,
        asked_at=time.time(),
        attachments=question.attachments,
        cell=question.cell,
        run=question.run,
        replaces=replaces,
        is_json=question.target is not None,
    )


def check(request: ChatRequest, model: Model, models: Iterable[Model]) -> None:
    """Raise `UsageError` where it is known that ``model`` cannot do what ``request`` wants; the unknown passes."""
    if not request.messages or not (request.messages[-1].content or request.messages[-1].partial):
        raise UsageError("There is no question: write one below %%kimi, or after %kimi.")
    _check_sight(request, model, models)
    if request.messages[-1].partial and (request.response_format or {}).get("type") == "json_object":
        raise UsageError("An answer in JSON mode cannot begin with a given text: leave --prefix or --json out.")
    if request.think is False and model.thinking == "only":
        raise UsageError(f"{model.id} always thinks.{_able('answer without', models, lambda m: m.thinking == 'both')}")
    if request.think and model.thinking == "no":
        raise UsageError(f"{model.id} cannot think.{_able('think', models, lambda m: m.thinking in ('both', 'only'))}")
    if request.effort is not None:
        _check_effort(request.effort, model, models)


def shows_media(request: ChatRequest) -> bool:
    """Return whether there is a picture or a video anywhere in ``request``."""
    return not _kinds(request).isdisjoint({Image, Video})


def _kinds(request: ChatRequest) -> set[type[Part]]:
    return {type(part) for message in request.messages if not isinstance(message.content, str) for part in message.content}


def _check_sight(request: ChatRequest, model: Model, models: Iterable[Model]) -> None:
    """Raise `UsageError` where the request shows a picture or a video to a model that sees none."""
    kinds = _kinds(request)
    if Image in kinds and model.image_in is False:
        raise UsageError(f"{model.id} sees no pictures. {_able('see them', models, lambda m: bool(m.image_in))}")
    if Video in kinds and model.video_in is False:
        raise UsageError(f"{model.id} sees no videos. {_able('see them', models, lambda m: bool(m.video_in))}")


def _check_effort(effort: str, model: Model, models: Iterable[Model]) -> None:
    if model.efforts and effort not in model.efforts:
        raise UsageError(f"{model.id} knows the efforts {', '.join(model.efforts)}, not {effort!r}.")
    if not model.efforts and model.thinking is not None:
        raise UsageError(f"{model.id} has no levels of effort.{_able('take --effort', models, lambda m: m.takes_effort)}")


def _able(what: str, models: Iterable[Model], can: Callable[[Model], bool]) -> str:
    names = [model.id for model in models if can(model)]
    return f" Models that {what}: {', '.join(names)}." if names else ""


def estimate_cost(prompt_tokens: int, max_tokens: int | None, price: Price) -> float:
    """Return the most that a request may cost in US dollars: nothing cached, and an answer up to its cap.

    Without a cap the answer is taken to have `ASSUMED_ANSWER` tokens.
    """
    return (prompt_tokens * price.input + (max_tokens or ASSUMED_ANSWER) * price.output) / 1e6
