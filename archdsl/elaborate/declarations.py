"""Raw parameters and buffers that a block declares under `tensors`."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from archdsl.diagnostics import Edit, Fault, Label, Refused, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.budgets import check_parameters
from archdsl.elaborate.formulas import evaluate_formula
from archdsl.elaborate.initial import read_init
from archdsl.elaborate.names import name_fault
from archdsl.elaborate.parameters import describe, whole_hint
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Absent, Building, Context, Flow, Labels, Silent
from archdsl.elaborate.sizes import evaluate
from archdsl.elaborate.values import fill, truth
from archdsl.functions.base import Function
from archdsl.graph import Call, Declaration, Value
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.shown import written
from archdsl.ops.base import Dtype, Init, TensorSpec
from archdsl.shapes import Shape

OWN = {"param": ("init", "when"), "buffer": ("persistent", "when")}
"""what makes a tensor, and the keys that may stand beside it"""
KEYS = ("param", "buffer", "init", "persistent", "when")
OTHER_KEYS = {"shape": "param", "size": "param", "sizes": "param", "parameter": "param", "value": "buffer", "default": "init"}
"""what the keys may be taken for"""
WHY = {"init": "its formula says its values", "persistent": "a parameter is always saved"}
OUTSIDE = "AD2010"
"""the code of a tensor that belongs to another level, as all others do for the formula of a buffer"""


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
    run.refuse(form_faults(key, name, node), context)
    assert isinstance(node, Mapping)
    found = {k.text: value for k, value in node.entries}
    present = "when" not in found or truth(run, found["when"], context, x)
    level = context.level
    if present and (name in level.children or name in level.tensors):
        labels = (Label(level.places[name], "the first"),)
        message = f"two tensors at the key `{name}`: whatever a level holds needs a key of its own"
        raise Fault("AD3001", key.span, message, labels=labels, help="give one of them another name")
    made = _parameter(run, name, found, key, context, x) if "param" in found else _buffer(run, name, found, key, context, x)
    if not present:
        context.scope.labels.table[name] = Absent(found["when"].span)
        return
    level.tensors[name] = made
    level.places[name] = key.span
    context.scope.labels.table[name] = made.value


def form_faults(key: Scalar, name: str, node: Node) -> list[Fault]:
    """What is wrong with how a tensor is declared, before any number of it is read."""
    if not isinstance(node, Mapping):
        form = "buffer" if isinstance(node, Scalar) and not node.text.isdigit() else "param"
        help = f"write `{name}: {{{form}: {node.span.text}}}`" if node.span.text else "write `{param: [sizes]}` or `{buffer: formula}`"
        message = f"the tensor `{name}` is a mapping with `param`, its sizes, or `buffer`, its formula; found {written(node)}"
        return [Fault("AD2210", node.span, message, help=help)]
    misnamed = name_fault(name, key.span)
    faults = [] if misnamed is None else [misnamed]
    makers = [(k, value) for k, value in node.entries if k.text in OWN]
    strangers = [k for k, _ in node.entries if k.text not in KEYS]
    faults += [_stranger(k) for k in strangers]
    if len(makers) == 2:
        labels = (Label(makers[0][0].span, "the first"),)
        message = f"the tensor `{name}` is both a `param`, which is learned, and a `buffer`, which a formula makes"
        faults.append(Fault("AD2210", makers[1][0].span, message, labels=labels, help="keep one of the two"))
    elif not makers and not strangers:
        message = f"the tensor `{name}` has neither sizes (`param`) nor a formula (`buffer`)"
        faults.append(Fault("AD2210", key.span, message, help="write `{param: [sizes]}` or `{buffer: formula}`"))
    else:
        faults += [fault for maker, value in makers for fault in _beside(node, maker, name, value)]
    return faults


def _stranger(key: Scalar) -> Fault:
    near = OTHER_KEYS.get(key.text) or nearest(key.text, KEYS)
    help = f"did you mean `{near}`?" if near else f"its keys are {', '.join(KEYS)}"
    edit = Edit(key.span, near, "maybe") if near else None
    return Fault("AD2211", key.span, f"a tensor has no key `{key.text}`", help=help, edit=edit)


def _beside(node: Mapping, maker: Scalar, name: str, value: Node) -> list[Fault]:
    """What is wrong with a value that should be a formula, and with keys that this kind of tensor does not have."""
    others = [k for k, _ in node.entries if k.text in WHY and k.text not in OWN[maker.text]]
    faults = [Fault("AD2211", k.span, f"a `{maker.text}` has no `{k.text}`: {WHY[k.text]}", help="take it away") for k in others]
    if maker.text == "buffer" and not isinstance(value, Scalar):
        faults.append(Fault("AD2210", value.span, f"the buffer `{name}` is a formula; found {written(value)}", help=_formula(value)))
    return faults


def _formula(node: Node) -> str:
    """How a list that should be a formula is written."""
    if not isinstance(node, Sequence) or not all(isinstance(part, Scalar) for part in node.items):
        return "quote a formula that holds brackets"
    return f'numbers become a tensor by a formula: "cat([{", ".join(f"full([1], {part.span.text})" for part in node.items)}])"'


def _sizes(run: Run, name: str, node: Node, context: Context, x: Flow) -> tuple[int, ...]:
    """The sizes of a parameter, from a list or from an expression that gives one."""
    parts = node.items if isinstance(node, Sequence) else (node,)
    values = [(evaluate(run, part, context, x), part) for part in parts]
    if not isinstance(node, Sequence) and isinstance(values[0][0], list | tuple):
        values = [(value, node) for value in values[0][0]]
    sizes = []
    for value, part in values:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Fault("AD2212", part.span, f"a size of `{name}` is a whole number, found {describe(value)}", help=whole_hint(value))
        if value < 1:
            raise Fault("AD2212", part.span, f"a size of `{name}` is above zero, found {value}")
        sizes.append(value)
    return tuple(sizes)


def _parameter(run: Run, name: str, found: dict[str, Node], key: Scalar, context: Context, x: Flow) -> Declaration:
    shape = _sizes(run, name, found["param"], context, x)
    try:
        check_parameters(run.limits, prod(shape), f" of `{name}`")
    except Refused as refused:
        raise Fault(refused.code, found["param"].span, refused.message, help=refused.help) from None
    init = read_init(run, found["init"], context, x, shape) if "init" in found else Init("zeros")
    value = Value(Shape(shape, ()), name)
    declaration = Declaration(TensorSpec(name, shape, init), value, (), key.span)
    if "init" in found:
        run.explicit.add(declaration)
    return declaration


def _buffer(run: Run, name: str, found: dict[str, Node], key: Scalar, context: Context, x: Flow) -> Declaration:
    """A buffer is a formula without inputs, kept as the calls that compute it."""
    node = found["buffer"]
    assert isinstance(node, Scalar)
    aside = Building(name, key.span)
    scope = context.scope.inside(Labels(aside, context.scope.labels))
    try:
        results = evaluate_formula(run, node, replace(context, scope=scope, level=aside), x)
    except Fault as fault:
        raise _read(name, fault.diagnostic.span) if fault.diagnostic.code == OUTSIDE else fault from None
    if len(results) != 1:
        help = "take one with `[0]`, or join them with `cat` or `stack`"
        raise Fault("AD2213", node.span, f"the buffer `{name}` is one tensor, its formula gives {len(results)}", help=help)
    made = {value for call in aside.calls for value in call.outputs}
    if not made.issuperset((results[0], *(value for call in aside.calls for value in call.inputs))):
        raise _read(name, node.span)
    shape = results[0].shape
    if any(not isinstance(d, int) for d in shape.dims):
        message = f"the buffer `{name}` would be as large as the batch, which changes from call to call"
        raise Fault("AD2213", node.span, message, help="give that axis the size 1: it stretches")
    persistent = "persistent" not in found or truth(run, found["persistent"], context, x)
    spec = TensorSpec(name, shape.sizes, Init("formula"), True, _dtypes(aside.calls)[results[0]], persistent)
    return Declaration(spec, Value(Shape(shape.dims, ()), name), tuple(aside.calls), key.span, results[0])


def _read(name: str, span: Span) -> Fault:
    """The fault of a formula that reads what flows, or another tensor."""
    message = f"the buffer `{name}` is made once, before anything flows: its formula may read sizes of tensors, not tensors"
    return Fault("AD2213", span, message, help="make it of numbers, as `arange(8)` or `zeros(8, 8)`; what is learned is a `param`")


def _dtypes(calls: list[Call]) -> dict[Value, Dtype]:
    """The type of the numbers that each call of a buffer's formula gives."""
    found: dict[Value, Dtype] = {}
    for call in calls:
        assert isinstance(call.target, Function)
        given = call.target.dtype(tuple(found[value] for value in call.inputs))
        found |= dict.fromkeys(call.outputs, given)
    return found
