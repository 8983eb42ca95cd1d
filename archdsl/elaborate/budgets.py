"""How large what a network computes and learns may be: no more than the limits, before anything of it is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from math import prod

from archdsl.diagnostics import Fault, Label, Refused, Span
from archdsl.graph import Level, Module
from archdsl.limits import Limits
from archdsl.shapes import Shape

BYTES = 4
"""of one number in single precision"""
GIGA = 10**9
SHOWN = 3
"""lines that are named where all together are too many"""


def check_activations(limits: Limits, shapes: Iterable[Shape]) -> None:
    """Raises `Refused` (AD5013) for a tensor that is too large."""
    for shape in shapes:
        needed = shape.numel * BYTES
        if shape.rank > 1 and needed > limits.bytes:
            message = f"{shape} takes {amount(needed)} in one activation; the limit `bytes` is {amount(limits.bytes)}"
            raise Refused("AD5013", message, help=f"raise it with `--limit bytes={needed}`")


def check_module(limits: Limits, module: Module) -> None:
    """Raises `Refused` (AD5013, AD5014, AD5015) for an operation that gives or learns too much."""
    check_activations(limits, module.outputs)
    for shape in module.outputs:
        largest = max(shape.sizes, default=0)
        if largest > limits.channels and shape.rank > 2:
            message = f"{shape} has an axis over the limit `channels`, {limits.channels:,}"
            raise Refused("AD5014", message, help=f"raise it with `--limit channels={largest}`")
    check_parameters(limits, module.parameters)


def check_parameters(limits: Limits, count: int, what: str = "") -> None:
    """Raises `Refused` (AD5015) for too many of them."""
    needed = count * BYTES
    if needed > limits.bytes:
        message = f"{count:,} parameters{what} take {amount(needed)}; the limit `bytes` is {amount(limits.bytes)}"
        raise Refused("AD5015", message, help=f"raise it with `--limit bytes={needed}`")


def check_total(limits: Limits, root: Level) -> None:
    """Raises a `Fault` (AD5015) for all parameters of a network together, at the line that has the most, with those that follow."""
    try:
        check_parameters(limits, root.parameters, " in all")
    except Refused as refused:
        place, labels, notes = heaviest(root)
        raise Fault(refused.code, place, refused.message, labels=labels, notes=notes, help=refused.help) from None


def heaviest(root: Level) -> tuple[Span, tuple[Label, ...], tuple[str, ...]]:
    """The line that has the most parameters, with a note of how many, and those that follow."""
    counts = Counter[Span]({root.span: 0})
    for span, count in _counts(root):
        counts[span] += count
    (place, most), *others = counts.most_common(SHOWN)
    return place, tuple(Label(span, f"{count:,} here") for span, count in others if count), (f"{most:,} here",)


def amount(needed: int) -> str:
    """Bytes in full, and in units that one can grasp where there are many.

    >>> amount(1_000_000), amount(2**36)
    ('1,000,000 bytes', '68,719,476,736 bytes (69 GB)')
    """
    large = f" ({(needed + GIGA // 2) // GIGA:,} GB)" if needed >= GIGA else ""
    return f"{needed:,} bytes{large}"


def _counts(root: Level) -> Iterator[tuple[Span, int]]:
    """The parameters of every operation and raw tensor, with its line."""
    stack = [root]
    while stack:
        level = stack.pop()
        yield from ((d.span or level.span, prod(d.spec.shape)) for d in level.tensors.values() if not d.spec.buffer)
        for call in level.calls:
            if isinstance(call.target, Module) and not call.reused:
                yield call.span, call.target.parameters
            elif isinstance(call.target, Level) and not call.reused:
                stack.append(call.target)
