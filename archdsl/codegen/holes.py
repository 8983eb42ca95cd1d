"""Literals as holes: code without its literals is what equal levels share, what stood in the holes becomes constants and arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

NO_DEFAULT = object()
N = TypeVar("N", bound=ast.AST)


class Hole(ast.expr):
    """A place in generated code where a literal stands.

    `name` is what an argument for it would be called, `owner` what it belongs to (`keyed` if that is a child's key, not its kind), and
    `default` the value at which a keyword argument is left out.
    """

    _fields = ()

    def __init__(self, value: Any, name: str, owner: str = "", default: Any = NO_DEFAULT, keyed: bool = False) -> None:
        super().__init__()
        self.value, self.name, self.owner, self.default, self.keyed = value, name, owner, default, keyed

    def owned(self, key: str) -> Hole:
        """The same in a child of this key, by which it is told apart unless it has a key already."""
        return self if self.keyed else Hole(self.value, self.name, key, self.default, True)

    @property
    def omitted(self) -> bool:
        """Whether a keyword argument with this value goes without saying."""
        return same(self.value, self.default)


def same(one: Any, other: Any) -> bool:
    """Equal as literals: 1, 1.0 and true differ."""
    return repr(one) == repr(other)


def literal(value: Any) -> ast.expr:
    """A value as Python writes it.

    >>> ast.unparse(literal((1, -2.5, "a", None))), ast.unparse(literal(float("-inf")))
    ("(1, -2.5, 'a', None)", "-float('inf')")

    Raises `TypeError` for anything but numbers, text, true, false, none, `...`, slices, lists, tuples and mappings of them.
    """
    if isinstance(value, tuple):
        return ast.Tuple([literal(v) for v in value], ast.Load())
    if isinstance(value, list):
        return ast.List([literal(v) for v in value], ast.Load())
    if isinstance(value, dict):
        return ast.Dict([literal(k) for k in value], [literal(v) for v in value.values()])
    if isinstance(value, slice):
        return ast.Slice(*(None if v is None else literal(v) for v in (value.start, value.stop, value.step)))
    if isinstance(value, bool | str) or value is None or value is ...:
        return ast.Constant(value)
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no literal")
    if value < 0:
        return ast.UnaryOp(ast.USub(), literal(-value))
    if value != value or value == float("inf"):
        return ast.Call(ast.Name("float", ast.Load()), [ast.Constant(str(value))], [])
    return ast.Constant(value)


def holes(nodes: list[ast.stmt] | list[ast.expr]) -> Iterator[Hole]:
    """The holes of some code, in the order in which `fill` meets them."""
    stack: list[ast.AST] = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if isinstance(node, Hole):
            yield node
        else:
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def skeleton(nodes: list[ast.stmt]) -> str:
    """The code without its literals: equal for levels that one class can stand for."""
    return "\n".join(map(ast.dump, nodes))


def fill(node: N, filling: Callable[[Hole], ast.expr | None]) -> N:
    """A copy with every hole filled; a keyword argument whose hole is filled with nothing is left out."""
    if isinstance(node, Hole):
        filled = filling(node)
        assert filled is not None, f"`{node.name}` has no value"
        return filled  # type: ignore[return-value]
    fields = {name: _fill_field(value, filling) for name, value in ast.iter_fields(node)}
    made = type(node)(**fields)
    if isinstance(made, ast.stmt):
        made.lineno = 0
    return made


def _fill_field(value: Any, filling: Callable[[Hole], ast.expr | None]) -> Any:
    if isinstance(value, ast.AST):
        return fill(value, filling)
    if not isinstance(value, list):
        return value
    if not value or not isinstance(value[0], ast.keyword):
        return [_fill_field(item, filling) for item in value]
    filled = []
    for keyword in value:
        found = filling(keyword.value) if isinstance(keyword.value, Hole) else fill(keyword.value, filling)
        filled += [ast.keyword(keyword.arg, found)] if found is not None else []
    return filled
