"""Cells that ran, as attachments: their source and what they showed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kimi_magic.content.how import How
from kimi_magic.content.markup import text_of
from kimi_magic.content.outputs import MOST_TEXT, Output, RanCell, Shown, Stream
from kimi_magic.content.plots import from_shown
from kimi_magic.content.values import cut, wrapped
from kimi_magic.content.withheld import masked
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Text

MOST_SOURCE = 20_000
_PROMPT = re.compile(r"\s*Out\[\d+\]:\s*")
_LEFT_OUT = "[left out: outputs can hold rows, which --share keeps here]"


def from_cells(cells: Iterable[RanCell], how: How) -> list[Attachment]:
    """Return each of ``cells`` with source, outputs and error as words, and its pictures behind them.

    Where ``how`` keeps rows here, only the source goes, and the kind of the error. Of a figure that cannot be drawn the text
    says so.
    """
    return [_from_cell(cell, how) for cell in cells]


def _from_cell(cell: RanCell, how: How) -> Attachment:
    name = f"cell {cell.number}" if cell.number else "cell"
    pieces = ["Source:", _ended(masked(cut(cell.source, MOST_SOURCE)))]
    is_open = how.share in ("sample", "all")
    pictures: list[Attachment] = []
    if cell.left_out and is_open:
        pieces.append(f"[{cell.left_out:,} earlier outputs left out]")
    for output in cell.outputs if is_open else ():
        try:
            drawn = from_shown([output], how) if isinstance(output, Shown) and output.is_figure else []
        except UsageError as error:
            pieces.append(f"[a picture that did not go: {error}]")
            continue
        pieces += _written(output, drawn, len(pictures))
        pictures += drawn
    if cell.outputs and not is_open:
        pieces.append(_LEFT_OUT)
    if cell.error:
        pieces += ["Error:", cell.error if is_open else f"{cell.failed} {_LEFT_OUT}"]
    images = [part for picture in pictures for part in picture.parts[1:]]
    thumbnail = pictures[0].thumbnail if pictures else ""
    warning = " ".join(picture.warning for picture in pictures if picture.warning)
    return Attachment(name, "cell", (wrapped(name, "cell", "\n".join(pieces)), *images), _note(cell), thumbnail, warning)


def _written(output: Output, drawn: list[Attachment], before: int) -> list[str]:
    """Return ``output`` in words; pictures that follow are counted on from ``before``."""
    if isinstance(output, Stream):
        return [] if _PROMPT.fullmatch(output.text) else [f"{output.name}:", _ended(output.text)]
    if drawn:
        return [f"[picture {number}]\n{_inner(one)}" for number, one in enumerate(drawn, before + 1)]
    words = _words(output)
    return ["Output:", _ended(words)] if words else []


def _words(shown: Shown) -> str:
    """Return the words that a front end would show: the plain text says nothing where others were kept beside it."""
    for mime in ("text/markdown", "text/latex"):
        if mime in shown.bundle:
            return cut(str(shown.bundle[mime]), MOST_TEXT)
    html = text_of(str(shown.bundle.get("text/html", "")))
    return cut(html, MOST_TEXT) or str(shown.bundle.get("text/plain", ""))


def _inner(attachment: Attachment) -> str:
    """Return a figure's facts without the marks around them."""
    first = attachment.parts[0]
    return "\n".join(first.text.split("\n")[1:-1]) if isinstance(first, Text) else ""


def _ended(text: str) -> str:
    return text.rstrip("\n") + "\n"


def _note(cell: RanCell) -> str:
    lines = len(cell.source.strip().splitlines())
    outputs = len(cell.outputs) + cell.left_out
    said = [f"{lines:,} line{'s' * (lines != 1)}", f"{outputs:,} output{'s' * (outputs != 1)}"]
    return ", ".join([*said, "error"] if cell.error else said)
