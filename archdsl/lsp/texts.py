"""Texts of a document → the names in them: expressions, formulas, labels, names of children, each with its place."""

from __future__ import annotations

import re

from archdsl.diagnostics import Fault, Span
from archdsl.language.expressions import parse_expression, parse_formula
from archdsl.language.grammar import CONSTANTS, WORDS
from archdsl.language.labels import parse_labels, parse_name
from archdsl.language.nodes import Node, Scalar
from archdsl.language.tree import Call, Comprehension, Expression, Name, children
from archdsl.limits import Limits
from archdsl.lsp.names import Definition, Kind, Sight, Table

KEPT = frozenset((*WORDS, *CONSTANTS))
"""words of expressions that are no names"""
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Names:
    """Finds the names in texts. `limits` bound what is parsed."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.definitions: list[Definition] = []

    def define(self, kind: Kind, name: str, span: Span, node: Node | None = None, owner: str = "") -> Definition:
        """A new definition, first mentioned where it stands."""
        found = Definition(kind, name, span, node, owner)
        found.mention(span)
        self.definitions.append(found)
        return found

    def expression(self, scalar: Scalar, sight: Sight, tensors: bool = False) -> None:
        """The names of an expression; with `tensors`, of one in which labels come first."""
        if scalar.text.isdigit():
            return
        if scalar.text.isidentifier() and scalar.text not in KEPT:
            self.name(Name(scalar.span, (scalar.text,)), sight, tensors)
            return
        try:
            tree = parse_expression(scalar.text, scalar.span, self.limits, tensors)
        except Fault:
            return
        self.tree(tree, sight, tensors)

    def formula(self, scalar: Scalar, sight: Sight) -> None:
        """The names of a formula of one or several lines, whose own variables count from the line after."""
        try:
            lines = parse_formula(scalar.text, scalar.span, self.limits)
        except Fault:
            return
        before = scalar.span.start
        for targets, expression in lines:
            self.tree(expression, sight, True)
            if targets is not None:
                own = self.variables(Span(scalar.span.source, before, expression.span.start), scalar, sight)
                sight = sight.level(own)
            before = expression.span.end

    def tree(self, tree: Expression, sight: Sight, tensors: bool) -> None:
        """The names of a parsed expression."""
        if isinstance(tree, Name):
            self.name(tree, sight, tensors)
            return
        if isinstance(tree, Comprehension):
            self.tree(tree.iterable, sight, tensors)
            between = Span(tree.span.source, tree.element.span.end, tree.iterable.span.start)
            own = self.variables(between, Scalar(tree.span.text, tree.span), sight)
            inner = Sight((own, *sight.values), tuple(_without(table, own) for table in sight.labels), sight.owner)
            for part in filter(None, (tree.element, tree.condition)):
                self.tree(part, inner, tensors)
            return
        for part in children(tree):
            if not (isinstance(tree, Call) and part is tree.function):
                self.tree(part, sight, tensors)

    def name(self, node: Name, sight: Sight, tensors: bool) -> None:
        """What a name means: in formulas a label first, else a value first; of a dotted name a variable or the longest label."""
        value, label = sight.value(node.parts[0]), sight.label(node.parts)
        by_value = label is None or not (tensors or (len(node.parts) > 1 and value is not None and value.kind != "variable"))
        definition, count = (value, 1) if value is not None and by_value else label or (None, 0)
        if definition is not None:
            beginning = ".".join(node.parts[:count])
            definition.mention(node.span.part(0, len(beginning)) if node.span.text == node.text else node.span)

    def variables(self, place: Span, node: Scalar, sight: Sight) -> Table:
        """The variables that stand in a place, before `in` or `=`."""
        found = Table()
        for match in WORD.finditer(place.source.text, place.start, place.end):
            if match.group() not in ("for", "in"):
                span = Span(place.source, *match.span())
                found.add(self.define("variable", match.group(), span, node, sight.owner))
        return found

    def filled(self, scalar: Scalar, sight: Sight) -> tuple[str | Expression, ...]:
        """The names in the braces of free text or a name; gives its parts."""
        try:
            parts = parse_name(scalar, self.limits)
        except Fault:
            return ()
        for part in parts:
            if isinstance(part, Expression):
                self.tree(part, sight, False)
        return parts

    def child(self, scalar: Scalar, kind: Kind, sight: Sight) -> Definition:
        """The definition of a child or tensor; its name may hold expressions."""
        parts = self.filled(scalar, sight)
        plain = all(isinstance(part, str) for part in parts)
        pattern = None if plain else re.compile("".join(re.escape(p) if isinstance(p, str) else r"[\w-]+" for p in parts))
        return self.labelled(scalar.text, scalar.span, kind, sight, pattern)

    def labelled(self, name: str, span: Span, kind: Kind, sight: Sight, pattern: re.Pattern[str] | None = None) -> Definition:
        """The definition of a label in the innermost level: a new one, or the one that it had before."""
        found = sight.table.get(name)
        if found is not None:
            found.mention(span)
            return found
        found = self.define(kind, name, span, owner=sight.owner)
        found.pattern = pattern
        return found

    def labels(self, node: Node, sight: Sight) -> list[Definition]:
        """The labels that `as` gives."""
        try:
            labels = parse_labels(node, self.limits)
        except Fault:
            return []
        for label in labels:
            if label.index is not None:
                self.expression(Scalar(label.index.span.text, label.index.span), sight)
        return [self.labelled(label.name, label.span.part(0, len(label.name)), "label", sight) for label in labels]


def _without(labels: Table, hidden: Table) -> Table:
    """A table without some names."""
    kept = Table()
    for definition in labels.values():
        if definition.name not in hidden:
            kept.add(definition)
    return kept
