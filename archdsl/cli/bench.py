"""`archdsl bench`: how fast the built network runs here, and with how much memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl.cli.options import Input, Limit, Options, Root, Set, SpecArgument, Variant, many
from archdsl.cli.placed import placed
from archdsl.cli.progress import busy
from archdsl.cli.show import checked
from archdsl.diagnostics.text import escaped

if TYPE_CHECKING:
    from archdsl.inspect.speed import Speed

Sizes = Annotated[list[int], many("--batch", "N", "A size of batch; may be repeated. 1 and 32 unless told.")]
Seconds = Annotated[float, typer.Option("--seconds", min=0.01, metavar="S", help="How long each row is timed.")]
HEADS = ("way", "batch", "latency", "quartiles", "images/s", "against eager", "memory", "runs")


class Way(StrEnum):
    """How a network is run."""

    eager = "eager"
    channels_last = "channels_last"
    bf16 = "bf16"
    compiled = "compiled"


class Rows(StrEnum):
    """How the rows are printed."""

    text = "text"
    json = "json"


Ways = Annotated[list[Way], many("--way", "WAY", "eager, channels_last, bf16 or compiled; may be repeated. All unless told.")]


def bench(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    batch: Sizes,
    way: Ways,
    variant: Variant = None,
    root: Root = None,
    device: Annotated[str, typer.Option("--device", metavar="NAME", help="Where to run: auto, cpu, cuda, cuda:1, mps.")] = "auto",
    seconds: Seconds = 1.0,
    format: Annotated[Rows, typer.Option("--format", help="How the rows are printed.")] = Rows.text,
) -> None:
    """Time forward passes in eval mode, without gradients: the median of as many as fit into the time, its quartiles, the peak of memory
    beside the weights."""
    network = checked(Options(set, variant, input, root, limit), spec)
    from archdsl.inspect.speed import WAYS, speeds, surroundings

    place = placed(device)
    with busy(f"building {network.name}"):
        model = network.build(device=place, seed=0)
    found: list[Speed] = []
    with busy("running it"):
        found += speeds(network.graph, model, batches=batch or (1, 32), ways=[one.value for one in way] or WAYS, seconds=seconds)
    if format == Rows.json:
        print(json.dumps([_facts(speed) for speed in found], indent=2))
        return
    print(f"{escaped(network.name)}  {network.shapes}  {surroundings(place)}\n")
    print("\n".join(_table(found)))


def _facts(speed: Speed) -> dict[str, object]:
    return {
        "way": speed.way,
        "batch": speed.batch,
        "seconds": speed.seconds,
        "quartiles": [speed.lower, speed.upper],
        "images_per_second": speed.images_per_second,
        "memory_bytes": speed.memory,
        "runs": speed.runs,
    }


def _table(found: Sequence[Speed]) -> list[str]:
    eager = {speed.batch: speed.seconds for speed in found if speed.way == "eager"}
    rows = [HEADS, *(_row(speed, eager.get(speed.batch)) for speed in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]) for row in rows]


def _row(speed: Speed, eager: float | None) -> tuple[str, ...]:
    return (
        speed.way,
        str(speed.batch),
        f"{speed.seconds * 1e3:.3f} ms",
        f"{speed.lower * 1e3:.3f}–{speed.upper * 1e3:.3f}",
        f"{speed.images_per_second:,.0f}",
        "" if eager is None else f"{eager / speed.seconds:.2f}×",
        "" if speed.memory is None else f"{speed.memory / 2**20:,.1f} MB",
        str(speed.runs),
    )
