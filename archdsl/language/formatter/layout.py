"""Pieces → lines: block style in steps of two, what was in brackets on one line where it fits, comments where they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from archdsl.language.formatter.flow import WIDTH, anchor_of, flat, has_rows, rows
from archdsl.language.formatter.pieces import BLOCK_TEXT, Comment, Piece, Text
from archdsl.language.formatter.scalars import lines_of, spelled

STEP = "  "


@dataclass
class Line:
    """A line; `comment` stands behind its text, `blank` tells of an empty line before it."""

    text: str
    comment: Comment | None = None
    blank: bool = False


def laid_out(text: Text) -> str:
    """The text in its canonical form."""
    layout = _Layout()
    layout.own("", text.head)
    for line in text.start:
        layout.line(line)
    layout.own("", text.root.before)
    layout.value("", "", text.root, (), text.root.blank)
    layout.own("", text.tail)
    return "".join(f"{row}\n" for row in _rows(layout.lines))


def _rows(lines: list[Line]) -> list[str]:
    """The lines as text. Comments that stood in one column on lines next to each other still do."""
    found: list[str] = []
    for _, group in groupby(lines, key=lambda line: -1 if line.comment is None else line.comment.column):
        run = list(group)
        at = max(len(line.text) for line in run) + 1
        for line in run:
            found += [""] if line.blank else []
            found.append(line.text if line.comment is None else f"{line.text:{at}}{line.comment.text}")
    return found


class _Layout:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.begins = True
        """whether the text or a block begins, so that no empty line comes next"""

    def line(self, text: str, comment: Comment | None = None, blank: bool = False) -> None:
        self.lines.append(Line(text, comment, blank and not self.begins))
        self.begins = False

    def own(self, indent: str, comments: Sequence[Comment]) -> None:
        """Comments on lines of their own."""
        for comment in comments:
            self.line(indent + comment.text, blank=comment.blank)

    def beside(self, text: str, comments: Sequence[Comment], blank: bool) -> None:
        """A line with comments: the last behind it, if it stood behind something, the others above."""
        behind = comments[-1] if comments and not comments[-1].own else None
        above = comments[:-1] if behind else comments
        for i, comment in enumerate(above):
            self.line(_margin(text) + comment.text, blank=blank and i == 0)
        self.line(text, behind, blank and not above)

    def value(self, lead: str, indent: str, piece: Piece, above: Sequence[Comment], blank: bool) -> None:
        """A piece behind `lead`, its key or dash; what needs further lines stands at `indent`.

        `above` are the comments between the key and the piece: one behind the key stays there, and the piece goes below.
        """
        text, after = flat(piece)
        below = bool(above) and not above[0].own and piece.style not in BLOCK_TEXT
        start = indent if below else f"{lead} " if lead else ""
        short = text is not None and (len(start + text) <= WIDTH or not piece.parts)
        if not (short or piece.leaf or (piece.flow and has_rows(piece))):
            self.block(lead, indent, piece, above, blank)
            return
        if below:
            self.line(lead, above[0], blank)
            above, blank = above[1:], False
        if short:
            self.beside(f"{start}{text}", (*above, *after), blank)
        elif piece.leaf:
            self.several(start, indent or STEP, piece, above, blank)
        else:
            self.rows(start, indent or STEP, piece, above, blank)

    def several(self, start: str, indent: str, piece: Piece, above: Sequence[Comment], blank: bool) -> None:
        """A scalar on several lines. A comment beside text of `|` or `>` stands in its first line, one behind other text in its last."""
        header = piece.style in BLOCK_TEXT
        first, *rest = lines_of(piece)
        self.beside(start + first, (*above, *(piece.after if header else ())), blank)
        for row in rest:
            self.line(indent + row if row else "")
        if not header and piece.after:
            self.lines[-1].comment = piece.after[0]

    def rows(self, start: str, indent: str, piece: Piece, above: Sequence[Comment], blank: bool) -> None:
        """A list in brackets on several lines."""
        opening = f"{start}{anchor_of(piece)}["
        found = rows(piece, len(opening), len(indent))
        found[0].blank = blank
        found[0].before, found[0].above = (), (*above, *piece.parts[0].before)
        closed = not piece.tail and not (found[-1].after and piece.after)
        for i, row in enumerate(found):
            last = row is found[-1]
            end = "," if not last else "]" if closed else ""
            self.own(indent, row.before)
            after = (*row.above, *row.after, *(piece.after if last and closed else ()))
            self.beside(f"{indent if i else opening}{', '.join(row.words)}{end}", after, row.blank)
        if not closed:
            self.own(indent, piece.tail)
            self.beside(f"{indent}]", piece.after, False)

    def block(self, lead: str, indent: str, piece: Piece, above: Sequence[Comment], blank: bool) -> None:
        """A list or mapping, each of its parts on lines of its own: below its key, or beginning beside its dash."""
        ends = piece.flow and (any(piece.inside()) or any(comment.own for comment in above))
        behind = [*(comment for comment in above if not comment.own), *(() if ends else piece.after)]
        if lead.endswith(":") or piece.anchor:
            self.beside(f"{lead} {anchor_of(piece)}".rstrip() if lead else anchor_of(piece).rstrip(), behind, blank)
            self.begins = True
            self.own(indent, [comment for comment in above if comment.own])
            self.parts(indent, indent, piece, False)
        else:
            self.own(_margin(lead), behind)
            self.parts(f"{lead} " if lead else "", indent, piece, blank)
        self.own(indent, (*piece.tail, *(piece.after if ends else ())))

    def parts(self, first: str, indent: str, piece: Piece, blank: bool) -> None:
        """The parts of a block, the first of them behind `first`."""
        step = 2 if piece.kind == "mapping" else 1
        for i in range(0, len(piece.parts), step):
            head, part = piece.parts[i], piece.parts[i + step - 1]
            margin, space = (indent, head.blank) if i else (first, blank)
            self.own(_margin(margin), head.before)
            if head is part:
                self.value(f"{margin}-", indent + STEP, part, (), space)
            else:
                self.value(f"{margin}{spelled(head, False, key=True)}:", indent + STEP, part, (*head.after, *part.before), space)


def _margin(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" "))]
