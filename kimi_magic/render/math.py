r"""Formulas in Markdown: ``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]`` and ``\begin{…}…\end{…}``, left as typed for MathJax.

A dollar opens a formula only by pandoc's rule: no blank after it, none before the closing one, and no digit after that.
So "$5 and $10" are two prices. What is text stays text to MathJax too: see `literal`.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

LONGEST = 8_000
"""Characters of the longest formula; without a limit a hostile text could be searched for ever."""

_DOLLAR = re.compile(r"\$(?![\s$])[^\\$]*(?:\\.[^\\$]*)*(?<!\s)\$(?![\d$])", re.DOTALL)
_OPENER = re.compile(r"\$\$|\\\[|\\\(|\\begin\{(\w+\*?)\}")
_CLOSERS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_BLOCK_OPENER = re.compile(r"\$\$|\\\[|\\begin\{(\w+\*?)\}")
_LIVE = re.compile(r"[$\\]")
# Macros that make links, set styles, load something, or change what later formulas mean. \bbox and \fcolorbox take CSS.
_UNSAFE = re.compile(
    r"\\(?:href|url|class|style|cssId|require|unicode|html|data|bbox|fcolorbox|mmlToken|includegraphics|csname"
    r"|newcommand|renewcommand|providecommand|newenvironment|renewenvironment"
    r"|[gex]?def|let|global|texttip|mathtip|toggle|mathtoggle|Newextarrow|Declare\w+)"
)


def literal(text: str) -> str:
    r"""Return ``text`` as HTML in which MathJax finds no formula: it never looks across the border of an element.

    >>> literal("<$5")
    '&lt;<span>$</span>5'
    """
    return _LIVE.sub(r"<span>\g<0></span>", escape(text, quote=False))


def formula(source: str) -> str:
    r"""Return the formula ``source``, delimiters and all, as HTML for MathJax; as code where it is unsafe.

    >>> formula("$a<b$")
    '<span>$a&lt;b$</span>'
    >>> formula(r"$\href{https://example.org}{x}$")
    '<code>$\\href{https://example.org}{x}$</code>'
    """
    tag = "code" if _UNSAFE.search(source) else "span"
    return f"<{tag}>{escape(source, quote=False)}</{tag}>"


def end_of_formula(source: str, start: int) -> int:
    """Return where the formula that opens at ``start`` ends; -1 where none does.

    >>> end_of_formula("$x$.", 0), end_of_formula("$5 and $10", 0)
    (3, -1)
    """
    opener = _OPENER.match(source, start)
    if opener is None:
        found = _DOLLAR.match(source, start)
        return found.end() if found else -1
    closer = _closer(opener)
    end = source.find(closer, opener.end(), start + LONGEST)
    return end + len(closer) if end > opener.end() else -1


def add_math(markdown: MarkdownIt) -> None:
    """Teach ``markdown`` formulas; their tokens have the type ``math`` and the source as content."""
    markdown.inline.ruler.before("escape", "math", _inline)
    interrupts = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("fence", "math_lines", _lines, {"alt": interrupts})


def _closer(opener: re.Match[str]) -> str:
    return _CLOSERS.get(opener[0]) or f"\\end{{{opener[1]}}}"


def _inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    end = end_of_formula(state.src, state.pos)
    if end < 0:
        return False
    if not silent:
        state.push("math", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _lines(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Keep the lines of a formula together, which else could be taken for lists or headings (``- b``, ``= c``)."""
    opener = _BLOCK_OPENER.match(_line(state, start))
    if opener is None or state.is_code_block(start):
        return False
    closer = _closer(opener)
    if closer in _line(state, start)[opener.end() :] or _closes_a_formula(state, start, opener[0]):
        return False
    if not silent:
        _push_paragraph(state, start, _line_after(state, start, end, closer))
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _closes_a_formula(state: StateBlock, start: int, opener: str) -> bool:
    """Whether the dollars at this line's begin end a formula that the paragraph above has opened."""
    return opener == "$$" and state.src.count("$$", state.bMarks[state.line], state.bMarks[start]) % 2 == 1


def _line_after(state: StateBlock, start: int, end: int, closer: str) -> int:
    """Return the number of the line after the formula: after its closer, or at a blank line or the container's end."""
    for number in range(start + 1, end):
        if state.isEmpty(number) or state.sCount[number] < state.blkIndent:
            return number
        if closer in _line(state, number):
            return number + 1
    return end


def _push_paragraph(state: StateBlock, start: int, end: int) -> None:
    state.line = end
    state.push("paragraph_open", "p", 1).map = [start, end]
    content = state.push("inline", "", 0)
    content.content = state.getLines(start, end, state.blkIndent, False).strip()
    content.map, content.children = [start, end], []
    state.push("paragraph_close", "p", -1)
