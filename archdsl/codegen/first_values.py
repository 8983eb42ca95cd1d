"""The first values that a spec names, as the function `initialise` of the generated module, which the network's constructor calls last.

What all modules of one class share is said once by class, the rest by key. Values that torch's own constructors give are not repeated.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from archdsl.codegen.manifest import Entry
from archdsl.codegen.runtime import RUNTIME
from archdsl.graph import Graph, Level, Module, walk
from archdsl.ops.base import Init

FUNCTION = "initialise"
TORCH_DEFAULTS: dict[tuple[str, str], float | str] = {
    ("kaiming_normal", "a"): 0.0,
    ("kaiming_normal", "mode"): "fan_in",
    ("kaiming_uniform", "a"): 0.0,
    ("kaiming_uniform", "mode"): "fan_in",
    ("normal", "mean"): 0.0,
    ("trunc_normal", "mean"): 0.0,
    ("trunc_normal", "a"): -2.0,
    ("trunc_normal", "b"): 2.0,
    ("xavier_normal", "gain"): 1.0,
    ("xavier_uniform", "gain"): 1.0,
    ("orthogonal", "gain"): 1.0,
}
"""arguments that go without saying. Source: torch.nn.init"""
WIDTH = 110
"""columns of a line of keys"""


def first_values(graph: Graph, entries: Sequence[Entry]) -> str:
    """The text of the function; empty where every tensor starts as torch's constructors leave it."""
    wanted = {entry.key: entry.init for entry in _named(graph, entries) if entry.init is not None}
    if not wanted:
        return ""
    by_class = dict(_by_class(graph, wanted))
    lines = [
        f"def {FUNCTION}(model: nn.Module) -> None:",
        '    """Give the tensors that the spec names their first values; all others keep those of torch\'s constructors."""',
    ]
    if by_class:
        lines.append("    for module in model.modules():")
    for kind, tensors in by_class.items():
        lines.append(f"        if type(module) is {kind}:")
        for tensor, (init, everywhere) in tensors.items():
            guard = [] if everywhere else [f"            if module.{tensor} is not None:"]
            indent = " " * (12 if everywhere else 16)
            lines += [*guard, f"{indent}{_call(init, f'module.{tensor}')}"]
    said = {key for key, kind, tensor in _tensors(graph) if tensor in by_class.get(kind, {})}
    rest: dict[Init, list[str]] = {}
    for key, init in wanted.items():
        if key not in said:
            rest.setdefault(init, []).append(key)
    if rest:
        lines.append("    tensors = dict([*model.named_parameters(), *model.named_buffers()])")
    for init, keys in rest.items():
        lines += _loop(init, keys)
    return "\n".join(lines)


def _named(graph: Graph, entries: Sequence[Entry]) -> Iterator[Entry]:
    """The entries that a constructor would not fill so: those with another init, and raw tensors, which nothing fills."""
    levels = [graph.root, *(module for _, module in walk(graph.root) if isinstance(module, Level))]
    raw = {id(declaration.spec) for level in dict.fromkeys(levels) for declaration in level.tensors.values()}
    for entry in entries:
        if entry.init != entry.spec.init or id(entry.spec) in raw:
            yield entry


def _modules(graph: Graph) -> Iterator[tuple[str, str, Module]]:
    """Every operation: its path, its class as generated code names it, and itself."""
    for path, module in walk(graph.root):
        if isinstance(module, Module):
            kind = module.op.module(module.inputs).path
            yield path, kind.rpartition(".")[2] if kind.startswith(RUNTIME) else kind.removeprefix("torch."), module


def _tensors(graph: Graph) -> Iterator[tuple[str, str, str]]:
    """Every tensor of an operation: its key, its module's class, its own name."""
    for path, kind, module in _modules(graph):
        for spec in module.tensors:
            yield f"{path}.{spec.name}", kind, spec.name


def _by_class(graph: Graph, wanted: dict[str, Init]) -> Iterator[tuple[str, dict[str, tuple[Init, bool]]]]:
    """For a class the tensors that start alike in all its modules, and whether each of them has the tensor."""
    found: dict[str, dict[str, list[Init | None]]] = {}
    modules = Counter(kind for _, kind, _ in _modules(graph))
    for key, kind, tensor in _tensors(graph):
        found.setdefault(kind, {}).setdefault(tensor, []).append(wanted.get(key))
    for kind, tensors in found.items():
        alike = {
            tensor: (inits[0], len(inits) == modules[kind])
            for tensor, inits in tensors.items()
            if inits[0] is not None and all(init == inits[0] for init in inits)
        }
        if alike:
            yield kind, alike


def _call(init: Init, tensor: str) -> str:
    """The initialiser of torch.nn.init that gives these values."""
    given = dict(init.arguments)
    if init.function == "constant":
        return f"nn.init.constant_({tensor}, {given['value']!r})"
    said = [(name, value) for name, value in given.items() if TORCH_DEFAULTS.get((init.function, name)) != value]
    shown = [f'{name}="{value}"' if isinstance(value, str) else f"{name}={value!r}" for name, value in said]
    return f"nn.init.{init.function}_({', '.join([tensor, *shown])})"


def _loop(init: Init, keys: Sequence[str]) -> list[str]:
    if len(keys) == 1:
        return ["    " + _call(init, f'tensors["{keys[0]}"]')]
    rows, row = [], ""
    for key in keys:
        if row and len(row) + len(key) > WIDTH:
            rows.append(row)
            row = ""
        row += f'{" " if row else ""}"{key}",'
    return ["    for key in (", *(f"        {r}" for r in (*rows, row)), "    ):", f"        {_call(init, 'tensors[key]')}"]


def definition(text: str) -> ast.stmt:
    """The function's text as a statement of the module."""
    return ast.parse(text).body[0]


def calling(root: ast.ClassDef) -> None:
    """Let the network's constructor give the first values when all else is made."""
    constructor = next(node for node in root.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    constructor.body.append(ast.parse(f"{FUNCTION}(self)").body[0])
