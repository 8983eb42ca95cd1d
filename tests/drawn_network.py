"""What a random network is made of: the keys of a spec, bodies, operations and formulas. The words of wiring are in strategies.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import drawn_formulas
import drawn_operations
from drawn_items import Body, Item, Loop, Node, Style, bodied
from drawn_places import Level, Place, condition, spelled

from archdsl.diagnostics import Refused
from archdsl.elaborate.signatures import signature_of
from archdsl.ops import BY_NAME, Op
from archdsl.ops.types import Kind
from archdsl.shapes import Shape

WIRING = ("seq", "do", "residual", "gate", "add", "mul", "concat", "math")
FLOATING = [name for name in BY_NAME if name != "embedding"]
"""operations that take what flows; an embedding takes whole numbers"""
BUFFERS = ("arange({0}) / {0}", "arange({0})", "arange({0}) < 2", "ones({0}) * 0.5", "where(arange({0}) < 1, 0.5, 1.0)", "zeros({0})")
DEEPEST = 3
INPUTS = [(3, 8, 8), (4, 6, 5), (2, 9, 9), (6, 4, 4), (4, 12), (3, 10), (8, 7), (6,), (12,), (2, 4, 4, 4), (3, 5, 4, 3)]
Drawn = tuple[Node, Shape]


class Rejected(Exception):
    """A draw that fits nothing; another is tried."""


@dataclass
class Spec:
    """A random network. `seen` counts what was drawn, `tries` and `refused` how often a draw of an item did not fit."""

    seed: int
    head: dict[str, Any] = field(default_factory=dict)
    body: Body = field(default_factory=list)
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    output: Shape | None = None
    seen: Counter[str] = field(default_factory=Counter)
    tries: int = 0
    refused: int = 0

    def data(self, unrolled: bool = False, long: bool = False) -> dict[str, Any]:
        """The spec as data; `unrolled` writes every loop out, `long` every call as a mapping."""
        style = Style(unrolled, long)
        blocks = {name: {k: bodied(v, style) if k == "body" else v for k, v in block.items()} for name, block in self.blocks.items()}
        return {**self.head, **({"blocks": blocks} if blocks else {}), "body": bodied(self.body, style)}


class Drawing:
    """Draws one network. `choices` has how each kind of item is drawn, with its weight."""

    choices: list[tuple[int, Callable[[Place, Shape, int], Drawn]]]

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.spec = Spec(seed)
        self.count = 0
        self.defaults: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, tuple[str, ...]] = {}

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def fresh(self, word: str) -> str:
        self.count += 1
        return f"{word}{self.count}"

    def network(self) -> Spec:
        rng, head = self.rng, self.spec.head
        head["name"] = f"drawn{self.spec.seed}"
        x = Shape.example(*rng.choice(INPUTS))
        level = Level()
        if self.chance(0.25):
            other = Shape.example(*rng.choice([x.sizes, rng.choice(INPUTS)]))
            head["input"] = {"one": list(x.sizes), "two": list(other.sizes)}
            level.labels |= {"one": x, "two": other}
            self.spec.seen["inputs"] += 1
        else:
            head["input"] = list(x.sizes)
            level.labels["input"] = x
        place = Place(level, self.settings(head))
        self.file(head)
        self.raw(head, place, x)
        self.spec.body, y = self.body(place, x, rng.randint(2, 6), 0)
        self.outputs(head, place, y)
        return self.spec

    def settings(self, head: dict[str, Any]) -> dict[str, Any]:
        """Parameters, `let` and `require` of a spec or block; their values by name."""
        rng = self.rng
        names: dict[str, Any] = {}
        if self.chance(0.5):
            names = {self.fresh("width"): rng.randint(1, 8), self.fresh("deep"): self.chance(0.5)}
            head["params"] = dict(names)
        if self.chance(0.3):
            value = rng.randint(1, 9)
            head["let"] = {self.fresh("size"): spelled(rng, value, Place(Level(), names))}
            names |= dict.fromkeys(head["let"], value)
            self.spec.seen["let"] += 1
        if names and self.chance(0.3):
            head["require"] = {str(condition(rng, True, Place(Level(), names))): "this must hold"}
            self.spec.seen["require"] += 1
        return names

    def file(self, head: dict[str, Any]) -> None:
        """Defaults, legend and rules of initialisation."""
        if self.chance(0.2):
            self.defaults = {"conv": {"bias": False}, "batch_norm": {"eps": 0.001}}
            head["defaults"] = self.defaults
            self.spec.seen["defaults"] += 1
        self.tokens = {"int": ("conv", "relu"), "M": ("max_pool 2",), "A": ("avg_pool 2",)}
        if self.chance(0.3):
            head["legend"] = {"int": ["conv it", "batch_norm", "gelu"], "S": "sigmoid"}
            self.tokens |= {"int": ("conv", "batch_norm", "gelu"), "S": ("sigmoid",)}
            self.spec.seen["legend"] += 1
        if self.chance(0.2):
            head["init"] = [{"op": ["conv", "linear"], "weight": "trunc_normal 0.02", "bias": 0}, {"key": "*", "weight": "normal 0.1"}]
            head["init"] = head["init"][:1]

    def raw(self, head: dict[str, Any], place: Place, x: Shape) -> None:
        """Parameters and buffers of the spec or a block itself."""
        if not self.chance(0.3):
            return
        param, buffer = self.fresh("scale"), self.fresh("ramp")
        head["tensors"] = {
            param: {"param": [x.sizes[0], *(1 for _ in x.sizes[1:])], "init": self.rng.choice([0.5, "normal 0.1"])},
            buffer: {"buffer": self.rng.choice(BUFFERS).format(x.sizes[-1]), "persistent": self.chance(0.5)},
        }
        place.level.labels |= {param: Shape((x.sizes[0], *(1 for _ in x.sizes[1:]))), buffer: Shape((x.sizes[-1],))}
        self.spec.seen["tensors"] += 1

    def outputs(self, head: dict[str, Any], place: Place, y: Shape) -> None:
        labels = [
            label
            for label, shape in place.level.labels.items()
            if shape.batched and label.isidentifier() and label not in ("input", "one", "two")
        ]
        self.spec.output = y
        if not labels or self.chance(0.6):
            return
        some = self.rng.sample(labels, min(len(labels), 2))
        head["outputs"] = self.rng.choice(
            [some, some[0], {"a": some[0], "b": some[-1]}, {"eval": some[0], "train": {"a": some[-1], "b": some[0]}}]
        )
        self.spec.output = None if isinstance(head["outputs"], list | dict) else place.level.labels[some[0]]
        self.spec.seen["outputs of the spec"] += 1

    def body(self, place: Place, x: Shape, length: int, depth: int) -> tuple[Body, Shape]:
        """So many items one after another, all with keys or none."""
        found: Body = []
        named = place.once and self.chance(0.4)
        for _ in range(length):
            for _ in range(12):
                self.spec.tries += 1
                before = dict(place.level.labels), dict(place.level.children), dict(self.spec.blocks)
                try:
                    node, y = self.cfg(place, x) if not named and self.chance(0.08) else self.item(place, x, depth)
                except (Rejected, Refused):
                    self.spec.refused += 1
                    place.level.labels, place.level.children, self.spec.blocks = before
                    continue
                if y.numel > drawn_operations.LARGEST:
                    self.spec.refused += 1
                    place.level.labels, place.level.children, self.spec.blocks = before
                    continue
                found.append(self.keyed(node, y, place) if named else (None, node))
                x = y
                break
        if not found:
            raise Rejected
        return found, x

    def keyed(self, node: Node, y: Shape, place: Place) -> tuple[str, Node]:
        """A key in a named body, which is a label too. Under one without its variable a loop makes a level, but for wiring."""
        key = self.fresh(self.rng.choice(["layer", "part.a", "gelu", "b-"]))
        if isinstance(node, Loop) and node.item.head not in set(WIRING) - {"seq"}:
            if node.keys and self.chance(0.5):
                return f"{key}_{{i}}", replace(node, keys=tuple(f"{key}_{i}" for i in node.keys))
            return key, replace(node, level=True, keys=())
        if isinstance(node, Item) and not {"when", "name"} & set(node.modifiers):
            place.level.labels[key] = y
        return key, node

    def cfg(self, place: Place, x: Shape) -> Drawn:
        """A token."""
        token = self.rng.choice([*self.tokens, "int", "int"])
        width = self.rng.randint(1, 6)
        for call in self.tokens[token]:
            x = self.simple(f"{call} {width}" if call == "conv" else call, x)
        self.spec.seen["token"] += 1
        return width if token == "int" else token, x

    def simple(self, call: str, x: Shape) -> Shape:
        """What a short call of an operation gives."""
        word, *numbers = call.split()
        kind = BY_NAME[word]
        values = dict(zip(kind.model_fields, map(int, numbers), strict=False))
        return kind(**{**self.defaults.get(word, {}), **values}).results((x,))[0]

    def item(self, place: Place, x: Shape, depth: int) -> Drawn:
        weights = [weight if depth < DEEPEST or i < 2 else 0 for i, (weight, _) in enumerate(self.choices)]
        return self.rng.choices(self.choices, weights)[0][1](place, x, depth)

    def modified(self, item: Item, place: Place, x: Shape, y: Shape) -> Item:
        """With a name, a label, an initialisation; a named one may run again."""
        if place.once and self.chance(0.15):
            item = item.having(name=self.fresh("named"))
            self.spec.seen["name"] += 1
        if self.chance(0.15):
            label = self.fresh("y")
            item = item.having(as_=label)
            place.level.labels[label] = y
            self.spec.seen["as"] += 1
        return item

    def operation(self, place: Place, x: Shape, depth: int) -> Drawn:
        kind = BY_NAME[self.rng.choice(FLOATING)]
        item, op, y = self.called(kind, place, (x,), x)
        if kind.name != "torch":
            item = self.modified(item, place, x, y)
        name = item.modifiers.get("name")
        if name is not None:
            place.level.children[name] = op, (x,)
        if "weight" in [t.name for t in op.declared((x,))] and "like" not in item.arguments and self.chance(0.15):
            item = item.having(init={"weight": self.rng.choice(["normal 0.02", "ones", "uniform -0.1 0.1"])})
            self.spec.seen["init"] += 1
        return item, y

    def called(self, kind: type[Op], place: Place, inputs: tuple[Shape, ...], x: Shape | None) -> tuple[Item, Op, Shape]:
        """A call of an operation that gives one tensor."""
        like = {label: shape for label, shape in place.level.labels.items() if shape.batched and label.isidentifier()}
        self.spec.tries += 1
        try:
            op, texts, found = drawn_operations.drawn(self.rng, kind, inputs, like, self.defaults.get(kind.name, {}))
        except Refused:
            self.spec.refused += 1
            raise
        if len(found) > 1:
            raise Rejected
        self.spec.seen[f"op {kind.name}"] += 1
        spelling = {n: self.spelling(kind, n, v, place, x) for n, v in texts.items()}
        return Item(kind.name, spelling, self.lead(kind, spelling), line=self.chance(0.6)), op, found[0]

    def lead(self, kind: type[Op], texts: dict[str, Any]) -> int:
        """How many arguments may be positional: those that the signature begins with, and what goes beyond it."""
        lead = 0
        for name, given in zip(kind.model_fields, texts, strict=False):
            lead += name == given and lead == list(texts).index(given)
        beyond = sum(name.startswith("*") for name in texts)
        positional = signature_of(kind).most or 0
        return lead + beyond if beyond else min(lead, positional, self.rng.randint(1, 3))

    def spelling(self, kind: type[Op], name: str, value: Any, place: Place, x: Shape | None) -> Any:
        number = type(value) is int and kind.kinds().get(name, Kind.TEXT) is Kind.VALUE and value >= 0
        return spelled(self.rng, value, place, x) if number else value

    def formula(self, place: Place, x: Shape, depth: int) -> Drawn:
        known = {label: shape for label, shape in place.level.labels.items() if label.isidentifier() and not label.startswith("input")}
        text, functions, y = drawn_formulas.drawn(self.rng, x, known)
        for name in functions:
            self.spec.seen[f"function {name}"] += 1
        self.spec.seen["math"] += 1
        item = Item("math", {"math": text}, line=False)
        return (self.modified(item, place, x, y) if place.once else item), y
