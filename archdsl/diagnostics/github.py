"""Faults as GitHub's workflow commands, which become remarks beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics.record import Diagnostic
from archdsl.diagnostics.text import escaped, lines_of

KINDS = {"error": "error", "warning": "warning", "note": "notice"}
DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
PROPERTY = {**DATA, ":": "%3A", ",": "%2C"}


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """All faults, one command a line."""
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def _command(found: Diagnostic) -> str:
    span = found.span
    place = {"file": span.source.name, "line": span.line, "endLine": span.end_line}
    if span.line == span.end_line:
        place |= {"col": span.column, "endColumn": span.end_column}
    properties = ",".join(f"{name}={_escaped(str(value), PROPERTY)}" for name, value in {**place, "title": found.code}.items())
    texts = (found.message, *found.notes, *([f"help: {found.help}"] if found.help else []))
    text = "\n".join(line for part in texts for line in lines_of(part))
    return f"::{KINDS[found.severity]} {properties}::{_escaped(text, DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table[char] if char in table else escaped(char) for char in text)
