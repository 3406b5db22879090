"""A turn as the panel shows it, and the transcript that stays in the notebook. Pure; all HTML is made safe here."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from kimi_magic.conversation import Turn
from kimi_magic.messages import Attachment
from kimi_magic.render.growing import turn_markdown
from kimi_magic.render.page import PLAIN, WRAPPED, Page
from kimi_magic.render.pictures import PICTURE
from kimi_magic.render.printable import printable
from kimi_magic.render.rounds import rounds_html
from kimi_magic.render.stopwatch import thought_for
from kimi_magic.render.terminal_calls import ended
from kimi_magic.render.view import MARKS, in_words, status_line

Shown = dict[str, Any]
"""What a trait holds: JSON."""

PIECES, STEP = 4, 4
"""Outputs in which the transcript stands, and how many times as many turns each has as the one below it."""
MOST_BYTES = 250_000
"""Of one output of the transcript."""

_NO_ANSWER = "No answer came of this question."
_UNFINISHED = "No answer came: the kernel ended while it was asked."


@dataclass(frozen=True, slots=True)
class Standing:
    """How a turn stands in its conversation.

    ``number`` counts from 1; ``branch`` is the number of this version of the question and how many there are; ``thought`` is
    how long the model has thought, in seconds, None where nobody measured it; ``notes`` end the status line; ``calls`` is
    HTML of the turn's calls with what only this kernel has seen of them; ``command`` is what was typed where the question
    is a prompt's. ``is_live`` where the answer is still arriving.
    """

    number: int
    branch: Sequence[int] | None = None
    is_stale: bool = False
    is_absent: bool = False
    is_live: bool = False
    error: str = ""
    thought: float | None = None
    notes: Sequence[str] = ()
    calls: str = ""
    command: str = ""


class Bodies:
    """What is shown of turns themselves, made once for each state of a turn."""

    def __init__(self, most: int = 400) -> None:
        self._most = most
        self._made: dict[tuple[str, str, int], Shown] = {}

    def of(self, turn: Turn) -> Shown:
        """Return what `body_of` returns for ``turn``."""
        key = (turn.id, turn.state, len(turn.answer.text))  # a capped answer that goes on stays complete
        if key not in self._made:
            while len(self._made) >= self._most:
                del self._made[next(iter(self._made))]
            self._made[key] = body_of(turn)
        return self._made[key]

    def keep(self, ids: Container[str]) -> None:
        """Forget the turns with other ``ids``: what was removed for good is to be found nowhere."""
        self._made = {key: body for key, body in self._made.items() if key[0] in ids}


def body_of(turn: Turn) -> Shown:
    """Return what is shown of ``turn`` wherever it stands: only ``html`` and ``calls`` are HTML, and safe."""
    answer = turn.answer
    text = printable(answer.text)
    return {
        "id": turn.id,
        "prompt": printable(turn.prompt),
        "html": _html(turn_markdown(turn)),
        "calls": rounds_html(turn.rounds),
        "text": text,
        "thinking": printable(answer.reasoning or ""),
        "attachments": [told(attachment) for attachment in turn.attachments],
        "code": _code(text),
    }


def shown(turn: Turn, body: Shown, standing: Standing) -> Shown:
    """Return ``turn`` as a trait of the panel holds it; ``body`` is what `body_of` says of it."""
    state = "failed" if turn.state == "asked" and not standing.is_live else turn.state
    thought = "" if not body["thinking"] else "Thinking" if standing.thought is None else thought_for(standing.thought)
    return {
        **body,
        "calls": standing.calls or body["calls"],
        "number": standing.number,
        "command": printable(standing.command),
        "thought": thought,
        "status": "" if standing.is_live else printable(status_line(turn, standing.notes)),
        "state": state,
        "mark": MARKS.get(turn.state, ""),
        "error": printable(_error(turn, standing)),
        "pinned": turn.is_pinned,
        "absent": standing.is_absent,
        "badges": badges(turn, standing),
        "branch": list(standing.branch) if standing.branch else None,
    }


def badges(turn: Turn, standing: Standing) -> list[str]:
    """Return what is said beside the question.

    >>> badges(Turn("1", "Hi", (), "kimi-k2.6", 0.0, "undone", is_pinned=True), Standing(1))
    ['Pinned', 'Taken back: not sent']
    """
    said = [
        ("From a cell", turn.cell or turn.run),
        ("Pinned", turn.is_pinned),
        ("Asked before a change above", standing.is_stale),
        ("Not in the notebook's file: not sent", standing.is_absent),
        ("Taken back: not sent", turn.state == "undone"),
        ("Asked once: not part of the conversation", turn.state == "once"),
    ]
    return [words for words, holds in said if holds]


def told(attachment: Attachment) -> Shown:
    """Return what is shown of an attachment: plain text, and a thumbnail that is in the page itself."""
    return {
        "name": printable(attachment.name),
        "kind": attachment.kind,
        "note": printable(attachment.note),
        "thumb": attachment.thumbnail if PICTURE.fullmatch(attachment.thumbnail) else "",
        "warning": printable(attachment.warning),
    }


def pieces(count: int) -> list[tuple[int, int]]:
    """Return which of ``count`` turns stand in which output of the transcript, from where to where, the oldest first.

    Each has at most `STEP` times the turns of the next one, and the last one few: when a turn is added, what is sent anew
    is some turns and not all of them. Of a long conversation the beginning is left out.

    >>> pieces(27), pieces(28)
    ([(0, 0), (0, 16), (16, 24), (24, 27)], [(0, 0), (0, 16), (16, 28), (28, 28)])
    """
    ends = [count - count % STEP**level for level in range(PIECES - 1, 0, -1)] + [count]
    first = max(0, ends[0] - STEP ** (PIECES - 1))
    return [*zip([first, *ends], ends, strict=False)]


def transcript(turns: Sequence[Turn], bodies: Mapping[str, Shown], left_out: int = 0) -> dict[str, str]:
    """Return the end of ``turns`` as a bundle of safe HTML and text, within `MOST_BYTES`.

    ``bodies`` is what `body_of` says of each turn, by its id; ``left_out`` counts the turns before these.
    """
    html: list[str] = []
    text: list[str] = []
    taken = size = 0
    for turn in reversed(turns):
        piece, words = _piece(turn, bodies[turn.id]), _words(turn, bodies[turn.id])
        size += len(piece.encode()) + len(words.encode())
        if size > MOST_BYTES:
            break
        taken += 1
        html.insert(0, piece)
        text.insert(0, words)
    missing = len(turns) - taken + left_out
    more = f"{missing:,} earlier {'turn is' if missing == 1 else 'turns are'} not shown here." if missing else ""
    head = f'<p style="opacity:.65">{more}</p>' if more else ""
    return {
        "text/html": f'<div class="kimi-transcript">{head}{"".join(html)}</div>',
        "text/plain": "\n\n".join([*([more] if more else []), *text]),
    }


def _error(turn: Turn, standing: Standing) -> str:
    if turn.state == "asked" and not standing.is_live:
        return _UNFINISHED
    if turn.state == "failed":
        return standing.error or _NO_ANSWER
    return standing.error if turn.state == "incomplete" else ""


def _html(text: str) -> str:
    from kimi_magic.render.blocks import to_html  # late: a panel without a turn need not wait for it

    return to_html(text) if text else ""


def _code(text: str) -> list[Shown]:
    if "```" not in text and "~~~" not in text:
        return []
    from kimi_magic.render.code import PYTHON, code_blocks  # late: as above

    blocks = code_blocks(text)
    return [{"language": one.language, "source": one.source} for one in blocks if one.language in {"", *PYTHON}]


def _piece(turn: Turn, body: Shown) -> str:
    page = Page(
        answer=body["html"],
        rounds=rounds_html(turn.rounds, has_pictures=False),
        mark=MARKS.get(turn.state, ""),
        status=status_line(turn),
        attachments=_small(turn.attachments),
    )
    prompt = escape(body["prompt"])
    return f'<div class="{PLAIN}" dir="auto" style="{WRAPPED};font-weight:600;margin:1em 0 .4em">{prompt}</div>{page.html()}'


def _small(attachments: Iterable[Attachment]) -> list[Attachment]:
    """Return the attachments without their pictures, which the transcript does not carry."""
    return [Attachment(one.name, one.kind, one.parts, one.note) for one in attachments]


def _words(turn: Turn, body: Shown) -> str:
    sent = [f"Sent along: {', '.join(map(in_words, turn.attachments))}"] if turn.attachments else []
    marks = [MARKS[turn.state]] if turn.state in MARKS else []
    calls = [ended(called, was_asked=False) for one in turn.rounds for called in one.called]
    return printable("\n".join([f"> {body['prompt']}", *calls, body["text"], *marks, *sent]))
