"""References of a JSON schema: where they lead, which of them recur, and what remains when they are followed."""

from __future__ import annotations

import re
from functools import reduce
from typing import Any
from urllib.parse import unquote

from kimi_magic.errors import UsageError
from kimi_magic.schema.merging import ABOUT, Schema, merged, without

Seen = frozenset[str]
DEEPEST_QUOTED = 2
"""References in each other that are followed in what is quoted: of a quotation only the beginning is read."""


class References:
    """The references of the schema ``root``. They are followed; those that recur are kept, as definitions of their own.

    Where ``is_inlined`` is false all are kept that stand alone.
    """

    def __init__(self, root: Schema, *, is_inlined: bool = True) -> None:
        self._root, self._is_inlined = root, is_inlined
        self.kept: dict[str, str] = {}
        """The name of each definition that is kept, by its reference."""

    def flat(self, node: Any, seen: Seen, *, may_stay: bool = True) -> tuple[Schema, Seen]:
        """Return ``node`` with its references followed and its ``allOf`` merged, and all references ``seen`` up to it.

        A reference that recurs remains: then it is the ``$ref`` of the result; so does one that is kept and ``may_stay``.
        """
        node = as_schema(node)
        own = without(node, "$ref", "allOf", "$defs", "definitions")
        members = [{"$ref": node["$ref"]}] if "$ref" in node else []
        members += node.get("allOf", [])
        may_stay = may_stay and len(members) == 1 and not own.keys() - ABOUT
        parts: list[Schema] = []
        for member in members:
            is_reference = isinstance(member, dict) and member.keys() == {"$ref"}
            follow = self._followed if is_reference else self.flat
            part, followed = follow(member, seen, may_stay=may_stay)
            seen |= followed
            parts.append(part)
        return reduce(merged, [*parts, own], {}), seen

    def spelled(self, quoted: Any, seen: Seen = frozenset()) -> Any:
        """Return what is quoted from the schema with its references followed; where one recurs anything is said to stand."""
        if isinstance(quoted, list):
            return [self.spelled(one, seen) for one in quoted]
        if not isinstance(quoted, dict):
            return quoted
        reference = quoted.get("$ref")
        if not isinstance(reference, str):
            return {name: self.spelled(one, seen) for name, one in quoted.items()}
        is_followed = reference not in seen and len(seen) < DEEPEST_QUOTED
        target = self.spelled(self.resolve(reference), seen | {reference}) if is_followed else {}
        return {**as_schema(target), **self.spelled(without(quoted, "$ref"), seen)}

    def resolve(self, reference: str) -> Any:
        """Return what the local ``reference`` points to. Raises `UsageError`."""
        node: Any = self._root
        if not reference.startswith("#"):
            raise UsageError(f"The schema refers to {reference[:100]!r}: put what is meant there under $defs in the schema.")
        for step in filter(None, unquote(reference.removeprefix("#")).split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and name in node:
                node = node[name]
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            else:
                raise UsageError(f"The schema refers to {reference[:100]!r}, and there is nothing of that name in it.")
        return node

    def _followed(self, node: Schema, seen: Seen, *, may_stay: bool) -> tuple[Schema, Seen]:
        reference = node["$ref"]
        target = self.resolve(reference)
        if reference in seen or (may_stay and not self._is_inlined):
            return {"$ref": self._keep(reference)}, seen
        return self.flat(target, seen | {reference}, may_stay=may_stay)

    def _keep(self, reference: str) -> str:
        """Return how the kept definition is referred to."""
        if reference not in self.kept:
            name = re.sub(r"[^A-Za-z0-9_.-]", "_", reference.rsplit("/", 1)[-1]).strip("_") or "Root"
            while name in self.kept.values():
                name += "_"
            self.kept[reference] = name
        return f"#/$defs/{self.kept[reference]}"


def as_schema(node: Any) -> Schema:
    """Return a schema, which may also be true (anything) or false (nothing), as an object. Raises `UsageError`.

    The items of a tuple stand under ``prefixItems``, as they do since draft 2020-12.
    """
    if isinstance(node, bool):
        return {} if node else {"not": {}}
    if isinstance(node, dict):
        first = node.get("items")
        if not isinstance(first, list):
            return node
        return {**node, "prefixItems": first, "items": node.get("additionalItems", True)}
    raise UsageError(f"The schema has {str(node)[:60]!r} where a schema is expected.")
