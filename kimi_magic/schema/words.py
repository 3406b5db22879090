"""What the service's subset of JSON schema cannot say, in words for the model to read. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

MOST = 300
"""Characters of one remark."""

SAYINGS: Mapping[str, Callable[[Any], str]] = {
    "format": lambda value: f"Format: {value}.",
    "pattern": lambda value: f"Matches the regular expression {value}",
    "contentEncoding": lambda value: f"Encoding: {value}.",
    "contentMediaType": lambda value: f"Media type: {value}.",
    "exclusiveMinimum": lambda value: "The minimum itself is not allowed." if value is True else f"Greater than {value}.",
    "exclusiveMaximum": lambda value: "The maximum itself is not allowed." if value is True else f"Less than {value}.",
    "multipleOf": lambda value: f"A multiple of {value}.",
    "uniqueItems": lambda value: "No item twice." if value else "",
    "minProperties": lambda value: f"At least {value} entries.",
    "maxProperties": lambda value: f"At most {value} entries.",
    "propertyNames": lambda value: _keys(value),  # noqa: PLW0108 it is defined below
    "examples": lambda value: f"Examples: {_json(value).strip('[]')}.",
}
"""How a keyword is put into words; the others of `KEYWORDS` are quoted as they are."""

_KEYS_SAID = {"type", "title", "description", "format", "pattern"}
"""What a schema of keys may have to be put into words; one with more is quoted."""

KEYWORDS: Mapping[str, tuple[str, ...]] = {
    "string": ("format", "pattern", "contentEncoding", "contentMediaType"),
    "number": ("exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("uniqueItems", "contains", "minContains", "maxContains", "unevaluatedItems"),
    "object": (
        "patternProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "unevaluatedProperties",
    ),
    "": ("not", "if", "then", "else", "examples"),
}
"""What each type may be told in words; "" stands for all."""


def remarks(node: Mapping[str, Any], kind: str) -> Iterator[str]:
    """Yield what ``node``, which is of that ``kind``, says beyond the subset.

    >>> list(remarks({"type": "string", "format": "date", "multipleOf": 3}, "string"))
    ['Format: date.']
    """
    for keyword in (*KEYWORDS.get("number" if kind == "integer" else kind, ()), *KEYWORDS[""]):
        if keyword in node:
            said = SAYINGS[keyword](node[keyword]) if keyword in SAYINGS else f"{keyword}: {_json(node[keyword])}"
            if said:
                yield said if len(said) <= MOST else said[: MOST - 1] + "…"


def in_order(items: list[Mapping[str, Any]]) -> str:
    """Return what stands at which place of an array.

    >>> in_order([{"title": "Width", "type": "number"}, {"type": "string"}])
    'In this order: 1. Width (number), 2. string.'
    """
    said = ", ".join(f"{place}. {_brief(item)}" for place, item in enumerate(items, 1))
    return f"In this order: {said if len(said) <= MOST else said[: MOST - 1] + '…'}." if items else ""


def _keys(node: Any) -> str:
    """Return which keys an object may have. Keys are texts, also those of numbers: so they are written.

    >>> _keys({"enum": ["r", 1]}), _keys({"format": "date"})
    ('Keys: "r" or "1".', 'Keys: Format: date.')
    """
    given = node if isinstance(node, dict) else {}
    if names := given.get("enum") or ([given["const"]] if "const" in given else []):
        *others, last = (_json(name if isinstance(name, str) else _json(name)) for name in names)
        return f"Keys: {', '.join(others)} or {last}." if others else f"Keys: {last}."
    said = " ".join(remarks(given, "string")) if given.keys() <= _KEYS_SAID else ""
    return f"Keys: {said}" if said else f"propertyNames: {_json(node)}"


def _brief(node: Mapping[str, Any]) -> str:
    kind = node.get("type") or ("one of " + _json(node["enum"]) if "enum" in node else "")
    kind = kind if isinstance(kind, str) else " or ".join(map(str, kind))
    title = str(node.get("title") or "")
    return f"{title} ({kind})" if title and kind else title or kind or "any value"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
