"""Code that operations and functions give as text, made into Python with variables and literals in the place of its names."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

from archdsl.codegen.holes import Hole


def expression(text: str, names: Mapping[str, ast.expr], owner: str = "") -> ast.expr:
    """The text as an expression in which each name is replaced by what stands for it.

    >>> x = ast.Name("x", ast.Load())
    >>> ast.unparse(expression("torch.cat(xs, dim)", {"xs": ast.List([x, x], ast.Load()), "dim": ast.Constant(1)}))
    'torch.cat([x, x], 1)'
    """
    found = _replace(_parsed(text), names, owner)
    assert isinstance(found, ast.expr)
    return found


@cache
def _parsed(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


def _replace(node: Any, names: Mapping[str, ast.expr], owner: str) -> Any:
    if isinstance(node, list):
        return [part for item in node for part in _unpacked(_replace(item, names, owner))]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.Name):
        return names.get(node.id, node)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Hole(node.value, "value", owner)
    return type(node)(**{name: _replace(value, names, owner) for name, value in ast.iter_fields(node)})


def _unpacked(node: Any) -> list[Any]:
    """`f(*(a, b))` is written `f(a, b)`."""
    if isinstance(node, ast.Starred) and isinstance(node.value, ast.Tuple | ast.List):
        return node.value.elts
    return [node]
