"""Where the children and tensors of a level live on its module: `self.conv1`, `self[0]`, `self.a.b`, `getattr(self, "3x3")`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from archdsl.codegen.names import is_plain, is_taken
from archdsl.codegen.tree import SELF, assign, call, do, item, method, text
from archdsl.ops.base import TensorSpec


class Places:
    """Writes how things are put on one module and read again. A dot in a name stands for an empty module between.

    `numbered` is for subclasses of `nn.Sequential`, whose children are read by number.
    """

    def __init__(self, numbered: bool = False, keys: Iterable[str] = ()) -> None:
        self.numbered = numbered
        self._between: set[str] = set()
        self._lists = _lists(keys)

    def child(self, key: str) -> ast.expr:
        """A child as an expression."""
        return item(SELF, ast.Constant(int(key))) if self.numbered else self._read(key, "_modules")

    def tensor(self, spec: TensorSpec) -> ast.expr:
        """A parameter or buffer as an expression."""
        return self._read(spec.name, "_buffers" if spec.buffer else "_parameters")

    def put_child(self, key: str, module: ast.expr) -> list[ast.stmt]:
        """The statements that register a child."""
        before, home, last = self._home(key)
        if key.rpartition(".")[0] in self._lists:
            return [*before, do(method(home, "append", module))]
        return [*before, self._put(home, last, module, "_modules", "add_module")]

    def put_parameter(self, spec: TensorSpec, value: ast.expr) -> list[ast.stmt]:
        """The statements that register a parameter."""
        before, home, last = self._home(spec.name)
        return [*before, self._put(home, last, value, "_parameters", "register_parameter")]

    def put_buffer(self, spec: TensorSpec, value: ast.expr) -> list[ast.stmt]:
        """The statements that register a buffer."""
        before, home, last = self._home(spec.name)
        if not is_taken(last):
            keywords = {} if spec.persistent else {"persistent": ast.Constant(False)}
            return [*before, do(method(home, "register_buffer", text(last), value, **keywords))]
        past = assign(item(ast.Attribute(home, "_buffers", ast.Load()), text(last)), value)
        lost = do(method(ast.Attribute(home, "_non_persistent_buffers_set", ast.Load()), "add", text(last)))
        return [*before, past] if spec.persistent else [*before, past, lost]

    def _read(self, key: str, table: str) -> ast.expr:
        *between, last = key.split(".")
        home: ast.expr = SELF
        for part in between:
            home = _attribute(home, part, "_modules")
        if ".".join(between) in self._lists:
            return item(home, ast.Constant(int(last)))
        return _attribute(home, last, table)

    def _home(self, key: str) -> tuple[list[ast.stmt], ast.expr, str]:
        """The empty modules that are still missing, the module that holds the key's last part, and that part."""
        *between, last = key.split(".")
        home: ast.expr = SELF
        before: list[ast.stmt] = []
        for depth, part in enumerate(between, 1):
            path = ".".join(between[:depth])
            if path not in self._between:
                self._between.add(path)
                empty = call("nn.ModuleList" if path in self._lists else "nn.Module")
                before.append(self._put(home, part, empty, "_modules", "add_module"))
            home = _attribute(home, part, "_modules")
        return before, home, last

    @staticmethod
    def _put(home: ast.expr, last: str, value: ast.expr, table: str, register: str) -> ast.stmt:
        if is_plain(last):
            return assign(ast.Attribute(home, last, ast.Load()), value)
        if is_taken(last):
            return assign(item(ast.Attribute(home, table, ast.Load()), text(last)), value)
        return do(method(home, register, text(last), value))


def _lists(keys: Iterable[str]) -> set[str]:
    """The empty modules between whose children are called 0, 1, 2, …"""
    inside: dict[str, list[str]] = {}
    for key in keys:
        parts = key.split(".")
        for depth in range(1, len(parts)):
            inside.setdefault(".".join(parts[:depth]), []).append(parts[depth] if depth == len(parts) - 1 else "")
    return {path for path, found in inside.items() if found == [str(i) for i in range(len(found))]}


def _attribute(home: ast.expr, word: str, table: str) -> ast.expr:
    if is_plain(word):
        return ast.Attribute(home, word, ast.Load())
    return item(ast.Attribute(home, table, ast.Load()), text(word)) if is_taken(word) else call("getattr", home, text(word))
