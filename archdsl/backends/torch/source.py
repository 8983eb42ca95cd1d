"""Generated source as a live module: compiled once, shown in tracebacks, and carried along by what is pickled."""

from __future__ import annotations

import ast
import linecache
import sys
from hashlib import sha256
from types import ModuleType
from typing import Any

from torch import nn

from archdsl.backends.torch.blank import unless_blank
from archdsl.codegen.allow import check
from archdsl.codegen.first_values import FUNCTION

_loaded: dict[str, dict[str, Any]] = {}


def load(source: str, tree: ast.Module | None = None) -> dict[str, Any]:
    """The classes of a source by name, compiled once. `tree` is the source as it was generated, checked then.

    Raises `NotAllowed` where a source from elsewhere holds what generated code may not.
    """
    if source not in _loaded:
        parsed = ast.parse(source) if tree is None else tree
        if tree is None:
            check(parsed)
        _loaded.setdefault(source, _run(source, parsed))
    return _loaded[source]


def rebuild(source: str, name: str) -> nn.Module:
    """An empty module of a class of a source, for `pickle` and `copy` to fill."""
    kind = load(source)[name]
    made = kind.__new__(kind)
    assert isinstance(made, nn.Module)
    return made


def _run(source: str, tree: ast.Module) -> dict[str, Any]:
    digest = sha256(source.encode("utf-8")).hexdigest()[:12]
    module = ModuleType(f"archdsl_built_{digest}")
    file = module.__file__ = f"{module.__name__}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    # torch.compile and `inspect` look a class's module up by its name.
    sys.modules[module.__name__] = module
    exec(compile(tree, file, "exec"), module.__dict__)
    if FUNCTION in module.__dict__:
        module.__dict__[FUNCTION] = unless_blank(module.__dict__[FUNCTION])
    for found in list(module.__dict__.values()):
        if isinstance(found, type) and found.__module__ == module.__name__:
            found.__reduce_ex__ = _reduced(source, module.__name__)  # type: ignore[method-assign]
    return module.__dict__


def _reduced(source: str, module: str) -> Any:
    def __reduce_ex__(self: nn.Module, protocol: Any) -> Any:
        kind = type(self)
        # A subclass that somebody wrote is found by its own module.
        if kind.__module__ != module:
            return object.__reduce_ex__(self, protocol)
        return rebuild, (source, kind.__name__), self.__dict__

    return __reduce_ex__
