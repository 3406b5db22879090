"""An answer in a terminal, through rich: what is finished is printed once, only the tail is live."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kimi_magic.calls import Round
from kimi_magic.conversation import Turn
from kimi_magic.draft import Draft
from kimi_magic.messages import ToolCall
from kimi_magic.render import terminal_calls as calls
from kimi_magic.render.called import name_of
from kimi_magic.render.growing import draft_markdown, turn_markdown
from kimi_magic.render.page import doing_line, retry_line
from kimi_magic.render.printable import printable
from kimi_magic.render.stopwatch import Stopwatch, thought_for
from kimi_magic.render.view import MARKS, POLL, in_words, status_line

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.live import Live
    from rich.markdown import Markdown

_ROOM = 4
"""Lines of the screen that the live part leaves free."""
_THINKING_LINES = 3


class TerminalView:
    """A view in a terminal; in a pipe or a file only the end is shown. ``clock`` returns seconds."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        from rich.console import Console  # rich is slow to import and only used here

        self._console = console or Console()
        self._clock = clock
        self._live: Live | None = None
        self._draft: Draft | None = None
        self._rounds = 0
        self._asked: set[tuple[int, int, ToolCall, str]] = set()  # round, place in it, and what was shown with which note
        self._ended: set[tuple[int, int]] = set()
        self._drawn = float("-inf")
        self._begin_round()

    def _begin_round(self) -> None:
        """Let a text begin anew: under what is printed of the last one."""
        self._thinking = Stopwatch()
        self._has_told_thinking = False
        self._printed = 0
        self._why = ""

    def wait(self, why: str) -> None:
        """Say once why the answer has to wait."""
        if self._console.is_terminal and why != self._why:
            self._why = why
            self._console.print(_dim(why))

    def begin(self, turn: Turn, conversation: str) -> None:  # noqa: ARG002 the same form as all views
        """Say that the answer is awaited."""
        self._turn = turn
        self._resume()
        self._draw(_dim(f"Waiting for {turn.model or 'Kimi'}…"))

    def update(self, draft: Draft) -> float:
        """Redraw if it is time; return the seconds until the next redraw is wanted."""
        now = self._follow(draft)
        if self._live is None or now < self._drawn + POLL:
            return POLL if self._live is None else self._drawn + POLL - now
        self._drawn = now
        self._draw_draft(draft)
        return POLL

    def show(self, draft: Draft) -> None:
        """Print the calls that ended, and those that wait, with all their arguments; nothing is live then."""
        self._follow(draft)
        self._pause()
        self._print_rounds(draft.rounds)
        if not self._print_waiting(draft):
            self._resume()
            running = (called for called in draft.called if called.state == "running")
            self._draw(_dim("\n".join(f"{name_of(called.call)} runs…" for called in running)))

    def finish(self, turn: Turn, notes: Sequence[str] = ()) -> None:
        """Print what is not printed yet, and the status line."""
        self._pause()
        self._print_rounds(turn.rounds, is_over=True)
        if turn.state == "failed":
            self._console.print(_dim(" · ".join(["No answer.", *notes])))
            return
        self._tell_thinking(turn.answer.reasoning or "")
        self._print_rest(printable(turn_markdown(turn)))
        self._print_end(turn, notes)

    def _follow(self, draft: Draft) -> float:
        """Return the time; a draft that is another than before begins anew."""
        now = self._clock()
        if self._draft is not draft and self._draft is not None and not self._draft.called:
            self._begin_round()  # it was asked for once more; after calls their round is over already
        self._draft = draft
        if not draft.called:
            self._thinking.note(now, bool(draft.reasoning), bool(draft.text or draft.tool_calls))
        return now

    def _resume(self) -> None:
        """Let there be a live part, where there is a terminal."""
        if self._console.is_terminal and self._live is None:
            from rich.live import Live  # as above

            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()

    def _pause(self) -> None:
        """Let nothing be live."""
        if self._live is not None:
            self._draw(_dim(""))
            self._live.stop()
            self._live = None

    def _print_rounds(self, rounds: Sequence[Round], *, is_over: bool = False) -> None:
        """Print what is not printed yet of ``rounds``; a call is printed when it has ended, or when all ``is_over``."""
        for number, one in enumerate(rounds, 1):
            if number > self._rounds:
                self._rounds = number
                self._tell_thinking(one.reasoning)
                self._print_rest(printable(one.text))
                self._begin_round()
            for place, called in enumerate(one.called):
                key = (number, place)
                if key not in self._ended and (is_over or called.has_ended):
                    self._ended.add(key)
                    was_asked = any(shown[:3] == (*key, called.call) for shown in self._asked)
                    self._tell(calls.ended(called, was_asked=was_asked))

    def _print_waiting(self, draft: Draft) -> bool:
        """Print each call that waits for the user, once more where it is another one since; return whether there is one."""
        waiting = [(place, called) for place, called in enumerate(draft.called) if called.state == "waiting"]
        for place, called in waiting:
            key = (self._rounds, place, called.call, called.note)
            if key not in self._asked:
                self._asked.add(key)
                self._tell(calls.asked(called))
        return bool(waiting)

    def _print_rest(self, text: str) -> None:
        rest = text[self._printed :]
        if rest.strip():
            self._print(rest)

    def _tell(self, text: str) -> None:
        from rich.text import Text  # as above

        self._console.print(Text(text, overflow="fold"))

    def _print(self, text: str) -> None:
        if self._printed:
            self._console.print()
        self._console.print(_markdown(text))

    def _print_end(self, turn: Turn, notes: Sequence[str]) -> None:
        from rich.text import Text  # as above

        if turn.state in MARKS:
            self._console.print(Text(MARKS[turn.state], style="yellow"))
        self._console.print(_dim(status_line(turn, notes)))
        if turn.attachments:
            self._console.print(_dim("Sent along: " + ", ".join(map(in_words, turn.attachments))))
        for attachment in turn.attachments:
            if attachment.warning:
                self._console.print(Text(printable(attachment.warning), style="yellow"))

    def _draw_draft(self, draft: Draft) -> None:
        if draft.tool_calls:
            self._draw(_dim(doing_line(draft, self._turn.model)))
        elif draft.text and draft.is_json:
            self._draw_last(printable(draft_markdown(draft)))
        elif draft.text:
            self._tell_thinking(draft.reasoning)
            self._draw_text(printable(draft.text))
        elif draft.reasoning:
            self._draw(_Last(_dim(draft.reasoning, "dim italic"), _THINKING_LINES))
        elif draft.retrying:
            self._draw(_dim(retry_line(draft.retrying)))
        elif draft.before:
            self._draw(_dim(f"Waiting for {self._turn.model or 'Kimi'}…"))

    def _draw_text(self, text: str) -> None:
        """Print the blocks that have been finished since, and keep the rest live."""
        from kimi_magic.render.blocks import finished  # late: markdown-it is slow to import

        end = finished(text[self._printed :])
        if end:
            self._print(text[self._printed : self._printed + end])
            self._printed += end
        self._draw_last(text[self._printed :])

    def _draw_last(self, text: str) -> None:
        self._draw(_Last(_markdown(text), max(1, self._console.height - _ROOM)))

    def _tell_thinking(self, thinking: str) -> None:
        if thinking and not self._has_told_thinking:
            self._console.print(_dim(thought_for(self._thinking.seconds)))
        self._has_told_thinking = True

    def _draw(self, shown: RenderableType) -> None:
        if self._live is not None:
            self._live.update(shown, refresh=True)


def show_report(markdown: str, console: Console | None = None) -> None:
    """Show a text of our own, such as what a command has to say."""
    from rich.console import Console  # as above

    (console or Console()).print(_markdown(printable(markdown)))


class _Last:
    """The last lines of something, for a live part must not be taller than the screen."""

    def __init__(self, shown: RenderableType, lines: int) -> None:
        self._shown = shown
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment  # as above

        # Ctrl-C echoes two characters: in a full line they would wrap, and the line could not be taken back.
        narrower = options.update(width=max(1, options.max_width - 3))
        for line in console.render_lines(self._shown, narrower, pad=False)[-self._lines :]:
            yield from line
            yield Segment.line()


def _markdown(text: str) -> Markdown:
    """Return ``text`` for rich, with addresses as text: a hyperlink can show one address and open another."""
    from rich.markdown import Markdown  # as above

    from kimi_magic.render.markdown import tokens_for_terminal  # late: markdown-it is slow to import

    shown = Markdown("", hyperlinks=False)
    # Rich's own parser drops what looks like HTML, and takes formulas for Markdown.
    shown.parsed = tokens_for_terminal(text)
    return shown


def _dim(text: str, style: str = "dim") -> RenderableType:
    from rich.text import Text  # as above

    return Text(printable(text), style=style)
