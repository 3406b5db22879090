"""Keys, addresses and limits: where they are found, what is refused, and that no key is ever shown."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.null import Keyring as NullKeyring

from kimi_magic.api.catalog import PRICES, Price
from kimi_magic.errors import AddressRefused, KeyMissing, UsageError
from kimi_magic.preparing import price_of
from kimi_magic.settings import (
    CHINA,
    INTERNATIONAL,
    PIECE,
    Secret,
    Settings,
    address,
    check_address,
    drop_key,
    find_key,
    keep_key,
    keyring_key,
    mask_keys,
    shown_address,
)
from tests.conftest import KEY

ELSEWHERE = "http://127.0.0.1:8000/v1"


class Drawer(KeyringBackend):
    """A keyring in memory, as an operating system's would be on disk."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring says nothing of it
        self.passwords: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return what was put there."""
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Put it there."""
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Take it out, or say that it is not there."""
        if self.passwords.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError(username)


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    before, mine = keyring.get_keyring(), Drawer()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NullKeyring())  # type: ignore[no-untyped-call]  # keyring says nothing of it
    yield
    keyring.set_keyring(before)


def test_a_secret_is_shown_nowhere() -> None:
    """No repr, format, copy or pickle holds the key."""
    secret = Secret(KEY)
    seen = [repr(secret), str(secret), f"{secret}", f"{[secret]!r}", repr(copy.deepcopy([secret]))]
    assert not any(KEY in text for text in seen)
    assert KEY.encode() not in pickle.dumps(secret)
    assert (bool(secret), bool(Secret("")), secret.reveal()) == (True, False, KEY)
    assert secret == Secret(KEY) != Secret("other")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"Incorrect key {KEY}!", "Incorrect key ***!"),
        ("of org-0123456789ab<ak-fedcba987654>", "of ***<***>"),
        ("sk-ANOTHERkey_1-2", "***"),
        ("proj-0a1b2c3d", "***"),
        ("use sk-learn, ask-me-nothing or a work-around", "use sk-learn, ask-me-nothing or a work-around"),
    ],
)
def test_keys_and_ids_are_redacted(text: str, clean: str) -> None:
    """The key, and ids of keys and organisations, become stars; ordinary words stay."""
    assert Secret(KEY).redact(text) == clean


@pytest.mark.parametrize(
    "key", [KEY, "Xk3v9Qa2", "Xk3v9Qa2b", "Xk3v9Qa2bLm7", "Xk3v9Qa2bLm7P", "a.b+c|d[e]f(g)h*i\\\\j", "süß-und-geheim"]
)
def test_each_part_of_a_key_is_masked(key: str) -> None:
    """What is left of a key goes where that is 8 characters or longer, in hexadecimal too; less stays as it is."""
    secret = Secret(key)
    assert secret.mask(f"{key}{key}\n{key}") == "******\n***"
    for begin in range(len(key)):
        for end in range(begin + 1, len(key) + 1):
            part, is_long = key[begin:end], end - begin >= PIECE
            assert secret.mask(f"a\n'{part}…") == ("a\n'***…" if is_long else f"a\n'{part}…")
            in_hex = f"0x{part.encode().hex()}…"
            assert not is_long or secret.mask(in_hex) == "0x***…"


def test_parts_of_the_environments_keys_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both variables' keys lose each part; a text without one is the very same."""
    monkeypatch.setenv("MOONSHOT_API_KEY", KEY)
    monkeypatch.setenv("KIMI_API_KEY", KEY[::-1])
    assert mask_keys(f"{KEY[:20]}… and …{KEY[::-1][-9:]}") == "***… and …***"
    text = "no key: sk-not, 0x0123"
    assert mask_keys(text) is text


@pytest.mark.parametrize("word", ["none", "any", "ollama", "EMPTY"])
def test_a_word_instead_of_a_key_masks_nothing(word: str) -> None:
    """What a server without keys is given is a word like others: questions that hold it stay as they are."""
    assert Secret(word).mask(f"what is {word}?") == f"what is {word}?"


def test_an_empty_key_masks_nothing() -> None:
    """Without a key, and with one too short to be one, text stays as it is."""
    assert Secret("").mask("abc") == "abc"
    assert Secret("a").mask("banana") == "banana"


ALLOWED = (
    INTERNATIONAL,
    CHINA,
    "https://example.com:8443/v1",
    "http://localhost:11434/v1",
    "http://127.0.0.1:8000",
    "http://127.9.9.9/v1",
    "http://[::1]:8000/v1",
    "HTTPS://EXAMPLE.COM/v1",
)
REFUSED = (
    "http://example.com/v1",
    "http://localhost.example.com/v1",
    "http://127.0.0.1.example.com/v1",
    "http://127.0.0.1@example.com/v1",
    "http://192.168.0.2:8000/v1",
    "http://0.0.0.0:8000/v1",
    "ftp://example.com",
    "file:///etc/passwd",
    "https://",
    "https:///v1",
    "https://[::1",
    "https://example.com:port/v1",
    "https://example.com:99999/v1",
    "example.com",
    "kimi",
    "",
)


@pytest.mark.parametrize("url", ALLOWED)
def test_an_address_is_allowed(url: str) -> None:
    """Https anywhere and http to this machine are taken."""
    check_address(url)


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_is_refused(url: str) -> None:
    """Plain http elsewhere, and what is no address, are refused by a setting too."""
    with pytest.raises(AddressRefused, match="https"):
        Settings(base_url=url)


def test_plain_http_can_be_allowed() -> None:
    """With allow_http a server in the local network can be asked."""
    assert Settings(base_url="http://192.168.0.2/v1", allow_http=True).base_url == "http://192.168.0.2/v1"


@pytest.mark.parametrize("url", ["http://me:pw@example.com", "http://me:p@w@example.com/v1", "ftp://me:pw@h"])
def test_a_refusal_hides_the_password(url: str) -> None:
    """User name and password of an address are in no message."""
    with pytest.raises(AddressRefused) as caught:
        check_address(url)
    assert "pw" not in str(caught.value)
    assert "w@" not in shown_address(url)


def test_the_store_is_one_of_three() -> None:
    """Another word for the store is refused, and all are named."""
    with pytest.raises(UsageError, match="'local', 'notebook', 'none', not 'cloud'"):
        Settings(store="cloud")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "https://default"),
        ({"MOONSHOT_BASE_URL": CHINA + "/"}, CHINA),
        ({"KIMI_BASE_URL": CHINA}, CHINA),
        ({"MOONSHOT_BASE_URL": " ", "KIMI_BASE_URL": CHINA}, CHINA),
        ({"MOONSHOT_BASE_URL": INTERNATIONAL, "KIMI_BASE_URL": CHINA}, INTERNATIONAL),
    ],
)
def test_the_address_is_the_environments_first(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MOONSHOT_BASE_URL, then KIMI_BASE_URL, then the default; a slash at the end goes."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert address("https://default/") == expected


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MOONSHOT_API_KEY": "sk-m", "KIMI_API_KEY": "sk-k"}, "sk-m"),
        ({"MOONSHOT_API_KEY": " ", "KIMI_API_KEY": " sk-k\n"}, "sk-k"),
        ({}, "sk-ring"),
    ],
)
@pytest.mark.usefixtures("drawer")
def test_the_key_is_found_in_order(variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's key goes before the keyring's, and the one chosen in the session before both."""
    assert keep_key(INTERNATIONAL, Secret("sk-ring"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert find_key(INTERNATIONAL) == Secret(expected)
    assert find_key(INTERNATIONAL, Secret("sk-chosen")) == Secret("sk-chosen")


@pytest.mark.usefixtures("no_keyring")
def test_a_missing_key_names_the_three_ways() -> None:
    """Without a key the message names the variable, /login and /demo."""
    for url in (INTERNATIONAL, CHINA, ELSEWHERE):
        with pytest.raises(KeyMissing, match=r"MOONSHOT_API_KEY.*/login.*/demo"):
            find_key(url)


@pytest.mark.parametrize("key", ["“sk-quoted”", "sk-a\nsk-b", "sk a", "sk-\u200bzero", "ключ"])
def test_a_key_that_no_header_carries_is_told(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was copied with quotes or blanks is a UsageError, and is not quoted."""
    monkeypatch.setenv("MOONSHOT_API_KEY", key)
    with pytest.raises(UsageError, match="copied") as caught:
        find_key(INTERNATIONAL)
    assert key not in str(caught.value)


def test_the_keyring_keeps_one_key_for_each_address(drawer: Drawer) -> None:
    """A key is kept, found and dropped for its own address only."""
    assert keep_key(INTERNATIONAL, Secret(KEY))
    assert (keyring_key(INTERNATIONAL), keyring_key(CHINA)) == (Secret(KEY), None)
    assert [drop_key(INTERNATIONAL), drop_key(INTERNATIONAL)] == [True, False]
    assert drawer.passwords == {}


@pytest.mark.usefixtures("no_keyring")
def test_a_keyring_that_keeps_nothing_counts_as_none() -> None:
    """With keyring's null backend nothing is said to be kept or dropped."""
    assert not keep_key(INTERNATIONAL, Secret(KEY))
    assert not drop_key(INTERNATIONAL)


def test_a_price_is_a_users_own_word() -> None:
    """A setting goes before the shipped price, also for a model that has none; one that is no price is refused."""
    own = Settings(
        prices={"kimi-k2.6": {"cached": 1, "input": 2, "output": 3}, "mine": {"cached": 0, "input": 0, "output": 0}}
    )
    assert price_of("kimi-k2.6", own) == Price(1, 2, 3)
    assert price_of("mine", own) == Price(0, 0, 0)
    assert price_of("kimi-k3", own) == PRICES["kimi-k3"]
    assert price_of("other", own) is None
    with pytest.raises(UsageError, match="prices has for 'mine'"):
        Settings(prices={"mine": {"input": 2}})
