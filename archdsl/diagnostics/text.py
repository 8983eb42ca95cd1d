"""Text of strangers as it may be shown: escaped, cut, and measured in the columns of a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics.record import Diagnostic

LONGEST = 400
"""characters of one line of a message"""
PLAIN = {"×": "x", "⌊": "[", "⌋": "]", "·": "*", "→": "->", "…": "...", "−": "-", "–": "-", "’": "'", "≥": ">=", "≤": "<="}

HIDDEN = frozenset("\u034f\u115f\u1160\u3164\uffa0")
"""characters that Unicode calls printable and that nobody sees"""


def escaped(text: str, ascii: bool = False) -> str:
    r"""The text with every character that a terminal would not show as itself written as an escape; in ASCII if asked.

    >>> escaped("a\x1b[31m\u202e"), escaped("64×56", ascii=True)
    ('a\\x1b[31m\\u202e', '64x56')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(shown(char, ascii) for char in text)


def shown(char: str, ascii: bool = False) -> str:
    """One character as it is shown."""
    if char.isprintable() and char not in HIDDEN and (not ascii or char.isascii()):
        return char
    if ascii and char in PLAIN:
        return PLAIN[char]
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def printable(text: str) -> str:
    r"""A text of several lines as a terminal may show it: each line escaped.

    >>> printable("a\x1b[31m\nb")
    'a\\x1b[31m\nb'
    """
    return text if text.isascii() and text.replace("\n", "").isprintable() else "\n".join(map(escaped, text.split("\n")))


def lines_of(text: str, ascii: bool = False) -> list[str]:
    """The lines of a message, each escaped, and cut where it is very long."""
    return [escaped(cut(line), ascii) for line in text.split("\n")]


def cut(text: str, limit: int = LONGEST) -> str:
    """The text, its middle left out where it is longer than `limit`.

    >>> cut("abcdefghij", 5)
    'ab…ij'
    """
    if len(text) <= limit:
        return text
    half = (limit - 1) // 2
    return f"{text[:half]}…{text[len(text) - half :]}"


def columns(text: str) -> int:
    """Columns that a text takes on a terminal: two for wide characters, none for those that combine."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """How many errors and warnings there are, and how many of all a safe edit mends: `2 errors, 1 warning (1 fixable with …)`; "" for none.

    >>> summary(())
    ''
    """
    counts = [(kind, sum(d.severity == kind for d in diagnostics)) for kind in ("error", "warning")]
    counted = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in counts if count)
    fixable = sum(d.fixable for d in diagnostics)
    return f"{counted} ({fixable} fixable with `check --fix`)" if counted and fixable else counted
