"""`archdsl explain`: what stands behind a code, or how a layer of a spec comes about."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from archdsl.cli.answers import CommandError, looks
from archdsl.cli.options import Input, Limit, Options, Root, Set, Variant
from archdsl.cli.progress import busy
from archdsl.diagnostics import CODES
from archdsl.diagnostics.page import page
from archdsl.diagnostics.suggest import did_you_mean

What = Annotated[
    str | None,
    typer.Argument(metavar="[CODE | SPEC]", help="A code, as AD2006, or a spec; all codes are listed without one.", show_default=False),
]
Path = Annotated[
    str | None,
    typer.Argument(metavar="[PATH]", help="A layer, level or label of the spec, as layer2.0.conv1.", show_default=False),
]


def explain(
    set: Set,
    input: Input,
    limit: Limit,
    what: What = None,
    path: Path = None,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Explain a code, or how a layer's shape, parameters and MACs come about and which lines set them."""
    if what is None:
        print("\n".join(f"{code}  {title}" for code, title in CODES.items()))
    elif path is None and re.fullmatch(r"(?i)ad\w+", what):
        print(page(_known(what.upper())), end="")
    else:
        print(_of_spec(Options(set, variant, input, root, limit), what, path or ""), end="")


def _known(code: str) -> str:
    if code in CODES:
        return code
    help = did_you_mean(code, CODES) or "`archdsl explain` lists all"
    raise CommandError(f"there is no code `{code}`: {help}")


def _of_spec(options: Options, spec: str, path: str) -> str:
    """How a layer of a spec comes about. Raises `SpecError` where the spec is wrong."""
    from archdsl import pipeline
    from archdsl.analyses.explained import explain as explained
    from archdsl.analyses.paths import NotThere
    from archdsl.backends.explanation import render
    from archdsl.elaborate.trace import Trace
    from archdsl.network import network_of

    trace: Trace = {}
    with busy(f"checking {spec}"):
        outcome = pipeline.run(options.request(spec), trace)
        graph = network_of(outcome).graph
    chosen = None if outcome.document is None else outcome.document.chosen or outcome.document.variant
    try:
        return render(explained(graph, trace, path, chosen), **looks(sys.stdout))
    except NotThere as error:
        raise CommandError(str(error)) from None
