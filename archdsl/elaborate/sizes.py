"""Expressions in arguments: names of the scopes around, and sizes of tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archdsl.diagnostics import Fault, Label, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Absent, Context, Flow, Held, Lazy, Silent, heard
from archdsl.elaborate.scope import Label as Bound
from archdsl.functions import BY_NAME as TENSOR_FUNCTIONS
from archdsl.graph import Value
from archdsl.language.builtin import Builtin
from archdsl.language.calls import replaced
from archdsl.language.evaluate import FUNCTIONS, Evaluator
from archdsl.language.nodes import Mapping, Node, Sequence
from archdsl.language.scalars import OLDER
from archdsl.language.tree import Attribute, Binary, Call, Compare, Expression, Name, Subscript
from archdsl.language.unknown import INSTEAD, unknown_name
from archdsl.shapes import SPATIAL_NAMES, Batch

CHOOSE = "name them where they are made, `as: [a, b]`, and choose one here, `from: a`"
"""what to do with several tensors"""
AXIS_NAMES = ("batch", "channels", "depth", "height", "width", "length", "features")


class Sizes(tuple[int | Batch, ...]):
    """`x.shape`: torch's shape, whose entry 0 is the batch."""

    value: Value


def spatial_names(value: Value) -> tuple[str, ...]:
    """The names of a tensor's axes after the channels; none beyond three."""
    return SPATIAL_NAMES.get(value.shape.rank - 2, ())


def axis_number(name: str, value: Value, span: Span) -> int:
    """The axis that a name means on a tensor, as torch counts."""
    if name in ("batch", "channels", "features"):
        return {"batch": 0, "channels": 1, "features": -1}[name]
    names = spatial_names(value)
    if name in names:
        return 2 + names.index(name)
    raise Fault("AD2115", span, f"{value.shape} has no axis `{name}`", help=f"its axes are {', '.join(axes_of(value))}")


def axes_of(value: Value) -> tuple[str, ...]:
    """What a tensor's axes are called."""
    return ("batch", "channels", *spatial_names(value), "features") if value.shape.rank > 1 else ("batch",)


def size_of(run: Run, value: Value, attribute: str, span: Span) -> int | Sizes:
    """A size that an expression reads. The use of a spatial one binds the network to its input's size."""
    if value is LOST:
        raise Silent
    shape = value.shape
    if attribute == "shape":
        sizes = Sizes(shape.dims)
        sizes.value = value
        return sizes
    if attribute == "batch":
        raise batch_fault(span)
    if attribute not in AXIS_NAMES:
        raise _no_attribute(value, attribute, span)
    if shape.rank < 2 and attribute != "features":
        raise _no_attribute(value, attribute, span)
    if shape.order and attribute not in ("channels", "features"):
        number = axis_number(attribute, value, span)
        message = f"`{attribute}` of a tensor whose axes were permuted: it is the size of axis {number}, whatever that is now"
        run.warn("AD3106", span, message, help="read the size before `permute`, or write `x.shape[…]`")
    axis = axis_number(attribute, value, span) if attribute in ("channels", "features") or attribute in spatial_names(value) else None
    if axis is None:
        raise _no_attribute(value, attribute, span)
    return entry(run, value, axis, span)


def entry(run: Run, value: Value, axis: int, span: Span) -> int:
    """One entry of a shape, which must be a number."""
    size = value.shape.dims[axis]
    if isinstance(size, Batch):
        message = f"axis {axis} of {value.shape} is the batch, which is known only at run time"
        raise Fault("AD2114", span, message, help="the sizes of one example begin with `x.shape[1]`, the channels")
    position = axis % value.shape.rank
    if (position >= 2 and not (axis == -1 and value.shape.order is not None)) or (position == 1 and value.shape.order is not None):
        run.sized = run.sized or span
    return size


def batch_fault(span: Span) -> Fault:
    """The size of the batch where a number is needed."""
    message = "the batch is known only at run time: it may be handed on, not computed with"
    help = "in a formula `x.shape[0]` stands alone where sizes are given, as in `reshape(x, x.shape[0], -1)`"
    return Fault("AD2114", span, message, help=help)


def axis_fault(fault: Fault, text: str) -> Fault:
    """The fault of a name that is unknown and likely a misspelled axis."""
    found, near = fault.diagnostic, nearest(text, AXIS_NAMES)
    if found.code not in ("AD2001", "AD2003") or found.span.text != text or near is None:
        return fault
    edit = replaced(found.span, text, near, "maybe")
    return Fault("AD2117", found.span, f"`{text}` is no axis", help=f"did you mean `{near}`?", edit=edit)


def _no_attribute(value: Value, attribute: str, span: Span) -> Fault:
    names = [*axes_of(value)[1:], "shape"]
    near = nearest(attribute, names)
    hint = f"did you mean `{near}`?" if near else f"it has {' '.join(names)}"
    return Fault("AD2115", span, f"a tensor of {value.shape} has no `{attribute}`", help=hint)


class SizeReader(Evaluator):
    """Evaluates an expression where an argument stands. `fallback` reads a name that nothing binds."""

    def __init__(self, run: Run, context: Context, x: Flow, fallback: Callable[[Name], object | None] | None = None) -> None:
        super().__init__(run.limits)
        self.run, self.context, self.x, self.fallback = run, context, x, fallback

    def evaluate(self, expression: Expression) -> object:
        """The value of an expression; its steps count towards those of the whole network."""
        if self._running:
            return super().evaluate(expression)
        self.run.afford(expression.span)
        try:
            return super().evaluate(expression)
        finally:
            self.run.spent.steps += self.steps

    def name(self, node: Name) -> object:
        if len(node.parts) == 1:
            return self.value(node)
        tensor, rest = self.tensor_prefix(node)
        if tensor is None and self.context.scope.find(node.parts[0]) is not None:
            return self.attribute(self.value(node), Attribute(node.span, node, ".".join(node.parts[1:])))
        if tensor is None:
            raise self.unknown(node)
        if len(rest) != 1:
            raise Fault("AD2115", node.span, f"`{node.text}` is no size of a tensor", help="write as in `x.channels` or `x.shape[1]`")
        return size_of(self.run, tensor, rest[0], node.span)

    def value(self, node: Name) -> object:
        """What a plain name stands for: a variable, a name of `let`, a parameter."""
        name = node.parts[0]
        scope = self.context.scope.find(name)
        if scope is None:
            found = None if self.fallback is None else self.fallback(node)
            found = self.label(name, node.span) if found is None else found
            if found is LOST:
                raise Silent
            if isinstance(found, Value | Absent) or found is None:
                raise self.unknown(node)
            return found
        value = scope.names[name]
        return force(self.run, value) if isinstance(value, Lazy) else value

    def held(self, name: str) -> Held | None:
        """The tensor that a loop variable stands for."""
        scope = self.context.scope.find(name)
        value = None if scope is None else scope.names[name]
        return value if isinstance(value, Held) else None

    def tensor_prefix(self, node: Name) -> tuple[Value | None, tuple[str, ...]]:
        """The tensor that the longest beginning of a dotted name labels, of any level around, and what is left."""
        held = self.held(node.parts[0])
        if held is not None:
            return held.value, node.parts[1:]
        for count in range(len(node.parts), 0, -1):
            label = self.label(".".join(node.parts[:count]), node.span)
            if isinstance(label, Value):
                return label, node.parts[count:]
            if isinstance(label, Absent):
                raise absent(".".join(node.parts[:count]), node.span, label)
        return None, node.parts

    def label(self, name: str, span: Span) -> Bound | None:
        """What a name labels, looked for in this level and those around it."""
        if name == "x":
            return self.flow(span)
        for labels in self.context.scope.labels.around():
            if name in labels.table:
                return labels.table[name]
        return None

    def flow(self, span: Span) -> Value:
        """`x`: the one tensor that flows in."""
        if len(self.x) != 1:
            found = f"{len(self.x)} tensors flow in" if self.x else "a list of tensors flows in"
            raise Fault("AD2020", span, f"`x` is one tensor, but {found}", help=CHOOSE)
        if self.x[0] is LOST:
            raise Silent
        return self.x[0]

    def subscript(self, node: Subscript, value: object, index: object) -> object:
        if not isinstance(value, Sizes):
            return super().subscript(node, value, index)
        if isinstance(index, int) and not isinstance(index, bool) and -len(value) <= index < len(value):
            return self.shape_entry(value, index, node.span)
        self.run.sized = self.run.sized or node.span
        return super().subscript(node, tuple(value), index)

    def shape_entry(self, sizes: Sizes, axis: int, span: Span) -> object:
        """`x.shape[axis]`."""
        return entry(self.run, sizes.value, axis, span)

    def attribute(self, value: object, node: Attribute) -> object:
        if isinstance(value, Value):
            return size_of(self.run, value, node.name, node.span)
        return super().attribute(value, node)

    def call(self, node: Call) -> object:
        name = node.function.text
        if name in TENSOR_FUNCTIONS and name not in (*FUNCTIONS, *INSTEAD):
            message = f"`{name}` computes with tensors; an expression gives a number"
            raise Fault("AD1410", node.function.span, message, help=f"write an item of its own: `math: {name}(…)`")
        return super().call(node)

    def binary(self, node: Binary, left: object, right: object) -> object:
        if isinstance(left, Batch) or isinstance(right, Batch):
            raise batch_fault(node.span)
        return super().binary(node, left, right)

    def compare(self, node: Compare, operator: str, left: object, right: object) -> object:
        if isinstance(left, Batch) or isinstance(right, Batch):
            raise batch_fault(node.span)
        return super().compare(node, operator, left, right)

    def truth(self, node: Expression, value: object) -> bool:
        if isinstance(value, Batch):
            raise batch_fault(node.span)
        return super().truth(node, value)

    def apply(self, node: Call, function: Builtin, arguments: list[object], keywords: dict[str, object]) -> object:
        try:
            return super().apply(node, function, arguments, keywords)
        except Fault as fault:
            parts = [part for value in arguments for part in (value if isinstance(value, tuple | list) else (value,))]
            if fault.diagnostic.code == "AD1455" and any(isinstance(part, Batch) for part in parts):
                raise batch_fault(node.span) from None
            raise

    def unknown(self, node: Name) -> Fault:
        """A name that nothing binds."""
        name = node.parts[0]
        tensors = [label for labels in self.context.scope.labels.around() for label in labels.table]
        if node.text in tensors or name in tensors or node.text == "x":
            known = node.text if node.text in tensors else name
            help = f"its sizes are numbers, as `{known}.channels`"
            return Fault("AD2002", node.span, f"`{known}` is a tensor; a number is needed here", help=help)
        if name == "it":
            help = "`it` is the number of a token and lives in `legend` alone"
            return Fault("AD2001", node.span, "undefined name `it`", help=help)
        document = self.context.scope.file.document
        names = self.context.scope.known()
        if not names and name not in OLDER:
            help = f"declare it, as `params: {{{name}: …}}`, or under `let`"
            help += "; a block sees no names of its caller" if self.context.uses else ""
            return heard(Fault("AD2001", node.span, f"undefined name `{name}`", help=help), document)
        return heard(unknown_name(replace(node, parts=(name,)), [*names, *tensors]), document)


def absent(name: str, span: Span, label: Absent) -> Fault:
    """The label of an item that is absent was read."""
    message = f"`{name}` is absent: its `when` is false"
    return Fault("AD2007", span, message, labels=(Label(label.span, "this is false"),), help="give it an `else`, or the same `when` here")


def force(run: Run, lazy: Lazy) -> object:
    """The value of a name of `let`."""
    if lazy.state == "read":
        return lazy.value
    if lazy.state == "failed":
        raise Silent
    if lazy.state == "reading":
        raise _circle(run.reading[run.reading.index(lazy) :])
    lazy.state = "reading"
    run.reading.append(lazy)
    try:
        lazy.value = evaluate(run, lazy.node, lazy.context, lazy.x)
    except (Fault, Silent):
        lazy.state = "failed"
        raise
    finally:
        run.reading.pop()
    lazy.state = "read"
    return lazy.value


def _circle(names: list[Lazy]) -> Fault:
    """Names of `let` that need each other, in the order in which they do."""
    first = names[0]
    chain = " → ".join([*(lazy.name for lazy in names), first.name])
    message = f"`{first.name}` depends on itself: {chain}" if len(names) > 1 else f"`{first.name}` depends on itself"
    labels = tuple(Label(lazy.node.span, f"`{lazy.name}`") for lazy in names[1:])
    return Fault("AD2008", first.node.span, message, labels=labels, help="give one of them a value of its own")


def evaluate(run: Run, node: Node, context: Context, x: Flow, fallback: Callable[[Name], object | None] | None = None) -> object:
    """The value of an expression; of a list, each element's."""
    if isinstance(node, Sequence):
        return [evaluate(run, item, context, x, fallback) for item in node.items]
    if isinstance(node, Mapping):
        raise Fault("AD2110", node.span, "found a mapping where a value was expected")
    return SizeReader(run, context, x, fallback).evaluate(run.expression(node))
