"""The body of `forward`: straight-line code, one readable statement a line, in which `x` is what flows."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from archdsl.codegen.functions import call_function, call_module, gives_tuple
from archdsl.codegen.names import unique, variable
from archdsl.codegen.places import Places
from archdsl.codegen.schedule import Mode, Schedule, schedule
from archdsl.codegen.tree import SELF, assign, name, text
from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Output, Value, values

FLOW = ("x", "out", "y", "z")
"""names for what flows, in the order in which they are taken"""
SHORT = 3
"""steps for which the result of a child goes on under the name of what flowed into it"""
INSIDE = 9
"""expressions in an expression that is still written inside another"""


@dataclass(eq=False)
class Body:
    """The statements of a function, the shape that each gives (nested ones too, in order), and the variables in them."""

    inputs: tuple[str, ...] = ()
    statements: list[ast.stmt] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)
    single: bool = True


def forward(level: Level, places: Places, evaluated: Output, trained: Output) -> Body:
    """The `forward` of a level that gives these outputs by mode."""
    return _Writer(level, places, schedule(level, evaluated, trained)).write(evaluated, trained)


def formula(calls: tuple[Call, ...], result: Value, level: Level) -> tuple[list[ast.stmt], ast.expr]:
    """The statements and the last expression that compute a buffer, without tensors from outside."""
    alone = Level(level.block, "", (), {}, {}, calls, (result,), level.span)
    body = _Writer(alone, Places(), schedule(alone, result, result)).write(result, result)
    last = body.statements[-1]
    assert isinstance(last, ast.Return)
    assert last.value is not None
    return body.statements[:-1], last.value


class _Writer:
    def __init__(self, level: Level, places: Places, plan: Schedule) -> None:
        self.level, self.places, self.plan = level, places, plan
        self.fixed = {d.value: places.tensor(d.spec.name) for d in level.tensors.values()}
        self.inside: dict[Value, ast.expr] = {}
        self.names: dict[Value, str] = {}
        self.holders: dict[str, Value] = {}
        # What people call a tensor: its label, else the child that gives it.
        self.labels = {value: variable(label, "") for label, value in level.labels.items() if label not in ("input", "x", *level.children)}
        self.keys = {value: variable(value.name, "") for call in level.calls if call.name is not None for value in call.outputs}
        self.lines: list[tuple[Mode, ast.stmt, str]] = []
        for value in level.inputs:
            self._hold(value, unique(variable("x" if value.name == "input" else value.name, "x"), self.holders))

    def write(self, evaluated: Output, trained: Output) -> Body:
        inputs = tuple(self.names[value] for value in self.level.inputs)
        for step, call in enumerate(self.plan.steps):
            self._step(step, call)
        if _same(evaluated, trained):
            self._give(None, evaluated)
        else:
            self._give("train", trained)
            self._give(None, evaluated)
        body = Body(inputs, variables=set(self.holders), single=isinstance(evaluated, Value) and isinstance(trained, Value))
        _arrange(self.lines, body)
        return body

    def _step(self, step: int, call: Call) -> None:
        found = self._expression(call)
        if (
            self.plan.statement[step] != step
            and not gives_tuple(call)
            and sum(isinstance(node, ast.expr) for node in ast.walk(found)) <= INSIDE
        ):
            self.inside[call.outputs[0]] = found
            return
        targets = [name(self._name(step, call, value)) for value in call.outputs]
        target = ast.Tuple(list(targets), ast.Load()) if gives_tuple(call) else targets[0]
        shapes = ", ".join(str(value.shape) for value in call.outputs)
        self.lines.append((self.plan.modes[step], assign(target, found), shapes))

    def _expression(self, call: Call) -> ast.expr:
        if call.name is not None:
            return call_module(call, self.places.child(call.name), self._read)
        made = isinstance(call.target, Function) and call.target.creates and self.level.inputs
        device = ast.Attribute(self._read(self.level.inputs[0]), "device", ast.Load()) if made else None
        return call_function(call, self._read, device)

    def _read(self, value: Value) -> ast.expr:
        if value in self.inside:
            return self.inside[value]
        return self.fixed[value] if value in self.fixed else name(self.names[value])

    def _name(self, step: int, call: Call, value: Value) -> str:
        """A variable for a new tensor: a label if it is needed for long, else that of an input which is needed no more."""
        last = self.plan.last.get(value, -1)
        if last < 0:
            return "_"
        hint = self.labels.get(value) or self.keys.get(value, "")
        ended = [self.names[v] for v in call.inputs if v in self.names and self.plan.last[v] <= step]
        several = len(call.outputs) > 1
        soon = step + (1 if value in self.labels or not ended else SHORT)
        wanted = [hint] if hint and (several or last > self.plan.next(soon - 1)) else []
        candidates = [*wanted, *(() if several else ended), *FLOW, hint or "out"]
        free = (n for n in candidates if n not in self.holders or self.plan.last.get(self.holders[n], -1) <= step)
        taken = next(free, "") or unique(candidates[-1], self.holders)
        self._hold(value, taken)
        return taken

    def _hold(self, value: Value, word: str) -> None:
        self.names[value] = word
        self.holders[word] = value

    def _give(self, mode: Mode, output: Output) -> None:
        if isinstance(output, dict):
            found: ast.expr = ast.Dict([text(key) for key in output], [self._read(value) for value in output.values()])
        elif isinstance(output, Value):
            found = self._read(output)
        else:
            found = ast.Tuple([self._read(value) for value in output], ast.Load())
        self.lines.append((mode, ast.Return(found), ""))


def _same(one: Output, other: Output) -> bool:
    keys = [list(output) if isinstance(output, dict) else None for output in (one, other)]
    return type(one) is type(other) and keys[0] == keys[1] and values(one) == values(other)


def _arrange(lines: list[tuple[Mode, ast.stmt, str]], body: Body) -> None:
    """Put what runs in one mode under an `if`, and a last result straight into its `return`."""
    index = 0
    while index < len(lines):
        mode = lines[index][0]
        end = next((i for i in range(index, len(lines)) if lines[i][0] != mode), len(lines))
        part = _returned(lines[index:end])
        statements = [statement for _, statement, _ in part]
        shapes = [shape for _, _, shape in part]
        if mode is not None:
            training: ast.expr = ast.Attribute(SELF, "training", ast.Load())
            test = training if mode == "train" else ast.UnaryOp(ast.Not(), training)
            statements, shapes = [ast.If(test, statements, [])], ["", *shapes]
        body.statements += statements
        body.shapes += shapes
        index = end


def _returned(lines: list[tuple[Mode, ast.stmt, str]]) -> list[tuple[Mode, ast.stmt, str]]:
    if len(lines) < 2:
        return lines
    (mode, before, shape), (_, last, _) = lines[-2:]
    if not isinstance(before, ast.Assign) or not isinstance(last, ast.Return) or not isinstance(last.value, ast.Name):
        return lines
    target = before.targets[0]
    if not isinstance(target, ast.Name) or target.id != last.value.id:
        return lines
    return [*lines[:-2], (mode, ast.Return(before.value), shape)]
