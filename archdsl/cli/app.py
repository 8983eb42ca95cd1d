"""The commands. Each turns its arguments into one request, does one thing with it, and prints."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from archdsl._version import __version__

COMMANDS = {
    "check": "check.check",
    "summary": "show.summary",
    "build": "build.build",
    "train": "train.train",
    "eval": "eval.eval",
    "predict": "predict.predict",
    "bench": "bench.bench",
    "draw": "show.draw",
    "emit": "show.emit",
    "fmt": "fmt.fmt",
    "explain": "explain.explain",
    "zoo": "zoo.zoo",
    "fit": "fit.fit",
    "sizes": "sizes.sizes",
    "inspect": "inspect.inspect",
    "ops": "reference.ops",
    "blocks": "reference.blocks",
    "functions": "reference.functions",
    "limits": "limits.limits",
    "schema": "schema.schema",
    "new": "new.new",
    "lsp": "lsp.lsp",
}
"""the functions, or groups of such, behind the words, in the order of `--help`"""

START = """\
archdsl turns a short YAML spec into a PyTorch network.

  archdsl new net                        a first spec, net.yaml, that runs
  archdsl check net.yaml                 is it right? what does it cost?
  archdsl summary net.yaml               a table of its layers
  archdsl draw net.yaml -o net.svg       a drawing
  archdsl build net.yaml -o net.py       build it, run it once, save it
  archdsl emit net.yaml                  the same network as Python source
  archdsl explain net.yaml conv1         how a layer's shape and costs come about
  archdsl explain AD2006                 what stands behind a code
  archdsl ops conv                       what an operation is and takes; also blocks, functions
  archdsl zoo                            networks to start from, as resnet50

A first spec, net.yaml:

  input: [3, 32, 32]
  body: [conv 64, relu, max_pool 2, conv 128, relu, global_avg_pool, flatten, linear 10]

`archdsl COMMAND --help` lists the options of a command."""


def application(words: Sequence[str] = ()) -> typer.Typer:
    """What runs a command line: all commands, or only the one that it names, since the others take their time to load."""
    app = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    )
    word = next((word for word in words if not word.startswith("-")), "")
    for name in [word] if word in COMMANDS else COMMANDS:
        file, function = COMMANDS[name].split(".")
        found = getattr(import_module(f"archdsl.cli.{file}"), function)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
            continue
        app.command(name)(found)
    app.callback(invoke_without_command=True)(_start)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"archdsl {__version__}")
        raise typer.Exit


def _start(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version and stop."),
    trace: bool = typer.Option(False, "--trace", help="Show the traceback of an internal error. May stand anywhere."),
) -> None:
    """Short YAML specs that become PyTorch networks: checked, drawn, emitted and trained.

    Exit codes: 0 clean, 1 a wrong spec, 2 a wrong command line, 3 a limit, 4 a bug in archdsl.
    """
    if context.invoked_subcommand is None:
        print(START)
