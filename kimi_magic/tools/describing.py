"""What a function's docstring says, as descriptions for the model."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from kimi_magic.content.values import cut

_MOST = 4_000
"""Characters of a description that are sent with every question."""
_MOST_OF_PARAMETER = 1_000


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a function, and of its parameters by their names."""

    text: str
    parameters: Mapping[str, str]


def described(docstring: str) -> Description:
    r"""Return what ``docstring`` says, written in Google's, numpy's or reST's way, or in none.

    >>> described("Add numbers.\n\nArgs:\n    a: The first one.\n\nReturns:\n    Their sum.")
    Description(text='Add numbers.\n\nReturns: Their sum.', parameters={'a': 'The first one.'})
    """
    import docstring_parser  # late: %load_ext need not wait for it

    clean = inspect.cleandoc(docstring)
    try:
        parsed = docstring_parser.parse(clean)
    except docstring_parser.ParseError:  # it is a text all the same
        return Description(cut(clean, _MOST), {})
    returns = parsed.returns.description if parsed.returns else None
    said = [parsed.short_description, parsed.long_description, returns and f"Returns: {returns}"]
    parameters = {one.arg_name: cut(one.description, _MOST_OF_PARAMETER) for one in parsed.params if one.description}
    return Description(cut("\n\n".join(filter(None, said)), _MOST), parameters)
