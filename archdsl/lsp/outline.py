"""A document as an editor sees it: every name with its definition, every place with what may stand there.

Names are resolved by the text alone, as far as the language is lexical, so that blocks that nothing uses, branches that are not taken and
specs with faults are known too. `tests/test_lsp_names.py` holds this against what elaboration looks up.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archdsl.diagnostics import Source
from archdsl.elaborate.declarations import KEYS
from archdsl.elaborate.parameters import parameters
from archdsl.elaborate.tokens import BUILT_IN
from archdsl.language.document import Block, Document, Entries
from archdsl.language.files import Opened, sketch
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.reader import read
from archdsl.language.syntax import BlockKeys, FileKeys
from archdsl.limits import Limits
from archdsl.lsp.items import Items
from archdsl.lsp.names import Definition, Kind, Mention, Sight, Table
from archdsl.lsp.slots import OF_TYPE, Argument, Place, Slot, declared
from archdsl.ops import BY_NAME as OPERATIONS


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


def outline(source: Source, limits: Limits, root: Path | None, opened: Opened | None = None) -> Outline | None:
    """The outline of a text, with the names of the files that it extends and imports; `None` for a text that cannot be read."""
    node = read(source, limits, lambda diagnostic: None)
    document = None if node is None else sketch(source, node, limits, root=root, opened=opened)
    if node is None or document is None:
        return None
    walker = Walker(document, limits)
    walker.file(node)
    return Outline(source, node, document, tuple(walker.slots), tuple(walker.places), tuple(walker.definitions), walker.tables)


def keys_of(model: type[BlockKeys]) -> tuple[str, ...]:
    """The keys that a spec or a block may hold."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


class Walker(Items):
    """Walks a file: its keys in such an order that what is defined is known where it is used."""

    def file(self, node: Node) -> None:
        document = self.document
        values: Table = {}
        self.tables[document.main] = {}
        sight = Sight(ChainMap(values), ChainMap(self.tables[document.main]))
        self.tokens = {name: self.define("token", name, key.span, entry) for name, (key, entry) in document.legend.items()}
        self.tokens |= {name: None for name in BUILT_IN if name not in self.tokens}
        self.declare(document.main.params, "parameter", values, "")
        self.declare(document.main.let, "let", values, "")
        own = _blocks(node)
        for name, block in document.blocks.items():
            self.blocks[name] = self.define("block", name, own[name].span if name in own else block.span, block.body)
            self.declare(block.params, "parameter", {}, name)
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
        own: Table = {word: self.parameters[key] for word, (key, _) in params.items() if key in self.parameters}
        table: Table = {}
        if block is not None:
            self.tables[block] = table
        sight = Sight(outer.values.new_child(own), ChainMap(table), name)
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

    def params(self, node: Node, sight: Sight) -> None:
        """Parameters: a type, a default, or in a file that extends another a new value."""
        known = declared(self.document.main)
        for key, value in _pairs(node):
            definition = self.parameters.get(key)
            if definition is None and key.text in sight.values:
                sight.values[key.text].mention(key.span)
                self.slot(key.span, "word", sight, options=tuple(known), what="a parameter")
                self.argument(known.get(key.text), None, value, sight)
                continue
            self.slot(key.span, "none", sight, what="a parameter")
            self.slot(value.span, "type", sight)
            default = value if definition is None else definition.node
            if default is not None:
                self.argument(Argument("", definition.reading if definition is not None else "value", ""), None, default, sight)

    def let(self, node: Node, sight: Sight) -> None:
        """Names for values."""
        for key, value in _pairs(node):
            self.slot(key.span, "none", sight, what="a name")
            self.argument(None, None, value, sight)

    def require(self, node: Node, sight: Sight) -> None:
        """Conditions, and what to say."""
        for key, value in _pairs(node):
            self.slot(key.span, "expression", sight)
            self.expression(key, sight)
            self.text(value, sight)

    def tensors_of_block(self, node: Node, sight: Sight) -> None:
        """Raw parameters and buffers."""
        for key, value in _pairs(node):
            taken = frozenset(k.text for k, _ in _pairs(value))
            for word, entry in _pairs(value):
                self.slot(word.span, "key", sight, taken=taken, options=KEYS, what="a tensor")
                if word.text == "buffer":
                    self.tensors(entry, sight)
                elif word.text == "init":
                    self.initial(entry, sight)
                else:
                    self.value(entry, sight)
                if isinstance(entry, Scalar) and word.text != "init":
                    self.slot(entry.span, "formula" if word.text == "buffer" else "expression", sight)
            sight.table[key.text] = self.child(key, "tensor", sight)

    def inputs(self, node: Node, sight: Sight) -> None:
        """The names of what flows into a block."""
        for part in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(part, Scalar):
                name = part.text.removesuffix("...")
                sight.table[name] = self.labelled(name, part.span.part(0, len(name)), "input", sight)

    def input(self, node: Node, sight: Sight) -> None:
        """What flows into the network: names with shapes."""
        for key, _ in _pairs(node):
            sight.table[key.text] = self.labelled(key.text, key.span, "input", sight)

    def outputs(self, node: Node, sight: Sight) -> None:
        """What a block or the network gives: a tensor, a list, or a mapping by name or mode."""
        for _, value in _pairs(node):
            self.outputs(value, sight)
        if isinstance(node, Sequence):
            for part in node.items:
                self.outputs(part, sight)
        elif isinstance(node, Scalar):
            self.slot(node.span, "formula", sight)
            self.formula(node, sight)

    def variants(self, node: Node, sight: Sight) -> None:
        """Settings by name."""
        known = declared(self.document.main)
        found = {key.text: self.define("variant", key.text, key.span, value) for key, value in _pairs(node)}
        self.variant_names |= found
        for _, settings in _pairs(node):
            taken = frozenset(key.text for key, _ in _pairs(settings))
            for key, value in _pairs(settings):
                self.slot(key.span, "key", sight, taken=taken, options=("like", *known), what="a variant", argument=known.get(key.text))
                if key.text == "like" and isinstance(value, Scalar):
                    self.variant_name(value, sight)
                    continue
                if key.text in sight.values:
                    sight.values[key.text].mention(key.span)
                self.argument(known.get(key.text), None, value, sight)

    def variant_name(self, node: Node, sight: Sight) -> None:
        """The name of a variant."""
        if isinstance(node, Scalar):
            self.slot(node.span, "variant", sight, options=tuple(self.document.variants))
            if node.text in self.variant_names:
                self.variant_names[node.text].mention(node.span)

    def files(self, node: Node, sight: Sight) -> None:
        """Paths of files."""
        parts = [value for _, value in _pairs(node)] or (node.items if isinstance(node, Sequence) else [node])
        for part in parts:
            if isinstance(part, Scalar):
                self.slot(part.span, "path", sight)

    def defaults(self, node: Node, sight: Sight) -> None:
        """Default arguments by operation or block."""
        for key, arguments in _pairs(node):
            callee = self.called(key, Sight(ChainMap(), sight.labels))
            self.slot(key.span, "item", sight, callee, what="defaults")
            taken = frozenset(word.text for word, _ in _pairs(arguments))
            for word, value in _pairs(arguments):
                argument = None if callee is None else callee.arguments.get(word.text)
                self.slot(word.span, "key", sight, callee, argument, taken, what="defaults")
                if argument is not None and argument.key in self.parameters:
                    self.parameters[argument.key].mention(word.span)
                self.argument(argument, callee, value, sight)

    def legend(self, node: Node, sight: Sight) -> None:
        """Tokens and the items that they stand for."""
        for _, value in _pairs(node):
            inner = sight.level({})
            for part in value.items if isinstance(value, Sequence) else (value,):
                self.item(part, inner)

    def blocks_of_file(self, node: Node, sight: Sight) -> None:
        """The blocks that a file defines."""
        for key, value in _pairs(node):
            self.slot(key.span, "none", sight, what="a block's name")
            block = self.document.blocks.get(key.text)
            self.keys_of_block(value, block, sight)

    def rules(self, node: Node, sight: Sight) -> None:
        """Rules for initial values."""
        for rule in node.items if isinstance(node, Sequence) else (node,):
            taken = frozenset(key.text for key, _ in _pairs(rule))
            for key, value in _pairs(rule):
                self.slot(key.span, "key", sight, taken=taken, options=("op", "key", "weight", "bias", "when"), what="a rule")
                self.rule(key.text, value, sight)

    def rule(self, word: str, value: Node, sight: Sight) -> None:
        for part in value.items if isinstance(value, Sequence) and word == "op" else (value,):
            if not isinstance(part, Scalar):
                continue
            if word == "op":
                self.slot(part.span, "word", sight, options=tuple(OPERATIONS), what="an operation")
            elif word == "key":
                self.filled(part, sight)
                self.later(part, lambda: self.tables[self.document.main])
            elif word == "when":
                self.slot(part.span, "expression", sight)
                self.expression(part, sight)
            else:
                self.initial(part, sight)


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
}
"""what walks the value of each key, in the order in which names become known"""


def _pairs(node: Node) -> tuple[tuple[Scalar, Node], ...]:
    return node.entries if isinstance(node, Mapping) else ()


def _entries(node: Mapping) -> Map[str, Node]:
    return {key.text: value for key, value in node.entries}


def _blocks(node: Node) -> dict[str, Scalar]:
    """The keys under `blocks` of a file itself."""
    blocks = node.get("blocks") if isinstance(node, Mapping) else None
    return {key.text: key for key, _ in _pairs(blocks)} if blocks is not None else {}
