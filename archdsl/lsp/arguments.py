"""What words call and what their arguments hold: names in the values, each read as the type of its argument says."""

from __future__ import annotations

from collections.abc import Callable

from archdsl.diagnostics import Fault, Span
from archdsl.elaborate.callees import named
from archdsl.elaborate.items import Elaborator
from archdsl.elaborate.parameters import is_none
from archdsl.elaborate.scope import Building, Context, File, Labels, Scope, Silent
from archdsl.elaborate.sizes import AXIS_NAMES
from archdsl.language.calls import part as place
from archdsl.language.document import Block, Document
from archdsl.language.expressions import scalar_value
from archdsl.language.items import Item
from archdsl.language.nodes import Node, Scalar, Sequence
from archdsl.limits import Limits
from archdsl.lsp.names import Definition, Sight, Table, path
from archdsl.lsp.slots import Argument, Callee, Place, Role, Slot, callee_of
from archdsl.lsp.texts import Names

HOLDERS = frozenset(("item", "list"))
"""readings of parameters that hold what can be called"""


class Arguments(Names):
    """What is shared by all that walk a document, and how arguments are walked.

    With `focus`, a character of the text, what is away from it is passed over as far as it does not matter there.
    """

    def __init__(self, document: Document, limits: Limits, focus: int | None = None) -> None:
        super().__init__(limits)
        self.focus = focus
        self.document = document
        self.run = Elaborator(limits, lambda diagnostic: None)
        level = Building("", document.main.span)
        self.context = Context(Scope(File(document), Labels(level)), level)
        self.slots: list[Slot] = []
        self.places: list[Place] = []
        self.tokens: dict[str, Definition | None] = {}
        """words of the legend, those that are built in without a definition"""
        self.blocks = Table()
        self.variant_names = Table()
        self.parameters: dict[Scalar, Definition] = {}
        """by the key that declares one"""
        self.tables: dict[Block, Table] = {}
        """the labels of each block's own level"""
        self.paths: list[tuple[Scalar, Callable[[], Table | None]]] = []
        self._callees: dict[str, Callee | None] = {}

    def slot(
        self,
        span: Span,
        role: Role,
        sight: Sight,
        callee: Callee | None = None,
        argument: Argument | None = None,
        taken: frozenset[str] = frozenset(),
        options: tuple[str, ...] = (),
        what: str = "",
        item: Span | None = None,
    ) -> None:
        """Remember what may stand at a place."""
        self.slots.append(Slot(span, role, sight, callee, argument, taken, options, what, item))

    def later(self, node: Scalar, table: Callable[[], Table | None]) -> None:
        """Remember a path into a level, whose labels are known when the whole document was walked."""
        self.paths.append((node, table))

    def follow(self) -> None:
        """The mentions in the paths that were remembered; a part with `*` ends one."""
        for node, table in self.paths:
            found = table()
            parts = tuple(node.text.split("."))
            plain = next((i for i, part in enumerate(parts) if "*" in part), len(parts))
            for definition, start, end in path(found or Table(), parts[:plain], self.tables):
                first = len(".".join(parts[:start])) + bool(start)
                definition.mention(place(node.text, node.span, first, first + len(".".join(parts[start:end]))))

    def known(self, word: Scalar, sight: Sight) -> Callee | None:
        """What a word calls."""
        definition = self.holder(word, sight)
        return self.word(word) if definition is None else self.held(definition)

    def called(self, word: Scalar, sight: Sight) -> Callee | None:
        """What a word calls, with a mention of what defines it."""
        definition = self.holder(word, sight) or self.blocks.get(word.text)
        if definition is not None:
            definition.mention(word.span)
        return self.known(word, sight)

    def holder(self, word: Scalar, sight: Sight) -> Definition | None:
        """The name of a value that a word means: one that holds an item, or any where nothing else is called so."""
        definition = sight.value(word.text)
        if definition is None or definition.reading in HOLDERS or self.word(word) is None:
            return definition
        return None

    def word(self, word: Scalar) -> Callee | None:
        """The block, imported spec or operation of a name."""
        if word.text not in self._callees:
            try:
                self._callees[word.text] = callee_of(named(self.run, Item(word, word.span), self.context))
            except (Fault, Silent):
                self._callees[word.text] = None
        return self._callees[word.text]

    def held(self, definition: Definition) -> Callee | None:
        """What a parameter calls unless told otherwise."""
        node = definition.node
        if definition.reading != "item" or not isinstance(node, Scalar):
            return None
        return self.word(Scalar(node.text.split(" ")[0], node.span))

    def values_of(self, item: Item, callee: Callee | None) -> tuple[Node, ...]:
        """The arguments that a call gives by position; those of a block may stand in a list."""
        nodes = item.positional[1:] if item.head.text == "use" else item.positional
        names = () if callee is None else callee.positional
        first = callee.arguments.get(names[0]) if callee is not None and names else None
        if len(nodes) != 1 or first is None or callee is None or callee.operation is not None or first.reading == "list":
            return nodes
        return nodes[0].items if isinstance(nodes[0], Sequence) else nodes

    def positional(self, item: Item, callee: Callee | None) -> tuple[str, ...]:
        """The names of the arguments that a call gives by position."""
        return () if callee is None else callee.positional[: len(self.values_of(item, callee))]

    def arguments(self, item: Item, callee: Callee | None, sight: Sight) -> None:
        """The arguments of a call."""
        names = self.positional(item, callee)
        for index, node in enumerate(self.values_of(item, callee)):
            self.argument(None if callee is None or index >= len(names) else callee.arguments[names[index]], callee, node, sight)
        for key, node in item.keywords:
            argument = None if callee is None else callee.arguments.get(key.text)
            if argument is not None and argument.key in self.parameters:
                self.parameters[argument.key].mention(key.span)
            self.argument(argument, callee, node, sight)

    def argument(self, argument: Argument | None, callee: Callee | None, node: Node, sight: Sight) -> None:
        """One argument, read as its type says."""
        reading = argument.reading if argument is not None else (callee and callee.further) or "value"
        if isinstance(node, Scalar) and reading != "item":
            self.slot(node.span, "value", sight, callee, argument)
        _READERS[reading](self, node, sight, argument)

    def value(self, node: Node, sight: Sight, argument: Argument | None = None) -> None:
        """An expression, or a list of them."""
        if isinstance(node, Sequence):
            for part in node.items:
                self.value(part, sight)
        elif isinstance(node, Scalar):
            self.expression(node, sight)

    def elements(self, node: Node, sight: Sight, argument: Argument | None = None) -> None:
        """The elements of a list that is handed on: numbers, and words that are read where they are used."""
        if isinstance(node, Scalar):
            self.expression(node, sight)
            return
        for part in node.items if isinstance(node, Sequence) else ():
            if not isinstance(part, Scalar):
                self.elements(part, sight)
            elif part.text not in self.tokens:
                self.held_item(part, sight)
            elif (token := self.tokens[part.text]) is not None:
                token.mention(part.span)

    def held_item(self, node: Node, sight: Sight, argument: Argument | None = None) -> None:
        """An item that is handed on: a word, a call, a body, or an expression in brackets that gives a word."""
        if not isinstance(node, Scalar):
            self.handed(node, sight)
            return
        if node.text.startswith("(") and node.text.endswith(")"):
            self.slot(node.span, "expression", sight)
            self.expression(node, Sight((*sight.values, self.blocks), sight.labels, sight.owner))
        elif _is_word(node):
            self.handed(node, sight)

    def handed(self, node: Node, sight: Sight) -> None:
        """An item that is handed on and keeps the names of its place."""
        raise NotImplementedError

    def choice(self, node: Node, sight: Sight, argument: Argument | None) -> None:
        """One of some words, or the name of a text."""
        if isinstance(node, Scalar) and not (argument is not None and node.text in argument.words):
            self.expression(node, sight)

    def axis(self, node: Node, sight: Sight, argument: Argument | None = None) -> None:
        """An axis, or several."""
        for part in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(part, Scalar) and part.text not in AXIS_NAMES:
                self.expression(part, sight)

    def text(self, node: Node, sight: Sight, argument: Argument | None = None) -> None:
        """Free text in which expressions are filled in."""
        if isinstance(node, Scalar):
            self.filled(node, sight)

    def tensors(self, node: Node, sight: Sight, argument: Argument | None = None) -> None:
        """A tensor expression, or a list of them."""
        if isinstance(node, Sequence):
            for part in node.items:
                self.tensors(part, sight)
        elif isinstance(node, Scalar):
            self.formula(node, sight)

    def literal(self, node: Node, sight: Sight, argument: Argument | None = None) -> None:
        """A word as it stands; an expression in brackets."""
        if isinstance(node, Scalar) and node.text.startswith(("(", "[")):
            self.expression(node, sight)

    def variant(self, node: Node, sight: Sight, argument: Argument | None = None) -> None:
        """The variant of an imported spec."""


def _is_word(node: Scalar) -> bool:
    """Whether a text may mean an item: it is no number, also none that is too large."""
    try:
        return not is_none(node) and (node.quoted or isinstance(scalar_value(node.text), str))
    except Fault:
        return False


_READERS: dict[str, Callable[[Arguments, Node, Sight, Argument | None], None]] = {
    "value": Arguments.value,
    "list": Arguments.elements,
    "item": lambda self, node, sight, argument: self.held_item(node, sight, argument),
    "choice": Arguments.choice,
    "axis": Arguments.axis,
    "text": Arguments.text,
    "tensor": Arguments.tensors,
    "literal": Arguments.literal,
    "variant": Arguments.variant,
}
