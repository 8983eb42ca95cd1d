"""Which calls of a level run, in which mode, until when each tensor is needed, and which results are written inside the next expression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Output, Value, live, values

Mode = Literal["eval", "train"] | None


@dataclass(frozen=True, eq=False)
class Schedule:
    """The calls of a level that run, in order. The outputs count as one more step after the last.

    `modes` tells the calls that run in one mode alone, `statement` the step in whose statement each call is written, and `last` the step of
    the last statement that reads a value.
    """

    steps: tuple[Call, ...]
    modes: tuple[Mode, ...]
    statement: tuple[int, ...]
    last: dict[Value, int] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The step of the outputs."""
        return len(self.steps)

    def next(self, step: int) -> int:
        """The statement that follows."""
        return next((i for i in range(step + 1, self.end) if self.statement[i] == i), self.end)


def schedule(level: Level, evaluated: Output, trained: Output) -> Schedule:
    """When everything in a level happens, for what it gives in evaluation and in training."""
    in_eval, in_train = live(level.calls, values(evaluated)), live(level.calls, values(trained))
    steps = tuple(call for call in level.calls if call in in_eval or call in in_train)
    modes = tuple(_mode(call in in_eval, call in in_train) for call in steps)
    readers: dict[Value, list[int]] = {}
    for step, call in enumerate(steps):
        for value in read_by(call, level):
            readers.setdefault(value, []).append(step)
    for value in dict.fromkeys((*values(evaluated), *values(trained))):
        readers.setdefault(value, []).append(len(steps))
    statement = _statements(steps, modes, readers)
    last = {value: max((statement[i] if i < len(steps) else i) for i in found) for value, found in readers.items()}
    return Schedule(steps, modes, statement, last)


def read_by(call: Call, level: Level) -> tuple[Value, ...]:
    """The values that a call reads: inputs, the tensor whose batch it takes, and the one whose device a tensor made of numbers goes to."""
    made = isinstance(call.target, Function) and call.target.creates
    return (*call.inputs, *((call.batch,) if call.batch else ()), *(level.inputs[:1] if made else ()))


def _mode(in_eval: bool, in_train: bool) -> Mode:
    return None if in_eval and in_train else "eval" if in_eval else "train"


def _statements(steps: tuple[Call, ...], modes: tuple[Mode, ...], readers: dict[Value, list[int]]) -> tuple[int, ...]:
    """A function's result that only the function after it reads is written inside its expression. Random ones keep their order."""
    statement = list(range(len(steps)))
    for step in range(len(steps) - 1, -1, -1):
        call = steps[step]
        found = readers.get(call.outputs[0], [])
        if len(call.outputs) > 1 or len(found) != 1 or found[0] >= len(steps) or not isinstance(call.target, Function):
            continue
        if "self.training" in call.target.python():
            continue
        reader = found[0]
        between = all(statement[i] != i for i in range(step + 1, reader))
        if between and isinstance(steps[reader].target, Function) and modes[reader] == modes[step]:
            statement[step] = statement[reader]
    return tuple(statement)
