"""Secrets that a program's text can hold, and what is said instead."""

from __future__ import annotations

import re

_NAME = r"(?:key|token|passw|pwd|secret|credential)"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_ASSIGNED = re.compile(  # short texts stay: they are names of columns
    rf"""({_NAME}\w{{0,40}}['"\]]{{0,2}}\s{{0,4}}[:=]\s{{0,4}}[rbu]?)(['"])[^'"\s]{{12,}}\2""",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Return whether a variable called ``name`` may hold a secret.

    >>> is_secret("API_KEY"), is_secret("db_password"), is_secret("region")
    (True, True, False)
    """
    return _SECRET_NAME.search(name) is not None


def masked(text: str) -> str:
    """Return ``text``, a program's source or a repr, with stars for the long texts that stand under a secret's name.

    >>> masked("client = Client(api_key='abcdef0123456789', key='region')")
    "client = Client(api_key='***', key='region')"
    """
    return _ASSIGNED.sub(r"\1\2***\2", text)
