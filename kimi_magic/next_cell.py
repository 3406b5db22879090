"""The code of an answer goes where the next cell is. Nothing here runs it."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent
from typing import TYPE_CHECKING

from IPython.core.inputtransformer2 import TransformerManager
from IPython.display import display

from kimi_magic import front
from kimi_magic.conversation import new_id
from kimi_magic.render.code import MOST_CODE, cell_of, code_blocks, difference
from kimi_magic.render.copying import copyable
from kimi_magic.render.escapes import commented, parsed
from kimi_magic.report import Report

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_NONE = "There is no Python in the answer, so no cell was made of it."
_TOO_MUCH = f"No cell was made of the answer: it has more than {MOST_CODE:,} characters of code. Its `.code` has them all."
_CUT = (
    "The answer was cut at its cap (length), so no cell was made of a part of its code: raise --max-tokens, or go on with "
    "%kimi /continue."
)
_HERE = "Here no cell can be made of it (in the background, or where nobody watches): copy it."


def offer(shell: InteractiveShell, answer: str, before: str = "", *, in_place: bool = False, is_cut: bool = False) -> None:
    """Put the Python of ``answer`` into the next cell, or in the place of the one that runs.

    What is different from the code ``before`` is shown. Where no front end makes cells, the code is shown to be copied; of
    an answer that ``is_cut`` no code goes anywhere.
    """
    if is_cut:
        return front.show(shell, Report(_CUT))
    code = inert(cell_of(answer))
    if not code:
        return front.show(shell, Report(_none(answer)))
    if before and (told := difference(before, code)):
        front.show(shell, Report(told))
    if front.is_batch(shell):
        show_code()(answer, False)
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


def _none(answer: str) -> str:
    """Return why there is no cell."""
    return _TOO_MUCH if sum(len(code.source) for code in code_blocks(answer)) > MOST_CODE else _NONE


def show_code() -> Callable[[str, bool], None]:
    """Make an empty display, and return what fills it with the Python of an answer, from whatever thread.

    It is called with the answer and whether that was cut.
    """
    name = new_id()
    _display({"text/plain": ""}, display_id=name)

    def fill(answer: str, is_cut: bool) -> None:
        code = "" if is_cut else inert(cell_of(answer))
        said = _CUT if is_cut else _HERE if code else _none(answer)
        html = f"<p>{said}</p>{copyable(code)}" if code else f"<p>{said}</p>"
        _display({"text/html": html, "text/plain": f"{said}\n{code}"}, display_id=name, update=True)

    return fill


def _display(bundle: dict[str, str], **options: object) -> None:
    display(bundle, raw=True, **options)  # type: ignore[no-untyped-call]  # IPython leaves it untyped
