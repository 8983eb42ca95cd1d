"""The keys of a spec and of a block that hold no layers: parameters, variants, defaults, tensors, rules, what is promised."""

from __future__ import annotations

from archdsl.analyses.expected import KEYS as FIGURES
from archdsl.elaborate.declarations import KEYS
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.weights import WeightsKeys
from archdsl.lsp.names import Sight, Table
from archdsl.lsp.recipes import Recipes
from archdsl.lsp.slots import Argument, declared
from archdsl.ops import BY_NAME as OPERATIONS


class Sections(Recipes):
    """A method for each key, which walks what stands under it."""

    def params(self, node: Node, sight: Sight) -> None:
        """Parameters: a type, a default, or in a file that extends another a new value."""
        known = declared(self.document.main)
        for key, value in pairs(node):
            definition = self.parameters.get(key)
            if definition is None and sight.value(key.text) is not None:
                self.slot(key.span, "word", sight, options=tuple(known), what="a parameter")
                self.setting(key, value, sight)
                continue
            self.slot(key.span, "none", sight, what="a parameter")
            self.slot(value.span, "type", sight)
            default = value if definition is None else definition.node
            if default is not None:
                self.argument(Argument("", definition.reading if definition is not None else "value", ""), None, default, sight)

    def let(self, node: Node, sight: Sight) -> None:
        """Names for values."""
        for key, value in pairs(node):
            self.slot(key.span, "none", sight, what="a name")
            self.argument(None, None, value, sight)

    def require(self, node: Node, sight: Sight) -> None:
        """Conditions, and what to say."""
        for key, value in pairs(node):
            self.slot(key.span, "expression", sight)
            self.expression(key, sight)
            self.text(value, sight)

    def tensors_of_block(self, node: Node, sight: Sight) -> None:
        """Raw parameters and buffers."""
        for key, value in pairs(node):
            taken = frozenset(k.text for k, _ in pairs(value))
            for word, entry in pairs(value):
                self.slot(word.span, "key", sight, taken=taken, options=KEYS, what="a tensor")
                if word.text == "buffer":
                    self.tensors(entry, sight)
                elif word.text == "init":
                    self.initial(entry, sight)
                else:
                    self.value(entry, sight)
                if isinstance(entry, Scalar) and word.text != "init":
                    self.slot(entry.span, "formula" if word.text == "buffer" else "expression", sight)
            sight.table.add(self.child(key, "tensor", sight))

    def inputs(self, node: Node, sight: Sight) -> None:
        """The names of what flows into a block."""
        for part in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(part, Scalar):
                name = part.text.removesuffix("...")
                sight.table.add(self.labelled(name, part.span.part(0, len(name)), "input", sight))

    def input(self, node: Node, sight: Sight) -> None:
        """What flows into the network: names with shapes."""
        for key, _ in pairs(node):
            sight.table.add(self.labelled(key.text, key.span, "input", sight))

    def outputs(self, node: Node, sight: Sight) -> None:
        """What a block or the network gives: a tensor, a list, or a mapping by name or mode."""
        for _, value in pairs(node):
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
        for key, value in pairs(node):
            self.variant_names.add(self.define("variant", key.text, key.span, value))
        for _, settings in pairs(node):
            taken = frozenset(key.text for key, _ in pairs(settings))
            for key, value in pairs(settings):
                self.slot(key.span, "key", sight, taken=taken, options=("like", *known), what="a variant", argument=known.get(key.text))
                if key.text == "like" and isinstance(value, Scalar):
                    self.variant_name(value, sight)
                    continue
                self.setting(key, value, sight)

    def variant_name(self, node: Node, sight: Sight) -> None:
        """The name of a variant."""
        if isinstance(node, Scalar):
            self.slot(node.span, "variant", sight, options=tuple(self.document.variants))
            if node.text in self.variant_names:
                self.variant_names[node.text].mention(node.span)

    def files(self, node: Node, sight: Sight) -> None:
        """Paths of files."""
        parts = [value for _, value in pairs(node)] or (node.items if isinstance(node, Sequence) else [node])
        for part in parts:
            if isinstance(part, Scalar):
                self.slot(part.span, "path", sight)

    def defaults(self, node: Node, sight: Sight) -> None:
        """Default arguments by operation or block."""
        for key, arguments in pairs(node):
            callee = self.called(key, Sight((), sight.labels))
            self.slot(key.span, "item", sight, callee, what="defaults")
            taken = frozenset(word.text for word, _ in pairs(arguments))
            for word, value in pairs(arguments):
                argument = None if callee is None else callee.arguments.get(word.text)
                self.slot(word.span, "key", sight, callee, argument, taken, what="defaults")
                if argument is not None and argument.key in self.parameters:
                    self.parameters[argument.key].mention(word.span)
                self.argument(argument, callee, value, sight)

    def legend(self, node: Node, sight: Sight) -> None:
        """Tokens and the items that they stand for."""
        for _, value in pairs(node):
            inner = sight.level(Table())
            for part in value.items if isinstance(value, Sequence) else (value,):
                self.item(part, inner)

    def rules(self, node: Node, sight: Sight) -> None:
        """Rules for initial values."""
        for rule in node.items if isinstance(node, Sequence) else (node,):
            taken = frozenset(key.text for key, _ in pairs(rule))
            for key, value in pairs(rule):
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

    def settings(self, node: Node, sight: Sight) -> None:
        """Values for parameters of the file."""
        known = declared(self.document.main)
        taken = frozenset(key.text for key, _ in pairs(node))
        for key, value in pairs(node):
            self.slot(key.span, "key", sight, argument=known.get(key.text), taken=taken, options=tuple(known), what="settings")
            self.setting(key, value, sight)

    def setting(self, key: Scalar, value: Node, sight: Sight) -> None:
        """One value for a parameter of the file."""
        definition = sight.value(key.text)
        if definition is not None:
            definition.mention(key.span)
        self.argument(declared(self.document.main).get(key.text), None, value, sight)

    def weights(self, node: Node, sight: Sight) -> None:
        """Where published weights are, by variant in a family."""
        taken = frozenset(key.text for key, _ in pairs(node))
        for key, value in pairs(node):
            self.slot(key.span, "key", sight, taken=taken, options=(*WeightsKeys.model_fields, *self.variant_names), what="weights")
            if key.text in self.variant_names:
                self.variant_names[key.text].mention(key.span)
                self.weights(value, sight)
            elif key.text == "params":
                self.settings(value, sight)

    def expect(self, node: Node, sight: Sight) -> None:
        """Published figures, by variant in a family."""
        taken = frozenset(key.text for key, _ in pairs(node))
        for key, value in pairs(node):
            self.slot(key.span, "key", sight, taken=taken, options=(*FIGURES, *self.variant_names), what="expect")
            if key.text in self.variant_names:
                self.variant_names[key.text].mention(key.span)
                self.expect(value, sight)


def pairs(node: Node) -> tuple[tuple[Scalar, Node], ...]:
    """The entries of a mapping; none of anything else."""
    return node.entries if isinstance(node, Mapping) else ()
