"""The pictures that a page shows: those that are in the page itself. Pure."""

from __future__ import annotations

import re
from html import escape

PICTURE = re.compile("data:image/(png|jpeg|gif|webp|bmp);base64,[A-Za-z0-9+/]+=*")
"""The address of a picture that is in the page itself; nothing else is ever loaded."""


def picture(address: str, words: str) -> str:
    """Return a picture as HTML, with ``words`` for those who do not see it; nothing for any other address.

    >>> picture("https://example.org/a.png", "a cat")
    ''
    """
    return f'<p><img src="{address}" alt="{escape(words)}" style="max-width:100%"></p>' if PICTURE.fullmatch(address) else ""
