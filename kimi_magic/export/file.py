"""A conversation on disk: written whole or not at all, and read."""

from __future__ import annotations

from pathlib import Path

from kimi_magic.conversation import Conversation, new_id
from kimi_magic.errors import UsageError
from kimi_magic.export.formats import exported, imported


def write_file(conversation: Conversation, path: Path, *, overwrite: bool = False) -> Path:
    """Write ``conversation`` to ``path`` in the format of its suffix, and return the path in full.

    What stood there before stays until the new file is complete. `UsageError`: there is a file and ``overwrite`` is
    False, the format is unknown, nothing was said, or the file system refuses.
    """
    path = _full(path)
    try:
        _check_free(path, overwrite)
        _replace(path, exported(conversation, path.suffix))
    except OSError as error:
        raise UsageError(f"{path} could not be written: {_reason(error, path)}.") from None
    return path


def read_file(path: Path) -> Conversation:
    """Return the conversation in the file at ``path``. `UsageError` says why there is none."""
    path = _full(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} could not be read: {_reason(error, path)}.") from None
    return imported(data, path.suffix, path.name)


def _full(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError:  # nobody of that name has a home
        return path.absolute()


def _check_free(path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file in it.")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} is there already: name another file, or remove it first.")


def _replace(path: Path, data: bytes) -> None:
    """Write beside ``path`` and rename: nobody ever sees half a file."""
    path = path.resolve()  # a link stays one
    beside = path.with_name(f".{new_id()}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _reason(error: OSError, path: Path) -> str:
    """Return why, as a clause."""
    if isinstance(error, FileNotFoundError) and not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return error.strerror or str(error)
