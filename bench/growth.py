"""How does the time grow with the number of layers? The exponent is the slope of a line through the logarithms."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from math import log
from statistics import linear_regression

import torch

import archdsl
from bench.pairs import Row, cpu, table

SIZES = (10, 100, 1_000, 10_000)
TURNS = 3
"""the fastest of so many counts"""


def rows() -> list[Row]:
    """From 10 to 10,000 layers: a list written out, and a loop over residual blocks."""
    return [_row(f"{kind}: growth of {verb}", spec, work) for kind, spec in SPECS.items() for verb, work in WORK.items()]


def _row(question: str, spec: Callable[[int], str], prepare: Callable[[str], Callable[[], object]]) -> Row:
    """The slope of the whole line; its spread is that of the steps from one size to the next."""
    works = [prepare(spec(size)) for size in SIZES]
    times = [min(cpu(work) for _ in range(TURNS)) for work in works]
    points = [(log(size), log(time)) for size, time in zip(SIZES, times, strict=True)]
    steps = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pairwise(points)]
    slope = linear_regression(*zip(*points, strict=True)).slope
    print(f"  {question}: {slope:.2f}", file=sys.stderr, flush=True)
    return Row(question, slope, min(steps), max(steps), 1.1, times[-1], times[0], TURNS)


def _listed(layers: int) -> str:
    body = "\n".join("  - conv 8 1\n  - relu" for _ in range(layers // 2))
    return f"input: [8, 4, 4]\nbody:\n{body}\n"


def _looped(layers: int) -> str:
    return f"input: [8, 4, 4]\nbody:\n  - {{for: i in range({layers // 5}), use: basic, planes: 8}}\n"


def _check(text: str) -> Callable[[], object]:
    return lambda: archdsl.load(text).macs


def _build(text: str) -> Callable[[], object]:
    return lambda: archdsl.load(text).build(device="meta")


def _draw(text: str) -> Callable[[], object]:
    network = archdsl.load(text)
    return lambda: network.draw(format="dot")


SPECS = {"listed": _listed, "looped": _looped}
WORK = {"check": _check, "build": _build, "draw": _draw}

if __name__ == "__main__":
    torch.set_num_threads(1)
    print(table(rows()))
