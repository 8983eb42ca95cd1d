"""Formulas over tensors: expressions in which a name may be a tensor, and operators and functions become calls of the graph."""

from __future__ import annotations

from pydantic import ValidationError

from archdsl.diagnostics import Fault, Label, Refused, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.formula_faults import check_index, inner, invalid, outside, unsaid_axis
from archdsl.elaborate.parameters import describe
from archdsl.elaborate.place import call_function
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Absent, Context, Flow, Silent
from archdsl.elaborate.sizes import AXIS_NAMES, SizeReader, Sizes, absent, axis_fault, axis_number, batch_fault, size_of
from archdsl.elaborate.unused import written_below
from archdsl.functions import BY_NAME, OPERATORS
from archdsl.functions.base import Function
from archdsl.graph import Level, Value
from archdsl.language.builtin import Builtin
from archdsl.language.evaluate import FUNCTIONS
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.tree import Binary, Call, Compare, Expression, ListDisplay, Name, Subscript, Targets, TupleDisplay, Unary
from archdsl.language.unknown import unknown_function
from archdsl.ops.types import Kind
from archdsl.shapes import Batch

FOREIGN = {"axis": "dim", "axes": "dim", "input": "x"}
"""arguments of NumPy and torch, and ours"""


class BatchSize:
    """`x.shape[0]` in a formula: the batch of a tensor, to be handed on."""

    def __init__(self, value: Value, batch: Batch) -> None:
        self.value, self.batch = value, batch


class FormulaReader(SizeReader):
    """Evaluates a formula in a level: tensors first, then the names of expressions."""

    def __init__(self, run: Run, context: Context, x: Flow) -> None:
        super().__init__(run, context, x)
        self.locals: dict[str, object] = {}

    def name(self, node: Name) -> object:
        if node.text in self.locals:
            return self.locals[node.text]
        found = self.tensor(node)
        if found is not None:
            return found
        held = self.held(node.text)
        if held is not None:
            if held.level is not self.context.level:
                raise outside(node)
            return held.value
        if len(node.parts) > 1 and isinstance(self.locals.get(node.parts[0]), Value):
            return self.local_size(node)
        if self.inside(node):
            raise inner(node, node.text.rpartition(".")[0])
        return super().name(node)

    def inside(self, node: Name) -> bool:
        """Whether a dotted name is a label in a level that its beginning names, and no size of it."""
        if node.parts[-1] in (*AXIS_NAMES, "shape"):
            return False
        cuts = [(".".join(node.parts[:i]), ".".join(node.parts[i:])) for i in range(1, len(node.parts))]
        found = [(self.context.level.children.get(key), label) for key, label in cuts]
        return any(isinstance(child, Level) and label in child.labels for child, label in found)

    def local_size(self, node: Name) -> object:
        """`a.channels` where `a` is a name of this formula."""
        value = self.locals[node.parts[0]]
        assert isinstance(value, Value)
        return size_of(self.run, value, ".".join(node.parts[1:]), node.span)

    def tensor(self, node: Name) -> object | None:
        """The tensor or list of tensors of this level that a whole name labels."""
        if node.text == "x":
            return self.flow(node.span)
        labels = self.context.scope.labels
        for around in labels.around():
            if node.text not in around.table:
                continue
            label = around.table[node.text]
            if around.level is not self.context.level:
                raise outside(node)
            if isinstance(label, Absent):
                raise absent(node.text, node.span, label)
            if label is LOST:
                raise Silent
            return label
        return None

    def unknown(self, node: Name) -> Fault:
        inside = [key for key, child in self.context.level.children.items() if isinstance(child, Level) and node.text in child.labels]
        if inside:
            return inner(node, inside[0])
        later = written_below(self.context.scope.file.document, node.text, node.span)
        if later is not None:
            message = f"no tensor `{node.text}` yet: it is made further down, and items run in the order written"
            return Fault(
                "AD2003", node.span, message, labels=(Label(later, "made here"),), help="move the item that makes it above this one"
            )
        tensors = [name for name in self.context.scope.labels.table if name != "input"]
        near = nearest(node.text, [*tensors, *self.locals, *self.context.scope.known(), "x", "input"])
        there = f"the tensors here are x, input{''.join(f', {t}' for t in tensors[:12])}"
        return Fault("AD2003", node.span, f"no tensor `{node.text}`", help=f"did you mean `{near}`?" if near else there)

    def call(self, node: Call) -> object:
        kind = BY_NAME.get(node.function.text)
        if kind is None and node.function.text not in FUNCTIONS:
            raise unknown_function(node, [*BY_NAME, *FUNCTIONS])
        if kind is None:
            return super().call(node)
        arguments = self.matched(kind, node)
        if node.function.text in FUNCTIONS and not any(_holds_tensor(value) for value in arguments.values()):
            return super().call(node)
        return self.run_function(kind, arguments, node.span, self.places(kind, node))

    def apply(self, node: Call, function: Builtin, arguments: list[object], keywords: dict[str, object]) -> object:
        if any(isinstance(value, Value) for value in arguments):
            name = node.function.text
            help = f"of tensors it is `{name}imum(a, b)`, along an axis `a{name}(x, 1)`" if name in ("max", "min") else None
            raise Fault("AD1455", node.span, f"`{name}` computes with numbers and lists, found a tensor", help=help)
        return super().apply(node, function, arguments, keywords)

    def truth(self, node: Expression, value: object) -> bool:
        if isinstance(value, Value):
            message = "a tensor is neither true nor false: its values are known only when the network runs"
            help = "`where(mask, a, b)` chooses value by value; of masks, `a * b` is `and`, `maximum(a, b)` is `or`, `a == 0` is `not`"
            raise Fault("AD1453", node.span, message, help=help)
        if isinstance(value, BatchSize):
            raise batch_fault(node.span)
        return super().truth(node, value)

    def matched(self, kind: type[Function], node: Call) -> dict[str, object]:
        """The arguments of a function by name."""
        kinds = kind.kinds()
        names = list(kinds)
        given: dict[str, Expression | tuple[Expression, ...]] = {}
        for i, argument in enumerate(node.arguments):
            name = names[min(i, len(names) - 1)]
            if kind.variadic and name in (kind.variadic, names[-1]) and i >= names.index(kind.variadic):
                given[kind.variadic] = node.arguments[i:] if len(node.arguments) > i + 1 else argument
                break
            if i >= len(names):
                message = f"`{kind.name}` takes at most {len(names)} arguments ({', '.join(names)}), found {len(node.arguments)}"
                raise Fault("AD1451", argument.span, message, help=f"for example `{kind.example}`")
            given[name] = argument
        for (name, keyword), place in zip(node.keywords, node.places, strict=True):
            if name not in kinds:
                near = FOREIGN.get(name) if FOREIGN.get(name) in names else nearest(name, names)
                help = f"did you mean `{near}`?" if near else f"it takes {', '.join(names)}"
                raise Fault("AD1452", place, f"`{kind.name}` has no argument `{name}`", help=help)
            if name in given:
                message = f"`{name}` of `{kind.name}` is given twice, by position and by name: it takes ({', '.join(names)})"
                raise Fault("AD1408", place, message, help="keep one of the two")
            given[name] = keyword
        read: dict[str, object] = {}
        first: Value | None = None
        for name, expression in given.items():
            value = self.argument(kinds[name], expression, first)
            read[name] = value
            first = first or _first(value)
        return read

    def places(self, kind: type[Function], node: Call) -> dict[str, Span]:
        """Where the arguments of a call stand."""
        spans = [argument.span for argument in node.arguments]
        found = dict(zip(kind.kinds(), spans, strict=False))
        if kind.variadic in found:
            found[kind.variadic] = found[kind.variadic].to(spans[-1])
        return {**found, **{name: value.span for name, value in node.keywords}}

    def argument(self, kind: Kind, expression: Expression | tuple[Expression, ...], first: Value | None) -> object:
        """One argument of a function, or the remaining ones as a list."""
        if isinstance(expression, tuple):
            return [self.argument(kind, part, first) for part in expression]
        if kind in (Kind.AXIS, Kind.AXES):
            return self.axis(expression, first)
        if kind is Kind.WORD and isinstance(expression, Name) and self.context.scope.find(expression.text) is None:
            return expression.text
        return self.evaluate(expression)

    def axis(self, expression: Expression, value: Value | None) -> object:
        """An axis or a list of them, by number or name."""
        if isinstance(expression, ListDisplay | TupleDisplay):
            return [self.axis(item, value) for item in expression.items]
        if isinstance(expression, Name) and expression.text in AXIS_NAMES and value is not None:
            return axis_number(expression.text, value, expression.span)
        try:
            return self.evaluate(expression)
        except Fault as fault:
            raise axis_fault(fault, expression.span.text) from None

    def run_function(
        self, kind: type[Function], arguments: dict[str, object], span: Span, places: dict[str, Span] | None = None
    ) -> object:
        """Run a function: the tensor, or the list of tensors, that it gives."""
        self.run.call(span)
        batch: Value | None = None
        plain: dict[str, object] = {}
        for name, value in arguments.items():
            batches = [v for v in (value if isinstance(value, list | tuple) else [value]) if isinstance(v, BatchSize)]
            batch = batches[0].value if batches else batch
            plain[name] = _without_batch(value)
        for name, how in kind.kinds().items():
            strangers = [part for part in _listed(plain.get(name)) if not isinstance(part, Value)] if how is Kind.TENSORS else []
            if strangers:
                message = f"`{name}` of `{kind.name}`: expected tensors; found {describe(strangers[0])}"
                raise Fault("AD1455", (places or {}).get(name, span), message, help=f"for example `{kind.example}`")
        numbers = {name: place for name, place in (places or {}).items() if kind.kinds()[name] not in (Kind.TENSOR, Kind.TENSORS)}
        try:
            outputs = call_function(self.run, self.context, kind, plain, span, batch, places=numbers)
        except ValidationError as error:
            raise invalid(kind, error, plain, span, places or {}) from None
        except Fault as fault:
            raise unsaid_axis(fault, kind, plain) from None
        return outputs[0] if len(outputs) == 1 and kind.name not in SEVERAL else list(outputs)

    def binary(self, node: Binary, left: object, right: object) -> object:
        if isinstance(left, BatchSize) or isinstance(right, BatchSize):
            raise batch_fault(node.span)
        if not (isinstance(left, Value) or isinstance(right, Value)):
            return super().binary(node, left, right)
        return self.operator(node.operator, (left, right), node.span)

    def unary(self, node: Unary, operand: object) -> object:
        if not isinstance(operand, Value):
            return super().unary(node, operand)
        return self.operator(f"unary {node.operator}", (operand,), node.span)

    def compare(self, node: Compare, operator: str, left: object, right: object) -> object:
        if isinstance(left, BatchSize) or isinstance(right, BatchSize):
            raise batch_fault(node.span)
        if not (isinstance(left, Value) or isinstance(right, Value)):
            return super().compare(node, operator, left, right)
        return self.operator(operator, (left, right), node.span)

    def operator(self, symbol: str, operands: tuple[object, ...], span: Span) -> object:
        """An operator between tensors, or a tensor and a number."""
        kind = OPERATORS.get(symbol)
        if kind is None:
            raise Fault("AD1453", span, f"`{symbol}` does not work on tensors")
        others = [value for value in operands if not isinstance(value, Value | int | float)]
        if others:
            raise Fault("AD1412", span, f"`{symbol}` of a tensor takes a tensor or a number, found {describe(others[0])}")
        return self.run_function(kind, dict(zip(kind.kinds(), operands, strict=False)), span)

    def shape_entry(self, sizes: Sizes, axis: int, span: Span) -> object:
        size = sizes[axis]
        return BatchSize(sizes.value, size) if isinstance(size, Batch) else super().shape_entry(sizes, axis, span)

    def subscript(self, node: Subscript, value: object, index: object) -> object:
        if isinstance(value, list) and isinstance(index, int) and any(isinstance(part, Value) for part in value):
            check_index(node, value, index)
        if not isinstance(value, Value):
            return super().subscript(node, value, index)
        from archdsl.functions.index import GetItem

        entries = index if isinstance(index, tuple) else (index,)
        tensors = [entry for entry in entries if isinstance(entry, Value)]
        shapes = tuple(entry.shape if isinstance(entry, Value) else entry for entry in entries)
        try:
            kind = GetItem.of(value.shape, shapes)
        except Refused as refused:
            raise Fault(refused.code, node.span, refused.message, help=refused.help) from None
        arguments: dict[str, object] = {"x": value, "index": kind.index}
        if tensors:
            arguments["at"] = tensors[0]
        return self.run_function(GetItem, arguments, node.span)


SEVERAL = frozenset(("chunk", "split", "unbind", "meshgrid"))
"""functions that give a list of tensors, also of one"""


def _without_batch(value: object) -> object:
    if isinstance(value, BatchSize):
        return value.batch
    if isinstance(value, list | tuple):
        return tuple(_without_batch(part) for part in value)
    return value


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _holds_tensor(value: object) -> bool:
    return isinstance(value, Value) or (isinstance(value, list | tuple) and any(map(_holds_tensor, value)))


def _first(value: object) -> Value | None:
    if isinstance(value, Value):
        return value
    return next((v for v in value if isinstance(v, Value)), None) if isinstance(value, list | tuple) else None


def evaluate_formula(run: Run, node: Scalar, context: Context, x: Flow) -> Flow:
    """The tensors that a formula gives."""
    reader = FormulaReader(run, context, x)
    result: object = None
    for targets, expression in run.formula(node):
        result = reader.evaluate(expression)
        if targets is not None:
            _assign(reader, targets, result, expression.span)
    return tuple(_tensors(result, node.span))


def _assign(reader: FormulaReader, targets: Targets, value: object, span: Span) -> None:
    if isinstance(targets, str):
        reader.locals[targets] = value
        return
    if not isinstance(value, list | tuple) or len(value) != len(targets):
        found = f"{len(value)} values" if isinstance(value, list | tuple) else "one value"
        names = ", ".join(f"`{name}`" for name in targets if isinstance(name, str))
        raise Fault("AD1414", span, f"`{span.text}` gives {found} for the {len(targets)} names {names}")
    for target, part in zip(targets, value, strict=True):
        _assign(reader, target, part, span)


def _tensors(value: object, span: Span) -> list[Value]:
    if isinstance(value, Value):
        return [value]
    if isinstance(value, Sizes):
        raise Fault("AD1457", span, f"`{span.text}` is a shape, no tensor", help="its sizes are numbers, as `x.channels`")
    if isinstance(value, list | tuple):
        return [tensor for part in value for tensor in _tensors(part, span)]
    help = "`x` is what flows in; `as: NAME` beside an item names what it gives"
    raise Fault("AD1457", span, f"{describe(value)} is no tensor", help=help)


def tensors_of(run: Run, node: Node, context: Context, x: Flow) -> list[Value]:
    """The tensors that `from`, an operand or `outputs` names: one expression, or a list of them."""
    if isinstance(node, Sequence):
        return [tensor for item in node.items for tensor in tensors_of(run, item, context, x)]
    if isinstance(node, Mapping):
        raise Fault("AD1457", node.span, "found a mapping where a tensor was expected", help="write its name, or a list of names")
    return list(evaluate_formula(run, node, context, x))
