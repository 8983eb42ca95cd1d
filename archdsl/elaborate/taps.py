"""Taps: a level that gives some of its inner tensors instead of its own outputs. What they don't need is not built."""

from __future__ import annotations

from dataclasses import replace
from string import digits

from archdsl.diagnostics import Edit, Fault, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.inplace import safe
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context
from archdsl.functions.base import Function
from archdsl.graph import Call, Level, Module, Value, live
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.shown import written

Path = tuple[str, Span]


def tap(run: Run, level: Level, node: Node, context: Context) -> Level:
    """The level with the tensors at these labels or paths (`features.3`) as its outputs."""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    faults = [fault for part in nodes if (fault := _fault(level, part)) is not None]
    run.refuse(faults, replace(context, uses=context.uses[:-1]))
    opened = _opened(level, [(part.text, part.span) for part in nodes if isinstance(part, Scalar)])
    return _trimmed(opened, opened.outputs[len(level.outputs) :])


def _fault(level: Level, node: Node) -> Fault | None:
    """What is wrong with a tap of a block; `None` where it leads to a tensor."""
    if not isinstance(node, Scalar):
        message = f"a tap is a label or a path, as `layer2` or `features.3`; found {written(node)}"
        return Fault("AD2220", node.span, message, help=_form(node))
    inner, rest, behind = level, node.text, ""
    while rest not in inner.labels:
        call, after = enter(inner, rest)
        if call is None:
            names = list(dict.fromkeys(behind + name for name in (*inner.labels, *(c.name for c in inner.calls if c.name))))
            near = nearest(node.text, names)
            slip = near is not None and near.rstrip(digits) != node.text.rstrip(digits)
            help = f"did you mean `{near}`?" if slip else f"it has {', '.join(names)}"[:120]
            return Fault("AD2222", node.span, f"`{level.block}` has no tensor `{node.text}`", help=help)
        if not after:
            return None
        there = node.text.removesuffix(f".{after}")
        if not isinstance(call.target, Level):
            message = f"`{there}` of `{level.block}` is an operation: there is nothing inside it to tap"
            return Fault("AD2221", node.span, message, help=f"what it gives is `{there}`", edit=Edit(node.span, there, "maybe"))
        inner, rest, behind = call.target, after, f"{there}."
    return None


def _form(node: Mapping | Sequence) -> str:
    """How taps are written that stand in a mapping or in a list within the list."""
    if isinstance(node, Mapping):
        names, taps = ", ".join(key.text for key, _ in node.entries), ", ".join(value.span.text for _, value in node.entries)
        return f"what they are called stands under `as`:  outputs: [{taps}], as: [{names}]"
    return f"a path has dots: `{'.'.join(part.span.text for part in node.items)}`"


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


def _opened(level: Level, paths: list[Path]) -> Level:
    """The level that gives these after its own outputs; the taps of one inner level are gathered, so that its call changes once."""
    inner: dict[Call, list[Path]] = {}
    for path, span in paths:
        call, rest = enter(level, path)
        if path not in level.labels and call is not None and rest:
            inner.setdefault(call, []).append((rest, span))
    found = {call: _rewritten(call, inner[call]) if call in inner else call for call in level.calls}
    changed = {call.name: found[call].target for call in inner}
    children = {name: _module(changed.get(name, child)) for name, child in level.children.items()}
    outputs = tuple(_value(level, path, found, inner) for path, _ in paths)
    return safe(replace(level, calls=tuple(found.values()), children=children, outputs=(*level.outputs, *outputs)))


def _module(target: Module | Level | Function) -> Module | Level:
    assert not isinstance(target, Function)
    return target


def enter(level: Level, path: str) -> tuple[Call | None, str]:
    """The call of a child that a path begins with, the longest name first, and the rest of the path."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        call = next((c for c in level.calls if c.name == name and not c.reused), None)
        if call is not None:
            return call, ".".join(parts[count:])
    return None, path


def _rewritten(call: Call, paths: list[Path]) -> Call:
    """A call of a level that gives its taps after its own outputs."""
    target = call.target
    assert isinstance(target, Level)
    opened = _opened(target, paths)
    taps = opened.outputs[len(target.outputs) :]
    return replace(call, target=opened, outputs=(*call.outputs, *(Value(value.shape, value.name) for value in taps)))


def _value(level: Level, path: str, found: dict[Call, Call], inner: dict[Call, list[Path]]) -> Value:
    if path in level.labels:
        return level.labels[path]
    call, rest = enter(level, path)
    assert call is not None
    if not rest:
        return call.outputs[0]
    position = [p for p, _ in inner[call]].index(rest)
    return found[call].outputs[len(call.outputs) + position]
