"""Values of expressions as messages say them, and how large they are; and what stands in a text where something else should."""

from __future__ import annotations

from archdsl.diagnostics.text import escaped
from archdsl.language.nodes import Node, Scalar, Sequence

LONGEST = 60
"""characters of a value in a message"""
KINDS: dict[type, str] = {
    bool: "a truth value",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    tuple: "a tuple",
    slice: "a slice",
    type(None): "none",
}


def show(value: object) -> str:
    """A value as a spec writes it, cut where it is long.

    >>> show([1, (2.5, "a"), True, None])
    "[1, (2.5, 'a'), true, none]"
    """
    text = _show(value, LONGEST)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def kind(value: object) -> str:
    """What a value is.

    >>> kind(1), kind("1"), kind([])
    ('a whole number', 'a text', 'a list')
    """
    return KINDS.get(type(value), f"a {type(value).__name__.lower()}")


def written(node: Node) -> str:
    """What stands at a place, for `found …`: nothing, a text, a list or a mapping."""
    if not isinstance(node, Scalar):
        return "a list" if isinstance(node, Sequence) else "a mapping"
    if node.text in ("", "~", "null") and not node.quoted:
        return "nothing"
    return f"the text `{escaped(node.text[:40])}`"


def measure(value: object, most: int) -> tuple[int, int]:
    """How many elements and characters a value holds, lists within lists counted in full, and how deep it nests.

    Stops counting beyond `most`, so that it never takes longer than that.

    >>> measure([[1, 2], [3, 4]], 100), measure("abc", 100), measure(7, 100)
    ((6, 2), (3, 1), (0, 0))
    """
    size, depth, level = 0, 0, [value]
    while level and size <= most:
        below = [v for v in level if isinstance(v, (list, tuple, str))]
        size += sum(len(v) for v in below)
        depth += bool(below)
        level = [] if size > most else [part for v in below if not isinstance(v, str) for part in v]
    return size, depth


def _show(value: object, room: int) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return repr(value[: room + 1])
    if not isinstance(value, (list, tuple)):
        # The default text of an opaque object tells nothing, and may be without end.
        return str(value) if type(value).__str__ is not object.__str__ or type(value) in KINDS else kind(value)
    parts: list[str] = []
    for part in value:
        parts.append(_show(part, room) if room > 0 else "…")
        room -= len(parts[-1]) + 2
        if room <= 0:
            break
    opening, closing = "[]" if isinstance(value, list) else "()"
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return f"{opening}{', '.join(parts)}{comma}{closing if room > 0 else ''}"
