"""The commands. Each turns its arguments into one request, does one thing with it, and prints."""

from __future__ import annotations

import typer

from archdsl._version import __version__
from archdsl.cli import build, check, show

START = """\
archdsl turns a short YAML spec into a PyTorch network.

  archdsl check net.yaml                 is it right? what does it cost?
  archdsl summary net.yaml               a table of its layers
  archdsl draw net.yaml -o net.svg       a drawing
  archdsl build net.yaml -o net.py       build it, run it once, save it
  archdsl emit net.yaml                  the same network as Python source

A first spec, net.yaml:

  input: [3, 32, 32]
  body: [conv 64, relu, max_pool 2, conv 128, relu, global_avg_pool, flatten, linear 10]

`archdsl COMMAND --help` lists the options of a command."""

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
app.command("check")(check.check)
app.command("summary")(show.summary)
app.command("build")(build.build)
app.command("draw")(show.draw)
app.command("emit")(show.emit)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"archdsl {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
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
