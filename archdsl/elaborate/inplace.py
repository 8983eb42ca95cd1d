"""In-place operations: a formula's tensors never change, so `inplace` is kept only where nobody could tell.

An operation may write over its input when that input is read by nothing else and is no one's view: it was computed in this level by what
makes new memory, or is another view of such a tensor. What keeps its result for its own gradient, as `sigmoid` does, is not written over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, Value

FRESH_FAMILIES = frozenset(("conv", "norm", "pool", "linear"))
"""operations whose result is always new memory, which their gradient does not need"""
FRESH_FUNCTIONS = frozenset(("add", "mul", "gate", "concat", "cat", "+", "-", "*", "/", "conv", "linear", "matmul", "@"))
"""functions whose result is always new memory, which their gradient does not need"""


def safe(level: Level) -> Level:
    """The level in which only those operations work in place that change no tensor but their own."""
    asked = {call.name for call in level.calls if isinstance(call.target, Module) and call.target.op.overwrites}
    if not asked:
        return level
    readers = Counter(value for call in level.calls for value in {*call.inputs, call.batch} if value is not None)
    readers.update(level.outputs)
    makers = {value: call for call in level.calls for value in call.outputs}
    unsafe = {
        call.name
        for call in level.calls
        if call.name in asked and isinstance(call.target, Module) and not _own(call.inputs[0], readers, makers)
    }
    return _without(level, unsafe) if unsafe else level


def _own(value: Value, readers: Counter[Value], makers: dict[Value, Call]) -> bool:
    """Whether a tensor is read once and shares its memory with none that is read elsewhere."""
    while readers[value] == 1 and value in makers and len(makers[value].outputs) == 1:
        call = makers[value]
        if _fresh(call):
            return True
        if not _passes(call):
            return False
        value = call.inputs[0]
    return False


def _passes(call: Call) -> bool:
    """Whether a call may give its input's memory, seen otherwise."""
    return isinstance(call.target, Module) and call.target.op.family == "shape" and len(call.inputs) == 1


def _fresh(call: Call) -> bool:
    """Whether a call gives new memory that its own gradient does not need."""
    if isinstance(call.target, Module):
        return call.target.op.family in FRESH_FAMILIES
    if isinstance(call.target, Function):
        return call.target.name in FRESH_FUNCTIONS
    makers = {value: step for step in call.target.calls for value in step.outputs}
    value = call.target.outputs[0]
    while value in makers and not _fresh(makers[value]) and _passes(makers[value]):
        value = makers[value].inputs[0]
    return value in makers and _fresh(makers[value])


def _without(level: Level, names: Iterable[str | None]) -> Level:
    changed: dict[Module, Module] = {}

    def plain(module: Module) -> Module:
        if module not in changed:
            changed[module] = replace(module, op=module.op.model_copy(update={"inplace": False}))
        return changed[module]

    unsafe = set(names)
    calls = tuple(
        replace(call, target=plain(call.target)) if call.name in unsafe and isinstance(call.target, Module) else call
        for call in level.calls
    )
    children = {name: plain(child) if name in unsafe and isinstance(child, Module) else child for name, child in level.children.items()}
    return replace(level, calls=calls, children=children)
