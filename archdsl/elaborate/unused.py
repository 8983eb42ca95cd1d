"""Warnings on what a spec says and nothing uses: parameters, labels, layers.

Uses are looked for in the text: a word that stands anywhere in the file may be a use, so that a warning is never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from archdsl.diagnostics import Span
from archdsl.elaborate.run import Run
from archdsl.functions.base import Function
from archdsl.graph import Level, live
from archdsl.language.document import Block, Document, Entries
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence


def warn_unused(run: Run, document: Document, root: Level) -> None:
    """Warn of the parameters, labels and layers of a file that nothing uses."""
    used = set(_words(_nodes(document)))
    for name, (key, _) in document.main.params.items():
        if name not in used and key.span.source is document.source:
            run.advise("AD2032", key.span, f"nothing uses the parameter `{name}`", help="take it away, or use it")
    for block in (document.main, *document.blocks.values()):
        for label in labels_written(block.body):
            if label.text not in used:
                run.advise("AD2033", label.span, f"nothing reads the label `{label.text}`", help="take it away, or read it")
    _warn_unread(run, document, root)


@lru_cache(maxsize=16)
def labels_written(body: Node) -> tuple[Scalar, ...]:
    """The labels that `as` gives in a body, where they are written as one name."""
    labels = (node.get("as") for node in _below([body]) if isinstance(node, Mapping))
    return tuple(label for label in labels if isinstance(label, Scalar) and re.fullmatch(r"[\w-]+", label.text))


def written_below(document: Document, name: str, place: Span) -> Span | None:
    """Where a label is written in the same body further down than a place."""
    for block in (document.main, *document.blocks.values()):
        inside = block.body.span.source is place.source and block.body.span.start <= place.start < block.body.span.end
        children = [key for key, _ in block.body.entries] if isinstance(block.body, Mapping) else []
        for label in (*labels_written(block.body), *children) if inside else ():
            if label.text == name and label.span.start > place.start:
                return label.span
    return None


def _warn_unread(run: Run, document: Document, root: Level) -> None:
    """Layers that are registered and not run because no output needs them; where outputs are chosen that is on purpose."""
    chosen = {block.name for block in (document.main, *document.blocks.values()) if block.outputs is not None}
    if document.main.outputs is not None:
        return
    stack, seen = [root], {root}
    while stack:
        level = stack.pop()
        below = [child for child in level.children.values() if isinstance(child, Level) and child not in seen]
        seen.update(below)
        stack.extend(below)
        if level.block in chosen or level.span.source is not document.source:
            continue
        needed = live(level.calls, level.outputs)
        for call in level.calls:
            if call not in needed and not isinstance(call.target, Function) and call.span.source is document.source:
                message = f"nothing reads what `{call.name}` gives: it is registered, but not run"
                run.advise("AD2034", call.span, message, help="read it with `from:`, or name it under `outputs`")


def _nodes(document: Document) -> Iterator[Node]:
    """Everything in a document that may use a name, but declarations of parameters themselves."""
    for block in (document.main, *document.blocks.values()):
        yield from _uses(block)
    yield from _values(document.legend)
    for _, arguments in document.defaults.values():
        yield from _values(arguments)
    yield from (node for node in (document.init, document.train) if node is not None)


def _uses(block: Block) -> Iterator[Node]:
    yield block.body
    for entries in (block.params, block.let, block.tensors):
        yield from _values(entries)
    for condition, text in block.require:
        yield from (condition, text)
    yield from (node for node in (block.inputs, block.outputs) if node is not None)


def _values(entries: Entries) -> list[Node]:
    return [node for _, node in entries.values()]


def _below(nodes: Iterable[Node]) -> Iterator[Node]:
    """Nodes and all that they hold."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Sequence):
            stack.extend(node.items)
        elif isinstance(node, Mapping):
            stack.extend(part for key, value in node.entries for part in ((key,) if key.text == "as" else (key, value)))


def _words(nodes: Iterable[Node]) -> Iterator[str]:
    """The words of all texts but of what `as` gives, which declares and does not read."""
    for node in _below(nodes):
        if isinstance(node, Scalar):
            read = re.sub(r"\bas=\S+", "", node.text)
            yield from re.findall(r"[\w-]+", read)
            yield from re.findall(r"\w+", read)
