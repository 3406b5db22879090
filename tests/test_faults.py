"""Bad input and bad days: for each one short message, nothing secret, what arrived is kept, and the next cell works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import KEY
from tests.results import Ran
from tests.scripted import ScriptedKimi
from tests.scripts import Cut, Hold, Reply, Script, Stream, error, event, pieces, silence
from tests.shells import Shell

pytestmark = pytest.mark.floor

IDS = "org-0123456789abcdef0123 and ak-fedcba9876543210"
"""What the service's messages quote, and what must not reach a notebook."""

LONGEST = 400
AT_ONCE = {"retry-after": "0"}
WORDS = ("Half of an ", "answer")
PAGE = Reply(504, b"<html><body><h1>504 Gateway Time-out</h1></body></html>", {"content-type": "text/html", **AT_ONCE})
HALF = pieces(*WORDS, finish=None, done=False)
WHOLE_WITHOUT_DONE = pieces(*WORDS, done=False)
IN_A_CHARACTER = Stream((*HALF.steps, 'data: {"choices": [{"delta": {"content": "日'.encode()[:-1]))
AN_ERROR = event({"error": {"message": f"The engine broke ({IDS})", "type": "server_error"}})


@dataclass(frozen=True, slots=True)
class Day:
    """One bad day: what Kimi does, what the message says, and what is left.

    ``chats`` is how many chat requests are sent, ``kept`` the words that stay, ``settings`` go before, ``line`` goes
    after %%kimi, and ``says`` are patterns that the message has, in any case of letters.
    """

    name: str
    says: tuple[str, ...]
    scripts: tuple[Script, ...] = ()
    chats: int = 1
    kept: str = ""
    settings: str = ""
    line: str = ""
    prompt: str = "the bad question"


def limit(message: str, headers: dict[str, str] | None = None) -> Reply:
    return error(429, "rate_limit_reached_error", f"{IDS}: {message}", headers)


OVERLOADED = error(429, "engine_overloaded_error", f"The engine is overloaded, {IDS}", AT_ONCE)
TOO_FAST = limit("request reached RPM: 3, please try again after 0 seconds", AT_ONCE)
TOO_MUCH_TODAY = limit("request reached organization TPD rate limit, current: 1500000, limit: 1500000")
BROKEN = error(500, "server_error", f"Internal error, {IDS}", AT_ONCE)
AWAY = error(503, "server_unavailable", f"Unavailable, {IDS}", AT_ONCE)
SHORT = "%config KimiMagic.timeout = 0.3\n%config KimiMagic.first_timeout = 0.3"
KEPT = "".join(WORDS)

REFUSED = (
    Day("wrong key or region", ("key", r"moonshot\.cn"), (error(401, "invalid_authentication_error", IDS),)),
    Day("incorrect key", ("key", r"/login"), (error(401, "incorrect_api_key_error", f"Incorrect {KEY}"),)),
    Day("forbidden", ("not allowed",), (error(403, "permission_denied_error", IDS),)),
    Day(
        "unknown model",
        (r"kimi-k2\.6", "kimi-k3"),
        (error(404, "resource_not_found_error", f"Not found the model kimi-k9 or Permission denied, {IDS}"),),
        line="-m kimi-k9",
    ),
    Day(
        "context exceeded",
        ("longer", "--new|--once|less"),
        (error(400, "invalid_request_error", "Your request exceeded model token limit: 262144 (requested: 274613)"),),
    ),
    Day("bad request", ("wrong", "invalid part"), (error(400, "invalid_request_error", f"invalid part, {IDS}"),)),
    Day("filtered", ("filter",), (error(400, "content_filter", f"high risk, {IDS}"),)),
    Day("no more money", ("balance",), (error(429, "exceeded_current_quota_error", f"{IDS} is suspended"),)),
    Day("no more today", ("day|tomorrow",), (TOO_MUCH_TODAY,)),
    Day("overloaded to the end", ("overloaded",), (OVERLOADED,) * 2, chats=2),
    Day("too fast to the end", ("rate limit",), (TOO_FAST,) * 2, chats=2),
    Day("broken to the end", ("500", "again"), (BROKEN,) * 2, chats=2),
    Day("away to the end", ("503", "again"), (AWAY,) * 2, chats=2),
    Day("a page instead of an answer", ("504", "again"), (PAGE,) * 2, chats=2),
    Day("a page with success", ("web page",), (Reply(200, b"<html>Sign in</html>", {"content-type": "text/html"}),)),
    Day("sent elsewhere", ("MOONSHOT_BASE_URL",), (Reply(307, b"", {"location": "http://127.0.0.1:9/v1"}),)),
    Day("a refusal that is no JSON", ("refused|wrong",), (Reply(418, b"\xff\xfeteapot"),)),
)

CUT = (
    Day("cut before the headers", ("connection", "again"), (Stream(before=(Cut(),)),)),
    Day("reset before the headers", ("connection", "again"), (Stream(before=(Cut(reset=True),)),)),
    Day("cut before the first token", ("connection|ended", "again"), (Stream((Cut(),)),)),
    Day("no event at all", ("ended", "again"), (Stream(),)),
    Day("cut in the middle", ("broke|ended", "again"), (HALF.then(Cut()),), kept=KEPT),
    Day("reset in the middle", ("broke|ended", "again"), (HALF.then(Cut(reset=True)),), kept=KEPT),
    Day("cut in the middle of a character", ("broke|ended", "again"), (IN_A_CHARACTER.then(Cut()),), kept=KEPT),
    Day("ended in the middle of a character", ("ended", "again"), (IN_A_CHARACTER,), kept=KEPT),
    Day("without [DONE]", ("ended", "again"), (WHOLE_WITHOUT_DONE,), kept=KEPT),
    Day("an error event", ("broke off",), (HALF.then(AN_ERROR),), kept=KEPT),
    Day("broken JSON", ("protocol",), (HALF.then(b'data: {"choices": [{"de\n\n'),), kept=KEPT),
    Day("JSON of another shape", ("protocol",), (HALF.then(event([1, 2]), event("[DONE]")),), kept=KEPT),
    Day("a stall", (r"0\.3 s", "timeout"), (HALF.then(Hold()),), kept=KEPT, settings=SHORT),
    Day("a stall before the headers", ("timeout",), (silence(),), settings=SHORT),
)

TYPED = (
    Day("an empty question", ("question|empty",), chats=0, prompt="  "),
    Day("six stops", ("5 times",), chats=0, line=" ".join(f"--stop {letter}" for letter in "abcdef")),
    Day("a long stop", ("32 bytes",), chats=0, line="--stop " + "x" * 33),
    Day("an unknown option", (r"--model",), chats=0, line="--modle kimi-k3"),
    Day("an unknown name", ("salse",), chats=0, line="salse"),
    Day("an unknown effort", ("low, high, max",), chats=0, line="-m kimi-k3 --effort medium"),
    Day("too dear", ("cost|USD|\\$",), chats=0, line="--max-cost 0.0000001"),
    Day(
        "plain http",
        ("https",),
        chats=0,
        settings="import os; os.environ['MOONSHOT_BASE_URL'] = 'http://example.com/v1'",
    ),
    Day("no address", ("https://",), chats=0, settings="import os; os.environ['MOONSHOT_BASE_URL'] = 'kimi'"),
)


@pytest.fixture
def impatient(shell: Shell) -> Shell:
    """A shell in which a first question was answered, and which tries twice."""
    assert shell.run("%config KimiMagic.retries = 2").ok
    assert shell.run("%%kimi\nthe first question").ok
    return shell


def check_message(ran: Ran, says: tuple[str, ...]) -> None:
    """The cell failed with one short message that says ``says``, and shows none of our frames."""
    assert not ran.ok
    assert len(ran.evalue) < LONGEST, ran.evalue
    assert "\n" not in ran.evalue
    for pattern in says:
        assert re.search(pattern, ran.evalue, re.IGNORECASE), ran.evalue
    assert not re.search(r"Traceback|File \"|\.py\b|<module>", ran.stdout + ran.stderr), ran.stdout


def check_secrets(text: str) -> None:
    """No key and no id of the service's is in ``text``."""
    assert KEY not in text
    assert not re.search(r"\b(org|ak)-[0-9a-f]{8}", text), text


def sent(kimi: ScriptedKimi) -> str:
    """Return all words of the last request's messages."""
    return "\n".join(str(message["content"]) for message in kimi.chats[-1].json["messages"])


@pytest.mark.parametrize("day", REFUSED + CUT + TYPED, ids=lambda day: day.name)
def test_a_bad_day(day: Day, impatient: Shell, kimi: ScriptedKimi, store: Path) -> None:
    """One short message, no frame of ours, nothing secret, what arrived is kept and marked, and the next cell works."""
    kimi.queue(*day.scripts)
    before = len(kimi.chats)
    ran = impatient.run(cell(day, impatient))
    check_message(ran, day.says)
    assert len(kimi.chats) - before == day.chats
    check_secrets(ran.everything)
    if day.kept:
        assert ran.answer.text.startswith(day.kept)
        assert "incomplete" in ran.answer.html
    check_after(day, impatient, kimi, store)


def cell(day: Day, shell: Shell) -> str:
    """Make ``day``'s settings, and return the cell that asks its question."""
    if day.settings:
        assert shell.run(day.settings).ok
    return f"%%kimi {day.line}\n{day.prompt}"


def check_after(day: Day, shell: Shell, kimi: ScriptedKimi, store: Path) -> None:
    """The next question is answered; it stands on the first one and on what was kept, and on nothing that failed."""
    shell.run(f"import os; os.environ['MOONSHOT_BASE_URL'] = {kimi.base_url!r}")
    kimi.forget()
    assert shell.run("%%kimi -m kimi-k2.6\nthe next question").ok
    assert "the first question" in sent(kimi)
    assert (day.kept in sent(kimi)) if day.kept else ("the bad question" not in sent(kimi))
    check_secrets(store.read_bytes().decode("latin-1"))
    check_secrets(shell.run("%kimi /history").everything)
