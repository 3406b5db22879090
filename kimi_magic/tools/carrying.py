"""One round of calls, each of which gets exactly one answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from kimi_magic.calls import FAILED
from kimi_magic.errors import Interrupted
from kimi_magic.messages import Content, ToolCall
from kimi_magic.tools.admission import TOLD, Admission, NotRun, Ready, Terms
from kimi_magic.tools.failures import failure_of
from kimi_magic.tools.functions import whole
from kimi_magic.tools.interrupts import TimeUp
from kimi_magic.tools.keeping import line
from kimi_magic.tools.repeats import Key
from kimi_magic.tools.results import bounded, content_of
from kimi_magic.tools.running import Job, Runner, run_together
from kimi_magic.tools.standing import Standing, under, unmistakable

MOST_AT_ONCE = 32
"""Calls of one round that are carried out."""
STOPPED = f"{FAILED}stopped by the user"
_TOO_MANY = f"{FAILED}only {MOST_AT_ONCE} calls are carried out at once: call again what is still needed."


class Carrying:
    """Carries ``calls`` out: one after the other, those next to each other that may be parallel together.

    ``repetitions`` counts those that came too often, ``searches`` those for which the service searched the web.
    """

    def __init__(self, terms: Terms, calls: Sequence[ToolCall], standing: Standing, on: Runner) -> None:
        self._terms, self._calls, self._standing, self._on = terms, calls, standing, on
        self._admission = Admission(terms, standing, on)
        self.repetitions = self.searches = 0

    def run(self) -> None:
        """Answer all calls; when somebody stops it, what has no answer then is answered with that."""
        with contextlib.suppress(KeyboardInterrupt):
            self._run()
        refuse(self._standing, STOPPED, "Stopped.")

    def _run(self) -> None:
        together: list[Ready] = []
        for place, call in enumerate(self._calls[:MOST_AT_ONCE]):
            if not self._may_join(call, together):
                self._run_together(together)
                together = []
            key = self._key(call)
            try:
                together.append(self._admission.admit(place, call, key))
            except NotRun as no:
                self.repetitions += no.is_repetition
                self._answer(place, key, no.content, no.note)
        self._run_together(together)
        refuse(self._standing, _TOO_MANY, TOLD)

    def _may_join(self, call: ToolCall, together: Sequence[Ready]) -> bool:
        """Whether ``call`` may run at the same time as those ``together``; the very same one waits for what it gives."""
        function = self._terms.functions.get(call.name)
        is_parallel = function is not None and function.parallel and all(one.function.parallel for one in together)
        return is_parallel and self._key(call) not in [one.key for one in together]

    def _key(self, call: ToolCall) -> Key:
        return self._terms.repeats.key(call)

    def _run_together(self, together: Sequence[Ready]) -> None:
        if together:
            self._standing.begin(*(ready.place for ready in together))
        jobs = [self._job(ready) for ready in together]
        if len(jobs) == 1:
            self._end(together[0], lambda: self._on.run(jobs[0]))
        elif jobs:
            run_together(self._on, jobs, lambda place, result: self._end(together[place], result))

    def _job(self, ready: Ready) -> Job:
        function, how, mask = ready.function, self._terms.how, self._terms.mask
        if function.builtin:  # the service does it, and wants its own words back
            return Job(lambda: ready.text, lambda text: text if text.strip() else "{}", function.timeout)
        return Job(
            lambda: function.call(**ready.values),
            lambda value: content_of(function.name, whole(function.name, value), how, mask),
            function.timeout,
        )

    def _end(self, ready: Ready, result: Callable[[], Content]) -> None:
        """Answer a call with what it gave. Raises KeyboardInterrupt when somebody stopped it."""
        function, note = ready.function, ""
        try:
            content = result()
        except BaseException as error:  # noqa: BLE001 the user's own code, which may also raise SystemExit
            if isinstance(error, KeyboardInterrupt | Interrupted) and not isinstance(error, TimeUp):
                self._on.interrupt()  # whether the stop met this round, or a question that the function asked
                raise KeyboardInterrupt from None
            failure = failure_of(error, function, self._terms.mask)
            content, note = bounded(FAILED + failure.text), failure.note
        else:
            self.searches += function.builtin
            content = unmistakable(content)
        if ready.is_edited and not function.builtin:
            content = under(f"(The user changed the arguments to {line(ready.text, 1_000, self._terms.mask)})", content)
        self._terms.repeats.ran(ready.key, function)
        self._answer(ready.place, ready.key, content, note)
        self._standing.show()

    def _answer(self, place: int, key: Key, content: Content, note: str) -> None:
        self._terms.repeats.remember(key, content)
        self._standing.answer(place, content, note)


def refuse(standing: Standing, content: str, note: str) -> None:
    """Answer all calls that have no answer yet with ``content``, and show that once."""
    for place in standing.unanswered:
        standing.answer(place, content, note)
    standing.show()
