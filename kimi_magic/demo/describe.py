"""Writes the answer: what was received, having really decoded it, in Markdown with a bit of everything."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from kimi_magic.demo import pictures, reading
from kimi_magic.demo.protocol import Json
from kimi_magic.demo.tables import find_table

NO_MODEL = "I am the offline Kimi: no language model, only a program that describes what it received."
PYTHON = """```python
values = [3, 1, 4, 1, 5]
mean = sum(values) / len(values)
print(f"mean = {mean:.1f}")
```"""
_SHOWN_LINE = re.compile(r"^(?:(→)| ) +\d+ (.*)$", re.MULTILINE)
"""A line of the source around an error, as the sender shows it: an arrow marks the one that failed."""
PLOT = """```python
import matplotlib.pyplot as plt

plt.plot([1, 2, 3, 4], [1, 4, 9, 16], marker="o")
plt.show()
```"""
FORMULA = r"""The mean \(\bar{x}\) of \(n\) values:

$$\bar{x} = \frac{1}{n} \sum_{i=1}^{n} x_i$$"""


def describe(request: Json, media: Mapping[str, bytes]) -> str:
    """Return the answer to ``request`` in Markdown. ``media`` holds the uploaded files that ``ms://`` may name."""
    last = reading.last_user(request)
    question = reading.question(last)
    blocks = [
        f"You asked: “{reading.shorten(question)}”" if question else "You asked nothing.",
        NO_MODEL,
        *_results(request),
        *_earlier(request),
        "### What arrived\n\n" + _table(request),
        "### What came with it\n\n" + "\n".join(f"- {line}" for line in _things(request, media)),
        *(_corrected(last) or _extras(question)),
    ]
    return "\n\n".join(blocks)


def think(request: Json) -> str:
    """Return the thinking that goes before the answer."""
    last = reading.last_user(request)
    words = len(reading.question(last).split())
    things = len(reading.attached(last)) + sum(part["type"] != "text" for part in reading.parts(last))
    return (
        f"The last question has {_count(words, 'word')} and brings {_count(things, 'attachment')}. "
        "I cannot understand it, so I will look at what came, count it, and describe it."
    )


def as_object(request: Json) -> Json:
    """Return the answer as a JSON object."""
    last = reading.last_user(request)
    return {
        "note": NO_MODEL,
        "question": reading.shorten(reading.question(last)),
        "messages": len(request["messages"]),
        "attachments": [one.name for one in reading.attached(last)],
        "earlier_questions": [reading.shorten(one, 80) for one in reading.earlier_questions(request)],
    }


def _results(request: Json) -> Iterator[str]:
    results = reading.tool_results(request)
    if results:
        lines = [f"- `{_plain(one['tool_call_id'])}`: “{reading.shorten(reading.text(one))}”" for one in results]
        yield "### What the tools returned\n\n" + "\n".join(lines)


def _earlier(request: Json) -> Iterator[str]:
    earlier = reading.earlier_questions(request)
    if earlier:
        listed = "; ".join(f"{place}. “{reading.shorten(one, 80)}”" for place, one in enumerate(earlier, 1))
        yield f"**Before that you asked** {listed}"


def _table(request: Json) -> str:
    roles = Counter(message["role"] for message in request["messages"])
    names = [tool["function"]["name"] for tool in request.get("tools") or ()]
    rows = {
        "model": f"`{request['model']}`",
        "messages": f"{sum(roles.values())}: " + ", ".join(f"{count} {role}" for role, count in roles.items()),
        "tools": ", ".join(f"`{name}`" for name in names) or "none",
        "response format": (request.get("response_format") or {}).get("type", "text"),
    }
    return "| what | received |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows.items())


def _things(request: Json, media: Mapping[str, bytes]) -> list[str]:
    last = reading.last_user(request)
    lines = [_describe_attached(one) for one in reading.attached(last)]
    for place, url in enumerate(reading.urls(last, "image_url"), 1):
        lines.append(f"image {place}: {_describe_picture(_data(url, media))}")
    for place, url in enumerate(reading.urls(last, "video_url"), 1):
        lines.append(f"video {place}: {_describe_video(url, _data(url, media))}")
    return lines or ["nothing: attach a name, an expression or a file, and it is described here"]


def _describe_attached(one: reading.Attached) -> str:
    line = f"`{_plain(one.name)}` ({one.kind}): {_count(len(one.text), 'character')}"
    table = find_table(one.text)
    if table is None:
        return f"{line}, it begins “{reading.shorten(one.text, 60)}”"
    columns = ", ".join(f"`{_plain(column)}`" for column in table.columns)
    return f"{line}, a table of {_count(table.rows, 'row')} with the columns {columns}"


def _describe_picture(data: bytes) -> str:
    picture = pictures.look(data)
    if picture is None:
        return f"{_count(len(data), 'byte')} that cannot be decoded as a picture"
    size = f"{picture.format}, {picture.width} × {picture.height} pixels"
    if picture.colours is None:
        return f"{size} (its colours need pillow, which is not installed)"
    return f"{size}, " + ", ".join(f"{name} {share} %" for name, share in picture.colours)


def _describe_video(url: str, data: bytes) -> str:
    form = url[len("data:") : url.index(";")] if url.startswith("data:") else "uploaded"
    return f"{form}, {_count(len(data), 'byte')}"


def _data(url: str, media: Mapping[str, bytes]) -> bytes:
    if url.startswith("ms://"):
        return media[url.removeprefix("ms://")]
    return base64.b64decode(url.partition(",")[2])


def _corrected(last: Json) -> list[str]:
    """Return, where an error came along, its lines with the failing one taken out: all that can be corrected unread."""
    for one in reading.attached(last):
        lines = _SHOWN_LINE.findall(one.text) if one.kind == "error" else []
        if lines:
            kept = [f"# {text}  # this line failed" if mark else text for mark, text in lines]
            source = "\n".join(kept)
            return [f"I cannot tell what is wrong, so I took the failing line out:\n\n```python\n{source}\n```"]
    return []


def _extras(question: str) -> Iterator[str]:
    """Yield what shows that code and formulas are rendered, where the question mentions them."""
    words = set(re.findall(r"\w+", question.lower()))
    if words & {"plot", "plots", "figure", "chart"}:
        yield PLOT
    elif words & {"code", "python", "program", "function"}:
        yield PYTHON
    if words & {"math", "maths", "formula", "formulas", "equation", "equations"}:
        yield FORMULA


def _plain(name: str) -> str:
    """Return ``name`` as it can stand between backticks."""
    return name.replace("`", "'")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
