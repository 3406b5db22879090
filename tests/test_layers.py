"""The staircase: who imports whom in kimi_magic."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "kimi_magic"
MODULES = sorted(path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*.py"))

STEPS = {
    "errors": 0,
    "amounts": 0,
    "messages": 1,
    "settings": 1,
    "provider": 1,
    "report": 1,
    "flags": 1,
    "options": 2,
    "content": 2,
    "calls": 2,
    "slots": 2,
    "context": 2,
    "api": 2,
    "schema": 2,
    "conversation": 3,
    "draft": 3,
    "prompts": 3,
    "tools": 3,
    "looking": 3,
    "demo": 3,
    "connected": 3,
    "request": 4,
    "notebook": 4,
    "render": 4,
    "store": 4,
    "uploads": 5,
    "answer": 5,
    "conversations": 5,
    "export": 5,
    "continuing": 5,
    "preparing": 5,
    "showing": 5,
    "wanting": 5,
    "braces": 5,
    "asked": 6,
    "belonging": 6,
    "jobs": 6,
    "front": 6,
    "later": 6,
    "exchange": 7,
    "lines": 7,
    "next_cell": 7,
    "rounds": 8,
    "session": 9,
    "dry_run": 10,
    "background": 10,
    "commands": 11,
    "current": 11,
    "around": 11,
    "door": 12,
    "magic": 13,
    "completion": 13,
    "panel": 13,
    "extension": 14,
    "__init__": 15,
    "__main__": 15,
}
"""The step on which each room stands. A room imports only from lower steps."""

FOR_TYPES = {("provider", "session"): "it hands the session on and knows only its name"}
"""Imports for the type checker alone that look up the stairs: (who, whom), and why."""

ONLY = {
    "IPython": (
        "kimi_magic/__init__.py",
        "kimi_magic/extension.py",
        "kimi_magic/front.py",
        "kimi_magic/next_cell.py",
        "kimi_magic/background.py",
        "kimi_magic/door.py",
        "kimi_magic/magic.py",
        "kimi_magic/completion.py",
        "kimi_magic/render/cell.py",
        "kimi_magic/content/shown.py",
        "kimi_magic/panel/chat.py",
        "kimi_magic/tools/cells.py",
    ),
    "httpx": ("kimi_magic/api/",),
    "httpx_sse": (),
    "sqlite3": ("kimi_magic/store/",),
    "nbformat": (
        "kimi_magic/demo/",
        "kimi_magic/export/",
        "kimi_magic/content/files/notebooks.py",
    ),
    "nbclient": ("kimi_magic/demo/",),
    "tornado": ("kimi_magic/demo/",),
    "ipywidgets": ("kimi_magic/panel/",),
    "anywidget": ("kimi_magic/panel/",),
    "pandas": (),
    "polars": (),
    "matplotlib": (),
}
"""Which files may import a library; the last ones are met in ``sys.modules``."""

HEAVY = ("httpx", "ipywidgets", "pydantic", "narwhals", "PIL", "nbformat", "markdown_it", "rich", "nh3", "tornado")


def imported(path: Path) -> Iterator[str]:
    """Yield the full name of each module that the file at ``path`` imports, in whatever way and place."""
    for node in ast.walk(ast.parse((PACKAGE.parent / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(path.with_suffix("").parts[: -node.level]) if node.level else ""
            start = ".".join(part for part in (above, node.module) if part)
            yield from (_exact(start, name.name) for name in node.names)


def _exact(start: str, name: str) -> str:
    """Return ``start.name`` where that is one of our modules, else ``start``."""
    place = PACKAGE.parent.joinpath(*start.split("."), name)
    return f"{start}.{name}" if place.is_dir() or place.with_suffix(".py").exists() else start


def room(name: str) -> str:
    """Return the room of a module's full name.

    >>> room("kimi_magic.api.wire"), room("kimi_magic")
    ('api', '__init__')
    """
    return [*name.split("."), "__init__"][1]


def own_imports(path: Path) -> list[str]:
    return [name for name in imported(path) if name.split(".")[0] == "kimi_magic"]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_go_downward(path: Path) -> None:
    """A module imports from its own room and from lower steps, but for the few exceptions that have a reason."""
    here = room(".".join(path.with_suffix("").parts))
    for name in own_imports(path):
        there = room(name)
        allowed = there == here or STEPS[there] < STEPS[here] or (here, there) in FOR_TYPES
        assert allowed, f"{path} (step {STEPS[here]}) imports {name} (step {STEPS[there]})"


def test_the_table_of_exceptions_is_needed() -> None:
    """Each exception is used by somebody, and each room of the table exists."""
    used = {(room(".".join(path.with_suffix("").parts)), room(name)) for path in MODULES for name in own_imports(path)}
    assert set(STEPS) == {room(".".join(path.with_suffix("").parts)) for path in MODULES}
    for here, there in FOR_TYPES:
        assert (here, there) in used, f"no module of {here} imports {there}: take the exception away"


def test_no_imports_go_in_circles() -> None:
    """No module can be reached from itself by following imports, late ones included."""
    graph = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): own_imports(path) for path in MODULES}
    for start in graph:
        seen: set[str] = set()
        waiting = list(graph[start])
        while waiting:
            name = waiting.pop()
            assert name != start, f"{start} imports itself by way of others"
            if name not in seen:
                seen.add(name)
                waiting.extend(graph.get(name, []))


@pytest.mark.parametrize("library", ONLY)
def test_each_library_has_its_room(library: str) -> None:
    """A library is imported by the files that may know it and by no others."""
    users = [str(path) for path in MODULES if library in {name.split(".")[0] for name in imported(path)}]
    assert [user for user in users if not user.startswith(ONLY[library])] == []


def test_importing_the_package_is_light() -> None:
    """``import kimi_magic`` in a fresh Python brings none of the heavy libraries with it."""
    code = f"import sys, kimi_magic; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
