"""Items in order: tokens, loops, conditions, labels, and what each word calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from archdsl.diagnostics import Fault, Span
from archdsl.elaborate.blocks import call_block
from archdsl.elaborate.callees import Called, resolve
from archdsl.elaborate.formulas import tensors_of
from archdsl.elaborate.initial import item_inits
from archdsl.elaborate.labels import attach, forget, lose, lose_given, lose_written
from archdsl.elaborate.levels import enter, plain
from archdsl.elaborate.names import name_fault
from archdsl.elaborate.networks import call_network, imported_file
from archdsl.elaborate.operations import call_operation
from archdsl.elaborate.origins import with_origins
from archdsl.elaborate.parameters import describe
from archdsl.elaborate.reuse import reuse
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST, Closure, Context, Flow, Held, Labels, Silent, Word
from archdsl.elaborate.sizes import SizeReader
from archdsl.elaborate.tokens import token_nodes
from archdsl.elaborate.values import fill, truth
from archdsl.elaborate.wiring import WIRINGS
from archdsl.graph import Value
from archdsl.language.items import Item
from archdsl.language.nodes import Node, Scalar
from archdsl.language.tree import Expression, Name, Targets, walk

Key = Scalar | str | None
"""how an item is named: by a text that may hold expressions, by a name already known, or not at all"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a loop."""

    item: Item
    context: Context


class Elaborator(Run):
    """Runs items. Its parts (wiring, blocks, operations) come back to `body` and `item`."""

    def body(self, node: Node, context: Context, x: Flow) -> Flow:
        try:
            named, children = self.parsed_body(node)
        except Fault as fault:
            self.fail(fault, context)
            return (LOST,)
        if isinstance(node, Scalar):
            return self.text(node, context, x)
        if len(children) > self.limits.layers:
            self.full = True
            message = f"{len(children):,} items in one body; the limit `layers` is {self.limits.layers:,}"
            self.fail(Fault("AD5010", node.span.part(0, 1), message, help=f"raise it with `--limit layers={len(children)}`"), context)
            return (LOST,)
        for key, child in children:
            if self.full:
                return (LOST,)
            x = self.child(child, context, x, key) if named else self.listed(child, context, x)
        return x

    def text(self, node: Scalar, context: Context, x: Flow) -> Flow:
        """A body that is a word: a parameter that holds a list is spliced, all else is one item."""
        scope = context.scope.find(node.text)
        value = None if scope is None else scope.names[node.text]
        if scope is None or not isinstance(value, list):
            return self.child(node, context, x, None)
        return self.elements(value, node, context, x)

    def elements(self, values: list[object], node: Scalar, context: Context, x: Flow) -> Flow:
        """A list that a parameter holds, spliced as a body."""
        for value in values:
            x = self.element(value, node, context, x)
        return x

    def element(self, value: object, node: Scalar, context: Context, x: Flow) -> Flow:
        """One element of a list that a parameter holds: a token, an item, or a list."""
        if isinstance(value, list):
            make = plain(self, node.span, context, lambda inner, y: self.elements(value, node, inner, y))
            try:
                return enter(self, make, context, x, None, node.span)[1]
            except Fault as fault:
                self.fail(fault, context)
                return (LOST,)
            except Silent:
                return (LOST,)
        if isinstance(value, Word):
            return self.passed(value.closure, context, x)
        if isinstance(value, Closure):
            return self.passed(value, context, x)
        return self.listed(Scalar(str(value), node.span), context, x)

    def passed(self, closure: Closure, context: Context, x: Flow) -> Flow:
        """An item that was handed on: it keeps the names of its place and registers here."""
        labels = Labels(context.level, closure.scope.labels)
        return self.listed(closure.node, replace(context, scope=closure.scope.inside(labels)), x)

    def listed(self, node: Node, context: Context, x: Flow) -> Flow:
        """An item of a list, where tokens stand too."""
        if isinstance(node, Scalar) and not node.quoted:
            try:
                entry = token_nodes(self, node, context)
            except Fault as fault:
                self.fail(fault, context)
                return (LOST,)
            if entry is not None:
                self.tokens += 1
                for part in entry.nodes:
                    x = self.child(part, entry.context, x, None)
                self.tokens -= 1
                return x
        return self.child(node, context, x, None)

    def child(self, node: Node, context: Context, x: Flow, key: Key) -> Flow:
        """One child of a body, named or not."""
        try:
            item = self.parsed_item(node)
        except Fault as fault:
            self.fail(fault, context)
            lose(self, context, key, None)
            lose_written(context, node.span.text)
            return (LOST,)
        return self.item(item, context, x, key)

    def item(self, item: Item, context: Context, x: Flow, name: Key = None) -> Flow:
        key: Key = item.modifiers.name or name
        try:
            if item.modifiers.loop is not None or item.modifiers.repeat is not None:
                return self.looped(item, context, x, key)
            return self.turn(item, context, x, key)[0]
        except Fault as fault:
            self.fail(fault, context)
        except Silent:
            pass
        lose(self, context, key, item.modifiers.as_)
        return (LOST,)

    def operand(self, item: Item, context: Context, x: Flow, name: Key = None) -> list[Flow]:
        """What an item gives as an operand: nothing when its `when` is false, one result for each turn of its loop."""
        key: Key = item.modifiers.name or name
        looped = item.modifiers.loop is not None or item.modifiers.repeat is not None
        turns = self.turns(item, context, x) if looped else [Turn(item, context)]
        found = (self.turn(turn.item, turn.context, x, key) for turn in turns)
        return [flow for flow, present in found if present]

    def looped(self, item: Item, context: Context, x: Flow, name: Key) -> Flow:
        """A loop: spliced, or under a name without a loop variable a level of that name."""
        if name is None or item.head.text in WIRINGS or self.varies(item, name):
            for turn in self.turns(item, context, x):
                x = self.turn(turn.item, turn.context, x, name)[0]
            return x
        modifiers = item.modifiers
        inner = replace(item, modifiers=replace(modifiers, name=None, from_=None, as_=None))
        if modifiers.from_ is not None:
            x = tuple(tensors_of(self, modifiers.from_, context, x))

        def turns(context: Context, x: Flow) -> Flow:
            for turn in self.turns(inner, context, x):
                x = self.turn(turn.item, turn.context, x, None)[0]
            return x

        key = self.name(name, context, x)
        assert key is not None
        self.check_name(key, name, item, context)
        flow = enter(self, plain(self, item.span, context, turns), context, x, key, item.span)[1]
        attach(self, context, key, modifiers.as_, flow, x)
        return flow

    def varies(self, item: Item, name: Key) -> bool:
        """Whether a name holds a variable of the item's loop."""
        if item.modifiers.loop is None or not isinstance(name, Scalar):
            return False
        targets = set(_flat(self.parsed_loop(item.modifiers.loop).targets))
        parts = [part for part in self.parsed_name(name) if isinstance(part, Expression)]
        return any(isinstance(node, Name) and node.parts[0] in targets for part in parts for node in walk(part))

    def turns(self, item: Item, context: Context, x: Flow) -> Iterator[Turn]:
        """The turns of an item's loop."""
        modifiers = item.modifiers
        plain_item = replace(item, modifiers=replace(modifiers, loop=None, repeat=None))
        if modifiers.repeat is not None:
            count = SizeReader(self, context, x).evaluate(self.expression(modifiers.repeat))
            if isinstance(count, bool) or not isinstance(count, int):
                raise Fault("AD2110", modifiers.repeat.span, f"`repeat` takes a whole number, found {describe(count)}")
            if count < 0:
                raise Fault("AD2110", modifiers.repeat.span, f"`repeat` is 0 or more, found {count}")
            inner = self.within(context, count, modifiers.repeat.span)
            self.warn_stride(item, count, context, x)
            for i in range(count):
                first, last = i == 0, i == count - 1
                kept = replace(plain_item.modifiers, from_=modifiers.from_ if first else None, as_=modifiers.as_ if last else None)
                yield Turn(replace(item, modifiers=kept), inner)
            return
        assert modifiers.loop is not None
        loop = self.parsed_loop(modifiers.loop)
        reader = SizeReader(self, context, x)
        values = reader.iterate(loop.iterable, reader.evaluate(loop.iterable))
        inner = self.within(context, len(values), modifiers.loop.span)
        for row, value in enumerate(values, 1):
            names = reader.bind(loop.targets, value, loop.iterable.span, f"row {row}, ")
            tensors = {name: Held(v, context.level) for name, v in names.items() if isinstance(v, Value)}
            yield Turn(plain_item, inner.turn(modifiers.loop.span, **{**names, **tensors}))

    def warn_stride(self, item: Item, count: int, context: Context, x: Flow) -> None:
        """A stride that is repeated shrinks at every turn, where the first alone is usually meant."""
        stride = next((node for key, node in item.keywords if key.text == "stride"), None)
        if count < 2 or not isinstance(stride, Scalar):
            return
        value = SizeReader(self, context, x).evaluate(self.expression(stride))
        if isinstance(value, int) and value > 1:
            times = value ** min(count, self.limits.size.bit_length())
            many = str(times) if times <= self.limits.size else f"more than {self.limits.size:,}"
            message = f"every one of the {count} turns has stride {value}: the size shrinks {many} times"
            help = f"for the first alone: {{for: j in range({count}), …, stride: {value} if j == 0 else 1}}"
            self.warn("AD3107", stride.span, message, help=help)

    def within(self, context: Context, count: int, span: Span) -> Context:
        """The context of a loop's turns; a Fault when the loops around multiply to more than the limit."""
        turns = context.turns * max(count, 1)
        if turns > self.limits.layers:
            product = f"{context.turns:,} · {count:,} = {turns:,}" if context.turns > 1 else f"{count:,}"
            message = f"{product} turns; the limit `layers` is {self.limits.layers:,}"
            raise Fault("AD5010", span, message, help=f"raise it with `--limit layers={turns}`")
        return replace(context, turns=turns)

    def turn(self, item: Item, context: Context, x: Flow, name: Key) -> tuple[Flow, bool]:
        """One turn of an item: its condition, what flows in, the call, its labels. The second result is whether it is present."""
        modifiers = item.modifiers
        key = self.name(name, context, x)
        if modifiers.when is not None and not truth(self, modifiers.when, context, x):
            if modifiers.otherwise is None:
                forget(self, context, key, modifiers.as_, modifiers.when.span)
                return x, False
            other = self.parsed_item(modifiers.otherwise)
            flow = self.item(other, context, x, key)
            attach(self, context, None, modifiers.as_, flow, x)
            return flow, True
        if key is not None and item.head.text not in WIRINGS:
            self.check_name(key, name, item, context)
        try:
            flow = self.called(item, context, self.flowing(modifiers.from_, context, x), key)
            self.written(flow, context)
        except Fault as fault:
            self.fail(with_origins(fault, context), context)
            lose_given(context, item)
            flow = (LOST,)
        except Silent:
            self.seen.discard(item.head)  # so that what can be read without the tensors is
            flow = (LOST,)
        if flow == (LOST,):
            lose(self, context, key, modifiers.as_)
        else:
            attach(self, context, key, modifiers.as_, flow, x)
        return flow, True

    def flowing(self, node: Node | None, context: Context, x: Flow) -> Flow:
        """What flows into an item: what `from` says, else what the item before gave. Where `from` is at fault, the item is still read."""
        if node is None:
            return x
        try:
            return tuple(tensors_of(self, node, context, x))
        except Fault as fault:
            self.fail(fault, context)
        except Silent:
            pass
        return (LOST,)

    def name(self, name: Key, context: Context, x: Flow) -> str | None:
        """A child's name with its expressions filled in."""
        return fill(self, name, context, x) if isinstance(name, Scalar) else name

    def check_name(self, key: str, name: Key, item: Item, context: Context) -> None:
        """Report a name that cannot stand in a key; what it names is read all the same."""
        fault = name_fault(key, name.span if isinstance(name, Scalar) else item.span)
        if fault is not None:
            self.fail(fault, context)

    def called(self, item: Item, context: Context, x: Flow, key: str | None) -> Flow:
        """Run what an item's first word says."""
        if self.full:
            raise Silent
        self.call(item.head.span)
        word = item.head.text
        self.seen.add(item.head)
        if word in (*WIRINGS, "seq", "reuse"):
            for_blocks(item, f"`{word}` is none")
        if word in (*WIRINGS, "reuse") and item.modifiers.init is not None:
            help = "write it beside the operation or block that has the tensors"
            message = f"`init` belongs to what has tensors, and `{word}` has none of its own"
            raise Fault("AD2030", item.modifiers.init.span, message, help=help)
        if word in WIRINGS:
            return WIRINGS[word](self, item, context, x)
        if word == "seq":
            body = item.positional[0]
            make = plain(self, item.span, context, lambda inner, y: self.body(body, inner, y))
            return self.entered(item, context, enter(self, make, context, x, key, item.span), x)
        if word == "reuse":
            return reuse(self, item, context, x)
        return self.callee(item, resolve(self, item, context, x), context, x, key)

    def callee(self, item: Item, called: Called, context: Context, x: Flow, key: str | None) -> Flow:
        """Run a block, a network, an operation, or an item that a parameter holds."""
        if called.operation is not None:
            for_blocks(item, f"`{called.operation.name}` is an operation")
            done = call_operation(self, called.operation, called, context, x, key)
        elif called.block is not None:
            file = called.file or imported_file(self, called.imported or called.home.scope.file.document, context)
            done = call_block(self, called.block, file, called, item.modifiers, context, x, key)
        elif called.network is not None:
            for_blocks(item, "this is an imported spec", ("inline",))
            done = call_network(self, called.network, called, item.modifiers, context, x, key)
        elif called.values is not None:
            values = called.values
            for_blocks(item, "this is a list of items")
            make = plain(self, item.span, context, lambda inner, y: self.elements(values, item.head, inner, y))
            done = enter(self, make, context, x, key, item.span)
        elif called.closure is not None:
            closure = called.closure
            for_blocks(item, "this is an item with wiring or modifiers")
            labels = Labels(context.level, closure.scope.labels)
            inner = replace(context, scope=closure.scope.inside(labels))
            return self.item(replace(self.parsed_item(closure.node), span=item.span), inner, x, key)
        else:
            return x
        return self.entered(item, context, done, x)

    def entered(self, item: Item, context: Context, done: tuple[str, Flow], x: Flow) -> Flow:
        """What is said of a child after it is registered: its own initialisation."""
        key, flow = done
        if item.modifiers.init is not None and key:
            context.level.inits[key] = item_inits(self, item.modifiers.init, context.level.children[key], context, x)
        return flow


def for_blocks(item: Item, found: str, words: tuple[str, ...] = ("inline", "outputs")) -> None:
    """A Fault for a modifier that only blocks have, beside what is none."""
    for word, node in (("inline", item.modifiers.inline), ("outputs", item.modifiers.outputs)):
        if node is not None and word in words:
            raise Fault("AD2030", node.span, f"`{word}` belongs to blocks, and {found}", help=f"take `{word}` away")


def _flat(targets: Targets) -> Iterator[str]:
    if isinstance(targets, str):
        yield targets
        return
    for target in targets:
        yield from _flat(target)
