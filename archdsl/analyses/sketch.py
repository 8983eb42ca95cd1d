"""Graph to boxes and edges, for a given set of expanded levels. Every call becomes a box of one row, a block, a symbol or a pill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from archdsl.analyses.alike import Alike, Series, owns_its_weights
from archdsl.analyses.diagram import Box, Diagram, Edge, Row
from archdsl.analyses.naming import says, span_of_names, title_of
from archdsl.functions.base import Function
from archdsl.graph import Call, Declaration, Graph, Level, Module, Value, live, values, walk
from archdsl.ops.types import Kind

SYMBOLS = {"add": "+", "+": "+", "-": "−", "mul": "×", "*": "×", "gate": "×", "/": "÷", "@": "@"}
"""functions that are a circle where they join tensors"""
WORDS = {"cat": "concat", "concat": "concat", "chunk": "split"}
"""functions that are drawn with another word than their call"""


@dataclass(frozen=True, slots=True)
class Source:
    """The box that a tensor comes from."""

    box: int


@dataclass(frozen=True, slots=True)
class Constant:
    """A tensor that no input reaches: declared parameters, and what formulas make of them."""

    parts: tuple[tuple[str, Declaration], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where calls are drawn: the level's path, the path that names are relative to, the cluster, and whether in training only."""

    path: str = ""
    base: str = ""
    cluster: int = 0
    training: bool = False

    def child(self, call: Call) -> str:
        return f"{self.path}.{call.name}" if self.path else str(call.name)

    def name(self, path: str) -> str:
        return path[len(self.base) + 1 :] if self.base else path


Environment = dict[Value, Source | Constant]
Uses = Counter[Value]


class Sketch:
    """Draws one graph, once or several times: what is alike and what is a chain is found once."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.series = Series(_branching(graph.root))
        self.structure = Alike(words=1).number
        self._alike = Alike()

    def draw(self, diagram: Diagram, expanded: Collection[str], wanted: Collection[str] = ()) -> Diagram:
        """Fill an empty diagram. `expanded` are the paths of the levels whose inside is shown; `wanted` those that no ×N may swallow."""
        pen = _Pen(self, diagram, expanded, wanted)
        pen.network()
        return diagram

    def repeats(self, one: Call, other: Call, uses: Uses) -> bool:
        """Whether the second call is the first again, fed by it alone."""
        if not (isinstance(one.target, Level) and isinstance(other.target, Level)) or one.reused != other.reused:
            return False
        fed = len(one.outputs) == 1 and other.inputs == one.outputs and uses[one.outputs[0]] == 1
        return fed and self._alike.number(one.target) == self._alike.number(other.target)


class _Pen:
    def __init__(self, sketch: Sketch, diagram: Diagram, expanded: Collection[str], wanted: Collection[str]) -> None:
        self.sketch, self.diagram, self.expanded, self.wanted = sketch, diagram, expanded, wanted

    def network(self) -> None:
        graph, root = self.sketch.graph, self.sketch.graph.root
        evaluated, trained = values(graph.eval), values(graph.train)
        env: Environment = _declared(root)
        for value in root.inputs:
            env[value] = self.box(Box("end", 0, value.name if len(root.inputs) > 1 else "input"))
        runs, learns = live(root.calls, evaluated), live(root.calls, trained)
        uses = _uses([c for c in root.calls if c in runs or c in learns], (*evaluated, *trained))
        self.calls([c for c in root.calls if c in runs], Place(), env, uses)
        self.calls([c for c in root.calls if c in learns and c not in runs], Place(training=True), env, uses)
        named = {value: name for output in (graph.train, graph.eval) if isinstance(output, dict) for name, value in output.items()}
        for value in dict.fromkeys((*evaluated, *trained)):
            alone = len(evaluated) == 1 and value in evaluated
            text = named.get(value, "output" if alone else value.name)
            end = self.box(Box("end", 0, text, training=value not in evaluated))
            self.link([env[value]], end.box, [value])

    # levels ----------------------------------------------------------------------------------------------------------------------------

    def calls(self, calls: Sequence[Call], place: Place, env: Environment, uses: Uses) -> None:
        """Draw the calls of a level in order."""
        for group in self.groups(calls, place, uses):
            first, target = group[0], group[0].target
            if all(isinstance(env[value], Constant) for value in first.inputs):
                env.update(dict.fromkeys(first.outputs, _joined(first, env)))
            elif isinstance(target, Module):
                self.module(first, target, place, env)
            elif isinstance(target, Function):
                self.function(first, target, place, env)
            elif owns_its_weights(target) and place.child(first) not in self.wanted:
                self.written(first, target, place, env)
            else:
                self.repeated(group, place, env)

    def groups(self, calls: Sequence[Call], place: Place, uses: Uses) -> Iterator[list[Call]]:
        """Calls one by one, but alike levels that follow each other together."""
        group: list[Call] = []
        for call in calls:
            level = call.target if isinstance(call.target, Level) else None
            apart = place.child(call) in self.wanted or (level and (owns_its_weights(level) or self.inline(call, level, place)))
            if group and (apart or not self.sketch.repeats(group[-1], call, uses)):
                yield group
                group = []
            group.append(call)
        if group:
            yield group

    def inline(self, call: Call, level: Level, place: Place) -> bool:
        """Whether a level is shown as rows of its own: an expanded chain needs no cluster."""
        return place.child(call) in self.expanded and not call.reused and self.sketch.series(level)

    def repeated(self, group: Sequence[Call], place: Place, env: Environment) -> None:
        """The first of alike levels as the plan wants it, the rest as one block."""
        first, path = group[0], place.child(group[0])
        if path not in self.expanded or first.reused:
            return self.block(group, place, env)
        assert isinstance(first.target, Level)
        self.inside(first, first.target, path, place, env)
        return self.block(group[1:], place, env) if len(group) > 1 else None

    def inside(self, call: Call, level: Level, path: str, place: Place, env: Environment) -> None:
        inner = _declared(level)
        if self.inline(call, level, place):
            inner.update((value, env[given]) for value, given in zip(level.inputs, call.inputs, strict=True))
            place = replace(place, path=path)
        else:
            self.diagram.clusters.append(place.cluster)
            cluster = len(self.diagram.clusters) - 1
            inner |= self.header(call, level, place.name(path), replace(place, cluster=cluster), env)
            place = replace(place, path=path, base=path, cluster=cluster)
        running = live(level.calls, level.outputs)
        calls = [c for c in level.calls if c in running]
        self.calls(calls, place, inner, _uses(calls, level.outputs))
        env.update((value, inner[given]) for value, given in zip(call.outputs, level.outputs, strict=True))

    def header(self, call: Call, level: Level, name: str, place: Place, env: Environment) -> Environment:
        """The title of a cluster, through which the input flows that comes last; other inputs have a small box with their name."""
        found = [(value, env[given]) for value, given in zip(level.inputs, call.inputs, strict=True)]
        main = max((source.box for _, source in found if isinstance(source, Source)))
        inner: Environment = dict(found)
        for value, source in found:
            if isinstance(source, Constant):
                continue
            box = Box("input", place.cluster, value.name, entering=str(value.shape), training=place.training)
            if source.box == main:
                box = replace(box, kind="header", text=level.title, name=name, parameters=level.parameters)
                main = -1
            inner[value] = self.box(box)
            self.link([source], len(self.diagram.boxes) - 1, [value])
        return inner

    def block(self, group: Sequence[Call], place: Place, env: Environment) -> None:
        """A folded level, or several alike in a row as one."""
        first, last = group[0], group[-1]
        assert isinstance(first.target, Level)
        title, times = title_of(first.target)
        name = span_of_names(place.name(place.child(first)), place.name(place.child(last)))
        parameters = 0 if first.reused else sum(c.target.parameters for c in group if isinstance(c.target, Level))
        bare = f"= {name}" if first.reused else name
        box = Box("block", place.cluster, title or bare, name if title else "", parameters, times=times * len(group), reused=first.reused)
        self.place(box, first, last, place, env)

    # operations and functions ----------------------------------------------------------------------------------------------------------

    def module(self, call: Call, module: Module, place: Place, env: Environment) -> None:
        # A tensor taken for its size is named in the row; no line is drawn for it.
        sizes = sum(kind is Kind.TENSOR and getattr(module.op, name) is not None for name, kind in module.op.kinds().items())
        call = replace(call, inputs=call.inputs[: len(call.inputs) - sizes])
        if len(call.outputs) > 1 or (len(_flowing(call, env)) > 1 and not module.tensors):
            box = Box("pill", place.cluster, says(module), reused=call.reused)
        else:
            parameters = 0 if call.reused else module.parameters
            row = Row(says(module), place.name(place.child(call)), module.op.family, parameters, str(call.outputs[0].shape))
            box = Box("rows", place.cluster, rows=(row,), reused=call.reused)
        self.place(box, call, call, place, env)

    def written(self, call: Call, level: Level, place: Place, env: Environment) -> None:
        """A block that stands for a layer that no operation is: a row with the block's name."""
        row = Row(level.title, place.name(place.child(call)), "formula", 0 if call.reused else level.parameters, str(call.outputs[0].shape))
        self.place(Box("rows", place.cluster, rows=(row,), reused=call.reused), call, call, place, env)

    def function(self, call: Call, function: Function, place: Place, env: Environment) -> None:
        name = function.name
        said = WORDS.get(name, says(function).replace(name, SYMBOLS.get(name, name), 1))
        parts = _joined(call, env).parts
        if sum(isinstance(env[value], Source) for value in call.inputs) > 1 and name in SYMBOLS:
            box = Box("symbol", place.cluster, SYMBOLS[name])
        elif len(_flowing(call, env)) > 1 or len(call.outputs) > 1:
            box = Box("pill", place.cluster, said)
        else:
            learned = {key: prod(d.spec.shape) for key, d in parts if not d.spec.buffer}
            names = " ".join(learned or [key for key, _ in parts])
            row = Row(said, names, "formula", sum(learned.values()), str(call.outputs[0].shape))
            box = Box("rows", place.cluster, rows=(row,))
        self.place(box, call, call, place, env)

    # boxes and edges -------------------------------------------------------------------------------------------------------------------

    def place(self, box: Box, first: Call, last: Call, place: Place, env: Environment) -> None:
        """Add a box that takes what the first call takes and gives what the last gives."""
        box.training = place.training
        shapes = [str(value.shape) for value in _flowing(first, env)]
        given = str(last.outputs[0].shape)
        box.entering = given if box.kind == "symbol" and given in shapes else shapes[0]
        source = self.box(box)
        self.link([env[value] for value in _flowing(first, env)], source.box, _flowing(first, env))
        env.update(dict.fromkeys(last.outputs, source))

    def box(self, box: Box) -> Source:
        self.diagram.boxes.append(box)
        return Source(len(self.diagram.boxes) - 1)

    def link(self, sources: Sequence[Source | Constant], head: int, flowing: Sequence[Value]) -> None:
        for source, value in zip(sources, flowing, strict=True):
            if isinstance(source, Source):
                training = self.diagram.boxes[head].training
                self.diagram.edges.append(Edge(source.box, head, str(value.shape), training=training))


def _branching(root: Level) -> frozenset[str]:
    """The blocks that branch at least once: their other calls are drawn as blocks too, also where they are chains."""
    chain = Series()
    return frozenset(level.block for _, level in walk(root) if isinstance(level, Level) and level.title and not chain(level))


def _declared(level: Level) -> Environment:
    return {d.value: Constant(((key, d),)) for key, d in level.tensors.items()}


def _uses(calls: Sequence[Call], outputs: Sequence[Value]) -> Uses:
    return Counter([*(value for call in calls for value in call.inputs), *outputs])


def _flowing(call: Call, env: Environment) -> list[Value]:
    """The inputs that come from the network's, each tensor once."""
    return [value for value in dict.fromkeys(call.inputs) if isinstance(env[value], Source)]


def _joined(call: Call, env: Environment) -> Constant:
    found = (env[value] for value in call.inputs)
    return Constant(tuple(dict.fromkeys(part for c in found if isinstance(c, Constant) for part in c.parts)))
