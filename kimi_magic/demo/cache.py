"""Remembers the beginnings of conversations, as the service's prompt cache does."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict

from kimi_magic.demo.protocol import Json
from kimi_magic.demo.tokens import count_prompt

LEAST = 256
"""A shorter beginning is not cached."""
KEPT = 20_000
"""Beginnings that are remembered; the oldest are forgotten first."""


class PromptCache:
    """The beginnings seen so far. The model, its effort and the tools are a part of them; the choice of tool is not."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def use(self, request: Json) -> int:
        """Return how many tokens of ``request`` were seen before, 0 below `LEAST`, and remember it."""
        known = 0
        for digest, tokens in self._beginnings(request):
            if digest in self._seen:
                known = tokens
                self._seen.move_to_end(digest)
            self._seen[digest] = tokens
        while len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        return known if known > LEAST else 0

    def _beginnings(self, request: Json) -> list[tuple[bytes, int]]:
        """Return, for each message, the hash of everything up to it and its tokens."""
        tools = request.get("tools") or []
        tokens = count_prompt((), tools)
        head = [request["model"], request.get("reasoning_effort"), request.get("prompt_cache_key"), tools]
        digest = hashlib.sha256(json.dumps(head).encode())
        found = []
        for message in request["messages"]:
            digest.update(json.dumps(message).encode())
            tokens += count_prompt([message])
            found.append((digest.digest(), tokens))
        return found
