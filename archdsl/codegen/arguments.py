"""What differs among levels of equal code becomes constructor arguments with sensible names; what is equal stays a literal."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from archdsl.codegen.drafts import Draft
from archdsl.codegen.holes import Hole, fill, holes, literal, same
from archdsl.codegen.names import MODULE_NAMES, unique, variable
from archdsl.codegen.tree import SELF, assign, name


@dataclass(frozen=True, eq=False)
class Column:
    """The values of one argument in each level of a group, and the holes that it fills."""

    name: str
    values: tuple[object, ...]
    holes: tuple[int, ...]


def columns(drafts: Sequence[Draft]) -> tuple[Column, ...]:
    """The arguments that a class needs to stand for all these levels. Holes whose values are equal in every level share one."""
    rows = [list(holes(draft.code)) for draft in drafts]
    found: dict[str, list[int]] = {}
    for index, hole in enumerate(rows[0]):
        if not all(same(row[index].value, hole.value) for row in rows):
            found.setdefault(repr([row[index].value for row in rows]), []).append(index)
    taken = set().union(*(draft.taken | draft.body.variables for draft in drafts)) | MODULE_NAMES
    groups = list(found.values())
    words = _names([[rows[0][i] for i in group] for group in groups], taken)
    return tuple(Column(word, tuple(row[g[0]].value for row in rows), tuple(g)) for word, g in zip(words, groups, strict=True))


def _names(groups: list[list[Hole]], taken: set[str]) -> list[str]:
    """A name for each argument: that of the parameter which it becomes, with the child's before it where several would have the same."""
    plain = [variable(_word(group), "value") for group in groups]
    counts = Counter(plain)
    # Of several inputs the first flows into the block, and of several outputs the last is what it gives.
    keep = {word: (len(plain) - 1 - plain[::-1].index(word) if word.startswith("out_") else plain.index(word)) for word in counts}
    found: list[str] = []
    for index, (word, group) in enumerate(zip(plain, groups, strict=True)):
        owner = variable(group[0].owner, "")
        several = counts[word] > 1 and keep[word] != index and owner
        found.append(unique(f"{owner}_{word}" if several else word, {*taken, *found}))
    return found


def _word(group: Sequence[Hole]) -> str:
    """What an argument is called; channels that flow in and out alike are `channels`."""
    words = {hole.name for hole in group}
    ways = {way: {word.removeprefix(way) for word in words if word.startswith(way)} for way in ("in_", "out_")}
    both = ways["in_"] & ways["out_"]
    return both.pop() if len(both) == 1 else group[0].name


def settle(draft: Draft, arguments: Sequence[Column]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The bodies of `__init__` and `forward` with every hole filled: by an argument, or by its literal."""
    by_hole = {index: column.name for column in arguments for index in column.holes}
    index = -1
    kept: set[str] = set()

    def in_setup(hole: Hole) -> ast.expr | None:
        nonlocal index
        index += 1
        if index in by_hole:
            return name(by_hole[index])
        return None if hole.omitted else literal(hole.value)

    def in_forward(hole: Hole) -> ast.expr | None:
        found = in_setup(hole)
        if not isinstance(found, ast.Name):
            return found
        kept.add(found.id)
        return ast.Attribute(SELF, found.id, ast.Load())

    setup = [fill(statement, in_setup) for statement in draft.setup]
    body = [fill(statement, in_forward) for statement in draft.body.statements]
    stored = [assign(ast.Attribute(SELF, c.name, ast.Load()), name(c.name)) for c in arguments if c.name in kept]
    return [setup[0], *stored, *setup[1:]], body


def annotation(values: Sequence[object]) -> ast.expr | None:
    """The type of an argument where all its values have the same: `int`, `tuple[int, ...]`."""
    kinds = {type(value) for value in values}
    if kinds <= {int} or kinds <= {float} or kinds <= {bool} or kinds <= {str}:
        return name(kinds.pop().__name__)
    return None
