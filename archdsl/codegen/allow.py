"""What may stand in generated code. It is checked before anything is compiled, so that text of a spec can never run."""

from __future__ import annotations

import ast

from archdsl.codegen.names import TORCH_NAMES

NODES: tuple[type[ast.AST], ...] = (
    *(ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.ClassDef, ast.FunctionDef, ast.arguments, ast.arg),
    *(ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.If, ast.For, ast.Pass, ast.Raise),
    *(ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Slice, ast.Starred, ast.Call, ast.keyword),
    *(ast.Tuple, ast.List, ast.Dict, ast.ListComp, ast.GeneratorExp, ast.comprehension, ast.IfExp, ast.JoinedStr, ast.FormattedValue),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context),
)
IMPORTS = frozenset({"torch", "torch.nn", "torch.nn.functional", "collections", "collections.abc", "math", "typing"})
FURTHER = {
    *("len", "dict", "list", "object", "zip", "enumerate", "sum", "min", "max", "all", "any", "reversed"),
    *("isinstance", "type", "ValueError"),
}
BUILTINS = TORCH_NAMES | FURTHER
DUNDERS = frozenset({"__init__"})
"""attributes of this form that generated code uses"""


class NotAllowed(Exception):
    """Generated code holds what it may not: a fault of archdsl, never of a spec."""


def check(module: ast.Module) -> None:
    """Raise `NotAllowed` unless every node, import, name and attribute is one that generated code may use.

    >>> check(ast.parse("import os"))
    Traceback (most recent call last):
    archdsl.codegen.allow.NotAllowed: import of `os`
    """
    nodes = list(ast.walk(module))
    own = {n for node in nodes for n in _bound(node)}
    for node in nodes:
        reason = _reason(node, own)
        if reason:
            raise NotAllowed(reason)


def _bound(node: ast.AST) -> list[str]:
    """The names that a node defines."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.alias):
        return [node.asname or node.name]
    return [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else []


def _reason(node: ast.AST, own: set[str]) -> str:
    if not isinstance(node, NODES):
        return f"a node {type(node).__name__}"
    if isinstance(node, ast.Import):
        return next((f"import of `{alias.name}`" for alias in node.names if alias.name not in IMPORTS), "")
    if isinstance(node, ast.ImportFrom):
        return "" if node.module in IMPORTS and not node.level else f"import of `{node.module}`"
    if isinstance(node, ast.Name) and node.id not in own and node.id not in BUILTINS:
        return f"the name `{node.id}`"
    if isinstance(node, ast.Attribute) and node.attr.startswith("__") and node.attr not in DUNDERS:
        return f"the attribute `{node.attr}`"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        return "" if len(node.args) == 2 and isinstance(node.args[1], ast.Constant) else "`getattr` of no plain name"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type":
        return "" if len(node.args) == 1 and not node.keywords else "`type` that makes a class"
    return ""
