"""Faults as an editor shows them: each at a place of the file that is open, with the other places that matter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archdsl.diagnostics import Diagnostic, Label, Source, Span
from archdsl.lsp.checked import Checked
from archdsl.lsp.definition import path_of

UNUSED = frozenset(("AD2032", "AD2033", "AD2034"))
"""what nothing uses, which editors show faded"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One fault of a file: its place, its text with notes and help, labels in files."""

    found: Diagnostic
    span: Span
    text: str
    related: tuple[Label, ...]

    @property
    def unused(self) -> bool:
        return self.found.code in UNUSED


def shown(said: Checked) -> Iterator[Shown]:
    """Everything that is to be said of a file, at places of the file itself: a fault of a file that it names stands where it names it."""
    for found in said.diagnostics:
        span = _here(found, said.source)
        labels = tuple(label for label in found.labels if path_of(label.span.source) or label.span.source is said.source)
        message = found.message
        if span is not found.span and path_of(found.span.source) is not None:
            message = f"{Path(found.span.source.name).name}:{found.line}: {message}"
            labels = (Label(found.span, found.message), *labels)
        help = () if found.help is None else (f"help: {found.help}",)
        yield Shown(found, span, "\n".join((message, *(f"note: {note}" for note in found.notes), *help)), labels)


def _here(found: Diagnostic, source: Source) -> Span:
    """The place of a fault in a file: its own, that which names the file of the fault, a label's, else the file's beginning."""
    span: Span | None = found.span
    while span is not None and span.source is not source:
        span = span.source.imported_from
    labels = (label.span for label in found.labels if label.span.source is source)
    return span or next(labels, Span(source, 0, 0))
