"""Guards that operations share: each gives what was asked for, or refuses with the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import gcd, prod
from typing import Any

from archdsl.diagnostics import Refused
from archdsl.ops.base import Op, Reach
from archdsl.shapes import SPATIAL_NAMES, Batch, Dim, Shape, spread

RANK = "AD3110"
AXIS = "AD3111"
DIVIDES = "AD3112"
WINDOW = "AD3113"
PADDING = "AD3114"
AGREE = "AD3115"
IMAGE = "AD3116"
COUNT = "AD2130"
EVEN = "AD2131"
CLASH = "AD2132"
PATTERN = "AD2133"
TORCH = "AD2134"
PROBE = "AD2135"


def minus(number: float) -> str:
    """A number with a true minus sign.

    >>> minus(-2)
    '−2'
    """
    return str(number).replace("-", "−")


def short(numbers: Sequence[int]) -> int | tuple[int, ...]:
    """One number where all are equal.

    >>> short((3, 3)), short((1, 7))
    (3, (1, 7))
    """
    return numbers[0] if len(set(numbers)) == 1 else tuple(numbers)


def sizes_text(size: float | Sequence[float], axes: int) -> str:
    """A window's size as a person says it.

    >>> sizes_text(3, 2), sizes_text((1, 7), 2)
    ('3×3', '1×7')
    """
    numbers = (size,) * axes if isinstance(size, int | float) else size
    return "×".join(str(n) for n in numbers)


def options(**pairs: tuple[Any, Any]) -> tuple[tuple[str, Any], ...]:
    """Keyword arguments whose value differs from torch's default, given as `name=(value, default)`.

    >>> options(stride=(2, 1), padding=(0, 0))
    (('stride', 2),)
    """
    return tuple((name, value) for name, (value, default) in pairs.items() if value != default)


def changed(op: Op, *left_out: str) -> tuple[tuple[str, Any], ...]:
    """The arguments of an operation that differ from their defaults, for those that are named and preset as torch's."""
    fields = type(op).model_fields
    found = ((name, getattr(op, name), field.default) for name, field in fields.items() if name not in left_out)
    return tuple((name, value) for name, value, default in found if value != default)


def batched(x: Shape, op: str) -> None:
    """Refuses a tensor whose axis 0 is not the batch, or whose batch is somewhere else too."""
    if not x.batched:
        raise Refused(RANK, f"`{op}` needs the batch at axis 0; the axes here are {axes_text(x)}")


def spatial(x: Shape, op: str, instead: str = "") -> tuple[int, ...]:
    """Sizes of the one to three spatial axes of an image (batch, channels, space)."""
    batched(x, op)
    if x.rank == 2:
        raise Refused(RANK, f"`{op}` needs channels and sizes, found {x.features} features", help=instead or None)
    if x.rank not in (3, 4, 5):
        raise Refused(RANK, f"`{op}` takes one to three spatial axes; {x} has {max(0, x.rank - 2)}")
    return x.spatial


def plane(x: Shape, op: str) -> tuple[int, int]:
    """Height and width of an image with two spatial axes."""
    if not x.batched or x.rank != 4:
        raise Refused(RANK, f"`{op}` needs channels, height and width: {x} has no height and width")
    height, width = x.spatial
    return height, width


def per_axis(value: int | Sequence[int], x: Shape, argument: str) -> tuple[int, ...]:
    """One number for each spatial axis."""
    count = len(x.spatial)
    numbers = spread(value, count)
    if len(numbers) == count:
        return numbers
    plural = "size" if count == 1 else "sizes"
    raise Refused(
        COUNT,
        f"`{argument}` has {len(numbers)} numbers where {x} has {count} {plural} ({', '.join(SPATIAL_NAMES[count])})",
        help="write one number" if count == 1 else f"one number for all, or {count}",
        argument=argument,
    )


def axis(number: int, x: Shape, argument: str = "dim") -> int:
    """An axis counted from 0. Negative ones count from the last."""
    if -x.rank <= number < x.rank:
        return number % x.rank
    raise Refused(
        AXIS,
        f"there is no axis {minus(number)}: {x} has {x.rank} axes, batch counted",
        help=f"axes are numbered 0 (the batch) to {x.rank - 1}, or −1 (the last) to −{x.rank}",
        argument=argument,
    )


def sized_axis(number: int, x: Shape, argument: str = "dim") -> tuple[int, int]:
    """An axis that is not the batch, and its size."""
    found = axis(number, x, argument)
    size = x.dims[found]
    if isinstance(size, Batch):
        raise Refused(AXIS, f"axis {found} is the batch, whose size is known only at run time", argument=argument)
    return found, size


def divided(size: int, by: int, what: str, argument: str, axis: int = 1) -> int:
    """`size / by`, which must leave nothing; `axis` is that of the size."""
    if size % by == 0:
        return size // by
    hint = f"{size} is divided by {divisors_text(size)}"
    raise Refused(DIVIDES, f"{what}: {size} / {by} leaves {size % by}", help=hint, argument=argument, at=((0, axis),))


def divisors_text(*sizes: int) -> str:
    """The numbers that divide all of them, in words; of many the smallest."""
    common = gcd(*sizes)
    small = [d for d in range(1, min(common, 4096) + 1) if common % d == 0]
    shown = [str(d) for d in small[:12]]
    return ", ".join(shown) + (", …" if len(small) > 12 else "")


def axes_text(x: Shape) -> str:
    """All axes with the batch: `B×64×56×56`."""
    return "×".join(str(d) for d in x.dims) or "none"


def product(dims: Sequence[Dim]) -> Dim:
    """Axes folded into one; with the batch among them, a multiple of it."""
    count = prod(d for d in dims if isinstance(d, int))
    batches = [d for d in dims if isinstance(d, Batch)]
    return Batch(count * batches[0].factor) if batches else count


def here(x: Shape) -> Reach:
    """The reach of what sees one position."""
    return ((1, 1),) * len(x.spatial)


def tokens(x: Shape) -> Shape:
    """A tensor of three axes as a row of tokens, length before features: how an operation reads it that works on each token.

    What is known of the order of its axes stays.
    """
    return replace(x, order=(0, 2, 1)) if x.rank == 3 and x.order is None else x


def one_of(op: str, **given: object) -> str:
    """The name of the one argument that is given, of several that exclude each other."""
    found = [name for name, value in given.items() if value is not None]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"`{name}`" for name in given)
    said = f"{' and '.join(f'`{name}`' for name in found)} exclude each other" if found else "none is given"
    raise Refused(CLASH, f"`{op}` takes one of {names}; {said}", argument=found[-1] if found else None)
