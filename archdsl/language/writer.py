"""Python data → YAML text that the reader reads back to the same."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from archdsl.diagnostics.text import shown

PLAIN = r"[A-Za-z_][\w .*/+()<>-]*"
"""text that needs no quotes: it begins like a name and holds nothing that YAML gives a meaning"""
TYPED = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
DEPTH = 200


def to_yaml(data: object) -> str:
    r"""A spec given as mappings, lists and scalars, as block-style YAML.

    Keys are written as text; tuples are lists. Raises `TypeError` for what YAML's core schema has no form for, and `ValueError` for data
    that holds itself or is nested too deep.

    >>> print(to_yaml({"input": (3, 8, 8), "body": ["conv 8", {"conv": 4, "bias": False}]}), end="")
    input: [3, 8, 8]
    body:
      - conv 8
      - conv: 4
        bias: false
    """
    lines: list[str] = []
    _write(data, "", "", lines, ())
    return "\n".join(lines) + "\n"


def _write(data: Any, first: str, indent: str, lines: list[str], above: tuple[int, ...]) -> None:
    """Append the lines of a value; `first` is what stands before its first line, `indent` before the others."""
    if id(data) in above or len(above) > DEPTH:
        raise ValueError("a spec cannot hold itself" if id(data) in above else f"a spec nested deeper than {DEPTH}")
    here = (*above, id(data))
    if isinstance(data, Mapping) and data:
        for i, (key, value) in enumerate(data.items()):
            lead = (first if i == 0 else indent) + text_of(str(key)) + ":"
            _write_value(value, lead, indent + "  ", lines, here)
    elif isinstance(data, Sequence) and not isinstance(data, str) and data:
        for i, value in enumerate(data):
            dash = (first if i == 0 else indent) + "- "
            _write(value, dash, indent + "  ", lines, here)
    else:
        lines.append(first + _scalar(data))


def _write_value(value: Any, lead: str, indent: str, lines: list[str], above: tuple[int, ...]) -> None:
    """Append a mapping's entry: on one line if it is short, else its value on lines of its own."""
    nested = isinstance(value, (Mapping, Sequence)) and not isinstance(value, str) and len(value) > 0
    if not nested:
        lines.append(f"{lead} {_scalar(value)}")
    elif isinstance(value, Sequence) and all(type(item) in (int, float, bool) for item in value):
        lines.append(f"{lead} [{', '.join(_scalar(item) for item in value)}]")
    else:
        lines.append(lead)
        _write(value, indent, indent, lines, above)


def _scalar(value: Any) -> str:
    if value is None:
        return "~"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else {"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}[repr(value)]
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, (Mapping, Sequence)):
        return "{}" if isinstance(value, Mapping) else "[]"
    raise TypeError(f"a spec holds mappings, lists, text, numbers, true, false and nothing; found {type(value).__name__}")


def text_of(text: str) -> str:
    """A text as a scalar: plain where that reads back as the same text, else in double quotes.

    >>> text_of("conv 8"), text_of("no"), text_of("a: b"), text_of("012")
    ('conv 8', '"no"', '"a: b"', '"012"')
    """
    if re.fullmatch(PLAIN, text, re.ASCII) and text.lower() not in TYPED and not text.endswith(" "):
        return text
    # JSON's escapes are YAML's too, but for characters beyond the BMP, which JSON halves; what does not show is escaped for the reader.
    return "".join(map(shown, json.dumps(text, ensure_ascii=False)))
