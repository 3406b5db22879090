"""Regular expressions of JSON schemas, in time that grows as the text does."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

_KEPT = 256
"""Expressions that are kept ready."""


def matches(pattern: str, text: str) -> bool:
    r"""Whether ``pattern`` is found in ``text``.

    Python's own engine looks back: a text can be written at which it never ends, and it is not to be interrupted. Pydantic's
    is Rust's and does not; what that cannot compute (looking ahead or behind, references to groups) counts as found.

    >>> matches("^[a-z]+$", "abc"), matches("^[a-z]+$", "a b"), matches(r"^(\w+\s?)+$", "a" * 10_000 + "!")
    (True, False, False)
    """
    from pydantic_core import ValidationError  # late: most answers have no schema

    engine = _engine(pattern)
    try:
        if engine is not None:
            engine.validate_python(text.encode(errors="replace").decode())  # half a character is no text there
    except ValidationError:
        return False
    return True


@lru_cache(_KEPT)
def _engine(pattern: str) -> SchemaValidator | None:
    from pydantic_core import SchemaError, SchemaValidator, core_schema  # late: see `matches`

    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        return None
