"""What the user gets: an answer that reads like its text, and holds the value that was asked for."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Generic, Self, cast

from kimi_magic.conversation import Turn
from kimi_magic.errors import UsageError
from kimi_magic.messages import Attachment, Usage
from kimi_magic.render.growing import markdown_of
from kimi_magic.render.printable import printable
from kimi_magic.render.view import MARKS

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from kimi_magic.render.code import Code
    from kimi_magic.schema.target import Target

    T_co = TypeVar("T_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    T_co = TypeVar("T_co", covariant=True)  # typing_extensions' own, which knows defaults, would cost an import

# What brings markdown-it (20 ms) is imported where it is used: the first question must not wait for it.

FRAMES = ("pandas", "polars")


@dataclass(frozen=True, slots=True, repr=False)
class Answer(Generic[T_co]):
    """What Kimi said to one question.

    ``str(answer)`` is the text; a notebook shows it as the cell does, made safe. ``parsed`` is the value of the schema that
    was asked for, None where there was none. ``cost`` is in US dollars, None where the price or the usage is unknown.
    ``state`` is "complete", "interrupted" or "incomplete"; ``is_json`` tells that JSON was asked for. ``columns`` are those
    of the schema where it is one of a list: what a frame without rows has.
    """

    text: str
    reasoning: str = ""
    model: str = ""
    finish_reason: str = ""
    state: str = "complete"
    usage: Usage | None = None
    cost: float | None = None
    seconds: float = 0.0
    attachments: tuple[Attachment, ...] = field(default=())
    parsed: T_co = cast(Any, None)  # noqa: RUF009 a cast makes nothing: None is the value of Answer[None]
    is_json: bool = False
    columns: tuple[str, ...] = ()

    if not TYPE_CHECKING:  # before Python 3.12 typing's own fails when Answer[int](…) of a frozen class with slots is called
        __class_getitem__ = classmethod(GenericAlias)

    @classmethod
    def of(cls, turn: Turn, parsed: Any = None, target: Target | None = None) -> Answer[Any]:
        """Return the answer that ``turn`` got, and the value ``parsed`` in it, which was to be one of ``target``."""
        return Answer(
            text=turn.answer.text,
            reasoning=turn.answer.reasoning or "",
            model=turn.model,
            finish_reason=turn.finish_reason,
            state=turn.state,
            usage=turn.usage,
            cost=turn.cost,
            seconds=turn.seconds,
            attachments=turn.attachments,
            parsed=parsed,
            is_json=turn.is_json,
            columns=target.columns if target else (),
        )

    @property
    def code(self) -> list[Code]:
        """The fenced blocks of code in the text, each with its ``language`` and ``source``, in order."""
        from kimi_magic.render.code import code_blocks  # late: see the top

        return code_blocks(self.text)

    def frame(self) -> Any:
        """Return a list of models, dataclasses, named tuples or dicts as a DataFrame, with a row for each.

        It is pandas' or polars': of the one that was imported first, else of the one that is there. An empty list has the
        columns of the schema that was asked for. Raises `UsageError`.
        """
        if not isinstance(self.parsed, (list, tuple)):
            kind = "nothing" if self.parsed is None else type(self.parsed).__name__
            raise UsageError(f"frame() makes a table of a list, as of --schema list[Model]; this answer holds {kind}.")
        rows = [_row(one) for one in self.parsed]
        library = _frames()
        columns = None if rows else [*self.columns]
        if library.__name__ == "polars":
            return library.DataFrame(rows, columns, infer_schema_length=None, strict=False)
        return library.DataFrame(rows, columns=columns)

    def wait(self, timeout: float | None = None) -> Self:  # noqa: ARG002 the same form as that of an answer in the background
        """Return the answer: it is there."""
        return self

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        text = printable(self._markdown())
        return f"{text}\n[{MARKS[self.state]}]" if self.state in MARKS else text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """Show the answer: safe HTML, never raw Markdown."""
        from kimi_magic.render.blocks import to_html  # late: see the top

        mark = f"<p><em>{MARKS[self.state]}</em></p>" if self.state in MARKS else ""
        return {"text/html": to_html(self._markdown()) + mark, "text/plain": repr(self)}

    @property
    def is_cut(self) -> bool:
        """Whether it has no end: it was stopped, broken off, or ended by its cap. ``%kimi /continue`` goes on with it."""
        return self.state in MARKS or self.finish_reason == "length"

    def _markdown(self) -> str:
        return markdown_of(self.text, is_json=self.is_json, is_whole=not self.is_cut)


def _row(one: object) -> Mapping[str, object]:
    """Return the columns of one row. Raises `UsageError` for what has none."""
    if isinstance(one, Mapping):
        return one
    if dataclasses.is_dataclass(one) and not isinstance(one, type):
        return dataclasses.asdict(one)
    for name in ("model_dump", "_asdict"):  # pydantic's models, named tuples
        given = None if isinstance(one, type) else getattr(one, name, None)
        if callable(given) and isinstance(row := given(), Mapping):
            return row
    raise UsageError(f"frame() makes a table of models, dataclasses or dicts; the list has {type(one).__name__} in it.")


def _frames() -> Any:
    """Return pandas or polars: the one that was imported first, else the one that is installed. Raises `UsageError`."""
    for name, module in [*sys.modules.items()]:
        if name in FRAMES and hasattr(module, "DataFrame"):
            return module
    for name in FRAMES:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise UsageError("frame() needs pandas or polars: %pip install pandas, then ask for the frame again.")
