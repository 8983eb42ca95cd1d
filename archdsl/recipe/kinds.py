"""What the values of a recipe may be: numbers within bounds, words, rows of them. Each kind says itself in words and reads a node."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

from archdsl.diagnostics import Fault
from archdsl.diagnostics.suggest import nearest
from archdsl.language import nodes
from archdsl.language.calls import replaced
from archdsl.language.evaluate import Evaluator
from archdsl.language.expressions import parse_expression
from archdsl.language.nodes import Node, Scalar
from archdsl.language.shown import show, written
from archdsl.limits import Limits
from archdsl.recipe.called import Interval, Stretch, Unit

WRONG = object()
"""what a value is that a kind does not take"""
CONSTANTS = frozenset(("true", "True", "false", "False", "none", "None"))
TIME = re.compile(r"\s*([0-9.]+(?:[eE][-+]?[0-9]+)?)[\s_]*(epochs?|steps?)\s*")


class Kind(Protocol):
    """A kind of values. `words` are texts that stand for themselves."""

    @property
    def words(self) -> tuple[str, ...]: ...

    @property
    def says(self) -> str:
        """Its values in words, for messages and pages."""
        ...

    def take(self, value: object) -> object:
        """The value as the recipe holds it, `WRONG` for one of another kind."""
        ...


@dataclass(frozen=True)
class Number:
    """A number, whole or not: from `low`, or above `over`; up to `high`, or below `under`."""

    low: float | None = None
    high: float | None = None
    over: float | None = None
    under: float | None = None
    whole: bool = False
    odd: bool = False
    words = ()

    @property
    def says(self) -> str:
        """
        >>> Number(over=0).says, Number(0, under=1).says, Number(1, whole=True).says, Number(0, 1).says
        ('a number above 0', 'a number of at least 0 and below 1', 'a whole number of at least 1', 'a number from 0 to 1')
        """
        what = "an odd whole number" if self.odd else "a whole number" if self.whole else "a number"
        if self.low is not None and self.high is not None:
            return f"{what} from {self.low:.15g} to {self.high:.15g}"
        bounds = (("of at least", self.low), ("above", self.over), ("of at most", self.high), ("below", self.under))
        return f"{what} {' and '.join(f'{word} {bound:.15g}' for word, bound in bounds if bound is not None)}".rstrip()

    def take(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            return WRONG
        if (self.whole and value != int(value)) or (self.odd and value % 2 != 1):
            return WRONG
        low = (self.low is None or value >= self.low) and (self.over is None or value > self.over)
        high = (self.high is None or value <= self.high) and (self.under is None or value < self.under)
        return (int(value) if self.whole else value) if low and high else WRONG


@dataclass(frozen=True)
class Truth:
    """`true` or `false`."""

    words = ()
    says = "true or false"

    def take(self, value: object) -> object:
        return value if isinstance(value, bool) else WRONG


@dataclass(frozen=True)
class Nothing:
    """`none`."""

    words = ()
    says = "none"

    def take(self, value: object) -> object:
        return None if value is None else WRONG


@dataclass(frozen=True)
class Choice:
    """One of a few words; `others` are what else they are called, as pairs."""

    words: tuple[str, ...]
    others: tuple[tuple[str, str], ...] = ()

    @property
    def says(self) -> str:
        return f"one of {', '.join(self.words)}"

    def take(self, value: object) -> object:
        return value if value in self.words else WRONG


@dataclass(frozen=True)
class Listed:
    """One of a few numbers."""

    values: tuple[int, ...]
    words = ()

    @property
    def says(self) -> str:
        return " or ".join(map(str, self.values))

    def take(self, value: object) -> object:
        return value if value in self.values and not isinstance(value, bool) else WRONG


@dataclass(frozen=True)
class Text:
    """Any text, as a path."""

    words = ()
    says = "a text"

    def take(self, value: object) -> object:
        return value if isinstance(value, str) and value else WRONG


@dataclass(frozen=True)
class Row:
    """A tuple with a kind for each place."""

    kinds: tuple[Kind, ...]
    words = ()

    @property
    def says(self) -> str:
        each = [kind.says for kind in self.kinds]
        count = {2: "two", 3: "three"}.get(len(each), str(len(each)))
        same = each[0].replace("a whole number", "whole numbers").replace("a number", "numbers")
        return f"{count} {same}" if len(set(each)) == 1 and same != each[0] else f"({', '.join(each)})"

    def take(self, value: object) -> object:
        if not isinstance(value, list | tuple) or len(value) != len(self.kinds):
            return WRONG
        found = tuple(kind.take(part) for kind, part in zip(self.kinds, value, strict=True))
        return WRONG if WRONG in found else found


@dataclass(frozen=True)
class Range:
    """Two numbers of one kind, the second at least the first."""

    of: Number
    words = ()

    @property
    def says(self) -> str:
        return f"{Row((self.of, self.of)).says}, the smaller one first"

    def take(self, value: object) -> object:
        found = Row((self.of, self.of)).take(value)
        return found if isinstance(found, tuple) and found[0] <= found[1] else WRONG


@dataclass(frozen=True)
class Many:
    """A tuple of values of one kind."""

    of: Kind
    least: int = 1
    words = ()

    @property
    def says(self) -> str:
        return f"a list, each {self.of.says}"

    def take(self, value: object) -> object:
        if not isinstance(value, list | tuple) or len(value) < self.least:
            return WRONG
        found = tuple(self.of.take(part) for part in value)
        return WRONG if WRONG in found else found


@dataclass(frozen=True)
class Either:
    """A value of the first kind that takes it."""

    kinds: tuple[Kind, ...]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for kind in self.kinds for word in kind.words)

    @property
    def says(self) -> str:
        return ", or ".join(kind.says for kind in self.kinds)

    def take(self, value: object) -> object:
        return next((found for kind in self.kinds if (found := kind.take(value)) is not WRONG), WRONG)


@dataclass(frozen=True)
class Time:
    """`2 epochs`, `500 steps`, or a number of `unit`. Whole ones are intervals of at least 1; others may be 0, or a part of an epoch."""

    unit: Unit = "epochs"
    whole: bool = True
    words = ()

    @property
    def says(self) -> str:
        return f"a number of epochs or steps, as `{2 if self.whole else 0.5} epochs` or `500 steps`"

    def take(self, value: object) -> object:
        if isinstance(value, Stretch):
            return self._made(value.count, value.unit)
        found = TIME.fullmatch(value) if isinstance(value, str) else None
        if found is not None:
            return self._made(float(found[1]) if found[1].count(".") < 2 else -1, "epochs" if found[2][0] == "e" else "steps")
        return self._made(value, self.unit) if isinstance(value, int | float) and not isinstance(value, bool) else WRONG

    def _made(self, count: float, unit: Unit) -> object:
        whole = isfinite(count) and count == int(count)
        if self.whole:
            return Interval(int(count), unit) if whole and count >= 1 else WRONG
        return Stretch(int(count) if whole else count, unit) if count >= 0 and isfinite(count) and (whole or unit == "epochs") else WRONG


def maybe(kind: Kind) -> Either:
    """A kind, or none."""
    return Either((kind, Nothing()))


def value_of(node: Node, kind: Kind, what: str, limits: Limits) -> object:
    """The value of a node: a word of the kind, or what the expression gives. Raises a `Fault`."""
    value = WRONG if isinstance(node, nodes.Mapping) else _value(node, kind, limits)
    found = WRONG if value is WRONG else kind.take(value)
    if found is not WRONG:
        return found
    shown = written(node) if isinstance(node, nodes.Mapping) or value is WRONG else _shown(node, value)
    message = f"{what} is {kind.says}; found {shown}"
    if not isinstance(node, Scalar):
        raise Fault("AD4301", node.span, message)
    ours = dict(kind.others).get(node.text.lower()) if isinstance(kind, Choice) else None
    near = ours or nearest(node.text, kind.words)
    help = f"write `{ours}`" if ours else f"did you mean `{near}`?" if near else None
    raise Fault("AD4301", node.span, message, help=help, edit=replaced(node.span, node.text, near, "maybe") if near else None)


def _shown(node: Node, value: object) -> str:
    if isinstance(node, Scalar) and isinstance(value, str):
        return f"`{node.text[:40]}`"
    return show(tuple(value) if isinstance(value, list) else value)


def _value(node: Node, kind: Kind, limits: Limits) -> object:
    if isinstance(node, nodes.Sequence):
        return tuple(_value(item, kind, limits) for item in node.items)
    assert isinstance(node, Scalar)
    text = node.text.strip()
    if node.quoted or _is_text(text, kind):
        return text
    return Evaluator(limits).evaluate(parse_expression(node.text, node.span, limits))


def _is_text(text: str, kind: Kind) -> bool:
    """Whether a text stands for itself: a word, a stretch of time, a path, or a word where one of a few is wanted."""
    kinds: Sequence[Kind] = kind.kinds if isinstance(kind, Either) else (kind,)
    if text in kind.words or TIME.fullmatch(text) is not None:
        return True
    if any(isinstance(one, Text) or (isinstance(one, Time) and re.search("[a-zA-Z]", text)) for one in kinds):
        return text not in CONSTANTS
    return bool(re.fullmatch(r"[^\W\d][\w.-]*", text)) and text not in CONSTANTS
