"""Levels become classes: from the innermost outwards, levels of equal code share one, plain chains need none."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from archdsl.codegen.arguments import annotation, arguments, columns, settle
from archdsl.codegen.drafts import Draft, chain, draft, is_chain
from archdsl.codegen.holes import NO_DEFAULT, Hole, literal
from archdsl.codegen.names import TORCH_NAMES, camel, unique
from archdsl.codegen.tree import call, do, function, item, name, text
from archdsl.graph import Graph, Level, Value

SHOWN, LINE = 3, 100
"""calls of a block, and characters, that its docstring shows"""
NESTED = 2
"""plain chains inside plain chains that are still written as one expression"""


@dataclass(eq=False)
class Classes:
    """The classes made so far, in order, what each of their `forward`'s statements gives, and how each level is made."""

    taken: set[str]
    nodes: list[ast.ClassDef] = field(default_factory=list)
    shapes: dict[ast.stmt, str] = field(default_factory=dict)
    made: dict[Level, ast.expr] = field(default_factory=dict)
    depth: dict[Level, int] = field(default_factory=dict)
    variants: dict[str, list[tuple[str, frozenset[str]]]] = field(default_factory=dict)


def classes(graph: Graph, taken: set[str]) -> Classes:
    """Every class of a network; the last is the network's own. `taken` are class names that are in use already."""
    keys, order = _levels(graph.root)
    root = camel(graph.name)
    done = Classes({*taken, *TORCH_NAMES, root})
    for levels in order[:-1]:
        _height(levels, keys, done)
    level = graph.root
    last = draft(level, lambda child, key: done.made[child], graph.eval, graph.train, graph.sized is not None)
    _guard(graph, last)
    _close(root, [last], graph.description, done)
    return done


def _levels(root: Level) -> tuple[dict[Level, list[str]], list[list[Level]]]:
    """The names under which each distinct level is registered, and all levels by height. The root stands alone in the last list."""
    keys: dict[Level, list[str]] = {root: []}
    heights: dict[Level, int] = {}
    seen: list[Level] = []
    stack: list[tuple[Level, bool]] = [(root, False)]
    opened: set[Level] = set()
    while stack:
        level, ready = stack.pop()
        below = [(key, child) for key, child in level.children.items() if isinstance(child, Level)]
        if ready:
            heights[level] = 1 + max((heights[child] for _, child in below), default=-1)
            continue
        # A level that several hold waits on the stack more than once; the first time it is reached counts, so that it precedes its holders.
        if level in opened:
            continue
        opened.add(level)
        seen.append(level)
        stack.append((level, True))
        for key, child in below:
            keys.setdefault(child, []).append(key)
        stack.extend((child, False) for _, child in reversed(below))
    rows: list[list[Level]] = [[] for _ in range(heights[root] + 1)]
    for level in seen:
        rows[heights[level]].append(level)
    return keys, rows


def _height(levels: Sequence[Level], keys: dict[Level, list[str]], done: Classes) -> None:
    """Make all levels of one height: those below are made."""
    groups: dict[tuple[str, str], list[Draft]] = {}
    for level in levels:
        if not level.block and _fits(level, done):
            _inline(level, done)
            continue
        output: Value | tuple[Value, ...] = level.outputs[0] if len(level.outputs) == 1 else level.outputs
        made = draft(level, lambda child, key: done.made[child], output, output)
        groups.setdefault((level.block, made.key()), []).append(made)
    for drafts in groups.values():
        uses = [key for d in drafts for key in keys[d.level]]
        if len(uses) == 1 and is_chain(drafts[0].level) and _depth(drafts[0].level, done) == 1:
            _inline(drafts[0].level, done)
            continue
        _close(_class_name(drafts[0].level, uses, done), drafts, _titles(drafts), done)


def _fits(level: Level, done: Classes) -> bool:
    """Whether a level may be written as one expression inside its parent."""
    return is_chain(level) and _depth(level, done) <= NESTED


def _depth(level: Level, done: Classes) -> int:
    return 1 + max((done.depth.get(child, 0) for child in level.children.values() if isinstance(child, Level)), default=0)


def _inline(level: Level, done: Classes) -> None:
    done.made[level] = chain(level, lambda child, key: done.made[child])
    done.depth[level] = _depth(level, done)


def _class_name(level: Level, keys: Sequence[str], done: Classes) -> str:
    """The block's name, and where there are several kinds of it the child that sets this one apart, else a number."""
    word = level.block or next((key for key in keys if not key.isdigit()), "block")
    kinds = done.variants.setdefault(word, [])
    children = frozenset(level.children)
    found = camel(word, "Block")
    if kinds:
        extra = sorted(children - kinds[0][1])
        apart = len(extra) == 1 and kinds[0][1] < children
        found = kinds[0][0] + camel(extra[0], "") if apart else found
    found = unique(found, done.taken)
    kinds.append((found, children))
    done.taken.add(found)
    return found


def _titles(drafts: Sequence[Draft]) -> str:
    """The calls of the block that a class stands for, as many as fit on a line."""
    titles = [f"`{title}`" for title in Counter(d.level.title for d in drafts if d.level.title)]
    shown = titles[:1]
    for title in titles[1:SHOWN]:
        shown += [title] if len(", ".join([*shown, title])) < LINE else []
    return ", ".join(shown if len(shown) == len(titles) else [*shown, "…"])


def _close(word: str, drafts: Sequence[Draft], doc: str, done: Classes) -> None:
    """Settle the arguments of a class, write it, and say how each of its levels is made."""
    found = columns(drafts)
    setup, body = settle(drafts[0], found)
    given = arguments(found)
    parameters = [ast.arg(column.name, annotation(column.values)) for column in given]
    defaults = [literal(column.default) for column in given if column.default is not NO_DEFAULT and not column.is_width]
    trivial = len(setup) == 1 and not given and not _super_arguments(setup[0])
    parts: list[ast.stmt] = [do(text(doc))] if doc else []
    parts += [] if trivial else [function("__init__", parameters, setup, ast.Constant(None), defaults)]
    if body:
        inputs = [ast.arg(variable, name("Tensor")) for variable in drafts[0].body.inputs]
        parts.append(function("forward", inputs, body, _returns(body)))
    done.nodes.append(ast.ClassDef(word, [_base(drafts[0].base)], [], parts or [ast.Pass()], []))
    shapes = [drafts[0].body.shapes[i] if len({d.body.shapes[i] for d in drafts}) == 1 else "" for i in range(len(drafts[0].body.shapes))]
    done.shapes.update(zip(_flat(body), shapes, strict=True))
    for index, made in enumerate(drafts):
        positional = [Hole(c.values[index], c.name, word.lower()) for c in given if c.is_width]
        keywords = {c.name: Hole(c.values[index], c.name, word.lower(), c.default) for c in given if not c.is_width}
        done.made[made.level] = call(word, *positional, **keywords)


def _super_arguments(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and bool(statement.value.args)


def _base(path: str) -> ast.expr:
    first, _, last = path.partition(".")
    return ast.Attribute(name(first), last, ast.Load())


def _flat(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Statements and those inside them, in order."""
    return [one for s in statements for one in (s, *(_flat(s.body) if isinstance(s, ast.If) else ()))]


def _returns(body: Sequence[ast.stmt]) -> ast.expr | None:
    """The type of what a `forward` gives, where it is one."""
    kinds = {type(s.value) for s in _flat(body) if isinstance(s, ast.Return)}
    if kinds == {ast.Tuple}:
        return item(name("tuple"), ast.Tuple([name("Tensor"), ast.Constant(...)], ast.Load()))
    if kinds == {ast.Dict}:
        return item(name("dict"), ast.Tuple([name("str"), name("Tensor")], ast.Load()))
    return None if kinds & {ast.Tuple, ast.Dict} else name("Tensor")


def _guard(graph: Graph, last: Draft) -> None:
    """A network that computes with sizes refuses others, and says which line reads them."""
    if graph.sized is None:
        return
    for value, word in zip(graph.root.inputs, last.body.inputs, strict=True):
        sizes = value.shape.spatial
        if not sizes:
            continue
        wanted = "×".join(map(str, sizes))
        message = f"{graph.name} is built for {wanted}, since {graph.sized} computes with a size; build it for another with `at`"
        found = item(ast.Attribute(name(word), "shape", ast.Load()), ast.Slice(ast.Constant(2)))
        same = ast.Compare(found, [ast.Eq()], [ast.Tuple([ast.Constant(size) for size in sizes], ast.Load())])
        last.body.statements.insert(0, do(call("torch._assert", same, text(message))))
        last.body.shapes.insert(0, "")
