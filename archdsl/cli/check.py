"""`archdsl check`: every file is answered, the worst answer is the exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl import pipeline
from archdsl.cli.answers import Format, answer, exit_code
from archdsl.cli.options import Input, Limit, Options, Root, Set, SpecsArgument, Variant
from archdsl.cli.progress import busy
from archdsl.diagnostics import Diagnostic, Fault, SpecError
from archdsl.diagnostics.collect import distinct
from archdsl.network import network_of

if TYPE_CHECKING:
    from archdsl.network import Network

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
) -> None:
    """Say whether specs are right, and what their networks cost.

    A family is checked in each of its variants, unless one is chosen.
    """
    options = Options(set, variant, input, root, limit)
    said: list[Diagnostic] = []
    for spec in specs:
        read: list[Diagnostic] = []
        lines = []
        with busy(f"checking {spec}"):
            for outcome in _outcomes(options, spec):
                read += outcome.diagnostics
                lines += [] if outcome.graph is None else [_line(network_of(outcome), outcome.variant)]
        found = distinct(read)
        said += found
        if format in FOR_PEOPLE:
            answer(found, format.value, sys.stdout)
            print(*lines, sep="\n", end="\n" if lines else "")
    if format not in FOR_PEOPLE:
        answer(said, format.value, sys.stdout)
    raise typer.Exit(exit_code(said, strict))


def _outcomes(options: Options, spec: str) -> Iterator[pipeline.Outcome]:
    """The outcome of a file in each of its variants; one without a graph where not even the request can be made."""
    try:
        request = options.request(spec)
    except Fault as fault:
        yield pipeline.Outcome(None, (fault.diagnostic,))
    except SpecError as error:
        yield pipeline.Outcome(None, error.diagnostics)
    else:
        yield from pipeline.check(request)


def _line(network: Network, variant: str) -> str:
    from archdsl.analyses.units import macs

    name = f"{network.request.source.name} {variant}".rstrip()
    return f"{name}: ok, {network.parameters:,} parameters, {macs(network.macs)}, {network.shapes}"
