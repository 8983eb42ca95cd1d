"""What the classes of a network are called, as far as somebody says it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib import import_module

from archdsl.graph import Graph, values
from archdsl.recipe import Recipe
from archdsl.training.shapes import classes_of
from archdsl.weights import files
from archdsl.weights.remote import TORCHVISION, of_torchvision


class NoClasses(ValueError):
    """A network that does not tell classes of images, or tells another number of them."""


def class_names(
    graph: Graph, weights: str | os.PathLike[str] | None, recipe: Recipe | None = None, given: Sequence[str] = ()
) -> tuple[str, ...]:
    """The names of a network's classes, in order of their numbers: those given, else what torchvision's weights, the weights of a run, or
    the data set of a recipe say, else the numbers.

    Raises `NoClasses` for a network that does not give a number for each class, and for another number of names than of classes.
    """
    count = classes_of(graph)
    if count is None:
        gives = ", ".join(str(value.shape) for value in values(graph.eval))
        raise NoClasses(f"`{graph.name}` gives {gives}, and classes are told by one row of numbers")
    if given and len(given) != count:
        raise NoClasses(f"{len(given):,} names of classes, and `{graph.name}` tells {count:,}")
    found = (tuple(names) for names in [given, *_said(graph.name, weights, recipe)] if len(names) == count)
    return next(found, tuple(map(str, range(count))))


def _said(name: str, weights: str | os.PathLike[str] | None, recipe: Recipe | None) -> Iterator[Sequence[str]]:
    if isinstance(weights, str) and weights.startswith(TORCHVISION):
        yield of_torchvision(weights, name).meta.get("categories", ())
    elif weights is not None:
        yield files.classes(weights)
    if recipe is not None and recipe.data.target.startswith("torchvision."):
        module, _, word = recipe.data.target.rpartition(".")
        known = getattr(getattr(import_module(module), word), "classes", ())
        yield known if isinstance(known, list) else ()
