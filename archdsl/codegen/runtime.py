"""The text of modules that torch lacks: copied from `archdsl/runtime/` into generated code, read as text and never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

RUNTIME = "archdsl.runtime."
FOLDER = Path(__file__).parent.parent / "runtime"


def signature(path: str) -> tuple[str, ...]:
    """Names of the arguments that a class of `archdsl.runtime` takes, in order."""
    file, name = _split(path)
    found = _definitions(file)[name]
    assert isinstance(found, ast.ClassDef)
    init = next(part for part in found.body if isinstance(part, ast.FunctionDef) and part.name == "__init__")
    return tuple(arg.arg for arg in init.args.args[1:])


def copied(paths: Iterable[str]) -> tuple[list[ast.stmt], dict[ast.stmt, str]]:
    """The imports that these classes need, and their definitions with all that they use of their files, each with its text."""
    imports: list[ast.stmt] = []
    definitions: dict[ast.stmt, str] = {}
    for file in dict.fromkeys(_split(path)[0] for path in paths):
        wanted = _closure(file, {name for f, name in map(_split, paths) if f == file})
        imports += [node for node in _tree(file).body if _imports(node) & wanted]
        texts = [_text(file, node) for name, node in _definitions(file).items() if name in wanted]
        definitions |= {ast.parse(text).body[0]: text for text in texts}
    return imports, definitions


def _text(file: str, node: ast.stmt) -> str:
    """The lines of a definition, comments and decorators included."""
    decorators = node.decorator_list if isinstance(node, ast.ClassDef | ast.FunctionDef) else []
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return "\n".join(_source(file).splitlines()[first - 1 : node.end_lineno])


def _split(path: str) -> tuple[str, str]:
    file, _, name = path.removeprefix(RUNTIME).rpartition(".")
    return file, name


@cache
def _source(file: str) -> str:
    return (FOLDER / f"{file}.py").read_text(encoding="utf-8")


@cache
def _tree(file: str) -> ast.Module:
    return ast.parse(_source(file))


@cache
def _definitions(file: str) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for node in _tree(file).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = node
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node
    return found


def _closure(file: str, names: set[str]) -> set[str]:
    """The names that these definitions use, and those that these use."""
    definitions = _definitions(file)
    found: set[str] = set()
    open_names = set(names)
    while open_names:
        name = open_names.pop()
        found.add(name)
        if name in definitions:
            open_names |= {node.id for node in ast.walk(definitions[name]) if isinstance(node, ast.Name)} - found
    return found


def _imports(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return set()
    return {alias.asname or alias.name for alias in node.names} if isinstance(node, ast.Import | ast.ImportFrom) else set()
