"""In-place operations: a formula's tensors never change, so `inplace` is kept only where nobody could tell.

An operation may write over its input when that input is read by nothing else and is no one's view: it was computed in this level, by what
makes new memory, or by what passes on a tensor for which the same holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, Value

FRESH_FAMILIES = frozenset(("conv", "norm", "pool", "linear", "attention"))
"""operations whose result is always new memory"""
FRESH_FUNCTIONS = frozenset(("add", "mul", "gate", "concat", "cat", "+", "-", "*", "/", "conv", "linear", "matmul", "@"))
"""functions whose result is always new memory"""


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
    pending = [value]
    while pending:
        value = pending.pop()
        call = makers.get(value)
        if call is None or readers[value] != 1 or len(call.outputs) != 1:
            return False
        if not _fresh(call):
            pending.extend(call.inputs)
    return True


def _fresh(call: Call) -> bool:
    if isinstance(call.target, Module):
        return call.target.op.family in FRESH_FAMILIES
    return call.target.name in FRESH_FUNCTIONS if isinstance(call.target, Function) else _new(call.target)


def _new(level: Level) -> bool:
    """Whether what a level gives shares no memory with what flows into it."""
    makers = {value: call for call in level.calls for value in call.outputs}
    pending, seen = list(level.outputs), set(level.outputs)
    while pending:
        call = makers.get(pending.pop())
        if call is None:
            return False
        if not _fresh(call):
            pending.extend(value for value in call.inputs if value not in seen)
            seen.update(call.inputs)
    return True


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
    children = {
        name: plain(child) if name in unsafe and isinstance(child, Module) else child for name, child in level.children.items()
    }
    return replace(level, calls=calls, children=children)
