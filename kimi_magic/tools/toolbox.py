"""The tools of one turn: what is offered to Kimi, and how what it calls is carried out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kimi_magic.calls import FAILED, Called
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import Message, Tool, ToolCall
from kimi_magic.settings import mask_keys
from kimi_magic.tools.admission import TOLD, Terms
from kimi_magic.tools.carrying import Carrying, refuse
from kimi_magic.tools.consent import Allowed, Consent
from kimi_magic.tools.functions import Function, check_name
from kimi_magic.tools.keeping import Mask
from kimi_magic.tools.nesting import carrying, is_carrying
from kimi_magic.tools.replies import guard
from kimi_magic.tools.running import Runner, runner
from kimi_magic.tools.standing import Show, Standing

MOST_TOOLS = 128
"""What the service takes at once."""
NESTED = f"{FAILED}a function that Kimi called cannot let Kimi call functions. Answer without them."
"""What each call of a question is answered with that a called function asked: else one could go on for ever, unseen."""
_AS_USUAL = How()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a round: an answer to each call, in order, and the calls as a reader sees them.

    ``is_stopped`` tells that the user stopped it, ``searches`` how many searches of the web are to be paid. Where it
    ``is_looping`` another round would bring nothing new: all calls were made twice before, or are never carried out.
    """

    messages: tuple[Message, ...]
    called: tuple[Called, ...]
    is_stopped: bool = False
    is_looping: bool = False
    searches: int = 0


class Toolbox:
    """The functions that Kimi may call in one turn.

    ``consent`` asks the user about each call; without it, what would be asked about is denied. With ``yes`` only what is
    always asked about is asked about. ``allowed`` are the functions that need no asking. ``how`` tells how much
    of a frame goes into a result, ``mask`` takes keys out of texts, and ``is_current`` tells whether a function is still
    what the user calls so. ``wake`` ends a ``consent`` that waits on a thread which no signal reaches. Raises `UsageError`
    for more tools than the service takes, for two under one name, and for one under a ready-made tool's.
    """

    def __init__(
        self,
        functions: Iterable[Function],
        consent: Consent | None = None,
        *,
        yes: bool = False,
        how: How = _AS_USUAL,
        mask: Mask = mask_keys,
        allowed: Allowed | None = None,
        is_current: Callable[[Function], bool] = lambda _: True,
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        guard()  # in the cell that asks, for what a kernel puts back at its end
        named = _named(functions)
        self.tools: tuple[Tool, ...] = tuple(function.tool for function in named.values())
        by_name = {name.removeprefix("$"): function for name, function in named.items()} | named
        allowed = Allowed() if allowed is None else allowed
        self._terms = Terms(by_name, consent, yes, how, mask, allowed, is_current)
        self._wake = wake
        self._lock = threading.Lock()
        self._on: Runner | None = None
        self._is_stopped = False

    def carry_out(self, calls: Sequence[ToolCall], show: Show) -> Outcome:
        """Carry ``calls`` out on this thread, and answer each; call ``show`` whenever it stands otherwise with one.

        Functions run here if this is the main thread, where connections, figures and ``input()`` are at home, else on
        threads. What goes wrong with a call, a stop included, is its answer and not raised. Where `is_carrying` is true
        nothing is carried out, and the interrupts and time limits of the call that is are left alone.
        """
        standing = Standing(calls, show, self._terms.mask)
        if is_carrying():
            refuse(standing, NESTED, TOLD)
            return Outcome(standing.messages, tuple(standing.called), self._is_stopped, is_looping=True)
        with runner() as on, carrying():
            with self._lock:
                self._on = on
                if self._is_stopped:
                    on.interrupt()
            work = Carrying(self._terms, calls, standing, on)
            work.run()
            with self._lock:
                self._on = None
            is_looping = 0 < len(calls) == work.repetitions
            return Outcome(standing.messages, tuple(standing.called), on.is_interrupted, is_looping, work.searches)

    def stop(self) -> None:
        """Let the call that runs end soon, and run no other; from any thread."""
        with self._lock:
            self._is_stopped = True
            if self._on is not None:
                self._on.interrupt()
        self._wake()


def _named(functions: Iterable[Function]) -> dict[str, Function]:
    """Return ``functions`` by name; the same one twice counts once."""
    named: dict[str, Function] = {}
    for function in functions:
        check_name(function)
        known = named.setdefault(function.name, function)
        if not known.is_same(function):
            raise UsageError(
                f'Two tools are called {function.name}. Give one of them another name: @kimi_magic.tool(name="…").'
            )
    if len(named) > MOST_TOOLS:
        raise UsageError(f"{len(named)} tools are too many: the service takes {MOST_TOOLS} at once. Drop some.")
    return named
