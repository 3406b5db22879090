"""Files on the service."""

from __future__ import annotations

import pytest

from kimi_magic.api.client import Client
from kimi_magic.api.file_wire import StoredFile, decode_extracted
from kimi_magic.api.files import account_of
from kimi_magic.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    RequestRefused,
    ServiceError,
    Unavailable,
    UsageError,
)
from kimi_magic.messages import Upload
from kimi_magic.settings import Secret
from tests.api.asking import Connect
from tests.conftest import KEY
from tests.scripted import ScriptedKimi
from tests.scripts import Reply, error

STORED = {
    "id": "f1",
    "object": "file",
    "bytes": 5,
    "created_at": 1_790_000_000,
    "filename": "a.pdf",
    "purpose": "file-extract",
    "status": "ok",
    "status_details": "",
}
GONE = error(404, "resource_not_found_error", "file f1 not found")


def test_an_upload_is_a_form(client: Client, kimi: ScriptedKimi) -> None:
    """The file and its purpose travel as a form does, byte for byte, and the id comes back."""
    kimi.routes["/files"] = Reply(body=STORED)
    data = bytes(range(256)) * 10
    assert client.files.upload(data, "süß.pdf", "file-extract") == "f1"
    (request,) = kimi.requests
    assert (request.method, request.path) == ("POST", "/v1/files")
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert b"\r\n\r\n" + data + b"\r\n--" in request.body
    assert b'name="purpose"\r\n\r\nfile-extract\r\n' in request.body
    assert 'name="file"; filename="süß.pdf"'.encode() in request.body


def test_files_are_listed(client: Client, kimi: ScriptedKimi) -> None:
    """Each file has its name, purpose, size and time; fields that are missing are empty."""
    kimi.routes["/files"] = Reply(body={"object": "list", "data": [STORED, {"id": "f2"}]})
    assert client.files.list() == (
        StoredFile("f1", "a.pdf", "file-extract", 5, 1_790_000_000, "ok"),
        StoredFile("f2", "", "", 0, 0),
    )


def test_a_file_is_deleted(client: Client, kimi: ScriptedKimi) -> None:
    """Its id is part of the address, and cannot lead to another one."""
    kimi.routes |= {"/files/f1": Reply(body={"id": "f1", "deleted": True}), "/files/..%2Fmodels": Reply(204)}
    client.files.delete("f1")
    client.files.delete("../models")
    assert [(one.method, one.path) for one in kimi.requests] == [
        ("DELETE", "/v1/files/f1"),
        ("DELETE", "/v1/files/..%2Fmodels"),
    ]


def test_what_is_not_there_is_told(client: Client, kimi: ScriptedKimi) -> None:
    """A file that is gone is one sentence for the user, and False for who asks."""
    kimi.routes["/files/f1"] = GONE
    assert not client.files.has("f1")
    with pytest.raises(UsageError, match="There is no file f1"):
        client.files.delete("f1")
    kimi.routes["/files/f1"] = Reply(body=STORED)
    assert client.files.has("f1")


def test_a_server_without_files_is_told(client: Client) -> None:
    """Where the address does not exist, nothing can be uploaded, and the sentence names the file."""
    with pytest.raises(UsageError, match=r"keeps no files, so clip\.mp4 cannot be sent"):
        client.files.upload(b"x", "clip.mp4", "video")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(401, "invalid_authentication_error", "Invalid Authentication"), AuthenticationFailed),
        (error(400, "invalid_request_error", "the file has no text"), RequestRefused),
        (error(429, "engine_overloaded_error", "busy"), Unavailable),
        (error(500, "server_error", "broken"), Unavailable),
        (Reply(body=b"<html>"), ServiceError),
        (Reply(body={"no": "id"}), ServiceError),
        (Reply(body={**STORED, "status": "error", "status_details": "encrypted"}), RequestRefused),
    ],
    ids=range(7),
)
def test_refusals_are_told(client: Client, kimi: ScriptedKimi, reply: Reply, kind: type[ServiceError]) -> None:
    """Whatever the service answers to an upload is one of our errors, without the key."""
    kimi.routes["/files"] = reply
    with pytest.raises(ServiceError) as caught:
        client.files.upload(b"x", "a.pdf", "file-extract")
    assert type(caught.value) is kind
    assert KEY not in str(caught.value)


def test_no_network_is_told(connect: Connect) -> None:
    """Where nobody listens, the sentence says what to check."""
    client = connect(base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ConnectionFailed, match="check the network"):
        client.files.list()


def test_extracted_text_is_read(client: Client, kimi: ScriptedKimi) -> None:
    """The text stands in an object on the service, and alone on servers like it."""
    kimi.routes["/files/f1/content"] = Reply(body={"content": "Sales rose.", "type": "file"})
    assert client.files.content("f1") == "Sales rose."
    kimi.routes["/files/f1/content"] = Reply(body="Prices fell: é".encode())
    assert client.files.content("f1") == "Prices fell: é"


@pytest.mark.parametrize("text", ['{"a": 1}', '{"content": 3}', "[1, 2]", "7", "{", "", "[" * 100_000])
def test_text_that_looks_like_an_object_is_text(text: str) -> None:
    """Only an object with content is unwrapped."""
    assert decode_extracted(text.encode()) == text


def test_an_upload_is_known_by_content_purpose_and_account(connect: Connect, kimi: ScriptedKimi) -> None:
    """Another name changes nothing; other bytes, another purpose, key or address do. The key cannot be read from it."""
    files = connect().files
    key = files.key_of(Upload(b"x", "a.png", "image"))
    assert files.key_of(Upload(b"x", "b.png", "image")) == key
    assert key.address == kimi.base_url
    others = [
        files.key_of(Upload(b"y", "a.png", "image")),
        files.key_of(Upload(b"x", "a.png", "video")),
        connect("sk-another-key-0123456789").files.key_of(Upload(b"x", "a.png", "image")),
        connect(base_url="http://127.0.0.1:9/v1").files.key_of(Upload(b"x", "a.png", "image")),
    ]
    assert len({key, *others}) == 5
    assert len(account_of(Secret(KEY))) == 16
    assert KEY not in repr(key)
