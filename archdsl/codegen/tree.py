"""Short names for the pieces of Python that generated code is made of."""

from __future__ import annotations

import ast
from collections.abc import Sequence

SELF = ast.Name("self", ast.Load())


def name(word: str) -> ast.Name:
    return ast.Name(word, ast.Load())


def text(value: str) -> ast.Constant:
    return ast.Constant(value)


def dotted(path: str) -> ast.expr:
    """`nn.Sequential`."""
    first, *rest = path.split(".")
    found: ast.expr = name(first)
    for part in rest:
        found = ast.Attribute(found, part, ast.Load())
    return found


def call(function: ast.expr | str, *args: ast.expr, **keywords: ast.expr) -> ast.Call:
    target = dotted(function) if isinstance(function, str) else function
    return ast.Call(target, list(args), [ast.keyword(key, value) for key, value in keywords.items()])


def method(target: ast.expr, word: str, *args: ast.expr, **keywords: ast.expr) -> ast.Call:
    return call(ast.Attribute(target, word, ast.Load()), *args, **keywords)


def item(target: ast.expr, index: ast.expr) -> ast.Subscript:
    return ast.Subscript(target, index, ast.Load())


def do(expression: ast.expr) -> ast.stmt:
    return ast.Expr(expression)


def assign(target: ast.expr, value: ast.expr) -> ast.stmt:
    return ast.Assign([_stored(target)], value, lineno=0)


def together(parts: Sequence[ast.expr]) -> ast.expr:
    """One expression as it is, several as a tuple."""
    return parts[0] if len(parts) == 1 else ast.Tuple(list(parts), ast.Load())


def function(
    word: str, arguments: Sequence[ast.arg], body: list[ast.stmt], returns: ast.expr | None = None, defaults: Sequence[ast.expr] = ()
) -> ast.FunctionDef:
    """A method; the last arguments have the defaults."""
    args = ast.arguments(posonlyargs=[], args=[ast.arg("self"), *arguments], kwonlyargs=[], kw_defaults=[], defaults=list(defaults))
    return ast.FunctionDef(word, args, body, [], returns, lineno=0)


def _stored(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Tuple):
        return ast.Tuple([_stored(part) for part in target.elts], ast.Store())
    fields = dict(ast.iter_fields(target))
    return type(target)(**{**fields, "ctx": ast.Store()})
