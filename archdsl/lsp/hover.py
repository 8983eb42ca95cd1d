"""Hover: what stands at a place, in Markdown. Of a layer its shapes and costs, of a word what it calls, of a name where it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archdsl.language.nodes import Node, Scalar
from archdsl.lsp.documentation import argument, callee, key
from archdsl.lsp.names import Definition
from archdsl.lsp.slots import Place, Slot
from archdsl.lsp.told import told
from archdsl.lsp.view import View

LONGEST = 240
"""characters of a value that are shown"""
SAYS = {
    "parameter": "parameter",
    "let": "name for a value",
    "variable": "variable",
    "block": "block",
    "imported spec": "imported spec",
    "child": "child",
    "label": "label",
    "tensor": "tensor",
    "input": "input",
    "token": "token",
    "variant": "variant",
}


@dataclass(frozen=True, slots=True)
class Hover:
    """A text in Markdown on the characters `start` to `end`."""

    start: int
    end: int
    text: str


def hover(view: View, offset: int) -> Hover | None:
    """What is to be said of a place of the text; `None` where nothing is known, or the line changed since it was."""
    here = view.back(offset)
    if here is None:
        return None
    outline = view.outline
    mention, slots = outline.mention(here), outline.at(here)
    parts = [*(text for slot in slots[:2] for text in _slot(view, slot))]
    if mention is not None and not any(_tells(slot, mention.definition) for slot in slots[:2]):
        parts += _definition(view, mention.definition)
    spans = [slot.span for slot in slots[:1]] if mention is None else [mention.span]
    moved = view.forward(spans[0].start, spans[0].end) if spans and parts else None
    return None if moved is None else Hover(*moved, "\n\n".join(dict.fromkeys(parts)))


def _slot(view: View, slot: Slot) -> Iterator[str]:
    """What a place says by what stands there."""
    if slot.role == "item":
        yield from _head(view, slot)
    elif slot.role in ("part", "value", "key") and slot.argument is not None and slot.argument.name:
        yield argument(slot.callee, slot.argument)
    elif slot.role in ("part", "key", "word"):
        yield from filter(None, (key(slot.span.text, slot.what),))


def _tells(slot: Slot, definition: Definition) -> bool:
    """Whether a place says already what a definition is: the block that it calls, the argument that it names."""
    named = slot.argument is not None and slot.argument.key is not None and slot.argument.key.span == definition.span
    return (slot.role == "item" and slot.callee is not None and definition.kind == "block") or (named and slot.role in ("key", "part"))


def _head(view: View, slot: Slot) -> Iterator[str]:
    """The first word of an item: what it calls, and what came of it."""
    text = callee(slot.callee) if slot.callee is not None else key(slot.span.text, "an item")
    if text:
        yield text
    place = next((place for place in view.outline.places if slot.item is not None and place.span == slot.item), None)
    if place is not None:
        yield from _uses(view, place)


def _uses(view: View, place: Place) -> Iterator[str]:
    found = view.uses(place)
    if found:
        yield told(found)


def _definition(view: View, definition: Definition) -> Iterator[str]:
    """What a name stands for."""
    source = definition.span.source
    of = f" of `{definition.owner}`" if definition.owner else ""
    where = "" if source is view.outline.source else f", in `{source.name}`"
    value = _shown(definition.node) if definition.kind not in ("block", "variable") else ""
    yield f"`{definition.name}`{f': `{value}`' if value else ''} — {SAYS[definition.kind]}{of}{where}"
    if definition.kind == "variable" and isinstance(definition.node, Scalar):
        yield f"`{_shown(definition.node)}`"
    for place in view.outline.places if definition.kind in ("child", "label") else ():
        if place.key == definition.span or (definition.kind == "label" and place.span.start <= definition.span.start < place.span.end):
            yield from _uses(view, place)
            return


def _shown(node: Node | None) -> str:
    """A value as it is written, on one line."""
    text = "" if node is None else " ".join((node.text if isinstance(node, Scalar) else node.span.text).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
