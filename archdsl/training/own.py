"""Data that the caller's own function makes, named on the command line as `module:function`."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from typing import Any

from archdsl.graph import Graph
from archdsl.training.parts import Data, said_of
from archdsl.training.shapes import classes_of
from archdsl.training.source import Wanted

WANTED = "it gives `(train, test)`, two data sets with a length whose items are `(image, label)`, or an `archdsl.training.parts.Data`"


def own(wanted: Wanted) -> Data:
    """What the function gives, called with its arguments, and with `root` where it takes one. Raises `Fault`."""
    called = wanted.called
    function = _function(wanted)
    takes_root = wanted.root is not None and "root" in inspect.signature(function).parameters
    arguments = {**({"root": wanted.root} if takes_root else {}), **called.arguments}
    try:
        given: Any = function(**arguments)
    except Exception as error:  # whatever it is, it is not ours
        raise wanted.fault("AD4403", f"`{called.target}` failed: {said_of(error)}") from None
    if isinstance(given, Data):
        return given
    if not isinstance(given, tuple) or len(given) != 2 or not all(map(_is_set, given)):
        raise wanted.fault("AD4403", f"`{called.target}` gives {_kind(given)}", WANTED)
    try:
        return Data(called.name, given[0], given[1], _classes(given[0], wanted.graph))
    except Exception as error:
        raise wanted.fault("AD4403", f"the data set cannot give its first example: {said_of(error)}") from None


def _function(wanted: Wanted) -> Any:
    """The function of a dotted name, looked for in the folder that we are in, too."""
    module, _, name = wanted.called.target.partition(":")
    if "" not in sys.path and "." not in sys.path:
        sys.path.insert(0, "")
    try:
        found: Any = import_module(module)
    except Exception as error:
        absent = isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}.")
        message = f"there is no module `{module}`" if absent else f"`{module}` cannot be imported: {said_of(error)}"
        help = "it is looked for in the folder that you are in and on PYTHONPATH"
        raise wanted.fault("AD4403", message, help if absent else None) from None
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise wanted.fault("AD4403", f"`{module}` has no function `{name}`", WANTED)
    return found


def _is_set(part: Any) -> bool:
    return all(callable(getattr(part, method, None)) for method in ("__len__", "__getitem__"))


def _kind(given: Any) -> str:
    kinds = [type(part).__name__ for part in given] if isinstance(given, tuple) else []
    return f"a tuple of {len(kinds)}: {', '.join(kinds)}" if kinds else f"a `{type(given).__name__}`"


def _classes(part: Any, graph: Graph) -> tuple[str, ...]:
    """The names that a data set gives its classes; numbers where labels are whole and it gives none; none where labels are numbers."""
    names = getattr(part, "classes", None)
    if names:
        return tuple(map(str, names))
    label = part[0][1] if len(part) else 0
    floating = isinstance(label, float) or bool(getattr(label, "is_floating_point", bool)())
    return () if floating else tuple(map(str, range(classes_of(graph) or 0)))
