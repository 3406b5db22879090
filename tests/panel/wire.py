"""The kernel's half of the panel as a front end sees it: messages over the wire, without a browser."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.kernels import Kernel
from tests.results import Ran

Traits = dict[str, Any]


class Wire:
    """A model in a front end: it keeps the traits as the kernel's messages tell them, and sends what a view sends."""

    def __init__(self, kernel: Kernel, ran: Ran) -> None:
        self._kernel = kernel
        self.traits: Traits = {}
        self.displays: dict[str, dict[str, str]] = {}
        self.bytes = 0
        self.seen: list[Traits] = []
        self._count = 0
        opened = [one["content"] for one in ran.messages if one["msg_type"] == "comm_open"]
        self.id = next(one["comm_id"] for one in opened if "_esm" in one["data"]["state"])
        self.take(ran)

    def send(self, do: str, buffers: Sequence[bytes] = (), **more: object) -> int:
        """Send what a view sends, and return its number."""
        self._count += 1
        content = {"view": "v", "n": self._count, "do": do, **more}
        session, channel = self._kernel.client.session, self._kernel.client.shell_channel
        message = session.msg("comm_msg", {"comm_id": self.id, "data": {"method": "custom", "content": content}})
        session.send(channel.socket, message, buffers=list(buffers))
        return self._count

    def until(self, holds: Callable[[Wire], object], seconds: float = 10.0) -> None:
        """Take what the kernel says until something holds; raise TimeoutError where it does not come to that."""
        end = time.monotonic() + seconds
        while not holds(self):
            try:
                self._take(self._kernel.client.get_iopub_msg(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                raise TimeoutError(f"it did not come to that in {seconds} s: {json.dumps(self.traits)[:3_000]}") from None

    def rest(self, seconds: float = 0.3) -> None:
        """Take what the kernel says until it has said nothing for so long."""
        while True:
            try:
                self._take(self._kernel.client.get_iopub_msg(timeout=seconds))
            except queue.Empty:
                return

    def take(self, ran: Ran) -> Ran:
        """Take what the kernel said while a cell ran."""
        for message in ran.messages:
            self._take(message)
        return ran

    @property
    def turns(self) -> list[Traits]:
        """The turns of the window."""
        return [self.traits[name] for name in self.traits["turns"]]

    @property
    def last(self) -> Traits:
        """The last turn of the window; an empty one where there is none."""
        return self.turns[-1] if self.traits["turns"] else {}

    @property
    def reports(self) -> list[tuple[str, str]]:
        """What was reported: kind and HTML."""
        return [(one["kind"], one["html"]) for one in self.traits["reports"]]

    def _take(self, message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] in ("comm_open", "comm_msg") and content["comm_id"] == self.id:
            state = content["data"].get("state", {})
            self.traits |= state
            self.seen.append(state)
        elif message["msg_type"] in ("display_data", "update_display_data"):
            self.displays[content.get("transient", {}).get("display_id", "")] = content["data"]
        else:
            return
        self.bytes += len(json.dumps(content, ensure_ascii=False).encode())
