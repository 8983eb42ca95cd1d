"""Calls of operations: arguments by kind, checked by the operation's model, then the module and its shapes."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from archdsl.diagnostics import Edit, Fault, Refused, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.advice import advise
from archdsl.elaborate.arguments import Given, bind, missing
from archdsl.elaborate.budgets import check_module
from archdsl.elaborate.callees import Called, defaults_of
from archdsl.elaborate.formulas import tensors_of
from archdsl.elaborate.parameters import is_none
from archdsl.elaborate.place import call, register
from archdsl.elaborate.refusals import invalid, with_reading
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Building, Context, Flow, Silent
from archdsl.elaborate.signatures import signature_of, words_of
from archdsl.elaborate.sizes import SizeReader, batch_fault, evaluate
from archdsl.elaborate.values import axis_of, fill, freeze, reread
from archdsl.graph import Module, Value
from archdsl.language.calls import replaced
from archdsl.language.expressions import scalar_value
from archdsl.language.items import Item
from archdsl.language.nodes import Node, Scalar, Sequence
from archdsl.ops import BY_NAME
from archdsl.ops.base import Op
from archdsl.ops.types import Kind
from archdsl.shapes import Batch


def call_operation(run: Run, kind: type[Op], called: Called, context: Context, x: Flow, name: str | None) -> tuple[str, Flow]:
    """Run an operation as a child of this level. Gives its key and its results."""
    item = called.item
    given, inputs = read_arguments(run, kind, called, context, x)
    values, places = {n: v for n, (v, _) in given.items()}, {n: s for n, (_, s) in given.items()}
    if any(value is LOST for value in inputs):
        checked(kind, values, places, item.head.span)
        raise Silent
    try:
        module = module_of(run, kind, values, inputs, places, item.head.span, context.level)
    except Fault as fault:
        raise with_reading(fault, kind, item, inputs) from None
    warn_permuted(run, module, item)
    advise(run, context.level, module, item, inputs, places)
    key = context.level.number() if name is None else name
    register(run, context.level, key, module, item.span)
    flow = call(context, module, inputs, item.span, key)
    run.written(flow, context, given)
    return key, flow


def read_arguments(run: Run, kind: type[Op], called: Called, context: Context, x: Flow) -> tuple[dict[str, tuple[Any, Span]], Flow]:
    """The arguments by name, the file's defaults beneath what the call says, and the tensors that flow in."""
    signature = signature_of(kind)
    merged = defaults_of(run, called.home, kind.name, signature)
    further: list[Given] = []
    for item, place in called.calls:
        plain, surplus = _further(kind, item)
        merged.update(bind(plain, place, signature, also=lambda fault: run.fail(fault, context)))
        further = [Given(node.span, place, node) for node in surplus] or further
    missing(merged, called.item, signature)
    inputs = list(x)
    values: dict[str, tuple[Any, Span]] = {}
    fault: Fault | None = None
    for argument, entry in merged.items():
        try:
            value = read_argument(run, kind, argument, entry, x)
        except Fault as found:
            if fault is not None:
                run.fail(fault, context)
            fault = found
            continue
        if isinstance(value, Value):
            inputs.append(value)
            value = value.shape
        if value is not None:
            values[argument] = (value, entry.span)
    if fault is not None:
        raise fault
    if further:
        values["arguments"] = (tuple(literal(run, entry, x) for entry in further), further[0].span)
    return values, tuple(inputs)


def _further(kind: type[Op], item: Item) -> tuple[Item, list[Node]]:
    """For an operation that takes any arguments: the call without the surplus positional ones, and those."""
    declared = signature_of(kind).names
    names = declared[: declared.index("arguments")] if "arguments" in declared else declared
    if names == declared or len(item.positional) <= len(names):
        return item, []
    kept = Item(item.head, item.span, item.positional[: len(names)], item.keywords, item.modifiers)
    return kept, list(item.positional[len(names) :])


def read_argument(run: Run, kind: type[Op], name: str, given: Given, x: Flow) -> object:
    """The value of one argument, read as its kind says; `None` where `none` is given."""
    how = kind.kinds().get(name, kind.further or Kind.VALUE)
    listed = how is Kind.VALUE and given.node is None
    value = reread(run, given.value, x) if listed else _READERS[how](run, kind, name, given, x)
    if isinstance(value, Batch):
        raise batch_fault(given.span)
    return _tuples(value)


def _tuples(value: object) -> object:
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


def _value(run: Run, kind: type[Op], name: str, given: Given, x: Flow) -> object:
    assert given.node is not None
    first, _, more = given.node.text.partition(" ") if isinstance(given.node, Scalar) else ("", "", "")
    if more and first in BY_NAME:
        message = f"`{given.node.span.text}` is a call, and `{name}` of `{kind.name}` is a value"
        help = f"children with names inside a child stand under `seq`, as `seq: {{{kind.name}: {given.node.span.text}}}`"
        raise Fault("AD1318", given.node.span, message, help=help)
    words = words_of(kind, name) if name in signature_of(kind).names else ()
    try:
        return evaluate(run, given.node, given.context, x, lambda n: n.text if n.text in words else None)
    except Fault as fault:
        if words and fault.diagnostic.code == "AD2001" and fault.diagnostic.span == given.span:
            raise _no_word(kind, name, words, given.span) from None
        raise


def _no_word(kind: type[Op], name: str, words: tuple[str, ...], span: Span) -> Fault:
    """A word where a number or one of a few words is expected."""
    if name == "padding" and span.text == "valid":
        help = "PyTorch's and Keras' `valid` is `0` here"
        return Fault("AD2118", span, f"`padding` of `{kind.name}` is a number or `same`", help=help, edit=replaced(span, "valid", "0"))
    near = nearest(span.text, words)
    edit = Edit(span, near, "maybe") if near else None
    wanted = f"a number, one number for each axis, or {', '.join(f'`{word}`' for word in words)}"
    message = f"`{name}` of `{kind.name}`: expected {wanted}; found `{span.text}`"
    return Fault("AD2118", span, message, help=f"did you mean `{near}`?" if near else None, edit=edit)


def _word(run: Run, kind: type[Op], name: str, given: Given, x: Flow) -> object:
    node, words = given.node, words_of(kind, name)
    if not isinstance(node, Scalar):
        return given.value
    if node.text in words:
        return node.text
    if is_none(node):
        return None
    scope = given.context.scope.find(node.text)
    if scope is not None and isinstance(scope.names[node.text], str):
        return str(scope.names[node.text])
    if not node.text.isidentifier():
        found = SizeReader(run, given.context, x, lambda n: n.text if n.text in words else None).evaluate(run.expression(node))
        if isinstance(found, str):
            return found
    near = nearest(node.text, words)
    help = f"did you mean `{near}`?" if near else None
    edit = Edit(node.span, near, "maybe") if near else None
    raise Fault("AD2118", node.span, f"`{name}` of `{kind.name}` is one of {', '.join(words)}; found `{node.text}`", help=help, edit=edit)


def _axis(run: Run, kind: type[Op], name: str, given: Given, x: Flow) -> object:
    if given.node is None:
        return given.value
    return axis_of(run, given.node, given.context, x, x[0] if x else None)


def _axes(run: Run, kind: type[Op], name: str, given: Given, x: Flow) -> object:
    node = given.node
    if node is None:
        return given.value
    value = x[0] if x else None
    if isinstance(node, Sequence):
        return tuple(axis_of(run, part, given.context, x, value) for part in node.items)
    if isinstance(node, Scalar) and node.text.isidentifier():
        try:
            return axis_of(run, node, given.context, x, value)
        except Fault:
            pass
    return evaluate(run, node, given.context, x)


def _text(run: Run, kind: type[Op], name: str, given: Given, x: Flow) -> object:
    return fill(run, given.node, given.context, x) if isinstance(given.node, Scalar) else given.value


def _tensor(run: Run, kind: type[Op], name: str, given: Given, x: Flow) -> object:
    assert given.node is not None
    found = tensors_of(run, given.node, given.context, x)
    if len(found) != 1:
        raise Fault("AD2020", given.span, f"`{name}` is one tensor, found {len(found)}")
    return found[0]


def literal(run: Run, given: Given, x: Flow) -> object:
    """A number, true, false or none, else a word as it stands; an expression in parentheses or brackets."""
    node = given.node
    if not isinstance(node, Scalar):
        return _tuples(evaluate(run, node, given.context, x)) if node is not None else given.value
    if node.text.startswith(("(", "[")):
        return _tuples(evaluate(run, node, given.context, x))
    return node.text if node.quoted else None if is_none(node) else scalar_value(node.text, node.span)


_READERS: dict[Kind, Any] = {
    Kind.VALUE: _value,
    Kind.WORD: _word,
    Kind.AXIS: _axis,
    Kind.AXES: _axes,
    Kind.TEXT: _text,
    Kind.TENSOR: _tensor,
    Kind.SIZES: _value,
    Kind.LITERAL: lambda run, kind, name, given, x: literal(run, given, x),
}


def checked(kind: type[Op], values: dict[str, Any], places: dict[str, Span], span: Span) -> Op:
    """The operation with these arguments. A Fault for one that it cannot have, whatever flows in."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise invalid(kind, error.errors(include_url=False), values, places, span) from None


def check_known(kind: type[Op], values: dict[str, Any], places: dict[str, Span], span: Span) -> None:
    """A Fault for an argument that the operation cannot have, whatever those are that are not among `values`."""
    try:
        kind.model_validate(values)
    except ValidationError as error:
        known = [found for found in error.errors(include_url=False) if found["loc"] and found["loc"][0] in values]
        if known:
            raise invalid(kind, known, values, places, span) from None


def module_of(
    run: Run, kind: type[Op], values: dict[str, Any], inputs: Flow, places: dict[str, Span], span: Span, level: Building
) -> Module:
    """The operation with these arguments on these shapes; equal ones are one object. A Fault where either does not fit."""
    shapes = tuple(value.shape for value in inputs)
    key = (kind, freeze(values), shapes)
    found = run.modules.get(key)
    if found is not None:
        return found
    operation = checked(kind, values, places, span)
    try:
        module = Module(operation, shapes, operation.results(shapes))
        check_module(run.limits, module)
    except Refused as refused:
        from archdsl.elaborate.sides import fault_of

        place = places.get(refused.argument or "", span)
        if refused.part is not None and place.text == values.get(refused.argument or ""):
            place = place.part(*refused.part)
        raise fault_of(refused, place, level, inputs) from None
    run.modules[key] = module
    return module


def warn_permuted(run: Run, module: Module, item: Item) -> None:
    """A convolution, pool or norm over channels reads axis 1, which a permutation may have made another."""
    shape, op = module.inputs[0], module.op
    if not shape.order or not (op.family in ("conv", "pool") or (op.family == "norm" and op.name not in OVER_LAST_AXIS)):
        return
    message = f"`{op.name}` takes axis 1 as the channels, but the axes of {shape} were permuted: axis 1 is what was axis {shape.order[1]}"
    run.warn("AD3105", item.head.span, message, help="permute the axes back first")


OVER_LAST_AXIS = frozenset(("layer_norm", "rms_norm"))
"""norms that do not read the channels"""


def module_again(module: Module, inputs: Flow, span: Span, level: Building) -> Module:
    """The same operation on other tensors."""
    shapes = tuple(value.shape for value in inputs)
    try:
        return module if shapes == module.inputs else Module(module.op, shapes, module.op.results(shapes))
    except Refused as refused:
        from archdsl.elaborate.sides import fault_of

        raise fault_of(refused, span, level, inputs) from None
