"""Where the children and tensors of a level live on its module: `self.conv1`, `self[0]`, `self.a.b`, `getattr(self, "3x3")`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from archdsl.codegen.names import is_plain
from archdsl.codegen.tree import SELF, assign, call, do, item, method, text
from archdsl.ops.base import TensorSpec


class Places:
    """Writes how things are put on one module and read again. A dot in a name stands for an empty module between.

    `numbered` is for subclasses of `nn.Sequential`, whose children are read by number.
    """

    def __init__(self, numbered: bool = False, children: Iterable[str] = (), tensors: Iterable[str] = ()) -> None:
        self.numbered = numbered
        self._between: set[str] = set()
        self._lists = _lists(children) - {key.rpartition(".")[0] for key in tensors}

    def child(self, key: str) -> ast.expr:
        """A child as an expression."""
        return item(SELF, ast.Constant(int(key))) if self.numbered else self.tensor(key)

    def tensor(self, key: str) -> ast.expr:
        """A parameter or buffer as an expression."""
        *between, last = key.split(".")
        home: ast.expr = SELF
        for part in between:
            home = _attribute(home, part)
        return item(home, ast.Constant(int(last))) if ".".join(between) in self._lists else _attribute(home, last)

    def put_child(self, key: str, module: ast.expr) -> list[ast.stmt]:
        """The statements that register a child."""
        before, home, last = self._home(key)
        if key.rpartition(".")[0] in self._lists:
            return [*before, do(method(home, "append", module))]
        return [*before, _put(home, last, module, "add_module")]

    def put_parameter(self, spec: TensorSpec, value: ast.expr) -> list[ast.stmt]:
        """The statements that register a parameter."""
        before, home, last = self._home(spec.name)
        return [*before, _put(home, last, value, "register_parameter")]

    def put_buffer(self, spec: TensorSpec, value: ast.expr) -> list[ast.stmt]:
        """The statements that register a buffer."""
        before, home, last = self._home(spec.name)
        keywords = {} if spec.persistent else {"persistent": ast.Constant(False)}
        return [*before, do(method(home, "register_buffer", text(last), value, **keywords))]

    def _home(self, key: str) -> tuple[list[ast.stmt], ast.expr, str]:
        """The empty modules that are still missing, the module that holds the key's last part, and that part."""
        *between, last = key.split(".")
        home: ast.expr = SELF
        before: list[ast.stmt] = []
        for depth, part in enumerate(between, 1):
            path = ".".join(between[:depth])
            if path not in self._between:
                self._between.add(path)
                before.append(_put(home, part, call("nn.ModuleList" if path in self._lists else "nn.Module"), "add_module"))
            home = _attribute(home, part)
        return before, home, last


def _lists(keys: Iterable[str]) -> set[str]:
    """The empty modules between whose children are called 0, 1, 2, …"""
    inside: dict[str, list[str]] = {}
    for key in keys:
        parts = key.split(".")
        for depth in range(1, len(parts)):
            inside.setdefault(".".join(parts[:depth]), []).append(parts[depth] if depth == len(parts) - 1 else "")
    return {path for path, found in inside.items() if found == [str(i) for i in range(len(found))]}


def _put(home: ast.expr, last: str, value: ast.expr, register: str) -> ast.stmt:
    return assign(ast.Attribute(home, last, ast.Load()), value) if is_plain(last) else do(method(home, register, text(last), value))


def _attribute(home: ast.expr, word: str) -> ast.expr:
    return ast.Attribute(home, word, ast.Load()) if is_plain(word) else call("getattr", home, text(word))
