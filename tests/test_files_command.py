"""``/files``: what lies on the service, and its removal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kimi_magic.commands.table import run
from kimi_magic.demo.server import DemoServer
from kimi_magic.errors import UsageError
from kimi_magic.session import Session
from kimi_magic.settings import Secret, Settings


@pytest.fixture
def session() -> Iterator[Session]:
    """A session with the offline Kimi."""
    with DemoServer(pace=0) as demo:
        session = Session(Settings(base_url=demo.base_url, store="none"), key=Secret(demo.key))
        yield session
        session.client.close()


def test_nothing_is_said_to_be_nothing(session: Session) -> None:
    """Without files there is a sentence."""
    assert run(session, "/files") == "No files lie on the service."


def test_files_are_listed(session: Session) -> None:
    """Each has a row with its id, name, purpose, size and date; names mark nothing up."""
    file_id = session.client.files.upload(b"x" * 20_000, "a*b*.png", "image")
    session.client.files.upload(b"x", "b.jsonl", "batch")
    listed = run(session, "/files")
    assert f"| `{file_id}` | a\\*b\\*.png | image | 20 kB | 20" in listed
    assert listed.endswith("20 kB in all. `/files delete all` leaves 1 of another purpose alone.")


def test_one_file_is_deleted(session: Session) -> None:
    """It is gone afterwards; a second time there is nothing to delete."""
    first, second = (session.client.files.upload(data, "a.png", "image") for data in (b"1", b"2"))
    assert run(session, f"/files delete {first}").startswith("1 file is deleted.")
    assert [file.id for file in session.client.files.list()] == [second]
    with pytest.raises(UsageError, match=f"There is no file {first}"):
        run(session, f"/files delete {first}")


def test_all_files_are_deleted_but_those_of_batches(session: Session) -> None:
    """What kimi_magic can have uploaded goes; the files of batches stay."""
    for purpose in ("image", "video", "file-extract", "batch"):
        session.client.files.upload(b"x", "a", purpose)
    assert run(session, "/files delete all").startswith("3 files are deleted.")
    assert [file.purpose for file in session.client.files.list()] == ["batch"]


@pytest.mark.parametrize("line", ["/files remove x", "/files delete", "/files all"])
def test_other_words_are_told(session: Session, line: str) -> None:
    """What can follow the command is named."""
    with pytest.raises(UsageError, match="/files delete ID"):
        run(session, line)
