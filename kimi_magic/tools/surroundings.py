"""What the ready-made tools may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kimi_magic.content.how import How
from kimi_magic.settings import mask_keys
from kimi_magic.tools.keeping import Mask


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The user's variables, how much of them may leave this machine, the notebook's folder, and the shell that runs cells.

    Without a ``shell`` no cell can be run. ``mask`` takes keys out of what a cell prints, before that is cut.
    """

    namespace: Mapping[str, Any]
    how: How = field(default_factory=How)
    folder: Path = field(default_factory=Path)
    shell: Any = None
    mask: Mask = mask_keys
