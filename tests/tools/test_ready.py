"""The ready-made tools: what they show, and what they keep."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # it comes without types
import pytest

from kimi_magic.content.how import How
from kimi_magic.errors import UsageError
from kimi_magic.messages import ToolCall
from kimi_magic.tools.ready import READY
from kimi_magic.tools.surroundings import Surroundings
from kimi_magic.tools.toolbox import Outcome, Toolbox


def add(a: int) -> int:
    return a


NAMESPACE: dict[str, Any] = {
    "sales": pd.DataFrame({"region": ["North"], "total": [8_151]}),
    "rate": 0.19,
    "API_KEY": "sk-very-secret-0123456789",
    "_hidden": 1,
    "math": math,
    "add": add,
    "In": [],
}


def used(tool: str, around: Surroundings, **arguments: object) -> Outcome:
    made = READY[tool](around)
    return Toolbox([made], yes=True).carry_out([ToolCall("a", tool, json.dumps(arguments))], lambda _: None)


def test_variables_are_listed_without_their_values() -> None:
    """Names, types and shapes; no value, no code, nothing private and no secret."""
    text = used("list_variables", Surroundings(NAMESPACE)).messages[0].text
    assert text.splitlines() == [
        "sales: pandas.DataFrame, shape (1, 2), columns: region (str), total (int64)",
        "rate: float",
    ]


def test_a_variable_is_looked_at_as_far_as_it_may_be_shared() -> None:
    """It goes as an attachment does, with the ``--share`` of the question."""
    assert "8151" in used("look_at", Surroundings(NAMESPACE), name="sales").messages[0].text
    text = used("look_at", Surroundings(NAMESPACE, How("schema")), name="sales").messages[0].text
    assert "region" in text
    assert "8151" not in text


def test_what_stands_under_a_secrets_name_is_not_shown() -> None:
    """Neither as a variable of such a name, nor within another one: a dict's entry, an object's repr."""
    namespace = {"settings": {"password": "hunter2hunter2", "region": "North"}, "text": "token = 'abcdef0123456789'"}
    for name in namespace:
        text = used("look_at", Surroundings(namespace), name=name).messages[0].text
        assert "***" in text
        assert "hunter2" not in text
        assert "abcdef" not in text
    assert "North" in used("look_at", Surroundings(namespace), name="settings").messages[0].text


@dataclass
class Login:
    """Has a field with a secret."""

    user: str
    password: str


class Client:
    """Prints its secret without quotes."""

    def __repr__(self) -> str:
        return "<Client password=hunter2hunter2>"


@pytest.mark.parametrize(
    "value",
    [
        Login("me", "hunter2"),
        Client(),
        {"pass": "hunter2hunter2", "auth": "Bearer hunter2hunter2"},
        {"password": "hunter2 hunter2 hunter2"},
        "postgres://me:hunter2@host/sales",
        [("api_key", "hunter2hunter2")],
        "API_KEY=hunter2hunter2\nexport DB_PASS=hunter2",
        "password: hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
        pd.DataFrame({"user": ["me"], "password": ["hunter2"]}),
        pd.Series(["hunter2"], name="api_key"),
    ],
    ids=["field", "repr", "short names", "blanks", "address", "pair", "environment", "yaml", "key", "frame", "column"],
)
def test_secrets_are_starred_however_they_stand_there(value: object) -> None:
    """In fields, pairs, addresses, without quotes, and in a frame's columns; the names beside them stay."""
    for form in ("text", "both"):
        outcome = used("look_at", Surroundings({"value": value}, How(form=form)), name="value")
        assert outcome.called[0].state == "done"
        assert "***" in outcome.messages[0].text
        assert "hunter2" not in outcome.messages[0].text


def test_columns_that_only_sound_like_secrets_are_shown() -> None:
    """The key to another table and the tokens of a text are data."""
    frame = pd.DataFrame({"customer_key": ["C-1"], "token": ["word"]})
    text = used("look_at", Surroundings({"frame": frame}), name="frame").messages[0].text
    assert '"C-1","word"' in text


def test_what_is_imported_is_not_listed() -> None:
    """Types, functions of all kinds and what ``from typing import *`` brings are no variables that the user made."""
    namespace: dict[str, Any] = {}
    exec("from typing import *\nfrom numpy import sin, concatenate\nfrom operator import itemgetter", namespace)  # noqa: S102 as a cell does
    exec("import functools\nRow = dict[str, int]\nOne = int | str\nwide = functools.cache(len)\nn = 3", namespace)  # noqa: S102 likewise
    assert used("list_variables", Surroundings(namespace)).messages[0].text == "n: int"


@pytest.mark.parametrize(
    "name", ["API_KEY", "_hidden", "math", "missing", "rate + 1", "__import__('os')", "sales.region", ""]
)
def test_only_the_name_of_a_variable_is_looked_at(name: str) -> None:
    """No expression is evaluated, and what is not listed is not shown either."""
    outcome = used("look_at", Surroundings(NAMESPACE), name=name)
    assert outcome.called[0].state == "failed"
    assert "secret-0" not in outcome.messages[0].text


def test_files_are_read_from_the_notebooks_folder(tmp_path: Path) -> None:
    """`read_file` returns a file's text, without what stands under a secret's name."""
    (tmp_path / "notes.txt").write_text("remember the milk\nAPI_KEY=hunter2hunter2")
    text = used("read_file", Surroundings({}, folder=tmp_path), path="notes.txt").messages[0].text
    assert "remember the milk\nAPI_KEY=***" in text


def test_a_search_gets_its_own_words_back_and_is_counted() -> None:
    """The service searches: the call's arguments go back unchanged, under either name, and the searches are to be paid."""
    search, text = READY["web_search"](Surroundings({})), '{"search_result": {"id": "1"} }'
    assert search.tool.builtin
    box = Toolbox([search], yes=True)
    calls = [ToolCall("a", "$web_search", text), ToolCall("b", "web_search", '{"q": 2}'), ToolCall("c", "web_search", "")]
    outcome = box.carry_out(calls, lambda _: None)
    assert [message.text for message in outcome.messages] == [text, '{"q": 2}', "{}"]
    assert outcome.searches == 3
    denied = Toolbox([search]).carry_out(calls, lambda _: None)
    assert denied.searches == 0


def test_cells_need_a_shell() -> None:
    """Without IPython there is nothing that runs cells, and a `UsageError` says so before anything is asked."""
    with pytest.raises(UsageError, match="needs a notebook"):
        READY["run_python"](Surroundings({}))
