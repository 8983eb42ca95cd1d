"""One-line calls: `conv 64 7 stride=2` is the name `conv`, the positional arguments `64` and `7`, and the keyword `stride` with `2`.

This is the one tokeniser of the language: text is split at spaces outside brackets and quotes, and a part that is one quoted text stands
for what is inside its quotes.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import Literal

from archdsl.diagnostics import Edit, Fault, Label, Span
from archdsl.language.nodes import Scalar

Call = tuple[Scalar, tuple[Scalar, ...], tuple[tuple[Scalar, Scalar], ...]]
"""head, positional arguments, keyword arguments"""

CLOSING = {"(": ")", "[": "]", "{": "}"}
QUOTES = "'\""
BRACKETS_AND_QUOTES = frozenset((*CLOSING, *CLOSING.values(), *QUOTES))
SPACES = " \t\r\n"
OPERATORS = frozenset(
    ("+", "-", "*", "/", "//", "%", "**", "@", "<", ">", "<=", ">=", "==", "!=", "&&", "||", "and", "or", "not", "in", "if", "else", "->")
)
"""words that join their neighbours to one expression"""
LEADING = ("*", "/", "%", "<", ">", "==", "!=", "&&", "||", "@")
"""what an expression cannot begin with"""
TRAILING = (*LEADING, "+", "-")


def part(text: str, span: Span, start: int, end: int) -> Span:
    """The place of `text[start:end]`: exact but in quoted text with escapes, where it is the whole span."""
    if span.end - span.start == len(text):
        return span.part(start, end)
    solid, before = _solid(text, span)
    if not solid:
        return span
    first, last = before[start], before[min(end, len(text))]
    stop = solid[last - 1] + 1 if last else solid[0]
    return Span(span.source, solid[first] if first < last else stop, stop)


@lru_cache(maxsize=4)
def _solid(text: str, span: Span) -> tuple[list[int], list[int]]:
    """Where the characters of a text over several lines stand, blanks left out, and how many stand before each index of the text; empty
    where escapes stand between."""
    raw = span.text
    begin = raw.find("\n") + 1 if raw[:1] in ("|", ">") else raw[:1] in ("'", '"')
    end = len(raw) - (raw[:1] in ("'", '"'))
    solid = [i for i in range(begin, end) if not raw[i].isspace()]
    same = "".join(raw[i] for i in solid) == "".join(text.split())
    before = list(accumulate((not char.isspace() for char in text), initial=0))
    return ([span.start + i for i in solid], before) if same else ([], [])


def replaced(span: Span, old: str, new: str, grade: Literal["safe", "maybe"] = "safe") -> Edit | None:
    """The edit that writes `new` for `old`; none where the span had to be wider than the text."""
    return Edit(span, new, grade) if span.text == old else None


def split_call(text: str, span: Span) -> list[Scalar]:
    """The parts of a text between spaces outside brackets and quotes. Raises a `Fault` for a bracket or quote that stays open.

    >>> from archdsl.diagnostics import Source
    >>> source = Source("spec.yaml", "conv (c * 2) 1 name='a b'")
    >>> [token.text for token in split_call(source.text, Span(source, 0, len(source.text)))]
    ['conv', '(c * 2)', '1', "name='a b'"]
    """
    if text.isprintable() and BRACKETS_AND_QUOTES.isdisjoint(text):
        return _words(text, span)
    parts: list[Scalar] = []
    start, index = None, 0
    opened: list[int] = []
    while index < len(text):
        character = text[index]
        if character in SPACES and not opened:
            if start is not None:
                parts.append(_scalar(text, span, start, index))
            start, index = None, index + 1
            continue
        start = index if start is None else start
        index = _step(text, span, index, opened)
    if opened:
        bracket = text[opened[-1]]
        message = f"this `{bracket}` is never closed: expected `{CLOSING[bracket]}` before the end of the text"
        raise Fault("AD1301", part(text, span, opened[-1], opened[-1] + 1), message, help=f"close it with `{CLOSING[bracket]}`")
    if start is not None:
        parts.append(_scalar(text, span, start, len(text)))
    return parts


def parse_call(scalar: Scalar, paths: bool = False) -> Call:
    """A one-line call in its parts; with `paths` an argument may begin or end with `/`.

    Raises a `Fault` where the text is no call, with the right line where it can be told.

    >>> from archdsl.diagnostics import Source
    >>> source = Source("spec.yaml", "conv 64 7 stride=2")
    >>> head, positional, keywords = parse_call(Scalar(source.text, Span(source, 0, 18)))
    >>> head.text, [p.text for p in positional], [(k.text, v.text) for k, v in keywords]
    ('conv', ['64', '7'], [('stride', '2')])
    """
    parts = split_call(scalar.text, scalar.span)
    if not parts:
        raise Fault("AD1307", scalar.span, "found no text where an item was expected", help="write an operation or block, as `conv 64`")
    head = parts[0]
    _check_head(head, scalar)
    positional: list[Scalar] = []
    keywords: dict[str, tuple[Scalar, Scalar]] = {}
    for index, token in enumerate(parts[1:], 1):
        _check_spaces(parts, index, paths)
        key = _key(token)
        if key is None and keywords:
            before = next(reversed(keywords.values()))
            message = f"the positional argument `{token.text}` stands after the named `{before[0].text}={before[1].text}`"
            raise Fault("AD1302", token.span, message, help=f"write it first, `{_in_order(parts)}`, or give it its name")
        if key is None:
            positional.append(token)
            continue
        keyword = _keyword(token, key)
        if key in keywords:
            first = Label(keywords[key][0].span, "first given here")
            raise Fault("AD1306", keyword[0].span, f"`{key}` is given twice", labels=(first,), help="keep one of the two")
        keywords[key] = keyword
    return head, tuple(positional), tuple(keywords.values())


def _in_order(parts: list[Scalar]) -> str:
    """A call with its positional arguments first."""
    return " ".join(_raw(token) for token in sorted(parts, key=lambda token: _key(token) is not None))


def _words(text: str, span: Span) -> list[Scalar]:
    """The parts of a text without brackets and quotes: most texts."""
    parts, start = [], 0
    for word in text.split(" "):
        if word:
            parts.append(Scalar(word, part(text, span, start, start + len(word))))
        start += len(word) + 1
    return parts


def _step(text: str, span: Span, index: int, opened: list[int]) -> int:
    """The index after one character or one quoted text; keeps the stack of open brackets."""
    character = text[index]
    if character in QUOTES and _opens_quote(text, index):
        end = text.find(character, index + 1)
        if end < 0:
            message = f"this quote is never closed: expected another `{character}`"
            raise Fault("AD1301", part(text, span, index, index + 1), message, help="close it, or write the text without quotes")
        return end + 1
    if character in CLOSING:
        opened.append(index)
    elif character in CLOSING.values():
        _close(text, span, index, opened)
    return index + 1


def _opens_quote(text: str, index: int) -> bool:
    """An apostrophe inside a word (`don't`) is none."""
    return index == 0 or not text[index - 1].isalnum()


def _close(text: str, span: Span, index: int, opened: list[int]) -> None:
    character, place = text[index], part(text, span, index, index + 1)
    if not opened:
        message = f"this `{character}` closes a bracket that was never opened"
        raise Fault("AD1301", place, message, help="remove it, or open it before")
    bracket = text[opened[-1]]
    if CLOSING[bracket] != character:
        first = Label(part(text, span, opened[-1], opened[-1] + 1), "opened here")
        closer = CLOSING[bracket]
        raise Fault("AD1301", place, f"found `{character}` where `{closer}` was expected", labels=(first,), help=f"write `{closer}`")
    opened.pop()


def _scalar(text: str, span: Span, start: int, end: int) -> Scalar:
    """One part; without its quotes where it is one quoted text."""
    token = text[start:end]
    if token[0] in QUOTES and token.find(token[0], 1) == len(token) - 1 > 0:
        return Scalar(token[1:-1], part(text, span, start + 1, end - 1), quoted=True)
    return Scalar(token, part(text, span, start, end))


def _key(token: Scalar) -> str | None:
    """The name before a single `=`, or None."""
    name, sign, rest = token.text.partition("=")
    return name if sign and name.isidentifier() and not rest.startswith("=") and not token.quoted else None


def _keyword(token: Scalar, key: str) -> tuple[Scalar, Scalar]:
    start, end = len(key) + 1, len(token.text)
    return Scalar(key, part(token.text, token.span, 0, len(key))), _scalar(token.text, token.span, start, end)


def _check_head(head: Scalar, scalar: Scalar) -> None:
    name, bracket, _ = head.text.partition("(")
    if bracket and name.replace(".", "_").isidentifier():
        call = " ".join(unbracketed(head.text))
        edit = replaced(scalar.span, head.text, call)
        message = f"found `{head.text}`; calls are written without brackets and commas"
        raise Fault("AD1305", head.span, message, help=f"write `{call}`", edit=edit)
    if head.quoted or bracket or head.text[0] in "[{=" or _key(head) is not None:
        message = f"found `{head.text}` where the name of an operation or block was expected"
        raise Fault("AD1307", head.span, message, help="a call begins with a name, as `conv 64 stride=2`")


def unbracketed(text: str) -> list[str]:
    """The name and the arguments of a call in brackets, as a one-line call has them.

    >>> unbracketed("conv(64, 2 * 3, bias=False)")
    ['conv', '64', '(2 * 3)', 'bias=False']
    """
    name, _, inside = text.partition("(")
    return [name, *(_argument(argument) for argument in _commas(inside.removesuffix(")")))]


def _raw(token: Scalar) -> str:
    """A part as it is written, with its quotes."""
    mark = '"' if "'" in token.text else "'"
    return f"{mark}{token.text}{mark}" if token.quoted else token.text


def _outer(token: Scalar) -> Span:
    """The place of a part with its quotes."""
    quoted = int(token.quoted and token.span.text == token.text)
    return Span(token.span.source, token.span.start - quoted, token.span.end + quoted)


def _commas(text: str) -> list[str]:
    """The arguments between commas outside brackets and quotes; the text is balanced."""
    pieces, depth, quote = [""], 0, ""
    for character in text:
        quote = "" if character == quote else quote or (character if character in QUOTES else "")
        depth += 0 if quote else (character in CLOSING) - (character in CLOSING.values())
        if character == "," and not depth and not quote:
            pieces.append("")
        else:
            pieces[-1] += character
    return [piece.strip() for piece in pieces if piece.strip()]


def _argument(text: str) -> str:
    key, sign, value = text.partition("=")
    if sign and key.strip().isidentifier() and not value.startswith("="):
        return f"{key.strip()}={_argument(value.strip())}"
    return f"({text})" if any(c in SPACES for c in text) and text[0] not in QUOTES else text


def _check_spaces(parts: list[Scalar], index: int, paths: bool) -> None:
    """Refuses the parts of an expression that spaces tore apart, and spaces around `=`."""
    token = parts[index]
    if token.quoted:
        return
    if token.text[0] == "=" and token.text[:2] != "==":
        _refuse_equals(parts, index - 1, index if len(token.text) > 1 else index + 1)
    if _key(token) == token.text[:-1]:
        _refuse_equals(parts, index, index + 1)
    if not (paths and "/" in token.text) and _joins(parts, index):
        _refuse_torn(parts, index)


def _refuse_equals(parts: list[Scalar], first: int, last: int) -> None:
    chosen = parts[first : last + 1]
    place = _outer(chosen[0]).to(_outer(chosen[-1]))
    written = "".join(_raw(token) for token in chosen)
    if last >= len(parts):
        help = f"write a value right after it, or take `{written}` away"
        raise Fault("AD1308", place, f"found no value after `{written}`", help=help)
    raise Fault("AD1303", place, "found spaces around `=`", help=f"write `{written}`", edit=_rewritten(place, chosen, written))


def _joins(parts: list[Scalar], index: int) -> bool:
    """Whether a part belongs to one expression with its neighbour."""
    token, more = parts[index].text, index + 1 < len(parts)
    return token in OPERATORS or token.startswith(LEADING) or (more and token.endswith((*TRAILING, "=not")))


def _refuse_torn(parts: list[Scalar], index: int) -> None:
    """Shows the whole run of parts that operators join, in brackets (or quotes, for a pattern with an arrow)."""
    first = index - 1 if parts[index].text in OPERATORS or parts[index].text.startswith(LEADING) else index
    first = index if parts[index].text == "not" else first
    last = index
    while last + 1 < len(parts) and (_joins(parts, last) or _joins(parts, last + 1)):
        last += 1
    arrow = any(token.text == "->" for token in parts[first : last + 1])
    if arrow:  # a pattern goes from the name to the first named argument
        first, last = 1, next((i - 1 for i in range(index, len(parts)) if _key(parts[i])), len(parts) - 1)
    chosen = parts[first : last + 1]
    written = " ".join(_raw(token) for token in chosen)
    place = _outer(chosen[0]).to(_outer(chosen[-1]))
    if arrow:
        message = f"found spaces in the pattern `{written}`; a one-line call is split at spaces"
        quoted = f"'{written}'"
        help = f"put the pattern in quotes, `{parts[0].text} {quoted}`, or write `{{{parts[0].text}: {written}}}`"
        raise Fault("AD1304", place, message, help=help, edit=_rewritten(place, chosen, quoted))
    if first == 0:
        message = f"`{written}` is a formula, not a call"
        raise Fault("AD1304", place, message, help=f"write `math: {written}`; the arguments of a call need brackets, as `conv (width * 2)`")
    key = _key(chosen[0])
    shown = f"({written})" if key is None else f"{key}=({written[len(key) + 1 :]})"
    message = f"found spaces in the value `{written}`; a one-line call is split at spaces"
    raise Fault("AD1304", place, message, help=f"write `{shown}`", edit=_rewritten(place, chosen, shown))


def _rewritten(place: Span, chosen: list[Scalar], text: str) -> Edit | None:
    """The edit that writes `text` for some parts of a call; none where their places had to be wider."""
    return Edit(place, text, "safe") if all(token.span.text == token.text for token in chosen) else None
