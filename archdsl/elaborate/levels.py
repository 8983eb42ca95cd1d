"""Levels: opening one, and making a `Level` of what was built in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from archdsl.diagnostics import Span
from archdsl.elaborate.inplace import safe
from archdsl.elaborate.place import call, register
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Building, Context, Flow, Labels, Silent
from archdsl.graph import Level, Value

Make = Callable[[Flow], Level]
"""makes a level for tensors that flow in; raises `Silent` when something in it failed"""


def finish(level: Building, title: str, inputs: Flow, outputs: Flow, labels: Labels) -> Level:
    """The level that was under construction."""
    known = {name: label for name, label in labels.table.items() if isinstance(label, Value)}
    made = Level(
        level.block, title, inputs, level.children, level.tensors, tuple(level.calls), outputs, level.span, known, dict(level.inits)
    )
    return safe(made)


def fresh(values: Flow, names: tuple[str, ...] = ("x",)) -> Flow:
    """What flows into a level, as it is seen inside."""
    return tuple(
        LOST if value is LOST else Value(value.shape, names[i] if i < len(names) else f"{names[-1]}{i}") for i, value in enumerate(values)
    )


def plain(run: Run, span: Span, context: Context, build: Callable[[Context, Flow], Flow]) -> Make:
    """How the level of a list is made: its items run in a level of their own and see the names around them."""

    def make(x: Flow) -> Level:
        building = Building("", span, context.level)
        labels = Labels(building, context.scope.labels)
        inputs = fresh(x)
        building.fed.update(zip(inputs, x, strict=True))
        building.opened = len(context.uses)
        outputs = build(replace(context, scope=context.scope.inside(labels), level=building), inputs)
        if any(value is LOST for value in (*inputs, *outputs)):
            raise Silent
        return finish(building, "", inputs, outputs, labels)

    return make


def enter(run: Run, make: Make, context: Context, x: Flow, name: str | None, span: Span) -> tuple[str, Flow]:
    """Make a level, register it and run it. Gives the key it has and what it gives."""
    key = context.level.number() if name is None else name
    level = make(x)
    register(run, context.level, key, level, span)
    context.level.makers[key] = make
    return key, call(context, level, x, span, key)
