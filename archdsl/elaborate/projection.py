"""The layers to paste into a shortcut, so that it gives what the body gives."""

from __future__ import annotations

from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context, Flow
from archdsl.elaborate.terms import term
from archdsl.language.items import Item
from archdsl.shapes import Shape, window


def projection(run: Run, given: Shape, wanted: Shape, item: Item, context: Context, x: Flow) -> str | None:
    """The items that make one shape of another, in the terms of the item: `conv out 1 stride=stride`; `None` where none do."""
    if given.rank != wanted.rank or not (given.batched and wanted.batched):
        return None
    if given.rank == 2 or wanted.order is not None:
        return f"linear {term(run, wanted.features, context, x, item.span, 'out')}" if given.dims[:-1] == wanted.dims[:-1] else None
    out = term(run, wanted.channels, context, x, item.span, "out")
    pairs = list(zip(given.spatial, wanted.spatial, strict=True))
    strides = [-(-a // b) for a, b in pairs]
    if all(window(a, 1, stride) == b for (a, b), stride in zip(pairs, strides, strict=True)):
        return f"conv {out} 1{_stride(run, strides, item, context, x)}"
    size = str(wanted.spatial[0]) if len(set(wanted.spatial)) == 1 else "x".join(map(str, wanted.spatial))
    resize = "crop" if all(a >= b for a, b in pairs) else "upsample"
    return f"{resize} size={size}" + (f", conv {out} 1" if given.channels != wanted.channels else "")


def _stride(run: Run, strides: list[int], item: Item, context: Context, x: Flow) -> str:
    if len(set(strides)) > 1:
        return f" stride={'x'.join(map(str, strides))}"
    return "" if strides[0] == 1 else f" stride={term(run, strides[0], context, x, item.span, 'stride')}"
