"""Labels: the names that items give to what they compute."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archdsl.diagnostics import Fault, Span
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Absent, Context, Flow, Silent
from archdsl.elaborate.sizes import SizeReader
from archdsl.elaborate.values import fill
from archdsl.graph import Value
from archdsl.language.items import Item
from archdsl.language.labels import Label, parse_labels
from archdsl.language.nodes import Node, Scalar
from archdsl.language.nodes import Sequence as List


def attach(run: Run, context: Context, key: str | None, node: Node | None, flow: Flow, x: Flow) -> None:
    """Label what an item gave: by its key, and as `as` says."""
    table = context.scope.labels.table
    if key is not None and flow:
        table[key] = flow[0] if len(flow) == 1 else list(flow)
    if node is None:
        return
    labels = parse_labels(node, run.limits)
    whole = len(labels) == 1 and not labels[0].appends and labels[0].index is None
    if len(labels) != len(flow) and not whole:
        count = "1 result" if len(flow) == 1 else f"{len(flow)} results"
        help = "one label alone, `as: a`, names all of them as a list" if len(flow) > 1 else "write one label, as `as: a`"
        raise Fault("AD2022", node.span, f"{count} for {len(labels)} labels", help=help)
    if whole and len(flow) != 1:
        table[labels[0].name] = list(flow)
        return
    for label, value in zip(labels, flow, strict=True):
        _attach_one(run, context, label, value, x)


def _attach_one(run: Run, context: Context, label: Label, value: Value, x: Flow) -> None:
    table = context.scope.labels.table
    if not label.appends and label.index is None:
        table[label.name] = value
        if context.level.calls and value in context.level.calls[-1].outputs:
            value.name = label.name
        return
    known = table.setdefault(label.name, [])
    if not isinstance(known, list):
        message = f"`{label.name}` is one tensor already, no list to fill"
        raise Fault("AD2023", label.span, message, help=f"give the list another name, or fill it from the first on: `as: {label.name}...`")
    if label.index is None:
        known.append(value)
        return
    index = SizeReader(run, context, x).evaluate(label.index)
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index <= len(known):
        filled = f"`{label.name}[{len(known)}]` is not filled" if isinstance(index, int) else "an index is a whole number"
        raise Fault("AD2024", label.span, f"`{label.name}` holds {len(known)} tensors, no place for index {index}: {filled}")
    table[label.name] = [*known[:index], value, *known[index + 1 :]]


def forget(run: Run, context: Context, key: str | None, node: Node | None, span: Span) -> None:
    """The labels of an absent item: reading one is an error that names the condition."""
    for name in _names(run, key, node):
        context.scope.labels.table.setdefault(name, Absent(span))


def lose(run: Run, context: Context, key: Scalar | str | None, node: Node | None) -> None:
    """The labels of an item that failed: whoever reads one keeps silent."""
    name: str | None = key if isinstance(key, str) else None
    if isinstance(key, Scalar):
        try:
            name = fill(run, key, context, (LOST,))
        except (Fault, Silent):
            name = None
    for label in _names(run, name, node):
        context.scope.labels.table[label] = LOST


def lose_written(context: Context, text: str) -> None:
    """The labels of an item that cannot be read, as far as its text tells."""
    for given in re.findall(r"\b(?:name|as)\b *[=:] *(\[[^\]]*\]|[\w.]+)", text):
        context.scope.labels.table.update(dict.fromkeys(re.findall(r"[^\W\d][\w.]*", given), LOST))


def lose_given(context: Context, item: Item) -> None:
    """What the arguments of a call that failed may have been meant to name, as in `nmae=stem`."""
    for _, node in item.keywords:
        if isinstance(node, Scalar) and node.text.isidentifier():
            context.scope.labels.table.setdefault(node.text, LOST)


def present(context: Context, nodes: Sequence[Node]) -> list[Node]:
    """Those of the outputs whose label is not that of an absent item; all where none is left, so that reading one is the error."""
    table = context.scope.labels.table
    kept = [node for node in nodes if not (isinstance(node, Scalar) and isinstance(table.get(node.text), Absent))]
    return kept or list(nodes)


def _names(run: Run, key: str | None, node: Node | None) -> list[str]:
    names = [] if key is None else [key]
    if node is None:
        return names
    try:
        return names + [label.name for label in parse_labels(node, run.limits)]
    except Fault:
        parts = node.items if isinstance(node, List) else (node,)
        return names + [word for part in parts if isinstance(part, Scalar) for word in re.findall(r"[^\W\d]\w*", part.text)]
