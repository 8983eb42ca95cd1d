"""Inlay hints: behind every layer what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archdsl.diagnostics import Source
from archdsl.lsp.facts import Use
from archdsl.lsp.slots import Place
from archdsl.lsp.told import told
from archdsl.lsp.view import View


@dataclass(frozen=True, slots=True)
class Hint:
    """A text to show behind a place, and what to say when someone points at it."""

    offset: int
    text: str
    tooltip: str


def hints(view: View, start: int, end: int) -> list[Hint]:
    """The shapes behind the layers that stand between two places of the text.

    A line that runs several times shows the first shape and the last.
    """
    found: dict[int, Hint] = {}
    for place in view.outline.places:
        uses = view.uses(place)
        where = end_of(place)
        moved = view.forward(where, where) if uses else None
        if moved is not None and start <= moved[0] <= end:
            found[moved[0]] = Hint(moved[0], f"→ {shapes(uses)}", told(uses))
    return [found[offset] for offset in sorted(found)]


def shapes(uses: Sequence[Use]) -> str:
    """What some uses of a text give: one shape, or the first and the last. Of a loop that is a level, what the level gives."""
    levels = tuple(f"{use.path}." for use in uses if use.path)
    given = list(dict.fromkeys(", ".join(map(str, use.outputs)) for use in uses if not use.path.startswith(levels)))
    return given[0] if len(given) == 1 else f"{given[0]} … {given[-1]}"


def end_of(place: Place) -> int:
    """Where an item ends for the eye: its last character, of one over several lines that of its first word or key."""
    source = place.span.source
    if place.span.line == place.span.end_line or source.text[place.span.start] in "[{":
        return _closed(source, place.span.end)
    first = place.head if place.key is None or place.key.start > place.head.start else place.key
    if first.line != first.end_line:
        return source.starts[first.line - 1] + len(source.line(first.line).rstrip())
    return _closed(source, first.end, ":")


def _closed(source: Source, end: int, more: str = "") -> int:
    """Behind the quote or mark that may stand right after a text."""
    while source.text[end : end + 1] in ("'", '"', more) and source.text[end : end + 1]:
        end += 1
    return end
