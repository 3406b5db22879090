"""A client of the scripted Kimi."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kimi_magic.api.client import Client
from tests.api.asking import client_of, settle
from tests.scripted import ScriptedKimi


@pytest.fixture
def client(kimi: ScriptedKimi) -> Iterator[Client]:
    """A client that tries three times; what it has open is closed after the test."""
    client = client_of(kimi, retries=3)
    yield client
    kimi.close()
    settle()
    client.close()
