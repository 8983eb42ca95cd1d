"""Characters that a spec may not hold, because a reader does not see them, or sees something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archdsl.diagnostics import Diagnostic, Edit, Source, Span
from archdsl.diagnostics.text import escaped

__all__ = ["bad_characters", "escaped"]

CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff"
HALVES = "\ud800-\udfff"
REORDERING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
BREAKS = "\u2028\u2029"
INVISIBLE = "\xa0\xad\u034f\u115f\u1160\u1680\u180e\u2000-\u200d\u202f\u205f-\u2064\u3000\u3164\ufeff\uffa0\U000e0000-\U000e007f"
SPACES = frozenset("\xa0\u1680\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200B)}


def bad_characters(source: Source) -> Iterator[Diagnostic]:
    """A diagnostic for each character that is refused; one for neighbours that are equal."""
    text = source.text
    line_end = comment = 0
    for match in re.finditer(f"([{CONTROL}{HALVES}{REORDERING}{BREAKS}{INVISIBLE}])\\1*", text):
        at, char = match.start(), match[1]
        if at >= line_end:
            line_end, comment = _comment(text, at)
        if not (at > comment and _is(INVISIBLE, char)):
            yield _diagnostic(Span(source, at, match.end()), char)


def _comment(text: str, at: int) -> tuple[int, int]:
    """Where the line of a character ends, and where its comment begins, as far as a look at the line tells."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    end = min((i for c in "\r\n" if (i := text.find(c, at)) >= 0), default=len(text))
    found = re.compile(r"(?:^|(?<=\s))#").search(text, start, end)
    return end, found.start() if found else end


def _diagnostic(span: Span, char: str) -> Diagnostic:
    shown = escaped(char)
    escape = f"remove it; in double quotes it is written `{shown}`"
    if _is(INVISIBLE, char):
        name = _name(char)
        instead = " " * (span.end - span.start) if char in SPACES else ""
        help = "write an ordinary space" if instead else "remove it"
        message = f"an invisible character: {name} (U+{ord(char):04X})"
        return Diagnostic("AD1022", "error", message, span, help=help, edit=Edit(span, instead, "safe"))
    if _is(REORDERING, char):
        message = f"`{shown}` ({_name(char)}) reorders the line when it is shown"
        return Diagnostic("AD1021", "error", message, span, help=escape, edit=Edit(span, "", "safe"))
    if _is(BREAKS, char):
        message = f"`{shown}` ({_name(char)}) ends a line for some readers only"
        return Diagnostic("AD1021", "error", message, span, help="write an ordinary line break", edit=Edit(span, "\n", "maybe"))
    if _is(HALVES, char):
        return Diagnostic("AD1023", "error", f"`{shown}` is half a character (a lone surrogate)", span, help="remove it")
    return Diagnostic("AD1020", "error", f"a control character, `{shown}`", span, help=escape, edit=Edit(span, "", "maybe"))


def _name(char: str) -> str:
    import unicodedata

    return unicodedata.name(char, "without a name").lower().replace("zero width", "zero-width")


def _is(characters: str, char: str) -> bool:
    return re.match(f"[{characters}]", char) is not None
