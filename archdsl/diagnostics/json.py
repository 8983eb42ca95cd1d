"""Faults as JSON, for programs: one object a line. Lines and columns count from 1; ends are not included."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from archdsl.diagnostics.record import Diagnostic, Span


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """All faults, one JSON object a line; "" for none.

    >>> render(())
    ''
    """
    return "".join(f"{json.dumps(_record(diagnostic))}\n" for diagnostic in diagnostics)


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
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
