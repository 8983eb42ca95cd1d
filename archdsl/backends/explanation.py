"""An explanation as text: what flows in and out, the sums, and the lines of the spec that set the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from archdsl.analyses import units
from archdsl.analyses.explained import Explanation, Part
from archdsl.diagnostics.full import places
from archdsl.diagnostics.text import escaped
from archdsl.ops.base import TensorSpec
from archdsl.ops.sums import counted, times

HEADS = ("takes", "gives", "parameters", "MACs")
MARGIN = max(map(len, HEADS)) + 2
INNER = 2


def render(found: Explanation, *, colour: bool = False, ascii: bool = False, width: int = 140) -> str:
    """The text of an explanation, sums first, then the places as faults show theirs."""
    head = ": ".join(escaped(text, ascii) for text in (found.path, found.title) if text)
    lines = [f"{head}{f'  ({found.note})' if found.note else ''}", ""]
    lines += [f"{word:<{MARGIN}}{text}".rstrip() for word, text in _facts(found)]
    if found.parts:
        lines += ["", *_parts(found.parts)]
    text = "\n".join(escaped(line, ascii) for line in lines) + "\n"
    if found.place is None:
        return text
    here = tuple(label.text for label in found.labels if label.span == found.place)
    others = [label for label in found.labels if label.span != found.place]
    return f"{text}\n{places(found.place, here or ('written here',), others, colour=colour, ascii=ascii, width=width)}"


def _facts(found: Explanation) -> Iterator[tuple[str, str]]:
    """Rows of a word and what it is; further rows of one have no word."""
    for word, (shape, giver) in zip(("takes", *[""] * len(found.takes)), found.takes, strict=False):
        yield word, f"{shape}, {giver}"
    yield "gives", ", ".join(found.gives) or "nothing"
    inner = max((len(name) for name, _ in (*found.sizes, *((spec.name, "") for spec in found.tensors))), default=0) + INNER
    yield from (("", f"{' ' * INNER}{name:<{inner}}{sum}") for name, sum in found.sizes)
    yield "parameters", f"{found.cost.parameters:,}" if found.cost.parameters else "none"
    yield from (("", f"{' ' * INNER}{spec.name:<{inner}}{_tensor(spec)}") for spec in found.tensors)
    yield "MACs", _macs(found)


def _tensor(spec: TensorSpec) -> str:
    return f"{counted(times(*spec.shape), prod(spec.shape))}{', a buffer' if spec.buffer else ''}"


def _macs(found: Explanation) -> str:
    macs = found.cost.macs
    if not macs:
        return "none"
    return counted(found.macs, macs) if found.macs else f"{macs:,}"


def _parts(parts: tuple[Part, ...]) -> list[str]:
    """The calls of a level in columns."""
    rows = [(part.name or "·", part.operation, part.gives, _count(part.cost.parameters), _count(part.cost.macs)) for part in parts]
    rows = [("", "", "gives", "parameters", "MACs"), *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join((*_left(row[:3], widths), *_right(row[3:], widths[3:]))).rstrip() for row in rows]


def _count(number: int) -> str:
    return units.human(number, 3) if number else ""


def _left(cells: tuple[str, ...], widths: list[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]


def _right(cells: tuple[str, ...], widths: list[int]) -> list[str]:
    return [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
