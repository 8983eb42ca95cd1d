"""Document → graph: names, blocks, loops and shapes in one pass, without torch."""

from archdsl.elaborate.network import elaborate

__all__ = ["elaborate"]
