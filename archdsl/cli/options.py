"""The options that every command shares, and the request that they make."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from archdsl.diagnostics import Source
from archdsl.limits import Limits
from archdsl.request import Request, input_of_text, limits_of_text, read_spec, settings_of_text, variant_of_text


def many(name: str, metavar: str, help: str) -> Any:
    """An option that may be repeated."""
    return typer.Option(name, metavar=metavar, help=help, default_factory=list, show_default=False)


def one(name: str, metavar: str, help: str, *names: str) -> Any:
    """An option with one value, none unless given."""
    return typer.Option(name, *names, metavar=metavar, help=help, show_default=False)


SpecArgument = Annotated[str, typer.Argument(metavar="SPEC", help="A spec's file, or - for standard input.", show_default=False)]
SpecsArgument = Annotated[list[str], typer.Argument(metavar="SPEC", help="Files of specs, or - for standard input.", show_default=False)]
Set = Annotated[list[str], many("--set", "NAME=VALUE", "A parameter's value; may be repeated.")]
Input = Annotated[list[str], many("--input", "SIZES", "Another input: 3x64x64, or a=3x8x8 for each of several.")]
Limit = Annotated[list[str], many("--limit", "NAME=NUMBER", "Another limit; may be repeated.")]
Variant = Annotated[str | None, one("--variant", "NAME", "The variant of a family.")]
Root = Annotated[Path | None, one("--root", "FOLDER", "The folder that imports may not leave; the spec's own unless told.")]
WEIGHTS = "Weights to load: a .safetensors, a .pt with a state_dict, `published` for those that the spec names, or `torchvision:NAME`."
Weights = Annotated[str | None, one("--weights", "FILE", WEIGHTS)]
Partial = Annotated[bool, typer.Option("--partial", help="Load the weights that fit and leave the others as initialised.")]
Out = Annotated[Path | None, one("-o", "FILE", "Where to write; the suffix says what.", "--output")]


@dataclass(frozen=True)
class Options:
    """The shared options as they were typed."""

    set: list[str]
    variant: str | None
    input: list[str]
    root: Path | None
    limit: list[str]

    def request(self, spec: str) -> Request:
        """The request for one spec. Raises `Fault` or `SpecError` for what is written wrongly."""
        limits = limits_of_text(self.limit)
        source = read_stdin(limits) if spec == "-" else read_spec(Path(spec), limits)
        return Request(source, variant_of_text(self.variant), settings_of_text(self.set), input_of_text(self.input), self.root, limits)


STDIN = "<stdin>"
"""what standard input is called"""


def read_stdin(limits: Limits) -> Source:
    """The spec on standard input, as a file called `<stdin>`."""
    from archdsl.language.source import source_of_bytes

    return source_of_bytes(sys.stdin.buffer.read(limits.file_bytes + 1), STDIN, limits)
