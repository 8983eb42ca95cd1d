"""What differs among levels of equal code becomes constructor arguments with sensible names; what is equal stays a literal."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archdsl.codegen.drafts import Draft
from archdsl.codegen.holes import NO_DEFAULT, Hole, fill, holes, literal, same
from archdsl.codegen.names import SEQUENTIAL_NAMES, unique, variable
from archdsl.codegen.tree import SELF, assign, name
from archdsl.elaborate.names import MODULE_ATTRIBUTES

WIDTHS = ("channels", "features", "dim", "shape")
"""how the names of widths end: those may be written as multiples of each other"""
ALIKE = 3
"""levels in which a difference must be the same to be written as a sum: two always agree on one"""

Relation = tuple[int, type[ast.operator], int]
"""the column that another is computed from, and how"""


@dataclass(frozen=True, eq=False)
class Column:
    """One value of each level of a group, and the holes where it stands: an argument, or what is computed from the argument `of`."""

    name: str
    values: tuple[Any, ...]
    holes: tuple[int, ...]
    default: Any = NO_DEFAULT
    of: str = ""
    operator: type[ast.operator] = ast.Add
    operand: int = 0

    @property
    def is_width(self) -> bool:
        """Whether it is given by position, as channels and features are."""
        return _is_width(self.values, self.name)

    def written(self, stored: bool) -> ast.expr:
        """The value in code, read from an argument or from where the module keeps it."""
        word = self.of or self.name
        found: ast.expr = ast.Attribute(SELF, word, ast.Load()) if stored else name(word)
        return ast.BinOp(found, self.operator(), literal(self.operand)) if self.of else found


def columns(drafts: Sequence[Draft]) -> tuple[Column, ...]:
    """What a class needs to stand for all these levels. Holes whose values are equal in every level share a column."""
    rows = [list(holes(draft.code)) for draft in drafts]
    found: dict[str, list[int]] = {}
    for index, hole in enumerate(rows[0]):
        if not all(same(row[index].value, hole.value) for row in rows):
            found.setdefault(repr([row[index].value for row in rows]), []).append(index)
    numbers = [tuple(row[group[0]].value for row in rows) for group in found.values()]
    groups = [[rows[0][i] for i in group] for group in found.values()]
    words = [_word(group) for group in groups]
    relations: list[Relation | None] = []
    for index in range(len(words)):
        bases = [base for base, relation in enumerate(relations) if relation is None and _is_width(numbers[base], words[base])]
        relations.append(_relation(numbers, bases, index) if _is_width(numbers[index], words[index]) else None)
    taken = set().union(*(draft.taken | draft.body.variables for draft in drafts)) | MODULE_ATTRIBUTES | SEQUENTIAL_NAMES
    plain = [(group, word) for group, word, relation in zip(groups, words, relations, strict=True) if not relation]
    named = iter(_names([group for group, _ in plain], _told_apart([word for _, word in plain], any(relations)), taken))
    given = ["" if relation else next(named) for relation in relations]
    made: list[Column] = []
    for word, values, indices, relation in zip(given, numbers, found.values(), relations, strict=True):
        base, operator, operand = relation or (0, ast.Add, 0)
        default = rows[0][indices[0]].default
        made.append(Column(word, values, tuple(indices), default, given[base] if relation else "", operator, operand))
    return tuple(made)


def arguments(found: Sequence[Column]) -> list[Column]:
    """The columns that are arguments: widths first, what may be left out last."""
    return sorted((column for column in found if not column.of), key=lambda c: (not c.is_width, c.default is not NO_DEFAULT))


def _relation(numbers: Sequence[tuple[Any, ...]], bases: Sequence[int], index: int) -> Relation | None:
    """How a width follows from the first of others that it is a multiple or a part of, or differs from by the same in many levels."""
    own = numbers[index]
    for base in bases:
        other = numbers[base]
        if own[0] % other[0] == 0 and all(a == b * (own[0] // other[0]) for a, b in zip(own, other, strict=True)):
            return base, ast.Mult, own[0] // other[0]
        if other[0] % own[0] == 0 and all(b == a * (other[0] // own[0]) for a, b in zip(own, other, strict=True)):
            return base, ast.FloorDiv, other[0] // own[0]
        if len(own) >= ALIKE and all(a - b == own[0] - other[0] > 0 for a, b in zip(own, other, strict=True)):
            return base, ast.Add, own[0] - other[0]
    return None


def _is_width(values: tuple[Any, ...], word: str) -> bool:
    return word.endswith(WIDTHS) and all(type(value) is int and value > 0 for value in values)


def _told_apart(words: list[str], related: bool) -> list[str]:
    """Beside `in_channels`, the one `channels` that no other width is computed from are `out_channels`."""
    found = {word.removeprefix("in_") for word in words if word.startswith("in_")}
    once = {word for word in found if words.count(word) == 1 and f"out_{word}" not in words and not related}
    return [f"out_{word}" if word in once else word for word in words]


def _names(groups: Sequence[Sequence[Hole]], plain: list[str], taken: set[str]) -> list[str]:
    """A name for each argument: that of the parameter which it becomes, with the child's before it where several would have the same."""
    counts = Counter(plain)
    # What flows in is the first of its name, what the block gives is the last.
    ends = {word: len(plain) - 1 - plain[::-1].index(word) if word.startswith("out_") else plain.index(word) for word in counts}
    found: list[str] = []
    for index, (word, group) in enumerate(zip(plain, groups, strict=True)):
        owner = variable(group[0].owner, "")
        alone = counts[word] == 1 or (ends[word] == index and word.startswith(("in_", "out_")))
        found.append(unique(word if alone or not owner else f"{owner}_{word}", {*taken, *found}))
    return found


def _word(group: Sequence[Hole]) -> str:
    """What an argument is called; channels that flow in and out alike are `channels`."""
    words = {hole.name for hole in group}
    ways = {way: {word.removeprefix(way) for word in words if word.startswith(way)} for way in ("in_", "out_")}
    both = ways["in_"] & ways["out_"]
    return variable(both.pop() if len(both) == 1 else group[0].name, "value")


def settle(draft: Draft, found: Sequence[Column]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The bodies of `__init__` and `forward` with every hole filled: by an argument, or by its literal."""
    by_hole = {index: column for column in found for index in column.holes}
    index = -1
    kept: set[str] = set()

    def written(hole: Hole, stored: bool) -> ast.expr | None:
        nonlocal index
        index += 1
        if index not in by_hole:
            return None if hole.omitted else literal(hole.value)
        column = by_hole[index]
        kept.update((column.of or column.name,) if stored else ())
        return column.written(stored)

    setup = [fill(statement, lambda hole: written(hole, False)) for statement in draft.setup]
    body = [fill(statement, lambda hole: written(hole, True)) for statement in draft.body.statements]
    stored = [assign(ast.Attribute(SELF, c.name, ast.Load()), name(c.name)) for c in found if c.name in kept]
    return [setup[0], *stored, *setup[1:]], body


def annotation(values: Sequence[object]) -> ast.expr | None:
    """The type of an argument where all its values have the same."""
    kinds = {type(value) for value in values}
    if len(kinds) == 1 and kinds <= {int, float, bool, str}:
        return name(kinds.pop().__name__)
    return None
