"""A Python of its own in which some packages are not installed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

_CODE = """
import json, sys
for package in {absent!r}:
    sys.modules[package] = None
from kimi_magic.content.figures.figure import from_figure
from kimi_magic.content.figures.pictures import from_picture
from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
try:
    {make}
    attachment = from_figure("fig", value, How()) if not isinstance(value, bytes) else from_picture("fig", value, How())
    first, *rest = attachment.parts
    print(json.dumps([first.text, len(rest), attachment.note, attachment.thumbnail, attachment.warning]))
except UsageError as error:
    print(json.dumps(["", 0, "", "", "refused: " + str(error)]))
"""


def attach_without(
    absent: Sequence[str], make: str, environment: dict[str, str] | None = None
) -> tuple[str, int, str, str, str]:
    """Return text, number of pictures, note, thumbnail and warning of what the code ``make`` calls ``value``."""
    code = _CODE.format(absent=tuple(absent), make=make)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    text, many, note, thumbnail, warning = json.loads(done.stdout)
    return text, many, note, thumbnail, warning
