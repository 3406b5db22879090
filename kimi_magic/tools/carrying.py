"""One round of calls, each of which gets exactly one answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kimi_magic.calls import DENIED, FAILED, Called, CallState
from kimi_magic.content.expressions import in_short
from kimi_magic.content.how import How
from kimi_magic.messages import Message, Text, ToolCall
from kimi_magic.tools.consent import NOBODY, Allowed, Consent, Decision, Edited, No, Yes
from kimi_magic.tools.failures import failure_of
from kimi_magic.tools.functions import Function, parsed
from kimi_magic.tools.interrupts import TimeUp
from kimi_magic.tools.readable import MOST_CHARACTERS, readable, seen
from kimi_magic.tools.repeats import AGAIN, TOO_OFTEN, Key, Repeats
from kimi_magic.tools.results import Content, bounded, content_of, pictures_of, text_of
from kimi_magic.tools.running import Job, Runner, run_together

MOST_AT_ONCE = 32
"""Calls of one round that are carried out."""
_EDITS = 3
Show = Callable[[tuple[Called, ...]], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the calls of a turn.

    With ``yes`` only what is always asked about is asked about. ``mask`` takes secrets out of a text, ``is_current`` tells
    whether a function is still what the user calls so.
    """

    functions: Mapping[str, Function]
    consent: Consent | None
    yes: bool
    how: How
    mask: Callable[[str], str]
    allowed: Allowed
    is_current: Callable[[Function], bool]
    repeats: Repeats = field(default_factory=Repeats)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A call that may run: the text of its arguments, as they are now, and what they stand for."""

    place: int
    key: Key
    function: Function
    text: str
    values: dict[str, object]


class Carrying:
    """Carries ``calls`` out, one after the other, parallel ones together; `called` is how they stand.

    ``show`` is called whenever that changes.
    """

    def __init__(self, terms: Terms, calls: Sequence[ToolCall], show: Show, on: Runner) -> None:
        self._terms, self._calls, self._show, self._on = terms, calls, show, on
        self._contents: dict[int, Content] = {}
        self._begun: dict[int, float] = {}
        self._edited: set[int] = set()
        self.called = [Called(replace(call, arguments=seen(call.arguments[:MOST_CHARACTERS]))) for call in calls]
        self.repetitions = self.searches = 0

    def run(self) -> None:
        """Carry all out. When somebody stops it, what has no answer then is answered with that."""
        try:
            self._run()
        except KeyboardInterrupt:
            pass
        for place in range(len(self._calls)):
            if place not in self._contents:
                self._answer(place, "failed", f"{FAILED}stopped by the user", note="Stopped.")

    @property
    def messages(self) -> tuple[Message, ...]:
        """The answers, in the order of the calls."""
        contents = [self._contents[place] for place in range(len(self._calls))]
        return tuple(Message("tool", one, tool_call_id=call.id) for one, call in zip(contents, self._calls, strict=True))

    def _run(self) -> None:
        together: list[_Ready] = []
        for place, call in enumerate(self._calls):
            function = self._terms.functions.get(call.name)
            key = self._terms.repeats.key(call, function)
            if not (function and function.parallel) or key in [one.key for one in together]:
                self._run_together(together)
                together = []
                key = self._terms.repeats.key(call, function)  # what it looks at may be another state now
            ready = self._admitted(place, key, function)
            if ready is not None:
                together.append(ready)
        self._run_together(together)

    def _admitted(self, place: int, key: Key, function: Function | None) -> _Ready | None:
        """Return the call at ``place`` if it may run; else answer it."""
        call = self._calls[place]
        if place >= MOST_AT_ONCE:
            return self._fail(place, f"only {MOST_AT_ONCE} calls are carried out at once: call again what is still needed.")
        if self._is_repeated(place, key):
            return None
        if function is None:
            there = ", ".join(self._terms.functions) or "none"
            return self._fail(place, f"there is no tool {in_short(call.name)!r}; there are: {there}.", key)
        try:
            values = function.arguments(call.arguments)
        except ValueError as error:
            return self._fail(place, self._terms.mask(str(error)), key)
        ready = self._consented(_Ready(place, key, function, call.arguments, values))
        if ready and not self._terms.is_current(function):
            text = f"{function.name} was redefined while the call waited: not run. Call it again in the next turn."
            return self._fail(place, text, key)
        return ready

    def _is_repeated(self, place: int, key: Key) -> bool:
        count = self._terms.repeats.count(key)
        given = self._terms.repeats.given(key)
        if count == 1 or given is None:
            return False
        if count == 2:
            self._answer(place, self._state_of(given), _under(AGAIN, given), note="Answered from memory: it ran before.")
            return True
        self.repetitions += 1
        self._fail(place, TOO_OFTEN)
        return True

    @staticmethod
    def _state_of(content: Content) -> CallState:
        text = text_of(content)
        return "denied" if text.startswith(DENIED) else "failed" if text.startswith(FAILED) else "done"

    def _consented(self, ready: _Ready) -> _Ready | None:
        """Return ``ready``, with other arguments perhaps, if the user says yes; else answer it."""
        function = ready.function
        if not function.is_always_asked and (self._terms.yes or function in self._terms.allowed):
            return self._readable(ready)
        note = ""
        for _ in range(_EDITS):
            self._readable(ready)
            if len(self.called[ready.place].call.arguments) > MOST_CHARACTERS:
                most = f"{MOST_CHARACTERS:,} characters"
                return self._fail(ready.place, f"the user cannot read that much: arguments of up to {most}.", ready.key)
            self._set(ready.place, "waiting", note=note)
            match self._decision(ready):
                case Yes(always):
                    if always:
                        self._terms.allowed.add(function)
                    return ready
                case Edited(text):
                    try:
                        values = function.arguments(text)
                    except ValueError as error:
                        note = in_short(str(error), 400)
                        continue
                    self._edited.add(ready.place)
                    return self._readable(replace(ready, text=text, values=values))
                case No() as no:
                    return self._deny(ready, no)
        return self._deny(ready, No())

    def _decision(self, ready: _Ready) -> Decision:
        consent, called = self._terms.consent, self.called[ready.place]
        if consent is None:
            return NOBODY
        try:
            return self._on.ask(lambda: consent(called, ready.function))
        except Exception as error:  # noqa: BLE001 whatever goes wrong with asking, it is no yes
            return No(f"asking failed ({type(error).__name__})")

    def _readable(self, ready: _Ready) -> _Ready:
        """Let the call be shown with the arguments that it runs with."""
        called = self.called[ready.place]
        self.called[ready.place] = replace(called, call=readable(called.call, parsed(ready.text)))
        return ready

    def _run_together(self, together: Sequence[_Ready]) -> None:
        for ready in together:
            self._begun[ready.place] = time.monotonic()
            self._set(ready.place, "running")
        jobs = [self._job(ready) for ready in together]
        if len(jobs) == 1:
            self._end(together[0], lambda: self._on.run(jobs[0]))
        elif jobs:
            run_together(self._on, jobs, lambda place, result: self._end(together[place], result))

    def _job(self, ready: _Ready) -> Job:
        function, how, mask = ready.function, self._terms.how, self._terms.mask
        if function.builtin:  # the service has done it, and wants its own words back
            return Job(lambda: ready.text, lambda text: text if text.strip() else "{}", function.timeout)
        return Job(
            lambda: function.call(**ready.values),
            lambda value: content_of(function.name, value, how, mask),
            function.timeout,
        )

    def _end(self, ready: _Ready, result: Callable[[], Content]) -> None:
        """Answer a call with what it gave; raises KeyboardInterrupt when somebody stopped it."""
        function, note, state = ready.function, "", CallState.__args__[2]
        try:
            content = result()
        except BaseException as error:
            if self._on.is_interrupted and isinstance(error, KeyboardInterrupt) and not isinstance(error, TimeUp):
                raise
            failure = failure_of(error, function, self._terms.mask)
            content, note, state = bounded(FAILED + failure.text), failure.note, "failed"
        self.searches += function.builtin and state == "done"
        if ready.place in self._edited and not function.builtin:
            content = _under(f"(The user changed the arguments to {in_short(ready.text, 1_000)})", content)
        self._answer(ready.place, state, content, ready.key, function, note)

    def _fail(self, place: int, text: str, key: Key | None = None) -> None:
        """Answer a call that does not run."""
        self._answer(place, "failed", bounded(FAILED + text), key, note="It did not run; Kimi was told why.")

    def _deny(self, ready: _Ready, no: No) -> None:
        why = f": {bounded(no.reason, self._terms.mask)}" if no.reason else "."
        text = "nobody can be asked for consent here, so it was not run." if no == NOBODY else f"the user said no{why}"
        note = "Nobody could be asked: it did not run. With -y functions run unasked." if no == NOBODY else "It did not run."
        self._answer(ready.place, "denied", DENIED + text, ready.key, note=note)

    def _answer(
        self,
        place: int,
        state: CallState,
        content: Content,
        key: Key | None = None,
        function: Function | None = None,
        note: str = "",
    ) -> None:
        self._contents[place] = content
        if key is not None:
            self._terms.repeats.remember(key, content, function)
        seconds = time.monotonic() - self._begun[place] if place in self._begun else 0.0
        called = replace(self.called[place], result=text_of(content), pictures=pictures_of(content), seconds=seconds)
        self.called[place] = called
        self._set(place, state, note)

    def _set(self, place: int, state: CallState, note: str = "") -> None:
        self.called[place] = replace(self.called[place], state=state, note=note)
        self._show(tuple(self.called))


def _under(words: str, content: Content) -> Content:
    """Return ``content`` with ``words`` above it; behind the mark of a failure, which stays in front."""
    if isinstance(content, str):
        mark = next((mark for mark in (FAILED, DENIED) if content.startswith(mark)), "")
        return f"{mark}{words}\n{content.removeprefix(mark)}"
    return (Text(words), *content)
