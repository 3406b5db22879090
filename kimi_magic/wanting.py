"""What options want of an answer, made of the user's variables: a value that it is to be, tools that Kimi may call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kimi_magic.content.expressions import Namespace, evaluate, in_short, near, own, told
from kimi_magic.errors import UsageError
from kimi_magic.options import Options
from kimi_magic.tools.consent import Allowed, Consent, Decision, by_input

if TYPE_CHECKING:
    from kimi_magic.calls import Called
    from kimi_magic.schema.target import Target
    from kimi_magic.tools.functions import Function
    from kimi_magic.tools.surroundings import Surroundings
    from kimi_magic.tools.toolbox import Toolbox

# The rooms of types and tools are imported where they are used: see `kimi_magic.request`.

_TYPES = ("bool", "dict", "float", "int", "list", "str", "tuple")


def target(chosen: Options, namespace: Namespace) -> Target | None:
    """Return what the answer is to be a value of; None where words are wanted.

    Raises `UsageError` where --schema names nothing, or something that no answer can be.
    """
    if chosen.schema is None and not chosen.json:
        return None
    from kimi_magic.schema.target import json_object, target_of  # late: see the top

    if chosen.schema is not None:
        return target_of(_named(chosen.schema, namespace), chosen.schema, namespace)
    return json_object()


def toolbox(
    chosen: Options,
    around: Surroundings,
    consent: Consent | None,
    allowed: Allowed,
    mask: Callable[[str], str],
    given: Sequence[Callable[..., object]] = (),
    wake: Callable[[], object] = lambda: None,
) -> Toolbox | None:
    """Return what Kimi may call: what -t names, what is ``given`` and what was declared; None where that is nothing.

    ``consent`` asks about calls, but for the functions that are ``allowed`` until the kernel ends; ``wake`` ends its
    waiting when the question is stopped. Raises `UsageError`.
    """
    if not (chosen.tool or given or "kimi_magic.tools.declare" in sys.modules):  # nothing is named, nothing declared
        return None
    from kimi_magic.tools.functions import function_of  # late: see the top
    from kimi_magic.tools.gathering import gather, is_current
    from kimi_magic.tools.toolbox import Toolbox

    around = replace(around, mask=mask)
    ours = [*map(function_of, given)]
    functions = [*ours, *gather(chosen.tool, around)]
    if not functions:
        return None
    return Toolbox(
        functions,
        consent,
        yes=chosen.yes,
        how=around.how,
        mask=mask,
        allowed=allowed,
        is_current=lambda function: function in ours or is_current(function, around.namespace),
        wake=wake,
    )


def consent_by(read: Callable[[str], str], *, is_shown: bool) -> Consent:
    """Return what asks about calls by ``read``, such as ``input``; where no view shows a call, it is printed first.

    Nobody consents to what was not to be seen.
    """
    consent = by_input(read)

    def ask(called: Called, function: Function) -> Decision:
        from kimi_magic.render.terminal_calls import asked  # late: see the top

        print(asked(called))  # noqa: T201 the call that the user is asked about
        return consent(called, function)

    return consent if is_shown else ask


def _named(expression: str, namespace: Namespace) -> object:
    try:
        return evaluate(expression, namespace)
    except NameError as error:
        hint = near(error.name or expression, [*own(namespace), *_TYPES])
        hint = f"{hint} " if hint else ""
        raise UsageError(f"--schema {in_short(expression)}: {in_short(str(error))}. {hint}Nothing was sent.") from None
    except Exception as error:  # noqa: BLE001 the expression is the user's own code
        raise UsageError(
            f"--schema {in_short(expression)} is no type of this notebook: {told(error)}. Nothing was sent."
        ) from None
