"""How a scalar is spelled: plain where that reads back as the same and means the same, else in double quotes, else in single ones."""

from __future__ import annotations

import json
import re

from archdsl.diagnostics.text import escaped
from archdsl.language.formatter.pieces import BLOCK_TEXT, Piece
from archdsl.language.scalars import WORDS, older
from archdsl.language.traps import quote
from archdsl.language.writer import text_of

BROKEN = re.compile(r": |:$| #| $")
"""what ends plain text, or is lost at its end"""
DASHED = re.compile(r"\n-(?=\s|$)")
"""a line of a text, behind an empty one, that begins like an item"""
LONGEST = 400
"""characters of a key without quotes; YAML gives up looking for its colon after 1,024"""


def spelled(piece: Piece, flow: bool, key: bool = False) -> str | None:
    """A scalar or alias on one line, inside `[…]` or `{…}` if `flow`; `None` if it has to stand on several."""
    if piece.kind == "alias":
        return f"*{piece.text} " if key else f"*{piece.text}"
    text = _one_line(piece, flow, key)
    return f"&{piece.anchor} {text}" if piece.anchor and text is not None else text


def _one_line(piece: Piece, flow: bool, key: bool) -> str | None:
    text = piece.text
    if not piece.style and DASHED.search(text):  # out of its brackets, the line with the dash would look like an item
        return json.dumps(text, ensure_ascii=False)
    if "\n" in piece.raw or piece.style in BLOCK_TEXT:  # lines stay: of unquoted text they may be a slip that is told of
        return text_of(text) if key else None
    if escaped(text) == text:
        dash = key and not flow and text[:1] == "-"  # which would look like an item whose space is missing
        plain = not dash if not piece.style else is_free(text, key) and _is_plain(text, flow)
        return text if plain else quote(text)
    return piece.raw


def is_free(text: str, key: bool = False) -> bool:
    """Whether quotes around a text mean nothing: it is no number or word of YAML and, unless a key, none that may be a token or type.

    >>> is_free("cat([x, y], 1)"), is_free("012"), is_free("M"), is_free("M", key=True), is_free("on", key=True)
    (True, False, False, True, False)

    Nor is a text of several lines any of these.
    """
    if text in WORDS or text == "<<" or older(text) is not None:
        return False
    return key or "\n" in text or (_begins(text) and re.fullmatch(r"[\w.]+", text) is None)


def _is_plain(text: str, flow: bool) -> bool:
    """Whether a text without quotes is read as itself."""
    if not _begins(text) or BROKEN.search(text) or len(text) > LONGEST or text.count("(") != text.count(")"):
        return False
    return not flow or not set(text) & set(",[]{}:")


def _begins(text: str) -> bool:
    return text[:1].isalpha() or text[:1] in ("_", "(")


def lines_of(piece: Piece) -> list[str]:
    """A scalar on several lines: first what stands behind the key or dash, then the lines below, which are indented by the caller.

    Text of `|` and `>` loses the indentation that it has in common; other text is kept line by line.
    """
    anchor = f"&{piece.anchor} " if piece.anchor else ""
    if piece.style in BLOCK_TEXT:
        return [f"{anchor}{_header(piece)}", *_body(piece)]
    lines: list[str] = []
    for row in map(str.strip, piece.raw.split("\n")):
        if not piece.style and row.startswith("-") and lines and lines[-1]:  # alone it would look like an item
            lines[-1] += f" {row}"
        else:
            lines.append(row)
    return [f"{anchor}{lines[0]}", *lines[1:]]


def _header(piece: Piece) -> str:
    """What begins a text of `|` or `>`: whether it is indented itself, and what becomes of the line breaks at its end."""
    indent = "2" if piece.text.lstrip("\n").startswith((" ", "\t")) else ""
    kept = "-" if _ends(piece.text) == 0 else "" if _ends(piece.text) == 1 and piece.text != "\n" else "+"
    return f"{piece.style}{indent}{kept}"


def _body(piece: Piece) -> list[str]:
    """The lines of a text of `|` or `>`, without the indentation of its place."""
    text, body = piece.text, piece.raw.split("\n")[1:]
    empty = [""] * (_ends(text) - 1)
    if not text.strip("\n"):
        return ["", *empty] if text else []
    filled = next(line for line in text.split("\n") if line.strip())
    indent = next(_depth(line) for line in body if line.strip()) - _depth(filled)
    while not body[-1][indent:]:
        body = body[:-1]
    return [*(line[indent:] for line in body), *empty]


def _ends(text: str) -> int:
    """The line breaks at the end of a text."""
    return len(text) - len(text.rstrip("\n"))


def _depth(line: str) -> int:
    """The spaces that a line begins with."""
    return len(line) - len(line.lstrip(" "))
