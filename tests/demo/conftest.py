"""The offline Kimi that these tests talk to, and the official client that they talk to it with."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from openai import OpenAI

from kimi_magic.demo.server import DemoServer


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoServer]:
    """One offline Kimi, as fast as it can be."""
    with DemoServer(pace=0) as server:
        yield server


@pytest.fixture(scope="session")
def client(demo: DemoServer) -> Iterator[OpenAI]:
    """The official client, at the offline Kimi."""
    with OpenAI(base_url=demo.base_url, api_key=demo.key, max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def picture() -> Callable[..., bytes]:
    """Makes the file of a picture: ``picture("PNG", "navy", (40, 20))``."""
    from PIL import Image

    def make(form: str, colour: str, size: tuple[int, int]) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", size, colour).save(file, form)
        return file.getvalue()

    return make
