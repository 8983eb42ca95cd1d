"""Where names live while a spec becomes a graph: scopes of values, labels of tensors, the level under construction.

A scope is a chain of names in the order in which they were written; a default or an item that is handed on keeps that of its own place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from archdsl.diagnostics import Fault, Span
from archdsl.graph import Call, Declaration, Level, Module, Value
from archdsl.language.document import Document, Entries
from archdsl.language.nodes import Mapping, Node, Scalar
from archdsl.ops.base import Init
from archdsl.shapes import Shape

LOST = Value(Shape(()), "lost")
"""what a failed layer gives; whatever it feeds keeps silent"""


class Silent(Exception):
    """Something rests on a layer that failed: there is nothing new to say."""


def heard(fault: Fault, document: Document) -> Fault:
    """The fault of an unknown name. Raises `Silent` where what could not be read of the document may declare it: nothing is near."""
    if document.partial and fault.diagnostic.edit is None:
        raise Silent
    return fault


@dataclass(frozen=True, slots=True)
class Absent:
    """The label of an item whose `when` was false; `span` is the condition."""

    span: Span


Label = Value | list[Value] | Absent

Flow = tuple[Value, ...]
"""what flows from one item to the next: one tensor, or several that `from` must choose from"""


@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """An item that a parameter holds, with the scope of the place where it was written."""

    node: Node
    scope: Scope


class Word(str):
    """A word that a parameter holds: text, which is read as an item where an item is wanted."""

    closure: Closure

    @classmethod
    def of(cls, text: str, closure: Closure) -> Word:
        word = cls(text)
        word.closure = closure
        return word


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A tensor that a loop variable stands for, with the level that it belongs to."""

    value: Value
    level: Building


@dataclass(eq=False, slots=True)
class Labels:
    """The tensors that have a name inside one level. `outer` are those around it, of which only sizes can be read."""

    level: Building
    outer: Labels | None = None
    table: dict[str, Label] = field(default_factory=dict)

    def around(self) -> Iterator[Labels]:
        """This table and those around it."""
        labels: Labels | None = self
        while labels is not None:
            yield labels
            labels = labels.outer


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One layer of names over another. `places` says where each was bound, for messages."""

    file: File
    labels: Labels
    names: dict[str, object] = field(default_factory=dict)
    parent: Scope | None = None

    def around(self) -> Iterator[Scope]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def find(self, name: str) -> Scope | None:
        """The nearest layer that binds a name."""
        return next((scope for scope in self.around() if name in scope.names), None)

    def known(self) -> list[str]:
        """Every name in sight, nearest first."""
        return list(dict.fromkeys(name for scope in self.around() for name in scope.names))

    def bind(self, /, **names: object) -> Scope:
        """A new layer with these names."""
        return Scope(self.file, self.labels, names, self)

    def inside(self, labels: Labels) -> Scope:
        """The same names, inside another level."""
        return Scope(self.file, labels, {}, self)


@dataclass(eq=False, slots=True)
class File:
    """A document at work. `defaults` are its default arguments as values, read when first asked for; `settings` come after its own."""

    document: Document
    defaults: dict[str, dict[str, object]] = field(default_factory=dict)
    scope: Scope | None = None
    settings: Entries = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Building:
    """A level under construction: what is registered in it and computed in it so far.

    `fed` has, for what flows in, the tensor of the level around it; `given` the places of the network's inputs; `opened` is how many uses
    and turns had led here.
    """

    block: str
    span: Span
    outer: Building | None = None
    children: dict[str, Module | Level] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    tensors: dict[str, Declaration] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    inits: dict[str, dict[str, Init]] = field(default_factory=dict)
    makers: dict[str, Callable[[Flow], Level]] = field(default_factory=dict)
    layers: int = 0
    fed: dict[Value, Value] = field(default_factory=dict)
    given: dict[Value, Span] = field(default_factory=dict)
    opened: int = 0

    def number(self) -> str:
        """The key of a child without a name: how many modules the level has received."""
        return str(len(self.tops))


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """A block at work, or a turn of a loop (which has no title), for messages: where, and the values it set."""

    title: str
    span: Span
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Side:
    """How a message introduces a tensor (`the body gives`), where it is written (`None`: it only flows), what it is if nothing tells."""

    words: str
    place: Span | None = None
    otherwise: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Where an item is elaborated: the names it sees, the level it registers in, the uses of blocks and turns of loops that led here.

    `turns` is how often the loops around run an item, so that a product of loops is refused before it starts.
    """

    scope: Scope
    level: Building
    uses: tuple[Use, ...] = ()
    turns: int = 1

    def bind(self, /, **names: object) -> Context:
        return Context(self.scope.bind(**names), self.level, self.uses, self.turns)

    def turn(self, span: Span, **names: object) -> Context:
        """The same in a turn of a loop that is written there and binds these names."""
        return Context(self.scope.bind(**names), self.level, (*self.uses, Use("", span, names)), self.turns)


@dataclass(eq=False, slots=True)
class Lazy:
    """A name of `let`: evaluated when first read, so that the order in which they are written does not matter."""

    name: str
    node: Node
    context: Context
    x: Flow
    value: object = None
    state: str = "unread"


@dataclass(eq=False, slots=True)
class Rule:
    """One entry of a file's `init`. `seen` collects the names of the tensors that it met, `decides` of those that no
    earlier rule names, `after` has the place of an earlier rule that does."""

    node: Mapping
    ops: tuple[str, ...]
    key: str | None
    values: dict[str, tuple[Scalar, Node]]
    context: Context
    x: Flow
    seen: set[str] = field(default_factory=set)
    decides: set[str] = field(default_factory=set)
    after: dict[str, Span] = field(default_factory=dict)
