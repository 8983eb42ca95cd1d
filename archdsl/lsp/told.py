"""Facts as text: what layers take, give and cost."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.analyses.units import macs
from archdsl.lsp.facts import Use

LINES = 6
"""uses that are told one by one"""


def told(uses: Sequence[Use]) -> str:
    """What is known of a text that became layers, in Markdown: a line for each use that differs from those before.

    >>> from archdsl.shapes import Shape
    >>> one = Use("conv1", (Shape.example(3, 8, 8),), (Shape.example(4, 8, 8),), 112, 7168, 1)
    >>> told([one])
    '- `conv1` 3×8×8 → 4×8×8 · 112 parameters · 7.17 KMACs'
    """
    groups: dict[tuple[object, ...], list[Use]] = {}
    for use in uses:
        groups.setdefault((use.inputs, use.outputs, use.parameters, use.macs), []).append(use)
    lines = [_line(group) for group in groups.values()]
    more = [f"- … and {len(lines) - LINES} more"] if len(lines) > LINES else []
    variants = [f"In the variant `{use.variant}`:\n" for use in uses[:1] if use.variant]
    return "\n".join((*variants, *lines[:LINES], *more))


def _line(group: Sequence[Use]) -> str:
    first = group[0]
    inputs, outputs = (", ".join(map(str, shapes)) for shapes in (first.inputs, first.outputs))
    words = [f"`{first.path}` " if first.path else "", f"{inputs} → {outputs}" if inputs else outputs]
    costs = [f"{first.parameters:,} parameters"] if first.parameters else []
    costs += [macs(first.macs)] if first.macs else []
    times = sum(use.times for use in group)
    costs += [f"{times} times"] if times > 1 else []
    return " · ".join(("- " + "".join(words), *costs))
