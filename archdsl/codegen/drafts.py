"""A level as code with holes: a plain chain as one expression, anything else as the parts of a class."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from archdsl.codegen.forward import Body, formula, forward
from archdsl.codegen.holes import Hole, fill, holes, same, skeleton
from archdsl.codegen.names import SEQUENTIAL_NAMES, is_plain
from archdsl.codegen.places import Places
from archdsl.codegen.recipes import construction
from archdsl.codegen.tree import call, do, method, name, text
from archdsl.graph import Declaration, Level, Module, Output

Build = Callable[[Level, str], ast.expr]
"""how a child level is made, and the name by which its parent knows it"""
RUN = 3
"""equal levels in a row that are written as a loop"""


@dataclass(eq=False)
class Draft:
    """A class before its literals are settled. `setup` is the body of `__init__`, which begins with the call of `super().__init__`."""

    level: Level
    base: str
    setup: list[ast.stmt]
    body: Body
    taken: set[str] = field(default_factory=set)
    """names that an argument may not have"""

    @property
    def code(self) -> list[ast.stmt]:
        return [*self.setup, *self.body.statements]

    def key(self) -> str:
        """Equal for levels that one class can stand for."""
        return f"{self.base} {self.body.inputs}\n{skeleton(self.setup)}\n{skeleton(self.body.statements)}"


def is_chain(level: Level) -> bool:
    """Whether each child runs once, in order, on what the one before gives: what `nn.Sequential` does."""
    if level.tensors or len(level.inputs) != 1 or len(level.outputs) != 1 or len(level.calls) != len(level.children):
        return False
    flow = level.inputs[0]
    for key, step in zip(level.children, level.calls, strict=True):
        if step.name != key or step.inputs != (flow,) or len(step.outputs) != 1 or not _is_plain_call(step.target):
            return False
        if "." in key or key in SEQUENTIAL_NAMES:
            return False
        flow = step.outputs[0]
    return level.outputs[0] is flow


def is_numbered(level: Level) -> bool:
    """Whether the children are called 0, 1, 2, … and there is nothing else."""
    return not level.tensors and list(level.children) == [str(i) for i in range(len(level.children))]


def chain(level: Level, build: Build) -> ast.expr:
    """A plain chain as an expression: `nn.Sequential(…)`."""
    if is_numbered(level):
        return call("nn.Sequential", *_children(level, build))
    made = [(key, _child(level, key, build)) for key in level.children]
    if all(is_plain(key) for key, _ in made):
        return call("nn.Sequential", call("OrderedDict", **dict(made)))
    pairs: list[ast.expr] = [ast.Tuple([text(key), module], ast.Load()) for key, module in made]
    return call("nn.Sequential", call("OrderedDict", ast.List(pairs, ast.Load())))


def draft(level: Level, build: Build, evaluated: Output, trained: Output, guarded: bool = False) -> Draft:
    """A level as a class that gives these outputs by mode. `guarded` writes a `forward` out where `nn.Sequential`'s would do."""
    numbered = is_numbered(level) and bool(level.children)
    places = Places(numbered, level.children, level.tensors)
    parent = call("super")
    if numbered:
        setup = [do(method(parent, "__init__", *_children(level, build)))]
    else:
        setup = [do(method(parent, "__init__"))]
        for declaration in level.tensors.values():
            setup += _declared(declaration, level, places)
        for key in level.children:
            setup += places.put_child(key, _child(level, key, build))
    taken = {part for key in (*level.children, *level.tensors) for part in key.split(".")[:1]}
    taken |= {node.id for statement in setup for node in ast.walk(statement) if isinstance(node, ast.Name)}
    plain = not guarded and numbered and is_chain(level) and evaluated is level.outputs[0] and trained is level.outputs[0]
    body = Body(variables=set()) if plain else forward(level, places, evaluated, trained)
    return Draft(level, "nn.Sequential" if numbered else "nn.Module", setup, body, taken)


def equal_code(one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions are the same, literals included."""
    found, wanted = list(holes([one])), list(holes([other]))
    literals = len(found) == len(wanted) and all(same(a.value, b.value) for a, b in zip(found, wanted, strict=True))
    return literals and ast.dump(one) == ast.dump(other)


def _children(level: Level, build: Build) -> list[ast.expr]:
    """Constructors of numbered children; equal levels in a row as `*[Block(64) for _ in range(3)]`."""
    keys = list(level.children)
    made = [_child(level, key, build) for key in keys]
    found: list[ast.expr] = []
    index = 0
    while index < len(made):
        end = index + 1
        while end < len(made) and isinstance(level.children[keys[index]], Level) and equal_code(made[index], made[end]):
            end += 1
        found += [_loop(made[index], end - index)] if end - index >= RUN else made[index:end]
        index = end
    return found


def _loop(module: ast.expr, count: int) -> ast.expr:
    turns = ast.comprehension(ast.Name("_", ast.Store()), call("range", Hole(count, "depth")), [], 0)
    return ast.Starred(ast.ListComp(module, [turns]), ast.Load())


def _child(level: Level, key: str, build: Build) -> ast.expr:
    child = level.children[key]
    if not isinstance(child, Module):
        made = build(child, key)
        return fill(made, lambda hole: hole.owned(key)) if is_plain(key) else made
    owner = key if is_plain(key) else child.op.name
    return construction(child.op.module(child.inputs), owner, is_plain(key))


def _declared(declaration: Declaration, level: Level, places: Places) -> list[ast.stmt]:
    spec = declaration.spec
    if declaration.result is not None:
        before, value = formula(declaration.formula, declaration.result, level)
        return [*before, *places.put_buffer(spec, value)]
    sizes: list[ast.expr] = [Hole(size, "size", spec.name.rpartition(".")[2]) for size in spec.shape] or [ast.Tuple([], ast.Load())]
    dtype = {} if spec.dtype == "float32" else {"dtype": ast.Attribute(name("torch"), spec.dtype, ast.Load())}
    empty = call("torch.empty", *sizes, **dtype)
    return places.put_buffer(spec, empty) if spec.buffer else places.put_parameter(spec, call("nn.Parameter", empty))


def _is_plain_call(target: object) -> bool:
    if isinstance(target, Level):
        return True
    return isinstance(target, Module) and target.op.forward(target.inputs) == "module(x0)"
