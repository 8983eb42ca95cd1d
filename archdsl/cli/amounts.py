"""Amounts on the command line: `5M`, `600k`, `4.1G`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from archdsl.cli.answers import CommandError

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def amount(option: str, text: str | None) -> int | None:
    """How many a text like `5M` is; `None` stays. Raises `CommandError`.

    >>> amount("--macs", "4.1G"), amount("--params", "5_000")
    (4100000000, 5000)
    """
    if text is None:
        return None
    number = text.strip().casefold().removesuffix("b")
    unit = number[-1:] if number[-1:] in UNITS else ""
    try:
        found = Decimal(number.removesuffix(unit).strip()) * UNITS[unit]
    except InvalidOperation:
        found = Decimal(-1)
    if not (found.is_finite() and 0 < found < 2**63):
        raise CommandError(f"`{option} {text}`: expected an amount above zero, as 5M, 600k or 4.1G")
    return int(found)
