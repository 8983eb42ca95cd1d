"""`archdsl zoo`: the networks that come with archdsl."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from archdsl import zoo as networks
from archdsl.analyses.units import human
from archdsl.cli.amounts import amount
from archdsl.cli.answers import CommandError
from archdsl.cli.options import one
from archdsl.diagnostics.suggest import did_you_mean

HEAD = ("network", "parameters", "MACs", "input", "top-1", "source of the accuracy")
NUMBERS = (1, 2, 4)
"""columns that are aligned to the right"""
UNKNOWN = "–"
SCHEMA = r"\A# yaml-language-server: .*\n"
"""the line that names the schema by its place beside our own specs"""


class Order(StrEnum):
    """What the list is sorted by."""

    name = "name"
    params = "params"
    macs = "macs"
    top1 = "top1"


class Form(StrEnum):
    """How the list is printed."""

    text = "text"
    markdown = "markdown"
    json = "json"


KEYS: dict[Order, Callable[[networks.Entry], tuple[object, ...]]] = {
    Order.name: lambda entry: (entry.name,),
    Order.params: lambda entry: (entry.params, entry.name),
    Order.macs: lambda entry: (entry.macs, entry.name),
    Order.top1: lambda entry: (-(entry.top1 or 0.0), entry.name),
}
"""from small to large, accuracies from the best"""

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="A network whose spec is printed.", show_default=False)]


def zoo(
    name: Name = None,
    max_params: Annotated[str | None, one("--max-params", "N", "At most so many parameters, as 5M.")] = None,
    max_macs: Annotated[str | None, one("--max-macs", "N", "At most so many multiply-accumulates, as 600M.")] = None,
    min_top1: Annotated[float | None, one("--min-top1", "N", "At least so many percent.")] = None,
    sort: Annotated[Order, typer.Option("--sort", help="What the list is sorted by.")] = Order.name,
    format: Annotated[Form, typer.Option("--format", help="How the list is printed.")] = Form.text,
) -> None:
    """List the networks that come with archdsl, or print the spec of one.

    Every command takes such a name in place of a file: `archdsl build resnet50`.
    """
    if name is not None:
        _show(name)
        return
    params, macs = amount("--max-params", max_params), amount("--max-macs", max_macs)
    found = [entry for entry in networks.entries().values() if _fits(entry, params, macs, min_top1)]
    print(FORMS[format](sorted(found, key=KEYS[sort])), end="")


def _show(name: str) -> None:
    path = networks.path(name)
    if path is None:
        help = did_you_mean(name, networks.names()) or "`archdsl zoo` lists all"
        raise CommandError(f"there is no network `{name}` in the zoo: {help}")
    text = path.read_text(encoding="utf-8")
    print(re.sub(SCHEMA, "", text), end="")
    extended = re.search(r"^extends: (family/\w+)\.yaml$", text, re.MULTILINE)
    if extended:
        print(f"`archdsl zoo {extended[1]}` prints what it extends", file=sys.stderr)


def _fits(entry: networks.Entry, params: int | None, macs: int | None, top1: float | None) -> bool:
    within = (params is None or entry.params <= params) and (macs is None or entry.macs <= macs)
    return within and (top1 is None or (entry.top1 or 0.0) >= top1)


def _row(entry: networks.Entry) -> tuple[str, ...]:
    top1 = UNKNOWN if entry.top1 is None else f"{entry.top1:.2f}"
    return entry.name, human(entry.params), human(entry.macs), entry.input, top1, entry.source or UNKNOWN


def _text(found: Sequence[networks.Entry]) -> str:
    rows = [HEAD, *(_row(entry) for entry in found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    return "\n".join([*lines, "", f"{len(found)} networks", ""])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.rjust(width) if i in NUMBERS else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))]


def _markdown(found: Sequence[networks.Entry]) -> str:
    rows = [HEAD, ("---", "---:", "---:", "---", "---:", "---"), *(_row(entry) for entry in found)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _json(found: Sequence[networks.Entry]) -> str:
    return json.dumps([asdict(entry) for entry in found], indent=2) + "\n"


FORMS = {Form.text: _text, Form.markdown: _markdown, Form.json: _json}
