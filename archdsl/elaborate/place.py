"""Putting things into a level: modules under their keys, calls of modules and functions in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archdsl.diagnostics import Fault, Label, Refused, Span
from archdsl.elaborate.budgets import check_activations
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Building, Context, Flow, Side, Silent
from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, Value
from archdsl.ops.types import Kind


def register(run: Run, level: Building, key: str, module: Module | Level, span: Span) -> str:
    """Make a module a child of a level. A stateless operation may stand twice under one key."""
    before = level.children.get(key)
    if before is not None:
        if _same_stateless(before, module):
            return key
        first = level.places[key]
        turns = "; these are two turns of one loop" if first == span else ""
        message = f"two modules at the key `{key}`: every child of a level needs a key of its own{turns}"
        help = "let the name differ in every turn of the loop" if turns else "give one of them another name"
        raise Fault("AD3001", span, message, labels=(Label(first, "the first"),), help=help)
    if key in level.tensors:
        message = f"a tensor and a child at the key `{key}`: whatever a level holds needs a key of its own"
        raise Fault("AD3001", span, message, labels=(Label(level.places[key], "the tensor"),), help="give one of them another name")
    top, _, rest = key.partition(".")
    holder = _holder(level, key)
    if holder is not None:
        there = level.children[holder]
        what = f"is a {there.op.name} and" if isinstance(there, Module) else "is a module of its own that"
        message = f"`{holder}` {what} cannot hold `{key}`" if rest else f"`{key}` holds `{holder}` already, so it is no module itself"
        help = f"give one of them another name, as `{key.replace('.', '_') if rest else f'{key}.0'}`"
        raise Fault("AD3002", span, message, labels=(Label(level.places[holder], f"`{holder}`"),), help=help)
    level.children[key] = module
    level.places[key] = span
    level.tops.add(top)
    count(run, level, 1 if isinstance(module, Module) else module.layers, span)
    return key


def count(run: Run, level: Building, layers: int, span: Span) -> None:
    """Add to the number of layers of a level, and refuse what is over the limit."""
    level.layers += layers
    if level.layers > run.limits.layers:
        run.full = True
        message = f"{level.layers:,} layers or more after every loop and block is expanded; the limit `layers` is {run.limits.layers:,}"
        raise Fault("AD5010", span, message, help=f"raise it with `--limit layers={10 * level.layers}`")


def _holder(level: Building, key: str) -> str | None:
    """A key that stands in the way: one that this key would be inside, or that is inside this key."""
    if key in level.tops and key not in level.children:
        return next(k for k in level.children if k.startswith(f"{key}."))
    parts = key.split(".")
    return next((k for k in (".".join(parts[:i]) for i in range(1, len(parts))) if k in level.children), None)


def _same_stateless(before: Module | Level, module: Module | Level) -> bool:
    if isinstance(before, Level) or isinstance(module, Level):
        return False
    return not before.tensors and before.op == module.op


def call(context: Context, target: Module | Level, inputs: Flow, span: Span, name: str, *, reused: bool = False) -> Flow:
    """Run a child on tensors."""
    shapes = target.outputs if isinstance(target, Module) else tuple(v.shape for v in target.outputs)
    outputs = tuple(Value(shape, name) for shape in shapes)
    context.level.calls.append(Call(target, inputs, outputs, span, name, reused))
    return outputs


def call_function(
    run: Run,
    context: Context,
    kind: type[Function],
    arguments: dict[str, object],
    span: Span,
    batch: Value | None = None,
    sides: Sequence[Side] = (),
    places: Mapping[str, Span] | None = None,
) -> Flow:
    """Run a function. Tensors among its arguments are values of this level; the function itself sees their shapes.

    `sides` say how a fault introduces each of the tensors, `places` where arguments stand.
    """
    operands: list[Value | None] = []
    fields: dict[str, object] = {}
    kinds = kind.kinds()
    for name in kinds:
        argument = arguments.get(name)
        if isinstance(argument, Value):
            operands.append(argument)
            fields[name] = argument.shape
        elif kinds[name] is Kind.TENSORS and isinstance(argument, list | tuple):
            operands.extend(argument)
            fields[name] = tuple(v.shape for v in argument)
        elif name in arguments:
            fields[name] = tuple(argument) if isinstance(argument, list) else argument
        operands += [None] if kinds[name] is Kind.TENSOR and not isinstance(argument, Value) else []
    inputs = [value for value in operands if value is not None]
    if any(v is LOST for v in inputs):
        raise Silent
    function = kind(**fields)
    try:
        result = function.infer()
        shapes = result if isinstance(result, tuple) else (result,)
        check_activations(run.limits, shapes)
    except Refused as refused:
        from archdsl.elaborate.sides import fault_of

        place = (places or {}).get(refused.argument or "", span)
        raise fault_of(refused, place, context.level, operands, sides) from None
    outputs = tuple(Value(shape, kind.name) for shape in shapes)
    context.level.calls.append(Call(function, tuple(inputs), outputs, span, batch=batch))
    return outputs
