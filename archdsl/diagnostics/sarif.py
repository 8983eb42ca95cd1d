"""Faults as SARIF 2.1.0, the OASIS format that code-scanning services read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from archdsl._version import __version__
from archdsl.diagnostics.codes import CODES
from archdsl.diagnostics.record import Diagnostic, Edit, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """All faults as one SARIF log with one run."""
    codes = list(dict.fromkeys(diagnostic.code for diagnostic in diagnostics))
    rules = [{"id": code, "shortDescription": {"text": CODES.get(code, code)}} for code in codes]
    run = {
        "tool": {"driver": {"name": "archdsl", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(found: Diagnostic, rule: int) -> dict[str, Any]:
    text = "\n".join((found.message, *found.notes, *([f"help: {found.help}"] if found.help else [])))
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": found.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": _place(found.span)}],
    }
    if found.labels:
        result["relatedLocations"] = [{"physicalLocation": _place(label.span), "message": {"text": label.text}} for label in found.labels]
    if found.edit is not None and found.fixable:
        result["fixes"] = [_fix(found.edit)]
    return result


def _fix(edit: Edit) -> dict[str, Any]:
    place = _place(edit.span)
    replacement = {"deletedRegion": place["region"], "insertedContent": {"text": edit.text}}
    return {"artifactChanges": [{"artifactLocation": place["artifactLocation"], "replacements": [replacement]}]}


def _place(span: Span) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}
    uri = quote(span.source.name.replace("\\", "/"), safe="/", errors="backslashreplace")
    return {"artifactLocation": {"uri": f"file://{uri}" if uri.startswith("/") else uri}, "region": region}
