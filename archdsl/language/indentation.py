"""How far a line was most likely to be indented: by what it holds, and by the lines around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.diagnostics import Source

NEAR = 40
"""lines above that are looked at"""


@dataclass(frozen=True)
class _Line:
    """A line: its indentation, how many columns its dashes take; whether it has a key, and whether the value stands on further lines."""

    depth: int
    dashes: int
    keyed: bool
    opens: bool

    @property
    def inner(self) -> int:
        """Where the text behind the dashes stands."""
        return self.depth + self.dashes


def _read(line: str) -> _Line:
    code = re.split(r"\s#", line, maxsplit=1)[0].rstrip()
    body = code.lstrip()
    dashes = re.match(r"(?:- +)*", body)
    assert dashes is not None
    keyed = re.match(r"[\w.{}+-]+:(?: |$)", body[dashes.end() :]) is not None
    return _Line(len(code) - len(body), dashes.end(), keyed, code.endswith((":", "|", ">")))


def _near(text: Source, numbers: range) -> Iterator[str]:
    """The lines that hold something."""
    lines = (text.line(number) for number in numbers)
    return (line for line in lines if line.strip() and not line.lstrip().startswith("#"))


def depths(text: Source, number: int) -> list[int]:
    """The indentations that a line may be meant to have, the likeliest first."""
    line = text.line(number)
    own = _read(line)
    above = [_read(other) for other in _near(text, range(number - 1, max(0, number - NEAR), -1))]
    before = above[0] if above else _Line(0, 0, True, False)
    unfinished = sum(map(line.count, "[{")) > sum(map(line.count, "]}"))  # the next line goes on with this one
    below = None if unfinished else next(map(_read, _near(text, range(number + 1, min(len(text.starts), number + NEAR) + 1))), None)
    alike = _open(above, bool(own.dashes))
    likely = [] if below is None else _before(below, own, before, alike)
    if before.opens:
        likely.append(before.inner + 2)
    further = [] if below is None else [below.depth]
    return [depth for depth in dict.fromkeys([*likely, *alike, before.inner, *further, before.inner + 2]) if depth >= 0]


def _before(below: _Line, own: _Line, before: _Line, alike: list[int]) -> list[int]:
    """What the next line tells: it belongs to this one, or goes on with it, or stands beside it."""
    listed = bool(own.dashes)
    if own.opens:
        inside = [below.depth - 2 - own.dashes, below.depth - own.dashes]
        return [depth for depth in inside if depth in alike or (before.opens and depth > before.inner)] or inside[:1]
    if listed and not below.dashes and below.depth > before.depth:
        return [below.depth - own.dashes]
    return [below.depth] if before.opens and below.depth > before.inner and listed == bool(below.dashes) else []


def _open(above: list[_Line], listed: bool) -> list[int]:
    """Where lists, or else mappings, stand that a further line may go on with, the innermost first."""
    found: list[int] = []
    least = above[0].inner if above else 0
    for line in above:
        if found and line.depth >= least:
            continue
        lists = range(line.depth, line.inner, 2)
        own = reversed(lists) if listed else [line.inner] if line.keyed else []
        found += [depth for depth in own if depth <= least]
        least = min(least, line.depth)
    return list(dict.fromkeys(found))
