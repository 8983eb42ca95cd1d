"""Taps: a level that gives some of its inner tensors instead of its own outputs. What they don't need is not built."""

from __future__ import annotations

from dataclasses import replace

from archdsl.diagnostics import Fault, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.inplace import safe
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context
from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, Value, live
from archdsl.language.nodes import Node, Scalar, Sequence

Path = tuple[str, Span]


def tap(run: Run, level: Level, node: Node, context: Context) -> Level:
    """The level with the tensors at these labels or paths (`features.3`) as its outputs."""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    paths: list[Path] = []
    for part in nodes:
        if not isinstance(part, Scalar):
            raise Fault("AD2220", part.span, "a tap is a label or a path, as `layer2` or `features.3`")
        paths.append((part.text, part.span))
    return _tapped(level, paths, level.block)


def _tapped(level: Level, paths: list[Path], owner: str) -> Level:
    """The level that gives these and nothing else."""
    opened = _opened(level, paths, owner)
    return _trimmed(opened, opened.outputs[len(level.outputs) :])


def _trimmed(level: Level, outputs: tuple[Value, ...]) -> Level:
    """The level without what these outputs don't need, in the levels within it too."""
    kept = live(level.calls, outputs)
    needed = {*outputs, *(value for call in kept for value in (*call.inputs, call.batch) if value is not None)}
    names = [call.name for call in level.calls if call in kept]
    calls = tuple(_lean(call, needed) if names.count(call.name) == 1 else call for call in level.calls if call in kept)
    targets = {call.name: call.target for call in calls}
    children = {name: _module(targets[name]) for name in level.children if name in targets}
    return replace(level, calls=calls, outputs=outputs, children=children)


def _lean(call: Call, needed: set[Value]) -> Call:
    """A call of a level, some of whose results nothing needs, that gives the others alone."""
    used = [i for i, value in enumerate(call.outputs) if value in needed]
    if not isinstance(call.target, Level) or len(used) == len(call.outputs):
        return call
    target = _trimmed(call.target, tuple(call.target.outputs[i] for i in used))
    return replace(call, target=target, outputs=tuple(call.outputs[i] for i in used))


def _opened(level: Level, paths: list[Path], owner: str) -> Level:
    """The level that gives these after its own outputs; the taps of one inner level are gathered, so that its call changes once."""
    inner: dict[Call, list[Path]] = {}
    for path, span in paths:
        call, rest = _enter(level, path)
        if path not in level.labels and call is None:
            raise _missing(level, path, span, owner)
        if path not in level.labels and call is not None and rest:
            inner.setdefault(call, []).append((rest, span))
    found = {call: _rewritten(call, inner[call], owner) if call in inner else call for call in level.calls}
    changed = {call.name: found[call].target for call in inner}
    children = {name: _module(changed.get(name, child)) for name, child in level.children.items()}
    outputs = tuple(_value(level, path, found, inner) for path, _ in paths)
    return safe(replace(level, calls=tuple(found.values()), children=children, outputs=(*level.outputs, *outputs)))


def _module(target: Module | Level | Function) -> Module | Level:
    assert not isinstance(target, Function)
    return target


def _enter(level: Level, path: str) -> tuple[Call | None, str]:
    """The call of a child that a path begins with, the longest name first, and the rest of the path."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        call = next((c for c in level.calls if c.name == name and not c.reused), None)
        if call is not None:
            return call, ".".join(parts[count:])
    return None, path


def _rewritten(call: Call, paths: list[Path], owner: str) -> Call:
    """A call of a level that gives its taps after its own outputs."""
    target = call.target
    if not isinstance(target, Level):
        raise Fault("AD2221", paths[0][1], f"`{call.name}` of `{owner}` is an operation: there is nothing inside it to tap")
    opened = _opened(target, paths, owner)
    taps = opened.outputs[len(target.outputs) :]
    return replace(call, target=opened, outputs=(*call.outputs, *(Value(value.shape, value.name) for value in taps)))


def _value(level: Level, path: str, found: dict[Call, Call], inner: dict[Call, list[Path]]) -> Value:
    if path in level.labels:
        return level.labels[path]
    call, rest = _enter(level, path)
    assert call is not None
    if not rest:
        return call.outputs[0]
    position = [p for p, _ in inner[call]].index(rest)
    return found[call].outputs[len(call.outputs) + position]


def _missing(level: Level, path: str, span: Span, owner: str) -> Fault:
    names = [*level.labels, *(call.name for call in level.calls if call.name)]
    near = nearest(path, names)
    there = f"it has {', '.join(dict.fromkeys(names))}"[:120]
    return Fault("AD2222", span, f"`{owner}` has no tensor `{path}` to give", help=f"did you mean `{near}`?" if near else there)
