"""Files that go to the service before a question: uploaded once, named in the request, and found again if they are gone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from kimi_magic.api.file_wire import UploadKey
from kimi_magic.api.files import NOT_THERE, Files
from kimi_magic.content.values import cut, wrapped
from kimi_magic.errors import Interrupted, KimiError, NotKept, ServiceError, UsageError
from kimi_magic.messages import Attachment, Image, Message, Part, Text, Upload, Video

MOST_EXTRACTED = 400_000
"""Characters of one document's text that are sent, about 100,000 tokens; of a longer one the middle is left out."""

STALE = 3_600.0
"""Seconds after which it is asked whether the service still has a file."""


class Memory(Protocol):
    """Where uploads are remembered; `kimi_magic.store.sqlite.Store` is one. Its methods raise NotKept."""

    def find_upload(self, key: UploadKey) -> tuple[str, float] | None:
        """Return the file's id and when the service was last known to have it; None where nothing is remembered."""

    def keep_upload(self, key: UploadKey, file_id: str) -> None:
        """Remember that the service has the file now."""

    def forget_upload(self, file_id: str) -> None:
        """Forget a file that the service does not have any more."""


class ProcessMemory:
    """Remembers uploads until the process ends."""

    def __init__(self) -> None:
        self._files: dict[UploadKey, tuple[str, float]] = {}

    def find_upload(self, key: UploadKey) -> tuple[str, float] | None:
        """Return the file's id and when the service was last known to have it; None where nothing is remembered."""
        return self._files.get(key)

    def keep_upload(self, key: UploadKey, file_id: str) -> None:
        """Remember that the service has the file now."""
        self._files[key] = (file_id, time.time())

    def forget_upload(self, file_id: str) -> None:
        """Forget a file that the service does not have any more."""
        self._files = {key: kept for key, kept in self._files.items() if kept[0] != file_id}


_HERE = ProcessMemory()


def uploaded(attachments: Iterable[Attachment], files: Files, memory: Memory | None = None) -> tuple[Attachment, ...]:
    """Return ``attachments`` ready to be sent: what has to be uploaded is, unless the service has the same content already.

    ``memory`` is the store; None remembers for this process alone. Raises `UsageError` for a document without text, what
    `Files` raises, and `Interrupted`.
    """
    desk = _Desk(files, memory or _HERE)
    try:
        return resolve(attachments, desk.upload, desk.extract)
    except KeyboardInterrupt:
        raise Interrupted("Stopped while files were being uploaded: nothing was asked.") from None


def resolve(
    attachments: Iterable[Attachment], upload: Callable[[Upload], str], extract: Callable[[Upload], str]
) -> tuple[Attachment, ...]:
    """Return ``attachments`` with parts only: ``upload`` gives the id of a picture or video, ``extract`` a document's text.

    Raises `UsageError` for a document without text, and what the two raise.
    """
    return tuple(_resolved(attachment, upload, extract) for attachment in attachments)


def _resolved(attachment: Attachment, upload: Callable[[Upload], str], extract: Callable[[Upload], str]) -> Attachment:
    parts: list[Part] = []
    for part in attachment.parts:
        match part:
            case Upload(purpose="image"):
                parts.append(Image(f"ms://{upload(part)}"))
            case Upload(purpose="video"):
                parts.append(Video(f"ms://{upload(part)}"))
            case Upload():
                text = extract(part)
                parts.append(_document(attachment, text))
                attachment = replace(attachment, warning=_shortened(attachment, text))
            case _:
                parts.append(part)
    return replace(attachment, parts=tuple(parts))


def _document(attachment: Attachment, text: str) -> Text:
    if not text.strip():
        raise UsageError(
            f"The service found no text in {attachment.name}. Attach its pages as pictures instead; nothing was asked."
        )
    return wrapped(attachment.name, attachment.kind, cut(text, MOST_EXTRACTED))


def _shortened(attachment: Attachment, text: str) -> str:
    if len(text) <= MOST_EXTRACTED:
        return attachment.warning
    return f"{attachment.name} went without its middle: {MOST_EXTRACTED:,} of {len(text):,} characters."


class _Desk:
    """Where files are handed in; what the service has already is not sent again."""

    def __init__(self, files: Files, memory: Memory) -> None:
        self._files, self._memory = files, memory

    def upload(self, upload: Upload) -> str:
        """Return the id under which the service has ``upload``, which is sent there if it is not there yet."""
        key = self._files.key_of(upload)
        file_id, seen_at = self._found(key)
        if file_id and time.time() - seen_at < STALE:
            return file_id
        if not (file_id and self._files.has(file_id)):
            file_id = self._files.upload(upload.data, upload.filename, upload.purpose)
        with contextlib.suppress(NotKept):  # it is there all the same, and at worst it is sent a second time
            self._memory.keep_upload(key, file_id)
        return file_id

    def extract(self, upload: Upload) -> str:
        """Return the text of the document ``upload``, which is handed in again where the service has forgotten it."""
        file_id = self.upload(upload)
        try:
            return self._files.content(file_id)
        except ServiceError as error:
            if error.status not in NOT_THERE or not self._found(self._files.key_of(upload))[0]:
                raise
            forget(file_id, self._memory)
            return self._files.content(self.upload(upload))

    def _found(self, key: UploadKey) -> tuple[str, float]:
        with contextlib.suppress(NotKept):  # a store that cannot be read remembers nothing, and the question goes on
            return self._memory.find_upload(key) or ("", 0.0)
        return "", 0.0


def forget(file_id: str, memory: Memory | None = None) -> None:
    """Forget a file that the service does not have any more; ``memory`` as for `uploaded`."""
    with contextlib.suppress(NotKept):  # then it is found out again the next time
        (memory or _HERE).forget_upload(file_id)


def forgotten(
    error: KimiError, messages: Iterable[Message], memory: Memory | None = None, files: Files | None = None
) -> frozenset[str]:
    """Return the ids of files that ``messages`` name and the service does not have any more, as its refusal says.

    A refusal names one of them; with ``files`` the service is asked for the others too. All are forgotten in ``memory``, so
    that the next `uploaded` sends them again.
    """
    if not isinstance(error, ServiceError) or error.status not in (400, 404):
        return frozenset()
    named = frozenset(_ids(messages))
    gone = frozenset(file_id for file_id in named if file_id in str(error))
    if gone and files is not None:
        with contextlib.suppress(KimiError):  # what is not found out now, the next refusal tells
            gone |= {file_id for file_id in named - gone if not files.has(file_id)}
    for file_id in gone:
        forget(file_id, memory)
    return gone


def without(messages: Iterable[Message], ids: frozenset[str]) -> tuple[Message, ...]:
    """Return ``messages`` with a word in the place of each picture or video that the service does not have any more.

    >>> without([Message("user", (Image("ms://f1"), Text("What is it?")))], frozenset({"f1"}))[0].text
    '[a picture that is no longer kept]\\nWhat is it?'
    """
    return tuple(
        message
        if isinstance(message.content, str)
        else replace(message, content=tuple(_unless_gone(part, ids) for part in message.content))
        for message in messages
    )


def _unless_gone(part: Part, ids: frozenset[str]) -> Part:
    if isinstance(part, Text) or part.url.removeprefix("ms://") not in ids:
        return part
    return Text(f"[a {'picture' if isinstance(part, Image) else 'video'} that is no longer kept]")


def _ids(messages: Iterable[Message]) -> Iterable[str]:
    for message in messages:
        for part in message.content if not isinstance(message.content, str) else ():
            if not isinstance(part, Text) and part.url.startswith("ms://"):
                yield part.url.removeprefix("ms://")
