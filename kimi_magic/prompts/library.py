"""Where prompts are kept: those that are shipped, and the user's own folder, which goes first."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Container
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kimi_magic.errors import UsageError
from kimi_magic.prompts.template import Template, decode

VARIABLE = "KIMI_MAGIC_PROMPTS"
"""The environment variable that names another folder for the user's own prompts."""
MOST_BYTES = 100_000
"""What a file with a prompt may have."""

_SHIPPED = Path(__file__).parent / "texts"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")  # lower case: some systems have no other in the names of files
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # to Windows these are no files, whatever their ending


def folder() -> Path:
    """Return the user's own folder, which need not exist."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    from platformdirs import user_config_path  # late: it costs 10 ms, and the variable may make it needless

    return user_config_path("kimi_magic", appauthor=False) / "prompts"


def names() -> tuple[str, ...]:
    """Return the names of all prompts, shipped or own, in order."""
    return tuple(sorted({path.stem for place in (folder(), _SHIPPED) for path in _files(place)}))


def find(name: str) -> Template | None:
    """Return the prompt called ``name``, the user's own before the shipped one; None where there is none.

    Raises `UsageError` for a file that is there and cannot be read, or is none, and for one that others may write.
    """
    if not _is_name(name):
        return None
    own, shipped = (place / f"{name}.md" for place in (folder(), _SHIPPED))
    if os.path.lexists(own):
        found = decode(name, _read(own, is_own=True))
        return replace(found, instead=str(own)) if shipped.exists() else found
    return decode(name, _read(shipped)) if shipped.exists() else None


def load(name: str) -> Template:
    """Return the prompt called ``name``, as `find` does. Raises `UsageError` where there is none."""
    template = find(name)
    if template is None:
        raise UsageError(f"There is no prompt {name}.")
    return template


def described() -> list[tuple[str, str]]:
    """Return how each prompt is written and what it is for: rows of a list of commands. Of a broken file it says so."""
    return [_described(name) for name in names()]


def save(name: str, text: str, *, taken: Container[str] = (), again: bool = False) -> Path:
    """Keep ``text`` as the user's own prompt ``name``, whole or not at all, and return its file.

    Raises `UsageError` for a name that a file or, being among the commands ``taken``, a prompt cannot have; for one that
    there is already, unless ``again``; for a text that is no prompt; and where it cannot be written, or others can write.
    """
    if not _is_name(name):
        raise UsageError(
            f"{name[:60]!r} cannot be the name of a prompt: small letters, digits, - and _ can, and a letter begins it."
        )
    if name in taken or f"/{name}" in taken:
        raise UsageError(f"/{name} is a command: give the prompt another name.")
    if name in names() and not again:
        raise UsageError(f"There is a prompt /{name} already: `/save-prompt {name} again` puts this one in its place.")
    decode(name, text)
    data = text.encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        raise UsageError(f"A prompt may have {MOST_BYTES // 1000} kB at the most: this one has {len(data) / 1000:.0f} kB.")
    path = folder() / f"{name}.md"
    try:
        if path.parent.exists():
            check_private(path.parent, path.parent.stat())
        _write(path, data)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or type(error).__name__}.") from None
    return path


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and _DEVICES.fullmatch(name) is None


def _files(place: Path) -> list[Path]:
    try:
        return [path for path in place.iterdir() if path.suffix == ".md" and _is_name(path.stem)]
    except OSError:  # it is not there, or not for us
        return []


def _described(name: str) -> tuple[str, str]:
    try:
        found = find(name)
    except UsageError as error:
        return f"/{name}", str(error)
    return (f"/{name} {found.wants}".strip(), found.about) if found else (f"/{name}", "")


def _read(path: Path, *, is_own: bool = False) -> str:
    """Return what stands in ``path``; a pipe or a device is not touched, for it may never answer."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{path} is no file: a prompt is a text file.")
        with path.open("rb") as file:
            if is_own:
                check_private(path, os.fstat(file.fileno()))
                check_private(path.parent, path.parent.stat())
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The prompt {path} cannot be read: {error.strerror or type(error).__name__}.") from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path} is too large for a prompt: {MOST_BYTES // 1000} kB are allowed.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(f"{path} is no text in UTF-8, so it is no prompt.")
    return text


def check_private(path: Path, status: os.stat_result) -> None:
    """Raise `UsageError` where somebody else may write at ``path``, by the rule that ssh has for its files.

    A group of the user's own is nobody else: many systems give each user one, and let it write by default.

    Windows has no such marks, and keeps a user's folders to the user.
    """
    if not hasattr(os, "getuid"):
        return
    if status.st_uid not in (os.getuid(), 0):
        raise UsageError(f"{path} belongs to somebody else, and a prompt is code: copy it into a folder of your own.")
    is_loose = status.st_mode & stat.S_IWGRP and not _is_own(status.st_gid)
    if is_loose or status.st_mode & stat.S_IWOTH:
        raise UsageError(f"Others may write {path}, and a prompt is code: `chmod go-w` on it makes it yours alone.")


def _is_own(gid: int) -> bool:
    return gid in (os.getgid(), *os.getgroups()) and not is_shared(gid)


def is_shared(gid: int) -> bool:
    """Return whether somebody else is known to be of the group, but for the administrator."""
    import grp  # late, with the next: Windows has none
    import pwd

    users = pwd.getpwall()
    mine = {user.pw_name for user in users if user.pw_uid in (os.getuid(), 0)}
    members = {user.pw_name for user in users if user.pw_gid == gid}
    with suppress(KeyError):  # it has no name, as in many a container
        members.update(grp.getgrgid(gid).gr_mem)
    return not members <= mine


def _write(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path`` and put it in its place: nobody ever reads half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(beside, path)
    except BaseException:  # also where somebody presses stop: nothing is left lying about
        Path(beside).unlink(missing_ok=True)
        raise
