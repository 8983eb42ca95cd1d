"""`archdsl sizes`: which input sizes a network takes, and where it leaves pixels out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl import pipeline
from archdsl.cli.options import Input, Limit, Options, Root, Set, SpecArgument, Variant
from archdsl.cli.progress import busy
from archdsl.diagnostics.text import escaped
from archdsl.network import network_of

if TYPE_CHECKING:
    from archdsl.sizes import Axes

UpTo = Annotated[int | None, typer.Option("--up-to", min=1, metavar="N", help="The largest size that is tried.", show_default=False)]
LAYERS = 4
"""layers that are named where pixels are left out"""


def sizes(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    variant: Variant = None,
    root: Root = None,
    up_to: UpTo = None,
) -> None:
    """Say which input sizes a network takes, which keep its weights, and at which a layer leaves pixels out.

    Every size from 1 on is tried, by inferring all shapes at it.
    """
    from archdsl.sizes import sizes as tried

    outcome = pipeline.run(Options(set, variant, input, root, limit).request(spec))
    network = network_of(outcome)
    print(f"{escaped(network.name)} as written: {network.shapes}")
    with busy("trying sizes"):
        found = list(tried(outcome, up_to))
    for axes in found:
        print("\n".join(["", *_said(axes)]))
    if not found:
        print("it has no axis of space, whose size could be another")


def _said(axes: Axes) -> Iterator[str]:
    from archdsl.sizes import spelled

    yield f"{' = '.join(axes.names)}, sizes 1 to {axes.last}"
    yield f"  taken            {spelled(axes.accepted, axes.last)}"
    if axes.accepted != axes.same_weights:
        size, changed = next((n, axes.found[n].changed) for n in axes.accepted if axes.found[n].changed)
        yield f"  same weights     {spelled(axes.same_weights, axes.last)}: at {size} `{changed}` has another shape"
    yield f"  no pixel unread  {spelled(axes.complete, axes.last)}"
    smallest = min(axes.accepted, default=axes.last + 1)
    refused = smallest - 1 if smallest > 1 else next((n for n in axes.found if axes.found[n].refused), None)
    fault = axes.found[refused].refused if refused else None
    if fault is not None:
        yield f"  refused          {refused}, for one: {fault.span}: {fault.message}"
    cut = next((n for n in axes.accepted if axes.found[n].unread), None)
    if cut is not None:
        yield f"  unread at {cut}{' ' * max(1, 7 - len(str(cut)))}{_layers(axes, cut)}"


def _layers(axes: Axes, size: int) -> str:
    unread = axes.found[size].unread or {}
    layers = [f"`{path}` leaves out the last {max(left)}" for path, left in unread.items()]
    more = f" and {len(layers) - LAYERS} more" if len(layers) > LAYERS else ""
    return f"{', '.join(layers[:LAYERS])}{more}"
