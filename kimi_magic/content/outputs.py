"""What one cell showed, kept by reference where the object lives, and within bounds."""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping, Sized
from typing import Any

from kimi_magic.content.values import cut

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml")
"""The kinds of pictures in a bundle, the most welcome first."""

PLOTLY = "application/vnd.plotly.v1+json"
VEGA = "application/vnd.vega"
BOKEH = "application/vnd.bokehjs_exec.v0+json"
_TEXTS = ("text/markdown", "text/latex", "text/html")
_DRAWING = frozenset({"altair", "bokeh", "holoviews", "lets_plot", "matplotlib", "plotly", "plotnine", "seaborn", "PIL"})
"""Libraries whose objects are worth holding, when they are shown as more than text."""

MOST_TEXT = 4_000
MOST_STREAM = 2_000
MOST_OUTPUTS = 40
_MOST_HTML = 200_000
_MOST_HTML_PICTURES = 4_000_000
_BARE = re.compile(r"\s*<[^<>]*(?: object| at 0x)[^<>]*>\s*")
_EMBEDDED = "data:image/"

Bundle = Mapping[str, Any]


class Stream:
    """The end of what went to stdout or stderr in one go."""

    __slots__ = ("_length", "_pieces", "_whole", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._pieces: list[str] = []
        self._length = 0
        self._whole = True

    def write(self, text: str) -> None:
        """Append ``text``; what is far from the end is forgotten."""
        if len(text) > 4 * MOST_STREAM:
            self._whole, text = False, text[-4 * MOST_STREAM :]
        self._pieces.append(text)
        self._length += len(text)
        if self._length > 8 * MOST_STREAM:
            self._settle()

    @property
    def text(self) -> str:
        """The last `MOST_STREAM` characters, as they stand on the screen."""
        shown = overwritten("".join(self._pieces))
        whole = self._whole and len(shown) <= MOST_STREAM
        return shown if whole else f"[… the beginning is left out …]\n{shown[-MOST_STREAM:]}"

    def _settle(self) -> None:
        shown = overwritten("".join(self._pieces))
        self._whole = self._whole and len(shown) <= 4 * MOST_STREAM
        self._pieces = [shown[-4 * MOST_STREAM :]]
        self._length = len(self._pieces[0])


def overwritten(text: str) -> str:
    r"""Return ``text`` as a screen has it where carriage returns go back to a line's beginning: a progress bar's last state.

    >>> overwritten("load\n 10 %\r 90 %\r100 %\r\nend")
    'load\n100 %\nend'
    """
    text = text.replace("\r\n", "\n")
    return re.sub(r"[^\n]*\r(?=[^\n])", "", text) if "\r" in text else text


class Shown:
    """Something that a cell showed: its object as long as it is worth it, and what is kept of its mime bundle.

    ``type`` is the full name of the object's type, "" where only a bundle came.
    """

    __slots__ = ("_reference", "_value", "bundle", "display_id", "type")

    def __init__(self, value: object, bundle: Bundle, display_id: str = "", *, hold: bool = False) -> None:
        self.display_id = display_id
        self.replace(value, bundle, hold=hold)

    def replace(self, value: object, bundle: Bundle, *, hold: bool = False) -> None:
        """Show something else in the same place; ``hold`` the object even if the bundle shows nothing."""
        self.type = "" if value is None else f"{type(value).__module__}.{type(value).__qualname__}"
        self.bundle = _kept(bundle)
        self._value = value if hold or self._is_drawing(bundle) else None
        self._reference: weakref.ref[object] | None = None

    def _is_drawing(self, bundle: Bundle) -> bool:
        return self.library in _DRAWING and any(mime != "text/plain" for mime in bundle)

    @property
    def library(self) -> str:
        """The package that the object's type comes from."""
        return self.type.partition(".")[0]

    @property
    def value(self) -> object | None:
        """The object itself, if it is held or still lives elsewhere."""
        return self._value if self._reference is None else self._reference()

    @property
    def has_picture(self) -> bool:
        """Whether its bundle has something to see."""
        return any(map(is_picture, self.bundle)) or _EMBEDDED in self.bundle.get("text/html", "")

    @property
    def is_figure(self) -> bool:
        """Whether there is something to see in it that is still kept."""
        return self.value is not None or self.has_picture

    @property
    def size(self) -> int:
        """The bytes of its bundle, about."""
        return sum(map(_weight, self.bundle.values()))

    def loosen(self) -> None:
        """Let the object go when nobody else needs it; its picture stays."""
        if self._value is not None:
            try:
                self._reference = weakref.ref(self._value)
            except TypeError:  # not every type allows it
                self._reference = None
            self._value = None

    def forget_object(self) -> None:
        """Keep only the picture as it was then."""
        self._value = self._reference = None

    def forget_picture(self) -> None:
        """Keep only words, and the object if it lives."""
        is_word = {mime: mime.startswith("text/") and _EMBEDDED not in data for mime, data in self.bundle.items()}
        self.bundle = {mime: data for mime, data in self.bundle.items() if is_word[mime]}


Output = Stream | Shown


class RanCell:
    """A cell that ran, or runs: its number (0 if it has none), the front end's id of it ("" if unknown), source, outputs.

    ``error`` is a short traceback and ``failed`` the type of the exception, "" if it ended well. One without source is
    what was shown between two cells.
    """

    __slots__ = ("_clear_next", "error", "failed", "id", "left_out", "number", "outputs", "source")

    def __init__(self, source: str = "", number: int = 0, id: str = "") -> None:  # noqa: A002 the front end's own word for it
        self.source, self.number, self.id = source, number, id
        self.outputs: list[Output] = []
        self.left_out = 0
        self.error = self.failed = ""
        self._clear_next = False

    @property
    def figures(self) -> list[Shown]:
        """What it showed that can be seen, in order."""
        return [output for output in self.outputs if isinstance(output, Shown) and output.is_figure]

    def write(self, name: str, text: str) -> None:
        """Note that ``text`` went to the stream ``name``."""
        last = self.outputs[-1] if self.outputs and not self._clear_next else None
        if not isinstance(last, Stream) or last.name != name:
            last = Stream(name)
            self._add(last)
        last.write(text)

    def show(self, shown: Shown) -> None:
        """Note that something was shown; the same picture of the same object counts once."""
        twins = [one for one in self.figures if shown.value is not None and one.value is shown.value]
        for twin in twins:
            if twin.bundle == shown.bundle:
                self.outputs.remove(twin)
        self._add(shown)

    def clear(self, *, wait: bool = False) -> None:
        """Forget the outputs, now or when the next one comes."""
        if wait:
            self._clear_next = True
        else:
            self.outputs.clear()
            self.left_out, self._clear_next = 0, False

    def _add(self, output: Output) -> None:
        if self._clear_next:
            self.clear()
        self.outputs.append(output)
        if len(self.outputs) > MOST_OUTPUTS:
            del self.outputs[0]
            self.left_out += 1


def is_picture(mime: str) -> bool:
    """Return whether ``mime`` is a picture or a plot's description."""
    return mime in PICTURES or mime in (PLOTLY, BOKEH) or mime.startswith(VEGA)


def _weight(data: object, depth: int = 4) -> int:
    """Return about how many bytes ``data`` has: a text, a picture, or a plot's description with its columns of numbers."""
    if isinstance(data, str | bytes):
        return len(data)
    if isinstance(data, Mapping) and depth:
        return sum(_weight(part, depth - 1) for part in data.values())
    if isinstance(data, list | tuple) and depth and data and isinstance(data[0], Mapping):
        return sum(_weight(part, depth - 1) for part in data)
    return 8 * len(data) if isinstance(data, Sized) else 8


def _kept(bundle: Bundle) -> dict[str, Any]:
    """Return pictures and plots as they are, the plain text cut, and other texts where the plain one says nothing."""
    kept = {mime: data for mime, data in bundle.items() if is_picture(mime)}
    plain = str(bundle.get("text/plain", ""))
    kept["text/plain"] = cut(plain, MOST_TEXT)
    if not plain or _BARE.fullmatch(plain):
        texts = {mime: str(bundle[mime])[:_MOST_HTML] for mime in _TEXTS if mime in bundle}
        kept.update({mime: text for mime, text in texts.items() if _EMBEDDED not in text})
    html = str(bundle.get("text/html", ""))
    if _EMBEDDED in html and not any(map(is_picture, kept)) and len(html) < _MOST_HTML_PICTURES:
        kept["text/html"] = html
    return kept
