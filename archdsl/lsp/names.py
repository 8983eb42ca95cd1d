"""What the names of a document stand for: definitions, their mentions, and the names that a place can see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from archdsl.diagnostics import Span
from archdsl.language.document import Block
from archdsl.language.nodes import Node

Kind = Literal["parameter", "let", "variable", "block", "imported spec", "child", "label", "tensor", "input", "token", "variant"]

Reading = Literal["value", "list", "item", "choice", "axis", "text", "tensor", "literal", "variant"]
"""how the text of an argument is read"""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names a definition. `exact` tells that its text is the name and nothing else, so that it can be replaced."""

    span: Span
    definition: Definition
    exact: bool


@dataclass(eq=False, slots=True)
class Definition:
    """What a name stands for. `span` is where it is first written, `node` its value, `owner` the block that it belongs to.

    `reading` says how the text for a parameter is read. A child that makes a level has that level's labels `inside`; one that calls a block
    has the block. `pattern` matches the names of a child whose name holds expressions.
    """

    kind: Kind
    name: str
    span: Span
    node: Node | None = None
    owner: str = ""
    reading: Reading = "value"
    inside: Table | Block | None = None
    pattern: re.Pattern[str] | None = None
    mentions: list[Mention] = field(default_factory=list)

    def mention(self, span: Span) -> Mention:
        """Remember one more place that names this."""
        found = Mention(span, self, span.text == self.name)
        self.mentions.append(found)
        return found


class Table(dict[str, Definition]):
    """The definitions of one level, block or file, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.patterns: list[Definition] = []
        """children whose names are made of expressions"""

    def add(self, definition: Definition) -> None:
        """A further definition, or one that hides another of its name."""
        self[definition.name] = definition
        if definition.pattern is not None and definition not in self.patterns:
            self.patterns.append(definition)

    def find(self, name: str) -> Definition | None:
        """The definition of a name; that of a child whose name is made of expressions (`layer{i}`) for one that fits it (`layer2`)."""
        found = self.get(name)
        return found or next((d for d in self.patterns if d.pattern is not None and d.pattern.fullmatch(name)), None)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a place can see: names of values, and labels of tensors, nearest first. `owner` is the block around."""

    values: tuple[Table, ...]
    labels: tuple[Table, ...]
    owner: str = ""

    def bind(self, table: Table) -> Sight:
        """Further names of values over these."""
        return Sight((table, *self.values), self.labels, self.owner)

    def level(self, table: Table) -> Sight:
        """Inside a level whose labels go to `table`."""
        return Sight(self.values, (table, *self.labels), self.owner)

    @property
    def table(self) -> Table:
        """The labels of the innermost level."""
        return self.labels[0]

    def value(self, name: str) -> Definition | None:
        """What a name stands for as a value."""
        return next((table[name] for table in self.values if name in table), None)

    def label(self, parts: tuple[str, ...]) -> tuple[Definition, int] | None:
        """The label that the longest beginning of a dotted name means, and how many of its parts that takes."""
        for count in range(len(parts), 0, -1):
            name = ".".join(parts[:count])
            found = next((found for table in self.labels if (found := table.find(name)) is not None), None)
            if found is not None:
                return found, count
        return None


def visible(tables: tuple[Table, ...]) -> dict[str, Definition]:
    """Every name of some tables, the first of each."""
    return {name: definition for table in reversed(tables) for name, definition in table.items()}


def path(table: Table, parts: tuple[str, ...], tables: Mapping[Block, Table]) -> Iterator[tuple[Definition, int, int]]:
    """The definitions that a path into levels names, each with the parts that it takes: `features.3.conv` names `features`, …"""
    start = 0
    while start < len(parts):
        found = Sight((), (table,)).label(parts[start:])
        if found is None:
            return
        definition, count = found
        yield definition, start, start + count
        start += count
        inside = definition.inside
        table = inside if isinstance(inside, Table) else tables.get(inside, Table()) if inside is not None else Table()
