"""An answer that was cut goes on, with its thinking, as one turn: Partial Mode."""

from __future__ import annotations

from typing import Any

import pytest

from kimi_magic.continuing import going_on
from kimi_magic.conversation import Turn
from kimi_magic.errors import UsageError
from kimi_magic.messages import Message
from kimi_magic.options import Options
from kimi_magic.schema.target import json_object
from tests.scripted import ScriptedKimi
from tests.scripts import Cut, Stream, error, pieces
from tests.shells import Shell


def last(kimi: ScriptedKimi) -> dict[str, object]:
    message: dict[str, object] = kimi.chats[-1].json["messages"][-1]
    return message


def test_a_prefix_is_a_part_of_the_answer(shell: Shell, kimi: ScriptedKimi) -> None:
    """``--prefix`` goes as the beginning of the reply, and stands before what comes."""
    kimi.queue(pieces("two, three."))
    ran = shell.run("%%kimi --prefix 'One, '\ncount")
    assert last(kimi) == {"role": "assistant", "content": "One, ", "partial": True}
    assert ran.answer.text == "One, two, three."


def test_an_answer_that_was_capped_goes_on(shell: Shell, kimi: ScriptedKimi) -> None:
    """/continue sends what is there with its thinking, shows the whole, and the next question sees one turn."""
    kimi.queue(pieces("One, two", thinking=["Count."], finish="length"), pieces(", three."))
    shell.run("%%kimi --max-tokens 5\ncount")
    ran = shell.run("%kimi /continue")
    sent = {"role": "assistant", "content": "One, two", "reasoning_content": "Count.", "partial": True}
    assert last(kimi) == sent
    assert [message["role"] for message in kimi.chats[-1].json["messages"]] == ["system", "user", "assistant"]
    assert "max_completion_tokens" not in kimi.chats[-1].json
    assert ran.answer.text == "One, two, three."
    assert shell.ip.user_ns["_kimi"].text == "One, two, three."
    assert shell.ip.user_ns["_kimi"].usage.prompt_tokens == 40  # both requests were paid
    shell.run("%kimi and then?")
    whole = kimi.chats[-1].json["messages"][2]
    assert whole == {"role": "assistant", "content": "One, two, three.", "reasoning_content": "Count."}
    assert len(kimi.chats[-1].json["messages"]) == 4


def test_an_answer_that_broke_goes_on(shell: Shell, kimi: ScriptedKimi) -> None:
    """What arrived before the connection broke is the beginning of the rest; what stands above is sent as well."""
    kimi.queue(pieces("Yes."), pieces("Half", finish=None, done=False).then(Cut()), pieces(" and half."))
    shell.run("%kimi first?")
    assert shell.run("%kimi second?").ename
    ran = shell.run("%kimi /continue --max-tokens 50")
    assert [message["content"] for message in kimi.chats[-1].json["messages"][1:]] == ["first?", "Yes.", "second?", "Half"]
    assert kimi.chats[-1].json["max_completion_tokens"] == 50
    assert ran.ok
    assert ran.answer.text == "Half and half."
    assert shell.ip.user_ns["_kimi"].state == "complete"


def test_a_rest_that_does_not_come_changes_nothing(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where going on fails the half answer stays as it was, and can be gone on with again."""
    kimi.queue(pieces("Half", finish="length"), error(400, "invalid_request_error", "no"), pieces(" and half."))
    shell.run("%kimi first?")
    assert shell.run("%kimi /continue").ename == "RequestRefused"
    assert shell.run("%kimi /continue").answer.text == "Half and half."


def test_going_on_offline_asks_nobody(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where KimiMagic.offline is set nothing is sent, and the half answer stays."""
    kimi.queue(pieces("Half", finish="length"))
    shell.run("%kimi first?")
    shell.run("%config KimiMagic.offline = True")
    assert "offline" in shell.run("%kimi /continue").evalue
    assert len(kimi.chats) == 1
    assert "Half" in shell.run("%kimi /history").answer.text


MODEL = "import dataclasses\n@dataclasses.dataclass\nclass Person:\n    name: str\n    age: int"
ADD = "ran = []\ndef add(a: int) -> int:\n    ran.append(a)\n    return a + 1"
CUT = pieces(finish=None, done=False).then(Cut())


def call(number: int) -> Stream:
    return pieces(calls=[("c", "add", [f'{{"a": {number}}}'])], finish="tool_calls")


@pytest.mark.parametrize("cut", [pieces('{"name": "Ada", ', finish="length"), pieces('{"name": "Ada", ', done=False)])
@pytest.mark.parametrize(
    ("asks", "goes_on"), [("--schema Person -o found", ""), ("", "--schema Person -o found"), ("--json -o found", "")]
)
def test_a_value_that_was_cut_becomes_whole(asks: str, goes_on: str, cut: Stream, shell: Shell, kimi: ScriptedKimi) -> None:
    """/continue reads the whole as what the question asked for, or its own line, and puts it under the same name.

    No response_format goes along: what it would bind is the rest alone, and JSON mode with a beginning is refused.
    """
    shell.run(MODEL)
    kimi.queue(cut, pieces('"age": 36}'))
    first = shell.run(f"%%kimi {asks}\nwho?")
    assert "/continue" in first.evalue + first.answer.html
    ran = shell.run(f"%kimi /continue {goes_on}")
    assert ran.ok, ran.evalue
    assert "response_format" not in kimi.chats[-1].json
    assert last(kimi)["content"] == '{"name": "Ada", '
    found = shell.ip.user_ns["found"]
    assert found.text == '{"name": "Ada", "age": 36}'
    assert found.is_json
    person = found.parsed if "--json" in asks else vars(found.parsed)
    assert person == {"name": "Ada", "age": 36}


def test_a_rest_that_does_not_fit_is_asked_for_again_as_a_whole(shell: Shell, kimi: ScriptedKimi) -> None:
    """What is asked for then is a new value, bound to its schema."""
    shell.run(MODEL)
    kimi.queue(pieces('{"name": "Ada", ', finish="length"), pieces('"age": "x"}'), pieces('{"name": "Ada", "age": 36}'))
    shell.run("%%kimi --schema Person\nwho?")
    assert shell.run("%kimi /continue").ok
    assert kimi.chats[-1].json["response_format"]["type"] == "json_schema"
    assert shell.ip.user_ns["_kimi"].parsed.age == 36


@pytest.mark.parametrize("line", ["", "-t add"])
def test_calls_that_were_cut_off_go_on(line: str, shell: Shell, kimi: ScriptedKimi) -> None:
    """A question that ended between two rounds of calls has its functions again, and the consent is the line's own."""
    shell.run(ADD)
    kimi.queue(call(1), CUT, call(2), pieces("Four."))
    assert not shell.run("%%kimi -t add -y\nhow much?").ok
    ran = shell.run(f"%kimi /continue {line} -y")
    assert ran.ok, ran.evalue
    assert ran.answer.text == "Four."
    assert shell.ip.user_ns["ran"] == [1, 2]
    roles = [message["role"] for message in kimi.chats[-1].json["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "tool"]
    kimi.queue(call(1), CUT, call(3), pieces("No."))
    shell.run("%%kimi -t add -y\nonce more?")
    assert shell.run("%kimi /continue -b").ok
    shell.run("_kimi.wait()")
    assert "Denied" in str(kimi.chats[-1].json["messages"][-1]["content"])
    assert shell.ip.user_ns["ran"] == [1, 2, 1]


def test_what_was_called_while_going_on_is_kept(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where the rest breaks again behind a call, Kimi still knows of it: it has had its effects."""
    shell.run(ADD)
    kimi.queue(pieces("Let me see. ", finish="length"), call(1), error(400, "invalid_request_error", "no"))
    shell.run("%%kimi -t add\nhow much?")
    assert shell.run("%kimi /continue -y").ename == "RequestRefused"
    assert shell.run("%kimi and?").ok
    assert [message["role"] for message in kimi.chats[-1].json["messages"]][1:] == ["user", "assistant", "tool", "user"]
    assert kimi.chats[-1].json["messages"][2]["content"] == "Let me see. "


@pytest.mark.parametrize("cut", [{"finish": "length"}, {"finish": None, "done": False}])
def test_an_answer_that_was_cut_while_thinking_goes_on(cut: dict[str, Any], shell: Shell, kimi: ScriptedKimi) -> None:
    """Its thinking goes back as the beginning, and no earlier answer is taken for it."""
    kimi.queue(pieces("One", finish="length"), pieces(thinking=["Hm. "], **cut), pieces("Two."), pieces("Three."))
    shell.run("%kimi first?")
    shell.run("%kimi second?")
    ran = shell.run("%kimi /continue")
    assert ran.ok, ran.evalue
    assert last(kimi) == {"role": "assistant", "content": "", "reasoning_content": "Hm. ", "partial": True}
    assert [message["content"] for message in kimi.chats[-1].json["messages"][1:]] == ["first?", "One", "second?", ""]
    assert ran.answer.text == "Two."
    shell.run("%kimi third?")
    assert [message["content"] for message in kimi.chats[-1].json["messages"][3:]] == ["second?", "Two.", "third?"]


def test_a_question_without_an_answer_does_not_go_on(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where the last question has got nothing, the answer before it is left alone, and a sentence says so."""
    kimi.queue(pieces("One", finish="length"), error(400, "invalid_request_error", "no"))
    shell.run("%kimi first?")
    shell.run("%kimi second?")
    ran = shell.run("%kimi /continue")
    assert ran.ename == "UsageError"
    assert "ask again" in ran.evalue
    assert len(kimi.chats) == 2


def test_an_answer_that_said_nothing_does_not_go_on(shell: Shell, kimi: ScriptedKimi) -> None:
    """Where the cap came in the arguments of a first call, there is nothing to begin with: a sentence says so."""
    shell.run(ADD)
    kimi.queue(pieces(calls=[("c", "add", ['{"a": '])], finish="length"))
    assert shell.run("%%kimi -t add\nhow much?").ok
    assert "before it said anything: ask again" in shell.run("%kimi /continue").evalue


def test_a_value_of_another_kernel_says_what_it_is() -> None:
    """What a question wanted is known to the kernel that asked; another is told, rather than left without a value."""
    said = (Message("user", "who?"), Message("assistant", '{"name": '))
    turn = Turn("1", "who?", said, "kimi-k2.6", 0.0, "incomplete", is_json=True)
    with pytest.raises(UsageError, match="--schema NAME or --json"):
        going_on(turn, Options(), None)
    assert going_on(turn, Options(), json_object()).goes_on == turn


def test_code_that_was_cut_goes_into_a_cell_as_a_whole(shell: Shell, kimi: ScriptedKimi) -> None:
    """``-x`` makes no cell of half a program: a sentence names /continue, which makes it of the whole."""
    kimi.queue(pieces("```python\nx = 1\n", finish="length"), pieces("y = 2\n```"))
    ran = shell.run("%%kimi -x\nhow?")
    assert ran.ok
    assert "/continue" in ran.shown[-1].text
    assert not hasattr(shell.ip, "rl_next_input")
    assert shell.run("%kimi /continue").ok
    assert shell.ip.rl_next_input == "x = 1\ny = 2"


@pytest.mark.parametrize(
    ("before", "line", "says"),
    [
        ([], "%kimi /continue", "Nothing was asked yet"),
        (["%kimi what?"], "%kimi /continue", "nothing to continue"),
        (["%kimi what?"], "%kimi /continue with this", "takes options"),
        (["%kimi what?"], "%kimi /continue --nonsense", "There is no option"),
        (["%kimi what?"], "%kimi /continue --prefix x --once", "--once and --prefix"),
        (["%kimi what?"], "%kimi /continue --cache", "--cache"),
        ([], "%%kimi --json --prefix x\nwhat?", "--prefix"),
    ],
)
def test_what_cannot_go_on_says_so(shell: Shell, kimi: ScriptedKimi, before: list[str], line: str, says: str) -> None:
    """Without an answer that was cut, or with words behind the command, there is one sentence and no request."""
    for cell in before:
        shell.run(cell)
    ran = shell.run(line)
    assert ran.ename == "UsageError"
    assert says in ran.evalue
    assert len(kimi.chats) == len(before)
