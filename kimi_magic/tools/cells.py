"""A cell that the model wrote, run by IPython as one of the user's. The one module of tools that knows IPython."""

from __future__ import annotations

import base64
import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

from IPython.utils.capture import CapturedIO, RichOutput, capture_output

from kimi_magic.content.attach import is_kept_here, kind_alone
from kimi_magic.content.figures.kinds import library_of
from kimi_magic.content.figures.pictures import from_picture
from kimi_magic.content.how import How
from kimi_magic.content.outputs import overwritten
from kimi_magic.errors import Interrupted
from kimi_magic.messages import Attachment, Part, Text, Upload
from kimi_magic.tools.failures import Refused
from kimi_magic.tools.keeping import Mask, ends, line
from kimi_magic.tools.results import is_shown, parts_of

MOST_PRINTED = 8_000
_LEFT_OUT = "[left out: what a cell prints and shows can hold rows, which --share keeps here; end it with the frame itself]"
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")


def run_cell(shell: Any, source: str, how: How, mask: Mask) -> Attachment:
    """Run ``source`` as a cell of ``shell``; return what it printed and showed, and its last value.

    Where ``how`` keeps rows here, nothing goes of what it printed and showed, of an error type and line, and the last value
    as an attachment would, but no text: the model wrote the code, and nobody else chose what it tells. ``mask`` takes keys
    out of texts before they are cut. Raises `Refused` with the error's last lines where it fails; and for what cannot run
    here: off the main thread, or with a top-level await. Raises KeyboardInterrupt where that ended it, and `Interrupted`
    where that ended a question to Kimi in it.
    """
    _check(shell, source)
    values: list[object] = []
    with _captured(shell, values) as captured:
        result = shell.run_cell(source, store_history=False)
    error = result.error_before_exec or result.error_in_exec
    if isinstance(error, KeyboardInterrupt | Interrupted):
        raise error
    is_open = how.share in ("sample", "all")
    printed = ends(overwritten(captured.stdout + captured.stderr), MOST_PRINTED, mask).strip()
    printed = printed if is_open or not (printed or captured.outputs) else _LEFT_OUT
    if error is not None:
        raise Refused("\n".join(filter(None, [printed, _told(error, mask, is_open=is_open)])))
    last = values[-1:] if not source.rstrip().endswith(";") else []
    parts: list[Part | Upload] = [part for value in last for part in _value(value, how, mask)]  # first what is looked for
    parts += [Text(f"Printed:\n{printed}" if parts else printed)] if printed else []
    for number, output in enumerate(_without_twin(captured.outputs, last) if is_open else (), 1):
        parts += _shown(f"output {number}", output, how, mask)
    return Attachment("cell", "cell", tuple(parts) or (Text("The cell ran. It printed and showed nothing."),))


def _check(shell: Any, source: str) -> None:
    if threading.current_thread() is not threading.main_thread():
        raise Refused("Cells run only where questions are asked in cells: this one was asked in a panel or the background.")
    if shell.should_run_async(source, transformed_cell=shell.transform_cell(source)):
        raise Refused(
            "Top-level await does not work here: define an async function, and run it on a thread with asyncio.run."
        )


@contextlib.contextmanager
def _captured(shell: Any, values: list[object]) -> Iterator[CapturedIO]:
    """Catch what is printed and shown, and the values of expressions; put all back, even if an interrupt comes then."""
    streams, publisher, hook = (sys.stdout, sys.stderr), shell.display_pub, sys.displayhook
    tell = vars(shell).get("_showtraceback")  # a kernel sends an error by it, as if the user's own cell had failed

    def put_back() -> None:
        sys.stdout, sys.stderr = streams
        shell.display_pub, sys.displayhook = publisher, hook
        vars(shell).pop("_showtraceback", None)
        if tell is not None:
            vars(shell)["_showtraceback"] = tell

    try:
        try:
            with shell.display_trap, capture_output() as captured:  # the trap first: a cell in a cell leaves the hook alone
                vars(shell)["_showtraceback"] = lambda *_: None
                sys.displayhook = lambda value: values.append(value) if value is not None else None
                yield captured
        finally:
            put_back()
    finally:
        put_back()  # a second interrupt does not come so soon


def _without_twin(outputs: list[RichOutput], last: list[object]) -> list[RichOutput]:
    """Return ``outputs`` without the picture that matplotlib shows at the end of the figure which is the last value, too."""
    twins = [one for one in outputs if str(one.data.get("text/plain", "")).startswith("<Figure size")]
    is_drawn = any(library_of(value) in ("matplotlib", "seaborn") for value in last)
    return [one for one in outputs if one is not twins[-1]] if twins and is_drawn else outputs


def _shown(name: str, output: RichOutput, how: How, mask: Mask) -> tuple[Part | Upload, ...]:
    for mime in _PICTURES:
        if data := output.data.get(mime):
            data = base64.b64decode(data) if isinstance(data, str) else data
            return from_picture(name, data, how, facts="Shown by the cell.").parts
    return (Text(ends(str(output.data.get("text/plain", "")), MOST_PRINTED, mask)),)


def _value(value: object, how: How, mask: Mask) -> list[Part]:
    if is_shown(value):
        return [*parts_of("value", value, how, mask)]
    is_closed = how.share in ("schema", "stats") and isinstance(value, str)
    if is_closed or is_kept_here(value, how):
        return [Text(f"The last value: {kind_alone(value)}")]
    parts = [*parts_of("value", value, how, mask)]
    words = parts[0].text if isinstance(parts[0], Text) else ""
    return [Text(f"The last value: {words}"), *parts[1:]]


def _told(error: BaseException, mask: Mask, *, is_open: bool) -> str:
    """Return type, message and line of what a cell raised; unless ``is_open`` without the message, which can quote rows."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}{f': {error.msg}' if is_open else ''} (line {error.lineno or 0})"
    trace, lines, cell = error.__traceback__, [], ""
    while trace:
        code = trace.tb_frame.f_code
        is_top = code.co_name.startswith(("<module>", "<cell line"))  # the latter in older versions of IPython
        cell = cell or (code.co_filename if is_top else "")
        lines += [trace.tb_lineno] if cell and code.co_filename == cell else []
        trace = trace.tb_next
    where = f" (line {lines[-1]})" if lines else ""
    said = f": {line(str(error), 1_000, mask)}" if is_open else ""
    return f"{type(error).__name__}{said}{where}"
