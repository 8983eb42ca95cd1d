"""From a graph to one Python module and the manifest of its tensors."""

from archdsl.codegen.manifest import Entry
from archdsl.codegen.module import Program, generate

__all__ = ["Entry", "Program", "generate"]
