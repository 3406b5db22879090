"""How the calls of a round stand, and the answer that each has got."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from kimi_magic.calls import DENIED, FAILED, Called, state_of
from kimi_magic.messages import Content, Message, Text, ToolCall, pictures_of, text_of
from kimi_magic.tools.keeping import Mask, beginning
from kimi_magic.tools.readable import MOST_CHARACTERS, seen

Show = Callable[[tuple[Called, ...]], None]


class Standing:
    """The calls of a round by their places; ``show`` is called whenever one stands otherwise, or several at once do.

    ``mask`` takes secrets out of what is seen of a call, before that is cut.
    """

    def __init__(self, calls: Sequence[ToolCall], show: Show, mask: Mask = str) -> None:
        self._calls, self._show, self._mask = calls, show, mask
        self._is_unseen = False
        self._contents: dict[int, Content] = {}
        self._begun: dict[int, float] = {}
        self.called = [Called(_seen(call, mask), "next") for call in calls]

    @property
    def unanswered(self) -> list[int]:
        """The places of the calls that have no answer yet."""
        return [place for place in range(len(self._calls)) if place not in self._contents]

    @property
    def messages(self) -> tuple[Message, ...]:
        """The answers, in the order of the calls, all of which have one."""
        answers = enumerate(self._calls)
        return tuple(Message("tool", self._contents[place], tool_call_id=call.id) for place, call in answers)

    def write(self, place: int, call: ToolCall) -> None:
        """Let the call at ``place`` be seen as ``call`` has it, from when it is shown next."""
        call = replace(call, arguments=self._mask(call.arguments))
        self.called[place] = replace(self.called[place], call=call)

    def wait(self, place: int, note: str) -> None:
        """Show that the call waits for the user's word on it, and no other does."""
        self.called = [replace(one, state="next") if one.state == "waiting" else one for one in self.called]
        self._set(place, state="waiting", note=note)
        self.show()

    def begin(self, *places: int) -> None:
        """Show that the calls are under way."""
        for place in places:
            self._begun[place] = time.monotonic()
            self._set(place, state="running", note="")
        self.show()

    def answer(self, place: int, content: Content, note: str = "") -> None:
        """Answer the call with ``content``. How it ended is seen at the next `show`, with all that has changed till then."""
        self._contents[place] = content
        seconds = time.monotonic() - self._begun[place] if place in self._begun else 0.0
        state, pictures = state_of(content), pictures_of(content)
        self._set(place, state=state, result=text_of(content), pictures=pictures, seconds=seconds, note=note)

    def show(self) -> None:
        """Show how the calls stand, if one stands otherwise than when they were shown last."""
        if self._is_unseen:
            self._is_unseen = False
            self._show(tuple(self.called))

    def _set(self, place: int, **fields: object) -> None:
        self.called[place] = replace(self.called[place], **fields)  # type: ignore[arg-type]  # the fields' own types
        self._is_unseen = True


def _seen(call: ToolCall, mask: Mask) -> ToolCall:
    name, arguments = beginning(call.name, 100, mask), beginning(call.arguments, MOST_CHARACTERS, mask)
    return replace(call, name=seen(name), arguments=seen(arguments))


def unmistakable(content: Content) -> Content:
    """Return the result of a call that ran so that it does not begin like the answer to one that did not.

    >>> unmistakable("Denied: by the server")
    'Result: Denied: by the server'
    """
    if state_of(content) == "done":
        return content
    return f"Result: {content}" if isinstance(content, str) else (Text("Result:"), *content)


def under(words: str, content: Content) -> Content:
    r"""Return ``content`` with ``words`` above it; behind the mark of a failure, which stays in front.

    >>> under("(again)", "Error: no")
    'Error: (again)\nno'
    """
    if not isinstance(content, str):
        return (Text(words), *content)
    mark = next((mark for mark in (FAILED, DENIED) if content.startswith(mark)), "")
    return f"{mark}{words}\n{content.removeprefix(mark)}"
