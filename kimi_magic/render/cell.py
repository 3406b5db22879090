"""An answer in a notebook's cell: one display that grows. The only place here that knows IPython."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from IPython.display import display

from kimi_magic.conversation import Turn, new_id
from kimi_magic.draft import Draft
from kimi_magic.messages import Retrying
from kimi_magic.render.pace import Pace
from kimi_magic.render.page import Page, last_of, retry_line
from kimi_magic.render.printable import printable
from kimi_magic.render.stopwatch import Stopwatch
from kimi_magic.render.view import MARKS, POLL, VERSION, status_line, turn_metadata

Bundle = dict[str, str]
_FRAME = 1_000
"""Bytes of a page without its texts, about."""
_ENVELOPE = 1_000
"""Bytes of a message without its page, about: Jupyter's headers, our metadata."""


class CellView:
    """A view in a kernel with a front end: one display, made at the beginning and then only updated.

    ``clock`` returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pace = Pace()
        self._growing = _Growing()
        self._id = new_id()
        self._seen: tuple[object, ...] = (None, 0)
        self._thinking = Stopwatch()

    def begin(self, turn: Turn, conversation: str) -> None:
        """Create the display."""
        self._turn, self._conversation = turn, conversation
        # Unchanged until the end: VS Code replaces all outputs of the cell where an update changes the metadata.
        self._metadata = turn_metadata(turn, conversation)
        self._began = self._clock()
        self._show(_waiting(turn, None, 0), is_new=True)

    def update(self, draft: Draft) -> float:
        """Redraw if something is new and it is time; return the seconds until the next redraw is wanted."""
        now = self._clock()
        self._thinking.note(now, bool(draft.reasoning), bool(draft.text))
        if not (draft.text or draft.reasoning):
            return self._wait(draft, int(now - self._began))
        seen = (len(draft.text), len(draft.reasoning))
        if seen == self._seen:
            return POLL
        wait = self._pace.wait(now, *_sizes(draft))
        if wait > 0:
            # The answer may grow faster than it looks now: the caller should ask again soon.
            return min(wait, POLL)
        self._seen = seen
        self._pace.sent(now, self._show(self._live(draft)))
        return POLL

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Redraw for the last time, completely."""
        self._metadata = turn_metadata(turn, self._conversation)
        self._show(_final(turn, notes, self._growing, self._thinking.seconds))

    def _wait(self, draft: Draft, seconds: int) -> float:
        """Let a clock run while nothing arrives. The first words are not to wait for it: no pause."""
        seen = (draft.retrying, seconds)
        if seen != self._seen:
            self._seen = seen
            self._show(_waiting(self._turn, draft.retrying, seconds))
        return 0.0

    def _live(self, draft: Draft) -> Bundle:
        page = Page(
            answer=self._growing.html(draft.text),
            thinking=last_of(draft.reasoning),
            is_thinking=not draft.text,
            thought_for=self._thinking.seconds,
            status=draft.model or self._turn.model,
        )
        return _bundle(page, draft.text)

    def _show(self, bundle: Bundle, *, is_new: bool = False) -> int:
        """Show ``bundle``; return the bytes that it takes to send."""
        _publish(bundle, metadata=self._metadata, display_id=self._id, update=not is_new)
        return _ENVELOPE + sum(len(text.encode()) for text in bundle.values())


class EndView:
    """A view where nobody watches (nbclient, papermill): one display at the end, the same that a `CellView` leaves."""

    def begin(self, turn: Turn, conversation: str) -> None:  # noqa: ARG002 the same form as all views
        """Show nothing yet."""
        self._conversation = conversation

    def update(self, draft: Draft) -> float:  # noqa: ARG002 the same form as all views
        """Show nothing yet; return the seconds after which to ask again."""
        return POLL

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Show the answer."""
        metadata = turn_metadata(turn, self._conversation)
        _publish(_final(turn, notes, _Growing(), 0.0), metadata=metadata)


def show_report(markdown: str, pictures: Sequence[str] = ()) -> None:
    """Show a text of our own, such as what a command has to say, and under it ``pictures`` (``data:`` addresses)."""
    page = Page(answer=_Growing().html(markdown), pictures=pictures)
    _publish(_bundle(page, markdown), metadata={"kimi_magic": {"version": VERSION}})


class _Growing:
    """The answer's HTML. The renderer is slow to import: it comes with the first words, when the cell is up."""

    def html(self, text: str) -> str:
        if not text:
            return ""
        if not hasattr(self, "_blocks"):
            from kimi_magic.render.blocks import Blocks  # late, see above

            self._blocks = Blocks()
        return self._blocks.update(text)


def _sizes(draft: Draft) -> tuple[int, int]:
    """Estimate what a redraw costs and what the finished answer would weigh, in bytes: text and HTML are two copies."""
    answer = 3 * len(draft.text)
    return _ENVELOPE + _FRAME + answer + len(last_of(draft.reasoning)), _FRAME + answer + len(draft.reasoning)


def _waiting(turn: Turn, retrying: Retrying | None, seconds: int) -> Bundle:
    waited = f" · {seconds} s" if seconds else ""
    status = retry_line(retrying) if retrying else f"Waiting for {turn.model or 'Kimi'}…{waited}"
    return _bundle(Page(status=status), "")


def _final(turn: Turn, notes: Sequence[str], growing: _Growing, thought_for: float) -> Bundle:
    answer = turn.answer
    if turn.state == "failed":
        return _bundle(Page(status=" · ".join(["No answer.", *notes])), "")
    page = Page(
        answer=growing.html(answer.text),
        thinking=answer.reasoning or "",
        thought_for=thought_for,
        mark=MARKS.get(turn.state, ""),
        status=status_line(turn, notes),
        attachments=turn.attachments,
    )
    return _bundle(page, answer.text)


def _publish(bundle: Bundle, **options: object) -> None:
    display(bundle, raw=True, **options)  # type: ignore[no-untyped-call]  # IPython leaves it untyped


def _bundle(page: Page, text: str) -> Bundle:
    return {"text/html": page.html(), "text/plain": printable(text)}
