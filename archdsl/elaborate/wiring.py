"""Wiring: words that run items without a level of their own and merge what they give by functions, as a formula would."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from archdsl.diagnostics import Diagnostic, Edit, Fault, Refused, Span
from archdsl.elaborate.absences import absences
from archdsl.elaborate.formulas import evaluate_formula, tensors_of
from archdsl.elaborate.place import call_function
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Context, Flow, Side, Silent
from archdsl.elaborate.sizes import CHOOSE
from archdsl.elaborate.values import axis_of, truth
from archdsl.functions.base import Function
from archdsl.functions.merge import Add, Concat, Gate, Multiply, unequal
from archdsl.graph import Value
from archdsl.language.items import Item
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.tree import Call
from archdsl.ops import BY_NAME

Operand = tuple[Value, Span]


def one(flow: Flow, span: Span) -> Value:
    """The tensor that flows; a Fault where several do or none."""
    if len(flow) == 1:
        return flow[0]
    found = f"{len(flow)} tensors flow in" if flow else "a list of tensors flows in"
    raise Fault("AD2020", span, f"one tensor is needed, but {found}", help=CHOOSE)


def do(run: Run, item: Item, context: Context, x: Flow) -> Flow:
    """Items grouped, without a level."""
    return run.body(item.positional[0], context, x)


def residual(run: Run, item: Item, context: Context, x: Flow) -> Flow:
    """Shortcut + body; the one written first registers and runs first (He et al. 2015)."""
    extra = {key.text: (key, node) for key, node in item.keywords}
    body = item.positional[0]
    one(x, item.head.span)
    if "skip" in extra and not truth(run, extra["skip"][1], context, x):
        return run.body(body, context, x)
    if "shortcut" not in extra:
        return _residual(run, item, context, run.body(body, context, x), x, None, x)
    key, path = extra["shortcut"]
    if key.span.start < item.head.span.start:
        shortcut = run.body(path, context, x)
        return _residual(run, item, context, run.body(body, context, x), shortcut, key.span, x)
    flow = run.body(body, context, x)
    return _residual(run, item, context, flow, run.body(path, context, x), key.span, x)


def _residual(run: Run, item: Item, context: Context, body: Flow, shortcut: Flow, place: Span | None, x: Flow) -> Flow:
    left, right = one(shortcut, item.head.span), one(body, item.head.span)
    if left is LOST or right is LOST:
        raise Silent
    if left.shape.dims != right.shape.dims:
        raise _unequal(run, item, context, left, right, place, x)
    return call_function(run, context, Add, {"tensors": (left, right)}, item.head.span)


def _unequal(run: Run, item: Item, context: Context, left: Value, right: Value, place: Span | None, x: Flow) -> Fault:
    """The fault of a residual whose shortcut (left) and body (right) differ."""
    from archdsl.elaborate.projection import projection
    from archdsl.elaborate.sides import fault_of

    side = Side("its `shortcut` gives", place) if place else Side("the shortcut is", otherwise="what flows in")
    message = f"`residual` adds {right.shape} to {left.shape}"
    help = projection(run, left.shape, right.shape, item, context, x)
    if help is not None:
        help = f"{f'the shortcut must give {right.shape}' if place else 'project the shortcut'}:  shortcut: [{help}]"
    missing = absences(run, item, context, x)
    if missing:
        message += f", because {missing[0].text}"
        help = "give that item an `else`, or the same `when` on the items of the other side"
    refused = Refused("AD3104", message, help=help, at=unequal((right.shape, left.shape), 0, 1))
    fault = fault_of(refused, item.head.span, context.level, (right, left), (Side("the body gives"), side))
    fault.diagnostic = replace(fault.diagnostic, labels=(*fault.diagnostic.labels, *missing))
    return fault


def gate(run: Run, item: Item, context: Context, x: Flow) -> Flow:
    """The body's output times what flows in."""
    factor = one(run.body(item.positional[0], context, x), item.head.span)
    sides = (Side("the body gives"), Side("it is multiplied by", otherwise="what flows in"))
    return call_function(run, context, Gate, {"x": factor, "other": one(x, item.head.span)}, item.head.span, sides=sides)


def add(run: Run, item: Item, context: Context, x: Flow) -> Flow:
    """The sum of the operands, left to right; shapes must be equal."""
    return _merge(run, item, context, x, Add, {})


def mul(run: Run, item: Item, context: Context, x: Flow) -> Flow:
    """The product of the operands, left to right; sizes of 1 broadcast."""
    return _merge(run, item, context, x, Multiply, {})


def concat(run: Run, item: Item, context: Context, x: Flow) -> Flow:
    """The operands side by side along one axis, the channels unless told."""
    found = operands(run, item, context, x)
    dim = next((node for key, node in item.keywords if key.text == "dim"), None)
    axis = axis_of(run, dim, context, x, found[0][0]) if dim is not None and found else 1
    return _merge_found(run, item, context, Concat, found, {"dim": axis})


def _merge(run: Run, item: Item, context: Context, x: Flow, kind: type[Function], more: dict[str, object]) -> Flow:
    return _merge_found(run, item, context, kind, operands(run, item, context, x), more)


def _merge_found(
    run: Run, item: Item, context: Context, kind: type[Function], found: list[Operand], more: dict[str, object]
) -> Flow:
    if not found:
        message = f"all operands of `{item.head.text}` are absent: each has a `when` that is false, or a loop without a turn"
        raise Fault("AD3010", item.head.span, message, help="keep one operand, or give this item the same `when`")
    if any(value is LOST for value, _ in found):
        raise Silent
    if len(found) == 1:
        return (found[0][0],)
    sides = tuple(Side("this is", span) for _, span in found)
    return call_function(run, context, kind, {"tensors": tuple(value for value, _ in found), **more}, item.head.span, sides=sides)


def operands(run: Run, item: Item, context: Context, x: Flow) -> list[Operand]:
    """What a merge merges, each with its place. Every operand starts from what flows in."""
    node = item.positional[0]
    found: list[Operand] = []
    for key, operand in _listed(run, node):
        try:
            found.extend((one(flow, operand.span), operand.span) for flow in _operand(run, key, operand, context, x))
        except Fault as fault:
            run.fail(fault, context)
            found.append((LOST, operand.span))
        except Silent:
            found.append((LOST, operand.span))
    return found


def _listed(run: Run, node: Node) -> Iterable[tuple[Scalar | None, Node]]:
    if isinstance(node, Mapping):
        return run.parsed_body(node)[1]
    return [(None, operand) for operand in node.items] if isinstance(node, Sequence) else [(None, node)]


def _operand(run: Run, key: Scalar | None, node: Node, context: Context, x: Flow) -> Iterable[Flow]:
    if key is not None or isinstance(node, Mapping):
        return run.operand(run.parsed_item(node), context, x, key)
    if isinstance(node, Sequence):
        return [run.body(node, context, x)]
    if isinstance(node, Scalar) and node.text.isdigit():
        message = f"among operands text is a tensor, found the number {node.text}"
        raise Fault("AD1457", node.span, message, help=f"a path is a list: `[conv {node.text}]`")
    if isinstance(node, Scalar) and node.text.partition(" ")[0] in BY_NAME and not _is_tensor(node.text, context):
        message = f"among operands text is a tensor, and none is called `{node.text}`"
        edit = None if node.quoted or "," in node.text else Edit(node.span, f"[{node.text}]", "safe")
        raise Fault("AD2003", node.span, message, help=f"a path is a list: `[{node.text}]`", edit=edit)
    if isinstance(node, Scalar) and node.text in BY_NAME and node.text in context.scope.labels.table:
        message = f"`{node.text}` is read as the child of that name, not as the operation"
        run.warn("AD2028", node.span, message, help=f"for the operation write a path: `[{node.text}]`")
    return [(value,) for value in tensors_of(run, node, context, x)]


def _is_tensor(text: str, context: Context) -> bool:
    """Whether a text is a name that is bound, or a formula that begins with one."""
    word = text.partition(" ")[0]
    return any(word in labels.table for labels in context.scope.labels.around()) or context.scope.find(word) is not None


def math(run: Run, item: Item, context: Context, x: Flow) -> Flow:
    """A formula over tensors."""
    node = item.positional[0]
    assert isinstance(node, Scalar)
    flow = evaluate_formula(run, node, context, x)
    lines = run.formula(node)
    last = lines[0][1]
    if len(lines) == 1 and isinstance(last, Call) and len(last.arguments) == 1 and last.function.text in BY_NAME:
        word = last.function.text
        message = f"`{word}` is an operation too, a module that drawings and hooks know by its name"
        run.report(Diagnostic("AD1459", "note", message, last.span, help=f"write `- {word}`"))
    return flow


WIRINGS: dict[str, Callable[[Run, Item, Context, Flow], Flow]] = {
    "do": do,
    "residual": residual,
    "gate": gate,
    "add": add,
    "mul": mul,
    "concat": concat,
    "math": math,
}
"""every wiring word but `seq`, which makes a level"""
