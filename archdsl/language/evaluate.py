"""Tree → value: numbers, texts, truth values, lists, tuples, and whatever opaque objects a subclass brings in.

Every step is metered, and what may grow (powers, repetitions, ranges) is measured before it is computed. What knows tensors and scopes
subclasses `Evaluator` and overrides its hooks.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from archdsl.diagnostics import Fault, Label, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.language.builtin import FUNCTIONS, Builtin
from archdsl.language.meter import Meter
from archdsl.language.shown import KINDS, kind, measure, show
from archdsl.language.tree import (
    Attribute,
    Binary,
    Call,
    Compare,
    Comprehension,
    Conditional,
    Expression,
    ListDisplay,
    Literal,
    Logic,
    Name,
    Slice,
    Subscript,
    Targets,
    TupleDisplay,
    Unary,
    walk,
)
from archdsl.language.unknown import unknown_function, unknown_name
from archdsl.limits import Limits

__all__ = ["FUNCTIONS", "Evaluator"]

ARITHMETIC: dict[str, Callable[[Any, Any], object]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
Row = list[object] | tuple[object, ...]


class Evaluator(Meter):
    """Computes expressions without names.

    `evaluate` begins a new count of steps, unless a hook calls it for a part of what is being computed: then loop variables stay visible.
    An expression that a name stands for (a `let`) needs an evaluator of its own.

    >>> from archdsl.diagnostics import Source
    >>> from archdsl.language.expressions import parse_expression
    >>> from archdsl.limits import DEFAULT
    >>> text = "[64 * 2**i for i in range(3)]"
    >>> Evaluator(DEFAULT).evaluate(parse_expression(text, Span(Source("", text), 0, len(text))))
    [64, 128, 256]
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.variables: dict[str, object] = {}
        """loop variables of the comprehensions around the node that is being computed"""
        self._running = False

    def evaluate(self, expression: Expression) -> object:
        """The value of an expression. Raises a `Fault` (AD141… and AD5…) that shows the values."""
        if self._running:
            return self._value(expression)
        self._running, self.steps = True, 0
        try:
            return self._value(expression)
        finally:
            self._running = False

    # Hooks.

    def name(self, node: Name) -> object:
        """The value of a name that is no loop variable."""
        raise unknown_name(node, ())

    def origin(self, node: Name) -> Span | None:
        """Where a name got its value, for messages."""
        return None

    def attribute(self, value: object, node: Attribute) -> object:
        """`value.name`"""
        message = f"{kind(value)} has no attribute `{node.name}`; only tensors have attributes, their sizes"
        help = "`len(…)` is its length, `…[0]` its first element" if isinstance(value, (list, tuple)) else None
        raise Fault("AD1416", node.span, message, help=help)

    def truth(self, node: Expression, value: object) -> bool:
        """Whether a value counts as true, as in Python."""
        return bool(value)

    def iterate(self, node: Expression, value: object) -> Sequence[object]:
        """The elements of what a loop runs over."""
        if isinstance(value, (list, tuple)):
            return value
        help = f"write `range({show(value)})`" if isinstance(value, int) else "a loop runs over a list"
        what = "" if value is None else f", it is {kind(value)}"
        raise Fault("AD1413", node.span, f"{show(value)} is no list{what}", help=help)

    def unary(self, node: Unary, value: object) -> object:
        """`-value` or `+value`"""
        if not isinstance(value, (int, float)):
            raise self.cannot(node, f"{node.operator}{show(value)}", f"{kind(value)} has no sign")
        return self.checked(node, -value if node.operator == "-" else +value)

    def binary(self, node: Binary, left: object, right: object) -> object:
        """`left + right` and its kin."""
        if isinstance(left, (int, float)) and isinstance(right, (int, float)) and node.operator in ARITHMETIC:
            return self._number(node, left, right)
        if node.operator == "+" and type(left) is type(right) and isinstance(left, (str, list, tuple)):
            self.reserve(node, *_made(len(left) + _size(right)))
            return self.checked(node, left + right)  # type: ignore[operator]
        values, times = (left, right) if isinstance(right, int) else (right, left)
        if node.operator == "*" and isinstance(values, (str, list, tuple)) and isinstance(times, int):
            self.reserve(node, *_made(len(values) * max(0, times)))
            return self.checked(node, values * times)
        raise self.cannot(node, _written(left, node.operator, right), f"found {kind(left)} and {kind(right)}")

    def compare(self, node: Compare, operator: str, left: object, right: object) -> object:
        """`left < right` and its kin."""
        if operator in ("in", "not in") or (_size(left) and _size(right)):
            self.charge(node, sum(measure(value, self.limits.steps)[0] for value in (left, right)))
        if operator in ("==", "!="):
            return (left == right) == (operator == "==")
        try:
            return self._order(operator, left, right)
        except TypeError:
            reason = f"found {kind(left)} and {kind(right)}"
            raise self.cannot(node, _written(left, operator, right), reason) from None

    def subscript(self, node: Subscript, value: object, index: object) -> object:
        """`value[index]`"""
        if not isinstance(value, (list, tuple, str)):
            raise self.cannot(node, f"{show(value)}[…]", f"{kind(value)} has no elements")
        if isinstance(index, slice):
            return self._slice(node, value, index)
        if not isinstance(index, int) or isinstance(index, bool):
            raise self.cannot(node, f"{show(value)}[{show(index)}]", f"an index is a whole number, found {kind(index)}")
        if not -len(value) <= index < len(value):
            raise self.cannot(node, f"{show(value)}[{index}]", f"there is no index {index} in {kind(value)} of {len(value)}")
        return value[index]

    def call(self, node: Call) -> object:
        """A function's result. The base knows the functions of numbers and lists."""
        function = FUNCTIONS.get(node.function.text)
        if function is None:
            raise unknown_function(node, FUNCTIONS)
        arguments = [self.evaluate(argument) for argument in node.arguments]
        keywords = {name: self.evaluate(argument) for name, argument in node.keywords}
        return self.apply(node, function, arguments, keywords)

    # What hooks may use.

    def apply(self, node: Call, function: Builtin, arguments: list[object], keywords: dict[str, object]) -> object:
        """Calls one of the listed functions on values."""
        name, help = node.function.text, f"write {function.takes}"
        stray = next(((key, place) for key, place in zip(keywords, node.places, strict=True) if key not in function.named), None)
        if stray is not None:
            near = nearest(stray[0], function.named)
            hint = f"did you mean `{near}`?" if near else help
            raise Fault("AD1452", stray[1], f"`{name}` has no argument `{stray[0]}`", help=hint)
        if len(arguments) > function.most:
            place, given = node.arguments[function.most].span, _number_of(len(arguments), "argument")
            raise Fault("AD1451", place, f"`{name}` is given {given}, of which it takes {function.most} by position", help=help)
        if len(arguments) < function.least:
            given = _number_of(len(arguments), "argument")
            raise Fault("AD1454", node.span, f"`{name}` is given {given}, it needs {function.least}", help=help)
        self.charge(node, sum(measure(value, self.limits.steps)[0] for value in (*arguments, *keywords.values())))
        try:
            if function.makes is not None:
                made = function.makes(*arguments, **keywords)
                self.reserve(node, made, f"`{_call(name, arguments, keywords)}` gives {made:,} numbers")
            return self.checked(node, function.call(*arguments, **keywords))
        except TypeError:
            message = f"`{_call(name, arguments, keywords)}`: that is not what `{name}` takes"
            raise Fault("AD1455", node.span, message, help=help, notes=self._notes(node)) from None
        except (ValueError, OverflowError, ZeroDivisionError):
            raise self.cannot(node, _call(name, arguments, keywords), "it has no value", help) from None

    def bind(self, targets: Targets, value: object, span: Span, row: str) -> dict[str, object]:
        """The variables of one turn of a loop, `row` in words. Raises a `Fault` (AD1414) if their number differs from the values'."""
        if isinstance(targets, str):
            return {targets: value}
        if not isinstance(value, (list, tuple)):
            message = f"{row}`{show(value)}`, is {kind(value)}: it has no parts for {len(targets)} variables"
            raise Fault("AD1414", span, message, help=f"to count along, write `enumerate({span.text})`" if len(targets) == 2 else None)
        if len(value) != len(targets):
            message = f"{row}`{show(value)}`, has {_number_of(len(value), 'value')} for {_number_of(len(targets), 'variable')}"
            raise Fault("AD1414", span, message)
        return {k: v for target, part in zip(targets, value, strict=True) for k, v in self.bind(target, part, span, row).items()}

    def cannot(self, node: Expression, written: str, reason: str, help: str | None = None) -> Fault:
        """The fault of values that cannot be computed with."""
        places = [(name, self.origin(name)) for name in _names(node)]
        labels = tuple(Label(span, f"`{name.text}` is set here") for name, span in places if span is not None)
        message = f"`{written}` cannot be computed: {reason}"
        return Fault("AD1412", node.span, message, labels=labels, notes=self._notes(node), help=help)

    # The nodes.

    def _value(self, node: Expression) -> object:
        self.charge(node, 1)
        return _VALUES[type(node)](self, node)

    def _name(self, node: Name) -> object:
        first, *rest = node.parts
        if first not in self.variables:
            return self.name(node)
        value = self.variables[first]
        for part in rest:
            value = self.attribute(value, Attribute(node.span, node, part))
        return value

    def _list(self, node: ListDisplay) -> object:
        return self.checked(node, [self._value(item) for item in node.items])

    def _tuple(self, node: TupleDisplay) -> object:
        return self.checked(node, tuple(self._value(item) for item in node.items))

    def _unary(self, node: Unary) -> object:
        value = self._value(node.operand)
        return not self.truth(node.operand, value) if node.operator == "not" else self.unary(node, value)

    def _binary(self, node: Binary) -> object:
        # A long sum leans to the left; a loop keeps Python's stack short.
        spine = [node]
        while isinstance(spine[-1].left, Binary):
            spine.append(spine[-1].left)
        value = self._value(spine[-1].left)
        for step in reversed(spine):
            self.charge(step, 1)
            value = self.binary(step, value, self._value(step.right))
        return value

    def _compare(self, node: Compare) -> object:
        left = self._value(node.first)
        *chained, (last, end) = node.rest
        for sign, operand in chained:
            right = self._value(operand)
            result = self.compare(node, sign, left, right)
            if not self.truth(node, result):
                return result
            left = right
        return self.compare(node, last, left, self._value(end))

    def _logic(self, node: Logic) -> object:
        value: object = None
        for operand in node.operands:
            value = self._value(operand)
            if self.truth(operand, value) == (node.operator == "or"):
                return value
        return value

    def _conditional(self, node: Conditional) -> object:
        chosen = self.truth(node.condition, self._value(node.condition))
        return self._value(node.then if chosen else node.otherwise)

    def _subscript(self, node: Subscript) -> object:
        return self.subscript(node, self._value(node.value), self._value(node.index))

    def _bounds(self, node: Slice) -> object:
        return slice(*(None if part is None else self._value(part) for part in (node.start, node.stop, node.step)))

    def _comprehension(self, node: Comprehension) -> object:
        values = self.iterate(node.iterable, self._value(node.iterable))
        outer, results = self.variables, []
        try:
            for turn, value in enumerate(values, 1):
                self.charge(node, 1)
                self.variables = {**outer, **self.bind(node.targets, value, node.iterable.span, f"row {turn}, ")}
                if node.condition is None or self.truth(node.condition, self._value(node.condition)):
                    results.append(self._value(node.element))
        finally:
            self.variables = outer
        return self.checked(node, results)

    # Arithmetic.

    def _number(self, node: Binary, left: float, right: float) -> object:
        if node.operator == "**" and isinstance(left, int) and isinstance(right, int) and right > 0:
            # A number of k bits is at least 2**(k - 1), so its power has at least (k - 1) * n bits.
            self.fits(node, max(0, left.bit_length() - 1) * right)
        try:
            result = ARITHMETIC[node.operator](left, right)
        except ZeroDivisionError:
            raise self.cannot(node, _written(left, node.operator, right), "division by zero") from None
        except OverflowError:
            raise self.cannot(node, _written(left, node.operator, right), "the result is too large") from None
        if isinstance(result, complex):
            raise self.cannot(node, _written(left, node.operator, right), "a root of a negative number")
        return self.checked(node, result)

    def _order(self, sign: str, left: object, right: object) -> bool:
        if sign in ORDER:
            return bool(ORDER[sign](left, right))
        if not isinstance(right, (list, tuple, str)):
            raise TypeError
        return (left in right) == (sign == "in")

    def _slice(self, node: Subscript, value: Row | str, index: slice) -> object:
        bounds = (index.start, index.stop, index.step)
        if any(b is not None and not isinstance(b, int) for b in bounds) or index.step == 0:
            written = ":".join("" if b is None else show(b) for b in bounds)
            raise self.cannot(node, f"…[{written}]", "the bounds of a slice are whole numbers, its step is not 0")
        return self.checked(node, value[index])

    def _notes(self, node: Expression) -> tuple[str, ...]:
        """What the names in an expression stand for."""
        notes = []
        for name in _names(node):
            try:
                value = self._name(name)
            except Fault:
                continue
            if type(value) in KINDS:
                notes.append(f"{name.text} = {show(value)}")
        return tuple(notes)


_VALUES: dict[type, Callable[[Evaluator, Any], object]] = {
    Literal: lambda _, node: node.value,
    Name: Evaluator._name,
    Attribute: lambda self, node: self.attribute(self.evaluate(node.value), node),
    ListDisplay: Evaluator._list,
    TupleDisplay: Evaluator._tuple,
    Unary: Evaluator._unary,
    Binary: Evaluator._binary,
    Compare: Evaluator._compare,
    Logic: Evaluator._logic,
    Conditional: Evaluator._conditional,
    Subscript: Evaluator._subscript,
    Slice: Evaluator._bounds,
    Comprehension: Evaluator._comprehension,
    Call: lambda self, node: self.call(node),
}


def _names(node: Expression) -> list[Name]:
    """The first few different names in an expression."""
    found = {part.text: part for part in walk(node) if isinstance(part, Name) and part.text not in FUNCTIONS}
    return list(found.values())[:4]


def _size(value: object) -> int:
    return len(value) if isinstance(value, (str, list, tuple)) else 0


def _written(left: object, sign: str, right: object) -> str:
    first = f"({show(left)})" if sign == "**" and show(left)[:1] == "-" else show(left)
    return f"{first} {sign} {show(right)}"


def _made(size: int) -> tuple[int, str]:
    return size, f"this makes {size:,} characters or elements"


def _call(name: str, arguments: list[object], keywords: dict[str, object]) -> str:
    named = [f"{key}={show(value)}" for key, value in keywords.items()]
    return f"{name}({', '.join([*map(show, arguments), *named])})"


def _number_of(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
