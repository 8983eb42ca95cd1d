"""What the text of an expression or formula becomes: a tree of these nodes, each of which knows its place in the spec."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from archdsl.diagnostics import Span

Targets = str | tuple["Targets", ...]
"""the variables of a loop or assignment, nested as in Python: `i, (d, n)` is `("i", ("d", "n"))`"""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A node. `span` covers its text without brackets around it."""

    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Expression):
    """A number, text, truth value or none; `1x7` is the pair (1, 7). In a formula also `...`."""

    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Name(Expression):
    """A name with its dots: `x.channels` is `("x", "channels")`, `fuse_layers.0.1` is `("fuse_layers", "0", "1")`."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Expression):
    """`value.name` where the value is no name: `f(x).channels`."""

    value: Expression
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ListDisplay(Expression):
    """`[a, b]`"""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TupleDisplay(Expression):
    """`(a, b)`, and the several indices of `x[:, 0]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Expression):
    """`-a`, `+a` or `not a`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Expression):
    """`a * b`: one of `+ - * / // % ** @`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Compare(Expression):
    """`a < b <= c`: the first value, then each operator with its value. Operators are `< <= > >= == !=`, `in` and `not in`."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Logic(Expression):
    """`a and b and c`, or the same with `or`."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Expression):
    """`then if condition else otherwise`"""

    then: Expression
    condition: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Subscript(Expression):
    """`value[index]`; the index may be a `Slice`, or a `TupleDisplay` of several."""

    value: Expression
    index: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Slice(Expression):
    """`start:stop:step` between the brackets of a subscript."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension(Expression):
    """`[element for targets in iterable if condition]`"""

    element: Expression
    targets: Targets
    iterable: Expression
    condition: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expression):
    """`function(a, key=b)`"""

    function: Name
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]
    places: tuple[Span, ...]
    """where the names of the keywords stand"""


def walk(root: Expression) -> Iterator[Expression]:
    """A node and all below it, parents first, in the order written."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


def children(node: Expression) -> Iterator[Expression]:
    """The nodes right below one, in the order of its fields."""
    for field in fields(node):
        yield from _expressions(getattr(node, field.name))


def _expressions(value: object) -> Iterator[Expression]:
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _expressions(part)


def free(expression: Expression) -> list[Name]:
    """The names of an expression but those of the functions that it calls and those that it binds itself."""
    nodes = list(walk(expression))
    functions = [node.function for node in nodes if isinstance(node, Call)]
    local = {name for node in nodes if isinstance(node, Comprehension) for name in flat(node.targets)}
    return [node for node in nodes if isinstance(node, Name) and node not in functions and node.parts[0] not in local]


def flat(targets: Targets) -> tuple[str, ...]:
    """The variables of a loop or assignment in one row.

    >>> flat(("i", ("d", "n")))
    ('i', 'd', 'n')
    """
    return (targets,) if isinstance(targets, str) else tuple(name for target in targets for name in flat(target))
