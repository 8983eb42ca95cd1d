"""Faults as JSON, for programs: a list of objects. Lines and columns count from 1, offsets from 0; ends are not included."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from archdsl.diagnostics.record import Diagnostic, Span


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """All faults as one JSON list.

    >>> render(())
    '[]\\n'
    """
    return json.dumps([_record(diagnostic) for diagnostic in diagnostics], indent=2) + "\n"


def _record(found: Diagnostic) -> dict[str, Any]:
    edit = found.edit
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        **_place(found.span),
        "labels": [{"message": label.text, **_place(label.span)} for label in found.labels],
        "notes": list(found.notes),
        "help": found.help,
        "edit": None if edit is None else {**_place(edit.span), "text": edit.text, "grade": edit.grade},
    }


def _place(span: Span) -> dict[str, Any]:
    origin = span.source.imported_from
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "start": span.start,
        "end": span.end,
        **({} if origin is None else {"imported_from": str(origin)}),
    }
