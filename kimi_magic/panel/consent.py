"""The user's consent to a call, asked for in the panel: the call stands there with its arguments and some buttons."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kimi_magic.calls import Called
from kimi_magic.messages import ToolCall
from kimi_magic.panel.transcript import Shown
from kimi_magic.render.called import MOST, visible, written
from kimi_magic.render.page import PLAIN
from kimi_magic.render.rounds import call_html
from kimi_magic.tools.consent import Decision, Edited, No, NotAsked, Yes
from kimi_magic.tools.functions import Function

CLOSED = "the panel was closed before the user could answer"
"""What the model is told where nobody is there any more."""
PAUSE = 0.7
"""Seconds for which a call has to stand there before a word on it counts: a double click is meant for the one before."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call that waits; its ``id`` is told to nobody but the panel, and is good for one answer, from a time on."""

    called: Called
    has_always: bool
    open_at: float
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class PanelConsent:
    """Asks about one call at a time; ``show`` is given what the trait ``consent`` holds, None while nothing is asked.

    An answer counts only for the call that is shown at that moment, and has been for ``pause`` seconds: one that comes late,
    too early, or from elsewhere, does nothing.
    Where an edit does not fit, it is shown once more: by way of ``mask``, which takes keys out, for traits can be saved.
    """

    def __init__(self, show: Callable[[Shown | None], None], mask: Callable[[str], str] = str, pause: float = PAUSE) -> None:
        self._show, self._mask, self._pause = show, mask, pause
        self._line = threading.Lock()
        self._bell = threading.Condition()
        self._asked: _Asked | None = None
        self._decision: Decision | None = None
        self._edited: tuple[ToolCall, str] | None = None
        self._is_stopped = self._is_closed = False

    def __call__(self, called: Called, function: Function) -> Decision:
        """Show the call, wait for the user, and return what the user decides; a closed panel decides No.

        Blocks the thread that asks, which must not be the one on which the kernel hears the panel. Raises KeyboardInterrupt
        where the question is stopped meanwhile.
        """
        with self._line:
            asked = _Asked(called, not function.is_always_asked, time.monotonic() + self._pause)
            with self._bell:
                self._asked, self._decision, self._is_stopped = asked, None, False
            self._show(_told(asked) | self._retold(called))
            try:
                return self._wait()
            finally:
                with self._bell:
                    self._asked = None
                self._show(None)

    def answer(self, id: str, decision: str, text: str = "") -> None:  # noqa: A002 the message's word
        """Take the user's answer to the call with that ``id``; ``text`` is what was edited."""
        with self._bell:
            asked = self._asked
            if asked is not None and asked.id == id and asked.open_at <= time.monotonic() and self._decision is None:
                self._decision = _decided(asked, decision, text)
                self._edited = (asked.called.call, text) if decision == "edit" else None
                self._bell.notify_all()

    def stop(self) -> None:
        """Let the call that waits go: its question was stopped."""
        with self._bell:
            self._is_stopped = True
            self._bell.notify_all()

    def close(self) -> None:
        """Let no call be carried out any more: there is nobody to ask."""
        with self._bell:
            self._is_closed = True
            self._bell.notify_all()

    def _retold(self, called: Called) -> Shown:
        """Return what is shown otherwise where the call was edited and that did not fit: what was typed, and the reason."""
        with self._bell:
            call, text = self._edited or (None, "")
            typed = {"text": visible(self._mask(text))} if called.note and call == called.call else {}
            return {"note": visible(called.note)} | typed

    def _wait(self) -> Decision:
        with self._bell:
            self._bell.wait_for(lambda: self._decision or self._is_stopped or self._is_closed)
            if self._is_stopped:
                raise KeyboardInterrupt
            return self._decision or NotAsked(CLOSED)


def _told(asked: _Asked) -> Shown:
    """Return what the trait holds: only ``html`` is HTML, and it is safe; ``text`` is what can be edited.

    ``note`` is why ``text``, which the user has typed, does not fit; then it is edited once more.
    """
    called = asked.called
    label, text = _editable(called.call)
    return {
        "id": asked.id,
        "name": visible(called.call.name),
        "html": f'<div class="kimi-call {PLAIN}">{call_html(called.call)}</div>',
        "label": visible(label),
        "text": text,
        "always": asked.has_always,
    }


def _editable(call: ToolCall) -> tuple[str, str]:
    """Return what can be edited, and what it is called: an argument that is code alone, else all arguments as JSON."""
    if code := _code(call):
        return code
    try:
        arguments = json.loads(call.arguments)
        text = json.dumps(arguments, ensure_ascii=False, indent=2)
        return "arguments", text if visible(text) == text else json.dumps(arguments, indent=2)
    except (ValueError, RecursionError):
        return "arguments", visible(call.arguments[:MOST])


def _code(call: ToolCall) -> tuple[str, str] | None:
    """Return name and text of the one long argument where it is code, as far as all of it can be seen."""
    blocks = written(call).blocks
    if len(blocks) != 1 or not blocks[0].is_code:
        return None
    name = blocks[0].name
    text = json.loads(call.arguments)[name]
    return (name, text) if visible(text) == text else None


def _decided(asked: _Asked, decision: str, text: str) -> Decision:
    match decision:
        case "yes":
            return Yes()
        case "always" if asked.has_always:
            return Yes(always=True)
        case "edit":
            call = asked.called.call
            code = _code(call)
            return Edited(json.dumps(json.loads(call.arguments) | {code[0]: text}, ensure_ascii=False) if code else text)
        case _:
            return No()
