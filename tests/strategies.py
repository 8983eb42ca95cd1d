"""Random networks: valid specs as data, in which every word of the language stands. A seed gives the same network on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import drawn_operations
import yaml
from drawn_items import Item, Loop, Style, Text, bodied, written
from drawn_network import FLOATING, WIRING, Drawing, Drawn, Rejected, Spec
from drawn_places import Level, Place, condition, spelled

import archdsl
from archdsl.diagnostics import SpecError
from archdsl.functions import BY_NAME as BY_FUNCTION
from archdsl.ops import BY_NAME
from archdsl.shapes import Batch, Shape

LIBRARY: dict[str, Any] = {
    path.stem: yaml.safe_load(path.read_text()) for path in sorted((Path(archdsl.__file__).parent / "stdlib").glob("*.yaml"))
}
ACTIVATIONS = ("relu", "gelu", "silu", "tanh", "leaky_relu 0.1", "hardswish", "identity", "elu alpha=0.5")
WORDS = (*WIRING, "reuse", "use", "skip", "shortcut")
MODIFIERS = ("name", "from", "as", "when", "else", "for", "repeat", "inline", "outputs", "init")


def draw(seed: int) -> Spec:
    """The network of a seed."""
    return Drawer(seed).network()


def words(data: Any) -> Iterator[str]:
    """Every key and every word of a text in a spec."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from words(value)
    elif isinstance(data, list):
        for value in data:
            yield from words(value)
    elif isinstance(data, str):
        yield from data.replace("=", " ").split()


@cache
def result(call: str, sizes: tuple[tuple[int, ...], ...]) -> Shape | None:
    """What a library block gives for such inputs, if it takes them."""
    names = [f"x{i}" for i in range(len(sizes))]
    source = f" from=[{', '.join(names)}]" if len(names) > 1 else ""
    try:
        net = archdsl.load({"input": {n: list(s) for n, s in zip(names, sizes, strict=True)}, "body": [f"{call}{source}"]})
    except SpecError:
        return None
    return net.graph.root.outputs[0].shape


def fit(x: Shape, target: Shape) -> list[tuple[None, Item]]:
    """Items that make a tensor of the target's shape."""
    if x.dims == target.dims:
        return []
    if x.dims[0] != target.dims[0] or not target.batched:
        raise Rejected
    if x.rank == target.rank and 3 <= x.rank <= 5 and x.order is None:
        pool = [Item("adaptive_avg_pool", {"size": target.sizes[1:]})] if x.sizes[1:] != target.sizes[1:] else []
        conv = [Item("conv", {"out": target.sizes[0], "kernel": 1}, 2)] if x.sizes[0] != target.sizes[0] else []
        return [(None, item) for item in (*pool, *conv)]
    flat = [Item("flatten"), Item("linear", {"out": prod(target.sizes)})]
    shaped = [Item("unflatten", {"dim": 1, "sizes": target.sizes}, line=False)] if target.rank > 2 else []
    return [(None, item) for item in (*flat, *shaped)]


class Drawer(Drawing):
    """Draws one network."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.made: dict[str, tuple[Item, Shape, Shape]] = {}
        self.choices = [
            (22, self.operation),
            (8, self.formula),
            (6, self.library),
            (5, self.block),
            (4, self.seq),
            (3, self.do),
            (6, self.residual),
            (4, self.gate),
            (6, self.merged),
            (4, self.concat),
            (4, self.again),
            (5, self.looped),
            (5, self.repeated),
            (5, self.conditional),
            (3, self.parted),
            (3, self.attended),
            (2, self.embedded),
            (3, self.labelled),
            (3, self.activation),
        ]

    def short(self, place: Place, x: Shape, depth: int) -> tuple[Any, Shape]:
        return self.body(place, x, self.rng.randint(1, 3), depth + 1)

    def seq(self, place: Place, x: Shape, depth: int) -> Drawn:
        body, y = self.short(place.below(), x, depth)
        return self.modified(Item("seq", {"seq": body}, line=False), place, x, y), y

    def do(self, place: Place, x: Shape, depth: int) -> Drawn:
        body, y = self.short(place, x, depth)
        return Item("do", {"do": body}, line=False), y

    def path(self, place: Place, x: Shape, depth: int, target: Shape) -> Any:
        """A body that ends in the target's shape."""
        body, y = self.short(Place(place.level, place.names, place.items, once=False), x, depth)
        return [*body, *fit(y, target)]

    def residual(self, place: Place, x: Shape, depth: int) -> Drawn:
        way = self.rng.randint(0, 3)
        if way == 0:
            first, last = self.rng.sample(["residual", "shortcut"], 2)
            body, y = self.short(place, x, depth)
            return Item("residual", {first: body, last: self.path(place, x, depth, y)}, line=False), y
        if way == 1:
            body, y = self.short(place, x, depth)
            return Item("residual", {"residual": body, "skip": condition(self.rng, False, place, x)}, line=False), y
        body = self.path(place, x, depth, x)
        skip = {"skip": condition(self.rng, True, place, x)} if way == 2 else {}
        return Item("residual", {"residual": body, **skip}, line=False), x

    def gate(self, place: Place, x: Shape, depth: int) -> Drawn:
        target = x.with_dims([d if i < 2 or self.chance(0.5) else 1 for i, d in enumerate(x.dims)])
        return Item("gate", {"gate": self.path(place, x, depth, target)}, line=False), x

    def tensor(self, place: Place, x: Shape) -> str:
        """An expression of the shape of `x`."""
        alike = [n for n, shape in place.level.labels.items() if shape.dims == x.dims and n.isidentifier()]
        return self.rng.choice(["x", "x", "x * 0.5", f"flip(x, [{x.rank - 1}])", *alike])

    def operand(self, place: Place, x: Shape, depth: int) -> Any:
        if self.chance(0.5):
            return self.tensor(place, x)
        return self.path(place, x, depth, x) if self.chance(0.6) else {"use": self.rng.choice(ACTIVATIONS).split()[0]}

    def merged(self, place: Place, x: Shape, depth: int) -> Drawn:
        word = self.rng.choice(["add", "mul"])
        operands = [self.operand(place, x, depth) for _ in range(self.rng.randint(2, 3))]
        if self.chance(0.15):
            kind = BY_NAME["conv" if x.rank > 2 else "linear"]
            op = kind(out=x.channels).results((x,))[0]
            if op.dims == x.dims:
                operands.append({"for": "j in range(2)", kind.name: x.channels})
        return Item(word, {word: operands}, line=False), x

    def concat(self, place: Place, x: Shape, depth: int) -> Drawn:
        axis = self.rng.randint(1, x.rank - 1)
        if not isinstance(x.dims[axis], int) or x.dims[0] != Batch():
            raise Rejected
        operands: list[Any] = [self.tensor(place, x)]
        total = x.dims[axis]
        for _ in range(self.rng.randint(1, 2)):
            more = self.rng.randint(1, 4) if axis == 1 else x.dims[axis]
            assert isinstance(more, int)
            target = x.with_dims([more if i == axis else d for i, d in enumerate(x.dims)], x.order)
            operands.append(self.tensor(place, x) if target == x and self.chance(0.5) else self.path(place, x, depth, target))
            total += more
        text = {} if axis == 1 and self.chance(0.5) else {"dim": drawn_operations.axis_text(self.rng, axis, x)}
        dims = [total if i == axis else d for i, d in enumerate(x.dims)]
        return Item("concat", {"concat": operands, **text}, line=False), Shape(tuple(dims), x.order)

    def again(self, place: Place, x: Shape, depth: int) -> Drawn:
        """An earlier operation once more, also on another size that its tensors fit."""
        for name, (op, inputs) in self.rng.sample(sorted(place.level.children.items()), len(place.level.children)):
            y = op.results((x,))[0]
            if op.declared((x,)) == op.declared(inputs) and op.module((x,)) == op.module(inputs):
                return Item("reuse", {"reuse": Text(name)}, line=False), y
        raise Rejected

    def looped(self, place: Place, x: Shape, depth: int) -> Drawn:
        """One argument that varies from turn to turn."""
        item, op, y = self.called(
            BY_NAME[self.rng.choice(["conv", "conv", "linear", "adaptive_avg_pool", "dropout", "conv_transpose"])], place, (x,), x
        )
        given = {n: getattr(op, n) for n in op.model_fields_set}
        name = next((n for n in item.arguments if type(given[n]) is int), None)
        if name is None:
            raise Rejected
        start, count = given[name], self.rng.randint(1, 3)
        numbers = [start + i for i in range(count)]
        forms = {
            f"i in range({count})": f"{start} + i",
            f"i, c in enumerate({numbers})": "c",
            f"i, (c, d) in enumerate(zip({numbers}, range({count})))": "c + 0 * d",
            f"i in range({start}, {start + count})": "i",
        }
        loop = self.rng.choice([*forms])
        keys = [str(n) for n in (numbers if loop.startswith(f"i in range({start}, ") else range(count))]
        y = x
        for number in numbers:
            y = type(op)(**{**given, name: number}).results((y,))[0]
        literal = {n: v if n == name else written_value(given[n], v) for n, v in item.arguments.items()}
        turns = tuple(replace(item, arguments={**literal, name: n}) for n in numbers)
        return Loop(replace(item, arguments={**literal, name: forms[loop]}).having(for_=loop), turns, keys=tuple(keys)), y

    def repeated(self, place: Place, x: Shape, depth: int) -> Drawn:
        inner = place.repeated()
        source = f"{self.tensor(place, x)} * 2"
        draw = self.rng.choice([self.operation, self.library, self.seq, self.residual, self.gate, self.merged, self.activation])
        item, y = draw(inner, x, depth)
        if not isinstance(item, Item) or y.dims != x.dims or "as" in item.modifiers or x.order != y.order:
            raise Rejected
        count = self.rng.randint(1, 3)
        turn = replace(item, modifiers={k: v for k, v in item.modifiers.items() if k != "from"})
        whole = turn.having(repeat=spelled(self.rng, count, place))
        if self.chance(0.3):
            whole = whole.having(from_=source)
        if self.chance(0.3):
            label = self.fresh("y")
            whole = whole.having(as_=label)
            place.level.labels[label] = y
        return Loop(whole, (turn,) * count), y

    def conditional(self, place: Place, x: Shape, depth: int) -> Drawn:
        truth = self.chance(0.5)
        before = dict(place.level.labels), dict(place.level.children)
        item, y = self.item(place, x, depth + 1)
        if not isinstance(item, Item) or "when" in item.modifiers or any(n.startswith("*") for n in item.arguments):
            raise Rejected
        if not truth:
            place.level.labels, place.level.children = before
            y = x
        item = item.having(when=condition(self.rng, truth, place, None if "from" in item.modifiers else x))
        if self.chance(0.5):
            other, z = self.operation(Place(Level(), place.names, place.items, once=False), x, depth)
            assert isinstance(other, Item)
            item = item.having(else_=replace(other, modifiers={}))
            y = y if truth else z
        return item, y

    def parted(self, place: Place, x: Shape, depth: int) -> Drawn:
        """Several results, of which one or more flow on."""
        op, texts, parts = drawn_operations.drawn(self.rng, BY_NAME["split"], (x,), {}, {})
        labels = [self.fresh("p") for _ in parts]
        split = Item("split", texts, self.lead(type(op), texts), {"as": labels}, line=False)
        place.level.labels |= dict(zip(labels, parts, strict=True))
        self.spec.seen["op split"] += 1
        dim = texts.get("dim", 1)
        joined = Item("concat", {"concat": labels[::-1], "dim": dim}, line=False)
        flows = Item(self.rng.choice(ACTIVATIONS).split()[0]).having(from_=labels[-1])
        follow, y = self.rng.choice([(joined, x), (flows, parts[-1])])
        return Item("do", {"do": [(None, split), (None, follow)]}, line=False), y

    def attended(self, place: Place, x: Shape, depth: int) -> Drawn:
        kind = BY_NAME[self.rng.choice(["attention", "multihead_attention"])]
        sources = [self.tensor(place, x) for _ in range(3)]
        item, _, y = self.called(kind, place, (x, x, x), None)
        return item.having(from_=tuple(sources) if self.chance(0.5) else list(sources)), y

    def embedded(self, place: Place, x: Shape, depth: int) -> Drawn:
        """The number of the largest value, as a vector."""
        axis = self.rng.randint(1, x.rank - 1)
        size, dim = x.dims[axis], self.rng.randint(1, 4)
        if not isinstance(size, int) or x.rank < 3:
            raise Rejected
        self.spec.seen["op embedding"] += 1
        numbers = BY_FUNCTION["argmax"](x=x, dim=axis).infer()
        assert isinstance(numbers, Shape)
        y = BY_NAME["embedding"](count=size, dim=dim).results((numbers,))[0]
        return Item("embedding", {"count": size, "dim": dim}, 2).having(from_=f"argmax(x, {axis})"), y

    def labelled(self, place: Place, x: Shape, depth: int) -> Drawn:
        labels = [n for n, shape in place.level.labels.items() if shape.batched and shape.rank > 1 and n.isidentifier()]
        if not labels:
            raise Rejected
        label = self.rng.choice(labels)
        item, _, y = self.called(BY_NAME[self.rng.choice(FLOATING)], place, (place.level.labels[label],), None)
        if item.head == "torch":
            raise Rejected
        return item.having(from_=label), y

    def activation(self, place: Place, x: Shape, depth: int) -> Drawn:
        """An item that a parameter holds, or a word."""
        return Item(self.rng.choice([*place.items, *place.items, *(a.split()[0] for a in ACTIVATIONS)])), x

    def library(self, place: Place, x: Shape, depth: int) -> Drawn:
        if x.order is not None or x.dims[0] != Batch():
            raise Rejected
        # most blocks take images; where tokens or a line flow in, those that take such are drawn as often
        examples = {n: block["example"]["input"] for n, block in LIBRARY.items()}
        fitting = [n for n, sizes in examples.items() if isinstance(sizes, list) and len(sizes) == x.rank - 1]
        name = self.rng.choice(fitting if fitting and self.chance(0.5) else [*LIBRARY])
        block = LIBRARY[name]
        params: dict[str, Any] = block.get("params", {})
        arguments: dict[str, Any] = {}
        for param, default in params.items():
            if default == "int":
                arguments[param] = self.rng.choice([1, 2, 4, x.sizes[0], x.sizes[-1]])
            elif param in ("stride", "shift", "window", "layers") and self.chance(0.8):
                arguments[param] = self.rng.randint(1, 2) * (1 if param == "stride" else 2)
            elif param == "act" and self.chance(0.5):
                arguments[param] = Text(self.rng.choice(["silu", "gelu", "tanh"]))
        item = Item(name, arguments, 0, line=self.chance(0.6))
        inputs = len(block.get("inputs", ["x"]))
        spatial = ", ".join(str(2 * s) for s in x.sizes[1:])
        wide = x.with_spatial([2 * s for s in x.sizes[1:]])
        call = written(replace(item, line=True), Style())
        found = result(call, (x.sizes,) if inputs == 1 else (x.sizes, wide.sizes))
        if found is None:
            raise Rejected
        if inputs > 1:
            item = item.having(from_=["x", f"interpolate(x, size=[{spatial}])"])
        self.spec.seen[f"block {name}"] += 1
        named = {n: spelled(self.rng, v, place, None) if isinstance(v, int) else v for n, v in arguments.items()}
        return self.modified(replace(item, arguments=named), place, x, found), found

    def block(self, place: Place, x: Shape, depth: int) -> Drawn:
        """An own block, or one of before where the same flows in."""
        known = [n for n, (_, inner, _) in self.made.items() if inner == x and n in self.spec.blocks]
        if known and self.chance(0.6):
            item, _, y = self.made[self.rng.choice(known)]
            return self.modified(item, place, x, y), y
        name, data = self.fresh("block"), {}
        names = self.settings(data)
        arguments: dict[str, Any] = {}
        if "params" in data:
            params = data["params"]
            for param, value in list(params.items()):
                if type(value) is int and self.chance(0.6):
                    params[param] = self.rng.choice(["int", f"int = {value + 1}", value + 1])
                    arguments[param] = value
            for param, value in list(data.get("let", {}).items()):
                data["let"][param] = value
        items: dict[str, str] = {}
        if self.chance(0.4):
            act = self.fresh("act")
            data.setdefault("params", {})[act] = self.rng.choice(["item = relu", "relu", "item"])
            items[act] = self.rng.choice(ACTIVATIONS)
            arguments[act] = Text(items[act])
        inner = Place(Level({"input": x}), names, items)
        self.raw(data, inner, x)
        data["body"], y = self.body(inner, x, self.rng.randint(1, 4), depth + 1)
        self.spec.blocks[name] = data
        item = Item(name, arguments, 0, line=self.chance(0.5))
        labels = [n for n, shape in inner.level.labels.items() if n != "input" and n.isidentifier() and shape.batched]
        if len(labels) > 1 and self.chance(0.3):
            taps, parts = labels[:2], [self.fresh("tap") for _ in range(2)]
            place.level.labels |= {part: inner.level.labels[tap] for part, tap in zip(parts, taps, strict=True)}
            tapped = item.having(outputs=taps, as_=parts)
            follow = Item(self.rng.choice(ACTIVATIONS).split()[0]).having(from_=parts[0])
            return Item("do", {"do": [(None, tapped), (None, follow)]}, line=False), inner.level.labels[taps[0]]
        if place.once and "tensors" not in data and self.chance(0.2):
            return item.having(inline=True), y
        self.made[name] = item, x, y
        return self.modified(item, place, x, y), y


def written_value(value: Any, text: Any) -> Any:
    """A number as itself, whatever expression was written for it."""
    return value if type(value) is int else text


__all__ = ["MODIFIERS", "WORDS", "bodied", "draw", "words"]
