"""What options want of an answer, made of the user's variables: a value that it is to be."""

from __future__ import annotations

from kimi_magic.content.expressions import Namespace, evaluate, in_short, told
from kimi_magic.errors import UsageError
from kimi_magic.options import Options
from kimi_magic.schema.target import Target, json_object, target_of


def target(chosen: Options, namespace: Namespace) -> Target | None:
    """Return what the answer is to be a value of; None where words are wanted.

    Raises `UsageError` where --schema names nothing, or something that no answer can be.
    """
    if chosen.schema is not None:
        return target_of(_named(chosen.schema, namespace), chosen.schema)
    return json_object() if chosen.json else None


def _named(expression: str, namespace: Namespace) -> object:
    try:
        return evaluate(expression, namespace)
    except Exception as error:  # noqa: BLE001 the expression is the user's own code
        raise UsageError(
            f"--schema {in_short(expression)} is no type of this notebook: {told(error)}. Nothing was sent."
        ) from None
