"""What a command answers: faults in one of the formats, and the exit code that they mean."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from enum import StrEnum
from importlib import import_module
from typing import TextIO, TypedDict

from archdsl.diagnostics import Diagnostic
from archdsl.diagnostics.collect import CLEAN, WRONG_COMMAND
from archdsl.diagnostics.collect import exit_code as code_of


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
    """Print faults. The formats for machines print also when there are none."""
    printer = import_module(f"archdsl.diagnostics.{format}")
    look = looks(stream)
    text = printer.render(diagnostics, **{"full": look, "concise": {"ascii": look["ascii"]}}.get(format, {}))
    if text:
        print(text.rstrip("\n"), file=stream)


def exit_code(diagnostics: Sequence[Diagnostic]) -> int:
    """The highest code that the faults call for."""
    return max((code_of(d) for d in diagnostics if d.severity == "error"), default=CLEAN)


class Looks(TypedDict):
    """What printers for people need to know of where they print to."""

    colour: bool
    ascii: bool
    width: int


def looks(stream: TextIO) -> Looks:
    """How to print to a stream."""
    ascii = not (stream.encoding or "").lower().startswith("utf")
    colour = stream.isatty() and not os.environ.get("NO_COLOR")
    return {"colour": colour, "ascii": ascii, "width": shutil.get_terminal_size((140, 24)).columns}
