"""Steps: the calls that set an axis of a tensor, found by going back from it through the levels, down into them and out of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from archdsl.diagnostics import Span
from archdsl.elaborate.scope import Building
from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, Value
from archdsl.ops.checks import sizes_text
from archdsl.ops.sums import Sums, equation, result
from archdsl.shapes import Shape

FAR = 500
"""calls of a level that are looked through"""
MOST = 8
"""steps that are told"""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A call that set axes of what it gives. `place` is where it is written, of what a block does the use of the block."""

    call: Call
    value: Value
    axes: tuple[int, ...]
    place: Span

    def also(self, other: Step) -> Step:
        """The same step for the axes of both."""
        return replace(self, axes=tuple(sorted({*self.axes, *other.axes})))

    @property
    def text(self) -> str:
        """What was called with which numbers, and the arithmetic: `conv 64→128, kernel 3, stride 2:  (56 + 2·1 - 2 - 1) // 2 + 1 = 28`."""
        found = self.call.sums() if self.value is self.call.outputs[0] else Sums()
        sums = [(found.sizes[axis], self.value.shape.dims[axis]) for axis in self.axes if axis in found.sizes]
        told = dict.fromkeys(equation(brief(sum), size) for sum, size in sums if isinstance(size, int) and not is_set(sum))
        return f"{described(self.call)}{':  ' if told else ''}{' and '.join(told)}"


@dataclass(frozen=True, slots=True)
class Start:
    """A tensor that no call of a level gives: what it is called, and the place that says it."""

    name: str
    shape: Shape
    place: Span | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """The steps that set an axis, the first first, and the tensor from which they started."""

    steps: tuple[Step, ...]
    start: Start


def trail(level: Building, value: Value, axis: int | None) -> Trail:
    """How an axis of a tensor came about. Without an axis: what set how many axes there are, or the last that changed one."""
    found: list[Step] = []
    while True:
        reached = _back(level.calls, value, axis, None, found)
        value = value if reached is None else reached
        if reached is None or reached not in level.fed or level.outer is None or len(found) >= MOST:
            return Trail(tuple(reversed(found[:MOST])), start_of(level, value))
        level, value = level.outer, level.fed[reached]


def start_of(level: Building, value: Value) -> Start:
    """What a tensor of a level is, if no call of the level gives it."""
    if value in level.given:
        return Start("the network's input", value.shape, level.given[value])
    declared = next((d for d in level.tensors.values() if d.value is value), None)
    if declared is not None:
        return Start("a declared tensor", value.shape, declared.span)
    flows = "the block's input" if level.block else "what flows in"
    return Start(flows if value in level.fed else "", value.shape)


def _back(calls: Sequence[Call], value: Value, axis: int | None, place: Span | None, found: list[Step]) -> Value | None:
    """Add the steps within a level, the last first. Gives the tensor that no call of it gives; `None` where a step sets the size anew."""
    for call in islice(reversed(calls), FAR):
        if value not in call.outputs:
            continue
        here = place or call.span
        kept = _entered(call, call.target, value, axis, here, found) if isinstance(call.target, Level) else None
        if kept is None and not isinstance(call.target, Level):
            kept = next((v for v in call.inputs if _keeps(v.shape, value.shape, axis)), None)
            if kept is None:
                found.append(Step(call, value, _set_by(call, value.shape, axis), here))
                kept = _worked_from(call, value, axis)
        if kept is None or len(found) >= MOST:
            return None
        value = kept
    return value


def _entered(call: Call, level: Level, value: Value, axis: int | None, place: Span, found: list[Step]) -> Value | None:
    """The same for a level that is called: what a block does is said where it is used."""
    inner = level.outputs[call.outputs.index(value)]
    reached = _back(level.calls, inner, axis, place if level.title else None, found)
    return call.inputs[level.inputs.index(reached)] if reached in level.inputs and reached is not None else None


def _keeps(before: Shape, after: Shape, axis: int | None) -> bool:
    """Whether an axis flows through; without an axis, whether all of them do."""
    if axis is None:
        return before.dims == after.dims
    return before.rank == after.rank and axis < after.rank and before.dims[axis] == after.dims[axis]


def _set_by(call: Call, after: Shape, axis: int | None) -> tuple[int, ...]:
    """The axes that a call set: without one in question, those that changed."""
    before = call.inputs[0].shape if call.inputs else after
    same = before.rank == after.rank
    return tuple(i for i in range(after.rank) if not (same and before.dims[i] == after.dims[i])) if axis is None else (axis,)


def _worked_from(call: Call, value: Value, axis: int | None) -> Value | None:
    """The tensor from whose size a call works out its own; `None` where it sets the size whatever flows in."""
    sum = call.sums().sizes.get(-1 if axis is None else axis, "0")
    single = len(call.inputs) == 1 and call.inputs[0].shape.rank == value.shape.rank
    return call.inputs[0] if single and not is_set(sum) else None


def is_set(sum: str) -> bool:
    """Whether an argument sets the size, with nothing to work out.

    >>> is_set("out = 64"), is_set("64 + 32")
    (True, False)
    """
    return result(sum).isdigit()


def brief(sum: str) -> str:
    """A sum with what is between inner brackets worked out.

    >>> brief("(56 + 2·1 - 1·(3 - 1) - 1) // 2 + 1")
    '(56 + 2·1 - 2 - 1) // 2 + 1'
    """
    return re.sub(r"(\d+)·\((\d+) - 1\)", lambda found: str(int(found[1]) * (int(found[2]) - 1)), sum)


def described(call: Call) -> str:
    """A call with what it made of the axis that `out` sets, and its numbers: `conv 64→128, kernel 3, stride 2`."""
    target = call.target
    if not isinstance(target, Module):
        return target.says() if isinstance(target, Function) else target.title
    op, x, y = target.op, target.inputs[0], target.outputs[0]
    out = next((axis for axis, sum in call.sums().sizes.items() if sum.startswith("out = ")), None)
    head = op.name if out is None else f"{op.name} {x.dims[out]}→{y.dims[out]}"
    fields = type(op).model_fields
    told = {n: v for n, v in op if n in fields and n != "out" and (n == "kernel" or v != fields[n].default)}
    numbers = {n: v for n, v in told.items() if isinstance(v, int | float | tuple) and not isinstance(v, bool)}
    return ", ".join((head, *(f"{name} {_number(value)}" for name, value in numbers.items())))


def _number(value: float | tuple[float, ...]) -> str:
    return sizes_text(value, 1)
