"""Places of a document: what may be written there, and what is needed to say more about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from archdsl.diagnostics import Span
from archdsl.elaborate.blocks import signature_of as block_signature
from archdsl.elaborate.callees import Called
from archdsl.elaborate.parameters import Parameter, parameters
from archdsl.elaborate.signatures import shown, signature_of, words_of
from archdsl.language.document import Block, Document
from archdsl.language.nodes import Node, Scalar
from archdsl.lsp.names import Reading, Sight
from archdsl.ops.base import Op
from archdsl.ops.types import Kind

OF_KIND: Mapping[Kind, Reading] = {
    Kind.VALUE: "value",
    Kind.SIZES: "value",
    Kind.WORD: "choice",
    Kind.AXIS: "axis",
    Kind.AXES: "axis",
    Kind.TEXT: "text",
    Kind.TENSOR: "tensor",
    Kind.TENSORS: "tensor",
    Kind.LITERAL: "literal",
}
OF_TYPE: Mapping[str, Reading] = {"list": "list", "item": "item", "word": "item", "text": "text", "axis": "axis"}
"""of a parameter's type; every other type is a value"""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of what is called. `shown` is its piece of the signature, `declared` the parameter of a block."""

    name: str
    reading: Reading
    shown: str
    words: tuple[str, ...] = ()
    declared: Parameter | None = None
    says: str = ""
    """what it takes, where nothing else knows"""

    @property
    def key(self) -> Scalar | None:
        """Where a block declares it."""
        return None if self.declared is None else self.declared.key


@dataclass(frozen=True, slots=True, eq=False)
class Callee:
    """What an item calls: an operation, a block or an imported spec, with its arguments in order."""

    word: str
    arguments: Mapping[str, Argument]
    positional: tuple[str, ...]
    signature: str
    operation: type[Op] | None = None
    block: Block | None = None
    network: Document | None = None
    says: str = ""
    """what it does, where nothing else knows"""
    further: Reading | None = None
    """how arguments that are not declared are read, where there may be some"""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """An item of the document: its text, its first word, the key that names it, what it calls."""

    span: Span
    head: Span
    key: Span | None
    callee: Callee | None


Role = Literal["item", "part", "key", "value", "expression", "formula", "axis", "text", "type", "path", "variant", "word", "label", "none"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A text and what may stand there.

    item        an item, or its first word                          `options` has tokens where a list is
    part        an argument of a one-line call                      `callee`, `taken`
    key         a key of a mapping                                  `options`, or of an item: `callee`, `taken`
    value       the value of an argument                            `callee`, `argument`
    word        one of `options`
    others      an expression, a formula, an axis, free text, a parameter's type, a file, a variant, a label
    """

    span: Span
    role: Role
    sight: Sight
    callee: Callee | None = None
    argument: Argument | None = None
    taken: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    what: str = ""
    """whose keys these are: a spec, a block, an item, a tensor …"""
    item: Span | None = None
    """the item that the text is the first word of"""


def callee_of(called: Called) -> Callee | None:
    """What is known of a callee; `None` for an item that a parameter holds."""
    if called.operation is not None:
        return _operation(called.operation)
    if called.block is not None:
        return _block(called.block)
    return None if called.network is None else _network(called.item.head.text, called.network)


def _operation(kind: type[Op]) -> Callee:
    signature = signature_of(kind)
    kinds = kind.kinds()
    arguments = {name: Argument(name, OF_KIND[kinds[name]], text, words_of(kind, name)) for name, text in shown(kind).items()}
    further = None if kind.further is None else OF_KIND[kind.further]
    return Callee(kind.name, arguments, signature.names[: signature.most], signature.text, operation=kind, further=further)


def _block(block: Block) -> Callee:
    arguments = declared(block)
    return Callee(block.name, arguments, tuple(arguments), block_signature(block).text, block=block)


def _network(word: str, document: Document) -> Callee:
    arguments = declared(document.main)
    text = " ".join([word, *(argument.shown for argument in arguments.values())])
    variant = {"variant": Argument("variant", "variant", "variant=", tuple(document.variants))} if document.variants else {}
    return Callee(word, {**arguments, **variant}, tuple(arguments), text, network=document)


def declared(block: Block) -> dict[str, Argument]:
    """The parameters of a block or file as arguments."""
    texts = {p: p.name if p.default is None else f"{p.name}={_short(p.default)}" for p in parameters(block.params)}
    return {p.name: Argument(p.name, OF_TYPE.get(p.reading, "value"), text, (), p) for p, text in texts.items()}


def _short(node: Node) -> str:
    text = node.text if isinstance(node, Scalar) else node.span.text
    return text if len(text) <= 40 else f"{text[:39]}…"
