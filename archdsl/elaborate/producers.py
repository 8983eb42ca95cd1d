"""Which call gave a tensor, for what looks at the one before."""

from __future__ import annotations

from itertools import islice

from archdsl.elaborate.scope import Building
from archdsl.graph import Call, Value

NEAR = 64
"""calls that are looked through for the one that gave a tensor"""


def producer(level: Building, value: Value) -> Call | None:
    """The call of a level that gave a tensor, if it was one of the last."""
    return next((call for call in islice(reversed(level.calls), NEAR) if value in call.outputs), None)
