"""Which layers of a network are meant: by their dotted names, or by patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from torch import nn

from archdsl.diagnostics import Diagnostic, Source, Span, SpecError
from archdsl.diagnostics.suggest import nearest

OPTION = "--layer"
SHOWN = 8
"""names told of those there are"""


def chosen(model: nn.Module, patterns: str | Iterable[str]) -> tuple[str, ...]:
    """The layers that names and patterns mean, each once: `*` stands for any characters but a dot, `**` for any.

    >>> net = nn.Sequential(nn.Sequential(nn.ReLU(), nn.ReLU()), nn.Flatten())
    >>> chosen(net, "*"), chosen(net, ["0.*", "1"]), chosen(net, "**")
    (('0', '1'), ('0.0', '0.1', '1'), ('0', '0.0', '0.1', '1'))

    Raises `SpecError` for one that means no layer.
    """
    names = [name for name, _ in model.named_modules() if name]
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    return tuple(dict.fromkeys(name for pattern in wanted for name in _matching(names, pattern)))


def fitting(layers: Iterable[str], patterns: str | Iterable[str], fault: Callable[[str], SpecError | None]) -> tuple[str, ...]:
    """The layers that nothing speaks against. Raises the fault of one that was named without a star, or where no layer is left."""
    faults = {layer: fault(layer) for layer in layers}
    fitting = tuple(layer for layer, found in faults.items() if found is None)
    named = {patterns} if isinstance(patterns, str) else set(patterns)
    for layer, found in faults.items():
        if found is not None and (layer in named or not fitting):
            raise found
    return fitting


def leaves(model: nn.Module) -> tuple[str, ...]:
    """The layers that have no layers inside."""
    return tuple(name for name, module in model.named_modules() if name and next(module.children(), None) is None)


def not_so(layer: str, message: str, help: str | None = None) -> SpecError:
    """The fault of a layer that is there, or of a whole network (""), and cannot be shown in the way that is wanted."""
    return _at("AD6031", layer, message, help)


def idle(layer: str, model: nn.Module) -> SpecError:
    """The fault of a layer that does not run, or whose own layers run without it."""
    inside = [name for name, _ in model.named_modules() if name.startswith(f"{layer}.")]
    return not_so(layer, f"`{layer}` does not run", f"inside it are {some(inside)}" if inside else None)


def some(names: Iterable[str]) -> str:
    """The first names of those there are.

    >>> some(["conv1", "bn1"])
    '`conv1`, `bn1`'
    """
    listed = list(names)
    return ", ".join(f"`{name}`" for name in listed[:SHOWN]) + (", …" if len(listed) > SHOWN else "")


def _matching(names: list[str], pattern: str) -> list[str]:
    parts = re.split(r"(\*\*|\*)", pattern)
    form = re.compile("".join({"**": ".*", "*": r"[^.]*"}.get(part, re.escape(part)) for part in parts))
    found = [name for name in names if form.fullmatch(name)]
    if found:
        return found
    if "*" in pattern:
        deeper = "; `*` stands for any characters but a dot, `**` for any" if any(name.count(".") for name in names) else ""
        raise _at("AD6030", pattern, f"no layer is called like `{pattern}`", f"the first are {some(names)}{deeper}")
    near = nearest(pattern, _around(names, pattern)) or nearest(pattern, names)
    help = f"did you mean `{near}`?" if near else f"the first are {some(_around(names, pattern))}" if names else "it has none"
    raise _at("AD6030", pattern, f"there is no layer `{pattern}`", help)


def _around(names: list[str], path: str) -> list[str]:
    """The names beside a path that is not there: those in the deepest level of it that is."""
    inside = path.rpartition(".")[0]
    while inside and inside not in names:
        inside = inside.rpartition(".")[0]
    return [name for name in names if name.startswith(f"{inside}.")] if inside else names


def _at(code: str, word: str, message: str, help: str | None) -> SpecError:
    source = Source(OPTION if word else "network", word)
    return SpecError((Diagnostic(code, "error", message, Span(source, 0, len(word)), help=help),))
