"""Where items stand: the names, labels and children there, and numbers spelled with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from archdsl.ops import Op
from archdsl.shapes import Shape


@dataclass
class Level:
    """What the items of one level share: labels of tensors, and operations that may run again."""

    labels: dict[str, Shape] = field(default_factory=dict)
    children: dict[str, tuple[Op, tuple[Shape, ...]]] = field(default_factory=dict)


@dataclass
class Place:
    """What may be said where an item stands. `names` are numbers and flags, `items` parameters that hold an item which keeps a shape.

    `defaults` are those of the file; `once` is false where items run several times, so that no key may stand there.
    """

    level: Level
    names: Mapping[str, Any] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    once: bool = True
    inner: bool = False

    def below(self) -> Place:
        """A level inside this one."""
        return Place(Level(), self.names, self.items)

    def repeated(self) -> Place:
        """The body of wiring that runs several times."""
        return Place(self.level, self.names, self.items, once=False)


def spelled(rng: Random, number: int, place: Place, x: Shape | None = None) -> Any:
    """A whole number, or an expression that has its value."""
    if rng.random() < 0.4:
        return number
    names: dict[str, Any] = {n: v for n, v in place.names.items() if type(v) is int}
    if x is not None and x.rank > 1 and isinstance(x.dims[1], int) and isinstance(x.dims[-1], int):
        names |= {"x.channels": x.dims[1], "x.features": x.dims[-1]}
    found: list[str] = [f"max({number}, 0)", f"[{number}, 0][0]", f"{number} if true else none", f"sum(range({number})) * 0 + {number}"]
    for name, value in names.items():
        if value == number:
            found += [name] * 3
        if value and number % value == 0:
            found.append(f"{name} * {number // value}")
        if number and value % number == 0:
            found.append(f"{name} // {value // number}")
        found.append(f"{name} {'+' if number >= value else '-'} {abs(number - value)}")
        found.append(f"min({name}, {number}) + {number - min(value, number)}")
    return rng.choice(found)


def condition(rng: Random, truth: bool, place: Place, x: Shape | None = None) -> Any:
    """A condition that is true or false."""
    flags = [name if value is truth else f"not {name}" for name, value in place.names.items() if isinstance(value, bool)]
    number = rng.randint(1, 5)
    spelling = spelled(rng, number, place, x)
    compared = [
        f"({spelling}) {op} {number + by}" for op, by in ((("==", 0), ("<", 1), (">=", 0)) if truth else (("!=", 0), (">", 1), ("<", 0)))
    ]
    return rng.choice([*flags, *flags, *compared, truth, f"{str(truth).lower()} and true", f"{number} in [{number if truth else 0}, 7]"])
