"""`archdsl check`: every file is answered, the worst answer is the exit code."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl import pipeline
from archdsl.cli.answers import Format, answer, exit_code
from archdsl.cli.options import Input, Limit, Options, Root, Set, SpecsArgument, Variant
from archdsl.cli.progress import busy
from archdsl.diagnostics import Diagnostic, Fault, SpecError
from archdsl.diagnostics.collect import CLEAN, distinct
from archdsl.diagnostics.text import escaped
from archdsl.network import network_of
from archdsl.request import Request

if TYPE_CHECKING:
    from archdsl.network import Network

Asked = Request | pipeline.Outcome
"""a request, or what came of it where it could not even be made"""
FOR_PEOPLE = (Format.full, Format.concise)


def check(
    specs: SpecsArgument,
    set: Set,
    input: Input,
    limit: Limit,
    variant: Variant = None,
    root: Root = None,
    format: Annotated[Format, typer.Option("--format", help="How faults are printed.")] = Format.full,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Mend the files where that is safe; of standard input, print the text.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what --fix would change, and change nothing.")] = False,
) -> None:
    """Say whether specs are right, and what their networks cost.

    A family is checked in each of its variants, unless one is chosen.
    """
    options = Options(set, variant, input, root, limit)
    asked = [_asked(options, spec) for spec in specs]
    people = format in FOR_PEOPLE
    out = sys.stderr if diff or (fix and "-" in specs) else sys.stdout
    changes = 0
    if fix or diff:
        from archdsl.cli.fix import mend

        asked, changes = mend(asked, diff, out if people else sys.stderr)
    said: list[Diagnostic] = []
    for request in asked:
        found, lines = _checked(request, strict)
        said += found
        if people:
            answer(found, format.value, out)
            print(*lines, sep="\n", end="\n" if lines else "", file=out)
    if not people:
        answer(said, format.value, out)
    raise typer.Exit(max(exit_code(said), int(diff and changes > 0)))


def _asked(options: Options, spec: str) -> Asked:
    """The request for a file; an outcome without a graph where not even that can be made."""
    try:
        return options.request(spec)
    except Fault as fault:
        return pipeline.Outcome(None, (fault.diagnostic,))
    except SpecError as error:
        return pipeline.Outcome(None, error.diagnostics)


def _checked(asked: Asked, strict: bool) -> tuple[tuple[Diagnostic, ...], list[str]]:
    """What is to be said of one file, each once, and a line for each variant that is right. `strict` takes warnings for errors."""
    read: list[Diagnostic] = []
    lines = []
    with busy(f"checking {asked.source.name}" if isinstance(asked, Request) else "checking"):
        for outcome in pipeline.check(asked) if isinstance(asked, Request) else (asked,):
            found = tuple(replace(d, severity="error") if strict and d.severity == "warning" else d for d in outcome.diagnostics)
            read += found
            right = outcome.graph is not None and exit_code(found) == CLEAN
            lines += [_line(network_of(outcome), outcome.variant)] if right else []
    return distinct(read), lines


def _line(network: Network, variant: str) -> str:
    from archdsl.analyses.units import macs

    name = escaped(f"{network.request.source.name} {variant}".rstrip())
    return f"{name}: ok, {network.parameters:,} parameters, {macs(network.macs)}, {network.shapes}"
