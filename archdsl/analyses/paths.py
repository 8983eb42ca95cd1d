"""Paths: the layer, level, label or tensor that `layer2.0.conv1` names, and the calls that lead to it."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.diagnostics import Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.taps import enter
from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, walk
from archdsl.ops.base import TensorSpec

SHOWN = 12
"""names told of those there are"""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A call of a level on the way."""

    level: Level
    call: Call


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a path names. `steps` are the calls from the root to it, the last is its own, but for what no call runs."""

    path: str
    steps: tuple[Step, ...]
    target: Module | Level | Function | TensorSpec
    runs: bool = True
    place: Span | None = None


class NotThere(Exception):
    """A path that names nothing; its text says so, with the nearest one."""


def find(root: Level, path: str) -> Found:
    """What a path names. A tensor of a layer (`conv1.weight`) stands for its layer. Raises `NotThere`."""
    steps: list[Step] = []
    level, rest = root, path
    while True:
        call, below = enter(level, rest)
        if call is None:
            return _beside(root, path, steps, level, rest)
        steps.append(Step(level, call))
        target = call.target
        if not below or (isinstance(target, Module) and below in (spec.name for spec in target.tensors)):
            return Found(path.removesuffix(below).removesuffix(".") if below else path, tuple(steps), target)
        if not isinstance(target, Level):
            raise NotThere(f"`{path.removesuffix(f'.{below}')}` is a layer: there is no `{below}` in it")
        level, rest = target, below


def _beside(root: Level, path: str, steps: list[Step], level: Level, rest: str) -> Found:
    """A label, a declared tensor, or a child that nothing runs."""
    value = level.labels.get(rest)
    call = next((call for call in level.calls if value in call.outputs), None) if value else None
    if call is not None:
        return Found(path, (*steps, Step(level, call)), call.target)
    if value is not None and value in level.inputs:
        raise NotThere(f"`{path}` is what flows in, {value.shape}: say the path of what is made of it")
    if rest in level.tensors:
        declared = level.tensors[rest]
        return Found(path, tuple(steps), declared.spec, False, declared.span)
    if rest in level.children:
        return Found(path, tuple(steps), level.children[rest], False)
    raise NotThere(_nearest(root, path, level, rest))


def _nearest(root: Level, path: str, level: Level, rest: str) -> str:
    names = list(dict.fromkeys([*(call.name for call in level.calls if call.name), *level.children, *level.labels, *level.tensors]))
    above = path.removesuffix(rest)
    word = rest if rest.count(".") == 0 else rest.split(".")[0]
    near = nearest(word, names)
    found = f"{above}{near}{rest.removeprefix(word)}" if near else nearest(path, (name for name, _ in walk(root)))
    if found:
        return f"there is no `{path}`: did you mean `{found}`?"
    more = ", …" if len(names) > SHOWN else ""
    return f"there is no `{path}`: {f'`{above[:-1]}`' if above else 'the network'} has {', '.join(names[:SHOWN])}{more}"
