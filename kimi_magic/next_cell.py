"""The code of an answer goes where the next cell is. Nothing here runs it."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import TYPE_CHECKING

from IPython.core.inputtransformer2 import TransformerManager
from IPython.display import display

from kimi_magic import front
from kimi_magic.conversation import new_id
from kimi_magic.render.code import cell_of, difference
from kimi_magic.render.copying import copyable
from kimi_magic.render.escapes import commented, parsed
from kimi_magic.report import Report

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_NONE = "There is no Python in the answer, so no cell was made of it."
_HERE = "Here no cell can be made of it (in the background, or where nobody watches): copy it."


def offer(shell: InteractiveShell, answer: str, before: str = "", *, in_place: bool = False) -> None:
    """Put the Python of ``answer`` into the next cell, or in the place of the one that runs.

    What is different from the code ``before`` is shown. Where no front end makes cells, the code is shown to be copied.
    """
    code = inert(cell_of(answer))
    if not code:
        return front.show(shell, Report(_NONE))
    if before and (told := difference(before, code)):
        front.show(shell, Report(told))
    if front.is_batch(shell):
        show_code()(answer)
    else:
        shell.set_next_input(code, replace=in_place)
    return None


def inert(code: str) -> str:
    """Return ``code``, or all of it as comments where the IPython that is there would make magics or commands of a part.

    `cell_of` has made comments of what is known to be such; each IPython reads tokens in its own way, and has the last word.
    """
    try:
        made: str = TransformerManager().transform_cell(code)  # type: ignore[no-untyped-call]  # IPython leaves it untyped
    except (RuntimeError, SyntaxError):  # it gave up, after some hundred of them
        return commented(code)
    return commented(code) if _is_more(made, code) else code


def _is_more(made: str, code: str) -> bool:
    """Whether ``made`` is not what Python alone would read in ``code``; prompts in a text may be gone from it."""
    if made.strip() == dedent(code).strip():
        return False
    try:
        parsed(code)
    except SyntaxError:
        return True
    return made.count("get_ipython") > code.count("get_ipython")


def show_code() -> Callable[[str], None]:
    """Make an empty display, and return what fills it with the Python of an answer, from whatever thread."""
    name = new_id()
    _display({"text/plain": ""}, display_id=name)

    def fill(answer: str) -> None:
        code = inert(cell_of(answer))
        said = _HERE if code else _NONE
        html = f"<p>{said}</p>{copyable(code)}" if code else f"<p>{said}</p>"
        _display({"text/html": html, "text/plain": f"{said}\n{code}"}, display_id=name, update=True)

    return fill


def _display(bundle: dict[str, str], **options: object) -> None:
    display(bundle, raw=True, **options)  # type: ignore[no-untyped-call]  # IPython leaves it untyped
