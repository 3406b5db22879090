"""Functions that Kimi calls: from a cell to the wire and back, in a real shell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kimi_magic.api.catalog import WEB_SEARCH
from kimi_magic.tools.declare import drop, registered
from tests.conftest import KEY
from tests.scripted import ScriptedKimi
from tests.scripts import Reply, Stream, error, pieces
from tests.shells import Shell

ADD = "ran = []\ndef add(a: int, b: int = 1) -> int:\n    '''Add.'''\n    ran.append((a, b))\n    return a + b"


@pytest.fixture(autouse=True)
def nothing_declared() -> Iterator[None]:
    """What a test declares is declared in the whole process: it is taken back."""
    yield
    for name in registered():
        drop(name)


@pytest.fixture
def adding(shell: Shell) -> Shell:
    """A shell with a function that notes what it was called with."""
    assert shell.run(ADD).ok
    return shell


def call(*calls: tuple[str, str], text: str = "", thinking: tuple[str, ...] = ()) -> Stream:
    """Return a reply that calls functions with these arguments."""
    made = [(f"{name}:{place}", name, [arguments]) for place, (name, arguments) in enumerate(calls)]
    return pieces(*([text] if text else []), thinking=thinking, calls=made, finish="tool_calls")


def sent(kimi: ScriptedKimi, number: int = -1) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = kimi.chats[number].json["messages"]
    return messages[1:]


def results(kimi: ScriptedKimi, number: int = -1) -> list[str]:
    return [str(message["content"]) for message in sent(kimi, number) if message["role"] == "tool"]


def has_run(shell: Shell) -> list[tuple[int, int]]:
    ran: list[tuple[int, int]] = shell.ip.user_ns["ran"]
    return ran


def test_a_function_is_called_and_its_result_goes_back(adding: Shell, kimi: ScriptedKimi) -> None:
    """The function's schema is offered, it is run with the model's arguments, and the answer follows from its result."""
    kimi.queue(call(("add", '{"a": 1, "b": 2}'), text="Let me see.", thinking=("Hm.",)), pieces("It is 3."))
    ran = adding.run("%%kimi -t add -y\nhow much?")
    assert ran.ok
    (tool,) = kimi.chats[0].json["tools"]
    assert tool["function"]["name"] == "add"
    assert tool["function"]["parameters"]["required"] == ["a"]
    function = {"name": "add", "arguments": '{"a": 1, "b": 2}'}
    assert sent(kimi)[1:] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "reasoning_content": "Hm.",
            "tool_calls": [{"id": "add:0", "type": "function", "function": function}],
        },
        {"role": "tool", "content": "3", "tool_call_id": "add:0"},
    ]
    assert has_run(adding) == [(1, 2)]
    assert ran.answer.text == "It is 3."
    assert "add(a=1, b=2)" in ran.answer.html
    assert "Let me see." in ran.answer.html
    assert adding.ip.user_ns["_kimi"].usage.prompt_tokens == 40


def test_the_rounds_stay_in_the_conversation(adding: Shell, kimi: ScriptedKimi) -> None:
    """The next question, without tools, finds calls and results as they were, thinking included."""
    kimi.queue(call(("add", '{"a": 1}'), thinking=("Hm.",)), pieces("It is 2.", thinking=["So."]))
    adding.run("%%kimi -t add -y\nhow much?")
    before = sent(kimi)
    adding.run("%kimi and?")
    assert sent(kimi)[: len(before)] == before
    assert sent(kimi)[len(before) :] == [
        {"role": "assistant", "content": "It is 2.", "reasoning_content": "So."},
        {"role": "user", "content": "and?"},
    ]
    assert "tools" not in kimi.chats[-1].json
    assert "add(" in adding.run("%kimi /history 1").answer.text


def test_what_is_declared_is_offered_with_every_question(shell: Shell, kimi: ScriptedKimi) -> None:
    """``@kimi_magic.tool`` is enough; /tools lists it and takes it back."""
    assert shell.run("import kimi_magic\n@kimi_magic.tool\ndef double(number: int) -> int:\n    return 2 * number").ok
    kimi.queue(call(("double", '{"number": 4}')), pieces("8."))
    assert shell.run("%%kimi -y\nhow much?").ok
    assert results(kimi) == ["8"]
    assert "double" in shell.run("%kimi /tools").answer.text
    assert shell.run("%kimi /tools drop double").ok
    shell.run("%kimi and?")
    assert "tools" not in kimi.chats[-1].json
    assert shell.run("%kimi /tools drop double").ename == "UsageError"


def test_without_a_way_to_ask_nothing_runs(adding: Shell, kimi: ScriptedKimi) -> None:
    """Where nobody can be asked the call is denied, the model is told, and the answer comes all the same."""
    kimi.queue(call(("add", '{"a": 1}'), ("add", '{"a": 2}')), pieces("Then not."))
    ran = adding.run("%%kimi -t add -b\nhow much?")
    assert ran.ok
    assert adding.run("assert _kimi.wait().text == 'Then not.'").ok
    assert has_run(adding) == []
    assert all(result.startswith("Denied: ") for result in results(kimi))
    assert len(results(kimi)) == 2


def test_several_rounds_and_calls(adding: Shell, kimi: ScriptedKimi) -> None:
    """Calls of one reply are answered in their order, and the model may call again."""
    kimi.queue(call(("add", '{"a": 1}'), ("add", '{"a": 2}')), call(("add", '{"a": 5}')), pieces("Done."))
    assert adding.run("%%kimi -t add -y\nhow much?").ok
    assert results(kimi) == ["2", "3", "6"]
    assert has_run(adding) == [(1, 1), (2, 1), (5, 1)]


def test_rounds_have_an_end(adding: Shell, kimi: ScriptedKimi) -> None:
    """After the setting's number of rounds Kimi must answer in words; a call that comes nevertheless is not run."""
    adding.run("%config KimiMagic.tool_rounds = 2")
    kimi.default = lambda _: call(("add", json.dumps({"a": len(kimi.chats)})))
    ran = adding.run("%%kimi -t add -y\nhow much?")
    assert [chat.json.get("tool_choice") for chat in kimi.chats] == [None, None, "none"]
    assert len(has_run(adding)) == 2
    assert "no more calls" in ran.answer.html
    kimi.default = pieces("Fine.")
    assert adding.run("%kimi and?").ok


def test_the_same_call_again_and_again_ends(adding: Shell, kimi: ScriptedKimi) -> None:
    """Identical calls run once; a model that only repeats itself is made to answer."""
    kimi.default = lambda body: pieces("2.") if body.get("tool_choice") == "none" else call(("add", '{"a": 1}'))
    ran = adding.run("%%kimi -t add -y\nhow much?")
    assert ran.answer.text == "2."
    assert has_run(adding) == [(1, 1)]
    assert len(kimi.chats) == 4


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (("add", '{"a": '), "not valid JSON"),
        (("add", '{"b": 1}'), "a"),
        (("add", '{"a": "many"}'), "a"),
        (("subtract", "{}"), "there is no tool 'subtract'"),
        (("add", "[1]"), "not a JSON object"),
    ],
)
def test_a_call_that_cannot_be_made_is_answered(adding: Shell, kimi: ScriptedKimi, made: tuple[str, str], says: str) -> None:
    """What is no JSON, misses fields or names nothing is told to the model, and nothing runs."""
    kimi.queue(call(made), pieces("Sorry."))
    assert adding.run("%%kimi -t add -y\nhow much?").ok
    (result,) = results(kimi)
    assert result.startswith("Error: ")
    assert says in result
    assert has_run(adding) == []


def test_an_exception_goes_to_the_model(shell: Shell, kimi: ScriptedKimi) -> None:
    """What a function raises, SystemExit too, is its result; the cell goes on."""
    shell.run("def broken() -> int:\n    return 1 / 0\ndef leaving() -> int:\n    raise SystemExit(3)")
    kimi.queue(call(("broken", "{}"), ("leaving", "")), pieces("Sorry."))
    ran = shell.run("%%kimi -t broken -t leaving -y\nhow much?")
    assert ran.ok
    assert "ZeroDivisionError" in results(kimi)[0]
    assert "SystemExit" in results(kimi)[1]


def test_a_key_does_not_get_out_through_a_result(shell: Shell, kimi: ScriptedKimi, store: Path) -> None:
    """A function that returns the key has it masked: before it is sent, shown or kept."""
    shell.run("import os\ndef environment() -> dict[str, str]:\n    return dict(os.environ)")
    kimi.queue(call(("environment", "{}")), pieces("I see."))
    ran = shell.run("%%kimi -t environment -y\nwhat?")
    assert "MOONSHOT_API_KEY" in results(kimi)[0]
    assert all(KEY not in chat.body.decode() for chat in kimi.chats)
    assert KEY not in ran.everything
    assert KEY.encode() not in store.read_bytes()


def test_a_key_that_the_model_repeats_goes_nowhere(shell: Shell, kimi: ScriptedKimi, store: Path) -> None:
    """In a call's name, id or arguments it is masked where the call is shown, kept or sent back; the function gets it."""
    shell.run("got = []\ndef take(text: str) -> int:\n    got.append(text)\n    return 1")
    kimi.queue(
        pieces(calls=[(KEY, "take", [json.dumps({"text": KEY})]), ("b", KEY, ["{}"])], finish="tool_calls"), pieces("I see.")
    )
    ran = shell.run("%%kimi -t take -y\nwhat?")
    assert ran.ok
    assert shell.ip.user_ns["got"] == [KEY]
    assert all(KEY not in chat.body.decode() for chat in kimi.chats)
    assert KEY not in ran.everything
    assert KEY.encode() not in store.read_bytes()


def test_what_could_be_refused_for_ever_is_not_sent_back(shell: Shell, kimi: ScriptedKimi) -> None:
    """Names that are none, arguments that are no JSON, and a thousand calls: the conversation stays usable."""
    odd = [("", "x" * 500, ["{"]), ("", "fun run", ["[1"]), ("a", "", [""])]
    many = [(f"c{number}", "nothing", ["{}"]) for number in range(1_000)]
    shell.run("def some(a: int) -> int:\n    return a")
    kimi.queue(pieces(calls=odd, finish="tool_calls"), pieces(calls=many, finish="tool_calls"), pieces("Sorry."))
    ran = shell.run("%%kimi -t some -y\nwhat?")
    assert ran.ok
    assert "936 calls left out" in ran.answer.html
    calls = [one["tool_calls"] for one in sent(kimi) if "tool_calls" in one]
    assert isinstance(calls[0], list)
    functions = [one["function"] for one in calls[0]]
    assert [one["arguments"] for one in functions] == ["{}", "{}", "{}"]
    assert [one["name"] for one in functions] == ["x" * 64, "fun_run", "unknown"]
    assert len({one["id"] for one in calls[0]}) == 3
    assert len(results(kimi)) == 3 + 64


def test_the_limit_of_the_cost_holds_for_each_request(shell: Shell, kimi: ScriptedKimi) -> None:
    """A turn whose results grow beyond --max-cost ends there, with a sentence; what was called is kept."""
    shell.run("def big(n: int) -> str:\n    return 'x' * 19_000")
    kimi.routes["/tokenizers/estimate-token-count"] = error(404, "resource_not_found_error", "no such call")
    kimi.default = lambda _: call(("big", json.dumps({"n": len(kimi.chats)})))
    ran = shell.run("%%kimi -t big -y --max-cost 0.02 --max-tokens 10\nwhat?")
    assert ran.ename == "UsageError"
    assert "No more was asked" in ran.evalue
    assert 1 < len(kimi.chats) < 8


def test_a_function_that_asks_kimi_does_not_let_it_call(adding: Shell, kimi: ScriptedKimi) -> None:
    """A called function may ask; what is called for its question is refused, and none waits for itself."""
    code = """
import kimi_magic
def asks() -> str: return kimi_magic.ask('inner?', tools=[add], yes=True).text
@kimi_magic.tool(parallel=True, timeout=5)
def beside(n: int) -> str: return kimi_magic.ask('inner?').text
"""
    assert adding.run(code).ok
    kimi.queue(call(("asks", "{}")), call(("add", '{"a": 1}')), pieces("Inner."), pieces("Outer."))
    assert adding.run("%%kimi -t asks -y\nouter?").answer.text == "Outer."
    assert has_run(adding) == []
    kimi.queue(call(("beside", '{"n": 1}'), ("beside", '{"n": 2}')), pieces("Outer."))
    ran = adding.run("%%kimi -y\nouter?")
    assert ran.answer.text == "Outer."
    assert ["once=True" in result for result in results(kimi)[-2:]] == [True, True]


def test_frames_and_figures_go_as_pictures_and_words(shell: Shell, kimi: ScriptedKimi) -> None:
    """A figure that a function returns is shown, and goes as a part; a frame goes as its description."""
    shell.run(
        "import matplotlib; matplotlib.use('agg')\nfrom matplotlib.figure import Figure\nimport pandas\n"
        "def plot() -> object:\n    figure = Figure()\n    figure.subplots().plot([1, 2, 3])\n    return figure\n"
        "def table() -> object:\n    return pandas.DataFrame({'north': [1, 2]})"
    )
    kimi.queue(call(("plot", "{}"), ("table", "{}")), pieces("I see."))
    ran = shell.run("%%kimi -t plot -t table -y\nwhat?")
    plotted, described = [message["content"] for message in sent(kimi) if message["role"] == "tool"]
    assert isinstance(plotted, list)
    assert [part["type"] for part in plotted] == ["text", "image_url"]
    assert "north" in str(described)
    assert "<img" in ran.answer.html


def test_a_search_is_paid(shell: Shell, kimi: ScriptedKimi) -> None:
    """The service's own search gets its arguments back as they came, and its price is counted."""
    kimi.queue(call(("$web_search", '{"query": "Ulm"}')), pieces("Found."))
    assert shell.run("%%kimi -t web_search -y\nwhere is Ulm?").ok
    assert kimi.chats[0].json["tools"] == [{"type": "builtin_function", "function": {"name": "$web_search"}}]
    assert results(kimi) == ['{"query": "Ulm"}']
    assert shell.ip.user_ns["_kimi"].cost > WEB_SEARCH


def test_a_connection_that_breaks_between_rounds_loses_nothing(adding: Shell, kimi: ScriptedKimi) -> None:
    """What was called is kept, so that Kimi knows of it when the question goes on."""
    kimi.queue(call(("add", '{"a": 1}')), error(400, "invalid_request_error", "no"), pieces("It was 2."))
    ran = adding.run("%%kimi -t add -y\nhow much?")
    assert ran.ename == "RequestRefused"
    assert "without --tool" not in ran.evalue  # they have just been used
    assert "stream was cut" not in ran.answer.html
    adding.run("%kimi and?")
    assert results(kimi) == ["2"]
    assert has_run(adding) == [(1, 1)]


def test_a_server_that_takes_no_tools_gets_a_sentence(adding: Shell, kimi: ScriptedKimi) -> None:
    """Where the first request is refused, what it may be about is said."""
    kimi.queue(error(400, "invalid_request_error", "no"))
    assert "ask without --tool" in adding.run("%%kimi -t add -y\nhow much?").evalue


def test_a_server_without_tool_choice_answers_all_the_same(adding: Shell, kimi: ScriptedKimi) -> None:
    """The request that must bring words goes once more, without the functions, where it is refused."""
    adding.run("%config KimiMagic.tool_rounds = 1")

    def reply(body: dict[str, object]) -> Stream | Reply:
        if "tool_choice" in body:
            return error(400, "invalid_request_error", "unknown field: tool_choice")
        return call(("add", '{"a": 1}')) if "tools" in body else pieces("Two.")

    kimi.default = reply
    ran = adding.run("%%kimi -t add -y\nhow much?")
    assert ran.ok, ran.evalue
    assert ran.answer.text == "Two."
    assert len(kimi.chats) == 3


def test_what_was_said_is_sent_in_its_order(adding: Shell, kimi: ScriptedKimi) -> None:
    """An answer that did not fit stands before the call that came after it, and neither it nor its correction is kept."""
    kimi.queue(call(("add", '{"a": 1}')), pieces("bad"), call(("add", '{"a": 2}')), pieces('{"sum": 3}'))
    ran = adding.run("%%kimi -t add -y --json\nhow much?")
    assert ran.ok, ran.evalue
    roles = ["user", "assistant", "tool", "assistant", "user", "assistant", "tool"]
    assert [message["role"] for message in sent(kimi)] == roles
    assert sent(kimi)[3]["content"] == "bad"
    adding.run("%kimi and?")
    assert [message["role"] for message in sent(kimi)] == [
        *["user", "assistant", "tool", "assistant", "tool"],
        "assistant",
        "user",
    ]


def test_the_answer_behind_calls_begins_with_the_prefix(adding: Shell, kimi: ScriptedKimi) -> None:
    """``--prefix`` is the beginning of each reply of the turn; one that only calls does not have it."""
    kimi.queue(call(("add", '{"a": 1}')), pieces("two."))
    ran = adding.run("%%kimi -t add -y --prefix 'Sure: '\nhow much?")
    assert ran.ok, ran.evalue
    assert ran.answer.text == "Sure: two."
    assert "content" not in sent(kimi)[1]
    assert sent(kimi)[-1] == {"role": "assistant", "content": "Sure: ", "partial": True}
    adding.run("%kimi and?")
    assert [message.get("content") for message in sent(kimi)] == ["how much?", None, "2", "Sure: two.", "and?"]


def test_calls_that_are_left_out_are_counted_once(shell: Shell, kimi: ScriptedKimi) -> None:
    """However many rounds call too much, the status line has one number."""
    shell.run("def some(a: int) -> int:\n    return a")
    many = [(f"c{number}", "nothing", ["{}"]) for number in range(70)]
    kimi.queue(pieces(calls=many, finish="tool_calls"), pieces(calls=many, finish="tool_calls"), pieces("Sorry."))
    html = shell.run("%%kimi -t some -y\nwhat?").answer.html
    assert "12 calls left out" in html
    assert html.count("left out") == 1


@pytest.mark.parametrize("consent", ["", "-y"])
def test_endless_arguments_do_not_go_back(shell: Shell, kimi: ScriptedKimi, consent: str) -> None:
    """More than anybody reads of a call's arguments is neither sent back nor kept; the result says so."""
    shell.run("def length(text: str) -> int:\n    return len(text)")
    kimi.queue(call(("length", json.dumps({"text": "z" * 300_000}))), pieces("I see."))
    assert shell.run(f"%%kimi -t length {consent}\nhow long?").ok
    assert "300,012 characters" in results(kimi)[0]
    assert ("300000" in results(kimi)[0]) is bool(consent)
    shell.run("%kimi and?")
    assert all(len(chat.body) < 10_000 for chat in kimi.chats)


def test_ask_takes_functions(adding: Shell, kimi: ScriptedKimi) -> None:
    """``ask(…, tools=[function, "list_variables"])`` offers them, too; ``yes=True`` runs them unasked."""
    kimi.queue(call(("add", '{"a": 1}')), pieces("It is 2."))
    asks = "text = kimi_magic.ask('how much?', tools=[add, 'list_variables'], yes=True).text"
    assert adding.run(f"import kimi_magic\n{asks}").ok
    assert adding.ip.user_ns["text"] == "It is 2."
    assert [tool["function"]["name"] for tool in kimi.chats[0].json["tools"]] == ["add", "list_variables"]
    assert has_run(adding) == [(1, 1)]


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        ("", "-t nowhere", "nowhere"),
        ("x = 5", "-t x", "no function"),
        ("def f(*args: int) -> int: ...", "-t f", "*args"),
        ("def fun(a) -> int: ...", "-t fun", "a"),
        (
            "def look_at(a: int) -> int: ...\nimport types\nn = types.SimpleNamespace(look_at=print)",
            "-t n.look_at",
            "look_at",
        ),
    ],
)
def test_what_cannot_be_offered_says_so(shell: Shell, kimi: ScriptedKimi, code: str, line: str, says: str) -> None:
    """One sentence, before anything is sent."""
    shell.run(code)
    ran = shell.run(f"%%kimi {line}\nhow much?")
    assert ran.ename == "UsageError"
    assert says in ran.evalue
    assert kimi.chats == []
