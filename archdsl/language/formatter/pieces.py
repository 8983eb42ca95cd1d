"""Text → pieces: the scalars, lists and mappings of a text as they are written, with the comments and empty lines around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from archdsl.diagnostics import Source
from archdsl.language.reader import events

EMPTY = re.compile(r"\n[ \t]*\n")
BLOCK_TEXT = ("|", ">")


@dataclass(eq=False)
class Comment:
    """A comment. `own` tells that nothing stands before it on its line, `blank` that an empty line does before that."""

    text: str
    column: int
    own: bool
    blank: bool


@dataclass(eq=False)
class Piece:
    """A scalar, list, mapping or alias. `parts` are a list's items, or a mapping's keys and values in turn.

    `text` is a scalar's value or an alias's name, `raw` what is written for it. Comments stand `before` it, `after` it on its line, or, in
    a list or mapping, as its `tail`. `blank` tells that an empty line stands before it.
    """

    kind: str
    text: str = ""
    raw: str = ""
    style: str = ""
    anchor: str = ""
    flow: bool = False
    line: int = 0
    column: int = 0
    parts: list[Piece] = field(default_factory=list)
    before: list[Comment] = field(default_factory=list)
    after: list[Comment] = field(default_factory=list)
    tail: list[Comment] = field(default_factory=list)
    blank: bool = False

    @property
    def leaf(self) -> bool:
        return self.kind in ("scalar", "alias")

    def inside(self) -> Iterator[Comment]:
        """The comments within, in order."""
        for part in self.parts:
            yield from part.before
            yield from part.inside()
            yield from part.after
        yield from self.tail


@dataclass(eq=False)
class Text:
    """A whole text: its root, the lines of its start if there is one (`%YAML 1.2`, `---`), comments above that and below the root."""

    root: Piece
    comments: list[Comment] = field(default_factory=list)
    """all of them, as they stand"""
    head: list[Comment] = field(default_factory=list)
    start: list[str] = field(default_factory=list)
    tail: list[Comment] = field(default_factory=list)


def pieces(text: str) -> Text:
    """The pieces of a text that the reader takes without an error, its lines ended by LF."""
    return _Pieces(text).read()


class _Pieces:
    def __init__(self, text: str) -> None:
        self.text = text
        self.source = Source("", text)
        self.stack: list[Piece] = []
        self.closed: list[Piece] = []
        """block lists and mappings that ended since the last token, the innermost first"""
        self.found = Text(Piece("scalar"))
        self.previous: Piece | None = None
        self.at = 0
        """where the last token ended"""

    def read(self) -> Text:
        found = self.found
        for event in events(self.source, 0):
            kind = type(event).__name__.removesuffix("Event")
            if kind == "DocumentStart" and event.explicit:
                found.head, _ = self.gap(event.start_mark.index)
                found.start = ["%YAML 1.2", "---"] if event.version else ["---"]
                found.head += self.comments(event.start_mark.index, event.end_mark.index)
                self.at = event.end_mark.index
            elif kind in ("Scalar", "Alias"):
                found.root = self.leaf(kind.lower(), event)
            elif kind in ("SequenceStart", "MappingStart"):
                self.open("list" if kind == "SequenceStart" else "mapping", event)
            elif kind in ("SequenceEnd", "MappingEnd"):
                found.root = self.close(event)
        comments, _ = self.gap(len(self.text))
        self.settle(comments, -1, found.tail)
        return found

    def leaf(self, kind: str, event: Any) -> Piece:
        start, end = event.start_mark.index, event.end_mark.index
        if kind == "alias":
            piece = Piece(kind, text=event.anchor)
            self.place(piece, start)
        else:
            begin = self.skip(start + len(event.anchor) + 1) if event.anchor else start
            piece = Piece(kind, event.value, self.text[begin:end], event.style or "", event.anchor or "")
            self.place(piece, start)
            self.lead(piece, start, begin)
            end = self.ended(piece, begin, end)
        self.at, self.previous = end, piece
        return self.add(piece)

    def lead(self, piece: Piece, start: int, end: int) -> None:
        """Comments between a piece's anchor and its text go before it."""
        for comment in self.comments(start, end):
            comment.own = True
            piece.before.append(comment)

    def skip(self, at: int) -> int:
        """Where the first token at or behind a place begins."""
        found = re.compile(r"(?:\s|#[^\n]*)*").match(self.text, at)
        assert found is not None
        return found.end()

    def ended(self, piece: Piece, begin: int, end: int) -> int:
        """Where a scalar's text ends. That in block style has taken the empty lines behind it, which only `+` makes its own."""
        written = begin + len(piece.raw.rstrip())
        if piece.style not in BLOCK_TEXT:
            return written
        header = piece.raw.partition("\n")[0]
        piece.after = self.comments(begin, begin + len(header))
        return max(written, end - 1) if "+" in header.partition("#")[0] else written

    def open(self, kind: str, event: Any) -> None:
        start = event.start_mark.index
        piece = Piece(kind, anchor=event.anchor or "", flow=bool(event.flow_style))
        self.place(piece, start)
        self.stack.append(piece)
        opened = f"&{piece.anchor}" if piece.anchor else ""
        self.at = event.end_mark.index if piece.flow else start + len(opened)
        self.lead(piece, start, self.at)
        self.previous = piece if opened and not piece.flow else None
        if not piece.flow:
            piece.column = self.source.position(self.skip(start + len(opened)))[1] - 1

    def close(self, event: Any) -> Piece:
        piece = self.stack.pop()
        if piece.flow:
            comments, _ = self.gap(event.start_mark.index)
            self.settle(comments, len(self.text), piece.tail)
            self.at, self.previous = max(self.at, event.end_mark.index), piece
        else:
            self.closed.append(piece)
        return self.add(piece)

    def add(self, piece: Piece) -> Piece:
        if self.stack:
            self.stack[-1].parts.append(piece)
        return piece

    def place(self, piece: Piece, start: int) -> None:
        """What stands between the last token and this piece: comments go to what they follow, end or precede."""
        comments, piece.blank = self.gap(start)
        piece.line, column = self.source.position(start)
        piece.column = column - 1
        self.settle(comments, self.depth(piece.line) if comments else 0, piece.before)

    def depth(self, number: int) -> int:
        """How far in a line begins."""
        line = self.source.line(number)
        return len(line) - len(line.lstrip())

    def settle(self, comments: list[Comment], column: int, following: list[Comment]) -> None:
        """Give each comment to the token before it on its line, a block that ended as far in as it stands, or what follows."""
        if comments and not comments[0].own and self.previous:
            self.previous.after.append(comments.pop(0))
        ended = self.closed
        for comment in comments:
            comment.own = True
            ended = [piece for piece in ended if piece.column <= comment.column]
            if ended and comment.column > column:
                ended[0].tail.append(comment)
            else:
                ended = []
                following.append(comment)
        self.closed = []

    def gap(self, start: int) -> tuple[list[Comment], bool]:
        """The comments between the last token and a place, and whether the last empty line is behind them."""
        _, mark, rest = self.text[self.at : start].rpartition("#")
        return self.comments(self.at, start) if mark else [], EMPTY.search(rest) is not None

    def comments(self, start: int, end: int) -> list[Comment]:
        found = []
        at = start
        for match in re.compile(r"#[^\n]*").finditer(self.text, start, end):
            between = self.text[at : match.start()]
            column = self.source.position(match.start())[1] - 1
            own = "\n" in between or not self.text[match.start() - column : match.start()].strip()
            found.append(Comment(_spaced(match.group().rstrip()), column, own, EMPTY.search(between) is not None))
            at = match.end()
        self.found.comments += found
        return found


def _spaced(comment: str) -> str:
    """A comment with a space after its mark, unless it is a rule or a mark of its own (`#!`, `#:`)."""
    return comment if len(comment) < 2 or comment[1] in " \t#!:" else f"# {comment[1:]}"
