"""Tokens of Markdown -> Markdown again, written so plainly that every reader of Markdown takes it for the same.

The renderer of this project has read the text: raw HTML is text to it, pictures are links, and only safe addresses are
links. Here that reading is written down with everything escaped that could be read in another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from kimi_magic.render.math import formula
from kimi_magic.render.printable import printable

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_ENTITIES = {"&": "&amp;", "<": "&lt;", "\\": "&#92;", "`": "&#96;", "[": "&#91;", "]": "&#93;", "|": "&#124;"}
"""What even a backslash does not tame everywhere: ``\\<`` is a tag to some, ``\\[`` a formula to others."""
_MARKUP = re.compile(r"[&<\\`\[\]|]|[*~$#{]|!\Z|(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"[-+=>:]|\d+(?=[.)])")
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")
_RUN = re.compile("`+")


def write(nodes: Iterable[SyntaxTreeNode], gap: str = "\n\n") -> str:
    """Return blocks as Markdown, with ``gap`` between them."""
    return gap.join(_block(node) for node in nodes)


def escape(text: str, at_start: bool = True) -> str:
    r"""Return ``text`` as Markdown in which nothing is marked up; ``at_start`` tells that it begins a line.

    >>> escape("- a <b> & *c* in snake_case")
    '\\- a &lt;b> &amp; \\*c\\* in snake_case'
    """
    escaped = _MARKUP.sub(lambda found: _ENTITIES.get(found[0], "\\" + found[0]), text)
    start = _LINE_START.match(escaped) if at_start else None
    if start is None:
        return escaped
    mark, rest = start[0], escaped[start.end() :]
    return f"{mark}\\{rest}" if mark.isdigit() else f"\\{mark}{rest}"


def plain(text: str) -> str:
    """Return ``text`` as one line in which nothing is marked up."""
    return escape(" ".join(printable(text).split()))


def fence(code: str, info: str = "") -> str:
    r"""Return ``code`` as a fenced block that it cannot end, whatever backticks it holds.

    >>> print(fence("```\n", "md"))
    ````md
    ```
    ````
    """
    marks = "`" * max(3, _longest_run(code) + 1)
    language = _LANGUAGE.match(info.strip())
    end = "" if code.endswith("\n") or not code else "\n"
    return f"{marks}{language[0] if language else ''}\n{code}{end}{marks}"


def quoted(markdown: str) -> str:
    """Return ``markdown`` as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in markdown.split("\n"))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "heading":
            return f"{'#' * int(node.tag[1])} {_one_line(node)}"
        case "blockquote":
            return quoted(write(node.children))
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "fence" | "code_block":
            return fence(node.content, node.info)
        case "hr":
            return "***"  # dashes would make a heading of a line above
        case "table":
            return _table(node)
        case _:
            return _inline(node.children[0].children)


def _list(node: SyntaxTreeNode) -> str:
    """Return a list; it is tight where its paragraphs are hidden, which is how markdown-it marks that."""
    paragraphs = [child for item in node.children for child in item.children if child.type == "paragraph"]
    gap = "\n" if all(child.hidden for child in paragraphs) else "\n\n"
    return gap.join(_item(item, gap) for item in node.children)


def _item(item: SyntaxTreeNode, gap: str) -> str:
    mark = f"{item.info}{item.markup} "
    first, *rest = write(item.children, gap).split("\n")
    return "\n".join([(mark + first).rstrip(), *(" " * len(mark) + line if line else "" for line in rest)])


def _table(node: SyntaxTreeNode) -> str:
    rows = [[_cell(cell) for cell in row.children] for part in node.children for row in part.children]
    marks = [_alignment(str(cell.attrs.get("style", ""))) for cell in node.children[0].children[0].children]
    return "\n".join("| " + " | ".join(row) + " |" for row in [rows[0], marks, *rows[1:]])


def _alignment(style: str) -> str:
    return {"text-align:center": ":-:", "text-align:right": "--:"}.get(style, ":--")


def _cell(node: SyntaxTreeNode) -> str:
    return _one_line(node).replace("|", "\\|")  # of text the bars are entities: this is code or a formula


def _one_line(node: SyntaxTreeNode) -> str:
    return _inline(node.children[0].children).replace("\\\n", " ").replace("\n", " ")


def _inline(nodes: Sequence[SyntaxTreeNode], before: str = "\n") -> str:
    """Return ``nodes`` as Markdown; ``before`` is what stands in front of them."""
    written = ""
    for node in nodes:
        span = _span(node, (written or before).endswith("\n"))
        is_joined = written.endswith("`") and span.startswith("`")  # code beside an unsafe formula, which is code, too
        written += f" {span}" if is_joined else span
    return written


def _span(node: SyntaxTreeNode, at_start: bool) -> str:
    match node.type:
        case "text":
            return escape(node.content, at_start)
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "\\\n"
        case "code_inline":
            return _code(node.content)
        case "math":
            return _math(node.content)
        case "link":
            return _link(node)
        case _:  # emphasis, by the marks that it came with: others might not open or close here
            return f"{node.markup}{_inline(node.children, node.markup)}{node.markup}"


def _code(code: str) -> str:
    marks = "`" * (_longest_run(code) + 1)
    needs_room = code[:1] == "`" or code[-1:] == "`" or (code[:1] == code[-1:] == " " and bool(code.strip()))
    return f"{marks} {code} {marks}" if needs_room else f"{marks}{code}{marks}"


def _math(source: str) -> str:
    """Return a formula with the delimiters that most readers know, and with no ``<`` that could begin a tag."""
    if formula(source).startswith("<code>"):  # it is unsafe: the renderer shows its source
        return _code(" ".join(source.split()))
    for opener, closer, marks in (("\\(", "\\)", "$"), ("\\[", "\\]", "$$")):
        if source.startswith(opener):
            inner = source.removeprefix(opener).removesuffix(closer)
            source = f"{marks}{inner.strip() if marks == '$' else inner}{marks}"
    return re.sub("<(?=[A-Za-z/!?])", "< ", source)


def _link(node: SyntaxTreeNode) -> str:
    address = str(node.attrs["href"]).replace("&", "&amp;").replace("(", "%28").replace(")", "%29")
    title = escape(" ".join(str(node.attrs.get("title", "")).split()), at_start=False).replace('"', "&quot;")
    return f"[{_inline(node.children, '[')}]({address}" + (f' "{title}")' if title else ")")


def _longest_run(text: str) -> int:
    return max((len(run) for run in _RUN.findall(text)), default=0)
