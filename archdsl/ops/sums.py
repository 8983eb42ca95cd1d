"""How the numbers of a call come about, as sums that a person can follow and a test can work out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archdsl.shapes import Shape


@dataclass(frozen=True, slots=True)
class Sums:
    """`sizes` has what gives each axis of the first result that does not just stay: `out = 64`, `(56 + 2·1 - 1·(3 - 1) - 1) // 2 + 1`;
    `macs` what gives the multiply-accumulates, "" for none.

    Sums are Python's, with `·` for `*`; words before a ` = ` say where a number stands.
    """

    sizes: Mapping[int, str] = field(default_factory=dict)
    macs: str = ""


def times(*numbers: float | str) -> str:
    """A product; 1 of none.

    >>> times(128, 64, 3, 3)
    '128·64·3·3'
    """
    return "·".join(map(str, numbers)) or "1"


def elements(x: Shape) -> str:
    """The elements of a tensor for one example.

    >>> elements(Shape.example(64, 7, 7))
    '64·7·7'
    """
    return times(*([x.factor] if x.factor > 1 else []), *x.sizes)


def sized(word: str, sizes: Sequence[int], first: int = 2) -> dict[int, str]:
    """Axes from `first` on that an argument sets.

    >>> sized("size", (7, 7))
    {2: 'size = 7', 3: 'size = 7'}
    """
    return {axis: f"{word} = {size}" for axis, size in enumerate(sizes, first)}


def result(sum: str) -> str:
    """A sum without the words before it."""
    return sum.rpartition(" = ")[2]


def equation(sum: str, value: int) -> str:
    """A sum and what it gives.

    >>> equation("8·7·7", 392), equation("out = 64", 64)
    ('8·7·7 = 392', 'out = 64')
    """
    return sum if result(sum) == str(value) else f"{sum} = {value}"


def counted(sum: str, value: int) -> str:
    """A sum and the count that it gives.

    >>> counted("512·10", 5120), counted("torch counts = 5120", 5120)
    ('512·10 = 5,120', '5,120')
    """
    return f"{value:,}" if result(sum) == str(value) else f"{sum} = {value:,}"
