"""Amounts as a reader sees them."""

from __future__ import annotations


def dollars(amount: float | None) -> str:
    """Return ``amount`` in US dollars with at least two telling digits; "unknown" for None.

    >>> dollars(1.25), dollars(0.0004), dollars(0.0000123), dollars(0), dollars(None)
    ('$1.25', '$0.0004', '$0.000012', '$0', 'unknown')
    """
    if amount is None:
        return "unknown"
    if amount >= 1:
        return f"${amount:,.2f}"
    text = f"{amount:.4f}" if amount >= 0.0001 else f"{amount:.6f}"
    return "$" + (text.rstrip("0").rstrip(".") or "0")
