"""The offline Kimi as the official client sees it, a program that knows nothing of this project."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from kimi_magic.api.catalog import MODELS
from kimi_magic.demo.server import DemoServer
from tests.demo.asking import ADD, ask, data_url, image, user

LONG = "word " * 400


class City(BaseModel):
    """What a structured answer is read into."""

    name: str
    people: int


def create(client: OpenAI, **request: Any) -> Any:
    return client.chat.completions.create(**request)


def test_an_answer_comes_whole(client: OpenAI) -> None:
    """Content, thinking, reason and usage are where the client looks for them."""
    reply = create(client, **ask("Why?"))
    (choice,) = reply.choices
    assert "“Why?”" in choice.message.content
    assert "1 word" in choice.message.reasoning_content
    assert choice.finish_reason == "stop"
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert 0 < reply.usage.completion_tokens_details.reasoning_tokens < reply.usage.completion_tokens


def test_an_answer_comes_in_pieces(client: OpenAI) -> None:
    """The pieces together are the whole answer, and usage comes last when it was asked for."""
    chunks = list(create(client, **ask("Why?", stream=True, stream_options={"include_usage": True})))
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    whole = create(client, **ask("Why?"))
    assert len(chunks) > 50
    assert "".join(delta.content or "" for delta in deltas) == whole.choices[0].message.content
    assert (chunks[-1].choices, chunks[-1].usage.completion_tokens) == ([], whole.usage.completion_tokens)
    assert chunks[-2].choices[0].usage["prompt_tokens"] == whole.usage.prompt_tokens


def test_a_tool_is_called_and_its_result_quoted(client: OpenAI) -> None:
    """The whole round, with what the client itself gives back."""
    messages: list[Any] = [user("Please add 2 and 40")]
    first = create(client, model="kimi-k2.6", messages=messages, tools=[ADD]).choices[0]
    (call,) = first.message.tool_calls
    assert (first.finish_reason, json.loads(call.function.arguments)) == ("tool_calls", {"a": 2, "b": 40})
    sent = {"role": "assistant", "tool_calls": [call], "reasoning_content": first.message.reasoning_content}
    messages += [sent, {"role": "tool", "tool_call_id": call.id, "content": "forty-two"}]
    second = create(client, model="kimi-k2.6", messages=messages, tools=[ADD]).choices[0]
    assert (second.finish_reason, "“forty-two”" in second.message.content) == ("stop", True)


def test_a_streamed_tool_call_is_put_together_by_the_client(client: OpenAI) -> None:
    """The client's own accumulation understands the pieces."""
    with client.chat.completions.stream(model="kimi-k2.6", messages=[user("add 2 and 40")], tools=[ADD]) as stream:  # type: ignore[list-item]  # plain dicts are what travels
        final = stream.get_final_completion()
    (call,) = final.choices[0].message.tool_calls or []
    assert (call.id, json.loads(call.function.arguments)) == ("add:0", {"a": 2, "b": 40})


def test_structured_output_is_read_into_a_model(client: OpenAI) -> None:
    """The client's pydantic parsing takes the value."""
    parsed = client.chat.completions.parse(
        model="kimi-k2.6",
        messages=[{"role": "user", "content": "How big is Ulm with its 126000 people?"}],
        response_format=City,
    )
    assert parsed.choices[0].message.parsed == City(name="Ulm", people=126_000)


def test_a_picture_goes_in_as_data_and_as_an_uploaded_file(client: OpenAI, picture: Callable[..., bytes]) -> None:
    """Both ways it is looked into."""
    data = picture("PNG", "navy", (64, 48))
    stored = client.files.create(file=("a.png", data), purpose="image")  # type: ignore[arg-type]  # Kimi's own purpose
    for url in (data_url(data), f"ms://{stored.id}"):
        reply = create(client, **ask([image({"url": url}), {"type": "text", "text": "What is it?"}]))
        assert "image 1: PNG, 64 × 48 pixels, navy 100 %" in reply.choices[0].message.content


def test_a_long_beginning_is_cached_the_second_time(client: OpenAI) -> None:
    """The client reads it where OpenAI has it, too."""
    first = create(client, **ask(LONG, prompt_cache_key="mine"))
    second = create(client, **ask(LONG, "And?", prompt_cache_key="mine"))
    assert first.usage.prompt_tokens_details is None
    assert second.usage.prompt_tokens_details.cached_tokens == first.usage.prompt_tokens == second.usage.cached_tokens


def test_the_models_say_what_they_can_do(client: OpenAI) -> None:
    """All of the catalogue, with the service's own fields."""
    models = {model.id: model.to_dict() for model in client.models.list()}
    assert list(models) == [model.id for model in MODELS]
    assert models["kimi-k2.6"]["supports_thinking_type"] == "both"
    assert models["kimi-k3"]["context_length"] == 1_048_576
    assert models["kimi-k3"]["supports_image_in"] is models["kimi-k3"]["supports_video_in"] is True
    assert models["kimi-k3"]["supports_reasoning"] is True
    assert models["kimi-k3"]["think_efforts"] == {
        "support": True,
        "valid_efforts": ["low", "high", "max"],
        "default_effort": "max",
    }


def test_files_are_kept_listed_read_and_deleted(client: OpenAI) -> None:
    """The whole life of a file."""
    stored = client.files.create(file=("ünï.txt", b"words"), purpose="file-extract")  # type: ignore[arg-type]  # Kimi's own purpose
    assert (stored.filename, stored.bytes, stored.purpose) == ("ünï.txt", 5, "file-extract")
    assert stored.id in [one.id for one in client.files.list()]
    assert client.files.retrieve(stored.id) == stored
    assert client.files.content(stored.id).text == "words"
    assert client.files.delete(stored.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(stored.id)


def test_balance_and_estimate_answer(demo: DemoServer) -> None:
    """Two calls that only Kimi has."""
    with httpx.Client(headers={"Authorization": f"Bearer {demo.key}"}) as http:
        balance = http.get(f"{demo.base_url}/users/me/balance").json()
        url = f"{demo.base_url}/tokenizers/estimate-token-count"
        estimate = http.post(url, json=ask("x" * 40, tools=[ADD])).json()
        refusal = http.post(url, json=ask("x", model="gpt-9"))
    assert (balance["data"]["available_balance"], balance["status"]) == (49.6, True)
    assert estimate == {"data": {"total_tokens": 14}}
    assert refusal.status_code == 404


@pytest.mark.parametrize(
    ("request_", "error", "kind"),
    [
        (ask("Hi", temperature=0.3), openai.BadRequestError, "invalid_request_error"),
        (ask(""), openai.BadRequestError, "invalid_request_error"),
        (ask("Hi", model="gpt-9"), openai.NotFoundError, "resource_not_found_error"),
        (ask("Hi", stream=True, stop="x" * 33), openai.BadRequestError, "invalid_request_error"),
    ],
)
def test_refusals_arrive_as_the_clients_errors(
    client: OpenAI, request_: dict[str, Any], error: type[openai.APIStatusError], kind: str
) -> None:
    """With status, type and message; also when a stream was asked for."""
    with pytest.raises(error) as caught:
        create(client, **request_)
    assert caught.value.type == kind
    assert caught.value.request_id


@pytest.mark.parametrize("call", ["chat", "models", "files"])
def test_a_wrong_key_is_refused_everywhere(client: OpenAI, call: str) -> None:
    """Each door has the same lock."""
    wrong = client.with_options(api_key="wrong-key")
    with pytest.raises(openai.AuthenticationError, match=r"org-.*"):
        {"chat": lambda: create(wrong, **ask("Hi")), "models": wrong.models.list, "files": wrong.files.list}[call]()
