"""Prints generated code as a person would lay it out, and places every node in that text, so that what is compiled points into it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from archdsl.codegen.module import Program

WIDTH = 120
ALIGNED = 72
"""the column beyond which comments follow their own line's end"""
TAB = "    "


def print_module(program: Program, before: Sequence[str] = ()) -> str:
    """The text of a program below some first lines. Every node of the module is given its place in it."""
    printer = _Printer(program, list(before))
    printer.module()
    return "\n".join(printer.lines) + "\n"


class _Printer:
    def __init__(self, program: Program, lines: list[str]) -> None:
        self.program, self.lines = program, lines

    def module(self) -> None:
        body = self.program.module.body
        imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        standard = [node for node in imports if not _of_torch(node)]
        for part in (standard, [node for node in imports if _of_torch(node)]):
            self.lines += [""] if part and self.lines else []
            for node in part:
                self._put(node, [ast.unparse(node)])
        for definition in body[len(imports) :]:
            self.lines += ["", ""] if self.lines else []
            self._definition(definition)

    def _definition(self, node: ast.stmt) -> None:
        if node in self.program.verbatim:
            ast.increment_lineno(node, len(self.lines))
            self.lines += self.program.verbatim[node].split("\n")
            return
        assert isinstance(node, ast.ClassDef)
        self._put(node, [f"class {node.name}({', '.join(map(ast.unparse, node.bases))}):"])
        for index, part in enumerate(node.body):
            self.lines += [""] if index else []
            self._member(part)

    def _member(self, node: ast.stmt) -> None:
        if not isinstance(node, ast.FunctionDef):
            self._put(node, _wrapped_doc(node) or [f"{TAB}{ast.unparse(node)}"])
            return
        returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        plain = len(node.args.args) - len(node.args.defaults)
        arguments = [ast.unparse(argument) for argument in node.args.args]
        arguments[plain:] = [f"{a} = {_code(d)}" for a, d in zip(arguments[plain:], node.args.defaults, strict=True)]
        self._put(node, _broken(f"{TAB}def {node.name}(", arguments, f"){returns}:", 1))
        self._block(node.body, 2)

    def _block(self, statements: Sequence[ast.stmt], depth: int) -> None:
        printed = [self._statement(statement, depth) for statement in statements]
        ends = [len(lines[-1]) for lines, comment in printed if comment and len(lines[-1]) <= ALIGNED]
        column = max(ends, default=0)
        for statement, (lines, comment) in zip(statements, printed, strict=True):
            noted = f"{lines[-1]:<{column}}  # {comment}" if comment else lines[-1]
            self._put(statement, [*lines[:-1], noted if len(noted) <= WIDTH else lines[-1]])
            if isinstance(statement, ast.If):
                self._block(statement.body, depth + 1)

    def _statement(self, statement: ast.stmt, depth: int) -> tuple[list[str], str]:
        if isinstance(statement, ast.If):
            return [f"{TAB * depth}if {ast.unparse(statement.test)}:"], ""
        lines = _laid_out(statement, depth)
        return lines, self.program.shapes.get(statement, "") if len(lines) == 1 else ""

    def _put(self, node: ast.stmt, lines: list[str]) -> None:
        """Add the lines of a statement, and mark it and what is in it with their numbers."""
        first, last = len(self.lines) + 1, len(self.lines) + len(lines)
        inner: list[ast.AST] = [node]
        while inner:
            found = inner.pop()
            if "lineno" in found._attributes:
                found.lineno, found.end_lineno, found.col_offset, found.end_col_offset = first, last, 0, 0  # type: ignore[attr-defined]
            # The statements of a body have lines of their own.
            inner += [part for part in ast.iter_child_nodes(found) if not isinstance(part, ast.stmt)]
        self.lines += lines


def _of_torch(node: ast.stmt) -> bool:
    module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name if isinstance(node, ast.Import) else ""
    return (module or "").split(".")[0] == "torch"


def _wrapped_doc(node: ast.stmt) -> list[str]:
    """A docstring of one line, unless its text would need escapes."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant) or not isinstance(node.value.value, str):
        return []
    words = node.value.value
    plain = words.isprintable() and '"' not in words and "\\" not in words and len(words) < WIDTH - 10
    return [f'{TAB}"""{words}"""'] if plain else []


def _laid_out(statement: ast.stmt, depth: int) -> list[str]:
    """A statement on one line, or broken at the commas of its outermost brackets."""
    line = f"{TAB * depth}{_code(statement)}"
    if len(line) <= WIDTH:
        return [line]
    if isinstance(statement, ast.Assign):
        return _expression(f"{TAB * depth}{ast.unparse(statement.targets[0])} = ", statement.value, "", depth)
    if isinstance(statement, ast.Return) and statement.value is not None:
        return _expression(f"{TAB * depth}return ", statement.value, "", depth)
    return _expression(TAB * depth, statement.value, "", depth) if isinstance(statement, ast.Expr) else [line]


def _expression(before: str, node: ast.expr, after: str, depth: int) -> list[str]:
    line = f"{before}{_code(node)}{after}"
    if len(line) <= WIDTH:
        return [line]
    brackets, parts = _parts(node)
    if not brackets:
        return [line]
    inner = [found for prefix, part in parts for found in _expression(f"{TAB * (depth + 1)}{prefix}", part, ",", depth + 1)]
    return [f"{before}{brackets[0]}", *inner, f"{TAB * depth}{brackets[1]}{after}"]


def _parts(node: ast.expr) -> tuple[tuple[str, str] | None, list[tuple[str, ast.expr]]]:
    """The brackets at whose commas an expression is broken, and what stands between."""
    if isinstance(node, ast.Call) and (node.args or node.keywords):
        keywords = [(f"{keyword.arg}=", keyword.value) for keyword in node.keywords]
        return (f"{ast.unparse(node.func)}(", ")"), [*(("", part) for part in node.args), *keywords]
    if isinstance(node, ast.List | ast.Tuple) and node.elts:
        return ("[", "]") if isinstance(node, ast.List) else ("(", ")"), [("", part) for part in node.elts]
    if isinstance(node, ast.Dict) and node.keys:
        return ("{", "}"), [(f"{_code(key)}: ", value) for key, value in zip(node.keys, node.values, strict=True) if key]
    return None, []


def _code(node: ast.AST) -> str:
    """Python with double quotes, as formatters want it."""
    found = ast.unparse(node)
    return found if '"' in found or "\\" in found else found.replace("'", '"')


def _broken(before: str, parts: Sequence[str], after: str, depth: int) -> list[str]:
    line = f"{before}{', '.join(parts)}{after}"
    if len(line) <= WIDTH:
        return [line]
    return [before, *(f"{TAB * (depth + 1)}{part}," for part in parts), f"{TAB * depth}{after}"]
