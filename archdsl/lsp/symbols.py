"""The outline of a document as a tree: its keys, parameters, blocks and children."""

from __future__ import annotations

from dataclasses import dataclass, field

from archdsl.diagnostics import Span
from archdsl.language.nodes import Mapping
from archdsl.lsp.names import Definition
from archdsl.lsp.view import View

SHOWN = frozenset(("parameter", "let", "block", "child", "tensor", "token", "variant", "imported spec"))


@dataclass(eq=False, slots=True)
class Symbol:
    """Something with a name: what kind it is, the whole of it, its name alone, what it holds."""

    name: str
    kind: str
    span: Span
    key: Span
    inside: list[Symbol] = field(default_factory=list)


def symbols(view: View) -> list[Symbol]:
    """The symbols of an outline, nested as the text is."""
    source, root = view.outline.source, view.outline.root
    keys = [Symbol(key.text, "key", key.span.to(node.span), key.span) for key, node in root.entries] if isinstance(root, Mapping) else []
    values = {place.key.start: place.span for place in view.outline.places if place.key is not None}
    named = [_symbol(d, values.get(d.span.start)) for d in view.outline.definitions if d.kind in SHOWN and d.span.source is source]
    tops: list[Symbol] = []
    open_: list[Symbol] = []
    for symbol in sorted((*keys, *named), key=lambda s: (s.span.start, -s.span.end)):
        while open_ and open_[-1].span.end < symbol.span.end:
            open_.pop()
        (open_[-1].inside if open_ else tops).append(symbol)
        open_.append(symbol)
    return tops


def _symbol(definition: Definition, value: Span | None) -> Symbol:
    node = definition.node.span if definition.node is not None else value
    inside = node is not None and node.source is definition.span.source and node.end > definition.span.end
    whole = definition.span.to(node) if inside and node is not None and node.start >= definition.span.start else definition.span
    return Symbol(definition.name, definition.kind, whole, definition.span)
