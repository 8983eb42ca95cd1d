"""One spec as the elaborator takes it: its keys sorted out, its items still nodes, files that it extends merged into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archdsl.diagnostics import Source, Span
from archdsl.language.nodes import Node, Scalar
from archdsl.language.published import Published

Entry = tuple[Scalar, Node]
"""a key with its place, and its value"""
Entries = Mapping[str, Entry]


@dataclass(frozen=True, eq=False)
class Block:
    """What a block and the file itself have in common. Empty where the spec says nothing."""

    name: str
    span: Span
    body: Node
    place: Span | None = None
    """of its name; none of a spec and of the library"""
    description: str = ""
    params: Entries = field(default_factory=dict)
    require: tuple[Entry, ...] = ()
    """pairs of a condition and what to say when it fails"""
    let: Entries = field(default_factory=dict)
    tensors: Entries = field(default_factory=dict)
    inputs: Node | None = None
    outputs: Node | None = None
    lost: frozenset[str] = frozenset()
    """names whose declarations are at fault: what uses them keeps silent"""


@dataclass(frozen=True, eq=False)
class Variant:
    """A named setting of parameters; `like` names the variant that it builds on."""

    key: Scalar
    like: Scalar | None
    settings: Entries


@dataclass(frozen=True, eq=False)
class Document:
    """A spec. `main` is the file as a block: its params, let, tensors, body and outputs.

    `settings` are values for parameters that come after the declared defaults, first to last: variants chosen by `variant` beside
    `extends`, own params of extending files. The command line's come after them. `variant` is the file's own default variant, which stands
    before them.
    `imports` maps a block's name to the document and the block in it; `networks` maps a name to a whole imported spec.
    """

    source: Source
    main: Block
    name: str = ""
    description: str = ""
    origin: str = ""
    """the key `source`: paper or implementation"""
    input: Node | None = None
    blocks: Mapping[str, Block] = field(default_factory=dict)
    imports: Mapping[str, tuple[Document, Block]] = field(default_factory=dict)
    networks: Mapping[str, tuple[Entry, Document]] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    variant: Scalar | None = None
    chosen: Scalar | None = None
    """the variant that `variant` beside `extends`, or the caller, chose; its settings stand in `settings`"""
    settings: tuple[Entries, ...] = ()
    extended: bool = False
    """whether the body comes from another file, so that an unknown parameter is an error"""
    defaults: Mapping[str, tuple[Scalar, Entries]] = field(default_factory=dict)
    legend: Entries = field(default_factory=dict)
    init: Node | None = None
    weights: Published = field(default_factory=Published)
    expect: Node | None = None
    train: Node | None = None
    partial: bool = False
    """whether something could not be read that may declare names: an unknown one keeps silent"""
