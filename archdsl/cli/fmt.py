"""`archdsl fmt`: specs in their canonical form. A file is written whole or not at all, and not if it is as it should be."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from archdsl.cli.answers import answer, exit_code
from archdsl.cli.options import Limit, read_stdin
from archdsl.cli.output import difference, put, write
from archdsl.diagnostics import Diagnostic, Fault, Source, SpecError
from archdsl.diagnostics.text import escaped
from archdsl.language.formatter import formatted
from archdsl.language.source import load_source
from archdsl.request import limits_of_text

SUFFIXES = (".yaml", ".yml")
SPEC = re.compile(r"""(?:^|[{,]\s*)["']?(?:body|blocks|extends)["']?\s*:""", re.MULTILINE)
"""what tells a spec from other YAML, which a folder may hold too"""

Paths = Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or - for standard input.", show_default=False)]


def fmt(
    paths: Paths,
    limit: Limit,
    check: Annotated[
        bool, typer.Option("--check", help="Name the files that would change, and change none: code 1 if there are any.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and change nothing: code 1 if anything would.")] = False,
) -> None:
    """Write specs in their canonical form.

    Comments, order, anchors and meaning stay. Two spaces a level. What is in brackets stands on one line of up to 140 characters; where it
    does not fit, a list keeps its rows, and the rest is written out, a part a line. Quotes only where they mean something. One space before
    a comment, or a column where comments share one. One empty line at most.

    Of a folder, the YAML files with a `body`, `blocks` or `extends` are taken.
    """
    limits = limits_of_text(limit)
    said: list[Diagnostic] = []
    changed: list[str] = []
    same = 0
    for path, searched in _files(paths):
        try:
            source = read_stdin(limits) if path == "-" else load_source(path, limits)
            if searched and SPEC.search(source.text) is None:
                continue
            text = formatted(source, limits)
        except Fault as fault:
            said.append(fault.diagnostic)
        except SpecError as error:
            said += error.diagnostics
        else:
            same += text == source.text
            changed += [] if text == source.text else [source.name]
            _show(path, source, text, check, diff)
    answer(said, "full", sys.stderr)
    if set(paths) != {"-"} and (changed or same or not said):
        print(_counted(len(changed), same, check or diff), file=sys.stderr)
    raise typer.Exit(max(exit_code(said), int((check or diff) and bool(changed))))


def _show(path: str, source: Source, text: str, check: bool, diff: bool) -> None:
    """Write or print one text, or only say or show that it would change."""
    if diff:
        put(difference(source.name, source.text, text))
    if check and text != source.text:
        print(f"{escaped(source.name)}: would be formatted", file=sys.stderr if diff else sys.stdout)
    if check or diff:
        return
    if path == "-":
        put(text)
    elif text != source.text:
        write(Path(os.path.realpath(path)), text)
        print(f"{escaped(source.name)}: formatted")


def _counted(changed: int, same: int, only: bool) -> str:
    """How many files changed, or would change: `1 file formatted, 2 unchanged`."""
    parts = [(changed, "would be formatted" if only else "formatted"), (same, "unchanged")]
    told = [f"{count:,} {'file ' if count == 1 else 'files '}{what}" for count, what in parts if count]
    return ", ".join(told) or "no specs found"


def _files(paths: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """The files that are named, and those in folders that are named, which are marked."""
    for path in paths:
        if path == "-" or not Path(path).is_dir():
            yield path, False
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if name.endswith(SUFFIXES) and not name.startswith("."):
                    yield str(Path(folder, name)), True
