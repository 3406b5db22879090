"""What may be shown of a text that somebody else wrote: no control characters, anywhere."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r\n?")
# C0 without tab and newline, DEL and C1: a terminal obeys them (ESC, CSI, OSC). Surrogates cannot be written as UTF-8.
# The directional overrides, embeddings and isolates can make a line of code or an address read as another one.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""Return ``text`` with its lines ended by a newline, and without what a terminal or a reader could be tricked by.

    >>> printable("one\r\ntwo\x1b[31m red")
    'one\ntwo[31m red'
    """
    return _UNSHOWN.sub("", _LINE_END.sub("\n", text))
