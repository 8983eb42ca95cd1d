"""Lists and mappings in brackets: on one line, or lists in the rows in which they were written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archdsl.language.formatter.pieces import Comment, Piece
from archdsl.language.formatter.scalars import spelled

WIDTH = 140
"""characters of a line, a comment behind it not counted"""
BRACKETS = {"list": "[]", "mapping": "{}"}


@dataclass
class Row:
    """Parts of a list that stand on one line, with the comments above the list, above the line and behind it."""

    words: list[str] = field(default_factory=list)
    above: Sequence[Comment] = ()
    before: Sequence[Comment] = ()
    after: Sequence[Comment] = ()
    blank: bool = False


def anchor_of(piece: Piece) -> str:
    return f"&{piece.anchor} " if piece.anchor else ""


def flat(piece: Piece) -> tuple[str | None, Sequence[Comment]]:
    """A piece on one line, with the comments that belong behind it; `None` for what has to stand on several."""
    if piece.leaf:
        return spelled(piece, False), piece.after
    inside = list(piece.inside())
    if not piece.parts:
        return anchor_of(piece) + BRACKETS[piece.kind], (*inside, *piece.after)
    ahead, behind = _ahead(piece), _behind(piece)
    if not piece.flow or inside != [*ahead, *behind] or (behind and piece.after):
        return None, ()
    return _joined(piece), (*inside, *piece.after)


def _ahead(piece: Piece) -> Sequence[Comment]:
    """The comments before the first word in brackets."""
    return (*piece.parts[0].before, *_ahead(piece.parts[0])) if piece.parts else ()


def _behind(piece: Piece) -> Sequence[Comment]:
    """The comments behind the last word in brackets."""
    last = piece.parts[-1] if piece.parts and not piece.tail else None
    return () if last is None else last.after or _behind(last)


def _joined(piece: Piece) -> str | None:
    if piece.leaf:
        return spelled(piece, True)
    words = [
        spelled(part, True, key=True) if piece.kind == "mapping" and i % 2 == 0 else _joined(part) for i, part in enumerate(piece.parts)
    ]
    if None in words:
        return None
    if piece.kind == "mapping":
        words = [f"{key}: {value}" for key, value in zip(words[::2], words[1::2], strict=True)]
    brackets = BRACKETS[piece.kind]
    return f"{anchor_of(piece)}{brackets[0]}{', '.join(map(str, words))}{brackets[1]}"


def has_rows(piece: Piece) -> bool:
    """Whether a list stays in brackets though it needs several lines: one of words, or one that was written on several."""
    if piece.kind != "list" or any(_joined(part) is None or any(part.inside()) for part in piece.parts):
        return False
    return piece.parts[0].line < piece.parts[-1].line or all(part.leaf and " " not in part.text for part in piece.parts)


def rows(piece: Piece, first: int, others: int) -> list[Row]:
    """The rows of a list, each filled up to the width; `first` and `others` say how far in they begin."""
    found = [Row()]
    for i, part in enumerate(piece.parts):
        word = str(_joined(part))
        row, before = found[-1], piece.parts[i - 1]
        start = others if len(found) > 1 else first
        full = start + len(", ".join([*row.words, word])) + 1 > WIDTH
        if row.words and (part.line != before.line or part.before or full):
            row = Row(before=part.before, blank=part.blank)
            found.append(row)
        row.words.append(word)
        row.after = part.after
    return found
