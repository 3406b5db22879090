"""A turn as a JSON document and back, without a loss; what is big is taken out of it, so that it is stored once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from kimi_magic.conversation import Turn
from kimi_magic.messages import Attachment, Image, Message, Part, Text, ToolCall, Usage, Video
from kimi_magic.store.pieces import join, split
from kimi_magic.store.sound import check_turn

Document = dict[str, object]
LONG = 1024
"""Texts of more characters than this are taken out by `extract`."""


def encode_turn(turn: Turn) -> dict[str, object]:
    """Return ``turn`` as a document that ``json.dumps`` takes. What was attached stands in it once, not in what was said."""
    document = _changed(turn)
    texts = _texts(turn.attachments)
    document["said"] = [_in_pieces(encode_message(message), texts) for message in turn.said]
    if turn.attachments:
        document["attachments"] = [_encode_attachment(attachment) for attachment in turn.attachments]
    if turn.usage is not None:
        document["usage"] = _changed(turn.usage)
    return document


def decode_turn(document: Mapping[str, Any]) -> Turn:
    """Return the turn that `encode_turn` made ``document`` of.

    Fields that are not known here, which a newer version wrote, are ignored. ValueError: it is no turn.
    """
    try:
        known = _known(Turn, document)
        known["attachments"] = tuple(_decode_attachment(each) for each in document.get("attachments", ()))
        texts = _texts(known["attachments"])
        known["said"] = tuple(decode_message(_as_a_whole(message, texts)) for message in document["said"])
        known["replaces"] = tuple(document.get("replaces", ()))
        if document.get("usage") is not None:
            known["usage"] = Usage(**_known(Usage, document["usage"]))
        turn = Turn(**known)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"a stored turn is not in its form: {error!r}") from error
    check_turn(turn)
    return turn


def encode_message(message: Message) -> dict[str, object]:
    """Return ``message`` as a document that ``json.dumps`` takes.

    >>> encode_message(Message("assistant", "Forty-two.", reasoning=""))
    {'role': 'assistant', 'content': 'Forty-two.', 'reasoning': ''}
    """
    document = _changed(message)
    if not isinstance(message.content, str):
        document["content"] = [_encode_part(part) for part in message.content]
    if message.tool_calls:
        document["tool_calls"] = [_changed(call) for call in message.tool_calls]
    return document


def decode_message(document: Mapping[str, Any]) -> Message:
    """Return the message that `encode_message` made ``document`` of; unknown fields are ignored."""
    known = _known(Message, document)
    if not isinstance(document.get("content", ""), str):
        known["content"] = _decode_parts(document["content"])
    known["tool_calls"] = tuple(ToolCall(**_known(ToolCall, call)) for call in document.get("tool_calls", ()))
    return Message(**known)


def extract(document: Document) -> tuple[Document, dict[str, str]]:
    """Return ``document`` with each long text replaced by ``{"sha256": …}``, and those texts by their hash.

    No object of a turn's document has ``sha256`` as its only key, so nothing else looks like such a reference.

    >>> small, payloads = extract({"id": "t", "said": ["word " * 500]})
    >>> list(small["said"][0]), [len(text) for text in payloads.values()]
    (['sha256'], [2500])
    """
    hashes: dict[str, str] = {}
    small = {key: _without_long(value, hashes) for key, value in document.items()}
    return small, {sha256: text for text, sha256 in hashes.items()}


def restore(document: Mapping[str, object], payloads: Mapping[str, str]) -> dict[str, object]:
    """Return the document that `extract` was given. ValueError: one of its ``payloads`` is absent."""
    return {key: _with_long(value, payloads) for key, value in document.items()}


def encode_payload(text: str) -> bytes:
    """Return ``text`` as bytes; also where it holds half of a surrogate pair, as text from a broken source does."""
    return text.encode("utf-8", "surrogatepass")


def decode_payload(payload: bytes) -> str:
    """Return the text that `encode_payload` made ``payload`` of."""
    return payload.decode("utf-8", "surrogatepass")


def _changed(value: Turn | Message | ToolCall | Usage) -> Document:
    """Return the fields that differ from their defaults: most of a message's are empty."""
    return {field.name: getattr(value, field.name) for field in fields(value) if getattr(value, field.name) != field.default}


def _known(kind: type[Turn | Message | ToolCall | Usage], document: Mapping[str, Any]) -> dict[str, Any]:
    return {field.name: document[field.name] for field in fields(kind) if field.name in document}


def _texts(attachments: tuple[Attachment, ...]) -> list[str]:
    """Return the words of all parts that were attached, and the addresses of pictures and videos, in order."""
    parts = [part for attachment in attachments for part in attachment.sent]
    return [part.text if isinstance(part, Text) else part.url for part in parts]


def _in_pieces(message: Document, texts: list[str]) -> Document:
    """Return the message's document with references to ``texts`` where its words have them."""
    match message.get("content"):
        case str(words):
            return message | {"content": split(words, texts)}
        case list(parts):
            return message | {"content": [{key: split(str(value), texts) for key, value in part.items()} for part in parts]}
    return message


def _as_a_whole(message: Mapping[str, Any], texts: list[str]) -> Mapping[str, Any]:
    """Return the document that `_in_pieces` was given."""
    content = message.get("content", "")
    if isinstance(content, list):
        content = [{key: join(value, texts) for key, value in part.items()} for part in content]
    return {**message, "content": join(content, texts)}


def _encode_attachment(attachment: Attachment) -> Document:
    parts = [_encode_part(part) for part in attachment.sent]
    return {"name": attachment.name, "kind": attachment.kind, "parts": parts, "note": attachment.note}


def _decode_attachment(document: Mapping[str, Any]) -> Attachment:
    return Attachment(document["name"], document["kind"], _decode_parts(document["parts"]), document.get("note", ""))


def _encode_part(part: Part) -> Document:
    match part:
        case Text(text):
            return {"type": "text", "text": text}
        case Image(url):
            return {"type": "image", "url": url}
        case Video(url):
            return {"type": "video", "url": url}


def _decode_parts(documents: list[Mapping[str, Any]]) -> tuple[Part, ...]:
    return tuple(_decode_part(document) for document in documents)


def _decode_part(document: Mapping[str, Any]) -> Part:
    match document["type"]:
        case "text":
            return Text(document["text"])
        case "image":
            return Image(document["url"])
        case "video":
            return Video(document["url"])
        case other:
            raise ValueError(f"a stored message has a part of the unknown type {other!r}")


def _without_long(value: object, hashes: dict[str, str]) -> object:
    match value:
        case str() if len(value) > LONG:
            if value not in hashes:
                hashes[value] = hashlib.sha256(encode_payload(value)).hexdigest()
            return {"sha256": hashes[value]}
        case dict():
            return {key: _without_long(inner, hashes) for key, inner in value.items()}
        case list():
            return [_without_long(inner, hashes) for inner in value]
        case _:
            return value


def _with_long(value: object, payloads: Mapping[str, str]) -> object:
    match value:
        case {"sha256": str(sha256), **rest} if not rest:
            if sha256 not in payloads:
                raise ValueError(f"a stored turn refers to {sha256}, which is absent")
            return payloads[sha256]
        case dict():
            return {key: _with_long(inner, payloads) for key, inner in value.items()}
        case list():
            return [_with_long(inner, payloads) for inner in value]
        case _:
            return value
