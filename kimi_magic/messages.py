"""What is said: parts, messages, requests, usage, and the events of an answer that is arriving. Frozen values only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]
Share = Literal["schema", "stats", "sample", "all"]
"""How much of a frame may leave this machine."""

Form = Literal["text", "image", "both"]
"""How a frame goes along."""

AttachmentKind = Literal["value", "text", "frame", "figure", "image", "video", "document", "notebook", "cell", "error"]


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: a ``data:`` address, or ``ms://`` and the id of an uploaded file."""

    url: str


@dataclass(frozen=True, slots=True)
class Video:
    """A video, addressed like an `Image`."""

    url: str


Part = Text | Image | Video
Content = str | tuple[Part, ...]
"""What a message says: words, or parts where there is a picture or a video."""

Purpose = Literal["image", "video", "file-extract"]
"""What a file is uploaded for, in the service's own words."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that becomes a `Part` once it has been uploaded: `kimi_magic.uploads` does that before anything is sent."""

    data: bytes = field(repr=False)
    filename: str
    purpose: Purpose

    @property
    def stand_in(self) -> Part:
        """What the request has in its place as long as it is not uploaded: enough for a look and for a guess."""
        match self.purpose:
            case "image":
                return Image("ms://")
            case "video":
                return Video("ms://")
            case "file-extract":
                return Text(f"[the text that the service extracts from {self.filename}]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something of the user's that goes along with a question, ready to be sent.

    ``note`` is its shape or size in words, ``thumbnail`` a small picture of it (a ``data:`` address), ``warning`` a sentence
    about what could not go.
    """

    name: str
    kind: AttachmentKind
    parts: tuple[Part | Upload, ...]
    note: str = ""
    thumbnail: str = ""
    warning: str = ""

    @property
    def payload(self) -> bytes:
        """All that is sent of it, as bytes."""
        return b"".join(_payload(part) for part in self.parts)

    @property
    def sent(self) -> tuple[Part, ...]:
        """The parts as a request has them; an `Upload` that has not been made yet is represented by its stand-in."""
        return tuple(part.stand_in if isinstance(part, Upload) else part for part in self.parts)

    @property
    def bytes(self) -> int:
        """How many bytes are sent of it."""
        return len(self.payload)

    @property
    def sha256(self) -> str:
        """The hash of what is sent of it, in hexadecimal."""
        return hashlib.sha256(self.payload).hexdigest()


def _payload(part: Part | Upload) -> bytes:
    match part:
        case Text(text):
            return text.encode("utf-8", "surrogatepass")  # half of a pair, as a broken source has it, is no reason to fail
        case Image(url) | Video(url):
            return url.encode()
        case Upload(data):
            return data


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model asks for. ``arguments`` is the JSON text that the model wrote, right or wrong."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message, in the shape that it travels in both ways.

    ``reasoning`` is None where the model sent none; an empty string is a different thing to the service.
    """

    role: Role
    content: Content = ""
    reasoning: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None
    partial: bool = False

    @property
    def text(self) -> str:
        """The words of the content, without pictures."""
        return text_of(self.content)


def text_of(content: Content) -> str:
    r"""Return the words of ``content``.

    >>> text_of("one"), text_of((Text("one"), Image("data:"), Text("two")))
    ('one', 'one\ntwo')
    """
    return content if isinstance(content, str) else "\n".join(part.text for part in content if isinstance(part, Text))


def pictures_of(content: Content) -> tuple[str, ...]:
    """Return the addresses of the pictures in ``content``."""
    return () if isinstance(content, str) else tuple(part.url for part in content if isinstance(part, Image))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the service counted. Cached ones are among the prompt's, reasoning among the completion's."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
        )


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call: its name, what it does, and the JSON schema of its arguments."""

    name: str
    description: str
    parameters: dict[str, object] = field(default_factory=dict)
    builtin: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Everything that one request to the model says. ``None`` leaves a field out."""

    model: str
    messages: tuple[Message, ...]
    think: bool | None = None
    keep_thinking: bool = False
    effort: str | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    response_format: dict[str, object] | None = None
    cache_key: str | None = None
    safety_identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The service took the request; ``model`` is the name it answers under."""

    id: str
    model: str


@dataclass(frozen=True, slots=True)
class ReasoningPiece:
    """Some more of the model's thinking."""

    text: str


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Some more of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallPiece:
    """Some more of the tool call at ``index``; empty fields add nothing."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class UsageReported:
    """The tokens of the whole request; a later report replaces an earlier one."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class Finished:
    """The model stopped, for this reason. Without `Completed` after it the answer still counts as cut."""

    reason: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The service said that nothing more will come."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """The service could not answer now, for ``reason``; try number ``attempt`` (of ``attempts``) follows in ``seconds``."""

    reason: str
    seconds: float
    attempt: int
    attempts: int


Event = Started | ReasoningPiece | TextPiece | ToolCallPiece | UsageReported | Finished | Completed | Retrying
