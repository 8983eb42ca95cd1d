"""`reuse`: an earlier child of the level run again, with the same weights."""

from __future__ import annotations

from archdsl.diagnostics import Fault, Label
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.operations import module_again
from archdsl.elaborate.place import call
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Context, Flow, Silent
from archdsl.elaborate.values import fill
from archdsl.graph import Level, Module, interchangeable
from archdsl.language.items import Item
from archdsl.language.nodes import Scalar
from archdsl.shapes import Shape


def reuse(run: Run, item: Item, context: Context, x: Flow) -> Flow:
    """Run a child again on what flows in now. Raises a Fault where its weights would have other shapes or its code other numbers."""
    node = item.positional[0]
    assert isinstance(node, Scalar)
    key = fill(run, node, context, x)
    first = context.level.children.get(key)
    if first is None:
        if context.scope.labels.table.get(key) is LOST:
            raise Silent
        near = nearest(key, context.level.children)
        children = ", ".join(list(context.level.children)[:12])
        there = f"the children so far are {children}" if children else "the level has no children yet"
        raise Fault("AD2025", node.span, f"no earlier child `{key}` in this level", help=f"did you mean `{near}`?" if near else there)
    if LOST in x:
        raise Silent
    again = _again(run, key, first, item, context, x)
    if not interchangeable(first, again):
        labels = (Label(context.level.places[key], f"made for {_shapes(first)}"),)
        flowing = ", ".join(str(value.shape) for value in x)
        message = (
            f"`{key}` takes {_shapes(first)}, for which it was made; {flowing} flows in, which would need other weights or other numbers"
        )
        if len(x) == 1 and isinstance(first, Module) and _channels(first.inputs) != _channels((x[0].shape,)):
            message = f"`{key}` takes {_channels(first.inputs)} channels, {_channels((x[0].shape,))} flow in"
        raise Fault("AD2026", item.head.span, message, labels=labels, help="reuse it where the same shape flows, or write another child")
    return call(context, again, x, item.span, key, reused=True)


def _again(run: Run, key: str, first: Module | Level, item: Item, context: Context, x: Flow) -> Module | Level:
    if isinstance(first, Module):
        return module_again(first, x, item.head.span, context.level)
    return context.level.makers[key](x)


def _channels(shapes: tuple[Shape, ...]) -> int:
    return shapes[0].channels if shapes[0].batched and shapes[0].rank > 1 else 0


def _shapes(module: Module | Level) -> str:
    shapes = module.inputs if isinstance(module, Module) else tuple(value.shape for value in module.inputs)
    return ", ".join(str(shape) for shape in shapes)
