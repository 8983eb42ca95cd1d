"""Text of a spec on its way into a picture: nothing in it may reorder, hide, end a line or widen a box."""

from __future__ import annotations

from html import escape
from textwrap import wrap

from archdsl.diagnostics.text import escaped

WIDE, LINES = 30, 3
"""characters of one line of a call, and lines"""
NAME = 26
"""characters of a name"""


def lines(text: str, width: int = WIDE) -> list[str]:
    """A call in lines of at most `width` characters; what does not fit three lines is cut.

    >>> lines("conv 64 3×3", 7)
    ['conv 64', '3×3']
    """
    return wrap(escaped(text), width, max_lines=LINES, placeholder=" …", break_on_hyphens=False) or [" "]


def short(text: str, width: int = NAME) -> str:
    """A name whose middle gives way.

    >>> short("features.denseblock1.denselayer12", 20)
    'features.…nselayer12'
    """
    shown = escaped(text)
    return shown if len(shown) <= width else f"{shown[: width // 2 - 1]}…{shown[-width // 2 :]}"


def markup(text: str) -> str:
    """Text as HTML-like labels and SVG take it, never empty."""
    return escape(text, quote=True) or " "
