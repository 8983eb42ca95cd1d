"""Where a shape comes from: the calls of a level that led to it, for the messages of what they fed."""

from __future__ import annotations

from itertools import islice

from archdsl.diagnostics import Label, Refused
from archdsl.elaborate.scope import Building
from archdsl.functions.base import Function
from archdsl.graph import Call, Value

NEAR = 64
"""calls that are looked through for the one that gave a tensor"""
LABELS = 7
TOO_SMALL = "AD3113"
"""the refusal of a window that does not fit"""


def producer(level: Building, value: Value) -> Call | None:
    """The call of a level that gave a tensor, if it was one of the last."""
    return next((call for call in islice(reversed(level.calls), NEAR) if value in call.outputs), None)


def origin(level: Building, value: Value, refused: Refused) -> tuple[Label, ...]:
    """What made a tensor that an operation refuses for its shape; of one that became too small, each call that made it smaller."""
    if not refused.code.startswith("AD311"):
        return ()
    call = producer(level, value)
    if call is None:
        return ()
    if refused.code == TOO_SMALL:
        return _shrinking(level, value)
    return (Label(call.span, f"this gives {value.shape}"),)


def _shrinking(level: Building, value: Value) -> tuple[Label, ...]:
    """The calls before that made height or width smaller, the first first."""
    found: list[Label] = []
    call = producer(level, value)
    while call is not None and call.inputs and len(found) < LABELS:
        before, after = call.inputs[0].shape, call.outputs[0].shape
        if before.rank == after.rank and before.spatial != after.spatial and not isinstance(call.target, Function):
            sizes = [f"{a} → {b}" for a, b in zip(before.spatial, after.spatial, strict=True)]
            found.append(Label(call.span, ", ".join(dict.fromkeys(sizes))))
        call = producer(level, call.inputs[0])
    return tuple(reversed(found))
