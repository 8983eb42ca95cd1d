"""What the first word of an item calls: a parameter that holds an item, a block, an imported network, or an operation."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archdsl.diagnostics import Fault, Label
from archdsl.elaborate.arguments import Given, Signature, unknown_argument
from archdsl.elaborate.parameters import describe
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Closure, Context, File, Flow, Lazy, Scope, Word, heard
from archdsl.elaborate.sizes import evaluate, force
from archdsl.elaborate.unknown import unknown
from archdsl.language.document import Block, Document
from archdsl.language.items import NO_MODIFIERS, RESERVED, Item
from archdsl.language.nodes import Scalar
from archdsl.ops import BY_NAME
from archdsl.ops.base import Op


@dataclass(frozen=True, slots=True, eq=False)
class Called:
    """What is called. `calls` are the arguments: those that an item carries first, then those of the call, which win. `home` is where
    the word is written, whose file's defaults count. `imported` is the document of a block from another file. Nothing is set but `item`
    for an item that is absent."""

    item: Item
    home: Context
    calls: tuple[tuple[Item, Context], ...] = ()
    operation: type[Op] | None = None
    block: Block | None = None
    file: File | None = None
    imported: Document | None = None
    network: Document | None = None
    values: list[object] | None = None
    closure: Closure | None = None


def resolve(run: Run, item: Item, context: Context, x: Flow) -> Called:
    """What an item calls. Raises a Fault with the nearest name for a word that is none."""
    if item.head.text == "use":
        item = used(item)
        if item.head.text.startswith("("):
            value = evaluate(run, item.head, context, x, lambda n: Word.of(n.text, Closure(Scalar(n.text, n.span), context.scope)))
            return held(run, value, item, context, x)
    word = item.head.text
    for scope in context.scope.around():
        if word not in scope.names:
            continue
        value = scope.names[word]
        value = force(run, value) if isinstance(value, Lazy) else value
        if value is None or isinstance(value, Word | Closure | list):
            return held(run, value, item, context, x)
    return named(run, item, context)


def used(item: Item) -> Item:
    """`{use: name, …}` as a call of the name."""
    head = item.positional[0]
    assert isinstance(head, Scalar)
    return replace(item, head=head, positional=item.positional[1:])


def held(run: Run, value: object, item: Item, context: Context, x: Flow) -> Called:
    """The item that a parameter holds, called with further arguments."""
    arguments = bool(item.positional or item.keywords)
    if value is None:
        return Called(item, context)
    if isinstance(value, list):
        if arguments:
            message = f"`{item.head.text}` is a list of items, which takes no arguments"
            raise Fault("AD2004", item.head.span, message, help="give the arguments to the items of the list, or take them away")
        return Called(item, context, values=value)
    if not isinstance(value, Word | Closure):
        raise Fault("AD2005", item.head.span, f"`{item.head.text}` is {describe(value)}, no operation or block")
    closure = value.closure if isinstance(value, Word) else value
    carried = run.parsed_item(closure.node)
    if carried.modifiers is not NO_MODIFIERS or (carried.head.text in RESERVED and carried.head.text != "use"):
        if arguments:
            message = f"`{item.head.text}` holds an item with wiring or modifiers, which takes no arguments"
            labels = (Label(closure.node.span, "the item"),)
            raise Fault("AD2004", item.head.span, message, labels=labels, help="write the arguments into that item, or take them away")
        return Called(item, context, closure=closure)
    called = resolve(run, carried, replace(context, scope=closure.scope), x)
    more = ((replace(item, head=called.item.head), context),) if arguments else ()
    return replace(called, item=replace(called.item, span=item.span), calls=(*called.calls, *more))


def named(run: Run, item: Item, context: Context) -> Called:
    """A block of the file, of its imports, an imported network, a block of the library, or an operation."""
    word, file = item.head.text, context.scope.file
    document = file.document
    calls = ((item, context),)
    if word in document.blocks:
        return Called(item, context, calls, block=document.blocks[word], file=file)
    if word in document.imports:
        home, block = document.imports[word]
        return Called(item, context, calls, block=block, imported=home)
    if word in document.networks:
        return Called(item, context, calls, network=document.networks[word][1])
    found = run.library_block(word)
    if found is not None:
        return Called(item, context, calls, block=found, file=run.library)
    if word in BY_NAME:
        return Called(item, context, calls, operation=BY_NAME[word])
    raise heard(unknown(run, item, context), document)


def defaults_of(run: Run, home: Context, name: str, signature: Signature) -> dict[str, Given]:
    """The default arguments that the file of the call gives an operation or block, read with the file's names."""
    found = home.scope.file.document.defaults.get(name)
    if found is None:
        return {}
    file = home.scope.file
    scope = Scope(file, home.scope.labels, {}, file.scope)
    context = Context(scope, home.level, home.uses, home.turns)
    run.defaults_used.add((file.document, name))
    given: dict[str, Given] = {}
    for argument, (key, node) in found[1].items():
        if argument in signature.names:
            given[argument] = Given(node.span, context, node)
        else:
            run.fail(unknown_argument(key, None, signature))
    return given
