r"""Markdown of a model's for a file that others will render: the same text, in which nothing runs and nothing is loaded.

A previewer may pass raw HTML on as it stands (a trusted notebook does), load a picture's remote address, and with it
carry data out, or follow a script link. To escape ``<`` line by line is no cure: what is code to one reader of Markdown is
not to the next (``\`<img …>` ``). So each block that has such a thing is read by the renderer and written anew; the others
stay as they are, letter by letter. Fenced code keeps its text and gets a fence that it cannot end, so that an answer
which was cut in its middle swallows nothing of what follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown_it.tree import SyntaxTreeNode

from kimi_magic.export.writer import fence, write
from kimi_magic.render.markdown import parse
from kimi_magic.render.math import formula
from kimi_magic.render.printable import printable

if TYPE_CHECKING:
    from markdown_it.utils import EnvType

_DOUBTFUL = re.compile(r'<[A-Za-z/!?]|!\[|\]\(|\]\[|\]:|```|~~~|\\[(\[]|\$\$|\\begin|\{\s*[:=]|\{[^}\n]*="')
r"""Tags, pictures, links, definitions, fences; attributes and raw output in braces, as pandoc and kramdown take them; and
formulas: a ``$$`` without its end opens one that may swallow the fence below, and few previewers know ``\(`` and ``\[``."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block of an answer. ``markdown`` is safe anywhere; ``code`` is what a closed fence holds, in ``language``."""

    markdown: str
    language: str = ""
    code: str | None = None


def blocks(text: str) -> Iterator[Block]:
    r"""Yield the blocks of ``text``, which are separated by blank lines in a file.

    >>> [block.markdown for block in blocks("# One\nSome *text*\n\n<b>bold</b> ![x](https://example.org/x.png)")]
    ['# One', 'Some *text*', '&lt;b>bold&lt;/b> [x (https://example.org/x.png)](https://example.org/x.png)']
    """
    text, env = printable(text), _new_env()
    root, lines = SyntaxTreeNode(parse(text, env)), text.split("\n")
    for node in root.children:
        first, after = node.map or (0, 0)
        source = "\n".join(lines[first:after]).rstrip()
        if node.type == "fence":
            yield _fence(node, source)
        elif node.type == "code_block":
            yield Block(fence(node.content))  # else it could become part of a list above
        elif env.get("references") or _DOUBTFUL.search(source) or formula(source).startswith("<code>"):
            yield Block(write([node]))
        else:
            yield Block(source.lstrip(" ") if node.type == "paragraph" else source)


def inert(text: str) -> str:
    r"""Return ``text`` as Markdown that is safe to render anywhere.

    >>> print(inert("```html\n<b>"))
    ```html
    <b>
    ```
    """
    return "\n\n".join(block.markdown for block in blocks(text))


def _new_env() -> EnvType:
    return {}


def _fence(node: SyntaxTreeNode, source: str) -> Block:
    last = source.rpartition("\n")[2].strip()
    is_closed = len(last) >= len(node.markup) and not last.strip(node.markup[0]) and "\n" in source
    language = (node.info.split() or [""])[0].lower()
    return Block(fence(node.content, node.info), language, node.content if is_closed else None)
