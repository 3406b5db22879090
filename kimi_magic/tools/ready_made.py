"""The names of the ready-made tools: completion and ``/tools`` tell of them and must not import what makes them."""

from __future__ import annotations

from collections.abc import Mapping

READY_MADE: Mapping[str, str] = {
    "look_at": "one of your variables",
    "list_variables": "names, types and shapes of your variables, no values",
    "run_python": "a cell; you are asked each time, also with -y",
    "read_file": "a file in the notebook's folder or below",
    "web_search": "the service's search of the web, $0.005 a call",
}
"""What each is for, in the user's words; `kimi_magic.tools.ready.READY` makes them."""
