"""Where the children and tensors of a level live on its module: `self.conv1`, `self[0]`, `self.a.b`, `getattr(self, "3x3")`."""

from __future__ import annotations

import ast

from archdsl.codegen.names import is_plain, is_taken
from archdsl.codegen.tree import SELF, assign, call, do, item, method, text
from archdsl.ops.base import TensorSpec


class Places:
    """Writes how things are put on one module and read again. A dot in a name stands for an empty module between.

    `numbered` is for subclasses of `nn.Sequential`, whose children are read by number.
    """

    def __init__(self, numbered: bool = False) -> None:
        self.numbered = numbered
        self._between: set[str] = set()

    def child(self, key: str) -> ast.expr:
        """A child as an expression."""
        return item(SELF, ast.Constant(int(key))) if self.numbered else self._read(key, "_modules")

    def tensor(self, spec: TensorSpec) -> ast.expr:
        """A parameter or buffer as an expression."""
        return self._read(spec.name, "_buffers" if spec.buffer else "_parameters")

    def put_child(self, key: str, module: ast.expr) -> list[ast.stmt]:
        """The statements that register a child."""
        before, home, last = self._home(key)
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
        return _attribute(home, last, table)

    def _home(self, key: str) -> tuple[list[ast.stmt], ast.expr, str]:
        """The empty modules that are still missing, the module that holds the key's last part, and that part."""
        *between, last = key.split(".")
        home: ast.expr = SELF
        before: list[ast.stmt] = []
        path = ""
        for part in between:
            path = f"{path}.{part}"
            if path not in self._between:
                self._between.add(path)
                before.append(self._put(home, part, call("nn.Module"), "_modules", "add_module"))
            home = _attribute(home, part, "_modules")
        return before, home, last

    @staticmethod
    def _put(home: ast.expr, last: str, value: ast.expr, table: str, register: str) -> ast.stmt:
        if is_plain(last):
            return assign(ast.Attribute(home, last, ast.Load()), value)
        if is_taken(last):
            return assign(item(ast.Attribute(home, table, ast.Load()), text(last)), value)
        return do(method(home, register, text(last), value))


def _attribute(home: ast.expr, word: str, table: str) -> ast.expr:
    if is_plain(word):
        return ast.Attribute(home, word, ast.Load())
    return item(ast.Attribute(home, table, ast.Load()), text(word)) if is_taken(word) else call("getattr", home, text(word))
