"""The way to the service, with the settings and the key as they are now."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from kimi_magic.api.client import Client
from kimi_magic.errors import KimiError
from kimi_magic.settings import Secret, Settings, environment_key, find_key, mask_keys


@dataclass(slots=True)
class Connected:
    """Has one client, until the settings or the key change. May be used from several threads.

    ``endpoint`` and ``key`` are what ``/demo`` or ``/login`` chose for now; they go before settings and environment.
    """

    settings: Settings = field(default_factory=Settings)
    endpoint: str = field(default="", kw_only=True)
    key: Secret | None = field(default=None, kw_only=True)
    _client: Client | None = field(default=None, kw_only=True)
    _given: Secret | None = field(default=None, kw_only=True)
    _lock: threading.Lock = field(default_factory=threading.Lock, kw_only=True)

    @property
    def client(self) -> Client:
        """The way to the service, with the key as it is given now. Raises `KeyMissing`."""
        given = self.key or environment_key()
        with self._lock:
            if self._client is not None and given != self._given:
                self._client.close()
                self._client = None
            if self._client is None:
                nobody = given or (Secret("none") if self.settings.offline else None)  # nothing is sent there
                self._client = Client(self.settings, find_key(self.settings.base_url, nobody))
                self._given = given
            return self._client

    def mask(self, text: str) -> str:
        """Return ``text`` without a key: neither the one that is asked with, nor those of the environment."""
        return mask_keys(self.client.mask(text))

    def masking(self) -> Callable[[str], str]:
        """Return what takes the keys that there are now out of a text: `mask`, but also where none is given to ask with."""
        with suppress(KimiError):  # no key to ask with: the environment may have others
            client = self.client
            return lambda text: mask_keys(client.mask(text))
        return mask_keys

    def change(self, settings: Settings, key: Secret | None = None) -> None:
        """Go on with other settings, and another key where one is given."""
        if settings != self.settings or key is not None:
            if settings.base_url != self.settings.base_url:
                self.key = None  # it was given for another address
            self.settings, self.key = settings, key or self.key
            self._disconnect()

    def forget_key(self, instead: Secret | None = None) -> None:
        """Forget the key that was chosen for now; go on with ``instead``, or with what the environment has."""
        self.key = instead
        self._disconnect()

    def _disconnect(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()
