"""What a source of data is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archdsl.diagnostics import Fault
from archdsl.graph import Graph
from archdsl.recipe import Called
from archdsl.training.places import data_root


@dataclass(frozen=True)
class Wanted:
    """The call of a recipe, the network that is to be trained, and `--data-root` where it is given."""

    called: Called
    graph: Graph
    root: Path | None = None

    def __getitem__(self, argument: str) -> Any:
        """An argument of the call."""
        return self.called.arguments[argument]

    @property
    def folder(self) -> Path:
        """Where data sets lie."""
        return data_root(self.root)

    def fault(self, code: str, message: str, help: str | None = None) -> Fault:
        """A fault at the place of the call."""
        return Fault(code, self.called.span, message, help=help)
