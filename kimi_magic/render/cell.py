"""An answer in a notebook's cell: one display that grows. The only place here that knows IPython."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from IPython.display import display

from kimi_magic.conversation import Turn, new_id
from kimi_magic.draft import Draft
from kimi_magic.render.growing import Growing, Rounds, draft_markdown, turn_markdown
from kimi_magic.render.page import Page, doing_line, last_of, waiting_line
from kimi_magic.render.printable import printable
from kimi_magic.render.redraws import ENVELOPE, Redraws
from kimi_magic.render.view import MARKS, POLL, VERSION, status_line, turn_metadata

Bundle = dict[str, str]
_FRAME = 1_000
"""Bytes of a page without its texts, about."""


class CellView:
    """A view in a kernel with a front end: one display, made at the beginning and then only updated.

    ``clock`` returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._redraws = Redraws(self, clock)
        self._growing, self._rounds = Growing(), Rounds()
        self._per_character = 2.0  # bytes of HTML, as far as it is known
        self._id = new_id()
        self._is_there = False
        self._why = ""
        self._metadata: dict[str, object] = {"kimi_magic": {"version": VERSION}}

    def wait(self, why: str) -> None:
        """Show that the question waits, in the display that it will have."""
        if why != self._why:
            self._why = why
            self._show(_bundle(Page(status=why), ""), is_new=not self._is_there)
            self._is_there = True

    def begin(self, turn: Turn, conversation: str) -> None:
        """Create the display; where it is there already, as in the background, show another turn in it."""
        self._turn, self._conversation = turn, conversation
        # Unchanged until the end: VS Code replaces all outputs of the cell where an update changes the metadata.
        self._metadata = turn_metadata(turn, conversation)
        self._redraws.begin()
        self._show(_bundle(Page(status=waiting_line(turn.model, None, 0)), ""), is_new=not self._is_there)
        self._is_there = True

    def update(self, draft: Draft) -> float:
        """Redraw if something is new and it is time; return the seconds until the next redraw is wanted."""
        return self._redraws.update(draft)

    def show(self, draft: Draft) -> None:
        """Redraw at once: a call waits for the user, is under way, or ended."""
        self._redraws.show(draft)

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Redraw for the last time, completely."""
        self._metadata = turn_metadata(turn, self._conversation)
        self._show(_final(turn, notes, self._growing, self._rounds, self._redraws.thought_for))

    def draw_waiting(self, draft: Draft, seconds: int) -> int:
        """Show that nothing new has come for ``seconds``, and why; return the bytes that it took."""
        page = Page(
            rounds=self._rounds.html(draft.rounds, is_live=True),
            status=waiting_line(self._turn.model, draft.retrying, seconds),
        )
        return self._show(_bundle(page, ""))

    def draw(self, draft: Draft) -> int:
        """Show what has come; return the bytes that it took."""
        has_calls = bool(draft.called)
        page = Page(
            answer=self._growing.html(draft_markdown(draft)),
            rounds=self._rounds.html(draft.rounds, is_live=True),
            thinking="" if has_calls else last_of(draft.reasoning),
            is_thinking=not (draft.text or draft.tool_calls),
            thought_for=self._redraws.thought_for,
            status=doing_line(draft, self._turn.model),
        )
        self._per_character = len(page.answer) / len(draft.text) if page.answer and draft.text else self._per_character
        return self._show(_bundle(page, "" if has_calls else draft.text))

    def sizes(self, draft: Draft) -> tuple[int, int]:
        """Return about how many bytes `draw` would take, and the finished answer: text and HTML are two copies."""
        html = self._per_character if draft.is_json else 2  # of JSON less can be shown than there is
        answer = round((1 + html) * len(draft.text))
        shown = _FRAME + answer + len(self._rounds.html(draft.rounds, is_live=True))
        return ENVELOPE + shown + len(last_of(draft.reasoning)), shown + len(draft.reasoning)

    def _show(self, bundle: Bundle, *, is_new: bool = False) -> int:
        """Show ``bundle``; return the bytes that it takes to send."""
        _publish(bundle, metadata=self._metadata, display_id=self._id, update=not is_new)
        return ENVELOPE + sum(len(text.encode()) for text in bundle.values())


class EndView:
    """A view where nobody watches (nbclient, papermill): one display at the end, the same that a `CellView` leaves."""

    def wait(self, why: str) -> None:
        """Show nothing yet."""

    def begin(self, turn: Turn, conversation: str) -> None:  # noqa: ARG002 the same form as all views
        """Show nothing yet."""
        self._conversation = conversation

    def update(self, draft: Draft) -> float:  # noqa: ARG002 the same form as all views
        """Show nothing yet; return the seconds after which to ask again."""
        return POLL

    def show(self, draft: Draft) -> None:
        """Show nothing yet."""

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Show the answer."""
        metadata = turn_metadata(turn, self._conversation)
        _publish(_final(turn, notes, Growing(), Rounds(), 0.0), metadata=metadata)


def show_report(markdown: str, pictures: Sequence[str] = ()) -> None:
    """Show a text of our own, such as what a command has to say, and under it ``pictures`` (``data:`` addresses)."""
    page = Page(answer=Growing().html(markdown), pictures=pictures)
    _publish(_bundle(page, markdown), metadata={"kimi_magic": {"version": VERSION}})


def _final(turn: Turn, notes: Sequence[str], growing: Growing, rounds: Rounds, thought_for: float) -> Bundle:
    answer, called = turn.answer, rounds.html(turn.rounds, is_over=True)
    if turn.state == "failed":
        return _bundle(Page(rounds=called, status=" · ".join(["No answer.", *notes])), "")
    page = Page(
        answer=growing.html(turn_markdown(turn)),
        rounds=called,
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
