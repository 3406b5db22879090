"""An answer that was cut goes on, with its thinking, as one turn: Partial Mode."""

from __future__ import annotations

import pytest

from tests.scripted import ScriptedKimi
from tests.scripts import Cut, error, pieces
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


@pytest.mark.parametrize(
    ("before", "line", "says"),
    [
        ([], "%kimi /continue", "Nothing was asked yet"),
        (["%kimi what?"], "%kimi /continue", "nothing to continue"),
        (["%kimi what?"], "%kimi /continue with this", "takes options"),
        (["%kimi what?"], "%kimi /continue --nonsense", "There is no option"),
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
