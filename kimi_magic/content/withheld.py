"""Secrets that a program's text can hold, and what is said instead: the one table of the names that they have."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SURE = (
    r"(?:passw|pwd|passphrase|secret|credential"
    r"|(?:api|access|private|auth|account|client|signing|encryption)[_-]?(?:key|token))"
)
"""How secrets are called, and nothing else."""
_LIKELY = rf"(?:{_SURE}|key|token|auth(?!or(?!i[sz]))|(?<![a-z])pass\b)"
"""How secrets are called, and at times something else: the key of a dictionary, the tokens of a text, but no author."""

_SECRET_NAME = re.compile(_LIKELY, re.IGNORECASE)
_CREDENTIAL_NAME = re.compile(_SURE, re.IGNORECASE)


def _compiled(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE | re.MULTILINE) for pattern in patterns)


_IS = r"""\w{0,40}['"\]]{0,2}\s{0,4}[:=]\s{0,4}[rbu]?['"]"""
_WORD = r"""(?![=~'"])[^\s'"(),;<>\[\]{}&]"""
"""A character of a value that stands there without quotes, the first one of which is no sign of a comparison."""

_QUOTED = _compiled(  # short texts stay where they may be names of columns
    (
        rf"""(?P<kept>{_LIKELY}{_IS})[^'"\s]{{12,}}(?=['"])""",
        rf"""(?P<kept>{_SURE}{_IS})[^'"\n]{{6,}}(?=['"])""",
        r"""(?P<kept>://[^\s/:@'"]{0,100}:)[^\s/@'"]{1,200}(?=@)""",  # an address with its user and password
        r"""(?P<kept>\b(?:Bearer|Basic)\s{1,4})[\w.~+/=-]{12,}""",
        r"(?P<kept>-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)",
    )
)
_BARE = _compiled(
    (
        rf"""(?P<kept>\(['"]\w{{0,40}}?{_LIKELY}\w{{0,40}}['"],\s?[rbu]?['"])[^'"\n]{{12,}}(?=['"]\))""",  # a pair
        rf"(?P<kept>{_SURE}\w{{0,40}}=){_WORD}{{6,}}",
        rf"(?P<kept>{_LIKELY}\w{{0,40}}=)(?=\S{{0,100}}\d){_WORD}{{16,}}",
        rf"(?P<kept>^[ \t-]{{0,20}}\w{{0,40}}?{_SURE}\w{{0,40}}[ \t]{{0,4}}[:=][ \t]{{0,4}})(?=\S{{0,100}}\d){_WORD}{{6,}}$",
        # a line of an environment's file, whatever it says
        rf"(?P<kept>^(?:export )?(?-i:[A-Z])\w{{0,40}}?{_LIKELY}(?-i:[A-Z0-9_]){{0,40}}=)(?!['\"=])\S.*$",
    )
)


def is_secret(name: str) -> bool:
    """Return whether a variable called ``name`` may hold a secret.

    >>> is_secret("API_KEY"), is_secret("db_password"), is_secret("region"), is_secret("author")
    (True, True, False, False)
    """
    return _SECRET_NAME.search(name) is not None


def is_credential(name: str) -> bool:
    """Return whether ``name`` is that of a secret and of nothing else: a column of keys to another table is none.

    >>> is_credential("api_key"), is_credential("customer_key")
    (True, False)
    """
    return _CREDENTIAL_NAME.search(name) is not None


def masked(text: str) -> str:
    """Return ``text``, a program's source or a repr, with stars for the long texts that stand under a secret's name.

    >>> masked("client = Client(api_key='abcdef0123456789', key='region')")
    "client = Client(api_key='***', key='region')"
    >>> masked("postgres://me:hunter2@host/sales")
    'postgres://me:***@host/sales'
    """
    return _starred(text, _QUOTED)


def masked_data(text: str) -> str:
    """Return ``text`` as `masked` does, and with stars for what stands under such a name without quotes.

    For data alone: a program has names and calls there.

    >>> masked_data("DB_PASS=hunter2"), masked_data("<User password=hunter2>"), masked_data("[('api_key', 'abcdef012345')]")
    ('DB_PASS=***', '<User password=***>', "[('api_key', '***')]")
    """
    return _starred(_starred(text, _QUOTED), _BARE)


def _starred(text: str, secrets: Iterable[re.Pattern[str]]) -> str:
    for pattern in secrets:
        text = pattern.sub(r"\g<kept>***", text)
    return text
