"""Places of a text as an editor counts them, lines and units of an encoding from 0, and as archdsl does, characters from the start."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.diagnostics import Source

Position = tuple[int, int]
"""line and column, in units of the encoding that was agreed on"""
WIDTHS = {"utf-8": 4, "utf-16": 2, "utf-32": 1}
"""the most units that one character takes"""


@dataclass(frozen=True, slots=True)
class Positions:
    """The places of one text."""

    source: Source
    encoding: str = "utf-16"

    def position(self, offset: int) -> Position:
        """Line and column of a character.

        >>> Positions(Source("", "a: b\\n𝒳x: c")).position(7)
        (1, 3)
        """
        line, column = self.source.position(offset)
        start = self.source.starts[line - 1]
        return line - 1, units(self.source.text[start : start + column - 1], self.encoding)

    def offset(self, position: Position) -> int:
        """The character at a line and column; the nearest where the text has no such place.

        >>> Positions(Source("", "a: b\\n𝒳x: c")).offset((1, 3)), Positions(Source("", "ab\\nc")).offset((0, 9))
        (7, 2)
        """
        line, column = position
        if line < 0:
            return 0
        if line >= len(self.source.starts):
            return len(self.source.text)
        text = self.source.line(line + 1)
        return self.source.starts[line] + characters(text, column, self.encoding)


def units(text: str, encoding: str) -> int:
    """How many units of an encoding a text takes.

    >>> units("é𝒳", "utf-8"), units("é𝒳", "utf-16"), units("é𝒳", "utf-32")
    (6, 3, 2)
    """
    if text.isascii() or encoding == "utf-32":
        return len(text)
    if encoding == "utf-16":
        return len(text) + sum(character > "\uffff" for character in text)
    return len(text.encode("utf-8", "surrogatepass"))


def characters(text: str, count: int, encoding: str) -> int:
    """How many characters of a text its first units make; one that is cut in two counts not.

    >>> characters("é𝒳b", 3, "utf-16"), characters("é𝒳b", 2, "utf-16"), characters("ab", 9, "utf-8")
    (2, 1, 2)
    """
    if text.isascii() or encoding == "utf-32":
        return max(0, min(count, len(text)))
    taken = 0
    for index, character in enumerate(text):
        taken += units(character, encoding)
        if taken > count:
            return index
    return len(text)


def edited(text: str, start: Position, end: Position, new: str, encoding: str) -> str:
    """The text with what stands between two places replaced, as an editor tells of a change.

    >>> edited("conv 8\\nrelu\\n", (0, 5), (1, 2), "16\\nge", "utf-16")
    'conv 16\\ngelu\\n'
    """
    positions = Positions(Source("", text), encoding)
    first = positions.offset(start)
    return text[:first] + new + text[max(first, positions.offset(end)) :]


@dataclass(frozen=True, slots=True)
class Moved:
    """How the places of an older text map to a newer one: what stands before and after the lines that differ."""

    old: Source
    new: Source
    before: int
    """characters in which both begin, whole lines"""
    after: int
    """characters in which both end, whole lines"""

    @classmethod
    def between(cls, old: Source, new: Source) -> Moved:
        """Compare two texts line by line from both ends."""
        if old.text == new.text:
            return cls(old, new, len(old.text), 0)
        first, second = old.text.splitlines(keepends=True), new.text.splitlines(keepends=True)
        most = min(len(first), len(second))
        head = next((i for i in range(most) if first[i] != second[i]), most)
        tail = next((i for i in range(most - head) if first[-1 - i] != second[-1 - i]), most - head)
        return cls(old, new, sum(map(len, first[:head])), sum(map(len, first[len(first) - tail :])))

    def back(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a place of the newer text stood in the older one; `None` for one on lines that differ.

        >>> moved = Moved.between(Source("", "a\\nb\\nc\\n"), Source("", "a\\nxx\\ny\\nc\\n"))
        >>> moved.back(0, 1), moved.back(2, 3), moved.back(7, 8)
        ((0, 1), None, (4, 5))
        """
        if end <= self.before:
            return start, end
        shift = len(self.old.text) - len(self.new.text)
        if start >= len(self.new.text) - self.after:
            return start + shift, end + shift
        return None

    def forward(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a place of the older text stands in the newer one."""
        return Moved(self.new, self.old, self.before, self.after).back(start, end)
