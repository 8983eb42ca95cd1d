"""Edits applied to a text: those that do not overlap, first come first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archdsl.diagnostics.record import Diagnostic, Edit


def safe(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those of one text whose safe edits can be made together, in its order; of edits that overlap the first."""
    found: dict[tuple[int, int], Diagnostic] = {}
    for diagnostic in diagnostics:
        if diagnostic.edit is not None and diagnostic.fixable:
            found.setdefault((diagnostic.edit.span.start, diagnostic.edit.span.end), diagnostic)
    kept: list[Diagnostic] = []
    end = -1
    for (start, stop), diagnostic in sorted(found.items(), key=lambda item: item[0]):
        if start >= end:
            kept.append(diagnostic)
            end = stop
    return kept


def applied(text: str, edits: Sequence[Edit]) -> str:
    """The text with edits made in it that do not overlap.

    >>> from archdsl.diagnostics.record import Source, Span
    >>> source = Source("net.yaml", "[conv $a, cnov 8]")
    >>> applied(source.text, [Edit(Span(source, 6, 8), "a", "safe"), Edit(Span(source, 10, 14), "conv", "safe")])
    '[conv a, conv 8]'
    """
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.end), reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text
