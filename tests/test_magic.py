"""``%%kimi`` and ``%kimi`` from a cell to the request, in a real shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from kimi_magic.answer import Answer
from kimi_magic.content.how import How
from kimi_magic.magic import KimiMagic
from kimi_magic.messages import Image
from kimi_magic.options import Options
from kimi_magic.settings import Settings
from tests.conftest import KEY
from tests.results import Ran
from tests.scripted import ScriptedKimi
from tests.scripts import Cut, error, pieces
from tests.shells import Shell


def said(kimi: ScriptedKimi, number: int = -1) -> list[str]:
    return [message["content"] for message in kimi.chats[number].json["messages"]]


def ok(ran: Ran) -> Ran:
    assert ran.ok, ran.evalue
    return ran


def test_a_cell_is_asked_and_answered(shell: Shell, kimi: ScriptedKimi) -> None:
    """The body is the question, the answer is shown once, and the Answer is in _kimi."""
    ran = ok(shell.run("%%kimi\n\nWhat is six times seven?\n\n"))
    assert said(kimi)[-1] == "What is six times seven?"
    assert ran.answer.text == "Forty-two."
    assert isinstance(shell.ip.user_ns["_kimi"], Answer)
    assert str(shell.ip.user_ns["_kimi"]) == "Forty-two."


def test_a_body_passes_unharmed(shell: Shell, kimi: ScriptedKimi) -> None:
    """LaTeX, JSON, shell and magic signs of the body are sent as typed; expressions in double braces are not."""
    shell.run("region = 'west'")
    body = 'Is $\\frac{a}{b}$ {"a": 1}? !ls %time\n  {region} \\{{region}} what?\n{{region}}'
    ok(shell.run(f"%%kimi\n{body}"))
    assert said(kimi)[-1] == 'Is $\\frac{a}{b}$ {"a": 1}? !ls %time\n  {region} {{region}} what?\nwest'
    ok(shell.run(f"%%kimi --raw\n{body}"))
    assert said(kimi)[-1] == body


def test_the_line_is_not_expanded_by_ipython(shell: Shell, kimi: ScriptedKimi) -> None:
    """Braces and dollars on the line are no Python of IPython's."""
    shell.run("x = 5")
    ok(shell.run("%kimi is {x} or $x more than $5?"))
    assert said(kimi)[-1] == "is {x} or $x more than $5?"
    ok(shell.run("%%kimi --stop {x} --prefix $x\nHi"))
    assert kimi.chats[-1].json["stop"] == ["{x}"]


def test_attachments_stand_before_the_question(shell: Shell, kimi: ScriptedKimi, tmp_path: Path) -> None:
    """Names, quoted expressions and files go along, in the order of the line."""
    (tmp_path / "notes.txt").write_text("the notes")
    shell.run("sales = [3, 4]")
    ok(shell.run(f"%%kimi sales 'sum( sales )' {tmp_path}/notes.txt\nWhy?"))
    sent = said(kimi)[-1]
    places = [sent.index(part) for part in ("[3, 4]", "\n7\n", "the notes", "Why?")]
    assert places == sorted(places)


def test_a_variable_of_the_key_is_masked(shell: Shell, kimi: ScriptedKimi) -> None:
    """The environment as an attachment carries no key along, nor does a value in the question."""
    shell.run("import os")
    ok(shell.run("%%kimi os.environ\nwhat is {{os.environ['MOONSHOT_API_KEY']}}?"))
    assert KEY.encode() not in kimi.chats[0].body


def test_a_key_in_the_setting_system_is_masked(shell: Shell, kimi: ScriptedKimi) -> None:
    """What the setting lets Kimi be told first goes without the key, as what ``-s`` does."""
    ok(shell.run(f"%config KimiMagic.system = 'Hush: {KEY}'"))
    ok(shell.run("%kimi why?"))
    assert kimi.chats[0].json["messages"][0]["content"] == "Hush: ***"


@pytest.mark.parametrize("line", ["-o answer", "--out=answer"])
def test_an_answer_is_put_where_it_is_wanted(shell: Shell, kimi: ScriptedKimi, line: str) -> None:
    """-o names a variable; a cut answer is there too, a refused question changes neither."""
    ok(shell.run(f"%%kimi {line}\nHi"))
    names = shell.ip.user_ns
    assert names["answer"] is names["_kimi"] or names["answer"] == names["_kimi"]
    kimi.queue(pieces("Half", finish=None, done=False).then(Cut()))
    assert not shell.run(f"%%kimi {line}\nHi").ok
    assert (str(names["answer"]), names["answer"].state) == ("Half", "incomplete")
    kimi.queue(error(400, "content_filter", "high risk"))
    assert not shell.run(f"%%kimi {line}\nHi").ok
    assert str(names["answer"]) == str(names["_kimi"]) == "Half"


def test_options_stick_as_they_should(shell: Shell, kimi: ScriptedKimi) -> None:
    """Model and system message hold for the conversation, and for no other; --once is no part of it."""
    ok(shell.run("%%kimi -m kimi-k3 -s 'be brief'\none"))
    ok(shell.run("%kimi -1 aside"))
    ok(shell.run("%kimi two"))
    ok(shell.run("%kimi -c other three"))
    ok(shell.run("%kimi -n four"))
    assert [chat.json["model"] for chat in kimi.chats] == ["kimi-k3", "kimi-k3", "kimi-k3", "kimi-k2.6", "kimi-k3"]
    assert [said(kimi, number)[0] == "be brief" for number in range(5)] == [True, True, True, False, True]
    assert [said(kimi, number)[1:] for number in (1, 2, 4)] == [["aside"], ["one", "Forty-two.", "two"], ["four"]]


def test_quiet_shows_nothing(shell: Shell) -> None:
    """With -q the answer is in its variable alone."""
    ran = ok(shell.run("%%kimi -q\nHi"))
    assert (ran.shown, ran.stdout) == ([], "")
    assert str(shell.ip.user_ns["_kimi"]) == "Forty-two."


def test_a_dry_run_sends_no_question(shell: Shell, kimi: ScriptedKimi) -> None:
    """The JSON, the tokens that the service counts and the price are shown; nothing is asked, kept or changed."""
    shell.run("_kimi = 'before'; fence = '`' * 5")
    ran = ok(shell.run("%%kimi --dry-run -m kimi-k3 fence\nHi"))
    assert kimi.chats == []
    shown = ran.everything
    assert "80 tokens in (counted by the service)" in shown
    assert "kimi-k3" in shown
    assert KEY not in shown
    assert shell.ip.user_ns["_kimi"] == "before"
    kimi.routes.clear()
    assert "a guess" in ok(shell.run("%%kimi --dry-run\nHi")).everything


@pytest.mark.parametrize("line", ["%kimi", "%kimi  ", "%kimi /status"])
def test_the_name_alone_is_the_status(shell: Shell, kimi: ScriptedKimi, line: str) -> None:
    """Nothing is asked; what is set is shown."""
    assert kimi.base_url in ok(shell.run(line)).everything
    assert kimi.requests == []


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%%kimi --modle x\nHi", "did you mean --model"),
        ("%%kimi salse\nHi", "'salse' is neither"),
        ("%%kimi\n \n", "no question"),
        ("%kimi -1", "no question"),
        ("%kimi /modles", "did you mean /models"),
        ("%%kimi\n{{1 / zero}}", "ZeroDivisionError"),
        ("%%kimi loud\nHi", "its repr raised RuntimeError"),
    ],
)
def test_a_mistake_is_one_line_and_sends_nothing(shell: Shell, kimi: ScriptedKimi, cell: str, says: str) -> None:
    """The cell fails with a sentence and no frame of ours, and the next cell works."""
    shell.run("zero = 0\nclass Loud:\n    def __repr__(self): raise RuntimeError('no')\nloud = Loud()")
    ran = shell.run(cell)
    assert not ran.ok
    assert says in ran.evalue
    assert "Traceback" not in ran.everything
    assert ".py" not in ran.stdout + ran.stderr
    assert kimi.chats == []
    ok(shell.run("%%kimi\nHi"))


def test_settings_are_traits_with_help(shell: Shell, kimi: ScriptedKimi) -> None:
    """Each setting has its words, its default is Settings' own, and a change holds from the next question on."""
    how = {"frame_tokens": How().budget, "category": How().category, "picture_side": How().side}
    for name, trait in KimiMagic.class_own_traits(config=True).items():
        assert trait.help, name
        expected = how[name] if name in how else getattr(Settings(), name)
        assert name == "base_url" or trait.default() == expected, name
    ok(shell.run("%config KimiMagic.model = 'kimi-k3'"))
    ok(shell.run("%config KimiMagic.safety_identifier = 'u1'"))
    ok(shell.run("%kimi Hi"))
    assert (kimi.chats[0].json["model"], kimi.chats[0].json["safety_identifier"]) == ("kimi-k3", "u1")
    ok(shell.run("%config KimiMagic.max_cost = 0.0"))
    assert "more than $0" in shell.run("%kimi Hi").evalue


def test_a_setting_of_the_wrong_kind_is_told(shell: Shell) -> None:
    """A value that a setting cannot have is refused where it is given, and the next question is asked as before."""
    magic = shell.ip.magics_manager.registry["KimiMagic"]
    for name, given in {"store": "'cloud'", "timeout": "-3", "retries": "0", "max_cost": "-1"}.items():
        before = getattr(magic, name)
        shell.run(f"%config KimiMagic.{name} = {given}")
        assert getattr(magic, name) == before
    ok(shell.run("%config KimiMagic.store = 'none'"))
    ok(shell.run("%kimi Hi"))


def test_help_has_every_option(shell: Shell) -> None:
    """%%kimi? shows the table of options."""
    assert "--max-tokens N" in str(shell.ip.find_line_magic("kimi").__doc__)


def test_a_picture_of_a_frame_needs_no_key(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is attached before anybody has given a key, as in the panel, is drawn: nothing is asked by that."""
    shell.run("import pandas\ndf = pandas.DataFrame({'a': [1]})")
    monkeypatch.delenv("MOONSHOT_API_KEY")
    around = shell.ip.magics_manager.registry["KimiMagic"].around
    attachment = around.looked(Options(attachments=("df",), form="image"))[0]
    assert any(isinstance(part, Image) for part in attachment.parts)
