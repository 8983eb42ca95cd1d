"""Items of bodies → the names in them and what may stand at each place. Items are read as elaboration does; nothing is evaluated."""

from __future__ import annotations

from collections.abc import Callable

from archdsl.diagnostics import Fault, Span
from archdsl.elaborate.initial import INITIALISERS
from archdsl.language.calls import split_call
from archdsl.language.document import Block
from archdsl.language.expressions import parse_loop_clause
from archdsl.language.item_parser import FIELDS, TAKES, is_number, parse_item
from archdsl.language.items import BODIES, MERGES, MODIFIERS, WIRING, Item, Modifiers
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.lsp.arguments import Arguments
from archdsl.lsp.names import Sight, Table
from archdsl.lsp.slots import Callee, Place


class Items(Arguments):
    """Walks bodies."""

    def body(self, node: Node, sight: Sight) -> None:
        """The children of a body."""
        if isinstance(node, Mapping):
            for key, child in node.entries:
                self.slot(key.span, "none", sight, what="a body")
                self.item(child, sight, key)
        elif isinstance(node, Sequence):
            for child in node.items:
                self.item(child, sight, listed=True)
        else:
            self.item(node, sight)

    def item(self, node: Node, sight: Sight, key: Scalar | None = None, listed: bool = False) -> None:
        """One item; its labels can be read from here on."""
        if self.focus is not None and not node.span.start <= self.focus <= node.span.end:
            self.passed(node, sight, key)
            return
        if isinstance(node, Scalar):
            tokens = tuple(self.tokens) if listed else ()
            if listed and not node.quoted and (node.text in self.tokens or is_number(node)):
                self.slot(node.span, "item", sight, options=tokens, item=node.span, what="a token")
                self.places.append(Place(node.span, node.span, None, None))
                if (token := self.tokens.get(node.text)) is not None:
                    token.mention(node.span)
                return
            self.call(node, sight, tokens)
        item = self.parsed(node)
        if item is not None:
            self.run_item(item, node, sight, key)

    def passed(self, node: Node, sight: Sight, key: Scalar | None) -> None:
        """An item away from the place that is asked about: only its labels count, and those of items that it groups."""
        item = self.parsed(node)
        if item is not None and item.head.text in WIRING and item.head.text != "seq":
            self.run_item(item, node, sight, key)
        elif item is not None:
            self.named(item, key, sight, sight, None)

    def parsed(self, node: Node) -> Item | None:
        """The item that a node spells, as far as it does; a mapping without a call is one too."""
        try:
            return parse_item(node)
        except Fault:
            if not isinstance(node, Mapping):
                return None
        calls = [entry for entry in node.entries if entry[0].text not in MODIFIERS]
        head, main = next((e for e in calls if e[0].text == "residual"), calls[0] if calls else (Scalar("", node.span.part(0, 0)), None))
        keywords = tuple(entry for entry in calls if entry[0] is not head)
        beside = {FIELDS.get(k.text, k.text): value for k, value in node.entries if k.text in MODIFIERS}
        return Item(head, node.span, () if main is None else (main,), keywords, Modifiers(**beside))  # type: ignore[arg-type]

    def run_item(self, item: Item, node: Node, sight: Sight, key: Scalar | None) -> None:
        modifiers = item.modifiers
        outer = sight
        if isinstance(modifiers.loop, Scalar):
            sight = sight.bind(self.loop(modifiers.loop, sight))
        for part in (modifiers.when, modifiers.repeat, modifiers.inline):
            if isinstance(part, Scalar):
                self.expression(part, sight)
        if modifiers.from_ is not None:
            self.tensors(modifiers.from_, sight)
        callee = self.callee_of_item(item, sight)
        if isinstance(node, Mapping):
            self.keys(node, item, callee, sight)
        name = modifiers.name if isinstance(modifiers.name, Scalar) else key
        self.places.append(Place(item.span, item.head.span, None if name is None else name.span, callee))
        inside = self.inside(item, callee, sight)
        if modifiers.otherwise is not None:
            self.item(modifiers.otherwise, sight)
        self.beside(modifiers, callee, inside, sight)
        self.named(item, key, sight, outer, callee.block if callee is not None and inside is None else inside)

    def named(self, item: Item, key: Scalar | None, sight: Sight, outer: Sight, inside: Table | Block | None) -> None:
        """The labels of an item: its name, and what `as` says. They are read as the item sees them and seen by those after it."""
        modifiers = item.modifiers
        name = modifiers.name if isinstance(modifiers.name, Scalar) else key
        for definition in self.labels(modifiers.as_, sight) if modifiers.as_ is not None else ():
            outer.table.add(definition)
        if name is not None:
            child = self.child(name, "child", sight)
            child.inside = inside
            outer.table.add(child)

    def loop(self, node: Scalar, sight: Sight) -> Table:
        """The variables of a loop."""
        self.slot(node.span, "expression", sight)
        try:
            _, iterable = parse_loop_clause(node.text, node.span, self.limits)
        except Fault:
            return Table()
        self.tree(iterable, sight, False)
        return self.variables(Span(node.span.source, node.span.start, iterable.span.start), node, sight)

    def call(self, node: Scalar, sight: Sight, tokens: tuple[str, ...]) -> None:
        """What may stand at each part of a one-line call."""
        try:
            parts = split_call(node.text, node.span)
        except Fault:
            self.slot(node.span, "expression", sight)
            return
        if not parts:
            self.slot(node.span, "item", sight, options=tokens)
            return
        callee = self.known(parts[0], sight)
        self.slot(parts[0].span, "item", sight, callee, options=tokens, item=node.span)
        names = callee.positional if callee is not None else ()
        keys = [_key(part) for part in parts[1:]]
        given = [key or (names[i] if i < len(names) else "") for i, key in enumerate(keys)]
        for index, part in enumerate(parts[1:]):
            taken = frozenset(given[:index] + given[index + 1 :])
            argument = callee.arguments.get(given[index]) if callee is not None else None
            word = keys[index]
            self.slot(part.span.part(0, len(word)) if word else part.span, "part", sight, callee, argument, taken, what=word)
            if word in MODIFIERS:
                self.slot(part.span.part(len(word) + 1, len(part.text)), "formula" if word == "from" else "expression", sight)

    def keys(self, node: Mapping, item: Item, callee: Callee | None, sight: Sight) -> None:
        """What the keys of an item may be."""
        taken = frozenset((*(key.text for key, _ in node.entries), *self.positional(item, callee)))
        options = TAKES.get(item.head.text, ())
        for key, value in node.entries:
            if key is item.head and key.text not in ("use", "reuse"):
                self.slot(key.span, "item", sight, callee, taken=taken, item=item.span, what="an item")
                continue
            argument = callee.arguments.get(key.text) if callee is not None else None
            self.slot(key.span, "key", sight, callee, argument, taken, options, "an item")
            if key.text in MODIFIERS and isinstance(value, Scalar):
                role = {"from": "formula", "else": "item", "outputs": "label"}.get(key.text, "expression")
                self.slot(value.span, role if key.text not in ("name", "as") else "none", sight)  # type: ignore[arg-type]

    def callee_of_item(self, item: Item, sight: Sight) -> Callee | None:
        """What an item calls, and a mention of it."""
        word = item.head
        if word.text in WIRING or word.text == "reuse" or (word.span == item.span and item.positional):
            return None
        if word.text != "use":
            return self.called(word, sight)
        named = item.positional[0] if item.positional else None
        if not isinstance(named, Scalar):
            return None
        if named.text.startswith("("):
            self.expression(named, sight)
            return None
        callee = self.called(named, sight)
        self.slot(named.span, "item", sight, callee, item=item.span, what="use")
        return callee

    def inside(self, item: Item, callee: Callee | None, sight: Sight) -> Table | None:
        """What an item holds: bodies, operands, arguments. Gives the labels of the level that it makes itself."""
        word = item.head.text
        if word == "seq":
            table = Table()
            for node in item.positional:
                self.body(node, sight.level(table))
            return table
        if word in WIRING:
            self.wiring(item, sight)
            return None
        if word == "reuse":
            self.reuse(item, sight)
            return None
        self.arguments(item, callee, sight)
        return None

    def wiring(self, item: Item, sight: Sight) -> None:
        """What wiring runs, in the order written."""
        word = item.head.text
        parts: list[tuple[int, str, Node]] = [(item.head.span.start, word, node) for node in item.positional]
        parts += [(key.span.start, key.text, node) for key, node in item.keywords]
        for _, name, node in sorted(parts, key=lambda part: part[0]):
            self.wired(name, node, sight)

    def wired(self, name: str, node: Node, sight: Sight) -> None:
        if name in BODIES or name == "shortcut":
            self.body(node, sight)
        elif name in MERGES:
            self.operands(node, sight)
        elif isinstance(node, Scalar) and name == "math":
            self.slot(node.span, "formula", sight)
            self.formula(node, sight)
        elif isinstance(node, Scalar) and name == "dim":
            self.slot(node.span, "axis", sight)
            self.axis(node, sight)
        elif isinstance(node, Scalar):
            self.slot(node.span, "expression", sight)
            self.expression(node, sight)

    def operands(self, node: Node, sight: Sight) -> None:
        """What a merge merges."""
        if isinstance(node, Mapping):
            self.body(node, sight)
            return
        for operand in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(operand, Scalar):
                self.slot(operand.span, "formula", sight)
                self.expression(operand, sight, tensors=True)
            elif isinstance(operand, Sequence):
                self.body(operand, sight)
            else:
                self.item(operand, sight)

    def reuse(self, item: Item, sight: Sight) -> None:
        """The child that runs again."""
        node = item.positional[0] if item.positional else None
        if not isinstance(node, Scalar):
            return
        self.slot(node.span, "label", sight)
        self.filled(node, sight)
        found = sight.label((node.text,))
        if found is not None:
            found[0].mention(node.span)

    def beside(self, modifiers: Modifiers, callee: Callee | None, inside: Table | None, sight: Sight) -> None:
        """Paths into what an item made: taps, and tensors that it initialises."""
        block = None if callee is None else callee.block
        target: Callable[[], Table | None] = (lambda: inside) if block is None else (lambda: self.tables.get(block))
        taps = modifiers.outputs
        for node in taps.items if isinstance(taps, Sequence) else (taps,):
            if isinstance(node, Scalar):
                self.later(node, target)
        if isinstance(modifiers.init, Mapping):
            for key, value in modifiers.init.entries:
                self.later(key, target)
                self.initial(value, sight)

    def initial(self, node: Node, sight: Sight) -> None:
        """An initial value: a call of an initialiser, or an expression."""
        if not isinstance(node, Scalar):
            return
        word, _, rest = node.text.partition(" ")
        self.slot(node.span, "expression", sight, options=(*INITIALISERS, "fan_in", "fan_out", "shape"), what="an initial value")
        if word not in INITIALISERS:
            self.expression(node, sight)
            return
        start = len(word) + 1
        for part in rest.split(" "):
            value = part.partition("=")[2] or part
            self.expression(Scalar(value, node.span.part(start + len(part) - len(value), start + len(part))), sight)
            start += len(part) + 1

    def handed(self, node: Node, sight: Sight) -> None:
        inner = sight.level(Table())
        if isinstance(node, Sequence):
            self.body(node, inner)
        else:
            self.item(node, inner)


def _key(part: Scalar) -> str:
    """The name of a named argument in a one-line call; "" for one by position."""
    word, equals, _ = part.text.partition("=")
    return word if equals and not part.quoted and word.isidentifier() else ""
