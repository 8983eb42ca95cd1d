"""Data to train on, by the call of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from archdsl.diagnostics import Fault, SpecError
from archdsl.graph import Graph
from archdsl.recipe import Called
from archdsl.recipe.data import DATA
from archdsl.training.digits import digits
from archdsl.training.fake import fake
from archdsl.training.folder import image_folder
from archdsl.training.own import own
from archdsl.training.parts import Data
from archdsl.training.published import published
from archdsl.training.source import Wanted

__all__ = ["Data", "load_data"]

SOURCES: dict[str, Callable[[Wanted], Data]] = {"digits": digits, "fake": fake, "image_folder": image_folder}
"""data sets that are our own; torchvision's are read by `published`, those of the caller's code by `own`"""


def load_data(called: Called, root: Path | None, graph: Graph) -> Data:
    """The data that a recipe calls: made, read from below `root`, or fetched into it.

    Raises `SpecError` where they are missing, damaged or none, with what to do.
    """
    source = SOURCES.get(called.name) or (published if called.name in DATA else own)
    try:
        return source(Wanted(called, graph, root))
    except Fault as fault:
        raise SpecError((fault.diagnostic,)) from None
