"""A notebook run by a program: only the end state, valid, and ready to be exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

from tests.conftest import KEY, surroundings
from tests.kernels import running_kernel
from tests.labs import notebook
from tests.results import METADATA
from tests.scripted import ScriptedKimi
from tests.scripts import error, pieces

CELLS = ("%load_ext kimi_magic", "%%kimi\nwhat is it?", "print(_kimi.text)")

STORY = ("%load_ext kimi_magic", "numbers = [41, 1]", "%%kimi numbers\none", "%kimi two", "%kimi three")


def execute(cells: tuple[str, ...], kimi: ScriptedKimi, store: Path) -> Any:
    """Run ``cells`` as nbclient does, in a kernel whose service is ``kimi``, and return the notebook."""
    document = nbformat.from_dict(notebook(*cells))  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    environment = surroundings(kimi, store)
    client = NotebookClient(document, timeout=60, resources={"metadata": {"path": str(store.parent)}})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        client.execute()
    return document


def test_a_notebook_runs_and_keeps_the_end_state(kimi: ScriptedKimi, store: Path) -> None:
    """One output with the whole answer and what is known of its turn; the saved notebook is valid and has no key."""
    kimi.queue(pieces("Forty", "-two.", thinking=["Hm."], pause=0.15))
    document = execute(CELLS, kimi, store)
    nbformat.validate(document)
    (output,) = document.cells[1].outputs
    assert output.output_type == "display_data"
    assert output.data["text/plain"] == "Forty-two."
    assert "Hm." in output.data["text/html"]
    assert output.metadata[METADATA]["finish_reason"] == "stop"
    assert document.cells[2].outputs[0].text == "Forty-two.\n"
    assert KEY not in str(document)


def test_a_notebook_can_be_exported(kimi: ScriptedKimi, store: Path) -> None:
    """nbconvert makes a page of it that has the answer, thinking folded."""
    kimi.queue(pieces("The answer is **forty-two**.", thinking=["Hm."]))
    exporter: Any = HTMLExporter
    page, _ = exporter().from_notebook_node(execute(CELLS, kimi, store))
    assert "<strong>forty-two</strong>" in page
    assert "<details" in page


def test_a_failed_question_stops_the_notebook(kimi: ScriptedKimi, store: Path) -> None:
    """A question that fails fails its cell, and the cells behind it are not run."""
    kimi.queue(error(401, "invalid_authentication_error", "Invalid Authentication"))
    with pytest.raises(CellExecutionError, match="AuthenticationFailed"):
        execute(CELLS, kimi, store)


def test_nothing_leaks_from_one_run_into_the_next(kimi: ScriptedKimi, store: Path) -> None:
    """A notebook that is run twice asks twice the same, although both runs keep their turns in one store."""
    for _ in range(2):
        document = execute(STORY, kimi, store)
        assert document.cells[0].outputs == [], "a batch run has nothing to tell"
    said = [chat.json["messages"] for chat in kimi.chats]
    assert said[:3] == said[3:]
    assert [message["content"] for message in said[-1]][3::2] == ["two", "three"]
    assert kimi.chats[2].json["prompt_cache_key"] != kimi.chats[3].json["prompt_cache_key"]


def test_a_notebook_that_was_run_goes_on_in_a_front_end(kimi: ScriptedKimi, store: Path, tmp_path: Path) -> None:
    """Opened later by a person, it goes on with what the run has said, as it was sent: what was attached is in the store."""
    path = tmp_path / "run.ipynb"
    nbformat.write(execute(STORY, kimi, store), path)  # type: ignore[no-untyped-call]  # nbformat leaves it untyped
    before = kimi.chats[-1].json["messages"]
    with running_kernel(str(tmp_path), {**surroundings(kimi, store), "JPY_SESSION_NAME": str(path)}) as kernel:
        told = kernel.run("%load_ext kimi_magic").stdout
        assert told == "Kimi: 3 turns came back (main 3). %kimi /history shows them, %kimi /new begins anew.\n"
        assert kernel.run("%kimi four").ok
    sent = kimi.chats[-1].json["messages"]
    assert sent[: len(before)] == before
    assert [message["content"] for message in sent[len(before) :]] == ["Forty-two.", "four"]
    assert "[41, 1]" in sent[1]["content"]


def test_answers_in_the_background_are_waited_for(kimi: ScriptedKimi, store: Path) -> None:
    """Where nobody watches, the cell ends with its answers: they stand in the saved notebook, as does code for a cell."""
    code = "Do:\n\n```python\nx = 1\n```\n"
    kimi.queue(pieces("Forty", "-two.", pause=0.2), pieces(code, pause=0.2), pieces(code))
    cells = ("%load_ext kimi_magic", "%kimi -b -c one first?\n%kimi -b -x -c two second?", "%kimi -x third?")
    document = execute(cells, kimi, store)
    nbformat.validate(document)
    texts = [output.data["text/plain"] for output in document.cells[1].outputs]
    assert texts[0] == "Forty-two."
    assert texts[1] == code
    assert texts[2].endswith("\nx = 1")
    assert "<button" in document.cells[1].outputs[2].data["text/html"]
    assert document.cells[2].outputs[1].data["text/plain"].endswith("\nx = 1")


LOOKED_AT = """
try:
    get_ipython().run_line_magic("kimi", "-b -o failed first?")
except Exception:
    print(repr(failed))
"""


def test_a_failed_answer_in_the_background_stops_the_notebook(kimi: ScriptedKimi, store: Path) -> None:
    """Its cell fails with the answer's own error, and the cells behind it are not run; the variable has what failed."""
    bad = error(400, "invalid_request_error", "bad thing")
    kimi.queue(bad, pieces("Two."), bad)
    cells = ("%load_ext kimi_magic", LOOKED_AT, "%kimi -b -o a -c x second?\nprint((await a).text)", "%kimi -b third?", "1")
    with pytest.raises(CellExecutionError, match=r"RequestRefused(?s:.*)bad thing") as failed:
        execute(cells, kimi, store)
    assert "%kimi -b third?" in str(failed.value)
    assert len(kimi.chats) == 3
