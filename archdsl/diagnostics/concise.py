"""Faults one a line, as compilers have always printed them: `net.yaml:12:9: error[AD3104]: message (help)`."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics.record import Diagnostic
from archdsl.diagnostics.text import cut, escaped
from archdsl.limits import DEFAULT


def render(diagnostics: Sequence[Diagnostic], *, ascii: bool = False, limit: int = DEFAULT.messages) -> str:
    """All faults, one a line; after `limit` of them the rest are counted."""
    lines = [_line(diagnostic, ascii) for diagnostic in diagnostics[:limit]]
    if len(diagnostics) > limit:
        lines.append(f"{escaped('…', ascii)} and {len(diagnostics) - limit:,} more")
    return "".join(f"{line}\n" for line in lines)


def _line(found: Diagnostic, ascii: bool) -> str:
    help = f" ({found.help})" if found.help else ""
    text = f"{found.span}: {found.severity}[{found.code}]: {cut(found.message)}{cut(help)}"
    return escaped(" ".join(text.split("\n")), ascii)
