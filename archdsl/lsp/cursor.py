"""What may stand where someone types: the text is read with a word in the place of the cursor, as it will be, or closed behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from archdsl.diagnostics import Source
from archdsl.language.calls import CLOSING, QUOTES
from archdsl.lsp.outline import Outline
from archdsl.lsp.slots import Slot

Outlined = Callable[[Source, int | None], Outline | None]
"""makes the outline of a text, or of what matters at one place of it"""
MARK = "cursor0here"
"""a word that no spec holds"""
TYPED = re.compile(r"[A-Za-z0-9_.]*$")


def slots_at(text: str, offset: int, name: str, outlined: Outlined) -> tuple[Outline, list[Slot]] | None:
    """The slots in which a word at a place would stand, innermost first, in the first reading of the text that has any."""
    for variant in _readings(text, offset):
        outline = outlined(Source(name, variant), offset)
        found = [] if outline is None else [slot for slot in outline.at(offset) if MARK in slot.span.text]
        if outline is not None and found:
            return outline, found
    return None


def _readings(text: str, offset: int) -> Iterator[str]:
    """The text with a word at the cursor: as it is, as a key; then without what follows, its brackets closed."""
    before, after = text[:offset], text[offset:]
    closed = closing(before)
    for word in (MARK, f"{MARK}: {MARK}"):
        yield f"{before}{word}{after}"
    for word in (MARK, f"{MARK}: {MARK}"):
        yield f"{before}{word}{closed}"


def typed(text: str, offset: int) -> int:
    """Where the word begins that ends at a place.

    >>> typed("conv (x.cha", 11)
    6
    """
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    match = TYPED.search(line)
    return offset - (len(match.group()) if match is not None else 0)


def closing(text: str) -> str:
    """What closes the quotes and brackets of YAML's flow style that are open at the end of a text.

    >>> closing("body: [conv 8, {conv: (c * "), closing("body:\\n  - conv dims[0"), closing("a: ['b")
    ('}]', '', "']")
    """
    start = max((match.start() for match in re.finditer(r"^(?=\S)", text, re.MULTILINE)), default=0)
    stack, quote, before = list[str](), "", "\n"
    for index in range(start, len(text)):
        character = text[index]
        if quote:
            quote = "" if character == quote else quote
        elif character in QUOTES and before in "\n:,-[{ " and (stack or before != " "):
            quote = character
        elif character in "[{" and (stack or before in "\n:-"):
            stack.append(CLOSING[character])
        elif stack and character == stack[-1]:
            stack.pop()
        before = before if character == " " and before in "\n:,-[{" else character
    return quote + "".join(reversed(stack))
