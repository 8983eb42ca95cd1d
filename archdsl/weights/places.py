"""Which line of the spec a key comes from."""

from __future__ import annotations

from functools import lru_cache

from archdsl.diagnostics import Span
from archdsl.graph import Graph, Level


@lru_cache(maxsize=1)
def places(graph: Graph) -> dict[str, Span]:
    """The span of the item, or of the declaration, that each key of the state_dict comes from."""
    found: dict[str, Span] = {}
    stack: list[tuple[str, Level]] = [("", graph.root)]
    while stack:
        prefix, level = stack.pop()
        found |= {f"{prefix}{name}": d.span or level.span for name, d in level.tensors.items()}
        spans = {call.name: call.span for call in reversed(level.calls) if call.name is not None}
        for name, child in level.children.items():
            if isinstance(child, Level):
                stack.append((f"{prefix}{name}.", child))
            else:
                found |= {f"{prefix}{name}.{spec.name}": spans.get(name, level.span) for spec in child.tensors}
    return found
