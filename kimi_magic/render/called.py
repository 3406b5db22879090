"""A call as text: as Python would write it, whole, with nothing in it that a reader cannot see. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kimi_magic.amounts import counted
from kimi_magic.calls import Called
from kimi_magic.messages import ToolCall
from kimi_magic.tools.readable import MOST_CHARACTERS

MOST = MOST_CHARACTERS
"""Characters of arguments that are shown. Longer ones are not consented to: the toolbox refuses them."""
MOST_RESULT = 2_000
"""Characters of a result that are shown."""
BELOW = "↓"
"""Stands for an argument that is too long for the line, and is shown under it."""

_MOST_NAME = 200
_MOST_IN_LINE = 80
_NAME = re.compile(r"[\w$.-]{1,200}", re.ASCII)
_OPENING = r'^<attachment name="[^"\n]*" kind="\w+">\n'
# The lines around an attachment, see `content.values.wrapped`. A cut in the middle of a long result can leave one of them.
_FRAME = re.compile(_OPENING + r"|\n</attachment>$", re.MULTILINE)
_IS_FRAMED = re.compile(_OPENING, re.MULTILINE)
_CODE = frozenset({"code", "source"})
# All that a reader does not see, or that changes how the rest reads: controls, what is drawn as nothing, marks of direction,
# separators of lines, variation selectors, tags, halves of pairs. Before somebody consents, `kimi_magic.tools.readable`
# escapes all these and more: blanks of other widths, what is no character yet.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)


@dataclass(frozen=True, slots=True)
class Block:
    """An argument that stands under the call: its name, its text, and whether that is Python."""

    name: str
    text: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A call as a reader is shown it; ``blocks`` are the arguments for which the ``line`` has only `BELOW`."""

    line: str
    blocks: tuple[Block, ...] = ()


def visible(text: str) -> str:
    r"""Return ``text`` with what cannot be seen as escapes; line ends and tabs stay.

    >>> visible("a\u202eb\x00c\u200bd\r\ne\rf")
    'a\\u202eb\\u0000c\\u200bd\ne\\u000df'
    """
    return _UNSEEN.sub(_escaped, text.replace("\r\n", "\n"))


def written(call: ToolCall) -> Written:
    r"""Return ``call`` as text. Arguments that are no JSON object stand in it as they came.

    >>> written(ToolCall("1", "weather", '{"city": "Ulm", "days": 3, "at home": true}')).line
    'weather(city="Ulm", days=3, "at home"=True)'
    >>> written(ToolCall("2", "run_python", '{"code": "x = 1\\nx"}'))
    Written(line='run_python(code=↓)', blocks=(Block(name='code', text='x = 1\nx', is_code=True),))
    >>> written(ToolCall("3", "weather", "Ulm?")).line
    'weather(Ulm?)'
    """
    name = name_of(call)
    arguments = _arguments(call.arguments)
    if arguments is None:
        return _as_it_came(name, call.arguments)
    blocks = tuple(
        Block(visible(key), visible(value), key in _CODE)
        for key, value in arguments.items()
        if isinstance(value, str) and _is_long(value)
    )
    try:
        told = ", ".join(f"{_key(key)}={_value(value)}" for key, value in arguments.items())
    except RecursionError:
        return _as_it_came(name, call.arguments)
    return Written(f"{name}({told})", blocks)


def name_of(call: ToolCall) -> str:
    """Return the name that is called; in quotes where it could be read as more than a name.

    >>> name_of(ToolCall("1", "add", "{}")), name_of(ToolCall("1", "add(1), remove", "{}"))
    ('add', '"add(1), remove"')
    """
    return call.name if _NAME.fullmatch(call.name) else _text(cut(call.name, _MOST_NAME))


def state_of(called: Called, *, is_over: bool = False) -> str:
    """Return how a call stands, in words; ``is_over`` tells that nothing more will come of it.

    >>> call = ToolCall("1", "add", "{}")
    >>> state_of(Called(call)), state_of(Called(call, "done", seconds=0.31)), state_of(Called(call, "running"), is_over=True)
    ('waiting for your answer', '0.3 s', 'no result')
    """
    if is_over and not called.has_ended:
        return "no result"
    took = f"{called.seconds:.1f} s" if called.seconds >= 0.05 else ""
    match called.state:
        case "next":
            return "not begun"
        case "waiting":
            return "waiting for your answer"
        case "running":
            return "running…"
        case "done":
            return took
        case "failed":
            return f"failed, {took}" if took else "failed"
        case _:
            return "denied"


def unframed(text: str) -> str:
    r"""Return a result without the lines that mark an attachment for the model.

    >>> unframed('<attachment name="df" kind="frame">\na  b\n</attachment>')
    'a  b'
    """
    return _FRAME.sub("", text) if _IS_FRAMED.search(text) else text


def cut(text: str, most: int) -> str:
    """Return ``text`` up to ``most`` characters, and how many more there are.

    >>> cut("abcdef", 4)
    'abcd… (2 more characters)'
    """
    more = len(text) - most
    return text if more <= 0 else f"{text[:most]}… ({counted(more, 'more character')})"


def _arguments(text: str) -> Mapping[str, object] | None:
    if len(text) > MOST:
        return None
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _as_it_came(name: str, text: str) -> Written:
    if _is_long(text):
        return Written(f"{name}({BELOW})", (Block("arguments", visible(cut(text, MOST))),))
    return Written(f"{name}({visible(text)})")


def _is_long(text: str) -> bool:
    return len(text) > _MOST_IN_LINE or "\n" in text or "\r" in text


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else _text(key)


def _value(value: object) -> str:
    """Return an argument as it stands in the line."""
    return BELOW if isinstance(value, str) and _is_long(value) else "".join(_literal(value))


def _literal(value: object) -> Iterator[str]:
    """Yield the pieces of ``value`` as Python would write it."""
    match value:
        case str():
            yield _text(value)
        case list():
            yield "["
            yield from _joined(_literal(one) for one in value)
            yield "]"
        case dict():
            yield "{"
            yield from _joined(_pair(key, one) for key, one in value.items())
            yield "}"
        case _:
            yield repr(value)


def _pair(key: str, value: object) -> Iterator[str]:
    yield f"{_text(key)}: "
    yield from _literal(value)


def _joined(all_pieces: Iterator[Iterator[str]]) -> Iterator[str]:
    for number, pieces in enumerate(all_pieces):
        if number:
            yield ", "
        yield from pieces


def _text(text: str) -> str:
    return visible(json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
