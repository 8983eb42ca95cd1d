"""Faults in what is not built (unused blocks, items whose `when` is false): words, arguments and names are read all the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from archdsl.diagnostics import Fault, Label
from archdsl.elaborate.arguments import Signature, bind, missing
from archdsl.elaborate.blocks import signature_of as block_signature
from archdsl.elaborate.callees import defaults_of, named, used
from archdsl.elaborate.declarations import form_faults
from archdsl.elaborate.operations import check_known, read_argument
from archdsl.elaborate.parameters import parameters
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Building, Context, File, Labels, Scope, Silent, heard
from archdsl.elaborate.signatures import signature_of, words_of
from archdsl.elaborate.sizes import AXIS_NAMES, evaluate
from archdsl.elaborate.tokens import BUILT_IN
from archdsl.functions import BY_NAME as TENSOR_FUNCTIONS
from archdsl.language.document import Block, Document, Entries
from archdsl.language.evaluate import FUNCTIONS
from archdsl.language.item_parser import is_number
from archdsl.language.items import MERGES, RESERVED, WIRING, Item
from archdsl.language.labels import parse_labels
from archdsl.language.nodes import Node, Scalar, Sequence
from archdsl.language.tree import Call, Expression, flat, free, walk
from archdsl.language.unknown import unknown_function, unknown_name
from archdsl.ops import BY_NAME as OPERATIONS
from archdsl.ops.base import Op
from archdsl.ops.types import Kind

GIVEN = frozenset(("x", "input", "it", "same", *AXIS_NAMES))
"""names that are there without being declared"""
CONSTANT = (Kind.VALUE, Kind.SIZES, Kind.WORD)
"""kinds of arguments whose value may be known without what flows in"""
OF_TENSORS = (*TENSOR_FUNCTIONS, *FUNCTIONS)
"""the functions that formulas call"""


def check_unbuilt(run: Run, document: Document) -> None:
    """Report the faults of all that the elaboration of a document did not reach."""
    file = File(document)
    names = dict.fromkeys((*document.main.params, *document.main.let, *document.main.lost))
    outer = Scope(file, Labels(Building("", document.main.span)), dict(names))
    reader = _Reader(run, document)
    reader.tokens()
    for name, (key, _) in document.defaults.items():
        reader.default(name, key, Context(outer, outer.labels.level))
    reader.body(document.main.body, outer)
    reader.let(document.main, outer)
    for block in document.blocks.values():
        reader.block(block, outer)
        if block.name in run.library_names:
            message = f"this `{block.name}` hides the block `{block.name}` of the library"
            run.warn("AD2202", block.place or block.span, message, help="give it another name, unless that is meant")


class _Reader:
    """Walks the items of a document. `seen` tells which ones were built."""

    def __init__(self, run: Run, document: Document) -> None:
        self.run, self.document = run, document
        self.labels: set[str] = set()
        self.declared: Entries = {**document.main.params, **document.main.let}

    def tokens(self) -> None:
        """The names of the legend: a token that is also an operation would hide it in every list."""
        for name, (key, _) in self.document.legend.items():
            if name in OPERATIONS or name in RESERVED:
                message = f"the token `{name}` is called like {'an operation' if name in OPERATIONS else 'a word of the language'}"
                self.run.fail(Fault("AD2029", key.span, message, help=f"choose another word, as `{name[0].upper()}`"))

    def default(self, name: str, key: Scalar, context: Context) -> None:
        """Default arguments that no call has read: what they are for, and their names."""
        if (self.document, name) in self.run.defaults_used or name in self.document.main.lost:
            return
        try:
            called = named(self.run, Item(key, key.span), context)
            if called.operation is not None:
                defaults_of(self.run, context, name, signature_of(called.operation))
            elif called.block is not None:
                defaults_of(self.run, context, name, block_signature(called.block))
        except Fault as fault:
            self.run.fail(fault)
        except Silent:
            pass

    def block(self, block: Block, outer: Scope) -> None:
        """A block: its types, then its body and `let` with its names in sight."""
        inputs = () if block.inputs is None else _texts(block.inputs)
        names = dict.fromkeys((*block.params, *block.let, *inputs, *block.tensors, *block.lost))
        scope = replace(outer, names=dict(names), parent=outer)
        if block not in self.run.blocks_called:
            parameters(block.params)
        for fault in (fault for key, node in block.tensors.values() for fault in form_faults(key, key.text, node)):
            self.run.fail(fault)
        self.declared = {**self.document.main.params, **self.document.main.let, **block.params, **block.let}
        self.body(block.body, scope)
        self.let(block, scope)

    def let(self, block: Block, scope: Scope) -> None:
        """The names of `let`, also those that nothing reads: what they mention, and the values of those that mention nothing."""
        for _, node in block.let.values():
            try:
                self.values(node, scope)
                if isinstance(node, Scalar) and not free(self.run.expression(node)):
                    evaluate(self.run, node, Context(scope, scope.labels.level), ())
            except Fault as fault:
                self.run.fail(fault)
            except Silent:
                pass

    def body(self, node: Node, scope: Scope) -> None:
        """The items of a body."""
        try:
            named_body, children = self.run.parsed_body(node)
        except Fault as fault:
            self.run.fail(fault)
            return
        self.labels.update(key.text for key, _ in children if key is not None)
        for _, child in children:
            self.item(child, scope, token=not named_body)

    def item(self, node: Node, scope: Scope, token: bool = False) -> None:
        """One item and all below it."""
        if token and isinstance(node, Scalar) and self.is_token(node):
            return
        try:
            item = self.run.parsed_item(node)
            built = item.head in self.run.seen
            inner = self.modifiers(item, scope, built)
            if not built:
                self.call(item, inner)
            for part in self.parts(item):
                self.body(part, inner)
            if item.modifiers.otherwise is not None:
                self.item(item.modifiers.otherwise, inner)
        except Fault as fault:
            self.run.fail(fault)
        except Silent:
            pass

    def is_token(self, node: Scalar) -> bool:
        return is_number(node) or node.text in self.document.legend or node.text in BUILT_IN

    def parts(self, item: Item) -> Iterable[Node]:
        """The bodies inside wiring."""
        word = item.head.text
        if word not in WIRING or word == "math":
            return []
        nodes = [*item.positional, *(node for key, node in item.keywords if key.text == "shortcut")]
        if word not in MERGES:
            return nodes
        main = nodes[0]
        if not isinstance(main, Sequence):
            return () if isinstance(main, Scalar) else (main,)
        return [p if isinstance(p, Sequence) else Sequence((p,), p.span) for p in main.items if not isinstance(p, Scalar)]

    def modifiers(self, item: Item, scope: Scope, built: bool) -> Scope:
        """What stands beside a call; gives the scope with the loop's variables."""
        modifiers = item.modifiers
        if modifiers.as_ is not None:
            self.labels.update(label.name for label in parse_labels(modifiers.as_, self.run.limits))
        if modifiers.loop is not None:
            loop = self.run.parsed_loop(modifiers.loop)
            if not built:
                self.names(loop.iterable, scope)
            self.hidden(flat(loop.targets), modifiers.loop)
            scope = scope.bind(**dict.fromkeys(flat(loop.targets)))
        for node in (modifiers.when, modifiers.repeat):
            if node is not None and not built:
                self.names(self.run.expression(node), scope)
        return scope

    def hidden(self, names: Iterable[str], loop: Scalar) -> None:
        """Warn of variables of a loop that are called like a parameter or a name of `let`."""
        for name in names:
            if name in self.declared:
                message = f"the loop variable `{name}` hides the parameter or `let` of that name, and counts here"
                labels = (Label(self.declared[name][0].span, "hidden in the loop"),)
                self.run.advise("AD2031", loop.span, message, labels=labels, help="give the variable another name")

    def call(self, item: Item, scope: Scope) -> None:
        """The word of an item that was not built, and the names of its arguments."""
        item = used(item) if item.head.text == "use" else item
        word = item.head.text
        if word == "math":
            self.formula(item.positional[0])
        if word in RESERVED or word.startswith("(") or scope.find(word) is not None:
            return
        context = Context(scope, scope.labels.level)
        called = named(self.run, item, context)
        if called.operation is not None:
            self.arguments(item, signature_of(called.operation), context, called.operation)
        elif called.block is not None and not called.block.lost and not _may_spread(item):
            self.arguments(item, block_signature(called.block), context, None)

    def arguments(self, item: Item, signature: Signature, context: Context, operation: type[Op] | None) -> None:
        """The arguments of a call: their names, and of an operation the names and the values that do not depend on any."""
        given = bind(item, context, signature, also=self.run.fail)
        entries = self.document.defaults.get(item.head.text)
        missing({**dict.fromkeys(entries[1] if entries else ()), **given}, item, signature)
        if operation is None:
            return
        values: dict[str, object] = {}
        for name, entry in given.items():
            kind = operation.kinds().get(name)
            if kind is Kind.VALUE and entry.node is not None:
                self.values(entry.node, context.scope, words_of(operation, name))
            if not signature.open and kind in CONSTANT and isinstance(entry.node, Scalar) and not self.bound(entry.node, context.scope):
                values[name] = read_argument(self.run, operation, name, entry, ())
        check_known(operation, values, {name: given[name].span for name in values}, item.head.span)

    def bound(self, node: Scalar, scope: Scope) -> bool:
        """Whether an expression has names that something may bind."""
        return any(self.known(name.parts[0], scope) for name in free(self.run.expression(node)))

    def known(self, name: str, scope: Scope) -> bool:
        return name in GIVEN or name in self.labels or scope.find(name) is not None

    def values(self, node: Node, scope: Scope, words: tuple[str, ...] = ()) -> None:
        """The names of an expression, or of a list of them."""
        if isinstance(node, Sequence):
            for part in node.items:
                self.values(part, scope, words)
        elif isinstance(node, Scalar):
            self.names(self.run.expression(node), scope, words)

    def names(self, expression: Expression, scope: Scope, words: tuple[str, ...] = ()) -> None:
        """A Fault for a name of an expression that nothing could bind, or a function that there is not."""
        functions(expression, FUNCTIONS)
        for node in free(expression):
            first = node.parts[0]
            if first not in words and not self.known(first, scope):
                raise heard(unknown_name(replace(node, parts=(first,)), scope.known()), self.document)

    def formula(self, node: Node) -> None:
        """The functions of a formula, which names mean what is known to its statements only."""
        for _, expression in self.run.formula(node) if isinstance(node, Scalar) else ():
            functions(expression, OF_TENSORS)


def functions(expression: Expression, known: Collection[str]) -> None:
    """A Fault for a function that there is not."""
    for node in walk(expression):
        if isinstance(node, Call) and node.function.text not in known:
            raise unknown_function(node, known)


def _may_spread(item: Item) -> bool:
    """Whether one argument may be a list that fills several."""
    return len(item.positional) == 1 and isinstance(item.positional[0], Sequence | Scalar)


def _texts(node: Node) -> list[str]:
    nodes = node.items if isinstance(node, Sequence) else (node,)
    return [part.text.removesuffix("...") for part in nodes if isinstance(part, Scalar)]
