"""The endpoints, as tornado's handlers. Everything that takes long happens beside the loop, so that streams go on."""

from __future__ import annotations

import asyncio
import time
import uuid

from tornado.httputil import HTTPFile, HTTPInputError, parse_body_arguments
from tornado.iostream import StreamClosedError
from tornado.web import Application

from kimi_magic.api.catalog import MODELS, Model
from kimi_magic.demo import rules, stream
from kimi_magic.demo.endpoint import Endpoint, NotFound, Service
from kimi_magic.demo.protocol import Json, Refused, Reply, refused
from kimi_magic.demo.reply import compose
from kimi_magic.demo.tokens import count_prompt

MULTIPART_ROOM = 64 * 1024
"""What a form may add to the file inside of it, in bytes."""


class Chat(Endpoint):
    """POST chat/completions."""

    async def post(self) -> None:
        """Answer, whole or in pieces."""
        request, media = self.json_body(), self.service.files.media()
        refusal = await asyncio.to_thread(rules.refuse_chat, request, media)
        if refusal or not isinstance(request, dict):
            raise Refused(refusal or refused("Invalid request"))
        reply = await asyncio.to_thread(compose, request, media)
        prompt = count_prompt(request["messages"], request.get("tools") or ())
        usage = stream.encode_usage(reply, prompt, self.service.cache.use(request))
        envelope = stream.Envelope(f"chatcmpl-{uuid.uuid4().hex}", request["model"], int(time.time()))
        if request.get("stream"):
            include_usage = bool((request.get("stream_options") or {}).get("include_usage"))
            await self._stream(reply, envelope, usage, include_usage=include_usage)
        else:
            self.finish(stream.encode_whole(reply, envelope, usage))

    async def _stream(self, reply: Reply, envelope: stream.Envelope, usage: Json, *, include_usage: bool) -> None:
        """Send the pieces at their pace, until the end or until the client has gone."""
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.service.streams += 1
        try:
            for chunk in stream.encode_chunks(reply, envelope, usage, include_usage=include_usage):
                self.write(stream.encode_event(chunk))
                await self.flush()
                await asyncio.sleep(self.service.pace)
            await self.finish(stream.DONE)
        except StreamClosedError:
            return
        finally:
            self.service.streams -= 1


class Models(Endpoint):
    """GET models."""

    def get(self) -> None:
        """List the models and what they can do."""
        self.check_request()
        self.finish({"object": "list", "data": [_encode_model(model) for model in MODELS]})


def _encode_model(model: Model) -> Json:
    efforts = {"support": bool(model.efforts), "valid_efforts": list(model.efforts)}
    return {
        "id": model.id,
        "object": "model",
        "created": 1_788_220_800,
        "owned_by": "moonshot",
        "context_length": model.context_length,
        "supports_image_in": model.image_in,
        "supports_video_in": model.video_in,
        "supports_reasoning": model.thinking != "no",
        "supports_thinking_type": model.thinking,
        "think_efforts": efforts | {"default_effort": model.default_effort},
    }


class Estimate(Endpoint):
    """POST tokenizers/estimate-token-count."""

    def post(self) -> None:
        """Count the tokens of the messages; tools do not count."""
        request = self.json_body()
        refusal = rules.refuse_prompt(request, self.service.files.media())
        if refusal or not isinstance(request, dict):
            raise Refused(refusal or refused("Invalid request"))
        self.finish({"data": {"total_tokens": count_prompt(request["messages"])}})


class Balance(Endpoint):
    """GET users/me/balance."""

    def get(self) -> None:
        """Tell a balance that never changes."""
        self.check_request()
        data = {"available_balance": 49.6, "voucher_balance": 46.6, "cash_balance": 3.0}
        self.finish({"code": 0, "data": data, "scode": "0x0", "status": True})


class Files(Endpoint):
    """POST files, GET files."""

    body_limit = rules.BODY_LIMIT + MULTIPART_ROOM

    def get(self) -> None:
        """List the files."""
        self.check_request()
        files = [one.encode() for one in self.service.files.all()]
        self.finish({"object": "list", "data": files, "has_more": False})  # without it a client that pages never ends

    def post(self) -> None:
        """Keep a file."""
        self.check_request()
        fields: dict[str, list[bytes]] = {}
        files: dict[str, list[HTTPFile]] = {}
        try:
            parse_body_arguments(self.request.headers.get("Content-Type", ""), bytes(self.body), fields, files)
        except HTTPInputError as error:
            raise Refused(refused(f"Invalid request: {error}")) from error
        if "file" not in files or "purpose" not in fields:
            raise Refused(refused("Invalid request: a form with file and purpose is required"))
        upload = files["file"][0]
        purpose = fields["purpose"][0].decode("utf-8", "replace")
        self.finish(self.service.files.put(upload["filename"], purpose, upload["body"]).encode())


class File(Endpoint):
    """GET and DELETE files/ID."""

    def get(self, name: str) -> None:
        """Tell about a file."""
        self.check_request()
        self.finish(self.service.files.get(name).encode())

    def delete(self, name: str) -> None:
        """Forget a file."""
        self.check_request()
        self.service.files.delete(name)
        self.finish({"id": name, "object": "file", "deleted": True})


class Content(Endpoint):
    """GET files/ID/content."""

    def get(self, name: str) -> None:
        """Return the text of a file."""
        self.check_request()
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(self.service.files.extract(name))


def build(service: Service) -> Application:
    """Return the endpoints as an application that writes no access log."""
    routes = {
        r"/v1/chat/completions": Chat,
        r"/v1/models": Models,
        r"/v1/tokenizers/estimate-token-count": Estimate,
        r"/v1/users/me/balance": Balance,
        r"/v1/files": Files,
        r"/v1/files/([^/]+)": File,
        r"/v1/files/([^/]+)/content": Content,
    }
    shared = {"service": service}
    return Application(
        [(path, handler, shared) for path, handler in routes.items()],
        default_handler_class=NotFound,
        default_handler_args=shared,
        log_function=lambda _: None,
    )
