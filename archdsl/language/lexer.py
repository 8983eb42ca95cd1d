"""Text of an expression → tokens. Numbers are decimal, `3x5` is one token; signs of other languages are refused with ours in the help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from archdsl.diagnostics import Fault, Span
from archdsl.language.calls import part, replaced

OURS = {
    "&&": "and",
    "||": "or",
    "!": "not ",
    "×": "*",
    "·": "*",
    "−": "-",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "²": "**2",
    "³": "**3",
}
"""operators of other languages, and ours"""
FOREIGN = {
    "&": "bit operators",
    "|": "bit operators",
    "~": "bit operators",
    "<<": "bit operators",
    ">>": "bit operators",
    "^": "bit operators",
    "?": "`?`",
    ";": "`;`",
    ":=": "assignment",
    "->": "`->`",
    "`": "`` ` ``",
    "\\": "the backslash",
    "#": "comments",
}
INSTEAD = {
    "^": "a power is `2**3`",
    "?": "a choice is `a if condition else b`",
    ":=": "name the value under `let`",
    "#": "a comment stands outside the quotes",
    "lambda": "write the value itself; for several, `[2 * i for i in range(4)]`",
    "is": "write `==`, or `!=` for `is not`",
    "import": "the functions of numbers are there without it, as `sqrt(2)`",
}
"""what to write for some of what expressions do not have"""
REFUSED = frozenset(("lambda", "is", "yield", "await", "async", "import"))
"""words of Python that expressions do not have"""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an expression. `kind` is number, pair, text, name, mark, line or end; `start` and `end` are offsets in the text."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str, span: Span, lines: bool = False) -> list[Token]:
    """The tokens of a text, an `end` last. With `lines`, a line break outside brackets is a token. Raises a `Fault` (AD14…).

    >>> from archdsl.diagnostics import Source
    >>> [token.text for token in tokens("x.channels // 2 + 3x5", Span(Source("", ""), 0, 0))]
    ['x.channels', '//', '2', '+', '3x5', '']
    """
    found: list[Token] = []
    index, depth = 0, 0
    while index < len(text):
        match = _pattern().match(text, index)
        if match is None or match.lastgroup is None:
            raise _refused(text, span, index)
        token = Token(match.lastgroup, match.group(), index, match.end())
        _check(token, text, span)
        depth += (token.text in "([") - (token.text in ")]")
        if token.kind != "space" and (token.kind != "line" or (lines and depth <= 0)):
            found.append(token)
        index = token.end
    return [*found, Token("end", "", len(text), len(text))]


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(
        r"(?P<space>[ \t\r]+)|(?P<line>\n)"
        r"|(?P<pair>\d+(?:x\d+)+)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
        r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)"
        r"|(?P<text>'[^'\\]*'|\"[^\"\\]*\")"
        r"|(?P<mark>\.\.\.|\*\*|//|==|!=|<=|>=|&&|\|\||<<|>>|:=|->|[-+*/%@<>()\[\].,:=&|^~!?;`#\\])",
        re.ASCII,
    )


def _check(token: Token, text: str, span: Span) -> None:
    """Refuses a token that is no part of the language."""
    place = part(text, span, token.start, token.end)
    following = text[token.end : token.end + 1]
    if token.kind in ("number", "pair") and following.isascii() and (following.isalnum() or following in ("_", ".")) and following:
        _refuse_number(token, text, span)
    if token.kind == "name" and following in ("'", '"') and following:
        raise Fault("AD1403", place, f"found `{token.text}` before a quote; text has no prefix", help="join texts with `+`")
    if token.kind == "name" and token.text in REFUSED:
        raise Fault("AD1403", place, f"`{token.text}` is no part of the language", help=INSTEAD.get(token.text))
    if token.kind == "name" and any(word.startswith("__") for word in token.text.split(".")):
        _refuse_dunder(token, place)
    if token.kind != "mark":
        return
    if token.text in OURS:
        ours = OURS[token.text]
        raise Fault("AD1404", place, f"found `{token.text}`", help=f"write `{ours.strip()}`", edit=replaced(place, token.text, ours))
    if token.text in FOREIGN:
        message = f"found `{token.text}`; expressions have no {FOREIGN[token.text]}"
        raise Fault("AD1403", place, message, help=INSTEAD.get(token.text))


def _refuse_number(token: Token, text: str, span: Span) -> None:
    end = token.end
    while end < len(text) and (text[end].isalnum() or text[end] in "_."):
        end += 1
    word, place = text[token.start : end], part(text, span, token.start, end)
    if "_" in word and (plain := word.replace("_", "")).isdigit():
        message = f"`{word[:40]}` is no number: digits stand together"
        raise Fault("AD1405", place, message, help=f"write `{plain[:40]}`", edit=replaced(place, word, plain))
    try:
        number = str(int(word, 0))
    except ValueError:
        message = f"`{word[:40]}` is no number: found a number and a word in one"
        raise Fault("AD1405", place, message, help=f"did you mean `{token.text[:40]}`?") from None
    message = f"`{word[:40]}` is no number: numbers are decimal; `1x7` is the pair (1, 7)"
    raise Fault("AD1405", place, message, help=f"write `{number[:40]}`", edit=replaced(place, word, number))


def _refuse_dunder(token: Token, place: Span) -> None:
    message = f"`{token.text[:80]}` is no part of the language: no name begins with two underscores"
    raise Fault("AD1403", place, message, help="nothing was looked up or run")


def _refused(text: str, span: Span, index: int) -> Fault:
    """The fault of a character with which no token begins."""
    character = text[index]
    place = part(text, span, index, index + 1)
    if character in "'\"":
        end = text.find(character, index + 1)
        if end < 0:
            return Fault("AD1402", place, f"this quote is never closed: expected another {character} before the end of the text")
        return Fault("AD1403", part(text, span, index, end + 1), "found a backslash in quoted text; there are no escapes in expressions")
    if character in "${":
        return _marked(text, span, index)
    if character in OURS:
        ours = OURS[character]
        return Fault("AD1404", place, f"found `{character}`", help=f"write `{ours}`", edit=replaced(place, character, ours))
    if character.isascii():
        return Fault("AD1401", place, f"found {character!r}, which begins nothing that an expression may hold")
    return _not_ascii(character, place)


def _not_ascii(character: str, place: Span) -> Fault:
    """A letter or sign of another alphabet; those of East Asian keyboards are ours in another width."""
    from unicodedata import name, normalize

    plain = normalize("NFKC", character)
    message = f"found `{character}` (U+{ord(character):04X}, {name(character, 'without a name').lower()}); names and operators are ASCII"
    if len(plain) > 1 or not plain.isascii():
        return Fault("AD1407", place, message, help="names are written with the letters a to z; text stands in quotes")
    return Fault("AD1407", place, message, help=f"write `{plain}`", edit=replaced(place, character, plain))


def _marked(text: str, span: Span, index: int) -> Fault:
    """`$width`, `${width}`, `{width}`: parameters bear no mark."""
    match = re.compile(r"\$?\{+\s*([A-Za-z_][\w.]*)\s*\}+|\$([A-Za-z_][\w.]*)", re.ASCII).match(text, index)
    if match is None:
        return Fault("AD1403", part(text, span, index, index + 1), f"found `{text[index]}`; expressions have no mappings, sets or marks")
    name = match.group(1) or match.group(2)
    place = part(text, span, index, match.end())
    message = f"parameters bear no mark: `{match.group()[:80]}`"
    return Fault("AD1107", place, message, help=f"write `{name[:80]}`", edit=replaced(place, match.group(), name))
