"""Files that go to the service before a question."""

from __future__ import annotations

import base64
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kimi_magic.api.client import Client
from kimi_magic.content.files import from_file
from kimi_magic.demo.server import DemoServer
from kimi_magic.errors import Interrupted, ModelUnknown, RequestRefused, ServiceError, UsageError
from kimi_magic.messages import Attachment, Image, Message, Text, Upload, Video
from kimi_magic.options import Options
from kimi_magic.request import Question
from kimi_magic.session import Session
from kimi_magic.settings import Secret, Settings
from kimi_magic.store.sqlite import Store
from kimi_magic.uploads import MOST_EXTRACTED, ProcessMemory, forgotten, resolve, uploaded, without
from tests.conftest import KEY
from tests.content.files import samples
from tests.scripted import ScriptedKimi
from tests.scripts import Reply, error, silence

PICTURE = Attachment("p", "image", (Text("p:"), Upload(b"picture", "p.png", "image")), note="40×20 PNG")
FILM = Attachment("v", "video", (Text("v:"), Upload(b"film", "v.mp4", "video")))
PAPER = Attachment("report.pdf", "document", (Upload(b"paper", "report.pdf", "file-extract"),))
STORED = Reply(body={"id": "f1", "filename": "p.png", "purpose": "image"})
GONE = error(404, "resource_not_found_error", "file f1 not found")


@pytest.fixture
def client(kimi: ScriptedKimi) -> Iterator[Client]:
    """A client of the scripted Kimi, which takes every file."""
    kimi.routes["/files"] = STORED
    with closing(Client(Settings(base_url=kimi.base_url), Secret(KEY))) as client:
        yield client


@pytest.fixture
def memory(store: Path) -> Iterator[Store]:
    """A store of the test's own."""
    with closing(Store(store)) as memory:
        yield memory


def age(store: Path, seconds: float) -> None:
    """Let all that the store remembers be older."""
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("UPDATE uploads SET seen_at = seen_at - ?", (seconds,))


def asked(kimi: ScriptedKimi) -> list[tuple[str, str]]:
    return [(one.method, one.path.removeprefix("/v1")) for one in kimi.requests]


def test_uploads_become_parts() -> None:
    """Pictures and videos are named by their ids, a document becomes its text; everything else stays."""
    words = Attachment("x", "value", (Text("1"),))
    sent = resolve((PICTURE, FILM, PAPER, words), lambda upload: f"id-of-{upload.filename}", lambda _: "Sales rose.")
    assert [one.parts for one in sent] == [
        (Text("p:"), Image("ms://id-of-p.png")),
        (Text("v:"), Video("ms://id-of-v.mp4")),
        (Text('<attachment name="report.pdf" kind="document">\nSales rose.\n</attachment>'),),
        (Text("1"),),
    ]
    assert [one.note for one in sent] == ["40×20 PNG", "", "", ""]
    assert [one.kind for one in sent] == ["image", "video", "document", "value"]


def test_a_long_document_is_cut_and_told() -> None:
    """The middle of a text that would fill the model's context is left out, and the user knows."""
    (sent,) = resolve((PAPER,), lambda _: "f1", lambda _: "x" * (MOST_EXTRACTED + 1))
    assert sent.bytes < MOST_EXTRACTED + 200
    assert sent.warning == "report.pdf went without its middle: 400,000 of 400,001 characters."


def test_a_document_without_text_is_told() -> None:
    """A scan in which nothing was read is not sent as nothing."""
    with pytest.raises(UsageError, match=r"found no text in report\.pdf"):
        resolve((PAPER,), lambda _: "f1", lambda _: " \n")


def test_a_content_is_uploaded_once(client: Client, kimi: ScriptedKimi, memory: Store) -> None:
    """The second question, under whatever name, finds it there, and nothing is asked."""
    again = Attachment("q", "image", (Upload(b"picture", "q.png", "image"),))
    assert uploaded((PICTURE,), client.files, memory)[0].parts[1] == Image("ms://f1")
    assert uploaded((again, PICTURE), client.files, memory)[0].parts == (Image("ms://f1"),)
    assert asked(kimi) == [("POST", "/files")]


def test_without_a_store_the_process_remembers(client: Client, kimi: ScriptedKimi) -> None:
    """Also where turns are not kept, a content goes once."""
    for _ in range(2):
        uploaded((PICTURE,), client.files)
    assert asked(kimi) == [("POST", "/files")]


@pytest.mark.parametrize("there", [True, False])
def test_an_old_upload_is_asked_for(client: Client, kimi: ScriptedKimi, memory: Store, store: Path, *, there: bool) -> None:
    """After an hour the service is asked whether it still has the file; if not, it is uploaded again."""
    uploaded((PICTURE,), client.files, memory)
    age(store, 3_601)
    kimi.routes["/files/f1"] = STORED if there else GONE
    for _ in range(2):
        uploaded((PICTURE,), client.files, memory)
    assert asked(kimi) == [("POST", "/files"), ("GET", "/files/f1")] + [("POST", "/files")] * (not there)


def test_a_refusal_that_names_a_file_forgets_it(client: Client, kimi: ScriptedKimi, memory: Store) -> None:
    """After it the same content is uploaded again, and an earlier turn can go on without its picture."""
    (sent,) = uploaded((PICTURE,), client.files, memory)
    messages = (Message("user", (*sent.sent, Text("What?"))), Message("assistant", "A picture."), Message("user", "And?"))
    refused = RequestRefused("unsupported image_url: there is no file ms://f1", status=400)
    ids = forgotten(refused, messages, memory)
    assert ids == {"f1"}
    assert without(messages, ids) == (
        Message("user", (Text("p:"), Text("[a picture that is no longer kept]"), Text("What?"))),
        *messages[1:],
    )
    uploaded((PICTURE,), client.files, memory)
    assert asked(kimi) == [("POST", "/files")] * 2


@pytest.mark.parametrize(
    "refusal",
    [
        RequestRefused("The service found the request wrong.", status=400),
        RequestRefused("f2 is gone", status=400),
        ServiceError("f1 is busy", status=429),
        ModelUnknown("no such model", status=404),
        UsageError("f1"),
    ],
)
def test_other_refusals_forget_nothing(refusal: ServiceError) -> None:
    """Only a 400 or 404 that names a file of the request says that it is gone."""
    memory = ProcessMemory()
    assert forgotten(refusal, (Message("user", (Image("ms://f1"), Image("data:image/png;base64,f1"))),), memory) == set()


def test_a_document_that_is_gone_is_uploaded_again(client: Client, kimi: ScriptedKimi, memory: Store) -> None:
    """Where the text of a remembered upload is not there any more, it is handed in anew, once."""
    kimi.routes["/files/f1/content"] = Reply(body=b"Sales rose.")
    uploaded((PAPER,), client.files, memory)
    kimi.forget()
    kimi.routes["/files/f1/content"] = GONE
    kimi.routes["/files/f2/content"] = Reply(body=b"Sales rose again.")
    kimi.routes["/files"] = Reply(body={"id": "f2"})
    (sent,) = uploaded((PAPER,), client.files, memory)
    assert "Sales rose again." in sent.payload.decode()
    assert asked(kimi) == [("GET", "/files/f1/content"), ("POST", "/files"), ("GET", "/files/f2/content")]


def test_a_damaged_store_does_no_harm(client: Client, memory: Store, store: Path) -> None:
    """What cannot be remembered is uploaded, and the question goes on."""
    store.write_bytes(b"no database at all " * 100)
    assert uploaded((PICTURE,), client.files, memory)[0].parts[1] == Image("ms://f1")


def test_an_interrupt_says_that_nothing_was_asked(client: Client, kimi: ScriptedKimi) -> None:
    """Stopping during an upload ends it at once, in words."""
    kimi.routes["/files"] = silence()

    def stop() -> None:
        while not kimi.requests:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=stop, daemon=True).start()
    with pytest.raises(Interrupted, match="nothing was asked"):
        uploaded((Attachment("n", "image", (Upload(b"never", "n.png", "image"),)),), client.files)


@pytest.fixture
def session() -> Iterator[Session]:
    """A session with the offline Kimi."""
    with DemoServer(pace=0) as demo:
        session = Session(Settings(base_url=demo.base_url, store="none"), key=Secret(demo.key))
        yield session
        session.client.close()


def ask(session: Session, text: str, *attachments: Attachment) -> str:
    """Return the answer's text."""
    return session.ask(Question(text, text, attachments, Options())).text


def test_the_offline_kimi_sees_what_was_uploaded(session: Session, tmp_path: Path) -> None:
    """From files to an answer: a picture is found under its id, a video is taken, and a document's text is read."""
    (tmp_path / "notes.rtf").write_bytes(samples.RTF)
    (tmp_path / "clip.mp4").write_bytes(samples.mp4(padding=8_000_000))
    picture = Attachment("fig", "image", (Text("fig:"), Upload(samples.picture("PNG", (64, 32), "red"), "fig.png", "image")))
    answer = ask(session, "What?", picture, from_file(tmp_path / "clip.mp4"), from_file(tmp_path / "notes.rtf"))
    assert "64 × 32" in answer
    assert {file.purpose for file in session.client.files.list()} == {"image", "video", "file-extract"}
    turn = session.conversations.get("main").turns[0]
    assert "Sales rose by 12 percent" in turn.said[0].text
    assert all(isinstance(part, Text | Image | Video) for message in turn.said[1:-1] for part in message.content)


def test_a_conversation_goes_on_without_a_deleted_file(session: Session) -> None:
    """A picture that was deleted on the service is uploaded again where it is attached, and missed where it was said."""
    picture = Attachment("fig", "image", (Text("fig:"), Upload(samples.picture("PNG", (64, 32)), "fig.png", "image")))
    ask(session, "What?", picture)
    (stored,) = session.client.files.list()
    session.client.files.delete(stored.id)
    assert "64 × 32" in ask(session, "And again?", picture)
    (again,) = session.client.files.list()
    assert again.id != stored.id
    assert "You asked: “And now?”" in ask(session, "And now?")


def test_all_files_that_are_gone_are_found_at_once(session: Session) -> None:
    """A refusal names one file; the others of the request are asked for, and only those that are gone are forgotten."""
    files = session.client.files
    memory = ProcessMemory()
    attachments = [Attachment(n, "image", (Upload(n.encode(), f"{n}.png", "image"),)) for n in ("one", "two", "three")]
    sent = uploaded(attachments, files, memory)
    ids = [str(one.payload, "ascii").removeprefix("ms://") for one in sent]
    for file_id in ids[:2]:
        files.delete(file_id)
    message = Message("user", tuple(part for one in sent for part in one.sent))
    with pytest.raises(ServiceError) as caught:
        session.client.estimate("kimi-k2.6", (message,))
    assert forgotten(caught.value, (message,), memory, files) == set(ids[:2])
    assert [one == two for one, two in zip(sent, uploaded(attachments, files, memory), strict=True)] == [False, False, True]


def test_a_picture_in_the_request_needs_no_upload(tmp_path: Path, client: Client, kimi: ScriptedKimi) -> None:
    """What is small stands in the request itself."""
    (tmp_path / "a.png").write_bytes(samples.picture("PNG"))
    attachment = from_file(tmp_path / "a.png")
    assert uploaded((attachment,), client.files) == (attachment,)
    assert base64.b64encode(samples.picture("PNG")) in attachment.payload
    assert kimi.requests == []
