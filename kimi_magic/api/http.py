"""httpx without its command line, which would bring click, rich and Pygments: 40 ms and 4 MB that no question needs.

Where they are missing httpx goes without them, and means to: an import of ``httpx._main`` that fails is expected there.
"""

from __future__ import annotations

import sys

_COMMAND_LINE = "httpx._main"

if "httpx" in sys.modules:
    import httpx
else:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        import httpx
    finally:
        del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
