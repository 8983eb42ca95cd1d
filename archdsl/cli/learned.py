"""What `eval` and `predict` share: options, and faults of devices and networks as those of a command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from archdsl.cli.answers import CommandError
from archdsl.cli.options import WEIGHTS

Learned = Annotated[str, typer.Option("--weights", metavar="FILE", help=WEIGHTS)]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="Where the network runs: auto, cpu, cuda, cuda:1, mps.")]


class Answer(StrEnum):
    """How results are printed."""

    text = "text"
    json = "json"


@contextmanager
def answering() -> Iterator[None]:
    """Say what is wrong with a device, or a network for this command, as a wrong command line is said. Raises `CommandError`."""
    from archdsl.backends.torch.devices import NoDevice
    from archdsl.training.names import NoClasses

    try:
        yield
    except (NoClasses, NoDevice) as error:
        raise CommandError(str(error)) from None


def columns(rows: Sequence[tuple[str, ...]], left: int = 1) -> str:
    """Rows as a table whose first columns stand to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = ([cell.ljust(w) if i < left else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))] for row in rows)
    return "\n".join("  ".join(row).rstrip() for row in cells)
