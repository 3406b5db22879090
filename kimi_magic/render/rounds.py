"""The HTML of what the model called before it answered: each call with its arguments, how it stands, its result. Pure.

Names, arguments and results are somebody else's words: they are text here, and the only pictures are those that are in the
page itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape

from kimi_magic.amounts import counted
from kimi_magic.calls import Called, Round
from kimi_magic.messages import ToolCall
from kimi_magic.render.called import MOST_RESULT, Block, cut, state_of, unframed, visible, written
from kimi_magic.render.page import MUTED, PLAIN, WRAPPED, body, folded
from kimi_magic.render.pictures import picture
from kimi_magic.render.printable import printable

_SHORT, _SMALL = 200, 20_000
"""Characters of a result, and of a picture's address, that are sent while redraws go on: each sends them again."""
_MOST_TITLE = 60
_LINE = "var(--jp-border-color2,#7f7f7f55)"
_MONO = "font-family:var(--jp-code-font-family,monospace)"
_BOX = "margin:.4em 0 .8em;padding:.1em 0 .1em .8em;border-left:3px solid"
# What does not fit wraps: code that is to be consented to is not to hide at the end of a long line.
_PRE = (
    f"background-color:var(--jp-cell-editor-background,#7f7f7f1a);margin:.3em 0;padding:.5em .8em;{WRAPPED};"
    f"{_MONO};font-size:.93em;line-height:1.4"
)
_COLOURS = {"waiting": "var(--jp-warn-color1,#b07020)", "failed": "var(--jp-error-color1,#c62828)"}


class GrowingRounds:
    """The HTML of rounds that go on; each is made once, and what was seen of a call when it ended is remembered.

    Ids of calls are the model's, and no two of them need differ but in one round: a call is known by its place, too.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[Round, bool, bool], str] = {}
        self._seen: dict[tuple[int, int, str], Called] = {}  # by the round, the place in it, and the id

    def html(self, rounds: Sequence[Round], *, is_live: bool = False, is_over: bool = False) -> str:
        """Return ``rounds`` as safe HTML: short while they are redrawn (``is_live``), or as they stay (``is_over``)."""
        keys = [(self._remembered(number, one), is_live, is_over) for number, one in enumerate(rounds)]
        self._made = {key: self._made.get(key) or _round(*key) for key in keys}
        return "".join(self._made[key] for key in keys)

    def _remembered(self, number: int, one: Round) -> Round:
        """Return the round with times, notes and changed arguments, which the messages do not tell."""
        called = (self._as_seen((number, place, called.call.id), called) for place, called in enumerate(one.called))
        return replace(one, called=tuple(called))

    def _as_seen(self, key: tuple[int, int, str], called: Called) -> Called:
        """Return ``called`` with what is remembered of it; one that has not ended is shown as it is, and nothing else."""
        if not called.has_ended:
            self._seen.pop(key, None)
            return called
        if called.seconds or called.note:
            self._seen[key] = called
        seen = self._seen.get(key)
        return replace(called, call=seen.call, seconds=seen.seconds, note=seen.note) if seen else called


def rounds_html(rounds: Iterable[Round], *, has_pictures: bool = True) -> str:
    """Return finished ``rounds`` as safe HTML, with the pictures that were returned or without."""
    return "".join(_round(one if has_pictures else _bare(one), is_live=False, is_over=True) for one in rounds)


def call_html(call: ToolCall) -> str:
    """Return ``call`` with all its arguments as safe HTML, for somebody who is asked about it."""
    return _head(call, "")


def _bare(one: Round) -> Round:
    return replace(one, called=tuple(replace(called, pictures=()) for called in one.called))


def _round(one: Round, is_live: bool, is_over: bool) -> str:
    thought = folded("Thoughts", one.reasoning, below=".4em") if one.reasoning else ""
    said = _text(one.text) if one.text else ""
    return thought + said + "".join(_called(called, is_live, is_over) for called in one.called)


def _text(text: str) -> str:
    from kimi_magic.render.blocks import to_html  # late: markdown-it is slow to import

    return body(to_html(text))


def _called(called: Called, is_live: bool, is_over: bool) -> str:
    state = state_of(called, is_over=is_over)
    weight = "font-weight:600" if called.state == "waiting" and not is_over else "opacity:.65"
    told = f' <span style="{weight};font-size:.85em;padding:0 0 0 .6em">{state}</span>' if state else ""
    pictures = "".join(_shown(address, is_live) for address in called.pictures)
    return (
        f'<div class="kimi-call {PLAIN}" style="{_BOX} {_COLOURS.get(called.state, _LINE)}">{_head(called.call, told)}'
        f"{_result(called, is_live)}{pictures}{_note(called.note)}</div>"
    )


def _head(call: ToolCall, state: str) -> str:
    """Return the line of a call with its state, and under it the arguments that are too long for the line."""
    told = written(call)
    line = f'<code style="{_MONO};{WRAPPED};background-color:inherit">{escape(told.line)}</code>'
    return f"<div>{line}{state}</div>{''.join(map(_block, told.blocks))}"


def _block(block: Block) -> str:
    lines = block.text.count("\n") + (not block.text.endswith("\n"))
    title = f"{block.name}, {counted(lines, 'line')}"
    return f'<div style="{MUTED}">{escape(title)}</div><pre dir="ltr" style="{_PRE}">{_code(block)}</pre>'


def _code(block: Block) -> str:
    if not block.is_code:
        return escape(block.text)
    from kimi_magic.render.colour import coloured  # late: Pygments comes only where there is code

    return coloured(block.text, "python")


def _result(called: Called, is_live: bool) -> str:
    """Return what the model reads of a call, folded under its first line."""
    text = unframed(printable(called.result)).strip("\n")
    if not text:
        return ""
    first = text.lstrip().partition("\n")[0]
    title = first if len(first) <= _MOST_TITLE else first[:_MOST_TITLE].rstrip() + "…"
    shown = visible(cut(text, _SHORT if is_live else MOST_RESULT))
    return (
        f'<details><summary style="cursor:pointer;{MUTED}">Result: {escape(visible(title))}</summary>'
        f'<pre dir="auto" style="{_PRE}">{escape(shown)}</pre></details>'
    )


def _shown(address: str, is_live: bool) -> str:
    if is_live and len(address) > _SMALL:
        return f'<div style="{MUTED}">A picture, which is shown when the answer is there.</div>'
    return picture(address, "a picture that the call returned")


def _note(text: str) -> str:
    return f'<div style="{MUTED}">{escape(printable(text))}</div>' if text else ""
