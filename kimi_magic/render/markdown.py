"""Markdown -> tokens -> HTML in which nothing can run and nothing is loaded: the rules of this project.

Raw HTML is shown as typed, pictures become links that show their address, only http, https and mailto are links at all,
and the result passes an allow-list once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from kimi_magic.render.math import add_math, formula, literal

if TYPE_CHECKING:
    from markdown_it.renderer import RendererProtocol
    from markdown_it.rules_core import StateCore
    from markdown_it.utils import EnvType, OptionsDict

SCHEMES = frozenset({"http", "https", "mailto"})
TAGS = frozenset(
    {"a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s"}
    | {"span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}
)
ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class", "style"},
    "ol": {"start"},
    "pre": {"style"},
    "span": {"style"},
    "td": {"style"},
    "th": {"style"},
}
_STYLES = {"background-color", "color", "margin", "padding", "text-align"}
_BACKGROUND = "var(--jp-cell-editor-background,#7f7f7f1a)"
_PRE = f'<pre style="background-color:{_BACKGROUND};margin:0 0 1em;padding:.5em .8em">'
_CODE = 'style="background-color:inherit"'  # JupyterLab gives code within pre the page's colour
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")


def parse(text: str, env: EnvType) -> list[Token]:
    """Return the tokens of ``text`` (see `printable`); ``env`` gets the link references that it defines."""
    return _MARKDOWN.parse(text, env)


def tokens_for_terminal(text: str) -> list[Token]:
    """Return the tokens of ``text`` (see `printable`) for another renderer, with formulas and pictures as text."""
    tokens = parse(text, {})
    for block in tokens:
        block.children = [_as_text(child) for child in block.children or () if not child.meta.get("is_image")]
    return tokens


def encode_html(tokens: Sequence[Token], env: EnvType) -> str:
    """Return ``tokens`` as safe HTML."""
    if not tokens:
        return ""
    return nh3.clean(
        _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env),
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        url_schemes=set(SCHEMES),
        filter_style_properties=_STYLES,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        link_rel="noopener noreferrer nofollow",
    )


def _is_link(url: str) -> bool:
    """Whether ``url`` may be a link: absolute, so that none leads into the notebook's own server."""
    return url.partition(":")[0].lower() in SCHEMES


def _show_images_as_links(state: StateCore) -> None:
    for block in state.tokens:
        if any(child.type == "image" for child in block.children or ()):
            block.children = list(_without_images(block.children or []))


def _align_left(state: StateCore) -> None:
    """JupyterLab aligns the cells of tables to the right where nothing else is said."""
    for token in state.tokens:
        if token.type in {"th_open", "td_open"}:
            token.attrs.setdefault("style", "text-align:left")


def _without_images(children: Sequence[Token]) -> Iterator[Token]:
    in_link = False
    for child in children:
        if child.type in {"link_open", "link_close"}:
            in_link = child.type == "link_open"
        if child.type == "image":
            yield from _image(child, in_link)
        else:
            yield child


def _image(image: Token, in_link: bool) -> list[Token]:
    """Return alt text and address of ``image`` as a link; within a link as text alone, for links do not nest."""
    address = str(image.attrs.get("src", ""))
    text = Token("text", "", 0, content=f"{image.content or 'image'} ({address})")
    if in_link:
        return [text]
    ends = Token("link_open", "a", 1, attrs={"href": address}), Token("link_close", "a", -1)
    for end in ends:
        end.meta["is_image"] = True
    return [ends[0], text, ends[1]]


def _as_text(token: Token) -> Token:
    return Token("text", "", 0, content=token.content) if token.type == "math" else token


def _text(_: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    return literal(tokens[index].content)


def _math(_: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    return formula(tokens[index].content)


def _fence(_: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    token = tokens[index]
    language = _LANGUAGE.match(unescapeAll(token.info).strip())
    if language is None:
        return f"{_PRE}<code {_CODE}>{escape(token.content, quote=False)}</code></pre>\n"
    return f'{_PRE}<code class="language-{language[0]}" {_CODE}>{_code(token, language[0])}</code></pre>\n'


def _code(token: Token, language: str) -> str:
    """Return the code in colours; without while it still grows, for it would be coloured again at each redraw."""
    if not _is_closed(token):
        return escape(token.content, quote=False)
    from kimi_magic.render.colour import coloured  # Pygments comes only where there is code

    return coloured(token.content, language)


def _is_closed(fence: Token) -> bool:
    """Whether the closing fence has come: then the block has two lines more than the code."""
    first, after = fence.map or (0, 0)
    lines = fence.content.count("\n") + (not fence.content.endswith("\n") and fence.content != "")
    return after - first == lines + 2


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.validateLink = _is_link  # type: ignore[method-assign]  # markdown-it's documented way to set it
    add_math(markdown)
    markdown.core.ruler.push("images_as_links", _show_images_as_links)
    markdown.core.ruler.push("align_left", _align_left)
    for kind, rule in {"text": _text, "math": _math, "fence": _fence, "code_block": _fence}.items():
        markdown.add_render_rule(kind, rule)
    return markdown


_MARKDOWN = _markdown()
