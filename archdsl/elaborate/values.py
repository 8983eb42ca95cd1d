"""Typed values: how the text of an argument is read depends on the type of its place, never on what happens to exist."""

from __future__ import annotations

from archdsl.diagnostics import Fault, Span
from archdsl.elaborate.arguments import Given
from archdsl.elaborate.parameters import Parameter, check, describe, is_none, is_pair, unknown_type, whole_hint
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Closure, Context, Flow, Silent, Word
from archdsl.elaborate.sizes import AXIS_NAMES, SizeReader, axis_fault, axis_number, batch_fault, evaluate
from archdsl.graph import Value
from archdsl.language.expressions import scalar_value
from archdsl.language.items import Item
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.tree import Expression, Name
from archdsl.shapes import Batch


def truth(run: Run, node: Node, context: Context, x: Flow) -> bool:
    """A condition, true or false as in Python."""
    try:
        found = evaluate(run, node, context, x)
    except Fault as fault:
        if fault.diagnostic.code != "AD2002":
            raise
        said = fault.diagnostic
        message = f"a condition is settled when the spec is compiled, and of the tensor `{said.span.text}` only the shape is known"
        raise Fault(said.code, said.span, message, help=said.help) from None
    if isinstance(found, Batch):
        raise batch_fault(node.span)
    return bool(found)


def number(value: object, span: Span, what: str, minimum: int = 0) -> int:
    """A whole number of at least `minimum`; a Fault for any other value."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Fault("AD2110", span, f"{what} is a whole number, found {describe(value)}")
    if value < minimum:
        raise Fault("AD2110", span, f"{what} is at least {minimum}, found {value}")
    return value


def read_parameter(run: Run, parameter: Parameter, given: Given, x: Flow, owner: str) -> object:
    """The value of an argument of a block, as the parameter's type or default says; `None` where `none` is given."""
    value = _READERS[parameter.reading](run, given, x)
    if isinstance(value, Batch):
        raise batch_fault(given.span)
    return check(value, parameter, given.span, owner)


def _value(run: Run, given: Given, x: Flow) -> object:
    if given.node is None:
        return reread(run, given.value, x)
    return evaluate(run, given.node, given.context, x, _same)


def _same(node: Name) -> object | None:
    return "same" if node.text == "same" else None


def reread(run: Run, value: object, x: Flow) -> object:
    """A value out of a list where a number is wanted: a word there is an expression of the place where it was written."""
    if not isinstance(value, Word):
        return value
    closure = value.closure
    assert isinstance(closure.node, Scalar)
    reader = SizeReader(run, Context(closure.scope, closure.scope.labels.level), x, _same)
    try:
        return reader.evaluate(run.expression(closure.node))
    except Fault as fault:
        near = unknown_type(value)
        if near is None:
            raise
        raise Fault(fault.diagnostic.code, fault.diagnostic.span, f"no type `{value}`", help=f"did you mean `{near}`?") from None


def _list(run: Run, given: Given, x: Flow) -> object:
    if isinstance(given.node, Sequence):
        return elements(run, given.node, given.context)
    value = _value(run, given, x)
    return list(value) if isinstance(value, tuple) else value


def elements(run: Run, node: Sequence, context: Context) -> list[object]:
    """The elements of a list parameter: numbers as they are, words to be read where they are used."""
    return [element(run, item, context) for item in node.items]


def element(run: Run, node: Node, context: Context) -> object:
    """One element of a list parameter."""
    if isinstance(node, Sequence):
        return elements(run, node, context)
    if isinstance(node, Mapping):
        return Closure(node, context.scope)
    if is_none(node):
        return None
    if not node.quoted:
        if is_pair(node.text):
            return tuple(scalar_value(part, node.span) for part in node.text.split("x"))
        value = scalar_value(node.text, node.span)
        if not isinstance(value, str):
            return value
    return Word.of(node.text, Closure(node, context.scope))


def _item(run: Run, given: Given, x: Flow) -> object:
    node = given.node
    if node is None:
        return given.value
    if not isinstance(node, Scalar):
        return Closure(node, given.context.scope)
    if is_none(node):
        return None
    if node.text.startswith("(") and node.text.endswith(")"):
        return evaluate(run, node, given.context, x, lambda name: Word.of(name.text, Closure(_scalar(name), given.context.scope)))
    value = node.text if node.quoted else scalar_value(node.text, node.span)
    if not isinstance(value, str):
        return value
    return Word.of(node.text, Closure(node, given.context.scope))


def _scalar(name: Name) -> Scalar:
    return Scalar(name.text, name.span)


def _text(run: Run, given: Given, x: Flow) -> object:
    if given.node is None or not isinstance(given.node, Scalar):
        return given.value
    return fill(run, given.node, given.context, x)


def fill(run: Run, node: Scalar, context: Context, x: Flow) -> str:
    """Free text, or a name, with its `{expression}` filled in; only whole numbers and texts may stand there."""
    words = []
    for part in run.parsed_name(node):
        if not isinstance(part, Expression):
            words.append(part)
            continue
        value = SizeReader(run, context, x).evaluate(part)
        if isinstance(value, bool) or not isinstance(value, int | str):
            message = f"whole numbers and texts are filled in between braces, found {describe(value)}"
            raise Fault("AD2116", part.span, message, help=whole_hint(value))
        words.append(str(value))
    return "".join(words)


def _axis(run: Run, given: Given, x: Flow) -> object:
    if given.node is None:
        return given.value
    return axis_of(run, given.node, given.context, x, x[0] if x else None)


_READERS = {
    "value": _value,
    "int": _value,
    "float": _value,
    "number": _value,
    "bool": _value,
    "size": lambda run, given, x: (lambda v: tuple(v) if isinstance(v, list) else v)(_value(run, given, x)),
    "list": _list,
    "item": _item,
    "word": _item,
    "text": _text,
    "axis": _axis,
}


def axis_of(run: Run, node: Node, context: Context, x: Flow, value: Value | None) -> int:
    """An axis: a name, which wins over a parameter of that name, or torch's number."""
    if isinstance(node, Scalar) and node.text in AXIS_NAMES:
        if value is None:
            message = f"`{node.text}` is an axis of a tensor, but a list of tensors flows in"
            raise Fault("AD2020", node.span, message, help="choose one with `from:`, or write the number of the axis")
        if value is LOST:
            raise Silent
        return axis_number(node.text, value, node.span)
    try:
        found = evaluate(run, node, context, x)
    except Fault as fault:
        raise axis_fault(fault, node.span.text) from None
    if isinstance(found, bool) or not isinstance(found, int):
        help = f"write a number, as `1` or `-1`, or a name: {', '.join(AXIS_NAMES)}"
        raise Fault("AD2117", node.span, f"an axis is a number or a name, found {describe(found)}", help=help)
    return found


def spread_list(run: Run, item: Item, context: Context, x: Flow, first: Parameter | None) -> list[Given] | None:
    """The arguments that a list as the only positional argument of a block fills, in order; `None` where there is no such list."""
    if len(item.positional) != 1 or first is None or first.reading == "list":
        return None
    node = item.positional[0]
    if isinstance(node, Sequence):
        return [Given(part.span, context, part) for part in node.items]
    if not isinstance(node, Scalar) or first.reading in ("item", "word", "text", "axis"):
        return None
    value = _value(run, Given(node.span, context, node), x)
    if isinstance(value, list):
        return [Given(node.span, context, None, part) for part in value]
    return None


def freeze(value: object) -> object:
    """A key that is equal for equal arguments: numbers with their types, items by the place where they were written."""
    match value:
        case dict():
            return tuple((name, freeze(v)) for name, v in value.items())
        case list() | tuple():
            return (type(value).__name__, *(freeze(v) for v in value))
        case Word():
            return ("word", str(value), value.closure.scope.file, _local(value.closure))
        case Closure():
            return ("item", value.node, value.scope)
        case _:
            return (type(value).__name__, value)


def _local(closure: Closure) -> object:
    """Where a word is looked up, as far as it matters: a name of the file or library means the same everywhere in a file."""
    word = closure.node.text.split(" ")[0] if isinstance(closure.node, Scalar) else ""
    found = closure.scope.find(word)
    plain = isinstance(closure.node, Scalar) and " " not in closure.node.text
    return found if plain else closure.scope
