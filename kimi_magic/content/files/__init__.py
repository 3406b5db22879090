"""Files as attachments: which ones a word names, what they are by their first bytes, and what of them is sent."""

from kimi_magic.content.files.attach import from_file
from kimi_magic.content.files.paths import MOST_FILES, find
from kimi_magic.content.files.text import MOST_BYTES

__all__ = ["MOST_BYTES", "MOST_FILES", "find", "from_file"]
