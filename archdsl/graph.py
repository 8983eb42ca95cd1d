"""The network as a graph of levels. A level is a module: tensors flow in, calls compute, tensors flow out.

    Level resnet18                         children: conv1 → Module(conv), layer1 → Level, …
      x:3×224×224
      %1 = conv1(x)            64×112×112  a call of a child: an operation's module or a level
      %2 = add(%1, x)                      a call of a function: no child, no key
      return %2

Every value has its shape. Equal levels may be one object, so nothing here may be changed once made, and a fact about a level is computed
once per object. Nothing of one level is read in another: what flows between them goes through `inputs` and `outputs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from archdsl.diagnostics import Span
from archdsl.functions.base import Function
from archdsl.ops.base import Init, Op, TensorSpec
from archdsl.ops.sums import Sums
from archdsl.shapes import Shape


@dataclass(eq=False, slots=True)
class Value:
    """A tensor inside one level. `name` is a hint for people: a label, a child's key, or an input's name."""

    shape: Shape
    name: str = "x"


@dataclass(frozen=True, eq=False)
class Module:
    """An operation at work on inputs of known shapes: what becomes one torch module without children."""

    op: Op
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]

    @cached_property
    def tensors(self) -> tuple[TensorSpec, ...]:
        return self.op.declared(self.inputs)

    @cached_property
    def parameters(self) -> int:
        """Elements of its parameters (not buffers)."""
        return sum(_numel(t.shape) for t in self.tensors if not t.buffer)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of one call, for one example."""
        return self.op.multiplications(self.inputs, self.outputs)


@dataclass(frozen=True, eq=False)
class Declaration:
    """A raw parameter or buffer that a level declares. A buffer holds `result`, which the calls of `formula` compute without inputs."""

    spec: TensorSpec
    value: Value
    formula: tuple[Call, ...] = ()
    span: Span | None = None
    result: Value | None = None


@dataclass(frozen=True, eq=False)
class Call:
    """One step of a level: a child's module run on values, or a function of formulas.

    `name` is the child's key in this level, dots included; functions have none. `inputs` are the tensors in the order of the target's
    inputs (for a function: of its TENSOR and TENSORS fields, lists flattened). `batch` is the tensor whose batch size a function is handed.
    """

    target: Module | Level | Function
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    span: Span
    name: str | None = None
    reused: bool = False
    batch: Value | None = None

    def sums(self) -> Sums:
        """How its numbers come about; of a level nothing, which its own calls tell."""
        results = tuple(value.shape for value in self.outputs)
        if isinstance(self.target, Module):
            return self.target.op.sums(self.target.inputs, results)
        return self.target.sums(results) if isinstance(self.target, Function) else Sums()


@dataclass(frozen=True, eq=False)
class Level:
    """A module with children. `title` is the call that made it as a person says it (`basic 128 stride=2`), "" for a plain list.

    `children` holds every registered module in order, also one that no call reaches. A key may hold dots, which make empty levels between.
    `inits` has, for a child, how its tensors are initialised where the child's item says so; `labels` has the tensors that can be tapped.
    """

    block: str
    title: str
    inputs: tuple[Value, ...]
    children: Mapping[str, Module | Level]
    tensors: Mapping[str, Declaration]
    calls: tuple[Call, ...]
    outputs: tuple[Value, ...]
    span: Span
    labels: Mapping[str, Value] = field(default_factory=dict)
    inits: Mapping[str, Mapping[str, Init]] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> int:
        """Elements of all parameters below, each counted once."""
        own = sum(_numel(d.spec.shape) for d in self.tensors.values() if not d.spec.buffer)
        return own + sum(child.parameters for child in self.children.values())

    @cached_property
    def layers(self) -> int:
        """Operations below, each registration counted."""
        return sum(1 if isinstance(child, Module) else child.layers for child in self.children.values())


Output = Value | tuple[Value, ...] | dict[str, Value]
"""one tensor, a tuple or a dict of them"""


@dataclass(frozen=True, eq=False)
class Graph:
    """A whole network. `root.outputs` holds every tensor that `eval` or `train` names.

    `train` differs from `eval` only where a spec says so by mode. `inits` has every parameter and buffer by its key in the state_dict
    (buffers that are not persistent too). `sized` is the first place that used a height, width, depth or length in an expression: such a
    network is built for one size.
    """

    name: str
    root: Level
    eval: Output
    train: Output
    inits: Mapping[str, Init]
    description: str = ""
    source: str = ""
    sized: Span | None = None

    @property
    def inputs(self) -> dict[str, Shape]:
        """What flows in, by name."""
        return {value.name: value.shape for value in self.root.inputs}

    @property
    def parameters(self) -> int:
        """Elements of all parameters."""
        return self.root.parameters

    def __str__(self) -> str:
        return show(self)


def values(output: Output) -> tuple[Value, ...]:
    """The tensors of an output in order.

    >>> len(values({}))
    0
    """
    if isinstance(output, Value):
        return (output,)
    return tuple(output.values()) if isinstance(output, dict) else output


def walk(level: Level, prefix: str = "") -> Iterator[tuple[str, Module | Level]]:
    """Every registered module below a level with its path, parents first, in order of registration. Iterative: depth is no danger."""
    stack: list[tuple[str, Module | Level]] = [(f"{prefix}{name}", child) for name, child in reversed(list(level.children.items()))]
    while stack:
        path, module = stack.pop()
        yield path, module
        if isinstance(module, Level):
            stack.extend((f"{path}.{name}", child) for name, child in reversed(list(module.children.items())))


def keys(root: Level) -> Iterator[tuple[str, TensorSpec]]:
    """Every parameter and buffer by its key, in torch's order: a module's parameters, its buffers, then its children's.

    The empty levels that dots make stand where the first of them is registered, tensors before children.
    """
    stack: list[tuple[str, Module | Level | _Between]] = [("", root)]
    while stack:
        prefix, module = stack.pop()
        if isinstance(module, Module):
            yield from ((f"{prefix}{spec.name}", spec) for spec in module.tensors)
            continue
        inside = _between(module) if isinstance(module, Level) else module
        plain = [(name, spec) for name, spec in inside.tensors if "." not in name]
        yield from ((f"{prefix}{name}", spec) for name, spec in sorted(plain, key=lambda pair: pair[1].buffer))
        stack.extend((f"{prefix}{name}.", child) for name, child in reversed(list(_heads(inside).items())))


@dataclass(frozen=True)
class _Between:
    """What is registered below some prefix: tensors and children by the rest of their names."""

    tensors: list[tuple[str, TensorSpec]] = field(default_factory=list)
    children: list[tuple[str, Module | Level]] = field(default_factory=list)


def _between(level: Level) -> _Between:
    return _Between([(name, d.spec) for name, d in level.tensors.items()], list(level.children.items()))


def _heads(inside: _Between) -> dict[str, Module | Level | _Between]:
    """The modules right below, by the first part of a name: children, and the empty levels that dots make."""
    found: dict[str, Module | Level | _Between] = {}
    empty: dict[str, _Between] = {}
    for name, spec in inside.tensors:
        head, dot, rest = name.partition(".")
        if dot:
            found.setdefault(head, empty.setdefault(head, _Between()))
            empty[head].tensors.append((rest, spec))
    for name, child in inside.children:
        head, dot, rest = name.partition(".")
        found.setdefault(head, empty.setdefault(head, _Between()) if dot else child)
        if dot:
            empty[head].children.append((rest, child))
    return found


def live(calls: tuple[Call, ...], wanted: tuple[Value, ...]) -> frozenset[Call]:
    """The calls that some wanted value needs; the others are registered but not run."""
    needed = set(wanted)
    found = []
    for call in reversed(calls):
        if any(value in needed for value in call.outputs):
            found.append(call)
            needed.update(call.inputs)
            if call.batch is not None:
                needed.add(call.batch)
    return frozenset(found)


def _numel(shape: tuple[int, ...]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def interchangeable(first: Module | Level, second: Module | Level) -> bool:
    """Whether one module can do both: the same tensors and the same code, though the shapes that flow may differ."""
    if isinstance(first, Module) or isinstance(second, Module):
        if isinstance(first, Level) or isinstance(second, Level):
            return False
        return first.tensors == second.tensors and first.op.module(first.inputs) == second.op.module(second.inputs)
    if first is second:
        return True
    if list(first.children) != list(second.children) or len(first.calls) != len(second.calls):
        return False
    if any(not interchangeable(first.children[name], second.children[name]) for name in first.children):
        return False
    if [d.spec for d in first.tensors.values()] != [d.spec for d in second.tensors.values()]:
        return False
    return all(_same_step(a, b) for a, b in zip(first.calls, second.calls, strict=True))


def _same_step(first: Call, second: Call) -> bool:
    if not isinstance(first.target, Function) or not isinstance(second.target, Function):
        return first.name == second.name
    return type(first.target) is type(second.target) and first.target.numbers() == second.target.numbers()


def check(graph: Graph) -> list[str]:
    """What is inconsistent in a graph; nothing in one that the elaborator made. For tests, and for passes that rewrite graphs."""
    levels = [graph.root, *(module for _, module in walk(graph.root) if isinstance(module, Level))]
    return [f"{level.block or 'level'}: {fault}" for level in dict.fromkeys(levels) for fault in _faults(level)]


def _faults(level: Level) -> Iterator[str]:
    known = {*level.inputs, *(declaration.value for declaration in level.tensors.values())}
    for call in level.calls:
        if not known.issuperset(call.inputs):
            yield f"{call.name or call.target} reads a tensor that is not there yet"
        known.update(call.outputs)
        if isinstance(call.target, Function):
            continue
        if call.name not in level.children:
            yield f"{call.name} runs but is not registered"
        target = call.target
        takes = target.inputs if isinstance(target, Module) else tuple(value.shape for value in target.inputs)
        gives = target.outputs if isinstance(target, Module) else tuple(value.shape for value in target.outputs)
        if takes != tuple(value.shape for value in call.inputs) or gives != tuple(value.shape for value in call.outputs):
            yield f"{call.name} is called on other shapes than it was made for"
    if not known.issuperset(level.outputs):
        yield "an output is not there"


def show(graph: Graph) -> str:
    """The graph as text, a line a call, levels indented below the call that runs them."""
    inputs = ", ".join(f"{name}: {shape}" for name, shape in graph.inputs.items())
    lines = [f"{graph.name}({inputs})"]
    stack: list[tuple[int, Level, int, dict[Value, str]]] = [(1, graph.root, 0, _named(graph.root))]
    while stack:
        depth, level, position, names = stack.pop()
        for i in range(position, len(level.calls)):
            call = level.calls[i]
            lines.append("  " * depth + _line(call, names, i))
            if isinstance(call.target, Level) and not call.reused:
                stack.append((depth, level, i + 1, names))
                stack.append((depth + 1, call.target, 0, _named(call.target)))
                break
        else:
            lines.append("  " * depth + "return " + ", ".join(names[value] for value in level.outputs))
    return "\n".join(lines)


def _named(level: Level) -> dict[Value, str]:
    names = {value: value.name for value in level.inputs}
    return {**names, **{declaration.value: name for name, declaration in level.tensors.items()}}


def _line(call: Call, names: dict[Value, str], number: int) -> str:
    for i, value in enumerate(call.outputs):
        names[value] = f"%{number}" if len(call.outputs) == 1 else f"%{number}.{i}"
    says = call.target.says() if isinstance(call.target, Function) else call.name or ""
    what = f" = {call.target.op.says()}" if isinstance(call.target, Module) else ""
    gives = ", ".join(f"{names[value]}: {value.shape}" for value in call.outputs)
    return f"{gives} = {says}({', '.join(names[value] for value in call.inputs)}){what and f'  # {what[3:]}'}"
