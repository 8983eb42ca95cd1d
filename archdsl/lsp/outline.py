"""A document as an editor sees it: every name with its definition, every place with what may stand there.

Names are resolved by the text alone, as far as the language is lexical, so that blocks that nothing uses, branches that are not taken and
specs with faults are known too. `tests/test_lsp_names.py` holds this against what elaboration looks up.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archdsl.diagnostics import Source
from archdsl.elaborate.parameters import parameters
from archdsl.elaborate.tokens import BUILT_IN
from archdsl.language.document import Block, Document, Entries
from archdsl.language.files import Opened, sketch
from archdsl.language.nodes import Mapping, Node, Scalar
from archdsl.language.reader import read
from archdsl.language.syntax import BlockKeys, FileKeys
from archdsl.limits import Limits
from archdsl.lsp.names import Definition, Kind, Mention, Sight, Table
from archdsl.lsp.sections import Sections, pairs
from archdsl.lsp.slots import OF_TYPE, Place, Slot


@dataclass(frozen=True, eq=False)
class Outline:
    """What is known of a text. `mentions` are in the order of the text and hold those of this file alone."""

    source: Source
    root: Node
    document: Document
    slots: tuple[Slot, ...]
    places: tuple[Place, ...]
    definitions: tuple[Definition, ...]
    tables: Map[Block, Table]

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        found = {(m.span.start, m.span.end): m for d in self.definitions for m in d.mentions if m.span.source is self.source}
        return tuple(found[key] for key in sorted(found))

    def mention(self, offset: int) -> Mention | None:
        """The name at a place; the shortest where one stands in another."""
        found = [m for m in self.mentions if m.span.start <= offset <= m.span.end]
        return min(found, key=lambda m: m.span.end - m.span.start, default=None)

    def at(self, offset: int) -> list[Slot]:
        """What may stand at a place, the innermost first."""
        found = [slot for slot in self.slots if slot.span.start <= offset <= slot.span.end and slot.span.source is self.source]
        return sorted(found, key=lambda slot: slot.span.end - slot.span.start)


def outline(source: Source, limits: Limits, root: Path | None, opened: Opened | None = None, focus: int | None = None) -> Outline | None:
    """The outline of a text, with the names of the files that it extends and imports; `None` for a text that cannot be read.

    With `focus` it holds what matters at one place of the text.
    """
    node = read(source, limits, lambda diagnostic: None)
    document = None if node is None else sketch(source, node, limits, root=root, opened=opened)
    if node is None or document is None:
        return None
    walker = Walker(document, limits, focus)
    walker.file(node)
    return Outline(source, node, document, tuple(walker.slots), tuple(walker.places), tuple(walker.definitions), walker.tables)


def keys_of(model: type[BlockKeys]) -> tuple[str, ...]:
    """The keys that a spec or a block may hold."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


class Walker(Sections):
    """Walks a file: its keys in such an order that what is defined is known where it is used."""

    def file(self, node: Node) -> None:
        document = self.document
        values = Table()
        self.tables[document.main] = Table()
        sight = Sight((values,), (self.tables[document.main],))
        self.tokens = {name: self.define("token", name, key.span, entry) for name, (key, entry) in document.legend.items()}
        self.tokens |= {name: None for name in BUILT_IN if name not in self.tokens}
        self.declare(document.main.params, "parameter", values, "")
        self.declare(document.main.let, "let", values, "")
        own = _blocks(node)
        for name, block in document.blocks.items():
            self.blocks.add(self.define("block", name, own[name].span if name in own else block.span, block.body))
            self.declare(block.params, "parameter", Table(), name)
        if isinstance(node, Mapping):
            self.keys_of_file(node, sight)
        else:
            self.body(node, sight)
        self.follow()

    def declare(self, entries: Entries, kind: Kind, into: Table, owner: str) -> None:
        """The parameters or names of `let` of a block."""
        declared = {p.name: p for p in parameters(entries)} if kind == "parameter" else {}
        for name, (key, node) in entries.items():
            parameter = declared.get(name)
            into[name] = self.parameters[key] = self.define(kind, name, key.span, node if parameter is None else parameter.default, owner)
            into[name].reading = "value" if parameter is None else OF_TYPE.get(parameter.reading, "value")

    def keys_of_file(self, node: Mapping, sight: Sight) -> None:
        """The keys of a spec."""
        taken = frozenset(key.text for key, _ in node.entries)
        for key, _ in node.entries:
            self.slot(key.span, "key", sight, taken=taken, options=keys_of(FileKeys), what="a spec")
        entries = dict(_entries(node))
        for name, walk in _FILE.items():
            if name in entries:
                walk(self, entries[name], sight)

    def keys_of_block(self, node: Node, block: Block | None, outer: Sight) -> None:
        """A block: a list, or a mapping with its keys."""
        name = "" if block is None else block.name
        params = {} if block is None else block.params
        own, table = Table(), Table()
        for key, _ in params.values():
            if key in self.parameters:
                own.add(self.parameters[key])
        if block is not None:
            self.tables[block] = table
        sight = Sight((own, *outer.values), (table,), name)
        if not isinstance(node, Mapping):
            self.body(node, sight)
            return
        taken = frozenset(key.text for key, _ in node.entries)
        for key, _ in node.entries:
            self.slot(key.span, "key", sight, taken=taken, options=keys_of(BlockKeys), what="a block")
        if block is not None:
            self.declare(block.let, "let", own, name)
        entries = dict(_entries(node))
        for word, walk in _BLOCK.items():
            if word in entries:
                walk(self, entries[word], sight)

    def blocks_of_file(self, node: Node, sight: Sight) -> None:
        """The blocks that a file defines."""
        for key, value in pairs(node):
            self.slot(key.span, "none", sight, what="a block's name")
            block = self.document.blocks.get(key.text)
            if self.focus is None or value.span.start <= self.focus <= value.span.end:
                self.keys_of_block(value, block, sight)


Walk = Callable[[Walker, Node, Sight], None]
_SHARED: dict[str, Walk] = {"params": Walker.params, "let": Walker.let, "require": Walker.require}
_LAST: dict[str, Walk] = {"tensors": Walker.tensors_of_block, "body": Walker.body, "outputs": Walker.outputs}
_BLOCK: dict[str, Walk] = {**_SHARED, "inputs": Walker.inputs, **_LAST}
_FILE: dict[str, Walk] = {
    "extends": Walker.files,
    "import": Walker.files,
    "variants": Walker.variants,
    "variant": Walker.variant_name,
    "input": Walker.input,
    **_SHARED,
    "inputs": Walker.inputs,
    "defaults": Walker.defaults,
    "legend": Walker.legend,
    "blocks": Walker.blocks_of_file,
    **_LAST,
    "init": Walker.rules,
    "weights": Walker.weights,
    "expect": Walker.expect,
    "train": Walker.train,
}
"""what walks the value of each key, in the order in which names become known"""


def _entries(node: Mapping) -> Map[str, Node]:
    return {key.text: value for key, value in node.entries}


def _blocks(node: Node) -> dict[str, Scalar]:
    """The keys under `blocks` of a file itself."""
    blocks = node.get("blocks") if isinstance(node, Mapping) else None
    return {key.text: key for key, _ in pairs(blocks)} if blocks is not None else {}
