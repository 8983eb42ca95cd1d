"""A graph as one Python module: imports, the text of modules that torch lacks, and a class for each distinct level."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archdsl.codegen.allow import check
from archdsl.codegen.classes import classes
from archdsl.codegen.first_values import FUNCTION, calling, definition, first_values
from archdsl.codegen.manifest import Entry, manifest
from archdsl.codegen.names import camel
from archdsl.codegen.runtime import RUNTIME, copied
from archdsl.graph import Graph, Module, walk

IMPORTS = (
    ("OrderedDict", "from collections import OrderedDict"),
    ("torch", "import torch"),
    ("F", "import torch.nn.functional as F"),
    ("Tensor", "from torch import Tensor"),
    ("nn", "from torch import nn"),
)


@dataclass(frozen=True, eq=False)
class Program:
    """The generated module. `root` is the network's class.

    `shapes` tells what statements of `forward` give, `verbatim` has the text of definitions that were copied.
    """

    name: str
    root: str
    module: ast.Module
    manifest: tuple[Entry, ...]
    shapes: Mapping[ast.stmt, str]
    verbatim: Mapping[ast.stmt, str]


def generate(graph: Graph) -> Program:
    """The one program of a network, which `emit` prints and `build` compiles. It is checked against the list of what may stand in it."""
    paths = dict.fromkeys(_runtime_paths(graph))
    imports, definitions = copied(paths)
    taken = {node.name for node in definitions if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    done = classes(graph, {*taken, FUNCTION})
    entries = manifest(graph)
    values = first_values(graph, entries)
    if values:
        classes_of = {node.name: node for node in done.nodes if isinstance(node, ast.ClassDef)}
        calling(classes_of[camel(graph.name)])
        definitions[definition(values)] = values
    body = [*definitions, *done.nodes]
    module = ast.Module([*_imports(body, imports), *body], [])
    check(module)
    return Program(graph.name, camel(graph.name), module, entries, done.shapes, definitions)


def _runtime_paths(graph: Graph) -> Iterator[str]:
    modules = dict.fromkeys(module for _, module in walk(graph.root) if isinstance(module, Module))
    for module in modules:
        path = module.op.module(module.inputs).path
        if path.startswith(RUNTIME):
            yield path


def _imports(body: list[ast.stmt], runtime: list[ast.stmt]) -> list[ast.stmt]:
    """The imports that the code uses, merged and sorted as a linter would."""
    used = {node.id for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)}
    own = [ast.parse(line).body[0] for word, line in IMPORTS if word in used]
    known = {word for word, _ in IMPORTS}
    imports = [node for node in runtime if isinstance(node, ast.Import | ast.ImportFrom)]
    further = [node for node in imports if {alias.asname or alias.name for alias in node.names} - known]
    plain: dict[str, ast.stmt] = {}
    named: dict[str, set[str]] = {}
    for node in (*further, *own):
        if isinstance(node, ast.ImportFrom):
            named.setdefault(node.module or "", set()).update(alias.name for alias in node.names)
        else:
            plain[ast.unparse(node)] = node
    for module, names in named.items():
        node = ast.ImportFrom(module, [ast.alias(name) for name in sorted(names)], 0)
        plain[ast.unparse(node)] = node
    return [plain[line] for line in sorted(plain, key=lambda line: (_rank(line.split()[1]), line.startswith("from"), line))]


def _rank(module: str) -> bool:
    """The standard library stands before torch."""
    return module.split(".")[0] == "torch"
