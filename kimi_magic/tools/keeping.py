"""As much of a text as is kept, without secrets: they are taken out before it is cut, or one could be cut in two.

Only what is near the kept ends is looked at: a text of 50 MB costs no more than a short one.
"""

from __future__ import annotations

from collections.abc import Callable

from kimi_magic.content.expressions import in_short
from kimi_magic.content.values import cut

MARGIN = 4_000
"""Characters beyond those that are kept in which secrets are looked for, too: more than a key has."""

Mask = Callable[[str], str]


def ends(text: str, most: int, mask: Mask) -> str:
    """Return ``text`` after ``mask``, or its beginning and end with a word about what is missing.

    >>> ends("a key", 9, lambda text: text.replace("key", "***"))
    'a ***'
    """
    if len(text) <= most + 2 * MARGIN:
        return cut(mask(text), most)
    half = most // 2
    head, tail = beginning(text, half, mask), mask(text[-half - MARGIN :])[MARGIN:][-half:]
    return f"{head}\n[… {len(text) - 2 * half:,} characters left out …]\n{tail}"


def line(text: str, most: int, mask: Mask) -> str:
    """Return the beginning of ``text`` after ``mask``, as one line that can be printed.

    >>> line("the key to all", 9, lambda text: text.replace("key", "***"))
    'the *** t…'
    """
    return in_short(beginning(text, most + 1, mask), most)


def beginning(text: str, most: int, mask: Mask) -> str:
    """Return at most ``most`` characters of ``text`` after ``mask``; what could be half a secret is not among them."""
    if len(text) <= most + MARGIN:
        return mask(text)[:most]
    return mask(text[: most + MARGIN])[:-MARGIN][:most]
