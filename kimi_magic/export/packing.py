"""A turn as the metadata and the attachments of one notebook cell, and back without a loss. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kimi_magic.conversation import Turn, new_id
from kimi_magic.export.transcript import Picture, picture_of
from kimi_magic.store.document import decode_turn, encode_turn, extract, restore

Attachments = dict[str, dict[str, str]]
"""A cell's attachments, as nbformat has them: by name, then by type."""


def pack(turn: Turn) -> tuple[dict[str, Any], Attachments]:
    """Return what is to be known of ``turn``, and its pictures: each picture and each long text stands in it once.

    Cell, run and replaced turns are left out: they are those of the notebook in which it was asked.
    """
    attachments: Attachments = {}
    document = _without_pictures(encode_turn(replace(turn, cell="", run="", replaces=())), {}, attachments)
    small, texts = extract(document)
    return {"turn": turn.id, "document": writable(small), "texts": writable(texts)}, attachments


def unpack(about: Mapping[str, Any], attachments: Mapping[str, Any]) -> Turn:
    """Return the turn that `pack` was given, under a new id. ValueError says in what it is damaged.

    It answers no other question: what stands in a file is not what the service said to this user (``--cache``).
    """
    try:
        document = restore(_readable(about.get("document")), _readable(about.get("texts")))
        turn = decode_turn(_with_pictures(document, attachments))
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return replace(turn, id=new_id(), cell="", run="", replaces=(), exchange="")


def writable(value: Any) -> Any:
    """Return ``value``, or its JSON where half of a surrogate pair is in it, for JupyterLab could not save that.

    >>> writable({"prompt": "Hi"}), writable({"prompt": chr(0xD800)})
    ({'prompt': 'Hi'}, '{"prompt": "\\\\ud800"}')
    """
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return value


def _readable(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _without_pictures(value: Any, names: dict[str, str], attachments: Attachments) -> Any:
    """Return ``value`` with each picture replaced by ``{"attachment": name}``."""
    match value:
        case str():
            picture = picture_of(value)
            return {"attachment": _attached(picture, names, attachments)} if picture else value
        case dict():
            return {key: _without_pictures(inner, names, attachments) for key, inner in value.items()}
        case list():
            return [_without_pictures(inner, names, attachments) for inner in value]
    return value


def _attached(picture: Picture, names: dict[str, str], attachments: Attachments) -> str:
    """Return the name of ``picture`` among the attachments; a new one is added."""
    if picture.url not in names:
        names[picture.url] = f"picture-{len(names) + 1}.{picture.suffix}"
        attachments[names[picture.url]] = {picture.mime: picture.data}
    return names[picture.url]


def _with_pictures(value: Any, attachments: Mapping[str, Any]) -> Any:
    match value:
        case {"attachment": str(name), **rest} if not rest:
            return _url(attachments.get(name), name)
        case dict():
            return {key: _with_pictures(inner, attachments) for key, inner in value.items()}
        case list():
            return [_with_pictures(inner, attachments) for inner in value]
    return value


def _url(bundle: object, name: str) -> str:
    """Return the address of an attached picture; its data may stand as a list of lines."""
    for mime, data in bundle.items() if isinstance(bundle, dict) else ():
        return Picture(str(mime), "".join(data)).url
    raise ValueError(f"the picture {name} is not attached any more")
