"""What a command answers: faults in one of the formats, and the exit code that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from importlib import import_module
from typing import TextIO

from archdsl.diagnostics import Diagnostic

CLEAN, WRONG_SPEC, WRONG_COMMAND, LIMIT = range(4)
UNREADABLE = ("AD1001", "AD1002", "AD1003", "AD1004")
"""a file that cannot be read is the spec's fault only where a spec names it"""


class CommandError(Exception):
    """A wrong command line, or a place that cannot be written to."""

    def __init__(self, message: str, code: int = WRONG_COMMAND) -> None:
        super().__init__(message)
        self.code = code


class Format(StrEnum):
    """How faults are printed; each is a file of `diagnostics`."""

    full = "full"
    concise = "concise"
    json = "json"
    sarif = "sarif"
    github = "github"


def answer(diagnostics: Sequence[Diagnostic], format: str, stream: TextIO) -> None:
    """Print faults. Machines' formats print also when there are none."""
    text = import_module(f"archdsl.diagnostics.{format}").render(diagnostics)
    if text:
        print(text.rstrip("\n"), file=stream)


def exit_code(diagnostics: Sequence[Diagnostic], strict: bool = False) -> int:
    """The highest code that the faults call for; `strict` takes warnings for errors."""
    counted = ("error", "warning") if strict else ("error",)
    return max((_code(d) for d in diagnostics if d.severity in counted), default=CLEAN)


def _code(diagnostic: Diagnostic) -> int:
    source = diagnostic.span.source
    if diagnostic.code.startswith("AD50"):
        return LIMIT
    unreadable = diagnostic.code in UNREADABLE and source.imported_from is None
    typed = diagnostic.code.startswith("AD60") or source.name.startswith("--")
    return WRONG_COMMAND if unreadable or typed else WRONG_SPEC
