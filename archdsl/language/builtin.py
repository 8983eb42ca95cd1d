"""The functions that expressions may call. Each gives plain values; lists stand for Python's ranges, sets and iterators.

A function raises TypeError, ValueError or OverflowError where its arguments do not fit; the evaluator makes a message of it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

Number = int | float
Values = list[object] | tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function and what it takes."""

    call: Callable[..., object]
    takes: str
    """its form, in words"""
    least: int
    most: int
    """how many positional arguments"""
    named: tuple[str, ...] = ()
    """arguments that may be given by name"""
    makes: Callable[..., int] | None = None
    """how many elements it would make, told before it makes them"""


def make_divisible(value: float, divisor: int = 8, min_value: int | None = None) -> int:
    """The multiple of `divisor` nearest to a number of channels, never below 90 % of it.

    Source: `_make_divisible` of torchvision, from the MobileNet code of TensorFlow.

    >>> make_divisible(18), make_divisible(32 * 0.35), make_divisible(3)
    (24, 16, 8)
    """
    least = divisor if min_value is None else min_value
    nearest = max(least, int(_number(value) + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * value else nearest


def linspace(start: float, stop: float, count: int) -> list[float]:
    """`count` numbers at equal distances, both ends included, rounded to single precision.

    Source: torch.linspace, which counts from the nearer end.

    >>> linspace(0, 1, 5)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    low, high = _single(start), _single(stop)
    if count < 2:
        return [low] * _whole(count)
    step = _single(_single(high - low) / (count - 1))
    half = count // 2
    return [_single(low + step * i) if i < half else _single(high - step * (count - i - 1)) for i in range(count)]


def _single(number: float) -> float:
    """The nearest number of single precision."""
    return float(struct.unpack("f", struct.pack("f", _number(number)))[0])


def _number(value: object) -> Number:
    if not isinstance(value, (int, float)):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError
    if value < 0:
        raise ValueError
    return value


def _list(value: object) -> Values:
    if not isinstance(value, (list, tuple)):
        raise TypeError
    return value


def _range(*bounds: int) -> list[int]:
    return list(range(*bounds))


def _steps(*bounds: int) -> int:
    return len(range(*bounds))


def _enumerate(values: Values, start: int = 0) -> list[object]:
    return list(enumerate(_list(values), start))


def _zip(*lists: Values) -> list[object]:
    return list(zip(*map(_list, lists), strict=False))


def _len(value: Values | str) -> int:
    return len(value)


def _sum(values: Values, start: Number = 0) -> Number:
    return sum([_number(v) for v in _list(values)], _number(start))


def _extreme(choose: Callable[..., object]) -> Callable[..., object]:
    def call(*values: object, **default: object) -> object:
        chosen = _list(values[0]) if len(values) == 1 else values
        return choose(chosen, **default)

    return call


def _sorted(values: Values, reverse: bool = False) -> list[object]:
    return sorted(_list(values), reverse=bool(reverse))  # type: ignore[type-var]


def _set(values: Values) -> list[object]:
    ordered = _sorted(values)
    return [v for i, v in enumerate(ordered) if i == 0 or v != ordered[i - 1]]


def _count(values: Values, value: object) -> int:
    return list(_list(values)).count(value)


def _round(value: Number, digits: int | None = None) -> Number:
    if digits is not None and abs(digits) > 400:
        raise ValueError
    return round(_number(value), digits)


def _log(value: float, base: float = math.e) -> float:
    return math.log(value) if base == math.e else math.log(value, base)


FUNCTIONS: dict[str, Builtin] = {
    "range": Builtin(_range, "range(stop), range(start, stop) or range(start, stop, step), whole numbers", 1, 3, (), _steps),
    "enumerate": Builtin(_enumerate, "enumerate(list, start=0)", 1, 2, ("start",)),
    "zip": Builtin(_zip, "zip(list, list, …)", 1, 64),
    "len": Builtin(_len, "len(list), a list or text", 1, 1),
    "sum": Builtin(_sum, "sum(list, start=0), a list of numbers", 1, 2, ("start",)),
    "min": Builtin(_extreme(min), "min(a, b, …) or min(list), values that can be compared, at least one", 1, 64, ("default",)),
    "max": Builtin(_extreme(max), "max(a, b, …) or max(list), values that can be compared, at least one", 1, 64, ("default",)),
    "sorted": Builtin(_sorted, "sorted(list, reverse=false), values that can be compared", 1, 1, ("reverse",)),
    "set": Builtin(_set, "set(list), values that can be compared; it gives them sorted, each once", 1, 1),
    "count": Builtin(_count, "count(list, value); it gives how often the value is in the list", 2, 2),
    "reversed": Builtin(lambda values: list(_list(values))[::-1], "reversed(list)", 1, 1),
    "any": Builtin(lambda values: any(_list(values)), "any(list)", 1, 1),
    "all": Builtin(lambda values: all(_list(values)), "all(list)", 1, 1),
    "int": Builtin(lambda value: int(_number(value)), "int(number); it drops the fraction", 1, 1),
    "float": Builtin(lambda value: float(_number(value)), "float(number)", 1, 1),
    "round": Builtin(_round, "round(number), or round(number, digits)", 1, 2, ("digits",)),
    "ceil": Builtin(lambda value: math.ceil(_number(value)), "ceil(number)", 1, 1),
    "floor": Builtin(lambda value: math.floor(_number(value)), "floor(number)", 1, 1),
    "abs": Builtin(lambda value: abs(_number(value)), "abs(number)", 1, 1),
    "sqrt": Builtin(math.sqrt, "sqrt(number), a number of 0 or more", 1, 1),
    "log": Builtin(_log, "log(number) or log(number, base), numbers above 0", 1, 2, ("base",)),
    "log2": Builtin(math.log2, "log2(number), a number above 0", 1, 1),
    "exp": Builtin(math.exp, "exp(number)", 1, 1),
    "linspace": Builtin(linspace, "linspace(start, stop, count)", 3, 3, (), lambda start, stop, count: _whole(count)),
    "make_divisible": Builtin(make_divisible, "make_divisible(value, divisor=8, min_value=none)", 1, 3, ("divisor", "min_value")),
}
