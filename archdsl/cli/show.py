"""`archdsl summary`, `draw` and `emit`: what a checked network looks like, without torch."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl.cli.answers import CommandError, answer
from archdsl.cli.options import Input, Limit, Options, Out, Root, Set, SpecArgument, Variant, many
from archdsl.cli.output import check_target, write
from archdsl.cli.progress import busy
from archdsl.network import load

if TYPE_CHECKING:
    from archdsl.network import Network

Depth = Annotated[int | None, typer.Option("--depth", min=0, metavar="N", help="Levels that are opened.", show_default=False)]
Expand = Annotated[list[str], many("--expand", "PATH", "A level to open, whatever the depth; may be repeated.")]


class Theme(StrEnum):
    """Colours of a drawing."""

    light = "light"
    dark = "dark"


class Direction(StrEnum):
    """Where a drawing grows to."""

    TB = "TB"
    LR = "LR"


class Table(StrEnum):
    """How a summary is printed."""

    text = "text"
    markdown = "markdown"
    json = "json"
    csv = "csv"


def checked(options: Options, spec: str) -> Network:
    """The network of a spec, its warnings told. Raises `SpecError`."""
    with busy(f"checking {spec}"):
        network = load(options.request(spec))
    answer(network.diagnostics, "full", sys.stderr)
    return network


def summary(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    variant: Variant = None,
    root: Root = None,
    depth: Depth = None,
    format: Annotated[Table, typer.Option("--format", help="How the table is printed.")] = Table.text,
) -> None:
    """Print a table of the layers: names, shapes, parameters, multiply-accumulates."""
    network = checked(Options(set, variant, input, root, limit), spec)
    print(network.summary(depth, format.value))


def draw(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    expand: Expand,
    output: Out = None,
    variant: Variant = None,
    root: Root = None,
    depth: Depth = None,
    theme: Annotated[Theme, typer.Option("--theme", help="Colours.")] = Theme.light,
    direction: Annotated[Direction, typer.Option("--direction", help="Top to bottom, or left to right.")] = Direction.TB,
) -> None:
    """Draw the network: .svg, .png and .pdf need Graphviz's dot, .dot and .mmd (Mermaid) need nothing."""
    from archdsl.network import PICTURES

    if output is None:
        raise CommandError(f"say where to draw to: `archdsl draw {spec} -o net.svg`")
    check_target(output, [f".{name}" for name in PICTURES], spec)
    network = checked(Options(set, variant, input, root, limit), spec)
    with busy("drawing"):
        picture = network.draw(format=output.suffix[1:], depth=depth, expand=tuple(expand), theme=theme.value, direction=direction.value)
    write(output, picture)


def emit(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    output: Out = None,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Print the network as Python source that needs nothing but torch, or write it to a .py file."""
    if output is not None:
        check_target(output, (".py",), spec)
    source = checked(Options(set, variant, input, root, limit), spec).to_python()
    if output is None:
        print(source, end="")
    else:
        write(output, source)
