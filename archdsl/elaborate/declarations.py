"""Raw parameters and buffers that a block declares under `tensors`."""

from __future__ import annotations

from dataclasses import replace

from archdsl.diagnostics import Fault
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.formulas import evaluate_formula
from archdsl.elaborate.initial import read_init
from archdsl.elaborate.names import name_fault
from archdsl.elaborate.parameters import describe
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Absent, Building, Context, Flow, Labels, Silent
from archdsl.elaborate.sizes import evaluate
from archdsl.elaborate.values import fill, truth
from archdsl.functions.base import Function
from archdsl.graph import Call, Declaration, Value
from archdsl.language.nodes import Mapping, Node, Scalar
from archdsl.ops.base import Dtype, Init, TensorSpec
from archdsl.shapes import Shape

KEYS = ("param", "buffer", "init", "persistent", "when")


def declare(run: Run, key: Scalar, node: Node, context: Context, x: Flow) -> None:
    """Declare one tensor in the level; its name becomes a label."""
    name = key.text
    try:
        name = fill(run, key, context, x)
        _declare(run, key, name, node, context, x)
    except Fault as fault:
        run.fail(fault, context)
        context.scope.labels.table[name] = LOST
    except Silent:
        context.scope.labels.table[name] = LOST


def _declare(run: Run, key: Scalar, name: str, node: Node, context: Context, x: Flow) -> None:
    if not isinstance(node, Mapping):
        raise Fault("AD2210", node.span, f"the tensor `{name}` is a mapping", help="write `{param: [sizes]}` or `{buffer: formula}`")
    fault = name_fault(name, key.span)
    if fault is not None:
        raise fault
    found = {k.text: value for k, value in node.entries}
    for k, _ in node.entries:
        if k.text not in KEYS:
            near = nearest(k.text, KEYS)
            help = f"did you mean `{near}`?" if near else f"its keys are {', '.join(KEYS)}"
            raise Fault("AD2211", k.span, f"a tensor has no key `{k.text}`", help=help)
    if ("param" in found) == ("buffer" in found):
        raise Fault("AD2210", node.span, f"the tensor `{name}` is either a `param` with its sizes or a `buffer` with its formula")
    present = "when" not in found or truth(run, found["when"], context, x)
    level = context.level
    if present and (name in level.children or name in level.tensors):
        raise Fault("AD3001", key.span, f"two things at the key `{name}`")
    made = _parameter(run, name, found, key, context, x) if "param" in found else _buffer(run, name, found, key, context, x)
    if not present:
        context.scope.labels.table[name] = Absent(found["when"].span)
        return
    level.tensors[name] = made
    level.places[name] = key.span
    context.scope.labels.table[name] = made.value


def _parameter(run: Run, name: str, found: dict[str, Node], key: Scalar, context: Context, x: Flow) -> Declaration:
    sizes = evaluate(run, found["param"], context, x)
    sizes = [sizes] if isinstance(sizes, int) else sizes
    if not isinstance(sizes, list | tuple) or any(isinstance(s, bool) or not isinstance(s, int) for s in sizes):
        raise Fault("AD2212", found["param"].span, f"the sizes of `{name}` are a list of whole numbers, found {describe(sizes)}")
    if any(isinstance(s, int) and s < 1 for s in sizes):
        raise Fault("AD2212", found["param"].span, f"the sizes of `{name}` are above zero, found {describe(list(sizes))}")
    shape = tuple(int(s) for s in sizes)
    init = read_init(run, found["init"], context, x, shape) if "init" in found else Init("zeros")
    value = Value(Shape(shape, ()), name)
    declaration = Declaration(TensorSpec(name, shape, init), value, (), key.span)
    if "init" in found:
        run.explicit.add(declaration)
    return declaration


def _buffer(run: Run, name: str, found: dict[str, Node], key: Scalar, context: Context, x: Flow) -> Declaration:
    """A buffer is a formula without inputs, kept as the calls that compute it."""
    node = found["buffer"]
    if not isinstance(node, Scalar):
        raise Fault("AD2210", node.span, f"the buffer `{name}` is a formula, found no text", help="quote a formula that holds brackets")
    aside = Building(name, key.span)
    scope = context.scope.inside(Labels(aside, context.scope.labels))
    results = evaluate_formula(run, node, replace(context, scope=scope, level=aside), x)
    if len(results) != 1 or not aside.calls:
        raise Fault("AD2213", node.span, f"the buffer `{name}` is one tensor that its formula makes")
    shape = results[0].shape
    if any(not isinstance(d, int) for d in shape.dims):
        raise Fault("AD2213", node.span, f"the buffer `{name}` would depend on the batch")
    persistent = "persistent" not in found or truth(run, found["persistent"], context, x)
    spec = TensorSpec(name, shape.sizes, Init("formula"), True, _dtypes(aside.calls)[results[0]], persistent)
    return Declaration(spec, Value(Shape(shape.dims, ()), name), tuple(aside.calls), key.span, results[0])


def _dtypes(calls: list[Call]) -> dict[Value, Dtype]:
    """The type of the numbers that each call of a buffer's formula gives."""
    found: dict[Value, Dtype] = {}
    for call in calls:
        assert isinstance(call.target, Function)
        given = call.target.dtype(tuple(found[value] for value in call.inputs))
        found |= dict.fromkeys(call.outputs, given)
    return found
