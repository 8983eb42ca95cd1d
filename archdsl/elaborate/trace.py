"""The trace of an elaboration, kept where one asks for it: how each call of the graph was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archdsl.diagnostics import Span
from archdsl.elaborate.scope import Context


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """The context in which a call was made, and the value and place of each argument of an operation."""

    context: Context
    arguments: Mapping[str, tuple[object, Span]] = field(default_factory=dict)


Trace = dict[object, Written]
"""by the first tensor that a call gives; what equal levels share is traced once"""
