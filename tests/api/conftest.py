"""Clients of the scripted Kimi."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kimi_magic.api.client import Client
from kimi_magic.settings import Secret, Settings
from tests.api.asking import Connect, settle
from tests.conftest import KEY
from tests.scripted import ScriptedKimi


@pytest.fixture
def connect(kimi: ScriptedKimi) -> Iterator[Connect]:
    """Makes clients of the scripted Kimi; what they have open is closed after the test."""
    made: list[Client] = []

    def connect(key: str = KEY, **settings: Any) -> Client:
        made.append(Client(Settings(**{"base_url": kimi.base_url} | settings), Secret(key)))
        return made[-1]

    yield connect
    kimi.close()
    settle()
    for client in made:
        client.close()


@pytest.fixture
def client(connect: Connect) -> Client:
    """A client that tries three times."""
    return connect(retries=3)
