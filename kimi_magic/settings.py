"""Key, address, model and limits: what the rest may rely on, already checked."""

from __future__ import annotations

import importlib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from kimi_magic.errors import AddressRefused, KeyMissing, UsageError

INTERNATIONAL = "https://api.moonshot.ai/v1"
CHINA = "https://api.moonshot.cn/v1"
KEY_VARIABLES = ("MOONSHOT_API_KEY", "KIMI_API_KEY")
URL_VARIABLES = ("MOONSHOT_BASE_URL", "KIMI_BASE_URL")
KEYRING_SERVICE = "kimi_magic"
STORES = ("local", "notebook", "none")
"""Where turns can be kept: in the user's data folder, in a file beside the notebook, nowhere."""
T = TypeVar("T")

SYSTEM = (
    "You are Kimi, and you answer inside a cell of a Jupyter notebook or an IPython terminal. The reader is working with "
    "data in Python. Answer in Markdown; write formulas between dollar signs and code in fenced blocks that name their "
    'language. What the reader attaches stands before the question as <attachment name="…" kind="…"> … </attachment>, '
    "with its pictures behind it; the name is how the reader calls it in the notebook. Quote its numbers exactly, and say "
    "so when something is not in it."
)
"""What Kimi is told first, unless the setting ``system`` or ``-s`` says something else."""

PIECE = 8
"""Characters of a key in a row that are masked as the whole key is: whatever shortens a text may leave just a part of it."""

_SERVICE_IDS = re.compile(r"\b(?:org|ak|sk|proj)-[A-Za-z0-9][\w-]{5,}")


class Secret:
    """A key that no repr, format, log or pickle shows.

    >>> key = Secret("sk-abcdefgh12345678")
    >>> key, str(key), f"{key}"
    (Secret(***), '***', '***')
    >>> key.redact("no such key: sk-abcdefgh12345678 of org-0123456789ab")
    'no such key: *** of ***'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, ("",)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def reveal(self) -> str:
        """Return the key itself, for the header of a request and nothing else."""
        return self._value

    def mask(self, text: str) -> str:
        """Return ``text`` without the key and without its parts of `PIECE` characters or more, in hexadecimal neither.

        Texts are cut before they come here, by libraries too, and the rest of a key is not to go out. What is shorter than
        that is no key but a word, such as a server on this machine is given, and questions may hold it.

        >>> Secret("sk-abcdefgh12345678").mask("'sk-abcdef…2345678', '678', 'k-abcdefgh1', b'sk-abcdefgh12345678'")
        "'***…2345678', '678', '***', b'***'"
        """
        if len(self._value) < PIECE:
            return text
        text = _without(self._value, PIECE, text)
        # bytes in a frame's cells stand there as 0x…
        return _without(self._value.encode("utf-8", "replace").hex(), 2 * PIECE, text) if "0x" in text else text

    def redact(self, text: str) -> str:
        """Return ``text`` without the key, and without ids of keys and organisations, which the service's errors quote."""
        return self.mask(_SERVICE_IDS.sub("***", text))


def _without(secret: str, least: int, text: str) -> str:
    """Return ``text`` with stars for each part of ``secret`` that is ``least`` characters or longer."""
    half = least // 2  # any such part holds one of these pieces: to look for them is 10 times quicker
    if not any(secret[at : at + half] in text for at in range(half, len(secret) - half + 1, half + 1)):
        return text
    parts = "|".join(re.escape(secret[at : at + least]) for at in range(len(secret) - least + 1))
    return re.sub(f"(?:{parts})(?:.(?<={parts}))*", "***", text, flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can set. Times are in seconds, ``max_cost`` in US dollars a request."""

    model: str = "kimi-k2.6"
    base_url: str = field(default=INTERNATIONAL, repr=False)  # it can hold a password
    system: str = SYSTEM
    max_cost: float | None = None
    store: str = "local"
    timeout: float = 90.0
    first_timeout: float = 300.0
    connect_timeout: float = 10.0
    retries: int = 5
    allow_http: bool = False
    safety_identifier: str = ""
    context: int | None = None
    offline: bool = False
    keep_days: int | None = None
    concurrency: int = 1
    tool_rounds: int = 10
    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_address(self.base_url, allow_http=self.allow_http)
        if self.store not in STORES:
            raise UsageError(f"The setting store is {', '.join(map(repr, STORES))}, not {self.store!r}.")
        for model, price in self.prices.items():
            _check_price(model, price)


def _check_price(model: str, price: object) -> None:
    """Raise `UsageError` unless ``price`` says what a million tokens cost."""
    names = ("cached", "input", "output")
    if not (isinstance(price, Mapping) and all(isinstance(price.get(name), int | float) for name in names)):
        raise UsageError(
            f"The setting prices has for {model!r} no {{'cached': …, 'input': …, 'output': …}} in US dollars for a million "
            "tokens."
        )


def address(default: str) -> str:
    """Return the service's address: the environment's if it has one, else ``default``, without a slash at its end."""
    return next((value for name in URL_VARIABLES if (value := os.environ.get(name, "").strip())), default).rstrip("/")


def check_address(url: str, *, allow_http: bool = False) -> None:
    """Raise `AddressRefused` unless ``url`` is https, or http to this machine, or http is allowed.

    >>> check_address("http://127.0.0.1:8000/v1")
    >>> check_address("http://example.com/v1")
    Traceback (most recent call last):
    kimi_magic.errors.AddressRefused: The address http://example.com is not https, so the key and the question ...
    """
    scheme, host = _scheme_and_host(url)
    if scheme == "https" and host:
        return
    if scheme != "http" or not host:
        raise AddressRefused(f"The address of the service must look like {INTERNATIONAL}, not {shown_address(url)!r}.")
    if not (allow_http or is_loopback(host)):
        raise AddressRefused(
            f"The address http://{host} is not https, so the key and the question could be read on the way. "
            "Use https, or %config KimiMagic.allow_http = True in a network that you trust."
        )


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Return both; empty where ``url`` is no address at all, or its port no port."""
    try:
        parts = urlsplit(url)
        return (parts.scheme, parts.hostname or "") if parts.port != 0 else ("", "")
    except ValueError:
        return "", ""


def shown_address(url: str) -> str:
    """Return ``url`` without user name and password.

    >>> shown_address("https://me:secret@example.com:8000/v1")
    'https://example.com:8000/v1'
    """
    return re.sub(r"//.*@", "//", url)


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def environment_key() -> Secret | None:
    """Return the key that the environment has now; None without one."""
    values = (os.environ.get(name, "").strip() for name in KEY_VARIABLES)
    return next((Secret(value) for value in values if value), None)


def mask_keys(text: str) -> str:
    """Return ``text`` without any key that the environment has, whole or in part; see `Secret.mask`."""
    for name in KEY_VARIABLES:
        text = Secret(os.environ.get(name, "").strip()).mask(text)
    return text


def find_key(base_url: str, chosen: Secret | None = None) -> Secret:
    """Return the key: the one chosen in this session, else the environment's, else the keyring's.

    Raises `KeyMissing`, which names the ways to give one; a server that needs no key takes any. Raises `UsageError` for a
    key that no header can carry.
    """
    key = chosen or environment_key() or keyring_key(base_url)
    if not key:
        raise KeyMissing(
            "There is no API key. Set the environment variable MOONSHOT_API_KEY (or KIMI_API_KEY) before Jupyter starts, "
            "or run %kimi /login, which keeps it in the system's keyring or in memory; %kimi /demo tries all without one."
        )
    if not re.fullmatch("[!-~]+", key.reveal()):
        raise UsageError(
            "The API key has blanks, line ends or letters that no key has: it was copied with something around it. Set "
            "MOONSHOT_API_KEY again, or run %kimi /login."
        )
    return key


def keyring_key(base_url: str) -> Secret | None:
    """Return the key that the operating system keeps for ``base_url``; None without one or without a keyring."""
    value = _with_keyring(lambda ring: ring.get_password(KEYRING_SERVICE, base_url))
    return Secret(str(value)) if value else None


def keep_key(base_url: str, key: Secret) -> bool:
    """Put ``key`` into the operating system's keyring; return whether there is one that took it."""
    _with_keyring(lambda ring: ring.set_password(KEYRING_SERVICE, base_url, key.reveal()))
    return keyring_key(base_url) == key  # a null backend takes everything and keeps nothing


def drop_key(base_url: str) -> bool:
    """Delete the key for ``base_url`` from the operating system's keyring; return whether there was one."""
    had = keyring_key(base_url) is not None
    _with_keyring(lambda ring: ring.delete_password(KEYRING_SERVICE, base_url))
    return had and keyring_key(base_url) is None


def _with_keyring(do: Callable[[Any], T]) -> T | None:
    """Return what ``do`` returns of the optional package keyring; None without the package, a backend or the entry."""
    try:
        ring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        return do(ring)
    except Exception:  # noqa: BLE001 a backend is somebody else's code, and its traceback could show the key
        return None
