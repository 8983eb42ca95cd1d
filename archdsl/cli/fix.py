"""`archdsl check --fix`: safe edits, made again and again until none is left. Only files that were named are changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from archdsl.cli.answers import CommandError
from archdsl.cli.options import STDIN
from archdsl.cli.output import difference, put, write
from archdsl.diagnostics import Diagnostic, Source
from archdsl.diagnostics.edits import applied, safe
from archdsl.diagnostics.text import cut, escaped
from archdsl.language.source import UTF8_MARK
from archdsl.pipeline import Outcome, check
from archdsl.request import Request

ROUNDS = 10
"""how often a text is mended and read again: a mended line may show what was hidden behind its fault"""


@dataclass
class Mended:
    """A text before and after its safe edits; `done` are the faults that they mended."""

    before: Source
    after: Source
    done: list[Diagnostic] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return self.before.text != self.after.text


def mend(asked: Sequence[Request | Outcome], diff: bool, stream: TextIO) -> tuple[list[Request | Outcome], int]:
    """The requests with their texts mended, and how many texts changed; each fault that was mended is told on `stream`.

    Files are written, standard input's text is printed; with `diff` neither, but each change is shown. Raises `CommandError`.
    """
    files = _mended([request for request in asked if isinstance(request, Request)])
    for file in files.values():
        _tell(file, stream)
        if diff:
            put(difference(file.before.name, file.before.text, file.after.text))
        elif file.before.name == STDIN:
            put(file.after.text)
        elif file.changed:
            _save(file)
    told = [_with(request, files) if isinstance(request, Request) else request for request in asked]
    return told, sum(file.changed for file in files.values())


def _mended(requests: Sequence[Request]) -> dict[str, Mended]:
    """The files of some requests, each mended until nothing changes."""
    files = {_path(request.source): Mended(request.source, request.source) for request in requests}
    for _ in range(ROUNDS):
        outcomes = [outcome for request in requests for outcome in check(_with(request, files))]
        said = [diagnostic for outcome in outcomes for diagnostic in outcome.diagnostics]
        changed = [_round(path, file, said) for path, file in files.items()]
        if not any(changed):
            break
    return files


def _with(request: Request, files: dict[str, Mended]) -> Request:
    """A request with its text as it is by now."""
    return replace(request, source=replace(request.source, text=files[_path(request.source)].after.text))


def _round(path: str, file: Mended, said: Sequence[Diagnostic]) -> bool:
    """Make what can be made at once in one file; whether anything was."""
    text = file.after.text
    own = [d for d in said if d.edit is not None and d.edit.span.source.text == text and _path(d.edit.span.source) == path]
    chosen = safe(own)
    file.after = replace(file.after, text=applied(text, [d.edit for d in chosen if d.edit is not None]))
    file.done += chosen
    return bool(chosen)


def _tell(file: Mended, stream: TextIO) -> None:
    """Print what was mended, one line each."""
    for found in file.done:
        print(escaped(f"{found.span}: fixed[{found.code}]: {cut(found.message)}".replace("\n", " ")), file=stream)


def _save(file: Mended) -> None:
    """Write a mended file over the one that was read. Raises `CommandError` where that is not as it was read."""
    path = Path(_path(file.before))
    data = path.read_bytes()
    mark = UTF8_MARK if data.startswith(UTF8_MARK) else b""
    if data != mark + file.before.text.encode("utf-8"):
        raise CommandError(f"`{path}` was changed while it was checked; nothing was written")
    write(path, mark + file.after.text.encode("utf-8"))


def _path(source: Source) -> str:
    return os.path.realpath(source.name)
