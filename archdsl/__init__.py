"""archdsl turns short YAML specs into PyTorch networks: checked, drawn, emitted and trained.

>>> import archdsl
>>> net = archdsl.load("input: [3, 32, 32]\\nbody: [conv 16, relu, global_avg_pool, flatten, linear 10]\\n")
>>> net.graph.parameters
618
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archdsl._version import __version__

if TYPE_CHECKING:
    from archdsl.api import build, check, draw, emit, evaluate, load, predict, summarize, train
    from archdsl.diagnostics import Diagnostic, SpecError
    from archdsl.limits import Limits
    from archdsl.network import Network

_HOMES = {
    "load": "api",
    "build": "api",
    "check": "api",
    "summarize": "api",
    "draw": "api",
    "emit": "api",
    "train": "api",
    "evaluate": "api",
    "predict": "api",
    "Network": "network",
    "Diagnostic": "diagnostics",
    "SpecError": "diagnostics",
    "Limits": "limits",
}
"""where each public name lives; it is imported when first asked for"""

__all__ = [
    "Diagnostic",
    "Limits",
    "Network",
    "SpecError",
    "__version__",
    "build",
    "check",
    "draw",
    "emit",
    "evaluate",
    "load",
    "predict",
    "summarize",
    "train",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "inspect":  # its functions need torch and matplotlib, and are asked for by that name
        return import_module("archdsl.inspect")
    if name not in _HOMES:
        raise AttributeError(f"module 'archdsl' has no attribute {name!r}")
    return getattr(import_module(f"archdsl.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
